"""The verdict on parity: the source's runs for all numbers of bits together, against chains of attempts in its setting.

A chain of attempts is a run as the source counts it: it starts again with new weights on a plateau, and ends with a
success or with its last epoch.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import scipy.stats
import xarray as xr

from experiments.lab.text import plural
from experiments.lab.verdicts import (
    NOT_REPRODUCED,
    NOT_SETTLED,
    PREDICTION,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.xor.published.rows import PARITY, ROWS, SETTLED_BY, SOURCE
from nnjax import statistics

ALPHA = 0.05
COUNTS = "the numbers of successes"
RULE = Rule(
    "Chains of attempts in the source's own setting decide, by exact tests: for all N together, the probability, given "
    "our shares, of all outcomes that are no more probable than the source's (beta-binomial for each N, Jeffreys' "
    f"prior); and for each N, of the median epochs. Reproduced when no p-value is below {ALPHA:g} after Holm's "
    "correction, which makes this easier; otherwise not reproduced; not settled where not every N was repeated in this "
    "setting. Written before it was repeated. Until November 2026 each N was judged alone, with other inputs, other "
    "starts and no restarts; the source's five runs for each settled nothing."
)


def rows_among(names: Iterable[str]) -> list[str]:
    """The rows of parity among these, by the number of bits."""
    known = set(names)
    return [name for name in ROWS if name.startswith(PARITY) and name in known]


def statement(names: Sequence[str]) -> Statement:
    """The statement on these rows."""
    rows = [ROWS[name] for name in names]
    solved = [row.solved[0] for row in rows if row.solved]
    medians = [f"{row.typical_epochs:,.0f}" for row in rows if row.typical_epochs]
    times = f" (in medians of {'; '.join(medians)} epochs)" if medians else ""
    return Statement(
        id="parity",
        claim=f"N-N-1 networks that start again on a plateau learn N-bit parity in {', '.join(map(str, solved))} of 5 "
        f"runs of up to 60,000 epochs each, for N = {', '.join(str(row.bits) for row in rows)}{times}.",
        kind=PUBLISHED,
        source=rows[0].source,
        rule=RULE,
        reference=sum(solved),
        unit=f"of {5 * len(rows)} runs, expected",
        settled_by=SETTLED_BY,
        interval=PREDICTION,
        resolution=False,
    )


def verdict(data: xr.Dataset) -> Verdict:
    """The verdict on all rows of parity in the data."""
    names = rows_among(data.row.values.tolist())
    told = statement(names)
    own = data.isel(record=np.isin(data.row.values, names) & (data.reading.values == SOURCE))
    there = own.row.values.tolist()
    if set(there) != set(names):
        return told.verdict("The source's own setting was not repeated for every N.", outcome=NOT_SETTLED)
    own = own.isel(record=[there.index(name) for name in names])
    if not own.seeds.values.all():
        return told.verdict("For some N no chain of attempts has ended.", outcome=NOT_SETTLED)
    tested, adjusted = _p_values(own)
    least = min(tested, key=lambda name: tested[name])
    parts = []
    for i in range(own.sizes["record"]):
        one = own.isel(record=i)
        bits, median = ROWS[str(one.row.item())].bits, float(one.median_epochs)
        when = f", median {median:,.0f} epochs" if np.isfinite(median) else ""
        parts.append(f"N = {bits}: {float(one.solved / one.seeds):.1%} of {plural(int(one.seeds), 'chain')}{when}")
    _, expected, low, high = table_p_value(*_counts(own))
    return told.verdict(
        "Chains of attempts in the source's own setting that learn parity in time, by number of bits: "
        f"{'; '.join(parts)}. Of {5 * len(names)} such runs {expected:.1f} are expected to, and {low} to {high} with a "
        f"probability of 95%; {told.reference} of the source's did. Of {plural(len(tested), 'p-value')} the least is "
        f"that of {least}: {tested[least]:.2g}, Holm-corrected {adjusted[least]:.2g}.",
        expected, low, high, int(own.seeds.sum()),
        outcome=REPRODUCED if min(adjusted.values()) >= ALPHA else NOT_REPRODUCED,
    )  # fmt: skip


def corrected(data: xr.Dataset) -> np.ndarray:
    """The p-values that decide, corrected [2, record]: that of the numbers of successes, which all share, and of the
    median of each; `data` has the records in the source's setting alone."""
    found = np.full((2, data.sizes["record"]), np.nan)
    if data.sizes["record"] and data.seeds.values.all():
        _, adjusted = _p_values(data)
        found[0] = adjusted[COUNTS]
        for i, name in enumerate(data.row.values.tolist()):
            found[1, i] = adjusted.get(_median(name), np.nan)
    return found


def _median(name: str) -> str:
    return f"the median at N = {ROWS[name].bits}"


def _p_values(data: xr.Dataset) -> tuple[dict[str, float], dict[str, float]]:
    """The p-values by what they test, as they are and after Holm's correction."""
    tested = {COUNTS: table_p_value(*_counts(data))[0]}
    for name, p in zip(data.row.values.tolist(), data.p_epochs.values, strict=True):
        if np.isfinite(p):
            tested[_median(name)] = float(p)
    return tested, dict(zip(tested, map(float, statistics.holm(list(tested.values()))), strict=True))


def _counts(data: xr.Dataset) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Successes and trials, of the source and of ours, of each record."""
    published = [solved for name in data.row.values.tolist() if (solved := ROWS[name].solved)]
    return published, list(zip(data.solved.values.tolist(), data.seeds.values.tolist(), strict=True))


def table_p_value(
    published: Sequence[tuple[int, int]], ours: Sequence[tuple[int, int]]
) -> tuple[float, float, int, int]:
    """The probability, given ours, of all tables of successes that are no more probable than the published (successes,
    trials); then the expected number of all successes, and the ends that hold it with a probability of 95% or more.
    """
    laws = [
        scipy.stats.betabinom.pmf(np.arange(trials + 1), trials, k + 0.5, n - k + 0.5)
        for (_, trials), (k, n) in zip(published, ours, strict=True)
    ]
    seen = np.prod([law[k] for law, (k, _) in zip(laws, published, strict=True)])
    every = total = np.array([1.0])
    for law in laws:
        every = np.outer(every, law).ravel()
        total = np.convolve(total, law)
    p_value = float(min(1.0, every[every <= seen * (1 + 1e-9)].sum()))
    low, high = (int(np.searchsorted(np.cumsum(total), q)) for q in (0.025, 0.975))
    return p_value, float(np.arange(len(total)) @ total), low, high
