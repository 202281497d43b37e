"""The targets of `speed.ensembles` on made-up times, and the memory of a process of its own."""

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.speed.ensembles import config, memory, run, verdicts


@pytest.mark.parametrize(
    ("largest", "gibibytes", "flat", "small"),
    [
        (1.1, 1.0, REPRODUCED, REPRODUCED),
        (1.205, 2.5, NOT_SETTLED, NOT_REPRODUCED),
        (1.5, 9.0, NOT_REPRODUCED, NOT_REPRODUCED),
    ],
)
def test_flat_and_small(largest, gibibytes, flat, small, machine, wobble, redrawn):
    sizes = [1, 1_000, 10_000, 1_000_000]
    per_step = np.asarray([[50 * wobble, 1 + 0 * wobble, largest * wobble, 1 + 0 * wobble]] * 2)
    per_step[1, -1] = np.nan  # too large for the plain program
    data = xr.Dataset(
        {
            "seconds": (("way", "networks", "round"), 1e-9 * 10 * np.asarray(sizes)[:, None] * per_step),
            "peak_bytes": ("measured_networks", [1e9, gibibytes * 2**30 + 1e6]),
            "result_bytes": ("measured_networks", [1e3, 1e6]),
        },
        {"way": ["engine", "vmap"], "networks": sizes, "measured_networks": [1_000, 1_000_000]},
        machine | {"steps": 10},
    )
    found = {v.id: v for v in verdicts.verdicts(data)}
    assert (found["flat"].outcome, found["memory"].outcome) == (flat, small)
    assert found["flat"].measured == pytest.approx(largest)
    assert (
        verdicts.fewest(data)
        == "A call for 1 network takes 0.0005 ms in nnjax.sweep and 0.0005 ms in plain jit(vmap(scan))"
    )
    assert found["memory"].measured == pytest.approx(gibibytes)
    assert redrawn("speed.ensembles", data, config.Config(num_steps=10)) == ["ensemble_size"]
    rows = verdicts.table(data)
    assert [(row["method"], row["networks"]) for row in rows[-3:]] == [("plain jit(vmap(scan))", n) for n in sizes[:3]]
    assert rows[1]["networks_per_second"] == pytest.approx(1e8)


def test_an_ensemble_that_is_large_enough_is_asked_for():
    with pytest.raises(ValueError, match="must hold one of 1,000 networks or more"):
        config.check(config.Config(ensembles=(1, 10)))


@pytest.mark.usefixtures("nothing_trained")
def test_a_tiny_run(monkeypatch):
    monkeypatch.setattr(memory, "measure", lambda networks, steps: [(10**9, 100)] * len(networks))
    data = run.run(config.Config((1, 3), 1, 2, rounds=2, at_least=0.0))
    assert np.isfinite(data.seconds).all("round").values.tolist() == [[True, True], [True, False]]
    assert data.measured_networks == 3


@pytest.mark.slow
def test_memory_is_measured_in_a_process_of_its_own():
    (small, result), (large, larger) = memory.measure((10, 20_000), 2)
    assert small <= large
    assert result < larger < large
