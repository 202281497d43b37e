"""What one hidden layer needs for what a deep network does with few neurons: counts of pieces and lower bounds.

A network of one hidden layer of N ReLUs and one input is piecewise linear, of N + 1 pieces at most. So what so many
pieces cannot do, N units cannot. Nothing here is trained and nothing needs JAX.
"""

import math

import numpy as np
from jaxtyping import Bool, Float

from nnjax.theory.quadrature import check_count


def sawtooth(x: Float[np.ndarray, "*shape"], num_folds: int) -> Float[np.ndarray, "*shape"]:
    """The sawtooth of 2^k pieces at x in [0, 1]: 0 at even multiples of 2^-k, 1 at odd ones, straight between.

    Exact in float64 for every x: scaling by a power of two, the remainder by 2 and 2 - r of it are not rounded.
    """
    turned = np.mod(x * 2.0 ** check_count(num_folds, "num_folds"), 2.0)
    return np.minimum(turned, 2.0 - turned)


def square_error(num_pieces: int) -> float:
    """The largest error of the best n straight pieces for x^2 on [0, 1], joined or not: 1 / (8 n^2).

    One of the pieces is 1/n long or longer, and the best line for x^2 on a length h errs by h^2 / 8 at both ends and in
    the middle (Chebyshev's polynomial of degree 2). Equal pieces attain it, and they join.
    """
    return 1 / (8 * check_count(num_pieces, "num_pieces") ** 2)


def square_pieces(error: float) -> float:
    """How many straight pieces x^2 on [0, 1] needs for that largest error: 1 / sqrt(8 error), to be rounded up.

    For Yarotsky's 2^(-2m-2) it is 2^(m - 1/2).
    """
    if not 0 < error < math.inf:
        raise ValueError(f"error={error!r} must be above 0 and finite")
    return 1 / math.sqrt(8 * error)


def sawtooth_pieces(num_folds: int) -> int:
    """How many straight pieces a continuous function needs to be within less than 1/2 of the sawtooth everywhere: 2^k.

    It is alternately below and above 1/2 at the 2^k + 1 multiples of 2^-k, so it crosses 1/2 as often as there are gaps
    between them, and a straight piece crosses once at most. (At 1/2 a constant will do: there is nothing between.)
    """
    return 2 ** check_count(num_folds, "num_folds")


def telgarsky_bound(num_folds: int, width: int, depth: int) -> float:
    """The least share of 2^k alternating points that `depth` hidden layers of `width` ReLUs must get wrong.

    (n - 4 (2 m)^l) / (3 n) with n = 2^k points, m units in each of l layers, or 0 where that is negative: 1/6 or more
    where m <= 2^((k - 3) / l - 1).

    Source: Telgarsky 2015, "Representation benefits of deep feedforward networks", lemma 2.1 and theorem 1.1. The
    points are i / 2^k with labels i mod 2; an output above 1/2 says 1.
    """
    points = 2 ** check_count(num_folds, "num_folds")
    pieces = (2 * check_count(width, "width")) ** check_count(depth, "depth")
    return max(0.0, 1 / 3 - 4 * pieces / (3 * points))


def alternating_error(num_points: int, num_pieces: int) -> float:
    """The least share of n alternating points, an even number, that p straight joined pieces get wrong: exact.

    p pieces cross 1/2 at most p times, so they cut the points into p + 1 runs of one answer; a run of an odd number of
    points gets one more right than wrong. As n is even, so is the number of odd runs.
    """
    n, runs = check_count(num_points, "num_points"), check_count(num_pieces, "num_pieces") + 1
    if n % 2:
        raise ValueError(f"num_points={num_points!r} must be even")
    odd = min(runs - runs % 2, n)
    return (n - odd) / (2 * n)


def fewest_errors(labels: Bool[np.ndarray, " n"], weights: Float[np.ndarray, " n"], num_changes: int) -> float:
    """The least weight that answers along a line get wrong when they change at most so often: exact.

    A network of one hidden layer of N ReLUs and one input changes its answer N + 1 times at most.

    Args:
        labels: the right answers at n places from left to right.
        weights: how much each counts.
        num_changes: changes that are allowed, 0 or more.
    """
    check_count(num_changes, "num_changes", 0)
    if labels.shape != weights.shape:
        raise ValueError(f"weights has shape {weights.shape}, labels {labels.shape}: they must be alike")
    # least[c, a]: the least wrong so far with at most c changes and the last answer a.
    least = np.zeros((num_changes + 1, 2))
    for label, weight in zip(labels, weights, strict=True):
        changed = np.vstack([np.full((1, 2), np.inf), least[:-1, ::-1]])
        least = np.minimum(least, changed) + weight * np.array([label, not label])
    return float(least[-1].min())
