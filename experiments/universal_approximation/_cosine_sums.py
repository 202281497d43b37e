"""Cosine sums with random lattice frequencies, and what no basis that is fixed beforehand can do with them.

On the cube [-1/2, 1/2]^d the functions sqrt(2) cos(2 pi k.x) and sqrt(2) sin(2 pi k.x) are orthonormal, k being the
points of the lattice Z^d but 0, and of k and -k one. Take M of them at least 2 n, those with |k|^2 <= q. The squared
distances of any orthonormal functions from a space of n dimensions sum to M - n at least. So with a frequency drawn
evenly from these, and an even phase, the expected squared distance of cos is at least (1 - n/M) / 2, from any n
functions that were fixed beforehand. With q as small as it may be q grows as n^(2/d) (Barron 1993, theorem 6).

Here f(x) = sum over j of a_j cos(2 pi k_j.x + phi_j), the amplitudes such that each term has the same part of Barron's
constant C_f = sum of |a_j| 2 pi |k_j| = 1. Of T terms the squared distance is then expected to be at least
(1 - n/M) / (8 pi^2 q T).
"""

import math
from typing import NamedTuple

import numpy as np


class Sums(NamedTuple):
    """Cosine sums: amplitudes [s, T], frequencies [s, T, d] in whole periods, phases [s, T]; unused terms are 0."""

    amplitude: np.ndarray
    frequency: np.ndarray
    phase: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Values [s, m] at x [m, d]."""
        waves = np.cos(2 * np.pi * self.frequency @ x.T + self.phase[..., None])
        return np.einsum("st,stm->sm", self.amplitude, waves)


def shells(dim: int, least: int) -> tuple[int, np.ndarray]:
    """The smallest q whose ball |k|^2 <= q holds `least` points but 0, and the points of each |k|^2 in 1, ..., d
    directions: counts [d + 1, q + 1]."""
    if dim == 1:
        q = math.ceil(least / 2) ** 2
        return q, _counts(1, q)
    q = 1
    while (counts := _counts(dim, q))[dim, 1:].sum() < least:
        q += 1
    return q, counts


def _counts(dim: int, q: int) -> np.ndarray:
    """How many points of Z^j have |k|^2 = 0, ..., q [j, q + 1], j from 0 to d."""
    counts = np.zeros((dim + 1, q + 1))
    counts[0, 0] = 1
    roots = range(math.isqrt(q) + 1)
    for j in range(dim):
        for root in roots:
            counts[j + 1, root**2 :] += (2 if root else 1) * counts[j, : q + 1 - root**2]
    return counts


def frequencies(rng: np.random.Generator, counts: np.ndarray, num: int) -> np.ndarray:
    """Points [num, d] of the lattice, drawn evenly from those in the ball but 0: direction after direction."""
    dim, q = counts.shape[0] - 1, counts.shape[1] - 1
    left = rng.choice(np.arange(1, q + 1), num, p=counts[dim, 1:] / counts[dim, 1:].sum())
    found = np.zeros((num, dim), int)
    roots = np.arange(-math.isqrt(q), math.isqrt(q) + 1)
    for j in range(dim):
        rest = left[:, None] - roots[None, :] ** 2
        ways = np.where(rest >= 0, counts[dim - j - 1, np.maximum(rest, 0)], 0.0).cumsum(axis=1)
        place = (ways <= rng.uniform(size=(num, 1)) * ways[:, -1:]).sum(axis=1)
        found[:, j] = roots[place]
        left = left - found[:, j] ** 2
    return found


def cosine_sums(rng: np.random.Generator, dim: int, num_functions: int, num_sums: int, most_terms: int) -> Sums:
    """Sums of 1 to `most_terms` cosines, evenly, that are hard for `num_functions` functions: see above."""
    _, counts = shells(dim, 2 * num_functions)
    k = frequencies(rng, counts, num_sums * most_terms).reshape(num_sums, most_terms, dim)
    terms = rng.integers(1, most_terms + 1, (num_sums, 1))
    share = (np.arange(most_terms) < terms) / terms
    return Sums(share / (2 * np.pi * np.linalg.norm(k, axis=-1)), k, rng.uniform(0, 2 * np.pi, share.shape))


def mean_bound(dim: int, num_functions: int, most_terms: int) -> float:
    """Below this no basis of n fixed functions has its expected squared error on `cosine_sums`."""
    q, counts = shells(dim, 2 * num_functions)
    share = 1 - num_functions / counts[dim, 1:].sum()
    return float(share * np.mean(1 / np.arange(1, most_terms + 1)) / (8 * np.pi**2 * q))


def squared_norms(sums: Sums) -> np.ndarray:
    """|f|^2 [s] on the cube. The mean of f is 0."""
    k = sums.frequency
    same = (k[:, :, None] == k[:, None]).all(axis=-1)
    opposite = (k[:, :, None] == -k[:, None]).all(axis=-1)
    return energy(sums, same.astype(float), opposite.astype(float))


def energy(sums: Sums, minus: np.ndarray, plus: np.ndarray) -> np.ndarray:
    """The squared norm [s] of a sum of waves, from the products [s, T, T] of e^(2 pi i k.x) with the conjugates of
    others and with others."""
    phase = sums.phase
    cosines = np.cos(phase[:, :, None] - phase[:, None]) * minus + np.cos(phase[:, :, None] + phase[:, None]) * plus
    return np.einsum("st,su,stu->s", sums.amplitude, sums.amplitude, cosines) / 2


def barron_from(sums: Sums) -> np.ndarray:
    """From how many units on Barron's bound (2 r C_f)^2 / N is below |f|^2 [s], what predicting the mean errs by.

    The cube lies in a ball of radius r = sqrt(d) / 2, and C_f = 1, so it is d / |f|^2 (Barron 1993, theorem 1).
    """
    return sums.frequency.shape[-1] / squared_norms(sums)
