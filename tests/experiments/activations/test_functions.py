"""`activations.functions`: closed forms against finite differences, places of zero derivatives, rules that can fail."""

import dataclasses

import jax
import numpy as np
import pytest
from scipy.special import ndtr

from experiments.activations.functions import config, run, verdicts
from experiments.activations.functions.closed_forms import FORMS
from experiments.lab.verdicts import check_verdicts
from nnjax import activations

TINY = dataclasses.replace(config.QUICK, activations=config.ACTIVATIONS, spreads=(1.0, 10.0), draws=2_000, per_unit=8)


@pytest.fixture(scope="module")
def tiny():
    return run.run(TINY)


@pytest.mark.parametrize("name", config.ACTIVATIONS)
def test_derivatives_in_closed_form_are_those_of_the_values(name):
    z = np.linspace(-6, 6, 97) + 0.01  # off the kinks
    form, h = FORMS[name], 1e-5
    np.testing.assert_allclose((form.value(z + h) - form.value(z - h)) / (2 * h), form.slope(z), atol=2e-9)
    fine = np.linspace(-6, 6, 24_001)
    assert np.abs(form.slope(fine)).max() == pytest.approx(form.greatest_slope, rel=3e-3)  # 1/4 for the sigmoid


def test_the_library_has_the_closed_forms(tiny):
    """Of all activations that act on one number each, as a part of the number or of 1: a rounding check in float64."""
    assert tiny.activation.values.tolist() == list(config.ACTIVATIONS)
    assert float(tiny.distance.max()) < 1e-12


def test_gelu_is_near_the_exact_one():
    z = np.linspace(-8, 8, 1_601)
    found = np.asarray(jax.jit(activations.gelu)(z))
    assert np.abs(found - z * ndtr(z)).max() < 5e-4  # Hendrycks & Gimpel 2016, section 2


def test_zeros_are_where_rounding_puts_them(tiny):
    places = tiny.zero_from.sel(side="right")
    # 1 / (1 + e^-z) rounds to 1 from e^-z = 2^-24 on in float32 and 2^-53 in float64; then s (1 - s) = 0.
    np.testing.assert_allclose(places.sel(activation="sigmoid"), np.log(2) * np.array([24, 53]), atol=1 / 8)
    assert (tiny.zero_from.sel(activation="relu", side="left") <= 1 / 8).all()
    assert np.isinf(places.sel(activation="relu")).all()
    np.testing.assert_allclose(tiny.simplex.sum("class"), 1, rtol=1e-14)
    z = tiny.z.values / tiny.temperature_shown.values[:, None]
    np.testing.assert_allclose(tiny.two_classes, FORMS["sigmoid"].value(z), rtol=1e-13)


def test_shares_are_those_of_the_normal_distribution(tiny):
    share = tiny.zero.sel(activation=["step", "relu"], spread=1.0)
    np.testing.assert_allclose(share, [1, 0.5], atol=0.05)
    small = 2 * ndtr(-np.arccosh(np.sqrt(10)) / 10)  # sech^2 = 1/10
    assert float(tiny.small.sel(activation="tanh", spread=10.0)) == pytest.approx(small, abs=0.03)


def outcomes(data):
    found = verdicts.verdicts(data)
    check_verdicts(found, verdicts.statements(TINY))
    return {v.id: v.outcome for v in found}


def test_every_rule_can_go_both_ways(tiny):
    for zeros, outcome in ((tiny.zeros * 0, "reproduced"), (tiny.zeros * 0 + 1, "not reproduced")):
        assert outcomes(tiny.assign(zeros=zeros))["never exactly zero"] == outcome
    assert len(verdicts.table(tiny)) == len(config.ACTIVATIONS)


def test_what_is_compared_must_be_there():
    with pytest.raises(ValueError, match="activations="):
        config.check(dataclasses.replace(TINY, activations=("relu", "tanh")))


@pytest.mark.slow
def test_figures_are_drawn_from_the_data_alone(tiny, redrawn):
    assert redrawn("activations.functions", tiny, TINY) == ["functions", "saturation"]
