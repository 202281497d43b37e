"""Jobs trained in other processes and on other machines, through any executor of `concurrent.futures`.

A message is a plain, picklable description of a job, and its result is plain arrays, so a job may be done anywhere and
more than once: a job that was lost with its worker is done again elsewhere.
"""

from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np

from nnjax import machine, provenance
from nnjax.engine import identity, records, weights
from nnjax.engine.jobs import Found, Job, Jobs, Spent, Write, train_job
from nnjax.engine.plan import Plan, from_choices, traced
from nnjax.engine.progress import Progress
from nnjax.engine.request import Request, Tasks
from nnjax.engine.train import device_data, networks_at
from nnjax.typing import Executor

# How many jobs may be under way at a time: more than there are workers, but not a million copies of the data.
IN_FLIGHT = 1024


class Message(NamedTuple):
    """All that another process must know: request and plan as JSON, the data, the sender's numerics, which networks,
    and their rows [n, p] of `start` and `mask`, if these were given.
    """

    request: str
    plan: str
    data: Tasks
    numerics: dict[str, Any]
    program: int
    runs: np.ndarray  # [k, 2]: the networks' places as runs (first, last + 1)
    given: dict[str, np.ndarray]


class Done(NamedTuple):
    """The result of a message: which networks, their variables, and the seconds spent."""

    program: int
    runs: np.ndarray
    found: Found
    spent: Spent

    def is_of(self, job: Job) -> bool:
        """Whether it is the result of this job, complete."""
        return (
            self.program == job.program
            and np.array_equal(self.runs, runs(job.places))
            and all(len(values) == len(job.places) for values in self.found.values())
        )


def train(
    executor: Executor, request: Request, plan: Plan, data: Tasks, jobs: Jobs, write: Write, progress: Progress
) -> None:
    """Have all jobs trained by an executor; this thread passes each to `write` when it comes back."""
    common = (records.request_to_json(request), records.plan_to_json(plan, request), data, provenance.numerics())
    left = (job for some in jobs for job in some)
    under_way: dict[Future, Job] = {}
    try:
        while True:
            while len(under_way) < IN_FLIGHT and (job := next(left, None)) is not None:
                networks = networks_at(plan, plan.programs[job.program], request, job.places)
                given = {  # rows that all networks share are sent once
                    name: getattr(networks, name)[: None if table.dims else 1]
                    for name, table in weights.tables(request).items()
                }
                message = Message(*common, job.program, runs(job.places), given)
                future = executor.submit(work, message)
                if not hasattr(future, "add_done_callback") or future in under_way:
                    raise ValueError(f"executor={executor!r:.80} must return a new future for every job")
                under_way[future] = job
            if not under_way:
                return
            done = wait(under_way, return_when=FIRST_COMPLETED).done
            # The successful ones first, so that they are not lost if others have failed.
            for future in sorted(done, key=lambda one: one.cancelled() or one.exception() is not None):
                job = under_way.pop(future)
                result = future.result()
                if not isinstance(result, Done) or not result.is_of(job):
                    raise ValueError(
                        f"executor={executor!r:.80} returned {type(result).__name__} for a job, which is not that "
                        "job's result: a future must return what the submitted function returns"
                    )
                found, spent = result.found, result.spent
                write(job, found, spent)
                progress.add_job(job.name, len(job.places), *spent)
    except BaseException:
        for future in under_way:
            future.cancel()
        raise


def work(message: Message) -> Done:
    """Train the job of a message, in any process.

    Raises:
        ValueError: if this process would compute other bits than the one that sent the message.
    """
    precision = message.numerics["matmul_precision"]
    device = jax.config.jax_default_device
    request, plan = _read(message, device, precision)
    with machine.precision(request.dtype, device, precision):
        if differences := provenance.differences(message.numerics):
            raise ValueError(
                f"a worker (here) would compute other numbers than its sender (there): {'; '.join(differences)}"
            )
        on_device = device_data(message.data, request.dtype)
    with machine.one_blas_thread(request.may_call_lapack()):
        job = Job(message.program, places(message.runs))
        found, spent = train_job(request, plan, on_device, device, precision, job, given=message.given)
    return Done(message.program, message.runs, found, spent)


def runs(places: np.ndarray) -> np.ndarray:
    """Ascending numbers [n], at least one, as runs [k, 2] of (first, last + 1)."""
    starts = np.flatnonzero(np.diff(places, prepend=places[0] - 2) != 1)
    ends = np.append(starts[1:], len(places)) - 1
    return np.stack([places[starts], places[ends] + 1], axis=1)


def places(runs: np.ndarray) -> np.ndarray:
    """The inverse of `runs`."""
    return np.concatenate([np.arange(first, last) for first, last in runs])


# Request and plan of the last message. The next mostly has the same, and reading them takes longer than a small job.
_LAST: dict[tuple[str, str], tuple[Request, Plan]] = {}


def _read(message: Message, device: Any, precision: str) -> tuple[Request, Plan]:
    common = (message.request, message.plan)
    found = _LAST.get(common)
    if found is None:
        request = records.request_from_json(message.request, message.data, imports=True)
        plan = from_choices(request, message.data, records.choices_from_json(message.plan))
        with machine.precision(request.dtype, device, precision):
            plan = replace(plan, programs=traced(plan.programs, request))
        if differences := identity.differences(records.traces_from_json(message.plan), plan.traces):
            raise ValueError(f"a worker (here) has other functions than its sender (there): {'; '.join(differences)}")
        found = (request, plan)
        _LAST.clear()
        _LAST[common] = found
    return found
