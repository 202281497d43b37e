"""Lower bounds for networks of one hidden layer on functions that deep networks compute with few neurons.

A network of one hidden layer of N ReLUs and one input is piecewise linear with at most N + 1 pieces. So a lower bound
on the error of N + 1 pieces holds for N units. Nothing here is trained and nothing needs JAX.
"""

import math

import numpy as np
from jaxtyping import Float

from nnjax.checks import whole_number


def sawtooth(x: Float[np.ndarray, "*shape"], num_folds: int) -> Float[np.ndarray, "*shape"]:
    """The sawtooth of 2^k pieces at x in [0, 1]: 0 at even multiples of 2^-k, 1 at odd ones, linear between them.

    It is exact in float64 for every x, because scaling by a power of two, the remainder r modulo 2 and 2 - r are not
    rounded.
    """
    turned = np.mod(x * 2.0 ** whole_number(num_folds, "num_folds"), 2.0)
    return np.minimum(turned, 2.0 - turned)


def square_error(num_pieces: int) -> float:
    """The largest error of the best n linear pieces for x^2 on [0, 1], joined or not: 1 / (8 n^2).

    One of the pieces has a length of 1/n or more. The best line for x^2 on a length h has an error of h^2 / 8 at both
    ends and in the middle. (The error is Chebyshev's polynomial of degree 2.) Equal pieces attain 1 / (8 n^2), and they
    join.
    """
    return 1 / (8 * whole_number(num_pieces, "num_pieces") ** 2)


def square_pieces(error: float) -> float:
    """The least number of linear pieces within `error` of x^2 on [0, 1]: 1 / sqrt(8 error), which is to be rounded up.

    For the error 2^(-2m-2) of Yarotsky's networks it is 2^(m - 1/2).
    """
    if not 0 < error < math.inf:
        raise ValueError(f"error={error!r} must be above 0 and finite")
    return 1 / math.sqrt(8 * error)


def sawtooth_pieces(num_folds: int) -> int:
    """The number of linear pieces that a continuous function needs to be within less than 1/2 of the sawtooth: 2^k.

    Such a function is alternately below and above 1/2 at the 2^k + 1 multiples of 2^-k. So it crosses 1/2 in each of
    the gaps between them, and a linear piece crosses once at most. (At a distance of exactly 1/2 a constant is enough.)
    """
    return 2 ** whole_number(num_folds, "num_folds")
