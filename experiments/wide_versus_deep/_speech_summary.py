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


def percent(data: xr.Dataset, column: str, network: str, length: int = 1, pretrained: bool = False) -> np.ndarray:
    """Frame errors in percent [seed, voice], of test voices, after training that is so many times shorter than the
    longest. One layer has nothing to pretrain.
    """
    place = {"column": column, "network": network}
    values = data.pretrained.sel(place) if pretrained and network != "1" else data.error.sel(place | {"length": length})
    return 100 * values.isel(voice=REPORTED).transpose("seed", "voice").values.astype(float)


def error(values: np.ndarray) -> Mean:
    """The mean of errors [seed, voice], with its interval over voices."""
    return statistics.mean(values.mean(axis=0))


def gain(less: np.ndarray, more: np.ndarray) -> Gain:
    """By how much errors [seed, voice] of the first are below those of the second."""
    return lead(more - less)


def lead(difference: np.ndarray) -> Gain:
    """The same, of the differences [seed, voice] themselves."""
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


def frames(data: xr.Dataset, column: str) -> np.ndarray:
    """How many frames are seen in training [length], the same one more than once where that is longer than an epoch."""
    return data.num_steps.sel(column=column).values.astype(int) * int(data.attrs["batch_size"])


def minutes(data: xr.Dataset, column: str, network: str) -> np.ndarray:
    """How long one such network is trained [length]."""
    each = float(data.seconds.sel(column=column, network=network)) / 60
    return data.num_steps.sel(column=column).values * each


def spelled(time: float) -> str:
    """Minutes as text, in seconds where there are few."""
    return f"{time:.1f} minutes" if time >= 1 else f"{60 * time:.1f} seconds"


def thousands(frames: int) -> str:
    """A number of frames as text: "192 thousand", "3.07 million"."""
    return f"{frames / 1e6:.3g} million" if frames >= 1e6 else f"{frames / 1e3:.3g} thousand"


def at_minutes(data: xr.Dataset, column: str, network: str, time: float) -> np.ndarray:
    """Errors [seed, voice] after so many minutes: between two lengths on a line in log time, else the nearest one.

    A network that would need longer than that for its shortest training is taken at its end, to its favour.
    """
    lengths = data.length.values
    place = np.interp(np.log(time), np.log(minutes(data, column, network)), np.arange(len(lengths)))
    below, above = (percent(data, column, network, lengths[int(end(place))]) for end in (np.floor, np.ceil))
    share = place % 1
    return (1 - share) * below + share * above


def lengthening(data: xr.Dataset, column: str, deep: str, other: str) -> dict[int, np.ndarray]:
    """What another network errs more than a deep one [seed, voice], by frames seen, from shortest to longest.

    The even longer training has the first seeds alone.
    """
    found = {
        int(seen): percent(data, column, other, length) - percent(data, column, deep, length)
        for seen, length in zip(frames(data, column), data.length.values, strict=True)
    }
    if column == data.column.values[0] and {deep, other} <= set(data.longest.values):
        found[int(data.attrs["longer"]) * max(found)] = longest(data, other) - longest(data, deep)
    return found


def longest(data: xr.Dataset, network: str) -> np.ndarray:
    """Frame errors in percent [seed, voice] of the first column after the even longer training."""
    one = data.longer_error.sel(longest=network).isel(voice=REPORTED)
    return 100 * one.transpose("hours_seed", "voice").values.astype(float)


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
            for length, seen in zip(data.length.values, frames(data, column), strict=True):
                if length > 1:
                    row[f"error_percent_{length}_times_shorter"] = error(
                        percent(data, column, network, length)
                    ).estimate
                else:
                    row["frames_seen"] = int(seen)
            has = "pretrained" in data and bool(np.isfinite(at.pretrained).all())
            row["pretrained_error_percent"] = 100 * float(at.pretrained.isel(voice=REPORTED).mean()) if has else None
            row |= {"learning_rate": float(at.learning_rate), "weight_decay": float(at.weight_decay)}
            row["minutes"] = float(minutes(data, column, network)[-1])
            found.append(row | {"sd_over_seeds": float(percent(data, column, network).mean(axis=1).std(ddof=1))})
    first = str(data.column.values[0])
    for hours in data.hours.values:
        for network in map(str, data.compared.values):
            mean = error(by_hours(data, float(hours), network))
            row = {"part": f"{float(hours):g} hours", "column": first, "network": label(data, first, network)}
            found.append(row | {"error_percent": mean.estimate, "low": mean.low, "high": mean.high})
    return found
