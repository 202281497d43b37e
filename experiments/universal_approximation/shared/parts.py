"""Parts of a claim that hold, fail, or are undecided: they rest on a tuned number at the end of its grid."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED


class Parts(NamedTuple):
    """Whether each part of a claim holds, and which are undecided, whatever they are found to be."""

    holds: np.ndarray
    undecided: np.ndarray


def ends(tried: Sequence[float]) -> list[float]:
    """The least and the greatest value that was tried; none of one or two, which are no grid: it has no inside."""
    return [min(tried), max(tried)] if len(tried) > 2 else []


def states(parts: Parts) -> list[str]:
    """The outcome of every part, for `rules.combine`."""
    return np.where(parts.undecided, NOT_SETTLED, np.where(parts.holds, REPRODUCED, NOT_REPRODUCED)).ravel().tolist()


def told(parts: Parts, what: str, by: str = "a tuned number lies at an end of the values tried") -> str:
    """A sentence for the finding, which begins with a space; nothing where no part is undecided."""
    count = int(parts.undecided.sum())
    return f" Undecided: {count} of {np.size(parts.holds)} {what}, where {by}." if count else ""
