"""What `speech` found in numbers: errors, gains paired by voice and seed, errors at equal seconds."""

import itertools
from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from experiments.wide_versus_deep.shared.judging import at_end
from experiments.wide_versus_deep.speech import config
from nnjax import statistics
from nnjax.statistics import Mean


class Gain(NamedTuple):
    """By how many points one network errs less than another, on other voices and from other seeds.

    Interval and p are Student's with both variances of the mean, that over voices and that over seeds, and the degrees
    of freedom of Satterthwaite (1946, Biometrics Bulletin 2, 110-114). `ahead` counts the voices at which it errs less.
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


def consecutive(names: list[str]) -> bool:
    """Whether no number of layers is left out, so that it can be said what each one brings."""
    return [int(name) for name in names] == list(range(1, len(names) + 1))


def counted(data: xr.Dataset, column: str) -> list[str]:
    """The networks of 1, 2, ... layers as far as each one helps in the original."""
    return config.counted(networks(data, column))


def percent(data: xr.Dataset, column: str, network: str, length: int = 1, pretrained: bool = False) -> np.ndarray:
    """Frame errors in percent [seed, voice], of test voices, after training that is so many times shorter than the
    longest. One layer has nothing to pretrain.
    """
    place = {"column": column, "network": network}
    values = data.pretrained.sel(place) if pretrained and network != "1" else data.error.sel(place | {"length": length})
    return _reported(values, data)


def error(values: np.ndarray) -> Mean:
    """The mean of errors [seed, voice], with its interval over voices."""
    return statistics.mean(values.mean(axis=0))


def gain(less: np.ndarray, more: np.ndarray) -> Gain:
    """By how much errors [seed, voice] of the first are below those of the second."""
    return lead(more - less)


def lead(difference: np.ndarray) -> Gain:
    """The same, of the differences [seed, voice] themselves."""
    middle, voices = float(difference.mean()), difference.mean(axis=0)
    parts = [(one.var(ddof=1) / len(one), len(one) - 1) for one in (voices, difference.mean(axis=1))]
    variance = sum(part for part, _ in parts)
    ahead = int((voices > 0).sum())
    # What the rounding of equal values leaves is no spread.
    if variance <= (np.finfo(float).eps * middle) ** 2:
        return Gain(middle, middle, middle, float(middle == 0), ahead, len(voices))
    freedom = variance**2 / sum(part**2 / free for part, free in parts)
    half = float(np.sqrt(variance) * scipy.stats.t.ppf(0.975, freedom))
    p_value = float(2 * scipy.stats.t.sf(abs(middle) / np.sqrt(variance), freedom))
    return Gain(middle, middle - half, middle + half, p_value, ahead, len(voices))


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


def at_minutes(data: xr.Dataset, column: str, network: str, time: float, even_longer: bool = False) -> np.ndarray:
    """Errors [seed, voice] after so many minutes: between two lengths on a line in log time, else at the nearest one.

    With the even longer training of the first column, of its seeds alone.
    """
    found = [percent(data, column, network, length) for length in data.length.values]
    times = minutes(data, column, network)
    if even_longer:
        found.append(longest(data, network))
        times = np.append(times, times[-1] * int(data.attrs["longer"]))
        found = [one[: len(found[-1])] for one in found]
    place = float(np.interp(np.log(time), np.log(times), np.arange(len(times))))
    share = place % 1
    return (1 - share) * found[int(np.floor(place))] + share * found[int(np.ceil(place))]


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
    return _reported(data.longer_error.sel(longest=network), data)


def by_hours(data: xr.Dataset, hours: float, network: str) -> np.ndarray:
    """Frame errors in percent [seed, voice] after training on so many hours."""
    return _reported(data.hours_error.sel(hours=hours, compared=network), data)


def _reported(shares: xr.DataArray, data: xr.Dataset) -> np.ndarray:
    """Percent [seed, voice] of the test voices, which stand behind those that chose."""
    some = shares.isel(voice=slice(int(data.attrs["development_voices"]), None))
    return 100 * some.transpose(..., "voice").values.astype(float)


def at_an_end(data: xr.Dataset, column: str, network: str) -> bool:
    """Whether the tuned rate of a network is the least or the greatest tried."""
    return at_end(float(data.learning_rate.sel(column=column, network=network)), data.attrs["edges"])


def longest_at_an_end(data: xr.Dataset, network: str) -> bool:
    """The same of a network of the even longer training, which was tuned anew."""
    return at_end(float(data.longer_learning_rate.sel(longest=network)), data.attrs["edges"])
