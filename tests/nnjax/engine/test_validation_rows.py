"""Validation rows: they are recorded, they stop networks, and nothing else depends on them."""

import jax
import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax import machine, mlp

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = np.sin(2 * X.sum(1, keepdims=True)) + 0.3 * RNG.normal(size=(60, 1))
PLAIN = nnjax.tasks.data(X[:25], Y[:25], X[25:40], Y[25:40])
DATA = nnjax.tasks.data(*PLAIN[:4], x_valid=X[40:], y_valid=Y[40:])
GIVEN = {"seeds": 20, "num_steps": 200, "learning_rate": 0.1, "record_every": 20, "progress": False}
GIVEN |= {"compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}


@pytest.mark.parametrize(
    "how",
    [{"layout": "lanes", "hidden": [(4,), (6, 6)]}, {"layout": "matrices", "hidden": [(4,)], "batch_size": 8}],
    ids=str,
)
def test_patience_keeps_the_network_of_the_lowest_validation_loss(how, tmp_path):
    runs = nnjax.sweep(DATA, patience=2, keep_params=True, **how, **GIVEN)
    assert set(np.unique(runs.status)) in ({2}, {1, 2})
    assert runs.valid_loss.equals(runs.valid_curve.min("step"))
    best = runs.valid_curve.argmin("step")
    assert (runs.best_step == runs.step[best]).all()
    assert runs.test_loss.equals(runs.test_curve.isel(step=best).drop_vars("step"))
    stopped = runs.where(runs.status == 2)
    assert (stopped.steps - stopped.best_step == 2 * 20).where(runs.status == 2, True).all()
    predicted = nnjax.params.predict(runs, DATA.x_test)
    errors = ((predicted - DATA.y_test) ** 2).mean(["row", "output"])
    np.testing.assert_allclose(errors, runs.test_loss, rtol=1e-4)
    one = runs.isel(hidden=0, seed=3)
    again = nnjax.refit(one, DATA)
    assert (again.best_step, again.valid_loss) == (one.best_step, one.valid_loss)
    stored = nnjax.sweep(DATA, patience=2, keep_params=True, store=tmp_path / "r", **how, **GIVEN)
    assert stored.load().equals(runs)


def test_fit_has_patience_as_a_sweep_has():
    runs = nnjax.sweep(DATA, hidden=(4,), patience=2, layout="matrices", **GIVEN)
    spec = nnjax.training.Spec((3, 4, 1), num_steps=200, record_every=20, patience=2)
    keys = jax.vmap(jax.random.key)(np.arange(20))
    fits = jax.jit(jax.vmap(lambda key: nnjax.fit(key, {"learning_rate": 0.1}, DATA, spec=spec)))(keys)
    np.testing.assert_array_equal(fits.best_step, runs.best_step)
    np.testing.assert_allclose(fits.valid_loss, runs.valid_loss, rtol=1e-4)
    one = jax.tree.map(lambda leaf: leaf[0], fits.params)
    errors = np.mean((mlp.predict(one, DATA.x_valid) - DATA.y_valid) ** 2)
    assert float(fits.valid_loss[0]) == pytest.approx(float(errors), rel=1e-5)


def test_rows_for_validation_change_nothing_else():
    with_rows, without = (nnjax.sweep(data, hidden=(4,), layout="matrices", **GIVEN) for data in (DATA, PLAIN))
    names = ["train_loss", "test_loss", "train_curve", "test_curve", "status"]
    assert with_rows[names].equals(without[names])
    assert set(with_rows.data_vars) - set(without.data_vars) == {"valid_loss", "valid_curve"}


def test_a_network_that_diverges_has_no_best():
    with pytest.warns(UserWarning, match="every network that this call trained diverged"):
        wild = nnjax.sweep(
            DATA, hidden=(4,), activation="relu", patience=3, solver="sgd", **GIVEN | {"learning_rate": 1e6}
        )
    assert (wild.status == 3).all()
    assert np.isposinf(wild[["valid_loss", "test_loss"]].to_array()).all()


@pytest.mark.parametrize("layout", ["matrices", "lanes"])
def test_thresholds_may_differ_between_tasks(layout, tmp_path):
    tasks = {"a": PLAIN, "b": PLAIN._replace(y=-PLAIN.y)}
    thresholds = xr.DataArray([0.2, 0.4], {"task": ["b", "a"]})
    how = {"hidden": (4,), "layout": layout, "early_stop": ("train_loss", thresholds), **GIVEN}
    runs = nnjax.sweep(tasks, **how)
    alone = nnjax.sweep(tasks, **how | {"early_stop": ("train_loss", 0.4)})
    assert runs.early_stop.values.tolist() == [0.4, 0.2]
    np.testing.assert_array_equal(runs.train_curve.sel(task="a"), alone.train_curve.sel(task="a"))
    stopped = (runs.status == 2).sel(task="b")
    assert (runs.train_loss.sel(task="b").where(stopped) <= 0.2).where(stopped, True).all()
    longer = (runs.steps - alone.steps).sel(task="b")
    assert (longer >= 0).all()
    assert longer.any()
    assert nnjax.refit(runs.isel(task=1, seed=0), tasks).steps == runs.steps.isel(task=1, seed=0)
    assert nnjax.sweep(tasks, **how, store=tmp_path / "runs.zarr").load().steps.equals(runs.steps)


@pytest.mark.parametrize(
    ("data", "given", "message"),
    [
        (PLAIN, {"patience": 2}, r"^patience=2 watches valid_loss at recorded steps: give data with validation rows"),
        (DATA, {"patience": 2, "record_every": None}, r"^patience=2 .* give record_every=... as well"),
        (DATA, {"patience": 0}, r"^patience=0 must be a whole number of 1 or more"),
        (
            PLAIN,
            {"early_stop": ("valid_loss", 0.1)},
            r"^early_stop=.* the name one of train_loss, test_loss, accuracy$",
        ),
    ],
)
def test_what_needs_validation_rows_is_refused_without(data, given, message):
    with pytest.raises(ValueError, match=message):
        nnjax.plan(data, hidden=(4,), **{**GIVEN, **given})
