"""The rules of `rules`, its data, and the minima that are computed beside the training."""

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy
import xarray as xr

import nnjax
from experiments.lab import tuning
from nnjax import mlp, neurons, tasks, training

if TYPE_CHECKING:
    from experiments.perceptron.rules import Config

SOFT, HARD, SIGNS = (0.1, 0.9), (0.0, 1.0), (-1.0, 1.0)
SEPARABLE_GATES = tuple(name for name in tasks.BOOLEAN_NAMES if name not in ("xor", "xnor"))
FOUR_X = np.array([[2.0, 1.0], [2.0, 3.0], [1.0, 0.0], [10.0, -8.0]])
FOUR_Y = np.array([1, 1, 1, 0])
LANDSCAPE_SEEDS, LANDSCAPE_STEPS, LANDSCAPE_RATE = 1_000, 30_000, 0.1


def beyond_is_free(output, target):
    """The squared error, but none where the output lies beyond its target (Sontag & Sussmann 1991)."""
    lacking = jnp.where(target > 0.5, jnp.maximum(target - output, 0), jnp.maximum(output - target, 0))
    return jnp.mean(lacking**2)


class Rule(NamedTuple):
    """What gradient descent goes down on: the output, the loss, the targets; where an output is undecided."""

    output: str
    loss: Any
    targets: tuple[float, float]
    middle: float


RULES = {
    "Widrow & Hoff, -1 and 1": Rule("identity", "l2_loss", SIGNS, 0.0),
    "squared error, 0.1 and 0.9": Rule("sigmoid", "squared_error", SOFT, 0.5),
    "cross-entropy, 0.1 and 0.9": Rule("identity", "sigmoid_binary_cross_entropy", SOFT, 0.0),
    "squared error, 0 and 1": Rule("sigmoid", "squared_error", HARD, 0.5),
    "cross-entropy, 0 and 1": Rule("identity", "sigmoid_binary_cross_entropy", HARD, 0.0),
    "free beyond 0.1 and 0.9": Rule("sigmoid", beyond_is_free, SOFT, 0.5),
}
PERCEPTRON = "perceptron"


def init_without_bias(key, sizes, **laws):
    """Weights [d, 1] of a neuron through the origin."""
    ((w, _),) = mlp.init(key, sizes, **laws)
    return w


def apply_without_bias(params, x, *, activation, output_activation):
    """The neuron's output [1] for one row x [d]; it has no hidden layer to activate."""
    return output_activation(x @ params)


def separates_at_half(params, data, predict):
    """Whether every row lies on its side of one half."""
    return _all_right(predict(params, data.x) > 0.5, data)


def separates_at_zero(params, data, predict):
    """Whether every row lies on its side of zero."""
    return _all_right(predict(params, data.x) > 0, data)


def _all_right(fires, data):
    right = (fires == (data.y > 0.5))[:, 0]
    # A row of weight 0 is not there.
    return jnp.all(right if data.weight is None else right | (data.weight == 0)).astype(data.x.dtype)


def gates() -> dict[str, tasks.Data]:
    """The fourteen separable functions of two inputs, 0 and 1."""
    return {name: tasks.boolean(name)._replace(weight=np.ones(4)) for name in SEPARABLE_GATES}


def lone_rows(side_rows: tuple[int, ...]) -> dict[str, tasks.Data]:
    """Rows -1 and 1, n of each by weight, and a lone one at -0.5 on the side of 1.

    With a second input that is always 0 and a fourth row of weight 0, so that they share programs with the gates.
    """
    x, y = [[-1.0, 0.0], [1.0, 0.0], [-0.5, 0.0], [0.0, 0.0]], [[0.0], [1.0], [1.0], [0.0]]
    return {f"lone {n}": tasks.data(x, y, weight=[n, n, 1, 0]) for n in side_rows}


def four_vectors() -> dict[str, tasks.Data]:
    """Four rows in two dimensions that planes through the origin part in but a narrow cone of weights."""
    return {"four vectors": tasks.data(FOUR_X, FOUR_Y[:, None])}


def trained(data: dict[str, tasks.Data], config: "Config", scales: tuple[float, ...] = (1.0,), bias: bool = True):
    """Neurons that separate [rule, task, scale], how many there are, and the rate of each, tuned on other seeds."""
    parts = [_descended(rule, data, config, scales, bias) for rule in RULES.values()]
    parts.append(_perceptrons(data, config, scales, bias))
    found = xr.concat(parts, "rule").assign_coords(rule=[*RULES, PERCEPTRON])
    return found if len(scales) > 1 else found.squeeze("scale", drop=True)


def _descended(
    rule: Rule, data: dict[str, tasks.Data], config: "Config", scales: tuple[float, ...], bias: bool
) -> xr.Dataset:
    low, high = rule.targets
    aimed = {name: one._replace(y=low + (high - low) * one.y) for name, one in data.items()}
    settings: dict[str, Any] = {
        "hidden": (), "output_activation": rule.output, "loss": rule.loss, "solver": "sgd", "init": "normal",
        "init_scale": list(scales), "num_steps": config.num_steps, "dtype": "float64",
        "measure": {"separates": separates_at_half if rule.middle else separates_at_zero},
    }  # fmt: skip
    if not bias:
        settings["model"] = training.Model(init_without_bias, apply_without_bias)
    tuned = nnjax.sweep(
        aimed, learning_rate=list(config.rates), seeds=tuning.tuning_seeds(config.tuning_seeds), **settings
    )
    # For the least error, which is what the rule goes down on: at a rate so large that it jumps about it may separate
    # by chance, and says nothing of where its error is least.
    rate = tuning.best_rate(xr.zeros_like(tuned.train_loss), tuned.train_loss)
    runs = nnjax.sweep(aimed, learning_rate=rate, seeds=config.seeds, **settings)
    separate = runs.separates.isel(step=-1, drop=True).sum("seed").astype(int)
    found = xr.Dataset({"separate": separate, "rate": rate, "count": xr.full_like(separate, config.seeds)})
    found = found.drop_vars([name for name in found.coords if name not in found.dims])
    return found.rename(init_scale="scale").assign_coords(scale=list(scales))


def _perceptrons(data: dict[str, tasks.Data], config: "Config", scales: tuple[float, ...], bias: bool) -> xr.Dataset:
    """One perceptron from zero weights for each task; how often a row counts makes no difference to it."""
    fits = [
        neurons.perceptron_fit(
            jnp.asarray(one.x[_there(one)], jnp.float32),
            jnp.asarray(one.y[_there(one), 0], jnp.float32),
            config.num_epochs,
            bias,
        )
        for one in data.values()
    ]
    learned = np.repeat([[int(fit.converged)] for fit in fits], len(scales), axis=1)
    dims = ("task", "scale")
    variables = {
        "separate": (dims, learned),
        "rate": (dims, np.ones(learned.shape)),
        "count": (dims, np.ones_like(learned)),
    }
    return xr.Dataset(variables, coords={"task": list(data), "scale": list(scales)})


def _there(one: tasks.Data) -> np.ndarray:
    return np.ones(len(one.x), bool) if one.weight is None else one.weight > 0


def computed_minima(side_rows: tuple[int, ...]) -> xr.Dataset:
    """Whether the least error with the lone row separates [rule, rows]; 1 where there is no least but at infinity.

    Least squares by solving its equations; cross-entropy with soft targets is strictly convex, so one descent from
    anywhere finds its only minimum; the squared error of a sigmoid is gone down from many starts, the lowest end is
    taken.
    """
    table = np.ones((len(RULES) + 1, len(side_rows)))
    for j, n in enumerate(side_rows):
        table[0, j] = _least_squares_separates(n)
        table[1, j], table[2, j] = (_lowest_separates(n, error) for error in (_squared, _cross_entropy))
    return xr.Dataset(
        {"minimum_separates": (("rule", "rows"), table)}, coords={"rule": [*RULES, PERCEPTRON], "rows": list(side_rows)}
    )


LONE = np.array([[-1.0, 1.0], [1.0, 1.0], [-0.5, 1.0]])
LONE_Y = np.array([0.0, 1.0, 1.0])


def _least_squares_separates(n: int) -> bool:
    root, signs = np.sqrt([n, n, 1.0]), 2 * LONE_Y - 1
    solution = np.linalg.lstsq(LONE * root[:, None], signs * root)[0]
    return bool(((LONE @ solution > 0) == (LONE_Y > 0)).all())


def _squared(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (scipy.special.expit(z) - y) ** 2


def _cross_entropy(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, z) - y * z


def _lowest_separates(n: int, error) -> bool:
    aims, weight = SOFT[0] + (SOFT[1] - SOFT[0]) * LONE_Y, np.array([n, n, 1.0])

    def total(p: np.ndarray) -> float:
        return float(weight @ error(LONE @ p, aims))

    starts = np.random.default_rng(0).normal(scale=3, size=(20, 2))
    ends = [scipy.optimize.minimize(total, start, method="BFGS") for start in starts]
    best = min(ends, key=lambda end: end.fun).x
    return bool(((LONE @ best > 0) == (LONE_Y > 0)).all())


def four_error(w):
    """The mean squared error of the four vectors with targets 0.1 and 0.9, for weights w [2]."""
    aims = SOFT[0] + (SOFT[1] - SOFT[0]) * FOUR_Y
    return jnp.mean((jax.nn.sigmoid(jnp.asarray(FOUR_X) @ w) - aims) ** 2)


def landscape() -> xr.Dataset:
    """Starts and ends of some neurons on the four vectors, and the local minimum: its place, slope and curvature."""
    with jax.enable_x64(True):
        starts = jax.random.normal(jax.random.key(0), (LANDSCAPE_SEEDS, 2))

        def descend(w):
            return jax.lax.fori_loop(0, LANDSCAPE_STEPS, lambda _, w: w - LANDSCAPE_RATE * jax.grad(four_error)(w), w)

        ends = jax.jit(jax.vmap(descend))(starts)
        right = ((FOUR_X @ np.asarray(ends).T > 0) == (FOUR_Y[:, None] > 0)).all(axis=0)
        trap = jnp.median(ends[~right], axis=0)
        for _ in range(20):  # Newton's method ends exactly there
            trap = trap - jnp.linalg.solve(jax.hessian(four_error)(trap), jax.grad(four_error)(trap))
        slope, curvature = jax.grad(four_error)(trap), jnp.linalg.eigvalsh(jax.hessian(four_error)(trap))
        return xr.Dataset(
            {
                "path_start": (("neuron", "weight"), np.asarray(starts)),
                "path_end": (("neuron", "weight"), np.asarray(ends)),
                "path_separates": ("neuron", right),
                "trap": ("weight", np.asarray(trap)),
                "trap_error": float(four_error(trap)),
                "trap_slope": float(jnp.linalg.norm(slope)),
                "trap_curvature": float(curvature.min()),
            }
        )
