"""What the claims about width and depth share: how a training step is timed."""

import numpy as np

import nnjax
from experiments.wide_versus_deep.shared import seconds

SETTINGS = {"hidden": [(2,), (3, 3)], "num_steps": 1, "loss": "sigmoid_binary_cross_entropy"}


def test_a_step_is_timed_by_sweeps_of_one_block_that_are_not_kept(monkeypatch, tmp_path):
    """Each step takes a millisecond, and all else 50."""
    plans, stores = [], []
    with nnjax.hooks.reviewing(plans.append), nnjax.hooks.storing(lambda: stores.append(1) or tmp_path / "a.zarr"):
        seconds._seconds(nnjax.tasks.xor(), seconds._block(nnjax.tasks.xor(), SETTINGS, (2,)), 3)
    assert (stores, list(tmp_path.iterdir())) == ([], [])
    (program,) = plans[0].programs
    assert (program.num_blocks, program.num_networks, program.spec.num_steps) == (1, program.lanes, 3)

    taken = []
    monkeypatch.setattr(
        seconds, "_seconds", lambda data, block, steps: taken.append((block["hidden"], steps)) or 0.05 + 0.001 * steps
    )
    found = seconds.per_step(nnjax.tasks.xor(), SETTINGS, (2, 20))
    lanes = [nnjax.plan(nnjax.tasks.xor(), **SETTINGS | {"hidden": h}).programs[0].lanes for h in SETTINGS["hidden"]]
    np.testing.assert_allclose(found * lanes, 0.001)
    assert taken[-4:] == [((2,), 2), ((2,), 80), ((3, 3), 2), ((3, 3), 80)]  # 20 steps are less than all else
