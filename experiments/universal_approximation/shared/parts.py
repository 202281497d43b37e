"""Claims of several parts, some of which are undecided: they rest on a tuned number at the end of its grid."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED


class Parts(NamedTuple):
    """Whether each part of a claim holds, and which are undecided, whatever they are found to be."""

    holds: np.ndarray
    undecided: np.ndarray


def ends(tried: Sequence[float]) -> list[float]:
    """The least and the greatest value that was tried; none where there was no choice."""
    return [min(tried), max(tried)] if len(tried) > 1 else []


def outcome(parts: Parts, enough: float | None = None, some: float = 1) -> str:
    """The outcome, if it is the same whether the undecided parts hold or not.

    Reproduced when `enough` parts hold (all of them where it is None), partly when `some` do.
    """
    surely = int((parts.holds & ~parts.undecided).sum())
    least = np.size(parts.holds) if enough is None else enough
    found = {_of(surely + more, least, some) for more in (0, int(parts.undecided.sum()))}
    return found.pop() if len(found) == 1 else NOT_SETTLED


def told(parts: Parts, what: str, by: str = "a tuned number lies at an end of the values tried") -> str:
    """A sentence for the finding, which begins with a space; nothing where no part is undecided."""
    count = int(parts.undecided.sum())
    return f" Undecided: {count} of {np.size(parts.holds)} {what}, where {by}." if count else ""


def against(bound: float, intervals: Iterable[tuple[float, float]], at_end: np.ndarray) -> Parts:
    """Parts that hold where an interval lies at or below a bound, and fail where it lies above.

    A better tuned number can only lower what is bounded, so only those that fail can be undecided by their grid.
    """
    low, high = np.array(list(intervals), float).T
    holds, fails = high <= bound, low > bound
    return Parts(holds, ~holds & (~fails | at_end))


def _of(count: int, enough: float, some: float) -> str:
    return REPRODUCED if count >= enough else PARTLY if count >= some else NOT_REPRODUCED
