"""`survival.size`: how bytes, memory and time are measured, and the rules. Nothing asserts how long anything takes."""

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab import claims
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.survival.size import config, costs, run, verdicts


def test_bytes_on_disk_are_counted_by_variable(tmp_path):
    store = tmp_path / "a.zarr"
    nnjax.sweep(nnjax.tasks.xor(), hidden=(2,), seeds=100, num_steps=5, store=store, progress=False)
    sizes, files = costs.on_disk(store)
    every = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert (sum(sizes.values()), files) == (sum(file.stat().st_size for file in every), len(every))
    assert sizes["train_loss"] == sum(f.stat().st_size for f in (store / "train_loss").rglob("*") if f.is_file())


@pytest.mark.slow
def test_a_process_tells_the_most_memory_it_has_held(tmp_path):
    given = costs.settings(5, 1, hidden=[2], seeds=10)
    text = json.dumps({"given": given, "store": str(tmp_path / "a.zarr")})
    command = [sys.executable, "-m", costs.__name__, text]
    done = subprocess.run(command, cwd=claims.ROOT.parent, capture_output=True, text=True, check=True)
    assert 2**25 < int(done.stdout.splitlines()[-1]) < 2**40
    assert nnjax.open_store(tmp_path / "a.zarr").sizes["seed"] == 10


def test_seconds_of_writes_are_added_up_though_they_overlap(monkeypatch):
    clock = iter([1.0, 2.0, 4.0, 7.0])
    monkeypatch.setattr(costs, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    writes = costs.Writes()
    for kind, job in (("write", 0), ("write", 1), ("written", 0), ("written", 1)):
        writes(SimpleNamespace(kind=kind, job=job))
    assert writes.seconds == (4 - 1) + (7 - 2)


@pytest.mark.slow
def test_time_is_taken_with_a_store_and_without():
    data = costs.overhead((2,), 64, 20, 1, rounds=2)
    assert data.seconds.shape == (2, 2)
    assert (data.seconds > 0).all()
    assert data.attrs["chunks"] == 1
    assert (data.attrs["timed_networks"], data.attrs["timed_steps"]) == (64, 20)
    assert data.attrs["milliseconds_per_chunk"] > 0


NEAR_ONE = (1.01, 1.02, 1.02, 1.02, 1.02, 1.03)


def made(ratios=NEAR_ONE, peaks=(100, 110), bytes_each=12, processes=9):
    """Made up."""
    spread = np.linspace(0.99, 1.01, processes)
    disk = [[bytes_each * 10_000, bytes_each * 1_000_000], [500, 600]]
    return xr.Dataset(
        {
            "peak": (("kept", "networks", "process"), np.multiply.outer(np.asarray([peaks, (100, 200)]), spread) * 1e6),
            "disk": (("part", "networks"), disk), "files": ("networks", [20, 40]),
            "seconds": (("way", "round"), [ratios, np.ones(len(ratios))]),
        },
        {"kept": list(costs.KEPT), "way": list(costs.KEPT), "networks": [10_000, 1_000_000],
         "part": ["train_loss", "status"]},
        {"chunks": 40, "milliseconds_per_chunk": 8.0, "timed_networks": 80_000, "timed_steps": 8_000,
         "num_steps": 200, "workers": 2},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "name", "outcome"),
    [
        ({}, "overhead", REPRODUCED),
        ({"ratios": NEAR_ONE[:5]}, "overhead", NOT_SETTLED),  # too few
        ({"ratios": (*NEAR_ONE[:5], 1.2)}, "overhead", NOT_SETTLED),
        ({"ratios": (1.0, *NEAR_ONE, 1.02, 1.2)}, "overhead", REPRODUCED),  # of nine, neither end counts
        ({"ratios": (1.06, 1.1, 1.2, 1.2, 1.2, 1.2)}, "overhead", NOT_REPRODUCED),
        ({}, "memory", REPRODUCED),
        ({"peaks": (100, 130)}, "memory", NOT_REPRODUCED),
        ({"peaks": (100, 110), "processes": 1}, "memory", NOT_SETTLED),
        ({}, "disk", REPRODUCED),
        ({"bytes_each": 41}, "disk", NOT_REPRODUCED),
    ],
)
def test_costs_are_judged_by_rules(given, name, outcome, redrawn):
    data = made(**given)
    assert {v.id: v.outcome for v in verdicts.verdicts(data)}[name] == outcome
    assert redrawn("survival.size", data, config.FULL) == ["size"]
    assert [row["networks"] for row in verdicts.table(data)] == [10_000, 1_000_000, 80_000]


def test_the_interval_of_the_median_is_between_rounds():
    """Of 15 rounds the fourth and the twelfth: below the fourth lie at most 3 with 1.8%."""
    assert verdicts.overhead(made(ratios=np.arange(15.0)[::-1])) == (3.0, 7.0, 11.0)


def test_bytes_are_told_for_each_further_network():
    data = made(peaks=(100, 199))
    assert verdicts.bytes_each(data) == pytest.approx(100)
    assert verdicts.bytes_each(data.isel(networks=[0])) == 0


@pytest.mark.faults
def test_a_million_networks_are_small(redrawn):
    data = run.run(config.FULL)
    found = {v.id: v.outcome for v in verdicts.verdicts(data)}
    assert (found["disk"], found["memory"]) == (REPRODUCED, REPRODUCED)
    redrawn("survival.size", data, config.FULL)
