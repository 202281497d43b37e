"""The figures of `xor.parity`: how epochs grow with the number of bits, survival curves, and success."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator

from experiments.lab import figures as lab
from experiments.xor.parity.summary import growth, median_epochs, share_solved
from nnjax import statistics

COLORS = {1: lab.ORANGE, 2: lab.BLUE}


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `parity_growth`, `parity_survival` and `parity_success`."""
    return {
        "parity_growth": _growth_figure(data),
        "parity_survival": _survival_figure(data),
        "parity_success": _success_figure(data),
    }


def _width(multiple: int) -> str:
    return f"{'' if multiple == 1 else multiple}N hidden neurons"


def _growth_figure(data: xr.Dataset) -> Figure:
    fig, axes = plt.subplots(1, 2, figsize=(10, 4.6))
    for ax, per_epoch, unit in zip(axes, (1, 2), ("epochs", "presentations"), strict=True):
        _growth_panel(ax, data, per_epoch)
        ax.set(yscale="log", xlabel="number of bits N", ylabel=f"median number of {unit}")
        ax.set_title(f"{unit.capitalize()} until parity is learned")
        ax.xaxis.set_major_locator(MultipleLocator(1))
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if per_epoch == 1 else (1,)))
        lab.log_ticks(ax.yaxis, text="{:,.0f}")
    lab.shared_legend(fig, axes, ncols=3)
    parts = []
    for multiple in data.multiple.values:
        base = growth(data.sel(multiple=multiple))
        if np.isnan(base.base):
            censored = [n for n in data.bits.values if not np.isfinite(_medians(data, multiple)[n].estimate)]
            failing = f"more than half fail at N = {', '.join(map(str, censored))}"
            reason = failing if censored else "too few values of N"
            parts.append(f"with {_width(multiple)} no growth can be fitted ({reason})")
            continue
        parts.append(
            f"with {_width(multiple)} it grows by a factor of {base.base:.2f} [{base.low:.2f}, {base.high:.2f}] per "
            f"bit in epochs and {2 * base.base:.2f} [{2 * base.low:.2f}, {2 * base.high:.2f}] in presentations"
        )
    lab.caption(
        fig,
        f"Median time to learn N-bit parity: {'; '.join(parts)}. Tesauro & Janssens (1988) report about 4 per bit; an "
        f"epoch has $2^N$ presentations. Points: Kaplan-Meier medians of {data.sizes['seed']} networks, trained at "
        f"rates and momenta that were tuned {data.sizes['tuning']} times for the point, with 95% intervals that leave "
        "the randomness of tuning out. Arrows: more than half of the networks had not learned parity when training "
        "ended, so the median lies above. Guides start at the first point of the networks with most hidden neurons.",
    )
    return fig


def _medians(data: xr.Dataset, multiple: int) -> dict[int, statistics.Interval]:
    return {int(n): median_epochs(data.sel(multiple=multiple, bits=n)) for n in data.bits.values}


def _growth_panel(ax: Axes, data: xr.Dataset, per_epoch: int) -> None:
    """Medians with intervals and fitted lines; `per_epoch` is 1 for epochs, 2 for 2^N presentations in each."""
    bits = data.bits.values.astype(int)
    factor = float(per_epoch) ** bits
    for multiple in data.multiple.values:
        found, color = list(_medians(data, multiple).values()), COLORS.get(multiple, lab.GREEN)
        estimate, low, high = np.array(found).T * factor
        high = np.where(np.isfinite(high), high, data.attrs["cap"] * factor)
        lab.interval_line(ax, bits, estimate, low, high, _width(multiple), color=color, bars=True, linestyle="none")
        _beyond(ax, bits[~np.isfinite(estimate)] + 0.12 * (multiple - 1), per_epoch, data.attrs["cap"], color)
        base = growth(data.sel(multiple=multiple))
        if np.isfinite(base.base):
            fit = base.scale * (per_epoch * base.base) ** bits
            ax.plot(bits, fit, color=color, linewidth=1.2, label=f"{_width(multiple)}, fitted")
    greatest = data.sel(multiple=data.multiple.values[-1]).isel(bits=0)
    start = min(median_epochs(greatest).estimate, data.attrs["cap"]) * factor[0]
    for guide, style in ((2.0, ":"), (4.0, "--")):
        label = f"guide: growth as ${guide:.0f}^N$"
        ax.plot(
            bits,
            start * guide ** (bits - bits[0]),
            style,
            color=lab.COLORS["theory"],
            linewidth=1,
            label=label,
        )
    _unseen(ax, bits, per_epoch, data.attrs["cap"])


def _beyond(ax: Axes, bits: np.ndarray, per_epoch: int, cap: int, color: str) -> None:
    """Draw arrows upwards from the cap, for medians that are only known to lie above it."""
    for n in bits.tolist():
        start = cap * float(per_epoch) ** n
        arrow = {"arrowstyle": "->", "color": color, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (n, start * 2.6), (n, start), arrowprops=arrow)


def _unseen(ax: Axes, bits: np.ndarray, per_epoch: int, cap: int) -> None:
    """Shade what lies beyond the longest training, where nothing was observed."""
    ends = np.array([bits[0] - 0.25, bits[-1] + 0.25])
    line = cap * float(per_epoch) ** ends
    ax.set_xlim(*ends)
    ax.set_yscale("log")
    ax.plot(ends, line, color=lab.COLORS["neutral"], linewidth=1)
    ax.set_ylim(top=line[-1] * 4)
    ax.fill_between(ends, line, ax.get_ylim()[1], color=lab.COLORS["neutral"], alpha=0.18, linewidth=0,
                    label=f"beyond {cap:,} epochs: not observed")  # fmt: skip


def _survival_figure(data: xr.Dataset) -> Figure:
    count = data.sizes["multiple"]
    fig, axes = plt.subplots(1, count, figsize=(5 * count if count > 1 else 7, 4.2), sharey=True, squeeze=False)
    colors = lab.shades(data.sizes["bits"])
    for ax, multiple in zip(axes[0], data.multiple.values, strict=True):
        for color, n in zip(colors, data.bits.values, strict=True):
            one = data.sel(multiple=multiple, bits=n)
            label = f"N = {n}"
            first, cap = data.attrs["resolution"], data.attrs["cap"]
            if not one.solved.any():
                ax.plot([first, cap], [1, 1], color=color, label=label)
                continue
            curve = statistics.kaplan_meier(one.epochs.values, one.solved.values)
            time = np.concatenate([[first], curve.time, [cap]])
            share = np.concatenate([[1], curve.survival, curve.survival[-1:]])
            ax.step(time, share, where="post", color=color, label=label)
            low, high = (np.concatenate([[1], end, end[-1:]]) for end in (curve.low, curve.high))
            ax.fill_between(time, low, high, step="post", color=color, alpha=0.12, linewidth=0)
        ax.axhline(0.5, color=lab.COLORS["neutral"], linewidth=0.8, linestyle=":")
        ax.set(xscale="log", xlabel="epochs", ylim=(0, 1.02), title=f"Parity not yet learned, {_width(multiple)}")
        lab.log_ticks(ax.xaxis)
    axes[0, 0].set_ylabel("share of networks")
    axes[0, -1].legend(loc="upper right", title="number of bits")
    last = [
        f"{float(1 - data.solved.sel(multiple=k).isel(bits=-1).mean()):.1%} of the networks with {_width(k)}"
        for k in data.multiple.values
    ]
    lab.caption(
        fig,
        f"After {data.attrs['cap']:,} epochs, {' and '.join(last)} have not learned {data.bits.values[-1]}-bit parity. "
        f"Kaplan-Meier curves with 95% bands at the tuned numbers, of {data.sizes['seed']} networks each; the median "
        "is where a curve crosses 0.5 (dotted).",
    )
    return fig


def _success_figure(data: xr.Dataset) -> Figure:
    fig, ax = plt.subplots()
    networks, parts = data.sizes["seed"], []
    for multiple in data.multiple.values:
        found = np.array([share_solved(data.sel(multiple=multiple, bits=n)) for n in data.bits.values])
        lab.interval_line(
            ax,
            data.bits.values,
            found[:, 0],
            found[:, 1],
            found[:, 2],
            _width(multiple),
            color=COLORS.get(multiple, lab.GREEN),
            bars=True,
        )
        parts.append(f"{found[-1, 0]:.0%} of the networks with {_width(multiple)}")
    ax.set(xlabel="number of bits N", ylabel="share of networks that learn parity", ylim=(0, 1.02))
    ax.set_title("Networks that learn N-bit parity")
    ax.xaxis.set_major_locator(MultipleLocator(1))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.1f}"))
    ax.legend(loc="best")
    lab.caption(
        fig,
        f"{' and '.join(parts)} learn {data.bits.values[-1]}-bit parity within "
        f"{data.attrs['cap']:,} epochs. N hidden neurons suffice to compute N-bit parity. Bars: 95% intervals "
        f"over {data.sizes['tuning']} tunings; {networks} networks each.",
    )
    return fig
