"""Look up solvers by name, and build them from their hyperparameters.

The solvers in `SOLVERS`, most of which are optax optimizers, are known by their names. Any module-level factory that
returns an optax transformation (or a Solver) can be used as well, and so can what a factory returns: a finished solver
such as `optax.adam(1e-3)`, whose numbers are constants.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from nnjax import naming
from nnjax.solvers import line_search
from nnjax.solvers.form import Solver
from nnjax.solvers.levenberg_marquardt import levenberg_marquardt
from nnjax.solvers.line_search import bounded_lbfgs
from nnjax.solvers.variable_projection import variable_projection
from nnjax.typing import Schedule, SolverFactory

type Hyper = Mapping[str, Any]
type Finished = optax.GradientTransformation | Solver

# Solvers that are optax transformations.
OPTAX: dict[str, SolverFactory] = {
    name: getattr(optax, name)
    for name in (
        *("adabelief", "adadelta", "adafactor", "adagrad", "adam", "adamax", "adamaxw", "adamw", "adan", "amsgrad"),
        *("fromage", "lamb", "lars", "lbfgs", "lion", "nadam", "nadamw", "novograd", "optimistic_gradient_descent"),
        *("radam", "rmsprop", "rprop", "sgd", "sign_sgd", "sm3", "yogi"),
    )
}
OPTAX["bounded_lbfgs"] = bounded_lbfgs
# Solvers of least squares, which call LAPACK.
LEAST_SQUARES: dict[str, SolverFactory] = {
    "levenberg_marquardt": levenberg_marquardt,
    "variable_projection": variable_projection,
}
SOLVERS: dict[str, SolverFactory] = {**OPTAX, **LEAST_SQUARES}

# Solvers whose update of a weight depends on that weight alone, so that a layer may be split or padded.
ELEMENTWISE = tuple(
    SOLVERS[name]
    for name in (
        *("adabelief", "adadelta", "adagrad", "adam", "adamax", "adamaxw", "adamw", "adan", "amsgrad", "lion"),
        *("nadam", "nadamw", "optimistic_gradient_descent", "radam", "rmsprop", "rprop", "sgd", "sign_sgd", "yogi"),
    )
)

# Elementwise solvers that do not change a weight whose gradient is always 0. Optax's yogi starts at a momentum of 1e-6.
KEEPS_ZEROS = tuple(factory for factory in ELEMENTWISE if factory is not SOLVERS["yogi"])

# Hyperparameters that `build` applies around a solver of optax. LINE_SEARCHES and NO_SCHEDULE refuse some of them.
COMMON = (
    "learning_rate",
    "weight_decay",
    "clip_norm",
    "clip_value",
    "warmup_steps",
    "schedule_steps",
    "final_ratio",
)

# Solvers that evaluate the objective itself along a line, so that nothing may change the gradient alone.
LINE_SEARCHES = (OPTAX["lbfgs"], bounded_lbfgs)
# The learning rate of every other solver if none is given.
DEFAULT_LEARNING_RATE = 0.01

# Solvers whose learning rate must be a constant.
NO_SCHEDULE = (optax.rprop, optax.sm3, *LEAST_SQUARES.values())

# What to do instead of giving numbers beside a finished solver.
CHAIN = "give a factory such as optax.adam itself, or put everything into the solver, such as with optax.chain"

# Numeric hyperparameters of optax that default to None.
OPTIONAL_NUMBERS = ("momentum", "optimism", "weight_decay_rate")


def get(name: str | SolverFactory | Finished, argument: str = "solver") -> Any:
    """Return the solver factory with a given name; a function or a finished solver is returned as it is.

    Raises:
        ValueError: for an unknown name; the message suggests the nearest known one; and for an
            `optax.MultiSteps`.
    """
    if isinstance(name, optax.MultiSteps):
        raise ValueError(f"{argument} is an optax.MultiSteps: give what its method gradient_transformation() returns")
    return name if is_finished(name) else naming.lookup(name, SOLVERS, argument)


def is_finished(solver: Any) -> bool:
    """Whether a solver is not a factory but what one returns, with its numbers inside."""
    return isinstance(solver, optax.GradientTransformation | Solver)


def unwrapped(factory: SolverFactory | Finished) -> SolverFactory | Finished:
    """The factory inside a `functools.partial`, or the factory itself."""
    while isinstance(factory, partial):
        factory = factory.func
    return factory


def is_known(factory: SolverFactory | Finished) -> bool:
    """Whether a factory is one of SOLVERS, perhaps inside a `functools.partial`, and not the user's own."""
    return unwrapped(factory) in SOLVERS.values()


def default_learning_rate(factory: SolverFactory | Finished) -> float:
    """The learning rate of a solver if none is given: 1 for L-BFGS, whose line search begins at a full step."""
    return 1.0 if unwrapped(factory) in LINE_SEARCHES else DEFAULT_LEARNING_RATE


def hyperparameters(factory: Any) -> tuple[str, ...]:
    """Names of the numeric hyperparameters of a solver's factory, other than the learning rate; none if finished."""
    if is_finished(factory):
        return ()

    def numeric(p: inspect.Parameter) -> bool:
        if p.default is inspect.Parameter.empty:
            return p.kind is not inspect.Parameter.VAR_KEYWORD
        if p.default is None:
            return p.name in OPTIONAL_NUMBERS
        return isinstance(p.default, int | float) and not isinstance(p.default, bool) and p.annotation is not int

    parameters = inspect.signature(factory).parameters.values()
    return tuple(p.name for p in parameters if p.name != "learning_rate" and numeric(p))


def _constant(progress: Any, final_ratio: Any) -> Any:
    return jnp.ones_like(progress)


def _linear(progress: Any, final_ratio: Any) -> Any:
    return 1 + (final_ratio - 1) * progress


def _cosine(progress: Any, final_ratio: Any) -> Any:
    return final_ratio + (1 - final_ratio) * (1 + jnp.cos(jnp.pi * progress)) / 2


def _exponential(progress: Any, final_ratio: Any) -> Any:
    return final_ratio**progress


# Each maps progress in [0, 1] to a factor on the learning rate.
SCHEDULES = {"constant": _constant, "linear": _linear, "cosine": _cosine, "exponential": _exponential}
DEFAULT_FINAL_RATIO = {"constant": 1.0, "linear": 0.0, "cosine": 0.0, "exponential": 0.01}


def learning_rate_at(step: Any, hyper: Hyper, schedule: str | Schedule) -> Any:
    """The learning rate at one step: warm-up first, then the schedule over the rest of `schedule_steps`.

    A schedule that is a function gives the factor on `learning_rate` itself.
    """
    if callable(schedule):
        return hyper["learning_rate"] * schedule(step)
    warmup = jnp.asarray(hyper.get("warmup_steps", 0.0))
    left = jnp.maximum(hyper.get("schedule_steps", 1.0) - warmup, 1.0)
    progress = jnp.clip((step - warmup) / left, 0.0, 1.0)
    rising = jnp.minimum((step + 1.0) / jnp.maximum(warmup, 1.0), 1.0)
    ratio = hyper.get("final_ratio", DEFAULT_FINAL_RATIO[schedule])
    return hyper["learning_rate"] * rising * SCHEDULES[schedule](progress, ratio)


def build(
    solver: str | SolverFactory | Finished,
    hyper: Hyper,
    schedule: str | Schedule = "constant",
    decay_biases: bool = True,
) -> Solver:
    """Build a Solver from its name and hyperparameters, which may be traced.

    Args:
        solver: a name, or a factory `(learning_rate, **numbers)` that returns an optax transformation or a Solver; or a
            finished one, which is used as it is, without the numbers.
        hyper: "learning_rate", and optionally the solver's own `hyperparameters`; "weight_decay", which is added to the
            gradient as weight_decay * params, unless the solver has its own; "clip_norm" and "clip_value", the greatest
            norm of the gradient and absolute value of its entries; "warmup_steps", over which the learning rate rises
            linearly, at the first of n to 1 / n of it; "schedule_steps", after which the schedule ends; and
            "final_ratio", the learning rate then, as a fraction of "learning_rate". Others are ignored.
        schedule: "constant", "linear", "cosine" or "exponential"; or a function step -> factor on the learning rate.
        decay_biases: whether weight decay, the common one or the solver's own, acts on biases too: on arrays of a
            network's parameters with fewer than two dimensions.

    Raises:
        ValueError: for an unknown name; for a schedule with a finished solver; for a schedule or a warm-up where the
            learning rate must be constant; for clipping, or a weight decay that is not the factory's own, with a
            factory that returns a Solver; for clipping with L-BFGS, whose line search needs the unclipped gradient; and
            for `decay_biases=False` with a solver that decays nothing, or whose own weight decay takes no mask.
        KeyError: if `hyper` has no learning rate; with a schedule or a warm-up, only the first step raises it. The
            first step raises it for an unknown schedule too.
    """
    factory = get(solver)
    if is_finished(factory):
        if schedule != "constant":
            name = naming.called(schedule, SCHEDULES)
            raise ValueError(f"schedule={name!r} with a finished solver, whose learning rate is inside: {CHAIN}")
        if not decay_biases:
            raise ValueError(f"decay_biases=False with a finished solver, whose weight decay is inside: {CHAIN}")
        return factory if isinstance(factory, Solver) else from_optax(factory)
    own = hyperparameters(factory)
    numbers = {name: hyper[name] for name in own if name in hyper}
    changes = schedule != "constant" or "warmup_steps" in hyper
    if changes and unwrapped(factory) in NO_SCHEDULE:
        what = f"schedule={naming.called(schedule, SCHEDULES)!r}" if schedule != "constant" else "warmup_steps"
        name = naming.called(factory, SOLVERS)
        raise ValueError(f"{what} with solver={name!r}: the learning rate of this solver must be constant")
    rate = partial(learning_rate_at, hyper=hyper, schedule=schedule) if changes else hyper["learning_rate"]
    others: dict[str, Any] = {} if decay_biases else _masks(factory, hyper)
    if unwrapped(factory) is optax.lbfgs and "linesearch" not in getattr(factory, "keywords", {}):
        others["linesearch"] = line_search.ending(line_search.USUAL)
    built = factory(learning_rate=rate, **numbers, **others)
    if isinstance(built, Solver):
        around = [name for name in ("clip_value", "clip_norm", "weight_decay") if name in hyper and name not in own]
        if around:
            raise ValueError(
                f"{around[0]} with solver={naming.called(factory, SOLVERS)!r}: it returns a Solver, around "
                "which clipping and weight decay cannot be applied; apply them inside the factory"
            )
        return built
    if unwrapped(factory) in LINE_SEARCHES:
        if clips := [name for name in ("clip_value", "clip_norm") if name in hyper]:
            name = naming.called(factory, SOLVERS)
            raise ValueError(f"{clips[0]} with solver={name!r}: its line search needs the unclipped gradient")
        return from_optax(optax.chain(built), hyper.get("weight_decay"), decay_biases)
    before = []
    if "clip_value" in hyper:
        before.append(optax.clip(hyper["clip_value"]))
    if "clip_norm" in hyper:
        before.append(optax.clip_by_global_norm(hyper["clip_norm"]))
    if "weight_decay" in hyper and "weight_decay" not in own:
        before.append(optax.add_decayed_weights(hyper["weight_decay"], None if decay_biases else _are_weights))
    return from_optax(optax.chain(*before, built))


def _masks(factory: SolverFactory, hyper: Hyper) -> dict[str, Callable]:
    """The argument with which a factory's own weight decay leaves out the biases; {} if it has no own decay.

    Raises:
        ValueError: if its own weight decay cannot leave them out, or if nothing decays.
    """
    own, name = hyperparameters(factory), naming.called(factory, SOLVERS)
    decays = [number for number in ("weight_decay", "weight_decay_rate") if number in own]
    if not decays and "weight_decay" not in hyper:
        raise ValueError(f"decay_biases=False with solver={name!r}, which decays no weights: give weight_decay=...")
    fixed = factory.keywords if isinstance(factory, partial) else {}
    free = [p for p in inspect.signature(factory).parameters if p in ("mask", "weight_decay_mask") and p not in fixed]
    if decays and not free:
        raise ValueError(
            f"decay_biases=False with solver={name!r}, whose own {decays[0]} has no mask to leave them out"
        )
    return dict.fromkeys(free, _are_weights) if decays else {}


def _are_weights(params: Any) -> Any:
    """Which arrays of a network's parameters are weights: those with two dimensions or more."""
    return jax.tree.map(lambda leaf: jnp.ndim(leaf) > 1, params)


def from_optax(transformation: optax.GradientTransformation, decay: Any = None, decay_biases: bool = True) -> Solver:
    """Wrap an optax transformation as a Solver; line searches are given the value, gradient and objective they need.

    With `decay`, decay / 2 times the sum of the squared parameters is added to the objective; without the biases if
    `decay_biases` is False.
    """
    transformation = optax.with_extra_args_support(transformation)

    def step(params: Any, state: Any, objective: Callable[[Any], Any]) -> tuple[Any, Any]:
        def decayed(params: Any) -> Any:
            leaves = [leaf for leaf in jax.tree.leaves(params) if decay_biases or jnp.ndim(leaf) > 1]
            return objective(params) + decay / 2 * sum(jnp.sum(leaf**2) for leaf in leaves)

        goal = objective if decay is None else decayed
        value, grad = jax.value_and_grad(goal)(params)
        updates, state = transformation.update(grad, state, params, value=value, grad=grad, value_fn=goal)
        return optax.apply_updates(params, updates), state

    return Solver(transformation.init, step)
