"""`perceptron.gates`: the sixteen gates of two inputs, and verdicts that can say no."""

import numpy as np
import pytest

from experiments.lab import checks
from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED, check_verdicts
from experiments.perceptron.gates import config, run, verdicts


@pytest.fixture(scope="module")
def made():
    return run.run(config.QUICK)


@pytest.fixture
def data(made):
    return made.copy(deep=True)


def outcomes(data, settings=config.QUICK):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(settings))}


def test_everything_is_drawn_from_the_data_alone(redrawn, data):
    assert redrawn("perceptron.gates", data) == ["learning", "sixteen_gates"]


def test_gates_are_as_the_textbook_says(data):
    assert set(outcomes(data).values()) == {REPRODUCED}
    for name, (w1, w2, threshold) in verdicts.WEIGHTS.items():
        np.testing.assert_allclose(data.chapter.sel(gate=name), [w1, w2, -threshold], rtol=1e-6)
    assert data.bound.sel(function="and").values.round(6).tolist() == [51, 9]
    assert np.isnan(data.bound.sel(function="xor")).all()
    path = data.path.sel(gate="or", inputs="0 and 1").values
    np.testing.assert_array_equal(path[:5], [[0, 0, 0], [0, 1, 1], [0, 1, 0], [1, 1, 1], [1, 1, 0]])
    assert np.isnan(path[5:]).all()


def test_one_kind_of_inputs_has_its_own_statements(data):
    found = outcomes(data.sel(inputs=["-1 and 1"]), config.Config(lows=(-1,)))
    assert set(found.values()) == {REPRODUCED}
    assert "and, 0 and 1" not in found


@pytest.mark.parametrize(
    ("variable", "where", "value", "refuted"),
    [
        ("mistakes", {"function": "and", "inputs": "0 and 1"}, 52, {"and, 0 and 1"}),
        ("learned", {"function": "nand", "order": 3}, False, {"sixteen gates", "no line"}),
        ("proved", {"function": "xor", "order": 0}, False, {"no line"}),
        ("four_rows", {"function": "xnor"}, -1, {"no line"}),
        ("chapter_fires", {"gate": "or", "row": "00"}, 1, {"chapter's or"}),
    ],
)
def test_verdicts_can_say_no(data, variable, where, value, refuted):
    data[variable].loc[where] = value
    assert {name for name, outcome in outcomes(data).items() if outcome == NOT_REPRODUCED} == refuted


def test_other_numbers_for_false_are_refused():
    with pytest.raises(ValueError, match="lows="):
        checks.check(config.Config(lows=(2,)))
