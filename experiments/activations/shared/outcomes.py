"""Outcomes that claims of `activations` derive from those of the common rules."""

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED


def opposite(outcome: str) -> str:
    """The outcome of the contrary claim on the same data."""
    return {REPRODUCED: NOT_REPRODUCED, NOT_REPRODUCED: REPRODUCED, NOT_SETTLED: NOT_SETTLED}[outcome]
