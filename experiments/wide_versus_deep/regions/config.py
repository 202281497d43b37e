"""The settings of `wide_versus_deep.regions`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least

LEAST_WIDTH = 8  # the least width of layers in networks to which an exponent is fitted: narrower ones often die


@dataclass(frozen=True)
class Config:
    """Which untrained networks are counted, how many, and which are trained."""

    depths: tuple[int, ...] = (1, 2, 4, 8)  # scientific: hidden layers of equal width, along lines
    # scientific: neurons of all layers together, along lines
    neurons: Annotated[tuple[int, ...], at_least(1, count=3)] = (16, 32, 64, 128, 256)
    networks: Annotated[int, at_least(2)] = 200  # fixed: untrained networks of every setting along lines
    plane_depths: tuple[int, ...] = (1, 2, 4)  # scientific: hidden layers, in planes
    # scientific: neurons of all layers together, in planes
    plane_neurons: Annotated[tuple[int, ...], at_least(1, count=3)] = (16, 32, 64, 128)
    plane_networks: Annotated[int, at_least(2)] = 40  # fixed: untrained networks of every setting in planes
    bound_width: Annotated[int, at_least(4)] = 4  # fixed: width of the layers of networks that are written down
    line_layers: int = 8  # scientific: how many such layers there are at most
    plane_layers: int = 6  # scientific: the same in planes
    trained_depths: tuple[int, ...] = (1, 2, 4, 8)  # scientific: hidden layers of the trained networks
    trained_neurons: int = 64  # fixed: neurons of all layers together
    shown_depth: int = 4  # fixed: layers of the trained networks in the figure
    rates: tuple[float, ...] = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)  # nuisance: learning rates tried
    tuning_seeds: int = 4  # nuisance: seeds for tuning the rate, never reported
    seeds: Annotated[int, at_least(2)] = 64  # fixed: networks of each setting that is reported
    rows: Annotated[int, at_least(64, 100_000)] = 256  # fixed: rows of each task
    num_steps: int = 4_000  # fixed
    record_every: int = 25  # fixed: steps between two records
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed: draws the untrained networks and the rows


FULL = Config()
QUICK = Config(
    depths=(1, 4), neurons=(16, 32, 64), networks=50, plane_depths=(1, 4), plane_neurons=(16, 32, 64),
    plane_networks=10, line_layers=5, plane_layers=4, trained_depths=(2,), trained_neurons=32, shown_depth=2,
    rates=(3e-3, 1e-2), tuning_seeds=2, seeds=6, num_steps=800,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    for name in ("neurons", "plane_neurons"):
        neurons, depths = getattr(config, name), getattr(config, name.replace("neurons", "depths"))
        if any(n % depth for n in neurons for depth in depths):
            raise ValueError(f"{name}={neurons!r} must be multiples of every depth, of {depths!r}")
        if neurons[-2] < LEAST_WIDTH * depths[-1]:
            raise ValueError(
                f"{name}={neurons!r} must hold two or more that give {depths[-1]} layers {LEAST_WIDTH} neurons each: "
                "an exponent is fitted to those"
            )
    if any(config.trained_neurons % d for d in config.trained_depths):
        raise ValueError(
            f"trained_neurons={config.trained_neurons!r} must be a multiple of every depth of {config.trained_depths!r}"
        )
    if config.shown_depth not in config.trained_depths:
        raise ValueError(f"shown_depth={config.shown_depth!r} must be one of trained_depths={config.trained_depths!r}")
    checks.divides(config, "record_every", "num_steps")
