"""Two settings compared: exact tests, paired differences and Holm's correction against published examples."""

import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from nnjax import statistics

CONFIDENCES = st.floats(0.5, 0.999)


def test_fisher_exact_reference_value():
    """Fisher's lady tasting tea, 3 of 4 right: two-sided p = 34/70."""
    assert statistics.fisher_exact(3, 4, 1, 4) == pytest.approx(34 / 70, rel=1e-12)


def test_binomial_test_reference_value():
    """Conover 1971, pages 97-98, the example of R's binom.test: 682 of 925 against 3/4, p = 0.3825."""
    assert statistics.binomial_test(682, 925, 0.75) == pytest.approx(0.3825, abs=5e-5)
    assert statistics.binomial_test(0, 10, 0.5) == pytest.approx(2 / 1024, rel=1e-12)


@given(st.integers(1, 50), st.integers(1, 50), st.data())
def test_fisher_exact_does_not_mind_order(trials, other_trials, data):
    k, other_k = data.draw(st.integers(0, trials)), data.draw(st.integers(0, other_trials))
    p = statistics.fisher_exact(k, trials, other_k, other_trials)
    assert 0 < p <= 1
    assert statistics.fisher_exact(other_k, other_trials, k, trials) == pytest.approx(p, rel=1e-9)


def paired(both, only_a, only_b, neither):
    cells = [(1, 1)] * both + [(1, 0)] * only_a + [(0, 1)] * only_b + [(0, 0)] * neither
    return tuple(np.array(column, bool) for column in zip(*cells, strict=True))


def test_paired_difference_reference_values():
    """Complete response before and after consolidation (Cavo et al. 2012): -0.0621, -0.1186 to -0.0046, as in
    the R package contingencytables of Fagerland, Lydersen & Laake 2017, chapter 8 (Newcombe square-and-add).
    """
    result = statistics.paired_difference(*paired(59, 6, 16, 80))
    np.testing.assert_allclose(result[:3], (-0.0621, -0.1186, -0.0046), atol=5e-5)


def test_mcnemars_exact_test_by_hand():
    """1 against 7 disagreements: 2 (1 + 8) / 2^8."""
    assert statistics.paired_difference(*paired(1, 1, 7, 12)).p_value == pytest.approx(18 / 256, rel=1e-12)
    assert statistics.paired_difference(*paired(5, 0, 0, 5)).p_value == 1


def test_uncorrelated_pairs_have_newcombes_interval_for_two_samples():
    """With no correlation the square-and-add interval is that of two independent samples, put together here
    from SciPy's Wilson intervals.
    """
    result = statistics.paired_difference(*paired(6, 6, 4, 4))
    (l1, u1), (l2, u2) = (scipy.stats.binomtest(k, 20).proportion_ci(method="wilson") for k in (12, 10))
    low = 0.1 - np.hypot(0.6 - l1, u2 - 0.5)
    high = 0.1 + np.hypot(u1 - 0.6, 0.5 - l2)
    np.testing.assert_allclose(result[:3], (0.1, low, high), rtol=1e-9)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40), CONFIDENCES)
def test_paired_difference_contains_its_estimate_and_turns_with_the_pair(pairs, confidence):
    a, b = zip(*pairs, strict=True)
    result = statistics.paired_difference(a, b, confidence)
    assert result.estimate == pytest.approx(np.mean(a) - np.mean(b), abs=1e-12)
    assert result.low <= result.estimate <= result.high
    assert result.low >= -1 - 1e-12
    assert result.high <= 1 + 1e-12
    turned = statistics.paired_difference(b, a, confidence)
    expected = (-result.estimate, -result.high, -result.low, result.p_value)
    np.testing.assert_allclose(turned, expected, atol=1e-12)


def test_paired_difference_covers():
    rng = np.random.default_rng(13)
    covered = []
    for _ in range(1_000):
        ease = rng.random(40)  # seeds that are easy for a are easy for b
        a, b = ease + 0.3 * rng.random(40) > 0.5, ease + 0.3 * rng.random(40) > 0.65
        _, low, high, _ = statistics.paired_difference(a, b)
        covered.append(low <= 0.15 <= high)
    assert 0.935 < np.mean(covered) < 0.985


def test_mean_by_hand():
    """Mean 2, standard error 1/sqrt(3): t(2) = 4.30265 at 95%, and t = 3.4641 has p = 0.07418."""
    found = statistics.mean([1.0, 2.0, 3.0])
    half = 4.302652729911275 / np.sqrt(3)
    np.testing.assert_allclose(found[:3], (2, 2 - half, 2 + half), rtol=1e-9)
    assert found.p_value == pytest.approx(0.07417990, rel=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_the_mean_of_equal_values_is_certain(value):
    assert statistics.mean([value] * 7) == pytest.approx((value, value, value, float(value == 0)), rel=1e-12)


def test_the_interval_of_a_mean_covers_it():
    """Of 2,000 samples of 5 normal values."""
    samples = np.random.default_rng(0).normal(3.0, 2.0, (2_000, 5))
    found = [statistics.mean(one, 0.9) for one in samples]
    assert 0.88 < np.mean([one.low <= 3 <= one.high for one in found]) < 0.92


def test_a_mean_with_two_variances_by_hand():
    """1/3 with 2 degrees of freedom and as much once more: 2/3 with 4, of which t is 2.77645 at 95%."""
    found = statistics.mean([1.0, 2.0, 3.0], also=[(1 / 3, 2.0)])
    half = 2.7764451051977987 * np.sqrt(2 / 3)
    np.testing.assert_allclose(found[:3], (2, 2 - half, 2 + half), rtol=1e-9)
    assert statistics.mean([1.0, 2.0, 3.0], also=[(0.0, 5.0)]) == statistics.mean([1.0, 2.0, 3.0])
    # Equal values say nothing of what they have in common.
    assert statistics.mean([1.0, 1.0], also=[(0.04, 10.0)]).high == pytest.approx(1 + 0.2 * 2.2281388519649385)
    for bad in ([(-1.0, 3.0)], [(1.0, 0.0)], [(np.inf, 3.0)]):
        with pytest.raises(ValueError, match="also="):
            statistics.mean([1.0, 2.0], also=bad)


def test_repeats_tell_the_variance_of_one():
    """(1 + 1 + 4) / 2 / 3."""
    assert statistics.repeated([1.0, -1.0, 2.0]) == pytest.approx((1, 3))
    with pytest.raises(ValueError, match="differences"):
        statistics.repeated([])


def test_an_interval_that_knows_of_repeats_covers_the_mean():
    """Eight draws share one tuning, which moves them all; six other things were tuned twice."""
    rng, covered = np.random.default_rng(4), []
    for _ in range(2_000):
        values = 3 + rng.normal() + rng.normal(0, 2.0, 8)
        covered.append(statistics.mean(values, also=[statistics.repeated(rng.normal(0, np.sqrt(2), 6))]))
    assert 0.935 < np.mean([one.low <= 3 <= one.high for one in covered]) < 0.975


def test_holm_by_hand():
    """Sorted: 4 * 0.005, 3 * 0.01, 2 * 0.03, 1 * 0.04 = 0.02, 0.03, 0.06, 0.04, the last lifted to 0.06."""
    np.testing.assert_allclose(statistics.holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02], rtol=1e-12)
    np.testing.assert_array_equal(statistics.holm([0.9, 0.6]), [1, 1])
    np.testing.assert_array_equal(statistics.holm([0.3]), [0.3])


P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(P_VALUES, st.floats(0.001, 0.5))
def test_holm_rejects_as_the_step_down_procedure_does(p_values, alpha):
    """Holm 1979: from the least p on, reject while p <= alpha / (how many are left)."""
    adjusted = statistics.holm(p_values)
    ranked = sorted(p_values)
    rejected = list(itertools.takewhile(lambda i: ranked[i] * (len(ranked) - i) <= alpha, range(len(ranked))))
    assert (adjusted <= alpha).sum() == len(rejected)


@given(P_VALUES, st.randoms(use_true_random=False))
def test_holm_lies_between_no_correction_and_bonferroni(p_values, random):
    adjusted = statistics.holm(p_values)
    p = np.array(p_values)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(p * len(p), 1)).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
    shuffled = random.sample(range(len(p)), len(p))
    np.testing.assert_array_equal(statistics.holm(p[shuffled]), adjusted[shuffled])
