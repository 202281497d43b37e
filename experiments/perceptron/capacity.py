"""One neuron of d weights tells apart about 2 d random points: the separable part lies on Cover's curve.

Source: Cover 1965. Of all ways to label N points in general position in d dimensions, a plane through the origin
parts exactly C(N, d) = 2 sum_{k < d} binom(N - 1, k), wherever the points lie; a neuron with a bias has one dimension
more. So of random labels of random points the part that is separable is C(N, d) / 2^N, which falls through one half
at N = 2 d and falls the faster, in N / d, the greater d is.

Each labelling is decided by linear programming, and each answer is checked beyond rounding: a unit that separates, or
multipliers that forbid every unit (`nnjax.separability`). A time-out would not do: the second figure shows how many of
the very same labellings a perceptron has learned after so many passes.

    python -m experiments perceptron.capacity                  # 5 s
    python -m experiments perceptron.capacity --preset full    # 4 minutes on 2 cores

Outputs: capacity, time_out; table.csv has a row for each number of dimensions and points, with a bias and without.
"""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.lab import cli
from nnjax import neurons, separability, theory

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict

STORE = False


@dataclass(frozen=True)
class Config:
    """Which points are labelled, how often, and how long a perceptron is given."""

    dims: tuple[int, ...] = (5, 10, 20, 40)  # scientific: weights of the neuron, a bias not counted
    ratios: tuple[float, ...] = tuple(np.arange(0.5, 4.01, 0.25).tolist())  # scientific: points for each dimension
    trials: int = 400  # scientific: labellings of each kind
    time_out_dim: int = 20  # scientific: dimensions in which a perceptron is trained as well, with a bias
    time_outs: tuple[int, ...] = (10, 100, 1000, 10_000)  # scientific: passes after which it is given up
    seed: int = 0  # fixed


FULL = Config()
QUICK = Config(dims=(5, 10), ratios=(1.0, 1.5, 2.0, 2.5, 3.0), trials=60, time_out_dim=10, time_outs=(10, 100, 1000))


def run(config: Config) -> xr.Dataset:
    """Separable labellings of each kind, those without a proof, and those that a perceptron has learned in time."""
    check(config)
    shape = (2, len(config.dims), len(config.ratios))
    separable, unproved = np.zeros(shape, int), np.zeros(shape, int)
    points = np.array([[round(ratio * d) for ratio in config.ratios] for d in config.dims])
    learned = np.zeros((len(config.ratios), len(config.time_outs)), int)
    for (i, bias), (j, d), (k, _) in itertools.product(
        enumerate((False, True)), enumerate(config.dims), enumerate(config.ratios)
    ):
        x, y = _labelled(config, d, int(points[j, k]), bias)
        found = [separability.separate(*labelling, bias) for labelling in zip(x, y, strict=True)]
        separable[i, j, k] = sum(one.separable is True for one in found)
        unproved[i, j, k] = sum(not one.proved for one in found)
        if bias and d == config.time_out_dim:
            learned[k] = _learned(x, y, config.time_outs)
    exact = [
        [[theory.cover_fraction(int(n), d + bias) for n in row] for d, row in zip(config.dims, points, strict=True)]
        for bias in (0, 1)
    ]
    dims = ("bias", "dim", "ratio")
    preset = " --preset full" if config == FULL else ""
    return xr.Dataset(
        {
            "separable": (dims, separable),
            "unproved": (dims, unproved),
            "exact": (dims, np.array(exact)),
            "points": (("dim", "ratio"), points),
            "learned": (("ratio", "time_out"), learned),
        },
        coords={
            "bias": [False, True],
            "dim": list(config.dims),
            "ratio": list(config.ratios),
            "time_out": list(config.time_outs),
        },
        attrs={
            "trials": config.trials,
            "time_out_dim": config.time_out_dim,
            "command": f"python -m experiments perceptron.capacity{preset}",
        },
    )


def check(config: Config) -> None:
    for name in ("dims", "ratios", "time_outs"):
        values = getattr(config, name)
        if not values or min(values) <= 0 or len(set(values)) < len(values):
            raise ValueError(f"{name}={values!r} must hold numbers above 0, each once")
    if config.trials < 1 or min(config.ratios) * min(config.dims) < 1:
        raise ValueError(
            f"trials={config.trials!r}, ratios={config.ratios!r}: there must be a trial and a point at least"
        )
    if config.time_out_dim not in config.dims:
        raise ValueError(f"time_out_dim={config.time_out_dim!r} must be one of dims={config.dims!r}")


def _labelled(config: Config, dim: int, num_points: int, bias: bool) -> tuple[np.ndarray, np.ndarray]:
    """Normal points [trials, N, d] and random labels [trials, N], of a seed of their own for every kind."""
    rng = np.random.default_rng([config.seed, dim, num_points, bias])
    shape = (config.trials, num_points)
    return rng.normal(size=(*shape, dim)), rng.integers(0, 2, shape)


def _learned(x: np.ndarray, y: np.ndarray, time_outs: tuple[int, ...]) -> np.ndarray:
    """How many of the labellings a perceptron has learned after so many passes [time_out].

    It is trained on the points rounded to float32; whether its weights separate the points themselves is checked.
    """
    fit = jax.jit(jax.vmap(lambda x, y: neurons.perceptron_fit(x, y, max(time_outs))))
    run = jax.device_get(fit(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)))
    sums = np.einsum("tnd,td->tn", x, run.w.astype(float)) + run.b.astype(float)[:, None]
    right = run.converged & ((sums > 0) == (y > 0)).all(axis=1)
    return np.array([int((right & (run.epochs <= limit)).sum()) for limit in time_outs])


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """The separable part on Cover's curves, and what a time-out would have made of it."""
    from experiments.perceptron import _capacity_figures as draw

    return {"capacity": draw.capacity(data), "time_out": draw.time_out(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each kind of labelling."""
    from nnjax import statistics

    rows = []
    for bias, d, ratio in itertools.product(data.bias.values, data.dim.values, data.ratio.values):
        one = data.sel(bias=bias, dim=d, ratio=ratio)
        low, high = statistics.wilson(int(one.separable), data.attrs["trials"])
        rows.append(
            {"dimensions": int(d), "bias": bool(bias), "points": int(one.points), "trials": data.attrs["trials"]}
            | {"separable": int(one.separable), "part": int(one.separable) / data.attrs["trials"]}
            | {"low": float(low), "high": float(high), "exact": float(one.exact), "unproved": int(one.unproved)}
        )
    return rows


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_capacity_verdicts`."""
    from experiments.perceptron import _capacity_verdicts

    return _capacity_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
