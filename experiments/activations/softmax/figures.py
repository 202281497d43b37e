"""The figures of `softmax`: confident errors, times and courses of learning, temperature, and two classes."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.activations.softmax import summary
from experiments.activations.softmax.config import EVERY, GOAL
from experiments.activations.softmax.summary import GRADIENT_DESCENT, LOSSES
from experiments.lab.figures import (
    BLUE,
    COLORS,
    GREEN,
    VERMILION,
    caption,
    interval_line,
    log_ticks,
    panels,
    shared_legend,
)
from nnjax import statistics
from nnjax.theory import confident_errors as theory

SHADES: dict[str, str] = dict(zip(LOSSES, (BLUE, VERMILION), strict=True))
DASHES: dict[str, str] = dict(zip(LOSSES, ("-", "--"), strict=True))  # of theory, which is black
LOWEST = 1 / 3  # the accuracy of guessing
LEAST = 1e-17  # lesser differences are drawn here


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `confident_errors`, `times`, `courses`, `temperature` and `two_classes`."""
    return {
        "confident_errors": _confident_errors(data),
        "times": _times(data),
        "courses": _courses(data),
        "temperature": _temperature(data),
        "two_classes": _two_classes(data),
    }


def _confident_errors(data: xr.Dataset) -> Figure:
    """Two bare logits: the slope of the loss by the margin of the error, and the time to unlearn it."""
    fig, (left, right) = panels(2, size=(4.6, 3.7))
    fine = np.linspace(0, float(data.margin.max()), 200)
    for loss in LOSSES:
        for ax, known, measured in (
            (left, theory.steepness(fine, loss), data.slope),
            (right, theory.unlearning_time(fine, loss), data.unlearning_time),
        ):
            ax.plot(fine, known, DASHES[loss], color=COLORS["theory"], linewidth=1.3, label=f"theory, {loss}")
            dots = {"color": SHADES[loss], "markeredgecolor": "white", "zorder": 3}
            ax.plot(data.margin, measured.sel(loss=loss), "o", label=f"measured, {loss}", **dots)
    left.set(ylabel="slope of the loss (per unit of margin)", title="Slope of the loss at an error", ylim=(-0.03, 1.05))
    right.set(ylabel="time (steps times learning rate)", yscale="log", title="Time until the error is undone")
    log_ticks(right.yaxis, [0.1, 1, 10, 100])
    for ax in (left, right):
        ax.set_xlabel("margin of the wrong logit over the right one")
    shared_legend(fig, [left], ncols=2)
    last = {loss: float(data.unlearning_time.sel(loss=loss).isel(margin=-1)) for loss in LOSSES}
    slope = float(data.slope.sel(loss="squared error").isel(margin=-1))
    caption(
        fig,
        f"At a margin of {float(data.margin[-1]):g} the slope of cross-entropy is "
        f"{float(data.slope.sel(loss='cross-entropy').isel(margin=-1)):.3f} and that of the squared error of softmax "
        f"{slope:.4f}; gradient descent on the two logits undoes the error in a time of {last['cross-entropy']:.1f} "
        f"and of {last['squared error']:.0f}. Dots: JAX's gradients in float32, and gradient descent in small steps.",
    )
    return fig


def _times(data: xr.Dataset) -> Figure:
    """For each solver, the share that has arrived by step, and median steps by the scale of the output weights."""
    solvers = [str(one) for one in data.solver.values]
    fig, axes = plt.subplots(len(solvers), 2, figsize=(9.6, 3.4 * len(solvers) + 0.3), squeeze=False, sharey="col")
    extremes = (1.0, float(data.scale.max()))
    never = False
    for (left, right), solver in zip(axes, solvers, strict=True):
        for loss in LOSSES:
            for scale, line in zip(extremes, ("-", ":"), strict=True):
                _arrived(left, data, solver, loss, scale, line, f"{loss}, {_start(scale)}")
            never |= _medians(right, data, solver, loss)
        left.set(xscale="log", xlabel="steps", title=f"{solver}: by number of steps".capitalize())
        right.set(xscale="log", yscale="log", xlabel="factor on the output weights at the start")
        right.set(title=f"{solver}: by output weights".capitalize(), ylabel=f"median steps to {GOAL:.0%} right")
        left.set_ylabel(f"share of networks with {GOAL:.0%} right")
        log_ticks(left.xaxis)
        log_ticks(right.xaxis, data.scale.values)
        log_ticks(right.yaxis, [50, 100, 200, 500, 1000, 2000, 5000])
    shared_legend(fig, [axes[0, 0]], ncols=2)
    fig.suptitle(f"Steps to {GOAL:.0%} right with cross-entropy and with the squared error")
    told = []
    for solver in solvers:
        usual, wrong = (summary.cost(data, solver, scale)[0] for scale in extremes)
        told.append(f"{usual:.1f} from usual starts and {wrong:.1f} from confident ones ({solver})")
    confidence = data.first_confidence.sel(solver=solvers[0], loss=LOSSES[0])
    caption(
        fig,
        f"With the squared error networks take this many times the steps of cross-entropy: {'; '.join(told)}. "
        f"{data.sizes['draw']} draws of three spirals, each with its own network; rates are tuned on other "
        f"draws, {data.sizes['tuning']} times. The "
        f"mean confidence at the start is {float(confidence.sel(scale=1.0)):.0%}, and "
        f"{float(confidence.sel(scale=extremes[1])):.0%} with output weights {extremes[1]:g} times as large, while a "
        "third of the answers is right. Left: Kaplan-Meier curves; right: their medians with 95% "
        f"intervals at the tuned rates{', a triangle where half never arrive' if never else ''}.",
    )
    return fig


def _arrived(ax: Axes, data: xr.Dataset, solver: str, loss: str, scale: float, line: str, label: str) -> None:
    steps, reached = summary.steps(data, solver, loss, scale)
    when = np.sort(steps[reached])
    x = np.concatenate([[1], when, [data.attrs["num_steps"]]])
    # All that do not arrive are censored at the last step, so that Kaplan and Meier's curve is a plain share.
    y = np.concatenate([[0], np.arange(1, len(when) + 1), [len(when)]]) / len(steps)
    ax.step(x, y, line, where="post", color=SHADES[loss], label=label)
    ax.set_xlim(left=10)


def _medians(ax: Axes, data: xr.Dataset, solver: str, loss: str) -> bool:
    """Draw the medians; return whether half of the networks do not arrive at some scale."""
    scales, end = data.scale.values, data.attrs["num_steps"]
    found = np.array([summary.median(*summary.steps(data, solver, loss, scale)) for scale in scales])
    middle, low, high = np.minimum(found.T, end)
    interval_line(ax, scales, middle, low, high, color=SHADES[loss], bars=True)
    never = ~np.isfinite(found[:, 0])
    ax.plot(scales[never], middle[never], "^", color=SHADES[loss], markersize=9)
    return bool(never.any())


def _start(scale: float) -> str:
    return "usual start" if scale == 1 else f"output weights x {scale:g}"


def _courses(data: xr.Dataset) -> Figure:
    """Accuracy by step from every start, for gradient descent: the plateau of the squared error."""
    scales = data.scale.values
    fig, axes = panels(len(scales), size=(3.6, 3.5), sharey=True)
    for ax, scale in zip(axes, scales, strict=True):
        for loss in LOSSES:
            one = data.sel(solver=GRADIENT_DESCENT, loss=loss, scale=scale)
            step = np.maximum(data.step.values.reshape(-1, data.sizes["record"])[0], EVERY / 2)  # the start, too
            low, middle, high = one.course.transpose("quantile", "record").values
            interval_line(ax, step, middle, low, high, loss, color=SHADES[loss], marker="")
        ax.axhline(LOWEST, color=COLORS["reference"], linestyle=":", linewidth=0.9)
        ax.axhline(GOAL, color=COLORS["reference"], linestyle=":", linewidth=0.9)
        ax.set(xscale="log", xlabel="steps", ylim=(0.2, 1.0))
        ax.set_title(_start(scale))
        log_ticks(ax.xaxis)
    axes[0].set_ylabel("accuracy on training rows")
    shared_legend(fig, [axes[0]], ncols=2)
    fig.suptitle("Accuracy of gradient descent on three spirals, by loss and start")
    at = int(data.sizes["record"] // 8)
    last = data.course.sel(solver=GRADIENT_DESCENT, scale=scales[-1], quantile=0.5).isel(record=at)
    when = int(np.ravel(data.step.values)[at])
    ahead = {_start(float(scale)): _ahead(data, scale) for scale in scales}
    told = " and ".join(f"{count:,} steps ({start})" for start, count in ahead.items() if count)
    caption(
        fig,
        f"From the most confident start the median network has {float(last.sel(loss=LOSSES[0])):.0%} of the rows "
        f"right after {when:,} steps with cross-entropy, and {float(last.sel(loss=LOSSES[1])):.0%} with the squared "
        f"error. {f'At first the squared error is ahead, for {told}. ' if told else ''}Lines: medians of "
        f"{data.sizes['draw']} draws; bands: middle halves; dotted: guessing, and {GOAL:.0%}, at which training "
        f"stops. Step 0 is drawn at {EVERY / 2:g}.",
    )
    return fig


def _ahead(data: xr.Dataset, scale: float) -> int:
    """The number of steps for which the median network with the squared error is ahead at first."""
    one = data.course.sel(solver=GRADIENT_DESCENT, scale=scale, quantile=0.5)
    behind = (one.sel(loss=LOSSES[1]) <= one.sel(loss=LOSSES[0])).values[1:]  # all have the same start
    return int(np.ravel(data.step.values)[behind.argmax() if behind.any() else -1])


def _temperature(data: xr.Dataset) -> Figure:
    """Time by temperature; confidence against accuracy after all steps; and by bin of confidence at temperature 1."""
    fig, (left, middle, right) = panels(3, size=(3.7, 3.7))
    temperatures = data.temperature.values
    found = [summary.median(*summary.at_temperature(data, one)) for one in temperatures]
    estimate, low, high = np.minimum(np.array(found).T, data.attrs["num_steps"])
    interval_line(left, temperatures, estimate, low, high, color=COLORS["neutral"], bars=True)
    left.set(
        xscale="log",
        ylim=(0, 1.15 * high.max()),
        xlabel="temperature in training",
        ylabel=f"median steps to {GOAL:.0%} right",
    )
    left.set_title("Steps, each at its own best rate")
    log_ticks(left.xaxis, temperatures)
    for name, color, marker, label in (
        ("accuracy", COLORS["theory"], "s", "accuracy"),
        ("confidence", BLUE, "o", "confidence"),
        ("confidence_after", GREEN, "D", "confidence with a fitted temperature"),
    ):
        values = data[name].transpose("temperature", "draw").values
        low, mid, high = np.quantile(values, [0.25, 0.5, 0.75], axis=1)
        line = {"marker": marker, "bars": True}
        interval_line(middle, temperatures, mid, low, high, label, color=color, **line)
    middle.set(xscale="log", xlabel="temperature in training", ylabel="accuracy, or mean confidence")
    middle.set_title("Confidence and accuracy")
    log_ticks(middle.xaxis, temperatures)
    right.plot([LOWEST, 1], [LOWEST, 1], color=COLORS["theory"], linewidth=1.2, label="confidence = accuracy")
    for when, color, shift in (("before", BLUE, -1), ("after", GREEN, 1)):
        _by_confidence(right, data.sel(when=when), color, shift)
    right.set(xlabel="confidence", ylabel="accuracy", title="By confidence, temperature 1")
    shared_legend(fig, [middle, right], ncols=4)
    one = data.sel(temperature=1.0)
    others = [float(t) for t in temperatures if t != 1]
    told = " and ".join(
        f"{summary.slower(data, t)[0]:.2f} times as many{'' if i else ' steps'} at {'' if i else 'temperature '}{t:g}"
        for i, t in enumerate(others)
    )
    caption(
        fig,
        f"{'Networks take ' + told + ' as at 1. ' if told else ''}After {data.attrs['num_steps']:,} steps at "
        f"temperature 1 networks err, by their confidence, in {float(1 - one.confidence.mean()):.1%} of fresh points "
        f"and in fact in {float(1 - one.accuracy.mean()):.1%}; with a temperature fitted on held-out points (median "
        f"{float(one.fitted.median()):.2f}) the former is {float(1 - one.confidence_after.mean()):.1%}. Right: a "
        f"horizontal bar for each bin of {FEWEST} points or more, in the colours of the middle; {_last_bin(data)}. "
        f"{data.sizes['draw']} draws; vertical bars: 95% intervals at the tuned rates on the left, quartiles in the "
        "middle, 95% Wilson intervals on the right, as if all points were independent.",
    )
    return fig


FEWEST = 20  # points in a bin that is shown


def _by_confidence(ax: Axes, one: xr.DataArray | xr.Dataset, color: str, shift: int) -> None:
    """The share that is right in every bin of confidence: a bar over its width, with an interval beside its middle."""
    width = float(np.diff(one.bin.values).mean())
    for middle, share, rows in zip(one.bin.values, one.reliability.values, one.rows_in_bin.values, strict=True):
        if rows >= FEWEST:
            low, high = statistics.wilson(round(share * rows), int(rows))
            ax.plot(
                middle + width * np.array([-0.5, 0.5]), [share] * 2, color=color, linewidth=2.2, solid_capstyle="butt"
            )
            ax.plot([middle + 0.12 * shift * width] * 2, [low, high], color=color, linewidth=1.1)


def _last_bin(data: xr.Dataset) -> str:
    """A clause on the points in the last bin before a temperature is fitted: their share and least mean confidence."""
    rows, width = data.rows_in_bin.sel(when="before").values, float(np.diff(data.bin.values).mean())
    # All other points are at most as sure as their bins reach.
    others = float(np.sum(rows[:-1] * (data.bin.values[:-1] + width / 2)))
    total = float(data.confidence.sel(temperature=1.0).mean()) * rows.sum()
    least = (total - others) / rows[-1] if rows[-1] else np.nan
    return (
        f"before a temperature is fitted, {rows[-1] / rows.sum():.0%} of the points lie in the last bin "
        f"({data.bin.values[-1] - width / 2:.2f} to 1), with a mean confidence of {least:.3f} or more"
    )


def _two_classes(data: xr.Dataset) -> Figure:
    """Losses of two-class networks from one start, with softmax and with a sigmoid; and how they part."""
    fig, (left, right) = panels(2, size=(4.7, 3.6))
    styles = {"softmax": (BLUE, "-"), "sigmoid": (VERMILION, "-"), "sigmoid, logit times sqrt(2)": ("black", ":")}
    step, loss = data.pair_step.values, data.pair_loss
    for kind, (color, line) in styles.items():
        label = kind.replace("sqrt(2)", r"$\sqrt{2}$")
        left.plot(step, loss.sel(kind=kind).median("pair"), line, color=color, label=label)
        if kind != "softmax":
            apart = np.abs(loss.sel(kind=kind) / loss.sel(kind="softmax") - 1)
            low, middle, high = np.maximum(apart.quantile([0, 0.5, 1], "pair").values, LEAST)
            interval_line(right, step, middle, low, high, label, color=color, linestyle=line, marker="")
    left.set(xlabel="steps", ylabel="cross-entropy (nats), median", title="From the same start, at the same rate")
    right.set(xlabel="steps", ylabel="relative difference from softmax", yscale="log", title="Difference of the losses")
    left.set_ylim(bottom=0)
    shared_legend(fig, [left], ncols=3)
    apart, same = (summary.parted(data, kind) for kind in list(styles)[1:])
    caption(
        fig,
        "Softmax of two classes is the sigmoid of the difference of its logits, but gradient descent moves that "
        f"difference twice as far: the losses differ by up to {np.median(apart):.0%} (median of {len(apart)} pairs). "
        f"With the logit times $\\sqrt{{2}}$ the losses are equal to within {same.max():.0e}. Bands: range over all "
        f"pairs; differences below {LEAST:g}, and so 0, are drawn there.",
    )
    return fig
