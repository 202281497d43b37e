"""Look up functions by name and find the name of a function, so that settings can be written down and read again.

A setting such as an activation or a loss is a known name ("tanh"), any callable, or the address of a callable,
"module:qualname" ("mypackage.mymodule:my_activation").
"""

import difflib
import importlib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

type Table = Mapping[str, Callable[..., Any]]

# What else is called by a name that other libraries and books use, where the spelling does not tell.
ELSEWHERE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("mse", "mean_squared_error", "l2"), ("squared_error",)),
    **dict.fromkeys(("bce", "binary_crossentropy", "binary_cross_entropy"), ("sigmoid_binary_cross_entropy",)),
    **dict.fromkeys(("nll", "categorical_crossentropy"), ("softmax_cross_entropy",)),
    "log_loss": ("sigmoid_binary_cross_entropy", "softmax_cross_entropy"),
    "linear": ("identity",),
    "logistic": ("sigmoid",),
    "swish": ("silu",),
    "heaviside": ("step",),
    **dict.fromkeys(("gd", "gradient_descent", "momentum", "nesterov"), ("sgd",)),
    **dict.fromkeys(("newton", "gauss_newton", "lm"), ("levenberg_marquardt",)),
    "varpro": ("variable_projection",),
    **dict.fromkeys(("xavier", "glorot"), ("glorot_normal", "glorot_uniform")),
    **dict.fromkeys(("kaiming", "he"), ("he_normal", "he_uniform")),
    "lecun": ("lecun_normal", "lecun_uniform"),
    "xavier_normal": ("glorot_normal",),
    "xavier_uniform": ("glorot_uniform",),
    "kaiming_normal": ("he_normal",),
    "kaiming_uniform": ("he_uniform",),
    "gaussian": ("normal",),
}


# What the functions given as these arguments take.
TAKES = {
    **dict.fromkeys(("activation", "output_activation"), "z"),
    **dict.fromkeys(("init", "bias_init"), "key, shape, dtype"),
    "loss": "output, target",
    "solver": "learning_rate",
    "schedule": "step",
}


def lookup(value: Any, table: Table, argument: str) -> Callable[..., Any]:
    """The function that `value` stands for.

    Args:
        value: a name in `table`, an address "module:qualname", or a callable, which is returned as it is.
        table: the known names and their functions.
        argument: name of the caller's argument, at the start of error messages.

    Raises:
        ValueError: for an unknown name, with the nearest known ones; for an address that does not lead to a callable;
            for a value that is neither a string nor callable.
    """
    if isinstance(value, str):
        if value in table:
            return table[value]
        if ":" in value:
            return _load(value, argument)
        raise unknown(value, table, argument)
    if callable(value):
        return value
    raise ValueError(f"{argument}={value!r} must be a name or a function.{_known(table)}")


def name_of(value: Any, table: Table, argument: str) -> str:
    """The name under which `lookup` finds this same function again, also in another process.

    It is the name in `table` if there is one, else "module:qualname". Functions are compared by identity.

    Raises:
        ValueError: for a function without such an address (a lambda, a function defined inside another, a partial), and
            wherever `lookup` raises.
    """
    function = lookup(value, table, argument)
    for name, known in table.items():
        if known is function:
            return name
    address = f"{getattr(function, '__module__', None)}:{getattr(function, '__qualname__', None)}"
    try:
        found = _load(address, argument)
    except ValueError:
        found = None
    if found is not function:
        takes = TAKES.get(argument, "...")
        raise ValueError(
            f"{argument}={value!r} cannot be found again by name: give a function defined at the top level "
            f"of a module (no lambda, closure or partial); one that another function returned can be wrapped there: "
            f"def f({takes}): return made({takes})"
        )
    return address


def called(function: Any, table: Table) -> str:
    """The name of a function in messages and labels: that of `name_of` if it has one, else the function's own name.

    A lambda is "<lambda>", a partial has the name of its function, and a function that one of JAX or optax has returned
    has the name of that one: `jax.nn.initializers.orthogonal()` is "orthogonal".
    """
    try:
        return name_of(function, table, "")
    except ValueError:
        inner = getattr(function, "func", function)
        maker, inside, _ = getattr(inner, "__qualname__", "").partition(".<locals>")
        if inside and str(getattr(inner, "__module__", "")).partition(".")[0] in ("jax", "optax"):
            return maker
        return str(getattr(inner, "__name__", type(inner).__name__))


def check_label(label: str, argument: str) -> None:
    """Check that a string can label an axis. A file drops a NUL at the end of a label, so two labels could become one.

    Raises:
        ValueError: for control characters and halves of surrogate pairs.
    """
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in label):
        raise ValueError(f"{argument} has the label {label!r:.80}, which must hold no control characters")


def unknown(value: Any, known: Iterable[str], argument: str) -> ValueError:
    """The error to raise for an unknown name; its message suggests those that are meant by it
    elsewhere, or else the nearest of the known ones.
    """
    names, asked = list(known), str(value).lower()
    nearest = [name for name in ELSEWHERE.get(asked, ()) if name in names] or difflib.get_close_matches(asked, names)
    hint = f"; did you mean {' or '.join(map(repr, nearest))}?" if nearest else ""
    return ValueError(f"{argument}={value!r} is unknown{hint or '.'}{_known(names)}")


def _known(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f" Known: {listed}" if listed else ""


def _said(error: BaseException) -> str:
    """The message of an error in one line, with its type in front unless the error is one that a wrong name causes."""
    said = f"{error!s:.100}".replace("\n", " ")
    named = isinstance(error, (ImportError, AttributeError, ValueError, TypeError))
    return said if named and said else f"{type(error).__name__} {said}".strip()


def _load(address: str, argument: str) -> Callable[..., Any]:
    module, _, qualname = address.partition(":")
    try:
        function = attrgetter(qualname)(importlib.import_module(module))
    except (Exception, SystemExit) as error:  # importing runs the module, which may raise anything
        raise ValueError(f"{argument}={address!r:.100} does not lead to a function: {_said(error)}") from error
    if not callable(function):
        raise ValueError(f"{argument}={address!r:.100} leads to a {type(function).__name__}, which cannot be called")
    return function
