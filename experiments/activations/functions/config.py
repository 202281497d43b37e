"""The settings of `activations.functions`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

ACTIVATIONS = ("step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sin")
COMPARED = ("relu", "sigmoid", "tanh")  # the figure of saturation compares the first with the others
REACH = 50  # derivatives are evaluated for |z| up to here


@dataclass(frozen=True)
class Config:
    """Which activations are evaluated, and at which points."""

    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS  # scientific
    # scientific: standard deviations of the pre-activations
    spreads: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0, 30.0)
    draws: Annotated[int, at_least(1_000)] = 200_000  # fixed: pre-activations for each standard deviation
    per_unit: Annotated[int, at_least(8, 1_024)] = 256  # fixed: points of the grids between two whole numbers


FULL = Config()
QUICK = Config(draws=50_000, per_unit=64)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if not set(COMPARED) <= set(config.activations):
        raise ValueError(f"activations={config.activations!r} must hold {', '.join(COMPARED)}, which are compared")
