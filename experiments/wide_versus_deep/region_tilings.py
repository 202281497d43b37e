"""The tilings of `regions`: every cell is drawn as a facet of the network's graph, lit from one side."""

import itertools
from collections.abc import Sequence

import jax
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from nnjax import mlp
from nnjax.theory import constructions
from nnjax.theory import regions as counting

LIGHT, STEEP = np.array([0.5, 0.75]), 0.55  # where the light comes from, and the slope that stands for the median one
SHADES = 24  # colours of a panel
MONTUFAR = (6, 6, 4)


def rebuilt(flat: np.ndarray, hidden: Sequence[int]) -> mlp.Params:
    """Stacked parameters of networks with two inputs and one output, from vectors of weights [n, num_params]."""
    layers, start = [], 0
    for a, b in itertools.pairwise((2, *hidden, 1)):
        w, start = flat[:, start : start + a * b].reshape(-1, a, b), start + a * b
        layers.append(mlp.Layer(w.astype(float), flat[:, start : start + b].astype(float)))
        start += b
    return tuple(layers)


def tilings(data: xr.Dataset) -> Figure:
    """Regions in which the same ReLUs are on, with their exact number above. Top: two untrained networks, and one of
    fewer neurons with weights written down that fold the square (Montufar et al. 2014); each region is a facet of the
    surface of outputs, lit from one side. Bottom: the first trained on spirals, the second on spirals and on random
    labels; blue and red are the classes, darker for larger outputs."""
    depth, neurons = int(data.attrs["shown_depth"]), int(data.attrs["trained_neurons"])
    hidden = (neurons // depth,) * depth

    def network(task: str, start: str, place: int) -> mlp.Params:
        flat = data.shown_weights.sel(task=task, start=start).isel(shown_step=place).values
        return tuple(mlp.Layer(w[0], b[0]) for w, b in rebuilt(flat[None], hidden))

    with jax.enable_x64(True):
        folds = tuple(mlp.Layer(np.asarray(w), np.asarray(b)) for w, b in constructions.montufar_folds(2, MONTUFAR))
    shown = [
        (network("two spirals", "drawn", 0), f"Untrained, {depth} layers of {hidden[0]}", False, -1.0),
        (network("two spirals", "zero", 0), "Untrained, zero biases", False, -1.0),
        (folds, f"Written down, layers of {', '.join(map(str, MONTUFAR))}", False, 0.0),
        (network("two spirals", "drawn", -1), "Two spirals learned", True, -1.0),
        (network("two spirals", "zero", -1), "The same, from zero biases", True, -1.0),
        (network("random labels", "zero", -1), "Random labels, from zero biases", True, -1.0),
    ]
    fig, axes = plt.subplots(2, 3, figsize=(11.4, 7.7))
    for ax, (params, title, classes, low) in zip(axes.flat, shown, strict=True):
        tiling = counting.tile(params, low, 1.0)
        paint(ax, tiling, classes)
        ax.set_title(f"{title}: {tiling.activation[0]:,}", fontsize=10)
    fig.suptitle("Into how many linear regions ReLU networks cut a square")
    return fig


def paint(ax: Axes, tiling: counting.Tiling, classes: bool) -> None:
    """Draw one tiling; few colours, no soft edges, and every border once make a small PNG."""
    polygons = tiling.polygons()
    centres = np.array([corners.mean(axis=0) for corners in polygons])
    value = (tiling.offset + np.einsum("pi,pik->pk", centres, tiling.gradient))[:, 0]
    shade = 0.5 + 0.42 * np.tanh(value / 4) if classes else facets(tiling.gradient[:, :, 0], tiling.areas())
    shade = (np.floor(shade * SHADES).clip(0, SHADES - 1) + 0.5) / SHADES
    colors = colormaps["RdBu_r" if classes else "cividis"](shade)
    look = {"antialiaseds": False, "rasterized": True}
    ax.add_collection(PolyCollection(polygons, facecolors=colors, edgecolors="none", **look))
    ends = np.concatenate([np.stack([p, np.roll(p, -1, axis=0)], axis=1) for p in polygons]).round(9)
    order = np.lexsort((ends[..., 1], ends[..., 0]), axis=1)
    borders = np.unique(np.take_along_axis(ends, order[..., None], axis=1), axis=0)
    ax.add_collection(LineCollection(list(borders), colors="#F2F2F2", linewidths=0.25, **look))
    low, high = tiling.corners.min(), tiling.corners.max()
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal", xticks=[], yticks=[], xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)


def facets(gradient: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """The brightness of each facet [p], from 0 to 1, by its slopes [p, 2]."""
    size = np.linalg.norm(gradient, axis=1)
    order = np.argsort(size)
    usual = size[order][np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)] or 1.0
    slopes = gradient / usual * STEEP
    light = (1 - slopes @ LIGHT) / np.sqrt(1 + (slopes**2).sum(axis=1))
    low, high = np.quantile(light, [0.02, 0.98])
    return np.clip((light - low) / max(high - low, 1e-9), 0, 1)
