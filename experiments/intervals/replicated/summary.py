"""Shares of agreement and of changed outcomes, with bootstrap intervals over claims."""

import numpy as np
import xarray as xr

from experiments.intervals.replicated.pairs import KINDS

ALL = "all"


def agreement(data: xr.Dataset, resamples: int) -> xr.Dataset:
    """`agree` and `agree_expected` by kind of interval, with `difference` between them, and `changed`, the share of
    outcomes that a replication changes [quantity: the share, and the ends of its interval].

    Claims are resampled, each with all its pairs and each claim counting alike: pairs of one claim share networks.
    """
    used, inside = ~np.isnan(data.distance.values), np.abs(data.distance.values) <= 1
    kinds = [ALL, *KINDS]
    found = {name: np.full((len(kinds), 3), np.nan) for name in ("agree", "difference")}
    expected, count, claims = np.full(len(kinds), np.nan), np.zeros(len(kinds), int), np.zeros(len(kinds), int)
    for i, kind in enumerate(kinds):
        of = used & ((data.kind_of.values == kind) | (kind == ALL))
        count[i], claims[i] = of.sum(), len(set(data.claim.values[of]))
        if claims[i]:
            share, chance = inside[of].astype(float), data.expected.values[of]
            expected[i] = _by_claim(data.claim.values[of], chance).mean()
            found["agree"][i] = _resampled(data.claim.values[of], share, resamples)
            found["difference"][i] = _resampled(data.claim.values[of], share - chance, resamples)
    random, other = data.random.values, (data.outcome != data.other_outcome).values.astype(float)
    changed = _resampled(data.claim.values[random], other[random], resamples) if random.any() else [np.nan] * 3
    return xr.Dataset(
        {name: (("kind", "quantity"), values) for name, values in found.items()}
        | {"agree_expected": ("kind", expected), "pairs": ("kind", count), "claims": ("kind", claims)}
        | {"changed": ("quantity", changed)},
        {"kind": kinds, "quantity": ["share", "low", "high"]},
    )


def _by_claim(claim: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.array([values[claim == one].mean() for one in np.unique(claim)])


def _resampled(claim: np.ndarray, values: np.ndarray, resamples: int) -> list[float]:
    """The mean over claims of their means, and the ends of its interval; without ends where there is one claim."""
    means = _by_claim(claim, values)
    if len(means) == 1:
        return [float(means[0]), np.nan, np.nan]
    drawn = means[np.random.default_rng(0).integers(len(means), size=(resamples, len(means)))].mean(axis=1)
    return [float(means.mean()), *np.quantile(drawn, [0.025, 0.975])]
