"""The survival experiment's faults: damaged files, failing disks, two at once, other settings.

Small ones here, and each claim's whole run under the mark `faults`.
"""

import errno
import importlib
import inspect
import subprocess
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, check_verdicts, faults, figures, results
from experiments.speed import _timing
from experiments.survival import (
    _changes,
    _damage,
    _disk_faults,
    _fault_counts,
    _growths,
    _sweep,
    changed,
    damaged,
    failing_disk,
    two_at_once,
)
from nnjax.engine import gathering

# What is known not to hold: a checksum does not know the place of its chunk.
HONEST = {"damaged": {"neighbour"}}


def judged(module, data, tmp_path: Path) -> dict[str, str]:
    """Outcomes by verdict, from data that went through the file format, once figures and table are drawn."""
    results.save_dataset(data, tmp_path / "data.nc")
    assert str(tmp_path) not in str(data.attrs)
    data = results.load_dataset(tmp_path / "data.nc")
    with figures.use_style():
        for name, figure in module.figures(data).items():
            assert name.isidentifier()
            figure.draw_without_rendering()
            text = " ".join(part.get_text().replace("\n", " ") for part in figure.texts)
            assert "Claimed: " in text
            assert "Found: " in text
        figures.plt.close("all")
    rows = module.table(data)
    assert all(row.keys() == rows[0].keys() for row in rows)
    return {v.id: v.verdict for v in check_verdicts(module.verdicts(data))}


def assert_reproduced(name: str, found: dict[str, str]) -> None:
    for verdict, outcome in found.items():
        if verdict in HONEST.get(name, ()):
            assert outcome == NOT_REPRODUCED, verdict
        else:
            assert outcome == REPRODUCED, verdict


# --- the faults themselves


def test_a_file_is_replaced_and_put_back(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"old")
    with faults.replaced(file, b"new"):
        assert file.read_bytes() == b"new"
    assert file.read_bytes() == b"old"
    with faults.replaced(file, None):
        assert not file.exists()
    assert faults.contents(tmp_path) == {"a": b"old"}
    with faults.replaced(file, None, back=False):
        pass
    assert faults.contents(tmp_path) == {}


@pytest.mark.parametrize("lasting", [True, False])
def test_the_call_that_is_picked_fails(tmp_path, lasting):
    def write(name: str) -> bool:
        try:
            (tmp_path / name).write_text("text")
        except OSError as error:
            return error.errno != errno.EIO
        return True

    with faults.failing("text", tmp_path, lambda path: path.startswith("a"), 1, errno.EIO, lasting) as state:
        assert [write(name) for name in ("b", "a1", "b", "a2", "a3", "b")] == [
            True,
            True,
            True,
            False,
            not lasting,
            True,
        ]
    assert (state.count, state.failed) == (3, 1 + lasting)
    assert write("a4")


def test_renames_and_folders_fail_too(tmp_path):
    (tmp_path / "a").write_text("text")
    with (
        faults.failing("rename", tmp_path, lambda path: path == "a > b", 0, errno.ENOSPC),
        pytest.raises(OSError, match="b"),
    ):
        (tmp_path / "a").replace(tmp_path / "b")
    with faults.failing("folder", tmp_path, lambda path: True, 0, errno.ENOSPC), pytest.raises(OSError, match="c"):
        (tmp_path / "c").mkdir()
    assert sorted(faults.contents(tmp_path)) == ["a"]
    with pytest.raises(ValueError, match="call='wish'"), faults.failing("wish", tmp_path, bool, 0, 1):
        pass


def test_where_no_disk_may_be_had_there_is_none(monkeypatch):
    def refuse(*command: str) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(faults, "_system", refuse)
    with faults.small_disk(100) as disk:
        assert disk is None


def test_a_module_is_imported_again_with_another_text(tmp_path):
    one = faults.module(tmp_path, "nnjax_survival_test", "def f():\n    return 1\n").f
    two = faults.module(tmp_path, "nnjax_survival_test", "def f():\n    return 2\n").f
    assert (one(), two()) == (1, 2)


def test_every_so_manieth_byte_and_the_last_are_changed():
    content = bytes(range(130))
    found = list(_damage.flips(content, 64))
    places = [[i for i in range(130) if content[i] != changed[i]] for _, changed in found]
    assert places == [[0], [0], [64], [64], [128], [128], [129], [129]]
    assert [damage for damage, _ in found] == 4 * [_damage.BYTE, _damage.BIT]
    assert all(bin(a[i] ^ content[i]).count("1") == 1 for [i], (_, a) in list(zip(places, found, strict=True))[1::2])


@pytest.mark.parametrize(("good", "outcome"), [(5, REPRODUCED), (4, PARTLY), (0, NOT_REPRODUCED)])
def test_every_single_one_counts(good, outcome):
    verdict = _fault_counts.counted("a", "A claim", good, 5, "faults", "command")
    assert (verdict.verdict, verdict.measured, verdict.unit) == (outcome, good / 5, "of 5 faults")
    assert verdict.low <= verdict.measured <= verdict.high


# --- the claims, small


@pytest.mark.slow
def test_exactly_one_of_two_writes(tmp_path):
    with _timing.saved_programs(str(tmp_path / "programs")):  # compiled once, for all processes
        data = two_at_once.run(two_at_once.Config(num_steps=5, races=1, kills=1))
    assert_reproduced("two_at_once", judged(two_at_once, data, tmp_path))


def test_damage_is_found(tmp_path, monkeypatch):
    """The first two chunks of losses and that of the seeds stand for all."""
    every = _damage.chunk_files
    kept = ("train_loss", "seed")
    monkeypatch.setattr(_damage, "chunk_files", lambda store, name: every(store, name)[:2] if name in kept else [])
    monkeypatch.setattr(_damage, "again", lambda *given: {})
    data = damaged.run(damaged.Config(blocks=8, num_steps=5, networks=512, stride=10**4, metadata_stride=700))
    assert data.sizes["row"] > 20
    data["again_tries"][0] = data["again"][0] = 1  # has its own test below
    found = judged(damaged, data, tmp_path)
    assert_reproduced("damaged", found)
    assert {"bytes", "stranger", "cut", "metadata", "metadata_sweep"} <= found.keys()


def test_a_chunk_that_was_removed_is_trained_again(tmp_path):
    given = _sweep.settings(8, 512, 5)
    reference = _sweep.sweep(None, given, 512).load()
    _sweep.sweep(tmp_path / "runs.zarr", given, 512)
    found = _damage.again(tmp_path / "runs.zarr", given, 512, reference, tmp_path, 1)
    for name in _damage.WRITTEN:
        count = found[(name, _damage.GONE)]
        assert (count["again_tries"], count["again"]) == (1, 1)


def test_disks_fail(tmp_path, monkeypatch):
    """Every third kind of call stands for all."""
    stages = _disk_faults.STAGES[1::3]
    monkeypatch.setattr(_disk_faults, "STAGES", stages)
    data = failing_disk.run(failing_disk.Config(blocks=8, num_steps=5, places=1, both=False, disks=(96,)))
    assert data.fired.all()
    assert set(data.stage.values) >= {stage.name for stage in stages}
    assert_reproduced("failing_disk", judged(failing_disk, data, tmp_path))


@pytest.fixture
def own(tmp_path):
    return faults.module(tmp_path, _changes.MODULE, _changes.FUNCTIONS)


@pytest.mark.slow
def test_other_settings_are_refused(tmp_path, own):
    """All of them, on a store of which nothing is trained yet."""
    base = _changes.settings(own, 6, 3)
    with mock.patch.object(gathering, "train_wave", side_effect=RuntimeError("stop")), pytest.raises(RuntimeError):
        changed._call(tmp_path / "runs.zarr", base)
    changes = _changes.refused(own, base)
    good = [changed._change(tmp_path / "runs.zarr", base, change) for change in changes]
    wrong = [change.field for change, row in zip(changes, good, strict=True) if not all(row)]
    assert wrong == []
    change, text = _changes.edited("wave")
    base = _changes.settings(faults.module(tmp_path, _changes.MODULE, text), 6, 3)
    assert all(changed._change(tmp_path / "runs.zarr", base, change))


def test_what_is_changed_is_all_there_is(own):
    """Every argument of `sweep` that decides a result is changed by one of the changes."""
    changes = _changes.refused(own, _changes.settings(own, 6, 3))
    asked = {name for name, p in inspect.signature(nnjax.sweep).parameters.items() if p.kind is p.KEYWORD_ONLY}
    asked -= {"workers", "store", "fresh", "executor", "shard", "progress", "depth"}
    assert asked <= {name for change in changes for name in change.given}
    assert len({change.what for change in changes}) == len(changes)


@pytest.mark.slow
def test_axes_grow(tmp_path, own):
    plain = _growths.plain(4, 2)
    growths = {growth.what: growth for growth in _growths.grows(own, 2)}
    for what in ("nothing", "more seeds", "rates in another order", "more tasks"):
        assert changed._growth(tmp_path / f"{what}.zarr", plain, growths[what]) == [True, True, True]


@pytest.mark.parametrize(("good", "outcome"), [(True, REPRODUCED), (False, NOT_REPRODUCED)])
def test_the_verdicts_of_changed(tmp_path, good, outcome):
    data = xr.Dataset(
        {
            "good": (("change", "check"), np.full((3, len(changed.CHECKS)), good)),
            "grown": (("growth", "growth_check"), np.full((2, len(changed.GROWTH_CHECKS)), good)),
        },
        {
            "change": ["a", "b", "c"],
            "field": ("change", ["a", "b", "d"]),
            "check": list(changed.CHECKS),
            "growth": ["more", "most"],
            "growth_check": list(changed.GROWTH_CHECKS),
        },
    )
    assert set(judged(changed, data, tmp_path).values()) == {outcome}


# --- the claims, whole: `pytest -m faults`


@pytest.mark.faults
@pytest.mark.parametrize("name", ["damaged", "failing_disk", "two_at_once", "changed"])
def test_the_whole_claim(tmp_path, name):
    module = importlib.import_module(f"experiments.survival.{name}")
    data = module.run(module.FULL)
    if name == "failing_disk":
        assert int(data.fired.sum()) >= 100
    if name == "changed":
        assert np.asarray(data.good).size >= 5 * 50
    assert_reproduced(name, judged(module, data, tmp_path))
