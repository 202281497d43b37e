"""The twelve targets: NumPy and JAX agree, second derivatives are right, and data lie where they should."""

import jax
import numpy as np
import pytest

from nnjax import tasks
from nnjax.tasks import TARGETS

SMOOTH = [name for name, target in TARGETS.items() if target.second_derivative]


def inside(name, num=101):
    low, high = TARGETS[name].interval
    return np.linspace(low, high, num)


def test_there_are_twelve_of_every_kind():
    assert len(TARGETS) == 12
    assert len({target.formula for target in TARGETS.values()}) == 12
    assert [name for name, target in TARGETS.items() if target.breakpoints] == ["kink", "jump"]
    assert [name for name, target in TARGETS.items() if not target.analytic] == ["kink", "jump", "weierstrass"]


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("sine", 0.25, 1.0),
        ("square", 0.5, 0.25),
        ("exp", 1.0, 2.718281828459045),
        ("runge", 0.2, 0.5),
        ("exp_sin", 0.5, 2.718281828459045),
        ("exp_cos", 0.0, 1.0),
        ("reciprocal_sin", 0.0, 0.5),
        ("kink", -0.25, 0.25),
        ("jump", 0.32, 1.0),
        ("jump", 0.31, -1.0),
        ("oscillating", 1 / 24, 1.0),
        ("chirp", 0.25, 1.0),
        ("weierstrass", 0.0, (1 - 2**-3.5) / (1 - 2**-0.5)),
    ],
)
def test_values_by_hand(name, x, y):
    np.testing.assert_allclose(TARGETS[name].function(np.array([x])), [y], rtol=1e-13)


def test_compiled_in_jax_as_in_numpy(dtype):
    @jax.jit  # one program for all
    def results(places):
        return {name: TARGETS[name].function(x) for name, x in places.items()}

    places = {name: inside(name).astype(dtype) for name in TARGETS}
    for name, y in results(places).items():
        assert y.dtype == dtype
        slack = 200 * np.finfo(dtype).eps * (1 + np.abs(y).max())  # up to 32 periods: phases lose digits
        expected = TARGETS[name].function(places[name].astype(np.float64))
        np.testing.assert_allclose(y, expected, atol=slack, err_msg=name)


def test_second_derivatives_are_those_of_jax():
    @jax.jit
    def results(places):
        return {name: jax.vmap(jax.grad(jax.grad(TARGETS[name].function)))(x) for name, x in places.items()}

    with jax.enable_x64(True):
        every = jax.device_get(results({name: inside(name) for name in SMOOTH}))
    for name, expected in every.items():
        found = TARGETS[name].second_derivative(inside(name))
        np.testing.assert_allclose(found, expected, atol=1e-12 * np.abs(expected).max(), err_msg=name)


@pytest.mark.parametrize("name", TARGETS)
def test_test_points_lie_between_training_points(name):
    data = tasks.target(name, 11, num_between=3)
    low, high = TARGETS[name].interval
    assert data.x.shape == data.y.shape == (11, 1)
    assert data.x_test.shape == data.y_test.shape == (30, 1)
    assert (data.x[0, 0], data.x[-1, 0]) == (low, high)
    np.testing.assert_allclose(np.sort(np.concatenate([data.x, data.x_test])[:, 0]), np.linspace(low, high, 41))
    assert data.y.tolist() == TARGETS[name].function(data.x).tolist()
    assert data.y_test.tolist() == TARGETS[name].function(data.x_test).tolist()


def test_another_interval_and_another_function():
    data = tasks.target("sine", 5, interval=(-1.0, 1.0))
    assert data.x[:, 0].tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]
    mine = tasks.sampled(lambda x: x**3, 3, interval=(0.0, 2.0))
    assert (mine.y[:, 0].tolist(), mine.y_test[:, 0].tolist()) == ([0.0, 1.0, 8.0], [0.125, 3.375])


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (("sinus",), {}, "name='sinus' is unknown; did you mean 'sine'"),
        (("sine", 1), {}, "num_points=1 must be a whole number of 2 or more"),
        (("sine", True), {}, "num_points=True must be"),
        (("sine", 8), {"num_between": 0}, "num_between=0 must be"),
        (("sine", 8), {"interval": (1.0, 0.0)}, "interval=.* must be two finite numbers"),
    ],
)
def test_bad_arguments_are_named(arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        tasks.target(*arguments, **settings)


def test_a_function_that_does_not_act_number_by_number_is_refused():
    with pytest.raises(ValueError, match=r"returns shape .* elementwise"):
        tasks.sampled(lambda x: 3.0, 5)


def test_a_pole_is_refused_without_a_warning():
    with pytest.raises(ValueError, match="y has 1 values of 3"):
        tasks.sampled(lambda x: 1 / x, 3, interval=(-1.0, 1.0))
