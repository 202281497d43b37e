"""The MONK's problems (Thrun et al. 1991): their rules, and networks as the source trains them.

A robot has six attributes of 3, 3, 2, 3, 4 and 2 values, so there are 432 robots, which are the test rows. The source
encodes them one-hot in 17 inputs, and trains row by row in an order that is shuffled for every epoch. It trains for
1,000 epochs, or until the mean training error has had no new minimum for 50.
"""

import itertools
from typing import Any

import numpy as np

import nnjax
from nnjax import tasks

VALUES = (3, 3, 2, 3, 4, 2)
ROBOTS = np.array(list(itertools.product(*(range(1, n + 1) for n in VALUES))))  # [432, 6]
TRAIN_ROWS = {"monk-1": 124, "monk-2": 169, "monk-3": 122}
NOISE = 0.05  # share of monk-3's training labels that are wrong
EPOCHS, PATIENCE = 1000, 50


def labels(problem: str) -> np.ndarray:
    """The class [432] of every robot: 1 where the rule holds."""
    a, b, c, d, e, f = ROBOTS.T
    del c, f
    if problem == "monk-1":
        return (a == b) | (e == 1)
    if problem == "monk-2":
        return (ROBOTS == 1).sum(axis=1) == 2
    return ((e == 3) & (d == 1)) | ((e != 4) & (b != 3))


def draw(problem: str, seed: int) -> tasks.Data:
    """Random training rows, and all robots as test rows: x [n, 17], x_test [432, 17]."""
    x = np.concatenate([np.eye(n)[column - 1] for n, column in zip(VALUES, ROBOTS.T, strict=True)], axis=1)
    y = labels(problem)[:, None].astype(float)
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(x))[: TRAIN_ROWS[problem]]
    known = y[rows]
    if problem == "monk-3":
        wrong = rng.permutation(len(rows))[: round(NOISE * len(rows))]
        known[wrong] = 1 - known[wrong]
    return tasks.data(x[rows], known, x, y)


def records(row: Any, changes: dict[str, Any], draws: int, name: str) -> dict[str, np.ndarray]:
    """Test accuracy in percent at the stop of each network, at its end, and the epochs until the stop."""
    n = TRAIN_ROWS[name]
    data = {f"draw {i}": draw(name, i) for i in range(draws)}
    runs = nnjax.sweep(
        data,
        **(row.settings | changes),
        activation="sigmoid",
        loss="sigmoid_binary_cross_entropy",
        solver="sgd",
        batch_size=1,
        seeds={task: [i] for i, task in enumerate(data)},
        num_steps=EPOCHS * n,
        record_every=n,
        measure={"right": right},
        progress=False,
    )
    curve, accuracy = runs.train_curve.values[:, 0], 100 * runs.right.values[:, 0]
    at = patience(curve[:, 1:]) + 1
    return {
        "right": np.take_along_axis(accuracy, at[:, None], axis=1)[:, 0],
        "counted": accuracy[:, -1],
        "time": at.astype(float),
    }


def right(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The share of all robots on the right side of one half."""
    return ((predict(params, data.x_test) > 0) == (data.y_test > 0.5)).mean()


def patience(curve: np.ndarray) -> np.ndarray:
    """The epoch, counted from 0, at which each run [n, s] has gone PATIENCE epochs without a new minimum."""
    out = np.full(len(curve), curve.shape[1] - 1)
    for i, values in enumerate(curve):
        best, since = np.inf, 0
        for t, value in enumerate(values):
            best, since = (value, 0) if value < best else (best, since + 1)
            if since == PATIENCE:
                out[i] = t
                break
    return out
