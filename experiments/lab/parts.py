"""Parts of a long run, each written beside its results when it ends, so that another machine can continue the run.

A store resumes a run on the machine where it stopped. FULL of some claims takes longer than one machine is available:
their `run` wraps each part in `Parts.kept`. The parts are small, lie in `results/<topic>/<claim>/parts/`, may be
committed while the run is under way, and are removed when it has ended. With other settings, or with --name, they lie
with the stores.
"""

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

from experiments.lab import results, stores
from nnjax import hooks

MUST_MATCH = ("code", "config", "versions", "devices")  # a part is made anew if one of these differs
RECORDED = ("commit", "processor")  # run.json counts the parts by these
_ORIGIN = "part"  # attribute of a part: its stamp, and when it was made, in seconds since 1970


class Parts(NamedTuple):
    """Where the parts of a run are kept, and the stamp by which a part is known; without a folder nothing is kept.

    `used` has an entry for each part that the run has made or read so far: its stamp, begin and end, whether it was
    read, and, if it was made, how many seconds earlier sessions had spent on its stores. With `limited`, no part may
    hold more than `results.MAX_BYTES`, because git may keep it.
    """

    folder: Path | None
    stamp: Mapping[str, Any]
    keep_stores: bool
    used: list[dict[str, Any]]
    limited: bool = True

    def kept(self, name: str, make: Callable[[], xr.Dataset]) -> xr.Dataset:
        """Return what `make` returns, read from the part `name` if this run or an earlier one like it has made it.

        Sweeps in `make` have stores of their own, which are removed once the part is written, unless `keep_stores`.
        """
        if self.folder is None:
            return make()
        path, place = self.folder / f"{name}.nc", hooks.next_store()
        own = None if place is None else stores.RunStores(place.parent / name)
        there, earlier = self._is_there(path), 0.0
        if not there:
            earlier = own.earlier_seconds if own else 0.0
            began = time.time() - earlier
            with contextlib.nullcontext() if own is None else hooks.storing(own.next):
                data = make()
            self._write(path, data, began)
        if own is not None and not self.keep_stores:
            shutil.rmtree(own.folder, ignore_errors=True)
        data = results.load_dataset(path)  # the same dataset, whether it was made now or earlier
        self.used.append(data.attrs.pop(_ORIGIN) | {"read": there, "earlier": earlier})
        return data

    def decided_by(self, **entries: Any) -> "Parts":
        """Return these parts with other entries of MUST_MATCH: for a part that depends on less than the run."""
        if unknown := set(entries) - set(MUST_MATCH):
            raise ValueError(f"{', '.join(sorted(unknown))}: must be among {', '.join(MUST_MATCH)}")
        return self._replace(stamp={**self.stamp, **_plain(entries)})

    @property
    def earlier_seconds(self) -> float:
        """The seconds that earlier sessions spent on the parts that were read and on the stores of the other parts.

        Overlapping times of parts count once. What a part keeps besides sweeps, such as an unfinished training, does
        not count.
        """
        total, until = sum(one["earlier"] for one in self.used), 0.0
        for began, ended in sorted((one["began"], one["ended"]) for one in self.used if one["read"]):
            total, until = total + max(0.0, ended - max(began, until)), max(until, ended)
        return total

    def origins(self) -> list[dict[str, Any]]:
        """How many parts were made at which commit and on which processor, and in how many seconds."""
        found: dict[tuple[Any, ...], list[float]] = {}
        for one in self.used:
            found.setdefault(tuple(one["stamp"][name] for name in RECORDED), []).append(one["ended"] - one["began"])
        return [
            {**dict(zip(RECORDED, key, strict=True)), "parts": len(each), "seconds": round(sum(each), 1)}
            for key, each in found.items()
        ]

    def _is_there(self, path: Path) -> bool:
        if not path.exists():
            return False
        try:
            stamp = results.load_dataset(path).attrs[_ORIGIN]["stamp"]
            other: list[str] | None = [name for name in MUST_MATCH if stamp[name] != self.stamp[name]]
        except (OSError, ValueError, LookupError, TypeError):  # cut short, or changed by hand
            other = None
        if other is None:
            print(f"part {path.stem} cannot be read: it is made anew", file=sys.stderr, flush=True)
        elif other:
            print(f"part {path.stem} is of other {' and '.join(other)}: it is made anew", file=sys.stderr, flush=True)
        return other == []

    def _write(self, path: Path, data: xr.Dataset, began: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        stamp = {name: self.stamp[name] for name in (*MUST_MATCH, *RECORDED)}
        origin = {"stamp": stamp, "began": round(began, 3), "ended": round(time.time(), 3)}
        new = path.with_suffix(".new")
        results.save_dataset(data.assign_attrs({_ORIGIN: origin}), new, limited=self.limited)
        with new.open("rb") as file:
            os.fsync(file)
        new.replace(path)  # either all of it is there or nothing


_PARTS: ContextVar[Parts | None] = ContextVar("parts", default=None)


def of_this_run() -> Parts:
    """The parts of the run that is under way. Call it before you start threads, which do not inherit the run."""
    return _PARTS.get() or Parts(None, {}, False, [])


@contextlib.contextmanager
def keeping(
    folder: Path, stamp: Mapping[str, Any], *, keep_stores: bool = False, limited: bool = True
) -> Iterator[Parts]:
    """Inside, the parts of a run are kept in `folder`. The code that writes the results removes it.

    Args:
        folder: where they are.
        stamp: what identifies the run, by the names in MUST_MATCH and in RECORDED. `Parts.decided_by` changes it.
        keep_stores: whether the stores of a part stay when it has ended.
        limited: whether a part may hold no more than results.MAX_BYTES.
    """
    token = _PARTS.set(Parts(folder, _plain(stamp), keep_stores, [], limited))
    try:
        yield of_this_run()
    finally:
        _PARTS.reset(token)


def _plain(stamp: Mapping[str, Any]) -> dict[str, Any]:
    """A stamp as it is read back from a part."""
    return json.loads(json.dumps(results.to_json(dict(stamp))))
