"""The rank of the outputs of random layers for examples in random directions."""

import numpy as np
import xarray as xr
from jaxtyping import Float
from threadpoolctl import threadpool_limits

from experiments.activations.dead_units.config import TOLERANCES, Config
from nnjax.theory import dead_units as theory

PLAIN, ORTHOGONAL, LEAKY = "He's normal weights, ReLU", "orthogonal weights, ReLU", "normal weights, leaky ReLU (0.5)"
SLOPE = 0.5  # of the leaky ReLU below 0
BATCH = 50  # stacks at a time


def ranks(config: Config) -> xr.Dataset:
    """Ranks of the outputs [case, layer, draw] in float64, and the number of units that are on for some example.

    `rank` counts the singular values above the least of TOLERANCES times the greatest one. `at_tolerance` holds mean
    counts for all TOLERANCES, and `effective` the mean exponential of the entropy of the singular values divided by
    their sum (Roy & Vetterli 2007); both have standard errors.
    """
    cases = [(PLAIN, *shape) for shape in config.shapes] + [(kind, 40, 40) for kind in (ORTHOGONAL, LEAKY)]
    found = [_case(*case, config, seed) for seed, case in enumerate(cases)]
    data = xr.concat(found, "case")
    data["wide_share"] = (
        ("case", "layer"), [theory.share_on(examples, config.layers) for _, examples, _ in cases]
    )  # fmt: skip
    return data.assign_coords(
        kind=("case", [kind for kind, _, _ in cases]),
        examples=("case", [n for _, n, _ in cases]),
        units=("case", [n for _, _, n in cases]),
        layer=np.arange(config.layers) + 1,
        tolerance=list(TOLERANCES),
    )


def _case(kind: str, num_examples: int, width: int, config: Config, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    with threadpool_limits(1):  # several threads are slower than one for small matrices
        batches = [
            _stacks(rng, kind, num_examples, width, config.layers, min(BATCH, config.draws - start))
            for start in range(0, config.draws, BATCH)
        ]
    counts, on, effective = (np.concatenate(part, axis=1) for part in zip(*batches, strict=True))
    return xr.Dataset(
        {
            "rank": (("layer", "draw"), counts[..., 0].astype(np.int16)),
            "on": (("layer", "draw"), on.astype(np.int16)),
            "at_tolerance": (("layer", "tolerance"), counts.mean(axis=1)),
            "at_tolerance_error": (("layer", "tolerance"), counts.std(axis=1, ddof=1) / np.sqrt(config.draws)),
            "effective": ("layer", effective.mean(axis=1)),
            "effective_error": ("layer", effective.std(axis=1, ddof=1) / np.sqrt(config.draws)),
        }
    )


def _stacks(
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
