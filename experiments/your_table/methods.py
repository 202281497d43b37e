"""The methods that are compared, how rows are split, and what a run will take.

Each method is tuned by a random search with the same number of trials, on the same inner folds. All see the same
inputs: numbers (missing ones are medians, but boosting sees that they are missing), and a 0 or 1 for each of the most
frequent categories.
"""

import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from sklearn import compose, dummy, ensemble, impute, linear_model, model_selection, pipeline, preprocessing
from threadpoolctl import threadpool_limits

from experiments.lab.repeat import seed as other_seed
from experiments.your_table.table import Table
from nnjax import hooks, machine
from nnjax.sklearn import SweepClassifier, SweepRegressor
from nnjax.sklearn.columns import MOST_CATEGORIES

CONSTANT, LINEAR, FOREST, BOOSTING, NETWORK = "constant", "linear", "forest", "boosting", "network"
OTHERS = (LINEAR, FOREST, BOOSTING)
METHODS = (CONSTANT, *OTHERS, NETWORK)
TESTED = 5  # one row of so many is tested
INNER = 3  # folds by which settings are chosen
NUM_TREES, SEARCHED_TREES, NUM_ROUNDS = 100, 30, 100  # more trees improve all settings of a forest alike
MOST_LEAVES = 20_000  # of a tree in a forest, about: more would take gigabytes
TIMED_ROWS = 1_000  # on which the other methods are timed
COMPILING = 20.0  # seconds for each shape of networks, which a plan does not count
COPIES, MOST_MEMORY = 12, 0.8  # of the inputs in float64, held at a time; the share of the memory that may be used

type Rows = np.ndarray
type Folds = list[tuple[Rows, Rows]]


# Rows.


class Split(NamedTuple):
    """Row numbers: those of the test part [t], all others [n], and outer folds (training, held out) of these."""

    tested: Rows
    others: Rows
    folds: Folds


def split(table: Table, folds: int, repeats: int, seed: int) -> Split:
    """A test part and outer folds; all folds have the same number of training rows, so that shapes are the same.

    Raises:
        ValueError: where the rows belong to too few groups.
    """
    if table.groups is not None:
        outside = len(np.unique(table.groups)) * (TESTED - 1) // TESTED
        if outside < folds or outside * (folds - 1) // folds < 2 * INNER:
            raise ValueError(f"folds={folds} is too many for {outside} groups of rows outside of the test part")
    others, tested = _parts(table, np.arange(len(table.y)), TESTED, seed)[0]
    rng = np.random.default_rng(seed)
    made = [fold for i in range(repeats) for fold in _parts(table, others, folds, seed + 1 + i)]
    fewest = min(len(train) for train, _ in made)
    return Split(tested, rng.permutation(others), [(rng.permutation(train)[:fewest], rest) for train, rest in made])


def _parts(table: Table, rows: Rows, count: int, seed: int) -> Folds:
    """`count` folds of these rows: stratified by class, with groups kept together."""
    names = {(False, False): "KFold", (True, False): "StratifiedKFold", (False, True): "GroupKFold"}
    kind: Any = getattr(
        model_selection, names.get((bool(table.classes), table.groups is not None), "StratifiedGroupKFold")
    )
    groups = None if table.groups is None else table.groups[rows]
    found = kind(count, shuffle=True, random_state=other_seed(seed)).split(rows, table.y[rows], groups)
    return [(rows[train], rows[held_out]) for train, held_out in found]


def inner(table: Table, rows: Rows, seed: int) -> Folds:
    """The folds by which settings are chosen, the same for all methods, as places in `rows`."""
    where = np.full(int(rows.max()) + 1, -1)
    where[rows] = np.arange(len(rows))
    return [(where[train], where[held_out]) for train, held_out in _parts(table, rows, INNER, seed)]


def some(table: Table, rows: Rows, count: int) -> Rows:
    """Choose `count` of the rows, which are in random order; each class keeps its share, up to rounding."""
    order = rows[np.argsort(table.y[rows], kind="stable")] if table.classes else rows
    return order[((np.arange(count) + 0.5) * len(rows) / count).astype(int)]


# Methods.


def tuned(name: str, table: Table, rows: Rows, config: Any, seed: int) -> Any:
    """A method tuned on these rows and fitted to all of them: it has `predict`, and `predict_proba` for classes."""
    x, y, folds = table.x.iloc[rows], table.y[rows], inner(table, rows, seed)
    if name == NETWORK:
        return network(table, config, config.trials, folds, seed).fit(x, y)
    if name == CONSTANT:
        return (dummy.DummyClassifier(strategy="prior") if table.classes else dummy.DummyRegressor()).fit(x, y)
    more: Any = {"error_score": "raise", "refit": False}
    search = model_selection.RandomizedSearchCV(
        made(name, table, SEARCHED_TREES), space(name, table), n_iter=config.trials, cv=folds,
        scoring=_score if table.classes else "neg_mean_squared_error", random_state=other_seed(seed), **more,
    ).fit(x, y)  # fmt: skip
    return made(name, table).set_params(**search.best_params_).fit(x, y)


def again(name: str, fit: Any, table: Table, rows: Rows, config: Any, seed: int) -> Any:
    """A method fitted to other rows with the setting that was found. The network has that of its best candidate; inner
    folds decide again when it stops."""
    from sklearn.base import clone

    x, y = table.x.iloc[rows], table.y[rows]
    if name != NETWORK:
        copy: Any = clone(fit)
        return copy.fit(x, y)
    return network(table, config, 1, inner(table, rows, seed), seed).set_params(**fit.best_params_).fit(x, y)


def network(table: Table, config: Any, trials: int, folds: Folds, seed: int) -> Any:
    """The network, not fitted: candidates in one sweep, and the mean of the best."""
    kind: Any = SweepClassifier if table.classes else SweepRegressor
    return kind(
        config.hidden, max_iter=config.steps, n_iter=trials, cv=folds, n_estimators=config.members,
        random_state=other_seed(seed),
    )  # fmt: skip


def made(name: str, table: Table, trees: int = NUM_TREES) -> Any:
    """One of the other methods with its preprocessing of columns, not fitted."""
    words = [column for column in table.x if table.x[column].dtype == object]
    numbers = [column for column in table.x if column not in words]
    steps: list[Any] = [] if name == BOOSTING else [impute.SimpleImputer(strategy="median", keep_empty_features=True)]
    steps += [preprocessing.StandardScaler()] if name == LINEAR else []
    coder: Any = preprocessing.OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES, sparse_output=False
    )
    columns = compose.ColumnTransformer(
        [("numbers", pipeline.make_pipeline(*steps) if steps else "passthrough", numbers), ("words", coder, words)]
    )
    return pipeline.Pipeline([("columns", columns), ("method", _method(name, table, trees))])


def _method(name: str, table: Table, trees: int) -> Any:
    classes = bool(table.classes)
    if name == LINEAR:
        return linear_model.LogisticRegression(max_iter=1_000) if classes else linear_model.Ridge()
    if name == FOREST:
        forest: Any = ensemble.RandomForestClassifier if classes else ensemble.RandomForestRegressor
        return forest(trees, min_samples_leaf=_least(table), random_state=other_seed(0))
    boosting: Any = ensemble.HistGradientBoostingClassifier if classes else ensemble.HistGradientBoostingRegressor
    return boosting(max_iter=NUM_ROUNDS, early_stopping=False, random_state=other_seed(0))


def _least(table: Table) -> int:
    return -(-len(table.y) // MOST_LEAVES)


def space(name: str, table: Table) -> dict[str, Any]:
    """The distributions from which a method's settings are drawn."""
    from scipy import stats

    if name == LINEAR:
        strength = {"method__C": stats.loguniform(1e-3, 1e3)}
        return strength if table.classes else {"method__alpha": stats.loguniform(1e-3, 1e4)}
    if name == FOREST:
        leaf = stats.randint(_least(table), 10 * _least(table) + 1)
        return {"method__max_features": stats.uniform(0.1, 0.9), "method__min_samples_leaf": leaf}
    return {
        "method__learning_rate": stats.loguniform(0.02, 0.4),
        "method__max_leaf_nodes": stats.randint(4, 64),
        "method__min_samples_leaf": stats.randint(2, 41),
        "method__l2_regularization": stats.loguniform(1e-3, 10.0),
    }


def setting(name: str, fit: Any, table: Table) -> str:
    """The setting that a search has found, in words."""
    if name == CONSTANT:
        return "nothing to choose"
    every = fit.best_params_ if name == NETWORK else {key: fit.get_params()[key] for key in space(name, table)}
    told = {key.removeprefix("method__"): one for key, one in every.items()}
    return ", ".join(f"{key} {one:.3g}" if isinstance(one, float) else f"{key} {one}" for key, one in told.items())


# Answers.


def losses(table: Table, fit: Any, rows: Rows, x: Any = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a method answers on rows: its outputs [n, k], its error on each row [n], and its loss on each [n].

    Errors are 0 and 1 for classes, and squares for numbers, in standard deviations of the target; losses are minus the
    logarithm of the probability of the true class, or absolute errors in standard deviations. `x`, if given, replaces
    the inputs of these rows.
    """
    x, y = table.x.iloc[rows] if x is None else x, table.y[rows]
    if table.classes:
        chances = _chances(fit, x, len(table.classes))
        return chances, (chances.argmax(axis=1) != y).astype(float), _surprise(chances, y)
    outputs = np.asarray(fit.predict(x), float)
    off = (outputs - y) / table.y.std()
    return outputs[:, None], off**2, np.abs(off)


def _score(fit: Any, x: Any, y: np.ndarray) -> float:
    """Minus the log loss, also where a fold lacks a class, which scikit-learn's own score does not allow."""
    return -float(_surprise(_chances(fit, x, int(max(y.max(), fit.classes_.max())) + 1), y).mean())


def _chances(fit: Any, x: Any, count: int) -> np.ndarray:
    """Probabilities [n, count]; those of classes that a method has never seen are 0."""
    chances = np.zeros((len(x), count))
    chances[:, fit.classes_] = fit.predict_proba(x)
    return chances


def _surprise(chances: np.ndarray, y: np.ndarray) -> np.ndarray:
    return -np.log(np.clip(chances[np.arange(len(y)), y], 1e-12, 1.0))


# Side by side, and what it takes.


def together[T](jobs: Sequence[Callable[[], T]]) -> list[T]:
    """What the jobs of scikit-learn return, in their order: each has one core, without warnings."""

    def alone(job: Callable[[], T]) -> T:
        with threadpool_limits(1, user_api="openmp"):  # of the calling thread
            return job()

    with _quietly(), ThreadPoolExecutor(machine.num_workers()) as pool:
        return list(pool.map(alone, jobs))


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Inside, no warning is shown, such as those of solvers that stop early, which the search takes into account.

    Filters alone would not do: threads of scikit-learn reset those of other threads.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")
        warnings.showwarning = lambda *_, **__: None
        yield


class _Planned(Exception):
    """Ends a fit once its sweep is planned."""


def seconds(table: Table, parts: Split, config: Any) -> float:
    """About how long a run takes on this machine: by the plan of one sweep, and one fit of each other method."""
    plans: list[Any] = []

    def stop(plan: Any) -> None:
        plans.append(plan)
        raise _Planned

    rows, workers = parts.folds[0][0], machine.num_workers()
    with contextlib.suppress(_Planned), hooks.reviewing(stop):
        tuned(NETWORK, table, rows, config, config.seed)
    # More candidates than members are trained in two rounds of equal length; the curve takes about one search more.
    searches = len(parts.folds) + 1
    networks = plans[0].seconds(workers) * (2 if config.trials > config.members else 1) * (searches + 2)
    few = some(table, parts.others, min(TIMED_ROWS, len(parts.others)))

    def fit(name: str) -> float:
        start = time.thread_time()  # of this thread: others may keep the machine busy
        made(name, table, SEARCHED_TREES).fit(table.x.iloc[few], table.y[few])
        return time.thread_time() - start

    (one,) = together([lambda: sum(map(fit, OTHERS))])
    others = one * (len(rows) / len(few)) * (searches * (config.trials * INNER + 3)) / workers
    return networks + others + COMPILING * len(config.hidden)


def check(table: Table, needed: float, most_minutes: float) -> None:
    """Refuse a run that takes longer than was allowed, or more memory than there is.

    Raises:
        ValueError: saying what it takes and what to do.
    """
    if needed > 60 * most_minutes:
        raise ValueError(
            f"--most-minutes {most_minutes:g} is less than the {needed / 60:.1f} minutes that this will take about: "
            "allow more, or take fewer rows (--rows 20000) or trials (--trials 8)"
        )
    memory, there = 8.0 * COPIES * len(table.y) * table.num_inputs, _memory()
    if memory > MOST_MEMORY * there:
        raise ValueError(
            f"these rows would take about {memory / 1e9:.1f} GB of memory, and this machine has {there / 1e9:.1f} GB: "
            "take fewer (--rows 20000), or drop columns (--drop)"
        )


def _memory() -> float:
    """The memory of this machine in bytes; infinite where the system does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return np.inf
