"""Intervals and tests against published examples, against SciPy, and by how often they cover the truth."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from nnjax import statistics

INF = float("inf")
CONFIDENCES = st.floats(0.5, 0.999)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_reference_values(successes, trials, low, high):
    """Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3."""
    np.testing.assert_allclose(statistics.wilson(successes, trials), (low, high), atol=5e-5)


@given(st.integers(1, 10_000), st.floats(0, 1), CONFIDENCES)
def test_wilson_is_scipys(trials, share, confidence):
    successes = round(share * trials)
    expected = scipy.stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    low, high = statistics.wilson(successes, trials, confidence)
    np.testing.assert_allclose((low, high), expected, atol=1e-12)
    assert 0 <= low <= successes / trials <= high <= 1


@given(st.integers(1, 1_000), st.floats(0, 1), CONFIDENCES, CONFIDENCES)
def test_wilson_grows_with_confidence_and_mirrors(trials, share, one, other):
    successes = round(share * trials)
    low, high = statistics.wilson(successes, trials, max(one, other))
    inner_low, inner_high = statistics.wilson(successes, trials, min(one, other))
    assert low <= inner_low <= inner_high <= high
    np.testing.assert_allclose(statistics.wilson(trials - successes, trials, max(one, other)), (1 - high, 1 - low))


def test_wilson_takes_arrays():
    low, high = statistics.wilson(np.array([[0, 10], [5, 7]]), np.array([10, 10]))
    assert low.shape == high.shape == (2, 2)
    assert low[0, 0] == 0
    assert high[0, 1] == 1
    assert (low[1, 1], high[1, 1]) == statistics.wilson(7, 10)


def test_wilson_covers():
    """Coverage, summed exactly over the binomial, averages the nominal one (Brown, Cai & DasGupta 2001)."""
    successes = np.arange(51)
    low, high = statistics.wilson(successes, 50)
    p = np.linspace(0.05, 0.95, 181)[:, None]
    inside = (low[None, :] <= p) & (p <= high[None, :])
    coverage = (scipy.stats.binom.pmf(successes[None, :], 50, p) * inside).sum(axis=1)
    assert 0.945 < coverage.mean() < 0.96
    assert coverage.min() > 0.91


@pytest.mark.parametrize(("num_values", "confidence"), [(5, 0.8), (11, 0.95), (20, 0.9), (101, 0.95)])
def test_bootstrap_of_a_median_is_the_exact_one(num_values, confidence):
    """A resample's upper middle is at most the k-th value where at least half of it comes from the first k: a
    binomial tail (Efron 1982, chapter 10). So the interval is known without any resampling.
    """
    values = np.arange(num_values, dtype=float)
    share = np.arange(1, num_values + 1) / num_values
    middle = num_values // 2
    at_most = scipy.stats.binom.sf(num_values - middle - 1, num_values, share)
    tail = (1 - confidence) / 2
    low, high = np.argmax(at_most >= tail), np.argmax(at_most >= 1 - tail)

    def upper_middle(resample, axis):
        return np.take(np.sort(resample, axis), middle, axis)

    interval = statistics.bootstrap(values, upper_middle, confidence)
    assert interval.estimate == middle
    # The ends are a quantile of 9,999 resamples: where two of the exact values are near, either may come.
    assert abs(interval.low - low) <= (num_values > 20)
    assert abs(interval.high - high) <= (num_values > 20)


def test_bootstrap_of_a_mean_is_near_the_normal_one():
    sample = np.random.default_rng(1).normal(size=400)
    interval = statistics.bootstrap(sample, np.mean)
    assert interval.estimate == pytest.approx(sample.mean(), abs=1e-15)
    half = 1.96 * sample.std() / 20
    np.testing.assert_allclose(interval, (sample.mean(), sample.mean() - half, sample.mean() + half), atol=0.006)


def test_bootstrap_depends_on_its_seed_alone():
    sample = np.random.default_rng(2).normal(size=30)
    assert statistics.bootstrap(sample, seed=3) == statistics.bootstrap(sample, seed=3)
    assert statistics.bootstrap(sample, np.mean, seed=3) != statistics.bootstrap(sample, np.mean, seed=4)


def test_bootstrap_of_equal_values_has_no_width():
    assert statistics.bootstrap([0.25] * 8) == (0.25, 0.25, 0.25)


def test_bootstrap_lets_a_diverged_run_be_infinite():
    assert statistics.bootstrap([1.0, 2.0, 3.0, INF, INF]) == (3.0, 1.0, INF)
    assert statistics.bootstrap([INF, INF, INF]) == (INF, INF, INF)
    # Half of an even sample: the median itself lies between a number and inf.
    assert statistics.bootstrap([1.0, INF]) == (INF, 1.0, INF)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12))
def test_bootstrap_stays_within_the_sample_around_its_median(sample):
    interval = statistics.bootstrap(sample, num_resamples=999)
    assert min(sample) <= interval.low <= interval.estimate <= interval.high <= max(sample)


def test_bootstrap_covers():
    rng = np.random.default_rng(5)
    intervals = [statistics.bootstrap(rng.normal(size=25), num_resamples=499, seed=i) for i in range(300)]
    covered = np.mean([low <= 0 <= high for _, low, high in intervals])
    assert 0.90 < covered < 0.98


def test_slope_reference_values():
    """Anscombe 1973, first set: y = 3.00 + 0.500 x, standard error of the slope 0.118, 11 points."""
    x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    line = statistics.slope(x, y)
    assert line.slope == pytest.approx(0.500, abs=5e-4)
    assert line.intercept == pytest.approx(3.00, abs=5e-3)
    # Student's t table: 2.262 for 97.5% at 9 degrees of freedom.
    assert line.high - line.slope == pytest.approx(2.262 * 0.1179, abs=1e-4)
    assert line.slope - line.low == pytest.approx(2.262 * 0.1179, abs=1e-4)


@given(st.floats(-100, 100), st.floats(-100, 100), st.integers(3, 20))
def test_slope_of_a_straight_line_is_exact(a, b, num_points):
    x = np.arange(num_points)
    line = statistics.slope(x, a * x + b)
    np.testing.assert_allclose(line, (a, a, a, b), atol=1e-4)


def test_slope_covers():
    rng = np.random.default_rng(11)
    x = np.arange(8.0)
    lines = [statistics.slope(x, 2 * x + rng.normal(size=8), 0.9) for _ in range(1_000)]
    assert 0.88 < np.mean([line.low <= 2 <= line.high for line in lines]) < 0.92


def test_a_mean_of_rows_dealt_anew_by_hand():
    """Nadeau & Bengio 2003: 1, 2, 3 with a third as many rows to test as to train have s^2 (1/3 + 1/3) = 2/3.

    So t = 2 / sqrt(2/3) = sqrt(6), and with two degrees of freedom p = 1 - t / sqrt(t^2 + 2) = 1 - sqrt(3) / 2.
    """
    found = statistics.mean([1.0, 2.0, 3.0], overlap=1 / 3)
    half = 4.302653 * np.sqrt(2 / 3)
    np.testing.assert_allclose(found, (2, 2 - half, 2 + half, 1 - np.sqrt(3) / 2), rtol=1e-6)
    assert statistics.mean([1.0, 2.0, 3.0], overlap=0.0) == statistics.mean([1.0, 2.0, 3.0])


def test_a_mean_of_rows_dealt_anew_covers():
    """Values that share a part of variance 1/3, beside 1 of their own: as if every draw had the same rows in part."""
    rng = np.random.default_rng(8)
    samples = rng.normal(size=(400, 8)) + rng.normal(size=(400, 1)) / np.sqrt(3)
    covered = [
        np.mean([one.low <= 0 <= one.high for one in (statistics.mean(row, 0.9, overlap) for row in samples)])
        for overlap in (0.0, 1 / 3)
    ]
    assert covered[0] < 0.8
    assert 0.87 < covered[1] < 0.93


NAN = float("nan")
BAD = [
    (lambda: statistics.wilson(0, 0), r"^trials=0 must be whole numbers of 1 or more"),
    (lambda: statistics.wilson(1, -3), r"^trials=-3 must be"),
    (lambda: statistics.wilson([1, 2], [4, 0]), r"^trials=\[4, 0\] must be"),
    (lambda: statistics.wilson(5, 4), r"^successes=5 must be whole numbers from 0 to 4"),
    (lambda: statistics.wilson(-1, 4), r"^successes=-1 must be"),
    (lambda: statistics.wilson([0.5], [4]), r"^successes=\[0.5\] must be"),
    (lambda: statistics.wilson([NAN], [4]), r"^successes=\[nan\] must be"),
    (lambda: statistics.wilson(1, 4, confidence=1.0), r"^confidence=1.0 must lie between 0 and 1"),
    (lambda: statistics.wilson(1, 4, confidence=95.0), r"^confidence=95.0 must"),
    (lambda: statistics.bootstrap([1.0]), r"^sample has shape \(1,\): it must be \[n\], n at least 2"),
    (lambda: statistics.bootstrap([[1.0, 2.0]]), r"^sample has shape \(1, 2\)"),
    (lambda: statistics.bootstrap([1.0, NAN]), r"^sample must not contain nan"),
    (lambda: statistics.bootstrap([1.0, 2.0], confidence=0.0), r"^confidence=0.0"),
    (
        lambda: statistics.bootstrap([1.0, 2.0], num_resamples=0),
        r"^num_resamples=0 must be a whole number of 1 or more",
    ),
    (lambda: statistics.kaplan_meier([], []), r"^times has shape \(0,\)"),
    (lambda: statistics.kaplan_meier([1, 2], [True]), r"^observed has 1 values, but times has 2"),
    (lambda: statistics.kaplan_meier([1, INF], [True, False]), r"^times must not contain nan or infinity"),
    (lambda: statistics.kaplan_meier([1, 2], [1, 2]), r"^observed must hold only booleans, or 0 and 1"),
    (lambda: statistics.kaplan_meier_median([1], [True], 1.5), r"^confidence=1.5"),
    (lambda: statistics.slope([1, 2], [1, 2]), r"^x has shape \(2,\): .* n at least 3"),
    (lambda: statistics.slope([1, 2, 3], [1, 2, 3, 4]), r"^y has 4 values, but x has 3"),
    (lambda: statistics.slope([2, 2, 2], [1, 2, 3]), r"^x is 2.0 everywhere"),
    (lambda: statistics.slope([1, 2, 3], [1, 2, INF]), r"^y must not contain nan or infinity"),
    (lambda: statistics.mean([1.0, 2.0], overlap=-0.1), r"^overlap=-0.1 must be 0 or more"),
    (lambda: statistics.mean([1.0, 2.0], overlap=NAN), r"^overlap=nan must be 0 or more"),
    (lambda: statistics.fisher_exact(1, 2, 3, 0), r"^other_trials=0 must be"),
    (lambda: statistics.fisher_exact(1, 2, 3, 2), r"^other_successes=3 must be whole numbers from 0 to 2"),
    (lambda: statistics.binomial_test(1, 2, 1.5), r"^p=1.5 must be from 0 to 1"),
    (lambda: statistics.paired_difference([True], [True, False]), r"^b has 2 values, but a has 1"),
    (lambda: statistics.paired_difference([2.0], [1.0]), r"^a must hold only booleans, or 0 and 1"),
    (lambda: statistics.holm([]), r"^p_values has shape \(0,\)"),
    (lambda: statistics.holm([0.5, 1.1]), r"^p_values go from 0.5 to 1.1: all must be from 0 to 1"),
    (lambda: statistics.holm([0.5, NAN]), r"^p_values must not contain nan"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
