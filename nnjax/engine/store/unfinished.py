"""Read the values of networks that are not finished as NaN, whatever is on the disk."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

if TYPE_CHECKING:
    import zarr


def masked(name: str, variable: xr.Variable, array: "zarr.Array", finished: np.ndarray) -> xr.Variable:
    """A variable of networks whose values are read when they are asked for, NaN where not `finished` [grid].

    The status is 0 there. Integers and booleans become floating-point numbers, because they have no NaN.
    """
    lazy = indexing.LazilyIndexedArray(_Masked(array, finished, 0 if name == "status" else np.nan))
    return xr.Variable(variable.dims, lazy, variable.attrs)


class _Masked(BackendArray):
    """The array in the form in which xarray asks for parts of it."""

    def __init__(self, array: "zarr.Array", finished: np.ndarray, blank: Any) -> None:
        self.array, self.finished, self.blank, self.shape = array, finished, blank, array.shape
        self.dtype = array.dtype if blank == 0 or array.dtype.kind in "fc" else np.dtype(float)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        values = np.asarray(self.array.oindex[key]).astype(self.dtype)
        there, grid = self.finished, key[: self.finished.ndim]
        for axis in reversed(range(len(grid))):
            there = there[(slice(None),) * axis + (grid[axis],)]
        return np.where(there.reshape(there.shape + (1,) * (values.ndim - there.ndim)), values, self.blank).astype(
            self.dtype
        )
