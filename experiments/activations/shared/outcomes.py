"""Outcomes that a claim of `activations` makes of the common rules."""

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED


def opposite(outcome: str) -> str:
    """What the same data say of the contrary claim."""
    return {REPRODUCED: NOT_REPRODUCED, NOT_REPRODUCED: REPRODUCED, NOT_SETTLED: NOT_SETTLED}[outcome]
