"""Random ReLU networks: from which layer on they are dead, and the rank of their layers for some examples."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float, Int
from threadpoolctl import threadpool_limits

from nnjax.theory import dead_units as theory

LAWS = ("normal", "normal, normal biases", "uniform, uniform biases")  # of the weights; biases are zero unless named
POINTS = 16  # of the domain, on a circle
CHUNK = 10_000  # networks drawn at a time

TOLERANCES = (1e-13, 1e-9, 1e-6, 1e-3, 1e-2, 1e-1)  # a singular value counts above this part of the greatest
PLAIN, ORTHOGONAL, LEAKY = "He's normal weights, ReLU", "orthogonal weights, ReLU", "normal weights, leaky ReLU (0.5)"
SLOPE = 0.5  # of the leaky ReLU below 0
BATCH = 50  # stacks of layers drawn at a time


def born_dead(laws: tuple[str, ...], widths: tuple[int, ...], depth: int, networks: int) -> xr.Dataset:
    """The share of networks that are dead by each layer [law, born_width, born_layer]: at one input, and on the circle.

    `born_exact` is the probability of the former, for any law (`nnjax.theory.dead_units`).
    """
    shape = (len(laws), len(widths), depth)
    point, domain = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    x = circle()
    for i, law in enumerate(laws):
        for j, width in enumerate(widths):
            key = jax.random.fold_in(jax.random.key(i), width)
            for chunk in range(-(-networks // CHUNK)):
                num = min(CHUNK, networks - chunk * CHUNK)
                found = dead_by_layer(jax.random.fold_in(key, chunk), x, num, width, depth, law)
                point[i, j] += np.asarray(found[0])
                domain[i, j] += np.asarray(found[1])
    exact = [[theory.born_dead([n] * (k + 1)) for k in range(depth)] for n in widths]
    dims = ("law", "born_width", "born_layer")
    return xr.Dataset(
        {
            "born_point": (dims, point / networks), "born_circle": (dims, domain / networks),
            "born_exact": (dims[1:], exact),
        },
        {"law": list(laws), "born_width": list(widths), "born_layer": np.arange(depth) + 1},
    )  # fmt: skip


def circle() -> Float[np.ndarray, "p 2"]:
    angle = 0.3 + 2 * np.pi * np.arange(POINTS) / POINTS
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


@partial(jax.jit, static_argnames=("num", "width", "depth", "law"))
def dead_by_layer(
    key: Any, x: Float[Array, "p 2"], num: int, width: int, depth: int, law: str
) -> tuple[Int[Array, " depth"], Int[Array, " depth"]]:
    """How many of `num` networks are dead by each layer: at the first row of x, and at all rows.

    A network is dead at an input from the first layer on in which all units are off, even if biases turn units on in
    later layers: no gradient passes that layer.
    """
    draw = jax.random.normal if law.startswith("normal") else partial(jax.random.uniform, minval=-1.0, maxval=1.0)

    def layer(state: tuple[Array, Array], key: Any) -> tuple[tuple[Array, Array], Array]:
        h, alive = state  # [p, fan_in, num], [p, num]
        drawn = draw(key, (h.shape[1] + 1, width, num))
        z = jnp.zeros((len(x), width, num)) + (drawn[:1] if law.endswith("biases") else 0.0)
        for k in range(h.shape[1]):  # a matrix product would not vectorize over the networks
            z = z + h[:, k, None] * drawn[k + 1][None]
        alive = alive & jnp.any(z > 0, axis=1)
        return (jnp.maximum(z, 0), alive), jnp.stack([jnp.sum(~alive[0]), jnp.sum(~jnp.any(alive, axis=0))])

    keys = jax.random.split(key, depth)
    start = jnp.broadcast_to(x[..., None], (*x.shape, num)), jnp.ones((len(x), num), bool)
    first, dead = layer(start, keys[0])
    _, later = jax.lax.scan(layer, first, keys[1:])
    counts = jnp.concatenate([dead[None], later])
    return counts[:, 0], counts[:, 1]


def ranks(shapes: tuple[tuple[int, int], ...], layers: int, draws: int) -> xr.Dataset:
    """Mean ranks of the outputs of random layers [case, layer] in float64, for examples in random directions.

    `rank` [tolerance] counts the singular values above a part of the greatest one. `effective_rank` is the exponential
    of the entropy of the singular values divided by their sum (Roy & Vetterli 2007). Both have standard errors. `most`
    is the number of units that are on for some example, or of examples where that is less. `wide_most` is the same in
    infinitely wide layers, where pairs of examples become more alike from layer to layer.
    """
    cases = [(PLAIN, *shape) for shape in shapes] + [(kind, 40, 40) for kind in (ORTHOGONAL, LEAKY)]
    data = xr.concat([_case(*case, layers, draws, seed) for seed, case in enumerate(cases)], "case")
    wide = [np.minimum(m, n * np.asarray(theory.share_on(m, layers))) for _, m, n in cases]
    coords = zip(("kind", "examples", "units"), zip(*cases, strict=True), strict=True)
    return data.assign(wide_most=(("case", "layer"), wide)).assign_coords(
        {name: ("case", list(values)) for name, values in coords}
        | {"layer": np.arange(layers) + 1, "tolerance": list(TOLERANCES)}
    )


def _case(kind: str, num_examples: int, width: int, layers: int, draws: int, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    with threadpool_limits(1):  # several threads are slower than one for small matrices
        batches = [
            stacks(rng, kind, num_examples, width, layers, min(BATCH, draws - start))
            for start in range(0, draws, BATCH)
        ]
    counts, on, effective = (np.concatenate(part, axis=1) for part in zip(*batches, strict=True))
    root = np.sqrt(draws)
    return xr.Dataset({
        "rank": (("layer", "tolerance"), counts.mean(axis=1)),
        "rank_error": (("layer", "tolerance"), counts.std(axis=1, ddof=1) / root),
        "effective_rank": ("layer", effective.mean(axis=1)),
        "effective_rank_error": ("layer", effective.std(axis=1, ddof=1) / root),
        "most": ("layer", np.minimum(on, num_examples).mean(axis=1)),
    })  # fmt: skip


def stacks(
    rng: np.random.Generator, kind: str, num_examples: int, width: int, layers: int, draws: int
) -> tuple[Float[np.ndarray, "layers draws k"], Float[np.ndarray, "layers draws"], Float[np.ndarray, "layers draws"]]:
    """Draw stacks of random layers: ranks at TOLERANCES, numbers of units on for some example, effective ranks."""
    h = rng.standard_normal((draws, num_examples, width))
    counts, on, effective = [], [], []
    for _ in range(layers):
        w = rng.standard_normal((draws, width, width)) * np.sqrt(2 / width)
        if kind == ORTHOGONAL:
            w = np.linalg.qr(w)[0] * np.sqrt(2)
        z = h @ w
        h = np.maximum(z, (SLOPE if kind == LEAKY else 0.0) * z)
        s = np.linalg.svd(h, compute_uv=False)
        counts.append((s[..., None] > np.array(TOLERANCES) * s[:, :1, None]).sum(axis=1))
        part = s / s.sum(axis=1, keepdims=True)
        effective.append(np.exp(-(part * np.log(np.maximum(part, 1e-300))).sum(axis=1)))
        on.append((z > 0).any(axis=1).sum(axis=1))
    return np.array(counts, float), np.array(on, float), np.array(effective)
