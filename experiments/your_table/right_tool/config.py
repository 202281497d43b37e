"""The settings of `your_table.right_tool`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import any_order, at_least, one_of

STORE = False  # one table's networks are trained in seconds


@dataclass(frozen=True)
class Config:
    """Which table, what is predicted, and how much is tried."""

    data: str = "breast_cancer"  # scientific: a file, or breast_cancer, wine or diabetes
    target: str | None = None  # scientific: the name of the column that is predicted
    task: Annotated[str | None, one_of(("classes", "numbers"))] = None  # scientific: if not given, the target decides
    drop: Annotated[tuple[str, ...] | None, any_order()] = None  # scientific: columns that are not to be used
    group: str | None = None  # scientific: a column whose equal cells name rows that belong together; no input
    rows: Annotated[int | None, at_least(50, 100_000_000)] = None  # scientific: rows used at most, drawn at random
    trials: Annotated[int, at_least(2)] = 32  # nuisance: settings of each method that are tried
    folds: Annotated[int, at_least(3, 20)] = 5  # fixed: outer folds, whose errors are ranked
    repeats: Annotated[int, at_least(1, 20)] = 2  # fixed: how often the rows are split into folds
    # nuisance: hidden layers of the networks that are tried, the same number of each
    hidden: Annotated[tuple[tuple[int, ...], ...], any_order(1)] = ((64,), (256,), (64, 64), (128, 128))
    # fixed: updates of a network at most; folds tell when it stops; if not given, 100 epochs, but 300 to 4,000
    steps: Annotated[int | None, at_least(30)] = None
    inner_folds: Annotated[int, at_least(2, 20)] = 3  # fixed: folds by which settings are chosen
    members: Annotated[int, at_least(1, 100)] = 8  # fixed: networks whose mean is the prediction
    shuffles: Annotated[int, at_least(1, 1_000)] = 20  # fixed: permutations of each column
    seed: Annotated[int, at_least(0)] = 0  # fixed: of splits, searches and networks
    most_minutes: float = 60.0  # fixed: a run that is expected to take longer is refused


FULL = Config()
QUICK = Config(
    data="wine", trials=4, repeats=1, hidden=((64,), (64, 64)), steps=500, inner_folds=2, members=4, shuffles=5
)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything is trained: the table is read and described as well."""
    checks.check(config)
    # Not at the top: pandas takes a second, for which `--help` would wait.
    from experiments.your_table.shared import installed

    installed.check()
    from experiments.your_table.shared import describe

    describe.table(config.data, config.target, config.task, config.drop or (), config.rows, config.seed, config.group)
