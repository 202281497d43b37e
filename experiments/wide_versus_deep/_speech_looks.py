"""Two seconds of a test voice: what a network hears, what is said, and what networks answer."""

import itertools
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, GREEN, SEQUENTIAL, VERMILION, caption
from experiments.wide_versus_deep import _speech_data as heard
from experiments.wide_versus_deep import _speech_summary as summary
from nnjax.tasks import Data

if TYPE_CHECKING:
    from experiments.wide_versus_deep.speech import Config

BANDS = 40


def utterance(rows: Data, config: "Config") -> dict[str, Any]:
    """Log-mel bands [shown, band], the right classes [shown], and the names of all classes."""
    middle = (rows.x.shape[1] // BANDS) // 2 * BANDS
    bands = heard.shown(rows.x_test)[:, middle : middle + BANDS]
    names = [name if name == "_" else f"{name} {'123'[part]}" for name, part in heard.made(config)[2]]
    return {
        "shown_bands": (("shown", "band"), bands.astype("float32")),
        "shown_class": ("shown", heard.shown(rows.y_test).argmax(axis=1).astype("int16")),
        "class_name": ("class", names),
    }


def draw(data: xr.Dataset) -> Figure:
    """The spectrogram above, and below it who is wrong where."""
    column, deepest = str(data.column.values[0]), str(data.compared.values[0])
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(11, 4.6), sharex=True, height_ratios=(2.2, 1))
    seconds = np.arange(data.sizes["shown"] + 1) * 0.01
    top.pcolormesh(seconds, np.arange(BANDS + 1), data.shown_bands.values.T, cmap=SEQUENTIAL, rasterized=True)
    who = data.voice.values[int(data.attrs["development_voices"])]
    top.set(ylabel="mel band, 80 Hz to 8 kHz", title=f"A voice that no network has heard ({who})")
    names = [str(name).partition(" ")[0] for name in data.class_name.values]
    truth = [names[i] for i in data.shown_class.values]
    _phonemes(top, truth)
    kinds = {deepest: BLUE, f"={deepest}": VERMILION, "wide": GREEN}
    told, labels = [], [summary.label(data, column, network) for network in kinds]
    for row, (network, color) in enumerate(kinds.items()):
        said = data.said.sel(column=column, network=network).values.astype(int)
        wrong = said != data.shown_class.values
        marks = np.where(wrong, 1.0, np.nan)[None]
        bottom.pcolormesh(seconds, [row, row + 0.8], marks, cmap=ListedColormap([color]))
        other = np.mean([names[i] != name for i, name in zip(said, truth, strict=True)])
        told.append(f"{labels[row]} {np.mean(wrong):.0%} of frames ({other:.0%} by the phoneme alone)")
    bottom.set_yticks([0.4, 1.4, 2.4], labels)
    bottom.set(xlabel="seconds", ylim=(3, -0.2))
    for ax in (top, bottom):
        ax.grid(False)
    caption(
        fig,
        "Above: 40 log-mel bands every 10 ms, with noise, as networks get them, and what is spoken, by eSpeak's names "
        "of phonemes. Below: marked where a network takes the wrong third of a phoneme, or another one. Wrong here: "
        f"{'; '.join(told)}. Networks of seed 0.",
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
