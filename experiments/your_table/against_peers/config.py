"""The settings of `your_table.against_peers`."""

import importlib.util
from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of
from experiments.your_table.shared.benchmark import TABLES

NETWORK, REALMLP, TABM = "network", "RealMLP", "TabM"
PEERS = (REALMLP, TABM)
METHODS = (NETWORK, *PEERS)
STORE = False  # what is read back from disk would be timed as training


@dataclass(frozen=True)
class Config:
    """Which tables, and how many rows of each are trained on."""

    tables: Annotated[tuple[str, ...], one_of(TABLES)] = TABLES  # scientific
    splits: Annotated[int, at_least(2)] = 5  # fixed: random ones, the same for all methods
    rows: Annotated[int, at_least(30)] = 800  # fixed: training rows, or 0.7 of a table that has too few
    test_rows: Annotated[int, at_least(10)] = 2_000  # fixed: or as many as are left
    first_split: Annotated[int, at_least(0)] = 5  # fixed: earlier splits had been seen when a statement was added


FULL = Config()
QUICK = Config(("wine",), 2, 60, 50)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting or the package that is missing, before anything runs."""
    checks.check(config)
    if importlib.util.find_spec("pytabkit") is None:
        raise ValueError("against_peers needs pytabkit, not installed: pip install -e '.[peers]'")
