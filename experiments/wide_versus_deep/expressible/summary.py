"""The sizes of the networks of `expressible` (deep, shallow, and the least), and what their errors show."""

import numpy as np
import xarray as xr

from nnjax import mlp, statistics
from nnjax.theory import depth

FUNCTIONS = {"sawtooth": "fold", "square": "level"}  # functions, and the dimension over the layers of deep networks


def units_for_square(num_levels: int) -> int:
    """The neurons of a shallow square whose error is no larger than that of the deep one of m levels."""
    return int(np.ceil(depth.square_pieces(2.0 ** (-2 * num_levels - 2))))


def units_for_points(num_points: int, share: float) -> int:
    """The exact least number of neurons in one hidden layer that get at most this share of alternating points wrong.

    N neurons have N + 1 pieces; see `theory.depth.alternating_error`.
    """
    return next(n for n in range(1, num_points) if depth.alternating_error(num_points, n + 1) <= share)


def sizes(function: str, layers: int) -> dict[str, int]:
    """Neurons and parameters of the deep network, of the shallow one that is written down, and of the least shallow."""
    if function == "sawtooth":
        width, shallow, least = 2, 2**layers, depth.sawtooth_pieces(layers) - 1
    else:
        width, shallow = 3, units_for_square(layers)
        least = max(shallow - 1, 1)
    return {
        "deep_neurons": width * layers,
        "deep_parameters": mlp.num_params((1, *(width,) * layers, 1)),
        "shallow_neurons": shallow,
        "shallow_parameters": mlp.num_params((1, shallow, 1)),
        "least_neurons": least,
        "least_parameters": mlp.num_params((1, least, 1)),
    }


def crossing(function: str, what: str) -> int:
    """The number of layers from which on the deep network has fewer `neurons` or `parameters` than any shallow one."""
    for layers in range(30, 0, -1):
        found = sizes(function, layers)
        if found[f"deep_{what}"] >= found[f"least_{what}"]:
            return layers + 1
    return 1


def exact_to(data: xr.Dataset, dtype: str) -> int:
    """The last level up to which the square is off by exactly 2^(-2m-2), to the last bit, in the middles of its pieces;
    0 if it is not even at the first level.
    """
    exact = np.logical_and.accumulate(data.square_wrong.sel(dtype=dtype).values == 0)
    return int(data.level.values[exact].max(initial=0))


def below_the_bound(data: xr.Dataset) -> tuple[int, int]:
    """How many networks get fewer alternating points wrong than Telgarsky's bound allows, and out of how many."""
    slack = np.concatenate([data.cut_wrong - data.cut_bound, data.folded_wrong - data.folded_bound])
    return int((slack < 0).sum()), len(slack)


def growth(data: xr.Dataset, dtype: str, order: str) -> statistics.Slope | None:
    """The slope of log2 of the rounding error over k, where it is not 0; None for fewer than three networks."""
    one = data.rounding.sel(dtype=dtype, order=order)
    one = one[(one > 0).values]
    return statistics.slope(one.shallow_fold, np.log2(one)) if one.size >= 3 else None
