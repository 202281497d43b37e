"""Boolean functions by the thousand: counts that are known, symmetries that hold, tables that read as they should."""

import itertools

import numpy as np
import pytest

from nnjax import tasks


def test_a_function_is_its_truth_table_in_binary():
    assert tasks.truth_tables(np.array([6], np.uint64), 2).tolist() == [[False, True, True, False]]
    for number, name in enumerate(tasks.BOOLEAN_NAMES):
        table = tasks.truth_tables(tasks.all_functions(2), 2)[number]
        np.testing.assert_array_equal(table, tasks.boolean(name).y[:, 0] == 1)
    np.testing.assert_array_equal(tasks.boolean_inputs(3, 0, 1), tasks.parity(3).x)


# Dedekind's numbers (OEIS A000372), and those of the monotone functions up to permutation (A003182).
@pytest.mark.parametrize(
    ("num_inputs", "count", "classes"), [(1, 3, 3), (2, 6, 5), (3, 20, 10), (4, 168, 30), (5, 7581, 210)]
)
def test_monotone_functions(num_inputs, count, classes):
    functions = tasks.monotone_functions(num_inputs)
    assert len(functions) == len(np.unique(functions)) == count
    assert (np.diff(functions.astype(float)) > 0).all()
    tables, x = tasks.truth_tables(functions, num_inputs), tasks.boolean_inputs(num_inputs)
    for low, high in itertools.product(range(len(x)), repeat=2):
        if (x[low] <= x[high]).all():
            assert (tables[:, low] <= tables[:, high]).all()
    least, sizes, label = tasks.symmetry_classes(functions, num_inputs)
    assert (len(least), sizes.sum(), label.max() + 1) == (classes, count, classes)


@pytest.mark.slow
def test_monotone_functions_of_six_inputs():
    functions = tasks.monotone_functions(6)
    assert len(functions) == 7_828_354
    assert len(tasks.symmetry_classes(functions, 6)[0]) == 16_353


def test_all_monotone_functions_of_three_inputs_are_there():
    """Found among all 256 by looking at every pair of rows."""
    tables, x = tasks.truth_tables(tasks.all_functions(3), 3), tasks.boolean_inputs(3)
    pairs = [(a, b) for a, b in itertools.product(range(8), repeat=2) if (x[a] <= x[b]).all()]
    monotone = np.all([tables[:, a] <= tables[:, b] for a, b in pairs], axis=0)
    np.testing.assert_array_equal(np.flatnonzero(monotone), tasks.monotone_functions(3))


# Classes under permuting and negating inputs and negating the output: 2, 4, 14, 222 (OEIS A000370).
@pytest.mark.parametrize(("num_inputs", "count"), [(1, 2), (2, 4), (3, 14), (4, 222)])
def test_classes_with_negations(num_inputs, count):
    functions = tasks.all_functions(num_inputs)
    least, sizes, label = tasks.symmetry_classes(functions, num_inputs, negations=True)
    assert len(least) == count
    assert sizes.sum() == len(functions)
    # Every class is what its least function becomes under all symmetries, listed one by one.
    x = tasks.boolean_inputs(num_inputs, 0, 1)
    weights = 2 ** np.arange(2**num_inputs)[::-1]
    for one in least[:: max(1, count // 20)]:
        table, orbit = tasks.truth_tables(np.array([one], np.uint64), num_inputs)[0], set()
        for order in itertools.permutations(range(num_inputs)):
            for flips in itertools.product((0, 1), repeat=num_inputs):
                places = (x[:, order] ^ np.array(flips)) @ 2 ** np.arange(num_inputs)[::-1]
                orbit |= {int(weights @ table[places]), int(weights @ ~table[places])}
        assert orbit == set(functions[label == label[int(one)]].tolist())
        assert min(orbit) == one


def test_functions_that_are_missing_or_too_large_are_told():
    for functions in ([1, 2, 6], [4, 2]):
        with pytest.raises(ValueError, match=r"^functions must be in ascending order, and closed"):
            tasks.symmetry_classes(np.array(functions, np.uint64), 2)
    with pytest.raises(ValueError, match=r"^functions goes up to 300: for 2 inputs all must be below 2\^4"):
        tasks.truth_tables(np.array([300], np.uint64), 2)


def test_essential_inputs_are_counted_row_by_row():
    functions = tasks.all_functions(3)
    cube = tasks.truth_tables(functions, 3).reshape(-1, 2, 2, 2)
    expected = sum((np.diff(cube, axis=axis).reshape(256, -1) != 0).any(axis=1) for axis in (1, 2, 3))
    np.testing.assert_array_equal(tasks.essential_inputs(tasks.truth_tables(functions, 3)), expected)
    assert tasks.essential_inputs(np.array([[0, 0, 0, 0], [0, 1, 1, 0]], bool)).tolist() == [0, 2]


# Regular functions up to 7 inputs: OEIS A132183. Those of 1 to 4 inputs are found among the monotone ones, too.
@pytest.mark.parametrize(("num_inputs", "count"), [(1, 3), (2, 5), (3, 10), (4, 27), (5, 119), (6, 1173)])
def test_regular_functions(num_inputs, count):
    tables = tasks.regular_functions(num_inputs)
    assert len(np.unique(tables, axis=0)) == len(tables) == count
    if num_inputs > 4:
        return
    x = tasks.boolean_inputs(num_inputs, 0, 1)
    # The later its ones, the weaker a row: b is no weaker than a where each of its sums from the front is no less.
    sums = np.cumsum(x, axis=1)
    pairs = [(a, b) for a, b in itertools.product(range(len(x)), repeat=2) if (sums[a] <= sums[b]).all()]
    everything = tasks.truth_tables(tasks.all_functions(num_inputs), num_inputs)
    regular = np.all([everything[:, a] <= everything[:, b] for a, b in pairs], axis=0)
    assert {*map(bytes, everything[regular])} == {*map(bytes, tables)}


def test_permutations_of_regular_functions_are_counted_one_by_one():
    tables, x = tasks.regular_functions(4), tasks.boolean_inputs(4, 0, 1)
    for table, count in zip(tables, tasks.permutations_of(tables), strict=True):
        orders = itertools.permutations(range(4))
        assert len({bytes(table[x[:, order] @ [8, 4, 2, 1]]) for order in orders}) == count


def test_monomials():
    x = np.array([[2, 3, 5], [1, -1, 1]])
    assert tasks.monomials(x, 1).tolist() == x.tolist()
    assert tasks.monomials(x, 2).tolist() == [[2, 3, 5, 6, 10, 15], [1, -1, 1, -1, 1, -1]]
    assert tasks.monomials(x, 3)[:, -1].tolist() == [30, -1]
    # On -1 and 1 all of them are orthogonal (the characters of the cube).
    features = tasks.monomials(tasks.boolean_inputs(4), 4)
    np.testing.assert_array_equal(features.T @ features, 16 * np.eye(15))
    for order in (0, 4):
        with pytest.raises(ValueError, match=f"^order={order} must be from 1 to 3"):
            tasks.monomials(x, order)


@pytest.mark.parametrize("make", [tasks.all_functions, tasks.monotone_functions])
@pytest.mark.parametrize("num_inputs", [0, 7, -1])
def test_numbers_of_inputs_that_are_refused(make, num_inputs):
    with pytest.raises(ValueError, match=r"^num_inputs=.* must be a whole number from 1 to"):
        make(num_inputs)
