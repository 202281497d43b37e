"""`learning_from_data.sample_size`: verdicts on data whose answer is known, and figures from data alone."""

import dataclasses

import numpy as np
import pytest

from experiments.lab.figures import settle, use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.learning_from_data.sample_size import config, figures, run, summary, verdicts
from experiments.learning_from_data.sample_size.config import FULL, QUICK
from experiments.learning_from_data.shared import crossing
from experiments.learning_from_data.shared.methods import FOREST, LOGISTIC
from experiments.learning_from_data.shared.networks import network

SMALL = dataclasses.replace(
    FULL, data_sets=("MNIST-1D", "letter"), methods=(LOGISTIC, FOREST), depths=(1, 4), draws=6, fewer_draws=4
)


def synthetic(settings=SMALL, networks_win=True, noise=0.01):
    """Errors as a run leaves them: classical methods begin lower, and networks fall faster, if they are to win.

    Of the classical methods the last is best, of the networks the deepest; both cross near 500 rows.
    """
    rng, data = np.random.default_rng(0), run._empty(settings.data_sets, settings)
    known = {name: data[name].values for name in ("error", *run.NUMBERS)}
    for i, name in enumerate(settings.data_sets):
        for n in config.rows_of(name, settings):
            at, count = settings.rows.index(n), config.num_draws(n, settings)
            common = noise * rng.normal(size=count)
            for k, learner in enumerate(map(str, data.learner.values)):
                old = learner in settings.methods
                if old and learner not in config.methods_of(n, settings):
                    continue
                slope = 0.5 if not old and networks_win else 0.2
                level = -0.7 + slope * np.log10(500 / n) + offset(data, learner) + 0.6 * (not old and not networks_win)
                error = np.minimum(10 ** (level + common + noise * rng.normal(size=count)), 0.9)
                known["error"][i, at, k, :count] = error
                numbers = {"first": 0.01, "second": 0.1, "tuning_error": error.mean(), "at_end": 0, "tried": 8}
                for one, value in numbers.items():
                    known[one][i, at, k] = value
                known["fit_seconds"][i, at, k] = 0.001 * n * (1 + k)
    tested = {name: run._test_rows(name, settings) for name in settings.data_sets}
    return data.assign_attrs(test_rows=tested, seeds=settings.seeds, depths=list(settings.depths))


def offset(data, learner):
    """By how much log10 errors of a learner are above those of the last one."""
    return 0.08 * (data.sizes["learner"] - 1 - list(map(str, data.learner.values)).index(learner))


def outcomes(data):
    return {one.id: one.outcome for one in verdicts.verdicts(data)}


def test_what_the_textbook_says_can_hold_and_can_fail():
    found = outcomes(synthetic())
    at_many_rows = {"large samples", "largest sample", "depth", "mean of networks", "networks and many signals"}
    of_networks = at_many_rows | {"gain by rows"}
    at_few_rows = {"small samples", "forests and few signals"}
    assert {one for one, outcome in found.items() if outcome == REPRODUCED} == of_networks | at_few_rows
    assert found["trees on tables"] == NOT_REPRODUCED
    turned = outcomes(synthetic(networks_win=False))
    assert {one for one, outcome in turned.items() if outcome == REPRODUCED} == at_few_rows | {
        "trees on tables",
        "depth",
    }
    assert {turned[one] for one in of_networks - {"depth"}} == {NOT_REPRODUCED}, "with no gain for certain"


def test_noise_and_ends_of_grids_settle_nothing():
    assert outcomes(synthetic(noise=0.5))["large samples"] == NOT_SETTLED
    data = synthetic()
    data.at_end.loc[{"learner": list(SMALL.methods)}] = 1  # the tuned numbers of those that err more
    assert outcomes(data)["large samples"] == NOT_SETTLED
    assert outcomes(data)["depth"] == REPRODUCED
    data.at_end[:] = 0
    data.at_end.loc[{"learner": SMALL.methods[0]}] = 1  # one of those that err more, be it far behind
    assert outcomes(data)["large samples"] == NOT_SETTLED
    (large,) = (one for one in verdicts.verdicts(data) if one.id == "large samples")
    assert f"a tuned number of {SMALL.methods[0]} lies at an end of the values tried" in large.finding


def test_on_many_rows_a_network_loses_only_by_more_than_longer_training_brings():
    data = synthetic()
    data.error.loc[{"learner": network(1)}] = 1.1 * data.error.sel(learner=network(4)).values
    of_depth = {one.data_set: one for one in contests(data, summary.DEEP, summary.FIRST)}
    assert verdicts._parts(list(of_depth.values())) == [verdicts.Part(NOT_SETTLED, verdicts.LONGER)] * 2
    data.error.loc[{"learner": network(1)}] = 1.2 * data.error.sel(learner=network(4)).values
    assert verdicts.outcomes(contests(data, summary.DEEP, summary.FIRST)) == [REPRODUCED] * 2


def contests(data, ours, theirs):
    kinds = [summary.methods_of(data, kind) for kind in (ours, theirs)]
    return [summary.contest(data, name, *kinds, most=True) for name in SMALL.data_sets]


def test_rows_beyond_those_at_which_all_were_run_are_told_and_not_judged():
    data = synthetic()
    told = {one.id: one.finding for one in verdicts.verdicts(data)}
    large = told["large samples"].partition("MNIST-1D")[2].partition("letter")[0]
    assert "16,384 rows: 4 hidden layers over random forest" in large
    assert "not judged here, with 65,536 rows against random forest alone: 4 hidden layers over random forest" in large
    assert "not judged" not in told["depth"]  # all networks are run there
    assert "not judged" not in told["small samples"]


def test_the_best_must_err_less_than_each_of_the_others():
    data = synthetic()
    data.error.loc[{"learner": LOGISTIC}] = data.error.sel(learner=network(4)).values  # as good, but tuned worse
    (one, _) = contests(data, summary.DEEP, summary.CLASSICAL)
    assert (one.best.second, one.hardest.second) == (FOREST, LOGISTIC)
    assert one.best.ratio.p_value < 0.01 < one.p_value
    assert outcomes(data)["large samples"] == NOT_SETTLED


def test_a_tie_is_no_win():
    data = synthetic(noise=1e-4).sel(rows=[64, 256, 1024, 4096])
    data.error.loc[{"learner": FOREST}] = data.error.sel(learner=network(4)).values
    data.tuning_error.loc[{"learner": [network(4), FOREST]}] = 0.0
    assert outcomes(data)["large samples"] == NOT_REPRODUCED


def test_crossings_are_those_that_were_put_in():
    data = synthetic()
    found = summary.crossing_of(data, "letter", network(4), FOREST)
    assert found.reading == crossing.FIRST
    gap = offset(data, network(4)) - offset(data, FOREST)  # on slopes that differ by 0.3 per factor of ten
    assert found.rows == pytest.approx(500 * 10 ** (gap / 0.3), rel=0.1)
    pairs = [one for one in verdicts.table(data) if "errs_less" in one]
    assert len(pairs) == 2 * (6 * 5 // 2)
    wanted = {"data_set": "letter", "method": FOREST, "against": network(4), "errs_less": network(4)}
    assert any(wanted.items() <= one.items() for one in pairs)


def test_rows_and_draws_follow_from_the_settings():
    assert config.rows_of("spambase", FULL) == [64, 256, 1_024, 4_096]
    assert [config.num_draws(rows, FULL) for rows in FULL.rows] == [10, 10, 10, 10, 5, 3]
    assert config.methods_of(65_536, FULL) == ["random forest", "gradient boosting"]
    assert [run._most("MNIST-1D", seed, FULL) for seed in (0, 3, 9, 1_000_000)] == [65_536, 16_384, 4_096, 65_536]
    with pytest.raises(ValueError, match=r"rows=.* must hold two of at most 1,024, for 'segment'"):
        config.check(dataclasses.replace(FULL, rows=(1_024, 4_096)))
    with pytest.raises(ValueError, match=r"depths=.* must begin with 1"):
        config.check(dataclasses.replace(FULL, depths=(2, 4)))


def test_statements_are_judged_once_each():
    for settings in (QUICK, SMALL):
        check_verdicts(verdicts.verdicts(synthetic(settings)), verdicts.statements(settings))


def test_figures_come_from_data_alone(redrawn):
    assert redrawn("learning_from_data.sample_size", synthetic(), SMALL) == [
        "crossings", "curves", "seconds", "winners",
    ]  # fmt: skip


def test_the_figure_of_crossings_has_room_for_one_data_set():
    with use_style():
        figure = figures.crossings(synthetic().isel(data_set=[0]))
        settle(figure)  # it warns where axes have no room, and they keep their first places
    below = max(legend.get_window_extent().y1 for legend in figure.legends)
    assert all(ax.get_window_extent().y0 > below for ax in figure.axes)
