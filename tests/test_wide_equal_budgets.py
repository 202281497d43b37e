"""Equal budgets: statistics by hand, verdicts that can say no, tasks that do not leak, and a tiny run to its end."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from numpy.typing import ArrayLike

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED
from experiments.lab.figures import use_style
from experiments.lab.tuning import FIRST_TUNING_SEED
from experiments.wide_versus_deep import _equal_budgets_runs as runs
from experiments.wide_versus_deep import _equal_budgets_summary as summary
from experiments.wide_versus_deep import _equal_budgets_tasks as tasks
from experiments.wide_versus_deep import _equal_budgets_verdicts as rules
from experiments.wide_versus_deep import equal_budgets
from nnjax.statistics import Mean

TINY = dataclasses.replace(
    equal_budgets.QUICK, draws=2, rates=(0.003, 0.01), num_steps=20, short_steps=10, timed_steps=10
)  # fmt: skip


def made_up(
    deep: ArrayLike = 0.5, residual=1.0, seconds=(1.0, 2.0, 2.0), names=(tasks.COMPOSITION, tasks.CONTROL), noise=0.01
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
            "learning_rate": (dims, np.full(flat.shape, 0.01)),
            "init_scale": (dims, np.full(flat.shape, 1.0)),
        },
        coords={"budget": [250], "task": list(names), "kind": ["1", "3", "3 residual"], "length": ["short", "long"]},
        attrs={"command": "-", "steps": [100, 400], "edges": [0.001, 0.03]},
    )


def outcomes(**settings):
    return {v.id: v for v in rules.verdicts(made_up(**settings))}


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
    assert found[tasks.COMPOSITION].verdict == REPRODUCED
    assert found[tasks.COMPOSITION].measured == pytest.approx(0.3, rel=0.05)
    assert found[tasks.CONTROL].verdict == REPRODUCED
    assert found["composition, not size"].verdict == REPRODUCED
    assert found["more layers"].verdict == PARTLY
    found = outcomes(deep=(2.0, 0.5))
    assert [found[name].verdict for name in (tasks.COMPOSITION, tasks.CONTROL)] == [NOT_REPRODUCED] * 2
    assert found["composition, not size"].verdict == NOT_REPRODUCED
    assert outcomes(deep=(0.5, 0.5))["more layers"].verdict == REPRODUCED
    assert outcomes(deep=(2.0, 2.0))["more layers"].verdict == NOT_REPRODUCED


def test_budgets_may_disagree():
    assert rules.outcome(tasks.HELPS, [1, 1]) == REPRODUCED
    assert rules.outcome(tasks.HELPS, [1, 1, -1]) == PARTLY
    assert rules.outcome(tasks.HELPS, [1, 0, -1]) == NOT_REPRODUCED
    assert rules.outcome(tasks.HELPS, [0, 0]) == NOT_REPRODUCED
    assert rules.outcome(tasks.NO_GAIN, [1, 1]) == REPRODUCED
    assert rules.outcome(tasks.NO_GAIN, [1, 0]) == rules.outcome(tasks.NO_GAIN, [0]) == PARTLY
    assert rules.outcome(tasks.NO_GAIN, [1, -1]) == rules.outcome(tasks.NO_GAIN, [-1]) == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("low", "high", "p", "helps", "no_gain"),
    [
        (0.95, 1.1, 1.0, 0, 1),  # as good as the same
        (0.7, 1.3, 1.0, 0, 0),  # nothing was found, and nothing was shown
        (1.2, 1.5, 0.01, -1, 1),
        (0.5, 0.6, 0.01, 1, -1),
        (0.92, 0.98, 0.01, 1, -1),  # a small gain is one
    ],
)
def test_no_gain_is_shown_by_an_interval(low, high, p, helps, no_gain):
    found = Mean(*(float(np.log10(x)) for x in (np.sqrt(low * high), low, high)), p_value=p)
    one = summary.Comparison(tasks.FEW, 250, "3", found, found, p)
    assert (rules.shown(tasks.HELPS, one), rules.shown(tasks.NO_GAIN, one)) == (helps, no_gain)


def test_more_layers_must_help_more_often_than_they_hurt():
    names = (tasks.COMPOSITION, tasks.CONTROL, tasks.FEW)
    assert outcomes(deep=(0.5, 2.0, 1.0), names=names)["more layers"].verdict == NOT_REPRODUCED
    assert outcomes(deep=(0.5, 2.0, 0.5), names=names)["more layers"].verdict == PARTLY


def test_few_networks_do_not_make_the_control_or_no_gain():
    found = outcomes(deep=(1.02, 1.0), noise=0.2)
    assert found[tasks.CONTROL].verdict == PARTLY
    assert "above 0.9, which is no gain, at 0 of 1 budgets" in found[tasks.CONTROL].claim
    one = outcomes(deep=(1.6, 1.0), noise=0.25)["composition, not size"]  # the mean speaks against it, not for certain
    assert float(str(one.low)) < 1 < float(str(one.measured))
    assert one.verdict == NOT_REPRODUCED


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
    assert outcomes(deep=0.8)["equal seconds"].verdict == NOT_REPRODUCED  # sqrt(2) times 0.8 is above 1
    assert outcomes(deep=0.3)["equal seconds"].verdict == REPRODUCED
    assert outcomes(deep=1.0, noise=0.2)["equal seconds"].verdict == NOT_REPRODUCED  # nothing is certain


def test_residual_layers_are_judged_on_their_own():
    assert outcomes(residual=0.5)["residual"].verdict == REPRODUCED
    assert outcomes(residual=2.0)["residual"].verdict == NOT_REPRODUCED


@pytest.mark.parametrize(("budget", "neurons", "pieces"), [(250, 83, 128), (1_000, 333, 512), (4_000, 1333, 2048)])
def test_many_teeth_are_more_than_one_layer_has_neurons(budget, neurons, pieces):
    assert tasks.many_pieces(budget) == pieces
    assert pieces / 2 <= neurons < pieces
    assert neurons / 8 > tasks.FEW_PIECES


def test_digits_that_tune_are_never_reported():
    tuned, reported = (tasks.made("mnist", seed, 16_000)["MNIST digits"] for seed in (FIRST_TUNING_SEED, 0))
    assert [len(a) for a in reported[:4]] == [len(a) for a in tuned[:4]] == [3000, 3000, 1000, 1000]
    held_out = {row.tobytes() for row in tuned.x_test}
    assert not held_out & {row.tobytes() for data in (reported.x, reported.x_test, tuned.x) for row in data}
    assert not {row.tobytes() for row in reported.x} & {row.tobytes() for row in reported.x_test}


def test_every_task_has_an_expectation_and_families_their_budgets():
    shapes = runs.parts(equal_budgets.FULL)
    assert len(tasks.EXPECTED) == 12
    assert len(shapes) == 2 * 19
    assert {part.budget for part in shapes if part.family == "mnist1d"} == {1_000, 4_000, 16_000, 64_000}
    assert max(part.budget for part in shapes if part.family != "mnist1d") == 16_000


def test_captions_tell_what_to_know():
    """Nothing trained: two shapes of three have the greatest rate, one has 4 % too few parameters, two are slow."""
    data = made_up(names=("MNIST digits", tasks.FEW), seconds=(1.0, 8.0, 8.0))
    data["learning_rate"][:, :, 1:] = 0.03
    data["num_params"][:, 0, 1] = 240
    with use_style():
        found = {
            name: " ".join(figure.texts[-1].get_text().split()) for name, figure in equal_budgets.figures(data).items()
        }
    plt.close("all")
    assert "tuned for every shape and task, after 100 steps" in found["map"]
    assert "an end of those tried, 0.001 or 0.03, for 4 of 6 shapes" in found["map"]
    assert "MNIST digits: wider, as its draws deal the same rows anew" in found["map"]
    assert (
        "in 2 of 2 pairs of task and budget (by chance alone, of 2 depths without effect, in about 1)"
        in found["by_depth"]
    )
    assert "within 4.0 % of the budget" in found["by_depth"]
    assert "take 12 % of their steps or more" in found["seconds"]
    assert "what would take fewer than 100 (2 of 2) is read there, in its favour" in found["seconds"]


@pytest.mark.slow
def test_a_tiny_run_is_drawn_again_from_disk(redrawn):
    data = equal_budgets.run(TINY)
    assert redrawn(equal_budgets, data) == ["by_depth", "differences", "map", "seconds"]
    rows = equal_budgets.table(data)
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
        ({"families": ("mnist",), "budgets": (250,)}, "holds none for 'mnist'"),
        ({"draws": 1}, "draws=1"),
        ({"num_steps": 10}, "num_steps=10 must be more"),
        ({"rates": ()}, "rates="),
    ],
)
def test_a_bad_setting_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        equal_budgets.check(dataclasses.replace(TINY, **change))
