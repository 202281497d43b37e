"""The fields of a Config as flags. tyro parses them; what is wrong is told in one line and not in tyro's boxes."""

import contextlib
import dataclasses
import difflib
import io
import itertools
import re
import shlex
import types
import typing
from typing import Any, Literal

_ONE = {
    int: "a whole number",
    float: "a number",
    str: "a word",
    bool: "no value: the flag alone is on, and with --no- before its name off",
    types.NoneType: "None",
}
_MANY = {int: "whole numbers", float: "numbers", str: "words"}


def parse[T](kind: type[T], default: T, tokens: list[str], program: str) -> T:
    """The Config `default` with the fields that the command line gives; `--help` prints them and exits.

    Raises:
        ValueError: for a flag that is no field, and for a value that is missing, of another type, or one too many.
    """
    import tyro

    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            config, rest = tyro.cli(kind, args=tokens, default=default, prog=program, return_unknown_args=True)
    except SystemExit as stop:
        if not stop.code:
            raise
        raise ValueError(_wrong_value(kind, tokens, told.getvalue())) from None
    if rest:
        raise ValueError(_left_over(kind, tokens, rest[0]))
    return config


def _wrong_value(kind: type, tokens: list[str], told: str) -> str:
    """`--seeds many: takes a whole number`; where tyro speaks of no field, its own words without the box."""
    named = re.search(r"--[\w.-]*\w", told)
    flag = _flag(named.group()) if named else ""
    annotation = _annotation(kind, flag)
    given = [number for number, token in enumerate(tokens) if _flag(token) == flag]
    if annotation is None or not given:
        return " ".join(re.sub(r"[^\x00-\x7f]", " ", told).split())
    _, inside, value = tokens[given[-1]].partition("=")
    after = itertools.takewhile(lambda token: not token.startswith("--"), tokens[given[-1] + 1 :])
    values = shlex.join([*([value] if inside else []), *after])
    return f"{flag} {values or 'without a value'}: takes {in_words(annotation)}"


def _left_over(kind: type, tokens: list[str], token: str) -> str:
    if not token.startswith("-"):
        flags = [_flag(one) for one in itertools.takewhile(lambda one: one != token, tokens) if one.startswith("--")]
        annotation = _annotation(kind, flags[-1]) if flags else None
        takes = "" if annotation is None else f": {flags[-1]} takes {in_words(annotation)}"
        return f"{token!r} is one value too many{takes}"
    known = [_flag(f"--{field.name}") for field in dataclasses.fields(kind)]
    near = difflib.get_close_matches(_flag(token), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"its settings are {', '.join(known)}"
    return f"unknown setting {_flag(token)}; {hint}"


def _flag(token: str) -> str:
    """A token as a flag in tyro's spelling: `--num_steps=3` is `--num-steps`."""
    return token.partition("=")[0].replace("_", "-")


def _annotation(kind: Any, flag: str) -> Any:
    """The type of what a flag such as `--seeds` or `--stages.0.rows` sets; None where there is no such field."""
    for part in flag.removeprefix("--").split("."):
        if part.isdigit():
            kind = next(iter(typing.get_args(kind)), None)  # a tuple of any length has members of one type
        else:
            hints = typing.get_type_hints(kind) if dataclasses.is_dataclass(kind) else {}
            kind = hints.get(part.replace("-", "_"))
    return kind


def in_words(annotation: Any) -> str:
    """What a field of this type takes on the command line: `a whole number`, `numbers with spaces between them`."""
    members = typing.get_args(annotation)
    if isinstance(annotation, types.UnionType):
        return " or ".join(map(in_words, members))
    if typing.get_origin(annotation) is tuple:
        if members[1:] == (...,) and members[0] in _MANY:
            return f"{_MANY[members[0]]} with spaces between them"
        return "values with spaces between them, as --help shows"
    if typing.get_origin(annotation) is Literal:
        return f"one of {', '.join(map(str, members))}"
    return _ONE.get(annotation, getattr(annotation, "__name__", str(annotation)))
