"""32 tanh units and machine precision: drawn from what is on disk, verdicts that can say no, settings refused."""

import dataclasses

import pytest

from experiments.lab import check_verdicts
from experiments.universal_approximation import machine_precision

TINY = dataclasses.replace(
    machine_precision.QUICK,
    targets=("exp_sin", "runge"), units=8, equal=(8, 8), wider=(8, 12), seeds=3, num_steps=20, stage_steps=10,
    num_rows=65,
)  # fmt: skip


@pytest.fixture(scope="module")
def tiny():
    return machine_precision.run(TINY)


@pytest.mark.slow
def test_everything_is_drawn_from_what_is_on_disk(tiny, redrawn):
    assert len(redrawn(machine_precision, tiny)) == 3
    assert {row["target"] for row in machine_precision.table(tiny)} == {"exp_sin", "runge"}


@pytest.mark.slow
def test_eight_units_do_not_reach_ten_digits(tiny):
    """Chebyshev interpolants of degree 7 are off by more than 1e-3; eight trained units come nearer, not to 1e-10."""
    found = {v.id: v for v in check_verdicts(machine_precision.verdicts(tiny))}
    assert found["median, exp_sin"].verdict == "not reproduced"
    assert 1e-10 < found["median, exp_sin"].measured < 1e-2
    assert found["best, runge"].verdict == "not reproduced"


@pytest.mark.parametrize(
    ("change", "message"),
    [({"equal": (32,)}, "equal="), ({"num_rows": 90}, "num_rows=90"), ({"seeds": 1}, "seeds=1")],
)
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        machine_precision.run(dataclasses.replace(machine_precision.QUICK, **change))
