"""Finished networks on disk: a killed sweep is resumed where it stopped, and loses at most the jobs under way.

A store is a Zarr folder that anyone can read. The status of a network is written last, so a network counts only once
all of it is on the disk. The result of a network depends on its own settings and the recorded plan alone, so a resumed
sweep equals the uninterrupted one bit for bit.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nnjax.engine.plan import Plan
from nnjax.engine.request import Request, Tasks
from nnjax.engine.store.locks import Shard

if TYPE_CHECKING:
    import xarray as xr

    from nnjax.engine.store.writer import Writer

__all__ = ["Shard", "open_store", "opened"]


@contextlib.contextmanager
def opened(
    path: Path, asked: Request, planned: Plan, data: Tasks, shard: Shard | None = None, fresh: bool = False
) -> Iterator["Writer"]:
    """Open the store at `path` for writing; it is made or grown if need be. Yields its Writer.

    Raises:
        ValueError: if the store holds another sweep, and then nothing has been written; if it is damaged, or is being
            written by another process; if a symbolic link in it leads elsewhere.
        OSError: if it cannot be written.
    """
    from nnjax.engine.store import files, locks, setup, writer  # Zarr is loaded only when it is used

    if fresh and shard is not None:
        raise ValueError(
            f"fresh=True with shard={shard!r}: a shard that starts late would move away what others have written"
        )
    with contextlib.ExitStack() as until_the_end:
        with files.clear_errors(f"store={str(path)!r} could not be made, opened or grown"):
            path = setup.checked_place(path, fresh)
            setup.check_variables(planned)
            if fresh:
                setup.move_aside(path)
            made = setup.make(path, asked, planned)
            if fresh and made is None:
                raise ValueError(f"store={str(path)!r}: another process has made a new one at the same time")
            match = setup.matched(path, asked, planned, data)  # before anything is written, even a lock
            right = until_the_end.enter_context(locks.held(path, shard))
            with right.setting_up():
                found = setup.open_for(path, right, asked, planned, data, match)
            opened = until_the_end.enter_context(writer.Writer(path, *found, right))
        yield opened


def open_store(path: str | os.PathLike, *, verify: bool = False) -> "xr.Dataset":
    """Open what `sweep(..., store=path)` has written, finished or not.

    If networks are missing, a UserWarning tells how many, and the attribute `finished` does not begin with "yes". Their
    status is 0 and all their other values are NaN, so integers and booleans are read as floating-point numbers. `mean`
    skips these networks; a comparison does not, so write `(runs.accuracy == 1).where(runs.status > 0)`.

    Numbers are read when they are asked for; an error then names a chunk that is damaged or out of place. The store may
    come from a stranger: opening it writes nothing, and runs no code that the store names.
    Without nnjax, read it with `xarray.open_zarr(path, consolidated=False)`, where missing integers are 0.

    Args:
        path: the path of the store.
        verify: whether every file is read and checked now.

    Raises:
        ValueError: if there is no store, or it is damaged.
    """
    from nnjax.engine.store import files

    if not isinstance(path, str | os.PathLike) or not str(path) or "\0" in str(path):
        raise ValueError(f"path={path!r} must be the path of a store")
    try:
        path = Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError(f"path={path!r} must be a path: there is no such home folder") from error
    path = path.resolve()  # a later read finds it even from another working directory
    if verify:
        files.verify(path)
    return files.open_dataset(path)
