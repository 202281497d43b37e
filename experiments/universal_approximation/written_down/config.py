"""The settings of `universal_approximation.written_down`."""

from dataclasses import dataclass

from experiments.lab import checks
from experiments.universal_approximation.shared.targets import TARGETS

STORE = False  # nothing here is a sweep


@dataclass(frozen=True)
class Config:
    """Which networks are written down. Nothing is random but the points at which rounding is measured."""

    targets: tuple[str, ...] = TARGETS  # scientific
    widths: tuple[int, ...] = tuple(round(4 * 2 ** (i / 2)) for i in range(17))  # scientific: hidden units, 4 to 1024
    sharpness: float = 16.0  # fixed: gain of the sigmoids times the length of a piece
    gain_target: str = "sine"  # fixed: the function on which gains are compared
    gains: tuple[float, ...] = (16.0, 64.0, 256.0)  # scientific: gains, times the length of the interval, kept fixed
    rounding_widths: tuple[int, ...] = tuple(2**i for i in range(2, 14))  # scientific: ReLU units, 4 to 8192
    seed: int = 0  # fixed: draws the points at which rounding is measured


FULL = Config()
QUICK = Config(
    targets=("sine", "kink", "jump"),
    widths=(8, 23, 32, 45, 64, 91, 128),
    gains=(16.0, 128.0),
    rounding_widths=(64, 256, 1024, 4096),
)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.one_of(config, "targets", TARGETS)
    checks.one_of(config, "gain_target", TARGETS)
    checks.rising(config, "widths", "rounding_widths", least=2, count=3)
    checks.positive(config, "sharpness", "gains")
    if max(config.sharpness, *config.gains) == float("inf"):
        raise ValueError(f"sharpness={config.sharpness!r}, gains={config.gains!r} must be finite")
