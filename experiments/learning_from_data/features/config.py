"""The settings of `learning_from_data.features`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import Allowed, at_least, one_of

PROBLEMS = ("parity, products of pairs", "MNIST-1D, spectra", "MNIST-1D, templates", "MNIST digits, gradients")
METHODS = ("logistic regression", "nearest neighbours", "RBF SVM", "random forest", "gradient boosting")


@dataclass(frozen=True)
class Config:
    """Which features, for which methods, at how many rows."""

    problems: Annotated[tuple[str, ...], one_of(PROBLEMS)] = PROBLEMS  # scientific
    rows: Annotated[tuple[int, ...], at_least(8, 4_096)] = (64, 256, 1_024)  # scientific
    methods: Annotated[tuple[str, ...], one_of(METHODS)] = METHODS  # scientific: the classical ones
    depths: tuple[int, ...] = (1, 2)  # scientific: hidden layers
    draws: Annotated[int, at_least(2)] = 6  # fixed: draws that are reported
    seeds: int = 4  # fixed: networks of each depth on each draw
    # fixed: test rows of a draw at most; the data sets have 16,384 (parity), 5,000 (MNIST-1D) and 900 (digits)
    test_rows: Annotated[int, at_least(10, 16_384)] = 16_384
    width: int = 128  # fixed: neurons of a hidden layer
    batch_size: int = 128  # fixed; all rows if there are fewer
    num_steps: int = 2_000  # fixed: updates of a network
    rates: Annotated[tuple[float, ...], Allowed(count=3)] = (0.0008, 0.0032, 0.0128, 0.0512)  # nuisance
    # nuisance: AdamW's weight decays; 0 is no decay, and does not count as an end
    decays: Annotated[tuple[float, ...], Allowed(least=0.0)] = (0.0, 0.01, 0.1, 1.0, 10.0)
    tuning_draws: int = 2  # nuisance: draws for tuning, never reported
    grow: Annotated[int, at_least(0, 3)] = 2  # nuisance: values beyond the grids, where the best lies at an end


FULL = Config()
QUICK = Config(
    problems=("parity, products of pairs",), rows=(128,), methods=("nearest neighbours",), depths=(1,), draws=2,
    test_rows=2_000, seeds=1, width=32, num_steps=100, rates=(0.001, 0.004, 0.016), decays=(0.1,), tuning_draws=1,
    grow=0,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    checks.same_ratios(config, "rates")
    if len(config.decays) == 2 and not config.decays[0]:
        raise ValueError(f"decays={config.decays!r} must hold two values above 0, to be grown, or only one")
