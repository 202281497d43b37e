"""The settings of `universal_approximation.written_down`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least, one_of
from experiments.universal_approximation.shared.targets import TARGETS

STORE = False  # nothing here is a sweep


@dataclass(frozen=True)
class Config:
    """Which networks are written down. Nothing is random but the points at which rounding is measured."""

    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = TARGETS  # scientific
    # scientific: hidden units, 4 to 1024
    widths: Annotated[tuple[int, ...], at_least(2, count=3)] = tuple(round(4 * 2 ** (i / 2)) for i in range(17))
    sharpness: Annotated[float, at_least(1)] = 16.0  # fixed: gain of the sigmoids times the length of a piece
    gain_target: Annotated[str, one_of(TARGETS)] = "sine"  # fixed: the function on which gains are compared
    gains: tuple[float, ...] = (16.0, 64.0, 256.0)  # scientific: gains, times the length of the interval, kept fixed
    # scientific: ReLU units, 4 to 8192
    rounding_widths: Annotated[tuple[int, ...], at_least(2, count=3)] = tuple(2**i for i in range(2, 14))
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed: draws the points at which rounding is measured


FULL = Config()
QUICK = Config(
    targets=("sine", "kink", "jump"),
    widths=(8, 23, 32, 45, 64, 91, 128),
    gains=(16.0, 128.0),
    rounding_widths=(64, 256, 1024, 4096),
)
