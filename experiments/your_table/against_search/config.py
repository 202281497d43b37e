"""The settings of `your_table.against_search`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least, one_of

REGRESSION = ("diabetes",)  # what is predicted there is a number
TABLES = (
    "wine", "breast_cancer", "diabetes", "digits", "segment", "spambase", "optdigits", "satimage", "penbased", "magic",
    "letter",
)  # fmt: skip
TRIALS, SECONDS, SEARCH, BOOSTING = "network", "network, equal seconds", "MLP search", "boosting search"
METHODS = (TRIALS, SECONDS, SEARCH, BOOSTING)
STORE = False  # what is read back from disk would be timed as training


@dataclass(frozen=True)
class Config:
    """Which tables, and how much of each is trained on, in how many trials."""

    tables: Annotated[tuple[str, ...], one_of(TABLES)] = TABLES  # scientific
    splits: Annotated[int, at_least(2)] = 6  # fixed: random ones, the same for all methods
    rows: Annotated[int, at_least(30)] = 800  # fixed: training rows, or 0.7 of a table that has too few
    test_rows: Annotated[int, at_least(10)] = 2_000  # fixed: or as many as are left
    trials: Annotated[int, at_least(4)] = 8  # fixed: candidates of every search
    folds: Annotated[int, at_least(2)] = 3  # fixed


FULL = Config()
QUICK = Config(("wine",), 2, 60, 50, 4, 2)
