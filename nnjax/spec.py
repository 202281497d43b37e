"""The types of a training run: Model, Spec (what is static), State (between two steps) and Run (the result)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
from jaxtyping import Array, Key

from nnjax import activations, losses, mlp, naming, solvers

# The fields of a Spec that hold functions, each with its lookup by name.
FUNCTIONS: dict[str, Callable[[str], Callable]] = {
    "activation": activations.get,
    "output_activation": partial(activations.get, argument="output_activation"),
    "solver": solvers.get,
    "loss": losses.get,
}

# Values of the `status` of a network; MISSING is reserved for one that was never trained.
MISSING, RAN, STOPPED, DIVERGED = 0, 1, 2, 3


class Model(NamedTuple):
    """A model as a pair of pure functions.

    `init(key, sizes, *, init, bias_init, init_scale, bias_scale, dtype) -> params`, which is also given `x_low` and
    `x_high` where the run has such numbers
    `apply(params, x [d], *, activation, output_activation) -> y [k]`

    A module that has both, such as `nnjax.mlp`, can be used wherever a model is expected. The optional `predict`, with
    the arguments of `apply`, maps x [n, d] -> y [n, k], for models that can do so faster than one example at a time.
    """

    init: Callable[..., Any]
    apply: Callable[..., Any]
    predict: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Spec:
    """The static part of a training run: everything that changes the compiled program, and nothing else.

    Functions may be given by their names, as to `nnjax.sweep`; a Spec holds the functions, but known initializers and
    schedules by their names.

    `sizes`: numbers of inputs, of hidden neurons in each layer, and of outputs. `batch_size` None is the full batch.
    `decay_biases`: whether weight decay acts on biases, arrays with fewer than two dimensions, too.
    `order` of the examples in mini-batches: "shuffled" anew every epoch, "sequential", or "random" with replacement.
    `measure` holds pairs (name, f), or is a dict of them, with f(params, data) -> array or
    f(params, data, predict) -> array, where predict(params, x [n, d]) -> y [n, k]. `judged_rows`: the recorded training
    loss is that of the first `judged_rows` rows, or of all when None. `early_stop` is (name, threshold): the run ends
    when the recorded value of that name is at or below the threshold (for "accuracy": at or above). `decision`: which
    outputs count as correct, see `losses.decision`. `layout` is "matrices", or "lanes", which is for the many
    networks of a sweep.
    """

    sizes: tuple[int, ...]
    activation: Any = activations.tanh
    output_activation: Any = activations.identity
    init: Any = "lecun_normal"
    bias_init: Any = "zeros"
    solver: Any = solvers.SOLVERS["adam"]
    schedule: Any = "constant"
    decay_biases: bool = True
    loss: Any = losses.squared_error
    decision: losses.Decision = None
    batch_size: int | None = None
    order: str = "shuffled"
    num_steps: int = 1000
    record_every: int | None = None
    judged_rows: int | None = None
    measure: Any = ()
    early_stop: tuple[str, float] | None = None
    model: Any = mlp
    dtype: str = "float32"
    layout: str = "matrices"

    def __post_init__(self) -> None:
        for name, get in FUNCTIONS.items():
            if isinstance(given := getattr(self, name), str):
                object.__setattr__(self, name, get(given))
        if isinstance(self.sizes, list):
            object.__setattr__(self, "sizes", tuple(self.sizes))
        if isinstance(self.measure, Mapping):
            object.__setattr__(self, "measure", tuple(self.measure.items()))


class State(NamedTuple):
    """The state of one network between two steps.

    `steps` counts the steps taken, `permutation` is the row order of the current epoch.
    """

    params: Any
    solver_state: Any
    order_key: Key[Array, ""]
    permutation: Any
    status: Array
    steps: Array


@jax.tree_util.register_static
class Settings(dict[str, Any]):
    """What `mlp.predict` must know of a network besides its parameters: its activations, by name if they have one."""

    def __hash__(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride] - it is not changed
        return hash(tuple(sorted(self.items(), key=lambda pair: pair[0])))


class Run(NamedTuple):
    """The result of a run. Curves start before the first step; `step` [r] are the steps at which they were recorded.

    `settings` are those of the network: `mlp.predict(run.params, x, **run.settings)` gives its outputs, and
    `mlp.save(path, run.params, **run.settings)` keeps it.
    """

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
    settings: Settings = Settings()


def settings(spec: Spec) -> Settings:
    """The activations of a network: each by the name under which it is found again, or the function itself."""
    found = Settings()
    for name in ("activation", "output_activation"):
        f = getattr(spec, name)
        try:
            found[name] = naming.name_of(f, activations.ACTIVATIONS, name)
        except ValueError:
            found[name] = f
    return found


def record_steps(spec: Spec) -> list[int]:
    """The steps at which a run is recorded: 0, every `record_every`, and the last."""
    every = spec.record_every or spec.num_steps
    return [*range(0, spec.num_steps, every), spec.num_steps]
