"""The figures of `speech`: they draw from its data alone."""

import itertools
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import EngFormatter, NullLocator

from experiments.lab import figures as lab
from experiments.wide_versus_deep.shared import microsoft, table_figures
from experiments.wide_versus_deep.shared.microsoft import WIDEST
from experiments.wide_versus_deep.shared.table_figures import MARKERS, NAMES, SHADES
from experiments.wide_versus_deep.speech import leads, summary
from experiments.wide_versus_deep.speech.corpus.features import BANDS
from experiments.wide_versus_deep.speech.examples import REPORTED
from experiments.wide_versus_deep.speech.leads import FAMILY, level
from experiments.wide_versus_deep.speech.summary import MARGIN, Spot
from experiments.wide_versus_deep.speech.trainings import MEASURED

ABOVE = 16.0  # errors more than this many points above the best of their panel are marked at its top


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """All leads; errors by frames; the tables side by side; errors by weights; losses of sigmoids; tuning; an
    utterance, and which network is wrong where.
    """
    found = {"leads": _leads(data), "training": _training(data), "tables": _tables(data), "weights": _weights(data)}
    if summary.sigmoids(data):
        found["sigmoids"] = _sigmoids(data)
    return found | {"tuning": _tuning(data), "utterance": _utterance(data)}


def _leads(data: xr.Dataset) -> Figure:
    """The lead of the deep network in every comparison, with the margin within which two are equal."""
    spots, deep = summary.spots(data), f"{data.attrs['deep']}"
    hours = float(data.attrs["fewer_hours"])
    fewer = [spot._replace(hours=hours) for spot in (spots.deep, spots.equal)]
    alone, corrected = level(1), level(FAMILY)
    rows = [("primary", spots.deep, spots.equal, alone), (f"{hours:g} hours of speech", *fewer, alone)]
    rows += [("", spots.ladder[deep], spots.ladder[other], corrected) for other in (f"={deep}", WIDEST)]
    rows.append(("equal seconds", spots.deep, spots.wide_in_time, corrected))
    if plain := summary.sigmoids(data):
        grown = summary.sigmoids(data, pretrained=True)
        rows += [("", of[deep], plain[f"={deep}"], corrected) for of in (plain, grown)]
    if pair := summary.in_context(data):
        rows.append(("", *pair, alone))
    fig, ax = plt.subplots(figsize=(9.4, 0.52 * len(rows) + 1.9))
    ax.axvspan(-MARGIN, MARGIN, color="#7F7F7F", alpha=0.15, linewidth=0)
    ax.axvline(0, color="#7F7F7F", linewidth=0.9)
    names, told, hollow = [], [], False
    for row, (what, one, other, confidence) in enumerate(rows):
        lead, wider = (leads.lead(data, one, other, each) for each in (alone, confidence))
        shade, marker = (looks[microsoft.kind(other.network.split()[1])] for looks in (SHADES, MARKERS))
        ax.hlines(row, lead.low, lead.high, color=shade, linewidth=3.5)
        ax.hlines(row, wider.low, wider.high, color=shade, linewidth=1)
        face = "white" if summary.at_an_end(data, one, other) else shade
        hollow |= face == "white"
        ax.plot(lead.estimate, row, marker, color=shade, markerfacecolor=face, markersize=7)
        same = one.frames == other.frames
        seen = summary.thousands(one.frames) + ("" if same else f" and {summary.thousands(other.frames)}")
        more = f"{what}, " if what else ""
        labels = summary.label(data, one.network), summary.label(data, other.network)
        names.append(f"{labels[0]} against {labels[1]}\n{more}{seen} frames")
        if what == "primary":
            told.append(f"{lead.estimate:+.2f} points [{lead.low:+.2f}, {lead.high:+.2f}]")
    ax.set_yticks(range(len(rows)), names, fontsize=9)
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlabel="lead of the first network (points of frame error)")
    ax.grid(axis="y", visible=False)
    fig.suptitle("Lead of the deep network over single layers")
    at_end = "Hollow: a tuned rate or decay lies at an end of those tried. " * hollow
    lab.caption(
        fig,
        f"The primary lead is {told[0]}; right of 0 the deep network errs less. Thick: 95% intervals over {REPORTED} "
        f"voices, tunings and seeds, each comparison by itself; thin: level of the verdict, {100 * corrected:.3g}% "
        f"where {FAMILY} are corrected together. {at_end}"
        f"On {hours:g} hours: the first tuning alone. Grey: two networks within {MARGIN:g} point count as equal if "
        "neither is certainly ahead. The original's lead over equal weights is "
        f"{microsoft.lead(deep, f'={deep}'):g} points of word error.",
    )
    return fig


def _training(data: xr.Dataset) -> Figure:
    """Error by frames seen, one line for each network, and the lead of the deep one."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6))
    spots, deep = summary.spots(data), f"{data.attrs['deep']}"
    kinds = list(spots.ladder)
    depths = [kind for kind in kinds if kind.isdigit()]
    colors = dict(zip(depths, lab.shades(len(depths)), strict=True))
    colors |= {kind: SHADES[microsoft.kind(kind)] for kind in kinds if not kind.isdigit()}
    for kind in kinds:
        name = f"relu {kind}"
        seen = summary.frames(data, name)
        errors = [summary.error(data, Spot(name, one)).estimate for one in seen]
        style = "-" if kind.isdigit() else "--"
        marker = MARKERS[microsoft.kind(kind)]
        left.plot(seen, errors, style, marker=marker, color=colors[kind], label=summary.label(data, name), markersize=5)
    left.set(ylabel="frame error (%)", title="Frame error on test voices")
    left.legend(fontsize=9, ncols=2)
    right.axhspan(-MARGIN, MARGIN, color="#7F7F7F", alpha=0.15, linewidth=0)
    right.axhline(0, color="#7F7F7F", linewidth=0.9)
    told = []
    for shift, other in ((0.98, f"relu ={deep}"), (1.02, f"relu {WIDEST}")):
        pairs, what = summary.leads_by_frames(data, other), microsoft.kind(other.split()[1])
        middle, low, high = np.array([leads.lead(data, *pair)[:3] for pair in pairs.values()]).T
        lab.interval_line(
            right, np.array(list(pairs)) * shift, middle, low, high, f"over {summary.label(data, other)}", bars=True,
            color=SHADES[what], marker=MARKERS[what],
        )  # fmt: skip
        told.append(
            f"over {summary.label(data, other)} it is {middle[0]:+.2f} points after {summary.thousands(min(pairs))} "
            f"frames and {middle[-1]:+.2f} after {summary.thousands(max(pairs))}"
        )
    hours = float(data.attrs["fewer_hours"])
    control = leads.lead(data, spots.deep._replace(hours=hours), spots.equal._replace(hours=hours))
    place = spots.deep.frames * 1.08
    right.vlines(place, control.low, control.high, color=SHADES["equal"], linewidth=1.3)
    right.plot(place, control.estimate, "s", color=SHADES["equal"], markerfacecolor="white",
               label=f"over {summary.label(data, spots.equal.network)}, {hours:g} hours of speech")  # fmt: skip
    name = summary.label(data, spots.deep.network)
    right.set(ylabel="lead (points of frame error)", title=f"Lead of {name} over single layers")
    least, most = right.get_ylim()
    right.set_ylim(least, most + 0.3 * (most - least))  # room for the legend, whose placement ignores bars
    right.legend(fontsize=9, loc="upper left")
    for ax in (left, right):
        ax.set(xscale="log", xlabel="frames seen in training")
        ax.xaxis.set_major_formatter(EngFormatter(sep=" "))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xticks(sorted(summary.frames(data, f"relu {deep}")))
        ax.tick_params(axis="x", labelrotation=40)
    lab.caption(
        fig,
        f"Lead of {name}: {'; '.join(told)}. Each length of training has its own schedule. {_tuned_for(data)} One pass "
        f"over the {data.attrs['hours']:g} hours of speech is {summary.thousands(int(data.attrs['num_frames']))} "
        f"frames. Bars: 95% intervals over {REPORTED} voices, tunings and seeds; none on the left, as voices differ "
        f"by many points, but alike for all networks. Grey: equal within {MARGIN:g} point.",
    )
    return fig


def _tuned_for(data: xr.Dataset) -> str:
    """In words, for which numbers of frames rates and decays are tuned, and where those for others come from."""
    ladder, primary, wide = (int(data.attrs[f"{name}_frames"]) for name in ("ladder", "primary", "wide"))
    short = round(float((data.tried_frames / data.tried_seen).max()))
    most, widest = (
        leads.listed([summary.thousands(one) for one in sorted(both)]) for both in ({ladder, primary}, {ladder, wide})
    )
    return (
        f"Rates are tuned for {most} frames (the widest: {widest}) and for 1/{short} of each, and interpolated in "
        f"logarithms between. Weight decays are tuned there too; lengths between have that of 1/{short}, so a "
        "line may also bend where its decay changes."
    )


def _tables(data: xr.Dataset) -> Figure:
    """The error divided by that of one layer of N, by layers: Microsoft's and ours, on one scale."""
    ladder, plain = summary.spots(data).ladder, summary.sigmoids(data)
    parts = {"ReLU": ladder} | ({"sigmoid": plain} if plain else {})
    fig, axes = lab.panels(1 + len(parts), size=(3.5, 4.3), sharey=True)
    table_figures.by_layers(axes[0], table_figures.published())
    axes[0].set_title(f"Switchboard (Microsoft)\nsigmoid, N = {microsoft.NEURONS:,}", fontsize=10)
    axes[0].set_ylabel("error / error of one layer of N (%)")
    told = []
    for ax, (what, spots) in zip(axes[1:], parts.items(), strict=True):
        found = {kind: _relative(data, spot, spots["1"]) for kind, spot in spots.items()}
        table_figures.by_layers(ax, found)
        seen = summary.thousands(spots["1"].frames)
        ax.set_title(f"Synthesised speech, {what}\nN = {int(data.attrs['neurons'])}, {seen} frames", fontsize=10)
        base = summary.percent(data, spots["1"]).mean()
        # The deepest that has a single layer of as many weights, or else the deepest.
        deep = [kind for kind in spots if kind.isdigit()]
        matched = next(kind for kind in deep if f"={kind}" in spots or kind == deep[-1])
        shares = ", ".join(
            f"{found[kind][0]:.1f}% with {microsoft.described(kind)}"
            for kind in (matched, f"={matched}", microsoft.WIDEST)
            if kind in found
        )
        told.append(f"{what} {base:.1f}% with one layer of N, and of that {shares}")
    handles, names = table_figures.handles(), list(NAMES.values())
    if plain:
        grown = {kind: s for kind, s in summary.sigmoids(data, True).items() if kind.isdigit() and kind != "1"}
        middle, low, high = np.array([_relative(data, spot, plain["1"]) for spot in grown.values()]).T
        places = np.array([int(kind) for kind in grown]) + 0.12
        lab.interval_line(axes[-1], places, middle, low, high, color=lab.PURPLE, marker="^", bars=True)
        handles, names = [*handles, Line2D([], [], color=lab.PURPLE, marker="^")], [*names, "pretrained"]
    fig.suptitle("Error by the number of layers, in percent of the error of one layer")
    fig.legend(handles, names, loc="outside lower center", ncols=len(names), fontsize=9)
    lab.caption(
        fig,
        f"Frame errors on test voices: {'; '.join(told)}. Left: word errors in the original, whose networks were "
        f"pretrained without labels. Bars and bands: 95% intervals of the difference to 1 x N over {REPORTED} voices, "
        "tunings and seeds (left: none).",
    )
    return fig


def _relative(data: xr.Dataset, spot: Spot, base: Spot) -> tuple[float, float, float]:
    """The error in percent of that of the network `base`, with the interval of the difference to it."""
    if spot == base:
        return 100.0, 100.0, 100.0
    mean, one = float(summary.percent(data, base).mean()), leads.lead(data, spot, base)
    middle, low, high = (100 * (1 - value / mean) for value in (one.estimate, one.high, one.low))
    return middle, low, high


def _weights(data: xr.Dataset) -> Figure:
    """How much more or less than one layer of N each network of the ladder errs, by its number of weights."""
    ladder = summary.spots(data).ladder
    found = {"1": (0.0, 0.0, 0.0)}
    for kind, spot in ladder.items():
        if kind != "1":
            one = leads.lead(data, spot, ladder["1"])
            found[kind] = (-one.estimate, -one.high, -one.low)
    params = {kind: float(data.num_params.sel(of=spot.network)) for kind, spot in ladder.items()}
    widths = {kind: int(data.width.sel(of=spot.network)) for kind, spot in ladder.items()}
    fig, ax = plt.subplots(figsize=(7.4, 4.6))
    ax.axhline(0, color="#7F7F7F", linewidth=0.9, zorder=0)
    table_figures.by_weights(ax, params, widths, found)
    name = summary.label(data, ladder["1"].network)
    ax.set_ylabel(f"frame error minus that of {name} (points)")
    ax.set_title(f"Frame error by the number of weights, after {summary.thousands(ladder['1'].frames)} frames")
    handles = [Line2D([], [], color=SHADES[kind], marker=MARKERS[kind]) for kind in NAMES]
    ax.legend(handles, NAMES.values(), fontsize=9)
    best = min(found, key=lambda kind: found[kind][0])
    lab.caption(
        fig,
        f"{summary.label(data, ladder[best].network)} has the lowest error, {-found[best][0]:.2f} points below {name}. "
        "Numbers beside deep networks are layers, beside shallow ones neurons. Bars: 95% intervals of the difference "
        f"over {REPORTED} voices, tunings and seeds.",
    )
    return fig


def _sigmoids(data: xr.Dataset) -> Figure:
    """Training losses of the sigmoids from moment to moment, plain and pretrained."""
    plain, grown = summary.sigmoids(data), summary.sigmoids(data, pretrained=True)
    deep, fig = f"{data.attrs['deep']}", plt.figure(figsize=(7.6, 4.4))
    ax = fig.subplots()
    layers = [kind for kind in plain if kind.isdigit()]
    colors = dict(zip(layers, lab.shades(len(layers)), strict=True)) | {f"={deep}": SHADES["equal"]}
    ends = {}
    for spots, style in ((plain, "-"), (grown, "--")):
        for kind, spot in spots.items():
            if style == "--" and spot == plain[kind]:
                continue
            loss = summary.loss(data, spot)
            moments = np.arange(1, len(loss) + 1) / len(loss) * spot.frames
            ax.plot(moments, loss, style, marker=".", color=colors[kind], label=summary.label(data, spot.network))
            ends[spot.network] = loss[-1]
    classes = np.atleast_1d(data.attrs["num_classes"])[0]
    ax.xaxis.set_major_formatter(EngFormatter(sep=" "))
    ax.set(xlabel="frames seen in training", ylabel="training loss (nats)", title="Training loss of sigmoid networks")
    ax.legend(fontsize=9)
    lab.caption(
        fig,
        f"At the end the loss of {deep} layers is {ends[plain[deep].network]:.2f}, with pretraining "
        f"{ends[grown[deep].network]:.2f}; that of one layer of as many weights is "
        f"{ends[plain[f'={deep}'].network]:.2f}. Dashed: pretrained layer by layer at the start. A network "
        f"that takes all {classes} classes for equally likely has a loss of {leads.chance(data):.2f}. Measured on "
        f"{MEASURED:,} training frames; means over seeds.",
    )
    return fig


def _tuning(data: xr.Dataset) -> Figure:
    """The errors on development voices by rate, in short and in full trainings, for every first tuning."""
    keys = zip(*(data[f"tried_{name}"].values for name in ("network", "frames")), strict=True)
    spots = list(dict.fromkeys(Spot(str(network), int(frames)) for network, frames in keys))
    fig, axes = lab.panels(len(spots), columns=min(5, len(spots)), size=(2.5, 2.5), sharex=True)
    full = 0
    for ax, spot in zip(axes, spots, strict=True):
        here = (data.tried_network == spot.network) & (data.tried_frames == spot.frames) & (data.tried_tuning == 0)
        some = data.isel(trial=np.flatnonzero(here.values))
        for seen, color in zip(sorted(set(some.tried_seen.values)), (lab.SKY, lab.BLUE), strict=True):
            at = some.tried_seen.values == seen
            rates, errors, decays = (
                some[f"tried_{name}"].values[at] for name in ("learning_rate", "error", "weight_decay")
            )
            common = decays == decays[0]  # the decay of the first trial, with which all rates were tried
            order = np.argsort(rates[common])
            ax.plot(rates[common][order], 100 * errors[common][order], "o-", color=color, markersize=4)
            ax.plot(rates[~common], 100 * errors[~common], "x", color=color, markersize=5)
        chosen, tried, errors = (
            summary.chosen_rate(data, spot),
            some.tried_learning_rate.values,
            some.tried_error.values,
        )
        ax.axvline(chosen, color=lab.VERMILION, linewidth=1)
        best = 100 * errors.min()
        if (beyond := 100 * errors > best + ABOVE).any():
            ax.set_ylim(best - 0.05 * ABOVE, best + ABOVE)
            marks = np.full(beyond.sum(), 0.97)
            ax.plot(tried[beyond], marks, "^", color="black", markersize=5, transform=ax.get_xaxis_transform())
        full += len(summary.at_an_end(data, spot))
        label, _, form = summary.label(data, spot.network).partition(" (")
        ax.set_xscale("log")
        ax.set_title(f"{label}, {summary.thousands(spot.frames)}\n{form.rstrip(')') or 'ReLU'}", fontsize=8.5)
        lab.log_ticks(ax.xaxis, [0.0005, 0.002, 0.008, 0.032])
        ax.tick_params(labelsize=8, labelbottom=True)
        ax.set_xlabel("learning rate", fontsize=9)
    for ax in axes[:: min(5, len(spots))]:
        ax.set_ylabel("development error (%)", fontsize=9)
    looks = [(lab.SKY, "o-"), (lab.BLUE, "o-"), ("#7F7F7F", "x"), (lab.VERMILION, "-")]
    handles = [axes[0].plot([], [], look, color=color)[0] for color, look in looks]
    names = ["short trainings", "full trainings", "either, with another weight decay", "chosen rate"]
    fig.legend(handles, names, loc="outside lower center", ncols=4, fontsize=9)
    fig.suptitle("Error on development voices by learning rate")
    lab.caption(
        fig,
        f"In {full} of {len(spots)} panels a tuned number lies at an end of those tried, in this or another tuning. "
        "Each panel: a network and its number of frames (first tuning, one seed). Lines: rates with one decay, that of "
        "the middle in short trainings and the best of them in full ones; another was chosen where crosses lie more "
        "than 0.1 points lower. The chosen rate is the vertex of the parabola through the best full training with the "
        "chosen decay and both its neighbours. Black: "
        f"over {ABOVE:g} points above the best of the panel.",
    )
    return fig


def _utterance(data: xr.Dataset) -> Figure:
    """The spectrogram, and below it the frames at which each network is wrong."""
    spots = summary.spots(data)
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(11, 4.6), sharex=True, height_ratios=(2.2, 1))
    seconds = np.arange(data.sizes["shown"] + 1) * 0.01
    top.pcolormesh(seconds, np.arange(BANDS + 1), data.shown_bands.values.T, cmap=lab.SEQUENTIAL, rasterized=True)
    who = data.voice.values[int(data.attrs["development_voices"])]
    top.set(ylabel="mel band, 80 Hz to 8 kHz", title=f"Spectrogram of a test voice ({who}), with its phonemes")
    names = [str(name).partition(" ")[0] for name in data.class_name.values]
    truth = [names[i] for i in data.shown_class.values]
    _phonemes(top, truth)
    every = (spots.deep, spots.equal, spots.wide_in_time)
    told, labels = [], [summary.label(data, spot.network) for spot in every]
    for row, spot in enumerate(every):
        said = summary.said(data, spot)
        wrong = said != data.shown_class.values
        color = SHADES[microsoft.kind(spot.network.split()[1])]
        marks = np.where(wrong, 1.0, np.nan)[None]
        bottom.pcolormesh(seconds, [row, row + 0.8], marks, cmap=ListedColormap([color]))
        other = np.mean([names[i] != name for i, name in zip(said, truth, strict=True)])
        told.append(f"{labels[row]} at {100 * np.mean(wrong):.0f}% ({100 * other:.0f}%)")
    bottom.set_yticks([0.4, 1.4, 2.4], labels)
    bottom.set(xlabel="seconds", ylim=(3, -0.2), title="Frames at which a network is wrong")
    for ax in (top, bottom):
        ax.grid(False)
    lab.caption(
        fig,
        f"In these two seconds networks are wrong at these shares of frames (in brackets: wrong phoneme): "
        f"{', '.join(told)}. Above: {BANDS} log-mel bands every 10 ms, with noise, as the networks get them, and the "
        "spoken phonemes of 30 ms and more, by eSpeak's names; yellow: more energy. Below: marks where a network "
        "chooses the wrong third of a phoneme, or "
        "another phoneme. Networks of seed 0; the widest trained for as many seconds as the deep one.",
    )
    return fig


def _phonemes(ax: Axes, truth: Sequence[str]) -> None:
    """Write the phonemes over the spectrogram, where there is room for their names."""
    changes = [0, *(i for i in range(1, len(truth)) if truth[i] != truth[i - 1]), len(truth)]
    for start, end in itertools.pairwise(changes):
        ax.axvline(start * 0.01, color="white", linewidth=0.5, alpha=0.6)
        if end - start >= 3:
            ax.text((start + end) / 2 * 0.01, BANDS - 1.5, truth[start].replace("_", "–"), color="white", fontsize=8,
                    ha="center", va="top", path_effects=[withStroke(linewidth=2, foreground="black")])  # fmt: skip
