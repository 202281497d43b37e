"""The classical methods of `sample_size`, with grids that grow in both numbers, and the errors of their fits."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from experiments.lab import stores
from experiments.learning_from_data.features.search import Cost, Number
from experiments.learning_from_data.shared.draws import Draw
from experiments.learning_from_data.shared.methods import BOOSTING, FOREST, METHODS, SVM
from nnjax import machine

# The second numbers, which in `sample_size` are a choice of two: the penalty C, and the least rows of a leaf.
SECOND = {SVM: Number((4.0, 32.0)), FOREST: Number((1.0, 4.0), least=1), BOOSTING: Number((4.0, 16.0), least=1)}


def numbers(method: str) -> tuple[Number, Number]:
    """The two numbers of a method that are tuned."""
    own = METHODS[method]
    return Number(own.first, own.least, own.most), SECOND.get(method, Number(own.second))


def fitted(estimator: Any, draw: Draw) -> Cost:
    """Fit to the training rows, in one thread: the share of test rows that are wrong, and their `shortfall`."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="openmp"), machine.one_blas_thread():
        if (draw.y == draw.y[0]).all():  # then this class is every answer
            error = float(np.mean(draw.y[0] != draw.y_test))
            return Cost(error, 2 * error)
        estimator.fit(draw.x, draw.y)
        score = getattr(estimator, "predict_proba", None) or estimator.decision_function
        error = float(np.mean(estimator.predict(draw.x_test) != draw.y_test))
        return Cost(error, shortfall(np.asarray(score(draw.x_test), float), draw.y_test, estimator.classes_))


def shortfall(
    score: Float[np.ndarray, "t k"] | Float[np.ndarray, " t"], y: Int[np.ndarray, " t"], classes: Any
) -> float:
    """The mean over rows of how far the right score falls short of 1 above the greatest other score, but at least 0.

    Scores are probabilities of the classes, or those of an SVM, which are one number per row for two classes.
    """
    score = np.stack([-score, score], axis=1) if score.ndim == 1 else score
    own = y[:, None] == np.asarray(classes)
    right = np.where(own.any(axis=1), np.where(own, score, -np.inf).max(axis=1), 0.0)  # a class never seen has 0
    return float(np.maximum(0.0, 1.0 - right + np.where(own, -np.inf, score).max(axis=1)).mean())


def kept(fit: Callable[[], Cost], key: Sequence[Any], folder: Path | None) -> Cost:
    """What `fit` finds, read from the folder if it was saved there before; with None nothing is saved."""
    if folder is None:
        return fit()
    path = folder / f"{hashlib.sha256(repr(tuple(key)).encode()).hexdigest()[:20]}.npz"
    if not path.exists():
        stores.write(path, found=np.array(fit()))
    return Cost(*map(float, stores.read(path)["found"]))
