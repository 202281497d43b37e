"""The figures of `microsoft_table`: they draw from its data alone."""

from collections.abc import Callable

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.lab import figures as lab
from experiments.wide_versus_deep.microsoft_table import published_mnist, summary
from experiments.wide_versus_deep.microsoft_table.summary import Comparison
from experiments.wide_versus_deep.microsoft_table.verdicts import IN_WORDS
from experiments.wide_versus_deep.shared import microsoft, reading_figures, table_figures
from experiments.wide_versus_deep.shared.microsoft import WORD_ERRORS
from experiments.wide_versus_deep.shared.readings import HELPS, HURTS, MARGIN, READINGS
from experiments.wide_versus_deep.shared.table_figures import MARKERS, NAMES, SHADES
from experiments.wide_versus_deep.shared.tasks import OVERLAP
from nnjax import mlp

SPEECH = "Speech (Microsoft, 2011)"
SOURCES = "Seide, Li & Yu (2011); tcotten-scrypted/persistent-stochastic-ablation-mlp (GitHub)"  # the verdicts say more
SIZE = (3.3, 4.1)
PUBLISHED = "#333333"
TICKS = (0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 2, 3, 5)  # of ratios


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Microsoft's table beside those measured here, the same errors by weights, and all ratios with their readings."""
    return {"tables": _tables(data), "weights": _weights(data), "ratios": _ratios(data)}


def _tables(data: xr.Dataset) -> Figure:
    """The error divided by that of one layer of N, by layers: as published, and as measured here, on one scale."""
    tasks = list(map(str, data.task.values))
    fig, axes = lab.panels(1 + len(tasks), size=SIZE, sharey=True)
    table_figures.by_layers(axes[0], table_figures.published())
    axes[0].set_title(f"{SPEECH}\nN = {microsoft.NEURONS:,}", fontsize=10)
    axes[0].set_ylabel("error / error of one layer of N (%)")
    for ax, task in zip(axes[1:], tasks, strict=True):
        table_figures.by_layers(ax, {str(name): _relative(data, task, str(name)) for name in data.network.values})
        ax.set_title(f"{task}\nN = {data.attrs['neurons']}", fontsize=10)
    fig.suptitle("Test error by the number of layers, in percent of the error of one layer")
    fig.legend(table_figures.handles(), NAMES.values(), loc="outside lower center", ncols=3, fontsize=9)
    lab.caption(fig, _tables_found(data))
    return fig


def _relative(data: xr.Dataset, task: str, network: str) -> tuple[float, ...]:
    """Percent of the error of one layer of N, with its interval, paired by draw."""
    return tuple(100 * ratio for ratio in summary.compare(data, task, network, "1").ratio)


def _tables_found(data: xr.Dataset) -> str:
    parts = []
    for task in map(str, data.task.values):
        found = summary.steps(data, task)
        names = [found[0].other, found[-1].network, *(one.other for one in summary.pairs(data, task))]
        told = [
            f"{summary.label(data, task, name)}: {summary.error(data, task, name)[0]:.3g}%"
            for name in dict.fromkeys(names)
        ]
        counts = [sum(one.reading == word for one in found) for word in (HELPS, HURTS)]
        helps, hurts = (f"{word}{'s' * (n == 1)}" for word, n in zip(("help", "hurt"), counts, strict=True))
        parts.append(
            f"on {task} {counts[0]} of {len(found)} added layers {helps} and {counts[1]} {hurts} (errors: "
            f"{', '.join(told)})"
        )
    return (
        f"Without pretraining, {', and '.join(parts)}. On Microsoft's speech each layer helps up to five, and a single "
        "layer stays behind, however wide (word error; deep networks pretrained). Bars and bands: 95% intervals. "
        f"{_protocol(data)}"
    )


def _protocol(data: xr.Dataset) -> str:
    """A text: how many networks there are, what intervals include, and which tasks' draws split the same rows anew."""
    number = data.sizes["draw"] * data.sizes["seed"]
    text = (
        f"{number} networks of each kind on {data.sizes['draw']} draws of the data, {data.attrs['epochs']} epochs of "
        "Adam, rates tuned for each; intervals include the variance over draws and that of tuning"
    )
    if redealt := [task for task in OVERLAP if task in data.task.values]:
        text += f" (wider for {', '.join(redealt)}, as draws split the same rows anew; Nadeau & Bengio 2003)"
    return f"{text}."


def _weights(data: xr.Dataset) -> Figure:
    """Errors by the number of weights and biases."""
    tasks = list(map(str, data.task.values))
    fig, axes = lab.panels(1 + len(tasks), size=SIZE)
    published = {name: (value,) * 3 for name, value in WORD_ERRORS.items()}
    table_figures.by_weights(axes[0], _published_params(), microsoft.WIDTHS, published)
    axes[0].set_title(SPEECH, fontsize=10)
    axes[0].set_ylabel("word error (%)")
    told = []
    for ax, task in zip(axes[1:], tasks, strict=True):
        found = {str(name): summary.error(data, task, str(name)) for name in data.network.values}
        params = {str(name): int(data.num_params.sel(task=task, network=name)) for name in data.network.values}
        widths = {str(name): int(data.width.sel(task=task, network=name)) for name in data.network.values}
        table_figures.by_weights(ax, params, widths, found)
        ax.set_title(task, fontsize=10)
        ax.set_ylabel("wrong test rows (%)")
        best = min(found, key=lambda name: found[name][0])
        told.append(f"{summary.label(data, task, best)} on {task}")
    handles = [Line2D([], [], color=SHADES[name], marker=MARKERS[name], linestyle="none") for name in NAMES]
    fig.suptitle("Test error by the number of weights")
    fig.legend(handles, NAMES.values(), loc="outside lower center", ncols=3, fontsize=9)
    lab.caption(
        fig,
        f"The lowest test error is that of {' and '.join(told)} (layers x neurons). Numbers beside deep networks are "
        "layers, beside shallow ones neurons. At equal weights, the lower network is better. Bars: 95% intervals; "
        f"all networks share their draws, so differences are known better than the bars show. {_protocol(data)}",
    )
    return fig


def _published_params() -> dict[str, float]:
    """Parameters of the published networks."""
    hidden = {name: (microsoft.NEURONS,) * int(name) for name in WORD_ERRORS if name.isdigit()}
    hidden |= {name: (width,) for name, width in microsoft.WIDTHS.items()}
    first, last = microsoft.ENDS
    return {name: mlp.num_params((first, *hidden[name], last)) for name in WORD_ERRORS}


def _ratios(data: xr.Dataset) -> Figure:
    """Ratios of errors, deep divided by shallow: as published, then as measured here, a row for each."""
    groups = {SPEECH: [], "MNIST, published": []}
    for deep, shallow in summary.compared([1, 2, 5], [5]):
        label = f"{deep} x {microsoft.NEURONS:,} against 1 x {microsoft.WIDTHS[shallow]:,}"
        groups[SPEECH].append((label, (WORD_ERRORS[deep] / WORD_ERRORS[shallow],) * 3, None))
    for names in published_mnist.PAIRS:
        groups["MNIST, published"].append((" against ".join(names), published_mnist.ratio(*names), None))
    for task in map(str, data.task.values):
        groups[task] = [
            (summary.labels(data, one), one.ratio, one.reading)
            for one in (*summary.pairs(data, task), *summary.steps(data, task))
        ]
    rows = sum(map(len, groups.values())) + len(groups)
    fig, (ax,) = lab.panels(1, size=(8.4, 1.2 + 0.24 * rows))
    ticks, y = {}, -1.0
    for name, some in groups.items():
        y += 1.2
        ax.text(0, y, name, transform=ax.get_yaxis_transform(), ha="left", va="center", size=9, weight="bold")
        for label, (middle, low, high), reading in some:
            y += 1
            ticks[y] = label
            ax.hlines(y, low, high, color=reading_figures.color(reading) if reading else PUBLISHED, linewidth=1.6)
            if reading:
                reading_figures.mark(ax, middle, y, reading)
            else:
                ax.plot(middle, y, "D", color=PUBLISHED, markersize=5)
    reading_figures.margin(ax)
    points = [ratio[0] for some in groups.values() for _, ratio, _ in some]
    ends = [end for some in groups.values() for _, ratio, _ in some for end in ratio[1:]]
    ax.set_xlim(max(min(ends), min(points) / 2, 0.2) / 1.08, min(max(ends), 2 * max(points), 5) * 1.08)
    low, high = ax.get_xlim()
    lab.log_ticks(ax.xaxis, [tick for tick in TICKS if low <= tick <= high])
    ax.set_yticks(list(ticks), list(ticks.values()), fontsize=9)
    ax.set(ylim=(y + 0.75, -0.6), xlabel="error of the first network / error of the second")
    ax.grid(axis="y", visible=False)
    reading_figures.sides(ax, -0.7)
    given = Line2D([], [], color=PUBLISHED, marker="D", markersize=5, linestyle="none", label="published")
    fig.legend(handles=[*reading_figures.handles(), given], loc="outside lower center", ncols=5, fontsize=9)
    fig.suptitle("Ratios of test errors: deep to shallow networks, and layer by layer")
    lab.caption(fig, _ratios_found(data))
    return fig


def _by_reading(some: list[Comparison], preposition: str, name: Callable[[Comparison], str]) -> str:
    """The comparisons of each reading, in words: "helps in 5 x 128 against 1 x 211, makes no difference in ..."."""
    found = []
    for word in READINGS:
        named = [f"{name(one)}{' (small)' * one.small}" for one in some if one.reading == word]
        if named:
            found.append(f"{IN_WORDS.get(word, word)} {preposition} {', '.join(named)}")
    return ", ".join(found)


def _ratios_found(data: xr.Dataset) -> str:
    told = []
    for task in map(str, data.task.values):
        pairs = _by_reading(summary.pairs(data, task), "in", lambda one: summary.labels(data, one))
        steps = _by_reading(summary.steps(data, task), "from", lambda one: f"{one.other} to {one.network}")
        told.append(f"On {task} depth {pairs}; a further layer {steps}.")
    return (
        f"{' '.join(told)} Filled: the interval excludes 1; grey band: equal within a factor of {MARGIN:g}. "
        f"Names: layers x neurons. Published: {SOURCES} (bars: two standard errors over {published_mnist.SEEDS} seeds, "
        f"without variance of data or tuning). {_protocol(data)}"
    )
