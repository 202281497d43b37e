"""Boolean functions as data sets: the sixteen of two inputs, any truth table, and parity."""

import math
from collections.abc import Sequence
from numbers import Integral
from typing import TypedDict, Unpack

import numpy as np

from nnjax import naming
from nnjax.checks import is_number, whole_number
from nnjax.tasks.data import Data, numbers
from nnjax.tasks.examples import data


class Levels(TypedDict, total=False):
    """The numbers that stand for false (low) and true (high) in the inputs and in the targets."""

    low: float
    high: float
    target_low: float
    target_high: float


# The sixteen functions of two inputs. A function's index is its truth table read as a binary number, with the
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
    """The Boolean function with a given truth table: x [2^n, n], y [2^n, 1].

    Args:
        bits: the 2^n outputs, 0 or 1, for rows in binary order: 00, 01, 10, 11 for n = 2.
        low, high: the inputs that stand for 0 and 1.
        target_low, target_high: the targets that stand for 0 and 1.

    Raises:
        ValueError: for a number of bits that is not 2, 4, 8, ..., for bits other than 0 and 1, and for levels that are
            equal or not finite.
    """
    outputs = numbers(bits, "bits")
    num_inputs = max(outputs.size, 1).bit_length() - 1
    if outputs.ndim != 1 or outputs.size != 2**num_inputs or num_inputs < 1:
        raise ValueError(f"bits has shape {outputs.shape}: a truth table of n >= 1 inputs has 2^n outputs")
    if not np.isin(outputs, (0, 1)).all():
        raise ValueError(f"bits={bits!r} must hold only 0 and 1")
    for names, levels in (("low, high", (low, high)), ("target_low, target_high", (target_low, target_high))):
        if not all(map(math.isfinite, levels)) or levels[0] == levels[1]:
            raise ValueError(f"{names}={levels!r} must be two different finite numbers")
    places = np.arange(num_inputs)[::-1]
    inputs = np.arange(outputs.size)[:, None] >> places[None, :] & 1
    return data(np.where(inputs, high, low), np.where(outputs, target_high, target_low)[:, None])


def boolean(function: str | int, **levels: Unpack[Levels]) -> Data:
    """One of the sixteen Boolean functions of two inputs: x [4, 2], y [4, 1].

    Args:
        function: a name in `BOOLEAN_NAMES`, such as "xor", or its index there, from 0 to 15.
        levels: `low`, `high`, `target_low` and `target_high`, as in `boolean_function`; by default the numbers 0 and
            1.

    Raises:
        ValueError: for an unknown name, with the nearest known ones, and for a number outside 0 to 15.
    """
    if isinstance(function, str):
        if function not in BOOLEAN_NAMES:
            raise naming.unknown(function, BOOLEAN_NAMES, "function")
        function = BOOLEAN_NAMES.index(function)
    if not is_number(function, Integral) or not 0 <= function <= 15:
        raise ValueError(f"function={function!r} must be a name or a whole number from 0 to 15")
    return boolean_function([int(bit) for bit in f"{function:04b}"], **levels)


def all_boolean(**levels: Unpack[Levels]) -> dict[str, Data]:
    """The sixteen Boolean functions of two inputs by name; as data of a sweep they are its axis `task`."""
    return {name: boolean(name, **levels) for name in BOOLEAN_NAMES}


def xor(**levels: Unpack[Levels]) -> Data:
    """Exclusive or: true where exactly one of two inputs is true. x [4, 2], y [4, 1], rows 00, 01, 10, 11.

    Inputs and targets are 0 and 1; `low=-1` makes the inputs -1 and 1.
    """
    return boolean("xor", **levels)


def parity(num_bits: int, **levels: Unpack[Levels]) -> Data:
    """Parity: true where an odd number of the inputs are true (Minsky & Papert 1969).

    x [2^n, n] and y [2^n, 1] have all rows in binary order, with the numbers 0 and 1 unless `levels` say otherwise. For
    two bits it is XOR.

    Raises:
        ValueError: for a number of bits that is not a whole number from 1 to 16.
    """
    num_rows = 2 ** whole_number(num_bits, "num_bits", most=16)
    return boolean_function([row.bit_count() % 2 for row in range(num_rows)], **levels)
