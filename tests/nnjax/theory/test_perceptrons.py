"""Bounds and counts of theorems, held against counting by hand and by linear programming."""

import itertools

import numpy as np
import pytest

from nnjax import theory
from nnjax.theory import separability


# By hand: N points on a line and a plane through the origin (d = 1) have 2 labellings, in the plane 2 N.
@pytest.mark.parametrize(
    ("num_points", "dim", "count"), [(1, 1, 2), (5, 1, 2), (3, 2, 6), (4, 2, 8), (4, 3, 14), (5, 5, 32), (4, 9, 16)]
)
def test_covers_count_by_hand(num_points, dim, count):
    assert theory.cover_count(num_points, dim) == count
    assert theory.cover_fraction(num_points, dim) == count / 2**num_points


@pytest.mark.parametrize(("num_points", "dim", "bias"), [(4, 2, False), (5, 2, True), (6, 3, False), (6, 3, True)])
def test_covers_count_is_that_of_all_labellings(num_points, dim, bias):
    """Of points in general position exactly so many labellings are separable, wherever the points lie."""
    x = np.random.default_rng(0).normal(size=(num_points, dim))
    found = [separability.separate(x, np.array(y), bias) for y in itertools.product((0, 1), repeat=num_points)]
    assert all(one.proved for one in found)
    assert sum(one.separable for one in found) == theory.cover_count(num_points, dim + bias)


def test_covers_count_obeys_its_recursion_and_is_half_at_twice_the_dimension():
    """A new point splits the labellings that a plane through it can have: C(N + 1, d) = C(N, d) + C(N, d - 1)."""
    for n, d in itertools.product(range(1, 30), range(2, 12)):
        assert theory.cover_count(n + 1, d) == theory.cover_count(n, d) + theory.cover_count(n, d - 1)
    for d in (1, 5, 40, 400):
        assert theory.cover_fraction(2 * d, d) == 0.5
        assert theory.cover_fraction(d, d) == 1.0


@pytest.mark.parametrize(
    ("arguments", "name"), [((0, 1), "num_points=0"), ((3, 0), "dim=0"), ((True, 2), "num_points=True")]
)
def test_covers_count_refuses_nothing(arguments, name):
    with pytest.raises(ValueError, match=f"^{name} must be a whole number of 1 or more"):
        theory.cover_count(*arguments)


# AND and OR, computed twice: 51 and 27 with inputs 0 and 1, 9 for both with -1 and 1.
@pytest.mark.parametrize(
    ("low", "truth", "bound"), [(0, "0001", 51), (0, "0111", 27), (-1, "0001", 9), (-1, "0111", 9)]
)
def test_novikoffs_bound_of_the_gates(low, truth, bound):
    x, y = np.array(list(itertools.product([low, 1], repeat=2))), np.array([int(bit) for bit in truth])
    best = separability.widest_margin(x, y)
    np.testing.assert_allclose(theory.novikoff_bound(x, y, best.w, best.b), bound, rtol=1e-12)
    # Any other unit that separates gives a greater bound; its length does not matter.
    assert theory.novikoff_bound(x, y, best.w, best.b + 0.1) > bound
    np.testing.assert_allclose(theory.novikoff_bound(x, y, 7 * best.w, 7 * best.b), bound, rtol=1e-12)


def test_novikoffs_bound_asks_for_a_unit_that_separates():
    with pytest.raises(ValueError, match=r"^w=.*does not separate the rows"):
        theory.novikoff_bound(np.eye(2), np.array([0, 1]), np.array([1.0, 1.0]))
