"""Read NPY and NPZ files as arrays of real numbers.

The size that a header states is trusted only if exactly as many bytes follow, and nothing is ever unpickled.
"""

import io
import math
import zipfile
from typing import IO

import numpy as np
from numpy.lib import format as npy

READ_HEADER = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npy(raw: bytes) -> np.ndarray:
    """The array in the bytes of an NPY file, in float64.

    Raises:
        ValueError: for bytes that are not NPY, a header that does not fit the data, and anything but finite real
            numbers.
    """
    file = io.BytesIO(raw)
    shape, fortran, dtype = _header(file, len(raw))
    try:
        array = np.frombuffer(raw, dtype, offset=file.tell()).reshape(shape, order="F" if fortran else "C")
        with np.errstate(all="ignore"):  # overflow and nan are refused below
            array = array.astype(np.float64)
    except Exception as error:  # a header that only seems to fit the data
        raise ValueError(f"the NPY data cannot be read: {error!s:.200}") from error
    if not (finite := np.isfinite(array)).all():
        place = np.argwhere(~finite)[0].tolist()
        raise ValueError(f"the number at {place} is {array[tuple(place)]} in float64: all must be finite")
    return array


def _header(file: IO[bytes], size: int) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and dtype of an array, from the header of a file of `size` bytes."""
    try:
        version = npy.read_magic(file)
        if version not in READ_HEADER:
            raise ValueError(f"format version {version} is none of {', '.join(map(str, READ_HEADER))}")
        shape, fortran, dtype = READ_HEADER[version](file)
        told, follow = math.prod(shape) * dtype.itemsize, size - file.tell()
        text = f"{shape!r:.80}", f"{told!s:.80}"  # either may be very long, or impossible to print
    except Exception as error:  # NumPy raises many kinds of errors for bytes it did not write
        raise ValueError(f"the NPY header is wrong or damaged: {error!s:.200}") from error
    if dtype.hasobject:
        raise ValueError("the array holds Python objects, which are never unpickled: save it with a dtype of numbers")
    if dtype.kind not in "biuf":
        raise ValueError(f"the array has dtype {dtype!s:.80}: it must hold real numbers")
    if min(shape, default=1) < 1:
        raise ValueError(f"the array has shape {text[0]}: it needs at least one row and one column")
    if told != follow:
        raise ValueError(
            f"the NPY header tells of shape {text[0]} in {dtype}, which is {text[1]} bytes, but {follow} bytes "
            "follow: the file is damaged or not complete"
        )
    return shape, fortran, dtype


def read_npz(raw: bytes) -> dict[str, np.ndarray]:
    """The arrays in the bytes of an NPZ file by name, in float64.

    Raises:
        ValueError: for bytes that are not NPZ, two arrays of one name, and whatever `read_npy` refuses.
    """
    arrays: dict[str, np.ndarray] = {}
    for filename, member in _unzipped(raw):
        name = filename.removesuffix(".npy")
        if name == filename:
            raise ValueError(f"the archive holds {filename!r:.80}, which is no array")
        if name in arrays:
            raise ValueError(f"the archive holds two arrays named {name!r:.80}")
        try:
            arrays[name] = read_npy(member)
        except ValueError as error:
            raise ValueError(f"array {name!r:.80}: {error}") from error
    return arrays


def _unzipped(raw: bytes) -> list[tuple[str, bytes]]:
    """Name and bytes of every file in an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = [(member.filename, archive.read(member)) for member in archive.infolist()]
        # One wrong length in the directory hides the files after it; their number is stored at its end.
        end = raw.rindex(b"PK\5\6")
        told = int.from_bytes(raw[end + 10 : end + 12], "little")
        if told not in (len(files), 0xFFFF):  # 0xFFFF: more than fit into two bytes
            raise zipfile.BadZipFile(f"{told} files at its end, but {len(files)} in its directory")
    except Exception as error:  # a dozen kinds of errors: bad archives, compression, passwords, checksums
        raise ValueError(f"the NPZ archive is damaged or not complete: {error!s:.200}") from error
    return files
