"""Repeated tuning: who has which rate, and intervals that hold although the networks of one tuning are alike."""

import numpy as np
import pytest
import xarray as xr

from experiments.lab import tunings
from nnjax import statistics


def test_every_tuning_has_as_many_networks_and_each_has_the_number_of_its_tuning():
    best = xr.DataArray([[0.1, 0.2], [0.3, 0.4]], {"width": [2, 4]}, ("width", "tuning"))
    rate = tunings.of_each(best, "task", ["a", "b", "c", "d"], 2)
    assert rate.sel(width=4, task="c").item() == 0.4
    assert rate.transpose("width", "task").values.tolist() == [[0.1, 0.1, 0.2, 0.2], [0.3, 0.3, 0.4, 0.4]]
    assert set(rate.coords) == {"width", "task"}
    for count, number in ((5, 2), (4, 1)):
        with pytest.raises(ValueError, match="count"):
            tunings.groups(count, number)


def test_a_ratio_is_told_by_logarithms_and_an_infinite_one_tells_nothing():
    values = np.array([1.0, 2.0, 4.0])
    found = tunings.ratio(values)
    np.testing.assert_allclose(found.estimate, 2)
    np.testing.assert_allclose(1 / np.array(tunings.ratio(1 / values)), [found.estimate, found.high, found.low])
    np.testing.assert_allclose(np.log2(found), statistics.mean([0, 1, 2])[:3])
    assert tunings.ratio(np.array([1.0, np.inf, 3.0])) == (3, 0, np.inf)
    assert tunings.ratio(np.zeros(3)) == (0, 0, 0)


def test_a_share_without_variance_is_wilsons_of_what_is_independent():
    for hits in (0, 5):
        found = tunings.share(np.full(4, hits), np.full(4, 5), 10)
        assert found[1:] == pytest.approx(statistics.wilson(2 * hits, 10))
        assert found.estimate == hits / 5
    assert np.isnan(tunings.share(np.zeros(3), np.zeros(3), 1)).all()


def test_tunings_that_agree_count_as_all_their_trials_and_those_that_do_not_as_the_fewest():
    alike = tunings.share(np.full(8, 4), np.full(8, 10), 80)
    assert alike[1:] == pytest.approx(statistics.wilson(32, 80))
    parted = tunings.share(np.repeat([0, 10], 4), np.full(8, 10), 80)
    assert parted[1:] == pytest.approx(statistics.wilson(4, 8))
    assert parted == tunings.share(np.append(np.repeat([0, 10], 4), 0), np.append(np.full(8, 10), 0), 80)


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.5])
def test_intervals_hold_the_truth_whatever_the_tunings_change(spread):
    """The logit of a tuning's share is normal with this standard deviation; each of 8 tunings has 12 networks."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0.5, spread, (1_000, 8))
    truth = (1 / (1 + np.exp(-rng.normal(0.5, spread, 100_000)))).mean()
    hits = rng.binomial(12, 1 / (1 + np.exp(-logits)))
    inside, naive = [], []
    for one in hits:
        _, low, high = tunings.share(one, np.full(8, 12), 96)
        inside.append(low <= truth <= high)
        low, high = statistics.wilson(int(one.sum()), 96)
        naive.append(low <= truth <= high)
    assert np.mean(inside) > 0.93
    assert spread < 1 or np.mean(naive) < 0.75
