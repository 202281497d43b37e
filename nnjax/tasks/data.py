"""The data set type Data, and the validation of its arrays; `nnjax.tasks.data` makes Data."""

from typing import Any, NamedTuple

import numpy as np

from nnjax.checks import real_numbers

# Float64 represents whole numbers up to this one exactly.
EXACT = 2**53
# Limits of the greatest weight of a row, so that sums of weights and weighted losses stay within float32.
LEAST_WEIGHT, MOST_WEIGHT = 1e-20, 1e20


# The arrays of inputs and of targets that belong together, those of the training rows first.
PAIRS = (("x", "y"), ("x_test", "y_test"), ("x_valid", "y_valid"))
MASKED = "leave out those rows, or give them the weight 0"


class Data(NamedTuple):
    """The examples of one task.

    x [n, d] inputs, y [n, k] targets; x_test [m, d] and y_test [m, k], or None; weight [n], the weight of each row in
    the loss, or None if all rows count equally. A row of weight 0 is masked; that is how cross-validation folds are
    made (see `folds`). x_valid and y_valid are validation rows, or None: settings are chosen and networks stopped by
    them, so that the test rows play no part in any choice.
    """

    x: Any
    y: Any
    x_test: Any = None
    y_test: Any = None
    weight: Any = None
    x_valid: Any = None
    y_valid: Any = None

    def __repr__(self) -> str:
        """The shapes, as arrays may be long: `Data(x=(200, 3), y=(200, 2))`."""
        there = {name: value for name, value in self._asdict().items() if value is not None}
        shapes = (f"{name}={getattr(value, 'shape', type(value).__name__)}" for name, value in there.items())
        return f"Data({', '.join(shapes)})"


# What `nnjax.sweep` takes as the examples of one task: Data, or a tuple (x, y), (x, y, x_test, y_test) or
# (x, y, x_test, y_test, x_valid, y_valid).
type Examples = Data | tuple[Any, ...]


def validate(data: Any) -> Data:
    """Check that a network can be trained on the examples, and return them as NumPy arrays.

    Float32 arrays are kept and not copied, because millions of rows would take twice the memory. All others become
    float64.

    Raises:
        ValueError: for an array that is not numeric, not finite, empty or not of rank 2 (weight: rank 1), and for
            lengths or widths that differ. It is also raised for one test or validation array without the other. Weights
            are refused if some are negative, if all are zero, or if the greatest is outside 1e-20 to 1e20.
    """
    if not isinstance(data, Data):
        raise ValueError(f"data={type(data).__name__} must be Data, made with nnjax.tasks.data(x, y)")
    x, y = _table(data.x, "x"), _table(data.y, "y")
    if len(x) != len(y):
        raise ValueError(f"y has {len(y)} rows, but x has {len(x)}: both must have one row per example")
    tested, valid = (_other_tables(data, x, y, kind) for kind in ("test", "valid"))
    weight = None if data.weight is None else _weights(data.weight, len(x))
    return Data(x, y, *tested, weight, *valid)


def _other_tables(data: Data, x: np.ndarray, y: np.ndarray, kind: str) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Inputs and targets of the test or the validation rows."""
    names = (f"x_{kind}", f"y_{kind}")
    given = dict(zip(names, (getattr(data, name) for name in names), strict=True))
    missing = [name for name in names if given[name] is None]
    if len(missing) == 2:
        return None, None
    if missing:
        there = next(name for name in names if name not in missing)
        raise ValueError(f"{missing[0]}=None though {there} is given: give both or neither")
    found = {name: _table(value, name) for name, value in given.items()}
    lengths = [len(table) for table in found.values()]
    if lengths[0] != lengths[1]:
        raise ValueError(
            f"{names[1]} has {lengths[1]} rows, but {names[0]} has {lengths[0]}: both must have one row per example"
        )
    for (name, table), (of, train) in zip(found.items(), (("x", x), ("y", y)), strict=True):
        if table.shape[1] != train.shape[1]:
            raise ValueError(
                f"{name} has shape {table.shape}, {of} {train.shape}: both must have the same number of columns"
            )
    return found[names[0]], found[names[1]]


def numbers(value: Any, argument: str, keep: type | None = None) -> np.ndarray:
    """Convert what NumPy can read to an array of finite real numbers, of any rank, in float64 or in the dtype `keep`.

    Raises:
        ValueError: for anything else, as `real_numbers`; the message names the argument and what it holds instead.
    """
    array = real_numbers(value, argument, masked=MASKED)
    if keep is None or array.dtype != keep:
        check_exact(array, argument)
        with np.errstate(over="ignore"):  # of long doubles, which are refused below
            array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(
            f"{argument} has {np.sum(~np.isfinite(array))} values of {array.size} that are nan or infinite: "
            "all must be finite"
        )
    return array


def check_exact(array: np.ndarray, argument: str) -> None:
    """Check that float64 represents all whole numbers in an array exactly.

    Raises:
        ValueError: for a whole number beyond 2^53.
    """
    if array.dtype.kind in "iu" and array.size and (array.max() > EXACT or array.min() < -EXACT):
        raise ValueError(
            f"{argument} goes from {array.min()} to {array.max()}, but float64 holds all whole numbers only up to 2^53 "
            "and would round others: subtract an offset, or convert to float yourself"
        )


def _table(value: Any, argument: str) -> np.ndarray:
    array = numbers(value, argument, keep=np.float32)
    if array.ndim != 2:
        hint = ""
        if array.ndim == 1:
            hint = f": for one column write np.reshape({argument}, (-1, 1))"
            hint += "; nnjax.tasks.one_hot makes targets of class labels" if argument.startswith("y") else ""
        elif array.ndim > 2 and argument.startswith("x"):
            hint = "; nnjax.tasks.data(x, y, flatten=True) makes one row of each example"
        raise ValueError(f"{argument} has shape {array.shape}: it must be [examples, columns]{hint}")
    if 0 in array.shape:
        raise ValueError(f"{argument} has shape {array.shape}: it needs at least one row and one column")
    return array


def _weights(value: Any, num_rows: int) -> np.ndarray:
    array = numbers(value, "weight")
    if array.shape != (num_rows,):
        raise ValueError(f"weight has shape {array.shape}: it must be ({num_rows},), one for each row of x")
    if array.min() < 0 or array.max() == 0:
        raise ValueError(
            f"weight goes from {array.min()} to {array.max()}: all must be 0 or more, and at least one positive"
        )
    if not LEAST_WEIGHT <= array.max() <= MOST_WEIGHT:
        raise ValueError(
            f"weight goes up to {array.max():.3g}: the greatest must lie between {LEAST_WEIGHT:g} and {MOST_WEIGHT:g}, "
            "or a sum of them may be infinite or 0 in float32; only their ratios matter"
        )
    return array
