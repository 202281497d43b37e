"""The networks of `universal_approximation.machine_precision`: single, untrained, and chains; and polynomials."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.universal_approximation.machine_precision.config import Config, check
from nnjax import mlp, tasks, training, tuning

INTERVAL = (-1.0, 1.0)
SLOPES, CENTRES = (1.5, 3.0), (-1.3, 1.3)
# The rate of all networks of a chain. It is not tuned; the frequency of later networks is, which matters more.
STAGE_RATE = 100.0
# The penalty on output weights, except for the first network of a chain, in units of rounding: the solver's default.
RIDGE = 20.0
# Added to the seed for each further network of a chain, so that the second is no copy of the first.
NEXT_NETWORK = 10_000


def run(config: Config) -> xr.Dataset:
    """Errors of single networks, of cheaper ways, and of chains, for all targets."""
    check(config)
    data = xr.merge([single(config), polynomials(config), *all_chains(config)])
    attrs = {"units": config.units, "num_steps": config.num_steps, "stage_steps": config.stage_steps}
    attrs |= {"rates": list(config.rates), "frequencies": list(config.frequencies)}
    return data.assign_attrs(attrs, equal=str(config.equal), wider=str(config.wider))


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


def rows_of(config: Config, for_tuning: bool = False) -> dict[str, tasks.Data]:
    """Training rows of every target, and test rows half-way between them.

    Test rows for tuning lie a quarter of the way, so that no choice looks at those that are reported.
    """
    rows = {name: tasks.target(name, config.num_rows, interval=INTERVAL) for name in config.targets}
    if for_tuning:
        moved = (INTERVAL[1] - INTERVAL[0]) / (config.num_rows - 1) / 4
        for name, one in rows.items():
            x = one.x_test - moved
            rows[name] = one._replace(x_test=x, y_test=np.asarray(tasks.TARGETS[name].function(x)))
    return rows


def plain(array: xr.DataArray) -> xr.DataArray:
    """The array without coordinates that are not dimensions, and with `task` renamed to `target`."""
    array = array.drop_vars([name for name in array.coords if name not in array.dims])
    return array.rename(task="target") if "task" in array.dims else array


def single(config: Config) -> xr.Dataset:
    """Trained networks at their tuned rate, and the same ones before training with the best output layer.

    The rate is chosen by other seeds, and by their errors at other points than those that are reported.
    """
    data = rows_of(config)
    common = SETTINGS | {"hidden": (config.units,), "num_steps": config.num_steps, "ridge": RIDGE, "init_scale": 1.0}
    seeds = tuning.seeds(config.tuning_seeds)
    tuned = nnjax.sweep(rows_of(config, for_tuning=True), learning_rate=list(config.rates), seeds=seeds, **common)
    error = np.log10(tuned.rms.isel(step=-1))
    rate = tuning.choose(error, "learning_rate").best["learning_rate"]
    runs = nnjax.sweep(data, learning_rate=rate, seeds=config.seeds, **common)
    found = {
        "rms": plain(runs.rms.isel(step=-1)),
        "output_sum": plain(runs.output_sum.isel(step=-1)),
        "learning_rate": plain(rate),
    }
    untrained = _untrained(data, plain(runs.hidden_layer.isel(step=0)).transpose("target", "seed", ...).values)
    return xr.Dataset(found | {name: (("target", "seed"), values) for name, values in untrained.items()})


def _untrained(data: dict[str, tasks.Data], hidden: np.ndarray) -> dict[str, np.ndarray]:
    """Test error and sum of the absolute output weights [target, seed], for hidden layers [target, seed, 2, n]."""
    rms, total = np.empty(hidden.shape[:2]), np.empty(hidden.shape[:2])
    for i, one in enumerate(data.values()):
        for j, (w, b) in enumerate(hidden[i]):
            train, test = (np.append(np.tanh(x * w + b), np.ones((len(x), 1)), axis=1) for x in (one.x, one.x_test))
            outputs = np.linalg.lstsq(train, one.y[:, 0], rcond=np.finfo(float).eps)[0]
            rms[i, j] = np.sqrt(np.mean((test @ outputs - one.y_test[:, 0]) ** 2))
            total[i, j] = np.abs(outputs[:-1]).sum()
    return {"untrained_rms": rms, "untrained_sum": total}


def polynomials(config: Config) -> xr.Dataset:
    """Test errors [target, degree] of Chebyshev interpolants, with as many coefficients as units, or as parameters."""
    degrees = [config.units - 1, 3 * config.units]
    rms = [
        [_polynomial_rms(tasks.TARGETS[name].function, degree, one) for degree in degrees]
        for name, one in rows_of(config).items()
    ]
    return xr.Dataset(
        {"polynomial_rms": (("target", "degree"), rms)}, {"target": list(config.targets), "degree": degrees}
    )


def _polynomial_rms(f: Any, degree: int, data: tasks.Data) -> float:
    found = np.polynomial.Chebyshev.interpolate(f, degree, list(INTERVAL))
    return float(np.sqrt(np.mean((found(data.x_test) - data.y_test) ** 2)))


def all_chains(config: Config) -> list[xr.Dataset]:
    """Chains of both kinds: error and sum of weights after every network, frequencies, and the first one's residual."""
    reported, others = range(config.chains), tuning.seeds(config.tuning_seeds)
    first = _first(config, list(reported), rows_of(config))
    first_tuning = _first(config, list(others), rows_of(config, for_tuning=True))
    kinds = {"equal": config.equal, "wider": config.wider}
    parts = [_chains(config, widths, first, first_tuning) for widths in kinds.values()]
    together = xr.concat(parts, "kind").assign_coords(kind=list(kinds))
    x = next(iter(rows_of(config).values())).x_test[:, 0]
    return [together.assign_coords(place=x)]


def _first(config: Config, seeds: list[int], data: dict[str, tasks.Data]) -> xr.Dataset:
    """The first network of each chain: its residual [target, seed, row], and the sum of its output weights."""
    runs = nnjax.sweep(
        data, hidden=(config.equal[0],), ridge=config.ridge, learning_rate=STAGE_RATE, seeds=seeds,
        num_steps=config.num_steps, init_scale=1.0, **SETTINGS,
    )  # fmt: skip
    last = runs.isel(step=-1)
    row = next(dim for dim in last.left.dims if dim not in ("task", "seed"))
    return xr.Dataset({"left": plain(last.left).rename({row: "row"}), "total": plain(last.output_sum)})


def _chains(config: Config, widths: tuple[int, ...], first: xr.Dataset, tuning_first: xr.Dataset) -> xr.Dataset:
    """Chains of these widths, one more network at a time.

    The frequency of each is chosen on the tuning chains, by their residuals at points of their own.
    """
    after, tuning_after, chosen = [first], tuning_first, []
    data, others = rows_of(config), rows_of(config, for_tuning=True)
    for stage, width in enumerate(widths[1:], start=1):
        trials = [_next(config, others, stage, width, tuning_after, float(g)) for g in config.frequencies]
        tried = xr.concat(trials, xr.Variable("frequency", list(config.frequencies)))
        best = tuning.choose(xr.ufuncs.log10(_rms(config, tried.left)), "frequency").best["frequency"]
        tuning_after = tried.sel(frequency=best).drop_vars("frequency")
        chosen.append(best.values)
        frequency = xr.DataArray(best.values, {"task": best.target.values}, ("task",))
        after.append(_next(config, data, stage, width, after[-1], frequency))
    stages = xr.concat(after, "stage").assign_coords(stage=np.arange(1, len(after) + 1))
    num_rows = config.num_rows
    found = {
        "chain_rms": _rms(config, stages.left).rename(seed="chain"),
        "chain_sum": stages.total.rename(seed="chain"),
        "left": stages.left.isel(seed=0, row=slice(num_rows, None)).rename(row="place"),
        "frequency": (("stage", "target"), np.array([np.ones(len(config.targets)), *chosen])),
    }
    return xr.Dataset({name: plain(v) if isinstance(v, xr.DataArray) else v for name, v in found.items()})


def _rms(config: Config, left: xr.DataArray) -> Any:
    """The root mean square at the test rows, which come after the training rows."""
    return (left.isel(row=slice(config.num_rows, None)) ** 2).mean("row") ** 0.5


def _next(
    config: Config, rows: dict[str, tasks.Data], stage: int, width: int, before: xr.Dataset, frequency: Any
) -> xr.Dataset:
    """Chains with one more network, trained on their residual at these rows, scaled to 1."""
    parts: list[xr.Dataset] = []
    for seed in before.seed.values:
        left = before.left.sel(seed=seed)
        scale = (left.isel(row=slice(config.num_rows)) ** 2).mean("row") ** 0.5
        scaled = (left / scale).transpose("target", "row").values[:, :, None]
        data = {
            name: one._replace(y=y[: config.num_rows], y_test=y[config.num_rows :])
            for (name, one), y in zip(rows.items(), scaled, strict=True)
        }
        runs = nnjax.sweep(
            data, hidden=(width,), learning_rate=STAGE_RATE, init_scale=frequency, num_steps=config.stage_steps,
            seeds=[int(seed) + stage * NEXT_NETWORK], ridge=RIDGE, **SETTINGS,
        ).isel(step=-1, seed=0)  # fmt: skip
        row = next(dim for dim in runs.left.dims if dim != "task")
        left = plain(runs.left).rename({row: "row"}) * scale
        parts.append(xr.Dataset({"left": left, "total": before.total.sel(seed=seed) + plain(runs.output_sum) * scale}))
    chains: Any = xr.concat(parts, "seed")
    return chains
