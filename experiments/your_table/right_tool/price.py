"""The seconds and the memory that a run is expected to take on this machine, before it begins.

Those of networks come from the plans of their sweeps; for each other method, fits to few rows are timed, in seconds of
one core. For more rows the time of a fit follows a line, or a power law where that is steeper, as it is for forests.
"""

import math
import os
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from experiments.lab import text
from experiments.your_table.right_tool import curve, methods
from experiments.your_table.right_tool.config import Config
from experiments.your_table.right_tool.splits import Rows, Split
from experiments.your_table.right_tool.summary import BOOSTING, FOREST, LINEAR, NETWORK
from experiments.your_table.shared.describe import Table
from nnjax import hooks, machine, mlp

PLANNED, TIMED = (4_000, 16_000), (1_000, 4_000)  # rows for which networks are planned, and others are timed
LOOKS, PRODUCTS = 30, 2e10  # looks at held-out rows per network; multiplications and additions per core and second
NODE_BYTES = 64  # for a node of a tree, and 8 for each class
MOST_MEMORY = 0.8  # of this machine's memory
COPIES = 6  # of the inputs in float64 that are held at a time, besides one for each worker and each inner fold


class Price(NamedTuple):
    """Seconds of the networks, and of the other methods; bytes of memory."""

    networks: float
    others: float
    memory: float

    @property
    def seconds(self) -> float:
        return self.networks + self.others


class _Planned(Exception):
    """Ends a fit once its sweep is planned."""


def expected(table: Table, parts: Split, config: Config) -> Price:
    """What a run is expected to take; nothing is trained but one or two fits of each other method to few rows."""
    rows, workers = len(parts.others), machine.num_workers()
    few = {n: curve.some(table, parts.others, min(n, rows)) for n in (*PLANNED, *TIMED)}
    searches, refits = len(parts.folds) + 1, len(curve.SHARES) * len(parts.folds)
    trained = config.trials * config.inner_folds
    # Each search trains its ensemble, too. Each point of the learning curve trains one candidate on all inner folds and
    # an ensemble, on a part of the rows or on all.
    again = 0.5 * refits + len(parts.folds)
    share = searches * (1 + config.members / trained) + again * (config.inner_folds + config.members) / trained
    seconds, block = zip(*(_planned(table, few[n], config) for n in PLANNED), strict=True)
    networks = share * _beyond(rows, PLANNED, seconds) + searches * _looking(table, rows, config) / workers
    counts = TIMED if rows > TIMED[0] else TIMED[:1]
    tried = searches * config.inner_folds * config.trials
    others = 0.0
    for name in (LINEAR, FOREST, BOOSTING):
        fits = tried * (methods.SEARCHED_TREES / methods.NUM_TREES if name == FOREST else 1) + searches + refits / 3
        single = [_timed(name, table, few[n]) for n in counts]
        others += fits * _beyond(rows, TIMED, single) / workers
    inputs = 8.0 * len(table.y) * table.num_inputs
    nodes = 2.0 * methods.NUM_TREES * min(rows, methods.MOST_LEAVES)
    memory = inputs * (COPIES + workers + config.inner_folds) + workers * _beyond(rows, PLANNED, block)
    memory += nodes * (NODE_BYTES + 8 * max(1, len(table.classes)))
    return Price(networks, others, memory)


def told(price: Price) -> str:
    """The price in a sentence."""
    return (
        f"This will take about {text.duration(price.seconds)} ({text.duration(price.networks)} for networks, "
        f"{text.duration(price.others)} for linear models, forest and boosting) on {machine.num_workers()} cores that "
        f"have nothing else to do, and about {_bytes(price.memory)} of memory."
    )


def check(price: Price, most_minutes: float) -> None:
    """Refuse a run that takes longer than was allowed, or more memory than there is.

    Raises:
        ValueError: saying what it takes and what to do.
    """
    if price.seconds > 60 * most_minutes:
        raise ValueError(
            f"most_minutes={most_minutes:g} is less than the {price.seconds / 60:.0f} minutes that this is expected to "
            "take: allow more, or take fewer rows (--rows 20000) or trials (--trials 8)"
        )
    there = _memory()
    if there is not None and price.memory > MOST_MEMORY * there:
        raise ValueError(
            f"these rows would take about {_bytes(price.memory)} of memory, and this machine has {_bytes(there)}: take "
            "fewer (--rows 20000), or drop columns (--drop)"
        )


def _planned(table: Table, rows: Rows, config: Config) -> tuple[float, float]:
    """Seconds of one search for networks on these rows, and bytes of a worker's block."""
    plans: list[Any] = []

    def stop(plan: Any) -> None:
        plans.append(plan)
        raise _Planned

    try:
        with hooks.reviewing(stop):
            methods.fitted(NETWORK, table, rows, config, 0)
    except _Planned:
        pass
    plan = plans[0]
    return plan.seconds(machine.num_workers()), float(max(program.block_bytes for program in plan.programs))


def _beyond(rows: int, at: tuple[int, int], found: Sequence[float]) -> float:
    """Extend what was found `at` two numbers of rows along a line; beyond both, by a power law if that is steeper."""
    low, high = found[0], max(found[0], found[-1])
    if rows <= at[0] or low <= 0:
        return low
    line = low + (high - low) * (rows - at[0]) / (at[1] - at[0])
    if rows <= at[1]:
        return line
    return max(line, low * (rows / at[0]) ** (math.log(high / low) / math.log(at[1] / at[0])))


def _looking(table: Table, rows: int, config: Config) -> float:
    """Seconds of one core for the losses on held-out rows in one search, which a plan does not count."""
    outputs = max(1, len(table.classes))
    sizes = [mlp.num_params((table.num_inputs, *hidden, outputs)) for hidden in config.hidden]
    return 2.0 * sum(sizes) / len(sizes) * rows * config.trials * LOOKS / PRODUCTS


def _timed(name: str, table: Table, rows: Rows) -> float:
    """Seconds of one core for one fit to these rows, with a method's default settings."""
    estimator = methods.pipeline(name, table).set_params(**{"method__n_jobs": 1} if name == FOREST else {})

    def fit() -> float:
        start = time.thread_time()  # of this thread: others may keep the machine busy
        estimator.fit(table.x.iloc[rows], table.y[rows])
        return time.thread_time() - start

    with methods.quietly():
        return methods.together([fit], 0)[0]


def _memory() -> float | None:
    """The memory of this machine in bytes, where the system says."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _bytes(count: float) -> str:
    return f"{count / 1e6:.0f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
