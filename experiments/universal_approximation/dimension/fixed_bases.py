"""Distances of cosine sums from two bases fixed beforehand: all polynomials up to a degree, and random features.

All distances from a basis are computed in closed form, as all integrals are products over the directions:
- polynomials of total degree p: the coefficient of a wave is a product of spherical Bessel functions of pi k;
- random features cos(2 pi u.x + b): integrals of products are products of sin(pi u) / (pi u).
"""

import math
from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from experiments.universal_approximation.dimension import cosine_sums
from experiments.universal_approximation.dimension.config import Config
from experiments.universal_approximation.dimension.cosine_sums import Law, Sums

# Directions of the features whose squared norm is less than this part of the greatest are rounding.
CUTOFF = 1e-12
# The number of sums whose distance from the features is measured on fresh inputs as well.
CHECKED = 50
MOST_DEGREE = 200


class Features(NamedTuple):
    """Random features cos(2 pi u.x + b): u [n, d], b [n], and the inverse root of their Gram matrix [n, r]."""

    frequency: np.ndarray
    phase: np.ndarray
    whitening: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """An orthonormal basis [m, r] of their span at x [m, d]."""
        return np.cos(2 * np.pi * x @ self.frequency.T + self.phase) @ self.whitening


def bases(config: Config) -> xr.Dataset:
    """Errors of both bases [dim, degree or num_features] on the same sums, and of predicting nothing [dim]."""
    found: list[xr.Dataset] = []
    for d in config.dims:
        most = max(math.comb(d + _degrees(d, config)[-1], d), *config.features)
        law = cosine_sums.law(d, most, config.most_terms)
        tuning, sums = (
            cosine_sums.cosine_sums(np.random.default_rng([config.seed, d, which]), law, config.sums)
            for which in (1, 0)
        )
        norms = cosine_sums.squared_norms(sums)
        nothing = {
            "nothing_mean": norms.mean(), "nothing_worst": norms.max(),
            "barron_from": cosine_sums.barron_from(sums).min(),
        }  # fmt: skip
        parts: list[xr.Dataset] = [
            _polynomials(sums, law, config),
            _features(tuning, sums, law, config),
            xr.Dataset(nothing),
        ]
        found.append(xr.merge(parts))
    return xr.concat(found, "dim", join="outer").assign_coords(dim=list(config.dims))


def _degrees(dim: int, config: Config) -> list[int]:
    """The degrees that are tried: all small ones, and then each about a fifth above the one before."""
    degrees, p = [], 0
    while math.comb(dim + p, p) <= config.most_polynomials and p <= MOST_DEGREE:
        degrees.append(p)
        p = max(p + 1, round(1.2 * p))
    return degrees


def _polynomials(sums: Sums, law: Law, config: Config) -> xr.Dataset:
    """Errors from all polynomials of each total degree [degree]."""
    degrees = _degrees(law.dim, config)
    rows = [
        _summary("polynomials", polynomial_errors(sums, p), math.comb(law.dim + p, p), law).assign_coords(degree=p)
        for p in degrees
    ]
    return xr.concat(rows, "degree")


def _features(tuning: Sums, sums: Sums, law: Law, config: Config) -> xr.Dataset:
    """Errors from random features [num_features], the scale of their frequencies tuned on other sums."""
    rows: list[xr.Dataset] = []
    for num in config.features:
        q, _ = cosine_sums.shells(law.dim, 2 * num)
        scales = np.array(config.scales) * np.sqrt(q / law.dim)
        seed = [config.seed, law.dim, num]
        drawn = [random_features(np.random.default_rng(seed), law.dim, num, scale) for scale in scales]
        place = int(np.argmin([feature_errors(tuning, some).mean() for some in drawn]))
        best = drawn[place]
        errors = feature_errors(sums, best)
        found = _summary("features", errors, num, law).assign_coords(num_features=num)
        x = np.random.default_rng([*seed, 3]).uniform(-0.5, 0.5, (config.test_points, law.dim))
        rows.append(found.assign(fresh_z=_fresh_z(sums, errors, best, x), features_scale=config.scales[place]))
    return xr.concat(rows, "num_features")


def _fresh_z(sums: Sums, errors: np.ndarray, features: Features, x: np.ndarray) -> float:
    """The difference between distances of some sums and those measured at fresh inputs [m, d], in standard errors."""
    few = Sums(*(part[:CHECKED] for part in sums))
    gaps = (few(x) - feature_coefficients(few, features) @ features(x).T) ** 2
    # The sums share their test inputs, so the spread is that of one input's mean over the sums.
    by_input = gaps.mean(axis=0) - errors[:CHECKED].mean()
    return float(by_input.mean() / (by_input.std(ddof=1) / np.sqrt(len(x))))


def _summary(kind: str, errors: np.ndarray, num: int, law: Law) -> xr.Dataset:
    """The mean error with its standard error, the worst error, and the lower bounds of both."""
    values = {
        "number": float(num), "mean": errors.mean(), "error": errors.std(ddof=1) / np.sqrt(len(errors)),
        "worst": errors.max(), "bound": cosine_sums.mean_bound(law, num),
        "worst_bound": cosine_sums.worst_bound(law, num),
    }  # fmt: skip
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
    return np.maximum(cosine_sums.squared_norms(sums) - cosine_sums.energy(sums, minus, plus), 0.0)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The product of power series along the last axis, truncated."""
    result = np.zeros_like(a)
    for i in range(a.shape[-1]):
        result[..., i:] += a[..., i : i + 1] * b[..., : b.shape[-1] - i]
    return result


def random_features(rng: np.random.Generator, dim: int, num_features: int, scale: float) -> Features:
    """Features with normal frequencies of standard deviation `scale` and uniform phases, drawn once and for all."""
    u, b = scale * rng.normal(size=(num_features, dim)), rng.uniform(0, 2 * np.pi, num_features)
    values, vectors = np.linalg.eigh(_products(u, b, u, b))
    kept = values > CUTOFF * values[-1]
    return Features(u, b, vectors[:, kept] / np.sqrt(values[kept]))


def feature_errors(sums: Sums, features: Features) -> np.ndarray:
    """Squared distances [s] of the sums from the span of the features."""
    coefficients = feature_coefficients(sums, features)
    return np.maximum(cosine_sums.squared_norms(sums) - np.sum(coefficients**2, axis=-1), 0.0)


def feature_coefficients(sums: Sums, features: Features) -> np.ndarray:
    """Coefficients [s, r] of the sums on the orthonormal basis."""
    s, t, dim = sums.frequency.shape
    products = _products(
        sums.frequency.reshape(-1, dim), sums.phase.reshape(-1), features.frequency, features.phase
    ).reshape(s, t, -1)
    return np.einsum("st,stn->sn", sums.amplitude, products) @ features.whitening


def _products(u: np.ndarray, b: np.ndarray, v: np.ndarray, c: np.ndarray) -> np.ndarray:
    """The integrals [n, m] of cos(2 pi u.x + b) cos(2 pi v.x + c) over the cube."""
    minus, plus = (np.ones((len(u), len(v))) for _ in range(2))
    for i in range(u.shape[1]):
        minus *= np.sinc(u[:, None, i] - v[None, :, i])
        plus *= np.sinc(u[:, None, i] + v[None, :, i])
    return (np.cos(b[:, None] - c[None, :]) * minus + np.cos(b[:, None] + c[None, :]) * plus) / 2
