"""What a network has to learn: examples `Data(x, y)`, and the Boolean functions among them.

Data stay on the host as NumPy arrays in float64. The sweep casts them to the dtype it computes in.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict, Unpack

import numpy as np

from nnjax import naming


class Data(NamedTuple):
    """Examples of one task.

    x [n, d] inputs, y [n, k] targets; x_test [m, d] and y_test [m, k], or None; weight [n], how much each row
    counts, or None where all count alike. A row of weight 0 is masked, so folds are weights.
    """

    x: Any
    y: Any
    x_test: Any = None
    y_test: Any = None
    weight: Any = None


class Levels(TypedDict, total=False):
    """The numbers that stand for false (low) and true (high) in the inputs and in the targets."""

    low: float
    high: float
    target_low: float
    target_high: float


def data(x: Any, y: Any, x_test: Any = None, y_test: Any = None, weight: Any = None) -> Data:
    """Data from anything that NumPy reads as an array of real numbers; see `Data` for the shapes.

    Raises:
        ValueError: naming the array, its shape and what is allowed.
    """
    return validate(Data(x, y, x_test, y_test, weight))


def validate(data: Any) -> Data:
    """The same examples as float64 NumPy arrays, once it is certain that a network can be trained on them.

    Raises:
        ValueError: for an array that is not numeric, not finite, empty or not of rank 2 (weight: rank 1), for
            lengths or widths that differ, for one test array without the other, and for weights that are
            negative or all zero.
    """
    if not isinstance(data, Data):
        raise ValueError(f"data={type(data).__name__} must be Data, made with nnjax.tasks.data(x, y)")
    x, y = _table(data.x, "x"), _table(data.y, "y")
    if len(x) != len(y):
        raise ValueError(f"y has {len(y)} rows, x has {len(x)}: they must have one row per example each")
    x_test, y_test = _test_tables(data, x, y)
    weight = None if data.weight is None else _weights(data.weight, len(x))
    return Data(x, y, x_test, y_test, weight)


def _test_tables(data: Data, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    if data.x_test is None and data.y_test is None:
        return None, None
    if data.x_test is None or data.y_test is None:
        given, missing = ("y_test", "x_test") if data.x_test is None else ("x_test", "y_test")
        raise ValueError(f"{missing}=None though {given} is given: give both or none")
    x_test, y_test = _table(data.x_test, "x_test"), _table(data.y_test, "y_test")
    if len(x_test) != len(y_test):
        raise ValueError(f"y_test has {len(y_test)} rows, x_test has {len(x_test)}: they must have as many")
    for name, test, train in (("x", x_test, x), ("y", y_test, y)):
        if test.shape[1] != train.shape[1]:
            raise ValueError(f"{name}_test has shape {test.shape}, {name} {train.shape}: columns must agree")
    return x_test, y_test


def _numbers(value: Any, argument: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{argument} is not an array of numbers: {error}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{argument} has dtype {array.dtype}: it must hold real numbers")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(
            f"{argument} has {np.sum(~np.isfinite(array))} values of {array.size} that are nan or infinite: "
            "all must be finite"
        )
    return array


def _table(value: Any, argument: str) -> np.ndarray:
    array = _numbers(value, argument)
    if array.ndim != 2:
        hint = f": for one column write {argument}[:, None]" if array.ndim == 1 else ""
        raise ValueError(f"{argument} has shape {array.shape}: it must be [examples, columns]{hint}")
    if 0 in array.shape:
        raise ValueError(f"{argument} has shape {array.shape}: it needs at least one row and one column")
    return array


def _weights(value: Any, num_rows: int) -> np.ndarray:
    array = _numbers(value, "weight")
    if array.shape != (num_rows,):
        raise ValueError(f"weight has shape {array.shape}: it must be ({num_rows},), one for each row of x")
    if array.min() < 0 or array.max() == 0:
        raise ValueError(f"weight goes from {array.min()} to {array.max()}: all must be 0 or more, and one positive")
    return array


# The sixteen functions of two inputs. A function's place is its truth table read as a binary number, the
# rows in the order 00, 01, 10, 11: xor is 0110, number 6.
BOOLEAN_NAMES = (
    "false",
    "and",
    "a_and_not_b",
    "a",
    "not_a_and_b",
    "b",
    "xor",
    "or",
    "nor",
    "xnor",
    "not_b",
    "a_or_not_b",
    "not_a",
    "not_a_or_b",
    "nand",
    "true",
)


def boolean_function(
    bits: Sequence[int],
    *,
    low: float = 0.0,
    high: float = 1.0,
    target_low: float = 0.0,
    target_high: float = 1.0,
) -> Data:
    """The Boolean function with this truth table: x [2^n, n], y [2^n, 1].

    Args:
        bits: the 2^n outputs, 0 or 1, the rows counting upwards in binary: 00, 01, 10, 11 for n = 2.
        low, high: the inputs that stand for 0 and 1.
        target_low, target_high: the targets that stand for 0 and 1.

    Raises:
        ValueError: for a number of bits that is not 2, 4, 8, ..., for other bits than 0 and 1, and for levels
            that are equal or not finite.
    """
    outputs = _numbers(bits, "bits")
    num_inputs = max(outputs.size, 1).bit_length() - 1
    if outputs.ndim != 1 or outputs.size != 2**num_inputs or num_inputs < 1:
        raise ValueError(f"bits has shape {outputs.shape}: a truth table of n >= 1 inputs has 2^n outputs")
    if not np.isin(outputs, (0, 1)).all():
        raise ValueError(f"bits={bits!r} must hold nothing but 0 and 1")
    for names, levels in (("low, high", (low, high)), ("target_low, target_high", (target_low, target_high))):
        if not all(map(math.isfinite, levels)) or levels[0] == levels[1]:
            raise ValueError(f"{names}={levels!r} must be two different finite numbers")
    places = np.arange(num_inputs)[::-1]
    inputs = np.arange(outputs.size)[:, None] >> places[None, :] & 1
    return data(np.where(inputs, high, low), np.where(outputs, target_high, target_low)[:, None])


def boolean(function: str | int, **levels: Unpack[Levels]) -> Data:
    """One of the sixteen Boolean functions of two inputs: x [4, 2], y [4, 1].

    Args:
        function: a name of `BOOLEAN_NAMES`, such as "xor", or its place there, from 0 to 15.
        levels: `low`, `high`, `target_low` and `target_high`, as in `boolean_function`.

    Raises:
        ValueError: for an unknown name, with the nearest known ones, and for a number outside 0 to 15.
    """
    if isinstance(function, str):
        if function not in BOOLEAN_NAMES:
            raise naming.unknown(function, BOOLEAN_NAMES, "function")
        function = BOOLEAN_NAMES.index(function)
    if isinstance(function, bool) or not isinstance(function, int | np.integer) or not 0 <= function <= 15:
        raise ValueError(f"function={function!r} must be a name or a whole number from 0 to 15")
    return boolean_function([int(bit) for bit in f"{function:04b}"], **levels)


def all_boolean(**levels: Unpack[Levels]) -> dict[str, Data]:
    """The sixteen Boolean functions of two inputs by name: an axis `task` of a sweep."""
    return {name: boolean(name, **levels) for name in BOOLEAN_NAMES}


def xor(**levels: Unpack[Levels]) -> Data:
    """Exclusive or: true where exactly one of two inputs is. x [4, 2], y [4, 1], rows 00, 01, 10, 11."""
    return boolean("xor", **levels)


def parity(num_bits: int, **levels: Unpack[Levels]) -> Data:
    """Parity: true where an odd number of the inputs is (Minsky & Papert 1969).

    All 2^n rows in binary order, x [2^n, n], y [2^n, 1]; two bits are XOR.

    Raises:
        ValueError: for a number of bits that is not a whole number from 1 to 16.
    """
    if isinstance(num_bits, bool) or not isinstance(num_bits, int | np.integer) or not 1 <= num_bits <= 16:
        raise ValueError(f"num_bits={num_bits!r} must be a whole number from 1 to 16")
    return boolean_function([row.bit_count() % 2 for row in range(2**num_bits)], **levels)
