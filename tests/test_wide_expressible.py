"""`wide_versus_deep.expressible`: what is measured, verdicts that can say no, figures from data alone."""

import dataclasses

import numpy as np
import pytest

from experiments.lab import check_verdicts
from experiments.wide_versus_deep import _expressible_errors as errors
from experiments.wide_versus_deep import _expressible_verdicts as rules
from experiments.wide_versus_deep import expressible
from experiments.wide_versus_deep._expressible_sizes import sizes
from nnjax import constructions
from nnjax.theory import depth

TINY = dataclasses.replace(
    expressible.QUICK, folds=(1, 2, 20), grid_bits=6, levels=(1, 11, 12, 15), shallow_levels=(1, 2, 5),
    shallow_folds=(6, 8, 10), alternating_bits=4, num_places=256,
)  # fmt: skip


@pytest.fixture(scope="module")
def data():
    return expressible.run(TINY)


def outcomes(data):
    return {v.id: v.verdict for v in check_verdicts(expressible.verdicts(data))}


def test_everything_is_drawn_from_what_is_on_disk(data, redrawn):
    names = redrawn(expressible, data)
    assert names == ["alternating", "networks", "neurons", "rounding", "sawtooth", "square"]


def test_what_holds_of_few_already(data):
    found = outcomes(data)
    for name in ("sawtooth exact", "square exact", "square in float32", "lower bound", "one hidden layer"):
        assert found[name] == "reproduced"
    assert {found["crossing: sawtooth"], found["crossing: square"]} == {"reproduced"}


@pytest.mark.parametrize(
    ("variable", "where", "value", "verdict"),
    [
        ("sawtooth_wrong", {"fold": 20, "dtype": "float32"}, 1, "sawtooth exact"),
        ("square_largest", {"level": 15, "dtype": "float64"}, 1e-9, "square exact"),
        ("square_wrong", {"level": 11, "dtype": "float32"}, 1, "square in float32"),
        ("cut_wrong", {"unit": 1}, 0.0, "lower bound"),
        ("cut_wrong", {"unit": 4}, 0.7, "one hidden layer"),
        ("rounding", {"shallow_fold": 10, "dtype": "float32"}, 1e-4, "shallow in float32"),
    ],
)
def test_verdicts_can_say_no(data, variable, where, value, verdict):
    changed = data.copy(deep=True)
    changed[variable].loc[where] = value
    assert outcomes(changed)[verdict] == "not reproduced"


def test_where_counts_cross():
    found = [sizes("square", m) for m in (4, 5)]
    assert [row["deep_neurons"] < row["least_neurons"] for row in found] == [False, True]
    assert sizes("sawtooth", 3) == {
        "deep_neurons": 6, "deep_parameters": 19, "shallow_neurons": 8, "shallow_parameters": 25, "least_neurons": 7,
        "least_parameters": 22,
    }  # fmt: skip
    assert (rules.crossing("sawtooth", "neurons"), rules.crossing("square", "neurons")) == (3, 5)


def test_the_order_of_units_changes_rounding_and_not_the_function(dtype):
    x = errors.places(64, 0, str(dtype))
    for one in errors.of_orders(3, x, str(dtype), 0):
        assert one.largest < 200 * np.finfo(dtype).eps


def test_chunks_and_silent_units_change_nothing():
    x = errors.places(3000, 1)
    said = errors.predict(constructions.shallow_square(3), x)
    np.testing.assert_allclose(np.abs(said - x**2).max(), depth.square_error(3), rtol=1e-2)
    assert said.shape == x.shape


def test_a_cut_sawtooth_gets_its_own_points_right():
    x = np.arange(16) / 16
    wrong = (errors.predict(errors.cut_sawtooth(4, 6), x) > 0.5) != (np.arange(16) % 2 == 1)
    assert wrong.tolist() == [False] * 6 + [True, False] * 5


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"folds": (1, 2)}, "folds"),
        ({"levels": (1, 3, 2)}, "levels"),
        ({"shallow_folds": (2, 4, 18)}, "shallow_folds"),
        ({"alternating_bits": 2}, "alternating_bits"),
        ({"num_places": 1}, "num_places"),
    ],
)
def test_bad_settings_are_refused(change, word):
    with pytest.raises(ValueError, match=word):
        expressible.run(dataclasses.replace(TINY, **change))
