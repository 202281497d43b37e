"""The statements and verdicts on ReLU units that the learning rate has killed, for all solvers together."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from experiments.activations.dead_units.config import LEARNS, Config
from experiments.activations.dead_units.together import outcome
from experiments.activations.shared.names import NAMES
from experiments.lab import rules
from experiments.lab.verdicts import EXTREME, NOT_SETTLED, PUBLISHED, Rule, Statement, Verdict
from nnjax import statistics

MANY, FEW = 0.4, 0.1  # shares of dead units: too many, and few
HIGHEST = "highest_rate"
UNKNOWN = statistics.Mean(math.nan, 0.0, 1.0, 1.0)  # of fewer than two networks

KARPATHY = (
    "Karpathy (2015), CS231n course notes, Neural networks part 1: as much as 40% of a network can be dead if the "
    "learning rate is set too high, and less with a proper setting"
)
MAAS = "Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models, ICML workshop"


def _solvers(solvers: list[str]) -> str:
    return f"Judged for {' and '.join(solvers)}, on networks of seeds that are not those that chose the rate. "


def too_high(solvers: list[str]) -> Statement:
    """The statement that the rate can kill a large part of the units."""
    return Statement(
        id="killed-by-the-rate",
        claim=f"A learning rate that is too high leaves {MANY:.0%} or more of the ReLU units dead in networks that "
        "still learn.",
        kind=PUBLISHED,
        source=KARPATHY,
        rule=rules.tuned(
            Rule(
                f"{_solvers(solvers)}The rate is the highest of those tried at which no ReLU network diverged and all "
                f"of the 95% interval of the mean accuracy (Student) lies above {LEARNS:g}, twice chance. "
                f"{rules.above(MANY, 'the 95% interval of the mean share (Student)').text} Where the mean accuracy "
                f"of the networks that are judged is not above {LEARNS:g} as well, the solver is not settled. "
                f"{rules.together('solvers')} The rule was changed after the first results. It took the rate at which "
                "most units were dead; there the networks were at chance and one of their two layers was off: half of "
                "the units, whatever the rate. For a time after that, the rate was chosen on the same networks that "
                "were judged."
            )
        ),
        reference=MANY,
        unit="of the hidden units",
        settled_by="more seeds, and rates between those tried",
        interval=EXTREME,
    )


def proper(solvers: list[str]) -> Statement:
    """The statement that few units are dead at the best rate."""
    return Statement(
        id="few-at-the-best-rate",
        claim=f"At the learning rate at which a ReLU network learns best, less than {FEW:.0%} of its units are dead.",
        kind=PUBLISHED,
        source=KARPATHY,
        rule=rules.tuned(
            Rule(
                f"{_solvers(solvers)}{rules.below(FEW, 'the 95% interval of the mean share (Student)').text} "
                f"{rules.together('solvers')}"
            )
        ),
        reference=FEW,
        unit="of the hidden units",
        settled_by="more seeds, and rates beyond those tried",
        interval=EXTREME,
    )


def leaky(solvers: list[str]) -> Statement:
    """The statement that leaky ReLU keeps units alive at the same rate."""
    return Statement(
        id="leaky-keeps-units",
        claim="At a rate at which ReLU units die, a leaky ReLU leaves fewer units off for all examples.",
        kind=PUBLISHED,
        source=f"{MAAS}: a unit that is off still has a gradient",
        rule=Rule(
            f"{_solvers(solvers)}The rate is that at which most ReLU units are dead, of those at which no network of "
            f"either activation diverged and the mean accuracy of ReLU lies above {LEARNS:g} (since November 2026, as "
            f"with Adam they had been at chance); where less than {FEW:.0%} of them are, the solver is not settled. "
            f"{rules.above(0.0, 'the 95% interval of the mean paired difference (Student)').text} "
            f"{rules.together('solvers')} The least share of units was added after the first results."
        ),
        reference="fewer",
        unit="of the hidden units, ReLU minus leaky ReLU",
        settled_by="rates between those tried",
        interval=EXTREME,
    )


def statements(config: Config) -> list[Statement]:
    """At too high a rate, at the best one, and beside a leaky ReLU; they name the solvers."""
    return [make(list(config.solvers)) for make in (too_high, proper, leaky)]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Those on the statements, in their order."""
    names = data.solver.values.tolist()
    return [_too_high(data, names), _proper(data, names), _leaky(data, names)]


def at_rate(data: xr.Dataset, solver: str, which: str, activation: str = "relu") -> xr.Dataset:
    """The networks of one solver and activation at a rate chosen for ReLU; none where there is no such rate."""
    one = data.sel(solver=solver, activation=activation)
    chosen = data[which].sel(solver=solver)
    rate = float(chosen.sel(activation="relu") if "activation" in chosen.dims else chosen)
    if math.isnan(rate):
        return one.isel(rate=0, seed=[]).assign_coords(rate=rate)
    return one.sel(rate=rate, method="nearest")


def _finite(one: xr.DataArray) -> np.ndarray:
    return one.values[np.isfinite(one.values)]


def _too_high(data: xr.Dataset, names: list[str]) -> Verdict:
    at = {name: at_rate(data, name, HIGHEST) for name in names}
    accuracy = {name: float(one.accuracy.mean()) for name, one in at.items()}
    return _of_solvers(
        too_high(names), data, names, [_finite(one.off) for one in at.values()], HIGHEST, rules.above(MANY), min,
        "At the highest learning rate at which networks of other seeds still learn, the share of dead ReLU units is {}",
        ends=[name for name in names if bool(data.highest_at_end.sel(solver=name))],
        few=[name for name in names if not accuracy[name] > LEARNS],
        beside=[f", mean accuracy {one:.2f}" if math.isfinite(one) else "" for one in accuracy.values()],
        more=_beyond(data, at),
    )  # fmt: skip


def _beyond(data: xr.Dataset, at: dict[str, xr.Dataset]) -> str:
    """A sentence on the next higher rate of each solver, as the share depends much on which rate is chosen."""
    told = []
    for name, chosen in at.items():
        one = data.sel(solver=name, activation="relu")
        above = one.isel(rate=one.accuracy.notnull().any("seed").values & (one.rate.values > float(chosen.rate)))
        if above.sizes["rate"] and bool(above.isel(rate=0).off.notnull().all()):  # where none of them diverged
            following = above.isel(rate=0)
            told.append(
                f"{float(following.off.mean()):.1%} with {name} (rate {float(following.rate):.3g}, mean accuracy "
                f"{float(following.accuracy.mean()):.2f})"
            )
    return f" At the next higher rate it is {' and '.join(told)}." if told else ""


def _proper(data: xr.Dataset, names: list[str]) -> Verdict:
    found = [_finite(at_rate(data, name, "tuned_rate").off) for name in names]
    ends = [name for name in names if bool(data.tuned_at_end.sel(solver=name, activation="relu"))]
    told = "At the learning rate at which ReLU networks learn best, the share of dead units is {}"
    return _of_solvers(proper(names), data, names, found, "tuned_rate", rules.below(FEW), max, told, ends=ends)


def _leaky(data: xr.Dataset, names: list[str]) -> Verdict:
    found, few, out = [], [], []
    for name in names:
        plain_, other = (at_rate(data, name, "common_rate", activation).off for activation in ("relu", "leaky_relu"))
        found.append(_finite(plain_ - other))
        pairs = plain_.sizes["seed"]
        if missing := pairs - len(found[-1]):
            which = [
                NAMES[activation]
                for activation, one in (("relu", plain_), ("leaky_relu", other))
                if not np.isfinite(one).all()
            ]
            out.append(
                f"{missing} of {pairs} pairs with {name}, in which the {' or the '.join(which)} network diverged"
            )
        if not float(plain_.mean()) >= FEW:
            few.append(name)
    more = f" With {' and '.join(few)} less than {FEW:.0%} of the ReLU units are off at this rate." if few else ""
    more += f" Left out: {'; '.join(out)}." if out else ""
    told = "The share of units that are off for all examples, ReLU minus leaky ReLU, is {}"
    return _of_solvers(
        leaky(names), data, names, found, "common_rate", rules.above(0.0), min, told, few=few, more=more, points=True
    )


def _of_solvers(
    statement: Statement,
    data: xr.Dataset,
    names: list[str],
    values: list[np.ndarray],
    which: str,
    rule: Rule,
    extreme: Any,
    told: str,
    ends: Sequence[str] = (),
    few: Sequence[str] = (),
    beside: Sequence[str] = (),
    more: str = "",
    points: bool = False,
) -> Verdict:
    """A verdict on all solvers, with those in `few` left open; its number is that of the worst solver.

    `values` are those of each solver's networks that did not diverge. The finding is the sentence `told` with their
    means (or mean differences in percentage `points`) in place of {}, and with what is `beside` each rate; then `more`.
    """
    found = [statistics.mean(one) if len(one) > 1 else UNKNOWN for one in values]
    judged = zip(names, found, strict=True)
    outcomes = [NOT_SETTLED if name in few else outcome(rule, *one[:3]) for name, one in judged]
    rates = [float(at_rate(data, name, which).rate) for name in names]
    gone = [int(at_rate(data, name, which).diverged.sum()) for name in names]
    means = [
        f"{_percent(one, points)} with {name} ({'no such rate' if math.isnan(rate) else f'rate {rate:.3g}'}{also}"
        + (f"; {lost} of {data.sizes['seed']} networks diverged and have no units to count)" if lost else ")")
        for name, rate, one, lost, also in zip(names, rates, found, gone, beside or [""] * len(names), strict=True)
    ]
    decides = found.index(extreme(found, key=lambda one: one.estimate))
    return statement.verdict(
        f"{told.format(' and '.join(means))}.{more}",
        *found[decides][:3], len(values[decides]) or None, outcome=rules.combine(outcomes), parts=outcomes,
        at_edge=f"the rate of {' and '.join(ends)} lies at an end of its grid" if ends else "",
    )  # fmt: skip


def _percent(one: statistics.Mean, points: bool) -> str:
    """A mean share with its interval in percent, or a mean difference of shares in percentage points."""
    if math.isnan(one.estimate):
        return "unknown"
    if points:
        return f"{100 * one.estimate:.1f} [{100 * one.low:.1f}, {100 * one.high:.1f}] percentage points"
    return f"{one.estimate:.1%} [{one.low:.1%}, {one.high:.1%}]"
