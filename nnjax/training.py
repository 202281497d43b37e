"""Train one network with a pure function: it can be jitted, vmapped over keys and hyperparameters, and differentiated.

    spec = Spec(sizes=(2, 3, 1), num_steps=1000)
    run  = fit(key, {"learning_rate": 0.1}, data, spec=spec)

`fit` is composed of three smaller pure functions: `draw`, `begin` and `interval` (which is `advance`, `record` and
`judge`). The engine calls these itself, so that it can inspect a block of networks between two intervals.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from nnjax import arguments, batches, initializers, objective, solvers
from nnjax.checks import check_key
from nnjax.objective import mean_loss
from nnjax.spec import DIVERGED, MISSING, RAN, STOPPED, Model, Run, Settings, Spec, State, record_steps, settings
from nnjax.tasks import Data, validate

__all__ = [
    "DIVERGED", "INIT_NUMBERS", "MISSING", "RAN", "STOPPED", "Model", "Run", "Settings", "Spec", "State", "advance",
    "batch", "begin", "checked", "draw", "first_order", "fit", "interval", "judge", "mean_loss", "measured", "record",
    "record_steps", "settings", "wants_predict",
]  # fmt: skip

# Numbers that decide the initial parameters.
INIT_NUMBERS = ("init_scale", "bias_scale", "x_low", "x_high")


def draw(key: Key[Array, ""], hyper: Mapping[str, Any], spec: Spec) -> Any:
    """Draw the initial parameters.

    They depend on the key, the sizes, and the initializers with their numbers: the scales, and for "spread" the range
    of the inputs, `x_low` and `x_high`; and on nothing else.
    """
    numbers = {name: hyper[name] for name in INIT_NUMBERS if name in hyper}
    key_init, _ = jax.random.split(key)
    return spec.model.init(
        key_init, spec.sizes, init=spec.init, bias_init=spec.bias_init, dtype=jnp.dtype(spec.dtype), **numbers
    )


def begin(key: Key[Array, ""], params: Any, hyper: Mapping[str, Any], data: Data, spec: Spec) -> State:
    """The state before the first step."""
    order_key, permutation = first_order(key, len(data.x), spec)
    solver = solvers.build(spec.solver, hyper, spec.schedule, spec.decay_biases)
    zero = jnp.zeros((), jnp.int32)
    return State(params, solver.init(params), order_key, permutation, zero + RAN, zero)


def first_order(key: Key[Array, ""], num_rows: int, spec: Spec) -> tuple[Key[Array, ""], Array | None]:
    """The random key for the order of the examples, and the first permutation of the rows (None without shuffling)."""
    order_key = jax.random.split(key)[1] if spec.batch_size is not None else key
    shuffles = spec.batch_size is not None and spec.order == "shuffled"
    return order_key, jnp.arange(num_rows) if shuffles else None


def batch(state: State, data: Data, t: Any, spec: Spec) -> tuple[Array | None, batches.Rows]:
    """The permutation of the rows at step t, and the rows of that step."""
    permutation = state.permutation
    if permutation is not None:
        permutation = batches.reshuffled(permutation, state.order_key, t, spec.batch_size or len(permutation))
    if spec.batch_size is None:
        return permutation, batches.Rows(data.x, data.y, data.weight)
    return permutation, batches.rows(data, t, spec.batch_size, spec.order, state.order_key, permutation)


def advance(state: State, hyper: Mapping[str, Any], data: Data, t: Any, num_steps: Any, spec: Spec) -> State:
    """Take `num_steps` steps from step t on.

    If `num_steps` is a Python int, the loop can be differentiated in reverse mode.
    """
    solver = solvers.build(spec.solver, hyper, spec.schedule, spec.decay_biases)

    def step(i: Array, state: State) -> State:
        permutation, rows = batch(state, data, t + i, spec)
        if solver.least_squares:
            goal = objective.least_squares(*rows[:3], spec, solver.linear_output)
        else:
            goal = partial(objective.mean_loss, **rows._asdict(), spec=spec)
        params, solver_state = solver.step(state.params, state.solver_state, goal)
        return state._replace(params=params, solver_state=solver_state, permutation=permutation)

    state = jax.lax.fori_loop(0, num_steps, step, state)
    return state._replace(steps=state.steps + num_steps)


def record(state: State, data: Data, spec: Spec) -> dict[str, Array]:
    """Compute what is recorded of a network: losses, accuracy (on the test rows if there are any), measures."""
    some = slice(spec.judged_rows)
    rows = (data.x[some], data.y[some], None if data.weight is None else data.weight[some])
    out = {"train_loss": objective.mean_loss(state.params, *rows, spec)}
    if data.x_test is not None:
        rows = (data.x_test, data.y_test, None)
        out["test_loss"] = objective.mean_loss(state.params, *rows, spec)
    if spec.decision is not None:
        out["accuracy"] = objective.accuracy(state.params, *rows, spec)
    for name, f in spec.measure:
        out[name] = measured(state.params, data, f, spec)
    return out


def measured(params: Any, data: Data, f: Callable, spec: Spec) -> Any:
    """The value of a measure for a network."""
    third = (lambda params, x: objective.predict(params, x, spec),) if wants_predict(f) else ()
    found = f(params, data, *third)
    if isinstance(found, np.ndarray | np.generic) and found.dtype.kind in "iu":
        narrow = np.iinfo(jax.dtypes.canonicalize_dtype(found.dtype))
        if found.size and (found.max() > narrow.max or found.min() < narrow.min):
            raise ValueError(f"whole numbers up to {found.max()} do not fit into the {narrow.bits} bits of JAX here")
    return found


def wants_predict(f: Callable) -> bool:
    """Whether a measure takes `predict` as its third argument, rather than an argument of its own with a default."""
    third = list(inspect.signature(f).parameters.values())[2:3]
    return any(p.name == "predict" or (p.default is p.empty and p.kind <= p.POSITIONAL_OR_KEYWORD) for p in third)


def judge(state: State, recorded: dict[str, Array], spec: Spec) -> tuple[State, dict[str, Array]]:
    """Mark a network that diverged or reached its early-stopping threshold.

    The losses of a diverged network become +inf, so that medians do not hide it, and its accuracy 0.
    """
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
    """Advance, then record and judge. A network that has ended keeps its parameters while others in its block go on.

    Its solver state is still updated, without effect. So step counts are the same for all networks of a block, and the
    factors that follow from a step count are computed once.
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
        key: random key of this network; its weights and the order of its examples follow from it.
        hyper: numbers that may be traced: "learning_rate", the solver's own, "init_scale", ... (see `solvers.COMMON`).
            For init="spread" also "x_low" and "x_high", the range of the inputs, if that is not -1 to 1.
            The learning rate is 1 for L-BFGS and 0.01 for every other solver if it is not given; a finished solver has
            its own. Arrays are cast to
            the dtype of the Spec.
        data: x [n, d], y [n, k], with test rows and row weights if given.
        spec: the static part of the run.

    Returns:
        A Run; `test_loss`, `test_curve` and `accuracy` are None if they are not defined.

    Raises:
        ValueError: as `nnjax.sweep`, for the same arguments. Of traced values, only names and shapes are checked.
    """
    check_key(key)
    spec = checked(spec, hyper, data)
    data = Data(*(None if a is None else jnp.asarray(a, spec.dtype) for a in data))
    # An array of another dtype would change the dtype of the weights; a Python float does not.
    cast = {name: jnp.asarray(v, spec.dtype) if hasattr(v, "dtype") else v for name, v in hyper.items()}
    rate = solvers.default_learning_rate(spec.solver)
    hyper = {"learning_rate": rate, "schedule_steps": float(spec.num_steps), **cast}
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
        settings=settings(spec),
    )


def checked(spec: Spec, hyper: Mapping[str, Any], data: Data) -> Spec:
    """Check that a network can be trained with these arguments, and return the Spec with its values converted.

    Raises:
        ValueError: naming the argument, the value and what is allowed.
    """
    if not isinstance(spec, Spec) or not isinstance(hyper, Mapping) or not isinstance(data, Data):
        given = ", ".join(type(one).__name__ for one in (hyper, data, spec))
        raise ValueError(
            f"fit takes a key, a dict of numbers, a Data and a Spec; the types of the last three are {given}"
        )
    values = {name: (arguments.static(name, getattr(spec, name)),) for name in arguments.STATIC if hasattr(spec, name)}
    dtype = arguments.dtype(spec.dtype)
    if dtype == "float64" and not jax.config.jax_enable_x64:
        raise ValueError("dtype='float64' while JAX computes in 32 bits: call fit inside jax.enable_x64(True)")
    traced = any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(data))
    known = data if traced else validate(data)
    _check_shapes(spec, known)
    rows, num_outputs = known.y.shape
    given = {n: v for n, v in hyper.items() if n not in ("x_low", "x_high")}
    rates = arguments.default_rates(values["solver"])
    numbers = {"learning_rate": rates[0], **given} if rates else given
    if {"x_low", "x_high"} & set(hyper) and initializers.get(spec.init).units is None:
        raise ValueError(f"x_low and x_high with init={spec.init!r}, which does not use them: leave them out")
    arguments.check_number_names(numbers, values["solver"])
    arguments.check_schedule(numbers, values["schedule"])
    plain = {n: v for n, v in numbers.items() if not isinstance(v, jax.core.Tracer)}
    seen = {n: arguments.number(n, v, dtype, values["solver"]) for n, v in plain.items()}
    measures = arguments.measures(dict(spec.measure), (*arguments.RESERVED, *numbers))
    every = None if spec.record_every is None else arguments.whole("record_every", spec.record_every)
    stop = arguments.early_stop(spec.early_stop, dict(measures), every, data.x_test is not None, dtype)
    spec = replace(
        spec,
        num_steps=arguments.whole("num_steps", spec.num_steps, most=arguments.MAX_STEPS),
        record_every=every,
        judged_rows=arguments.judged_rows(spec.judged_rows, rows),
        early_stop=stop,
        decision=arguments.decision(spec.decision, num_outputs, dtype),
        dtype=dtype,
        **{name: value for name, (value,) in values.items()},
    )
    if spec.early_stop and spec.early_stop[0] == "accuracy" and spec.decision is None:
        raise ValueError(f"early_stop={spec.early_stop!r} needs a decision in the Spec: 'argmax', or a threshold")
    if arguments.layout(spec.layout) == "lanes":
        raise ValueError("layout='lanes' is only for nnjax.sweep, with many networks: use 'matrices'")
    scheduled = {
        n: arguments.Table((), np.asarray(seen[n])) for n in (*arguments.OF_SCHEDULES, "warmup_steps") if n in seen
    }
    arguments.check_schedule_values(scheduled, values["schedule"], dtype)
    arguments.check_sizes(values["batch_size"], seen.get("warmup_steps", 0.0), rows, spec.num_steps)
    arguments.check_solvers({**values, "hidden": (spec.sizes[1:-1],)}, numbers)
    if not traced:
        arguments.check_range(known, dtype)
        arguments.check_judged_weights(spec.judged_rows, known, dtype)
        targets = known.y if known.y_test is None else np.concatenate([known.y, known.y_test])
        arguments.check_losses(values, targets, spec.early_stop, spec.decision)
    return spec


def _check_shapes(spec: Spec, data: Data) -> None:
    """Check that the sizes are those of a network, and fit the data."""
    sizes = tuple(arguments.whole("sizes", size, most=arguments.MAX_NEURONS) for size in spec.sizes)
    shapes = {name: jnp.shape(array) for name, array in data._asdict().items() if array is not None}
    wrong = [name for name, shape in shapes.items() if len(shape) != (1 if name == "weight" else 2)]
    if wrong:
        raise ValueError(f"{wrong[0]} has shape {shapes[wrong[0]]}: x and y must be [rows, columns], weight [rows]")
    for x, y in (("x", "y"), ("x_test", "y_test")):
        if x in shapes or y in shapes:
            if x not in shapes or y not in shapes or shapes[x][0] != shapes[y][0]:
                raise ValueError(
                    f"{x} and {y} have shapes {shapes.get(x)} and {shapes.get(y)}: both must have one row per example"
                )
            if len(sizes) < 2 or (sizes[0], sizes[-1]) != (shapes[x][1], shapes[y][1]):
                raise ValueError(
                    f"sizes={spec.sizes!r} must begin with the {shapes[x][1]} columns of {x} and end with the "
                    f"{shapes[y][1]} of {y}"
                )
    if shapes.get("weight", shapes["x"][:1]) != shapes["x"][:1]:
        raise ValueError(f"weight has shape {shapes['weight']}: it must be ({shapes['x'][0]},), one for each row of x")
