"""The files of a claim: data, table, verdicts and provenance. All of a kind are written, or none.

JSON is strict: NaN becomes null and an infinity the text "inf". Whole numbers come back from data.nc as int64.
"""

import contextlib
import csv
import json
import math
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MOST_BYTES = 1_000_000  # of data that git keeps
LIST = "list:"  # before the JSON of an attribute that is a list
PACKAGES = (
    "nnjax", "jax", "jaxlib", "optax", "numpy", "scipy", "xarray", "scikit-learn", "mnist1d", "mlxtend",
    "espeakng-loader", "wordfreq",
)  # fmt: skip


def save(data: Any, path: Path, most: float = math.inf) -> None:
    """Write a Dataset as NetCDF 3, which has no whole numbers beyond 32 bits: those are kept as floats, up to 2^53.

    Raises:
        ValueError: for whole numbers beyond 2^53, and where the file would hold more than `most` bytes.
    """
    data = data.copy().drop_encoding()  # of a store: its width of strings would cut longer ones
    lists = {name: value for name, value in data.attrs.items() if isinstance(value, list | tuple)}
    data.attrs |= {
        name: LIST + json.dumps(plain(value)) for name, value in lists.items()
    }  # else one of one is a number
    for name, one in data.variables.items():
        if one.dtype.kind in "iu":
            large = one.size and abs(one.astype(float)).max() >= 2**31
            small = one.dtype.name in ("int8", "int16", "int32")
            kept = one.values.astype(one.dtype if small else "float64" if large else "int32")
            if (kept.astype(one.dtype) != one.values).any():
                raise ValueError(f"{name} holds whole numbers beyond 2^53")
            data[name] = (one.dims, kept, one.attrs | {"whole": 1})
    new = path.with_suffix(".new")
    with data.to_netcdf(engine="scipy") as content:
        if content.nbytes > most:
            raise ValueError(
                f"{path.name} would hold {content.nbytes:,} bytes, more than {most:,}: return summaries from run()"
            )
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    new.replace(path)


def load(path: Path) -> Any:
    """The Dataset that `save` wrote, in memory."""
    import xarray as xr

    with path.open("rb") as file:
        data = xr.load_dataset(file, engine="scipy")
    for name, one in data.variables.items():
        if one.attrs.pop("whole", 0):
            data[name] = one.astype("int64")
        elif one.dtype == object:
            data[name] = one.astype(str)
    for name, value in data.attrs.items():
        is_list = isinstance(value, str) and value.startswith(LIST)
        data.attrs[name] = (
            json.loads(value.removeprefix(LIST)) if is_list else getattr(value, "tolist", lambda v=value: v)()
        )
    return data


@contextlib.contextmanager
def replacing(folder: Path, *stale: str) -> Iterator[Path]:
    """A temporary folder whose files move into `folder` at a good end; files there of these patterns are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as room:
        yield Path(room)
        new = sorted(Path(room).iterdir())
        for old in {old for pattern in stale for old in folder.glob(pattern)} - {folder / one.name for one in new}:
            old.unlink()
        for one in new:
            os.replace(one, folder / one.name)


def check_writable(folder: Path) -> None:
    """Raise OSError where nothing can be written into a folder, which need not exist; nothing is left behind."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    with tempfile.TemporaryDirectory(dir=there):  # by an attempt, because file modes allow root to write everywhere
        pass


def write_table(table: Any, names: Sequence[str], path: Path) -> None:
    """A row for each entry of a Dataset that is not empty; its settings come first, in the order of `names`."""
    settings = sorted(map(str, table.dims), key=lambda name: names.index(name) if name in names else -1)
    frame = table.to_dataframe(dim_order=settings).dropna(how="all").reset_index()
    write_frame(frame, path)


def write_frame(frame: Any, path: Path, digits: int = 6) -> None:
    """Write a DataFrame as CSV, with so many significant digits."""
    frame.to_csv(path, index=False, float_format=f"%.{digits}g", lineterminator="\n")


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file; none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_json(path: Path, value: Any) -> None:
    """Write strict JSON."""
    text = json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def write_file(path: Path, content: str | Mapping[str, Any]) -> None:
    """Write a text, or arrays by name as an NPZ."""
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        import numpy as np

        np.savez_compressed(path, **content)


def read_json(path: Path) -> Any:
    """What a JSON file holds; None where there is none, or none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    return None


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    value = getattr(value, "item", lambda: value)()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def provenance(root: Path) -> dict[str, Any]:
    """Date, commit, versions, processor and devices, without the machine's name."""
    import jax

    from nnjax import machine
    from nnjax.provenance import commit, version

    at, dirty = commit(root)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"), "commit": at, "dirty": dirty,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "processor": machine.processor(), "cores": os.cpu_count(),
        "device": jax.devices()[0].device_kind, "devices": jax.device_count(),
    }  # fmt: skip


def relative(path: Path) -> str:
    """A path from the working directory, if it lies below it."""
    return os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else str(path)
