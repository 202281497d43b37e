"""The table and the verdicts of `survival.killed`: blocks lost, results lost, the results at the end, and Ctrl-C."""

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.text import plural
from experiments.lab.verdicts import AIM, NOT_REPRODUCED, REPRODUCED, Rule, Statement, Verdict
from experiments.survival.killed.config import Config
from experiments.survival.killed.kills import FAULTS, STATES
from experiments.survival.shared.sessions import PHASES
from nnjax import statistics

# What a sweep does in each phase.
PHASE_LABELS = {
    "start": "starting up", "creation": "creating the store", "growth": "extending the store", "training": "training",
    "writing": "writing a block", "end": "ending",
}  # fmt: skip
CHANGED = "Changed after results were seen:"
COUNTED = f"{CHANGED} before, a process's own notes told which blocks were written."


def statements(config: Config) -> list[Statement]:
    """What a kill costs, and what Ctrl-C does."""
    return _statements(config.workers, config.interrupts)


def _statements(workers: int, interrupts: int) -> list[Statement]:
    most = f"{workers} blocks" if workers > 1 else "one block"
    lost = rules.at_most(workers, "the greatest number of blocks that were begun and are not in the store after a kill")
    none = rules.exactly(0, "the number of faults found in the stores")
    return [
        Statement(
            "blocks-lost", f"A kill -9 costs a sweep with {plural(workers, 'worker')} {most} of networks at most, the "
            "ones under way.",
            AIM, "", Rule(f"{lost.text} {COUNTED}", lost.judge), workers, "blocks, the most of any kill",
        ),
        Statement(
            "numbers-lost", "After a kill the store opens, or says that its extension was broken off and that the next "
            "run finishes it, which it does; no chunk is damaged, no finished block is gone, and every finished "
            "network equals that of the uninterrupted run.",
            AIM, "", Rule(
                f"{none.text} {CHANGED} before, nothing was said of stores whose extension was broken off.", none.judge
            ), 0, "faults",
        ),
        Statement(
            "equal", "A store that was killed again and again, resumed and extended, ends with the same bits as an "
            "uninterrupted run.",
            AIM, "", Rule("Reproduced when every store equals it in every bit, otherwise not reproduced."), "all",
            "stores",
        ),
        Statement(
            "ctrl-c", "Ctrl-C ends a sweep with a message that says what is kept and how to go on, and no finished "
            "result is lost.",
            AIM, "", Rule(
                f"Reproduced when the message comes each of {plural(interrupts, 'time')}, no store has a fault "
                f"afterwards and none has lost more than {most}; otherwise not reproduced. {COUNTED}"
            ), interrupts, "messages",
        ),
    ]  # fmt: skip


def killed(data: xr.Dataset) -> xr.Dataset:
    """The sessions that were killed."""
    return data.isel(session=data.killed.values)


def growing(data: xr.Dataset) -> int:
    """How many kills left a store that could be read only after the next run, and said so."""
    return int((killed(data).state == "growing").sum())


def unfinished(data: xr.Dataset) -> int:
    """How many broken-off extensions the next run had not finished by the time it trained a block or ended."""
    state, store = data.state.values, data.in_store.values
    came, count = (data.begun.values > 0) | ~data.killed.values, 0
    for i in np.flatnonzero(state == "growing"):
        later = np.flatnonzero(came & (store == store[i]) & (np.arange(len(state)) > i))
        count += not later.size or state[later[0]] != "whole"
    return count


def after_a_block(data: xr.Dataset) -> xr.Dataset:
    """The sessions that were killed after they had begun a block."""
    found = killed(data)
    return found.isel(session=(found.begun > 0).values)


def costly(data: xr.Dataset) -> str:
    """A sentence: of the kills after a block was begun, the share that cost more than one block per worker."""
    after, workers = after_a_block(data), data.attrs["workers"]
    times, more = after.sizes["session"], int((after.lost > workers).sum())
    if not times:
        return "No kill came after a block had been begun."
    low, high = statistics.wilson(more, times)
    return (
        f"The {plural(times, 'kill')} that came after a block had been begun cost {float(after.lost.mean()):.2g} "
        f"blocks on average; {more / times:.1%} [{float(low):.1%}, {float(high):.1%}] of such kills cost more than "
        f"{plural(workers, 'block')}."
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per phase in which kills fell; the last is Ctrl-C."""
    found, workers, rows = killed(data), data.attrs["workers"], []
    for phase in PHASES:
        part = found.isel(session=(found.phase == phase).values)
        row = {"signal": "SIGKILL", "phase": phase, "times": part.sizes["session"]} | _lost(part.lost, workers)
        row |= {f"store_{state}": int((part.state == state).sum()) for state in STATES}
        row |= {"unreadable_growing": int(part.unreadable_growing.sum())}
        rows.append(row | {name: int(part[name].sum()) for name in FAULTS})
    lost = data.interrupt_lost
    row = {"signal": "SIGINT", "phase": "training", "times": lost.size} | _lost(lost, workers)
    row |= {"store_whole": lost.size, "unreadable_growing": 0}
    return [*rows, row | {name: int(data.interrupt_faults.sel(fault=name).sum()) for name in FAULTS}]


def _lost(lost: xr.DataArray, workers: int) -> dict[str, int]:
    """How often each number of blocks was lost."""
    return {f"lost_{n}": int((lost == n).sum()) for n in range(workers + 1)} | {
        "lost_more": int((lost > workers).sum())
    }


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on every statement."""
    found, workers = killed(data), data.attrs["workers"]
    times, stores = found.sizes["session"], data.sizes["store"]
    where = ", ".join(f"{count} while {PHASE_LABELS[p]}" for p in PHASES if (count := int((found.phase == p).sum())))
    faults = sum(int(data[name].sum()) for name in FAULTS) + unfinished(data)
    told, interrupts = int(data.told.sum()), data.sizes["interrupt"]
    nothing_lost = not data.interrupt_faults.any() and bool((data.interrupt_lost <= workers).all())
    equal, most = int(data.equal.sum()), int(found.lost.max())
    blocks, results, ends, ctrl_c = _statements(workers, interrupts)
    return [
        blocks.verdict(
            f"Each of {plural(times, 'kill')} ({where}) cost at most {plural(most, 'block')}. {costly(data)}",
            most, n=int((found.begun > 0).sum()) or None,
        ),
        results.verdict(
            f"The stores had {plural(faults, 'fault')} after {plural(times, 'kill')}. After "
            f"{int((found.state == 'absent').sum())} of these kills there was no store yet, and after {growing(data)} "
            "the store could be read only after the next run, and said so.",
            faults, n=times,
        ),
        ends.verdict(
            f"{equal} of {stores} stores, killed and resumed again and again, end with the same bits as the "
            "uninterrupted run.",
            equal, n=stores, outcome=_outcome(equal == stores),
        ),
        ctrl_c.verdict(
            f"{told} of {interrupts} sweeps that were interrupted by Ctrl-C ended with the message. An interrupt cost "
            f"at most {plural(int(data.interrupt_lost.max()), 'block')}, and the stores had "
            f"{plural(int(data.interrupt_faults.sum()), 'fault')} afterwards.",
            told, n=interrupts, outcome=_outcome(told == interrupts and nothing_lost),
        ),
    ]  # fmt: skip


def _outcome(good: bool) -> str:
    return REPRODUCED if good else NOT_REPRODUCED
