"""Published accuracies: a residual layer by hand, answers on numbers made up, tuning on held-out rows, a tiny run."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab import claims, results
from experiments.lab import verdicts as judged
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.wide_versus_deep import published, residual
from nnjax import mlp, tasks
from tests.experiments.conftest import check

TINY = dataclasses.replace(published.QUICK, width=4, num_steps=10, record_every=10, seeds=2, seeds_per_draw=1)


def test_a_residual_layer_adds_what_it_is_given(dtype):
    w = [np.array([[1.0, -2.0]]), np.array([[1.0, 0.0], [0.0, -1.0]]), np.array([[1.0], [10.0]])]
    params = tuple(mlp.Layer(jnp.asarray(a, dtype), jnp.zeros(a.shape[1], dtype)) for a in w)
    # x = 3: h1 = relu(3, -6) = (3, 0), h2 = relu(3, 0) + h1 = (6, 0).
    # x = -1: h1 = relu(-1, 2) = (0, 2), h2 = relu(0, -2) + h1 = (0, 2).
    found = jax.jit(residual.predict)(params, jnp.asarray([[3.0], [-1.0]], dtype))
    np.testing.assert_allclose(found, [[6.0], [20.0]])
    np.testing.assert_allclose(jax.jit(residual.apply)(params, jnp.asarray([3.0], dtype)), [6.0])
    assert found.dtype == dtype


def test_layers_of_other_widths_add_nothing():
    rng = np.random.default_rng(0)
    params = tuple(
        mlp.Layer(*(jnp.asarray(rng.normal(size=shape), "float32") for shape in ((m, n), (n,))))
        for m, n in ((3, 5), (5, 4), (4, 2))
    )
    x = jnp.asarray(rng.normal(size=(6, 3)), "float32")
    predicts = (functools.partial(one, activation=jnp.tanh) for one in (mlp.predict, residual.predict))
    plain, added = (jax.jit(predict)(params, x) for predict in predicts)
    np.testing.assert_allclose(plain, added, rtol=1e-6)


def made_up(accuracy, spread=0.1):
    """Accuracies in percent by model, with networks spread around them by a standard deviation of so many points."""
    around = np.array([-1.0, 1.0, 0.0]) * spread / 100
    values = np.array([mean / 100 + around for mean in accuracy.values()])
    return xr.Dataset(
        {
            "accuracy": (("model", "seed"), values),
            "draw_accuracy": (("model", "draw", "draw_seed"), values[:, :, None]),
        },
        {"model": list(accuracy)},
    )


@pytest.mark.parametrize(
    ("accuracy", "spread", "answers", "outcome"),
    [
        ({"logistic": 31.8, "residual MLP": 64.7}, 0.1, "agrees agrees agrees differs", REPRODUCED),
        ({"logistic": 35.0, "residual MLP": 66.3}, 0.02, "differs differs differs differs", NOT_REPRODUCED),
        ({"logistic": 31.8, "residual MLP": 64.7}, 2.0, "cannot cannot cannot cannot", NOT_SETTLED),
    ],
)
def test_a_published_number_agrees_differs_or_cannot_tell(accuracy, spread, answers, outcome):
    data = made_up(accuracy | {"plain MLP": 65.0}, spread)
    found = published.table(data).answer
    assert [answer.split(" ")[0] for answer in found.values.tolist()] == [*answers.split(), ""]
    (row,) = judged.verdicts(published.STATEMENTS, data)
    assert (row["outcome"], row["n"]) == (outcome, 4)


def test_right_answers_are_counted():
    data = tasks.data(np.eye(2), np.eye(2), [[1.0, 0.0]] * 4, [[1.0, 0.0]] * 3 + [[0.0, 1.0]])
    assert float(published.right(None, data, lambda params, x: jnp.asarray(x))) == 0.75


def test_only_the_tuned_network_stops_where_the_authors_count_ends():
    steps = {model: published.settings(model, published.Config())["num_steps"] for model in published.MODELS}
    assert steps.pop(published.TUNED) == 6_000
    assert set(steps.values()) == {6_001}


def test_the_tuned_network_is_the_best_on_rows_that_are_held_out(monkeypatch):
    """The sweep is replaced: rate 0.05 is best after 10 steps."""
    calls = []

    def sweep(data, **how):
        nnjax.plan(data, **how)  # what is wrong with the settings is told
        calls.append((data, how["seeds"]))
        right = np.zeros((2, 1, len(how["seeds"]), 3))
        right[1, ..., 1], right[..., 0] = 0.9, 1  # no network may stop untrained
        names = {"learning_rate": how["learning_rate"], "weight_decay": how["weight_decay"], "seed": how["seeds"]}
        return xr.Dataset({"right": ((*names, "step"), right)}, names | {"step": [0, 10, 20]})

    monkeypatch.setattr(published.nnjax, "sweep", sweep)
    some = dataclasses.replace(TINY, rates=(1e-9, 0.05), decays=(0.5,), num_steps=20)
    x, y = np.arange(125.0)[:, None], np.eye(125)
    chosen = published.tuned(tasks.data(x, y, x, y), some)
    assert {name: chosen[name] for name in ("learning_rate", "weight_decay", "num_steps")} == {
        "learning_rate": 0.05, "weight_decay": 0.5, "num_steps": 10,
    }  # fmt: skip
    ((data, seeds),) = calls
    assert set(seeds).isdisjoint(range(some.first_seed, some.first_seed + some.seeds))
    assert (len(data.x), len(data.x_test)) == (100, 25)
    rows = np.concatenate([data.x, data.x_test])
    assert sorted(rows[:, 0]) == list(range(125))  # none is in both
    np.testing.assert_array_equal(np.concatenate([data.y, data.y_test]).argmax(axis=1), rows[:, 0])


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    data = published.run(dataclasses.replace(TINY, models=published.MODELS, rates=(0.003,), decays=(1.0,)))
    committed = results.load(claims.ROOT.parent / "results/wide_versus_deep/published/data.nc")
    assert {name: (one.dims, one.dtype.kind) for name, one in data.variables.items()} == {
        name: (one.dims, one.dtype.kind) for name, one in committed.variables.items()
    }
    assert dict(data.sizes) == {"model": 4, "seed": 2, "draw": 2, "draw_seed": 1}


def test_a_bad_setting_is_named():
    with pytest.raises(ValueError, match="record_every=10 must divide num_steps=25"):
        check(published, dataclasses.replace(TINY, num_steps=25))
