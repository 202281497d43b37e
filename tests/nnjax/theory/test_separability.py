"""Whether a unit separates: every answer comes with a proof that is checked, and a broken proof is refused."""

import itertools

import jaxtyping
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax import tasks
from nnjax.theory import separability

XOR = np.array([0, 1, 1, 0])
whole_rows = st.lists(st.tuples(*[st.integers(-3, 3)] * 3), min_size=2, max_size=9)
labels = st.lists(st.booleans(), min_size=9, max_size=9)


def check(x, y, found, bias=True):
    """The proof that comes with an answer, checked once more and by hand, in whole numbers where they are."""
    signs = np.where(y, 1, -1)
    rows = np.hstack([x, np.ones((len(x), 1), x.dtype)]) if bias else x
    assert found.proved
    if found.separable:
        assert (signs * (x @ found.w + found.b) > 0).all()
        assert (found.multipliers == 0).all()
    else:
        assert found.multipliers.dtype == int
        assert (found.multipliers >= 0).all()
        assert found.multipliers.any()
        assert not ((signs * found.multipliers) @ rows).any()
        assert np.isnan(found.b)


@given(whole_rows, labels, st.booleans())
def test_every_answer_has_its_proof(points, classes, bias):
    x, y = np.array(points), np.array(classes[: len(points)])
    found = separability.separate(x, y, bias)
    check(x, y, found, bias)
    margin = separability.widest_margin(x, y, bias)
    assert (margin is not None) == found.separable
    if margin is not None:
        assert separability.separates(x, y, margin.w, margin.b)
        # No unit keeps further away; the one that was found by linear programming does not.
        w, b = found.w, found.b
        assert (np.where(y, 1, -1) * (x @ w + b)).min() / np.sqrt(w @ w + b * b) <= margin.margin * (1 + 1e-9)
        np.testing.assert_allclose(np.where(y, 1, -1) * margin.multipliers @ x, margin.w, atol=1e-8)


@given(st.integers(0, 65_535), st.permutations(range(4)), st.tuples(*[st.booleans()] * 4), st.booleans())
def test_symmetries_keep_the_verdict(function, order, negated, complement):
    """Permuting or negating inputs, or negating the output, changes neither the verdict nor the margin."""
    x = tasks.boolean_inputs(4)
    y = tasks.truth_tables(np.array([function], np.uint64), 4)[0]
    turned = (x * np.where(negated, -1, 1))[:, order]
    before, after = separability.separate(x, y), separability.separate(turned, y ^ complement)
    assert before.separable == after.separable
    assert before.proved
    assert after.proved
    margins = [separability.widest_margin(*rows) for rows in ((x, y), (turned, y ^ complement))]
    if before.separable:
        np.testing.assert_allclose(margins[0].margin, margins[1].margin, rtol=1e-9)
    else:
        assert margins == [None, None]


def test_the_certificate_of_xor():
    found = separability.separate(tasks.boolean_inputs(2, 0, 1), XOR)
    assert found.multipliers.tolist() == [1, 1, 1, 1]
    assert separability.equal_sums(tasks.boolean_inputs(2), XOR[None] == 1).tolist() == [[1, 2, 0, 3]]


def test_without_a_bias_planes_go_through_the_origin():
    x, y = np.array([[1.0], [2.0]]), np.array([0, 1])
    assert separability.separate(x, y).separable
    assert not separability.separate(x, y, bias=False).separable
    assert separability.widest_margin(x, y, bias=False) is None


# Margins by hand: the bias is an input of 1, so AND on {0, 1} has w = (2, 2), b = -3 and 1 / sqrt(17).
@pytest.mark.parametrize(
    ("low", "truth", "square"), [(0, [0, 0, 0, 1], 17), (0, [0, 1, 1, 1], 9), (-1, [0, 0, 0, 1], 3)]
)
def test_margins_by_hand(low, truth, square):
    margin = separability.widest_margin(tasks.boolean_inputs(2, low, 1), np.array(truth))
    np.testing.assert_allclose(margin.margin, square**-0.5, rtol=1e-12)


@pytest.mark.parametrize("num_inputs", [2, 3, 4])
def test_four_rows_of_equal_sum_forbid_exactly_the_inseparable_functions(num_inputs):
    x, functions = tasks.boolean_inputs(num_inputs), tasks.all_functions(num_inputs)
    tables = tasks.truth_tables(functions, num_inputs)
    four = separability.equal_sums(x, tables)
    found = four[:, 0] >= 0
    assert (~found).sum() == {2: 14, 3: 104, 4: 1882}[num_inputs]
    true, false = four[found][:, :2], four[found][:, 2:]
    places = np.arange(len(functions))[found][:, None]
    assert tables[places, true].all()
    assert not tables[places, false].any()
    np.testing.assert_array_equal(x[true].sum(axis=1), x[false].sum(axis=1))
    assert (four[~found] == -1).all()


@given(st.integers(0, 2**32 - 1))
def test_points_in_general_position_are_decided_beyond_rounding(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 9))
    n = int(rng.integers(1, 5 * d))
    x, y = rng.normal(size=(n, d)), rng.integers(0, 2, n)
    for bias in (True, False):
        found = separability.separate(x, y, bias)
        assert found.proved
        assert found.separable == (separability.widest_margin(x, y, bias) is not None)


def test_a_broken_proof_is_refused():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 4)), rng.integers(0, 2, 30)
    found = separability.separate(x, y)
    assert not found.separable
    assert separability.certificate_holds(x, y, found.multipliers)
    used = np.flatnonzero(found.multipliers)
    assert len(used) == 6  # as many as the space has dimensions, bias included, and one more
    for row in used:
        for broken in (0.0, -1.0, 10.0, np.nan):
            multipliers = found.multipliers.copy()
            multipliers[row] = broken
            assert not separability.certificate_holds(x, y, multipliers)
        # A change that the others can take up proves as much.
        multipliers[row] = found.multipliers[row] * (1 + 1e-6)
        assert separability.certificate_holds(x, y, multipliers)
    assert not separability.certificate_holds(x, y, np.zeros(30))
    assert not separability.certificate_holds(tasks.boolean_inputs(2), XOR, np.array([1, 1, 1, 2]))
    assert not separability.separates(tasks.boolean_inputs(2), np.array([0, 0, 0, 1]), np.array([1.0, 1.0]), -2.0)


def test_a_row_on_the_plane_is_not_separated():
    """One in which rounding alone would decide: 0.1 + 0.2 - 0.3 is positive in floating point."""
    x = np.array([[0.1, 0.2], [0.0, 0.0]])
    assert 0.1 * 1.0 + 0.2 * 1.0 - 0.3 > 0
    assert not separability.separates(x, np.array([1, 0]), np.array([1.0, 1.0]), -0.3)


def test_sums_that_do_not_fit_into_64_bits_prove_nothing():
    """64 rows of 2^29, each taken 2^29 times, add up to 2^64: 0 in 64 bits."""
    x, y, times = np.full((64, 1), 2**29), np.ones(64), np.full(64, 2**29)
    assert not separability.certificate_holds(x, y, times, bias=False)
    assert separability.separate(x, y, bias=False).separable


@pytest.mark.parametrize("scale", [1e-10, 1e-3, 1e5, 1e10])
def test_the_unit_of_measurement_changes_no_verdict(scale):
    x = np.array([[1.0], [2.0], [4.0]]) * scale
    for y, bias, separable in (([0, 1, 1], True, True), ([0, 1, 1], False, False), ([0, 1, 0], True, False)):
        found = separability.separate(x, np.array(y), bias)
        assert found.separable is separable
        assert found.proved
    margin = separability.widest_margin(np.array([[scale], [-scale]]), np.array([1, 0]), bias=False)
    np.testing.assert_allclose(margin.margin, scale)


def test_what_cannot_be_proved_is_undecided():
    """Equal real rows of two classes: inseparable, but rows that span no more than a line leave rounding in charge."""
    found = separability.separate(np.array([[0.1, 0.7], [0.1, 0.7]]), np.array([0, 1]))
    assert (found.separable, found.proved) == (None, False)
    with pytest.raises(ArithmeticError):
        separability.widest_margin(np.array([[0.1, 0.7], [0.1, 0.7]]), np.array([0, 1]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_must_be_finite(value):
    for decide in (separability.separate, separability.widest_margin):
        with pytest.raises(ValueError, match=r"^x has 1 numbers that are not finite"):
            decide(np.array([[1.0], [value]]), np.array([0, 1]))


def test_products_too_small_to_be_exact_prove_nothing():
    x, w = np.array([[3e-324, 2e-162, 2e-162]]), np.array([0.6, -1e-162, -1e-162])
    assert not separability.separates(x, np.array([1]), w)


def test_a_single_class_is_separable():
    for y in (np.ones(3), np.zeros(3)):
        found = separability.separate(np.array([[1.0], [1.0], [5.0]]), y)
        assert found.separable
        assert found.proved


def test_equal_rows_of_two_classes_are_not():
    found = separability.separate(np.array([[1, 2], [1, 2]]), np.array([0, 1]))
    assert not found.separable
    assert found.multipliers.tolist() == [1, 1]


def test_lengths_must_agree():
    for decide in (separability.separate, separability.widest_margin):
        # In the tests the check of shapes comes first.
        with pytest.raises((ValueError, jaxtyping.TypeCheckError)):
            decide(np.ones((4, 2)), np.ones(3))


def test_every_learnable_function_of_four_inputs_has_a_margin():
    """One of each class: other orders and signs of the inputs, and the opposite answers, change no margin."""
    x, tables = tasks.boolean_inputs(4), tasks.truth_tables(tasks.all_functions(4), 4)
    learnable = separability.equal_sums(x, tables)[:, 0] < 0
    least, sizes, _ = tasks.symmetry_classes(tasks.all_functions(4)[learnable], 4, negations=True)
    squares = [separability.widest_margin(x, y).margin ** -2 for y in tasks.truth_tables(least, 4)]
    assert sizes.sum() == 1882
    assert min(squares) == pytest.approx(1)  # one input alone; a constant takes the bias alone


def test_the_widest_margin_is_found_where_many_rows_tie():
    """Every separable monotone function of 5 inputs; SciPy's solver needs a second order of the rows for some."""
    x, functions = tasks.boolean_inputs(5), tasks.monotone_functions(5)
    least, sizes, _ = tasks.symmetry_classes(functions, 5)
    margins = [separability.widest_margin(x, y) for y in tasks.truth_tables(least, 5)]
    separable = np.array([margin is not None for margin in margins])
    counts = sizes * 2 ** tasks.essential_inputs(tasks.truth_tables(least, 5))
    assert counts[separable].sum() == 94_572  # OEIS A000609
    for margin, y in itertools.compress(zip(margins, tasks.truth_tables(least, 5), strict=True), separable):
        sums = np.where(y, 1, -1) * (x @ margin.w + margin.b)
        np.testing.assert_allclose(sums[margin.multipliers > 1e-9], 1, atol=1e-8)
