"""`survival.two_at_once`: one race of each kind and one kill, and all of them under the mark `faults`."""

import pytest

from experiments.speed.shared import timing
from experiments.survival.two_at_once import config, run, verdicts


def check(data, settings, redrawn, assert_reproduced):
    assert_reproduced(verdicts.verdicts(data), verdicts.statements(settings))
    assert data.holder_named.values[~data.admitted.values].all()
    assert data.pair_equal.all()
    assert redrawn("survival.two_at_once", data, settings) == ["two_at_once"]


@pytest.mark.slow
def test_exactly_one_of_two_writes(tmp_path, redrawn, assert_reproduced):
    settings = config.Config(num_steps=5, races=1, kills=1)
    with timing.saved_programs(str(tmp_path / "programs")):  # compiled once, for all processes
        data = run.run(settings)
    check(data, settings, redrawn, assert_reproduced)


@pytest.mark.faults
def test_the_whole_claim(redrawn, assert_reproduced):
    check(run.run(config.FULL), config.FULL, redrawn, assert_reproduced)
