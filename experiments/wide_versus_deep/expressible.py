"""Depth expresses with few neurons what one hidden layer needs exponentially many for: sawtooth and x^2, written down.

Nothing is trained. k hidden layers of 2 ReLUs fold [0, 1] into a sawtooth of 2^k pieces (Telgarsky 2015), and m layers
of 3 ReLUs add such sawtooths up to x^2 but for 2^(-2m-2) (Yarotsky 2017). Both are plain networks of `mlp`, and so are
their equivalents of one hidden layer. Measured are
- whether the sawtooth is exact at all multiples of 2^-20 and at places drawn at random, in float32 and float64,
- the error of x^2 in the middles of its pieces, where theory says exactly what it is, and where rounding takes over,
- neurons, and weights and biases, of deep networks and shallow ones for the same error, and where they cross: for x^2
  the best n straight pieces err 1/(8 n^2), for the sawtooth nothing short of 2^k pieces is anywhere near,
- on 2^k points with alternating labels how many a network of N units in l layers must get wrong (Telgarsky's bound),
  how many exactly for one hidden layer, and how many networks written down do,
- what rounding makes of the shallow sawtooth, in three orders of adding up its units: as it is a sum of large terms
  that cancel, order decides.

Sources: Telgarsky 2015, "Representation benefits of deep feedforward networks", and 2016, COLT; Yarotsky 2017, Neural
Networks 94, 103-114, proposition 2.

    python -m experiments wide_versus_deep.expressible                  # 5 s
    python -m experiments wide_versus_deep.expressible --preset full    # 32 s on 2 cores

Outputs: networks, sawtooth, square, neurons, alternating, rounding; table.csv has a row per function and k or m.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import numpy as np
import xarray as xr

from experiments.lab import cli
from experiments.wide_versus_deep import _expressible_errors as errors
from experiments.wide_versus_deep._expressible_sizes import table, units_for_square
from nnjax import constructions
from nnjax.theory import depth

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict

__all__ = ["FULL", "QUICK", "Config", "check", "figures", "run", "table", "verdicts"]

STORE = False  # nothing here is a sweep
LOOKS = 1025  # places at which what is drawn is drawn, multiples of 2^-10
DRAWN_FOLDS, DRAWN_LEVELS = 4, 3


@dataclass(frozen=True)
class Config:
    """What is written down: nothing is random, but for the places that are looked at and the order of units."""

    folds: tuple[int, ...] = tuple(range(1, 21))  # scientific: k, folds of the deep sawtooth
    grid_bits: int = 20  # fixed: it is looked at at all multiples of 2^-20
    levels: tuple[int, ...] = tuple(range(1, 26))  # scientific: m, levels of the deep square
    shallow_levels: tuple[int, ...] = tuple(range(1, 15))  # scientific: m whose error a shallow square has
    shallow_folds: tuple[int, ...] = tuple(range(2, 15))  # scientific: k of the shallow sawtooth
    alternating_bits: int = 10  # fixed: 2^10 points with alternating labels
    num_places: int = 4096  # fixed: places drawn at random
    seed: int = 0  # fixed


FULL = Config()
QUICK = Config(
    folds=(1, 3, 20), grid_bits=16, levels=(1, 5, 11, 12, 15), shallow_levels=(2, 5, 10), shallow_folds=(8, 10, 12),
    alternating_bits=6, num_places=1024,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Errors of the sawtooth [fold, dtype], the squares [level, dtype], rounding [shallow_fold, dtype, order]."""
    check(config)
    parts = [_sawtooth(config), _squares(config), _rounding(config), _alternating(config), _looks()]
    preset = " --preset full" if config == FULL else ""
    return xr.merge(parts).assign_attrs(
        grid_bits=config.grid_bits,
        num_places=config.num_places,
        alternating_bits=config.alternating_bits,
        command=f"python -m experiments wide_versus_deep.expressible{preset}",
    )


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    from experiments.wide_versus_deep._expressible_verdicts import EXACT_LEVELS

    most = {"folds": 24, "levels": 26, "shallow_levels": 14, "shallow_folds": 14}
    for name, greatest in most.items():
        values = getattr(config, name)
        if len(values) < 3 or list(values) != sorted(set(values)) or not 1 <= values[0] <= values[-1] <= greatest:
            raise ValueError(f"{name}={values!r} must be three whole numbers or more, rising, from 1 to {greatest}")
    if config.levels[0] > EXACT_LEVELS:
        raise ValueError(
            f"levels={config.levels!r} must begin at {EXACT_LEVELS} or less, up to which x^2 is held exact"
        )
    for name, least, greatest in (("grid_bits", 1, 22), ("alternating_bits", 3, 13), ("num_places", 16, 2**20)):
        if not least <= getattr(config, name) <= greatest:
            raise ValueError(f"{name}={getattr(config, name)!r} must be from {least} to {greatest}")


def _sawtooth(config: Config) -> xr.Dataset:
    """How many places the deep sawtooth is wrong at [fold, dtype], and by how much."""
    x = np.concatenate([errors.dyadic(config.grid_bits), errors.places(config.num_places, config.seed)])
    found = [
        [errors.of_network(constructions.deep_sawtooth, k, depth.sawtooth(x, k), x, dtype) for dtype in errors.DTYPES]
        for k in config.folds
    ]
    return xr.Dataset(
        {
            "sawtooth_wrong": (("fold", "dtype"), [[one.wrong for one in row] for row in found]),
            "sawtooth_largest": (("fold", "dtype"), [[one.largest for one in row] for row in found]),
        },
        coords={"fold": list(config.folds), "dtype": list(errors.DTYPES)},
        attrs={"sawtooth_places": len(x)},
    )


def _squares(config: Config) -> xr.Dataset:
    """Of the deep square the largest error [level, dtype] and how many middles of pieces do not err exactly what theory
    says, and the largest error of the shallow one.
    """
    x = errors.places(config.num_places, config.seed)
    largest, wrong = (np.empty((len(config.levels), len(errors.DTYPES)), kind) for kind in (float, int))
    shallow = np.empty((len(config.shallow_levels), len(errors.DTYPES)))
    units = [units_for_square(m) for m in config.shallow_levels]
    for j, dtype in enumerate(errors.DTYPES):
        for i, m in enumerate(config.levels):
            middles = errors.worst_places(m, config.num_places)
            middles = middles.astype(dtype).astype(float)  # beyond 24 bits float32 has no such place
            above = middles**2 + 4.0 ** (-m - 1)
            wrong[i, j] = errors.of_network(constructions.deep_square, m, above, middles, dtype).wrong
            both = np.concatenate([middles, x])
            largest[i, j] = errors.of_network(constructions.deep_square, m, both**2, both, dtype).largest
        for i, n in enumerate(units):
            shallow[i, j] = errors.of_network(constructions.shallow_square, n, x**2, x, dtype).largest
    return xr.Dataset(
        {
            "square_wrong": (("level", "dtype"), wrong),
            "square_largest": (("level", "dtype"), largest),
            "shallow_square": (("shallow_level", "dtype"), shallow),
            "shallow_units": ("shallow_level", units),
        },
        coords={"level": list(config.levels), "shallow_level": list(config.shallow_levels)},
    )


def _rounding(config: Config) -> xr.Dataset:
    """The largest error of the shallow sawtooth [shallow_fold, dtype, order], which without rounding is 0."""
    found = [
        [
            errors.of_orders(k, errors.places(config.num_places, config.seed, dtype), dtype, config.seed)
            for dtype in errors.DTYPES
        ]
        for k in config.shallow_folds
    ]
    return xr.Dataset(
        {
            "rounding": (
                ("shallow_fold", "dtype", "order"),
                [[[one.largest for one in orders] for orders in row] for row in found],
            )
        },
        coords={"shallow_fold": list(config.shallow_folds), "order": list(errors.ORDERS)},
    )


def _alternating(config: Config) -> xr.Dataset:
    """The share of 2^k alternating points that networks get wrong: theirs, and what bounds say of their size."""
    bits, points = config.alternating_bits, 2**config.alternating_bits
    x = np.arange(points) / points
    units = np.unique(np.geomspace(1, points, 3 * bits + 1).round().astype(int))
    folds = np.arange(1, bits + 1)
    cut = [errors.share_wrong(errors.predict(errors.cut_sawtooth(bits, int(n)), x)) for n in units]
    folded = [errors.share_wrong(errors.predict(constructions.deep_sawtooth(int(k)), x)) for k in folds]
    return xr.Dataset(
        {
            "cut_wrong": ("unit", cut),
            "cut_exact": ("unit", [depth.alternating_error(points, int(n) + 1) for n in units]),
            "cut_bound": ("unit", [depth.telgarsky_bound(bits, int(n), 1) for n in units]),
            "folded_wrong": ("built_fold", folded),
            "folded_exact": ("built_fold", [depth.alternating_error(points, 2 ** int(k)) for k in folds]),
            "folded_bound": ("built_fold", [depth.telgarsky_bound(bits, 2, int(k)) for k in folds]),
        },
        coords={"unit": units, "built_fold": folds},
    )


def _looks() -> xr.Dataset:
    """What is drawn: every layer of a sawtooth, and squares of a few levels, as `mlp` computes them."""
    x = np.linspace(0, 1, LOOKS)
    with jax.enable_x64(True):
        saws = [errors.predict(constructions.deep_sawtooth(k), x) for k in range(1, DRAWN_FOLDS + 1)]
        squares = [errors.predict(constructions.deep_square(m), x) for m in range(1, DRAWN_LEVELS + 1)]
        lines = errors.predict(constructions.shallow_square(4), x)
    return xr.Dataset(
        {
            "drawn_saws": (("drawn_fold", "place"), saws),
            "drawn_squares": (("drawn_level", "place"), squares),
            "drawn_lines": ("place", lines),
        },
        coords={
            "place": x,
            "drawn_fold": list(range(1, DRAWN_FOLDS + 1)),
            "drawn_level": list(range(1, DRAWN_LEVELS + 1)),
        },
    )


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """See `_expressible_figures` and `_expressible_counts`."""
    from experiments.wide_versus_deep import _expressible_counts as counts
    from experiments.wide_versus_deep import _expressible_figures as draw

    return {
        "networks": draw.networks(data),
        "sawtooth": draw.sawtooth(data),
        "square": draw.square(data),
        "neurons": counts.neurons(data),
        "alternating": counts.alternating(data),
        "rounding": counts.rounding(data),
    }


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_expressible_verdicts`."""
    from experiments.wide_versus_deep import _expressible_verdicts

    return _expressible_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
