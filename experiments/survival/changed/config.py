"""The settings of `survival.changed`."""

from dataclasses import dataclass

from experiments.lab import checks

CHECKS = ("refused", "field named", "then and now told", "nothing trained", "store untouched")
EXTENSION_CHECKS = ("goes on", "old numbers stay", "as in memory")


@dataclass(frozen=True)
class Config:
    """The sweep, and which settings are changed."""

    num_steps: int = 6  # fixed: updates of each network
    seeds: int = 3  # fixed: of each setting
    every: int = 1  # fixed: 2 changes every second setting and extends every second axis, and so on


FULL = Config()
QUICK = Config(every=4)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.at_least(config, num_steps=2, seeds=3, every=1)
