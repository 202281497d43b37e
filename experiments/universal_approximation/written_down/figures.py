"""The figures of `written_down`: the networks, their errors and slopes, the gain of sigmoids, and rounding."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, SKY, caption, log_ticks, panels, shared_legend
from experiments.universal_approximation.written_down import slopes as derived
from nnjax import tasks

# The family of ReLU in shades of its green.
LOOKS = {
    "step bumps": (SKY, "s"),
    "sigmoid steps": (COLORS["sigmoid"], "D"),
    "ReLU, equal knots": ("#7CCFB2", "o"),
    "ReLU, spread knots": (COLORS["relu"], "^"),
    "ReLU, fitted": ("#004D38", "v"),
}
COLUMNS = 3  # panels in a row
LEAST = 1e-8  # smaller errors are drawn here: a logarithmic axis has no zero


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `constructions`, `errors`, `slopes`, `gain` and `rounding`."""
    return {
        "constructions": constructions(data),
        "errors": errors(data),
        "slopes": slopes(data),
        "gain": gain(data),
        "rounding": rounding(data),
    }


def constructions(data: xr.Dataset) -> Figure:
    """What the networks look like: bumps, straight lines with their knots, sigmoid steps of three gains."""
    fig, (left, middle, right) = plt.subplots(1, 3, figsize=(10.6, 4.0), width_ratios=(1, 1.3, 1))
    x = data.place.values
    left.plot(x, data.sine, color=COLORS["reference"], linewidth=1, label="target")
    color = LOOKS["step bumps"][0]
    left.fill_between(x, 0, data.drawn_bumps, color=color, alpha=0.3, linewidth=0, step="mid")
    left.plot(x, data.drawn_bumps, color=color, drawstyle="steps-mid", label="step bumps")
    units = np.flatnonzero(np.diff(data.drawn_bumps.values)).size
    left.set_title(f"{units} step units")
    across = 2 * x - 1
    middle.plot(across, data.runge, color=COLORS["reference"], linewidth=1, label="target")
    for spread, kind, shift in ((False, "ReLU, equal knots", -0.07), (True, "ReLU, spread knots", -0.16)):
        color, marker = LOOKS[kind]
        one = data.sel(spread=spread)
        middle.plot(across, one.drawn_lines, color=color, label=kind.removeprefix("ReLU, "))
        heights = np.interp(one.drawn_knots, across, one.drawn_lines)
        middle.plot(one.drawn_knots, heights, marker, color=color, markersize=4)
        middle.plot(one.drawn_knots, np.full(one.sizes["knot"], shift), marker, color=color, markersize=5)
    middle.set_title(f"{data.sizes['knot'] - 1} ReLU units")
    right.plot(x, data.sine, color=COLORS["reference"], linewidth=1, label="target")
    for i, one in enumerate(data.drawn_steps):
        style = (":", "-", "--")[i % 3]
        right.plot(x, one, style, color=COLORS["sigmoid"], alpha=0.6 + 0.2 * i, label=f"gain {one.drawn_sharpness:g}/h")
    right.set_title(f"{units} sigmoid units")
    for ax, text in ((left, r"$\sin 2\pi x$"), (middle, "$1/(1+25x^2)$"), (right, r"$\sin 2\pi x$")):
        ax.set(xlabel="input $x$")
        ax.legend(title=text, loc="upper right" if ax is not middle else "upper left", fontsize=9, handlelength=1.6)
    left.set_ylabel("output")
    middle.set_xlim(-1.05, 1.05)
    fig.suptitle("Networks constructed by formula, without training")
    apart = [float(np.sqrt(((data.drawn_lines.sel(spread=one) - data.runge) ** 2).mean())) for one in (False, True)]
    caption(
        fig,
        "Left: each step unit ends one bump and begins the next. Middle: ReLU units draw straight lines between "
        "points of the function; the marks below are these points, at equal distances or dense where the function "
        f"bends; their RMS errors are {apart[0]:.2g} and {apart[1]:.2g}. Right: sigmoid units with different gains, "
        "in units of 1/h, where h is the width of a bump: low gains "
        "make a smooth curve, high gains make steps.",
    )
    return fig


def errors(data: xr.Dataset) -> Figure:
    """The L2 error of every construction against N, on what theory predicts, a panel for each target."""
    names = data.target.values.tolist()
    fig, axes = panels(len(names), COLUMNS, (3.3, 2.3), sharex=True, sharey=True)
    for ax, name in zip(axes, names, strict=True):
        _errors_of(ax, data.sel(target=name, dtype="float64"))
        ax.set_title(tasks.TARGETS[name].formula, fontweight="normal", va="bottom")  # sums reach below the line
    for ax in axes[::COLUMNS]:
        ax.set_ylabel("L2 error")
    for ax in axes[-COLUMNS:]:
        ax.set_xlabel("hidden units $N$")
    shared_legend(fig, axes, ncols=5)
    fig.suptitle("Errors of five kinds of constructed networks, by target")
    ratio = _ratio(data)
    caption(
        fig,
        f"At N = {int(data.width[-1]):,} the errors are {ratio.min():.3f} to {ratio.max():.3f} times the predicted "
        f"ones, wherever theory gives one.{_at_jump(data)} Marks: exact L2 errors in "
        "float64. Lines: theory for many units, $h|f'|/\\sqrt{12}$ for bumps, a share of it given by a Fourier series "
        "for sigmoids, $h^2|f''|/\\sqrt{120}$ for lines on equal knots, "
        "$(\\int|f''|^{2/5})^{5/2}/(\\sqrt{120}N^2)$ on spread knots, and $1/\\sqrt{6}$ of that with fitted heights, "
        "the asymptotic error of the best N free pieces. Marks at the lower edge: no error (a knot is on the kink).",
    )
    return fig


def _at_jump(data: xr.Dataset) -> str:
    if "jump" not in data.target:
        return ""
    least = float(data.largest.sel(target="jump", dtype="float64", kind=["step bumps", "ReLU, equal knots"]).min())
    return (
        " At the jump, of height 2, the largest error of bumps and of lines on equal knots stays above "
        f"{np.floor(100 * least) / 100:.2f} at every N: the approximation theorem is about continuous functions."
    )


def _ratio(data: xr.Dataset) -> np.ndarray:
    last = data.isel(width=-1)
    ratio = (last.l2.sel(dtype="float64") / last.predicted.where(last.predicted > derived.ZERO)).values
    return ratio[np.isfinite(ratio)]


def _errors_of(ax: Axes, one: xr.Dataset) -> None:
    for kind, (color, marker) in LOOKS.items():
        own = one.sel(kind=kind)
        ax.plot(own.width, own.predicted.where(own.predicted > LEAST), color=color, linewidth=1.2)
        ax.plot(own.width, np.maximum(own.l2, LEAST), marker, color=color, markersize=4, label=kind, clip_on=False)
    ax.set(xscale="log", yscale="log", ylim=(LEAST, 4))
    log_ticks(ax.xaxis, [n for n in (4, 16, 64, 256, 1024) if n <= one.width.max()])
    ax.minorticks_off()


def slopes(data: xr.Dataset) -> Figure:
    """How fast the error falls: slopes with the scatter about the line, by target and construction."""
    names = data.target.values.tolist()
    fig, ax = plt.subplots(figsize=(8.6, 0.42 * len(names) + 1.2))
    for value in (-0.5, -1.0, -1.5, -2.0):
        ax.axvline(value, color=COLORS["theory"], linewidth=1, linestyle="--")
    for j, (kind, (color, marker)) in enumerate(LOOKS.items()):
        shift, label = 0.15 * (j - 2), kind
        for i, name in enumerate(names):
            found = derived.slope(data, name, kind)
            if found is not None:
                ax.plot([found.low, found.high], [i + shift] * 2, color=color, linewidth=1.3)
                ax.plot(found.slope, i + shift, marker, color=color, label=label, markersize=5)
                label = None
    ax.set_yticks(range(len(names)), [tasks.TARGETS[name].formula for name in names])
    ax.set(xlim=(-2.6, 0.65), ylim=(len(names) - 0.4, -0.6), xlabel="slope of log error against log $N$")
    ax.set_title("Slopes of the error against the number of units, by target")
    ax.legend(loc="upper right", fontsize=9)
    caption(
        fig,
        f"{_slopes_found(data)}Marks: least-squares slopes over {_slope_widths(data)}; bars: Student's 95% interval "
        "from the scatter about the fit; dashed: -2, -3/2, -1, -1/2. Theory gives -1 for steps and -2 for straight "
        "lines on smooth functions, -3/2 for lines at a kink on which no knot lies (with a knot on it there is no "
        "error), and -1/2 at the jump, where the error depends on the jump's place between two knots. No slope is "
        "claimed for spread knots at a kink or a jump.",
    )
    return fig


def _slope_widths(data: xr.Dataset) -> str:
    """The widths over which most slopes are taken, and the targets with other widths."""
    usual = data.width.values[-derived.WIDEST :].tolist()
    found = f"N = {usual[0]} to {usual[-1]:,}"
    for name in data.target.values.tolist():
        own = {tuple(derived.errors(data, name, kind).width.values.tolist()) for kind in LOOKS} - {tuple(usual), ()}
        for widths in sorted(own):
            formula = tasks.TARGETS[name].formula
            found += f" (lines at {formula}: N = {', '.join(f'{n:,}' for n in widths[:-1])} and {widths[-1]:,})"
    return found


def _slopes_found(data: xr.Dataset) -> str:
    """The range of the slopes on smooth functions of steps and of straight lines."""
    names, parts = derived.smooth(data.target.values.tolist()), []
    for value, told in ((-1.0, "steps"), (-2.0, "straight lines")):
        kinds = [kind for kind in LOOKS if derived.EXPECTED[kind] == value]
        pairs = [derived.slope(data, name, kind) for name in names for kind in kinds]
        found = [one.slope for one in pairs if one is not None]
        if found:
            parts.append(f"{min(found):.2f} to {max(found):.2f} with {told}")
    return f"On smooth functions the slopes are {' and '.join(parts)}. " if parts else ""


def gain(data: xr.Dataset) -> Figure:
    """Sigmoid steps: the error by the gain, and by N with the gain held fixed."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.6, 4.4))
    fig.suptitle("Errors of sigmoid units that make steps")
    for width, marker in zip(data.gain_width.values, ("o", "D"), strict=True):
        one = data.sel(gain_width=width)
        share = one.by_sharpness / one.bumps
        left.plot(data.sharp, share, marker, color=COLORS["sigmoid"], markerfacecolor="none", label=f"N = {width:,}")
    left.plot(data.sharp, data.smoothing, color=COLORS["theory"], linewidth=1.2, label="theory, many units")
    left.axhline(1, color=LOOKS["step bumps"][0], linewidth=1.6, label="step bumps")
    left.set(xscale="log", yscale="log", ylim=(0.04, 1.6), xlabel="gain times width of a bump, $gh$")
    left.set(ylabel="L2 error / that of step bumps", title="By gain")
    log_ticks(left.yaxis, (0.05, 0.1, 0.2, 0.5, 1))
    log_ticks(left.xaxis, (1, 4, 16, 64, 256))
    left.legend(loc="lower right")
    name = data.attrs["gain_target"]
    for i, value in enumerate(data.gain.values):
        right.plot(
            data.width, data.fixed_gain.sel(gain=value), "--", marker="D", markersize=4, color=COLORS["sigmoid"],
            alpha=0.45 + 0.55 * i / max(data.sizes["gain"] - 1, 1), label=f"gain {value:g}, fixed",
        )  # fmt: skip
    if name in data.target:
        risen = data.l2.sel(target=name, kind="sigmoid steps", dtype="float64")
        right.plot(data.width, risen, color=COLORS["sigmoid"], label=f"gain {data.attrs['sharpness']:g}/h, rising")
    right.set(
        xscale="log", yscale="log", xlabel="hidden units $N$", ylabel="L2 error", title="By N, gain fixed or rising"
    )
    log_ticks(right.xaxis, [n for n in (4, 16, 64, 256, 1024) if n <= data.width.max()])
    right.legend(loc="lower left")
    least = data.by_sharpness.isel(gain_width=-1) / data.bumps.isel(gain_width=-1)
    caption(
        fig,
        f"At N = {int(data.gain_width[-1]):,} the error with the highest gain is {float(least[-1]):.2g} times that of "
        f"step bumps, with the best gain {float(least.min()):.2g} times; with the gain fixed at "
        f"{float(data.gain[0]):g}, the last doubling of N leaves {_left(data):.2%} of the error. Target: "
        f"{tasks.TARGETS[name].formula}. Left: the theory describes how sigmoids smooth a saw tooth; at low gains the "
        "ends of the interval and the smoothing of the target itself add to the error. Right: by theory the error "
        "falls as 1/N if the gain is proportional to N.",
    )
    return fig


def _left(data: xr.Dataset) -> float:
    """The share of the error with the lowest gain that is left when the units are doubled for the last time."""
    one = data.fixed_gain.isel(gain=0)
    return float(one[-1] / one.sel(width=one.width.values[-1] // 2, method="nearest"))


def rounding(data: xr.Dataset) -> Figure:
    """Straight lines in float32 and float64: their error, and the rounding that is added."""
    names = derived.smooth(data.target.values.tolist())
    fig, ax = plt.subplots(figsize=(8.2, 4.6))
    # With a handful of units rounding may happen to be 0, which a logarithmic axis cannot show.
    n = data.rounding_width.values[data.rounding_width.values >= 16]
    for i, name in enumerate(names):
        last, one = i == 0, data.sel(target=name, rounding_width=n)
        ax.plot(n, one.lines, color=COLORS["relu"], linewidth=1, alpha=0.6,
                label="error of the straight lines, $N^{-2}$" if last else None)  # fmt: skip
        for dtype, color in (("float32", COLORS["train"]), ("float64", COLORS["test"])):
            ax.plot(n, one.rounding.sel(dtype=dtype), marker=".", color=color, linewidth=1, alpha=0.7,
                    label=f"rounding in {dtype}" if last else None)  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="hidden units $N$", ylabel="error or rounding (RMS)", ylim=(3e-17, 3))
    ax.set_title("Error of straight lines on equal knots, and rounding")
    log_ticks(ax.xaxis, [4**k for k in range(2, 7)])
    ax.legend(loc="center right", bbox_to_anchor=(1, 0.36))
    of = f"{len(names)} smooth functions, a line each" if len(names) > 1 else "one smooth function"
    caption(
        fig,
        f"{' '.join(_rounding_found(data, names, dtype) for dtype in ('float32', 'float64'))} ReLU networks for {of}. "
        "Error of the straight lines: their distance from the function; rounding: the distance of the computed outputs "
        "from these lines.",
    )
    return fig


def _rounding_found(data: xr.Dataset, names: list[str], dtype: str) -> str:
    """Where rounding overtakes the error of the lines, in a sentence."""
    found = [derived.crossing(data, name, dtype).measured for name in names]
    known = [value for value in found if np.isfinite(value)]
    if not known:
        return f"In {dtype} rounding exceeds the error of the lines at no N up to {int(data.rounding_width[-1]):,}."
    span = " to ".join(f"{value:,.0f}" for value in sorted({min(known), max(known)}))
    on = f" on {len(known)} of {len(found)} functions" if len(known) < len(found) else ""
    return f"In {dtype} rounding overtakes the error of the lines at N = {span}{on}."
