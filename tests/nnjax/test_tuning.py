"""Tuning: the least cost is chosen for every setting, ends of the grid are told, and grids may grow."""

import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax import tuning


def bowl(best, finite_below=np.inf):
    """A cost over learning rates that is least at `best` for each width, and infinite from a rate on."""
    tried = []

    def train(learning_rate):
        tried.append(list(learning_rate))
        rates = xr.DataArray(np.array(learning_rate), dims="learning_rate", coords={"learning_rate": learning_rate})
        least = xr.DataArray(best, dims="width", coords={"width": range(len(best))})
        return ((np.log(rates) - np.log(least)) ** 2).where(rates < finite_below, np.inf)

    train.tried = tried
    return train


def test_seeds_are_never_reported():
    assert min(tuning.seeds(3)) == tuning.FIRST_SEED
    assert len(tuning.seeds(3)) == 3


def test_the_best_of_each_setting_and_where_it_lies():
    tuned = tuning.tune(bowl([0.01, 0.12, 5.0]), learning_rate=[1.0, 0.01, 0.1])
    np.testing.assert_array_equal(tuned.best["learning_rate"], [0.01, 0.1, 1.0])
    np.testing.assert_array_equal(tuned.at_end["learning_rate"], [-1, 0, 1])
    assert tuned.best["learning_rate"].dims == ("width",)
    assert tuned.cost.sizes == {"learning_rate": 3, "width": 3}


def test_a_grid_grows_until_the_best_lies_inside():
    train = bowl([0.003, 0.1])
    tuned = tuning.tune(train, learning_rate=[0.03, 0.1, 0.3], widen=3)
    assert (tuned.at_end["learning_rate"] == 0).all()
    np.testing.assert_allclose(tuned.best["learning_rate"], [0.0027, 0.1])
    np.testing.assert_allclose(np.concatenate(train.tried[1:]), [0.009, 0.0027, 0.00081])


def test_a_grid_grows_at_most_three_times_and_not_at_all_unless_asked():
    assert tuning.tune(bowl([1e-9]), learning_rate=[0.1, 1.0], widen=3).cost.sizes["learning_rate"] == 5
    assert tuning.tune(bowl([1e-9]), learning_rate=[0.1, 1.0]).cost.sizes["learning_rate"] == 2
    with pytest.raises(ValueError, match="widen=4 must be from 0 to 3"):
        tuning.tune(bowl([1.0]), learning_rate=[0.1, 1.0], widen=4)


def test_a_grid_stops_growing_where_networks_diverge():
    train = bowl([100.0], finite_below=2.0)
    tuned = tuning.tune(train, learning_rate=[0.01, 0.1, 1.0], widen=3)
    assert len(train.tried) == 2, "the first rate beyond diverged"
    assert tuned.best["learning_rate"].item() == 1.0
    assert tuned.at_end["learning_rate"].item() == 0


def test_what_diverged_is_never_best_and_seeds_are_averaged():
    cost = xr.DataArray([[np.inf, 0.0], [2.0, 2.0], [np.nan, 1.0]], dims=("rate", "seed"), coords={"rate": [1, 2, 3]})
    assert tuning.choose(cost, "rate").best["rate"].item() == 2
    assert tuning.choose(xr.full_like(cost, np.inf), "rate").best["rate"].item() in (1, 2, 3)


def test_ties_are_broken_by_what_was_given_for_it_then_by_order():
    cost = xr.DataArray([0.0, 0.0, 1.0], dims="rate", coords={"rate": [1, 2, 3]})
    assert tuning.choose(cost, "rate").best["rate"].item() == 1
    tie = xr.DataArray([5.0, 4.0, 0.0], dims="rate", coords={"rate": [1, 2, 3]})
    assert tuning.choose(cost, "rate", tie=tie).best["rate"].item() == 2
    assert tuning.choose(cost, "rate", tie=tie * np.inf).best["rate"].item() == 1


def test_two_numbers_are_tuned_together():
    rates, decays = np.array([0.1, 1.0, 10.0]), np.array([1e-3, 1e-2])
    cost = xr.DataArray(
        [[[3, 1, 2], [0, 4, 5]], [[9, 9, 9], [9, 9, 8]]],
        dims=("width", "decay", "rate"),
        coords={"rate": rates, "decay": decays},
    )
    tuned = tuning.choose(cost, "rate", "decay")
    np.testing.assert_array_equal(tuned.best["rate"], [0.1, 10.0])
    np.testing.assert_array_equal(tuned.best["decay"], [1e-2, 1e-2])
    np.testing.assert_array_equal(tuned.at_end["rate"], [-1, 1])


@pytest.mark.parametrize(
    ("grid", "widen", "message"),
    [
        ([], 0, "must hold different values"),
        ([1.0, 1.0], 0, "must hold different values"),
        ([1.0], 1, "two or more and above 0, to be widened"),
        ([0.0, 1.0], 1, "two or more and above 0, to be widened"),
    ],
)
def test_a_bad_grid_is_refused_before_anything_is_trained(grid, widen, message):
    train = bowl([1.0])
    with pytest.raises(ValueError, match=message):
        tuning.tune(train, learning_rate=grid, widen=widen)
    assert not train.tried


def test_a_dimension_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"numbers \('decay',\) must be dimensions of cost"):
        tuning.choose(bowl([1.0])([1.0]), "decay")


def test_what_was_tuned_is_handed_to_a_sweep():
    def train(learning_rate):
        runs = nnjax.sweep(
            nnjax.tasks.xor(), width=[2, 3], learning_rate=learning_rate, seeds=tuning.seeds(4), num_steps=20
        )
        return runs.accuracy != 1, runs.train_loss

    tuned = tuning.tune(train, learning_rate=[0.03, 0.3], widen=1)
    runs = nnjax.sweep(nnjax.tasks.xor(), width=[2, 3], **tuned.best, seeds=2, num_steps=3)
    assert runs.sizes["width"] == 2
    assert "learning_rate" not in runs.sizes
