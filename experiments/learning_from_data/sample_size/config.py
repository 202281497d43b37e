"""The settings of `learning_from_data.sample_size`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import Allowed, at_least, one_of

# The most training rows of each data set: the greatest number in `rows` that leaves enough for its test rows.
MOST_ROWS = {
    "MNIST-1D": 65_536, "MNIST digits": 4_096, "letter": 16_384, "magic": 16_384, "penbased": 4_096,
    "optdigits": 4_096, "satimage": 4_096, "spambase": 4_096, "segment": 1_024,
}  # fmt: skip
METHODS = (
    "logistic regression", "nearest neighbours", "RBF SVM", "random forest", "extra trees", "gradient boosting",
)  # fmt: skip
LARGEST_METHODS = ("random forest", "gradient boosting")  # that are also fitted to more rows than MANY
SOME, MANY = 4_096, 16_384  # rows up to which there are all draws, and up to which there are `fewer_draws`


@dataclass(frozen=True)
class Config:
    """What is compared, on how many draws."""

    data_sets: Annotated[tuple[str, ...], one_of(MOST_ROWS)] = tuple(MOST_ROWS)  # scientific
    rows: Annotated[tuple[int, ...], at_least(8, count=2)] = (64, 256, 1_024, 4_096, 16_384, 65_536)  # scientific
    methods: Annotated[tuple[str, ...], one_of(METHODS)] = METHODS  # scientific: the classical ones
    depths: Annotated[tuple[int, ...], at_least(1, count=2)] = (1, 2, 4)  # scientific: hidden layers
    draws: Annotated[int, at_least(2)] = 10  # fixed: draws that are reported, up to 4,096 rows
    fewer_draws: Annotated[int, at_least(2)] = 5  # fixed: the same, up to 16,384 rows
    few_draws: Annotated[int, at_least(2)] = 3  # fixed: the same, above
    seeds: Annotated[int, at_least(2)] = 16  # fixed: networks of each depth on each draw, whose mean is a method too
    most_test_rows: Annotated[int, at_least(10)] = 5_000  # fixed: most data sets have fewer, see `draws.TEST_ROWS`
    width: int = 128  # fixed: neurons of a hidden layer
    batch_size: int = 128  # fixed; all rows if there are fewer
    least_steps: int = 2_000  # fixed: steps of a training at least
    epochs: int = 60  # fixed: epochs of a training, where these are more steps
    rates: Annotated[tuple[float, ...], Allowed(count=3)] = (0.0008, 0.0032, 0.0128, 0.0512)  # nuisance
    decays: tuple[float, ...] = (0.1, 1.0)  # nuisance: AdamW's weight decays
    tuning_draws: int = 2  # nuisance: draws for tuning, never reported
    grow: Annotated[int, at_least(0, 3)] = 2  # nuisance: values beyond those tried, where the best lies at an end


FULL = Config()
QUICK = Config(
    data_sets=("segment",), rows=(64, 256), methods=("nearest neighbours", "random forest"), depths=(1, 2), draws=3,
    fewer_draws=2, few_draws=2, seeds=2, width=32, least_steps=100, epochs=2, rates=(0.001, 0.004, 0.016),
    decays=(0.1,), grow=0,
)  # fmt: skip


def rows_of(data_set: str, config: Config) -> list[int]:
    """The numbers of training rows of a data set."""
    return [rows for rows in config.rows if rows <= MOST_ROWS[data_set]]


def num_draws(rows: int, config: Config) -> int:
    """How many draws are reported at `rows` training rows."""
    return config.draws if rows <= SOME else config.fewer_draws if rows <= MANY else config.few_draws


def methods_of(rows: int, config: Config) -> list[str]:
    """The classical methods that are fitted to `rows` training rows."""
    return [name for name in config.methods if rows <= MANY or name in LARGEST_METHODS]


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if config.depths[0] != 1:
        raise ValueError(f"depths={config.depths!r} must begin with 1, with which deeper networks are compared")
    for name in config.data_sets:
        if len(rows_of(name, config)) < 2:
            raise ValueError(f"rows={config.rows!r} must hold two of at most {MOST_ROWS[name]:,}, for {name!r}")
    if not config.draws >= config.fewer_draws >= config.few_draws:
        raise ValueError(f"draws={config.draws!r} must be at least fewer_draws, and these at least few_draws")
    checks.same_ratios(config, "rates")
