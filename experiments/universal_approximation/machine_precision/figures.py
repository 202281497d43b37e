"""The figures of `machine_precision`: errors by target and way, chains stage by stage, and residuals."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, PURPLE, caption, interval_line, panels, shared_legend
from experiments.universal_approximation.machine_precision import verdicts as judge
from nnjax import statistics, tasks

EPS = np.finfo(float).eps
ENOUGH = 6  # chains from which on a bootstrap interval covers the median with a chance of 95%
KINDS = {"equal": ORANGE, "wider": GREEN}


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `errors`, `stages` and `residuals`."""
    return {"errors": errors(data), "stages": stages(data), "residuals": residuals(data)}


def formula(target: str) -> str:
    return tasks.TARGETS[target].formula


def errors(data: xr.Dataset) -> Figure:
    """Test errors of all starts by target, untrained, trained and in chains, with polynomials and aims."""
    fig, ax = plt.subplots(figsize=(9.6, 5.2))
    last = data.isel(stage=-1)
    ways = [("untrained, output layer solved", data.untrained_rms, COLORS["neutral"])]
    ways += [("trained, one network", data.rms, BLUE)]
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
        ax.plot(np.arange(len(y)) + 0.42, y, marker, color=PURPLE, label=f"Chebyshev polynomial, degree {degree}")
    kinds = (
        ("aim for one network", ":", judge.AIMS),
        ("aim for a chain", "--", dict.fromkeys(judge.SMOOTH, judge.CHAIN_AIM)),
    )
    for label, style, goals in kinds:
        places = [i for i, target in enumerate(data.target.values) if target in goals]
        values = [goals[str(data.target.values[i])] for i in places]
        ax.hlines(
            values, np.array(places) - 0.45, np.array(places) + 0.5, color="black", linewidth=1, linestyle=style,
            label=label,
        )  # fmt: skip
    ax.set(
        yscale="log",
        ylabel="test error (RMS)",
        title=f"Test errors of networks of {data.attrs['units']} tanh units and of chains of networks, by target",
    )
    ax.set_xticks(range(data.sizes["target"]), [formula(str(name)) for name in data.target.values])
    ax.grid(False, axis="x")
    shared_legend(fig, [ax], ncols=3, fontsize=9)
    caption(fig, _errors_found(data))
    return fig


def chain(data: xr.Dataset, kind: str) -> str:
    """The units of the networks of a chain, as "32 + 64"."""
    return data.attrs[str(kind)].strip("(),").replace(", ", " + ")


def _errors_found(data: xr.Dataset) -> str:
    gains = np.log10(data.untrained_rms / data.rms).median("seed")
    units, degree, worse = data.attrs["units"], int(data.degree[0]), _no_better(data)
    return (
        f"From left to right, {units} trained tanh units have median errors of "
        f"{_list(data, data.rms.median('seed'))}, {float(gains.min()):.1f} to {float(gains.max()):.1f} decades below "
        f"those of untrained units with the best output layer (medians). {_chains_found(data)}{_beside_one(data)}"
        f"A polynomial of degree {degree} ({judge.coefficients(degree, units)}) is at least as accurate as a single "
        f"network on {worse or 'no target'}. Dots: {data.sizes['seed']} networks or {data.sizes['chain']} chains per "
        "target; bars: medians."
    )


def _chains_found(data: xr.Dataset) -> str:
    """The greatest median error of each kind of chain over the smooth targets."""
    smooth = [name for name in data.target.values.tolist() if name in judge.SMOOTH]
    if not smooth:
        return ""
    last = data.chain_rms.isel(stage=-1).sel(target=smooth).median("chain").max("target")
    told = " and ".join(f"{float(last.sel(kind=kind)):.0e} ({chain(data, kind)} units)" for kind in data.kind.values)
    return f"Chains, each network trained on the residual, have medians of at most {told} on smooth targets. "


def _beside_one(data: xr.Dataset) -> str:
    known = "equal" in data.kind and any(name in judge.SMOOTH for name in data.target.values.tolist())
    return f"{judge.beside_one(data, 'equal')} " if known else ""


def _list(data: xr.Dataset, values: xr.DataArray) -> str:
    return ", ".join(f"{float(values.sel(target=name)):.0e}" for name in data.target.values)


def _no_better(data: xr.Dataset) -> str:
    polynomial = data.polynomial_rms.isel(degree=0)
    names = [str(name) for name in data.target.values if data.rms.median("seed").sel(target=name) >= polynomial.sel(
        target=name)]  # fmt: skip
    return " and ".join(formula(name) for name in names)


def stages(data: xr.Dataset) -> Figure:
    """Error after every network of a chain by target, and rounding by the sum of output weights."""
    count = data.sizes["target"]
    columns = 3 if count > 4 else count
    fig, axes = panels(count, columns, size=(9.6 / max(columns, 2), 2.7), sharey=True)
    for i, (ax, target) in enumerate(zip(axes, data.target.values, strict=True)):
        for kind in data.kind.values:
            one = data.chain_rms.sel(kind=kind, target=target)
            parts = [statistics.bootstrap(one.sel(stage=stage).values) for stage in data.stage.values]
            label = f"{chain(data, kind)} units"
            interval_line(ax, data.stage, *np.array(parts).T, label=label, color=KINDS[kind], bars=True)
        floor = EPS * data.chain_sum.sel(target=target).isel(kind=-1).median("chain")
        ax.plot(data.stage, floor, ":", color=COLORS["neutral"], label="rounding, rough size")
        if target in judge.SMOOTH:
            ax.axhline(judge.CHAIN_AIM, color="black", linewidth=1, linestyle="--", label="aim")
        ax.set(yscale="log", title=formula(str(target)), xticks=data.stage.values)
        if i + columns >= count:
            ax.set_xlabel("number of networks")
    for ax in axes[::columns]:
        ax.set_ylabel("test error (RMS)")
    shared_legend(fig, axes)
    fig.suptitle("Test errors of chains after each of their networks")
    caption(fig, _stages_found(data))
    return fig


def _stages_found(data: xr.Dataset) -> str:
    ends = data.chain_rms.isel(stage=-1).median("chain")
    told = "; ".join(f"{_list(data, ends.sel(kind=k))} ({chain(data, k)} units)" for k in data.kind.values)
    last = data.chain_sum.isel(kind=-1, stage=-1).median("chain")
    sums = ", ".join(f"{float(last.sel(target=name)):,.0f}" for name in data.target.values)
    chains = data.sizes["chain"]
    # Below 6 chains, the ends of an interval are the extremes, which miss the median too often for 95%.
    shown = "95% bootstrap intervals" if chains >= ENOUGH else "ranges"
    return (
        f"{_gains(data)} Final median errors, in the order of the panels: {told}. Dashed: the aim of "
        f"{judge.CHAIN_AIM:g} for smooth targets. Dotted: {EPS:.1e} times the sum of absolute output weights (at the "
        f"end {sums}), a rough size of rounding; errors may be less. Medians and {shown} of {chains} chains."
    )


def _gains(data: xr.Dataset) -> str:
    """The factors by which the second network of each kind lowers the median error, from the least to the greatest."""
    if data.sizes["stage"] < 2:
        return "There is no second network."
    middle = data.chain_rms.median("chain")
    gain = middle.isel(stage=0) / middle.isel(stage=1)
    parts = []
    for kind in data.kind.values:
        units = data.attrs[str(kind)].strip("()").split(", ")[1]
        low, high = float(gain.sel(kind=kind).min()), float(gain.sel(kind=kind).max())
        parts.append(f"{_times(low)} to {_times(high)} if it has {units} units")
    return f"The second network divides the median error by {', and by '.join(parts)}."


def _times(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"


def residuals(data: xr.Dataset) -> Figure:
    """The residual of the first chain of growing width along the interval, after every network."""
    shown = [name for name in ("exp_cos", "reciprocal_sin", "runge") if name in data.target.values]
    shown = shown or [str(data.target.values[0])]
    left = data.left.sel(kind=data.kind.values[-1])
    fig, axes = plt.subplots(
        data.sizes["stage"], len(shown), figsize=(3.3 * len(shown), 1.6 * data.sizes["stage"] + 0.6), sharex=True,
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
        ax.set_ylabel(f"residual after\n{stage} network{'' if stage == 1 else 's'}")
    counts = "; ".join(f"{', '.join(str(turns[t, s]) for s in data.stage.values)} on {formula(t)}" for t in shown)
    fig.suptitle("Residuals of a chain after each of its networks")
    caption(
        fig,
        f"Numbers of sign changes of the residual after each network of a chain of "
        f"{chain(data, data.kind.values[-1])} units: {counts}. White noise on these {data.sizes['place']} points, "
        f"between the training points, would change sign about {(data.sizes['place'] - 1) / 2:.0f} times. Where the "
        "number comes near that, what is left is rounding, which a further network cannot learn.",
    )
    return fig
