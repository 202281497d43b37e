"""Cosine sums with random lattice frequencies, and lower bounds on their distances from any basis fixed beforehand.

On the cube [-1/2, 1/2]^d the functions sqrt(2) cos(2 pi k.x) and sqrt(2) sin(2 pi k.x) are orthonormal, for all k of
the lattice Z^d except 0, taking one of k and -k. In every d there is one law of sums, the same for all bases and all
numbers of functions:

    f(x) = sum over j of a_j cos(2 pi k_j.x + phi_j),   a_j = 1 / (2 pi |k_j| T),   T from 1 to the most terms, evenly,

so that each term has the same share of Barron's constant C_f = sum of |a_j| 2 pi |k_j| = 1. Phases are uniform. For k,
first a q from 1 to Q is drawn with a probability proportional to 1/q, then k uniformly from the ball |k|^2 <= q: waves
of every length are about as likely. So the error of predicting 0 does not depend on n, and an error that falls with n
falls because of the basis.

Lower bounds for any n functions fixed beforehand: the squared distance of an orthonormal function from a space of n
dimensions is 1 minus its projection, and the projections of all of them sum to n at most. So the expected squared error
is at least that of the basis of the n waves with the most expected energy (Ky Fan), which falls as n^(-2/d); and the
worst one is at least (1 - n / M_q) / (8 pi^2 q) for each q, with M_q points in its ball (Barron 1993, theorem 6).
"""

import math
from typing import NamedTuple

import numpy as np

# The greatest |k|^2 of the law is this many times that of the ball with twice as many waves as there are functions.
REACH = 4


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
    """The smallest q whose ball |k|^2 <= q holds `least` points besides 0, and the numbers of points with each |k|^2 in
    0 to d directions: counts [d + 1, q + 1]."""
    if dim == 1:
        q = math.ceil(least / 2) ** 2
        return q, _counts(1, q)
    q = 1
    while (counts := _counts(dim, q))[dim, 1:].sum() < least:
        q += 1
    return q, counts


def _counts(dim: int, q: int) -> np.ndarray:
    """The numbers of points of Z^j with |k|^2 = 0, ..., q [d + 1, q + 1], for j from 0 to d."""
    counts = np.zeros((dim + 1, q + 1))
    counts[0, 0] = 1
    roots = range(math.isqrt(q) + 1)
    for j in range(dim):
        for root in roots:
            counts[j + 1, root**2 :] += (2 if root else 1) * counts[j, : q + 1 - root**2]
    return counts


class Law(NamedTuple):
    """The distribution of sums: numbers of lattice points by |k|^2 in 0 to d directions [d + 1, Q + 1]; the chance of
    each |k|^2 from 1 on [Q]; and the most terms of a sum."""

    counts: np.ndarray
    chances: np.ndarray
    most_terms: int

    @property
    def dim(self) -> int:
        """d."""
        return self.counts.shape[0] - 1

    @property
    def weights(self) -> np.ndarray:
        """What each orthonormal wave with |k|^2 = 1, ..., Q adds to the expected squared norm [Q]: 0 where there is no
        wave, else less for shorter waves."""
        squares, number = np.arange(1, len(self.chances) + 1), self.counts[-1, 1:]
        share = self.chances / np.maximum(number, 1) / (8 * np.pi**2 * squares)
        return share * np.mean(1 / np.arange(1, self.most_terms + 1))


def law(dim: int, num_functions: int, most_terms: int) -> Law:
    """The law whose |k|^2 reach REACH times as far as the ball with twice as many waves as functions."""
    q, _ = shells(dim, 2 * num_functions)
    counts = _counts(dim, REACH * q)
    chance = 1 / np.arange(1, REACH * q + 1)
    by_point = (chance / counts[dim, 1:].cumsum())[::-1].cumsum()[::-1]
    return Law(counts, counts[dim, 1:] * by_point / chance.sum(), most_terms)


def frequencies(rng: np.random.Generator, drawn_from: Law, num: int) -> np.ndarray:
    """Draw lattice points [num, d]: |k|^2 by its chance, then a point with it uniformly, direction by direction."""
    counts, dim = drawn_from.counts, drawn_from.dim
    squares = np.arange(1, counts.shape[1])
    left = rng.choice(squares, num, p=drawn_from.chances)
    found = np.zeros((num, dim), int)
    reach = math.isqrt(len(squares))
    roots = np.arange(-reach, reach + 1)
    for j in range(dim):
        rest = left[:, None] - roots[None, :] ** 2
        ways = np.where(rest >= 0, counts[dim - j - 1, np.maximum(rest, 0)], 0.0).cumsum(axis=1)
        place = (ways <= rng.uniform(size=(num, 1)) * ways[:, -1:]).sum(axis=1)
        found[:, j] = roots[place]
        left = left - found[:, j] ** 2
    return found


def cosine_sums(rng: np.random.Generator, drawn_from: Law, num_sums: int) -> Sums:
    """Draw sums of 1 to the most terms."""
    most = drawn_from.most_terms
    k = frequencies(rng, drawn_from, num_sums * most).reshape(num_sums, most, drawn_from.dim)
    terms = rng.integers(1, most + 1, (num_sums, 1))
    share = (np.arange(most) < terms) / terms
    return Sums(share / (2 * np.pi * np.linalg.norm(k, axis=-1)), k, rng.uniform(0, 2 * np.pi, share.shape))


def mean_bound(drawn_from: Law, num_functions: int) -> float:
    """The lower bound on the expected squared error of any n fixed functions (see above); for n = 0 it is E |f|^2."""
    number = drawn_from.counts[-1, 1:]
    left = np.clip(number.cumsum() - num_functions, 0, number)
    return float(drawn_from.weights @ left)


def worst_bound(drawn_from: Law, num_functions: int) -> float:
    """The lower bound on the worst squared error, over all of these sums, of any n fixed functions."""
    squares = np.arange(1, drawn_from.counts.shape[1])
    inside = drawn_from.counts[-1, 1:].cumsum()
    return float(((1 - num_functions / inside) / (8 * np.pi**2 * squares)).max())


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
    """The number of units beyond which Barron's bound (2 r C_f)^2 / N is below |f|^2 [s], the error of predicting 0.

    The cube lies in a ball of radius r = sqrt(d) / 2, and C_f = 1, so it is d / |f|^2 (Barron 1993, theorem 1).
    """
    return sums.frequency.shape[-1] / squared_norms(sums)
