"""The settings of `activations.fastest`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import Allowed, at_least, one_of

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sin")
TASKS = ("XOR", "smooth", "kinked", "spirals", "MNIST-1D")
# The learning rates that are tried first, by solver and task: a factor of 2 apart, and the grid grows at its ends.
RATES = {
    "momentum": {
        "XOR": (0.5, 1.0, 2.0, 4.0, 8.0),
        "smooth": (0.02, 0.04, 0.08, 0.16, 0.32),
        "kinked": (0.02, 0.04, 0.08, 0.16, 0.32),
        "spirals": (0.2, 0.4, 0.8, 1.6, 3.2),
        "MNIST-1D": (0.025, 0.05, 0.1, 0.2, 0.4),
    },
    "Adam": {
        "XOR": (0.05, 0.1, 0.2, 0.4, 0.8),
        "smooth": (0.02, 0.04, 0.08, 0.16, 0.32),
        "kinked": (0.02, 0.04, 0.08, 0.16, 0.32),
        "spirals": (0.01, 0.02, 0.04, 0.08, 0.16),
        "MNIST-1D": (0.005, 0.01, 0.02, 0.04, 0.08),
    },
}


@dataclass(frozen=True)
class Config:
    """Which activations, tasks and solvers, and how many networks."""

    # scientific
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS, count=2)] = ACTIVATIONS
    tasks: Annotated[tuple[str, ...], one_of(TASKS)] = TASKS  # scientific
    solvers: Annotated[tuple[str, ...], one_of(RATES)] = ("momentum", "Adam")  # scientific
    # nuisance: factors on LeCun's initial weights, tried first with every rate
    scales: Annotated[tuple[float, ...], Allowed(count=2)] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
    widen: Annotated[int, at_least(0, 3)] = 3  # nuisance: how often a grid may grow at its ends
    tuning_seeds: int = 6  # nuisance: seeds of every rate and scale in the first round of tuning, never reported
    finalists: int = 6  # nuisance: how many pairs of a rate and a scale go into the second round
    final_seeds: int = 32  # nuisance: other seeds that choose among these, never reported
    seeds: Annotated[int, at_least(10)] = 128  # fixed: fresh seeds of every activation, task and solver


FULL = Config()
QUICK = Config(
    activations=("sigmoid", "tanh", "relu"), tasks=("kinked",), solvers=("Adam",), scales=(1.0, 2.0),
    widen=1, tuning_seeds=2, finalists=2, final_seeds=4, seeds=32,
)  # fmt: skip
