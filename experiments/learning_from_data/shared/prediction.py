"""Whether a published number is one that as many of our runs could give.

A source reports a few runs: how many of them solved the task, or a median number of sweeps. The prediction interval
holds the same number from as many runs drawn from ours, 95 times in 100; as our own runs are finite as well, they are
resampled first. Several numbers of one source share the 5% (Bonferroni).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED, Rule

RESAMPLES, TOGETHER = 2000, 100
LEVEL = 0.95


def share(successes: int, trials: int, runs: int, numbers: int = 1) -> tuple[float, float]:
    """The prediction interval of the share of successes in `runs` runs, from our `successes` in `trials`.

    Our own share has Jeffreys' posterior, Beta(successes + 1/2, failures + 1/2) (Brown, Cai & DasGupta 2001). `numbers`
    is how many numbers of the source are judged together.
    """
    rng = np.random.default_rng(0)
    p = rng.beta(successes + 0.5, trials - successes + 0.5, 20 * RESAMPLES)
    return _ends(rng.binomial(runs, p) / runs, numbers)


def of(values: ArrayLike, runs: int, statistic: Callable[..., ArrayLike], numbers: int = 1) -> tuple[float, float]:
    """The prediction interval of `statistic(values [r, runs], axis=1)`, from our values [n], which are resampled first.

    Raises:
        ValueError: where there are no values.
    """
    ours = np.asarray(values, float)
    if ours.ndim != 1 or not len(ours):
        raise ValueError(f"values has shape {ours.shape}: it must hold one number for each run")
    rng, drawn = np.random.default_rng(0), []
    for _ in range(RESAMPLES // TOGETHER):
        again = ours[rng.integers(len(ours), size=(TOGETHER, len(ours)))]
        theirs = np.take_along_axis(again, rng.integers(len(ours), size=(TOGETHER, runs)), axis=1)
        drawn.append(statistic(theirs, axis=1))
    return _ends(np.concatenate(drawn), numbers)


def rule(published: float, told: str, runs: int, numbers: int = 1) -> Rule:
    """Reproduced where the published number, `told` in words, lies in the interval of prediction."""
    shared = f" ({numbers} numbers of this source share the 5%)" if numbers > 1 else ""
    text = (
        f"Reproduced when the published {told} lies in the 95% interval of prediction for {runs:,} of our "
        f"runs{shared}, otherwise not reproduced."
    )

    def judge(measured: float, low: float | None, high: float | None) -> str:
        inside = low is not None and high is not None and low <= published <= high
        return REPRODUCED if inside else NOT_REPRODUCED

    return Rule(text, judge)


def _ends(drawn: np.ndarray, numbers: int) -> tuple[float, float]:
    tail = (1 - LEVEL) / 2 / numbers
    # Values that were drawn: one between two of them might be impossible for so many runs.
    low = np.quantile(drawn, tail, method="lower")
    return float(low), float(np.quantile(drawn, 1 - tail, method="higher"))
