"""The untrained networks of `regions`: with random weights, and written down to have as many regions as possible.

Weights have He's normal distribution; biases are standard normal or zero. On a whole line through the origin the scale
of the biases does not matter: multiplying all of them has the same effect as scaling the inputs.
"""

import itertools
from typing import Any

import jax
import numpy as np
import xarray as xr

from experiments.wide_versus_deep.regions.config import Config
from nnjax import mlp
from nnjax.theory import constructions, regions

BIASES = {"drawn": 1.0, "zero": 0.0}
LINES = ("through the origin", "off the origin")
SIDE = 4.0  # half of the side of the square in which the cells of networks with random biases are counted
NUM_INPUTS = 2


def draw(rng: np.random.Generator, num_networks: int, hidden: tuple[int, ...], bias: float) -> mlp.Params:
    """Networks of two inputs and one output, stacked: weights N(0, 2 / fan in), biases N(0, bias^2)."""
    return tuple(
        mlp.Layer(
            rng.normal(size=(num_networks, a, b)) * np.sqrt(2 / a),
            bias * rng.normal(size=(num_networks, b)),
        )
        for a, b in itertools.pairwise((NUM_INPUTS, *hidden, 1))
    )


def lines(config: Config) -> xr.Dataset:
    """Activation and affine pieces [bias, line, depth, neurons, network] along whole lines, one line per network."""
    rng = np.random.default_rng(config.seed)
    shape = (len(BIASES), len(LINES), len(config.depths), len(config.neurons), config.networks)
    activation, affine = np.zeros(shape, "int32"), np.zeros(shape, "int32")
    for (k, depth), (m, neurons) in itertools.product(enumerate(config.depths), enumerate(config.neurons)):
        for i, scale in enumerate(BIASES.values()):
            params = draw(rng, config.networks, (neurons // depth,) * depth, scale)
            angle = rng.uniform(0, 2 * np.pi, config.networks)
            along, beside = (np.column_stack([np.cos(a), np.sin(a)]) for a in (angle, angle + np.pi / 2))
            for j, start in enumerate((0 * beside, beside)):
                found = regions.along_lines(params, start, along)
                activation[i, j, k, m], affine[i, j, k, m] = found.activation, found.affine
    dims = ("bias", "line", "depth", "neurons", "network")
    coords = {"bias": list(BIASES), "line": list(LINES), "depth": list(config.depths), "neurons": list(config.neurons)}
    return xr.Dataset({"pieces": (dims, activation), "affine_pieces": (dims, affine)}, coords)


def planes(config: Config) -> xr.Dataset:
    """Activation and affine regions [plane_depth, plane_neurons, tiled] in the square, with random biases."""
    rng = np.random.default_rng(config.seed + 1)
    shape = (len(config.plane_depths), len(config.plane_neurons), config.plane_networks)
    activation, affine = np.zeros(shape, "int32"), np.zeros(shape, "int32")
    for (k, depth), (m, neurons) in itertools.product(enumerate(config.plane_depths), enumerate(config.plane_neurons)):
        found = regions.tile(draw(rng, shape[-1], (neurons // depth,) * depth, 1.0), -SIDE, SIDE)
        activation[k, m], affine[k, m] = found.activation, found.affine
    dims = ("plane_depth", "plane_neurons", "tiled")
    coords = {"plane_depth": list(config.plane_depths), "plane_neurons": list(config.plane_neurons)}
    return xr.Dataset({"cells": (dims, activation), "affine_cells": (dims, affine)}, coords)


def maxima(config: Config) -> xr.Dataset:
    """By the number of layers of one width: bounds, and the counts of networks written down and of random ones."""
    n, rng = config.bound_width, np.random.default_rng(config.seed + 2)
    on_line, in_plane = (list(range(1, most + 1)) for most in (config.line_layers, config.plane_layers))
    coords: dict[str, Any] = {"line_layers": on_line, "plane_layers": in_plane}
    found: dict[str, Any] = {
        "line_bound": ("line_layers", [float(regions.most_pieces_on_a_line((n,) * k)) for k in on_line]),
        "plane_bound": ("plane_layers", [float(regions.serra_upper_bound(2, (n,) * k)) for k in in_plane]),
        "montufar_bound": ("plane_layers", [float(regions.montufar_lower_bound(2, (n,) * k)) for k in in_plane]),
    }
    with jax.enable_x64(True):
        zigzags = [regions.along_lines(constructions.most_pieces((n,) * k), [0.0], [1.0], 0.0, 1.0) for k in on_line]
        folds = [regions.tile(constructions.montufar_folds(2, (n,) * k), 0.0, 1.0) for k in in_plane]
    drawn_line = [
        regions.along_lines(draw(rng, config.networks, (n,) * k, 1.0), [0.0, 0.0], [1.0, 0.0]) for k in on_line
    ]
    drawn_plane = [regions.tile(draw(rng, config.plane_networks, (n,) * k, 1.0), -SIDE, SIDE) for k in in_plane]
    for name, dim, written, drawn in (
        ("line", "line_layers", zigzags, drawn_line),
        ("plane", "plane_layers", folds, drawn_plane),
    ):
        for kind in ("activation", "affine"):
            found[f"{name}_{kind}"] = (dim, [int(getattr(one, kind)[0]) for one in written])
            found[f"{name}_drawn_{kind}"] = ((dim, f"{name}_sample"), [getattr(one, kind) for one in drawn])
    return xr.Dataset(found, coords)
