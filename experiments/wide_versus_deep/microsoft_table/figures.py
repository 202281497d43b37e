"""The figures of `microsoft_table`: they draw from its data alone."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.lab import figures as lab
from experiments.wide_versus_deep.microsoft_table import summary
from experiments.wide_versus_deep.shared import microsoft, table_figures
from experiments.wide_versus_deep.shared.judging import ALPHA
from experiments.wide_versus_deep.shared.microsoft import WORD_ERRORS, kind
from experiments.wide_versus_deep.shared.table_figures import MARKERS, NAMES, SHADES
from experiments.wide_versus_deep.shared.tasks import OVERLAP
from nnjax import mlp

SPEECH = "Speech (Microsoft, 2011)"
SIZE = (3.3, 4.1)


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Microsoft's table beside those measured here, and the same errors by the number of weights."""
    return {"tables": _tables(data), "weights": _weights(data)}


def _tables(data: xr.Dataset) -> Figure:
    """Error over that of one layer of N, by layers: as published, and as measured here, on one scale."""
    tasks = list(map(str, data.task.values))
    fig, axes = lab.panels(1 + len(tasks), size=SIZE, sharey=True)
    table_figures.by_layers(axes[0], table_figures.published())
    axes[0].set_title(f"{SPEECH}\nN = {microsoft.NEURONS:,}", fontsize=10)
    axes[0].set_ylabel("error over that of 1 x N (%)")
    for ax, task, neurons in zip(axes[1:], tasks, np.atleast_1d(data.attrs["neurons"]), strict=True):
        table_figures.by_layers(ax, {str(name): _relative(data, task, str(name)) for name in data.network.values})
        ax.set_title(f"{task}\nN = {neurons}", fontsize=10)
    fig.suptitle("Test error by the number of layers, over that of one layer")
    fig.legend(table_figures.handles(), NAMES.values(), loc="outside lower center", ncols=3, fontsize=9)
    lab.caption(fig, _tables_found(data))
    return fig


def _relative(data: xr.Dataset, task: str, network: str) -> tuple[float, ...]:
    """Percent of the mean error of one layer of N, with the interval of the difference to it, paired by draw."""
    base = float(summary.by_draw(data, task, "1").mean())
    one = summary.gain(data, task, network, "1")
    return tuple(100 * (1 - value / base) for value in (one.estimate, one.high, one.low))


def _tables_found(data: xr.Dataset) -> str:
    parts, names = [], summary.counted(data.attrs["layers"])
    matched = [name for name in map(str, data.network.values) if kind(name) == "equal"]
    for task in map(str, data.task.values):
        told = [
            f"{summary.label(data, task, name)}: {summary.error(data, task, name).estimate:.1f} %"
            for name in (names[0], names[-1], matched[0], microsoft.WIDEST)
        ]
        sure = sum(one.p_value <= ALPHA and one.estimate > 0 for one in summary.steps(data, task))
        parts.append(f"on {task} {sure} of {len(names) - 1} added layers help for certain ({', '.join(told)})")
    number = data.sizes["draw"] * data.sizes["seed"]
    return (
        f"Without pretraining, {', and '.join(parts)}. On Microsoft's speech each layer helps up to five, and one "
        "layer never catches up, however wide (word error; the deep networks were pretrained). Bars and bands: 95 % of "
        f"the difference to 1 x N over {data.sizes['draw']} draws of the data ({number} networks each){_redealt(data)}."
    )


def _redealt(data: xr.Dataset) -> str:
    """Of the tasks whose intervals are wider, as their draws deal the same rows anew."""
    found = [task for task in OVERLAP if task in data.task.values]
    return f"; {', '.join(found)}: wider, as draws deal the same rows anew (Nadeau & Bengio 2003)" if found else ""


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
        errors = {str(name): summary.error(data, task, str(name)) for name in data.network.values}
        params = {str(name): int(data.num_params.sel(task=task, network=name)) for name in data.network.values}
        widths = {str(name): int(data.width.sel(task=task, network=name)) for name in data.network.values}
        found = {name: (one.estimate, one.low, one.high) for name, one in errors.items()}
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
        f"The least mean error has {', and '.join(told)}. Beside each deep network stand its layers, beside each "
        "shallow one its neurons. A network that lies lower at the same place uses its weights better. Bars: 95 % over "
        "draws of the data, which all networks share, so differences are known better than the bars "
        f"tell{_redealt(data)}.",
    )
    return fig


def _published_params() -> dict[str, float]:
    """Parameters of the published networks."""
    hidden = {name: (microsoft.NEURONS,) * int(name) for name in WORD_ERRORS if name.isdigit()}
    hidden |= {name: (width,) for name, width in microsoft.WIDTHS.items()}
    first, last = microsoft.ENDS
    return {name: mlp.num_params((first, *hidden[name], last)) for name in WORD_ERRORS}
