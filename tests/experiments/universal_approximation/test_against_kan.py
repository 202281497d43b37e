"""`against_kan`: equal parameters and equal trials, judged on made-up data; pykan itself where it is installed."""

import dataclasses
import importlib.util

import numpy as np
import pytest
import xarray as xr

from experiments.lab import repeat
from experiments.lab.estimates import LEVEL
from experiments.lab.verdicts import verdicts
from experiments.universal_approximation import against_kan, kans
from experiments.universal_approximation.kans import INNER, TARGETS, sample
from nnjax import mlp, tuning

PEERS = importlib.util.find_spec("kan") is not None and importlib.util.find_spec("torch") is not None
TINY = dataclasses.replace(
    against_kan.QUICK, kan_steps=2, kan_tuning_steps=1, projection_steps=8, num_rows=60, most_grids=2, draws=2
)
PLAN = kans.Plan(("product",), 2, 3, 10, 200, 100, 20, None)


def made(kan=(2e-2, 1e-4, 1e-3), projection=(1e-1, 1e-5, 1e-7), lbfgs=(1e-1, 1e-2, 1e-3), slower=10.0):
    """Two functions of three sizes, 10, 100 and 1,000 parameters, and four draws that differ by a tenth, KANs and
    plain networks not alike."""
    draws, others = np.array([0.9, 1.0, 1.1, 1.0]), np.array([1.0, 1.1, 0.9, 1.0])
    plain = np.repeat(np.array([lbfgs, projection])[None, :, :, None] * others, 2, axis=0)
    errors = np.array([kan] * 2)[..., None] * draws
    used = np.full((2, 3, 4), 4000.0).cumsum(axis=1)  # all iterations of each grid
    dims = ("target", "size", "draw")
    variables = {
        "kan": (dims, errors), "kan_validation": (dims, errors.copy()), "kan_seconds": (dims, slower * used),
        "kan_iterations": (dims, used), "kan_params": (dims[:2], np.array([[10, 100, 1000]] * 2)),
        "mlp": (("target", "solver", "size", "draw"), plain), "torch_seconds": (dims[:2], np.ones((2, 3))),
    }  # fmt: skip
    coords = {"target": ["bessel", "product"], "solver": list(against_kan.SOLVERS)}
    return xr.Dataset(variables, coords, {"kan_steps": 200})


def outcomes(data: xr.Dataset) -> dict[str, str]:
    return {row["id"]: row["outcome"] for row in verdicts(against_kan.STATEMENTS, data)}


@pytest.mark.parametrize(
    ("numbers", "name", "outcome"),
    [
        ({}, "accuracy, L-BFGS", "reproduced"),
        ({}, "accuracy, variable projection", "reproduced"),
        ({"lbfgs": (1e-1, 1e-5, 1)}, "accuracy, L-BFGS", "not reproduced"),
        ({"projection": (1, 1.05e-4, 1)}, "accuracy, variable projection", "not settled"),
        ({}, "time", "reproduced"),
        ({"slower": 2.0}, "time", "not reproduced"),
        ({"slower": 40.0}, "time", "not reproduced"),
    ],
)
def test_outcomes_follow_the_data(numbers, name, outcome):
    assert outcomes(made(**numbers))[name] == outcome


def test_the_comparison_is_at_the_size_that_validation_points_choose():
    data = made()
    data["kan"][:, 2] = 1e-6  # by chance, on test points
    assert against_kan.ratios(data, LEVEL, "L-BFGS").value.values == pytest.approx([100, 100], rel=0.02)
    data["mlp"][:, :, 1] = np.nan  # no plain network is so small
    assert against_kan.best_size(data).values.tolist() == [2, 2]


def test_draws_are_paired_and_a_network_that_diverged_loses():
    data = made()
    data["kan"][:] = data.kan_validation * np.array([1, 10, 100, 1000.0])
    data["mlp"].loc[{"solver": "L-BFGS"}] = 2 * data.kan * np.array([1, 1.01, 0.99, 1])
    assert outcomes(data)["accuracy, L-BFGS"] == "reproduced"
    data = made()
    data["mlp"][:, 1, 1, 2] = np.inf
    assert outcomes(data)["accuracy, variable projection"] == "not settled"
    data["mlp"][:, 1, 1, :] = np.inf
    assert outcomes(data)["accuracy, variable projection"] == "not reproduced"


def test_a_power_is_fitted_up_to_the_best_size():
    found = against_kan.powers(made(kan=(1, 1e-4, 1)))
    assert found.value.values == pytest.approx([-4, -4])
    assert np.isnan(against_kan.powers(made(kan=(0.1, 1, 1))).value).all()  # the smallest is the best: one size


def test_time_is_that_of_iterations_which_were_taken():
    data = made()
    found = against_kan.slowness(data, LEVEL)
    assert found is not None
    assert (found.value, found.attrs["n"]) == (pytest.approx(10), 6)
    data["kan_iterations"][0] /= 2  # it got no further
    found = against_kan.slowness(data, LEVEL)
    assert found is not None
    assert found.attrs["n"] == 3
    data["kan_iterations"][1] /= 2
    assert against_kan.slowness(data, LEVEL) is None


def test_parameters_of_a_kan_are_what_is_trained():
    # [1, 1] has one edge, [4, 4, 2, 1] has 16 + 8 + 2; each has grid + 3 coefficients and two scales.
    assert TARGETS["bessel"].kan_params(3) == 8
    assert TARGETS["two_rings"].kan_params(5) == 26 * 10


def test_targets_are_the_paper_s():
    x = np.array([[0.5, -0.25, 0.1, 0.3]])
    rings = (np.sin(np.pi * (0.25 + 0.0625)) + np.sin(np.pi * (0.01 + 0.09))) / 2
    assert TARGETS["two_rings"].function(x)[0] == pytest.approx(np.exp(rings))
    assert TARGETS["exp_sine"].function(x)[0] == pytest.approx(np.exp(1 + 0.0625))
    assert TARGETS["product"].function(x)[0] == -0.125
    # J0(5), Abramowitz & Stegun 1964, table 9.1
    assert TARGETS["bessel"].function(np.array([[0.25]]))[0] == pytest.approx(-0.17759677, abs=1e-8)


def test_rows_of_the_three_kinds_and_of_each_draw_are_fresh_and_repeat():
    one, again, other, same_inputs = (
        sample(*a, 50) for a in [("product", 0), ("product", 0), ("product", 1), ("exp_sine", 0)]
    )
    every = [one.x, one.x_validation, one.x_test, other.x, other.x_test, same_inputs.x]
    assert len({row for x in every for row in map(tuple, x)}) == sum(map(len, every))
    np.testing.assert_array_equal(one.y_test, again.y_test)


def test_settings_are_chosen_on_draws_and_seeds_that_are_not_reported(monkeypatch):
    """All that is drawn is drawn here, so that it is another in a replication; child processes are given it."""
    seen = []

    def train(work, jobs, what, processes):
        seen.extend((job.seed, job.rows.x[0].tolist(), job.steps) for job in jobs)
        return [kans.Trained(*np.ones((4, len(job.grids)))) for job in jobs]

    monkeypatch.setattr(kans, "in_processes", train)
    kans.kans(PLAN)
    tuned, reported = seen[:-2], seen[-2:]
    assert [seed for seed, _, _ in reported] == [0, 1]
    assert {seed for seed, _, _ in tuned} == set(tuning.seeds(3))
    assert len(tuned) == 3 * len(kans.SETTINGS)
    assert len({tuple(row) for _, row, _ in seen}) == 5
    assert {steps for _, _, steps in tuned} == {100}  # pykan moves its grids until the 50th
    usual = list(seen)
    with repeat.other(1):
        kans.kans(PLAN)
    replicated = seen[len(usual) :]
    assert not {seed for seed, _, _ in usual} & {seed for seed, _, _ in replicated}
    assert not {tuple(row) for _, row, _ in usual} & {tuple(row) for _, row, _ in replicated}


def test_the_best_setting_is_that_of_all_tuning_draws(monkeypatch):
    """The geometric mean of the errors at the best grid: a setting that fails on one draw of three is not taken."""
    errors = {kans.SETTINGS[0]: (1e-6, 1e-6, 1e3), kans.SETTINGS[3]: (1e-3, 1e-4, 1e-3)}

    def train(work, jobs, what, processes):
        draws = {seed: i for i, seed in enumerate(tuning.seeds(3))}
        least = [errors.get(job.setting, (1e-2,) * 3)[draws[job.seed]] for job in jobs]
        return [kans.Trained(np.array([1e3, error]), *np.ones((3, 2))) for error in least]

    monkeypatch.setattr(kans, "in_processes", train)
    assert kans.tuned("product", PLAN) == kans.SETTINGS[3]


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("depth", against_kan.DEPTHS)
def test_plain_networks_never_have_more_parameters(name, depth):
    target = TARGETS[name]
    budgets = [target.kan_params(grid) for grid in target.grids]
    found = [(budget, hidden) for budget in budgets if (hidden := against_kan.hidden_of(name, budget, depth))]
    assert found
    for budget, hidden in found:
        used, wider = (mlp.num_params((target.num_inputs, *h, 1)) for h in (hidden, tuple(n + 1 for n in hidden)))
        assert used <= budget < wider


def test_both_sides_try_as_many_settings_and_iterations():
    choices = len(against_kan.DEPTHS) * len(against_kan.ACTIVATIONS) * len(against_kan.SCALES)
    assert len(set(kans.SETTINGS)) == choices
    full = against_kan.Config()
    assert against_kan.steps_of("L-BFGS", 3, full) == 20 * 3 * full.kan_steps


def test_a_missing_package_is_named_before_anything_runs(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"torch and kan, not installed: pip install -e '\.\[peers\]'"):
        against_kan.run(against_kan.QUICK)


def test_the_plain_networks_beside_a_kan_have_its_iterations(monkeypatch):
    """Sizes are trained together, as long as the largest: that beside the first grid is read on the way."""
    passed = {}

    def sweep(data, **settings):
        passed.update(settings)
        steps = np.arange(0, settings["num_steps"] + 1, settings["record_every"])
        curve = np.ones((2, len(settings["hidden"]), 1))[..., None] * steps**2.0
        dims = ("task", "hidden", "seed", "step")
        taken = xr.DataArray(np.full(curve.shape[:-1], settings["num_steps"]), dims=dims[:-1])
        return xr.Dataset({"test_curve": (dims, curve), "steps": taken}, {"step": steps})

    monkeypatch.setattr(against_kan.nnjax, "sweep", sweep)
    monkeypatch.setattr(against_kan, "_seconds_per_step", lambda *a: 0.1)
    plan, setting = PLAN._replace(most_grids=2), against_kan.Setting(1, "tanh", 1.0)
    found = against_kan._of_target("product", "L-BFGS", setting, plan, TINY)
    assert passed["num_steps"] == 2 * INNER * TINY.kan_steps
    assert passed["seeds"] == {"0": [0], "1": [1]}
    assert not passed["padding"]
    np.testing.assert_array_equal(found.mlp[:, 0], [40, 80])
    np.testing.assert_array_equal(found.mlp_end[:, 0], [80, 80])


@pytest.mark.slow
@pytest.mark.parametrize("solver", against_kan.SOLVERS)
def test_plain_networks_are_trained_and_timed(solver):
    plan = kans.Plan(("product",), 2, 1, 2, 2, 1, 60, None)
    chosen = against_kan._tuned("product", solver, plan, TINY)
    found = against_kan._of_target("product", solver, chosen, plan, TINY)
    assert found.mlp.shape == (2, 2)
    assert found.mlp_end.max() < 0.5  # the standard deviation of x y is 1/3
    assert found.mlp_seconds.min() > 0
    steps = [against_kan.steps_of(solver, grids, TINY) for grids in (1, 2)]
    np.testing.assert_array_equal(found.mlp_iterations, np.transpose([steps] * 2))


@pytest.mark.slow
@pytest.mark.skipif(not PEERS, reason="pykan is not installed")
def test_a_kan_is_trained_grid_by_grid_in_a_process_of_its_own():
    job = kans.Job(TARGETS["product"].shape, (3, 5), 10, kans.Setting(0.02, True, 0.3), sample("product", 0, 300), 0)
    one, again = kans.in_processes(kans.train, [job, job], "", None)
    assert one.test.shape == (2,)
    assert one.test[1] < 0.05
    assert 0 < one.seconds[0] < one.seconds[1]
    assert 100 < one.iterations[0] <= 200 < one.iterations[1] <= 400
    np.testing.assert_array_equal(one.test, again.test)
    rows = sample("product", 0, 300)
    assert 1e-5 < kans.plain_seconds(kans.PlainJob((2, 5, 1), "gelu", rows.x, rows.y, 0)) < 1
