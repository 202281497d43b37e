"""The table and the verdicts of `xor.hidden_layer`: the hidden layers of solved and of stuck networks."""

import math

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    REPRODUCED,
    TEXTBOOK,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.xor.hidden_layer.config import MARGIN, Config
from experiments.xor.shared.sources import AI_TIMELINE
from nnjax import statistics

ONE_CLASS = ("00-11", "01-10")  # pairs of inputs with the same target
TOGETHER = 0.2  # two inputs share a point when they are no further apart than this in either coordinate


def _more_than_half(kind: str, more: str = "") -> Rule:
    return Rule(
        f"Two intervals are judged, of the {kind} networks: Wilson's 95% interval of the share at the end, and the "
        "paired 95% interval of its difference to the share at the start. Reproduced when all of the first lies above "
        "0.5 and all of the second above 0, not reproduced when all of one lies at or below its number, otherwise not "
        f"settled. The start was taken in after the first results.{more}"
    )


MADE = Statement(
    id="made, not given",
    claim="Training makes the hidden layer's representation separable: more networks have separable hidden activations "
    "at the end than at the start.",
    kind=TEXTBOOK,
    source=f"{sources.TEXTBOOK}; {sources.RUMELHART}",
    rule=Rule(
        "Of all networks, solved and stuck. "
        f"{rules.above(0.0, 'the 95% interval of the paired difference between end and start').text} The rule was "
        "changed after the first results: it had looked at solved networks alone, which are separable at the end "
        "by necessity.",
        rules.above(0.0).judge,
    ),
    reference="more than 0",
    unit="difference in the share of the networks",
    settled_by="more networks",
)
EXACTLY = Statement(
    id="separable is solved",
    claim=f"A network ends solved exactly when its hidden layer puts the classes {MARGIN:g} or more apart.",
    kind=AIM,
    source="",
    rule=Rule(
        "Reproduced when this holds of every network in both directions (solved networks have the margin; networks "
        "with the margin are solved), partly when it does in one direction, otherwise not reproduced; not settled "
        "without solved and stuck networks."
    ),
    reference=1.0,
    unit="of the networks",
    settled_by="solved and stuck networks",
)
ONE_POINT = Statement(
    id="one class falls together",
    claim="Most solved networks put two inputs of one class on nearly the same point of hidden space.",
    kind=AIM,
    source=f"prompted by {sources.GOODFELLOW}, section 6.1: a solution that is written down does so",
    rule=_more_than_half(
        "solved",
        " As the source does not speak of trained networks, this is an aim; it counted as published until replications "
        "had been seen.",
    ),
    reference="more than 0.5",
    unit="of the solved networks",
    settled_by="more solved networks",
)
MIXED = Statement(
    id="stuck mixes the classes",
    claim="Most stuck networks put two inputs of different classes on nearly the same point of hidden space, so their "
    "outputs cannot tell these inputs apart.",
    kind=AIM,
    source=f"prompted by {AI_TIMELINE}: every network that fails leaves two outputs near one half",
    rule=_more_than_half(
        "stuck",
        " As the source speaks of outputs and not of hidden points, this is an aim; it counted as published until the "
        "results were seen.",
    ),
    reference="more than 0.5",
    unit="of the stuck networks",
    settled_by="more stuck networks",
)


def statements(config: Config) -> list[Statement]:
    """The same four statements for every Config."""
    return [MADE, EXACTLY, ONE_POINT, MIXED]


def groups(data: xr.Dataset) -> dict[str, np.ndarray]:
    """The two kinds of networks, each with its mask [seed]."""
    solved = data.solved.values.astype(bool)
    return {"solved": solved, "stuck": ~solved}


def _found(data: xr.Dataset) -> dict[str, np.ndarray]:
    """The properties that are counted, each true or false for every network [seed]."""
    same = np.isin(data.pair.values, ONE_CLASS)
    found = {
        "separable_start": data.separable.values[:, 0].astype(bool),
        "separable_end": data.separable.values[:, -1].astype(bool),
        "margin_start": data.roomy.values[:, 0].astype(bool),
        "margin_end": data.roomy.values[:, -1].astype(bool),
    }
    for when, apart in (("start", data.apart_start), ("end", data.apart)):
        near = apart.values <= TOGETHER
        found |= {
            f"one_class_together_{when}": near[:, same].any(axis=1),
            f"both_classes_together_{when}": near[:, same].all(axis=1),
            f"classes_mixed_{when}": near[:, ~same].any(axis=1),
        }
    return found


def _share(true: np.ndarray) -> tuple[float, float, float]:
    """Share of the networks with its Wilson interval; nan where there is no network."""
    if not len(true):
        return math.nan, math.nan, math.nan
    low, high = statistics.wilson(int(true.sum()), len(true))
    return float(true.mean()), float(low), float(high)


def table(data: xr.Dataset) -> list[dict]:
    """A row for the solved and one for the stuck networks: counts, shares with intervals, the classes' distance.

    The columns margin_start and margin_end count the networks whose classes are MARGIN or more apart.
    """
    rows = []
    for name, kind in groups(data).items():
        row = {"networks": name, "count": int(kind.sum())}
        for what, true in _found(data).items():
            row |= dict(zip((what, f"{what}_low", f"{what}_high"), _share(true[kind]), strict=True))
        gaps = data.gap.values[kind] if kind.any() else np.array([math.nan])
        rows.append(row | {"least_gap_end": float(gaps.min()), "greatest_gap_end": float(gaps.max())})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """What training makes, whether a margin tells solved from stuck networks, and which inputs share a point."""
    found, kinds = _found(data), groups(data)
    together = _most(ONE_POINT, "solved", "inputs of one class", found, "one_class_together", kinds["solved"])
    mixed = _most(MIXED, "stuck", "inputs of different classes", found, "classes_mixed", kinds["stuck"])
    return [_made(found, kinds), _exactly(found["margin_end"], kinds["solved"]), together, mixed]


def _made(found: dict[str, np.ndarray], kinds: dict[str, np.ndarray]) -> Verdict:
    ends, starts = found["separable_end"], found["separable_start"]
    rise = statistics.paired_difference(ends, starts)
    parts = [
        f"from {starts[kind].mean():.1%} to {ends[kind].mean():.1%} among the {kind.sum():,} that end {name}"
        for name, kind in kinds.items()
        if kind.any()
    ]
    return MADE.verdict(
        f"Of {len(ends):,} networks, {starts.mean():.1%} have separable hidden activations at the start and "
        f"{ends.mean():.1%} at the end (difference {rise.estimate:+.3f} [{rise.low:+.3f}, {rise.high:+.3f}]). The "
        f"share goes {' and '.join(parts)}.",
        rise.estimate, rise.low, rise.high, len(ends),
    )  # fmt: skip


def _exactly(margin: np.ndarray, solved: np.ndarray) -> Verdict:
    directions = [bool(margin[solved].all()), bool(solved[margin].all())]
    outcome = REPRODUCED if all(directions) else PARTLY if any(directions) else NOT_REPRODUCED
    share, low, high = _share(margin == solved)
    return EXACTLY.verdict(
        f"The claim holds for {int((margin == solved).sum()):,} of {len(solved):,} networks: the classes are "
        f"{MARGIN:g} or more apart in {int(margin[solved].sum()):,} of {int(solved.sum()):,} solved networks and in "
        f"{int(margin[~solved].sum()):,} of {int((~solved).sum()):,} stuck ones.",
        share, low, high, len(solved),
        outcome=outcome if solved.any() and not solved.all() else NOT_SETTLED,
    )  # fmt: skip


def _most(
    statement: Statement, kind: str, inputs: str, found: dict[str, np.ndarray], what: str, some: np.ndarray
) -> Verdict:
    """Judge whether most networks of a kind have a property at the end, and more of them than at the start."""
    if not some.any():
        return statement.verdict(f"No network is {kind}.", outcome=NOT_SETTLED)
    start, end = found[f"{what}_start"][some], found[f"{what}_end"][some]
    share, low, high = _share(end)
    rise = statistics.paired_difference(end, start)
    return statement.verdict(
        f"At the end, {int(end.sum()):,} of {len(end):,} {kind} networks put two {inputs} within {TOGETHER:g} of each "
        f"other in hidden space; at the start {int(start.sum()):,} did (difference of the shares {rise.estimate:+.3f} "
        f"[{rise.low:+.3f}, {rise.high:+.3f}]).",
        share, low, high, len(end),
        outcome=_both([(low - 0.5, high - 0.5), (rise.low, rise.high)]),
    )  # fmt: skip


def _both(intervals: list[tuple[float, float]]) -> str:
    """Reproduced if all intervals lie above 0, not reproduced if one lies at or below it, otherwise not settled."""
    if any(high <= 0 for _, high in intervals):
        return NOT_REPRODUCED
    return REPRODUCED if all(low > 0 for low, _ in intervals) else NOT_SETTLED
