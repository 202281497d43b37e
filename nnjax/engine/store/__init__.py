"""Finished networks on disk: a sweep that is killed is resumed where it stopped, and loses what was under way at most.

A store is a Zarr folder that anyone can read. Its status is written last, so a network counts once all that belongs
to it is there, on the disk. What a network comes out as depends on its own settings and on the recorded plan alone, so
a resumed sweep equals the uninterrupted one bit for bit.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnjax.engine.plan import Plan
from nnjax.engine.request import Request, Tasks
from nnjax.engine.store.locks import Shard

if TYPE_CHECKING:
    import xarray as xr

    from nnjax.engine.store.writer import Writer

__all__ = ["Shard", "checked_shard", "open_store", "opened"]


@contextlib.contextmanager
def opened(
    path: Path, asked: Request, planned: Plan, data: Tasks, shard: Shard | None = None, fresh: bool = False
) -> Iterator["Writer"]:
    """The store at `path`, made or grown if need be, and the right to write it.

    Raises:
        ValueError: where the store holds another sweep, is damaged, or is being written.
        OSError: where it cannot be written.
    """
    from nnjax.engine.store import files, locks, setup, writer  # Zarr is loaded by those who use it

    if fresh and shard is not None:
        raise ValueError(f"fresh=True with shard={shard!r}: a late shard would move away what the others have written")
    with contextlib.ExitStack() as until_the_end:
        with files.clear_errors(f"store={str(path)!r} could not be made, opened or grown"):
            path = setup.checked_place(path, fresh)
            setup.check_variables(planned)
            if fresh:
                setup.move_aside(path)
            made = setup.make(path, asked, planned)
            if fresh and made is None:
                raise ValueError(f"store={str(path)!r}: another process has made it anew at the same moment")
            right = until_the_end.enter_context(locks.held(path, shard))
            with right.setting_up():
                found = setup.open_for(path, right, asked, planned, data, made)
            opened = until_the_end.enter_context(writer.Writer(path, *found, right))
        yield opened


def open_store(path: str | os.PathLike, *, verify: bool = False) -> "xr.Dataset":
    """Open what `sweep(..., store=path)` has written, finished or not.

    If networks are missing, a UserWarning tells how many, and the attribute `finished` does not begin with "yes". Their
    status is 0 and all else of them NaN, for which whole numbers and truth values are read as floating-point numbers.
    Means skip them; a comparison does not, so write `(runs.accuracy == 1).where(runs.status > 0)`.

    Numbers are read when they are asked for, and a chunk that is not the one that was written there is named then.
    Anyone else reads it as `xarray.open_zarr(path, consolidated=False)`, where missing whole numbers are 0.

    Args:
        path: of the store.
        verify: whether every file is read and checked now.

    Raises:
        ValueError: where there is no store, or it is damaged.
    """
    from nnjax.engine.store import files

    if not isinstance(path, str | os.PathLike) or not str(path) or "\0" in str(path):
        raise ValueError(f"path={path!r} must be the path of a store")
    path = Path(path).expanduser().resolve()  # what is read later is of this store, wherever the process is then
    if verify:
        files.verify(path)
    return files.open_dataset(path)


def checked_shard(shard: Any) -> Shard | None:
    """The pair (i, n) of whole numbers, 0 <= i < n.

    Raises:
        ValueError: for anything else.
    """
    if shard is None:
        return None
    good = isinstance(shard, tuple | list) and len(shard) == 2
    good = good and all(isinstance(i, int | np.integer) and not isinstance(i, bool) for i in shard)
    if not good or not 0 <= shard[0] < shard[1]:
        raise ValueError(f"shard={shard!r} must be a pair (i, n) of whole numbers with 0 <= i < n")
    return int(shard[0]), int(shard[1])
