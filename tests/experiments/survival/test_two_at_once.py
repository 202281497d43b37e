"""`survival.two_at_once`: the rules, one race of each kind and one kill, and all of them under the mark `faults`."""

import numpy as np
import pytest
import xarray as xr
from experiments.speed.shared import timing

from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED
from experiments.survival.two_at_once import config, run, verdicts


def check(data, settings, redrawn, assert_reproduced):
    assert_reproduced(verdicts.verdicts(data), verdicts.statements(settings))
    assert data.holder_named.values[~data.admitted.values].all()
    assert data.pair_equal.all()
    assert redrawn("survival.two_at_once", data, settings) == ["two_at_once"]


def made():
    """Made up: two races of each kind, a kill, and all pairs."""
    races = {name: (("kind", "race"), np.ones((4, 2), bool)) for name in ("named", "read", "equal")}
    races |= {name: (("kind", "race"), np.ones((4, 2), int)) for name in ("writers", "sessions")}
    pairs = {"admitted": verdicts.expected(), "pair_equal": np.ones((4, 4), bool)}
    kills = {"in_after": ("kill", [0.1]), "after_kill_equal": ("kill", [True])}
    return xr.Dataset(
        races | {name: (("holder", "newcomer"), values) for name, values in pairs.items()} | kills,
        {"kind": list(config.KINDS)},
    )


@pytest.mark.parametrize(
    ("name", "id"),
    [("equal", "one"), ("named", "named"), ("read", "readers"), ("pair_equal", "pairs"), ("admitted", "pairs")],
)
def test_one_that_fails_is_enough(name, id):
    assert {v.outcome for v in verdicts.verdicts(made())} == {REPRODUCED}
    data = made()
    data[name][0, 0] = not data[name][0, 0]
    assert [v.id for v in verdicts.verdicts(data) if v.outcome == NOT_REPRODUCED] == [id]


@pytest.mark.slow
def test_exactly_one_of_two_writes(tmp_path, redrawn, assert_reproduced):
    settings = config.Config(num_steps=5, races=1, kills=1)
    with timing.saved_programs(str(tmp_path / "programs")):  # compiled once, for all processes
        data = run.run(settings)
    check(data, settings, redrawn, assert_reproduced)


@pytest.mark.faults
def test_the_whole_claim(redrawn, assert_reproduced):
    check(run.run(config.FULL), config.FULL, redrawn, assert_reproduced)
