"""The figures of `published`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import StrMethodFormatter

from experiments.lab import figures as lab
from experiments.lab.figures import COLORS
from experiments.wide_versus_deep.published.config import TUNED
from experiments.wide_versus_deep.published.summary import (
    FRESH,
    LOGGED_CURVES,
    LOGGED_STEPS,
    LOGS,
    PLACES,
    TABLE,
    summary,
    tuned,
)  # fmt: skip

SHADES = {"logistic": lab.PURPLE, "plain MLP": lab.ORANGE, "residual MLP": lab.BLUE, TUNED: lab.GREEN}


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Every network's accuracy beside the published numbers, and how it grew in training."""
    return {"accuracy": _accuracy(data), "curves": _curves(data)}


def _accuracy(data: xr.Dataset) -> Figure:
    """Each network as a point, the mean with its interval, and the published numbers as lines."""
    every = list(map(str, data.model.values))
    panels = {"Logistic regression": [m for m in every if m == "logistic"]}
    panels["Two hidden layers"] = [m for m in every if m != "logistic"]
    panels = {title: models for title, models in panels.items() if models}
    widths = [2 + len(models) for models in panels.values()]
    fig, axes = plt.subplots(1, len(panels), figsize=(10.6, 4.7), width_ratios=widths, squeeze=False)
    for ax, (title, models) in zip(axes[0], panels.items(), strict=True):
        for i, place in enumerate(PLACES):
            for j, model in enumerate(models):
                _strip(ax, i + 0.26 * (j - (len(models) - 1) / 2), data, model, place)
        for (model, place), value in TABLE.items():
            if model in models:
                i = PLACES.index(place)
                ax.plot([i - 0.42, i + 0.42], [value] * 2, color=COLORS["reference"], linestyle="--", linewidth=1.3)
        for (model, place), runs in LOGS.items():
            if model in models:
                i = PLACES.index(place)
                ax.plot([i - 0.46] * len(runs), runs, "D", color=COLORS["reference"], markersize=4.5)
                ax.plot([i - 0.42, i + 0.42], [np.mean(runs)] * 2, ":", color=COLORS["reference"], linewidth=1.3)
        ax.set_xticks(range(len(PLACES)), ["published\ndraw", "the same,\nshuffled", "fresh\ndraws"])
        ax.set(xlim=(-0.55, len(PLACES) - 0.45), title=title)
    axes[0, 0].set_ylabel("test accuracy (%)")
    handles = [Line2D([], [], color=SHADES[str(m)], marker="o", linestyle="none") for m in data.model.values]
    handles.append(Line2D([], [], color=COLORS["reference"], linestyle=":", marker="D", markersize=4.5))
    handles.append(Line2D([], [], color=COLORS["reference"], linestyle="--"))
    labels = [_label(str(m)) for m in data.model.values] + ["authors' logs, mean", "authors' table"]
    fig.suptitle("Test accuracy of single networks on MNIST-1D, and published values")
    fig.legend(handles, labels, loc="outside lower center", ncols=6, fontsize=9)
    lab.caption(fig, _accuracy_found(data))
    return fig


def _strip(ax: Axes, at: float, data: xr.Dataset, model: str, place: str) -> None:
    """Draw all networks of one model and place side by side, and their mean with its interval."""
    one = data.draw_accuracy if place == FRESH else data.accuracy.sel(place=place)
    values = 100 * one.sel(model=model).values.ravel()
    spread = np.linspace(-0.08, 0.08, len(values))
    ax.plot(at + spread, values, "o", color=SHADES[model], markersize=3, markeredgewidth=0)
    found = summary(data, model, place)
    ax.vlines(at, found.low, found.high, color="#333333", linewidth=2.0, zorder=4)
    ax.plot([at - 0.1, at + 0.1], [found.mean] * 2, color="#333333", linewidth=1.6, zorder=4)


def _told(data: xr.Dataset, model: str, place: str) -> str:
    one = summary(data, model, place)
    return f"{one.mean:.1f}% ({one.low:.1f} to {one.high:.1f})"


def _logged() -> str:
    return ", ".join(f"{value:g}" for value in LOGS["residual MLP", "published"])


def _label(model: str) -> str:
    return "logistic regression" if model == "logistic" else model


def _name(model: str) -> str:
    return _label(model) if model == "logistic" else f"the {model}"


def _accuracy_found(data: xr.Dataset) -> str:
    found = [f"{_name(model)} {_told(data, model, 'published')}" for model in map(str, data.model.values)]
    text = (
        f"On the published draw {data.sizes['seed']} networks (points) have these mean test accuracies, with 95% "
        f"intervals (crosses): {', '.join(found)}. The authors' logged runs of the residual MLP end at {_logged()}% "
        f"(mean {np.mean(LOGS['residual MLP', 'published']):.1f}); their table gives 68% for it and 32% for logistic "
        "regression, without a log. "
    )
    if "residual MLP" in data.model.values:
        fresh = summary(data, "residual MLP", FRESH)
        text += (
            f"On {data.sizes['draw']} fresh draws the residual MLP has {_told(data, 'residual MLP', FRESH)}; single "
            f"networks have a standard deviation of {fresh.spread:.1f} points. "
        )
    if TUNED in data.model.values:
        text += f"The tuned MLP has {tuned(data)}. "
    return f"{text}Shuffled: the inputs of all rows in one random order."


def _curves(data: xr.Dataset) -> Figure:
    """Accuracy on training and test rows by step, means over the seeds."""
    fig, ax = plt.subplots(figsize=(7.6, 4.9))
    for model in map(str, data.model.values):
        one = 100 * data.curve.sel(model=model)
        known = np.isfinite(one.sel(rows="test").values)
        for rows, style in (("train", ":"), ("test", "-")):
            label = _label(model) if rows == "test" else None
            ax.plot(data.step.values[known], one.sel(rows=rows).values[known], style, color=SHADES[model], label=label)
    if "residual MLP" in data.model.values:
        for marker, (notebook, logged) in zip("DX", LOGGED_CURVES.items(), strict=True):
            label = f"authors' log ({notebook.split('/')[-1].removesuffix('.ipynb')})"
            ax.plot(LOGGED_STEPS, logged, marker, color=COLORS["reference"], markersize=5, label=label)
    ax.plot([], [], ":", color=COLORS["neutral"], label="on training rows")
    ax.set(xlabel="training step (batches of 100 rows)", ylabel="accuracy (%)", ylim=(0, 102))
    lab.shared_legend(fig, [ax], ncols=2)
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    fig.suptitle("Accuracy on MNIST-1D by training steps")
    lab.caption(fig, _curves_found(data))
    return fig


def _curves_found(data: xr.Dataset) -> str:
    model = "residual MLP" if "residual MLP" in data.model.values else str(data.model.values[-1])
    one = 100 * data.curve.sel(model=model)
    one = one.isel(step=np.isfinite(one.sel(rows="test").values))
    test = one.sel(rows="test")
    best = int(test.argmax("step"))
    name, highest = _name(model), f"{float(test[best]):.1f}%"
    logs = " Black: the authors' logs of the residual MLP." if "residual MLP" in data.model.values else ""
    fallen = f" (best: {highest}, at step {int(test.step[best]):,})" if highest != f"{float(test[-1]):.1f}%" else ""
    return (
        f"{name[0].upper()}{name[1:]} ends with an accuracy of {float(test[-1]):.1f}% on test rows{fallen} and "
        f"{float(one.sel(rows='train')[-1]):.1f}% on training rows. Solid: test rows; dotted: training rows; means "
        f"of {data.sizes['seed']} seeds on the published draw.{logs}"
    )
