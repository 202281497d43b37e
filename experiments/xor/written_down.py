"""Three threshold units in two layers compute XOR, with weights that are written down by hand.

The networks are the textbook's. AND has weights 0.5, 0.5 and threshold 0.7, and OR has weights 0.5, 0.5 and threshold
0.2. NOT AND is AND with all signs turned. XOR is AND(NOT AND, OR), or three units with weights 1 and -1 and every
threshold 0.5. Nothing is trained: they come from `nnjax.theory.constructions` and are applied to the four rows of the
truth table, in single and in double precision. Success is that all four rows are right in both.

    python -m experiments xor.written_down                 # 2 s: in single precision
    python -m experiments xor.written_down --preset full
"""

from dataclasses import dataclass
from typing import Annotated

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import planes, sources
from experiments.lab.estimates import exact
from experiments.lab.flags import one_of
from experiments.lab.planes import network_diagram, points, regions, unit_line
from experiments.lab.verdicts import TEXTBOOK, Statement, equal
from nnjax import mlp, tasks
from nnjax.activations import step
from nnjax.theory import constructions

NETWORKS = {  # with the Boolean function that each computes
    "AND": ("and", constructions.and_gate),
    "OR": ("or", constructions.or_gate),
    "NOT AND": ("nand", constructions.nand_gate),
    "XOR from gates": ("xor", constructions.xor_from_gates),
    "XOR, thresholds 0.5": ("xor", constructions.xor_multilayer_perceptron),
}
GATES, XORS = tuple(NETWORKS)[:3], tuple(NETWORKS)[3:]
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Config:
    """The precisions in which the networks must be exact; nothing is random and nothing is tuned."""

    dtypes: Annotated[tuple[str, ...], one_of(DTYPES)] = DTYPES


QUICK = Config(dtypes=("float32",))

NAMES = {
    "network": "network that is written down",
    "dtype": "precision in which it is applied",
    "row": "row of the truth table",
    "output": "what the network answers",
    "target": "what the truth table says",
    "weights": "weights by layer, source and unit; nan where there is no unit",
    "thresholds": "thresholds by layer and unit; nan where there is no unit",
    "right": "rows of the truth table, of four, that it answers rightly",
}


def run(config: Config) -> xr.Dataset:
    """Outputs [network, dtype, row] beside their targets, and the weights."""
    rows = tasks.xor().x
    targets = [tasks.boolean(function).y[:, 0] for function, _ in NETWORKS.values()]
    output = [[apply(name, dtype, rows) for dtype in config.dtypes] for name in NETWORKS]
    w, t = zip(*map(weights, NETWORKS), strict=True)
    return xr.Dataset(
        {
            "output": (("network", "dtype", "row"), np.asarray(output)),
            "target": (
                ("network", "row"),
                np.asarray(targets),
            ),
            "weights": (("network", "layer", "source", "unit"), np.stack(w)),
            "thresholds": (("network", "layer", "unit"), np.stack(t)),
        },
        {"network": list(NETWORKS), "dtype": list(config.dtypes), "row": list(planes.NAMES)},
    )


@jax.jit
def _forward(params, x):
    """The network on all rows at once: x [n, 2] -> y [n], every unit a step."""
    return jax.vmap(lambda row: mlp.apply(params, row, activation=step, output_activation=step))(x)[:, 0]


def apply(name: str, dtype: str, rows: np.ndarray) -> np.ndarray:
    """The outputs of a network for rows [n, 2]."""
    with jax.enable_x64(dtype == "float64"):
        return np.asarray(_forward(NETWORKS[name][1](), jnp.asarray(rows, dtype)), float)


def weights(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights [layer, 2, 2], thresholds [layer, 2]; nan where there is no unit: a gate is the last layer."""
    w, t = np.full((2, 2, 2), np.nan), np.full((2, 2), np.nan)
    with jax.enable_x64(True):
        params = NETWORKS[name][1]()
    for layer, (weight, bias) in enumerate(params, start=2 - len(params)):
        w[layer, :, : weight.shape[1]], t[layer, : len(bias)] = weight, -bias
    return w, t


def rows_right(data: xr.Dataset) -> xr.DataArray:
    """Rows that are answered rightly [network, dtype]."""
    return (data.output == data.target).sum("row")


def xor_from_gates(data: xr.Dataset, level: float) -> xr.Dataset:
    """Rows of XOR that the three gates answer rightly, in the worse of the precisions."""
    right = rows_right(data).sel(network="XOR from gates", drop=True).min()
    return exact(right, n=data.sizes["row"], units="of 4 rows right")


STATEMENTS = (
    Statement(
        "XOR from gates", "Three threshold units wired as AND(NOT AND, OR) compute XOR.", TEXTBOOK, sources.TEXTBOOK,
        equal(4), xor_from_gates, random=False,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each network and precision."""
    return rows_right(data).to_dataset(name="right")


def gates(data: xr.Dataset) -> Figure:
    """One threshold unit divides its inputs by a straight line. The number in a unit is the threshold that its weighted
    sum must exceed. The tint is its answer, blue for 0 and orange-red for 1; the arrow points to where it fires.
    Lines between units: orange-red for positive weights, blue for negative ones.
    """
    fig, axes = plt.subplots(2, 3, figsize=(9, 5.6))
    right = rows_right(data).min("dtype")
    for (diagram, plane), name in zip(axes.T, GATES, strict=True):
        one = data.sel(network=name).isel(layer=1)
        w, t = one.weights.values[:, :1], one.thresholds.values[:1]
        network_diagram(diagram, [w], [t], [["$x_1$", "$x_2$"], [name]])
        diagram.set_title(f"{name}: {right.sel(network=name).item()} of 4 rows right")
        regions(plane, lambda x, w=w, t=t: x @ w[:, 0] > t[0], -0.5, 1.5)
        unit_line(plane, w[:, 0], t[0], -0.5, 1.5, avoid=tasks.xor().x)
        points(plane, tasks.xor().x, one.target.values)
        plane.set(xlabel="$x_1$", ylabel="$x_2$", xticks=(0, 1), yticks=(0, 1))
    return fig


def xor(data: xr.Dataset) -> Figure:
    """Networks of three threshold units that compute XOR. Each hidden unit divides input space by one line, and its
    answer is a coordinate of hidden space. There two of the four inputs share a point, so that one line is enough. The
    tint is the network's answer, blue for 0 and orange-red for 1; arrows point to where a unit fires. Lines between
    units: orange-red for positive weights, blue for negative ones.
    """
    fig, axes = plt.subplots(2, 3, figsize=(10.5, 6.8))
    right = rows_right(data).min("dtype")
    for (diagram, plane, hidden), name in zip(axes, XORS, strict=True):
        one = data.sel(network=name)
        (w, v), (t, s) = one.weights.values, one.thresholds.values
        units = ["NOT AND", "OR"] if name == "XOR from gates" else ["$h_1$", "$h_2$"]
        network_diagram(diagram, [w, v[:, :1]], [t, s[:1]], [["$x_1$", "$x_2$"], units, ["XOR"]])
        diagram.set_title(f"{name}: {right.sel(network=name).item()} of 4 rows right")
        regions(plane, lambda x, w=w, t=t, v=v, s=s: (x @ w > t) @ v[:, 0] > s[0], -0.5, 1.5)
        regions(hidden, lambda h, v=v, s=s: h @ v[:, 0] > s[0], -0.5, 1.5)
        for unit, style in enumerate(("-", "--")):
            unit_line(plane, w[:, unit], t[unit], -0.5, 1.5, tasks.xor().x, linestyle=style, label=units[unit])
        plane.legend(loc="upper right", fontsize=8.5, frameon=True, framealpha=0.9, borderpad=0.3)
        images = tasks.xor().x @ w > t
        unit_line(hidden, v[:, 0], s[0], -0.5, 1.5, avoid=images)
        points(plane, tasks.xor().x, one.target.values)
        points(hidden, images, one.target.values)
        plane.set(xlabel="$x_1$", ylabel="$x_2$", title="Input space", xticks=(0, 1), yticks=(0, 1))
        hidden.set(xlabel=units[0], ylabel=units[1], title="Hidden space", xticks=(0, 1), yticks=(0, 1))
    return fig


FIGURES = (gates, xor)
