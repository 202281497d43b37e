"""The figures of `xor.failures`: how many are stuck when, where they end, and what their weights do."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as lab
from experiments.xor.failures.stuck import KINDS, NEAR, SOLVED, left
from experiments.xor.failures.verdicts import ROUNDING, left_by_kind
from experiments.xor.shared.solved import TOLERANCE
from nnjax import statistics

LINES = {"color": [lab.BLUE, lab.SKY, lab.GREEN], "linestyle": ["-", "--", "-"]}
KIND_COLORS = (
    lab.COLORS["solved"],
    lab.PURPLE,
    lab.COLORS["stuck"],
    lab.ORANGE,
    lab.BLUE,
    lab.COLORS["neutral"],
)


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `plateau_escape`, `where_stuck` and `growing_weights`."""
    return {
        "plateau_escape": _plateau_escape(data),
        "where_stuck": _where_stuck(data),
        "growing_weights": _growing_weights(data),
    }


def _called(data: xr.Dataset, name: str) -> str:
    """The name of a setting, with the rate where it was tuned."""
    rate = f"{float(data.rate.sel(setting=name)):.3g}"
    return name if name.endswith(f"rate {rate}") else f"{name} ({rate})"


def _style(i: int) -> dict:
    return {key: values[i % len(values)] for key, values in LINES.items()}


def _plateau_escape(data: xr.Dataset) -> Figure:
    fig, (share, curves) = plt.subplots(1, 2, figsize=(10, 4.2), width_ratios=(1.15, 1))
    epoch, networks = data.epoch.values[1:], data.sizes["seed"]
    for i, name in enumerate(data.setting.values):
        count = data.num_stuck.sel(setting=name).values[1:]
        bounds = statistics.wilson(count, np.full(len(count), networks))
        lab.interval_line(share, epoch, count / networks, *bounds, _called(data, name), marker="", **_style(i))
    for checkpoint in data.checkpoint.values:
        share.axvline(checkpoint, color=lab.COLORS["neutral"], linewidth=0.8, linestyle=":")
    share.set(
        xscale="log",
        ylim=(0, 1),
        xlabel="epochs",
        ylabel="share of networks that are stuck",
        title="Networks that are stuck",
    )
    lab.log_ticks(share.xaxis)
    share.legend(loc="center right", frameon=True, framealpha=1, edgecolor="none")
    name = data.setting.values[0]
    one = data.sel(setting=name)
    for curve in range(data.sizes["curve"]):
        end = "stuck" if bool(one.stuck.isel(checkpoint=-1, seed=curve)) else "solved"
        curves.plot(epoch, one.loss_curve.values[curve, 1:], color=lab.COLORS[end], linewidth=1.2)
    for end in ("solved", "stuck"):
        curves.plot([], [], color=lab.COLORS[end], label=f"{end} at the end")
    curves.axhline(
        0.125,
        color=lab.COLORS["reference"],
        linewidth=0.8,
        linestyle=":",
        label="0.125: two right, two at 1/2",
    )
    curves.set(xscale="log", yscale="log", xlabel="epochs", ylabel="mean squared error", ylim=(1e-5, 0.5))
    lab.log_ticks(curves.xaxis)
    curves.set_title(f"Loss of {data.sizes['curve']} networks ({name})")
    curves.legend(loc="lower left")
    parts = []
    for name in data.setting.values:
        shares = [f"{float(s):.1%}" for s in data.stuck.sel(setting=name).mean("seed")]
        parts.append(f"{', '.join(shares)} ({name})")
    last = len(data.checkpoint) - 1
    counts = [left(data.sel(setting=name), last - 1, last) for name in data.setting.values]
    lab.caption(
        fig,
        f"Of the networks stuck after {data.checkpoint.values[-2]:,} epochs, "
        f"{', '.join(f'{a} of {b} ({name})' for (a, b), name in zip(counts, data.setting.values, strict=True))} solve "
        f"XOR by {data.checkpoint.values[-1]:,}. A network is stuck while an output is more than {TOLERANCE:g} from "
        f"its target. Of {networks:,} networks each, the share stuck after "
        f"{', '.join(f'{c:,}' for c in data.checkpoint.values)} epochs (dotted) is {'; '.join(parts)}. "
        "Bands: 95% Wilson intervals. Rates are for half the sum of squares.",
    )
    return fig


def _where_stuck(data: xr.Dataset) -> Figure:
    names = data.setting.values
    shape = {"figsize": (10.5, 6.3), "height_ratios": (1.5, 1), "squeeze": False}
    fig, axes = plt.subplots(2, len(names), sharey="row", **shape)
    # Each kind has its own place beside the row's middle, since kinds at one level would overlap.
    ends = data.kind.isel(checkpoint=-1)
    shown = [number for number in range(1, len(KINDS)) if bool((ends == number).any())]
    width = 0.8 / max(1, len(shown))
    jitter = np.random.default_rng(0).uniform(-0.4 * width, 0.4 * width, (data.sizes["seed"], 4))
    for column, name in enumerate(names):
        one = data.sel(setting=name)
        at_end, kinds = one.stuck.isel(checkpoint=-1).values, one.kind.isel(checkpoint=-1).values
        top = axes[0, column]
        for place, number in enumerate(shown):
            found = at_end & (kinds == number)
            middle = (place - (len(shown) - 1) / 2) * width
            places, values = np.arange(4) + middle + jitter[found], one.outputs.isel(checkpoint=-1).values[found]
            top.scatter(places, values, s=7, color=KIND_COLORS[number], linewidths=0, alpha=0.7)
        top.set(xticks=range(4), xticklabels=data.row.values, xlabel="input row", title=_called(data, name))
        top.set(xlim=(-0.5, 3.5), ylim=(-0.06, 1.06))
        rows = np.arange(4)
        top.hlines([0, 1, 1, 0], rows - 0.4, rows + 0.4, color=lab.COLORS["reference"], linewidths=1.2, zorder=3)
        bottom, start = axes[1, column], np.zeros(data.sizes["checkpoint"])
        labels = [f"{epochs:,}" for epochs in data.checkpoint.values]
        for number in range(1, len(KINDS)):
            if not bool((data.kind == number).any()):
                continue
            share = (one.kind == number).mean("seed").values
            bottom.barh(labels, share, left=start, color=KIND_COLORS[number], label=KINDS[number])
            start += share
        bottom.set(xlim=(0, 1), xlabel="share of networks that are stuck")
        bottom.grid(visible=False, axis="y")
        bottom.invert_yaxis() if column == 0 else None
    axes[0, 0].set_ylabel(f"output after {data.checkpoint.values[-1]:,} epochs")
    axes[1, 0].set_ylabel("epochs")
    fig.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    fig.suptitle("Outputs of stuck networks, and how many are stuck")
    stuck = [f"{int((ends.sel(setting=name) != SOLVED).sum()):,} ({name})" for name in names]
    lab.caption(
        fig,
        f"After {data.checkpoint.values[-1]:,} epochs, of {data.sizes['seed']:,} networks each, {', '.join(stuck)} "
        "are stuck. Above: their outputs on the four rows, with the targets (black). Below: the shares that are "
        f"stuck, coloured by their outputs. Of those stuck after {data.checkpoint.values[-2]:,} epochs, these solve "
        f"XOR by {data.checkpoint.values[-1]:,}: {_who_left(data)}. An output within {NEAR} of a level counts as at "
        "it.",
    )
    return fig


def _who_left(data: xr.Dataset) -> str:
    """How many sigmoid networks left, by their earlier outputs: for each setting alone, as settings share seeds."""
    sigmoid = [name for name in data.setting.values.tolist() if name.startswith("sigmoid")]
    parts = [f"with {name}, {left_by_kind(data.sel(setting=name)) or 'none was stuck'}" for name in sigmoid]
    return "; ".join(parts) or "no sigmoid network was trained"


def _growing_weights(data: xr.Dataset) -> Figure:
    fig, axes = plt.subplots(1, 2, figsize=(10, 4.2))
    epoch, stuck = data.epoch.values[1:], data.sel(end="stuck").isel(epoch=slice(1, None))
    for ax, variable, what in zip(
        axes, ("weights_curve", "gradient_curve"), ("sum of |weights|", "norm of the gradient"), strict=True
    ):
        for i, name in enumerate(data.setting.values):
            low, middle, high = stuck[variable].sel(setting=name).values
            lab.interval_line(ax, epoch, middle, low, high, _called(data, name), marker="", **_style(i))
        ax.set(xscale="log", xlabel="epochs", ylabel=what)
        lab.log_ticks(ax.xaxis)
    axes[0].set_title("Weights of stuck networks")
    axes[0].set_ylim(0, 1.15 * axes[0].get_ylim()[1])
    axes[1].set(yscale="log", title="Gradients of stuck networks")
    axes[0].legend(loc="upper left")
    curved, lead = [], {"sigmoid": [], "ReLU": []}
    for name in data.setting.values:
        before, end = (data.sel(setting=name).isel(checkpoint=i) for i in (-2, -1))
        now = end.stuck.values
        if now.any():
            weights, gradients = (
                [float(np.median(one[what].values[now])) for one in (before, end)] for what in ("weights", "gradient")
            )
            curved.append(f"{np.median(end.least_eigenvalue.values[now]):.1e} ({name})")
            lead[name.partition(",")[0]].append((weights, gradients))
    lab.caption(
        fig,
        f"{_how_they_move(lead, data.checkpoint.values[-2:])}Lines are medians and bands quartiles of the networks "
        f"that are stuck at the end, with an output more than {TOLERANCE:g} from its target. The median of their "
        "Hessian's least eigenvalue (not drawn) is then "
        f"{', '.join(curved) or 'unknown, as none is stuck'}.",
    )
    return fig


def _how_they_move(found: dict[str, list[tuple[list[float], list[float]]]], epochs: np.ndarray) -> str:
    """What the medians of weights and gradients do between the last two checkpoints, a sentence for each activation."""
    said = []
    for activation, settings in found.items():
        if not settings:
            continue
        if all(gradients[1] <= ROUNDING for _, gradients in settings):
            said.append(f"Stuck {activation} networks stand still: their gradient is zero up to rounding. ")
            continue
        growth = [weights[1] / weights[0] for weights, _ in settings]
        fall = [gradients[0] / max(gradients[1], ROUNDING) for _, gradients in settings]
        said.append(
            f"From {epochs[0]:,} to {epochs[1]:,} epochs, the summed weights of stuck {activation} networks "
            f"{'grow' if min(growth) > 1 else 'change'} by a factor of {_range(growth)}, and the norm of their "
            f"gradient is divided by {_range(fall)}. "
        )
    return "".join(said)


def _range(values: list[float]) -> str:
    least, most = f"{min(values):.3g}", f"{max(values):.3g}"
    return least if least == most else f"{least} to {most}"
