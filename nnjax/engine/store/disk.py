"""The store as files: Zarr format 3, a checksum in every chunk and one of every array's metadata. No pickle.

Whatever is written is written under another name and then renamed, so a kill leaves the old or the new. A store is
made beside its place and moved there whole. One that grows gets new metadata in a folder beside it, `<store>.next`,
whose files are then moved over one by one; whoever opens the store next finishes a move that was broken off.
"""

import contextlib
import errno
import hashlib
import itertools
import json
import os
import shutil
import struct
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import google_crc32c
import numpy as np
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.storage import LocalStore

if TYPE_CHECKING:
    import xarray as xr

META = "zarr.json"
CHECKSUMS = "metadata_sha256"
NEW, NEXT = "new", "next"


class Variable:
    """What one array of the networks will hold: dimensions, shape, chunks, dtype, blank value, long name."""

    def __init__(
        self,
        dims: Sequence[str],
        shape: Sequence[int],
        chunks: Sequence[int],
        dtype: Any,
        blank: Any,
        long_name: str | None,
    ) -> None:
        self.dims, self.shape, self.chunks = tuple(dims), tuple(shape), tuple(chunks)
        self.dtype, self.blank, self.long_name = np.dtype(dtype), blank, long_name


@contextlib.contextmanager
def clear_errors(what: str, advice: str = "run the same sweep again") -> Iterator[None]:
    """Let an error of the file system say what could not be done, and what helps."""
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        cause = {errno.ENOSPC: "free some space", errno.EDQUOT: "free some space"}.get(error.errno or 0, "mend that")
        raise OSError(error.errno, f"{what}: {why}; {cause} and {advice}") from error


def create(path: Path, frame: "xr.Dataset", variables: Mapping[str, Variable]) -> None:
    """Make a store without any network in it, at once or not at all."""
    _move_folder(_metadata(path, frame, variables), path)


def grow(path: Path, frame: "xr.Dataset", variables: Mapping[str, Variable]) -> None:
    """Give a store longer dimensions; its chunks stay as they are."""
    _move_folder(_metadata(path, frame, variables), _beside(path, NEXT))
    settle(path)


def settle(path: Path) -> None:
    """Finish what a kill has broken off: move the new metadata of a store that was growing to their places."""
    following = _beside(path, NEXT)
    if not following.is_dir():
        return
    files = sorted((file for file in following.rglob("*") if file.is_file()), key=lambda file: len(file.parts))
    for file in reversed(files):  # that of the whole store last
        target = path / file.relative_to(following)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, target)
    shutil.rmtree(following)


def tidy(path: Path) -> None:
    """Remove what writers that were killed have left half-written. For the only writer alone."""
    for half in path.rglob("*.partial"):
        half.unlink(missing_ok=True)
    for folder in path.parent.glob(f"{path.name}.{NEW}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def move_aside(path: Path) -> Path | None:
    """Rename a store, so that another can be made in its place: runs.zarr becomes runs.zarr.1, or the next number."""
    settle(path)
    if not path.exists():
        return None
    aside = next(p for i in itertools.count(1) if not (p := _beside(path, str(i))).exists())
    path.rename(aside)
    return aside


def metadata(path: Path) -> dict[str, Any]:
    """The attributes of a whole store, once it is certain that nothing in its metadata has changed by itself.

    Raises:
        ValueError: naming the file that is damaged or missing, or telling that the store is no sweep's.
    """
    if _beside(path, NEXT).exists():
        raise ValueError(
            f"store={str(path)!r} is being grown, which takes a moment; if its writer has ended meanwhile, run the "
            "sweep again, which finishes it"
        )
    if not (path / META).is_file():
        raise ValueError(f"store={str(path)!r} is no store: it has no {META}")
    root = _read_json(path / META)
    attrs = root.get("attributes")
    if not isinstance(attrs, dict) or not {"settings", "plan", "provenance"} <= set(attrs):
        raise ValueError(
            f"store={str(path)!r} was not written by nnjax.sweep, or {META} is damaged: it lacks settings, plan or "
            "provenance"
        )
    recorded = attrs.get(CHECKSUMS)
    if not isinstance(recorded, dict) or _root_checksum(root) != recorded.get("."):
        raise _damaged(path / META)
    for name, checksum in recorded.items():
        file = path / name / META
        if name == ".":
            continue
        if not file.is_file():
            raise ValueError(f"{file} is missing: the store is damaged; restore it from a copy, or start anew")
        if _checksum(file.read_bytes()) != checksum:
            raise _damaged(file)
    return attrs


def arrays(path: Path, names: Sequence[str]) -> dict[str, "zarr.Array"]:
    """The arrays of the networks, open for writing blocks."""
    store = Verified(path)
    # A chunk of nothing but blanks is written too: whether a chunk is there must tell whether it is finished.
    return {name: _array(zarr.open_array(store, path=name, mode="r+")) for name in names}


def _array(found: Any) -> "zarr.Array":
    return found.with_config({"write_empty_chunks": True})


def open_dataset(path: Path) -> "xr.Dataset":
    """The store as a Dataset whose numbers are read when they are asked for."""
    import xarray as xr

    found = xr.open_zarr(Verified(path, read_only=True), consolidated=False, chunks=None)
    del found.attrs[CHECKSUMS]  # of the files, not of the sweep
    return found


def chunk_file(path: Path, name: str, index: Sequence[int]) -> Path:
    """Where a chunk of an array lies."""
    return path.joinpath(name, "c", *map(str, index))


def chunk_files(path: Path) -> list[Path]:
    """All chunks that there are."""
    return sorted(file for file in path.rglob("*") if file.is_file() and _is_chunk(file.relative_to(path).as_posix()))


def damaged_chunks(path: Path) -> list[str]:
    """Read every chunk of a store: a line for each that is damaged, or missing where it must be."""
    found = []
    for file in chunk_files(path):
        try:
            check_chunk(path, file.relative_to(path).as_posix(), file.read_bytes())
        except ValueError as error:
            found.append(str(error))
    for meta in sorted(path.glob(f"*/{META}")):
        read, name = _read_json(meta), meta.parent.name
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
    dims, grid = (_read_json(path / array / META).get("dimension_names") or [] for array in (name, "status"))
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


def _metadata(path: Path, frame: "xr.Dataset", variables: Mapping[str, Variable]) -> Path:
    """A folder with all of a store but its blocks, under a name of its own beside it."""
    folder = _beside(path, f"{NEW}-{uuid.uuid4().hex}")
    codecs = [ZstdCodec(level=1), Crc32cCodec()]
    try:
        encoding = {name: {"compressors": codecs} for name in frame.variables}
        frame.to_zarr(folder, mode="w-", zarr_format=3, consolidated=False, encoding=encoding, write_empty_chunks=True)
        for name, v in variables.items():
            zarr.create_array(
                LocalStore(folder),
                name=name,
                shape=v.shape,
                chunks=v.chunks,
                dtype=v.dtype,
                fill_value=v.blank,
                compressors=codecs,
                dimension_names=v.dims,
                attributes={"long_name": v.long_name} if v.long_name else {},
            )
        _seal(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _seal(folder: Path) -> None:
    """Write into a store's attributes the checksums of all metadata."""
    found = {file.parent.name: _checksum(file.read_bytes()) for file in sorted(folder.glob(f"*/{META}"))}
    root = _read_json(folder / META)
    root["attributes"][CHECKSUMS] = found
    found["."] = _root_checksum(root)
    (folder / META).write_text(json.dumps(root, indent=2, allow_nan=False), encoding="utf-8")


def _root_checksum(root: dict[str, Any]) -> str:
    """Of everything but itself."""
    attributes = dict(root["attributes"])
    others = {name: value for name, value in attributes.pop(CHECKSUMS).items() if name != "."}
    return _checksum(json.dumps([{**root, "attributes": attributes}, others], sort_keys=True).encode())


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except ValueError as error:
        raise _damaged(file) from error
    if not isinstance(found, dict):
        raise _damaged(file)
    return found


def _damaged(file: Path) -> ValueError:
    return ValueError(f"{file} is damaged: it is not as it was written; restore it from a copy, or start anew")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


def _move_folder(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
        raise
