"""Allowed values of the fields of a Config: `check` refuses all others before anything runs, `--help` shows them.

By default a whole number is from 1 to a million, any other number is above 0, and a tuple holds one or more values,
numbers in rising order. A field that differs says so in its annotation: `seeds: Annotated[int, at_least(2)] = 100`.
"""

import dataclasses
import difflib
import itertools
import math
import shlex
import types
import typing
from collections.abc import Iterable
from typing import Any

MOST = 1_000_000  # also where the seeds of `nnjax.tuning` begin, which no reported network may use
MOST_CHARACTERS = 80  # of a value in a message


@dataclasses.dataclass(frozen=True)
class Allowed:
    """The values that a field may have; for a tuple, those of each member."""

    least: float | None = None  # None: as `ends` says
    most: float | None = None
    known: tuple[Any, ...] = ()  # all allowed values; () if they are not listed
    multiple: int = 1
    count: int = 1  # of a tuple: the least number of members
    rising: bool = True  # of a tuple of numbers
    repeated: bool = False  # of a tuple: whether a value may come twice

    def ends(self, kind: type) -> tuple[float | None, float | None]:
        """The least and greatest number of this type. A least of None means above 0; a greatest of None, no limit."""
        least, most = (1, MOST) if kind is int else (None, None)
        return (least if self.least is None else self.least, most if self.most is None else self.most)


def at_least(least: float, most: float | None = None, **more: Any) -> Allowed:
    """A number from `least` to `most`; if that is None, to the end that `Allowed.ends` gives. `more` as in Allowed."""
    return Allowed(least, most, **more)


def one_of(known: Iterable[Any], **more: Any) -> Allowed:
    """One of these names or numbers; a tuple may hold them in any order."""
    return Allowed(known=tuple(known), rising=False, **more)


def any_order(least: float | None = None, **more: Any) -> Allowed:
    """A tuple whose numbers need not rise and may come twice, such as the layers of one network."""
    return Allowed(least, rising=False, repeated=True, **more)


def check(config: Any) -> None:
    """Raise a ValueError that names the field, its value and what is allowed, if a value is not allowed."""
    for name, (annotation, allowed) in fields(type(config)).items():
        value = getattr(config, name)
        if not _fits(value, annotation, allowed):
            hint = _nearest(value, allowed.known)
            raise ValueError(f"{name}={cut(repr(value))} must be {in_words(annotation, allowed)}{hint}")


def fields(kind: type) -> dict[str, tuple[Any, Allowed]]:
    """The type of every field and its allowed values, by name."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: _taken_apart(hints[field.name]) for field in dataclasses.fields(kind)}


def less(config: Any, smaller: str, larger: str) -> None:
    """Raise a ValueError unless one setting is less than another: `less(config, "short_steps", "num_steps")`."""
    if not getattr(config, smaller) < getattr(config, larger):
        raise ValueError(
            f"{smaller}={getattr(config, smaller)!r} must be less than {larger}={getattr(config, larger)!r}"
        )


def divides(config: Any, smaller: str, larger: str) -> None:
    """Raise a ValueError unless one setting divides another: `divides(config, "record_every", "num_steps")`."""
    if getattr(config, larger) % getattr(config, smaller):
        raise ValueError(f"{smaller}={getattr(config, smaller)!r} must divide {larger}={getattr(config, larger)!r}")


def same_ratios(config: Any, name: str) -> None:
    """Raise a ValueError unless each number of a setting is the same multiple of the one before, to 1%."""
    ratios = [b / a for a, b in itertools.pairwise(getattr(config, name))]
    if not all(math.isclose(one, ratios[0], rel_tol=0.01) for one in ratios):
        raise ValueError(f"{name}={getattr(config, name)!r} must each be the same multiple of the one before")


def cut(text: str) -> str:
    """A value for a message; of a long one, only its beginning."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 3]}..."


def in_words(annotation: Any, allowed: Allowed) -> str:
    """What a field takes: `a whole number from 2 to 1,000,000`, `one or more of relu, tanh, each once`."""
    if not isinstance(annotation, types.GenericAlias | types.UnionType) and annotation in _WORDS:
        return f"a {_member(annotation, allowed)}" if not allowed.known else f"one of {_listed(allowed.known)}"
    members = typing.get_args(annotation)
    if isinstance(annotation, types.UnionType):
        return " or ".join("None" if one is types.NoneType else in_words(one, allowed) for one in members)
    if inner := group(annotation):
        words = [_WORDS[one] for one in inner if one is not ...]
        same = f"{'' if ... in inner else f'{len(words)} '}{words[0]}s"
        return f"groups of {same if len(set(words)) == 1 else ', '.join(words)}, joined by commas"
    if typing.get_origin(annotation) is tuple:
        order = ", rising" if allowed.rising and members[0] is not str else "" if allowed.repeated else ", each once"
        many = {0: "", 1: "one or more "}.get(allowed.count, f"{allowed.count} or more ")
        if allowed.known:
            return f"{many or 'any '}of {_listed(allowed.known)}{order}"
        noun = _WORDS[members[0]]
        return f"{many}{_member(members[0], allowed).replace(noun, f'{noun}s', 1)}{order}"
    return "True or False"


def group(annotation: Any) -> tuple[Any, ...]:
    """The types inside one member of a tuple of tuples; () for all other types."""
    members: tuple[Any, ...] = typing.get_args(annotation) if typing.get_origin(annotation) is tuple else ()
    return typing.get_args(members[0]) if members[1:] == (...,) else ()


_WORDS = {int: "whole number", float: "number", str: "text"}


def _member(kind: Any, allowed: Allowed) -> str:
    if kind is str or allowed.least == -math.inf:
        return _WORDS[kind]
    least, most = allowed.ends(kind)
    span = "above 0" if least is None else f"of {least:,} or more" if kind is float else f"from {least:,}"
    if most is not None:
        span = f"from {least:,} to {most:,}" if least is not None else f"above 0, up to {most:,}"
    times = "" if allowed.multiple == 1 else f", a multiple of {allowed.multiple}"
    return f"{_WORDS[kind]} {span}{times}"


def _listed(known: Iterable[Any]) -> str:
    return ", ".join(shlex.quote(str(one)) if " " in str(one) else str(one) for one in known)


def _nearest(value: Any, known: tuple[Any, ...]) -> str:
    """`; did you mean Adam?` where a name is nearly one of the known ones."""
    lower = {str(one).lower(): one for one in known}
    for one in value if isinstance(value, tuple) else (value,):
        if one not in known and (near := difflib.get_close_matches(str(one).lower(), lower, n=1)):
            return f"; did you mean {_listed([lower[near[0]]])}?"
    return ""


def _taken_apart(hint: Any) -> tuple[Any, Allowed]:
    """`Annotated[int, at_least(2)]` as its type and what is allowed."""
    if typing.get_origin(hint) is typing.Annotated:
        return hint.__origin__, next(one for one in hint.__metadata__ if isinstance(one, Allowed))
    return hint, Allowed()


def _fits(value: Any, annotation: Any, allowed: Allowed) -> bool:
    members = typing.get_args(annotation)
    if isinstance(annotation, types.UnionType):
        return any(_fits(value, one, allowed) for one in members)
    if typing.get_origin(annotation) is tuple:
        if not isinstance(value, tuple):
            return False
        if members[1:] != (...,):
            return len(value) == len(members) and all(map(_fits, value, members, [allowed] * len(value)))
        if len(value) < allowed.count or not all(_fits(one, members[0], allowed) for one in value):
            return False
        if allowed.rising and members[0] in (int, float) and list(value) != sorted(value):
            return False
        return allowed.repeated or len(set(value)) == len(value)
    if annotation in (bool, types.NoneType):
        return isinstance(value, annotation)
    if isinstance(value, bool):  # which Python takes for a whole number
        return False
    if allowed.known:
        return value in allowed.known
    if annotation is str:
        return isinstance(value, str)
    if not isinstance(value, int if annotation is int else int | float) or not math.isfinite(value):
        return False
    least, most = allowed.ends(annotation)
    above = value > 0 if least is None else value >= least
    return above and (most is None or value <= most) and (allowed.multiple == 1 or value % allowed.multiple == 0)
