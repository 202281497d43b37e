"""How hard a confident error pushes two logits, under cross-entropy and under the squared error of softmax.

The wrong one of two classes is ahead by the margin m = z_wrong - z_right. So the right one has the probability
p = 1 / (1 + e^m). The derivative of cross-entropy, -log p, with respect to the margin is 1 - p: it grows as the answer
gets more wrong. The squared error of both outputs is 2 (1 - p)^2. Its derivative is 4 p (1 - p)^2, which vanishes as p
does. Solla, Levin & Fleisher 1988, Complex Systems 2, explain the long learning times of this error by its lack of
steepness. Nothing here is trained and nothing needs JAX.
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
    if loss not in LOSSES:
        raise ValueError(f"loss={loss!r} must be one of {', '.join(LOSSES)}")
    m = np.asarray(margin, float)
    wrong, right = scipy.special.expit(m), scipy.special.expit(-m)
    return np.asarray(wrong if loss == LOSSES[0] else 4 * right * wrong**2)
