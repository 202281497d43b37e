"""`wide_versus_deep.expressible`: what is measured, verdicts that can say no, figures from data alone."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

from experiments.lab import check_verdicts
from experiments.lab.figures import use_style
from experiments.wide_versus_deep import _expressible_errors as errors
from experiments.wide_versus_deep import _expressible_verdicts as rules
from experiments.wide_versus_deep import expressible
from experiments.wide_versus_deep._expressible_sizes import sizes, units_for_points
from nnjax import constructions
from nnjax.theory import depth

TINY = dataclasses.replace(
    expressible.QUICK, folds=(1, 3, 20), grid_bits=6, levels=(1, 5, 11, 12, 15), shallow_levels=(1, 2, 5),
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
        ("sawtooth_wrong", {"fold": 3, "dtype": "float32"}, 1, "crossing: sawtooth"),
        ("square_largest", {"level": 5, "dtype": "float64"}, 1.00001 * 2.0**-12, "crossing: square"),
        ("cut_wrong", {"unit": 1}, 0.0, "lower bound"),
        ("cut_wrong", {"unit": 4}, 0.7, "one hidden layer"),
        ("rounding", {"shallow_fold": 10, "dtype": "float32"}, 1e-4, "shallow in float32"),
    ],
)
def test_verdicts_can_say_no(data, variable, where, value, verdict):
    changed = data.copy(deep=True)
    changed[variable].loc[where] = value
    assert outcomes(changed)[verdict] == "not reproduced"


def test_a_crossing_that_was_not_built_is_not_reproduced(data):
    """Counts alone are no measurement: without the deep network of the crossing the verdict is partly."""
    found = outcomes(data.sel(fold=[1, 20], level=[1, 11, 12, 15]))
    assert {found["crossing: sawtooth"], found["crossing: square"]} == {"partly"}
    assert rules.deep_at(data, "square", 4) == (None, "no deep one of 4 layers was built")


def test_exact_to_stops_at_the_first_that_is_not(data):
    changed = data.copy(deep=True)
    changed["square_wrong"][:] = np.array([0, 0, 1, 0, 1])[:, None]
    assert rules.exact_to(changed, "float32") == 5
    changed["square_wrong"][0] = 1
    assert rules.exact_to(changed, "float32") == 0
    assert rules.exact_to(data, "float64") == 15


def test_ranges_are_told_and_are_no_intervals(data):
    found = {v.id: v for v in expressible.verdicts(data)}
    assert all(found[name].low is found[name].high is None for name in ("square exact", "one hidden layer"))
    assert "of 1 to 1;" in found["square exact"].claim
    assert "from 0 to 1," in found["one hidden layer"].claim


@pytest.mark.parametrize("points", [16, 64])
def test_units_that_points_need(points):
    """N units make N + 2 runs at most, each of which gets one more right than wrong: n/2 runs for three quarters."""
    assert units_for_points(points, 0.25) == points // 2 - 2
    assert units_for_points(points, 0.0) == points - 2


def test_captions_follow_the_data(data):
    def captions(some):
        with use_style():
            found = {k: " ".join(f.texts[-1].get_text().split()) for k, f in expressible.figures(some).items()}
        plt.close("all")
        return found

    found = captions(data)
    assert "8 neurons in 4 layers get all right" in found["alternating"]
    assert "needs 6 neurons to get three quarters right and 14 for all" in found["alternating"]
    assert "networks 0 are below the bound" in found["alternating"]
    assert "outputs 0 are not exact" in found["sawtooth"]
    assert "not rounded here" in found["sawtooth"]
    assert "the shallow square errs least at m = 5, by" in found["rounding"]
    changed = data.copy(deep=True)
    changed["folded_wrong"][:] = 0.1
    changed["cut_wrong"][0] = 0.0
    changed["sawtooth_wrong"][0, 0] = 3
    changed["shallow_square"][0] = 1e-9
    found = captions(changed)
    assert "no layers of 2 get all right" in found["alternating"]
    assert "networks 1 are below the bound" in found["alternating"]
    assert "outputs 3 are not exact" in found["sawtooth"]
    assert "not rounded here" not in found["sawtooth"]
    assert "the shallow square errs least at m = 1, by 1.0e-09, and at m = 5 by" in found["rounding"]


def test_folds_that_skip_the_reported_one_are_judged(data):
    """2^12 units were reported; the most below that are judged, and are not what was reported."""
    some = data.assign_coords(shallow_fold=[8, 10, 13])
    one = next(v for v in expressible.verdicts(some) if v.id == "shallow in float32")
    assert "2^10 units" in one.claim
    assert one.verdict != "reproduced"


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
        ({"levels": (16, 20, 24)}, r"levels=\(16, 20, 24\) must begin at 15 or less"),
        ({"shallow_folds": (2, 4, 18)}, "shallow_folds"),
        ({"alternating_bits": 2}, "alternating_bits"),
        ({"num_places": 1}, "num_places"),
    ],
)
def test_bad_settings_are_refused(change, word):
    with pytest.raises(ValueError, match=word):
        expressible.run(dataclasses.replace(TINY, **change))
