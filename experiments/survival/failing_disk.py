"""A full disk or a failing one stops a sweep with a clear error, and what was finished stays.

Source: the project's own target. A disk that is full says ENOSPC, one that is broken EIO, at any call.

Protocol: a sweep makes a store, or lets one grow to twice its size. One call of the system is refused: the making of
a folder, the writing of metadata, of coordinates, of a block, of its status or of the journal (half of it reaches the
disk), or the move of one of them to its place. ENOSPC lasts, for that kind of call; EIO comes once. Each kind is
refused early, late and between. Then we look at the error, at every network that counts as finished, against the same
sweep in memory, bit for bit; and run the sweep again. Where the system allows it (Linux, root), a small disk in memory
is filled by the sweep itself, too, and then given room.

    python -m experiments survival.failing_disk                  # 20 s
    python -m experiments survival.failing_disk --preset full    # 2 min

Outputs: failing_disk; table.csv has a row per fault.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from experiments.lab import Verdict, cli, faults
from experiments.survival import _disk_faults, _fault_counts

COMMAND = "python -m experiments survival.failing_disk --preset full"
GOOD = (_disk_faults.READABLE, _disk_faults.NO_STORE, _disk_faults.NEXT_RUN)


@dataclass(frozen=True)
class Config:
    """The sweep, and how often each of its calls is refused."""

    blocks: int = 16  # fixed: of the whole sweep
    networks: int = 512  # fixed: of a block
    num_steps: int = 50  # fixed: updates of each network
    places: int = 6  # fixed: calls of each kind that are refused, from the first to the last
    both: bool = True  # fixed: ENOSPC and EIO at each of them, or in turns
    disks: tuple[int, ...] = (32, 64, 96, 128, 160, 192, 224, 256, 320, 384)  # fixed: kB of real disks
    room: int = 16_000  # fixed: kB that they have afterwards


FULL = Config()
QUICK = Config(blocks=8, places=1, both=False, disks=(128,))


def run(config: Config) -> xr.Dataset:
    """What became of each fault [fault]."""
    tried = _disk_faults.trial(config.blocks, config.networks, config.num_steps)
    rows = []
    with faults.workplace() as place:
        for i, stage in enumerate(_disk_faults.STAGES):
            count = _disk_faults.calls(stage, tried, place)
            for first in _places(count, config.places):
                errors = list(_disk_faults.ERRORS) if config.both else [list(_disk_faults.ERRORS)[i % 2]]
                rows += [_disk_faults.one(stage, int(first), error, tried, place) for error in errors]
        found = [_disk_faults.real(kilobytes, config.room, tried) for kilobytes in config.disks]
    rows += [row for row in found if row is not None]
    columns = {name: ("fault", [row[name] for row in rows]) for name in rows[0]}
    about = {
        "blocks": config.blocks,
        "networks": config.blocks * config.networks,
        "disks": len(found) - found.count(None),
    }
    return xr.Dataset(columns, attrs=about)


def _places(count: int, wanted: int) -> list[int]:
    """Which of so many calls are refused: from the first to nearly the last, or the one in the middle."""
    # Two workers may make the same folder, so that the last call does not come every time.
    last = int(0.9 * (count - 1))
    return sorted({int(place) for place in np.linspace(0, last, wanted)}) if wanted > 1 else [last // 2]


def figures(data: xr.Dataset) -> dict:
    """failing_disk: what became of the faults of each kind."""
    from experiments.survival import _fault_figures

    kept = data.isel(fault=data.fired.values)
    names = list(dict.fromkeys(kept.stage.values.tolist()))
    checks = {
        "OSError, its\nnumber kept": kept.kept,
        "the error tells\nwhat to do": kept.tells,
        "no network\nwrong": kept.wrong == 0,
        "readable at once,\nor no store yet": kept.readable.isin(GOOD[:2]),
        "run again:\nas without fault": kept.equal,
        "nothing\nleft behind": kept.left == 0,
    }
    good = np.array([[int(check[kept.stage.values == name].sum()) for check in checks.values()] for name in names])
    of = np.array([int((kept.stage.values == name).sum()) for name in names])
    fig = _fault_figures.counts("What becomes of a sweep whose disk refuses a call", names, list(checks), good, of)
    found = {v.id: v for v in verdicts(data)}
    grown = int((kept.readable == _disk_faults.NEXT_RUN).sum())
    text = "Claimed: a full or failing disk stops a sweep with a clear error, and what was finished stays. Found: of "
    text += f"{kept.sizes['fault']} faults {int(kept.kept.sum())} ended in an OSError that keeps its number, and "
    text += (
        f"{int(kept.tells.sum())} told what to do; {int(kept.wrong.sum())} of {int(kept.finished.sum()):,} networks "
    )
    text += f"that counted as finished were wrong; {int(kept.equal.sum())} sweeps came out, run again, as without a "
    text += f"fault. {grown} stores whose growth was broken off are read after the next run alone, and say so. "
    disks = f"{data.attrs['disks']} real disks were filled." if "real_disk" in found else "Real disks were not allowed."
    _fault_figures.captioned(fig, text + disks)
    return {"failing_disk": fig}


def table(data: xr.Dataset) -> list[dict]:
    """A row per fault."""
    return [{name: data[name].values[i].item() for name in data.data_vars} for i in range(data.sizes["fault"])]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The error, what it tells, what stays, what comes of the next run."""
    kept = data.isel(fault=data.fired.values)
    total = kept.sizes["fault"]

    def count(name: str, claim: str, good: xr.DataArray, unit: str = "faults") -> Verdict:
        return _fault_counts.counted(name, claim, int(good.sum()), good.size, unit, COMMAND)

    finished, wrong = int(kept.finished.sum()), int(kept.wrong.sum())
    found = [
        count("error", "A disk that refuses a call ends the sweep in an OSError with the system's number", kept.kept),
        count("advice", "The error names the store and tells to run the same sweep again", kept.tells),
        _fault_counts.counted(
            "finished", f"Every network that counts as finished after one of {total} faults is as without it",
            finished - wrong, finished, "networks", COMMAND,
        ),
        count("readable", "The store can be read, is not there yet, or tells that the next run mends it",
              kept.readable.isin(GOOD)),
        count("resumed", "The same sweep, run again, gives what it gives without a fault, bit for bit", kept.equal),
        count("tidy", "After that nothing half-written is left", kept.left == 0),
    ]  # fmt: skip
    real = kept.isel(fault=kept.stage.values == "a disk that is full")
    if real.sizes["fault"]:
        good = real.kept & real.tells & (real.wrong == 0) & real.readable.isin(GOOD) & real.equal & (real.left == 0)
        found.append(count("real_disk", "All of this holds where a real disk is full", good, "disks"))
    return found


if __name__ == "__main__":
    cli.main(__file__)
