"""`wide_versus_deep.regions`: verdicts that can say no, figures from data alone, and what it counts."""

import dataclasses

import numpy as np
import pytest

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, check_verdicts
from experiments.lab.figures import use_style
from experiments.lab.results import load_dataset, save_dataset
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


def test_what_holds_of_few_networks_already(data):
    found = outcomes(data)
    for name in ("linear in neurons", "whatever the depth", "zero biases", "maximum on a line", "Montufar's network"):
        assert found[name] == REPRODUCED


def test_everything_is_drawn_from_what_is_on_disk(data, tmp_path):
    import matplotlib.pyplot as plt

    save_dataset(data, tmp_path / "data.nc")
    again = load_dataset(tmp_path / "data.nc")
    with use_style():
        figures = regions.figures(again)
        film = figures.pop("learning")
        for frame in (0, film.num_frames - 1):
            film.draw(frame)
        for figure in (*figures.values(), film.figure):
            figure.canvas.draw()
    plt.close("all")
    assert set(figures) == {"growth", "maxima", "tilings", "training"}
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
