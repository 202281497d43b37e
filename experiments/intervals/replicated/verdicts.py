"""What is claimed of our own intervals, the rules, and the verdicts."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from experiments.intervals.replicated.config import Config
from experiments.intervals.replicated.summary import ALL
from experiments.lab import rules
from experiments.lab.verdicts import AIM, NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, Rule, Statement, Verdict

MARGIN = 0.03  # how far agreement may lie below what is expected
CHANGED = 0.05  # the share of outcomes that may change
NAMES: Mapping[str, str] = {
    ALL: "all intervals", "share": "Wilson intervals of shares", "mean": "symmetric intervals of means",
    "ratio": "intervals of ratios, symmetric in the logarithm", "other": "all other intervals",
}  # fmt: skip


def _judge(measured: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return NOT_SETTLED
    return NOT_REPRODUCED if high < 0 else REPRODUCED if low >= -MARGIN else NOT_SETTLED


AGREE = Rule(
    "The share of pairs that agree, less the share that is expected of such intervals. Reproduced when all of its "
    f"interval over claims lies above -{MARGIN:g}, not reproduced when all of it lies below 0, otherwise (and with one "
    "claim alone) not settled. Where all of it lies between, it is not reproduced.",
    _judge,
)


def statements(config: Config) -> list[Statement]:
    """One for all intervals, one for each kind, and one for the outcomes."""
    return [*(_agreement(kind) for kind in NAMES), FLIPS]


def _agreement(kind: str) -> Statement:
    return Statement(
        id=kind,
        claim=f"Two measurements of one thing agree at least as often as they should: {NAMES[kind]}.",
        kind=AIM,
        source="",
        rule=AGREE,
        unit="share",
        settled_by="more claims with such intervals, or more replications of them",
    )


FLIPS = Statement(
    id="outcomes",
    claim="With other chance at most one outcome in twenty is another, of those whose numbers chance changes.",
    kind=AIM,
    source="",
    rule=rules.below(CHANGED),
    unit="share",
    settled_by="more replications",
)


def table(data: xr.Dataset) -> list[dict[str, object]]:
    """A row for each kind of interval, and one for each claim."""
    rows = [
        {
            "of": NAMES[str(kind)],
            "claims": int(data.claims.sel(kind=kind)),
            "pairs": int(data.pairs.sel(kind=kind)),
            **{f"agree_{q}": float(data.agree.sel(kind=kind, quantity=q)) for q in data["quantity"].values},
            "expected": float(data.agree_expected.sel(kind=kind)),
        }
        for kind in data.kind.values
    ]
    return [*rows, *(_of_claim(data, str(claim)) for claim in np.unique(data.claim.values))]


def _of_claim(data: xr.Dataset, claim: str) -> dict[str, object]:
    own = data.sel(pair=(data.claim == claim).values)
    used = own.distance.dropna("pair")
    return {
        "of": claim,
        "pairs": used.size,
        "agree_share": float((abs(used) <= 1).mean()) if used.size else None,
        "expected": float(own.expected.mean()) if used.size else None,
        "outcomes_changed": int((own.outcome != own.other_outcome).sum()),
        "outcomes": own.sizes["pair"],
    }


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Those for which there are pairs."""
    found = [_verdict(data, kind) for kind in NAMES if int(data.pairs.sel(kind=kind))]
    share, low, high = data.changed.values.tolist()
    data = data.sel(pair=data.random.values)
    other = (data.outcome != data.other_outcome).values
    which = sorted({f"{c} {i}" for c, i in zip(data.claim.values[other], data.id.values[other], strict=True)})
    named = f": {', '.join(which)}" if 0 < len(which) <= 8 else ""
    finding = f"{int(other.sum())} of {other.size} outcomes are others, in {len(which)} statements{named}."
    ends = (0.0, 1.0) if np.isnan(low) else (low, high)  # one claim alone settles nothing
    return [*found, FLIPS.verdict(finding, share, *ends, n=len(set(data.claim.values)))]


def _verdict(data: xr.Dataset, kind: str) -> Verdict:
    one = data.sel(kind=kind)
    difference, low, high = one.difference.values.tolist()
    used = data.distance.notnull() & ((data.kind_of == kind) | (kind == ALL))
    far = data.sel(pair=used.values)
    worst = abs(far.distance).argmax("pair")
    finding = (
        f"{100 * float(one.agree[0]):.1f} % of {int(one.pairs)} pairs of {int(one.claims)} claims agree, each claim "
        f"counting alike; {100 * float(one.agree_expected):.1f} % are expected. The widest apart is "
        f"{far.claim.values[worst]} {far.id.values[worst]}, by {abs(float(far.distance[worst])):.2g} times what its "
        "intervals allow."
    )
    ends = (None, None) if np.isnan(low) else (low, high)
    return _agreement(kind).verdict(finding, difference, *ends, n=int(one.claims))
