"""The table and the verdicts of `speech`: which parts of the table's ordering hold, column by column, and what more
training or more speech does to them.
"""

import itertools
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.verdicts import (
    AIM,
    NOT_SETTLED,
    PARTLY,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.wide_versus_deep.shared import judging, microsoft
from experiments.wide_versus_deep.shared.microsoft import WIDEST, WORD_ERRORS
from experiments.wide_versus_deep.speech import summary
from experiments.wide_versus_deep.speech.config import Config, columns, counted, networks, pretrains
from experiments.wide_versus_deep.speech.summary import Gain

FACTOR = 2.0  # within which a relative gain is like the original's
PRETRAINED_BY = (
    "Seide, Li, Chen & Yu (2011), Feature engineering in context-dependent deep neural networks for conversational "
    "speech transcription, IEEE ASRU"
)


def statements(config: Config) -> list[Statement]:
    """For each column: each layer, equal weights, the widest, seconds, longer training, pretraining; then hours."""
    found, every = [], columns(config)
    for column in every:
        names = networks(column, config)
        found += _column_statements(column.name, names, pretrains(column, config))
    deep, other = f"{config.matched[0]}", f"={config.matched[0]}"
    found += [_longest_statement(every[0].name, deep, shallow) for shallow in (other, WIDEST)]
    return found + [_hours_statement(every[0].name, deep, shallow) for shallow in (other, WIDEST)]


def _column_statements(column: str, names: list[str], pretrained: bool) -> list[Statement]:
    every, shallow = counted(names), _shallow(names)
    found = [_each_layer_statement(column, every)] if summary.consecutive(every) else []
    found.append(_gain_statement(column, every[-1]))
    plain, timed = _pairs(names)
    found += [_pair_statement(column, *pair, len(plain + timed)) for pair in plain]
    found += [_pair_statement(column, *pair, len(plain + timed), timed=True) for pair in timed]
    found += [_longer_statement(column, shallow[0][1:], other) for other in _first_and_widest(names)]
    if pretrained:
        found += [_each_layer_statement(column, every, pretrained=True)] if summary.consecutive(every) else []
        found.append(_pretraining_statement(column, every[-1]))
    return found


def _units(column: str) -> str:
    """The beginning of a claim, of a column such as "relu 256"."""
    activation, neurons = column.split()
    return f"Speech, layers of {neurons} {'ReLUs' if activation == 'relu' else f'{activation}s'}:"


def _shallow(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith("=")]


def _first_and_widest(names: list[str]) -> list[str]:
    """The first of equal weights, and the far wider one where the column has it."""
    return _shallow(names)[:1] + [name for name in names if name == WIDEST]


def _pairs(names: list[str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Deep and shallow networks that are compared after equal frames, and after equal seconds."""
    matched = [(name[1:], name) for name in _shallow(names)]
    wide = [(matched[0][0], WIDEST)] if WIDEST in names else []
    return matched + wide, matched[:1] + wide


def _each_layer_statement(column: str, names: list[str], pretrained: bool = False) -> Statement:
    what, how = (f"{column}, pretrained", " of a pretrained network") if pretrained else (column, "")
    claim = f"{_units(column)} each added layer{how} lowers the frame error, from {names[0]} to {names[-1]} layers."
    return judging.each_layer(f"{what}: each layer", claim, names)


def _gain_statement(column: str, last: str) -> Statement:
    theirs = _theirs(last)
    margin = rules.within(
        round(theirs / FACTOR, 1),
        round(theirs * FACTOR, 1),
        f"the 95 % interval of the share in percent (a factor of {FACTOR:g} around the original's {theirs:.1f})",
    )
    return Statement(
        f"{column}: gain",
        f"{_units(column)} {last} layers take away as large a part of the error of one layer as in the original.",
        PUBLISHED,
        microsoft.SOURCE,
        Rule(f"{margin.text} The error of one layer is taken as known. {judging.EDGE}", margin.judge),
        round(theirs, 1),
        "%",
        judging.SETTLED_BY,
    )


def _theirs(last: str) -> float:
    """What so many layers take away of the error of one in the original, in percent."""
    return 100 * (1 - WORD_ERRORS[last] / WORD_ERRORS["1"])


def _pair_statement(column: str, deep: str, shallow: str, many: int, timed: bool = False) -> Statement:
    known = not timed and {deep, shallow} <= set(WORD_ERRORS)
    when = "equal seconds of training" if timed else "equally many frames"
    return Statement(
        f"{column}: {deep} against {shallow}{', equal seconds' if timed else ''}",
        f"{_units(column)} {deep} layers err less than {microsoft.described(shallow)}, after {when}.",
        PUBLISHED if known else AIM,
        microsoft.SOURCE if known else "",
        judging.errs_less(f"the {many} comparisons of this column with one layer"),
        microsoft.lead(deep, shallow) if known else "less",
        "points",
        judging.SETTLED_BY,
    )


def _longer_statement(column: str, deep: str, other: str) -> Statement:
    return Statement(
        f"{column}: longer, {deep} against {other}",
        f"{_units(column)} the longer the training, the more {deep} layers gain on {microsoft.described(other)}.",
        AIM,
        "",
        Rule(
            "Two parts, of the lead in points, which is below 0 where the deep network errs more: after the longest "
            "training less that after the shortest it is above 0 (all of the 95 % interval), and its mean rises from "
            "each length to the next. Reproduced when both hold, partly when the "
            "first alone holds, not reproduced when all of the interval lies at or below 0, otherwise not settled, and "
            "so where the tuned rate of either network is the least or the greatest tried."
        ),
        "above 0",
        "points",
        judging.SETTLED_BY,
    )


def _pretraining_statement(column: str, last: str) -> Statement:
    above = rules.above(0.0, "the 95 % interval of what it gains")
    return Statement(
        f"{column}: pretraining",
        f"{_units(column)} {last} layers err less when they are pretrained layer by layer, after as many steps in all.",
        PUBLISHED,
        PRETRAINED_BY,
        Rule(f"{above.text} {judging.EDGE}", above.judge),
        "above 0",
        "points",
        judging.SETTLED_BY,
    )


def _longest_statement(column: str, deep: str, shallow: str) -> Statement:
    way = "after the same time" if shallow == WIDEST else "after equally many steps"
    return Statement(
        f"{column}: longest, {deep} against {shallow}",
        f"{_units(column)} {deep} layers, trained longer than in the table, err less than "
        f"{microsoft.described(shallow)} {way}.",
        AIM,
        "",
        judging.errs_less("the two comparisons of longer training"),
        "less",
        "points",
        judging.SETTLED_BY,
    )


def _hours_statement(column: str, deep: str, shallow: str) -> Statement:
    above = rules.above(0.0, "the 95 % interval of the lead with the most hours less that with the fewest")
    return Statement(
        f"more speech: {deep} against {shallow}",
        f"{_units(column)} the more hours of speech, the more {deep} layers gain on {microsoft.described(shallow)}.",
        AIM,
        "",
        Rule(
            f"{above.text} Not settled either where the tuned rate of one of them is the least or the greatest tried.",
            above.judge,
        ),
        "above 0",
        "points",
        judging.SETTLED_BY,
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per column and network, then one per number of hours and network, then those of the longest training."""
    found: list[dict[str, Any]] = []
    for column in map(str, data.column.values):
        for network in summary.networks(data, column):
            at, mean = data.sel(column=column, network=network), summary.error(summary.percent(data, column, network))
            row: dict[str, Any] = {"part": "table", "column": column, "network": summary.label(data, column, network)}
            row |= {"params": int(at.num_params), "error_percent": mean.estimate, "low": mean.low, "high": mean.high}
            for length, seen in zip(data.length.values, summary.frames(data, column), strict=True):
                if length > 1:
                    row[f"error_percent_{length}_times_shorter"] = summary.error(
                        summary.percent(data, column, network, length)
                    ).estimate
                else:
                    row["frames_seen"] = int(seen)
            has = "pretrained" in data and bool(np.isfinite(at.pretrained).all())
            row["pretrained_error_percent"] = (
                float(summary.percent(data, column, network, pretrained=True).mean()) if has else None
            )
            row |= {"learning_rate": float(at.learning_rate), "weight_decay": float(at.weight_decay)}
            row["minutes"] = float(summary.minutes(data, column, network)[-1])
            found.append(
                row | {"sd_over_seeds": float(summary.percent(data, column, network).mean(axis=1).std(ddof=1))}
            )
    first = str(data.column.values[0])
    for hours in data.hours.values:
        for network in map(str, data.compared.values):
            mean = summary.error(summary.by_hours(data, float(hours), network))
            row = {"part": f"{float(hours):g} hours", "column": first, "network": summary.label(data, first, network)}
            found.append(row | {"error_percent": mean.estimate, "low": mean.low, "high": mean.high})
    for network in map(str, data.longest.values):
        mean = summary.error(summary.longest(data, network))
        row = {"part": f"{int(data.attrs['longer'])} times the steps", "column": first}
        row |= {"network": summary.label(data, first, network), "error_percent": mean.estimate, "low": mean.low}
        row |= {name: float(data[f"longer_{name}"].sel(longest=network)) for name in ("learning_rate", "weight_decay")}
        found.append(row | {"high": mean.high})
    return found


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """One for each of the statements."""
    found = []
    for column in map(str, data.column.values):
        names = summary.networks(data, column)
        consecutive = summary.consecutive(summary.counted(data, column))
        found += [_each_layer(data, column)] if consecutive else []
        found += [_relative(data, column), *_against_shallow(data, column)]
        found += [_longer(data, column, other) for other in _first_and_widest(names)]
        if "pretrained" in data and np.isfinite(data.pretrained.sel(column=column)).any():
            found += [_each_layer(data, column, pretrained=True)] if consecutive else []
            found.append(_pretrained(data, column))
    compared = [str(name) for name in data.compared.values[1:]]
    return [*found, *_even_longer(data), *(_more_speech(data, other) for other in compared)]


def _judged(statement: Statement, finding: str, one: Gain, **judged: Any) -> Verdict:
    return statement.verdict(finding, one.estimate, one.low, one.high, one.voices, **judged)


def _points(one: Gain) -> str:
    return f"{one.estimate:+.2f} points [{one.low:+.2f}, {one.high:+.2f}]"


def _each_layer(data: xr.Dataset, column: str, pretrained: bool = False) -> Verdict:
    names, found = summary.counted(data, column), summary.steps(data, column, pretrained)
    ends = [summary.percent(data, column, name, pretrained=pretrained) for name in (names[0], names[-1])]
    whole = summary.gain(ends[1], ends[0])
    judged = judging.layer_by_layer(found, whole, [summary.at_an_end(data, column, name) for name in names])
    return _judged(
        _each_layer_statement(column, names, pretrained),
        f"Points of frame error gained layer by layer: {', '.join(f'{one.estimate:+.2f}' for one in found)}; settled "
        f"as gains are {judged.gains}, as losses {judged.losses}. From {names[0]} to {names[-1]}: {_points(whole)}.",
        whole,
        outcome=judged.outcome,
        at_edge=judged.at_edge,
    )


def _relative(data: xr.Dataset, column: str) -> Verdict:
    """How much of the error of one layer the others take away, beside the original."""
    names = summary.counted(data, column)
    base, last = (summary.percent(data, column, name) for name in (names[0], names[-1]))
    one, mean = summary.gain(last, base), float(base.mean())
    share, low, high = (100 * value / mean for value in (one.estimate, one.low, one.high))
    statement, at_edge = _gain_statement(column, names[-1]), ""
    # A share that is too small could grow by rates for the deep network alone, one like theirs could also shrink.
    at_stake = names[-1:] if high < _theirs(names[-1]) / FACTOR else [names[0], names[-1]]
    if ends := [name for name in at_stake if summary.at_an_end(data, column, name)]:
        at_edge = f"the tuned rate of {summary.label(data, column, ends[0])} lies at an end of its grid"
    return statement.verdict(
        f"{summary.label(data, column, names[-1])} takes away {share:.1f} % [{low:.1f}, {high:.1f}] of the error of "
        f"{summary.label(data, column, names[0])}, which is {mean:.1f} %.",
        share, low, high, one.voices, at_edge=at_edge,
    )  # fmt: skip


def _against_shallow(data: xr.Dataset, column: str) -> list[Verdict]:
    """Deep against one layer: of equal weights, far wider; after equal frames, and after equal seconds."""
    plain, timed = _pairs(summary.networks(data, column))
    errors = [tuple(summary.percent(data, column, name) for name in pair) for pair in plain]
    times = [min(summary.minutes(data, column, name)[-1] for name in pair) for pair in timed]
    errors += [
        tuple(summary.at_minutes(data, column, name, time) for name in pair)
        for pair, time in zip(timed, times, strict=True)
    ]
    gains = summary.corrected([summary.gain(*both) for both in errors])
    found = []
    for i, (one, both, (deep, shallow)) in enumerate(zip(gains, errors, plain + timed, strict=True)):
        after = i - len(plain)
        when = f" after {summary.spelled(times[after])} of training" if after >= 0 else ""
        statement = _pair_statement(column, deep, shallow, len(gains), timed=after >= 0)
        ends = summary.at_an_end(data, column, deep), summary.at_an_end(data, column, shallow)
        labels = summary.label(data, column, deep), summary.label(data, column, shallow)
        found.append(_pair(statement, one, both, labels, ends, when))
    return found


def _pair(
    statement: Statement,
    one: Gain,
    errors: tuple[np.ndarray, ...],
    labels: tuple[str, str],
    ends: tuple[bool, bool],
    when: str,
) -> Verdict:
    """The verdict on a deep and a shallow network, with their errors and whether their rates lie at ends."""
    outcome, edge = judging.pair(one, labels, ends)
    return _judged(
        statement,
        f"{labels[0]} errs {errors[0].mean():.1f} %, {labels[1]} {errors[1].mean():.1f} %{when}: {_points(one)}, "
        f"p = {one.p_value:.2g} by Holm's rule; the deep one errs less at {one.ahead} of {one.voices} voices.",
        one,
        outcome=outcome,
        at_edge=edge,
    )


def _pretrained(data: xr.Dataset, column: str) -> Verdict:
    """Whether pretraining brings anything, at the last of the layers that help in the table."""
    name = summary.counted(data, column)[-1]
    plain, after = (summary.percent(data, column, name, pretrained=flag) for flag in (False, True))
    one, label = summary.gain(after, plain), summary.label(data, column, name)
    return _judged(
        _pretraining_statement(column, name),
        f"{label} errs {after.mean():.1f} % pretrained and {plain.mean():.1f} % otherwise: {_points(one)}; pretrained "
        f"it errs less at {one.ahead} of {one.voices} voices.",
        one,
        # Both were trained with the rate that was tuned without pretraining.
        at_edge=f"the tuned rate of {label} lies at an end of its grid"
        if summary.at_an_end(data, column, name)
        else "",
    )


def _even_longer(data: xr.Dataset) -> list[Verdict]:
    """The deep network of the first column beyond the table: against one layer of equal weights after the longest
    training of both, and against the far wider one after the time which that takes in the table.
    """
    column, (deep, other) = str(data.column.values[0]), map(str, data.longest.values)
    ours, times = summary.longest(data, deep), int(data.attrs["longer"])
    time = min(summary.minutes(data, column, WIDEST)[-1], times * summary.minutes(data, column, deep)[-1])
    then = summary.at_minutes(data, column, deep, time, even_longer=True)
    wide = summary.at_minutes(data, column, WIDEST, time)[: len(ours)]
    errors = [(ours, summary.longest(data, other)), (then, wide)]
    gains = summary.corrected([summary.gain(*both) for both in errors])
    whens = (f" after {times} times the steps of the table", f" after {summary.spelled(time)} of training")
    deep_ends = summary.longest_at_an_end(data, deep), summary.at_an_end(data, column, deep)
    ends = [
        (deep_ends[0], summary.longest_at_an_end(data, other)),
        (any(deep_ends), summary.at_an_end(data, column, WIDEST)),
    ]
    return [
        _pair(
            _longest_statement(column, deep, shallow), one, both,
            (summary.label(data, column, deep), summary.label(data, column, shallow)), at_ends, when,
        )
        for shallow, one, both, at_ends, when in zip((other, WIDEST), gains, errors, ends, whens, strict=True)
    ]  # fmt: skip


def _longer(data: xr.Dataset, column: str, other: str) -> Verdict:
    """The lead of the deep network after the longest training less that after the shortest."""
    deep = str(data.compared.values[0])
    leads = summary.lengthening(data, column, deep, other)
    seeds = min(map(len, leads.values()))
    leads = {seen: lead[:seeds] for seen, lead in leads.items()}
    one = summary.lead(leads[max(leads)] - leads[min(leads)])
    rises = all(before.mean() < after.mean() for before, after in itertools.pairwise(leads.values()))
    outcome = judging.certain(one.estimate, one.p_value)
    outcome = PARTLY if outcome == REPRODUCED and not rises else outcome
    longest = len(leads) > data.sizes["length"]  # for which rates were tuned anew
    anew = [name for name in (deep, other) if longest and summary.longest_at_an_end(data, name)]
    edge = _either_at_an_end(data, column, deep, other) or _end_of(data, column, anew)
    told = ", ".join(f"{lead.mean():+.2f} after {summary.thousands(seen)}" for seen, lead in leads.items())
    return _judged(
        _longer_statement(column, deep, other),
        f"Lead of {summary.label(data, column, deep)} over {summary.label(data, column, other)} in points: {told} "
        f"frames ({seeds} seeds); the last less the first {one.estimate:+.2f} [{one.low:+.2f}, {one.high:+.2f}].",
        one,
        outcome=outcome,
        at_edge=edge if outcome != NOT_SETTLED else "",
    )


def _more_speech(data: xr.Dataset, other: str) -> Verdict:
    """The lead of the deep network with the most speech less that with the least."""
    hours, deep, first = [float(h) for h in data.hours.values], str(data.compared.values[0]), str(data.column.values[0])
    leads = [summary.gain(summary.by_hours(data, h, deep), summary.by_hours(data, h, other)) for h in hours]
    ends = [summary.by_hours(data, h, other) - summary.by_hours(data, h, deep) for h in (hours[0], hours[-1])]
    one = summary.gain(ends[0], ends[1])
    told = ", ".join(f"{lead.estimate:+.2f} with {h:g}" for h, lead in zip(hours, leads, strict=True))
    return _judged(
        _hours_statement(first, deep, other),
        f"Lead of {summary.label(data, first, deep)} over {summary.label(data, first, other)} in points: {told} hours; "
        f"the last less the first {one.estimate:+.2f} [{one.low:+.2f}, {one.high:+.2f}].",
        one,
        at_edge=_either_at_an_end(data, first, deep, other) if not one.low <= 0 <= one.high else "",
    )


def _either_at_an_end(data: xr.Dataset, column: str, *names: str) -> str:
    """A clause where the rate of a network is the least or the greatest tried.

    Rates are tuned for one length of training and for the most speech, so nobody knows which way others would move a
    difference of two leads.
    """
    return _end_of(data, column, [name for name in names if summary.at_an_end(data, column, name)])


def _end_of(data: xr.Dataset, column: str, ends: list[str]) -> str:
    return f"the tuned rate of {summary.label(data, column, ends[0])} lies at an end of its grid" if ends else ""
