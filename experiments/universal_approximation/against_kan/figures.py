"""The figures of `against_kan`: KANs beside plain networks, error by parameters and by seconds."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab import figures as lab
from experiments.lab.figures import COLORS, VERMILION, caption
from experiments.universal_approximation.against_kan.summary import EXPONENT, WORST, best, ratios, slowness
from experiments.universal_approximation.against_kan.targets import KAN_TARGETS

FAR = 1e3  # times the least error of the draws
LINES = {
    "KAN, L-BFGS": (VERMILION, "s"),
    "L-BFGS": (COLORS["L-BFGS"], "o"),
    "variable projection": (COLORS["variable projection"], "o"),
}


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `parameters` and `seconds`."""
    return {"parameters": _parameters(data), "seconds": _seconds(data)}


def _parameters(data: xr.Dataset) -> Figure:
    """A panel for each function."""
    fig, axes = _panels(data, "number of trained parameters", "Test errors of KANs and plain networks by size")
    for ax, target in zip(axes, data.target.values, strict=True):
        one = data.sel(target=target)
        _line(ax, one.kan_params, one.kan, "KAN, L-BFGS")
        for solver in data.solver.values:
            plain = one.sel(solver=solver)
            _line(ax, plain.mlp_params, plain.mlp, str(solver))
        _guide(ax, one)
        lab.log_ticks(ax.xaxis, one.kan_params.values[one.kan_params.values > 0])
    lab.shared_legend(fig, axes)
    told = "; ".join(_told(data, str(solver)) for solver in data.solver.values)
    told = f"{told[:1].upper()}{told[1:]} (a KAN of its best size, plain networks of no more parameters"
    open_too = any(one.side == 0 for one in ratios(data).values())
    caption(
        fig,
        f"{told}; Student's t over draws, Holm's correction). "
        f"{'Other differences are not significant. ' if open_too else ''}"
        "By Liu et al. (2024) KANs, networks with splines on their edges, need fewer parameters on functions of a "
        "simple structure, and their error falls with the fourth power of the parameters (dotted). "
        f"KANs: pykan{_version(data)}, the paper's shapes (in the titles) and grids. Plain networks: 1 or 2 hidden "
        f"layers. Marks: medians of {data.sizes['draw']} draws; bars: least to greatest. Where a KAN's error rises "
        f"again, its splines probably fit single training points.{_stuck(data)}{_lost(data)}",
    )
    return fig


def _stuck(data: xr.Dataset) -> str:
    """A sentence on the functions where errors of KANs of the best size differ by more than FAR between draws."""
    told = []
    for target in data.target.values:
        errors = best(data, str(target))[1][-1]
        if errors.max() > FAR * errors.min():
            told.append(f"from {errors.min():.0e} to {errors.max():.1g} on {KAN_TARGETS[str(target)].formula}")
    return f" Errors of KANs of the best size range {', '.join(told)}: the training of some got stuck." if told else ""


def _seconds(data: xr.Dataset) -> Figure:
    """The same errors by the seconds that one network took."""
    fig, axes = _panels(data, "processor time of one network (s)", "Test errors of KANs and plain networks by time")
    for ax, target in zip(axes, data.target.values, strict=True):
        one = data.sel(target=target)
        _line(ax, one.kan_seconds.median("draw"), one.kan, "KAN, L-BFGS")
        for solver in data.solver.values:
            plain = one.sel(solver=solver)
            _line(ax, plain.mlp_seconds, plain.mlp, str(solver))
    lab.shared_legend(fig, axes)
    caption(
        fig,
        f"{_sooner(data)}The time of a KAN includes that of its coarser grids. The time of a plain network, of this "
        "library and trained from the start, is without the second or so that compiling takes once. Lines join "
        f"networks in order of size. Marks: medians of {data.sizes['draw']} draws of the data; bars: least to "
        f"greatest. {_slower(data)}{_lost(data)}".rstrip(),
    )
    return fig


def _sooner(data: xr.Dataset) -> str:
    """A sentence on how many functions a plain network has an error as low as that of the best KAN in less time."""
    kan = data.kan.median("draw")
    seconds = data.kan_seconds.median("draw")
    sooner = 0
    for target in data.target.values:
        best = kan.sel(target=target)
        size = int(np.nanargmin(best.values))
        plain = data.sel(target=target)
        as_good = (plain.mlp.median("draw") <= float(best[size])) & (
            plain.mlp_seconds < float(seconds.sel(target=target)[size])
        )
        sooner += bool(as_good.any())
    return (
        f"On {sooner} of {data.sizes['target']} functions a plain network reaches the lowest error of the KANs, or a "
        "lower one, in less time than the KAN. "
    )


def _lost(data: xr.Dataset) -> str:
    """A sentence on what the crosses are, if there are any."""
    lost = int((data.kan >= WORST).sum() + (data.mlp >= WORST).sum())
    networks = f"{lost} network{'' if lost == 1 else 's'}"
    return f" Crosses: {networks} diverged or exceeded an error of {WORST:,g}, and count as {WORST:,g}." if lost else ""


def _version(data: xr.Dataset) -> str:
    """The version of pykan after a space, if it was recorded."""
    version = data.attrs.get("versions", {}).get("pykan")
    return f" {version}" if version else ""


def _slower(data: xr.Dataset) -> str:
    """A sentence on what an iteration of a KAN costs, if that was measured."""
    in_torch, ours = (f"{np.median(one):.2g}" if len(one) else "" for one in slowness(data))
    if not in_torch:
        return ""
    return (
        f"An iteration of L-BFGS takes a KAN of pykan {in_torch} times as long as a plain network of about as many "
        f"parameters in PyTorch, and {ours} times as long as one of this library (medians over sizes and functions). "
    )


def _panels(data: xr.Dataset, label: str, title: str) -> tuple[Figure, list[Axes]]:
    count = data.sizes["target"]
    fig, axes = lab.panels(count, columns=2, size=(4.5, 3.1) if count > 1 else (9.0, 3.6))
    for ax, target in zip(axes, data.target.values, strict=True):
        goal = KAN_TARGETS[str(target)]
        ax.set_title(f"{goal.formula}   (KAN {'-'.join(map(str, goal.shape))})", fontweight="normal", fontsize=11)
        ax.set(xscale="log", yscale="log", xlabel=label, ylabel="test error (RMS)")
    fig.suptitle(title)
    return fig, axes


def _line(ax: Axes, x: xr.DataArray, error: xr.DataArray, name: str) -> None:
    """Median over draws against x [size], bars from the least to the greatest; a cross where a network was lost."""
    colour, marker = LINES[name]
    places, values = x.values, np.minimum(error.values, WORST)  # nan where no network was trained
    kept = (places > 0) & np.isfinite(places) & ~np.isnan(values).any(axis=-1)
    lost = kept & (values >= WORST).any(axis=-1)
    label = name if name.startswith("KAN") else f"plain network, {name}"
    ax.plot(places[kept], np.median(values[kept], axis=-1), marker=marker, color=colour, label=label)
    ax.vlines(places[kept], values[kept].min(axis=-1), values[kept].max(axis=-1), color=colour, linewidth=1.3)
    ax.plot(places[lost], np.full(lost.sum(), WORST), "x", color=colour, markersize=8)


def _guide(ax: Axes, one: xr.Dataset) -> None:
    """The fourth power, through the KAN's first point."""
    kept = one.kan_params.values > 0
    params, start = one.kan_params.values[kept].astype(float), float(one.kan.median("draw")[0])
    bottom = ax.get_ylim()[0]
    line = start * (params / params[0]) ** EXPONENT
    ax.plot(params, line, color=COLORS["reference"], linestyle=":", linewidth=1, label="slope of -4")
    ax.set_ylim(bottom=bottom)


def _told(data: xr.Dataset, solver: str) -> str:
    """Which kind of network errs less, on how many functions and by how much, with one solver of plain networks."""
    alone = [one for (_, by), one in ratios(data).items() if by == solver]
    plain, kan = ([float(np.exp(abs(one.mean))) for one in alone if one.side == side] for side in (-1, 1))
    words = "if L-BFGS trains both" if solver == "L-BFGS" else f"if {solver} trains the plain networks"
    (first, most), (other, least) = sorted((("KANs", kan), ("plain networks", plain)), key=lambda one: -len(one[1]))
    if not most:
        return f"{words}, neither is significantly more accurate on any of {len(alone)} functions"
    return (
        f"{words}, errors of {first} are smaller by a factor of {_by(most)} of {len(alone)} functions, those of "
        f"{other} {f'by a factor of {_by(least)}' if least else 'on none'}"
    )


def _by(factors: list[float]) -> str:
    """By what factors errors are smaller, from the least to the greatest, and on how many functions."""
    ends = sorted({_plain(min(factors)), _plain(max(factors))}, key=lambda end: float(end.replace(",", "")))
    return f"{' to '.join(ends)} on {len(factors)}"


def _plain(value: float) -> str:
    """Two digits, written out: 1.6, 18, 87,000."""
    return f"{float(f'{value:.2g}'):,g}" if value < 10 else f"{float(f'{value:.2g}'):,.0f}"
