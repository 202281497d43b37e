"""Where the lanes of a block (one for each of its networks) lie in its arrays; an axis of blocks may stand in front."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import training


@jax.tree_util.register_pytree_node_class
class Last:
    """A tree of arrays whose last axis is that of the lanes; scalars are shared by all lanes."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def tree_flatten(self) -> tuple[tuple, None]:
        """Return what JAX traces, and what is static."""
        return (self.tree,), None

    @classmethod
    def tree_unflatten(cls, static: None, children: tuple) -> "Last":
        """The inverse of `tree_flatten`, for JAX."""
        return cls(*children)

    def first(self) -> Any:
        """The tree of one block with the axis of lanes first; it must not hold scalars."""
        return jax.tree.map(lambda a: jnp.moveaxis(a, -1, 0), self.tree)


def networks_first(part: Any) -> Any:
    """A part of the state of some blocks, or of their records, on the host: [blocks * lanes, ...]."""
    axis, tree = (-1, part.tree) if isinstance(part, Last) else (1, part)
    moved = jax.tree.map(lambda a: np.moveaxis(a, axis, 1), jax.device_get(tree))
    return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), moved)


def in_blocks(tree: Any, layout: str, blocks: int, lanes: int) -> Any:
    """The parameters of networks in blocks; they have the networks on the axis where a program of this layout has its
    lanes. Blocks for which there are no networks hold zeros.
    """

    def one(a: np.ndarray) -> np.ndarray:
        if layout == "lanes":
            a = np.moveaxis(a.reshape(*a.shape[:-1], -1, lanes), -2, 0)
        else:
            a = a.reshape(-1, lanes, *a.shape[1:])
        found = np.zeros((blocks, *a.shape[1:]), a.dtype)
        found[: len(a)] = a
        return found

    return jax.tree.map(one, tree)


def lane_axes(state: training.State) -> Any:
    """The axis of the lanes in every leaf of the state of some blocks; 0 for a leaf that the lanes of a block share."""

    def axes(part: Any) -> Any:
        if isinstance(part, Last):
            return jax.tree.map(lambda leaf: leaf.ndim - 1, part)
        return min(part.ndim - 1, 1)

    return jax.tree.map(axes, state, is_leaf=lambda part: isinstance(part, Last))
