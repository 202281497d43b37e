"""The settings of `activations.trainable_depth`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

BIASES = {"tanh": 0.05, "relu": 0.0}  # variance of the biases
JUDGED_ROWS = 1_000  # training rows on which accuracy is taken
LEARNED = 0.2  # accuracy above which a network has learned: twice chance
# A factor of sqrt 10 apart, from where no network moves in the steps of FULL to where none of many layers learns.
RATES = (1e-6, 3.2e-6, 1e-5, 3.2e-5, 1e-4, 3.2e-4, 1e-3, 3.2e-3, 0.01, 0.032, 0.1, 0.32, 1.0)


@dataclass(frozen=True)
class Config:
    """What is trained, and how many networks."""

    activations: Annotated[tuple[str, ...], one_of(BIASES)] = ("tanh", "relu")  # scientific
    # scientific: variances of the weights, times fan-in; tanh's include those of the published grid
    tanh_variances: Annotated[tuple[float, ...], at_least(0.1, count=3)] = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
    # scientific: the same for ReLU
    relu_variances: Annotated[tuple[float, ...], at_least(0.1, count=3)] = (0.5, 1.0, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
    # scientific: hidden layers, about a factor of sqrt 2 apart
    depths: Annotated[tuple[int, ...], at_least(1, 128, count=2)] = (2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64)
    short_steps: int = 200  # scientific: length of the shorter trainings
    num_steps: int = 1_000  # scientific: length of the longer trainings
    rates: tuple[float, ...] = RATES  # nuisance: learning rates tried for every setting
    tuning_seeds: int = 2  # nuisance: seeds that choose the rate, never reported
    seeds: int = 10  # fixed: reported networks of every setting, each on a draw of its own
    digit_seeds: Annotated[int, at_least(0)] = 10  # fixed: networks of every setting on the digits; 0 leaves them out
    width: Annotated[int, at_least(2, 1024)] = 64  # fixed: neurons in each layer
    batch_size: Annotated[int, at_least(1, 1024)] = 16  # fixed


FULL = Config()
QUICK = Config(
    activations=("tanh",), tanh_variances=(0.1, 0.5, 1.75), depths=(2, 6), short_steps=100, num_steps=300,
    rates=(0.01, 0.1), tuning_seeds=1, seeds=2, digit_seeds=0,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    checks.less(config, "short_steps", "num_steps")
    checks.divides(config, "short_steps", "num_steps")


def variances(config: Config, activation: str) -> tuple[float, ...]:
    """The variances of the weights of an activation, times fan-in."""
    return config.tanh_variances if activation == "tanh" else config.relu_variances
