"""Waves in other processes and on other machines, through any executor of `concurrent.futures`.

A job is a plain, picklable description of a wave, and its result is plain arrays, so it does not matter where it is
done, nor how often: a job that was lost with its worker is done again elsewhere.
"""

from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, NamedTuple

import jax
import numpy as np

from nnjax.engine import execution, gathering, members, provenance, records
from nnjax.engine.gathering import Found, Sink, Spent
from nnjax.engine.plans import Plan
from nnjax.engine.progress import Bar
from nnjax.engine.settings import Settings, Tasks
from nnjax.engine.workers import Wave, Waves

# Jobs that are handed over before the first has come back: more than workers, and not a million copies of the data.
IN_FLIGHT = 1024


class Job(NamedTuple):
    """All that another process must know: settings and plan as JSON, the data, and which networks."""

    settings: str
    plan: str
    data: Tasks
    numerics: dict[str, Any]
    program: int
    runs: np.ndarray  # [k, 2]: the networks' places as runs (first, last + 1)


def train(
    executor: Executor,
    asked: Settings,
    plan: Plan,
    data: Tasks,
    waves: Waves,
    sink: Sink,
    bar: Bar,
) -> None:
    """Have all waves trained by an executor; `sink` is given each by this thread, as it comes back."""
    common = (records.settings_to_json(asked), records.plan_to_json(plan), data, provenance.numerics())
    left = (wave for some in waves for wave in some)
    under_way: dict[Future, Wave] = {}
    try:
        while True:
            while len(under_way) < IN_FLIGHT and (wave := next(left, None)) is not None:
                under_way[executor.submit(work, Job(*common, wave.program, runs(wave.places)))] = wave
            if not under_way:
                return
            done = wait(under_way, return_when=FIRST_COMPLETED).done
            # Those that came back well first: where others of them failed, these are not lost.
            for future in sorted(done, key=lambda one: one.cancelled() or one.exception() is not None):
                wave = under_way.pop(future)
                sink(wave, *future.result())
                bar.add(float(len(wave.places)))
    except BaseException:
        for future in under_way:
            future.cancel()
        raise


def work(job: Job) -> tuple[Found, Spent]:
    """Do a job, in whatever process.

    Raises:
        ValueError: where this process would compute other bits than the one that sent the job.
    """
    precision = job.numerics["matmul_precision"]
    asked, plan = _read(job)
    with execution.numerics(asked.dtype, jax.config.jax_default_device, precision):
        if differences := provenance.differences(job.numerics):
            raise ValueError(f"a worker would compute other numbers than its sender: {'; '.join(differences)}")
        on_device = members.device_data(job.data, asked.dtype)
    wave = Wave(job.program, places(job.runs))
    return gathering.train_wave(asked, plan, on_device, jax.config.jax_default_device, precision, wave)


def runs(places: np.ndarray) -> np.ndarray:
    """Ascending numbers [n], at least one, as runs [k, 2] of (first, last + 1)."""
    starts = np.flatnonzero(np.diff(places, prepend=places[0] - 2) != 1)
    ends = np.append(starts[1:], len(places)) - 1
    return np.stack([places[starts], places[ends] + 1], axis=1)


def places(runs: np.ndarray) -> np.ndarray:
    """The inverse of `runs`."""
    return np.concatenate([np.arange(first, last) for first, last in runs])


# What the last jobs had in common: reading it takes longer than training a small wave.
_LAST: dict[tuple[str, str], tuple[Settings, Plan]] = {}


def _read(job: Job) -> tuple[Settings, Plan]:
    common = (job.settings, job.plan)
    found = _LAST.get(common)
    if found is None:
        asked = records.settings_from_json(job.settings, job.data)
        found = (asked, records.plan_from_json(job.plan, asked, job.data))
        _LAST.clear()
        _LAST[common] = found
    return found
