"""How far do a signal and a gradient travel through random networks, and which initial weights keep their size?

In a network of infinite width three numbers of a layer follow from those of the layer before
(`nnjax.theory.mean_field`). They are the variance of its sums, the correlation of two inputs and the mean square of the
gradient. The gradient's mean square changes by a factor chi per layer; weights with chi = 1 are critical. Those of He
are for ReLU, those of Glorot for tanh once the signal has died away, and neither are for sigmoid.

Networks have Gaussian weights of variance weight_variance / fan_in (1: Glorot, 2: He) and Gaussian biases. They are 100
layers deep and 128 to 1,024 wide. The sums of the first layer have variance 1, and for two inputs the correlation 1/2.
Gradients start at the last layer as random numbers. All activations and variances share the draws of a network;
networks of different widths share none (`random_networks`). Means over 2,048 networks of each width are extrapolated to
infinite width by a parabola in 1 / width.

Success is a variance that differs from theory by less than 0.005 nats per layer, for every activation and variance.
Over layers 50 to 100, the gradient's mean square must change by less than a factor of 5 for the critical weights and
for no others. With sigmoids, its size must fall below a thousandth in 10 of these layers. For softplus with the weights
of He these widths do not suffice: a line and the parabola extrapolate its gradients to different values.

    python -m experiments activations.signal_propagation                  # 4 s
    python -m experiments activations.signal_propagation --preset full    # 6 minutes
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import scipy
import xarray as xr
from matplotlib.figure import Figure

from experiments.activations import random_networks
from experiments.activations.random_networks import FIRST_CORRELATION
from experiments.lab import figures as fg
from experiments.lab.estimates import LEVEL, estimate, exact, mapped, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.sources import GLOROT_BENGIO, HE_ZHANG, POOLE, SCHOENHOLZ
from experiments.lab.verdicts import OWN, PUBLISHED, Statement, below, equal, within
from nnjax import machine
from nnjax.theory import mean_field

ACTIVATIONS = (
    "identity", "step", "sigmoid", "tanh", "relu", "leaky_relu", "softplus", "elu", "selu", "gelu", "silu", "sin",
    "cos",
)  # fmt: skip
GLOROT, HE, LARGE = 1.0, 2.0, 4.0  # variances of the weights, times fan_in
TANH_BIAS = 0.05  # variance of the biases for which depth scales of tanh are published
CRITICAL = {GLOROT: ("identity", "tanh", "elu", "sin"), HE: ("relu", "leaky_relu")}  # activations, without biases
SHOWN = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)  # layers that are recorded
MEASURED = ("log_q", "correlation", "log_gradient")
SETTINGS = ["activation", "weight_variance", "bias_variance"]
PER_LAYER = 0.005  # nats by which the logarithm of a variance may be off per layer
KEPT = np.log(5)  # a gradient whose log mean square changes by less over the deeper half of the layers is kept


@dataclass(frozen=True)
class Config:
    """Which random networks are drawn, and how many."""

    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS
    weight_variances: tuple[float, ...] = (GLOROT, HE, LARGE)  # times fan_in
    bias_variances: Annotated[tuple[float, ...], at_least(0)] = (0.0, TANH_BIAS)
    # further weight variances for tanh, with biases of variance 0.05
    tanh_weight_variances: Annotated[tuple[float, ...], at_least(0.1, count=2)] = (1.0, 1.5, 1.75, 2.0, 3.0, 4.0)
    widths: Annotated[tuple[int, ...], at_least(8, 4096, count=2)] = (128, 256, 512, 1024)
    networks: Annotated[tuple[int, ...], at_least(2, rising=False)] = (2048, 2048, 2048, 2048)  # of each width
    depth: Annotated[int, at_least(4, 100)] = 100  # layers
    drift_networks: Annotated[int, at_least(2)] = 32_768  # of each width, with only the variance followed
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0


QUICK = Config(
    activations=("sigmoid", "tanh", "relu"), bias_variances=(0.0,), widths=(32, 64), networks=(128, 128),
    depth=20, drift_networks=512, tanh_weight_variances=(1.5, 2.0),
)  # fmt: skip


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything runs."""
    if len(config.networks) != len(config.widths):
        raise ValueError(f"networks={config.networks!r} must hold a number for each of widths={config.widths!r}")


NAMES = {
    "activation": "activation of all layers",
    "weight_variance": "variance of the weights, times fan-in",
    "bias_variance": "variance of the biases",
    "layer": "layer",
    "width": "width",
    "fixed_variance": "theory: limit with depth of the variance of a layer's sums",
    "fixed_correlation": "theory: stable correlation of two inputs at fixed_variance; empty where that is 0 or inf",
    "chi": "theory: factor per layer on the gradient's mean square at fixed_variance",
    "xi_q": "theory: layers in which the variance, or its distance from its limit, changes e-fold",
    "xi_c": "theory: layers in which the correlation's distance from fixed_correlation falls e-fold",
    "xi_gradient": "theory: layers in which the gradient's mean square changes e-fold, 1 / |ln chi|",
    "log_q": "log variance of the last layer's sums at infinite width (nats)",
    "log_q_off": "log_q minus theory",
    "log_q_low": "lower end of the 95% interval of log_q_off",
    "log_q_high": "upper end of the 95% interval of log_q_off",
    "correlation": "correlation of two inputs in the last layer at infinite width; 1/2 in the first",
    "correlation_off": "correlation minus theory",
    "correlation_low": "lower end of the 95% interval of correlation_off",
    "correlation_high": "upper end of the 95% interval of correlation_off",
    "log_gradient": "log of the gradient's mean square, first layer over last, at infinite width (nats)",
    "log_gradient_off": "log_gradient minus theory",
    "log_gradient_low": "lower end of the 95% interval of log_gradient_off",
    "log_gradient_high": "upper end of the 95% interval of log_gradient_off",
    "log_gradient_line_off": "log_gradient_off by a line in 1 / width, where log_gradient is by a parabola",
    "deeper_half": "change per layer of the log of the gradient's mean square, in the deeper half of the layers; nats",
}


def run(config: Config) -> xr.Dataset:
    """Means and standard deviations over networks [width, layer, column], theory [layer, column], and drifts."""
    check(config)
    given, shown = columns(config), sorted({*(i for i in SHOWN if i <= config.depth), config.depth // 2, config.depth})
    packed = random_networks.Columns(*zip(*given, strict=True))

    def one(width: int, count: int) -> xr.Dataset:
        parts = random_networks.signals(packed, width, config.depth, shown, count, config.seed)
        return xr.merge([_summary(name, part) for name, part in zip(MEASURED, parts, strict=True)])

    # Several at a time, as programs take seconds to compile, each on one core.
    with ThreadPoolExecutor(machine.num_workers()) as pool:
        found = list(pool.map(one, config.widths, config.networks))
    data = xr.concat(found, xr.Variable("width", list(config.widths)))
    settings: dict[str, Any] = {name: ("column", list(x)) for name, x in packed._asdict().items()}
    data = data.assign_coords({"layer": shown} | settings)
    data = data.assign(networks=("width", list(config.networks)))
    drifts = random_networks.drifts(config.widths, config.depth, config.drift_networks, config.seed)
    data = xr.merge([data, _theory(given, config.depth, shown), drifts])
    return data.assign_attrs(depth=config.depth, drift_networks=config.drift_networks)


def columns(config: Config) -> list[tuple[str, float, float]]:
    """The activation, weight variance and bias variance of every combination that is sent through the networks."""
    found = [(f, w, b) for f in config.activations for w in config.weight_variances for b in config.bias_variances]
    if "tanh" in config.activations:
        found += [("tanh", w, TANH_BIAS) for w in config.tanh_weight_variances]
    return sorted(set(found), key=lambda one: (ACTIVATIONS.index(one[0]), one[2], one[1]))


def _summary(name: str, values: np.ndarray) -> xr.Dataset:
    """Mean and standard deviation over networks; for the gradient of the step, which is 0, they are -inf and nan."""
    dims = ("layer", "column")
    with np.errstate(invalid="ignore"):
        mean, spread = values.astype(float).mean(axis=0), values.astype(float).std(axis=0, ddof=1)
    return xr.Dataset({name: (dims, mean.astype("float32")), f"{name}_sd": (dims, spread.astype("float32"))})


def _theory(given: list[tuple[str, float, float]], depth: int, shown: list[int]) -> xr.Dataset:
    found = {f"theory_{name}": np.full((len(shown), len(given)), np.nan) for name in MEASURED}
    points, rows = [], np.array(shown) - 1
    for i, (name, w, b) in enumerate(given):
        f = mean_field.expectations(name)
        q = mean_field.variances(f, 1.0, w, b, depth)
        found["theory_log_q"][:, i] = np.log(q)[rows]
        found["theory_correlation"][:, i] = mean_field.correlations(f, FIRST_CORRELATION, q, w, b)[rows]
        if name != "step":
            # The gradient of layer l has passed the derivatives of the layers l to depth - 1.
            steps = np.append(np.log(mean_field.chi(f, q, w))[:-1], 0.0)
            found["theory_log_gradient"][:, i] = np.cumsum(steps[::-1])[::-1][rows]
        points.append(mean_field.fixed_point(f, w, b))
    names = ("fixed_variance", "fixed_correlation", "chi", "xi_q", "xi_c", "xi_gradient")
    return xr.Dataset(
        {name: (("layer", "column"), values) for name, values in found.items()}
        | {name: ("column", list(values)) for name, values in zip(names, zip(*points, strict=True), strict=True)}
    )


# Measures.


def grid(x: Any) -> Any:
    """What is over columns, over activations, weight variances and bias variances; nan where there is no column."""
    order = list(dict.fromkeys(x.activation.values.tolist()))
    return x.set_index(column=SETTINGS).unstack("column").sel(activation=order)


def extrapolated(means: xr.DataArray, errors: xr.DataArray, degree: int) -> xr.Dataset:
    """The value at infinite width, and its standard error, of a weighted polynomial in 1 / width through means."""
    widths = means.width.values
    degree = min(degree, len(widths) - 1)
    powers = np.vander(widths.min() / widths, degree + 1, increasing=True)  # [width, power]
    y, error = (x.transpose("width", ...).values.astype(float) for x in (means, errors))
    # What is the same in all networks of a width has no error; a floor on errors keeps the weights of widths bounded.
    weight = 1 / np.maximum(error, np.maximum(1e-3 * error.max(axis=0), 1e-12)) ** 2
    with np.errstate(invalid="ignore"):  # a step's gradient is 0
        inverse = np.linalg.inv(np.einsum("wp,wq,w...->...pq", powers, powers, weight))
        value = np.einsum("...q,wq,w...->...", inverse[..., 0, :], powers, weight * y)
    like = means.isel(width=0, drop=True)
    return xr.Dataset({"value": like.copy(data=value), "error": like.copy(data=np.sqrt(inverse[..., 0, 0]))})


def at_infinite_width(data: xr.Dataset, name: str, layer: int, degree: int = 2) -> xr.Dataset:
    """The mean of one of MEASURED in a layer, with its standard error, for each activation and variances.

    A parabola, since deviations from theory are curved where networks are deep for their width.
    """
    one = data.sel(layer=layer)
    return grid(extrapolated(one[name], one[f"{name}_sd"] / np.sqrt(data.networks), degree))


def interval(value: xr.DataArray, error: xr.DataArray, level: float, data: xr.Dataset, **attrs: Any) -> xr.Dataset:
    """An estimate with a normal interval."""
    half = scipy.special.ndtri((1 + level) / 2) * error
    return estimate(value, value - half, value + half, data.networks.min(), "networks of each width", **attrs)


def off_theory(data: xr.Dataset, level: float, name: str, layer: int, degree: int = 2) -> xr.Dataset:
    """The mean of one of MEASURED minus theory, for each activation and variances."""
    far = at_infinite_width(data, name, layer, degree)
    return interval(far.value - grid(data[f"theory_{name}"].sel(layer=layer)), far.error, level, data)


def variance(data: xr.Dataset, level: float) -> xr.Dataset:
    """How far log q in the last layer is from theory, for each activation and variances."""
    off = off_theory(data, level, "log_q", data.depth)
    return (off / data.depth).assign_attrs(off.attrs, units="nats per layer")


def deeper_half(data: xr.Dataset, level: float) -> xr.Dataset:
    """By how much the log of the gradient's mean square changes from the last layer to the middle one."""
    far = at_infinite_width(data, "log_gradient", data.depth // 2)
    return interval(far.value, far.error, level, data)


def critical(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share of the pairs of an activation and an initialization whose gradients are kept, or not, as claimed."""
    weights = [w for w in CRITICAL if w in data.weight_variance.values]
    if 0.0 not in data.bias_variance.values or not weights:
        return None

    def pairs(level: float) -> xr.Dataset:
        found = deeper_half(data, level).sel(bias_variance=0.0, weight_variance=weights)
        return found.sel(activation=found.activation != "step")

    number = pairs(level).value.size
    found = pairs(1 - (1 - level) / number)  # all intervals hold together
    kept, lost = (found.low > -KEPT) & (found.high < KEPT), (found.low >= KEPT) | (found.high <= -KEPT)
    claimed = xr.concat([found.activation.isin(CRITICAL[w]) for w in weights], "weight_variance")
    claimed = claimed.assign_coords(weight_variance=weights)
    as_claimed, not_so = (kept & claimed) | (lost & ~claimed), (kept & ~claimed) | (lost & claimed)
    share = as_claimed.mean()
    return exact(share, share, 1 - not_so.mean(), number, "pairs", units="of the pairs")


def vanishing(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """What is left of a gradient after 10 layers of sigmoids, on average over the weights of Glorot and of He."""
    weights = [GLOROT, HE]
    if "sigmoid" not in data.activation.values or not set(weights) <= set(data.weight_variance.values.tolist()):
        return None
    one = deeper_half(data, level).sel(activation="sigmoid", bias_variance=0.0, weight_variance=weights, drop=True)
    parts = one * 10 / (data.depth - data.depth // 2) / 2  # of the size, which is the root of the mean square
    average = parts.mean("weight_variance").assign_attrs(one.attrs)  # errors at worst add up: both share their draws
    note = " and ".join(f"{np.exp(x):.2g}" for x in parts.value.values) + " with the weights of Glorot and of He"
    found = with_parts(average, parts)
    return mapped(np.exp, found).assign_attrs(units="times its size 10 layers above", note=note)


STATEMENTS = (
    Statement(
        "variance", "In wide random networks the logarithm of the variance of a layer's sums is that of mean-field "
        "theory.", PUBLISHED, f"{POOLE}, equation 3", within(-PER_LAYER, PER_LAYER), variance,
        "A line in 1 / width was drawn, with fewer and narrower networks, and activations were counted.",
    ),
    Statement(
        "critical initializations", "In the deeper half of layers, Glorot's weights keep gradients of linear, tanh, "
        "sine and ELU only, and He's keep ReLU's and leaky ReLU's.", OWN,
        f"prompted by {SCHOENHOLZ} (chi = 1); {GLOROT_BENGIO}; {HE_ZHANG}", equal(1), critical,
        "A line in 1 / width was drawn, with fewer and narrower networks, and an exception made it partly true.",
    ),
    Statement(
        "vanishing", "With the weights of Glorot and of He the gradients of sigmoid networks fall below a thousandth "
        "in 10 layers.", PUBLISHED, f"{SCHOENHOLZ} (chi below 1); {GLOROT_BENGIO}",
        below(1e-3, even=1), vanishing, "The larger of the two had been judged alone.", headline=True,
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each activation and variances."""
    names = ("fixed_variance", "fixed_correlation", "chi", "xi_q", "xi_c", "xi_gradient")
    found = grid(data[list(names)])
    for name, layer in (("log_q", data.depth), ("correlation", data.depth), ("log_gradient", 1)):
        off = off_theory(data, LEVEL, name, layer)
        found = found.assign({
            name: grid(data[f"theory_{name}"].sel(layer=layer)) + off.value,
            f"{name}_off": off.value, f"{name}_low": off.low, f"{name}_high": off.high,
        })  # fmt: skip
    by_line = off_theory(data, LEVEL, "log_gradient", 1, degree=1).value
    per_layer = deeper_half(data, LEVEL).value / (data.depth - data.depth // 2)
    return found.assign(log_gradient_line_off=by_line, deeper_half=per_layer).drop_vars("layer", errors="ignore")


COLORS = {GLOROT: fg.BLUE, HE: fg.VERMILION, LARGE: fg.GREEN}
LABELS = {GLOROT: "weight variance x fan-in: 1 (Glorot)", HE: "2 (He)", LARGE: "4"}
TAUGHT = ("sigmoid", "tanh", "relu")
LN10 = np.log(10)


def _taught(data: xr.Dataset) -> xr.DataArray:
    """The activations that are drawn, as an axis of panels."""
    return xr.DataArray([one for one in TAUGHT if one in data.activation], name="f", dims="f")


def _draw(ax: Any, data: xr.Dataset, name: str, activation: str, scale: float) -> None:
    """Theory as lines, and the widest networks as points with their standard deviation, without biases."""
    for w, color in COLORS.items():
        here = (data.activation == activation) & (data.weight_variance == w) & (data.bias_variance == 0)
        for column in np.flatnonzero(here):
            one = data.isel(column=column, width=-1)
            ax.plot(one.layer, one[f"theory_{name}"] / scale, color=color, linewidth=1.3, label=LABELS[w])
            ax.errorbar(
                one.layer, one[name] / scale, one[f"{name}_sd"] / scale, fmt="o", markersize=3, color=color,
                elinewidth=0.8,
            )  # fmt: skip


def gradient(data: xr.Dataset) -> Figure:
    """Size of the gradient in each layer, over its size in the last, where it starts; no biases. Lines: mean-field
    theory for infinite width. Points: geometric means over the widest networks; their standard deviations lie within
    the marks. Of sigmoids only the last layers are shown, as their gradients fall far faster. Glorot's weights keep
    tanh's over the deeper half.
    """
    fig, made = fg.panels(col=_taught(data), size=(3.9, 3.4), sharey=True)
    for ax, where in made:
        _draw(ax, data, "log_gradient", where["f"], 2 * LN10)
        last = data.layer.max().item()
        ax.set(ylim=(-16, 16), xlim=(0.7 * last, 1.01 * last) if where["f"] == "sigmoid" else None)
        ax.set_yticks((-15, -10, -5, 0, 5, 10, 15), [f"$10^{{{one}}}$" for one in (-15, -10, -5, 0, 5, 10, 15)])
    return fg.finish(
        fig, made, "Sigmoid gradients vanish; the weights of Glorot keep those of tanh, and of He those of ReLU",
        data.layer, "gradient over that in the last layer", legend="",
    )  # fmt: skip


def signals(data: xr.Dataset) -> Figure:
    """Variance of a layer's sums, which is 1 in the first layer, and correlation of two inputs, which is 1/2 there; no
    biases. Lines: mean-field theory for infinite width. Points: means over the widest networks, with their standard
    deviation over networks. Correlations in sigmoid and in ReLU networks are nearly the same for all weights.
    """
    labels = {"log_q": "$\\log_{10}$ of the variance", "correlation": "correlation"}
    rows = xr.DataArray(list(labels), name="what", dims="what")
    fig, made = fg.panels(row=rows, col=_taught(data), size=(3.6, 2.5), sharex=True)
    for ax, where in made:
        _draw(ax, data, where["what"], where["f"], LN10 if where["what"] == "log_q" else 1.0)
        low, high = np.clip(ax.get_ylim(), -6, 6) if where["what"] == "log_q" else (-0.12, 1.08)
        ax.set_ylim(low, high)
    fg.finish(fig, made, "Mean-field theory tells how signals change from layer to layer", data.layer, legend="")
    for ax, where in made:
        if ax.get_ylabel():
            ax.set_ylabel(labels[where["what"]])
    return fig


def finite_width(data: xr.Dataset) -> Figure:
    """Networks that keep the variance q of a layer's sums on average: its logarithm falls, and spreads. Left: mean and
    standard deviation over networks. Middle: per layers / width, right: per root of it, by width, with 95% intervals;
    squares: extrapolated by a line to infinite width; dashed: theory there, -5/2 and the root of 5 for ReLU.
    """
    titles = ("ln q, ReLU with the weights of He", "Fall of the mean of ln q", "Spread of ln q")
    fig, made = fg.panels(col=xr.DataArray(list(titles), name="what", dims="what"), size=(3.9, 3.4))
    (left, middle, right) = (ax for ax, _ in made)
    here = (data.activation == "relu") & (data.weight_variance == HE) & (data.bias_variance == 0)
    for column in np.flatnonzero(here):
        for width, color in zip(data.width.values, fg.shades(data.sizes["width"]), strict=True):
            one = data.isel(column=column).sel(width=width)
            x, y = (one.layer - 1) / width, one.log_q - one.log_q.sel(layer=1)
            left.fill_between(x, y - one.log_q_sd, y + one.log_q_sd, color=color, alpha=0.12, linewidth=0)
            left.plot(x, y, "o-", markersize=3, color=color, label=f"width {width:,}")
    long = data.width / (data.depth - 1)
    n = data.attrs["drift_networks"]
    fall, spread, z = data.drift * long, data.drift_sd * np.sqrt(long), scipy.special.ndtri((1 + LEVEL) / 2)
    for ax, y, error, expected in (
        (middle, fall, data.drift_sd * long / np.sqrt(n), data.theory_drift),
        (right, spread, spread / np.sqrt(2 * (n - 1)), np.sqrt(-2 * data.theory_drift)),
    ):
        far = extrapolated(y, error, 1)
        for name, color in (("identity", fg.GREY), ("relu", fg.GREEN)):
            one, at = y.sel(drifting=name), far.sel(drifting=name)
            ax.errorbar(1 / one.width, one, z * error.sel(drifting=name), fmt="o", color=color, label=fg.name(name))
            ax.errorbar([0], [at.value], [z * at.error], fmt="s", color=color)
            ax.axhline(expected.sel(drifting=name).item(), color=color, linestyle="--", linewidth=1)
    fg.finish(fig, made, "In a typical linear or ReLU network of finite width the variance falls with depth", "")
    left.set(xlabel="layers / width", ylabel="ln q, minus that of the first layer")
    middle.set(xlabel="1 / width", ylabel="change of the mean of ln q\nper layers / width")
    right.set(xlabel="1 / width", ylabel="standard deviation of ln q\nper root of layers / width")
    left.legend(loc="lower left")
    middle.legend(loc="center right")
    return fig


FIGURES = (gradient, signals, finite_width)
