"""`survival.machines`: workers that are killed, shards, and the rules."""

import gc
import sys

import numpy as np
import pytest
import xarray as xr

from experiments.lab import chance, processes
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.survival.machines import config, run, verdicts, workers
from experiments.survival.shared import sessions, sweeps

# Dask leaves sockets and pipes of its worker processes to the collector, of one that was killed above all.
DASK = "ignore:unclosed:ResourceWarning"


def outcomes(data, settings=config.FULL):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(settings))}


@pytest.mark.slow
@pytest.mark.filterwarnings(DASK)
def test_a_worker_that_is_killed_loses_nothing(tmp_path, monkeypatch, redrawn):
    pytest.importorskip("distributed")
    given = sweeps.settings(8, 1024, 20_000) | {"hidden": [(2,)]}  # one program, 8 blocks
    place = sessions.Place(tmp_path, 512, 1)
    ways = workers.Ways(place, given, sweeps.sweep(None, given), after=2)
    for name, value in processes.environment(tmp_path / "programs").items():
        monkeypatch.setenv(name, value)
    ways.dask(2, kill=True)
    ways.pool(2)
    data = ways.dataset().assign_attrs(blocks=8, networks=512)
    assert redrawn("survival.machines", data, config.FULL) == ["machines"]
    rows = verdicts.table(data)
    assert [(row["killed"], row["equal"], row["networks_wrong"]) for row in rows] == [(1, True, 0)] * 2
    assert int(data.begun.sum()) == data.sizes["job"] == int(data.blocks.sum() + data.again.sum())
    assert data.blocks.values.tolist() == [8, 8]
    assert (data.again >= 1).all()
    assert outcomes(data) == {"worker-killed": REPRODUCED, "pool-killed": REPRODUCED}
    gc.collect()  # here, where it may warn


@pytest.mark.slow
def test_shards_at_the_same_time_make_one_store(tmp_path):
    with chance.other(1):  # their processes train the networks of this replication
        given = sweeps.settings(8, 512, 100) | {"hidden": [(2,)]}
        ways = workers.Ways(sessions.Place(tmp_path, 512, 1), given, sweeps.sweep(None, given), after=2)
        ways.shards(2)
    data = ways.dataset()
    assert (bool(data.equal.all()), int(data.again.sum()), data.sizes["job"]) == (True, 0, 4)


def test_other_bits_and_pools_that_do_not_tell_are_not_reproduced():
    ways = {
        "kind": ["Dask", "Dask", "shards", "pool"], "processes": [1, 2, 2, 2], "equal": [True] * 4, "wrong": [0] * 4,
        "told": [True] * 4, "killed": [0, 1, 0, 1], "killed_at": [np.nan, 1.0, np.nan, 1.0], "begun": [8, 9, 8, 10],
        "blocks": [8] * 4, "again": [0, 1, 0, 2],
    }  # fmt: skip
    data = xr.Dataset({name: ("way", values) for name, values in ways.items()}, {"way": list("abcd")}, {"blocks": 8})
    settings = config.Config(workers=(1,), shards=(2,))
    assert set(outcomes(data, settings).values()) == {REPRODUCED}
    for i, name in enumerate(("workers", "worker-killed", "shards", "pool-killed")):
        other = data.copy(deep=True)
        other.equal.values[i] = False
        assert [key for key, value in outcomes(other, settings).items() if value == NOT_REPRODUCED] == [name]
    untold, alive = data.assign(told=("way", [False] * 4)), data.assign(killed=("way", [0] * 4))
    assert outcomes(untold, settings)["pool-killed"] == NOT_REPRODUCED
    found = outcomes(alive, settings)  # killed too late: nothing was tried
    assert (found["worker-killed"], found["pool-killed"]) == (NOT_SETTLED, NOT_SETTLED)


def test_without_dask_the_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ModuleNotFoundError, match="distributed"):
        run.run(config.QUICK)


def test_blocks_of_a_process_that_died_end_nowhere():
    made = [
        {"process": p, "what": w, "at": t} for p, w, t in ((1, "train", 0.0), (2, "train", 1.0), (1, "written", 2.0))
    ]
    made += [{"process": 1, "what": "train", "at": 3.0}]
    np.testing.assert_equal(list(workers.blocks(made, 1)), [(0.0, 2.0), (3.0, np.nan)])
    np.testing.assert_equal(list(workers.blocks(made, 2)), [(1.0, np.nan)])


@pytest.mark.faults
@pytest.mark.filterwarnings(DASK)
def test_any_number_of_machines_gives_the_same_bits(redrawn):
    pytest.importorskip("distributed")
    data = run.run(config.FULL)
    assert set(outcomes(data).values()) == {REPRODUCED}
    redrawn("survival.machines", data, config.FULL)
    gc.collect()
