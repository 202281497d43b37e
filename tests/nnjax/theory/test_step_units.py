"""Random step units: probabilities that are known, separability by linear programming, and a simulation."""

import itertools
import math

import numpy as np
import pytest

from nnjax.theory import separability, step_units

XOR = np.array([0, 1, 1, 0])


def test_the_eight_units_without_a_bias_are_angles_of_the_plane():
    """A line through 00 leaves it off; the direction of the weights lies in an eighth of the circle or in a quarter."""
    found = step_units.pattern_probabilities(bias_std=0.0)
    known = {(0, 0, 0, 0): 1 / 4, (0, 1, 1, 1): 1 / 4} | {
        (0, *rest): 1 / 8 for rest in ((0, 1, 0), (1, 0, 0), (0, 1, 1), (1, 0, 1))
    }
    assert found == pytest.approx(known, abs=1e-12)


def test_with_biases_all_fourteen_separable_functions_appear_and_flipping_a_unit_changes_nothing():
    for low in (0.0, -1.0):
        found = step_units.pattern_probabilities(bias_std=0.7, low=low)
        assert len(found) == 14
        assert sum(found.values()) == pytest.approx(1, abs=1e-12)
        for pattern, probability in found.items():
            assert found[tuple(1 - bit for bit in pattern)] == pytest.approx(probability, rel=1e-9)


def test_corners_of_a_square_around_the_origin_are_solid_angles():
    """Inputs -1 and 1, biases as wide as the weights: on everywhere means bias > |w1| + |w2|, a spherical square.

    Its area is the sum of its four angles less 2 pi (Girard), each between two planes such as b + w1 + w2 = 0 and
    b + w1 - w2 = 0, whose normals have the cosine 1/3.
    """
    angle = np.arccos(-1 / 3)
    area = (4 * angle - 2 * np.pi) / (4 * np.pi)
    assert step_units.pattern_probabilities(1.0, low=-1.0)[1, 1, 1, 1] == pytest.approx(area, rel=1e-9)


def test_separability_is_that_of_linear_programming():
    patterns = [p for p in itertools.product((0, 1), repeat=4) if p not in ((0, 1, 1, 0), (1, 0, 0, 1))]
    rng = np.random.default_rng(0)
    layers = np.array([[patterns[i] for i in rng.integers(14, size=3)] for _ in range(60)])
    said = step_units.xor_separable(layers)
    proved = [separability.separate(layer.T.astype(float), XOR) for layer in layers]
    assert all(one.proved for one in proved)
    np.testing.assert_array_equal(said, [one.separable for one in proved])
    assert 0 < said.sum() < 60


def test_two_units_without_a_bias_solve_xor_once_in_32():
    """By hand: one unit fires for 01 alone and the other for 10 alone, 2 / 64; no other pair is separable."""
    assert step_units.xor_probability(2, bias_std=0.0) == pytest.approx(1 / 32, rel=1e-12)
    assert step_units.xor_probability(8, bias_std=0.0, low=-1.0) == pytest.approx(0, abs=1e-12)
    assert step_units.xor_probability(1) == pytest.approx(0, abs=1e-12)  # no single unit


@pytest.mark.parametrize(("low", "bias_std"), [(0.0, 1.0), (-1.0, 0.5)])
def test_the_probability_is_that_of_a_simulation(low, bias_std):
    rng = np.random.default_rng(1)
    x = np.array(step_units.CORNERS) * (1 - low) + low
    for num_units in (3, 6):
        w, b = rng.normal(size=(40_000, num_units, 2)), bias_std * rng.normal(size=(40_000, num_units, 1))
        share = step_units.xor_separable((w @ x.T + b > 0).astype(int)).mean()
        assert step_units.xor_probability(num_units, bias_std, low) == pytest.approx(share, abs=4 * 0.5 / 200)


def cone(planes, sides):
    """The share of all directions on these sides of planes [p, 3] through the origin: an area on the sphere."""
    planes = np.where(sides, 1.0, -1.0)[:, None] * planes
    corners = np.array([np.cross(a, b) for a, b in itertools.permutations(planes, 2)])
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    corners = np.unique(np.round(corners[(corners @ planes.T > -1e-9).all(axis=1)], 12), axis=0)
    if len(corners) < 3:
        return 0.0
    middle = corners.mean(axis=0) / np.linalg.norm(corners.mean(axis=0))
    east = np.cross(middle, corners[0])
    place = np.arctan2(corners @ east, corners @ np.cross(east, middle))
    a, *others = corners[np.argsort(place)]
    turned = [
        2 * math.atan2(abs(a @ np.cross(b, c)), 1 + a @ b + b @ c + c @ a) for b, c in itertools.pairwise(others)
    ]  # the area of each triangle (van Oosterom & Strackee 1983)
    return sum(turned) / (4 * math.pi)


@pytest.mark.parametrize(("low", "published"), [(0.0, 0.534), (-1.0, 0.899)])
def test_the_exact_share_of_eight_units_follows_from_solid_angles_and_linear_programs(low, published):
    """In another way than `xor_probability`: each set of outputs that units can have is tried for separability,
    and its probability follows from those of its subsets."""
    corners = np.array(step_units.CORNERS) * (1 - low) + low
    planes = np.column_stack([corners, np.ones(4)])
    found = {sides: cone(planes, np.array(sides, bool)) for sides in itertools.product((0, 1), repeat=4)}
    assert sum(found.values()) == pytest.approx(1, abs=1e-9)
    # A unit and its opposite ask for the same, and one that is always on or off for nothing.
    kinds = [sides for sides in found if sides[0] == 0 and any(sides) and found[sides] > 1e-9]
    share = {sides: found[sides] + found[tuple(1 - bit for bit in sides)] for sides in kinds}
    sets = [frozenset(some) for size in range(len(kinds) + 1) for some in itertools.combinations(kinds, size)]
    within = {some: (1 - sum(share[one] for one in kinds if one not in some)) ** 8 for some in sets}

    def separable(some):
        images = np.array([*some], float).T.reshape(4, -1)
        return separability.separate(images, XOR).separable if some else False

    total = sum(
        (-1) ** len(some - fewer) * within[fewer] for some in sets if separable(some) for fewer in sets if fewer <= some
    )
    assert total == pytest.approx(step_units.xor_probability(8, 1.0, low), abs=1e-9)
    assert total == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: step_units.xor_probability(0), "num_units=0"),
        (lambda: step_units.pattern_probabilities(-1.0), "bias_std=-1.0"),
        (lambda: step_units.pattern_probabilities(1.0, 1.0, 1.0), "low=1.0"),
        (lambda: step_units.xor_separable(np.full((2, 4), 0.5)), "outputs from 0.5 to 0.5"),
    ],
)
def test_what_makes_no_sense_is_named(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
