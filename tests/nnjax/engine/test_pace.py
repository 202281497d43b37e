"""Expected times follow the machine; plans do not."""

import pytest

import nnjax
from nnjax.engine import pace
from nnjax.engine.pace import Pace


@pytest.fixture
def counted(monkeypatch):
    """How often the machine is measured; each time it seems twice as slow."""
    found = []

    def measured(layout):
        found.append(layout)
        return Pace(2.0 ** len(found), 3.0)

    monkeypatch.setattr(pace, "measured", measured)
    pace._kept.cache_clear()
    yield found
    pace._kept.cache_clear()


def test_the_pace_is_kept_beside_compiled_programs(counted, tmp_path):
    folder = str(tmp_path)
    assert pace._kept("lanes", folder) == Pace(2.0, 3.0)
    pace._kept.cache_clear()  # as in another process
    assert pace._kept("lanes", folder) == Pace(2.0, 3.0)
    assert counted == ["lanes"]
    pace._kept("matrices", folder)
    assert counted == ["lanes", "matrices"]


@pytest.mark.parametrize("content", ["", "[]", '{"of": [], "compiling": 1, "training": 1}', "\x00"])
def test_a_file_that_is_damaged_or_of_another_version_is_measured_again(content, counted, tmp_path):
    (tmp_path / "nnjax_pace_lanes.json").write_text(content)
    assert pace._kept("lanes", str(tmp_path)) == Pace(2.0, 3.0)
    pace._kept.cache_clear()
    assert pace._kept("lanes", str(tmp_path)) == Pace(2.0, 3.0)
    assert len(counted) == 1


def test_a_folder_that_cannot_be_written_is_passed_by(counted, tmp_path):
    assert pace._kept("lanes", str(tmp_path / "missing")) == Pace(2.0, 3.0)


def test_a_plan_tells_the_seconds_of_this_machine(monkeypatch):
    def planned():
        return nnjax.plan(nnjax.tasks.xor(), hidden=[(2,), (70,)], padding=False, seeds=1000)

    def times(plan):
        return str(plan).splitlines()[1]

    monkeypatch.setattr(pace, "of_machine", lambda layout: Pace())
    plan = planned()
    as_expected, shown = plan.seconds_apart(), times(plan)
    monkeypatch.setattr(pace, "of_machine", lambda layout: Pace(10.0, 20.0))
    assert planned().seconds_apart() == pytest.approx((10 * as_expected[0], 20 * as_expected[1]))
    assert plan.seconds(2) == pytest.approx((10 * as_expected[0] + 20 * as_expected[1]) / 2)
    assert times(plan) != shown
    assert planned() == plan


def test_this_machine_is_measured():
    found = pace.measured("lanes")
    assert 0.01 < found.training < 1000
    assert found.compiling > 0
