"""The fields of a Config as flags: what each may be, `--help`, and errors in one line. tyro reads them.

By default a whole number is from 1 to a million, and any other number is above 0. By default a tuple holds at least
one value, and numbers in rising order. A field that differs says so: `seeds: Annotated[int, at_least(2)] = 100`.
"""

import contextlib
import dataclasses
import inspect
import io
import itertools
import math
import re
import shlex
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any

from experiments.lab.claims import Refused, hint

MOST = 1_000_000  # also where the seeds of `nnjax.tuning` begin, which no reported network may use


@dataclasses.dataclass(frozen=True)
class Allowed:
    """The values that a field may have; for a tuple, those of each member."""

    least: float | None = None  # None: 1 of whole numbers, above 0 of others
    most: float | None = None  # None: MOST of whole numbers, no limit of others
    known: tuple[Any, ...] = ()  # all allowed values; () if they are not listed
    count: int = 1  # of a tuple: the least number of members
    rising: bool = True  # of a tuple of numbers
    multiple: int = 1  # of which a whole number must be a multiple

    def number(self, value: Any, kind: type) -> bool:
        """Whether a number of this type is allowed."""
        if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
            return False
        most = MOST if kind is int and self.most is None else self.most
        least = 1 if kind is int and self.least is None else self.least
        above = value > 0 if least is None else value >= least
        below = most is None or value <= most
        return math.isfinite(value) and above and below and (self.multiple == 1 or value % self.multiple == 0)


def at_least(least: float | None = None, most: float | None = None, **more: Any) -> Allowed:
    """A number from `least` to `most`; None as in Allowed, and so is `more`."""
    return Allowed(least, most, **more)


def one_of(known: Iterable[Any], **more: Any) -> Allowed:
    """One of these names or numbers; a tuple may hold them in any order."""
    return Allowed(known=tuple(known), **({"rising": False} | more))


def parse(preset: Any, tokens: Sequence[str]) -> Any:
    """A preset with the fields that the command line sets; their values are checked.

    Raises:
        Refused: for a flag that is no field, and for a value that is missing, of another type, or not allowed.
    """
    import tyro

    kind = type(preset)
    known = {flag(name): name for name in fields(kind)}
    for token in tokens:
        if token.startswith("--") and flag(token) not in known and flag(token).replace("--no-", "--") not in known:
            raise Refused(f"there is no setting {flag(token)}; {hint(flag(token), known)}")
    said, registry = io.StringIO(), tyro.constructors.ConstructorRegistry()
    registry.primitive_rule(_tuples_of_tuples)
    try:
        with contextlib.redirect_stderr(said), registry:
            config, rest = tyro.cli(kind, args=tokens, default=preset, return_unknown_args=True)
    except SystemExit:
        config, rest = None, [token for token in tokens if flag(token) in said.getvalue() and token.startswith("--")]
    except ValueError as error:  # of the Config's own __post_init__
        raise Refused(as_flags(str(error), kind)) from None
    if rest or config is None:
        before = list(itertools.takewhile(lambda token: token != (rest or [""])[0], tokens))
        last = [token for token in [*before, *rest[:1]] if token.startswith("--")][-1:]
        takes = f"{flag(last[0])} takes {described(kind, known[flag(last[0])])}" if last else "settings are flags"
        raise Refused(f"{shlex.join(tokens)[:80]}: {takes}")
    check(config)
    return config


def check(config: Any) -> None:
    """Raise Refused, naming the flag, the value and what is allowed, where a value is not allowed."""
    for name, (annotation, allowed) in fields(type(config)).items():
        value = getattr(config, name)
        if not _fits(value, annotation, allowed):
            strange = [one for one in (value if isinstance(value, tuple) else (value,)) if one not in allowed.known]
            near = f"; {hint(str(strange[0]), allowed.known)}" if allowed.known and strange else ""
            near = near if "did you mean" in near else ""
            raise Refused(f"{flag(name)} {_typed(value)[:80]} must be {described(type(config), name)}{near}")


def fields(kind: type) -> dict[str, tuple[Any, Allowed]]:
    """The type of every field of a Config and its allowed values, by name."""
    hints = typing.get_type_hints(kind, include_extras=True)
    found = {}
    for field in dataclasses.fields(kind):
        annotation, allowed = hints[field.name], Allowed()
        if typing.get_origin(annotation) is typing.Annotated:
            allowed = next(one for one in annotation.__metadata__ if isinstance(one, Allowed))
            annotation = annotation.__origin__
        found[field.name] = annotation, allowed
    return found


def flag(name: str) -> str:
    """A field, or a token such as `--num_steps=3`, as the flag `--num-steps`."""
    return f"--{name.partition('=')[0].removeprefix('--').replace('_', '-')}"


def as_flags(message: str, kind: type) -> str:
    """The message of an error with its fields as flags: `--num-steps=0 must be ...` for `num_steps=0 must be ...`."""
    names = "|".join(field.name for field in dataclasses.fields(kind))
    return re.sub(rf"(?<![\w.-])({names})(?==)", lambda match: flag(match[1]), message)


def help_of(preset: Any) -> str:
    """What --help says about the fields: their comments, what they take, and their values in the preset."""
    kind, comments = type(preset), _comments(type(preset))
    rows = []
    for name in fields(kind):
        value = _typed(getattr(preset, name)) or "none"
        text = "; ".join(part for part in (comments.get(name, ""), described(kind, name)) if part)
        rows.append(f"  {flag(name)}\n      {text} (default: {value[:80]})")
    return "\n".join(rows)


def described(kind: type, name: str) -> str:
    """What a field takes: `one or more whole numbers of 2 or more, rising`, `one of relu, tanh`."""
    annotation, allowed = fields(kind)[name]
    if isinstance(annotation, types.UnionType):
        annotation = next(one for one in typing.get_args(annotation) if one is not types.NoneType)
    members = typing.get_args(annotation)
    if annotation is bool:
        return f"no value: {flag(name)} is on, --no-{flag(name)[2:]} off"
    names = ", ".join(map(shlex.quote, map(str, allowed.known)))
    if not members:
        return f"one of {names}" if names else f"a {_noun(annotation, allowed)}"
    if typing.get_args(members[0]):
        return "groups of values joined by commas, with spaces between the groups"
    many = {0: "any number ", 1: "one or more "}.get(allowed.count, f"{allowed.count} or more ")
    order = ", rising" if allowed.rising and members[0] is not str else ""
    return f"{many}of {names}, each once" if names else f"{many}{_noun(members[0], allowed, 's')}{order}"


def _noun(kind: type, allowed: Allowed, plural: str = "") -> str:
    noun = {int: "whole number", float: "number", str: "text"}[kind] + plural
    if kind is str:
        return noun
    least = 1 if kind is int and allowed.least is None else allowed.least
    ends = ["above 0" if least is None else f"of {least:,} or more"]
    ends += [f"of {allowed.most:,} at most"] if allowed.most is not None else []
    ends += [f"a multiple of {allowed.multiple:,}"] if allowed.multiple > 1 else []
    return f"{noun} {' and '.join(ends)}"


def _fits(value: Any, annotation: Any, allowed: Allowed) -> bool:
    members = typing.get_args(annotation)
    if isinstance(annotation, types.UnionType):
        return any(_fits(value, one, allowed) for one in members)
    if typing.get_origin(annotation) is tuple:
        if members[-1] is not ...:
            return len(value) == len(members) and all(map(_fits, value, members, [allowed] * len(value)))
        rises = not allowed.rising or members[0] not in (int, float) or list(value) == sorted(set(value))
        once = not allowed.known or len(set(value)) == len(value)
        return len(value) >= allowed.count and rises and once and all(_fits(one, members[0], allowed) for one in value)
    if annotation in (bool, types.NoneType):
        return isinstance(value, annotation)
    if allowed.known:
        return value in allowed.known
    return isinstance(value, str) if annotation is str else allowed.number(value, annotation)


def _typed(value: Any, gap: str = " ") -> str:
    """A value as it is typed: `1 2 4`, and a tuple of tuples as `1,5 1,2,3`."""
    return gap.join(_typed(one, ",") for one in value) if isinstance(value, tuple) else shlex.quote(str(value))


def _tuples_of_tuples(info: Any) -> Any:
    """How tyro reads a tuple of tuples: with commas inside, as in `relu,sine,16 tanh,sine,16`."""
    import tyro

    members: tuple[Any, ...] = typing.get_args(info.type) if typing.get_origin(info.type) is tuple else ()
    inner: tuple[Any, ...] = typing.get_args(members[0]) if members[1:] == (...,) else ()
    if not inner:
        return None

    def read(text: str) -> tuple[Any, ...]:
        parts = text.split(",")
        kinds: tuple[Any, ...] = inner[:1] * len(parts) if ... in inner else inner
        return tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))

    return tyro.constructors.PrimitiveConstructorSpec(
        nargs="*",
        metavar="GROUP",
        instance_from_str=lambda values: tuple(map(read, values)),
        is_instance=lambda value: isinstance(value, tuple),
        str_from_instance=lambda groups: [_typed(group, ",") for group in groups],
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


# Conditions on several fields, for a claim's `check(config)`.


def less(config: Any, smaller: str, larger: str) -> None:
    """Raise a ValueError unless one setting is less than another: `less(config, "short_steps", "num_steps")`."""
    if not getattr(config, smaller) < getattr(config, larger):
        raise ValueError(f"{smaller}={getattr(config, smaller)} must be less than {larger}={getattr(config, larger)}")


def divides(config: Any, smaller: str, larger: str) -> None:
    """Raise a ValueError unless one setting divides another: `divides(config, "record_every", "num_steps")`."""
    if getattr(config, larger) % getattr(config, smaller):
        raise ValueError(f"{smaller}={getattr(config, smaller)} must divide {larger}={getattr(config, larger)}")


def same_ratios(config: Any, name: str) -> None:
    """Raise a ValueError unless each number of a setting is the same multiple of the one before, to 1%."""
    ratios = [after / before for before, after in itertools.pairwise(getattr(config, name))]
    if not all(math.isclose(ratio, ratios[0], rel_tol=0.01) for ratio in ratios):
        raise ValueError(f"{name}={getattr(config, name)} must each be the same multiple of the one before")
