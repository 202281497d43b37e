"""The progress bar: it moves while the first program compiles, and tells the time that is left."""

import io
import sys

import numpy as np
import pytest

import nnjax
from nnjax.engine.progress import Clock

XOR = nnjax.tasks.xor()


class Time:
    """A clock that the test sets."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def simulated(plan, compile_pace, run_pace, workers):
    """Run a plan in thought, in the order of `local.Queue`, where all takes so many times what is expected.

    Returns the moment and the value of every estimate [n, 2], and when all had ended.
    """
    time = Time()
    clock = Clock(plan, [program.num_networks for program in plan.programs], workers, time)
    new = [(n, p, p.num_blocks) for n, p in enumerate(plan.programs)]
    ready, events, estimates = [], [], []  # events: (moment, number, program, blocks left, networks or None)
    idle = workers
    while True:
        while idle and (ready or new):
            compiled = bool(ready)
            number, program, blocks = ready.pop(0) if compiled else new.pop(0)
            job = (number, blocks)
            clock.begin(job)
            idle -= 1
            seconds = run_pace * program.run_seconds / program.num_blocks
            if compiled:
                if blocks > 1:
                    ready.insert(0, (number, program, blocks - 1))
                events.append((time.seconds + seconds, job, program, True))
            else:
                events.append((time.seconds + compile_pace * program.compile_seconds, job, program, False))
        if not events:
            return np.asarray(estimates), time.seconds
        events.sort(key=lambda event: event[0])
        time.seconds, job, program, ends = events.pop(0)
        if ends:
            clock.add(job, min(float(program.lanes), clock.left[job[0]]))
            clock.end(job)
            idle += 1
        else:
            clock.add(job, 0.0)
            if job[1] > 1:
                ready.append((job[0], program, job[1] - 1))
            events.append((time.seconds + run_pace * program.run_seconds / program.num_blocks, job, program, True))
        estimates.append((time.seconds, clock.seconds_left()))


@pytest.mark.parametrize(("compile_pace", "run_pace"), [(1.0, 1.0), (0.1, 2.5), (2.0, 0.5), (3.0, 3.0)])
@pytest.mark.parametrize("workers", [1, 2])
def test_the_time_left_is_right_after_a_tenth_of_the_time(compile_pace, run_pace, workers):
    asked = {"width": [2, 4, 8], "depth": [1, 2], "learning_rate": [0.1, 0.2], "padding": False}
    plan = nnjax.plan(XOR, **asked, seeds=4000, num_steps=100_000)
    estimates, end = simulated(plan, compile_pace, run_pace, workers)
    moments, left = estimates.T
    inside = (moments > 0.1 * end) & (moments < 0.9 * end)
    ratio = left[inside] / (end - moments[inside])
    assert inside.sum() > 10
    assert ratio.max() < 1.5
    assert ratio.min() > 1 / 1.5


def test_what_is_going_on_is_told():
    plan = nnjax.plan(XOR, width=[2, 4, 8], solver=["adam", "sgd"], seeds=10, padding=False)
    clock = Clock(plan, [10] * 6, 2, Time())
    clock.begin((0, 0))
    assert clock.doing() == "compiling 1 of 6"
    clock.begin((1, 0))
    assert clock.doing() == "compiling 1 and 2 of 6"
    clock.add((0, 0), 0.0)
    assert clock.doing() == "compiling 2 of 6"
    clock.add((1, 0), 0.0)
    assert clock.doing() == "training"
    clock.add((0, 0), 10.0)
    assert clock.left == [0, 10, 10, 10, 10, 10]


def test_jobs_that_come_back_from_other_processes_count():
    plan = nnjax.plan(XOR, width=2, seeds=400_000)
    time = Time()
    clock = Clock(plan, [400_000], 1, time)
    time.seconds = 2.0  # twenty processes have trained a quarter
    for first in range(0, 100_000, 5_000):
        clock.add_job((0, first), 5_000, 0.0, 2.0)
    assert clock.workers == 20
    assert clock.seconds_left() == pytest.approx(6, rel=0.2)


def test_the_bar_is_drawn_on_a_terminal_alone(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        nnjax.sweep(XOR, width=2, solver="sgd", seeds=16, num_steps=10)
        assert ("16/16 networks" in stream.getvalue()) == shown
        assert shown == bool(stream.getvalue())
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    nnjax.sweep(XOR, width=2, solver="sgd", seeds=16, num_steps=10, progress=False)
    assert stream.getvalue() == ""
