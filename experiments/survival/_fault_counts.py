"""Verdicts that are counts: every single one, or not."""

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from nnjax import statistics

SOURCE = "the project's own target"


def counted(name: str, claim: str, good: int, of: int, unit: str, command: str) -> Verdict:
    """Reproduced where all of them are good, partly where some are; with Wilson's interval."""
    low, high = (float(end) for end in statistics.wilson(good, of))
    outcome = REPRODUCED if good == of else PARTLY if good else NOT_REPRODUCED
    return Verdict(name, claim, SOURCE, 1.0, good / of, low, high, f"of {of:,} {unit}", outcome, command)
