"""Checks of a Config. Each raises a ValueError that names the setting, its value and what is allowed."""

from collections.abc import Collection
from typing import Any


def at_least(config: Any, **bounds: float) -> None:
    """Each named number is no less than its bound: `at_least(config, draws=2, seeds=1)`."""
    for name, bound in bounds.items():
        if not getattr(config, name) >= bound:
            raise ValueError(f"{name}={getattr(config, name)!r} must be {bound:g} or more")


def positive(config: Any, *names: str) -> None:
    """Each named number is above 0, and so is every member of each named tuple, which holds one or more."""
    for name in names:
        value = getattr(config, name)
        if isinstance(value, tuple):
            if not value or not all(member > 0 for member in value):
                raise ValueError(f"{name}={value!r} must hold numbers above 0")
        elif not value > 0:
            raise ValueError(f"{name}={value!r} must be above 0")


def rising(config: Any, *names: str, least: float = 1, count: int = 1) -> None:
    """Each named tuple holds `count` or more numbers, rising, from `least` on."""
    for name in names:
        values = getattr(config, name)
        if len(values) < count or list(values) != sorted(set(values)) or (values and values[0] < least):
            many = "" if count == 1 else f"{count} or more "
            raise ValueError(f"{name}={values!r} must hold {many}rising numbers of {least:g} or more")


def one_of(config: Any, name: str, known: Collection[Any]) -> None:
    """A setting is one of the known names or numbers; a tuple holds one or more of them, each once."""
    value = getattr(config, name)
    chosen = value if isinstance(value, tuple) else (value,)
    unknown = [one for one in chosen if one not in known]
    if unknown or not chosen or len(set(chosen)) < len(chosen):
        many = "different names out of" if isinstance(value, tuple) else "one of"
        raise ValueError(f"{name}={value!r} must be {many} {', '.join(map(str, known))}")


def less(config: Any, smaller: str, larger: str) -> None:
    """One setting is less than another: `less(config, "short_steps", "num_steps")`."""
    if not getattr(config, smaller) < getattr(config, larger):
        raise ValueError(
            f"{smaller}={getattr(config, smaller)!r} must be less than {larger}={getattr(config, larger)!r}"
        )
