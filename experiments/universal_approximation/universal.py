"""Is one hidden layer universal if and only if its activation is not a polynomial?

Leshno, Lin, Pinkus & Schocken (1993, theorem 1): networks of one hidden layer come as near as one likes to every
continuous function if and only if the activation is not a polynomial. The theorem says that such networks exist, not
how to find them.

Hidden weights are drawn at random, and the output layer is the best for them: least squares in float64 (see
`random_features`). Errors are in L2, at places that are not used for fitting. The scale of the weights is tuned for
every activation, function and N, on other draws and at a third set of places.

Only if: a network whose activation is a polynomial of degree k is such a polynomial itself. It must come down to the
error of the best one, which is computed without a network, and stop there. If: with any other activation the error must
keep falling, to half or less with sixteen times as many units; sigmoid is judged, the others are shown. A tuned scale
at the end of its grid leaves a function open, unless the error ends below 1e-9 of the function's norm, which is near
rounding.

On one function hidden weights are trained as well, and networks without biases are tried.

    python -m experiments universal_approximation.universal                  # 6 s
    python -m experiments universal_approximation.universal --preset full    # 2 minutes
"""

from dataclasses import dataclass
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from jaxtyping import Array
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import LEVEL, exact, mapped, mean, median, spread
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, TEXTBOOK, THEOREM, Statement, above, below, equal
from experiments.universal_approximation import random_features as rf
from experiments.universal_approximation import without_biases
from nnjax import activations
from nnjax.tasks import TARGETS
from nnjax.theory import approximation


def tanh_series(z: Array) -> Array:
    """The Taylor polynomial of tanh of degree 7: within 1% of it for |z| < 0.95, and yet a polynomial."""
    return z * (1 + z * z * (-1 / 3 + z * z * (2 / 15 - 17 / 315 * z * z)))


def cosine_squasher(z: Array) -> Array:
    """0, then half a cosine, then 1 (Gallant & White 1988)."""
    return (1 + jnp.sin(jnp.clip(z, -np.pi / 2, np.pi / 2))) / 2


def jumping_squasher(z: Array) -> Array:
    """A squashing function, from 0 up to 1, that is a sigmoid with two jumps: at -1 and at 1.5."""
    return activations.sigmoid(z) / 2 + 0.2 * (z > -1) + 0.3 * (z > 1.5)


# Named, as the store of a run finds functions by their names.


def square(z: Array) -> Array:
    return z * z


def cube(z: Array) -> Array:
    return z * z * z


def fifth_power(z: Array) -> Array:
    return z * z * z * z * z


def cube_with_a_kink(z: Array) -> Array:
    return z * z * z + jnp.abs(z) / 10


TAYLOR, KINKED = "Taylor polynomial of tanh", "$z^3 + |z|/10$"
POLYNOMIALS = {  # with their degrees
    "$z$": (activations.identity, 1),
    "$z^2$": (square, 2),
    "$z^3$": (cube, 3),
    "$z^5$": (fifth_power, 5),
    TAYLOR: (tanh_series, 7),
}
STEEP = (2.0, 8.0, 32.0, 128.0, 512.0)  # the greatest weights that are tried
OTHERS = {  # the scale does not matter to steps and ReLU, and a kinked cube shows its kink at small scales
    "step": (activations.step, (1.0,)),
    "sigmoid": (activations.sigmoid, STEEP),
    "tanh": (activations.tanh, STEEP),
    "ReLU": (activations.relu, (1.0,)),
    "sine": (activations.sin, STEEP),
    "cosine squasher": (cosine_squasher, STEEP),
    "squasher with jumps": (jumping_squasher, STEEP),
    KINKED: (cube_with_a_kink, (0.1, 0.5, 2.0, 8.0, 32.0, 128.0, 512.0, 2048.0)),
}
JUMPING = ("step", "squasher with jumps")
TRAINED = {"$z^3$": POLYNOMIALS["$z^3$"][0], TAYLOR: tanh_series, "tanh": "tanh"}
DAMPINGS = (1.0, 100.0)  # reciprocals of the first damping of variable projection, of which the better one is chosen
TRAINING_PANELS = 16  # of 16 nodes each, which resolve every network of a few units
SHOWN = "exp_cos"  # the function of figures, of trained hidden weights and of no biases; neither even nor odd
DEGREE = 7  # the highest of a polynomial: the errors of all of them fall up to N = 8
NOTICED = 1e-9  # a floor below this share of the target's norm is rounding: the target is nearly a polynomial
SMALL = 1e-9  # an error below this share of the target's norm is near rounding
CLOSE = 0.01  # how near its floor a network must come: a share of it


@dataclass(frozen=True)
class Config:
    """Which functions are approximated, by how many units, and with how many draws of their hidden weights."""

    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = tuple(TARGETS)  # functions of one variable
    widths: Annotated[tuple[int, ...], at_least(1, count=3)] = tuple(2**i for i in range(9))  # hidden units N
    seeds: Annotated[int, at_least(2)] = 12  # draws of the hidden weights
    tuning_seeds: int = 3  # draws that choose the scale of the weights, never reported
    # hidden units whose weights are trained; () trains none
    trained_widths: Annotated[tuple[int, ...], at_least(1, count=0)] = (2, 8, 16)
    num_steps: int = 200  # of variable projection


QUICK = Config(("sine", "exp_cos", "kink"), (1, 4, 8, 16, 64), seeds=4, tuning_seeds=1, trained_widths=())


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything runs."""
    if SHOWN not in config.targets:
        raise ValueError(f"targets={config.targets!r} must hold {SHOWN!r}, which the figures show")
    if len([n for n in config.widths if n > DEGREE]) < 2:
        raise ValueError(
            f"widths={config.widths!r} must hold two of {DEGREE + 1} or more: polynomials of degree {DEGREE} fall as "
            "far as that"
        )


NAMES = {
    "activation": "hidden activation; z is the weighted sum of a unit",
    "target": "function that is approximated",
    "width": "hidden units $N$",
    "error": "L2 error",
    "few": "L2 error of the fewer units that are compared (16 of 256 at FULL), median over draws",
    "many": "L2 error of the most units, median over draws",
    "ratio": "many over few: geometric mean over draws of the hidden weights",
    "ratio_low": "lower end of the 95% interval of ratio",
    "ratio_high": "upper end of the 95% interval of ratio",
    "floor": "L2 error of the best polynomial of the activation's degree; 0 where it is no polynomial",
    "scale": "greatest size of the hidden weights for the most units, tuned where several are tried",
}


def run(config: Config) -> xr.Dataset:
    """Errors [activation, width, target, seed], floors, and on one target those without biases and with training."""
    check(config)
    with jax.enable_x64(True):
        parts = [
            random_weights(config),
            without_biases.errors(SHOWN, config.widths[-1], config.seeds, config.tuning_seeds),
        ]
        if config.trained_widths:
            parts.append(trained_weights(config))
    return xr.merge(parts)


def cutoff(name: str) -> float:
    """The share of a unit that must remain after projection on those before it, or it is left out."""
    return rf.JUMPY if name in JUMPING else rf.CUTOFF


def random_weights(config: Config) -> xr.Dataset:
    """Random hidden weights with the best output layer: every activation on every target, and the floors."""
    grids = rf.grids(config.targets)
    root = np.sqrt(rf.half_lengths(config.targets))
    tried = {name: (function, (1.0,)) for name, (function, _) in POLYNOMIALS.items()} | OTHERS
    found = [
        rf.tuned_errors(function, scales, config.widths, config.seeds, config.tuning_seeds, grids, cutoff=cutoff(name))
        for name, (function, scales) in tried.items()
    ]
    floors = np.zeros((len(tried), len(config.targets)))
    for i, (_, degree) in enumerate(POLYNOMIALS.values()):
        for j, one in enumerate(TARGETS[name] for name in config.targets):
            floors[i, j] = approximation.best_polynomial_l2(one.function, degree, one.interval, one.breakpoints).error
    return xr.Dataset(
        {
            "error": (
                ("activation", "width", "target", "seed"),
                np.array([errors * root[None, :, None] for errors, _ in found]),
            ),
            "scale": (("activation", "width", "target"), np.array([scale for _, scale in found])),
            "floor": (("activation", "target"), floors),
            "norm": ("target", rf.l2(grids.test.y, grids.test.weights) * root),
        },
        {"activation": list(tried), "width": list(config.widths), "target": list(config.targets)},
    )


def exact_error(params: Any, data: Any, predict: Any) -> Any:
    """The L2 error, by quadrature at the test nodes."""
    weights = jnp.asarray(rf.nodes([SHOWN], rf.TEST_PANELS).weights, data.y_test.dtype)
    return jnp.sqrt(jnp.sum(weights[:, None] * (predict(params, data.x_test) - data.y_test) ** 2))


def trained_weights(config: Config) -> xr.Dataset:
    """Errors [trained, trained_width, trained_seed] where variable projection trains the hidden weights, too."""
    at, test = rf.nodes([SHOWN], TRAINING_PANELS), rf.nodes([SHOWN], rf.TEST_PANELS)
    data = nnjax.tasks.data(at.u[:, None], at.y, test.u[:, None], test.y)._replace(weight=at.weights)
    common = {  # powers of large weights are large, and least squares on them can fit the rounding: weights start small
        "hidden": [(width,) for width in config.trained_widths], "activation": list(TRAINED.values()),
        "solver": "variable_projection", "loss": "squared_error", "init": "uniform", "init_scale": 1.0,
        "bias_init": "uniform", "bias_scale": 1.0, "dtype": "float64", "num_steps": config.num_steps,
        "record_every": config.num_steps, "measure": {"exact": exact_error},
    }  # fmt: skip
    tuned = nnjax.sweep(data, learning_rate=list(DAMPINGS), seeds=nnjax.tuning.seeds(config.tuning_seeds), **common)
    chosen = nnjax.tuning.choose(tuned.train_loss.median("seed"), "learning_rate").best
    runs = nnjax.sweep(data, **chosen, seeds=config.seeds, **common)
    error = runs.exact.isel(step=-1).transpose("activation", "hidden", "seed").values
    return xr.Dataset(
        {"trained_error": (("trained", "trained_width", "trained_seed"), error)},
        {"trained": list(TRAINED), "trained_width": list(config.trained_widths)},
    )


# Measures.


def over_floor(data: xr.Dataset) -> xr.DataArray:
    """Errors of polynomials over their floors [activation, width, target, seed], nan where a floor is rounding."""
    floors = data.floor.sel(activation=list(POLYNOMIALS))
    return data.error.sel(activation=list(POLYNOMIALS)) / floors.where(floors > NOTICED * data.norm)


def off_floor(data: xr.Dataset, level: float) -> xr.Dataset:
    """How many networks of the most units and a polynomial activation err otherwise than the best polynomial."""
    ratio = over_floor(data).isel(width=-1)
    note = f"the greatest error is {ratio.max().item():.9f} times that of the best polynomial"
    count = (np.abs(ratio - 1) > CLOSE).sum()
    return exact(count, n=int(ratio.count()), of="networks", units="more than 1% off", note=note)


def fewer(data: xr.Dataset) -> int:
    """A sixteenth of the most units, but enough for every polynomial to be at its floor."""
    widths = data.width.values.tolist()
    return min(n for n in widths if n >= max(widths[-1] // 16, DEGREE + 1))


def fall(data: xr.Dataset, level: float = LEVEL) -> xr.Dataset:
    """The error of the most units over that of fewer [activation, target]: geometric mean over draws, whose units are
    the same for both."""
    logs = np.log(data.error.clip(1e-300))
    return mapped(np.exp, mean(logs.isel(width=-1) - logs.sel(width=fewer(data)), "seed", level))


def sigmoid_falls(data: xr.Dataset, level: float) -> xr.Dataset:
    """`fall` with sigmoid units [target].

    Open where the scale lies at an end of those tried: of the most units, as a better one lets the error fall further;
    of fewer units, as it lets the error fall less far, unless it ends near rounding.
    """
    one, parts = data.sel(activation="sigmoid"), fall(data, level).sel(activation="sigmoid", drop=True)
    at_end = one.scale.isin([STEEP[0], STEEP[-1]])
    large = one.error.isel(width=-1).median("seed") > SMALL * data.norm
    may_rise, may_fall = at_end.sel(width=fewer(data)) & large, at_end.isel(width=-1)
    parts = parts.assign(low=parts.low.where(~may_fall, 0.0), high=parts.high.where(~may_rise, np.inf))
    units = f"times the error of {fewer(data)} units"
    return parts.assign_attrs(of="draws", units=units, at_edge=int((may_rise | may_fall).sum()))


def polynomial_over_tanh(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The error with the Taylor polynomial over that with tanh, of the most units with trained hidden weights."""
    if "trained_error" not in data:
        return None
    last = data.trained_error.isel(trained_width=-1)
    ratio = last.sel(trained=TAYLOR) / last.sel(trained="tanh")
    found = median(ratio.where(np.isfinite(ratio), 0.0).rename(trained_seed="seed"), "seed", level)
    return found.assign_attrs(units="times the error of tanh")


STATEMENTS = (
    Statement(
        "met",
        "Networks with a polynomial activation come down to the error of the best polynomial of its degree, and no "
        "further.",
        THEOREM, f"{sources.LESHNO}, theorem 1", equal(0), off_floor,
        "Where some networks missed the best polynomial it was partly reproduced; now a single one refutes it.",
    ),
    Statement(
        "universal: sigmoid",
        "On every target, 16 times as many sigmoid units with random hidden weights, and the best output weights, at "
        "least halve the error.",
        TEXTBOOK, f"{sources.TEXTBOOK}; {sources.HORNIK}; {sources.LESHNO}, theorem 1: such networks exist", below(0.5),
        sigmoid_falls,
        "It had no interval, and the last doubling of the units had to leave at most 80% of the error as well.",
        at_tuned=True, headline=True,
    ),
    Statement(
        "trained",
        "On e^x cos 5x, with trained hidden weights, 16 units of tanh's Taylor polynomial of degree 7 err over 10 "
        "times as much as tanh.",
        OWN, f"prompted by {sources.LESHNO}, theorem 1", above(10), polynomial_over_tanh, at_tuned=True,
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each activation and target."""
    middle, ratio, last = data.error.median("seed"), fall(data), {"width": -1, "drop": True}
    return xr.Dataset({
        "few": middle.sel(width=fewer(data), drop=True), "many": middle.isel(**last),
        "ratio": ratio.value, "ratio_low": ratio.low, "ratio_high": ratio.high,
        "floor": data.floor, "scale": data.scale.isel(**last),
    })  # fmt: skip


COLORS = dict(zip(POLYNOMIALS, ("0.72", "0.56", "0.40", "0.25", "0.0"), strict=True)) | {
    "step": fg.SKY, "sigmoid": fg.BLUE, "tanh": fg.VERMILION, "ReLU": fg.GREEN, "sine": fg.ORANGE,
    "cosine squasher": fg.PURPLE, "squasher with jumps": "#7A3E66", KINKED: "#8C6D1F",
}  # fmt: skip
MARKS = dict(zip(COLORS, "os^DvsD^ovPX*", strict=True))


def universal(data: xr.Dataset) -> Figure:
    """Error of networks whose hidden weights are random, by the number of units; the output layer is the best for them.
    With a polynomial activation it stops at that of the best polynomial (dashed), with all others it keeps falling. The
    target is $e^x \\cos 5x$. Bands: quartiles over draws of the hidden weights.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.2, 4.8), sharey=True)
    one = data.sel(target=SHOWN)
    for ax, names in ((left, POLYNOMIALS), (right, OTHERS)):
        for name in names:
            look = {"markersize": 5, "label": name}
            parts = spread(one.error.sel(activation=[name]), "seed")
            fg.lines(ax, parts, "width", "activation", COLORS, f"{MARKS[name]}-", band=True, **look)
            if name in POLYNOMIALS:
                ax.axhline(one.floor.sel(activation=name), color="black", linewidth=1, linestyle="--", zorder=0)
        for name in set(names) & set(data.get("trained", xr.DataArray([])).values.tolist()):
            middle = data.trained_error.sel(trained=name).median("trained_seed")
            look = {"markersize": 11, "color": "white", "markeredgecolor": COLORS[name], "zorder": 5}
            ax.plot(data.trained_width, middle, "*", **look)
        ax.set(xscale="log", yscale="log", xlabel=fg.label(data.width))
        ax.set_xticks(data.width, [f"{n}" for n in data.width.values])
        ax.minorticks_off()
    left.plot([], [], "k--", linewidth=1, label="best polynomial")
    if "trained" in data:
        left.plot([], [], "*", markersize=11, color="white", markeredgecolor="black", label="hidden weights trained")
    for ax in (left, right):
        ax.legend(loc="lower left", fontsize=9)
    left.set(title="Polynomial activations stop", ylabel=fg.label(data.error), ylim=(3e-16, 12))
    right.set_title("All others keep falling")
    fig.suptitle("One hidden layer is universal unless its activation is a polynomial")
    return fig


def floors(data: xr.Dataset) -> Figure:
    """Error of the most hidden units on every target. Upper marks of a row: polynomial activations, which lie on the
    error of the best polynomial of their degree (bars), but for rounding on x². Lower marks: all others, which have no
    such floor. Errors below 1e-16 of the target's norm are drawn there. Medians over draws of the hidden weights; equal
    marks hide each other.
    """
    fig, ax = plt.subplots(figsize=(10.2, 0.43 * data.sizes["target"] + 1.4))
    rows, last = np.arange(data.sizes["target"]), data.isel(width=-1)
    share, floor = (np.maximum(part / data.norm, 1e-16) for part in (last.error.median("seed"), data.floor))
    for name, color in COLORS.items():
        shift = -0.2 if name in POLYNOMIALS else 0.2
        if name in POLYNOMIALS:
            ax.plot(floor.sel(activation=name), rows + shift, "k|", markersize=15, markeredgewidth=1.6)
        ax.plot(share.sel(activation=name), rows + shift, MARKS[name], color=color, label=name, alpha=0.85)
    ax.plot([], [], "k|", markersize=12, markeredgewidth=1.6, label="best polynomial")
    ax.set_yticks(rows, [TARGETS[name].formula for name in data.target.values])
    ax.set(xscale="log", ylim=(len(rows) - 0.4, -0.6), xlabel="L2 error / norm of the target")
    ax.set_title("Polynomial activations stop at the best polynomial of their degree")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
    return fig


def biases(data: xr.Dataset) -> Figure:
    """Error of the most units without biases and with them, on $e^x \\cos 5x$. Without biases, and apart from a
    constant, tanh, sigmoid and sine span only odd functions. Softplus and GELU span only even ones and a line. Steps
    span a constant on each side of 0, ReLUs a line. Bars: the error of the best function of that kind. The last two
    have no such symmetry. Medians over draws of the hidden weights.
    """
    fig, ax = plt.subplots(figsize=(8.4, 4.6))
    rows, middle = np.arange(data.sizes["unit"]), data.bias_error.median("seed")
    without, given = middle.sel(biased=False), middle.sel(biased=True)
    ax.hlines(rows, given, without, color=fg.GREY, linewidth=1)
    ax.plot(without, rows, "o", color=fg.BLUE, markersize=9, markerfacecolor="none", label="without biases")
    ax.plot(given, rows, "o", color=fg.GREEN, label="with biases")
    floor = data.bias_floor.where(data.bias_floor > 0)
    ax.plot(floor, rows, "|", color=fg.VERMILION, markersize=17, markeredgewidth=2, label="computed floor")
    ax.set_yticks(rows, data.unit.values)
    ax.set(xscale="log", ylim=(len(rows) - 0.4, -0.6), xlabel=fg.label(data.error))
    ax.set_title("Without biases, symmetric units are not universal")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return fig


FIGURES = (universal, floors, biases)
