"""The settings of `wide_versus_deep.equal_budgets`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import Allowed, at_least, one_of

# The least and the greatest budget of each family of tasks (`shared/tasks.py`), in parameters. At the least, the
# deepest network is about five neurons wide.
BUDGETS = {
    "line": (250, 4_000),
    "tree": (250, 16_000),
    "radial": (250, 16_000),
    "spirals": (250, 4_000),
    "mnist1d": (1_000, 64_000),
    "mnist": (16_000, 16_000),
}


@dataclass(frozen=True)
class Config:
    """What is compared, and with how many networks."""

    families: Annotated[tuple[str, ...], one_of(BUDGETS)] = tuple(BUDGETS)  # scientific: families of tasks
    budgets: tuple[int, ...] = (250, 1_000, 4_000, 16_000, 64_000)  # scientific: parameters
    depths: Annotated[tuple[int, ...], at_least(1, count=2)] = (1, 2, 3, 5, 8)  # scientific: hidden layers
    draws: Annotated[int, at_least(2)] = 12  # fixed: fresh draws of the data
    tree_draws: Annotated[int, at_least(2)] = 24  # fixed: of the composition and its control, whose draws differ most
    seeds_per_draw: int = 2  # fixed: fresh seeds, different ones for each draw
    rates: Annotated[tuple[float, ...], Allowed(count=3)] = tuple(2.0**i for i in range(-12, -2))  # nuisance: tuned
    decays: Annotated[tuple[float, ...], at_least(0.0)] = (0.0, 0.1)  # nuisance: weight decays, tuned
    grow: Annotated[int, at_least(0)] = 6  # nuisance: rates beyond those tried, where the best lies at an end
    fail_at_edge: bool = True  # fixed: whether a rate that still lies at an end stops the run
    tuning_draws: int = 2  # nuisance: draws of the data for tuning, never reported
    tuning_seeds: int = 2  # nuisance: seeds on each of these draws, never reported
    num_steps: int = 8_000  # fixed: training steps
    short_steps: int = 2_000  # fixed: training steps of the shorter training, for equal seconds
    batch_size: int = 64  # fixed
    timed_steps: Annotated[int, at_least(10)] = 200  # fixed: steps that are timed


FULL = Config()
QUICK = Config(
    families=("spirals",), budgets=(250,), depths=(1, 3), draws=3, tree_draws=3, seeds_per_draw=1,
    rates=(2**-8, 2**-7, 2**-6), decays=(0.0,), grow=0, fail_at_edge=False, tuning_draws=1, tuning_seeds=1,
    num_steps=160, short_steps=40, timed_steps=50,
)  # fmt: skip


def budgets(family: str, config: Config) -> list[int]:
    """The budgets at which a family is trained: those within its own range."""
    low, high = BUDGETS[family]
    return [budget for budget in config.budgets if low <= budget <= high]


def draws(family: str, config: Config) -> int:
    """How many draws of a family's data are reported."""
    return config.tree_draws if family == "tree" else config.draws


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if config.depths[0] != 1:
        raise ValueError(f"depths={config.depths!r} must begin with 1, with which the others are compared")
    for name in config.families:
        if not budgets(name, config):
            low, high = BUDGETS[name]
            raise ValueError(f"budgets={config.budgets!r} must hold one from {low} to {high}, for {name!r}")
    checks.same_ratios(config, "rates")
    checks.less(config, "short_steps", "num_steps")
