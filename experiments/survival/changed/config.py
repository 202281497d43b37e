"""The settings of `survival.changed`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least

CHECKS = ("refused", "field named", "then and now told", "nothing trained", "store untouched")
EXTENSION_CHECKS = ("goes on", "old numbers stay", "as in memory")


@dataclass(frozen=True)
class Config:
    """The sweep, and which settings are changed."""

    num_steps: Annotated[int, at_least(2)] = 6  # fixed: updates of each network
    seeds: Annotated[int, at_least(3)] = 3  # fixed: of each setting
    every: int = 1  # fixed: 2 changes every second setting and extends every second axis, and so on


FULL = Config()
QUICK = Config(every=4)
