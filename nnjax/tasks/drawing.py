"""The random generators with which tasks draw. `nnjax.hooks.offsetting_seeds` adds an offset to their seeds."""

from contextvars import ContextVar
from typing import Any

import numpy as np

from nnjax.checks import whole_number

NUM_SEEDS = 2**32
# Added to the seeds of tasks and of sweeps, modulo NUM_SEEDS.
OFFSET: ContextVar[int] = ContextVar("seed_offset", default=0)


def shifted(seed: int) -> int:
    """The seed with the offset added to its lowest 32 bits, so that different seeds stay different."""
    return seed - seed % NUM_SEEDS + (seed + OFFSET.get()) % NUM_SEEDS


def generator(seed: Any) -> np.random.Generator:
    """The generator for a draw with this seed.

    Raises:
        ValueError: for a seed that is not a whole number of 0 or more.
    """
    return np.random.default_rng(shifted(whole_number(seed, "seed", 0)))
