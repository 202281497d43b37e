"""The table and the verdicts of `learning_from_data.published`."""

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    LEVEL,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    PREDICTION,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)
from experiments.learning_from_data.published.config import ADDER, SPIRALS, Config
from experiments.learning_from_data.published.rows import FIRST, ROWS, SHAKEN, Number
from experiments.learning_from_data.shared import prediction
from nnjax import statistics

PREDICTED = Rule(
    "Each number of the row is held against the interval of prediction that the first reading gives for as many runs "
    "as the source had (95% for all numbers of the row together, Bonferroni). Reproduced when all lie inside, partly "
    "when some do, otherwise not reproduced."
)
MOST_CUT = 0.05  # the share of networks that may be cut off
CUT = (
    f"Not settled where more than one in {1 / MOST_CUT:.0f} of our networks is cut off, as its trials are used up "
    "before it has ended."
)
PLATEAU = "That no network may stop on the plateau at the start was added after 40 had been seen to do so."
LATER = "Iterations were not judged while ours had at most 1,000 trials, of which nearly all networks were cut off."
MORE_TRIALS, POINTS = "more trials of Levenberg-Marquardt", "the points of two spirals"
RIGHT = Statement(
    id="spirals: right answers",
    claim="The 192.49 of 193 test points that the source counts on two spirals are right answers: the output is nearer "
    "to the point's own target than to the other one.",
    kind=PUBLISHED,
    source=ROWS[SPIRALS[0]].source,
    rule=Rule(
        prediction.rule(192.49, "mean of 192.49", 100).text + f" {CUT} Written after the code had been read, by which "
        "every point of target 0 counts as right, and four networks had been seen.",
        prediction.rule(192.49, "mean of 192.49", 100).judge,
    ),
    reference=192.49,
    unit="test points",
    settled_by=MORE_TRIALS,
    interval=PREDICTION,
    fixed=POINTS,
)
GRADED = Statement(
    id="graded values",
    claim="The outputs of the hidden unit of the 2-1-4 network for the four patterns are 0, 0.2, 0.6 and 1.",
    kind=PUBLISHED,
    source=f"{sources.RUMELHART}, as told in {ROWS[SHAKEN].source} (one network)",
    rule=Rule(
        "A value holds where the mean over our solved networks at the same place lies within 0.1 of it. "
        + rules.every(4, "values").text,
        rules.every(4, "values").judge,
    ),
    reference="0, 0.2, 0.6, 1",
    unit="of 4 values",
)
PAPER = (0.0, 0.2, 0.6, 1.0)
MARGIN = 0.1
UNITS = Statement(
    id="three units learn, two stick",
    claim="Networks with three hidden units learn to add more often than networks with two.",
    kind=PUBLISHED,
    source=f"{sources.RUMELHART}, binary addition",
    rule=rules.above(0.0, "the 95% interval of the difference of the shares, paired by seed"),
    reference="more than 0",
    unit="of the networks",
    settled_by="more networks",
)


# What findings and figures call the numbers of a row.
NAMES = {
    "points counted": "test points counted", "points right": "test points right", "share": "share solved",
    "accuracy": "accuracy in %", "iterations": "mean iterations", "epochs": "median epochs", "sweeps": "median sweeps",
    **{f"value {i}": f"hidden value {i}" for i in (1, 2, 3, 4)},
}  # fmt: skip


def statements(config: Config) -> list[Statement]:
    """A statement for each row, and what else the sources say about the rows that are repeated."""
    found = [_of_row(name) for name in config.rows]
    found += [RIGHT] if SPIRALS[0] in config.rows else []
    found += [GRADED] if SHAKEN in config.rows else []
    return found + ([UNITS] if {ADDER[0], ADDER[1]} <= set(config.rows) else [])


def _of_row(name: str) -> Statement:
    row, text = ROWS[name], PREDICTED.text
    if name in SPIRALS:
        text = " ".join([text, CUT, PLATEAU, *([LATER] if name == SPIRALS[2] else [])])
    return Statement(
        id=name, claim=row.claim, kind=PUBLISHED, source=row.source, rule=Rule(text), reference=row.numbers[0].value,
        unit=row.unit, settled_by=MORE_TRIALS if name in SPIRALS else "", interval=PREDICTION,
        level=1 - (1 - LEVEL) / len(row.numbers), fixed=POINTS if name in SPIRALS else "",
    )  # fmt: skip


def record(data: xr.Dataset, name: str, reading: str = FIRST) -> dict[str, np.ndarray] | None:
    """What the runs of a row and reading have [run]; None where it was not repeated."""
    at = np.flatnonzero((data.row.values == name) & (data.reading.values == reading))
    if not len(at):
        return None
    one = data.isel(record=int(at[0]))
    kept = ~np.isnan(one.right.values)
    # The hidden values are those of one record alone.
    columns = [str(column) for column in data.data_vars if column != "values" or (name, reading) == (SHAKEN, FIRST)]
    return {column: one[column].values[kept] for column in columns}


def judged(name: str, found: dict[str, np.ndarray]) -> list[tuple[Number, float, float, float]]:
    """Each number of a row with ours and the ends of its prediction interval."""
    numbers = ROWS[name].numbers
    return [(one, *one.judged(found, len(numbers))) for one in numbers]


def table(data: xr.Dataset) -> list[dict]:
    """A row per number of each reading."""
    rows = []
    for name, reading in zip(data.row.values.tolist(), data.reading.values.tolist(), strict=True):
        found = record(data, name, reading)
        for one, ours, low, high in judged(name, found or {}):
            columns = {"right": "right", "counted by the source": "counted", "cut off": "cut"}
            extra = (
                {told: float(np.mean(found[of])) for told, of in columns.items()} if found and name in SPIRALS else {}
            )
            runs, inside = len(one.ours(found)) if found else 0, bool(low <= one.value <= high)
            rows.append({
                "row": name, "reading": reading, "number": one.what, "published": one.value, "published_runs": one.runs,
                "ours": ours, "predicted_low": low, "predicted_high": high, "runs": runs,
                "inside": None if np.isnan(ours) else inside, **dict.fromkeys(columns), **extra,
            })  # fmt: skip
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdicts on the rows that were repeated."""
    names = list(dict.fromkeys(data.row.values.tolist()))
    found = [_row(data, name) for name in names]
    found += [_right(data)] if SPIRALS[0] in names else []
    found += [_graded(data)] if SHAKEN in names else []
    return found + ([_units(data)] if {ADDER[0], ADDER[1]} <= set(names) else [])


def _row(data: xr.Dataset, name: str) -> Verdict:
    first = record(data, name)
    assert first is not None
    numbers = judged(name, first)
    inside = [low <= one.value <= high for one, _, low, high in numbers]
    words = [
        f"{NAMES.get(one.what, one.what)}: {told(ours)} here, {told(low)} to {told(high)} predicted for "
        f"{plural(one.runs, 'run')}, {told(one.value)} published"
        for one, ours, low, high in numbers
    ]
    lie = f"{sum(inside)} of {len(inside)} published numbers {'lies' if sum(inside) == 1 else 'lie'}"
    if len(inside) == 1:
        lie = f"The published number {'lies' if inside[0] else 'does not lie'}"
    text = f"{lie} in the interval that our {len(first['right']):,} networks predict. "
    text += f"{words[0][0].upper()}{'; '.join(words)[1:]}.{_cut(name, first)}"
    others = [str(r) for r in data.reading.values[data.row.values == name] if r != FIRST]
    parts = []
    for reading in others:
        found = record(data, name, reading) or {}
        again = judged(name, found)
        means = ", ".join(f"{NAMES.get(one.what, one.what)} {told(ours)}" for one, ours, _, _ in again[:2])
        within = sum(low <= one.value <= high for one, _, low, high in again)
        predicted = f"{within} of {len(again)} predicted"
        if len(again) == 1:
            predicted = "predicted" if within else "not predicted"
        cut = f", {_num_cut(found)} networks cut off" if name in SPIRALS else ""
        parts.append(f"{reading} ({means}; {predicted}{cut})")
    text += f" In other readings of the source: {'; '.join(parts)}." if parts else ""
    outcome = REPRODUCED if all(inside) else PARTLY if any(inside) else NOT_REPRODUCED
    outcome = NOT_SETTLED if _too_many_cut(name, first) else outcome
    _, ours, low, high = numbers[0]
    return _of_row(name).verdict(text, ours, low, high, len(first["right"]), outcome=outcome)


def _cut(name: str, found: dict[str, np.ndarray]) -> str:
    """A sentence: how many networks on the spirals were cut off; empty for other rows."""
    return f" Cut off before they ended: {_num_cut(found)} networks." if name in SPIRALS else ""


def _num_cut(found: dict[str, np.ndarray]) -> str:
    return f"{found['cut'].sum():.0f} of {len(found['cut'])}"


def _too_many_cut(name: str, found: dict[str, np.ndarray]) -> bool:
    return name in SPIRALS and bool(found["cut"].mean() > MOST_CUT)


def _right(data: xr.Dataset) -> Verdict:
    first = record(data, SPIRALS[0])
    assert first is not None
    low, high = prediction.of(first["right"], 100, np.mean)
    return RIGHT.verdict(
        f"Our {len(first['right']):,} networks are right on {first['right'].mean():.2f} of 193 test points in the mean "
        f"(from {first['right'].min():.0f} to {first['right'].max():.0f}). For 100 runs this predicts a mean from "
        f"{low:.2f} to {high:.2f}. The source's code, for which every point of target 0 is right, counts "
        f"{first['counted'].mean():.2f} for the same networks.{_cut(SPIRALS[0], first)}",
        float(first["right"].mean()), low, high, len(first["right"]),
        outcome=NOT_SETTLED if _too_many_cut(SPIRALS[0], first) else None,
    )  # fmt: skip


def _graded(data: xr.Dataset) -> Verdict:
    first = record(data, SHAKEN)
    assert first is not None
    values = first["values"][np.isfinite(first["time"])]
    mean = values.mean(axis=0) if len(values) else np.full(4, np.nan)
    near = np.abs(mean - np.array(PAPER)) <= MARGIN
    return GRADED.verdict(
        f"The mean hidden values of our {len(values):,} solved networks are {', '.join(f'{v:.3f}' for v in mean)}; "
        f"{near.sum()} of these {len(near)} lie within {MARGIN:g} of the paper's.",
        int(near.sum()), n=len(values) or None,
    )  # fmt: skip


def _units(data: xr.Dataset) -> Verdict:
    three, two = (record(data, name) for name in ADDER[:2])
    assert three is not None
    assert two is not None
    gain = statistics.paired_difference(three["right"] > 0, two["right"] > 0)
    return UNITS.verdict(
        f"{three['right'].mean():.1%} of {len(three['right']):,} networks with three hidden units learn to add, and "
        f"{two['right'].mean():.2%} of {len(two['right']):,} with two, the best of which has "
        f"{two['counted'].max() * 16:.0f} of 16 rows right.",
        gain.estimate, gain.low, gain.high, len(three["right"]),
    )  # fmt: skip


def told(value: float) -> str:
    """Iterations as whole numbers, points and percents with up to two decimals, shares with three digits."""
    if abs(value) >= 200:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.2f}".rstrip("0").rstrip(".")
