"""The settings of `universal_approximation.trained`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import any_order, at_least, one_of
from experiments.universal_approximation.shared.targets import TARGETS

# Learning rates that are tried: nuisance. L-BFGS and variable projection find their step lengths themselves.
RATES = {"Adam": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0), "L-BFGS": (1.0,), "variable projection": (10.0,)}

ACTIVATIONS = ("sigmoid", "tanh", "relu", "gelu", "sin", "elu")

Stage = tuple[int, int, int, int]  # up to this width: training rows, seeds, steps (the same in every stage)


@dataclass(frozen=True)
class Config:
    """Which solvers, activations, targets and widths are compared, and with how many networks."""

    widths: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)  # scientific: hidden neurons N
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS  # scientific
    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = TARGETS  # scientific
    # nuisance: sizes of the initial weights that are tried
    scales: tuple[float, ...] = (0.0625, 0.25, 1.0, 4.0, 16.0, 64.0, 256.0)
    tuning_seeds: int = 2  # nuisance: seeds that choose, never reported
    # fixed: stages of Adam: greatest width, training rows, reported seeds, steps; none: the solver is left out
    adam: Annotated[tuple[Stage, ...], any_order(count=0)] = (
        (64, 1024, 16, 8000),
    )  # fmt: skip
    # fixed: stages of L-BFGS, like those of Adam
    lbfgs: Annotated[tuple[Stage, ...], any_order(count=0)] = (
        (16, 256, 16, 1600), (64, 512, 8, 1600),
    )  # fmt: skip
    # fixed: stages of variable projection, like those of Adam; it cannot be left out
    projection: Annotated[tuple[Stage, ...], any_order()] = (
        (16, 1024, 16, 120), (64, 1024, 8, 120),
    )  # fmt: skip
    fit_widths: tuple[int, ...] = (4, 16, 64)  # fixed: networks that are drawn with their knots
    film_widths: tuple[int, ...] = (2, 4, 8, 16, 32, 64)  # fixed: networks of the animation
    # fixed: the networks whose error is drawn against time: activation, target, width
    cases: tuple[tuple[str, str, int], ...] = (
        ("relu", "sine", 16), ("tanh", "sine", 16), ("relu", "chirp", 64), ("tanh", "chirp", 64),
    )  # fmt: skip
    seconds: Annotated[float, at_least(0, 3_600)] = 2.0  # fixed: for each curve of error against time


FULL = Config()
QUICK = Config(
    widths=(4, 16), activations=("relu",), targets=("sine", "kink"), scales=(4.0,), adam=((4, 256, 6, 300),),
    lbfgs=(), projection=((16, 256, 6, 30),), fit_widths=(4, 16), film_widths=(16,),
    cases=(("relu", "sine", 4),), seconds=0.1,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    stages = {name: getattr(config, name) for name in ("adam", "lbfgs", "projection")}
    for name, rows in stages.items():
        if any(seeds < 2 or points < 2 or steps < 1 for _, points, seeds, steps in rows):
            raise ValueError(
                f"{name}={rows!r}: each stage is (width, rows, seeds, steps), of 2 rows and seeds at least"
            )
        if any(steps % 2 or steps != rows[0][-1] for *_, steps in rows):
            raise ValueError(
                f"{name}={rows!r}: all stages must have the same even number of steps, or a change with N may be the "
                "budget's; the errors after half of them tell whether training has ended"
            )
    reach = {name: rows[-1][0] for name, rows in stages.items() if rows}
    if "projection" not in reach or max(reach.values()) < config.widths[-1]:
        raise ValueError(
            f"adam, lbfgs and projection reach N of {reach!r}: projection is needed, and one must reach the width "
            f"{config.widths[-1]}"
        )
    for name in ("fit_widths", "film_widths"):
        some = [n for n in getattr(config, name) if n in config.widths and n <= reach["projection"]]
        if not some:
            raise ValueError(f"{name}={getattr(config, name)!r} must hold a width that variable projection trains")
    for activation, task, width in config.cases:
        inside = activation in config.activations and task in config.targets and width in config.widths
        if not inside or width > min(reach.values()):
            raise ValueError(
                f"cases={config.cases!r}: {(activation, task, width)!r} is not among what every solver trains"
            )
