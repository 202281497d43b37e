"""What is claimed of our own intervals, the rules, and the verdicts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from experiments.intervals.replicated.config import Config
from experiments.intervals.replicated.pairs import EXACT, FIXED, MEAN, MULTIPLE, OTHER, RATIO, SHARE, agree
from experiments.intervals.replicated.summary import (
    ALL,
    ALLOWED,
    CHANGED,
    REVERSED,
    TUNING_HELD,
    TUNING_LEFT_OUT,
    judged,
    of_kind,
    outcomes,
)
from experiments.lab import rules
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    AIM,
    EXTREME,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PREDICTION,
    RANGE,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)

MARGIN = 0.05  # how far agreement may lie below what is expected; intervals that are a sixth too narrow lose 0.05
DIVIDED = (
    "Whether tuning is left out is what the rules of the statements say. This division was added after results had "
    "been seen: 47 of 56 pairs with tuning left out agreed, and 52 of 53 others. Later 64 of 78 and 60 of 61 did; "
    "since then five experiments that had left tuning out, with 43 of 52 pairs that agreed, tune several times, and "
    "only the pairs since then count. activations.softmax was changed once more, when 10 of 12 pairs over its tunings "
    "had agreed; with these in place of its later 12, the difference where nothing is tuned or tuning is included "
    "would not have been settled."
)
COUNTS = "experiments are weighted by the square root of their number of pairs"
NAMES: Mapping[str, str] = {
    ALL: "all confidence intervals where the data are drawn anew",
    TUNING_HELD: "intervals where nothing was tuned, or which include the randomness of tuning",
    TUNING_LEFT_OUT: "intervals of networks at tuned numbers, which leave the randomness of tuning out",
    SHARE: "Wilson intervals of shares", MEAN: "symmetric intervals of means",
    RATIO: "intervals of ratios, symmetric in the logarithm", OTHER: "all other intervals",
    FIXED: "intervals where the data are the same",
}  # fmt: skip
FLIPPED: Mapping[str, str] = {
    CHANGED: "changed in a replication",
    REVERSED: "turned from reproduced to not reproduced, or back, in a replication",
}
NOT_JUDGED: Mapping[str, str] = {
    EXTREME: "intervals of the most extreme of several estimates", PREDICTION: "prediction intervals",
    RANGE: "ranges and quartiles", EXACT: "intervals without width, or the same in every replication",
    MULTIPLE: "multiples of another interval that is counted",
}  # fmt: skip
SHORT: Mapping[str, str] = {
    **NAMES, ALL: "all confidence intervals, on new data", FIXED: "intervals on the same data",
    TUNING_HELD: "of these: nothing tuned, or tuning included", TUNING_LEFT_OUT: "of these: tuning left out",
}  # fmt: skip
# Statements whose rule was changed because a replication had reversed the outcome: they are judged by the new rule,
# and the findings name them.
MENDED: Sequence[tuple[str, str]] = [
    ("universal_approximation.universal", "biases"), ("wide_versus_deep.published", "residual MLP, table"),
    ("wide_versus_deep.regions", "far below the maximum"), ("xor.failures", "no_finite_minimum"),
]  # fmt: skip


def statements(config: Config) -> list[Statement]:
    """One for all intervals, one for each kind, and two for the outcomes."""
    return [*(_agreement(kind, config.fewest) for kind in NAMES), *(_flips(flip, config.fewest) for flip in ALLOWED)]


def _agreement(kind: str, fewest: int) -> Statement:
    def judge(measured: float, low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return NOT_SETTLED
        return NOT_REPRODUCED if high < 0 else REPRODUCED if low > -MARGIN else NOT_SETTLED

    drawn = "" if kind in (FIXED, ALL) else ", of statements whose data are drawn anew"
    added = f" {DIVIDED}" if kind in (TUNING_HELD, TUNING_LEFT_OUT) else ""
    return Statement(
        id=kind,
        claim=f"Two measurements of the same quantity agree at least as often as they should: {NAMES[kind]}.",
        kind=AIM,
        source="",
        rule=Rule(
            f"The share of pairs that agree, less the share that is expected of such intervals{drawn}; {COUNTS}. "
            "Not reproduced when all of the 95% interval over experiments lies below 0; reproduced when it "
            f"does not, and all of it lies above -{MARGIN:g}; otherwise, and with fewer than {fewest} experiments, not "
            f"settled.{added}",
            judge,
        ),
        reference="0 or more",
        unit="share",
        settled_by="more experiments with such intervals, or more replications of them",
        resolution=False,  # no more than all pairs can agree, so its interval may be cut off above
    )


def _flips(flip: str, fewest: int) -> Statement:
    share = ALLOWED[flip]
    claim = {
        CHANGED: "With other seeds and data at most one outcome in twenty changes",
        REVERSED: "With other seeds and data at most one outcome in a hundred turns round, from reproduced to not "
        "reproduced or back",
    }[flip]
    rule = rules.below(share, "the 95% interval over experiments")
    return Statement(
        id=f"outcomes {flip}",
        claim=f"{claim}, among the statements whose results depend on chance.",
        kind=AIM,
        source="",
        rule=Rule(
            f"Experiments are weighted by the square root of their number of outcomes. {rule.text} Not settled either "
            f"with fewer than {fewest} experiments.",
            rule.judge,
        ),
        reference=share,
        unit="share",
        settled_by="more experiments, or more replications of them",
        resolution=False,  # shares have no less than 0, where the interval is cut off
    )


def table(data: xr.Dataset) -> list[dict[str, Any]]:
    """A row for each kind of interval, judged or not, then one for each claim, then one for each pair widest apart."""
    rows: list[dict[str, Any]] = [
        {
            "part": "kind",
            "of": {**SHORT, **NOT_JUDGED}[str(one.kind.item())],
            "claims": int(one.claims),
            "pairs": int(one.pairs),
            "agree": float(one.agree),
            "expected": float(one.expected_share),
            **{f"difference_{name}": float(one.difference.sel(quantity=name)) for name in ("low", "high")},
        }
        for one in (data.sel(kind=kind) for kind in data.kind.values)
    ]
    for kind in (PREDICTION, RANGE, EXACT, MULTIPLE):
        some = data.claim.values[data.kind_of.values == kind]
        rows.append({"part": "kind", "of": NOT_JUDGED[kind], "claims": len(set(some)), "estimates": len(some)})
    return [*rows, *(_of_claim(data, str(claim)) for claim in np.unique(data.claim.values)), *_widest(data)]


def _of_claim(data: xr.Dataset, claim: str) -> dict[str, Any]:
    """A claim's row. It has no interval, as its pairs share networks and a run. `fixed`: data that stay the same."""
    own = data.isel(estimate=data.claim.values == claim)
    of, there = judged(own), outcomes(own)
    spread = own.spread.values[of.any(axis=1) & np.isfinite(own.spread.values)]
    return {
        "part": "claim",
        "of": claim,
        "replications": int((own.change.values >= 0).any(axis=0).sum()),
        "pairs": int(of.sum()),
        "agree": float(agree(own.distance.values[of]).mean()) if of.any() else None,
        "expected": float(own.expected.values[of].mean()) if of.any() else None,
        "estimates": own.sizes["estimate"],
        "spread": float(np.median(spread)) if len(spread) else None,
        "outcomes": int(there.sum()),
        "outcomes_changed": int((own.change.values[there] > 0).sum()),
        "outcomes_reversed": int((own.change.values[there] > 1).sum()),
        "fixed": ", ".join(sorted(set(own.fixed.values.tolist()) - {""})),
    }


def _widest(data: xr.Dataset) -> list[dict[str, Any]]:
    """The pairs widest apart; `spread` is how many times as widely an estimate varies as its intervals say."""
    far = np.where(judged(data), np.abs(data.distance.values), -1.0)
    rows: list[dict[str, Any]] = []
    for i, j in zip(*np.unravel_index(np.argsort(-far, axis=None), far.shape), strict=True):
        if far[i, j] <= 1 or len(rows) == data.attrs["listed"]:
            break
        claim, name = (str(data[key].values[i]) for key in ("claim", "id"))
        rows.append(
            {"part": "pair", "of": f"{claim} {name}", "kind": str(data.kind_of.values[i])}
            | {"replication": int(data.replication[j]), "first": float(data["first"][i])}
            | {"again": float(data.again[i, j]), "unit": str(data.unit.values[i])}
            | {"apart": float(data.distance[i, j]), "spread": float(data.spread[i])}
        )
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdicts on all kinds of intervals that have pairs, and on the outcomes."""
    found = [_verdict(data, kind) for kind in NAMES if int(data.pairs.sel(kind=kind))]
    return found + [_flipped(data, flip, least) for least, flip in enumerate(ALLOWED, start=1)]


def _named(claim: str, name: str) -> str:
    """A statement in a sentence; its name may be words of one."""
    return f"“{name}” of {claim}"


def _verdict(data: xr.Dataset, kind: str) -> Verdict:
    one, of = data.sel(kind=kind), of_kind(data, kind)
    claims = int(one.claims)
    difference, low, high = one.difference.values.tolist()
    far = np.where(of, np.abs(data.distance.values), -1.0)
    i = np.unravel_index(int(far.argmax()), far.shape)[0]
    spread = data.spread.values[of.any(axis=1) & np.isfinite(data.spread.values)]
    claim, name = (str(data[key].values[i]) for key in ("claim", "id"))
    count = int(agree(data.distance.values[of]).sum())
    finding = (
        f"{count:,} of {plural(int(one.pairs), 'pair')} of measurements from {plural(claims, 'experiment')} "
        f"{'agrees within its' if count == 1 else 'agree within their'} intervals. Weighted by experiment (with the "
        f"square root of its number of pairs), {float(one.agree):.1%} agree and "
        f"{float(one.expected_share):.1%} are expected. "
        f"The pair farthest apart, of {_named(claim, name)}, differs by {far.max():#.4g} times what its intervals "
        "allow."
    )
    if len(spread):
        finding += f" In the median, estimates vary {np.median(spread):.2f} times as widely as their intervals say."
    if kind == ALL:
        farthest, same = (int(data.pairs.sel(kind=other)) if other in data.kind else 0 for other in (EXTREME, FIXED))
        finding += (
            f" Not counted: {plural(farthest, 'pair')} for the most extreme of several estimates, and {same} on the "
            f"same data. {_how_often(data)}"
        )
    ends = (None, None) if np.isnan(low) else (low, high)
    few = claims < data.attrs["fewest"]
    statement = _agreement(kind, data.attrs["fewest"])
    return statement.verdict(finding, difference, *ends, n=claims, outcome=NOT_SETTLED if few else None)


def _how_often(data: xr.Dataset) -> str:
    """How many experiments were run again, with or without such intervals, and how many of them once."""
    runs = [int((own.change >= 0).any("estimate").sum()) for _, own in data.groupby("claim")]
    verb = "was" if len(runs) == 1 else "were"
    once = "once" if set(runs) == {1} else f"{runs.count(1)} of them once"
    return f"{plural(len(runs), 'experiment')} {verb} run again, {once}."


def _flipped(data: xr.Dataset, flip: str, least: int) -> Verdict:
    share, low, high = data.flips.sel(flip=flip).values.tolist()
    there = outcomes(data)
    other = there & (data.change.values >= least)
    some = np.flatnonzero(other.any(axis=1))
    which = [_named(data.claim.values[i], data.id.values[i]) for i in some]
    claims = len(set(data.claim.values[there.any(axis=1)]))
    count, named = int(other.sum()), f": {', '.join(which)}" if 0 < len(which) <= 8 else ""
    where = f", in {plural(len(which), 'statement')}{named}" if which else ""
    mended = [_named(claim, name) for claim, name in MENDED if claim in data.claim.values]
    rule, was = ("an earlier rule", "rule was") if len(mended) == 1 else ("earlier rules", "rules were")
    names = " and ".join(filter(None, [", ".join(mended[:-1]), *mended[-1:]]))
    of = f"the outcome{'s' * (len(mended) > 1)} of"
    told = f" Under {rule}, {of} {names} had turned round; the {was} then changed." if mended else ""
    weighted = "" if np.isnan(share) else f" Weighted by experiment, that is a share of {share:.1%}."
    few = claims < data.attrs["fewest"] or np.isnan(low)
    return _flips(flip, data.attrs["fewest"]).verdict(
        f"{f'{count:,}' if count else 'None'} of {plural(int(there.sum()), 'outcome')} {FLIPPED[flip]}{where}."
        f"{weighted}{told}",
        None if np.isnan(share) else share,
        *((None, None) if np.isnan(low) else (max(0.0, low), min(1.0, high))),
        n=claims or None,
        outcome=NOT_SETTLED if few else None,
    )
