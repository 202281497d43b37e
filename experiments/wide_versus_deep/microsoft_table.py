"""Microsoft's table in its own form: each layer helps, and one layer never catches up, however wide.

Source: Seide, Li & Yu, Interspeech 2011 (Microsoft Research), the evidence for depth that textbooks quote: word error
on Switchboard of L layers of 2,048 neurons, beside one layer of as many weights (3,772 for five layers, 4,634 for
seven) and one of 16,000. Each layer helps up to five; one layer of equal weights is far behind; the widest is hardly
better than that. Two things to know: the speech is not ours, and the deep column was pretrained layer by layer.

Protocol: the same table on MNIST-1D (N = 64) and the MNIST digits that a package holds (N = 128), without pretraining:
L layers of N ReLU neurons; one layer of at most as many weights as five of them, and as seven; one four times as wide
as the last (in the original 3.5 times). Adam, batches of 100, softmax. Rate, scale of the first weights (LeCun's or
He's) and the step to stop at are chosen for every network: those of the least mean error on draws of the data and seeds
that are not reported. Then 8 fresh draws with two fresh seeds each, the same for all networks: differences are taken
within a draw, means of two seeds, with Student's intervals over draws. (A draw of MNIST-1D is generated anew; of the
MNIST digits it deals the same 4,000 into 3,000 and 1,000, while the other 1,000 are for tuning. So its draws are not
independent, and its intervals and tests take 1/8 + 1000/3000, not 1/8, of the variance between draws: Nadeau & Bengio
2003.)

That each layer helps is called reproduced where every one of the steps does by Holm's rule, and not where one hurts or
the whole way does not help; that one network beats another, where it does by Holm's rule over all such pairs, partly
where only its mean is above 0.

    python -m experiments wide_versus_deep.microsoft_table                  # 6 s; MNIST-1D, two layers, N = 16
    python -m experiments wide_versus_deep.microsoft_table --preset full    # 12 minutes on 2 cores

Outputs: tables (Microsoft's and ours), weights; table.csv has a row per task and network.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict

TASKS = ("MNIST-1D", "MNIST digits")


@dataclass(frozen=True)
class Config:
    """Which networks, how long, and how many."""

    tasks: tuple[str, ...] = TASKS  # scientific
    neurons: tuple[int, ...] = (64, 128)  # scientific: N, in each layer, for each of the tasks
    layers: tuple[int, ...] = (1, 2, 3, 4, 5, 7)  # scientific: L
    matched: tuple[int, ...] = (5, 7)  # scientific: the L whose weights are given to one layer
    wider: int = 4  # scientific: how many times wider than the widest of these the far wider layer is
    draws: int = 8  # fixed: of the data, fresh
    seeds_per_draw: int = 2  # fixed: fresh as well
    rates: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01)  # nuisance: tuned for every network
    scales: tuple[float, ...] = (1.0, 2**0.5)  # nuisance: of the first weights, LeCun's and He's
    tuning_draws: int = 2  # nuisance: draws that are not reported
    tuning_seeds: int = 1  # nuisance: seeds that are not reported, on each of these draws
    num_steps: int = 2_000  # fixed: the latest step to stop at
    record_every: int = 100  # fixed: steps between two looks, at each of which training may stop
    batch_size: int = 100  # fixed


FULL = Config()
QUICK = Config(
    tasks=("MNIST-1D",), neurons=(16,), layers=(1, 2), matched=(2,), draws=2, seeds_per_draw=2,
    rates=(0.003,), scales=(1.0,), tuning_draws=1, num_steps=600,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Shares of wrong test rows [task, network, draw, seed]; parameters and what was tuned [task, network]."""
    from experiments.wide_versus_deep import _microsoft_table_runs as runs

    check(config)
    data = xr.concat(
        [runs.train(task, neurons, config) for task, neurons in zip(config.tasks, config.neurons, strict=True)],
        xr.Variable("task", list(config.tasks)),
    )
    preset = " --preset full" if config == FULL else ""
    return data.assign_attrs(
        command=f"python -m experiments wide_versus_deep.microsoft_table{preset}",
        neurons=list(config.neurons),
        layers=list(config.layers),
        matched=list(config.matched),
        num_steps=config.num_steps,
    )


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    from experiments.wide_versus_deep._microsoft_table_verdicts import MOST_LAYERS

    unknown = [name for name in config.tasks if name not in TASKS]
    if unknown or not config.tasks or len(set(config.tasks)) < len(config.tasks):
        raise ValueError(f"tasks={config.tasks!r} must be different names out of {', '.join(TASKS)}")
    if len(config.neurons) != len(config.tasks) or min(config.neurons) < 1:
        raise ValueError(f"neurons={config.neurons!r} must hold a whole number of 1 or more for each of the tasks")
    layers = list(config.layers)
    if layers != sorted(set(layers)) or len(layers) < 2 or layers[0] != 1 or layers[1] > MOST_LAYERS:
        raise ValueError(
            f"layers={config.layers!r} must hold rising whole numbers: 1 first, then one of at most {MOST_LAYERS}, up "
            "to which each layer helps in the table"
        )
    if not config.matched or not set(config.matched) <= set(config.layers[1:]):
        raise ValueError(f"matched={config.matched!r} must be some of the layers above 1, {config.layers[1:]}")
    for name, least in (
        *(("wider", 2), ("draws", 2), ("seeds_per_draw", 1), ("tuning_draws", 1), ("tuning_seeds", 1)),
        *(("num_steps", 1), ("record_every", 1), ("batch_size", 1)),
    ):
        if getattr(config, name) < least:
            raise ValueError(f"{name}={getattr(config, name)!r} must be {least} or more")
    if config.num_steps % config.record_every:
        raise ValueError(f"record_every={config.record_every!r} must divide num_steps={config.num_steps!r}")
    for name in ("rates", "scales"):
        if not getattr(config, name) or min(getattr(config, name)) <= 0:
            raise ValueError(f"{name}={getattr(config, name)!r} must hold numbers above 0")


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """Microsoft's table beside ours, and the same errors by the number of weights."""
    from experiments.wide_versus_deep import _microsoft_table_figures as draw

    return {"tables": draw.tables(data), "weights": draw.weights(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row per task and network: its weights, what was tuned, its error in percent, and that over one layer of N."""
    from experiments.wide_versus_deep import _microsoft_table_verdicts as rules

    rows = []
    for task in map(str, data.task.values):
        for network in map(str, data.network.values):
            at = data.sel(task=task, network=network)
            found = rules.error(data, task, network)
            row = {"task": task, "network": rules.label(data, task, network), "params": int(at.num_params)}
            row |= {"error_percent": found.estimate, "low": found.low, "high": found.high}
            row |= {"learning_rate": float(at.learning_rate), "init_scale": float(at.init_scale), "stop": int(at.stop)}
            rows.append(row | {"networks": data.sizes["draw"] * data.sizes["seed"]})
    return rows


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_microsoft_table_verdicts`."""
    from experiments.wide_versus_deep import _microsoft_table_verdicts

    return _microsoft_table_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
