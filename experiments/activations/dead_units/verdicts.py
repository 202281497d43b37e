"""The table and the verdicts of `activations.dead_units`."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
import xarray as xr

from experiments.activations.dead_units.config import LEARNS, Config
from experiments.activations.dead_units.ranks import LEAKY, ORTHOGONAL, PLAIN, SLOPE
from experiments.activations.shared.names import NAMES
from experiments.lab import rules
from experiments.lab.verdicts import (
    AIM,
    EXTREME,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from nnjax import statistics
from nnjax.theory import dead_units as theory

ALPHA = 0.05
SHALLOW = 4  # layers with which the greatest depth is compared
MANY, FEW = 0.4, 0.1  # shares of dead units: too many, and few
LAYERS = 12  # up to which ranks are judged
NEARER = 0.5  # of the way to the formula of another width
LAW, HOLDS, FULL_RANK, REVIVAL = 0.05, 0.05, 0.95, 0.02  # parts of the number of examples or units
LAYERS_OF = {
    ORTHOGONAL: "orthogonal weights and ReLU",
    LEAKY: f"normal weights and a leaky ReLU of slope {SLOPE:g} below 0",
}

RISTER = "Rister & Rubin (2020), Probabilistic bounds on neuron death in deep rectifier networks, arXiv 2007.06192"
LU = "Lu, Shin, Su & Karniadakis (2020), Dying ReLU and initialization: theory and numerical examples, CiCP 28"
KARPATHY = (
    "Karpathy (2015), CS231n course notes, Neural networks part 1: as much as 40% of a network can be dead if the "
    "learning rate is set too high, and less with a proper setting"
)
MAAS = "Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models, ICML workshop"
MAKWANA = (
    "Makwana (2025), Some theoretical results on layerwise effective dimension oscillations in finite width ReLU "
    "networks, arXiv 2507.07675, abstract"
)

EXACT = Statement(
    id="born-dead-at-one-input",
    claim="At one input other than 0 a random ReLU network is dead (no unit of some hidden layer is on) with "
    "probability 1 - prod (1 - 2^-N_l), where N_l is the width of layer l, for every symmetric distribution of its "
    "weights, with biases that are 0 or symmetric too.",
    kind=THEOREM,
    source=f"{RISTER}: the limit of a set that shrinks to a point; {LU}",
    rule=Rule(
        "For every law, width and depth, the share of dead networks minus the formula, with an exact interval (Clopper "
        f"& Pearson, {1 - ALPHA:.0%} for all together), is held against the way from the formula to that of layers of "
        "one unit more or one less, whichever is nearer. Reproduced when every interval lies within half of the way on "
        "both sides, so that the formula of no other width is as near; not reproduced when one lies outside; otherwise "
        "not settled. The margin was added after the first results: an exact binomial test alone had decided, which "
        "cannot show that two numbers are equal."
    ),
    reference=0.0,
    unit="of the way to the formula of one unit more or less",
    settled_by="more networks",
    interval=EXTREME,
)
SHARP = Statement(
    id="nearer-with-depth",
    claim="On a circle of inputs the formula for one input is approached with depth: the deeper the networks, the "
    "nearer the share of those that are dead comes to it.",
    kind=PUBLISHED,
    source=f"{RISTER}: rapid convergence to the bound with increasing depth",
    rule=Rule(
        f"The share of dead networks divided by the bound, at {SHALLOW} hidden layers and at the most, with Wilson "
        "intervals for all laws and widths together. Reproduced when the interval lies higher at the greater depth for "
        "every law and width of 2 or more, not reproduced when it lies lower for one, otherwise not settled (until "
        "November 2026 it was not reproduced when it lay higher nowhere, which few networks are enough for). After the "
        "first results the claim was cut: that the formula is an upper bound holds by construction, and is a test."
    ),
    reference="nearer",
    unit="times the bound, least of all at the greatest depth",
    settled_by="more networks",
    interval=EXTREME,
)


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
                "the units, whatever the rate. Later the networks that are judged had chosen the rate themselves."
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


RANK_LAW = Statement(
    id="rank-law",
    claim="The outputs of layer l of a random ReLU network have the mean rank m (1 - (1 - 2 / pi)^l), where m is the "
    "lesser of examples and units.",
    kind=PUBLISHED,
    source=MAKWANA,
    rule=Rule(
        "For every shape of the output matrix the mean rank over m, the lesser of examples and units, is compared with "
        f"the law at layers 1 to {LAYERS}, at every tolerance of what counts as 0, and so is the effective rank; the "
        "definition of rank counts at which the law is worst off by least. "
        f"{rules.below(LAW, 'the interval of that worst deviation (95%, Student, for all layers together)').text} "
        f"{rules.together('shapes')}"
    ),
    reference="m (1 - (1 - 2 / pi)^l)",
    unit="of m, the least of the worst deviations",
    settled_by="more draws",
    interval=EXTREME,
    level=1 - ALPHA / LAYERS,
)
RISES_AGAIN = Statement(
    id="rank-revives",
    claim="With depth the mean rank of a random ReLU network falls and rises again: it has local maxima.",
    kind=PUBLISHED,
    source=MAKWANA,
    rule=Rule(
        f"At 40 examples and 40 units, from each of the first {LAYERS} layers to the next, paired by draw, Student's t "
        f"with Holm's correction ({ALPHA:.0%}). Reproduced when the rank rises significantly anywhere; not reproduced "
        f"when it does not, and no interval (for all layers together) reaches a rise of {REVIVAL:.0%} of 40; otherwise "
        "not settled."
    ),
    reference="rises",
    unit="of 40, the greatest rise from a layer to the next",
    settled_by="more draws",
    interval=EXTREME,
    level=1 - ALPHA / (LAYERS - 1),
)
KEEPS_RANK = Statement(
    id="orthogonal-or-leaky-keep-rank",
    claim="With orthogonal weights, or with a leaky ReLU of a great slope below 0, the rank stays nearly full.",
    kind=PUBLISHED,
    source=MAKWANA,
    rule=Rule(
        f"At 40 examples and 40 units, layer {LAYERS}. "
        f"{rules.above(FULL_RANK, 'the 95% interval of the mean rank over 40 (Student)').text} "
        f"{rules.together('two kinds')}"
    ),
    reference=1.0,
    unit="of full rank, the lesser of the two",
    settled_by="more draws",
    interval=EXTREME,
)
COUNTED = Statement(
    id="rank-is-units-on",
    claim="The rank of a random layer's outputs is the number of its units that are on for some example, or the number "
    "of examples where that is less: what is lost is lost to units that are off for all of them.",
    kind=AIM,
    source="",
    rule=Rule(
        f"The greatest mean distance over layers 1 to {LAYERS} and shapes, as a part of the lesser of examples and "
        f"units. {rules.below(HOLDS, 'its 95% interval (Student, for all layers and shapes together)').text}",
        rules.below(HOLDS).judge,
    ),
    reference=0.0,
    unit="of m, the greatest distance",
    settled_by="more draws",
    interval=EXTREME,
)
WIDE = Statement(
    id="units-on-by-depth",
    claim="The share of units that are on for some example is that of infinitely wide layers, where a pair of examples "
    "becomes more alike from layer to layer.",
    kind=AIM,
    source="Cho & Saul (2009), Kernel methods for deep learning, NeurIPS, equation 6; Dunnett & Sobel (1955), "
    "Biometrika 42",
    rule=Rule(
        f"The greatest deviation over layers 1 to {LAYERS} and shapes. "
        f"{rules.within(-HOLDS, HOLDS, 'its 95% interval (Student, for all layers and shapes together)').text}",
        rules.within(-HOLDS, HOLDS).judge,
    ),
    reference=0.0,
    unit="of the units, the greatest deviation",
    settled_by="more draws",
    interval=EXTREME,
)


def statements(config: Config) -> list[Statement]:
    """All statements; those on training name the solvers."""
    names, laws = list(config.solvers), len(config.laws)
    wide = sum(width >= 2 for width in config.widths)
    exact = _of_many(EXACT, laws * len(config.widths) * config.depth)
    counted, wide_ = (_of_many(one, LAYERS * len(config.shapes)) for one in (COUNTED, WIDE))
    sharp = [_of_many(SHARP, 2 * laws * wide)] if wide else []  # a width of 1 is at the bound at once
    rates = [make(names) for make in (too_high, proper, leaky)]
    return [exact, *sharp, *rates, counted, wide_, RANK_LAW, RISES_AGAIN, KEEPS_RANK]


def _of_many(statement: Statement, comparisons: int) -> Statement:
    """The statement with its interval's level raised, so that all `comparisons` intervals hold together."""
    return dataclasses.replace(statement, level=1 - ALPHA / comparisons)


def table(data: xr.Dataset) -> list[dict]:
    """Rows of three parts: born dead at the greatest depth, killed by the rate, and ranks at the last judged layer."""
    rows = []
    last = int(data.born_layer.max())
    for law in data.law.values.tolist():
        for width in data.born_width.values.tolist():
            at = {"law": law, "born_width": width, "born_layer": last}
            n = data.attrs["networks"]
            rows.append({
                "part": "born dead", "setting": f"{law}, width {width}, {last} layers",
                "measured": int(data.born_point.sel(at)) / n,
                "theory": float(data.born_exact.sel(born_width=width, born_layer=last)),
                "on the circle": int(data.born_domain.sel(at)) / n, "accuracy": "", "n": n,
            })  # fmt: skip
    for solver in data.solver.values.tolist():
        for activation in data.activation.values.tolist():
            one = data.sel(solver=solver, activation=activation)
            for rate in data.rate.values.tolist():
                at_rate = one.sel(rate=rate)
                if at_rate.accuracy.notnull().all():  # a rate of this solver
                    diverged = int(at_rate.diverged.sum())
                    rows.append({
                        "part": "killed", "setting": f"{solver}, {activation}, rate {rate:.3g}, {diverged} diverged",
                        "measured": float(at_rate.off.mean()), "theory": "", "on the circle": "",
                        "accuracy": float(at_rate.accuracy.mean()), "n": data.sizes["seed"] - diverged,
                    })  # fmt: skip
    for case in range(data.sizes["case"]):
        one = data.isel(case=case).sel(layer=LAYERS)
        rows.append({
            "part": "rank", "setting": f"{one.kind.item()}, {int(one.examples)} examples, width {int(one.units)}",
            "measured": float(one["rank"].mean()),
            # The law counts the units that are on, as ReLUs are off for some examples.
            "theory": min(int(one.examples), int(one.units) * float(one.wide_share)) if one.kind != LEAKY else "",
            "on the circle": "", "accuracy": "", "n": data.sizes["draw"],
        })  # fmt: skip
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Born dead, killed by the learning rate, ranks by depth."""
    names = data.solver.values.tolist()
    sharp = [_sharp(data)] if (data.born_width >= 2).any() else []
    return [
        _exact(data), *sharp, _too_high(data, names), _proper(data, names), _leaky(data, names), _counted(data),
        _wide(data), _law(data), _rises(data), _keeps(data),
    ]  # fmt: skip


def _exact(data: xr.Dataset) -> Verdict:
    n, counts = data.attrs["networks"], data.born_point.values
    p, way = (np.broadcast_to(one, counts.shape) for one in (data.born_exact.values, to_the_next(data)))
    found = [statistics.binomial_test(int(k), n, float(q)) for k, q in zip(counts.ravel(), p.ravel(), strict=True)]
    rejected = statistics.holm(found) < ALPHA
    off, low, high = ((one - p) / way for one in (counts / n, *clopper_pearson(counts, n, ALPHA / counts.size)))
    worst = np.unravel_index(np.maximum(-low, high).argmax(), counts.shape)
    inside, outside = (low >= -NEARER) & (high <= NEARER), (low > NEARER) | (high < -NEARER)
    return _of_many(EXACT, counts.size).verdict(
        f"In {counts.size:,} cases (weight distribution, width and depth; {n:,} networks each) the interval of the "
        "share of dead networks (in which no unit of some hidden layer is on) reaches at most "
        f"{max(-low[worst], high[worst]):.2f} of the way from the formula to that for one unit more or less; there "
        f"({_case(data, *worst)}) the share is {counts[worst] / n:.4f} and the formula gives {p[worst]:.4f}. "
        f"{_least_likely(data, np.array(found), rejected)}",
        float(off[worst]), float(low[worst]), float(high[worst]), n,
        outcome=REPRODUCED if inside.all() else NOT_REPRODUCED if outside.any() else NOT_SETTLED,
    )  # fmt: skip


def _case(data: xr.Dataset, law: Any, width: Any, layer: Any) -> str:
    """A weight distribution, width and depth, given by their places, in words."""
    return (
        f"weights: {data.law[law].item()}; width {int(data.born_width[width])}; layers: {int(data.born_layer[layer])}"
    )


def _least_likely(data: xr.Dataset, p_values: np.ndarray, rejected: np.ndarray) -> str:
    """Sentences on where exact binomial tests reject the formula most clearly, and how often they do."""
    counts, least = data.born_point, int(p_values.argmin())
    i, j, k = np.unravel_index(least, counts.shape)
    formula, count = float(data.born_exact[j, k]), int(counts[i, j, k])
    return (
        f"Exact binomial tests with Holm's correction reject the formula for {int(rejected.sum())} of "
        f"{p_values.size:,} shares; the smallest p-value is {p_values[least]:.2g} ({_case(data, i, j, k)}), for a "
        f"share of {count / data.attrs['networks']:.4f} and a formula of {formula:.4f}. All depths of one distribution "
        "and width are counted on the same networks, so their deviations are not independent."
    )


def to_the_next(data: xr.Dataset) -> np.ndarray:
    """The distance, for each width and depth, from the formula to the nearer of those of one unit more or one less."""
    found = []
    for width, of_width in zip(data.born_width.values.tolist(), data.born_exact.values, strict=True):
        others = [[theory.born_dead([other] * depth) for depth in data.born_layer.values.tolist()]
                  for other in (width - 1, width + 1) if other]  # fmt: skip
        found.append(np.abs(np.array(others) - of_width).min(axis=0))
    return np.array(found)


def clopper_pearson(counts: np.ndarray, n: int, miss: float) -> tuple[np.ndarray, np.ndarray]:
    """Exact intervals of the proportions counts / n, each of which misses the true one with probability <= `miss`."""
    low = scipy.stats.beta.ppf(miss / 2, counts, n - counts + 1)
    high = scipy.stats.beta.ppf(1 - miss / 2, counts + 1, n - counts)
    return np.where(counts == 0, 0.0, low), np.where(counts == n, 1.0, high)


def ratio(data: xr.Dataset, layer: int, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The share of networks dead on the circle over the bound [law, width], and its interval."""
    n = data.attrs["networks"]
    counts = data.born_domain.sel(born_layer=layer).values
    bound = data.born_exact.sel(born_layer=layer).values
    low, high = statistics.wilson(counts, n, confidence)
    return counts / n / bound, low / bound, high / bound


def _sharp(data: xr.Dataset) -> Verdict:
    wide = data.isel(born_width=data.born_width.values >= 2)
    most = int(data.born_layer.max())
    confidence = 1 - ALPHA / (2 * wide.born_domain.isel(born_layer=0).size)
    (before, low, top), (after, bottom, high) = (ratio(wide, layer, confidence) for layer in (SHALLOW, most))
    nearer = bottom > top
    least = np.unravel_index(after.argmin(), after.shape)
    return _of_many(SHARP, 2 * nearer.size).verdict(
        f"The share of networks that are dead on the circle, divided by the formula, is {before.min():.2f} to "
        f"{before.max():.2f} with {SHALLOW} hidden layers and {after.min():.2f} to {after.max():.2f} with {most}. For "
        f"{int(nearer.sum())} of {nearer.size} combinations of weight distribution and width it is significantly "
        f"higher with {most}.",
        float(after[least]), float(bottom[least]), float(high[least]), data.attrs["networks"],
        outcome=REPRODUCED if nearer.all() else NOT_REPRODUCED if (high < low).any() else NOT_SETTLED,
    )  # fmt: skip


HIGHEST = "highest_rate"
UNKNOWN = statistics.Mean(math.nan, 0.0, 1.0, 1.0)  # of fewer than two networks


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
        "At the highest learning rate at which networks still learn, the share of dead ReLU units is {}",
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


def _outcome(rule: Rule, measured: float, low: float, high: float) -> str:
    """The outcome of a rule for one of several parts."""
    return NOT_SETTLED if rule.judge is None or math.isnan(measured) else rule.judge(measured, low, high)


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
    outcomes = [NOT_SETTLED if name in few else _outcome(rule, *one[:3]) for name, one in judged]
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


def plain(data: xr.Dataset) -> xr.Dataset:
    """The cases of normal weights and ReLU, up to the last judged layer."""
    return data.isel(case=data.kind.values == PLAIN).sel(layer=slice(1, LAYERS))


def lesser(data: xr.Dataset) -> np.ndarray:
    """The lesser of the numbers of examples and units [case]."""
    return np.minimum(data.examples.values, data.units.values)


def _student(values: np.ndarray, comparisons: int) -> tuple[np.ndarray, np.ndarray]:
    """Means over the last axis, and half the widths of their intervals, of which `comparisons` hold together."""
    n = values.shape[-1]
    quantile = float(scipy.stats.t.ppf(1 - ALPHA / (2 * comparisons), n - 1))
    return values.mean(axis=-1), quantile * values.std(axis=-1, ddof=1) / np.sqrt(n)


def _counted(data: xr.Dataset) -> Verdict:
    some = plain(data)
    most = np.minimum(some.on.values, some.examples.values[:, None, None])
    mean, half = _student(np.abs(some["rank"].values - most) / lesser(some)[:, None, None], some.wide_share.size)
    case, layer = np.unravel_index((mean + half).argmax(), mean.shape)
    return _of_many(COUNTED, some.wide_share.size).verdict(
        "The mean distance of the rank from the number of units that are on (or of examples, if fewer) is greatest in "
        f"layer {layer + 1} with {_shape(some, case)}: {mean[case, layer]:.3f} of m, the lesser of examples and units. "
        f"There the mean rank is {float(some['rank'][case, layer].mean()):.1f}, and "
        f"{float(some.on[case, layer].mean()):.1f} units are on for some example.",
        float(mean[case, layer]), float((mean - half)[case, layer]), float((mean + half)[case, layer]),
        data.sizes["draw"],
    )  # fmt: skip


def _wide(data: xr.Dataset) -> Verdict:
    some = plain(data)
    share = some.on.values / some.units.values[:, None, None]
    mean, half = _student(share - some.wide_share.values[..., None], some.wide_share.size)
    case, layer = np.unravel_index((np.abs(mean) + half).argmax(), mean.shape)
    theory = float(some.wide_share[case, layer])
    return _of_many(WIDE, some.wide_share.size).verdict(
        "The share of units that are on for some example differs most from that of infinitely wide layers in layer "
        f"{layer + 1} with {_shape(some, case)}: there it is {theory + mean[case, layer]:.3f}, against {theory:.3f} in "
        f"theory ({mean[case, layer]:+.3f}).",
        float(mean[case, layer]), float((mean - half)[case, layer]), float((mean + half)[case, layer]),
        data.sizes["draw"],
    )  # fmt: skip


def _shape(data: xr.Dataset, case: Any) -> str:
    return f"{int(data.examples[case])} examples and {int(data.units[case])} units"


def law(layers: np.ndarray) -> np.ndarray:
    """The published mean rank, divided by m."""
    return 1 - (1 - 2 / np.pi) ** np.asarray(layers, float)


def _law(data: xr.Dataset) -> Verdict:
    some = plain(data)
    m = lesser(some)
    mean = np.concatenate([some.at_tolerance.values, some.effective.values[..., None]], axis=2) / m[:, None, None]
    error = np.concatenate([some.at_tolerance_error.values, some.effective_error.values[..., None]], axis=2)
    quantile = float(scipy.stats.t.ppf(1 - ALPHA / (2 * LAYERS), data.sizes["draw"] - 1))
    off = np.abs(mean - law(some.layer.values)[:, None])  # [case, layer, definition]
    names = [*(f"tolerance {tolerance:g}" for tolerance in some.tolerance.values), "effective rank"]
    outcomes, told, worst = [], [], []
    for case in range(len(m)):
        best = int(off[case].max(axis=0).argmin())
        layer = int(off[case, :, best].argmax())
        half = quantile * error[case, layer, best] / m[case]
        at = float(off[case, layer, best])
        worst.append((at, max(0.0, at - half), at + half))
        outcomes.append(_outcome(rules.below(LAW), *worst[-1]))
        shape = f"{int(some.examples[case])} by {int(some.units[case])}"
        told.append(f"{at:.2f} ({shape}, layer {layer + 1}, {names[best]})")
    least = min(worst)
    case = int(np.flatnonzero((some.examples.values == 40) & (some.units.values == 40))[0])
    ranks = ", ".join(f"{value:.2f}" for value in some["rank"].values[case].mean(axis=1)[[0, 1, 2, 3, LAYERS - 1]] / 40)
    return RANK_LAW.verdict(
        "With the definition of rank that fits the law best, the mean rank over m (the lesser of examples and units) "
        f"deviates from the law by up to {', '.join(told)}; in brackets: examples by units, the layer and the "
        "definition (tolerance: singular values that are smaller than this part of the greatest one count as 0). By "
        f"the law the rank over m rises with l from {law(np.array([1]))[0]:.2f} to 1; with 40 examples "
        f"and 40 units it is {ranks} in layers 1, 2, 3, 4 and {LAYERS}.",
        least[0], least[1], least[2], data.sizes["draw"], outcome=rules.combine(outcomes), parts=outcomes,
    )  # fmt: skip


def _rises(data: xr.Dataset) -> Verdict:
    some = plain(data)
    case = (some.examples.values == 40) & (some.units.values == 40)
    rise = np.diff(some["rank"].values[case][0].astype(float), axis=0) / 40  # [layer, draw]
    mean, half = _student(rise, len(rise))
    p = [statistics.mean(one).p_value if mean_ > 0 else 1.0 for one, mean_ in zip(rise, mean, strict=True)]
    risen = statistics.holm(p) < ALPHA
    greatest = int(mean.argmax())
    reaches = bool((mean + half >= REVIVAL).any())
    most = float(mean[greatest])
    told = f"Its greatest rise from one layer to the next, after layer {greatest + 1}, is {most:.4f}"
    if most < 0:
        told = f"It falls from every layer to the next, least after layer {greatest + 1}: there by {-most:.4f}"
    return RISES_AGAIN.verdict(
        f"The mean rank rises significantly after {int(risen.sum())} of {len(rise)} layers. {told} "
        "of full rank, which is 40.",
        most, float((mean - half)[greatest]), float((mean + half)[greatest]), data.sizes["draw"],
        outcome=REPRODUCED if risen.any() else NOT_SETTLED if reaches else NOT_REPRODUCED,
    )  # fmt: skip


def _keeps(data: xr.Dataset) -> Verdict:
    found = {}
    for kind in (ORTHOGONAL, LEAKY):
        one = data.isel(case=data.kind.values == kind).sel(layer=LAYERS)
        found[kind] = statistics.mean(one["rank"].values[0] / 40)
    outcomes = [_outcome(rules.above(FULL_RANK), *one[:3]) for one in found.values()]
    least = min(found.values(), key=lambda one: one.estimate)
    told = ", and ".join(
        f"{one.estimate:.3f} [{one.low:.3f}, {one.high:.3f}] with {LAYERS_OF[kind]}" for kind, one in found.items()
    )
    return KEEPS_RANK.verdict(
        f"In layer {LAYERS}, with 40 examples and 40 units, the mean rank divided by 40 is {told}.",
        least.estimate, least.low, least.high, data.sizes["draw"], outcome=rules.combine(outcomes), parts=outcomes,
    )  # fmt: skip
