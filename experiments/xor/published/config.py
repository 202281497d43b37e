"""The settings of `xor.published`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least, one_of

ROWS = (
    "pdp-direct-links",
    "pdp-local-minima",
    "pdp-chauvin",
    "hinton-momentum",
    "hinton-direct-links",
    "hinton-restart",
    "ai-timeline-online",
    *(f"parity-{bits}" for bits in (2, 3, 4, 5, 6, 7)),
)


@dataclass(frozen=True)
class Config:
    """Which rows are repeated, with how many networks."""

    rows: Annotated[tuple[str, ...], one_of(ROWS)] = ROWS  # scientific: see rows.py
    # fixed: networks in a reading that comes first or decides (fewer where the row says so)
    seeds: Annotated[int, at_least(2)] = 10_000
    reading_seeds: Annotated[int, at_least(0)] = 2048  # nuisance: networks in each other reading; 0 leaves those out


FULL = Config()
QUICK = Config(rows=("hinton-momentum", "ai-timeline-online"), seeds=500, reading_seeds=0)
