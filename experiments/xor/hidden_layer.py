"""After training on XOR, more networks have hidden activations that a line separates by class than before.

2-2-1 tanh networks start from weights N(0, 1) and biases 0, and train for 1,000 full-batch steps of Adam on the
cross-entropy. A network is solved when all four outputs end within 0.4 of their targets, otherwise it is stuck. The
hidden activations of the four inputs are separable when some line has one class strictly on each side, which is decided
exactly in integers. In a solved network they always are: its output unit is such a line. So the effect of training is
measured on all networks.
"""

import itertools
import math
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import planes, sources
from experiments.lab.estimates import mean, wilson
from experiments.lab.verdicts import OWN, TEXTBOOK, Statement, above
from experiments.xor.solved import TOLERANCE, worst_error_of_logits
from nnjax import mlp

INPUTS = ("00", "01", "10", "11")
PAIRS = {f"{INPUTS[i]}-{INPUTS[j]}": (i, j) for i, j in itertools.combinations(range(4), 2)}
ONE_CLASS = ("00-11", "01-10")  # pairs of inputs with the same target
TOGETHER = 0.2  # two inputs share a point when they are no further apart than this in either hidden neuron
KINDS = {"solved": fg.BLUE, "stuck": fg.VERMILION}


@dataclass(frozen=True)
class Config:
    seeds: int = 2000
    learning_rate: float = 0.05
    num_steps: int = 1000
    record_every: int = 10  # steps between two records of the hidden layer


QUICK = Config(seeds=300, num_steps=500, record_every=20)

NAMES = {
    "step": "steps", "kind": "networks that end", "count": "networks, one for each seed; shares are of these",
    "separable_start": "share whose hidden activations a line separates by class, before training",
    "separable_end": "share whose hidden activations a line separates by class, after training",
    "one_class_start": "share with both inputs of some class within 0.2 in each hidden neuron, before training",
    "one_class_end": "share with both inputs of some class within 0.2 in each hidden neuron, after training",
    "mixed_start": "share with two inputs of different classes within 0.2 in each hidden neuron, before training",
    "mixed_end": "share with two inputs of different classes within 0.2 in each hidden neuron, after training",
}  # fmt: skip


def hidden_images(params, data):
    """Hidden activations of the rows: [rows, 2]."""
    return mlp.predict(params[:1], data.x, output_activation=jnp.tanh)


def units(params, data):
    """Weights and threshold of both hidden neurons and of the output neuron: [3, 3]."""
    return jnp.concatenate([jnp.vstack([layer.w, -layer.b]).T for layer in params])


def run(config: Config) -> xr.Dataset:
    """Every network's hidden layer, and a solved and a stuck network at the start and at the end."""
    runs = nnjax.sweep(
        nnjax.tasks.xor(), hidden=(2,), init="normal", loss="sigmoid_binary_cross_entropy", solver="adam",
        learning_rate=config.learning_rate, seeds=config.seeds, num_steps=config.num_steps,
        record_every=config.record_every,
        measure={"images": hidden_images, "units": units, "worst_error": worst_error_of_logits},
    )  # fmt: skip
    solved = (runs.worst_error.isel(step=-1) <= TOLERANCE).values
    images = runs.images.transpose("seed", "step", ...).values  # [seed, step, row, 2]
    ends = images[:, [0, -1]]
    apart = np.stack([np.abs(ends[:, :, i] - ends[:, :, j]).max(axis=-1) for i, j in PAIRS.values()], axis=2)
    data = {
        "solved": ("seed", solved), "separable": (("seed", "step"), separable(images)),
        "apart_start": (("seed", "pair"), apart[:, 0]), "apart": (("seed", "pair"), apart[:, 1]),
    }  # fmt: skip
    firsts = {name: int(hits.argmax()) for name, hits in (("solved", solved), ("stuck", ~solved)) if hits.any()}
    drawn = runs.units.transpose("seed", "step", ...).values[list(firsts.values())]
    data["images"] = (("network", "when", "row", "neuron"), ends[list(firsts.values())])
    data["output_unit"] = (("network", "when", "coefficient"), drawn[:, [0, -1], 2])
    data["hidden_units"] = (("network", "neuron", "coefficient"), drawn[:, -1, :2])
    coords = {"seed": runs.seed.values, "step": runs.step.values, "pair": list(PAIRS), "network": list(firsts)}
    return xr.Dataset(data, coords | {"when": ["start", "end"], "row": list(INPUTS)})


def separable(images: np.ndarray) -> np.ndarray:
    """Whether a line strictly separates 00 and 11 from 01 and 10: images [..., 4, 2] -> [...].

    Exact: float32 numbers times 2^149 are whole numbers. Each class spans a segment. Two segments are separable if
    and only if their projections are disjoint on one of a few lines. These are their own normals, their directions
    (where both lie on one line), and the axes (where both are points). They are the separating axes of their
    difference, a parallelogram.
    """
    whole = np.frompyfunc(lambda v: int(math.ldexp(v, 149)) if math.isfinite(v) else 0, 1, 1)
    p = np.asarray(whole(np.asarray(images, np.float32)))
    zeros, ones = p[..., [0, 3], :], p[..., [1, 2], :]
    along = [zeros[..., 1, :] - zeros[..., 0, :], ones[..., 1, :] - ones[..., 0, :]]
    across = [np.stack([-d[..., 1], d[..., 0]], axis=-1) for d in along]
    parted = np.zeros(images.shape[:-2], bool)
    for axis in (*across, *along, np.array([1, 0], object), np.array([0, 1], object)):
        u, v = ((points * axis[..., None, :]).sum(axis=-1) for points in (zeros, ones))
        parted |= np.asarray((u.max(-1) < v.min(-1)) | (v.max(-1) < u.min(-1)), bool)
    return parted & np.isfinite(images).all(axis=(-2, -1))


# Measures and statements.


def one_class_together(apart: xr.DataArray) -> xr.DataArray:
    """Whether both inputs of some class share a point of hidden space, from distances [seed, pair]."""
    return (apart.sel(pair=list(ONE_CLASS)) <= TOGETHER).any("pair")


def classes_mixed(apart: xr.DataArray) -> xr.DataArray:
    """Whether two inputs of different classes share a point of hidden space, from distances [seed, pair]."""
    return (apart.drop_sel(pair=list(ONE_CLASS)) <= TOGETHER).any("pair")


def made_separable(data: xr.Dataset, level: float) -> xr.Dataset:
    """By how much the share with separable hidden activations rises from the start to the end of training."""
    start, end = (data.separable.astype(float).isel(step=i, drop=True) for i in (0, -1))
    shares = f"from {start.mean():.1%} to {end.mean():.1%}; {data.solved.mean():.1%} are solved"
    return mean(end - start, "seed", level).assign_attrs(units="of the networks more", note=shares)


def share_together(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share of the solved networks that end with both inputs of some class on nearly the same point."""
    start, end = (one_class_together(apart)[data.solved] for apart in (data.apart_start, data.apart))
    if not end.size:
        return None
    note = f"{start.mean().item():.1%} at the start"
    return wilson(end.mean(), end.size, level).assign_attrs(units="of the solved networks", note=note)


STATEMENTS = (
    Statement(
        "made, not given", "Training makes the representation: more networks have linearly separable hidden "
        "activations at the end than at the start.", TEXTBOOK,
        f"{sources.TEXTBOOK}; {sources.RUMELHART}", above(0.01, even=0), made_separable,
        "The rule had looked at solved networks alone, which are separable by necessity.",
    ),
    Statement(
        "one class falls together", "Most solved networks put two inputs of one class on nearly the same point of "
        "hidden space.", OWN, f"prompted by {sources.GOODFELLOW}, section 6.1: a solution that is written down does so",
        above(0.5), share_together, "It had counted as published, and later had to rise from the start as well.",
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for the solved and one for the stuck networks."""
    properties = {
        "separable_start": data.separable.isel(step=0, drop=True),
        "separable_end": data.separable.isel(step=-1, drop=True),
        "one_class_start": one_class_together(data.apart_start), "one_class_end": one_class_together(data.apart),
        "mixed_start": classes_mixed(data.apart_start), "mixed_end": classes_mixed(data.apart),
    }  # fmt: skip
    kinds = {name: data.solved == (name == "solved") for name in KINDS}
    rows = [
        xr.Dataset({"count": kind.sum()} | {name: hits[kind].mean() for name, hits in properties.items()})
        for kind in kinds.values()
    ]
    return xr.concat(rows, "kind").assign_coords(kind=list(kinds))


def hidden_space(data: xr.Dataset) -> Figure:
    """The first network that ends solved and the first that ends stuck: input space at the end, hidden space at the
    start and at the end. The tint is the output neuron's answer, blue 0 and orange-red 1; on the black line it is
    undecided. No line separates the classes in input space; in hidden space one does, where training has succeeded."""
    rows = data.network.values.tolist()
    fig, made = fg.panels(
        row=data.network, col=xr.DataArray(["input space", "hidden, start", "hidden, end"], name="space", dims="space"),
        size=(3.2, 2.9),
    )  # fmt: skip
    targets = nnjax.tasks.xor().y[:, 0]
    for ax, where in made:
        space, one = where["space"], data.sel(network=where["network"])
        if space == "input space":
            (*v, t), w = one.output_unit.values[-1], one.hidden_units.values.T
            planes.regions(ax, lambda x, v=v, t=t, w=w: np.tanh(x @ w[:2] - w[2]) @ v > t, -0.5, 1.5)
            planes.points(ax, nnjax.tasks.xor().x, targets)
            ax.set(xticks=(0, 1), yticks=(0, 1))
        else:
            one = one.sel(when=space.removeprefix("hidden, "))
            *v, t = one.output_unit.values
            planes.regions(ax, lambda h, v=v, t=t: h @ v > t, -1.4, 1.4)
            planes.unit_line(ax, v, t, -1.4, 1.4, avoid=one.images)
            planes.points(ax, one.images, targets)
            ax.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    fg.finish(fig, made, f"A {' and a '.join(rows)} network", "", "")
    for ax, where in made:
        first, second = ("$x_1$", "$x_2$") if where["space"] == "input space" else ("$h_1$", "$h_2$")
        beside = ax.get_ylabel().strip()
        ax.set(xlabel=first, ylabel=f"{beside}\n{second}" if beside else second)
    return fig


def separable_over_time(data: xr.Dataset) -> Figure:
    """Left: networks whose hidden activations a line separates by class, however narrowly, with 95% intervals; the
    scale is linear up to the first record. Right, at the end, for the first 300 networks of each kind: the least
    distance of inputs of one class and of different classes. A distance is the larger of the differences in the two
    hidden neurons; below 0.2 (dotted) two inputs count as nearly on one point. Solved networks have inputs of one class
    close together, stuck ones inputs of different classes."""
    fig, made = fg.panels(
        col=xr.DataArray(["Separable by a line", "Distances at the end"], dims="what", name="what"), size=(5, 3.6)
    )
    (left, _), (right, _) = made
    for name, color in KINDS.items():
        kind = data.solved == (name == "solved")
        if not kind.any():
            continue
        share = wilson(data.separable[kind].mean("seed"), int(kind.sum())).expand_dims(kind=[name])
        fg.lines(left, share, "step", "kind", KINDS, "-", band=True)
        near = data.apart[kind][:300]
        x, y = near.sel(pair=list(ONE_CLASS)).min("pair"), near.drop_sel(pair=list(ONE_CLASS)).min("pair")
        right.plot(x, y, "o" if name == "solved" else "^", color=color, markersize=4.5, alpha=0.45, label=name)
    left.set_xscale("symlog", linthresh=data.step[1].item())
    left.set(xlim=(0, data.step[-1]), ylim=(0, 1.02), ylabel="share of the networks", xlabel="steps")
    right.set(
        xlim=(-0.06, 2),
        ylim=(-0.06, 2),
        xlabel="least distance, same class",
        ylabel="least distance, different classes",
    )
    for draw in (right.axvline, right.axhline):
        draw(TOGETHER, color="black", linewidth=0.8, linestyle=":")
    for ax in (left, right):
        ax.legend(loc="center right", title="at the end")
    fig.suptitle("Training makes hidden activations separable in solved networks")
    return fig


FIGURES = (hidden_space, separable_over_time)
