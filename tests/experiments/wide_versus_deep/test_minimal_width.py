"""Minimal width: topology against sets whose answer is known, measures of made-up networks, and a tiny run."""

import dataclasses
import functools

import jax
import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import verdicts
from experiments.wide_versus_deep import minimal_width, topology
from nnjax import activations, mlp
from tests.experiments.conftest import check

TINY = dataclasses.replace(
    minimal_width.QUICK, inputs=(2, 3), activations=("relu", "tanh"), wider=(-2, 0, 1), seeds=(4, 2), nodes=(41, 21),
    num_steps=50, tuning_seeds=1,
)  # fmt: skip


GRID = topology.whole(2, 51)
NODES = GRID.nodes().astype("float32")


def packed(*parts):
    return np.concatenate([np.ravel(part) for part in parts]).astype(float)


def judged(flat, sizes, activation="relu", levels=6):
    return topology.judge(flat, sizes, activation, GRID, NODES, minimal_width.BALL, levels)


def diamond(reach, gap=0.0):
    """1 - |x|/reach - |y|/reach by four ReLUs; with a gap, the fourth forgets so much of y < 0: a way out below."""
    w = [[1, -1, 0, 0], [0, 0, 1, -1]]
    last = [[-1 / reach], [-1 / reach], [-1 / reach], [-(1 - gap) / reach]]
    return packed(w, np.zeros(4), last, [1.0])


def channel(width):
    """An endless strip |y| < 1/2 to the left of x = 1, and behind it one of the given width: relu units of x and y."""
    # 1/2 - |y| - (1/2 - width/2) min(relu(x - 1) * 4, 1)
    w = [[0, 0, 1, 1], [1, -1, 0, 0]]
    shrink = (0.5 - width / 2) * 4
    return packed(w, [0, 0, -1, -1.25], [[-1], [-1], [-shrink], [shrink]], [0.5])


def test_a_diamond_is_closed_and_a_strip_is_open():
    assert judged(diamond(1.0), (2, 4, 1)) == (True, True, True)
    assert judged(diamond(1.0, gap=1.0), (2, 4, 1)) == (False, False, True)  # open downwards, as wide as the diamond


@pytest.mark.parametrize("width", [0.02, 0.0007])
def test_a_way_out_thinner_than_the_grid_is_found(width):
    # Shifted by an irrational part of a step, so that no node of the first grid lies in the corridor.
    flat = channel(width)
    w, b = flat[:8].reshape(2, 4), flat[8:12] + np.array([0.0317, -0.0317, 0, 0])
    w, last = np.column_stack([w, [-1, 0]]), np.append(flat[12:16], -5)
    found = judged(packed(w, np.append(b, -1), last, [flat[16]]), (2, 5, 1))
    assert found == (False, True, True)


def test_a_set_that_misses_the_ball_or_is_everything_is_not_closed():
    assert not judged(packed([[0.0], [0.0]], [0.0], [[0.0]], [1.0]), (2, 1, 1)).closed
    assert judged(packed([[0.0], [0.0]], [0.0], [[0.0]], [-1.0]), (2, 1, 1)) == (False, False, False)


@pytest.mark.parametrize("activation", sorted(topology.ACTIVATIONS))
def test_outputs_are_those_of_mlp(activation):
    rng = np.random.default_rng(0)
    params = tuple(mlp.Layer(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in ((2, 3), (3, 3), (3, 1)))
    x = rng.normal(size=(20, 2))
    flat = np.asarray(jax.jit(minimal_width.weights)(params, None))
    said = topology.outputs(flat, (2, 3, 3, 1), activation, x)
    predict = jax.jit(functools.partial(mlp.predict, activation=activations.get(activation)))
    expected = np.asarray(predict(params, x))[:, 0]
    np.testing.assert_allclose(said, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", sorted(topology.ACTIVATIONS))
def test_no_network_is_steeper_than_its_bound(activation):
    rng = np.random.default_rng(1)
    flat, sizes = rng.normal(size=mlp.num_params((2, 5, 5, 1))), (2, 5, 5, 1)
    x = rng.normal(size=(400, 2))
    values = topology.outputs(flat, sizes, activation, x)
    rise = np.abs(values[:, None] - values) / np.maximum(np.linalg.norm(x[:, None] - x, axis=2), 1e-9)
    assert (
        0.1 * topology.slope_bound(flat, sizes, activation)
        < rise.max()
        <= topology.slope_bound(flat, sizes, activation)
    )
    z = np.linspace(-6, 6, 2001)
    assert np.gradient(topology.ACTIVATIONS[activation](z.copy()), z).max() <= topology.SLOPES[activation] + 1e-9


def test_the_saddle_is_the_lowest_place_of_the_highest_path():
    value = np.array([[9.0, 1, 8], [9, 5, 8], [9, 0, 8], [2, 6, 7]])
    start, goal = np.zeros((2, 4, 3), bool)
    start[0, 0] = goal[0, 2] = True
    assert topology.saddle(value, start, goal) == 5


@pytest.fixture
def made():
    """Made up: networks of eight tunings, of which half enclose the ball where layers are wider than their inputs."""
    dims, shape = ("inputs", "activation", "depth", "wider", "seed"), (1, 2, 2, 2, 24)
    closed = np.zeros(shape, "int8")
    closed[..., 1, ::2] = 1
    return xr.Dataset(
        {
            "closed": (dims, closed), "tuning_of": (("inputs", "seed"), np.arange(24)[None] // 3),
            "rate_at_edge": ((*dims[:-1], "tuning"), np.zeros((*shape[:-1], 8), "int8")),
        },
        {"inputs": [2], "activation": ["relu", "sin"], "depth": [2, 8], "wider": [0, 1], "seed": range(24)},
    )  # fmt: skip


def outcomes(data: xr.Dataset) -> list[str]:
    return [row["outcome"] for row in verdicts(minimal_width.STATEMENTS, data)]


def test_outcomes_follow_the_data(made):
    assert outcomes(made) == ["reproduced", "reproduced"]
    narrow = made.copy(deep=True)
    narrow.closed.loc[{"wider": 0, "activation": "sin"}] = 1  # for which theory does not say so
    assert outcomes(narrow)[0] == "reproduced"
    narrow.closed.loc[{"wider": 0, "activation": "relu", "seed": 3, "depth": 8}] = 1
    assert outcomes(narrow)[0] == "not reproduced"
    none = made.assign(closed=made.closed * 0)
    assert outcomes(none)[1] == "not reproduced"
    assert outcomes(none.assign(rate_at_edge=made.rate_at_edge + 1))[1] == "not settled"


@pytest.mark.slow
def test_a_tiny_run_is_judged_and_tabulated():
    data = minimal_width.run(TINY)
    assert dict(data.closed.sizes) == {"inputs": 2, "activation": 2, "depth": 1, "wider": 3, "seed": 4}
    assert (data.closed.sel(inputs=2, wider=-2) == -1).all()  # no layer has no neuron
    assert (data.closed.sel(inputs=3, seed=[2, 3]) == -1).all()
    assert data.tuning_of.values.tolist() == [[0, 0, 1, 1], [0, 1, -1, -1]]
    assert np.isin(data.rate.sel(wider=[0, 1]), TINY.rates).all()
    assert outcomes(data)[0] == "reproduced"
    rows = minimal_width.table(data)
    assert rows.value.notnull().sum() == 2 * (2 * 2 + 3 * 2)  # with each depth alone and all together


def test_points_lie_in_the_ball_and_in_the_ring():
    for d in (2, 3):
        x, y = minimal_width.annulus(d, 400, 0)
        radius = np.linalg.norm(x, axis=1)
        assert y.sum() == 200
        assert (radius[y[:, 0] == 1] <= minimal_width.BALL).all()
        assert ((radius[y[:, 0] == 0] >= 0.75) & (radius[y[:, 0] == 0] <= 1.25)).all()


@pytest.mark.parametrize(
    "change",
    [
        {"seeds": (4,)},
        {"nodes": (41,)},
        {"seeds": (4, 3)},
        {"wider": (0, 2)},
        {"shown_depth": 4},
        {"depths": (99,), "shown_depth": 99},  # too many parameters
    ],
)
def test_a_bad_setting_is_named(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        check(minimal_width, dataclasses.replace(TINY, **change))
