"""Equal budgets: statistics by hand, verdicts that can say no, tasks that do not leak, and a tiny run to its end."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from numpy.typing import ArrayLike

import nnjax
from experiments.lab.figures import use_style
from experiments.lab.verdicts import AIM, NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED
from experiments.wide_versus_deep.equal_budgets import config, figures, networks, run, summary, verdicts
from experiments.wide_versus_deep.shared import readings, tasks, tuned
from nnjax import tuning
from nnjax.statistics import Mean

TINY = dataclasses.replace(
    config.QUICK, draws=2, decays=(0.0, 0.1), grow=1, num_steps=32, short_steps=8, timed_steps=10
)


def made_up(
    deep: ArrayLike = 0.5,
    residual=1.0,
    seconds=(1.0, 2.0, 2.0),
    names=(tasks.COMPOSITION, tasks.CONTROL),
    noise=0.01,
    again=0.0,
    error=0.1,
):
    """Errors at one budget: 0.1 for one layer, `deep` times as much for three, after a short training twice as much.

    After the second tuning all errors differ by `again` in log10, up and down in turn.
    """
    rng = np.random.default_rng(0)
    deep = np.broadcast_to(deep, len(names))
    ratio = np.stack([np.ones(len(names)), deep, deep * residual], axis=1)
    log = np.log10(error * ratio)[None, :, :, None, None, None] + np.log10([2.0, 1.0])[:, None, None]
    log = log + noise * rng.normal(size=(1, len(names), 3, 2, 4, 2))
    second = log + again * np.array([1, -1, 1])[:, None, None, None]
    dims = ("budget", "task", "kind")
    flat = np.broadcast_to(np.array(seconds), (1, len(names), 3))
    twice = ("tuning", *dims)
    data = xr.Dataset(
        {
            "error": ((*twice, "length", "draw", "seed"), np.stack([log, second])),
            "tuning_error": (twice, np.stack([log, second])[..., 1, :, :].mean(axis=(-1, -2))),
            "learning_rate": (twice, np.full((2, *flat.shape), 0.01)),
            "weight_decay": (twice, np.full((2, *flat.shape), 0.1)),
            "rate_at_end": (twice, np.zeros((2, *flat.shape))),
            "seconds": (dims, flat * 1e-6),
            "num_params": (dims, np.full(flat.shape, 250)),
            "hidden": (dims, np.full(flat.shape, "9x9")),
        },
        coords={
            "tuning": ["first", "second"], "budget": [250], "task": list(names), "kind": ["1", "3", "3 residual"],
            "length": ["short", "long"],
        },
        attrs={"steps": [100, 400]},
    )  # fmt: skip
    data["error"].loc[{"tuning": "second", "length": "short"}] = np.nan
    return data


def outcomes(data=None, **settings):
    return {v.id: v for v in verdicts.verdicts(made_up(**settings) if data is None else data)}


def test_seeds_of_a_draw_count_once():
    """Draws 1, 2, 3, each with seeds half above and below: Student's interval of three numbers."""
    found = readings.estimate(np.array([[0.5, 1.5], [1.5, 2.5], [2.5, 3.5]]), tasks.FEW)
    half = 4.302653 / np.sqrt(3)
    np.testing.assert_allclose(found[:3], [2, 2 - half, 2 + half], rtol=1e-6)


def test_draws_that_deal_the_same_digits_count_for_less():
    """Eight draws of 3,000 and 1,000 rows out of 4,000: sqrt(1 + 8/3) times as wide."""
    digits = tasks.made("mnist", 0, 16_000)["MNIST digits"]
    assert list(tasks.OVERLAP.items()) == [("MNIST digits", len(digits.x_test) / len(digits.x))]
    values = np.random.default_rng(1).normal(size=(8, 2))
    plain, wide = (readings.estimate(values, task) for task in (tasks.FEW, "MNIST digits"))
    assert (wide.high - wide.low) / (plain.high - plain.low) == pytest.approx(np.sqrt(1 + 8 / 3))
    some = made_up(names=("MNIST digits", "spirals, 2 turns"))
    # Gains of these draws: t = 4.45 with three degrees of freedom, and by the correction 2.92.
    some["error"][:, :, :, 1] = some.error[:, :, :, 0] - np.array([0.018, 0.04, 0.062, 0.04])[:, None]
    redealt, fresh = summary.comparisons(some)
    assert fresh.reading == readings.HELPS
    assert redealt.reading == readings.OPEN
    assert (redealt.seconds.high - redealt.seconds.low) > 1.4 * (fresh.seconds.high - fresh.seconds.low)


def test_the_variance_of_tuning_by_hand():
    """Second tunings that differ by 0.2: 0.04 / 2, with a degree of freedom for each of the three shapes."""
    data = made_up(deep=0.8, noise=0.0, again=0.2)
    assert summary.tuning_variance(data, tasks.CONTROL) == pytest.approx((0.02, 3))
    assert summary.tuning_variance(data, tasks.CONTROL, 2) == pytest.approx((0.04, 3))
    (found, _) = summary.comparisons(data)
    half = 3.182446305284263 * np.sqrt(0.04)  # t(3), as draws do not differ
    np.testing.assert_allclose(found.steps[:3], np.log10(0.8) + half * np.array([0, -1, 1]))
    assert found.reading == readings.OPEN
    assert summary.comparisons(made_up(deep=0.8, noise=0.0))[0].reading == readings.HELPS
    assert summary.ratio(data, tasks.CONTROL, 250, "1")[:3] == (0, 0, 0)
    alone = summary.last(data, tasks.CONTROL, 250, "1")  # one network, tuned once
    assert alone.high - alone.low == pytest.approx(2 * half / np.sqrt(2))


def test_four_tunings_are_in_the_control():
    """Each task's own: 2 x 0.02 with three degrees of freedom twice, so 0.08 with six."""
    found = outcomes(deep=(0.3, 1.0), noise=0.0, again=0.2)["composition, not size"]
    half = 2.4469118511449692 * np.sqrt(0.08)
    np.testing.assert_allclose(np.log10([found.low, found.high]), np.log10(0.3) + half * np.array([-1, 1]))
    assert found.outcome == NOT_SETTLED


def test_the_variance_of_tuning_is_that_of_budgets_that_were_tuned_twice():
    """Of three budgets the middle one has no second tuning; a sawtooth takes those at which it is learned."""
    three = [made_up(names=(tasks.MANY,), noise=0.0, again=again) for again in (0.2, 0.4, 0.6)]
    three[1]["error"].loc[{"tuning": "second"}] = np.nan
    data = xr.concat(
        [one.assign_coords(budget=[b]) for one, b in zip(three, (250, 1_000, 4_000), strict=True)], "budget"
    )
    assert summary.tuning_variance(data, tasks.MANY) == pytest.approx(((0.04 + 0.36) / 2 / 2, 6))
    data["tuning_error"].loc[{"budget": 250}] = 0.0
    assert summary.tuning_variance(data, tasks.MANY) == pytest.approx((0.36 / 2, 3))
    data["tuning_error"].loc[{"budget": 4_000}] = 0.0  # then there is but the noise of what was not learned
    assert summary.tuning_variance(data, tasks.MANY) == pytest.approx(((0.04 + 0.36) / 2 / 2, 6))


def test_tasks_have_draws_of_their_own():
    data = made_up(noise=0.1)
    data["error"].loc[{"task": tasks.CONTROL, "draw": [3]}] = np.nan
    assert [summary.num_draws(data, task) for task in (tasks.COMPOSITION, tasks.CONTROL)] == [4, 3]
    assert summary.at_the_end(data, tasks.CONTROL, 250, "3").shape == (3, 2)


def test_verdicts_follow_the_numbers():
    found = outcomes(deep=(0.3, 1.0))
    assert found[tasks.COMPOSITION].outcome == REPRODUCED
    assert found[tasks.COMPOSITION].measured == pytest.approx(0.3, rel=0.05)
    assert found[tasks.CONTROL].outcome == REPRODUCED
    assert found["composition, not size"].outcome == REPRODUCED
    assert found["more layers"].outcome == PARTLY  # one of two
    told = "Depth helps at 1, hurts at 0 of 2 pairs of task and budget that were compared (numbers of parameters in "
    told += "parentheses). "
    told += "Helps at composition (250). Equal at composition, signs drawn (250)."
    holm = "With Holm's correction (at 0.05) for all 2 pairs, as many would be settled."
    assert found["more layers"].finding == f"{told} {holm}"
    found = outcomes(deep=(2.0, 0.5))
    assert [found[name].outcome for name in (tasks.COMPOSITION, tasks.CONTROL)] == [NOT_REPRODUCED] * 2
    assert found["composition, not size"].outcome == NOT_REPRODUCED
    assert outcomes(deep=(0.5, 0.5))["more layers"].outcome == REPRODUCED
    assert outcomes(deep=(2.0, 2.0))["more layers"].outcome == NOT_REPRODUCED


def test_a_task_that_is_the_same_to_these_networks_counts_once():
    both = outcomes(names=("MNIST-1D", verdicts.SAME_TASK))
    assert {both[name].measured for name in ("more layers", "residual")} >= {"helps at 1, hurts at 0 of 1 pairs"}
    assert both["equal seconds"].measured == "stays at 1 of 1 pairs"
    assert both[verdicts.SAME_TASK].outcome == REPRODUCED
    assert both[verdicts.SAME_TASK].kind == AIM


def test_budgets_may_disagree():
    helps, hurts, equal, unsure = readings.READINGS
    assert readings.outcome([helps, helps]) == REPRODUCED
    assert readings.outcome([helps, equal, unsure]) == readings.outcome([helps, hurts]) == PARTLY
    assert readings.outcome([hurts, equal]) == NOT_REPRODUCED
    assert readings.outcome([unsure, equal]) == readings.outcome([unsure]) == readings.outcome([]) == NOT_SETTLED
    assert readings.outcome([equal, hurts], gain=False) == REPRODUCED
    assert readings.outcome([equal, helps], gain=False) == PARTLY
    assert readings.outcome([helps], gain=False) == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("low", "high", "expected", "small"),
    [
        (0.95, 1.09, readings.EQUAL, False),
        (0.95, 1.11, readings.OPEN, False),
        (0.7, 1.3, readings.OPEN, False),  # nothing was found, and nothing was shown
        (1.2, 1.5, readings.HURTS, False),
        (0.5, 0.6, readings.HELPS, False),
        (0.92, 0.98, readings.HELPS, True),  # a small gain is one
        (1.02, 1.09, readings.HURTS, True),
        (0.85, 0.98, readings.HELPS, False),
    ],
)
def test_a_pair_is_read_from_its_interval(low, high, expected, small):
    found = Mean(*(float(np.log10(x)) for x in (np.sqrt(low * high), low, high)), p_value=1.0)
    one = summary.Comparison(tasks.FEW, 250, "3", found, found, at_end=False)
    assert (one.reading, one.small) == (expected, small)
    assert one._replace(at_end=True).reading == readings.OPEN


def test_a_small_gain_is_called_so():
    found = outcomes(deep=(0.95, 1.0), noise=0.001)[tasks.COMPOSITION]
    assert found.outcome == REPRODUCED
    assert "Depth helps at 250 (small) parameters. Small: the errors are within a factor of 1.1." in found.finding


def test_a_rate_at_an_end_of_those_tried_settles_nothing():
    data = made_up(deep=(0.3, 1.0))
    data["rate_at_end"].loc[{"tuning": "first", "task": tasks.COMPOSITION, "kind": "1"}] = 1
    found = outcomes(data)
    assert [found[name].outcome for name in (tasks.COMPOSITION, tasks.CONTROL)] == [NOT_SETTLED, REPRODUCED]
    assert "At 250 parameters a tuned rate lies at an end of those tried." in found[tasks.COMPOSITION].finding
    assert found["composition, not size"].outcome == NOT_SETTLED
    assert "one hidden layer on composition lies at an end of those tried" in found["composition, not size"].finding


def test_a_sawtooth_that_none_learns_is_left_out():
    """0.1 of the variance is left, and 0.6; a spiral is kept whatever its error."""
    names = (tasks.MANY, "spirals, 2 turns")
    assert len(summary.comparisons(made_up(names=names))) == 2
    data = made_up(names=names, error=1.3, deep=0.5)
    data["tuning_error"][:] = np.log10(0.6)
    assert summary.left_out(data) == [(tasks.MANY, 250)]
    found = outcomes(data)
    assert found[tasks.MANY].outcome == NOT_SETTLED
    start = "Not compared at 250 parameters, as no network explains 50% of the variance."
    assert found[tasks.MANY].finding.startswith(start)
    assert found["more layers"].outcome == REPRODUCED
    assert "explains 50% of the variance: sawtooth, many teeth (250)." in found["more layers"].finding
    data["tuning_error"].loc[{"kind": "3", "tuning": "first"}] = np.log10(0.49)
    assert summary.left_out(data) == []


def test_few_networks_settle_nothing():
    found = outcomes(deep=(1.02, 1.0), noise=0.2)
    assert found[tasks.CONTROL].outcome == found["more layers"].outcome == NOT_SETTLED
    one = outcomes(deep=(1.6, 1.0), noise=0.25)["composition, not size"]  # the mean speaks against it, not for certain
    assert float(str(one.low)) < 1 < float(str(one.measured))
    assert one.outcome == NOT_SETTLED


def test_noise_is_no_effect():
    assert {one.reading for one in summary.comparisons(made_up(deep=1.02, noise=0.2))} == {readings.OPEN}


def test_equal_seconds_are_read_between_the_two_trainings():
    """At twice the seconds 200 steps, which are half-way from 100 to 400 in logs: sqrt(2) times the last error."""
    data = made_up(deep=0.5, noise=0.0)
    assert summary.steps_in_time(data, tasks.CONTROL, 250, "3") == pytest.approx(200)
    error = 10 ** summary.in_time(data, tasks.CONTROL, 250, "3")
    np.testing.assert_allclose(error, 0.05 * np.sqrt(2))
    np.testing.assert_allclose(10 ** summary.in_time(data, tasks.CONTROL, 250, "1"), 0.1)
    # Eight times slower than the fastest: 50 steps, fewer than the short training has.
    slow = made_up(deep=0.5, noise=0.0, seconds=(1.0, 8.0, 8.0))
    np.testing.assert_allclose(10 ** summary.in_time(slow, tasks.CONTROL, 250, "3"), 0.1)


def test_who_wins_may_turn_at_equal_seconds():
    found = outcomes(deep=0.8)["equal seconds"]  # sqrt(2) times 0.8 is above 1
    assert found.outcome == NOT_REPRODUCED
    assert "Turns around at composition (250); composition, signs drawn (250)." in found.finding
    assert outcomes(deep=0.3)["equal seconds"].outcome == REPRODUCED
    assert outcomes(deep=1.0, noise=0.2)["equal seconds"].outcome == NOT_SETTLED  # nothing is certain


def test_what_is_decided_only_at_equal_seconds_is_told():
    data = made_up(deep=1.0, noise=0.0)  # equal after equal steps, sqrt(2) times the error after equal seconds
    assert verdicts.only_at_equal_seconds(summary.comparisons(data)) == {
        readings.HURTS: [(tasks.COMPOSITION, 250), (tasks.CONTROL, 250)]
    }
    told = "Depth hurts only after equal seconds at composition (250); composition, signs drawn (250)."
    assert told in outcomes(data)["equal seconds"].finding
    assert verdicts.only_at_equal_seconds(summary.comparisons(made_up(deep=0.3, noise=0.0))) == {}


def test_an_open_budget_tells_the_ratio_that_it_could_show():
    """The largest budget is settled and the other is not: the factor is that of the open one."""
    wide = made_up(deep=0.9, noise=0.3)
    data = xr.concat([wide.assign_coords(budget=[250]), made_up(deep=0.3).assign_coords(budget=[1_000])], "budget")
    data["error"].loc[{"budget": 1_000, "tuning": "second"}] = np.nan
    (open_one, _), (found, *_) = (
        [one for one in summary.comparisons(data) if one.task == tasks.COMPOSITION],
        verdicts.verdicts(data),
    )
    assert open_one.reading == readings.OPEN
    factor = 10 ** ((open_one.steps.high - open_one.steps.low) / 2)
    told = f"The smallest factor between the errors that could be shown is {factor:.3g} at 250 parameters."
    assert told in found.finding


def test_readings_that_holms_rule_would_undo_are_named():
    """Two pairs, one of which has p = 0.04 alone, and so 0.08 by Holm's rule where the other has more."""
    strong, weak = (Mean(-0.1, -0.2, -0.01, p) for p in (0.06, 0.04))
    every = [
        summary.Comparison(task, 250, "3", one, one, at_end=False)
        for task, one in ((tasks.COMPOSITION, weak), (tasks.CONTROL, strong._replace(high=0.01)))
    ]
    assert "composition (250) would not be settled either" in verdicts._corrected(made_up(), every)


def test_residual_layers_are_judged_on_their_own():
    assert outcomes(residual=0.5)["residual"].outcome == REPRODUCED
    assert outcomes(residual=1.0)["residual"].outcome == outcomes(residual=2.0)["residual"].outcome == NOT_REPRODUCED
    data = made_up(residual=2.0)
    data["rate_at_end"].loc[{"tuning": "first", "kind": "3 residual"}] = 1
    assert outcomes(data)["residual"].outcome == NOT_SETTLED


def test_pairs_in_words():
    data = xr.concat([made_up().assign_coords(budget=[b]) for b in (250, 1_000)], "budget")
    some = [(tasks.COMPOSITION, 250), (tasks.COMPOSITION, 1_000), (tasks.CONTROL, 1_000)]
    assert summary.listed(data, some) == "composition (all); composition, signs drawn (1,000)"


def parted(at_end, error, task=tasks.MANY):
    """What two parts of a budget hold for one task, of three kinds."""
    names = ["first", "second"]
    both = xr.Dataset(
        {"rate_at_end": (("tuning", "task", "kind"), at_end), "tuning_error": (("tuning", "task", "kind"), error)},
        coords={"tuning": names, "task": [task], "kind": ["1", "3", "3 residual"]},
    )
    return [both.isel(kind=[0, 1]), both.isel(kind=[2])]


def test_a_rate_at_an_end_stops_the_run_where_it_decides():
    part = networks.Part("line", 250, True, (1, 1), ("3 residual",), ((9, 9),))
    inside, learned = np.zeros((2, 1, 3)), np.full((2, 1, 3), -0.5)
    run.refuse_ends(part, parted(inside, learned), config.FULL)
    ends = inside.copy()
    ends[1, 0, 2] = -1  # of the second tuning, with residual layers
    run.refuse_ends(part, parted(ends, 0 * learned), config.FULL)  # nobody learns it
    message = "grow=6 .* family 'line' at 250 parameters: 'sawtooth, many teeth' with 3 residual hidden layers"
    with pytest.raises(ValueError, match=message):
        run.refuse_ends(part, parted(ends, learned), config.FULL)
    with pytest.raises(ValueError, match="'x squared' with 3 residual"):
        run.refuse_ends(part, parted(ends, 0 * learned, "x squared"), config.FULL)


def test_an_end_with_the_error_of_another_rate_is_none():
    """Where no row is wrong at any rate, a rate beyond could not be better."""

    def surface(errors):
        def train(learning_rate, num_steps):
            rates = learning_rate
            if isinstance(rates, list):
                rates = xr.DataArray(rates, dims="learning_rate", coords={"learning_rate": rates})
            return np.maximum(xr.DataArray([errors], dims="kind"), np.log2(rates))

        halved = tuning.halve(train, TINY.rates, TINY.num_steps, grow=TINY.grow)
        return tuned.surface(halved, TINY.num_steps, tuned.num_trials(TINY.rates, TINY.grow))

    flat, falling = surface(0.0), surface(-99.0)
    assert (flat.rate_at_end.item(), falling.rate_at_end.item()) == (0, -1)
    assert flat.tuning_error.item() == 0
    assert falling.tuning_error.item() == falling.trial_error.min()
    assert falling.sizes["trial"] == tuned.num_trials(TINY.rates, TINY.grow) == 3 + 4 + 3 + 1


@pytest.mark.parametrize(("budget", "neurons", "pieces"), [(250, 83, 128), (1_000, 333, 512), (4_000, 1333, 2048)])
def test_many_teeth_are_more_than_one_layer_has_neurons(budget, neurons, pieces):
    assert tasks.many_pieces(budget) == pieces
    assert pieces / 2 <= neurons < pieces
    assert neurons / 8 > tasks.FEW_PIECES


def test_digits_that_tune_are_never_reported():
    tuned, reported = (tasks.made("mnist", seed, 16_000)["MNIST digits"] for seed in (tuning.FIRST_SEED, 0))
    assert [len(a) for a in reported[:4]] == [len(a) for a in tuned[:4]] == [3000, 3000, 1000, 1000]
    held_out = {row.tobytes() for row in tuned.x_test}
    assert not held_out & {row.tobytes() for data in (reported.x, reported.x_test, tuned.x) for row in data}
    assert not {row.tobytes() for row in reported.x} & {row.tobytes() for row in reported.x_test}


def test_every_task_has_an_expectation_and_families_their_budgets(monkeypatch):
    """Drawing the data takes seconds, and only their numbers of columns matter."""
    columns = {"line": (1, 1), "tree": (8, 1), "radial": (4, 1), "spirals": (2, 1)}
    columns |= {"mnist1d": (40, 10), "mnist": (784, 10)}
    made = {name: {"": nnjax.tasks.data(*(np.zeros((1, n)) for n in ends))} for name, ends in columns.items()}
    monkeypatch.setattr(networks, "made", lambda family, *_: made[family])
    shapes = networks.parts(config.FULL)
    assert len(verdicts.statements(config.FULL)) == 12 + 4
    assert len(shapes) == 2 * 19
    assert {part.budget for part in shapes if part.family == "mnist1d"} == {1_000, 4_000, 16_000, 64_000}
    assert max(part.budget for part in shapes if part.family != "mnist1d") == 16_000


def captions(data):
    with use_style():
        drawn = figures.figures(data)
        found = {name: " ".join(figure.texts[-1].get_text().split()) for name, figure in drawn.items()}
    plt.close("all")
    return found


def test_captions_tell_what_to_know():
    """Nothing trained: one shape has 4% too few parameters, two are slow, and a rate lies at an end."""
    data = made_up(names=("MNIST digits", tasks.FEW), seconds=(1.0, 8.0, 8.0), deep=(0.5, 1.5))
    data["rate_at_end"].loc[{"tuning": "first", "task": tasks.FEW, "kind": "1"}] = 1
    data["num_params"][:, 0, 1] = 240
    found = captions(data)
    assert "Each shape: 8 new networks (4 draws of the data, 2 seeds each), 400 steps of Adam" in found["map"]
    most = (
        'Of the pairs that are settled: depth helps most on "MNIST digits" with 250 parameters and 3 layers: 0.51 '
        "times the error of one layer;"
    )
    assert most in found["map"]
    assert "; depth hurts nowhere." in found["map"]
    assert "a tuned rate lies at an end of those tried: sawtooth, few teeth (250)" in found["map"]
    assert "wider for MNIST digits, whose draws split the same rows anew" in found["map"]
    assert (
        "one hidden layer was best on 1 of 2 pairs of task and budget here, 3 layers on 1 (ringed)" in found["by_depth"]
    )
    assert "within 4.0% of the budget" in found["by_depth"]
    assert "lower than with one on 1 of 2 pairs of task and budget here, and higher on 1." in found["differences"]
    assert "take 12% of their steps or more" in found["seconds"]
    assert "2 of 2 would take fewer than 100 and are read there, in their favour" in found["seconds"]


def test_captions_name_what_is_left_out():
    data = made_up(names=(tasks.MANY, "x squared"), error=1.0, deep=0.9)
    found = captions(data)
    with use_style():
        told = [text.get_text() for text in figures.figures(data)["map"].axes[0].texts]
    plt.close("all")
    assert told[0] == "left out: no network explains 50% of the variance"
    assert "Dotted: no network explains 50% of the variance" in found["by_depth"]


def test_draws_and_their_networks_are_those_of_no_other():
    """Reported and tuned twice: no two draws are of one seed, and no two networks."""
    part = networks.parts(TINY)[0]
    made, seeds = [], []
    for own, each, first in ((range(3), 2, 0), (range(4), 2, tuning.FIRST_SEED)):
        data, mine = tuned.drawn(networks._make(part), own, each, first)
        assert list(data) == list(mine) == [f"{name}/{i}" for i in own for name in tasks.FAMILIES[part.family].tasks]
        made += [data[f"spirals, 2 turns/{i}"].x.tobytes() for i in own]
        seeds += [seed for i in own for seed in mine[f"spirals, 2 turns/{i}"]]
        assert all(mine[f"spirals, 2 turns/{i}"] == mine[f"spirals, 3 turns/{i}"] for i in own)
    assert len(set(made)) == 3 + 4
    assert len(set(seeds)) == 2 * (3 + 4)


@pytest.mark.slow
def test_all_draws_in_one_sweep_are_a_sweep_for_each_draw():
    """The same networks, bit for bit, each task with the rate that was tuned for it."""
    small = dataclasses.replace(TINY, seeds_per_draw=2)
    part = networks.parts(small)[0]
    rates = xr.DataArray(
        [[0.01, 0.02], [0.003, 0.03]],
        {"task": ["spirals, 3 turns", "spirals, 2 turns"], "kind": list(part.kinds)},
        ("task", "kind"),
    )
    chosen = xr.Dataset({"learning_rate": rates, "weight_decay": 10 * rates}).assign_coords(tuning="first")
    found = networks._errors(part, small, chosen)
    assert dict(found.sizes) == {"length": 2, "draw": 2, "kind": 2, "task": 2, "seed": 2}
    hidden = tuned.labels(part.hidden)
    numbers = {
        name: values.rename(kind="hidden").assign_coords(hidden=hidden)
        for name, values in chosen.drop_vars("tuning").items()
    }
    for draw, seeds in enumerate([range(2), range(2, 4)]):
        data = tasks.made(part.family, draw, part.budget)
        for length, steps in (("short", small.short_steps), ("long", small.num_steps)):
            runs = nnjax.sweep(data, **networks.settings(part, small, steps), **numbers, seeds=seeds, progress=False)
            alone = networks.log_error(runs, part, data).transpose("hidden", "task", "seed").sel(task=found.task)
            here = found.sel(draw=draw, length=length).transpose("kind", "task", "seed")
            np.testing.assert_array_equal(here.values, alone.values)
    assert len(np.unique(found.sel(length="long"))) > 8  # shares of wrong rows, of which some may be equal
    (second,) = networks._errors(part, small, chosen.assign_coords(tuning="second")).transpose("length", ...)[1:]
    np.testing.assert_array_equal(second, found.sel(length="long"))


@pytest.mark.slow
def test_a_tiny_run_is_drawn_again_from_disk(redrawn):
    data = run.run(TINY)
    assert redrawn("wide_versus_deep.equal_budgets", data, TINY) == ["by_depth", "differences", "map", "seconds"]
    rows = verdicts.table(data)
    assert len(rows) == 2 * 3  # tasks, kinds
    assert all(abs(row["mismatch_percent"]) <= 5 and row["microseconds_per_step"] > 0 for row in rows)
    assert {row["hidden"] for row in rows if row["layers"] == "1"} == {"62"}
    assert np.isfinite(data.error.sel(tuning="first")).all()
    assert np.isfinite(data.error.sel(tuning="second", length="long")).all()
    assert not np.isfinite(data.error.sel(tuning="second", length="short")).any()
    assert dict(data.trial_error.sizes) == {"tuning": 2, "budget": 1, "task": 2, "kind": 3, "decay": 2, "trial": 11}
    full = data.trial_error.where(data.trial_steps == TINY.num_steps)
    np.testing.assert_array_equal(data.tuning_error, full.min(["decay", "trial"]))
    assert set(np.unique(data.weight_decay)) <= {0.0, np.float32(0.1)}
    # Other draws and seeds have other errors.
    assert (data.trial_error.sel(tuning="first") != data.trial_error.sel(tuning="second")).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"families": ("spiral",)}, "families="),
        ({"depths": (2, 3)}, r"depths=\(2, 3\) must begin with 1"),
        ({"budgets": (1_000, 250)}, "budgets="),
        ({"families": ("mnist",), "budgets": (250,)}, "must hold one from 16000 to 16000, for 'mnist'"),
        ({"draws": 1}, "draws=1"),
        ({"tree_draws": 1}, "tree_draws=1"),
        ({"num_steps": 8}, "short_steps=8 must be less than num_steps=8"),
        ({"rates": (0.1, 0.2)}, "rates=.* 3 or more numbers above 0"),
        ({"rates": (0.1, 0.2, 0.5)}, "rates=.* the same multiple"),
        ({"decays": (-0.1, 0.1)}, "decays="),
    ],
)
def test_a_bad_setting_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        config.check(dataclasses.replace(TINY, **change))
