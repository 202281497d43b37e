"""The table and the verdicts of `perceptron.rules`: failure where a minimum was computed to fail, success elsewhere."""

import itertools

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.verdicts import (
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
ONE_MINIMUM = ("Widrow & Hoff, -1 and 1", "cross-entropy, 0.1 and 0.9")
SOFT_SQUARES, HARD_ENTROPY, FREE = "squared error, 0.1 and 0.9", "cross-entropy, 0 and 1", "free beyond 0.1 and 0.9"
KINDS = ("gates", "lone", "four")
LARGE_BASIN, FLAT = 0.1, 1e-9  # share of the starts; slope
SONTAG = "Sontag & Sussmann (1991), Back propagation separates where perceptrons do, Neural Networks 4"
SOUDRY = "Soudry et al. (2018), The implicit bias of gradient descent on separable data, JMLR 19, lemma 1"
WIDROW = "Widrow & Hoff (1960), Adaptive switching circuits, IRE WESCON Convention Record"


def statements(config: Config) -> list[Statement]:
    """Success where theorems promise it, and failure where a minimum was computed to fail."""
    most, sets = max(config.side_rows), NUM_GATES + len(config.side_rows) + 1
    gates = Statement(
        id="the gates",
        claim=f"One neuron learns each of the {NUM_GATES} gates that it can compute by each of {len(DESCENDED)} rules "
        "of gradient descent, from every start.",
        kind=TEXTBOOK,
        source=f"{sources.TEXTBOOK}; {WIDROW}",
        rule=_whole("rules"),
        reference=1,
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
        claim=f"{SOFT_SQUARES}: with {most} rows on each side the lowest error does not separate the lone row, which "
        "a line could separate, and no trained neuron does.",
        kind=PUBLISHED,
        source=sources.BRADY,
        rule=Rule(
            "Reproduced when the lowest error, computed without training, does not separate and no trained neuron "
            "does; partly when it does not and fewer than half of the neurons do; otherwise not reproduced."
        ),
        reference=0,
    )
    minimum = Statement(
        id="local minimum",
        claim="There are four separable vectors on which the squared error of a sigmoid has a local minimum that does "
        "not separate them and has a large basin.",
        kind=PUBLISHED,
        source=sources.BRADY,
        rule=Rule(
            f"Reproduced when Newton's method ends at a minimum (slope below {FLAT:g}, every curvature above 0) and "
            f"all of the 95 % interval of the share of neurons that end unseparated lies above {LARGE_BASIN:g}; partly "
            f"when at a minimum and all of the interval lies at or below {LARGE_BASIN:g}; not settled across it; not "
            "reproduced without a minimum."
        ),
        reference="a large basin",
        settled_by="more starts",
    )
    entropy = Statement(
        id="cross-entropy",
        claim="Cross-entropy with targets 0 and 1 separates the lone row and the four vectors from every start.",
        kind=THEOREM,
        source=SOUDRY,
        rule=_whole("two kinds of data"),
        reference=1,
    )
    one_minimum = [_one_minimum_statement(rule, len(config.side_rows)) for rule in ONE_MINIMUM]
    free = [_free_statement(kind, config.num_steps) for kind in ("lone", "four")]
    return [gates, perceptron, *one_minimum, lowest, minimum, *free, entropy]


def _whole(parts: str) -> Rule:
    return Rule(
        f"Reproduced when every neuron separates with each of the {parts}, partly when with some of them, otherwise "
        "not reproduced."
    )


def _one_minimum_statement(rule: str, total: int) -> Statement:
    return Statement(
        id=f"one minimum: {rule}",
        claim=f"{rule}: the error has one minimum, which does not separate the lone row when there are enough rows on "
        "the sides, and trained neurons end as it does.",
        kind=PUBLISHED,
        source=sources.BRADY,
        rule=Rule(
            f"Reproduced when at each of {total} numbers of rows all neurons separate, or none does, as the computed "
            "minimum does, and at one or more it does not separate; partly when it fails somewhere and the neurons "
            "agree with it at more than half of the numbers; otherwise not reproduced."
        ),
        reference=total,
        unit="numbers of rows",
    )


def _free_statement(kind: str, num_steps: int) -> Statement:
    what = {"lone": "the lone row, with any number of rows on the sides", "four": "the four vectors"}[kind]
    rule = _whole("numbers of rows")
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
        kind=THEOREM,
        source=f"{SONTAG} (of the exact gradient flow, in finite time, however long)",
        rule=rule,
        reference=1,
        settled_by="rates beyond those tried, or more steps, until none is left or their number no longer falls",
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


def _some(parts: np.ndarray) -> str:
    """The outcome where a claim has parts that hold or do not."""
    return REPRODUCED if parts.all() else PARTLY if parts.any() else NOT_REPRODUCED


def _told(separate: int, count: int, where: str) -> str:
    return f"{separate:,} of {count:,} neurons separate {where}."


# Where every neuron separates, the end of the grid of rates does not matter: nothing beyond it could undo that. Nor
# does it where an error with one minimum ends at it: every rate that does not diverge leads there.


def _gates(statement: Statement, data: xr.Dataset) -> Verdict:
    one = data.sel(rule=list(DESCENDED))
    separate, count = int(one.gates_separate.sum()), int(one.gates_count.sum())
    whole = (one.gates_separate == one.gates_count).all("gate").values
    finding = _told(separate, count, f"the gates; with {int(whole.sum())} of {len(DESCENDED)} rules all do")
    return statement.verdict(finding, *_share(separate, count), data.attrs["seeds"], outcome=_some(whole))


def _perceptron(statement: Statement, data: xr.Dataset) -> Verdict:
    one = data.sel(rule=PERCEPTRON)
    # From zero weights the four vectors are one data set, whatever the scale of the others' first weights.
    kinds = [one.gates_separate.values, one.lone_separate.values, one.four_separate.values[:1]]
    learned, total = sum(int(kind.sum()) for kind in kinds), sum(len(kind) for kind in kinds)
    return statement.verdict(f"It separates {learned} of {total} data sets.", learned)


def _as_computed(statement: Statement, data: xr.Dataset, rule: str) -> Verdict:
    """A rule with one finite minimum: all neurons must end as it says."""
    one = data.sel(rule=rule)
    expected = one.minimum_separates
    fails = data.rows.values[expected.values == 0]
    agree, total = int((one.lone_separate / one.lone_count == expected).sum()), data.sizes["rows"]
    outcome = NOT_REPRODUCED
    if len(fails):
        outcome = REPRODUCED if agree == total else PARTLY if 2 * agree > total else NOT_REPRODUCED
    finding = (
        f"At {agree} of {total} numbers of rows all neurons end as the minimum does; it fails "
        f"{f'from {fails.min()} rows on each side on' if len(fails) else 'at none of them'}."
    )
    return statement.verdict(finding, agree, n=data.attrs["seeds"], outcome=outcome)


def _lowest_fails(statement: Statement, data: xr.Dataset) -> Verdict:
    # A rate beyond the grid would lead nearer to the lowest error, which was computed.
    one = data.sel(rule=SOFT_SQUARES).isel(rows=-1)
    separate, count = int(one.lone_separate), int(one.lone_count)
    share, low, high = _share(separate, count)
    fails = bool(one.minimum_separates == 0)
    outcome = NOT_REPRODUCED if not fails or share >= 0.5 else REPRODUCED if share == 0 else PARTLY
    finding = f"The lowest error {'does not separate' if fails else 'separates'}. {_told(separate, count, 'the row')}"
    return statement.verdict(finding, share, low, high, count, outcome=outcome)


def _local_minimum(statement: Statement, data: xr.Dataset) -> Verdict:
    """By plain descent with a small rate from weights of deviation 1: how large the basin of the minimum is."""
    k, n = int((~data.path_separates.astype(bool)).sum()), data.sizes["neuron"]
    share, low, high = _share(k, n)
    slope, curvature = float(data.trap_slope), float(data.trap_curvature)
    if not (slope < FLAT and curvature > 0):
        outcome = NOT_REPRODUCED
    else:
        outcome = REPRODUCED if low > LARGE_BASIN else PARTLY if high <= LARGE_BASIN else NOT_SETTLED
    w1, w2 = data.trap.values
    finding = (
        f"({w1:.2f}, {w2:.2f}) has slope {slope:.0e} and least curvature {curvature:.1e}; {k:,} of {n:,} neurons, "
        f"{share:.1%} [{low:.1%}, {high:.1%}], end unseparated."
    )
    return statement.verdict(finding, share, low, high, n, outcome=outcome)


def _free_lone(statement: Statement, data: xr.Dataset) -> Verdict:
    one = data.sel(rule=FREE)
    separate, count = int(one.lone_separate.sum()), int(one.lone_count.sum())
    whole = (one.lone_separate == one.lone_count).values
    finding = _told(separate, count, f"the lone row; all do with {int(whole.sum())} of {len(whole)} numbers of rows")
    return statement.verdict(finding, *_share(separate, count), data.attrs["seeds"], outcome=_some(whole))


def _free_four(statement: Statement, data: xr.Dataset) -> Verdict:
    """From first weights of deviation 1."""
    one = data.sel(rule=FREE).isel(scale=int(np.argmin(np.abs(np.log(data.scale.values)))))
    separate, count, rate = int(one.four_separate), int(one.four_count), float(one.four_rate)
    at_end = "" if separate == count else _at_end(data, rate, one)
    finding = _told(separate, count, f"the four vectors, at rate {rate:g}")
    outcome = REPRODUCED if separate == count else NOT_REPRODUCED
    return statement.verdict(finding, *_share(separate, count), count, outcome=outcome, at_edge=at_end)


def _at_end(data: xr.Dataset, rate: float, one: xr.Dataset) -> str:
    if "four_rate_at_end" in one:
        end = int(one.four_rate_at_end)
    else:
        # The first runs did not record it, but both ends of their grid are among their tuned rates.
        tuned = np.concatenate([data[f"{kind}_rate"].sel(rule=list(DESCENDED)).values.ravel() for kind in KINDS])
        end = int(rate == tuned.max()) - int(rate == tuned.min())
    return f"the tuned rate is the {'greatest' if end > 0 else 'least'} tried" if end else ""


def _cross_entropy(statement: Statement, data: xr.Dataset) -> Verdict:
    one = data.sel(rule=HARD_ENTROPY)
    separate = np.array([int(one.lone_separate.sum()), int(one.four_separate.sum())])
    count = np.array([int(one.lone_count.sum()), int(one.four_count.sum())])
    finding = (
        f"{separate[0]:,} of {count[0]:,} neurons separate the lone row, {separate[1]:,} of {count[1]:,} the four "
        "vectors."
    )
    share = _share(int(separate.sum()), int(count.sum()))
    return statement.verdict(finding, *share, data.attrs["seeds"], outcome=_some(separate == count))
