"""Leads of `speech`: differences of frame errors within a voice, for other voices, other tunings and other seeds."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.lab.estimates import mean, repeats


class Spot(NamedTuple):
    """A network, the frames that it has seen, and the hours of speech that these come from."""

    network: str
    frames: int
    hours: float


def spots(data: xr.Dataset) -> list[Spot]:
    """All that was trained."""
    keys = (data[name].values.tolist() for name in ("network", "frames", "hours"))
    return [Spot(*key) for key in dict.fromkeys(zip(*keys, strict=True))]


def trained(data: xr.Dataset, spot: Spot) -> xr.Dataset:
    """The reported trainings of a network [run]."""
    here = (data.network == spot.network) & (data.frames == spot.frames) & (data.hours == spot.hours)
    return data.isel(run=np.flatnonzero(here))


def percent(data: xr.Dataset, spot: Spot) -> xr.DataArray:
    """Frame errors in percent, means over the seeds of each tuning [tuning, voice]."""
    runs = trained(data, spot)
    wrong = 100 * runs.wrong.astype(float)
    return wrong.groupby(runs.tuning.rename("again")).mean("run").rename(again="tuning")


def variance_of_tuning(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """The variance of a network's mean error that tuning and its seeds make, over networks that were tuned twice."""
    again = data.isel(run=np.flatnonzero(data.tuning > 0))
    keys = (again[name].values.tolist() for name in ("network", "frames", "hours"))
    means = xr.concat([percent(data, Spot(*key)).mean("voice") for key in sorted(set(zip(*keys, strict=True)))], "spot")
    return repeats(means.sel(tuning=0, drop=True), means.sel(tuning=1, drop=True), ["spot"])


def variance_of_seeds(data: xr.Dataset, spot: Spot) -> tuple[float, int]:
    """The variance of a network's mean error that its own seeds make within each tuning."""
    runs = trained(data, spot)
    means = (100 * runs.wrong.astype(float)).mean("voice").groupby(runs.tuning.rename("again"))
    squares, freedom = (means.var("run", ddof=0) * means.count("run")).sum(), runs.sizes["run"] - len(means)
    return float(squares) / max(freedom, 1) / runs.sizes["run"], freedom


def combined(data: xr.Dataset, level: float, weights: dict[Spot, float]) -> xr.Dataset:
    """A sum of mean errors, each times its weight, in points, on other voices, with other tunings and other seeds."""
    by_voice = sum((weight * percent(data, spot).mean("tuning") for spot, weight in weights.items()), xr.DataArray(0.0))
    variance, freedom = variance_of_tuning(data)
    of_tuning, own = xr.DataArray(0.0), []
    for spot, weight in weights.items():
        shared, (seeds, its_freedom) = variance / percent(data, spot).sizes["tuning"], variance_of_seeds(data, spot)
        if seeds > shared:
            own.append((weight**2 * seeds, its_freedom))
        else:
            of_tuning = of_tuning + weight**2 * shared
    return mean(by_voice, "voice", level, tuning=[(of_tuning, freedom), *own]).assign_attrs(units="points")


def at_end(data: xr.Dataset, spot: Spot) -> bool:
    """Whether a tuned number lies at an end of those tried, in any tuning, so that another might do better."""
    runs = trained(data, spot)
    return bool(((runs.rate_at_end != 0) | (runs.decay_at_end != 0)).any())


def lead(data: xr.Dataset, level: float, first: Spot, second: Spot) -> xr.Dataset:
    """By how many points the first errs less than the second."""
    return combined(data, level, {second: 1.0, first: -1.0})
