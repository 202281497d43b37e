"""The times and the memory of `speed.ensembles`."""

import numpy as np
import xarray as xr

from experiments.speed.ensembles import memory
from experiments.speed.ensembles.config import Config, measured
from experiments.speed.shared import compare, plain, timing

METHODS = ("engine", "vmap")


def run(config: Config) -> xr.Dataset:
    """seconds [way, networks, round] (nan where not measured), peak_bytes and result_bytes [measured_networks]."""
    problem, steps = plain.xor(2), config.num_steps
    engine, vmap = (compare.METHODS[name] for name in METHODS)
    calls = {("engine", n): engine(problem, n, steps) for n in config.ensembles}
    calls |= {("vmap", n): vmap(problem, n, steps) for n in config.ensembles if n <= config.most_plain}
    named = {f"{name} {n}": call for (name, n), call in calls.items()}
    with timing.saved_programs(None):
        times = timing.alternate(named, config.rounds, config.at_least)
    seconds = np.full((len(METHODS), len(config.ensembles), config.rounds), np.nan)
    for (name, n), taken in zip(calls, times.warm, strict=True):
        seconds[METHODS.index(name), config.ensembles.index(n)] = taken
    sizes = sorted(set(measured(config)))
    peaks, results = zip(*memory.measure(sizes, config.memory_steps), strict=True)
    return xr.Dataset(
        {
            "seconds": (("way", "networks", "round"), seconds),
            "peak_bytes": ("measured_networks", np.asarray(peaks, float)),
            "result_bytes": ("measured_networks", np.asarray(results, float)),
        },
        {"way": list(METHODS), "networks": list(config.ensembles), "measured_networks": sizes},
        {"steps": steps, **timing.machine()},
    )
