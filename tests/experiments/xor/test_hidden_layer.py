"""The hidden layer on XOR: exact separability, and measures that can say no."""

import numpy as np
import pytest
from scipy.optimize import linprog

from experiments.lab.verdicts import verdicts
from experiments.xor import hidden_layer

ROWS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)


@pytest.fixture(scope="module")
def hidden():
    return hidden_layer.run(hidden_layer.QUICK)


def outcomes(data):
    return {row["id"]: row["outcome"] for row in verdicts(hidden_layer.STATEMENTS, data)}


def separable_by_program(points):
    """Whether w.x - t is >= 1 on one class and <= -1 on the other for some w and t: a linear program."""
    sign = np.array([-1, 1, 1, -1.0])
    rows = -sign[:, None] * np.hstack([points, -np.ones((4, 1))])
    return linprog(np.zeros(3), A_ub=rows, b_ub=-np.ones(4), bounds=(None, None)).status == 0


def test_separable_agrees_with_a_linear_program():
    rng = np.random.default_rng(0)
    # Few values make ties, crossings at ends and points on one place common.
    points = np.concatenate([rng.integers(0, 3, (150, 4, 2)), rng.integers(0, 9, (50, 4, 2))]) / 8
    expected = np.array([separable_by_program(four) for four in points])
    np.testing.assert_array_equal(hidden_layer.separable(points), expected)
    assert 0.2 < expected.mean() < 0.8


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (ROWS, False),
        (np.zeros((4, 2)), False),
        ([[0, 0], [1, 0], [1, 0], [0, 0]], True),  # each class on one point
        ([[0, 0], [2, 2], [3, 3], [1, 1]], True),  # all on one line, one class after the other
        ([[0, 0], [1, 1], [3, 3], [2, 2]], False),  # and in turn
        ([[0, 0], [0, 1], [1, 0], [0.5, 0.5]], False),  # touching
        ([[0, 0], [0, 1], [1, 0], [0.5, np.nextafter(np.float32(0.5), 0)]], True),  # by one last bit
        ([[np.nan, 0], [0, 1], [1, 0], [0, 0]], False),
    ],
)
def test_separable_decides_exactly(points, expected):
    assert hidden_layer.separable(np.array(points)) == expected


def test_training_makes_the_representation(hidden):
    assert set(outcomes(hidden).values()) == {"reproduced"}
    assert hidden.separable.isel(step=-1)[hidden.solved].all()  # by necessity: the output neuron is such a line
    table = hidden_layer.table(hidden)
    assert table["count"].values.tolist() == [hidden.solved.sum(), (~hidden.solved).sum()]
    assert table.mixed_end.values.tolist() == [0, 1]


def test_drawn_networks_answer_as_they_were_recorded(hidden):
    w, t = np.moveaxis(hidden.hidden_units.values, 1, 2)[:, :2], hidden.hidden_units.values[:, :, 2]
    np.testing.assert_allclose(np.tanh(ROWS @ w - t[:, None]), hidden.images.sel(when="end"), atol=1e-6)
    output = hidden.output_unit.sel(when="end").values
    right = ((hidden.images.sel(when="end").values @ output[:, :2, None])[..., 0] > output[:, 2:]) == [0, 1, 1, 0]
    assert hidden.network[right.all(1)] == ["solved"]


def test_nothing_made_and_given_from_the_start(hidden):
    data = hidden.assign(
        separable=hidden.separable.isel(step=[0] * hidden.sizes["step"]).assign_coords(step=hidden.step)
    )
    assert outcomes(data)["made, not given"] == "not reproduced"
    assert outcomes(hidden.assign(apart=hidden.apart + 1))["one class falls together"] == "not reproduced"
    assert list(outcomes(hidden.assign(solved=~hidden.solved | True))) == [one.id for one in hidden_layer.STATEMENTS]
    assert "one class falls together" not in outcomes(hidden.assign(solved=hidden.solved & False))
