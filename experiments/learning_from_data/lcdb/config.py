"""The settings of `learning_from_data.lcdb`."""

import math
from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import Allowed, at_least, one_of

# The greatest number of training rows that LCDB 1.1 has of each table.
GREATEST = {
    "letter": 13_778, "magic": 13_778, "penbased": 8_192, "optdigits": 4_096, "satimage": 4_871, "spambase": 3_445,
    "segment": 1_723,
}  # fmt: skip


@dataclass(frozen=True)
class Config:
    """Which tables, at which of LCDB's numbers of rows, and how the network's single configuration is found."""

    tables: Annotated[tuple[str, ...], one_of(GREATEST)] = tuple(GREATEST)  # scientific
    # scientific: numbers of training rows at which LCDB has measured; each table has its greatest one too
    rows: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192)
    # fixed: random ones, each with a tenth of the rows to test, and a tenth of the others put aside
    splits: Annotated[int, at_least(2)] = 25
    width: int = 128  # fixed: neurons of a hidden layer
    depths: tuple[int, ...] = (1, 2, 4)  # nuisance: hidden layers, chosen on other data
    # nuisance: learning rates, chosen there
    rates: Annotated[tuple[float, ...], Allowed(count=3)] = (0.0032, 0.0064, 0.0128, 0.0256, 0.0512, 0.1024)
    decays: tuple[float, ...] = (0.01, 0.1, 1.0)  # nuisance: chosen there
    grow: Annotated[int, at_least(0, 3)] = 2  # nuisance: values beyond, where the best lies at an end
    # nuisance: data on which these are chosen, none of LCDB's tables
    other_data: Annotated[tuple[str, ...], one_of(("MNIST-1D", "MNIST digits"))] = ("MNIST-1D", "MNIST digits")
    other_rows: Annotated[int, at_least(8, 4_096)] = 1_024  # nuisance: training rows there
    other_test_rows: Annotated[int, at_least(10, 900)] = 900  # nuisance: test rows there
    other_draws: int = 2  # nuisance: draws of each of these data
    batch_size: int = 128  # fixed; all rows if there are fewer
    least_steps: int = 2_000  # fixed: steps of a training at least
    epochs: int = 20  # fixed: epochs of a training, where these are more steps


FULL = Config()
QUICK = Config(
    tables=("segment",), rows=(64,), splits=3, width=32, depths=(1,), rates=(0.001, 0.003, 0.009),
    decays=(0.1,), grow=0, other_data=("MNIST-1D",), other_rows=64, other_test_rows=100, other_draws=1, least_steps=100,
    epochs=1,
)  # fmt: skip


def rows_of(table: str, config: Config) -> list[int]:
    """The numbers of training rows of a table, the greatest last."""
    return [*(rows for rows in config.rows if rows < GREATEST[table]), GREATEST[table]]


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    checks.same_ratios(config, "rates")
    if unknown := [rows for rows in config.rows if rows not in anchors()]:
        near = " and ".join(map(str, sorted(sorted(anchors(), key=lambda one: abs(one - unknown[0]))[:2])))
        raise ValueError(f"rows={config.rows!r} holds {unknown[0]}, of which LCDB has no result; near are {near}")


def anchors() -> list[int]:
    """The numbers of rows at which LCDB's curves are given here: 16 times the powers of the fourth root of 2."""
    return [math.ceil(16 * 2 ** (i / 4)) for i in range(40)]
