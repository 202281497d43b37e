"""The table and the verdicts of `survival.size`: bytes on disk, memory and time."""

import dataclasses

import xarray as xr

from experiments.lab import rounds, rules
from experiments.lab.rounds import MedianInterval
from experiments.lab.text import plural
from experiments.lab.verdicts import AIM, Rule, Statement, Verdict
from experiments.survival.size.config import Config

MOST_BYTES = 40  # of a network on disk
MOST_GROWTH = 1.25  # of the memory, from the fewest networks to the most
MOST_OVERHEAD = 1.05  # of the time


def statements(config: Config) -> list[Statement]:
    """The statements on disk, memory and time."""
    return _statements(config.networks[0], config.networks[-1], len(config.widths) * config.seeds, config.timed_steps)


def _statements(fewest: int, most: int, timed: int, steps: int) -> list[Statement]:
    limit = MOST_BYTES * most / 1e6
    return [
        Statement(
            "disk", f"The final values of {most:,} networks of 2-2-1 take at most {limit:g} MB on disk.",
            AIM, "", rules.at_most(limit, "the size of all files of the store in MB"), limit, "MB",
        ),
        _memory(fewest, most),
        rounds.less(
            "overhead", f"A store costs a sweep of {timed:,} networks and {steps:,} steps, in chunks of about half a "
            f"second's work, less than {100 * (MOST_OVERHEAD - 1):.0f}% of its time.",
            MOST_OVERHEAD, "times the time without",
        ),
    ]  # fmt: skip


def _memory(fewest: int, most: int) -> Statement:
    one = rounds.less(
        "memory", f"From {fewest:,} to {most:,} networks the peak memory of a sweep with a store, the interpreter and "
        f"JAX included, grows by less than {100 * (MOST_GROWTH - 1):.0f}%.", MOST_GROWTH, "times",
    )  # fmt: skip
    told = (
        f"Not settled either with fewer than {rounds.FEWEST} rounds. A round is a process of each size. Until November "
        "2026 there was one round, and its ratio, 1.251 of 353 MB, decided as if it had no error: not reproduced. The "
        "growth per network was the same then, but the process with the fewest networks was smaller."
    )
    below = rules.below(MOST_GROWTH, rounds.OF_MEDIAN)
    return dataclasses.replace(one, rule=Rule(f"{below.text} {told}", below.judge))


def growth(data: xr.Dataset, kept: str = "store") -> MedianInterval:
    """The ratio of the peak memory with the most networks to that with the fewest, process by process."""
    peak = data.peak.sel(kept=kept).transpose("networks", "process").values
    return rounds.median_interval(peak[-1] / peak[0])


def bytes_each(data: xr.Dataset, kept: str = "store") -> float:
    """By how many bytes the memory grows for each further network (median)."""
    peak, networks = data.peak.sel(kept=kept).median("process").values, data.networks.values
    return float(peak[-1] - peak[0]) / max(1, int(networks[-1] - networks[0]))


def overhead(data: xr.Dataset) -> MedianInterval:
    """The ratio of the time with a store to that without, round by round."""
    return rounds.median_interval((data.seconds.sel(way="store") / data.seconds.sel(way="memory")).values)


def table(data: xr.Dataset) -> list[dict]:
    """A row per number of networks; the last row is the overhead in time."""
    rows = []
    for n in data.networks.values:
        one = data.sel(networks=n)
        row = {"networks": int(n), "disk_bytes": int(one.disk.sum()), "disk_files": int(one.files)}
        row |= {f"disk_{name}": int(one.disk.sel(part=name)) for name in data.part.values}
        for kept in data.kept.values:
            low, middle, high = rounds.median_interval(one.peak.sel(kept=kept).values)
            row |= {f"peak_bytes_{kept}": int(middle), f"peak_low_{kept}": int(low), f"peak_high_{kept}": int(high)}
        rows.append(row)
    row = {"networks": data.attrs["timed_networks"], "chunks": data.attrs["chunks"], "rounds": data.sizes["round"]}
    row |= {f"seconds_{way}": float(data.seconds.sel(way=way).median()) for way in data.way.values}
    row |= dict(zip(("overhead_low", "overhead", "overhead_high"), overhead(data), strict=True))
    return [*rows, row | {"milliseconds_per_chunk": data.attrs["milliseconds_per_chunk"]}]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdicts on disk, memory and time."""
    fewest, most = (int(data.networks.values[i]) for i in (0, -1))
    disk, memory, time = _statements(fewest, most, data.attrs["timed_networks"], data.attrs["timed_steps"])
    total = float(data.disk.sel(networks=most).sum()) / 1e6
    peaks = data.peak.sel(kept="store").median("process").values / 1e6
    found, grown, processes = overhead(data), growth(data), data.sizes["process"]
    text = (
        f"With a store a sweep takes {found.median:.3f} times the time without [{found.low:.3f}, {found.high:.3f}] "
        f"(median of {plural(data.sizes['round'], 'round')}). It writes {data.attrs['chunks']} chunks, each in "
        f"{data.attrs['milliseconds_per_chunk']:.2g} ms."
    )
    return [
        disk.verdict(
            f"{most:,} networks take {total:.3g} MB on disk, in {int(data.files.sel(networks=most))} files.", total
        ),
        rounds.verdict(
            memory,
            f"The peak memory with {most:,} networks is {grown.median:.3f} times that with {fewest:,} "
            f"[{grown.low:.3f}, {grown.high:.3f}]: {peaks[-1]:,.0f} MB and {peaks[0]:,.0f} MB (medians of "
            f"{processes} rounds). It grows by {bytes_each(data):.0f} bytes per further "
            f"network, and without a store by {bytes_each(data, 'memory'):.0f}.",
            grown, processes,
        ),
        rounds.verdict(time, text, found, data.sizes["round"]),
    ]  # fmt: skip
