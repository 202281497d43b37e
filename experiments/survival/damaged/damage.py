"""Damage to the files of a store, and who notices it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import faults
from experiments.survival.shared import sweeps
from experiments.survival.shared.files import METADATA, chunk_files

BYTE, BIT, EMPTY, THREE, HALF = "a byte changed", "a bit changed", "cut to nothing", "cut to 3 bytes", "cut in half"
NEIGHBOUR, GONE = "its neighbour's", "not there"
CHUNK_DAMAGES = (BYTE, BIT, EMPTY, THREE, HALF, NEIGHBOUR, GONE)
WRITTEN = ("train_loss", "train_curve", "accuracy", "steps", "status")  # by training; the rest with the store
COUNTS = ("tries", "named", "wrong", "stranger", "sweep", "again_tries", "again")


def flips(content: bytes, stride: int) -> Iterator[tuple[str, bytes]]:
    """Every `stride`-th byte and the last changed, once in all its bits and once in one."""
    for offset in sorted({*range(0, len(content), stride), len(content) - 1}):
        for damage, mask in ((BYTE, 0xFF), (BIT, 1 << (offset // stride) % 8)):
            changed = bytearray(content)
            changed[offset] ^= mask
            yield damage, bytes(changed)


def damages(files: list[Path], number: int, stride: int) -> Iterator[tuple[str, bytes | None]]:
    """Every kind of damage to one of the chunks of an array."""
    content = files[number].read_bytes()
    yield from flips(content, stride)
    yield from ((EMPTY, b""), (THREE, content[:3]), (HALF, content[: len(content) // 2]), (GONE, None))
    # The next chunk with other contents: all chunks of the status are alike when a sweep has gone well.
    others = (file.read_bytes() for file in files[number + 1 :] + files[:number])
    neighbour = next((other for other in others if other != content), None)
    if neighbour is not None:
        yield NEIGHBOUR, neighbour


def chunks(store: Path, reference: xr.Dataset, stride: int) -> dict[tuple[str, str], dict[str, int]]:
    """How often damage to the chunks was noticed, by array and kind of damage."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for name in sorted(map(str, reference.variables)):
        files = chunk_files(store, name)
        for number, file in enumerate(files):
            for damage, content in damages(files, number, stride):
                if (name, damage) == ("status", GONE):
                    continue  # a network without a status has not been trained: nothing is wrong
                count = counts.setdefault((name, damage), dict.fromkeys(COUNTS, 0))
                with faults.replaced(file, content):
                    _count_chunk(count, store, name, file, reference)
    return counts


def _count_chunk(count: dict[str, int], store: Path, name: str, file: Path, reference: xr.Dataset) -> None:
    key = file.relative_to(store).as_posix()
    found = opened(store, name)
    count["tries"] += 1
    count["named"] += isinstance(found, ValueError) and f"{key} " in f"{found} "
    count["wrong"] += not isinstance(found, Exception) and not same(found, reference[name])
    count["stranger"] += isinstance(foreign(store, name), Exception)


def opened(store: Path, name: str) -> xr.DataArray | Exception:
    """One variable as nnjax reads it, or the error."""
    try:
        return nnjax.open_store(store)[name].load()
    except Exception as error:
        return error


def foreign(store: Path, name: str) -> xr.DataArray | Exception:
    """One variable as xarray reads it without nnjax, or the error."""
    try:
        return xr.open_zarr(store, consolidated=False)[name].load()
    except Exception as error:
        return error


def same(a: xr.DataArray, b: xr.DataArray) -> bool:
    """Whether two variables agree in every bit."""
    return a.dims == b.dims and np.array_equal(a.values, b.values, equal_nan=a.dtype.kind == "f")


def metadata(
    store: Path, given: dict[str, Any], networks: int, reference: xr.Dataset, stride: int
) -> dict[tuple[str, str], dict[str, int]]:
    """How often damage to the metadata was noticed, by file and kind of damage."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for file in sorted(store.rglob(METADATA)):
        name = file.relative_to(store).as_posix()
        for damage, content in flips(file.read_bytes(), stride):
            count = counts.setdefault((name, damage), dict.fromkeys(COUNTS, 0))
            with faults.replaced(file, content):
                said = said_of(lambda: nnjax.open_store(store).load(), reference)
                again = said_of(lambda: sweeps.sweep(store, given, networks).load(), reference)
            count["tries"] += 1
            count["named"] += said == "" or (said is not None and (str(file) in said or _root(file, store, said)))
            count["wrong"] += said is None
            count["sweep"] += said == again
    return counts


def _root(file: Path, store: Path, said: str) -> bool:
    return file.parent == store and str(store) in said and METADATA in said


def said_of(read: Any, reference: xr.Dataset) -> str | None:
    """The text of a ValueError, "" where every result is as it was; None for anything else."""
    try:
        return "" if sweeps.same(read(), reference) else None
    except ValueError as error:
        return str(error)
    except Exception:
        return None


def again(
    store: Path, given: dict[str, Any], networks: int, reference: xr.Dataset, place: Path, most: int
) -> dict[tuple[str, str], dict[str, int]]:
    """Remove one chunk at a time and run the sweep again: how often every result is restored, by array.

    Coordinates are not trained, so they cannot be restored in this way: for them the error may name the chunk instead.
    """
    counts = {}
    for name in sorted(map(str, reference.variables)):
        files = chunk_files(store, name)
        chosen = sorted({int(i) for i in np.linspace(0, len(files) - 1, most)})
        count = counts[(name, GONE)] = dict.fromkeys(COUNTS, 0)
        for number in chosen:
            file = files[number].relative_to(store)
            copy = faults.copied(store, place / "copy" / store.name)
            with faults.replaced(copy / file, None, back=False):
                said = said_of(lambda copy=copy: sweeps.sweep(copy, given, networks).load(), reference)
            named = name not in WRITTEN and said is not None and f"{file.as_posix()} " in f"{said} "
            count["again_tries"] += 1
            count["again"] += named or said == said_of(lambda copy=copy: nnjax.open_store(copy).load(), reference) == ""
    return counts
