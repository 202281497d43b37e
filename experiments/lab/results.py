"""The files that a claim writes: data, table, verdicts, figures, and the provenance of the run.

Numbers in the JSON files are strict JSON: NaN becomes null, and an infinity the string "inf" or "-inf".
"""

import contextlib
import csv
import io
import json
import math
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from experiments.lab.checks import cut
from experiments.lab.records import read_run
from experiments.lab.verdicts import Verdict
from nnjax import machine, provenance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab.figures import Film

# Of files that git keeps; those of a user's own runs may be larger.
MAX_BYTES = 1_000_000
MAX_PNG_BYTES = 200_000
_DPI = (150, 120, 100)
_WRITING = ".writing-"
_ABANDONED = 86_400.0  # seconds after which nobody writes into such a folder any more
_STALE = ("*.png", "*.svg", "*.gif")
_NETCDF3 = ("bool", "int8", "int16", "int32", "float32", "float64")
_JSON = "json:"
_DTYPE = "stored_from"
_PACKAGES = ("jax", "jaxlib", "optax", "numpy", "xarray", "nnjax")


def save_dataset(data: xr.Dataset, path: Path, *, limited: bool = True) -> None:
    """Write `data` as NetCDF3 so that `load_dataset` gives it back: values, dtypes, coordinates, attributes.

    Integers that NetCDF3 lacks are stored as int32 (as float64 up to 2^53), float16 as float32, attributes
    other than plain text as JSON. Raises ValueError for what cannot be kept, and, if `limited`, above MAX_BYTES.
    """
    stored = data.copy()
    for name in data.variables:
        stored[name] = _stored(str(name), data.variables[name])
    stored.attrs = {key: _stored_attribute(value) for key, value in data.attrs.items()}
    with stored.to_netcdf(engine="scipy") as content:
        if limited:
            _check_size(content.nbytes, path)
        Path(path).write_bytes(content)


def load_dataset(path: Path) -> xr.Dataset:
    """The dataset that `save_dataset` wrote, in memory; the file is closed again."""
    with Path(path).open("rb") as file:
        data = xr.load_dataset(file, engine="scipy")
    for name, variable in data.variables.items():
        attrs = {key: _loaded_attribute(value) for key, value in variable.attrs.items()}
        dtype = attrs.pop(_DTYPE, "str" if variable.dtype == object else variable.dtype)
        data[name] = xr.Variable(variable.dims, variable.values.astype(dtype), attrs)
    data.attrs = {key: _loaded_attribute(value) for key, value in data.attrs.items()}
    return data


def _check_size(size: int, path: Path) -> None:
    if size > MAX_BYTES:
        raise ValueError(
            f"{Path(path).name} would hold {size:,} bytes, more than {MAX_BYTES:,}: "
            "return fewer numbers from run(), such as summaries over the seeds"
        )


def _stored(name: str, variable: xr.Variable) -> xr.Variable:
    attrs = {key: _stored_attribute(value) for key, value in variable.attrs.items()}
    values = variable.values
    if values.dtype.name not in _NETCDF3 and values.dtype.kind in "iuf":
        attrs[_DTYPE] = values.dtype.name
        small = np.float32 if values.dtype.kind == "f" else np.int32
        with np.errstate(over="ignore", invalid="ignore"):
            again = values.astype(small).astype(values.dtype)
        fits = np.array_equal(again, values, equal_nan=small is np.float32)
        if not fits and np.any((values > 2**53) | (values < -(2**53))):  # compared as integers: 2^53 + 1 is not a float
            raise ValueError(f"{name} holds integers beyond 2^53, which NetCDF3 cannot keep")
        values = values.astype(small if fits else np.float64)
    elif values.dtype.kind not in "bifUOT":
        raise ValueError(f"{name} has dtype {values.dtype}; allowed are booleans, integers, floats and text")
    if values.dtype.kind in "OT":
        values = values.astype(str)
    return xr.Variable(variable.dims, values, attrs)


def _stored_attribute(value: Any) -> str:
    plain = isinstance(value, str) and value and not value.startswith(_JSON)
    return value if plain else _JSON + json.dumps(to_json(value))


def _loaded_attribute(value: Any) -> Any:
    encoded = isinstance(value, str) and value.startswith(_JSON)
    return json.loads(value.removeprefix(_JSON)) if encoded else value


def to_json(value: Any) -> Any:
    """`value` in strict JSON: NumPy numbers become Python's, NaN null, infinities "inf" and "-inf"."""
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return to_json(value.tolist())
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "__name__", None) or str(value)


def claim_folder(results: Path, name: str, committed: bool, run: str | None = None) -> Path:
    """The folder of a claim: `results/xor/trained` for `xor.trained`; below `results/quick` unless it is to be
    committed, and below `results/runs/<run>` for a run that was given a name.

    Raises:
        ValueError: for a name that is not plain, because none may lead out of the folder of results.
    """
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        raise ValueError(f"claim {name!r}: names are identifiers joined by dots")
    if run is not None:
        return Path(results).joinpath("runs", checked_name(run), *parts)
    return Path(results).joinpath(*([] if committed else ["quick"]), *parts)


def checked_name(run: str) -> str:
    """Return the name of a run, which becomes the name of a folder.

    Raises:
        ValueError: if it is not 1 to 64 letters, digits, _, - and dots, begins with - or a dot, ends with a dot, or is
            the name of a device on Windows.
    """
    if not re.fullmatch(r"(?!-)[A-Za-z0-9_.-]{1,64}", run) or run.startswith(".") or run.endswith("."):
        allowed = "up to 64 letters, digits, _, - and dots, with no dot at either end and no - at the beginning"
        raise ValueError(f"--name {cut(repr(run))} must be {allowed}")
    if re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", run, re.IGNORECASE):
        raise ValueError(f"--name {run!r} must be another name: it is a device on Windows")
    return run


def write_data(
    folder: Path,
    data: xr.Dataset,
    run: Mapping[str, Any],
    files: Mapping[str, str | Mapping[str, Any]] | None = None,
    *,
    limited: bool = True,
) -> None:
    """Write data.nc and run.json; remove figures, table, verdicts and files of earlier data.

    `files` are further files of a claim, by name: a text, arrays for a name that ends with .npz, or data for a JSON
    file, whose name ends with .json. Raises ValueError for data above MAX_BYTES if they are `limited`.
    """

    def write(temporary: Path) -> None:
        save_dataset(data, temporary / "data.nc", limited=limited)
        _write_json(temporary / "run.json", run)
        for name, content in (files or {}).items():
            if isinstance(content, str):
                (temporary / name).write_text(content, encoding="utf-8")
            elif name.endswith(".npz"):
                np.savez(temporary / name, **content)
            else:
                _write_json(temporary / name, content)

    earlier = [Path(name).name for name in (read_run(folder) or {}).get("files", [])]
    _replace_files(folder, write, stale=(*_STALE, "table.csv", "verdicts.json", *earlier))
    shutil.rmtree(folder / "styled", ignore_errors=True)


def write_drawn(
    folder: Path,
    figures: Mapping[str, "Figure | Film"],
    table: Sequence[Mapping[str, Any]],
    verdicts: Sequence[Verdict],
    *,
    limited: bool = True,
) -> list[str]:
    """Write figures, table.csv and verdicts.json; remove figures no longer drawn. Returns the file names.

    A Figure becomes a .png and a .svg, a Film a .gif that loops. Raises ValueError where a PNG is above MAX_PNG_BYTES
    or a GIF above MAX_BYTES, if they are `limited`.
    The same data gives the same bytes. Call it inside `figures.use_style()`, whose salt SVG needs for that.
    """
    from experiments.lab.figures import Film, save_film, settle

    for name in figures:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
            raise ValueError(f"figure name {name!r}: letters, digits, _ and - alone")

    def write(temporary: Path) -> None:
        for name, figure in figures.items():
            if isinstance(figure, Film):
                save_film(figure, temporary / f"{name}.gif", MAX_BYTES if limited else None)
                continue
            settle(figure)
            _save_png(figure, temporary / f"{name}.png", limited)
            figure.savefig(temporary / f"{name}.svg", metadata={"Date": None, "Creator": None})
        _write_table(temporary / "table.csv", table)
        _write_json(temporary / "verdicts.json", [verdict.row() for verdict in verdicts])

    return _replace_files(folder, write, stale=_STALE)


def note_drawn(folder: Path, root: Path) -> None:
    """Write into run.json at which commit of the repository `root` verdicts and figures were made."""
    path = folder / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    commit, dirty = provenance.commit(root)
    record["drawn"] = {"commit": commit, "dirty": dirty}
    _replace_files(folder, lambda temporary: _write_json(temporary / "run.json", record), stale=())


def _save_png(figure: "Figure", path: Path, limited: bool) -> None:
    """Write a PNG of at most 256 colours, of fewer pixels where it is `limited` and would be too large.

    Raises:
        ValueError: where even the coarsest holds more than MAX_PNG_BYTES.
    """
    from PIL import Image

    for dpi in _DPI:
        drawn = io.BytesIO()
        figure.savefig(drawn, dpi=dpi, format="png", metadata={"Software": None})
        with Image.open(drawn) as image:
            palette = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        palette.save(path, optimize=True)
        if not limited or path.stat().st_size <= MAX_PNG_BYTES:
            return
    raise ValueError(
        f"{path.name} would hold {path.stat().st_size:,} bytes, more than {MAX_PNG_BYTES:,}: draw fewer or smaller "
        "panels, and rasterize what has many points"
    )


def _replace_files(folder: Path, write: Callable[[Path], None], stale: Sequence[str]) -> list[str]:
    """Let `write` fill a temporary folder, then move its files to `folder`; a failure leaves the old files."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_WRITING}*"):  # by a process that was killed
        with contextlib.suppress(FileNotFoundError):  # another process has removed it
            if time.time() - left.stat().st_mtime > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_WRITING) as temporary:
        write(Path(temporary))
        names = sorted(path.name for path in Path(temporary).iterdir())
        for old in [path for pattern in stale for path in folder.glob(pattern) if path.name not in names]:
            old.unlink()
        for name in names:
            os.replace(Path(temporary, name), folder / name)
    return names


def _write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    header = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_cell(row.get(key)) for key in header] for row in rows)


def _cell(value: Any) -> Any:
    value = value.item() if isinstance(value, (np.generic, xr.DataArray)) else value
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return value


def _write_json(path: Path, value: Any) -> None:
    text = json.dumps(to_json(value), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def of_this_process(root: Path) -> dict[str, Any]:
    """The provenance of a run: commit of the repository `root`, versions, machine (not its name), devices."""
    import jax

    devices = jax.devices()
    commit, dirty = provenance.commit(root)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "dirty": dirty,
        "versions": {"python": platform.python_version(), **{name: provenance.version(name) for name in _PACKAGES}},
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": machine.processor(),
        "cores": os.cpu_count(),
        "devices": {"backend": jax.default_backend(), "kind": devices[0].device_kind, "count": len(devices)},
    }
