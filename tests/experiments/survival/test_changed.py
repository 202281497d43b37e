"""`survival.changed`: every setting is changed, and some axes are extended."""

import inspect

import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab import faults
from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED
from experiments.survival.changed import changes, config, figures, run, verdicts


@pytest.fixture
def own(tmp_path):
    return faults.module(tmp_path, changes.MODULE, changes.FUNCTIONS)


@pytest.mark.slow
def test_other_settings_are_refused(tmp_path, own):
    """All of them, on a store of which nothing is trained yet."""
    base = changes.settings(own, 6, 3)

    def stop(event):
        if event.kind == "train":
            raise RuntimeError("stop")

    with nnjax.hooks.listening(stop), pytest.raises(RuntimeError, match="stop"):
        run.call(tmp_path / "runs.zarr", base)
    every = changes.refused(own, base)
    good = [run.passes(tmp_path / "runs.zarr", base, change) for change in every]
    wrong = [change.field for change, row in zip(every, good, strict=True) if not all(row)]
    assert wrong == []
    change, text = changes.edited("wave")
    base = changes.settings(faults.module(tmp_path, changes.MODULE, text), 6, 3)
    assert all(run.passes(tmp_path / "runs.zarr", base, change))


def test_what_is_changed_is_all_there_is(own):
    """Every argument of `sweep` that decides a result is changed by one of the changes."""
    every = changes.refused(own, changes.settings(own, 6, 3))
    asked = {name for name, p in inspect.signature(nnjax.sweep).parameters.items() if p.kind is p.KEYWORD_ONLY}
    asked -= {"workers", "store", "fresh", "executor", "shard", "progress", "depth"}
    asked -= {"decay_biases", "patience", "start", "mask", "keep_params"}  # tests/nnjax/engine/store/test_settings.py
    assert asked <= {name for change in every for name in change.given}
    assert len({change.what for change in every}) == len(every)


@pytest.mark.slow
def test_axes_are_extended(tmp_path, own):
    plain = changes.plain(4, 2)
    every = {extension.what: extension for extension in changes.extensions(own, 2)}
    for what in ("nothing", "more seeds", "rates in another order", "more tasks"):
        assert run.goes_on(tmp_path / f"{what}.zarr", plain, every[what]) == [True, True, True]


@pytest.mark.parametrize(("good", "outcome"), [(True, REPRODUCED), (False, NOT_REPRODUCED)])
def test_the_verdicts(good, outcome, redrawn):
    data = xr.Dataset(
        {
            "good": (("change", "check"), np.full((3, len(config.CHECKS)), good)),
            "grown": (("growth", "growth_check"), np.full((2, len(config.EXTENSION_CHECKS)), good)),
        },
        {
            "change": ["a", "b", "c"],
            "field": ("change", ["a", "b", "d"]),
            "check": list(config.CHECKS),
            "growth": ["more", "most"],
            "growth_check": list(config.EXTENSION_CHECKS),
        },
    )
    assert {v.outcome for v in verdicts.verdicts(data)} == {outcome}
    assert redrawn("survival.changed", data, config.FULL) == ["changed", "grown"]
    for check, id in (("nothing trained", "refused"), ("then and now told", "field_named")):
        other = data.copy(deep=True)
        other.good.loc[{"change": "b", "check": check}] = False
        assert {v.id: v.outcome for v in verdicts.verdicts(other)}[id] == NOT_REPRODUCED
    data.grown.loc[{"growth": "more", "growth_check": "old numbers stay"}] = False
    assert verdicts.verdicts(data)[-1].outcome == NOT_REPRODUCED
    rows = verdicts.table(data)
    assert all(row.keys() == rows[0].keys() for row in rows)


def test_a_setting_has_a_row_of_its_own_where_it_failed():
    good = np.ones((3, len(config.CHECKS)), bool)
    good[1, 0] = False
    data = xr.Dataset(
        {
            "good": (("change", "check"), good),
            "grown": (("growth", "growth_check"), np.ones((2, len(config.EXTENSION_CHECKS)), bool)),
        },
        {
            "change": ["a", "b", "c"], "field": ("change", ["f", "f", "g"]), "check": list(config.CHECKS),
            "growth": ["more", "most"], "growth_check": list(config.EXTENSION_CHECKS),
        },
    )  # fmt: skip
    with use_style():
        drawn = figures.figures(data)
    rows = {name: [label.get_text() for label in one.axes[0].get_yticklabels()] for name, one in drawn.items()}
    assert rows == {"changed": ["all 3 changes", "f"], "grown": ["all 2 extensions"]}
    assert [text.get_text() for text in drawn["changed"].axes[0].texts[::5]] == ["2/3", "1/2"]
    told = {name: " ".join(one.texts[-1].get_text().split()) for name, one in drawn.items()}
    assert told["changed"].endswith("f (2); g. Green: all passed; yellow: some.")
    assert told["grown"].endswith("more; most. Green: all passed.")


@pytest.mark.faults
def test_the_whole_claim(redrawn, assert_reproduced):
    data = run.run(config.FULL)
    assert np.asarray(data.good).size >= 5 * 50
    assert data.good.all()
    assert data.grown.all()
    assert_reproduced(verdicts.verdicts(data), verdicts.statements(config.FULL))
    redrawn("survival.changed", data, config.FULL)
