"""`learning_from_data.lcdb`: the protocol, what is read from the published curves, verdicts that can say no."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.learning_from_data.lcdb import config, run, summary, verdicts
from experiments.learning_from_data.lcdb.config import FULL
from experiments.learning_from_data.lcdb.run import FOREST, NETWORK
from experiments.learning_from_data.lcdb.summary import PUBLISHED_CROSSING, REALMLP, TABPFN, Error
from experiments.learning_from_data.shared import crossing, networks, tables
from experiments.learning_from_data.shared.crossing import FIRST, OPEN, SECOND, Crossing


def synthetic(settings=FULL, factor=1.0, noise=0.01):
    """What is published, times a factor for the network, which is RealMLP's curve."""
    rng = np.random.default_rng(0)
    every = sorted({rows for name in settings.tables for rows in config.rows_of(name, settings)})
    shape = (2, len(settings.tables), len(every), settings.splits)
    coords = {"learner": [NETWORK, FOREST], "table": list(settings.tables), "rows": every}
    error = xr.DataArray(np.full(shape, np.nan), coords, (*coords, "split"))
    for name in settings.tables:
        for learner, of, times in ((NETWORK, REALMLP, factor), (FOREST, FOREST, 1.0)):
            curve = tables.published()[name, of]
            for rows in config.rows_of(name, settings):
                mean = times * curve.error[curve.rows == rows][0]
                found = mean * (1 + noise * rng.normal(size=shape[3:]))
                at = settings.tables.index(name), every.index(rows)
                error.values[[NETWORK, FOREST].index(learner), *at] = found
    tested = {name: len(tables.table(name).y) // 10 for name in settings.tables}
    attrs = {"depth": 2, "learning_rate": 0.003, "weight_decay": 1.0, "at_end": "", "test_rows": tested, "trials": 24}
    return xr.Dataset({"error": error}, attrs=attrs)


def outcomes(data):
    return {one.id: one.outcome for one in verdicts.verdicts(data)}


def test_splits_are_those_of_the_source():
    draw = run.split("segment", 0)
    assert (len(draw.x_test), len(draw.x)) == (231, 1_871)  # a tenth of 2,310, and nine tenths of the rest
    assert set(np.bincount(draw.y_test)) == {33}  # each class has its share
    assert not np.array_equal(run.split("segment", 1).x_test, draw.x_test)


@pytest.mark.parametrize(("rate", "decay", "ends"), [
    (0.2, 0.1, ""),
    (0.8, 0.1, ""),  # beyond those tried first
    (100.0, 0.1, "learning rate"),
    (100.0, 1e-9, "learning rate and the weight decay"),
])  # fmt: skip
def test_the_configuration_is_the_best_on_other_data_and_its_ends_are_told(rate, decay, ends, monkeypatch):
    """The least error is at two hidden layers, and at a rate and a decay that may lie outside the grids."""
    seen = set()

    def surface(draws, hidden, setting, rates, decays):
        seen.update((a, b) for a in rates for b in decays)
        cost = [[0.1 + 0.01 * (np.log(a / rate) ** 2 + np.log(b / decay) ** 2) for b in decays] for a in rates]
        worse = 0.1 * abs(len(hidden) - 2)
        grid = {"learning_rate": list(rates), "weight_decay": list(decays)}
        return xr.DataArray(np.clip(np.array(cost) / 10 + worse, 0.01, 1.0), grid, tuple(grid))

    monkeypatch.setattr(networks, "surface", surface)
    monkeypatch.setattr(run.draws, "ready", lambda *_: None)
    settings = dataclasses.replace(FULL, rates=(0.1, 0.2, 0.4), decays=(0.01, 0.1, 1.0))
    depth, tuned, told = run.configuration(settings, networks.Setting(8, 8, 10, 1))
    assert (depth, told, bool(tuned.at_end)) == (2, ends, bool(ends))
    assert tuned.learning_rate == min({a for a, _ in seen}, key=lambda one: abs(np.log(one / rate)))
    assert tuned.weight_decay == min({b for _, b in seen}, key=lambda one: abs(np.log(one / decay)))


def test_a_published_learner_that_is_known_at_few_rows_alone_is_left_out():
    assert tables.published()["letter", TABPFN].rows.max() <= 16
    found = {one.id: one.finding for one in verdicts.verdicts(synthetic())}
    assert "letter" not in found["against TabPFN"]
    assert "letter" in found["against RealMLP"]


def test_anchors_and_crossings_are_those_of_the_curves():
    for (name, learner), curve in tables.published().items():
        assert set(curve.rows) <= set(config.anchors())
        if learner == FOREST:
            assert curve.rows[-1] == config.GREATEST[name]
    for name, crossed in PUBLISHED_CROSSING.items():
        network, forest = (tables.published()[name, one] for one in (REALMLP, FOREST))
        sign, rows = crossing.last_change(network.rows, np.log10(network.error / forest.error))
        assert (sign < 0) == (crossed is not None)
        assert crossed is None or round(float(rows)) == crossed
    with pytest.raises(ValueError, match="holds 100, of which LCDB has no result; near are 91 and 108"):
        config.check(dataclasses.replace(FULL, rows=(100,)))


def test_equal_curves_are_reproduced_and_worse_ones_are_not():
    found = outcomes(synthetic())
    assert found["protocol"] == found["overtaking"] == REPRODUCED
    worse = outcomes(synthetic(factor=2.0))
    assert worse["against RealMLP"] == NOT_REPRODUCED
    assert worse["protocol"] == REPRODUCED
    assert worse["overtaking"] != REPRODUCED
    better = outcomes(synthetic(factor=0.3))
    assert better["against RealMLP"] == better["against CatBoost"] == REPRODUCED
    far = synthetic()
    far["error"] = far.error.where(far.learner != FOREST, 1.5 * far.error)
    assert outcomes(far)["protocol"] == NOT_REPRODUCED
    check_verdicts(verdicts.verdicts(synthetic()), verdicts.statements(FULL))


def test_published_standard_errors_are_at_least_those_of_the_tested_rows():
    published = summary.theirs(synthetic(), REALMLP, "segment", 1_723)
    assert published == Error(0.0246, pytest.approx(np.sqrt(0.0246 * 0.9754 / 1_155)))
    ratio = summary.ratio(Error(0.02, 0.001), Error(0.02, 0.001))
    assert ratio.estimate == 1.0
    assert summary.ratio(Error(0.022, 0.001), Error(0.02, 0.001)).p_value == pytest.approx(1.0)
    assert ratio.high == pytest.approx(np.exp(1.959964 * np.hypot(0.05, 0.05)))


def test_a_crossing_within_a_factor_of_two_counts():
    def judged(reading, low, high):
        return verdicts.rows_outcome(Crossing(reading, (low + high) / 2, low, high), 256)

    assert judged(FIRST, 200, 400) == REPRODUCED
    assert judged(FIRST, 100, 400) == NOT_SETTLED
    assert judged(FIRST, 600, 900) == judged(SECOND, 200, 400) == judged(FIRST, 0, 64) == NOT_REPRODUCED
    assert judged(OPEN, np.nan, np.nan) == NOT_SETTLED


def test_figures_come_from_data_alone(redrawn):
    assert redrawn("learning_from_data.lcdb", synthetic(), FULL) == ["curves", "ratios"]
