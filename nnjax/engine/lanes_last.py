"""Training with the networks on the last axis of every array: for narrow networks.

A library call for the product of two small matrices takes longer than its arithmetic. Here every sum of products is
written out. Each of its terms is an array [rows, neurons, lanes], whose last axis fills the vectors of the processor.
The rows are processed in groups, so that the activations of all layers stay in the cache.
"""

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp

from nnjax import batches, losses, mlp, solvers, training
from nnjax.engine import cost, padding
from nnjax.engine.layouts import Last
from nnjax.tasks import Data

# The most terms of a sum that one loop adds up.
TERMS = 16
# How many networks are measured together.
MEASURED = 16


def begin(
    keys: jax.Array, params: mlp.Params, hyper: Mapping[str, Any], data: Data, spec: training.Spec
) -> training.State:
    """The state of networks with these keys [lanes] and parameters [..., lanes] before the first step."""
    solver = _solver(hyper, spec)

    def first(leaf: jax.Array) -> Any:
        state = jax.vmap(solver.init)(_entries(leaf))
        # Integers count steps, and all entries are at the same step.
        return jax.tree.map(lambda a: a[0] if jnp.issubdtype(a.dtype, jnp.integer) else a, state)

    order_keys, permutations = jax.vmap(lambda key: training.first_order(key, data.x.shape[-2], spec))(keys)
    zeros = jnp.zeros(len(keys), jnp.int32)
    states = tuple(first(leaf) for leaf in jax.tree.leaves(params))
    return training.State(Last(params), Last(states), order_keys, permutations, zeros + training.RAN, zeros)


def interval(
    state: training.State,
    hyper: Mapping[str, Any],
    data: Data,
    shape: padding.Shape,
    t: Any,
    num_steps: Any,
    spec: training.Spec,
) -> tuple[training.State, dict[str, jax.Array]]:
    """What `training.interval` does, for many networks, padded if `shape` says so. The data are shared, [n, d], or each
    network's own, [lanes, n, d].
    """
    whole = _batch(state, data, t, spec)[1] if spec.batch_size is None else None

    def step(i: jax.Array, carry: tuple) -> tuple:
        params, solver_state, permutation = carry
        rows = whole
        if rows is None:
            permutation, rows = _batch(state._replace(permutation=permutation), data, t + i, spec)
        grads = _clipped(training.masked(_gradient(params, rows, spec, shape), mask), hyper)
        params, solver_state = _step(params, solver_state, hyper, grads, spec)
        return training.masked(params, mask), solver_state, permutation

    params, mask = state.params.tree, None if state.mask is None else state.mask.tree
    before = (params, state.solver_state.tree, state.permutation)
    ahead, solver_state, permutation = jax.lax.fori_loop(0, num_steps, step, before)
    running = state.status == training.RAN
    params = jax.tree.map(lambda new, old: jnp.where(jnp.broadcast_to(running, new.shape), new, old), ahead, params)
    steps = jnp.where(running, state.steps + num_steps, state.steps)
    state = state._replace(params=Last(params), solver_state=Last(solver_state), permutation=permutation, steps=steps)
    recorded = _record(params, data, shape, spec) | _measures(state, data, spec)
    best = None if state.best is None else state.best._replace(params=state.best.params.tree)
    unused = dict.fromkeys(("solver_state", "order_key", "permutation", "mask", "start"))
    axes = state._replace(**unused, params=-1, status=0, steps=0, best=best and training.Best(-1, 0, 0, 0))
    thresholds = {name: hyper[name] for name in ("early_stop",) if name in hyper}

    @functools.partial(jax.vmap, in_axes=(axes, 0, 0), out_axes=(0, axes.best, 0))
    def judged(state: training.State, recorded: dict, thresholds: dict) -> tuple[jax.Array, Any, dict[str, jax.Array]]:
        one, found = training.judge(state, recorded, spec, thresholds)
        return one.status, one.best, found

    status, best, recorded = judged(state._replace(**unused, params=params, best=best), recorded, thresholds)
    return state._replace(status=status, best=best and best._replace(params=Last(best.params))), recorded


def _record(params: mlp.Params, data: Data, shape: padding.Shape, spec: training.Spec) -> dict[str, jax.Array]:
    """The losses and accuracies of all networks [lanes], as in `training.record`."""
    rows = jax.tree.map(lambda a: a[..., None] if data.x.ndim == 2 else jnp.moveaxis(a, 0, -1), data)
    some = slice(spec.judged_rows)
    weight = None if rows.weight is None else rows.weight[some]
    out = {}
    out["train_loss"], accuracy = _scores(params, rows.x[some], rows.y[some], weight, shape, spec)
    if rows.x_test is not None:
        out["test_loss"], accuracy = _scores(params, rows.x_test, rows.y_test, None, shape, spec)
    found: dict[str, Any] = {"accuracy": accuracy}
    if rows.x_valid is not None:
        out["valid_loss"], found["valid_accuracy"] = _scores(params, rows.x_valid, rows.y_valid, None, shape, spec)
    return out if accuracy is None else out | found


def _scores(
    params: mlp.Params, x: jax.Array, y: jax.Array, weight: Any, shape: padding.Shape, spec: training.Spec
) -> tuple[jax.Array, jax.Array | None]:
    """The mean loss of every network [lanes] on some rows, and its accuracy, which is None without a decision.

    The rows are x [n, d, 1 or lanes], and y and weight likewise.
    """
    lanes, decision = params[0].b.shape[-1], spec.decision

    def right(z: jax.Array, y: jax.Array) -> jax.Array:
        return losses.correct(spec.output_activation(z), y, spec.loss, decision or 0.0).astype(y.dtype)

    def add(sums: tuple, some: tuple) -> tuple[tuple, None]:
        x, y, weight = some
        z, y = _outputs(params, x, shape, spec), jnp.broadcast_to(y, (*y.shape[:-1], lanes))
        values = _losses(z, y, spec), None if decision is None else _each(right)(z, y)
        # Rows that pad a group have weight 0, and may have an infinite loss.
        values = jax.tree.map(lambda value: jnp.where(weight > 0, value * weight, 0), values)
        # Rows are added one by one, so that no bit depends on the number of lanes.
        return jax.tree.map(lambda value, total: _added(lambda i: value[i], len(x), total), values, sums), None

    weight = jnp.ones_like(y[:, 0]) if weight is None else weight.astype(y.dtype)
    total = jnp.sum(weight, axis=0)
    zero = jnp.zeros(lanes, y.dtype)
    sums, _ = jax.lax.scan(add, (zero, None if decision is None else zero), _groups(x, y, weight))
    return jax.tree.map(lambda sum_: sum_ / jnp.where(total > 0, total, 1), sums)


def _measures(state: training.State, data: Data, spec: training.Spec) -> dict[str, jax.Array]:
    """The measures of all networks [lanes, ...], of MEASURED networks at a time, so that no bit depends on the number
    of lanes. Networks with measures are never padded.
    """
    if not spec.measure:
        return {}
    plain = replace(spec, layout="matrices")
    shared = data.x.ndim == 2
    params, start = state.params.first(), None if state.start is None else state.start.first()

    empty = {}  # shape and dtype of measures of no numbers, which JAX's map in batches cannot return

    def one(network: tuple) -> dict[str, jax.Array]:
        params, own, start = network
        found = {name: training.measured(params, data if shared else own, f, plain, start) for name, f in spec.measure}
        empty.update({name: (jnp.shape(v), jnp.result_type(v)) for name, v in found.items() if not jnp.size(v)})
        return {name: value for name, value in found.items() if name not in empty}

    found = jax.lax.map(one, (params, None if shared else data, start), batch_size=MEASURED)
    lanes = len(jax.tree.leaves(params)[0])
    return found | {name: jnp.zeros((lanes, *shape), dtype) for name, (shape, dtype) in empty.items()}


def _step(params: Any, states: tuple, hyper: Mapping[str, Any], grads: Any, spec: training.Spec) -> tuple[Any, tuple]:
    """One step of an elementwise solver, leaf by leaf; in `vmap` the solver sees one entry of all networks [lanes]."""
    solver = _solver(hyper, spec)
    leaves, structure = jax.tree.flatten(params)
    moved = []
    for leaf, state, grad in zip(leaves, states, jax.tree.leaves(grads), strict=True):
        axes = jax.tree.map(lambda a: 0 if a.ndim else None, state)

        @functools.partial(jax.vmap, in_axes=(0, axes, 0), out_axes=(0, axes))
        def one(entry: jax.Array, state: Any, grad: jax.Array) -> tuple[jax.Array, Any]:
            # The gradient of this sum is `grad`.
            return solver.step(entry, state, lambda entry: jnp.sum(entry * grad))

        new, state = one(_entries(leaf), state, _entries(grad))
        moved.append((new.reshape(leaf.shape), state))
    return jax.tree.unflatten(structure, [new for new, _ in moved]), tuple(state for _, state in moved)


def _entries(leaf: jax.Array) -> jax.Array:
    """The entries of an array as rows: [n, lanes]."""
    return leaf.reshape(-1, leaf.shape[-1])


def _batch(state: training.State, data: Data, t: Any, spec: training.Spec) -> tuple[Any, tuple]:
    """The order of the rows at step t [lanes, n], and the rows of that step in groups."""
    if data.x.ndim == 2 and (spec.batch_size is None or spec.order == "sequential"):  # the same rows for all
        one = state._replace(order_key=state.order_key[0], permutation=None)
        some = jax.tree.map(lambda a: a[..., None], training.batch(one, data, t, spec)[1])
        return state.permutation, _in_shares(*some)

    @functools.partial(jax.vmap, in_axes=(0, 0, None if data.x.ndim == 2 else 0), out_axes=(0, -1))
    def own(order_key: jax.Array, permutation: Any, data: Data) -> tuple[Any, tuple]:
        return training.batch(state._replace(order_key=order_key, permutation=permutation), data, t, spec)

    permutation, some = own(state.order_key, state.permutation, data)
    return permutation, _in_shares(*some)


def _in_shares(
    x: jax.Array, y: jax.Array, weight: jax.Array | None, total: jax.Array | None = None
) -> tuple[Any, Any, Any]:
    """Rows in groups, with each one's share of the loss in place of its weight."""
    weight = jnp.ones_like(y[:, 0]) if weight is None else weight.astype(y.dtype)
    total = jnp.sum(weight, axis=0, keepdims=True) if total is None else total[None].astype(y.dtype)
    return _groups(x, y, weight / jnp.where(total > 0, total, 1))


def _groups(x: jax.Array, y: jax.Array, weight: jax.Array) -> tuple[Any, Any, Any]:
    """Rows x [n, d, 1 or lanes], y and weight likewise, as [groups, rows, ...]."""
    groups = -(-len(x) // cost.LANES_ROWS)
    return batches.grouped((x, y, weight), -(-len(x) // groups))


def _clipped(grads: mlp.Params, hyper: Mapping[str, Any]) -> mlp.Params:
    """The gradients [..., lanes], clipped as `solvers.build` does, for each network by its own norm."""
    last = functools.partial(jax.vmap, in_axes=-1, out_axes=-1)
    if "clip_value" in hyper:
        most = hyper["clip_value"]
        grads = jax.tree.map(lambda grad: last(lambda grad, most: jnp.clip(grad, -most, most))(grad, most), grads)
    if "clip_norm" in hyper:
        most = hyper["clip_norm"]
        entries = [entry for grad in jax.tree.leaves(grads) for entry in _entries(grad)]
        norm = jnp.sqrt(_added(lambda i: entries[i] ** 2, len(entries)))

        @last
        def scaled(grad: jax.Array, norm: jax.Array, most: jax.Array) -> jax.Array:
            return jnp.where(norm < most, grad, grad / norm * most)

        grads = jax.tree.map(lambda grad: scaled(grad, norm, most), grads)
    return grads


def _solver(hyper: Mapping[str, Any], spec: training.Spec) -> solvers.Solver:
    """The solver of a single entry, whose gradient is clipped already."""
    hyper = {name: value for name, value in hyper.items() if name not in ("clip_value", "clip_norm")}
    return solvers.build(spec.solver, hyper, spec.schedule)


def _gradient(
    params: mlp.Params, rows: tuple, spec: training.Spec, shape: padding.Shape = padding.UNPADDED
) -> mlp.Params:
    """The gradient of every network's mean loss with respect to its parameters [..., lanes]."""

    def loss(params: mlp.Params, some: tuple) -> jax.Array:
        x, y, share = some
        z = _outputs(params, x, shape, spec)
        y, share = (jnp.broadcast_to(a, (*a.shape[:-1], z.shape[-1])) for a in (y, share))
        return jnp.sum(_losses(z, y, spec) * share)

    first = jax.tree.map(lambda a: a[0], rows)
    if len(rows[0]) == 1:
        return jax.grad(loss)(params, first)

    def add(sums: mlp.Params, some: tuple) -> tuple[mlp.Params, None]:
        return jax.tree.map(jnp.add, sums, jax.grad(loss)(params, some)), None

    return jax.lax.scan(add, jax.tree.map(jnp.zeros_like, params), rows)[0]


def _outputs(params: mlp.Params, x: jax.Array, shape: padding.Shape, spec: training.Spec) -> jax.Array:
    """Pre-activations of the outputs [rows, k, lanes] for x [rows, d, 1 or lanes]."""
    h = x
    for i, layer in enumerate(params[:-1]):
        widths = None if shape.widths is None else shape.widths[:, i]
        hidden = functools.partial(_hidden, layer, widths, spec.activation)
        h = hidden(h) if i == 0 or shape.depth is None else jax.lax.cond(i < shape.depth, hidden, lambda h: h, h)
    return _sums(*params[-1], h)


def _losses(z: jax.Array, y: jax.Array, spec: training.Spec) -> jax.Array:
    """Each row's loss [rows, lanes] for z and y [rows, k, lanes]."""
    if spec.loss is losses.softmax_cross_entropy:
        return _cross_entropy(_each(spec.output_activation)(z), y)

    def loss(z: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.asarray(spec.loss(spec.output_activation(z), y), y.dtype)

    return _each(loss)(z, y)


def _hidden(layer: mlp.Layer, widths: jax.Array | None, activation: Callable, h: jax.Array) -> jax.Array:
    """Outputs [rows, neurons, lanes] of a hidden layer; 0 for all but the first `widths` [lanes] neurons, if given."""
    z = _sums(*layer, h)
    if widths is None:
        return jax.lax.optimization_barrier(activation(z))
    there = (jnp.arange(len(layer.b))[:, None] < widths[None])[None]
    return jax.lax.optimization_barrier(jnp.where(there, activation(jnp.where(there, z, 0)), 0))


def _each(f: Callable) -> Callable:
    """Map a function of one row of one network over arrays [rows, ..., lanes]."""
    return jax.vmap(jax.vmap(f), in_axes=-1, out_axes=-1)


@jax.custom_vjp
def _cross_entropy(z: jax.Array, y: jax.Array) -> jax.Array:
    """`losses.softmax_cross_entropy` [rows, lanes] of z and y [rows, k, lanes]. The derivative of Optax's formula sums
    over classes along another axis, which takes eight times as long.
    """
    return _softmax(z, y)[0]


def _softmax(z: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The cross-entropy [rows, lanes] and its derivative with respect to z [rows, k, lanes]."""
    z = jax.lax.optimization_barrier(z)
    highest = functools.reduce(jnp.maximum, (z[:, i] for i in range(z.shape[1])))
    powers = jnp.exp(z - highest[:, None])
    total, share = (_added(lambda i, a=a: a[:, i], z.shape[1]) for a in (powers, y))
    logarithm = jnp.log(total) + highest
    loss = _added(lambda i: y[:, i] * (logarithm - z[:, i]), z.shape[1])
    return loss, powers / total[:, None] * share[:, None] - y


_cross_entropy.defvjp(_softmax, lambda by_z, factor: (factor[:, None] * by_z, None))


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
    if h.shape[-1] != dh.shape[-1]:  # the inputs shared by all networks, whose gradient is not needed
        dh = jnp.zeros_like(h)
    return dw, db, dh


_sums.defvjp(_forward, _backward)


def _added(term: Callable[[int], jax.Array], count: int, total: Any = None) -> jax.Array:
    """The sum of `count` terms, in loops of TERMS each; without the barriers the compiler would make a single loop."""
    for first in range(0, count, TERMS):
        some = functools.reduce(operator.add, (term(i) for i in range(first, min(first + TERMS, count))))
        total = some if total is None else total + some
        if first + TERMS < count:
            total = jax.lax.optimization_barrier(total)
    return total
