"""Results as text for a terminal: a line for each claim, tables of verdicts and topics.

Loads neither jax nor matplotlib, so that `--help` and `--list` answer at once.
"""

import math
import os
import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.lab.checks import cut
from experiments.lab.claims import Claim
from experiments.lab.records import Recorded, read_run, seconds
from experiments.lab.verdicts import (
    AIM,
    LEVEL,
    NOT_REPRODUCED,
    NOT_SETTLED,
    OUTCOMES,
    PARTLY,
    PREDICTION,
    REPRODUCED,
    Verdict,
)  # fmt: skip

_MOST_OF_ERROR = 600  # of an error, in one line
_LEAST_WIDTH = 24  # of what a claim says, in a list that is then wider than a narrow terminal
_OF_AIMS = {REPRODUCED: "met", PARTLY: "partly met", NOT_REPRODUCED: "missed"}
_COLOURS = {REPRODUCED: "32", PARTLY: "33", NOT_REPRODUCED: "31", NOT_SETTLED: "36"}


class ClaimResult(NamedTuple):
    """The verdicts on one claim, and the names of its figures and further files, in one folder of results."""

    name: str
    folder: Path
    figures: list[str]
    verdicts: list[Verdict]


def claims_and_aims(verdicts: Sequence[Verdict]) -> tuple[list[Verdict], list[Verdict]]:
    """The verdicts on what others claim, and those on aims, which are our own and are counted apart."""
    return [v for v in verdicts if v.kind != AIM], [v for v in verdicts if v.kind == AIM]


def counts(verdicts: Sequence[Verdict]) -> str:
    """How often each outcome occurs: `3 reproduced, 1 partly; 2 of 3 aims met`."""
    claims, aims = ([v.outcome for v in part] for part in claims_and_aims(verdicts))
    parts = [", ".join(f"{claims.count(kind)} {kind}" for kind in OUTCOMES if kind in claims)] if claims else []
    if aims:
        parts.append(f"{aims.count(REPRODUCED)} of {len(aims)} aims met")
    return "; ".join(parts) or "no verdict"


def outcome(verdict: Verdict) -> str:
    """The outcome as a word: an aim is met, partly met or missed."""
    return _OF_AIMS.get(verdict.outcome, verdict.outcome) if verdict.kind == AIM else verdict.outcome


def topics(outcomes: Sequence[ClaimResult]) -> str:
    """A row for each topic: its claims, how many verdicts came to which outcome, and the aims apart."""
    header = ["topic", "experiments", *OUTCOMES, "aims met"]
    rows = []
    for topic in dict.fromkeys(one.name.partition(".")[0] for one in outcomes):
        mine = [one for one in outcomes if one.name.partition(".")[0] == topic]
        split = claims_and_aims([v for one in mine for v in one.verdicts])
        claims, aims = ([v.outcome for v in part] for part in split)
        met = f"{aims.count(REPRODUCED)} of {len(aims)}" if aims else "-"
        rows.append([topic, str(len(mine)), *(str(claims.count(kind)) for kind in OUTCOMES), met])
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = []
    for row in [header, *rows]:
        cells = [
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def verdict_table(verdicts: Sequence[Verdict], width: int = 100, colour: bool = False) -> str:
    """The verdicts as text of `width` columns, 60 or more: a row of values each, with claim and finding below it."""
    width = max(width, 60)
    widest = len(NOT_REPRODUCED)
    reference = min(width * 22 // 100, max([9, *(len(number(v.reference, v.unit)) for v in verdicts)]))
    left = width - widest - reference - 6
    measured = min(left * 3 // 5, max([8, *(len(with_interval(v)) for v in verdicts)]))
    widths = (left - measured, measured, reference, widest)
    lines = [*_row(("id", "measured", "reference", "outcome"), widths), "-" * width]
    for v in verdicts:
        rows = _row((v.id, with_interval(v), number(v.reference, v.unit), outcome(v)), widths)
        if colour:  # the outcome stands last in the first line, and nothing follows it
            rows[0] = rows[0].removesuffix(outcome(v)) + f"\033[{_COLOURS[v.outcome]}m{outcome(v)}\033[0m"
        lines += rows
        indent = "    "
        for text in (f"{v.kind.capitalize()}: {v.claim}", f"Found: {v.finding}"):
            lines += textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent + "  ")
    return "\n".join(lines)


def relative(path: Path) -> str:
    """`path` relative to the working directory if it lies below it; else as it is."""
    return os.path.relpath(path) if Path(path).resolve().is_relative_to(Path.cwd()) else str(path)


def columns() -> int:
    """The width of the terminal, at least 60 and at most 120; 100 where there is none."""
    return max(60, min(120, shutil.get_terminal_size(fallback=(100, 24)).columns))


def listing(claims: Sequence[Claim], results: Path) -> str:
    """A row per claim: its name, the time of FULL and what it claims. Those not about the textbook come last."""
    names, lines = max([0, *(len(claim.name) for claim in claims)]), []
    taken = [seconds(claim, results) for claim in claims]
    times = {claim: "" if time is None else duration(time) for claim, time in zip(claims, taken, strict=True)}
    widest = max([1, *map(len, times.values())])
    for engine, title in ((False, ""), (True, "the engine and our own intervals; these run when they are named:")):
        part = [claim for claim in claims if claim.engine is engine]
        lines += ["", title] if part and title else []
        for claim in part:
            asked = " (runs when it is named in full)" if claim.on_request else ""
            cells = (claim.name, times[claim].rjust(widest), claim.summary + asked)
            lines += _row(cells, (names, widest, max(_LEAST_WIDTH, columns() - names - widest - 4)))
    head = "experiment, time in full (--preset full; the quick form takes seconds to two minutes), claim:"
    return "\n".join([head, "", *lines, "", f"times: {full_times(claims, results)}"])


def full_times(claims: Sequence[Claim], results: Path) -> str:
    """`FULL of these 6 experiments took 7 min on 2 cores`, as their committed runs say."""
    runs = [run for one in claims if (run := read_run(one.folder_in(results)))]
    these = f"these {len(claims)} experiments" if len(claims) > 1 else claims[0].name
    if not runs:
        return f"FULL of {these} has not been run"
    cores = " or ".join(str(n) for n in sorted({run["cores"] for run in runs}))
    missing = "" if len(runs) == len(claims) else f", {len(claims) - len(runs)} of them not counted"
    return f"FULL of {these} took {duration(sum(run['seconds']['total'] for run in runs))} on {cores} cores{missing}"


def comparison(committed: Recorded, own: Recorded) -> str:
    """The settings that differ between two runs, and verdict by verdict what each came to."""
    if committed[0] is None:
        return "There are no committed results that can be read, so there is no comparison"
    configs, verdicts = [one[0]["config"] for one in (committed, own)], (committed[1], own[1])
    names = [name for name in configs[1] if configs[0].get(name) != configs[1][name]]
    rows = [
        ["setting", "committed", "here"],
        *([name, *(_setting(one.get(name)) for one in configs)] for name in names),
    ]
    rows = [*rows, ["", "", ""]] if names else [["settings", "are the same", "in both"], ["", "", ""]]
    rows += [["verdict", "committed", "here"]]
    rows += [[id, *(_came_to(one.get(id)) for one in verdicts)] for id in verdicts[0] | verdicts[1]]
    first = min(columns() // 3, max(len(row[0]) for row in rows))
    each = (columns() - first - 4) // 2
    return "\n".join(line for row in rows for line in _row(row, (first, each, each)))


def _setting(value: Any) -> str:
    return cut(" ".join(map(str, value)) if isinstance(value, list) else str(value))


def _came_to(v: Verdict | None) -> str:
    """`reproduced: 0.4 [0.3, 0.5]`; `-` where there is no verdict."""
    return "-" if v is None else f"{outcome(v)}: {with_interval(v)}"


def one_line(error: BaseException | str) -> str:
    """A message without line breaks, cut to the length of a few lines of a terminal."""
    text = " ".join(str(error).split())
    return text if len(text) <= _MOST_OF_ERROR else f"{text[: _MOST_OF_ERROR - 3]}..."


def duration(seconds: float) -> str:
    """`7.6 s`, `42 s`, `5 min` or `5 h 30 min`."""
    if seconds >= 7200:
        return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"
    if seconds >= 100:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def plural(number: int, word: str) -> str:
    """The number with its word in the singular or the plural: "3 rounds"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    height = max(len(lines) for lines in wrapped)
    columns = [lines + [""] * (height - len(lines)) for lines in wrapped]
    padded = [[line.ljust(width) for line in lines] for lines, width in zip(columns, widths, strict=True)]
    return ["  ".join(parts).rstrip() for parts in zip(*padded, strict=True)]


def with_interval(v: Verdict) -> str:
    """`40% [30%, 50%] of the networks`: what was measured, the interval where there is one, the unit."""
    interval = in_brackets(v, number(v.low, v.unit), number(v.high, v.unit))
    return " ".join(part for part in (number(v.measured, v.unit), interval, v.unit) if part)


def in_brackets(v: Verdict, low: str, high: str) -> str:
    """`[30%, 50%]`, the ends of a verdict's interval as they were formatted; "" where it has none.

    A prediction interval is marked, and so is a level other than 95%: `[30%, 50%; predicted, 99%]`.
    """
    if v.low is None and v.high is None:
        return ""
    level = [] if v.level == LEVEL else [f"{100 * v.level:.4g}%"]
    told = ", ".join([*(["predicted"] if v.interval == PREDICTION else []), *level])
    return f"[{low}, {high}{f'; {told}' if told else ''}]"


def number(value: float | str | None, unit: str = "") -> str:
    """A number as text: a share "of the networks" in percent, a count "of 18 cells" as a number. Words stay as they
    are; None and "" become `-`.
    """
    if value is None or isinstance(value, str):
        return value or "-"
    if unit.startswith("of ") and not unit[3:4].isdigit():
        return f"{100 * value + 0.0:.4g}%"  # no "-0%"
    # Four digits say enough of a fraction, which may then be whole; a count such as 12,345 is shown in full.
    if abs(value) < 10_000:
        value = float(f"{value:.4g}") + 0.0  # no "-0"
    whole = math.isfinite(value) and value == int(value)
    if not whole or abs(value) >= 1e12:
        return f"{value:.4g}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
