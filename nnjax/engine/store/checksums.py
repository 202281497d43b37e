"""The chunks of a store, each with its checksum at the end: read, checked, and missed where they must be."""

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from zarr.storage import LocalStore

META = "zarr.json"


def chunk_file(path: Path, name: str, index: Sequence[int]) -> Path:
    """Where a chunk of an array lies."""
    return path.joinpath(name, "c", *map(str, index))


def chunk_files(path: Path) -> list[Path]:
    """All chunks that there are. What a killed writer has left half-written is none."""
    files = (file for file in path.rglob("*") if file.suffix != ".partial" and file.is_file())
    return sorted(file for file in files if _is_chunk(file.relative_to(path).as_posix()))


def damaged_chunks(path: Path) -> list[str]:
    """Read every chunk of a store: a line for each that is damaged, or missing where it must be."""
    found = []
    for file in chunk_files(path):
        try:
            check_chunk(path, file.relative_to(path).as_posix(), file.read_bytes())
        except ValueError as error:
            found.append(str(error))
    for meta in sorted(path.glob(f"*/{META}")):
        read, name = read_json(meta), meta.parent.name
        chunks = read["chunk_grid"]["configuration"]["chunk_shape"]
        grid = _grid_dimensions(path, name)
        counts = [-(-length // size) for length, size in zip(read["shape"], chunks, strict=True)]
        for index in np.ndindex(*counts):
            key = "/".join([name, "c", *map(str, index)])
            if not (path / key).is_file() and _must_be_there(path, key, grid) and not (path / key).is_file():
                found.append(str(_missing(path, key)))
    return found


def check_chunk(path: Path, key: str, content: bytes) -> None:
    """Compare a chunk with the checksum at its end.

    Raises:
        ValueError: naming the chunk, where they differ.
    """
    if len(content) < 4 or struct.unpack("<I", content[-4:])[0] != google_crc32c.value(content[:-4]):
        raise ValueError(
            f"chunk {key} of {path} is damaged: its bytes are not those that were written; remove that file and run "
            "the sweep again, which trains those networks anew"
        )


class Verified(LocalStore):
    """A store on disk that names the chunk which is damaged; Zarr itself tells that one is, and not which."""

    def __init__(self, root: Path, *, read_only: bool = False) -> None:
        super().__init__(root, read_only=read_only)
        self._grids: dict[str, int | None] = {}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        """As Zarr asks for a value."""
        found = await super().get(key, prototype, byte_range)
        if found is None and self._is_missed(key):
            found = await super().get(key, prototype, byte_range)  # it may have been written meanwhile
        return self._checked(key, found, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        """The same, where Zarr does not go through its event loop."""
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        if found is None and self._is_missed(key):
            found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        return self._checked(key, found, byte_range)

    def _is_missed(self, key: str) -> bool:
        """Whether a reader is right to expect this chunk; a writer may be about to write it."""
        return self.read_only and _is_chunk(key) and _must_be_there(self.root, key, self._grid(key.split("/")[0]))

    def _grid(self, name: str) -> int | None:
        if name not in self._grids:
            self._grids[name] = _grid_dimensions(self.root, name)
        return self._grids[name]

    def _checked(self, key: str, found: Any, byte_range: Any) -> Any:
        if found is not None and byte_range is None and _is_chunk(key):
            check_chunk(self.root, key, found.to_bytes())
        # Asked once more: the status of a block is written after the rest of it.
        if found is None and self._is_missed(key):
            raise _missing(self.root, key)
        return found


def _grid_dimensions(path: Path, name: str) -> int | None:
    """How many dimensions the grid of networks has, for an array over it; None for one that is not."""
    dims, grid = (read_json(path / array / META).get("dimension_names") or [] for array in (name, "status"))
    return len(grid) if dims[: len(grid)] == grid else None


def _must_be_there(path: Path, key: str, grid: int | None) -> bool:
    """Whether a chunk belongs to networks that are finished, or to what every store has, such as coordinates."""
    name, _, *place = key.split("/")
    if grid is None:
        return True
    return name != "status" and chunk_file(path, "status", [int(i) for i in place[:grid]]).exists()


def _missing(path: Path, key: str) -> ValueError:
    return ValueError(
        f"chunk {key} of {path} is missing: where it is one of networks, run the sweep again, which trains them anew; "
        "restore any other from a copy"
    )


def _is_chunk(key: str) -> bool:
    return "/c/" in key or key.endswith("/c")


def read_json(file: Path) -> dict[str, Any]:
    """The object that a file of metadata holds.

    Raises:
        ValueError: naming the file, where it holds none.
    """
    try:
        found = json.loads(file.read_bytes())
    except ValueError as error:
        raise damaged(file) from error
    if not isinstance(found, dict):
        raise damaged(file)
    return found


def damaged(file: Path) -> ValueError:
    """The error to raise for metadata that has changed by itself."""
    return ValueError(f"{file} is damaged: it is not as it was written; restore it from a copy, or start anew")
