"""Do softmax networks learn sooner with cross-entropy than with a squared error, and are their probabilities right?

Softmax turns the last sums of a network, its logits, into positive numbers p that sum to 1, one for each class. The
target y is 1 for the right class and 0 for the others. Under cross-entropy the gradient of a logit is p - y: the more
wrong an answer, the harder it is pushed. Under the squared error of p the gradient vanishes where a network is
confident and wrong (`nnjax.theory.confident_errors`).

Networks of two inputs, 32 tanh units and three outputs learn on which of three noisy spirals a point lies. There are
256 training rows, and every step uses all of them. The time is the number of steps until 95% of the rows are right; a
network that has not arrived at the last step never arrives. Usual starts have the initial weights of LeCun et al.
(1998). Confident starts have output weights 4 or 16 times as large: networks then begin confident and mostly wrong.

Each reported network has a draw of the data of its own. The learning rate is tuned for every solver, loss and start on
other draws, for the least mean logarithm of the steps. Its grid (`RATES`, `num_rates`) grows where the end is best.
This is done eight times, and each tuning trains 12 of the 96 reported networks. So intervals include the randomness of
tuning.

Success is that most networks arrive sooner with cross-entropy. Output weights 16 times as large must raise the ratio of
the two median times, with gradient descent, by a factor of 1.25 or more.

For the probabilities, networks train to the last step. The confidence is the probability of the predicted class, and a
network expects to err with 1 minus its confidence. On 500 fresh points its errors are held against the expected ones,
before and after all logits are divided by one number, the temperature. That number is fitted on 500 other points.
Errors within a factor of 1.25 count as equal.

    python -m experiments activations.softmax                  # 10 s, mostly compiling
    python -m experiments activations.softmax --preset full    # 13 minutes
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
import scipy
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.activations.softmax_networks import (
    AT_TEMPERATURE,
    LOSSES,
    accuracy_and_confidence,
    at_temperature,
    fitted_temperature,
    init,
    logits_of_test,
    spirals,
)
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import clusters, jackknife, mapped, median, share, wilson
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, PUBLISHED, Statement, above, below, within
from nnjax import mlp, tuning
from nnjax.theory import confident_errors
from nnjax.training import STOPPED, Model

DESCENT = "gradient descent"
SOLVERS = {DESCENT: "sgd", "Adam": "adam"}
RATES = {DESCENT: (0.1, 10.0), "Adam": (0.03, 3.0)}  # ends of the grid that is tried first
RECORD_EVERY = {DESCENT: 5, "Adam": 1}  # steps between two looks; with Adam networks arrive after some 40
GOAL = 0.95  # share of the training rows that are right
TEST_ROWS = 1_000  # half of them fit a temperature, and half judge it
QUARTILES = (0.25, 0.5, 0.75)
BINS = np.linspace(1 / 3, 1, 11)  # edges, of the confidence
EQUAL = 1.25  # a factor between expected and true errors, or between times, that does not matter


@dataclass(frozen=True)
class Config:
    """Which solvers, starts and temperatures are compared, and with how many networks."""

    solvers: Annotated[tuple[str, ...], one_of(SOLVERS)] = (DESCENT, "Adam")
    # factors on the output weights at the start; from 32 on, many networks that descend the squared error never learn
    scales: Annotated[tuple[float, ...], at_least(1, 1_000, count=2)] = (1.0, 4.0, 16.0)
    # temperatures of softmax in training besides 1, with gradient descent from usual starts
    temperatures: Annotated[tuple[float, ...], one_of(AT_TEMPERATURE, count=0)] = tuple(AT_TEMPERATURE)
    num_rates: Annotated[int, at_least(3)] = 7  # tried for every setting, before the grid grows
    tunings: Annotated[int, at_least(2, 90)] = 8  # how often each rate is tuned
    tuning_draws: Annotated[int, at_least(1, 100)] = 10  # of each tuning, never reported
    draws: Annotated[int, at_least(8, 900)] = 96  # of the data and the weights, reported
    width: int = 32  # hidden tanh units
    rows: Annotated[int, at_least(30, 10_000)] = 256  # training rows
    num_steps: Annotated[int, at_least(5, multiple=5)] = 4_000  # training steps at most


QUICK = Config(
    solvers=(DESCENT,), scales=(1.0, 16.0), temperatures=(), num_rates=3, tunings=2, tuning_draws=2,
    draws=8, rows=64, num_steps=500,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything runs."""
    if 1 not in config.scales:
        raise ValueError(f"scales={config.scales!r} must hold 1, with which others are compared")
    if config.draws % config.tunings:
        raise ValueError(f"draws={config.draws!r} must be a multiple of tunings={config.tunings!r}")
    if DESCENT not in config.solvers:
        raise ValueError(f"solvers={config.solvers!r} must hold {DESCENT!r}, for which the theory is")


NAMES = {
    "solver": "solver, full batch",
    "loss": "training loss of the softmax outputs, with the temperature T of softmax in training where it is not 1",
    "scale": "factor on the output weights at the start",
    "seed": "draw of the data, with a network of its own",
    "tuning_of": "tuning that chose the learning rate of a network",
    "steps": "steps to 95% of the training rows right, inf where a network never arrives",
    "rate": "learning rate that a tuning chose",
    "at_end": "whether a tuning chose the least (-1) or the greatest (1) rate tried",
    "step": "training steps",
    "accuracy": "share of the training rows that are right",
    "arrived": "number of networks that get 95% of their training rows right",
    "median_steps": "median steps to 95% right",
    "low": "lower end of the 95% interval of median_steps, at the tuned rates",
    "high": "upper end of the 95% interval of median_steps, at the tuned rates, inf where it has none",
    "cost": "median_steps divided by that of cross-entropy with the same solver and start",
    "first_confidence": "mean probability of the predicted class before training, when a third of the answers is right",
    "median_rate": "median learning rate of the tunings",
    "tunings_at_end": "number of tunings that chose the least or the greatest rate tried",
}


def run(config: Config) -> xr.Dataset:
    """Steps [solver, loss, scale, seed] to the goal, courses of the accuracy, and errors expected and made."""
    check(config)
    parts = [_learned(solver, LOSSES, config.scales, config).expand_dims(solver=[solver]) for solver in config.solvers]
    curves = ["accuracy", "step", "first_confidence"]
    data = xr.concat([part.drop_vars(curves) for part in parts], "solver")
    descent = parts[config.solvers.index(DESCENT)].isel(solver=0, drop=True)
    others = {at_temperature(one): AT_TEMPERATURE[one] for one in config.temperatures}
    if others:
        more = _learned(DESCENT, others, (1.0,), config).drop_vars(curves).expand_dims(solver=[DESCENT])
        data = data.combine_first(more)
    names = {"solver": list(config.solvers), "loss": [*LOSSES, *others], "scale": list(config.scales)}
    data = data.reindex(names).transpose("solver", "loss", "scale", ...)
    tuning_of = np.repeat(np.arange(config.tunings), config.draws // config.tunings).astype("int8")
    small: dict[str, Any] = {name: data[name].astype("float32") for name in ("steps", "at_end")}
    data = data.assign(small | {"tuning_of": ("seed", tuning_of)})
    data = xr.merge([data, descent[curves], _calibrated(descent.rate, tuning_of, config)], join="left")
    return data.assign_attrs(num_steps=config.num_steps)


def _learned(solver: str, some: Mapping[str, Callable], scales: Sequence[float], config: Config) -> xr.Dataset:
    """One solver: the rate is tuned several times for every loss and scale, and trains fresh networks each time."""
    common: dict[str, Any] = _common(solver, some, config) | {
        "bias_scale": list(scales), "record_every": RECORD_EVERY[solver], "early_stop": ("accuracy", GOAL),
        "measure": {"seen": accuracy_and_confidence},
    }  # fmt: skip

    def train(learning_rate: Any, seeds: Sequence[int]) -> xr.Dataset:
        runs = nnjax.sweep(**_sample(seeds, config), learning_rate=learning_rate, **common)
        return runs.isel(seed=0, drop=True).rename(task="seed").assign_coords(seed=list(seeds))

    def log_steps(runs: xr.Dataset) -> xr.DataArray:
        """The cost of a rate; a network that never arrives counts as arriving at twice the last step."""
        return np.log(runs.steps.where(runs.status == STOPPED, 2 * config.num_steps))

    tuned, fresh = tuning.repeated(
        train, "learning_rate", np.geomspace(*RATES[solver], config.num_rates).tolist(), cost=log_steps,
        tunings=config.tunings, tuning_seeds=config.tuning_draws, seeds=config.draws, widen=3,
    )  # fmt: skip
    seen = fresh.seen.transpose("loss", "bias_scale", "seed", "step", ...)
    curve = seen[..., 0].quantile(QUARTILES, "seed").transpose(..., "quantile", "step").astype("float32")
    best, ends = (one["learning_rate"].reset_coords(drop=True) for one in (tuned.best, tuned.at_end))
    found = xr.Dataset({
        "steps": fresh.steps.where(fresh.status == STOPPED, np.inf), "rate": best, "at_end": ends,
        "first_confidence": seen[..., 0, 1].isel(loss=0, drop=True).mean("seed"), "accuracy": curve,
    })  # fmt: skip
    return found.drop_vars(["tuning_of", "task_seed", "tuning"], errors="ignore").rename(bias_scale="scale")


def _common(solver: str, some: Mapping[str, Callable], config: Config) -> dict[str, Any]:
    return {
        "hidden": (config.width,), "activation": "tanh", "loss": dict(some), "solver": SOLVERS[solver],
        "num_steps": config.num_steps, "model": Model(init, mlp.apply, mlp.predict), "decision": "argmax",
    }  # fmt: skip


def _sample(seeds: Sequence[int], config: Config, num_test: int = 0) -> dict[str, Any]:
    """A draw of the spirals for each seed; those that tune have the numbers from 1,000 on."""
    numbers = {str(one): one if one < tuning.FIRST_SEED else 1_000 + one - tuning.FIRST_SEED for one in seeds}
    data = {name: spirals(number, 3, config.rows, num_test) for name, number in numbers.items()}
    return {"data": data, "seeds": {name: [int(name)] for name in data}}


def _calibrated(rate: xr.DataArray, tuning_of: np.ndarray, config: Config) -> xr.Dataset:
    """Errors made and expected by networks of gradient descent on cross-entropy, from usual starts, after all steps."""
    sample = _sample(range(config.draws), config, TEST_ROWS)
    each = rate.sel(loss="cross-entropy", scale=1.0).values[tuning_of]
    runs = nnjax.sweep(
        **sample, learning_rate=xr.DataArray(each, {"task": list(sample["data"])}),
        measure={"logits": logits_of_test}, **_common(DESCENT, {"cross-entropy": LOSSES["cross-entropy"]}, config),
    )  # fmt: skip
    logits = runs.logits.isel(step=-1, seed=0, loss=0).transpose("task", ...).values.astype(float)
    labels = np.stack([one.y_test.argmax(axis=1) for one in sample["data"].values()])
    half = TEST_ROWS // 2
    fitted = np.array([fitted_temperature(z[:half], y[:half]) for z, y in zip(logits, labels, strict=True)])
    logits, labels = logits[:, half:], labels[:, half:]
    right = logits.argmax(axis=-1) == labels
    confidence = np.stack([
        scipy.special.softmax(logits / one, axis=-1).max(axis=-1) for one in (1.0, fitted[:, None, None])
    ])  # fmt: skip
    names = ("fitted", "bin")
    return xr.Dataset(
        {
            "errors": ("seed", 1 - right.mean(axis=-1)), "temperature": ("seed", fitted),
            "expected_errors": (("fitted", "seed"), 1 - confidence.mean(axis=-1)),
            "rows_in_bin": (names, [np.histogram(one, BINS)[0] for one in confidence]),
            "right_in_bin": (names, [np.histogram(one[right], BINS)[0] for one in confidence]),
        },
        {"seed": range(config.draws), "fitted": [False, True], "bin": (BINS[1:] + BINS[:-1]) / 2},
    )  # fmt: skip


# Measures.


def by_tuning(data: xr.Dataset, x: xr.DataArray | xr.Dataset) -> Any:
    """x [..., seed] as [..., tuning, seed]; the networks of a tuning follow each other."""
    return x.coarsen(seed=data.sizes["seed"] // data.sizes["tuning"]).construct(seed=("tuning", "seed"))


def typical(steps: xr.DataArray, num_steps: float) -> xr.DataArray:
    """The lower median of all networks; where half never arrive it is the last step, a lower bound."""
    dims = [dim for dim in ("tuning", "seed") if dim in steps.dims]
    times = steps.astype(float).fillna(np.inf).clip(max=num_steps)
    return times.quantile(0.5, dims, method="inverted_cdf").drop_vars("quantile")


def sooner(data: xr.Dataset, level: float) -> xr.Dataset:
    """The share of the draws in which gradient descent arrives sooner with cross-entropy; ties count as not."""
    steps = data.steps.sel(solver=DESCENT, scale=1.0)
    entropy, squares = (steps.sel(loss=loss, drop=True) for loss in LOSSES)
    result = share(clusters((entropy < squares) * 1.0, data.tuning_of), "tuning", level, data.sizes["seed"])
    medians = [f"{typical(each, data.num_steps).item():,.0f}" for each in (entropy, squares)]
    at_edge = _at_edge(data, 1.0)
    if at_edge:  # another rate could turn it either way
        result = result.assign(low=result.low * 0, high=result.high * 0 + 1)
    return result.assign_attrs(units="of the draws", note=f"median {' and '.join(medians)} steps", at_edge=at_edge)


def plateau(data: xr.Dataset, level: float) -> xr.Dataset:
    """By which factor the most confident start raises the ratio of median steps, squared error to cross-entropy."""
    confident = data.scale.max().item()

    def log_cost(steps: xr.DataArray) -> xr.DataArray:
        times: Any = np.log(typical(steps, data.num_steps))
        return times.sel(loss="squared error") - times.sel(loss="cross-entropy")

    steps = by_tuning(data, data.steps).sel(solver=DESCENT, loss=list(LOSSES), scale=[1.0, confident])
    rise = jackknife(lambda of_tunings: log_cost(of_tunings).diff("scale").item(), steps, "tuning", level)
    result = mapped(np.exp, rise)
    costs = " to ".join(f"{np.exp(each):.3g}" for each in log_cost(steps).values)
    at_edge = _at_edge(data, 1.0, confident)
    if at_edge:  # another rate could turn it either way
        result = result.assign(low=result.low * 0, high=result.high * np.inf)
    units, note = "times the usual ratio of steps", f"from {costs} times the steps of cross-entropy"
    return result.assign_attrs(units=units, note=note, at_edge=at_edge)


def _at_edge(data: xr.Dataset, *scales: float) -> int:
    """For how many losses and starts most tunings chose a rate at an end of the grid: another might do better."""
    ends = data.at_end.sel(solver=DESCENT, loss=list(LOSSES), scale=list(scales)) != 0
    return int((ends.mean("tuning") > 0.5).sum())


def expected_to_made(data: xr.Dataset, level: float, fitted: bool) -> xr.Dataset:
    """The errors that networks expect on fresh points over those that they make."""
    errors = by_tuning(data, xr.Dataset({"made": data.errors, "expected": data.expected_errors.sel(fitted=fitted)}))

    def log_ratio(of_tunings: xr.Dataset) -> xr.DataArray:
        total = of_tunings.mean()
        return np.log(total.expected / total.made) if total.made > 0 else xr.DataArray(np.inf)

    result, average = mapped(np.exp, jackknife(log_ratio, errors, "tuning", level)), errors.mean()
    note = f"{average.expected.item():.2%} expected, {average.made.item():.2%} made"
    return result.assign_attrs(units="times the errors that are made", note=note)


STATEMENTS = (
    Statement(
        "usual start", "From usual starts, gradient descent on softmax outputs learns sooner with cross-entropy than "
        "with the squared error, in most draws of the data.", PUBLISHED,
        f"{sources.SOLLA}, abstract (marked reductions in learning times)", above(0.5), sooner,
        "The rate had been tuned once.",
    ),
    Statement(
        "plateau", "Output weights 16 times as large slow gradient descent on the squared error more than on "
        "cross-entropy.", OWN, f"prompted by {sources.SOLLA}, abstract (the landscape is less steep)",
        above(EQUAL, even=1), plateau,
        "The rule had no margin, the rate was tuned once, and output weights were 32 times as large.",
    ),
    Statement(
        "probabilities", "Networks are overconfident: on fresh points they err more often than their softmax outputs "
        "say.", PUBLISHED, f"{sources.GUO}, section 3", below(1 / EQUAL, even=1),
        partial(expected_to_made, fitted=False),
        "The claim had been that the outputs are probabilities, which the textbook does not say.",
    ),
    Statement(
        "one temperature", "Once their logits are divided by one temperature, fitted on other points, networks err as "
        "often as their softmax outputs say.", PUBLISHED, f"{sources.GUO}, section 4.2", within(1 / EQUAL, EQUAL),
        partial(expected_to_made, fitted=True),
        "The margin had been 0.02 in confidence minus accuracy, and the rate had been tuned once.",
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each solver, loss and start."""
    trained, middle = data.steps.notnull().all("seed"), typical(data.steps, np.inf)
    ends = median(data.steps, "seed")
    rows = xr.Dataset({
        "arrived": np.isfinite(data.steps).sum("seed"), "median_steps": middle, "low": ends.low, "high": ends.high,
        "cost": middle / middle.sel(loss="cross-entropy"), "first_confidence": data.first_confidence,
        "median_rate": data.rate.median("tuning"), "tunings_at_end": (data.at_end != 0).sum("tuning"),
    })  # fmt: skip
    return rows.where(trained)


COLORS = dict(zip(LOSSES, (fg.BLUE, fg.VERMILION), strict=True))


def plateau_of_confidence(data: xr.Dataset) -> Figure:
    """Left: by theory, how steep the loss is where the logit of the wrong class is ahead of that of the right one by a
    margin, for two classes. Middle and right: the share of the training rows that are right under gradient descent,
    from usual starts and with the largest output weights; lines are medians over draws, bands the middle halves. The
    first point is the start. Dotted: guessing, and 95%, where training stops.
    """
    ends = xr.DataArray([0.0, 1.0, data.scale.max().item()], dims="scale", name="scale")
    titles = {0.0: "Slope of the loss", 1.0: "Usual start", ends[2].item(): "Confident and wrong at the start"}
    fig, made = fg.panels(col=ends, size=(3.9, 3.3), titles=titles)
    (slope, _), *others = made
    margin = np.linspace(0, 8, 200)
    for loss, color in COLORS.items():
        slope.plot(margin, confident_errors.steepness(margin, loss), color=color, label=loss)
    for ax, where in others:
        accuracy = data.accuracy.sel(loss=list(LOSSES), scale=where["scale"])
        accuracy = accuracy.assign_coords(step=data.step.clip(min=2.5))  # step 0 has no logarithm
        low, value, high = (accuracy.sel(quantile=q, drop=True) for q in QUARTILES)
        curves = xr.Dataset({"value": value, "low": low, "high": high})
        fg.lines(ax, curves, "step", "loss", COLORS, "-", band=True)
        for level in (1 / 3, GOAL):
            ax.axhline(level, color="black", linestyle=":", linewidth=0.9)
        ax.set(xscale="log", ylim=(0.2, 1.0))
    fg.finish(fig, made, "The squared error of softmax is flat where a network is confident and wrong", data.step)
    slope.set(xlabel="margin of the wrong logit over the right one", ylabel="slope of the loss, per unit of margin")
    others[0][0].set_ylabel("share of the training rows right")
    fig.legend(*slope.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return fig


def times(data: xr.Dataset) -> Figure:
    """Median steps to 95% of the training rows right, by the factor on the output weights at the start, with 95%
    intervals at the tuned rates. The larger the factor, the more confident networks are at the start. The learning
    rate is tuned for every point.
    """
    fig, made = fg.panels(col=data.solver, size=(4.6, 3.4), sharey=True)
    steps = median(data.steps.sel(loss=list(LOSSES)), "seed").clip(max=data.num_steps)
    for ax, where in made:
        fg.lines(ax, steps.sel(where), "scale", "loss", COLORS)
        ax.set(xscale="log", yscale="log", xticks=data.scale.values)
        ax.set_xticks(data.scale.values, [f"{scale:g}" for scale in data.scale.values])
        ax.minorticks_off()
    return fg.finish(
        fig, made, "Very confident starts slow the squared error, and not cross-entropy", data.scale,
        "median steps to 95% right", legend="",
    )  # fmt: skip


def calibration(data: xr.Dataset) -> Figure:
    """Left: the share of fresh points that are right, by the confidence of networks trained with cross-entropy. Blue:
    networks as trained. Green: their logits are divided by a temperature that was fitted on other points. Bins have 20
    points or more and are drawn at their middles. The last bin holds nearly all points, most of them at 1, so its place
    is too far left. Bars are 95% Wilson intervals, as if all points were independent. Right: median steps to 95% right
    when logits are divided by a temperature all through training, each at its own best learning rate.
    """
    names = xr.DataArray(["Right answers by confidence", "Steps by temperature in training"], dims="what", name="what")
    fig, made = fg.panels(col=names, size=(4.6, 3.6))
    (left, _), (right, _) = made
    n = data.rows_in_bin
    shares = wilson(data.right_in_bin / n.clip(1), n.clip(1)).where(n >= 20)
    labels = {False: "as trained", True: "with a fitted temperature"}
    shares = shares.assign_coords(fitted=[labels[one] for one in data.fitted.values.tolist()])
    fg.lines(left, shares, "bin", "fitted", [fg.BLUE, fg.GREEN], dodge=0.01)
    left.plot([1 / 3, 1], [1 / 3, 1], color="black", linewidth=1, label="as often right as expected")
    left.legend(loc="upper left")
    losses = {t: at_temperature(t) for t in (0.25, 1.0, 4.0) if at_temperature(t) in data.loss}
    of_each = data.steps.sel(solver=DESCENT, scale=1.0, loss=list(losses.values()), drop=True)
    steps = median(of_each, "seed").assign_coords(loss=list(losses)).expand_dims(solver=[DESCENT])
    fg.lines(right, steps, "loss", "solver", [fg.BLUE])
    right.set_xscale("log")
    right.set_xticks(list(losses), [f"{temperature:g}" for temperature in losses])
    right.minorticks_off()
    fg.finish(fig, made, "Networks are too sure of themselves; one temperature, fitted afterwards, mends most", "")
    left.set(xlabel="confidence, the probability of the predicted class", ylabel="share of the points that are right")
    right.set(xlabel="temperature of softmax in training", ylabel="median steps to 95% right", ylim=(0, None))
    return fig


FIGURES = (plateau_of_confidence, times, calibration)
