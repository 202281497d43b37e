"""The table and the verdicts of `near_the_best`: errors over the best networks', and the effects of ingredients."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import DE_BOOR
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.universal_approximation.near_the_best.config import Config
from experiments.universal_approximation.shared.parts import Parts, states
from experiments.universal_approximation.shared.targets import FORMULAS
from nnjax import statistics

# Aims for the median error over the best network's, by units: for most targets, and for Runge's function.
AIMS = {4: 1.05, 8: 1.05, 16: 1.1, 32: 1.15, 64: 1.15}
RUNGE_AIMS = {4: 1.25, 8: 1.25, 16: 1.3, 32: 1.5, 64: 1.5}
# The best pieces are found by a search, too, and errors are rounded: a ratio below this says that something is wrong.
BELOW = 1 - 1e-6
# Logarithms of ratios are kept within the first, so that a mean stays finite where a network diverged; with up to
# MOST_EXACT seeds, all combinations of signs are tried.
LOG_MOST, MOST_EXACT = np.log(1e6), 12
LEVEL = 0.05  # of a p-value after Holm's correction

INGREDIENTS = {
    "rows closer at bends": "training rows that lie closer where the target bends",
    "finer rows at last": "a last descent on more training rows",
    "spread knots": "first knots spread over the interval",
    "turning round": "moves that reverse the direction of units",
    "birth and death": "moves that put knots where the error is largest",
    "both moves": "moves of knots and of directions",
    "moves and spread knots": "moves and spread first knots",
}


def aim(target: str, units: int) -> float | None:
    """The aim for the median; None for widths that have none."""
    return (RUNGE_AIMS if target == "runge" else AIMS).get(units)


def statements(config: Config) -> list[Statement]:
    """All that is judged for these targets, widths and solvers."""
    stated = _stated(config.targets, config.units, config.taken_apart, config.solvers)
    return list(stated.values())


def _stated(
    targets: Sequence[str], units: Sequence[int], taken_apart: int, solvers: Sequence[str]
) -> dict[str, Statement]:
    """The statements by id."""
    found = [_median_statement(name, widest) for name in targets if (widest := _widest(name, units))]
    found += [_bound_statement(), _others_statement(len(targets) * len(units), solvers)]
    found += [_without_statement(name, taken_apart) for name in INGREDIENTS]
    return {one.id: one for one in found}


def _widest(target: str, units: Sequence[int]) -> int | None:
    """The greatest width for which there is an aim."""
    return max((n for n in units if aim(target, n)), default=None)


def _median_statement(target: str, units: int) -> Statement:
    goal = aim(target, units) or np.nan
    return Statement(
        id=f"median, {target}, {units}",
        claim=f"On {FORMULAS[target]} the search (descents by variable projection, with moves of knots between them) "
        f"finds networks of {units} ReLU units whose median error is less than {goal:g} times that of the best "
        "known network of that size.",
        kind=AIM,
        source="",
        rule=rules.below(goal, "the 95% bootstrap interval of the median over starts"),
        reference=goal,
        unit="times",
        settled_by="more starts",
    )


def _bound_statement() -> Statement:
    return Statement(
        id="hard bound",
        claim="No ReLU network of N units has a smaller error than the best N + 1 straight pieces, however it is "
        "trained.",
        kind=THEOREM,
        source=f"N units make at most N + 1 pieces; {DE_BOOR} (free knots)",
        rule=rules.at_least(BELOW, "the least error over that of the best N + 1 pieces (which is computed, too)"),
        reference=1,
        unit="times, least",
    )


def _others_statement(total: int, solvers: Sequence[str]) -> Statement:
    whose = " and ".join(solvers)
    return Statement(
        id="other solvers",
        claim=f"From the same kind of start and in the same seconds, the search ends with a lower median error than "
        f"{whose}, on every target, with every number of units.",
        kind=AIM,
        source="",
        rule=Rule(
            "Reproduced when the 95% bootstrap interval of the search's median lies below those of the other solvers "
            "for every target and width, partly when for some, not reproduced when for none. A target and width where "
            "the intervals overlap, where another solver had less time, or where Adam's best rate is the least or the "
            "greatest tried, or was not recorded, is undecided; where the outcome depends on these it is not settled. "
            f"{rules.GIVEN}"
        ),
        reference=total,
        unit="targets and widths",
        settled_by="rates of Adam beyond those tried",
    )


def _without_statement(name: str, units: int) -> Statement:
    return Statement(
        id=f"without {name}",
        claim=f"A search of {units} units without {INGREDIENTS[name]} ends with a larger error.",
        kind=AIM,
        source="",
        rule=Rule(
            "The error is compared with that of the same seed with all ingredients; each seed counts once, by its "
            "geometric mean over the targets. Reproduced when the 95% bootstrap interval of the ratio lies above 1 "
            f"and flips of signs give p < {LEVEL:g} after Holm's correction for {len(INGREDIENTS)} comparisons, not "
            "reproduced when the interval lies at or below 1, otherwise not settled."
        ),
        reference=1,
        unit="times",
        settled_by="more starts",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row for each target, width and way: error over the best network's, median, least, greatest; seconds, steps."""
    rows = []
    for target in data.target.values:
        for units in data.units.values:
            one = data.sel(target=target, units=units)
            ways: dict[str, tuple] = {"search": (one.ratio, one.seconds, None)}
            for solver in data.solver.values:
                place = one.sel(solver=solver)
                ways[str(solver)] = (place.solver_ratio, place.solver_seconds, int(place.solver_steps))
            for way, (ratio, seconds, steps) in ways.items():
                row = {"target": str(target), "units": int(units), "way": way, "starts": ratio.size}
                row |= {"best_network": float(one.best), "bound": float(one.bound), "median": float(ratio.median())}
                row |= {"least": float(ratio.min()), "greatest": float(ratio.max())}
                rows.append(row | {"seconds": float(seconds), "steps": steps})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Medians by target, the bound, other solvers, and ingredients."""
    targets, units = data.target.values.tolist(), data.units.values.tolist()
    stated = _stated(targets, units, data.attrs["taken_apart"], data.solver.values.tolist())
    found = []
    for target in targets:
        if widest := _widest(target, units):
            found.append(_median(data, stated[f"median, {target}, {widest}"], target, widest))
    found += [_bound(data, stated["hard bound"]), _others(data, stated["other solvers"])]
    return found + _ingredients(data, stated)


def _median(data: xr.Dataset, statement: Statement, target: str, units: int) -> Verdict:
    middle, low, high = statistics.bootstrap(data.ratio.sel(target=target, units=units).values)
    fewer = data.ratio.sel(target=target, units=[n for n in data.units.values if n < units]).median("seed")
    told = ", ".join(f"{float(one):.3f} ({int(one.units)})" for one in fewer)
    at = data.sel(target=target, units=units)
    of_pieces = middle * float(at.best / at.bound)
    return statement.verdict(
        f"The median error of {data.sizes['seed']} starts is {middle:.3f} [{low:.3f}, {high:.3f}] times that of the "
        f"best known network of {units} units{f'; with fewer units the ratio is {told}' if told else ''}. It is "
        f"{of_pieces:.3f} times the error of the best {units + 1} straight pieces, which no such network can beat.",
        middle, low, high, data.sizes["seed"],
    )  # fmt: skip


def _bound(data: xr.Dataset, statement: Statement) -> Verdict:
    """A theorem's bound: a network below it would refute the code, so no tuned number decides."""
    both = (data.ratio, data.solver_ratio)
    least = min(float((one * data.best / data.bound).min()) for one in both)
    count = sum(one.size for one in both)
    return statement.verdict(
        f"Among {count:,} trained networks, the lowest ratio of the error to that of the best N + 1 pieces is "
        f"{least:.5f}.",
        least,
    )


def _others(data: xr.Dataset, statement: Statement) -> Verdict:
    """At how many targets and widths the search's median is below those of the other solvers."""
    ahead = data.solver_ratio.median("seed").min("solver") / data.ratio.median("seed")
    better, total = int((ahead > 1).sum()), ahead.size
    seconds = (data.solver_seconds / data.seconds).transpose("target", "units", "solver")
    holds, fails = _compared(data)
    # Rates were not recorded at first.
    recorded = "rate_at_end" in data
    at_end = data.rate_at_end.transpose("target", "units", "solver").any("solver").values if recorded else True
    undecided = ~(holds | fails) | (seconds < 1).any("solver").values | at_end
    short, ends = int((seconds < 1).sum()), int(np.sum(at_end))
    rates = (
        f"{ends} of Adam's tuned rates {'is' if ends == 1 else 'are'} the least or the greatest tried"
        if recorded
        else "whether Adam's rates lie at an end was not recorded"
    )
    return statement.verdict(
        f"The search has the lowest median error in {better} of {total} combinations of target and width, and by 95% "
        f"intervals in {int(holds.sum())}. The better other solver has {float(ahead.min()):.3g} to "
        f"{float(ahead.max()):.3g} times its error. Other solvers had {float(seconds.min()):.3g} to "
        f"{float(seconds.max()):.3g} times its seconds, and less time in {short} of {seconds.size} cases; {rates}.",
        int(holds.sum()), n=data.sizes["seed"], outcome=rules.combine(states(Parts(holds, undecided))),
    )  # fmt: skip


def _compared(data: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Where the interval of the search's median lies below those of all others, and where above one [target, units]."""
    holds, fails = (np.zeros((data.sizes["target"], data.sizes["units"]), bool) for _ in range(2))
    for i, j in np.ndindex(holds.shape):
        one = data.isel(target=i, units=j)
        own = statistics.bootstrap(one.ratio.values)
        others = [statistics.bootstrap(one.solver_ratio.sel(solver=solver).values) for solver in one.solver.values]
        holds[i, j] = all(own.high < other.low for other in others)
        fails[i, j] = any(other.high < own.low for other in others)
    return holds, fails


def effects(data: xr.Dataset) -> xr.DataArray:
    """Log error over that of the same seed with all ingredients [without, target, seed], kept within a million."""
    log = np.log(data.without_ratio).clip(-LOG_MOST, LOG_MOST)
    return log.isel(without=slice(1, None)) - log.isel(without=0, drop=True)


def sign_flips(values: np.ndarray) -> float:
    """The one-sided p-value of the mean of values [n] being above 0, if each sign were as likely to be negative.

    Up to n = 12 all 2^n combinations of signs are tried; beyond, 2^12 drawn ones, the values' own among them.
    """
    n = len(values)
    if n <= MOST_EXACT:
        signs = 1 - 2 * (np.arange(2**n)[:, None] >> np.arange(n)[None, :] & 1)
    else:
        signs = np.random.default_rng(0).choice([-1, 1], (2**MOST_EXACT, n))
        signs[0] = 1
    return float(np.mean(signs @ values >= values.sum() - 1e-12 * np.abs(values).sum()))


def _ingredients(data: xr.Dataset, stated: dict[str, Statement]) -> list[Verdict]:
    """Whether leaving an ingredient out costs anything: a seed counts once, as its mean over the targets, because it
    gives all of them the same first network."""
    log = effects(data)
    names = [str(name) for name in log["without"].values]
    by_seed = [log.sel({"without": name}).mean("target").values for name in names]
    significant = statistics.holm([sign_flips(values) for values in by_seed]) < LEVEL
    found = []
    for name, values, sure in zip(names, by_seed, significant, strict=True):
        mean, low, high = np.exp(statistics.bootstrap(values, np.mean))
        judged = REPRODUCED if sure and low > 1 else NOT_REPRODUCED if high <= 1 else NOT_SETTLED
        medians = log.sel({"without": name}).median("seed")
        told = ", ".join(
            f"{np.exp(float(medians.sel(target=t))):.3f} on {FORMULAS[str(t)]}" for t in data.target.values
        )
        finding = (
            f"The error is {mean:.3f} [{low:.3f}, {high:.3f}] times that of the search with all ingredients, the "
            f"geometric mean over {len(values)} seeds and all targets. The median ratio is {told}."
        )
        found.append(stated[f"without {name}"].verdict(finding, mean, low, high, len(values), outcome=judged))
    return found
