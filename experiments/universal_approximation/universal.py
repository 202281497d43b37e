"""One hidden layer is universal if and only if its activation is not a polynomial: both halves, measured.

Source: Leshno, Lin, Pinkus & Schocken 1993, theorem 1: for an activation that is locally bounded and continuous almost
everywhere, networks of one hidden layer come arbitrarily near every continuous function if and only if the activation
is not, almost everywhere, a polynomial.

Only if: with a polynomial of degree k the whole network is one, so that it stops at the best polynomial's L2 error,
however many units it has. That floor is computed beforehand (`nnjax.theory.approximation`), for twelve functions; all
networks must come down to it, and none may fall below it. If: steps, sigmoids, ReLU, sines and odd squashing functions
have no floor; nor has z^3 with one slight kink.

Hidden weights are drawn at random and the output layer is the best there is for them (least squares in float64). The
scale of the weights is tuned for every activation, function and N alike, on other seeds and at other places than those
reported. A unit of which less than 1e-8 is left over from others is left out, where units jump less than 1e-2: the
nodes see no finer where a jump is. But for QUICK, hidden weights are trained as well, on one function.

The conditions: without biases an odd activation says odd functions alone, so that it stops at a floor, too, which is
computed; the exponential needs none. z^2 with one value changed is no polynomial, but almost everywhere it is: it meets
any training points and is a parabola between them. A unit 1/z with its pole in the interval has no L2 norm at all, so
that such networks are no approximations; with poles outside they are universal. The condition makes every network a
function in the space; an activation for which a lack of it makes networks *fail* to be dense is not known to us in a
form that could be computed.

    python -m experiments universal_approximation.universal                  # 6 s
    python -m experiments universal_approximation.universal --preset full    # 30 s on 2 cores

Outputs: universal, floors, conditions; table.csv has a row per activation, target and N.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import numpy as np
import xarray as xr

from experiments.lab import cli
from experiments.universal_approximation import _universal_activations as activations
from experiments.universal_approximation import _universal_conditions as conditions
from experiments.universal_approximation import _universal_features as features
from experiments.universal_approximation import _universal_trained as trained
from nnjax import naming, tasks
from nnjax.theory import approximation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict

DEGREE = max(degree for _, degree in activations.POLYNOMIALS.values())


@dataclass(frozen=True)
class Config:
    """Which functions, how many units, how many draws of their hidden weights."""

    targets: tuple[str, ...] = tuple(tasks.TARGETS)  # scientific
    widths: tuple[int, ...] = tuple(2**i for i in range(9))  # scientific: hidden units, 1 to 256
    seeds: int = 12  # fixed: draws of the hidden weights
    tuning_seeds: int = 3  # nuisance: draws that choose the scale of the weights, never reported
    trained_widths: tuple[int, ...] = (2, 8, 16)  # scientific: hidden units that are trained; none trains nothing
    num_steps: int = 200  # fixed: steps of variable projection


FULL = Config()
QUICK = Config(
    targets=("sine", "exp_cos", "kink"), widths=(1, 4, 8, 16, 64), seeds=4, tuning_seeds=1, trained_widths=()
)


def run(config: Config) -> xr.Dataset:
    """Errors [activation, width, target, seed], the floors [activation, target], and what the conditions are for."""
    check(config)
    with jax.enable_x64(True):
        parts = [_errors(config), conditions.run(config.widths, config.seeds, config.tuning_seeds)]
        if config.trained_widths:
            parts.append(trained.run(config.trained_widths, config.seeds, config.tuning_seeds, config.num_steps))
    preset = " --preset full" if config == FULL else ""
    return xr.merge(parts, combine_attrs="no_conflicts").assign_attrs(
        command=f"python -m experiments universal_approximation.universal{preset}",
        shown=conditions.TARGET,
    )


def check(config: Config) -> None:
    """That the settings make sense; a ValueError names the argument, the value and what is allowed."""
    for name in config.targets:
        if name not in tasks.TARGETS:
            raise naming.unknown(name, tasks.TARGETS, "targets")
    if conditions.TARGET not in config.targets:
        raise ValueError(f"targets={config.targets!r} must hold {conditions.TARGET!r}, which is drawn")
    if len(config.widths) < 3 or min(config.widths) < 1 or list(config.widths) != sorted(set(config.widths)):
        raise ValueError(f"widths={config.widths!r} must be three whole numbers or more, rising, from 1 on")
    if len([n for n in config.widths if n > DEGREE]) < 2:
        raise ValueError(
            f"widths={config.widths!r} must hold two of {DEGREE + 1} or more: polynomials of degree {DEGREE} fall as "
            "far as that"
        )
    if any(n < 1 for n in config.trained_widths) or config.num_steps < 1:
        raise ValueError(f"trained_widths={config.trained_widths!r}, num_steps={config.num_steps!r} must be 1 or more")
    if config.seeds < 2 or config.tuning_seeds < 1:
        raise ValueError(f"seeds={config.seeds!r} must be 2 or more, tuning_seeds={config.tuning_seeds!r} 1 or more")


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
            "degree": ("activation", degrees + [0] * len(activations.OTHERS)),  # 0: no polynomial
        },
        coords={"activation": list(chosen), "width": list(config.widths), "target": list(config.targets)},
    )


def _without_coarse_cutoff(config: Config) -> float:
    """The median error on the target that is drawn of the most units that jump, by the cut-off of all others."""
    function, tried = activations.OTHERS[activations.JUMPING[1]]
    grids = features.grids([conditions.TARGET])
    widths, seeds = config.widths[-1:], (config.seeds, config.tuning_seeds)
    errors, _ = features.tuned_errors(function, tried, widths, *seeds, grids, cutoff=features.CUTOFF)
    return float(np.median(errors) * np.sqrt(features.half_lengths([conditions.TARGET])[0]))


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """See `_universal_figures`."""
    from experiments.universal_approximation import _universal_figures as draw

    return {"universal": draw.universal(data), "floors": draw.floors(data), "conditions": draw.conditions(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row per activation, target and number of units."""
    rows = []
    for i, j, k in np.ndindex(data.sizes["activation"], data.sizes["target"], data.sizes["width"]):
        one = data.isel(activation=i, target=j, width=k)
        rows.append(
            {"activation": one.activation.item(), "target": one.target.item(), "units": int(one.width)}
            | {"median_l2": float(one.error.median()), "least": float(one.error.min())}
            | {"greatest": float(one.error.max()), "floor": float(one.floor), "scale": float(one.scale)}
            | {"cutoff": float(one.cutoff)}
        )
    return rows


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_universal_verdicts`."""
    from experiments.universal_approximation import _universal_verdicts

    return _universal_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
