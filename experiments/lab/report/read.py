"""What claims have written, for the page, the documentation and the README. A claim that is damaged hides no other."""

import html
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.lab import claims
from experiments.lab.claims import Claim
from experiments.lab.results import read_json, read_table
from experiments.lab.terminal import OUTCOMES

# A shape for each outcome, beside its word, so that colour is never its only sign.
SHAPES: dict[str, str] = dict(zip(OUTCOMES, "✓◐✗?", strict=True))
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
KINDS = ("theorem", "published", "textbook", "own")


class Result(NamedTuple):
    """A claim with its verdicts and run.json, empty where it has none, its figures, and the NAMES of its columns."""

    claim: Claim
    folder: Path
    verdicts: list[dict[str, Any]]
    run: dict[str, Any]
    figures: list[Path]  # in the order of FIGURES, the teaching one first
    columns: dict[str, str]

    def verdict(self, id: str) -> dict[str, Any]:
        """The verdict of this id; ValueError where there is none."""
        for row in self.verdicts:
            if row["id"] == id:
                return row
        raise ValueError(f"{self.claim.name} has no statement {id!r}")

    def caption(self, figure: Path) -> str:
        """The docstring of the function that draws a figure, which is also its text for readers who do not see it."""
        return " ".join(claims.docstring(self.claim.file, figure.stem).split())


def read(every: Sequence[Claim], base: Path) -> list[Result]:
    """The results of each claim below a folder of results; findings have powers of ten as people write them."""
    found = []
    for claim in every:
        folder = claim.folder(base)
        run, verdicts = read_json(folder / "run.json") or {}, read_json(folder / "verdicts.json") or []
        verdicts = [row | {"finding": in_powers(row["finding"])} for row in verdicts]
        names = claims.assigned(claim.file, "NAMES") or {}
        header = list(next(iter(read_table(folder / "table.csv")), {}))
        columns = {name: names[name] for name in header if name in names}
        order = claims.assigned(claim.file, "FIGURES", names=True) or []
        drawn = [folder / f"{name}{end}" for name in order for end in (".png", ".gif")]
        found.append(Result(claim, folder, verdicts, run, [path for path in drawn if path.exists()], columns))
    return found


def measured(row: dict[str, Any]) -> str:
    """`96.0% [94.6%, 97.0%]`: what a statement measured, with its interval where it has one."""
    from experiments.lab.verdicts import number, with_ends

    value, low, high = (row[name] for name in ("measured", "low", "high"))
    several = low is None  # numbers that have a median and no interval
    return in_powers(number(value, row) if several else with_ends(float(value), float(low), float(high), row))


def in_powers(text: str) -> str:
    """`1.15 × 10⁻¹³` for `1.15e-13`, and `1,230` for `1.23e+03`."""

    def written(found: re.Match[str]) -> str:
        power = int(found[2])
        return f"{float(found[0]):,.0f}" if 3 <= power <= 5 else f"{found[1]} × 10{str(power).translate(RAISED)}"

    return re.sub(r"(\d[\d.]*)e([+-]\d+)", written, text)


def protocol(result: Result) -> list[list[str]]:
    """The paragraphs of a claim's docstring after its first line, without its commands: of each the words before its
    list, and the items of the list."""
    parts = claims.docstring(result.claim.file).split("\n\n")[1:]
    lists = [re.split(r"^- ", part, flags=re.MULTILINE) for part in parts if not part.startswith("    ")]
    return [[" ".join(words.split()) for words in one] for one in lists]


def counts(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many statements came to each outcome."""
    outcomes = [row["outcome"] for row in rows]
    return {outcome: outcomes.count(outcome) for outcome in OUTCOMES}


def has_interval(row: dict[str, Any]) -> bool:
    """Whether a statement has an interval that may miss the true number."""
    from experiments.lab.verdicts import SHARE_OF_PUBLISHED

    if row["low"] is None or row["units"] == SHARE_OF_PUBLISHED:
        return False
    low, high = float(row["low"]), float(row["high"])
    return low < high and (math.isfinite(low) or math.isfinite(high))


def told(rows: Sequence[dict[str, Any]]) -> str:
    """How many statements there are, how they came out, and how far that can be trusted."""
    came_to = ", ".join(f"{number} {outcome}" for outcome, number in counts(rows).items())
    late = [row for row in rows if row["revised"]]
    confirmed = sum("confirmed" in row for row in late)
    intervals = sum(has_interval(row) for row in rows)
    return (
        f"All {len(rows)} statements: {came_to}. For {len(late)}, the rule was written or changed after data were "
        f"seen; {confirmed} of these were run again with unseen seeds, whose numbers stand here. Of "
        f"{intervals} intervals, about {0.05 * intervals:.0f} or more miss by chance."
    )


def badge(outcome: str) -> str:
    """An outcome as HTML: its shape and its word."""
    name = outcome.replace(" ", "-")
    return f'<span class="badge {name}"><span aria-hidden="true">{SHAPES[outcome]}</span> {html.escape(outcome)}</span>'
