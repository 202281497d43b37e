"""The workshop of the experiments. Here: verdicts, and all that is told in text.

Importing this loads neither jax nor matplotlib, so that `--help` and `--list` answer at once.
"""

import json
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple

from experiments import Claim

REPRODUCED, PARTLY, NOT_REPRODUCED = "reproduced", "partly", "not reproduced"
OUTCOMES = (REPRODUCED, PARTLY, NOT_REPRODUCED)
_COLOURS = {REPRODUCED: "32", PARTLY: "33", NOT_REPRODUCED: "31"}


class Verdict(NamedTuple):
    """What one claim came to: a reference, what was measured, and the outcome of a rule written in code."""

    id: str  # short and unique within its claim module
    claim: str  # the claim in a sentence
    source: str  # where the claim or the reference is published: author, year, table or theorem
    reference: float | str | None  # the published value; words where the source gives no number
    measured: float | str | None  # the value found here
    low: float | None  # ends of the interval around `measured`
    high: float | None
    unit: str  # "" for a pure number
    verdict: str  # one of OUTCOMES
    command: str  # what makes this number again


class Outcome(NamedTuple):
    """What became of one claim in one folder."""

    name: str
    folder: Path
    figures: list[str]
    verdicts: list[Verdict]


def check_verdicts(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts as they came, or a ValueError that names the field, the value and what is allowed."""
    seen: set[str] = set()
    for v in verdicts:
        if not isinstance(v.id, str) or not v.id.strip() or v.id in seen:
            raise ValueError(f"verdict id {v.id!r}: must be text, not empty, and used once in its claim")
        seen.add(v.id)
        if v.verdict not in OUTCOMES:
            raise ValueError(f"verdict {v.verdict!r} of {v.id!r}: must be one of {', '.join(OUTCOMES)}")
        for field in ("claim", "source", "unit", "command"):
            if not isinstance(getattr(v, field), str):
                raise ValueError(f"{field} {getattr(v, field)!r} of {v.id!r}: must be text")
        for field, allowed in (("reference", str), ("measured", str), ("low", Real), ("high", Real)):
            value = getattr(v, field)
            if value is not None and not isinstance(value, (Real, allowed)):
                kinds = "a number, text or None" if allowed is str else "a number or None"
                raise ValueError(f"{field} {value!r} of {v.id!r}: must be {kinds}")
        if v.low is not None and v.high is not None and v.low > v.high:
            raise ValueError(f"low {v.low!r} of {v.id!r}: must not exceed high, {v.high!r}")
    return list(verdicts)


def verdict_table(verdicts: Sequence[Verdict], width: int = 100, colour: bool = False) -> str:
    """The verdicts as text of `width` columns, 60 or more: a row of values each, with its claim below it."""
    width = max(width, 60)
    outcome = len(NOT_REPRODUCED)
    reference = min(width * 22 // 100, max([9, *(len(_number(v.reference)) for v in verdicts)]))
    left = width - outcome - reference - 6
    measured = min(left * 3 // 5, max([8, *(len(_measured(v)) for v in verdicts)]))
    widths = (left - measured, measured, reference, outcome)
    lines = [*_row(("id", "measured", "reference", "verdict"), widths), "-" * width]
    for v in verdicts:
        rows = _row((v.id, _measured(v), _number(v.reference), v.verdict), widths)
        if colour:  # the outcome stands last in the first line, and nothing follows it
            rows[0] = rows[0].removesuffix(v.verdict) + f"\033[{_COLOURS[v.verdict]}m{v.verdict}\033[0m"
        lines += rows
        indent = "    "
        lines += textwrap.wrap(v.claim, width, initial_indent=indent, subsequent_indent=indent)
    return "\n".join(lines)


def count_verdicts(outcomes: Sequence[str]) -> str:
    """How often each outcome occurs, in words: `3 reproduced, 1 partly`; `no verdict` where there is none."""
    counts = [(sum(outcome == kind for outcome in outcomes), kind) for kind in OUTCOMES]
    return ", ".join(f"{count} {kind}" for count, kind in counts if count) or "no verdict"


def report(outcomes: Sequence[Outcome], failures: Sequence[tuple[str, Exception]]) -> None:
    """Print each claim's verdicts and where its files are, then what failed."""
    width = columns()
    terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    for name, folder, figures, verdicts in outcomes:
        print(f"\n{name}: {count_verdicts([v.verdict for v in verdicts])}")
        if verdicts:
            print(verdict_table(verdicts, width, colour=terminal and not os.environ.get("NO_COLOR")))
        text = f"in {short(folder)}/: table.csv, {', '.join(figures) or 'no figures'}"
        print(textwrap.fill(text, width, subsequent_indent="    ", break_on_hyphens=False))
    for name, error in failures:
        print(f"\nfailed: {name}: {type(error).__name__}: {error}", file=sys.stderr)
        if isinstance(error, ModuleNotFoundError):
            print("    the experiments need more packages: pip install -e '.[experiments]'", file=sys.stderr)


def short(path: Path) -> str:
    """`path` as seen from the working directory, where it lies below it."""
    return os.path.relpath(path) if Path(path).resolve().is_relative_to(Path.cwd()) else str(path)


def columns() -> int:
    """The width of the terminal, within reason; 100 where there is none."""
    return max(60, min(120, shutil.get_terminal_size(fallback=(100, 24)).columns))


def listing(claims: Sequence[Claim]) -> str:
    """A row per claim: its name and what it claims."""
    column = max([0, *(len(claim.name) for claim in claims)]) + 2
    rows = [_row((claim.name, claim.summary), (column, columns() - column - 2)) for claim in claims]
    return "\n".join("\n".join(row) for row in rows)


def markdown(claims: Sequence[Claim], results: Path) -> str:
    """The README's table: a row per claim, from the committed run.json and verdicts.json under `results`."""
    lines = ["| experiment | claim | command | time | verdicts |", "|---|---|---|---|---|"]
    for claim in claims:
        parts = claim.name.split(".")
        run, rows = (_read(results.joinpath(*parts, file)) for file in ("run.json", "verdicts.json"))
        command = run["command"] if run else f"python -m experiments {claim.name} --preset full"
        duration = _duration(run["seconds"]["total"]) if run else ""
        counts = "not yet run" if rows is None else count_verdicts([row["verdict"] for row in rows])
        link = f"[{claim.name}](experiments/{'/'.join(parts)}.py)"
        summary = claim.summary.replace("|", "\\|")
        lines.append(f"| {link} | {summary} | `{command}` | {duration} | {counts} |")
    return "\n".join(lines)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _duration(seconds: float) -> str:
    if seconds >= 100:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    height = max(len(lines) for lines in wrapped)
    columns = [lines + [""] * (height - len(lines)) for lines in wrapped]
    padded = [[line.ljust(width) for line in lines] for lines, width in zip(columns, widths, strict=True)]
    return ["  ".join(parts).rstrip() for parts in zip(*padded, strict=True)]


def _measured(v: Verdict) -> str:
    known = v.low is not None or v.high is not None
    interval = f"[{_number(v.low)}, {_number(v.high)}]" if known else ""
    return " ".join(part for part in (_number(v.measured), interval, v.unit) if part)


def _number(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or "-"
    # Four digits say enough of a fraction; a count such as 12345 is shown in full.
    whole = math.isfinite(value) and value == int(value)
    return f"{value:.0f}" if whole and abs(value) < 1e12 else f"{value:.4g}"
