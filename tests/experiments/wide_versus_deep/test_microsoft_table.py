"""The Microsoft table on digits: outcomes on numbers made up, intervals by hand, shapes, and a tiny run."""

import dataclasses

import numpy as np
import pytest
import scipy
import xarray as xr

from experiments.lab import claims, results
from experiments.lab import verdicts as judged
from experiments.lab.estimates import LEVEL
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED
from experiments.wide_versus_deep import microsoft_table as claim
from experiments.wide_versus_deep.families import DIGITS
from experiments.wide_versus_deep.microsoft import WORD_ERRORS
from nnjax import mlp
from tests.experiments.conftest import check

NETWORKS = ["1", "2", "3", "5", "=5", "wide"]
TABLE = [WORD_ERRORS[name] / 100 for name in NETWORKS]


def made_up(means, again=0.0, task=claim.MNIST1D):
    """Log errors around these means, on draws that all networks share; those of a second tuning are `again` more."""
    rng, shape = np.random.default_rng(0), (len(NETWORKS), 8, 2)
    first = np.log10(means)[:, None, None] + 0.02 * rng.normal(size=(8, 1)) + 0.002 * rng.normal(size=shape)
    error = np.stack([first, first + again])[None]
    error[:, 1, -1] = np.nan  # the widest is tuned once
    twice = ("task", "tuning", "network")
    return xr.Dataset(
        {"error": ((*twice, "draw", "seed"), error), "rate_at_end": (twice, np.zeros((1, 2, len(NETWORKS))))},
        {"task": [task], "tuning": ["first", "second"], "network": NETWORKS},
    )


def outcomes(data):
    return [row["outcome"] for row in judged.verdicts(claim.STATEMENTS, data)]


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        (TABLE, [REPRODUCED, REPRODUCED]),
        ([0.267, 0.2, 0.2, 0.2, 0.2, 0.2], [PARTLY, NOT_REPRODUCED]),  # the second layer helps, on average by 1.1
        ([0.2] * 4 + [0.15, 0.15], [NOT_REPRODUCED, NOT_REPRODUCED]),
    ],
)
def test_outcomes(means, expected):
    assert outcomes(made_up(means)) == expected


def test_a_rate_at_the_end_of_its_grid_leaves_open_what_another_could_turn():
    data = made_up(TABLE)
    data["rate_at_end"].loc[{"network": "=5", "tuning": "first"}] = 1
    assert outcomes(data) == [REPRODUCED, NOT_SETTLED]
    data["rate_at_end"].loc[{"network": ["5", "=5"]}] = [1, 0]  # a better one of the deep network changes nothing
    assert outcomes(data) == [REPRODUCED, REPRODUCED]
    (first, _) = judged.verdicts(claim.STATEMENTS, data)
    assert first["at_edge"] == 1


def test_the_variance_of_tuning_is_pooled_over_what_was_tuned_twice():
    """Five networks that differ by 0.02 after the second tuning: a variance of 0.0002 with five degrees of freedom."""
    one = made_up([0.2] * 6, again=0.02).isel(task=0)
    by_draw = (one.error.sel(network="5") - one.error.sel(network="=5")).sel(tuning="first").mean("seed")
    over_draws, tuning = float(by_draw.var(ddof=1)) / 8, 2 * 0.0002
    freedom = (over_draws + tuning) ** 2 / (over_draws**2 / 7 + tuning**2 / 5)
    half = scipy.stats.t.ppf(0.975, freedom) * np.sqrt(over_draws + tuning)
    found = np.log10(claim.ratio(one, LEVEL, "5", "=5"))
    assert float(found.high - found.value) == pytest.approx(half, rel=1e-6)
    assert claim.ratio(one, LEVEL, "1", "1").to_array().values.tolist() == [1, 1, 1]


def test_draws_that_split_the_same_digits_anew_count_for_less():
    plain, digits = (made_up(TABLE, task=task).isel(task=0) for task in (claim.MNIST1D, DIGITS))
    found = [claim.ratio(one, LEVEL, "5", "1") for one in (plain, digits)]
    widths = [float(np.log(one.high / one.low)) for one in found]
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(1 + 8 / 3))


def test_the_published_networks_of_mnist_have_equal_weights():
    for pair in claim.PUBLISHED_PAIRS:
        shapes = [[int(part.replace(",", "")) for part in name.split(" x ")] for name in pair]
        deep, shallow = (mlp.num_params((784, *(width,) * layers, 10)) for layers, width in shapes)
        assert 1 <= deep / shallow < 1.05
    found = claim.published_ratios().sel(pair="MNIST: 4 x 632 over 1 x 2,048")
    assert float(found.value) == pytest.approx(2.06 / 1.75)
    assert 1 < found.low < found.value < found.high < 1.3


def test_shapes_are_those_of_the_table():
    config = dataclasses.replace(claim.Config(), neurons=2_048)
    found = claim.shapes((429, 9_304), config)  # the original's inputs, outputs and neurons
    assert found["5"] == (2_048,) * 5
    assert found["=5"] == (3_772,)  # as published
    assert found["wide"] == (4 * 3_772,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tuning_draws": (2,)}, "tuning_draws="),
        ({"layers": (2, 3)}, "layers="),
        ({"rates": (0.1, 0.2, 0.3)}, "rates=.* same multiple"),
    ],
)
def test_settings_that_make_no_sense_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        check(claim, dataclasses.replace(claim.Config(), **change))


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    data = claim.run(dataclasses.replace(claim.QUICK, neurons=8, rows=1_000, seeds_per_draw=2, epochs=25))
    committed = results.load(claims.ROOT.parent / "results/wide_versus_deep/microsoft_table/data.nc")
    assert {name: (one.dims, one.dtype.kind) for name, one in data.variables.items()} == {
        name: (one.dims, one.dtype.kind) for name, one in committed.variables.items()
    }
    assert data.network.values.tolist() == ["1", "2", "=2", "wide"]
    assert data.num_params.values[0].tolist() == [mlp.num_params((40, *h, 10)) for h in ((8,), (8, 8), (9,), (36,))]
    error = 10 ** data.error.sel(tuning="first").mean(("draw", "seed"))
    assert error.sel(network="wide") < error.sel(network="1") < 0.9  # chance has 0.9
    known = np.isfinite(data.error.sel(tuning="second")).all(("task", "draw", "seed"))
    assert known.values.tolist() == [True, True, True, False]
