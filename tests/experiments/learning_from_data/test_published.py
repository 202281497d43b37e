"""The tasks of `learning_from_data.published` by their definitions, and its measures on runs whose answer is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab import claims, results
from experiments.lab import verdicts as judged
from experiments.lab.estimates import LEVEL
from experiments.learning_from_data import adder, bottleneck, monks, published, spirals
from experiments.learning_from_data.repetitions import FIRST, LATER, POINTS, ROWS
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
        nnjax.plan(*data, **how)  # raises where settings are wrong
        return xr.Dataset(
            {
                "power": (("seed", "step"), [[9.0, 8.0, 7.0, 6.0]] * 2),
                "counted": (("seed", "step", "counted_0"), np.arange(16).reshape(2, 4, 2)),
                "status": ("seed", [STOPPED, RAN]),
            }
        )

    monkeypatch.setattr(spirals.nnjax, "sweep", sweep)
    found = spirals.records(ROWS[LATER], {}, 2, 3)
    assert {name: values.tolist() for name, values in found.items()} == {
        "right": [6, 14], "counted": [7, 15], "time": [3, 3], "cut": [0, 1],
    }  # fmt: skip


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


def dataset(values, cut=0.0):
    """Runs by row and number, all in the first reading."""
    most = max(map(len, values.values()))
    padded = [np.pad(np.asarray(one, float), (0, most - len(one)), constant_values=np.nan) for one in values.values()]
    rows, what = zip(*values, strict=True)
    labels = {"row": rows, "what": what, "reading": [FIRST] * len(rows), "cut": [cut] * len(rows)}
    columns = {name: ("number", np.array(column)) for name, column in labels.items()}
    return xr.Dataset(columns | {"value": (("number", "run"), np.array(padded, np.float32))})


def answers(*arguments):
    return published.table(dataset(*arguments)).answer.values.tolist()


def normal(mean, spread, n=400):
    values = np.random.default_rng(0).normal(size=n)
    return mean + spread * (values - values.mean()) / values.std()


SPIRALS = "spirals 2-20-10-1"


@pytest.mark.parametrize(
    ("row", "what", "values", "answer"),
    [
        (SPIRALS, "mean iterations", normal(320, 30), "agrees within the margin"),
        (SPIRALS, "mean iterations", normal(600, 30), "differs"),
        (SPIRALS, "mean iterations", normal(380, 200), "cannot tell"),
        (SPIRALS, "test points counted", normal(192.49 / POINTS, 0.01), "agrees within the margin"),
        (SPIRALS, "test points counted", normal(188 / POINTS, 0.01), "differs"),
        ("bottleneck, shaken", "share solved", np.arange(1000) >= 30, "cannot tell"),  # 30 runs say too little
        ("bottleneck, left alone", "share solved", np.arange(1000) < 600, "differs"),
        ("bottleneck, shaken", "median epochs", 736 * np.exp(normal(0, 0.1)), "agrees within the margin"),
        ("bottleneck, shaken", "hidden value 3", normal(0.6, 0.05), "agrees within the margin"),
        ("adder 4-3-3", "median sweeps", [600.0], "cannot tell"),
        ("monk-2", "robots right", np.ones(40), "agrees within the margin"),
    ],
)
def test_a_published_number_agrees_differs_or_cannot_tell(row, what, values, answer):
    assert answers({(row, what): values}) == [answer]


def test_networks_that_are_cut_off_settle_nothing():
    values = {(LATER, "mean iterations"): normal(768, 50)}
    assert answers(values, 0.05) == ["agrees within the margin"]
    assert answers(values, 0.06) == ["cannot tell"]


def test_the_statements_can_hold_and_can_fail():
    def outcomes(right):
        counted = {(SPIRALS, "test points counted"): normal(192.49 / POINTS, 0.01)}
        data = dataset(counted | {(SPIRALS, "test points right"): normal(right / POINTS, 0.02)})
        return {row["id"]: row["outcome"] for row in judged.verdicts(published.STATEMENTS, data)}

    agree, right = (one.id for one in published.STATEMENTS)
    assert outcomes(192.4) == {agree: judged.REPRODUCED, right: judged.REPRODUCED}
    assert outcomes(187.0) == {agree: judged.REPRODUCED, right: judged.NOT_REPRODUCED}
    assert outcomes(190.5)[right] == judged.NOT_SETTLED
    data = dataset({("bottleneck, left alone", "share solved"): np.ones(99)})
    assert published.agree(data, LEVEL).value == 0
    assert published.right_answers(data, LEVEL) is None


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    rows = (SPIRALS, "bottleneck, shaken", "adder 4-2-3")
    config = published.Config(rows=rows, runs=20, spiral_runs=2, readings=False, spiral_steps=20)
    data = published.run(config)
    committed = results.load(claims.ROOT.parent / "results/learning_from_data/published/data.nc")
    assert {name: one.dims for name, one in data.variables.items()} == {
        name: one.dims for name, one in committed.variables.items()
    }
    assert data.sizes["number"] == sum(len(ROWS[name].numbers) for name in rows)
    cut = published.table(data).cut
    assert (cut.where(data.row == SPIRALS, 1) == 1).all()
    assert (cut.where(data.row != SPIRALS, 0) == 0).all()
