"""`against_kan`: equal parameters and equal trials, judged on hand-made data; pykan itself where it is installed."""

import dataclasses
import importlib.util

import numpy as np
import pytest
import xarray as xr

from experiments.lab import check_verdicts
from experiments.universal_approximation import _kan_mlps, _kan_runs, _kan_verdicts, against_kan
from experiments.universal_approximation._kan_targets import KAN_TARGETS, sample
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
        {"command": "-", "kan_steps": 200, "projection_steps": 300},
    )


def outcomes(data):
    return {v.id: v.verdict for v in check_verdicts(against_kan.verdicts(data))}


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
@pytest.mark.parametrize("depth", _kan_mlps.DEPTHS)
def test_plain_networks_never_have_more_parameters(name, depth):
    target = KAN_TARGETS[name]
    for grid in target.grids:
        budget = target.kan_params(grid)
        if hidden := _kan_mlps.hidden_of(name, budget, depth):
            used, wider = (mlp.num_params((target.num_inputs, *h, 1)) for h in (hidden, tuple(n + 1 for n in hidden)))
            assert used <= budget < wider


def test_both_sides_try_as_many_settings_and_iterations():
    kan, plain = len(_kan_runs.GRIDS) * len(_kan_runs.NOISES), (_kan_mlps.DEPTHS, _kan_mlps.ACTIVATIONS)
    assert kan == len(plain[0]) * len(plain[1]) * len(_kan_mlps.SCALES)
    # The KAN's steps of up to 20 iterations each, for the first three grids.
    assert _kan_mlps.steps_of("L-BFGS", 3, against_kan.FULL) == 20 * 3 * against_kan.FULL.kan_steps


def test_the_comparison_is_at_the_kan_s_best_size():
    found = outcomes(made())
    assert found["accuracy: bessel, variable projection"] == "not reproduced"  # 1e-5 against 1e-4
    assert found["accuracy: bessel, L-BFGS"] == "reproduced"  # 1e-2 against 1e-4
    assert found["accuracy, L-BFGS"] == "reproduced"
    assert found["accuracy, variable projection"] == "not reproduced"
    assert outcomes(made(projection=(1, 1.05e-4, 1)))["accuracy: bessel, variable projection"] == "partly"


def test_power_stall_and_time_are_judged():
    found = outcomes(made())
    assert found["power: bessel"] == "partly"  # a factor of 200 over ten times the parameters: -2.3
    assert found["plain networks stall"] == "not reproduced"
    assert found["time"] == "reproduced"
    assert outcomes(made(kan=(1, 1e-4, 1)))["power: bessel"] == "reproduced"
    assert outcomes(made(kan=(1, 0.1, 1)))["power: bessel"] == "not reproduced"
    assert outcomes(made(projection=(1e-3, 5e-4, 5e-4)))["plain networks stall"] == "reproduced"
    assert outcomes(made(slower=2.0))["time"] == "partly"
    assert outcomes(made(slower=0.5))["time"] == "not reproduced"


def test_a_network_that_diverged_loses():
    data = made()
    data["mlp"][:, 1, 1, 2] = np.inf
    assert outcomes(data)["accuracy: bessel, variable projection"] == "partly"
    data["mlp"][:, 1, 1, :] = np.inf
    assert outcomes(data)["accuracy: bessel, variable projection"] == "reproduced"


def test_sizes_that_one_side_lacks_are_left_out(redrawn):
    data = made()
    data["mlp"][0, :, 0] = np.nan  # no plain network is so small
    data["kan"][1, 2], data["kan_params"][1, 2] = np.nan, 0  # and this KAN has one grid less
    assert [duel.params for duel in _kan_verdicts.duels(data, "bessel", "L-BFGS")] == [100, 1000]
    assert [duel.params for duel in _kan_verdicts.duels(data, "product", "L-BFGS")] == [10, 100]
    assert redrawn(against_kan, data) == ["parameters", "seconds"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": ("xy",)}, "targets="),
        ({"most_grids": 1}, "most_grids=1"),
        ({"seeds": 1}, "seeds=1"),
        ({"projection_steps": 3}, "projection_steps=3"),
    ],
)
def test_a_bad_config_is_refused(change, message, monkeypatch):
    monkeypatch.setattr(_kan_runs, "check", lambda: None)
    with pytest.raises(ValueError, match=message):
        against_kan.run(dataclasses.replace(against_kan.QUICK, **change))


def test_a_missing_package_is_named_before_anything_runs(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"torch and kan, not installed: pip install -e '\.\[peers\]'"):
        against_kan.run(against_kan.QUICK)


@pytest.mark.slow
def test_plain_networks_are_trained_and_timed():
    config = dataclasses.replace(
        against_kan.QUICK, kan_steps=2, kan_tuning_steps=1, projection_steps=8, num_rows=60, most_grids=2
    )
    found = _kan_mlps._of_target("product", "variable projection", config)
    assert found.mlp.shape == (2, 2)
    assert float(found.mlp.max()) < 0.3  # the standard deviation of x y is 1/3
    assert float(found.mlp_seconds.min()) > 0


@pytest.mark.slow
@pytest.mark.skipif(not PEERS, reason="pykan is not installed")
def test_a_kan_is_trained_grid_by_grid():
    run = _kan_runs.train(_kan_runs.Job("product", (3, 5), 10, 0, 0.02, True, 0.3, 300))
    assert run.test.shape == (2,)
    assert run.test[1] < 0.05
    assert 0 < run.seconds[0] < run.seconds[1]
