"""What a field of a Config may be, for toy settings and for every claim."""

import dataclasses
import re
from pathlib import Path

import pytest

from experiments.lab import checks, claims, flags
from tests.experiments.toys import CONFIG, Settings, write_claim


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(widths=(4, 2)), "widths=(4, 2) must be 2 or more whole numbers from 2 to 1,000,000, rising"),
        (dict(widths=(2, 2)), "widths=(2, 2) must be"),
        (dict(widths=(2,)), "widths=(2,) must be 2 or more"),
        (dict(widths=()), "widths=() must be"),
        (dict(widths=(1, 2)), "widths=(1, 2) must be"),
        (dict(widths=(2, 10**12)), "widths=(2, 1000000000000) must be"),
        (dict(widths=(2, 4.5)), "widths=(2, 4.5) must be"),
        (dict(widths=[2, 4]), "widths=[2, 4] must be"),
        (dict(rates=(0.0, 0.1)), "rates=(0.0, 0.1) must be one or more numbers above 0, rising"),
        (dict(rates=(float("nan"),)), "rates=(nan,) must be"),
        (dict(rates=(0.1, float("inf"))), "rates=(0.1, inf) must be"),
        (dict(kind_of="c"), "kind_of='c' must be one of a, 'b c'"),
        (dict(solvers=("adam",)), "solvers=('adam',) must be any of Adam, SGD, each once; did you mean Adam?"),
        (dict(solvers=("SGD", "SGD")), "each once"),
        (dict(layers=(0, 3)), "layers=(0, 3) must be"),
        (dict(blocks=12), "blocks=12 must be a whole number from 8 to 80, a multiple of 8"),
        (dict(blocks=88), "blocks=88 must be"),
        (dict(blocks=True), "blocks=True must be"),
        (dict(share=1.5), "share=1.5 must be a number from 0 to 1"),
        (dict(limit=-1.0), "limit=-1.0 must be a number above 0 or None"),
        (dict(on=1), "on=1 must be True or False"),
        (dict(cases=(("a", 0),)), "cases=(('a', 0),) must be groups of text, whole number"),
        (dict(cases=(("a",),)), "cases=(('a',),) must be"),
        (dict(depths=((1, 0),)), "depths=((1, 0),) must be"),
        (dict(layers=(1,) * 1000 + (0,)), f"layers={str((1,) * 1000)[:77]}... must be"),
    ],
)
def test_what_a_field_may_not_be_is_refused_by_name(change: dict, message: str):
    checks.check(Settings())
    with pytest.raises(ValueError, match=re.escape(message)):
        checks.check(dataclasses.replace(Settings(), **change))


def test_one_setting_against_another():
    checks.less(Settings(), "share", "blocks")
    checks.divides(Settings(), "blocks", "blocks")
    with pytest.raises(ValueError, match=r"^blocks=8 must be less than share=0.5$"):
        checks.less(Settings(), "blocks", "share")
    with pytest.raises(ValueError, match=r"^blocks=8 must divide share=0.5$"):
        checks.divides(Settings(), "blocks", "share")


CLAIMS = [claims.Roles(claim) for claim in claims.find_claims()]


@pytest.mark.parametrize("roles", CLAIMS, ids=lambda roles: roles.Config.__module__.removesuffix(".config"))
def test_every_field_of_every_claim_refuses_what_it_may_not_be(roles):
    """One value at a time is wrong: of another type, unknown, none, too small, too large, not finite."""
    for name, (annotation, allowed) in checks.fields(roles.Config).items():
        value = getattr(roles.FULL, name)
        numbers = [float("nan"), float("inf"), *([] if allowed.least == float("-inf") else [-(10**9)])]
        wrong: list = [[], object()]
        if isinstance(value, tuple):
            wrong += [(one,) * max(1, len(value)) for one in ("an unknown name", None, 10**12, *numbers)]
            wrong += ["text", value[0]] if allowed.repeated else ["text", (*value, value[0])]
            wrong += [()] if allowed.count else []
        elif annotation is not bool and name not in ("function", "data"):
            wrong += ["an unknown name", (value,), *numbers]
            wrong += [10**12] if annotation is int else []
        for one in wrong:
            with pytest.raises(ValueError, match=rf"^{name}=.* must be ") as error:
                roles.check(dataclasses.replace(roles.FULL, **{name: one}))
            assert len(str(error.value)) < 400
    assert set(flags.described(roles.Config, roles.FULL)) == {flags.flag(name) for name in checks.fields(roles.Config)}


@pytest.mark.parametrize("roles", CLAIMS, ids=lambda roles: roles.Config.__module__.removesuffix(".config"))
def test_every_preset_is_accepted(roles):
    for preset in (roles.FULL, roles.QUICK):
        try:
            roles.check(preset)
        except ValueError as error:
            if not re.search("pip install|--replicate", str(error)):  # what is missing is no fault of the preset
                raise


def test_what_a_check_refuses_is_told_in_one_line_that_names_the_flag(root: Path, call):
    check = (
        "def check(config):\n    from experiments.lab import checks\n    checks.divides(config, 'fail_in', 'seeds')\n"
    )
    config = CONFIG.format(full=3).replace('str = ""', "int = 1") + check
    write_claim(root, "solo.only", "Solo.", config=config)
    line = "failed: solo.only: --fail-in=2 must divide --seeds=3\n"
    assert call("solo", "--fail-in", "2") == (2, "", line)
    write_claim(root, "solo.other", "Without a check of its own.")
    line = "failed: solo.other: --seeds=0 must be a whole number from 1 to 1,000,000\n"
    assert call("solo.other", "--seeds", "0") == (2, "", line)
