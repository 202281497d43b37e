"""`activations.linear`: the data, the balanced start, times of crossing, and rules that can fail."""

import dataclasses
import functools
import itertools

import jax
import numpy as np
import pytest
import xarray as xr

from experiments.activations.linear import config, modes, summary, verdicts, xor
from experiments.activations.linear.config import START
from experiments.lab.verdicts import check_verdicts
from nnjax import activations, mlp, statistics
from nnjax.theory import linear_networks

TINY = dataclasses.replace(
    config.QUICK, layers=(1, 2), rates=(0.1,), xor_seeds=4, xor_steps=40, seeds=8, num_steps=400
)  # fmt: skip


def made(times=1.0, weak=1.0, balanced=1.0, plateau=1.0, loss=0.6932, right=3, tanh=4, seeds=20, spread=0.001):
    """Depths 1 and 2: random starts take `times` the time of theory, and their weakest mode `weak` times that."""
    s = np.array([4.0, 2.0, 1.0])
    theory = np.array(
        [
            [[linear_networks.time_to_reach(part * one, one, START, n) for part in (0.1, 0.5, 0.9)] for one in s]
            for n in (1, 2)
        ]
    )
    spread = np.linspace(1 - spread, 1 + spread, seeds)[None, :, None, None]
    random = times * theory[:, None] * spread * np.where(np.arange(3) == 2, weak, 1)[:, None]
    random[1, :, 0, 0] *= plateau
    dims, one = ("activation", "layers", "rate", "xor_seed"), np.ones((2, 2, 1, seeds))
    most = one * right
    most[1, 1] = tanh
    return xr.Dataset(
        {
            "least_loss": (dims, one * loss),
            "most_right": (dims, most),
            "theory": (("layers", "mode", "part"), theory),
            "random_reached": (("layers", "random_seed", "mode", "part"), random),
            "balanced_reached": (("layers", "balanced_seed", "mode", "part"), balanced * theory[:, None]),
        },
        {"activation": ["linear", "tanh"], "layers": [1, 2], "rate": [0.1], "mode": s, "part": [0.1, 0.5, 0.9]},
    )


def outcomes(**changed):
    found = verdicts.verdicts(made(**changed))
    check_verdicts(found, verdicts.statements(TINY))
    return {v.id: v.outcome for v in found}


def test_data_as_theory_has_them_reproduce_everything():
    assert set(outcomes().values()) == {"reproduced"}
    assert len(verdicts.table(made())) == 2 * (4 + 1 + 6)


@pytest.mark.parametrize(
    ("changed", "claim", "outcome"),
    [
        ({"loss": 0.6}, "never below ln 2", "not reproduced"),
        ({"right": 4}, "three rows of four", "not reproduced"),
        ({"tanh": 3}, "tanh solves it", "not reproduced"),
        ({"balanced": 1.06}, "balanced half-times", "not reproduced"),
        ({"plateau": 0.1}, "plateaus", "partly"),
        ({"times": 1.5}, "random half-times", "not reproduced"),
        ({"times": np.nextafter(1.25, 0)}, "random half-times", "not settled"),
        ({"weak": 1.5}, "order of the modes", "not reproduced"),
        ({"weak": np.inf}, "order of the modes", "not reproduced"),
    ],
)
def test_every_rule_can_fail(changed, claim, outcome):
    assert outcomes(**changed)[claim] == outcome


def test_rows_by_hand():
    assert xor.rows_right(np.array([-1.0, 1.0, 1.0, -1.0])) == 4
    assert xor.rows_right(np.array([-1e-7, 1.0, 1.0, 1.0])) == 2  # the first is rounding


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
def test_random_starts_have_modes_of_either_sign_and_the_root_mean_square_that_is_told(layers):
    init = functools.partial(mlp.init, sizes=(3, *[8] * (layers - 1), 3), init_scale=START ** (1 / layers))
    strengths = jax.jit(jax.vmap(lambda key: modes.strengths(init(key), None)))
    found = np.asarray(strengths(jax.random.split(jax.random.key(0), 4_000)))
    assert np.sqrt((found**2).mean()) == pytest.approx(summary.RANDOM_START, rel=0.05)
    assert 0.45 < (found < 0).mean() < 0.55


def test_intervals_are_declared_at_the_level_at_which_they_are_computed():
    data = made(spread=0.2)
    found = {v.id: v for v in verdicts.verdicts(data)}["random half-times"]
    ratios = (summary.over_theory(data, layers, 0) for layers in (1, 2))
    computed = [statistics.bootstrap(one, confidence=found.level, num_resamples=1_999) for one in ratios]
    assert (found.measured, found.low, found.high) in computed
    assert found.low < found.high


def test_a_crossing_lies_between_records():
    times, curves = np.array([0.0, 1.0, 3.0]), np.array([[0.0, 1.0, 3.0], [0.0, 0.0, 0.5], [2.0, 2.0, 2.0]])
    np.testing.assert_allclose(modes.crossing(times, curves, np.array([2.0, 1.0, 1.0])), [2.0, np.inf, 0.0])


def test_settings_that_make_no_sense_are_refused():
    for changed in ({"singular_values": (1.0, 2.0, 4.0)}, {"layers": (2,)}, {"num_steps": 401}):
        with pytest.raises(ValueError, match=next(iter(changed))):
            config.check(dataclasses.replace(TINY, **changed))


@pytest.mark.slow
def test_networks_are_followed_and_drawn(redrawn):
    from experiments.activations.linear import run

    data = run.run(TINY)
    assert float(data.least_loss.sel(activation="linear").min()) > 0.693
    assert float(np.abs(data.balanced_reached / data.theory - 1).sel(part=0.5).max()) < 0.1
    assert redrawn("activations.linear", data, TINY) == ["half_times", "modes", "xor"]
