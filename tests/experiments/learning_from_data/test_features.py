"""`learning_from_data.features`: features by hand, verdicts on data whose answer is known, figures from data alone."""

import dataclasses
import itertools

import numpy as np
import pytest

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.learning_from_data.features import made, run, verdicts
from experiments.learning_from_data.features.config import FULL, QUICK
from experiments.learning_from_data.features.made import PROBLEMS
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
                for one, value in {"first": 0.01, "second": 0.1, "tuning_error": error.mean(), "at_end": 0}.items():
                    data[one].values[i, at, j, k] = value
    return data.assign_attrs(test_rows=settings.test_rows, depths=list(settings.depths))


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
    for problem in PROBLEMS:
        if PROBLEMS[problem].data == "parity":
            bare, more = (made.ready(problem, one, 0, 64, 64, 100) for one in (False, True))
            assert np.array_equal(more.x[:, :16], bare.x)
            np.testing.assert_allclose(more.x[:, 16:].mean(axis=0), 0, atol=1e-5)


def test_nothing_is_bought_only_where_the_interval_says_so():
    found = outcomes(synthetic())
    assert list(found.values()) == [REPRODUCED] * 3
    helped = outcomes(synthetic(networks_gain=-0.3))
    assert helped["nothing for the network"] == NOT_REPRODUCED
    assert helped["more for classical methods"] == REPRODUCED
    assert outcomes(synthetic(classical_gain=0.0))["instead of a network"] == NOT_REPRODUCED
    noisy = outcomes(synthetic(noise=0.3))
    assert noisy["nothing for the network"] == NOT_SETTLED
    at_end = synthetic()
    at_end.at_end[:] = 1
    assert outcomes(at_end)["nothing for the network"] == NOT_SETTLED
    assert verdicts.nothing_bought(Mean(-0.03, -0.039, -0.021, 0.0)) == REPRODUCED  # a small gain for certain
    for settings in (SMALL, QUICK):
        check_verdicts(verdicts.verdicts(synthetic(settings)), verdicts.statements(settings))


def test_figures_come_from_data_alone(redrawn):
    assert redrawn("learning_from_data.features", synthetic(FULL), FULL) == ["bought", "errors"]
