"""`learning_from_data.features`: features by hand, and measures on errors whose ratios are known."""

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.learning_from_data import features, handmade
from experiments.learning_from_data.handmade import PROBLEMS
from tests.experiments.conftest import check

LEARNERS = ("logistic regression", "random forest", "1 hidden layer", "2 hidden layers")
NOTHING, MORE, INSTEAD = (one.id for one in features.STATEMENTS)


def synthetic(network_gain=0.0, classical_gain=-0.4, noise=0.005):
    """Features change log10 errors of networks and of the others by so much; both begin 0.2 apart."""
    rng, networks = np.random.default_rng(0), np.array([0, 0, 1, 1], bool)
    level = np.where(networks, -0.5, -0.3) + 0.02 * np.arange(4)
    gain = np.where(networks, network_gain, classical_gain)
    log = np.stack([level, level + gain])[None, None, :, :, None] + noise * rng.normal(size=(2, 1, 2, 4, 6))
    where = ("problem", "rows", "inputs", "learner")
    numbers = {name: (where, np.zeros(log.shape[:-1])) for name in ("first", "second", "first_at_end", "second_at_end",
                                                                   "tuning_finer")}  # fmt: skip
    return xr.Dataset(
        numbers
        | {"error": ((*where, "draw"), 10**log), "tuning_error": (where, 10 ** log.mean(axis=-1))}
        | {"test_rows": ("problem", [16_384, 5_000]), "overlap": ("problem", [0.0, 0.0])},
        {"problem": list(PROBLEMS)[:2], "rows": [64], "inputs": list(features.INPUTS), "learner": list(LEARNERS)},
    )


def outcomes(data):
    return {one["id"]: one["outcome"] for one in verdicts(features.STATEMENTS, data)}


def test_products_of_pairs_hold_no_parity():
    draw = handmade.parity(0, 900)
    assert len({one.tobytes() for one in np.concatenate([draw.x, draw.x_test])}) == 2**16
    pairs = handmade.pair_products(draw.x[:4_000])
    assert pairs.shape[1] == 120
    sign = 2.0 * draw.y[:4_000] - 1
    assert np.abs(pairs.T @ sign / 4_000).max() < 0.1  # no feature says anything of the label
    assert np.array_equal(pairs[:, 0] * draw.x[:4_000, 2] * draw.x[:4_000, 3], sign)


def test_spectra_do_not_see_shifts():
    signal = np.zeros((2, 40))
    signal[:, 5:12] = np.random.default_rng(0).normal(size=7)
    signal[1] = np.roll(signal[0], 9)
    found = handmade.spectra(signal)
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
    found = handmade.templates(signal)[0]
    assert found.argmax() == 4
    assert found[4] == pytest.approx(1, abs=1e-6)


def test_gradients_have_their_angles():
    down, across = np.mgrid[:28, :28].astype(float)
    found = handmade.oriented_gradients(np.stack([across.ravel(), down.ravel()]))
    assert found.shape == (2, 9 * 4 * 9)
    bins = found.reshape(2, 9, 4, 9).sum(axis=(1, 2))
    np.testing.assert_allclose(bins[0, 1:], 0)  # across: angle 0
    assert set(np.flatnonzero(bins[1] > 1e-9)) == {4, 5}  # down: 90 degrees lies between two bins
    np.testing.assert_allclose(np.linalg.norm(found.reshape(2, 9, 36), axis=2), 1, atol=0.01)


def test_features_stand_behind_inputs():
    parities = [name for name, problem in PROBLEMS.items() if problem.data == "parity"]
    assert parities
    for name in parities:
        bare, more = (handmade.ready(name, one, 0, 64, 64, 100) for one in (False, True))
        assert np.array_equal(more.x[:, :16], bare.x)
        np.testing.assert_allclose(more.x[:, 16:].mean(axis=0), 0, atol=1e-5)


def test_outcomes_follow_what_features_do():
    assert set(outcomes(synthetic()).values()) == {REPRODUCED}
    helped = outcomes(synthetic(network_gain=-0.3))
    assert (helped[NOTHING], helped[MORE]) == (NOT_REPRODUCED, REPRODUCED)
    assert outcomes(synthetic(network_gain=0.2))[NOTHING] == REPRODUCED  # harm is no help
    without = outcomes(synthetic(classical_gain=0.0))
    assert (without[MORE], without[INSTEAD]) == (NOT_REPRODUCED, NOT_REPRODUCED)
    assert outcomes(synthetic(network_gain=-0.04, noise=0.1))[NOTHING] == NOT_SETTLED
    found = {one["id"]: one["measured"] for one in verdicts(features.STATEMENTS, synthetic(-0.1, noise=1e-9))}
    assert [found[id] for id in (NOTHING, MORE, INSTEAD)] == pytest.approx([10**-0.1, 10**-0.3, 10 ** (0.2 - 0.44)])


def test_a_kind_with_0_over_0_is_left_out():
    data = synthetic(network_gain=-0.3)
    networks = {"problem": data.problem[0], "learner": list(LEARNERS[2:])}
    data.error.loc[networks | {"draw": 0}] = 0.0
    first, _, last = verdicts(features.STATEMENTS, data)
    assert "1 kinds of features; left out, as 0/0: parity" in first["finding"]
    assert "2 kinds of features" in last["finding"]  # against a network that never errs the classical method does
    data.error.loc[networks] = 0.0
    table = features.table(data).isel(problem=0, rows=0)
    assert table.neither_errs.values.tolist() == [0, 0, 6, 6]
    assert features.best(data, "network", features.BARE).error.isel(problem=0).max() == 0
    data.error[:] = 0.0
    assert outcomes(data) == {}


def test_a_tuned_number_at_the_end_of_its_grid_leaves_its_part_open():
    data = synthetic()
    data.second_at_end.loc[{"inputs": features.ENGINEERED, "learner": list(LEARNERS[2:])}] = 1
    rows = {one["id"]: one for one in verdicts(features.STATEMENTS, data)}
    assert [rows[id]["at_edge"] for id in (NOTHING, MORE, INSTEAD)] == [2, 2, 0]
    assert "Both parts are open" in rows[NOTHING]["finding"]


def test_settings_that_cannot_grow_are_refused():
    with pytest.raises(ValueError, match="decays"):
        check(features, features.Config(decays=(0.0, 0.1)))


@pytest.mark.slow
def test_a_tiny_run_shares_what_is_measured_without_features():
    data = features.run(
        features.Config(
            problems=("MNIST-1D, spectra", "MNIST-1D, templates"), rows=(64,), methods=("nearest neighbours",),
            depths=(1,), draws=2, test_rows=100, seeds=2, width=8, num_steps=20, rates=(0.001, 0.004, 0.016),
            decays=(0.1,), tuning_draws=1, grow=0,
        )
    )  # fmt: skip
    bare, more = (data.error.sel(inputs=inputs) for inputs in features.INPUTS)
    assert np.array_equal(bare[0], bare[1])
    assert not np.array_equal(more[0], more[1])
    np.testing.assert_allclose(data.error * 200, np.round(data.error * 200))  # whole rows of two networks
    assert list(outcomes(data)) == [NOTHING, MORE, INSTEAD]
