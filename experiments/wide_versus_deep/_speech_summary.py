"""What the numbers of `speech` come to: errors, paired gains over voices and seeds, errors at equal seconds."""

import itertools
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from experiments.wide_versus_deep import _speech_data as heard
from nnjax import statistics
from nnjax.statistics import Mean

REPORTED = slice(heard.CHOOSING, None)
MOST_LAYERS = 5  # up to so many layers each one helps, in the table


class Gain(NamedTuple):
    """By how many points one network errs less than another.

    The interval is Student's over voices, of means over seeds. `p_value` is the larger of those over voices and over
    seeds. `ahead` counts the voices at which it errs less.
    """

    estimate: float
    low: float
    high: float
    p_value: float
    ahead: int
    voices: int


def label(data: xr.Dataset, column: str, network: str) -> str:
    """As the table names it: "5 x 256", "1 x 640"."""
    width = int(data.width.sel(column=column, network=network))
    return f"{network if network.isdigit() else 1} x {width:,}"


def networks(data: xr.Dataset, column: str) -> list[str]:
    """The networks that this column has."""
    some = np.isfinite(data.num_params.sel(column=column).values)
    return [str(name) for name in data.network.values[some]]


def counted(data: xr.Dataset, column: str) -> list[str]:
    """The networks of 1, 2, ... layers as far as each one helps in the original."""
    return [name for name in networks(data, column) if name.isdigit() and int(name) <= MOST_LAYERS]


def percent(data: xr.Dataset, column: str, network: str, length: str = "long", pretrained: bool = False) -> np.ndarray:
    """Frame errors in percent [seed, voice], of test voices. One layer has nothing to pretrain."""
    place = {"column": column, "network": network}
    values = data.pretrained.sel(place) if pretrained and network != "1" else data.error.sel(place | {"length": length})
    return 100 * values.isel(voice=REPORTED).transpose("seed", "voice").values.astype(float)


def error(values: np.ndarray) -> Mean:
    """The mean of errors [seed, voice], with its interval over voices."""
    return statistics.mean(values.mean(axis=0))


def gain(less: np.ndarray, more: np.ndarray) -> Gain:
    """By how much errors [seed, voice] of the first are below those of the second."""
    difference = more - less
    voices, seeds = statistics.mean(difference.mean(axis=0)), statistics.mean(difference.mean(axis=1))
    ahead = int((difference.mean(axis=0) > 0).sum())
    p_value = max(voices.p_value, seeds.p_value)
    return Gain(voices.estimate, voices.low, voices.high, p_value, ahead, difference.shape[1])


def corrected(found: list[Gain]) -> list[Gain]:
    """With p by Holm's rule over all of them."""
    if not found:
        return []
    return [
        one._replace(p_value=float(p))
        for one, p in zip(found, statistics.holm([one.p_value for one in found]), strict=True)
    ]


def steps(data: xr.Dataset, column: str, pretrained: bool = False) -> list[Gain]:
    """What each layer brings, in points, with p by Holm's rule."""
    errors = [percent(data, column, name, pretrained=pretrained) for name in counted(data, column)]
    return corrected([gain(more, fewer) for fewer, more in itertools.pairwise(errors)])


def minutes(data: xr.Dataset, column: str, network: str) -> tuple[float, float]:
    """How long one such network is trained, the shorter and the longer time."""
    each = float(data.seconds.sel(column=column, network=network)) / 60
    per_epoch = data.attrs["num_frames"] / data.attrs["batch_size"]
    short, long = (float(epochs) * per_epoch * each for epochs in data.attrs["epochs"])
    return short, long


def spelled(time: float) -> str:
    """Minutes as text, in seconds where there are few."""
    return f"{time:.1f} minutes" if time >= 1 else f"{60 * time:.1f} seconds"


def at_minutes(data: xr.Dataset, column: str, network: str, time: float) -> np.ndarray:
    """Errors [seed, voice] after so many minutes: between the two lengths on a line in log time, else the nearer one.

    A network that would need longer than that for its shorter training is taken at its end, to its favour.
    """
    short, long = minutes(data, column, network)
    share = np.clip(np.log(time / short) / np.log(long / short), 0, 1)
    first, last = (percent(data, column, network, length) for length in ("short", "long"))
    return (1 - share) * first + share * last


def by_hours(data: xr.Dataset, hours: float, network: str) -> np.ndarray:
    """Frame errors in percent [seed, voice] after training on so many hours."""
    one = data.hours_error.sel(hours=hours, compared=network).isel(voice=REPORTED)
    return 100 * one.transpose("hours_seed", "voice").values.astype(float)


def rows(data: xr.Dataset) -> list[dict]:
    """A row per column and network, then one per number of hours and network."""
    found: list[dict[str, Any]] = []
    for column in map(str, data.column.values):
        for network in networks(data, column):
            at, mean = data.sel(column=column, network=network), error(percent(data, column, network))
            row: dict[str, Any] = {"part": "table", "column": column, "network": label(data, column, network)}
            row |= {"params": int(at.num_params), "error_percent": mean.estimate, "low": mean.low, "high": mean.high}
            row["short_error_percent"] = error(percent(data, column, network, "short")).estimate
            has = "pretrained" in data and bool(np.isfinite(at.pretrained).all())
            row["pretrained_error_percent"] = 100 * float(at.pretrained.isel(voice=REPORTED).mean()) if has else None
            row |= {"learning_rate": float(at.learning_rate), "weight_decay": float(at.weight_decay)}
            row["minutes"] = minutes(data, column, network)[1]
            found.append(row | {"sd_over_seeds": float(percent(data, column, network).mean(axis=1).std(ddof=1))})
    first = str(data.column.values[0])
    for hours in data.hours.values:
        for network in map(str, data.compared.values):
            mean = error(by_hours(data, float(hours), network))
            row = {"part": f"{float(hours):g} hours", "column": first, "network": label(data, first, network)}
            found.append(row | {"error_percent": mean.estimate, "low": mean.low, "high": mean.high})
    return found
