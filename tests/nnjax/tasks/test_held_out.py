"""Rows that are held out: every row in one part, no group in two, each class in all, and the same parts again."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnjax
from nnjax import machine, tasks

pytestmark = pytest.mark.usefixtures("as_users_call")


def numbered(n, labels=None):
    """Data of n rows in which x is the number of the row."""
    y = tasks.one_hot(labels, sorted(set(labels)))[0] if labels is not None else np.arange(n)[:, None] / n
    return tasks.data(np.arange(n)[:, None], y)


def rows(x):
    return [] if x is None else x[:, 0].astype(int).tolist()


def parts_of(data, **options):
    """The numbers of the rows of each part, after a check that targets went with them."""
    search, test = tasks.split(data, **options)
    for x, y in ((search.x, search.y), (search.x_valid, search.y_valid), (test.x, test.y)):
        np.testing.assert_array_equal(y if x is not None else 0, data.y[rows(x)] if x is not None else 0)
    assert (search.weight, search.x_test, test.x_test, test.x_valid) == (None,) * 4
    return rows(search.x), rows(search.x_valid), rows(test.x)


@given(st.integers(10, 60), st.sampled_from([0.0, 0.1, 0.25]), st.sampled_from([0.1, 0.3, 0.5]), st.integers(0, 9))
def test_every_row_is_in_one_part(n, validation, test, seed):
    found = parts_of(numbered(n), test=test, validation=validation, seed=seed)
    assert sorted(chain.from_iterable(found)) == list(range(n))
    assert abs(len(found[2]) - test * n) <= 0.5
    assert abs(len(found[1]) - validation * n) <= 1
    assert found == parts_of(numbered(n), test=test, validation=validation, seed=seed)
    assert found != parts_of(numbered(n), test=test, validation=validation, seed=seed + 1)


def test_without_validation_rows_there_are_none():
    search, test = tasks.split(numbered(10), 0.3)
    assert (search.x_valid, search.y_valid) == (None, None)
    assert (len(search.x), len(test.x)) == (7, 3)


def test_rows_are_in_random_order_and_keep_their_precision():
    x = np.arange(100, dtype=np.float32)[:, None]
    search, test = tasks.split(tasks.data(x, x), validation=0.2)
    for part in (search.x, search.x_valid, test.x):
        assert part.dtype == np.float32
        assert rows(part) != sorted(rows(part))


@given(st.lists(st.sampled_from("abc"), min_size=30, max_size=80), st.booleans())
def test_stratified_parts_have_their_share_of_every_class(labels, two_values):
    labels = [*"aaaaaaabbbbbbbccccccc", *labels]
    data = numbered(len(labels), labels)
    if two_values:
        data = tasks.data(data.x, 2 * data.y[:, :1] - 1)
    for kind in np.unique(data.y, axis=0):
        members = np.flatnonzero((data.y == kind).all(axis=1)).tolist()
        found = parts_of(data, test=0.2, validation=0.3, stratified=True)
        for part, share in zip(found, (0.5, 0.3, 0.2), strict=True):
            assert abs(len(set(part) & set(members)) - share * len(members)) <= 1
        for fold in tasks.folds(data, 3, stratified=True).values():
            assert abs((fold.weight[members] == 0).sum() - len(members) / 3) < 1
            assert abs((fold.y_test == kind).all(axis=1).sum() - len(members) / 3) < 2


@given(st.integers(15, 40), st.integers(5, 10), st.integers(0, 100))
def test_no_fold_lacks_a_class(num_rows, positives, seed):
    data = numbered(num_rows, ["yes"] * positives + ["no"] * (num_rows - positives))
    folds = tasks.folds(data, 5, seed=seed, stratified=True)
    assert {len(fold.y_test) for fold in folds.values()} == {num_rows // 5}
    assert all(fold.y_test.any(axis=0).all() for fold in folds.values())


@given(st.lists(st.integers(0, 9), min_size=20, max_size=60), st.booleans())
def test_no_group_is_on_two_sides(groups, texts):
    groups = [*range(10), *groups]
    labels = [f"person {one}" for one in groups] if texts else np.array(groups)
    data = numbered(len(groups))
    found = [{groups[row] for row in part} for part in parts_of(data, test=0.2, validation=0.2, groups=labels)]
    assert [len(one) for one in found] == [6, 2, 2]
    assert set.union(*found) == set(range(10))
    for fold in tasks.folds(data, 2, groups=labels).values():
        held_out = {groups[row] for row in np.flatnonzero(fold.weight == 0)}
        assert held_out.isdisjoint({groups[row] for row in np.flatnonzero(fold.weight)})
        assert {groups[row] for row in rows(fold.x_test)} <= held_out


@given(st.integers(2, 40), st.integers(2, 7), st.integers(0, 5))
def test_folds_hold_every_row_out_once(n, k, seed):
    data = numbered(n)
    if n < k:
        with pytest.raises(ValueError, match=rf"^k={k} is more than the number of rows, {n}"):
            tasks.folds(data, k, seed=seed)
        return
    folds = tasks.folds(data, k, seed=seed)
    assert list(folds) == [f"fold {i}" for i in range(k)]
    held_out = [np.flatnonzero(fold.weight == 0).tolist() for fold in folds.values()]
    assert sorted(chain.from_iterable(held_out)) == list(range(n))
    assert {len(part) for part in held_out} <= {n // k, n // k + 1}
    for part, fold in zip(held_out, folds.values(), strict=True):
        assert set(rows(fold.x_test)) <= set(part)
        assert len(fold.x_test) == n // k == len(set(rows(fold.x_test)))
        np.testing.assert_array_equal(fold.y_test, data.y[rows(fold.x_test)])
        np.testing.assert_array_equal(fold.x, data.x)
        assert set(fold.weight) == {0, 1}
    again = tasks.folds(data, k, seed=seed)
    assert all((again[name].weight == fold.weight).all() for name, fold in folds.items())


def test_groups_of_many_sizes_make_parts_of_about_one():
    """The largest group first, each to the smallest part: 8 + 1, 5 + 4 and 6 + 3 rows."""
    groups = np.repeat(np.arange(6), [8, 1, 5, 4, 6, 3])
    folds = tasks.folds(numbered(27), 3, groups=groups)
    assert sorted(int((fold.weight == 0).sum()) for fold in folds.values()) == [9, 9, 9]
    uneven = tasks.folds(numbered(15), 2, groups=np.repeat([0, 1], [9, 6]))
    assert [len(fold.x_test) for fold in uneven.values()] == [6, 6]
    assert sorted(int((fold.weight == 0).sum()) for fold in uneven.values()) == [6, 9]


def test_groups_may_be_stratified_where_each_has_one_class():
    labels = np.repeat(["a", "b"], 20)
    groups = np.arange(40) // 2
    data = numbered(40, labels.tolist())
    for part in parts_of(data, test=0.2, validation=0.2, groups=groups, stratified=True):
        assert {groups[row] for row in part}.isdisjoint({groups[row] for row in range(40) if row not in part})
        assert len([row for row in part if row < 20]) == len(part) / 2
    for fold in tasks.folds(data, 5, groups=groups, stratified=True).values():
        assert (fold.weight[:20] == 0).sum() == (fold.weight[20:] == 0).sum() == 4


def test_folds_are_the_tasks_of_a_sweep_and_their_rows_do_not_train():
    """A row that is far from the others moves only the networks of folds in which it trains."""
    x = np.linspace(-1, 1, 10)[:, None]
    given = dict(hidden=(2,), num_steps=20, learning_rate=0.1, progress=False)
    given |= {"compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}  # in the shortest time
    clean = nnjax.sweep(tasks.folds(tasks.data(x, x), 5), **given)
    spoiled = nnjax.sweep(tasks.folds(tasks.data(x, np.where(x == 1, 100, x)), 5), **given)
    assert clean.train_loss.dims == ("task", "seed")
    moved = (clean.train_loss != spoiled.train_loss).values[:, 0]
    held_out = [fold.weight[-1] == 0 for fold in tasks.folds(tasks.data(x, x), 5).values()]
    assert moved.tolist() == [not one for one in held_out]
    assert ((spoiled.test_loss > 1000) == np.array(held_out)[:, None]).all()


def test_parts_are_standardized_by_their_training_rows_alone():
    x = np.random.default_rng(0).normal(3, 5, (20, 2))
    plain, kept = tasks.split((x, x), validation=0.2)
    search, test = tasks.split((x, x), validation=0.2, standardize=True)
    mean, scale = plain.x.mean(axis=0), plain.x.std(axis=0)
    for found, part in ((search.x, plain.x), (search.x_valid, plain.x_valid), (test.x, kept.x)):
        np.testing.assert_array_equal(found, (part - mean) / scale)
    np.testing.assert_array_equal(search.y, plain.y)
    for fold, whole in zip(tasks.folds((x, x), standardize=True).values(), tasks.folds((x, x)).values(), strict=True):
        rows = x[whole.weight > 0]
        np.testing.assert_array_equal(fold.x, (x - rows.mean(axis=0)) / rows.std(axis=0))
        np.testing.assert_array_equal(fold.x_test, (whole.x_test - rows.mean(axis=0)) / rows.std(axis=0))


def test_tuples_with_texts_have_one_hot_targets():
    search, test = tasks.split((range(20), ["a", "b"] * 10), stratified=True)
    assert (search.y.sum(axis=0).tolist(), test.y.sum(axis=0).tolist()) == ([8, 8], [2, 2])


DATA = numbered(10)
CLASSES = numbered(10, list("aabbbbbbbb"))
BAD_SPLITS = [
    (dict(test=0), r"^test=0 must be a fraction of the rows, above 0 and below 1"),
    (dict(test=1.0), r"^test=1.0 must be a fraction"),
    (dict(test=3), r"^test=3 must be a fraction"),
    (dict(test=-0.1), r"^test=-0.1 must be"),
    (dict(test=np.nan), r"^test=nan must be"),
    (dict(test=True), r"^test=True must be"),
    (dict(test="0.2"), r"^test='0.2' must be"),
    (dict(test=[0.2]), r"^test=\[0.2\] must be"),
    (dict(validation=None), r"^validation=None must be a fraction of the rows, 0 or more and below 1"),
    (dict(validation=1.5), r"^validation=1.5 must be"),
    (dict(test=0.5, validation=0.5), r"^test=0.5 and validation=0.5 must sum to less than 1"),
    (dict(test=0.01), r"^test=0.01 and validation=0.0 of 10 rows leave no test rows"),
    (dict(validation=0.01), r"^test=0.2 and validation=0.01 of 10 rows leave no validation rows"),
    (dict(test=0.99), r"^test=0.99 and validation=0.0 of 10 rows leave no training rows"),
    (dict(data=CLASSES, stratified=True, test=0.1), r"^test=0.1 .* of 2 rows of class 0 leave no test rows: give more"),
    (dict(groups=[0] * 5 + [1] * 5, test=0.1), r"^test=0.1 .* of 2 groups leave no test groups"),
]
BAD_FOLDS = [
    (dict(k=1), r"^k=1 must be a whole number of 2 or more"),
    (dict(k=2.0), r"^k=2.0 must be"),
    (dict(k=True), r"^k=True must be"),
    (dict(k=11), r"^k=11 is more than the number of rows, 10"),
    (dict(k=3, groups=[0] * 5 + [1] * 5), r"^k=3 is more than the number of groups, 2"),
    (dict(data=CLASSES, k=3, stratified=True), r"^k=3 is more than the number of rows of class 0, 2"),
]
BAD_BOTH = [
    (dict(data=DATA._replace(weight=np.ones(10))), r"^data has weight, which splitting the rows would lose"),
    (dict(data=DATA._replace(x_test=DATA.x, y_test=DATA.y)), r"^data has x_test, which splitting"),
    (dict(data=DATA.x), r"^data=ndarray must be Data"),
    (dict(data=(DATA.x, DATA.y) * 2), r"^data has x_test, which splitting"),
    (dict(standardize="yes"), r"^standardize='yes' must be True or False"),
    (dict(seed=-1), r"^seed=-1 must be a whole number of 0 or more"),
    (dict(seed=None), r"^seed=None must be"),
    (dict(stratified=True), r"^stratified=True needs classes: y must be one-hot, or one column of two values"),
    (dict(stratified="yes"), r"^stratified='yes' must be True or False"),
    (dict(groups=[0, 1]), r"^groups has 2 labels, but there are 10 rows"),
    (dict(groups=[0.5] * 10), r"^groups\[0\]=0.5 is not a label"),
    (dict(groups=[None, 1] * 5), r"^groups\[0\]=None is not a label"),
    (dict(groups=np.ones((10, 1))), r"^groups of type ndarray has shape \(10, 1\)"),
    (
        dict(data=CLASSES, stratified=True, groups=list("pqpqrrssrr")),
        r"^group 'p' of groups has rows of several classes",
    ),
]


@pytest.mark.parametrize(("given", "message"), BAD_SPLITS + BAD_BOTH)
def test_what_cannot_be_split_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        tasks.split(**{"data": DATA, **given})


@pytest.mark.parametrize(("given", "message"), BAD_FOLDS + BAD_BOTH)
def test_what_cannot_be_folded_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        tasks.folds(**{"data": DATA, "k": 2, **given})
