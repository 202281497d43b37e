"""`learning_from_data.lcdb`: the protocol, what is read from the published curves, and measures that can say no."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from experiments.lab import claims, results, tables
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.learning_from_data import draws, lcdb, networks
from experiments.learning_from_data.lcdb import FOREST, GREATEST, NETWORK, NETWORK_WINS
from experiments.learning_from_data.published_curves import ANCHORS, curves


def synthetic(factor=1.0, noise=0.01):
    """What is published with the most rows, times a factor for the network, which is RealMLP's curve."""
    names, rows = list(GREATEST), sorted(set(GREATEST.values()))
    error = curves().error.sel(learner=["RealMLP", FOREST], table=names, rows=rows)
    greatest = xr.DataArray(list(GREATEST.values()), dims="table")
    error = error.where(error.rows == greatest).assign_coords(learner=[NETWORK, FOREST])
    normal = np.random.default_rng(0).normal(size=(*error.shape, 25))
    factors = xr.DataArray([factor, 1.0], dims="learner")
    sizes = [len(tables.table(name).y) // 10 for name in names]
    overlaps = [draws.overlap(name, size) for name, size in zip(names, sizes, strict=True)]
    return xr.Dataset(
        {
            "error": factors * error * np.exp(noise * xr.DataArray(normal, dims=(*error.dims, "split"))),
            "at_end": ("tuning", [0] * 5),
            "test_rows": ("table", sizes),
            "overlap": ("table", overlaps),
        }
    )


def overtaking(data):
    (row,) = verdicts(lcdb.STATEMENTS, data)
    return row


def test_splits_are_those_of_the_source():
    draw = lcdb.split("segment", 0)
    assert (len(draw.x_test), len(draw.x)) == (231, 1_871)  # a tenth of 2,310, and nine tenths of the rest
    assert set(np.bincount(draw.y_test)) == {33}  # each class has its share
    assert not np.array_equal(lcdb.split("segment", 1).x_test, draw.x_test)


def test_the_protocol_gives_the_published_error_of_a_forest():
    """On at least six of the seven tables, within two joint standard errors."""
    data = results.load(claims.ROOT.parent / "results/learning_from_data/lcdb/data.nc")
    own, published = (lcdb.with_most_rows(one) for one in (lcdb.ours(data), lcdb.theirs(data)))
    own, published = own.sel(learner=f"{FOREST}, ours"), published.sel(learner=FOREST)
    away = (own.error - published.error) / np.hypot(own.standard_error, published.standard_error)
    assert away.notnull().all()
    assert (abs(away) <= 2).sum() >= 6


def test_published_curves_are_whole_and_say_who_wins():
    data = curves()
    assert dict(data.sizes) == {"learner": 9, "table": 7, "rows": len(ANCHORS)}
    assert set(data.rows.values) <= set(ANCHORS)
    assert data.error.sel(learner="RealMLP", table="letter", rows=13_778) == 0.021
    for name, wins in NETWORK_WINS.items():
        network, forest = (data.sel(learner=one, table=name, rows=GREATEST[name]) for one in ("RealMLP", FOREST))
        assert (network.error < forest.error) == wins, name
        gap = abs(network.error - forest.error) / np.hypot(network.standard_error, forest.standard_error)
        assert gap > 2, name
    assert data.error.sel(learner="TabPFN v2", table="letter").dropna("rows").rows.max() <= 16


@pytest.mark.parametrize(("rate", "decay", "at_end"), [(0.2, 0.1, 0), (0.8, 0.1, 0), (100.0, 0.1, 1), (0.2, 1e-9, 1)])
def test_the_configuration_is_the_best_on_other_data(rate, decay, at_end, monkeypatch):
    """The least error is at two hidden layers, and at a rate and a decay that may lie outside the grids."""
    seen = set()

    def surface(draws, hidden, setting, rates, decays):
        seen.update((a, b) for a in rates for b in decays)
        cost = [[0.1 + 0.01 * (np.log(a / rate) ** 2 + np.log(b / decay) ** 2) for b in decays] for a in rates]
        worse = 0.1 * abs(len(hidden) - 2)
        grid = {"learning_rate": list(rates), "weight_decay": list(decays)}
        return xr.DataArray(np.clip(np.array(cost) / 10 + worse, 0.01, 1.0), grid, tuple(grid))

    monkeypatch.setattr(networks, "surface", surface)
    monkeypatch.setattr(draws, "ready", lambda *_: None)
    config = dataclasses.replace(lcdb.Config(), rates=(0.1, 0.2, 0.4), decays=(0.01, 0.1, 1.0))
    found = lcdb.configuration(config, 1)
    assert (found.depth, found.at_end) == (2, at_end)
    assert found.learning_rate == min({a for a, _ in seen}, key=lambda one: abs(np.log(one / rate)))
    assert found.weight_decay == min({b for _, b in seen}, key=lambda one: abs(np.log(one / decay)))


def test_equal_curves_are_reproduced_and_worse_ones_are_not():
    assert overtaking(synthetic())["outcome"] == REPRODUCED
    worse = overtaking(synthetic(factor=2.0))
    assert worse["outcome"] == NOT_REPRODUCED
    log = {name: np.log(curves().error.sel(table=name, rows=GREATEST[name])) for name in NETWORK_WINS}
    signed = [(one.sel(learner="RealMLP") - one.sel(learner=FOREST) + np.log(2)) * (1 if NETWORK_WINS[name] else -1)
              for name, one in log.items()]  # fmt: skip
    assert worse["measured"] == pytest.approx(float(np.exp(np.mean(signed))), rel=0.01)
    edge = overtaking(synthetic(noise=1.0).assign(at_end=("tuning", [1] * 5)))
    assert (edge["outcome"], edge["at_edge"]) == (NOT_SETTLED, 5)


def test_intervals_are_over_tunings():
    """Splits agree, but one tuning of five gives a network that errs 1.5 times as often."""
    one, other = synthetic(noise=1e-6), synthetic(factor=1.5, noise=1e-6)
    assert float(np.ptp([overtaking(one)[end] for end in ("low", "high")])) < 1e-4
    mixed = one.assign(error=xr.where(one.error.split < 5, other.error, one.error).transpose(*one.error.dims))
    row = overtaking(mixed)
    assert row["low"] < overtaking(one)["measured"] < row["measured"] < overtaking(other)["measured"]
    assert row["high"] - row["low"] > 0.1
    assert row["n"] == 5


def test_standard_errors_are_at_least_those_of_the_tested_rows():
    data = synthetic(noise=1e-9)
    published = lcdb.theirs(data).sel(learner="RealMLP", table="segment", rows=1_723)
    assert (published.error, published.standard_error) == (0.0246, pytest.approx(np.sqrt(0.0246 * 0.9754 / 1_155)))
    own = lcdb.ours(data).sel(learner=f"{NETWORK}, ours", table="segment", rows=1_723)
    assert own.standard_error == pytest.approx(np.sqrt(0.0246 * 0.9754 / 2_310), rel=1e-3)
    row = lcdb.table(data).sel(learner="RealMLP", table="segment", rows=1_723)
    assert row.ratio == pytest.approx(1)
    relative = np.hypot(own.standard_error, published.standard_error) / 0.0246
    assert np.log(row.high) == pytest.approx(float(1.959964 * relative))


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    data = lcdb.run(lcdb.QUICK)
    committed = results.load(claims.ROOT.parent / "results/learning_from_data/lcdb/data.nc")
    assert {name: one.dims for name, one in data.variables.items()} == {
        name: one.dims for name, one in committed.variables.items()
    }
    assert data.rows.values.tolist() == [64, 3_445]
    assert data.error.notnull().all()
