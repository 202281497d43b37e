"""The plane of two inputs: the rows of a truth table, and where a unit or a network answers 0 and 1.

Class 0 is a blue circle and class 1 a vermilion square.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from numpy.typing import ArrayLike

from experiments.judge.figures import BLUE, VERMILION

ROWS = ("00", "01", "10", "11")
CLASSES = ((BLUE, "o", 7.5), (VERMILION, "s", 9.5))  # the square is the larger: it shows where a circle lies on it
INK = "#333333"


def points(ax: Axes, positions: ArrayLike, classes: ArrayLike) -> None:
    """Draw the four rows of a truth table at positions [4, 2], marked by class [4]. Set the limits of `ax` before."""
    places, size = np.asarray(positions, float), np.ptp(ax.get_xlim())
    for place, kind in zip(places, np.asarray(classes, int), strict=True):
        color, marker, width = CLASSES[kind]
        ax.plot(*place, marker, color=color, markersize=width, markeredgecolor="white", zorder=6 - kind)
    labels: list[np.ndarray] = []
    for name, place in zip(ROWS, places, strict=True):
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
    """Tint the square from `low` to `high` by the class, 0 or 1, that says(points [n, 2]) -> [n] gives."""
    side = np.linspace(low, high, 241)
    plane = np.stack(np.meshgrid(side, side), axis=-1)
    answer = np.asarray(says(plane.reshape(-1, 2))).reshape(plane.shape[:2])
    tints, extent = ListedColormap([color for color, _, _ in CLASSES]), (low, high, low, high)
    ax.imshow(answer, tints, vmin=0, vmax=1, alpha=0.16, origin="lower", extent=extent, aspect="equal")
    ax.set(xlim=(low, high), ylim=(low, high))
    ax.grid(False)


def unit_line(
    ax: Axes, weights: ArrayLike, threshold: float, low: float, high: float, avoid: ArrayLike, **line: Any
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
    style = {"color": INK, "linewidth": 1.6, "zorder": 3} | line
    ax.plot(*inside[[0, -1]].T, **style)
    middle, shift = inside[len(inside) // 8 : 7 * len(inside) // 8 + 1], normal * 0.11 * (high - low)
    far = np.linalg.norm(middle[:, None] + shift / 2 - np.asarray(avoid)[None], axis=2).min(axis=1)
    start = middle[np.argmax(far)]
    arrow = {"arrowstyle": "-|>", "color": style["color"], "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", start + shift, start, arrowprops=arrow, zorder=3)
