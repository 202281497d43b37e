"""A million networks fit in 40 MB, memory stays flat, and the store costs less than a twentieth of the time.

Claim: the final values of a million 2-2-1 networks take less than 40 MB as a store; the most memory that a sweep with a
store holds grows by less than a quarter from 10,000 networks to a million; and writing blocks of the usual size takes
less than 5% of the time of a sweep.

Source: the project's own targets.

Protocol: XOR, 2-2-1, tanh, Adam at 0.1, cross-entropy in float32, 200 steps, final values alone. Each number of
networks is trained in a process of its own, which tells the most memory it has held (programs compiled in it), with a
store and without; the bytes are those of all files of the store. Overhead: 2-2-1 and 2-8-1, a program each, with the
engine's own size of blocks, with a new store and without, in turns in one process, programs compiled before.

    python -m experiments survival.size                  # 30 s, a toy: too small for its targets
    python -m experiments survival.size --preset full    # 4 min

Outputs: size; table.csv has a row per number of networks, and one for the overhead.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict, cli
from experiments.survival import _costs

COMMAND = "python -m experiments survival.size --preset full"
OWN = "the project's own target"
MOST_BYTES = 40  # of a network on disk
MOST_GROWTH = 1.25  # of the memory, from the fewest networks to the most
MOST_OVERHEAD = 1.05  # of the time


@dataclass(frozen=True)
class Config:
    """How much is trained, and how often it is timed."""

    networks: tuple[int, ...] = (10_000, 100_000, 1_000_000)  # scientific: of one sweep, for disk and memory
    num_steps: int = 200  # fixed: of these
    widths: tuple[int, ...] = (2, 8)  # fixed: hidden neurons of the shapes that are timed
    seeds: int = 40_000  # fixed: of each shape
    timed_steps: int = 8_000  # fixed: of these
    rounds: int = 9  # fixed: times that each way is timed
    workers: int = 2  # fixed: threads that train


FULL = Config()
QUICK = Config(networks=(1_000, 20_000), num_steps=50, seeds=4_000, timed_steps=1_000, rounds=3)


def run(config: Config) -> xr.Dataset:
    """peak [kept, networks] and disk [part, networks] in bytes, seconds [way, round], chunks and their times."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = _costs.measure(Path(folder), config.networks, config.num_steps, config.workers)
    timed = _costs.overhead(config.widths, config.seeds, config.timed_steps, config.workers, config.rounds)
    return found.merge(timed, combine_attrs="no_conflicts")


def growth(data: xr.Dataset, kept: str = "store") -> float:
    """The memory of the most networks over that of the fewest."""
    peak = data.peak.sel(kept=kept).values
    return float(peak[-1] / peak[0])


def overhead(data: xr.Dataset) -> tuple[float, float, float]:
    """Time with a store over that without, round by round: quartile, median, quartile."""
    ratios = (data.seconds.sel(way="store") / data.seconds.sel(way="memory")).values
    low, median, high = np.quantile(ratios, (0.25, 0.5, 0.75))
    return float(low), float(median), float(high)


def figures(data: xr.Dataset) -> dict:
    """size: bytes on disk, memory, time."""
    from experiments.survival import _size_figures

    limits = {"bytes": MOST_BYTES, "growth": MOST_GROWTH, "overhead": MOST_OVERHEAD}
    return {"size": _size_figures.draw(data, growth(data), overhead(data), limits)}


def table(data: xr.Dataset) -> list[dict]:
    """A row per number of networks; the last tells what the store costs."""
    rows = []
    for n in data.networks.values:
        one = data.sel(networks=n)
        row = {"networks": int(n), "disk_bytes": int(one.disk.sum()), "disk_files": int(one.files)}
        row |= {f"disk_{name}": int(one.disk.sel(part=name)) for name in data.part.values}
        rows.append(row | {f"peak_bytes_{kept}": int(one.peak.sel(kept=kept)) for kept in data.kept.values})
    row = {"networks": data.attrs["timed_networks"], "chunks": data.attrs["chunks"], "rounds": data.sizes["round"]}
    row |= {f"seconds_{way}": float(data.seconds.sel(way=way).median()) for way in data.way.values}
    row |= dict(zip(("overhead_low", "overhead", "overhead_high"), overhead(data), strict=True))
    return [*rows, row | {"milliseconds_per_chunk": data.attrs["milliseconds_per_chunk"]}]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Disk, memory and time."""
    fewest, most = (int(data.networks.values[i]) for i in (0, -1))
    total, low_high = float(data.disk.sel(networks=most).sum()), overhead(data)
    limit, grown = MOST_BYTES * most / 1e6, growth(data)
    peaks = data.peak.sel(kept="store").values / 1e6
    low, median, high = low_high
    outcome = REPRODUCED if high < MOST_OVERHEAD else PARTLY if median < MOST_OVERHEAD else NOT_REPRODUCED
    return [
        Verdict("disk", f"The final values of {most:,} networks fit in {limit:g} MB on disk", OWN, f"below {limit:g}",
                total / 1e6, None, None, "MB", _below(total / 1e6, limit), COMMAND),
        Verdict("memory", f"The most memory that a sweep with a store holds stays flat from {fewest:,} networks "
                f"({peaks[0]:,.0f} MB) to {most:,} ({peaks[-1]:,.0f} MB)", OWN, f"below {MOST_GROWTH:g}", grown, None,
                None, "times", _below(grown, MOST_GROWTH), COMMAND),
        Verdict("overhead", f"A store costs less than a twentieth of the time ({data.attrs['chunks']} chunks of the "
                f"usual size, {data.attrs['milliseconds_per_chunk']:.2g} ms to write each)", OWN,
                f"below {MOST_OVERHEAD:g}", median, low, high, "times the time without", outcome, COMMAND),
    ]  # fmt: skip


def _below(measured: float, limit: float) -> str:
    return REPRODUCED if measured < limit else NOT_REPRODUCED


if __name__ == "__main__":
    cli.main(__file__)
