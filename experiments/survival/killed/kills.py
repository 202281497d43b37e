"""Sweeps on one store after another are killed, resumed and extended, and compared with an uninterrupted run."""

import itertools
import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

import nnjax
from experiments.survival.shared import files, sessions, sweeps

# States of a store. "growing": its extension was broken off, and the error says so and that the next run finishes it.
STATES = ("absent", "growing", "whole", "refused")
NEXT_RUN = (
    "is being grown, which takes a moment; if its writer has ended meanwhile, run the sweep again, which finishes it"
)
# What must never be found after a kill: a store that does not open (to nnjax, to xarray alone), networks that are
# finished and differ from the uninterrupted run, blocks that were finished and are gone.
FAULTS = ("unopened", "unreadable", "wrong", "gone")
MESSAGE = r"KeyboardInterrupt: stopped: run the same sweep again to go on: (\d+) of \d+ blocks are finished and kept"


class Look(NamedTuple):
    """What a store holds after a kill, as nnjax and as xarray alone see it."""

    state: str  # of STATES
    readable: bool  # by xarray
    networks: int  # that are finished
    wrong: int  # of them, that are not as in the uninterrupted run
    reason: str = ""  # for which nnjax refused to open it


def look(path: Path, reference: xr.Dataset) -> Look:
    """Open a store, check every chunk, and compare every finished network."""
    if not path.exists():
        return Look("absent", True, 0, 0)
    try:
        found = sweeps.opened(path, verify=True)
    except ValueError as error:
        state = "growing" if NEXT_RUN in str(error) else "refused"
        reason = str(error).replace(str(path.parent), "")[:200] if state == "refused" else ""
        return Look(state, _readable(path), 0, 0, reason)
    return Look("whole", _readable(path), *sweeps.compared(found, reference))


def _readable(path: Path) -> bool:
    """Whether xarray can read the store without nnjax."""
    try:
        xr.open_zarr(path, consolidated=False).load()
    except Exception:  # whatever it is, it cannot be read
        return False
    return True


class Tries:
    """All sessions on stores that are extended from the first grid to the last, which contains all others."""

    def __init__(self, place: sessions.Place, grids: Sequence[dict[str, Any]], generator: np.random.Generator) -> None:
        self.place, self.grids, self.generator = place, grids, generator
        self.sessions: list[dict[str, Any]] = []
        self.written: list[tuple[int, float]] = []  # (store, seconds of running time) of every finished block
        self.stores: list[dict[str, Any]] = []
        self.kills, self.clock = 0, 0.0
        self.num_blocks = sweeps.num_blocks(grids[0], place.networks)
        place.finish(self._path("whole"), grids[-1])  # compiles
        self.reference = nnjax.open_store(self._path("whole")).load()
        timed = place.finish(self._path("timed"), grids[0])
        self.creation = timed.seconds("create", "create done")
        self.writing = timed.seconds("write", "written")
        self.before = timed.first("written") - timed.begun
        self.training = (timed.first("finished") - timed.first("written")) / timed.count("written")

    def kill(self, most: int, aimed: int) -> None:
        """Make a store and extend it, killing its sessions until there are `most` kills in all; then run to the end."""
        path = self._path(str(len(self.stores)))
        there = 0  # blocks
        for number, grid in enumerate(self.grids):
            aims = ["start", *(("growth", "moving") if number else ("creation",)), "writing"] * aimed
            for aim in itertools.chain(aims, itertools.repeat("anywhere")):
                session = self._session(path, grid, aim if self.kills < most else None, there)
                there = self._note(session, path, aim, there)
                if session.code == 0:
                    break
        found = nnjax.open_store(path, verify=True).load()
        equal = sweeps.same(found, self.reference) and all(
            found.attrs[name] == self.reference.attrs[name] for name in ("settings", "plan")
        )
        self.stores.append({"equal": equal, "blocks_there": there})

    def _session(self, path: Path, grid: dict[str, Any], aim: str | None, there: int) -> sessions.Session:
        """Run once: to the end if `aim` is None, else until a kill at a moment of that kind."""
        running = self.place.start(path, grid)
        if aim is None:
            return running.wait().succeeded()
        left = self.training * max(0, sweeps.num_blocks(grid, self.place.networks) - there - 1)
        if aim == "start":
            session = running.stop(self.generator.uniform(0, self.before))
        elif aim == "anywhere":
            # From the end of the first block: starting and loading a program take longer than all blocks together.
            session = running.stop(self.generator.uniform(0, left), once="written")
        else:
            once, times, most = self._aims(aim)
            missed = None if once == "write" else self.generator.uniform(0, left)
            # The extension of a store is noted before its new metadata are written; then they are moved.
            folder = files.moving(path) if aim == "moving" else None
            session = running.stop(self.generator.uniform(0, most), once, times, folder, missed)
        return session if session.code == -signal.SIGKILL else session.succeeded()

    def _aims(self, aim: str) -> tuple[str, int, float]:
        """Which note to wait for, how many of them, and the most seconds to wait from there."""
        if aim == "writing":
            return "write", int(self.generator.integers(1, 5)), self.writing
        return "create" if aim == "creation" else "grow", 1, self.creation / (4 if aim == "moving" else 1)

    def _note(self, session: sessions.Session, path: Path, aim: str, there: int) -> int:
        """Record what a session did and left behind; return the number of blocks now in the store."""
        seen, killed, end = look(path, self.reference), session.code != 0, self.clock + session.ended - session.begun
        self.kills += killed
        begun, written = session.count("train"), session.count("written")
        known, expected = seen.state in ("absent", "whole"), there + written
        blocks = seen.networks // self.place.networks if known else expected
        at = [self.clock + note["at"] - session.begun for note in session.notes if note["what"] == "written"]
        # A kill may come between the write of a block and the note of it: the store tells what is there.
        self.written += [(len(self.stores), when) for when in at + [end] * (blocks - expected)]
        self.sessions.append({
            "in_store": len(self.stores), "aim": aim, "killed": killed, "phase": session.phase, "state": seen.state,
            "start": self.clock, "end": end, "begun": begun, "written": written, "blocks": blocks,
            "lost": begun - (blocks - there), "unopened": seen.state == "refused",
            "unreadable": not seen.readable and known,
            "unreadable_growing": not seen.readable and seen.state == "growing",
            "reason": seen.reason, "wrong": seen.wrong, "gone": max(0, expected - blocks),
        })  # fmt: skip
        self.clock = end
        return blocks

    def interrupt(self, times: int) -> xr.Dataset:
        """Send Ctrl-C `times` times while blocks are trained; once a store is half full, another is begun."""
        rows, stores = [], itertools.count()
        while len(rows) < times:
            path, there = self._path(f"interrupted-{next(stores)}"), 0
            while len(rows) < times and there <= self.num_blocks / 2:
                # Not the last blocks: the process would have ended before the signal comes.
                begun = int(self.generator.integers(1, max(2, (self.num_blocks - there) // 2)))
                wait = self.generator.uniform(0, self.training)
                running = self.place.start(path, self.grids[0])
                session = running.stop(wait, once="train", times=begun, how=signal.SIGINT)
                row, there = interrupted(session, look(path, self.reference), there, self.place.networks)
                rows.append(row)
            self.place.finish(path, self.grids[0])
            if look(path, self.reference) != ("whole", True, self.num_blocks * self.place.networks, 0, ""):
                rows[-1]["wrong"] += 1
        return xr.Dataset(
            {
                "told": ("interrupt", [row["told"] for row in rows]),
                "interrupt_lost": ("interrupt", [row["lost"] for row in rows]),
                "interrupt_faults": (("interrupt", "fault"), [[row[name] for name in FAULTS] for row in rows]),
            },
            {"fault": list(FAULTS)},
        )

    def dataset(self) -> xr.Dataset:
        """All sessions, blocks and stores."""
        columns: dict[str, tuple] = {name: ("session", values) for name, values in _columns(self.sessions)}
        columns |= {name: ("store", values) for name, values in _columns(self.stores)}
        columns |= {"block_store": ("block", [store for store, _ in self.written])}
        return xr.Dataset(columns | {"block_end": ("block", [end for _, end in self.written])})

    def _path(self, name: str) -> Path:
        return self.place.folder / f"{name}.zarr"


def interrupted(session: sessions.Session, seen: Look, there: int, networks: int) -> tuple[dict[str, Any], int]:
    """A row for a session that was interrupted, and how many blocks there are now."""
    now, message = seen.networks // networks, re.search(MESSAGE, session.printed)
    finished = now - there
    told = message is not None and int(message[1]) == now and session.code == -signal.SIGINT
    row = {"told": told, "lost": session.count("train") - finished, "wrong": seen.wrong}
    row |= {"unopened": int(seen.state != "whole"), "unreadable": int(not seen.readable)}
    return row | {"gone": max(0, session.count("written") - finished)}, now


def _columns(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list]]:
    for name in rows[0]:
        yield name, [row[name] for row in rows]
