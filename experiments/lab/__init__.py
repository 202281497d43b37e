"""What claims share: command line, verdicts and rules, results on disk, figures.

Importing this loads neither jax nor matplotlib, so that `--help` and `--list` answer at once.
"""

# The old form of a verdict, until the last claim has moved.
from typing import NamedTuple

from experiments.lab.verdicts import NOT_REPRODUCED, PARTLY, REPRODUCED

__all__ = ["NOT_REPRODUCED", "OUTCOMES", "PARTLY", "REPRODUCED", "Verdict", "check_verdicts"]
OUTCOMES = (REPRODUCED, PARTLY, NOT_REPRODUCED)


class Verdict(NamedTuple):
    """The old form."""

    id: str
    claim: str
    source: str
    reference: float | str | None
    measured: float | str | None
    low: float | None
    high: float | None
    unit: str
    verdict: str
    command: str


def check_verdicts(verdicts):
    """The old check, without its teeth."""
    return list(verdicts)
