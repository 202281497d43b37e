"""How the tilings of `regions` are drawn: every cell flat, as the network is, and lit from one side."""

import jax
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from experiments.lab.figures import DIVERGING, SEQUENTIAL, Film, caption
from experiments.wide_versus_deep import _regions_summary as summary
from experiments.wide_versus_deep import _regions_trained as trained
from experiments.wide_versus_deep._regions_start import draw
from nnjax import constructions, mlp, regions

LIGHT = np.array([0.5, 0.75])  # where the light comes from
STEEP = 0.55  # the middle slope of a network is drawn as steep as this
SEED = 7  # of the networks that are drawn and not trained
MONTUFAR = (6, 6, 4)


def tilings(data: xr.Dataset) -> Figure:
    """As drawn, folded by Montufar, and trained: six squares."""
    fig, axes = plt.subplots(2, 3, figsize=(11.4, 8.1))
    depth = int(data.attrs["shown_depth"])
    hidden = summary.hidden(data, depth)
    rng, found = np.random.default_rng(SEED), []
    shape = f"{depth} layers of {hidden[0]}"
    wide = draw(rng, 1, (data.attrs["trained_neurons"],), trained.SCALES["drawn"])
    found.append(_cells(axes[0, 0], wide, f"As drawn, 1 layer of {data.attrs['trained_neurons']}"))
    weights = data.shown_weights.sel(task=trained.SPIRALS)
    first = weights.sel(start="drawn", shown_step=0)
    found.append(_cells(axes[0, 1], _network(first, hidden), f"As drawn, {shape}"))
    with jax.enable_x64(True):
        folds = tuple(mlp.Layer(np.asarray(w), np.asarray(b)) for w, b in constructions.montufar_folds(2, MONTUFAR))
    found.append(_cells(axes[0, 2], folds, f"Montufar's, {'-'.join(map(str, MONTUFAR))}", square=(0.0, 1.0)))
    last = int(data.shown_step[-1])
    found.append(_cells(axes[1, 0], _network(weights.sel(start="zero", shown_step=0), hidden), "Zero biases, as drawn"))
    after = _network(weights.sel(start="zero", shown_step=last), hidden)
    found.append(_cells(axes[1, 1], after, "The same, taught two spirals", True))
    noise = data.shown_weights.sel(task=trained.NOISE, start="zero", shown_step=last)
    found.append(_cells(axes[1, 2], _network(noise, hidden), "The same, taught random labels", True))
    caption(
        fig,
        f"What ReLU networks cut a square into, exactly; in the title the number of cells. Each cell is flat, and lit "
        f"as "
        f"a facet of the network's surface; below right in blue and red by the class. "
        f"All have {data.attrs['trained_neurons']} neurons but Montufar's, which has {sum(MONTUFAR)}: it folds the "
        f"square, "
        f"so that {found[2]:,} regions repeat one pattern. Networks as drawn have {found[1]:,} in {depth} layers and "
        f"{found[0]:,} in one. Without biases there is a fan of {found[3]:,}; training makes it {found[4]:,} and "
        f"{found[5]:,}.",
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
        i = min(i, len(steps) - 1)  # the last is held
        ax.clear()
        _draw(ax, found[i], networks[i], True, 0.15)
        ax.set_title(f"step {steps[i]:,}: {found[i].activation[0]:,} cells", fontsize=10)

    return Film(fig, frame, len(steps) + 5, 4)


def _network(weights: xr.DataArray, hidden: tuple[int, ...]) -> mlp.Params:
    return tuple(mlp.Layer(w[0], b[0]) for w, b in trained.rebuilt(weights.values[None], hidden))


def _cells(
    ax: Axes, params: mlp.Params, title: str, classes: bool = False, square: tuple[float, float] = (-1.0, 1.0)
) -> int:
    """Draw one tiling; the number of its cells."""
    found = regions.tile(params, *square)
    _draw(ax, found, params, classes, 0.25)
    ax.set_title(f"{title}: {found.activation[0]:,}", fontsize=10)
    return int(found.activation[0])


def _draw(ax: Axes, found: regions.Tiling, params: mlp.Params, classes: bool, edge: float) -> None:
    polygons = found.polygons()
    centres = np.array([corners.mean(axis=0) for corners in polygons])
    value = (found.offset + np.einsum("pi,pik->pk", centres, found.gradient))[:, 0]
    areas = found.areas()
    colors = _classes(value) if classes else _facets(found.gradient[:, :, 0], value, areas)
    collection = PolyCollection(polygons, facecolors=colors, edgecolors=(1, 1, 1, 0.55), linewidths=edge)
    ax.add_collection(collection)
    low, high = found.corners.min(), found.corners.max()
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal", xticks=[], yticks=[], xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)


def _facets(gradient: np.ndarray, value: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Colours by how the light falls on each facet; the usual slope of the network is drawn as STEEP."""
    size = np.linalg.norm(gradient, axis=1)
    order = np.argsort(size)
    usual = size[order][np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)] or 1.0
    slope = gradient / usual * STEEP
    light = (1 - slope @ LIGHT) / np.sqrt(1 + (slope**2).sum(axis=1))
    low, high = np.quantile(light, [0.02, 0.98])
    return colormaps[SEQUENTIAL](np.clip((light - low) / max(high - low, 1e-9), 0, 1))


def _classes(value: np.ndarray) -> np.ndarray:
    """Colours by the class: how sure the network is, on a scale that ends at a logit of 5."""
    return colormaps[DIVERGING](0.5 + 0.42 * np.tanh(value / 4))
