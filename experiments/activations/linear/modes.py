"""Deep linear networks that learn a matrix, and how strongly they represent each of its modes during training."""

import functools
import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy
import xarray as xr
from jaxtyping import Array, Float, Key

import nnjax
from experiments.activations.linear.config import LEARNED, LONGER, MODES, RECORDS, SHOWN, START, Config
from nnjax import mlp, training
from nnjax.tasks import Data
from nnjax.theory import linear_networks

CROSSINGS = (0.1, 0.5, 0.9)  # parts of a singular value at which a mode is timed


@functools.cache
def singular_vectors() -> tuple[Float[np.ndarray, "d d"], Float[np.ndarray, "d d"]]:
    """The target's singular vectors on the side of the inputs and on that of the outputs, as columns."""
    rng = np.random.default_rng(0)
    return tuple(np.linalg.qr(rng.normal(size=(MODES, MODES)))[0] for _ in range(2))  # pyright: ignore[reportReturnType]


def whitened(singular_values: tuple[float, ...]) -> Data:
    """Inputs x [8, d] of mean 0 and covariance exactly 1, and targets y = x V S U^T [8, d]."""
    v, u = singular_vectors()
    x = scipy.linalg.hadamard(8)[:, 1 : MODES + 1].astype(float)
    return Data(x, x @ v @ np.diag(singular_values) @ u.T)


def balanced(
    key: Key[Array, ""], sizes: tuple[int, ...], *, dtype: Any, init_scale: Any = 1.0, **rest: Any
) -> mlp.Params:
    """A balanced start that is aligned with the target, the same for every key: the product of all layers is a^L V U^T.

    The layers are a Q_(l-1) Q_l^T with a = init_scale and orthonormal columns Q_l [n_l, d]: the singular vectors at the
    two ends, arbitrary in between. Biases are 0, and stay there, as inputs and targets have mean 0.
    """
    v, u = singular_vectors()
    rng = np.random.default_rng(1)
    sides = [v, *(np.linalg.qr(rng.normal(size=(n, MODES)))[0] for n in sizes[1:-1]), u]
    weights = [jnp.asarray(a @ b.T, dtype) * jnp.asarray(init_scale, dtype) for a, b in itertools.pairwise(sides)]
    return tuple(mlp.Layer(w, jnp.zeros(w.shape[1], dtype)) for w in weights)


BALANCED = training.Model(balanced, mlp.apply, mlp.predict)


def strengths(params, data):
    """The strength of every mode [d] in the product W of the weights: the diagonal of V^T W U."""
    v, u = singular_vectors()
    product = functools.reduce(lambda a, b: a @ b, [layer.w for layer in params])
    return jnp.diag(jnp.asarray(v, product.dtype).T @ product @ jnp.asarray(u, product.dtype))


def grown(config: Config) -> xr.Dataset:
    """When each mode was learned, in theory [layers, mode, part] and from both starts [layers, seed, mode, part].

    From the balanced start there is one network, as nothing in it is random.
    """
    return xr.concat([_of_depth(layers, config) for layers in config.layers], "layers").assign_coords(
        layers=list(config.layers)
    )


def _of_depth(layers: int, config: Config) -> xr.Dataset:
    total = LONGER * linear_networks.time_to_reach(
        LEARNED * config.singular_values[-1], config.singular_values[-1], START, layers
    )
    # Gradient descent on the mean over k outputs moves 2 / k times as far as on half their sum.
    per_step = total / config.num_steps
    numbers = {"learning_rate": per_step * MODES / 2, "init_scale": START ** (1 / layers)}
    spec: dict[str, Any] = {
        "activation": "identity", "solver": "sgd", "num_steps": config.num_steps,
        "record_every": config.num_steps // RECORDS, "measure": {"strength": strengths},
    }  # fmt: skip
    data, hidden = whitened(config.singular_values), (config.width,) * (layers - 1)
    random = nnjax.sweep(data, hidden=hidden, seeds=config.seeds, **spec, **numbers)
    curves = {
        "balanced": _one_balanced(data, training.Spec((MODES, *hidden, MODES), model=BALANCED, **spec), numbers)[None],
        "random": random.strength.transpose("seed", ..., "step").values,
    }  # [seed, mode, record]
    times = random.step.values * per_step
    singular_values = np.asarray(config.singular_values)
    levels = np.multiply.outer(singular_values, CROSSINGS)[None]  # [1, mode, part]
    found = xr.Dataset(
        {
            "theory": (
                ("mode", "part"),
                [
                    [linear_networks.time_to_reach(part * s, s, START, layers) for part in CROSSINGS]
                    for s in singular_values
                ],
            ),
            "time": ("record", times[::2]),  # every second point is enough to draw
        },
        {"mode": singular_values, "part": list(CROSSINGS)},
    )
    for name, one in curves.items():
        reached = crossing(times, one[:, :, None], levels)
        found[f"{name}_reached"] = ((f"{name}_seed", "mode", "part"), reached.astype("float32"))
        shown = one[:SHOWN, :, ::2].astype("float32")
        found[f"{name}_curve"] = ((f"{name}_shown", "mode", "record"), shown)
    return found


def _one_balanced(data: Data, spec: training.Spec, numbers: dict[str, float]) -> Float[np.ndarray, "mode record"]:
    """The strengths of the one network from the balanced start."""
    run = jax.jit(lambda key: training.fit(key, numbers, data, spec=spec))(jax.random.key(0))
    return np.asarray(run.measures["strength"]).T


def crossing(
    times: Float[np.ndarray, " n"], curves: Float[np.ndarray, "... n"], levels: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "..."]:
    """The first time at which each curve is at its level or above, on a line between records; inf if it never is."""
    curves, levels = np.broadcast_arrays(curves, levels[..., None])
    levels = levels[..., 0]
    above = curves >= levels[..., None]
    after = above.argmax(axis=-1)
    before = np.maximum(after - 1, 0)
    low, high = (np.take_along_axis(curves, i[..., None], axis=-1)[..., 0] for i in (before, after))
    share = np.where(after > 0, (levels - low) / np.where(high > low, high - low, 1), 0.0)
    return np.where(above.any(axis=-1), times[before] + share * (times[after] - times[before]), np.inf)
