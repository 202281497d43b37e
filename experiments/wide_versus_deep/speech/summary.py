"""What `speech` found in numbers: errors, leads paired by voice with the variance of tuning, readings."""

from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from experiments.lab.verdicts import NOT_SETTLED
from experiments.wide_versus_deep.shared.microsoft import WIDEST
from experiments.wide_versus_deep.speech.config import Config, cells
from experiments.wide_versus_deep.speech.examples import REPORTED
from nnjax import statistics
from nnjax.statistics import Mean, Variance

MARGIN = 1.0  # points within which two networks are as good as each other
HELPS, HURTS, EQUAL, OPEN = "helps", "hurts", "equal", NOT_SETTLED
# Of the results before these (5 hours, 3 million frames, 12 voices): the standard deviation between voices of the
# difference of 5 x 256 and 1 x 662, and that between seeds of one network, in points.
VOICES_SD, SEEDS_SD = 1.54, 0.25


class Spot(NamedTuple):
    """A network with a number of frames seen, and the hours of speech they come from; None is those of the table."""

    network: str
    frames: int
    hours: float | None = None


def percent(data: xr.Dataset, spot: Spot) -> np.ndarray:
    """Frame errors in percent [tuning, voice] of test voices, means over the seeds of each tuning."""
    some = runs(data, spot)
    wrong = some.wrong.isel(voice=slice(int(data.attrs["development_voices"]), None)).transpose("run", "voice")
    values, tunings = 100 * wrong.values.astype(float), some.tuning.values
    return np.stack([values[tunings == one].mean(axis=0) for one in np.unique(tunings)])


def runs(data: xr.Dataset, spot: Spot) -> xr.Dataset:
    """The reported trainings of a network."""
    hours = data.attrs["hours"] if spot.hours is None else spot.hours
    found = (data.network == spot.network) & (data.frames == spot.frames) & (data.hours == hours)
    if not found.any():
        raise ValueError(f"no network was trained at {spot!r}")
    return data.isel(run=np.flatnonzero(found.values))


def frames(data: xr.Dataset, network: str) -> list[int]:
    """For how many frames a network was trained, rising, on all hours of speech."""
    some = (data.network == network) & (data.hours == data.attrs["hours"])
    return sorted({int(one) for one in data.frames.values[some.values]})


def tuning_variance(data: xr.Dataset) -> Variance:
    """The variance of a network's mean error that comes from tuning and from the seeds of a tuning.

    It is pooled over all networks that were tuned twice, each time with seeds of its own, tuned and reported.
    """
    twice = {Spot(str(n), int(f)) for n, f, t in zip(*(data[k].values for k in _KEYS), strict=True) if t > 0}
    means = [percent(data, spot).mean(axis=1) for spot in sorted(twice)]
    return statistics.repeated([one[0] - one[1] for one in means])


_KEYS = ("network", "frames", "tuning")


def ahead(data: xr.Dataset, deep: Spot, other: Spot) -> int:
    """At how many voices the first errs less than the second."""
    return int((percent(data, deep).mean(axis=0) < percent(data, other).mean(axis=0)).sum())


def error(data: xr.Dataset, spot: Spot) -> Mean:
    """The mean error in percent, with an interval over voices, in which they differ much."""
    return statistics.mean(percent(data, spot).mean(axis=0))


def read(low: float, high: float) -> str:
    """Whether the deep network errs less for certain, more, as much, or none of them is shown, of its lead."""
    if low > 0 or high < 0:
        return HELPS if low > 0 else HURTS
    return EQUAL if max(-low, high) < MARGIN else OPEN


def at_an_end(data: xr.Dataset, *spots: Spot) -> list[str]:
    """The labels of the networks whose tuned rate or decay is the least or the greatest tried, in any tuning."""
    found = []
    for spot in spots:
        some = runs(data, spot)
        if bool((some.rate_at_end != 0).any() or (some.decay_at_end != 0).any()):
            found.append(label(data, spot.network))
    return found


def label(data: xr.Dataset, network: str) -> str:
    """As the table names it: "5 x 256", "1 x 662", and what it has beyond ReLU and thirds of phonemes."""
    activation, kind, *more = network.split()
    width = int(data.width.sel(of=network))
    what = " ".join([*(["sigmoid"] if activation == "sigmoid" else []), *more])
    return f"{kind if kind.isdigit() else 1} x {width:,}{f' ({what})' if what else ''}"


def seconds(data: xr.Dataset, network: str) -> float:
    """Seconds of one core that a step takes while all cores train, the median over trainings."""
    some = data.network.values == network
    steps = np.ceil(data.frames.values[some] / int(data.attrs["batch_size"]))
    return float(np.median(data.seconds.values[some] / steps))


def minutes(data: xr.Dataset, spot: Spot) -> float:
    """Minutes of one core that a training takes."""
    return seconds(data, spot.network) * np.ceil(spot.frames / int(data.attrs["batch_size"])) / 60


def loss(data: xr.Dataset, spot: Spot) -> np.ndarray:
    """The training loss [moment], mean over trainings."""
    return np.asarray(runs(data, spot).loss.mean("run").values, float)


def thousands(frames: float) -> str:
    """A number of frames as text: "192 thousand", "3.07 million"."""
    return f"{frames / 1e6:.3g} million" if frames >= 1e6 else f"{frames / 1e3:.3g} thousand"


class Spots(NamedTuple):
    """The networks of the first comparisons, with what they have seen."""

    deep: Spot
    equal: Spot
    wide_in_time: Spot  # in as many seconds as the deep one
    ladder: dict[str, Spot]  # by "1", "2", ..., "=5", "wide"


def spots(data: xr.Dataset) -> Spots:
    attrs = data.attrs
    deep, equal = f"relu {attrs['deep']}", f"relu ={attrs['deep']}"
    kinds = [*map(str, np.atleast_1d(attrs["layers"])), f"={attrs['deep']}", WIDEST]
    ladder = {kind: Spot(f"relu {kind}", int(attrs["ladder_frames"])) for kind in kinds}
    primary = int(attrs["primary_frames"])
    in_time = Spot(f"relu {WIDEST}", int(attrs["wide_frames"]))
    return Spots(Spot(deep, primary), Spot(equal, primary), in_time, ladder)


def sigmoids(data: xr.Dataset, pretrained: bool = False) -> dict[str, Spot]:
    """The networks of sigmoids by "1", "3", ..., "=5"; one layer has nothing to pretrain."""
    if not any(str(name).startswith("sigmoid") for name in data.of.values):
        return {}
    kinds = [*map(str, np.atleast_1d(data.attrs["sigmoid_layers"])), f"={data.attrs['deep']}"]
    grown = {kind: pretrained and kind.isdigit() and kind != "1" for kind in kinds}
    seen = int(data.attrs["sigmoid_frames"])
    return {kind: Spot(f"sigmoid {kind}{' pretrained' * grown[kind]}", seen) for kind in kinds}


def in_context(data: xr.Dataset) -> tuple[Spot, Spot] | None:
    """The deep and the equal one with classes in context."""
    names = [f"relu {kind} context" for kind in (data.attrs["deep"], f"={data.attrs['deep']}")]
    if names[0] not in data.of.values:
        return None
    return Spot(names[0], frames(data, names[0])[-1]), Spot(names[1], frames(data, names[1])[-1])


def leads_by_frames(data: xr.Dataset, other: str) -> dict[int, tuple[Spot, Spot]]:
    """The deep network and another, such as "relu =5", by how many frames both have seen."""
    deep = f"relu {data.attrs['deep']}"
    both = sorted(set(frames(data, deep)) & set(frames(data, other)))
    return {seen: (Spot(deep, seen), Spot(other, seen)) for seen in both}


def expected_half_width(config: Config) -> float:
    """Of the primary lead, in points: the variances between voices and between seeds are those of the results before,
    and tuning is taken to add as much as the seeds of a tuning.
    """
    voices = VOICES_SD**2 / REPORTED, REPORTED - 1
    repeats = sum(cell.tuning == 1 for cell in cells(config))
    tuned = 2 / config.tunings * 2 * SEEDS_SD**2 / config.seeds, repeats
    total = voices[0] + tuned[0]
    dof = total**2 / sum(variance**2 / free for variance, free in (voices, tuned))
    return float(np.sqrt(total) * scipy.stats.t.ppf(0.975, dof))


def chosen_rate(data: xr.Dataset, spot: Spot) -> float:
    """The learning rate of the first tuning."""
    some = runs(data, spot)
    return float(some.learning_rate.values[some.tuning.values == 0][0])


def said(data: xr.Dataset, spot: Spot) -> np.ndarray:
    """What the network of the first seed answers at the shown frames."""
    return np.asarray(runs(data, spot).said.values[0], int)
