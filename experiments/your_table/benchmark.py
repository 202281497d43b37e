"""`your_table benchmark [--preset full]`: networks chosen by `nnjax.sklearn` beside other ways to fit a table.

On eleven tables: scikit-learn's random search over its own networks, and over boosting, at as many trials; and, where
pytabkit is installed (`pip install -e '.[peers]'`), RealMLP and TabM beside our defaults. Random splits are the same
for all methods, with equal rows on one side; at most 800 rows of a table are for training and 2,000 for testing. The
error is the share of wrong test rows, and 1 - R^2 for diabetes. Each fit is timed with nothing compiled beforehand. Our
network is the mean of eight and TabM of 32, the others are single: a lower error may come from the mean.

With `--preset full` (about two hours on two cores) the tables are kept in results/your_table/: benchmark.csv has a row
for each table and method, benchmark_methods.csv a row for each method.
"""

import importlib
import importlib.util
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from experiments.lab import results, tables
from experiments.lab.claims import ROOT, Refused
from experiments.lab.repeat import seed as other_seed

FOLDER = ROOT.parent / "results" / "your_table"
REGRESSION = "diabetes"  # there a number is predicted
TABLES = (
    "wine", "breast_cancer", "diabetes", "digits", "segment", "spambase", "optdigits", "satimage", "penbased", "magic",
    "letter",
)  # fmt: skip
SAME_TRIALS, DEFAULTS = "network, same trials", "network, defaults"
MLP, BOOSTING, REALMLP, TABM = "MLP search", "boosting search", "RealMLP", "TabM"
BESIDE = {MLP: SAME_TRIALS, BOOSTING: SAME_TRIALS, REALMLP: DEFAULTS, TABM: DEFAULTS}  # which network each is beside
PEERS = {REALMLP: "RealMLP_TD", TABM: "TabM_D"}  # their names in pytabkit


class Size(NamedTuple):
    """How much is fitted: tables, random splits of each, rows, trials of a search, folds, and hidden sizes."""

    tables: Sequence[str] = TABLES
    splits: int = 5
    rows: int = 800
    test_rows: int = 2_000
    trials: int = 9
    folds: int = 3
    hidden: Sequence[tuple[int, ...]] = ((64,), (256,), (128, 128))


FULL, QUICK = Size(), Size(("wine",), 2, 60, 50, 2, 2, ((16,),))


class Split(NamedTuple):
    """Training rows x [n, d], y [n] and test rows; `total` is the number of rows of the whole table."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    total: int


def split(name: str, rows: int, test_rows: int, seed: int) -> Split:
    """A random split into `rows` training rows (at most 0.7 of the table) and at most `test_rows` test rows."""
    if name in tables.TABLES:
        x, y = tables.table(name)
    else:
        from sklearn import datasets

        x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    group = np.unique(x, axis=0, return_inverse=True)[1].ravel()
    rng = np.random.default_rng((seed, *name.encode()))
    place = rng.permutation(group.max() + 1)[group]
    order = np.argsort(place, kind="stable")
    num_train = min(rows, int(0.7 * len(y)))
    cut = min(test_rows, len(y) - num_train)
    while cut > 1 and group[order[cut - 1]] == group[order[cut]]:  # equal rows lie on one side
        cut -= 1
    test, train = order[:cut], rng.permutation(order[cut : cut + num_train])
    return Split(x[train], y[train], x[test], y[test], len(y))


# The methods: each makes an estimator, and says on how many cores it fits.


def methods(size: Size) -> dict[str, Callable[[bool, int], tuple[Any, int]]]:
    """The methods that are installed, as functions of (regression, seed)."""
    from nnjax import machine, sklearn

    workers = machine.num_workers()

    def network(regression: bool, seed: int, **more: Any) -> tuple[Any, int]:
        kind: Any = sklearn.SweepRegressor if regression else sklearn.SweepClassifier
        return kind(random_state=seed, **more), workers

    same = {"hidden_layer_sizes": list(size.hidden), "n_iter": size.trials, "cv": size.folds}
    small = {} if size is FULL else same | {"max_iter": 50}
    found: dict[str, Callable[[bool, int], tuple[Any, int]]] = {
        SAME_TRIALS: lambda regression, seed: network(regression, seed, **same),
        MLP: lambda regression, seed: (_mlp_search(size, regression, seed, workers), workers),
        BOOSTING: lambda regression, seed: (_boosting_search(size, regression, seed, workers), workers),
    }
    if importlib.util.find_spec("pytabkit"):
        found[DEFAULTS] = lambda regression, seed: network(regression, seed, **small)
        for peer, name in PEERS.items():
            found[peer] = lambda regression, seed, name=name: (_peer(name, regression, seed), 1)
    return found


def _mlp_search(size: Size, regression: bool, seed: int, workers: int) -> Any:
    from scipy.stats import loguniform
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from nnjax.sklearn.search import RATES

    kind: Any = MLPRegressor if regression else MLPClassifier
    space = {
        "mlp__hidden_layer_sizes": list(size.hidden),
        "mlp__learning_rate_init": loguniform(*RATES),
        "mlp__alpha": loguniform(1e-6, 1.0),
    }
    model = Pipeline([("scale", StandardScaler()), ("mlp", kind(random_state=seed))])
    return _searched(model, space, size, seed, workers)


def _boosting_search(size: Size, regression: bool, seed: int, workers: int) -> Any:
    from scipy.stats import loguniform
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind: Any = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    space = {
        "learning_rate": loguniform(0.02, 0.3), "max_leaf_nodes": [7, 15, 31], "min_samples_leaf": [5, 20],
    }  # fmt: skip
    return _searched(kind(random_state=seed), space, size, seed, workers)


def _searched(model: Any, space: dict[str, Any], size: Size, seed: int, workers: int) -> Any:
    from sklearn.model_selection import RandomizedSearchCV

    return RandomizedSearchCV(model, space, n_iter=size.trials, cv=size.folds, random_state=seed, n_jobs=workers)


def _peer(name: str, regression: bool, seed: int) -> Any:
    kind = getattr(importlib.import_module("pytabkit"), f"{name}_{'Regressor' if regression else 'Classifier'}")
    return kind(device="cpu", n_threads=1, random_state=seed)


# Measuring, and the tables.


def measured(size: Size) -> pd.DataFrame:
    """A row for each table, split and method: error and core seconds."""
    import jax
    import joblib
    from threadpoolctl import threadpool_limits

    import nnjax

    found, workers = [], nnjax.machine.num_workers()
    joblib.Parallel(workers)(joblib.delayed(methods)(size) for _ in range(2 * workers))  # starts processes, not timed
    every = methods(size)
    for name, seed in [(name, seed) for name in size.tables for seed in range(size.splits)]:
        one = split(name, size.rows, size.test_rows, seed)
        for method, make in every.items():
            model, cores = make(name == REGRESSION, other_seed(seed))
            nnjax.clear_caches()
            jax.clear_caches()
            # One thread in each worker process, and so here: two would wait for each other.
            with warnings.catch_warnings(), threadpool_limits(1, user_api="openmp"):
                warnings.simplefilter("ignore")  # of networks that stop before they converge
                start = time.perf_counter()
                model.fit(one.x, one.y)
                seconds = (time.perf_counter() - start) * cores
                error = 1 - float(model.score(one.x_test, one.y_test))
            sizes = {"training_rows": len(one.y), "test_rows": len(one.y_test), "total": one.total}
            row = {"table": name, "split": seed, "method": method, "error": error, "core_seconds": seconds}
            found.append(row | sizes)
            print(
                f"{name}, split {seed}: {method} {error:.4f}, {seconds:.1f} core seconds", file=sys.stderr, flush=True
            )
    return pd.DataFrame(found)


def by_table(found: pd.DataFrame) -> pd.DataFrame:
    """A row for each table and method; by how much the network beside it errs more, paired by split.

    Intervals are those of the corrected resampled t-test: a test row of one split is a test row of another with the
    probability of being drawn (Nadeau & Bengio 2003).
    """
    from nnjax import statistics

    rows = []
    for place, one in found.groupby(["table", "method"], sort=False):
        name, method = cast(tuple[str, str], place)
        row = {"table": name, "method": method, "training_rows": one.training_rows.iloc[0]}
        row |= {"test_rows": one.test_rows.iloc[0], "splits": len(one), "error": one.error.mean()}
        row |= {"sd_over_splits": one.error.std(), "core_seconds": one.core_seconds.median()}
        if method in BESIDE:
            ours = found[(found.table == name) & (found.method == BESIDE[method])]
            overlap = float(row["test_rows"] / (one.total.iloc[0] - row["test_rows"]))
            minus = statistics.mean(ours.error.to_numpy() - one.error.to_numpy(), overlap=overlap)
            row |= dict(zip(("network_minus_this", "low", "high"), np.round(minus[:3], 12), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def by_method(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each method: the error of the network beside it by its own, in the geometric mean over tables with its
    95% interval; on how many tables that network errs less; and core seconds. An error of 0 counts as half a row."""
    from nnjax import statistics

    least = 0.5 / (rows.test_rows * rows.splits)
    rows = rows.assign(error=np.maximum(rows.error, least)).set_index(["method", "table"])
    found = []
    for method in dict.fromkeys(rows.index.get_level_values("method")):
        own = rows.loc[method]
        row = {"method": method, "tables": len(own), "core_seconds": own.core_seconds.median()}
        if method in BESIDE:
            logs = np.log((rows.loc[BESIDE[method]].error / own.error).to_numpy())
            ends = statistics.mean(logs)[:3] if len(logs) > 1 else (logs[0], -np.inf, np.inf)
            row |= dict(zip(("network_over_this", "low", "high"), np.exp(ends), strict=True))
            row["network_errs_less"] = int((logs < -1e-9).sum())
        found.append(row)
    return pd.DataFrame(found)


def write(found: pd.DataFrame, folder: Any, **origin: Any) -> None:
    """Keep both tables, with columns that say where and when they were measured."""
    rows = by_table(found)
    with results.replacing(folder) as room:
        for name, table in (("benchmark", rows), ("benchmark_methods", by_method(rows))):
            results.write_frame(table.assign(**origin), room / f"{name}.csv", digits=4)


def command(arguments: Sequence[str]) -> str:
    """Run the benchmark, print its tables, and keep those of FULL.

    Raises:
        Refused: for anything but `--preset full` or `--preset quick`.
    """
    if list(arguments) not in ([], ["--preset", "quick"], ["--preset", "full"]):
        raise Refused(f"benchmark takes nothing but --preset full, here {' '.join(arguments)}")
    import jax

    from nnjax import machine

    jax.config.update("jax_enable_compilation_cache", False)  # so that times include compiling
    full = "full" in arguments
    found = measured(FULL if full else QUICK)
    for table in (by_table(found), by_method(by_table(found))):
        print(f"\n{table.to_string(index=False, float_format='{:,.3g}'.format, na_rep='')}", flush=True)
    if not full:
        return (
            "\nThis is a toy, too small to compare; --preset full measures, and keeps results/your_table/benchmark.csv"
        )
    write(found, FOLDER, processor=machine.processor(), date=datetime.now(UTC).date().isoformat())
    return f"\nkept in {results.relative(FOLDER)}"
