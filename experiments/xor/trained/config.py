"""The settings of `xor.trained`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

# Ends of the geometric grid of rates of each solver: around its usual rates, and beyond for small weights.
RATES = {"gradient descent": (0.03, 300.0), "momentum": (0.003, 30.0), "Adam": (0.001, 10.0)}
SCALES = {"uniform": 0.3}  # factors on the initial weights: small ones, as in some rows of `published`
MONOTONE = ("sigmoid", "tanh", "relu")
ACTIVATIONS = (*MONOTONE, "gelu", "sin")  # claims about one neuron distinguish which of them are monotone
INITS = (  # those of `nnjax.initializers` whose weights differ from seed to seed with XOR's two inputs
    "lecun_normal", "lecun_uniform", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "normal", "uniform",
    "orthogonal",
)  # fmt: skip


@dataclass(frozen=True)
class Config:
    """Which settings are compared, and with how many networks."""

    hidden: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8)  # scientific: hidden neurons
    # scientific
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ("sigmoid", "tanh", "relu", "gelu", "sin")
    solvers: Annotated[tuple[str, ...], one_of(RATES)] = ("gradient descent", "momentum", "Adam")  # scientific
    # scientific
    inits: Annotated[tuple[str, ...], one_of(INITS)] = (
        "lecun_normal", "glorot_uniform", "he_normal", "normal", "uniform",
    )  # fmt: skip
    num_rates: Annotated[int, at_least(2)] = 9  # nuisance: rates tried for every setting
    # fixed: how often each rate is tuned, on other seeds each time; the fresh seeds are dealt equally among the tunings
    tunings: Annotated[int, at_least(2, 90)] = 8
    tuning_seeds: int = 50  # nuisance: seeds of each tuning, never reported
    seeds: Annotated[int, at_least(2)] = 1000  # fixed: fresh seeds for every setting
    num_steps: int = 5000  # fixed: full-batch updates


FULL = Config()
QUICK = Config(
    hidden=(1, 2, 4),
    activations=("tanh", "relu"),
    solvers=("Adam",),
    inits=("lecun_normal",),
    tunings=4,
    tuning_seeds=25,
    num_steps=1000,
)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if config.seeds % config.tunings:
        raise ValueError(f"seeds={config.seeds!r} must be a multiple of tunings={config.tunings!r}")
