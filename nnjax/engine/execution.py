"""Training the networks of one wave: a group of networks of one program that are trained together to their end.

They are trained in blocks of a fixed number of lanes. Between two calls of the compiled program the host shows
progress, and once networks have ended it packs the others of the wave into fewer blocks, so that compute is really
saved. No network's numbers depend on where in which block it lies, so they depend on neither workers nor packing.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from nnjax import training
from nnjax.engine import packing, programs
from nnjax.engine.ledger import Ledger, Outcome
from nnjax.engine.members import Members, data_of, hyper_of
from nnjax.engine.packing import Block
from nnjax.engine.plans import Program
from nnjax.tasks import Data

# Of matrix products, where the user has not set JAX's own default: a GPU would round float32 to 11 bits.
PRECISION = "highest"


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
        blocks = packing.packed(blocks, ledger, members, data, program)
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
    hyper = hyper_of(chosen, spec)
    mine = data_of(chosen, data)
    scales = {name: hyper[name] for name in ("init_scale", "bias_scale") if name in hyper}
    keys, params = draw(chosen.seeds.astype(np.uint32), scales, chosen.shape)
    return Block(places, begin(keys, params, hyper, mine), hyper, mine, chosen.shape)


@contextlib.contextmanager
def numerics(dtype: str, device: Any = None, precision: str | None = None) -> Iterator[None]:
    """What decides numbers, for this thread: 64 bits or not, the device, and full precision in matrix products."""
    with (
        jax.enable_x64(dtype == "float64"),
        jax.default_device(device),
        jax.default_matmul_precision(precision or PRECISION),
    ):
        yield
