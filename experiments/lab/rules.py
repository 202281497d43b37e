"""The rules by which claims are judged: each a sentence, and the code that applies it.

Where `low` and `high` are None, `measured` is exact and is its own interval; a rule about "the interval" refuses that.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.lab.verdicts import EDGE, NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, Rule

if TYPE_CHECKING:  # the command line loads this module for --help, which need not wait for xarray
    import xarray as xr


def above(threshold: float, of: str = "the interval") -> Rule:
    """Reproduced above a threshold, not reproduced at or below it, not settled across it."""
    text = (
        f"Reproduced when all of {of} lies above {_told(threshold)}, not reproduced when all of it lies at or below "
        f"{_told(threshold)}, otherwise not settled."
    )
    return Rule(text, lambda measured, low, high: _side(threshold, *_ends(of, measured, low, high)))


def below(threshold: float, of: str = "the interval") -> Rule:
    """Reproduced below a threshold, not reproduced at or above it, not settled across it."""
    text = (
        f"Reproduced when all of {of} lies below {_told(threshold)}, not reproduced when all of it lies at or above "
        f"{_told(threshold)}, otherwise not settled."
    )

    def judge(measured: float, low: float | None, high: float | None) -> str:
        low, high = _ends(of, measured, low, high)
        return _side(-threshold, -high, -low)

    return Rule(text, judge)


def within(least: float, most: float, of: str = "the interval") -> Rule:
    """Reproduced inside a margin that was fixed beforehand, not reproduced outside, not settled across its ends."""
    text = (
        f"Reproduced when all of {of} lies from {_told(least)} to {_told(most)}, not reproduced when all of it lies "
        "outside, otherwise not settled."
    )

    def judge(measured: float, low: float | None, high: float | None) -> str:
        low, high = _ends(of, measured, low, high)
        if least <= low and high <= most:
            return REPRODUCED
        return NOT_REPRODUCED if high < least or most < low else NOT_SETTLED

    return Rule(text, judge)


def exactly(value: float, what: str = "the number measured") -> Rule:
    """The rule for a number that is counted or computed without error and must equal `value`."""
    text = f"Reproduced when {what} is exactly {_told(value)}, otherwise not reproduced."
    return Rule(text, lambda measured, low, high: REPRODUCED if measured == value else NOT_REPRODUCED)


def at_most(bound: float, what: str = "the number measured") -> Rule:
    """The rule for a number that is counted or computed without error and must not exceed `bound`."""
    text = f"Reproduced when {what} is at most {_told(bound)}, otherwise not reproduced."
    return Rule(text, lambda measured, low, high: REPRODUCED if measured <= bound else NOT_REPRODUCED)


def at_least(bound: float, what: str = "the number measured") -> Rule:
    """The rule for a number that is counted or computed without error and must reach `bound`."""
    text = f"Reproduced when {what} is at least {_told(bound)}, otherwise not reproduced."
    return Rule(text, lambda measured, low, high: REPRODUCED if measured >= bound else NOT_REPRODUCED)


def every(total: int, parts: str) -> Rule:
    """The rule where `measured` is the exact number of parts of the claim that hold; `parts` names them: "gates"."""
    text = (
        f"Reproduced when all {total:,} {parts} hold, partly when some of them do, not reproduced when none does."
        if total > 1
        else f"Reproduced when the one of {parts} holds, otherwise not reproduced."
    )

    def judge(measured: float, low: float | None, high: float | None) -> str:
        return REPRODUCED if measured >= total else PARTLY if measured > 0 else NOT_REPRODUCED

    return Rule(text, judge)


def together(of: str) -> str:
    """The text of a rule whose outcome `combine` makes of several; `of` names the parts: "tasks"."""
    return (
        f"Each of the {of} is judged alone. Reproduced when all of them are, partly when some are and some are not, "
        "not reproduced when none is; not settled while those that are open could change this."
    )


def combine(outcomes: Sequence[str]) -> str:
    """The outcome of a claim of several parts; not settled if those that are open could change it, or without parts."""
    found = {_whole([if_open if one == NOT_SETTLED else one for one in outcomes]) for if_open in _EITHER}
    return found.pop() if outcomes and len(found) == 1 else NOT_SETTLED


# Part of a rule whose intervals resample the reported networks but not the tuning that came before. By these words
# such intervals are told from others (`experiments.intervals.replicated`).
WITHOUT_TUNING = "do not include the randomness of tuning"
GIVEN = f"Intervals are those of networks at the tuned numbers; they {WITHOUT_TUNING}."


# For rules whose intervals are over several tunings (`experiments.lab.tunings`).
MOSTLY = "Not settled either where most tunings of a number that decides end at the least or the greatest value tried."
CHANGED = "Until replications had been seen, each number was tuned once, and the interval left this randomness out."


def mostly(at_end: "xr.DataArray") -> "xr.DataArray":
    """Where most tunings chose the least or the greatest value tried, of which `at_end` [..., tuning] is true."""
    return (at_end != 0).mean("tuning") > 0.5


def at_tuned_numbers(rule: Rule) -> Rule:
    """The same rule, with GIVEN. It is for rules to which no `at_edge` is given; for the others there is `tuned`."""
    return Rule(f"{rule.text} {GIVEN}", rule.judge)


def tuned(rule: Rule, with_tuning: bool = False) -> Rule:
    """The same rule for a claim that a tuned number may decide, so that `Statement.verdict` accepts `at_edge`.

    `with_tuning` says that its intervals include the variance of the tuning, or that the tuning has none.
    """
    return Rule(" ".join([rule.text, EDGE, *([] if with_tuning else [GIVEN])]), rule.judge)


def over_tunings(rule: Rule) -> Rule:
    """The same rule for intervals over several tunings, so that `Statement.verdict` accepts `at_edge`."""
    return Rule(f"{rule.text} {MOSTLY} {CHANGED}", rule.judge)


_EITHER = (REPRODUCED, NOT_REPRODUCED)


def _whole(parts: Sequence[str]) -> str:
    if all(one == REPRODUCED for one in parts):
        return REPRODUCED
    return PARTLY if REPRODUCED in parts or PARTLY in parts else NOT_REPRODUCED


def _ends(of: str, measured: float, low: float | None, high: float | None) -> tuple[float, float]:
    if "interval" in of and (low is None or high is None):
        raise ValueError(f"low={low!r}, high={high!r}: the rule is about {of}, so both ends must be given")
    return measured if low is None else low, measured if high is None else high


def _side(threshold: float, low: float, high: float) -> str:
    return REPRODUCED if low > threshold else NOT_REPRODUCED if high <= threshold else NOT_SETTLED


def _told(value: float) -> str:
    """A threshold as it stands in a sentence: 0.05, or 63,654."""
    return f"{value:,.12g}"
