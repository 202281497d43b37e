"""The figures of `microsoft_table`: they draw from its data alone."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

from experiments.lab.figures import BLUE, GREEN, VERMILION, caption
from experiments.wide_versus_deep import _microsoft_table_verdicts as rules
from experiments.wide_versus_deep._equal_budgets_summary import OVERLAP
from nnjax import mlp

# Deep networks, one layer of equal weights, and the far wider one.
SHADES, MARKERS = {"deep": BLUE, "equal": VERMILION, "wide": GREEN}, {"deep": "o", "equal": "s", "wide": "D"}
NAMES = {"deep": "L layers of N", "equal": "one layer of equal weights", "wide": "one layer, far wider"}
SPEECH = "Speech (Microsoft, 2011)"


def kind(network: str) -> str:
    return "deep" if network.isdigit() else "equal" if network.startswith("=") else "wide"


def tables(data: xr.Dataset) -> Figure:
    """Error over that of one layer of N, by layers: what Microsoft found, and what we did, on one scale."""
    tasks = list(map(str, data.task.values))
    fig, axes = plt.subplots(1, 1 + len(tasks), figsize=(3.1 * (1 + len(tasks)) + 0.6, 3.9), sharey=True)
    panel(axes[0], microsoft_relative())
    axes[0].set_title(f"{SPEECH}\nN = {rules.MICROSOFT_NEURONS:,}", fontsize=10)
    axes[0].set_ylabel("error over that of 1 x N (%)")
    for ax, task, neurons in zip(axes[1:], tasks, np.atleast_1d(data.attrs["neurons"]), strict=True):
        panel(ax, {str(name): _relative(data, task, str(name)) for name in data.network.values})
        ax.set_title(f"{task}\nN = {neurons}", fontsize=10)
    for ax in axes:
        ax.set_xlabel("hidden layers L")
    fig.legend(handles(), NAMES.values(), loc="outside upper center", ncols=3, fontsize=9)
    caption(fig, _tables_found(data))
    return fig


def microsoft_relative() -> dict[str, tuple[float, ...]]:
    """Percent of the word error of one layer of N, as published, without intervals."""
    return {name: (100 * value / rules.MICROSOFT["1"],) * 3 for name, value in rules.MICROSOFT.items()}


def _relative(data: xr.Dataset, task: str, network: str) -> tuple[float, ...]:
    """Percent of the mean error of one layer of N, with the interval of the difference to it, paired by draw."""
    base = float(rules.by_draw(data, task, "1").mean())
    one = rules.gain(data, task, network, "1")
    return tuple(100 * (1 - value / base) for value in (one.estimate, one.high, one.low))


def panel(ax: Axes, found: dict[str, tuple[float, ...]]) -> None:
    """Deep networks by their layers; one layer of equal weights above the L that it matches; the widest as a line."""
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
    ax.axhline(100, color="#7F7F7F", linewidth=0.8, zorder=0)
    ax.set_xticks(list(deep))


def handles() -> list:
    lines = [Line2D([], [], color=SHADES[name], marker=MARKERS[name]) for name in ("deep", "equal")]
    lines[1].set_linestyle("none")
    return [*lines, Line2D([], [], color=SHADES["wide"], linestyle="--")]


def _tables_found(data: xr.Dataset) -> str:
    text = (
        "Claim: each layer helps up to five, and one layer never catches up, however wide (left, word error; its deep "
        "networks were pretrained). Found, test errors without pretraining: "
    )
    parts = []
    for task in map(str, data.task.values):
        names = rules.counted(data)
        told = [f"{rules.label(data, task, n)} {rules.error(data, task, n).estimate:.1f} %" for n in _told(data, names)]
        sure = sum(one.p_value <= rules.ALPHA and one.estimate > 0 for one in rules.steps(data, task))
        parts.append(f"{task}: {', '.join(told)}; {sure} of {len(names) - 1} layers help for certain")
    number = data.sizes["draw"] * data.sizes["seed"]
    return text + ". ".join(parts) + (
        f". Bars and bands: 95 % of the difference to 1 x N over {data.sizes['draw']} draws of the data "
        f"({number} networks each){_redealt(data)}."
    )  # fmt: skip


def _redealt(data: xr.Dataset) -> str:
    """Of the tasks whose intervals are wider, as their draws deal the same rows anew."""
    found = [task for task in OVERLAP if task in data.task.values]
    return f"; {', '.join(found)}: wider, as draws deal the same rows anew (Nadeau & Bengio 2003)" if found else ""


def _told(data: xr.Dataset, names: list[str]) -> list[str]:
    matched = [name for name in map(str, data.network.values) if kind(name) == "equal"]
    return [names[0], names[-1], matched[0], "wide"]


def weights(data: xr.Dataset) -> Figure:
    """Errors by the number of weights and biases."""
    tasks = list(map(str, data.task.values))
    fig, axes = plt.subplots(1, 1 + len(tasks), figsize=(3.1 * (1 + len(tasks)) + 0.6, 3.9))
    params, values = _microsoft()
    _by_weights(axes[0], params, rules.MICROSOFT_WIDTHS, {name: (value,) * 3 for name, value in values.items()})
    axes[0].set(title=SPEECH, ylabel="word error (%)")
    for ax, task in zip(axes[1:], tasks, strict=True):
        errors = {str(name): rules.error(data, task, str(name)) for name in data.network.values}
        params = {str(name): int(data.num_params.sel(task=task, network=name)) for name in data.network.values}
        widths = {str(name): int(data.width.sel(task=task, network=name)) for name in data.network.values}
        _by_weights(ax, params, widths, {name: (one.estimate, one.low, one.high) for name, one in errors.items()})
        ax.set(title=task, ylabel="wrong test rows (%)")
    handles = [Line2D([], [], color=SHADES[name], marker=MARKERS[name], linestyle="none") for name in NAMES]
    fig.legend(handles, NAMES.values(), loc="outside upper center", ncols=3, fontsize=9)
    caption(
        fig,
        "The same networks by what they hold: below each deep one its layers, beside each shallow one its neurons. "
        "A network that lies lower at the same place uses its weights better. Bars: 95 % over draws of the "
        f"data, which all networks share: differences are known better than these tell{_redealt(data)}.",
    )
    return fig


def _microsoft() -> tuple[dict[str, int], dict[str, float]]:
    """Parameters and word errors of the published table."""
    hidden = {name: (rules.MICROSOFT_NEURONS,) * int(name) for name in rules.MICROSOFT if name.isdigit()}
    hidden |= {name: (width,) for name, width in rules.MICROSOFT_WIDTHS.items()}
    first, last = rules.MICROSOFT_ENDS
    return {name: mlp.num_params((first, *hidden[name], last)) for name in rules.MICROSOFT}, rules.MICROSOFT


def _by_weights(ax: Axes, params: dict[str, int], widths: dict[str, int], found: dict[str, tuple[float, ...]]) -> None:
    deep = [name for name in found if kind(name) == "deep"]
    shallow = [deep[0], *(name for name in found if kind(name) != "deep")]
    for names, shade in ((deep, SHADES["deep"]), (shallow, SHADES["equal"])):
        ax.plot([params[n] for n in names], [found[n][0] for n in names], color=shade, linewidth=1.2, zorder=1)
    for name, (middle, low, high) in found.items():
        what = kind(name)
        ax.vlines(params[name], low, high, color=SHADES[what], linewidth=1.6)
        ax.plot(params[name], middle, MARKERS[what], color=SHADES[what])
        look: dict[str, Any] = {"ha": "center"} if what == "deep" else {"rotation": -40, "va": "top"}
        told, offset = (name, (0, -13)) if what == "deep" else (f"{widths[name]:,}", (1, -3))
        halo = [withStroke(linewidth=2.5, foreground="white")]  # bars and lines pass behind the numbers
        ax.annotate(
            told, (params[name], middle), offset, textcoords="offset points", fontsize=8, path_effects=halo, **look
        )
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(EngFormatter(sep=" "))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.margins(0.14)
    ax.set_xlabel("weights and biases")
