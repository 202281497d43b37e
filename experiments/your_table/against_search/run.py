"""The run of `against_search`: every method on every split, one after the other, and the time of each."""

import sys
import time
import warnings
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

import nnjax
from experiments.lab import chance, checks
from experiments.your_table.against_search.config import METHODS, Config, hidden
from experiments.your_table.shared import timing
from experiments.your_table.shared.benchmark import REGRESSION, Split, load, split

# What the searches over scikit-learn's networks and boosting draw from: numbers evenly on a logarithmic axis between
# two ends, or from a list. Hidden sizes, activation and learning rates are those of the search over our networks.
MLP_ALPHA = (1e-6, 1.0)
BOOSTING_RATE, BOOSTING_LEAVES, BOOSTING_ROWS = (0.02, 0.3), (7, 15, 31), (5, 20)


class Found(NamedTuple):
    """The error on the test rows, the seconds of the fit, and how many candidates it tried."""

    error: float
    seconds: float
    candidates: int


def run(config: Config) -> xr.Dataset:
    """Errors, seconds and candidates [learner, table, split]."""
    checks.check(config)
    shape = (len(METHODS), len(config.tables), config.splits)
    found = np.empty((3, *shape))
    sizes = np.empty((3, len(config.tables)), int)
    cases = [(i, name, seed) for i, name in enumerate(config.tables) for seed in range(config.splits)]
    with timing.without_saved_programs(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scikit-learn's networks, which stop before they converge
        _start_workers()
        for i, name, seed in cases:
            one = split(name, config.rows, config.test_rows, seed)
            sizes[:, i] = len(load(name)[1]), len(one.y), len(one.y_test)
            found[:, :, i, seed] = np.transpose(compared(one, name in REGRESSION, config, seed))
            result = zip(METHODS, *found[:2, :, i, seed], strict=True)
            told = ", ".join(f"{method} {error:.4f} in {seconds:.1f} s" for method, error, seconds in result)
            print(f"{name}, split {seed}: {told}", file=sys.stderr, flush=True)
    dims = ("learner", "table", "split")
    variables: dict[str, Any] = dict(zip(("error", "seconds", "candidates"), ((dims, a) for a in found), strict=True))
    variables |= dict(zip(("num_rows", "num_train", "num_test"), (("table", a) for a in sizes), strict=True))
    attrs = {"cores": nnjax.machine.num_workers(), "processor": nnjax.machine.processor(), "trials": config.trials}
    return xr.Dataset(variables, {"learner": list(METHODS), "table": list(config.tables)}, attrs)


def compared(one: Split, regression: bool, config: Config, seed: int) -> list[Found]:
    """What the methods find on a split, in the order of METHODS."""
    searches = MLPSearches(one, regression, config, seed)
    search = searches.found()
    with threadpool_limits(1, user_api="openmp"):  # as in worker processes: two threads would wait for each other
        boosting = _timed(_boosting_search(regression, config, seed), one)
    network = _timed(_network(regression, config, seed), one)
    seconds = max(config.seconds, search.seconds)
    network_long = _timed(_network(regression, config, seed).set_params(max_seconds=seconds), one)
    # A sweep may take longer than it was allowed: the search gets what it really took.
    searches.go_on(network_long.seconds)
    return [network, search, boosting, network_long, searches.found()]


def _timed(model: Any, one: Split) -> Found:
    """What a model that searches by itself finds, with nothing compiled beforehand."""
    error, seconds = timing.timed(model, one)
    return Found(error, seconds, len(model.cv_results_["params"]))


def _network(regression: bool, config: Config, seed: int) -> Any:
    from nnjax import sklearn

    kind = sklearn.SweepRegressor if regression else sklearn.SweepClassifier
    return kind(hidden(config), n_iter=config.trials, cv=config.folds, random_state=chance.seed(seed))


class MLPSearches:
    """Searches over scikit-learn's networks on a split, of `trials` each: one, and more while there is time."""

    def __init__(self, one: Split, regression: bool, config: Config, seed: int) -> None:
        self.split, self.config, self.seed = one, config, seed
        self.model, self.space = _mlp(regression, config, seed)
        self.tried: list[Any] = []
        self.seconds: list[float] = []  # of each search
        self.last = 0.0  # seconds of the last fit to all training rows
        self._search()

    def _search(self) -> None:
        start = time.perf_counter()
        seed = self.seed + len(self.tried) * self.config.splits
        found = _searched(self.model, self.space, self.config, seed, refit=False).fit(self.split.x, self.split.y)
        self.tried.append(found)
        self.seconds.append(time.perf_counter() - start)

    def go_on(self, seconds: float) -> None:
        """Search on until the searches and a last fit have taken at least so many seconds."""
        while sum(self.seconds) + self.last < seconds:
            self._search()

    def found(self) -> Found:
        """The best of all that was tried, fitted to all training rows."""
        from sklearn.base import clone

        best = max(self.tried, key=lambda search: search.best_score_)
        fresh: Any = clone(self.model)
        start = time.perf_counter()
        chosen = fresh.set_params(**best.best_params_).fit(self.split.x, self.split.y)
        self.last = time.perf_counter() - start
        seconds = sum(self.seconds) + self.last
        return Found(timing.error(chosen, self.split), seconds, len(self.tried) * self.config.trials)


def _mlp(regression: bool, config: Config, seed: int) -> tuple[Any, dict[str, Any]]:
    """Scikit-learn's network on scaled columns, and its search space."""
    from scipy.stats import loguniform
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from nnjax.sklearn.search import RATES

    kind: Any = MLPRegressor if regression else MLPClassifier
    space = {
        "mlp__hidden_layer_sizes": hidden(config),
        "mlp__learning_rate_init": loguniform(*RATES),
        "mlp__alpha": loguniform(*MLP_ALPHA),
    }
    return Pipeline([("scale", StandardScaler()), ("mlp", kind(random_state=chance.seed(seed)))]), space


def _boosting_search(regression: bool, config: Config, seed: int) -> Any:
    from scipy.stats import loguniform
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind: Any = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    space = {
        "learning_rate": loguniform(*BOOSTING_RATE),
        "max_leaf_nodes": list(BOOSTING_LEAVES),
        "min_samples_leaf": list(BOOSTING_ROWS),
    }
    return _searched(kind(random_state=chance.seed(seed)), space, config, seed)


def _searched(model: Any, space: dict[str, Any], config: Config, seed: int, refit: bool = True) -> Any:
    from sklearn.model_selection import RandomizedSearchCV

    jobs, trials = nnjax.machine.num_workers(), config.trials
    return RandomizedSearchCV(
        model, space, n_iter=trials, cv=config.folds, random_state=chance.seed(seed), n_jobs=jobs, refit=refit
    )


def _start_workers() -> None:
    """Start scikit-learn's worker processes and load its modules, so that neither is timed."""
    import joblib

    jobs = nnjax.machine.num_workers()
    joblib.Parallel(jobs)(joblib.delayed(_mlp)(False, Config(), i) for i in range(2 * jobs))
