"""Networks 1-N-1 on one interval: targets moved to [-1, 1], a law of the initial weights, and exact errors of ReLU
networks.

Moving a target changes no root mean square error, and lets all targets share their programs.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

from nnjax import activations, mlp, tasks, training
from nnjax.tasks import TARGETS, Data
from nnjax.theory import approximation

INTERVAL = (-1.0, 1.0)
BATCH = 64  # rows of a mini-batch: a coarser grid, evenly spaced over the interval
TEST_POINTS = 3072  # about, evenly spaced between training points: 48 or more to each neuron
NO_BOUND = ("kink", "jump")  # two pieces are |x|, and steeper ones come ever nearer to the jump: the infimum is 0
# pi in two parts, of which the first has so few bits that whole multiples of it are exact.
PI_HIGH = 3.140625
PI_LOW = math.pi - PI_HIGH
LAST_TERM = {"float32": 13, "float64": 21}  # of the Taylor series; what is left out is below rounding


def init_spread(key, sizes, *, init, bias_init, init_scale=1.0, bias_scale=1.0, dtype=None):
    """Initial weights of a 1-N-1 network whose units are centred all over [-1, 1].

    Unit i is +-w_i (x - c_i), w_i from 1/2 to 3/2 times `init_scale`, c_i uniform. With zero biases, as usual, all
    knots of a ReLU network would begin at 0. Output weights and bias are those of `mlp.init`.
    """
    hidden, output = mlp.init(key, sizes, init=init, bias_init=bias_init, bias_scale=bias_scale, dtype=dtype)

    def unit(key):
        sign, size, centre = jax.random.uniform(key, (3,), hidden.w.dtype)
        return jnp.where(sign < 0.5, -1, 1) * (0.5 + size), 2 * centre - 1

    w, centres = jax.vmap(unit)(jax.random.split(jax.random.fold_in(key, 1), sizes[1]))
    w = w * jnp.asarray(init_scale, w.dtype)
    return mlp.Layer(w[None, :], -w * centres), output


MODEL = training.Model(init_spread, mlp.apply, mlp.predict)


def weights(params, data):
    """All weights in one vector [3 N + 1]: hidden weights, biases, output weights, output bias."""
    hidden, output = params
    return jnp.concatenate([hidden.w[0], hidden.b, output.w[:, 0], output.b])


def unpacked(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hidden weights, biases and output weights [..., N], and output bias [...], of what `weights` gave."""
    n, packed = packed.shape[-1] // 3, np.asarray(packed, float)
    return packed[..., :n], packed[..., n : 2 * n], packed[..., 2 * n : 3 * n], packed[..., -1]


def moved(name: str) -> tuple[Callable[[Any], Any], tuple[float, ...]]:
    """The target as a function on [-1, 1], and its breakpoints there."""
    target = TARGETS[name]
    low, high = target.interval
    points = tuple(2 * (b - low) / (high - low) - 1 for b in target.breakpoints)
    return (lambda x: target.function(low + (high - low) * (x + 1) / 2)), points


def problem(name: str, num_rows: int, interleaved: bool, for_tuning: bool = False) -> Data:
    """Rows on a grid, and test points between them; interleaved, every BATCH rows are a coarser grid.

    Test points for tuning lie half-way between those that are reported, so that no choice looks at these.
    """
    function, between = moved(name)[0], -(-TEST_POINTS // num_rows)
    data = tasks.sampled(function, num_rows, interval=INTERVAL, num_between=between)
    if for_tuning:
        x = data.x_test + (INTERVAL[1] - INTERVAL[0]) / (num_rows - 1) / (between + 1) / 2
        data = data._replace(x_test=x, y_test=np.asarray(function(x), data.y_test.dtype))
    if not interleaved:
        return data
    order = np.arange(num_rows).reshape(BATCH, -1).T.ravel()
    return data._replace(x=data.x[order], y=data.y[order])


def relu_errors(name: str, packed: np.ndarray) -> np.ndarray:
    """Exact root mean square errors [n] of ReLU networks with these weights [n, 3 N + 1], inf where one diverged."""
    function, breakpoints = moved(name)
    healthy = np.isfinite(packed).all(axis=-1)
    w, b, v, c = unpacked(np.where(healthy[:, None], packed, 0.0))
    error = approximation.relu_network_error(function, w, b, v, c, INTERVAL, breakpoints)
    return np.where(healthy, approximation.l2_to_rms(1.0, INTERVAL) * error, np.inf)


def errors(runs: xr.Dataset) -> xr.DataArray:
    """Root mean square errors [activation, task, seed] at one step, exact for ReLU; inf where a network diverged."""
    error = plain(np.sqrt(runs.test_curve.transpose("activation", "task", "seed"))).astype(float).load()
    error = error.where(np.isfinite(error), np.inf)
    for task in error.task.values.tolist() if "relu" in error.activation else ():
        place = {"activation": "relu", "task": task}
        error.loc[place] = relu_errors(task, runs.weights.sel(place).transpose("seed", ...).values)
    with np.errstate(over="ignore"):  # an error beyond float32 is as good as infinite
        return error.astype("float32")


def plain(array: xr.DataArray) -> xr.DataArray:
    """The array without coordinates that are not dimensions."""
    return array.drop_vars([name for name in array.coords if name not in array.dims])


def references(name: str, width: int) -> tuple[float, float]:
    """Root mean square errors of the best N + 1 free pieces, E(N + 1), and of the best ReLU network of N units."""
    if name in NO_BOUND:
        return np.nan, np.nan
    target = TARGETS[name]
    best = approximation.best_relu_network(target.function, width, target.interval, target.breakpoints)
    bound, error = (approximation.l2_to_rms(one, target.interval) for one in (best.bound, best.error))
    return bound, error


def sin(z: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """sin z for |z| up to some thousands, to rounding: k pi is subtracted, then the Taylor series is summed.

    A processor can vectorize sums and products; XLA would call a scalar routine for every number. With its
    derivative, in a network of 64 neurons, it is about five times as fast as `jnp.sin`.
    """
    k = jnp.round(z / math.pi)
    r = (z - k * PI_HIGH) - k * PI_LOW
    square, series = r * r, jnp.zeros_like(r)
    for n in range(LAST_TERM[jnp.dtype(z.dtype).name], 0, -2):
        series = series * square + (-1) ** (n // 2) / math.factorial(n)
    return (1 - 2 * (k - 2 * jnp.floor(k / 2))) * r * series


def function(activation: str) -> Any:
    """The function that computes an activation."""
    return sin if activation == "sin" else activations.get(activation)


def outputs(packed: np.ndarray, activation: str, x: np.ndarray) -> np.ndarray:
    """The outputs of one network at x [m]."""
    w, b, v, c = unpacked(packed)
    with jax.enable_x64(True):
        units = np.asarray(function(activation)(jnp.asarray(x[:, None] * w + b)))
    return units @ v + c


def centres(packed: np.ndarray, most: int) -> np.ndarray:
    """The centres -b/w of a network's units [most], nan beyond the last; of ReLUs they are the knots."""
    w, b, _, _ = unpacked(packed)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.pad(-b / w, (0, most - len(w)), constant_values=np.nan)
