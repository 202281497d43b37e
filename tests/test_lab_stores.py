"""What a run of an experiment leaves behind when it does not come to its end, and where results may go."""

import dataclasses
import json
import sys
from pathlib import Path

import pytest

from experiments.lab import cli, stores

SWEEPING = '''"""Toy sweeps are kept."""

import dataclasses
from pathlib import Path

import nnjax
from experiments.lab import cli

ENDED = []


@dataclasses.dataclass(frozen=True)
class Config:
    seeds: int = 20
    fail: bool = False


QUICK = Config()
FULL = Config(seeds=30)
{store}

def run(config):
    sizes = [(2,), (3,)]
    found = [
        nnjax.sweep(nnjax.tasks.xor(), hidden=hidden, seeds=config.seeds, num_steps=5, progress=False)
        for hidden in sizes
    ]
    if (Path(__file__).parent / "fail").exists():
        raise RuntimeError("told to fail")
    return found[1].drop_attrs()


def figures(data):
    return {{}}


def table(data):
    return [{{"loss": float(data.train_loss.mean())}}]


def verdicts(data):
    return []
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of one toy experiment, which sweeps twice."""
    folder = tmp_path / f"toys_{tmp_path.name}"  # a package of its own for each test: modules stay imported
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "sweeping.py").write_text(SWEEPING.format(store=""))
    return folder


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Call the command line on the toy experiments: (exit code, stdout, stderr)."""
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "unused")  # leave this process's JAX as it is
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr(sys, "path", list(sys.path))

    def call(*argv: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main(None, list(argv), root)
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


def test_a_run_that_fails_goes_on_and_a_finished_one_leaves_no_stores(root, run, tmp_path):
    (root / "fail").touch()
    assert run("sweeping", "--seeds", "25")[0] == 1
    kept = tmp_path / "results" / "stores" / "sweeping"
    (folder,) = kept.iterdir()
    assert folder.name.startswith("custom-")
    assert [path.name for path in sorted(folder.glob("*.zarr"))] == ["01.zarr", "02.zarr"]
    (root / "fail").unlink()
    code, out, _ = run("sweeping", "--seeds", "25")
    assert code == 0
    assert "going on with what is in" in out
    assert not any(kept.iterdir())
    sessions = json.loads((tmp_path / "results" / "quick" / "sweeping" / "run.json").read_text())["seconds"]
    assert sessions["total"] > 0


def test_fresh_moves_stores_aside_and_they_are_kept_when_asked(root, run, tmp_path):
    (root / "fail").touch()
    assert run("sweeping", "--preset", "full")[0] == 1
    (root / "fail").unlink()
    code, out, _ = run("sweeping", "--preset", "full", "--fresh", "--keep-stores")
    assert code == 0
    assert "going on" not in out
    names = sorted(path.name for path in (tmp_path / "results" / "stores" / "sweeping").iterdir())
    assert names == ["full.1", "full.2"]


def test_a_quick_run_and_a_claim_about_times_use_no_store(root, run, tmp_path):
    (root / "fail").touch()
    assert run("sweeping")[0] == 1
    (root / "slow.py").write_text(SWEEPING.format(store="STORE = False"))
    assert run("slow", "--preset", "full")[0] == 1
    assert not (tmp_path / "results" / "stores").exists()


def test_a_named_run_has_a_folder_of_its_own(run, tmp_path):
    assert run("sweeping", "--name", "my-run.2", "--seeds", "5")[0] == 0
    folder = tmp_path / "results" / "runs" / "my-run.2" / "sweeping"
    assert (folder / "data.nc").exists()
    assert run("sweeping", "--name", "my-run.2", "--redraw")[0] == 0
    assert not (tmp_path / "results" / "quick").exists()


@pytest.mark.parametrize("name", ["../out", "/tmp", "a/b", "..", ".hidden", "", "a\\b", "x" * 65, "a b", "~", "a\0"])
def test_the_name_of_a_run_does_not_leave_the_results(run, tmp_path, name):
    code, _, error = run("sweeping", "--name", name)
    assert code == 2
    assert "--name" in error
    assert not (tmp_path / "results").exists()


def test_other_settings_have_other_stores():
    @dataclasses.dataclass(frozen=True)
    class Config:
        rates: tuple[float, ...] = (0.1, float("inf"))

    assert stores.key(Config(), True) == "full"
    assert stores.key(Config(), False) == stores.key(Config((0.1, float("inf"))), False)
    assert stores.key(Config(), False) != stores.key(Config((0.1, 0.2)), False)
