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
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.storage import LocalStore

from nnjax import hooks
from nnjax.engine.store.checksums import META, Verified, damaged, read_json

if TYPE_CHECKING:
    import xarray as xr

CHECKSUMS = "metadata_sha256"
NEW, NEXT = "new", "next"


class Array(NamedTuple):
    """What one array of the networks holds: dimensions, shape, chunks, dtype, blank value, attributes."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype
    blank: Any
    attributes: dict[str, Any]


@contextlib.contextmanager
def clear_errors(what: str, advice: str = "run the same sweep again") -> Iterator[None]:
    """Let an error of the file system say what could not be done, and what helps."""
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        cause = {errno.ENOSPC: "free some space", errno.EDQUOT: "free some space"}.get(error.errno or 0, "mend that")
        raise OSError(error.errno, f"{what}: {why}; {cause} and {advice}") from error


def create(path: Path, frame: "xr.Dataset", variables: Mapping[str, Array]) -> None:
    """Make a store without any network in it, at once or not at all."""
    hooks.tell("create", path)
    _move_folder(_metadata(path, frame, variables), path)
    hooks.tell("created", path)


def grow(path: Path, frame: "xr.Dataset", variables: Mapping[str, Array]) -> None:
    """Give a store longer dimensions; its chunks stay as they are."""
    hooks.tell("grow", path)
    _move_folder(_metadata(path, frame, variables), _beside(path, NEXT))
    _move_metadata(path)
    hooks.tell("grown", path)


def finish_growth(path: Path) -> None:
    """Finish what a kill has broken off: move the new metadata of a store that was growing to their places."""
    if _beside(path, NEXT).is_dir():
        hooks.tell("grow", path)
        _move_metadata(path)
        hooks.tell("grown", path)


def _move_metadata(path: Path) -> None:
    following = _beside(path, NEXT)
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
    for half in path.parent.glob(f"{path.name}.run.*.partial"):
        half.unlink(missing_ok=True)
    for folder in path.parent.glob(f"{path.name}.{NEW}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def move_aside(path: Path) -> Path | None:
    """Rename a store, so that another can be made in its place: runs.zarr becomes runs.zarr.1, or the next number."""
    finish_growth(path)
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
    root = read_json(path / META)
    attrs = root.get("attributes")
    if not isinstance(attrs, dict) or not {"settings", "plan", "provenance"} <= set(attrs):
        raise ValueError(
            f"store={str(path)!r} was not written by nnjax.sweep, or {META} is damaged: it lacks settings, plan or "
            "provenance"
        )
    recorded = attrs.get(CHECKSUMS)
    if not isinstance(recorded, dict) or _root_checksum(root) != recorded.get("."):
        raise damaged(path / META)
    for name, checksum in recorded.items():
        file = path / name / META
        if name == ".":
            continue
        if not file.is_file():
            raise ValueError(f"{file} is missing: the store is damaged; restore it from a copy, or start anew")
        if _checksum(file.read_bytes()) != checksum:
            raise damaged(file)
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


def _metadata(path: Path, frame: "xr.Dataset", variables: Mapping[str, Array]) -> Path:
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
                attributes=v.attributes,
            )
        _seal(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _seal(folder: Path) -> None:
    """Write into a store's attributes the checksums of all metadata."""
    found = {file.parent.name: _checksum(file.read_bytes()) for file in sorted(folder.glob(f"*/{META}"))}
    root = read_json(folder / META)
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


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


def _move_folder(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
        raise
