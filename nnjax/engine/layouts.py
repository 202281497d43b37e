"""The state of a block in memory: the many vectors of unpacked networks are stacked into one array.

A call of a program takes a microsecond or so for every array that is handed over, and the state of a network of 33
parameters has a hundred.
"""

from typing import Any

import jax
import jax.numpy as jnp

from nnjax import training


@jax.tree_util.register_pytree_node_class
class Stacked:
    """A tree whose vectors [lanes] are the rows of `stacked` [n, lanes]; `others` are the rest of its leaves."""

    def __init__(self, stacked: Any, others: tuple, structure: Any, is_row: tuple[bool, ...]) -> None:
        self.stacked, self.others, self.structure, self.is_row = stacked, others, structure, is_row

    def tree_flatten(self) -> tuple[tuple, tuple]:
        """For JAX: what is traced, and what is static."""
        return (self.stacked, self.others), (self.structure, self.is_row)

    @classmethod
    def tree_unflatten(cls, static: tuple, children: tuple) -> "Stacked":
        """For JAX: the inverse of `tree_flatten`."""
        return cls(*children, *static)

    @classmethod
    def of(cls, tree: Any) -> "Stacked":
        """Stack the vectors of a tree; `stacked` is None if it has no floating vector."""
        leaves, structure = jax.tree.flatten(tree)
        is_row = tuple(leaf.ndim == 1 and jnp.issubdtype(leaf.dtype, jnp.floating) for leaf in leaves)
        rows = [leaf for leaf, row in zip(leaves, is_row, strict=True) if row]
        others = tuple(leaf for leaf, row in zip(leaves, is_row, strict=True) if not row)
        return cls(jnp.stack(rows) if rows else None, others, structure, is_row)

    def tree(self) -> Any:
        """The tree as it was."""
        rows, others = iter(self.stacked if self.stacked is not None else ()), iter(self.others)
        return jax.tree.unflatten(self.structure, [next(rows) if row else next(others) for row in self.is_row])


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
        """The tree with the axis of lanes first."""
        return jax.tree.map(lambda a: jnp.moveaxis(a, -1, 0) if a.ndim else a, self.tree)


def stack(state: training.State) -> training.State:
    """The state of a block of unpacked networks in few arrays."""
    return state._replace(params=Stacked.of(state.params), solver_state=Stacked.of(state.solver_state))


def unstack(state: training.State) -> training.State:
    """The state with a network's own parameters on each lane: the inverse of `stack`."""
    if isinstance(state.params, Last):
        return state._replace(params=state.params.first())
    if not isinstance(state.params, Stacked):
        return state
    return state._replace(params=state.params.tree(), solver_state=state.solver_state.tree())


def lane_axes(state: training.State) -> Any:
    """For every leaf of a block's state the axis of its lanes; -1 for one that is the same on all."""

    def axes(part: Any) -> Any:
        if isinstance(part, Stacked):
            others = jax.tree.map(lambda leaf: 0 if leaf.ndim else -1, part.others)
            return Stacked(None if part.stacked is None else 1, others, part.structure, part.is_row)
        if isinstance(part, Last):
            return jax.tree.map(lambda leaf: leaf.ndim - 1, part)
        return jax.tree.map(lambda leaf: 0 if leaf.ndim else -1, part)

    return type(state)(*map(axes, state))
