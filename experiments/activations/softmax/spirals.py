"""Spirals of several classes in the plane."""

import numpy as np

from nnjax import tasks
from nnjax.tasks import Data

TURNS = 1.0  # of every spiral around the origin
NOISE = 0.05  # standard deviation of both coordinates


def spirals(seed: int, num_classes: int, num_rows: int, num_test: int) -> Data:
    """Points x [n, 2] of interleaved spirals out to radius 1, evenly over the area, and one-hot classes y [n, k].

    The classes have equally many points, up to one. The noise moves some points onto a neighbouring spiral.
    """
    rng, n = np.random.default_rng(seed), num_rows + num_test
    labels, radius = rng.permutation(np.arange(n) % num_classes), np.sqrt(rng.uniform(0.01, 1, n))
    angle = 2 * np.pi * (TURNS * radius + labels / num_classes)
    x = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]) + NOISE * rng.normal(size=(n, 2))
    y, _ = tasks.one_hot(labels, range(num_classes))
    test = (x[num_rows:], y[num_rows:]) if num_test else (None, None)
    return tasks.data(x[:num_rows], y[:num_rows], *test)
