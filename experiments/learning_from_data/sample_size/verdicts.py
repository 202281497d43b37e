"""The table and the verdicts of `sample_size`."""

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    TEXTBOOK,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.learning_from_data.sample_size import summary
from experiments.learning_from_data.sample_size.config import MANY, SOME, Config, rows_of
from experiments.learning_from_data.sample_size.summary import (
    CLASSICAL,
    DEEP,
    FIRST,
    FORESTS,
    LARGEST,
    SINGLE,
    TREES,
    Contest,
)
from experiments.learning_from_data.shared import crossing, methods
from experiments.learning_from_data.shared.crossing import MARGIN
from experiments.learning_from_data.shared.tables import TABLES
from nnjax import statistics

ALPHA = 0.05
# On more than SOME rows, the errors of networks and of boosting fall by up to this factor when they are trained twice
# as long (on tuning draws, see `__init__.py`).
LENGTH = 1.15
SETTLED_BY = "more draws or rows, and, where these leave no doubt, wider grids or longer training"
LONGER = "longer training might change this"
AT_END = "a tuned number of {} lies at an end of the values tried"
HOLM = "not corrected; outcomes are, by Holm's rule"
FIXED = "the MNIST digits and the tables"
MIXED = ("letter", "magic", "spambase")  # tables whose columns are unlike quantities, and that have 4,096 rows or more
ADDED = "This statement was added after results had been seen."
CHANGED = (
    "This rule was rewritten when 3 of the 18 parts of the run had been measured, and before any of them was judged."
)
_LESS = (
    "On each data set, the method of the first kind that is best in tuning (by two draws that are not reported; the "
    "intervals hold for what was chosen there) is compared with each method of the second kind, at the {most} rows at "
    "which all of them were measured. A ratio of errors is a geometric mean over draws; its 95% interval is not "
    f"corrected, and outcomes are by Holm's rule at {ALPHA:g} over {{of}}. Reproduced there when the first errs less "
    "than each of the others; not reproduced when the best of the others in tuning errs less, or when no difference "
    f"from that one is found and the interval holds 1 and lies within a factor of {MARGIN:g}; otherwise not settled. "
    "Not settled either where the first tuned number (the second is a choice of two) of the method that errs more, or "
    "of the first method where both are as good as equal, lies at an end of the values tried; nor where, on more than "
    f"{SOME:,} rows, the one that errs more is a network or boosting, whose errors fall by up to 15% when these are "
    f"trained for twice as long, and the interval does not lie beyond a factor of {LENGTH:g}."
)


class Asked(NamedTuple):
    """Does the first of two kinds of methods err less, on which data sets, and with the most or the fewest rows?"""

    id: str
    kind: str
    source: str
    claim: str
    says: str  # what the finding counts data sets by
    first: str
    others: str
    sets: str  # a key of `_sets`
    most: bool = True
    mean: bool = False  # the mean of networks in place of the first


ASKED = (
    Asked(
        "large samples", TEXTBOOK, sources.TEXTBOOK,
        f"Deep learning wins on large samples: with the most rows at which all methods were run, where these are "
        f"{SOME:,} or more, the best network of two or more hidden layers errs less than every classical method.",
        "The best deep network errs less than every classical method", DEEP, CLASSICAL, "large",
    ),
    Asked(
        "largest sample", TEXTBOOK, sources.TEXTBOOK,
        f"Deep learning wins on the largest sample: with more than {MANY:,} rows, where random forest and gradient "
        "boosting alone were run beside networks, the best network of two or more hidden layers errs less than both.",
        "The best deep network errs less than both", DEEP, LARGEST, "largest",
    ),
    Asked(
        "small samples", TEXTBOOK, sources.TEXTBOOK,
        "Deep learning loses on small samples: with the fewest rows, the best classical method errs less than every "
        "network of two or more hidden layers.",
        "The best classical method errs less than every deep network", CLASSICAL, DEEP, "all", most=False,
    ),
    Asked(
        "depth", TEXTBOOK, sources.TEXTBOOK,
        f"Depth pays on large samples: with the most rows, where these are {SOME:,} or more, the best network of two "
        "or more hidden layers errs less than one hidden layer of the same width.",
        "The best deep network errs less than one hidden layer", DEEP, FIRST, "large",
    ),
    Asked(
        "mean of networks", AIM, "",
        f"With the most rows at which all methods were run, where these are {SOME:,} or more, the mean of networks "
        "that differ in their seed alone errs less than every classical method.",
        "The mean of networks errs less than every classical method", SINGLE, CLASSICAL, "large", mean=True,
    ),
    Asked(
        "trees on tables", PUBLISHED, f"{sources.GRINSZTAJN}, figure 1",
        "Trees win on tables whose columns are unlike quantities (in the source of two classes and about 10,000 rows; "
        "here letter, magic and spambase of 4,096 to 16,384): the best of forest, extra trees and boosting errs less "
        "than every single network.",
        "The best tree method errs less than every single network", TREES, SINGLE, "mixed tables",
    ),
    Asked(
        "trees on other tables", AIM, "",
        "Trees win also on tables of pixels, pen points, bands and colours, of 1,024 to 4,096 rows: with the most rows "
        "the best of forest, extra trees and boosting errs less than every single network.",
        "The best tree method errs less than every single network", TREES, SINGLE, "other tables",
    ),
    Asked(
        "forests and few signals", PUBLISHED, sources.XU,
        "On images and signals forests win on small samples (in the source against convolutional networks, here "
        "against fully connected ones, which ignore the order of their inputs): with the fewest rows the better of "
        "random forest and extra trees errs less than every single network.",
        "The better forest errs less than every single network", FORESTS, SINGLE, "signals", most=False,
    ),
    Asked(
        "networks and many signals", PUBLISHED, sources.XU,
        "On images and signals networks win on large samples (in the source convolutional ones, here fully connected "
        "ones): with the most rows the best single network errs less than random forest and extra trees.",
        "The best single network errs less than both forests", SINGLE, FORESTS, "signals",
    ),
)  # fmt: skip
GAIN = Statement(
    "gain by rows",
    "The more training rows, the lower the error of the best deep network relative to that of the best classical "
    "method.",
    TEXTBOOK, sources.TEXTBOOK,
    Rule(
        f"On each data set, over the rows at which there are all draws (up to {SOME:,}), the slope of the logarithm of "
        "the ratio of both errors, each of the best in tuning, on the logarithm of the rows, by draw, with its 95% "
        f"interval, not corrected; outcomes are by Holm's rule at {ALPHA:g} over all data sets. Reproduced there when "
        "the slope is below 0; not reproduced when it is above 0, or when neither is found and, by all of its "
        "interval, the ratio falls by less than a tenth from the fewest to the most of these rows; otherwise not "
        "settled. Not settled either where the first tuned number of one of both lies at an end of the values tried "
        f"with the fewest or the most of these rows. {rules.together('data sets')} {CHANGED}"
    ),
    "below 0", settled_by=SETTLED_BY, fixed=FIXED,
)  # fmt: skip


def statements(config: Config) -> list[Statement]:
    """The statements on large and small samples, on published results, and on what depth and a mean of networks add."""
    return [*(_statement(one) for one in ASKED if _sets(one, config) and _there(one, config)), GAIN]


def _there(one: Asked, config: Config) -> bool:
    """Whether the settings have methods of both kinds."""
    return all(summary.of_kind(kind, config.methods, config.depths) for kind in (one.first, one.others))


def _sets(one: Asked, config: Config) -> list[str]:
    """The data sets on which the question is asked."""
    most = {name: rows_of(name, config)[-1] for name in config.data_sets}
    found = {
        "all": most,
        "large": [name for name in most if most[name] >= SOME],
        "largest": [name for name in most if most[name] > MANY],
        "mixed tables": [name for name in most if name in MIXED and most[name] >= SOME],
        "other tables": [name for name in most if name in TABLES and name not in MIXED],
        "signals": [name for name in most if name in summary.SIGNALS],
    }
    return list(found[one.sets])


def _statement(one: Asked) -> Statement:
    these = {"mixed tables": "these tables", "other tables": "these tables", "signals": "both data sets"}
    these["largest"] = "such data sets"
    alone = one.sets == "largest"
    of = these.get(one.sets, "all data sets")
    text = _LESS.format(most="most" if one.most else "fewest", of=of)
    rule = Rule(f"{text} {rules.together('data sets')} {ADDED if alone else CHANGED}")
    reference, unit, fixed = ("below 1", "times", "") if alone else ("less", "", FIXED)
    return Statement(one.id, one.claim, one.kind, one.source, rule, reference, unit, SETTLED_BY, fixed=fixed)


def verdicts(data: xr.Dataset) -> list[Verdict]:
    config = _config(data)
    found = []
    for one in ASKED:
        if (sets := _sets(one, config)) and _there(one, config):
            kinds = [summary.methods_of(data, kind) for kind in (one.first, one.others)]
            contests = [summary.contest(data, name, *kinds, most=one.most, mean=one.mean) for name in sets]
            found.append(_judged(one, data, contests, *kinds))
    return [*found, _gains(data)]


def _config(data: xr.Dataset) -> Config:
    """The settings on which the statements depend."""
    return Config(
        data_sets=tuple(map(str, data.data_set.values)), rows=tuple(map(int, data.rows.values)),
        methods=tuple(summary.methods_of(data, CLASSICAL)), depths=tuple(data.attrs["depths"]),
    )  # fmt: skip


class Part(NamedTuple):
    """The outcome on one data set, and why it is not settled where the draws alone would settle it."""

    outcome: str
    why: str = ""


def outcomes(contests: Sequence[Contest]) -> list[str]:
    """The outcome of "the first errs less than each of the others" on each data set."""
    return [one.outcome for one in _parts(contests)]


def _parts(contests: Sequence[Contest]) -> list[Part]:
    adjusted = statistics.holm([one.p_value for one in contests])
    return [_part(one, p) for one, p in zip(contests, adjusted, strict=True)]


def _part(one: Contest, p_value: float) -> Part:
    best, far = one.best, math.log10(LENGTH)
    ours = [best.first] if best.first_at_end else []
    if p_value > ALPHA:
        if not (crossing.inside(best.ratio) and best.ratio.low <= 0 <= best.ratio.high):
            return Part(NOT_SETTLED)
        return _unless(ours, _short(best.first, one), NOT_REPRODUCED)
    if best.ratio.estimate > 0:
        return _unless(ours, _short(best.first, one) and best.ratio.low <= far, NOT_REPRODUCED)
    theirs = sorted(pair.second for pair in one.pairs if pair.second_at_end)
    return _unless(theirs, any(_short(pair.second, one) and pair.ratio.high >= -far for pair in one.pairs), REPRODUCED)


def _unless(at_end: Sequence[str], longer: bool, outcome: str) -> Part:
    """The outcome, unless a number at an end or longer training could undo it."""
    if at_end:
        return Part(NOT_SETTLED, AT_END.format(" and of ".join(at_end)))
    return Part(NOT_SETTLED, LONGER) if longer else Part(outcome)


def _short(method: str, one: Contest) -> bool:
    """Whether a method might err less if it were trained for longer."""
    return one.rows > SOME and (summary.is_network(method) or method == methods.BOOSTING)


def _judged(
    asked: Asked, data: xr.Dataset, contests: Sequence[Contest], ours: Sequence[str], theirs: Sequence[str]
) -> Verdict:
    judged = _parts(contests)
    found = [one.outcome for one in judged]
    parts = [_told(data, one, part, asked.most) for one, part in zip(contests, judged, strict=True)]
    if asked.most:
        parts = [part + _beyond(data, one, ours, theirs) for part, one in zip(parts, contests, strict=True)]
    count = f"{found.count(REPRODUCED)} of {len(found)}"
    of_ratio = [10**value for value in contests[0].best.ratio[:3]]  # of the one data set that is so large
    measured = of_ratio if asked.sets == "largest" else [count, None, None]
    return _statement(asked).verdict(
        f"{asked.says} on {found.count(REPRODUCED)} of {plural(len(found), 'data set')}, not less on "
        f"{found.count(NOT_REPRODUCED)}, and this is not settled on {found.count(NOT_SETTLED)}. Ratios of errors with "
        f"95% intervals ({HOLM}): {'; '.join(parts)}.",
        *measured,
        n=min(one.best.draws for one in contests),
        outcome=rules.combine(found),
        parts=found,
    )


def _told(data: xr.Dataset, one: Contest, part: Part, most: bool) -> str:
    """The ratios of a contest, its outcome, and, where it is settled, from how many rows on which method errs less."""
    pairs = [one.best, one.hardest] if one.best.ratio.estimate < 0 and one.hardest != one.best else [one.best]
    ratios = [f"{pair.first} over {pair.second} {_ratio(pair.ratio)}" for pair in pairs]
    notes = [part.outcome, *([part.why] if part.why else [])]
    if most and part.outcome != NOT_SETTLED and not summary.is_mean(one.best.first):
        crossed = summary.said(data, one.data_set, one.best.first, one.best.second)
        notes += [crossed] if not crossed.startswith(part.outcome) else []
    return f"{one.data_set}, {one.rows:,} rows: {', '.join(ratios)} ({'; '.join(notes)})"


def _beyond(data: xr.Dataset, one: Contest, ours: Sequence[str], theirs: Sequence[str]) -> str:
    """A clause on the best against the best of those that were run with more rows than are judged; else empty."""
    rows = summary.rows_of(data, one.data_set)[-1]
    if rows == one.rows:
        return ""
    there = summary.measured(data, one.data_set, rows)
    left = [name for name in theirs if name in there]
    if not left:
        return ""
    mean = summary.is_mean(one.best.first)
    found = summary.contest(data, one.data_set, ours, left, most=True, mean=mean).best
    return (
        f" and, not judged here, with {rows:,} rows against {' and '.join(left)} alone: {found.first} over "
        f"{found.second} {_ratio(found.ratio)}"
    )


def _gains(data: xr.Dataset) -> Verdict:
    names = list(map(str, data.data_set.values))
    deep, old = summary.methods_of(data, DEEP), summary.methods_of(data, CLASSICAL)
    slopes = [summary.gain_by_rows(data, one, deep, old) for one in names]
    adjusted = statistics.holm([one.p_value for one in slopes])
    found, parts = [], []
    for name, slope, p in zip(names, slopes, adjusted, strict=True):
        kept = summary.rows_of_gain(data, name)
        ends = [summary.best_pair(data, name, n, deep, old) for n in (kept[0], kept[-1])]
        least = slope.low * math.log10(kept[-1] / kept[0])  # of the logarithm of the ratio, from end to end
        at_end = {one.first for one in ends if one.first_at_end} | {one.second for one in ends if one.second_at_end}
        if at_end:
            found.append(NOT_SETTLED)
        elif p <= ALPHA:
            found.append(REPRODUCED if slope.estimate < 0 else NOT_REPRODUCED)
        else:
            found.append(NOT_REPRODUCED if least > -math.log10(MARGIN) else NOT_SETTLED)
        ratios = " to ".join(f"{10**one.ratio.estimate:.2f}" for one in ends)
        beyond = [
            f"{10 ** summary.best_pair(data, name, n, deep, there).ratio.estimate:.2f} with {n:,} rows"
            f"{_alone(there, old)}"
            for n in summary.rows_of(data, name)
            if n > kept[-1] and (there := [one for one in old if one in summary.measured(data, name, n)])
        ]
        notes = [found[-1], *([AT_END.format(" and of ".join(sorted(at_end)))] if at_end else []), ratios]
        notes += [f"not judged here: {', '.join(beyond)}"] if beyond else []
        parts.append(f"{name} {slope.estimate:+.2f} [{slope.low:+.2f}, {slope.high:+.2f}] ({'; '.join(notes)})")
    return GAIN.verdict(
        "With more rows, the ratio of the best deep network's error to that of the best classical method falls on "
        f"{found.count(REPRODUCED)} of {plural(len(found), 'data set')}, does not fall, or by "
        f"less than a tenth, on {found.count(NOT_REPRODUCED)}, and this is not settled on {found.count(NOT_SETTLED)}. "
        f"Slope of the log ratio on log rows with its 95% interval ({HOLM}), the outcome, and the ratios with the "
        f"fewest and the most of these rows: {'; '.join(parts)}.",
        f"{found.count(REPRODUCED)} of {len(found)}",
        n=data.sizes["draw"],
        outcome=rules.combine(found),
        parts=found,
    )


def _alone(there: Sequence[str], every: Sequence[str]) -> str:
    return "" if len(there) == len(every) else f" against {' and '.join(there)} alone"


def _ratio(log: statistics.Mean) -> str:
    return f"{10**log.estimate:.2f} [{10**log.low:.2f}, {10**log.high:.2f}]"


def table(data: xr.Dataset) -> list[dict[str, Any]]:
    """A row per data set, number of rows and method, then one per data set and pair of methods, with their crossing."""
    found: list[dict[str, Any]] = []
    for name in map(str, data.data_set.values):
        for rows in summary.rows_of(data, name):
            for method in summary.measured(data, name, rows):
                error = summary.geometric_mean(data, name, rows, method)
                at = data.sel(data_set=name, rows=rows, learner=method)
                found.append(
                    {"data_set": name, "rows": rows, "method": method, "draws": int(np.isfinite(at.error).sum()),
                     "error": 10**error.estimate, "low": 10**error.low, "high": 10**error.high,
                     "tuning_error": float(at.tuning_error),
                     "tuned": methods.told(method, float(at["first"]), float(at.second)),
                     "at_end": int(at.at_end), "trials": int(at.tried), "fit_seconds": float(at.fit_seconds)}
                )  # fmt: skip
    for name in map(str, data.data_set.values):
        every = summary.rows_of(data, name)
        for first, second in itertools.combinations(map(str, data.learner.values), 2):
            rows = [n for n in every if {first, second} <= set(summary.measured(data, name, n))]
            if not rows:
                continue
            one = summary.crossing_of(data, name, first, second)
            better = {crossing.FIRST: first, crossing.SECOND: second}.get(one.reading, one.reading)
            found.append(
                {"data_set": name, "method": first, "against": second, "errs_less": better,
                 "from_rows": "all" if one.rows == 0 else one.rows, "from_low": one.low, "from_high": one.high,
                 "least_rows": rows[0], "most_rows": rows[-1]}
            )  # fmt: skip
    return found
