"""Which part of a sweep is one chunk on disk, and which chunks make one job.

A chunk holds networks of one cell within a box of the member axes (task, numbers, seed), and belongs to one job only.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nnjax import hooks
from nnjax.engine.plan import Plan, Program

# A chunk takes about SECONDS_PER_CHUNK of one core to train, which is what a kill can cost; writing it takes
# milliseconds. Where networks can stop early a job takes longer, so that survivors of many blocks are packed together.
SECONDS_PER_CHUNK, SECONDS_PER_EARLY_JOB = 0.5, 2.0
MOST_NETWORKS, MOST_BYTES = 2**16, 2**25


class Chunk(NamedTuple):
    """One chunk: the number of a cell in its program, and a box (first, last + 1) on each of the member axes."""

    cell: int
    box: tuple[tuple[int, int], ...]

    @property
    def num_networks(self) -> int:
        """Networks in the box."""
        return math.prod(last - first for first, last in self.box)


def chunk_shape(plan: Plan, bytes_each: int) -> tuple[int, ...]:
    """The lengths of a chunk on the member axes, if the largest variable of a network takes so many bytes."""
    networks = sum(program.num_networks for program in plan.programs)
    seconds = sum(program.run_seconds for program in plan.programs) / networks
    chosen = hooks.chunk_networks()
    most = min(chosen or MOST_NETWORKS, max(1, MOST_BYTES // bytes_each))
    left = most if chosen else min(max(1, int(SECONDS_PER_CHUNK / seconds)), most)
    lanes = max(program.lanes for program in plan.programs)
    *others, seeds = plan.member_shape
    if left > lanes:  # full blocks
        left -= left % lanes
    lengths = [min(seeds, left)]
    for length in reversed(others):
        left //= lengths[-1]
        lengths.append(max(1, min(length, left)))
    return tuple(reversed(lengths))


def chunks(plan: Plan, program: Program, chunk: Sequence[int]) -> list[Chunk]:
    """All chunks of a program in order: cell after cell."""
    edges = [
        [(first, min(first + size, length)) for first in range(0, length, size)]
        for size, length in zip(chunk, plan.member_shape, strict=True)
    ]
    boxes = list(itertools.product(*edges))
    return [Chunk(cell, box) for cell in range(len(program.cells)) for box in boxes]


def places(plan: Plan, program: Program, chunk: Chunk) -> np.ndarray:
    """The places of a chunk's networks in their program, in the order of the chunk."""
    inside = np.ravel_multi_index(np.ix_(*(np.arange(*edge) for edge in chunk.box)), plan.member_shape)
    return chunk.cell * program.networks_per_cell + inside.ravel()


def jobs(plan: Plan, chunk: Sequence[int]) -> Iterator[tuple[int, list[Chunk]]]:
    """Yield (number of the program, chunks of the job) for all jobs of a sweep, finished or not."""
    for number, program in enumerate(plan.programs):
        seconds = SECONDS_PER_EARLY_JOB if program.spec.stops_early else SECONDS_PER_CHUNK
        each = program.run_seconds / program.num_networks
        enough = max(program.lanes, hooks.chunk_networks() or min(seconds / each, MOST_NETWORKS))
        together: list[Chunk] = []
        count = 0
        for one in chunks(plan, program, chunk):
            # A job ends before it has more than `enough`: chunks of just more than a block would leave half of the next
            # block empty. Nor does a job mix depths, because a block must not.
            deeper = together and program.depth_of(one.cell) != program.depth_of(together[0].cell)
            if deeper or (together and count + one.num_networks > enough):
                yield number, together
                together, count = [], 0
            together.append(one)
            count += one.num_networks
        yield number, together
