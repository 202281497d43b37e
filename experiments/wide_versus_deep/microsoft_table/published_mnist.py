"""Networks of equal weights on all of MNIST, as published: percent of test rows that are right, mean and deviation.

Source: tcotten-scrypted/persistent-stochastic-ablation-mlp (GitHub), results/psa_simplemlp_summary.md, mode None: ReLU,
Adam at a rate of 1e-4, the best validation accuracy of each run, ten seeds. The same author's
persistent-stochastic-ablation-resmlp has a second measurement of these networks, in which depth loses less.
"""

import math
from typing import NamedTuple

SEEDS = 10


class Result(NamedTuple):
    """Percent right over the seeds, and the number of parameters."""

    mean: float
    deviation: float
    params: int


RESULTS = {
    "1 x 2,048": Result(98.25, 0.06, 1_628_170),
    "2 x 939": Result(98.09, 0.05, 1_629_175),
    "4 x 632": Result(97.94, 0.10, 1_702_618),
    "1 x 512": Result(98.01, 0.05, 407_050),
    "2 x 354": Result(97.94, 0.12, 407_110),
}
# A deep and a shallow network each; the deep one has as many parameters, or at most 5% more.
PAIRS = (("2 x 939", "1 x 2,048"), ("4 x 632", "1 x 2,048"), ("2 x 354", "1 x 512"))


def ratio(deep: str, shallow: str) -> tuple[float, float, float]:
    """The ratio of errors, deep over shallow, and the ends two standard errors away (of logs, over seeds alone)."""
    errors = [100 - RESULTS[name].mean for name in (deep, shallow)]
    spread = math.hypot(*(RESULTS[n].deviation / e for n, e in zip((deep, shallow), errors, strict=True)))
    middle, factor = errors[0] / errors[1], math.exp(2 * spread / math.sqrt(SEEDS))
    return middle, middle / factor, middle * factor
