"""Tasks on which deep and shallow networks part: exact values by hand, moments, the composition and its control."""

import itertools

import numpy as np
import pytest

from nnjax import mlp, tasks
from nnjax.tasks import depth


def test_a_sawtooth_of_four_pieces_by_hand():
    data = tasks.sawtooth(4, seed=0, num_rows=64, num_test=8)
    # Middles of 8 cells: two to a piece, a quarter and three quarters up, then down.
    expected = np.sqrt(3) * np.array([-0.5, 0.5, 0.5, -0.5, -0.5, 0.5, 0.5, -0.5])
    np.testing.assert_allclose(data.x_test[:, 0], np.arange(-7, 8, 2) / 8)
    np.testing.assert_allclose(data.y_test[:, 0], expected, atol=1e-12)
    assert (np.diff(data.x[:, 0]) > 0).all()
    np.testing.assert_array_equal(np.floor((data.x[:, 0] + 1) * 32), np.arange(64))  # one point in each cell


@pytest.mark.parametrize("pieces", [2, 8, 128])
def test_a_sawtooth_has_its_pieces_and_unit_variance(pieces):
    data = tasks.sawtooth(pieces, num_test=64 * pieces)
    slopes = np.sign(np.diff(data.y_test[:, 0]))
    assert np.count_nonzero(np.diff(slopes[slopes != 0])) == pieces - 1
    np.testing.assert_allclose([data.y_test.mean(), data.y_test.var()], [0, 1], atol=1e-3)


def test_the_square_is_standardised():
    data = tasks.square(num_test=4096)
    np.testing.assert_allclose([data.y_test.mean(), data.y_test.var()], [0, 1], atol=1e-5)
    np.testing.assert_allclose(data.y[:, 0], (data.x[:, 0] ** 2 - 1 / 3) / np.sqrt(4 / 45))


def test_orthonormal_polynomials_are_so():
    x, w = np.polynomial.legendre.leggauss(8)
    basis = depth.orthonormal(x, 4)
    np.testing.assert_allclose(basis.T @ (basis * w[:, None] / 2), np.eye(5), atol=1e-12)


def test_a_tree_of_four_variables_is_the_composition_that_it_says():
    tree = depth.binary_tree(np.random.default_rng(3), num_levels=2, degree=2)
    # The same draws by hand: two leaves, then the node above them.
    rng = np.random.default_rng(3)
    leaves = []
    for _ in range(2):
        c = rng.normal(size=(3, 3))
        c[0, 0] = 0
        leaves.append(c / np.linalg.norm(c))
    w = rng.normal(size=3)
    w /= np.linalg.norm(w)
    x = np.random.default_rng(0).uniform(-1, 1, size=(50, 4))
    p = [depth.orthonormal(x[:, i], 2) for i in range(4)]
    a, b = (np.einsum("nj,jk,nk->n", p[2 * i], leaves[i], p[2 * i + 1]) for i in range(2))
    np.testing.assert_allclose(tree(x), w[0] * a + w[1] * b + w[2] * a * b, atol=1e-12)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_trees_and_their_controls_have_mean_0_and_variance_1(levels):
    tree = depth.binary_tree(np.random.default_rng(levels), levels)
    control = tree.with_random_signs(np.random.default_rng(9))
    for one in (tree, control):
        assert one.coefficients.shape == (3,) * 2**levels
        assert one.coefficients[(0,) * 2**levels] == 0
        np.testing.assert_allclose(np.sum(one.coefficients**2), 1)  # Parseval: the variance
    np.testing.assert_array_equal(abs(tree.coefficients), abs(control.coefficients))
    assert (tree.coefficients != control.coefficients).any()


def test_only_the_composition_has_the_rank_of_one():
    """Matrices from the first half of the variables to the second: the tree has rank 2, its control far more."""
    tree = depth.binary_tree(np.random.default_rng(0), 2)
    control = tree.with_random_signs(np.random.default_rng(1))
    ranks = [np.linalg.matrix_rank(one.coefficients.reshape(9, 9), tol=1e-10) for one in (tree, control)]
    assert ranks[0] == 2
    assert ranks[1] > 6


def test_a_composition_and_its_control_share_points():
    size = {"num_levels": 2, "num_rows": 3000, "num_test": 50}
    one, other = (tasks.composition(5, control=flag, **size) for flag in (False, True))
    np.testing.assert_array_equal(one.x, other.x)
    assert not np.isclose(one.y, other.y).all()
    for data in (one, other):
        assert abs(data.y.mean()) < 0.1
        assert 0.8 < data.y.var() < 1.2
    assert not np.isclose(one.y[:50], tasks.composition(6, **size).y[:50]).all()


def test_the_radial_wave_knows_the_radius_alone():
    data = tasks.radial(1, dim=3, num_waves=2, num_rows=4000)
    radius = np.linalg.norm(data.x, axis=1)
    np.testing.assert_allclose(data.y[:, 0], np.sqrt(2) * np.sin(4 * np.pi * radius), atol=1e-12)
    assert radius.max() <= 1
    np.testing.assert_allclose(radius.mean(), 0.5, atol=0.03)
    np.testing.assert_allclose([data.y.mean(), data.y.var()], [0, 1], atol=0.06)


def test_spirals_lie_half_a_turn_apart():
    data = tasks.two_spirals(0, num_turns=2, noise=0.0, num_rows=200, num_test=100)
    radius = np.linalg.norm(data.x, axis=1)
    turned = np.arctan2(data.x[:, 1], data.x[:, 0]) - 4 * np.pi * radius - np.pi * data.y[:, 0]
    np.testing.assert_allclose(np.cos(turned), 1, atol=1e-9)
    assert set(np.unique(data.y)) == {0.0, 1.0}
    assert radius.min() >= 0.1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tasks.sawtooth(1), "num_pieces=1"),
        (lambda: tasks.sawtooth(64, num_rows=100), "num_pieces=64"),
        (lambda: tasks.radial(dim=1), "dim=1"),
        (lambda: tasks.radial(num_rows=-1), "num_rows=-1"),
        (lambda: tasks.two_spirals(num_test=0), "num_test=0"),
        (lambda: tasks.composition(num_levels=0), "num_levels=0"),
        (lambda: tasks.square(num_rows=0), "num_rows=0"),
    ],
)
def test_what_is_not_allowed_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (2, 1), (40, 10)])
def test_hidden_sizes_for_a_budget_are_near_it_and_nearly_equal(inputs, outputs):
    for budget, layers in itertools.product((1_000, 4_000), (1, 2, 3, 5, 8)):
        hidden = mlp.hidden_for_budget(budget, layers, inputs, outputs)
        assert len(hidden) == layers
        assert abs(mlp.num_params((inputs, *hidden, outputs)) / budget - 1) <= 0.05
        most = max(set(hidden), key=hidden.count)
        assert sum(size != most for size in hidden) <= 1


def test_hidden_sizes_by_hand():
    assert mlp.hidden_for_budget(250, 1, 1, 1) == (83,)  # 3 N + 1
    assert mlp.hidden_for_budget(250, 2, 1, 1) == (14, 14)  # 253; 13 x 13 has 222
    assert mlp.hidden_for_budget(226, 8, 1, 1) == (5,) * 8
    with pytest.raises(ValueError, match=r"tolerance=0.001"):
        mlp.hidden_for_budget(250, 1, 40, 10, tolerance=0.001)
    with pytest.raises(ValueError, match="budget=10 is too small"):
        mlp.hidden_for_budget(10, 8, 40, 10)
