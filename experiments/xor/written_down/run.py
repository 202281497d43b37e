"""Apply the networks of `xor.written_down`, and look for certificates that no single unit computes a function."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.lab import checks
from experiments.xor.written_down.config import NETWORKS, Config
from nnjax import mlp, tasks
from nnjax.activations import step
from nnjax.theory import constructions

BUILD = {
    "AND": constructions.and_gate,
    "OR": constructions.or_gate,
    "NOT AND": constructions.nand_gate,
    "XOR from gates": constructions.xor_from_gates,
    "XOR, thresholds 0.5": constructions.xor_multilayer_perceptron,
}


def run(config: Config) -> xr.Dataset:
    """Outputs [network, dtype, row] beside their targets, the weights, and the certificate of each function."""
    checks.check(config)
    rows = tasks.xor().x
    found = [[_outputs(name, dtype, rows) for dtype in config.dtypes] for name in config.networks]
    targets = [tasks.boolean(NETWORKS[name][0]).y[:, 0] for name in config.networks]
    written = [_weights(name) for name in config.networks]
    certified = [_certificate(tasks.boolean(name).y[:, 0], rows) for name in tasks.BOOLEAN_NAMES]
    return xr.Dataset(
        {
            "output": (("network", "dtype", "row"), np.asarray(found)),
            "target": (("network", "row"), np.asarray(targets)),
            "weights": (("network", "layer", "source", "unit"), np.stack([w for w, _ in written])),
            "thresholds": (("network", "layer", "unit"), np.stack([t for _, t in written])),
            "num_units": ("function", np.asarray([units for units, _ in certified])),
            "certificate": ("function", np.asarray([text for _, text in certified])),
        },
        coords={
            "network": list(config.networks),
            "dtype": list(config.dtypes),
            "row": ["".join(str(int(bit)) for bit in x) for x in rows],
            "function": list(tasks.BOOLEAN_NAMES),
        },
    )


@jax.jit
def _apply(params, x):
    """The network on all rows at once: x [n, 2] -> y [n], every unit a step."""
    return jax.vmap(lambda row: mlp.apply(params, row, activation=step, output_activation=step))(x)[:, 0]


def _outputs(name: str, dtype: str, rows: np.ndarray) -> np.ndarray:
    with jax.enable_x64(dtype == "float64"):
        return np.asarray(_apply(BUILD[name](), jnp.asarray(rows, dtype)), float)


def _weights(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights [layer, 2, 2], thresholds [layer, 2]; nan where there is no unit: a gate is the last layer."""
    w, t = np.full((2, 2, 2), np.nan), np.full((2, 2), np.nan)
    with jax.enable_x64(True):
        params = BUILD[name]()
    for layer, (weight, bias) in enumerate(params, start=2 - len(params)):
        w[layer, :, : weight.shape[1]], t[layer, : len(bias)] = weight, -bias
    return w, t


def _certificate(truth: np.ndarray, rows: np.ndarray) -> tuple[int, str]:
    """How many of 36 small threshold units compute a function, and a quadruple that rules out any unit, in integers.

    A quadruple is two true and two false rows (repeats allowed) of equal sum; "" where there is none. A unit
    would have to give the true rows the greater sum, so no function has both.
    """
    x, is_true = rows.astype(int), truth == 1
    units = itertools.product((-1, 0, 1), (-1, 0, 1), (-3, -1, 1, 3))
    computing = sum(np.array_equal(2 * x @ np.array((v, w)) + b > 0, is_true) for v, w, b in units)
    true_pairs, false_pairs = (
        itertools.combinations_with_replacement(x[kind].tolist(), 2) for kind in (is_true, ~is_true)
    )
    for (a, b), (c, d) in itertools.product(true_pairs, false_pairs):
        if np.array_equal(np.add(a, b), np.add(c, d)):
            return computing, "({},{}) + ({},{}) = ({},{}) + ({},{})".format(*a, *b, *c, *d)
    return computing, ""
