"""The figures of `speech`: they draw from its data alone."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, FixedLocator, NullLocator

from experiments.lab import figures as lab
from experiments.wide_versus_deep.shared import microsoft, table_figures
from experiments.wide_versus_deep.shared.judging import ALPHA
from experiments.wide_versus_deep.shared.table_figures import MARKERS, NAMES, SHADES
from experiments.wide_versus_deep.speech import summary
from experiments.wide_versus_deep.speech.corpus.features import BANDS
from experiments.wide_versus_deep.speech.corpus.recordings import FRAMES_PER_HOUR


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The tables side by side, error by weights, leads by training, by hours, and an utterance with who is wrong."""
    return {
        "tables": _tables(data),
        "weights": _weights(data),
        "training": _training(data),
        "hours": _hours(data),
        "utterance": _utterance(data),
    }


def _tables(data: xr.Dataset) -> Figure:
    """Error over that of one layer of N, by layers: what Microsoft found, and every column of ours, on one scale."""
    columns = list(map(str, data.column.values))
    fig, axes = lab.panels(1 + len(columns), size=(3.05, 4.2), sharey=True)
    table_figures.by_layers(axes[0], table_figures.published())
    axes[0].set_title(f"Switchboard (Microsoft)\nsigmoid, N = {microsoft.NEURONS:,}", fontsize=10)
    axes[0].set_ylabel("error over that of 1 x N (%)")
    for ax, column in zip(axes[1:], columns, strict=True):
        table_figures.by_layers(ax, {name: _relative(data, column, name) for name in summary.networks(data, column)})
        if _has_pretrained(data, column):
            names = [name for name in summary.networks(data, column) if name.isdigit()]
            middle, low, high = np.array([_relative(data, column, n, pretrained=n != "1") for n in names]).T
            places = np.array([int(name) for name in names]) + 0.12
            lab.interval_line(ax, places, middle, low, high, color=lab.PURPLE, marker="^", bars=True)
        ax.set_title(f"Synthesised speech\n{column.split()[0]}, N = {column.split()[1]}", fontsize=10)
    handles, names = table_figures.handles(), list(NAMES.values())
    if any(_has_pretrained(data, column) for column in columns):
        handles, names = [*handles, Line2D([], [], color=lab.PURPLE, marker="^")], [*names, "L layers of N, pretrained"]
    fig.suptitle("Error by the number of layers, over that of one layer")
    fig.legend(handles, names, loc="outside lower center", ncols=len(names), fontsize=9)
    lab.caption(fig, _found(data, columns))
    return fig


def _has_pretrained(data: xr.Dataset, column: str) -> bool:
    return "pretrained" in data and bool(np.isfinite(data.pretrained.sel(column=column)).any())


def _relative(data: xr.Dataset, column: str, network: str, pretrained: bool = False) -> tuple[float, float, float]:
    """Percent of the mean error of one layer of N, with the interval of the difference to it, paired by voice."""
    base = summary.percent(data, column, "1")
    one = summary.gain(summary.percent(data, column, network, pretrained=pretrained), base)
    middle, low, high = (100 * (1 - value / float(base.mean())) for value in (one.estimate, one.high, one.low))
    return middle, low, high


def _found(data: xr.Dataset, columns: list[str]) -> str:
    parts = []
    for column in columns:
        names = summary.counted(data, column)
        others = [name for name in summary.networks(data, column) if name == "wide" or name.startswith("=")]
        told = ", ".join(
            f"{summary.label(data, column, name)} errs {summary.percent(data, column, name).mean():.1f} %"
            for name in (names[0], names[-1], *others)
        )
        sure = sum(one.p_value <= ALPHA and one.estimate > 0 for one in summary.steps(data, column))
        added = f"{sure} of {len(names) - 1} added layers help for certain; " if summary.consecutive(names) else ""
        seen = summary.thousands(summary.frames(data, column)[-1])
        parts.append(f"{column}: {added}{told} ({seen} frames seen)")
    return (
        f"{'. '.join(parts)}. These are frame errors on voices that were never heard, after training on "
        f"{data.attrs['train_hours']:g} hours of speech. In the original (left: word error, pretrained) each layer "
        "helps up to five, and one layer never catches up, however wide. Bars and bands: 95 % of the difference to "
        "1 x N over "
        f"{summary.percent(data, columns[0], '1').shape[1]} voices and {data.sizes['seed']} seeds."
    )


def _weights(data: xr.Dataset) -> Figure:
    """Errors by the number of weights and biases, after all steps and after the same minutes."""
    columns = list(map(str, data.column.values))
    size = (max(3.5 * len(columns) + 0.6, 6.2), 6.6)
    fig, axes = plt.subplots(2, len(columns), figsize=size, squeeze=False, sharex="col", sharey=True)
    for (above, below), column in zip(axes.T, columns, strict=True):
        deep = next(name for name in summary.networks(data, column) if name.startswith("="))[1:]
        time = summary.minutes(data, column, deep)[-1]
        for ax, timed in ((above, False), (below, True)):
            found = {}
            for name in summary.networks(data, column):
                values = summary.at_minutes(data, column, name, time) if timed else summary.percent(data, column, name)
                found[name] = (summary.error(values).estimate,) * 3
            params = {name: float(data.num_params.sel(column=column, network=name)) for name in found}
            widths = {name: int(data.width.sel(column=column, network=name)) for name in found}
            table_figures.by_weights(ax, params, widths, found)
        above.set_xlabel("")
        above.set_title(f"{column}\n{summary.thousands(summary.frames(data, column)[-1])} frames each", fontsize=10)
        below.set_title(f"after {summary.spelled(time)} at most", fontsize=10)
    for ax in axes[:, 0]:
        ax.set_ylabel("frame error (%)")
    handles = [Line2D([], [], color=SHADES[name], marker=MARKERS[name]) for name in NAMES]
    fig.suptitle("Frame error by the number of weights: after equally many frames, and after equal seconds")
    fig.legend(handles, NAMES.values(), loc="outside lower center", ncols=3, fontsize=9)
    lab.caption(
        fig,
        f"{_weights_found(data, columns)} Beside each deep network stand its layers, beside each shallow one its "
        "neurons. In the upper row all networks of a column see equally many frames. In the lower row each is read "
        "when the deep one whose weights are matched first has ended, timed alone: one that takes longer for a step is "
        "read on a line between two lengths of training, each with a schedule of its own; one that ends sooner, at its "
        "end.",
    )
    return fig


def _weights_found(data: xr.Dataset, columns: list[str]) -> str:
    parts = []
    for column in columns:
        errors = {name: summary.percent(data, column, name).mean() for name in summary.networks(data, column)}
        best = min(errors, key=lambda name: errors[name])
        parts.append(f"{summary.label(data, column, best)} ({column}, {errors[best]:.1f} %)")
    return f"After equally many frames the least error has {', '.join(parts)}."


def _training(data: xr.Dataset) -> Figure:
    """The lead of the deep network over the two shallow ones by how long all of them are trained, for each column."""
    columns, deep = list(map(str, data.column.values)), str(data.compared.values[0])
    fig, axes = plt.subplots(1, len(columns), figsize=(max(3.4 * len(columns) + 0.8, 6.2), 3.9), squeeze=False)
    told = []
    for ax, column in zip(axes[0], columns, strict=True):
        ticks, here = set(), summary.networks(data, column)
        for name in (str(name) for name in data.compared.values[1:] if name in here):
            found, label = summary.lengthening(data, column, deep, name), f"over {summary.label(data, column, name)}"
            leads = [summary.lead(difference) for difference in found.values()]
            _line(ax, np.array(list(found)), leads, label, microsoft.kind(name))
            ticks |= set(found)
            told.append(f"{column} {label} from {leads[0].estimate:+.2f} to {leads[-1].estimate:+.2f}")
        ax.axhline(0, color="#7F7F7F", linewidth=0.9)
        ax.set(xscale="log", xlabel="frames seen in training")
        ax.set_title(f"{column}\nlead of {summary.label(data, column, deep)}", fontsize=10)
        ax.xaxis.set_major_locator(FixedLocator(sorted(map(float, ticks))))
        ax.xaxis.set_major_formatter(EngFormatter(sep=" ", places=1))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.legend(fontsize=9)
    axes[0, 0].set_ylabel("lead in points of frame error")
    fig.suptitle(f"How far {deep} layers lead one, by the length of training")
    lab.caption(
        fig,
        f"The lead of the deep network, from the least to the most training, in points: {'; '.join(told)}. A lead is "
        "how much less the deep network errs than one layer of as many weights, or than one far wider; below 0 the "
        "deep one errs more. Each length of training has a schedule of its own. "
        f"Means of {data.sizes['seed']} seeds, of {data.sizes['hours_seed']} at the longest of all; bands: 95 % over "
        "voices and seeds.",
    )
    return fig


def _hours(data: xr.Dataset) -> Figure:
    """Error by hours of training speech, and the lead of the deep network over the other two."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.4, 4.2))
    column, names = str(data.column.values[0]), [str(name) for name in data.compared.values]
    x = data.hours.values.astype(float)
    for name in names:
        means = [summary.error(summary.by_hours(data, h, name)) for h in x]
        what, label = microsoft.kind(name), summary.label(data, column, name)
        _line(left, x, means, label, what)
    told = []
    for name in names[1:]:
        leads = [summary.gain(summary.by_hours(data, h, names[0]), summary.by_hours(data, h, name)) for h in x]
        what, label = microsoft.kind(name), f"over {summary.label(data, column, name)}"
        _line(right, x, leads, label, what)
        told.append(
            f"{label} {leads[0].estimate:+.2f} with {x[0]:g} hours and {leads[-1].estimate:+.2f} with {x[-1]:g}"
        )
    right.axhline(0, color="#7F7F7F", linewidth=0.9)
    seen = int(summary.frames(data, column)[-1])
    for ax in (left, right):
        ax.set(xscale="log", xlabel="hours of training speech")
        ax.set_xticks(x, [f"{h:g}" for h in x])
        ax.minorticks_off()
        ax.legend(fontsize=9)
    left.set(ylabel="frame error (%)", title="Error on unheard voices")
    right.set(ylabel="points of error", title=f"Lead of {summary.label(data, column, names[0])}")
    lab.caption(
        fig,
        f"The lead of the deep network in points: {'; '.join(told)}. Every network ({column}) has seen "
        f"{summary.thousands(seen)} frames, {seen / FRAMES_PER_HOUR:.1f} hours of speech: with more hours of training "
        f"speech none is heard twice. Means of {data.sizes['hours_seed']} seeds. Bands: 95 %, on the left over voices, "
        "of the error itself, in which voices differ much; on the right over voices and seeds, of differences within "
        "each.",
    )
    return fig


def _line(ax: Axes, x: np.ndarray, found: list, label: str, what: str) -> None:
    """Estimates with their intervals, in the colour of a kind of network."""
    middle, low, high = (np.array([getattr(one, name) for one in found]) for name in ("estimate", "low", "high"))
    lab.interval_line(ax, x, middle, low, high, label, color=SHADES[what], marker=MARKERS[what])


def _utterance(data: xr.Dataset) -> Figure:
    """The spectrogram above, and below it who is wrong where."""
    column, deepest = str(data.column.values[0]), str(data.compared.values[0])
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(11, 4.6), sharex=True, height_ratios=(2.2, 1))
    seconds = np.arange(data.sizes["shown"] + 1) * 0.01
    top.pcolormesh(seconds, np.arange(BANDS + 1), data.shown_bands.values.T, cmap=lab.SEQUENTIAL, rasterized=True)
    who = data.voice.values[int(data.attrs["development_voices"])]
    top.set(ylabel="mel band, 80 Hz to 8 kHz", title=f"A test voice ({who}), with its phonemes")
    names = [str(name).partition(" ")[0] for name in data.class_name.values]
    truth = [names[i] for i in data.shown_class.values]
    _phonemes(top, truth)
    kinds = {name: SHADES[microsoft.kind(name)] for name in (deepest, f"={deepest}", microsoft.WIDEST)}
    told, labels = [], [summary.label(data, column, network) for network in kinds]
    for row, (network, color) in enumerate(kinds.items()):
        said = data.said.sel(column=column, network=network).values.astype(int)
        wrong = said != data.shown_class.values
        marks = np.where(wrong, 1.0, np.nan)[None]
        bottom.pcolormesh(seconds, [row, row + 0.8], marks, cmap=ListedColormap([color]))
        other = np.mean([names[i] != name for i, name in zip(said, truth, strict=True)])
        told.append(
            f"{labels[row]} at {100 * np.mean(wrong):.0f} % of frames ({100 * other:.0f} % by the phoneme alone)"
        )
    bottom.set_yticks([0.4, 1.4, 2.4], labels)
    bottom.set(xlabel="seconds", ylim=(3, -0.2), title="Frames at which a network is wrong")
    for ax in (top, bottom):
        ax.grid(False)
    lab.caption(
        fig,
        f"In these two seconds are wrong: {'; '.join(told)}. Above: {BANDS} log-mel bands every 10 ms, with noise, as "
        "networks get them, and what is spoken, by eSpeak's names of phonemes. Below: marked where a network takes the "
        "wrong third of a phoneme, or another phoneme. Networks of seed 0.",
    )
    return fig


def _phonemes(ax: Axes, truth: list[str]) -> None:
    """The phonemes over the spectrogram, where there is room for their names."""
    changes = [0, *(i for i in range(1, len(truth)) if truth[i] != truth[i - 1]), len(truth)]
    for start, end in itertools.pairwise(changes):
        ax.axvline(start * 0.01, color="white", linewidth=0.5, alpha=0.6)
        if end - start >= 3:
            ax.text((start + end) / 2 * 0.01, BANDS - 1.5, truth[start].replace("_", "–"), color="white", fontsize=8,
                    ha="center", va="top")  # fmt: skip
