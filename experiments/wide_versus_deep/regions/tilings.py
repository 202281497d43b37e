"""The tilings of `regions`: every cell is drawn as a facet of the network's graph, lit from one side."""

import jax
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from experiments.lab.figures import DIVERGING, SEQUENTIAL, Film, caption
from experiments.wide_versus_deep.regions import summary, trained
from experiments.wide_versus_deep.regions.untrained import draw
from nnjax import mlp
from nnjax.theory import constructions, regions

LIGHT = np.array([0.5, 0.75])  # where the light comes from
STEEP = 0.55  # the slope as which a network's median slope is drawn
SEED = 7  # seed of the network of one layer
SHADES = 24  # colours of a panel
MONTUFAR = (6, 6, 4)


def tilings(data: xr.Dataset) -> Figure:
    """Six squares: untrained networks, Montufar's, and trained ones."""
    fig, axes = plt.subplots(2, 3, figsize=(11.4, 7.9))
    depth, neurons = int(data.attrs["shown_depth"]), data.attrs["trained_neurons"]
    hidden = summary.hidden(data, depth)
    weights, last = data.shown_weights.sel(task=trained.SPIRALS), int(data.shown_step[-1])
    wide = draw(np.random.default_rng(SEED), 1, (neurons,), trained.SCALES["drawn"])
    deep = _network(weights.sel(start="drawn", shown_step=0), hidden)
    with jax.enable_x64(True):
        folds = tuple(mlp.Layer(np.asarray(w), np.asarray(b)) for w, b in constructions.montufar_folds(2, MONTUFAR))
    fan, spirals = (_network(weights.sel(start="zero", shown_step=step), hidden) for step in (0, last))
    noise = _network(data.shown_weights.sel(task=trained.NOISE, start="zero", shown_step=last), hidden)
    found = [
        _cells(axes[0, 0], wide, f"Untrained, 1 layer of {neurons}"),
        _cells(axes[0, 1], deep, f"Untrained, {depth} layers of {hidden[0]}"),
        _cells(axes[0, 2], folds, f"Montufar's, layers of {', '.join(map(str, MONTUFAR))}", square=(0.0, 1.0)),
        _cells(axes[1, 0], fan, "Untrained, zero biases"),
        _cells(axes[1, 1], spirals, "Trained on two spirals", True),
        _cells(axes[1, 2], noise, "Trained on random labels", True),
    ]
    caption(
        fig,
        f"{sum(MONTUFAR)} neurons that fold the square divide it into {found[2]:,} regions; {neurons} neurons with "
        f"random weights make {found[1]:,} in {depth} layers and {found[0]:,} in one. With zero biases the network of "
        f"{depth} layers of {hidden[0]} has {found[3]:,} regions; trained from this start, it has {found[4]:,} "
        f"(spirals) or {found[5]:,} (random labels). Shading above and lower left: each region is a facet of the "
        "output surface, lit from one side. Blue and red: the class, darker for larger outputs. Counts are exact.",
    )
    return fig


def film(data: xr.Dataset) -> Film:
    """The tiling of a network that learns two spirals from zero biases."""
    fig, ax = plt.subplots(figsize=(4.6, 4.9))
    steps = data.film_step.values
    hidden = summary.hidden(data, int(data.attrs["shown_depth"]))
    networks = [_network(data.film_weights.sel(film_step=step), hidden) for step in steps]
    found = [regions.tile(one) for one in networks]

    def frame(i: int) -> None:
        i = min(i, len(steps) - 1)  # the last frame is repeated
        ax.clear()
        _draw(ax, found[i], True)
        ax.set_title(f"Two spirals, step {steps[i]:,}: {found[i].activation[0]:,} linear regions", fontsize=10)

    return Film(fig, frame, len(steps) + 5, 4)


def _network(weights: xr.DataArray, hidden: tuple[int, ...]) -> mlp.Params:
    return tuple(mlp.Layer(w[0], b[0]) for w, b in trained.rebuilt(weights.values[None], hidden))


def _cells(
    ax: Axes, params: mlp.Params, title: str, classes: bool = False, square: tuple[float, float] = (-1.0, 1.0)
) -> int:
    """Draw one tiling, and return the number of its cells."""
    found = regions.tile(params, *square)
    _draw(ax, found, classes)
    ax.set_title(f"{title}: {found.activation[0]:,} regions", fontsize=9.5)
    return int(found.activation[0])


def _draw(ax: Axes, found: regions.Tiling, classes: bool) -> None:
    polygons = found.polygons()
    centres = np.array([corners.mean(axis=0) for corners in polygons])
    value = (found.offset + np.einsum("pi,pik->pk", centres, found.gradient))[:, 0]
    shade = _classes(value) if classes else _facets(found.gradient[:, :, 0], value, found.areas())
    # Few colours, no soft edges, and every border once: a palette PNG of them is small.
    shade = (np.floor(shade * SHADES).clip(0, SHADES - 1) + 0.5) / SHADES
    colors = colormaps[DIVERGING if classes else SEQUENTIAL](shade)
    look = {"antialiaseds": False, "rasterized": True}
    ax.add_collection(PolyCollection(polygons, facecolors=colors, edgecolors="none", **look))
    ends = np.concatenate([np.stack([p, np.roll(p, -1, axis=0)], axis=1) for p in polygons])
    ends = ends.round(9)
    order = np.lexsort((ends[..., 1], ends[..., 0]), axis=1)
    borders = np.unique(np.take_along_axis(ends, order[..., None], axis=1), axis=0)
    ax.add_collection(LineCollection(list(borders), colors="#F2F2F2", linewidths=0.25, **look))
    low, high = found.corners.min(), found.corners.max()
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal", xticks=[], yticks=[], xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)


def _facets(gradient: np.ndarray, value: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """The brightness of each facet, from 0 to 1; the network's median slope by area is drawn as STEEP."""
    size = np.linalg.norm(gradient, axis=1)
    order = np.argsort(size)
    usual = size[order][np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)] or 1.0
    slope = gradient / usual * STEEP
    light = (1 - slope @ LIGHT) / np.sqrt(1 + (slope**2).sum(axis=1))
    low, high = np.quantile(light, [0.02, 0.98])
    return np.clip((light - low) / max(high - low, 1e-9), 0, 1)


def _classes(value: np.ndarray) -> np.ndarray:
    """How sure the network is of a class: 0.5 at the border between the classes, 0.08 and 0.92 far from it."""
    return 0.5 + 0.42 * np.tanh(value / 4)
