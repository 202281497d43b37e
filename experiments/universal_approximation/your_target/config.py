"""The settings of `universal_approximation.your_target`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

ANY = at_least(float("-inf"))
STORE = False  # times are measured
RECORDS = 20  # records of a network's error during training
FEWEST_ROWS = 10  # training points for each piece of a ReLU network


@dataclass(frozen=True)
class Config:
    """What is approximated, and by how many networks."""

    function: str | None = None  # scientific: a formula of x, or the address package.module:name; None: `DEFAULT`
    data: str | None = None  # scientific: a file of points, in place of a function
    # scientific: the least x; if not given, -1 for a function and the first point of a file
    low: Annotated[float | None, ANY] = None
    # scientific: the greatest x; if not given, 1 for a function and the last point of a file
    high: Annotated[float | None, ANY] = None
    widths: tuple[int, ...] = (2, 4, 8, 16, 32)  # scientific: hidden units
    activations: Annotated[tuple[str, ...], one_of(("relu", "tanh"))] = ("relu", "tanh")  # scientific
    seeds: Annotated[int, at_least(2)] = 16  # scientific: networks of each kind
    tuning_seeds: int = 2  # nuisance: seeds that choose the rate, never reported
    projection_rates: tuple[float, ...] = (1.0, 100.0, 1e4)  # nuisance: reciprocals of the first damping
    adam_rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3)  # nuisance: learning rates of Adam
    num_points: int = 1_024  # fixed: training points of a function
    projection_steps: Annotated[int, at_least(RECORDS, multiple=RECORDS)] = 300  # fixed: steps of variable projection
    adam_steps: Annotated[int, at_least(RECORDS, multiple=RECORDS)] = 5_000  # fixed: steps of Adam
    best_up_to: Annotated[int, at_least(0)] = 64  # fixed: units up to which the best network is computed


FULL = Config()
QUICK = Config(
    widths=(4, 16),
    activations=("relu",),
    seeds=6,
    tuning_seeds=1,
    projection_rates=(1.0,),
    projection_steps=60,
    adam_rates=(0.03,),
    adam_steps=600,
)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything compiles; the target is checked as well."""
    checks.check(config)
    fewest = FEWEST_ROWS * (max(config.widths) + 1)
    if config.data is None and config.num_points < fewest:
        raise ValueError(
            f"num_points={config.num_points!r} must be {fewest} or more, {FEWEST_ROWS} for each piece of the widest "
            f"network, widths={config.widths!r}"
        )
    # Not at the top: the target needs NumPy and more, for which `--help` would wait.
    from experiments.universal_approximation.your_target import target

    problem = target.problem(config.function, config.data, config.low, config.high, config.num_points)
    target.fitting(config.widths, problem)
