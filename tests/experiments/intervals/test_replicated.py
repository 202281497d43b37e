"""`intervals.replicated`: kinds of intervals, agreement where the answer is known, and rules that can fail."""

import csv

import numpy as np
import pytest
from scipy import stats

from experiments.intervals.replicated import config, pairs, run, summary, verdicts
from experiments.lab import replication
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from nnjax import statistics


def test_the_kind_of_an_interval_is_read_off_it():
    low, high = statistics.wilson(13, 40)
    assert pairs.kind(13 / 40, low, high, "share", 40) == "share"
    assert pairs.kind(32.5, 100 * low, 100 * high, "%", 40) == "share"
    assert pairs.kind(13 / 40, low, high, "share", 41) == "other"
    assert pairs.kind(3.0, 2.5, 3.5, "nats", 8) == "mean"
    assert pairs.kind(2.0, 1.0, 4.0, "times", 8) == "ratio"
    assert pairs.kind(2.0, 1.0, 5.0, "times", 8) == "other"


def test_two_estimates_agree_within_the_halves_that_face_each_other():
    one = pairs.Estimates(*np.array([[0.0, 0.0, 4.0], [-3.0, -3.0, 2.0], [4.0, 4.0, 8.0]]))
    two = pairs.Estimates(*np.array([[5.0, -5.0, 1.0], [2.0, -6.0, 0.5], [6.0, -1.0, 2.0]]))
    found = pairs.distance(one, two, np.array([False, False, True]))
    expected = [5 / np.hypot(4, 3), -5 / np.hypot(3, 4), -np.log(4) / np.hypot(np.log(2), np.log(2))]
    np.testing.assert_allclose(found, expected)


def test_what_is_expected_of_intervals_is_simulated():
    assert pairs.expected_of_means(100, 20_000) == pytest.approx(0.95, abs=0.01)
    assert pairs.expected_of_means(3, 20_000) == pytest.approx(0.988, abs=0.004)  # Student's are wide
    assert pairs.expected_of_means(8, 20_000) == pytest.approx(0.968, abs=0.006)
    assert pairs.expected_of_shares(10, 0.01, 4_000) > 0.99
    assert 0.93 < pairs.expected_of_shares(1000, 0.5, 4_000) < 0.965
    assert pairs.expected("other", 5, 0.5, 400) == 0.95


def rows(claims=12, replications=3, factor=1.0):
    """Means of 20 normal numbers with intervals `factor` times as wide as they should be; and a constant."""
    rng, found = np.random.default_rng(1), []
    for claim in range(claims):
        for number in range(replications + 1):
            for name in ("a", "b"):
                values = rng.normal(size=20)
                half = factor * stats.t.ppf(0.975, 19) * values.std(ddof=1) / np.sqrt(20)
                found.append(row(f"t.c{claim}", name, number, values.mean(), half, "reproduced"))
            found.append(row(f"t.c{claim}", "exact", number, 7.0, 1.0, "reproduced"))
            found.append(row(f"t.c{claim}", "number", number, 7.0, 0.0, "not settled" if number == 2 else "reproduced"))
    return found


def row(claim, name, number, measured, half, outcome):
    return {
        "claim": claim, "id": name, "replication": number, "measured": measured, "low": measured - half,
        "high": measured + half, "unit": "nats", "n": 20, "outcome": outcome,
    }  # fmt: skip


def judged(found):
    data = run.paired(found, config.QUICK.simulations)
    return data.merge(summary.agreement(data, config.QUICK.resamples))


def test_good_intervals_are_told_from_narrow_ones():
    good, narrow = judged(rows()), judged(rows(factor=0.5))
    assert int(good.pairs.sel(kind="all")) == 12 * 3 * 2  # what chance does not change is left out
    outcomes = {v.id: v.outcome for v in verdicts.verdicts(good)}
    assert outcomes["all"] != NOT_REPRODUCED
    assert float(good.difference.sel(kind="all", quantity="high")) > 0
    outcomes = {v.id: v.outcome for v in verdicts.verdicts(narrow)}
    assert outcomes["all"] == outcomes["mean"] == NOT_REPRODUCED
    assert float(good.changed.sel(quantity="share")) == 0  # those of exact numbers do not count
    flipped = [row | {"outcome": "partly"} if row["id"] == "a" and row["replication"] else row for row in rows()]
    found = judged(flipped)
    assert float(found.changed.sel(quantity="share")) == pytest.approx(1 / 2)
    assert {v.id: v.outcome for v in verdicts.verdicts(found)}["outcomes"] == NOT_REPRODUCED
    check_verdicts(verdicts.verdicts(narrow), verdicts.statements(config.FULL))
    assert verdicts.table(good)[-1]["outcomes_changed"] == 1


def test_the_rule_says_no_below_what_is_expected_and_waits_across_it():
    judge = verdicts.AGREE.judge
    assert judge(0.0, -0.02, 0.02) == REPRODUCED
    assert judge(-0.02, -0.05, 0.01) == NOT_SETTLED
    assert judge(-0.02, -0.025, -0.01) == NOT_REPRODUCED
    assert judge(-0.2, None, None) == NOT_SETTLED


def test_without_replications_a_sentence_says_what_makes_them(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "ESTIMATES", tmp_path / "none.csv")
    with pytest.raises(ValueError, match="--replicate 20"):
        config.check(config.FULL)


def test_the_run_reads_what_the_replications_wrote(tmp_path, redrawn):
    path = tmp_path / "estimates.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, replication.COLUMNS)
        writer.writeheader()
        writer.writerows(rows())
    data = run.run(config.QUICK, path)
    assert redrawn("intervals.replicated", data, config.QUICK) == ["agreement", "coverage"]
