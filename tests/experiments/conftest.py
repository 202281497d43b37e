"""Toy claims in a folder of their own, and the command line called on them."""

import contextlib
import sys
from pathlib import Path

import pytest

from experiments.lab import cli, drawing
from tests.experiments.toys import write_claim


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Laying out figures takes long: `make run` draws all of them, and .ci/run runs that; here it is a slow test."""
    for item in items:
        if "redrawn" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def empty_root(tmp_path: Path) -> Path:
    """A folder without topics. A package of its own for each test, as modules stay imported."""
    folder = tmp_path / f"toys_{tmp_path.name}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    return folder


@pytest.fixture
def root(empty_root: Path) -> Path:
    """Two topics, `solo` with one claim and `pair` with two, and things that are none."""
    for name in ("lab", "data"):
        (empty_root / name).mkdir()
    for file in ("__main__.py", "lab/cli.py", "_helper.py", "data/numbers.txt"):
        (empty_root / file).touch()
    write_claim(empty_root, "solo.only", "Solo | claims little.", full=4)
    for name in ("first", "second"):
        write_claim(empty_root, f"pair.{name}", f"The {name}.")
    (empty_root / "pair" / "__init__.py").write_text('CLAIMS = ("second",)\n')
    (empty_root / "pair" / "shared").mkdir()
    (empty_root / "pair" / "shared" / "__init__.py").touch()
    return empty_root


@pytest.fixture
def call(empty_root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Call the command line on the toy claims: (exit code, stdout, stderr). What is drawn is drawn in this process."""
    monkeypatch.setattr(cli, "drawing_process", lambda num_claims: contextlib.nullcontext(drawing.draw_here))
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "unused")  # leave this process's JAX as it is
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(*argv: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main(list(argv), empty_root)
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return run
