"""KANs by pykan in float64, and the functions that they learn: those of one to four variables in Liu et al. (2024).

KANs train in separate processes, one for each core with one thread each. Such a process draws nothing itself: its job
holds rows and seeds, so that they are those of the replication.
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
from functools import partial
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import scipy.special
import xarray as xr
from tqdm import tqdm

from experiments.lab import repeat, resume
from nnjax import tuning

SPLINE_ORDER = 3  # cubic, as in the paper
INNER = 20  # most iterations in a step of pykan's L-BFGS, which is PyTorch's
VALIDATION, TEST = 2_000, 10_000  # fresh inputs: that choose settings and the KAN's size; that are reported
DATA_SEED = 20240430
UNTIMED, TIMED = 5, 25  # steps of plain networks in PyTorch


class Target(NamedTuple):
    """A function of x [n, d] on [-1, 1]^d, as it is written, and the KAN that the paper fits to it.

    `shape`: nodes of each layer. `grids`: intervals of its splines, one after another, as far as its test error falls
    or a little further. `num_tuned`: how many of the first grids settings are chosen on, enough for settings to differ.
    `num_rows`: training points; 1,000 is pykan's default, 3,000 what its own tutorial takes in four dimensions.
    """

    formula: str
    function: Callable[[np.ndarray], np.ndarray]
    shape: tuple[int, ...]
    grids: tuple[int, ...]
    num_tuned: int
    num_rows: int

    @property
    def num_inputs(self) -> int:
        return self.shape[0]

    def kan_params(self, grid: int) -> int:
        """The number of trained parameters: for each edge a spline of grid + order coefficients, and two scales."""
        return sum(a * b for a, b in itertools.pairwise(self.shape)) * (grid + SPLINE_ORDER + 2)


def _two_rings(x: np.ndarray) -> np.ndarray:
    squares = np.pi * x**2
    return np.exp((np.sin(squares[:, 0] + squares[:, 1]) + np.sin(squares[:, 2] + squares[:, 3])) / 2)


def _exp_sine(x: np.ndarray) -> np.ndarray:
    return np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2)


TARGETS = {
    "bessel": Target(
        r"$J_0(20x)$", lambda x: scipy.special.j0(20 * x[:, 0]), (1, 1), (3, 5, 10, 20, 50, 100, 200), 5, 1_000
    ),
    "exp_sine": Target(r"$e^{\sin \pi x + y^2}$", _exp_sine, (2, 1, 1), (3, 5, 10, 20, 50), 3, 1_000),
    "product": Target(r"$xy$", lambda x: x[:, 0] * x[:, 1], (2, 2, 1), (3, 5, 10, 20, 50), 3, 1_000),
    "two_rings": Target(
        r"$e^{(\sin \pi(x_1^2+x_2^2) + \sin \pi(x_3^2+x_4^2))/2}$", _two_rings, (4, 4, 2, 1), (3, 5, 10), 2, 3_000
    ),
}


class Sample(NamedTuple):
    """Rows to train on, to choose with, and to report: x [n, d] and y [n, 1] of each."""

    x: np.ndarray
    y: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def sample(name: str, draw: int, num_rows: int | None = None) -> Sample:
    """The rows of one draw of a target, uniform on the cube. Call it in the process of the run."""
    target = TARGETS[name]
    rng = np.random.default_rng([DATA_SEED, list(TARGETS).index(name), draw])
    found = []
    for rows in (num_rows or target.num_rows, VALIDATION, TEST):
        x = rng.uniform(-1, 1, (rows, target.num_inputs))
        found += [x, target.function(x)[:, None]]
    return Sample(*found)


class Setting(NamedTuple):
    """How grids follow the data (0 all, 1 not at all), whether they do so in training, and the first splines' size."""

    grid_eps: float
    follows: bool
    noise_scale: float

    def __str__(self) -> str:
        follows = "updated" if self.follows else "not updated"
        return f"grid_eps {self.grid_eps:g}, grids {follows}, noise {self.noise_scale:g}"


SETTINGS = tuple(  # what is tuned, once for each target
    Setting(*grids, noise)
    for grids, noise in itertools.product(((0.02, True), (0.5, True), (1.0, True), (0.02, False)), (0.1, 0.3))
)


class Plan(NamedTuple):
    """Which KANs are trained, on how many draws, and for how many steps on each grid."""

    targets: tuple[str, ...]
    draws: int
    tuning_draws: int
    most_grids: int
    steps: int
    tuning_steps: int
    num_rows: int | None
    processes: int | None

    def grids(self, name: str, tuned: bool = False) -> tuple[int, ...]:
        """Intervals of a target's splines, one grid after another; or the first of these, on which settings are
        chosen."""
        grids = TARGETS[name].grids[: self.most_grids]
        return grids[: TARGETS[name].num_tuned] if tuned else grids


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


def kans(plan: Plan) -> xr.Dataset:
    """Errors, seconds and iterations [target, size, draw] of KANs whose settings were tuned for each target."""
    parts = [resume.kept(f"KANs-{name}", partial(_of_target, name, plan)) for name in plan.targets]
    return xr.concat(parts, "target")


def _of_target(name: str, plan: Plan) -> xr.Dataset:
    best, grids = tuned(name, plan), plan.grids(name)
    jobs = [
        Job(TARGETS[name].shape, grids, plan.steps, best, sample(name, draw, plan.num_rows), repeat.seed(draw))
        for draw in range(plan.draws)
    ]
    sizes = max(len(plan.grids(other)) for other in plan.targets)
    arrays, params = np.full((len(Trained._fields), sizes, plan.draws), np.nan), np.zeros(sizes, int)
    params[: len(grids)] = [TARGETS[name].kan_params(grid) for grid in grids]
    for draw, run in enumerate(in_processes(train, jobs, f"KANs, {name}", plan.processes)):
        arrays[:, : len(grids), draw] = run
    names = ("kan_validation", "kan", "kan_seconds", "kan_iterations")
    variables = {key: (("target", "size", "draw"), array[None]) for key, array in zip(names, arrays, strict=True)}
    variables |= {"kan_params": (("target", "size"), params[None]), "kan_setting": ("target", [str(best)])}
    return xr.Dataset(variables, {"target": [name], "draw": np.arange(plan.draws)})


def tuned(name: str, plan: Plan) -> Setting:
    """The setting with the least error on validation points: the geometric mean over draws of the error at each draw's
    best grid."""
    draws, grids = tuning.seeds(plan.tuning_draws), plan.grids(name, tuned=True)
    rows = [sample(name, draw, plan.num_rows) for draw in draws]
    jobs = [
        Job(TARGETS[name].shape, grids, plan.tuning_steps, setting, one, repeat.seed(draw))
        for setting in SETTINGS
        for draw, one in zip(draws, rows, strict=True)
    ]
    least = [run.validation.min() for run in in_processes(train, jobs, f"KANs, tuning, {name}", plan.processes)]
    return SETTINGS[np.log(np.reshape(least, (len(SETTINGS), len(draws)))).mean(axis=-1).argmin()]


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


def in_processes[J, R](work: Callable[[J], R], jobs: Sequence[J], what: str, processes: int | None) -> list[R]:
    """The results of `work` for all jobs, several at once in separate processes."""
    with ProcessPoolExecutor(processes or os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        return list(tqdm(pool.map(work, jobs), what, len(jobs), disable=None, leave=False))


class PlainJob(NamedTuple):
    """One plain network: its sizes from the inputs to the output, its rows [n, d] and [n, 1], and its seed."""

    sizes: tuple[int, ...]
    activation: str
    x: np.ndarray
    y: np.ndarray
    seed: int


def plain_seconds(job: PlainJob) -> float:
    """Seconds of processor time that pykan's L-BFGS takes for an iteration on a plain network, with one thread."""
    with quiet_torch() as torch:
        torch.manual_seed(job.seed)
        activation = {"tanh": torch.nn.Tanh, "gelu": torch.nn.GELU}[job.activation]
        layers = [one for i, o in itertools.pairwise(job.sizes) for one in (torch.nn.Linear(i, o), activation())]
        model, x, y = torch.nn.Sequential(*layers[:-1]), torch.tensor(job.x), torch.tensor(job.y)
        tolerances = dict.fromkeys(("tolerance_grad", "tolerance_change", "tolerance_ys"), 1e-32)  # as in KAN.fit
        optimizer = importlib.import_module("kan.LBFGS").LBFGS(
            model.parameters(), history_size=10, line_search_fn="strong_wolfe", **tolerances
        )

        def closure():
            optimizer.zero_grad()
            loss = torch.mean((model(x) - y) ** 2)
            loss.backward()
            return loss

        for _ in range(UNTIMED):
            optimizer.step(closure)
        start, before = time.process_time(), iterations_of(optimizer)
        for _ in range(TIMED):
            optimizer.step(closure)
        return (time.process_time() - start) / max(iterations_of(optimizer) - before, 1)
