"""`survival.failing_disk`: some kinds of calls, and all of them under the mark `faults`."""

import pytest
import xarray as xr

from experiments.survival.failing_disk import config, disk_faults, run, verdicts


def assert_tidy(data):
    """Each error says what to do, and nothing half-written is left after the next run."""
    assert data.tells.all()
    assert not data.left.any()


def test_disks_fail(monkeypatch, redrawn, assert_reproduced):
    """Every third kind of call stands for all."""
    stages = disk_faults.STAGES[1::3]
    monkeypatch.setattr(disk_faults, "STAGES", stages)
    settings = config.Config(blocks=8, num_steps=5, places=1, both=False, disks=(96,))
    data = run.run(settings)
    assert data.fired.all()
    assert set(data.stage.values) >= {stage.name for stage in stages}
    assert_reproduced(verdicts.verdicts(data), verdicts.statements(settings))
    assert_tidy(data)
    assert redrawn("survival.failing_disk", data, settings) == ["failing_disk"]
    data["equal"][0] = False
    assert {v.id: v.outcome for v in verdicts.verdicts(data)}["resumed"] == "not reproduced"
    # Only faults after which some network is finished tell whether one is wrong.
    found = {v.id: v.n for v in verdicts.verdicts(data)}
    finished = int((data.finished > 0).sum())
    assert (found["finished"], found["resumed"]) == (finished, data.sizes["fault"])
    assert finished < data.sizes["fault"]


@pytest.mark.parametrize(("finished", "counted"), [(4096, 0), (512, 1)])
def test_a_full_disk_without_an_error_counts(finished, counted):
    """Where all networks are there, the disk was large enough."""
    data = xr.Dataset(
        {"stage": ("fault", [disk_faults.REAL]), "fired": ("fault", [False]), "finished": ("fault", [finished])},
        attrs={"networks": 4096},
    )
    assert verdicts.fired(data).sizes["fault"] == counted


@pytest.mark.faults
def test_the_whole_claim(redrawn, assert_reproduced):
    data = run.run(config.FULL)
    assert int(data.fired.sum()) >= 100
    assert_reproduced(verdicts.verdicts(data), verdicts.statements(config.FULL))
    assert_tidy(verdicts.fired(data))
    redrawn("survival.failing_disk", data, config.FULL)
