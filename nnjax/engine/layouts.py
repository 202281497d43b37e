"""Where the lanes of a block (one for each of its networks) lie in the arrays of its state."""

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
        """The tree with the axis of lanes first; it must not hold scalars."""
        return jax.tree.map(lambda a: jnp.moveaxis(a, -1, 0), self.tree)


def lanes_first(part: Any) -> Any:
    """A part of a block's state, such as its parameters, with the axis of lanes first."""
    return part.first() if isinstance(part, Last) else part


def into_blocks(tree: Any, layout: str, blocks: int, lanes: int) -> Any:
    """Parameters of networks, which lie on the axis of lanes of this layout, with an axis of blocks in front.

    Blocks for which there are no networks hold zeros.
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


def out_of_blocks(part: Any) -> Any:
    """Parameters [blocks, lanes, ...], or [blocks, ..., lanes] of the layout of lanes, as [blocks * lanes, ...]."""
    axis, tree = (-1, part.tree) if isinstance(part, Last) else (1, part)
    return jax.tree.map(lambda a: (moved := np.moveaxis(a, axis, 1)).reshape(-1, *moved.shape[2:]), tree)


def lane_axes(state: training.State) -> Any:
    """The axis of the lanes in every leaf of a block's state; -1 for a leaf that all lanes share."""

    def axes(part: Any) -> Any:
        if isinstance(part, Last):
            return jax.tree.map(lambda leaf: leaf.ndim - 1, part)
        return 0 if part.ndim else -1

    return jax.tree.map(axes, state, is_leaf=lambda part: isinstance(part, Last))
