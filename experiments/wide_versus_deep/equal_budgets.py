"""Equal budgets: where depth helps, and where it does not, at the same number of parameters.

Sources: the chapter ("more layers improve performance significantly", after Seide, Li & Yu 2011); against it, matched
budgets on MNIST, where depth gains nothing. Theorems promise that depth helps to express a sawtooth (Telgarsky 2016),
x^2 (Yarotsky 2017), a composition along a tree (Mhaskar & Poggio 2016) and a radial wave (Eldan & Shamir 2016); none
says that it can be learned.

Protocol: ReLU networks of 1 to 8 equal hidden layers with as many parameters to within 5 % (one layer may differ,
`mlp.hidden_for_budget`), and the deepest once more with residual layers. Budgets from 250 to 16,000 parameters, 64,000
for MNIST-1D alone; each task from the smallest budget that leaves its deepest network a width of 5 or so. Twelve tasks
(`_equal_budgets_tasks.py`); the composition has a control with the same coefficients in an orthonormal basis, their
signs drawn anew. Sawtooth with many teeth: 2^k pieces, more than one hidden layer has neurons; with few: 8 pieces, far
below, where optimization alone is tested.

Adam, cosine to 0, batches of 64. Rate and the scale of the first weights (LeCun's or He's, biases as in PyTorch) are
tuned for every shape and task on seeds and draws of the data that are not reported, after a quarter of the steps; the
best depth is chosen there too, with these numbers after all the steps. Then 8 fresh draws with two fresh seeds each: 16
networks. Deep minus shallow is a difference of log errors within a draw, means of two seeds; Student's intervals over
draws. Errors are the share of the variance left, or of wrong test rows; a mean of logs is a geometric mean. A draw of
the MNIST digits deals the same 4,000 anew into 3,000 and 1,000 (the other 1,000 are for tuning alone), so its draws are
not independent: its intervals and tests take 1/8 + 1000/3000, not 1/8, of the variance between draws (Nadeau & Bengio
2003), and are 1.9 times as wide.

Equal seconds: a step of every shape is timed alone. All get the time in which the fastest ends; others are read before
their end, between networks that had a quarter of the steps (with a schedule of their own) and all, straight in logs;
those more than four times slower after that quarter, which is in their favour.

Many comparisons: one for each task and budget, corrected by Holm's rule together. That depth is no gain is shown by an
interval of the ratio of errors above 0.9, not by a test that finds nothing.

    python -m experiments wide_versus_deep.equal_budgets                  # 8 s, mostly compiling; two spirals alone
    python -m experiments wide_versus_deep.equal_budgets --preset full    # 22 minutes on 2 cores

One program per shape: 114 of them compile in about 100 s of both cores, and serve tuning, both lengths and all draws.

Outputs: map (the summary), by_depth, differences, seconds; table.csv has a row per task, budget and shape.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli
from experiments.wide_versus_deep._equal_budgets_tasks import FAMILIES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict


@dataclass(frozen=True)
class Config:
    """What is compared, and with how many networks."""

    families: tuple[str, ...] = tuple(FAMILIES)  # scientific: of tasks
    budgets: tuple[int, ...] = (250, 1_000, 4_000, 16_000, 64_000)  # scientific: parameters
    depths: tuple[int, ...] = (1, 2, 3, 5, 8)  # scientific: hidden layers
    draws: int = 8  # fixed: of the data, fresh
    seeds_per_draw: int = 2  # fixed: fresh as well, other ones for each draw
    rates: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03)  # nuisance: tuned for every shape and task
    scales: tuple[float, ...] = (1.0, 2**0.5)  # nuisance: of the first weights: LeCun's and He's
    tuning_draws: int = 2  # nuisance: draws that are not reported
    tuning_seeds: int = 2  # nuisance: seeds that are not reported, on each of these draws
    num_steps: int = 2_000  # fixed
    short_steps: int = 500  # fixed: of tuning, and of the shorter training
    batch_size: int = 64  # fixed
    timed_steps: int = 200  # fixed: steps that are put on the clock


FULL = Config()
QUICK = Config(
    families=("spirals",), budgets=(250,), depths=(1, 3), draws=4, seeds_per_draw=1, rates=(0.01,), scales=(2**0.5,),
    tuning_draws=1, tuning_seeds=1, num_steps=600, short_steps=150, timed_steps=50,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Log errors [budget, task, kind, length, draw, seed], and what was tuned and timed [budget, task, kind]."""
    from experiments.wide_versus_deep import _equal_budgets_runs as runs
    from experiments.wide_versus_deep import _equal_budgets_seconds as seconds

    check(config)
    every = runs.parts(config)
    trained = [runs.train(part, config) for part in every]
    # Only now, when every core is idle.
    timed = [
        one.assign(seconds=seconds.per_step(part, config).expand_dims(task=one.task))
        for part, one in zip(every, trained, strict=True)
    ]
    data = runs.gathered(every, timed, config)
    preset = " --preset full" if config == FULL else ""
    return data.assign_attrs(
        command=f"python -m experiments wide_versus_deep.equal_budgets{preset}",
        steps=[config.short_steps, config.num_steps],
        edges=[min(config.rates), max(config.rates)],
    )


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    unknown = [name for name in config.families if name not in FAMILIES]
    if unknown or not config.families or len(set(config.families)) < len(config.families):
        raise ValueError(f"families={config.families!r} must be different names out of {', '.join(FAMILIES)}")
    for name in ("budgets", "depths"):
        values = getattr(config, name)
        if list(values) != sorted(set(values)) or not values or values[0] < 1:
            raise ValueError(f"{name}={values!r} must hold rising whole numbers of 1 or more")
    if config.depths[0] != 1 or len(config.depths) < 2:
        raise ValueError(f"depths={config.depths!r} must begin with 1, against which the others are held, and go on")
    for name in config.families:
        if not any(FAMILIES[name].budgets[0] <= budget <= FAMILIES[name].budgets[1] for budget in config.budgets):
            raise ValueError(f"budgets={config.budgets!r} holds none for {name!r}: {FAMILIES[name].budgets}")
    for name, least in (
        *(("draws", 2), ("seeds_per_draw", 1), ("tuning_draws", 1), ("tuning_seeds", 1), ("batch_size", 1)),
        *(("short_steps", 1), ("timed_steps", 10)),
    ):
        if getattr(config, name) < least:
            raise ValueError(f"{name}={getattr(config, name)!r} must be {least} or more")
    if config.num_steps <= config.short_steps:
        raise ValueError(f"num_steps={config.num_steps!r} must be more than short_steps={config.short_steps!r}")
    for name in ("rates", "scales"):
        if not getattr(config, name) or min(getattr(config, name)) <= 0:
            raise ValueError(f"{name}={getattr(config, name)!r} must hold numbers above 0")


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """The map from "depth hurts" to "depth helps", errors by depth, differences, and seconds."""
    from experiments.wide_versus_deep import _equal_budgets_figures as draw

    return {
        "map": draw.summary_map(data),
        "by_depth": draw.by_depth(data),
        "differences": draw.differences(data),
        "seconds": draw.seconds(data),
    }


def table(data: xr.Dataset) -> list[dict]:
    """A row per task, budget and shape: its mismatch, what was tuned, its error, and the ratio to depth 1."""
    from experiments.wide_versus_deep import _equal_budgets_summary as summary

    return summary.rows(data)


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_equal_budgets_verdicts`."""
    from experiments.wide_versus_deep import _equal_budgets_verdicts

    return _equal_budgets_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
