"""Drawings in the plane of two inputs: network diagrams, the rows of a truth table, decision lines and regions.

Class 0 is a blue circle and class 1 an orange-red square, in input space and in hidden space alike.
"""

import itertools
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from experiments.lab.figures import BLUE, GREEN, ORANGE, PURPLE, SKY, STYLE, VERMILION
from nnjax.tasks import Data

NAMES = ("00", "01", "10", "11")
# The square is the larger: it still shows where a circle lies on it.
CLASSES = ((BLUE, "o", 7.5), (VERMILION, "s", 9.5))
MANY = (*CLASSES, (GREEN, "^", 9.5), (PURPLE, "D", 7.5), (ORANGE, "v", 9.5), (SKY, "P", 9.5))
_INK = "#333333"


def network_diagram(
    ax: Axes, weights: Sequence[np.ndarray], thresholds: Sequence[np.ndarray], names: Sequence[Sequence[str]]
) -> None:
    """Draw a network of threshold units: weights on its lines, thresholds in its units.

    Args:
        weights: one array [fan_in, fan_out] per layer; `thresholds`: one array [fan_out] per layer.
        names: the labels in the inputs, then those below or above the units, layer by layer.
    """
    columns = [len(weights[0]), *(len(threshold) for threshold in thresholds)]
    places = [[(float(i), (n - 1) / 2 - j) for j in range(n)] for i, n in enumerate(columns)]
    for w, start, end in zip(weights, places, places[1:], strict=False):
        for (i, a), (j, b) in itertools.product(enumerate(start), enumerate(end)):
            # Between layers of one size, lines that cross do so half-way: their weights stand nearer to the start.
            _weight(ax, a, b, float(w[i, j]), 0.32 if i != j and len(start) == len(end) else 0.5)
    for layer, (points, labels) in enumerate(zip(places, names, strict=True)):
        for unit, (point, label) in enumerate(zip(points, labels, strict=True)):
            inside = f"> {_number(thresholds[layer - 1][unit])}" if layer else label
            ax.add_patch(Circle(point, 0.23, facecolor="white", edgecolor=_INK, linewidth=1.2, zorder=3, clip_on=False))
            ax.text(point[0], point[1], inside, ha="center", va="center", size=8 if layer else 10, zorder=4)
            if layer:
                above = unit == 0 and len(points) > 1
                y = point[1] + (0.29 if above else -0.29)
                ax.text(point[0], y, label, ha="center", va="bottom" if above else "top", size=9, color=_INK)
    half = 0.8 if len(columns) == 2 else 1.0
    ax.set(xlim=(-0.3, len(columns) - 0.6), ylim=(-half, half), aspect="equal")
    ax.axis("off")


def _weight(ax: Axes, start: tuple[float, float], end: tuple[float, float], weight: float, at: float) -> None:
    """One connection with its weight written on it, `at` from 0 (its start) to 1."""
    a, b = np.asarray(start), np.asarray(end)
    color = VERMILION if weight > 0 else BLUE
    ax.plot(*zip(a, b, strict=True), color=color, linewidth=1 + 1.2 * min(abs(weight), 2), zorder=1, clip_on=False)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    place = a + at * (b - a)
    ax.text(
        place[0], place[1], _number(weight, "+"), ha="center", va="center", size=8.5, color=color, bbox=box, zorder=2
    )


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign}g}".replace("-", "−")


def points(ax: Axes, positions: ArrayLike, classes: ArrayLike) -> None:
    """Draw the four rows of a truth table at positions [4, 2], marked by class [4]. Set the limits of `ax` before."""
    places, size = np.asarray(positions, float), np.ptp(ax.get_xlim())
    for place, kind in zip(places, np.asarray(classes, int), strict=True):
        color, marker, width = CLASSES[kind]
        ax.plot(*place, marker, color=color, markersize=width, markeredgecolor="white", zorder=6 - kind)
    labels: list[np.ndarray] = []
    for name, place in zip(NAMES, places, strict=True):
        # Each label goes where it is furthest from the other points, labels and the frame.
        angles = np.pi / 4 * np.arange(8)[:, None]
        tried = place + 0.1 * size * np.hstack([np.cos(angles), np.sin(angles)])
        taken = np.array([*places, *labels])
        room = np.linalg.norm(tried[:, None] - taken[None], axis=2).min(axis=1)
        frame = np.minimum(tried - ax.get_xlim()[0], ax.get_xlim()[1] - tried).min(axis=1)
        best = np.argmax(np.round(np.minimum(room, 0.1 * size) + np.minimum(frame, 0.06 * size), 6))
        labels.append(tried[best])
        ax.text(tried[best][0], tried[best][1], name, ha="center", va="center", size=8.5, zorder=7)


def regions(ax: Axes, says: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> None:
    """Tint the square from `low` to `high` by the class, or the truth value, that says(points [n, 2]) -> [n] gives."""
    side = np.linspace(low, high, 241)
    plane = np.stack(np.meshgrid(side, side), axis=-1)
    answer = np.asarray(says(plane.reshape(-1, 2))).reshape(plane.shape[:2])
    tints, last = ListedColormap([color for color, _, _ in MANY]), len(MANY) - 1
    extent = (low, high, low, high)
    ax.imshow(answer, tints, vmin=0, vmax=last, alpha=0.16, origin="lower", extent=extent, aspect="equal")
    ax.set(xlim=(low, high), ylim=(low, high))
    ax.grid(False)


def decision_regions(
    predict: Callable[[np.ndarray], ArrayLike], data: Data, title: str = "", threshold: float = 0.0
) -> Figure:
    """Draw the class that a network of two inputs gives to each point, and the rows of its data; returns the figure.

    Args:
        predict: maps inputs [n, 2] to outputs [n, 1], above `threshold` for the second class; or to [n, k], where the
            greatest output is that of the class.
        data: rows x [n, 2], and targets y of two values [n, 1] or one-hot [n, k]; k is at most six.
        title: the title of the figure; without one, a default.
        threshold: 0 for logits; for outputs that are trained to equal their targets, the middle of these.

    Raises:
        ValueError: for data or outputs of another shape, or targets that are not of two values.
    """
    x, y = np.asarray(data.x, float), np.asarray(data.y, float)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"data.x has the shape {x.shape} and must have two inputs, [n, 2]")
    if y.ndim != 2 or not 1 <= y.shape[1] <= len(MANY):
        raise ValueError(
            f"data.y has the shape {y.shape} and must be [n, 1], or one-hot of at most {len(MANY)} classes"
        )
    values = np.unique(y)
    if len(values) != 2:
        raise ValueError(f"data.y has {len(values)} different values and must have two: it tells classes")
    if y.shape[1] > 1 and not ((y == values[1]).sum(axis=1) == 1).all():
        raise ValueError("data.y has several columns, so each row must be of one class")

    def classes(outputs: np.ndarray, middle: float) -> np.ndarray:
        return outputs.argmax(axis=1) if y.shape[1] > 1 else (outputs[:, 0] > middle).astype(int)

    def says(points: np.ndarray) -> np.ndarray:
        outputs = np.asarray(predict(points))
        if outputs.shape != (len(points), y.shape[1]):
            wanted = (len(points), y.shape[1])
            raise ValueError(f"predict gives the shape {outputs.shape} and must give {wanted}, as data.y")
        return classes(outputs, threshold)

    truth = classes(y, values.mean())
    low, high = float(x.min()), float(x.max())
    room = 0.25 * (high - low) or 1.0
    with plt.style.context(STYLE):
        fig, ax = plt.subplots(figsize=(5.2, 3.9))
        regions(ax, says, low - room, high + room)
        for kind in np.unique(truth):
            color, marker, size = MANY[kind]
            name = f"class {kind}" if y.shape[1] > 1 else f"target {values[kind]:g}"
            places = {"color": color, "markersize": size if len(x) <= 50 else 0.6 * size, "label": name}
            ax.plot(*x[truth == kind].T, marker, **places, markeredgecolor="white", zorder=6 - kind)
        wrong = x[says(x) != truth]
        if len(wrong):
            ax.plot(*wrong.T, "x", color=_INK, markersize=5, label=f"wrong: {len(wrong)} of {len(x)}", zorder=7)
        ax.set(xlabel="input $x_1$", ylabel="input $x_2$", title=title or "What the network says")
        ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    return fig


def unit_line(
    ax: Axes, weights: ArrayLike, threshold: float, low: float, high: float, avoid: ArrayLike, **line
) -> None:
    """Draw where, in the square, a unit's weighted sum equals its threshold, and an arrow to the side where it fires.

    The arrow stands where it is furthest from the points `avoid` [n, 2]. `line` holds keywords of `Axes.plot`.
    """
    w = np.asarray(weights, float)
    if not (norm := np.linalg.norm(w)):
        return
    normal, along = w / norm, np.array([-w[1], w[0]]) / norm
    centre = (low + high) / 2
    foot = np.full(2, centre) - normal * ((w.sum() * centre - threshold) / norm)
    reach = foot + along * np.linspace(-2, 2, 2001)[:, None] * (high - low)
    inside = reach[((reach >= low) & (reach <= high)).all(axis=1)]
    if not len(inside):
        return
    style = {"color": _INK, "linewidth": 1.6, "zorder": 3} | line
    ax.plot(*inside[[0, -1]].T, **style)
    middle, shift = inside[len(inside) // 8 : 7 * len(inside) // 8 + 1], normal * 0.11 * (high - low)
    far = np.linalg.norm(middle[:, None] + shift / 2 - np.asarray(avoid)[None], axis=2).min(axis=1)
    start = middle[np.argmax(far)]
    arrow = {"arrowstyle": "-|>", "color": style["color"], "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", start + shift, start, arrowprops=arrow, zorder=3)
