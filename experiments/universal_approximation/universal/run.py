"""The run of `universal_approximation.universal`: random hidden weights, the best output layer, all activations."""

import jax
import numpy as np
import xarray as xr

from experiments.universal_approximation.universal import activations, conditions, features, trained
from experiments.universal_approximation.universal.config import SHOWN, Config, check
from nnjax import tasks
from nnjax.theory import approximation


def run(config: Config) -> xr.Dataset:
    """Errors [activation, width, target, seed], floors [activation, target], and data on the theorem's conditions."""
    check(config)
    with jax.enable_x64(True):
        parts = [_errors(config), conditions.run(config.widths, config.seeds, config.tuning_seeds)]
        if config.trained_widths:
            parts.append(trained.run(config.trained_widths, config.seeds, config.tuning_seeds, config.num_steps))
    return xr.merge(parts, combine_attrs="no_conflicts").assign_attrs(shown=SHOWN)


def _errors(config: Config) -> xr.Dataset:
    """Random hidden weights, the best output layer: every activation on every target."""
    grids = features.grids(config.targets)
    root = np.sqrt(features.half_lengths(config.targets))
    chosen = {name: (function, (1.0,)) for name, (function, _) in activations.POLYNOMIALS.items()} | activations.OTHERS
    found, scales, cutoffs = [], [], []
    for name, (function, tried) in chosen.items():
        cutoffs.append(features.JUMPY if name in activations.JUMPING else features.CUTOFF)
        errors, scale = features.tuned_errors(
            function, tried, config.widths, config.seeds, config.tuning_seeds, grids, cutoff=cutoffs[-1]
        )
        found.append(errors * root[None, :, None])
        scales.append(scale)
    floors = np.zeros((len(chosen), len(config.targets)))
    for i, (_, degree) in enumerate(activations.POLYNOMIALS.values()):
        for j, target in enumerate(tasks.TARGETS[name] for name in config.targets):
            floors[i, j] = approximation.best_polynomial_l2(
                target.function, degree, target.interval, target.breakpoints
            ).error
    degrees = [degree for _, degree in activations.POLYNOMIALS.values()]
    return xr.Dataset(
        {
            "error": (("activation", "width", "target", "seed"), np.array(found)),
            "scale": (("activation", "width", "target"), np.array(scales)),
            "cutoff": ("activation", cutoffs),
            "fine_error": _without_coarse_cutoff(config),
            "floor": (("activation", "target"), floors),
            "norm": ("target", features.l2(grids.test.y, grids.test.weights) * root),
            "degree": ("activation", degrees + [0] * len(activations.OTHERS)),  # 0: not a polynomial
        },
        coords={"activation": list(chosen), "width": list(config.widths), "target": list(config.targets)},
    )


def _without_coarse_cutoff(config: Config) -> float:
    """The median error of the widest networks of squashers with jumps, on the target shown, with the finer CUTOFF."""
    function, tried = activations.OTHERS[activations.JUMPING[1]]
    grids = features.grids([SHOWN])
    widths, seeds = config.widths[-1:], (config.seeds, config.tuning_seeds)
    errors, _ = features.tuned_errors(function, tried, widths, *seeds, grids, cutoff=features.CUTOFF)
    return float(np.median(errors) * np.sqrt(features.half_lengths([SHOWN])[0]))
