"""Enumerate Boolean functions as truth tables: all, the monotone and the regular ones, and their symmetry classes.

Here a function of n inputs is an integer: its 2^n outputs, read as a binary number. The rows are in the order 00, 01,
10, 11, as in `boolean_function`. So XOR is 0110, number 6. `truth_tables` expands these integers into arrays of
outputs.
"""

import itertools
import math
from collections.abc import Callable

import numpy as np
import scipy
from jaxtyping import Bool, Int, Num, UInt64

from nnjax.checks import whole_number

type Functions = UInt64[np.ndarray, " m"]


def all_functions(num_inputs: int) -> Functions:
    """Every Boolean function of 1 to 4 inputs, [2^(2^n)], in ascending order."""
    whole_number(num_inputs, "num_inputs", most=4)
    return np.arange(2**2**num_inputs, dtype=np.uint64)


def monotone_functions(num_inputs: int) -> Functions:
    """Every monotone function of 1 to 6 inputs in ascending order: 3, 6, 20, 168, 7,581 or 7,828,354 of them.

    Monotone means that raising an input never lowers the output. A monotone function of n + 1 inputs is a pair of
    monotone functions of n: g where the new input is 0 and h where it is 1, with g <= h everywhere. The last step, to 6
    inputs, takes a second or two and 60 MB.
    """
    whole_number(num_inputs, "num_inputs", most=6)
    functions = np.array([0, 1], np.uint64)
    for n in range(num_inputs):
        shift = np.uint64(2**n)
        functions = np.concatenate([g << shift | functions[g & ~functions == 0] for g in functions])
    return functions  # ascending, as g is in the high bits and ascends


def truth_tables(functions: Functions, num_inputs: int) -> Bool[np.ndarray, "m rows"]:
    """The outputs of functions, [m, 2^n], with the rows in binary order.

    Raises:
        ValueError: for a number of 2^(2^n) or more, which stands for no function of n inputs.
    """
    if num_inputs < 6 and len(functions) and functions.max() >> np.uint64(2**num_inputs):
        raise ValueError(
            f"functions goes up to {functions.max()}: for {num_inputs} inputs all must be below 2^{2**num_inputs}"
        )
    places = np.arange(2**num_inputs, dtype=np.uint64)[::-1]
    return (functions[:, None] >> places & np.uint64(1)).astype(bool)


def boolean_inputs(num_inputs: int, low: int = -1, high: int = 1) -> Int[np.ndarray, "rows n"]:
    """The inputs in the order of a truth table, [2^n, n], with `low` for false and `high` for true."""
    whole_number(num_inputs, "num_inputs", most=20)
    return np.array(list(itertools.product((low, high), repeat=num_inputs)))


def regular_functions(num_inputs: int) -> Bool[np.ndarray, "m rows"]:
    """The truth tables of every regular function of 1 to 7 inputs: 3, 5, 10, 27, 119, 1,173 or 44,315 of them.

    Regular (2-monotonic) means monotone and, in addition, that moving a 1 to an earlier input never lowers the output.
    A neuron with nonnegative weights in descending order computes a regular function. So every function that a neuron
    computes becomes exactly one regular function if its inputs are permuted and negated. From 6 inputs on there are
    regular functions that no neuron computes (Muroga 1971).

    A regular function of n + 1 inputs is a pair of regular functions of n: g where the first input is 0 and h where it
    is 1. They satisfy g <= h everywhere, and g where the next input is 1 is at most h where the next input is 0.
    """
    whole_number(num_inputs, "num_inputs", most=7)
    tables = np.array([[False], [True]])
    for n in range(num_inputs):
        g, h = tables[:, None], tables[None]
        half = 2**n // 2
        fits = np.array([(low <= h[0]).all(axis=1) & (low[:, half:] <= h[0, :, :half]).all(axis=1) for low in g])
        below, above = np.nonzero(fits)
        tables = np.hstack([tables[below], tables[above]])
    return tables


def permutations_of(tables: Bool[np.ndarray, "m rows"]) -> Int[np.ndarray, " m"]:
    """The number of different functions that permuting the inputs makes of each regular function, including itself.

    Interchangeable inputs of a regular function are adjacent, so the permutations that leave it unchanged are those
    within such blocks.
    """
    cube = _cube(tables)
    n = cube.ndim - 1
    counts, block = np.full(len(tables), math.factorial(n)), np.ones(len(tables), int)
    for axis in range(1, n):
        same = (cube == np.swapaxes(cube, axis, axis + 1)).reshape(len(tables), -1).all(axis=1)
        block = np.where(same, block + 1, 1)
        counts //= block  # in total, a block of k inputs divides by 2 * 3 * ... * k
    return counts


def essential_inputs(tables: Bool[np.ndarray, "m rows"]) -> Int[np.ndarray, " m"]:
    """The number of inputs on which each function depends."""
    cube = _cube(tables)
    changes = [np.diff(cube, axis=axis).reshape(len(tables), -1).any(axis=1) for axis in range(1, cube.ndim)]
    return np.sum(changes, axis=0, dtype=int)


def symmetry_classes(
    functions: Functions, num_inputs: int, negations: bool = False
) -> tuple[UInt64[np.ndarray, " k"], Int[np.ndarray, " k"], Int[np.ndarray, " m"]]:
    """Group functions into classes of those that permutations of the inputs turn into one another.

    Args:
        functions: in ascending order, and closed under permutations (and negations) of the inputs.
        num_inputs: number of inputs of each function.
        negations: whether to join functions that differ by negating an input or the output, too.

    Returns:
        The least function of every class [k], the number of functions in it [k], and the class of every function [m].

    Functions that differ by exchanging two neighbouring inputs are joined by an edge; classes are the connected
    components of that graph.

    Raises:
        ValueError: for functions out of order, and if `functions` lacks one that a symmetry makes of another.
    """
    moves: list[Callable[[Functions], Functions]] = [
        lambda f, i=i: _exchanged(f, num_inputs, i) for i in range(num_inputs - 1)
    ]
    if negations:
        # Together with permutations, negating the last input is enough to negate any.
        moves += [lambda f: _negated(f, num_inputs), lambda f: ~f & np.uint64(2**2**num_inputs - 1)]
    images = [move(functions) for move in moves] or [functions]
    ends = [np.minimum(np.searchsorted(functions, image), len(functions) - 1) for image in images]
    if not all(np.array_equal(functions[end], image) for end, image in zip(ends, images, strict=True)):
        raise ValueError(
            "functions must be in ascending order, and closed under permutations of the inputs (with negations=True, "
            "also under negations)"
        )
    starts = np.tile(np.arange(len(functions)), len(ends))
    edges = (np.ones(len(starts), np.int8), (starts, np.concatenate(ends)))
    graph = scipy.sparse.coo_array(edges, shape=(len(functions),) * 2)
    count, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    least = np.empty(count, np.uint64)
    least[label[::-1]] = functions[::-1]  # the last one written is the first of its class
    return least, np.bincount(label, minlength=count), label


def monomials(x: Num[np.ndarray, "n d"], order: int) -> Num[np.ndarray, "n m"]:
    """The products of 1 to `order` different inputs; a unit whose inputs are these is a perceptron of that order.

    The inputs themselves come first. There is no constant column, because a unit has a bias.

    Source: Minsky & Papert 1969, chapter 1 (masks, where the inputs are 0 and 1).

    Raises:
        ValueError: for an order outside 1 to d.
    """
    if not 1 <= order <= x.shape[1]:
        raise ValueError(f"order={order!r} must be from 1 to {x.shape[1]}, the number of inputs")
    chosen = [c for k in range(1, order + 1) for c in itertools.combinations(range(x.shape[1]), k)]
    return np.stack([x[:, c].prod(axis=1) for c in chosen], axis=1)


def _cube(tables: np.ndarray) -> np.ndarray:
    """Truth tables [m, 2^n] reshaped to an axis for each input, [m, 2, ..., 2]."""
    return tables.reshape(len(tables), *(2,) * (tables.shape[1].bit_length() - 1))


def _negated(f: Functions, num_inputs: int) -> Functions:
    """The functions with their last input negated: neighbouring rows are exchanged."""
    upper = np.uint64(sum(1 << place for place in range(1, 2**num_inputs, 2)))
    one = np.uint64(1)
    return (f & upper) >> one | (f << one) & upper


def _exchanged(f: Functions, num_inputs: int, i: int) -> Functions:
    """The functions with inputs i and i + 1, counted from the last, exchanged: rows 01 and 10 are exchanged."""
    mask = np.uint64(sum(1 << p for p in range(2**num_inputs) if p >> i & 1 and not p >> (i + 1) & 1))
    shift = np.uint64(2**i)
    moved = (f >> shift ^ f) & mask
    return f ^ moved ^ (moved << shift)
