"""Read arrays from NPY and NPZ files without trusting them: sizes, names and compressed data are all checked.

The size that a header states must match the bytes that follow, nothing is unpacked beyond a limit, and nothing is ever
unpickled.
"""

import io
import math
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from nnjax.checks import whole_number
from nnjax.tasks.data import check_exact

# Default limit on the bytes of a file, both as it is and unpacked.
MAX_BYTES = 2**32
READ_HEADER = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npy(raw: bytes, max_bytes: int = MAX_BYTES) -> np.ndarray:
    """The array in the bytes of an NPY file, in float64.

    Raises:
        ValueError: for bytes that are not NPY, a header that does not fit the data, anything but finite real numbers,
            and more than `max_bytes` of them in float64.
    """
    array = read_array(raw)
    check_size(array.size * 8, max_bytes, "in float64 its numbers take")
    check_exact(array, "the array")
    with np.errstate(all="ignore"):  # overflow and nan are refused below
        array = array.astype(np.float64)
    if not (finite := np.isfinite(array)).all():
        place = np.argwhere(~finite)[0].tolist()
        raise ValueError(f"the number at {place} is {array[tuple(place)]} in float64: all must be finite")
    return array


def read_array(raw: bytes, kinds: str = "biuf") -> np.ndarray:
    """The array in the bytes of an NPY file, in its own dtype, whose NumPy kind must be one of `kinds`.

    Raises:
        ValueError: for bytes that are not NPY, a header that does not fit the data, or a dtype of another kind.
    """
    file = io.BytesIO(raw)
    shape, fortran, dtype = _header(file, len(raw), kinds)
    try:
        return np.frombuffer(raw, dtype, offset=file.tell()).reshape(shape, order="F" if fortran else "C")
    except Exception as error:  # a header that only seems to fit the data
        raise ValueError(f"the NPY data cannot be read: {error!s:.200}") from error


def place(path: Any) -> Path:
    """Convert the path of a file to a Path; `~` becomes the home folder.

    Raises:
        ValueError: for anything that is not a path.
    """
    try:
        found = Path(path).expanduser()
        if b"\0" in os.fsencode(found):
            raise ValueError("a path cannot contain a NUL character")
        return found
    except (TypeError, ValueError, RuntimeError) as error:  # not a string, not encodable here, no such home folder
        raise ValueError(f"path={path!r:.80} must be the path of a file, as a string or a Path") from error


def read_file(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """All bytes of a file.

    Raises:
        OSError: if it cannot be read.
        ValueError: for a directory or a device; for a file of more than `max_bytes`, of which nothing is read; and for
            `max_bytes` that is not a whole number of 1 or more.
    """
    whole_number(max_bytes, "max_bytes")
    if path.exists() and not path.is_file():
        raise ValueError("this is a directory or a device, not a file")
    check_size(path.stat().st_size, max_bytes, "the file has")
    return path.read_bytes()


def check_size(size: int, max_bytes: int, what: str) -> None:
    """Check that a size in bytes is within the limit.

    Raises:
        ValueError: if it is not; the message names the size and the limit.
    """
    if size > max_bytes:
        raise ValueError(f"{what} {size:,} bytes, which is more than max_bytes={max_bytes:,}")


def _header(file: io.BytesIO, size: int, kinds: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether the order is Fortran's, and dtype of an array, from the header of a file of `size` bytes."""
    try:
        version = npy.read_magic(file)
        if version not in READ_HEADER:
            raise ValueError(f"format version {version} is not one of {', '.join(map(str, READ_HEADER))}")
        shape, fortran, dtype = READ_HEADER[version](file)
        told, follow = math.prod(shape) * dtype.itemsize, size - file.tell()
        text = f"{shape!r:.80}", f"{told!s:.80}"  # either may be very long, or impossible to print
    except Exception as error:  # NumPy raises many kinds of errors for bytes it did not write
        raise ValueError(f"the NPY header is wrong or damaged: {error!s:.200}") from error
    if dtype.hasobject:
        raise ValueError("the array holds Python objects, which are never unpickled: save it with a numeric dtype")
    if dtype.kind not in kinds:
        allowed = "real numbers" if "f" in kinds else "text"
        raise ValueError(f"the array has dtype {dtype!s:.80}: it must hold {allowed}")
    if min(shape, default=1) < 1:
        raise ValueError(f"the array has shape {text[0]}: it needs at least one row and one column")
    if told != follow:
        raise ValueError(
            f"the NPY header says shape {text[0]} and dtype {dtype}, which is {text[1]} bytes, but {follow} bytes "
            "follow: the file is damaged or incomplete"
        )
    return shape, fortran, dtype


def read_npz(raw: bytes, max_bytes: int = MAX_BYTES) -> dict[str, np.ndarray]:
    """The arrays in the bytes of an NPZ file by name, in float64.

    Raises:
        ValueError: for whatever `members` and `read_npy` refuse, and for arrays of more than `max_bytes` together.
    """
    arrays: dict[str, np.ndarray] = {}
    for name, member in members(raw, max_bytes):
        try:
            arrays[name] = read_npy(member, max_bytes)
        except ValueError as error:
            raise ValueError(f"array {name!r:.80}: {error}") from error
        check_size(sum(array.nbytes for array in arrays.values()), max_bytes, "in float64 its arrays take")
    return arrays


def members(raw: bytes, max_bytes: int = MAX_BYTES) -> Iterator[tuple[str, bytes]]:
    """The name and the NPY bytes of every array in an NPZ archive, one after the other.

    Raises:
        ValueError: for bytes that are not NPZ or more than `max_bytes` when they are unpacked. It is also raised for a
            compression that NumPy does not write, two arrays of one name, and a member that is not an array.
    """
    seen = set()
    for filename, member in _unzipped(raw, max_bytes):
        name = filename.removesuffix(".npy")
        if name == filename:
            raise ValueError(f"the archive holds {filename!r:.80}, which is not an array")
        if name in seen:
            raise ValueError(f"the archive holds two arrays named {name!r:.80}")
        seen.add(name)
        yield name, member


def _unzipped(raw: bytes, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file in an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            directory = archive.infolist()
            # A wrong length in the directory hides the files after it, so compare with the number of files at the end.
            end = raw.rindex(b"PK\5\6")
            told = int.from_bytes(raw[end + 10 : end + 12], "little")
            if told not in (len(directory), 0xFFFF):  # 0xFFFF: more than fit into two bytes
                raise zipfile.BadZipFile(
                    f"its end record counts {told} files, but its directory holds {len(directory)}"
                )
            size = sum(member.file_size for member in directory)
            if size <= max_bytes:
                for member in directory:
                    yield member.filename, _unpacked(archive, member)
    except Exception as error:  # a dozen kinds of errors: bad archives, compression, passwords, checksums
        raise ValueError(f"the NPZ archive is damaged or incomplete: {error!s:.200}") from error
    check_size(size, max_bytes, "unpacked it takes")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of one file, as many as its stated size; the archive compares their checksum.

    Reading without a limit would unpack all of it first, whatever size is stated.
    """
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile(f"compression method {member.compress_type} is not one that NumPy writes")
    with archive.open(member) as file:
        return file.read(member.file_size)
