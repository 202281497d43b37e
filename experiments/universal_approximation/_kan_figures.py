"""KANs against plain networks: error by parameters, and by seconds."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from experiments.lab.figures import COLORS, VERMILION, caption
from experiments.universal_approximation._kan_targets import KAN_TARGETS
from experiments.universal_approximation._kan_verdicts import EXPONENT, decisive, duels

LINES = {
    "KAN, L-BFGS": (VERMILION, "s"),
    "L-BFGS": (COLORS["L-BFGS"], "o"),
    "variable projection": (COLORS["variable projection"], "o"),
}


def parameters(data: xr.Dataset) -> Figure:
    """A panel for each function."""
    fig, axes = _panels(data, "trained parameters")
    for ax, target in zip(axes, data.target.values, strict=True):
        one = data.sel(target=target)
        _line(ax, one.kan_params, one.kan, "KAN, L-BFGS")
        for solver in data.solver.values:
            plain = one.sel(solver=solver)
            _line(ax, plain.mlp_params, plain.mlp, str(solver))
        _guide(ax, one)
        # Within one decade or two: powers of ten alone would be too few.
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_locator(NullLocator())
    _finish(fig, axes)
    told = [_told(data, solver) for solver in data.solver.values]
    caption(
        fig,
        "Claim (Liu et al. 2024): on functions of a simple structure, networks with splines on their edges (KANs) need "
        "fewer parameters than plain ones, and their error falls with the fourth power (dotted). KANs by pykan with "
        "the paper's shapes and grids; plain networks of one or two equal hidden layers. Found, at the KAN's best size "
        f"and with at most as many parameters: {'; '.join(told)}. Median of {data.sizes['seed']} seeds, bars from the "
        "least to the greatest; root mean square on 10,000 fresh inputs. Where a KAN's error rises again, its splines "
        "follow single training points.",
    )
    return fig


def seconds(data: xr.Dataset) -> Figure:
    """The same errors by the seconds that one network took."""
    fig, axes = _panels(data, "processor time of one network (s)")
    for ax, target in zip(axes, data.target.values, strict=True):
        one = data.sel(target=target)
        _line(ax, one.kan_seconds.median("seed"), one.kan, "KAN, L-BFGS")
        for solver in data.solver.values:
            plain = one.sel(solver=solver)
            _line(ax, plain.mlp_seconds, plain.mlp, str(solver))
    _finish(fig, axes)
    ratio = data.kan_seconds.median("seed") / data.mlp_seconds.sel(solver="L-BFGS")
    caption(
        fig,
        "The same networks by what they cost. A KAN's point holds all its grids so far; a plain network's point is one "
        "network trained from the start, without the second or so that compiling its program takes once. For as many "
        f"iterations of L-BFGS pykan takes {_span(ratio.values)} times the processor time of ours "
        f"(median {float(np.nanmedian(ratio)):.2g}).",
    )
    return fig


def _panels(data: xr.Dataset, label: str) -> tuple[Figure, list[Axes]]:
    count = data.sizes["target"]
    rows = -(-count // 2)
    fig, grid = plt.subplots(rows, min(count, 2), figsize=(8.6, 3.0 * rows + 0.4), squeeze=False)
    axes = list(grid.flat)
    for ax in axes[count:]:
        ax.remove()
    for ax, target in zip(axes, data.target.values, strict=False):
        goal = KAN_TARGETS[str(target)]
        ax.set_title(f"{goal.formula}     KAN {'-'.join(map(str, goal.shape))}", fontsize=10)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel(label)
        ax.set_ylabel("test error (RMS)")
    return fig, axes[:count]


def _line(ax: Axes, x: xr.DataArray, error: xr.DataArray, name: str) -> None:
    """Median over seeds against x [size], bars from the least to the greatest."""
    colour, marker = LINES[name]
    places, values = x.values, error.values
    kept = (places > 0) & np.isfinite(places) & np.isfinite(values).all(axis=-1)
    label = name if name.startswith("KAN") else f"plain network, {name}"
    ax.plot(places[kept], np.median(values[kept], axis=-1), marker=marker, color=colour, label=label)
    ax.vlines(places[kept], values[kept].min(axis=-1), values[kept].max(axis=-1), color=colour, linewidth=1.3)


def _guide(ax: Axes, one: xr.Dataset) -> None:
    """The fourth power, through the KAN's first point."""
    kept = one.kan_params.values > 0
    params, start = one.kan_params.values[kept].astype(float), float(one.kan.median("seed")[0])
    bottom = ax.get_ylim()[0]
    line = start * (params / params[0]) ** EXPONENT
    ax.plot(params, line, color=COLORS["reference"], linestyle=":", linewidth=1, label="fourth power")
    ax.set_ylim(bottom=bottom)


def _finish(fig: Figure, axes: list[Axes]) -> None:
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize=9)


def _told(data: xr.Dataset, solver: str) -> str:
    """Who was ahead on how many functions, and by how much."""
    ratios = [decisive(duels(data, str(target), solver)).ratio for target in data.target.values]
    ahead = [1 / r for r in ratios if r < 1]
    words = "with the same solver" if solver == "L-BFGS" else f"with {solver}"
    if not ahead:
        return f"{words} plain networks are ahead on no function"
    by = " to ".join(_plain(ratio) for ratio in sorted({min(ahead), max(ahead)}))
    return f"{words} plain networks are ahead on {len(ahead)} of {len(ratios)} functions, by factors of {by}"


def _span(values: np.ndarray) -> str:
    values = values[np.isfinite(values)]
    return f"{values.min():.2g} to {values.max():.2g}"


def _plain(value: float) -> str:
    """Two digits, written out: 1.6, 18, 87,000."""
    return f"{float(f'{value:.2g}'):,g}" if value < 10 else f"{float(f'{value:.2g}'):,.0f}"
