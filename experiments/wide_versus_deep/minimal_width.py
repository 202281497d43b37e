"""How wide must the layers of a network be to enclose a region, however deep it is?

A network with one output splits its inputs into a decision set, where the output is above 0, and the rest. Take d
inputs and layers of d neurons or fewer, with an activation that is one-to-one or a limit of such functions, as tanh and
ReLU are. Then no part of the decision set is bounded (Johnson 2019). If one class is a ball inside a ring, such a
network leaves a way out of the ball through the ring. Width d + 1 is enough to enclose it. With sine or GELU, which are
not one-to-one, width d may be enough too.

A ball of radius 1/2 lies inside a ring from 3/4 to 5/4, in two and in three dimensions. Networks of width 1 to d + 3
with 2, 4 or 8 hidden layers are trained on 512 points. They take 3,000 steps of Adam with a cosine schedule and batches
of 64. The learning rate (`rates`) is tuned for every activation, width and depth, for the accuracy. Tuning is done
eight times, each time with four seeds and 512 points of its own. Each tuning has an eighth of the reported networks,
with other seeds and other points, so intervals hold for other points, starts and tunings.

One part of a network's decision set holds the ball. The network encloses the ball where this part does not reach the
edge of a box twice as wide as the ring. This is seen on a grid. Where a set seems closed, finer grids are searched for
a way out (`topology.py`).

    python -m experiments wide_versus_deep.minimal_width                  # 6 s
    python -m experiments wide_versus_deep.minimal_width --preset full    # 66 minutes beside other work
"""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any

import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle

import nnjax
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import LEVEL, clusters, count, share, spread
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, THEOREM, Statement, above, equal
from experiments.wide_versus_deep import topology
from nnjax import mlp, tuning
from nnjax.tasks import Data

BALL, RING = 0.5, (0.75, 1.25)  # radius of the ball, inner and outer radius of the ring
BATCH, TEST_ROWS, BIASES = 64, 2048, 0.5  # rows of a batch, test points, standard deviation of initial biases
ACTIVATIONS = ("relu", "tanh", "sin", "gelu")
ONE_TO_ONE = ("relu", "tanh")  # or a limit of one-to-one functions
MOST = 400  # the length of a network's vector of parameters: 3-6-...-6-1 with 8 hidden layers has 325
LEVELS = 6  # a set that seems closed is examined on finer grids at most this often
KINDS = ("closed", "seemed", "holds", "rate_at_edge", "tuning_of")  # whole numbers, -1 where there is no network
TUNING_DRAW = 1_000  # draws of the points from this seed on are for tuning alone
SHOWN = (0, 1)  # how much wider than their inputs the networks are that are drawn


@dataclass(frozen=True)
class Config:
    inputs: Annotated[tuple[int, ...], one_of((2, 3))] = (2, 3)  # numbers of inputs, d
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS
    # width - d; widths below 1 are left out
    wider: Annotated[tuple[int, ...], at_least(-100, 100)] = (
        -2,
        -1,
        0,
        1,
        2,
        3,
    )
    depths: tuple[int, ...] = (2, 4, 8)  # hidden layers
    rates: tuple[float, ...] = (3e-3, 1e-2, 3e-2, 1e-1, 3e-1)  # learning rates tried for every setting
    tunings: Annotated[int, at_least(2, 90)] = 8  # each on other points and for as many of the reported networks
    tuning_seeds: int = 4  # networks of each tuning at every rate, never reported
    # reported networks of every setting, for each d
    seeds: Annotated[tuple[int, ...], at_least(2, rising=False)] = (
        64,
        24,
    )
    # nodes of the grid along each axis, for each d
    nodes: Annotated[tuple[int, ...], at_least(21, most=1_001, rising=False)] = (
        201,
        51,
    )
    rows: Annotated[int, at_least(BATCH, 100_000)] = 512  # training points
    num_steps: int = 3_000
    shown_depth: int = 4  # of the networks that are drawn


QUICK = Config(
    (2,), ("relu",), (0, 1), (2,), (1e-2, 3e-2), tunings=2, seeds=(4,), nodes=(41,), num_steps=200, shown_depth=2
)

NAMES = {
    "inputs": "number of inputs d", "activation": "activation", "wider": "width of the layers minus d",
    "depth": "hidden layers (0: all depths together)",
    "value": "share of the networks that enclose the ball", "low": "lower end of its 95% interval over tunings",
    "high": "upper end of its 95% interval over tunings",
    "seemed": "share that seemed to enclose the ball on the first grid",
    "holds": "share whose decision set contains half of the ball or more",
    "accuracy": "median accuracy on fresh points", "rate": "median of the tuned learning rates",
    "at_edge": "whether most tunings of some depth end at the least or the greatest rate tried",
}  # fmt: skip


def sizes(d: int, depth: int, wider: int) -> tuple[int, ...]:
    """The widths of all layers: inputs, hidden layers and the output."""
    return (d, *(d + wider,) * depth, 1)


def check(config: Config) -> None:
    """Refuse settings that do not go together, before anything is trained."""
    for name in ("seeds", "nodes"):
        if len(getattr(config, name)) != len(config.inputs):
            raise ValueError(f"{name}={getattr(config, name)!r} must hold one for each of inputs={config.inputs!r}")
    if any(number % config.tunings for number in config.seeds):
        raise ValueError(f"seeds={config.seeds!r} must hold multiples of tunings={config.tunings!r}")
    if not set(SHOWN) <= set(config.wider):
        raise ValueError(f"wider={config.wider!r} must hold 0 and 1: the widths d and d + 1")
    if config.shown_depth not in config.depths:
        raise ValueError(f"shown_depth={config.shown_depth!r} must be one of depths={config.depths!r}")
    if mlp.num_params(sizes(max(config.inputs), config.depths[-1], config.wider[-1])) > MOST:
        raise ValueError(f"depths={config.depths!r} with wider={config.wider!r} exceed {MOST} parameters")


def run(config: Config) -> xr.Dataset:
    """What every network encloses and its accuracy [inputs, activation, depth, wider, seed], and the weights of some
    with two inputs for the figure."""
    check(config)
    found: list[xr.Dataset] = []
    shown = xr.Dataset()
    for d, seeds, nodes in zip(config.inputs, config.seeds, config.nodes, strict=True):
        runs = trained(d, seeds, config)
        found.append(judged(runs, d, nodes))
        if d == 2:
            shown = _shown(runs, config.shown_depth)
    data = xr.concat(
        found, xr.Variable("inputs", list(config.inputs)), join="outer", fill_value=dict.fromkeys(KINDS, -1)
    )
    return xr.merge([data, shown]).assign_attrs(shown_depth=config.shown_depth)


def weights(params, data):
    """All parameters in one vector of length MOST, layer by layer, with zeros behind them."""
    flat = jnp.concatenate([jnp.ravel(part) for layer in params for part in layer])
    return jnp.pad(flat, (0, MOST - flat.size))


def annulus(num_inputs: int, num_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """As many points in the ball (class 1) as in the ring (class 0), uniform in their volumes."""
    rng, half = np.random.default_rng(seed), num_rows // 2
    x = rng.normal(size=(2 * half, num_inputs))
    x /= np.linalg.norm(x, axis=1)[:, None]
    inside = np.arange(2 * half) < half
    low, high = np.where(inside, 0.0, RING[0]) ** num_inputs, np.where(inside, BALL, RING[1]) ** num_inputs
    radius = (low + (high - low) * rng.uniform(size=2 * half)) ** (1 / num_inputs)
    return x * radius[:, None], inside[:, None].astype(float)


def problem(num_inputs: int, num_rows: int, seed: int) -> Data:
    """The task with test points of its own."""
    return Data(*annulus(num_inputs, num_rows, seed), *annulus(num_inputs, TEST_ROWS, seed + 1))


def trained(d: int, seeds: int, config: Config) -> xr.Dataset:
    """The reported networks of d inputs [activation, depth, wider, seed], their tunings, and the tuned rates.

    Each tuning has its own points, on which its share of the reported networks is trained, and others that it tunes on.
    """
    widths = [d + more for more in config.wider if d + more >= 1]
    common: dict[str, Any] = {
        "width": widths, "depth": list(config.depths), "activation": list(config.activations), "init": "he_normal",
        "bias_init": "normal", "bias_scale": BIASES, "schedule": "cosine", "loss": "sigmoid_binary_cross_entropy",
        "batch_size": BATCH, "num_steps": config.num_steps, "measure": {"weights": weights}, "padding": False,
        "layout": "matrices",
    }  # fmt: skip
    draws = {str(k): 10 * k + d for k in range(config.tunings)}

    def dealt(of: range) -> dict[str, range]:
        """The seeds by tuning, as many to each, in order."""
        each = len(of) // len(draws)
        return {name: of[i * each : (i + 1) * each] for i, name in enumerate(draws)}

    own = tuning.seeds(config.tunings * config.tuning_seeds)
    tuned = nnjax.sweep(
        {name: problem(d, config.rows, TUNING_DRAW + draw) for name, draw in draws.items()},
        learning_rate=list(config.rates), seeds=dealt(own), **common,
    )  # fmt: skip
    best = tuning.choose(-tuned.accuracy, "learning_rate", tie=tuned.train_loss)
    rate, at_end = (one["learning_rate"].reset_coords(drop=True) for one in (best.best, best.at_end))
    runs = nnjax.sweep(
        {name: problem(d, config.rows, draw) for name, draw in draws.items()}, learning_rate=rate,
        seeds=dealt(range(seeds)), **common,
    )  # fmt: skip
    runs = runs[["accuracy", "weights"]].isel(step=-1, drop=True).load().reset_coords(drop=True)
    runs = runs.rename(seed="of_task").stack(seed=("task", "of_task"), create_index=False)
    runs = runs.drop_vars(["task", "of_task"], errors="ignore").assign_coords(seed=np.arange(seeds))
    chosen = xr.Dataset({"rate": rate, "rate_at_edge": ((at_end != 0) & (len(config.rates) > 2)).astype("int8")})
    runs = runs.merge(chosen.rename(task="tuning").drop_vars("tuning"))
    runs["tuning_of"] = "seed", np.repeat(np.arange(config.tunings, dtype="int8"), seeds // config.tunings)
    runs = runs.rename(width="wider").assign_coords(wider=[width - d for width in widths])
    return runs.transpose("activation", "depth", "wider", "seed", "tuning", ...)


def judged(runs: xr.Dataset, d: int, nodes: int) -> xr.Dataset:
    """Whether each network encloses the ball, seemed to on the first grid, and holds half of the ball."""
    grid = topology.whole(d, nodes)
    x = grid.nodes().astype("float32")
    flat = runs.weights.values
    dims = runs.weights.dims[:4]

    def one(place: tuple[int, ...]) -> topology.Topology:
        activation, depth, wider = (runs[dim].values[i] for dim, i in zip(dims[:3], place, strict=False))
        parameters, shape = flat[place].astype(float), sizes(d, int(depth), int(wider))
        if not np.isfinite(parameters).all():
            return topology.Topology(False, False, False)
        return topology.judge(parameters[: mlp.num_params(shape)], shape, str(activation), grid, x, BALL, LEVELS)

    with ThreadPoolExecutor() as pool:
        found = np.array(list(pool.map(one, np.ndindex(flat.shape[:4]))), "int8").reshape(*flat.shape[:4], -1)
    kinds = {name: (dims, found[..., i]) for i, name in enumerate(topology.Topology._fields)}
    return runs.drop_vars("weights").assign(kinds).assign(accuracy=runs.accuracy.astype("float32"))


def _shown(runs: xr.Dataset, depth: int) -> xr.Dataset:
    """The weights of the network of median accuracy for each activation and some widths [activation, shown_wider]."""
    some = runs.sel(depth=depth, wider=list(SHOWN), drop=True).rename(wider="shown_wider")
    middle = some.accuracy.argsort(axis=-1, kind="stable").isel(seed=some.sizes["seed"] // 2)
    flat = some.weights.isel(seed=middle).astype("float32")
    flat = flat.rename({flat.dims[-1]: "parameter"}).reset_coords(drop=True)
    return xr.Dataset({"shown_weights": flat, "shown_seed": middle.astype("int32")})


# Measures and statements.


def of_networks(data: xr.Dataset, **where) -> xr.Dataset:
    """The networks of some settings, without seeds that these settings do not have."""
    networks = data.sel(where)
    return networks.isel(seed=(networks.tuning_of >= 0).values)


def enclosed(data: xr.Dataset, level: float, **where) -> xr.Dataset:
    """The share of the networks of one number of inputs that enclose the ball, over all depths."""
    networks = of_networks(data, **where)
    hits = clusters((networks.closed == 1).astype(float), networks.tuning_of)
    return share(hits.mean("depth"), "tuning", level, networks.sizes["seed"] * networks.sizes["depth"])


def at_edge(data: xr.Dataset) -> xr.DataArray:
    """Where most tunings end at the least or the greatest rate tried, so that a better one may lie beyond."""
    return data.rate_at_edge.where(data.rate_at_edge >= 0).mean("tuning") > 0.5


def too_narrow(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """How many networks no wider than their inputs enclose the ball, of those that theory says cannot."""
    names = [name for name in data.activation.values if name in ONE_TO_ONE]
    closed = data.closed.sel(activation=names, wider=data.wider[data.wider <= 0])
    if not closed.size:
        return None
    every = closed.stack(network=closed.dims, create_index=False)
    return count(every.isel(network=(every >= 0).values) == 1, units="that enclose it")


def one_wider(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share of ReLU networks of two inputs and width three that enclose the ball, over all depths."""
    where: dict[str, Any] = {"inputs": 2, "activation": "relu", "wider": 1}
    if any(value not in data[dim] for dim, value in where.items()):
        return None
    result = enclosed(data, level, **where)
    if at_edge(data).sel(where).any():  # a better rate could only raise the share
        result = result.assign(high=result.high + np.inf).assign_attrs(at_edge=1)
    return result


BEISE = "Beise, Dias da Cruz & Schroeder (2021), On decision regions of narrow deep neural networks, Neural Networks"
HANIN = "Hanin & Sellke (2017), Approximating continuous functions by ReLU nets of minimal width, arXiv 1710.11278"
STATEMENTS = (
    Statement(
        "never at width d", "No ReLU or tanh network whose layers are no wider than its inputs encloses a ball, "
        "however deep it is.", THEOREM, f"{sources.JOHNSON}; {BEISE}", equal(0), too_narrow,
        "ReLU and tanh, two and three inputs had a statement each, and the rule had allowed 1% of exceptions.",
    ),
    Statement(
        "width d + 1 is enough: relu, 2 inputs", "More than one in ten ReLU networks of two inputs, with three neurons "
        "in every layer, learn to enclose a ball.", OWN, f"prompted by {HANIN}: width d + 1 is enough", above(0.1),
        one_wider,
        "The claim had been that they often do; that this means more than 10% was fixed after the first results.",
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for every number of inputs, activation and width, for each depth and for all depths together."""
    depths = data.depth.values.tolist()
    parts: list[Any] = []
    for d, depth in itertools.product(data.inputs.values.tolist(), (*depths, 0)):
        networks = of_networks(data, inputs=d).sel(depth=[depth] if depth else depths)
        over = ["depth", "seed"]
        row = enclosed(networks, LEVEL).assign(
            seemed=(networks.seemed == 1).mean(over), holds=(networks.holds == 1).mean(over),
            accuracy=networks.accuracy.median(over), rate=networks.rate.median(["depth", "tuning"]),
            at_edge=at_edge(networks).any("depth").astype(float),
        )  # fmt: skip
        row = row.where((networks.closed >= 0).any(over)).drop_vars("inputs")
        parts.append(row.expand_dims(inputs=[d], depth=[depth]))
    rows: Any = xr.combine_by_coords(parts, compat="no_conflicts", join="outer", combine_attrs="drop")
    return rows


# Figures.


def decision_sets(data: xr.Dataset) -> Figure:
    """The decision sets (orange) of networks of two inputs: the points that they take for the ball, on a square twice
    as wide as the ring. Dotted: the ball, and both edges of the ring. Each network has the median accuracy of its
    activation and width, and four hidden layers. It encloses the ball where the orange part that holds the ball stays
    inside the square; other parts may reach the edge."""
    if "shown_weights" not in data:
        fig, ax = plt.subplots(figsize=(6, 1))
        ax.set(xlabel="no networks of two inputs were trained", xticks=[], yticks=[])
        return fig
    few, depth = data.isel(activation=slice(3)), int(data.attrs["shown_depth"])
    fig, made = fg.panels(few.shown_wider, few.activation, size=(2.9, 2.75))
    grid = topology.whole(2, 241)
    x = grid.nodes().astype("float32")
    for ax, where in made:
        wider, activation = where["shown_wider"], where["activation"]
        flat, shape = few.shown_weights.sel(where).values.astype(float), sizes(2, depth, wider)
        value = topology.outputs(flat[: mlp.num_params(shape)], shape, activation, x).reshape(grid.sizes)
        extent = (-topology.BOX, topology.BOX, -topology.BOX, topology.BOX)
        ax.imshow((value > 0).T, ListedColormap(["#9CC7E4", "#F4C27A"]), vmin=0, vmax=1, origin="lower", extent=extent)
        for radius in (BALL, *RING):
            ax.add_patch(Circle((0, 0), radius, fill=False, linestyle=":", linewidth=1.1))
        place = {"inputs": 2, "activation": activation, "depth": depth, "wider": wider}
        drawn = few.sel(place).isel(seed=int(few.shown_seed.sel(where)))
        answer = "encloses it" if drawn.closed == 1 else "leaves a way out" if drawn.holds == 1 else "misses the ball"
        ax.set_title(f"{fg.name(activation)}, width {2 + wider}: {answer}", fontsize=10)
        ax.set(xticks=[], yticks=[], aspect="equal")
        ax.grid(False)
    title = "What networks of two inputs take for the ball, at width 2 and at width 3"
    return fg.finish(fig, [(ax, {}) for ax, _ in made], title, "$x_1$", "$x_2$")


def closed(data: xr.Dataset) -> Figure:
    """Above: the share of the networks that enclose the ball, with 95% intervals over tunings. Below: the accuracy of
    all networks on fresh points, medians and middle halves. All depths together. Left of the dotted line, where layers
    are no wider than the inputs, a theorem says that ReLU and tanh networks cannot enclose the ball. Accuracy alone
    does not tell: it may be high to the left of the line as well."""
    kinds = xr.DataArray(["networks that enclose the ball", "accuracy"], dims="kind", name="kind")
    fig, made = fg.panels(kinds, data.inputs, size=(5.2, 2.3), sharex="col", sharey="row")
    for ax, where in made:
        d, above_row = where["inputs"], where["kind"] == kinds.values[0]
        networks = of_networks(data, inputs=d)
        networks = networks.sel(wider=(networks.closed >= 0).any(["activation", "depth", "seed"]))
        accuracy = networks.accuracy.stack(network=("depth", "seed"), create_index=False).astype(float)
        parts = enclosed(networks, LEVEL) if above_row else spread(accuracy, "network")
        parts = parts.assign_coords(wider=d + networks.wider)
        fg.lines(ax, parts, "wider", "activation", dodge=0.06)
        ax.axvline(d + 0.5, color="black", linestyle=":", linewidth=1.2)
        ax.set_title(f"{d} inputs: {where['kind']}")
        ax.set_xticks(parts.wider.values)
    title = "As wide as their inputs, no ReLU or tanh networks enclose the ball; many of sine and GELU do"
    return fg.finish(fig, [(ax, {}) for ax, _ in made], title, "width of every layer", "share", "")


FIGURES = (decision_sets, closed)
