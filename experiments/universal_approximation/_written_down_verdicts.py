"""The verdicts of `written_down`: errors on the predicted lines, slopes, what a break costs, gains and rounding."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.universal_approximation import _written_down_slopes as derived

# By how much the widest networks may miss what theory says of many units: shares of it.
CLOSE = {"step bumps": 0.01, "sigmoid steps": 0.02, "ReLU, equal knots": 0.01, "ReLU, spread knots": 0.02}
CLOSE_TO_BEST = 0.05
SOURCES = {
    "step bumps": "h |f'| / sqrt(12)",
    "sigmoid steps": "Cybenko 1989; the Fourier series of a smoothed saw tooth",
    "ReLU, equal knots": "h^2 |f''| / sqrt(120)",
    "ReLU, spread knots": "de Boor 1973: (integral |f''|^(2/5))^(5/2) / (sqrt(120) N^2)",
    "ReLU, fitted": "Burchard & Hale 1975: (integral |f''|^(2/5))^(5/2) / (sqrt(720) N^2)",
}
SLOPE = 0.05  # by which a slope may differ
STOPPED = 0.8  # of a fixed gain's error at half the widest is left at the widest, where more units have stopped to help


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Shares of predictions and slopes by fixed tolerances; `partly` within three times of them."""
    found = [_on_the_line(data, kind, close) for kind, close in CLOSE.items()]
    found += [_best(data), *(_slope(data, kind) for kind in derived.EXPECTED)]
    if "kink" in data.target:
        found.append(_kink(data))
    if "jump" in data.target:
        found.append(_jump(data))
    return [*found, _steep(data), _fixed_gain(data), *(_rounding(data, dtype) for dtype in data.dtype.values)]


def _within(miss: float, close: float) -> str:
    return REPRODUCED if miss <= close else PARTLY if miss <= 3 * close else NOT_REPRODUCED


def _targets(count: int, kind: str = "") -> str:
    return f"{count} {kind}target{'s' * (count != 1)}"


def _on_the_line(data: xr.Dataset, kind: str, close: float) -> Verdict:
    """The measured error over the predicted one at the greatest N: the target farthest off, and the range of all."""
    last = data.sel(kind=kind, dtype="float64").isel(width=-1)
    ratio = (last.l2 / last.predicted.where(last.predicted > derived.ZERO)).dropna("target")
    worst = float(ratio[int(np.abs(ratio.values - 1).argmax())])
    claim = (
        f"{kind}: the L2 error of {int(last.width):,} units is what theory says, on {_targets(ratio.size)} (measured "
        f"over predicted, the farthest off; reproduced within {close:.0%})"
    )
    ends = float(ratio.min()), float(ratio.max())
    outcome = _within(abs(worst - 1), close)
    return verdict(data, f"line: {kind}", claim, SOURCES[kind], 1.0, worst, "times", outcome, ends)


def _best(data: xr.Dataset) -> Verdict:
    """Fitted heights on spread knots against what E(N + 1), below which no network of N ReLU units is, tends to."""
    n = int(data.width[-1])
    last = data.sel(kind="ReLU, fitted", dtype="float64", target=derived.smooth(data)).isel(width=-1)
    ratio = (last.l2 / last.predicted * ((n + 1) / n) ** 2).values
    worst = float(ratio[np.abs(ratio - 1).argmax()])
    near = last.optimum.values
    claim = (
        f"{n:,} ReLU units on spread knots with the best heights err what the best of {n + 1:,} free pieces does, by "
        f"its asymptotic value ({_targets(ratio.size, 'smooth ')}, the farthest off; reproduced within "
        f"{CLOSE_TO_BEST:.0%}). The optimum itself is the bound of every network of that size; computed for "
        f"{data.attrs['pieces']} pieces it is {near.min():.3f} to {near.max():.3f} times its asymptotic value"
    )
    outcome = _within(abs(worst - 1), CLOSE_TO_BEST)
    ends = float(ratio.min()), float(ratio.max())
    return verdict(data, "near the best", claim, SOURCES["ReLU, fitted"], 1.0, worst, "times", outcome, ends)


def _slope(data: xr.Dataset, kind: str) -> Verdict:
    """Of all smooth targets the slope that is farthest from what is expected, with its interval."""
    expected = derived.EXPECTED[kind]
    slopes = {name: found for name in derived.smooth(data) if (found := derived.slope(data, name, kind)) is not None}
    farthest = max(slopes, key=lambda name: abs(slopes[name].slope - expected))
    worst = slopes[farthest]
    claim = (
        f"{kind}: the error falls as N^{expected:g} on {_targets(len(slopes), 'smooth ')} (slope over the widest "
        f"{derived.WIDEST} networks, the farthest off, {farthest}, with its 95 % interval; reproduced within {SLOPE})"
    )
    ends, outcome = (worst.low, worst.high), _within(abs(worst.slope - expected), SLOPE)
    return verdict(data, f"slope: {kind}", claim, SOURCES[kind], expected, worst.slope, "", outcome, ends)


def _kink(data: xr.Dataset) -> Verdict:
    one = data.sel(target="kink", kind="ReLU, equal knots", dtype="float64")
    on_it = one.l2.values[one.predicted.values <= derived.ZERO]
    found = derived.slope(data, "kink", "ReLU, equal knots")
    exact = bool((on_it < derived.ZERO).all()) and len(on_it) > 0
    claim = (
        "a kink costs straight lines nothing where a knot lies on it "
        f"({len(on_it)} widths, all exact: {'yes' if exact else 'no'}), and half a power where none does"
    )
    if found is None:
        return verdict(data, "kink", claim, "h^(3/2) / sqrt(12)", -1.5, None, "slope", NOT_REPRODUCED)
    holds = exact and abs(found.slope + 1.5) <= SLOPE
    return verdict(
        data, "kink", claim, "h^(3/2) / sqrt(12)", -1.5, found.slope, "slope", holds, (found.low, found.high)
    )


def _jump(data: xr.Dataset) -> Verdict:
    """The exact law at every width, as the slope depends on where the jump falls."""
    one = data.sel(target="jump", kind=["step bumps", "ReLU, equal knots"], dtype="float64")
    ratio = (one.l2 / one.predicted).values
    worst = float(ratio.ravel()[np.abs(ratio - 1).argmax()])
    claim = (
        f"a jump costs bumps and straight lines sqrt(h) times what its place between two knots tells, at each of "
        f"{ratio.size} networks (measured over predicted, the farthest off)"
    )
    outcome = _within(abs(worst - 1), 1e-3)
    ends = float(ratio.min()), float(ratio.max())
    return verdict(data, "jump", claim, "2 sqrt(h s), 2 sqrt(h (s^3 + (1 - s)^3) / 3)", 1.0, worst, "", outcome, ends)


def _steep(data: xr.Dataset) -> Verdict:
    """All gains from 8/h on: the error over that of steps against the smoothed saw tooth."""
    shown = data.isel(gain_width=-1).sel(sharp=data.sharp[data.sharp >= 8])
    share = shown.by_sharpness / shown.bumps
    ratio = (share / shown.smoothing).values
    worst = float(ratio[np.abs(ratio - 1).argmax()])
    sharpest = float(share[-1])
    claim = (
        f"as the gain rises sigmoids become steps: at {float(shown.sharp[-1]):g}/h they err {sharpest:.3f} times as "
        f"much, and from 8/h on what is predicted (measured over predicted at N = {int(shown.gain_width)}, the "
        "farthest off; reproduced within 5 %)"
    )
    ends, outcome = (float(ratio.min()), float(ratio.max())), _within(abs(worst - 1), 0.05)
    return verdict(data, "steep sigmoids", claim, SOURCES["sigmoid steps"], 1.0, worst, "times", outcome, ends)


def _fixed_gain(data: xr.Dataset) -> Verdict:
    """The lowest gain: the error that is left when the units are doubled for the last time."""
    one = data.fixed_gain.isel(gain=0)
    half = one.sel(width=one.width.values[-1] // 2, method="nearest")
    left = float(one[-1] / half)
    claim = (
        f"with the gain fixed, at {float(one.gain):g}, more sigmoid steps stop helping: from N = {int(half.width)} to "
        f"{int(one.width[-1])} so much of the error is left (all of it in the limit, half if it still fell as 1/N)"
    )
    outcome = REPRODUCED if left >= STOPPED else PARTLY if left >= (1 + STOPPED) / 3 else NOT_REPRODUCED
    return verdict(data, "fixed gain", claim, "the limit of Cybenko 1989 is in the gain", 1.0, left, "", outcome)


def _rounding(data: xr.Dataset, dtype: str) -> Verdict:
    """The N from which rounding exceeds the error of the lines, against the rule of thumb (C / u)^(2/5).

    Where that lies beyond the widest network, nothing was measured there, and the outcome is `partly` at best.
    """
    found = [derived.crossing(data, name, dtype) for name in derived.smooth(data)]
    measured = np.array([one.measured for one in found])
    share = measured / [one.expected for one in found]
    worst = float(np.exp(np.abs(np.log(share)).max()))
    widest = int(data.rounding_width[-1])
    seen = bool(measured.max() <= widest)
    how = "as measured" if seen else f"by the slopes of both, extended from N = {widest:,}, so partly at best"
    claim = (
        f"in {dtype} rounding overtakes the error of straight lines at N = (C/u)^(2/5), {how} (median over "
        f"{_targets(len(found), 'smooth ')} and their range; reproduced if all are within a factor of 2; the worst "
        f"is {worst:.2g} off)"
    )
    reference = float(np.median([one.expected for one in found]))
    ends = float(measured.min()), float(measured.max())
    outcome = REPRODUCED if worst <= 2 and seen else PARTLY if worst <= 4 else NOT_REPRODUCED
    source = "rule of thumb: N terms rounded at random, u sqrt(N)"
    return verdict(
        data, f"rounding: {dtype}", claim, source, reference, float(np.median(measured)), "units", outcome, ends
    )
