"""The fields of a Config as flags. tyro parses them; an error is reported in one line and not in tyro's boxes."""

import contextlib
import dataclasses
import difflib
import inspect
import io
import itertools
import re
import shlex
import typing
from typing import Any

from experiments.lab import checks
from experiments.lab.claims import OPTIONS


def parse[T](kind: type[T], default: T, tokens: list[str], program: str) -> T:
    """The Config `default` with the fields that the command line sets.

    Raises:
        ValueError: for a flag that is no field, and for a value that is missing, of another type, or one too many.
    """
    import tyro

    told, registry = io.StringIO(), tyro.constructors.ConstructorRegistry()
    registry.primitive_rule(_groups)
    try:
        with contextlib.redirect_stderr(told), registry:
            config, rest = tyro.cli(kind, args=tokens, default=default, prog=program, return_unknown_args=True)
    except SystemExit:
        raise ValueError(_wrong_value(kind, tokens, told.getvalue())) from None
    if rest:
        raise ValueError(_left_over(kind, tokens, rest[0]))
    return config


def described(kind: type, default: Any) -> dict[str, str]:
    """What `--help` says about every flag: the comment of its field, what it takes, and its value in `default`."""
    comments = _comments(kind)
    found = {}
    for name, field in checks.fields(kind).items():
        takes = f"{flag(name)} or {_off(flag(name))}" if field[0] is bool else checks.in_words(*field)
        taken = f"{takes} (default: {checks.cut(_shown(getattr(default, name)) or 'none')})"
        found[flag(name)] = "; ".join(part for part in (comments.get(name, ""), taken) if part)
    return found


def flag(name: str) -> str:
    """A field, or a token such as `--num_steps=3`, as the flag `--num-steps`."""
    return f"--{name.partition('=')[0].removeprefix('--').replace('_', '-')}"


def as_flags(message: str, kind: type) -> str:
    """The message of an error with its fields as flags: `--num-steps=0 must be ...` for `num_steps=0 must be ...`."""
    names = "|".join(field.name for field in dataclasses.fields(kind))
    return re.sub(rf"(?<![\w.-])({names})(?==)", lambda found: flag(found[1]), message)


def _shown(value: Any, gap: str = " ") -> str:
    """A value as it is typed: `1 2 4`, and a tuple of tuples as `1,5 1,2,3`."""
    return gap.join(_shown(one, ",") for one in value) if isinstance(value, tuple) else shlex.quote(str(value))


def _groups(info: Any) -> Any:
    """How tyro reads a tuple of tuples: with commas inside, as in `relu,sine,16 tanh,sine,16`."""
    import tyro

    members = checks.group(info.type)
    if not members:
        return None

    def read(text: str) -> tuple[Any, ...]:
        parts = text.split(",")
        kinds = members[:1] * len(parts) if ... in members else members
        return tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))

    return tyro.constructors.PrimitiveConstructorSpec(
        nargs="*",
        metavar="GROUP",
        instance_from_str=lambda values: tuple(map(read, values)),
        is_instance=lambda value: isinstance(value, tuple),
        str_from_instance=lambda groups: [_shown(group, ",") for group in groups],
    )


def _comments(kind: type) -> dict[str, str]:
    """The comment behind each field of a dataclass, or else in the lines above it."""
    found, above = {}, ""
    for line in inspect.getsource(kind).splitlines():
        code, _, comment = (part.strip() for part in line.partition("# "))
        if field := re.match(r"    (\w+):", line):
            found[field[1]] = comment or above
        above = "" if code else f"{above} {comment}".strip()
    return found


def _takes(kind: type, name: str) -> str:
    """What a flag takes: `one or more whole numbers from 1 to 7, rising, with spaces between them`."""
    annotation, allowed = _fields(kind)[name]
    if annotation is bool:
        return f"no value: {name} is on, and {_off(name)} off"
    spaces = ", with spaces between them" if typing.get_origin(annotation) is tuple else ""
    return checks.in_words(annotation, allowed) + spaces


def _off(name: str) -> str:
    return f"--no-{name.removeprefix('--')}"


def _fields(kind: type) -> dict[str, tuple[Any, checks.Allowed]]:
    return {flag(name): field for name, field in checks.fields(kind).items()}


def _wrong_value(kind: type, tokens: list[str], told: str) -> str:
    """`--seeds many: takes a whole number`; if tyro names no field, its own message without the box."""
    named = re.search(r"--[\w-]*\w", told)
    name = flag(named.group()) if named else ""
    given = [number for number, token in enumerate(tokens) if flag(token) == name]
    if name not in _fields(kind) or not given:
        return " ".join(re.sub(r"[^\x00-\x7f]", " ", told).split())
    _, inside, value = tokens[given[-1]].partition("=")
    after = list(itertools.takewhile(lambda token: not token.startswith("--"), tokens[given[-1] + 1 :]))
    values = shlex.join([*([value] if inside else []), *after])
    told = f"{name} {checks.cut(values) or 'without a value'}: takes {_takes(kind, name)}"
    annotation = _fields(kind)[name][0]
    if not inside and after and after[0].startswith("-") and str in (annotation, *typing.get_args(annotation)):
        # It was taken for a flag.
        told += f"; one that begins with - is written {checks.cut(shlex.quote(f'{name}={after[0]}'))}"
    return told


def _left_over(kind: type, tokens: list[str], token: str) -> str:
    known = _fields(kind)
    if not token.startswith("-"):
        flags = [flag(one) for one in itertools.takewhile(lambda one: one != token, tokens) if one.startswith("--")]
        takes = f": {flags[-1]} takes {_takes(kind, flags[-1])}" if flags and flags[-1] in known else ""
        return f"{checks.cut(repr(token))} is one value too many{takes}"
    name = token.partition("=")[0]
    near = difflib.get_close_matches(name, [*known, *map(flag, OPTIONS)], n=1)
    hint = f"did you mean {near[0]}?" if near else f"its settings are {', '.join(known)}"
    return f"unknown setting {checks.cut(name)}; {hint}"
