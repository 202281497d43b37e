"""Train one network with a pure function: it can be jitted, vmapped over keys and hyperparameters, and differentiated.

    spec = Spec(sizes=(2, 3, 1), num_steps=1000)
    run  = fit(key, {"learning_rate": 0.1}, data, spec=spec)

`fit` is composed of smaller pure functions: `draw`, `begin` and `interval` (which is `advance`, `record` and `judge`).
The engine calls these itself, so that it can inspect a block of networks between two intervals.
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

from nnjax import arguments, batches, combinations, initializers, objective, solvers
from nnjax.allowed import MAX_NEURONS, whole
from nnjax.arguments import Table
from nnjax.checks import check_key
from nnjax.spec import (
    ACCURACIES,
    CURVES,
    DIVERGED,
    MISSING,
    OF_MEASURES,
    RAN,
    STOPPED,
    Best,
    Model,
    Run,
    Spec,
    State,
    record_steps,
    run_of,
)
from nnjax.tasks import Data, validate
from nnjax.tasks.data import Examples
from nnjax.tasks.examples import classified, given_examples

# The four numbers are the values of `status` in a result.
__all__ = ["DIVERGED", "MISSING", "RAN", "STOPPED", "Model", "Run", "Spec", "State", "fit"]

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
            if state.mask is not None:
                goal = partial(_of_masked, goal, state.mask)
        params, solver_state = solver.step(state.params, state.solver_state, goal)
        params = masked(params, state.mask)
        return state._replace(params=params, solver_state=solver_state, permutation=permutation)

    state = jax.lax.fori_loop(0, num_steps, step, state)
    return state._replace(steps=state.steps + num_steps)


def masked(params: Any, mask: Any) -> Any:
    """The parameters with 0 where the mask, a tree of booleans, is False; the parameters themselves without a mask."""
    if mask is None:
        return params
    return jax.tree.map(lambda leaf, kept: jnp.where(kept, leaf, 0), params, mask)


def _of_masked(goal: Callable, mask: Any, params: Any) -> Any:
    return goal(masked(params, mask))


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
    if data.x_valid is not None:
        rows = (data.x_valid, data.y_valid, None)
        out["valid_loss"] = objective.mean_loss(state.params, *rows, spec)
        if spec.decision is not None:
            out["valid_accuracy"] = objective.accuracy(state.params, *rows, spec)
    for name, f in spec.measure:
        out[name] = measured(state.params, data, f, spec, state.start)
    return out


def measured(params: Any, data: Data, f: Callable, spec: Spec, start: Any = None) -> Any:
    """The value of a measure for a network with these initial parameters."""

    def accuracy(params: Any, x: Array, y: Array) -> Array:
        if spec.decision is None:
            raise ValueError("it takes accuracy, but targets and loss do not say what is right: give decision=...")
        return objective.accuracy(params, x, y, None, spec)

    offered = {
        "predict": lambda params, x: objective.predict(params, x, spec),
        "start": start,
        "loss": lambda params: objective.mean_loss(params, data.x, data.y, data.weight, spec),
        "accuracy": accuracy,
    }
    third, named = taken(f)
    found = f(params, data, *(offered[name] for name in third), **{name: offered[name] for name in named})
    if isinstance(found, np.ndarray | np.generic) and found.dtype.kind in "iu":
        narrow = np.iinfo(jax.dtypes.canonicalize_dtype(found.dtype))
        if found.size and (found.max() > narrow.max or found.min() < narrow.min):
            raise ValueError(f"whole numbers up to {found.max()} do not fit into the {narrow.bits} bits of JAX here")
    return found


def taken(f: Callable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a measure takes of OF_MEASURES after parameters and data: by position, and by name.

    A third argument of any other name that has no default is given `predict`.
    """
    later = list(inspect.signature(f).parameters.values())[2:]
    third = tuple(
        "predict"
        for p in later[:1]
        if p.kind <= p.POSITIONAL_OR_KEYWORD
        and (p.name == "predict" or (p.default is p.empty and p.name not in OF_MEASURES))
    )
    return third, tuple(p.name for p in later[len(third) :] if p.name in OF_MEASURES)


def takes(spec: Spec, name: str) -> bool:
    """Whether some measure takes this one of OF_MEASURES."""
    return any(name in names for _, f in spec.measure for names in taken(f))


def judge(
    state: State, recorded: dict[str, Array], spec: Spec, hyper: Mapping[str, Any]
) -> tuple[State, dict[str, Array]]:
    """Mark a network that diverged, reached its early-stopping threshold or has run out of patience.

    The losses of a diverged network become +inf, so that medians do not hide it, and its accuracies 0.
    """
    leaves = [jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(state.params)]
    healthy = jnp.isfinite(recorded["train_loss"]) & jnp.all(jnp.stack(leaves))
    status = jnp.where((state.status == RAN) & ~healthy, DIVERGED, state.status)
    if spec.early_stop is not None:
        name, threshold = spec.early_stop
        threshold = hyper["early_stop"] if threshold is None else threshold
        reached = recorded[name] >= threshold if name in ACCURACIES else recorded[name] <= threshold
        status = jnp.where((status == RAN) & reached, STOPPED, status)
    if state.best is not None:
        best = _best(state.best, state, recorded["valid_loss"])
        state = state._replace(best=best)
        status = jnp.where((status == RAN) & (best.since >= spec.patience), STOPPED, status)
    recorded = {
        name: jnp.where(status == DIVERGED, 0.0 if name in ACCURACIES else jnp.inf, value) if name in CURVES else value
        for name, value in recorded.items()
    }
    return state._replace(status=status), recorded


def _best(best: Best, state: State, loss: Array) -> Best:
    """The best network so far, after one more record, if it is still running."""
    running = state.status == RAN
    now = Best(state.params, loss, state.steps, jnp.zeros_like(best.since))
    kept = best._replace(since=best.since + running)
    return jax.tree.map(lambda new, old: jnp.where(running & (loss < best.loss), new, old), now, kept)


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
    return judge(state, record(state, data, spec), spec, hyper)


def fit(
    key: Key[Array, ""], hyper: Mapping[str, Any], data: Examples, *, spec: Spec, start: Any = None, mask: Any = None
) -> Run:
    """Train one network from its key; pure, so that it can be jitted, vmapped and differentiated.

    Args:
        key: random key of this network; its weights and the order of its examples follow from it.
        hyper: numbers that may be traced: "learning_rate", the solver's own, "init_scale", ... (see `solvers.build`).
            For init="spread" also "x_low" and "x_high", the range of the inputs, if that is not -1 to 1.
            The learning rate is 1 for L-BFGS and 0.01 for every other solver if it is not given; a finished solver has
            its own. Arrays are cast to
            the dtype of the Spec.
        data: x [n, d], y [n, k], with test rows and row weights if given; outside of traces also a tuple or labels, as
            `nnjax.sweep` takes them. The sizes in the Spec are those of the targets that labels become.
        spec: the static part of the run.
        start: the parameters to begin with; drawn from the key if None.
        mask: a tree of 0 and 1 like the parameters: where it is 0, a parameter is 0 and stays 0.

    Returns:
        A Run.

    Raises:
        ValueError: as `nnjax.sweep`, for the same arguments. Of traced values, only names and shapes are checked.
    """
    check_key(key)
    given = _examples(data, spec)
    spec = checked(spec, hyper, given)
    data = Data(*(None if a is None else jnp.asarray(a, spec.dtype) for a in given))
    # An array of another dtype would change the dtype of the weights; a Python float does not.
    cast = {name: jnp.asarray(v, spec.dtype) if hasattr(v, "dtype") else v for name, v in hyper.items()}
    rate = solvers.default_learning_rate(spec.solver)
    hyper = {"learning_rate": rate, "schedule_steps": float(spec.num_steps), **cast}
    params = _like_drawn(start, "start", key, hyper, spec)
    if mask is not None:
        combinations.check_mask(jax.tree.leaves(mask), (spec.solver,))
        mask = jax.tree.map(lambda leaf: leaf != 0, _like_drawn(mask, "mask", key, hyper, spec))
    state = begin(key, masked(params, mask), hyper, data, spec)._replace(mask=mask)
    if takes(spec, "start"):
        state = state._replace(start=state.params)
    if spec.patience is not None:
        state = state._replace(best=Best(state.params, jnp.asarray(jnp.inf, spec.dtype), state.steps, state.steps))
    steps = record_steps(spec)
    state, first = judge(state, record(state, data, spec), spec, hyper)
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
    found: dict[str, Any] = {CURVES.get(str(name), str(name)): curve for name, curve in recorded.items()}
    found |= {"status": state.status, "steps": state.steps}
    params, last = state.params, -1
    if state.best is not None:
        lost = state.status == DIVERGED
        found["best_step"] = jnp.where(lost, state.steps, state.best.step)
        last = jnp.searchsorted(jnp.asarray(steps), found["best_step"])
        params = jax.tree.map(lambda new, best: jnp.where(lost, new, best), params, state.best.params)
    found |= {name: recorded[name][last] for name in CURVES if name in recorded}
    return run_of(found, params, spec, jnp.asarray(steps))


def _like_drawn(given: Any, argument: str, key: Key[Array, ""], hyper: Mapping[str, Any], spec: Spec) -> Any:
    """The given parameters or mask in the dtypes of drawn parameters; these themselves if nothing is given.

    Raises:
        ValueError: unless it is a tree like the drawn parameters, with the same shapes.
    """
    if given is None:
        return draw(key, hyper, spec)
    drawn = jax.eval_shape(partial(draw, spec=spec), key, hyper)
    return combinations.like(given, drawn, argument)


def _examples(data: Any, spec: Any) -> Any:
    """Data in place of a tuple, with labels of classes as targets; what is traced, and anything else, as it is."""
    leaves = jax.tree.leaves(data)
    if not isinstance(data, tuple) or not isinstance(spec, Spec) or any(isinstance(a, jax.core.Tracer) for a in leaves):
        return data
    (found,), _ = classified([given_examples(data)], [spec.loss])
    return found


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
    values = {name: (arguments.checked(name, getattr(spec, name)),) for name in arguments.STATIC if hasattr(spec, name)}
    traced = any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(data))
    known = data if traced else validate(data)
    _check_shapes(spec, known)
    if {"x_low", "x_high"} & set(hyper) and initializers.get(spec.init).units is None:
        raise ValueError(f"x_low and x_high with init={spec.init!r}, which does not use them: leave them out")
    given = {name: value for name, value in hyper.items() if name not in ("x_low", "x_high")}
    numbers = combinations.with_default_rate(given, values["solver"])
    combinations.check_number_names(numbers, values["solver"])
    combinations.check_schedule(numbers, values["schedule"])
    asked = {**vars(spec), "measure": dict(spec.measure) if isinstance(spec.measure, tuple) else spec.measure}
    run = combinations.settings_of_run(asked, known, (*arguments.RESERVED, *numbers))
    if run["dtype"] == "float64" and not jax.config.jax_enable_x64:
        raise ValueError("dtype='float64' while JAX computes in 32 bits: call fit inside jax.enable_x64(True)")
    if run["early_stop"] and run["early_stop"][0] in ACCURACIES and run["decision"] is None:
        raise ValueError(f"early_stop={spec.early_stop!r} needs a decision in the Spec: 'argmax', or a threshold")
    if run["layout"] == "lanes":
        raise ValueError("layout='lanes' is only for nnjax.sweep, with many networks: use 'matrices'")
    tables = {
        name: Table((), np.asarray(arguments.number(name, value, run["dtype"], values["solver"])))
        for name, value in numbers.items()
        if not isinstance(value, jax.core.Tracer)
    }
    combinations.check_together(values, tables, run, len(known.x), () if traced else (known,))
    combinations.check_solvers({**values, "hidden": (spec.sizes[1:-1],)}, numbers)
    return replace(spec, **run, **{name: value for name, (value,) in values.items()})


def _check_shapes(spec: Spec, data: Data) -> None:
    """Check that the sizes are those of a network, and fit the data."""
    if not isinstance(spec.sizes, tuple):
        raise ValueError(f"sizes={spec.sizes!r:.80} must be a tuple of whole numbers")
    sizes = tuple(whole("sizes", size, most=MAX_NEURONS) for size in spec.sizes)
    shapes = {name: jnp.shape(array) for name, array in data._asdict().items() if array is not None}
    wrong = [name for name, shape in shapes.items() if len(shape) != (1 if name == "weight" else 2)]
    if wrong:
        raise ValueError(f"{wrong[0]} has shape {shapes[wrong[0]]}: x and y must be [rows, columns], weight [rows]")
    for x, y in (("x", "y"), ("x_test", "y_test"), ("x_valid", "y_valid")):
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
