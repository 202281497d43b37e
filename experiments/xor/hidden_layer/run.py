"""The networks of `xor.hidden_layer`, and when the hidden activations of their four inputs are separable."""

import itertools
import math

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.xor.hidden_layer.config import MARGIN, Config
from experiments.xor.shared import solved as criterion
from nnjax import mlp

NAMES = ("00", "01", "10", "11")
PAIRS = tuple(itertools.combinations(range(4), 2))


def hidden_images(params, data):
    """Hidden activations of the rows: [rows, 2]."""
    return mlp.predict(params[:1], data.x, output_activation=jnp.tanh)


def output_unit(params, data):
    """The output unit's two weights and its threshold: [3]."""
    w, b = params[1]
    return jnp.concatenate([w[:, 0], -b])


def run(config: Config) -> xr.Dataset:
    """Measure every network's hidden layer, and follow one solved and one stuck network through training."""
    task = nnjax.tasks.xor()
    measure = {"images": hidden_images, "unit": output_unit, "worst_error": criterion.worst_error_of_logits}
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
    solved = (runs.worst_error.isel(step=-1) <= criterion.TOLERANCE).values
    images = runs.images.values  # [seed, step, row, 2]
    parted = separable(images)
    gap = np.where(parted, distance(images), 0.0)
    ends = images[:, [0, -1]]
    apart = np.stack([np.abs(ends[:, :, i] - ends[:, :, j]).max(axis=-1) for i, j in PAIRS], axis=2)
    data = xr.Dataset(
        {
            "solved": ("seed", solved),
            "separable": (("seed", "step"), parted),
            "roomy": (("seed", "step"), gap >= MARGIN),
            "gap": ("seed", gap[:, -1].astype(np.float32)),
            "apart_start": (("seed", "pair"), apart[:, 0]),
            "apart": (("seed", "pair"), apart[:, 1]),
        },
        coords={"seed": runs.seed, "step": runs.step, "pair": [f"{NAMES[i]}-{NAMES[j]}" for i, j in PAIRS]},
    )
    kinds = {"solved": solved, "stuck": ~solved}
    drawn = [_drawn(runs, task, name, kind, config) for name, kind in kinds.items() if kind.any()]
    return xr.merge([data, xr.concat(drawn, "network")])


def _drawn(runs: xr.Dataset, task, name: str, kind: np.ndarray, config: Config) -> xr.Dataset:
    """The first seed of a kind: its hidden space at the steps shown, and its hidden weights from a second training."""
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
            # The network trained once more must be the one that was measured, to the last bit.
            "same_bits": np.array_equal(again.measures["images"], runs.images.sel(seed=seed)),
        },
        coords={"shown": shown, "row": list(NAMES), "network": name},
    )


def separable(images: np.ndarray) -> np.ndarray:
    """Whether a line strictly separates 00 and 11 from 01 and 10: images [..., 4, 2] -> [...].

    Exact: float32 numbers times 2^149 are whole numbers. Each class spans a segment. Two segments are separable if
    and only if their projections are disjoint on one of their own normals, on one of their directions (where they lie
    on one line), or on an axis (where both are points): the separating axes of their difference, a parallelogram.
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
    """The distance between the two classes' segments where they do not cross: images [..., 4, 2] -> [...]."""
    a, c, d, b = np.moveaxis(np.asarray(images, float), -2, 0)

    def to_segment(p: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        along = end - start
        share = ((p - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-300)
        return np.linalg.norm(p - start - np.clip(share, 0, 1)[..., None] * along, axis=-1)

    ends = ((a, c, d), (b, c, d), (c, a, b), (d, a, b))
    return np.minimum.reduce([to_segment(*each) for each in ends])
