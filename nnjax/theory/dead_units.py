"""ReLU units that are off: networks born dead, and the units that are on for one example or more by depth.

A layer all of whose units are off at an example passes no gradient from it to the weights before.
"""

import math
from collections.abc import Sequence

import numpy as np
import scipy  # loads scipy.special when it is first used, not here
from jaxtyping import Float

from nnjax.theory import mean_field

# The normal variable that equally correlated ones share is integrated from -_REACH to _REACH, with so many nodes in the
# distance over which the integrand changes.
_REACH, _NODES = 9.0, 8


def born_dead(widths: Sequence[int]) -> float:
    """The probability that some hidden layer of a random ReLU network is all off at one input: 1 - prod (1 - 2^-N_l).

    It is exact for an input that is not zero, if weights (and biases, where there are any) are drawn independently from
    continuous laws that are symmetric about 0: then each unit is off with probability 1/2, whatever the units before.
    With biases of zero, the network is then 0 at this input. For several inputs it is an upper bound on the probability
    that this befalls each of them.

    Source: Rister & Rubin 2020 (arXiv 2007.06192), where prod (1 - 2^-N_l) bounds from below the probability of a
    trainable network, and is its limit as the set of inputs shrinks to a point; Lu, Shin, Su & Karniadakis 2020.

    Args:
        widths: N_l, the units of each hidden layer.

    Raises:
        ValueError: for no layer, and for a width below 1.
    """
    if not len(widths) or any(isinstance(n, bool) or int(n) != n or n < 1 for n in widths):
        raise ValueError(f"widths={widths!r} must hold one whole number or more, each 1 or more")
    return -math.expm1(sum(math.log1p(-(0.5 ** int(n))) for n in widths))


def all_negative(num: int, correlation: float) -> float:
    """The probability that `num` normal variables of mean 0, equally correlated, are all negative.

    It is the integral of phi(t) Phi(-t sqrt(r / (1 - r)))^num over t, by the trapezoidal rule, which converges
    exponentially for it; 2^-num at r = 0, 1/(num + 1) at r = 1/2, and 1/2 at r = 1.

    Source: Dunnett & Sobel 1955, Biometrika 42, 258-260.

    Raises:
        ValueError: for num below 1, and a correlation outside 0 to 1.
    """
    if isinstance(num, bool) or int(num) != num or num < 1:
        raise ValueError(f"num={num!r} must be a whole number of 1 or more")
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation={correlation!r} must be from 0 to 1")
    if correlation == 1:
        return 0.5
    slope = math.sqrt(correlation / (1 - correlation))
    t, step = np.linspace(-_REACH, _REACH, math.ceil(2 * _REACH * _NODES * max(1.0, slope)) + 1, retstep=True)
    logarithm = num * scipy.special.log_ndtr(-slope * t) - t**2 / 2
    return float(step * np.exp(logarithm).sum() / math.sqrt(2 * math.pi))


def share_on(num_examples: int, depth: int) -> Float[np.ndarray, " depth"]:
    """The share of the ReLU units of each of `depth` wide random layers that are on for one or more of n examples.

    The examples are independent directions in many dimensions, so that the sums of a unit of the first layer have
    correlation 0, and those of later layers that of `nnjax.theory.mean_field.correlations` for ReLU (Cho & Saul 2009,
    equation 6). The layers are infinitely wide and have zero biases.

    No matrix of outputs [n, width] has a rank above the number of units that are on for some example, nor above n.

    Raises:
        ValueError: for fewer than one example or layer.
    """
    if isinstance(depth, bool) or int(depth) != depth or depth < 1:
        raise ValueError(f"depth={depth!r} must be a whole number of 1 or more")
    relu = mean_field.expectations("relu")  # at He's weights, which keep the variance
    correlations = mean_field.correlations(relu, 0.0, np.ones(int(depth)), weight_variance=2.0, bias_variance=0.0)
    return np.array([1 - all_negative(num_examples, correlation) for correlation in correlations])
