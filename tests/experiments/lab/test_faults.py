"""Faults on purpose: files that are replaced, calls that fail, disks that are full; and the notes of processes."""

import errno
import subprocess

import numpy as np
import pytest

from experiments.lab import faults, processes


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
            (tmp_path / name).write_bytes(b"text")
        except OSError as error:
            return error.errno != errno.EIO
        return True

    with faults.failing("write", tmp_path, lambda path: path.startswith("a"), 1, errno.EIO, lasting) as state:
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


def test_the_peak_of_memory_is_in_bytes():
    used = np.ones(2**22)
    assert used.nbytes < processes.peak() < 2**40
