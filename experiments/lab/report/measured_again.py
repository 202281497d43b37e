"""What findings say of replications: other outcomes, and the range over runs that were each tuned anew."""

import math
import statistics
from collections.abc import Mapping, Sequence

from experiments.lab import rules, text
from experiments.lab.claims import Claim
from experiments.lab.estimates import Row, rows_of, without_stated, written
from experiments.lab.verdicts import CONFIDENCE, OUTCOMES, Verdict

FEWEST_RUNS = 4  # runs, the committed one included, whose range is told
OTHERWISE = "with other seeds, data and splits"  # in findings to which a replication's other outcome is added


def with_replications(claim: Claim, verdicts: Sequence[Verdict], found: Mapping[int, Sequence[Row]]) -> list[Verdict]:
    """The verdicts of a committed run, whose findings say where replications came to another outcome.

    If an interval leaves out the randomness of tuning and there are enough runs, the finding also tells the median and
    the range of these runs, each of which was tuned by itself.

    Args:
        found: the rows of this claim, from `estimates.in_file`; those of a statement are not used if its committed row
            is of an earlier run.
    """
    own = {row["id"]: without_stated(row) for row in rows_of(claim, 0, verdicts)}
    same = {row["id"] for row in found.get(0, []) if own.get(row["id"]) == without_stated(row)}
    told = []
    for one in verdicts:
        rows = [row for number, rows in found.items() if number for row in rows]
        again = [row for row in rows if row["id"] == one.id and one.id in same]
        told.append(one._replace(finding=f"{one.finding}{_otherwise(one, again)}{_over_runs(one, again)}"))
    return told


def _otherwise(verdict: Verdict, again: Sequence[Row]) -> str:
    """A sentence on the outcomes that replications came to, with a space before it; "" where all are the same."""
    others = [row["outcome"] for row in again if row["outcome"] != verdict.outcome]
    if not others:
        return ""
    which = " or ".join(text.outcome(verdict._replace(outcome=one)) for one in OUTCOMES if one in others)
    if len(again) == 1:
        return f" Measured once more, {OTHERWISE}, the outcome was {which}."
    return f" Measured {len(again)} times more, {OTHERWISE}, {len(others)} came out {which}."


def _over_runs(verdict: Verdict, again: Sequence[Row]) -> str:
    """A sentence on the median and the range of all runs, with a space before it, where the interval of one run leaves
    tuning out; "" where it does not, where there are few runs or one has no number, and where all give the same.
    """
    if rules.WITHOUT_TUNING not in verdict.rule or verdict.interval != CONFIDENCE or len(again) + 1 < FEWEST_RUNS:
        return ""
    try:
        values = [float(row["measured"]) for row in again] + [float(written(verdict.measured))]
    except ValueError:  # words
        return ""
    told = [text.number(one, verdict.unit) for one in (statistics.median(values), min(values), max(values))]
    if not all(map(math.isfinite, values)) or told[1] == told[2]:
        return ""
    middle, least, most = told
    return (
        f" Of {len(values)} complete runs, each tuned anew, the median is {middle}; the least and the greatest are "
        f"{least} and {most}."
    )
