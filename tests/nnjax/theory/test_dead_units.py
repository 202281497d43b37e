"""ReLU units that are off: probabilities counted by hand, published ones, and a simulation."""

import numpy as np
import pytest

from nnjax.theory import dead_units, mean_field


def test_born_dead_by_hand():
    assert dead_units.born_dead([1]) == pytest.approx(1 / 2, rel=1e-15)
    assert dead_units.born_dead([2, 2]) == pytest.approx(7 / 16, rel=1e-15)
    assert dead_units.born_dead([1, 3]) == pytest.approx(9 / 16, rel=1e-15)
    assert dead_units.born_dead([2] * 10) == pytest.approx(1 - 0.75**10, rel=1e-14)
    # 100 layers of 60 units: 1 - (1 - 2^-60)^100, all digits of which 1 - prod would lose.
    assert dead_units.born_dead([60] * 100) == pytest.approx(100 * 2.0**-60, rel=1e-14)


# Orthants of equally correlated normal variables: Sheppard 1899 for two, David 1953 (Biometrika 40, 458-459) for three.
@pytest.mark.parametrize("r", [0.0, 0.2, 0.5, 0.9, 0.99])
def test_orthants_of_two_and_three_variables(r):
    assert dead_units.all_negative(1, r) == pytest.approx(1 / 2, rel=1e-11)
    assert dead_units.all_negative(2, r) == pytest.approx(1 / 4 + np.arcsin(r) / (2 * np.pi), rel=1e-9)
    assert dead_units.all_negative(3, r) == pytest.approx(1 / 8 + 3 * np.arcsin(r) / (4 * np.pi), rel=1e-9)


def test_orthants_of_many_variables():
    for n in (4, 40, 400):
        assert dead_units.all_negative(n, 0.0) == pytest.approx(0.5**n, rel=1e-10)
        assert dead_units.all_negative(n, 0.5) == pytest.approx(1 / (n + 1), rel=1e-10)
        assert dead_units.all_negative(n, 1.0) == 0.5


def relu_correlation(c):
    """That of a layer of He's weights, from that of the layer before."""
    return mean_field.correlation_map(mean_field.expectations("relu"), c, 1.0, 2.0, 0.0)


def test_the_correlation_map_has_its_fixed_point_at_one_and_known_values():
    """c = 0 gives 1/pi, -1 gives 0; near 1 it is c + (2 sqrt 2 / 3 pi) (1 - c)^(3/2) (Cho & Saul 2009)."""
    np.testing.assert_allclose([relu_correlation(c) for c in (-1.0, 0.0, 1.0)], [0, 1 / np.pi, 1], atol=1e-15)
    near = 1 - 1e-5
    rise = 2 * np.sqrt(2) / (3 * np.pi) * 1e-5**1.5
    assert relu_correlation(near) - near == pytest.approx(rise, rel=1e-3)


def test_the_correlation_map_and_the_share_that_is_on_are_those_of_one_wide_layer():
    rng = np.random.default_rng(0)
    x = np.array([[1.0, 0.0], [0.6, 0.8]])
    h = np.maximum(x @ rng.normal(size=(2, 400_000)), 0)
    measured = (h[0] @ h[1]) / np.linalg.norm(h[0]) / np.linalg.norm(h[1])
    assert relu_correlation(0.6) == pytest.approx(measured, abs=3e-3)
    np.testing.assert_allclose(
        dead_units.share_on(3, 2), [7 / 8, 1 - dead_units.all_negative(3, 1 / np.pi)], rtol=1e-12
    )
    assert (np.diff(dead_units.share_on(40, 30)) < 0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dead_units.born_dead([]), r"widths=\[\]"),
        (lambda: dead_units.born_dead([3, 0]), "widths=0"),
        (lambda: dead_units.all_negative(0, 0.5), "num=0"),
        (lambda: dead_units.all_negative(2, -0.1), "correlation=-0.1"),
        (lambda: dead_units.share_on(3, 0), "depth=0"),
        (lambda: dead_units.share_on(0, 3), "num_examples=0"),
        (lambda: dead_units.share_on(3, True), "depth=True"),
    ],
)
def test_what_makes_no_sense_is_named(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
