"""The table and the verdict of `speed.early_stopping`."""

import dataclasses

import xarray as xr

from experiments.lab.verdicts import RANGE, Statement, Verdict
from experiments.speed.early_stopping.config import WAYS, Config
from experiments.speed.shared.spread import RATIO, Spread, faster, plural, spread

TARGET = 2.0  # times as fast as without early stopping


def statements(config: Config) -> list[Statement]:
    """Early stopping against the same without."""
    return [_statement(f"2-{config.hidden}-1", config.networks)]


def _statement(shape: str, networks: int) -> Statement:
    claim = f"Until the last of {networks:,} networks of {shape} has learned XOR, training with early stopping is more "
    unit = f"{RATIO} with early stopping"
    found = faster("early_stopping", f"{claim}than {TARGET:g} times as fast as without.", TARGET, unit)
    return dataclasses.replace(found, interval=RANGE)


def times_faster(data: xr.Dataset, way: str) -> Spread:
    """How many times longer this way takes than stopping, round by round."""
    return spread((data.seconds.sel(way=way) / data.seconds.sel(way="stopping")).values)


def ideal(data: xr.Dataset) -> float:
    """How many times fewer steps are taken by networks that stop: what no engine can exceed by stopping."""
    return data.attrs["networks"] / float(data.training.values[:-1].mean())


def table(data: xr.Dataset) -> list[dict]:
    """A row per way."""
    rows = []
    for way in WAYS:
        row = {"way": way, "networks": data.attrs["networks"], "learned": data.attrs["learned"]}
        row |= {"steps": data.attrs["last_step"], "rounds": data.sizes["round"]}
        seconds = spread(data.seconds.sel(way=way).values)
        row |= dict(zip(("seconds_low", "seconds", "seconds_high"), seconds, strict=True))
        rows.append(row | {"over_stopping": times_faster(data, way).median, "at_most": ideal(data)})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Stopping against the same without."""
    value, rounds, attrs = times_faster(data, "without"), data.sizes["round"], data.attrs
    return [
        _statement(attrs["shape"], attrs["networks"]).verdict(
            f"It is {value.said('times as fast')} in {plural(rounds, 'round')}, to the last of the "
            f"{attrs['learned']:,} networks that learned; the steps that are saved would allow "
            f"{ideal(data):.2g} times.",
            value.median, value.low, value.high, rounds,
        )
    ]  # fmt: skip
