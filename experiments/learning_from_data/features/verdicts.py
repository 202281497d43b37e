"""The table and the verdicts of `features`."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    REPRODUCED,
    TEXTBOOK,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.learning_from_data.features import summary
from experiments.learning_from_data.features.config import Config
from experiments.learning_from_data.features.made import PROBLEMS
from experiments.learning_from_data.features.run import INPUTS
from experiments.learning_from_data.features.summary import Ratio
from experiments.learning_from_data.shared import crossing, methods
from experiments.learning_from_data.shared.crossing import MARGIN
from experiments.learning_from_data.shared.draws import DIGITS
from nnjax import statistics

ALPHA = 0.05
NUMBERS = ("first", "second")
NOTHING, HELPS, HURTS = "nothing", "helps", "hurts"  # what features do to the error of a network
OUTCOMES = {NOTHING: REPRODUCED, HURTS: REPRODUCED, HELPS: NOT_REPRODUCED, NOT_SETTLED: NOT_SETTLED}
FIXED = "the MNIST digits"
SETTLED_BY = "more draws, more test rows, or wider grids, and tasks on which no draw is without errors"
_HOLM = f"tested by Holm's rule at {ALPHA:g} over all kinds of features"
_PARTS = (
    "Less than half a mistake counts as half a one. A kind is not settled either where, in some draws, neither of two "
    "methods that are compared errs on any test row, as 0/0 says nothing. Where this is so in all draws, their errors "
    "count as equal, and the kind is settled if this rule has an outcome for equal errors. Nor is a kind settled where "
    "a tuned number of a method that it takes lies at an end of the values tried. "
    f"{rules.together('kinds of features')} {rules.GIVEN}"
)
_LATER = (
    "Until a first run had been read, errors of 0 in a draw counted as equal. After that, until a replication had been "
    "read, a kind was not settled even where the errors were 0 in all draws"
)
# What an outcome, or a key of OUTCOMES, is called in a finding.
_SAID = {NOTHING: "no effect"}


def statements(config: Config) -> list[Statement]:
    """How much features help a network, how much they help the others, and whether they can replace a network."""
    many = len(config.problems)
    fixed = FIXED if any(PROBLEMS[one].data == DIGITS for one in config.problems) else ""
    return [
        Statement(
            "nothing for the network",
            "Deep learning needs no feature engineering: with the most training rows, features made by hand do not "
            "help the best network.",
            TEXTBOOK,
            sources.TEXTBOOK,
            Rule(
                f"For each kind of features, the error of the best network with them over that without, with an "
                f"interval of {100 * level_of(many):.4g}% ({many} intervals together have 95%). They do nothing when "
                f"all of it lies from 1/{MARGIN:g} to {MARGIN:g}, help when all of it lies below that, hurt when all "
                f"of it lies above, else it is not settled. Reproduced when they do nothing or hurt, not reproduced "
                f"when they help. {_PARTS} {_LATER}. Until a first run had been read, an interval on either side of 1 "
                "was also against the claim."
            ),
            "1 or more", "kinds of features", SETTLED_BY, resolution=False, fixed=fixed,
        ),
        Statement(
            "more for classical methods",
            "With the most training rows, features made by hand lower the error of the best classical method by a "
            "larger factor than that of the best network.",
            TEXTBOOK,
            sources.TEXTBOOK,
            Rule(
                "For each kind of features, the ratio of the errors with and without them of the best classical "
                f"method, divided by that of the best network, paired by draw, {_HOLM}: reproduced when it is below "
                f"1, not reproduced when it is above 1, otherwise not settled. {_PARTS} {_LATER}."
            ),
            "below 1", "kinds of features", SETTLED_BY, resolution=False, fixed=fixed,
        ),
        Statement(
            "instead of a network",
            "With the most training rows, the best classical method with features errs less than the best network "
            "without.",
            AIM,
            "",
            Rule(
                f"For each kind of features, the first error over the second, {_HOLM}: reproduced when it is below 1, "
                f"not reproduced when it is above 1 or the 95% interval lies from 1/{MARGIN:g} to {MARGIN:g}, "
                f"otherwise not settled. {_PARTS} {_LATER}."
            ),
            "below 1", "kinds of features", SETTLED_BY, resolution=False, fixed=fixed,
        ),
    ]  # fmt: skip


def level_of(many: int) -> float:
    """The level of each of `many` intervals, which together have 95%."""
    return 1 - ALPHA / many


def verdicts(data: xr.Dataset) -> list[Verdict]:
    names, rows = [str(name) for name in data.problem.values], int(data.rows.values[-1])
    deep, old = summary.networks(data), summary.classical(data)
    nothing, more, instead = statements(Config(problems=tuple(names)))
    for_network = [summary.bought(data, name, rows, deep, level_of(len(names))) for name in names]
    classical = [summary.more_for(data, name, rows, old, deep) for name in names]
    replaced = [summary.instead(data, name, rows) for name in names]
    both, draws = (summary.BARE, summary.ENGINEERED), data.sizes["draw"]
    return [
        _verdict(nothing, for_network, [effect(one, draws) for one in for_network], data, [(deep, both)],
                 "The best network is helped by {bad} of {all} kinds of features and not helped by {good}. Its error "
                 "with features divided by that without", _harm(data, deep)),
        _verdict(more, classical, _tested(classical, draws), data, [(old, both), (deep, both)],
                 "For {good} of {all} kinds, features lower the error of the best classical method by a larger factor "
                 "than that of the best network. The first method's ratio of errors (with features to without) divided "
                 "by the network's"),
        _verdict(instead, replaced, _tested(replaced, draws, tie=NOT_REPRODUCED), data,
                 [(old, (summary.ENGINEERED,)), (deep, (summary.BARE,))],
                 "The best classical method with features errs less than the best network without for {good} of {all} "
                 "kinds of features. The first error divided by the second"),
    ]  # fmt: skip


def _harm(data: xr.Dataset, networks: Sequence[str]) -> str:
    """A sentence on where features raise the error of a network most for certain; empty where they nowhere do."""
    places = itertools.product(map(str, data.problem.values), map(int, data.rows.values), networks)
    found = {place: summary.bought(data, *place[:2], [place[2]]) for place in places}
    worst = max(found, key=lambda place: found[place].log.low)
    if found[worst].log.low <= math.log10(MARGIN):
        return ""
    problem, rows, learner = worst
    without, with_ = (
        f"{100 * 10 ** summary.geometric_mean(data, problem, rows, inputs, [learner]).estimate:.2g}%"
        for inputs in (summary.BARE, summary.ENGINEERED)
    )
    floor = (
        f"; in {found[worst].bound} of {data.sizes['draw']} draws one of the errors is 0" if found[worst].bound else ""
    )
    return (
        f" They can also do harm: at {rows:,} training rows of {problem}, networks of {learner} err on {with_} of the "
        f"test rows with features, and on {without} without (geometric means over draws{floor}; less than half a "
        "mistake counts as half a one)."
    )


def effect(found: Ratio, num_draws: int) -> str:
    """What features do to the error of a network: one of OUTCOMES."""
    margin = math.log10(MARGIN)
    if found.empty == num_draws:
        return NOTHING
    if found.empty:
        return NOT_SETTLED
    if crossing.inside(found.log):
        return NOTHING
    return HELPS if found.log.high < -margin else HURTS if found.log.low > margin else NOT_SETTLED


def _tested(found: Sequence[Ratio], num_draws: int, tie: str = NOT_SETTLED) -> list[str]:
    adjusted = statistics.holm([1.0 if one.empty else one.log.p_value for one in found])
    return [
        (tie if one.empty == num_draws else NOT_SETTLED)
        if one.empty
        else (REPRODUCED if one.log.estimate < 0 else NOT_REPRODUCED)
        if p <= ALPHA
        else tie
        if crossing.inside(one.log)
        else NOT_SETTLED
        for one, p in zip(found, adjusted, strict=True)
    ]


def _verdict(
    statement: Statement,
    found: Sequence[Ratio],
    words: Sequence[str],
    data: xr.Dataset,
    taken: Sequence[tuple[Sequence[str], Sequence[str]]],
    begins: str,
    more: str = "",
) -> Verdict:
    """`words` are outcomes, or keys of OUTCOMES; `taken` are groups of methods (the best counts) with their inputs.

    `begins` is the beginning of the finding, with places for how many kinds are reproduced (good) or not (bad) of all;
    `more` is its end.
    """
    rows, parts, outcomes = int(data.rows.values[-1]), [], []
    for name, one, word in zip(map(str, data.problem.values), found, words, strict=True):
        ends = [
            end for among, each in taken for inputs in each for end in summary.at_end(data, name, rows, inputs, among)
        ]
        outcomes.append(NOT_SETTLED if ends else OUTCOMES.get(word, word))
        lie = f"{' and the best '.join(ends)} {'lie' if len(ends) > 1 else 'lies'} at an end of the values tried"
        at = f", as the best {lie}" if ends else ""
        parts.append(f"{name} {told(one, data)} ({NOT_SETTLED if ends else _SAID.get(word, word)}{at})")
    counts = {"good": outcomes.count(REPRODUCED), "bad": outcomes.count(NOT_REPRODUCED), "all": len(parts)}
    return statement.verdict(
        f"{begins.format(**counts)}, at {rows:,} training rows: {'; '.join(parts)}.{more}",
        f"{outcomes.count(REPRODUCED)} of {len(parts)}",
        n=data.sizes["draw"], outcome=rules.combine(outcomes), parts=outcomes,
    )  # fmt: skip


def told(found: Ratio, data: xr.Dataset) -> str:
    """A ratio with its interval, or in how many draws there is none."""
    if found.empty:
        draws = f"{found.empty} of {data.sizes['draw']} draws"
        return f"no ratio, as neither of two methods that are compared errs on any test row in {draws}"
    log = found.log
    middle, low, high = (f"{10**x:.2f}" if x < 2 else f"{10**x:,.0f}" for x in (log.estimate, log.low, log.high))
    draws = f" (one of the errors is 0 in {found.bound} of {data.sizes['draw']} draws)" if found.bound else ""
    return f"{middle} [{low}, {high}]{draws}"


def table(data: xr.Dataset) -> list[dict[str, Any]]:
    """A row per kind of features, number of rows and method: the errors without and with them, and their ratio."""
    found = []
    for problem in map(str, data.problem.values):
        for rows in map(int, data.rows.values):
            for learner in map(str, data.learner.values):
                errors = {inputs: summary.geometric_mean(data, problem, rows, inputs, [learner]) for inputs in INPUTS}
                ratio = summary.bought(data, problem, rows, [learner])
                at = data.sel(problem=problem, rows=rows, learner=learner)
                numbers = {inputs: [float(at[one].sel(inputs=inputs)) for one in NUMBERS] for inputs in INPUTS}
                found.append(
                    {"features": problem, "rows": rows, "method": learner,
                     **{f"error with {inputs}": 10**one.estimate for inputs, one in errors.items()},
                     "ratio": 10**ratio.log.estimate, "low": 10**ratio.log.low, "high": 10**ratio.log.high,
                     "draws without errors": ratio.empty, "draws in which one does not err": ratio.bound,
                     **{f"tuned, {inputs}": methods.told(learner, *two) for inputs, two in numbers.items()},
                     **{f"at end, {inputs}": _at_end(at.sel(inputs=inputs)) for inputs in INPUTS}}
                )  # fmt: skip
    return found


def _at_end(at: xr.Dataset) -> str:
    """For both tuned numbers, -1 or 1 where it is the least or the greatest that was tried, else 0."""
    return f"{int(at.first_at_end)}, {int(at.second_at_end)}"
