"""The ensemble: the best candidates trained on all rows, and the mean of their outputs."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from nnjax import activations, machine, mlp, training
from nnjax.engine import draws, identity
from nnjax.sklearn.search import COMMON, Candidate
from nnjax.tasks import Data

# Outputs are computed for at most MOST_ROWS rows at a time. Rows are filled up to a power of two from LEAST_ROWS on, so
# that few programs compile.
LEAST_ROWS, MOST_ROWS = 32, 2**16
# How many programs of each kind stay compiled. Without a bound, fits of ever new shapes would use up a process's memory
# maps (see `nnjax.engine.programs`).
PROGRAMS_KEPT = 64


class Member(NamedTuple):
    """A network to train: its setting, its seed, the steps after which it is stopped, and the factor by which its
    outputs are then multiplied.
    """

    candidate: Candidate
    seed: int
    steps: int
    sharpness: float = 1.0


def train(
    members: Sequence[Member], data: Data, *, loss: str, batch_size: int | None, num_steps: int
) -> list[tuple[mlp.Params, str]]:
    """Train every member, and return its parameters in NumPy and the name of its activation.

    `num_steps` is the length of the schedule, at whose end the learning rate is 0. Members of equal shape share a
    program. All members are trained in parallel, each by itself. Trained together in one call, all would go on until
    the last is stopped. Each would also shuffle its rows anew at every step, as a branch under vmap computes both
    sides.
    """
    device = jax.config.jax_default_device

    def one(i: int) -> mlp.Params:
        candidate, seed, steps, sharpness = members[i]
        sizes = (data.x.shape[1], *candidate.hidden_layer_sizes, data.y.shape[1])
        spec = training.Spec(
            sizes, candidate.activation, loss=loss, batch_size=batch_size, num_steps=1, **COMMON
        )  # fmt: skip
        with machine.precision(spec.dtype, device):
            numbers = (candidate.learning_rate_init, candidate.alpha, num_steps)
            names = ("learning_rate", "weight_decay", "schedule_steps")
            hyper = {name: np.asarray(number, spec.dtype) for name, number in zip(names, numbers, strict=True)}
            rows = Data(*(None if a is None else jnp.asarray(a, spec.dtype) for a in data))
            options = machine.compiler_options()
            drawn = draws.draw(np.array([seed], np.uint32), {}, None, spec=spec, options=options)
            params = jax.tree.map(lambda leaf: leaf[0], drawn)
            trained = _trainer(spec, len(rows.x), options)(np.uint32(seed), params, hyper, rows, np.int32(steps))
            *hidden, last = jax.tree.map(np.array, trained)
        return *hidden, mlp.Layer(*(array * array.dtype.type(sharpness) for array in last))

    # Members of different shapes in turn, so that at the beginning each worker compiles another program.
    shapes = [one.candidate[:2] for one in members]
    order = sorted(range(len(members)), key=lambda i: (shapes[:i].count(shapes[i]), -members[i].steps))
    with ThreadPoolExecutor(machine.num_workers()) as pool:
        networks = dict(zip(order, pool.map(one, order), strict=True))
    return [(networks[i], shapes[i][1]) for i in range(len(members))]


@identity.kept(PROGRAMS_KEPT)
def _trainer(spec: training.Spec, num_rows: int, options: machine.Options) -> Any:
    def train(seed: Any, params: mlp.Params, hyper: Any, data: Data, steps: Any) -> Any:
        state = training.begin(jax.random.key(seed, impl="threefry2x32"), params, hyper, data, spec)
        return training.advance(state, hyper, data, 0, steps, spec).params

    return jax.jit(train, compiler_options=dict(options))


def outputs(networks: Sequence[tuple[mlp.Params, str]], x: Float[np.ndarray, "n d"], loss: str) -> np.ndarray:
    """The mean output [n, k] of the networks, in float64: probabilities if the loss is softmax cross-entropy."""
    found = []
    for first in range(0, len(x), MOST_ROWS):
        some = x[first : first + MOST_ROWS]
        more = max(LEAST_ROWS, 2 ** int(np.ceil(np.log2(len(some))))) - len(some)
        rows = np.pad(some, ((0, more), (0, 0)))
        with jax.enable_x64(True):
            answers = []
            for params, name in networks:
                answer = _answerer(name, loss, tuple(b.size for _, b in params), rows.shape)
                answers.append(np.asarray(answer(params, rows))[: len(some)])
        found.append(np.mean(answers, axis=0))
    return np.concatenate(found)


@identity.kept(PROGRAMS_KEPT)
def _answerer(activation: str, loss: str, layers: tuple[int, ...], rows: tuple[int, int]) -> Any:
    """A program for networks with these layer sizes, and inputs of the shape `rows`."""

    def answer(params: mlp.Params, x: Any) -> Any:
        params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), params)
        y = mlp.predict(params, x, activation=activations.get(activation))
        return jax.nn.softmax(y) if loss == "softmax_cross_entropy" else y

    return jax.jit(answer)
