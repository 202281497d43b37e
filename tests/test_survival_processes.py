"""Sweeps that are killed, that other processes train, and what a store costs: small versions of the experiments.

Nothing here asserts how long anything takes.
"""

import gc
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, check_verdicts, figures, processes, results
from experiments.survival import _costs, _kills, _sessions, _sweep, _workers, killed, machines, size

# Dask leaves sockets and pipes of its worker processes to the collector, of one that was killed above all.
DASK = "ignore:unclosed:ResourceWarning"
SMALL = _sweep.settings(8, 512, 100)


def drawn(module, data: xr.Dataset, tmp_path: Path) -> list[dict]:
    """Draw the figures and return the table, from data that went through the file format."""
    results.save_dataset(data, tmp_path / "data.nc")
    data = results.load_dataset(tmp_path / "data.nc")
    with figures.use_style():
        for name, figure in module.figures(data).items():
            assert name.isidentifier()
            figure.draw_without_rendering()
    check_verdicts(module.verdicts(data))
    return module.table(data)


def outcomes(module, data: xr.Dataset) -> dict[str, str]:
    return {verdict.id: verdict.verdict for verdict in check_verdicts(module.verdicts(data))}


# --- processes and their notes


def test_notes_are_read_as_they_were_written_and_half_a_line_is_left_out(tmp_path):
    file = tmp_path / "notes"
    assert processes.notes(file) == []
    processes.note(file, "train", block=[0, 512])
    processes.note(file, "written", block=[0, 512])
    whole = file.read_text()
    file.write_text(whole + whole[:20])
    assert [(note["what"], note["block"]) for note in processes.notes(file)] == [
        ("train", [0, 512]),
        ("written", [0, 512]),
    ]


@pytest.mark.parametrize(
    ("notes", "phase", "lost"),
    [
        ("", "start", 0),
        ("sweep", "start", 0),
        ("sweep, create", "creation", 0),
        ("create, create done", "start", 0),
        ("grow, grow, grow done", "growth", 0),
        ("train, train", "training", 2),
        ("train, train, write", "writing", 2),
        ("train, train, write, written", "training", 1),
        ("train, write, written", "end", 0),
        ("train, write, written, finished", "end", 0),
    ],
)
def test_a_session_tells_what_it_was_doing_when_it_ended(notes, phase, lost):
    made = [{"what": what, "at": float(i)} for i, what in enumerate(filter(None, notes.split(", ")))]
    session = _sessions.Session(made, 0.0, 9.0, -9, "")
    assert (session.phase, session.lost) == (phase, lost)
    with pytest.raises(RuntimeError, match="ended with -9"):
        session.succeeded()


def test_a_sweep_is_killed_stopped_by_ctrl_c_grown_and_equal(tmp_path):
    """Three signals, each at a moment that is known: while the store is made, in training, while it grows."""
    place, store = _sessions.Place(tmp_path, 512, 2), tmp_path / "a.zarr"
    small = _sweep.settings(8, 1024, 5_000) | {"hidden": [(2,)]}  # one program, 8 blocks
    grown = small | {"learning_rate": [*small["learning_rate"], 0.3]}
    reference = _sweep.sweep(None, grown)
    session = place.start(store, small).stop(0, once="create")
    assert (session.code, session.phase) == (-signal.SIGKILL, "creation")
    session = place.start(store, small).stop(0, once="written", how=signal.SIGINT)
    seen = _kills.look(store, reference)
    row, there = _kills.interrupted(session, seen, 0, 512)
    assert (row["told"], there) == (True, session.count("written"))
    assert seen == ("whole", True, there * 512, 0, "")
    session = place.start(store, grown).stop(0, once="grow")
    assert session.phase == "growth"
    assert _kills.look(store, reference).wrong == 0
    place.finish(store, grown)
    assert _kills.look(store, reference) == ("whole", True, 10 * 512, 0, "")
    assert _sweep.same(nnjax.open_store(store, verify=True).load(), reference)


def test_what_is_wrong_after_a_kill_is_found(tmp_path):
    store = tmp_path / "a.zarr"
    reference = _sweep.sweep(store, SMALL).load()
    assert _kills.look(store, reference) == ("whole", True, 8 * 512, 0, "")
    changed = reference.copy(deep=True)
    changed.train_curve.values[1, 2, 300, 3] += 1
    assert _kills.compared(reference, changed) == (8 * 512, 1)
    changed.status.values[1, 2, 300] = nnjax.training.MISSING
    assert _kills.compared(changed, reference) == (8 * 512 - 1, 0)
    file = next(file for file in (store / "steps" / "c").rglob("0") if file.is_file())
    file.write_bytes(file.read_bytes()[:-1])
    seen = _kills.look(store, reference)
    assert seen[:2] == ("refused", False)
    assert seen.reason.startswith("chunk steps/c/")
    assert str(tmp_path) not in seen.reason
    assert _kills.look(tmp_path / "b.zarr", reference) == ("absent", True, 0, 0, "")


# --- killed


def kills(lost=(0, 2, 1), **more) -> xr.Dataset:
    """Three kills and an end, made up."""
    columns = {
        "in_store": [0, 0, 0, 0], "aim": ["creation", "anywhere", "growth", "anywhere"],
        "killed": [True, True, True, False], "phase": ["creation", "writing", "growth", "end"],
        "state": ["absent", "whole", "growing", "whole"], "start": [0.0, 1.0, 3.0, 4.0], "end": [1.0, 3.0, 4.0, 9.0],
        "begun": [0, 3, 1, 2], "written": [0, 1, 0, 2], "lost": [*lost, 0],
    }  # fmt: skip
    columns |= {"reason": [""] * 4} | {name: [0] * 4 for name in (*_kills.FAULTS, "unreadable_growing")} | more
    return xr.Dataset(
        {name: ("session", values) for name, values in columns.items()}
        | {"equal": ("store", [True]), "blocks_there": ("store", [3])}
        | {"block_store": ("block", [0, 0, 0]), "block_end": ("block", [2.5, 6.0, 7.0])}
        | {"told": ("interrupt", [True]), "interrupt_lost": ("interrupt", [1])}
        | {"interrupt_faults": (("interrupt", "fault"), np.zeros((1, 4), int))},
        {"fault": list(_kills.FAULTS)},
        {"workers": 2, "blocks": 3},
    )


def test_kills_are_judged_by_rules(tmp_path):
    assert set(outcomes(killed, kills()).values()) == {REPRODUCED}
    assert outcomes(killed, kills(lost=(0, 3, 0)))["blocks-lost"] == NOT_REPRODUCED
    for fault in _kills.FAULTS:
        assert outcomes(killed, kills(**{fault: [0, 1, 0, 0]}))["numbers-lost"] == NOT_REPRODUCED
    assert outcomes(killed, kills(begun=[0, 9, 1, 2]))["trained-twice"] == NOT_REPRODUCED
    assert outcomes(killed, kills(written=[0, 2, 0, 2]))["trained-twice"] == NOT_REPRODUCED
    assert outcomes(killed, kills().assign(equal=("store", [False])))["equal"] == NOT_REPRODUCED
    assert outcomes(killed, kills().assign(told=("interrupt", [False])))["ctrl-c"] == NOT_REPRODUCED
    rows = drawn(killed, kills(), tmp_path)
    assert [row["times"] for row in rows if row["signal"] == "SIGKILL"] == [0, 1, 1, 0, 1, 0]
    assert rows[-1]["lost_1"] == 1


# --- machines


@pytest.mark.slow
@pytest.mark.filterwarnings(DASK)
def test_a_worker_that_is_killed_loses_nothing(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    given = _sweep.settings(8, 1024, 5_000) | {"hidden": [(2,)]}  # one program, 8 blocks
    place = _sessions.Place(tmp_path, 512, 1)
    ways = _workers.Ways(place, given, _sweep.sweep(None, given), after=2)
    for name, value in processes.environment(tmp_path / "programs").items():
        monkeypatch.setenv(name, value)
    ways.dask(2, kill=True)
    ways.pool(2)
    data = ways.dataset().assign_attrs(blocks=8, networks=512)
    rows = drawn(machines, data, tmp_path)
    assert [(row["killed"], row["equal"], row["networks_wrong"]) for row in rows] == [(1, True, 0)] * 2
    assert int(data.begun.sum()) == data.sizes["job"] == 16 + int(data.again.sum())
    found = outcomes(machines, data)
    assert (found["worker-killed"], found["pool-killed"]) == (REPRODUCED, REPRODUCED)
    gc.collect()  # here, where it may warn


@pytest.mark.slow
def test_shards_at_the_same_time_make_one_store(tmp_path):
    given = SMALL | {"hidden": [(2,)]}
    ways = _workers.Ways(_sessions.Place(tmp_path, 512, 1), given, _sweep.sweep(None, given), after=2)
    ways.shards(2)
    data = ways.dataset()
    assert (bool(data.equal.all()), int(data.again.sum()), data.sizes["job"]) == (True, 0, 4)


def test_other_bits_and_pools_that_do_not_tell_are_not_reproduced():
    ways = {
        "kind": ["Dask", "Dask", "shards", "pool"], "processes": [1, 2, 2, 2], "equal": [True] * 4, "wrong": [0] * 4,
        "told": [True] * 4, "killed": [0, 1, 0, 1], "killed_at": [np.nan, 1.0, np.nan, 1.0], "begun": [8, 9, 8, 10],
        "again": [0, 1, 0, 2],
    }  # fmt: skip
    data = xr.Dataset({name: ("way", values) for name, values in ways.items()}, {"way": list("abcd")}, {"blocks": 8})
    assert set(outcomes(machines, data).values()) == {REPRODUCED}
    for i, name in enumerate(("workers", "worker-killed", "shards", "pool-killed")):
        other = data.copy(deep=True)
        other.equal.values[i] = False
        assert [key for key, value in outcomes(machines, other).items() if value == NOT_REPRODUCED] == [name]
    assert outcomes(machines, data.assign(told=("way", [False] * 4)))["pool-killed"] == NOT_REPRODUCED
    assert outcomes(machines, data.assign(killed=("way", [0, 1, 0, 0])))["pool-killed"] == NOT_REPRODUCED


def test_without_dask_the_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ModuleNotFoundError, match="distributed"):
        machines.run(machines.QUICK)


def test_blocks_of_a_process_that_died_end_nowhere():
    made = [
        {"process": p, "what": w, "at": t} for p, w, t in ((1, "train", 0.0), (2, "train", 1.0), (1, "written", 2.0))
    ]
    made += [{"process": 1, "what": "train", "at": 3.0}]
    np.testing.assert_equal(list(_workers.blocks(made, 1)), [(0.0, 2.0), (3.0, np.nan)])
    np.testing.assert_equal(list(_workers.blocks(made, 2)), [(1.0, np.nan)])


# --- size


def test_bytes_on_disk_are_counted_by_variable(tmp_path):
    store = tmp_path / "a.zarr"
    nnjax.sweep(nnjax.tasks.xor(), hidden=(2,), seeds=100, num_steps=5, store=store, progress=False)
    sizes, files = _costs.on_disk(store)
    every = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert (sum(sizes.values()), files) == (sum(file.stat().st_size for file in every), len(every))
    assert sizes["train_loss"] == sum(f.stat().st_size for f in (store / "train_loss").rglob("*") if f.is_file())


@pytest.mark.slow
def test_a_process_tells_the_most_memory_it_has_held(tmp_path):
    used = np.ones(2**22)
    assert used.nbytes < processes.peak() < 2**40
    given = _costs.settings(5, 1, hidden=[2], seeds=10)
    text = json.dumps({"given": given, "store": str(tmp_path / "a.zarr")})
    command = [sys.executable, "-m", "experiments.survival._costs", text]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    assert 2**25 < int(done.stdout.splitlines()[-1]) < 2**40
    assert nnjax.open_store(tmp_path / "a.zarr").sizes["seed"] == 10


def test_time_is_taken_with_a_store_and_without():
    data = _costs.overhead((2,), 64, 20, 1, rounds=2)
    assert data.seconds.shape == (2, 2)
    assert (data.seconds > 0).all()
    assert data.attrs["chunks"] == 1
    assert data.attrs["timed_networks"] == 64
    assert data.attrs["milliseconds_per_chunk"] > 0


def costs(ratios=(1.01, 1.02, 1.03), peaks=(100, 110), bytes_each=12) -> xr.Dataset:
    """Made up."""
    disk = [[bytes_each * 10_000, bytes_each * 1_000_000], [500, 600]]
    return xr.Dataset(
        {
            "peak": (("kept", "networks"), np.asarray([peaks, (100, 200)]) * 1e6),
            "disk": (("part", "networks"), disk), "files": ("networks", [20, 40]),
            "seconds": (("way", "round"), [ratios, (1.0, 1.0, 1.0)]),
        },
        {"kept": list(_costs.KEPT), "way": list(_costs.KEPT), "networks": [10_000, 1_000_000],
         "part": ["train_loss", "status"]},
        {"chunks": 40, "milliseconds_per_chunk": 8.0, "timed_networks": 80_000, "num_steps": 200, "workers": 2},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "name", "outcome"),
    [
        ({}, "overhead", REPRODUCED),
        ({"ratios": (1.0, 1.0, 1.2)}, "overhead", PARTLY),
        ({"ratios": (1.0, 1.1, 1.2)}, "overhead", NOT_REPRODUCED),
        ({}, "memory", REPRODUCED),
        ({"peaks": (100, 130)}, "memory", NOT_REPRODUCED),
        ({}, "disk", REPRODUCED),
        ({"bytes_each": 41}, "disk", NOT_REPRODUCED),
    ],
)
def test_costs_are_judged_by_rules(given, name, outcome, tmp_path):
    assert outcomes(size, costs(**given))[name] == outcome
    rows = drawn(size, costs(**given), tmp_path)
    assert [row["networks"] for row in rows] == [10_000, 1_000_000, 80_000]


# --- the experiments as they are published


@pytest.mark.faults
def test_a_hundred_kills_lose_no_number(tmp_path):
    data = killed.run(killed.FULL)
    assert set(outcomes(killed, data).values()) == {REPRODUCED}
    assert set(killed.kills(data).phase.values) >= {"start", "creation", "growth", "training", "writing"}
    drawn(killed, data, tmp_path)


@pytest.mark.faults
@pytest.mark.filterwarnings(DASK)
def test_any_number_of_machines_gives_the_same_bits(tmp_path):
    pytest.importorskip("distributed")
    data = machines.run(machines.FULL)
    assert set(outcomes(machines, data).values()) == {REPRODUCED}
    drawn(machines, data, tmp_path)
    gc.collect()


@pytest.mark.faults
def test_a_million_networks_are_small(tmp_path):
    data = size.run(size.FULL)
    found = outcomes(size, data)
    assert (found["disk"], found["memory"]) == (REPRODUCED, REPRODUCED)
    drawn(size, data, tmp_path)
