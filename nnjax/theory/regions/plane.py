"""Linear regions of ReLU networks in a plane: convex polygons, split where the pre-activation of a unit is zero."""

from typing import NamedTuple

import numpy as np
import scipy  # loads scipy.spatial and scipy.sparse when they are first used, not here
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike

from nnjax.mlp import Layer, Params
from nnjax.theory.regions.layers import SAME, greatest_slopes, stacked, through, vectors

# A corner nearer than this to the line where a unit is zero lies on it (as a fraction of the square's side).
ON_THE_LINE = 1e-10
# Edges of two cells are the same edge if their midpoints are nearer than this (as a fraction of the side).
SAME_EDGE = 1e-8
# Squares of coordinates must be finite.
LARGEST = 1e150
# Networks are processed in blocks of about this many cells, estimated from their number of units.
BLOCK_CELLS = 20_000


class Tiling(NamedTuple):
    """The cells of n squares, network by network: convex polygons in the plane's own two coordinates.

    Cell i belongs to `network[i]`; its corners are the first `num_corners[i]` of `corners[i]`, which has the shape
    [v, 2], counterclockwise, with the last one repeated as padding. At a point u [2] inside it the output is
    offset[i] + u @ gradient[i]. `activation` [n] is the number of cells of every network. `affine` [n] is the number
    that is left when cells that share an edge and an affine map are joined.
    """

    network: Int[np.ndarray, " p"]
    corners: Float[np.ndarray, "p v 2"]
    num_corners: Int[np.ndarray, " p"]
    offset: Float[np.ndarray, "p k"]
    gradient: Float[np.ndarray, "p 2 k"]
    activation: Int[np.ndarray, " n"]
    affine: Int[np.ndarray, " n"]

    def polygons(self, network: int = 0) -> list[Float[np.ndarray, "_ 2"]]:
        """The corners of every cell of a network, one array [v, 2] per cell, for drawing."""
        own = np.flatnonzero(self.network == network)
        return [self.corners[i, : self.num_corners[i]] for i in own]

    def areas(self) -> Float[np.ndarray, " p"]:
        """The area of every cell."""
        # Relative to a corner of the cell, because far from 0 the products would cancel.
        x, y = np.moveaxis(self.corners - self.corners[:, :1], -1, 0)
        return 0.5 * (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)


def tile(
    params: Params,
    low: float = -1.0,
    high: float = 1.0,
    origin: ArrayLike | None = None,
    axes: ArrayLike | None = None,
) -> Tiling:
    """The cells into which ReLU networks divide a square, exactly.

    Args:
        params: of one network, or of n stacked ones. All hidden units are ReLUs, the output is linear.
        low, high: the square low <= u, v <= high in the plane x = origin + u * axes[0] + v * axes[1].
        origin, axes: [d] and [2, d], of the plane; when None, u and v are the inputs themselves, for networks of two
            inputs.

    A pre-activation that is zero throughout a cell counts as off. A corner at most 1e-10 of the square's side away from
    a unit's line counts as lying on it. So lines that meet in a single point leave no sliver there.

    Raises:
        ValueError: for shapes that do not fit, axes that are parallel, and low >= high.
    """
    layers = stacked(params)
    d = layers[0].w.shape[1]
    if (origin is None or axes is None) and d != 2:
        raise ValueError(f"origin={origin!r}, axes={axes!r}: networks of {d} inputs need both")
    place = vectors(np.zeros(d) if origin is None else origin, "origin", d)
    across = vectors(np.eye(2) if axes is None else axes, "axes", d)
    if len(place) != 1 or len(across) != 2 or np.linalg.matrix_rank(across) < 2:
        raise ValueError("origin must be one vector, and axes two that are not parallel")
    if not -LARGEST < low < high < LARGEST:
        raise ValueError(f"low={low!r} must be below high={high!r}, both within {LARGEST:g}")
    units = sum(b.shape[1] for _, b in layers[:-1])
    block = max(1, BLOCK_CELLS // (1 + units**2 // 2))
    parts = [
        _tiled([Layer(w[i : i + block], b[i : i + block]) for w, b in layers], place[0], across, low, high)
        for i in range(0, len(layers[0].w), block)
    ]
    most = max(part.corners.shape[1] for part in parts)
    parts = [
        part._replace(corners=_padded(part.corners, most), network=part.network + i * block)
        for i, part in enumerate(parts)
    ]
    return Tiling(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _tiled(layers: list[Layer], origin: np.ndarray, axes: np.ndarray, low: float, high: float) -> Tiling:
    n, close = len(layers[0].w), ON_THE_LINE * (high - low)
    square = np.array([[low, low], [high, low], [high, high], [low, high]])
    corners, count, network = np.tile(square, (n, 1, 1)), np.full(n, 4), np.arange(n)
    offset, gradient = np.tile(origin, (n, 1)), np.tile(axes, (n, 1, 1))
    for layer in layers[:-1]:
        offset, gradient, _ = through(layer, network, offset, gradient)
        parent = np.arange(len(corners))
        for unit in range(offset.shape[1]):
            corners, count, parent = _cut(corners, count, parent, offset[:, unit], gradient[:, :, unit], close)
        order = np.argsort(parent, kind="stable")
        corners, count, parent = corners[order], count[order], parent[order]
        network, offset, gradient = network[parent], offset[parent], gradient[parent]
        on = offset + np.einsum("pi,piu->pu", corners.mean(axis=1), gradient) > 0
        offset, gradient = np.where(on, offset, 0.0), np.where(on[:, None], gradient, 0.0)
    offset, gradient, _ = through(layers[-1], network, offset, gradient)
    activation = np.bincount(network, minlength=n)
    affine = _joined(corners, count, network, gradient, SAME_EDGE * (high - low), n)
    return Tiling(network, corners, count, offset, gradient, activation, affine)


def _cut(
    corners: np.ndarray, count: np.ndarray, parent: np.ndarray, offset: np.ndarray, gradient: np.ndarray, close: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut cells along one unit's line: the part with a positive pre-activation stays in place, the other is appended.

    Repeated corners do no harm: an edge from a corner to itself is not crossed, and the last edge leads to the first.
    """
    steep = gradient[parent]
    height = np.einsum("pvi,pi->pv", corners, steep) + offset[parent][:, None]
    height[np.abs(height) <= close * np.linalg.norm(steep, axis=1)[:, None]] = 0.0
    cut = np.flatnonzero((height.max(axis=1) > 0) & (height.min(axis=1) < 0))
    if not len(cut):
        return corners, count, parent
    here, h = corners[cut], height[cut]
    there, after = np.roll(here, -1, axis=1), np.roll(h, -1, axis=1)
    crossed = h * after < 0
    share = np.where(crossed, h, 0.0) / np.where(crossed, h - after, 1.0)
    crossing = here + share[..., None] * (there - here)
    slots = np.stack([here, crossing], axis=2).reshape(len(cut), -1, 2)
    real = np.arange(here.shape[1]) < count[cut][:, None]
    parts = [
        _compact(slots, np.stack([real & (side * h >= 0), crossed], axis=2).reshape(len(cut), -1)) for side in (1, -1)
    ]
    most = max(corners.shape[1], *(part.shape[1] for part, _ in parts))
    corners = np.concatenate([_padded(corners, most), _padded(parts[1][0], most)])
    corners[cut] = _padded(parts[0][0], most)
    count = np.concatenate([count, parts[1][1]])
    count[cut] = parts[0][1]
    return corners, count, np.concatenate([parent, parent[cut]])


def _compact(slots: np.ndarray, kept: Bool[np.ndarray, "p s"]) -> tuple[np.ndarray, np.ndarray]:
    """The corners [p, s, 2] that are kept, in order and padded with the last one, and the number kept [p]."""
    count = kept.sum(axis=1)
    order = np.argsort(~kept, axis=1, kind="stable")[:, : count.max()]
    order = np.take_along_axis(order, np.minimum(np.arange(order.shape[1]), count[:, None] - 1), axis=1)
    return np.take_along_axis(slots, order[..., None], axis=1), count


def _padded(corners: np.ndarray, most: int) -> np.ndarray:
    missing = most - corners.shape[1]
    return np.concatenate([corners, np.repeat(corners[:, -1:], missing, axis=1)], axis=1) if missing else corners


def _joined(
    corners: np.ndarray, count: np.ndarray, network: np.ndarray, gradient: np.ndarray, close: float, n: int
) -> np.ndarray:
    """The number of cells [n] that every network has left when neighbours with the same gradient are joined.

    The network is continuous, so two cells that share an edge and a gradient share the offset too. Pre-activations are
    continuous as well, so a unit's line does not end at an edge, and neighbours share whole edges.
    """
    real = np.arange(corners.shape[1]) < count[:, None]
    cell, _ = np.nonzero(real)
    last = np.arange(corners.shape[1]) == count[:, None] - 1
    ends = np.where(last[..., None], corners[:, :1], np.roll(corners, -1, axis=1))
    middle = (corners + ends)[real] / 2
    # A third coordinate places the networks too far apart for their cells to be neighbours.
    where = np.column_stack([middle, network[cell] * (4 * close)])
    pairs = cell[scipy.spatial.cKDTree(where).query_pairs(close, output_type="ndarray")]
    least = SAME * greatest_slopes(network, gradient, n)[network[pairs[:, 0]]]
    same = np.abs(gradient[pairs[:, 0]] - gradient[pairs[:, 1]]).max(axis=(1, 2)) <= least
    edges = (np.ones(same.sum(), np.int8), tuple(pairs[same].T))
    graph = scipy.sparse.coo_array(edges, shape=(len(corners),) * 2)
    _, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    heads = np.unique(label, return_index=True)[1]
    return np.bincount(network[heads], minlength=n)
