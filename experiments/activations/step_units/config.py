"""The settings of `activations.step_units`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

CODINGS = {"0 and 1": 0.0, "-1 and 1": -1.0}  # the two values of an input, and the lower of them
OUTPUT, THROUGH, CLIPPED, RISING, CUT, SMOOTH = (
    "output layer alone", "straight-through", "clipped straight-through", "rising gain", "sigmoid, cut", "sigmoid",
)  # fmt: skip
WAYS = (OUTPUT, THROUGH, CLIPPED, RISING, CUT, SMOOTH)
# Ends of the grid of rates of each way; the straight-through ways are tried up to higher rates than the others.
RATES = {OUTPUT: (1e-3, 1e1), THROUGH: (1e-3, 1e3), CLIPPED: (1e-3, 1e3), RISING: (1e-3, 1e1), SMOOTH: (1e-3, 1e1)}


@dataclass(frozen=True)
class Config:
    """Which networks are trained, and how many."""

    ways: Annotated[tuple[str, ...], one_of(WAYS)] = WAYS  # scientific: how hidden units are trained
    codings: Annotated[tuple[str, ...], one_of(CODINGS)] = ("0 and 1", "-1 and 1")  # scientific: numbers of an input
    hidden: tuple[int, ...] = (2, 3, 4, 6, 8)  # scientific: hidden units
    per_decade: Annotated[int, at_least(1, 4)] = 2  # nuisance: learning rates tried in each decade
    # nuisance: last gains of a rising gain; 1, where the gain stays, is the least possible and no end of the grid
    gains: Annotated[tuple[float, ...], at_least(1, count=3)] = (1.0, 2.0, 4.0, 16.0)
    tuning_seeds: Annotated[int, at_least(10)] = 200  # nuisance: seeds that choose rate and gain, never reported
    seeds: Annotated[int, at_least(10)] = 1000  # fixed: reported networks of every setting
    # fixed: networks whose output layer alone learns, for the computed share; the first of them are those above
    layers: Annotated[int, at_least(10)] = 10_000
    num_steps: Annotated[int, at_least(10)] = 1000  # fixed: full-batch updates
    # fixed: units of the step networks that are written down
    written: Annotated[tuple[int, ...], at_least(1, 4096, count=3)] = (4, 8, 16, 32, 64, 128, 256, 512)


FULL = Config()
QUICK = Config(
    ways=(OUTPUT, THROUGH, RISING, CUT, SMOOTH), codings=("0 and 1",), hidden=(4,), per_decade=1,
    gains=(1.0, 4.0, 16.0), tuning_seeds=50, seeds=300,
    layers=1000, num_steps=300,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if {OUTPUT, SMOOTH} - {*config.ways} or (RISING in config.ways) != (CUT in config.ways):
        raise ValueError(
            f"ways={config.ways!r} must hold {OUTPUT!r} and {SMOOTH!r}, and {RISING!r} and {CUT!r} both or neither"
        )
    if config.layers < config.seeds:
        raise ValueError(f"layers={config.layers!r} must be seeds={config.seeds!r} or more")
    if min(config.gains) != 1:
        raise ValueError(f"gains={config.gains!r} must hold 1, where the gain does not rise")
