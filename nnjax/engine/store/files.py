"""The files of a store: Zarr format 3, with a seal in every chunk and seals of all other files. No pickle.

A file is written under another name, synced to the disk, and then renamed. So a kill or a power failure leaves the old
file or the new one. A store is made beside its place and moved there whole. While a store grows, a file in it says so;
if that is interrupted, whoever opens the store for writing next writes all metadata again.
"""

import contextlib
import errno
import itertools
import json
import os
import shutil
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.storage import MemoryStore

from nnjax import hooks
from nnjax.engine.store import locks
from nnjax.engine.store.checksums import (
    FORMAT,
    META,
    OLD,
    STORE,
    Root,
    Verified,
    damaged_files,
    parsed,
    read,
    read_root,
    sealed_root,
    sha256,
)
from nnjax.engine.store.locks import OWN
from nnjax.engine.store.places import check_inside

if TYPE_CHECKING:
    import xarray as xr

# The file that exists while new metadata are written to their places. What it holds means nothing.
GROWTH = f"{OWN}/growth.json"
FINISHED = {True: "yes", False: "no, or not checked yet: a network whose status is 0 is missing"}
# How long a reader waits for the metadata of a store that is growing, which takes a fraction of a second.
SECONDS_TO_GROW = 2.0
# The status is read in parts of about so many networks.
PART = 2**24
LIBRARY = str(Path(__file__).parents[2])


class Array(NamedTuple):
    """One array of the networks: its dimensions, shape, chunks, dtype, blank value and attributes."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype
    blank: Any
    attributes: dict[str, Any]


@contextlib.contextmanager
def clear_errors(what: str, advice: str = "run the same sweep again") -> Iterator[None]:
    """Inside, an OSError is raised again with a message that says what could not be done, and what helps."""
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        cause = {errno.ENOSPC: "free some space", errno.EDQUOT: "free some space"}.get(error.errno or 0, "fix that")
        said = f"{what}: {why}; {cause} and {advice}"
        raise (OSError(error.errno, said) if error.errno else OSError(said)) from error


def create(path: Path, frame: "xr.Dataset", variables: Mapping[str, Array]) -> str | None:
    """Make a store without any network in it, either whole or not at all.

    Returns:
        Its id; None if another process has made one meanwhile.
    """
    hooks.tell("create", path)
    made = uuid.uuid4().hex
    folder = path.with_name(f"{path.name}.new-{made}")
    try:
        above = [one.parent for one in new_folders(path.parent)]
        with locks.making(folder, path.name):
            write(folder, _contents(frame, variables, made))
            folder.rename(path)
            _sync(path.parent, *above)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST) and path.is_dir():
            return None
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    hooks.tell("created", path)
    return made


def grow(root: Root, frame: "xr.Dataset", variables: Mapping[str, Array]) -> None:
    """Give a store longer dimensions; its chunks stay as they are."""
    hooks.tell("grow", root.path)
    contents = _contents(frame, variables, root.id)
    write(root.path, {GROWTH: b"{}"})
    # The metadata of the whole store last: until then a reader finds files that do not match them, and waits.
    write(root.path, {key: content for key, content in contents.items() if key != META})
    write(root.path, {META: contents[META]})
    (root.path / GROWTH).unlink()
    _sync((root.path / GROWTH).parent)
    hooks.tell("grown", root.path)


def is_growing(path: Path) -> bool:
    """Whether the store is growing, or a kill has interrupted that."""
    return (path / GROWTH).exists()


def mark(path: Path, finished: bool) -> None:
    """Write down whether a store is finished. Nobody else may change its metadata at the same time."""
    root = json.loads(metadata(path).content)
    if root["attributes"]["finished"] != FINISHED[finished]:
        root["attributes"]["finished"] = FINISHED[finished]
        write(path, {META: sealed_root(root)})


def tidy(path: Path) -> None:
    """Remove what killed writers have left half-written. Only the sole writer of a store may call it."""
    for half in (path / OWN).glob("*.partial"):
        half.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # a folder that cannot be listed holds nothing of ours
        for folder in locks.abandoned(path):
            shutil.rmtree(folder, ignore_errors=True)


def is_ours(path: Path) -> bool:
    """Whether a folder was made as a store, even if it is damaged now."""
    if (path / OWN / locks.FOLDER).is_dir():
        return True
    try:
        attributes = parsed(path / META, read(path / META) or b"").get("attributes", {})
        return isinstance(attributes, dict) and (STORE in attributes or OLD in attributes)
    except ValueError:
        return False


def move_aside(path: Path) -> None:
    """Rename a store, so that another can be made in its place: runs.zarr becomes runs.zarr.1, or the next number."""
    aside = next(p for i in itertools.count(1) if not os.path.lexists(p := path.with_name(f"{path.name}.{i}")))
    path.rename(aside)
    _sync(path.parent)


def metadata(path: Path) -> Root:
    """The metadata of a whole store, after checking all of its files of metadata.

    Raises:
        ValueError: naming the file that is damaged or missing, or saying that the folder is not the store of a sweep.
    """
    return _steady(path, lambda: _checked(path).sealed)


def verify(path: Path) -> None:
    """Read every file of a store and check it.

    Raises:
        ValueError: with a line for each that is damaged.
    """

    def look() -> None:
        if damaged := damaged_files(_checked(path).sealed):
            raise ValueError("\n".join(damaged))

    _steady(path, look)


def root_of(path: Path) -> Root:
    """The metadata of a whole store, without a look at its other files.

    Raises:
        ValueError: if they are missing or damaged, or not those of a sweep.
    """
    if (content := read(path / META)) is None:
        why = f"it has no {META}" if path.exists() else "there is nothing at this path"
        raise ValueError(f"store={str(path)!r} is not a store: {why}")
    return read_root(path, content)


def _checked(path: Path) -> Verified:
    store = Verified(root_of(path))
    for key in store.sealed.sha256:
        if key.endswith(META):
            store.content(key)
    return store


def _steady[T](path: Path, look: Callable[[], T]) -> T:
    """The result of `look`, which reads a store's metadata and is called again while they are being changed."""
    until = time.monotonic() + SECONDS_TO_GROW
    while True:
        before = _root_as_it_is(path)
        try:
            return look()
        except ValueError as error:
            if not is_growing(path) and _root_as_it_is(path) == before:
                raise
            if time.monotonic() > until:
                raise ValueError(
                    f"store={str(path)!r} is being grown, which takes a moment; if its writer has ended meanwhile, run "
                    "the sweep again, which finishes it"
                ) from error
            time.sleep(0.02)


def _root_as_it_is(path: Path) -> bytes | None:
    with contextlib.suppress(ValueError):
        return read(path / META)
    return None


class Snapshot(NamedTuple):
    """A store as it is read: its arrays of networks, and which networks were finished when it was opened [grid]."""

    store: Verified
    arrays: dict[str, "zarr.Array"]
    finished: np.ndarray


def snapshot(path: Path) -> Snapshot:
    """Open a store for reading. The status is read first, so all of a network that counts as finished is there."""
    return _steady(path, lambda: _snapshot(path))


def _snapshot(path: Path) -> Snapshot:
    store = _checked(path)
    arrays = {name: zarr.open_array(store, path=name, mode="r") for name in store.networks}
    status = arrays["status"]
    finished = np.zeros(status.shape, bool)
    step = status.chunks[0] * max(1, PART // max(1, status.chunks[0] * int(np.prod(status.shape[1:]))))
    for first in range(0, status.shape[0], step):
        finished[first : first + step] = np.asarray(status[first : first + step]) != 0
    return Snapshot(store, arrays, finished)


def open_dataset(path: Path) -> "xr.Dataset":
    """The store as a Dataset whose numbers are read when they are asked for; a warning tells how much is missing.

    All variables show the networks that were finished when it was opened, whatever is written meanwhile.
    """
    found, finished = _steady(path, lambda: _dataset(path))
    if missing := int(finished.size - finished.sum()):
        said = f"{missing:,} of {finished.size:,} networks are missing"
        found.attrs["finished"] = f"no: {said}"
        warnings.warn(
            f"store={str(path)!r} is not finished: {said}. Their status is 0 and all their other values are NaN; run "
            "the same sweep again to train them",
            UserWarning,
            skip_file_prefixes=(LIBRARY,),
        )
    else:
        found.attrs["finished"] = FINISHED[True]
    return found


def _dataset(path: Path) -> tuple[Any, np.ndarray]:
    import xarray as xr

    from nnjax.engine.store.unfinished import masked  # which imports xarray

    store, arrays, finished = _snapshot(path)
    found = xr.open_zarr(store, consolidated=False, chunks=None)
    for name, variable in found.variables.items():
        if name not in store.networks:
            variable.load()  # now, because it is rewritten if the store grows
    if not finished.all():
        found = found.assign({name: masked(name, found.variables[name], a, finished) for name, a in arrays.items()})
    del found.attrs[STORE]  # it describes the files, not the sweep
    return found, finished


def encoders(variables: Mapping[str, Array]) -> tuple[dict[str, Any], dict[str, "zarr.Array"]]:
    """A dict, and arrays in memory that encode chunks: what is assigned to an array is in the dict, by chunk key."""
    memory: dict[str, Any] = {}
    store = MemoryStore(memory)
    # A chunk that holds only blanks is written too, because a chunk that is not there counts as not finished.
    return memory, {name: _array(store, name, v, {"write_empty_chunks": True}) for name, v in variables.items()}


def _array(store: MemoryStore, name: str, v: Array, config: Any = None) -> "zarr.Array":
    return zarr.create_array(
        store,
        name=name,
        shape=v.shape,
        chunks=v.chunks,
        dtype=v.dtype,
        fill_value=v.blank,
        compressors=[ZstdCodec(level=1), Crc32cCodec()],
        dimension_names=v.dims,
        attributes=v.attributes,
        config=config,
    )


def _contents(frame: "xr.Dataset", variables: Mapping[str, Array], made: str) -> dict[str, bytes]:
    """All files of a store but the chunks of networks, by their keys."""
    memory: dict[str, Any] = {}
    store = MemoryStore(memory)
    encoding = {name: {"compressors": [ZstdCodec(level=1), Crc32cCodec()]} for name in frame.variables}
    frame.to_zarr(store, mode="w-", zarr_format=3, consolidated=False, encoding=encoding, write_empty_chunks=True)
    for name, v in variables.items():
        _array(store, name, v)
    contents = {key: value.to_bytes() for key, value in sorted(memory.items())}
    root = json.loads(contents.pop(META))
    hashes = {key: sha256(content) for key, content in contents.items()}
    root["attributes"] |= {"finished": FINISHED[False], STORE: {"format": FORMAT, "id": made, "sha256": hashes}}
    return {**contents, META: sealed_root(root)}


def write(store: Path, contents: Mapping[str, bytes], sync: bool = True, known: set[Path] | None = None) -> None:
    """Replace or make files of a store: whatever happens, each is either the old file or the new one.

    They are first written in our own folder, where Zarr looks for nothing.

    Args:
        store: its path.
        contents: the content of each file, by key.
        sync: whether all of it is on the disk when this returns, so that it survives a power failure.
        known: folders that this process has synced to the disk before; those of these files are added.

    Raises:
        ValueError: if a symbolic link in the path of a file may lead out of the store.
    """
    halves: dict[Path, Path] = {}
    known = set() if known is None else known
    try:
        folders = dict.fromkeys((store / key).parent for key in contents)
        # Also folders that exist already: another thread may have made them just now.
        new = dict.fromkeys(one for folder in folders for one in (folder, *folder.parents) if store in one.parents)
        new = [folder for folder in new if folder not in known]
        for folder in (store / OWN, *new):
            check_inside(store, folder)
        for folder in folders:
            new_folders(folder, store)
        for key, content in contents.items():
            half = store / OWN / f"{key.replace('/', '.')}.{uuid.uuid4().hex}.partial"
            halves[half] = store / key
            half.write_bytes(content)
        if sync:
            _sync(*halves)
        for half, file in halves.items():
            os.replace(half, file)
        if sync:
            _sync(*dict.fromkeys((*folders, *(folder.parent for folder in new))))
            known.update(new)
    except BaseException:
        for half in halves:
            with contextlib.suppress(OSError):
                half.unlink(missing_ok=True)
        raise


def new_folders(folder: Path, store: Path | None = None) -> list[Path]:
    """Make a folder and those above it, but not the `store`, which may have been renamed. Returns those made."""
    made: list[Path] = []
    while not folder.is_dir():
        if folder == store:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
        made.append(folder)
        folder = folder.parent
    for one in reversed(made):
        with contextlib.suppress(FileExistsError):  # made by another thread; other errors are raised
            one.mkdir()
    return made


def _sync(*paths: Path) -> None:
    """Sync files, or the names in folders, to the disk."""
    for path in paths:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(file)
        except OSError as error:
            # Some network file systems cannot sync folders.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP) or not path.is_dir():
                raise
        finally:
            os.close(file)
