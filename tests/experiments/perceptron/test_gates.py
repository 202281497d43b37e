"""The sixteen functions of two inputs: weights and bounds worked out by hand, and measures that can say no."""

import numpy as np
import pytest

from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED, verdicts
from experiments.perceptron import gates


@pytest.fixture(scope="module")
def made():
    return gates.run(gates.Config())


@pytest.fixture
def data(made):
    return made.copy(deep=True)


def outcomes(data):
    return {row["id"]: row["outcome"] for row in verdicts(gates.STATEMENTS, data)}


def test_the_weights_are_the_textbooks_and_the_path_that_of_rosenblatt(data):
    np.testing.assert_allclose(data.chapter, [[0.5, 0.5, -0.7], [0.5, 0.5, -0.2]], rtol=1e-6)
    path = data.path.sel(gate="or", inputs="0 and 1").values
    np.testing.assert_array_equal(path[:5], [[0, 0, 0], [0, 1, 1], [0, 1, 0], [1, 1, 1], [1, 1, 0]])
    assert np.isnan(path[5:]).all()
    assert set(outcomes(data).values()) == {REPRODUCED}


def test_fourteen_functions_are_learned_in_every_order_with_no_more_mistakes_than_the_bound(data):
    learned = data.learned.all(["inputs", "order"])
    assert data.function[~learned].values.tolist() == gates.IMPOSSIBLE
    assert (data.mistakes.max("order") <= data.bound * (1 + 1e-9)).sel(function=learned).all()
    assert data.bound.sel(function=["and", "or"]).values.round(6).tolist() == [[51, 27], [9, 9]]
    assert np.isnan(data.bound.sel(function=gates.IMPOSSIBLE)).all()


@pytest.mark.parametrize(
    ("variable", "where", "value", "refuted"),
    [
        ("chapter_fires", {"gate": "or", "row": "00"}, 1, "chapter's gates"),
        ("proved", {"function": "xor", "order": 0}, False, "no line"),
        ("four_rows", {"function": "xnor"}, -1, "no line"),
    ],
)
def test_measures_can_say_no(data, variable, where, value, refuted):
    data[variable].loc[where] = value
    assert [name for name, outcome in outcomes(data).items() if outcome == NOT_REPRODUCED] == [refuted]
