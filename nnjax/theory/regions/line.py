"""Linear pieces of ReLU networks along lines: pieces are split where the pre-activation of a unit is zero."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike

from nnjax.mlp import Layer, Params
from nnjax.theory.regions.layers import SAME, greatest_slopes, stacked, through, vectors

# Breakpoints nearer to each other than this, times 1 + |t|, count as one: two units switch at the same t.
TOGETHER = 1e-11
# Pre-activations that are held in memory at a time: 80 MB, and as much again for their slopes.
BLOCK_NUMBERS = 10_000_000


class LinePieces(NamedTuple):
    """The pieces of n lines x = start + t * direction, line by line and with increasing t.

    Piece i goes from t = low[i] to high[i] on the line of `network[i]`. There the output is value[i] + (t - place[i]) *
    slope[i], where place[i] is a t inside the piece. `activation` [n] is the number of pieces of each line, and
    `affine` [n] the number that is left when neighbours of equal slope are joined.
    """

    network: Int[np.ndarray, " p"]
    low: Float[np.ndarray, " p"]
    high: Float[np.ndarray, " p"]
    place: Float[np.ndarray, " p"]
    value: Float[np.ndarray, "p k"]
    slope: Float[np.ndarray, "p k"]
    activation: Int[np.ndarray, " n"]
    affine: Int[np.ndarray, " n"]

    def breakpoints(self, network: int = 0) -> Float[np.ndarray, " m"]:
        """The values of t at which some unit of this network is switched on or off, increasing."""
        return self.low[self.network == network][1:]


def along_lines(
    params: Params,
    starts: ArrayLike,
    directions: ArrayLike,
    low: float = -np.inf,
    high: float = np.inf,
) -> LinePieces:
    """The pieces into which ReLU networks divide lines, exactly: one line for each network, or many for one network.

    Args:
        params: of one network, or of n stacked ones. All hidden units are ReLUs, the output is linear.
        starts, directions: the lines x = start + t * direction, [n, d], or [d] for one line that all networks share.
        low, high: the range of t, which may be infinite.

    A unit switches where its pre-activation changes sign. A pre-activation that is zero throughout a piece counts as
    off. Breakpoints that coincide up to rounding (1e-11 of 1 + |t|) are one.

    Raises:
        ValueError: for shapes that do not fit, a direction of zero length, and low >= high.
    """
    layers = stacked(params)
    d = layers[0].w.shape[1]
    starts, directions = vectors(starts, "starts", d), vectors(directions, "directions", d)
    n = max(len(layers[0].w), len(starts), len(directions))
    if any(len(a) not in (1, n) for a in (starts, directions)):
        raise ValueError(f"starts, directions have {len(starts)}, {len(directions)} rows: each must have 1 or {n}")
    if not low < high:
        raise ValueError(f"low={low!r} must be below high={high!r}")
    starts, directions = np.broadcast_to(starts, (n, d)), np.broadcast_to(directions, (n, d))
    if not directions.any(axis=1).all():
        raise ValueError("directions must not be zero")
    layers = stacked(params, n)
    # A line seldom has more pieces than twice the number of units; blocks of lines bound the memory.
    units = sum(b.shape[1] for _, b in layers)
    block = max(1, BLOCK_NUMBERS // (2 * units * max(b.shape[1] for _, b in layers)))
    parts = [
        _along([Layer(w[part], b[part]) for w, b in layers], starts[part], directions[part], (low, high))
        for part in (slice(i, i + block) for i in range(0, n, block))
    ]
    joined = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
    shift = np.concatenate([part.network + i * block for i, part in enumerate(parts)])
    return LinePieces(shift, *joined[1:])


def _along(layers: list[Layer], starts: np.ndarray, directions: np.ndarray, ends: tuple[float, float]) -> LinePieces:
    n = len(starts)
    network, low, high = np.arange(n), np.full(n, ends[0], float), np.full(n, ends[1], float)
    place = _inside(low, high)
    value, slope = starts + place[:, None] * directions, directions[:, None, :]
    for layer in layers[:-1]:
        value, slope, noise = through(layer, network, value, slope)
        parent, low, high = _split(low, high, place, value, slope[:, 0], noise)
        moved = _inside(low, high)
        network, slope = network[parent], slope[parent]
        value = value[parent] + slope[:, 0] * (moved - place[parent])[:, None]
        place, on = moved, value > 0
        value, slope = np.where(on, value, 0.0), np.where(on[:, None], slope, 0.0)
    value, slope, _ = through(layers[-1], network, value, slope)
    bends = np.abs(np.diff(slope[:, 0], axis=0)).max(axis=1) > SAME * greatest_slopes(network, slope, n)[network[1:]]
    bends &= np.diff(network) == 0
    affine = 1 + np.bincount(network[1:][bends], minlength=n)
    return LinePieces(network, low, high, place, value, slope[:, 0], np.bincount(network, minlength=n), affine)


def _inside(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """A value of t inside every piece: its middle, or a finite one in an infinite piece."""
    with np.errstate(invalid="ignore"):
        beyond, before = low + 1 + np.abs(low), high - 1 - np.abs(high)
        middle = low + (high - low) / 2
    middle = np.where(np.isinf(high), beyond, np.where(np.isinf(low), before, middle))
    return np.where(np.isinf(low) & np.isinf(high), 0.0, middle)


def _split(
    low: np.ndarray, high: np.ndarray, place: np.ndarray, value: np.ndarray, slope: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split pieces [p] at the zeros of the pre-activations value [p, units].

    Returns the old piece of every new one, and the ends of the new ones.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        zero = place[:, None] - value / slope
        apart = np.maximum(TOGETHER * (1 + np.abs(zero)), np.abs(noise / slope))
        inside = (zero > low[:, None] + apart) & (zero < high[:, None] - apart)
    parent = np.concatenate([np.arange(len(low)), np.nonzero(inside)[0]])
    edge = np.concatenate([low, zero[inside]])
    order = np.lexsort((edge, parent))
    parent, edge = parent[order], edge[order]
    first = np.append(True, np.diff(parent) > 0)
    with np.errstate(invalid="ignore"):
        kept = first | (np.diff(edge, prepend=-np.inf) > TOGETHER * (1 + np.abs(edge)))
    parent, edge = parent[kept], edge[kept]
    last = np.append(np.diff(parent) > 0, True)
    return parent, edge, np.where(last, high[parent], np.append(edge[1:], np.inf))
