"""Repeats: the same run with other random numbers, in `repeats/<number>/`, and what the statements came to there.

Repeat number n shifts the seeds of every sweep, tuning included, and of every draw of `nnjax.tasks`, by n times STEP.
It also mixes n into the seed of every generator that a claim makes by `numpy.random.default_rng` or `jax.random.key`.
For other libraries a claim writes `seed(3)` for 3. Data that are fixed stay the same. Number 0 is the run itself.
`repeats.csv` keeps the numbers of all repeats; those of other code, settings, rules or measures count for nothing.

A repeat can confirm a rule that was written or changed after the data of the committed run. It must have run from a
commit that held the rule. No other rule of the statement may have been judged by the repeat's seeds before. The first
such repeat decides.
"""

import contextlib
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Any
from unittest import mock

from experiments.lab.results import read_table

STEP = 5_000_000  # more than the seeds of any claim, with those of tuning, which begin at 1,000,000
SEEN = 8  # `--repeat` begins after this number. Raise it when you change a rule: its old repeats have been looked at.
MOST = 500  # with so many, seeds stay distinct and below 2^32
DRAWING = ("experiments.", "nnjax.tasks.")  # modules whose generators change
# `of`: hash of code and Config; `judged_by`: of rule and measure; `commit`: that of the run, if it held both and the
# seeds were unseen, else empty.
COLUMNS = ("claim", "id", "repeat", "outcome", "measured", "low", "high", "of", "judged_by", "commit")
NUMBERS = ("measured", "low", "high")
HOLDS, FAILS = "reproduced", "not reproduced"
_NUMBER = [0]


def number() -> int:
    """The number of the repeat under way; 0 outside of any."""
    return _NUMBER[-1]


def seed(own: int) -> int:
    """The seed of another library's generator, such as scikit-learn's `random_state`, shifted in a repeat."""
    return own + STEP * _NUMBER[-1]


@contextlib.contextmanager
def other(number: int) -> Iterator[None]:
    """Inside, this process draws the random numbers of a repeat.

    A process should run one repeat only: a compiled function may hold keys that an earlier one has made.
    """
    if not number:
        yield
        return
    import jax
    import numpy as np

    from nnjax import hooks

    rng, key = np.random.default_rng, jax.random.key

    def other_rng(seed: Any, /) -> Any:
        return rng([*np.ravel(seed).tolist(), number])

    def other_key(seed: Any, **kind: Any) -> Any:
        return jax.random.fold_in(key(seed, **kind), number)

    _NUMBER.append(number)
    try:
        with (
            hooks.offsetting_seeds(number * STEP),
            mock.patch.object(np.random, "default_rng", _for_claims(rng, other_rng)),
            mock.patch.object(jax.random, "key", _for_claims(key, other_key)),
        ):
            yield
    finally:
        _NUMBER.pop()


def _for_claims(usual: Callable[..., Any], changed: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        return (changed if caller.startswith(DRAWING) else usual)(*args, **kwargs)

    return made


def write(file: Path, claim: str, number: int, record: dict[str, Any], verdicts: Sequence[dict[str, Any]]) -> None:
    """Put a row for each verdict of a repeat, whose run.json is `record`, in place of earlier ones."""
    rows, earlier = list[dict[str, str]](), list[dict[str, str]]()
    for row in read_table(file):
        (earlier if (row["claim"], row["repeat"]) == (claim, str(number)) else rows).append(row)
    for verdict in verdicts:
        rule = verdict["judged_by"]
        held = record["dirty"] is False and record["judged_by"].get(verdict["id"]) == rule
        # These seeds were seen if another rule was judged by them, or this one without counting.
        seen = [row for row in earlier if row["id"] == verdict["id"]]
        held &= all(row["judged_by"] == rule and row["commit"] for row in seen)
        commit = {"commit": record["commit"] if held else ""}
        rows.append({"claim": claim, "repeat": str(number), "of": record["of"]} | commit | _numbers(verdict))
    rows.sort(key=lambda row: (row["claim"], int(row["repeat"])))
    new = file.with_suffix(".new")
    with new.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter[str](out, list(COLUMNS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    new.replace(file)


def _numbers(verdict: dict[str, Any]) -> dict[str, str]:
    numbers = {name: verdict[name] for name in NUMBERS}
    return {name: verdict[name] for name in ("id", "outcome", "judged_by")} | {
        name: "" if x is None else x if isinstance(x, str) else f"{x:.{17 if float(x).is_integer() else 6}g}"
        for name, x in numbers.items()
    }


def of_statement(rows: Sequence[dict[str, str]], claim: str, verdict: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of a statement's repeats, of the code, the settings and the rule of its verdict."""
    key = (claim, verdict["id"], verdict["code"], verdict["judged_by"])
    return [row for row in rows if (row["claim"], row["id"], row["of"], row["judged_by"]) == key]


def confirmation(rows: Sequence[dict[str, str]], verdict: dict[str, Any]) -> dict[str, str] | None:
    """Of a statement's repeats, the one that decides: the first of unseen seeds, if the rule was written or changed
    after the data of the committed run.
    """
    unseen = [row for row in rows if verdict["revised"] and row["commit"]]
    return min(unseen, key=lambda row: int(row["repeat"]), default=None)


def same(rows: Sequence[dict[str, str]], outcome: str) -> str:
    """` Same outcome in 7 of 8 other runs.`; nothing where there are no others."""
    count = [row["outcome"] for row in rows].count(outcome)
    return f" Same outcome in {count} of {len(rows)} other run{'s' * (len(rows) > 1)}." if rows else ""


def summary(rows: Sequence[dict[str, str]], committed: dict[str, dict[str, dict[str, Any]]]) -> str:
    """What all repeats say of our intervals and outcomes, in words: pairs that agree, outcomes that differ or reverse.

    Args:
        rows: of repeats.csv.
        committed: the verdicts of the committed runs, by claim and id.

    Two estimates agree where their difference is within the two half widths, added as independent errors are. Where
    both are 95% intervals, about 95% of the pairs should agree, fewer where some of the randomness is left out.
    """
    pairs = agree = elsewhere = differ = count = 0
    predicted, reversed_ = 0.0, list[str]()
    for claim, verdicts in committed.items():
        for verdict in verdicts.values():
            here = verdict["here"]
            for row in of_statement(rows, claim, verdict):
                count += 1
                differ += row["outcome"] != here["outcome"]
                if {row["outcome"], here["outcome"]} == {HOLDS, FAILS}:
                    reversed_.append(f"{claim} {row['id']}, repeat {row['repeat']}")
                numbers = [here[name] for name in NUMBERS] + [row[name] for name in NUMBERS]
                if "" in numbers or None in numbers:
                    continue
                x, low, high, y, its_low, its_high = map(float, numbers)
                if low < high or its_low < its_high:  # an exact number has no interval to be judged
                    pairs += 1
                    below, above = (x - low, its_high - y) if x > y else (high - x, y - its_low)
                    agree += abs(x - y) <= (below**2 + above**2) ** 0.5
                    elsewhere += _place(row["outcome"]) != _place(here["outcome"])
                    least, most = map(float, verdict["region"])
                    predicted += _chance(x, low, high, least, most, verdict["n"])
    if not count:
        return "No repeat of a rule as it is now has been run."
    turned = f": {'; '.join(reversed_)}" if reversed_ else ""
    return (
        f"Of {pairs:,} pairs of estimates, each of a committed run and a repeat, {agree:,} agree within their 95% "
        f"intervals ({agree / max(pairs, 1):.1%}). In {elsewhere:,} of these pairs the two decide differently, where "
        f"about {predicted:.0f} were to be expected from the intervals. Of all {count:,} outcomes {differ:,} differ "
        f"from the committed one ({differ / count:.1%}), and {len(reversed_)} turned from reproduced to not reproduced "
        f"or back{turned}."
    )


def _place(outcome: str) -> str:
    """Where an interval lies: inside the claimed region, outside it, or across its end."""
    return outcome if outcome in (HOLDS, FAILS) else "across"


def _chance(x: float, low: float, high: float, least: float, most: float, n: int) -> float:
    """The probability that a repeat of an estimate lies elsewhere: inside the claimed region, outside it or across.

    The repeat differs from x by the errors of both, and has an interval as wide. `n` independent units gave it.
    """
    from scipy.special import stdtrit

    below, above = max(x - low, 1e-300), max(high - x, 1e-300)
    if not (below < float("inf") and above < float("inf")):
        return 0.0
    normal = NormalDist(x, 2**0.5 * (below + above) / (2 * stdtrit(max(n - 1, 1), 0.975)))
    inside = max(normal.cdf(most - above) - normal.cdf(least + below), 0.0)
    outside = min(normal.cdf(least - above) + 1 - normal.cdf(most + below), 1.0)
    here = inside if least < low and high < most else outside if high <= least or low >= most else 1 - inside - outside
    return min(max(1 - here, 0.0), 1.0)
