"""The state of a block in memory: where the lanes lie in its arrays."""

from typing import Any

import jax
import jax.numpy as jnp

from nnjax import training


@jax.tree_util.register_pytree_node_class
class Last:
    """A tree of arrays whose last axis is that of the lanes; numbers are the same on all."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def tree_flatten(self) -> tuple[tuple, None]:
        """For JAX: what is traced, and what is static."""
        return (self.tree,), None

    @classmethod
    def tree_unflatten(cls, static: None, children: tuple) -> "Last":
        """For JAX: the inverse of `tree_flatten`."""
        return cls(*children)

    def first(self) -> Any:
        """The tree with the axis of lanes first, of one that has no numbers."""
        return jax.tree.map(lambda a: jnp.moveaxis(a, -1, 0), self.tree)


def lanes_first(part: Any) -> Any:
    """A part of a block's state, such as its parameters, with the axis of lanes first."""
    return part.first() if isinstance(part, Last) else part


def lane_axes(state: training.State) -> Any:
    """For every leaf of a block's state the axis of its lanes; -1 for one that is the same on all."""

    def axes(part: Any) -> Any:
        if isinstance(part, Last):
            return jax.tree.map(lambda leaf: leaf.ndim - 1, part)
        return jax.tree.map(lambda leaf: 0 if leaf.ndim else -1, part)

    return type(state)(*map(axes, state))
