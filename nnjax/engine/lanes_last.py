"""Training with the networks on the last axis of every array: for narrow networks of several hidden layers.

A library's product of two small matrices costs more than its arithmetic. Here every sum of products is written out, and
each of its terms is an array [rows, neurons, lanes] whose last axis fills the vectors of the processor. The rows are
processed in groups, so that the activations of all layers stay in the cache.
"""

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp

from nnjax import batches, mlp, solvers, training
from nnjax.engine.layouts import Last
from nnjax.tasks import Data

# Rows whose activations are alive at a time (8 are no faster), and terms of a sum that one loop adds up.
ROWS, TERMS = 16, 16


def begin(keys: jax.Array, params: mlp.Params, hyper: Mapping[str, Any], spec: training.Spec) -> training.State:
    """The state of networks with these keys [lanes] and parameters [..., lanes] before the first step."""
    solver = solvers.build(spec.solver, hyper, spec.schedule)

    def first(leaf: jax.Array) -> Any:
        state = jax.vmap(solver.init)(_entries(leaf))
        # Whole numbers count steps, and all entries are at the same step.
        return jax.tree.map(lambda a: a[0] if jnp.issubdtype(a.dtype, jnp.integer) else a, state)

    zeros = jnp.zeros(len(keys), jnp.int32)
    states = tuple(first(leaf) for leaf in jax.tree.leaves(params))
    return training.State(Last(params), Last(states), keys, None, zeros + training.RAN, zeros)


def interval(
    state: training.State, hyper: Mapping[str, Any], data: Data, num_steps: Any, spec: training.Spec
) -> tuple[training.State, dict[str, jax.Array]]:
    """As `training.interval`, of many networks. The data are shared, [n, d], or each network's own, [lanes, n, d]."""
    params, solver_state = state.params.tree, state.solver_state.tree
    rows = _groups(data, spec)

    def step(i: jax.Array, carry: tuple) -> tuple:
        params, solver_state = carry
        return _step(params, solver_state, hyper, _gradient(params, rows, spec), spec)

    ahead, solver_state = jax.lax.fori_loop(0, num_steps, step, (params, solver_state))
    running = state.status == training.RAN
    params = jax.tree.map(lambda new, old: jnp.where(jnp.broadcast_to(running, new.shape), new, old), ahead, params)
    steps = jnp.where(running, state.steps + num_steps, state.steps)
    state = state._replace(params=Last(params), solver_state=Last(solver_state), steps=steps)
    # What is recorded is computed in the layout of matrices, as it is for other networks.
    plain = replace(spec, layout="matrices")

    @functools.partial(jax.vmap, in_axes=(0, 0, None if data.x.ndim == 2 else 0))
    def recorded(params: Any, status: jax.Array, data: Data) -> tuple[jax.Array, dict[str, jax.Array]]:
        one = training.State(params, None, status, None, status, status)
        one, found = training.judge(one, training.record(one, data, plain), plain)
        return one.status, found

    status, found = recorded(state.params.first(), state.status, data)
    return state._replace(status=status), found


def _step(params: Any, states: tuple, hyper: Mapping[str, Any], grads: Any, spec: training.Spec) -> tuple[Any, tuple]:
    """One step of an elementwise solver, leaf by leaf: inside `vmap` it sees one entry of all networks [lanes]."""
    solver = solvers.build(spec.solver, hyper, spec.schedule)
    leaves, structure = jax.tree.flatten(params)
    moved = []
    for leaf, state, grad in zip(leaves, states, jax.tree.leaves(grads), strict=True):
        axes = jax.tree.map(lambda a: 0 if a.ndim else None, state)

        @functools.partial(jax.vmap, in_axes=(0, axes, 0), out_axes=(0, axes))
        def one(entry: jax.Array, state: Any, grad: jax.Array) -> tuple[jax.Array, Any]:
            # The gradient of this sum is the gradient that is given.
            return solver.step(entry, state, lambda entry: jnp.sum(entry * grad))

        new, state = one(_entries(leaf), state, _entries(grad))
        moved.append((new.reshape(leaf.shape), state))
    return jax.tree.unflatten(structure, [new for new, _ in moved]), tuple(state for _, state in moved)


def _entries(leaf: jax.Array) -> jax.Array:
    """The entries of an array as rows: [n, lanes]."""
    return leaf.reshape(-1, leaf.shape[-1])


def _groups(data: Data, spec: training.Spec) -> tuple[Any, Any, Any]:
    """x [groups, rows, d, 1 or lanes], y likewise, and each row's share of the loss [groups, rows, 1 or lanes]."""
    shared = data.x.ndim == 2
    some = jax.tree.map(lambda a: a[..., None] if shared else jnp.moveaxis(a, 0, -1), data)
    weight = jnp.ones_like(some.y[:, 0]) if some.weight is None else some.weight.astype(some.y.dtype)
    total = jnp.sum(weight, axis=0, keepdims=True)
    share = weight / jnp.where(total > 0, total, 1)
    return batches.grouped((some.x, some.y, share), min(ROWS, len(some.x)))


def _gradient(params: mlp.Params, rows: tuple, spec: training.Spec) -> mlp.Params:
    """The gradient of every network's mean loss by its parameters [..., lanes]."""

    def loss(params: mlp.Params, some: tuple) -> jax.Array:
        x, y, share = some
        return jnp.sum(_losses(params, x, y, share, spec))

    first = jax.tree.map(lambda a: a[0], rows)
    if len(rows[0]) == 1:
        return jax.grad(loss)(params, first)

    def add(sums: mlp.Params, some: tuple) -> tuple[mlp.Params, None]:
        return jax.tree.map(jnp.add, sums, jax.grad(loss)(params, some)), None

    return jax.lax.scan(add, jax.tree.map(jnp.zeros_like, params), rows)[0]


def _losses(params: mlp.Params, x: jax.Array, y: jax.Array, share: jax.Array, spec: training.Spec) -> jax.Array:
    """Each row's part in the mean loss [rows, lanes] for x [rows, d, 1 or lanes], y [rows, k, 1 or lanes]."""
    lanes = params[0].b.shape[-1]
    h = x
    for w, b in params[:-1]:
        h = jax.lax.optimization_barrier(spec.activation(_sums(w, b, h)))
    z = _sums(*params[-1], h)
    y, share = (jnp.broadcast_to(a, (*a.shape[:-1], lanes)) for a in (y, share))

    @functools.partial(jax.vmap, in_axes=(-1, -1), out_axes=-1)
    @jax.vmap
    def loss(z: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.asarray(spec.loss(spec.output_activation(z), y), y.dtype)

    return loss(z, y) * share


@jax.custom_vjp
def _sums(w: jax.Array, b: jax.Array, h: jax.Array) -> jax.Array:
    """Pre-activations [rows, fan_out, lanes] for w [fan_in, fan_out, lanes], b [fan_out, lanes] and h [rows, fan_in, 1
    or lanes].
    """
    return _added(lambda i: h[:, i, None, :] * w[i, None], len(w), b[None])


def _forward(w: jax.Array, b: jax.Array, h: jax.Array) -> tuple[jax.Array, tuple]:
    return _sums(w, b, h), (w, h)


def _backward(kept: tuple, dz: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    w, h = kept
    dz = jax.lax.optimization_barrier(dz)
    dw = _added(lambda r: h[r, :, None, :] * dz[r, None], len(dz))
    db = _added(lambda r: dz[r], len(dz))
    dh = _added(lambda o: dz[:, o, None, :] * w[None, :, o], w.shape[1])
    if h.shape[-1] != dh.shape[-1]:  # the inputs of all networks, of which nobody wants the gradient
        dh = jnp.zeros_like(h)
    return dw, db, dh


_sums.defvjp(_forward, _backward)


def _added(term: Callable[[int], jax.Array], count: int, total: Any = None) -> jax.Array:
    """The sum of so many terms, in loops of TERMS each: the compiler would make one loop of them all."""
    for first in range(0, count, TERMS):
        some = functools.reduce(operator.add, (term(i) for i in range(first, min(first + TERMS, count))))
        total = some if total is None else total + some
        if first + TERMS < count:
            total = jax.lax.optimization_barrier(total)
    return total
