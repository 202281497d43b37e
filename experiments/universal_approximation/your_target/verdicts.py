"""The table and the verdicts of `your_target`: by the same rules whatever the target is."""

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import HORNIK, LESHNO, TEXTBOOK
from experiments.lab.verdicts import (
    AIM,
    EXTREME,
    NOT_REPRODUCED,
    NOT_SETTLED,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)
from experiments.lab.verdicts import TEXTBOOK as FROM_TEXTBOOK
from experiments.universal_approximation.your_target.config import Config
from experiments.universal_approximation.your_target.summary import EXACT, at_equal_seconds, best_solver, named

ARORA = "Arora, Basu, Mianjy & Mukherjee (2018), Understanding deep neural networks with rectified linear units, ICLR"
GOLUB = (
    "Golub & Pereyra (1973), The differentiation of pseudo-inverses and nonlinear least squares problems whose "
    "variables separate, SIAM J. Numer. Anal."
)
NEAR = 1.25  # times the error of the best network
ROUNDING = 1e-6  # the share of a bound by which rounding may seem to break it: errors and bound are integrals alike
END = "when the rate of the one that is behind is an end of those tried and one of its starts came as near"
WIDER = (
    " Since the first results were seen, FULL tries three rates of variable projection and five of Adam, in place of "
    "two and three, and of one or two rates each is an end."
)


def statements(config: Config) -> list[Statement]:
    """Statements on more units, the best network and the bound where they can be computed, and the better solver."""
    found = [more_units(name) for name in config.activations] if len(config.widths) > 1 else []
    if "relu" in config.activations and config.data is None:
        found += [hard_bound(), near_the_best()]
    return [*found, solver()]


def more_units(activation: str) -> Statement:
    """The statement that errors fall with the number of units."""
    return Statement(
        id=f"more units, {activation}",
        claim=f"The widest trained {named(activation)} networks come nearer to the target than the narrowest.",
        kind=FROM_TEXTBOOK,
        source=f"{TEXTBOOK}; {HORNIK} and {LESHNO} prove that better networks exist, not that training finds them",
        rule=Rule(
            "Reproduced when the 95% intervals of the two median errors are apart and that of the most units is the "
            "lower (by the better solver), not reproduced when it is the higher, not settled when they overlap, or "
            f"{END}.{WIDER}"
        ),
        reference="< 1",
        settled_by="more seeds, and rates beyond those tried",
    )


def hard_bound() -> Statement:
    """The statement that no network is nearer than free pieces."""
    return Statement(
        id="hard bound",
        claim="No network of N ReLU units errs less than E(N + 1), the best that N + 1 linear pieces can do.",
        kind=THEOREM,
        source=f"{ARORA}, theorem 2.2 (a network of N units has at most N + 1 pieces)",
        rule=Rule(
            "Reproduced when the least error of any trained network, over E(N + 1), is 1 or more for every N, up to "
            f"{ROUNDING:g} for rounding, otherwise not reproduced.",
            lambda measured, low, high: REPRODUCED if measured >= 1 - ROUNDING else NOT_REPRODUCED,
        ),
        reference=1.0,
        settled_by="errors that are all finite",
    )


def near_the_best() -> Statement:
    """The statement on trained networks against the best network, which is computed without training."""
    return Statement(
        id="near the best",
        claim=f"ReLU networks trained by variable projection err at most {NEAR:g} times as much as the best network, "
        "at the median of the starts, for every N.",
        kind=AIM,
        source="",
        rule=Rule(
            f"{rules.together('numbers of units')} An N is reproduced when the 95% interval of the median error ends "
            f"at {NEAR:g} times the best error or below, not reproduced when it begins above and the rate is not an "
            f"end of those tried, otherwise open.{WIDER}"
        ),
        reference=NEAR,
        unit="times the best error",
        settled_by="more seeds, and rates of variable projection beyond those tried",
        interval=EXTREME,
    )


def solver() -> Statement:
    """The statement on variable projection against Adam."""
    return Statement(
        id="solver",
        claim="Variable projection reaches lower errors than Adam for every activation and N.",
        kind=AIM,
        source=f"{GOLUB} (the method)",
        rule=Rule(
            f"{rules.together('pairs of activation and N')} A pair is reproduced when the 95% intervals of the two "
            "median errors are apart and that of variable projection is the lower, not reproduced when it is the "
            f"higher, open when they overlap, or {END}.{WIDER}"
        ),
        reference="every activation and N",
        unit="pairs",
        settled_by="more seeds, and rates of both solvers beyond those tried",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row for each solver, activation and number of units."""
    rows, data = [], data.assign(equal=at_equal_seconds(data))
    for place in data["median"].stack(place=("solver", "activation", "units")).place.values:
        one = data.sel(dict(zip(("solver", "activation", "units"), place, strict=True)))
        best = float(one.best) if place[1] == "relu" else np.nan
        rows.append(
            {"solver": place[0], "activation": place[1], "units": int(place[2]), "median": float(one["median"])}
            | {"low": float(one.low), "high": float(one.high), "least": float(one.least)}
            | {"median_in_units_of_y": float(one["median"]) * data.attrs["scale"], "best_network": best}
            | {"bound": float(one.bound) if place[1] == "relu" else np.nan, "over_best": float(one["median"]) / best}
            | {"rate": float(one.rate), "failed": int(one.failed), "seconds_per_network": float(one.seconds)}
            | {"median_at_equal_seconds": float(one.equal)}
        )
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Verdicts on more units, the best network and the bound where they are known, and the better solver."""
    found = [_more_units(data, str(name)) for name in data.activation.values] if data.sizes["units"] > 1 else []
    if "relu" in data.activation:
        relu = data.sel(activation="relu")
        if (relu.bound > EXACT).any():
            found.append(_hard_bound(relu))
        if (relu.best > EXACT).any():
            found.append(_near_the_best(relu))
    return [*found, _solver(data)]


def apart(first: xr.Dataset, second: xr.Dataset, rates: dict[str, tuple[float, ...]]) -> str:
    """Whether the first is nearer than the second, at one activation and N each.

    Not settled where the rate of the one behind is an end of those tried and one of its starts came as near.
    """
    if not (first.high < second.low or first.low > second.high):
        return NOT_SETTLED
    ahead, behind = (first, second) if first.high < second.low else (second, first)
    if at_end(behind, rates) and behind.least <= ahead.high:
        return NOT_SETTLED
    return REPRODUCED if ahead is first else NOT_REPRODUCED


def at_end(one: xr.Dataset, rates: dict[str, tuple[float, ...]]) -> bool:
    """Whether the tuned rate is the least or the greatest that was tried."""
    tried = rates[one.solver.item()]
    return float(one.rate) in (min(tried), max(tried))


def _rates(data: xr.Dataset) -> dict[str, tuple[float, ...]]:
    names = {"variable projection": "projection_rates", "Adam": "adam_rates"}
    return {name: tuple(data.attrs[key]) for name, key in names.items()}


def _more_units(data: xr.Dataset, activation: str) -> Verdict:
    """Judge the error of the most units against that of the fewest, by the better solver."""
    one = data.sel(activation=activation, solver=best_solver(data).sel(activation=activation).item())
    first, last = one.isel(units=0), one.isel(units=-1)
    ratio = float(last["median"] / first["median"]) if float(first["median"]) > 0 else 1.0
    return more_units(activation).verdict(
        f"With {one.solver.item()} the median error of {int(last.units)} units is {ratio:.2g} times that of "
        f"{int(first.units)}: {float(last['median']):.2g} [{float(last.low):.2g}, {float(last.high):.2g}] against "
        f"{float(first['median']):.2g} [{float(first.low):.2g}, {float(first.high):.2g}] standard deviations of the "
        "target.",
        ratio, n=data.attrs["seeds"], outcome=apart(last, first, _rates(data)),
    )  # fmt: skip


def _hard_bound(relu: xr.Dataset) -> Verdict:
    least = float((relu.least / relu.bound).where(relu.bound > EXACT).min())
    told = "" if least >= 1 - ROUNDING else " The search for the best pieces has not found them on this function."
    return hard_bound().verdict(
        f"The lowest ratio of a trained network's error to E(N + 1) is {least:.4g}.{told}", least, n=relu.attrs["seeds"]
    )


def _near_the_best(relu: xr.Dataset) -> Verdict:
    rates, one = _rates(relu), relu.sel(solver="variable projection")
    known = one.where(one.best > EXACT, drop=True)
    ratio = known["median"] / known.best
    worst = known.isel(units=int(ratio.argmax("units")))
    states = []
    for n in known.units.values:
        own = known.sel(units=n)
        missed = own.low > NEAR * own.best and not at_end(own, rates)
        states.append(REPRODUCED if own.high <= NEAR * own.best else NOT_REPRODUCED if missed else NOT_SETTLED)
    listed = ", ".join(f"{float(r):.3g} (N = {int(n)})" for r, n in zip(ratio, ratio.units, strict=True))
    return near_the_best().verdict(
        f"The median error is {listed} times that of the best network. By 95% intervals it is at most {NEAR:g} times "
        f"for {states.count(REPRODUCED)} of {len(states)} N (open: {states.count(NOT_SETTLED)}).",
        float(ratio.max()), float(worst.low / worst.best), float(worst.high / worst.best), relu.attrs["seeds"],
        outcome=rules.combine(states), parts=states,
    )  # fmt: skip


def _solver(data: xr.Dataset) -> Verdict:
    newton, adam = data.sel(solver="variable projection"), data.sel(solver="Adam")
    rates, equal = _rates(data), at_equal_seconds(data).values
    places = [{"activation": a, "units": n} for a in data.activation.values for n in data.units.values]
    states = [apart(newton.sel(place), adam.sel(place), rates) for place in places]
    count = int((newton.high < adam.low).sum())
    return solver().verdict(
        f"By 95% intervals the error of variable projection is lower in {count} of {len(states)} pairs of activation "
        f"and N and higher in {int((newton.low > adam.high).sum())} (open: {states.count(NOT_SETTLED)}). With "
        f"{int(data.units[-1])} units it takes {float(newton.seconds[-1]):.2g} s per network, Adam "
        f"{float(adam.seconds[-1]):.2g} s. After equal seconds its median is lower in "
        f"{int((equal[0] < equal[1]).sum())} pairs.",
        count, n=data.attrs["seeds"], outcome=rules.combine(states), parts=states,
    )  # fmt: skip
