"""Where the lanes of a block (one for each of its networks) lie in the arrays of its state."""

from typing import Any

import jax
import jax.numpy as jnp

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


def lane_axes(state: training.State) -> Any:
    """The axis of the lanes in every leaf of a block's state; -1 for a leaf that all lanes share."""

    def axes(part: Any) -> Any:
        if isinstance(part, Last):
            return jax.tree.map(lambda leaf: leaf.ndim - 1, part)
        return 0 if part.ndim else -1

    return jax.tree.map(axes, state, is_leaf=lambda part: isinstance(part, Last))
