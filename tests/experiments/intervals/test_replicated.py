"""`intervals.replicated`: forms of intervals, agreement where the answer is known, and rules that can fail."""

import csv
import itertools

import numpy as np
import pytest
from scipy import stats

from experiments.intervals.replicated import config, figures, pairs, run, summary, verdicts
from experiments.intervals.replicated.pairs import Estimates
from experiments.lab import estimates
from experiments.lab.figures import use_style
from experiments.lab.verdicts import EXTREME, NOT_REPRODUCED, NOT_SETTLED, PREDICTION, REPRODUCED, check_verdicts
from nnjax import statistics


def wilson(successes, trials, level=0.95):
    return Estimates(successes / trials, *map(float, statistics.wilson(successes, trials, level)))


def test_the_form_of_an_interval_is_read_off_it():
    for successes, trials in ((13, 40), (0, 7), (7, 7), (20, 40), (1, 100_000), (41_324, 63_654)):
        one = wilson(successes, trials)
        assert pairs.trials(one) == trials
        assert pairs.form(one, "of the networks") == "share"
        assert pairs.form(Estimates(*(100 * end for end in one)), "%") == "share"
    assert pairs.trials(wilson(13, 40, 0.99)) == 0
    assert pairs.trials(wilson(13, 40, 0.99), 0.99) == 40
    assert pairs.form(Estimates(0.3, 0.2, 0.4), "") == "mean"
    assert pairs.form(Estimates(2.0, 1.0, 4.0), "times") == "ratio"
    assert pairs.form(Estimates(2.0, 1.0, 4.001), "times") == "other"  # a bootstrap may be nearly symmetric
    assert pairs.form(Estimates(-0.5, -0.9, -0.2), "") == "other"


def test_two_estimates_agree_within_the_halves_that_face_each_other():
    one = Estimates(*np.array([[0.0, 0.0, 4.0], [-3.0, -3.0, 2.0], [4.0, 4.0, 4.0]]))
    two = Estimates(*np.array([[5.0, -5.0, 4.0], [2.0, -6.0, 4.0], [6.0, -1.0, 4.0]]))
    np.testing.assert_allclose(pairs.distance(one, two), [5 / np.hypot(4, 3), -5 / np.hypot(3, 4), 0])
    assert np.isinf(pairs.distance(Estimates(1.0, 1.0, 1.0), Estimates(2.0, 2.0, 2.0)))


def test_how_often_means_agree_is_what_a_simulation_finds():
    rng = np.random.default_rng(0)
    for n, level in ((3, 0.95), (8, 0.95), (8, 0.99)):
        values = rng.normal(size=(2, 40_000, n))
        mean, error = values.mean(axis=-1), values.std(axis=-1, ddof=1) / np.sqrt(n)
        half = stats.t.ppf((1 + level) / 2, n - 1) * error
        first, second = (Estimates(m, m - h, m + h) for m, h in zip(mean, half, strict=True))
        found = pairs.agree(pairs.distance(first, second)).mean()
        assert pairs.expected_of_means(n, level) == pytest.approx(found, abs=0.004)
    assert pairs.expected_of_means(3) == pytest.approx(0.988, abs=0.001)
    assert pairs.expected_of_means(None) == 0.95
    assert pairs.expected_of_means(100_000) == pytest.approx(0.95, abs=1e-4)


@pytest.mark.parametrize(("first", "second"), [(20, 20), (12, 31)])
def test_how_often_shares_agree_is_right_at_every_true_share_without_knowing_it(first, second):
    """The mean over all sums is the probability from two binomial laws; what both shares average to, put in for the
    true one, is not."""
    j, k = np.arange(first + 1), np.arange(second + 1)
    one, two = (
        Estimates(c / n, *statistics.wilson(c, np.full_like(c, n)))
        for c, n in ((j[:, None] + 0 * k, first), (k + 0 * j[:, None], second))
    )
    agree = pairs.agree(pairs.distance(one, two))

    def chance(p):
        return float((stats.binom.pmf(j, first, p)[:, None] * stats.binom.pmf(k, second, p) * agree).sum())

    together = stats.binom(first + second, 0.03)
    sums = np.arange(first + second + 1)
    for p in (0.03, 0.3, 0.5, 0.9):
        expected = [pairs.expected_of_shares(int(s), first, second) for s in sums]
        assert stats.binom.pmf(sums, first + second, p) @ expected == pytest.approx(chance(p), abs=1e-12)
    plugged = together.pmf(sums) @ [chance(s / (first + second)) for s in sums]
    assert abs(plugged - chance(0.03)) > 0.001
    assert pairs.expected_of_shares(0, first, second) == pairs.expected_of_shares(first + second, first, second) == 1


def test_the_sum_of_many_trials_is_not_added_up_where_nothing_lies():
    whole = pairs.expected_of_shares(80_000, 63_654, 63_654)
    assert whole == pytest.approx(0.95, abs=0.002)
    pairs.expected_of_shares.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "DEVIATIONS", 1e9)
        assert pairs.expected_of_shares(80_000, 63_654, 63_654) == pytest.approx(whole, abs=1e-12)
    pairs.expected_of_shares.cache_clear()


def row(claim, name, number, measured, half, outcome="reproduced", **other):
    ends = {"measured": measured, "low": measured - half, "high": measured + half}
    texts = {key: f"{value:.12g}" for key, value in ends.items()}
    same = {"unit": "nats", "n": "20", "interval": "confidence", "level": "0.95", "fixed": "", "tuning": ""}
    return {"claim": claim, "id": name, "replication": str(number), "outcome": outcome} | texts | same | other


def rows(claims=12, replications=3, factor=1.0, seed=1):
    """Means of 20 normal numbers with intervals `factor` times as wide as they should be; and what is not random."""
    rng, found = np.random.default_rng(seed), []
    for claim in (f"topic{i % 7}.claim{i}" for i in range(claims)):
        for number in range(replications + 1):
            for name in ("a", "b"):
                values = rng.normal(size=20)
                half = factor * stats.t.ppf(0.975, 19) * values.std(ddof=1) / np.sqrt(20)
                found.append(row(claim, name, number, values.mean(), half))
            found.append(row(claim, "exact", number, 7.0, 1.0))
            found.append(row(claim, "words", number, np.nan, np.nan) | {"measured": "3 of 4"})
    return found


def judged(found):
    data = run.compared(found)
    return data.merge(summary.agreement(data)).assign_attrs(fewest=config.FULL.fewest, listed=config.FULL.listed)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(config.FULL))}


def test_good_intervals_are_told_from_narrow_ones():
    good, narrow = judged(rows(40)), judged(rows(40, factor=0.7))
    assert int(good.pairs.sel(kind="all")) == 40 * 3 * 2  # what chance does not change is left out
    assert outcomes(good)["all"] == outcomes(good)["mean"] == REPRODUCED
    assert outcomes(narrow)["all"] == outcomes(narrow)["mean"] == NOT_REPRODUCED
    assert 1.2 < np.nanmedian(narrow.spread) / np.nanmedian(good.spread) < 1.6
    assert not good.random.sel(estimate=good.id == "words").any()  # nan is nan: what has no number is not random
    few = judged(rows(3, factor=0.7))
    assert outcomes(few)["all"] == NOT_SETTLED


def test_only_intervals_of_confidence_on_data_drawn_anew_are_counted():
    kinds = {"a": {"fixed": "the digits"}, "b": {"interval": EXTREME}}
    data = judged([one | kinds.get(one["id"], {}) for one in rows()])
    assert {kind: int(data.pairs.sel(kind=kind)) for kind in summary.KINDS if data.pairs.sel(kind=kind)} == {
        "fixed": 36,
        EXTREME: 36,
    }
    assert set(outcomes(data)) == {"fixed", "outcomes changed", "outcomes reversed"}
    predicted = judged([one | {"interval": PREDICTION} for one in rows()])
    assert not predicted.pairs.any()
    told = {one["of"]: one for one in verdicts.table(predicted) if one["part"] == "kind"}
    assert told["prediction intervals"]["estimates"] == 24


def test_intervals_that_leave_tuning_out_are_told_from_the_others():
    found = rows(80, factor=0.6)
    good = {(one["claim"], one["id"], one["replication"]): one for one in rows(80)}
    mixed = [
        one | {"tuning": estimates.LEFT_OUT} if one["id"] == "a" else good[one["claim"], one["id"], one["replication"]]
        for one in found
    ]
    data = judged(mixed)
    assert outcomes(data)[summary.TUNING_LEFT_OUT] == NOT_REPRODUCED
    assert outcomes(data)[summary.TUNING_HELD] == REPRODUCED
    assert data.pairs.sel(kind=list(summary.TOGETHER)).values.tolist() == [480, 240, 240]


def test_equal_shares_count_and_those_that_could_not_disagree_do_not():
    shares = [(30, 30), (30, 50), (0, 0), (100, 100), (0, 1)]
    found = []
    for i, both in enumerate(shares):
        for number, k in enumerate(both):
            ends = {key: f"{end:.12g}" for key, end in zip(("measured", "low", "high"), wilson(k, 100), strict=True)}
            found.append(row("t.c", str(i), number, 0.0, 1.0, n="100") | ends)
    data = run.compared(found)
    assert data.kind_of.values.tolist() == ["share"] * 5
    distance = data.distance.values[:, 0]
    assert distance[0] == 0
    assert distance[1] > 1
    assert np.isnan(distance[2:]).all()


def test_a_corrected_interval_is_expected_to_agree_more_often():
    found = [one | {"level": "0.99"} for one in rows(2)]
    assert np.nanmax(run.compared(found).expected) == pytest.approx(pairs.expected_of_means(20, 0.99))


def test_the_interval_over_claims_holds_what_is_true():
    rng, held, too_low = np.random.default_rng(3), [], []
    claim = np.repeat([f"c{i}" for i in range(16)], [1, 1, 1, 2, 2, 3, 4, 5, 8, 8, 8, 16, 16, 24, 24, 48])
    for _ in range(300):
        first = rng.normal(size=16)[np.searchsorted(np.unique(claim), claim)]  # pairs of a claim share a run
        inside = np.abs(rng.normal(size=len(claim)) - first) < 1.96 * np.sqrt(2)
        _, low, high = summary.over_claims(claim, inside - 0.95, 0.95 * 0.05)
        held.append(low <= 0 <= high)
        too_low.append(high < 0)
    assert np.mean(held) > 0.93
    assert np.mean(too_low) < 0.04
    # A few claims of one pair, all of which agree, are no proof.
    _, low, high = summary.over_claims(np.array(list("abcdefgh")), np.full(8, 0.05), 0.95 * 0.05)
    assert high - low > 0.3
    assert np.isnan(summary.over_claims(np.array(["a", "a"]), np.array([0.0, 1.0]), 0.1)[1])


def test_a_multiple_of_another_estimate_is_not_counted_twice():
    found = rows(12)
    doubled = [
        one | {"id": "c"} | {key: f"{2 * float(one[key]):.12g}" for key in ("measured", "low", "high")}
        for one in found
        if one["id"] == "a"
    ]
    data = judged(found + doubled)
    assert set(data.kind_of.values[data.id == "c"]) == {pairs.MULTIPLE}
    assert int(data.pairs.sel(kind="all")) == int(judged(found).pairs.sel(kind="all"))


def test_the_form_is_that_of_every_run():
    found = [one for one in rows(1) if one["id"] == "a"]
    assert judged(found).kind_of.values.tolist() == [pairs.MEAN]
    found[2]["high"] = f"{float(found[2]['high']) + 0.1:.12g}"  # the first is symmetric, as a bootstrap's may be
    assert judged(found).kind_of.values.tolist() == [pairs.OTHER]


def test_one_claim_has_no_interval_in_the_figure_and_shares_lie_from_0_to_1():
    data = judged(rows(1))
    with use_style():
        axes = figures.figures(data)["coverage"].axes[0]
        bars = [line for line in axes.lines if len(line.get_xdata()) == 2]
    assert not bars
    found = {one.id: one for one in verdicts.verdicts(judged(rows(40)))}
    assert found["outcomes reversed"].low == 0


def test_outcomes_that_change_are_told_from_those_that_turn_round():
    for word, expected in {"partly": [1, 0], NOT_REPRODUCED: [1, 1]}.items():
        found = [one | {"outcome": word} if (one["id"], one["replication"]) == ("a", "2") else one for one in rows(40)]
        data = judged(found)
        np.testing.assert_allclose(data.flips.sel(quantity="estimate"), np.array(expected) / 6)
        assert outcomes(data)["outcomes changed"] == NOT_REPRODUCED
        # Not one of 240 outcomes could still be more than one of a hundred.
        assert outcomes(data)["outcomes reversed"] == (NOT_REPRODUCED if expected[1] else NOT_SETTLED)
        of_claims = [one for one in verdicts.table(data) if one["part"] == "claim"]
        assert [one["outcomes_changed"] for one in of_claims] == [1] * 40


def test_the_rule_says_no_below_what_is_expected_and_waits_across_it():
    judge = verdicts.statements(config.FULL)[0].rule.judge
    assert judge(0.0, -0.02, 0.02) == REPRODUCED
    assert judge(-0.02, -0.06, 0.01) == NOT_SETTLED
    assert judge(-0.02, -0.025, -0.01) == NOT_REPRODUCED
    assert judge(-0.2, None, None) == NOT_SETTLED


def test_without_replications_a_sentence_says_what_makes_them(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "ESTIMATES", tmp_path / "none.csv")
    with pytest.raises(ValueError, match="--replicate auto"):
        config.check(config.FULL)
    (tmp_path / "none.csv").write_text(f"{','.join(estimates.COLUMNS)}\n")
    with pytest.raises(ValueError, match="--replicate auto"):
        config.check(config.FULL)


def test_the_run_reads_what_the_replications_wrote(tmp_path, redrawn):
    path = tmp_path / "estimates.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, estimates.COLUMNS)
        writer.writeheader()
        writer.writerows(rows())
    data = run.run(config.QUICK, path)
    assert redrawn("intervals.replicated", data, config.QUICK) == ["all_pairs", "claims", "coverage"]


def test_sixty_claims_have_a_row_each_and_a_name_that_can_be_read():
    found = judged(rows(60, replications=2))
    with use_style():
        drawn = figures.figures(found)["claims"]
        drawn.draw_without_rendering()
        boxes = [label.get_window_extent() for label in drawn.axes[0].get_yticklabels()]
    assert len(boxes) == 60
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in itertools.pairwise(boxes))
