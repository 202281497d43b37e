"""Outcomes as text for a terminal. Loads neither JAX nor xarray."""

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from experiments.lab.claims import Claim
from experiments.lab.results import read_json

OUTCOMES = ("reproduced", "partly", "not reproduced", "not settled")


def columns() -> int:
    return max(60, min(120, shutil.get_terminal_size((100, 24)).columns))


def counts(verdicts: Iterable[dict[str, Any]]) -> str:
    """`3 reproduced, 1 not settled`."""
    found = [one["outcome"] for one in verdicts]
    return ", ".join(f"{found.count(kind)} {kind}" for kind in OUTCOMES if kind in found) or "no verdict"


def aligned(rows: Sequence[Sequence[Any]], last: int = 0) -> str:
    """Columns of equal width; with `last`, what the last one holds is wrapped to the width of the terminal."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)][: -1 if last else None]
    lines = []
    for row in cells:
        head = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        room = max(last, columns() - len(head) - 2)
        tail = textwrap.wrap(row[-1], room) or [""] if last else []
        lines += [f"{head}  {tail[0]}".rstrip() if last else head.rstrip()]
        lines += [" " * (len(head) + 2) + more for more in tail[1:]]
    return "\n".join(lines)


def listing(claims: Sequence[Claim], committed: Path) -> str:
    """A line for each claim: its name, how long FULL took, its outcomes, and its question."""
    rows = [("experiment", "FULL", "outcomes", "question")]
    for claim in claims:
        folder = claim.folder(committed)
        run, verdicts = read_json(folder / "run.json"), read_json(folder / "verdicts.json") or []
        took = duration(run["seconds"]) if run else "-"
        rows.append((claim.name, took, "not run" if run is None else counts(verdicts), claim.question))
    return aligned(rows, 30)


def statements(verdicts: Iterable[dict[str, Any]]) -> str:
    """Each statement with its outcome, its finding and its rule."""
    rows = [(one["outcome"].upper(), f"{one['claim']} {one['finding']} {one['rule']}") for one in verdicts]
    return aligned(rows, 40) if rows else ""


def comparison(before: tuple[Any, Any], after: tuple[Any, Any]) -> str:
    """The settings that differ from those of the committed results, and what each statement came to."""
    if None in before:
        return "There are no committed results to compare with."
    (run, verdicts), (own_run, own_verdicts) = before, after
    changed = [name for name, value in own_run["config"].items() if run["config"].get(name) != value]
    rows = [("setting", "committed", "here")]
    rows += [(name, run["config"].get(name), own_run["config"][name]) for name in changed]
    rows += [("all settings", "the same", "")] if not changed else []
    there, here = ({one["id"]: one for one in some} for some in (verdicts, own_verdicts))
    outcomes = [("statement", "committed", "here")]
    outcomes += [(name, *(came_to(one.get(name)) for one in (there, here))) for name in there | here]
    return f"{aligned(rows, 20)}\n\n{aligned(outcomes, 20)}"


def came_to(verdict: dict[str, Any] | None) -> str:
    """`reproduced: 0.4 [0.3, 0.5]`."""
    if verdict is None:
        return "-"
    ends = [verdict["low"], verdict["high"]]
    shown = [x if isinstance(x, str) else f"{x:.4g}" for x in (verdict["measured"], *ends) if x is not None]
    return f"{verdict['outcome']}: {shown[0]}" + (f" [{', '.join(shown[1:])}]" if ends[0] != ends[1] else "")


def duration(seconds: float) -> str:
    """`7.6 s`, `5 min` or `5.5 h`."""
    if seconds >= 100:
        return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
    return f"{seconds:.1f} s"
