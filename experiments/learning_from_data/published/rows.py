"""The published results, each with the settings that repeat it, the numbers judged, and the choices left open."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from experiments.learning_from_data.published.config import ADDER, BOTTLENECK, MONKS, SPIRALS
from experiments.learning_from_data.published.spirals import fourth_powers
from experiments.learning_from_data.shared import prediction
from experiments.learning_from_data.shared.sources import HINTON_PROBLEMS

FIRST = "first reading"
OPENANN = "OpenANN (GitHub), benchmarks/twospirals/twospirals.cpp"
FEXED = "fexed/neuralnetwork-from-scratch (GitHub), README.md and MONK_monk*testset.py"


class Number(NamedTuple):
    """A published number: the mean, median or share over `runs` runs of what is called `of` in the records."""

    what: str
    value: float
    runs: int
    of: str = "right"
    statistic: Callable[..., Any] | None = np.mean  # None: a share
    finite: bool = False  # whether only the runs that solve their task are meant
    place: int | None = None  # of several values

    def ours(self, record: dict[str, np.ndarray]) -> np.ndarray:
        """The value of each of our runs [n]."""
        values = np.asarray(record[self.of], float)
        values = values if self.place is None else values[:, self.place]
        return values[np.isfinite(np.asarray(record["time"], float))] if self.finite else values

    def judged(self, record: dict[str, np.ndarray], numbers: int) -> tuple[float, float, float]:
        """Our number and the ends of its prediction interval; nan where none of our runs gives a value."""
        ours = self.ours(record)
        if not len(ours):
            return np.nan, np.nan, np.nan
        if self.statistic is None:
            return float(ours.mean()), *prediction.share(int(ours.sum()), len(ours), self.runs, numbers)
        return float(self.statistic(ours)), *prediction.of(ours, self.runs, self.statistic, numbers)


@dataclass(frozen=True)
class Row:
    """One published result."""

    source: str
    claim: str
    unit: str
    numbers: tuple[Number, ...]
    settings: dict[str, Any]
    readings: dict[str, dict[str, Any]] = field(default_factory=dict)


def _spirals(hidden: tuple[int, ...], count: float, iterations: int, readings: dict[str, dict[str, Any]]) -> Row:
    sizes = "-".join(map(str, (2, *hidden, 1)))
    return Row(
        source=OPENANN,
        claim=f"Two spirals, {sizes} tanh networks, Levenberg-Marquardt: the source's code counts {count} of 193 test "
        f"points as right, after {iterations} iterations (means of 100 runs). It counts every point of target 0, "
        "whatever the output, and the points of target 1 whose output is above 0.",
        unit="test points that the source's code counts",
        numbers=(Number("points counted", count, 100, "counted"), Number("iterations", iterations, 100, "time")),
        settings={
            "hidden": hidden,
            "low": 0.0,
            "solver": fourth_powers,
            "start": 0.05,
            "stop": 1e-5,
            "iterations": 1_000,
        },
        readings=readings,
    )


# PyTorch's distribution, which the source calls Xavier's: U(-1, 1) / sqrt(fan in), biases too.
XAVIER = {"init": "lecun_uniform", "bias_init": "lecun_uniform", "init_scale": 3**-0.5, "bias_scale": 3**-0.5}
GLOROT = {"init": "glorot_uniform", "bias_init": "glorot_uniform"}


def _monk(units: int, accuracy: float, rate: float, law: dict[str, Any], **more: Any) -> Row:
    readings = {"one hidden layer, as the text has it": {"hidden": (units,)}, **more.pop("readings", {})}
    return Row(
        source=FEXED,
        claim=f"Networks of {units} sigmoid units to a layer reach {accuracy:g} % on all robots (rate {rate:g}; one "
        "run).",
        unit="% of the robots",
        numbers=(Number("accuracy", accuracy, 1),),
        settings={"hidden": (units, units), "learning_rate": rate, **law, **more},
        readings=readings,
    )


def _adder(units: int, solved: int, sweeps: int | None, rate: float, start: float, **readings: Any) -> Row:
    numbers = [Number("share", solved / 50, 50, statistic=None)]
    if sweeps:
        numbers.append(Number("sweeps", sweeps, solved, "time", np.median, finite=True))
    median = f", in a median of {sweeps} sweeps" if sweeps else ""
    return Row(
        source=f"{HINTON_PROBLEMS}, binary-addition/README.md",
        claim=f"4-{units}-3 networks learn to add two numbers of two bits in {solved} of 50 runs of 5,000 "
        f"sweeps{median} "
        f"(rate {rate:g}, momentum .9, U(-{start:g}, {start:g})).",
        unit="of the networks",
        numbers=tuple(numbers),
        settings={"hidden": (units,), "rate": rate, "start": start},
        readings=readings,
    )


ADDER_READINGS = {
    "rate on the mean over the outputs": {"outputs": 1},
    "inputs -1 and 1": {"low": -1.0},
    "start U(-2, 2)": {"start": 2.0},
}
SHAKEN, ALONE = BOTTLENECK
BOTTLENECK_SOURCE = f"{HINTON_PROBLEMS}, distributed-to-local-bottleneck/README.md"
VALUES = (0.011, 0.321, 0.595, 0.983)
ROWS: dict[str, Row] = {
    # Left open: the start in the version that gave the numbers (.05 is its default a little later), ALGLIB's damping.
    SPIRALS[0]: _spirals(
        (20, 10), 192.49, 313,
        {
            "squared errors": {"solver": "levenberg_marquardt"},
            "start N(0, .5)": {"start": 0.5},
            "stop at 1e-8": {"stop": 1e-8},
        },
    ),
    SPIRALS[1]: _spirals((20, 20), 192.66, 251, {}),
    SPIRALS[2]: Row(
        source=f"{OPENANN}, later version",
        claim="With targets -1 and 1 and no early stop, 2-20-10-1 networks have 188.25 of 193 test points right, which "
        "are those whose output has the sign of their target, after 768 iterations (means of 100 runs).",
        unit="test points on the right side of 0",
        numbers=(Number("points right", 188.25, 100), Number("iterations", 768, 100, "time")),
        settings={
            "hidden": (20, 10), "low": -1.0, "solver": fourth_powers, "start": 0.05, "stop": 1e-16,
            "iterations": 10_000,
        },
        readings={"squared errors": {"solver": "levenberg_marquardt"}},
    ),
    MONKS[0]: _monk(20, 100, 0.1, XAVIER, momentum=0.8),
    # A version of its code has 6 and not sqrt(6) in Glorot's formula.
    MONKS[1]: _monk(10, 100, 0.05, GLOROT, readings={
        "start sqrt(6) times as wide": {"init_scale": 6**0.5, "bias_scale": 6**0.5},
    }),
    MONKS[2]: _monk(10, 94.21, 0.01, XAVIER),
    SHAKEN: Row(
        source=BOTTLENECK_SOURCE,
        claim="A 2-1-4 network that is shaken when it is stuck is solved in 30 of 30 runs, in a median of 736 "
        "epochs, and "
        "its hidden values are .011, .321, .595 and .983 on average.",
        unit="of the networks",
        numbers=(
            Number("share", 1.0, 30, statistic=None),
            Number("epochs", 736, 30, "time", np.median, finite=True),
            *(Number(f"value {i + 1}", v, 30, "values", finite=True, place=i) for i, v in enumerate(VALUES)),
        ),
        settings={"shakes": True},
    ),
    ALONE: Row(
        source=BOTTLENECK_SOURCE,
        claim="A 2-1-4 network that is never shaken is solved in 0 of 30 runs.",
        unit="of the networks",
        numbers=(Number("share", 0.0, 30, statistic=None),),
        settings={"shakes": False},
        # Left open: whether a network is stopped when it is solved, as with shaking, or judged after 5,000 epochs.
        readings={
            "after 5,000 epochs": {"at_the_end": True}, "rate 1": {"rate": 1.0}, "start U(-1.5, 1.5)": {"start": 1.5},
        },
    ),
    ADDER[0]: _adder(3, 3, 627, 2.0, 1.0, **ADDER_READINGS),
    ADDER[1]: _adder(2, 0, None, 2.0, 1.0, **ADDER_READINGS),
    ADDER[2]: _adder(3, 0, None, 0.5, 0.5),
}  # fmt: skip
