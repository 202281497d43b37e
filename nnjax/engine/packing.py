"""Networks that have ended leave, and those that go on are packed into fewer blocks, so that compute is saved."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import training
from nnjax.engine import bundles
from nnjax.engine.ledger import Ledger
from nnjax.engine.members import Members, data_of, hyper_of
from nnjax.engine.padding import Shape
from nnjax.engine.plans import Program
from nnjax.tasks import Data


class Block(NamedTuple):
    """Networks on the lanes of one program: their places in the wave [real], and the state of all lanes."""

    places: np.ndarray
    state: Any
    hyper: dict[str, jax.Array]
    data: Data
    shape: Shape | None


def packed(blocks: list[Block], ledger: Ledger, members: Members, data: Data, program: Program) -> list[Block]:
    """The blocks that go on: those of networks still running, packed together once that saves a block."""
    running = [np.asarray(b.state.status)[: len(b.places)] == training.RAN for b in blocks]
    left = sum(int(r.sum()) for r in running)
    if -(-left // program.lanes) >= len(blocks):
        return blocks
    for block in blocks:
        ledger.close(block.places, block.state)
    if not left:
        return []
    axes = jax.tree.leaves(bundles.lane_axes(blocks[0].state))
    parts = [_running(block.state, axes, lanes) for block, lanes in zip(blocks, running, strict=True)]
    leaves = [
        leaf[0] if axis < 0 else np.concatenate(leaf, axis)
        for axis, leaf in zip(axes, zip(*parts, strict=True), strict=True)
    ]
    places = np.concatenate([block.places[r] for block, r in zip(blocks, running, strict=True)])
    kinds, structure = jax.tree.map(_key_impl, jax.tree.leaves(blocks[0].state)), jax.tree.structure(blocks[0].state)
    fresh = []
    for first in range(0, left, program.lanes):
        inside = np.arange(first, min(first + program.lanes, left))
        index = np.pad(inside, (0, program.lanes - len(inside)), mode="edge")
        chosen = members.take(places[index])
        mine = [
            _on_device(leaf if axis < 0 else np.take(leaf, index, axis), kind)
            for leaf, axis, kind in zip(leaves, axes, kinds, strict=True)
        ]
        state = jax.tree.unflatten(structure, mine)
        fresh.append(Block(places[inside], state, hyper_of(chosen, program.spec), data_of(chosen, data), chosen.shape))
    return fresh


def _running(state: Any, axes: list[int], running: np.ndarray) -> list[np.ndarray]:
    """The leaves of a block's state on the host, of its running lanes alone."""
    lanes = np.flatnonzero(running)
    found = []
    for leaf, axis in zip(jax.tree.leaves(state), axes, strict=True):
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaf = jax.random.key_data(leaf)
        found.append(np.asarray(leaf) if axis < 0 else np.take(np.asarray(leaf), lanes, axis))
    return found


def _key_impl(leaf: jax.Array) -> str:
    """The generator of a leaf of random keys, "" for numbers."""
    return str(jax.random.key_impl(leaf)) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else ""


def _on_device(leaf: np.ndarray, impl: str) -> jax.Array:
    return jax.random.wrap_key_data(jnp.asarray(leaf), impl=impl) if impl else jnp.asarray(leaf)
