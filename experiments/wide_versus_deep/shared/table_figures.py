"""How Microsoft's table and ours are drawn: error by the number of layers, and by the number of weights."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

from experiments.lab.figures import BLUE, COLORS, GREEN, VERMILION
from experiments.wide_versus_deep.shared.microsoft import WORD_ERRORS, kind

SHADES, MARKERS = {"deep": BLUE, "equal": VERMILION, "wide": GREEN}, {"deep": "o", "equal": "s", "wide": "D"}
NAMES = {"deep": "L layers of N neurons", "equal": "one layer of as many weights", "wide": "one far wider layer"}


def published() -> dict[str, tuple[float, ...]]:
    """The published word errors in percent of that of one layer of N, without intervals."""
    return {name: (100 * value / WORD_ERRORS["1"],) * 3 for name, value in WORD_ERRORS.items()}


def by_layers(ax: Axes, found: dict[str, tuple[float, ...]]) -> None:
    """Draw deep networks by their layers, single layers of equal weights above the L they match, the widest as a line.

    `found` has the estimate and both ends of its interval, in percent of the error of one layer of N.
    """
    deep = {int(name): values for name, values in found.items() if kind(name) == "deep"}
    ax.plot(list(deep), [values[0] for values in deep.values()], color=SHADES["deep"], linewidth=1.2)
    for name, (middle, low, high) in found.items():
        what = kind(name)
        if what == "wide":
            ax.axhline(middle, color=SHADES[what], linestyle="--")
            ax.axhspan(low, high, color=SHADES[what], alpha=0.15, linewidth=0)
        else:
            place = int(name.lstrip("="))
            ax.vlines(place, low, high, color=SHADES[what], linewidth=1.6)
            ax.plot(place, middle, MARKERS[what], color=SHADES[what])
    ax.axhline(100, color=COLORS["neutral"], linewidth=0.8, zorder=0)
    ax.set_xticks(list(deep))
    ax.set_xlabel("hidden layers L")


def handles() -> list[Line2D]:
    """Handles for the legend of `by_layers`, in the order of NAMES."""
    lines = [Line2D([], [], color=SHADES[name], marker=MARKERS[name]) for name in ("deep", "equal")]
    lines[1].set_linestyle("none")
    return [*lines, Line2D([], [], color=SHADES["wide"], linestyle="--")]


def by_weights(
    ax: Axes, params: Mapping[str, float], widths: Mapping[str, int], found: Mapping[str, tuple[float, ...]]
) -> None:
    """Draw errors with their intervals by the number of weights.

    A deep network is labelled with its number of layers, a shallow one with its number of neurons. The labels of the
    kind that errs more at equal weights stand above it, those of the other below, so that they avoid the other line.
    """
    deep = [name for name in found if kind(name) == "deep"]
    shallow = [deep[0], *(name for name in found if kind(name) != "deep")]
    for names, shade in ((deep, SHADES["deep"]), (shallow, SHADES["equal"])):
        ax.plot([params[n] for n in names], [found[n][0] for n in names], color=shade, linewidth=1.2, zorder=1)
    equal = next(name for name in found if kind(name) == "equal")
    deep_errs_more = found[equal[1:]][0] > found[equal][0]
    for name, (middle, low, high) in found.items():
        what = kind(name)
        ax.vlines(params[name], low, high, color=SHADES[what], linewidth=1.6)
        ax.plot(params[name], middle, MARKERS[what], color=SHADES[what])
        above = (what == "deep") == deep_errs_more
        look: dict[str, Any] = {"ha": "center", "xytext": (0, 6 if above else -13)}
        if what != "deep":
            tilt = 50 if above else -50
            look = {"va": "bottom" if above else "top", "rotation": tilt, "rotation_mode": "anchor"}
            look["xytext"] = (4, 4) if above else (4, -4)
        told = name if what == "deep" else f"{widths[name]:,}"
        halo = [withStroke(linewidth=2.5, foreground="white")]  # bars and lines pass behind the numbers
        ax.annotate(told, (params[name], middle), textcoords="offset points", fontsize=8, path_effects=halo, **look)
    ax.set_xscale("log")
    wide = max(params.values()) > 20 * min(params.values())
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 3) if wide else (1, 2, 5)))
    ax.xaxis.set_major_formatter(EngFormatter(sep=" "))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.margins(0.14, 0.2)
    ax.set_xlabel("weights and biases")
