"""The table and the verdicts of `perceptron.rules`: failure where the computed minimum fails, success elsewhere."""

import itertools

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    PUBLISHED,
    REPRODUCED,
    TEXTBOOK,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.perceptron.rules.config import DESCENDED, PERCEPTRON, Config
from nnjax import statistics

NUM_GATES = 14
MORE_RATES = "rates beyond those tried, or more steps, until no neuron fails or the failures stop getting fewer"
ONE_MINIMUM = ("Widrow & Hoff, -1 and 1", "cross-entropy, 0.1 and 0.9")
SOFT_SQUARES, HARD_ENTROPY, FREE = "squared error, 0.1 and 0.9", "cross-entropy, 0 and 1", "free beyond 0.1 and 0.9"
KINDS = ("gates", "lone", "four")
LARGE_BASIN, FLAT = 0.1, 1e-9  # share of the starts; slope
SONTAG = "Sontag & Sussmann (1991), Back propagation separates where perceptrons do, Neural Networks 4"
SOUDRY = "Soudry et al. (2018), The implicit bias of gradient descent on separable data, JMLR 19, lemma 1"
# The words for the data in the claims.
LONE = "the lone row (true, at -0.5, beside n false rows at -1 and n true ones at 1)"
OURS = "the data are ours, as Brady et al.'s could not be found"
WIDROW = "Widrow & Hoff (1960), Adaptive switching circuits, IRE WESCON Convention Record"


def statements(config: Config) -> list[Statement]:
    """Success where theorems promise it, and failure where the computed minimum fails."""
    most, sets = max(config.side_rows), NUM_GATES + 2
    gates = Statement(
        id="the gates",
        claim=f"One neuron learns each of the {NUM_GATES} gates that it can compute by each of {len(DESCENDED)} rules "
        "of gradient descent, from every start.",
        kind=TEXTBOOK,
        source=f"{sources.TEXTBOOK}; {WIDROW}",
        rule=_each("rules"),
        reference=1,
        settled_by=MORE_RATES,
    )
    perceptron = Statement(
        id="perceptron",
        claim="Rosenblatt's rule separates every data set on which the other rules are tried.",
        kind=THEOREM,
        source=f"{sources.ROSENBLATT}; {sources.NOVIKOFF}",
        rule=rules.exactly(sets, "the number of data sets that are separated"),
        reference=sets,
        unit="sets",
    )
    lowest = Statement(
        id="lowest error fails",
        claim=f"{_capital(SOFT_SQUARES)}: with n = {most} the lowest error does not separate {LONE}, which a line "
        f"could separate, and no trained neuron does ({OURS}).",
        kind=PUBLISHED,
        source=sources.BRADY,
        rule=Rule(
            "Reproduced when the lowest error, computed without training, does not separate and no trained neuron "
            "does; partly when it does not but a trained neuron does; not reproduced when it separates."
        ),
        reference=0,
    )
    entropy = Statement(
        id="cross-entropy",
        claim=f"Cross-entropy with targets 0 and 1 separates {LONE} and the four vectors, from every start and within "
        f"{config.num_steps:,} steps.",
        kind=AIM,
        source=f"{SOUDRY} (in the limit of many steps, at a small rate)",
        rule=_each("two kinds of data"),
        reference=1,
        settled_by=MORE_RATES,
    )
    one_minimum = [_one_minimum_statement(rule, len(config.side_rows)) for rule in ONE_MINIMUM]
    free = [_free_statement(kind, config.num_steps) for kind in ("lone", "four")]
    return [gates, perceptron, *one_minimum, lowest, _local_minimum_statement(), *free, entropy]


def _each(parts: str) -> Rule:
    return Rule(
        f"The claim is judged for each of the {parts} alone: it holds there when every neuron separates, and is open "
        "when neurons fail only at tuned rates that are the least or the greatest tried. Reproduced when it holds for "
        "all of them, partly when it holds for some and not for others, not reproduced when it holds for none; not "
        "settled while those that are open could change this."
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _one_minimum_statement(rule: str, total: int) -> Statement:
    return Statement(
        id=f"one minimum: {rule}",
        claim=f"{_capital(rule)}: the error has one minimum. When n is great enough, the minimum does not separate "
        f"{LONE}; trained neurons separate where it does and fail where it fails ({OURS}).",
        kind=AIM,
        source=f"prompted by {sources.BRADY}, whose error is the squared one of a sigmoid",
        rule=Rule(
            f"Reproduced when the computed minimum does not separate at one or more of {total} numbers of rows, and at "
            "each of them all neurons separate, or none does, as it does; partly when it does not separate somewhere "
            "but the neurons do not end as it does at every number; not reproduced when it separates at all of them. "
            "It counted as published until the results had been seen, though the source does not treat this error."
        ),
        reference=total,
        unit="numbers of rows",
    )


def _local_minimum_statement() -> Statement:
    return Statement(
        id="local minimum",
        claim="There are four separable vectors on which the squared error of a sigmoid has a local minimum that does "
        f"not separate them and has a large basin ({OURS}).",
        kind=PUBLISHED,
        source=sources.BRADY,
        rule=Rule(
            f"Reproduced when Newton's method ends at a minimum (slope below {FLAT:g}, every curvature above 0) "
            f"and all of the 95% interval of the share of neurons that end unseparated lies above {LARGE_BASIN:g}; "
            f"partly when at a minimum and all of the interval lies at or below {LARGE_BASIN:g}; not settled "
            "across it; not reproduced without a minimum."
        ),
        reference="a large basin",
        settled_by="more starts",
    )


def _free_statement(kind: str, num_steps: int) -> Statement:
    what = {"lone": f"{LONE}, whatever n", "four": "the four vectors"}[kind]
    rule = _each("numbers of rows")
    if kind == "four":
        rule = Rule(
            "Reproduced when every neuron separates, starting from weights of standard deviation 1 or nearest to it; "
            "not settled when some do not and the tuned rate is the least or the greatest tried; otherwise "
            "not reproduced."
        )
    return Statement(
        id=f"the cure, {kind}",
        claim=f"With an error that is zero beyond the targets, every neuron separates {what}, within {num_steps:,} "
        "steps.",
        kind=AIM,
        source=f"{SONTAG} (of the exact gradient flow, in finite time, however long)",
        rule=rules.at_tuned_numbers(rule),
        reference=1,
        settled_by=MORE_RATES,
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row for each rule and data set: neurons, those that separate, and the rate that was tuned."""
    rows = []
    for kind, dim in (("gates", "gate"), ("lone", "rows"), ("four", "scale")):
        for rule, which in itertools.product(data.rule.values, data[dim].values):
            one = data.sel({"rule": rule, dim: which})
            row = {"data": kind, "which": which.item(), "rule": str(rule), "neurons": int(one[f"{kind}_count"])}
            row |= {"separate": int(one[f"{kind}_separate"]), "learning_rate": float(one[f"{kind}_rate"])}
            if kind == "lone":
                row["minimum_separates"] = int(one.minimum_separates)
            rows.append(row)
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Shares are compared with 1 or with the computed minimum, for every data set."""
    config = Config(side_rows=tuple(data.rows.values.tolist()), num_steps=int(data.attrs["num_steps"]))
    stated = {one.id: one for one in statements(config)}
    one_minimum = [_as_computed(stated[f"one minimum: {rule}"], data, rule) for rule in ONE_MINIMUM]
    return [
        _gates(stated["the gates"], data),
        _perceptron(stated["perceptron"], data),
        *one_minimum,
        _lowest_fails(stated["lowest error fails"], data),
        _local_minimum(stated["local minimum"], data),
        _free_lone(stated["the cure, lone"], data),
        _free_four(stated["the cure, four"], data),
        _cross_entropy(stated["cross-entropy"], data),
    ]


def _share(separate: int, count: int) -> tuple[float, float, float]:
    """The share of all neurons that separate, and its Wilson interval."""
    low, high = statistics.wilson(separate, count)
    return separate / count, float(low), float(high)


def _cells(data: xr.Dataset, rule: str, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """For each data set of a kind: whether every neuron separates, and whether the tuned rate is an end of the grid."""
    one = data.sel(rule=rule)
    whole = (one[f"{kind}_separate"] == one[f"{kind}_count"]).values
    if f"{kind}_rate_at_end" in one:
        return whole, one[f"{kind}_rate_at_end"].values != 0
    least, greatest = _ends(data)
    return whole, np.isin(one[f"{kind}_rate"].values, (least, greatest))


def _part(whole: np.ndarray, at_end: np.ndarray) -> str:
    """Whether one part of a claim holds; open where all failures are at the end of a grid."""
    if whole.all():
        return REPRODUCED
    return NOT_REPRODUCED if (~whole & ~at_end).any() else NOT_SETTLED


def _share_of_seeds(separate: int, count: int, seeds: int) -> tuple[float, float, float] | tuple[float]:
    """Like `_share`, where data sets share their seeds: an interval is known only if all neurons separate."""
    return (1.0, *_share(seeds, seeds)[1:]) if separate == count else (separate / count,)


# A tuned rate at an end of the grid does not matter where every neuron separates: no other rate could do better. Nor
# does it matter for an error with one minimum: every rate that does not diverge leads to it.


def _gates(statement: Statement, data: xr.Dataset) -> Verdict:
    one = data.sel(rule=list(DESCENDED))
    separate, count = int(one.gates_separate.sum()), int(one.gates_count.sum())
    parts = [_part(*_cells(data, rule, "gates")) for rule in DESCENDED]
    finding = (
        f"{separate:,} of {count:,} neurons learn their gate. With {parts.count(REPRODUCED)} of {len(DESCENDED)} rules "
        "every neuron does."
    )
    seeds = int(data.attrs["seeds"])
    share = _share_of_seeds(separate, count, seeds)
    return statement.verdict(finding, *share, n=seeds, outcome=rules.combine(parts), parts=parts)


def _perceptron(statement: Statement, data: xr.Dataset) -> Verdict:
    one = data.sel(rule=PERCEPTRON)
    # The perceptron starts from zero weights, so the four vectors are one data set at every scale of the other rules'
    # initial weights. The lone row is one data set too, as the perceptron sees each row once, whatever its weight.
    kinds = [one.gates_separate.values, one.lone_separate.values.min(keepdims=True), one.four_separate.values[:1]]
    learned, total = sum(int(kind.sum()) for kind in kinds), sum(len(kind) for kind in kinds)
    finding = (
        f"Rosenblatt's rule separates {learned} of {total} data sets (the gates, the lone row and the four vectors)."
    )
    return statement.verdict(finding, learned)


def _as_computed(statement: Statement, data: xr.Dataset, rule: str) -> Verdict:
    """Judge a rule with one finite minimum: all neurons must separate where the minimum does, and none elsewhere."""
    one = data.sel(rule=rule)
    expected = one.minimum_separates
    fails = data.rows.values[expected.values == 0]
    agree, total = int((one.lone_separate / one.lone_count == expected).sum()), data.sizes["rows"]
    outcome = NOT_REPRODUCED if not len(fails) else REPRODUCED if agree == total else PARTLY
    separates = "separates the lone row with every number n of rows on each side"
    if len(fails):
        separates = f"does not separate the lone row with n = {', '.join(map(str, fails))} rows on each side"
        others = data.rows.values[expected.values != 0]
        separates += f", and separates it with n = {', '.join(map(str, others))}" if len(others) else ""
    finding = (
        f"The minimum of the error {separates}. At {agree} of {total} values of n all trained neurons do as the "
        "minimum does: they separate the lone row where it does and fail where it fails."
    )
    return statement.verdict(finding, agree, n=data.attrs["seeds"], outcome=outcome)


def _lowest_fails(statement: Statement, data: xr.Dataset) -> Verdict:
    # A rate beyond the grid would lead nearer to the lowest error, which was computed.
    one = data.sel(rule=SOFT_SQUARES).isel(rows=-1)
    separate, count = int(one.lone_separate), int(one.lone_count)
    share, low, high = _share(separate, count)
    fails = bool(one.minimum_separates == 0)
    outcome = NOT_REPRODUCED if not fails else PARTLY if separate else REPRODUCED
    finding = (
        f"The weights of lowest error {'do not separate' if fails else 'separate'} the lone row; {separate:,} of "
        f"{count:,} trained neurons separate it."
    )
    return statement.verdict(finding, share, low, high, count, outcome=outcome)


def _local_minimum(statement: Statement, data: xr.Dataset) -> Verdict:
    """Judge how large the basin of the minimum is, by plain descent at a small rate from weights of deviation 1."""
    k, n = int((~data.path_separates.astype(bool)).sum()), data.sizes["neuron"]
    share, low, high = _share(k, n)
    slope, curvature = float(data.trap_slope), float(data.trap_curvature)
    is_minimum = slope < FLAT and curvature > 0
    if not is_minimum:
        outcome = NOT_REPRODUCED
    else:
        outcome = REPRODUCED if low > LARGE_BASIN else PARTLY if high <= LARGE_BASIN else NOT_SETTLED
    w1, w2 = data.trap.values
    finding = (
        f"The weights ({w1:.2f}, {w2:.2f}) are {'a' if is_minimum else 'no'} local minimum (norm of the gradient "
        f"{slope:.0e}, least curvature {curvature:.1e}). {k:,} of {n:,} neurons ({share:.1%} [{low:.1%}, {high:.1%}]) "
        "end without separating the four vectors."
    )
    return statement.verdict(finding, share, low, high, n, outcome=outcome)


def _free_lone(statement: Statement, data: xr.Dataset) -> Verdict:
    one = data.sel(rule=FREE)
    separate, count = int(one.lone_separate.sum()), int(one.lone_count.sum())
    parts = [_part(*cell) for cell in zip(*_cells(data, FREE, "lone"), strict=True)]
    finding = (
        f"{separate:,} of {count:,} trained neurons separate the lone row. At {parts.count(REPRODUCED)} of "
        f"{len(parts)} values of n every neuron does."
    )
    seeds = int(data.attrs["seeds"])
    share = _share_of_seeds(separate, count, seeds)
    return statement.verdict(finding, *share, n=seeds, outcome=rules.combine(parts), parts=parts)


def _free_four(statement: Statement, data: xr.Dataset) -> Verdict:
    """Judge the neurons whose initial weights have the standard deviation 1, or the one nearest to it."""
    one = data.sel(rule=FREE).isel(scale=int(np.argmin(np.abs(np.log(data.scale.values)))))
    separate, count, rate = int(one.four_separate), int(one.four_count), float(one.four_rate)
    at_end = "" if separate == count else _at_end(data, rate, one)
    finding = (
        f"{separate:,} of {count:,} trained neurons separate the four vectors (learning rate {rate:g}, initial weights "
        f"of standard deviation {float(one.scale):g})."
    )
    outcome = REPRODUCED if separate == count else NOT_REPRODUCED
    return statement.verdict(finding, *_share(separate, count), count, outcome=outcome, at_edge=at_end)


def _at_end(data: xr.Dataset, rate: float, one: xr.Dataset) -> str:
    if "four_rate_at_end" in one:
        end = int(one.four_rate_at_end)
    else:
        least, greatest = _ends(data)
        end = int(rate == greatest) - int(rate == least)
    return f"the tuned rate is the {'greatest' if end > 0 else 'least'} tried" if end else ""


def _ends(data: xr.Dataset) -> tuple[float, float]:
    """The ends of the grid of the first runs, which did not record them; both are among the tuned rates."""
    tuned = np.concatenate([data[f"{kind}_rate"].sel(rule=list(DESCENDED)).values.ravel() for kind in KINDS])
    return float(tuned.min()), float(tuned.max())


def _cross_entropy(statement: Statement, data: xr.Dataset) -> Verdict:
    one = data.sel(rule=HARD_ENTROPY)
    separate = np.array([int(one.lone_separate.sum()), int(one.four_separate.sum())])
    count = np.array([int(one.lone_count.sum()), int(one.four_count.sum())])
    finding = (
        f"{separate[0]:,} of {count[0]:,} trained neurons separate the lone row, and {separate[1]:,} of {count[1]:,} "
        "separate the four vectors."
    )
    seeds = int(data.attrs["seeds"])
    share = _share_of_seeds(int(separate.sum()), int(count.sum()), seeds)
    outcome = rules.combine([_part(*_cells(data, HARD_ENTROPY, kind)) for kind in ("lone", "four")])
    return statement.verdict(finding, *share, n=seeds, outcome=outcome)
