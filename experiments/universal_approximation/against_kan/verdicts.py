"""The table and the verdicts of `against_kan`: accuracy, how fast errors fall, whether plain networks stall, time.

Each side chooses one of eight settings, with two sizes of its first splines or weights: a choice between two and no
grid, so that no tuned number lies at an end.
"""

import math

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import LIU
from experiments.lab.verdicts import (
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)
from experiments.universal_approximation.against_kan.config import Config
from experiments.universal_approximation.against_kan.summary import EXPONENT, best, decisive, slowness

COLUMNS = {"L-BFGS": "the same solver", "variable projection": "each side's best solver"}
WORDS = {
    "bessel": "J0(20 x)",
    "exp_sine": "exp(sin(pi x) + y^2)",
    "product": "x y",
    "two_rings": "the function of four variables",
}
STEEP, SHALLOW = EXPONENT + 1, EXPONENT / 2  # slopes from which the fourth power is seen, and is not
PLATEAU = 10.0  # an error that falls by less than this from the smallest network to the best has stalled
SPAN = 4.0  # where the sizes differ by less than this, errors could not have fallen much
SLOWER = (3.0, 30.0)  # what counts as ten times as long


def statements(config: Config) -> list[Statement]:
    """Accuracy for each function and solver, how fast the error falls, whether plain networks stall, and the time."""
    found = []
    for solver in COLUMNS:
        found += [accuracy(name, solver) for name in config.targets]
        found.append(accuracy_on_all(solver, len(config.targets)))
    return [*found, *(power(name) for name in config.targets), stall(len(config.targets)), time()]


def accuracy(target: str, solver: str) -> Statement:
    """One function, one solver of the plain networks."""
    return Statement(
        id=f"accuracy: {target}, {solver}",
        claim=f"On {WORDS[target]}, a KAN of its best size is more accurate than a plain network of at most as many "
        f"parameters, with {COLUMNS[solver]}.",
        kind=PUBLISHED,
        source=f"{LIU}, figure 3.1",
        rule=rules.above(1.0, "the range over all pairs of seeds of the plain network's error over the KAN's"),
        reference="above 1",
        unit="times the KAN's error",
        settled_by="more seeds",
    )


def accuracy_on_all(solver: str, total: int) -> Statement:
    """All functions together."""
    return Statement(
        id=f"accuracy, {solver}",
        claim=f"On every function, KANs of their best size are more accurate than plain networks of at most as many "
        f"parameters, with {COLUMNS[solver]}.",
        kind=PUBLISHED,
        source=f"{LIU}, section 3.1",
        rule=Rule(f"{rules.together('functions')} What judges a function is its range over all pairs of seeds."),
        reference=f"{total} of {total}",
        unit="functions",
        settled_by="more seeds",
    )


def power(target: str) -> Statement:
    """How fast a KAN's error falls."""
    return Statement(
        id=f"power: {target}",
        claim=f"On {WORDS[target]}, the error of KANs falls with the fourth power of their parameters, or faster.",
        kind=PUBLISHED,
        source=f"{LIU}, eq. 2.15",
        rule=Rule(
            "The slope of log median error against log parameters, by least squares over the sizes up to the KAN's "
            f"best. Reproduced when it is {STEEP:g} or less, not reproduced when it is above {SHALLOW:g}, not settled "
            "between, where so few sizes do not decide.",
            lambda measured, low, high: (
                REPRODUCED if measured <= STEEP else NOT_SETTLED if measured <= SHALLOW else NOT_REPRODUCED
            ),
        ),
        reference=float(EXPONENT),
        unit="power",
        settled_by="more sizes up to the best, and more seeds",
    )


def stall(total: int) -> Statement:
    """Whether plain networks stop improving."""
    return Statement(
        id="plain networks stall",
        claim="Plain networks stall as they grow, on every function.",
        kind=PUBLISHED,
        source=f"{LIU}, section 3.1",
        rule=Rule(
            f"{rules.together('functions')} A function is reproduced when the median error (variable projection) "
            "falls by a factor of less than "
            f"{PLATEAU:g} from the smallest to the best network, open when that is so but the sizes differ by a factor "
            f"of less than {SPAN:g} (this exception was made after the first results)."
        ),
        reference=f"{total} of {total}",
        unit="functions",
        settled_by="larger networks",
    )


def time() -> Statement:
    """What a KAN costs."""
    return Statement(
        id="time",
        claim="KANs take ten times as long to train as plain networks of as many parameters.",
        kind=PUBLISHED,
        source=f"{LIU}, section 6",
        rule=Rule(
            "The processor time of pykan over ours for as many iterations of L-BFGS, median over sizes and functions. "
            f"Reproduced from {SLOWER[0]:g} to {SLOWER[1]:g}, otherwise not reproduced.",
            lambda measured, low, high: REPRODUCED if SLOWER[0] <= measured <= SLOWER[1] else NOT_REPRODUCED,
        ),
        reference=10.0,
        unit="times as long",
        settled_by="times of both",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row for each function, network and size: parameters, error (median, least, greatest of the seeds), seconds."""
    rows = []
    for target in data.target.values:
        for size in range(data.sizes["size"]):
            one = data.sel(target=target).isel(size=size)
            rows.append(_row(target, "KAN, L-BFGS", one.kan, one.kan_params, one.kan_seconds.median(), one.kan_setting))
            for solver in data.solver.values:
                plain = one.sel(solver=solver)
                parts = (plain.mlp, plain.mlp_params, plain.mlp_seconds, plain.mlp_setting)
                rows.append(_row(target, f"plain, {solver}", *parts))
    return [row for row in rows if row["parameters"] > 0]


def _row(
    target: str, network: str, error: xr.DataArray, params: xr.DataArray, seconds: xr.DataArray, setting: xr.DataArray
) -> dict:
    ends = {"median_rms": float(error.median()), "least": float(error.min()), "greatest": float(error.max())}
    row = {"function": str(target), "network": network, "parameters": int(params)} | ends
    return row | {"seconds": float(seconds), "setting": str(setting.item())}


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Accuracy for each function and solver, how fast the error falls, whether plain networks stall, and the time."""
    found, targets = [], [str(name) for name in data.target.values]
    for solver in COLUMNS:
        alone = [_accuracy(data, name, solver) for name in targets]
        found += [*alone, _accuracy_on_all(solver, alone)]
    return [*found, *(_power(data, name) for name in targets), _stall(data, targets), _time(data)]


def _accuracy(data: xr.Dataset, target: str, solver: str) -> Verdict:
    duel = decisive(data, target, solver)
    low, high = float(duel.mlp.min() / duel.kan.max()), float(duel.mlp.max() / duel.kan.min())
    return accuracy(target, solver).verdict(
        f"With up to {duel.params} parameters, the plain network errs {duel.ratio:.2g} [{low:.2g}, {high:.2g}] times "
        "as much as the KAN (medians, and the range over all pairs of seeds).",
        duel.ratio, low, high, len(duel.kan),
    )  # fmt: skip


def _accuracy_on_all(solver: str, alone: list[Verdict]) -> Verdict:
    states, total = [one.outcome for one in alone], len(alone)
    ahead = sum(isinstance(one.measured, float) and one.measured > 1 for one in alone)
    return accuracy_on_all(solver, total).verdict(
        f"KANs are ahead on {ahead} of {total} functions by medians; with all seeds on {states.count(REPRODUCED)}, and "
        f"behind with all seeds on {states.count(NOT_REPRODUCED)}.",
        f"{ahead} of {total}", n=total, outcome=rules.combine(states),
    )  # fmt: skip


def _power(data: xr.Dataset, target: str) -> Verdict:
    params, error = best(data, target)
    slope = float(np.polyfit(np.log(params), np.log(error), 1)[0]) if len(params) > 1 else math.nan
    return power(target).verdict(
        f"The error falls with the power {slope:.2f} over {len(params)} sizes, from {params[0]:g} to {params[-1]:g} "
        "parameters.",
        slope, n=data.sizes["seed"],
    )  # fmt: skip


def _stall(data: xr.Dataset, targets: list[str]) -> Verdict:
    states, told = [], []
    for target in targets:
        one = data.sel(target=target, solver="variable projection")
        error = one.mlp.median("seed").values
        error, params = error[~np.isnan(error)], one.mlp_params.values[one.mlp_params.values > 0]
        fall, span = float(error[0] / error.min()), float(params[-1] / params[0])
        stalled = REPRODUCED if span >= SPAN else NOT_SETTLED
        states.append(stalled if fall < PLATEAU else NOT_REPRODUCED)
        told.append(f"{fall:.3g} on {WORDS[target]}, from {params[0]} to {params[-1]} parameters")
    count = sum(state != NOT_REPRODUCED for state in states)
    return stall(len(targets)).verdict(
        f"Errors fall by these factors: {'; '.join(told)}.",
        f"{count} of {len(targets)}", n=len(targets), outcome=rules.combine(states),
    )  # fmt: skip


def _time(data: xr.Dataset) -> Verdict:
    ratios = slowness(data)
    middle, low, high = float(np.median(ratios)), float(ratios.min()), float(ratios.max())
    return time().verdict(
        f"pykan takes {middle:.2g} times the processor time of ours, {low:.2g} to {high:.2g} over {len(ratios)} sizes "
        "and functions.",
        middle, low, high, data.sizes["seed"],
    )  # fmt: skip
