"""How two trained networks are compared: by Holm's rule, and what is open where a tuned rate ends its grid.

Of two networks, the one that errs more might err less at a rate beyond those tried. So a difference is open where that
network's rate is the least or the greatest tried; where it is the other's, rates beyond could only widen it.
"""

from collections.abc import Sequence

import numpy as np

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, Rule

ALPHA = 0.05
EDGE = (
    "A difference is open where the rate of the network that errs more was tuned to the least or the greatest of those "
    "tried."
)
EACH_LAYER = Rule(
    f"Each step is tested by Holm's rule at {ALPHA:g} over all steps. Reproduced when every layer lowers the error; "
    "not reproduced when a layer raises it, or when all of the 95 % interval from the first to the last lies at or "
    f"below 0; partly when some layers lower it and none raises it; otherwise not settled. {EDGE}"
)


def errs_less(among: str) -> Rule:
    """For the claim that one network errs less than another; `among` says which comparisons are tested together."""
    return Rule(
        f"Tested by Holm's rule at {ALPHA:g} over {among}: reproduced when the first errs less, not reproduced when it "
        f"errs more, not settled when neither is certain. {EDGE}"
    )


def at_end(rate: float, tried: Sequence[float]) -> bool:
    """Whether a tuned rate is the least or the greatest of those tried; of a single one it is not."""
    least, greatest = min(tried), max(tried)
    return least < greatest and bool(np.isclose(rate, (least, greatest)).any())


def certain(gain: float, p_value: float) -> str:
    """The outcome of "the first errs less than the second", of what it gains and p."""
    if p_value > ALPHA or gain == 0:
        return NOT_SETTLED
    return REPRODUCED if gain > 0 else NOT_REPRODUCED


def unless_at_end(outcome: str, first: bool, second: bool) -> str:
    """The same where the rates of the first and of the second network lie at ends of their grids, or do not."""
    loser = second if outcome == REPRODUCED else first
    return NOT_SETTLED if loser else outcome


def each_layer(steps: Sequence[str], whole: str) -> str:
    """The outcome of EACH_LAYER from those of the steps and from that of the whole way."""
    if steps and all(outcome == REPRODUCED for outcome in steps):
        return REPRODUCED
    if NOT_REPRODUCED in (*steps, whole):
        return NOT_REPRODUCED
    return PARTLY if REPRODUCED in steps else NOT_SETTLED
