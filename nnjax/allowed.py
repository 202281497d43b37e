"""What an argument may be: kinds of values, each in words and as a function that checks and converts one value.

Every error is a ValueError that names the argument, the value and what is allowed.
"""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from numbers import Integral
from os import PathLike
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import activations, initializers, losses, mlp, naming, solvers
from nnjax.checks import flag, is_number, whole_number
from nnjax.solvers import by_name
from nnjax.spec import Model

# The most neurons in a layer and layers in a network. Without a limit, too many would show only when memory runs out.
MAX_NEURONS, MAX_DEPTH = 2**31 - 1, 2**16
MAX_STEPS = 2**31 - 1  # steps are counted in 32 bits
MAX_WORKERS = 4096  # each is a thread, and no machine has so many cores


class Range(NamedTuple):
    """Numbers that are traced, so that a new one compiles nothing."""

    words: str
    holds: Callable[[float], bool]


class Values(NamedTuple):
    """All other values.

    `convert(name of the argument, value)` returns the value that is used, and raises a ValueError for one that is not
    allowed. By default it returns any value, for arguments that can be checked only together with others. `names` are
    the values that are known by name.
    """

    words: str
    convert: Callable[[str, Any], Any] = lambda name, value: value
    names: Mapping[str, Any] = MappingProxyType({})


FINITE = Range("any finite number", lambda x: True)
POSITIVE = Range("greater than 0", lambda x: x > 0)
NOT_NEGATIVE = Range("0 or more", lambda x: x >= 0)
FRACTION = Range("at least 0 and less than 1", lambda x: 0 <= x < 1)
SHARE = Range("between 0 and 1", lambda x: 0 <= x <= 1)

SEEDS = Values("how many, or a list or range of seeds from 0 to 2^32 - 1; a dict of lists or ranges by task")
MEASURES = Values("a dict of functions by name")
STOP = Values("a pair (recorded name, threshold)")
DECISION = Values("'argmax', or a number: the threshold of every output; None: by loss and targets")
PARAMETERS = Values("a DataArray such as `runs.params`, or a tree like the parameters of one network")


def item(value: Any) -> Any:
    """The scalar in an array without dimensions. Any other value, such as a random key, is returned as it is."""
    if not isinstance(value, np.ndarray | jax.Array) or value.ndim or jnp.issubdtype(value.dtype, jax.dtypes.extended):
        return value
    return value[()] if isinstance(value, np.ndarray) else value.item()


def whole(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """Check that a value is a whole number (True and 1.0 are not) from `least` to `most`, and return it as an int."""
    found = whole_number(item(value), name, least)
    if most is not None and found > most:
        raise ValueError(f"{name}={found!r} must be at most {most}")
    return found


def check_hashable(argument: str, f: Any) -> None:
    """Check that a function can be hashed, because compiled programs are looked up by their functions."""
    try:
        hash(f)
    except TypeError as error:
        raise ValueError(f"{argument}={f!r:.80} cannot be hashed; functions of a sweep must be hashable") from error


def check_no_tuple(name: str, value: Any) -> None:
    """Refuse a tuple, which is one network's hidden sizes, where an axis may be meant."""
    if type(value) is tuple:
        raise ValueError(f"{name}={value!r} is a tuple; an axis is a list: {name}={list(value)!r}")


def whole_numbers(least: int = 1, most: int | None = None) -> Values:
    """Whole numbers from `least` to `most`."""
    words = f"a whole number of {least} or more" if most is None else f"a whole number from {least} to {most:,}"
    return Values(words, partial(whole, least=least, most=most))


def flags(instead: str = "") -> Values:
    """True and False; `instead` is what else may be given, for the message."""
    return Values("True or False", lambda name, value: flag(value, name, instead))


def optional(values: Values, meaning: str) -> Values:
    """The same values, or None, whose meaning is told in words."""

    def convert(name: str, value: Any) -> Any:
        return None if value is None else values.convert(name, value)

    return values._replace(words=f"{values.words}; None: {meaning}", convert=convert)


def one_of(*names: str) -> Values:
    """One of these names."""
    words = ", ".join(map(repr, names))

    def convert(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"{name}={value!r} must be one of {words}")
        if value not in names:
            raise naming.unknown(value, names, name)
        return str(value)

    return Values(words, convert, dict.fromkeys(names))


def choice(words: str, *allowed: Any) -> Values:
    """One of some names, flags and None."""

    def convert(name: str, value: Any) -> Any:
        if not isinstance(value, str | bool | np.bool_ | None) or value not in allowed:
            raise ValueError(f"{name}={value!r} must be {words}")
        return allowed[allowed.index(value)]

    return Values(words, convert)


def functions(
    table: Mapping[str, Any], where: str, check: Callable[[Any, str], Any] | None = None, keep_names: bool = False
) -> Values:
    """Functions, each given as it is, by its name in a table, which is that of the module `where`, or by its address.

    `check(function, name of the argument)` may refuse some. With `keep_names`, one of the table becomes its name.
    """

    def convert(name: str, value: Any) -> Any:
        check_no_tuple(name, value)
        found = by_name.get(value, name) if table is by_name.SOLVERS else naming.lookup(value, table, name)
        check_hashable(name, found)
        if check is not None:
            check(found, name)
        return next((known for known, one in table.items() if one is found), found) if keep_names else found

    return Values(f"a name in `{where}`, or a function", convert, table)


def _check_factory(found: Any, name: str) -> None:
    try:
        solvers.hyperparameters(found)
    except (TypeError, ValueError) as error:  # some built-in functions have no signature
        raise ValueError(f"{name}={found!r:.80} must be a factory (learning_rate, ...): {error}") from error


ACTIVATIONS = functions(activations.ACTIVATIONS, "nnjax.activations")
INITIALIZERS = functions(initializers.INITIALIZERS, "nnjax.initializers", initializers.get, keep_names=True)
LOSSES = functions(losses.LOSSES, "nnjax.losses")
SCHEDULES = functions(by_name.SCHEDULES, "nnjax.solvers", keep_names=True)
SOLVERS = functions(by_name.SOLVERS, "nnjax.solvers", _check_factory)


def values(convert: Callable[[str, Any], Any]) -> Values:
    """What a function converts, as Values; its docstring says in words what that is."""
    words = (convert.__doc__ or ".").partition("\n")[0].rstrip(".")
    return Values(words[:1].lower() + words[1:], convert)


@values
def model(name: str, given: Any) -> Model:
    """A module or a Model, with functions `init` and `apply`."""
    init, apply = getattr(given, "init", None), getattr(given, "apply", None)
    if not callable(init) or not callable(apply):
        raise ValueError(f"{name}={given!r:.80} must have functions init and apply, as nnjax.mlp has")
    predict = given.predict if isinstance(given, Model) else mlp.predict if apply is mlp.apply else None
    if predict is not None and not callable(predict):
        raise ValueError(f"{name}.predict={predict!r:.80} must be a function, or None")
    found = Model(init, apply, predict)
    for part, f in found._asdict().items():
        check_hashable(f"{name}.{part}", f)
    return found


@values
def sizes(name: str, value: Any) -> tuple[int, ...]:
    """A tuple of whole numbers such as (8, 8), or () for no hidden layer."""
    if not isinstance(value, tuple):
        raise ValueError(f"{name}={value!r} must be a tuple of layer sizes such as (8, 8), or a list of such tuples")
    return tuple(whole(name, size, most=MAX_NEURONS) for size in value)


@values
def dtype(name: str, value: Any) -> str:
    """'float32' or 'float64'."""
    try:
        found = np.dtype(value).name if value is not None else ""
    except Exception:  # whatever NumPy raises for a value that is not a dtype
        found = ""
    if found not in ("float32", "float64"):
        raise ValueError(f"{name}={value!r} must be 'float32' or 'float64'")
    return found


@values
def compiler_options(name: str, value: Any) -> tuple[tuple[str, Any], ...]:
    """A dict of options of the XLA compiler.

    They become sorted pairs, after an empty program has been compiled with them as a check.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{name}={value!r} must be a dict, or None for the defaults")
    plain = {option: one.item() if isinstance(one, np.generic) else one for option, one in value.items()}
    for option, one in plain.items():
        if not isinstance(option, str) or not isinstance(one, bool | int | float | str):
            raise ValueError(f"{name}[{option!r}]={one!r} must be a bool, a number or a string, and its name a string")
    try:
        jax.jit(lambda: 0, compiler_options=plain).lower().compile()
    except Exception as error:  # whatever the compiler raises
        raise ValueError(f"{name}={plain!r}: {error}") from error
    return tuple(sorted(plain.items()))


@values
def path(name: str, value: Any) -> Any:
    """A path."""
    if not isinstance(value, str | PathLike) or not str(value):
        raise ValueError(f"{name}={value!r} must be a path, or None to keep everything in memory")
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", str(value)):
        raise ValueError(f"{name}={value!r} is a URL: a store needs a file system with locks, so give a path")
    return value


@values
def executor(name: str, value: Any) -> Any:
    """An executor, as those of `concurrent.futures`."""
    if not callable(getattr(value, "submit", None)):
        raise ValueError(f"{name}={value!r:.80} must have a method submit, as the executors of concurrent.futures have")
    # JAX has started threads by now. A fork inherits their locks but not the threads: its first job would never end.
    context = getattr(value, "_mp_context", None) if isinstance(value, ProcessPoolExecutor) else None
    if context is not None and context.get_start_method() == "fork":
        raise ValueError(
            f"{name}={value!r:.80} forks this process, in which JAX runs already: use "
            "ProcessPoolExecutor(mp_context=multiprocessing.get_context('spawn'))"
        )
    return value


@values
def shard(name: str, value: Any) -> tuple[int, int]:
    """A pair (i, n) of whole numbers with 0 <= i < n."""
    good = isinstance(value, tuple | list) and len(value) == 2 and all(is_number(i, Integral) for i in value)
    if not good or not 0 <= value[0] < value[1]:
        raise ValueError(f"{name}={value!r} must be a pair (i, n) of whole numbers with 0 <= i < n")
    return int(value[0]), int(value[1])
