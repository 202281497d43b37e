"""Deep and shallow networks written down, and what theory says of them: by hand, and against each other."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax import mlp
from nnjax.activations import relu
from nnjax.theory import approximation, constructions, depth


def outputs(params, x):
    """What the network says, in plain NumPy: `predict` compiles anew for every shape."""
    *hidden, (v, c) = jax.tree.map(np.asarray, params)
    x = np.asarray(x)[:, None].astype(v.dtype)
    for w, b in hidden:
        x = np.maximum(x @ w + b, 0)
    return (x @ v + c)[:, 0]


def test_the_sawtooth_by_hand():
    x = np.array([0, 1, 2, 3, 4, 6, 8]) / 8
    np.testing.assert_array_equal(depth.sawtooth(x, 1), [0, 0.25, 0.5, 0.75, 1, 0.5, 0])
    np.testing.assert_array_equal(depth.sawtooth(x, 2), [0, 0.5, 1, 0.5, 0, 1, 0])
    np.testing.assert_array_equal(depth.sawtooth(x, 3), [0, 1, 0, 1, 0, 0, 0])


# Telgarsky 2015: k layers of 2 ReLUs; to the last bit, also between the multiples of 2^-k.
@pytest.mark.parametrize("folds", [1, 3, 12])
def test_the_deep_sawtooth_is_exact(folds, dtype):
    params = constructions.deep_sawtooth(folds)
    assert params[0].w.dtype == dtype
    assert [layer.w.shape for layer in params] == [(1, 2), *[(2, 2)] * (folds - 1), (2, 1)]
    x = np.concatenate([np.arange(257) / 256, np.random.default_rng(0).uniform(0, 1, 99).astype(dtype)])
    np.testing.assert_array_equal(outputs(params, x), depth.sawtooth(x, folds))
    if folds == 3:
        predicted = mlp.predict(params, x[:, None].astype(dtype), activation=relu)
        np.testing.assert_array_equal(predicted[:, 0], depth.sawtooth(x, folds))


def test_deep_and_shallow_sawtooth_are_one_function(dtype):
    x = np.random.default_rng(1).uniform(0, 1, 64).astype(dtype)
    shallow = constructions.shallow_sawtooth(4)
    assert shallow[0].w.shape == (1, 16)
    np.testing.assert_allclose(outputs(shallow, x), depth.sawtooth(x, 4), atol=1e3 * np.finfo(dtype).eps)


# Yarotsky 2017, proposition 2: straight lines between multiples of 2^-m, 2^(-2m-2) above in the middles.
@pytest.mark.parametrize(("levels", "dtype"), [(1, "float32"), (5, "float32"), (5, "float64")], indirect=["dtype"])
def test_the_deep_square_errs_what_theory_says(levels, dtype):
    params = constructions.deep_square(levels)
    pieces = 2**levels
    ends, middles = np.arange(pieces + 1) / pieces, (np.arange(pieces) + 0.5) / pieces
    np.testing.assert_array_equal(outputs(params, ends), ends**2)
    np.testing.assert_array_equal(outputs(params, middles) - middles**2, 4.0 ** (-levels - 1))
    assert mlp.num_params((1, *(3,) * levels, 1)) == 12 * levels - 2


def test_the_deepest_square_that_is_allowed_is_written_down():
    """4^-1000 is 0 in float64; the layers before it are those of a network of fewer levels."""
    deep, fewer = constructions.deep_square(1000), constructions.deep_square(3)
    assert len(deep) == 1001
    assert all(np.array_equal(a.w, b.w) for a, b in zip(deep[:3], fewer[:3], strict=True))


@pytest.mark.parametrize("units", [1, 3, 8])
def test_the_shallow_square_is_the_best_that_many_pieces_can_do(units, dtype):
    params = constructions.shallow_square(units)
    x = np.linspace(0, 1, 2 * units + 1)
    error = outputs(params, x) - x**2
    np.testing.assert_allclose(np.abs(error), depth.square_error(units), rtol=1e3 * np.finfo(dtype).eps)
    assert (np.sign(error) == np.where(np.arange(len(x)) % 2, 1, -1)).all()


# The best line for x^2 on a length h errs by h^2 / 8 (Chebyshev); n equal pieces are n of those.
def test_one_piece_by_the_best_polynomial():
    best = approximation.best_polynomial_uniform(lambda x: x**2, 1)
    assert depth.square_error(1) == pytest.approx(best.error, rel=1e-6) == pytest.approx(1 / 8)


@given(st.integers(1, 26))
def test_pieces_and_errors_of_the_square_agree(levels):
    assert depth.square_pieces(2.0 ** (-2 * levels - 2)) == pytest.approx(2 ** (levels - 0.5))
    assert depth.square_error(2**levels) == pytest.approx(2.0 ** (-2 * levels - 3))


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: constructions.deep_sawtooth(0), "num_folds"),
        (lambda: constructions.deep_square(-1), "num_levels"),
        (lambda: constructions.shallow_sawtooth(25), "num_folds"),
        (lambda: constructions.shallow_square(0), "num_units"),
        (lambda: depth.square_pieces(0.0), "error"),
        (lambda: depth.square_error(0), "num_pieces"),
    ],
)
def test_bad_arguments_are_refused(call, word):
    with pytest.raises(Exception, match=word) as caught:
        call()
    assert caught.type is ValueError or "beartype" in caught.type.__module__ or "jaxtyping" in caught.type.__module__
