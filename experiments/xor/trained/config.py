"""The settings of `xor.trained`."""

from dataclasses import dataclass

from experiments.lab import checks

# Ends of the geometric grid of rates of each solver: three decades around what its users take.
RATES = {"gradient descent": (0.03, 30.0), "momentum": (0.003, 3.0), "Adam": (0.001, 1.0)}
MONOTONE = ("sigmoid", "tanh", "relu")


@dataclass(frozen=True)
class Config:
    """Which settings are compared, and with how many networks."""

    hidden: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8)  # scientific: hidden neurons
    activations: tuple[str, ...] = ("sigmoid", "tanh", "relu", "gelu", "sin")  # scientific
    solvers: tuple[str, ...] = ("gradient descent", "momentum", "Adam")  # scientific
    inits: tuple[str, ...] = ("lecun_normal", "glorot_uniform", "he_normal", "normal")  # scientific
    num_rates: int = 7  # nuisance: rates tried for every setting
    tuning_seeds: int = 100  # nuisance: seeds that choose the rate, never reported
    seeds: int = 1000  # fixed: fresh seeds for every setting
    num_steps: int = 2000  # fixed: full-batch updates


FULL = Config()
QUICK = Config(
    hidden=(1, 2, 4),
    activations=("tanh", "relu"),
    solvers=("Adam",),
    inits=("lecun_normal",),
    tuning_seeds=100,
    num_steps=1000,
)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.rising(config, "hidden")
    checks.one_of(config, "solvers", RATES)
    checks.at_least(config, num_rates=2, tuning_seeds=1, seeds=2, num_steps=1)
