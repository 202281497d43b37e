"""Lower bounds for networks of one or a few hidden layers on functions that deep networks compute with few neurons.

A network of one hidden layer of N ReLUs and one input is piecewise linear with at most N + 1 pieces. So a lower bound
on the error of N + 1 pieces holds for N units. Nothing here is trained and nothing needs JAX.
"""

import math

import numpy as np
from jaxtyping import Bool, Float

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

    One of the pieces has a length of 1/n or more, and the best line for x^2 on a length h has an error of h^2 / 8 at
    both ends and in the middle (Chebyshev's polynomial of degree 2). Equal pieces attain it, and they join.
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

    Such a function is alternately below and above 1/2 at the 2^k + 1 multiples of 2^-k, so it crosses 1/2 in each of
    the gaps between them, and a linear piece crosses once at most. (At a distance of exactly 1/2 a constant is enough.)
    """
    return 2 ** whole_number(num_folds, "num_folds")


def telgarsky_bound(num_folds: int, width: int, depth: int) -> float:
    """A lower bound on the fraction of 2^k alternating points that `depth` hidden layers of `width` ReLUs get wrong.

    It is (n - 4 (2 m)^l) / (3 n) for n = 2^k points and m units in each of l layers, or 0 if that is negative. It is
    1/6 or more if m <= 2^((k - 3) / l - 1).

    Source: Telgarsky 2015, "Representation benefits of deep feedforward networks", lemma 2.1 and theorem 1.1. The
    points are i / 2^k with labels i mod 2; an output above 1/2 means label 1.
    """
    points = 2 ** whole_number(num_folds, "num_folds")
    pieces = (2 * whole_number(width, "width")) ** whole_number(depth, "depth")
    return 1 / 3 - 4 * pieces / (3 * points) if 4 * pieces < points else 0.0


def alternating_error(num_points: int, num_pieces: int) -> float:
    """The least fraction of n alternating points, n even, that p joined linear pieces get wrong: exact.

    p pieces cross 1/2 at most p times, so they divide the points into p + 1 runs of equal answers. A run of an odd
    number of points has one more right answer than wrong ones. As n is even, so is the number of odd runs.

    Raises:
        ValueError: for a number of points that is not an even whole number of 2 or more, and for a number of pieces
            that is not a whole number of 1 or more.
    """
    n, runs = whole_number(num_points, "num_points"), whole_number(num_pieces, "num_pieces") + 1
    if n % 2:
        raise ValueError(f"num_points={num_points!r} must be even")
    odd = min(runs - runs % 2, n)
    return (n - odd) / (2 * n)


def fewest_errors(labels: Bool[np.ndarray, " n"], weights: Float[np.ndarray, " n"], num_changes: int) -> float:
    """The least total weight of wrong answers along a line if the answer changes at most `num_changes` times: exact.

    A network of one hidden layer of N ReLUs and one input changes its answer N + 1 times at most.

    Args:
        labels: the right answers at n points from left to right.
        weights: the weight of each point.
        num_changes: the greatest number of changes, 0 or more.

    Raises:
        ValueError: for a number of changes that is not a whole number of 0 or more, and where labels and weights have
            different shapes.
    """
    whole_number(num_changes, "num_changes", 0)
    if labels.shape != weights.shape:
        raise ValueError(f"weights has shape {weights.shape}, labels {labels.shape}: both must be the same")
    # least[c, a]: the least weight of wrong answers so far with at most c changes and the last answer a.
    least = np.zeros((num_changes + 1, 2))
    for label, weight in zip(labels, weights, strict=True):
        changed = np.vstack([np.full((1, 2), np.inf), least[:-1, ::-1]])
        least = np.minimum(least, changed) + weight * np.array([label, not label])
    return float(least[-1].min())
