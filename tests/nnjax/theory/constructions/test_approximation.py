"""Approximations written down: they are what they say, and their errors lie on the lines that theory predicts."""

import jax
import numpy as np
import pytest
from scipy.special import expit

from nnjax import activations, mlp
from nnjax.tasks import TARGETS
from nnjax.theory import approximation, constructions

WIDTHS = [64, 256]
# Derivatives of targets where a line on the log-log plot is predicted from.
SMOOTH = ["sine", "square", "exp", "runge", "exp_sin", "exp_cos", "reciprocal_sin"]


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def dense(interval, num=20_001):
    return np.linspace(*interval, num)


def relu(z):
    return np.maximum(z, 0)


def step(z):
    return (z > 0).astype(float)


def outputs(params, x, activation):
    """What the network says, in plain NumPy: `predict` compiles anew for every shape."""
    (w, b), (v, c) = jax.tree.map(np.asarray, params)
    return activation(x[:, None] @ w + b) @ v[:, 0] + c


def l2(error, interval):
    """The L2 norm of an error at equally spaced points, by the trapezoidal rule."""
    return np.sqrt(np.trapezoid(error**2, dx=(interval[1] - interval[0]) / (len(error) - 1)))


def test_the_interpolant_meets_its_points_and_is_straight_between(dtype):
    rng = np.random.default_rng(0)
    edges = np.sort(rng.uniform(-1, 1, 9))
    heights = rng.normal(size=9)
    params = constructions.relu_interpolant(edges, heights)
    x = rng.uniform(edges[0], edges[-1], 50)
    assert params[0].w.dtype == dtype
    assert [np.shape(a) for layer in params for a in layer] == [(1, 8), (8,), (8, 1), (1,)]
    slack = 1e4 * np.finfo(dtype).eps
    predicted = mlp.predict(params, x[:, None].astype(dtype), activation=activations.relu)
    np.testing.assert_allclose(predicted[:, 0], np.interp(x, edges, heights), atol=slack)


@pytest.mark.parametrize("name", SMOOTH)
def test_interpolants_err_by_the_second_derivative(name):
    """Error norm(f'') h^2 / sqrt(120), largest error max|f''| h^2 / 8: de Boor 1978, chapter III."""
    target = TARGETS[name]
    x = dense(target.interval)
    bend = target.second_derivative(x)
    for n in WIDTHS:
        edges = np.linspace(*target.interval, n + 1)
        h = edges[1] - edges[0]
        error = outputs(constructions.relu_interpolant(edges, target.function(edges)), x, relu) - target.function(x)
        np.testing.assert_allclose(l2(error, target.interval), h**2 * l2(bend, target.interval) / 120**0.5, rtol=0.02)
        np.testing.assert_allclose(np.abs(error).max(), h**2 * np.abs(bend).max() / 8, rtol=0.1)


@pytest.mark.parametrize("name", ["sine", "runge", "exp_cos", "chirp"])
def test_equidistributed_knots_gain_what_is_predicted(name):
    """Interpolation costs sqrt(720/120) = sqrt(6) times the best, at the knots that are best for both."""
    target = TARGETS[name]
    x = dense(target.interval)
    edges = approximation.equidistributed_knots(target.function, 256, target.interval)
    error = outputs(constructions.relu_interpolant(edges, target.function(edges)), x, relu) - target.function(x)
    predicted = 6**0.5 * approximation.asymptotic_l2(target.second_derivative, 256, target.interval)
    np.testing.assert_allclose(l2(error, target.interval), predicted, rtol=0.05)


@pytest.mark.parametrize("name", SMOOTH)
def test_bumps_err_by_the_first_derivative(name):
    target = TARGETS[name]
    x = dense(target.interval)
    slope = np.gradient(target.function(x), x)
    for n in WIDTHS:
        edges = np.linspace(*target.interval, n + 1)
        h = edges[1] - edges[0]
        middles = target.function((edges[1:] + edges[:-1]) / 2)
        error = outputs(constructions.step_bumps(edges, middles), x, step) - target.function(x)
        np.testing.assert_allclose(l2(error, target.interval), h * l2(slope, target.interval) / 12**0.5, rtol=0.02)
        np.testing.assert_allclose(np.abs(error).max(), h * np.abs(slope).max() / 2, rtol=0.1)


def test_bumps_meet_a_jump_at_an_edge_and_miss_it_within_a_piece():
    edges = np.linspace(-1, 1, 9)
    x = dense((-1, 1), 2_000)
    at_edge = constructions.step_bumps(edges, np.sign(edges[:-1] - 0.25 + 1e-9))
    np.testing.assert_array_equal(outputs(at_edge, x, step), np.sign(x - 0.25))
    within = constructions.step_bumps(edges, np.sign((edges[1:] + edges[:-1]) / 2 - 0.3))
    error = l2(outputs(within, x, step) - np.sign(x - 0.3), (-1, 1))
    np.testing.assert_allclose(error, np.sqrt(4 * 0.05), rtol=0.02)  # a jump of 2, misplaced by 0.05


@pytest.mark.parametrize("gain", [400.0, 1_600.0, 6_400.0])
def test_sigmoids_become_steps_as_their_gain_rises(gain):
    """The squared distance of one sigmoid(g x) to its step is (2 log 2 - 1) / g, for a jump of 1."""
    edges = np.linspace(0, 1, 9)
    heights = TARGETS["sine"].function((edges[1:] + edges[:-1]) / 2)
    x = dense((0, 1), 400_001)
    steps = outputs(constructions.step_bumps(edges, heights), x, step)
    smooth = outputs(constructions.sigmoid_steps(edges, heights, gain), x, expit)
    predicted = np.sqrt((np.diff(heights) ** 2).sum() * (2 * np.log(2) - 1) / gain)
    np.testing.assert_allclose(l2(smooth - steps, (0, 1)), predicted, rtol=0.01)


def test_the_best_network_of_theory_is_a_network_of_mlp():
    best = approximation.best_relu_network(TARGETS["sine"].function, 4)
    params = constructions.relu_network(best.knots, best.faces_right, best.kinks, best.bias)
    x = dense((0, 1))
    np.testing.assert_allclose(outputs(params, x, relu), best(x), atol=1e-13)
    (w, b), (v, c) = ((np.asarray(a) for a in layer) for layer in params)
    exact = approximation.relu_network_error(TARGETS["sine"].function, w[0], b, v[:, 0], c[0], (0.0, 1.0))
    np.testing.assert_allclose(exact, best.error, rtol=1e-10)


THREE = np.array([0.0, 0.5, 1.0])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: constructions.relu_interpolant(THREE, THREE[:2]), r"heights has shape \(2,\): it must be \(3,\)"),
        (lambda: constructions.relu_interpolant(THREE[:1], THREE[:1]), "edges has shape .* at least 2"),
        (lambda: constructions.relu_interpolant(THREE[::-1], THREE), "edges must be finite and strictly increasing"),
        (lambda: constructions.step_bumps(THREE, THREE), r"heights has shape \(3,\): .* one for each of the pieces"),
        (lambda: constructions.step_bumps(THREE, np.array([0.0, np.nan])), "heights must be finite"),
        (lambda: constructions.sigmoid_steps(THREE, THREE[:2], 0.0), "gain=0.0 must be above 0"),
        (lambda: constructions.relu_network(THREE, np.ones(2, bool), THREE, 0.0), r"faces_right has shape \(2,\)"),
    ],
)
def test_bad_arguments_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
