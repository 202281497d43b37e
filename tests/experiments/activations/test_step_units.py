"""`activations.step_units`: gradients of steps, a gain that rises, how rates are chosen, and what one way adds."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr

from experiments.activations import step_units, trainable_steps
from experiments.activations.step_units import CLIPPED, OUTPUT, SMOOTH, THROUGH
from experiments.lab import claims, results
from experiments.lab import verdicts as judged
from experiments.lab.estimates import LEVEL
from nnjax import activations, mlp, tasks
from tests.experiments.conftest import check

XOR = tasks.xor()


@pytest.fixture(scope="module")
def params():
    rng = np.random.default_rng(3)
    w, b, v, c = (jnp.asarray(rng.normal(size=shape), "float32") for shape in ((2, 5), (5,), (5, 1), (1,)))
    return mlp.Layer(w, b), mlp.Layer(v, c)


def test_gradient_descent_trains_only_the_output_layer_of_a_network_of_steps(params):
    def loss(params):
        outputs = mlp.predict(params, XOR.x, activation=activations.step)
        return jnp.mean(optax.sigmoid_binary_cross_entropy(outputs, XOR.y))

    hidden, output = jax.jit(jax.grad(loss))(params)
    assert not np.any(hidden.w)
    assert not np.any(hidden.b)
    assert np.any(output.w)


def test_the_two_estimators_step_forwards_and_pass_a_gradient_backwards():
    z = jnp.array([-2.0, -0.5, 0.0, 0.5, 2.0])
    for f, slope in ((trainable_steps.straight_through, [1, 1, 1, 1, 1]), (trainable_steps.clipped, [0, 1, 1, 1, 0])):
        np.testing.assert_array_equal(f(z), [0, 0, 0, 1, 1])
        np.testing.assert_array_equal(jax.vmap(jax.grad(f))(z), slope)


def test_a_gain_rises_in_equal_ratios_and_cuts_into_the_same_steps(params):
    steep = {"layers": params, "gain": jnp.ones(())}
    solver, adam = trainable_steps.rising_gain(0.01, final_gain=16.0, gain_steps=4.0), optax.adam(0.01)
    state, own = solver.init(steep), adam.init(params)
    gains = []

    @jax.jit
    def step(steep, state, params, own):
        grad = jax.tree.map(jnp.ones_like, steep)
        updates, state = solver.update(grad, state, steep)
        moved, own = adam.update(grad["layers"], own, params)
        return optax.apply_updates(steep, updates), state, optax.apply_updates(params, moved), own

    for _ in range(5):
        steep, state, params, own = step(steep, state, params, own)
        gains.append(float(steep["gain"]))
    np.testing.assert_allclose(gains, [2, 4, 8, 16, 16], rtol=1e-6)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), steep["layers"], params)
    x = jnp.array([0.2, -0.7])
    how = {"activation": jax.nn.sigmoid, "output_activation": activations.identity}
    (w, b), last = steep["layers"]
    by_hand = mlp.apply((mlp.Layer(16 * w, 16 * b), last), x, **how)
    np.testing.assert_allclose(trainable_steps.STEEP.apply(steep, x, **how), by_hand, rtol=1e-5)
    assert trainable_steps.cut_error(steep, XOR) == trainable_steps.cut_error(steep["layers"], XOR)


def test_of_rates_within_a_standard_error_the_middle_one_is_taken():
    rates = {"learning_rate": [0.01, 0.1, 1.0, 10.0, 100.0]}
    share = xr.DataArray([[0.1, 0.49, 0.48, 0.5, 0.5], [0.1, 0.2, 0.3, 0.4, 0.9]], dims=("task", "learning_rate"))
    found = step_units.near_the_middle(share.assign_coords(rates), 200, "learning_rate")
    np.testing.assert_allclose(found.best["learning_rate"], [1.0, 100.0])
    np.testing.assert_array_equal(found.at_end["learning_rate"], [0, 1])


def made(shares, seeds=1000):
    """As if measured: the first seeds of every way solve XOR, in these shares of them [width] with one coding."""
    ways = [OUTPUT, THROUGH, CLIPPED, SMOOTH]
    solved = np.arange(seeds) < seeds * np.array(shares)[..., None, None]
    dims = ("way", "width", "coding")
    return xr.Dataset(
        {
            "solved": ((*dims, "seed"), solved),
            "tuning_success": ((*dims, "rate"), solved.mean(axis=-1, keepdims=True) * [0.5, 1.0]),
            "at_end": (dims, np.zeros(solved.shape[:-1], bool)),
        },
        {"way": ways, "width": [2, 4], "coding": ["0 and 1"], "rate": [0.1, 1.0]},
    )


def test_sigmoids_are_held_against_the_best_way_of_steps_in_each_setting():
    data = made([[0.1, 0.2], [0.3, 0.2], [0.2, 0.6], [0.5, 0.7]])
    found = step_units.sigmoid_adds(data, LEVEL)
    assert found is not None
    assert found.value == pytest.approx((0.2 + 0.1) / 2)
    np.testing.assert_allclose(found.part_value.values.ravel(), [0.2, 0.1])
    clipped = step_units.clipped_adds(data, LEVEL)
    assert clipped is not None
    assert clipped.value == pytest.approx((0.1 + 0.4) / 2)
    assert step_units.sigmoid_adds(data.sel(way=[OUTPUT, CLIPPED]), LEVEL) is None
    assert step_units.clipped_adds(data.sel(way=[OUTPUT, SMOOTH]), LEVEL) is None
    outcomes = [row["outcome"] for row in judged.verdicts(step_units.STATEMENTS, data)]
    assert outcomes == [judged.REPRODUCED] * 2
    worse = made([[0.1, 0.2], [0.3, 0.2], [0.05, 0.1], [0.2, 0.1]])
    outcomes = [row["outcome"] for row in judged.verdicts(step_units.STATEMENTS, worse)]
    assert outcomes == [judged.NOT_REPRODUCED] * 2


def test_an_end_of_a_grid_leaves_open_what_it_could_change():
    for way, sides in ((SMOOTH, [1, 1]), (CLIPPED, [1, 0])):
        data = made([[0.1, 0.2], [0.3, 0.2], [0.2, 0.6], [0.5, 0.7]])
        data["at_end"] = data.at_end | (data.way == way)
        rule, measure = step_units.STATEMENTS[0].rule, partial(step_units.sigmoid_adds, data)
        found = judged.certainly(rule, measure)
        assert found.ravel().tolist() == sides


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    tiny = dataclasses.replace(step_units.QUICK, tuning_seeds=10, seeds=400, num_steps=100, gains=(1.0, 2.0, 8.0))
    data = step_units.run(tiny)
    committed = results.load(claims.ROOT.parent / "results/activations/step_units/data.nc")
    assert {name: one.dims for name, one in data.variables.items()} == {
        name: one.dims for name, one in committed.variables.items()
    }
    share, exact = data.solved.sel(way=OUTPUT).mean().item(), data.exact.item()
    assert share == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 400))
    assert step_units.table(data).sizes == {"way": 5, "width": 1, "coding": 1}


def test_ways_need_the_one_with_which_they_are_compared():
    with pytest.raises(ValueError, match="ways="):
        check(step_units, dataclasses.replace(step_units.QUICK, ways=(THROUGH, SMOOTH)))
