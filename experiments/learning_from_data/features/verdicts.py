"""The table and the verdicts of `features`."""

from collections.abc import Sequence
from typing import Any

import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.verdicts import (
    AIM,
    EDGE,
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
from experiments.learning_from_data.features.run import INPUTS
from experiments.learning_from_data.shared import crossing, methods
from experiments.learning_from_data.shared.crossing import MARGIN
from nnjax import statistics
from nnjax.statistics import Mean

ALPHA = 0.05
NUMBERS = ("first", "second")
SETTLED_BY = "more draws and more test rows"
_HOLM = f"tested by Holm's rule at {ALPHA:g} over all kinds of features"


def statements(config: Config) -> list[Statement]:
    """What features buy a network, what they buy the others, and whether they stand in for a network."""
    many = len(config.problems)
    return [
        Statement(
            "nothing for the network",
            "Deep learning needs no feature engineering: with the most rows, features made by hand buy the best "
            "network nothing.",
            TEXTBOOK,
            sources.TEXTBOOK,
            Rule(
                f"For each kind of features, the error with them over the error without, with an interval of "
                f"{100 * level_of(many):.4g} % ({many} intervals together have 95 %): reproduced when all of it lies "
                f"within a factor of {MARGIN:g}, not reproduced when all of it lies on a side of 1, else not settled. "
                + rules.together("kinds of features") + f" {EDGE}"
            ),
            "1", "times", SETTLED_BY, resolution=False,
        ),
        Statement(
            "more for classical methods",
            "With the most rows, features made by hand lower the error of the best classical method by a larger factor "
            "than that of the best network.",
            TEXTBOOK,
            sources.TEXTBOOK,
            Rule(
                f"For each kind of features, the ratio of both factors, paired by draw, {_HOLM}: reproduced when it is "
                "below 1, not reproduced when it is above 1, otherwise not settled. "
                + rules.together("kinds of features") + f" {EDGE}"
            ),
            "below 1", "times", SETTLED_BY, resolution=False,
        ),
        Statement(
            "instead of a network",
            "With the most rows, the best classical method with features errs less than the best network without.",
            AIM,
            "",
            Rule(
                f"For each kind of features, the ratio of both errors, {_HOLM}: reproduced when it is below 1, not "
                f"reproduced when it is above 1 or the 95 % interval lies within a factor of {MARGIN:g}, otherwise not "
                "settled. " + rules.together("kinds of features") + f" {EDGE}"
            ),
            "below 1", "times", SETTLED_BY, resolution=False,
        ),
    ]  # fmt: skip


def level_of(many: int) -> float:
    """The level of each of so many intervals, which together have 95 %."""
    return 1 - ALPHA / many


def verdicts(data: xr.Dataset) -> list[Verdict]:
    names, rows = [str(name) for name in data.problem.values], int(data.rows.values[-1])
    deep, old = summary.networks(data), summary.classical(data)
    nothing, more, instead = statements(Config(problems=tuple(names)))
    level = level_of(len(names))
    for_network = [summary.bought(data, name, rows, deep, level) for name in names]
    classical = [summary.more_for(data, name, rows, old, deep) for name in names]
    replaced = [summary.instead(data, name, rows) for name in names]
    edge = {side: _edge(data, names, rows, among) for side, among in (("networks", deep), ("all", [*deep, *old]))}
    return [
        _verdict(nothing, names, for_network, [nothing_bought(one) for one in for_network], data, edge["networks"]),
        _verdict(more, names, classical, _tested(classical), data, edge["all"]),
        _verdict(instead, names, replaced, _tested(replaced, tie=NOT_REPRODUCED), data, edge["all"]),
    ]


def nothing_bought(found: Mean) -> str:
    """The outcome of "features buy nothing" for an interval of log10 ratios."""
    if crossing.inside(found):
        return REPRODUCED
    return NOT_REPRODUCED if found.high < 0 or found.low > 0 else NOT_SETTLED


def _tested(found: Sequence[Mean], tie: str = NOT_SETTLED) -> list[str]:
    adjusted = statistics.holm([one.p_value for one in found])
    return [
        (REPRODUCED if one.estimate < 0 else NOT_REPRODUCED)
        if p <= ALPHA
        else tie
        if crossing.inside(one)
        else NOT_SETTLED
        for one, p in zip(found, adjusted, strict=True)
    ]


def _edge(data: xr.Dataset, names: Sequence[str], rows: int, among: Sequence[str]) -> str:
    found = [one for name in names for one in summary.at_end(data, name, rows, among)]
    return f"a tuned number lies at an end of those tried: {', '.join(found)}" if found else ""


def _verdict(
    statement: Statement,
    names: Sequence[str],
    found: Sequence[Mean],
    outcomes: Sequence[str],
    data: xr.Dataset,
    edge: str,
) -> Verdict:
    parts = [f"{name} {_times(one)}: {what}" for name, one, what in zip(names, found, outcomes, strict=True)]
    return statement.verdict(
        f"With {int(data.rows.values[-1]):,} rows: {'; '.join(parts)}.",
        f"{list(outcomes).count(REPRODUCED)} of {len(names)}",
        n=data.sizes["draw"],
        outcome=rules.combine(outcomes),
        at_edge=edge,
    )


def _times(log: Mean) -> str:
    return f"{10**log.estimate:.2f} [{10**log.low:.2f}, {10**log.high:.2f}]"


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
                     "ratio": 10**ratio.estimate, "low": 10**ratio.low, "high": 10**ratio.high,
                     **{f"tuned, {inputs}": methods.told(learner, *two) for inputs, two in numbers.items()},
                     **{f"at end, {inputs}": int(at.at_end.sel(inputs=inputs)) for inputs in INPUTS}}
                )  # fmt: skip
    return found
