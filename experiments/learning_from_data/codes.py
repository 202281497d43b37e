"""What representation does a network make for itself, and is it training that makes it?

Symmetry: networks of six inputs, two hidden sigmoid units and one output learn whether the inputs are mirror images
about their middle. A sweep is a step of gradient descent with momentum on all 64 rows. Rumelhart, Hinton & Williams
(1986, Nature 323) drew one network whose hidden weights have the ratio 1:2:4 in the three mirrored pairs of inputs. Two
reruns of it were published. Both are repeated with their own learning rates and other settings, and with settings in
between (`symmetry.py`), for up to 60,000 sweeps. A network has solved the task once every output is on its target's
side of one half, which is checked at every 20th sweep. Whether it has the ratio is decided after 5,000 sweeps, by the
criterion of the first rerun.

Encoder: 8-3-8 networks, of eight inputs, three hidden sigmoid units and eight outputs, return eight one-hot rows
(`encoder.py`). The code of a row says which hidden activations are above one half. Training ends when all rows are
returned and the eight codes differ, or after 20,000 epochs. By chance eight codes differ in 8!/8^8 = 0.24% of networks.

Layers: networks with four hidden layers of 64 units, ReLU or tanh, learn MNIST-1D (noisy curves of ten classes). They
take 3,000 steps of Adam with batches of 100, at a learning rate (`rates`) tuned for each activation. There are 16 draws
of the data, with one network of each activation. A linear probe reads the inputs and each hidden layer: it is a ridge
regression of the ten one-hot targets on the activations (`probes.py`). Its penalty is chosen on held-out rows, and its
accuracy is measured on 1,000 test rows. Before training a hidden layer has random weights. Gains of ReLU and tanh are
averaged within each draw. A comparison is open where a rate or a penalty lies at an end of those tried.

    python -m experiments learning_from_data.codes                  # 8 s
    python -m experiments learning_from_data.codes --preset full    # 12 minutes on 2 cores
"""

import itertools
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.lab import figures as fg
from experiments.lab import flags, sources
from experiments.lab.estimates import LEVEL, average, equally, mean, median, wilson, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import PUBLISHED, TEXTBOOK, Statement, above
from experiments.learning_from_data import encoder, probes, symmetry, unfolding
from experiments.learning_from_data.sources import HINTON_PROBLEMS, RUMELHART_NATURE
from experiments.learning_from_data.symmetry import CUT, is_pattern


@dataclass(frozen=True)
class Config:
    seeds: Annotated[int, at_least(2)] = 4_000  # symmetry networks and encoders in each source's own setting
    reading_seeds: Annotated[int, at_least(0)] = 1_000  # the same in every setting in between; 0 leaves these out
    sweeps: Annotated[int, at_least(CUT)] = 60_000  # most sweeps of a symmetry network
    epochs: int = 20_000  # most epochs of an encoder
    record_every: int = 20  # sweeps or epochs between two checks of whether a network has solved its task
    activations: Annotated[tuple[str, ...], one_of(probes.READ)] = tuple(probes.READ)  # of the probed networks
    depth: Annotated[int, at_least(2)] = 4  # hidden layers of the probed networks
    width: int = 64  # units of each of these layers
    draws: Annotated[int, at_least(2)] = 16  # of the data, each with a network of its own
    examples: Annotated[int, at_least(500, multiple=50)] = 5_000  # rows of a draw; a fifth are for testing
    num_steps: int = 3_000  # training steps of the probed networks
    batch_size: int = 100
    tuning_draws: int = 3  # of the data, to tune their rate; never reported
    rates: tuple[float, ...] = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)  # Adam's, tuned for each activation
    film_steps: Annotated[int, at_least(100, multiple=10)] = 900  # of the network on two spirals, which is drawn


QUICK = Config(
    seeds=30, reading_seeds=0, epochs=500, sweeps=CUT, record_every=50, activations=("relu",), depth=2, width=32,
    draws=3, examples=500, num_steps=100, tuning_draws=1, rates=(0.001, 0.003, 0.01, 0.03), film_steps=200,
)  # fmt: skip

NAMES = {
    "network": "task and setting, or activation and hidden layer (0: the inputs)",
    "networks": "number of networks, one for each seed or draw",
    "solved": "share that solved the task: symmetry within 5,000 sweeps, encoders within all their epochs",
    "median": "sweeps or epochs until solved, median of all networks, inf where less than half solve",
    "median_low": "lower end of the 95% interval of median",
    "median_high": "upper end of the 95% interval of median",
    "median_solved": "sweeps or epochs until solved, median of the networks that count as solved",
    "quartile_low": "sweeps or epochs by which a quarter of all had solved it",
    "quartile_high": "sweeps or epochs by which three quarters of all had solved it",
    "greatest": "most sweeps or epochs of a network that solved it, symmetry within 60,000 sweeps",
    "ratio_1_2_4": "share of networks with hidden weights in the ratio 1:2:4 after 5,000 sweeps, solved or not",
    "published": "what the source reports",
    "start": "before training: share of encoders with eight codes, or accuracy of a linear probe",
    "end": "after training: share of encoders with eight codes, or accuracy of a linear probe",
    "gain": "end minus start",
    "gain_low": "lower end of the 95% interval of gain",
    "gain_high": "upper end of the 95% interval of gain",
    "own": "accuracy of the trained network itself, the same for all layers",
    "learning_rate": "tuned learning rate",
    "layer": "hidden layer",
    "accuracy": "accuracy on test rows",
}


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    for name in ("sweeps", "epochs"):
        flags.divides(config, "record_every", name)
    if CUT % config.record_every:
        raise ValueError(f"record_every={config.record_every} must divide {CUT:,}, where one of the sources stops")


def run(config: Config) -> xr.Dataset:
    """Symmetry networks, encoders, probes of hidden layers, and a network on two spirals."""
    each = config.seeds, config.reading_seeds
    return xr.merge(
        [
            symmetry.record(*each, config.sweeps, config.record_every),
            encoder.record(*each, config.epochs, config.record_every),
            probes.record(config),
            unfolding.record(config.film_steps),
        ]
    )


# Measures.


def share_of_1_2_4(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share of symmetry networks that solve the task whose hidden weights have the ratio 1:2:4."""
    solved = data.right == 1
    if not solved.any():
        return None
    has_ratio = is_pattern(data)
    note = f"of the {int((~solved).sum()):,} others {int(has_ratio[~solved].sum()):,} have it"
    share = wilson(has_ratio[solved].mean(), int(solved.sum()), level)
    return share.assign_attrs(units="of the networks that solve the task", note=note)


def share_of_codes(data: xr.Dataset, level: float) -> xr.Dataset:
    """The share of encoders that return all rows and have eight different codes."""
    encoders = data.sel(reading=encoder.FIRST)
    share = wilson(np.isfinite(encoders.epochs).mean(), encoders.sizes["encoder_seed"], level)
    before = float((encoders.first_codes == encoder.OUTPUTS).mean())
    return share.assign_attrs(units="of the encoders", note=f"published: 21 of 30; {before:.1%} before training")


def accuracies(data: xr.Dataset) -> xr.DataArray:
    """Accuracies of probes [activation, draw, when, layer]; layer 0 is the inputs."""
    return data.accuracy.astype(float)


def at_end(data: xr.Dataset) -> xr.DataArray:
    """Whether a number that decides a probe [activation, layer] lies at an end of those tried."""
    penalty = data.penalty.isin([0, len(probes.PENALTIES) - 1]).any(("draw", "when"))
    return penalty | (data.rate_at_end != 0)


def made(data: xr.Dataset, level: float) -> xr.Dataset:
    """By how much training raises the accuracy of a probe of the last hidden layer, on average over activations."""
    last = accuracies(data).isel(layer=-1)
    gains = last.sel(when="end", drop=True) - last.sel(when="start", drop=True)
    overall = average(gains, "draw", equally(gains.notnull().any("draw"), "activation"), level)
    unsure = at_end(data).isel(layer=-1)
    result = with_parts(overall, mean(gains, "draw", level), unsure, unsure)
    before, after = (f"{last.sel(when=when).mean().item():.1%}" for when in ("start", "end"))
    return result.assign_attrs(units="of the test rows more", note=f"from {before} to {after}")


def steps_up(data: xr.Dataset, level: float) -> xr.Dataset:
    """By how much each layer is easier to read than the one before, after training [activation, layer]."""
    rise = mean(accuracies(data).sel(when="end", drop=True).diff("layer"), "draw", level)
    ends = at_end(data).values
    unsure = xr.DataArray(ends[:, 1:] | ends[:, :-1], dims=("activation", "layer"))
    rise = rise.assign(low=rise.low.where(~unsure, -np.inf), high=rise.high.where(~unsure, np.inf))
    return rise.assign_attrs(units="of the test rows more", at_edge=int(unsure.sum()))


ALAIN = "Alain & Bengio (2016), Understanding intermediate layers using linear classifier probes, arXiv 1610.01644"
SYMMETRY, ENCODER = f"{HINTON_PROBLEMS}, symmetry/README.md", f"{HINTON_PROBLEMS}, encoder-backprop-8-3-8/README.md"
STATEMENTS = (
    Statement(
        "the solution",
        "In the setting of hinton-problems, most symmetry networks that solve the task have hidden weights in the "
        "ratio 1:2:4 with opposite signs.",
        PUBLISHED, f"{SYMMETRY}: 17 of 30 runs, 20 of which solved it; {RUMELHART_NATURE}, fig. 1: one network",
        above(0.5), share_of_1_2_4,
    ),
    Statement(
        "encoder: codes", "Most 8-3-8 encoders find eight different codes for their eight rows.", PUBLISHED,
        f"{ENCODER}: 21 of 30 runs", above(0.5), share_of_codes,
        "The rule had asked whether 21 of 30 is a number that 30 of our runs would likely give.",
    ),
    Statement(
        "layers: made, not given",
        "A linear classifier reads the last hidden layer with more accuracy after training than before, when its "
        "weights are random.",
        TEXTBOOK, sources.TEXTBOOK, above(0.01, even=0), made,
        "The rule had no margin, and had judged each activation alone.", at_tuned=True,
    ),
    Statement(
        "every layer is easier to read",
        "In a trained network, the accuracy of a linear classifier rises with every layer, from the inputs to the last "
        "hidden layer.",
        PUBLISHED, ALAIN, above(0.01, even=0), steps_up,
        "The rule had no margin, and intervals held for all pairs of layers at once.", at_tuned=True,
    ),
)  # fmt: skip


# Table and figures.

REPORTED = {  # by the sources, for the column `published`
    "symmetry, hinton-problems": "20 of 30 solved; median 1,230, from 972 to 2,025; 1:2:4 in 17 of 30",
    "symmetry, Cordwell": "quartiles 1,127, 2,715 and 7,830 of 1,000; at most 54,770",
    f"encoder, {encoder.FIRST}": "eight codes in 21 of 30; all rows returned in 30 of 30",
}


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each setting of the symmetry network, reading of the encoder, and layer of the probed networks."""
    rows = {f"symmetry, {name}": times(data.sweeps.sel(setting=name), CUT) for name in data.setting.values}
    rows[f"symmetry, {symmetry.OWN[0]}"]["ratio_1_2_4"] = float(is_pattern(data).mean())
    for name in data.reading.values.tolist():
        encoders = data.sel(reading=name).dropna("encoder_seed", subset=["num_codes"])
        start, end = ((codes == encoder.OUTPUTS) * 1.0 for codes in (encoders.first_codes, encoders.num_codes))
        to_the_end = name == encoder.TO_THE_END
        row = {"networks": encoders.sizes["encoder_seed"]} if to_the_end else times(encoders.epochs, np.inf)
        rows[f"encoder, {name}"] = row | gain(start, end, "encoder_seed")
    for name in data.activation.values.tolist():
        probed = data.sel(activation=name)
        own, rate = float(probed.own.astype(float).mean()), float(probed.learning_rate)
        for layer in range(probed.sizes["layer"]):
            read = accuracies(probed).isel(layer=layer)
            start, end = (read.sel(when=when, drop=True) for when in ("start", "end"))
            row = {"networks": probed.sizes["draw"], "own": own, "learning_rate": rate} | gain(start, end, "draw")
            rows[f"{fg.name(name)}, layer {layer}"] = row
    names = [name for name in NAMES if any(name in row for row in rows.values())]
    columns = {name: ("network", [row.get(name, np.nan) for row in rows.values()]) for name in names}
    reported = {"published": ("network", [REPORTED.get(name, "") for name in rows])}
    return xr.Dataset(columns | reported, {"network": list(rows)})


def times(until_solved: xr.DataArray, cut: float) -> dict[str, float]:
    """Columns about sweeps or epochs until solved, which are inf for networks that never solve their task.

    A network counts as solved up to `cut`.
    """
    (dim,) = until_solved.dims
    known = until_solved.dropna(dim).astype(float)
    middle = median(known, str(dim), LEVEL)
    low, high = (np.quantile(known, q, method="higher") for q in (0.25, 0.75))
    solved, early = known[np.isfinite(known)], known[np.isfinite(known) & (known <= cut)]
    return {
        "networks": known.size, "solved": early.size / known.size, "median": float(middle.value),
        "median_low": float(middle.low), "median_high": float(middle.high), "quartile_low": low, "quartile_high": high,
        "greatest": float(solved.max()) if solved.size else np.nan,
        "median_solved": float(np.median(early)) if early.size else np.nan,
    }  # fmt: skip


def gain(start: xr.DataArray, end: xr.DataArray, over: str) -> dict[str, float]:
    """Columns about what training changes, with an interval."""
    more = mean(end - start, over, LEVEL)
    columns = {"start": start.mean(), "end": end.mean()}
    columns |= {"gain": more.value, "gain_low": more.low, "gain_high": more.high}
    return {name: float(x) for name, x in columns.items()}


def spirals_unfold(data: xr.Dataset) -> Figure:
    """A tanh network with hidden layers of 16, 16 and 2 units learns to separate two spirals. Above: the inputs. Below:
    the activations of its last hidden layer for the same points. Training moves the classes to the two sides of the
    output unit's boundary (black line). Background: the network's answer. Of 8 networks, the first with the most
    correct points is drawn."""
    fig, axes = plt.subplots(2, 3, figsize=(9.5, 6.4))
    tints, side = ListedColormap([fg.BLUE, fg.VERMILION]), np.linspace(-1.15, 1.15, 121)
    hidden = np.stack(np.meshgrid(side, side), axis=-1)
    extent = (side[0], side[-1], side[0], side[-1])
    for frame, (above_it, below_it) in enumerate(axes.T):
        then = data.isel(frame=frame)
        *v, threshold = then.unit.values
        of_unit = hidden @ np.array(v)
        for ax, answer, places in ((above_it, then.plane, data.place), (below_it, of_unit > threshold, then.image)):
            ax.imshow(answer, tints, vmin=0, vmax=1, alpha=0.16, origin="lower", extent=extent, aspect="equal")
            for kind, (color, marker) in enumerate(((fg.BLUE, "o"), (fg.VERMILION, "s"))):
                points = places.values[data.kind.values == kind]
                ax.plot(*points.T, marker, color=color, markersize=4, mec="white", mew=0.4)
            ax.set(xlim=extent[:2], ylim=extent[:2], xticks=(-1, 0, 1), yticks=(-1, 0, 1))
            ax.grid(visible=False)
        below_it.contour(side, side, of_unit - threshold, levels=[0], colors="black", linewidths=1.6)
        above_it.set_title(f"step {int(data.frame[frame]):,}: {then.spirals_right.item():.0%} correct")
        above_it.set_xlabel("input $x_1$")
        below_it.set_xlabel("hidden unit 1")
    axes[0, 0].set_ylabel("input $x_2$")
    axes[1, 0].set_ylabel("hidden unit 2")
    fig.suptitle("Training makes a hidden space in which a line separates two spirals")
    return fig


def layers(data: xr.Dataset) -> Figure:
    """Accuracy of a linear classifier on the activations of each layer (a probe), and of the network itself (dashed):
    means over draws of MNIST-1D, with 95% intervals. Layer 0: the inputs. Before training each hidden layer has
    random weights."""
    read = mean(accuracies(data), "draw").assign_coords(layer=range(data.sizes["layer"]))
    fig, made = fg.panels(col=data.activation, size=(4.8, 3.3), sharey=True)
    for ax, where in made:
        for when, color, name in (("end", fg.BLUE, "after training"), ("start", fg.VERMILION, "before training")):
            fg.lines(ax, read.sel(where).sel(when=[when]), "layer", "when", [color], label=name)
        own = float(data.own.sel(where).astype(float).mean())
        ax.axhline(own, color="black", linestyle="--", linewidth=1.3, label="network itself")
        ax.set(xticks=read.layer, ylim=(0, None))
    title = "Training makes each hidden layer easier to read for a linear classifier"
    return fg.finish(fig, made, title, "hidden layer", data.accuracy, "")


def found_codes(data: xr.Dataset) -> Figure:
    """Left: hidden weights of a network that tells whether six inputs are symmetric (area: size; orange-red: positive,
    blue: negative). Middle: ratios of the sizes of the three mirrored pairs of weights, one point for each network, and
    how many networks that solve the task lie at a place. In the square both ratios count as 2, hence 1:2:4; a network
    there may still have a pair that is uneven or of one sign. Right: the hidden activations of an encoder that finds
    eight codes (in parentheses: the share that does), through training, from the middle of the cube until each is on
    its own corner's side of one half, where training stops. Networks beyond the axes of the middle are not drawn."""
    fig, (left, middle, right) = plt.subplots(1, 3, figsize=(12.6, 4.3), width_ratios=(1, 1.1, 1))
    w = data.weights.values.T  # [neuron, input]
    for (j, i), value in np.ndenumerate(w):
        side, y = 0.92 * np.sqrt(abs(value) / np.abs(w).max()), 1 + 2 * j
        color = fg.VERMILION if value > 0 else fg.BLUE
        left.add_patch(Rectangle((i + 1 - side / 2, y - side / 2), side, side, color=color))
        left.text(i + 1, y + 0.66, f"{value:+.1f}".replace("-", "\N{MINUS SIGN}"), ha="center", va="center", size=9)
    left.set(xlim=(0.4, 6.6), ylim=(3.9, 0.3), aspect="equal", xticks=range(1, 7), xlabel="input")
    left.set_yticks((1, 3), ("neuron 1", "neuron 2"))
    left.axvline(3.5, color=fg.GREY, linestyle=":", linewidth=1)
    left.grid(visible=False)
    left.set_title("Symmetry: weights that solve it")
    solved = (data.right == 1).values
    for name, those, style in (("not solved", ~solved, {"marker": "^", "color": fg.VERMILION}),
                               ("solved", solved, {"marker": "o", "color": fg.BLUE})):  # fmt: skip
        middle.plot(*data.ratios.values[those].T, markersize=4, alpha=0.35, linestyle="none", label=name, **style)
    has_ratio = is_pattern(data).values
    for those, shift in ((solved & has_ratio, (5, -17)), (solved & ~has_ratio, (8, -4))):
        if those.any():
            at = np.median(data.ratios.values[those], axis=0)
            middle.annotate(f"{those.sum():,}", at, shift, textcoords="offset points", size=9.5, color=fg.BLUE)
    least, most = symmetry.RATIO
    middle.add_patch(Rectangle((least, least), most - least, most - least, fill=False, color="black"))
    middle.set(xlim=(0.95, 6), ylim=(0.95, 6), xscale="log", yscale="log")
    for axis in (middle.xaxis, middle.yaxis):
        axis.set_ticks((1, 1.5, 2, 2.5, 4, 6), ("1", "1.5", "2", "2.5", "4", "6"))
        axis.set_ticks([], minor=True)
    middle.set(xlabel="second smallest pair / smallest", ylabel="largest pair / second smallest")
    middle.set_title("Symmetry: ratios of the pairs")
    for handle in middle.legend(loc="upper right").legend_handles:
        handle.set_alpha(1)
    _cube(right, data.code.values)
    right.set_title(f"An encoder's eight codes ({share_of_codes(data, LEVEL).value.item():.0%})")
    fig.suptitle("Weights and codes that small networks find by themselves")
    return fig


AXES = np.array([[1.0, 0.0], [0.42, 0.32], [0.0, 1.0]])  # the cube, seen a little from the side and above
EIGHT = (fg.BLUE, fg.VERMILION, fg.GREEN, fg.PURPLE, fg.ORANGE, fg.SKY, "#000000", fg.GREY)


def _cube(ax: Axes, path: np.ndarray) -> None:
    """The paths of eight rows through the cube of three hidden activations, path [time, row, 3]."""
    corners = np.array(list(itertools.product((0.0, 1.0), repeat=3)))
    for a, b in itertools.combinations(corners, 2):
        if np.abs(a - b).sum() == 1:
            ax.plot(*(np.stack([a, b]) @ AXES).T, color="#BBBBBB", linewidth=1, zorder=0)
    for row, color in zip(np.moveaxis(path, 1, 0), EIGHT, strict=True):
        places = row @ AXES
        ax.plot(*places.T, color=color, linewidth=1.3, alpha=0.8)
        ax.plot(*np.stack([places[-1], np.round(row[-1]) @ AXES]).T, ":", color=color, linewidth=1.3)
        ax.plot(*places[-1], "o", color=color, markersize=8, mec="white", zorder=4)
    for corner in corners:
        x, y = corner @ AXES
        up = 1 if corner[2] else -1
        name = "".join(str(int(bit)) for bit in corner)
        ax.text(x, y + 0.1 * up, name, ha="center", va="center", size=9, color="#555555")
    ax.set(xlim=(-0.12, 1.55), ylim=(-0.2, 1.5), aspect="equal")
    ax.axis("off")


FIGURES = (spirals_unfold, layers, found_codes)
