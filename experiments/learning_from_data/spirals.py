"""Two spirals by Levenberg-Marquardt, as OpenANN trains them.

The 386 points are those of the CMU benchmark's generator at density 2, every other one for training, scaled to [0, 1];
97 of the 193 training points and 96 of the test points lie on the first spiral. OpenANN gives half of each
squared error to ALGLIB's solver, whose residuals are squared again. So its loss is F = sum of (e^2 / 2)^2.

It stops when an iteration lowers F by at most `stop` times max(F, 1). It also stops after 1,000 iterations, or 10,000
in its later version. An iteration is a trial that lowers F. ALGLIB's damping of steps is not repeated here. All
networks cross a plateau at the start, where steps lower F by less than that (one of the source's networks stopped after
11 iterations). So here a run ends only after IN_A_ROW such iterations in a row, and only once F is below half of the
best constant's. The second condition was added after 39 of 40 networks had been seen to stop on the plateau without it.
A run also ends when STALLED trials in a row have not lowered F, as the damping is then so large that none will. A run
that has not ended when its trials are used up is cut off: it would have gone on.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import nnjax
from nnjax import tasks
from nnjax.solvers.levenberg_marquardt import of_residuals
from nnjax.training import STOPPED

DENSITY, POINTS = 2, 192
IN_A_ROW, STALLED = 10, 50
TURN, FULL_RADIUS = np.pi / (16 * DENSITY), 104 * DENSITY


def data(low: float) -> tasks.Data:
    """The points, with targets `low` and 1: x [193, 2] and x_test [193, 2]."""
    i = np.arange(POINTS + 1)
    angle, radius = i * TURN, (FULL_RADIUS - i) / FULL_RADIUS
    first = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    trains, last = i[:-1] % 2 == 0, first[-1:]
    parts = []
    # The innermost point is the 193rd training point, and its mirror image the 193rd test point.
    for rows, extra, kind in ((first[:-1][trains], last, 1.0), (first[:-1][~trains], -last, low)):
        x = np.concatenate([rows, -rows, extra])
        y = np.concatenate([np.ones(len(rows)), np.full(len(rows), low), [kind]])
        parts += [(x - x.min()) / (x.max() - x.min()), y[:, None]]
    return tasks.data(*parts)


def fourth_powers(learning_rate: Any) -> nnjax.solvers.Solver:
    """Levenberg-Marquardt with half of each squared error as a residual, which it squares."""
    return of_residuals(learning_rate, lambda error: error**2 / 2)


def loss(params: Any, data: tasks.Data, predict: Any) -> jax.Array:
    """F: the sum of the squares of half of each squared error."""
    return jnp.sum((predict(params, data.x) - data.y) ** 4) / 4


def counted(params: Any, data: tasks.Data, predict: Any) -> jax.Array:
    """Two numbers of test points [2]: those that are right, and those that the source counts.

    A point is right where its output is nearer to its own target than to the other. The source counts every point of
    target 0, whatever the output, and those of other targets whose output has their sign.
    """
    y, target = predict(params, data.x_test)[:, 0], data.y_test[:, 0]
    nearer = (y > (1 + jnp.min(target)) / 2) == (target > 0)
    return jnp.stack([jnp.sum(nearer), jnp.sum(jnp.where(target == 0, True, (y > 0) == (target > 0)))])


def records(row: Any, changes: dict[str, Any], runs: int, steps: int) -> dict[str, np.ndarray]:
    """For every network when it ends: right test points, those that the source counts, iterations, and whether it was
    cut off (1) after `steps` trials.
    """
    wanted = row.settings | changes
    found = nnjax.sweep(
        data(wanted["low"]),
        hidden=wanted["hidden"],
        output_activation="tanh",
        solver=wanted["solver"],
        learning_rate=1000.0,
        init="normal",
        bias_init="normal",
        init_scale=wanted["start"],
        bias_scale=wanted["start"],
        seeds=runs,
        num_steps=steps,
        record_every=1,
        measure={"power": loss, "counted": counted},
        early_stop=("power", wanted["stop"] / 10),
        dtype="float64",
        progress=False,
    )
    constant = (POINTS + 1) * ((1 - wanted["low"]) / 2) ** 4 / 4  # midway between the targets
    at, iterations, cut = stops(found.power.values, wanted["stop"], constant, wanted["iterations"])
    counts = np.take_along_axis(found.counted.values, at[:, None, None], axis=1)[:, 0]
    return {
        "right": counts[:, 0],
        "counted": counts[:, 1],
        "time": iterations.astype(float),
        "cut": (cut & (found.status.values != STOPPED)).astype(float),
    }


def stops(curve: np.ndarray, stop: float, constant: float, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The step at which each run [n, s] ends, the iterations until then, and whether it was cut off before it ended.

    Iterations are trials that lower F. A run ends with the first iteration of one of three kinds:

    - It is the last of IN_A_ROW iterations, each of which lowers F by at most `stop` times max(F, 1). Each also begins
      below half of `constant`, the F of the best constant.
    - After it, STALLED trials in a row, or more, do not lower F.
    - It is the `most`th.
    """
    at, iterations, cut = np.full(len(curve), curve.shape[1] - 1), np.zeros(len(curve), int), np.ones(len(curve), bool)
    for i, values in enumerate(curve):
        lowered = np.flatnonzero(np.diff(values) < 0)
        little = values[lowered] - values[lowered + 1] <= stop * np.maximum(values[lowered], 1.0)
        little &= values[lowered] < constant / 2
        ends = np.diff(np.append(lowered, curve.shape[1] - 1)) > STALLED
        if len(little) >= IN_A_ROW:
            ends[IN_A_ROW - 1 :] |= np.convolve(little, np.ones(IN_A_ROW), "valid") >= IN_A_ROW
        ends[most - 1 :] = True
        cut[i] = not ends.any()
        iterations[i] = len(lowered) if cut[i] else np.argmax(ends) + 1
        at[i] = curve.shape[1] - 1 if cut[i] else lowered[iterations[i] - 1] + 1
    return at, iterations, cut
