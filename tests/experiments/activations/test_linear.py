"""`activations.linear`: the task, the balanced start, times of crossing, and measures on times that are known."""

import dataclasses
import functools
import itertools
import math

import jax
import numpy as np
import pytest
import xarray as xr

from experiments.activations import linear, modes
from experiments.lab import claims, results
from experiments.lab import verdicts as judged
from nnjax import activations, mlp
from nnjax.theory import linear_networks
from tests.experiments.conftest import check

TINY = dataclasses.replace(
    linear.QUICK, layers=(1, 2), rates=(0.1,), xor_seeds=4, xor_steps=40, seeds=8, num_steps=400
)  # fmt: skip


def made(weak=1.0, balanced=1.0, plateau=1.0, right=3, seeds=20):
    """Depths 1 and 2 as in theory; the weakest mode of random starts, their plateau and the balanced start take so many
    times as long."""
    s, parts = np.array([4.0, 2.0, 1.0]), (0.1, 0.5, 0.9)
    reach = functools.partial(linear_networks.time_to_reach, start=linear.START)
    theory = np.array([[[reach(p * one, one, num_layers=n) for p in parts] for one in s] for n in (1, 2)])
    factors = np.linspace(0.999, 1.001, seeds)[None, :, None, None]
    random = theory[:, None] * factors * np.where(np.arange(3) == 2, weak, 1)[:, None]
    random[1, :, 0, 0] *= plateau
    most = np.full((2, 2, 1, seeds), right)
    most[1, 1] = 4
    return xr.Dataset(
        {
            "most_right": (("activation", "layers", "rate", "xor_seed"), most),
            "theory": (("layers", "mode", "part"), theory),
            "random_reached": (("layers", "random_seed", "mode", "part"), random),
            "balanced_reached": (("layers", "balanced_seed", "mode", "part"), balanced * theory[:, None]),
        },
        {"activation": ["linear", "tanh"], "layers": [1, 2], "mode": s, "part": list(parts)},
    )


@pytest.mark.parametrize(
    ("changed", "id", "outcome"),
    [
        ({}, "", judged.REPRODUCED),
        ({"right": 4}, "three rows of four", judged.NOT_REPRODUCED),
        ({"balanced": 1.06}, "balanced half-times", judged.NOT_REPRODUCED),
        ({"plateau": 0.1}, "plateaus", judged.NOT_REPRODUCED),
        ({"weak": 1.5}, "order of the modes", judged.NOT_REPRODUCED),
        ({"weak": np.inf}, "order of the modes", judged.NOT_REPRODUCED),
    ],
)
def test_every_statement_follows_the_data(changed, id, outcome):
    found = {row["id"]: row["outcome"] for row in judged.verdicts(linear.STATEMENTS, made(**changed))}
    assert found == {one: outcome if one == id else judged.REPRODUCED for one in found}
    assert len(found) == 4


def test_without_hidden_layers_nothing_is_said_of_them():
    found = judged.verdicts(linear.STATEMENTS, made().sel(layers=[1]))
    assert [row["id"] for row in found] == ["three rows of four", "balanced half-times"]


def test_rows_by_hand():
    assert linear.rows_right(np.array([-1.0, 1.0, 1.0, -1.0])) == 4
    assert linear.rows_right(np.array([-1e-7, 1.0, 1.0, 1.0])) == 2  # the first is rounding


@pytest.mark.parametrize("layers", [1, 2, 8])
def test_a_network_of_linear_layers_is_one_affine_map(layers):
    rng, sizes = np.random.default_rng(0), (2, *[4] * (layers - 1), 1)
    params = tuple(
        mlp.Layer((rng.normal(size=pair) / np.sqrt(pair[0])).astype("float32"), np.zeros(pair[1], "float32"))
        for pair in itertools.pairwise(sizes)
    )
    x, y = rng.uniform(-3, 3, (2, 20, 2)).astype("float32")

    def bend(f):
        """How far outputs on a line between two points are from the line between their outputs, at most."""
        outputs = functools.partial(mlp.predict, params, activation=f)
        return np.abs(outputs((x + y) / 2) - (outputs(x) + outputs(y)) / 2).max()

    assert bend(activations.identity) < 1e-5
    assert layers == 1 or bend(activations.tanh) > 1e-3


def test_the_task_is_whitened_and_the_balanced_start_is_aligned():
    data, (v, u) = modes.whitened((4.0, 2.0, 1.0)), modes.singular_vectors()
    np.testing.assert_allclose(data.x.T @ data.x / len(data.x), np.eye(3), atol=1e-12)
    np.testing.assert_allclose([data.x.mean(axis=0), data.y.mean(axis=0)], 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.svd(data.x.T @ data.y / len(data.x))[1], [4, 2, 1])
    params = modes.balanced(jax.random.key(0), (3, 8, 8, 3), dtype=np.float32, init_scale=0.1)
    np.testing.assert_allclose(modes.strengths(params, data), 1e-3, rtol=1e-5)
    product = params[0].w @ params[1].w @ params[2].w
    np.testing.assert_allclose(product, 1e-3 * v @ u.T, atol=1e-8)
    for one, then in itertools.pairwise(params):
        np.testing.assert_allclose(one.w.T @ one.w, then.w @ then.w.T, atol=1e-8)  # balanced


@pytest.mark.parametrize("layers", [1, 3])
def test_random_starts_have_modes_of_either_sign_and_the_root_mean_square_of_the_docstring(layers):
    init = functools.partial(mlp.init, sizes=(3, *[8] * (layers - 1), 3), init_scale=linear.START ** (1 / layers))
    strengths = jax.jit(jax.vmap(lambda key: modes.strengths(init(key), None)))
    found = np.asarray(strengths(jax.random.split(jax.random.key(0), 4_000)))
    assert np.sqrt((found**2).mean()) == pytest.approx(linear.START / math.sqrt(3), rel=0.05)
    assert 0.45 < (found < 0).mean() < 0.55


def test_a_crossing_lies_between_records():
    times, curves = np.array([0.0, 1.0, 3.0]), np.array([[0.0, 1.0, 3.0], [0.0, 0.0, 0.5], [2.0, 2.0, 2.0]])
    np.testing.assert_allclose(modes.crossing(times, curves, np.array([2.0, 1.0, 1.0])), [2.0, np.inf, 0.0])


def test_settings_that_make_no_sense_are_refused():
    for changed in ({"singular_values": (1.0, 2.0, 4.0)}, {"layers": (2,)}, {"num_steps": 401}):
        with pytest.raises(ValueError, match=next(iter(changed))):
            check(linear, dataclasses.replace(TINY, **changed))


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    data = linear.run(TINY)
    committed = results.load(claims.ROOT.parent / "results/activations/linear/data.nc")
    assert {name: one.dims for name, one in data.variables.items()} == {
        name: one.dims for name, one in committed.variables.items()
    }
    assert data.least_loss.sel(activation="linear").min() > math.log(2) - 1e-6  # Jensen's inequality, but for rounding
    assert np.abs(data.balanced_reached / data.theory - 1).sel(part=0.5).max() < 0.1
    assert linear.table(data).sizes == {"layers": 2}
