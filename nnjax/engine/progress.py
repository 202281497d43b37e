"""A progress bar over networks, with the time that is left.

The time follows from the plan's expected seconds, corrected by what compiling and training have really taken so far.
"""

import sys
import threading
import time
from collections.abc import Callable, Sequence

from nnjax.engine.plan import Plan

SECONDS_BETWEEN = 0.5  # between two updates of the bar
# The plan's estimate has as much weight as measurements of this part of all work.
TRUST = 0.02


class Pace:
    """How long work takes in units of its expected time: measured seconds divided by expected ones, at first 1."""

    def __init__(self, expected: float) -> None:
        self.expected = self.measured = TRUST * expected

    def add(self, expected: float, measured: float) -> None:
        """Count some finished work."""
        self.expected += expected
        self.measured += measured

    def of(self, expected: float, so_far: float = 0.0) -> float:
        """Seconds left of work that takes these expected seconds, when `so_far` seconds of it have passed."""
        # Work that takes longer than expected is given another tenth of its time so far.
        return max(expected * self.measured / self.expected - so_far, so_far / 10)


class Clock:
    """What is left of a sweep, in networks and in seconds. `left` [programs] counts the networks not trained yet."""

    def __init__(
        self, plan: Plan, left: Sequence[int], workers: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.compile_seconds = [program.compile_seconds for program in plan.programs]
        self.run_seconds = [program.run_seconds / program.num_networks for program in plan.programs]
        self.lanes = [program.lanes for program in plan.programs]
        self.left, self.workers, self.now = [float(count) for count in left], workers, now
        self.num_programs = sum(count > 0 for count in left)
        self.compiling: dict[int, float] = {}  # since when, by program
        self.compiled: set[int] = set()
        self.compile_pace = Pace(sum(self.compile_seconds))
        self.run_pace = Pace(sum(program.run_seconds for program in plan.programs))
        self.times: dict[tuple[int, int], float] = {}  # when each job that is under way last reported
        self.start, self.busy = now(), 0.0

    def begin(self, job: tuple[int, int]) -> None:
        """Note that a worker begins a job (number of the program, first network)."""
        self.times[job] = self.now()
        if job[0] not in self.compiled:
            self.compiling.setdefault(job[0], self.now())

    def add(self, job: tuple[int, int], networks: float) -> None:
        """Count so many networks' worth of training by a job; at first, when its program has been compiled, 0."""
        program, now = job[0], self.now()
        seconds, self.times[job] = now - self.times.get(job, now), now
        if networks == 0 and self.compiling.pop(program, None) is not None:
            self.compiled.add(program)
            self.compile_pace.add(self.compile_seconds[program], seconds)
        elif networks > 0:
            self.run_pace.add(networks * self.run_seconds[program], seconds)
            self.left[program] = max(self.left[program] - networks, 0.0)

    def end(self, job: tuple[int, int]) -> None:
        """Note that a job has ended."""
        self.times.pop(job, None)

    def add_job(self, job: tuple[int, int], networks: int, compile_seconds: float, run_seconds: float) -> None:
        """Count a job that has come back from another process, where it took so many seconds."""
        program = job[0]
        if program not in self.compiled:
            self.compiled.add(program)
            self.compile_pace.add(self.compile_seconds[program], compile_seconds)
        self.run_pace.add(networks * self.run_seconds[program], run_seconds)
        self.left[program] = max(self.left[program] - networks, 0.0)
        self.busy += compile_seconds + run_seconds
        self.workers = max(1, round(self.busy / max(self.now() - self.start, 1e-9)))

    def seconds_left(self) -> float:
        """Expected time until the last network is trained."""
        work, longest = 0.0, 0.0
        for program, count in enumerate(self.left):
            if not count:
                continue
            compiling = 0.0
            if program not in self.compiled:
                since = self.compiling.get(program)
                compiling = self.compile_pace.of(self.compile_seconds[program], self.now() - since if since else 0.0)
            running = self.run_pace.of(count * self.run_seconds[program])
            work += compiling + running
            # A program is compiled by one worker, and few blocks keep only few workers busy.
            longest = max(longest, compiling + running / min(self.workers, -(-count // self.lanes[program])))
        return max(work / self.workers, longest)

    def doing(self) -> str:
        """What is going on, in words: "compiling 3 of 12" or "training"."""
        if not self.compiling:
            return "training"
        first = len(self.compiled) + 1
        last = len(self.compiled) + len(self.compiling)
        span = f"{first}" if last == first else f"{first} and {last}" if last == first + 1 else f"{first} to {last}"
        return f"compiling {span} of {self.num_programs}"


class Progress:
    """A progress bar for a terminal or a notebook; `done` networks were trained before."""

    def __init__(self, plan: Plan, left: Sequence[int], workers: int, shown: bool, done: int = 0) -> None:
        from tqdm.auto import tqdm

        self.clock = Clock(plan, left, workers)
        self.total = sum(left)
        # With disable=None the bar is shown on a terminal only, and the stream of a notebook is not one.
        disable = (None if "ipykernel" not in sys.modules else False) if shown else True
        self.bar = tqdm(
            total=done + self.total,
            initial=done,
            disable=disable,
            dynamic_ncols=True,
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} networks [{elapsed}{postfix}]",
        )
        self.first, self.lock, self.over = done, threading.Lock(), threading.Event()
        self.ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Progress":
        if not self.bar.disable:
            self.ticker.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.over.set()
        if self.ticker.is_alive():
            self.ticker.join()
        self.bar.close()

    def begin(self, job: tuple[int, int]) -> None:
        """Note that a worker begins a job."""
        with self.lock:
            self.clock.begin(job)

    def add(self, job: tuple[int, int], networks: float) -> None:
        """Count so many networks' worth of training by a job."""
        with self.lock:  # all workers share the clock
            self.clock.add(job, networks)

    def end(self, job: tuple[int, int]) -> None:
        """Note that a job has ended."""
        with self.lock:
            self.clock.end(job)

    def add_job(self, job: tuple[int, int], networks: int, compile_seconds: float, run_seconds: float) -> None:
        """Count a job that has come back from another process, where it took so many seconds."""
        with self.lock:
            self.clock.add_job(job, networks, compile_seconds, run_seconds)

    def _tick(self) -> None:
        while True:
            ended = self.over.wait(SECONDS_BETWEEN)
            with self.lock:
                self.bar.n = self.first + round(self.total - sum(self.clock.left))
                left = self.clock.seconds_left()
                self.bar.set_description_str(self.clock.doing(), refresh=False)
                self.bar.set_postfix_str("" if ended else f"about {self.bar.format_interval(left)} left", refresh=False)
            self.bar.refresh()
            if ended:
                return
