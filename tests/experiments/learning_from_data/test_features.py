"""`learning_from_data.features`: features by hand, verdicts on data whose answer is known, figures from data alone."""

import dataclasses
import itertools

import numpy as np
import pytest

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.learning_from_data.features import classical, made, networks, run, search, summary, verdicts
from experiments.learning_from_data.features.config import FULL, QUICK, check
from experiments.learning_from_data.features.made import PROBLEMS
from experiments.learning_from_data.features.search import Cost, Number
from experiments.learning_from_data.features.summary import Ratio
from experiments.learning_from_data.shared.draws import Draw
from experiments.learning_from_data.shared.methods import METHODS, Trial
from experiments.learning_from_data.shared.networks import network
from nnjax.statistics import Mean

SMALL = dataclasses.replace(FULL, problems=FULL.problems[:2], rows=(64,), methods=FULL.methods[:2])


def synthetic(settings=SMALL, networks_gain=0.0, classical_gain=-0.4, noise=0.005):
    """Errors as a run leaves them: features change log10 errors of networks and of the others by so much."""
    rng, data = np.random.default_rng(0), run._empty(settings)
    deep = [network(depth) for depth in settings.depths]
    for i, rows in itertools.product(range(len(settings.problems)), settings.rows):
        at, common = settings.rows.index(rows), noise * rng.normal(size=settings.draws)
        for k, learner in enumerate(map(str, data.learner.values)):
            for j in range(2):
                gain = (networks_gain if learner in deep else classical_gain) * j
                level = -0.5 - 0.2 * np.log10(rows / 64) + (0.2 + 0.02 * k if learner not in deep else 0.0) + gain
                error = 10 ** (level + common + noise * rng.normal(size=settings.draws))
                data.error.values[i, at, j, k] = error
                for one, value in zip(run.NUMBERS, (0.01, 0.1, error.mean(), 1.0, 0, 0), strict=True):
                    data[one].values[i, at, j, k] = value
    tested = {name: run.test_rows(name, settings) for name in settings.problems}
    return data.assign_attrs(test_rows=tested, seeds=settings.seeds, depths=list(settings.depths))


def outcomes(data):
    return {one.id: one.outcome for one in verdicts.verdicts(data)}


def test_products_of_pairs_hold_no_parity():
    draw = made.parity(0, 900)
    assert len({one.tobytes() for one in np.concatenate([draw.x, draw.x_test])}) == 2**16
    pairs = made.pair_products(draw.x[:4_000])
    assert pairs.shape[1] == 120
    sign = 2.0 * draw.y[:4_000] - 1
    assert np.abs(pairs.T @ sign / 4_000).max() < 0.1  # no feature says anything of the label
    assert np.array_equal(pairs[:, 0] * draw.x[:4_000, 2] * draw.x[:4_000, 3], sign)


def test_spectra_do_not_see_shifts():
    signal = np.zeros((2, 40))
    signal[:, 5:12] = np.random.default_rng(0).normal(size=7)
    signal[1] = np.roll(signal[0], 9)
    found = made.spectra(signal)
    assert found.shape == (2, 21 + 40)
    np.testing.assert_allclose(found[0, :21], found[1, :21], atol=1e-12)
    own = signal[0] - signal[0].mean()
    np.testing.assert_allclose(found[0, 21 + 3] * 40, own[3:] @ own[:-3], atol=1e-12)


def test_a_template_is_found_wherever_it_lies():
    package = pytest.importorskip("mnist1d.data")
    shape = package.get_templates()["x"][4]
    signal = np.zeros((1, 40))
    signal[0, 20:29] = np.interp(np.linspace(0, 11, 9), np.arange(12), shape)
    signal += 0.3 * np.linspace(-1, 1, 40) + 2  # a slope and a mean, which do not count
    found = made.templates(signal)[0]
    assert found.argmax() == 4
    assert found[4] == pytest.approx(1, abs=1e-6)


def test_gradients_have_their_angles():
    down, across = np.mgrid[:28, :28].astype(float)
    found = made.oriented_gradients(np.stack([across.ravel(), down.ravel()]))
    assert found.shape == (2, 9 * 4 * 9)
    bins = found.reshape(2, 9, 4, 9).sum(axis=(1, 2))
    np.testing.assert_allclose(bins[0, 1:], 0)  # across: angle 0
    assert set(np.flatnonzero(bins[1] > 1e-9)) == {4, 5}  # down: 90 degrees lies between two bins
    np.testing.assert_allclose(np.linalg.norm(found.reshape(2, 9, 36), axis=2), 1, atol=0.01)


def test_features_stand_behind_inputs():
    parities = [name for name, problem in PROBLEMS.items() if problem.data == "parity"]
    assert parities
    for name in parities:
        bare, more = (made.ready(name, one, 0, 64, 64, 100) for one in (False, True))
        assert np.array_equal(more.x[:, :16], bare.x)
        np.testing.assert_allclose(more.x[:, 16:].mean(axis=0), 0, atol=1e-5)


def test_a_kind_does_nothing_helps_hurts_or_is_open():
    def effect(low, high, empty=0):
        return verdicts.effect(Ratio(Mean((low + high) / 2, low, high, 0.0), empty, 0), 6)

    assert effect(-0.04, 0.04) == verdicts.NOTHING  # a factor of 1.1 is 0.0414
    assert effect(-0.039, -0.021) == verdicts.NOTHING  # a small gain for certain
    assert effect(-0.3, -0.05) == verdicts.HELPS
    assert effect(0.05, 0.3) == verdicts.HURTS
    for low, high in ((-0.3, -0.02), (0.02, 0.3), (-0.3, 0.3)):
        assert effect(low, high) == NOT_SETTLED
    assert effect(-0.04, 0.04, empty=1) == NOT_SETTLED
    assert effect(np.nan, np.nan, empty=6) == verdicts.NOTHING  # where no network errs, nothing can help


def test_verdicts_follow_what_features_do():
    found = outcomes(synthetic())
    assert list(found.values()) == [REPRODUCED] * 3
    helped = outcomes(synthetic(networks_gain=-0.3))
    assert helped["nothing for the network"] == NOT_REPRODUCED
    assert helped["more for classical methods"] == REPRODUCED
    hurt = verdicts.verdicts(synthetic(networks_gain=0.2))[0]
    assert hurt.outcome == REPRODUCED
    assert verdicts.HURTS in hurt.finding
    assert outcomes(synthetic(classical_gain=0.0))["instead of a network"] == NOT_REPRODUCED
    noisy = outcomes(synthetic(noise=0.3))
    assert noisy["nothing for the network"] == NOT_SETTLED
    for settings in (SMALL, QUICK):
        check_verdicts(verdicts.verdicts(synthetic(settings)), verdicts.statements(settings))


@pytest.mark.parametrize(("gain", "told"), [(0.3, True), (0.0, False), (-0.3, False)])
def test_harm_is_told_where_features_do_it(gain, told):
    finding = verdicts.verdicts(synthetic(networks_gain=gain))[0].finding
    assert ("They can also do harm: at 64 training rows of" in finding) == told


def test_an_end_leaves_open_what_it_decides():
    data = synthetic()
    deep = {"inputs": run.INPUTS[1], "learner": [network(depth) for depth in SMALL.depths]}
    data.second_at_end.loc[deep] = 1  # the decays of the networks with features
    found = verdicts.verdicts(data)
    assert [one.outcome for one in found] == [NOT_SETTLED, NOT_SETTLED, REPRODUCED]
    assert "(not settled, as the best weight decay of" in found[0].finding
    assert "lies at an end of the values tried)" in found[0].finding
    one = synthetic(networks_gain=-0.3)
    one.second_at_end.loc[deep | {"problem": SMALL.problems[0]}] = 1  # the other kind helps for certain
    assert outcomes(one)["nothing for the network"] == NOT_SETTLED


def test_zeros_over_zeros_settle_nothing_but_that_nothing_helps():
    data = synthetic()
    deep = [network(depth) for depth in SMALL.depths]
    data.error.loc[{"learner": deep, "draw": 0}] = 0.0
    first = verdicts.verdicts(data)[0]
    assert "errs on any test row in 1 of 6 draws" in first.finding
    assert first.outcome == NOT_SETTLED
    data.error.loc[{"learner": deep}] = 0.0
    found = [one.outcome for one in verdicts.verdicts(data)]
    assert found == [REPRODUCED, NOT_SETTLED, NOT_REPRODUCED]  # against a network that never errs one of both does
    assert "one of the errors is 0 in 6 of 6 draws" in verdicts.verdicts(data)[2].finding
    parity = SMALL.problems[0]
    half = summary.logs(data, parity, 64, run.INPUTS[0], deep)[0]
    assert half == pytest.approx(np.log10(0.5 / 16_384))
    data.tuning_error[:] = 0.0
    data.tuning_finer.loc[{"learner": deep[0]}] = 2.0
    assert summary.by_tuning(data, parity, 64, run.INPUTS[0], deep) == deep[1]


def bowl(first, second, finer=0.0):
    """Costs with their least at two numbers, which errors alone do not tell apart from their neighbours."""

    def costs(firsts, seconds):
        far = {(a, b): abs(np.log2(a / first)) + abs(np.log2((b + 1) / (second + 1))) for a in firsts for b in seconds}
        return {Trial(*one): Cost(float(np.floor(value)), value * finer) for one, value in far.items()}

    return costs


def test_grids_grow_where_the_best_lies_at_an_end():
    numbers = Number((1.0, 2.0, 4.0)), Number((0.0, 1.0, 3.0))
    inside = search.tuned(bowl(2, 1, finer=1), numbers, grow=2)
    assert (inside.trial, inside.at_end) == (Trial(2, 1), (0, 0))
    beyond = search.tuned(bowl(16, 9, finer=1), numbers, grow=2)
    assert (beyond.trial, beyond.at_end) == (Trial(16, 9), (1, 0))
    assert search.tuned(bowl(16, 9, finer=1), numbers, grow=3).at_end == (0, 0)
    assert search.tuned(bowl(2, 0, finer=1), numbers, grow=0).at_end == (0, 0)  # no decay at all is no end
    assert search.tuned(bowl(1, 1, finer=1), numbers, grow=0).at_end == (-1, 0)


def test_equal_errors_are_told_apart_by_the_finer_number():
    costs = {Trial(1, 0): Cost(0.0, 2.0), Trial(2, 0): Cost(0.0, 1.0), Trial(4, 0): Cost(0.1, 0.0)}
    grid = Number((1.0, 2.0, 4.0)), Number((0.0,))
    found = search.tuned(lambda firsts, seconds: costs, grid, 0)
    assert found.trial == Trial(2, 0)
    same = {one: Cost(0.0, 1.0) for one in costs}
    assert search.tuned(lambda firsts, seconds: same, grid, 0).at_end == (0, 0)  # one of the best lies inside


def test_shortfalls_are_those_of_margins():
    chances = np.array([[0.7, 0.3], [0.4, 0.6]])
    assert classical.shortfall(chances, np.array([0, 0]), [0, 1]) == pytest.approx((0.6 + 1.2) / 2)
    assert classical.shortfall(np.array([2.0, -0.1]), np.array([1, 1]), [0, 1]) == pytest.approx((0 + 1.2) / 2)
    assert classical.shortfall(chances, np.array([5, 1]), [0, 1]) == pytest.approx((1.7 + 0.8) / 2)  # 5 was not seen


def test_every_method_is_judged_and_networks_count_whole_rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 4)).astype(np.float32)
    y = (x[:, 0] > 0).astype(int)
    draw = Draw(x[:40], y[:40], x[40:], y[40:], 2)
    for name in FULL.methods:
        first, second = (one.values[0] for one in classical.numbers(name))
        found = classical.fitted(METHODS[name].make(Trial(first, second), 0, *draw.x.shape), draw)
        assert 0 <= found.error <= 0.6
        assert 0 <= found.finer < 2
    settings = dataclasses.replace(QUICK, num_steps=20, seeds=2)
    tried = networks.costs([draw, draw], 1, settings, [0.001, 0.01], [0.0, 0.1])
    assert len(tried) == 4
    assert len({one.finer for one in tried.values()}) == 4
    error = networks.errors([draw, draw], 1, settings, Trial(0.01, 0.1))
    np.testing.assert_array_equal(error * 40 * 2, np.round(error * 40 * 2))


def test_settings_that_cannot_grow_are_refused():
    with pytest.raises(ValueError, match="decays"):
        check(dataclasses.replace(FULL, decays=(0.0, 0.1)))


def test_figures_come_from_data_alone(redrawn):
    assert redrawn("learning_from_data.features", synthetic(FULL), FULL) == ["bought", "errors"]
