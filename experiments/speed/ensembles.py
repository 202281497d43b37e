"""From a thousand to a million networks the time per network stays the same, and little memory is needed.

Source: the project's own target: flat within 20 %, and under 2 GiB of memory besides the result.

Protocol: networks of 2-2-1 that learn XOR (tanh, full batch, Adam at 0.01, float32), of which the final values alone
are kept. Ensembles of 1, 10, ..., 10^6 are timed in turns, in the engine (from settings to labelled results, with what
a call costs at any size) and in plain jit(vmap(scan)), which stops at 10^5. How far from flat: the greatest time per
network over the least, among ensembles of 1,000 or more, round by round. Memory: the most that a process of its own
ever held resident, everything in it counted but the result.

    python -m experiments speed.ensembles                  # 6 s, a toy: too small for its targets
    python -m experiments speed.ensembles --preset full    # 70 s

Outputs: ensemble_size; table.csv has a row per size and method.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from experiments.lab import Verdict, cli
from experiments.speed import _compare, _memory, _plain, _rules, _timing

COMMAND = "python -m experiments speed.ensembles --preset full"
FLAT = 1.2
GIBIBYTE = 2**30
LEAST = 1_000  # smaller ensembles do not fill the lanes, and are not claimed to


@dataclass(frozen=True)
class Config:
    """Which ensembles, how long, and how often they are timed."""

    ensembles: tuple[int, ...] = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)  # scientific: networks
    most_plain: int = 100_000  # fixed: the largest ensemble of plain jit(vmap(scan))
    num_steps: int = 1_000  # fixed
    memory_steps: int = 100  # fixed: steps where memory is measured, which does not depend on them
    rounds: int = 5  # fixed: times that every ensemble is timed
    at_least: float = 0.1  # fixed: seconds; shorter calls are repeated until they take as long


FULL = Config()
QUICK = Config((1, 1_000, 4_000), 1, 200, 20, rounds=3, at_least=0.01)


def run(config: Config) -> xr.Dataset:
    """seconds [way, networks, round] (nan where not measured), peak_bytes and result_bytes [measured_networks]."""
    problem, steps = _plain.xor(2), config.num_steps
    engine, vmap = _compare.METHODS["engine"], _compare.METHODS["vmap"]
    calls = {("engine", n): engine(problem, n, steps) for n in config.ensembles}
    calls |= {("vmap", n): vmap(problem, n, steps) for n in config.ensembles if n <= config.most_plain}
    with _timing.saved_programs(None):
        times = _timing.alternate({f"{name} {n}": call for (name, n), call in calls.items()},
                                  config.rounds, config.at_least)  # fmt: skip
    methods = ["engine", "vmap"]
    seconds = np.full((len(methods), len(config.ensembles), config.rounds), np.nan)
    for (name, n), taken in zip(calls, times.warm, strict=True):
        seconds[methods.index(name), config.ensembles.index(n)] = taken
    measured = [n for n in config.ensembles if n >= LEAST]
    measured = sorted({measured[0], measured[-1]}) if measured else [config.ensembles[-1]]
    peaks, results = zip(*_memory.measure(measured, config.memory_steps), strict=True)
    return xr.Dataset(
        {
            "seconds": (("way", "networks", "round"), seconds),
            "peak_bytes": ("measured_networks", np.asarray(peaks, float)),
            "result_bytes": ("measured_networks", np.asarray(results, float)),
        },
        {"way": methods, "networks": list(config.ensembles), "measured_networks": measured},
        {"steps": steps, **_timing.machine()},
    )


def per_step(data: xr.Dataset) -> xr.DataArray:
    """Seconds per network and step [way, networks, round]."""
    return data.seconds / (data.networks * data.attrs["steps"])


def unevenness(data: xr.Dataset) -> _rules.Spread:
    """The engine's greatest time per network over its least, of the large ensembles, round by round."""
    large = per_step(data).sel(way="engine", networks=data.networks >= LEAST)
    return _rules.spread((large.max("networks") / large.min("networks")).values)


def besides(data: xr.Dataset) -> float:
    """The most memory of the largest ensemble, less its result, in GiB."""
    last = data.isel(measured_networks=-1)
    return float(last.peak_bytes - last.result_bytes) / GIBIBYTE


def figures(data: xr.Dataset) -> dict:
    """ensemble_size: networks per second, and time per network and step."""
    from experiments.speed import _lines

    return {"ensemble_size": _lines.ensembles(data, per_step(data), unevenness(data), besides(data))}


def table(data: xr.Dataset) -> list[dict]:
    """A row per method and size that was measured."""
    rows = []
    for method in data.way.values:
        for n in data.networks.values:
            one = 1e9 * per_step(data).sel(way=method, networks=n).values
            if np.isfinite(one).all():
                row = {"method": str(method), "networks": int(n), "steps": data.attrs["steps"]}
                row |= dict(zip(("low_ns", "ns_per_network_step", "high_ns"), _rules.spread(one), strict=True))
                row |= {"networks_per_second": 1e9 / (row["ns_per_network_step"] * data.attrs["steps"])}
                rows.append(row)
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Flat, and small."""
    large = data.networks.values[data.networks.values >= LEAST]
    found, used = unevenness(data), besides(data)
    most = int(data.measured_networks[-1])
    claim = f"The time per network of 2-2-1 stays flat from {large[0]:,} to {large[-1]:,} networks"
    return [
        Verdict("flat", claim, _rules.OWN, FLAT, *(found.median, found.low, found.high),
                "greatest over least", _rules.at_most(found, FLAT), COMMAND),
        Verdict("memory", f"{most:,} networks need little memory besides their result", _rules.OWN, 2.0, used, None,
                None, "GiB", _rules.at_most(_rules.Spread(used, used, used), 2.0), COMMAND),
    ]  # fmt: skip


if __name__ == "__main__":
    cli.main(__file__)
