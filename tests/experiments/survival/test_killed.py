"""`survival.killed`: three signals at moments that are known, what is found after a kill, and the rules."""

import signal

import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED, check_verdicts
from experiments.survival.killed import config, kills, run, verdicts
from experiments.survival.shared import sessions, sweeps

SMALL = sweeps.settings(8, 512, 100)
ONE = config.Config(interrupts=1)


@pytest.mark.slow
def test_a_sweep_is_killed_stopped_by_ctrl_c_extended_and_equal(tmp_path):
    """Three signals: while the store is created, in training, and while the store is extended."""
    place, store = sessions.Place(tmp_path, 512, 2), tmp_path / "a.zarr"
    small = sweeps.settings(8, 1024, 5_000) | {"hidden": [(2,)]}  # one program, 8 blocks
    extended = small | {"learning_rate": [*small["learning_rate"], 0.3]}
    reference = sweeps.sweep(None, extended)
    session = place.start(store, small).stop(0, once="create")
    assert (session.code, session.phase) == (-signal.SIGKILL, "creation")
    session = place.start(store, small).stop(0, once="written", how=signal.SIGINT)
    seen = kills.look(store, reference)
    row, there = kills.interrupted(session, seen, 0, 512)
    assert (row["told"], there) == (True, session.count("written"))
    assert row["lost"] == session.count("train") - there
    assert seen == ("whole", True, there * 512, 0, "")
    session = place.start(store, extended).stop(0, once="grow")
    assert session.phase == "growth"
    assert kills.look(store, reference).wrong == 0
    place.finish(store, extended)
    assert kills.look(store, reference) == ("whole", True, 10 * 512, 0, "")
    assert sweeps.same(nnjax.open_store(store, verify=True).load(), reference)


def test_what_is_wrong_after_a_kill_is_found(tmp_path):
    store = tmp_path / "a.zarr"
    reference = sweeps.sweep(store, SMALL).load()
    assert kills.look(store, reference) == ("whole", True, 8 * 512, 0, "")
    changed = reference.copy(deep=True)
    changed.train_curve.values[1, 2, 300, 3] += 1
    assert sweeps.compared(reference, changed) == (8 * 512, 1)
    changed.status.values[1, 2, 300] = nnjax.training.MISSING
    assert sweeps.compared(changed, reference) == (8 * 512 - 1, 0)
    file = next(file for file in (store / "steps" / "c").rglob("0") if file.is_file())
    file.write_bytes(file.read_bytes()[:-1])
    seen = kills.look(store, reference)
    assert seen[:2] == ("refused", False)
    assert seen.reason.startswith("chunk steps/c/")
    assert str(tmp_path) not in seen.reason
    assert kills.look(tmp_path / "b.zarr", reference) == ("absent", True, 0, 0, "")


def made(lost=(0, 2, 1), **more):
    """Three kills and an end, made up."""
    columns = {
        "in_store": [0, 0, 0, 0], "aim": ["creation", "anywhere", "growth", "anywhere"],
        "killed": [True, True, True, False], "phase": ["creation", "writing", "growth", "end"],
        "state": ["absent", "whole", "growing", "whole"], "start": [0.0, 1.0, 3.0, 4.0], "end": [1.0, 3.0, 4.0, 9.0],
        "begun": [0, 3, 0, 2], "written": [0, 1, 0, 2], "blocks": [0, 1, 1, 3], "lost": [*lost, 0],
    }  # fmt: skip
    columns |= {"reason": [""] * 4} | {name: [0] * 4 for name in (*kills.FAULTS, "unreadable_growing")} | more
    return xr.Dataset(
        {name: ("session", values) for name, values in columns.items()}
        | {"equal": ("store", [True]), "blocks_there": ("store", [3])}
        | {"block_store": ("block", [0, 0, 0]), "block_end": ("block", [2.5, 6.0, 7.0])}
        | {"told": ("interrupt", [True]), "interrupt_lost": ("interrupt", [1])}
        | {"interrupt_faults": (("interrupt", "fault"), np.zeros((1, 4), int))},
        {"fault": list(kills.FAULTS)},
        {"workers": 2, "blocks": 3},
    )


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(ONE))}


def test_kills_are_judged_by_rules(redrawn):
    assert set(outcomes(made()).values()) == {REPRODUCED}
    assert outcomes(made(lost=(0, 3, 0)))["blocks-lost"] == NOT_REPRODUCED
    told = "The 1 kill that came after a block had been begun cost 2 blocks on average; "
    told += "0.0% [0.0%, 79.3%] of such kills cost more than 2 blocks."
    assert verdicts.costly(made()) == told
    assert verdicts.costly(made(begun=[0, 0, 0, 2])) == "No kill came after a block had been begun."
    for fault in kills.FAULTS:
        assert outcomes(made(**{fault: [0, 1, 0, 0]}))["numbers-lost"] == NOT_REPRODUCED
    # A store that says that the next run finishes its extension, and one that it has not finished.
    assert verdicts.growing(made()) == 1
    broken = made(state=["absent", "whole", "growing", "growing"])
    assert outcomes(broken)["numbers-lost"] == NOT_REPRODUCED
    assert outcomes(made().assign(equal=("store", [False])))["equal"] == NOT_REPRODUCED
    assert outcomes(made().assign(told=("interrupt", [False])))["ctrl-c"] == NOT_REPRODUCED
    assert outcomes(made().assign(interrupt_lost=("interrupt", [3])))["ctrl-c"] == NOT_REPRODUCED
    assert redrawn("survival.killed", made(), ONE) == ["killed"]
    rows = verdicts.table(made())
    assert [row["times"] for row in rows if row["signal"] == "SIGKILL"] == [0, 1, 1, 0, 1, 0]
    assert rows[-1]["lost_1"] == 1


def test_a_block_that_was_written_and_not_noted_is_not_lost(tmp_path, monkeypatch):
    """A kill may come between a write and its note; what the store lacks is lost, whatever was noted."""
    tries = object.__new__(kills.Tries)
    tries.place, tries.reference, tries.sessions, tries.written = sessions.Place(tmp_path, 512, 2), None, [], []
    tries.stores, tries.kills, tries.clock = [], 0, 0.0
    notes = [{"what": what, "at": 1.0 + i} for i, what in enumerate(("train", "train", "write", "written", "train"))]
    session = sessions.Session(notes, 0.0, 9.0, -signal.SIGKILL, "")
    for blocks, lost, gone, marks in ((6, 2, 0, [4.0]), (7, 1, 0, [4.0, 9.0]), (5, 3, 1, [4.0])):
        look = kills.Look("whole", True, blocks * 512, 0)
        monkeypatch.setattr(kills, "look", lambda path, reference, look=look: look)
        tries.written, tries.clock = [], 0.0
        assert tries._note(session, tmp_path / "a.zarr", "anywhere", 5) == blocks
        row = tries.sessions[-1]
        assert (row["lost"], row["gone"], row["blocks"]) == (lost, gone, blocks)
        assert [when for _, when in tries.written] == marks


@pytest.mark.faults
def test_a_hundred_kills_lose_no_result(redrawn):
    data = run.run(config.FULL)
    assert {v.outcome for v in verdicts.verdicts(data)} == {REPRODUCED}
    # Only blocks under way are trained again, none that was finished.
    again = int(data.begun.sum() - data.blocks_there.sum())
    assert int(data.lost.sum()) == again
    assert 0 <= again <= config.FULL.kills * config.FULL.workers
    assert int(data.written.sum()) <= int(data.blocks_there.sum())
    assert set(verdicts.killed(data).phase.values) >= {"start", "creation", "growth", "training", "writing"}
    redrawn("survival.killed", data, config.FULL)
