"""Two spirals by Levenberg-Marquardt, as OpenANN trains them.

The 386 points are those of the generator of the CMU benchmark at density 2, every other one for training, scaled to
[0, 1]; 97 of the 193 training points and 96 of the test points lie on the first spiral. OpenANN gives half of each
squared error to ALGLIB's solver, whose residuals are squared again, so its loss is F = sum of (e^2 / 2)^2.

It stops where an iteration lowers F by less than `stop` of max(F, 1), and after 1,000 iterations; an iteration is a
trial that lowers F. How ALGLIB damps its steps is not repeated. All networks cross a plateau at the start, where steps
lower F by less than that (one of the source's networks stopped after 11 iterations). So here only IN_A_ROW such
iterations in a row end a run, and only once F is below half of that of the best constant; the second was added after 39
of 40 networks had been seen to stop on the plateau without it.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import nnjax
from nnjax import tasks
from nnjax.solvers.levenberg_marquardt import of_residuals

DENSITY, POINTS = 2, 192
IN_A_ROW = 10
TURN, FULL_RADIUS = np.pi / (16 * DENSITY), 104 * DENSITY


def data(low: float) -> tasks.Data:
    """The points, with targets `low` and 1: x [193, 2] and x_test [193, 2]."""
    i = np.arange(POINTS + 1)
    angle, radius = i * TURN, (FULL_RADIUS - i) / FULL_RADIUS
    first = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    trains, last = i[:-1] % 2 == 0, first[-1:]
    parts = []
    # The innermost point is the 193rd of the training points, and its mirror image of the test points.
    for rows, extra, kind in ((first[:-1][trains], last, 1.0), (first[:-1][~trains], -last, low)):
        x = np.concatenate([rows, -rows, extra])
        y = np.concatenate([np.ones(len(rows)), np.full(len(rows), low), [kind]])
        parts += [(x - x.min()) / (x.max() - x.min()), y[:, None]]
    return tasks.data(*parts)


def fourth_powers(learning_rate: Any) -> nnjax.solvers.Solver:
    """Levenberg-Marquardt on half of each squared error, which it squares."""
    return of_residuals(learning_rate, lambda error: error**2 / 2)


def loss(params: Any, data: tasks.Data, predict: Any) -> jax.Array:
    """F: the sum of the squares of half of each squared error."""
    return jnp.sum((predict(params, data.x) - data.y) ** 4) / 4


def counted(params: Any, data: tasks.Data, predict: Any) -> jax.Array:
    """Right test points [2]: on their target's side of the middle; and as the source counts, where targets are 0 and 1.

    It takes an output below 0 for a mistake where the target is above 0, and nothing else.
    """
    y, low = predict(params, data.x_test)[:, 0], jnp.min(data.y_test)
    first = data.y_test[:, 0] > 0
    right = (y > (1 + low) / 2) == first
    return jnp.stack([jnp.sum(right), jnp.sum(jnp.where(first, y > 0, True))])


def records(row: Any, changes: dict[str, Any], runs: int, steps: int) -> dict[str, np.ndarray]:
    """Of every network at its stop: right test points, those that the source counts, iterations."""
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
    at, iterations = stops(found.power.values, wanted["stop"], constant)
    counts = np.take_along_axis(found.counted.values, at[:, None, None], axis=1)[:, 0]
    return {"right": counts[:, 0], "counted": counts[:, 1], "time": iterations.astype(float)}


def stops(curve: np.ndarray, stop: float, constant: float) -> tuple[np.ndarray, np.ndarray]:
    """The step at which each run [n, s] ends, and the iterations until then, trials that lower F.

    A run ends with the last of IN_A_ROW iterations that lower F by at most `stop` of max(F, 1) each, all of them below
    half of `constant`, the F of the best constant.
    """
    at, iterations = np.full(len(curve), curve.shape[1] - 1), np.zeros(len(curve), int)
    for i, values in enumerate(curve):
        lowered = np.flatnonzero(np.diff(values) < 0)
        little = values[lowered] - values[lowered + 1] <= stop * np.maximum(values[lowered], 1.0)
        little &= values[lowered] < constant / 2
        runs = np.convolve(little, np.ones(IN_A_ROW), "valid") if len(little) >= IN_A_ROW else np.zeros(0)
        last = int(np.argmax(runs >= IN_A_ROW)) + IN_A_ROW - 1 if (runs >= IN_A_ROW).any() else len(lowered) - 1
        if last < len(lowered) - 1:
            at[i] = lowered[last] + 1
        iterations[i] = last + 1
    return at, iterations
