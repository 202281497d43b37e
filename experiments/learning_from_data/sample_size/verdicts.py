"""The table and the verdicts of `sample_size`."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
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
from experiments.learning_from_data.sample_size.config import Config
from experiments.learning_from_data.sample_size.summary import Pair
from experiments.learning_from_data.shared import crossing, methods
from experiments.learning_from_data.shared.crossing import MARGIN
from nnjax import statistics

ALPHA = 0.05
SETTLED_BY = "more draws, or more rows"
FIXED = "the MNIST digits and the tables"
_LESS = (
    f"On each data set, the ratio of both errors is a geometric mean over draws, tested by Holm's rule at {ALPHA:g} "
    "over all data sets. It is reproduced there when the first errs less, not reproduced when it errs more or when the "
    f"interval of the ratio lies within a factor of {MARGIN:g}, otherwise not settled; not settled either where the "
    "tuned number of the one that errs more, or of the first where they are as good as equal, lies at an end of the "
    "values tried."
)


def statements(config: Config) -> list[Statement]:
    """What the textbook says of large and small samples, what was published, what depth and a mean of networks add."""
    found = [
        _less(
            "large samples", TEXTBOOK, sources.TEXTBOOK,
            "Deep learning wins on large samples: with the most rows, the best network of two or more hidden layers "
            "errs less than the best classical method.",
        ),
        _less(
            "small samples", TEXTBOOK, sources.TEXTBOOK,
            "Deep learning loses on small samples: with the fewest rows, the best classical method errs less than the "
            "best network of two or more hidden layers.",
        ),
        Statement(
            "gain by rows", "The more rows, the better deep learning stands against the best classical method.",
            TEXTBOOK, sources.TEXTBOOK,
            Rule(
                "On each data set, the slope of the log of the ratio of both errors on the log of the rows, by draw, "
                f"tested by Holm's rule at {ALPHA:g} over all data sets: it is reproduced there when the slope is "
                "below 0, not reproduced when it is above 0, otherwise not settled; not settled either where a tuned "
                "number of one of both lies at an end of the values tried with the fewest or the most of these rows. "
                + rules.together("data sets")
            ),
            "below 0", settled_by=SETTLED_BY, fixed=FIXED,
        ),
        _less(
            "depth", TEXTBOOK, sources.TEXTBOOK,
            "Depth pays on large samples: with the most rows, the better of the networks of two or more hidden layers "
            "errs less than one hidden layer of the same width.",
        ),
        _less(
            "mean of networks", AIM, "",
            "With the most rows, the mean of networks that differ in their seed alone errs less than the best "
            "classical method.",
        ),
    ]  # fmt: skip
    if _tree(config) and any(name in config.data_sets for name in summary.TABLES):
        found.append(
            _less(
                "trees on tables", PUBLISHED, f"{sources.GRINSZTAJN}, figure 1",
                "Trees win on tables (there, of about 10,000 rows; here, of 1,024 to 16,384): with the most rows, the "
                "best of forest, extra trees and boosting errs less than the best single network.",
                "tables",
            )
        )  # fmt: skip
    if _tree(config) and any(name in config.data_sets for name in summary.SIGNALS):
        found.append(
            _less(
                "forests and signals", PUBLISHED, sources.XU,
                "On images and signals forests win on small samples and networks on large ones: the best of the trees "
                "errs less with the fewest rows, and the best single network with the most.",
                "parts, two of each data set",
            )
        )  # fmt: skip
    return found


def _tree(config: Config) -> bool:
    return any(name in config.methods for name in summary.TREES)


def _less(id: str, kind: str, source: str, claim: str, of: str = "data sets") -> Statement:
    rule = Rule(f"{_LESS} {rules.together(of)}")
    return Statement(id, claim, kind, source, rule, "less", settled_by=SETTLED_BY, fixed=FIXED)


def verdicts(data: xr.Dataset) -> list[Verdict]:
    every = [str(name) for name in data.data_set.values]
    deep, old, trees = summary.deep(data), summary.classical(data), summary.trees(data)

    def at(most: bool, ours: Sequence[str], theirs: Sequence[str], names: Sequence[str], mean: bool = False) -> list:
        pick: Callable[[list[int]], int] = max if most else min
        return [summary.contest(data, one, pick(summary.rows_of(data, one)), ours, theirs, mean) for one in names]

    found = {
        "large samples": at(True, deep, old, every),
        "small samples": [_turned(one) for one in at(False, deep, old, every)],
        "depth": at(True, deep, summary.singles(data)[:1], every),
        "mean of networks": at(True, summary.singles(data), old, every, mean=True),
    }
    if trees and (tables := summary.tables_of(data)):
        found["trees on tables"] = [_turned(one) for one in at(True, summary.singles(data), trees, tables)]
    if trees and (signals := summary.signals_of(data)):
        small = [_turned(one) for one in at(False, summary.singles(data), trees, signals)]
        found["forests and signals"] = [*small, *at(True, summary.singles(data), trees, signals)]
    known = {one.id: one for one in statements(_config(data))}
    told = {id: _contests(known[id], pairs) for id, pairs in found.items()}
    told["gain by rows"] = _gains(known["gain by rows"], data, every, deep, old)
    return [told[id] for id in known]


def _config(data: xr.Dataset) -> Config:
    """So much of the settings as the statements follow from."""
    return Config(data_sets=tuple(map(str, data.data_set.values)), methods=tuple(summary.classical(data)))


def _turned(one: Pair) -> Pair:
    """The same with the second method first."""
    ratio = one.ratio._replace(estimate=-one.ratio.estimate, low=-one.ratio.high, high=-one.ratio.low)
    ends = {"first_at_end": one.second_at_end, "second_at_end": one.first_at_end}
    return one._replace(first=one.second, second=one.first, ratio=ratio, **ends)


def outcomes(pairs: Sequence[Pair]) -> list[str]:
    """The outcome of "the first errs less than the second" on each data set."""
    return [
        _outcome(one, p) for one, p in zip(pairs, statistics.holm([one.ratio.p_value for one in pairs]), strict=True)
    ]


def _outcome(one: Pair, p_value: float) -> str:
    if p_value <= ALPHA:
        less = one.ratio.estimate < 0
        if one.second_at_end if less else one.first_at_end:
            return NOT_SETTLED
        return REPRODUCED if less else NOT_REPRODUCED
    return NOT_REPRODUCED if crossing.inside(one.ratio) and not one.first_at_end else NOT_SETTLED


def _contests(statement: Statement, pairs: Sequence[Pair]) -> Verdict:
    found = outcomes(pairs)
    parts = [
        f"{one.data_set}, {one.rows:,} rows: {_ratio(one.ratio)} ({one.first} against {one.second}: {what}{_ends(one)})"
        for one, what in zip(pairs, found, strict=True)
    ]
    return statement.verdict(
        f"The first errs less on {found.count(REPRODUCED)} of {len(found)}, and not less on "
        f"{found.count(NOT_REPRODUCED)}. Ratios of errors: {'; '.join(parts)}.",
        f"{found.count(REPRODUCED)} of {len(found)}",
        n=sum(one.draws for one in pairs),
        outcome=rules.combine(found),
    )


def _ends(one: Pair) -> str:
    """Which of both has a tuned number at an end of those tried."""
    found = [name for name, end in ((one.first, one.first_at_end), (one.second, one.second_at_end)) if end]
    return f"; at an end: {' and '.join(found)}" if found else ""


def _gains(
    statement: Statement, data: xr.Dataset, names: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> Verdict:
    slopes = [summary.gain_by_rows(data, one, ours, theirs) for one in names]
    adjusted = statistics.holm([one.p_value for one in slopes])
    outer = [[rows[0], rows[-1]] for rows in (summary.rows_of_gain(data, name) for name in names)]
    ends = [
        any(
            one.first_at_end or one.second_at_end
            for one in (summary.contest(data, name, n, ours, theirs) for n in both)
        )
        for name, both in zip(names, outer, strict=True)
    ]
    found = [
        NOT_SETTLED if p > ALPHA or end else REPRODUCED if one.estimate < 0 else NOT_REPRODUCED
        for one, p, end in zip(slopes, adjusted, ends, strict=True)
    ]
    parts = [
        f"{name} {one.estimate:+.2f} [{one.low:+.2f}, {one.high:+.2f}]" for name, one in zip(names, slopes, strict=True)
    ]
    return statement.verdict(
        f"The slope is below 0 for certain on {found.count(REPRODUCED)} of {len(found)}, above 0 on "
        f"{found.count(NOT_REPRODUCED)}: {'; '.join(parts)}.",
        f"{found.count(REPRODUCED)} of {len(found)}",
        n=int(data.sizes["draw"]) * len(names),
        outcome=rules.combine(found),
    )


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
        rows = summary.rows_of(data, name)
        for first, second in itertools.combinations(map(str, data.learner.values), 2):
            if not {first, second} <= {one for n in rows for one in summary.measured(data, name, n)}:
                continue
            one = summary.crossing_of(data, name, first, second)
            found.append(
                {"data_set": name, "method": first, "against": second, "errs_less": one.reading,
                 "from_rows": one.rows, "from_low": one.low, "from_high": one.high}
            )  # fmt: skip
    return found
