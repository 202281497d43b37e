"""The targets of `speed.grid` on made-up times, and that both ways train the same grid."""

import shutil

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.speed.grid import config, run, train, verdicts
from experiments.speed.shared import timing


@pytest.mark.parametrize(("factor", "outcome"), [(1.1, REPRODUCED), (0.995, NOT_SETTLED), (0.5, NOT_REPRODUCED)])
def test_the_targets(factor, outcome, machine, wobble, redrawn):
    seconds = np.full((3, 2, len(wobble)), np.nan)
    seconds[0] = 1.0
    seconds[1] = np.outer(np.asarray([verdicts.FEW, verdicts.MANY]) * factor, wobble)
    seconds[2, 0] = 1 / (verdicts.WARM * factor * wobble)
    coords = {"way": list(config.WAYS), "steps": [200, 1_000]}
    attrs = machine | {"networks": 9_216, "shapes": 72, "programs": 12}
    data = xr.Dataset({"seconds": (("way", "steps", "round"), seconds)}, coords, attrs)
    found = {v.id: v for v in verdicts.verdicts(data)}
    assert list(found) == ["few_steps", "many_steps", "warm_cache"]
    assert {v.outcome for v in found.values()} == {outcome}
    # How many programs there are at more steps was not kept.
    assert [i for i, v in found.items() if "with 12 programs instead of 72" in v.finding] == ["few_steps"]
    assert redrawn("speed.grid", data, config.FULL) == ["grid_end_to_end"]
    assert len(verdicts.table(data)) == 5  # saved programs are timed at few steps alone
    assert [v.id for v in verdicts.verdicts(data.isel(steps=[0]))] == ["few_steps", "warm_cache"]


def test_a_tiny_run(monkeypatch):
    settings = config.Config((2,), (1, 2), ("tanh",), 2, 3, rows=8, steps=(2, 5), rounds=2)
    trained = []
    monkeypatch.setattr(run, "measure", lambda config, way, steps, folder: trained.append((way, steps)) or 1.0)
    data = run.run(settings)
    assert np.isfinite(data.seconds).all("round").values.tolist() == [[True, True], [True, True], [True, False]]
    assert (data.attrs["networks"], data.attrs["shapes"]) == (12, 2)
    one = [("engine", 2), ("plain", 2), ("saved", 2), ("engine", 5), ("plain", 5)]
    assert trained == [("saved", 2), *(one[i] for r in range(2) for i in timing.order(r, 5))]


def test_the_grid_is_the_same_in_both_ways():
    settings = config.Config((2,), (1,), ("relu",), 2, 64, rows=8, steps=(20,))
    plain, engine = train.plain(settings, 20), train.sweep(settings, 20)
    assert plain.shape == engine.shape == (1, 2, 64)
    error = np.sqrt((plain.var(axis=-1) + engine.var(axis=-1)) / 64)
    assert (abs(plain.mean(axis=-1) - engine.mean(axis=-1)) < 4 * error).all()


def test_a_time_is_taken_in_a_process_of_its_own(tmp_path, monkeypatch):
    settings = config.Config((2,), (1,), ("tanh",), 2, 2, rows=8, steps=(2,), rounds=1)
    assert run.measure(settings, "saved", 2, str(tmp_path)) > 0
    assert any(tmp_path.iterdir())  # the programs that the next one finds
    monkeypatch.setattr(run.sys, "executable", shutil.which("false"))  # a Python that fails takes seconds to start
    with pytest.raises(RuntimeError, match="the process that trains the grid failed"):
        run.measure(settings, "engine", 2, str(tmp_path))
