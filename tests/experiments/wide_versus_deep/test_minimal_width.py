"""`wide_versus_deep.minimal_width`: topology by hand-made networks, verdicts that can say no, figures from data."""

import dataclasses
import functools

import jax
import numpy as np
import pytest
import scipy
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.wide_versus_deep.minimal_width import config, run, summary, topology, verdicts
from nnjax import activations, mlp, statistics

GRID = topology.whole(2, 51)
NODES = GRID.nodes().astype("float32")


def packed(*parts):
    return np.concatenate([np.ravel(part) for part in parts]).astype(float)


def judged(flat, sizes, activation="relu", levels=6):
    return topology.judge(flat, sizes, activation, GRID, NODES, config.BALL, levels)


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
    assert judged(diamond(1.0), (2, 4, 1)) == (True, True, True, pytest.approx(np.nan, nan_ok=True))
    found = judged(diamond(1.0, gap=1.0), (2, 4, 1))  # open downwards, as wide as the diamond
    assert not found.closed
    assert found.corridor > 0.8


@pytest.mark.parametrize("width", [0.8, 0.4])
def test_the_corridor_is_as_wide_as_it_is(width):
    # The other way out, to the left, must be shut: |y| < 1/2 for x > -1 alone.
    flat = channel(width)
    w, b = flat[:8].reshape(2, 4), flat[8:12]
    last, bias = flat[12:16], flat[16]
    w = np.column_stack([w, [-1, 0]])
    found = judged(packed(w, np.append(b, -1), np.append(last, -5), [bias]), (2, 5, 1))
    assert not found.seemed
    assert found.corridor == pytest.approx(width, abs=2 * GRID.step)


@pytest.mark.parametrize("width", [0.02, 0.0007])
def test_a_way_out_thinner_than_the_grid_is_found(width):
    # Shifted by an irrational part of a step, so that no node of the first grid lies in the corridor.
    flat = channel(width)
    w, b = flat[:8].reshape(2, 4), flat[8:12] + np.array([0.0317, -0.0317, 0, 0])
    w, last = np.column_stack([w, [-1, 0]]), np.append(flat[12:16], -5)
    found = judged(packed(w, np.append(b, -1), last, [flat[16]]), (2, 5, 1))
    assert found.seemed
    assert not found.closed
    assert found.corridor <= GRID.step / 8


def test_a_set_that_misses_the_ball_or_is_everything_is_not_closed():
    assert not judged(packed([[0.0], [0.0]], [0.0], [[0.0]], [1.0]), (2, 1, 1)).closed
    nothing = judged(packed([[0.0], [0.0]], [0.0], [[0.0]], [-1.0]), (2, 1, 1))
    assert (nothing.closed, nothing.seemed, nothing.holds) == (False, False, False)
    assert np.isnan(nothing.corridor)


@pytest.mark.parametrize("activation", sorted(topology.ACTIVATIONS))
def test_outputs_are_those_of_mlp(activation):
    rng = np.random.default_rng(0)
    params = tuple(mlp.Layer(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in ((2, 3), (3, 3), (3, 1)))
    x = rng.normal(size=(20, 2))
    flat = np.asarray(jax.jit(run.weights)(params, None))
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
    assert topology.saddle(value, start, goal) == (5.0, (1, 1))


@pytest.mark.parametrize("d", [2, 3])
def test_points_lie_in_the_ball_and_in_the_ring(d):
    x, y = run.annulus(d, 400, 0)
    radius = np.linalg.norm(x, axis=1)
    assert radius[y[:, 0] == 1].max() <= config.BALL
    assert config.RING[0] <= radius[y[:, 0] == 0].min()
    assert radius[y[:, 0] == 0].max() <= config.RING[1]
    # Evenly over the volume: half of the ball's points within the radius that halves it.
    assert np.mean(radius[y[:, 0] == 1] < config.BALL * 0.5 ** (1 / d)) == pytest.approx(0.5, abs=0.1)


TUNINGS = 4


def synthetic(leaks=0, closed_at_d=0.5, enough=0.6, accuracy=0.97, narrower=0.5, seeds=20):
    """As if measured: ReLU and sine, two inputs, so many ReLU networks of width 2 closed, and so on."""
    shape = (1, 2, 2, 2, seeds)  # inputs, activation, depth, wider, seed
    closed = np.zeros(shape, "int8")
    closed[0, 0, 0, 0, :leaks] = 1
    closed[0, 1, :, 0, : round(closed_at_d * seeds)] = 1
    closed[0, :, :, 1, : round(enough * seeds)] = 1
    corridor = np.full(shape, np.nan, "float32")
    corridor[0, :, :, 0] = 0.4 * np.linspace(0.8, 1.2, seeds)
    corridor[0, :, 1, 0] = narrower * corridor[0, :, 1, 0, ::-1]
    dims = ("inputs", "activation", "depth", "wider", "seed")
    by_tuning, rng = (*dims[:4], "tuning"), np.random.default_rng(0)
    return xr.Dataset(
        {
            "closed": (dims, closed), "seemed": (dims, closed), "holds": (dims, np.ones_like(closed)),
            "corridor": (dims, corridor),
            "accuracy": (dims, np.full(shape, accuracy, "float32")),
            "rate": (by_tuning, np.full((*shape[:4], TUNINGS), 0.01)),
            "rate_at_edge": (by_tuning, np.zeros((*shape[:4], TUNINGS), "int8")),
            "tuning_of": (("inputs", "seed"), np.arange(seeds)[None] % TUNINGS),
            "shown_weights": (("activation", "shown_wider", "parameter"), rng.normal(size=(2, 2, config.MOST))),
            "shown_seed": (("activation", "shown_wider"), np.zeros((2, 2), int)),
        },
        {"inputs": [2], "activation": ["relu", "sin"], "depth": [2, 8], "wider": [0, 1], "shown_wider": [0, 1]},
        {"shown_depth": 2, "nodes": [101], "num_steps": 10},
    )  # fmt: skip


# What `synthetic` would have been run with.
SETTINGS = config.Config(
    inputs=(2,),
    activations=("relu", "sin"),
    wider=(0, 1),
    depths=(2, 8),
    tunings=4,
    seeds=(20,),
    nodes=(101,),
    shown_depth=2,
)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(SETTINGS))}


FIGURES = ["closed", "corridor", "decision_sets"]
NEVER, ENOUGH = "never at width d: relu, 2 inputs", "width d + 1 is enough: relu, 2 inputs"
AT_D, HIGH, CORRIDOR = "closed at width d: sin, 2 inputs", "accuracy: relu, 2 inputs", "corridor: relu, 2 inputs"


def test_verdicts_follow_the_data():
    good = outcomes(synthetic())
    assert set(good.values()) == {REPRODUCED}
    bad = outcomes(synthetic(leaks=3, closed_at_d=0.0, enough=0.0, accuracy=0.9, narrower=2.0, seeds=40))
    assert set(bad.values()) == {NOT_REPRODUCED}
    assert outcomes(synthetic(closed_at_d=0.1))[AT_D] == NOT_SETTLED
    assert outcomes(synthetic(enough=0.1))[ENOUGH] == NOT_SETTLED
    assert outcomes(synthetic(narrower=1.0))[CORRIDOR] == NOT_SETTLED
    assert outcomes(synthetic(leaks=1, seeds=200))[NEVER] == NOT_SETTLED


def test_an_end_of_the_grid_leaves_failures_and_comparisons_open():
    at_ends = {"rate_at_edge": 1 + 0 * synthetic().rate_at_edge}
    good = outcomes(synthetic().assign(at_ends))
    assert {name for name, outcome in good.items() if outcome != REPRODUCED} == {CORRIDOR}
    bad = outcomes(synthetic(leaks=3, closed_at_d=0.0, enough=0.0, accuracy=0.9, narrower=2.0).assign(at_ends))
    assert {name for name, outcome in bad.items() if outcome != NOT_SETTLED} == {NEVER}  # that is of every network


def test_most_tunings_have_to_end_at_the_edge():
    data = synthetic()
    data["rate_at_edge"].loc[{"wider": 1, "activation": "sin", "depth": 8}] = [1, 1, 0, 0]
    assert not summary.at_edge(data, inputs=2)
    data["rate_at_edge"].loc[{"wider": 1, "activation": "sin", "depth": 8}] = [1, 1, 1, 0]
    assert summary.at_edge(data, wider=1)
    assert not summary.at_edge(data, wider=0)


def test_sets_without_the_ball_count_neither_as_open_nor_as_a_corridor():
    data = synthetic(accuracy=0.9)
    data["holds"] = xr.zeros_like(data.holds)
    found = {v.id: v for v in verdicts.verdicts(data)}
    assert "Of 0 networks that learned an open ring" in found[HIGH].finding
    assert CORRIDOR not in found  # too few to say


def test_a_share_is_over_tunings_and_none_is_no_network():
    """Of 4 tunings all 5 seeds hit in two and none in the others; depths agree."""
    tuning_of = xr.DataArray([*np.repeat(range(4), 5), -1, -1], dims="seed")
    hits = xr.DataArray(np.isin(tuning_of, [0, 1])[None] * np.ones((2, 1), bool), dims=("depth", "seed"))
    trials = (tuning_of >= 0) & xr.ones_like(hits)
    found = summary.share_of(hits, trials, tuning_of)
    assert found[:2] == (20, 40)
    np.testing.assert_allclose(found[2:], statistics.wilson(2, 4))
    none = summary.share_of(xr.zeros_like(hits), trials, tuning_of)
    np.testing.assert_allclose(none[2:], statistics.wilson(0, 20))


def test_the_interval_of_a_share_of_pairs_holds_it_although_tunings_shift_their_networks():
    """Normal widths that a tuning shifts, alike for both depths or not: the truth is that of all tunings."""
    rng, of = np.random.default_rng(0), np.repeat(np.arange(8), 6)
    for shared in (0.0, 1.0):
        inside = []
        for _ in range(400):
            both, (one, other) = rng.normal(size=8), rng.normal(size=(2, 8))
            a, b = (shared * both[of] + (1 - shared) * shift[of] + rng.normal(size=48) for shift in (one, other))
            _, low, high = verdicts.narrower((a, of), (b - 0.5, of))
            truth = scipy.stats.norm.cdf(0.5 / np.sqrt(4.0))  # of networks of different tunings
            inside.append(low <= truth <= high)
        assert np.mean(inside) > 0.92
    few = np.zeros(3)
    assert verdicts.narrower((np.ones(3), few), (np.zeros(3), few)) == (1, 0, 1)  # of one tuning
    two = np.array([0, 0, 1])
    assert verdicts.narrower((np.ones(3), two), (few, two)) == (1, pytest.approx(statistics.wilson(2, 2)[0]), 1)


def test_the_variance_of_a_share_of_pairs_by_hand():
    """Three tunings, of which one has no deep network; the shares of pairs are 1/2, 1, 0, 1 and 1/2, 3/4."""
    shallow = np.array([2.0, 4.0, 0.0, 5.0]), np.array([0, 0, 1, 2])
    deep = np.array([3.0, 1.0]), np.array([0, 1])
    measured, low, high = verdicts.narrower(shallow, deep)
    assert measured == 5 / 8
    a, b = np.array([(-1 / 8 + 3 / 8) / 4, -5 / 8 / 4, 3 / 8 / 4]), np.array([-1 / 8 / 2, 1 / 8 / 2, 0])
    variance = 3 / 2 * (a @ a) + 2 * (b @ b) + 2 * 3 / 2 * (a @ b)
    half = np.sqrt(variance) * scipy.stats.t.ppf(0.975, 1)
    assert (low, high) == (max(measured - half, 0), min(measured + half, 1))


@pytest.mark.slow
def test_a_network_has_the_rate_of_its_tuning_which_saw_other_points_and_seeds(monkeypatch):
    calls, sweep = [], run.nnjax.sweep
    monkeypatch.setattr(run.nnjax, "sweep", lambda data, **how: calls.append((data, how)) or sweep(data, **how))
    few = dataclasses.replace(
        config.QUICK, activations=("sin",), wider=(0, 1), rates=(0.003, 0.03, 0.3), tunings=12, tuning_seeds=1,
        seeds=(24,), rows=64, num_steps=20,
    )  # fmt: skip
    runs, rate, _ = run._trained(2, 24, few)
    (others, tuned), (reported, how) = calls
    assert not {s for some in tuned["seeds"].values() for s in some} & {
        s for some in how["seeds"].values() for s in some
    }
    assert not any(np.isin(one.x, two.x).any() for one in others.values() for two in reported.values())
    assert rate.sizes["tuning"] == 12
    assert len(np.unique(rate)) > 1
    place = {"activation": "sin", "depth": 2}
    for seed in (1, 4, 23):
        k = int(runs.tuning[seed])
        settings = {name: how[name] for name in how if name not in ("seeds", "learning_rate")}
        chosen = rate.sel(place).isel(wider=0, tuning=k).item()
        one = sweep(reported[str(k)], **settings | {"width": 2}, learning_rate=chosen, seeds=[seed])
        found = runs.weights.sel(place).isel(wider=0, seed=seed)
        np.testing.assert_allclose(found, one.weights.isel(step=-1).squeeze(), rtol=1e-4, atol=1e-6)


def test_shares_are_told_by_depth():
    (found,) = (v for v in verdicts.verdicts(synthetic()) if v.id == AT_D)
    told = "20 of 40 trained networks enclose the ball; of 20 at each depth: 10 with 2 layers, 10 with 8 layers."
    assert found.finding == told


def test_absent_widths_are_no_networks():
    data = synthetic()
    data["closed"] = data.closed.where(data.wider != 0, -1)
    assert summary.share(data, inputs=2, activation="relu", wider=0)[:2] == (0, 0)
    assert all(row["width"] == 3 for row in verdicts.table(data))


def test_two_and_three_inputs_stand_side_by_side(redrawn):
    drawn = ["shown_weights", "shown_seed"]
    two, few = synthetic(), synthetic(seeds=10).drop_vars([*drawn, "shown_wider"]).assign_coords(inputs=[3])
    three = xr.concat(
        [few.isel(wider=[0]).assign_coords(wider=[-1]), few], "wider", data_vars="minimal", compat="equals"
    )
    data = xr.merge([run.joined([two.drop_vars([*drawn, "shown_wider"]), three]), two[drawn]])
    data = data.assign_attrs(two.attrs | {"nodes": [101, 31]})
    assert summary.share(data, inputs=3, activation="sin", wider=-1)[1] == 20
    assert summary.share(data, inputs=2, activation="sin", wider=-1)[1] == 0
    assert len(verdicts.table(data)) == 8 + 12
    assert redrawn("wide_versus_deep.minimal_width", data, dataclasses.replace(SETTINGS, inputs=(2, 3))) == FIGURES


@pytest.mark.slow
def test_a_tiny_run_is_drawn_from_what_is_on_disk(redrawn):
    tiny = config.Config(
        inputs=(2,), activations=("sin",), wider=(0, 1), depths=(1,), rates=(0.03,), tunings=2, tuning_seeds=1,
        seeds=(4,),
        nodes=(31,), rows=64, num_steps=20, shown_depth=1,
    )  # fmt: skip
    data = run.run(tiny)
    assert data.closed.sizes == {"inputs": 1, "activation": 1, "depth": 1, "wider": 2, "seed": 4}
    assert (data.closed >= 0).all()
    assert (data.rate_at_edge == 0).all()  # of one rate
    assert redrawn("wide_versus_deep.minimal_width", data, tiny) == FIGURES
    assert redrawn("wide_versus_deep.minimal_width", synthetic(), SETTINGS) == FIGURES


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": (4,)},
        {"seeds": (2,)},
        {"seeds": (64, 20)},
        {"nodes": (5, 201)},
        {"activations": ("elu",)},
        {"wider": (1, 2)},
        {"depths": ()},
        {"depths": (8, 4, 2)},
        {"depths": (4, 16)},
        {"activations": ("relu", "relu")},
        {"shown_depth": 3},
        {"rates": (0.0,)},
        {"rows": 63},
    ],
)
def test_settings_that_make_no_sense_are_named(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        config.check(dataclasses.replace(config.FULL, **change))
