"""Fields of a Config as flags: values of every type, what each takes, and conditions on several fields."""

import dataclasses
from typing import Annotated

import pytest

from experiments.lab import flags
from experiments.lab.claims import Refused
from experiments.lab.flags import at_least, one_of


@dataclasses.dataclass(frozen=True)
class Settings:
    """Fields of every type, each with a comment behind it or above it."""

    widths: Annotated[tuple[int, ...], at_least(2, count=2)] = (2, 4)  # hidden units
    rates: tuple[float, ...] = (0.1,)
    # of
    # which kind
    kind_of: Annotated[str, one_of(("a", "b c"))] = "a"
    solvers: Annotated[tuple[str, ...], one_of(("Adam", "SGD"), count=0)] = ("Adam",)
    layers: Annotated[tuple[int, ...], at_least(1, rising=False)] = (3, 3)
    share: Annotated[float, at_least(0, 1)] = 0.5
    limit: float | None = None
    formula: str | None = None
    on: bool = False
    cases: tuple[tuple[str, int], ...] = (("a", 1),)
    depths: Annotated[tuple[tuple[int, ...], ...], at_least(1, rising=False)] = ((1, 2), (3,))


def parsed(*tokens):
    return flags.parse(Settings(), tokens)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("--widths 2 3 9", {"widths": (2, 3, 9)}),
        ("--rates 1e-3 2", {"rates": (0.001, 2.0)}),
        ("--kind_of=a --share 0", {"kind_of": "a", "share": 0.0}),
        ("--solvers SGD Adam --layers 5 5 1", {"solvers": ("SGD", "Adam"), "layers": (5, 5, 1)}),
        ("--solvers", {"solvers": ()}),
        ("--limit 3 --formula x+1 --on", {"limit": 3.0, "formula": "x+1", "on": True}),
        ("--no-on --cases b,2 c,3", {"on": False, "cases": (("b", 2), ("c", 3))}),
        ("--depths 8 4,4", {"depths": ((8,), (4, 4))}),
    ],
)
def test_values_of_every_type_are_read(tokens, expected):
    assert parsed(*tokens.split()) == dataclasses.replace(Settings(), **expected)


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ("--widths 4", "2 or more whole numbers of 2 or more, rising"),
        ("--widths 4 4", "--widths 4 4 must be"),
        ("--widths 1 4", "--widths 1 4 must be"),
        ("--rates 0", "numbers above 0"),
        ("--rates nan", "numbers above 0"),
        ("--share 2", "a number of 0 or more and of 1 at most"),
        ("--kind-of c", "one of a, 'b c'"),
        ("--solvers SDG", "did you mean 'SGD'?"),
        ("--solvers SGD SGD", "any number of Adam, SGD, each once"),
        ("--widths 2 x", "--widths takes"),
        ("--layers 2000000", "--layers 2000000 must be"),
        ("--formula", "--formula takes a text"),
        ("--shar 0.5", "did you mean '--share'?"),
        ("--cases b", "groups of values joined by commas"),
        ("3", "settings are flags"),
    ],
)
def test_other_values_are_refused(tokens, told):
    with pytest.raises(Refused) as error:
        parsed(*tokens.split())
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_help_says_what_each_field_is_and_takes():
    text = flags.help_of(Settings())
    assert "--kind-of\n      of which kind; one of a, 'b c' (default: a)" in text
    assert "--cases\n      groups of values joined by commas, with spaces between the groups (default: a,1)" in text
    assert "no value: --on is on, --no-on off" in text


@dataclasses.dataclass(frozen=True)
class Steps:
    short: int = 10
    long: int = 30
    rates: tuple[float, ...] = (1.0, 2.0, 4.0)


def test_conditions_on_several_fields_name_both():
    flags.less(Steps(), "short", "long")
    flags.divides(Steps(), "short", "long")
    flags.same_ratios(Steps(), "rates")
    for condition, config in (
        (lambda config: flags.less(config, "short", "long"), Steps(30)),
        (lambda config: flags.divides(config, "short", "long"), Steps(7)),
        (lambda config: flags.same_ratios(config, "rates"), Steps(rates=(1.0, 2.0, 5.0))),
    ):
        with pytest.raises(ValueError, match="must"):
            condition(config)
    assert (
        flags.as_flags("num_steps=3 must be less than x", type("C", (Steps,), {})) == "num_steps=3 must be less than x"
    )
    assert flags.as_flags("short=3 must be less than long=2", Steps) == "--short=3 must be less than --long=2"
