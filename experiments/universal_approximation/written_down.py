"""How fast does the error of networks fall whose weights a formula gives, without any training?

For each of twelve functions f of one variable, the weights of a network with one hidden layer of N units are written
down, in one of these ways. Nothing is trained, so there is no learning rate.

- Step units cut the interval into bumps of equal width. The error should fall as 1/N.
- Sigmoid units are steps in the limit of a high gain, the factor on their input (Cybenko 1989). With a gain that rises
  with N the error should fall as 1/N; with a gain that stays it stops falling.
- ReLU units draw straight lines between points of the function, its knots. The knots are at equal distances, or spread
  so that they are dense where the function bends (de Boor 1973). The error should fall as 1/N^2.
- ReLU units on the same dense knots have the heights that are best in L2 (Burchard & Hale 1975). The error
  should fall as 1/N^2, too.

The L2 error is the square root of the integral of the squared difference to f. It is computed from the outputs of
`nnjax.mlp`, in float64 and in float32, and compared with the error that theory gives for many units
(`expected_errors`). A slope is that of log error against log N over the seven widest networks. Nothing is random but
the points at which rounding is measured.

Success is a slope within 0.05 of -2 for ReLU units on equal knots, on every function without a kink or a jump. It is
also that the N from which on rounding exceeds the error of these lines is within a factor of 2 of a formula.

    python -m experiments universal_approximation.written_down                  # 7 s
    python -m experiments universal_approximation.written_down --preset full    # 75 s
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import scipy
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab.estimates import crossing, exact, slope
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, THEOREM, Statement, within
from experiments.universal_approximation.expected_errors import predicted
from nnjax import mlp
from nnjax.activations import relu, sigmoid, step
from nnjax.tasks import TARGETS, Target
from nnjax.theory import approximation, constructions, quadrature

BUMPS, STEPS, EQUAL, SPREAD, FITTED = KINDS = (
    "step bumps", "sigmoid steps", "ReLU, equal knots", "ReLU, spread knots", "ReLU, fitted"
)  # fmt: skip
DTYPES = ("float32", "float64")
NODES = 4096  # points at which a network is applied at a time: one program then serves every target
LEAST_UNITS = 32  # a network is filled up with silent units to a power of two, so that fewer programs are compiled
ENDS = (2.0, 5.0, 12.0)  # where quadrature is cut around a sigmoid's rise, in reciprocals of its gain
WIDEST = 7  # the number of widest networks over which a slope is taken
ZERO = 1e-12  # errors below are rounding, and enter no slope
PLACES = 4096  # points at which rounding is measured
LOOKS, DRAWN_UNITS, DRAWN_SHARPNESS = 601, 9, (2.0, 6.0, 40.0)  # points, units and sharpness of the networks drawn


@dataclass(frozen=True)
class Config:
    """Which networks are written down."""

    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = tuple(TARGETS)  # functions of one variable
    # hidden units N, 4 to 1024
    widths: Annotated[tuple[int, ...], at_least(2, count=3)] = tuple(round(4 * 2 ** (i / 2)) for i in range(17))
    sharpness: Annotated[float, at_least(1)] = 16.0  # gain of the sigmoids times the length of a piece
    gains: tuple[float, ...] = (16.0, 64.0, 256.0)  # gains, times the length of the interval, that do not rise with N
    # ReLU units, 4 to 8192, for the effect of rounding
    rounding_widths: Annotated[tuple[int, ...], at_least(2, count=3)] = tuple(2**i for i in range(2, 14))
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # draws the points at which rounding is measured


QUICK = Config(("sine", "kink", "jump"), (8, 32, 64, 128), gains=(16.0, 128.0), rounding_widths=(64, 1024, 4096))

NAMES = {
    "target": "function that is approximated",
    "kind": "how the hidden layer is written down",
    "width": "hidden units $N$",
    "rounding_width": "hidden units $N$",
    "l2": "L2 error",
    "predicted": "L2 error that theory gives for so many units (empty where it gives none)",
    "l2_float32": "L2 error in float32",
    "largest": "largest absolute error, at the nodes of the integral",
    "slope": "slope of log L2 error over log N, widest networks with an error (empty for fewer than three)",
    "crossing": "N from which on rounding in float32 exceeds the error of the lines (smooth functions)",
    "formula": "the same by the formula (C / u)^(2/5), with C / N^2 the error of the lines, u the unit roundoff",
    "float64_share": "rounding in float64 divided by the error of the lines, at its greatest (smooth functions)",
}


class Network(NamedTuple):
    """A network in float64, its activation, the edges of its pieces, and the cuts between which it is integrated."""

    params: mlp.Params
    activation: Callable[[Any], jax.Array]
    edges: np.ndarray
    cuts: np.ndarray


def build(kind: str, target: Target, units: int, sharpness: float) -> Network:
    """The network of a kind with `units` hidden units; `sharpness` is a sigmoid's gain times the length of a piece.

    N step or sigmoid units make N + 1 constant pieces, N ReLU units make N straight ones.
    """
    f, (low, high) = target.function, target.interval
    if kind in (BUMPS, STEPS):
        edges = np.linspace(low, high, units + 2)
        heights = f((edges[1:] + edges[:-1]) / 2)
        if kind == BUMPS:
            return Network(constructions.step_bumps(edges, heights), step, edges, edges)
        gain = sharpness * (units + 1) / (high - low)
        away = np.array([side * end / gain for end in ENDS for side in (-1, 1)])
        cuts = np.union1d(edges, (edges[1:-1, None] + away[None, :]).ravel())
        cuts = cuts[(cuts >= low) & (cuts <= high)]
        return Network(constructions.sigmoid_steps(edges, heights, gain), sigmoid, edges, cuts)
    equal = np.linspace(low, high, units + 1)
    edges = equal if kind == EQUAL else approximation.equidistributed_knots(f, units, target.interval)
    heights = best_heights(target, edges) if kind == FITTED else f(edges)
    return Network(constructions.relu_interpolant(edges, heights), relu, edges, edges)


def best_heights(target: Target, edges: np.ndarray) -> np.ndarray:
    """The heights at the edges whose straight lines have the least L2 error: a linear system of three diagonals.

    They are those of `approximation.fixed_knots`, which computes more than is needed here.
    """
    panels = approximation.panels(target.function, target.interval, target.breakpoints)
    x, weights = quadrature.rule(np.union1d(edges, panels))
    h, piece = np.diff(edges), np.clip(np.searchsorted(edges, x, "right") - 1, 0, len(edges) - 2)
    weighted, rise = weights * target.function(x), (x - edges[piece]) / h[piece]
    load = np.bincount(piece, weighted * (1 - rise), len(edges)) + np.bincount(piece + 1, weighted * rise, len(edges))
    diagonal = np.append(h, 0.0) / 3 + np.append(0.0, h) / 3
    return scipy.linalg.solveh_banded(np.stack([np.append(0.0, h) / 6, diagonal]), load)


@jax.jit(static_argnames=("activation",))
def _apply(params: mlp.Params, x: jax.Array, activation: Callable[[Any], jax.Array]) -> jax.Array:
    return jnp.asarray(mlp.predict(params, x, activation=activation))


def outputs(network: Network, x: np.ndarray, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """The outputs [n] of the network in a precision, and the points [n], in float64, at which they were computed."""
    hidden, last = (mlp.Layer(*(np.asarray(part, dtype) for part in layer)) for layer in network.params)
    silent = max(LEAST_UNITS, 2 ** (len(hidden.b) - 1).bit_length()) - len(hidden.b)
    # A silent unit adds 0 times its output and is the last to be added: it changes no number.
    hidden = mlp.Layer(np.pad(hidden.w, ((0, 0), (0, silent))), np.pad(hidden.b, (0, silent)))
    params = hidden, mlp.Layer(np.pad(last.w, ((0, silent), (0, 0))), last.b)
    filled = np.resize(x.astype(dtype), (-(-len(x) // NODES) * NODES, 1))
    parts = [_apply(params, part, network.activation) for part in filled.reshape(-1, NODES, 1)]
    return np.concatenate(parts)[: len(x), 0].astype(float), x.astype(dtype).astype(float)


def error(network: Network, target: Target, dtype: str) -> tuple[float, float]:
    """The L2 error, by Gauss's rule from cut to cut, and the largest error of the network applied in that precision."""
    panels = approximation.panels(target.function, target.interval, target.breakpoints)
    x, weights = quadrature.rule(np.union1d(network.cuts, panels))
    y, places = outputs(network, x, dtype)
    gap = y - target.function(places)
    return float(np.sqrt(weights @ gap**2)), float(np.abs(gap).max())


def run(config: Config) -> xr.Dataset:
    """Errors [target, kind, width, dtype] with predictions, those at fixed gains, rounding, and what is drawn."""
    with jax.enable_x64(True):
        return xr.merge([errors(config), fixed_gains(config), roundings(config), looks()])


def errors(config: Config) -> xr.Dataset:
    """Every construction on every target: the L2 error, the largest error, and the predicted L2 error."""
    shape = (len(config.targets), len(KINDS), len(config.widths))
    found, expected = np.empty((*shape, 2, 2)), np.empty(shape)
    for i, name in enumerate(config.targets):
        target = TARGETS[name]
        for j, kind in enumerate(KINDS):
            expected[i, j] = predicted(kind, target, config.widths, config.sharpness)
            for k, width in enumerate(config.widths):
                network = build(kind, target, width, config.sharpness)
                found[i, j, k] = [error(network, target, dtype) for dtype in DTYPES]
    dims = ("target", "kind", "width")
    coords = {"target": list(config.targets), "kind": list(KINDS), "width": list(config.widths), "dtype": list(DTYPES)}
    l2, largest = (((*dims, "dtype"), found[..., i]) for i in (0, 1))
    return xr.Dataset({"l2": l2, "largest": largest, "predicted": (dims, expected)}, coords)


def fixed_gains(config: Config) -> xr.Dataset:
    """L2 errors of sigmoid steps on a sine with gains that stay as N rises [gain, width]."""
    sine, coords = TARGETS["sine"], {"gain": list(config.gains), "width": list(config.widths)}
    networks = [[build(STEPS, sine, units, gain / (units + 1)) for units in config.widths] for gain in config.gains]
    found = [[error(network, sine, "float64")[0] for network in row] for row in networks]
    return xr.Dataset({"fixed_gain": (("gain", "width"), found)}, coords)


def roundings(config: Config) -> xr.Dataset:
    """Root mean squares of what rounding adds to straight lines on equal knots, and of the error of these lines."""
    rng, found = np.random.default_rng(config.seed), []
    lines = np.empty((len(config.targets), len(config.rounding_widths)))
    for i, name in enumerate(config.targets):
        target = TARGETS[name]
        x = rng.uniform(*target.interval, PLACES)
        lines[i] = predicted(EQUAL, target, config.rounding_widths, config.sharpness) / np.ptp(target.interval) ** 0.5
        networks = [build(EQUAL, target, units, config.sharpness) for units in config.rounding_widths]
        found.append([[rounding(network, target, dtype, x) for dtype in DTYPES] for network in networks])
    dims, coords = ("target", "rounding_width"), (config.targets, config.rounding_widths)
    data = xr.Dataset({"rounding": ((*dims, "dtype"), found), "lines": (dims, lines)}, {"dtype": list(DTYPES)})
    return data.assign_coords({name: list(values) for name, values in zip(dims, coords, strict=True)})


def rounding(network: Network, target: Target, dtype: str, x: np.ndarray) -> float:
    """The root mean square, over points x, of what rounding in that precision adds to straight lines."""
    y, places = outputs(network, x, dtype)
    exact_lines = np.interp(places, network.edges, target.function(network.edges))
    return float(np.sqrt(np.mean((y - exact_lines) ** 2)))


def looks() -> xr.Dataset:
    """The networks that are drawn: bumps and sigmoid steps on the sine, lines with their knots on Runge's function."""
    sine, runge = TARGETS["sine"], TARGETS["runge"]
    x, across = np.linspace(*sine.interval, LOOKS), np.linspace(*runge.interval, LOOKS)
    steps = [build(STEPS, sine, DRAWN_UNITS, s) for s in DRAWN_SHARPNESS]
    lines = [build(kind, runge, DRAWN_UNITS + 1, 1.0) for kind in (EQUAL, SPREAD)]
    return xr.Dataset(
        {
            "drawn_bumps": ("place", outputs(build(BUMPS, sine, DRAWN_UNITS, 1.0), x, "float64")[0]),
            "drawn_steps": (("drawn_sharpness", "place"), [outputs(one, x, "float64")[0] for one in steps]),
            "drawn_lines": (("spread", "place"), [outputs(one, across, "float64")[0] for one in lines]),
            "drawn_knots": (("spread", "knot"), [one.edges for one in lines]),
            "sine": ("place", sine.function(x)),
            "runge": ("place", runge.function(across)),
        },
        {"place": np.linspace(0, 1, LOOKS), "drawn_sharpness": list(DRAWN_SHARPNESS), "spread": [False, True]},
    )


# Measures.


def smooth(data: xr.Dataset) -> list[str]:
    """The names of the functions that have no kink and no jump."""
    return [name for name in data.target.values.tolist() if TARGETS[name].second_derivative is not None]


def slopes(data: xr.Dataset) -> xr.DataArray:
    """The slope of log error over log N [target, kind], over the widest networks of those that have any error."""
    l2 = data.l2.sel(dtype="float64", drop=True)
    has_error = (l2 > ZERO) & ~(data.predicted <= ZERO)
    widest_first = {"width": slice(None, None, -1)}
    used = has_error & (has_error.isel(widest_first).cumsum("width").isel(widest_first) <= WIDEST)
    return slope(np.log(data.width), np.log(l2.where(used)), "width").where(used.sum("width") >= 3)


def slope_of_lines(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The slope of ReLU networks on equal knots [target], each exact."""
    if not (names := smooth(data)):
        return None
    of_lines = slopes(data).sel(target=names, kind=EQUAL)
    return exact(of_lines, n=len(names), of="smooth functions", units="as the power of N")


def crossings(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """From which N on rounding in float32 exceeds the error of the lines [target], and the same by the formula.

    The formula takes rounding to be the unit roundoff u times sqrt(N), as of N terms that are rounded at random (Higham
    & Mary 2019). It takes the lines to err by C / N^2.
    """
    data = data.sel(target=smooth(data))
    measured = crossing(np.log(data.lines / data.rounding.sel(dtype="float32", drop=True)), "rounding_width")
    c = (data.lines * data.rounding_width**2).isel(rounding_width=-1, drop=True)
    u = np.finfo("float32").eps / 2
    return measured, (c / u) ** 0.4


def over_formula(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The measured N over that of the formula [target]; where no two widths are around it, it is open on one side."""
    if not (names := smooth(data)):
        return None
    (measured, formula), (least, most) = crossings(data), data.rounding_width.values[[0, -1]]
    low, high = measured.where(measured < np.inf, most), measured.where(measured > 0, least)
    note = f"N = {measured.min().item():,.0f} to {measured.max().item():,.0f}"
    result = exact(measured / formula, low / formula, high / formula, len(names), "smooth functions", note=note)
    return result.assign_attrs(units="times the N of the formula")


STATEMENTS = (
    Statement(
        "slope: ReLU, equal knots",
        "The error of N ReLU units that draw straight lines between equally spaced points of a smooth function falls "
        "as N^-2.",
        THEOREM, "de Boor (1978), A practical guide to splines, Springer, chapter 3", within(-2.05, -1.95),
        slope_of_lines,
        "A slope outside had counted as open where the widest network erred within 5% of what theory gives.",
        random=False,
    ),
    Statement(
        "rounding: float32",
        "In float32, with roundoff u, rounding exceeds the error C / N^2 of N interpolating ReLU units from about "
        "N = (C / u)^(2/5) on.",
        OWN, "prompted by Higham & Mary (2019), A new approach to probabilistic rounding error analysis, SISC",
        within(0.5, 2), over_formula, "Crossings had been extrapolated from the errors of the three widest networks.",
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each target and construction, about its widest network, in float64 if not said otherwise."""
    last = data.isel(width=-1, drop=True)
    measured, formula = crossings(data)
    share = (data.rounding.sel(dtype="float64", drop=True) / data.lines).max("rounding_width")
    of_lines = {"crossing": measured, "formula": formula, "float64_share": share.sel(target=smooth(data))}
    return xr.Dataset({
        **last[["l2", "largest"]].sel(dtype="float64", drop=True), "predicted": last.predicted,
        "l2_float32": last.l2.sel(dtype="float32", drop=True), "slope": slopes(data),
        **{name: column.reindex(target=data.target).where(data.kind == EQUAL) for name, column in of_lines.items()},
    })  # fmt: skip


COLORS: dict[str, str] = {BUMPS: fg.SKY, STEPS: fg.BLUE, EQUAL: "#7CCFB2", SPREAD: fg.GREEN, FITTED: "#004D38"}
MARKS: dict[str, str] = dict(zip(KINDS, "sDo^v", strict=True))


def constructed(data: xr.Dataset) -> Figure:
    """Left: each step unit ends one bump and begins the next. Middle: ReLU units draw straight lines between points of
    the function, its knots; marks below show where they lie, at equal distances, or spread so that they are dense where
    the function bends. Right: sigmoid units. Their gain, the factor on their input, is in units of 1/h, where h is the
    width of a bump; high gains make steps.
    """
    fig, (left, middle, right) = plt.subplots(1, 3, figsize=(10.6, 4.0), width_ratios=(1, 1.3, 1))
    x = data.place.values
    units = np.flatnonzero(np.diff(data.drawn_bumps.values)).size
    left.fill_between(x, 0, data.drawn_bumps, color=COLORS[BUMPS], alpha=0.3, linewidth=0, step="mid")
    left.plot(x, data.drawn_bumps, color=COLORS[BUMPS], drawstyle="steps-mid", label="network")
    for spread, kind, shift in ((False, EQUAL, -0.07), (True, SPREAD, -0.16)):
        network, color, mark = data.sel(spread=spread), COLORS[kind], MARKS[kind]
        inputs, outputs, knots = 2 * x - 1, network.drawn_lines, network.drawn_knots
        middle.plot(inputs, outputs, color=color, label=kind.removeprefix("ReLU, "))
        middle.plot(knots, np.interp(knots, inputs, outputs), mark, color=color)
        middle.plot(knots, np.full(knots.size, shift), mark, color=color)
    for network, style in zip(data.drawn_steps, (":", "-", "--"), strict=True):
        right.plot(x, network, style, color=COLORS[STEPS], label=f"gain {network.drawn_sharpness.item():g}/h")
    for ax, name, title in (
        (left, "sine", f"{units} step units"),
        (middle, "runge", f"{data.sizes['knot'] - 1} ReLU units"),
        (right, "sine", f"{units} sigmoid units"),
    ):
        target = TARGETS[name]
        ax.plot(np.linspace(*target.interval, len(x)), data[name], color="black", linewidth=1, label="target")
        ax.set(xlabel="input $x$", title=title)
        ax.legend(title=target.formula, fontsize=9, handlelength=1.6)
    left.set_ylabel("output")
    fig.suptitle("Networks whose weights a formula gives, without training")
    return fig


def falling_errors(data: xr.Dataset) -> Figure:
    """L2 errors of written-down networks in float64 (marks), and what theory gives for many units (lines). Left: on a
    smooth function steps err as $N^{-1}$ and straight lines as $N^{-2}$; the error of sigmoids stops falling when their
    gain stays as N rises (dashed). Middle: at a kink lines on equal knots err as $N^{-3/2}$, or not at all where a knot
    lies on it; marks on the lower edge are errors of 1e-8 or less. Right: at a jump steps and lines on equal knots
    scatter about $N^{-1/2}$, by where the jump falls.
    """
    shown = [name for name in ("sine", "kink", "jump") if name in data.target] or data.target.values[:3].tolist()
    fig, made = fg.panels(
        col=data.target.sel(target=shown), size=(3.6, 3.4), titles={name: TARGETS[name].formula for name in shown},
        sharey=True,
    )  # fmt: skip
    for ax, where in made:
        errors_of, least = data.sel(where).sel(dtype="float64"), 1e-8
        for kind, color in COLORS.items():
            own = errors_of.sel(kind=kind)
            ax.plot(own.width, own.predicted.where(own.predicted > least), color=color, linewidth=1.2)
            ax.plot(own.width, own.l2.clip(least), MARKS[kind], color=color, markersize=4, label=kind, clip_on=False)
        if where["target"] == "sine":
            gain = data.fixed_gain.isel(gain=0)
            ax.plot(gain.width, gain, "--", color=COLORS[STEPS], label=f"sigmoids, gain {gain.gain.item():g}")
        ax.set(xscale="log", yscale="log", ylim=(least, 4))
        ax.set_xticks(data.width[::4], [f"{n:,}" for n in data.width.values[::4]])
        ax.minorticks_off()
    title = "Without training, errors fall as fast as theory says, where it gives a rate"
    return fg.finish(fig, made, title, data.width, data.l2, legend="")


def rounding_crosses(data: xr.Dataset) -> Figure:
    """ReLU units that draw straight lines on equal knots, with a line for each smooth function. Green: the error of the
    straight lines that theory gives for many units. Blue and orange: the distance of the computed outputs from the
    straight lines, which is rounding. Both are root mean squares. In float32 rounding comes to exceed the error (black
    dots), so that more units make the network worse. Strokes: where the formula (C / u)^(2/5) expects that.
    """
    fig, made = fg.panels(size=(8.2, 4.0))
    ax, at = made[0][0], data.rounding_width >= 16  # with fewer units rounding may be 0, which has no logarithm
    for i, name in enumerate(smooth(data)):
        of_target = data.sel(target=name, rounding_width=at)
        parts = {"error of the straight lines": (of_target.lines, fg.GREEN, "-")}
        for dtype, color in zip(DTYPES, (fg.BLUE, fg.ORANGE), strict=True):
            parts[f"rounding in {dtype}"] = (of_target.rounding.sel(dtype=dtype), color, ".-")
        for label, (y, color, style) in parts.items():
            ax.plot(of_target.rounding_width, y, style, color=color, linewidth=1, alpha=0.7, label="" if i else label)
        widths, lines = np.log(of_target.rounding_width), np.log(of_target.lines)
        for units, mark, label in zip(crossings(data), "o|", ("rounding exceeds it", "by the formula"), strict=True):
            n = units.sel(target=name).item()
            look = {"color": "black", "markersize": 5 if mark == "o" else 14, "zorder": 4}
            ax.plot(n, np.exp(np.interp(np.log(n), widths, lines)), mark, label="" if i else label, **look)
    ax.set(xscale="log", yscale="log", ylim=(3e-17, 3))
    ticks = data.rounding_width.values[at][::2]
    ax.set_xticks(ticks, [f"{n:,}" for n in ticks])
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(0, 0.34))
    title = "With many units, rounding in float32 overtakes the error of straight lines"
    return fg.finish(fig, made, title, data.rounding_width, "error or rounding (root mean square)")


FIGURES = (constructed, falling_errors, rounding_crosses)
