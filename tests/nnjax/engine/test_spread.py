"""The law of initial weights "spread" in a sweep: the default with variable projection, from the range of the data."""

import json

import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax import machine, training
from nnjax.engine import request

X = np.cos(np.pi * (np.arange(64) + 0.5) / 64)[:, None]
WAVE = nnjax.tasks.data(X, np.exp(X) * np.cos(5 * X))
ASKED = {"solver": "variable_projection", "dtype": "float64"}
# Data by their names, also where there is but one, so that all sweeps here share a program.
SWEPT = ASKED | {"hidden": (16,), "progress": False, "compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}


def laws(**given):
    """By which the networks of such a sweep are drawn."""
    return {program.spec.init for program in nnjax.plan(WAVE, hidden=(3,), **ASKED | given).programs}


def ranges(data, **given):
    """The least and the greatest inputs of each task, if such a sweep draws by them."""
    return request.check(data, hidden=(3,), **ASKED | given)[0].x_ranges


def test_without_the_name_of_a_law_the_precision_of_the_solver_is_reached():
    runs = nnjax.sweep({"wave": WAVE}, **SWEPT, num_steps=200, seeds=8)
    assert float(runs.train_loss.median()) < 1e-16
    assert json.loads(runs.attrs["settings"])["constants"]["init"] == "spread"
    for solver in (["variable_projection"], {"mine": nnjax.solvers.variable_projection}):
        assert laws(solver=solver) == {"spread"}


@pytest.mark.parametrize(
    "given",
    [
        {"solver": "adam"},
        {"solver": ["variable_projection", "adam"]},
        {"bias_init": "uniform"},
        {"model": training.Model(lambda *args, **kw: nnjax.mlp.init(*args, **kw), nnjax.mlp.apply)},
    ],
)
def test_any_other_sweep_starts_as_before(given):
    assert laws(**given) == {"lecun_normal"}
    assert ranges(WAVE, **given) is None


def test_every_task_has_its_own_range(tmp_path):
    """The same function over another range of x: the loss falls alike, and a network's bits are those it has alone."""
    tasks = {"here": WAVE, "there": nnjax.tasks.data(100 * X + 700, WAVE.y)}
    asked = SWEPT | {"num_steps": 12, "seeds": 4}
    runs = nnjax.sweep(tasks, **asked)
    found = json.loads(runs.attrs["settings"])["x_ranges"]
    np.testing.assert_allclose(found, [[[X.min()], [X.max()]], [[600 + 100 + X.min() * 100], [700 + X.max() * 100]]])
    np.testing.assert_allclose(runs.train_loss.sel(task="there"), runs.train_loss.sel(task="here"), rtol=1e-5)
    store = tmp_path / "runs.zarr"
    nnjax.sweep({"there": tasks["there"]}, **asked, store=store)
    grown = nnjax.sweep(tasks, **asked, store=store)  # the new task comes after the old one in the store
    xr.testing.assert_equal(grown.load(), runs)


def test_rows_of_weight_0_have_no_part_in_the_range():
    x = np.array([[5.0], [5.5], [6.0], [1e20]])
    assert ranges(nnjax.tasks.data(x, x % 1, weight=[1, 1, 1, 0])) == (((5,), (6,)),)


def test_the_range_is_that_of_each_input():
    """With any solver, if the law is named."""
    x = np.random.default_rng(0).uniform([0, -5], [10, -4], (40, 2))
    data = nnjax.tasks.data(x, x[:, :1])
    assert ranges(data, init="spread", solver="sgd") == ((tuple(x.min(0)), tuple(x.max(0))),)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="bias_init='uniform' with init='spread'"):
        nnjax.sweep(WAVE, hidden=(3,), init="spread", bias_init="uniform", num_steps=1)
    with pytest.raises(ValueError, match="bias_init='spread'"):
        nnjax.sweep(WAVE, hidden=(3,), bias_init="spread", num_steps=1)
    with pytest.raises(ValueError, match="hidden=\\(\\) with solver='variable_projection'"):
        nnjax.plan(WAVE, hidden=[(), (3,)], solver="variable_projection")
    own = training.Model(lambda key, sizes, *, init, bias_init, dtype: None, nnjax.mlp.apply)
    with pytest.raises(ValueError, match="init='spread' needs a model whose init takes x_low and x_high"):
        nnjax.sweep(WAVE, hidden=(3,), init="spread", model=own, num_steps=1)
