"""Kaplan & Meier's estimate against a published example, by its definition, and by how often it covers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax import statistics

INF = float("inf")
CONFIDENCES = st.floats(0.5, 0.999)

# Weeks in remission (Freireich et al. 1963, as in Kleinbaum & Klein 2012): 9 relapses of 21
# under 6-MP, the others censored; 21 of 21 under placebo.
RELAPSED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
TREATED = ([*RELAPSED, *CENSORED], [True] * 9 + [False] * 12)


def test_kaplan_meier_reference_values():
    """Worked by hand: at week 6 21 are at risk and 3 relapse, 18/21; one is censored, so at week 7 17 are at
    risk, times 16/17; and so on, as in Kleinbaum & Klein 2012, chapter 2.
    """
    curve = statistics.kaplan_meier(*TREATED)
    at = dict(zip(curve.time, curve.survival, strict=True))
    steps = [
        (6, 18 / 21),
        (7, 16 / 17),
        (10, 14 / 15),
        (13, 11 / 12),
        (16, 10 / 11),
        (22, 6 / 7),
        (23, 5 / 6),
    ]
    expected = np.cumprod([factor for _, factor in steps])
    np.testing.assert_allclose([at[week] for week, _ in steps], expected, rtol=1e-12)
    np.testing.assert_allclose(expected, [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=5e-4)


def test_kaplan_meier_interval_by_hand():
    """Week 6: Greenwood's sum is 3 / (21 * 18), on the scale of log(-log S)."""
    curve = statistics.kaplan_meier(*TREATED)
    survival = 18 / 21
    half = 1.959963984540054 * np.sqrt(3 / (21 * 18)) / abs(np.log(survival))
    np.testing.assert_allclose(curve.low[0], survival ** np.exp(half), rtol=1e-12)
    np.testing.assert_allclose(curve.high[0], survival ** np.exp(-half), rtol=1e-12)


def test_kaplan_meier_median_reference_values():
    """Medians 23 and 8 weeks (Kleinbaum & Klein 2012, chapter 2).

    Under 6-MP the lower curve is 0.503 at week 10 and 0.432 at week 13; the upper one never reaches 0.5.
    Under placebo the lower one is 0.519 at week 3 and 0.425 at week 4, the upper 0.578 at week 8 and 0.482
    at week 11.
    """
    assert statistics.kaplan_meier_median(*TREATED) == (23, 13, INF)
    assert statistics.kaplan_meier_median(PLACEBO, [True] * 21) == (8, 4, 11)


@pytest.mark.parametrize("num_runs", range(2, 61, 2))
def test_a_curve_that_touches_one_half_has_its_median_there(num_runs):
    """Half of the runs have finished at the (n/2)-th time, though rounding may say 0.5000000000000001."""
    times = np.arange(1, num_runs + 1)
    assert statistics.kaplan_meier_median(times, times > 0).estimate == num_runs / 2


def test_nothing_finished_and_one_finished():
    curve = statistics.kaplan_meier([5, 9], [False, False])
    assert [list(column) for column in curve] == [[5, 9], [1, 1], [1, 1], [1, 1]]
    assert statistics.kaplan_meier_median([5, 9], [False, False]) == (INF, INF, INF)
    assert [list(column) for column in statistics.kaplan_meier([5], [True])] == [[5], [0], [0], [1]]
    assert statistics.kaplan_meier_median([5], [True]) == (5, 5, INF)


RUNS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30)


@given(RUNS, CONFIDENCES)
def test_kaplan_meier_falls_inside_its_interval(runs, confidence):
    times, observed = zip(*runs, strict=True)
    curve = statistics.kaplan_meier(times, observed, confidence)
    assert list(curve.time) == sorted(set(times))
    assert (np.diff(curve.survival) <= 0).all()
    assert ((curve.low >= 0) & (curve.low <= curve.survival + 1e-12)).all()
    assert ((curve.high <= 1) & (curve.high >= curve.survival - 1e-12)).all()
    median, low, high = statistics.kaplan_meier_median(times, observed, confidence)
    assert low <= median <= high


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30))
def test_without_censoring_it_is_the_share_still_running(times):
    curve = statistics.kaplan_meier(times, [True] * len(times))
    shares = [np.mean(np.array(times) > time) for time in curve.time]
    np.testing.assert_allclose(curve.survival, shares, atol=1e-12)


def test_kaplan_meier_median_covers():
    """Exponential times, a third of them censored by other exponential times."""
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(400):
        finish, stop = rng.exponential(1, 50), rng.exponential(2, 50)
        _, low, high = statistics.kaplan_meier_median(np.minimum(finish, stop), finish <= stop)
        covered.append(low <= np.log(2) <= high)
    assert 0.92 < np.mean(covered) < 0.98
