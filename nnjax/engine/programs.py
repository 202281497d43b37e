"""The compiled functions that train blocks of networks.

`draw` makes the initial parameters, `begin` the state before the first step, and `advance` runs a fixed number of
intervals, each of a traced number of steps, and records after each. One call trains several blocks, one after the
other, so that Python is not between them. They are cached between sweeps, and all numbers are traced: a new learning
rate, number of steps or number of blocks compiles nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from nnjax import activations, losses, machine, solvers, training
from nnjax.engine import draws, identity, lanes_last, padding
from nnjax.engine.identity import Traces
from nnjax.machine import Options
from nnjax.solvers import by_name
from nnjax.tasks import Data

# The most programs of each kind that are cached. On a CPU the code of a program takes 150 memory mappings, of which
# Linux allows a process 65,530: with 430 programs LLVM could not allocate memory for another.
PROGRAMS_KEPT = 128


class Functions(NamedTuple):
    """The functions that train blocks of `lanes` networks, in the order in which they are called.

    draw(seeds [n], hyper, widths) -> params, NumPy arrays if `draws` draws them; `widths` [n, depth] are those of
    padded networks, or None. Parameters have the networks on the first axis; in the layout of lanes, on the last.
    The other two take arrays with an axis of `blocks` in front, such as seeds [blocks, lanes]:
    begin(seeds, params, hyper, data) -> state; advance(state, hyper, data, shape, start, intervals [r], count) ->
    state, records [blocks, r, lanes, ...], of which the first `count` blocks are trained.
    """

    draw: Callable
    begin: Callable
    advance: Callable


def functions(spec: training.Spec, shared: bool, options: Options, traces: Traces = ()) -> Functions:
    """The compiled functions of a training run; `shared` tells whether all lanes train on the same data.

    Each is cached under only those parts of the specification that it depends on, so that two laws of initial weights
    share `advance`, and two solvers share `draw`. `traces` identify the user's own functions: if one of them computes
    something else than before, such as after a change of a global variable, another program is compiled.
    """
    return _functions(spec, shared, options, traces, machine.platform())


@identity.kept(PROGRAMS_KEPT)
def _functions(spec: training.Spec, shared: bool, options: Options, traces: Traces, backend: str) -> Functions:
    # `begin` makes mostly zeros: it is compiled at level 0, which is the fastest to compile. `draw` is not, because
    # drawing at level 0 takes as long as hundreds of steps.
    once = tuple((name, 0 if name == machine.OPTIMIZATION_LEVEL else value) for name, value in options)
    timeless = replace(spec, num_steps=1, record_every=None)
    weightless = replace(timeless, init="", bias_init="")
    plain: dict[str, Any] = {"activation": activations.identity, "output_activation": activations.identity}
    plain |= {"loss": losses.squared_error, "decision": None, "measure": (), "judged_rows": None}
    plain |= {"early_stop": None, "patience": None}
    unsolved = {"solver": solvers.get("sgd"), "schedule": "constant", "decay_biases": True}
    unsolved |= {"batch_size": None, "order": "shuffled"}
    drawing = tuple(pair for pair in traces if pair[0].startswith(("model", "init=", "bias_init=")))
    traces = tuple(pair for pair in traces if not pair[0].startswith(("model.init", "init=", "bias_init=")))
    return Functions(
        _draw(replace(timeless, **plain, **unsolved), drawing, options, backend, draws.by_entry(spec)),
        _begin(replace(weightless, **plain), traces, shared, once, backend),
        _advance(weightless, traces, shared, options, backend),
    )


@identity.kept(PROGRAMS_KEPT)
def _draw(spec: training.Spec, traces: Traces, options: Options, backend: str, by_entry: bool) -> Callable:
    if by_entry:
        return partial(draws.draw, spec=spec, options=options)
    matrices = replace(spec, layout="matrices")

    def draw(seeds: jax.Array, hyper: Mapping[str, jax.Array], widths: None) -> Any:
        params = jax.vmap(lambda key, hyper: training.draw(key, hyper, matrices))(_keys(seeds), hyper)
        return jax.tree.map(lambda a: jnp.moveaxis(a, 0, -1), params) if spec.layout != "matrices" else params

    return _kept_for(traces, jax.jit(draw, compiler_options=dict(options)))


def _keys(seeds: jax.Array) -> jax.Array:
    """The random key of each network. The generator is named, because nesting of networks depends on how it splits
    keys, and because JAX's default generator is a setting of each thread.
    """
    return jax.vmap(lambda seed: jax.random.key(seed, impl="threefry2x32"))(seeds)


@identity.kept(PROGRAMS_KEPT)
def _begin(spec: training.Spec, traces: Traces, shared: bool, options: Options, backend: str) -> Callable:
    def block(seeds: jax.Array, params: Any, hyper: Mapping[str, jax.Array], data: Data) -> training.State:
        if spec.layout == "lanes":
            return lanes_last.begin(_keys(seeds), params, hyper, data, spec)
        axes = (0, 0, 0, None if shared else 0)
        state = jax.vmap(partial(training.begin, spec=spec), in_axes=axes)(_keys(seeds), params, hyper, data)
        if spec.solver in by_name.ELEMENTWISE:
            # The integers in their states count steps, and all lanes are at the same step.
            once = jax.tree.map(lambda a: a[0] if jnp.issubdtype(a.dtype, jnp.integer) else a, state.solver_state)
            state = state._replace(solver_state=once)
        return state

    begin = jax.vmap(block, in_axes=(0, 0, 0, None if shared else 0))
    return _kept_for(traces, jax.jit(begin, compiler_options=dict(options)))


@identity.kept(PROGRAMS_KEPT)
def _advance(spec: training.Spec, traces: Traces, shared: bool, options: Options, backend: str) -> Callable:
    def interval(state: Any, hyper: Any, data: Data, shape: padding.Shape, t: Any, num_steps: Any) -> tuple[Any, Any]:
        if spec.layout == "lanes":
            return lanes_last.interval(state, hyper, data, shape, t, num_steps, spec)
        axes = jax.tree.map(lambda a: 0 if a.ndim else None, state)
        one = jax.vmap(
            lambda state, hyper, data, shape: training.interval(
                state, hyper, data, t, num_steps, padding.bind(spec, shape)
            ),
            in_axes=(axes, 0, None if shared else 0, padding.Shape(0, None)),
            out_axes=(axes, 0),
        )
        return one(state, hyper, data, shape)

    @jax.jit  # so that it is traced once, though it is used twice
    def block(state: Any, hyper: Any, data: Data, shape: padding.Shape, start: Any, intervals: Any) -> tuple[Any, Any]:
        def body(carry: tuple, num_steps: jax.Array) -> tuple[tuple, Any]:
            state, t = carry
            state, recorded = interval(state, hyper, data, shape, t, num_steps)
            return (state, t + num_steps), recorded

        (state, _), records = jax.lax.scan(body, (state, start), intervals)
        return state, records

    def advance(
        states: Any,
        hyper: Mapping[str, jax.Array],
        data: Data,
        shape: padding.Shape,
        start: Any,
        intervals: jax.Array,
        count: Any,
    ) -> Any:
        def at(i: Any, tree: Any) -> Any:
            return jax.tree.map(lambda a: jax.lax.dynamic_index_in_dim(a, i, keepdims=False), tree)

        def trained(i: Any, states: Any) -> tuple[Any, Any]:
            mine = data if shared else at(i, data)
            return block(at(i, states), at(i, hyper), mine, at(i, shape), start, intervals)

        def one(i: jax.Array, carry: tuple) -> tuple:
            return jax.tree.map(lambda all_, new: all_.at[i].set(new), carry, trained(i, carry[0]))

        _, shapes = jax.eval_shape(trained, 0, states)
        blocks = len(jax.tree.leaves(states)[0])
        records = jax.tree.map(lambda a: jnp.zeros((blocks, *a.shape), a.dtype), shapes)
        return jax.lax.fori_loop(0, count, one, (states, records))

    return _kept_for(traces, jax.jit(advance, donate_argnums=0, compiler_options=dict(options)))


def _kept_for(traces: Traces, f: Callable) -> Callable:
    """The function, traced and compiled for these traces alone; the function itself if there are no traces."""
    if not traces:
        return f

    def call(*args: Any) -> Any:
        with identity.under(traces):
            return f(*args)

    return call
