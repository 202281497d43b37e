"""The classical methods: what scikit-learn fits, and the values that are tried in tuning.

Each method has four values of one number and a choice of two values of another, or eight values of its only number.
That makes 8 trials, as for a network. Where the best of the four lies at an end, the grid grows.
"""

import contextlib
import importlib.util
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from experiments.lab import repeat
from experiments.learning_from_data.draws import Draw
from experiments.learning_from_data.grids import Cost, Number, Trial, Tuned, choice, tuned
from nnjax import machine

LOGISTIC, NEIGHBOURS, SVM = "logistic regression", "nearest neighbours", "RBF SVM"
FOREST, EXTRA, BOOSTING = "random forest", "extra trees", "gradient boosting"
# Trees of a forest: fewer on very many rows, where they take long.
NUM_TREES, FEWER_TREES = 200, 100
VERY_MANY = 16_384
# More rounds on many rows, where the error still falls after a hundred.
NUM_ROUNDS, MORE_ROUNDS, MANY = 100, 300, 4_096
# Bins of a column in boosting: fewer where there are many columns, as its time grows with columns times bins.
BINS, FEWER_BINS, MANY_COLUMNS = 255, 63, 100
MOST_ITERATIONS = 300


class Method(NamedTuple):
    """A method: `make(trial, seed, n, d)` gives the estimator for n training rows of d columns."""

    make: Callable[[Trial, int, int, int], Any]
    first: Number
    second: Number = choice(0.0)


class Fit(NamedTuple):
    """The share of test rows that are wrong, the `shortfall` (nan unless asked for), and seconds of one core."""

    error: float
    shortfall: float
    fit_seconds: float


def check_installed() -> None:
    """Raise an ImportError that says what to install, where scikit-learn is missing, before anything runs."""
    if importlib.util.find_spec("sklearn") is None:
        raise ImportError(
            "the classical methods come from scikit-learn, which is not installed: pip install scikit-learn"
        )


def _logistic(trial: Trial, seed: int, n: int, d: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=trial.first, max_iter=MOST_ITERATIONS)


def _neighbours(trial: Trial, seed: int, n: int, d: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(min(int(trial.first), n))


def _svm(trial: Trial, seed: int, n: int, d: int) -> Any:
    from sklearn import svm

    kind: Any = svm.SVC
    return kind(gamma=trial.first / d, C=trial.second, cache_size=500)


def _forest(name: str) -> Callable[[Trial, int, int, int], Any]:
    def make(trial: Trial, seed: int, n: int, d: int) -> Any:
        from sklearn import ensemble

        kind: Any = ensemble.RandomForestClassifier if name == FOREST else ensemble.ExtraTreesClassifier
        columns = int(np.clip(round(trial.first * np.sqrt(d)), 1, d))
        leaf = int(trial.second)
        count = NUM_TREES if n <= VERY_MANY else FEWER_TREES
        return kind(count, max_features=columns, min_samples_leaf=leaf, random_state=repeat.seed(seed), n_jobs=1)

    return make


def _boosting(trial: Trial, seed: int, n: int, d: int) -> Any:
    from sklearn import ensemble

    kind: Any = ensemble.HistGradientBoostingClassifier
    return kind(
        learning_rate=trial.first, min_samples_leaf=int(trial.second), early_stopping=False,
        max_iter=NUM_ROUNDS if n <= MANY else MORE_ROUNDS, max_bins=BINS if d <= MANY_COLUMNS else FEWER_BINS,
        random_state=repeat.seed(seed),
    )  # fmt: skip


_COLUMNS = Number((0.5, 1.0, 2.0, 4.0), 0.25, 8.0)  # tried at a split, over sqrt(d)
METHODS: dict[str, Method] = {
    LOGISTIC: Method(_logistic, Number(tuple(10.0**i for i in range(-3, 5)))),  # C
    NEIGHBOURS: Method(_neighbours, Number((1.0, 2.0, 4.0, 6.0, 10.0, 16.0, 26.0, 42.0), least=1.0)),  # k
    SVM: Method(_svm, Number((0.25, 0.7, 2.0, 5.6)), choice(4.0, 32.0)),  # gamma d; C
    FOREST: Method(_forest(FOREST), _COLUMNS, choice(1.0, 4.0)),  # the second is the least rows of a leaf
    EXTRA: Method(_forest(EXTRA), _COLUMNS, choice(1.0, 4.0)),
    BOOSTING: Method(_boosting, Number((0.05, 0.1, 0.2, 0.4)), choice(5.0, 20.0)),  # learning rate; rows of a leaf
}
CLASSICAL = tuple(METHODS)


def fitted(estimator: Any, draw: Draw, with_shortfall: bool = False) -> Fit:
    """Fit to the training rows in one thread, and count wrong answers on the test rows.

    Where all training rows are of one class, that is the answer.
    """
    with _one_core():
        start = time.thread_time()
        if (draw.y == draw.y[0]).all():
            error = float(np.mean(draw.y_test != draw.y[0]))
            return Fit(error, 2 * error, time.thread_time() - start)
        estimator.fit(draw.x, draw.y)
        seconds, short = time.thread_time() - start, np.nan
        error = float(np.mean(estimator.predict(draw.x_test) != draw.y_test))
        if with_shortfall:
            score = getattr(estimator, "predict_proba", None) or estimator.decision_function
            short = shortfall(np.asarray(score(draw.x_test), float), draw.y_test, estimator.classes_)
    return Fit(error, short, seconds)


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


def measured(
    method: Method, numbers: tuple[Number, Number], tuned_on: Mapping[int, Draw], reported: Sequence[Draw], grow: int,
    with_shortfall: bool = False,
) -> tuple[Tuned, list[Fit]]:  # fmt: skip
    """Tune the numbers of a method, and fit it with the best to the reported draws.

    Tuning is on draws by their seeds, by error and, if asked for, shortfall. The seeds of the reported draws are 0, 1,
    2, ...
    """

    def fit(trial: Trial, seed: int, draw: Draw) -> Fit:
        return fitted(method.make(trial, seed, *draw.x.shape), draw, with_shortfall)

    def cost(trial: Trial) -> Cost:
        fits = [fit(trial, seed, draw) for seed, draw in tuned_on.items()]
        error, short = (float(np.mean([getattr(one, name) for one in fits])) for name in ("error", "shortfall"))
        return Cost(error, short if with_shortfall else 0.0)

    best = tuned(lambda firsts, seconds: {one: cost(one) for one in map(Trial._make, product(firsts, seconds))},
                 numbers, grow)  # fmt: skip
    return best, [fit(best.trial, seed, draw) for seed, draw in enumerate(reported)]


def in_threads[T](jobs: Sequence[Callable[[], T]]) -> list[T]:
    """What the jobs return, in their order; as many run at a time as there are cores."""
    check_installed()
    import sklearn.ensemble  # noqa: F401 (once, before threads import it)

    with warnings.catch_warnings(), ThreadPoolExecutor(machine.num_workers()) as pool:
        warnings.simplefilter("ignore")  # of solvers that stop early; filters are those of the process
        waiting = [pool.submit(job) for job in jobs]
        try:
            return [one.result() for one in waiting]
        finally:
            pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _one_core() -> Iterator[None]:
    """Inside, OpenMP and BLAS take this one thread: OpenMP's limit is the calling thread's, BLAS's the process's."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="openmp"), machine.one_blas_thread():
        yield
