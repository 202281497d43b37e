"""Two hidden neurons on XOR: seeds that nothing else uses, and a share that is judged."""

import numpy as np
import pytest

from experiments.lab.verdicts import verdicts
from experiments.xor import trained, two_neurons
from nnjax import tuning

TINY = two_neurons.Config(num_rates=2, tunings=2, tuning_seeds=4, seeds=8, num_steps=20)


def test_no_seed_is_one_of_the_claim_that_chose_the_settings():
    full = trained.Config()
    last = list(tuning.seeds(full.tunings * full.tuning_seeds))[-1]
    assert full.seeds <= two_neurons.FIRST_SEED
    assert last < tuning.FIRST_SEED + two_neurons.FIRST_SEED
    for one in two_neurons.SETTINGS.values():  # each is a setting of that claim
        assert trained.SOLVERS[one.solver] == (one.numbers, *one.rates)
        assert trained.INITS[one.init] == one.init_scale
        assert one.activation in trained.MONOTONE


@pytest.mark.slow
def test_a_tiny_run_is_judged_by_the_best_setting():
    data = two_neurons.run(TINY)
    assert dict(data.solved.sizes) == {"setting": 3, "seed": 8}
    assert data.seed.min() == two_neurons.FIRST_SEED
    half = data.assign(solved=(data.setting == "best") & (data.seed >= 0))
    for made, expected in ((half, "reproduced"), (half.assign(solved=~half.solved), "not reproduced")):
        (row,) = verdicts(two_neurons.STATEMENTS, made)
        assert row["outcome"] == expected
    assert np.array_equal(two_neurons.table(half).value, [1, 0, 0])
