"""The types of a training run: Model, Spec (what is static), State (between two steps) and Run (the result)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
from jaxtyping import Array, Key

from nnjax import activations, losses, mlp, naming, solvers
from nnjax.solvers import by_name

# The fields of a Spec that hold functions, each with its lookup by name.
FUNCTIONS: dict[str, Callable[[str], Callable]] = {
    "activation": activations.get,
    "output_activation": partial(activations.get, argument="output_activation"),
    "solver": solvers.get,
    "loss": losses.get,
}

# Values of the `status` of a network; MISSING is reserved for one that was never trained.
MISSING, RAN, STOPPED, DIVERGED = 0, 1, 2, 3
# What is recorded of a network besides its measures, and the name of each one's curve.
CURVES = {
    "train_loss": "train_curve",
    "test_loss": "test_curve",
    "valid_loss": "valid_curve",
    "accuracy": "accuracy_curve",
    "valid_accuracy": "valid_accuracy_curve",
}
ACCURACIES = ("accuracy", "valid_accuracy")
# What a measure may take by name, after the parameters and the data.
OF_MEASURES = ("predict", "start", "loss", "accuracy")


class Model(NamedTuple):
    """A model as a pair of pure functions.

    - `init(key, sizes, *, init, bias_init, init_scale, bias_scale, dtype) -> params`, which is also given `x_low` and
      `x_high` where the run has such numbers.
    - `apply(params, x [d], *, activation, output_activation) -> y [k]`.

    A module that has both, such as `nnjax.mlp`, can be used wherever a model is expected. The optional `predict` has
    the arguments of `apply`, and maps x [n, d] -> y [n, k]. It is for models that can do so faster than one example at
    a time.
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
    `measure` holds pairs (name, f), or is a dict of them; see `nnjax.typing.Measure`. `judged_rows`: the recorded
    training loss is that of the first `judged_rows` rows, or of all when None. `early_stop` is (name, threshold): the
    run ends when the recorded value of that name is at or below the threshold (for an accuracy: at or above); if the
    threshold is None, it is the number "early_stop" among the hyperparameters. `patience`: the run ends once
    `valid_loss` has had no new minimum for so many records, and results in the network of that minimum. `decision`:
    which outputs count as correct, see `losses.decision`. `layout` is "matrices", or "lanes", which is for the many
    networks of a sweep.
    """

    sizes: tuple[int, ...]
    activation: Any = activations.tanh
    output_activation: Any = activations.identity
    init: Any = "lecun_normal"
    bias_init: Any = "zeros"
    solver: Any = by_name.SOLVERS["adam"]
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
    early_stop: tuple[str, float | None] | None = None
    patience: int | None = None
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

    @property
    def stops_early(self) -> bool:
        """Whether a network may end before its last step, other than by diverging."""
        return self.early_stop is not None or self.patience is not None


class Best(NamedTuple):
    """The network at its lowest `valid_loss` so far, that loss, its step, and the number of records since."""

    params: Any
    loss: Any
    step: Any
    since: Any


class State(NamedTuple):
    """The state of one network between two steps.

    `steps` counts the steps taken, `permutation` is the row order of the current epoch. Only where they are needed are
    there a `mask`, a tree of booleans like the parameters; the initial parameters, `start`; and `best`, for patience.
    """

    params: Any
    solver_state: Any
    order_key: Key[Array, ""]
    permutation: Any
    status: Array
    steps: Array
    mask: Any = None
    start: Any = None
    best: Best | None = None


@jax.tree_util.register_static
class Settings(dict[str, Any]):
    """What `mlp.predict` must know of a network besides its parameters: its activations, by name if they have one."""

    def __hash__(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride] - it is not changed
        return hash(tuple(sorted(self.items(), key=lambda pair: pair[0])))


class Run(NamedTuple):
    """The result of a run. Curves start before the first step; `step` [r] are the steps at which they were recorded.

    What is not defined is None, such as the test loss without test rows. `best_step` is the step of the result where
    there is patience.

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
    valid_loss: Any = None
    valid_accuracy: Any = None
    valid_curve: Any = None
    accuracy_curve: Any = None
    valid_accuracy_curve: Any = None
    best_step: Any = None


def run_of(found: Mapping[str, Any], params: Any, spec: Spec, step: Any) -> Run:
    """A Run of the variables `found` of one network by name, its parameters, and the steps at which it was recorded."""
    measures = {name: found[name] for name, _ in spec.measure}
    named = {name: found.get(name) for name in (*CURVES, *CURVES.values(), "status", "steps", "best_step")}
    return Run(params=params, step=step, measures=measures, settings=settings(spec), **named)


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
