"""Repeated tuning: who has which rate, and intervals that hold although the networks of one tuning are alike."""

import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab import over_tunings, rules, tunings
from nnjax import statistics, tasks


def test_every_tuning_has_as_many_networks_and_each_has_the_number_of_its_tuning():
    best = xr.DataArray([[0.1, 0.2], [0.3, 0.4]], {"width": [2, 4]}, ("width", "tuning"))
    rate = tunings.of_each(best, "task", ["a", "b", "c", "d"], 2)
    assert rate.sel(width=4, task="c").item() == 0.4
    assert rate.transpose("width", "task").values.tolist() == [[0.1, 0.1, 0.2, 0.2], [0.3, 0.3, 0.4, 0.4]]
    assert set(rate.coords) == {"width", "task"}
    for count, number in ((5, 2), (4, 1)):
        with pytest.raises(ValueError, match="count"):
            tunings.groups(count, number)


def test_seeds_are_dealt_and_stand_in_a_row_by_tuning():
    names = [str(k) for k in range(12)]  # more than ten: "10" comes before "2" in the alphabet
    seeds = tunings.seeds_of_each(names, range(24))
    assert seeds["2"] == range(4, 6)
    runs = nnjax.sweep(
        dict.fromkeys(names, tasks.xor()), width=[2], seeds=seeds, num_steps=1,
        learning_rate=xr.DataArray(np.linspace(0.1, 1.2, 12), {"task": names}, "task"),
    )  # fmt: skip
    row = tunings.in_a_row(runs.train_loss)
    assert row.dims == ("width", "seed")
    one = nnjax.sweep(tasks.xor(), width=[2], seeds=range(24), num_steps=1, learning_rate=0.3).train_loss
    np.testing.assert_allclose(row[:, 4:6], one.transpose("width", "seed")[:, 4:6], rtol=1e-5)  # the third tuning
    assert (tunings.groups(24, 12)[4:6] == 2).all()


def test_a_statistic_is_of_all_tunings_and_of_all_but_one():
    values = np.array([[1.0, 2.0], [3.0, 4.0], [11.0, 0.0]])
    assert over_tunings.left_out(values, np.sum).tolist() == [21, 18, 14, 10]


def test_a_ratio_is_told_by_logarithms_and_an_infinite_one_tells_nothing():
    """Of means the jackknife is Student's interval: here of logarithms 0, 1 and 2, to base 2."""
    logs = np.array([0.0, 1.0, 2.0])
    values = 2.0 ** over_tunings.left_out(logs[:, None], np.mean)
    found = over_tunings.ratio(values)
    np.testing.assert_allclose(np.log2(found), statistics.mean(logs)[:3])
    np.testing.assert_allclose(1 / np.array(over_tunings.ratio(1 / values)), [found.estimate, found.high, found.low])
    assert over_tunings.ratio(values, 0.99).high > found.high
    assert over_tunings.ratio(np.array([2.0, np.inf, 3.0])) == (2, 0, np.inf)
    assert over_tunings.ratio(np.zeros(3)) == (0, 0, 0)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_ratios_of_medians_hold_the_truth_whatever_the_tunings_change(spread):
    """Of 8 tunings with 12 networks each; a tuning multiplies the times of one kind by a number of its own."""
    rng, inside = np.random.default_rng(1), []
    for _ in range(300):
        a, b = np.exp(rng.normal(0, 0.5, (2, 8, 12)))
        b *= 3 * np.exp(rng.normal(0, spread, (8, 1)))
        one, other = (over_tunings.left_out(values, np.median) for values in (a, b))
        _, low, high = over_tunings.ratio(other / one)
        inside.append(low <= 3 <= high)
    assert np.mean(inside) > 0.92


def test_a_share_without_variance_is_wilsons_of_what_is_independent():
    for hits in (0, 5):
        found = over_tunings.share(np.full(4, hits), np.full(4, 5), 10)
        assert found[1:] == pytest.approx(statistics.wilson(2 * hits, 10))
        assert found.estimate == hits / 5
    assert np.isnan(over_tunings.share(np.zeros(3), np.zeros(3), 1)).all()


def test_tunings_that_agree_count_as_all_their_trials_and_those_that_do_not_as_the_fewest():
    alike = over_tunings.share(np.full(8, 4), np.full(8, 10), 80)
    assert alike[1:] == pytest.approx(statistics.wilson(32, 80))
    parted = over_tunings.share(np.repeat([0, 10], 4), np.full(8, 10), 80)
    assert parted[1:] == pytest.approx(statistics.wilson(4, 8))
    assert parted == over_tunings.share(np.append(np.repeat([0, 10], 4), 0), np.append(np.full(8, 10), 0), 80)


@pytest.mark.parametrize("trials", [(12,) * 8, (20, 20, 1, 1, 1, 1, 1, 1)])
@pytest.mark.parametrize("spread", [0.0, 0.5, 1.5])
def test_intervals_hold_the_truth_whatever_the_tunings_change(spread, trials):
    """The logit of the share of each of 8 tunings is normal with this standard deviation."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0.5, spread, (400, 8))
    truth = (1 / (1 + np.exp(-rng.normal(0.5, spread, 100_000)))).mean()
    hits = rng.binomial(trials, 1 / (1 + np.exp(-logits)))
    inside, naive = [], []
    for one in hits:
        _, low, high = over_tunings.share(one, np.array(trials), sum(trials))
        inside.append(low <= truth <= high)
        low, high = statistics.wilson(int(one.sum()), sum(trials))
        naive.append(low <= truth <= high)
    assert np.mean(inside) > 0.93
    assert spread < 1 or np.mean(naive) < 0.75


def test_a_difference_of_shares_is_newcombes():
    """56 of 70 against 48 of 80, an example of Newcombe 1998 (Stat. Med. 17, 873-890, table II, method 10)."""
    shares = [statistics.Interval(k / n, *statistics.wilson(k, n)) for k, n in ((56, 70), (48, 80))]
    assert over_tunings.difference(*shares) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert over_tunings.difference(*shares[::-1]) == pytest.approx((-0.2, -0.3339, -0.0524), abs=5e-5)
    never = over_tunings.share(np.zeros(8), np.full(8, 25), 200)
    assert over_tunings.difference(never, never).low == -over_tunings.difference(never, never).high < 0


def test_differences_hold_the_truth_where_tunings_differ():
    rng, inside = np.random.default_rng(0), []
    for _ in range(500):
        hits = rng.binomial(25, 1 / (1 + np.exp(-rng.normal([[0.5], [1.5]], 1.0, (2, 8)))))
        found = over_tunings.difference(*(over_tunings.share(one, np.full(8, 25), 200) for one in hits[::-1]))
        inside.append(found.low <= 0.1767 <= found.high)
    assert np.mean(inside) > 0.93


@pytest.mark.parametrize(
    ("ends", "expected"), [([-1] * 5 + [0] * 3, True), ([1] * 5 + [0] * 3, True), ([-1, -1, 1, 1, 0, 0, 0, 0], False)]
)
def test_most_tunings_are_more_than_half_at_whichever_end(ends, expected):
    at_end = xr.DataArray([ends, [0] * 8], dims=("width", "tuning"))
    assert rules.mostly(at_end).values.tolist() == [expected, False]
    assert rules.mostly(at_end != 0).values.tolist() == [expected, False]
