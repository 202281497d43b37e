"""Parts of a long run, written beside its results as they end, so that another machine can go on from them.

A store resumes a run on the machine where it stopped. FULL of some claims takes longer than a machine is there for:
their `run` wraps each part in `Parts.kept`. The parts are small, lie in `results/<topic>/<claim>/parts/`, may be
committed while the run is under way, and are removed when it has ended. Those of other settings lie with their stores.
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

SAME = ("code", "config", "versions", "devices")  # a part for which these are others is made anew
TOLD = ("commit", "processor")  # by these the record of the run counts its parts
_ORIGIN = "part"  # attribute of a part: its stamp, and when it was made, in seconds since 1970


class Parts(NamedTuple):
    """Where the parts of a run are kept, and the stamp that identifies the run; without a folder nothing is kept.

    `used` tells of all parts that the run has made or read so far: stamp, begin, end, whether it was read, and how many
    seconds earlier sessions had spent on the stores of one that was made.
    """

    folder: Path | None
    stamp: Mapping[str, Any]
    keep_stores: bool
    used: list[dict[str, Any]]

    def kept(self, name: str, make: Callable[[], xr.Dataset]) -> xr.Dataset:
        """What `make` returns, read from the part of this name where this run, or an earlier one like it, made it.

        Inside, sweeps have stores of their own, which are removed once the part is written.
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

    @property
    def earlier_seconds(self) -> float:
        """What earlier sessions spent: on parts that were read, some made at the same time, and on stores of others.

        What a part keeps on disk besides sweeps, such as a half training, is not counted.
        """
        total, until = sum(one["earlier"] for one in self.used), 0.0
        for began, ended in sorted((one["began"], one["ended"]) for one in self.used if one["read"]):
            total, until = total + max(0.0, ended - max(began, until)), max(until, ended)
        return total

    def origins(self) -> list[dict[str, Any]]:
        """How many parts were made at which commit and on which processor, and in how many seconds."""
        found: dict[tuple[Any, ...], list[float]] = {}
        for one in self.used:
            found.setdefault(tuple(one["stamp"][name] for name in TOLD), []).append(one["ended"] - one["began"])
        return [
            {**dict(zip(TOLD, key, strict=True)), "parts": len(each), "seconds": round(sum(each), 1)}
            for key, each in found.items()
        ]

    def _is_there(self, path: Path) -> bool:
        if not path.exists():
            return False
        try:
            stamp = results.load_dataset(path).attrs[_ORIGIN]["stamp"]
            other = [name for name in SAME if stamp[name] != self.stamp[name]]
        except (OSError, ValueError, LookupError, TypeError):  # cut short, or changed by hand
            other = ["content than a part has"]
        if other:
            print(f"part {path.stem} is of other {' and '.join(other)}: it is made anew", file=sys.stderr, flush=True)
        return not other

    def _write(self, path: Path, data: xr.Dataset, began: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        stamp = {name: self.stamp[name] for name in (*SAME, *TOLD)}
        origin = {"stamp": stamp, "began": round(began, 3), "ended": round(time.time(), 3)}
        new = path.with_suffix(".new")
        results.save_dataset(data.assign_attrs({_ORIGIN: origin}), new)
        with new.open("rb") as file:
            os.fsync(file)
        new.replace(path)  # either all of it is there or nothing


_PARTS: ContextVar[Parts | None] = ContextVar("parts", default=None)


def of_this_run() -> Parts:
    """The parts of the run that is under way. Threads of one's own do not know it: ask before they begin."""
    return _PARTS.get() or Parts(None, {}, False, [])


@contextlib.contextmanager
def keeping(folder: Path, stamp: Mapping[str, Any], *, keep_stores: bool = False) -> Iterator[Parts]:
    """Inside, the parts of a run are kept in `folder`. Whoever writes the results removes it.

    Args:
        folder: where they are.
        stamp: what identifies the run, by the names in SAME and in TOLD.
        keep_stores: whether the stores of a part stay when it has ended.
    """
    plain = json.loads(json.dumps(results.to_json(dict(stamp))))  # as it is read back
    token = _PARTS.set(Parts(folder, plain, keep_stores, []))
    try:
        yield of_this_run()
    finally:
        _PARTS.reset(token)
