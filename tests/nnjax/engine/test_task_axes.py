"""Examples as people have them become the same networks, and tasks along several axes are dimensions of their own."""

import json

import jax
import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax import machine, tasks, training

# Compiled in the shortest time: what is compared here was compiled alike.
GIVEN = {"hidden": (2,), "solver": "sgd", "num_steps": 4, "progress": False}
GIVEN |= {"compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}
X = np.random.default_rng(0).normal(size=(12, 2))
TREES = ["oak", "elm", "yew"] * 4


def noisy(noise, draw):
    x = np.linspace(-1, 1, 6)
    return x, np.sin(3 * x) + noise * np.random.default_rng(draw).normal(size=6)


def grid(noise, num_draws):
    return tasks.grid(noisy, noise=noise, draw=range(num_draws))


def test_labels_are_the_classes_of_a_cross_entropy():
    given = {**GIVEN, "loss": "softmax_cross_entropy", "seeds": 2}
    runs = nnjax.sweep((X, TREES), **given)
    assert json.loads(runs.attrs["classes"]) == ["elm", "oak", "yew"]
    y, classes = tasks.one_hot(TREES)
    one_hot = nnjax.sweep(tasks.data(X, y), **given)
    xr.testing.assert_equal(runs, one_hot)
    assert "classes" not in one_hot.attrs
    numbers = np.array([classes.index(one) for one in TREES])
    for data in ((X, numbers), tasks.data(X, numbers)):
        same = nnjax.sweep(data, **given)
        assert json.loads(same.attrs["classes"]) == [0, 1, 2]
        xr.testing.assert_equal(same, one_hot)
        assert nnjax.refit(same, data, seed=1).train_loss == runs.train_loss[1]
    assert nnjax.refit(runs, (X, TREES), seed=1).train_loss == runs.train_loss[1]
    with pytest.raises(ValueError, match=r"^y holds labels of classes: labels\[0\]='ash' is not a class"):
        nnjax.refit(runs, (X, ["ash", *TREES[1:]]), seed=1)
    with jax.enable_x64(False):
        spec = training.Spec((2, 2, 3), solver="sgd", num_steps=4, loss="softmax_cross_entropy")
        fits = [
            jax.jit(lambda key, data=data: training.fit(key, {}, data, spec=spec).train_loss)(jax.random.key(1))
            for data in ((X, TREES), tasks.data(X, y))
        ]
    assert fits[0] == fits[1]


def test_two_classes_are_0_and_1_for_a_sigmoid_and_tasks_share_their_classes():
    loss = {"loss": "sigmoid_binary_cross_entropy"}
    labels = np.where(X[:, 0] > 0, 2, 1)
    runs = nnjax.sweep((X, labels, X[:3], labels[:3]), **GIVEN, **loss)
    assert json.loads(runs.attrs["classes"]) == [1, 2]
    zero_one = tasks.data(X, labels - 1, X[:3], labels[:3] - 1)
    xr.testing.assert_equal(runs, nnjax.sweep(zero_one, **GIVEN, **loss))
    assert nnjax.refit(runs, (X, labels, X[:3], labels[:3])).test_loss == runs.test_loss
    several = {"a": (X, ["elm", "oak"] * 6), "b": (X, ["oak", "yew"] * 6)}
    runs = nnjax.sweep(several, **GIVEN, loss="softmax_cross_entropy")
    assert json.loads(runs.attrs["classes"]) == ["elm", "oak", "yew"]
    assert runs.sizes["task"] == 2


def test_a_grid_of_tasks_has_an_axis_for_each_of_its_own():
    rates = xr.DataArray([0.1, 0.2], {"noise": [0.5, 0.0]})
    data = grid([0.0, 0.5], 3)
    runs = nnjax.sweep(data, learning_rate=rates, seeds=2, **GIVEN)
    assert runs.train_loss.dims == ("noise", "draw", "seed")
    assert (runs.noise.values.tolist(), runs.draw.values.tolist()) == ([0.0, 0.5], [0, 1, 2])
    assert runs.learning_rate.values.tolist() == [0.2, 0.1]
    one = nnjax.sweep(data[0.5, 1], learning_rate=0.1, seeds=2, **GIVEN)
    np.testing.assert_array_equal(runs.train_loss.sel(noise=0.5, draw=1), one.train_loss)
    chosen = runs.sel(noise=0.5)
    found = nnjax.refit(chosen, tasks.grid(noisy, draw=[2, 1, 0], noise=[0.5, 0.0]), draw=1, seed=1)
    assert found.train_loss == one.train_loss[1]


def test_the_axes_of_tasks_grow_in_a_store(tmp_path):
    path = tmp_path / "runs.zarr"
    nnjax.sweep(grid([0, 1], 2), seeds=3, store=path, **GIVEN)
    first = (path / "status/c/1/1/0").read_bytes()
    grown = nnjax.sweep(grid([0.5, 0, 1], 3), seeds=3, store=path, **GIVEN)
    assert (path / "status/c/1/1/0").read_bytes() == first
    whole = nnjax.sweep(grid([0.5, 0, 1], 3), seeds=3, **GIVEN)
    xr.testing.assert_equal(grown.load(), whole)
    assert nnjax.open_store(path, verify=True).noise.values.tolist() == [0, 1, 0.5]
    other = nnjax.sweep(tasks.grid(noisy, draw=range(3), noise=[0, 0.5, 1]), seeds=3, store=path, **GIVEN)
    assert other.train_loss.dims == ("draw", "noise", "seed")
    xr.testing.assert_equal(other.transpose(*whole.train_loss.dims, ...).sel(noise=whole.noise).load(), whole)
    with pytest.raises(ValueError, match=r"noise: 0.5 there, not here"):
        nnjax.sweep(grid([0, 1], 3), seeds=3, store=path, **GIVEN)
    shifted = tasks.grid(lambda noise, draw: noisy(noise + (draw == 2), draw), noise=[0, 0.5, 1], draw=range(3))
    with pytest.raises(ValueError, match=r"data\['draw=2, noise=0'\]: other numbers"):
        nnjax.sweep(shifted, seeds=3, store=path, **GIVEN)


def bad_grid(make=noisy, **axes):
    return lambda: nnjax.plan(tasks.grid(make, **axes), hidden=(2,), solver="sgd", momentum=0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (bad_grid(), r"^no axis is given"),
        (bad_grid(noise=0.1, draw=[0]), r"^noise=0.1 must be a list, a range"),
        (bad_grid(noise=[], draw=[0]), r"^noise=\[\] must hold at least one label"),
        (bad_grid(noise=[0, "a"], draw=[0]), r"^noise=\[0, 'a'\] must hold .* texts, booleans or finite"),
        (bad_grid(noise=[0, np.inf], draw=[0]), r"^noise=\[0, inf\] must hold"),
        (bad_grid(noise=[0, 0.0], draw=[0]), r"^noise holds 0.0 twice"),
        (
            bad_grid(lambda width: noisy(0, 0), width=[1, 2]),
            r"^data has an axis of tasks 'width', which means something",
        ),
        (bad_grid(lambda momentum: noisy(0, 0), momentum=[1]), r"^data has an axis of tasks 'momentum'"),
        (bad_grid(lambda draw: None, draw=[0]), r"^data\['draw=0'\] must be a Data"),
        (
            lambda: nnjax.plan(grid([0], 2), hidden=(2,), seeds={"draw=0, noise=0": [1]}),
            r"^seeds=.* names tasks, but the tasks are a grid over noise, draw",
        ),
    ],
)
def test_bad_axes_of_tasks_are_refused_by_name(call, message, as_users_call):
    with pytest.raises(ValueError, match=message):
        call()
