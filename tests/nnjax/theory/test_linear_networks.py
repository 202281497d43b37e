"""The growth of modes of deep linear networks: closed forms, the equation itself, and its limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax.theory import linear_networks
from nnjax.theory.linear_networks import half_time, mode_strength, time_to_reach


# Saxe, McClelland & Ganguli 2014: u = s e^(2st) / (e^(2st) - 1 + s / u0) with one hidden layer; without, du/dt = s - u.
@pytest.mark.parametrize(
    ("layers", "closed"),
    [
        (1, lambda t, s, u0: s - (s - u0) * np.exp(-t)),
        (2, lambda t, s, u0: s * np.exp(2 * s * t) / (np.exp(2 * s * t) - 1 + s / u0)),
    ],
)
def test_one_and_two_layers_are_the_closed_forms(layers, closed):
    times, s, start = np.linspace(0, 3, 31), 2.5, 1e-3
    np.testing.assert_allclose(mode_strength(times, s, start, layers), closed(times, s, start), rtol=1e-7)


# For three layers the integral of dv / (v^2 (s - v^3)), v = u^(1/3), is elementary; for four, of dv / (v^3 (s - v^4)).
def test_four_layers_by_partial_fractions():
    s, start, end = 3.0, 1e-4, 1.2

    def antiderivative(u):  # with w = v^2 = sqrt(u): dw / (2 w^2 (s - w^2))
        w, r = np.sqrt(u), np.sqrt(s)
        return (-1 / (s * w) + np.log((r + w) / (r - w)) / (2 * s * r)) / 2

    assert time_to_reach(end, s, start, 4) == pytest.approx(antiderivative(end) - antiderivative(start), rel=1e-11)


@given(st.integers(1, 8), st.floats(0.3, 5), st.floats(1e-5, 0.1), st.floats(0.05, 0.95))
def test_the_time_is_where_the_integrated_equation_is(layers, s, start, part):
    strength = start + part * (s - start)
    when = time_to_reach(strength, s, start, layers)
    assert mode_strength([0.0, when], s, start, layers)[1] == pytest.approx(strength, rel=1e-6)


def test_without_a_hidden_layer_all_modes_are_half_learned_together_and_later_the_stronger_comes_first():
    assert half_time(4.0, 1e-9, 1) == pytest.approx(np.log(2)) == pytest.approx(half_time(1.0, 1e-9, 1))
    # "t is of the order 1 / s" (the same paper): ratios of times tend to inverse ratios of singular values.
    for layers in (2, 3, 8):
        assert half_time(1.0, 1e-12, layers) / half_time(2.0, 1e-12, layers) == pytest.approx(2.0, rel=0.03)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: half_time(1.0, 0.0, 2), "start"),
        (lambda: half_time(1.0, 2.0, 2), "start"),
        (lambda: half_time(1.0, 0.1, 0), "num_layers"),
        (lambda: time_to_reach(1.0, 1.0, 0.1, 2), "strength"),
        (lambda: mode_strength([1.0, 0.5], 1.0, 0.1, 2), "times"),
        (lambda: linear_networks.mode_strength([-1.0], 1.0, 0.1, 2), "times"),
    ],
)
def test_bad_arguments_are_refused(call, word):
    with pytest.raises(ValueError, match=word):
        call()
