"""Linear probes of hidden layers: ridge regression of one-hot targets on activations, before and after training.

The networks learn MNIST-1D with Adam; each has its own draw of the data. Of 4,000 training rows 800 are held out.
Penalties are in units of the number of rows, for standardized activations.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float
from tqdm.auto import tqdm

import nnjax
from nnjax import activations, tasks, tuning

PENALTIES = 10.0 ** np.arange(-7.0, 5.0)
HELD_OUT = 0.2  # of the training rows, on which penalties and rates are chosen


def probe(
    h: Float[Array, "n m"], y: Float[Array, "n k"], held_out: tuple[Array, Array], test: tuple[Array, Array]
) -> tuple[Float[Array, ""], Array]:
    """The accuracy of the best probe on the test rows, and which penalty was chosen.

    Args:
        h: activations of the training rows, and y their one-hot targets.
        held_out: activations and targets of the rows on which the penalty is chosen, the largest of equally good ones.
        test: those of the rows on which the accuracy is taken.

    The singular values and vectors of the standardized activations are those of their covariance, by `eigh`; then each
    penalty costs a product only. Units that are the same for all rows count for nothing.
    """
    mean, spread = h.mean(axis=0), h.std(axis=0)
    scale = jnp.where(spread > 1e-6 * (1 + jnp.abs(mean)), 1 / jnp.where(spread > 0, spread, 1.0), 0.0)
    z = (h - mean[None]) * scale[None]
    values, vectors = jnp.linalg.eigh(z.T @ z / len(h))
    along = vectors.T @ (z.T @ (y - y.mean(axis=0)[None]) / len(h))

    def weights(penalty: Array) -> Array:
        return vectors @ (along / (jnp.maximum(values, 0) + penalty)[:, None])

    def accuracy(w: Array, rows: tuple[Array, Array]) -> Array:
        answer = ((rows[0] - mean[None]) * scale[None]) @ w + y.mean(axis=0)[None]
        return jnp.mean(answer.argmax(axis=1) == rows[1].argmax(axis=1))

    all_weights = jax.vmap(weights)(jnp.asarray(PENALTIES, h.dtype))
    chosen = len(PENALTIES) - 1 - jnp.argmax(jax.vmap(lambda w: accuracy(w, held_out))(all_weights)[::-1])
    return accuracy(all_weights[chosen], test), chosen


def draw(seed: int, rows: int) -> tasks.Data:
    """A draw of MNIST-1D; its `x_test` holds the held-out rows and then the test rows."""
    found = tasks.mnist1d(seed % 2**32, num_rows=rows)
    last = round((1 - HELD_OUT) * len(found.x))
    order = np.random.default_rng(seed).permutation(len(found.x))
    x, y = found.x[order], found.y[order]
    rest = (np.concatenate([x[last:], found.x_test]), np.concatenate([y[last:], found.y_test]))
    return tasks.data(x[:last], y[:last], *rest)


def num_held_out(data: tasks.Data) -> int:
    """How many rows of a draw's `x_test` are held-out rows."""
    return round(len(data.x) * HELD_OUT / (1 - HELD_OUT))


def held_out(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The network's own accuracy on the held-out rows."""
    n = num_held_out(data)
    return jnp.mean(predict(params, data.x_test[:n]).argmax(axis=1) == data.y_test[:n].argmax(axis=1))


def own(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The network's own accuracy on the test rows."""
    n = num_held_out(data)
    return jnp.mean(predict(params, data.x_test[n:]).argmax(axis=1) == data.y_test[n:].argmax(axis=1))


def read(params: Any, data: tasks.Data, *, activation: str) -> Any:
    """The accuracy and the penalty's index of the probes of the inputs and of each hidden layer [layers + 1, 2]."""
    n, f = num_held_out(data), activations.get(activation)
    h, rest, found = data.x, data.x_test, []
    for layer in (None, *params[:-1]):
        if layer is not None:
            h, rest = (f(a @ layer.w + layer.b[None]) for a in (h, rest))
        parts = (rest[:n], data.y_test[:n]), (rest[n:], data.y_test[n:])
        accuracy, chosen = probe(h, data.y, *parts)
        found.append(jnp.stack([accuracy, chosen.astype(accuracy.dtype)]))
    return jnp.stack(found)


def read_relu(params: Any, data: tasks.Data) -> Any:
    """`read` with ReLU, as a function with a name: a measure must have one that can be imported."""
    return read(params, data, activation="relu")


def read_tanh(params: Any, data: tasks.Data) -> Any:
    """`read` with tanh."""
    return read(params, data, activation="tanh")


READ = {"relu": read_relu, "tanh": read_tanh}


def record(config: Any) -> xr.Dataset:
    """Accuracies of the probes [activation, draw, when, layer] and of the networks themselves [activation, draw] after
    training; layer 0 is the inputs. Rates are tuned on draws that are not reported.
    """
    draws, other = (
        {f"draw {i}": draw(i, config.examples) for i in seeds}
        for seeds in (range(config.draws), tuning.seeds(config.tuning_draws))
    )
    parts: list[xr.Dataset] = []
    for activation in (bar := tqdm(config.activations, unit=" activations", disable=None)):
        bar.set_description(activation)
        tried = _train(activation, other, config, learning_rate=list(config.rates), measure={"held_out": held_out})
        chosen = tuning.choose(1 - tried.held_out.isel(step=-1).mean("task"), "learning_rate")
        best = float(chosen.best["learning_rate"])
        runs = _train(activation, draws, config, learning_rate=best, record_every=config.num_steps,
                      measure={"read": READ[activation], "own": own})  # fmt: skip
        found = runs.read.isel(seed=0).values  # [draw, when, layer, 2]
        numbers = {"learning_rate": best, "rate_at_end": int(chosen.at_end["learning_rate"])}
        columns = {
            "accuracy": (("draw", "when", "layer"), found[..., 0].astype(np.float32)),
            "penalty": (("draw", "when", "layer"), found[..., 1].astype(np.int8)),
            "own": ("draw", runs.own.isel(seed=0, step=-1).values.astype(np.float32)),
        }
        parts.append(xr.Dataset(numbers | columns, {"when": ["start", "end"], "activation": activation}))
    return xr.concat(parts, "activation")


def _train(activation: str, draws: dict[str, tasks.Data], config: Any, **more: Any) -> xr.Dataset:
    return nnjax.sweep(
        draws, hidden=(config.width,) * config.depth, activation=activation,
        init="he_normal" if activation == "relu" else "lecun_normal", loss="softmax_cross_entropy", solver="adam",
        batch_size=config.batch_size, seeds={name: [int(name.split()[1])] for name in draws},
        num_steps=config.num_steps, progress=False, **more,
    )  # fmt: skip
