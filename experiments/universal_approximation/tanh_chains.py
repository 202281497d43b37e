"""Tanh networks that come near the precision of float64, alone and in chains that learn what others left over.

A network of a chain is trained on the residual of those before it, scaled to 1. The scale of its initial weights (its
frequency) is tuned for each target and stage. Tuning is on chains that are not reported, by the residual at points that
are not reported. The first damping of the solver is tuned in the same way for single networks, and fixed for chains. A
ridge holds the output weights of the first network of a chain small, so it is not a single network as above.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from nnjax import mlp, tasks, training, tuning

INTERVAL, NUM_ROWS = (-1.0, 1.0), 385
SLOPES, CENTRES = (1.5, 3.0), (-1.3, 1.3)
STEPS, LATER_STEPS = 240, 100  # of a single network and of the first of a chain; of later ones
CHAIN_RATE = 100.0  # reciprocal of the first damping; the frequency of later networks matters more
RIDGE, FIRST_RIDGE = 20.0, 1e4  # penalties on output weights, in units of rounding; the latter of the first of a chain
NEXT_NETWORK = 10_000  # added to the seed for each further network, so that the second is no copy of the first


class Plan(NamedTuple):
    """What is trained: single networks of as many units as the first of a chain, and chains of two kinds."""

    targets: tuple[str, ...]
    seeds: int
    chains: int
    kinds: dict[str, tuple[int, ...]]  # units of the networks of a chain, one after another; the first are equal
    rates: tuple[float, ...]  # reciprocals of the first damping that are tried
    frequencies: tuple[float, ...]  # factors on the initial weights that are tried
    tuning_seeds: int


def run(plan: Plan) -> xr.Dataset:
    """Errors of single networks [tanh_target, seed], polynomials, and chains [kind, stage, tanh_target, chain]."""
    return xr.merge([single(plan), polynomials(plan), chains(plan)], compat="no_conflicts", join="exact")


def init(key, sizes, *, init, bias_init, init_scale=1.0, bias_scale=1.0, dtype=None):
    """Units tanh(w (x - t)), |w| uniform in SLOPES times `init_scale`, t uniform in CENTRES; output weights 0.

    `init`, `bias_init` and `bias_scale` are not used.
    """
    _, n, k = sizes
    key_w, key_sign, key_t = jax.random.split(key, 3)
    w = jax.random.uniform(key_w, (n,), dtype, *SLOPES) * jax.random.rademacher(key_sign, (n,), dtype) * init_scale
    t = jax.random.uniform(key_t, (n,), dtype, *CENTRES)
    return mlp.Layer(w[None, :], -w * t), mlp.Layer(jnp.zeros((n, k), dtype), jnp.zeros((k,), dtype))


def test_rms(params, data, predict):
    """The root mean square error at the test rows."""
    return jnp.sqrt(jnp.mean((predict(params, data.x_test) - data.y_test) ** 2))


def output_sum(params, data):
    """The sum of the absolute output weights, which is the size of rounding in units of eps."""
    return jnp.sum(jnp.abs(params[-1].w))


def hidden_layer(params, data):
    """Weights and biases [2, n] of the hidden layer."""
    return jnp.stack([params[0].w[0], params[0].b])


def residual(params, data, predict):
    """The residual at the training rows and then at the test rows [n + m]."""
    x, y = jnp.concatenate([data.x, data.x_test]), jnp.concatenate([data.y, data.y_test])
    return (y - predict(params, x))[:, 0]


# All networks are measured alike, so that those of a width share their program.
SETTINGS: dict[str, Any] = {
    "activation": "tanh", "solver": "variable_projection", "dtype": "float64",
    "model": training.Model(init, mlp.apply, mlp.predict),
    "measure": {"rms": test_rms, "output_sum": output_sum, "hidden_layer": hidden_layer, "left": residual},
}  # fmt: skip


def rows_of(targets: tuple[str, ...], for_tuning: bool = False) -> dict[str, tasks.Data]:
    """Training rows of every target, and test rows half-way between them.

    Test rows for tuning lie a quarter of the way, so that no choice looks at those that are reported.
    """
    rows = {name: tasks.target(name, NUM_ROWS, interval=INTERVAL) for name in targets}
    if for_tuning:
        moved = (INTERVAL[1] - INTERVAL[0]) / (NUM_ROWS - 1) / 4
        for name, one in rows.items():
            x = one.x_test - moved
            rows[name] = one._replace(x_test=x, y_test=np.asarray(tasks.TARGETS[name].function(x)))
    return rows


def plain(array: xr.DataArray) -> xr.DataArray:
    """The array without coordinates that are not dimensions, and with its tasks as `tanh_target`."""
    array = array.drop_vars([name for name in array.coords if name not in array.dims])
    return array.rename(task="tanh_target") if "task" in array.dims else array


def single(plan: Plan) -> xr.Dataset:
    """Trained networks at their tuned rate, and the same ones before training with the best output layer."""
    data, units = rows_of(plan.targets), plan.kinds["equal"][0]
    common = SETTINGS | {"hidden": (units,), "num_steps": STEPS, "ridge": RIDGE, "init_scale": 1.0}
    seeds = tuning.seeds(plan.tuning_seeds)
    tuned = nnjax.sweep(rows_of(plan.targets, True), learning_rate=list(plan.rates), seeds=seeds, **common)
    rate = tuning.choose(xr.ufuncs.log10(tuned.rms.isel(step=-1)), "learning_rate").best["learning_rate"]
    runs = nnjax.sweep(data, learning_rate=rate, seeds=plan.seeds, **common)
    hidden = plain(runs.hidden_layer.isel(step=0)).transpose("tanh_target", "seed", ...).values
    return xr.Dataset({
        "rms": plain(runs.rms.isel(step=-1)), "output_sum": plain(runs.output_sum.isel(step=-1)),
        "untrained_rms": (("tanh_target", "seed"), untrained(data, hidden)),
        "tanh_rate": plain(rate), "tanh_rate_at_end": at_end(plain(rate), plan.rates),
    })  # fmt: skip


def at_end(chosen: xr.DataArray, tried: tuple[float, ...]) -> xr.DataArray:
    """Where what was chosen is the least or the greatest tried; never of one or two values, which have no inside."""
    return chosen.isin([min(tried), max(tried)] if len(tried) > 2 else [])


def untrained(data: dict[str, tasks.Data], hidden: np.ndarray) -> np.ndarray:
    """Test errors [target, seed] of hidden layers [target, seed, 2, n] with their best output layers."""
    rms = np.empty(hidden.shape[:2])
    for i, one in enumerate(data.values()):
        for j, (w, b) in enumerate(hidden[i]):
            train, test = (np.append(np.tanh(x * w + b), np.ones((len(x), 1)), axis=1) for x in (one.x, one.x_test))
            outputs = np.linalg.lstsq(train, one.y[:, 0], rcond=np.finfo(float).eps)[0]
            rms[i, j] = np.sqrt(np.mean((test @ outputs - one.y_test[:, 0]) ** 2))
    return rms


def polynomials(plan: Plan) -> xr.Dataset:
    """Test errors [target, degree] of Chebyshev interpolants, with as many coefficients as units, or as parameters."""
    units = plan.kinds["equal"][0]
    degrees, rms = [units - 1, 3 * units], []
    for name, one in rows_of(plan.targets).items():
        found = [np.polynomial.Chebyshev.interpolate(tasks.TARGETS[name].function, n, list(INTERVAL)) for n in degrees]
        rms.append([np.sqrt(np.mean((polynomial(one.x_test) - one.y_test) ** 2)) for polynomial in found])
    coords = {"tanh_target": list(plan.targets), "degree": degrees}
    return xr.Dataset({"polynomial_rms": (("tanh_target", "degree"), rms)}, coords)


def chains(plan: Plan) -> xr.Dataset:
    """Chains of both kinds: error and sum of output weights after every network, and the frequencies."""
    first = _first(plan, range(plan.chains), rows_of(plan.targets))
    first_tuning = _first(plan, tuning.seeds(plan.tuning_seeds), rows_of(plan.targets, True))
    parts = [_of_kind(plan, units, first, first_tuning) for units in plan.kinds.values()]
    return xr.concat(parts, xr.Variable("kind", list(plan.kinds)))


def _first(plan: Plan, seeds: range, data: dict[str, tasks.Data]) -> xr.Dataset:
    """The first network of each chain: its residual [target, seed, row], and the sum of its output weights."""
    runs = nnjax.sweep(
        data, hidden=(plan.kinds["equal"][0],), ridge=FIRST_RIDGE, learning_rate=CHAIN_RATE, seeds=list(seeds),
        num_steps=STEPS, init_scale=1.0, **SETTINGS,
    ).isel(step=-1)  # fmt: skip
    return xr.Dataset({"left": _by_row(runs.left), "total": plain(runs.output_sum)})


def _by_row(left: xr.DataArray) -> xr.DataArray:
    row = next(dim for dim in left.dims if dim not in ("task", "seed"))
    return plain(left).rename({row: "row"})


def _of_kind(plan: Plan, units: tuple[int, ...], first: xr.Dataset, tuning_first: xr.Dataset) -> xr.Dataset:
    """Chains of these units, one more network at a time, with the frequency that does best on the tuning chains."""
    after, tuning_after = [first], tuning_first
    chosen: list[Any] = [xr.ones_like(first.tanh_target, float)]
    data, others = rows_of(plan.targets), rows_of(plan.targets, True)
    for stage, width in enumerate(units[1:], start=1):
        trials = [_next(others, stage, width, tuning_after, one) for one in plan.frequencies]
        tried = xr.concat(trials, xr.Variable("frequency", list(plan.frequencies)))
        best = tuning.choose(xr.ufuncs.log10(_rms(tried.left)), "frequency").best["frequency"]
        tuning_after = tried.sel(frequency=best).drop_vars("frequency")
        chosen.append(best)
        after.append(_next(data, stage, width, after[-1], best.rename(tanh_target="task")))
    stages = xr.concat(after, "stage").assign_coords(stage=np.arange(1, len(after) + 1))
    frequency = ("stage", "tanh_target"), np.stack([one.values for one in chosen])
    found = {"chain_rms": _rms(stages.left), "chain_sum": stages.total, "frequency": frequency}
    data = xr.Dataset(found).rename(seed="chain")
    return data.assign(frequency_at_end=at_end(data.frequency, plan.frequencies) & (data.stage > 1))


def _rms(left: xr.DataArray) -> xr.DataArray:
    """The root mean square at the test rows, which come after the training rows."""
    return (left.isel(row=slice(NUM_ROWS, None)) ** 2).mean("row") ** 0.5


def _next(rows: dict[str, tasks.Data], stage: int, width: int, before: xr.Dataset, frequency: Any) -> xr.Dataset:
    """Chains with one more network, trained on their residual at these rows, scaled to 1."""
    parts: list[xr.Dataset] = []
    for seed in before.seed.values:
        left = before.left.sel(seed=seed)
        scale = (left.isel(row=slice(NUM_ROWS)) ** 2).mean("row") ** 0.5
        scaled = (left / scale).transpose("tanh_target", "row").values[:, :, None]
        data = {
            name: one._replace(y=y[:NUM_ROWS], y_test=y[NUM_ROWS:])
            for (name, one), y in zip(rows.items(), scaled, strict=True)
        }
        runs = nnjax.sweep(
            data, hidden=(width,), learning_rate=CHAIN_RATE, init_scale=frequency, num_steps=LATER_STEPS,
            seeds=[int(seed) + stage * NEXT_NETWORK], ridge=RIDGE, **SETTINGS,
        ).isel(step=-1, seed=0)  # fmt: skip
        total = before.total.sel(seed=seed) + plain(runs.output_sum) * scale
        parts.append(xr.Dataset({"left": _by_row(runs.left) * scale, "total": total}))
    together: Any = xr.concat(parts, "seed")
    return together
