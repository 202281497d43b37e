"""`your_table.against_search`: splits, searches that count what they try, and verdicts that can say no."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from experiments.your_table.against_search import figures, run, summary, verdicts
from experiments.your_table.against_search.config import (
    BOOSTING,
    FULL,
    METHODS,
    NETWORK,
    NETWORK_LONG,
    QUICK,
    SEARCH,
    SEARCH_LONG,
)  # fmt: skip
from experiments.your_table.shared import benchmark
from experiments.your_table.shared.benchmark import TABLES


def synthetic(ours=-0.03, faster=20.0, noise=0.001, names=TABLES):
    """Networks whose errors differ from those of the search by `ours`, on splits that hardly overlap."""
    rng = np.random.default_rng(0)
    shape = (len(METHODS), len(names), FULL.splits)
    ours = np.broadcast_to(np.asarray(ours, float), len(names))
    error = 0.1 + noise * rng.normal(size=shape)
    seconds, candidates = np.full(shape, 10.0), np.full(shape, 8.0)
    for method in (NETWORK, NETWORK_LONG):
        error[METHODS.index(method)] += ours[:, None]
    candidates[METHODS.index(NETWORK_LONG)] *= faster * np.linspace(0.9, 1.1, len(names))[:, None]
    dims = ("learner", "table", "split")
    variables = dict(error=(dims, error), seconds=(dims, seconds), candidates=(dims, candidates))
    variables |= {
        name: ("table", [n] * len(names))
        for name, n in zip(("num_rows", "num_train", "num_test"), (10_000, 800, 2_000), strict=True)
    }
    attrs = {"trials": 8, "processor": "a processor", "cores": 2}
    return xr.Dataset(variables, {"learner": list(METHODS), "table": list(names)}, attrs)


def outcomes(data):
    return {one.id: one.outcome for one in verdicts.verdicts(data)}


def test_every_verdict_is_one_that_was_stated_and_can_go_either_way():
    good = synthetic()
    check_verdicts(verdicts.verdicts(good), verdicts.statements(FULL))
    assert set(outcomes(good).values()) == {REPRODUCED}
    assert set(outcomes(synthetic(0.03, 5.0)).values()) == {NOT_REPRODUCED}
    mixed = outcomes(synthetic(np.where(np.arange(len(TABLES)) < 3, 0.03, 0.0)))
    assert mixed["no worse at equal trials"] == PARTLY


def test_better_is_refuted_by_tables_that_are_worse_and_not_by_intervals_that_are_wide():
    worse = np.arange(len(TABLES))
    for number, outcome in ((5, NOT_SETTLED), (6, NOT_REPRODUCED)):  # six of eleven must be better
        found = outcomes(synthetic(np.where(worse < number, 0.03, -0.001), noise=0.002))
        assert found["better at equal trials"] == found["better at equal seconds"] == outcome
    assert outcomes(synthetic(np.where(worse < 5, 0.03, -0.03)))["better at equal trials"] == REPRODUCED
    assert outcomes(synthetic(0.0, noise=0.05))["better at equal seconds"] == NOT_SETTLED


def test_worse_on_one_table_is_corrected_for_their_number_and_no_worse_is_not():
    """An interval of 90% that lies above the margin refutes one table alone, and none of eleven."""
    found = {}
    for names in (("letter",), TABLES):
        data = synthetic(names=names)
        gap = np.array([0.013, 0.02, 0.027, 0.02, 0.02])
        theirs = data.error.sel(learner=SEARCH, table="letter").values
        data.error.loc[{"learner": NETWORK, "table": "letter"}] = theirs + gap
        assert summary.difference(data, "letter", NETWORK, 0.9).low > summary.margin(data, "letter")
        found[len(names)] = summary.side(data, "letter", NETWORK)
        assert summary.side(data, "letter", NETWORK_LONG) == "no worse"
    assert found == {1: "worse", len(TABLES): "open"}


def test_findings_name_the_tables_that_are_open_and_the_table_has_every_difference():
    data = synthetic(0.0, noise=0.001)
    data.error.loc[{"learner": NETWORK, "table": "diabetes"}] = [0.05, 0.2, 0.1, 0.0, 0.15]
    data.candidates.loc[{"learner": NETWORK_LONG, "table": "digits"}] = 3.0
    told = {one.id: one.finding for one in verdicts.verdicts(data)}
    begins = "Our networks are no worse on 10 of 11 tables, worse on 0, and this is open on 1 (diabetes "
    assert told["no worse at equal trials"].startswith(begins)
    assert "of 1 - R^2" in told["no worse at equal trials"]
    assert "(" not in told["no worse at equal seconds"]
    assert f"In {FULL.splits} of {11 * FULL.splits} splits the sweep" in told["candidates per second"]
    rows = {(row["table"], row["method"]): row for row in verdicts.table(data)}
    assert rows["diabetes", NETWORK]["this_is"] == "open"
    assert "minus_mlp_search" not in rows["diabetes", SEARCH]
    assert rows["wine", BOOSTING]["minus_mlp_search"] == pytest.approx(summary.difference(data, "wine", BOOSTING)[0])
    data.error.loc[{"learner": NETWORK}] = data.error.sel(learner=SEARCH).values - 1e-17  # equal but for rounding
    assert summary.lower(data, NETWORK) == 0
    data.error.loc[{"learner": NETWORK, "table": "wine"}] -= 0.01
    assert summary.lower(data, NETWORK) == 1


def test_no_margin_is_less_than_a_test_row():
    data = synthetic()
    data["num_test"][TABLES.index("wine")] = 54
    assert summary.margin(data, "wine") == 1 / 54
    assert summary.margin(data, "letter") == 0.01
    assert summary.margin(data, "diabetes") == 0.02
    wine = synthetic(np.where(np.array(TABLES) == "wine", 0.015, 0.0))
    assert outcomes(wine)["no worse at equal trials"] == PARTLY
    wine["num_test"][TABLES.index("wine")] = 54
    assert outcomes(wine)["no worse at equal trials"] == REPRODUCED


def test_what_the_intervals_do_not_tell_is_not_settled():
    found = outcomes(synthetic(0.0, noise=0.05))
    assert found["no worse at equal trials"] == found["no worse at equal seconds"] == NOT_SETTLED
    assert outcomes(synthetic(faster=10.0))["candidates per second"] == NOT_SETTLED
    assert outcomes(synthetic(names=TABLES[:1]))["candidates per second"] == NOT_SETTLED


def test_a_difference_is_paired_and_on_its_own_budget():
    data = synthetic(noise=0.05)
    data.error.loc[{"learner": SEARCH}] = data.error.sel(learner=NETWORK) + 0.5
    data.error.loc[{"learner": SEARCH_LONG}] = data.error.sel(learner=NETWORK_LONG) - 0.25
    paired = summary.difference(data, "wine", NETWORK)
    assert paired.estimate == pytest.approx(-0.5)
    assert paired.high - paired.low < 1e-9  # the noise of a split is in both
    assert summary.difference(data, "wine", NETWORK_LONG).estimate == pytest.approx(0.25)
    assert benchmark.overlap(data, "wine") == 0.25


def test_equal_rows_lie_on_one_side_and_no_row_on_both():
    one, other = (benchmark.split("segment", 1_000, 900, seed) for seed in (0, 1))
    assert (len(one.x), len(one.y)) == (1_000, 1_000)
    assert 890 <= len(one.x_test) <= 900
    rows = {tuple(row) for row in one.x}
    assert not rows & {tuple(row) for row in one.x_test}
    assert not np.array_equal(one.x_test, other.x_test)
    x, y = benchmark.load("segment")
    known = {tuple(row): label for row, label in zip(x, y, strict=True)}
    assert all(known[tuple(row)] == label for row, label in zip(one.x, one.y, strict=True))


def test_a_search_that_goes_on_tries_more_candidates_until_its_time_is_over(monkeypatch):
    def searched(model, space, config, seed, refit):
        class Search:
            best_params_, best_score_ = {"mlp__max_iter": 1 + seed}, seed

            def fit(self, x, y):
                clock.append(clock[-1] + 2.0)
                return self

        return Search()

    clock = [0.0]
    monkeypatch.setattr(run, "_searched", searched)
    monkeypatch.setattr(run.time, "perf_counter", lambda: clock[-1])
    searches = run.MLPSearches(benchmark.split("wine", QUICK.rows, QUICK.test_rows, 0), False, QUICK, 0)
    with pytest.warns(match="iterations"):
        first = searches.found()
    clock.append(clock[-1] + 100.0)  # what others take does not count
    searches.go_on(5.0)
    with pytest.warns(match="iterations"):
        last = searches.found()
    assert (first.candidates, first.seconds) == (QUICK.trials, 2.0)
    assert (last.candidates, last.seconds) == (3 * QUICK.trials, 6.0)


def test_a_longer_search_gets_the_seconds_that_the_network_really_took(monkeypatch):
    class Searches:
        def __init__(self, *_):
            self.seconds = 3.0

        def go_on(self, seconds):
            self.seconds = seconds

        def found(self):
            return run.Found(0.1, self.seconds, 4)

    class Model:
        seconds = 2.0

        def set_params(self, max_seconds):
            self.seconds = 1.5 * max_seconds  # longer than it was allowed
            return self

    monkeypatch.setattr(run, "MLPSearches", Searches)
    monkeypatch.setattr(run, "_network", lambda *_: Model())
    monkeypatch.setattr(run, "_boosting_search", lambda *_: Model())
    monkeypatch.setattr(run, "_timed", lambda model, one: run.Found(0.1, model.seconds, 4))
    found = run.compared(None, False, dataclasses.replace(QUICK, seconds=1.0), 0)
    assert dict(zip(METHODS, (one.seconds for one in found), strict=True)) == {
        NETWORK: 2.0, SEARCH: 3.0, BOOSTING: 2.0, NETWORK_LONG: 4.5, SEARCH_LONG: 4.5,
    }  # fmt: skip


def test_both_figures_are_drawn():
    with use_style():
        drawn = figures.figures(synthetic())
    assert set(drawn) == {"errors", "speed"}
    assert "fails" not in drawn["errors"].texts[-1].get_text()
    failing = synthetic()
    failing.error.loc[{"learner": BOOSTING, "table": "letter"}] = [0.2, 0.2, 0.2, 0.2, 0.9]
    with use_style():
        far = figures.errors(failing)
    assert "on 1 of 5 splits of letter" in " ".join(far.texts[-1].get_text().split())
    # One that lies beyond the axis is a number between arrows there.
    (number,), arrows = far.axes[0].texts, [line for line in far.axes[0].lines if line.get_marker() in "<>"]
    assert number.get_text() == f"{100 * summary.difference(failing, 'letter', BOOSTING).estimate:+.1f}"
    assert [(line.get_marker(), *line.get_xdata()) for line in arrows] == [("<", -10), (">", 5)]
    assert not drawn["errors"].axes[0].texts
    assert [text.get_text() for text in drawn["speed"].axes[0].get_yticklabels()] == list(TABLES)


@pytest.mark.slow
def test_a_whole_run():
    data = run.run(QUICK)
    assert np.isfinite(data.error).all()
    assert (data.candidates >= 1).all()
    check_verdicts(verdicts.verdicts(data), verdicts.statements(QUICK))
