"""The table and the verdict of `speed.early_stopping`."""

import xarray as xr

from experiments.lab.rounds import RATIO, MedianInterval, faster, median_interval, verdict
from experiments.lab.verdicts import Statement, Verdict
from experiments.speed.early_stopping.config import WAYS, Config
from experiments.speed.shared.findings import in_rounds

TARGET = 2.0  # times as fast as without early stopping


def statements(config: Config) -> list[Statement]:
    """The statement on training with early stopping and without."""
    return [_statement(f"2-{config.hidden}-1", config.networks, config.record_every)]


def _statement(shape: str, networks: int, record_every: int) -> Statement:
    claim = f"Until the last of {networks:,} networks of {shape} has learned XOR, training with early stopping is more "
    claim += f"than {TARGET:g} times as fast as without, both recording the loss every {record_every} steps."
    return faster("early_stopping", claim, TARGET, f"{RATIO} with early stopping")


def times_faster(data: xr.Dataset, way: str) -> MedianInterval:
    """How many times longer this way takes than stopping, round by round."""
    return median_interval((data.seconds.sel(way=way) / data.seconds.sel(way="stopping")).values)


def ideal(data: xr.Dataset) -> float:
    """How many times fewer steps are taken if networks stop: the most that any engine can gain by it."""
    return data.attrs["networks"] / float(data.training.values[:-1].mean())


def learned_by(data: xr.Dataset, share: float) -> int:
    """The step after which this share of the networks that learn have done so."""
    left = data.training - (data.attrs["networks"] - data.attrs["learned"])
    return int(data.step[(left <= round((1 - share) * data.attrs["learned"], 6)).argmax("step")])


def table(data: xr.Dataset) -> list[dict]:
    """A row per way."""
    rows = []
    for way in WAYS:
        row = {"way": way, "networks": data.attrs["networks"], "learned": data.attrs["learned"]}
        row |= {"steps": data.attrs["last_step"], "rounds": data.sizes["round"]}
        seconds = median_interval(data.seconds.sel(way=way).values)
        row |= dict(zip(("seconds_low", "seconds", "seconds_high"), seconds, strict=True))
        rows.append(row | {"over_stopping": times_faster(data, way).median, "at_most": ideal(data)})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on training with early stopping and without."""
    value, rounds, attrs = times_faster(data, "without"), data.sizes["round"], data.attrs
    but_one = learned_by(data, 1 - 1 / max(1, attrs["learned"]))
    text = (
        f"Training with early stopping is {value.said('times as fast')} as without {in_rounds(rounds)}, both recording "
        f"the loss, and {times_faster(data, WAYS[2]).said('times as fast')} as without where only final values are "
        f"kept. The saved steps would allow {ideal(data):.2g} times. Half of the {attrs['learned']:,} networks that "
        f"learn have done so after {learned_by(data, 0.5):,} steps, all but one after {but_one:,}, and the last after "
        f"{attrs['last_step']:,}, up to which all are trained without early stopping. All rounds train the same "
        "networks, so the intervals hold for these alone."
    )
    every = int(data.step[1] - data.step[0])
    return [verdict(_statement(attrs["shape"], attrs["networks"], every), text, value, rounds)]
