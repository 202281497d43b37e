"""The run of `against_peers`: our network on every split, one after the other, then the others, one core each."""

import contextlib
import importlib
import io
import itertools
import logging
import sys
import warnings
from typing import Any

import joblib
import numpy as np
import xarray as xr

import nnjax
from experiments.lab import chance
from experiments.your_table.against_peers.config import METHODS, NETWORK, PEERS, Config, check
from experiments.your_table.shared import timing
from experiments.your_table.shared.benchmark import REGRESSION, Split, load, split
from experiments.your_table.shared.timing import Fitted
from nnjax import provenance


def run(config: Config) -> xr.Dataset:
    """Errors and seconds of one core [learner, table, split]."""
    check(config)
    seeds = range(config.first_split, config.first_split + config.splits)
    cases = list(itertools.product(config.tables, seeds))
    splits = [split(name, config.rows, config.test_rows, seed) for name, seed in cases]
    found: dict[tuple[str, str, int], Fitted] = {}
    with timing.without_saved_programs():
        for (name, seed), one in zip(cases, splits, strict=True):
            fitted = timing.timed(_network(name in REGRESSION, seed), one)
            found[NETWORK, name, seed] = fitted._replace(seconds=fitted.seconds * nnjax.machine.num_workers())
            _tell(NETWORK, name, seed, found)
    jobs = [(peer, *case) for peer in PEERS[::-1] for case in cases]  # the slowest first
    parallel = joblib.Parallel(nnjax.machine.num_workers(), return_as="generator")
    offset = chance.seed(0)  # worker processes do not know of a replication
    results: Any = parallel(
        joblib.delayed(peer_fit)(peer, name in REGRESSION, one, offset + seed)
        for (peer, name, seed), one in zip(jobs, splits * len(PEERS), strict=True)
    )
    for job, fitted in zip(jobs, results, strict=True):
        found[job] = fitted
        _tell(*job, found)
    shape = (len(METHODS), len(config.tables), config.splits)
    every = [found[one] for one in itertools.product(METHODS, config.tables, seeds)]
    dims = ("learner", "table", "split")
    variables: dict[str, Any] = {
        name: (dims, np.reshape([getattr(one, name) for one in every], shape)) for name in Fitted._fields
    }
    first = splits[:: config.splits]
    variables["num_rows"] = ("table", [len(load(name)[1]) for name in config.tables])
    variables |= {"num_train": ("table", [len(one.y) for one in first])}
    variables |= {"num_test": ("table", [len(one.y_test) for one in first])}
    attrs = {
        "cores": nnjax.machine.num_workers(), "processor": nnjax.machine.processor(),
        "versions": {name: provenance.version(name) for name in ("torch", "pytabkit")},
    }  # fmt: skip
    return xr.Dataset(variables, {"learner": list(METHODS), "table": list(config.tables)}, attrs)


def peer_fit(peer: str, regression: bool, one: Split, seed: int) -> Fitted:
    """One of the other networks at pytabkit's defaults, in this process and with one thread."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        pytabkit = importlib.import_module("pytabkit")
        for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric"):
            logging.getLogger(name).setLevel(logging.ERROR)
        kind = getattr(pytabkit, f"{peer}_{'TD' if peer == 'RealMLP' else 'D'}_{_kind(regression)}")
        return timing.timed(kind(device="cpu", n_threads=1, random_state=seed), one)


def _network(regression: bool, seed: int) -> Any:
    from nnjax import sklearn

    return getattr(sklearn, f"Sweep{_kind(regression)}")(random_state=chance.seed(seed))


def _kind(regression: bool) -> str:
    return "Regressor" if regression else "Classifier"


def _tell(method: str, name: str, seed: int, found: dict[tuple[str, str, int], Fitted]) -> None:
    error, seconds = found[method, name, seed]
    print(f"{name}, split {seed}: {method} {error:.4f}, {seconds:.1f} s of one core", file=sys.stderr, flush=True)
