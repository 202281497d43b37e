"""`wide_versus_deep.expressible`: what is measured, verdicts that can say no, figures from data alone."""

import dataclasses
from types import SimpleNamespace

import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pytest

from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from experiments.wide_versus_deep.expressible import config, errors, figures, run, summary, verdicts
from nnjax.theory import constructions, depth

TINY = dataclasses.replace(
    config.QUICK, folds=(1, 3, 20), grid_bits=6, levels=(1, 5, 11, 12, 15), shallow_levels=(1, 2, 5),
    shallow_folds=(4, 5, 6), alternating_bits=4, num_places=256,
)  # fmt: skip


@pytest.fixture(scope="module")
def data():
    """A tiny run in which NumPy pads the layers: JAX compiles a program for every number of neurons."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errors, "jnp", SimpleNamespace(pad=lambda a, width: jnp.asarray(np.pad(a, width))))
        return run.run(TINY)


def outcomes(data, settings=TINY):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(settings))}


def test_everything_is_drawn_from_what_is_on_disk(data, redrawn):
    names = redrawn("wide_versus_deep.expressible", data, TINY)
    assert names == ["alternating", "networks", "neurons", "rounding", "sawtooth", "square"]


def test_what_holds_of_few_already(data):
    found = outcomes(data)
    assert found.pop("order of adding up") != NOT_REPRODUCED  # three shallow networks leave its exponent open
    assert set(found.values()) == {REPRODUCED}


@pytest.mark.parametrize(
    ("variable", "where", "value", "verdict"),
    [
        ("sawtooth_wrong", {"fold": 20, "dtype": "float32"}, 1, "sawtooth exact"),
        ("square_largest", {"level": 15, "dtype": "float64"}, 1e-9, "square exact"),
        ("sawtooth_wrong", {"fold": 3, "dtype": "float32"}, 1, "crossing: sawtooth"),
        ("square_largest", {"level": 5, "dtype": "float64"}, 1.00001 * 2.0**-12, "crossing: square"),
    ],
)
def test_verdicts_can_say_no(data, variable, where, value, verdict):
    changed = data.copy(deep=True)
    changed[variable].loc[where] = value
    assert outcomes(changed)[verdict] == NOT_REPRODUCED


def test_no_network_gets_fewer_points_wrong_than_telgarskys_bound(data):
    """Theorem 1.1 of Telgarsky (2015); figures draw the bound."""
    built = data.sizes["unit"] + data.sizes["built_fold"]
    assert summary.below_the_bound(data) == (0, built)
    changed = data.copy(deep=True)
    changed["cut_wrong"].loc[{"unit": 1}] = 0.0
    assert summary.below_the_bound(changed) == (1, built)


def test_a_crossing_that_was_not_written_down_settles_nothing(data):
    few = dataclasses.replace(TINY, folds=(1, 20), levels=(1, 11, 12, 15))
    found = outcomes(data.sel(fold=[1, 20], level=[1, 11, 12, 15]), few)
    assert {found["crossing: sawtooth"], found["crossing: square"]} == {NOT_SETTLED}


@pytest.mark.parametrize(
    ("exponent", "left_to_right", "outcome"),
    [
        (2.0, 0.0, REPRODUCED),
        (2.0, 1e9, PARTLY),
        (4.0, 0.0, PARTLY),
        (4.0, 1e9, NOT_REPRODUCED),
        (2.5, 1e9, NOT_SETTLED),
    ],
)
def test_the_growth_of_rounding_errors_and_their_order(data, exponent, left_to_right, outcome):
    changed = data.copy(deep=True)
    bent = np.array([1.0, 1.01, 1.0])  # the line does not fit exactly, so the slope has an interval
    changed["rounding"].loc[{"dtype": "float64", "order": "shuffled"}] = 2.0 ** (exponent * data.shallow_fold) * bent
    changed["rounding"].loc[{"order": "left to right"}] = left_to_right
    assert outcomes(changed)["order of adding up"] == outcome


def test_exact_to_stops_at_the_first_that_is_not(data):
    changed = data.copy(deep=True)
    changed["square_wrong"][:] = np.array([0, 0, 1, 0, 1])[:, None]
    assert summary.exact_to(changed, "float32") == 5
    changed["square_wrong"][0] = 1
    assert summary.exact_to(changed, "float32") == 0
    assert summary.exact_to(data, "float64") == 15
    assert summary.exact_to(data, "float32") == 11  # squares of multiples of 2^-m, and their means: 2m + 1 of 24 bits


def test_the_first_pieces_of_the_sawtooth_are_the_best_of_one_hidden_layer_but_for_a_point(data):
    gap = (data.cut_wrong - data.cut_exact) * 2 ** data.attrs["alternating_bits"]
    assert gap.min() >= 0
    assert gap.max() <= 1


@pytest.mark.parametrize("points", [16, 64])
def test_units_that_points_need(points):
    """N units make N + 2 runs at most, each of which gets one more right than wrong: n/2 runs for three quarters."""
    assert summary.units_for_points(points, 0.25) == points // 2 - 2
    assert summary.units_for_points(points, 0.0) == points - 2


@pytest.mark.slow
def test_captions_follow_the_data(data):
    def captions(some):
        with use_style():
            found = {k: " ".join(f.texts[-1].get_text().split()) for k, f in figures.figures(some).items()}
        plt.close("all")
        return found

    found = captions(data)
    assert "8 neurons in 4 layers get all points right" in found["alternating"]
    assert "by theory one hidden layer needs 6 neurons to get three quarters right, and 14 to" in found["alternating"]
    assert "constructed networks is below Telgarsky's bound" in found["alternating"]
    assert "means 1. None of" in found["alternating"]
    assert found["sawtooth"].startswith("None of ")
    assert "of 2 ReLUs differs from the sawtooth" in found["sawtooth"]
    assert "not rounded here" in found["sawtooth"]
    assert "the error of the shallow square is smallest at m = 5 (" in found["rounding"]
    changed = data.copy(deep=True)
    changed["folded_wrong"][:] = 0.1
    changed["cut_wrong"][0] = 0.0
    changed["sawtooth_wrong"][0, 0] = 3
    changed["shallow_square"][0] = 1e-9
    found = captions(changed)
    assert "No network with layers of 2 neurons gets all points right" in found["alternating"]
    assert "means 1. 1 of " in found["alternating"]
    assert "constructed networks is below Telgarsky's bound" in found["alternating"]
    assert found["sawtooth"].startswith("3 of ")
    assert "of 2 ReLUs differ from the sawtooth" in found["sawtooth"]
    assert "not rounded here" not in found["sawtooth"]
    assert r"the error of the shallow square is smallest at m = 1 ($1.0 \cdot 10^{-9}$) and" in found["rounding"]


def test_where_counts_cross():
    found = [summary.sizes("square", m) for m in (4, 5)]
    assert [row["deep_neurons"] < row["least_neurons"] for row in found] == [False, True]
    assert summary.sizes("sawtooth", 3) == {
        "deep_neurons": 6, "deep_parameters": 19, "shallow_neurons": 8, "shallow_parameters": 25, "least_neurons": 7,
        "least_parameters": 22,
    }  # fmt: skip
    assert (summary.crossing("sawtooth", "neurons"), summary.crossing("square", "neurons")) == (3, 5)


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
        ({"levels": (16, 20, 24)}, r"levels=\(16, 20, 24\) must begin at 15 or less"),
        ({"shallow_folds": (2, 4, 18)}, "shallow_folds"),
        ({"alternating_bits": 2}, "alternating_bits"),
        ({"num_places": 1}, "num_places"),
    ],
)
def test_bad_settings_are_refused(change, word):
    with pytest.raises(ValueError, match=word):
        config.check(dataclasses.replace(TINY, **change))
