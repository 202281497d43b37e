"""What takes long to make and is always the same is kept in the user's cache, outside the repository."""

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np


def folder(*parts: str) -> Path | None:
    """A folder in the user's cache that can be written to; None where there is none."""
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
    """Arrays by name: those that were made for the same key once, or else `make()`, which is then kept.

    Args:
        name: of the folder in the cache.
        key: all that the arrays depend on, as JSON can write it: settings, versions, the code.
        make: makes the arrays. A file that is damaged or cannot be written never stops it.
    """
    room = folder(name)
    if room is None:
        return make()
    digest = hashlib.sha256(json.dumps(dict(key), sort_keys=True).encode()).hexdigest()[:20]
    path = room / f"{digest}.npz"
    with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile), np.load(path) as file:
        return {name: file[name] for name in file.files}
    made = make()
    with contextlib.suppress(OSError), tempfile.NamedTemporaryFile(dir=room, suffix=".part", delete=False) as file:
        # Renamed once it is whole, so that nobody reads half of it; what fails is not left behind.
        try:
            np.savez(file, allow_pickle=False, **made)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    return made
