"""Which networks share a program, in which layout and blocks: a pure function of the settings.

The grid's static settings give one program each. A program's networks are its tasks x numbers x seeds, in that
order, trained in blocks of a fixed number of lanes. The last block is filled up, so that the number of networks
changes no shape: lanes and layout depend on the network and the data alone, never on how many networks there are.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnjax import activations, losses, mlp, solvers, training
from nnjax.engine.settings import Settings, Tasks, first_of, targets

type Options = tuple[tuple[str, Any], ...]

# Numbers that one block keeps busy at most: about a core's share of the second-level cache, in floats.
FLOATS_PER_BLOCK = 2**17
# Multiples of the widest vector unit (16 floats); past 1,024 lanes nothing got faster.
MIN_LANES, MAX_LANES = 8, 1024
# The most parameters of a network that is unpacked into scalars, and the same where it sees few rows, for which
# matrices are at their worst. Each becomes some instructions of the program: unpacking makes 2-8-1 on four rows
# five times faster, 1-4-1 on 64 rows six times, 1-16-1 hardly, and compiling takes 0.05 s longer per parameter.
MOST_SCALARS, MOST_SCALARS_OF_FEW_ROWS, FEW_ROWS = 40, 65, 16
SCALAR_LANES = 512
# Intervals between two records that one call of a program runs, before the host looks up.
RECORDS_PER_CALL = 16


@dataclass(frozen=True)
class Program:
    """One compiled shape: `index` places it on the static axes of the grid, `options` are the compiler's."""

    index: tuple[int, ...]
    spec: training.Spec
    num_networks: int
    lanes: int
    options: Options = ()

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


def plan(settings: Settings, data: Tasks, layout: str | None = None, options: Options = ()) -> Plan:
    """The plan for these settings on these data. Nothing is compiled and nothing runs.

    Args:
        settings: what was asked for.
        data: the data, or tasks by name.
        layout: "matrices" or "scalars" for all programs; chosen by the shape of each when None.
        options: of the compiler.
    """
    num_tasks = len(settings.tasks) if settings.tasks else 1
    numbers = tuple(len(axis) for axis in settings.numeric_axes.values())
    member_shape = (num_tasks, *numbers, len(settings.seeds))
    y, rows = targets(data), len(first_of(data).x)
    programs = []
    for choice in itertools.product(*(enumerate(axis) for axis in settings.axes.values())):
        static = {**settings.constants, **dict(zip(settings.axes, (v for _, v in choice), strict=True))}
        spec = specification(settings, static, y)
        spec = replace(spec, layout=_layout(spec, rows, layout))
        index = tuple(i for i, _ in choice)
        programs.append(Program(index, spec, math.prod(member_shape), lanes_for(spec, rows), options))
    return Plan(tuple(programs), tuple(len(axis) for axis in settings.axes.values()), member_shape)


def specification(settings: Settings, static: Mapping[str, Any], y: np.ndarray) -> training.Spec:
    """The training run of one combination of static settings; `y` are the targets of all tasks."""
    static = dict(static)
    hidden = static.pop("hidden", None) or (static.pop("width"),) * static.pop("depth")
    (_, num_inputs), (_, num_outputs) = settings.shapes[:2]  # pyright: ignore[reportGeneralTypeIssues]
    return training.Spec(
        sizes=(num_inputs, *hidden, num_outputs),
        decision=losses.decision(static["loss"], y),
        num_steps=settings.num_steps,
        record_every=settings.record_every,
        measure=settings.measure,
        early_stop=settings.early_stop,
        model=settings.model,
        dtype=settings.dtype,
        **static,
    )


def may_unpack(spec: training.Spec) -> bool:
    """Whether scalars train as the matrices would: only where nothing looks at a layer as a whole."""
    known = [f for name, f in activations.ACTIVATIONS.items() if name != "softmax"]
    return (
        spec.model == training.Model(mlp.init, mlp.apply)
        and spec.activation in known
        and spec.solver in solvers.ELEMENTWISE
    )


def _layout(spec: training.Spec, rows: int, asked: str | None) -> str:
    if asked == "matrices" or not may_unpack(spec):
        if asked == "scalars":
            raise ValueError(
                "layout='scalars' needs the model nnjax.mlp, a known elementwise activation and an elementwise "
                f"solver; sizes={spec.sizes} has another, so use layout='matrices'"
            )
        return "matrices"
    rows = min(spec.batch_size or rows, rows)
    most = MOST_SCALARS_OF_FEW_ROWS if rows <= FEW_ROWS else MOST_SCALARS
    tiny = mlp.num_params(spec.sizes) <= most
    return "scalars" if asked == "scalars" or tiny else "matrices"


def lanes_for(spec: training.Spec, rows: int) -> int:
    """Networks in one block: a power of two that keeps the block's activations and parameters in the cache."""
    if spec.layout == "scalars":
        return SCALAR_LANES
    rows = min(spec.batch_size or rows, rows)
    # Parameters, gradient and two moments beside the activations.
    floats = rows * sum(spec.sizes) + 4 * mlp.num_params(spec.sizes)
    lanes = 2 ** int(math.log2(max(FLOATS_PER_BLOCK / floats, 1)))
    return min(max(lanes, MIN_LANES), MAX_LANES)


def with_choices(plan: Plan, choices: Sequence[Mapping[str, Any]]) -> Plan:
    """The plan with recorded lanes, layouts and options, which other versions of these rules may have chosen."""
    programs = [
        replace(
            program,
            lanes=choice["lanes"],
            spec=replace(program.spec, layout=choice["layout"]),
            options=tuple(sorted(choice["options"].items())),
        )
        for program, choice in zip(plan.programs, choices, strict=True)
    ]
    return replace(plan, programs=tuple(programs))
