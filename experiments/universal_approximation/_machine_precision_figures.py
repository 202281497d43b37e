"""The figures of `machine_precision`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, PURPLE, caption, interval_line
from experiments.universal_approximation import _machine_precision_verdicts as judge
from nnjax import statistics, tasks

EPS = np.finfo(float).eps
ENOUGH = 6  # chains from which a bootstrap interval of a median holds it with a chance of 95 %
KINDS = {"equal": ORANGE, "wider": GREEN}


def formula(target: str) -> str:
    return tasks.TARGETS[target].formula


def errors(data: xr.Dataset) -> Figure:
    """Test errors of all starts by target, untrained, trained and in chains, with polynomials and aims."""
    fig, ax = plt.subplots(figsize=(9.6, 5.2))
    last = data.isel(stage=-1)
    ways = [("untrained units, output solved", data.untrained_rms, COLORS["neutral"]), ("trained", data.rms, BLUE)]
    ways += [(f"chain of {chain(data, kind)}", last.chain_rms.sel(kind=kind), KINDS[kind]) for kind in data.kind.values]
    rng = np.random.default_rng(0)
    for k, (label, values, color) in enumerate(ways):
        for i, target in enumerate(data.target.values):
            y, place = values.sel(target=target).values, i + 0.2 * (k - 1.5)
            ax.plot(
                place + rng.uniform(-0.06, 0.06, len(y)), y, "o", color=color, markersize=3.5, alpha=0.6,
                label=label if i == 0 else None,
            )  # fmt: skip
            ax.hlines(np.median(y), place - 0.09, place + 0.09, color=color, linewidth=2.4)
    for degree, marker in zip(data.degree.values, "Dx", strict=True):
        y = data.polynomial_rms.sel(degree=degree)
        ax.plot(np.arange(len(y)) + 0.42, y, marker, color=PURPLE, label=f"Chebyshev, degree {degree}")
    for i, target in enumerate(data.target.values):
        for aim in [judge.RUNGE_MEDIAN, judge.RUNGE_BEST] if target == judge.RUNGE else [judge.AIM, judge.CHAIN_AIM]:
            ax.hlines(aim, i - 0.45, i + 0.5, color="black", linewidth=1, linestyle=":")
    ax.set(yscale="log", ylabel="test error (RMS)", title=f"{data.attrs['units']} tanh units, and networks on the rest")
    ax.set_xticks(range(data.sizes["target"]), [formula(str(name)) for name in data.target.values])
    ax.grid(False, axis="x")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    caption(fig, _errors_found(data))
    return fig


def chain(data: xr.Dataset, kind: str) -> str:
    """The units of the networks of a chain, as "32 + 64"."""
    return data.attrs[str(kind)].strip("(),").replace(", ", " + ")


def _errors_found(data: xr.Dataset) -> str:
    gains = np.log10(data.untrained_rms / data.rms).median("seed")
    units, degree, worse = data.attrs["units"], int(data.degree[0]), _no_better(data)
    return (
        f"Claim: on smooth targets {units} trained tanh units err by 1e-10 at most, with networks on the residual by "
        "1e-13 (dotted: aims; for Runge's function 1e-6 median and 1e-8 best). Found: medians "
        f"{_list(data, data.rms.median('seed'))}; over random units with the best output layer, training gains "
        f"{float(gains.min()):.1f} to {float(gains.max()):.1f} digits (medians). A polynomial of degree {degree} "
        f"({judge.coefficients(degree, units)}) is as good or better on {worse or 'no target'}. Each dot is one start, "
        f"each bar a median ({data.sizes['seed']} networks, {data.sizes['chain']} chains for each target)."
    )


def _list(data: xr.Dataset, values: xr.DataArray) -> str:
    return ", ".join(f"{float(values.sel(target=name)):.0e}" for name in data.target.values)


def _no_better(data: xr.Dataset) -> str:
    polynomial = data.polynomial_rms.isel(degree=0)
    names = [str(name) for name in data.target.values if data.rms.median("seed").sel(target=name) >= polynomial.sel(
        target=name)]  # fmt: skip
    return " and ".join(formula(name) for name in names)


def stages(data: xr.Dataset) -> Figure:
    """Error after every network of a chain by target, and rounding by the sum of output weights."""
    fig, axes = plt.subplots(1, data.sizes["target"], figsize=(2.3 * data.sizes["target"] + 0.9, 3.6), sharey=True)
    for ax, target in zip(np.atleast_1d(axes), data.target.values, strict=True):
        for kind in data.kind.values:
            one = data.chain_rms.sel(kind=kind, target=target)
            parts = [statistics.bootstrap(one.sel(stage=stage).values) for stage in data.stage.values]
            label = f"{chain(data, kind)} units"
            interval_line(ax, data.stage, *np.array(parts).T, label=label, color=KINDS[kind], bars=True)
        floor = EPS * data.chain_sum.sel(target=target).isel(kind=-1).median("chain")
        ax.plot(data.stage, floor, ":", color=COLORS["neutral"], label=r"$\epsilon\,\Sigma|v|$")
        ax.axhline(judge.CHAIN_AIM, color="black", linewidth=1, linestyle="--")
        ax.set(yscale="log", xlabel="networks", title=formula(str(target)), xticks=data.stage.values)
    first = np.atleast_1d(axes)[0]
    first.set_ylabel("test error (RMS)")
    handles, labels = first.get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=3)
    caption(fig, _stages_found(data))
    return fig


def _stages_found(data: xr.Dataset) -> str:
    ends = data.chain_rms.isel(stage=-1).median("chain")
    told = "; ".join(f"{chain(data, k)} units {_list(data, ends.sel(kind=k))}" for k in data.kind.values)
    largest = data.chain_sum.isel(stage=-1).median("chain").max("kind")
    sums = ", ".join(f"{float(largest.sel(target=name)):,.0f}" for name in data.target.values)
    chains = data.sizes["chain"]
    # A resample of n is the extremes alone, below 6, too often for 95 %.
    shown = "95 % bootstrap intervals" if chains >= ENOUGH else "ranges"
    return (
        f"Claim: further networks on what is left, scaled to 1, reach 1e-13 (dashed) with output weights of sum 1,000 "
        f"at most. Found, medians by target: {told}; sums {sums}. The second network lowers the error {_gains(data)}. "
        "Dotted: eps times the sum of the absolute output weights, which is where rounding begins. Medians and "
        f"{shown} of {chains} chains."
    )


def _gains(data: xr.Dataset) -> str:
    """By how many times the second network of each kind lowers the median error, from the least to the most."""
    if data.sizes["stage"] < 2:
        return "nowhere, as there is none"
    middle = data.chain_rms.median("chain")
    gain = middle.isel(stage=0) / middle.isel(stage=1)
    parts = []
    for kind in data.kind.values:
        units = data.attrs[str(kind)].strip("()").split(", ")[1]
        low, high = float(gain.sel(kind=kind).min()), float(gain.sel(kind=kind).max())
        parts.append(f"{_times(low)} to {_times(high)} times with {units} units")
    return ", ".join(parts)


def _times(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"


def residuals(data: xr.Dataset) -> Figure:
    """What the first chain of growing width leaves along the interval, after every network."""
    shown = [name for name in ("exp_cos", "reciprocal_sin", "runge") if name in data.target.values]
    shown = shown or [str(data.target.values[0])]
    left = data.left.sel(kind=data.kind.values[-1])
    fig, axes = plt.subplots(
        data.sizes["stage"], len(shown), figsize=(3.6 * len(shown), 1.6 * data.sizes["stage"] + 0.6), sharex=True,
        squeeze=False,
    )  # fmt: skip
    turns = {}
    for column, target in zip(axes.T, shown, strict=True):
        for ax, stage in zip(column, data.stage.values, strict=True):
            one = left.sel(target=target, stage=stage)
            power = int(np.floor(np.log10(np.abs(one).max())))
            ax.plot(data.place, one / 10.0**power, color=BLUE, linewidth=0.9)
            ax.text(0.02, 0.97, f"$\\times 10^{{{power}}}$", transform=ax.transAxes, va="top", size=9)
            most = 1.5 * float(np.abs(one).max()) / 10.0**power
            ax.set_ylim(-most, most)
            turns[target, stage] = int((np.diff(np.sign(one)) != 0).sum())
        column[0].set_title(formula(target))
        column[-1].set_xlabel("x")
    for ax, stage in zip(axes[:, 0], data.stage.values, strict=True):
        ax.set_ylabel(f"left by {stage}")
    counts = "; ".join(f"{formula(t)} {', '.join(str(turns[t, s]) for s in data.stage.values)}" for t in shown)
    caption(
        fig,
        f"What one chain of {chain(data, data.kind.values[-1])} units leaves between the training "
        f"rows. Signs change so often: {counts}. Where they change more "
        "often than a network has numbers, three for each unit, and without a pattern, what is left is rounding, which "
        "a further network cannot learn.",
    )
    return fig
