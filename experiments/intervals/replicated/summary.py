"""Shares of agreement and of changed outcomes, with Student's intervals over claims."""

import numpy as np
import scipy
import xarray as xr

from experiments.intervals.replicated.pairs import FIXED, FORMS, agree
from experiments.lab.verdicts import EXTREME, LEVEL

ALL = "all"
TUNING_LEFT_OUT, TUNING_HELD = "tuning left out", "no tuning left out"
KINDS = (ALL, TUNING_HELD, TUNING_LEFT_OUT, *FORMS, FIXED, EXTREME)  # whose pairs are counted
TOGETHER = (ALL, TUNING_HELD, TUNING_LEFT_OUT)  # ALL holds the pairs of FORMS; the other two divide them
CHANGED, REVERSED = "changed", "reversed"
ALLOWED = {CHANGED: 0.05, REVERSED: 0.01}  # shares of the outcomes


def of_kind(data: xr.Dataset, kind: str) -> np.ndarray:
    """Which pairs are of a kind [estimate, replication]."""
    chosen = np.isin(data.kind_of.values, FORMS if kind in TOGETHER else (kind,))
    if kind in (TUNING_HELD, TUNING_LEFT_OUT):
        chosen &= data.tuning_left_out.values == (kind == TUNING_LEFT_OUT)
    return chosen[:, None] & np.isfinite(data.expected.values)


def judged(data: xr.Dataset) -> np.ndarray:
    """Which pairs are judged, including those on fixed data [estimate, replication]."""
    return of_kind(data, ALL) | of_kind(data, FIXED)


def outcomes(data: xr.Dataset) -> np.ndarray:
    """Which outcomes are compared: those of statements that differ between runs at all [estimate, replication]."""
    return (data.change.values >= 0) & data.random.values[:, None]


def agreement(data: xr.Dataset) -> xr.Dataset:
    """For each kind of interval: `agree`, the share of pairs that agree, `expected_share`, and their difference with
    its interval [quantity: estimate, low, high], which ends where all pairs agree. Also `flips`, the shares of outcomes
    that change or reverse in a replication [flip], with their intervals. All are means over claims (`over_claims`).
    """
    claim = np.broadcast_to(data.claim.values[:, None], data.distance.shape)
    shares, difference = np.full((len(KINDS), 2), np.nan), np.full((len(KINDS), 3), np.nan)
    counts = np.zeros((len(KINDS), 2), int)
    for i, kind in enumerate(KINDS):
        of = of_kind(data, kind)
        counts[i] = of.sum(), len(set(claim[of]))
        if of.any():
            inside, probability = agree(data.distance.values[of]).astype(float), data.expected.values[of]
            shares[i] = [over_claims(claim[of], one, 0.0)[0] for one in (inside, probability)]
            mean, low, high = over_claims(claim[of], inside - probability, probability * (1 - probability))
            difference[i] = mean, low, np.minimum(high, 1 - shares[i, 1])
    there = outcomes(data)
    flips = [
        over_claims(claim[there], (data.change.values[there] >= least).astype(float), allowed * (1 - allowed))
        for least, allowed in enumerate(ALLOWED.values(), start=1)
    ]
    return xr.Dataset(
        {
            "agree": ("kind", shares[:, 0]),
            "expected_share": ("kind", shares[:, 1]),
            "difference": (("kind", "quantity"), difference),
            "pairs": ("kind", counts[:, 0]),
            "claims": ("kind", counts[:, 1]),
            "flips": (("flip", "quantity"), np.array(flips)),
        },
        {"kind": list(KINDS), "flip": list(ALLOWED), "quantity": ["estimate", "low", "high"]},
    )


def by_claim(claim: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The mean of the values [n] of each claim [n], in the order of the claims' names."""
    return np.array([values[claim == one].mean() for one in np.unique(claim)])


def over_claims(claim: np.ndarray, values: np.ndarray, variance: np.ndarray | float) -> tuple[float, float, float]:
    """The mean of values [n] over claims [n], and the ends of Student's interval, which are nan for fewer than 2
    claims.

    The pairs of a claim share networks and its committed run, so the claims are the independent units. Each counts by
    the square root of its pairs: many pairs tell more than few, and less than as many from separate claims would. With
    weights w that sum to 1 and m = 1 / sum(w^2), the mean has the variance sum(w^2 d^2) m / (m - 1), where d are the
    claims' deviations from it, and m - 1 degrees of freedom (Kish 1965, Survey sampling). Claims that happen to be
    alike, for example if all their few pairs agree, would give an interval of no width: so the variance is at least
    that of independent pairs, each with the given `variance`.
    """
    if not len(claim):
        return np.nan, np.nan, np.nan
    count = np.unique(claim, return_counts=True)[1]
    weight = np.sqrt(count) / np.sqrt(count).sum()
    means, least = by_claim(claim, values), by_claim(claim, np.ones(len(claim)) * variance)
    mean, many = float(weight @ means), 1 / float(weight @ weight)
    if len(count) == 1:
        return mean, np.nan, np.nan
    spread = float(weight**2 @ (means - mean) ** 2) * many / (many - 1)
    error = np.sqrt(max(spread, float(weight**2 @ (least / count))))
    half = float(scipy.stats.t.ppf((1 + LEVEL) / 2, many - 1) * error)
    return mean, mean - half, mean + half
