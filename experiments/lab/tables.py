"""Seven real tables that claims of several topics train on; `tables/README.md` says where each comes from."""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

TABLES = ("letter", "magic", "penbased", "optdigits", "satimage", "spambase", "segment")
_FOLDER = Path(__file__).with_name("tables")


class Table(NamedTuple):
    """Inputs x [n, d] as they are, not scaled; classes y [n], 0 to k - 1."""

    x: Float[np.ndarray, "n d"]
    y: Int[np.ndarray, " n"]

    @property
    def num_classes(self) -> int:
        return int(self.y.max()) + 1


@functools.cache
def table(name: str) -> Table:
    """Return one of TABLES. Callers share its arrays, so do not write to them."""
    with np.load(_FOLDER / f"{name}.npz") as file:
        return Table(file["x"].astype(np.float32), file["y"].astype(np.int64))


@functools.cache
def groups(name: str) -> Int[np.ndarray, " n"]:
    """Return the group number of each row of a table: rows that are equal in all columns share one."""
    return np.unique(table(name).x, axis=0, return_inverse=True)[1].ravel()
