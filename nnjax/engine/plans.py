"""What a plan is: the programs of a sweep, the cells of the grid that each of them trains, and what that takes."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnjax import training
from nnjax.engine import cost

type Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Cell:
    """One combination of static settings: its place on the static axes, and the sizes of its networks."""

    index: tuple[int, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """One compiled shape for the networks of some cells; where their sizes are not its own, they are padded.

    `rows` of the data are those to train on, `rows_judged` the most that are looked at when recorded. `options` are
    the compiler's, and `records_per_call` is after how many records the host looks up.
    """

    cells: tuple[Cell, ...]
    spec: training.Spec
    networks_per_cell: int
    lanes: int
    rows: int
    options: Options = ()
    records_per_call: int = 16
    rows_judged: int = 0

    @property
    def num_networks(self) -> int:
        """Networks of all cells."""
        return len(self.cells) * self.networks_per_cell

    @property
    def num_blocks(self) -> int:
        """Blocks of `lanes` networks, the last one filled up."""
        return -(-self.num_networks // self.lanes)

    @property
    def padded(self) -> bool:
        """Whether some cell is smaller than the program."""
        return any(cell.sizes != self.spec.sizes for cell in self.cells)

    @property
    def compile_seconds(self) -> float:
        """Expected, of one core, with nothing in a cache."""
        return cost.seconds_to_compile(self.spec)

    @property
    def run_seconds(self) -> float:
        """Expected, of one core, for all blocks to their end."""
        steps = self.num_blocks * self.lanes * self.spec.num_steps
        return steps * cost.seconds_per_step(self.spec, self.rows, self.padded)

    @property
    def block_bytes(self) -> int:
        """Expected working memory of one block."""
        return cost.block_bytes(self.spec, self.rows, self.lanes, self.rows_judged)

    def intervals(self) -> np.ndarray:
        """Steps before each record, cut into calls of equal length: [calls, records]. Zeros fill the last call."""
        steps = training.record_steps(self.spec)
        intervals = np.diff(steps, prepend=0)
        calls = -(-len(intervals) // self.records_per_call)
        per_call = -(-len(intervals) // calls)
        return np.pad(intervals, (0, -len(intervals) % per_call)).reshape(-1, per_call).astype(np.int32)


@dataclass(frozen=True)
class Plan:
    """Programs, those first that take longest, and the shape of the grid: static axes, then task, numbers, seed.

    `layout`, `padding` and `options` are as they were asked for; `result_bytes` of the result are 0 where
    nobody counted them.
    """

    programs: tuple[Program, ...]
    static_shape: tuple[int, ...]
    member_shape: tuple[int, ...]
    layout: str | None = None
    padding: bool | None = None
    options: Options = ()
    result_bytes: int = 0

    @property
    def num_networks(self) -> int:
        """Networks in the whole grid."""
        return math.prod(self.static_shape) * math.prod(self.member_shape)

    def numbers_of(self, program: Program) -> np.ndarray:
        """The places of a program's cells in the grid of all cells."""
        places = np.asarray([cell.index for cell in program.cells], int).reshape(len(program.cells), -1)
        return np.ravel_multi_index(tuple(places.T), self.static_shape) if self.static_shape else places[:, :0].sum(1)

    def seconds(self, workers: int = 1) -> float:
        """Expected time with so many workers and nothing in a cache; a rough guide, for a CPU."""
        return sum(program.compile_seconds + program.run_seconds for program in self.programs) / workers

    def __str__(self) -> str:
        return "\n".join(_lines(self))


# Plans a grid: (settings, data, recorded programs) -> Plan.
type Planner = Callable[..., Plan]


def _lines(plan: Plan) -> list[str]:
    blocks = sum(program.num_blocks for program in plan.programs)
    lanes = sum(program.num_blocks * program.lanes for program in plan.programs)
    work = sum(program.run_seconds for program in plan.programs)
    alone = sum(_seconds_alone(program) for program in plan.programs)
    compiling = sum(program.compile_seconds for program in plan.programs)
    result, block = float(plan.result_bytes), float(max(program.block_bytes for program in plan.programs))
    return [
        f"{plan.num_networks:,} networks in {len(plan.programs):,} programs and {blocks:,} blocks",
        f"{1 - plan.num_networks / lanes:.0%} of the lanes filled up, "
        f"{max(1 - alone / work, 0):.0%} of the time spent on padding",
        f"memory: {_in_bytes(result)} for the result, {_in_bytes(block)} for each worker's block",
        f"time on one core: about {_in_time(compiling)} to compile and {_in_time(work)} to train",
    ]


def _seconds_alone(program: Program) -> float:
    """What a program's lanes would take if each network had a program of its own shape."""
    each = [cost.seconds_per_step(replace(program.spec, sizes=cell.sizes), program.rows) for cell in program.cells]
    lanes = program.num_blocks * program.lanes
    return min(sum(each) / len(each) * lanes * program.spec.num_steps, program.run_seconds)


def _in_bytes(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} TB"


def _in_time(seconds: float) -> str:
    for unit, size in (("days", 172_800.0), ("hours", 7200.0), ("minutes", 120.0)):
        if seconds >= size:
            return f"{seconds / (size / 2):,.1f} {unit}"
    return f"{seconds:.2g} s" if seconds < 9.5 else f"{seconds:.0f} s"
