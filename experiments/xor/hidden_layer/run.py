"""The hidden layer of a network that solves XOR makes its own representation: one that a line can part.

Source: the textbook chapter ("the network makes its own intermediate representation"); Rumelhart, Hinton &
Williams 1986; Goodfellow, Bengio & Courville 2016, section 6.1, where two inputs of one class fall together.

2-2-1 tanh networks, weights N(0, 1), biases 0, cross-entropy, Adam. A network is solved when all four rows
are within 0.4 of their target at the end (`_solved.py`), else stuck. The images of the inputs in hidden space
are *separable* when a line parts the classes with nothing on it, decided exactly in integers. Those of a
solved network must be, as its output unit is such a line. Whether they were so from the start, whether stuck
networks have it too, and which points fall together, is measured on all networks, not on the two drawn.

    python -m experiments xor.hidden_layer                  # 4 s
    python -m experiments xor.hidden_layer --preset full    # 2,000 networks, 12 s

Outputs: hidden_space, separable; table.csv has a row for solved and one for stuck networks.
"""

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict, cli
from experiments.xor.shared import solved as _solved
from nnjax import mlp, statistics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = ("00", "01", "10", "11")
PAIRS = tuple(itertools.combinations(range(4), 2))
SAME_CLASS = np.array([sum(pair) == 3 for pair in PAIRS])  # 00 with 11, and 01 with 10
CHAPTER = "the textbook chapter; Rumelhart, Hinton & Williams 1986"
ROOM = 0.1  # separable with room: the classes lie at least this far apart; hidden space is 2 wide
TOGETHER = 0.2  # two images fall together: in neither coordinate are they further apart
NUM_DOTS = 300  # networks of each kind that are drawn as dots
SOLVED_IS = "in every solved network a line parts the hidden images of the classes; in input space none does"
MADE = "of the networks that end solved, more have separable hidden images at the end than at the start"
EXACTLY = f"a network ends solved exactly if its hidden images are parted with room, {ROOM:g} or more"
TOGETHER_IS = "most solved networks put two inputs of one class on about one point of hidden space"
MIXED = "most stuck networks put two inputs of different classes on about one point of hidden space"


@dataclass(frozen=True)
class Config:
    """Which networks are watched, and how closely."""

    seeds: int = 2000  # scientific: networks
    learning_rate: float = 0.05  # nuisance: Adam's; one setting only, so nothing is compared across rates
    num_steps: int = 1000  # fixed: full-batch updates
    record_every: int = 10  # fixed: steps between two looks at the hidden layer
    shown: tuple[int, ...] = (0, 20, 100)  # fixed: steps whose hidden space is drawn, beside the last


FULL = Config()
QUICK = Config(seeds=300, num_steps=500, record_every=20)


def hidden_images(params, data):
    """Where the hidden layer puts the rows: [rows, 2]."""
    return mlp.predict(params[:1], data.x, output_activation=jnp.tanh)


def output_unit(params, data):
    """The output unit's two weights and its threshold: [3]."""
    w, b = params[1]
    return jnp.concatenate([w[:, 0], -b])


def run(config: Config) -> xr.Dataset:
    """Train; then per network what its hidden layer came to, and the two drawn networks through training."""
    task = nnjax.tasks.xor()
    measure = {"images": hidden_images, "unit": output_unit, "worst_error": _solved.worst_error_of_logits}
    runs = nnjax.sweep(
        task,
        hidden=(2,),
        init="normal",
        loss="sigmoid_binary_cross_entropy",
        solver="adam",
        learning_rate=config.learning_rate,
        seeds=config.seeds,
        num_steps=config.num_steps,
        record_every=config.record_every,
        measure=measure,
    )
    solved = (runs.worst_error.isel(step=-1) <= _solved.TOLERANCE).values
    images = runs.images.values  # [seed, step, row, 2]
    parted = separable(images)
    gap = np.where(parted, distance(images), 0.0)
    apart = np.stack([np.abs(images[:, -1, i] - images[:, -1, j]).max(axis=-1) for i, j in PAIRS], axis=1)
    data = xr.Dataset(
        {
            "solved": ("seed", solved),
            "separable": (("seed", "step"), parted),
            "roomy": (("seed", "step"), gap >= ROOM),
            "gap": ("seed", gap[:, -1].astype(np.float32)),
            "apart": (("seed", "pair"), apart),
            "input_separable": separable(task.x),
        },
        coords={"seed": runs.seed, "step": runs.step, "pair": [f"{NAMES[i]}-{NAMES[j]}" for i, j in PAIRS]},
    )
    drawn = [_drawn(runs, task, name, kind, config) for name, kind in _groups(solved).items() if kind.any()]
    preset = " --preset full" if config == FULL else ""
    return xr.merge([data, xr.concat(drawn, "network")]).assign_attrs(
        command=f"python -m experiments xor.hidden_layer{preset}"
    )


def _groups(solved: np.ndarray) -> dict[str, np.ndarray]:
    return {"solved": solved, "stuck": ~solved}


def _drawn(runs: xr.Dataset, task, name: str, kind: np.ndarray, config: Config) -> xr.Dataset:
    """The first seed of a kind: its hidden space at the steps shown, and, refitted, its hidden weights."""
    seed = int(runs.seed[np.argmax(kind)])
    shown = np.unique(runs.step.sel(step=[*config.shown, config.num_steps], method="nearest"))
    looks = runs[["images", "unit"]].sel(seed=seed, step=shown, drop=True)
    again = nnjax.refit(runs, task, seed=seed)
    w, b = again.params[0]
    return xr.Dataset(
        {
            "drawn_seed": seed,
            "images": (("shown", "row", "axis"), looks.images.values),
            "unit": (("shown", "coefficient"), looks.unit.values),
            "hidden_weights": (("input", "axis"), np.asarray(w)),
            "hidden_biases": ("axis", np.asarray(b)),
            # The network refitted must be the one that was measured, to the last bit.
            "same_bits": np.array_equal(again.measures["images"], runs.images.sel(seed=seed)),
        },
        coords={"shown": shown, "row": list(NAMES), "network": name},
    )


def separable(images: np.ndarray) -> np.ndarray:
    """Whether a line strictly parts 00 and 11 from 01 and 10: images [..., 4, 2] -> [...].

    Exact: float32 numbers times 2^149 are whole numbers. Each class spans a segment. Two segments are parted
    if and only if they are across one of their own normals, along one of themselves where they lie in one
    line, or along an axis where both are points (the separating axes of their difference, a parallelogram).
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


def distance(images: np.ndarray) -> np.ndarray:
    """How far apart the two classes' segments are where they do not cross: images [..., 4, 2] -> [...]."""
    a, c, d, b = np.moveaxis(np.asarray(images, float), -2, 0)

    def to_segment(p: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        along = end - start
        share = ((p - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-300)
        return np.linalg.norm(p - start - np.clip(share, 0, 1)[..., None] * along, axis=-1)

    ends = ((a, c, d), (b, c, d), (c, a, b), (d, a, b))
    return np.minimum.reduce([to_segment(*each) for each in ends])


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """Hidden space of two networks through training, and how all networks fare."""
    from experiments.lab.figures import caption
    from experiments.xor import _hidden_figures

    separability = _hidden_figures.separability(data, TOGETHER, NUM_DOTS)
    solved, stuck = ({key: _hidden_figures.percent(row[key]) for key in _found(data)} for row in table(data))
    caption(
        separability,
        "Left: networks whose hidden images some line parts, if barely (dashed), and those with the classes "
        f"at least {ROOM:g} apart (solid), with 95 % Wilson intervals. Parted are {solved['separable_start']} "
        f"of the solved networks at the start and {solved['separable_end']} at the end; of the stuck ones "
        f"{stuck['separable_start']} and {stuck['separable_end']}, with room {stuck['room_end']}. Right: the "
        f"first {NUM_DOTS} of each kind at the end. Within {TOGETHER:g} (dotted) lie two inputs of one class "
        f"in {solved['one_class_together']} of the solved, and two of different classes in "
        f"{stuck['classes_mixed']} of the stuck networks.",
    )
    return {"hidden_space": _hidden_figures.hidden_space(data), "separable": separability}


def _found(data: xr.Dataset) -> dict[str, np.ndarray]:
    """What is counted, each of it true or false of every network [seed]."""
    near = data.apart.values <= TOGETHER
    return {
        "separable_start": data.separable.values[:, 0].astype(bool),
        "separable_end": data.separable.values[:, -1].astype(bool),
        "room_start": data.roomy.values[:, 0].astype(bool),
        "room_end": data.roomy.values[:, -1].astype(bool),
        "one_class_together": near[:, SAME_CLASS].any(axis=1),
        "both_classes_together": near[:, SAME_CLASS].all(axis=1),
        "classes_mixed": near[:, ~SAME_CLASS].any(axis=1),
    }


def _share(true: np.ndarray) -> tuple[float, float, float]:
    """Part of the networks with its Wilson interval; nan where there is no network."""
    if not len(true):
        return math.nan, math.nan, math.nan
    low, high = statistics.wilson(int(true.sum()), len(true))
    return float(true.mean()), float(low), float(high)


def table(data: xr.Dataset) -> list[dict]:
    """A row for the solved and one for the stuck networks: counts, parts with intervals, the classes' gap."""
    rows = []
    for name, kind in _groups(data.solved.values.astype(bool)).items():
        row = {"networks": name, "count": int(kind.sum())}
        for what, true in _found(data).items():
            row |= dict(zip((what, f"{what}_low", f"{what}_high"), _share(true[kind]), strict=True))
        gaps = data.gap.values[kind] if kind.any() else np.array([math.nan])
        rows.append(row | {"least_gap_end": float(gaps.min()), "greatest_gap_end": float(gaps.max())})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A claim about all networks holds for all of them, partly where the interval lies above 95 %; one about
    more or most where the whole interval lies above its bound, partly where the estimate does.
    """
    solved, found = data.solved.values.astype(bool), _found(data)
    ends, starts = found["separable_end"][solved], found["separable_start"][solved]
    rise = statistics.paired_difference(ends, starts)[:3] if len(ends) else _share(ends)
    if bool(data.input_separable):  # then nothing had to be made
        rise = (math.nan,) * 3
    as_one = _share(found["room_end"] == solved)
    together, mixed = _share(found["one_class_together"][solved]), _share(found["classes_mixed"][~solved])
    goodfellow = "Goodfellow, Bengio & Courville 2016, section 6.1"
    usual = "replications: two outputs near one half are the usual failure"
    return [
        _verdict(data, *row)
        for row in (
            ("solved is separable", SOLVED_IS, "theorem: the output unit is such a line", 1, _share(ends)),
            ("made, not given", MADE, CHAPTER, 0, rise),
            ("separable is solved", EXACTLY, CHAPTER, 1, as_one),
            ("one class falls together", TOGETHER_IS, goodfellow, 0.5, together),
            ("stuck mixes the classes", MIXED, usual, 0.5, mixed),
        )
    ]


def _verdict(data: xr.Dataset, name: str, claim: str, source: str, bound: float, share: tuple) -> Verdict:
    part, low, high = share
    if bound == 1:
        outcome = REPRODUCED if part == 1 else PARTLY if low > 0.95 else NOT_REPRODUCED
    else:
        outcome = REPRODUCED if low > bound else PARTLY if part > bound else NOT_REPRODUCED
    reference = 1.0 if bound == 1 else f"more than {bound:g}"
    return Verdict(name, claim, source, reference, part, low, high, "", outcome, data.attrs["command"])


if __name__ == "__main__":
    cli.main(__file__)
