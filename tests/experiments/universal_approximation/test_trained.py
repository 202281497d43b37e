"""Trained networks against N: exact errors, tuning, measures of errors that follow known laws, and a tiny run."""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.lab import claims, results
from experiments.lab.estimates import LEVEL
from experiments.lab.verdicts import verdicts
from experiments.universal_approximation import one_input, trained
from experiments.universal_approximation.trained import PROJECTION
from tests.experiments.conftest import check

TINY = dataclasses.replace(
    trained.QUICK, targets=("sine", "kink"), widths=(2, 4), stages=((PROJECTION, 4, 128, 3, 20),)
)
WIDTHS = np.array([1, 4, 16, 64])


@pytest.fixture
def made():
    """Made up, in the form of `run`: ReLU is twice the bound, and tanh falls as exp(-2 sqrt N), on two targets."""
    seeds, bound = 8, 0.8 * (WIDTHS + 1.0) ** -2
    relu, tanh = 2 * bound, np.exp(-2 * np.sqrt(WIDTHS))
    noise = np.exp(0.1 * np.random.default_rng(0).normal(size=(2, 2, len(WIDTHS), seeds)))
    error = np.stack([relu, tanh])[:, None, :, None] * noise
    dims = ("solver", "activation", "task", "width")
    coords = {"solver": ["Adam", PROJECTION], "activation": ["relu", "tanh"], "task": ["sine", "exp"], "width": WIDTHS}
    variables = {
        "error": ((*dims, "seed"), np.stack([error, error])),
        "at_end": (dims, np.zeros((2, 2, 2, len(WIDTHS)), bool)),
        "bound": (("task", "width"), np.stack([bound, bound])),
    }
    return xr.Dataset(variables, coords)


def outcomes(data: xr.Dataset) -> dict[str, str]:
    return {row["id"]: row["outcome"] for row in verdicts(trained.STATEMENTS, data)}


def test_outcomes_follow_the_data(made):
    assert set(outcomes(made).values()) == {"reproduced"}
    level = outcomes(made.assign(error=0 * made.error + 0.3 * made.error.isel(width=0)))
    assert [level[name] for name in ("accuracy rises, Adam", "ReLU slope, Adam")] == ["not reproduced"] * 2
    power = made.assign(error=made.width**-3.0 * made.error / made.error.mean("seed"))
    assert outcomes(power)["smooth is faster"] == "not reproduced"


def test_an_exponent_is_that_of_the_settings_that_are_named(made):
    data = made.assign(error=0 * made.error + made.width**-1.0)
    data["error"].loc[{"task": "exp", "activation": "relu"}] = (made.width**-2.0).values[:, None]
    found = trained.fourfold(data, LEVEL, "Adam")
    assert found is not None
    assert found.value == pytest.approx(4**-1.25)
    slower = trained.against_the_bound(data.sel(width=[16, 64]), LEVEL, "Adam")
    bound = np.polyfit(np.log(WIDTHS[2:]), np.log(made.bound[0, 2:]), 1)[0]
    assert slower is not None
    assert slower.value == pytest.approx(-1.5 - bound)
    assert slower.part_value.values == pytest.approx([-1 - bound, -2 - bound])


def test_widths_at_rounding_and_seeds_without_all_widths_are_left_out(made):
    data = made.copy(deep=True)
    data.error.loc[{"width": 64}] = 1e-14
    data.error.loc[{"width": 16, "seed": [6, 7]}] = np.nan
    known = trained.logs(data).notnull()
    assert not known.sel(width=64).any()
    assert not known.sel(seed=[6, 7]).any()
    assert known.sel(width=[1, 4, 16], seed=slice(0, 5)).all()
    data.error.loc[{"solver": PROJECTION, "width": 16}] = 1e-14  # two widths do not tell one law from another
    assert trained.misfit(data, LEVEL) is None


def test_a_better_number_for_few_neurons_can_only_raise_an_exponent(made):
    found = []
    for width in (1, 64):
        data = made.assign(at_end=made.at_end | (made.width == width))
        part = trained.fourfold(data, LEVEL, "Adam")
        assert part is not None
        found.append((np.isinf(part.part_low).all().item(), np.isinf(part.part_high).all().item()))
        assert part.attrs["at_edge"] == 4
    assert found == [(False, True), (True, False)]


@pytest.mark.parametrize("claim", ["trained", "near_the_best"])
def test_no_relu_network_is_better_than_the_best_pieces(claim):
    """N neurons make at most N + 1 pieces. Errors are stored as float32, and the bound is found by a search."""
    path = claims.ROOT.parent / f"results/universal_approximation/{claim}" / "data.nc"
    data = results.load(path)
    if claim == "trained":
        ratios = [data.error.sel(activation="relu") / data.bound]
    else:
        ratios = [one * data.best / data.bound for one in (data.ratio, data.solver_ratio)]
    assert min(ratio.min() for ratio in ratios) > 1 - 1e-5


def test_the_exact_error_of_a_relu_network():
    """One unit, relu(x): on |x| it errs by |x| left of 0, so the mean square is 1/6."""
    packed = np.array([[1.0, 0.0, 1.0, 0.0], [np.nan] * 4])
    assert one_input.relu_errors("kink", packed) == pytest.approx([6**-0.5, np.inf], rel=1e-14)
    x = np.linspace(-1, 1, 9)
    assert one_input.outputs(packed[0], "relu", x) == pytest.approx(np.maximum(x, 0))
    assert one_input.centres(packed[0], 2) == pytest.approx([0, np.nan], nan_ok=True)


def test_what_is_possible():
    """The best networks of 4 units over the best 5 pieces, and their error on a sine, computed once."""
    for name, expected in (("sine", 1.0023), ("exp", 1.530), ("square", 1.235)):
        bound, best = one_input.references(name, 4)
        assert best / bound == pytest.approx(expected, abs=1e-3)
    assert one_input.references("sine", 4)[1] == pytest.approx(2.8751e-2, rel=1e-4)
    assert np.isnan(one_input.references("kink", 4)).all()


@pytest.mark.parametrize("rows", [256, 1024])
def test_tuning_looks_at_other_points_than_those_reported(rows):
    one, other = (one_input.problem("sine", rows, interleaved=False, for_tuning=t) for t in (False, True))
    assert np.array_equal(one.x, other.x)
    between = np.diff(np.sort(np.concatenate([one.x_test, other.x_test, one.x]).ravel()))
    assert between.min() > 0.4 * np.diff(np.sort(one.x_test.ravel())).min()
    assert np.allclose(other.y_test, np.sin(np.pi * (other.x_test + 1)))


def test_mini_batches_are_grids_all_over_the_interval():
    data = one_input.problem("runge", 512, interleaved=True)
    assert np.allclose(np.diff(data.x.reshape(-1, one_input.BATCH), axis=1), 2 * 8 / 511)
    assert np.allclose(data.y[:, 0], 1 / (1 + 25 * data.x[:, 0] ** 2))
    assert not np.isin(data.x_test, data.x).any()


def test_units_begin_all_over_the_interval_and_networks_nest():
    laws: dict[str, Any] = {"init": "lecun_normal", "bias_init": "zeros", "init_scale": 4.0}
    make = jax.jit(partial(one_input.init_spread, **laws), static_argnames="sizes")
    small, large = (make(jax.random.key(3), sizes=(1, n, 1))[0] for n in (8, 400))
    assert np.allclose(small.w, large.w[:, :8], rtol=1e-6)
    centres, sizes = -large.b / large.w[0], np.abs(large.w[0])
    assert -1 <= centres.min() < -0.9
    assert 0.9 < centres.max() <= 1
    assert 2 <= sizes.min() < sizes.max() <= 6


@pytest.mark.parametrize(("dtype", "error"), [("float32", 1e-6), ("float64", 1e-14)])
def test_the_sine(dtype, error):
    with jax.enable_x64(dtype == "float64"):
        x = jnp.linspace(-200, 200, 4001, dtype=dtype)
        values, slopes = jax.jit(jax.vmap(jax.value_and_grad(one_input.sin)))(x)
        exact = np.asarray(x, float)
        assert np.abs(values - np.sin(exact)).max() < error
        assert np.abs(slopes - np.cos(exact)).max() < error


def test_an_end_of_a_grid_is_chosen_only_where_it_is_better_by_a_tenth():
    """Errors are the roots of losses."""
    scales = [0.25, 1.0, 4.0]
    for error, chosen in ((0.95, 1.0), (0.85, 0.25)):
        loss = np.array([error, 1.0, 1.5])[None, :, None] ** 2 * np.ones(2)
        axes = {"learning_rate": [0.1], "init_scale": scales}
        found = trained.choose(xr.DataArray(loss, axes, ("learning_rate", "init_scale", "seed")))
        assert found.scale == chosen
        assert found.at_end == (chosen == 0.25)
        assert found.tuning_error == pytest.approx(1.0 if chosen == 1.0 else error)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ((("SGD", 16, 256, 6, 30),), "must each have a solver of Adam"),
        (((PROJECTION, 16, 256, 6, 31),), "even number of steps"),
        (((PROJECTION, 4, 256, 6, 30),), "must train all widths"),
    ],
)
def test_stages_that_cannot_be_judged_are_refused(stages, message):
    with pytest.raises(ValueError, match=message):
        check(trained, dataclasses.replace(trained.QUICK, stages=stages))


@pytest.mark.slow
def test_a_tiny_run():
    data = trained.run(TINY)
    errors = data.error.sel(solver=PROJECTION, activation="relu")
    assert errors.sel(task="kink", width=2).min() < 1e-10  # two ReLU units are |x|
    assert (errors.sel(task="sine") > data.bound.sel(task="sine") * (1 - 1e-6)).all()
    assert data.fit_error.item() == pytest.approx(np.sort(errors.sel(task="sine", width=4))[1])
    rough = np.sqrt(np.mean((data.fit - data.fit_target) ** 2))
    assert data.fit_error.item() == pytest.approx(rough.item(), rel=0.05)
    committed = results.load(claims.ROOT.parent / "results/universal_approximation/trained" / "data.nc")
    assert {name: one.dims for name, one in data.variables.items()} == {
        name: one.dims for name, one in committed.variables.items()
    }
