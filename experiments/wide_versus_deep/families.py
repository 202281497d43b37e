"""Families of tasks of equal shape, which share their programs and their draws of the data."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr

from nnjax import tasks, tuning
from nnjax.tasks import Data

MANY, FEW = "sawtooth, many teeth", "sawtooth, few teeth"
COMPOSITION, CONTROL = "composition", "composition, signs drawn"
SHUFFLED = "MNIST-1D, shuffled"
DIGITS = "MNIST digits"
FEW_PIECES = 8
SQUARED, LOGISTIC, SOFTMAX = "squared_error", "sigmoid_binary_cross_entropy", "softmax_cross_entropy"
MNIST_ROWS = 3_000


class Family(NamedTuple):
    """`make(seed, budget)` gives the tasks by name, in the order of `tasks`.

    `budgets` are the least and the greatest number of parameters; at the least, the deepest network has a width of
    about 5. Errors are squared errors as a share of the target's variance, or shares of test rows that are wrong.
    """

    title: str
    make: Callable[[int, int], dict[str, Data]]
    loss: str
    tasks: tuple[str, ...]
    budgets: tuple[int, int]


def _line(seed: int, budget: int) -> dict[str, Data]:
    many = tasks.sawtooth(many_pieces(budget), seed)
    return {MANY: many, FEW: tasks.sawtooth(FEW_PIECES, seed), "x squared": tasks.square(seed)}


def many_pieces(budget: int) -> int:
    """The least power of 2 above N, the neurons of one hidden layer with 3 N + 1 parameters and N + 1 pieces."""
    return 2 ** int(np.floor(np.log2((budget - 1) // 3)) + 1)


def _tree(seed: int, budget: int) -> dict[str, Data]:
    return {COMPOSITION: tasks.composition(seed), CONTROL: tasks.composition(seed, control=True)}


def _radial(seed: int, budget: int) -> dict[str, Data]:
    return {f"radial, {n} wave{'s' * (n > 1)}": tasks.radial(seed, num_waves=n) for n in (1, 2)}


def _spirals(seed: int, budget: int) -> dict[str, Data]:
    return {f"spirals, {n} turns": tasks.two_spirals(seed, num_turns=n) for n in (2, 3)}


def _mnist1d(seed: int, budget: int) -> dict[str, Data]:
    return {"MNIST-1D": tasks.mnist1d(seed), SHUFFLED: tasks.mnist1d(seed, shuffled=True)}


def _mnist(seed: int, budget: int) -> dict[str, Data]:
    """Tuning alone tests on a fifth of the 5,000 digits; reported draws split the others into 3,000 and 1,000."""
    digits = _digits()
    order = np.random.default_rng(seed).permutation(len(digits.x))
    train, rest = order[:MNIST_ROWS], order[MNIST_ROWS:]
    test = (digits.x_test, digits.y_test) if seed >= tuning.FIRST_SEED else (digits.x[rest], digits.y[rest])
    return {DIGITS: tasks.data(digits.x[train], digits.y[train], *test)}


@functools.cache
def _digits() -> Data:
    return tasks.mnist_5k(0, scaling="standard")


FAMILIES = {
    "line": Family("functions of one input", _line, SQUARED, (MANY, FEW, "x squared"), (250, 4_000)),
    "tree": Family("functions of a tree", _tree, SQUARED, (COMPOSITION, CONTROL), (250, 16_000)),
    "radial": Family("radial waves", _radial, SQUARED, ("radial, 1 wave", "radial, 2 waves"), (250, 16_000)),
    "spirals": Family("spirals", _spirals, LOGISTIC, ("spirals, 2 turns", "spirals, 3 turns"), (250, 4_000)),
    "mnist1d": Family("MNIST-1D", _mnist1d, SOFTMAX, ("MNIST-1D", SHUFFLED), (1_000, 64_000)),
    "mnist": Family(DIGITS, _mnist, SOFTMAX, (DIGITS,), (16_000, 16_000)),
}
FAMILY = {task: name for name, family in FAMILIES.items() for task in family.tasks}
CONTROLS = (CONTROL, SHUFFLED)
# Test rows divided by training rows, for tasks whose draws split the same rows anew: 4,000 digits, 3,000 and 1,000.
OVERLAP = {DIGITS: 1_000 / MNIST_ROWS}


# A draw serves both kinds of shapes, so it is kept a while: at most 16 of MNIST's, 250 MB.
@functools.lru_cache(16)
def made(family: str, seed: int, budget: int) -> dict[str, Data]:
    """The tasks of a family by name, of one draw. They are cached: do not write to them."""
    return FAMILIES[family].make(seed, budget)


def overlap(task: xr.DataArray) -> xr.DataArray:
    """Test rows divided by training rows, of tasks whose draws split the same rows anew; 0 for others [task]."""
    return task.copy(data=[OVERLAP.get(name, 0.0) for name in task.values.tolist()])
