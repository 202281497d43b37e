"""A job: some networks of one program, trained together by one worker."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nnjax import machine
from nnjax.engine import cost, weights
from nnjax.engine.plan import Plan, Program
from nnjax.engine.request import Request
from nnjax.engine.train import networks_at, train
from nnjax.tasks import Data

# The most blocks in a job whose networks can stop early: enough that the networks left over from many blocks fill one.
# XOR took 1.1 times as long with 8 blocks as with 24; with 40 it took as long as with 24.
BLOCKS_OF_EARLY_JOB = 24
# Any other job takes about LEAST_SECONDS to SECONDS of one core, and has at most MOST_BLOCKS: every job costs half a
# millisecond, and threads with very short jobs slow each other down.
SECONDS, LEAST_SECONDS, MOST_BLOCKS = 0.05, 0.002, 64

# The variables of a job's networks by name, each [n, ...].
type Found = dict[str, np.ndarray]


class Job(NamedTuple):
    """Some networks of one program: its number in the plan, and their places among all its networks [n], ascending.

    `parts` are for the store that asked for the job: pairs (chunk, how many of the networks are in it), in order.
    """

    program: int
    places: np.ndarray
    parts: tuple[tuple[Any, int], ...] = ()

    @property
    def name(self) -> tuple[int, int]:
        """What identifies the job within a sweep: its program, and the place of its first network."""
        return self.program, int(self.places[0])


# The jobs of every program, each made when it is taken: the places of a billion networks are never in memory at once.
type Jobs = Sequence[Iterable[Job]]


class Spent(NamedTuple):
    """Seconds that a worker spent on compiling and on training."""

    compile_seconds: float = 0.0
    run_seconds: float = 0.0


# A function that receives the networks of a finished job: write(job, found, spent).
type Write = Callable[[Job, Found, Spent], None]


def jobs(plan: Plan, num_workers: int) -> Jobs:
    """The jobs of every program. Larger jobs save more where networks stop early, smaller jobs keep workers busy."""
    return [_jobs(number, program, num_workers) for number, program in enumerate(plan.programs)]


def _jobs(number: int, program: Program, num_workers: int) -> Iterator[Job]:
    for depth, places in reversed(program.by_depth()):  # the deepest, which take longest, come first
        num_blocks = math.ceil(len(places) / program.lanes)
        if program.spec.stops_early:
            most, least = BLOCKS_OF_EARLY_JOB, 1
        else:
            each = program.block_seconds(depth) + program.lanes * cost.NETWORK_SECONDS
            most, least = (math.ceil(seconds / each) for seconds in (SECONDS, LEAST_SECONDS))
        # All workers get about the same number of jobs.
        turns = math.ceil(num_blocks / (num_workers * min(most, MOST_BLOCKS)))
        blocks = min(max(least, math.ceil(num_blocks / (num_workers * turns))), MOST_BLOCKS)
        for some in range(0, len(places), blocks * program.lanes):
            yield Job(number, np.asarray(places[some : some + blocks * program.lanes]))


def train_job(
    request: Request,
    plan: Plan,
    data: Data,
    device: Any,
    matmul_precision: str | None,
    job: Job,
    on_call: Callable[[float], None] = lambda networks: None,
    given: Mapping[str, np.ndarray] | None = None,
) -> tuple[Found, Spent]:
    """Train one job on one device. Returns its variables [n, ...] by name, and the seconds spent on it.

    `given` are the networks' `start` and `mask` where the request, read from a message, does not hold them. The time
    until the first call of the program is under way counts as compiling.
    """
    program, times = plan.programs[job.program], [time.perf_counter()]

    def noted(networks: float) -> None:
        if len(times) == 1:
            times.append(time.perf_counter())
        on_call(networks)

    given = {name: np.broadcast_to(rows, (len(job.places), rows.shape[-1])) for name, rows in (given or {}).items()}
    networks = networks_at(plan, program, request, job.places)._replace(**given)
    with machine.precision(request.dtype, device, matmul_precision):
        trained = train(program, networks, data, noted, request.keep_params)
        found = trained.variables()
        if request.keep_params:
            found["params"] = weights.of_job(trained.params, program, job.places)
    start, compiled, end = times[0], times[-1], time.perf_counter()
    return found, Spent(compiled - start, end - compiled)
