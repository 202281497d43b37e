"""The verdicts of `near_the_best`: errors over those of the best networks, against the aims of issue 6."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from nnjax import statistics, tasks

# Median error over the best network's that is aimed at, by units: of most targets, and of Runge's function.
AIMS = {4: 1.05, 8: 1.05, 16: 1.1, 32: 1.15, 64: 1.15}
RUNGE_AIMS = {4: 1.25, 8: 1.25, 16: 1.3, 32: 1.5, 64: 1.5}
BEST_AIM, BEST_UP_TO = 1.02, 32
# The best network is a search's, too, and the exact error is rounded: below this share of it something is wrong.
BELOW = 1 - 1e-6
# Logarithms of ratios are kept within this, so that a network that diverged leaves a mean; and up to so many seeds all
# their signs are tried.
LOG_MOST, MOST_EXACT = np.log(1e6), 12
SOURCE = "best networks computed without training; aims of issue 6"


def aim(target: str, units: int) -> float | None:
    """What the median is held to; None for widths that have no aim."""
    return (RUNGE_AIMS if target == "runge" else AIMS).get(units)


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A median is held to its aim: partly where only its interval reaches it."""
    found = [
        _median(data, str(t), int(n)) for t in data.target.values for n in data.units.values if aim(str(t), int(n))
    ]
    return [*found, _least(data), _bound(data), _others(data), *_ingredients(data)]


def _median(data: xr.Dataset, target: str, units: int) -> Verdict:
    goal = aim(target, units) or np.nan
    middle, low, high = statistics.bootstrap(data.ratio.sel(target=target, units=units).values)
    claim = (
        f"{units} ReLU units on {tasks.TARGETS[target].formula}: median error of {data.sizes['seed']} starts within "
        f"{goal:g} of the best network's"
    )
    outcome = REPRODUCED if middle <= goal else PARTLY if low <= goal else NOT_REPRODUCED
    return verdict(data, f"median, {target}, {units}", claim, SOURCE, goal, middle, "times", outcome, (low, high))


def _least(data: xr.Dataset) -> Verdict:
    """The best start of every target and width, the worst of these."""
    units = [n for n in data.units.values.tolist() if n <= BEST_UP_TO]
    least = data.ratio.sel(units=units).min("seed")
    met, total = int((least <= BEST_AIM).sum()), least.size
    claim = (
        f"the best of {data.sizes['seed']} starts comes within {BEST_AIM:g} of the best network up to {max(units)} "
        f"units (met {met} times of {total}; the worst is told)"
    )
    outcome = REPRODUCED if met == total else PARTLY if met > total / 2 else NOT_REPRODUCED
    return verdict(data, "best start", claim, SOURCE, BEST_AIM, float(least.max()), "times", outcome)


def _bound(data: xr.Dataset) -> Verdict:
    """E(N + 1) is a theorem's bound: a network below it would refute the code, or the theorem."""
    every = min(float((one * data.best / data.bound).min()) for one in (data.ratio, data.solver_ratio))
    claim = "no network, however trained, errs by less than N + 1 free pieces do"
    outcome = REPRODUCED if every >= BELOW else NOT_REPRODUCED
    return verdict(data, "hard bound", claim, "N + 1 pieces; computed", 1, every, "times, least", outcome)


def _others(data: xr.Dataset) -> Verdict:
    """At how many targets and widths the search's median is below those of Adam and L-BFGS: partly at best where one
    of them had less than the search's seconds."""
    ahead = data.solver_ratio.median("seed").min("solver") / data.ratio.median("seed")
    better, total = int((ahead > 1).sum()), ahead.size
    rest = data.solver_seconds / data.seconds
    short, whose = int((rest < 1).sum()), " and ".join(data.solver.values.tolist())
    claim = (
        f"the search ends lower than {whose} from the same kind of start in the same seconds, at the median "
        f"(they took {float(rest.min()):.3g} to {float(rest.max()):.3g} times its seconds, less than it {short} times "
        f"of {rest.size}; the better one errs by {float(ahead.min()):.3g} to {float(ahead.max()):.3g} times as much)"
    )
    outcome = (PARTLY if short else REPRODUCED) if better == total else PARTLY if better else NOT_REPRODUCED
    return verdict(data, "other solvers", claim, "issue 6", total, better, "targets and widths", outcome)


def effects(data: xr.Dataset) -> xr.DataArray:
    """Log error over that of the same seed with all ingredients [without, target, seed], kept within a million."""
    log = np.log(data.without_ratio).clip(-LOG_MOST, LOG_MOST)
    return log.isel(without=slice(1, None)) - log.isel(without=0, drop=True)


def sign_flips(values: np.ndarray) -> float:
    """The one-sided p-value that the mean of values [n] is above 0 by chance alone, each being as likely negative.

    All 2^n signs up to n = 12; beyond, as many drawn at random, and the values' own signs.
    """
    n = len(values)
    if n <= MOST_EXACT:
        signs = 1 - 2 * (np.arange(2**n)[:, None] >> np.arange(n)[None, :] & 1)
    else:
        signs = np.random.default_rng(0).choice([-1, 1], (2**MOST_EXACT, n))
        signs[0] = 1
    return float(np.mean(signs @ values >= values.sum() - 1e-12 * np.abs(values).sum()))


def _ingredients(data: xr.Dataset) -> list[Verdict]:
    """Whether leaving an ingredient out costs anything: a seed counts once, as its mean over the targets, because it
    gives all of them the same first network. Holm-corrected."""
    log = effects(data)
    names = [str(name) for name in log["without"].values]
    by_seed = [log.sel({"without": name}).mean("target").values for name in names]
    significant = statistics.holm([sign_flips(values) for values in by_seed]) < 0.05
    result = []
    for name, values, sure in zip(names, by_seed, significant, strict=True):
        mean, low, high = np.exp(statistics.bootstrap(values, np.mean))
        outcome = REPRODUCED if sure and low > 1 else PARTLY if mean > 1 else NOT_REPRODUCED
        medians = log.sel({"without": name}).median("seed")
        told = ", ".join(
            f"{tasks.TARGETS[str(t)].formula} {np.exp(float(medians.sel(target=t))):.3f}" for t in data.target.values
        )
        claim = (
            f"without {name} a search of {data.attrs['taken_apart']} units ends higher (error over that of the same "
            f"seed with all, geometric mean of targets and {len(values)} seeds; sign flips of seeds, one of "
            f"{len(names)}, Holm; medians: {told})"
        )
        result.append(verdict(data, f"without {name}", claim, "issue 6", 1, mean, "times", outcome, (low, high)))
    return result
