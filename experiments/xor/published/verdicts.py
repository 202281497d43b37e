"""The table and the verdicts of `xor.published`: whether each published result is consistent with its repetition."""

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.verdicts import (
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.xor.published.config import Config
from experiments.xor.published.rows import FIRST, RESTART, ROWS
from experiments.xor.shared.sources import AI_TIMELINE
from nnjax import statistics

ALPHA = 0.05
FEW = 0.3  # a published share whose Wilson interval is wider than this says little
FEW_RUNS = 5  # and so does the median of fewer runs
FAILURES = 10  # of the source, all alike
ALIKE = round(ALPHA ** (1 / FAILURES), 4)  # the share of which ten of ten are still likely enough
# Rows of older data that repeat no published result: they make no other row's correction harder.
UNPUBLISHED = "prototype"
CONSISTENT = Rule(
    "Two exact tests compare the networks with the source: of the share solved, and of the median epochs, as far as "
    f"both are given. A reading is consistent when neither p-value is below {ALPHA:g} after Holm's correction. "
    "Reproduced when the first reading is consistent; not reproduced when all readings were repeated and none is; not "
    "settled when only another reading is, when the first is not and the others were not all repeated, or when the "
    "first is but the source has so few runs that little could contradict it (the 95 % interval of its share is wider "
    f"than {FEW:g}, or its median is of fewer than {FEW_RUNS} runs)."
)
TWO_NEAR_HALF = Statement(
    id="ai-timeline-failures",
    claim="A 2-2-1 sigmoid network that fails at XOR, trained row by row, ends with two of its four outputs within "
    "0.05 of one half.",
    kind=PUBLISHED,
    source=f"{AI_TIMELINE}: all {FAILURES} failures",
    rule=Rule(
        f"Where the share is {ALIKE:g}, {FAILURES} of {FAILURES} such failures have a probability of {ALPHA:g}. "
        f"{rules.above(ALIKE, 'the 95 % Wilson interval of the share').text}",
        rules.above(ALIKE).judge,
    ),
    reference=1.0,
    unit="of the stuck networks",
    settled_by="more networks that fail",
)


def statements(config: Config) -> list[Statement]:
    """One for each row, and for ai-timeline also what its failures look like."""
    return [one for name in config.rows if name in ROWS for one in _of_row(name)]


def _of_row(name: str) -> list[Statement]:
    row = ROWS[name]
    found = Statement(
        id=name,
        claim=row.claim,
        kind=PUBLISHED,
        source=row.source,
        rule=CONSISTENT,
        reference=row.solved[0] / row.solved[1] if row.solved else row.typical_epochs,
        unit="of the networks solved" if row.solved else "epochs (median)",
        settled_by=row.settled_by,
        resolution=False,  # it is the source that has few runs
    )
    return [found, TWO_NEAR_HALF] if name == "ai-timeline-online" else [found]


def corrected(data: xr.Dataset) -> xr.Dataset:
    """The smaller of a record's two p-values, corrected: over all first readings, or within its row."""
    p = np.stack([data.p_solved.values, data.p_epochs.values])
    out = np.full(p.shape, np.nan)
    first = data.reading.values == FIRST
    own = np.array([name.startswith(UNPUBLISHED) for name in data.row.values.tolist()])
    groups = [first & ~own, first & own] + [
        (data.row.values == name) & ~first for name in dict.fromkeys(data.row.values)
    ]
    for group in groups:
        where = group & np.isfinite(p)
        if where.any():
            out[where] = statistics.holm(p[where])
    smallest = np.where(np.isfinite(out).any(axis=0), np.min(np.where(np.isnan(out), np.inf, out), axis=0), np.nan)
    return data.assign(p_corrected=("record", smallest), consistent=("record", smallest >= ALPHA))


def table(data: xr.Dataset) -> list[dict]:
    """A row per reading."""
    data = corrected(data)
    columns = ["reading", "row", *(str(name) for name in data.data_vars if name not in ("reading", "row"))]
    return [{name: data[name].values[i].item() for name in columns} for i in range(data.sizes["record"])]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A verdict per published row; for ai-timeline also what its failures look like."""
    data = corrected(data)
    found = []
    for name in dict.fromkeys(data.row.values.tolist()):
        if name not in ROWS:
            continue
        records = data.isel(record=np.flatnonzero(data.row.values == name))
        found.append(_row(name, records))
        if name == "ai-timeline-online":
            found.append(_failures(records.isel(record=0)))
    return found


def outcome(name: str, consistent: list[str], complete: bool) -> str:
    """The outcome of a row from the readings that are consistent with it, and whether all were repeated."""
    if FIRST in consistent:
        return NOT_SETTLED if says_little(name) else REPRODUCED
    return NOT_REPRODUCED if complete and not consistent else NOT_SETTLED


def says_little(name: str) -> bool:
    """Whether the source has so few runs that a wide range of results would be consistent with it."""
    row = ROWS[name]
    if row.solved is None:
        return row.median_of < FEW_RUNS
    low, high = statistics.wilson(*row.solved)
    return bool(high - low > FEW)


def _row(name: str, records: xr.Dataset) -> Verdict:
    row, first = ROWS[name], records.isel(record=0)
    consistent = [str(reading) for reading in records.reading.values[records.consistent.values]]
    share = (first.solved / first.seeds, *statistics.wilson(int(first.solved), int(first.seeds)))
    median = (first.median_epochs, first.median_low, first.median_high)
    measured, low, high = (float(value) for value in (share if row.solved else median))
    others = [reading for reading in consistent if reading not in (FIRST, row.stated)]
    parts = [_numbers(first, consistent)]
    stated = records.isel(record=records.reading.values == row.stated)
    if stated.sizes["record"]:
        parts.append(f"Nearest to the source's code ({row.stated}): {_numbers(stated.isel(record=0), consistent)}")
    if others:
        parts.append(f"Other consistent readings: {', '.join(others)}.")
    if row.solved and says_little(name):
        least, most = statistics.wilson(*row.solved)
        parts.append(f"The source's {row.solved[1]} runs allow shares from {least:.2f} to {most:.2f}.")
    complete = records.sizes["record"] > 1 or not row.readings
    if not complete:
        parts.append("The other readings were not repeated.")
    found = outcome(name, consistent, complete)
    return _of_row(name)[0].verdict(" ".join(parts), measured, low, high, int(first.seeds), outcome=found)


def _numbers(record: xr.Dataset, consistent: list[str]) -> str:
    """What one reading found, with the smaller of its p-values, before and after the correction."""
    p = min(float(value) for value in (record.p_solved, record.p_epochs) if np.isfinite(value))
    if record.row.item() == RESTART:  # every chain of attempts ends with one that solves it
        solved = f"{int(record.solved):,} chains of attempts"
    else:
        solved = f"{int(record.solved):,} of {int(record.seeds):,} networks solve it"
    median = f", median {float(record.median_epochs):,.0f} epochs" if np.isfinite(record.median_epochs) else ""
    word = "consistent" if record.reading.item() in consistent else "inconsistent"
    return f"{solved}{median} (p = {p:.2g}, corrected {float(record.p_corrected):.2g}): {word}."


def _failures(first: xr.Dataset) -> Verdict:
    stuck = int(first.seeds - first.solved)
    if not stuck:
        return TWO_NEAR_HALF.verdict("No network fails.", outcome=NOT_SETTLED)
    share = float(first.two_near_half)
    low, high = (float(value) for value in statistics.wilson(round(share * stuck), stuck))
    return TWO_NEAR_HALF.verdict(
        f"So end {round(share * stuck):,} of {stuck:,} networks that fail ({share:.1%} [{low:.1%}, {high:.1%}]).",
        share, low, high, stuck,
    )  # fmt: skip
