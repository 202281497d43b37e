"""Do trained units err less than drawn ones in every dimension of the input?

Drawn units: the target f is the average of randomly drawn cosine units, in 1 to 32 dimensions,

    f(x) = E cos(w.x - pi/4) = exp(-s^2 |x|^2 / 2) cos(m.x - pi/4),   w normal with mean m and variance s^2.

The mean of N units drawn from it has an expected squared error of exactly (E |unit|^2 - |f|^2) / N (Maurey; Pisier
1981). Here that is |f|^2 / N in every dimension, as s^2 is chosen so that |f|^2 = 1/4. It is measured on many draws,
each with its own fresh inputs. Solved units: the output weights of N drawn units are solved for by least squares.

Trained units: networks of N units learn f from examples by Adam, with many times more examples than weights. All seeds
of a d share a training set; each network is tested on its own fresh inputs. The rate is tuned for every dimension,
activation and N, on seeds that are not reported. Success is an error (root mean square) at least 1.1 times lower than
that of N drawn or solved units, for every dimension and N. A rate at the end of its grid leaves that open.

Fixed bases: polynomials and random features approximate sums of at most four cosines, which networks of four units
express. The lower bound of all bases of n functions falls as n^(-2/d) (Barron 1993, theorem 6; see `fixed_bases`).

    python -m experiments universal_approximation.dimension                  # 10 s
    python -m experiments universal_approximation.dimension --preset full    # 5 minutes
"""

from dataclasses import dataclass
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import scipy
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import LEVEL, difference, estimate, mapped
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, Statement, below
from experiments.universal_approximation import fixed_bases
from nnjax import statistics, tasks, training, tuning

SCALES = (0.5, 2.0)  # of the inputs, equally likely: with one alone |x| hardly varies where d is large
SQUARED_NORM, SECOND_MOMENT = 0.25, 0.5  # |f|^2, and E |unit|^2
PHASE = -np.pi / 4
MEAN_FREQUENCY = 1.0  # |m|
CHUNK = 4_000_000  # values of units that are held at a time
FRESH_POINTS = 8_192  # at which each trained network is tested
SOLVED_POINTS = 4_096  # on which output weights are solved for
MARGIN = 1.1  # the smallest factor of an error that matters
ACTIVATIONS = ("cos", "sin", "tanh", "sigmoid", "relu", "gelu")


@dataclass(frozen=True)
class Config:
    """What is drawn, trained and projected, and how often."""

    dims: Annotated[tuple[int, ...], at_least(1, 1_000)] = (1, 2, 4, 8, 16, 32)  # inputs d
    drawn_units: tuple[int, ...] = (1, 4, 16, 64, 256)  # units drawn from the law
    units: tuple[int, ...] = (4, 16, 64)  # units of solved and of trained networks; one unit does no better than none
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ("cos", "tanh")  # of trained networks
    features: tuple[int, ...] = (4, 16, 64, 256)  # random features
    # the most polynomials of a basis; total degrees that have more of them are left out
    most_polynomials: Annotated[int, at_least(2)] = 3_000
    draws: Annotated[int, at_least(2)] = 1_000  # networks drawn for each d and N
    solved_draws: Annotated[int, at_least(2)] = 100  # networks drawn and solved for each d and N
    sums: Annotated[int, at_least(2)] = 400  # cosine sums for each d; the features' scale is chosen on as many others
    seeds: Annotated[int, at_least(2)] = 8  # trained networks of each kind
    tuning_seeds: int = 2  # seeds that choose the rate, never reported
    rates: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3, 1.0)  # learning rates, for every d, activation and N
    # scales of the features' frequencies, over the sums' largest
    scales: tuple[float, ...] = (1 / 64, 1 / 32, 1 / 16, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
    most_terms: int = 4  # cosines in a sum
    points_per_draw: int = 256  # fresh inputs for each drawn network
    train_points: int = 65_536
    batch_size: int = 256
    num_steps: int = 3_000
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0


QUICK = Config(
    dims=(1, 4), drawn_units=(1, 8, 64), units=(8,), activations=("cos",), features=(4, 16, 64), most_polynomials=200,
    draws=100, solved_draws=20, sums=200, seeds=4, rates=(0.1,), scales=(0.25, 0.5), train_points=2_048,
    batch_size=128, num_steps=100,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything runs."""
    if max(config.units) < 2:
        raise ValueError(f"units={config.units!r} must hold a number above 1: one unit does no better than none")
    if config.most_polynomials < max(config.dims) + 1:
        raise ValueError(
            f"most_polynomials={config.most_polynomials!r} must allow degree 1: {max(config.dims) + 1} of them in "
            f"dims={config.dims!r}"
        )
    if config.train_points < config.batch_size:
        raise ValueError(f"train_points={config.train_points!r} must be {config.batch_size} or more, a batch")


NAMES = {
    "method": "how the units are chosen",
    "dim": "dimensions $d$ of the input",
    "units": "number $N$ of units",
    "squared_error": "squared L2 error: mean over draws (drawn), median over networks (solved, trained)",
    "low": "lower end of the 95% interval of squared_error: normal of a mean, bootstrap of a median",
    "high": "upper end of the 95% interval of squared_error: normal of a mean, bootstrap of a median",
    "drawn_exactly": "exact expected squared error of the mean of N drawn units",
    "rate": "tuned learning rate of Adam; empty for all others",
}


def run(config: Config) -> xr.Dataset:
    """Errors of drawn, solved and trained units [dim, units], and of fixed bases [dim, degree or num_features]."""
    check(config)
    bases = [
        fixed_bases.errors(
            dim, config.seed, config.sums, config.most_terms, config.most_polynomials, config.features, config.scales
        )
        for dim in config.dims
    ]
    bases = xr.concat(bases, "dim", join="outer").assign_coords(dim=list(config.dims))
    data = xr.merge([drawn(config), solved(config), trained(config), bases])
    return data.assign_attrs(rates=config.rates, seeds=config.seeds)


def variance(dim: int) -> float:
    """The variance s^2 of a frequency in d dimensions at which |f|^2 = E exp(-s^2 |x|^2) / 2 is a quarter.

    Terms that are odd in x drop out of both moments, as x and -x are equally likely, and m with them.
    """
    scales = np.square(SCALES)

    def excess(s2: float) -> float:
        return float(np.mean((1 + 2 * s2 * scales) ** (-dim / 2))) - SQUARED_NORM / SECOND_MOMENT

    return float(scipy.optimize.brentq(excess, 0.0, 100.0, xtol=1e-15))


def frequencies(rng: np.random.Generator, shape: tuple[int, ...], dim: int, num_units: int) -> np.ndarray:
    """Frequencies w [*shape, d, N] of units from the law; their mean m has the norm 1 and lies along no axis."""
    mean = np.full(dim, MEAN_FREQUENCY / np.sqrt(dim))
    return mean[:, None] + np.sqrt(variance(dim)) * rng.normal(size=(*shape, dim, num_units))


def inputs(rng: np.random.Generator, shape: tuple[int, ...], dim: int) -> np.ndarray:
    """Inputs [*shape, d]."""
    return rng.choice(SCALES, (*shape, 1)) * rng.normal(size=(*shape, dim))


def function(x: Any, xp: Any = np) -> Any:
    """f at x [..., d]; `xp` is NumPy or jax.numpy."""
    dim = x.shape[-1]
    bell = xp.exp(-variance(dim) / 2 * xp.sum(x * x, axis=-1))
    return bell * xp.cos(xp.sum(x, axis=-1) * (MEAN_FREQUENCY / dim**0.5) + PHASE)


def drawn_errors(dim: int, num_units: int, draws: int, points: int, seed: int) -> np.ndarray:
    """Squared errors [draws] of means of N units, each drawn afresh and tested on fresh inputs."""
    rng = np.random.default_rng([seed, dim, num_units])
    at_once = max(1, CHUNK // (points * num_units))
    errors = []
    for start in range(0, draws, at_once):
        some = min(at_once, draws - start)
        w = frequencies(rng, (some,), dim, num_units)
        x = inputs(rng, (some, points), dim)
        network = np.cos(x @ w + PHASE).mean(axis=-1)
        errors.append(np.mean((network - function(x)) ** 2, axis=-1))
    return np.concatenate(errors)


def drawn(config: Config) -> xr.Dataset:
    """The mean squared error over draws with its standard error [dim, drawn_units]."""
    cells = [
        [drawn_errors(d, n, config.draws, config.points_per_draw, config.seed) for n in config.drawn_units]
        for d in config.dims
    ]
    errors, dims = np.array(cells), ("dim", "drawn_units")
    return xr.Dataset(
        {
            "drawn": (dims, errors.mean(axis=-1)),
            "drawn_error": (dims, errors.std(axis=-1, ddof=1) / np.sqrt(config.draws)),
        },
        {"dim": list(config.dims), "drawn_units": list(config.drawn_units)},
    )


def solved_errors(dim: int, num_units: int, draws: int, seed: int) -> np.ndarray:
    """Squared errors [draws] of N units drawn afresh whose output weights and bias are solved for by least squares.

    Each draw has its own inputs, `SOLVED_POINTS` to solve on and as many to test on.
    """
    rng = np.random.default_rng([seed, dim, num_units, 1])
    errors = []
    for _ in range(draws):
        w = frequencies(rng, (), dim, num_units)
        x = inputs(rng, (2 * SOLVED_POINTS,), dim)
        hidden, y = np.append(np.cos(x @ w + PHASE), np.ones((len(x), 1)), axis=1), function(x)
        first, last = hidden[:SOLVED_POINTS], hidden[SOLVED_POINTS:]
        outputs = np.linalg.lstsq(first.T @ first, first.T @ y[:SOLVED_POINTS], rcond=1e-10)[0]
        errors.append(np.mean((last @ outputs - y[SOLVED_POINTS:]) ** 2))
    return np.array(errors)


def solved(config: Config) -> xr.Dataset:
    """Median error of drawn units with solved outputs, and its interval [dim, units]."""
    errors = [
        [solved_errors(d, n, config.solved_draws, config.seed) for n in config.units] for d in config.dims
    ]  # fmt: skip
    coords = {"dim": list(config.dims), "units": list(config.units)}
    return medians("solved", xr.DataArray(errors, coords, ("dim", "units", "draw")), "draw")


def medians(name: str, errors: xr.DataArray, over: str) -> xr.Dataset:
    """Median errors over a dim with the ends of their 95% bootstrap intervals."""
    ends = xr.apply_ufunc(
        lambda values: tuple(statistics.bootstrap(values, num_resamples=2_000)), errors, input_core_dims=[[over]],
        output_core_dims=[[]] * 3, vectorize=True,
    )  # fmt: skip
    return xr.Dataset(dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True)))


def fresh_error(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The squared error of a network at inputs that no other network is tested on: its first weight is their seed.

    Half of the inputs have each scale.
    """
    key = jax.random.key(jax.lax.bitcast_convert_type(params[0].w[0, 0], jnp.uint32))
    scale = jnp.repeat(jnp.array(SCALES), FRESH_POINTS // 2)[:, None]
    x = scale * jax.random.normal(key, (FRESH_POINTS, data.x.shape[1]))
    return jnp.mean((predict(params, x)[:, 0] - function(x, jnp)) ** 2)


def trained(config: Config) -> xr.Dataset:
    """Median error of trained networks at fresh inputs with its interval [dim, activation, units], and the rates."""
    found = xr.concat([_trained(d, config) for d in config.dims], "dim").assign_coords(dim=list(config.dims))
    return found.rename(width="units")


def _trained(dim: int, config: Config) -> xr.Dataset:
    x = inputs(np.random.default_rng([config.seed, dim]), (config.train_points,), dim)
    data = tasks.data(x, function(x)[:, None])
    settings: dict[str, Any] = {
        "width": list(config.units), "activation": list(config.activations), "solver": "adam", "schedule": "cosine",
        "bias_init": "uniform", "bias_scale": np.pi, "batch_size": config.batch_size, "num_steps": config.num_steps,
        "measure": {"fresh_error": fresh_error},
    }  # fmt: skip
    rate: Any = config.rates[0]
    if len(config.rates) > 1:
        seeds = tuning.seeds(config.tuning_seeds)
        tuned = nnjax.sweep(data, learning_rate=list(config.rates), seeds=seeds, **settings)
        rate = tuning.choose(tuned.train_loss, "learning_rate").best["learning_rate"]
    runs = nnjax.sweep(data, learning_rate=rate, seeds=config.seeds, **settings)
    errors = runs.fresh_error.isel(step=-1)
    diverged = ~np.isfinite(errors) | (runs.status == training.DIVERGED)
    found = medians("trained", errors.where(~diverged, np.inf).astype(float), "seed")
    found["rate"] = rate if len(config.rates) > 1 else xr.full_like(found.trained, rate)
    return found.drop_vars([name for name in found.coords if name not in found.dims])


# Measures.


def log_error(data: xr.Dataset, name: str, level: float) -> xr.Dataset:
    """The logarithm of the root of a median squared error; its stored 95% interval as much wider or narrower at other
    levels as a normal one would be."""
    wider = scipy.special.ndtri((1 + level) / 2) / scipy.special.ndtri((1 + LEVEL) / 2)
    value, low, high = (np.log(data[f"{name}{end}"]) / 2 for end in ("", "_low", "_high"))
    return estimate(value, value - wider * (value - low), value + wider * (high - value))


def trained_over(data: xr.Dataset, other: xr.Dataset, level: float, units: str) -> xr.Dataset | None:
    """The error of trained cosine units over another one [dim, units], above one unit, as a single one does no better
    than none. A rate at the end of its grid leaves a cell open on its lower side."""
    if "cos" not in data.activation:
        return None
    one, rates = data.sel(activation="cos", drop=True), data.attrs["rates"]
    ratio = mapped(np.exp, difference(log_error(one, "trained", level), other)).sel(units=data.units > 1)
    at_end = one.rate.isin([min(rates), max(rates)] if len(rates) > 2 else []).sel(units=ratio.units)
    ratio = ratio.assign(low=ratio.low.where(~at_end, 0.0))
    left_open = at_end & (ratio.high >= 1 / MARGIN)
    return ratio.assign_attrs(
        n=data.attrs["seeds"], of="networks each", units=units, at_edge=int(left_open.sum())
    )  # fmt: skip


def over_drawn(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The error of trained units over the exact one of the mean of N drawn units."""
    exact = np.log(SQUARED_NORM / data.units) / 2
    return trained_over(data, estimate(exact, exact, exact), level, "times the error of drawn units")


def over_solved(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The error of trained units over that of N drawn units with solved output weights."""
    other = log_error(data, "solved", level)
    return trained_over(data, other, level, "times the error of drawn units with solved output weights")


REVISED = "A cell had no margin; its interval had to lie below {}."
STATEMENTS = (
    Statement(
        "trained, cos",
        "Trained by Adam, N cosine units err less than the mean of N units drawn from the target's law, whatever the "
        "dimension.",
        OWN, f"prompted by {sources.BARRON}, theorem 1: networks with errors of order 1/N exist",
        below(1 / MARGIN, even=1), over_drawn, REVISED.format("the error of drawn units"), at_tuned=True,
    ),
    Statement(
        "chosen, cos",
        "Training all weights of N cosine units gains more than solving for the output weights of N drawn units, "
        "whatever the dimension.",
        OWN, f"prompted by {sources.BARRON}, theorem 1",
        below(1 / MARGIN, even=1), over_solved, REVISED.format("all of the interval of solved units"), at_tuned=True,
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each kind of units, dimension and number of units."""
    parts = {"drawn": means(data).rename(drawn_units="units"), "drawn, outputs solved": medians_of(data, "solved")}
    for name in data.activation.values.tolist():
        one = data.sel(activation=name, drop=True)
        parts[f"trained {name}"] = medians_of(one, "trained").assign(rate=one.rate)
    rows = xr.concat(parts.values(), xr.DataArray(list(parts), dims="method", name="method"), join="outer")
    rows = rows.rename(value="squared_error")
    return rows.assign(drawn_exactly=(SQUARED_NORM / rows.units).where(rows.squared_error.notnull()))


def means(data: xr.Dataset) -> xr.Dataset:
    """Mean squared errors of drawn units with 95% intervals [dim, drawn_units]."""
    half = 1.96 * data.drawn_error
    return estimate(data.drawn, data.drawn - half, data.drawn + half)


def medians_of(data: xr.Dataset, name: str) -> xr.Dataset:
    """Median squared errors with their stored 95% intervals."""
    return estimate(data[name], data[f"{name}_low"], data[f"{name}_high"])


def units(data: xr.Dataset) -> Figure:
    """Squared error of N units, over $|f|^2$, where f is the mean of a law of cosine units. The mean of N drawn units
    errs by $|f|^2/N$ in every dimension (dashed); solved output weights and training lower that. Medians of solved and
    trained networks with 95% bootstrap intervals, and means of drawn ones with normal intervals, on new inputs.
    """
    names = data.activation.values.tolist()
    titles = ["Drawn units, averaged", "Drawn units, outputs solved"]
    titles += [f"Trained {'cosine' if name == 'cos' else fg.name(name)} units" for name in names]
    fig, made = fg.panels(col=xr.DataArray(titles, dims="p", name="p"), wrap=2, size=(4.6, 2.6), sharey=True)
    parts = [means(data), medians_of(data, "solved")]
    parts += [medians_of(data.sel(activation=name), "trained") for name in names]
    shades = dict(zip(data.dim.values.tolist(), fg.shades(data.sizes["dim"]), strict=True))
    for (ax, _), one in zip(made, parts, strict=True):
        x = "drawn_units" if "drawn_units" in one.dims else "units"
        style = "o" if x == "drawn_units" else "o-"
        fg.lines(ax, one / SQUARED_NORM, x, "dim", shades, style, markersize=5)
        n = data[x].values
        ax.plot(n, 1 / n, "k--", linewidth=1.2, label="$1/N$", zorder=1)
        ax.set(xscale="log", yscale="log")
        ax.set_xticks(n, [str(number) for number in n])
        ax.minorticks_off()
    title = "Drawn units err by 1/N in every dimension, and trained units by less"
    return fg.finish(fig, made, title, data.units, "squared error / $|f|^2$", legend="dimensions $d$")


KINDS = {"polynomials": ("degree", "Polynomials"), "features": ("num_features", "Random features")}


def bases(data: xr.Dataset) -> Figure:
    """Mean squared error over sums of at most four cosines, over that of predicting 0, of two bases that are fixed
    beforehand: the more dimensions, the slower it falls. Dotted: the lower bound for any basis of n functions. The sums
    have random frequencies and Barron's constant $C_f = 1$, and are the same for every n.
    """
    fig, axes = plt.subplots(1, 2, figsize=(9.6, 4.4), sharey=True, sharex=True)
    for ax, (kind, (places, title)) in zip(axes, KINDS.items(), strict=True):
        for d, shade, mark in zip(data.dim.values, fg.shades(data.sizes["dim"]), "osD^vPX*" * 9, strict=False):
            one = data.sel(dim=d).dropna(places, subset=[f"{kind}_number"])
            n, mean, bound = (one[f"{kind}_{name}"] for name in ("number", "mean", "bound"))
            ax.plot(n, mean / one.nothing_mean, f"{mark}-", color=shade, markersize=4, label=f"{d}")
            ax.plot(n, bound / one.nothing_mean, ":", color=shade, linewidth=1.2)
        ax.plot([], [], ":", color=fg.GREY, linewidth=1.2, label="lower bound")
        ax.axhline(1, color="black", linestyle="--", linewidth=1.2, zorder=1, label="predicting 0")
        ax.set(xscale="log", yscale="log", title=title, xlabel="number of functions $n$")
    axes[0].set_ylabel("mean squared error / that of predicting 0")
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, title="dimensions $d$", loc="outside right center")
    fig.suptitle("Fixed bases need ever more functions in high dimensions")
    return fig


FIGURES = (units, bases)
