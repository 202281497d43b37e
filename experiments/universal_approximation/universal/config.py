"""The settings of `universal_approximation.universal`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

TARGETS = (  # those of `nnjax.tasks.TARGETS`
    "sine", "square", "exp", "runge", "exp_sin", "exp_cos", "reciprocal_sin", "kink", "jump", "oscillating", "chirp",
    "weierstrass",
)  # fmt: skip
SHOWN = "exp_cos"  # the target of the figures, of the conditions and of trained hidden weights; neither even nor odd
DEGREE = 7  # the highest of the activations that are polynomials: errors of all of them fall up to N = 8


@dataclass(frozen=True)
class Config:
    """Which functions are approximated, by how many units, and with how many draws of their hidden weights."""

    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = TARGETS  # scientific
    # scientific: hidden units, 1 to 256
    widths: Annotated[tuple[int, ...], at_least(1, count=3)] = tuple(2**i for i in range(9))
    seeds: Annotated[int, at_least(2)] = 12  # fixed: draws of the hidden weights
    tuning_seeds: int = 3  # nuisance: draws that choose the scale of the weights, never reported
    # scientific: hidden units whose weights are trained; () trains none
    trained_widths: Annotated[tuple[int, ...], at_least(1, count=0)] = (2, 8, 16)
    num_steps: int = 200  # fixed: steps of variable projection


FULL = Config()
QUICK = Config(
    targets=("sine", "exp_cos", "kink"), widths=(1, 4, 8, 16, 64), seeds=4, tuning_seeds=1, trained_widths=()
)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if SHOWN not in config.targets:
        raise ValueError(f"targets={config.targets!r} must hold {SHOWN!r}, which the figures show")
    if len([n for n in config.widths if n > DEGREE]) < 2:
        raise ValueError(
            f"widths={config.widths!r} must hold two of {DEGREE + 1} or more: polynomials of degree {DEGREE} fall as "
            "far as that"
        )
