"""The table and the verdicts of `speed.ensembles`: how flat the time per network is, and how much memory is needed."""

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.rounds import MedianInterval, less, median_interval, verdict
from experiments.lab.text import plural
from experiments.lab.verdicts import AIM, Statement, Verdict
from experiments.speed.ensembles.config import LEAST, Config, measured
from experiments.speed.shared.findings import in_rounds
from experiments.speed.shared.labels import LABELS

FLAT = 1.2  # the greatest time per network divided by the least
MOST_GIBIBYTES = 2.0
GIBIBYTE = 2**30


def statements(config: Config) -> list[Statement]:
    """The statements on the time per network and on memory."""
    return _statements(*measured(config), config.num_steps)


def _statements(least: int, most: int, steps: int) -> list[Statement]:
    claim = f"From {least:,} to {most:,} networks of 2-2-1, {steps:,} steps each, the engine's time per network stays "
    return [
        # The ratio of the greatest to the least of noisy times exceeds 1 even if all true times are equal.
        less("flat", f"{claim}the same within {100 * (FLAT - 1):.0f}%.", FLAT, "times the least"),
        Statement(
            "memory", f"Training {most:,} networks takes at most {MOST_GIBIBYTES:g} GiB of memory besides the result.",
            AIM, "", rules.at_most(MOST_GIBIBYTES, "the peak of the memory of a process in GiB, minus the result,"),
            MOST_GIBIBYTES, "GiB",
        ),
    ]  # fmt: skip


def per_step(data: xr.Dataset) -> xr.DataArray:
    """Seconds per network and step [way, networks, round]."""
    return data.seconds / (data.networks * data.attrs["steps"])


def unevenness(data: xr.Dataset) -> MedianInterval:
    """The engine's greatest time per network divided by its least, of the large ensembles, round by round."""
    large = per_step(data).sel(way="engine", networks=data.networks >= LEAST)
    return median_interval((large.max("networks") / large.min("networks")).values)


def fewest(data: xr.Dataset) -> str:
    """How long a call for the smallest ensemble takes, in the engine and, where that was timed, in plain JAX."""
    one = 1e3 * data.seconds.isel(networks=0).median("round")
    told = [
        f"{float(one.sel(way=name)):.2g} ms in {LABELS[name]}"
        for name in ("engine", "vmap")
        if np.isfinite(one.sel(way=name))
    ]
    return f"A call for {plural(int(data.networks[0]), 'network')} takes {' and '.join(told)}"


def besides(data: xr.Dataset, size: int = -1) -> float:
    """The peak memory up to the ensemble at index `size`, by default the largest, minus its result, in GiB."""
    one = data.isel(measured_networks=size)
    return float(one.peak_bytes - one.result_bytes) / GIBIBYTE


def table(data: xr.Dataset) -> list[dict]:
    """A row per method and size that was measured."""
    rows = []
    for method in data.way.values:
        for n in data.networks.values:
            one = 1e9 * per_step(data).sel(way=method, networks=n).values
            if np.isfinite(one).all():
                row = {"method": LABELS[str(method)], "networks": int(n), "steps": data.attrs["steps"]}
                row |= dict(zip(("low_ns", "ns_per_network_step", "high_ns"), median_interval(one), strict=True))
                row |= {"networks_per_second": 1e9 / (row["ns_per_network_step"] * data.attrs["steps"])}
                rows.append(row)
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdicts on the time per network and on memory."""
    least, most = (int(data.measured_networks[i]) for i in (0, -1))
    flat, memory = _statements(least, most, data.attrs["steps"])
    found, used, rounds = unevenness(data), besides(data), data.sizes["round"]
    times = per_step(data).sel(way="engine").median("round") * 1e9
    text = (
        f"From {least:,} to {most:,} networks the longest time per network is {found.said('times the shortest')} "
        f"{in_rounds(rounds)}. A step takes {float(times.sel(networks=least)):.3g} ns per network with {least:,} "
        f"networks and {float(times.sel(networks=most)):.3g} ns with {most:,}. {fewest(data)}."
    )
    small = f"; {least:,} networks take {besides(data, 0):.2g} GiB" if least < most else ""
    memory_text = (
        f"Training {most:,} networks takes {used:.2g} GiB of memory besides the result, including the interpreter and "
        f"JAX{small}."
    )
    return [
        verdict(flat, text, found, rounds),
        # One process was measured: nothing is sampled.
        memory.verdict(memory_text, used),
    ]
