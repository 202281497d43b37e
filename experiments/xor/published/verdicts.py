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
from experiments.xor.published import parity
from experiments.xor.published.config import Config
from experiments.xor.published.parity import ALPHA
from experiments.xor.published.rows import FIRST, MARGIN, PARITY, RESTART, ROWS
from experiments.xor.shared.sources import AI_TIMELINE
from nnjax import statistics

FEW = 0.3  # a published share whose Wilson interval is wider than this says little
FEW_RUNS = 5  # and so does the median of fewer runs
FAILURES = 10  # of the source, all with two outputs near one half
ALIKE = round(ALPHA ** (1 / FAILURES), 4)  # the share at which ten of ten have the probability ALPHA
# Rows of older data that repeat no published result: they do not count in the correction of other rows.
UNPUBLISHED = "prototype"
HUNDREDS = "pdp-local-minima"  # whose source gives no number of runs
TESTS = (
    "Two exact tests compare the networks with the source: of the share solved, and of the median epochs, as far as "
    f"both are given. A reading is consistent when neither p-value is below {ALPHA:g} after Holm's correction, which "
    "makes this easier. "
)
DECIDED = Rule(
    f"{TESTS}The reading with the source's own setting, which leaves nothing open, decides alone: reproduced when it "
    "is consistent, not reproduced when it is not, not settled where it was not repeated. The rule was changed after "
    "the first results: the first reading had decided, which was fixed before the source's code was read, and differs."
)
CONSISTENT = Rule(
    f"{TESTS}Reproduced when the first reading is consistent; not reproduced when all readings were repeated and none "
    "is; not settled when only another reading is, when the first is not and the others were not all repeated, or when "
    "the first is but the source has so few runs that little could contradict it (the 95% interval of its share is "
    f"wider than {FEW:g}, as with fewer than nine runs, or its median is of fewer than {FEW_RUNS} runs)."
)
MEAN_AGREES = Rule(
    "A published mean of an unknown number of runs cannot be tested, so a margin was fixed beforehand: a reading is "
    "consistent when all of the 95% bootstrap interval of our mean, over the networks that solve, lies within a "
    f"factor of {MARGIN:g} of the published one, inconsistent when none of it does, otherwise open. Reproduced when "
    "the first reading is consistent; not reproduced when all readings were repeated, all are inconsistent, and "
    "the margin would not be reached even if all the factors by which they bring the mean towards the published one "
    "were multiplied (by the near end of the product's 95% interval, with the readings as independent); otherwise not "
    "settled. Written after medians of such networks, to another criterion, had been "
    "seen. The condition on the product was added after the first results (which were called not reproduced): the "
    "readings change the open choices one or two at a time, and the source may have made several of them. Its "
    "interval was added later, when a replication showed that the product alone was decided by chance."
)
TOGETHER = "the open choices taken together, such as row by row from U(-1, 1)"
TWO_NEAR_HALF = Statement(
    id="ai-timeline-failures",
    claim="A 2-2-1 sigmoid network that fails at XOR, trained row by row, ends with two of its four outputs within "
    "0.05 of one half.",
    kind=PUBLISHED,
    source=f"{AI_TIMELINE}: all {FAILURES} failures",
    rule=Rule(
        f"Where the share is {ALIKE:g}, {FAILURES} of {FAILURES} such failures have a probability of {ALPHA:g}. "
        f"{rules.above(ALIKE, 'the 95% Wilson interval of the share').text}",
        rules.above(ALIKE).judge,
    ),
    reference=1.0,
    unit="of the stuck networks",
    settled_by="more networks that fail",
)


def statements(config: Config) -> list[Statement]:
    """One statement for each row, and for ai-timeline another about its failures."""
    alone = [one for name in config.rows if name in ROWS and not name.startswith(PARITY) for one in _of_row(name)]
    together = parity.rows_among(config.rows)
    return alone + ([parity.statement(together)] if together else [])


def _of_row(name: str) -> list[Statement]:
    row = ROWS[name]
    found = Statement(
        id=name,
        claim=row.claim,
        kind=PUBLISHED,
        source=row.source,
        rule=MEAN_AGREES if row.mean_epochs else DECIDED if row.decides else CONSISTENT,
        reference=row.solved[0] / row.solved[1] if row.solved else row.mean_epochs or row.typical_epochs,
        unit="of the networks solved" if row.solved else "epochs (mean)" if row.mean_epochs else "epochs (median)",
        settled_by=f"{TOGETHER}, or {row.settled_by}" if row.mean_epochs else row.settled_by,
        resolution=False,  # it is the source that has few runs
    )
    return [found, TWO_NEAR_HALF] if name == "ai-timeline-online" else [found]


def corrected(data: xr.Dataset) -> xr.Dataset:
    """The data with the smaller of each record's two p-values, corrected over all readings that decide (those of parity
    apart, see `parity.corrected`) or within its row, and whether it is consistent with its source, open, or decides. A
    mean has no p-value; see MEAN_AGREES."""
    p = np.stack([data.p_solved.values, data.p_epochs.values])
    out = np.full(p.shape, np.nan)
    names = data.row.values.tolist()
    deciding = [ROWS[name].deciding if name in ROWS else FIRST for name in names]
    first = data.reading.values == np.array(deciding)
    own, together = (np.array([name.startswith(kind) for name in names]) for kind in (UNPUBLISHED, PARITY))
    groups = [first & ~own & ~together, first & own] + [
        (data.row.values == name) & ~first for name in dict.fromkeys(names)
    ]
    for group in groups:
        where = group & np.isfinite(p)
        if where.any():
            out[where] = statistics.holm(p[where])
    out[:, first & together] = parity.corrected(data.isel(record=first & together))
    smallest = np.where(np.isfinite(out).any(axis=0), np.min(np.where(np.isnan(out), np.inf, out), axis=0), np.nan)
    inside, outside = _by_margin(data)
    open_ = np.isfinite(data.published_mean.values) & ~inside & ~outside
    return data.assign(
        p_corrected=("record", smallest),
        consistent=("record", (smallest >= ALPHA) | inside),
        open=("record", open_),
        decides=("record", first),
    )


def _by_margin(data: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Whether the interval of our mean lies within MARGIN of a published mean, and whether it lies outside [record]."""
    low, high = data.mean_low / data.published_mean, data.mean_high / data.published_mean
    inside = (low >= 1 / MARGIN) & (high <= MARGIN)
    return inside.values, ((high < 1 / MARGIN) | (low > MARGIN)).values


def table(data: xr.Dataset) -> list[dict]:
    """A row per reading."""
    data = corrected(data)
    columns = ["reading", "row", *(str(name) for name in data.data_vars if name not in ("reading", "row"))]
    return [{name: data[name].values[i].item() for name in columns} for i in range(data.sizes["record"])]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A verdict per published row, and for ai-timeline another on its failures."""
    data = corrected(data)
    found = []
    for name in dict.fromkeys(data.row.values.tolist()):
        if name not in ROWS or name.startswith(PARITY):
            continue
        records = data.isel(record=np.flatnonzero(data.row.values == name))
        found.append(_row(name, records))
        if name == "ai-timeline-online":
            found.append(_failures(records.isel(record=0)))
    return [*found, parity.verdict(data)] if parity.rows_among(data.row.values.tolist()) else found


def outcome(name: str, consistent: list[str], complete: bool) -> str:
    """The outcome of a row from its consistent readings; `complete` is whether all readings were repeated, or the one
    that decides alone."""
    if ROWS[name].deciding in consistent:
        return NOT_SETTLED if says_little(name) else REPRODUCED
    if ROWS[name].decides:
        return NOT_REPRODUCED if complete else NOT_SETTLED
    return NOT_REPRODUCED if complete and not consistent else NOT_SETTLED


def says_little(name: str) -> bool:
    """Whether the source has so few runs that a wide range of results would be consistent with it."""
    row = ROWS[name]
    if row.mean_epochs:
        return False  # nothing is known of the number of runs, so a margin decides
    if row.solved is None:
        return row.median_of < FEW_RUNS
    low, high = statistics.wilson(*row.solved)
    return bool(high - low > FEW)


def _row(name: str, records: xr.Dataset) -> Verdict:
    row = ROWS[name]
    consistent = [str(reading) for reading in records.reading.values[records.consistent.values]]
    first = records.isel(record=0)
    found = [records.isel(record=i) for i in np.flatnonzero(records.reading.values == row.deciding)]
    judged = found[0] if found else first
    share = (judged.solved / judged.seeds, *statistics.wilson(int(judged.solved), int(judged.seeds)))
    median = (judged.median_epochs, judged.median_low, judged.median_high)
    mean = (judged.mean_epochs, judged.mean_low, judged.mean_high)
    measured, low, high = (float(value) for value in (share if row.solved else mean if row.mean_epochs else median))
    others = [reading for reading in consistent if reading not in (FIRST, row.stated)]
    before = " (fixed before its code was read)" if row.decides else ""
    parts = [f"First reading of the source{before}: {_numbers(first, consistent)}"]
    stated = records.isel(record=records.reading.values == row.stated)
    if stated.sizes["record"]:
        near = "The source's own setting" if row.decides else f"Reading nearest to the source's code ({row.stated})"
        numbers = f"{near}: {_numbers(stated.isel(record=0), consistent)}"
        parts = [numbers, *parts] if row.decides else [*parts, numbers]
    if others:
        parts.append(f"Other readings consistent with the source: {', '.join(others)}.")
    if row.solved and says_little(name):
        least, most = statistics.wilson(*row.solved)
        parts.append(f"The source's {row.solved[1]} runs allow shares from {least:.2f} to {most:.2f} (95% interval).")
    if row.solved:
        difference = share_difference(int(judged.solved), int(judged.seeds), *row.solved)
        parts.append("Our share minus the source's: {:+.3f} [{:+.3f}, {:+.3f}].".format(*difference))
        if name == HUNDREDS and (runs := _all_reject(records, row.solved[1] - row.solved[0])):
            parts.append(
                f"The source speaks of “hundreds” of runs. If its {row.solved[1] - row.solved[0]} failures were among "
                f"{runs:,} to 1,000 runs instead of {row.solved[1]}, no reading would be consistent (p below {ALPHA:g} "
                "for each, not corrected)."
            )
    if row.missing:
        parts.append(row.missing)
    complete = {row.deciding, *(() if row.decides else row.readings)} <= set(records.reading.values.tolist())
    if not complete:
        parts.append(
            f"The reading “{row.stated}” was not repeated." if row.decides else "Not all readings were repeated."
        )
    product = together(records) if row.mean_epochs else None
    reached = product is not None
    if product is not None and complete and not consistent:
        parts.append(
            f"No reading's mean lies within a factor of {MARGIN:g} of the source's. If all changes that bring the mean "
            "nearer were made together and their factors multiplied, it would be "
            "{:,.0f} [{:,.0f}, {:,.0f}] epochs.".format(*product)
        )
    # An open reading could be consistent, and so could several choices together, so "none is" cannot be said.
    complete &= not bool(records.open.any()) and not reached
    judgement = outcome(name, consistent, complete)
    return _of_row(name)[0].verdict(" ".join(parts), measured, low, high, int(judged.seeds), outcome=judgement)


def _all_reject(records: xr.Dataset, failures: int) -> int:
    """The number of runs, in tens, from which on, up to 1,000, these failures differ from every reading; 0 if none."""
    every, least = list(zip(records.solved.values.tolist(), records.seeds.values.tolist(), strict=True)), 0
    for runs in range(1_000, 190, -10):
        if any(statistics.fisher_exact(*one, runs - failures, runs) >= ALPHA for one in every):
            break
        least = runs
    return least


def together(records: xr.Dataset) -> tuple[float, float, float] | None:
    """The mean of the first reading if all changes that move it towards the published mean were made together and their
    factors multiplied, with its 95% interval; None where not even this reaches the margin."""
    published = float(records.published_mean[0])
    means, low, high = (np.log(records[f"mean_{name}"].values / published) for name in ("epochs", "low", "high"))
    towards = (means < means[0] if means[0] > 0 else means > means[0])[1:]
    # The first reading's mean divides each of the factors.
    weights = np.array([1.0 - towards.sum(), *towards])
    product, half = float(weights @ means), float(np.sqrt(np.sum((weights * (high - low) / 2) ** 2)))
    margin = float(np.log(MARGIN))
    if not (product - half <= margin if means[0] > 0 else product + half >= -margin):
        return None
    middle, least, most = (published * float(np.exp(end)) for end in (product, product - half, product + half))
    return middle, least, most


def share_difference(successes: int, trials: int, others: int, other_trials: int) -> tuple[float, float, float]:
    """Difference of two shares with its 95% interval: Newcombe 1998, Statistics in Medicine 17, 873-890, method 10."""
    (low, high), (other_low, other_high) = statistics.wilson(successes, trials), statistics.wilson(others, other_trials)
    a, b = successes / trials, others / other_trials
    below, above = np.hypot(a - low, other_high - b), np.hypot(high - a, b - other_low)
    return a - b, float(a - b - below), float(a - b + above)


def _numbers(record: xr.Dataset, consistent: list[str]) -> str:
    """What one reading found, with the smaller of its p-values, before and after the correction."""
    name = str(record.row.item())
    if np.isfinite(record.published_mean):
        word = f"{'consistent' if bool(record.consistent) else 'inconsistent'} with the source"
        if bool(record.open):
            word = "which leaves open whether it is consistent with the source"
        return (
            f"{int(record.solved):,} of {int(record.seeds):,} networks learn XOR, in a mean of "
            f"{float(record.mean_epochs):,.0f} [{float(record.mean_low):,.0f}, {float(record.mean_high):,.0f}] epochs "
            f"(median {float(record.median_epochs):,.0f}), {word}."
        )
    p = min(float(value) for value in (record.p_solved, record.p_epochs) if np.isfinite(value))
    if name == RESTART:  # every chain of attempts ends with one that solves it, if not always in time
        late = int(record.solved) < int(record.seeds)
        solved = f"{int(record.solved):,} of {int(record.seeds):,} chains of attempts learn XOR"
        solved += f" within {ROWS[name].epochs:,} epochs" * late
    else:
        solved = f"{int(record.solved):,} of {int(record.seeds):,} networks learn XOR"
    median = f", in a median of {float(record.median_epochs):,.0f} epochs" if np.isfinite(record.median_epochs) else ""
    word = "consistent" if record.reading.item() in consistent else "inconsistent"
    tested = f"p = {p:.2g}, Holm-corrected {float(record.p_corrected):.2g}"
    return f"{solved}{median}, {word} with the source ({tested})."


def _failures(first: xr.Dataset) -> Verdict:
    stuck = int(first.seeds - first.solved)
    if not stuck:
        return TWO_NEAR_HALF.verdict("No network fails.", outcome=NOT_SETTLED)
    share = float(first.two_near_half)
    low, high = (float(value) for value in statistics.wilson(round(share * stuck), stuck))
    return TWO_NEAR_HALF.verdict(
        f"Of {stuck:,} networks that fail, {round(share * stuck):,} ({share:.1%} [{low:.1%}, {high:.1%}]) end with two "
        "of their four outputs within 0.05 of one half.",
        share, low, high, stuck,
    )  # fmt: skip
