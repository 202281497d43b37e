"""A sweep that is killed at any moment loses at most the block under way, and no number.

Claim: `kill -9` at any moment of a sweep with a store costs each worker the block that it was training, at most;
what was finished stays, no file is left damaged, and the sweep that was resumed equals the uninterrupted one in every
bit. Ctrl-C costs no more, and tells how to go on.

Source: the project's own target.

Protocol: 2-2-1 and 2-3-1 on XOR, four learning rates, 40 blocks of 512 networks, two workers. Every session is a new
process on the same store. Once its 40 blocks are finished a store grows twice, by 8 blocks of further seeds and by 12
of another learning rate. Some kills are aimed at what is short: the making of the store, its growth, the moving of
files as it grows, the writing of a block, each at a random moment of it. All others come at a moment drawn evenly
from the time that the session would take to its end, the start of the process included. After each kill the store is
opened and every chunk checked, by nnjax and by xarray alone, and each finished network is compared with the
uninterrupted run. Processes note what they begin and finish; what was begun and not finished is lost.

    python -m experiments survival.killed                  # 5 kills, 25 s
    python -m experiments survival.killed --preset full    # 100 kills, 8 min

Outputs: killed; table.csv has a row for each phase in which kills fell, and one for Ctrl-C.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, REPRODUCED, Verdict, cli
from experiments.survival import _kills, _sessions, _sweep

COMMAND = "python -m experiments survival.killed --preset full"
OWN = "the project's own target"


@dataclass(frozen=True)
class Config:
    """What is killed, and how often."""

    blocks: int = 40  # fixed: of the sweep, a multiple of 8
    networks: int = 512  # fixed: in a block
    num_steps: int = 10_000  # fixed: a block trains for about 0.1 s
    workers: int = 2  # fixed: threads that train
    kills: int = 100  # fixed: by SIGKILL
    aimed: int = 1  # fixed: of these, how many each time at each of the short moments: making, growing, moving, writing
    interrupts: int = 10  # fixed: by SIGINT, as Ctrl-C sends it
    seed: int = 0  # fixed: of the moments


FULL = Config()
QUICK = Config(blocks=8, num_steps=5_000, kills=5, interrupts=1)


def run(config: Config) -> xr.Dataset:
    """Every session [session] with what was found after it, every finished block [block], every store [store]."""
    first = _sweep.settings(config.blocks, config.networks, config.num_steps)
    more_seeds = first | {"seeds": first["seeds"] + config.networks}
    grids = [first, more_seeds, more_seeds | {"learning_rate": [*first["learning_rate"], 0.3]}]
    # On Windows a process that was just killed may still hold a file.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = _sessions.Place(Path(folder), config.networks, config.workers)
        tries = _kills.Tries(place, grids, np.random.default_rng(config.seed))
        while tries.kills < config.kills:
            tries.kill(config.kills, config.aimed)
        interrupted = tries.interrupt(config.interrupts)
    return tries.dataset().merge(interrupted).assign_attrs(workers=config.workers, blocks=config.blocks)


def kills(data: xr.Dataset) -> xr.Dataset:
    """The sessions that were killed."""
    return data.isel(session=data.killed.values)


def figures(data: xr.Dataset) -> dict:
    """killed: blocks over time with every kill, and how many blocks the kills cost."""
    from experiments.survival import _killed_figures

    return {"killed": _killed_figures.draw(data, kills(data))}


def table(data: xr.Dataset) -> list[dict]:
    """A row per phase in which kills fell; the last is Ctrl-C."""
    found, rows = kills(data), []
    for phase in _sessions.PHASES:
        part = found.isel(session=(found.phase == phase).values)
        row = {"signal": "SIGKILL", "phase": phase, "times": part.sizes["session"]}
        row |= {f"lost_{n}": int((part.lost == n).sum()) for n in range(data.attrs["workers"] + 1)}
        row |= {"lost_more": int((part.lost > data.attrs["workers"]).sum())}
        row |= {f"store_{state}": int((part.state == state).sum()) for state in _kills.STATES}
        rows.append(row | {name: int(part[name].sum()) for name in _kills.FAULTS})
    lost = data.interrupt_lost
    row = {"signal": "SIGINT", "phase": "training", "times": lost.size}
    row |= {f"lost_{n}": int((lost == n).sum()) for n in range(data.attrs["workers"] + 1)}
    row |= {"lost_more": int((lost > data.attrs["workers"]).sum()), "store_whole": lost.size}
    return [*rows, row | {name: int(data.interrupt_faults.sel(fault=name).sum()) for name in _kills.FAULTS}]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Blocks lost, numbers lost, blocks trained twice, the results at the end, and Ctrl-C."""
    found, workers = kills(data), data.attrs["workers"]
    times, stores = found.sizes["session"], data.sizes["store"]
    where = [f"{count} in {p}" for p in _sessions.PHASES if (count := int((found.phase == p).sum()))]
    faults = sum(int(data[name].sum()) for name in _kills.FAULTS)
    again = int(data.begun.sum() - data.blocks_there.sum())
    told, interrupts = int(data.told.sum()), data.sizes["interrupt"]
    nothing_lost = not data.interrupt_faults.any() and bool((data.interrupt_lost <= workers).all())
    equal = int(data.equal.sum())
    return [
        _verdict("blocks-lost", f"A kill costs each of {workers} workers the block under way at most "
                 f"({times} kills: {', '.join(where)})", f"at most {workers}", int(found.lost.max()),
                 "blocks, the most of any kill", bool((found.lost <= workers).all())),
        _verdict("numbers-lost", "After every kill the store opens, no chunk is damaged, no finished network is gone, "
                 f"and each equals the uninterrupted run ({int((found.state == 'absent').sum())} kills before there "
                 f"was a store, {int((found.state == 'growing').sum())} while it grew)",
                 0, faults, f"faults in {times} stores looked at", faults == 0),
        _verdict("trained-twice", "Only blocks under way are trained again, none that was finished",
                 f"at most {times * workers}", again, f"blocks of {int(data.begun.sum())}",
                 0 <= again <= times * workers and int(data.written.sum()) <= int(data.blocks_there.sum())),
        _verdict("equal", "In the end each store, resumed and grown, holds the uninterrupted run bit for bit",
                 stores, equal, f"of {stores} stores", equal == stores),
        _verdict("ctrl-c", "Ctrl-C ends a sweep with a message that tells what is kept and how to go on, and nothing "
                 "finished is lost", interrupts, told, f"of {interrupts} times", told == interrupts and nothing_lost),
    ]  # fmt: skip


def _verdict(name: str, claim: str, reference: float | str, measured: float, unit: str, good: bool) -> Verdict:
    outcome = REPRODUCED if good else NOT_REPRODUCED
    return Verdict(name, claim, OWN, reference, measured, None, None, unit, outcome, COMMAND)


if __name__ == "__main__":
    cli.main(__file__)
