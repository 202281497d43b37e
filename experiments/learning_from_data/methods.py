"""The classical methods: what scikit-learn fits, what is tried in tuning, and fits that are kept on disk.

Each method has a grid of four values of one number, which grows where the best of them lies at an end, and a fixed
choice of two values of another; or eight values of its only number. That makes 8 trials, as for a network.
"""

import contextlib
import hashlib
import importlib.util
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.lab import chance, stores
from experiments.learning_from_data.shared.draws import Draw
from nnjax import machine, provenance

LOGISTIC, NEIGHBOURS, SVM = "logistic regression", "nearest neighbours", "RBF SVM"
FOREST, EXTRA, BOOSTING = "random forest", "extra trees", "gradient boosting"
TREES = (FOREST, EXTRA, BOOSTING)
# Trees of a forest: fewer on very many rows, where they take long.
NUM_TREES, FEWER_TREES = 200, 100
VERY_MANY = 16_384
# More rounds on many rows, where the error still falls after a hundred.
NUM_ROUNDS, MORE_ROUNDS, MANY = 100, 300, 4_096
# Bins of a column in boosting: fewer where there are many columns, as its time grows with columns times bins.
BINS, FEWER_BINS, MANY_COLUMNS = 255, 63, 100
MOST_ITERATIONS = 300


class Trial(NamedTuple):
    """The values of both numbers of a method."""

    first: float
    second: float


class Method(NamedTuple):
    """A method: `make(trial, seed, n, d)` gives the estimator for n training rows of d columns.

    The grid `first` grows beyond its ends, but not beyond `least` and `most`, between which the number has a meaning:
    these two do not count as ends.
    """

    make: Callable[[Trial, int, int, int], Any]
    first: tuple[float, ...]
    second: tuple[float, ...]
    names: tuple[str, str]
    least: float = 0.0
    most: float = np.inf


class Fit(NamedTuple):
    """What a fit found: the share of test rows that are wrong, and the seconds of one core that it took."""

    error: float
    fit_seconds: float
    predict_seconds: float


class Tuned(NamedTuple):
    """The best trial by its mean error over the tuning draws, that error, whether it lies at an end, how many tried."""

    trial: Trial
    error: float
    at_end: int
    tried: int


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
        return kind(count, max_features=columns, min_samples_leaf=leaf, random_state=chance.seed(seed), n_jobs=1)

    return make


def _boosting(trial: Trial, seed: int, n: int, d: int) -> Any:
    from sklearn import ensemble

    kind: Any = ensemble.HistGradientBoostingClassifier
    return kind(
        learning_rate=trial.first, min_samples_leaf=int(trial.second), early_stopping=False,
        max_iter=NUM_ROUNDS if n <= MANY else MORE_ROUNDS, max_bins=BINS if d <= MANY_COLUMNS else FEWER_BINS,
        random_state=chance.seed(seed),
    )  # fmt: skip


_COLUMNS = ("columns tried at a split / sqrt(d)", "least rows of a leaf")
METHODS: dict[str, Method] = {
    LOGISTIC: Method(_logistic, tuple(10.0**i for i in range(-3, 5)), (0.0,), ("C", "")),
    NEIGHBOURS: Method(_neighbours, (1.0, 2.0, 4.0, 6.0, 10.0, 16.0, 26.0, 42.0), (0.0,), ("k", ""), least=1.0),
    SVM: Method(_svm, (0.25, 0.7, 2.0, 5.6), (4.0, 32.0), ("gamma d", "C")),
    FOREST: Method(_forest(FOREST), (0.5, 1.0, 2.0, 4.0), (1.0, 4.0), _COLUMNS, 0.25, 8.0),
    EXTRA: Method(_forest(EXTRA), (0.5, 1.0, 2.0, 4.0), (1.0, 4.0), _COLUMNS, 0.25, 8.0),
    BOOSTING: Method(_boosting, (0.05, 0.1, 0.2, 0.4), (5.0, 20.0), ("learning rate", "least rows of a leaf")),
}  # fmt: skip
CLASSICAL = tuple(METHODS)


def told(learner: str, first: float, second: float) -> str:
    """The tuned numbers of a method, or of a network, in words."""
    names = METHODS[learner].names if learner in METHODS else ("learning rate", "weight decay")
    return ", ".join(f"{name} {value:.3g}" for name, value in zip(names, (first, second), strict=True) if name)


def fitted(estimator: Any, draw: Draw) -> Fit:
    """Fit to the training rows, and count wrong answers on the test rows.

    Where all training rows are of one class, that is the answer.
    """
    with _quiet_core():
        start = time.thread_time()
        if (draw.y == draw.y[0]).all():
            answers, middle = np.full(len(draw.y_test), draw.y[0]), time.thread_time()
        else:
            estimator.fit(draw.x, draw.y)
            middle = time.thread_time()
            answers = estimator.predict(draw.x_test)
    return Fit(float(np.mean(answers != draw.y_test)), middle - start, time.thread_time() - middle)


def kept(fit: Callable[[], Fit], key: Sequence[Any], folder: Path | None) -> Fit:
    """What `fit` finds, read from the folder if it was saved there before; with None nothing is saved."""
    if folder is None:
        return fit()
    path = folder / f"{hashlib.sha256(repr(tuple(key)).encode()).hexdigest()[:20]}.npz"
    if not path.exists():
        stores.write(path, found=np.array(fit()))
    return Fit(*map(float, stores.read(path)["found"]))


def folder_of(place: Path | None, *sources: str) -> Path | None:
    """Where fits are kept, beside the store of a sweep; other code, or another scikit-learn, has another folder."""
    if place is None:
        return None
    own = Path(__file__).read_text(encoding="utf-8")
    told = repr((provenance.version("scikit-learn"), own, *sources))
    return place.with_name(f"fits-{hashlib.sha256(told.encode()).hexdigest()[:12]}")


def tuned(cost: Callable[[Trial], float], method: Method, grow: int) -> Tuned:
    """The trial of the least cost. Where the best first number lies at an end, the next beyond is tried, up to `grow`
    times, with every second number.
    """
    tried = {Trial(a, b): cost(Trial(a, b)) for a in method.first for b in method.second}
    for _ in range(grow):
        values, end = _values(tried), at_end(tried, method)
        if not end:
            break
        beyond = values[0] ** 2 / values[1] if end < 0 else values[-1] ** 2 / values[-2]
        tried |= {Trial(beyond, b): cost(Trial(beyond, b)) for b in method.second}
    best = min(tried, key=lambda one: (tried[one], one))
    return Tuned(best, tried[best], at_end(tried, method), len(tried))


def at_end(tried: dict[Trial, float], method: Method) -> int:
    """-1 where every best trial has the least first number, 1 where it has the greatest, else 0."""
    values, least = _values(tried), min(tried.values())
    best = {one.first for one, cost in tried.items() if cost == least}
    if best == {values[0]} and values[0] > method.least:
        return -1
    return 1 if best == {values[-1]} and values[-1] < method.most else 0


def together[T](jobs: Sequence[Callable[[], T]], done: Callable[[int], object] = lambda count: None) -> list[T]:
    """What the jobs return, in their order; as many jobs run at a time as there are cores."""
    check_installed()
    import sklearn.ensemble  # noqa: F401 (once, before threads import it)

    with warnings.catch_warnings(), ThreadPoolExecutor(machine.num_workers()) as pool:
        warnings.simplefilter("ignore")  # of solvers that stop early; filters are those of the process
        waiting = [pool.submit(job) for job in jobs]
        try:
            found = []
            for i, one in enumerate(waiting):
                found.append(one.result())
                done(i + 1)
            return found
        finally:
            pool.shutdown(cancel_futures=True)


def _values(tried: dict[Trial, float]) -> list[float]:
    return sorted({one.first for one in tried})


@contextlib.contextmanager
def _quiet_core() -> Iterator[None]:
    """Inside, OpenMP and BLAS take this one thread: OpenMP's limit is the calling thread's, BLAS's the process's."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="openmp"), machine.one_blas_thread():
        yield
