"""The table of deep and shallow networks of Seide, Li & Yu (2011), which `microsoft_table` and `speech` repeat, and how
it is drawn.

The numbers are those that later works and talks repeat; the paper itself was not at hand.
"""

import xarray as xr
from matplotlib.axes import Axes

from experiments.lab import figures as fg
from experiments.lab.estimates import exact
from experiments.lab.sources import SEIDE

SOURCE = f"{SEIDE}, table of deep networks beside single layers, as later works repeat it"
# Word error in percent: "5" has five layers, "=5" one layer of as many weights, "wide" one of 16,000 neurons.
WORD_ERRORS = {"1": 24.2, "2": 20.4, "3": 18.4, "4": 17.8, "5": 17.2, "7": 17.1, "=5": 22.5, "=7": 22.6, "wide": 22.1}
NEURONS = 2_048  # of every layer of the deep networks
COLORS = {"deep": fg.BLUE, "equal": fg.VERMILION, "wide": fg.GREEN}
LABELS = {"deep": "L layers of N neurons", "equal": "one layer of as many weights", "wide": "one far wider layer"}


def kind(network: str) -> str:
    """`deep`, `equal` (one layer of as many weights) or `wide` (the far wider layer), by the name of a network."""
    return "deep" if network.isdigit() else "equal" if network.startswith("=") else "wide"


def word_errors() -> xr.Dataset:
    """The published word errors in percent of that of one layer [network]."""
    errors = xr.DataArray(list(WORD_ERRORS.values()), {"network": list(WORD_ERRORS)}, "network")
    return exact(100 * errors / WORD_ERRORS["1"])


def by_layers(ax: Axes, parts: xr.Dataset) -> None:
    """Errors in percent of that of one layer of N [network]: single layers above the L that they match, the far wider
    one as a line."""
    deep = parts.sel(network=[name for name in parts.network.values if kind(name) == "deep"])
    ax.plot(deep.network.values.astype(int), deep.value, color=COLORS["deep"], linewidth=1.2)
    for name in parts.network.values.tolist():
        value, low, high = (parts[end].sel(network=name).item() for end in ("value", "low", "high"))
        color, label = COLORS[kind(name)], LABELS[kind(name)]
        if kind(name) == "wide":
            ax.axhline(value, color=color, linestyle="--", label=label)
            ax.axhspan(low, high, color=color, alpha=0.15, linewidth=0)
        else:
            place = int(name.lstrip("="))
            ax.vlines(place, low, high, color=color, linewidth=1.6)
            ax.plot(place, value, "o" if kind(name) == "deep" else "s", color=color, label=label)
    ax.axhline(100, color=fg.GREY, linewidth=0.8, zorder=0)
    ax.set_xticks(deep.network.values.astype(int))
