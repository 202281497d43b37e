"""XOR written down and in the hidden layer: exact networks, exact separability, verdicts that can say no."""

import numpy as np
import pytest
from scipy.optimize import linprog

from experiments.lab import check_verdicts
from experiments.xor import hidden_layer, written_down
from nnjax import constructions
from nnjax.mlp import Layer

ROWS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)


@pytest.fixture(scope="module")
def written():
    return written_down.run(written_down.QUICK)


@pytest.fixture(scope="module")
def hidden():
    return hidden_layer.run(hidden_layer.QUICK)


def outcomes(module, data):
    return {v.id: v.verdict for v in check_verdicts(module.verdicts(data))}


def test_written_down_is_exact_and_reproduced(written):
    assert dict(written.sizes) | {"network": 5, "dtype": 2, "row": 4, "function": 16} == dict(written.sizes)
    assert (written.output == written.target).all()
    assert set(outcomes(written_down, written).values()) == {"reproduced"}


def test_written_down_shows_the_weights_of_the_chapter(written):
    gate = written.sel(network="AND").isel(layer=1)
    assert gate.weights.values[:, 0].tolist() == [0.5, 0.5]
    assert gate.thresholds.values[0] == 0.7
    mlp = written.sel(network="XOR, thresholds 0.5")
    assert mlp.thresholds.values[~np.isnan(mlp.thresholds.values)].tolist() == [0.5] * 3


def test_a_broken_network_is_not_reproduced(monkeypatch):
    def broken():
        hidden, _ = constructions.xor_from_gates()
        return hidden, Layer(w=np.array([[0.5], [0.5]], np.float32), b=np.array([-1.2], np.float32))

    monkeypatch.setitem(written_down.NETWORKS, "XOR from gates", ("xor", broken, "broken"))
    found = outcomes(written_down, written_down.run(written_down.QUICK))
    assert [name for name, verdict in found.items() if verdict != "reproduced"] == ["XOR from gates"]
    assert found["XOR from gates"] == "not reproduced"


def test_one_wrong_row_in_one_precision_is_not_reproduced(written):
    data = written.copy(deep=True)
    data.output[0, 1, 3] = 0.0
    assert outcomes(written_down, data)["AND"] == "not reproduced"


def test_exactly_xor_and_its_complement_are_no_unit(written):
    assert written.function[written.num_units == 0].values.tolist() == ["xor", "xnor"]
    assert written.function[written.certificate != ""].values.tolist() == ["xor", "xnor"]
    assert written.certificate.sel(function="xor").item() == "(0,1) + (1,0) = (0,0) + (1,1)"


@pytest.mark.parametrize("variable", ["num_units", "certificate"])
def test_without_its_certificate_impossibility_is_not_reproduced(written, variable):
    data = written.copy(deep=True)
    data[variable].loc[{"function": "xor"}] = {"num_units": 1, "certificate": ""}[variable]
    found = outcomes(written_down, data)
    assert found["no single unit"] == found["one unit is enough"] == "not reproduced"


def test_an_unknown_network_is_told_with_its_nearest():
    with pytest.raises(ValueError, match=r"networks.*NOT AND"):
        written_down.run(written_down.Config(networks=("NOT ANT",)))


def test_figures_of_written_down(written, redrawn):
    assert redrawn(written_down, written) == ["gates", "xor"]
    assert len(written_down.table(written)) == 5 * 2 + 16


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


def test_distance_of_known_segments():
    parallel, points = [[0, 0], [0, 1], [1, 1], [1, 0]], [[0, 0], [3, 4], [3, 4], [0, 0]]
    np.testing.assert_allclose(hidden_layer.distance(np.array([parallel, points], float)), [1, 5])


def test_hidden_layer_reproduces_what_it_claims(hidden):
    assert set(outcomes(hidden_layer, hidden).values()) == {"reproduced"}
    solved = hidden.solved.values
    assert 0.3 < solved.mean() < 0.6
    assert hidden.separable.values[solved, -1].all()
    assert not hidden.input_separable.item()
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


@pytest.mark.parametrize(
    ("spoil", "fails"),
    [
        (lambda data: data.separable.values.fill(False), "solved is separable"),
        (lambda data: data.separable.values.fill(True), "made, not given"),
        (lambda data: data.input_separable.values.fill(True), "made, not given"),
        (lambda data: data.roomy.values.fill(False), "separable is solved"),
        (lambda data: data.apart.values.fill(1.0), "one class falls together"),
        (lambda data: data.apart.values.fill(1.0), "stuck mixes the classes"),
        (lambda data: data.solved.values.fill(False), "solved is separable"),
    ],
)
def test_hidden_layer_can_say_no(hidden, spoil, fails):
    data = hidden.copy(deep=True)
    spoil(data)
    assert outcomes(hidden_layer, data)[fails] == "not reproduced"


def test_one_solved_network_that_is_not_separable_breaks_the_theorem(hidden):
    data = hidden.copy(deep=True)
    data.separable.values[data.solved.values.argmax(), -1] = False
    assert outcomes(hidden_layer, data)["solved is separable"] == "partly"


@pytest.mark.parametrize("seeds", [1, 3])
def test_one_kind_of_network_alone_is_drawn_too(hidden, seeds, redrawn):
    config = hidden_layer.Config(seeds=seeds, num_steps=20, record_every=10, shown=(0, 10, 20))
    data = hidden_layer.run(config)
    assert not data.solved.any()
    assert outcomes(hidden_layer, data)["solved is separable"] == "not reproduced"
    assert redrawn(hidden_layer, data) == ["hidden_space", "separable"]


def test_figures_of_the_hidden_layer(hidden, redrawn):
    assert redrawn(hidden_layer, hidden) == ["hidden_space", "separable"]
    assert [row["networks"] for row in hidden_layer.table(hidden)] == ["solved", "stuck"]
