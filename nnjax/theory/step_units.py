"""The exact probability that a trained output unit on top of random step units can compute XOR, without training it.

A gradient does not pass through a step, so a network of step units is Rosenblatt's perceptron (1962): a fixed random
layer and an output unit that learns. It learns XOR if and only if the images of the four corners in the hidden layer
are linearly separable. That means that the segment between the images of 01 and 10 does not meet the segment between
those of 00 and 11. The segments meet where some a, c in [0, 1] have, for every unit with outputs h,

    a h(01) + (1 - a) h(10) = c h(11) + (1 - c) h(00).

A unit with the same output at all corners sets no condition. A unit whose output differs at a single corner requires
a = 0, a = 1, c = 0 or c = 1. A unit that divides two corners from two requires a = c or a = 1 - c. So only five points
(a, c) matter: (0, 0), (0, 1), (1, 0), (1, 1) and (1/2, 1/2). A layer fails if and only if the conditions of all its
units hold at one of them.
"""

import itertools

import numpy as np
from jaxtyping import ArrayLike, Bool, Num

from nnjax.checks import whole_number

CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
# The points (a, c) at which the two segments can meet.
MEETINGS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5))
_NODES = 40  # Gauss-Legendre nodes in each sector of the circle: an eighth or less


def pattern_probabilities(bias_std: float = 1.0, low: float = 0.0, high: float = 1.0) -> dict[tuple[int, ...], float]:
    """The probability of each output pattern of one step unit with random weights at the corners 00, 01, 10, 11.

    The weights are normal with standard deviation 1, the bias is normal with standard deviation `bias_std`. If the
    weights have the direction (cos t, sin t), corner x lies at s = x . (cos t, sin t). The unit is on there with
    probability (1 + s / sqrt(s^2 + bias_std^2)) / 2. The reason is that the direction of (bias / bias_std, weights) is
    uniform on the sphere. The Gauss-Legendre rule integrates over t between the angles at which corners change their
    order or their side of the origin.

    Args:
        bias_std: 0 or more. With 0, a unit is off at the corner where all inputs are 0.
        low, high: the two values of an input.

    Raises:
        ValueError: for a bias_std below 0, and unless low < high.
    """
    if not 0 <= bias_std < np.inf:
        raise ValueError(f"bias_std={bias_std!r} must be 0 or more, and finite")
    if not -np.inf < low < high < np.inf:
        raise ValueError(f"low={low!r} must be less than high={high!r}, both finite")
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    # Corners change their order at multiples of 45 degrees; one changes its side of the origin at right angles to it.
    x = np.array(CORNERS) * (high - low) + low
    turns = np.arctan2(x[:, 1], x[:, 0])[np.any(x != 0, axis=1)]
    edges = np.unique(
        np.round(np.concatenate([np.arange(8) * np.pi / 4, turns + np.pi / 2, turns - np.pi / 2]) % (2 * np.pi), 12)
    )
    edges = np.append(edges, edges[0] + 2 * np.pi)
    half = np.diff(edges)[:, None] / 2
    angle = (edges[:-1, None] + half * (1 + node)).ravel()
    share = (half * weight).ravel() / (2 * np.pi)
    s = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ x.T
    with np.errstate(invalid="ignore"):
        on = (1 + np.nan_to_num(s / np.hypot(s, bias_std), nan=-1.0)) / 2
    found: dict[tuple[int, ...], float] = {}
    order = np.argsort(-on, axis=1, kind="stable")  # the corners, in the order in which a rising bias turns them on
    ranked = np.take_along_axis(on, order, axis=1)
    gaps = -np.diff(ranked, axis=1, prepend=1.0, append=0.0)  # the probability that exactly the first k are on
    for k in range(5):
        for first, probability in zip(order[:, :k], share * gaps[:, k], strict=True):
            pattern = tuple(int(corner in first) for corner in range(4))
            found[pattern] = found.get(pattern, 0.0) + float(probability)
    return {pattern: probability for pattern, probability in sorted(found.items()) if probability > 0}


def xor_probability(num_units: int, bias_std: float = 1.0, low: float = 0.0, high: float = 1.0) -> float:
    """The probability that some output unit on `num_units` random step units computes XOR.

    By inclusion and exclusion it is 1 - sum over non-empty subsets S of MEETINGS of (-1)^(|S| + 1) p(S)^num_units. Here
    p(S) is the probability that the conditions of a random unit hold at every point of S.

    Args:
        num_units: 1 or more.
        bias_std, low, high: as in `pattern_probabilities`.

    Raises:
        ValueError: for num_units below 1, and as `pattern_probabilities`.
    """
    num_units = whole_number(num_units, "num_units")
    patterns = pattern_probabilities(bias_std, low, high)
    holds = _holds(np.array(list(patterns)))
    p = np.array(list(patterns.values()))
    total = 0.0
    for size in range(1, len(MEETINGS) + 1):
        for some in itertools.combinations(range(len(MEETINGS)), size):
            total += (-1) ** (size + 1) * float(p @ holds[:, list(some)].all(axis=1)) ** num_units
    return 1.0 - total


def xor_separable(outputs: Num[ArrayLike, "*batch units 4"]) -> Bool[np.ndarray, "*batch"]:
    """Whether some output unit computes XOR from the hidden outputs [..., units, 4] at CORNERS, each 0 or 1.

    Raises:
        ValueError: unless all are 0 or 1.
    """
    h = np.asarray(outputs)
    if not np.isin(h, (0, 1)).all():
        raise ValueError(f"outputs from {h.min():g} to {h.max():g} must be 0 or 1")
    return np.asarray(~_holds(h).all(axis=-2).any(axis=-1))


def _holds(h: Num[np.ndarray, "*batch 4"]) -> Bool[np.ndarray, "*batch 5"]:
    """Whether the condition of each unit, with outputs h [..., 4], holds at each of MEETINGS: [..., 5]."""
    a, c = np.array(MEETINGS).T
    h00, h01, h10, h11 = np.moveaxis(h, -1, 0)[..., None]
    return a * h01 + (1 - a) * h10 == c * h11 + (1 - c) * h00
