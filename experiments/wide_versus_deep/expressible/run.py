"""The networks of `wide_versus_deep.expressible`: written down, computed, and compared with the exact functions."""

import jax
import numpy as np
import xarray as xr

from experiments.wide_versus_deep.expressible import errors
from experiments.wide_versus_deep.expressible.config import Config, check
from experiments.wide_versus_deep.expressible.summary import units_for_square
from nnjax.theory import constructions, depth

DRAWN_PLACES = 1025  # multiples of 2^-10 at which the curves of the figures are computed
DRAWN_FOLDS, DRAWN_LEVELS = 4, 3


def run(config: Config) -> xr.Dataset:
    """Errors of the sawtooth [fold, dtype], the squares [level, dtype], rounding [shallow_fold, dtype, order]."""
    check(config)
    parts = [_sawtooth(config), _squares(config), _rounding(config), _alternating(config), _curves()]
    return xr.merge(parts).assign_attrs(
        grid_bits=config.grid_bits, num_places=config.num_places, alternating_bits=config.alternating_bits
    )


def _sawtooth(config: Config) -> xr.Dataset:
    """At how many places the deep sawtooth is wrong [fold, dtype], and the largest error."""
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
    """The largest error of the deep square [level, dtype], the number of middles of pieces in which it is not exactly
    the error of the theory, and the largest error of the shallow square.
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
    """The largest error of the shallow sawtooth [shallow_fold, dtype, order]; without rounding it would be 0."""
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
    """The share of 2^k alternating points that networks get wrong, as computed, at best, and by Telgarsky's bound."""
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


def _curves() -> xr.Dataset:
    """Curves for the figures: every layer of a sawtooth, and squares of a few levels, as `mlp` computes them."""
    x = np.linspace(0, 1, DRAWN_PLACES)
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
