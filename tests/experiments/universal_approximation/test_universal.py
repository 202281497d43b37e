"""Which activations are universal: floors from theory, least squares against LAPACK's, measures that can say no."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.lab import claims, results
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.universal_approximation import random_features as rf
from experiments.universal_approximation import universal, without_biases
from nnjax import mlp
from nnjax.mlp import Layer
from nnjax.theory import approximation
from tests.experiments.conftest import check

TINY = universal.Config(("exp_cos", "kink"), (1, 8, 64), seeds=2, tuning_seeds=1, trained_widths=())


@pytest.fixture(scope="module")
def tiny():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(universal, "OTHERS", {name: universal.OTHERS[name] for name in ("sigmoid", "ReLU")})
        few = {name: without_biases.ACTIVATIONS[name] for name in ("ReLU", "tanh", "GELU", "exponential")}
        patch.setattr(without_biases, "ACTIVATIONS", few)
        patch.setattr(rf, "PANELS", 12)
        patch.setattr(rf, "TUNING_PANELS", 15)
        patch.setattr(rf, "TEST_PANELS", 17)
        patch.setattr(without_biases, "SCALES", (4.0,))
        return universal.run(TINY)


@pytest.fixture(scope="module")
def committed():
    return results.load(claims.ROOT.parent / "results/universal_approximation/universal/data.nc")


def outcomes(data):
    return {row["id"]: row["outcome"] for row in verdicts(universal.STATEMENTS, data)}


def test_a_tiny_run_has_what_the_committed_data_have(tiny, committed):
    without_training = {name: one for name, one in committed.variables.items() if "trained" not in name}
    assert {name: one.dims for name, one in tiny.variables.items()} == {
        name: one.dims for name, one in without_training.items()
    }
    assert list(outcomes(tiny)) == ["met", "universal: sigmoid"]
    assert outcomes(tiny)["met"] == REPRODUCED


def test_no_network_with_a_polynomial_errs_less_than_the_best_polynomial(committed):
    """At every width and on every target: such a network is a polynomial of that degree."""
    ratio = universal.over_floor(committed)
    assert ratio.count() > 5000
    assert ratio.min() > 1 - 1e-6


# By hand, in L2 on [-1, 1]: the best constant to |x| is 1/2, with the squared error 2/3 - 1/2 = 1/6, and no straight
# line is better; of Legendre's P2, whose squared norm is 2/5, |x| holds 5/8.
def test_floors_are_those_of_the_modulus_by_hand(tiny):
    floor = tiny.floor.sel(target="kink")
    assert floor.sel(activation="$z$") == pytest.approx((1 / 6) ** 0.5, rel=1e-12)
    assert floor.sel(activation="$z^3$") == pytest.approx((1 / 6 - 25 / 64 * 2 / 5) ** 0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("variable", "where", "factor", "name", "word"),
    [
        ("error", {"activation": "$z$", "width": 256, "seed": 0, "target": "kink"}, 1.02, "met", NOT_REPRODUCED),
        ("error", {"activation": "sigmoid", "width": 256, "target": "jump"}, 3, "universal: sigmoid", NOT_REPRODUCED),
        ("error", {"activation": "sigmoid", "width": 256, "target": "jump"}, 2, "universal: sigmoid", NOT_SETTLED),
        ("scale", {"activation": "sigmoid", "width": 16, "target": "jump"}, 16, "universal: sigmoid", NOT_SETTLED),
        ("scale", {"activation": "sigmoid", "width": 256, "target": "jump"}, 4, "universal: sigmoid", REPRODUCED),
        ("trained_error", {"trained": "tanh"}, 1e8, "trained", NOT_SETTLED),
        ("trained_error", {"trained": "tanh"}, 1e12, "trained", NOT_REPRODUCED),
    ],
)
def test_statements_can_fail(committed, variable, where, factor, name, word):
    changed = committed.copy(deep=True).assign_coords(seed=range(12))
    changed[variable].loc[where] *= factor
    found = outcomes(changed)
    assert found.pop(name) == word
    assert set(found.values()) == {REPRODUCED}


def test_polynomials_would_not_pass_for_activations_whose_error_keeps_falling(committed):
    real = committed.floor > universal.NOTICED * committed.norm
    assert universal.fall(committed).low.where(real).min() > 0.999
    assert universal.fewer(committed) == 16
    assert universal.fewer(committed.sel(width=[1, 2, 4, 8, 16, 32])) == 8  # where all polynomials are at their floors


def test_without_biases_errors_are_those_of_the_best_function_of_that_symmetry(tiny):
    stopped = tiny.where(tiny.bias_floor > 0, drop=True)
    without = stopped.bias_error.sel(biased=False) / stopped.bias_floor
    np.testing.assert_allclose(without, 1, atol=1e-6)
    assert (stopped.bias_error.sel(biased=True) < 0.3 * stopped.bias_floor).all()
    free = tiny.bias_error.sel(biased=False, unit=["exponential"])
    assert (free < 1e-3 * tiny.norm.sel(target="exp_cos")).all()


# The odd part of e^x cos 5x is sinh x cos 5x: what is left is cosh x cos 5x but for its mean.
def test_floors_without_biases():
    with jax.enable_x64(True):
        floor = {span: without_biases.floor("exp_cos", span) for _, span in without_biases.ACTIVATIONS.values()}
        even = approximation.best_polynomial_l2(lambda x: np.cosh(x) * np.cos(5 * x), 0, (-1.0, 1.0)).error
        odd = approximation.best_polynomial_l2(lambda x: np.sinh(x) * np.cos(5 * x), 1, (-1.0, 1.0)).error
    assert (floor["odd"], floor["even and x"]) == pytest.approx((even, odd), rel=1e-12)
    assert floor["sign"] > floor["lines"] > floor["all"] == 0


def test_output_layers_are_those_of_lapack_at_every_width():
    with jax.enable_x64(True):
        at = rf.nodes(["sine", "kink"], 12)
        design = rf.features(rf.draw(3, 12, 4.0), at.u, jnp.tanh)
        factors = rf.factorized(design, at)
        root = np.sqrt(at.weights)[:, None]
        for count in (1, 4, 9):
            own = design[:, :count] @ rf.best_outputs(factors, count)
            other = design[:, :count] @ np.linalg.lstsq(root * design[:, :count], root * at.y)[0]
            np.testing.assert_allclose(own, other, atol=1e-9)
        twice = np.concatenate([design, design[:, 1:]], axis=1)  # dependent units are left out
        outputs = rf.best_outputs(rf.factorized(twice, at), 25)
        assert (outputs[13:] == 0).all()
        np.testing.assert_allclose(outputs[:13], rf.best_outputs(factors, 13), rtol=1e-12)


def test_features_are_those_of_mlp_and_wider_layers_hold_narrower_ones():
    with jax.enable_x64(True):
        layer, u = rf.draw(1, 5, 3.0), np.linspace(-1, 1, 7)
        outputs = np.linspace(-1, 1, 6)
        last = Layer(jnp.asarray(outputs[1:, None]), jnp.asarray(outputs[:1]))
        expected = mlp.predict((jax.tree.map(jnp.asarray, layer), last), u[:, None])[:, 0]
        np.testing.assert_allclose(rf.features(layer, u, jnp.tanh) @ outputs, expected, rtol=1e-12)
    np.testing.assert_array_equal(rf.draw(1, 9, 3.0).w[:, :5], layer.w)
    assert (rf.draw(1, 5, 3.0, biased=False).b == 0).all()


def test_polynomials_have_their_degrees_and_squashers_rise_from_0_to_1():
    z = np.linspace(-1, 1, 40)
    for function, degree in universal.POLYNOMIALS.values():
        with jax.enable_x64(True):
            y = np.asarray(function(jnp.asarray(z)))
        fits = [np.polynomial.Chebyshev.fit(z, y, k)(z) for k in (degree, degree - 1)]
        np.testing.assert_allclose(fits[0], y, atol=1e-13)
        assert np.abs(fits[1] - y).max() > 1e-5
    np.testing.assert_allclose(universal.tanh_series(z[15:25]), np.tanh(z[15:25]), rtol=1e-4)
    for squasher in (universal.cosine_squasher, universal.jumping_squasher):
        y = np.asarray(squasher(jnp.linspace(-50, 50, 1001)))
        assert (y[0], y[-1]) == pytest.approx((0, 1), abs=1e-6)
        assert (np.diff(y) >= 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": ("sine",)}, "must hold 'exp_cos'"),
        ({"widths": (1, 2, 4, 8)}, "must hold two of 8 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        check(universal, dataclasses.replace(TINY, **change))


@pytest.mark.slow
def test_training_brings_polynomials_to_their_floors_and_tanh_below_them():
    config = dataclasses.replace(TINY, trained_widths=(8,), num_steps=60, seeds=3)
    with jax.enable_x64(True):
        found = universal.trained_weights(config).trained_error.median("trained_seed").isel(trained_width=0)
    for name, degree in (("$z^3$", 3), (universal.TAYLOR, 7)):
        floor = approximation.best_polynomial_l2(lambda x: np.exp(x) * np.cos(5 * x), degree, (-1.0, 1.0)).error
        assert floor * (1 - 1e-6) <= found.sel(trained=name) <= 1.05 * floor
    assert found.sel(trained="tanh") < 1e-3
