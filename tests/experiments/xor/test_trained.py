"""XOR learned: counts, tuned rates and verdicts that follow the data."""

import numpy as np
import pytest
import xarray as xr

from experiments.lab import checks
from experiments.lab.verdicts import check_verdicts
from experiments.xor.trained import config, run, verdicts

TINY = config.Config((1, 2, 4), ("tanh", "sin"), ("Adam",), ("normal",), 3, 16, 128, 200)


@pytest.fixture(scope="module")
def tiny():
    return run.run(TINY)


def outcomes(data, rate=0.03, **changed):
    """Outcomes with the tuned rates inside their grid, where the data do not say otherwise."""
    changed = {"learning_rate": data.learning_rate * 0 + rate} | changed
    return {v.id: v.outcome for v in verdicts.verdicts(data.assign(changed))}


@pytest.mark.slow
def test_networks_are_counted_and_judged(tiny):
    assert tiny.sizes == {"solver": 1, "width": 3, "activation": 2, "init": 1, "seed": 128, "rate": 3} | {
        "quantile": 5,
        "step": 21,
    }
    found = outcomes(tiny)
    assert found["one-neuron-monotone"] == "reproduced"
    assert found["one-neuron-not-monotone"] == "not reproduced"
    assert len(verdicts.table(tiny)) == 6
    assert np.isin(tiny.learning_rate, tiny.rates).all()
    check_verdicts(verdicts.verdicts(tiny), verdicts.statements(TINY))


def test_verdicts_follow_the_data(tiny):
    nothing, everything = tiny.solved & False, tiny.solved | True
    half = everything & (tiny.seed % 2 == 0)
    most = everything & (tiny.seed % 32 != 0)
    assert outcomes(tiny, solved=everything)["one-neuron-monotone"] == "not reproduced"
    for solved, expected in (
        (everything, "reproduced"),
        (most, "not settled"),
        (half, "partly"),
        (nothing, "not reproduced"),
    ):
        found = outcomes(tiny, solved=solved)
        assert (found["two-neurons"], found["two-neurons-anyhow"]) == (expected, expected)
    (two,) = (v for v in verdicts.verdicts(tiny.assign(solved=half)) if v.id == "two-neurons")
    assert "above 0.95 in 0 of the 1 settings; the median setting solves 50%" in two.finding
    wider = xr.where(tiny.width >= 4, everything, nothing)
    room = tiny.tuning_success * 0
    for solved, expected in (
        (wider, "reproduced"),
        (wider & (tiny.activation == "tanh"), "not settled"),
        (nothing, "not settled"),
        (~wider, "not reproduced"),
    ):
        assert outcomes(tiny, solved=solved, tuning_success=room)["wider-is-surer"] == expected


def test_a_deciding_rate_at_the_end_of_its_grid_settles_nothing(tiny):
    everything, end = tiny.solved | True, float(tiny.rates.max())
    found = outcomes(tiny, end, solved=everything)
    assert (found["two-neurons"], found["two-neurons-anyhow"]) == ("not settled", "reproduced")
    # A better rate could make all of them learn it.
    assert outcomes(tiny, end, solved=everything & (tiny.seed % 2 == 0))["two-neurons-anyhow"] == "not settled"
    assert found["one-neuron-monotone"] == "not reproduced"  # one success is enough, at any rate
    wider, room = everything & (tiny.width >= 4), tiny.tuning_success * 0
    judged = {"solved": wider, "tuning_success": room}
    of_two = xr.where(tiny.width == 2, end, 0.03).broadcast_like(tiny.learning_rate)
    of_many = xr.where(tiny.width == 4, end, 0.03).broadcast_like(tiny.learning_rate)
    assert outcomes(tiny, **judged, learning_rate=of_two)["wider-is-surer"] == "not settled"
    # The many win already: a better rate could only widen their lead.
    assert outcomes(tiny, **judged, learning_rate=of_many)["wider-is-surer"] == "reproduced"


@pytest.mark.slow
def test_figures_are_drawn_from_the_data_alone(tiny, redrawn):
    names = ["learning_curves", "success_by_rate", "success_by_width"]
    assert redrawn("xor.trained", tiny, TINY) == names
    one = tiny.isel(width=[0], activation=[0])
    assert redrawn("xor.trained", one, config.Config((1,), ("tanh",), ("Adam",), ("normal",))) == names


def test_an_unknown_solver_is_named():
    with pytest.raises(ValueError, match=r"solvers=\('Adma',\)"):
        checks.check(config.Config(solvers=("Adma",)))
