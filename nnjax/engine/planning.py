"""Which networks share a program, and in which blocks they are trained: a pure function of the settings.

The grid's static settings give one program each. A program's networks are its tasks x numbers x seeds, in that
order, cut into blocks of a fixed number of lanes. The last block is filled up, so that the number of networks
changes no shape: lanes depend on the network and the data alone, never on how many networks there are.
"""

import itertools
import json
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnjax import losses, tasks, training
from nnjax.engine.settings import Settings

# Numbers that one block keeps busy at most: about a core's share of the second-level cache, in floats.
FLOATS_PER_BLOCK = 2**18
# Multiples of the widest vector unit (16 floats); past 1,024 lanes nothing got faster.
MIN_LANES, MAX_LANES = 16, 1024
# Intervals between two records that one call of a program runs, before the host looks up.
RECORDS_PER_CALL = 16


@dataclass(frozen=True)
class Program:
    """One compiled shape: `index` places it on the static axes of the grid."""

    index: tuple[int, ...]
    spec: training.Spec
    num_networks: int
    lanes: int

    @property
    def num_blocks(self) -> int:
        """Blocks of `lanes` networks, the last one filled up."""
        return -(-self.num_networks // self.lanes)

    def intervals(self) -> np.ndarray:
        """Steps before each record, cut into calls of equal length: [calls, records]. Zeros fill the last call."""
        steps = training.record_steps(self.spec)
        intervals = np.diff(steps, prepend=0)
        calls = -(-len(intervals) // RECORDS_PER_CALL)
        per_call = -(-len(intervals) // calls)
        return np.pad(intervals, (0, -len(intervals) % per_call)).reshape(-1, per_call).astype(np.int32)


@dataclass(frozen=True)
class Plan:
    """Programs and the shape of the grid: static axes first, then task, numbers and seed."""

    programs: tuple[Program, ...]
    static_shape: tuple[int, ...]
    member_shape: tuple[int, ...]

    @property
    def num_networks(self) -> int:
        """Networks in the whole grid."""
        return sum(program.num_networks for program in self.programs)

    def __str__(self) -> str:
        blocks = sum(program.num_blocks for program in self.programs)
        filled = sum(program.num_blocks * program.lanes for program in self.programs)
        return (
            f"{self.num_networks:,} networks in {len(self.programs)} programs and {blocks} blocks, "
            f"{1 - self.num_networks / filled:.0%} of the lanes filled up"
        )


def plan(settings: Settings, data: tasks.Data) -> Plan:
    """The plan for these settings on data of this shape. Nothing is compiled and nothing runs."""
    num_tasks = len(settings.tasks) if settings.tasks else 1
    numbers = tuple(len(axis) for axis in settings.numeric_axes.values())
    member_shape = (num_tasks, *numbers, len(settings.seeds))
    programs = []
    for choice in itertools.product(*(enumerate(axis) for axis in settings.axes.values())):
        static = {**settings.constants, **dict(zip(settings.axes, (v for _, v in choice), strict=True))}
        spec = specification(settings, static, data)
        index = tuple(i for i, _ in choice)
        programs.append(Program(index, spec, math.prod(member_shape), lanes_for(spec, data)))
    return Plan(tuple(programs), tuple(len(axis) for axis in settings.axes.values()), member_shape)


def specification(settings: Settings, static: dict[str, Any], data: tasks.Data) -> training.Spec:
    """The training run of one combination of static settings."""
    static = dict(static)
    hidden = static.pop("hidden", None) or (static.pop("width"),) * static.pop("depth")
    return training.Spec(
        sizes=(data.x.shape[1], *hidden, data.y.shape[1]),
        decision=losses.decision(static["loss"], np.asarray(data.y)),
        num_steps=settings.num_steps,
        record_every=settings.record_every,
        measure=settings.measure,
        early_stop=settings.early_stop,
        model=settings.model,
        dtype=settings.dtype,
        **static,
    )


def lanes_for(spec: training.Spec, data: tasks.Data) -> int:
    """Networks in one block: a power of two that keeps the block's activations and parameters in the cache."""
    rows = min(spec.batch_size or len(data.x), len(data.x))
    weights = sum((m + 1) * n for m, n in itertools.pairwise(spec.sizes))
    floats = rows * sum(spec.sizes) + 4 * weights  # parameters, gradient and two moments
    lanes = 2 ** int(math.log2(max(FLOATS_PER_BLOCK / floats, 1)))
    return min(max(lanes, MIN_LANES), MAX_LANES)


def to_json(plan: Plan) -> str:
    """What of a plan is needed to train one of its networks again: the lanes of every program."""
    return json.dumps({"num_networks": plan.num_networks, "lanes": [program.lanes for program in plan.programs]})


def with_lanes(plan: Plan, text: str) -> Plan:
    """The plan with the lanes that `to_json` recorded, which an other version of these rules may have chosen."""
    lanes = json.loads(text)["lanes"]
    programs = [replace(program, lanes=n) for program, n in zip(plan.programs, lanes, strict=True)]
    return replace(plan, programs=tuple(programs))
