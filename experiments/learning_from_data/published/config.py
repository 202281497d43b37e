"""The settings of `learning_from_data.published`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least, one_of

SPIRALS = ("spirals 2-20-10-1", "spirals 2-20-20-1", "spirals, later version")
MONKS = ("monk-1", "monk-2", "monk-3")
BOTTLENECK = ("bottleneck, shaken", "bottleneck, left alone")
ADDER = ("adder 4-3-3", "adder 4-2-3", "adder 4-3-3, rate .5")
ROWS = (*SPIRALS, *MONKS, *BOTTLENECK, *ADDER)


@dataclass(frozen=True)
class Config:
    """Which rows are repeated, with how many networks."""

    rows: Annotated[tuple[str, ...], one_of(ROWS)] = ROWS  # scientific: see rows.py
    runs: Annotated[int, at_least(2)] = 2_000  # fixed: networks of each reading of the bottleneck and the adder
    spiral_runs: Annotated[int, at_least(2)] = 40  # fixed: networks on the spirals in a first reading
    monk_draws: Annotated[int, at_least(2)] = 40  # fixed: training sets of a MONK's problem, with a network each
    readings: bool = True  # nuisance: whether what a source leaves open is varied
    few: Annotated[int, at_least(2)] = 12  # nuisance: spiral networks, and MONK's training sets, of each other reading
    spiral_steps: int = 2_000  # fixed: most trials of Levenberg-Marquardt
    # fixed: the same for the spirals of the later version, which takes up to 10,000 iterations
    later_steps: int = 10_000


FULL = Config()
QUICK = Config(rows=(*BOTTLENECK, *ADDER), runs=100, readings=False, spiral_runs=4, monk_draws=4, few=2)
