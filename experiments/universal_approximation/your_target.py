"""How near do networks of one hidden layer come to a function or to points of your own?

    python -m experiments universal_approximation.your_target --function "exp(-x**2)*sin(9*x)" --low -2 --high 2
    python -m experiments universal_approximation.your_target --function package.module:name
    python -m experiments universal_approximation.your_target --data points.csv

A formula may hold x, numbers, + - * / **, pi, e and the usual functions; it is parsed, never evaluated as Python. A
function at an address takes a NumPy array. A file has a column of x and one of y; every fourth of its places, except
the two ends, is held out for testing, with all its points.

Networks of N units, ReLU and tanh, are trained from starts of the same kind by variable projection in float64 (Golub &
Pereyra 1973) and by Adam in float32. Rates are tuned for each solver, activation and N by the training loss, on seeds
that are not reported. Errors are root mean squares, as a share of the target's standard deviation: for a function
integrals over the interval, for a file means over the points that were held out. For functions without jumps, a search
over knots, which trains nothing, finds the best network of N ReLU units that we know. This is a tool: nothing is
claimed about your target, and nothing judged.

    python -m experiments universal_approximation.your_target                  # a formula, about 8 s
    python -m experiments universal_approximation.your_target --preset full    # about a minute
"""

import time
from dataclasses import dataclass
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import estimate
from experiments.lab.flags import at_least, one_of
from experiments.universal_approximation import own_targets
from experiments.universal_approximation.own_targets import Problem
from nnjax import mlp, statistics, training, tuning
from nnjax.mlp import Layer
from nnjax.theory import approximation, quadrature

ANY = at_least(float("-inf"))
STORE = False  # sweeps are timed
RECORDS = 20  # records of a network's error during training
FEWEST_ROWS = 10  # training points for each piece of a ReLU network
SOLVERS = {"variable projection": "variable_projection", "Adam": "adam"}
ENDS = (-1.0, 1.0)
AROUND = (-20.0, -8.0, -3.5, -1.2, 0.0, 1.2, 3.5, 8.0, 20.0)  # cuts around a tanh's centre, in units of 1 / |w|
GRID = 801  # places at which fits are drawn
SHOWN = 16  # fits are drawn of the greatest number of units up to this
SLOPES = (1.5, 3.0)  # the first hidden weights lie between these, of either sign
EXACT = 1e-6  # below it no ratio to the best error is given: the target is a ReLU network itself


@dataclass(frozen=True)
class Config:
    """What is approximated, and by how many networks."""

    function: str | None = None  # a formula of x, or the address package.module:name; None: `own_targets.DEFAULT`
    data: str | None = None  # a file of points, in place of a function
    # the least x; if not given, -1 for a function and the first point of a file
    low: Annotated[float | None, ANY] = None
    # the greatest x; if not given, 1 for a function and the last point of a file
    high: Annotated[float | None, ANY] = None
    widths: tuple[int, ...] = (2, 4, 8, 16, 32)  # hidden units
    activations: Annotated[tuple[str, ...], one_of(("relu", "tanh"))] = ("relu", "tanh")
    seeds: Annotated[int, at_least(2)] = 16  # networks of each kind
    tuning_seeds: int = 2  # seeds that choose the rate, never reported
    projection_rates: tuple[float, ...] = (1.0, 100.0, 1e4)  # reciprocals of the first damping of variable projection
    adam_rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3)  # learning rates of Adam
    num_points: int = 1_024  # training points of a function
    projection_steps: Annotated[int, at_least(RECORDS, multiple=RECORDS)] = 300  # steps of variable projection
    adam_steps: Annotated[int, at_least(RECORDS, multiple=RECORDS)] = 5_000  # steps of Adam
    best_up_to: Annotated[int, at_least(0)] = 64  # units up to which the best network is computed


QUICK = Config(
    widths=(4, 8), activations=("relu",), seeds=4, tuning_seeds=1, projection_rates=(1.0,), projection_steps=60,
    adam_rates=(0.03,), adam_steps=300, num_points=256,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything compiles; the target is checked as well."""
    fewest = FEWEST_ROWS * (max(config.widths) + 1)
    if config.data is None and config.num_points < fewest:
        raise ValueError(
            f"num_points={config.num_points!r} must be {fewest} or more, {FEWEST_ROWS} for each piece of the widest "
            f"network, widths={config.widths!r}"
        )
    own_targets.fitting(config.widths, problem_of(config))


NAMES = {
    "solver": "solver that trains the networks",
    "activation": "hidden activation",
    "units": "hidden units $N$",
    "median": "test error (root mean square) as a share of the target's standard deviation; median over seeds",
    "low": "lower end of the 95% interval of median (bootstrap over seeds)",
    "high": "upper end of the 95% interval of median (bootstrap over seeds)",
    "least": "least test error over seeds, as a share of the target's standard deviation",
    "median_in_units_of_y": "median in the units of y",
    "best": "error of the best ReLU network of N units that was found, same share; empty for tanh, points, jumps or if "
    "not computed",
    "bound": "error of the best N + 1 straight pieces, same share; empty where best is empty",
    "over_best": "median over best; empty where that is empty",
    "rate": "tuned learning rate of Adam; of variable projection 1 / first damping",
    "failed": "networks that diverged, of all seeds",
    "seconds": "wall-clock seconds per network, mean over seeds and activations, trained together",
    "at_equal_seconds": "median at the last record within the seconds of the quicker of both solvers",
    "course_seconds": "time for one network; s",
}


def problem_of(config: Config) -> Problem:
    return own_targets.problem(config.function, config.data, config.low, config.high, config.num_points)


def run(config: Config) -> xr.Dataset:
    """Test errors [solver, activation, units] with intervals, the best possible [units], and a fit of each kind."""
    check(config)
    problem = problem_of(config)
    widths = own_targets.fitting(config.widths, problem)
    (low, high), is_file = problem.interval, problem.function is None
    attrs = {
        "target": problem.label, "low": low, "high": high, "scale": problem.scale, "points": int(is_file),
        "jumps": [(low + high) / 2 + (high - low) / 2 * place for place in problem.jumps],
        "dropped": [n for n in config.widths if n not in widths],
    }  # fmt: skip
    parts = [trained(problem, widths, config), references(problem, widths, config), shown(problem)]
    return xr.merge(parts).assign_attrs(attrs)


def init(key: Any, sizes: tuple[int, ...], *, init_scale: Any = 1.0, dtype: Any = None, **_: Any) -> mlp.Params:
    """Units that bend where the data are: one centre in each of n equal parts of [-1, 1], slopes of either sign."""
    dtype = jnp.zeros((), dtype).dtype
    n = sizes[1]
    # One draw for all: each further draw would take a third of a second to compile.
    places, steepness, signs, outputs = jax.random.uniform(key, (4, n), dtype)
    centre = 2 * (jnp.arange(n) + places) / n - 1
    slope = (SLOPES[0] + (SLOPES[1] - SLOPES[0]) * steepness) * jnp.where(signs < 0.5, -1, 1)
    output = (2 * outputs[:, None] - 1) * np.sqrt(3 / n)  # of variance 1/n
    return Layer(init_scale * slope[None, :], -init_scale * slope * centre), Layer(output, jnp.zeros((1,), dtype))


MODEL = training.Model(init, mlp.apply, mlp.predict)


def weights(params, data):
    """All weights of a 1-N-1 network in one vector [3 N + 1]: hidden weights, biases, output weights, output bias."""
    hidden, output = params
    return jnp.concatenate([hidden.w[0], hidden.b, output.w[:, 0], output.b])


def trained(problem: Problem, widths: tuple[int, ...], config: Config) -> xr.Dataset:
    """Everything about the trained networks [solver, activation, units], and one fit of each solver and activation."""
    drawn = max([n for n in widths if n <= SHOWN], default=min(widths))
    found, fits = [], []
    for name in SOLVERS:
        parts = []
        for width in widths:
            one, last = _one_width(name, width, problem, config)
            parts.append(one)
            fits += [_fits(last)] if width == drawn else []
        found.append(xr.concat(parts, "units"))
    data = xr.merge([xr.concat(found, "solver"), xr.concat(fits, "solver")])
    return data.assign_coords(solver=list(SOLVERS), units=list(widths))


def _one_width(name: str, width: int, problem: Problem, config: Config) -> tuple[xr.Dataset, xr.DataArray]:
    """Errors [activation] and their course [activation, record] with one solver; and the networks of median error."""
    adam = name == "Adam"
    steps = config.adam_steps if adam else config.projection_steps
    settings: dict[str, Any] = {
        "hidden": (width,), "activation": list(config.activations), "solver": SOLVERS[name],
        "dtype": "float32" if adam else "float64",  # Adam stops far above the rounding of either
        "model": MODEL, "num_steps": steps, "schedule": "cosine" if adam else "constant",
        "measure": {"weights": weights}, "record_every": steps // RECORDS,
    }  # fmt: skip
    rates = config.adam_rates if adam else config.projection_rates
    seeds = tuning.seeds(config.tuning_seeds)
    tuned = nnjax.sweep(problem.data, learning_rate=list(rates), seeds=seeds, **settings)
    # Errors span many powers of ten, so a rate is chosen by the mean of their logarithms.
    cost = np.log(tuned.train_loss + np.finfo(float).tiny)
    rate = tuning.choose(cost, "learning_rate").best["learning_rate"]
    start = time.perf_counter()  # all has been compiled by now
    runs = nnjax.sweep(problem.data, learning_rate=rate, seeds=config.seeds, **settings)
    seconds = (time.perf_counter() - start) / (config.seeds * len(config.activations))
    packed = runs.weights.transpose("activation", "seed", "step", ...).values
    rms = np.stack([errors(problem, str(a), one) for a, one in zip(runs.activation.values, packed, strict=True)])
    last = rms[:, :, -1]
    intervals = np.array([statistics.bootstrap(values, num_resamples=2_000) for values in last])
    found = xr.Dataset(
        {
            **{kind: ("activation", intervals[:, i]) for i, kind in enumerate(("median", "low", "high"))},
            "least": ("activation", last.min(axis=1)),
            "rate": ("activation", rate.values),
            "failed": ("activation", (~np.isfinite(last)).sum(axis=1)),
            "course": (("activation", "record"), np.median(rms, axis=1)),
            "course_seconds": ("record", seconds * runs.step.values / steps),
            "seconds": seconds,
        },
        {"activation": runs.activation.values},
    )
    middle = np.argsort(last, axis=1, kind="stable")[:, (config.seeds - 1) // 2]
    kept = packed[np.arange(len(packed)), middle, -1]
    return found, xr.DataArray(kept, {"activation": runs.activation.values}, ("activation", "weight"))


def unpacked(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hidden weights, biases and output weights [..., N], and output bias [...], of what `weights` gave."""
    n = packed.shape[-1] // 3
    packed = np.asarray(packed, float)
    return packed[..., :n], packed[..., n : 2 * n], packed[..., 2 * n : 3 * n], packed[..., -1]


def curve(activation: str, packed: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Outputs of the network with these weights at x [m]."""
    w, b, v, c = unpacked(packed)
    z = x[:, None] * w + b
    return (np.maximum(z, 0.0) if activation == "relu" else np.tanh(z)) @ v + c


def errors(problem: Problem, activation: str, packed: np.ndarray) -> np.ndarray:
    """Root mean square errors [...] of networks with these weights [..., 3 N + 1], inf where one diverged.

    For a function they are integrals over the interval, which is cut at every knot of ReLU and closely around every
    centre of tanh. So a leap of the fit between two points counts. For a file they are means over the points held out.
    """
    flat = packed.reshape(-1, packed.shape[-1])
    found = np.full(len(flat), np.inf)
    healthy = np.isfinite(flat).all(axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        if problem.function is None:
            x, y = problem.data.x_test[:, 0], problem.data.y_test[:, 0]
            one = [np.sqrt(np.mean((curve(activation, row, x) - y) ** 2)) for row in flat[healthy]]
        elif activation == "relu":
            exact = approximation.relu_network_error(problem.function, *unpacked(flat[healthy]), ENDS, problem.jumps)
            one = exact * approximation.l2_to_rms(1.0, ENDS)
        else:
            panels = approximation.panels(problem.function, ENDS, problem.jumps)
            one = [_tanh_error(problem.function, row, panels) for row in flat[healthy]]
    found[healthy] = np.nan_to_num(np.asarray(one), nan=np.inf)
    return found.reshape(packed.shape[:-1])


def _tanh_error(f: approximation.Function, packed: np.ndarray, panels: np.ndarray) -> float:
    w, b, _, _ = unpacked(packed)
    w = np.where(w == 0, 1.0, w)
    cuts = (-b / w)[:, None] + np.array(AROUND) / np.abs(w)[:, None]
    x, weight = quadrature.rule(np.union1d(panels, cuts[np.abs(cuts) < 1]))
    gap = curve("tanh", packed, x) - quadrature.values(f, x)
    return approximation.l2_to_rms(float(np.sqrt(weight @ gap**2)), ENDS)


def _fits(packed: xr.DataArray) -> xr.Dataset:
    """Outputs of the networks of median error on a grid, and where their units bend [activation, ...]."""
    grid, fits, knots = np.linspace(-1, 1, GRID), [], []
    for activation, row in zip(packed.activation.values, packed.values, strict=True):
        w, b, _, _ = unpacked(row)
        fits.append(curve(str(activation), row, grid))
        with np.errstate(divide="ignore", invalid="ignore"):
            knots.append(-b / w)
    dims = ("activation", "place"), ("activation", "unit")
    fitted = {"fit": (dims[0], np.array(fits)), "knot": (dims[1], np.array(knots))}
    return xr.Dataset(fitted, {"activation": packed.activation.values})


def references(problem: Problem, widths: tuple[int, ...], config: Config) -> xr.Dataset:
    """The best N ReLU units and the bound E(N + 1) as root mean squares [units].

    nan for points, which may be noisy, and for a function with a jump: two units come as near to it as one likes, so
    that no network is the best and E(N + 1) may be 0.
    """
    best, bound = (np.full(len(widths), np.nan) for _ in range(2))
    if problem.function is not None and not problem.jumps and "relu" in config.activations:
        for i, n in enumerate(widths):
            if n <= config.best_up_to:
                found = approximation.best_relu_network(problem.function, n, ENDS)
                best[i], bound[i] = (approximation.l2_to_rms(error, ENDS) for error in (found.error, found.bound))
    return xr.Dataset({"best": ("units", best), "bound": ("units", bound)}, {"units": list(widths)})


def shown(problem: Problem) -> xr.Dataset:
    """What is drawn of the target, scaled: the function on a grid, or about 500 of the points."""
    grid = np.linspace(-1, 1, GRID)
    if problem.function is not None:
        x, y = grid, problem.function(grid)
    else:
        every = max(1, len(problem.data.x) // 500)
        x, y = problem.data.x[::every, 0], problem.data.y[::every, 0]
    return xr.Dataset({"shown_x": ("point", x), "shown_y": ("point", y), "grid": ("place", grid)})


def at_equal_seconds(data: xr.Dataset) -> xr.DataArray:
    """Median errors [solver, activation, units] at the last record before the solver that ends first has ended."""
    seen = (data.course_seconds <= data.seconds.min("solver") * (1 + 1e-9)).sum("record") - 1
    return data.course.isel(record=seen)


STATEMENTS = ()


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each solver, activation and N."""
    best, bound = (data[name].where(data.activation == "relu") for name in ("best", "bound"))
    kept = data[["median", "low", "high", "least", "rate", "failed", "seconds"]]
    return kept.assign(
        median_in_units_of_y=data["median"] * data.attrs["scale"], best=best, bound=bound,
        over_best=data["median"] / best.where(best > EXACT), at_equal_seconds=at_equal_seconds(data),
    )  # fmt: skip


LOOKS = {"variable projection": (fg.BLUE, "o"), "Adam": (fg.ORANGE, "s")}
ERROR = "test error (RMS / standard deviation)"


def _panels(data: xr.Dataset, **shared: Any) -> tuple[Figure, list[fg.Panel]]:
    titles = {name: f"{fg.name(name)} units" for name in data.activation.values}
    return fg.panels(col=data.activation, size=(4.6, 3.6), titles=titles, **shared)


def _title(seen: str, data: xr.Dataset) -> str:
    """A title that names the target, the jumps that have no best network, and networks that were left out."""
    target = data.attrs["target"].replace("**", "^").replace("$", r"\$")
    target = target if len(target) <= 60 else f"{target[:57]}..."
    text = f"{seen}: {target}, x from {data.attrs['low']:.4g} to {data.attrs['high']:.4g}"
    if data.attrs["jumps"]:
        text += f"\nno network is the best, as the target jumps at x = {data.attrs['jumps'][0]:.4g}"
    if dropped := ", ".join(map(str, data.attrs["dropped"])):
        text += f"\nleft out, as they have more parameters than there are places: networks of {dropped} units"
    return text


def fits(data: xr.Dataset) -> Figure:
    """The networks of median error, over the target. Marks below: knots of ReLU units and centres of tanh units, inside
    the interval.
    """
    fig, made = _panels(data, sharey=True)
    middle, half = ((data.attrs["high"] + sign * data.attrs["low"]) / 2 for sign in (1, -1))
    for ax, where in made:
        look = {"color": fg.GREY, "marker": ".", "markersize": 3, "linestyle": "none", "label": "points"}
        if not data.attrs["points"]:
            look = {"color": "black", "linewidth": 2.6, "label": "target"}
        ax.plot(middle + half * data.shown_x, data.shown_y, **look)
        bottom, step = (float(x) for x in (data.shown_y.min(), 0.06 * (data.shown_y.max() - data.shown_y.min())))
        for i, (solver, (color, marker)) in enumerate(LOOKS.items()):
            one = data.sel(where).sel(solver=solver)
            ax.plot(middle + half * data.grid, one.fit, color=color, linewidth=1.4, ls=("-", "--")[i], label=solver)
            inside = one.knot.values[np.abs(one.knot.values) <= 1]
            heights = np.full(len(inside), min(bottom, float(data.fit.min())) - (1.2 + i) * step)
            ax.plot(middle + half * inside, heights, marker, color=color, markersize=5)
        ax.set_title(f"{data.sizes['unit']} {ax.get_title(loc='left')}")
        ax.locator_params(axis="x", nbins=5)
    return fg.finish(fig, made, _title("Fits", data), "$x$", "$y$ minus its mean (standard deviations)", legend="")


def error(data: xr.Dataset) -> Figure:
    """Error by the number of hidden units: medians over starts, with 95% bootstrap intervals over starts alone, as
    rates were tuned once. Dashed: the best ReLU network that a search over knots found without training. E(N + 1) is
    the error of the best N + 1 straight pieces; no network of N ReLU units has a smaller one. The scales differ.
    """
    fig, made = _panels(data)
    parts = estimate(data["median"], data.low, data.high)
    for ax, where in made:
        for solver, (color, marker) in LOOKS.items():
            one = parts.sel(where).sel(solver=[solver])
            fg.lines(ax, one, "units", "solver", {solver: color}, f"{marker}-", band=True, markersize=5)
        if where["activation"] == "relu" and data.best.notnull().any():
            ax.plot(data.units, data.best, "k--", linewidth=1.3, label="best found")
            ax.plot(data.units, data.bound, ":", color=fg.GREY, linewidth=1.3, label="E(N + 1)")
        ax.set(xscale="log", yscale="log")
        ax.set_xticks(data.units, [str(n) for n in data.units.values])
        ax.minorticks_off()
    return fg.finish(fig, made, _title("Errors", data), data.units, ERROR, legend="")


def seconds(data: xr.Dataset) -> Figure:
    """Median error of the most hidden units over the seconds of training a network: those of all starts together,
    divided by their number, without compiling and tuning; each step counts as equally long. Both activations are
    trained together and share their seconds. Adam's rate falls to 0 at its last step: read earlier, its error may be
    larger than after a shorter run. The scales differ.
    """
    fig, made = _panels(data)
    last = data.isel(units=-1)
    for ax, where in made:
        for solver, (color, marker) in LOOKS.items():
            # A logarithm has no place for the start.
            one = last.sel(where).sel(solver=solver).isel(record=slice(1, None))
            ax.plot(one.course_seconds, one.course, f"{marker}-", color=color, markersize=4, label=solver)
        if where["activation"] == "relu" and np.isfinite(last.best):
            ax.axhline(last.best, color="black", linestyle="--", linewidth=1.3, label="best found")
        ax.set(xscale="log", yscale="log", title=f"{last.units.item()} {ax.get_title(loc='left')}")
    return fg.finish(fig, made, _title("Errors by training time", data), data.course_seconds, ERROR, legend="")


FIGURES = (fits, error, seconds)
