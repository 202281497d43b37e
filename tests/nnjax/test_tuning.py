"""Tuning: the least cost is chosen for every setting, ends of the grid are told, and grids may grow."""

import functools

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


def test_whole_numbers_stay_whole():
    """A size of a batch must be a whole number."""
    tried = []

    def train(batch_size):
        tried.extend(batch_size)
        plan = nnjax.plan(nnjax.tasks.parity(5), width=2, batch_size=batch_size)
        assert plan.num_networks == len(batch_size)
        return xr.DataArray(np.log(batch_size), {"batch_size": list(batch_size)})

    tuned = tuning.tune(train, batch_size=np.array([16, 32]), widen=2)
    assert tried == [16, 32, 8, 4]
    assert {type(size) for size in tried} == {int}
    assert tuned.best["batch_size"].item() == 4
    for least in ([1, 2, 4], [2, 3, 8]):  # beyond them lie 0.5 and 4/3
        tried.clear()
        assert tuning.tune(train, batch_size=least, widen=1).best["batch_size"].item() == least[0]
        assert tried == least
    halves = tuning.tune(bowl([0.5]), learning_rate=[1.0, 2.0, 4.0], widen=1)
    assert halves.best["learning_rate"].item() == 0.5


def test_a_grid_grows_at_most_three_times_and_not_at_all_unless_asked():
    assert tuning.tune(bowl([1e-9]), learning_rate=[0.1, 1.0], widen=3).cost.sizes["learning_rate"] == 5
    assert tuning.tune(bowl([1e-9]), learning_rate=[0.1, 1.0]).cost.sizes["learning_rate"] == 2
    with pytest.raises(ValueError, match="widen=4 must be a whole number from 0 to 3"):
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


def test_where_all_values_tie_none_is_at_an_end_and_nothing_beyond_is_tried():
    """Nothing learns in the first setting; the second learns, the third diverges, and its grid grows downwards."""
    tried = []

    def train(rate):
        tried.append(list(rate))
        rates = xr.DataArray(rate, dims="rate", coords={"rate": rate})
        costs = [rates * 0 + 1, (rates - 2) ** 2, rates * np.inf]
        return xr.concat(costs, xr.DataArray(["nothing", "some", "diverged"], dims="task"))

    tuned = tuning.tune(train, rate=[1.0, 2.0, 4.0], widen=1)
    assert tuned.tied.values.tolist() == [True, False, False]
    assert tuned.at_end["rate"].values.tolist() == [0, 0, -1]
    assert tried == [[1.0, 2.0, 4.0], [0.5]]
    nothing = train([1.0, 2.0, 4.0]).sel(task=["nothing"])
    tie = train([1.0, 2.0, 4.0]).sel(task=["some"]).assign_coords(task=["nothing"])
    for given, tied, end in ((tie, False, 0), (nothing, True, 0), (nothing * np.inf, False, -1)):
        found = tuning.choose(nothing, "rate", tie=given)
        assert (found.tied.item(), found.at_end["rate"].item()) == (tied, end)
    assert not tuning.choose(nothing.sel(rate=[1.0]), "rate").tied.any(), "one value is no tie"


def test_means_over_seeds_are_taken_in_double_precision():
    """In float32 both means are the same."""
    cost = np.array([[1.0, 1.0], [1.0, np.nextafter(np.float32(1.0), np.float32(0.0))]], np.float32)
    tuned = tuning.choose(xr.DataArray(cost, {"rate": [1, 2]}, ("rate", "seed")), "rate")
    assert tuned.best["rate"].item() == 2


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
        ([1.0], 1, "two or more and above 0, so that they can be widened"),
        ([0.0, 1.0], 1, "two or more and above 0, so that they can be widened"),
    ],
)
def test_a_bad_grid_is_refused_before_anything_is_trained(grid, widen, message):
    train = bowl([1.0])
    with pytest.raises(ValueError, match=message):
        tuning.tune(train, learning_rate=grid, widen=widen)
    assert not train.tried


def test_a_dimension_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"numbers=\('decay',\) must be one or more different dimensions of cost"):
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


# --- several tunings


def noisy(learning_rate, seeds):
    """Runs whose best rate depends on the seeds: 1 where their number, in tens, is even, else 3."""
    noisy.calls.append((learning_rate, seeds))
    best = xr.DataArray(1.0 + 2 * (np.array(seeds) // 10 % 2), {"seed": list(seeds)})
    rate = learning_rate
    if isinstance(learning_rate, list):
        rate = xr.DataArray(learning_rate, {"learning_rate": learning_rate})
    width = xr.DataArray([1.0, 3.0], {"width": [1, 2]}, "width")
    return xr.Dataset({"loss": (rate - width * best) ** 2}, attrs={"settings": str(seeds)})


GIVEN = {"cost": "loss", "tunings": 2, "tuning_seeds": 10, "seeds": 6}


def test_tunings_have_seeds_of_their_own_and_fresh_ones_are_trained_at_what_each_chose():
    noisy.calls = []
    tuned, fresh = tuning.repeated(noisy, "learning_rate", [1.0, 3.0], **GIVEN, widen=1)
    np.testing.assert_array_equal(tuned.best["learning_rate"].sel(tuning=[0, 1], width=1), [1.0, 3.0])
    np.testing.assert_array_equal(tuned.best["learning_rate"].sel(tuning=[0, 1], width=2), [3.0, 9.0])
    for_tuning = [seeds for rate, seeds in noisy.calls if isinstance(rate, list)]
    assert for_tuning == [tuning.seeds(20)] * len(for_tuning)
    assert [seeds for rate, seeds in noisy.calls if not isinstance(rate, list)] == [range(3), range(3, 6)]
    assert fresh.seed.values.tolist() == list(range(6))
    assert fresh.tuning_of.values.tolist() == [0, 0, 0, 1, 1, 1]
    own = tuned.best["learning_rate"].sel(tuning=fresh.tuning_of)
    np.testing.assert_array_equal((own - xr.DataArray([1.0, 3.0], {"width": [1, 2]}, "width")) ** 2, fresh.loss)
    assert "settings" not in fresh.attrs, "those of one sweep"
    xr.Dataset({"loss": fresh.loss, "learning_rate": tuned.best["learning_rate"]})  # both fit into one table


def test_cost_and_tie_may_be_functions_of_the_runs_and_a_number_may_have_no_setting():
    noisy.calls = []
    tuned, fresh = tuning.repeated(
        lambda **given: noisy(**given).sel(width=1, drop=True), "learning_rate", [1.0, 3.0],
        **GIVEN | {"cost": lambda runs: runs.loss > 100, "tie": "loss"},
    )  # fmt: skip
    assert tuned.best["learning_rate"].values.tolist() == [1.0, 3.0]
    assert [rate for rate, _ in noisy.calls[1:]] == [1.0, 3.0]
    assert not tuned.cost.any()
    assert fresh.sizes == {"seed": 6}


def test_fresh_networks_predict_but_are_not_trained_again():
    train = functools.partial(nnjax.sweep, nnjax.tasks.xor(), width=2, num_steps=2, keep_params=True, progress=False)
    given = {"cost": "train_loss", "tunings": 2, "tuning_seeds": 1, "seeds": 2}
    tuned, fresh = tuning.repeated(train, "learning_rate", [0.01, 0.1], **given)
    again = train(learning_rate=tuned.best["learning_rate"].sel(tuning=1).item(), seeds=[1])
    x = nnjax.tasks.xor().x
    np.testing.assert_array_equal(nnjax.params.predict(fresh, x).sel(seed=[1]), nnjax.params.predict(again, x))
    with pytest.raises(ValueError, match="runs has no attribute 'plan'"):
        nnjax.refit(fresh, nnjax.tasks.xor(), seed=1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seeds": 7}, "seeds=7 must be a multiple of tunings=2"),
        ({"seeds": 2_000_000}, "seeds=2000000 must be at most 1000000"),
        ({"tunings": 0}, "tunings=0"),
        ({"tuning_seeds": 0}, "tuning_seeds=0"),
        ({"cost": 3}, "cost=3 must name a variable of the runs"),
        ({"tie": 3}, "tie=3 must name a variable of the runs"),
        ({"widen": 9}, "widen=9"),
        ({"train": 3}, "train=3 must be a function"),
        ({"values": [1.0, 1.0]}, "must hold different values"),
        ({"number": "width"}, "number='width' must be the name of one number, .* not hidden, width"),
    ],
)
def test_bad_repetitions_are_refused_before_anything_is_trained(given, message):
    noisy.calls = []
    given = {"train": noisy, "number": "learning_rate", "values": [1.0, 3.0], **GIVEN, **given}
    with pytest.raises(ValueError, match=message):
        tuning.repeated(**given)
    assert not noisy.calls


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cost": "lost"}, "cost='lost' must name a variable of the runs: loss"),
        ({"cost": lambda runs: runs.loss.mean("seed")}, "cost must be a DataArray over the 20 seeds of the runs"),
        ({"train": lambda **given: noisy(**given).mean("seed")}, "train must return a Dataset over the 20 seeds"),
        ({"train": lambda **given: noisy(**given).loss}, "train must return a Dataset over the 20 seeds"),
    ],
)
def test_runs_that_cannot_be_dealt_are_told(given, message):
    noisy.calls = []
    given = {"train": noisy, "number": "learning_rate", "values": [1.0, 3.0], **GIVEN, **given}
    with pytest.raises(ValueError, match=message):
        tuning.repeated(**given)


# --- halving


def landscape(best, drift=0.0, curvature=1.0, diverges_from=np.inf):
    """A cost over settings that is a bowl in log2 of the rate; longer trainings want rates lower by `drift` octaves for
    each factor of 4 in their length.
    """
    calls = []
    least = xr.DataArray(np.asarray(best, float), dims="width", coords={"width": range(len(best))})

    def train(learning_rate, num_steps):
        calls.append((learning_rate, num_steps))
        if isinstance(learning_rate, list):
            learning_rate = xr.DataArray(learning_rate, dims="learning_rate", coords={"learning_rate": learning_rate})
        wanted = np.log2(least) - drift * np.log(num_steps / 1000) / np.log(4)
        cost = curvature * (np.log2(learning_rate) - wanted) ** 2
        return cost.where(learning_rate < diverges_from, np.inf)

    train.calls = calls
    return train


RATES = [2.0**i for i in range(-10, -2)]


def test_halving_finds_the_rate_of_the_longest_training():
    train = landscape([0.01, 0.003, 0.02], drift=0.7)
    found = tuning.halve(train, RATES, 16_000)
    wanted = np.asarray([0.01, 0.003, 0.02]) / 2 ** (0.7 * 2)
    np.testing.assert_allclose(found.best["learning_rate"], wanted)
    assert (found.at_end == 0).all()
    assert [steps for _, steps in train.calls][:8] == [1000, *[4000] * 4, *[16_000] * 3]
    assert found.trials.sizes["width"] == 3
    assert found.trials.num_steps.values[:12].tolist() == [1000] * 8 + [4000] * 4
    best = found.trials.cost.where(found.trials.num_steps == 16_000).min("trial")
    assert (best < 0.25).all()


def test_every_setting_has_as_many_trials_and_its_own_rates():
    train = landscape([2.0**-8, 2.0**-4])
    tuning.halve(train, RATES, 1600)
    second = np.stack([rate.values for rate, steps in train.calls if steps == 400])
    np.testing.assert_array_equal(np.log2(second), np.asarray([[-10, -9, -8, -7], [-6, -5, -4, -3]]).T)
    third = np.stack([rate.values for rate, steps in train.calls if steps == 1600])
    np.testing.assert_array_equal(np.log2(third), [[-9, -5], [-8, -4], [-7, -3]])


def test_the_grid_of_full_length_grows_where_an_end_is_best():
    train = landscape([2.0**-6, 2.0**-6 / 2**0.2], drift=2.5)
    found = tuning.halve(train, RATES, 16_000)
    wanted = np.asarray([2.0**-6, 2.0**-6 / 2**0.2]) / 2**5
    np.testing.assert_allclose(found.best["learning_rate"], wanted)
    assert (found.at_end == 0).all()
    assert len([steps for _, steps in train.calls if steps == 16_000]) > 3
    never = tuning.halve(landscape([2.0**-6], drift=2.5), RATES, 16_000, grow=0)
    assert never.at_end.values.tolist() == [-1]


def test_rates_that_tie_stay_in_the_middle_and_divergence_has_no_vertex():
    train = landscape([2.0**-6], curvature=0.0)
    flat = tuning.halve(train, RATES, 1600)
    assert flat.best["learning_rate"].item() == 2.0**-7
    assert (flat.tied.item(), flat.at_end.item()) == (True, 0)
    assert len(train.calls) == 1 + 4 + 3

    def late(learning_rate, num_steps):
        return landscape([2.0**-6])(learning_rate, num_steps) if num_steps == 1600 else train(learning_rate, num_steps)

    both = tuning.halve(late, RATES, 1600)
    assert (both.tied.item(), both.best["learning_rate"].item()) == (False, 2.0**-6), "they tie only at first"
    never = tuning.halve(landscape([2.0**-6], diverges_from=0.0), RATES, 1600)
    assert (never.tied.item(), never.at_end.item()) == (False, -1), "lower rates may train"
    edge = tuning.halve(landscape([2.0**-4.4], diverges_from=2.0**-4), RATES, 1600)
    assert edge.best["learning_rate"].item() == 2.0**-5
    assert edge.at_end.item() == 0


def test_halving_trains_networks():
    def train(learning_rate, num_steps):
        given = {"learning_rate": learning_rate, "num_steps": num_steps, "seeds": tuning.seeds(2)}
        return nnjax.sweep(nnjax.tasks.xor(), **given, hidden=[(2,), (3,)], progress=False).train_loss

    found = tuning.halve(train, [0.01, 0.04, 0.16], 64)
    assert found.best["learning_rate"].dims == ("hidden",)
    runs = nnjax.sweep(nnjax.tasks.xor(), hidden=[(2,), (3,)], **found.best, num_steps=64, seeds=3)
    assert np.isfinite(runs.train_loss).all()
    alone = tuning.halve(lambda **given: train(**given).sel(hidden="2", drop=True), [0.01, 0.04, 0.16], 64)
    assert alone.best["learning_rate"].shape == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0.1, 0.2], "three or more numbers"),
        ([0.1, 0.2, 0.5], "the same multiple"),
        ([0.0, 0.2, 0.4], "above 0"),
        ([0.1, 0.1, 0.1], "the same multiple"),
    ],
)
def test_rates_that_cannot_be_halved(given, message):
    with pytest.raises(ValueError, match=message):
        tuning.halve(landscape([0.1]), given, 100)


def test_costs_that_cannot_be_halved():
    with pytest.raises(ValueError, match="must return their costs"):
        tuning.halve(lambda learning_rate, num_steps: 1.0, RATES, 100)

    def forgets(learning_rate, num_steps):
        cost = landscape([0.1])(learning_rate, num_steps)
        return cost if isinstance(learning_rate, list) else cost.mean()

    with pytest.raises(ValueError, match="must return the cost over"):
        tuning.halve(forgets, RATES, 100)
    with pytest.raises(ValueError, match="grow"):
        tuning.halve(landscape([0.1]), RATES, 100, grow=-1)
