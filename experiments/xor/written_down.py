"""AND, OR and NOT AND are one threshold unit each; XOR is none, but two units under a third compute it.

Source: the textbook chapter, with its weights and thresholds: AND 0.5, 0.5 and 0.7; OR 0.5, 0.5 and 0.2;
XOR = AND(NOT AND, OR); the multilayer perceptron with every threshold 0.5. That no single unit computes XOR:
Minsky & Papert 1969. Nothing is trained: the networks are written down (`nnjax.constructions`) and applied.

Why one unit will not do: if it fires where w.x > t, the two true rows of XOR give w.(0,1) + w.(1,0) > 2t and
the two false rows w.(0,0) + w.(1,1) <= 2t; but (0,1) + (1,0) = (0,0) + (1,1), so 2t would exceed itself.

    python -m experiments xor.written_down             # 2 s; --preset full is the same

Outputs: gates, xor; table.csv has a row per network and per Boolean function.
"""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, REPRODUCED, Verdict, cli
from nnjax import constructions, mlp, naming, tasks
from nnjax.activations import step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# name: (the Boolean function, how it is written down, what is claimed)
NETWORKS = {
    "AND": ("and", constructions.and_gate, "weights 0.5, 0.5 and threshold 0.7 compute AND"),
    "OR": ("or", constructions.or_gate, "weights 0.5, 0.5 and threshold 0.2 compute OR"),
    "NOT AND": ("nand", constructions.nand_gate, "AND with every sign turned computes NOT AND"),
    "XOR from gates": ("xor", constructions.xor_from_gates, "AND(NOT AND, OR) computes XOR"),
    "XOR, thresholds 0.5": (
        "xor",
        constructions.xor_multilayer_perceptron,
        "a multilayer perceptron with every threshold 0.5 computes XOR",
    ),
}
SEPARABLE = 14  # of the 16 functions of two inputs (OEIS A000609)
COMMAND = "python -m experiments xor.written_down --preset full"


@dataclass(frozen=True)
class Config:
    """What is applied: nothing is random and nothing is tuned."""

    networks: tuple[str, ...] = tuple(NETWORKS)  # scientific: the networks written down
    dtypes: tuple[str, ...] = ("float32", "float64")  # fixed: precisions in which they must be exact


QUICK = FULL = Config()


def run(config: Config) -> xr.Dataset:
    """Outputs [network, dtype, row] beside their targets, the weights, and what is certain of a function."""
    for name in config.networks:
        if name not in NETWORKS:
            raise naming.unknown(name, NETWORKS, "networks")
    rows = tasks.xor().x
    found = [[_outputs(name, dtype, rows) for dtype in config.dtypes] for name in config.networks]
    targets = [tasks.boolean(NETWORKS[name][0]).y[:, 0] for name in config.networks]
    written = [_weights(name) for name in config.networks]
    certified = [_certificates(tasks.boolean(name).y[:, 0], rows) for name in tasks.BOOLEAN_NAMES]
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
        return np.asarray(_apply(NETWORKS[name][1](), jnp.asarray(rows, dtype)), float)


def _weights(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights [layer, 2, 2], thresholds [layer, 2]; nan where there is no unit: a gate is the last layer."""
    w, t = np.full((2, 2, 2), np.nan), np.full((2, 2), np.nan)
    with jax.enable_x64(True):
        params = NETWORKS[name][1]()
    for layer, (weight, bias) in enumerate(params, start=2 - len(params)):
        w[layer, :, : weight.shape[1]], t[layer, : len(bias)] = weight, -bias
    return w, t


def _certificates(truth: np.ndarray, rows: np.ndarray) -> tuple[int, str]:
    """In integers: how many small threshold units compute a function, and a quadruple that forbids them all.

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


def _rows_right(data: xr.Dataset) -> xr.DataArray:
    """Rows right [network], in the worse of the precisions."""
    return (data.output == data.target).sum("row").min("dtype")


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """The gates with the plane they cut, and the networks that compute XOR with the two planes they cut."""
    from experiments.xor import _written_down_figures as drawing

    right = _rows_right(data).to_series().to_dict()
    is_gate = np.isnan(data.thresholds.values).all(axis=2).any(axis=1)
    parts = {"gates": data.isel(network=is_gate), "xor": data.isel(network=~is_gate)}
    draw = {"gates": drawing.gates, "xor": drawing.networks}
    return {name: draw[name](part, right) for name, part in parts.items() if part.sizes["network"]}


def table(data: xr.Dataset) -> list[dict]:
    """A row per network and precision, then a row per Boolean function of two inputs."""
    right = (data.output == data.target).sum("row")
    rows = [
        {"name": network, "dtype": dtype, "rows_right": int(right.sel(network=network, dtype=dtype))}
        for network, dtype in itertools.product(data.network.values, data.dtype.values)
    ]
    for name in data.function.values:
        one = data.sel(function=name)
        rows.append({"name": name, "units_of_36": int(one.num_units), "certificate_against": one.certificate.item()})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A network must answer all four rows in every precision; a function has a unit or a certificate."""
    found = []
    for name, right in zip(data.network.values.tolist(), _rows_right(data).values, strict=True):
        outcome = REPRODUCED if right == 4 else NOT_REPRODUCED
        claim = f"{NETWORKS[name][2]}, exactly, in {' and '.join(data.dtype.values)}"
        found.append(
            Verdict(name, claim, "the textbook chapter", 4, int(right), None, None, "rows of 4", outcome, COMMAND)
        )
    xor = data.sel(function="xor")
    impossible = int(xor.num_units) == 0 and xor.certificate.item() != ""
    found.append(
        Verdict(
            "no single unit",
            "no single threshold unit computes XOR: its true and its false rows have equal sums",
            "Minsky & Papert 1969",
            "a certificate in integers",
            xor.certificate.item() or "no certificate",
            None,
            None,
            "",
            REPRODUCED if impossible else NOT_REPRODUCED,
            COMMAND,
        )
    )
    has_unit, is_forbidden = data.num_units > 0, data.certificate != ""
    decided = bool((has_unit != is_forbidden).all()) and int(has_unit.sum()) == SEPARABLE
    found.append(
        Verdict(
            "one unit is enough",
            "14 of the 16 functions of two inputs are one threshold unit; a certificate forbids the others",
            "OEIS A000609",
            SEPARABLE,
            int(has_unit.sum()),
            None,
            None,
            "functions of 16",
            REPRODUCED if decided else NOT_REPRODUCED,
            COMMAND,
        )
    )
    return found


if __name__ == "__main__":
    cli.main(__file__)
