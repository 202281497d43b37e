"""`perceptron.cycling`: the best neuron is found, and verdicts follow the data."""

import pytest

from experiments.lab import checks
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.perceptron.cycling import config, run, verdicts

TINY = config.Config(inputs=3, visits=(8, 64))


@pytest.fixture(scope="module")
def made():
    return run.run(TINY)


@pytest.fixture
def data(made):
    return made.copy(deep=True)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))}


def test_everything_is_drawn_from_the_data_alone(redrawn, data):
    assert redrawn("perceptron.cycling", data, TINY) == ["inseparable", "orbit"]


def test_all_weights_return_and_the_best_neuron_is_known(data):
    assert (int(data.proved), data.attrs["functions"]) == (152, 152)
    assert data.best.sum() == 152
    assert data.best[0] == 0
    assert (data.mean_excess >= 0).all()
    found = outcomes(data)
    assert found["XOR"] == found["all come back"] == REPRODUCED
    data["proved"] = 151
    data["orbit_period"].loc[{"low": 0}] = 8
    found = outcomes(data)
    assert found["XOR"] == found["all come back"] == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("at_best", "outcome"), [([70, 152], REPRODUCED), ([70, 75], NOT_SETTLED), ([75, 75], NOT_REPRODUCED)]
)
def test_the_limit_of_the_pocket_is_open_while_its_share_rises(data, at_best, outcome):
    data["at_best"].loc[{"rule": "pocket"}] = at_best
    assert outcomes(data)["pocket"] == outcome


@pytest.mark.parametrize(("gain", "outcome"), [(-0.3, REPRODUCED), (-0.1, NOT_SETTLED), (0.3, NOT_REPRODUCED)])
def test_a_rule_beats_another_where_the_whole_interval_does(data, gain, outcome):
    data["gain"][0], data["gain_error"][0] = gain, 0.1
    assert outcomes(data)["averaged or perceptron"] == outcome


@pytest.mark.parametrize(("change", "message"), [({"inputs": 5}, "inputs"), ({"visits": (64, 8)}, "visits")])
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=f"{message}="):
        checks.check(config.Config(**change))
