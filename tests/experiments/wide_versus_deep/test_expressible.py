"""`wide_versus_deep.expressible`: a tiny run, statements that can fail, sizes by hand, and rounding."""

import dataclasses
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from experiments.lab.verdicts import verdicts
from experiments.wide_versus_deep import expressible, rounding
from nnjax.theory import constructions, depth
from tests.experiments.conftest import check

TINY = expressible.Config(
    folds=(1, 3, 20),
    grid_bits=6,
    levels=(1, 5, 11, 12, 15),
    shallow_levels=(1, 2, 5),
    shallow_folds=(4, 5, 6),
    num_places=256,
)


@pytest.fixture(scope="module")
def data():
    """A tiny run in which NumPy pads the layers: JAX compiles a program for every number of neurons."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounding, "jnp", SimpleNamespace(pad=lambda a, width: jnp.asarray(np.pad(a, width))))
        return expressible.run(TINY)


def outcomes(data):
    return {row["id"]: row["outcome"] for row in verdicts(expressible.STATEMENTS, data)}


def test_a_tiny_run_is_judged_and_tabulated(data):
    assert set(outcomes(data).values()) == {"reproduced"}
    assert expressible.table(data).error.notnull().sum() == 3 + 5
    # Squares of multiples of 2^-m, and their means, have 2m + 1 bits, of which float32 has 24.
    assert (data.square_wrong.sel(dtype="float32") == 0).values.tolist() == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("variable", "where", "value", "statement"),
    [
        ("sawtooth_wrong", {"fold": 20, "dtype": "float32"}, 1, "sawtooth exact"),
        ("square_largest", {"level": 15, "dtype": "float64"}, 1e-9, "square exact"),
        ("sawtooth_wrong", {"fold": 3, "dtype": "float32"}, 1, "crossing: sawtooth"),
    ],
)
def test_statements_can_fail(data, variable, where, value, statement):
    changed = data.copy(deep=True)
    changed[variable].loc[where] = value
    assert outcomes(changed)[statement] == "not reproduced"


def test_a_crossing_that_was_not_written_down_is_not_judged(data):
    assert "crossing: sawtooth" not in outcomes(data.sel(fold=[1, 20]))


def test_neurons_added_next_to_each_other_cancel_at_once(data):
    """Higham (1993): the rounding error of a sum depends on the order of its terms."""
    errors = data.rounding.sel(shallow_fold=6)
    assert (errors.sel(order="left to right") == 0).all()
    assert (errors.sel(order="shuffled") > 0).all()


def test_where_counts_cross():
    found = [expressible.sizes("x squared", m) for m in (4, 5)]
    assert [row["deep_neurons"] < row["least_neurons"] for row in found] == [False, True]
    assert expressible.sizes("sawtooth", 3) == {
        "deep_neurons": 6, "deep_parameters": 19, "least_neurons": 7, "least_parameters": 22,
    }  # fmt: skip


def test_the_order_of_units_changes_rounding_and_not_the_function(dtype):
    x = rounding.places(64, 0, str(dtype))
    for one in rounding.of_orders(3, x, str(dtype), 0):
        assert one.largest < 200 * np.finfo(dtype).eps


def test_chunks_and_silent_units_change_nothing():
    x = rounding.places(3000, 1)
    said = rounding.predict(constructions.shallow_square(3), x)
    np.testing.assert_allclose(np.abs(said - x**2).max(), depth.square_error(3), rtol=1e-2)
    assert said.shape == x.shape


def test_levels_that_float64_cannot_tell_are_refused():
    with pytest.raises(ValueError, match=r"levels=\(16, 20, 24\) must begin at 15 or less"):
        check(expressible, dataclasses.replace(TINY, levels=(16, 20, 24)))
