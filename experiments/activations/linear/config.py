"""The settings of `activations.linear`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import any_order, at_least

START = 1e-3  # strength of every mode of the balanced start, at every depth; sets the factor on random starts too
LONGER = 3.0  # training lasts this many times as long as theory takes to learn the weakest mode to 95%
LEARNED = 0.95
RECORDS = 400  # points of a learning curve
SHOWN = 8  # seeds whose curves are kept
MODES = 3  # inputs, outputs and singular values


@dataclass(frozen=True)
class Config:
    """Which networks are trained, and how many."""

    # scientific: layers of weights; one more than there are hidden layers
    layers: Annotated[tuple[int, ...], at_least(1, 16)] = (1, 2, 3, 4, 5, 6, 7, 8)
    xor_width: int = 4  # scientific: neurons of every hidden layer on XOR
    rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1)  # scientific: rates of Adam on XOR, all of them reported
    xor_seeds: Annotated[int, at_least(2)] = 200  # fixed: networks of every depth, activation and rate
    xor_steps: int = 1_000  # fixed: training steps on XOR
    # scientific: singular values of the target, to which the modes grow
    singular_values: Annotated[tuple[float, ...], any_order(0.01, most=100)] = (4.0, 2.0, 1.0)
    width: Annotated[int, at_least(MODES, 64)] = 8  # fixed: neurons of every hidden layer where the modes are followed
    seeds: Annotated[int, at_least(SHOWN)] = 400  # fixed: networks of every depth whose modes are followed
    num_steps: Annotated[int, at_least(RECORDS, multiple=RECORDS)] = 24_000  # fixed: steps while modes are followed


FULL = Config()
QUICK = Config(layers=(1, 3), rates=(0.03, 0.1), xor_seeds=50, xor_steps=500, seeds=32, num_steps=4_800)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    s = config.singular_values
    if len(s) != MODES or list(s) != sorted(set(s), reverse=True) or min(s) < 100 * START:
        raise ValueError(
            f"singular_values={s!r} must be {MODES} numbers, each less than the one before, and {100 * START:g} or more"
        )
    if len(config.layers) < 2:
        raise ValueError(f"layers={config.layers!r} must hold two numbers or more, to be compared")
