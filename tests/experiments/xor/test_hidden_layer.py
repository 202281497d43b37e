"""The hidden layer on XOR: exact separability, verdicts that can say no, and a network drawn as it was measured."""

import numpy as np
import pytest
from scipy.optimize import linprog

from experiments.lab import checks
from experiments.lab.verdicts import check_verdicts
from experiments.xor.hidden_layer import config, run, verdicts

ROWS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)


@pytest.fixture(scope="module")
def hidden():
    return run.run(config.QUICK)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(config.QUICK))}


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
    np.testing.assert_array_equal(run.separable(points), expected)
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
    assert run.separable(np.array(points)) == expected


def test_distance_of_known_segments():
    parallel, points = [[0, 0], [0, 1], [1, 1], [1, 0]], [[0, 0], [3, 4], [3, 4], [0, 0]]
    np.testing.assert_allclose(run.distance(np.array([parallel, points], float)), [1, 5])


def test_hidden_layer_reproduces_what_it_claims(hidden):
    assert set(outcomes(hidden).values()) == {"reproduced"}
    solved = hidden.solved.values
    assert 0.3 < solved.mean() < 0.6
    assert hidden.separable.values[solved, -1].all()
    # The two ends lie far from the bound: it matters to no network where between them it is.
    assert hidden.gap.values[solved].min() > 0.5
    assert hidden.gap.values[~solved].max() < 0.01


def test_drawn_networks_are_the_first_of_their_kind_bit_for_bit(hidden):
    solved = hidden.solved.values
    assert hidden.network.values.tolist() == ["solved", "stuck"]
    assert hidden.drawn_seed.values.tolist() == [int(solved.argmax()), int((~solved).argmax())]
    assert hidden.same_bits.all()
    w, b = hidden.hidden_weights.values, hidden.hidden_biases.values
    np.testing.assert_allclose(np.tanh(ROWS @ w + b[:, None, :]), hidden.images.values[:, -1], atol=1e-6)


def given_at_the_start(data):
    data.apart_start.values.fill(0.0)
    data.apart.values[::4] = 1.0


@pytest.mark.parametrize(
    ("spoil", "fails"),
    [
        (lambda data: data.separable.values[:, -1].fill(False), "made, not given"),
        (lambda data: np.logical_not(data.solved, out=data.roomy.values[:, -1]), "separable is solved"),
        (lambda data: data.apart.values.fill(1.0), "one class falls together"),
        (lambda data: data.apart.values.fill(1.0), "stuck mixes the classes"),
        # More often at the start than at the end: given, not made.
        (given_at_the_start, "one class falls together"),
        (given_at_the_start, "stuck mixes the classes"),
        (lambda data: data.separable.values[:, 0].fill(True), "made, not given"),
    ],
)
def test_hidden_layer_can_say_no(hidden, spoil, fails):
    data = hidden.copy(deep=True)
    spoil(data)
    assert outcomes(data)[fails] == "not reproduced"


def test_a_difference_that_may_be_none_is_not_settled(hidden):
    data = hidden.copy(deep=True)
    data.separable.values.fill(True)
    data["apart_start"] = data.apart
    found = outcomes(data)
    assert found["made, not given"] == found["one class falls together"] == "not settled"


def test_all_networks_count_and_the_start_is_told(hidden):
    """Solved networks are separable at the end by necessity; the stuck ones count as well."""
    found = {v.id: v for v in verdicts.verdicts(hidden)}
    made, start, end = found["made, not given"], hidden.separable[:, 0].mean(), hidden.separable[:, -1].mean()
    assert made.n == hidden.sizes["seed"]
    assert made.measured == pytest.approx(float(end - start))
    assert f"{float(start):.1%} have separable" in made.finding
    at_start = verdicts._found(hidden)["one_class_together_start"][hidden.solved.values].sum()
    assert f"at the start {at_start:,} did" in found["one class falls together"].finding


def test_one_direction_alone_is_part_of_the_claim(hidden):
    data = hidden.copy(deep=True)
    data.roomy.values[data.solved.values.argmax(), -1] = False
    assert outcomes(data)["separable is solved"] == "partly"


@pytest.mark.parametrize("seeds", [1, 3])
def test_one_kind_of_network_alone_is_drawn_too(seeds, redrawn):
    settings = config.Config(seeds=seeds, num_steps=20, record_every=10, shown=(0, 10, 20))
    data = run.run(settings)
    assert not data.solved.any()
    found = outcomes(data)
    assert found.pop("stuck mixes the classes") in ("not settled", "not reproduced")
    assert set(found.values()) == {"not settled"}
    assert redrawn("xor.hidden_layer", data, settings) == ["hidden_space", "separable"]


def test_figures_are_drawn_from_the_data_alone(hidden, redrawn):
    assert redrawn("xor.hidden_layer", hidden) == ["hidden_space", "separable"]
    assert [row["networks"] for row in verdicts.table(hidden)] == ["solved", "stuck"]


def test_a_setting_that_cannot_be_is_named():
    with pytest.raises(ValueError, match="seeds=0"):
        checks.check(config.Config(seeds=0))
