"""The verdicts of `rules`: failures where a minimum was computed to fail, and success where a theorem promises it."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.perceptron._rules import PERCEPTRON, RULES
from nnjax import statistics

BRADY = "Brady, Raghavan & Slawny 1989"
ONE_MINIMUM = ("Widrow & Hoff, -1 and 1", "cross-entropy, 0.1 and 0.9")
SOFT_SQUARES, FREE = "squared error, 0.1 and 0.9", "free beyond 0.1 and 0.9"
LARGE_BASIN, FLAT = 0.1, 1e-9


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Shares are held to 1 or to what was computed, for every data set; a basin is large from a tenth on."""
    found = [_gates(data), _perceptron(data)]
    found += [_as_computed(data, rule) for rule in ONE_MINIMUM]
    found += [_lowest_fails(data), _trap(data), _cured(data, "lone"), _cured(data, "four"), _cross_entropy(data)]
    return found


def _share(one: xr.Dataset, kind: str) -> tuple[float, tuple[float, float]]:
    """The part of all neurons that separate, and its Wilson interval."""
    k, n = int(one[f"{kind}_separate"].sum()), int(one[f"{kind}_count"].sum())
    low, high = statistics.wilson(k, n)
    return k / n, (float(low), float(high))


def _gates(data: xr.Dataset) -> Verdict:
    part, interval = _share(data.sel(rule=list(RULES)), "gates")
    claim = f"each of {len(RULES)} rules learns each of the 14 gates, from every one of {data.attrs['seeds']:,} starts"
    outcome = REPRODUCED if part == 1 else PARTLY if interval[0] > 0.95 else NOT_REPRODUCED
    return verdict(data, "the gates", claim, "the textbook chapter", 1, part, "", outcome, interval)


def _perceptron(data: xr.Dataset) -> Verdict:
    one = data.sel(rule=PERCEPTRON)
    # From zero weights the four vectors are one data set, whatever the scale of the others' first weights.
    kinds = [one.gates_separate.values, one.lone_separate.values, one.four_separate.values[:1]]
    learned, total = sum(int(kind.sum()) for kind in kinds), sum(len(kind) for kind in kinds)
    claim = "Rosenblatt's rule separates every data set on which the others are tried"
    return verdict(
        data, "perceptron", claim, "Rosenblatt 1962; Novikoff 1962", total, learned, "sets", learned == total
    )


def _as_computed(data: xr.Dataset, rule: str) -> Verdict:
    """A rule with one finite minimum: all neurons must end as it says."""
    one = data.sel(rule=rule)
    part = one.lone_separate / one.lone_count
    expected = one.minimum_separates
    fails = data.rows.values[expected.values == 0]
    agree, total = int((part == expected).sum()), data.sizes["rows"]
    claim = (
        f"{rule}: the error has one minimum, and all neurons separate the lone row or all fail to as it does; it "
        f"fails from {fails.min() if len(fails) else 'no'} rows on each side on"
    )
    outcome = (
        REPRODUCED if agree == total and len(fails) else PARTLY if 2 * agree > total and len(fails) else NOT_REPRODUCED
    )
    return verdict(data, f"one minimum: {rule}", claim, BRADY, total, agree, "numbers of rows", outcome)


def _lowest_fails(data: xr.Dataset) -> Verdict:
    one = data.sel(rule=SOFT_SQUARES).isel(rows=-1)
    part, interval = _share(one, "lone")
    claim = f"{SOFT_SQUARES}: with {int(one.rows)} rows on each side the lowest error gives the lone row up"
    fails = one.minimum_separates == 0
    outcome = REPRODUCED if part == 0 and fails else PARTLY if part < 0.5 and fails else NOT_REPRODUCED
    return verdict(data, "lowest error fails", claim, BRADY, 0, part, "", outcome, interval)


def _trap(data: xr.Dataset) -> Verdict:
    """By plain descent with a small rate from weights of deviation 1: how large the basin of the minimum is."""
    k, n = int((~data.path_separates.astype(bool)).sum()), data.sizes["neuron"]
    low, high = map(float, statistics.wilson(k, n))
    is_minimum = float(data.trap_slope) < FLAT and float(data.trap_curvature) > 0
    w1, w2 = data.trap.values
    claim = (
        f"four separable vectors: ({w1:.2f}, {w2:.2f}) is a local minimum (slope {float(data.trap_slope):.0e}, least "
        f"curvature {float(data.trap_curvature):.1e}) that does not separate; the part of {n:,} neurons that end there"
    )
    outcome = REPRODUCED if is_minimum and low > LARGE_BASIN else PARTLY if is_minimum and k else NOT_REPRODUCED
    return verdict(data, "local minimum", claim, BRADY, "a large basin", k / n, "", outcome, (low, high))


def _cured(data: xr.Dataset, kind: str) -> Verdict:
    """With the lone row, all numbers of rows; on the four vectors, first weights of deviation 1."""
    one = data.sel(rule=FREE)
    if kind == "four":
        one = one.isel(scale=int(np.argmin(np.abs(np.log(data.scale.values)))))
    part, interval = _share(one, kind)
    what = {"lone": "the lone row, with any number of rows on its sides", "four": "the four vectors"}
    claim = (
        f"no error beyond the targets: every neuron separates {what[kind]} (promised of the exact gradient flow in "
        f"finite time; here {data.attrs['num_steps']:,} steps in float64)"
    )
    outcome = REPRODUCED if part == 1 else PARTLY if interval[0] > 0.95 else NOT_REPRODUCED
    return verdict(data, f"the cure, {kind}", claim, "Sontag & Sussmann 1991", 1, part, "", outcome, interval)


def _cross_entropy(data: xr.Dataset) -> Verdict:
    one = data.sel(rule="cross-entropy, 0 and 1")
    k = int(one.lone_separate.sum() + one.four_separate.sum())
    n = int(one.lone_count.sum() + one.four_count.sum())
    low, high = map(float, statistics.wilson(k, n))
    claim = "cross-entropy with targets 0 and 1 separates the lone row and the four vectors, every time"
    outcome = REPRODUCED if k == n else PARTLY if low > 0.95 else NOT_REPRODUCED
    source = "convex, and its infimum of 0 is reached only by separating"
    return verdict(data, "cross-entropy", claim, source, 1, k / n, "", outcome, (low, high))
