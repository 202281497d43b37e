"""Which networks share a program, in which layout and blocks: a pure function of the settings.

Lanes and layout depend on a network and the data alone; only whether shapes share a program depends on how much
there is to train.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from nnjax import losses, mlp, training
from nnjax.engine import cost, grouping, padding
from nnjax.engine.plans import Cell, Options, Plan, Program
from nnjax.engine.settings import Settings, Tasks, first_of, targets

# Intervals between two records that one call of a program runs, before the host looks up; where networks can stop
# early it looks up after as many as take so many seconds.
RECORDS_PER_CALL, SECONDS_PER_LOOK = 16, 1e-3


class Blocks(NamedTuple):
    """Sizes of blocks on one kind of device: floats that one keeps busy at most, and lanes.

    `least` are enough for the vectors of the processor, `large` for networks of which one alone has so many floats.
    """

    floats: int
    least: int
    large: int
    most: int
    scalars: int


# On a CPU about half of a core's second-level cache; past 1,024 lanes nothing got faster. Networks that are larger
# gain nothing from neighbours: with 2 lanes a step took 0.87 to 1.0 times as long as with 8 (784-128-...-10,
# 784-1008-10, 40-2212-10, 440-256-...-180), and few networks fill fewer lanes up. Any other device wants enough work
# at a time to fill it; those numbers are not measured.
CPU, OTHER = Blocks(2**17, 8, 2, 1024, 512), Blocks(2**24, 64, 64, 2**15, 2**15)
# Working memory of one block at most, where fewer lanes than the least can help.
BYTES_PER_BLOCK = 2**29
# The most parameters of a network that is unpacked into scalars, and the same where it sees few rows, for which
# matrices are at their worst. Each becomes some instructions of the program: unpacking makes 2-8-1 on four rows
# four times faster, 1-4-4-1 on 64 rows three times, a single hidden layer on 64 rows no faster at all; and
# compiling takes 0.05 s longer per parameter.
MOST_SCALARS, MOST_SCALARS_OF_FEW_ROWS, FEW_ROWS = 40, 65, 16

# What was recorded of programs: each one's kind (lanes, layout, ...), and the places of its cells in the grid.
type Choices = Sequence[tuple[Mapping[str, Any], Sequence[int]]]


def plan(
    settings: Settings,
    data: Tasks,
    layout: str | None = None,
    options: Options = (),
    pad: bool | None = None,
    backend: str = "cpu",
    recorded: Choices = (),
) -> Plan:
    """The plan for these settings on these data. Nothing is compiled and nothing runs.

    Args:
        settings: what was asked for.
        data: the data, or tasks by name.
        layout: "matrices" or "scalars" for all programs; chosen by the shape of each when None.
        options: of the compiler.
        pad: whether shapes are padded to share programs: where it saves time when None, wherever it can be when
            True.
        backend: the kind of device, by JAX's name.
        recorded: programs of some cells that are planned already, and stay as they are.
    """
    networks, found = math.prod(_member_shape(settings)), cells(settings, data, layout)
    old = from_choices(settings, data, recorded).programs if recorded else ()
    new = sorted(set(range(len(found))) - {place for _, group in recorded for place in group})

    def program(group: Sequence[int]) -> Program:
        return _program([found[i] for i in group], networks, _rows(data, settings.judged_rows), options, backend)

    programs = [*old, *(program(group) for group in _groups(settings, found, new, program, layout, pad))]
    programs.sort(key=lambda program: -program.compile_seconds - program.run_seconds)
    return Plan(tuple(programs), _static_shape(settings), _member_shape(settings), layout, pad, options)


def cells(settings: Settings, data: Tasks, layout: str | None = None) -> list[tuple[Cell, training.Spec]]:
    """Every combination of static settings in the order of the grid, with its training run in its own layout."""
    y, rows, found = targets(data), len(first_of(data).x), []
    for choice in itertools.product(*(enumerate(axis) for axis in settings.axes.values())):
        static = {**settings.constants, **dict(zip(settings.axes, (v for _, v in choice), strict=True))}
        spec = specification(settings, static, y)
        spec = replace(spec, layout=_layout(spec, rows, layout))
        found.append((Cell(tuple(i for i, _ in choice), spec.sizes), spec))
    return found


def _static_shape(settings: Settings) -> tuple[int, ...]:
    return tuple(len(axis) for axis in settings.axes.values())


def _member_shape(settings: Settings) -> tuple[int, ...]:
    num_tasks = len(settings.tasks) if settings.tasks else 1
    return (num_tasks, *(len(axis) for axis in settings.numeric_axes.values()), len(settings.seeds))


def _groups(
    settings: Settings,
    found: Sequence[tuple[Cell, training.Spec]],
    new: Sequence[int],
    program: Callable[[Sequence[int]], Program],
    layout: str | None,
    pad: bool | None,
) -> list[Sequence[int]]:
    """The cells of each new program. Only those can share one that differ in nothing but their shape."""
    families: dict[tuple[training.Spec, bool], list[int]] = {}
    for i in new:
        spec = found[i][1]
        # A network without hidden layers hands its inputs to no layer of their width, so it has a program of its own.
        has_hidden = len(spec.sizes) > 2
        families.setdefault((replace(spec, sizes=(), layout="matrices"), has_hidden), []).append(i)
    groups: list[Sequence[int]] = []
    for (spec, _), family in families.items():
        allowed = layout != "scalars" and padding.may_pad(spec) and _keeps_zeros(settings)
        if pad is False or not allowed or len(family) == 1:
            groups += [(i,) for i in family]
        elif pad:
            groups.append(family)
        else:
            shapes = [found[i][0].sizes for i in family]

            def seconds(group: grouping.Group, family: list[int] = family) -> float:
                joined = program([family[i] for i in group])
                return joined.compile_seconds + joined.run_seconds

            groups += [[family[i] for i in group] for group in grouping.grouped(shapes, seconds)]
    return groups


def _keeps_zeros(settings: Settings) -> bool:
    """Whether a solver leaves a weight without gradient alone; 0 / 0 would not."""
    values = (*settings.numeric_axes.get("eps", ()), settings.numeric_constants.get("eps", 1.0))
    return "eps" not in settings.numeric_tables and min(values) >= float(np.finfo(settings.dtype).tiny)


def _rows(data: Tasks, judged_rows: int | None) -> tuple[int, int]:
    """Rows to train on, and the most that are looked at when a network is recorded."""
    one = first_of(data)
    return len(one.x), max(len(one.x[:judged_rows]), 0 if one.x_test is None else len(one.x_test))


def _program(
    group: Sequence[tuple[Cell, training.Spec]],
    networks: int,
    rows: tuple[int, int],
    options: Options,
    backend: str = "cpu",
) -> Program:
    spec = group[0][1]
    if len(group) > 1:
        spec = replace(spec, sizes=padding.common_sizes([cell.sizes for cell, _ in group]), layout="matrices")
    lanes = lanes_for(spec, *rows, backend)
    records = _records_per_call(spec, rows[0], lanes)
    return Program(tuple(cell for cell, _ in group), spec, networks, lanes, rows[0], options, records, rows[1])


def _records_per_call(spec: training.Spec, rows: int, lanes: int) -> int:
    if spec.early_stop is None or spec.record_every is None:
        return RECORDS_PER_CALL
    interval = spec.record_every * lanes * cost.seconds_per_step(spec, rows)
    return min(max(math.ceil(SECONDS_PER_LOOK / interval), 1), RECORDS_PER_CALL)


def specification(settings: Settings, static: Mapping[str, Any], y: np.ndarray) -> training.Spec:
    """The training run of one combination of static settings; `y` are the targets of all tasks."""
    static = dict(static)
    hidden = static.pop("hidden", None)
    if hidden is None:
        hidden = (static.pop("width"),) * static.pop("depth")
    (_, num_inputs), (_, num_outputs) = settings.shapes[:2]  # pyright: ignore[reportGeneralTypeIssues]
    return training.Spec(
        sizes=(num_inputs, *hidden, num_outputs),
        decision=losses.decision(static["loss"], y),
        num_steps=settings.num_steps,
        record_every=settings.record_every,
        judged_rows=settings.judged_rows,
        measure=settings.measure,
        early_stop=settings.early_stop,
        model=settings.model,
        dtype=settings.dtype,
        **static,
    )


def _layout(spec: training.Spec, rows: int, asked: str | None) -> str:
    if asked == "matrices" or not padding.acts_by_entry(spec):
        if asked == "scalars":
            raise ValueError(
                "layout='scalars' needs the model nnjax.mlp, a known elementwise activation and an elementwise "
                f"solver; sizes={spec.sizes} has another, so use layout='matrices'"
            )
        return "matrices"
    rows = min(spec.batch_size or rows, rows)
    most = MOST_SCALARS_OF_FEW_ROWS if rows <= FEW_ROWS else MOST_SCALARS if len(spec.sizes) > 3 else 0
    tiny = mlp.num_params(spec.sizes) <= most
    return "scalars" if asked == "scalars" or tiny else "matrices"


def lanes_for(spec: training.Spec, rows: int, rows_judged: int = 0, backend: str = "cpu") -> int:
    """Networks in one block: for matrices a power of two that keeps activations and parameters in the cache, if the
    least number of lanes does; two where one network does not, and one where two take more memory than a block may.
    """
    blocks = CPU if backend == "cpu" else OTHER
    if spec.layout == "scalars":
        return blocks.scalars
    rows = min(spec.batch_size or rows, rows)
    # Parameters, gradient and two moments beside the activations.
    floats = rows * sum(spec.sizes) + 4 * mlp.num_params(spec.sizes)
    lanes = 2 ** int(math.log2(max(blocks.floats / floats, 1)))
    lanes = min(max(lanes, blocks.large if floats > blocks.floats else blocks.least), blocks.most)
    while lanes > 1 and cost.block_bytes(spec, rows, lanes, rows_judged) > BYTES_PER_BLOCK:
        lanes //= 2
    return lanes


def from_choices(settings: Settings, data: Tasks, choices: Choices, **asked: Any) -> Plan:
    """The plan that was recorded, which other versions of these rules may have made: its cells, lanes, layouts."""
    found, networks = cells(settings, data, "matrices"), math.prod(_member_shape(settings))
    rows, programs = _rows(data, settings.judged_rows), []
    for choice, group in choices:
        program = _program([found[i] for i in group], networks, rows, tuple(sorted(choice["options"].items())))
        spec = replace(program.spec, layout=choice["layout"])
        programs.append(replace(program, spec=spec, lanes=choice["lanes"], records_per_call=choice["records_per_call"]))
    return Plan(tuple(programs), _static_shape(settings), _member_shape(settings), **asked)
