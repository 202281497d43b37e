"""The verdicts of `universal`: floors that are met and never broken, errors that go on falling, and the conditions."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.universal_approximation import _universal_activations as activations
from nnjax import statistics

THEOREM = "Leshno et al. 1993, theorem 1"
NOTICED = 1e-9  # a floor below this share of the target's norm is rounding: the target is a polynomial, or nearly
ROUNDING = 1e-6  # by which share a floor may seem to be broken
CLOSE = 0.01  # how near its floor a network must come: a share of it
# A universal activation's median error at the greatest N, over that at `start`, is at most this. A jump lets errors
# fall as N^(-1/2), so over sixteen times as many units to 0.25, over eight times to 0.35. Polynomials do not fall.
FALLS = 0.5
SMALL = 1e-9  # unless it is below this share of the target's norm already


def real_floors(data: xr.Dataset) -> xr.DataArray:
    """The floors [activation, target] of polynomials, nan where they are rounding."""
    polynomial = data.isel(activation=np.flatnonzero(data.degree > 0))
    return polynomial.floor.where(polynomial.floor > NOTICED * data.norm)


def over_floor(data: xr.Dataset) -> xr.DataArray:
    """The errors of polynomials over their floors [activation, width, target, seed], nan where there is none."""
    floors = real_floors(data)
    return data.error.sel(activation=floors.activation) / floors


def over_floor_trained(data: xr.Dataset) -> np.ndarray:
    """The same of the networks whose hidden weights were trained [n], none where there are none."""
    if "trained_error" not in data:
        return np.empty(0)
    polynomial = [name for name in data.trained.values if name in activations.POLYNOMIALS]
    floors = data.floor.sel(target=data.attrs["shown"], activation=polynomial).values
    return (data.trained_error.sel(trained=polynomial) / floors[:, None, None]).values.ravel()


def start(data: xr.Dataset) -> int:
    """The N that errors fall from: a sixteenth of the greatest, but enough for every polynomial to be at its floor."""
    widths = data.width.values
    return int(widths[widths >= max(widths[-1] // 16, int(data.degree.max()) + 1)][0])


def fall(data: xr.Dataset) -> xr.DataArray:
    """Median error at the greatest N over that at `start` [activation, target], or 0 where it is rounding."""
    median = data.error.median("seed")
    early = median.sel(width=start(data), drop=True)
    late = median.isel(width=-1, drop=True)
    return (late / early).where(late > SMALL * data.norm, 0.0)


def controls(data: xr.Dataset) -> np.ndarray:
    """`fall` of the polynomials wherever they have a floor: by these the rule must be seen to tell them apart."""
    floors = real_floors(data)
    falls = fall(data).sel(activation=floors.activation).where(floors.notnull()).values
    return falls[np.isfinite(falls)]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Floors by fixed shares; that an error falls by how much; conditions by the floors that they leave."""
    found = [_never_broken(data), _met(data)]
    universal = data.activation.values[data.degree.values == 0].tolist()
    found += [_falls(data, name) for name in universal]
    if "trained_error" in data:
        found.append(_same_start(data))
    return [*found, *_unbiased(data), _without_need(data)]


def _never_broken(data: xr.Dataset) -> Verdict:
    """Random hidden weights and trained ones together."""
    ratio = over_floor(data).values
    trained = over_floor_trained(data)
    ratio = np.concatenate([ratio[np.isfinite(ratio)], trained])
    broken = int((ratio < 1 - ROUNDING).sum())
    claim = (
        f"no network with a polynomial activation falls below the best polynomial's error: of {ratio.size:,} networks "
        f"and targets, {trained.size} of them trained, the lowest is {ratio.min():.9f} times its floor"
    )
    return verdict(data, "never broken", claim, THEOREM, 0, broken, "violations", broken == 0)


def _met(data: xr.Dataset) -> Verdict:
    """The worst network, of any draw, at the greatest N."""
    ratio = over_floor(data).isel(width=-1).values
    ratio = ratio[np.isfinite(ratio)]
    worst = float(ratio.max())
    claim = (
        f"with {int(data.width[-1])} units every one of {ratio.size:,} networks with a polynomial activation has come "
        f"down to the best polynomial's error, within {CLOSE:.0%} (the worst, and the range)"
    )
    outcome = REPRODUCED if worst <= 1 + CLOSE else PARTLY if np.median(ratio) <= 1 + CLOSE else NOT_REPRODUCED
    ends = float(ratio.min()), worst
    return verdict(data, "met", claim, f"{THEOREM}: the best polynomial, computed", 1.0, worst, "times", outcome, ends)


def _falls(data: xr.Dataset, name: str) -> Verdict:
    """The target on which the median error falls least; reproduced only where no polynomial passes the same rule."""
    falls, others = fall(data).sel(activation=name), controls(data)
    worst, hardest = float(falls.max()), falls.target.values[int(falls.values.argmax())]
    passed = int((others <= FALLS).sum())
    claim = (
        f"{name}: from N = {start(data)} to {int(data.width[-1])} the median error falls to {FALLS:g} times that or "
        f"less on each of {falls.size} targets (the one where it falls least, {hardest}), which polynomials do on "
        f"{passed} of {others.size} floors (the least {others.min():.3f})"
    )
    part = float((falls <= FALLS).mean())
    outcome = REPRODUCED if part == 1 and not passed else PARTLY if part >= 0.75 else NOT_REPRODUCED
    return verdict(data, f"universal: {name}", claim, THEOREM, FALLS, worst, "times", outcome)


def _same_start(data: xr.Dataset) -> Verdict:
    """The Taylor polynomial against tanh itself, trained alike."""
    polynomial, itself = "Taylor polynomial of tanh", "tanh"
    last = data.trained_error.isel(trained_width=-1)
    own, other = last.sel(trained=polynomial).values, last.sel(trained=itself).values
    share = own / other
    share[~np.isfinite(share)] = np.nan
    found = statistics.bootstrap(np.nan_to_num(share, nan=0.0))
    claim = (
        f"training does not help: {int(data.trained_width[-1])} units with tanh's Taylor polynomial of degree 7, their "
        "hidden weights trained, err more than ten times as much as with tanh (median of ratios by seed)"
    )
    outcome = REPRODUCED if found.low > 10 else PARTLY if found.low > 1 else NOT_REPRODUCED
    return verdict(data, "trained", claim, THEOREM, 10.0, found.estimate, "times", outcome, (found.low, found.high))


def _unbiased(data: xr.Dataset) -> list[Verdict]:
    """Every activation that has a floor without biases."""
    stopped = data.isel(condition=np.flatnonzero(data.condition_floor > 0))
    ratio = (stopped.condition_error.sel(biased=False) / stopped.condition_floor).values
    worst, least = float(ratio.max()), float(ratio.min())
    units = data.attrs["condition_units"]
    names = ", ".join(stopped.condition.values)
    claim = (
        f"without biases {units} units of {names} stop at the best function of their own kind (odd, even but for a "
        f"line, or one line on each side), within {CLOSE:.0%}, none below it"
    )
    holds = least >= 1 - ROUNDING and worst <= 1 + CLOSE
    first = verdict(data, "biases", claim, "symmetry; floors computed", 1.0, worst, "times", holds, (least, worst))
    share = stopped.condition_error.sel(biased=True).median("seed") / stopped.condition_floor
    claim = f"with biases the same {units} units err less than a fifth of that floor (the worst median)"
    worst = float(share.max())
    outcome = REPRODUCED if worst < 0.2 else PARTLY if worst < 1 else NOT_REPRODUCED
    return [first, verdict(data, "biases give it", claim, THEOREM, 0.2, worst, "times", outcome)]


def _without_need(data: xr.Dataset) -> Verdict:
    free = data.isel(condition=np.flatnonzero(data.condition_floor == 0))
    worst = free.condition_error.sel(biased=False).median("seed")
    names = " and ".join(free.condition.values)
    claim = (
        f"{names} need no biases: the error goes to 0 without (the worse median, at {data.attrs['condition_units']})"
    )
    measured, norm = float(worst.max()), float(data.norm.sel(target=data.attrs["condition_target"]))
    source = "Stone & Weierstrass for the exponential"
    return verdict(data, "no biases needed", claim, source, 0.0, measured, "L2 error", measured < 1e-3 * norm)
