"""Bounds for a single neuron: the mistakes of the perceptron rule, and the number of dichotomies it can learn."""

import math
from fractions import Fraction

import numpy as np
from jaxtyping import Float, Num

from nnjax.checks import whole_number


def novikoff_bound(
    x: Num[np.ndarray, "n d"], y: Num[np.ndarray, " n"], w: Float[np.ndarray, " d"], b: float = 0.0
) -> float:
    """The greatest number of mistakes that Rosenblatt's rule can make from zero weights: (R |w*| / margin)^2.

    Args:
        x: rows, without the bias, which is counted as one more input of 1.
        y: targets, 0 or 1.
        w, b: any unit that separates the rows; the one with the widest margin gives the least bound.

    R is the length of the longest row with its input of 1, and w* is (w, b). The margin is the least of the sums
    w . x + b over the rows, where the sums are negated for y = 0.

    Source: Novikoff 1962, theorem 1.

    Raises:
        ValueError: if (w, b) leaves a row on the wrong side or on the boundary.
    """
    rows = np.hstack([np.asarray(x, float), np.ones((len(x), 1))])
    unit = np.append(np.asarray(w, float), b)
    least = (np.where(np.asarray(y) > 0, 1.0, -1.0) * (rows @ unit)).min()
    if not least > 0:
        raise ValueError(
            f"w={w!r}, b={b!r} does not separate the rows: the signed sum of one is {least:g}, and all must be above 0"
        )
    return float((rows**2).sum(axis=1).max() * (unit @ unit) / least**2)


def cover_count(num_points: int, dim: int) -> int:
    """How many of the 2^N labellings of N points in general position a hyperplane through the origin can separate.

    C(N, d) = 2 sum_{k < d} binom(N - 1, k). For units with a bias, `dim` is the number of inputs plus 1.

    Source: Cover 1965, theorem 1.

    Raises:
        ValueError: for numbers below 1.
    """
    num_points, dim = whole_number(num_points, "num_points"), whole_number(dim, "dim")
    return 2 * sum(math.comb(num_points - 1, k) for k in range(dim))


def cover_fraction(num_points: int, dim: int) -> float:
    """The fraction of all labellings that `cover_count` counts: 1 up to N = d, exactly 1/2 at N = 2 d."""
    return float(Fraction(cover_count(num_points, dim), 2**num_points))
