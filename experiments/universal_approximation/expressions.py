"""Turn a formula of x, as a user types it, into a function: `expression("exp(-x**2)*sin(9*x)")`.

The text is parsed to a tree and every node is looked up in a list of what is allowed; nothing is evaluated as Python.
Numbers are float64 throughout, as on a calculator: whole numbers are not kept exact beyond 2^53.
"""

import ast
import operator
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnjax import naming

MOST_CHARACTERS, MOST_DEPTH = 500, 40

CONSTANTS = {"pi": np.pi, "e": np.e}
# Names of functions: as they are written, and as NumPy and jax.numpy know them.
FUNCTIONS = {name: name for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "abs", "sign", "sinh", "cosh", "tanh")}
FUNCTIONS |= {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "floor": "floor"}
BINARY: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
UNARY: Mapping[type, Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
ALLOWED = f"x, numbers, + - * / ** ( ), {', '.join(CONSTANTS)}, and {', '.join(FUNCTIONS)} of one argument"


def expression(text: str, argument: str = "function") -> Callable[[Any], Any]:
    """The function of x that the text writes down.

    Args:
        text: such as "1/(1 + 25*x**2)".
        argument: what the caller's argument is called; errors begin with it.

    Returns:
        A function of an array of NumPy or of JAX, of any shape, number by number. Where the formula is not defined it
        gives nan or infinity and no warning.

    Raises:
        ValueError: naming the argument, the text, what is wrong in it and what is allowed.
    """
    if not isinstance(text, str):
        raise ValueError(f"{argument}={text!r:.80} must be a text such as 'exp(-x**2)*sin(9*x)'")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"{argument} has {len(text)} characters: at most {MOST_CHARACTERS} are allowed")
    where = f"{argument}={text!r:.100}"
    tree = _parsed(text, where)
    _check(tree, where, 1)
    constant = not any(isinstance(node, ast.Name) and node.id == "x" for node in ast.walk(tree))

    def function(x: Any) -> Any:
        jax_array = hasattr(x, "__array_namespace__") and not isinstance(x, np.ndarray | np.generic)
        xp = x.__array_namespace__() if jax_array else np
        # NumPy divides integers and raises them to powers differently from the float64 numbers of the formula.
        x = x if jax_array else np.asarray(x, np.float64)
        with np.errstate(all="ignore"):
            # A formula without x is a constant of the shape of x; where Python would raise, it gives nan or infinity.
            return (_value(tree, x, xp) + (0 * x if constant else 0)).astype(x.dtype)

    return function


def _parsed(text: str, where: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own advice about what is refused below
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error) or type(error).__name__
        offset = getattr(error, "offset", None)
        place = f" at character {offset}" if offset else ""
        hint = "; products are written 2*x and powers x**2"
        raise ValueError(f"{where} is no formula: {reason}{place}{hint}. Allowed: {ALLOWED}") from None


def _check(node: ast.AST, where: str, depth: int) -> None:
    """Raise ValueError unless every node of the tree is allowed."""
    if depth > MOST_DEPTH:
        raise ValueError(f"{where} is nested deeper than the {MOST_DEPTH} levels that are allowed")
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            if type(op) not in BINARY:
                hint = "; powers are written x**2" if isinstance(op, ast.BitXor) else ""
                raise ValueError(f"{where}: {_source(node)!r} has an unknown operator{hint}. Allowed: {ALLOWED}")
            _check(left, where, depth + 1)
            _check(right, where, depth + 1)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in UNARY:
            _check(operand, where, depth + 1)
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if not isinstance(inner, ast.Starred):
            if name not in FUNCTIONS:
                raise naming.unknown(name, FUNCTIONS, f"{where}: function")
            _check(inner, where, depth + 1)
        case ast.Name(id=name):
            if name in FUNCTIONS:
                raise ValueError(f"{where}: {name} is a function and needs an argument, {name}(x)")
            if name not in ("x", *CONSTANTS):
                raise naming.unknown(name, ("x", *CONSTANTS, *FUNCTIONS), f"{where}: name")
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            _check_number(value, where)
        case _:
            raise ValueError(f"{where}: {_source(node)!r} is not allowed. Allowed: {ALLOWED}")


def _check_number(value: float, where: str) -> None:
    try:
        finite = np.isfinite(float(value))
    except OverflowError:
        finite = False
    if not finite:
        raise ValueError(f"{where} holds a number that is too large: at most {np.finfo(float).max:.3g}")


def _source(node: ast.AST) -> str:
    try:
        text = ast.unparse(node)
    except RecursionError:
        text = type(node).__name__
    return text if len(text) <= 40 else f"{text[:37]}..."


def _value(node: ast.AST, x: Any, xp: Any) -> Any:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return BINARY[type(op)](_value(left, x, xp), _value(right, x, xp))
        case ast.UnaryOp(op=op, operand=operand):
            return UNARY[type(op)](_value(operand, x, xp))
        case ast.Call(func=ast.Name(id=name), args=[inner]):
            return getattr(xp, FUNCTIONS[name])(_value(inner, x, xp))
        case ast.Name(id="x"):
            return x
        case ast.Name(id=name):
            return np.float64(CONSTANTS[name])
        case ast.Constant(value=int() | float() as value):
            return np.float64(value)
    raise AssertionError(node)
