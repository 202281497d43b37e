"""The figures of `features`: how much features help each method, and the errors of the best with and without."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import (
    BLUE,
    COLORS,
    ORANGE,
    caption,
    interval_line,
    log_ticks,
    panels,
    shades,
    shared_legend,
)  # fmt: skip
from experiments.learning_from_data.features import summary
from experiments.learning_from_data.features.verdicts import level_of, told
from experiments.learning_from_data.shared import axes
from experiments.learning_from_data.shared.crossing import MARGIN


def figures(data: xr.Dataset) -> dict[str, Figure]:
    return {"bought": bought(data), "errors": errors(data)}


def bought(data: xr.Dataset) -> Figure:
    """The error with features over that without, for every method and number of rows."""
    names, rows = list(map(str, data.problem.values)), [int(one) for one in data.rows.values]
    learners = [*summary.classical(data), *summary.networks(data)]
    fig, each = panels(len(names), 2, (5.2 if len(names) > 1 else 8.0, 0.42 * len(learners) + 1.4), sharey=True)
    hollow = False
    for ax, name in zip(each, names, strict=True):
        within = f"within a factor of {MARGIN:g}"
        ax.axvspan(1 / MARGIN, MARGIN, color=COLORS["neutral"], alpha=0.25, linewidth=0, label=within)
        ax.axvline(1, color="black", linewidth=0.8)
        for j, (n, color) in enumerate(zip(rows, shades(len(rows)), strict=True)):
            found = [summary.bought(data, name, n, [one]) for one in learners]
            y = np.arange(len(learners)) + (j - (len(rows) - 1) / 2) * 0.22
            x, low, high = (10 ** np.array(side) for side in list(zip(*(one.log for one in found), strict=True))[:3])
            there = np.array([not one.empty for one in found])  # where neither errs there is no ratio
            bound = np.array([one.bound > 0 for one in found])
            hollow |= bool((there & bound).any())
            ax.hlines(y[there], low[there], high[there], color=color, linewidth=1.3)
            ax.plot(x[there], y[there], "o", color=color, markersize=4.5, label=f"{n:,} training rows")
            ax.plot(x[there & bound], y[there & bound], "o", color=color, markersize=4.5, markerfacecolor="white")
        ax.set_xscale("log", base=2)
        low, high = _limits(data, name, learners, rows)
        ax.set_xlim(low, high)
        log_ticks(ax.xaxis, [0.5, 0.7, 1, 1.4, 2] if high < 5 else [0.0001, 0.01, 1, 100, 10_000])
        ax.set_yticks(range(len(learners)), learners)
        ax.set_ylim(len(learners) - 0.5, -0.5)
        ax.set_title(name)
        ax.set_xlabel("error with features / error without")
    shared_legend(fig, each)
    fig.suptitle("Test error with hand-made features, relative to the error without")
    most = rows[-1]
    of = {one: summary.bought(data, one, most, summary.networks(data), level_of(len(names))) for one in names}
    words = [f"{told(r, data)} ({one})" for one, r in of.items()]
    caption(
        fig,
        f"Ratios of the network that is best in tuning, at {most:,} rows, with 95% intervals that hold jointly: "
        f"{'; '.join(words)}. Points: geometric means over {data.sizes['draw']} draws with 95% intervals; left of 1, "
        f"features help. There is no point where in some draw both errors are 0.{BOUND if hollow else ''} "
        f"{_made(names)}",
    )
    return fig


BOUND = (
    " Hollow points: in some draw one of the errors is 0 and counts as half a mistake, so that the size of the ratio "
    "depends on the number of test rows."
)
MADE = {
    "products of pairs": "the products of all pairs of bits",
    "spectra": "Fourier magnitudes and autocorrelation of a signal",
    "templates": "how well the curve of each digit fits anywhere in a signal",
    "gradients": "histograms of the directions of edges",
}


def _made(names: list[str]) -> str:
    kinds = [name.rpartition(", ")[2] for name in names]
    words = [f"{kind} ({MADE[kind]})" for kind in kinds]
    return f"Features: {', '.join(words)}."


def _limits(data: xr.Dataset, name: str, learners: list[str], rows: list[int]) -> tuple[float, float]:
    """The ends of an axis that shows all estimates; intervals may go beyond."""
    middle = [summary.bought(data, name, n, [one]).log.estimate for one in learners for n in rows]
    reach = 10 ** (max(map(abs, middle)) * 1.25 + 0.05)
    return 1 / max(reach, 2.0), max(reach, 2.0)


def errors(data: xr.Dataset) -> Figure:
    """The error of the best classical method and of the best network, with and without features."""
    names, rows = list(map(str, data.problem.values)), [int(one) for one in data.rows.values]
    kinds = (("best classical method", summary.classical(data), ORANGE), ("best network", summary.networks(data), BLUE))
    fig, each = panels(len(names), 2, (5.2 if len(names) > 1 else 8.0, 3.2))
    for ax, name in zip(each, names, strict=True):
        for label, among, color in kinds:
            for inputs, style, marker in ((summary.BARE, "--", "o"), (summary.ENGINEERED, "-", "s")):
                told_inputs = "without features" if inputs == summary.BARE else "with features"
                found = [summary.geometric_mean(data, name, n, inputs, among) for n in rows]
                y, low, high = (100 * 10 ** np.array(side) for side in list(zip(*found, strict=True))[:3])
                low = np.maximum(low, 50 / summary.test_rows(data, name))
                interval_line(
                    ax, rows, y, low, np.minimum(high, 100), f"{label}, {told_inputs}", color=color,
                    linestyle=style, marker=marker,
                )  # fmt: skip
        ax.set_xscale("log", base=2)
        log_ticks(ax.xaxis, rows)
        axes.errors(ax)
        low, high = ax.get_ylim()
        if high < 10 * low:  # too few of the usual numbers would be seen
            log_ticks(ax.yaxis, [one for one in (1, 2, 3, 5, 7, 10, 20, 30, 40, 60, 80) if low < one < high])
        if high > 1_000 * low:  # and too many here
            ax.yaxis.set_minor_formatter("")
        ax.set_title(name)
        ax.set_xlabel("training rows")
    shared_legend(fig, each, ncols=2)
    fig.suptitle("Test error with and without hand-made features")
    most = rows[-1]
    ratios = {name: summary.instead(data, name, most) for name in names}
    words = [f"{told(r, data)} ({one})" for one, r in ratios.items()]
    caption(
        fig,
        "Error of the best classical method with features over that of the best network without, at "
        f"{most:,} rows: {'; '.join(words)}. Lines: geometric means over {data.sizes['draw']} draws, of the method "
        "that is best in tuning at each point; bands: 95% intervals. An error of 0 counts as half a mistake; no "
        f"interval is drawn below that. {_made(names)}",
    )
    return fig
