"""The tasks of `learning_from_data.published` by their definitions, and its rules on runs whose answer is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab.verdicts import check_verdicts
from experiments.learning_from_data.published import adder, bottleneck, monks, run, spirals, verdicts
from experiments.learning_from_data.published.config import BOTTLENECK, FULL, QUICK, SPIRALS, Config
from experiments.learning_from_data.published.rows import FIRST, ROWS
from experiments.learning_from_data.published.verdicts import RIGHT
from nnjax.training import RAN, STOPPED


def test_the_spirals_are_those_of_the_benchmark():
    data = spirals.data(-1.0)
    assert data.x.shape == data.x_test.shape == (193, 2)
    assert (data.y.sum(), data.y_test.sum()) == (1, -1)
    assert data.x.min() == 0 and data.x.max() == 1  # noqa: PT018
    np.testing.assert_allclose(data.x[:96] + data.x[96:192], np.ones((96, 2)) * (data.x[0] + data.x[96]), atol=1e-12)


def test_the_source_counts_every_point_of_target_0():
    data = spirals.data(0.0)
    for output, right, counted in ((0.9, 96, 193), (0.1, 97, 193), (-0.2, 97, 97)):
        found = spirals.counted(None, data, lambda params, x, output=output: jnp.full((len(x), 1), output))
        assert found.tolist() == [right, counted]
    honest = spirals.counted(None, spirals.data(-1.0), lambda params, x: jnp.full((len(x), 1), 0.1))
    assert honest.tolist() == [96, 96]


def test_a_run_ends_after_ten_small_iterations_in_a_row_or_is_cut_off():
    curve = np.concatenate([np.linspace(5, 1, 20), np.full(3, 1.0), 1 - 1e-7 * np.arange(1, 30)])
    rows = np.stack([curve, np.linspace(9, 1, len(curve))])
    at, iterations, cut = spirals.stops(rows, 1e-5, 3.0, 1_000)
    assert at.tolist() == [32, 51]
    assert iterations.tolist() == [29, 51]  # three of the trials lowered nothing
    assert cut.tolist() == [False, True]
    at, _, cut = spirals.stops(rows, 1e-5, 1.5, 1_000)  # the plateau is that of a constant, so that no run ends there
    assert at.tolist() == [51, 51]
    assert cut.all()
    at, iterations, cut = spirals.stops(rows, 1e-5, 3.0, 24)  # the most iterations that the source takes
    assert at.tolist() == [27, 24]
    assert iterations.tolist() == [24, 24]
    assert not cut.any()


def test_a_run_ends_where_no_trial_lowers_anything():
    idle = np.concatenate([[9, 8, 7], np.full(spirals.STALLED, 7.0)])
    at, iterations, cut = spirals.stops(np.stack([idle[:-1], idle[1:]]), 1e-5, 3.0, 1_000)
    assert at.tolist() == [len(idle) - 2, 1]
    assert iterations.tolist() == [2, 1]
    assert cut.tolist() == [True, False]
    assert spirals.stops(np.full((1, 9), 1.0), 1e-5, 3.0, 1_000)[1].tolist() == [0]


def test_a_network_that_has_not_ended_is_cut_off(monkeypatch):
    """Of two networks whose F falls in each of three trials, the engine has stopped the first."""

    def sweep(*data, **how):
        nnjax.plan(*data, **how)  # what is wrong with the settings is told
        return xr.Dataset(
            {
                "power": (("seed", "step"), [[9.0, 8.0, 7.0, 6.0]] * 2),
                "counted": (("seed", "step", "counted_0"), np.arange(16).reshape(2, 4, 2)),
                "status": ("seed", [STOPPED, RAN]),
            }
        )

    monkeypatch.setattr(spirals.nnjax, "sweep", sweep)
    found = spirals.records(ROWS[SPIRALS[2]], {}, 2, 3)
    assert {name: values.tolist() for name, values in found.items()} == {
        "right": [6, 14], "counted": [7, 15], "time": [3, 3], "cut": [0, 1],
    }  # fmt: skip


@pytest.mark.slow
def test_networks_on_spirals_are_cut_off():
    assert spirals.records(ROWS[SPIRALS[2]], {"hidden": (2,)}, 2, 3)["cut"].tolist() == [1, 1]


def test_networks_that_are_cut_off_are_told_of_and_settle_nothing():
    name = SPIRALS[2]
    rng = np.random.default_rng(0)
    told = {"right": rng.normal(188.25, 4, 40), "time": rng.normal(768, 220, 40), "cut": np.arange(40) < 2}
    assert outcomes(name, told) == {name: "reproduced"}
    assert outcomes(name, told | {"cut": np.arange(40) < 3}) == {name: "not settled"}
    assert "Cut off before they ended: 2 of 40 networks." in verdicts.verdicts(records(name, told))[0].finding


@pytest.mark.parametrize(("problem", "ones"), [("monk-1", 216), ("monk-2", 142), ("monk-3", 228)])
def test_monks_have_as_many_ones_as_the_published_test_sets(problem, ones):
    assert monks.labels(problem).sum() == ones
    data = monks.draw(problem, 3)
    assert data.x.shape == (monks.TRAIN_ROWS[problem], 17)
    assert len(np.unique(data.x, axis=0)) == len(data.x)
    index = [int(np.flatnonzero((data.x_test == row).all(axis=1))[0]) for row in data.x]
    assert (data.y_test[index] != data.y).sum() == (6 if problem == "monk-3" else 0)


def test_patience_ends_50_epochs_after_the_last_minimum():
    curve = np.concatenate([np.linspace(1, 0.5, 30), np.full(100, 0.6)])
    assert monks.patience(np.stack([curve, np.linspace(1, 0, 130)])).tolist() == [79, 129]


def test_the_adder_adds():
    data = adder.data()
    values = data.x @ [[2, 0], [1, 0], [0, 2], [0, 1]]
    np.testing.assert_array_equal(data.y @ [4, 2, 1], values.sum(axis=1))


@pytest.mark.slow
def test_a_bottleneck_that_is_left_alone_passes_through_the_solution_and_leaves_it():
    keys = jax.vmap(jax.random.key)(jnp.arange(24))
    train = jax.jit(jax.vmap(lambda key, shakes: bottleneck.train(key, 0.3, 0.5, shakes), in_axes=(0, None)))
    solved, shakes, values, right = (np.asarray(a) for a in train(keys, False))
    assert solved.astype(bool).mean() > 0.3
    assert right.mean() < 0.1
    assert not shakes.any()
    solved, shakes, values, _ = (np.asarray(a) for a in train(keys, True))
    assert (solved > 0).all()
    assert np.all(np.diff(values, axis=1) > bottleneck.APART)


def records(name, found):
    """The dataset of one row in its first reading."""
    most = len(found["right"])
    columns = {key: (("record", "run"), np.asarray(found.get(key, np.zeros(most)), float)[None]) for key in run.COLUMNS}
    return xr.Dataset(columns, coords={"row": ("record", [name]), "reading": ("record", [FIRST])})


def outcomes(name, found):
    settings = Config(rows=(name,))
    return {
        v.id: v.outcome for v in check_verdicts(verdicts.verdicts(records(name, found)), verdicts.statements(settings))
    }


def test_a_row_is_reproduced_partly_or_not():
    rng = np.random.default_rng(0)
    count, time = rng.normal(192.5, 0.8, 60), rng.normal(313, 75, 60)
    name = SPIRALS[0]
    assert outcomes(name, {"right": count - 5, "counted": count, "time": time}) == {
        name: "reproduced",
        RIGHT.id: "not reproduced",
    }
    assert outcomes(name, {"right": count, "counted": count, "time": 2 * time}) == {
        name: "partly",
        RIGHT.id: "reproduced",
    }
    assert outcomes(name, {"right": count, "counted": count - 9, "time": 2 * time})[name] == "not reproduced"
    alone = BOTTLENECK[1]
    assert outcomes(alone, {"right": np.zeros(100), "time": np.full(100, np.inf)}) == {alone: "reproduced"}
    assert outcomes(alone, {"right": np.ones(100), "time": np.full(100, 9.0)}) == {alone: "not reproduced"}


def test_every_row_of_the_settings_is_known():
    assert set(FULL.rows) == set(ROWS)
    assert set(QUICK.rows) < set(ROWS)
