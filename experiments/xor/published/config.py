"""The settings of `xor.published`."""

from dataclasses import dataclass

from experiments.lab import checks

ROWS = (
    "pdp-direct-links",
    "pdp-2-2-1",
    "hinton-momentum",
    "hinton-restart",
    "ai-timeline-online",
    *(f"parity-{bits}" for bits in (2, 3, 4, 5, 6, 7)),
)


@dataclass(frozen=True)
class Config:
    """Which rows are repeated, with how many networks."""

    rows: tuple[str, ...] = ROWS  # scientific: see rows.py
    seeds: int = 10_000  # fixed: networks in a first reading (fewer where the row says so)
    reading_seeds: int = 2048  # nuisance: networks in each other reading; 0 leaves them out


FULL = Config()
QUICK = Config(rows=("hinton-momentum", "ai-timeline-online"), seeds=500, reading_seeds=0)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.one_of(config, "rows", ROWS)
    checks.at_least(config, seeds=2, reading_seeds=0)
