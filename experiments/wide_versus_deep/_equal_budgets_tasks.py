"""The tasks of `equal_budgets`: families of tasks of equal shape, which share their programs and draws."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from experiments.lab.tuning import FIRST_TUNING_SEED
from nnjax import tasks
from nnjax.tasks import Data

# What is expected of depth, and who says so.
HELPS, NO_GAIN = "depth helps", "depth is no gain"

MANY, FEW = "sawtooth, many teeth", "sawtooth, few teeth"
COMPOSITION, CONTROL = "composition", "composition, signs drawn"
FEW_PIECES = 8
SQUARED, LOGISTIC, SOFTMAX = "squared_error", "sigmoid_binary_cross_entropy", "softmax_cross_entropy"
MNIST_ROWS = 3_000


class Family(NamedTuple):
    """`make(seed, budget)` gives the tasks by name; `expected` says what is expected of each, and the source; `budgets`
    are the least, at which the deepest network is five or so wide, and the largest.

    Errors are squared errors as a share of the target's variance, or shares of test rows that are wrong.
    """

    make: Callable[[int, int], dict[str, Data]]
    loss: str
    budgets: tuple[int, int]
    expected: dict[str, tuple[str, str]]


def _line(seed: int, budget: int) -> dict[str, Data]:
    many = tasks.sawtooth(many_pieces(budget), seed)
    return {MANY: many, FEW: tasks.sawtooth(FEW_PIECES, seed), "x squared": tasks.square(seed)}


def many_pieces(budget: int) -> int:
    """The least 2^k above the neurons N of one hidden layer, which has 3 N + 1 parameters and N + 1 pieces."""
    return 2 ** int(np.floor(np.log2((budget - 1) // 3)) + 1)


def _tree(seed: int, budget: int) -> dict[str, Data]:
    return {COMPOSITION: tasks.composition(seed), CONTROL: tasks.composition(seed, control=True)}


def _radial(seed: int, budget: int) -> dict[str, Data]:
    return {f"radial, {n} wave{'s' * (n > 1)}": tasks.radial(seed, num_waves=n) for n in (1, 2)}


def _spirals(seed: int, budget: int) -> dict[str, Data]:
    return {f"spirals, {n} turns": tasks.two_spirals(seed, num_turns=n) for n in (2, 3)}


def _mnist1d(seed: int, budget: int) -> dict[str, Data]:
    return {"MNIST-1D": tasks.mnist1d(seed), "MNIST-1D, shuffled": tasks.mnist1d(seed, shuffled=True)}


def _mnist(seed: int, budget: int) -> dict[str, Data]:
    """A fifth of the 5,000 digits is for tuning alone. What is reported deals the others into 3,000 and 1,000."""
    digits = _digits()
    order = np.random.default_rng(seed).permutation(len(digits.x))
    train, rest = order[:MNIST_ROWS], order[MNIST_ROWS:]
    test = (digits.x_test, digits.y_test) if seed >= FIRST_TUNING_SEED else (digits.x[rest], digits.y[rest])
    return {"MNIST digits": tasks.data(digits.x[train], digits.y[train], *test)}


@functools.cache
def _digits() -> Data:
    return tasks.mnist_5k(0, scaling="standard")


FOLKLORE = "Lang & Witbrock 1988, who took three hidden layers"
MATCHED = "matched budgets on MNIST, 10 seeds: no gain from depth"
FAMILIES = {
    "line": Family(
        _line,
        SQUARED,
        (250, 4_000),
        {
            MANY: (HELPS, "Telgarsky 2016, of what can be expressed"),
            FEW: (NO_GAIN, "one hidden layer has pieces enough: optimization alone is tested"),
            "x squared": (HELPS, "Yarotsky 2017, of what can be expressed"),
        },
    ),
    "tree": Family(
        _tree,
        SQUARED,
        (250, 16_000),
        {
            COMPOSITION: (HELPS, "Mhaskar & Poggio 2016"),
            CONTROL: (NO_GAIN, "no composition is left: the control of Mhaskar & Poggio 2016"),
        },
    ),
    "radial": Family(
        _radial,
        SQUARED,
        (250, 16_000),
        {f"radial, {n} wave{'s' * (n > 1)}": (HELPS, "Eldan & Shamir 2016") for n in (1, 2)},
    ),
    "spirals": Family(_spirals, LOGISTIC, (250, 4_000), {f"spirals, {n} turns": (HELPS, FOLKLORE) for n in (2, 3)}),
    "mnist1d": Family(
        _mnist1d,
        SOFTMAX,
        (1_000, 64_000),
        dict.fromkeys(("MNIST-1D", "MNIST-1D, shuffled"), (HELPS, "the chapter: more layers improve performance")),
    ),
    "mnist": Family(_mnist, SOFTMAX, (16_000, 16_000), {"MNIST digits": (NO_GAIN, MATCHED)}),
}
EXPECTED = {name: expected for family in FAMILIES.values() for name, expected in family.expected.items()}


# A draw serves both kinds of shapes, so it is kept a while: at most 16 of MNIST's, 250 MB.
@functools.lru_cache(16)
def made(family: str, seed: int, budget: int) -> dict[str, Data]:
    """The tasks of a family by name, of one draw; not to be written to."""
    return FAMILIES[family].make(seed, budget)
