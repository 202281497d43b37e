"""Are networks with learned splines on their edges (KANs) more accurate than plain networks of as many parameters?

Four toy functions of one to four variables, the shapes and the protocol are those of Liu et al. (2024). KANs have cubic
splines whose grids become finer every 200 steps of L-BFGS, by the authors' own package (pykan) in float64. The paper
knows the structure of each function and gives the KAN the shape that can represent it; plain networks have no such
knowledge. Each grid is compared with a plain network of at most as many parameters, trained in two ways. L-BFGS of the
same memory takes as many iterations as the KAN may take up to that grid (20 for each step). In variable projection,
which the paper did not use, least squares solves for the output weights.

There are 8 draws of all rows, each with its own seed and a network of every kind and size. Both sides choose from eight
settings, once for each function, on 3 other draws. KANs choose how their grids follow the data and the size of the
first splines. Plain networks choose one or two hidden layers, tanh or GELU, and the size of the initial weights, of two
values. Settings, and the size at which KANs are compared, are chosen on validation points; errors are root mean squares
on 10,000 others, and count as 1,000 at most. Seconds are processor time. The time of an iteration is compared for both
kinds of networks in PyTorch, as in the paper. For it only those functions and sizes count where KANs use at least 90%
of the iterations that they may take.

It needs pip install -e '.[peers]' and runs only when it is named.
"""

import importlib.util
import itertools
import time
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import repeat, resume
from experiments.lab.estimates import LEVEL, mapped, mean, median, slope
from experiments.lab.flags import at_least, one_of
from experiments.lab.sources import LIU
from experiments.lab.verdicts import OWN, PUBLISHED, Statement, above, below, within
from experiments.universal_approximation import kans
from experiments.universal_approximation.kans import INNER, TARGETS
from nnjax import activations, machine, mlp, provenance, solvers, tasks, training, tuning

# What plain networks choose from, as many settings as KANs have.
DEPTHS, ACTIVATIONS, SCALES = (1, 2), ("tanh", "gelu"), (1.0, 2.0)
SOLVERS = {"L-BFGS": ("bounded_lbfgs", 1.0), "variable projection": ("variable_projection", 10.0)}  # and its rate
COMMON: dict[str, Any] = {"bias_init": "uniform", "dtype": "float64", "padding": False}


@dataclass(frozen=True)
class Config:
    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = tuple(TARGETS)
    # the first grids of those that `kans.TARGETS` names for each function, at most this many
    most_grids: Annotated[int, at_least(2)] = 10
    draws: Annotated[int, at_least(2)] = 8  # of all rows, each with a network of its own of each kind and size
    tuning_draws: Annotated[int, at_least(1)] = 3  # other draws, on which settings are chosen
    kan_steps: Annotated[int, at_least(1)] = 200  # of L-BFGS for each grid, of up to 20 iterations each
    # steps for each grid while settings are chosen; pykan moves its grids during the first 50
    kan_tuning_steps: Annotated[int, at_least(1)] = 100
    projection_steps: Annotated[int, at_least(4)] = 300  # a quarter of them while settings are chosen
    num_rows: Annotated[int | None, at_least(10)] = None  # training points; None: those of `kans.TARGETS`
    processes: Annotated[int | None, at_least(1, 1_000)] = None  # KANs trained at once; None: as many as cores


QUICK = Config(("product",), 2, draws=2, tuning_draws=1, kan_steps=10, kan_tuning_steps=2, projection_steps=60,
               num_rows=300)  # fmt: skip

NAMES = {
    "target": "function", "network": "network, with the solver that trains it", "size": "place among the KAN's grids",
    "kan": "test error; RMS", "kan_params": "trained parameters", "kan_seconds": "processor time of one network; s",
    "parameters": "trained parameters; of a plain network at most as many as the KAN beside it has",
    "error": "RMS error at the test points; median over draws", "least": "the least over draws",
    "greatest": "the greatest over draws",
    "at_the_end": "plain networks: RMS error after the iterations of all grids; median over draws",
    "iterations": "iterations of L-BFGS up to this size, or steps of variable projection; median over draws",
    "seconds": "processor seconds of one network; of a KAN up to this size, median over draws",
    "setting": "setting that was chosen on other draws",
    "ratio": "at the KAN's best size: the plain network's error over the KAN's, geometric mean over draws",
    "ratio_low": "lower end of its 95% interval", "ratio_high": "upper end of its 95% interval",
    "power": "at the KAN's best size: power of the parameters with which its error falls up to there",
    "power_low": "lower end of its 95% interval", "power_high": "upper end of its 95% interval",
}  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting or the package that is missing, before anything runs."""
    missing = [name for name in ("torch", "kan") if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(f"against_kan needs {' and '.join(missing)}, not installed: pip install -e '.[peers]'")


class Setting(NamedTuple):
    """What a plain network was given."""

    depth: int
    activation: str
    init_scale: float


def run(config: Config) -> xr.Dataset:
    """Errors of KANs [target, size, draw] and plain networks [target, solver, size, draw]; parameters, iterations,
    seconds."""
    check(config)
    plan = kans.Plan(
        config.targets, config.draws, config.tuning_draws, config.most_grids, config.kan_steps, config.kan_tuning_steps,
        config.num_rows, config.processes,
    )  # fmt: skip
    chosen = {(name, solver): _tuned(name, solver, plan, config) for name in config.targets for solver in SOLVERS}

    def by_solver(name: str) -> xr.Dataset:
        return xr.concat([_of_target(name, solver, chosen[name, solver], plan, config) for solver in SOLVERS], "solver")

    parts = [resume.kept(f"plain-{name}", partial(by_solver, name)) for name in config.targets]
    plain: Any = xr.concat(parts, "target").assign_coords(target=list(config.targets), solver=list(SOLVERS))
    seconds = _in_torch({name: chosen[name, "L-BFGS"] for name in config.targets}, plan)
    data = xr.merge([plain, kans.kans(plan), seconds], compat="no_conflicts", join="outer")
    versions = {name: provenance.version(name) for name in ("torch", "pykan")}
    return data.assign_attrs(kan_steps=config.kan_steps, versions=versions)


def steps_of(solver: str, grids: int, config: Config, tuned: bool = False) -> int:
    """Steps of a network beside a KAN of `grids` grids: L-BFGS takes as many iterations as that KAN may take."""
    if solver == "L-BFGS":
        return INNER * grids * (config.kan_tuning_steps if tuned else config.kan_steps)
    return config.projection_steps // (4 if tuned else 1)


def hidden_of(name: str, budget: int, depth: int) -> tuple[int, ...] | None:
    """The widest equal layers with at most `budget` parameters, or None where not even width 1 fits."""
    inputs = TARGETS[name].num_inputs
    smallest = mlp.num_params((inputs, *(1,) * depth, 1))
    return (mlp.width_for_budget(budget, depth, inputs, 1),) * depth if smallest <= budget else None


def shapes_of(name: str, depth: int, plan: kans.Plan) -> list[tuple[int, ...] | None]:
    """The hidden layers beside the KAN of each grid: one where `depth` do not fit, None where not even one does."""
    budgets = [TARGETS[name].kan_params(grid) for grid in plan.grids(name)]
    return [hidden_of(name, budget, depth) or hidden_of(name, budget, 1) for budget in budgets]


def _tuned(name: str, solver: str, plan: kans.Plan, config: Config) -> Setting:
    """The setting with the least error on validation points (geometric mean over draws), at the size of the last grid
    that KANs are tuned on."""
    grids = plan.grids(name, tuned=True)
    hidden = [shape for depth in DEPTHS if (shape := hidden_of(name, TARGETS[name].kan_params(grids[-1]), depth))]
    rows = {draw: kans.sample(name, draw, plan.num_rows) for draw in tuning.seeds(plan.tuning_draws)}
    runs = _trained(
        {draw: tasks.data(one.x, one.y, one.x_validation, one.y_validation) for draw, one in rows.items()}, solver,
        hidden=hidden, activation=[*ACTIVATIONS], init_scale=[*SCALES],
        num_steps=steps_of(solver, len(grids), config, tuned=True),
    )  # fmt: skip
    errors = _root(runs.test_loss).transpose("hidden", "activation", "init_scale", "draw").values
    tried = [Setting(len(shape), name, scale) for shape, name, scale in itertools.product(hidden, ACTIVATIONS, SCALES)]
    return tried[int(np.log(errors).mean(axis=-1).argmin())]


def _of_target(name: str, solver: str, chosen: Setting, plan: kans.Plan, config: Config) -> xr.Dataset:
    """Errors of plain networks after as many iterations as the KAN beside each may take (`mlp`), and after those of all
    grids (`mlp_end`) [size, draw]."""
    shapes = shapes_of(name, chosen.depth, plan)
    hidden = list(dict.fromkeys(shape for shape in shapes if shape))
    rows = {draw: kans.sample(name, draw, plan.num_rows) for draw in range(plan.draws)}
    # All sizes are trained together, as long as the largest; errors after fewer steps are read off on the way.
    runs = _trained(
        {draw: tasks.data(one.x, one.y, one.x_test, one.y_test) for draw, one in rows.items()}, solver, hidden=hidden,
        activation=chosen.activation, init_scale=chosen.init_scale, num_steps=steps_of(solver, len(shapes), config),
        record_every=steps_of(solver, 1, config),
    )  # fmt: skip
    curve = _root(runs.test_curve).transpose("step", "hidden", "draw")
    taken = runs.steps.isel(seed=0).transpose("hidden", "task").values
    most = max(len(plan.grids(other)) for other in plan.targets)
    test, end, iterations = np.full((3, most, plan.draws), np.nan)
    params, seconds = np.zeros(most, int), np.full(most, np.nan)
    for i, shape in enumerate(shapes):
        if shape is None:
            continue
        place, steps = hidden.index(shape), steps_of(solver, i + 1, config)
        test[i], end[i] = curve.sel(step=steps)[place], curve[-1, place]
        iterations[i] = np.minimum(taken[place], steps)
        params[i] = mlp.num_params((TARGETS[name].num_inputs, *shape, 1))
        seconds[i] = steps * _seconds_per_step(rows[0], solver, shape, chosen)
    by_draw = {"mlp": test, "mlp_end": end, "mlp_iterations": iterations}
    variables = {name: (("size", "draw"), values) for name, values in by_draw.items()}
    variables |= {"mlp_params": ("size", params), "mlp_seconds": ("size", seconds)}
    words = f"{chosen.depth} hidden, {chosen.activation}, scale {chosen.init_scale:g}"
    return xr.Dataset(variables | {"mlp_setting": ((), words)})


def _trained(draws: dict[int, tasks.Data], solver: str, **settings: Any) -> xr.Dataset:
    """A sweep in which each draw of the data has the network of its own seed."""
    name, rate = SOLVERS[solver]
    return nnjax.sweep(
        {str(draw): data for draw, data in draws.items()}, seeds={str(draw): [draw] for draw in draws}, solver=name,
        learning_rate=rate, **settings, **COMMON,
    )  # fmt: skip


def _root(loss: xr.DataArray) -> xr.DataArray:
    """Root mean squares in float64, by draw; inf where a network diverged."""
    return (loss.isel(seed=0).astype(float) ** 0.5).rename(task="draw")


def _seconds_per_step(rows: kans.Sample, solver: str, hidden: tuple[int, ...], setting: Setting) -> float:
    """Seconds of processor time that one network takes alone for a step, after compiling."""
    (name, rate), trial = SOLVERS[solver], 20
    with jax.enable_x64(True), machine.one_blas_thread():
        spec = training.Spec(
            (rows.x.shape[1], *hidden, 1), activations.get(setting.activation), bias_init=COMMON["bias_init"],
            solver=solvers.get(name), dtype=COMMON["dtype"],
        )  # fmt: skip
        data = tasks.Data(jnp.asarray(rows.x), jnp.asarray(rows.y), None, None, None)
        hyper = {"learning_rate": rate, "init_scale": setting.init_scale, "schedule_steps": float(trial)}
        key = jax.random.key(0)
        state = training.begin(key, training.draw(key, hyper, spec), hyper, data, spec)
        advance = jax.jit(partial(training.advance, num_steps=trial, spec=spec))
        state = jax.block_until_ready(advance(state, hyper, data, 0))
        times = []
        for i in range(1, 4):
            start = time.process_time()
            state = jax.block_until_ready(advance(state, hyper, data, i * trial))
            times.append(time.process_time() - start)
    return float(np.median(times)) / trial


def _in_torch(chosen: dict[str, Setting], plan: kans.Plan) -> xr.Dataset:
    """Seconds of an iteration [target, size] of the plain networks that are trained by L-BFGS, in PyTorch."""
    jobs = {}
    for i, (name, setting) in enumerate(chosen.items()):
        rows = kans.sample(name, 0, plan.num_rows)
        for size, hidden in enumerate(shapes_of(name, setting.depth, plan)):
            if hidden:
                sizes = (TARGETS[name].num_inputs, *hidden, 1)
                jobs[i, size] = kans.PlainJob(sizes, setting.activation, rows.x, rows.y, repeat.seed(0))
    seconds = np.full((len(chosen), max(size for _, size in jobs) + 1), np.nan)
    found = kans.in_processes(kans.plain_seconds, list(jobs.values()), "plain networks in PyTorch", plan.processes)
    seconds[tuple(np.transpose(list(jobs)))] = found
    return xr.Dataset({"torch_seconds": (("target", "size"), seconds)}, {"target": list(chosen)})


# Measures and statements.

WORST = 1e3  # an error beyond that, or of a network that diverged, counts as this
USED = 0.9  # of the iterations that a KAN may take: a step that gets no further ends after its first iteration


def best_size(data: xr.Dataset) -> xr.DataArray:
    """The KAN's best size [target], where its median error on validation points is lowest and both have networks."""
    there = data.kan.notnull().any("draw") & data.mlp.notnull().all(["draw", "solver"])
    return data.kan_validation.median("draw").where(there, np.inf).argmin("size")


def ratios(data: xr.Dataset, level: float, solver: str) -> xr.Dataset:
    """The plain network's error over the KAN's at its best size [target], paired by draw."""
    plain, kan = (x.isel(size=best_size(data)).clip(max=WORST) for x in (data.mlp.sel(solver=solver), data.kan))
    lost, most = (int((x == WORST).sum()) for x in (kan, plain)), kan.size
    told = "; ".join(f"of {most} {name} {n} diverged" for name, n in zip(("KANs", "plain networks"), lost, strict=True))
    logs, by_medians = np.log(plain) - np.log(kan), plain.median("draw") / kan.median("draw")
    both = zip(data.target.values, np.exp(logs.mean("draw")).values, by_medians.values, strict=True)
    each = ", ".join(f"{name} {geometric:.3g} and {middle:.3g}" for name, geometric, middle in both)
    note = f"{told}; mean ratios and ratios of medians: {each}"
    return mapped(np.exp, mean(logs, "draw", level)).assign_attrs(units="times the error of KANs", note=note)


def powers(data: xr.Dataset) -> xr.Dataset:
    """The power of the parameters with which a KAN's error falls up to its best size [target]."""
    size = xr.DataArray(np.arange(data.sizes["size"]), dims="size")
    x = np.log(data.kan_params.where((data.kan_params > 0) & (size <= best_size(data))))
    return mean(slope(x, np.log(data.kan.clip(max=WORST)).where(x.notnull()), "size"), "draw")


def slowness(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The processor time of an iteration of pykan's KANs over that of a plain network of as many parameters in PyTorch.

    Only those functions and sizes count at which KANs used nearly all iterations that they may take.
    """
    seconds, iterations = (x - x.shift(size=1).fillna(0.0) for x in (data.kan_seconds, data.kan_iterations))
    used = iterations.median("draw") / (data.attrs["kan_steps"] * INNER) >= USED
    each = (seconds / iterations.clip(1)).median("draw") / data.torch_seconds
    pairs = each.where(used).stack(pair=("target", "size"), create_index=False).dropna("pair")
    return median(pairs, "pair", level).assign_attrs(units="times as long") if pairs.size else None


FIRST = "It had counted p-values of all eight comparisons; before that one draw, or the least of three, decided."
STATEMENTS = (
    Statement(
        "accuracy, L-BFGS",
        "On every function, KANs of their best size err less than plain networks of at most as many parameters, both "
        "trained by L-BFGS.", PUBLISHED, f"{LIU}, section 3.1", above(1.1, even=1), partial(ratios, solver="L-BFGS"),
        FIRST, at_tuned=True,
    ),
    Statement(
        "accuracy, variable projection",
        "On every function, plain networks trained by variable projection err less than KANs of their best size and as "
        "many parameters, trained by L-BFGS.", OWN, f"prompted by {LIU}, which compares with L-BFGS and Adam alone",
        below(1 / 1.1, even=1), partial(ratios, solver="variable projection"), FIRST, at_tuned=True,
    ),
    Statement(
        "time", "An iteration of a KAN takes three to thirty times as long as one of a plain network of as many "
        "parameters, both in PyTorch.",
        PUBLISHED, f"{LIU}, section 6: ten times; the margin is ours", within(3, 30), slowness,
        "Its median alone had decided; at first plain networks were those of this library.",
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each function, network and size."""
    names = {"params": "parameters", "iterations": "iterations", "seconds": "seconds", "setting": "setting"}
    kan = data[[f"kan_{name}" for name in names]].rename({f"kan_{old}": new for old, new in names.items()})
    plain = data[[f"mlp_{name}" for name in names]].rename({f"mlp_{old}": new for old, new in names.items()})
    kan = kan.assign(error=data.kan, seconds=kan.seconds.median("draw"), at_the_end=xr.full_like(data.kan, np.nan))
    plain = plain.assign(error=data.mlp, at_the_end=data.mlp_end)
    plain = plain.rename(solver="network").assign_coords(network=[f"plain, {solver}" for solver in SOLVERS])
    every: Any = xr.concat([kan.expand_dims(network=["KAN, L-BFGS"]), plain], "network", join="outer")
    ends = {"least": every.error.min("draw"), "greatest": every.error.max("draw")}
    middle = {name: every[name].median("draw") for name in ("error", "at_the_end", "iterations")}
    at_best = xr.DataArray(np.arange(data.sizes["size"]), dims="size") == best_size(data)
    ratio: Any = xr.concat([ratios(data, LEVEL, one).drop_vars("solver") for one in SOLVERS], plain.network)
    parts = {"ratio": ratio, "power": powers(data).expand_dims(network=["KAN, L-BFGS"])}
    columns = {
        f"{name}{suffix}": part[end].where(at_best).reindex_like(every.network)
        for name, part in parts.items()
        for suffix, end in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
    found = every.drop_dims("draw").assign(middle | ends | columns)
    return found.where(found.parameters > 0)


LINES = {"KAN, L-BFGS": (fg.VERMILION, "s"), "L-BFGS": (fg.PURPLE, "o"), "variable projection": (fg.BLUE, "o")}


def parameters(data: xr.Dataset) -> Figure:
    """Test errors by number of parameters: medians over draws; bars: from the least to the greatest. A cross marks
    networks that diverged. Dotted: an error that falls with the fourth power of the parameters, as Liu et al. (2024)
    expect of KANs. In parentheses: the nodes of the KAN."""
    fig, made = _panels(data)
    for ax, where in made:
        one = data.sel(where)
        _line(ax, one.kan_params, one.kan, "KAN, L-BFGS")
        for solver in data.solver.values.tolist():
            _line(ax, one.mlp_params.sel(solver=solver), one.mlp.sel(solver=solver), solver)
        params, bottom = one.kan_params.where(one.kan_params > 0), ax.get_ylim()[0]
        guide = one.kan.median("draw")[0] * (params / params[0]) ** -(kans.SPLINE_ORDER + 1.0)
        ax.plot(params, guide, ":", color="black", linewidth=1, label="slope of -4")
        ax.set_ylim(bottom=bottom)
    return fg.finish(
        fig, made, "Which of KANs and plain networks err less depends on the function", data.kan_params, data.kan, ""
    )


def seconds(data: xr.Dataset) -> Figure:
    """Test errors by processor time: medians over draws; bars: from the least to the greatest. The time of a KAN
    includes that of its coarser grids; that of a plain network, of this library, is its number of steps times what a
    step takes, without the second or so that compiling takes once. Lines join networks in order of size."""
    fig, made = _panels(data)
    for ax, where in made:
        one = data.sel(where)
        _line(ax, one.kan_seconds.median("draw"), one.kan, "KAN, L-BFGS")
        for solver in data.solver.values.tolist():
            _line(ax, one.mlp_seconds.sel(solver=solver), one.mlp.sel(solver=solver), solver)
    return fg.finish(
        fig,
        made,
        "Plain networks by variable projection take a fraction of a KAN's time",
        data.kan_seconds,
        data.kan,
        "",
    )


def _panels(data: xr.Dataset) -> tuple[Figure, list[fg.Panel]]:
    shapes = {name: "-".join(map(str, TARGETS[name].shape)) for name in data.target.values.tolist()}
    titles = {name: f"{TARGETS[name].formula}  (KAN {shape})" for name, shape in shapes.items()}
    fig, made = fg.panels(col=data.target, wrap=2, size=(4.6, 2.7), titles=titles)
    for ax, _ in made:
        ax.set(xscale="log", yscale="log")
        ax.set_title(ax.get_title(loc="left") or ax.get_title(), fontweight="normal")
    return fig, made


def _line(ax: Any, x: xr.DataArray, error: xr.DataArray, name: str) -> None:
    """Median over draws against x [size], bars from the least to the greatest; a cross where a network was lost."""
    color, mark = LINES[name]
    places, values = x.values, error.transpose("size", "draw").clip(max=WORST).values
    kept = (places > 0) & np.isfinite(places) & ~np.isnan(values).any(axis=-1)
    lost = kept & (values >= WORST).any(axis=-1)
    label = name if name.startswith("KAN") else f"plain network, {name}"
    ax.plot(places[kept], np.median(values[kept], axis=-1), f"{mark}-", color=color, label=label, markersize=5)
    ax.vlines(places[kept], values[kept].min(axis=-1), values[kept].max(axis=-1), color=color, linewidth=1.3)
    ax.plot(places[lost], np.full(lost.sum(), WORST), "x", color=color, markersize=8)


FIGURES = (parameters, seconds)
