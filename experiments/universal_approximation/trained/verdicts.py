"""The table and the verdicts of `trained`: whether accuracy rises with N, how fast, and the bound."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import DE_BOOR, HORNIK, LESHNO, TEXTBOOK
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    RANGE,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.lab.verdicts import TEXTBOOK as FROM_TEXTBOOK
from experiments.universal_approximation.shared.parts import Parts, told
from experiments.universal_approximation.shared.targets import FORMULAS
from experiments.universal_approximation.trained import networks, summary
from experiments.universal_approximation.trained.config import Config

MOST_PAIRS = 0.9  # the share of pairs that must be faster than a power
# Errors are stored as float32, and the bound is computed up to some error of its own.
ROUNDING, SLIGHT, WIDEST_BOUND = 1e-5, 1e-9, 128
PROJECTION = "variable projection"
END = "a tuned number lies at an end of the values tried"
OPEN = f"the interval crosses this margin or {END}"
LAW_OPEN = f"{END} or the errors after half of the steps give another answer"
MHASKAR = (
    "Mhaskar (1996), Neural networks for optimal approximation of smooth and analytic functions, Neural Computation 8, "
    "164-177"
)
SETTLED_BY = "scales of the initial weights beyond those tried, and more seeds"
SETTLED_BY_ADAM = f"learning rates of Adam and {SETTLED_BY}"


def statements(config: Config) -> list[Statement]:
    """All that is judged for these activations, targets and solvers."""
    reach: dict[str, list[int]] = {}
    steps = {part.solver: part.steps for part in networks.parts(config)}
    for part in networks.parts(config):
        reach.setdefault(part.solver, []).append(part.width)
    return list(_stated(config.activations, config.targets, reach, steps).values())


def _stated(
    activations: Sequence[str], targets: Sequence[str], reach: Mapping[str, Sequence[int]], steps: Mapping[str, int]
) -> dict[str, Statement]:
    """The statements by id; `reach` holds the widths that each solver trains, `steps` how long."""
    found = []
    for solver, widths in reach.items():
        if pairs := summary.fourfold(widths):
            count = len(activations) * len(targets)
            found.append(_rises_statement(solver, steps[solver], pairs[0][0], pairs[-1][1], count))
    if "relu" in activations:
        found.append(_bound_statement(max(max(widths) for widths in reach.values())))
        found += [_slope_statement(solver, steps[solver]) for solver in reach]
    if any(name in summary.SMOOTH for name in activations):
        found.append(_smooth_statement())
    return {one.id: one for one in found}


def _parts(what: str, parts: str, most: float = 1.0, more: str = "", changed: str = "") -> Rule:
    all_of = "all" if most == 1 else f"{most:.0%} or more"
    return Rule(
        f"Reproduced when {what} in {all_of} {parts}, partly when in at least half of them, otherwise not reproduced. "
        "Not settled where this depends on parts that rest on a tuned number (rate or scale) at an end of the values "
        f"tried, {more}or that their own intervals leave open. Until November 2026 parts were open too where training "
        "had not ended; since then all is judged after equal steps, on seeds that had not been seen before."
        f"{changed} {rules.GIVEN}"
    )


def _rises_statement(solver: str, steps: int, fewest: int, most: int, pairs: int) -> Statement:
    return Statement(
        id=f"accuracy rises, {solver}",
        claim=f"After {steps:,} steps of {solver}, networks approximate the better the more neurons they have: with "
        f"four times as many, from N = {fewest} to {most}, the median error falls, for every target and activation.",
        kind=FROM_TEXTBOOK,
        source=f"{TEXTBOOK}; {HORNIK} and {LESHNO} prove that better networks exist, not that training finds them",
        rule=_parts(
            "at every step the 95% bootstrap interval of the median error, divided by that at a quarter of the "
            "neurons, lies below 1 (seeds are drawn again, each with both of its errors), or the median error is below "
            f"{summary.FLOOR:g} of the target's standard deviation,",
            "pairs of target and activation",
            changed=" A pair fails where an interval lies at or above 1, by intervals that hold together at the "
            "steps of a pair; one that neither holds nor fails is open. This was changed after results were seen: "
            "until then a pair failed where the intervals of two medians overlapped, and intervals were not corrected "
            "for the steps. They are not for the number of pairs.",
        ),
        reference=pairs,
        unit="pairs",
        settled_by=SETTLED_BY_ADAM if solver == "Adam" else SETTLED_BY,
    )


def _bound_statement(widest: int) -> Statement:
    return Statement(
        id="hard bound",
        claim="No ReLU network of N neurons has a smaller error than the best N + 1 straight pieces, E(N + 1), however "
        "it is trained.",
        kind=THEOREM,
        source=f"N neurons make at most N + 1 pieces; {DE_BOOR} (free knots)",
        rule=rules.exactly(
            0,
            f"the number of networks of up to {min(WIDEST_BOUND, widest)} neurons below the bound, by more than "
            f"{ROUNDING:g} of it and {SLIGHT:g} besides,",
        ),
        reference=0,
        unit="networks",
    )


def _slope_statement(solver: str, steps: int) -> Statement:
    span = f"from N = {summary.SLOPE_FROM} to {summary.SLOPE_TO}"
    return Statement(
        id=f"ReLU slope, {solver}",
        claim=f"After {steps:,} steps of {solver} the error of ReLU networks falls {span} as fast as that of the best "
        "N + 1 pieces, about N^-2, on every analytic target.",
        kind=AIM,
        source=f"{DE_BOOR} (the error of the best pieces falls as N^-2); nothing is proved of training",
        rule=_parts(
            f"the bootstrap interval of the slope of the median error lies within {summary.SLACK} of the slope of "
            "E(N + 1)",
            "analytic targets",
        ),
        reference="that of E(N + 1), about -2",
        settled_by=SETTLED_BY_ADAM if solver == "Adam" else SETTLED_BY,
        interval=RANGE,
    )


def _smooth_statement() -> Statement:
    return Statement(
        id="smooth is faster",
        claim=f"Training with {PROJECTION} finds networks of smooth neurons whose error falls faster than any power of "
        "N on analytic targets.",
        kind=AIM,
        source=f"{MHASKAR} (such networks exist); nothing is proved of training",
        rule=_parts(
            f"exp(-c sqrt N) fits the medians from N = 2 to the last above {summary.ROUNDING:g} better than a power of "
            f"N in {1 - summary.TAIL:.1%} of resamples of the seeds, with an order of {summary.LEAST_ORDER} or more in "
            "the end,",
            "pairs of analytic target and smooth activation",
            MOST_PAIRS,
            "of which half of the steps would have given another answer, ",
            f" Pairs with fewer than {summary.LEAST_WIDTHS} such N are left out.",
        ),
        reference=f"{MOST_PAIRS:.0%} of the pairs",
        unit="of the pairs",
        settled_by=f"longer training and {SETTLED_BY}",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per solver, activation, target and N: the median error, its interval, and for ReLU what is possible."""
    middle, low, high = summary.medians(data)
    falling = summary.falling(data)
    return [
        dict(zip(("solver", "activation", "target", "width"), key, strict=True))
        | {"seeds": int(data.error.sel(place).notnull().sum()), "rms_error": float(middle.sel(place))}
        | {"low": float(low.sel(place)), "high": float(high.sel(place))}
        | {"ended": not bool(falling.sel(place))}
        | {"learning_rate": float(data.rate.sel(place)), "first_weights": float(data.scale.sel(place))}
        | {
            name: float(data[variable].sel(task=key[2], width=key[3])) if key[1] == "relu" else None
            for name, variable in (("free_knot_bound", "bound"), ("best_network", "best"))
        }
        for key in middle.stack(row=middle.dims).row.values
        for place in [dict(zip(middle.dims, key, strict=True))]
        if not np.isnan(middle.sel(place))
    ]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Verdicts on whether accuracy rises, on the bound, on ReLU's slopes, and on smooth activations."""
    reach = {str(solver): summary.reach(data, solver) for solver in data.solver.values}
    stated = _stated(data.activation.values.tolist(), data.task.values.tolist(), reach, data.attrs["steps"])
    makers = {"accuracy rises": _rises, "ReLU slope": _slope}
    found = []
    for name, statement in stated.items():
        kind, _, solver = name.partition(", ")
        if name == "hard bound":
            found.append(_bound(data, statement))
        elif name == "smooth is faster":
            found.append(_smooth(data, statement))
        else:
            found.append(makers[kind](data, statement, solver))
    return [one for one in found if one is not None]


def _outcome(parts: Parts, most: float = 1.0) -> str:
    """Reproduced when this share of the parts hold, partly when half of them do; not settled if the undecided ones
    decide (`rules.combine` has no such shares)."""
    surely, total = int((parts.holds & ~parts.undecided).sum()), parts.holds.size
    found = {_of(surely + more, most * total, total / 2) for more in (0, int(parts.undecided.sum()))}
    return found.pop() if len(found) == 1 else NOT_SETTLED


def _of(count: int, enough: float, some: float) -> str:
    return REPRODUCED if count >= enough else PARTLY if count >= some else NOT_REPRODUCED


def _ended(data: xr.Dataset, solver: str) -> str:
    """A sentence, after a space, on how many combinations of target, activation and N had ended their training."""
    known = data.error.sel(solver=solver).notnull().any("seed")
    open_ = int((summary.falling(data).sel(solver=solver) & known).sum())
    ended = f"{int(known.sum()) - open_:,} of {int(known.sum()):,}"
    return f" Training had nearly stopped lowering the error at {ended} combinations of target, activation and N."


def _fewest(data: xr.Dataset, solver: str) -> int:
    """The least number of seeds from which a median of this solver was taken."""
    seeds = data.error.sel(solver=solver).notnull().sum("seed")
    return int(seeds.where(seeds > 0).min())


def _rises(data: xr.Dataset, statement: Statement, solver: str) -> Verdict:
    """In how many pairs of activation and target more neurons help every time, in how many they do not, and how many
    are open."""
    found = summary.rises(data, solver)
    failing = [
        f"{FORMULAS[task]} with {summary.named(activation)}"
        for activation, row in zip(data.activation.values.tolist(), found.fails, strict=True)
        for task, fails in zip(data.task.values.tolist(), row, strict=True)
        if fails
    ]
    count, ended = int(found.parts.holds.sum()), int((found.parts.undecided & ~found.open).sum())
    more = f" and {len(failing) - 6} more" if len(failing) > 6 else ""
    where = f" ({'; '.join(failing[:6])}{more})" if failing else ""
    at_end = f" For {ended} of the pairs that are decided, {END}: for the outcome they are open, too." if ended else ""
    return statement.verdict(
        f"In {count} of {found.fails.size} pairs of target and activation the median error falls at every fourfold "
        f"increase of N, or is below {summary.FLOOR:g} of the target's standard deviation ({int(found.falls.sum())} "
        f"without this exception). In {len(failing)} it does not fall at some increase{where}; the intervals leave "
        f"{int(found.open.sum())} open.{at_end}{_ended(data, solver)}",
        count, n=_fewest(data, solver), outcome=_outcome(found.parts),
    )  # fmt: skip


def _bound(data: xr.Dataset, statement: Statement) -> Verdict:
    """A theorem holds of every network, so no tuned number decides."""
    error = data.error.sel(activation="relu")
    below = error < data.bound * (1 - ROUNDING) - SLIGHT
    widest = min(WIDEST_BOUND, int(data.width[-1]))
    known = np.isfinite(error) & np.isfinite(data.bound) & (data.width <= widest)
    count = int((below & known).sum())
    return statement.verdict(
        f"{count} of {int(known.sum()):,} trained ReLU networks of up to {widest} neurons have an error below "
        "E(N + 1).",
        count,
    )


def _slope(data: xr.Dataset, statement: Statement, solver: str) -> Verdict | None:
    """On how many analytic targets the slope is within SLACK of the bound's."""
    parts, slopes, bounds = summary.falls(data, solver)
    if not slopes:
        return None
    place = {"activation": ["relu"], "task": summary.analytic(data), "width": summary.rated(data)}
    lost, of = summary.diverged(data.sel(place | {"solver": [solver]}))
    middle = float(np.median([one.slope for one in slopes]))
    found = statement.verdict(
        f"Errors scale as N^{middle:.2f}, those of the best pieces as N^{np.median(bounds):.2f} (median of targets). "
        f"On {int(parts.holds.sum())} of {len(slopes)} analytic targets the 95% interval of the exponent is within "
        f"{summary.SLACK} of that of the best pieces.{told(parts, 'targets', OPEN)} {lost} of {of:,} networks diverged"
        f"{' (counted as worst)' if lost else ''}.{_ended(data.sel(place), solver)}",
        middle, n=_fewest(data, solver), outcome=_outcome(parts),
    )  # fmt: skip
    # The ends of the intervals of all targets: no interval of the median, so nothing follows from its width.
    return found._replace(low=min(one.low for one in slopes), high=max(one.high for one in slopes))


def _smooth(data: xr.Dataset, statement: Statement) -> Verdict | None:
    laws = summary.laws(data)
    total = len(laws.order)
    if not total:
        return None
    order = float(np.median(laws.order))
    return statement.verdict(
        f"In {int(laws.parts.holds.sum())} of {plural(total, 'pair')} of target and activation the error falls faster "
        f"than any power of N; towards the largest N it scales as N^{-order:.1f} (median). Left out, as they reach "
        f"rounding too early to be judged: {plural(laws.dropped, 'pair')}.{told(laws.parts, 'pairs', LAW_OPEN)}",
        int(laws.parts.holds.sum()) / total, n=_fewest(data, PROJECTION), outcome=_outcome(laws.parts, MOST_PAIRS),
    )  # fmt: skip
