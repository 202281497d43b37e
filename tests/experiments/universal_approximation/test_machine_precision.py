"""`machine_precision`: networks that reach 1e-10 and chains that reach 1e-13, told as they are, also when they fail."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from experiments.universal_approximation.machine_precision import config, run, verdicts
from nnjax import tasks

TINY = dataclasses.replace(
    config.QUICK, targets=("exp_cos", "runge"), units=12, equal=(12, 12), wider=(12, 24), seeds=3,
    num_steps=30, stage_steps=20, num_rows=129,
)  # fmt: skip


@pytest.fixture(scope="module")
def tiny():
    return run.run(TINY)


def outcomes(data, settings=config.FULL):
    found = check_verdicts(verdicts.verdicts(data), verdicts.statements(settings))
    return {v.id: v.outcome for v in found}


def made(rms=1e-12, chain=1e-14, total=100.0, untrained=1e-8):
    """Data with the same numbers everywhere."""
    sizes = {"target": 5, "seed": 4, "kind": 2, "stage": 3, "chain": 3, "degree": 2}

    def full(value, *dims):
        return dims, np.full([sizes[d] for d in dims], value) * (1 + 1e-3 * np.arange(sizes[dims[-1]]))

    variables = {
        "rms": full(rms, "target", "seed"),
        "untrained_rms": full(untrained, "target", "seed"),
        "chain_rms": full(chain, "kind", "target", "stage", "chain"),
        "chain_sum": full(total, "kind", "target", "stage", "chain"),
        "polynomial_rms": full(1e-9, "target", "degree"),
        "learning_rate": ("target", np.full(5, 100.0)),
        "frequency": (("kind", "stage", "target"), np.full((2, 3, 5), 4.0)),
    }
    coords = {"target": list(config.FULL.targets), "kind": ["equal", "wider"], "stage": [1, 2, 3], "degree": [31, 96]}
    attrs = {"units": 32, "equal": "(32, 32, 32)", "wider": "(32, 64, 96)"}
    return xr.Dataset(variables, coords, attrs)


@pytest.mark.slow
def test_everything_is_drawn_from_what_is_on_disk(tiny, redrawn):
    assert redrawn("universal_approximation.machine_precision", tiny, TINY) == ["errors", "residuals", "stages"]


@pytest.mark.slow
def test_training_and_a_wider_second_network_lower_the_error(tiny):
    assert (tiny.rms.median("seed") < tiny.untrained_rms.median("seed")).all()
    wider = tiny.chain_rms.sel(kind="wider").median("chain")
    assert (wider.isel(stage=1) < 0.5 * wider.isel(stage=0)).all()
    assert (tiny.left.sel(kind="wider", stage=2) != tiny.left.sel(kind="wider", stage=1)).any()


@pytest.mark.slow
def test_a_chain_tells_the_error_of_what_it_leaves(tiny):
    left = tiny.left.sel(kind="equal")
    rms = np.sqrt((left**2).mean("place"))
    np.testing.assert_allclose(rms, tiny.chain_rms.sel(kind="equal").isel(chain=0).transpose(*rms.dims), rtol=1e-12)


def test_polynomials_reach_the_digits_that_are_known():
    """Degree 31: 7e-10 of exp(sin pi x), 2e-7 of 1/(2 + sin 3x), 1e-3 of Runge's function (NumPy, computed once)."""
    every = dataclasses.replace(config.QUICK, targets=config.FULL.targets)
    found = run.polynomials(every).polynomial_rms.sel(degree=31)
    for name, expected in (("exp_sin", 7e-10), ("reciprocal_sin", 2e-7), ("runge", 1e-3)):
        assert expected / 1.5 < found.sel(target=name) < 1.5 * expected
    assert (found.sel(target=["sine", "exp_cos"]) < 1e-14).all()


def test_tuning_looks_at_other_points_than_those_reported():
    rows, others = (run.rows_of(TINY, for_tuning)["exp_cos"] for for_tuning in (False, True))
    step = 2 / (TINY.num_rows - 1)
    np.testing.assert_allclose((rows.x_test - rows.x[:-1]) / step, 0.5)
    np.testing.assert_allclose((others.x_test - rows.x[:-1]) / step, 0.25)
    np.testing.assert_allclose(others.y_test, np.exp(others.x_test) * np.cos(5 * others.x_test))
    assert others.y_test.dtype == rows.y_test.dtype


def test_coefficients_are_told_as_they_are():
    claims = {one.id: one.claim for one in verdicts.statements(config.FULL)}
    assert "degree 31 with 32 coefficients, one per unit" in claims["polynomial, 31"]
    assert "degree 96 with 97 coefficients, one per parameter of the network" in claims["polynomial, 96"]


def test_units_start_where_they_are_said_to():
    with jax.enable_x64(True):
        how = {"init": "", "bias_init": "", "init_scale": 2.0, "dtype": jnp.float64}
        first, last = jax.jit(lambda key: run.init(key, (1, 4000, 1), **how))(jax.random.key(0))
    w, centres = np.asarray(first.w[0]), np.asarray(-first.b / first.w[0])
    np.testing.assert_allclose([np.abs(w).min(), np.abs(w).max()], [3, 6], atol=0.01)
    np.testing.assert_allclose([centres.min(), centres.max()], [-1.3, 1.3], atol=0.01)
    assert abs(np.sign(w).mean()) < 0.06
    assert not np.asarray(last.w).any()


def test_the_untrained_get_the_best_output_layer():
    """A network that is in the span of its units is met to rounding."""
    x, x_test = np.linspace(-1, 1, 60)[:, None], np.linspace(-0.99, 0.98, 50)[:, None]
    hidden = np.array([[2.0, -1.7], [0.5, 1.0]])

    def f(x):
        return np.tanh(x * hidden[0] + hidden[1]) @ np.array([[1.5], [-2.5]]) + 0.25

    found = run._untrained({"a": tasks.data(x, f(x), x_test, f(x_test))}, hidden[None, None])
    assert found["untrained_rms"][0, 0] < 1e-14
    assert found["untrained_sum"][0, 0] == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("numbers", "failing"),
    [
        ({}, set()),
        ({"rms": 2e-10}, {"median, exp_sin", "median, sine", "median, exp_cos", "median, reciprocal_sin"}),
        ({"chain": 2e-13}, {"chain, equal", "chain, wider"}),
        ({"total": 1001.0}, {"chain, equal", "chain, wider"}),
        ({"untrained": 5e-13}, {"training"}),
    ],
)
def test_it_can_say_no(numbers, failing):
    found = outcomes(made(**numbers))
    assert {name for name, verdict in found.items() if verdict != REPRODUCED} == failing


def test_runge_and_polynomials_can_fail():
    found = outcomes(made(rms=2e-6, untrained=1.0))
    assert {found[name] for name in ("median, runge", "polynomial, 31")} == {NOT_REPRODUCED}


def test_a_chain_that_meets_some_targets_is_told():
    data = made()
    data["chain_rms"].loc[{"kind": "equal", "target": "sine"}] = 1e-10
    assert outcomes(data)["chain, equal"] == PARTLY


def test_what_is_missed_at_the_end_of_a_grid_is_not_settled():
    """A better damping or frequency would only lower the error, so what is met stays met."""
    for numbers, word in (({}, REPRODUCED), ({"rms": 2e-10, "chain": 2e-13, "untrained": 1.0}, NOT_SETTLED)):
        data = made(**numbers)
        data["learning_rate"][:], data["frequency"][:] = 0.01, 16.0
        found = outcomes(data)
        assert {found[name] for name in ("median, sine", "chain, equal", "chain, wider")} == {word}
        assert found["training"] == found["median, runge"] == REPRODUCED
    single = data.assign_attrs(rates=[10.0], frequencies=[8.0])  # one value alone is no grid
    assert {outcomes(single)[name] for name in ("median, sine", "chain, equal")} == {NOT_REPRODUCED}


def test_a_median_whose_interval_holds_the_aim_is_not_settled():
    data = made()
    data["rms"][:] = 1e-10 * np.array([0.5, 0.9, 1.1, 2.0])
    found = {v.id: v for v in verdicts.verdicts(data)}["median, sine"]
    assert found.outcome == NOT_SETTLED
    assert "What would settle it" in found.finding


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"equal": (32,)}, "equal"),
        ({"num_rows": 60}, "num_rows"),
        ({"seeds": 1}, "seeds"),
        ({"tuning_seeds": 0}, "tuning_seeds"),
    ],
)
def test_bad_settings_are_refused(change, named):
    with pytest.raises(ValueError, match=named):
        config.check(dataclasses.replace(config.QUICK, **change))


@pytest.mark.slow
def test_the_smooth_targets_are_met_from_a_few_starts():
    few = dataclasses.replace(config.QUICK, targets=("exp_sin", "sine", "exp_cos", "runge"), seeds=8)
    found = outcomes(run.run(few), few)
    met = ("median, exp_sin", "median, sine", "median, exp_cos", "chain, wider", "training")
    assert {found[name] for name in met} == {REPRODUCED}
