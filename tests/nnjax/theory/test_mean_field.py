"""`nnjax.theory.mean_field`: expectations by another rule, and fixed points and depth scales that are known."""

import math

import jax
import numpy as np
import pytest

from nnjax import activations
from nnjax.theory import mean_field

ALL = sorted(set(activations.ACTIVATIONS) - {"softmax"})
# Depth scales of tanh with biases of variance 0.05, by the variance of the weights: adaptive quadrature in three
# digits; ghliu/mean-field-fcdnn on GitHub has 3.6, 15.1, 124, 27, 9.0, 7.0, which are read from rough ones.
TANH = {1.0: 3.63, 1.5: 15.79, 1.75: 426, 2.0: 25.2, 3.0: 9.05, 4.0: 6.98}


def by_hermite(g, q, c, num_nodes=120):
    """E g(u) g(v) by another rule, a grid of Gauss-Hermite nodes."""
    x, w = np.polynomial.hermite_e.hermegauss(num_nodes)
    w = w / math.sqrt(2 * math.pi)
    u, v = math.sqrt(q) * x[:, None], math.sqrt(q) * (c * x[:, None] + math.sqrt(1 - c * c) * x)
    return float(w @ (g(u) * g(v)) @ w)


def test_functions_and_slopes_are_those_of_jax():
    z = np.linspace(-6, 6, 240)  # 0, where some have a kink, lies between two

    def of_jax(z):
        return {name: jax.value_and_grad(activations.get(name))(z) for name in mean_field.SMOOTH}

    with jax.enable_x64(True):
        found = jax.jit(jax.vmap(of_jax))(z)
    for name, (f, slope) in mean_field.SMOOTH.items():
        values, slopes = found[name]
        np.testing.assert_allclose(values, f(z), 1e-11, 1e-13, err_msg=name)
        np.testing.assert_allclose(slopes, slope(z), 1e-11, 1e-13, err_msg=name)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "gelu", "silu", "sin", "cos"])
def test_smooth_expectations_agree_with_gauss_hermite(name):
    f = mean_field.expectations(name)
    waves = {"sin": (np.sin, np.cos), "cos": (np.cos, np.sin)}
    function, slope = (mean_field.SMOOTH | waves)[name]
    for q in (0.3, 2.0):
        assert f.square(q) == pytest.approx(by_hermite(function, q, 1.0), rel=1e-7)
        assert f.slope_square(q) == pytest.approx(by_hermite(slope, q, 1.0), rel=1e-6)
        for c in (0.0, 0.4, 0.99):
            assert f.product(q, c) == pytest.approx(by_hermite(function, q, c), rel=3e-8, abs=1e-10)
            assert f.slope_product(q, c) == pytest.approx(by_hermite(slope, q, c), rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("name", ALL)
def test_the_parts_of_one_activation_fit_together(name):
    f, q, step = mean_field.expectations(name), 0.7, 1e-5
    growth = (f.square(q + step) - f.square(q - step)) / (2 * step)
    assert f.square_growth(q) == pytest.approx(float(growth), rel=1e-6, abs=1e-9)
    assert f.product(q, 1.0) == pytest.approx(float(f.square(q)), rel=1e-10)
    assert f.slope_product(q, 1.0) == pytest.approx(float(f.slope_square(q)), rel=1e-10)
    # d/dc E f(u) f(v) = q E f'(u) f'(v) (Price 1958)
    rise = (f.product(q, 0.3 + step) - f.product(q, 0.3 - step)) / (2 * step)
    assert q * f.slope_product(q, 0.3) == pytest.approx(rise, rel=1e-6)


def test_closed_forms_with_a_kink_agree_with_quadrature():
    for name, f, slope in (
        ("relu", lambda u: np.maximum(u, 0), lambda u: (u > 0) * 1.0),
        ("leaky_relu", lambda u: np.where(u > 0, u, 0.01 * u), lambda u: np.where(u > 0, 1, 0.01)),
        ("step", lambda u: (u > 0) * 1.0, None),
    ):
        known = mean_field.expectations(name)
        assert known.product(1.7, 0.4) == pytest.approx(mean_field._mean_product(f, 1.7, 0.4), rel=1e-9)
        if slope is not None:
            assert known.slope_product(1.7, 0.4) == pytest.approx(mean_field._mean_product(slope, 1.7, 0.4), rel=1e-9)


def test_tanh_has_the_published_depth_scales():
    f = mean_field.expectations("tanh")
    found = {w: mean_field.fixed_point(f, w, 0.05) for w in TANH}
    for w, one in found.items():
        assert one.xi_c == pytest.approx(TANH[w], rel=2e-3)
        ordered = w < 1.76
        assert (one.correlation == 1) == ordered == (one.chi < 1)
        assert (one.xi_gradient == one.xi_c) == ordered
    assert mean_field.critical_weight_variance(f, 0.05) == pytest.approx(1.760, abs=1e-3)


def test_he_is_critical_for_relu_at_every_variance_and_biases_leave_no_fixed_point():
    f = mean_field.expectations("relu")
    np.testing.assert_array_equal(mean_field.chi(f, np.array([1e-3, 1.0, 50.0]), 2.0), 1.0)
    assert mean_field.fixed_variance(f, 2.0, 0.0, start=3.0) == 3.0
    assert mean_field.fixed_point(f, 2.0, 0.05).variance == math.inf
    assert mean_field.fixed_point(f, 1.0, 0.05)[:5] == pytest.approx((0.1, 1, 0.5, 1 / math.log(2), 1 / math.log(2)))
    assert mean_field.fixed_point(f, 1.0, 0.0).variance == 0
    # Cho & Saul 2009: at an angle of 90 degrees the kernel of ReLU is 1 / pi of that at 0.
    assert mean_field.correlation_map(f, 0.0, 1.0, 2.0, 0.0) == pytest.approx(1 / math.pi)


def test_other_fixed_points_that_are_known():
    selu = mean_field.fixed_point(mean_field.expectations("selu"), 1.0, 0.0)
    assert selu.variance == pytest.approx(1, abs=1e-6)  # Klambauer et al. 2017: what it was made for
    tanh = mean_field.fixed_point(mean_field.expectations("tanh"), 1.0, 0.0)
    assert (tanh.variance, tanh.chi, tanh.xi_gradient) == (0, pytest.approx(1), math.inf)
    assert mean_field.fixed_point(mean_field.expectations("tanh"), 2.0, 0.0).correlation == pytest.approx(0, abs=1e-9)
    assert mean_field.fixed_point(mean_field.expectations("step"), 1.0, 0.0)[2] == math.inf
    still = mean_field.fixed_point(mean_field.expectations("tanh"), 0.0, 0.0)  # nothing comes through
    assert (still.variance, still.chi) == (0, 0)
    for arguments, named in (((-1.0, 0.1), "weight_variance=-1.0"), ((1.0, -0.1), "bias_variance=-0.1")):
        with pytest.raises(ValueError, match=named):
            mean_field.fixed_point(mean_field.expectations("tanh"), *arguments)
    with pytest.raises(ValueError, match="start=0"):
        mean_field.fixed_variance(mean_field.expectations("tanh"), 1.0, 0.0, start=0.0)
    sigmoid = mean_field.expectations("sigmoid")
    assert all(mean_field.fixed_point(sigmoid, w, 0.0).chi < 0.25 for w in (1.0, 2.0, 4.0))


def test_the_logarithm_of_the_variance_drifts():
    drifts = [mean_field.log_variance_drift(mean_field.expectations(name)) for name in ("identity", "relu")]
    assert drifts == pytest.approx([-1, -2.5])
    with pytest.raises(ValueError, match="excess"):
        mean_field.log_variance_drift(mean_field.expectations("tanh"))


def test_trajectories_reach_the_fixed_point():
    f = mean_field.expectations("tanh")
    point = mean_field.fixed_point(f, 3.0, 0.05)
    q = mean_field.variances(f, 0.2, 3.0, 0.05, 60)
    c = mean_field.correlations(f, 0.9, q, 3.0, 0.05)
    assert (q[0], c[0], len(q), len(c)) == (0.2, 0.9, 60, 60)
    assert (q[-1], c[-1]) == (pytest.approx(point.variance, rel=1e-9), pytest.approx(point.correlation, abs=1e-2))


def test_what_is_not_known_is_refused():
    with pytest.raises(ValueError, match="activation"):
        mean_field.expectations("softmax")
    with pytest.raises(ValueError, match="bias_variance"):
        mean_field.critical_weight_variance(mean_field.expectations("relu"), 0.05)
    with pytest.raises(ValueError, match="bias_variance"):
        mean_field.critical_weight_variance(mean_field.expectations("step"), 0.05)
    with pytest.raises(ValueError, match="not converged"):
        mean_field.expectations("tanh").slope_product(1e8, 0.5)
