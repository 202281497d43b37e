"""The verdicts of `machine_precision`: errors against the aims of issue 6, and what training adds."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from nnjax import statistics, tasks

SMOOTH, RUNGE = ("exp_sin", "sine", "exp_cos", "reciprocal_sin"), "runge"
AIM, RUNGE_MEDIAN, RUNGE_BEST = 1e-10, 1e-6, 1e-8
CHAIN_AIM, MOST_WEIGHT = 1e-13, 1e3
ISSUE, CHAINS_SOURCE = "issue 6 (aim)", "Wang & Lai 2023 (multi-stage networks); aim of issue 6"


def places(data: xr.Dataset) -> list[tuple[str, int]]:
    """Kinds of chains and stages; the first network of both kinds is the same, and is told once."""
    kinds, stages = data.kind.values.tolist(), data.stage.values.tolist()
    return [(kinds[0], stages[0])] + [(kind, stage) for kind in kinds for stage in stages[1:]]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A median is held to its aim with its interval: partly where the interval alone reaches it."""
    names = data.target.values.tolist()
    smooth = [name for name in names if name in SMOOTH]
    found = [_median(data, name, AIM) for name in smooth]
    if RUNGE in names:
        found += [_median(data, RUNGE, RUNGE_MEDIAN), _best(data)]
    if smooth:
        found += [_chain(data, kind, smooth) for kind in data.kind.values.tolist()]
    found += [_worth(data), _polynomial(data, int(data.degree[0])), _polynomial(data, int(data.degree[-1]))]
    return found


def _median(data: xr.Dataset, name: str, aim: float) -> Verdict:
    middle, low, high = statistics.bootstrap(data.rms.sel(target=name).values)
    claim = (
        f"{data.attrs['units']} tanh units on {tasks.TARGETS[name].formula}: median test error of "
        f"{data.sizes['seed']} starts at most {aim:g}"
    )
    outcome = REPRODUCED if middle <= aim else PARTLY if low <= aim else NOT_REPRODUCED
    return verdict(data, f"median, {name}", claim, ISSUE, aim, middle, "RMS", outcome, (low, high))


def _best(data: xr.Dataset) -> Verdict:
    best = float(data.rms.sel(target=RUNGE).min())
    claim = f"the best of {data.sizes['seed']} starts on Runge's function has a test error of at most {RUNGE_BEST:g}"
    outcome = REPRODUCED if best <= RUNGE_BEST else NOT_REPRODUCED
    return verdict(data, "best, runge", claim, ISSUE, RUNGE_BEST, best, "RMS", outcome)


def _chain(data: xr.Dataset, kind: str, smooth: list[str]) -> Verdict:
    """How many targets are met by the median chain, in error and in the sum of the output weights."""
    last = data.sel(kind=kind, target=smooth).isel(stage=-1)
    error, total = last.chain_rms.median("chain"), last.chain_sum.median("chain")
    met = int(((error <= CHAIN_AIM) & (total <= MOST_WEIGHT)).sum())
    worst = float(error.max())
    claim = (
        f"networks of {data.attrs[kind].strip('()')} units, each on what those before leave: median error at most "
        f"{CHAIN_AIM:g} with a sum of absolute output weights of at most {MOST_WEIGHT:g} on the smooth targets (met "
        f"on {met} of {len(smooth)}; the largest median sum is {float(total.max()):.3g})"
    )
    outcome = REPRODUCED if met == len(smooth) else PARTLY if met else NOT_REPRODUCED
    return verdict(data, f"chain, {kind}", claim, CHAINS_SOURCE, CHAIN_AIM, worst, "RMS, worst target", outcome)


def _worth(data: xr.Dataset) -> Verdict:
    """What training adds to random units: the least over targets of the median gain, network by network."""
    gains = np.log10(data.untrained_rms / data.rms)
    parts = [statistics.bootstrap(gains.sel(target=name).values) for name in data.target.values]
    least = min(parts, key=lambda part: part.estimate)
    told = ", ".join(f"{p.estimate:.1f} {name}" for p, name in zip(parts, data.target.values, strict=True))
    claim = f"training adds digits to random units with the best output layer, on every target (medians: {told})"
    outcome = REPRODUCED if least.low > 0 else PARTLY if least.estimate > 0 else NOT_REPRODUCED
    interval = (least.low, least.high)
    return verdict(data, "training", claim, ISSUE, "above 0", least.estimate, "digits, least", outcome, interval)


def coefficients(degree: int, units: int) -> str:
    """How many coefficients a polynomial has, beside a network of so many units: 3 numbers for each, and a bias."""
    beside = {units: ", one per unit", 3 * units + 1: ", one per number of the network"}
    return f"{degree + 1} coefficients{beside.get(degree + 1, '')}"


def _polynomial(data: xr.Dataset, degree: int) -> Verdict:
    """On how many targets the median network is better than a Chebyshev interpolant."""
    better = data.rms.median("seed") < data.polynomial_rms.sel(degree=degree)
    worse = [str(name) for name in data.target.values if not better.sel(target=name)]
    claim = (
        f"the median network is better than the Chebyshev interpolant of degree {degree}: "
        f"{coefficients(degree, data.attrs['units'])}" + (f" (it is worse on: {', '.join(worse)})" if worse else "")
    )
    count, total = int(better.sum()), data.sizes["target"]
    outcome = REPRODUCED if count == total else PARTLY if count else NOT_REPRODUCED
    return verdict(data, f"polynomial, {degree}", claim, "computed here", total, count, "targets", outcome)
