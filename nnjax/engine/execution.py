"""Training the networks of one wave: a group of networks of one program that are trained together to their end.

They are trained in blocks of a fixed number of lanes. Between two calls of the compiled program the host shows
progress, and once networks have ended it packs the others of the wave into fewer blocks, so that compute is really
saved. No network's numbers depend on where in which block it lies, so they depend on neither workers nor packing.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import training
from nnjax.engine import bundles, padding, programs
from nnjax.engine.padding import Shape
from nnjax.engine.plans import Plan, Program
from nnjax.engine.settings import Settings, Tasks
from nnjax.tasks import Data

# Of matrix products, where the user has not set JAX's own default: a GPU would round float32 to 11 bits.
PRECISION = "highest"


class Members(NamedTuple):
    """Some networks: their seeds [n], the number of each one's task [n], their numbers by name [n], and the shape
    of each [n, ...] where they are padded.
    """

    seeds: np.ndarray
    tasks: np.ndarray
    hyper: dict[str, np.ndarray]
    shape: Shape | None = None

    def take(self, index: np.ndarray) -> "Members":
        """The networks at these places."""
        return jax.tree.map(lambda values: values[index], self)


class Outcome(NamedTuple):
    """Trained networks: every record [n, r, ...] by name, `status` and `steps` [n], the parameters if kept."""

    records: dict[str, np.ndarray]
    status: np.ndarray
    steps: np.ndarray
    params: Any


class Block(NamedTuple):
    """Networks on the lanes of one program: their places in the wave [real], and the state of all lanes."""

    places: np.ndarray
    state: Any
    hyper: dict[str, jax.Array]
    data: Data
    shape: Shape | None


def train_wave(
    program: Program,
    members: Members,
    data: Data,
    on_call: Callable[[float], None] = lambda networks: None,
    keep_params: bool = False,
) -> Outcome:
    """Train some networks of one program to their end.

    Args:
        program: what to train, on how many lanes.
        members: the networks, any number of them.
        data: shared by all, or with a leading axis of tasks [t, n, d] from which each takes its own.
        on_call: told after every call how many networks' worth of training it has done; first, once all is
            compiled, 0.
        keep_params: whether the outcome holds the parameters.
    """
    spec, lanes = program.spec, program.lanes
    shared = data.x.ndim == 2
    advance = programs.functions(spec, shared, program.options).advance
    num_networks, num_records = len(members.seeds), len(training.record_steps(spec))
    ledger = Ledger(num_networks, num_records, keep_params)
    blocks = [
        _first_block(program, members, data, np.arange(first, min(first + lanes, num_networks)))
        for first in range(0, num_networks, lanes)
    ]
    start = recorded = 0
    for call in program.intervals():
        under_way = None
        for i, block in enumerate(blocks):
            places, state, hyper, mine, shape = block
            state, records = advance(state, hyper, mine, shape, np.int32(start), call)
            blocks[i] = block._replace(state=state)
            if start == i == 0:
                on_call(0.0)  # all is compiled by now, and the call is only under way
            if under_way is not None:  # what one block has recorded is written down while the next is trained
                ledger.write(*under_way, recorded)
            under_way = (places, records)
        if under_way is not None:
            ledger.write(*under_way, recorded)
        start, recorded = start + int(call.sum()), recorded + len(call)
        blocks = _packed(blocks, ledger, members, data, program)
        on_call(num_networks * float(call.sum()) / spec.num_steps)
        if not blocks:
            break
    on_call(num_networks * (1 - start / spec.num_steps))
    for block in blocks:
        ledger.close(block.places, block.state)
    return ledger.outcome()


def _first_block(program: Program, members: Members, data: Data, places: np.ndarray) -> Block:
    """A block before its first step. A short one is filled up with its last network; that work is thrown away."""
    spec = program.spec
    draw, begin, _ = programs.functions(spec, data.x.ndim == 2, program.options)
    chosen = members.take(np.pad(places, (0, program.lanes - len(places)), mode="edge"))
    hyper = _hyper(chosen, spec)
    mine = _data_of(chosen, data)
    scales = {name: hyper[name] for name in ("init_scale", "bias_scale") if name in hyper}
    keys, params = draw(chosen.seeds.astype(np.uint32), scales, chosen.shape)
    return Block(places, begin(keys, params, hyper, mine), hyper, mine, chosen.shape)


def _hyper(members: Members, spec: training.Spec) -> dict[str, jax.Array]:
    hyper = {name: jnp.asarray(values, spec.dtype) for name, values in members.hyper.items()}
    if spec.schedule != "constant" or "warmup_steps" in hyper:
        hyper.setdefault("schedule_steps", jnp.full(len(members.seeds), spec.num_steps, spec.dtype))
    return hyper


def _data_of(members: Members, data: Data) -> Data:
    return data if data.x.ndim == 2 else jax.tree.map(lambda a: a[members.tasks], data)


def _packed(blocks: list[Block], ledger: "Ledger", members: Members, data: Data, program: Program) -> list[Block]:
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
        fresh.append(Block(places[inside], state, _hyper(chosen, program.spec), _data_of(chosen, data), chosen.shape))
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


class Ledger:
    """What is known of every network of a wave so far."""

    def __init__(self, num_networks: int, num_records: int, keep_params: bool) -> None:
        self.records: dict[str, np.ndarray] = {}
        self.num_records = num_records
        self.written = np.zeros(num_networks, int)
        self.status = np.full(num_networks, training.MISSING, np.int32)
        self.steps = np.zeros(num_networks, np.int32)
        self.keep_params, self.params = keep_params, {}

    def write(self, places: np.ndarray, records: dict[str, Any], first: int) -> None:
        """Put down the records [r, lanes, ...] of one call; filled lanes and filled-up intervals are left out."""
        records = jax.device_get(records)
        kept = min(self.num_records - first, len(next(iter(records.values()))))
        for name, values in records.items():
            if name not in self.records:
                self.records[name] = np.empty((len(self.status), self.num_records, *values.shape[2:]), values.dtype)
            self.records[name][places, first : first + kept] = np.moveaxis(values[:kept, : len(places)], 0, 1)
        self.written[places] = first + kept

    def close(self, places: np.ndarray, state: training.State) -> None:
        """Put down how networks stand; those that go on are closed again later."""
        real = len(places)
        self.status[places] = np.asarray(state.status)[:real]
        self.steps[places] = np.asarray(state.steps)[:real]
        if self.keep_params:
            params = bundles.opened(state).params
            for leaf, values in enumerate(jax.tree.leaves(jax.device_get(params))):
                if leaf not in self.params:
                    self.params[leaf] = np.empty((len(self.status), *values.shape[1:]), values.dtype)
                self.params[leaf][places] = values[:real]
            self.structure = jax.tree.structure(params)

    def outcome(self) -> Outcome:
        """Everything, with the last value of a network that ended early repeated to the end of its curves."""
        for name, values in self.records.items():
            last = np.minimum(np.arange(self.num_records), self.written[:, None] - 1)
            self.records[name] = values[np.arange(len(values))[:, None], last]
        params = jax.tree.unflatten(self.structure, self.params.values()) if self.keep_params else None
        return Outcome(self.records, self.status, self.steps, params)


def members(plan: Plan, program: Program, asked: Settings, index: np.ndarray) -> Members:
    """The networks at these places of a program: cell after cell, each with its tasks x numbers x seeds."""
    cell, inside = np.divmod(index, program.networks_per_cell)
    task, *numbers, seed = np.unravel_index(inside, plan.member_shape)
    static = np.asarray([cell.index for cell in program.cells], int).reshape(len(program.cells), -1)
    place = {"task": task, **dict(zip(asked.axes, static[cell].T, strict=True))}
    place |= dict(zip(asked.numeric_axes, numbers, strict=True))
    hyper = {name: np.full(len(index), value) for name, value in asked.numeric_constants.items()}
    for (name, axis), i in zip(asked.numeric_axes.items(), numbers, strict=True):
        hyper[name] = np.asarray(axis)[i]
    for name, table in asked.numeric_tables.items():
        chosen = table.values[tuple(place[dim] for dim in table.dims)]
        hyper[name] = np.broadcast_to(chosen, len(index))
    seeds = asked.seeds
    seeds = seeds.start + seeds.step * seed if isinstance(seeds, range) else np.asarray(seeds)[seed]
    shape = None
    if program.padded:
        shapes = [padding.shape_of(one.sizes, program.spec) for one in program.cells]
        shape = jax.tree.map(lambda *each: np.stack(each)[cell], *shapes)
    return Members(seeds, task, hyper, shape)


@contextlib.contextmanager
def numerics(dtype: str, device: Any = None, precision: str | None = None) -> Iterator[None]:
    """What decides numbers, for this thread: 64 bits or not, the device, and full precision in matrix products."""
    with (
        jax.enable_x64(dtype == "float64"),
        jax.default_device(device),
        jax.default_matmul_precision(precision or PRECISION),
    ):
        yield


def device_data(data: Tasks, dtype: str) -> Data:
    """The data on the device in the sweep's dtype; several tasks are stacked along a leading axis."""
    many = [data] if isinstance(data, Data) else list(data.values())
    columns = zip(*many, strict=True)
    stacked = Data(*(None if c[0] is None else np.stack([np.asarray(a, dtype) for a in c]) for c in columns))
    return jax.tree.map(lambda a: jnp.asarray(a[0] if isinstance(data, Data) else a), stacked)
