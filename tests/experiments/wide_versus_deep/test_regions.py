"""`wide_versus_deep.regions`: verdicts that can say no, figures from data alone, and what it counts."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from experiments.wide_versus_deep.regions import config, figures, run, summary, trained, untrained, verdicts
from nnjax import mlp

TINY = config.Config(
    depths=(1, 2), neurons=(16, 32, 64), networks=10, plane_depths=(1,), plane_neurons=(8, 16, 32), plane_networks=4,
    line_layers=2, plane_layers=2, trained_depths=(2,), trained_neurons=8, shown_depth=2, rates=(0.01,),
    tuning_seeds=1, seeds=2, rows=64, num_steps=40, record_every=10,
)  # fmt: skip


@pytest.fixture(scope="module")
def data():
    return run.run(TINY)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))}


@pytest.mark.slow
def test_what_holds_of_few_networks_already(data):
    found = outcomes(data)
    for name in ("maximum on a line", "Montufar's network"):
        assert found[name] == REPRODUCED
    # Homogeneity: along a line through the origin a network without biases has two pieces; off it each neuron has one
    # breakpoint, for with one input fixed its weights are biases.
    pieces = data.pieces.sel(bias="zero")
    assert (pieces.sel(line="through the origin") == 2).all()
    assert (pieces.sel(line="off the origin", depth=1) == pieces.neurons + 1).all()


def test_everything_is_drawn_from_what_is_on_disk(data, redrawn):
    names = redrawn("wide_versus_deep.regions", data, TINY)
    assert names == ["growth", "learning", "maxima", "tilings", "training"]
    assert redrawn("wide_versus_deep.regions", data.drop_vars("rate_at_edge"), TINY) == names
    with use_style():
        film = figures.tilings.film(data)
        film.draw(film.num_frames - 1)
    plt.close("all")


def many(data):
    """So many networks, all alike, that medians have intervals."""
    return data.isel(seed=np.arange(16) % data.sizes["seed"]).copy(deep=True)


def test_verdicts_can_say_no(data):
    worse = many(data)
    worse["pieces"] = worse.pieces**2
    worse["cells"] = worse.cells**2
    worse["line_affine"] = worse.line_affine - 1
    worse["plane_affine"] = worse.plane_affine - 1
    worse["trained_cells"].loc[{"counted": TINY.num_steps}] *= 100
    found = outcomes(worse)
    names = {"linear in neurons", "whatever the depth", "quadratic in a plane", "maximum on a line"}
    names |= {"Montufar's network", "training stays near", "trained, far below", "far below the maximum"}
    assert {found[name] for name in names} == {NOT_REPRODUCED}


@pytest.mark.parametrize(
    ("drawn", "zero", "edge", "outcome"),
    [
        (30, 30, False, REPRODUCED),
        (30, 44, False, PARTLY),
        (44, 44, False, NOT_REPRODUCED),
        (30, 37, False, NOT_SETTLED),
        (30, 44, True, NOT_SETTLED),
    ],
)
def test_deep_networks_are_held_against_what_one_layer_can_have(data, drawn, zero, edge, outcome):
    """8 neurons in one layer cut a square into 1 + 8 + 28 = 37 parts at most; counts by start, of one step."""
    some = data.copy(deep=True)
    some["trained_cells"] = (0 * some.trained_cells + 10).astype(float)
    for start, cells in (("drawn", drawn), ("zero", zero)):
        spread = np.linspace(-2, 2, some.sizes["seed"])
        some["trained_cells"].loc[{"start": start, "counted": 20}] = cells + xr.DataArray(spread, dims="seed")
    some["rate_at_edge"].loc[{"start": "zero"}] = edge
    assert outcomes(some)["trained, far below"] == outcome


def test_the_mean_decides_whether_pieces_are_far_below_the_maximum(data):
    """More than twice 33 pieces of one network leave the mean below, and those of every network do not."""
    some, name = data.copy(deep=True), "far below the maximum"
    assert outcomes(some)[name] == REPRODUCED
    at = {"bias": "drawn", "depth": 2, "neurons": 32}
    some["pieces"].loc[at | {"network": 3}] = 70
    assert outcomes(some)[name] == REPRODUCED
    some["pieces"].loc[at] = 70
    assert outcomes(some)[name] == NOT_REPRODUCED
    some["pieces"].loc[at] = xr.DataArray(np.linspace(26, 106, some.sizes["network"]), dims="network")
    assert outcomes(some)[name] == NOT_SETTLED


@pytest.mark.parametrize(
    ("last", "edge", "outcome"),
    [
        ((15, 5), False, REPRODUCED),
        ((15, 30), False, PARTLY),
        ((30, 3), False, NOT_REPRODUCED),
        ((15, 30), True, NOT_SETTLED),
    ],
)
def test_training_that_triples_regions_does_not_stay_near(data, last, edge, outcome):
    """Cells of two tasks that were 10 at the start; a rate at an end of its grid settles nothing."""
    some = many(data)
    some["trained_cells"] = 0 * some.trained_cells + 10
    for task, cells in zip(data.task.values, last, strict=True):
        some["trained_cells"].loc[{"task": task, "counted": TINY.num_steps}] = cells
    some["rate_at_edge"][:] = edge
    assert outcomes(some)["training stays near"] == outcome


def test_medians_have_exact_intervals_or_none():
    values = np.arange(64.0)
    assert verdicts._median(values, 0.95) == (31.5, 23.0, 40.0)  # ranks 24 and 41 of 64
    wider = verdicts._median(values, 0.995)
    assert wider.low < 23 < 40 < wider.high
    assert verdicts._median(values[:4], 0.95) == (1.5, 0.0, np.inf)  # nothing is known


def test_a_run_without_a_record_of_edges_is_judged_by_its_rates(data):
    some = data.drop_vars("rate_at_edge").copy(deep=True)
    some["trained_rate"][:] = 0.01
    assert not summary.at_edge(some).any()
    some["trained_rate"][:] = config.FULL.rates[-1]
    assert summary.at_edge(some).all()


def test_the_exponent_is_that_of_the_counts(data):
    some = data.copy(deep=True)
    some["pieces"] = (0 * some.pieces + 1 + some.neurons**1.5).astype(float)
    found = summary.line_slope(some, 1)
    np.testing.assert_allclose(found, 1.5)


def test_exponents_are_judged_depth_by_depth(data):
    """The farthest is told: 1.28 is farther from 1 than 0.75, though not as a factor."""
    some = data.copy(deep=True)
    for powers, outcome in (((1.28, 0.75), NOT_REPRODUCED), ((1.28, 1.0), PARTLY), ((1.05, 0.97), REPRODUCED)):
        power = xr.DataArray(list(powers), dims="depth", coords={"depth": [1, 2]})
        some["pieces"] = 0 * some.pieces + 1 + some.neurons.astype(float) ** power
        one = next(v for v in verdicts.verdicts(some) if v.id == "linear in neurons")
        assert one.measured == pytest.approx(powers[0])
        assert "with 1 layer, the exponent farthest from 1 among 2 depths." in one.finding
        assert one.outcome == outcome


def test_narrow_layers_are_left_out_of_an_exponent(data):
    """With two layers 16 neurons make layers of 8, 8 neurons layers of 4, which often die: they count for nothing."""
    some = data.assign_coords(neurons=[8, 16, 32]).copy(deep=True)
    some["pieces"] = 0 * some.pieces + 1 + some.neurons**2.0 * xr.where(some.neurons < 16, 0.01, 1.0)
    assert summary.line_slope(some, 2).estimate == pytest.approx(2)
    assert summary.line_slope(some, 1).estimate > 3  # one layer of 8 counts


def test_narrow_layers_are_told_of(data):
    """Two layers of 4, where 5 of 8 neurons have a breakpoint; layers of 8 and more are not narrow."""
    some = data.assign_coords(neurons=[8, 16, 32]).copy(deep=True)
    some["pieces"] = 0 * some.pieces + 1 + 5
    (found,) = (v for v in verdicts.verdicts(some) if v.id == "linear in neurons")
    assert "2 layers of 4 have 0.62 [0.62, 0.62] breakpoints per neuron." in found.finding
    (found,) = (v for v in verdicts.verdicts(data) if v.id == "linear in neurons")
    assert "Narrower" not in found.finding


def test_captions_follow_the_data(data):
    changed = data.copy(deep=True)
    changed["pieces"].loc[{"bias": "zero"}] = 5
    changed["line_affine"][-1] = 7
    drawn = {"growth": figures._growth, "maxima": figures._maxima}
    with use_style():
        found = [
            {name: " ".join(draw(one).texts[-1].get_text().split()) for name, draw in drawn.items()}
            for one in (data, changed)
        ]
    plt.close("all")
    assert "through the origin has 2 pieces" in found[0]["growth"]
    assert "through the origin has 5 pieces for every N, and one off the origin has 0.06" in found[1]["growth"]
    assert "2 layers of 4 neurons divides a line into 25 pieces" in found[0]["maxima"]
    assert "2 layers of 4 neurons divides a line into 7 pieces" in found[1]["maxima"]


def test_many_depths_look_different():
    data = xr.Dataset(coords={"depth": range(1, 13), "plane_depth": [1], "trained_depth": [20]})
    looks = [figures.look(data, depth) for depth in (*range(1, 13), 20)]
    assert len({(one["color"], one["marker"]) for one in looks}) == 13


def test_parameters_come_back_from_the_vector_they_were_put_in():
    params = untrained.draw(np.random.default_rng(0), 3, (4, 2), 1.0)
    flat = np.stack([trained.weights(tuple(mlp.Layer(w[i], b[i]) for w, b in params), None) for i in range(3)])
    for layer, again in zip(params, trained.rebuilt(flat, (4, 2)), strict=True):
        np.testing.assert_allclose(again.w, layer.w, rtol=1e-6)
        np.testing.assert_allclose(again.b, layer.b, rtol=1e-6)


def test_moments_are_recorded_ones_and_end_with_the_last():
    assert trained.moments_of(TINY) == [0, 10, 20, 40]
    assert trained.film_moments(TINY) == [0, 10, 20, 30, 40]


@pytest.mark.parametrize(
    "change",
    [
        {"neurons": (16, 32)},
        {"depths": (3,)},
        {"depths": (2, 1)},
        {"plane_depths": ()},
        {"plane_depths": (2, 1), "plane_neurons": (16, 32, 64)},
        {"trained_depths": (2, 1)},
        {"neurons": (16, 32, 64), "depths": (1, 8)},  # layers of 2, 4 and 8
        {"plane_neurons": (8, 8, 16)},
        {"trained_depths": (3,)},
        {"shown_depth": 4},
        {"bound_width": 3},
        {"record_every": 15},
        {"seeds": 1},
        {"rates": ()},
    ],
)
def test_settings_that_make_no_sense_are_named(change):
    with pytest.raises(ValueError, match=rf"{next(iter(change))}|neurons"):
        config.check(dataclasses.replace(TINY, **change))


def test_two_sizes_that_are_wide_enough_will_do():
    config.check(dataclasses.replace(TINY, neurons=(16, 32, 64), depths=(1, 4)))
    config.check(config.QUICK)
    config.check(config.FULL)
