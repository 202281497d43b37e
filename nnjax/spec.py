"""What a training run is: its model, its specification, its state between two steps, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Key

from nnjax import activations, losses, mlp, solvers

# The states of a network, as `status` tells them (0 is kept for a network that was never trained).
MISSING, RAN, STOPPED, DIVERGED = 0, 1, 2, 3


class Model(NamedTuple):
    """A pair of pure functions: `init(key, sizes, *, init, bias_init, init_scale, bias_scale, dtype) -> params`
    and `apply(params, x [d], *, activation, output_activation) -> y [k]`. A module with both, as `nnjax.mlp`,
    will do wherever a model is asked for. `predict` with the arguments of `apply` takes x [n, d] -> y [n, k], for
    models that do so faster than one by one."""

    init: Callable[..., Any]
    apply: Callable[..., Any]
    predict: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Spec:
    """Everything about a training run that changes the program, and nothing else.

    sizes: inputs, hidden neurons of each layer, outputs. `batch_size` None is the full batch. `order` of the
    examples in mini-batches: "shuffled" anew every epoch, "sequential", or "random" with replacement.
    `measure` holds pairs (name, f) with f(params, data) -> array or f(params, data, predict) -> array, where
    predict(params, x [n, d]) -> y [n, k]. `judged_rows`: the training loss is recorded of so many first rows, of all
    when None. `early_stop` is (name, threshold): a recorded value at or below it
    (for "accuracy": at or above) ends the run. `decision` says what counts as a right answer, see `losses`.
    `layout` is "matrices", or "scalars" for parameters that are unpacked (`mlp.unpack`) while they are trained.
    """

    sizes: tuple[int, ...]
    activation: Callable = jnp.tanh
    output_activation: Callable = activations.identity
    init: str = "lecun_normal"
    bias_init: str = "zeros"
    solver: Callable = solvers.SOLVERS["adam"]
    schedule: str = "constant"
    loss: Callable = losses.squared_error
    decision: losses.Decision = None
    batch_size: int | None = None
    order: str = "shuffled"
    num_steps: int = 1000
    record_every: int | None = None
    judged_rows: int | None = None
    measure: tuple[tuple[str, Callable], ...] = ()
    early_stop: tuple[str, float] | None = None
    model: Any = mlp
    dtype: str = "float32"
    layout: str = "matrices"


class State(NamedTuple):
    """One network between two steps. `steps` counts the steps taken, `permutation` is the order of this epoch."""

    params: Any
    solver_state: Any
    order_key: Key[Array, ""]
    permutation: Any
    status: Array
    steps: Array


class Run(NamedTuple):
    """A finished run. Curves begin before the first step; `step` [r] says where they were recorded."""

    params: Any
    train_loss: Any
    test_loss: Any
    accuracy: Any
    step: Any
    train_curve: Any
    test_curve: Any
    measures: dict[str, Any]
    status: Any
    steps: Any


def record_steps(spec: Spec) -> list[int]:
    """The steps at which a run is recorded: 0, every `record_every`, and the last."""
    every = spec.record_every or spec.num_steps
    return [*range(0, spec.num_steps, every), spec.num_steps]
