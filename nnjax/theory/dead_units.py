"""ReLU units that are off: networks that are born dead, and the share of units that some example turns on, by depth.

If all units of a layer are off at an example, no gradient of this example passes to the layers before.
"""

import math
from collections.abc import Sequence

import numpy as np
import scipy  # loads scipy.special when it is first used, not here
from jaxtyping import Float

from nnjax.checks import whole_number
from nnjax.theory import mean_field

# `all_negative` integrates over the normal variable that the correlated ones share, from -_REACH to _REACH, with _NODES
# nodes in the distance over which the integrand changes.
_REACH, _NODES = 9.0, 8


def born_dead(widths: Sequence[int]) -> float:
    """The probability that a random ReLU network has a layer with all units off at one input: 1 - prod (1 - 2^-N_l).

    It is exact for an input that is not zero, if weights (and biases, where there are any) are drawn independently from
    continuous laws that are symmetric about 0: then each unit is off with probability 1/2, whatever the units before
    it do. With biases of zero, a network with such a layer is 0 at this input. For several inputs the formula is an
    upper bound on the probability that this is so at all of them.

    Source: Rister & Rubin 2020 (arXiv 2007.06192); Lu, Shin, Su & Karniadakis 2020. In the first, prod (1 - 2^-N_l) is
    a lower bound on the probability that a network is trainable. It is also the limit of this probability as the set of
    inputs shrinks to a point.

    Args:
        widths: N_l, the units of each hidden layer.

    Raises:
        ValueError: for no layer, and for a width below 1.
    """
    if not len(widths):
        raise ValueError(f"widths={widths!r} must hold at least one hidden layer")
    return -math.expm1(sum(math.log1p(-(0.5 ** whole_number(n, "widths"))) for n in widths))


def all_negative(num: int, correlation: float) -> float:
    """The probability that `num` normal variables of mean 0, equally correlated, are all negative.

    It is the integral of phi(t) Phi(-t sqrt(r / (1 - r)))^num over t. It is computed by the trapezoidal rule, which
    converges exponentially here. It is 2^-num at r = 0, 1/(num + 1) at r = 1/2, and 1/2 at r = 1.

    Source: Dunnett & Sobel 1955, Biometrika 42, 258-260.

    Raises:
        ValueError: for num below 1, and a correlation outside 0 to 1.
    """
    num = whole_number(num, "num")
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation={correlation!r} must be from 0 to 1")
    if correlation == 1:
        return 0.5
    slope = math.sqrt(correlation / (1 - correlation))
    t, step = np.linspace(-_REACH, _REACH, math.ceil(2 * _REACH * _NODES * max(1.0, slope)) + 1, retstep=True)
    logarithm = num * scipy.special.log_ndtr(-slope * t) - t**2 / 2
    return float(step * np.exp(logarithm).sum() / math.sqrt(2 * math.pi))


def share_on(num_examples: int, depth: int) -> Float[np.ndarray, " depth"]:
    """The share of ReLU units that are on for at least one of n examples, in each of `depth` wide random layers.

    The examples are independent directions in many dimensions, so the sums of a unit of the first layer have
    correlation 0. In later layers the correlation is that of `nnjax.theory.mean_field.correlations` for ReLU (Cho &
    Saul 2009, equation 6). The layers are infinitely wide and have zero biases.

    No matrix of outputs [n, width] has a rank above the number of units that are on for some example, nor above n.

    Raises:
        ValueError: for fewer than one example or layer.
    """
    num_examples = whole_number(num_examples, "num_examples")
    variances = np.ones(whole_number(depth, "depth"))  # He's weights keep the variance
    relu = mean_field.expectations("relu")
    correlations = mean_field.correlations(relu, 0.0, variances, weight_variance=2.0, bias_variance=0.0)
    return np.array([1 - all_negative(num_examples, correlation) for correlation in correlations])
