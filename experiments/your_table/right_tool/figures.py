"""The figures of `right_tool`: the ranking, errors by rows, calibration or predictions, and which columns matter."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import (
    BLUE,
    COLORS,
    GREEN,
    ORANGE,
    VERMILION,
    caption,
    interval_line,
    log_ticks,
    shared_legend,
)
from experiments.your_table.right_tool import summary
from experiments.your_table.right_tool.summary import BOOSTING, DUMMY, FOREST, LINEAR, NETWORK
from nnjax import statistics

LOOKS = {NETWORK: BLUE, LINEAR: GREEN, FOREST: ORANGE, BOOSTING: VERMILION, DUMMY: COLORS["neutral"]}
MOST_COLUMNS = 20


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """ranking, rows, columns, and calibration (classes) or predicted (numbers)."""
    last = {"calibration": _calibration(data)} if data.attrs["task"] == "classes" else {"predicted": _predicted(data)}
    return {"ranking": _ranking(data), "rows": _rows(data), **last, "columns": _columns(data)}


def _unit(data: xr.Dataset) -> str:
    return "share of rows wrong" if data.attrs["task"] == "classes" else "RMS / standard deviation of the target"


def _ranking(data: xr.Dataset) -> Figure:
    """Errors of all methods on the folds and on the test part, the best on top; the network's minus the others'."""
    ranked = summary.ranking(data)[::-1]
    fig, (ax, beside) = plt.subplots(1, 2, figsize=(9.6, 3.6), width_ratios=(3, 2), sharey=True)
    for place, one in enumerate(ranked):
        at, color = data.sel(tool=one.method), LOOKS[one.method]
        folds, test = place + 0.14, place - 0.14
        labels = ("mean over the folds", "one fold", "test part") if place == 0 else (None, None, None)
        ax.plot(at.error, np.full(data.sizes["split"], folds), "|", color=color, ms=8, label=labels[1])
        ax.hlines(folds, max(one.error.low, 0), one.error.high, color=color, lw=1.6)
        ax.plot(one.error.estimate, folds, "o", color=color, ms=7, label=labels[0])
        ax.hlines(test, float(at.test_low), float(at.test_high), color=color, lw=1.6, ls=":")
        ax.plot(float(at.test_error), test, "D", color="white", mec=color, ms=5.5, label=labels[2])
        if one.method in summary.OTHERS:
            beside.hlines(place, one.difference.low, one.difference.high, color=color, lw=1.6)
            beside.plot(one.difference.estimate, place, "o", color=color, ms=7)
    margin = summary.margin(data)
    beside.axvspan(
        -margin, margin, color=COLORS["neutral"], alpha=0.15, lw=0, label=f"within the margin of {margin:.2g}"
    )
    beside.axvline(0, color=COLORS["reference"], lw=0.8)
    ax.set_yticks(range(len(ranked)), [one.method for one in ranked])
    ax.set(xlabel=f"error ({_unit(data)})", ylim=(-0.5, len(ranked) - 0.5))
    ax.set_xlim(left=0)
    # A constant answer that errs far more than all others would squeeze them: its errors are written at the edge.
    others, highs = data.drop_sel(tool=DUMMY), [one.error.high for one in ranked if one.method != DUMMY]
    greatest = 1.1 * max(float(others.test_high.max()), float(others.error.max()), *highs)
    constant, tested = (float(data[name].sel(tool=DUMMY).mean()) for name in ("error", "test_error"))
    if min(constant, tested) > greatest:
        ax.set_xlim(right=greatest)
        told = f"folds {constant:.2g}, test part {tested:.2g} \N{RIGHTWARDS ARROW} "
        place = [one.method for one in ranked].index(DUMMY)
        ax.text(1, place, told, transform=ax.get_yaxis_transform(), ha="right", va="center", color=LOOKS[DUMMY])
    beside.set(xlabel=f"network's error minus the method's\n({_unit(data)})", title="Left of 0 the network is better")
    beside.locator_params(axis="x", nbins=5)
    shared_legend(fig, (ax, beside))
    fig.suptitle(_title("Errors of five methods", data))
    best = summary.answer(data).best.method
    ours, theirs = (data.sel(tool=name) for name in (NETWORK, best))
    caption(
        fig,
        f"{summary.answer(data).sentence} On the {data.attrs['tested']:,} rows of the test part the network errs "
        f"{_tested(ours)}, {best} {_tested(theirs)}. Bars are 95% intervals: by the corrected resampled t-test over "
        f"the folds (solid), and over the rows of the test part (dotted). Unlike p-values, they are not corrected for "
        f"the {len(summary.OTHERS)} comparisons. Each method had {data.attrs['trials']} trials.",
    )
    return fig


def _tested(at: xr.Dataset) -> str:
    """The error of one method on the test part with its interval, after "errs"."""
    error, low, high = (float(at[name]) for name in ("test_error", "test_low", "test_high"))
    ends = f"[{low:.1%}, {high:.1%}]" if at.attrs["task"] == "classes" else f"[{low:.3g}, {high:.3g}]"
    return f"{summary.told(at, error)} {ends}"


def _rows(data: xr.Dataset) -> Figure:
    """Errors by the number of training rows, of the network and of the best of the others."""
    fig, ax = plt.subplots(figsize=(5.6, 4.0))
    rows = data.curve_rows.values
    for name in map(str, data.learner.values):
        values = data.curve.sel(learner=name)
        found = [statistics.mean(one, overlap=data.attrs["overlap"]) for one in values.values]
        middle, low, high = np.array([one[:3] for one in found]).T
        interval_line(ax, rows, middle, np.maximum(low, 0), high, name, color=LOOKS[name])
    ax.set(xscale="log", xlabel="training rows", ylabel=f"error ({_unit(data)})", ylim=(0, None))
    log_ticks(ax.xaxis, rows, "{:,.0f}")
    ax.legend()
    fig.suptitle(_title("Error by the number of training rows", data))
    gain = summary.gain_of_rows(data)
    says = "whether more rows help is open"
    if gain.low * gain.high > 0:
        says = "more rows help" if gain.low > 0 else "more rows do harm"
    less = summary.between(data, statistics.Interval(-gain.estimate, -gain.high, -gain.low))
    caption(
        fig,
        f"From {rows[-2]:,} to {rows[-1]:,} rows the error of the network changes by {less}: {says}. The network is an "
        f"ensemble of the best candidate alone, unlike in the ranking. All points use the settings found with all "
        f"rows, which may favour all rows. Bands: 95% intervals over {data.sizes['split']} folds (corrected resampled "
        f"t-test). A constant answer errs {summary.told(data, float(data.error.sel(tool=DUMMY).mean()))}.",
    )
    return fig


def _calibration(data: xr.Dataset) -> Figure:
    """The share of right answers against the probability that the network gave them."""
    fig, ax = plt.subplots(figsize=(4.8, 4.4))
    least = 1 / len(data.attrs["classes"])  # the probability of an answer is never lower
    ax.plot([least, 1], [least, 1], color=COLORS["reference"], ls="--", label="perfectly calibrated")
    ax.vlines(data.bin_chance, data.bin_low, data.bin_high, color=BLUE, lw=1.4)
    ax.plot(data.bin_chance, data.bin_right, "o", color=BLUE, label="network (numbers: rows in the bin)")
    for x, y, count in zip(data.bin_chance.values, data.bin_right.values, data.bin_count.values, strict=True):
        ax.annotate(f"{count:,}", (x, y), (-5, 4), textcoords="offset points", ha="right", color=BLUE, size="small")
    ax.set(xlabel="probability given to the answer", ylabel="share of answers that are right")
    shared_legend(fig, [ax], ncols=1)
    fig.suptitle(_title("Share of right answers, by probability", data))
    gap = summary.gap(data)
    margin = summary.margin_of_chances(data)
    near = f"right to within {summary.points(margin)} (half of the share that is wrong, 1 point at most)"
    said = (
        f"on average the network's probabilities are {near}" if max(-gap.low, gap.high) <= margin
        else f"on average the network is too {'certain' if gap.low > 0 else 'uncertain'}" if gap.low * gap.high > 0
        else f"whether the network's probabilities are {near} on average is open"
    )  # fmt: skip
    caption(
        fig,
        f"{said[0].upper()}{said[1:]}: its answers have a mean probability of "
        f"{data.attrs['confidence']:.1%}, and {data.attrs['right']:.1%} of them are right; the difference is "
        f"{100 * gap.estimate:+.1f} points "
        f"[{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]. The network was not "
        f"fitted to any of these {data.attrs['seen']:,} rows; bars are Wilson's 95% intervals.",
    )
    return fig


def _predicted(data: xr.Dataset) -> Figure:
    """Predictions against true numbers, of rows that the network was not fitted to."""
    fig, ax = plt.subplots(figsize=(4.8, 4.4))
    ends = [float(min(data.true.min(), data.predicted.min())), float(max(data.true.max(), data.predicted.max()))]
    ax.plot(ends, ends, color=COLORS["reference"], ls="--", label="true = predicted", zorder=3)
    ax.plot(data.predicted, data.true, ".", color=BLUE, ms=4, alpha=0.5, label="rows", rasterized=True)
    ax.set(xlabel=f"predicted {_shown(data.attrs['target'])}", ylabel=f"true {_shown(data.attrs['target'])}")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:g}")  # years have no commas
    ax.legend(loc="upper left")
    fig.suptitle(_title("Predicted and true numbers", data))
    explained, shown = data.attrs["explained"], data.sizes["point"]
    some = "" if shown == data.attrs["points"] else f"; {shown:,} of them are drawn"
    caption(
        fig,
        f"The network explains {explained:.1%} of the variance of {data.attrs['points']:,} rows, none of which it was "
        f"fitted to{some}. It errs {summary.told(data, float(data.error.sel(tool=NETWORK).mean()))}.",
    )
    return fig


def _columns(data: xr.Dataset) -> Figure:
    """How much the network's loss grows when a column is shuffled."""
    order = np.argsort(-data.importance.values, kind="stable")[:MOST_COLUMNS]
    one = data.isel(column=order[::-1])
    fig, ax = plt.subplots(figsize=(6.6, 1.4 + 0.26 * len(order)))
    places = np.arange(len(order))
    sure = one.importance_low.values > 0
    for flags, color, label in ((sure, BLUE, "more than chance"), (~sure, COLORS["neutral"], "may be chance")):
        if flags.any():
            ax.hlines(places[flags], one.importance_low[flags], one.importance_high[flags], color=color, lw=1.6)
            ax.plot(one.importance[flags], places[flags], "o", color=color, ms=5, label=label)
    ax.axvline(0, color=COLORS["reference"], lw=0.8)
    loss = "log loss" if data.attrs["task"] == "classes" else "squared error / variance of the target"
    ax.set_yticks(places, [_shown(str(name)) for name in one.column.values])
    ax.set(xlabel=f"growth of the {loss} when the column is shuffled", ylim=(-0.6, len(order) - 0.4))
    shared_legend(fig, [ax])
    fig.suptitle(_title("Which columns the network needs", data))
    rest = data.sizes["column"] - len(order)
    best = data.isel(column=int(order[0]))
    caption(
        fig,
        f"When the cells of {_shown(str(best.column.item()))} are shuffled among the rows, the {loss} grows by "
        f"{float(best.importance):.3g} [{float(best.importance_low):.3g}, {float(best.importance_high):.3g}]. For "
        f"{int((data.importance_low > 0).sum())} of {data.sizes['column']} columns the growth is more than chance. A "
        "column may seem needless because correlated columns carry the same information. Intervals hold for all "
        f"columns jointly (95%, Bonferroni), over {data.attrs['shuffled']:,} rows to which the networks of the folds "
        "were not fitted." + (f" The estimates of the other {rest} columns are lower still." if rest else ""),
    )
    return fig


def _title(seen: str, data: xr.Dataset) -> str:
    name = data.attrs["data"].rsplit("/", 1)[-1]
    return f"{seen}\n(table “{_shown(name)}”, column “{_shown(data.attrs['target'])}”)"


def _shown(name: str) -> str:
    """A user's name for something, shortened and escaped, so that matplotlib does not read it as a formula."""
    return (name if len(name) <= 30 else f"{name[:27]}...").replace("$", r"\$")
