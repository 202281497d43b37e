"""KANs by pykan in float64: one process for each core, each with one thread, as long as there are KANs to train."""

import contextlib
import importlib
import io
import itertools
import multiprocessing
import os
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np
import xarray as xr
from tqdm import tqdm

from experiments.universal_approximation.against_kan.config import Config
from experiments.universal_approximation.against_kan.targets import (
    KAN_TARGETS,
    SPLINE_ORDER,
    grids_of,
    sample,
    tuning_grids_of,
)
from nnjax import tuning

# What is tuned, once for each target: how grids follow the data (0 all, 1 not at all, `grid_eps`), whether they do so
# while training, and the size of the first splines (`noise_scale`).
GRIDS = ((0.02, True), (0.5, True), (1.0, True), (0.02, False))
NOISES = (0.1, 0.3)


class Job(NamedTuple):
    """One KAN, trained grid by grid: each from the last one's splines, refined."""

    target: str
    grids: tuple[int, ...]
    steps: int  # of L-BFGS for each grid
    seed: int
    grid_eps: float
    follows: bool
    noise_scale: float
    num_rows: int | None = None


class Trained(NamedTuple):
    """Root mean square errors and seconds of processor time after each grid [grid]; inf where it diverged."""

    validation: np.ndarray
    test: np.ndarray
    seconds: np.ndarray


def train(job: Job) -> Trained:
    """Train one KAN with the paper's protocol, in this process and with one thread."""
    os.environ.setdefault("MPLBACKEND", "Agg")  # pykan imports pyplot
    with warnings.catch_warnings(), _silence():
        warnings.simplefilter("ignore")
        torch, KAN = importlib.import_module("torch"), importlib.import_module("kan").KAN

        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        rows = [torch.tensor(a) for a in sample(job.target, job.num_rows)]
        data = dict(zip(("train_input", "train_label", "test_input", "test_label"), rows[:4], strict=True))
        settings = {"grid_eps": job.grid_eps, "noise_scale": job.noise_scale, "seed": job.seed}
        model = KAN(
            width=list(KAN_TARGETS[job.target].shape), grid=job.grids[0], k=SPLINE_ORDER, symbolic_enabled=False,
            auto_save=False, **settings,
        )  # fmt: skip
        seconds, found = 0.0, []
        for i, grid in enumerate(job.grids):
            start = time.process_time()
            if i:
                model = model.refine(grid)
                model.auto_save = False
            model.fit(data, opt="LBFGS", steps=job.steps, log=job.steps, update_grid=job.follows)
            seconds += time.process_time() - start
            with torch.no_grad():
                errors = [float(torch.sqrt(torch.mean((model(x) - y) ** 2))) for x, y in (rows[2:4], rows[4:6])]
            found.append((*(e if np.isfinite(e) else np.inf for e in errors), seconds))
    return Trained(*np.array(found).T)


@contextlib.contextmanager
def _silence():
    """pykan prints, and draws a bar for each grid."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def kans(config: Config) -> xr.Dataset:
    """Test errors and seconds [target, grid, seed] of KANs whose settings were tuned for each target."""
    with ProcessPoolExecutor(config.processes or os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        tuned = {name: _tuned(name, config) for name in config.targets}
        every = [job for jobs in tuned.values() for job in jobs]
        tried = dict(zip(every, _shown(pool.map(train, every), len(every), "KANs, tuning"), strict=True))
        best = {name: min(jobs, key=lambda job: tried[job].validation.min()) for name, jobs in tuned.items()}
        final = [
            best[name]._replace(grids=grids_of(name, config), steps=config.kan_steps, seed=seed)
            for name in config.targets
            for seed in range(config.seeds)
        ]
        runs = dict(zip(final, _shown(pool.map(train, final), len(final), "KANs"), strict=True))
    return _labelled(runs, best, config)


def _shown(results, total: int, what: str):
    return tqdm(results, what, total, disable=None, leave=False)


def _tuned(name: str, config: Config) -> list[Job]:
    (seed,) = tuning.seeds(1)
    grids = tuning_grids_of(name, config)
    return [
        Job(name, grids, config.kan_tuning_steps, seed, eps, follows, noise, config.num_rows)
        for (eps, follows), noise in itertools.product(GRIDS, NOISES)
    ]


def _labelled(runs: dict[Job, Trained], best: dict[str, Job], config: Config) -> xr.Dataset:
    most = max(len(grids_of(name, config)) for name in config.targets)
    shape = (len(config.targets), most, config.seeds)
    test, seconds, params = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape[:2], int)
    for i, name in enumerate(config.targets):
        grids = grids_of(name, config)
        params[i, : len(grids)] = [KAN_TARGETS[name].kan_params(grid) for grid in grids]
        for job, run in runs.items():
            if job.target == name:
                test[i, : len(grids), job.seed], seconds[i, : len(grids), job.seed] = run.test, run.seconds
    dims = ("target", "size", "seed")
    return xr.Dataset(
        {
            "kan": (dims, test),
            "kan_seconds": (dims, seconds),
            "kan_params": (dims[:2], params),
            "kan_grid": (dims[:2], [_padded(grids_of(name, config), most) for name in config.targets]),
            "kan_setting": ("target", [_words(best[name]) for name in config.targets]),
        },
        coords={"target": list(config.targets), "seed": np.arange(config.seeds)},
    )


def _padded(values: tuple[int, ...], length: int) -> list[int]:
    return [*values, *[0] * (length - len(values))]


def _words(job: Job) -> str:
    follows = "updated" if job.follows else "not updated"
    return f"grid_eps {job.grid_eps:g}, grids {follows}, noise {job.noise_scale:g}"
