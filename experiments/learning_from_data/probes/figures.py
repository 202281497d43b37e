"""The figures of `learning_from_data.probes`: what each layer gives to a linear classifier; a hidden space unfolds."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, Film, caption, interval_line, shades
from experiments.lab.planes import CLASSES, unit_line
from experiments.learning_from_data.probes.film import SIDE
from experiments.learning_from_data.probes.verdicts import called, table
from nnjax import statistics

MOMENTS = 4  # of the film, in the figure `unfolding`
HELD = 12  # frames for which the film stops at its end
EDGE = 1.15


def figures(data: xr.Dataset) -> dict[str, Figure | Film]:
    """The figures probes and unfolding, and the film."""
    return {"probes": _probes(data), "unfolding": _unfolding(data), "film": _film(data)}


def _interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and 95% interval over the draws: [draw, m] -> three of [m]."""
    found = [statistics.mean(column) for column in values.T]
    return tuple(np.array([getattr(one, part) for one in found]) for part in ("estimate", "low", "high"))  # type: ignore[return-value]


def _probes(data: xr.Dataset) -> Figure:
    """Accuracy by training steps and by layer, for each activation."""
    names = data.activation.values.tolist()
    fig, axes = plt.subplots(len(names), 2, figsize=(10.5, 3.9 * len(names)), squeeze=False, sharey=True)
    steps, layers = data.step.values, np.arange(data.sizes["layer"])
    colors = shades(len(layers) - 1)
    for row, name in zip(axes, names, strict=True):
        read, own = (data[part].sel(activation=name).values.astype(float) for part in ("accuracy", "own"))
        left, right = row
        inputs = read[:, 0, 0].mean()
        left.axhline(inputs, color=COLORS["neutral"], linestyle=":", linewidth=1.5, label="inputs")
        for layer, color in zip(layers[1:], colors, strict=True):
            interval_line(left, steps, *_interval(read[..., layer]), f"layer {layer}", color=color, marker="")
        interval_line(
            left, steps, *_interval(own), "network itself", color=COLORS["reference"], marker="", linestyle="--"
        )
        left.set(xlabel="training steps", ylabel="accuracy on test rows", xlim=(0, steps[-1]))
        left.set_xscale("symlog", linthresh=float(steps[1]))
        left.set_xticks([tick for tick in (0, 100, 300, 1_000, 3_000) if tick <= steps[-1]])
        left.xaxis.set_major_formatter("{x:,g}")
        left.minorticks_off()
        left.set_title(f"{called(name)}: accuracy during training")
        left.legend(fontsize=8.5, loc="lower right", ncols=2)
        for step, color, label in (
            (-1, COLORS["measured"], "after training"),
            (0, COLORS["stuck"], "before training (random features)"),
        ):
            interval_line(right, layers, *_interval(read[:, step]), label, color=color, bars=True)
        right.axhline(
            own[:, -1].mean(), color=COLORS["reference"], linestyle="--", linewidth=1.5, label="network itself"
        )
        right.set(xlabel="layer", xticks=layers)
        right.set_xticklabels(["inputs", *map(str, layers[1:])])
        right.set_title(f"{called(name)}: accuracy by layer")
        right.legend(fontsize=8.5, loc="lower left")
    words, every = [], []
    for name in names:
        rows = [row for row in table(data) if row["activation"] == name]
        gains = ", ".join(f"{100 * row['gain']:+.1f}" for row in rows[1:])
        every += [row["gain"] for row in rows[1:]]
        last = rows[-1]
        words.append(
            f"{called(name)}: by {gains} points in layers 1 to {last['layer']}, in the last from {last['start']:.1%} "
            f"to {last['end']:.1%}"
        )
    raises = "raises" if min(every) > 0 else "changes"
    caption(
        fig,
        f"Training {raises} the accuracy of a linear probe of each hidden layer. {'. '.join(words)}. A probe is a "
        f"ridge regression on the {data.attrs['width']} activations of a layer. MNIST-1D; means over "
        f"{data.sizes['draw']} draws with 95% intervals. The scale of steps is linear up to {int(steps[1]):,}, then "
        "logarithmic. Before training each layer is a stack of random features.",
    )
    return fig


def _points(ax: Axes, places: np.ndarray, kinds: np.ndarray) -> None:
    for kind, (color, marker, _) in enumerate(CLASSES):
        ax.plot(*places[kinds == kind].T, marker, color=color, markersize=4, mec="white", mew=0.4, zorder=5)


def _frame(left: Axes, right: Axes, data: xr.Dataset, frame: int) -> None:
    """The input plane with what the network says, and hidden space with the output unit's line."""
    one, kinds = data.isel(frame=frame), data.kind.values
    tints = ListedColormap([color for color, _, _ in CLASSES])
    left.imshow(
        one.plane.values,
        tints,
        vmin=0,
        vmax=1,
        alpha=0.16,
        origin="lower",
        extent=(SIDE[0], SIDE[-1], SIDE[0], SIDE[-1]),
    )
    _points(left, data.place.values, kinds)
    left.set(xlim=(SIDE[0], SIDE[-1]), ylim=(SIDE[0], SIDE[-1]), xticks=(-1, 0, 1), yticks=(-1, 0, 1), aspect="equal")
    *v, t = one.unit.values
    side = np.linspace(-EDGE, EDGE, 121)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    right.imshow(
        grid @ np.array(v) > t, tints, vmin=0, vmax=1, alpha=0.16, origin="lower", extent=(-EDGE, EDGE, -EDGE, EDGE)
    )
    unit_line(right, v, t, -EDGE, EDGE, avoid=one.image.values)
    _points(right, one.image.values, kinds)
    right.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), xticks=(-1, 0, 1), yticks=(-1, 0, 1), aspect="equal")
    for ax in (left, right):
        ax.grid(visible=False)


def _unfolding(data: xr.Dataset) -> Figure:
    """Some moments of the film: the input plane above, hidden space below."""
    right = data.right.values
    # The start, 60% and 85% of the way from there to the most rows right, and the end.
    marks = right[0] + (right.max() - right[0]) * np.array([0.6, 0.85])
    frames = [0, *(int(np.argmax(right >= mark)) for mark in marks), len(right) - 1]
    fig, axes = plt.subplots(2, MOMENTS, figsize=(10.5, 5.6))
    for column, frame in zip(axes.T, frames, strict=True):
        _frame(column[0], column[1], data, frame)
        column[0].set_title(f"step {int(data.frame[frame]):,}: {right[frame]:.0%} correct", size=10)
    axes[0, 0].set_ylabel("input $x_2$")
    axes[1, 0].set_ylabel("hidden unit 2")
    for ax in axes[0]:
        ax.set_xlabel("input $x_1$")
    for ax in axes[1]:
        ax.set_xlabel("hidden unit 1")
    caption(
        fig,
        "Two spirals (above) and the last hidden layer of a 2-16-16-2-1 tanh network that learns to separate them "
        f"(below). It has {right[0]:.0%} of the {data.sizes['point']} points correct at the start and {right[-1]:.0%} "
        "at the end, as that layer moves the classes to the two sides of the output unit's boundary (black line, "
        f"with an arrow to the side of the squares). Background: the network's answer. Seed {int(data.film_seed)}, "
        "the first of 8 with the most correct points.",
    )
    return fig


def _film(data: xr.Dataset) -> Film:
    """The film, with both panels of `unfolding` in each frame."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.9))
    last = data.sizes["frame"] - 1

    def draw(i: int) -> None:
        frame = min(i, last)
        left.clear()
        right.clear()
        _frame(left, right, data, frame)
        left.set(xlabel="input $x_1$", ylabel="input $x_2$")
        right.set(xlabel="hidden unit 1", ylabel="hidden unit 2")
        left.set_title(f"step {int(data.frame[frame]):,}", size=11)
        right.set_title(f"{float(data.right[frame]):.0%} correct", size=11)

    return Film(fig, draw, last + 1 + HELD, 8)
