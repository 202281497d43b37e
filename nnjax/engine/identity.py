"""What a user's own function computes, as a hash of what JAX traces: the function, its derivative and all constants.

Source text is not enough: a function may read a global variable, call a helper that is edited later, or have no source
at all. JAX compiles a program from what it traces, so two functions with the same trace train the same networks. All
functions are traced anew at every call of `sweep`, `plan` and `refit`. The traces are part of the key under which a
program is cached, and of what a store records. A worker in another process compares them.
"""

import hashlib
import itertools
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from enum import Enum
from functools import lru_cache, partial, update_wrapper
from typing import Any, NamedTuple

import jax
import jax.extend.core as jex
import jax.numpy as jnp
import numpy as np

from nnjax import arguments, initializers, mlp, objective, solvers, training
from nnjax.engine import request
from nnjax.engine.request import Request
from nnjax.tasks import Data

# Pairs (what was traced, its hash): every function of the user's own in a program, with each shape of its inputs there.
type Traces = tuple[tuple[str, str], ...]

# JAX caches the trace of a function that the user has jitted, and would not notice a change of a global variable which
# that function reads. The value of this context is part of the key of all of JAX's caches.
_CONTEXT = jax.make_user_context(None)
_COUNTER = itertools.count()

# Parameters of JAX's primitives that change no number: names, and rules of derivatives, which are traced with the
# derivative. Printing while a program runs changes none either.
_NO_NUMBERS = ("name", "jvp_jaxpr_fun", "jvp_jaxpr_thunk", "fwd_jaxpr_thunk", "bwd", "out_trees", "debug_info")
_PRINTS = ("debug_callback", "debug_print")
_ADDRESS = "traced anew at each call: "
# How errors name a schedule that is a function: it may have been given as either argument.
SCHEDULE = "schedule (or learning_rate)"
# The functions whose results are cached between sweeps.
_KEPT: list[Any] = []


def under(traces: Traces) -> AbstractContextManager:
    """A context in which whatever JAX traces and compiles is cached for these traces alone."""
    return _CONTEXT(traces)


def kept(most: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that caches a function's results between sweeps, at most `most` of them, until `clear_caches`."""

    def decorate(f: Callable[..., Any]) -> Callable[..., Any]:
        _KEPT.append(lru_cache(most)(f))
        return _KEPT[-1]

    return decorate


def clear_caches() -> None:
    """Drop what is cached between sweeps: programs, and what was found by tracing networks.

    JAX has caches of compiled functions besides, which `jax.clear_caches` empties.
    """
    for made in _KEPT:
        made.cache_clear()


def storable(traces: Mapping[str, str], why: str) -> None:
    """Check that every function can be recognized in another process.

    Raises:
        ValueError: naming the function, and `why` it must be recognized.
    """
    for what, identity in traces.items():
        if identity.startswith(_ADDRESS):
            raise ValueError(
                f"{why}: {what} holds {identity.removeprefix(_ADDRESS).partition(' #')[0]}, and another process "
                "cannot check that it is the same there; it can be used only without store= and executor="
            )


def differences(there: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """A line for each function that computes something else now. A function that only one side has is no difference."""
    return [
        f"{what}: trace {there[what]} there, {here[what]} here, so it computes something else"
        for what in there
        if what in here and here[what] != there[what] and not here[what].startswith(_ADDRESS)
    ]


class _Own(NamedTuple):
    """What is to be traced: its description, the sweep's argument, the function, and the shapes of its inputs."""

    what: str
    argument: str
    f: Callable
    shapes: tuple


class Tracer:
    """Hashes the user's own functions in the programs of one sweep, each once for every shape of its inputs."""

    def __init__(self, asked: Request) -> None:
        self.asked = asked
        self.own = {argument for argument, f in asked.functions() if request.is_own(argument, f)}
        self.known: dict[str, str] = {}

    def traces(self, spec: training.Spec) -> Traces:
        """The traces of the user's own functions in a program. Call it inside `machine.precision` of the sweep.

        Raises:
            ValueError: naming the argument, for a function that JAX cannot trace, or that traces differently each time.
        """
        return tuple((own.what, self._identity(own)) for own in self._functions(spec))

    def _identity(self, own: "_Own") -> str:
        what, argument, f, shapes = own
        if what not in self.known:
            # Traced twice: a function that gives two different traces is not pure.
            first, second = (_hashed(named(argument, partial(_trace, f, shapes))) for _ in range(2))
            if first != second:
                raise ValueError(
                    f"{argument} is not pure: traced twice, {what} gave two different programs. It must not draw "
                    "random numbers with NumPy, read a clock, or count its calls; what it needs must be constant or "
                    "come with the data"
                )
            # A trace that holds an address counts as a new one each time.
            self.known[what] = f"{first} #{next(_COUNTER)}" if first.startswith(_ADDRESS) else first
        return self.known[what]

    def _functions(self, spec: training.Spec) -> Iterator["_Own"]:
        """Yield every function of the user's own in a program."""
        asked, own, dtype = self.asked, self.own, spec.dtype
        if not own:
            return
        label = {name: f"{name}={asked.label(name, getattr(spec, name))!r}" for name in arguments.FUNCTIONS}
        sizes = "-".join(map(str, spec.sizes)) + (f", {label['model']}" if "model" in asked.axes else "")
        outputs = _shape(spec.sizes[-1:], dtype)

        def is_own(name: str) -> bool:
            return name in own and request.is_own(name, getattr(spec, name))

        def is_of_model(*names: str) -> bool:
            functions = {f"model.{name}": getattr(spec.model, name) for name in names}
            return any(name in own and f is not None and request.is_own(name, f) for name, f in functions.items())

        if is_own("activation"):
            for size in dict.fromkeys(spec.sizes[1:-1]):
                what, shapes = f"{label['activation']} of {size} neurons", (_shape((size,), dtype),)
                yield _Own(what, "activation", _with_derivative(spec.activation), shapes)
        if is_own("output_activation"):
            what = f"{label['output_activation']} of {spec.sizes[-1]} outputs"
            yield _Own(what, "output_activation", _with_derivative(spec.output_activation), (outputs,))
        if is_own("loss"):
            what = f"{label['loss']} of {spec.sizes[-1]} outputs"
            yield _Own(what, "loss", _with_derivative(spec.loss), (outputs, outputs))
        if is_own("schedule"):
            yield _Own(label["schedule"], SCHEDULE, spec.schedule, (jax.ShapeDtypeStruct((), "int32"),))
        yield from self._of_layers(spec, label, is_own)
        if own <= {"activation", "output_activation", "schedule", "loss", "init", "bias_init"}:
            return
        spec = replace(spec, layout="matrices")  # in which measures always get the parameters
        data = Data(*(None if shape is None else _shape(shape, dtype) for shape in asked.shapes))
        hyper = {name: _shape((), dtype) for name in self._numbers(spec)}
        key = _key()
        params = named("model", lambda: jax.eval_shape(partial(training.draw, spec=spec), key, hyper))
        if is_of_model("init"):
            what = f"model.init for {sizes}, {label['init']}, {label['bias_init']}"
            yield _Own(what, "model", partial(training.draw, spec=spec), (key, hyper))
        functions = f"{sizes}, {label['activation']}, {label['output_activation']}"
        if is_of_model("apply", "predict"):
            for rows in self._rows(spec):
                x = _shape((rows, spec.sizes[0]), dtype)
                predict = _with_derivative(lambda params, x: objective.predict(params, x, spec))
                yield _Own(f"model for {functions}, {rows} rows", "model", predict, (params, x))
        if is_own("solver"):
            what = f"{label['solver']} for {sizes}, {label['schedule']}"
            what += "" if spec.decay_biases else ", decay_biases=False"
            yield _Own(what, "solver", partial(_first_step, spec=spec), (params, hyper, data))
        for name, f in spec.measure:
            argument = f"measure[{name!r}]"
            if argument in own:
                given = {name for names in training.taken(f) for name in names}
                where = functions if given - {"start"} else sizes
                where += f", {label['loss']}" if given & {"loss", "accuracy"} else ""
                measure, inputs = partial(training.measured, f=f, spec=spec), (params, data)
                if "start" in given:
                    measure = lambda params, data, start, of=measure: of(params, data, start=start)  # noqa: E731
                    inputs = (params, data, params)
                yield _Own(f"{argument} for {where}", argument, measure, inputs)

    def _of_layers(self, spec: training.Spec, label: dict[str, str], is_own: Callable[[str], bool]) -> Iterator["_Own"]:
        """Yield the initializers of the layers of `nnjax.mlp`; what another model is given belongs to its `init`."""
        for name in ("init", "bias_init"):
            if spec.model.init is mlp.init and is_own(name):
                for shape in layer_shapes(spec, name):
                    draw = partial(drawn, getattr(spec, name), name, shape=shape, dtype=spec.dtype)
                    yield _Own(f"{label[name]} of shape {shape[0]}x{shape[1]}", name, draw, (_key(),))

    def _numbers(self, spec: training.Spec) -> tuple[str, ...]:
        asked = self.asked
        ranges = ("x_low", "x_high") if asked.x_ranges and initializers.get(spec.init).units else ()
        return tuple(
            dict.fromkeys(
                (*asked.numeric_constants, *asked.numeric_axes, *asked.numeric_tables, "schedule_steps", *ranges)
            )
        )

    def _rows(self, spec: training.Spec) -> tuple[int, ...]:
        """The numbers of rows that the model is called with; 1 is enough if it has no `predict` of its own."""
        if spec.model.predict is None:
            return (1,)
        (rows, *_), *_ = self.asked.shapes  # pyright: ignore[reportGeneralTypeIssues]
        others = (shape[0] for shape in (self.asked.shapes[2], *self.asked.shapes[5:6]) if shape is not None)
        return tuple(dict.fromkeys((spec.batch_size or rows, spec.judged_rows or rows, *others)))


def named(argument: str, trace: Callable[[], Any]) -> Any:
    """Return `trace()`. If it fails, raise a ValueError that names the argument, without internals of JAX."""
    try:
        return trace()
    except (jax.errors.TracerArrayConversionError, jax.errors.ConcretizationTypeError) as error:
        # JAX's own message is long, and about its internals.
        raise ValueError(
            f"{argument} must be written with jax.numpy, without if and while on arrays, so that JAX can trace it: it "
            f"needs the values of an array that is only traced ({type(error).__name__})"
        ) from None
    except Exception as error:  # whatever a function does that was not written for JAX
        raise ValueError(f"{argument} cannot be used by JAX: {type(error).__name__}: {error!s:.300}") from None


def layer_shapes(spec: training.Spec, name: str) -> list[tuple[int, int]]:
    """The different shapes that an initializer of `nnjax.mlp`, init or bias_init, draws."""
    return list(dict.fromkeys((1 if name == "bias_init" else n, m) for n, m in itertools.pairwise(spec.sizes)))


def drawn(f: Callable, name: str, key: Any, shape: tuple[int, int], dtype: str) -> Any:
    """What an initializer that is a function draws for one layer of `nnjax.mlp`."""
    return initializers.get(f, name).draw(key, shape, jnp.dtype(dtype))


def _key() -> Any:
    return jax.eval_shape(lambda: jax.random.key(0, impl="threefry2x32"))


def _shape(shape: tuple[int, ...], dtype: str) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, dtype)


def _with_derivative(f: Callable) -> Callable:
    """A function that returns f and its derivative by the first argument, or f alone if it has no derivative."""

    def both(first: Any, *rest: Any) -> Any:
        y, pull = jax.vjp(lambda first: f(first, *rest), first)
        return y, pull(jax.tree.map(jnp.ones_like, y))

    def value_or_both(*args: Any) -> Any:
        try:
            return both(*args)
        except Exception:  # no derivative: a loop of unknown length, or integers
            return f(*args)

    return update_wrapper(value_or_both, f, assigned=(), updated=())  # sets `__wrapped__` alone


def _first_step(params: Any, hyper: Mapping[str, Any], data: Data, spec: training.Spec) -> Any:
    """One step of the solver, on the sum of the squared parameters, or on the least-squares problem if it needs one."""
    solver = solvers.build(spec.solver, hyper, spec.schedule, spec.decay_biases)
    if solver.least_squares:
        goal: Any = objective.least_squares(data.x, data.y, data.weight, spec, solver.linear_output)
    else:
        goal = lambda params: sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(params))  # noqa: E731
    return solver.step(params, solver.init(params), goal)


def _hashed(jaxpr: Any) -> str:
    """A hash of what JAX has traced of a function; if that holds an address, a text that names what holds it."""
    try:
        return hashlib.sha256(repr(_plain(jaxpr)).encode()).hexdigest()[:16]
    except _Address as error:
        return f"{_ADDRESS}{error}"


def _trace(f: Callable, shapes: tuple) -> Any:
    """What JAX traces of a function, with the NumPy arrays that it holds as they are now."""

    def trace() -> Any:
        with _CONTEXT(next(_COUNTER)):
            return jax.make_jaxpr(lambda *args: f(*args))(*shapes)  # not `f` itself, whose trace JAX would keep

    traced = trace()
    return trace() if _forgotten(traced) else traced


def _forgotten(jaxpr: Any) -> bool:
    """Have JAX convert the user's NumPy arrays in a trace anew when they are next used; return whether there are any.

    JAX converts an array once, and reuses the result as long as any program holds it. It does so even if the array has
    since been changed in place or is needed in another precision. JAX finds the result by a weak reference, whose
    callback drops this one entry of its cache and nothing else. What is converted from a number in a function has no
    such reference.
    """
    entries = [(one, one.__callback__) for array in _arrays(jaxpr) for one in weakref.getweakrefs(array)]
    for reference, drop in entries:
        if drop is not None:
            drop(reference)
    return bool(entries)


def _arrays(jaxpr: Any) -> Iterator[np.ndarray]:
    """The NumPy arrays that a trace holds, in itself or in what it calls."""
    is_jaxpr = lambda value: isinstance(value, jex.Jaxpr | jex.ClosedJaxpr)  # noqa: E731  # pyright: ignore
    found = [*getattr(jaxpr, "consts", ())]
    for equation in jaxpr.eqns:
        found += [atom.val for atom in equation.invars if isinstance(atom, jex.Literal)]
        for value in jax.tree.leaves(list(equation.params.values()), is_leaf=is_jaxpr):
            if is_jaxpr(value):
                yield from _arrays(value)
    yield from (value for value in found if isinstance(value, np.ndarray))


class _Address(Exception):
    """Raised for a part of a trace that has a meaning in this process alone."""


def _plain(value: Any) -> Any:
    """A part of a trace as nested tuples of plain values that are the same in every process."""
    if isinstance(value, jex.Jaxpr | jex.ClosedJaxpr):  # pyright: ignore[reportPrivateImportUsage] - one in new JAX
        return _plain(list(getattr(value, "consts", ()))), _plain_jaxpr(getattr(value, "jaxpr", value))
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        return "key", str(jax.random.key_impl(value)), _plain(jax.random.key_data(value))
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        array = np.asarray(value)
        weak = getattr(value, "weak_type", False)
        return str(array.dtype), array.shape, weak, hashlib.sha256(np.ascontiguousarray(array)).hexdigest()
    if value is None or isinstance(value, str | bytes | bool | int | float | complex | Enum | np.dtype):
        return type(value).__name__, repr(value)
    if isinstance(value, Mapping):
        return tuple((str(key), _plain(one)) for key, one in sorted(value.items(), key=lambda pair: str(pair[0])))
    if type(value).__name__ == "PRNGImpl":  # a generator of random numbers: functions of JAX's own, and a name
        return "PRNGImpl", value.name
    if isinstance(value, tuple | list):
        return (type(value).__name__, *map(_plain, value))
    if isinstance(value, frozenset | set):
        return tuple(sorted(repr(_plain(one)) for one in value))
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    text = repr(value)
    if " at 0x" in text:
        raise _Address(f"{type(value).__name__} {getattr(value, '__name__', '')}".strip())
    return type(value).__name__, text


def _plain_jaxpr(jaxpr: Any) -> tuple:
    numbers: dict[Any, int] = {}

    def atom(one: Any) -> Any:
        aval = f"{one.aval} {getattr(one.aval, 'weak_type', False)}"
        if isinstance(one, jex.Literal):
            return aval, _plain(one.val)
        return aval, numbers.setdefault(one, len(numbers))

    def equation(one: Any) -> tuple:
        # A callback that prints changes no number, whatever it is.
        skipped = (*_NO_NUMBERS, "callback") if one.primitive.name in _PRINTS else _NO_NUMBERS
        params = {name: value for name, value in one.params.items() if name not in skipped}
        return one.primitive.name, tuple(map(atom, one.invars)), _plain(params), tuple(map(atom, one.outvars))

    inputs = tuple(map(atom, (*jaxpr.constvars, *jaxpr.invars)))
    return inputs, tuple(map(equation, jaxpr.eqns)), tuple(map(atom, jaxpr.outvars))
