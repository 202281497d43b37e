"""How networks are trained: twelve targets on one interval, one law of the initial weights, three solvers, and errors.

Every target is moved to -1 <= x <= 1, which changes no root mean square error, so that all share programs.
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

import nnjax
from experiments.universal_approximation.shared.parts import ends
from experiments.universal_approximation.trained.config import RATES, Config
from nnjax import activations, mlp, tasks, training, tuning
from nnjax.tasks import TARGETS, Data
from nnjax.theory import approximation

INTERVAL = (-1.0, 1.0)
BATCH = 64  # rows of Adam's mini-batches: interleaved grids, each evenly spaced over the interval
TEST_POINTS = 3072  # about, evenly spaced in the gaps between training points: 12 to each neuron of the widest
# The first reported seed. Those below were seen before the rules of November 2026 were written.
FIRST_SEED = 100
FLAT = 1.1  # the factor by which the error must be smaller at an end of a grid for a value there to be chosen


class Protocol(NamedTuple):
    """How a solver is used: its settings and its precision."""

    settings: dict[str, Any]
    dtype: str


PROTOCOLS = {
    "Adam": Protocol({"solver": "adam", "schedule": "cosine"}, "float32"),
    "L-BFGS": Protocol({"solver": "bounded_lbfgs"}, "float64"),
    "variable projection": Protocol({"solver": "variable_projection"}, "float64"),
}
# The sine is computed by sums and products, which a processor can vectorize; XLA would call a scalar routine for every
# number. pi is in two parts: the first has so few bits that whole multiples of it are exact.
PI_HIGH = 3.140625
PI_LOW = math.pi - PI_HIGH
LAST_TERM = {"float32": 13, "float64": 21}  # of the Taylor series; what is left out is below rounding


class Part(NamedTuple):
    """Networks of one solver and width: training rows, seeds that are reported, steps."""

    solver: str
    width: int
    rows: int
    seeds: int
    steps: int


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
    """All weights of a 1-N-1 network in one vector [3 N + 1]: hidden weights, biases, output weights, output bias."""
    hidden, output = params
    return jnp.concatenate([hidden.w[0], hidden.b, output.w[:, 0], output.b])


def moved(name: str):
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


def parts(config: Config) -> list[Part]:
    """What is trained, solver by solver and width by width."""
    stages = {"Adam": config.adam, "L-BFGS": config.lbfgs, "variable projection": config.projection}
    found = []
    for solver, rows in stages.items():
        for width in config.widths:
            stage = next((stage for stage in rows if width <= stage[0]), None)
            if stage is not None:
                found.append(Part(solver, width, *stage[1:]))
    return found


def settings_of(part: Part) -> dict[str, Any]:
    """The arguments of `sweep`, except for the tuned numbers, the activation and the seeds."""
    protocol = PROTOCOLS[part.solver]
    batches: dict[str, Any] = {"batch_size": BATCH, "order": "sequential"} if mini_batches(part) else {}
    return protocol.settings | batches | {
        "hidden": (part.width,), "num_steps": part.steps, "dtype": protocol.dtype, "model": MODEL,
        "padding": False, "measure": {"weights": weights},
    }  # fmt: skip


def mini_batches(part: Part) -> bool:
    """Whether training uses batches of rows: Adam does, where the rows fill two whole batches or more."""
    return part.solver == "Adam" and part.rows > BATCH and part.rows % BATCH == 0


def train(part: Part, config: Config, every_step: bool = False) -> tuple[xr.Dataset, xr.Dataset]:
    """The errors of one part with the numbers that were tuned for it, and its networks.

    Rates and scales are chosen on other seeds, by the loss at other points than those that are reported.

    Returns:
        Dataset of error and earlier [activation, task, seed], rate, scale and tuning_error [activation, task]; Dataset
        of weights [activation, task, seed, step, 3 N + 1] and test_curve [activation, task, seed, step], of the start,
        the middle and the end or of every step. `earlier` is the error after half of the steps; Adam's rate falls to 0
        with its schedule, so its networks are trained once more with a schedule half as long.
    """
    data, others = (
        {name: problem(name, part.rows, mini_batches(part), for_tuning) for name in config.targets}
        for for_tuning in (False, True)
    )
    common: dict[str, Any] = settings_of(part) | {"activation": [function(name) for name in config.activations]}
    common["record_every"] = 1 if every_step else part.steps // 2
    tuned = nnjax.sweep(
        others, learning_rate=list(RATES[part.solver]), init_scale=list(config.scales),
        seeds=tuning.seeds(config.tuning_seeds), **common,
    )  # fmt: skip
    chosen = choose(tuned.test_loss)
    seeds = range(FIRST_SEED, FIRST_SEED + part.seeds)
    runs = nnjax.sweep(data, learning_rate=chosen.rate, init_scale=chosen.scale, seeds=seeds, **common)
    half = runs
    if part.solver == "Adam":
        shorter: dict[str, Any] = common | {"num_steps": part.steps // 2}
        half = nnjax.sweep(data, learning_rate=chosen.rate, init_scale=chosen.scale, seeds=seeds, **shorter)
    chosen, runs, half = (one.assign_coords(activation=list(config.activations)) for one in (chosen, runs, half))
    runs, half = (one.transpose("activation", "task", "seed", "step", ...) for one in (runs, half))
    error, earlier = _errors(runs, part.steps, config), _errors(half, part.steps // 2, config)
    error = error.where((runs.status != training.DIVERGED).drop_vars(list(runs.status.coords)), np.inf)
    return chosen.assign(error=error, earlier=earlier), runs[["weights", "test_curve"]]


def _errors(runs: xr.Dataset, step: int, config: Config) -> xr.DataArray:
    """Errors [activation, task, seed] after `step` steps, exact for ReLU; inf where a network diverged."""
    one = runs.sel(step=step)
    error = np.sqrt(one.test_curve).transpose("activation", "task", "seed").astype(float).load()
    error = error.where(np.isfinite(error), np.inf)
    if "relu" in config.activations:
        for name in config.targets:
            place = {"activation": "relu", "task": name}
            error.loc[place] = relu_errors(name, one.weights.sel(place).values)
    errors = error.drop_vars([name for name in error.coords if name not in error.dims])
    with np.errstate(over="ignore"):  # an error beyond float32 is as good as infinite
        return errors.astype("float32")


def choose(loss: xr.DataArray) -> xr.Dataset:
    """The rate and the scale with the least typical loss (its mean on a log scale over the seeds) for every setting.

    A value at an end of its grid is chosen only where its error is smaller than that of all inside by a factor of FLAT:
    narrow networks reach the same error with many scales. A network that diverged counts as a loss of 1e6, so that one
    of them weighs much but does not decide alone.
    """
    cost = xr.apply_ufunc(np.log, loss.astype(float).clip(1e-40, 1e6)).mean("seed")
    handicap = 0.0
    for name in ("learning_rate", "init_scale"):
        handicap = handicap + cost[name].isin(ends(cost[name].values)) * 2 * np.log(FLAT)  # of squares
    best = tuning.choose(cost + handicap, "learning_rate", "init_scale").best
    least = np.exp(cost.sel(best) / 2).drop_vars(["learning_rate", "init_scale"])
    chosen = {"rate": best["learning_rate"], "scale": best["init_scale"], "tuning_error": least}
    return xr.Dataset(chosen).drop_vars("hidden", errors="ignore")


def relu_errors(name: str, packed: np.ndarray) -> np.ndarray:
    """Exact root mean square errors [n] of ReLU networks with these weights [n, 3 N + 1], inf where one diverged."""
    function, breakpoints = moved(name)
    healthy = np.isfinite(packed).all(axis=-1)
    w, b, v, c = unpacked(np.where(healthy[:, None], packed, 0.0))
    error = approximation.relu_network_error(function, w, b, v, c, INTERVAL, breakpoints)
    return np.where(healthy, approximation.l2_to_rms(1.0, INTERVAL) * error, np.inf)


def unpacked(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hidden weights, biases and output weights [..., N], and output bias [...], of what `weights` gave."""
    n = packed.shape[-1] // 3
    packed = np.asarray(packed, float)
    return packed[..., :n], packed[..., n : 2 * n], packed[..., 2 * n : 3 * n], packed[..., -1]


def sin(z: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """sin z for |z| up to some thousands, to rounding: k pi is subtracted, then the Taylor series is summed.

    With its derivative, in a network of 64 neurons, it is about five times as fast as `jnp.sin`.
    """
    k = jnp.round(z / math.pi)
    r = (z - k * PI_HIGH) - k * PI_LOW
    square = r * r
    series = jnp.zeros_like(r)
    for n in range(LAST_TERM[jnp.dtype(z.dtype).name], 0, -2):
        series = series * square + (-1) ** (n // 2) / math.factorial(n)
    sign = 1 - 2 * (k - 2 * jnp.floor(k / 2))
    return sign * r * series


def function(activation: str) -> Any:
    """The function that computes an activation."""
    return sin if activation == "sin" else activations.get(activation)


def curve(packed: np.ndarray, activation: str, x: np.ndarray) -> np.ndarray:
    """The outputs of one network at x [m]."""
    w, b, v, c = unpacked(packed)
    with jax.enable_x64(True):
        units = np.asarray(function(activation)(jnp.asarray(x[:, None] * w + b)))
    return units @ v + c
