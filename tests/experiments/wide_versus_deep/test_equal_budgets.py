"""Equal budgets: statistics by hand, verdicts that can say no, tasks that do not leak, and a tiny run to its end."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from numpy.typing import ArrayLike

from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_statements
from experiments.wide_versus_deep.equal_budgets import config, figures, networks, run, summary, verdicts
from experiments.wide_versus_deep.shared import judging, tasks
from nnjax import tuning
from nnjax.statistics import Mean

TINY = dataclasses.replace(config.QUICK, draws=2, rates=(0.003, 0.01), num_steps=20, short_steps=10, timed_steps=10)


def made_up(
    deep: ArrayLike = 0.5,
    residual=1.0,
    seconds=(1.0, 2.0, 2.0),
    names=(tasks.COMPOSITION, tasks.CONTROL),
    noise=0.01,
    rates=(0.01, 0.01),
):
    """Errors at one budget: 0.1 for one layer, `deep` times as much for three, after a short training twice as much."""
    rng = np.random.default_rng(0)
    deep = np.broadcast_to(deep, len(names))
    ratio = np.stack([np.ones(len(names)), deep, deep * residual], axis=1)
    error = np.log10(0.1 * ratio)[None, :, :, None, None, None] + np.log10([2.0, 1.0])[:, None, None]
    error = error + noise * rng.normal(size=(1, len(names), 3, 2, 4, 2))
    dims = ("budget", "task", "kind")
    flat = np.broadcast_to(np.array(seconds), (1, len(names), 3))
    return xr.Dataset(
        {
            "error": ((*dims, "length", "draw", "seed"), error),
            "tuning_error": (dims, error[:, :, :, 1].mean(axis=(-1, -2))),
            "seconds": (dims, flat * 1e-6),
            "num_params": (dims, np.full(flat.shape, 250)),
            "hidden": (dims, np.full(flat.shape, "9x9")),
            "learning_rate": (dims, np.broadcast_to((*rates, rates[1]), flat.shape).copy()),
            "init_scale": (dims, np.full(flat.shape, 1.0)),
        },
        coords={"budget": [250], "task": list(names), "kind": ["1", "3", "3 residual"], "length": ["short", "long"]},
        attrs={"steps": [100, 400], "edges": [0.001, 0.03]},
    )


def outcomes(**settings):
    return {v.id: v for v in verdicts.verdicts(made_up(**settings))}


def test_seeds_of_a_draw_count_once():
    """Draws 1, 2, 3, each with seeds half above and below: Student's interval of three numbers."""
    found = summary.estimate(np.array([[0.5, 1.5], [1.5, 2.5], [2.5, 3.5]]), tasks.FEW)
    half = 4.302653 / np.sqrt(3)
    np.testing.assert_allclose(found[:3], [2, 2 - half, 2 + half], rtol=1e-6)
    np.testing.assert_allclose(found.p_value, 0.0741799, rtol=1e-5)  # t = 2 sqrt(3), 2 degrees of freedom
    assert summary.estimate(np.zeros((3, 2)), tasks.FEW).p_value == 1
    assert summary.estimate(np.ones((3, 2)), tasks.FEW).p_value == 0


def test_draws_that_deal_the_same_digits_count_for_less():
    """Eight draws of 3,000 and 1,000 rows out of 4,000: sqrt(1 + 8/3) times as wide; p-values likewise, and Holm's."""
    digits = tasks.made("mnist", 0, 16_000)["MNIST digits"]
    assert list(summary.OVERLAP.items()) == [("MNIST digits", len(digits.x_test) / len(digits.x))]
    values = np.random.default_rng(1).normal(size=(8, 2))
    plain, wide = (summary.estimate(values, task) for task in (tasks.FEW, "MNIST digits"))
    assert (wide.high - wide.low) / (plain.high - plain.low) == pytest.approx(np.sqrt(1 + 8 / 3))
    assert wide.p_value > plain.p_value
    some = made_up(names=("MNIST digits", "spirals, 2 turns"))
    # Gains of these draws: t = 4.45 with three degrees of freedom, and by the correction 2.92.
    some["error"][:, :, 1] = some.error[:, :, 0] - np.array([0.018, 0.04, 0.062, 0.04])[:, None]
    redealt, fresh = summary.comparisons(some)
    assert fresh.effect == 1
    assert redealt.effect == 0
    assert (redealt.seconds.high - redealt.seconds.low) > 1.4 * (fresh.seconds.high - fresh.seconds.low)


def test_verdicts_follow_the_numbers():
    found = outcomes(deep=(0.3, 1.0))
    assert found[tasks.COMPOSITION].outcome == REPRODUCED
    assert found[tasks.COMPOSITION].measured == pytest.approx(0.3, rel=0.05)
    assert found[tasks.CONTROL].outcome == REPRODUCED
    assert found["composition, not size"].outcome == REPRODUCED
    assert found["more layers"].outcome == PARTLY  # one of two
    found = outcomes(deep=(2.0, 0.5))
    assert [found[name].outcome for name in (tasks.COMPOSITION, tasks.CONTROL)] == [NOT_REPRODUCED] * 2
    assert found["composition, not size"].outcome == NOT_REPRODUCED
    assert outcomes(deep=(0.5, 0.5))["more layers"].outcome == REPRODUCED
    assert outcomes(deep=(2.0, 2.0))["more layers"].outcome == NOT_REPRODUCED


def test_budgets_may_disagree():
    helps, no_gain, unsure = verdicts.HELPS, verdicts.NO_GAIN, verdicts.OPEN
    assert verdicts.outcome(helps, [helps, helps]) == REPRODUCED
    assert verdicts.outcome(helps, [helps, no_gain, unsure]) == PARTLY
    assert verdicts.outcome(helps, [no_gain, no_gain]) == NOT_REPRODUCED
    assert verdicts.outcome(helps, [unsure, no_gain]) == verdicts.outcome(helps, [unsure]) == NOT_SETTLED
    assert verdicts.outcome(no_gain, [no_gain, no_gain]) == REPRODUCED
    assert verdicts.outcome(no_gain, [no_gain, helps]) == PARTLY
    assert verdicts.outcome(no_gain, [helps]) == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("low", "high", "p", "expected"),
    [
        (0.95, 1.1, 1.0, verdicts.NO_GAIN),  # as good as the same
        (0.7, 1.3, 1.0, verdicts.OPEN),  # nothing was found, and nothing was shown
        (1.2, 1.5, 0.01, verdicts.NO_GAIN),
        (0.5, 0.6, 0.01, verdicts.HELPS),
        (0.92, 0.98, 0.01, verdicts.HELPS),  # a small gain is one
    ],
)
def test_no_gain_is_shown_by_an_interval(low, high, p, expected):
    found = Mean(*(float(np.log10(x)) for x in (np.sqrt(low * high), low, high)), p_value=p)
    assert verdicts.reading(summary.Comparison(tasks.FEW, 250, "3", found, found, p)) == expected


@pytest.mark.parametrize(
    ("deep", "rates", "composition", "control"),
    [
        (0.5, (0.03, 0.01), NOT_SETTLED, NOT_SETTLED),  # one layer might err less at a greater rate
        (0.5, (0.01, 0.03), REPRODUCED, NOT_REPRODUCED),  # the deep network could only gain more
        (1.5, (0.01, 0.001), NOT_SETTLED, NOT_SETTLED),
        (1.5, (0.001, 0.01), NOT_REPRODUCED, REPRODUCED),
    ],
)
def test_a_rate_at_an_end_of_its_grid_settles_nothing_that_it_could_undo(deep, rates, composition, control):
    found = outcomes(deep=deep, rates=rates)
    assert [found[name].outcome for name in (tasks.COMPOSITION, tasks.CONTROL)] == [composition, control]
    edge = "lies at an end of its grid, and one beyond could undo this, at 250"
    assert (edge in found[tasks.CONTROL].finding) == (control == NOT_SETTLED)


def test_the_control_is_not_settled_where_a_rate_could_undo_it():
    assert outcomes(deep=(0.3, 1.0))["composition, not size"].outcome == REPRODUCED
    found = outcomes(deep=(0.3, 1.0), rates=(0.03, 0.01))["composition, not size"]
    assert found.outcome == NOT_SETTLED
    assert "one hidden layer on composition lies at an end of its grid" in found.finding


def test_one_or_two_rates_have_no_ends():
    assert judging.ends((0.03, 0.001, 0.01)) == [0.001, 0.03]
    for rates in ((0.01,), (0.01, 0.03)):
        assert not any(judging.at_end(rate, judging.ends(rates)) for rate in rates)
    data = made_up(deep=0.5)
    data.attrs["edges"] = [0.01, 0.01]
    assert {v.id: v.outcome for v in verdicts.verdicts(data)}[tasks.COMPOSITION] == REPRODUCED


def test_few_networks_settle_nothing():
    found = outcomes(deep=(1.02, 1.0), noise=0.2)
    assert found[tasks.CONTROL].outcome == found["more layers"].outcome == NOT_SETTLED
    one = outcomes(deep=(1.6, 1.0), noise=0.25)["composition, not size"]  # the mean speaks against it, not for certain
    assert float(str(one.low)) < 1 < float(str(one.measured))
    assert one.outcome == NOT_SETTLED


def test_noise_is_no_effect_and_holm_looks_at_all():
    every = summary.comparisons(made_up(deep=1.02, noise=0.2))
    assert [one.effect for one in every] == [0, 0]
    alone = summary.comparisons(made_up(deep=(0.9, 1.0), noise=0.03))
    assert all(one.p >= one.steps.p_value for one in alone)


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
    assert outcomes(deep=0.8)["equal seconds"].outcome == NOT_REPRODUCED  # sqrt(2) times 0.8 is above 1
    assert outcomes(deep=0.3)["equal seconds"].outcome == REPRODUCED
    assert outcomes(deep=1.0, noise=0.2)["equal seconds"].outcome == NOT_SETTLED  # nothing is certain


def test_residual_layers_are_judged_on_their_own():
    assert outcomes(residual=0.5)["residual"].outcome == REPRODUCED
    assert outcomes(residual=2.0)["residual"].outcome == NOT_REPRODUCED
    assert outcomes(residual=2.0, rates=(0.01, 0.03))["residual"].outcome == NOT_SETTLED


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


def test_every_task_has_an_expectation_and_families_their_budgets():
    shapes = networks.parts(config.FULL)
    assert len(check_statements(verdicts.statements(config.FULL))) == 12 + 4
    assert len(shapes) == 2 * 19
    assert {part.budget for part in shapes if part.family == "mnist1d"} == {1_000, 4_000, 16_000, 64_000}
    assert max(part.budget for part in shapes if part.family != "mnist1d") == 16_000


def test_captions_tell_what_to_know():
    """Nothing trained: one layer has the greatest rate once, one shape has 4 % too few parameters, two are slow."""
    data = made_up(names=("MNIST digits", tasks.FEW), seconds=(1.0, 8.0, 8.0))
    data["learning_rate"][:, 0, 0] = 0.03
    data["num_params"][:, 0, 1] = 240
    with use_style():
        found = {name: " ".join(figure.texts[-1].get_text().split()) for name, figure in figures.figures(data).items()}
    plt.close("all")
    assert "tuned for every shape and task, after 100 steps" in found["map"]
    assert "In 1 of 2 pairs the rate tuned for one hidden layer is the least or the greatest tried" in found["map"]
    assert "MNIST digits: wider, as its draws deal the same rows anew" in found["map"]
    assert (
        "best in 2 of 2 pairs of task and budget; of 2 depths without any effect they would be best in about 1."
        in found["by_depth"]
    )
    assert "within 4.0 % of the budget" in found["by_depth"]
    assert "take 12 % of their steps or more" in found["seconds"]
    assert "2 of 2 would take fewer than 100 and are read there, in their favour" in found["seconds"]


@pytest.mark.slow
def test_a_tiny_run_is_drawn_again_from_disk(redrawn):
    data = run.run(TINY)
    assert redrawn("wide_versus_deep.equal_budgets", data, TINY) == ["by_depth", "differences", "map", "seconds"]
    rows = verdicts.table(data)
    assert len(rows) == 2 * 3  # tasks, kinds
    assert all(abs(row["mismatch_percent"]) <= 5 and row["microseconds_per_step"] > 0 for row in rows)
    assert np.isfinite(data.error).all()
    assert data.learning_rate.values.ravel() == pytest.approx(0.003, rel=4)  # one of both that were tried
    assert {row["hidden"] for row in rows if row["layers"] == "1"} == {"62"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"families": ("spiral",)}, "families="),
        ({"depths": (2, 3)}, r"depths=\(2, 3\) must begin with 1"),
        ({"budgets": (1_000, 250)}, "budgets="),
        ({"families": ("mnist",), "budgets": (250,)}, "must hold one from 16000 to 16000, for 'mnist'"),
        ({"draws": 1}, "draws=1"),
        ({"num_steps": 10}, "short_steps=10 must be less than num_steps=10"),
        ({"rates": ()}, "rates="),
    ],
)
def test_a_bad_setting_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        config.check(dataclasses.replace(TINY, **change))
