"""What a run of an experiment leaves behind when it does not come to its end, and where results may go."""

import dataclasses
import json
from pathlib import Path

import pytest

import nnjax
from experiments.lab import stores
from tests.experiments.toys import SWEEPING, write_claim

RUN = """
from pathlib import Path
import nnjax

def run(config):
    found = [
        nnjax.sweep(nnjax.tasks.xor(), hidden=hidden, seeds=config.seeds, num_steps=5, progress=False)
        for hidden in [(2,), (3,)]
    ]
    if (Path(__file__).parents[1] / "fail").exists():
        raise RuntimeError("told to fail")
    return found[1].drop_attrs()
"""


def write_sweeping(root: Path, claim: str, more: str = "") -> None:
    write_claim(root, claim, "Toy sweeps are kept.", **SWEEPING | {"run": RUN, "config": SWEEPING["config"] + more})


@pytest.fixture
def root(empty_root: Path) -> Path:
    """A topic with one toy claim, which sweeps twice."""
    write_sweeping(empty_root, "toys.sweeping")
    return empty_root


def test_a_run_that_fails_goes_on_and_a_finished_one_leaves_no_stores(root, call, tmp_path):
    (root / "toys" / "fail").touch()
    assert call("toys.sweeping", "--seeds", "25")[0] == 1
    kept = tmp_path / "results" / "stores" / "toys.sweeping"
    (folder,) = kept.iterdir()
    assert folder.name.startswith("custom-")
    assert [path.name for path in sorted(folder.glob("*.zarr"))] == ["01.zarr", "02.zarr"]
    (root / "toys" / "fail").unlink()
    code, out, _ = call("toys.sweeping", "--seeds", "25")
    assert code == 0
    assert "resuming from" in out
    assert not any(kept.iterdir())
    sessions = json.loads((tmp_path / "results" / "quick" / "toys" / "sweeping" / "run.json").read_text())["seconds"]
    assert sessions["total"] > 0


def test_fresh_moves_stores_aside_and_they_are_kept_when_asked(root, call, tmp_path):
    (root / "toys" / "fail").touch()
    assert call("toys.sweeping", "--preset", "full")[0] == 1
    (root / "toys" / "fail").unlink()
    code, out, _ = call("toys.sweeping", "--preset", "full", "--fresh", "--keep-stores")
    assert code == 0
    assert "resuming" not in out
    names = sorted(path.name for path in (tmp_path / "results" / "stores" / "toys.sweeping").iterdir())
    assert names == ["full.1", "full.2"]


def test_a_quick_run_and_a_claim_about_times_use_no_store(root, call, tmp_path):
    (root / "toys" / "fail").touch()
    assert call("toys.sweeping")[0] == 1
    write_sweeping(root, "toys.slow", "\nSTORE = False\n")
    assert call("toys.slow", "--preset", "full")[0] == 1
    refused = (
        "failed: toys.slow: it keeps no stores (STORE = False in its config or its topic), and takes no --keep-stores\n"
    )
    assert call("toys.slow", "--keep-stores") == (2, "", refused)
    assert not (tmp_path / "results" / "stores").exists()
    assert "toys.slow: it keeps no stores" in call("toys", "--keep-stores")[2]
    (root / "toys" / "fail").unlink()
    code, out, _ = call("toys.sweeping", "--keep-stores")
    assert code == 0
    kept = tmp_path / "results" / "stores" / "toys.sweeping" / "quick.1"
    assert f"the networks of all sweeps are kept in {kept}" in out
    assert (kept / "02.zarr").exists()


def test_a_named_run_has_folders_of_its_own(root, call, tmp_path):
    assert call("toys.sweeping", "--name", "my-run.2", "--seeds", "5")[0] == 0
    folder = tmp_path / "results" / "runs" / "my-run.2" / "toys" / "sweeping"
    assert (folder / "data.nc").exists()
    assert call("toys.sweeping", "--name", "my-run.2", "--redraw")[0] == 0
    assert not (tmp_path / "results" / "quick").exists()
    (root / "toys" / "fail").touch()
    for options in ([], ["--name", "full"]):
        assert call("toys.sweeping", "--preset", "full", *options)[0] == 1
    kept = tmp_path / "results" / "stores" / "toys.sweeping"
    assert sorted(path.name for path in kept.iterdir()) == ["full", "name-full-full"]


@pytest.mark.parametrize("name", ["../out", "/tmp", "a/b", "..", ".hidden", "", "a\\b", "x" * 65, "a b", "~", "a\0"])
def test_the_name_of_a_run_does_not_leave_the_results(root, call, tmp_path, name):
    code, _, error = call("toys.sweeping", "--name", name)
    assert code == 2
    assert "--name" in error
    assert not (tmp_path / "results").exists()


def test_the_sessions_of_a_store_are_read_from_its_log(tmp_path):
    store = tmp_path / "a.zarr"
    assert stores.sessions(store) == []
    for seeds in (2, 3):
        nnjax.sweep(nnjax.tasks.xor(), hidden=(2,), seeds=seeds, num_steps=5, store=store, progress=False)
    assert [session["networks_trained"] for session in stores.sessions(store)] == [2, 1]
    assert stores.RunStores(tmp_path).earlier_seconds > 0
    (store / "status" / ".nnjax" / "run.json").write_text("{")
    assert stores.sessions(store) == []


def test_other_settings_have_other_stores():
    @dataclasses.dataclass(frozen=True)
    class Config:
        rates: tuple[float, ...] = (0.1, float("inf"))

    assert stores.key(Config(), True) == "full"
    assert stores.key(Config(), False) == stores.key(Config((0.1, float("inf"))), False)
    assert stores.key(Config(), False) != stores.key(Config((0.1, 0.2)), False)
