"""Networks that have learned leave at once, and their time is saved: to the last one, half of it or more.

Source: the project's own target: twice as fast as without, to the last network solved.

Protocol: XOR, 2-8-1, tanh, full batch, Adam at 0.01, cross-entropy in float32. A network stops at a loss of 0.01,
looked at every 20 steps. A first run tells at which step the last network stops; then that many steps are timed, in
turns: with early stopping, without (the same records), and without any record but the last.

    python -m experiments speed.early_stopping                  # 4 s, a toy: too small for its target
    python -m experiments speed.early_stopping --preset full    # 11 s

Outputs: early_stopping; table.csv has a row per way.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import Verdict, cli
from experiments.speed import _plain, _rules, _timing

COMMAND = "python -m experiments speed.early_stopping --preset full"
TARGET = 2.0
WAYS = ("stopping", "without", "final values alone")


@dataclass(frozen=True)
class Config:
    """How much is trained, and how often it is timed."""

    hidden: int = 8  # fixed: hidden neurons
    networks: int = 10_000  # fixed
    most_steps: int = 10_000  # fixed: where a network that has not learned is given up
    record_every: int = 20  # fixed: steps between two looks at the loss
    loss: float = 0.01  # fixed: at which a network has learned
    rounds: int = 7  # fixed: times that each way is timed
    at_least: float = 0.1  # fixed: seconds; shorter calls are repeated until they take as long


FULL = Config()
QUICK = Config(hidden=4, networks=1_000, rounds=3, at_least=0.0)


def run(config: Config) -> xr.Dataset:
    """seconds [way, round], and how many networks are still training [step]."""
    problem = _plain.xor(config.hidden)
    records = {"record_every": config.record_every}
    stop = records | {"early_stop": ("train_loss", config.loss)}
    with _timing.saved_programs(None):
        runs = _plain.engine_runs(problem, config.networks, config.most_steps, **stop)
        learned = runs.status.values == nnjax.training.STOPPED
        last = int(runs.steps.values[learned].max()) if learned.any() else config.most_steps

        def way(**settings: object) -> _plain.Call:
            return lambda: _plain.engine_runs(problem, config.networks, last, **settings).train_loss.values

        calls: dict[str, _plain.Call] = dict(zip(WAYS, (way(**stop), way(**records), way()), strict=True))
        times = _timing.alternate(calls, config.rounds, config.at_least)
    steps = np.arange(0, last + 1, config.record_every)
    ended = np.where(runs.status.values == nnjax.training.RAN, np.inf, runs.steps.values)
    return xr.Dataset(
        {
            "seconds": (("way", "round"), times.warm),
            "training": ("step", [int((ended > step).sum()) for step in steps]),
        },
        {"way": list(WAYS), "step": steps},
        {"networks": config.networks, "learned": int(learned.sum()), "last_step": last, "loss": config.loss,
         "shape": problem.name, **_timing.machine()},
    )  # fmt: skip


def times_faster(data: xr.Dataset, way: str) -> _rules.Spread:
    """How many times longer this way takes than stopping, round by round."""
    return _rules.spread((data.seconds.sel(way=way) / data.seconds.sel(way="stopping")).values)


def ideal(data: xr.Dataset) -> float:
    """How many times fewer steps are taken by networks that stop: what no engine can exceed by stopping."""
    return data.attrs["networks"] / float(data.training.values[:-1].mean())


def figures(data: xr.Dataset) -> dict:
    """early_stopping: networks that still train, and the times."""
    from experiments.speed import _lines

    ratios = {way: times_faster(data, way) for way in WAYS}
    return {"early_stopping": _lines.early_stopping(data, ratios, ideal(data))}


def table(data: xr.Dataset) -> list[dict]:
    """A row per way."""
    rows = []
    for way in WAYS:
        row = {"way": way, "networks": data.attrs["networks"], "learned": data.attrs["learned"]}
        row |= {"steps": data.attrs["last_step"], "rounds": data.sizes["round"]}
        seconds = _rules.spread(data.seconds.sel(way=way).values)
        row |= dict(zip(("seconds_low", "seconds", "seconds_high"), seconds, strict=True))
        rows.append(row | {"over_stopping": times_faster(data, way).median, "at_most": ideal(data)})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Stopping against the same without."""
    claim = f"{data.attrs['shape']} learns XOR: early stopping saves time, to the last of "
    claim += f"{data.attrs['learned']:,} networks (of {data.attrs['networks']:,})"
    return [_rules.faster("early_stopping", claim, times_faster(data, "without"), TARGET, COMMAND)]


if __name__ == "__main__":
    cli.main(__file__)
