"""A cache on disk, in the user's cache folder, for arrays that take long to compute and never change."""

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.lab import repeat


def folder(*parts: str) -> Path | None:
    """A writable folder in the user's cache; None if there is none."""
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        found = Path(base or Path.home() / ".cache").joinpath("nnjax", *parts)
        found.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=found):
            pass
    except (OSError, RuntimeError):
        return None
    return found


def kept(name: str, key: Mapping[str, Any], make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Arrays by name, read from the cache if they were computed for the same key before, else computed and saved.

    Args:
        name: the folder in the cache.
        key: everything that the arrays depend on, as JSON: settings, versions, the code.
        make: computes the arrays; called as well if the file is damaged.
    """
    where = folder(name)
    if where is None:
        return make()
    key = dict(key) | ({"repeat": repeat.number()} if repeat.number() else {})
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:20]
    path = where / f"{digest}.npz"
    with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile), np.load(path) as file:
        return {name: file[name] for name in file.files}
    made = make()
    with contextlib.suppress(OSError), tempfile.NamedTemporaryFile(dir=where, suffix=".part", delete=False) as file:
        # Renamed once it is complete, so that no other process reads half of it.
        try:
            np.savez(file, allow_pickle=False, **made)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    return made


@contextlib.contextmanager
def overlaid(folder: Path, more: Mapping[str, str]) -> Iterator[Path]:
    """Yield a temporary folder with links to all that is in `folder`, and with the texts `more` as further files, by
    their paths in it.

    No name in `more` may exist in `folder`: its text would be written through the link, over the file in `folder`.
    """
    with tempfile.TemporaryDirectory() as room:
        own = {Path(), *(parent for name in more for parent in Path(name).parents)}
        for place in sorted(own):
            Path(room, place).mkdir(exist_ok=True)
            for path in Path(folder, place).iterdir():
                if place / path.name not in own:
                    Path(room, place, path.name).symlink_to(path)
        for name, text in more.items():
            Path(room, name).write_text(text, encoding="utf-8")
        yield Path(room)
