"""The table and the verdicts of `xor.hidden_layer`: what solved and stuck networks have in their hidden layers."""

import math

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
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.xor.hidden_layer.config import MARGIN, Config
from experiments.xor.shared.sources import AI_TIMELINE
from nnjax import statistics

ONE_CLASS = ("00-11", "01-10")  # pairs of inputs that have one target
TOGETHER = 0.2  # two inputs share a point when they are no further apart than this in either coordinate

MADE = Statement(
    id="made, not given",
    claim="Training makes the hidden layer's representation separable: of the networks that end solved, more have "
    "separable hidden activations at the end than at the start.",
    kind=TEXTBOOK,
    source=f"{sources.TEXTBOOK}; {sources.RUMELHART}",
    rule=rules.above(0.0, "the 95 % interval of the paired difference between end and start"),
    reference="more than 0",
    settled_by="networks that end solved",
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
    kind=PUBLISHED,
    source="Goodfellow, Bengio & Courville (2016), Deep learning, MIT Press, section 6.1",
    rule=rules.above(0.5, "the 95 % Wilson interval of the share of solved networks"),
    reference="more than 0.5",
    unit="of the solved networks",
    settled_by="more solved networks",
)
MIXED = Statement(
    id="stuck mixes the classes",
    claim="Most stuck networks put two inputs of different classes on nearly the same point of hidden space, so their "
    "outputs cannot tell these inputs apart.",
    kind=PUBLISHED,
    source=f"{AI_TIMELINE}: every network that fails leaves two outputs near one half",
    rule=rules.above(0.5, "the 95 % Wilson interval of the share of stuck networks"),
    reference="more than 0.5",
    unit="of the stuck networks",
    settled_by="more stuck networks",
)


def statements(config: Config) -> list[Statement]:
    """The same four for every Config."""
    return [MADE, EXACTLY, ONE_POINT, MIXED]


def groups(data: xr.Dataset) -> dict[str, np.ndarray]:
    """The two kinds of networks, with a mask [seed] each."""
    solved = data.solved.values.astype(bool)
    return {"solved": solved, "stuck": ~solved}


def _found(data: xr.Dataset) -> dict[str, np.ndarray]:
    """What is counted, each of it true or false of every network [seed]."""
    near, same = data.apart.values <= TOGETHER, np.isin(data.pair.values, ONE_CLASS)
    return {
        "separable_start": data.separable.values[:, 0].astype(bool),
        "separable_end": data.separable.values[:, -1].astype(bool),
        "room_start": data.roomy.values[:, 0].astype(bool),
        "room_end": data.roomy.values[:, -1].astype(bool),
        "one_class_together": near[:, same].any(axis=1),
        "both_classes_together": near[:, same].all(axis=1),
        "classes_mixed": near[:, ~same].any(axis=1),
    }


def _share(true: np.ndarray) -> tuple[float, float, float]:
    """Share of the networks with its Wilson interval; nan where there is no network."""
    if not len(true):
        return math.nan, math.nan, math.nan
    low, high = statistics.wilson(int(true.sum()), len(true))
    return float(true.mean()), float(low), float(high)


def table(data: xr.Dataset) -> list[dict]:
    """A row for the solved and one for the stuck networks: counts, shares with intervals, the classes' distance.

    The columns room_start and room_end count the networks whose classes are MARGIN or more apart.
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
    together = _most(ONE_POINT, "solved", "inputs of one class", found["one_class_together"][kinds["solved"]])
    mixed = _most(MIXED, "stuck", "inputs of different classes", found["classes_mixed"][kinds["stuck"]])
    return [_made(found, kinds["solved"]), _exactly(found["room_end"], kinds["solved"]), together, mixed]


def _made(found: dict[str, np.ndarray], solved: np.ndarray) -> Verdict:
    ends, starts = found["separable_end"][solved], found["separable_start"][solved]
    if not len(ends):
        return MADE.verdict("No network was solved.", outcome=NOT_SETTLED)
    rise = statistics.paired_difference(ends, starts)
    return MADE.verdict(
        f"Of {len(ends):,} networks that end solved, {starts.mean():.1%} have separable hidden activations at the "
        f"start and {ends.mean():.1%} at the end: {rise.estimate:+.3f} [{rise.low:+.3f}, {rise.high:+.3f}].",
        rise.estimate, rise.low, rise.high, len(ends),
    )  # fmt: skip


def _exactly(margin: np.ndarray, solved: np.ndarray) -> Verdict:
    directions = [bool(margin[solved].all()), bool(solved[margin].all())]
    outcome = REPRODUCED if all(directions) else PARTLY if any(directions) else NOT_REPRODUCED
    share, low, high = _share(margin == solved)
    return EXACTLY.verdict(
        f"It holds of {int((margin == solved).sum()):,} of {len(solved):,} networks: {int(margin[solved].sum()):,} of "
        f"{int(solved.sum()):,} solved ones have the margin, and {int(margin[~solved].sum()):,} of "
        f"{int((~solved).sum()):,} stuck ones.",
        share, low, high, len(solved),
        outcome=outcome if solved.any() and not solved.all() else NOT_SETTLED,
    )  # fmt: skip


def _most(statement: Statement, kind: str, inputs: str, true: np.ndarray) -> Verdict:
    if not len(true):
        return statement.verdict(f"No network is {kind}.", outcome=NOT_SETTLED)
    share, low, high = _share(true)
    return statement.verdict(
        f"{int(true.sum()):,} of {len(true):,} {kind} networks put two {inputs} within {TOGETHER:g} of each other.",
        share, low, high, len(true),
    )  # fmt: skip
