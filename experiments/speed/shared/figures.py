"""What the figures of several claims about speed have in common; they are drawn from the data alone."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, PURPLE, SKY, VERMILION, caption, interval_line
from experiments.lab.rounds import MedianInterval, ends, median_interval
from experiments.speed.shared import ratios, timing
from experiments.speed.shared.labels import LABELS

# One method keeps one colour in every figure.
METHOD_COLORS = {
    "engine": BLUE,
    "cpp": "#882255",
    "vmap": VERMILION,
    "scan": ORANGE,
    "loop": SKY,
    "torch_batched": GREEN,
    "turbanet": PURPLE,
    "torch_loop": COLORS["reference"],
    "sklearn": COLORS["neutral"],
}
BOX = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # no line may cross a number


def two_digits(ratio: float) -> str:
    """A ratio in a figure, with two digits: few rounds give no more."""
    rounded = float(f"{ratio:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:#.2g}"


def bar(ax: Axes, place: float, found: MedianInterval, color: str, text: str) -> None:
    """A bar to the median, a dark line in a light one over its interval, and text beside it."""
    ax.barh(place, found.median, color=color, height=0.65)
    # The light line shows on a dark bar.
    for color, width in (("white", 4.5), ("#333333", 1.5)):
        ax.plot([found.low, found.high], [place, place], color=color, linewidth=width, solid_capstyle="butt")
    ax.annotate(text, (found.high, place), (6, 0), textcoords="offset points", va="center", bbox=BOX | {"pad": 1.5})
    ax.grid(axis="y", visible=False)


def point(ax: Axes, place: float, found: MedianInterval, color: str, text: str) -> None:
    """A point at the median, a line over its interval, and text above it."""
    ax.plot([found.low, found.high], [place, place], color=color, linewidth=2)
    ax.plot(found.median, place, "o", color=color, markersize=7)
    ax.annotate(
        text, (found.median, place), (0, 6), textcoords="offset points", ha="center", fontsize=9, bbox=BOX,
        zorder=1.9,  # the box lies behind the point
    )  # fmt: skip


def median_line(ax: Axes, x: np.ndarray, rounds: np.ndarray, method: str) -> None:
    """A line through the medians of rounds [x, round] with a band of their intervals; an x with nan is left out."""
    known = np.isfinite(rounds).all(axis=1)
    low, median, high = np.transpose([median_interval(one) for one in rounds[known]])
    interval_line(ax, x[known], median, low, high, LABELS[method], color=METHOD_COLORS[method])


def per_step(data: xr.Dataset, targets: Mapping[tuple[str, str], float], note: str = "") -> Figure:
    """Time per network and step of every method, a panel for each workload; `targets` are written into the caption."""
    workloads = [str(name) for name in data.workload.values]
    methods = [str(name) for name in data.way.values][::-1]
    fig, axes = plt.subplots(
        1, len(workloads), figsize=(max(3.1 * len(workloads) + 2.2, 9.4), 1.4 + 0.42 * len(methods)),
        sharey=True, squeeze=False,
    )  # fmt: skip
    small = float(ratios.per_step(data).min()) < 1e-7
    unit, taken = ("ns", 1e9) if small else ("µs", 1e6)
    times = taken * ratios.per_step(data)
    for ax, workload in zip(axes[0], workloads, strict=True):
        one = times.sel(workload=workload)
        for place, name in enumerate(methods):
            ratio = ratios.times_faster(data, workload, name).median
            text = "" if name == "engine" else f"{two_digits(ratio)}x"
            point(ax, place, median_interval(one.sel(way=name).values), METHOD_COLORS[name], text)
        ax.set_xscale("log")
        ax.xaxis.set_minor_formatter(NullFormatter())  # within one decade they would overlap
        ax.margins(x=0.15, y=0.12)
        ax.set_title(workload)
        ax.set_xlabel(f"{unit} per network and step")
    axes[0, 0].set_yticks(range(len(methods)), [LABELS[name] for name in methods])
    fig.suptitle("Time of one training step of one network, by method")
    compared, named = [], list[str]()
    for workload in workloads:
        aims = {name: aim for (shape, name), aim in targets.items() if shape == workload and name in methods}
        same, named = list(aims) == named, list(aims)  # the same methods are not named twice
        compared.append(
            " and ".join(
                f"{two_digits(ratios.times_faster(data, workload, name).median)} times"
                f"{'' if same else f' as fast as {LABELS[name]}'} (aim: {aim:,g})"
                for name, aim in aims.items()
            )
        )
    told = "; ".join(f"on {name}, {text}" for name, text in zip(workloads, compared, strict=True) if text)
    found = f"Per network and step nnjax.sweep is, {told}. " if told else ""
    caption(
        fig,
        f"{found}{note}{_amounts(data)}Points: medians of {data.sizes['round']} warm rounds, taken in turns; "
        f"horizontal lines: {ends(data.sizes['round'])}; numbers: times that of nnjax.sweep. "
        f"{_compiling(data)}{timing.where(data.attrs)}",
    )
    return fig


def _amounts(data: xr.Dataset) -> str:
    """What is trained: networks of each workload, and steps."""
    own = data.sel(way="engine")
    counts = dict(zip(own.workload.values.tolist(), map(int, own.networks), strict=True))
    networks = ", ".join(f"{n:,} of {name}" for name, n in counts.items())
    if len(counts) > 1 and len(set(counts.values())) == 1:
        networks = f"{counts.popitem()[1]:,} of each shape"
    torch = "; PyTorch runs without torch.compile" if "torch_batched" in data.way else ""
    return (
        f"Networks: {networks}; {int(own.steps[0]):,} steps (fewer for slow methods, see table.csv). Each method uses "
        f"its default number of threads{torch}. "
    )


def _compiling(data: xr.Dataset) -> str:
    """A sentence: how long the methods took to compile, which no time includes."""
    seconds = {name: data.compile_seconds.sel(way=name) for name in ("engine", "vmap") if name in data.way}
    ends = {name: dict.fromkeys(f"{float(end):.1f}" for end in (s.min(), s.max())) for name, s in seconds.items()}
    told = [f"{' to '.join(both)} s for {LABELS[name]}" for name, both in ends.items()]
    return f"Compiling is not included: {', '.join(told)}. "
