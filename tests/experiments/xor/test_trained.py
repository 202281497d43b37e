"""XOR learned: a tiny run, and measures of made-up counts."""

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import verdict, verdicts
from experiments.xor import trained

TINY = trained.Config((1, 2, 4), ("tanh", "sin"), ("Adam",), ("normal",), 3, 4, 4, 128, 200)


@pytest.fixture
def made():
    """Made up, in the form of `run`; rates lie inside their grid, and two neurons leave room."""
    dims, shape = ("solver", "width", "activation", "init"), (1, 3, 2, 1)
    return xr.Dataset(
        {
            "solved": ((*dims, "seed"), np.zeros((*shape, 128), bool)),
            "learning_rate": ((*dims, "tuning"), np.full((*shape, 4), 0.1)),
            "tuning_success": ((*dims, "rate"), np.zeros((*shape, 3))),
            "rates": (("solver", "rate"), np.geomspace(0.001, 10, 3)[None]),
        },
        {
            "solver": ["Adam"], "init": ["normal"], "activation": ["tanh", "sin"], "width": [1, 2, 4],
            "seed": range(128), "tuning_of": ("seed", np.arange(128) // 32),
        },
    )  # fmt: skip


def outcomes(data: xr.Dataset, **changed: xr.DataArray) -> dict[str, str]:
    return {row["id"]: row["outcome"] for row in verdicts(trained.STATEMENTS, data.assign(changed))}


@pytest.mark.slow
def test_a_tiny_run_is_counted_and_judged():
    data = trained.run(TINY)
    assert dict(data.solved.sizes) == {"solver": 1, "width": 3, "activation": 2, "init": 1, "seed": 128}
    assert (data.tuning_of == np.arange(128) // 32).all()
    assert np.isin(data.learning_rate, data.rates).all()
    assert outcomes(data)["one-neuron-monotone"] == "reproduced"
    assert len(outcomes(data)) == len(trained.STATEMENTS)
    assert trained.table(data).value.size == 6


def test_outcomes_follow_the_data(made):
    every = made.solved | True
    assert outcomes(made, solved=every)["one-neuron-monotone"] == "not reproduced"
    assert outcomes(made)["one-neuron-not-monotone"] == "not reproduced"
    wider = every & (made.width >= 4)
    for solved, expected in (
        (wider, "reproduced"),
        (made.solved, "not reproduced"),
        (every & (made.width < 4), "not reproduced"),
        (wider & (made.tuning_of < 2), "not settled"),  # half of the tunings, though many seeds
    ):
        assert outcomes(made, solved=solved)["wider-is-surer"] == expected
    assert "wider-is-surer" not in outcomes(made, tuning_success=made.tuning_success + 1)  # two leave no room


def test_a_rate_at_the_end_of_its_grid_leaves_open_what_a_better_one_could_turn(made):
    end, every = float(made.rates.max()), made.solved | True
    at_end = xr.full_like(made.learning_rate, end)
    wider = made.assign(solved=every & (made.width >= 4))
    # With better rates two could catch up; a lead of four could only grow.
    for width, told in ((2, "are open"), (4, "hold")):
        data = wider.assign(learning_rate=at_end.where(made.width == width, 0.1))
        row = verdict(trained.STATEMENTS[2], data)
        assert row is not None
        assert f"Both parts {told}." in row["finding"]
        assert row["at_edge"] == 2


def test_tunings_that_differ_widen_the_interval(made):
    every, found = made.solved | True, []
    for failed in (made.seed % 32 == 0, made.seed < 4):  # four fail: one of each tuning, or all of one
        parts = trained.solved(made.assign(solved=every & ~failed), 0.95)
        found.append(float((parts.high - parts.low).max()))
    assert found[1] > 1.2 * found[0]


def test_seeds_are_dealt_in_equal_numbers():
    with pytest.raises(ValueError, match="seeds=129"):
        trained.run(trained.Config((1,), ("tanh",), ("Adam",), ("normal",), seeds=129))
