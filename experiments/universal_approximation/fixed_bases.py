"""Two bases that are fixed beforehand, and how far from them cosine sums lie: all polynomials up to a degree, and
random features that are drawn once. All distances are in closed form.

On the cube [-1/2, 1/2]^d the functions sqrt(2) cos(2 pi k.x) and sqrt(2) sin(2 pi k.x) are orthonormal. Here k is any
point of the lattice Z^d except 0, and only one of k and -k is taken. In every d there is one law of sums, the same for
all bases and all numbers of functions:

    f(x) = sum over j of a_j cos(2 pi k_j.x + phi_j),   a_j = 1 / (2 pi |k_j| T),   T from 1 to the most terms, evenly,

so that each term has the same share of Barron's constant C_f = sum of |a_j| 2 pi |k_j| = 1. Phases are uniform. For k,
first a q from 1 to Q is drawn with a probability proportional to 1/q. Then k is drawn, uniformly in the ball
|k|^2 <= q. That makes waves of every length about as likely. So the error of predicting 0 does not depend on n, and an
error that falls with n falls because of the basis.

There is a lower bound for any n functions fixed beforehand. The squared distance of an orthonormal function from a
space of n dimensions is 1 minus its projection. The projections of all of them sum to n at most. So the expected
squared error is at least that of the basis of the n waves with the most expected energy (Fan 1951). That bound falls as
n^(-2/d).
"""

import math
from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

REACH = 4  # the greatest |k|^2 of the law over that of the ball with twice as many waves as there are functions
CUTOFF = 1e-12  # directions of the features whose squared norm is less than this part of the greatest are rounding
MOST_DEGREE = 200


class Sums(NamedTuple):
    """Cosine sums: amplitudes [s, T], frequencies [s, T, d] in whole periods, phases [s, T]; unused terms are 0."""

    amplitude: np.ndarray
    frequency: np.ndarray
    phase: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Values [s, m] at x [m, d]."""
        waves = np.cos(2 * np.pi * self.frequency @ x.T + self.phase[..., None])
        return np.einsum("st,stm->sm", self.amplitude, waves)


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


def squared_norms(sums: Sums) -> np.ndarray:
    """|f|^2 [s] on the cube, which is the squared error of predicting 0. The mean of f is 0."""
    k = sums.frequency
    same = (k[:, :, None] == k[:, None]).all(axis=-1)
    opposite = (k[:, :, None] == -k[:, None]).all(axis=-1)
    return energy(sums, same.astype(float), opposite.astype(float))


def energy(sums: Sums, minus: np.ndarray, plus: np.ndarray) -> np.ndarray:
    """The squared norm [s] of a sum of waves, from products of two waves.

    `minus` [s, T, T] are the products of e^(2 pi i k.x) with the conjugates of others. `plus` [s, T, T] are those with
    others.
    """
    phase = sums.phase
    cosines = np.cos(phase[:, :, None] - phase[:, None]) * minus + np.cos(phase[:, :, None] + phase[:, None]) * plus
    return np.einsum("st,su,stu->s", sums.amplitude, sums.amplitude, cosines) / 2


# The two bases.


def errors(
    dim: int, seed: int, num_sums: int, most_terms: int, most_polynomials: int, num_features: tuple[int, ...],
    scales: tuple[float, ...],
) -> xr.Dataset:  # fmt: skip
    """Mean squared errors of both bases [degree or num_features] on the same sums, and of predicting 0.

    The scale of the features' frequencies is chosen on as many other sums.
    """
    degrees = _degrees(dim, most_polynomials)
    drawn_from = law(dim, max(math.comb(dim + degrees[-1], dim), *num_features), most_terms)
    tuning, sums = (cosine_sums(np.random.default_rng([seed, dim, which]), drawn_from, num_sums) for which in (1, 0))
    polynomials: list[xr.Dataset] = [
        _summary("polynomials", polynomial_errors(sums, p), math.comb(dim + p, p), drawn_from).assign_coords(degree=p)
        for p in degrees
    ]
    features: list[xr.Dataset] = []
    for num in num_features:
        q, _ = shells(dim, 2 * num)
        drawn = [
            random_features(np.random.default_rng([seed, dim, num]), dim, num, scale)
            for scale in np.array(scales) * np.sqrt(q / dim)
        ]
        best = min(drawn, key=lambda some: feature_errors(tuning, some).mean())
        found = _summary("features", feature_errors(sums, best), num, drawn_from)
        features.append(found.assign_coords(num_features=num))
    nothing = xr.Dataset({"nothing_mean": squared_norms(sums).mean()})
    parts: list[xr.Dataset] = [xr.concat(polynomials, "degree"), xr.concat(features, "num_features"), nothing]
    return xr.merge(parts)


def _degrees(dim: int, most_polynomials: int) -> list[int]:
    """The degrees that are tried: all small ones, and then each about a fifth above the one before."""
    degrees, p = [], 0
    while math.comb(dim + p, p) <= most_polynomials and p <= MOST_DEGREE:
        degrees.append(p)
        p = max(p + 1, round(1.2 * p))
    return degrees


def _summary(kind: str, squared: np.ndarray, num: int, drawn_from: Law) -> xr.Dataset:
    """The mean squared error with its standard error, and the lower bound of any `num` functions."""
    values = {"number": float(num), "mean": squared.mean(), "error": squared.std(ddof=1) / np.sqrt(len(squared))}
    values["bound"] = mean_bound(drawn_from, num)
    return xr.Dataset({f"{kind}_{name}": value for name, value in values.items()})


def polynomial_errors(sums: Sums, degree: int) -> np.ndarray:
    """Squared distances [s] of the sums from all polynomials of that total degree.

    The coefficient of e^(2 pi i k x) on the orthonormal Legendre polynomial of degree l is sqrt(2 l + 1) i^l j_l(pi k).
    Products over the directions are summed over multi-indices of equal total degree: one convolution per direction.
    """
    dim = sums.frequency.shape[-1]
    most = int(np.abs(sums.frequency).max())
    orders = np.arange(degree + 1)
    bessel = scipy.special.spherical_jn(orders[None, :], np.pi * np.arange(most + 1)[:, None])
    bessel = np.concatenate([(bessel * (-1.0) ** orders)[:0:-1], bessel])  # frequencies -most, ..., most
    found = np.zeros((*sums.phase.shape, sums.phase.shape[1], degree + 1))
    found[..., 0] = 1
    for j in range(dim):
        b = bessel[sums.frequency[..., j] + most]
        factor = (2 * orders + 1) * b[:, :, None] * b[:, None]
        found = factor if j == 0 else _product(found, factor)
    minus, plus = found.sum(axis=-1), (found * (-1.0) ** orders).sum(axis=-1)
    return np.maximum(squared_norms(sums) - energy(sums, minus, plus), 0.0)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The product of power series along the last axis, truncated."""
    result = np.zeros_like(a)
    for i in range(a.shape[-1]):
        result[..., i:] += a[..., i : i + 1] * b[..., : b.shape[-1] - i]
    return result


class Features(NamedTuple):
    """Random features cos(2 pi u.x + b): u [n, d], b [n], and the inverse root of their Gram matrix [n, r]."""

    frequency: np.ndarray
    phase: np.ndarray
    whitening: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """An orthonormal basis [m, r] of their span at x [m, d]."""
        return np.cos(2 * np.pi * x @ self.frequency.T + self.phase) @ self.whitening


def random_features(rng: np.random.Generator, dim: int, num_features: int, scale: float) -> Features:
    """Features with normal frequencies of standard deviation `scale` and uniform phases, drawn once and for all."""
    u, b = scale * rng.normal(size=(num_features, dim)), rng.uniform(0, 2 * np.pi, num_features)
    values, vectors = np.linalg.eigh(_products(u, b, u, b))
    kept = values > CUTOFF * values[-1]
    return Features(u, b, vectors[:, kept] / np.sqrt(values[kept]))


def feature_errors(sums: Sums, features: Features) -> np.ndarray:
    """Squared distances [s] of the sums from the span of the features, by their coefficients on its basis [s, r]."""
    s, t, dim = sums.frequency.shape
    waves = sums.frequency.reshape(-1, dim), sums.phase.reshape(-1)
    products = _products(*waves, features.frequency, features.phase).reshape(s, t, -1)
    coefficients = np.einsum("st,stn->sn", sums.amplitude, products) @ features.whitening
    return np.maximum(squared_norms(sums) - np.sum(coefficients**2, axis=-1), 0.0)


def _products(u: np.ndarray, b: np.ndarray, v: np.ndarray, c: np.ndarray) -> np.ndarray:
    """The integrals [n, m] of cos(2 pi u.x + b) cos(2 pi v.x + c) over the cube: products over the directions."""
    minus, plus = (np.ones((len(u), len(v))) for _ in range(2))
    for i in range(u.shape[1]):
        minus *= np.sinc(u[:, None, i] - v[None, :, i])
        plus *= np.sinc(u[:, None, i] + v[None, :, i])
    return (np.cos(b[:, None] - c[None, :]) * minus + np.cos(b[:, None] + c[None, :]) * plus) / 2
