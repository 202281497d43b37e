"""The run of `replicated`: every committed estimate beside those of its replications."""

import csv
import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import xarray as xr

from experiments.intervals.replicated import pairs, summary
from experiments.intervals.replicated.config import ESTIMATES, Config
from experiments.intervals.replicated.pairs import EXACT, FIXED, FORMS, MULTIPLE, OTHER, Estimates
from experiments.lab.verdicts import CONFIDENCE, LEVEL, NOT_REPRODUCED, REPRODUCED

FEWEST_RUNS = 4  # runs, the committed one included, that a spread needs


def run(config: Config, path: Path = ESTIMATES) -> xr.Dataset:
    """What `compared` finds [estimate, replication], and shares of agreement with their intervals [kind]."""
    with path.open(encoding="utf-8", newline="") as file:
        data = compared(list(csv.DictReader(file)))
    return data.merge(summary.agreement(data)).assign_attrs(fewest=config.fewest, listed=config.listed)


def compared(rows: Sequence[dict[str, str]]) -> xr.Dataset:
    """Compare each committed estimate [estimate] with its replications [estimate, replication], from estimates.csv.

    `kind_of` is the form of the interval, or FIXED where all replications have the same data, or the kind of interval
    where it is not a confidence interval, or EXACT where there is no number, interval or width or all replications give
    the same, or MULTIPLE where the estimate is that of another statement times a number. Where two intervals could not
    disagree, such as those of no success each, `distance` is nan: nothing can be learned there. `change` is 0 where the
    outcome is the same, 1 where it differs, 2 where it is the opposite, and -1 where there is no such replication.
    """
    found = [list(same) for _, same in groupby(sorted(rows, key=_place), key=lambda row: _place(row)[:2])]
    found = [same for same in found if same[0]["replication"] == "0" and len(same) > 1]
    numbers = sorted({int(row["replication"]) for same in found for row in same[1:]})
    shape = (len(found), len(numbers))
    distance, expected, again = (np.full(shape, np.nan) for _ in range(3))
    change, kinds, spread = np.full(shape, -1), [], np.full(len(found), np.nan)
    for i, (first, *others) in enumerate(found):
        level, n = float(first["level"] or LEVEL), _whole(first["n"])
        form = _form([row for row in (first, *others) if _has_width(row)], level) if _has_width(first) else ""
        kinds.append(_kind(form, first, any(_numbers(one) != _numbers(first) for one in others)))
        if kinds[-1] in FORMS and any(_is_multiple(found[i], found[k]) for k in range(i) if kinds[k] in FORMS):
            kinds[-1] = MULTIPLE
        for other in others:
            j = numbers.index(int(other["replication"]))
            again[i, j] = _estimate(other).measured
            change[i, j] = _change(first["outcome"], other["outcome"])
            if kinds[-1] not in (EXACT, MULTIPLE) and _has_width(other):
                one, two = (_scaled(row, form) for row in (first, other))
                expected[i, j] = _expected(form, one, two, n, level)
                distance[i, j] = pairs.distance(one, two) if expected[i, j] < 1 else np.nan
        if kinds[-1] not in (EXACT, MULTIPLE):
            spread[i] = _spread(form, [_scaled(row, form) for row in (first, *others) if _has_width(row)], n, level)
    return xr.Dataset(
        {
            "claim": ("estimate", [first["claim"] for first, *_ in found]),
            "id": ("estimate", [first["id"] for first, *_ in found]),
            "unit": ("estimate", [first["unit"] for first, *_ in found]),
            "fixed": ("estimate", [first["fixed"] for first, *_ in found]),
            "tuning_left_out": ("estimate", np.array([bool(first["tuning"]) for first, *_ in found], bool)),
            "kind_of": ("estimate", kinds),
            "first": ("estimate", [_estimate(first).measured for first, *_ in found]),
            "again": (("estimate", "replication"), again),
            "distance": (("estimate", "replication"), distance),
            "expected": (("estimate", "replication"), np.where(np.isnan(distance), np.nan, expected)),
            "spread": ("estimate", spread),
            "random": ("estimate", np.array([_differs(same) for same in found], bool)),
            "change": (("estimate", "replication"), change.astype("int8")),
        },
        {"replication": numbers},
    )


def _place(row: dict[str, str]) -> tuple[str, str, int]:
    return row["claim"], row["id"], int(row["replication"])


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _numbers(row: dict[str, str]) -> tuple[str, str, str]:
    return row["measured"], row["low"], row["high"]  # as text: nan is nan, and words are themselves


def _differs(same: Sequence[dict[str, str]]) -> bool:
    """Whether anything of a statement differs between its runs: a number, a word or the outcome."""
    return len({(*_numbers(row), row["outcome"]) for row in same}) > 1


def _estimate(row: dict[str, str]) -> Estimates:
    return Estimates(*map(_number, _numbers(row)))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # words, such as "3 of 4"
        return math.nan


def _has_width(row: dict[str, str]) -> bool:
    one = _estimate(row)
    return all(map(math.isfinite, one)) and one.high > one.low


def _form(runs: Sequence[dict[str, str]], level: float) -> str:
    """The form that the intervals of all runs share, else OTHER: one bootstrap may look like another form by chance."""
    forms = {pairs.form(_estimate(row), row["unit"], level) for row in runs}
    return forms.pop() if len(forms) == 1 else OTHER


def _is_multiple(one: Sequence[dict[str, str]], other: Sequence[dict[str, str]]) -> bool:
    """Whether every number of one statement is the same multiple of the other's, so that it adds no information."""
    if [_place(row)[::2] for row in one] != [_place(row)[::2] for row in other]:
        return False
    values = [np.array([_estimate(row) for row in rows]).ravel() for rows in (one, other)]
    if not np.isfinite(values).all() or not (values[1] != 0).all():
        return False
    ratio = values[0] / values[1]
    return bool(np.ptp(ratio) <= 1e-9 * np.abs(ratio).max())


def _kind(form: str, stated: dict[str, str], random: bool) -> str:
    """The kind of an estimate. Shares that are equal may be so by chance: they are not EXACT, and count as agreeing."""
    if not form or not (random or form == pairs.SHARE):
        return EXACT
    interval = stated["interval"] or CONFIDENCE
    return interval if interval != CONFIDENCE else FIXED if stated["fixed"] else form


def _scaled(row: dict[str, str], form: str) -> Estimates:
    """An estimate on the scale on which it is compared: shares from 0 to 1, ratios by their logarithm."""
    one = _estimate(row)
    if form == pairs.SHARE:
        return one.over(100.0 if row["unit"] in pairs.PERCENT else 1.0)
    return one.log() if form == pairs.RATIO and one.low > 0 else one


def _expected(form: str, one: Estimates, two: Estimates, n: int | None, level: float) -> float:
    """How often two such intervals should agree: exact for Wilson's and Student's, else their level."""
    if form == pairs.SHARE:
        count, other = (pairs.trials(each, level) for each in (one, two))
        if count and other:
            successes = round(float(one.measured) * count) + round(float(two.measured) * other)
            return pairs.expected_of_shares(successes, count, other, level)
    return pairs.expected_of_means(n, level) if form in (pairs.MEAN, pairs.RATIO) else level


def _spread(form: str, runs: Sequence[Estimates], n: int | None, level: float) -> float:
    """The standard deviation of an estimate over its runs, divided by what its intervals claim; nan for few runs."""
    if len(runs) < FEWEST_RUNS:
        return math.nan
    claimed = [pairs.standard_error(form, float(one.high - one.low), n, level) for one in runs]
    return float(np.std([one.measured for one in runs], ddof=1) / np.sqrt(np.mean(np.square(claimed))))


def _change(before: str, after: str) -> int:
    return int(before != after) + int({before, after} == {REPRODUCED, NOT_REPRODUCED})
