"""The settings of `learning_from_data.codes`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least

CUT = 5_000  # sweeps after which one of the sources stops


@dataclass(frozen=True)
class Config:
    """How many networks, and for how long."""

    seeds: Annotated[int, at_least(2)] = 4_000  # fixed: networks in each source's own setting
    # nuisance: networks in each of the other readings; 0 leaves these out
    reading_seeds: Annotated[int, at_least(0)] = 1_000
    sweeps: Annotated[int, at_least(CUT)] = 60_000  # fixed: most sweeps of a symmetry network
    epochs: int = 20_000  # scientific: of an encoder; part of the published setting
    record_every: int = 20  # fixed: sweeps between two checks of whether a network has solved its task


FULL = Config()
QUICK = Config(seeds=100, reading_seeds=0, sweeps=CUT, epochs=2_000, record_every=50)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    for name in ("sweeps", "epochs"):
        checks.divides(config, "record_every", name)
    if CUT % config.record_every:
        raise ValueError(f"record_every={config.record_every} must divide {CUT:,}, where one of the sources stops")
