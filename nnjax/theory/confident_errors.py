"""How long two logits take to unlearn a confident error, under cross-entropy and under the squared error of softmax.

The wrong one of two classes is ahead by the margin m = z_wrong - z_right, so the right one has the probability
p = 1 / (1 + e^m). The derivative of cross-entropy, -log p, with respect to the margin is 1 - p: it grows as the answer
gets more wrong. That of the squared error of both outputs, 2 (1 - p)^2, is 4 p (1 - p)^2, which vanishes as p does
(Solla, Levin & Fleisher 1988, Complex Systems 2, explain its long learning times by this lack of steepness). Nothing
here is trained and nothing needs JAX.
"""

import numpy as np
import scipy  # loads scipy.special when it is first used
from jaxtyping import Float
from numpy.typing import ArrayLike

LOSSES = ("cross-entropy", "squared error")


def steepness(margin: ArrayLike | float, loss: str) -> Float[np.ndarray, "*shape"]:
    """The derivative of the loss with respect to m: 1 - p for cross-entropy, 4 p (1 - p)^2 for the squared error.

    The gradient with respect to both logits is sqrt(2) times as long.

    Raises:
        ValueError: for a loss that is not one of LOSSES.
    """
    m = np.asarray(margin, float)
    wrong, right = scipy.special.expit(m), scipy.special.expit(-m)
    return np.asarray(wrong if _is_cross_entropy(loss) else 4 * right * wrong**2)


def unlearning_time(margin: ArrayLike | float, loss: str) -> Float[np.ndarray, "*shape"]:
    """The time that gradient flow on both logits takes from the margin m to 0: the integral of dm / (2 steepness).

    It is (m + 1 - e^-m) / 2 for cross-entropy, and for the squared error
    (e^m + 3 m + 5 - 2 (1 + e^-m) - (1 + e^-m)^2 / 2) / 8. At large margins one is linear, the other exponential.

    Args:
        margin: by how much the wrong logit is ahead, 0 or more.
        loss: one of LOSSES.

    Raises:
        ValueError: for a margin below 0, and for another loss.
    """
    m = np.asarray(margin, float)
    if not (m >= 0).all():
        raise ValueError(f"margin={margin!r:.80} must be 0 or more: the wrong class is ahead")
    if _is_cross_entropy(loss):
        return np.asarray((m - np.expm1(-m)) / 2)
    inverse = 1 + np.exp(-m)
    return np.asarray((np.exp(m) + 3 * m + 5 - 2 * inverse - inverse**2 / 2) / 8)


def _is_cross_entropy(loss: str) -> bool:
    if loss not in LOSSES:
        raise ValueError(f"loss={loss!r} must be one of {', '.join(LOSSES)}")
    return loss == LOSSES[0]
