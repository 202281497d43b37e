"""Levenberg-Marquardt against the damped normal equations and SciPy; its order; what it refuses."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from scipy.optimize import least_squares

import nnjax
from nnjax import machine, mlp, objective, solvers, tasks
from nnjax.solvers.levenberg_marquardt import of_residuals
from nnjax.training import Spec
from tests.nnjax.networks import drawn

RNG = np.random.default_rng(5)
X = RNG.uniform(-1, 1, (12, 2))
Y = np.stack([np.tanh(2 * X[:, 0]), np.sin(X.sum(axis=1))], axis=1)
WEIGHT = RNG.uniform(0.5, 2, 12)
QUICKLY = {machine.OPTIMIZATION_LEVEL: 0}  # compiles in the shortest time
BENT = Y[:, :1] + 0.3 * RNG.normal(size=(12, 1))  # that no network gives


def stepper(spec, num_steps):
    """The function (weights [p], learning_rate, y) -> the weights and the loss after every step, [s, p] and [s]."""

    def run(params, learning_rate, y):
        rows = (jnp.asarray(a, float) for a in (X, y, WEIGHT))
        solver = solvers.build(spec.solver, {"learning_rate": learning_rate})
        problem = objective.least_squares(*rows, spec, solver.linear_output)

        def step(carry, _):
            carry = solver.step(*carry, problem)
            return carry, (ravel_pytree(carry[0])[0], carry[1].loss)

        return jax.lax.scan(step, (params, solver.init(params)), None, num_steps)[1]

    return jax.jit(run, compiler_options=QUICKLY)


def residual_of(spec, unravel, y=Y):
    """The weighted residual [m] as a function of the flat weights, and its derivative [m, p]."""
    root = np.sqrt(WEIGHT / WEIGHT.sum())[:, None]

    def residual(flat):
        settings = {"activation": spec.activation, "output_activation": spec.output_activation}
        return (root * (y - mlp.predict(unravel(flat), X, **settings))).ravel()

    return jax.jit(residual), jax.jit(jax.jacfwd(residual))


# 24 residuals: more than the 17 weights of the first network, fewer than the 29 of the second.
@pytest.mark.parametrize("width", [pytest.param(3, marks=pytest.mark.slow), 5])
def test_a_step_is_that_of_the_damped_normal_equations(width):
    with jax.enable_x64(True):
        spec = Spec((2, width, 2), output_activation=jnp.tanh, solver=solvers.levenberg_marquardt)
        start = drawn(spec.sizes)
        flat, unravel = ravel_pytree(start)
        residual, derivative = residual_of(spec, unravel)
        z, j = np.asarray(residual(flat)), -np.asarray(derivative(flat))
        damping = 0.5 * np.sum(j**2, axis=0).max()
        wanted = np.linalg.solve(j.T @ j + damping * np.eye(j.shape[1]), j.T @ z)
        weights, losses = stepper(spec, 2)(start, 2.0, Y)
        np.testing.assert_array_equal(weights[0], flat)  # the first step only evaluates
        assert losses[0] == pytest.approx(z @ z, rel=1e-12)
        np.testing.assert_allclose(weights[1] - flat, wanted, rtol=1e-9, atol=1e-12)


def test_it_converges_quadratically_where_the_residual_is_0_and_to_scipys_minimum_elsewhere():
    with jax.enable_x64(True):
        spec = Spec((2, 1, 1), output_activation=jnp.tanh, solver=solvers.levenberg_marquardt)
        # From these weights it takes enough steps to be looked at before rounding ends them.
        layers = ([[-0.08], [0.32]], [-1.11]), ([[-1.16]], [-0.43])
        truth = tuple(mlp.Layer(jnp.array(w), jnp.array(b)) for w, b in layers)
        flat, unravel = ravel_pytree(truth)
        y = np.asarray(mlp.predict(truth, X, activation=jnp.tanh, output_activation=jnp.tanh))
        steps = stepper(spec, 200)

        def distances(start, learning_rate, num_steps):
            found = np.asarray(steps(unravel(flat + start), learning_rate, y)[0])[:num_steps]
            return np.linalg.norm(found - np.asarray(flat)[None], axis=1)

        # Without damping the error is squared by every step ...
        near = distances(5e-3, 1e13, 4)[1:]
        assert np.log(near[2] / near[1]) / np.log(near[1] / near[0]) == pytest.approx(2, abs=0.4)
        # ... and with it falls by a factor that is a third of the one before.
        far = distances(0.1, 1e6, 30)
        ratios = far[20:23] / far[19:22]
        np.testing.assert_allclose(ratios[1:] / ratios[:-1], [1 / 3, 1 / 3], rtol=0.1)
        assert far[-1] < 1e-12
        residual, derivative = residual_of(spec, unravel, y=BENT)
        there = least_squares(residual, np.asarray(flat), derivative, method="lm", xtol=1e-15, ftol=1e-15)
        losses = steps(truth, 100.0, BENT)[1]
        assert losses[-1] == pytest.approx(2 * there.cost, rel=1e-9)
        assert np.all(np.diff(losses) <= 0)


def fourth_powers(learning_rate):
    """Of half the squares, which are squared again."""
    return of_residuals(learning_rate, lambda error: error**2 / 2)


@functools.cache
def swept(**changes):
    settings = {"hidden": (3,), "output_activation": "tanh", "solver": "levenberg_marquardt", "learning_rate": 10.0}
    settings |= {"seeds": 5, "num_steps": 40, "dtype": "float64", "progress": False, "compiler_options": QUICKLY}
    return nnjax.sweep(tasks.xor(target_low=-0.9, target_high=0.9), **settings | changes)


def test_in_a_sweep_it_solves_xor_to_rounding_and_each_network_is_its_own():
    runs = swept()
    assert np.median(runs.train_loss) < 1e-25
    assert (runs.accuracy >= 0.5).all()
    others = swept(seeds=range(3, 8))  # the same program
    np.testing.assert_array_equal(others.train_loss.sel(seed=3), runs.train_loss.sel(seed=3))
    single = swept(dtype="float32", seeds=2)
    assert float(single.train_loss.min()) < 1e-10


@pytest.mark.slow
def test_other_functions_of_the_error_can_be_squared():
    curve = swept(solver=fourth_powers, num_steps=60, record_every=1).train_curve.values
    ratios = curve[:, -20:] / curve[:, -21:-1]  # flat near 0, so the error falls by a constant factor
    np.testing.assert_allclose(ratios, np.full(ratios.shape, np.median(ratios)), atol=0.02)
    assert 0.2 < np.median(ratios) < 0.6


def test_what_is_no_least_squares_is_refused_before_anything_compiles():
    for wrong in ({"loss": "huber_loss"}, {"batch_size": 2}, {"layout": "lanes"}, {"schedule": "cosine"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            nnjax.plan(tasks.xor(), hidden=(3,), solver="levenberg_marquardt", **wrong)
