"""The target of `speed.early_stopping` on made-up times, and a tiny run."""

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.speed.early_stopping import config, run, verdicts


@pytest.mark.parametrize(("factor", "outcome"), [(1.1, REPRODUCED), (0.995, NOT_SETTLED), (0.5, NOT_REPRODUCED)])
def test_the_target(factor, outcome, machine, wobble, redrawn):
    data = xr.Dataset(
        {
            "seconds": (("way", "round"), np.stack([0 * wobble + 1, 2 * factor * wobble, wobble])),
            "training": ("step", [100, 100, 50, 0]),
        },
        {"way": list(config.WAYS), "step": [0, 20, 40, 60]},
        machine | {"networks": 100, "learned": 99, "last_step": 60, "loss": 0.01, "shape": "2-8-1"},
    )
    (verdict,) = verdicts.verdicts(data)
    assert verdict.outcome == outcome
    assert verdicts.ideal(data) == pytest.approx(300 / 250)
    assert [verdicts.learned_by(data, share) for share in (0, 0.4, 0.6, 1)] == [0, 40, 60, 60]
    assert redrawn("speed.early_stopping", data, config.Config(networks=100)) == ["early_stopping"]
    assert len(verdicts.table(data)) == 3


@pytest.mark.slow
def test_a_tiny_run(redrawn):
    settings = config.Config(2, 64, 2_000, rounds=2, at_least=0.0)
    data = run.run(settings)
    assert data.attrs["last_step"] % 20 == 0
    assert 0 < data.attrs["learned"] <= 64
    assert data.training[0] == 64
    assert data.training[-1] == 64 - data.attrs["learned"]
    redrawn("speed.early_stopping", data, settings)
