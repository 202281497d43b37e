"""`activations.functions`: places and shares of zero and small derivatives against what can be computed."""

import dataclasses

import numpy as np
import pytest
from scipy.special import expit, ndtr

from experiments.activations import functions
from experiments.lab import claims, results

TINY = dataclasses.replace(functions.QUICK, spreads=(1.0, 10.0), draws=2_000, per_unit=8)


@pytest.fixture(scope="module")
def tiny():
    return functions.run(TINY)


def test_a_run_has_what_the_committed_data_have(tiny):
    committed = results.load(claims.ROOT.parent / "results/activations/functions/data.nc")
    assert {name: one.dims for name, one in tiny.variables.items()} == {
        name: one.dims for name, one in committed.variables.items()
    }
    assert functions.table(tiny).sizes == {"activation": 10, "spread": 2}


def test_derivatives_are_zero_where_rounding_puts_them(tiny):
    # 1 / (1 + e^-z) rounds to 1 in float32 from e^-z = 2^-24 on; then s (1 - s) = 0.
    assert tiny.zero_above.sel(activation="sigmoid") == pytest.approx(24 * np.log(2), abs=1 / 8)
    assert tiny.zero_below.sel(activation="sigmoid") == -np.inf
    assert tiny.zero_below.sel(activation=["step", "relu"]).values.tolist() == [0, 0]
    assert tiny.zero_above.sel(activation=["step", "relu"]).values.tolist() == [0, np.inf]


def test_shares_are_those_of_the_normal_distribution(tiny):
    np.testing.assert_allclose(tiny.zero.sel(activation=["step", "relu"], spread=1.0), [1, 0.5], atol=0.05)
    small = 2 * ndtr(-np.arccosh(np.sqrt(10)) / 10)  # sech^2 = 1/10
    assert tiny.small.sel(activation="tanh", spread=10.0) == pytest.approx(small, abs=0.03)


def test_the_greatest_derivatives_are_those_of_the_curves(tiny):
    for name, slope in zip(tiny.activation.values.tolist(), abs(tiny.slope).max("z").values, strict=True):
        assert slope == pytest.approx(functions.GREATEST.get(name, 1.0), rel=0.01), name


def test_softmax_of_two_classes_is_a_sigmoid(tiny):
    np.testing.assert_allclose(tiny.softmax, expit(tiny.z.values / tiny.temperature.values[:, None]), rtol=1e-13)
