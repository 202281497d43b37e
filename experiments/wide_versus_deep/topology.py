"""Whether a decision set is closed: the part of {output > 0} that holds the inner ball, on a grid over a larger box.

It is closed when it does not reach the edge of the box. A way out that is thinner than the grid would be missed. So
when a set seems closed, the path out is found along which the output falls least far below 0. The box around the part
of that path outside the set is examined on a finer grid. This is repeated until there is a way out, or the greatest
slope that the network can have leaves no room for one. It also ends, and the set stays closed, after a given number of
grids, or when the next one would have more than MOST_NODES nodes.
"""

import itertools
from typing import NamedTuple

import numpy as np
import scipy

BOX = 2.5  # half of the side of the box, twice the outer radius of the ring
REFINED = {2: 8, 3: 4}  # how many times finer each new grid around a path is, by the number of inputs
MOST_NODES = 500_000  # nodes of a finer grid at most; a path that needs more is not followed: the set stays closed
AROUND = 3  # steps of the grid around a path that are examined too


class Grid(NamedTuple):
    """The nodes of a grid in a box: axes of `sizes` nodes from `low` [d] on, `step` apart."""

    low: np.ndarray
    step: float
    sizes: tuple[int, ...]

    def nodes(self) -> np.ndarray:
        """All nodes [n, d]."""
        axes = [low + self.step * np.arange(n) for low, n in zip(self.low, self.sizes, strict=True)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(self.sizes))


class Topology(NamedTuple):
    """Whether one decision set is closed, seemed closed on the first grid, and holds the inner ball."""

    closed: bool
    seemed: bool
    holds: bool


def whole(num_inputs: int, nodes: int) -> Grid:
    """The grid over the whole box."""
    return Grid(np.full(num_inputs, -BOX), 2 * BOX / (nodes - 1), (nodes,) * num_inputs)


ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0, out=z),
    "tanh": lambda z: np.tanh(z, out=z),
    "sin": lambda z: np.sin(z, out=z),
    "gelu": lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
}
SLOPES = {"relu": 1.0, "tanh": 1.0, "sin": 1.0, "gelu": 1.13}  # the greatest slope of each


def outputs(flat: np.ndarray, sizes: tuple[int, ...], activation: str, x: np.ndarray) -> np.ndarray:
    """The outputs [n] of the network with these parameters, in the precision of x [n, d]."""
    values, start = x.T, 0
    for i, (a, b) in enumerate(itertools.pairwise(sizes)):
        w, bias = flat[start : start + a * b].reshape(a, b), flat[start + a * b : start + a * b + b]
        start += a * b + b
        values = w.T.astype(x.dtype) @ values + bias.astype(x.dtype)[:, None]
        if i < len(sizes) - 2:
            values = ACTIVATIONS[activation](values)
    return values[0]


def judge(
    flat: np.ndarray, sizes: tuple[int, ...], activation: str, grid: Grid, x: np.ndarray, radius: float, levels: int
) -> Topology:
    """The topology of one network's decision set.

    Args:
        flat, sizes, activation: the network's parameters, the widths of its layers, and its activation.
        grid, x: the grid over the box, and its nodes in float32.
        radius: the radius of the inner ball, at least half of which must be in the set.
        levels: how many times at most a set that seems closed is examined on finer grids.
    """
    value = outputs(flat, sizes, activation, x).reshape(grid.sizes)
    inner = (x**2).sum(axis=1).reshape(grid.sizes) <= radius**2
    edge = np.ones(grid.sizes, bool)
    edge[(slice(1, -1),) * sizes[0]] = False
    label, _ = scipy.ndimage.label(value > 0)
    held = np.bincount(label[inner], minlength=2)
    held[0] = 0
    own = int(held.argmax())
    if 2 * held[own] < inner.sum():
        return Topology(False, False, False)
    mine = label == own
    if (mine & edge).any():
        return Topology(False, False, True)
    return Topology(not _leaks(flat, sizes, activation, grid, value, mine & inner, edge, levels), True, True)


def slope_bound(flat: np.ndarray, sizes: tuple[int, ...], activation: str) -> float:
    """The most that the output can change per unit of x: the product of the layers' greatest singular values."""
    bound, start = SLOPES[activation] ** (len(sizes) - 2), 0
    for a, b in itertools.pairwise(sizes):
        bound *= np.linalg.norm(flat[start : start + a * b].reshape(a, b), 2)
        start += a * b + b
    return float(bound)


def saddle(value: np.ndarray, start: np.ndarray, goal: np.ndarray) -> float:
    """The greatest level such that a path of nodes at least as high leads from `start` to `goal`.

    Paths go from neighbour to neighbour along the axes; both masks must contain a node.
    """
    levels = np.unique(value)
    low, high = 0, len(levels)  # connected at levels[low], not at levels[high]
    while high - low > 1:
        middle = (low + high) // 2
        label, count = scipy.ndimage.label(value >= levels[middle])
        sides = [np.bincount(label[side], minlength=count + 1)[1:] > 0 for side in (start, goal)]
        low, high = (middle, high) if (sides[0] & sides[1]).any() else (low, middle)
    return float(levels[low])


def _leaks(
    flat: np.ndarray, sizes: tuple[int, ...], activation: str, grid: Grid, value: np.ndarray, start: np.ndarray,
    goal: np.ndarray, levels: int,
) -> bool:  # fmt: skip
    """Whether one of ever finer grids around the pass shows a way out."""
    d, finer = len(grid.sizes), REFINED[len(grid.sizes)]
    steepest = slope_bound(flat, sizes, activation)
    for _ in range(levels):
        level = saddle(value, start, goal)
        if level > 0:
            return True
        # Every point of a way out is at most half a diagonal from a node. So there is none if the pass stays below 0
        # even when it is raised by the greatest change over that distance.
        if level + steepest * grid.step * np.sqrt(d) / 2 < 0:
            return False
        # Each side, and the nodes that can be reached from it while the output is above 0.
        sides = [_reached(value, side) for side in (start, goal)]
        path = _path(value >= level, *sides)
        window = tuple(
            slice(max(int(i.min()) - AROUND, 0), min(int(i.max()) + AROUND, n - 1) + 1)
            for i, n in zip(path, grid.sizes, strict=True)
        )
        counts = tuple((part.stop - part.start - 1) * finer + 1 for part in window)
        if np.prod(counts, dtype=float) > MOST_NODES:
            return False
        low = grid.low + grid.step * np.array([part.start for part in window])
        grid = Grid(low, grid.step / finer, counts)
        x = grid.nodes()
        value = outputs(flat, sizes, activation, x).reshape(counts)
        start, goal = np.zeros((2, *counts), bool)
        for mask, side in zip((start, goal), sides, strict=True):
            mask[(slice(None, None, finer),) * d] = side[window]
        goal |= (np.abs(x).max(axis=1) >= BOX * (1 - 1e-9)).reshape(counts)
    return False


def _path(allowed: np.ndarray, start: np.ndarray, goal: np.ndarray) -> tuple[np.ndarray, ...]:
    """The nodes of the shortest path through allowed nodes from one side to the other, including its ends."""
    number = np.arange(allowed.size).reshape(allowed.shape)
    pairs = [np.full((2, int(start.sum())), allowed.size)]  # one more node, one step from every start
    pairs[0][1] = number[start]
    for axis in range(allowed.ndim):
        first, second = (np.moveaxis(number, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        both = np.moveaxis(allowed, axis, 0)
        both = both[:-1] & both[1:]
        pairs.append(np.stack([first[both], second[both]]))
    rows, columns = np.concatenate(pairs, axis=1)
    edges = (np.ones(len(rows), np.int8), (rows, columns))
    graph = scipy.sparse.coo_array(edges, shape=(allowed.size + 1,) * 2).tocsr()
    order, before = scipy.sparse.csgraph.breadth_first_order(graph, allowed.size, directed=False)
    place = int(order[1:][goal.ravel()[order[1:]]][0])
    path = []
    while place != allowed.size:
        path.append(place)
        place = int(before[place])
    return np.unravel_index(path, allowed.shape)


def _reached(value: np.ndarray, side: np.ndarray) -> np.ndarray:
    """The nodes of a side, and the nodes above 0 that are connected to it."""
    label, count = scipy.ndimage.label(value > 0)
    known = np.bincount(label[side], minlength=count + 1) > 0
    known[0] = False
    return known[label] | side
