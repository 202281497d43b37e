"""Training one network is one pure function: jit it, vmap it over keys and numbers, differentiate it.

    spec = Spec(sizes=(2, 3, 1), num_steps=1000)
    run  = fit(key, {"learning_rate": 0.1}, data, spec=spec)

`fit` is made of three smaller pure functions, which the engine calls itself so that it can look at a block of
networks between two intervals: `draw`, `begin` and `interval` (which is `advance`, `record` and `judge`).
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Key

from nnjax import activations, batches, losses, mlp, solvers
from nnjax.tasks import Data

# The states of a network, as `status` tells them (0 is kept for a network that was never trained).
MISSING, RAN, STOPPED, DIVERGED = 0, 1, 2, 3

# Rows that are written out one by one in the layout of scalars; more are taken in groups of so many. Larger groups
# are no faster.
ROWS_UNROLLED = 4


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
    predict(params, x [n, d]) -> y [n, k]. `early_stop` is (name, threshold): a recorded value at or below it
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


def draw(key: Key[Array, ""], hyper: Mapping[str, Any], spec: Spec) -> Any:
    """The first parameters. They depend on the seed's key, the sizes and the laws, and on nothing else."""
    scales = {name: hyper[name] for name in ("init_scale", "bias_scale") if name in hyper}
    key_init, _ = jax.random.split(key)
    params = spec.model.init(
        key_init, spec.sizes, init=spec.init, bias_init=spec.bias_init, dtype=jnp.dtype(spec.dtype), **scales
    )
    return mlp.unpack(params) if spec.layout == "scalars" else params


def begin(key: Key[Array, ""], params: Any, hyper: Mapping[str, Any], data: Data, spec: Spec) -> State:
    """The state before the first step."""
    order_key = jax.random.split(key)[1] if spec.batch_size is not None else key
    shuffles = spec.batch_size is not None and spec.order == "shuffled"
    permutation = jnp.arange(data.x.shape[0]) if shuffles else None
    solver = solvers.build(spec.solver, hyper, spec.schedule)
    zero = jnp.zeros((), jnp.int32)
    return State(params, solver.init(params), order_key, permutation, zero + RAN, zero)


def _apply(params: Any, row: Array, spec: Spec) -> Array:
    return spec.model.apply(params, row, activation=spec.activation, output_activation=spec.output_activation)


def _predict(params: Any, x: Array, spec: Spec) -> Array:
    # A module of the user's may mean something else by `predict`.
    together = spec.model.predict if isinstance(spec.model, Model) or spec.model is mlp else None
    if together is not None:
        return together(params, x, activation=spec.activation, output_activation=spec.output_activation)
    return jax.vmap(lambda row: _apply(params, row, spec))(x)


def _mean(values: Array, weight: Array | None) -> Array:
    """The one place where rows are averaged."""
    if weight is None:
        return jnp.mean(values)
    weight = weight.astype(values.dtype)
    return jnp.sum(values * weight) / _total(weight)


def _total(weight: Array) -> Array:
    """The sum of the weights; 1 where all rows of a batch are masked, so that such a step moves nothing."""
    total = jnp.sum(weight)
    return jnp.where(total > 0, total, 1.0).astype(weight.dtype)


def mean_loss(params: Any, x: Array, y: Array, weight: Array | None, spec: Spec) -> Array:
    """Loss averaged over the rows x [n, d], y [n, k], with weights [n] where given."""
    if spec.layout == "scalars":
        total = jnp.asarray(len(x), x.dtype) if weight is None else _total(weight.astype(x.dtype))
        return _sum_of_losses(params, x, y, weight, spec) / total
    return _mean(jax.vmap(spec.loss)(_predict(params, x, spec), y), weight)


def _sum_of_losses(params: Any, x: Array, y: Array, weight: Array | None, spec: Spec) -> Array:
    """Written out row by row, so that each number of the network is one vector over the ensemble.

    Many rows are gone through in groups. A group's gradient is taken at once with its loss, so that nothing has to
    be kept of it; that leaves only derivatives in reverse.
    """

    def losses_of(params: Any, rows: tuple) -> Array:
        x, y, weight = rows
        values = [spec.loss(_apply(params, x[i], spec), y[i]) for i in range(len(x))]
        if weight is not None:
            values = [value * weight[i].astype(value.dtype) for i, value in enumerate(values)]
        return sum(values[1:], start=values[0])

    if len(x) <= ROWS_UNROLLED:
        return losses_of(params, (x, y, weight))
    groups = batches.grouped((x, y, weight), ROWS_UNROLLED)

    @jax.custom_vjp
    def total(params: Any) -> Array:
        zero = jnp.zeros((), x.dtype)
        return jax.lax.scan(lambda sum_, rows: (sum_ + losses_of(params, rows), None), zero, groups)[0]

    def forward(params: Any) -> tuple[Array, Any]:
        def add(sums: tuple, rows: tuple) -> tuple[tuple, None]:
            return jax.tree.map(jnp.add, sums, jax.value_and_grad(losses_of)(params, rows)), None

        zeros = (jnp.zeros((), x.dtype), jax.tree.map(jnp.zeros_like, params))
        return jax.lax.scan(add, zeros, groups)[0]

    total.defvjp(forward, lambda grad, factor: (jax.tree.map(lambda g: g * factor, grad),))
    return total(params)


def _accuracy(params: Any, x: Array, y: Array, weight: Array | None, spec: Spec) -> Array:
    decision = spec.decision if spec.decision is not None else 0.0

    def right(output: Array, target: Array) -> Array:
        return losses.correct(output, target, spec.loss, decision)

    return _mean(jax.vmap(right)(_predict(params, x, spec), y).astype(y.dtype), weight)


def advance(state: State, hyper: Mapping[str, Any], data: Data, t: Any, num_steps: Any, spec: Spec) -> State:
    """`num_steps` steps from step t on. A Python number gives a loop that can be differentiated in reverse."""
    solver = solvers.build(spec.solver, hyper, spec.schedule)

    def step(i: Array, state: State) -> State:
        permutation = state.permutation
        if permutation is not None:
            permutation = batches.reshuffled(permutation, state.order_key, t + i, spec.batch_size or len(permutation))
        x, y, weight = data.x, data.y, data.weight
        if spec.batch_size is not None:
            x, y, weight = batches.rows(data, t + i, spec.batch_size, spec.order, state.order_key, permutation)
        params, solver_state = solver.step(
            state.params, state.solver_state, lambda params: mean_loss(params, x, y, weight, spec)
        )
        return state._replace(params=params, solver_state=solver_state, permutation=permutation)

    state = jax.lax.fori_loop(0, num_steps, step, state)
    return state._replace(steps=state.steps + num_steps)


def record(state: State, data: Data, spec: Spec) -> dict[str, Array]:
    """What is written down about a network: losses, accuracy (on the test rows if there are any), measures."""
    out = {"train_loss": mean_loss(state.params, data.x, data.y, data.weight, spec)}
    rows = (data.x, data.y, data.weight)
    if data.x_test is not None:
        rows = (data.x_test, data.y_test, None)
        out["test_loss"] = mean_loss(state.params, *rows, spec)
    if spec.decision is not None:
        out["accuracy"] = _accuracy(state.params, *rows, spec)
    params = mlp.pack(state.params) if spec.layout == "scalars" and spec.measure else state.params
    for name, f in spec.measure:
        third = (lambda params, x: _predict(params, x, spec),) if wants_predict(f) else ()
        out[name] = f(params, data, *third)
    return out


def wants_predict(f: Callable) -> bool:
    """Whether a measure takes the network's own function as its third argument."""
    return len(inspect.signature(f).parameters) >= 3


def judge(state: State, recorded: dict[str, Array], spec: Spec) -> tuple[State, dict[str, Array]]:
    """Mark a network that diverged or reached its goal; a diverged loss is +inf, so that no median hides it."""
    leaves = [jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(state.params)]
    healthy = jnp.isfinite(recorded["train_loss"]) & jnp.all(jnp.stack(leaves))
    status = jnp.where((state.status == RAN) & ~healthy, DIVERGED, state.status)
    if spec.early_stop is not None:
        name, threshold = spec.early_stop
        reached = recorded[name] >= threshold if name == "accuracy" else recorded[name] <= threshold
        status = jnp.where((status == RAN) & reached, STOPPED, status)
    worst = {"train_loss": jnp.inf, "test_loss": jnp.inf, "accuracy": 0.0}
    recorded = {
        name: jnp.where(status == DIVERGED, worst[name], value) if name in worst else value
        for name, value in recorded.items()
    }
    return state._replace(status=status), recorded


def interval(
    state: State, hyper: Mapping[str, Any], data: Data, t: Any, num_steps: Any, spec: Spec
) -> tuple[State, dict[str, Array]]:
    """Advance, then record and judge. A network that has ended keeps its parameters whatever its neighbours do.

    What its solver remembers goes on, for nothing: so a step count stays the same for all networks of a block, and
    the factors that follow from it are computed once.
    """
    ahead = advance(state, hyper, data, t, num_steps, spec)
    running = state.status == RAN
    params, steps = jax.tree.map(
        lambda new, old: jnp.where(running, new, old), (ahead.params, ahead.steps), (state.params, state.steps)
    )
    state = ahead._replace(params=params, steps=steps)
    return judge(state, record(state, data, spec), spec)


def fit(key: Key[Array, ""], hyper: Mapping[str, Any], data: Data, *, spec: Spec) -> Run:
    """Train one network from its key; pure, so that it can be jitted, vmapped and differentiated.

    Args:
        key: of this network; its weights and the order of its examples follow from it.
        hyper: traced numbers: "learning_rate", the solver's own, "init_scale", ... (see `solvers.COMMON`).
        data: x [n, d], y [n, k], with test rows and row weights where given.
        spec: what is static.

    Returns:
        A Run; `test_loss`, `test_curve` and `accuracy` are None where they have no meaning.
    """
    data = Data(*(None if a is None else jnp.asarray(a, spec.dtype) for a in data))
    hyper = {"schedule_steps": float(spec.num_steps), **hyper}
    state = begin(key, draw(key, hyper, spec), hyper, data, spec)
    steps = record_steps(spec)
    state, first = judge(state, record(state, data, spec), spec)
    curves = [jax.tree.map(lambda a: a[None], first)]
    every = steps[1]
    whole = spec.num_steps // every

    def body(state: State, i: Array) -> tuple[State, dict[str, Array]]:
        return interval(state, hyper, data, i * every, every, spec)

    state, recorded = jax.lax.scan(body, state, jnp.arange(whole))
    curves.append(recorded)
    if spec.num_steps > whole * every:
        state, last = interval(state, hyper, data, whole * every, spec.num_steps - whole * every, spec)
        curves.append(jax.tree.map(lambda a: a[None], last))
    recorded = jax.tree.map(lambda *parts: jnp.concatenate(parts), *curves)
    final = {name: curve[-1] for name, curve in recorded.items()}
    return Run(
        params=state.params,
        train_loss=final["train_loss"],
        test_loss=final.get("test_loss"),
        accuracy=final.get("accuracy"),
        step=jnp.asarray(steps),
        train_curve=recorded["train_loss"],
        test_curve=recorded.get("test_loss"),
        measures={name: recorded[name] for name, _ in spec.measure},
        status=state.status,
        steps=state.steps,
    )
