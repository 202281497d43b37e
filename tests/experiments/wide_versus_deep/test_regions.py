"""Regions: a tiny run, and measures of made-up counts."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import verdicts
from experiments.wide_versus_deep import regions
from experiments.wide_versus_deep.region_tilings import rebuilt
from nnjax import mlp
from tests.experiments.conftest import check

TINY = regions.Config(
    (1, 2), (16, 32, 64), 10, (1,), (8, 16, 32), 4, (2,), trained_neurons=8, shown_depth=2, rates=(0.01,),
    tuning_seeds=1, seeds=2, rows=64, num_steps=40, record_every=10,
)  # fmt: skip


@pytest.fixture
def made():
    """Made up: as many breakpoints as neurons, and training that changes nothing."""
    depth, neurons = xr.DataArray([1, 2], dims="depth"), xr.DataArray([16.0, 32.0, 64.0], dims="neurons")
    pieces = (neurons + 1 + 0 * depth).expand_dims(bias=["drawn", "zero"], line=list(regions.LINES), network=10)
    cells = xr.DataArray(
        np.full((2, 2, 2, 12, 4), 100),
        {"trained_depth": [1, 2], "task": [regions.SPIRALS, regions.NOISE], "start": list(regions.STARTS)},
        ("trained_depth", "task", "start", "seed", "counted"),
    )
    data = xr.Dataset({"pieces": pieces, "trained_cells": cells}, {"depth": depth, "neurons": neurons})
    return data.assign(rate_at_edge=cells.isel(seed=0, counted=0) < 0).transpose(..., "network").copy(deep=True)


def outcomes(data: xr.Dataset) -> dict[str, str]:
    return {row["id"]: row["outcome"] for row in verdicts(regions.STATEMENTS, data)}


def test_outcomes_follow_the_data(made):
    assert set(outcomes(made).values()) == {"reproduced"}
    assert outcomes(made.assign(pieces=made.pieces**2))["linear in neurons"] == "not reproduced"
    one = xr.where(made.depth == 2, 2.5 * made.pieces, made.pieces)
    assert outcomes(made.assign(pieces=one))["far below the maximum"] == "not reproduced"


def test_changes_up_and_down_do_not_cancel(made):
    """Three times as many regions on one task, and a third on the other: a factor of three."""
    factor = xr.DataArray([3.0, 1 / 3], {"task": made.task})
    later = xr.DataArray([0, 1, 1, 1], dims="counted")
    data = made.assign(trained_cells=made.trained_cells * factor**later)
    found = regions.change(data, 0.95)
    np.testing.assert_allclose(found.value, 3)
    assert outcomes(data)["training stays near"] == "not reproduced"
    on_the_way = xr.DataArray([0, 1, 1, 0], dims="counted")
    back = made.assign(trained_cells=made.trained_cells * factor**on_the_way)
    np.testing.assert_allclose(regions.change(back, 0.95).value, 1)


def test_narrow_layers_are_left_out_of_an_exponent(made):
    """With two layers 8 neurons make layers of 4, which count for nothing."""
    few = made.assign_coords(neurons=[8.0, 16.0, 32.0])
    pieces = 1 + 0 * few.pieces + few.neurons**1.1 * xr.where(few.neurons < 16, 0.01, 1.0)
    found = regions.along_a_line(few.assign(pieces=pieces), 0.95).value
    np.testing.assert_allclose(found.sel(depth=2), 1.1)
    assert found.sel(depth=1) > 3  # one layer of 8 counts


@pytest.mark.slow
def test_a_tiny_run_is_judged_and_tabulated():
    data = regions.run(TINY)
    assert data.counted.values.tolist() == [0, 10, 20, 40]
    # Homogeneity: along a line through the origin a network without biases has two pieces; off it each neuron has one
    # breakpoint, for with one input fixed its weights are biases.
    pieces = data.pieces.sel(bias="zero")
    assert (pieces.sel(line="through the origin") == 2).all()
    assert (pieces.sel(line="off the origin", depth=1) == pieces.neurons + 1).all()
    assert len(outcomes(data)) == 3
    rows = regions.table(data)
    assert rows.sizes["row"] == 2 * 2 * 2 * 3 + 3 + 2 * 2 * 4
    one = rows.isel(row=(rows.place == "line off the origin") & (rows.start == "zero") & (rows.layers == 1))
    np.testing.assert_allclose(one.of_one_layer, 1)


def test_parameters_come_back_from_the_vector_they_were_put_in():
    params = regions.draw(np.random.default_rng(0), 3, (4, 2), 1.0)
    flat = np.stack([regions.weights(tuple(mlp.Layer(w[i], b[i]) for w, b in params), None) for i in range(3)])
    for layer, again in zip(params, rebuilt(flat, (4, 2)), strict=True):
        np.testing.assert_allclose(again.w, layer.w, rtol=1e-6)
        np.testing.assert_allclose(again.b, layer.b, rtol=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"depths": (3,)},
        {"neurons": (16, 32, 64), "depths": (1, 8)},  # layers of 2, 4 and 8
        {"trained_depths": (3,)},
        {"shown_depth": 4},
        {"record_every": 15},
    ],
)
def test_settings_that_make_no_sense_are_named(change):
    with pytest.raises(ValueError, match=rf"{next(iter(change))}|neurons"):
        check(regions, dataclasses.replace(TINY, **change))
