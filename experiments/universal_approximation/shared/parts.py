"""Parts of a claim that hold, fail, or are undecided as they depend on a tuned number at an end of its grid."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED


class Parts(NamedTuple):
    """Whether each part of a claim holds, and which are undecided, whatever they are found to be."""

    holds: np.ndarray
    undecided: np.ndarray


def ends(tried: Sequence[float]) -> list[float]:
    """The least and the greatest value tried; none where one or two were tried, a grid without an inside."""
    return [min(tried), max(tried)] if len(tried) > 2 else []


def states(parts: Parts) -> list[str]:
    """The outcome of every part, for `rules.combine`."""
    return np.where(parts.undecided, NOT_SETTLED, np.where(parts.holds, REPRODUCED, NOT_REPRODUCED)).ravel().tolist()


def told(parts: Parts, what: str, by: str = "a tuned number lies at an end of the values tried") -> str:
    """A sentence for the finding, after a space; an empty string where no part is undecided."""
    count = int(parts.undecided.sum())
    return f" Undecided: {count} of {np.size(parts.holds)} {what}, where {by}." if count else ""
