"""Boolean functions by the thousand, as truth tables: all of them, the monotone ones, and their symmetries.

A function of n inputs is a whole number here, its 2^n outputs read in binary, the rows counting upwards 00, 01, 10,
11 as in `boolean_function`: XOR is 0110, number 6. `truth_tables` writes the outputs out.
"""

import itertools
import math
from collections.abc import Callable

import numpy as np
import scipy
from jaxtyping import Bool, Int, Num, UInt64

type Functions = UInt64[np.ndarray, " m"]


def all_functions(num_inputs: int) -> Functions:
    """Every Boolean function of 1 to 4 inputs, [2^(2^n)] in order."""
    _check(num_inputs, 4)
    return np.arange(2**2**num_inputs, dtype=np.uint64)


def monotone_functions(num_inputs: int) -> Functions:
    """Every monotone function of 1 to 6 inputs in ascending order: 3, 6, 20, 168, 7,581 or 7,828,354 of them.

    Monotone: raising an input never lowers the output. With one more input it is a pair of monotone functions g, for
    the new input 0, and h, for 1, with g <= h everywhere. The last step to 6 inputs takes a second or two and 60 MB.
    """
    _check(num_inputs, 6)
    functions = np.array([0, 1], np.uint64)
    for n in range(num_inputs):
        shift = np.uint64(2**n)
        functions = np.concatenate([g << shift | functions[g & ~functions == 0] for g in functions])
    return functions  # ascending, as each g stands in the high bits and goes upwards


def truth_tables(functions: Functions, num_inputs: int) -> Bool[np.ndarray, "m rows"]:
    """The outputs of functions, [m, 2^n], rows counting upwards in binary."""
    if num_inputs < 6 and len(functions) and functions.max() >> np.uint64(2**num_inputs):
        raise ValueError(
            f"functions goes to {functions.max()}: of {num_inputs} inputs it must be below 2^{2**num_inputs}"
        )
    places = np.arange(2**num_inputs, dtype=np.uint64)[::-1]
    return (functions[:, None] >> places & np.uint64(1)).astype(bool)


def boolean_inputs(num_inputs: int, low: int = -1, high: int = 1) -> Int[np.ndarray, "rows n"]:
    """The inputs in the order of a truth table, [2^n, n], false and true as `low` and `high`."""
    return np.array(list(itertools.product((low, high), repeat=num_inputs)))


def regular_functions(num_inputs: int) -> Bool[np.ndarray, "m rows"]:
    """The truth tables of every regular function of 1 to 7 inputs: 3, 5, 10, 27, 119, 1,173 or 44,315 of them.

    Regular (2-monotonic): monotone, and moving a 1 to an earlier input never lowers the output. A neuron with weights
    in descending order, none negative, is regular; so every function that a neuron computes is a regular one after
    permuting and negating its inputs, one and no other. From 6 inputs on there are regular ones that no neuron
    computes (Muroga 1971).

    With one more input in front it is a pair of regular functions g, for 0, and h, for 1, with g <= h everywhere, and
    with g where the next input is 1 no higher than h where it is 0.
    """
    _check(num_inputs, 7)
    tables = np.array([[False], [True]])
    for n in range(num_inputs):
        g, h = tables[:, None], tables[None]
        half = 2**n // 2
        fits = np.array([(low <= h[0]).all(axis=1) & (low[:, half:] <= h[0, :, :half]).all(axis=1) for low in g])
        below, above = np.nonzero(fits)
        tables = np.hstack([tables[below], tables[above]])
    return tables


def permutations_of(tables: Bool[np.ndarray, "m rows"]) -> Int[np.ndarray, " m"]:
    """How many functions permuting its inputs makes of each regular function, itself included.

    Inputs of a regular function that may be exchanged stand side by side, so the permutations that leave it as it is
    are those within such blocks.
    """
    cube = _cube(tables)
    n = cube.ndim - 1
    counts, block = np.full(len(tables), math.factorial(n)), np.ones(len(tables), int)
    for axis in range(1, n):
        same = (cube == np.swapaxes(cube, axis, axis + 1)).reshape(len(tables), -1).all(axis=1)
        block = np.where(same, block + 1, 1)
        counts //= block  # a block of k takes 2 * 3 * ... * k in the end
    return counts


def essential_inputs(tables: Bool[np.ndarray, "m rows"]) -> Int[np.ndarray, " m"]:
    """How many inputs each function depends on."""
    cube = _cube(tables)
    changes = [np.diff(cube, axis=axis).reshape(len(tables), -1).any(axis=1) for axis in range(1, cube.ndim)]
    return np.sum(changes, axis=0, dtype=int)


def symmetry_classes(
    functions: Functions, num_inputs: int, negations: bool = False
) -> tuple[UInt64[np.ndarray, " k"], Int[np.ndarray, " k"], Int[np.ndarray, " m"]]:
    """The functions as classes that permuting their inputs turns into one another.

    Args:
        functions: in ascending order; all that permutations (and negations) make of them must be among them.
        num_inputs: their inputs.
        negations: whether negating an input and negating the output join functions, too.

    Returns:
        The least function of every class [k], how many there are of it [k], and the class of every function [m].

    Exchanging two neighbouring inputs is an edge between two functions; classes are the components of that graph.

    Raises:
        ValueError: for functions out of order, and where one that a symmetry makes is missing.
    """
    moves: list[Callable[[Functions], Functions]] = [
        lambda f, i=i: _exchanged(f, num_inputs, i) for i in range(num_inputs - 1)
    ]
    if negations:
        # With permutations, negating the last input is enough to negate any.
        moves += [lambda f: _negated(f, num_inputs), lambda f: ~f & np.uint64(2**2**num_inputs - 1)]
    images = [move(functions) for move in moves] or [functions]
    ends = [np.minimum(np.searchsorted(functions, image), len(functions) - 1) for image in images]
    if not all(np.array_equal(functions[end], image) for end, image in zip(ends, images, strict=True)):
        raise ValueError("functions must be in ascending order and hold all that its symmetries make of each")
    starts = np.tile(np.arange(len(functions)), len(ends))
    edges = (np.ones(len(starts), np.int8), (starts, np.concatenate(ends)))
    graph = scipy.sparse.coo_array(edges, shape=(len(functions),) * 2)
    count, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    least = np.empty(count, np.uint64)
    least[label[::-1]] = functions[::-1]  # the last to be written is the first of the class
    return least, np.bincount(label, minlength=count), label


def monomials(x: Num[np.ndarray, "n d"], order: int) -> Num[np.ndarray, "n m"]:
    """The products of 1 to `order` different inputs: a unit on them is a perceptron of that order.

    The inputs themselves come first; the constant is left to the bias.

    Source: Minsky & Papert 1969, chapter 1 (masks, where the inputs are 0 and 1).

    Raises:
        ValueError: for an order outside 1 to d.
    """
    if not 1 <= order <= x.shape[1]:
        raise ValueError(f"order={order!r} must be from 1 to {x.shape[1]}, the number of inputs")
    chosen = [c for k in range(1, order + 1) for c in itertools.combinations(range(x.shape[1]), k)]
    return np.stack([x[:, c].prod(axis=1) for c in chosen], axis=1)


def _check(num_inputs: int, most: int) -> None:
    if isinstance(num_inputs, bool) or not isinstance(num_inputs, int | np.integer) or not 1 <= num_inputs <= most:
        raise ValueError(f"num_inputs={num_inputs!r} must be a whole number from 1 to {most}")


def _cube(tables: np.ndarray) -> np.ndarray:
    """Truth tables [m, 2^n] with an axis for each input, [m, 2, ..., 2]."""
    return tables.reshape(len(tables), *(2,) * (tables.shape[1].bit_length() - 1))


def _negated(f: Functions, num_inputs: int) -> Functions:
    """The functions with their last input negated: neighbouring rows change places."""
    upper = np.uint64(sum(1 << place for place in range(1, 2**num_inputs, 2)))
    one = np.uint64(1)
    return (f & upper) >> one | (f << one) & upper


def _exchanged(f: Functions, num_inputs: int, i: int) -> Functions:
    """The functions with inputs i and i + 1, counted from the last, exchanged: rows 01 and 10 change places."""
    mask = np.uint64(sum(1 << p for p in range(2**num_inputs) if p >> i & 1 and not p >> (i + 1) & 1))
    shift = np.uint64(2**i)
    moved = (f >> shift ^ f) & mask
    return f ^ moved ^ (moved << shift)
