"""The verdicts of `speech`: which parts of the table's ordering hold, column by column, and what more training or more
speech does to them.
"""

import itertools

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.wide_versus_deep import _speech_summary as summary
from experiments.wide_versus_deep._microsoft_table_verdicts import MICROSOFT, SOURCE
from experiments.wide_versus_deep._speech_summary import Gain

ALPHA = 0.05
ASKED = "asked of this project"
FACTOR = 2.0  # within which a relative gain is like the original's


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """For each column: each layer, equal weights, the widest, seconds, longer training, pretraining; then hours."""
    found = []
    for column in map(str, data.column.values):
        steps = summary.consecutive(summary.counted(data, column))
        found += [_each_layer(data, column)] if steps else []
        found += [_relative(data, column), *_against_shallow(data, column)]
        shallow = [name for name in (_matched(data), "wide") if name in summary.networks(data, column)]
        found += [_longer(data, column, other) for other in shallow]
        if "pretrained" in data and np.isfinite(data.pretrained.sel(column=column)).any():
            found += [_each_layer(data, column, pretrained=True)] if steps else []
            found.append(_pretrained(data, column))
    return found + _even_longer(data) + [_more_speech(data, other) for other in (_matched(data), "wide")]


def _matched(data: xr.Dataset) -> str:
    return str(data.compared.values[1])


def helps(one: Gain) -> str:
    """Reproduced where a gain is certain, not where there is none or it hurts, else partly."""
    if one.estimate <= 0:
        return NOT_REPRODUCED
    return REPRODUCED if one.p_value <= ALPHA else PARTLY


def _each_layer(data: xr.Dataset, column: str, pretrained: bool = False) -> Verdict:
    names, found = summary.counted(data, column), summary.steps(data, column, pretrained)
    ends = [summary.percent(data, column, name, pretrained=pretrained) for name in (names[0], names[-1])]
    whole = summary.gain(ends[1], ends[0])
    sure = [one.p_value <= ALPHA for one in found]
    hurts = any(certain and one.estimate < 0 for certain, one in zip(sure, found, strict=True))
    every = all(certain and one.estimate > 0 for certain, one in zip(sure, found, strict=True))
    in_vain = whole.estimate <= 0 or whole.p_value > ALPHA
    outcome = REPRODUCED if every else NOT_REPRODUCED if hurts or in_vain else PARTLY
    signs = ["" if certain else " (not certain)" for certain in sure]
    told = ", ".join(f"{one.estimate:+.2f}{sign}" for one, sign in zip(found, signs, strict=True))
    what = f"{column}, pretrained" if pretrained else column
    claim = (
        f"{what}: each layer helps, {', '.join(names)} (points of frame error from one to the next, by Holm's rule: "
        f"{told}; beside, from the first to the last)"
    )
    reference = ", ".join(f"{MICROSOFT[a] - MICROSOFT[b]:+.1f}" for a, b in itertools.pairwise(names))
    return verdict(
        data,
        f"{what}: each layer",
        claim,
        SOURCE,
        reference,
        whole.estimate,
        "points",
        outcome,
        (whole.low, whole.high),
    )


def _relative(data: xr.Dataset, column: str) -> Verdict:
    """How much of the error of one layer the others take away, beside the original."""
    names = summary.counted(data, column)
    base, last = (summary.percent(data, column, name) for name in (names[0], names[-1]))
    one, mean = summary.gain(last, base), float(base.mean())
    share, low, high = (100 * value / mean for value in (one.estimate, one.low, one.high))
    theirs = 100 * (1 - MICROSOFT[names[-1]] / MICROSOFT[names[0]])
    near, certain = theirs / FACTOR <= share <= theirs * FACTOR, one.estimate > 0 and one.p_value <= ALPHA
    outcome = REPRODUCED if near and certain else PARTLY if near or certain else NOT_REPRODUCED
    claim = (
        f"{column}: {names[-1]} layers take away as large a part of the error of one as there (reproduced within a "
        f"factor of {FACTOR:g}, partly where they take any for certain; the error of one is taken as known)"
    )
    return verdict(data, f"{column}: gain", claim, SOURCE, round(theirs, 1), share, "%", outcome, (low, high))


def _against_shallow(data: xr.Dataset, column: str) -> list[Verdict]:
    """Deep against one layer: of equal weights, far wider; after equal frames, and after equal seconds."""
    names = summary.networks(data, column)
    pairs = [(name[1:], name) for name in names if name.startswith("=")]
    deep = pairs[0][0]
    wide = [(deep, "wide")] if "wide" in names else []
    plain = [*pairs, *wide]
    found = [summary.gain(summary.percent(data, column, a), summary.percent(data, column, b)) for a, b in plain]
    timed = [pairs[0], *wide]
    times_of = [min(summary.minutes(data, column, name)[-1] for name in pair) for pair in timed]
    for pair, time in zip(timed, times_of, strict=True):
        found.append(summary.gain(*(summary.at_minutes(data, column, name, time) for name in pair)))
    told = []
    for i, (one, (a, b)) in enumerate(zip(summary.corrected(found), plain + timed, strict=True)):
        times = float(data.num_params.sel(column=column, network=b) / data.num_params.sel(column=column, network=a))
        kind = f"{times:.1f} times the weights" if b == "wide" else "equal weights"
        when = f", both after {summary.spelled(times_of[i - len(plain)])} of training" if i >= len(plain) else ""
        claim = (
            f"{column}: {summary.label(data, column, a)} errs less than {summary.label(data, column, b)}, one layer of "
            f"{kind}{when} (points; at {one.ahead} of {one.voices} voices; Holm's rule)"
        )
        name = f"{column}: {a} against {b}{', equal seconds' if when else ''}"
        known = not when and a in MICROSOFT and b in MICROSOFT
        reference, source = (MICROSOFT[b] - MICROSOFT[a], SOURCE) if known else ("less", ASKED)
        ends = one.low, one.high
        told.append(verdict(data, name, claim, source, reference, one.estimate, "points", helps(one), ends))
    return told


def _pretrained(data: xr.Dataset, column: str) -> Verdict:
    """Whether pretraining brings anything, at the last of the layers that help in the table."""
    name = summary.counted(data, column)[-1]
    plain, after = (summary.percent(data, column, name, pretrained=flag) for flag in (False, True))
    one = summary.gain(after, plain)
    claim = (
        f"{column}: {summary.label(data, column, name)} errs less when it is pretrained layer by layer, after as many "
        f"steps in all (points; at {one.ahead} of {one.voices} voices)"
    )
    source = "Seide, Li, Chen & Yu 2011, who pretrained the deep column"
    return verdict(
        data,
        f"{column}: pretraining",
        claim,
        source,
        "above 0",
        one.estimate,
        "points",
        helps(one),
        (one.low, one.high),
    )


def _even_longer(data: xr.Dataset) -> list[Verdict]:
    """The deep network of the first column beyond the table: against one layer of equal weights after the longest
    training of both, and against the far wider one after the time which that takes in the table.
    """
    column, (deep, other) = str(data.column.values[0]), map(str, data.longest.values)
    ours, times = summary.longest(data, deep), int(data.attrs["longer"])
    time = min(summary.minutes(data, column, "wide")[-1], times * summary.minutes(data, column, deep)[-1])
    then = summary.at_minutes(data, column, deep, time, even_longer=True)
    wide = summary.at_minutes(data, column, "wide", time)[: len(ours)]
    found = summary.corrected([summary.gain(ours, summary.longest(data, other)), summary.gain(then, wide)])
    ways = (
        f"one layer of equal weights, both after {times} times the steps of the table",
        f"one layer far wider, both after {summary.spelled(time)} of training",
    )
    told = []
    for one, shallow, way in zip(found, (other, "wide"), ways, strict=True):
        claim = (
            f"{column}: {summary.label(data, column, deep)} errs less than {summary.label(data, column, shallow)}, "
            f"{way} (points; at {one.ahead} of {one.voices} voices; Holm's rule)"
        )
        name = f"{column}: longest, {deep} against {shallow}"
        told.append(verdict(data, name, claim, ASKED, "less", one.estimate, "points", helps(one), (one.low, one.high)))
    return told


def _longer(data: xr.Dataset, column: str, other: str) -> Verdict:
    """The lead of the deep network after the longest training less that after the shortest."""
    deep = str(data.compared.values[0])
    leads = summary.lengthening(data, column, deep, other)
    seeds = min(map(len, leads.values()))
    leads = {seen: lead[:seeds] for seen, lead in leads.items()}
    one = summary.lead(leads[max(leads)] - leads[min(leads)])
    rises = all(before.mean() < after.mean() for before, after in itertools.pairwise(leads.values()))
    outcome = helps(one) if rises or one.estimate <= 0 else PARTLY
    told = ", ".join(f"{lead.mean():+.2f} after {summary.thousands(seen)}" for seen, lead in leads.items())
    claim = (
        f"{column}: the longer the training, the greater the lead of {summary.label(data, column, deep)} over "
        f"{summary.label(data, column, other)} (points: {told} frames, {seeds} seeds; "
        "the last less the first; partly where it does not rise throughout)"
    )
    return verdict(
        data, f"{column}: longer, {deep} against {other}", claim, ASKED, "above 0", one.estimate, "points", outcome,
        (one.low, one.high),
    )  # fmt: skip


def _more_speech(data: xr.Dataset, other: str) -> Verdict:
    """The lead of the deep network with the most speech less that with the least."""
    hours, deep, first = [float(h) for h in data.hours.values], str(data.compared.values[0]), str(data.column.values[0])
    leads = [summary.gain(summary.by_hours(data, h, deep), summary.by_hours(data, h, other)) for h in hours]
    ends = [summary.by_hours(data, h, other) - summary.by_hours(data, h, deep) for h in (hours[0], hours[-1])]
    one = summary.gain(ends[0], ends[1])
    told = ", ".join(f"{lead.estimate:+.2f} with {h:g}" for h, lead in zip(hours, leads, strict=True))
    claim = (
        f"{first}: the more hours of speech, the greater the lead of {summary.label(data, first, deep)} over "
        f"{summary.label(data, first, other)} (points: {told}; the last less the first)"
    )
    return verdict(
        data, f"more speech: {deep} against {other}", claim, ASKED, "above 0", one.estimate, "points",
        helps(one), (one.low, one.high),
    )  # fmt: skip
