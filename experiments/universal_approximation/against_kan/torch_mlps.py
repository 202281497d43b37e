"""The time of plain networks in PyTorch, by the same L-BFGS as KANs: the paper compares both in one library."""

import importlib
import itertools
import time
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.lab import chance
from experiments.universal_approximation.against_kan.config import Config
from experiments.universal_approximation.against_kan.kans import in_processes, iterations_of, quiet_torch
from experiments.universal_approximation.against_kan.mlps import Setting, shapes_of
from experiments.universal_approximation.against_kan.targets import KAN_TARGETS, sample

UNTIMED, TIMED = 5, 25  # steps of up to 20 iterations each


class Job(NamedTuple):
    """One plain network: its sizes from the inputs to the output, its rows [n, d] and [n, 1], and its seed."""

    sizes: tuple[int, ...]
    activation: str
    x: np.ndarray
    y: np.ndarray
    seed: int


def seconds_per_iteration(job: Job) -> float:
    """Seconds of processor time for an iteration of pykan's L-BFGS, in this process and with one thread."""
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


def torch_mlps(chosen: Mapping[str, Setting], config: Config) -> xr.Dataset:
    """Seconds of an iteration [target, size] of the plain networks that `mlps` trains by L-BFGS."""
    jobs = {}
    for i, name in enumerate(config.targets):
        rows, inputs = sample(name, 0, config.num_rows), KAN_TARGETS[name].num_inputs
        for size, hidden in enumerate(shapes_of(name, chosen[name].depth, config)):
            if hidden:
                jobs[i, size] = Job((inputs, *hidden, 1), chosen[name].activation, rows.x, rows.y, chance.seed(0))
    seconds = np.full((len(config.targets), max(size for _, size in jobs) + 1), np.nan)
    found = in_processes(seconds_per_iteration, list(jobs.values()), "plain networks in PyTorch", config)
    seconds[tuple(np.transpose(list(jobs)))] = found
    return xr.Dataset({"torch_seconds": (("target", "size"), seconds)}, {"target": list(config.targets)})
