"""The figure of the benchmarks, drawn from the committed tables."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.lab.claims import ROOT
from experiments.lab.figures import BLUE, GREY, VERMILION
from experiments.lab.results import read_table

FOLDER = ROOT.parent / "results" / "speed"


def times(_: None) -> Figure:
    """Left and middle: time of one training step of one network (2-2-1, 2-8-1), by method; numbers are times that of
    nnjax.sweep. Right: time per network and step by the number of networks of 2-2-1 that are trained together. Points
    are medians of rounds in which the methods take turns, with 95% intervals; compiling is not counted.
    """
    rows, number = read_table(FOLDER / "peers.csv"), pd.read_csv(FOLDER / "number.csv")
    fig, axes = plt.subplots(1, 3, figsize=(12, 4))
    axes[0].sharex(axes[1])
    order = list(dict.fromkeys(row["method"] for row in rows))[::-1]
    for ax, shape in zip(axes, ("2-2-1", "2-8-1"), strict=False):
        for row in (row for row in rows if row["shape"] == shape):
            ns, low, high, times = (float(row[name]) for name in ("ns", "ns_low", "ns_high", "over_engine"))
            own, place = row["method"] == "nnjax.sweep", order.index(row["method"])
            color = BLUE if own else GREY
            ax.plot([low, high], [place, place], color=color)
            ax.plot(ns, place, "o", color=color)
            if not own:
                text = f"{times:,.2g} x" if times < 100 else f"{times:,.0f} x"
                ax.annotate(text, (ns, place), (0, 5), textcoords="offset points", ha="center", fontsize="small")
        ax.set(xscale="log", title=shape, xlabel="ns per network and step", yticks=range(len(order)))
        ax.set_yticklabels(order if shape == "2-2-1" else [])
        ax.margins(x=0.2, y=0.1)
    ax = axes[2]
    ax.fill_between(number.networks, number.ns_low, number.ns_high, color=VERMILION, alpha=0.2, linewidth=0)
    ax.plot(number.networks, number.ns, "o-", color=VERMILION)
    ax.set(xscale="log", yscale="log", title="2-2-1, by number", xlabel="networks trained together")
    ax.set_ylabel("ns per network and step")
    ax.set_xticks(10.0 ** np.arange(0, 7, 2))
    fig.suptitle("One training step of one network: many together cost far less each")
    return fig
