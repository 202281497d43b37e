"""Training the blocks of a plan, one after the other, on one worker.

Three compiled functions train a block: `draw` makes the first parameters, `begin` the solver's state, and
`advance` runs a fixed number of intervals, each of a traced number of steps, and records after each. They are
kept between sweeps, and everything numeric is traced: a new learning rate or number of steps compiles nothing.
Between two calls of `advance` the host shows progress and leaves a block whose networks have all ended.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import activations, losses, solvers, training
from nnjax.engine.planning import Plan, Program
from nnjax.engine.settings import Settings
from nnjax.tasks import Data

# Halves the compile time of these programs on a CPU at the same speed (level 0 is many times slower to run).
CPU_COMPILER_OPTIONS = {"xla_backend_optimization_level": 1}
PROGRAMS_KEPT = 512


class Members(NamedTuple):
    """The networks of one block: seeds [lanes], the number of each one's task [lanes], numbers by name [lanes]."""

    seeds: np.ndarray
    tasks: np.ndarray
    hyper: dict[str, np.ndarray]


class Block(NamedTuple):
    """A trained block: every record [lanes, r, ...] by name, `status` and `steps` [lanes], the parameters."""

    records: dict[str, np.ndarray]
    status: np.ndarray
    steps: np.ndarray
    params: Any


def compiler_options() -> dict[str, Any]:
    """The options that every program is compiled with on this backend."""
    return CPU_COMPILER_OPTIONS if jax.default_backend() == "cpu" else {}


@lru_cache(PROGRAMS_KEPT)
def _draw(spec: training.Spec, backend: str) -> Callable:
    def draw(seeds: jax.Array, hyper: Mapping[str, jax.Array]) -> tuple[jax.Array, Any]:
        keys = jax.vmap(jax.random.key)(seeds)
        return keys, jax.vmap(lambda key, hyper: training.draw(key, hyper, spec))(keys, hyper)

    return jax.jit(draw, compiler_options=compiler_options())


@lru_cache(PROGRAMS_KEPT)
def _begin(spec: training.Spec, shared: bool, backend: str) -> Callable:
    begin = jax.vmap(partial(training.begin, spec=spec), in_axes=(0, 0, 0, None if shared else 0))
    return jax.jit(begin, compiler_options=compiler_options())


@lru_cache(PROGRAMS_KEPT)
def _advance(spec: training.Spec, shared: bool, backend: str) -> Callable:
    def advance(state: Any, hyper: Mapping[str, jax.Array], data: Data, start: Any, intervals: jax.Array) -> Any:
        def body(carry: tuple, num_steps: jax.Array) -> tuple[tuple, Any]:
            state, t = carry
            one = jax.vmap(
                lambda state, hyper, data: training.interval(state, hyper, data, t, num_steps, spec),
                in_axes=(0, 0, None if shared else 0),
            )
            state, recorded = one(state, hyper, data)
            return (state, t + num_steps), recorded

        (state, _), records = jax.lax.scan(body, (state, start), intervals)
        return state, records

    return jax.jit(advance, donate_argnums=0, compiler_options=compiler_options())


def programs_for(spec: training.Spec, shared: bool) -> tuple[Callable, Callable, Callable]:
    """The compiled functions draw, begin and advance of this training run.

    Each is found by those parts of the specification alone that it depends on, so that two laws of the first
    weights share `advance`, and two solvers share `draw`.
    """
    backend = jax.default_backend()
    timeless = replace(spec, num_steps=1, record_every=None)
    weightless = replace(timeless, init="", bias_init="")
    plain: dict[str, Any] = {"activation": activations.identity, "output_activation": activations.identity}
    plain |= {"loss": losses.squared_error, "decision": None, "measure": (), "early_stop": None}
    drawn = replace(timeless, **plain, solver=solvers.SOLVERS["sgd"], schedule="constant", batch_size=None)
    return (
        _draw(replace(drawn, order="shuffled"), backend),
        _begin(replace(weightless, **plain), shared, backend),
        _advance(weightless, shared, backend),
    )


def train_block(
    program: Program, members: Members, data: Data, on_call: Callable[[float], None] = lambda part: None
) -> Block:
    """Train one block to its end.

    Args:
        program: what to train, on how many lanes.
        members: exactly `program.lanes` networks.
        data: shared by all lanes, or with a leading axis of tasks [t, n, d] from which each lane takes its own.
        on_call: told after every call which part of the block's steps it ran; 1 in all.
    """
    spec, dtype = program.spec, jnp.dtype(program.spec.dtype)
    shared = data.x.ndim == 2
    draw, begin, advance = programs_for(spec, shared)
    if not shared:
        data = jax.tree.map(lambda a: a[members.tasks], data)
    hyper = {name: jnp.asarray(values, dtype) for name, values in members.hyper.items()}
    if spec.schedule != "constant" or "warmup_steps" in hyper:
        hyper.setdefault("schedule_steps", jnp.full(program.lanes, spec.num_steps, dtype))
    keys, params = draw(jnp.asarray(members.seeds, jnp.uint32), hyper)
    state = begin(keys, params, hyper, data)
    intervals, start, calls = program.intervals(), 0, []
    for call in intervals:
        state, records = advance(state, hyper, data, jnp.int32(start), jnp.asarray(call))
        calls.append(jax.device_get(records))
        start += int(call.sum())
        on_call(float(call.sum()) / spec.num_steps)
        if not np.any(np.asarray(state.status) == training.RAN):
            break
    on_call(1 - start / spec.num_steps)
    num_records = len(training.record_steps(spec))
    records = {name: _filled([call[name] for call in calls], num_records) for name in calls[0]}
    return Block(records, np.asarray(state.status), np.asarray(state.steps), jax.device_get(state.params))


def _filled(parts: list[np.ndarray], num_records: int) -> np.ndarray:
    """Records [lanes, r, ...] from calls of [c, lanes, ...]; a block left early keeps its last value to the end."""
    curve = np.concatenate(parts)[:num_records]
    missing = num_records - len(curve)
    if missing:
        curve = np.concatenate([curve, np.repeat(curve[-1:], missing, axis=0)])
    return np.moveaxis(curve, 0, 1)


def device_data(data: Data | Mapping[str, Data], dtype: str) -> Data:
    """The data on the device in the sweep's dtype; several tasks are stacked along a leading axis."""
    many = [data] if isinstance(data, Data) else list(data.values())
    columns = zip(*many, strict=True)
    stacked = Data(*(None if c[0] is None else np.stack([np.asarray(a, dtype) for a in c]) for c in columns))
    return jax.tree.map(lambda a: jnp.asarray(a[0] if isinstance(data, Data) else a), stacked)


def members(plan: Plan, program: Program, asked: Settings, index: np.ndarray) -> Members:
    """The networks at these places of a program's tasks x numbers x seeds."""
    task, *numbers, seed = np.unravel_index(index, plan.member_shape)
    place = {"task": task, **dict(zip(asked.axes, program.index, strict=True))}
    place |= dict(zip(asked.numeric_axes, numbers, strict=True))
    hyper = {name: np.full(len(index), value) for name, value in asked.numeric_constants.items()}
    for (name, axis), i in zip(asked.numeric_axes.items(), numbers, strict=True):
        hyper[name] = np.asarray(axis)[i]
    for name, table in asked.numeric_tables.items():
        chosen = table.values[tuple(place[dim] for dim in table.dims)]
        hyper[name] = np.broadcast_to(chosen, len(index))
    return Members(np.asarray(asked.seeds)[seed], task, hyper)


def blocks(plan: Plan, asked: Settings) -> Iterator[tuple[Program, int, int, Members]]:
    """Every block of the plan: its program, the place of its first network, how many are real, all of them."""
    for program in plan.programs:
        for first in range(0, program.num_networks, program.lanes):
            real = min(program.lanes, program.num_networks - first)
            # The last lanes of a short block repeat its last network; what they compute is thrown away.
            index = np.minimum(first + np.arange(program.lanes), program.num_networks - 1)
            yield program, first, real, members(plan, program, asked, index)


def outcome(block: Block, spec: training.Spec) -> dict[str, np.ndarray]:
    """The variables of a trained block, [lanes, ...]: final values, curves, measures, status and steps."""
    found = {"status": block.status, "steps": block.steps}
    curves = {"train_loss": "train_curve", "test_loss": "test_curve"}
    for name, record in block.records.items():
        if name in dict(spec.measure):
            found[name] = record
            continue
        found[name] = record[:, -1]
        if name in curves:
            found[curves[name]] = record
    return found


def variables(plan: Plan, data: Data) -> dict[str, tuple[tuple[int, ...], Any, Any]]:
    """Name -> (shape after the networks, dtype, value where nothing was computed) of every variable.

    Raises:
        ValueError: where a measure has one shape in one program and another in the next.
    """
    found: dict[str, tuple] = {}
    one = data if data.x.ndim == 2 else jax.tree.map(lambda a: a[0], data)
    for program in plan.programs if plan.programs[0].spec.measure else plan.programs[:1]:
        num_records = len(training.record_steps(program.spec))
        for name, record in _record_shapes(program.spec, one).items():
            if name in found and found[name][0] != (num_records, *record.shape):
                raise ValueError(
                    f"measure[{name!r}] has shape {record.shape} with sizes={program.spec.sizes}, and "
                    f"{found[name][0][1:]} with other settings of the grid: it must have one shape"
                )
            found[name] = ((num_records, *record.shape), record.dtype, _blank(record.dtype))
    if any(program.spec.decision is not None for program in plan.programs):
        found["accuracy"] = ((), found["train_loss"][1], np.nan)
    measures = dict(plan.programs[0].spec.measure)
    for name, curve in (("train_loss", "train_curve"), ("test_loss", "test_curve")):
        if name in found:
            found[curve] = found[name]
    finals = {name: ((), *rest) for name, (_, *rest) in found.items() if name.endswith(("_loss", "accuracy"))}
    finals = {name: value for name, value in finals.items() if name not in measures}
    whole = {"status": ((), np.int32, training.MISSING), "steps": ((), np.int32, 0)}
    return {**found, **finals, **whole}


def _record_shapes(spec: training.Spec, data: Data) -> dict[str, jax.ShapeDtypeStruct]:
    def record() -> dict[str, jax.Array]:
        key, hyper = jax.random.key(0), {"learning_rate": jnp.ones((), spec.dtype)}
        state = training.begin(key, training.draw(key, hyper, spec), hyper, data, spec)
        return training.record(state, data, spec)

    return jax.eval_shape(record)


def _blank(dtype: Any) -> Any:
    return np.nan if np.issubdtype(dtype, np.floating) else 0
