"""`wide_versus_deep.regions`: verdicts that can say no, figures from data alone, and what it counts."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, check_verdicts
from experiments.lab.figures import Film, use_style
from experiments.lab.results import load_dataset, save_dataset
from experiments.wide_versus_deep import _regions_figures as draw
from experiments.wide_versus_deep import _regions_start as start
from experiments.wide_versus_deep import _regions_summary as summary
from experiments.wide_versus_deep import _regions_trained as trained
from experiments.wide_versus_deep import regions
from nnjax import mlp

TINY = regions.Config(
    depths=(1, 2), neurons=(16, 32, 64), networks=10, plane_depths=(1,), plane_neurons=(8, 16, 32), plane_networks=4,
    line_layers=2, plane_layers=2, trained_depths=(2,), trained_neurons=8, shown_depth=2, rates=(0.01,),
    tuning_seeds=1, seeds=2, rows=64, num_steps=40, record_every=10,
)  # fmt: skip


@pytest.fixture(scope="module")
def data():
    return regions.run(TINY)


def outcomes(data):
    return {v.id: v.verdict for v in check_verdicts(regions.verdicts(data))}


@pytest.mark.slow
def test_what_holds_of_few_networks_already(data):
    found = outcomes(data)
    for name in ("linear in neurons", "whatever the depth", "zero biases", "maximum on a line", "Montufar's network"):
        assert found[name] == REPRODUCED


def test_everything_is_drawn_from_what_is_on_disk(data, tmp_path):
    save_dataset(data, tmp_path / "data.nc")
    again = load_dataset(tmp_path / "data.nc")
    with use_style():
        figures = regions.figures(again)
        for one in figures.values():
            if isinstance(one, Film):
                for frame in (0, one.num_frames - 1):
                    one.draw(frame)
            (one.figure if isinstance(one, Film) else one).draw_without_rendering()
    plt.close("all")
    assert set(figures) == {"growth", "learning", "maxima", "tilings", "training"}
    assert outcomes(again) == outcomes(data)
    assert str(regions.table(again)) == str(regions.table(data))


def test_verdicts_can_say_no(data):
    worse = data.copy(deep=True)
    worse["pieces"] = worse.pieces**2
    worse["cells"] = worse.cells**2
    worse["line_affine"] = worse.line_affine - 1
    worse["plane_affine"] = worse.plane_affine - 1
    grown = worse.trained_cells.copy()
    grown.loc[{"counted": TINY.num_steps, "start": "drawn"}] *= 100
    worse["trained_cells"] = grown
    found = outcomes(worse)
    names = {"linear in neurons", "zero biases", "quadratic in a plane", "maximum on a line", "Montufar's network"}
    names |= {"training stays near", "trained, far below", "zero biases, trained"}
    assert {found[name] for name in names} == {NOT_REPRODUCED}


def test_training_that_triples_regions_is_partly_near(data):
    some = data.copy(deep=True)
    some["trained_cells"] = 0 * some.trained_cells + np.array([10, 10, 20, 30])
    assert outcomes(some)["training stays near"] == PARTLY


def test_the_exponent_is_that_of_the_counts(data):
    some = data.copy(deep=True)
    some["pieces"] = (0 * some.pieces + 1 + some.neurons**1.5).astype(float)
    found = summary.line_slope(some, 1)
    np.testing.assert_allclose(found, 1.5)


def test_the_farthest_exponent_is_the_one_that_is_judged(data):
    """Exponents 1.28 and 0.75: the first is farther from 1, the second as a factor."""
    some = data.copy(deep=True)
    power = xr.DataArray([1.28, 0.75], dims="depth", coords={"depth": [1, 2]})
    some["pieces"] = 0 * some.pieces + 1 + some.neurons.astype(float) ** power
    one = next(v for v in regions.verdicts(some) if v.id == "linear in neurons")
    assert one.measured == pytest.approx(1.28)
    assert "1 layers" in one.claim
    assert one.verdict == PARTLY


def test_narrow_layers_are_left_out_of_an_exponent(data):
    """With two layers 16 neurons make layers of 8, 8 neurons layers of 4, which often die: they count for nothing."""
    some = data.assign_coords(neurons=[8, 16, 32]).copy(deep=True)
    some["pieces"] = 0 * some.pieces + 1 + some.neurons**2.0 * xr.where(some.neurons < 16, 0.01, 1.0)
    assert summary.line_slope(some, 2).estimate == pytest.approx(2)
    assert summary.line_slope(some, 1).estimate > 3  # one layer of 8 counts


def test_captions_follow_the_data(data):
    changed = data.copy(deep=True)
    changed["pieces"].loc[{"bias": "zero"}] = 5
    changed["line_affine"][-1] = 7
    with use_style():
        found = [
            " ".join(f(some).texts[-1].get_text().split())
            for f in (draw.growth, draw.maxima)
            for some in (data, changed)
        ]
    plt.close("all")
    assert "through the origin has 2 pieces" in found[0]
    assert "through the origin has 5 pieces, and one that misses it 0.06 to 0.06 breakpoints for each of 64" in found[1]
    assert "of 2 layers has 25 pieces (the maximum for such layers: 25)" in found[2]
    assert "of 2 layers has 7 pieces (the maximum for such layers: 25)" in found[3]


def test_ranges_are_told_and_are_no_intervals(data):
    one = next(v for v in regions.verdicts(data) if v.id == "zero biases, trained")
    assert one.low is one.high is None
    assert "which range from" in one.claim


def test_many_depths_look_different():
    data = xr.Dataset(coords={"depth": range(1, 13), "plane_depth": [1], "trained_depth": [20]})
    looks = [draw.look(data, depth) for depth in (*range(1, 13), 20)]
    assert len({(one["color"], one["marker"]) for one in looks}) == 13


def test_parameters_come_back_from_the_vector_they_were_put_in():
    params = start.draw(np.random.default_rng(0), 3, (4, 2), 1.0)
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
        regions.check(dataclasses.replace(TINY, **change))


def test_two_sizes_that_are_wide_enough_will_do():
    regions.check(dataclasses.replace(TINY, neurons=(16, 32, 64), depths=(1, 4)))
    regions.check(regions.QUICK)
    regions.check(regions.FULL)
