"""The settings of `your_table.against_search`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import Allowed, at_least, one_of
from experiments.your_table.shared.benchmark import TABLES

# At equal trials, and at equal seconds.
NETWORK, SEARCH, BOOSTING = "network", "MLP search", "boosting search"
NETWORK_LONG, SEARCH_LONG = "network, equal seconds", "MLP search, equal seconds"
METHODS = (NETWORK, SEARCH, BOOSTING, NETWORK_LONG, SEARCH_LONG)
BASELINES = {NETWORK: SEARCH, BOOSTING: SEARCH, NETWORK_LONG: SEARCH_LONG}  # what each is compared with
STORE = False  # what is read back from disk would be timed as training


@dataclass(frozen=True)
class Config:
    """Which tables, and how much of each is trained on, in how many trials."""

    tables: Annotated[tuple[str, ...], one_of(TABLES)] = TABLES  # scientific
    splits: Annotated[int, at_least(2)] = 5  # fixed: random ones, the same for all methods
    rows: Annotated[int, at_least(30)] = 800  # fixed: training rows, or 0.7 of a table that has too few
    test_rows: Annotated[int, at_least(10)] = 2_000  # fixed: or as many as are left
    trials: Annotated[int, at_least(4)] = 9  # fixed: candidates of every search at equal trials
    # fixed: what the network may take at equal seconds, or what the other search takes for `trials`, if that is longer
    seconds: float = 10.0
    folds: Annotated[int, at_least(2)] = 3  # fixed
    # nuisance: neurons of networks with one hidden layer, and of each of two, from which all searches choose
    one_layer: tuple[int, ...] = (64, 256)
    two_layers: Annotated[tuple[int, ...], Allowed(count=0)] = (128,)  # nuisance


FULL = Config()
QUICK = Config(("wine",), 2, 60, 50, 4, 0.5, 2, (16,), ())


def hidden(config: Config) -> list[tuple[int, ...]]:
    """The hidden sizes from which all searches over networks choose."""
    return [(width,) for width in config.one_layer] + [(width, width) for width in config.two_layers]
