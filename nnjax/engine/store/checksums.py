"""Read and check the files of a store, each of which has a seal, and notice files that are missing.

A chunk of networks ends in a seal, which is a frame that decoders of Zstandard skip, and then in the checksum of
Zarr's codec Crc32c. The seal holds how often the chunk had been written, and a hash of the store's id, the chunk's
place, that number and the content. So a chunk that was moved is detected, and so is one that is older than the status
of its networks. All other files are sealed by their hashes in the metadata of the whole store.
"""

import asyncio
import hashlib
import json
import os
import stat
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import google_crc32c
import numpy as np
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import LocalStore

from nnjax.engine.store.places import is_key

META = "zarr.json"
# The attribute in which a store describes itself, its format, and an attribute of format 1, which had no seals.
STORE, FORMAT, OLD = "nnjax_store", 2, "metadata_sha256"

_MAGIC = 0x184D2A5E  # one of the skippable frames of Zstandard (RFC 8878, section 3.1.2)
_SEAL = struct.Struct("<IIQ16s")  # magic, length of the rest, how often the chunk was written, hash
_CRC = struct.Struct("<I")


class Root(NamedTuple):
    """The metadata of a whole store, read and checked; `sha256` are the hashes of the files that they seal, by key."""

    path: Path
    content: bytes
    attributes: dict[str, Any]
    id: str
    sha256: dict[str, str]

    @property
    def networks(self) -> set[str]:
        """The names of the arrays of networks. Arrays whose chunks are in `sha256` are coordinates and the like."""
        arrays, others = (
            {key.split("/")[0] for key in self.sha256 if key.endswith(META) == meta} for meta in (True, False)
        )
        return arrays - others


def sealed_root(root: dict[str, Any]) -> bytes:
    """The metadata of the whole store as JSON, with their own seal."""
    record = root["attributes"][STORE]
    record.pop("seal", None)
    record["seal"] = sha256(json.dumps(root, sort_keys=True).encode())
    return json.dumps(root, indent=2, allow_nan=False).encode()


def read_root(path: Path, content: bytes) -> Root:
    """The metadata of the store at `path`, checked against their own seal.

    Raises:
        ValueError: if they are not those of a store, have another format, or are damaged; naming the store or the file.
    """
    root = parsed(path / META, content)
    attributes = root.get("attributes")
    if not isinstance(attributes, dict) or not {"settings", "plan", "provenance"} <= set(attributes):
        raise ValueError(
            f"store={str(path)!r} was not written by nnjax.sweep, or {META} is damaged: it lacks settings, plan or "
            "provenance"
        )
    if OLD in attributes:
        raise ValueError(
            f"store={str(path)!r} was written by an earlier version of nnjax (format 1, now {FORMAT}): its chunks do "
            "not say where they belong, so it cannot be checked or resumed; read it with "
            "xarray.open_zarr(path, consolidated=False), or start anew with fresh=True (--fresh on the command line)"
        )
    record = attributes.get(STORE)
    if isinstance(record, dict) and isinstance(version := record.get("format"), int) and version > FORMAT:
        raise ValueError(
            f"store={str(path)!r} was written by a later version of nnjax, or {META} is damaged: its format is "
            f"{version}, and this version reads {FORMAT}"
        )
    try:
        seal = record.pop("seal")  # pyright: ignore[reportOptionalMemberAccess]
        good = seal == sha256(json.dumps(root, sort_keys=True).encode())
        # A seal can be forged, and keys are paths in the store, which must not lead out of it.
        good = good and all(map(is_key, record["sha256"].keys()))  # pyright: ignore[reportOptionalSubscript]
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise damaged(path / META) from error
    if not good or record is None:
        raise damaged(path / META)
    return Root(path, content, attributes, record["id"], record["sha256"])


def sealed_chunk(content: bytes, root: Root, key: str, generation: int) -> bytes:
    """A chunk as Zarr encodes it, with its seal before the checksum; it is written for the `generation`-th time."""
    frame = content[: -_CRC.size]
    body = frame + _SEAL.pack(_MAGIC, _SEAL.size - 8, generation, _digest(root, key, generation, frame))
    return body + _CRC.pack(google_crc32c.value(body))


def generation_of(file: Path) -> int:
    """How often a chunk had been written, from the end of its file; 0 if it is no chunk. Its content is not read."""
    try:
        with _opened(file) as opened:
            opened.seek(-_SEAL.size - _CRC.size, os.SEEK_END)
            magic, _, generation, _ = _SEAL.unpack(opened.read(_SEAL.size))
    except (OSError, ValueError):
        return 0
    return generation if magic == _MAGIC else 0


def _digest(root: Root, key: str, generation: int, frame: bytes) -> bytes:
    return hashlib.sha256(f"{root.id}/{key}/{generation}/".encode() + frame).digest()[:16]


def chunk_key(name: str, index: Sequence[int]) -> str:
    """The key of a chunk of an array: where it lies in the store."""
    return "/".join([name, "c", *map(str, index)])


class Verified(LocalStore):
    """A store on disk that checks all that is read from it, and names what is damaged.

    `generations` tells how often the status of each chunk had been written when it was read, 0 if there was none. The
    status must be read first, because it decides which other chunks must be there.
    """

    def __init__(self, root: Root) -> None:
        super().__init__(root.path, read_only=True)
        self.sealed = root
        self.networks = root.networks
        self.generations = np.zeros(self.num_chunks("status"), np.uint32)

    def with_read_only(self, read_only: bool = False) -> "Verified":
        """The store itself, which is always read-only."""
        return self

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        """The value of a key, for Zarr."""
        return await asyncio.to_thread(self._value, key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        """The same as `get`, for calls of Zarr outside its event loop."""
        return self._value(key, prototype, byte_range)

    def _value(self, key: str, prototype: Any, byte_range: Any) -> Any:
        if byte_range is not None:
            raise ValueError(f"{key} of {self.root} can be read only as a whole")
        found = self.content(key)
        return None if found is None else (prototype or default_buffer_prototype()).buffer.from_bytes(found)

    def content(self, key: str) -> bytes | None:
        """The bytes of a file of the store; None if there is no such file and there need not be one.

        Raises:
            ValueError: naming a file that is not as it was written, is missing, or does not belong to the store.
        """
        if key == META:
            return self.sealed.content
        name, *place = key.split("/")
        if key in self.sealed.sha256:
            return self._sealed(key)
        if place[:1] == ["c"] and name in self.networks:
            return self._chunk(key, tuple(map(int, place[1 : 1 + self.generations.ndim])))
        if place == [META] and (self.root / key).exists():
            raise ValueError(f"{self.root / key} does not belong to this store; remove {name} from it")
        return None

    def _sealed(self, key: str) -> bytes:
        found, is_chunk = self._read(key), not key.endswith(META)
        if found is None and is_chunk:
            raise _missing(self.root, key)
        if found is None:
            raise missing(self.root / key)
        if sha256(found) != self.sealed.sha256[key]:
            if is_chunk:
                raise _damaged_chunk(self.root, key, "its bytes are not those that were written", _RESTORE)
            raise damaged(self.root / key)
        return found

    def _chunk(self, key: str, place: tuple[int, ...]) -> bytes | None:
        found, is_status = self._read(key), key.startswith("status/")
        if found is None:
            if self.generations[place]:
                raise _missing(self.root, key)
            return None
        generation = self._checked(key, found)
        if is_status:
            self.generations[place] = max(generation, self.generations[place])
        elif generation < self.generations[place]:
            raise _damaged_chunk(self.root, key, "it is older than the status of its networks")
        return found

    def _checked(self, key: str, content: bytes) -> int:
        """How often a chunk had been written, after checking that it is the one that was written to this place."""
        body, checksum = content[: -_CRC.size], content[-_CRC.size :]
        if len(content) < _SEAL.size + _CRC.size or _CRC.unpack(checksum)[0] != google_crc32c.value(body):
            raise _damaged_chunk(self.root, key, "its bytes are not those that were written")
        magic, _, generation, digest = _SEAL.unpack(body[-_SEAL.size :])
        if magic != _MAGIC or digest != _digest(self.sealed, key, generation, body[: -_SEAL.size]):
            self._check_same_store()
            raise _damaged_chunk(self.root, key, "it was not written to this place of this store")
        return generation

    def _check_same_store(self) -> None:
        """Check that the store is the one that was opened, and not another that has taken its place since."""
        content = read(self.root / META)
        if content is not None and read_root(self.sealed.path, content).id != self.sealed.id:
            raise ValueError(
                f"store={str(self.sealed.path)!r} is not the one that was opened: that one has been moved aside, and "
                "there is a new one in its place; open it again"
            )

    def _read(self, key: str) -> bytes | None:
        try:
            return read(self.root / key)
        except ValueError as error:
            raise _damaged_chunk(self.root, key, "it is not a regular file") from error

    def num_chunks(self, name: str) -> tuple[int, ...]:
        """The number of chunks of an array on every dimension."""
        key = f"{name}/{META}"
        meta = parsed(self.root / key, self.content(key) or b"")
        chunk = meta["chunk_grid"]["configuration"]["chunk_shape"]
        return tuple(-(-length // size) for length, size in zip(meta["shape"], chunk, strict=True))

    def places(self) -> Iterator[str]:
        """The keys of all files that the store may have, chunks of the status before those of other arrays."""
        yield from self.sealed.sha256
        for name in sorted(self.networks, key=lambda name: (name != "status", name)):
            yield from (chunk_key(name, index) for index in np.ndindex(*self.num_chunks(name)))


def damaged_files(root: Root) -> list[str]:
    """Read every file of a store. Returns a line for each file that is damaged, or missing but needed."""
    store, found = Verified(root), []
    for key in store.places():
        try:
            store.content(key)
        except ValueError as error:
            found.append(str(error))
    return found


_RESTORE = "restore it from a copy, or start anew"


def _damaged_chunk(
    path: Path, key: str, why: str, advice: str = "remove it and run the sweep again, which trains those networks anew"
) -> ValueError:
    return ValueError(f"chunk {key} of {path} is damaged: {why}; {advice}")


def _missing(path: Path, key: str) -> ValueError:
    return ValueError(
        f"chunk {key} of {path} is missing: if it belongs to networks, run the sweep again, which trains them anew; "
        "otherwise restore it from a copy"
    )


def _opened(file: Path) -> Any:
    """Open a file for reading, without waiting if there is a pipe in its place.

    Raises:
        ValueError: if it is a folder, a pipe or a device.
    """
    number = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise ValueError(f"{file} is not a regular file: remove it")
    return os.fdopen(number, "rb")


def read(file: Path) -> bytes | None:
    """The content of a file; None if there is no file.

    Raises:
        ValueError: if it is a folder, a pipe or a device.
    """
    try:
        with _opened(file) as opened:
            return opened.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def parsed(file: Path, content: bytes) -> dict[str, Any]:
    """The JSON object that a file of metadata holds.

    Raises:
        ValueError: naming the file, if it holds none.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(file) from error
    if not isinstance(found, dict):
        raise damaged(file)
    return found


def damaged(file: Path) -> ValueError:
    """The error to raise for a file of metadata that is damaged."""
    return ValueError(f"{file} is damaged: its content is not what was written; {_RESTORE}")


def missing(file: Path) -> ValueError:
    """The error to raise for a file of metadata that is not there."""
    return ValueError(f"{file} is missing: the store is damaged; {_RESTORE}")


def sha256(content: bytes) -> str:
    """The SHA-256 hash of a file's content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
