"""Results that others published on spirals, the MONK's problems, a bottleneck and an adder, with what repeats them.

What a source says is written into the settings of its row. What it leaves open, or where its code and its text differ,
is settled by a first reading, and varied in others. What the code of the sources says beyond their numbers:

- OpenANN's 192.49 and 192.66 of 193 test points are not numbers of right answers. The targets of that version are 0
  and 1 (its rescaling to -1 and 1 has no effect). Its code counts a point of target 1 as right where the output is
  above 0. It counts every point of target 0 as right, whatever the output. Here a right answer is an output that is
  nearer to the point's own target than to the other one. OpenANN minimizes the sum of *fourth* powers: half of each
  squared error is given to a least-squares solver, which squares it. It takes up to 1,000 iterations. A later version
  has targets -1 and 1 and counts those outputs that have the sign of their target. It takes up to 10,000 iterations (at
  most 4,342).
- The MONK's networks have two hidden layers in the code and one in the text, and learn row by row. Each number is that
  of one run. The training sets here are random subsets of the same sizes, as the published sets exist only as files.
- The bottleneck's .007 / .167 / .553 / .971 is one network; the mean of 30 is .011 / .321 / .595 / .983. It is shaken
  whenever it is stuck for 300 epochs; without that, its text says, none of 30 networks solves the task. Whether ours do
  depends on when they are looked at: they pass through a solution and leave it.
- The adder's gradient is that of the sum over its three outputs; its loss is their mean.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from experiments.lab.estimates import estimate, mapped, mean, median, wilson
from experiments.learning_from_data import adder, bottleneck, monks, spirals
from experiments.learning_from_data.sources import HINTON_PROBLEMS

FIRST = "first reading"
OPENANN = "OpenANN (GitHub), benchmarks/twospirals/twospirals.cpp"
FEXED = "fexed/neuralnetwork-from-scratch (GitHub), README.md and MONK_monk*testset.py"
BOTTLENECK = f"{HINTON_PROBLEMS}, distributed-to-local-bottleneck/README.md"
ADDER = f"{HINTON_PROBLEMS}, binary-addition/README.md"


class Kind(NamedTuple):
    """A kind of numbers: what the figure calls it, how far apart two of them count as equal, and our estimate from runs
    [run] at a level. Times are compared as logarithms.
    """

    label: str
    margin: float
    estimate: Callable[[xr.DataArray, float], xr.Dataset]
    is_time: bool = False


def _share(runs: xr.DataArray, level: float) -> xr.Dataset:
    return wilson(runs.mean("run"), int(runs.count()), level)


def _mean(runs: xr.DataArray, level: float) -> xr.Dataset:
    few = runs.count() < 2
    return estimate(runs.mean("run"), np.nan, np.nan) if few else mean(runs, "run", level)


def _log(x: xr.DataArray) -> xr.DataArray:
    """The logarithm; -inf where an interval reaches below 0."""
    log = xr.DataArray(np.log(x.where(x > 0)))
    return log.where((x > 0) | x.isnull(), -np.inf)


SOLVED = Kind("runs that solve the task", 0.05, _share)
RIGHT = Kind("test rows that are right", 0.01, _mean)
VALUE = Kind("mean hidden value", 0.05, _mean)
MEAN_TIME = Kind("mean time", np.log(1.25), lambda runs, level: mapped(_log, _mean(runs, level)), is_time=True)
MEDIAN_TIME = Kind("median time", np.log(1.25), lambda runs, level: median(np.log(runs), "run", level), is_time=True)


class Number(NamedTuple):
    """A published number, of `runs` runs; nan where it is ours alone. `of` is what the records call it."""

    what: str
    value: float
    runs: int
    kind: Kind
    of: str = "right"
    scale: float = 1.0
    place: int | None = None  # of several values
    solved_only: bool = False

    def ours(self, record: dict[str, np.ndarray]) -> np.ndarray:
        """The value of each of our runs [n]; nan where a run does not count."""
        values = np.asarray(record[self.of], float) / self.scale
        values = values if self.place is None else values[:, self.place]
        return np.where(np.isfinite(np.asarray(record["time"], float)), values, np.nan) if self.solved_only else values


@dataclass(frozen=True)
class Row:
    """One published result: its numbers, the settings of the first reading, and what other readings change in them."""

    source: str
    repeat: Callable[..., dict[str, np.ndarray]]  # from a Row, changes and sizes to a record of every run
    numbers: tuple[Number, ...]
    settings: dict[str, Any]
    readings: dict[str, dict[str, Any]] = field(default_factory=dict)


POINTS = spirals.POINTS + 1  # of the spirals that are for testing


def _spirals(hidden: tuple[int, ...], count: float, iterations: int, readings: dict[str, dict[str, Any]]) -> Row:
    return Row(
        source=OPENANN,
        repeat=spirals.records,
        numbers=(
            Number("test points counted", count / POINTS, 100, RIGHT, "counted", POINTS),
            Number("test points right", np.nan, 1, RIGHT, scale=POINTS),
            Number("mean iterations", iterations, 100, MEAN_TIME, "time"),
        ),
        settings={
            "hidden": hidden, "low": 0.0, "solver": spirals.fourth_powers, "start": 0.05, "stop": 1e-5,
            "iterations": 1_000,
        },
        readings=readings,
    )  # fmt: skip


# PyTorch's distribution, which the source calls Xavier's: U(-1, 1) / sqrt(fan in), biases too.
XAVIER = {"init": "lecun_uniform", "bias_init": "lecun_uniform", "init_scale": 3**-0.5, "bias_scale": 3**-0.5}
GLOROT = {"init": "glorot_uniform", "bias_init": "glorot_uniform"}


def _monk(units: int, accuracy: float, rate: float, law: dict[str, Any], **more: Any) -> Row:
    return Row(
        source=FEXED,
        repeat=monks.records,
        numbers=(Number("robots right", accuracy / 100, 1, RIGHT, scale=100),),
        readings={"one hidden layer, as the text has it": {"hidden": (units,)}, **more.pop("readings", {})},
        settings={"hidden": (units, units), "learning_rate": rate, **law, **more},
    )


def _solved(solved: int, runs: int) -> Number:
    return Number("share solved", solved / runs, runs, SOLVED)


def _median(what: str, value: int, runs: int) -> Number:
    return Number(f"median {what}", value, runs, MEDIAN_TIME, "time", solved_only=True)


def _adder(units: int, solved: int, sweeps: int | None, rate: float, start: float, **readings: Any) -> Row:
    numbers = [_solved(solved, 50), *([_median("sweeps", sweeps, solved)] if sweeps else [])]
    settings = {"hidden": (units,), "rate": rate, "start": start}
    return Row(ADDER, adder.records, tuple(numbers), settings, readings)


ADDER_READINGS = {
    "rate on the mean over the outputs": {"outputs": 1},
    "inputs -1 and 1": {"low": -1.0},
    "start U(-2, 2)": {"start": 2.0},
}
VALUES = (0.011, 0.321, 0.595, 0.983)
LATER = "spirals, later version"
ROWS: dict[str, Row] = {
    # Left open: the start in the version that gave the numbers (.05 is its default a little later), ALGLIB's damping.
    "spirals 2-20-10-1": _spirals(
        (20, 10), 192.49, 313,
        {
            "squared errors": {"solver": "levenberg_marquardt"},
            "start N(0, .5)": {"start": 0.5},
            "stop at 1e-8": {"stop": 1e-8},
        },
    ),
    "spirals 2-20-20-1": _spirals((20, 20), 192.66, 251, {}),
    # With targets -1 and 1 and no early stop.
    LATER: Row(
        source=f"{OPENANN}, later version",
        repeat=spirals.records,
        numbers=(
            Number("test points right", 188.25 / POINTS, 100, RIGHT, scale=POINTS),
            Number("mean iterations", 768, 100, MEAN_TIME, "time"),
        ),
        settings={
            "hidden": (20, 10), "low": -1.0, "solver": spirals.fourth_powers, "start": 0.05, "stop": 1e-16,
            "iterations": 10_000,
        },
        readings={"squared errors": {"solver": "levenberg_marquardt"}},
    ),
    "monk-1": _monk(20, 100, 0.1, XAVIER, momentum=0.8),
    # A version of its code has 6 and not sqrt(6) in Glorot's formula.
    "monk-2": _monk(10, 100, 0.05, GLOROT, readings={
        "start sqrt(6) times as wide": {"init_scale": 6**0.5, "bias_scale": 6**0.5},
    }),
    "monk-3": _monk(10, 94.21, 0.01, XAVIER),
    "bottleneck, shaken": Row(
        source=BOTTLENECK,
        repeat=bottleneck.records,
        numbers=(
            _solved(30, 30), _median("epochs", 736, 30),
            *(Number(f"hidden value {i + 1}", v, 30, VALUE, "values", place=i, solved_only=True)
              for i, v in enumerate(VALUES)),
        ),
        settings={"shakes": True},
    ),
    "bottleneck, left alone": Row(
        source=BOTTLENECK,
        repeat=bottleneck.records,
        numbers=(_solved(0, 30),),
        settings={"shakes": False},
        # Left open: whether a network is stopped when it is solved, as with shaking, or judged after 5,000 epochs.
        readings={
            "after 5,000 epochs": {"at_the_end": True}, "rate 1": {"rate": 1.0}, "start U(-1.5, 1.5)": {"start": 1.5},
        },
    ),
    "adder 4-3-3": _adder(3, 3, 627, 2.0, 1.0, **ADDER_READINGS),
    "adder 4-2-3": _adder(2, 0, None, 2.0, 1.0, **ADDER_READINGS),
    "adder 4-3-3, rate .5": _adder(3, 0, None, 0.5, 0.5),
}  # fmt: skip
