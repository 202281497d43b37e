"""How many random points can one neuron separate? About twice as many as it has weights, by Cover's law.

Normal points in d dimensions get random labels. By Cover (1965) a plane through the origin separates exactly C(N, d) of
the 2^N ways to label N points. Here C(N, d) = 2 sum_{k < d} binom(N - 1, k), and the points are in general position: no
d of them are linearly dependent. A bias adds one dimension. Each labelling is decided by linear programming, and each
answer is checked beyond rounding: either a neuron separates, or multipliers show that none can. In one number of
dimensions a perceptron is trained on the same labellings, to see how many it has learned after some passes.
"""

import itertools
from dataclasses import dataclass
from typing import Annotated

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import wilson
from experiments.lab.flags import at_least
from experiments.lab.verdicts import THEOREM, Statement, within
from nnjax import neurons, theory
from nnjax.theory import separability


@dataclass(frozen=True)
class Config:
    dims: Annotated[tuple[int, ...], at_least(1, 1_000)] = (5, 10, 20, 40)  # weights of the neuron, without the bias
    ratios: Annotated[tuple[float, ...], at_least(0, 1_000)] = tuple(0.5 + 0.25 * i for i in range(15))  # points by dim
    trials: int = 400  # labellings of each kind
    time_out_dim: int = 20  # dimensions in which a perceptron is trained as well, with a bias
    time_outs: tuple[int, ...] = (10, 100, 1000, 10_000)  # passes after which training is given up
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # of points and labels


QUICK = Config(dims=(5, 10), ratios=(1.0, 2.0, 3.0), trials=40, time_out_dim=10, time_outs=(10, 100))


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    if config.time_out_dim not in config.dims:
        raise ValueError(f"time_out_dim={config.time_out_dim!r} must be one of dims={config.dims!r}")
    if config.ratios[0] * config.dims[0] < 1:
        raise ValueError(f"ratios={config.ratios!r} must give one point or more in each of dims={config.dims!r}")


NAMES = {
    "bias": "whether the neuron has a bias", "dim": "dimensions $d$", "ratio": "points per dimension, $N/d$, rounded",
    "time_out": "passes over the points", "points": "points in each labelling",
    "separable": "labellings for which a separating neuron was found and checked",
    "value": "separable share of the random labellings", "low": "lower end of its 95% Wilson interval",
    "high": "upper end of its 95% Wilson interval", "exact": "separable share by Cover's formula",
    "unproved": "labellings for which neither a neuron nor a proof that there is none was found",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Labellings [bias, dim, ratio] that are separable or lack a proof, and those learned in time [ratio, time_out]."""
    shape = (2, len(config.dims), len(config.ratios))
    separable, unproved, exact = np.zeros(shape, int), np.zeros(shape, int), np.zeros(shape)
    points = np.array([[round(ratio * dim) for ratio in config.ratios] for dim in config.dims])
    learned = np.zeros((len(config.ratios), len(config.time_outs)), int)
    for place in itertools.product(*map(range, shape)):
        bias, j, k = place
        dim, count = config.dims[j], int(points[j, k])
        x, y = _labelled(config, dim, count, bool(bias))
        found = [separability.separate(*labelling, bool(bias)) for labelling in zip(x, y, strict=True)]
        separable[place] = sum(one.separable is True for one in found)
        unproved[place] = sum(not one.proved for one in found)
        exact[place] = theory.cover_fraction(count, dim + bias)
        if bias and dim == config.time_out_dim:
            learned[k] = _learned(x, y, config.time_outs)
    dims = ("bias", "dim", "ratio")
    return xr.Dataset(
        {
            "separable": (dims, separable), "unproved": (dims, unproved), "exact": (dims, exact),
            "points": (("dim", "ratio"), points), "learned": (("ratio", "time_out"), learned),
        },
        {"bias": [False, True], "dim": list(config.dims), "ratio": list(config.ratios),
         "time_out": list(config.time_outs)},
        {"trials": config.trials, "time_out_dim": config.time_out_dim},
    )  # fmt: skip


def _labelled(config: Config, dim: int, count: int, bias: bool) -> tuple[np.ndarray, np.ndarray]:
    """Draw normal points [trials, N, d] and random labels [trials, N], with a separate seed for every kind."""
    rng = np.random.default_rng([config.seed, dim, count, bias])
    shape = (config.trials, count)
    return rng.normal(size=(*shape, dim)), rng.integers(0, 2, shape)


def _learned(x: np.ndarray, y: np.ndarray, time_outs: tuple[int, ...]) -> np.ndarray:
    """The number of labellings that a perceptron has learned after each number of passes [time_out].

    It is trained on the points rounded to float32; whether its weights separate the points themselves is checked.
    """
    fit = jax.jit(jax.vmap(lambda x, y: neurons.perceptron_fit(x, y, max(time_outs))))
    run = jax.device_get(fit(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)))
    sums = np.einsum("tnd,td->tn", x, run.w.astype(float)) + run.b.astype(float)[:, None]
    right = run.converged & ((sums > 0) == (y > 0)).all(axis=1)
    return np.array([int((right & (run.epochs <= limit)).sum()) for limit in time_outs])


# Measure and statement.


def share_at_twice(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The separable share of all labellings of twice as many points as there are dimensions, without a bias."""
    at_twice = data.points == 2 * data.dim
    if not at_twice.any():
        return None
    n = int(at_twice.sum()) * data.attrs["trials"]
    share = data.separable.sel(bias=False, drop=True).where(at_twice).sum() / n
    return wilson(share, n, level).assign_attrs(of="labellings of all dimensions", units="of the labellings")


STATEMENTS = (
    Statement(
        "half at 2d", "Planes through the origin separate half of the random labellings of 2d points in d dimensions.",
        THEOREM, f"{sources.COVER}, theorem 1", within(0.45, 0.55), share_at_twice,
        "The interval had to hold one half as well; only a p-value of at most 0.001 refuted.",
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each number of dimensions and points, with a bias and without."""
    shares = wilson(data.separable / data.attrs["trials"], data.attrs["trials"])
    return xr.merge([data[["points", "separable", "exact", "unproved"]], shares], combine_attrs="drop")


# Figures.


def capacity(data: xr.Dataset) -> Figure:
    """Random labellings of normal points that one neuron separates (dots, with 95% Wilson intervals), and Cover's law
    (lines, not fitted). Linear programming decided each labelling, and its answer was checked. Without a bias half are
    separable at two points per dimension (dotted), and the more dimensions, the faster the share falls. A bias is one
    weight more.
    """
    titles = {False: "Planes through the origin", True: "Planes with a bias"}
    fig, made = fg.panels(col=data.bias, size=(5.2, 3.9), titles=titles, sharey=True)  # type: ignore[arg-type]
    shares = table(data)
    for ax, where in made:
        for color, dim in zip(fg.shades(data.sizes["dim"]), data.dim.values.tolist(), strict=True):
            one = shares.sel(where | {"dim": dim})
            ax.plot(*_law(data, dim, where["bias"]), color=color, linewidth=1.2, zorder=1)
            ax.plot(one.points / dim, one.value, "o", color=color, markersize=4.5, label=f"{dim}")
            ax.vlines(one.points / dim, one.low, one.high, color=color, linewidth=1.2)
        ax.axhline(0.5, color=fg.GREY, linewidth=0.8, linestyle=":")
        ax.axvline(2, color=fg.GREY, linewidth=0.8, linestyle=":")
    x, y = "points per dimension, $N/d$", "separable share of the labellings"
    return fg.finish(
        fig,
        made,
        "Planes through the origin separate half of the labellings of two points per dimension",
        x,
        y,
        NAMES["dim"],
    )


def _law(data: xr.Dataset, dim: int, bias: bool) -> tuple[np.ndarray, np.ndarray]:
    """Points per dimension and share by Cover's law, at every whole number of points within the ratios."""
    ratios = data.ratio.values
    points = np.arange(max(1, int(np.ceil(ratios.min() * dim))), int(ratios.max() * dim) + 1)
    return points / dim, np.array([theory.cover_fraction(int(n), dim + bias) for n in points])


def time_out(data: xr.Dataset) -> Figure:
    """Labellings that a perceptron with a bias has learned after some passes, with 95% Wilson intervals, and those that
    are separable, by Cover's law and in these draws. Of separable ones, many are not learned in 100 passes.
    """
    dim, trials = data.attrs["time_out_dim"], data.attrs["trials"]
    fig, ax = plt.subplots(figsize=(7.4, 4.2))
    ax.plot(*_law(data, dim, True), color="black", linewidth=1.4, label="separable (Cover)")
    shares = wilson(data.learned / trials, trials)
    x = data.points.sel(dim=dim) / dim
    ax.plot(x, data.separable.sel(bias=True, dim=dim) / trials, "k_", markersize=12, label="separable (these draws)")
    for color, limit in zip(fg.shades(data.sizes["time_out"]), data.time_out.values.tolist(), strict=True):
        one = shares.sel(time_out=limit)
        ax.plot(x, one.value, "o--", color=color, linewidth=1, markersize=4.5, label=f"learned in {limit:,} passes")
        ax.vlines(x, one.low, one.high, color=color, linewidth=1.2)
    ax.set(xlabel="points per dimension, $N/d$", ylabel="share of the labellings")
    ax.set_title(f"Many separable labellings take a perceptron over 100 passes ({dim} dimensions)")
    ax.legend()
    return fig


FIGURES = (capacity, time_out)
