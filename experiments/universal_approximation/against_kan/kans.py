"""KANs by pykan in float64: one process for each core, each with one thread, as long as there are KANs to train.

Such a process draws nothing itself: its job holds rows and seeds, so that they are those of the replication.
"""

import contextlib
import importlib
import io
import itertools
import multiprocessing
import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import xarray as xr
from tqdm import tqdm

from experiments.lab import chance
from experiments.universal_approximation.against_kan.config import Config
from experiments.universal_approximation.against_kan.targets import (
    KAN_TARGETS,
    SPLINE_ORDER,
    Sample,
    grids_of,
    sample,
    tuning_grids_of,
)
from nnjax import tuning


class Setting(NamedTuple):
    """How grids follow the data (0 all, 1 not at all), whether they do so in training, and the first splines' size."""

    grid_eps: float
    follows: bool
    noise_scale: float


# What is tuned, once for each target.
SETTINGS = tuple(
    Setting(*grids, noise)
    for grids, noise in itertools.product(((0.02, True), (0.5, True), (1.0, True), (0.02, False)), (0.1, 0.3))
)


class Job(NamedTuple):
    """One KAN, trained grid by grid; each grid starts from the splines of the one before, refined."""

    shape: tuple[int, ...]
    grids: tuple[int, ...]
    steps: int  # of L-BFGS for each grid
    setting: Setting
    rows: Sample
    seed: int


class Trained(NamedTuple):
    """After each grid [grid]: root mean square errors, inf where the KAN diverged; and up to then, seconds of processor
    time and iterations of L-BFGS, of which a step that gets no further has fewer than 20."""

    validation: np.ndarray
    test: np.ndarray
    seconds: np.ndarray
    iterations: np.ndarray


def train(job: Job) -> Trained:
    """Train one KAN with the paper's protocol, in this process and with one thread."""
    with quiet_torch() as torch, _optimizers() as made:
        rows = [torch.tensor(a) for a in job.rows]
        data = dict(zip(("train_input", "train_label", "test_input", "test_label"), rows[:4], strict=True))
        model = importlib.import_module("kan").KAN(
            width=list(job.shape), grid=job.grids[0], k=SPLINE_ORDER, symbolic_enabled=False, auto_save=False,
            grid_eps=job.setting.grid_eps, noise_scale=job.setting.noise_scale, seed=job.seed,
        )  # fmt: skip
        seconds, found = 0.0, []
        for i, grid in enumerate(job.grids):
            start = time.process_time()
            if i:
                model = model.refine(grid)
                model.auto_save = False
            model.fit(data, opt="LBFGS", steps=job.steps, log=job.steps, update_grid=job.setting.follows)
            seconds += time.process_time() - start
            with torch.no_grad():
                errors = [float(torch.sqrt(torch.mean((model(x) - y) ** 2))) for x, y in (rows[2:4], rows[4:6])]
            iterations = sum(iterations_of(one) for one in made)
            found.append((*(e if np.isfinite(e) else np.inf for e in errors), seconds, iterations))
    return Trained(*np.array(found).T)


@contextlib.contextmanager
def quiet_torch() -> Iterator[Any]:
    """PyTorch in float64 and with one thread; inside, what pykan prints and its progress bars are suppressed."""
    os.environ.setdefault("MPLBACKEND", "Agg")  # pykan imports pyplot
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        torch = importlib.import_module("torch")
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        yield torch


@contextlib.contextmanager
def _optimizers() -> Iterator[list[Any]]:
    """A list to which each optimizer that pykan makes inside, one for each grid, is added; it counts its iterations."""
    module, made = importlib.import_module("kan.MultKAN"), []
    usual = module.LBFGS

    def kept(*args: Any, **kwargs: Any) -> Any:
        made.append(usual(*args, **kwargs))
        return made[-1]

    with mock.patch.object(module, "LBFGS", kept):
        yield made


def iterations_of(optimizer: Any) -> int:
    """How many iterations pykan's L-BFGS has really made."""
    return sum(state.get("n_iter", 0) for state in optimizer.state.values())


def in_processes[J, R](work: Callable[[J], R], jobs: Sequence[J], what: str, config: Config) -> list[R]:
    """The results of `work` for all jobs, several at once in separate processes."""
    with ProcessPoolExecutor(config.processes or os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        return list(tqdm(pool.map(work, jobs), what, len(jobs), disable=None, leave=False))


def kans(config: Config) -> xr.Dataset:
    """Errors, seconds and iterations [target, size, draw] of KANs whose settings were tuned for each target."""
    best = _tuned(config)
    jobs = [
        Job(
            KAN_TARGETS[name].shape, grids_of(name, config), config.kan_steps, best[name],
            sample(name, draw, config.num_rows), chance.seed(draw),
        )
        for name in config.targets
        for draw in range(config.draws)
    ]  # fmt: skip
    runs = in_processes(train, jobs, "KANs", config)
    sizes = max(len(grids_of(name, config)) for name in config.targets)
    arrays = np.full((len(Trained._fields), len(config.targets), sizes, config.draws), np.nan)
    params, grids = np.zeros((2, len(config.targets), sizes), int)
    for place, (job, run) in enumerate(zip(jobs, runs, strict=True)):
        i, draw = divmod(place, config.draws)
        arrays[:, i, : len(job.grids), draw] = run
        grids[i, : len(job.grids)] = job.grids
        params[i, : len(job.grids)] = [KAN_TARGETS[config.targets[i]].kan_params(grid) for grid in job.grids]
    dims = ("target", "size", "draw")
    validation, test, seconds, iterations = ((dims, array) for array in arrays)
    return xr.Dataset(
        {
            "kan": test,
            "kan_validation": validation,
            "kan_seconds": seconds,
            "kan_iterations": iterations,
            "kan_params": (dims[:2], params),
            "kan_grid": (dims[:2], grids),
            "kan_setting": ("target", [_words(best[name]) for name in config.targets]),
        },
        coords={"target": list(config.targets), "draw": np.arange(config.draws)},
    )


def _tuned(config: Config) -> dict[str, Setting]:
    """For each target the setting with the least error on validation points: the geometric mean over draws of the error
    at each draw's best grid."""
    draws = tuning.seeds(config.tuning_draws)
    rows = {name: [sample(name, draw, config.num_rows) for draw in draws] for name in config.targets}
    jobs = [
        Job(
            KAN_TARGETS[name].shape, tuning_grids_of(name, config), config.kan_tuning_steps, setting, one,
            chance.seed(draw),
        )
        for name in config.targets
        for setting in SETTINGS
        for draw, one in zip(draws, rows[name], strict=True)
    ]  # fmt: skip
    least = [run.validation.min() for run in in_processes(train, jobs, "KANs, tuning", config)]
    cost = np.log(np.reshape(least, (len(config.targets), len(SETTINGS), len(draws)))).mean(axis=-1)
    return {name: SETTINGS[i] for name, i in zip(config.targets, cost.argmin(axis=-1), strict=True)}


def _words(setting: Setting) -> str:
    follows = "updated" if setting.follows else "not updated"
    return f"grid_eps {setting.grid_eps:g}, grids {follows}, noise {setting.noise_scale:g}"
