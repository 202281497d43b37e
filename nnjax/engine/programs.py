"""The compiled functions that train blocks of networks.

`draw` makes the initial parameters. Then `whole` trains many blocks to their end in one call, one block after the other
without Python in between. Where the host must look at a block on the way, `begin` makes its state before the first
step. Then `advance` runs a fixed number of intervals, each of a traced number of steps, and records after each.

They are cached between sweeps, and all numbers are traced: a new learning rate, number of steps or number of blocks
compiles nothing.
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
    """The functions that train a block of `lanes` networks, in the order in which they are called.

    draw(seeds, hyper, widths) -> params, NumPy arrays if `draws` draws them; begin(seeds, params, hyper, data) ->
    state; advance(state, hyper, data, shape, start, intervals [r]) -> state, records [r, lanes, ...].
    `widths` [lanes, depth] are those of padded networks, or None. Parameters have the lanes on the first axis; in the
    layout of lanes, on the last.

    whole(seeds, params, hyper, data, shape, intervals [r], count) -> Ends trains the first `count` blocks. It takes
    arrays with an axis of blocks in front, but for data that all share.
    """

    draw: Callable
    begin: Callable
    advance: Callable
    whole: Callable


class Ends(NamedTuple):
    """What becomes of the networks of some blocks.

    Their parameters are in the layout of the program, with an axis of blocks in front. `status` and `steps` are
    [blocks, lanes]. `records` are arrays [blocks, r, lanes, ...] by name.
    """

    params: Any
    status: jax.Array
    steps: jax.Array
    records: dict[str, jax.Array]


def functions(spec: training.Spec, shared: bool, options: Options, traces: Traces = ()) -> Functions:
    """The compiled functions of a training run; `shared` tells whether all lanes train on the same data.

    Each is cached under only those parts of the specification that it depends on. So two laws of initial weights share
    `advance`, and two solvers share `draw`. `traces` identify the user's own functions: if one of them computes
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
        _whole(weightless, traces, shared, options, backend),
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
    return _kept_for(traces, jax.jit(partial(_begun, spec=spec, shared=shared), compiler_options=dict(options)))


def _begun(seeds: jax.Array, params: Any, hyper: Mapping, data: Data, *, spec: training.Spec, shared: bool) -> Any:
    """The state of a block before its first step."""
    if spec.layout == "lanes":
        return lanes_last.begin(_keys(seeds), params, hyper, data, spec)
    axes = (0, 0, 0, None if shared else 0)
    state = jax.vmap(partial(training.begin, spec=spec), in_axes=axes)(_keys(seeds), params, hyper, data)
    if spec.solver in by_name.ELEMENTWISE:
        # The integers in their states count steps, and all lanes are at the same step.
        once = jax.tree.map(lambda a: a[0] if jnp.issubdtype(a.dtype, jnp.integer) else a, state.solver_state)
        state = state._replace(solver_state=once)
    return state


@identity.kept(PROGRAMS_KEPT)
def _advance(spec: training.Spec, traces: Traces, shared: bool, options: Options, backend: str) -> Callable:
    advance = partial(_advanced, spec=spec, shared=shared)
    return _kept_for(traces, jax.jit(advance, donate_argnums=0, compiler_options=dict(options)))


def _advanced(
    state: Any,
    hyper: Mapping[str, jax.Array],
    data: Data,
    shape: padding.Shape,
    start: Any,
    intervals: jax.Array,
    *,
    spec: training.Spec,
    shared: bool,
) -> tuple[Any, dict[str, jax.Array]]:
    """The state of a block after some intervals, and the records after each."""

    def body(carry: tuple, num_steps: jax.Array) -> tuple[tuple, Any]:
        state, t = carry
        if spec.layout == "lanes":
            state, recorded = lanes_last.interval(state, hyper, data, shape, t, num_steps, spec)
            return (state, t + num_steps), recorded
        axes = jax.tree.map(lambda a: 0 if a.ndim else None, state)
        one = jax.vmap(
            lambda state, hyper, data, shape: training.interval(
                state, hyper, data, t, num_steps, padding.bind(spec, shape)
            ),
            in_axes=(axes, 0, None if shared else 0, padding.Shape(0, None)),
            out_axes=(axes, 0),
        )
        state, recorded = one(state, hyper, data, shape)
        return (state, t + num_steps), recorded

    (state, _), records = jax.lax.scan(body, (state, start), intervals)
    return state, records


@identity.kept(PROGRAMS_KEPT)
def _whole(spec: training.Spec, traces: Traces, shared: bool, options: Options, backend: str) -> Callable:
    def block(seeds: Any, params: Any, hyper: Any, data: Data, shape: padding.Shape, intervals: Any) -> Ends:
        state = _begun(seeds, params, hyper, data, spec=spec, shared=shared)
        if training.takes(spec, "start"):
            state = state._replace(start=state.params)
        state, records = _advanced(state, hyper, data, shape, jnp.int32(0), intervals, spec=spec, shared=shared)
        return Ends(state.params, state.status, state.steps, records)

    @partial(jax.jit, compiler_options=dict(options))
    def whole(
        seeds: jax.Array, params: Any, hyper: Any, data: Data, shape: padding.Shape, intervals: jax.Array, count: Any
    ) -> Ends:
        traced = jax.jit(block)  # so that it is traced once, though it is called twice

        def trained(i: Any) -> Ends:
            own = (seeds, params, hyper, None if shared else data, shape)
            mine = jax.tree.map(lambda a: jax.lax.dynamic_index_in_dim(a, i, keepdims=False), own)
            return traced(*mine[:3], data if shared else mine[3], mine[4], intervals)

        one = jax.eval_shape(trained, 0)
        blank = jax.tree.map(lambda a: jnp.zeros((len(seeds), *a.shape), a.dtype), one)

        def add(i: jax.Array, ends: Ends) -> Ends:
            return jax.tree.map(lambda all_, new: all_.at[i].set(new), ends, trained(i))

        return jax.lax.fori_loop(0, count, add, blank)

    return _kept_for(traces, whole)


def _kept_for(traces: Traces, f: Callable) -> Callable:
    """The function, traced and compiled for these traces alone; the function itself if there are no traces."""
    if not traces:
        return f

    def call(*args: Any) -> Any:
        with identity.under(traces):
            return f(*args)

    return call
