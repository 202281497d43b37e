"""The methods that are compared. Each is tuned by a random search with the same number of trials, on inner folds.

The others see the same inputs as the network: numbers (missing ones are medians, but boosting sees that they are
missing), and a 0 or 1 for each of the most frequent categories.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from experiments.lab import chance
from experiments.your_table.right_tool.config import Config
from experiments.your_table.right_tool.splits import Folds, Rows, parts, places
from experiments.your_table.right_tool.summary import BOOSTING, DUMMY, FOREST, LINEAR, NETWORK
from experiments.your_table.shared.columns import MOST_CATEGORIES
from experiments.your_table.shared.describe import Table
from nnjax import machine

# Trees of a forest, and of forests tried in a search, as more trees improve all settings alike; rounds of boosting.
NUM_TREES, SEARCHED_TREES, NUM_ROUNDS = 100, 30, 100
MOST_ITERATIONS = 1_000
FEW_ROWS = 10_000  # up to which threads inside a method cost more than they gain
MOST_LEAVES = 20_000  # of a tree in a forest, about: more would take gigabytes


def fitted(name: str, table: Table, rows: Rows, config: Config, seed: int) -> Any:
    """A method tuned on these rows and fitted to all of them: it has `predict`, and `predict_proba` for classes."""
    x, y, inner = table.x.iloc[rows], table.y[rows], _inner(table, rows, config, seed)
    if name == NETWORK:
        return network(table, config, config.trials, inner, seed).fit(x, y)
    if name == DUMMY:
        return _constant(table).fit(x, y)
    from sklearn.model_selection import RandomizedSearchCV

    more: Any = {
        "n_iter": config.trials,
        "cv": inner,
        "random_state": chance.seed(seed),
        "error_score": "raise",
        "refit": False,
    }
    more["scoring"] = _score if table.classes else "neg_mean_squared_error"
    found = RandomizedSearchCV(pipeline(name, table, SEARCHED_TREES), space(name, table), **more).fit(x, y)
    return pipeline(name, table).set_params(**found.best_params_).fit(x, y)


def setting(name: str, fit: Any) -> Any:
    """The setting that a search has found, as `again` takes it, without the fitted trees, which may be large."""
    from sklearn.base import clone

    return fit.best_params_ if name == NETWORK else clone(fit)


def again(name: str, found: Any, table: Table, rows: Rows, config: Config, seed: int) -> Any:
    """A method fitted to other rows with the setting that was found. The network has that of its best candidate; inner
    folds decide again when it stops."""
    from sklearn.base import clone

    x, y = table.x.iloc[rows], table.y[rows]
    if name == NETWORK:
        inner = _inner(table, rows, config, seed)
        return network(table, config, 1, inner, seed).set_params(**found).fit(x, y)
    copy: Any = clone(found)
    return copy.fit(x, y)


def together[T](jobs: Sequence[Callable[[], T]], rows: int) -> list[T]:
    """What the jobs return, in their order. With few rows each job has one core, with many one job has all cores."""
    from threadpoolctl import threadpool_limits

    workers = machine.num_workers()
    few = rows <= FEW_ROWS

    def alone(job: Callable[[], T]) -> T:
        with threadpool_limits(1 if few else workers, user_api="openmp"):  # of the calling thread
            return job()

    with ThreadPoolExecutor(workers if few else 1) as pool:
        return list(pool.map(alone, jobs))


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Inside, no warning is shown, such as those of solvers that stop early, which the search takes into account.

    Filters alone would not do: threads of scikit-learn reset those of other threads.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")
        warnings.showwarning = lambda *_, **__: None
        yield


def network(table: Table, config: Config, trials: int, inner: Folds, seed: int) -> Any:
    """The network, not fitted: candidates in one sweep, and the mean of the best."""
    from nnjax.sklearn import SweepClassifier, SweepRegressor

    kind: Any = SweepClassifier if table.classes else SweepRegressor
    return kind(
        config.hidden, max_iter=config.steps, n_iter=trials, cv=inner, n_estimators=config.members,
        random_state=chance.seed(seed),
    )  # fmt: skip


def pipeline(name: str, table: Table, trees: int = NUM_TREES) -> Any:
    """One of the other methods with its preprocessing of columns, not fitted."""
    from sklearn import compose, impute, pipeline, preprocessing

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


def space(name: str, table: Table) -> dict[str, Any]:
    """The distributions from which a method's settings are drawn."""
    from scipy import stats

    if name == LINEAR:
        strength = {"method__C": stats.loguniform(1e-3, 1e3)}
        return strength if table.classes else {"method__alpha": stats.loguniform(1e-3, 1e4)}
    if name == FOREST:
        least = -(-len(table.y) // MOST_LEAVES)
        leaf = stats.randint(least, 10 * least + 1)
        return {"method__max_features": stats.uniform(0.1, 0.9), "method__min_samples_leaf": leaf}
    return {
        "method__learning_rate": stats.loguniform(0.02, 0.4),
        "method__max_leaf_nodes": stats.randint(4, 64),
        "method__min_samples_leaf": stats.randint(2, 41),
        "method__l2_regularization": stats.loguniform(1e-3, 10.0),
    }


def chosen(name: str, fit: Any, table: Table) -> str:
    """The setting that a search has found, in words."""
    if name == DUMMY:
        return "nothing to choose"
    every = fit.best_params_ if name == NETWORK else {key: fit.get_params()[key] for key in space(name, table)}
    told = {key.removeprefix("method__"): one for key, one in every.items()}
    return ", ".join(f"{key} {one:.3g}" if isinstance(one, float) else f"{key} {one}" for key, one in told.items())


def _method(name: str, table: Table, trees: int) -> Any:
    from sklearn import ensemble, linear_model

    kind: Any
    classes = bool(table.classes)
    if name == LINEAR:
        return linear_model.LogisticRegression(max_iter=MOST_ITERATIONS) if classes else linear_model.Ridge()
    if name == FOREST:
        kind = ensemble.RandomForestClassifier if classes else ensemble.RandomForestRegressor
        least = -(-len(table.y) // MOST_LEAVES)
        workers = 1 if len(table.y) <= FEW_ROWS else machine.num_workers()
        return kind(trees, min_samples_leaf=least, n_jobs=workers, random_state=chance.seed(0))
    kind = ensemble.HistGradientBoostingClassifier if classes else ensemble.HistGradientBoostingRegressor
    return kind(max_iter=NUM_ROUNDS, early_stopping=False, random_state=chance.seed(0))


def _inner(table: Table, rows: Rows, config: Config, seed: int) -> Folds:
    """The folds by which settings are chosen, the same for all methods, as places in `rows`."""
    return places(parts(table, rows, config.inner_folds, seed), rows)


def _constant(table: Table) -> Any:
    """The constant answer: the shares of the classes, or the mean."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return DummyClassifier(strategy="prior") if table.classes else DummyRegressor()


def _score(fit: Any, x: Any, y: np.ndarray) -> float:
    """Minus the log loss, also where a fold lacks a class, which scikit-learn's own score does not allow."""
    return -float(_surprise(_chances(fit, x, int(max(y.max(), fit.classes_.max())) + 1), y).mean())


def _chances(fit: Any, x: Any, count: int) -> np.ndarray:
    """Probabilities [n, count]; those of classes that a method has never seen are 0."""
    chances = np.zeros((len(x), count))
    chances[:, fit.classes_] = fit.predict_proba(x)
    return chances


def _surprise(chances: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Minus the logarithm of the probability of the true class [n]."""
    return -np.log(np.clip(chances[np.arange(len(y)), y], 1e-12, 1.0))


def losses(table: Table, fit: Any, rows: Rows, x: Any = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a method answers on rows [n]: its outputs [n, k], its error on each row [n], and its loss on each [n].

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
