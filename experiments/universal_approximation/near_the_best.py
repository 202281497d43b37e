"""How near do ReLU networks come to the best of their size, and tanh networks to float64's precision?

ReLU: the best network of N units that many local searches find is computed without training. So is E(N + 1), the error
of the best N + 1 straight pieces, which no such network can beat. A search trains networks by variable projection, and
moves knots between descents (`knot_search`). Adam and L-BFGS start from the same kind of start, and take at least the
seconds of the search. A trial in the same process tells how many steps these are. So their steps, and the errors they
reach, differ from machine to machine. Adam's rate is tuned for every target and width, at full length, on seeds that
are not reported. Errors are exact, in L2; targets are moved to [0, 1], which changes no ratio of errors.

Tanh: single networks 1-32-1 are trained by variable projection in float64 on [-1, 1], from a damping that is tuned on
seeds that are not reported. In chains, each network is trained on the residual of those before it (`tanh_chains`).
Errors are root mean squares between the training points. No single network of as many units as a chain is trained. So
the gain from further networks cannot be separated from that from more units.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import average, equally, estimate, mapped, mean, median, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, PUBLISHED, Statement, above, below
from experiments.universal_approximation import knot_search, same_seconds, tanh_chains
from nnjax.tasks import TARGETS
from nnjax.theory import approximation

STORE = False  # sweeps are timed
SOLVERS = {"Adam": "adam", "L-BFGS": "bounded_lbfgs"}
SMOOTH = ("exp_sin", "sine", "exp_cos", "reciprocal_sin")  # Runge's function has poles near the interval
FITS = ("sine", "exp", "runge")  # whose networks are drawn


@dataclass(frozen=True)
class Config:
    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = ("sine", "exp", "square", "runge")  # of ReLU networks
    units: Annotated[tuple[int, ...], at_least(2)] = (4, 8, 16, 32, 64)  # ReLU units N
    seeds: Annotated[int, at_least(2)] = 32  # starts of ReLU networks and of single tanh networks
    solvers: Annotated[tuple[str, ...], one_of(SOLVERS)] = tuple(SOLVERS)  # that are compared with the search
    rates: tuple[float, ...] = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3)  # learning rates of Adam that are tried
    tuning_seeds: int = 6  # that choose the rate, never reported
    # training rows, by units
    rows: Annotated[tuple[int, ...], at_least(2, rising=False)] = (
        1024,
        1024,
        1024,
        2048,
        1024,
    )
    # training rows of the last descent, by units
    final_rows: Annotated[tuple[int, ...], at_least(2, rising=False)] = (
        4096,
        4096,
        4096,
        6144,
        2048,
    )
    rounds: Annotated[tuple[int, ...], at_least(1, rising=False)] = (12, 12, 10, 6, 6)  # of descent, by units
    taken_apart: int = 16  # units of the searches that lack an ingredient
    shown: int = 8  # units of the networks that are drawn
    tanh_targets: Annotated[tuple[str, ...], one_of(TARGETS)] = (*SMOOTH, "runge")
    tanh_rates: tuple[float, ...] = (0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5)  # reciprocals of the first damping
    tanh_tuning_seeds: int = 8  # that choose the damping, and frequencies of chains, never reported
    equal: Annotated[tuple[int, ...], at_least(1, rising=False)] = (32, 32, 32)  # tanh units of the networks of a chain
    wider: Annotated[tuple[int, ...], at_least(1, rising=False)] = (32, 64, 96)  # of a chain that grows
    frequencies: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # factors on the weights of later networks
    chains: Annotated[int, at_least(2)] = 12

    def search(self, units: int) -> knot_search.Search:
        """The search with all its ingredients for networks of this width."""
        i = self.units.index(units)
        return knot_search.Search(self.rows[i], self.final_rows[i], self.rounds[i])


QUICK = Config(
    targets=("sine",), units=(4,), seeds=4, solvers=("Adam",), rates=(0.01,), rows=(64,), final_rows=(64,),
    rounds=(2,), taken_apart=4, shown=4, tanh_targets=("sine",), tanh_rates=(100.0,), tanh_tuning_seeds=1,
    equal=(32,), wider=(32,), frequencies=(4.0,), chains=2,
)  # fmt: skip

NAMES = {
    "target": "target of ReLU networks", "units": "hidden units $N$", "solver": "solver", "way": "way of training",
    "place": "x, moved to [0, 1]", "curves": "output", "ratio": "L2 error / that of the best network",
    "tanh_target": "target of tanh networks", "tanh_way": "way to approximate", "rms": "test error; RMS",
    "median_ratio": "L2 error of a ReLU network over that of the best network; median over starts",
    "least_ratio": "the least of these ratios", "greatest_ratio": "the greatest of these ratios",
    "best": "L2 error of the best network of N units, computed without training",
    "bound": "L2 error E(N + 1) of the best N + 1 straight pieces, which no network of N units beats",
    "seconds": "seconds of all starts of one target together", "steps": "steps that fit into the seconds of the search",
    "rate": "tuned learning rate",
    "median_rms": "root mean square error between the training points; median over networks or chains",
    "least_rms": "the least of these errors", "greatest_rms": "the greatest of these errors",
    "output_sum": "sum of absolute output weights; median over networks or chains",
}  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    for name in ("rows", "final_rows", "rounds"):
        if len(getattr(config, name)) != len(config.units):
            raise ValueError(f"{name}={getattr(config, name)!r} must hold a number for each of units={config.units!r}")
    for name in ("taken_apart", "shown"):
        if getattr(config, name) not in config.units:
            raise ValueError(f"{name}={getattr(config, name)!r} must be one of units={config.units!r}")
    if len(config.equal) != len(config.wider) or config.equal[0] != config.wider[0]:
        raise ValueError(f"equal={config.equal!r} and wider={config.wider!r} must be as long, and begin alike")
    if 3 * max(*config.equal, *config.wider) >= tanh_chains.NUM_ROWS:
        raise ValueError(f"wider={config.wider!r} and equal={config.equal!r} must have fewer units: rows are too few")


def run(config: Config) -> xr.Dataset:
    """Of ReLU networks errors over the best network's [target, units, seed], and what they are compared with; of tanh
    networks errors [tanh_target, seed]."""
    check(config)
    best, nets = _references(config)
    found, trained = _searches(config, best)
    kinds = {"equal": config.equal, "wider": config.wider}
    plan = tanh_chains.Plan(
        config.tanh_targets, config.seeds, config.chains, kinds, config.tanh_rates, config.frequencies,
        config.tanh_tuning_seeds,
    )  # fmt: skip
    parts = [best, found, _others(config, best, found), _taken_apart(config, best), _drawn(config, nets, trained)]
    data = xr.merge([*parts, tanh_chains.run(plan)], compat="no_conflicts", join="outer")
    return data.assign_attrs(taken_apart=config.taken_apart, tanh_units=config.equal[0])


def _references(config: Config) -> tuple[xr.Dataset, dict[str, approximation.ReluNetwork]]:
    """Errors [target, units] of the best networks, and E(N + 1); and the best networks of the width drawn."""
    pairs = [(name, n) for name in config.targets for n in config.units]
    with ThreadPoolExecutor(2) as pool:
        every = [pool.submit(approximation.best_relu_network, knot_search.on_unit_interval(one), n) for one, n in pairs]
    nets = {pair: one.result() for pair, one in zip(pairs, every, strict=True)}
    data = xr.Dataset(coords={"target": list(config.targets), "units": list(config.units)})
    for variable, part in (("best", "error"), ("bound", "bound")):
        values = [[getattr(nets[name, n], part) for n in config.units] for name in config.targets]
        data[variable] = ("target", "units"), values
    return data, {name: nets[name, config.shown] for name in config.targets}


def _searches(config: Config, best: xr.Dataset) -> tuple[xr.Dataset, dict[str, knot_search.Networks]]:
    """Errors over the best network's [target, units, seed], seconds; and the networks of the width that is drawn."""
    shown, ratio = {}, np.empty((*best.best.shape, config.seeds))
    seconds = np.empty(best.best.shape)
    for i, name in enumerate(config.targets):
        for j, n in enumerate(config.units):
            how, search = config.search(n), partial(knot_search.searched, knot_search.on_unit_interval(name), n)
            search(range(config.seeds), how._replace(rounds=1, round_steps=1, final_steps=1))  # compiles
            start = time.perf_counter()
            last = search(range(config.seeds), how)
            seconds[i, j] = time.perf_counter() - start
            ratio[i, j] = knot_search.exact(name, last) / best.best.values[i, j]
            shown |= {name: last} if n == config.shown else {}
    dims = ("target", "units")
    variables = {"ratio": ((*dims, "seed"), ratio), "seconds": (dims, seconds)}
    return xr.Dataset(variables, {**best.coords, "seed": range(config.seeds)}), shown


def _taken_apart(config: Config, best: xr.Dataset) -> xr.Dataset:
    """Errors over the best network's [without, target, seed] of searches that lack an ingredient."""
    n, without = config.taken_apart, knot_search.WITHOUT
    ratio = np.empty((len(without), len(config.targets), config.seeds))
    for i, missing in enumerate(without.values()):
        for j, name in enumerate(config.targets):
            f, how = knot_search.on_unit_interval(name), config.search(n)._replace(**missing)
            last = knot_search.searched(f, n, range(config.seeds), how)
            ratio[i, j] = knot_search.exact(name, last) / best.best.sel(target=name, units=n).item()
    return xr.Dataset({"without_ratio": (("without", "target", "seed"), ratio)}, {"without": list(without)})


def _drawn(config: Config, nets: dict[str, approximation.ReluNetwork], trained: dict[str, Any]) -> xr.Dataset:
    """Knots and values along the interval of the start with the median error, beside those of the best network."""
    x, n = np.linspace(*knot_search.INTERVAL, 257), config.shown
    knots, curves = np.empty((len(nets), 2, n)), np.empty((len(nets), 3, len(x)))
    for i, (name, net) in enumerate(nets.items()):
        middle = int(np.argsort(knot_search.exact(name, trained[name]))[(config.seeds - 1) // 2])
        w, b, v, c = (a[middle] for a in trained[name])
        knots[i] = np.sort(-b / w), np.sort(net.knots)
        curves[i] = knot_search.on_unit_interval(name)(x), np.maximum(x[:, None] * w + b, 0) @ v + c, net(x)
    variables = {"knots": (("target", "whose", "knot"), knots), "curves": (("target", "curve", "place"), curves)}
    coords = {"target": list(nets), "whose": ["trained", "best"], "curve": ["target", "trained", "best"], "place": x}
    return xr.Dataset(variables, coords)


def _others(config: Config, best: xr.Dataset, found: xr.Dataset) -> xr.Dataset:
    """Errors of other solvers over the best network's [solver, target, units, seed], with steps, seconds and rates.

    The seconds are those for all starts of one target.
    """
    parts = []
    for name, solver in SOLVERS.items():
        if name in config.solvers:
            rates = config.rates if name == "Adam" else (1.0,)
            of_each = [
                same_seconds.solved(
                    solver, best.best.sel(units=n), num_rows, found.seconds.sel(units=n).max().item(), config.seeds,
                    rates, config.tuning_seeds,
                )
                for n, num_rows in zip(config.units, config.rows, strict=True)
            ]  # fmt: skip
            parts.append(xr.concat(of_each, "units").assign_coords(solver=name))
    together: Any = xr.concat(parts, "solver")
    return together


# Measures and statements.

NEAR = 1.15  # times the error of the best network
TANH_UNITS, PRECISE = 32, 1e-10  # of a single tanh network: units, and root mean square error
EPSILON = 1e-13  # nearly machine precision


def near(data: xr.Dataset, level: float, target: str, units: int) -> xr.Dataset | None:
    """The search's median error over that of the best network."""
    if target not in data.target or units not in data.units:
        return None
    return median(data.ratio.sel(target=target, units=units), "seed", level).assign_attrs(units="times the best error")


def behind(data: xr.Dataset, level: float) -> xr.Dataset:
    """The error of the better other solver over that of the search, the geometric mean over targets and widths.

    A part may fall where that solver's rate lies at an end of the grid.
    """
    better = data.solver_ratio.median("seed").argmin("solver")
    log = (np.log(data.solver_ratio.isel(solver=better)) - np.log(data.ratio)).clip(-np.log(1e6), np.log(1e6))
    overall = average(log, "seed", equally(log.notnull().any("seed"), "target", "units"), level)
    parts = mapped(np.exp, mean(log, "seed", level))
    found = with_parts(mapped(np.exp, overall), parts, may_fall=data.rate_at_end.any("solver"))
    return found.assign_attrs(units="times the error of the search")


def only_better(found: xr.Dataset, at_end: xr.DataArray, most: float) -> xr.Dataset:
    """A median error that is to be below `most`, and that a number beyond the end of its grid could only lower."""
    open_ = at_end & (found.high >= most)
    return found.assign(low=found.low.where(~open_, 0.0)).assign_attrs(units="RMS", at_edge=int(open_.sum()))


def tanh_error(data: xr.Dataset, level: float, target: str) -> xr.Dataset | None:
    """The median error of single tanh networks."""
    if target not in data.tanh_target or data.attrs["tanh_units"] != TANH_UNITS:
        return None
    one = data.sel(tanh_target=target)
    return only_better(median(one.rms, "seed", level), one.tanh_rate_at_end, PRECISE)


def chain_error(data: xr.Dataset, level: float, kind: str) -> xr.Dataset | None:
    """The median error of the last network of chains on each smooth target."""
    smooth = [name for name in SMOOTH if name in data.tanh_target]
    if not smooth or data.sizes["stage"] == 1:
        return None
    one = data.sel(tanh_target=smooth, kind=kind)
    found = median(one.chain_rms.isel(stage=-1), "chain", level)
    return only_better(found, one.frequency_at_end.any("stage"), EPSILON)


WANG_LAI = (
    "Wang & Lai (2023), Multi-stage neural networks: function approximator of machine precision, arXiv 2307.08934, "
    "abstract: errors near 1e-16 with networks in stages, hardly below 1e-5 with single ones"
)
STATEMENTS = (
    Statement(
        "median, sine, 64",
        "On a sine, a search that moves knots finds 64 ReLUs whose median error is less than 1.15 times that of the "
        "best.",
        OWN, f"{sources.DE_BOOR}: how good the best straight pieces are; nothing is proved of training",
        below(NEAR), partial(near, target="sine", units=64),
    ),
    Statement(
        "other solvers",
        "From the same kind of start and in the same seconds, a search that moves knots errs less than Adam and "
        "L-BFGS.", OWN, "",
        above(1.1, even=1), behind, "It had asked for a lower median on every target with every number of units.",
        at_tuned=True,
    ),
    Statement(
        "tanh median, sine", "Variable projection trains 32 tanh neurons to a median error below 1e-10 on a sine.", OWN,
        "prompted by Wang & Lai (2023), arXiv 2307.08934: single networks hardly get below 1e-5", below(PRECISE),
        partial(tanh_error, target="sine"), at_tuned=True,
    ),
    Statement(
        "chain, wider",
        "On every smooth target a chain of ever wider networks, each trained on the residual of those before, nearly "
        "reaches machine precision.", PUBLISHED, WANG_LAI, below(EPSILON), partial(chain_error, kind="wider"),
        "It had also bounded the sum of the output weights by 1,000.", at_tuned=True,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each target, number of units and way of training."""
    apart = data.without_ratio.assign_coords(without=[f"search without {one}" for one in data["without"].values])
    apart = apart.rename({"without": "way"}).expand_dims(units=[data.attrs["taken_apart"]])
    search, solvers = data[["ratio", "seconds"]].expand_dims(way=["search"]), data.rename(solver="way")
    ratios: Any = xr.concat([search.ratio, solvers.solver_ratio, apart], "way", join="outer")
    seconds = xr.concat([search.seconds, solvers.solver_seconds], "way", join="outer")
    relu = summary(ratios, "seed", "ratio").assign(best=data.best, bound=data.bound)
    relu = relu.assign(seconds=seconds, steps=solvers.solver_steps, rate=solvers.rate)
    chains = data[["chain_rms", "chain_sum"]].rename(chain="seed", chain_rms="rms", chain_sum="output_sum")
    named = [f"tanh chain, {kind}, networks: {stage}" for kind in data.kind.values for stage in data.stage.values]
    polynomials = data.polynomial_rms.rename("rms", degree="way").expand_dims(seed=[0])
    ways = [
        data.untrained_rms.rename("rms").expand_dims(way=["tanh, untrained, best output layer"]).to_dataset(),
        data[["rms", "output_sum"]].expand_dims(way=["tanh, one network"]),
        chains.stack(way=("kind", "stage"), create_index=False).drop_vars(["kind", "stage"]).assign_coords(way=named),
        polynomials.assign_coords(way=[f"polynomial of degree {n}" for n in data.degree.values]).to_dataset(),
    ]  # fmt: skip
    every: Any = xr.concat(ways, "way", join="outer")
    tanh = summary(every.rms, "seed", "rms").assign(output_sum=every.output_sum.median("seed"))
    tanh = tanh.rename(tanh_target="target").expand_dims(units=[data.attrs["tanh_units"]])
    return xr.merge([relu.where(relu.median_ratio.notnull()), tanh], compat="no_conflicts", join="outer")


def summary(x: xr.DataArray, over: str, what: str) -> xr.Dataset:
    """Median, least and greatest over starts or chains."""
    return xr.Dataset({f"median_{what}": x.median(over), f"least_{what}": x.min(over), f"greatest_{what}": x.max(over)})


def fits(data: xr.Dataset) -> Figure:
    """ReLU networks that the search trained, of the median start, beside the best networks: outputs with their knots,
    and errors. Where a target is symmetric, the mirror image of the best network is as good, so knots may differ. On
    e^x two trained knots coincide."""
    targets = [name for name in FITS if name in data.target]
    fig, axes = plt.subplots(2, len(targets), figsize=(3.6 * len(targets), 5.2), sharex=True, squeeze=False)
    for (top, bottom), name in zip(axes.T, targets, strict=True):
        one = data.sel(target=name)
        target = one.curves.sel(curve="target")
        top.plot(data.place, target, color=fg.GREY, linewidth=4, alpha=0.35, label="target")
        for whose, color, style, mark, size in (("best", "black", "--", "|", 13), ("trained", fg.BLUE, "-", "o", 4.5)):
            curve, knots = one.curves.sel(curve=whose), one.knots.sel(whose=whose).values
            inside = knots[(knots >= 0) & (knots <= 1)]
            top.plot(data.place, curve, style, color=color, linewidth=1.2)
            top.plot(inside, np.interp(inside, data.place, curve), mark, color=color, markersize=size)
            top.plot([], [], style, marker=mark, color=color, markersize=size, label=f"{whose}, with knots")
            bottom.plot(data.place, 1000 * (curve - target), style, color=color, linewidth=1.1)
        top.set_title(TARGETS[name].formula)
        bottom.set_xlabel(fg.label(data.place))
    axes[0, 0].set_ylabel(fg.label(data.curves))
    axes[1, 0].set_ylabel("error ($10^{-3}$)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=3)
    fig.suptitle(f"The search puts the knots of {data.sizes['knot']} ReLUs nearly where the best network has them")
    return fig


def ratios(data: xr.Dataset) -> Figure:
    """Errors of ReLU networks over that of the best network of N units, by number of units. Left: medians over starts;
    lines are medians over targets, bands reach from the least to the greatest target. Right: the search alone, medians
    with 95% intervals; dotted: E(N + 1), the error of the best straight pieces, below which no network can be. The best
    network is the best of many local searches for knots and directions."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.4))
    found = xr.concat([data.ratio.expand_dims(solver=["search"]), data.solver_ratio], "solver").median("seed")
    parts = estimate(found.median("target"), found.min("target"), found.max("target"))
    fg.lines(left, parts, "units", "solver", {"search": fg.BLUE, "Adam": fg.ORANGE, "L-BFGS": fg.PURPLE}, band=True)
    colors = dict(zip(data.target.values.tolist(), (fg.BLUE, fg.VERMILION, fg.GREEN, fg.PURPLE), strict=False))
    named = {name: TARGETS[name].formula for name in colors}
    some = median(data.ratio.sel(target=list(colors)), "seed").assign_coords(target=list(named.values()))
    fg.lines(right, some, "units", "target", {named[name]: color for name, color in colors.items()}, dodge=0.0)
    for name, color in colors.items():
        right.plot(data.units, (data.bound / data.best).sel(target=name), ":", color=color, linewidth=1.3)
    left.set(yscale="log", ylabel=fg.label(data.ratio), title="All solvers")
    right.set(title="The search alone")
    fg.plain_numbers(left.yaxis)
    for ax in (left, right):
        ax.axhline(1, color="black", linewidth=1, linestyle="--", label="best network")
        ax.set(xscale="log", xlabel=fg.label(data.units))
        ax.set_xticks(data.units.values, data.units.values)
        ax.minorticks_off()
        ax.legend()
    fig.suptitle("A search that moves knots stays near the best network; Adam and L-BFGS do not")
    return fig


def errors(data: xr.Dataset) -> Figure:
    """Test errors of tanh networks on five targets. Dots: single networks or chains of three networks, each trained on
    the residual of those before; bars: medians. Black: the errors that are to be undercut, by single networks (dotted)
    and by chains of growing width (dashed). 1/(1 + 25x^2), which has poles near the interval, is not judged. A
    polynomial of degree 31 has as many coefficients as a single network has units, one of degree 96 as many as it has
    weights and biases."""
    fig, ax = plt.subplots(figsize=(9.6, 4.8))
    last, names = data.chain_rms.isel(stage=-1), data.tanh_target.values.tolist()
    ways = [("untrained, best output layer", fg.GREY, data.untrained_rms), ("one network", fg.BLUE, data.rms)]
    ways.append(("chain of equal width", fg.ORANGE, last.sel(kind="equal")))
    ways.append(("chain of growing width", fg.GREEN, last.sel(kind="wider")))
    rng = np.random.default_rng(0)
    for k, (label, color, values) in enumerate(ways):
        for i, y in enumerate(values.transpose("tanh_target", ...).values):
            place = i + 0.2 * (k - 1.5)
            ax.plot(place + rng.uniform(-0.06, 0.06, len(y)), y, "o", color=color, markersize=3.5, alpha=0.6)
            ax.hlines(np.median(y), place - 0.09, place + 0.09, color=color, linewidth=2.4)
        ax.plot([], [], "o", color=color, label=label)
    for degree, mark in zip(data.degree.values, "Dx", strict=True):
        y = data.polynomial_rms.sel(degree=degree)
        ax.plot(np.arange(len(y)) + 0.42, y, mark, color=fg.PURPLE, label=f"polynomial, degree {degree}")
    for goal, style, of in ((PRECISE, ":", ["sine"]), (EPSILON, "--", SMOOTH)):
        places = np.array([i for i, name in enumerate(names) if name in of])
        ax.hlines([goal] * len(places), places - 0.45, places + 0.5, color="black", linewidth=1, linestyle=style)
    ax.set(yscale="log")
    ax.set_xticks(range(len(names)), [TARGETS[name].formula for name in names])
    ax.grid(visible=False, axis="x")
    return fg.finish(
        fig,
        [(ax, {})],
        "Of tanh networks, chains of growing width come nearest to machine precision",
        "target",
        fg.label(data.rms),
        "",
    )


FIGURES = (fits, ratios, errors)
