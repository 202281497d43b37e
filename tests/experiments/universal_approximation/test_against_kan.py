"""`against_kan`: equal parameters and equal trials, judged on hand-made data; pykan itself where it is installed."""

import dataclasses
import importlib.util

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.universal_approximation.against_kan import config, kans, mlps, run, summary, verdicts
from experiments.universal_approximation.against_kan.targets import KAN_TARGETS, sample
from nnjax import mlp

PEERS = importlib.util.find_spec("kan") is not None and importlib.util.find_spec("torch") is not None


def made(kan=(2e-2, 1e-4, 1e-3), projection=(1e-1, 1e-5, 1e-7), lbfgs=(1e-1, 1e-2, 1e-3), slower=10.0):
    """Two functions of three sizes, 10, 100 and 1,000 parameters, and three seeds that differ by a tenth."""
    seeds = np.array([0.9, 1.0, 1.1])
    targets, solvers = ["bessel", "product"], ["L-BFGS", "variable projection"]
    params = np.array([[10, 100, 1000]] * 2)
    plain = np.array([lbfgs, projection])[None, :, :, None] * seeds
    seconds = np.ones((2, 2, 3))
    return xr.Dataset(
        {
            "kan": (("target", "size", "seed"), np.array([kan] * 2)[..., None] * seeds),
            "kan_seconds": (("target", "size", "seed"), np.full((2, 3, 3), slower)),
            "kan_params": (("target", "size"), params),
            "kan_grid": (("target", "size"), params),
            "kan_setting": ("target", ["a", "b"]),
            "mlp": (("target", "solver", "size", "seed"), np.repeat(plain, 2, axis=0)),
            "mlp_params": (("target", "solver", "size"), np.repeat(params[:, None] - 1, 2, axis=1)),
            "mlp_seconds": (("target", "solver", "size"), seconds),
            "mlp_setting": (("target", "solver"), [["c", "d"]] * 2),
        },
        {"target": targets, "solver": solvers, "seed": np.arange(3)},
        {"kan_steps": 200, "projection_steps": 300},
    )


TWO = config.Config(targets=("bessel", "product"))


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(TWO))}


def test_the_settings_name_what_there_is():
    assert tuple(KAN_TARGETS) == config.TARGETS == tuple(verdicts.WORDS)


def test_parameters_of_a_kan_are_what_is_trained():
    # [1, 1] has one edge, [4, 4, 2, 1] has 16 + 8 + 2; each has grid + 3 coefficients and two scales.
    assert KAN_TARGETS["bessel"].kan_params(3) == 8
    assert KAN_TARGETS["two_rings"].kan_params(5) == 26 * 10


def test_targets_are_the_paper_s():
    x = np.array([[0.5, -0.25, 0.1, 0.3]])
    rings = (np.sin(np.pi * (0.25 + 0.0625)) + np.sin(np.pi * (0.01 + 0.09))) / 2
    assert KAN_TARGETS["two_rings"].function(x)[0] == pytest.approx(np.exp(rings))
    assert KAN_TARGETS["exp_sine"].function(x)[0] == pytest.approx(np.exp(1 + 0.0625))
    assert KAN_TARGETS["product"].function(x)[0] == -0.125
    # J0(5), Abramowitz & Stegun 1964, table 9.1
    assert KAN_TARGETS["bessel"].function(np.array([[0.25]]))[0] == pytest.approx(-0.17759677, abs=1e-8)


def test_rows_of_the_three_kinds_are_fresh_and_repeat():
    one, again = sample("product", 50), sample("product", 50)
    assert len(one.x) == 50
    assert not set(map(tuple, one.x)) & set(map(tuple, one.x_test))
    assert not set(map(tuple, one.x_validation)) & set(map(tuple, one.x_test))
    np.testing.assert_array_equal(one.y_test, again.y_test)


@pytest.mark.parametrize("name", KAN_TARGETS)
@pytest.mark.parametrize("depth", mlps.DEPTHS)
def test_plain_networks_never_have_more_parameters(name, depth):
    target = KAN_TARGETS[name]
    for grid in target.grids:
        budget = target.kan_params(grid)
        if hidden := mlps.hidden_of(name, budget, depth):
            used, wider = (mlp.num_params((target.num_inputs, *h, 1)) for h in (hidden, tuple(n + 1 for n in hidden)))
            assert used <= budget < wider


def test_both_sides_try_as_many_settings_and_iterations():
    kan, plain = len(kans.GRIDS) * len(kans.NOISES), (mlps.DEPTHS, mlps.ACTIVATIONS)
    assert kan == len(plain[0]) * len(plain[1]) * len(mlps.SCALES)
    # The KAN's steps of up to 20 iterations each, for the first three grids.
    assert mlps.steps_of("L-BFGS", 3, config.FULL) == 20 * 3 * config.FULL.kan_steps


def test_the_comparison_is_at_the_kan_s_best_size():
    found = outcomes(made())
    assert found["accuracy: bessel, variable projection"] == NOT_REPRODUCED  # 1e-5 against 1e-4
    assert found["accuracy: bessel, L-BFGS"] == REPRODUCED  # 1e-2 against 1e-4
    assert found["accuracy, L-BFGS"] == REPRODUCED
    assert found["accuracy, variable projection"] == NOT_REPRODUCED


def test_seeds_that_overlap_settle_nothing():
    found = {v.id: v for v in verdicts.verdicts(made(projection=(1, 1.05e-4, 1)))}
    one = found["accuracy: bessel, variable projection"]
    assert one.outcome == found["accuracy, variable projection"].outcome == NOT_SETTLED
    assert one.low < 1 < one.high
    assert "could be shown" in one.finding


@pytest.mark.parametrize(
    ("settings", "name", "word"),
    [
        ({}, "power: bessel", NOT_SETTLED),  # a factor of 200 over ten times the parameters: -2.3
        ({"kan": (1, 1e-4, 1)}, "power: bessel", REPRODUCED),
        ({"kan": (1, 0.1, 1)}, "power: bessel", NOT_REPRODUCED),
        ({"kan": (0.1, 1, 1)}, "power: bessel", NOT_SETTLED),  # the smallest is the best: one size
        ({}, "plain networks stall", NOT_REPRODUCED),
        ({"projection": (1e-3, 5e-4, 5e-4)}, "plain networks stall", REPRODUCED),
        ({}, "time", REPRODUCED),
        ({"slower": 2.0}, "time", NOT_REPRODUCED),
        ({"slower": 40.0}, "time", NOT_REPRODUCED),
    ],
)
def test_power_stall_and_time_are_judged(settings, name, word):
    assert outcomes(made(**settings))[name] == word


def test_sizes_that_hardly_differ_show_no_stall():
    data = made(projection=(1e-3, 5e-4, 5e-4))
    data["mlp_params"][:] = [100, 200, 300]
    assert outcomes(data)["plain networks stall"] == NOT_SETTLED


def test_a_network_that_diverged_loses():
    data = made()
    data["mlp"][:, 1, 1, 2] = np.inf
    assert outcomes(data)["accuracy: bessel, variable projection"] == NOT_SETTLED
    data["mlp"][:, 1, 1, :] = np.inf
    assert outcomes(data)["accuracy: bessel, variable projection"] == REPRODUCED


def test_sizes_that_one_side_lacks_are_left_out(redrawn):
    data = made()
    data["mlp"][0, :, 0] = np.nan  # no plain network is so small
    data["kan"][1, 2], data["kan_params"][1, 2] = np.nan, 0  # and this KAN has one grid less
    assert [duel.params for duel in summary.duels(data, "bessel", "L-BFGS")] == [100, 1000]
    assert [duel.params for duel in summary.duels(data, "product", "L-BFGS")] == [10, 100]
    assert redrawn("universal_approximation.against_kan", data, TWO) == ["parameters", "seconds"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": ("xy",)}, "targets="),
        ({"most_grids": 1}, "most_grids=1"),
        ({"seeds": 1}, "seeds=1"),
        ({"projection_steps": 3}, "projection_steps=3"),
    ],
)
def test_a_bad_config_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        run.run(dataclasses.replace(config.QUICK, **change))


def test_a_missing_package_is_named_before_anything_runs(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"torch and kan, not installed: pip install -e '\.\[peers\]'"):
        run.run(config.QUICK)


@pytest.mark.slow
def test_plain_networks_are_trained_and_timed():
    tiny = dataclasses.replace(
        config.QUICK, kan_steps=2, kan_tuning_steps=1, projection_steps=8, num_rows=60, most_grids=2
    )
    found = mlps._of_target("product", "variable projection", tiny)
    assert found.mlp.shape == (2, 2)
    assert float(found.mlp.max()) < 0.3  # the standard deviation of x y is 1/3
    assert float(found.mlp_seconds.min()) > 0


@pytest.mark.slow
@pytest.mark.skipif(not PEERS, reason="pykan is not installed")
def test_a_kan_is_trained_grid_by_grid():
    run = kans.train(kans.Job("product", (3, 5), 10, 0, 0.02, True, 0.3, 300))
    assert run.test.shape == (2,)
    assert run.test[1] < 0.05
    assert 0 < run.seconds[0] < run.seconds[1]
