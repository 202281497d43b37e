"""Stuck networks: kinds of failure, points of the loss surface that are known, and a tiny run."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import verdicts
from experiments.xor import failures, stuck
from experiments.xor.stuck import ALL_AT_HALF, OTHER, SOLVED, THREE_AT_THIRD, THREE_RIGHT, TWO_AT_HALF
from nnjax import mlp, tasks

DEAD = [-1.0, -1, -1, -1, -1, -1, 0.3, -0.2, 0.5]  # both hidden units off on every row, output 1/2
CREST = [0.5, -0.5, 0.5, -0.5, 0, 0, 0, 0, 0.5]  # one unit alive, but the output weights are zero: a saddle


@pytest.fixture
def made():
    """Made up, as far as measures and table need it: all stuck with two outputs at 1/2, and all still move."""
    dims = {"setting": 2, "checkpoint": 3, "seed": 40}
    values = {
        "kind": ("setting checkpoint seed", TWO_AT_HALF), "gradient": ("setting seed", 1e-3), "rate": ("setting", 0.5),
        "loss_fall": ("setting seed", 1.0), "newton_step": ("setting seed", 5.0), "at_end": ("setting", False),
        "least_eigenvalue": ("setting seed", 0.0), "greatest_fall": ("setting seed", 0.0),
        "dead_units": ("setting seed", 0),
    }  # fmt: skip
    return xr.Dataset(
        {name: (d.split(), np.full([dims[one] for one in d.split()], value)) for name, (d, value) in values.items()},
        {"setting": [failures.SIGMOID, failures.RELU], "checkpoint": list(failures.CHECKPOINTS)},
    )


def outcomes(data: xr.Dataset) -> dict[str, str]:
    return {row["id"]: row["outcome"] for row in verdicts(failures.STATEMENTS, data)}


def test_parameters_are_flattened_and_restored_in_the_same_order():
    rng = np.random.default_rng(0)
    arrays = (jnp.asarray(rng.normal(size=shape), "float32") for shape in ((2, 2), (2,), (2, 1), (1,)))
    params = tuple(mlp.Layer(w, b) for w, b in itertools.batched(arrays, 2))
    flat = stuck.parameters(params, tasks.xor())
    assert all(jax.tree.leaves(jax.tree.map(np.array_equal, stuck.network(flat), params)))
    weights = sum(np.abs(layer.w).sum() for layer in params)
    np.testing.assert_allclose(stuck.sum_of_weights(np.asarray(flat)), weights, rtol=1e-6)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ((0.1, 0.9, 0.9, 0.1), SOLVED),
        ((0.5, 0.52, 0.48, 0.5), ALL_AT_HALF),
        ((0.01, 0.99, 0.5, 0.5), TWO_AT_HALF),
        ((0.5, 0.5, 1.0, 0.0), TWO_AT_HALF),
        ((0.99, 0.01, 0.5, 0.5), OTHER),
        ((0.0, 0.66, 0.67, 0.66), THREE_AT_THIRD),
        ((0.33, 1.0, 0.33, 0.34), THREE_AT_THIRD),
        ((0.0, 1.0, 1.0, 0.95), THREE_RIGHT),
        ((0.25, 0.75, 0.4, 0.6), OTHER),
    ],
)
def test_kinds_of_stuck_outputs(outputs, expected):
    outputs = np.array(outputs)
    fails = np.abs(outputs - tasks.xor().y[:, 0]).max() > 0.4
    assert stuck.kind(outputs, fails) == expected


def test_a_dead_relu_network_is_a_flat_minimum_and_a_saddle_is_none():
    with jax.enable_x64(True):
        surface = stuck.LossSurface(tasks.xor(), "relu", "identity")
        flat = np.array([DEAD, CREST])
        found = surface.curvature(flat)
        _, loss, gradient = surface.evaluate(flat[:, None])
    np.testing.assert_allclose(loss, 0.25)
    np.testing.assert_allclose(gradient, 0, atol=1e-16)
    np.testing.assert_array_equal(found["dead_units"], [2, 1])
    assert found["newton_step"][1] == np.inf
    data = xr.Dataset(
        {name: ("seed", values) for name, values in found.items()} | {"gradient": ("seed", gradient[:, 0])}
    )
    assert failures.flat_minimum(data).values.tolist() == [True, False]


def test_the_newton_step_is_zero_at_a_finite_minimum_and_long_on_the_way_to_infinity():
    with jax.enable_x64(True):
        surface = stuck.LossSurface(tasks.xor(), "sigmoid", "sigmoid")
        # Two units that compute OR and AND and solve XOR: better ever further out.
        far = np.array([9.0, 9, 9, 9, -4, -13, 9, -9, -4])
        near = stuck.LossSurface(
            tasks.xor()._replace(y=np.asarray(jax.jit(surface.outputs)(far))[:, None]), "sigmoid", "sigmoid"
        )
        steps = [a.curvature(far[None])["newton_step"][0] for a in (surface, near)]
    assert steps[0] > 1
    assert steps[1] == np.inf or steps[1] < 1e-6


def test_one_network_near_a_minimum_refutes_the_theorem(made):
    assert outcomes(made)["no_finite_minimum"] == "reproduced"
    for name, value in (("gradient", 1e-10), ("loss_fall", 0.0), ("newton_step", 0.5)):
        one = made.assign({name: made[name].where(made.seed > 0, value)})
        assert outcomes(one)["no_finite_minimum"] == "not reproduced", name
    saddle = made.assign(newton_step=made.newton_step * 0, least_eigenvalue=made.least_eigenvalue - 1e-6)
    assert outcomes(saddle)["no_finite_minimum"] == "reproduced"


def test_outcomes_follow_the_data(made):
    assert outcomes(made) == {
        "no_finite_minimum": "reproduced", "only_slow": "not reproduced", "two_at_half": "reproduced",
        "relu_flat_minima": "not reproduced",
    }  # fmt: skip
    last = made.checkpoint == failures.CHECKPOINTS[-1]
    left = made.assign(kind=made.kind.where(~last | (made.seed > 30), SOLVED))
    assert outcomes(left)["only_slow"] == "reproduced"
    assert failures.table(left)["left"].sel(setting=failures.SIGMOID).values.tolist()[1:] == [0, 31]
    flat = made.assign(gradient=made.gradient * 0)
    assert outcomes(flat)["relu_flat_minima"] == "reproduced"
    assert outcomes(flat.assign(at_end=~made.at_end))["relu_flat_minima"] == "not settled"
    assert outcomes(made.assign(kind=made.kind * 0 + SOLVED)) == {}  # nobody is stuck


@pytest.mark.slow
def test_a_tiny_run_counts_every_network():
    data = failures.run(failures.Config(seeds=20, tuning_seeds=4))
    table = failures.table(data)
    kinds = sum(table[name] for name in stuck.KINDS[1:])
    np.testing.assert_array_equal(kinds / 20, table.stuck)
    assert table.rate.values.tolist()[0] == 0.5
    np.testing.assert_array_equal(data.num_stuck.sel(epoch=data.checkpoint.values), kinds)
    assert len(outcomes(data)) == 4
