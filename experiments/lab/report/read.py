"""Read what claims have written, and say what is damaged: a claim that cannot be read does not hide the others."""

import ast
import csv
import json
import shlex
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from experiments.lab import estimates
from experiments.lab.claims import Claim, literal
from experiments.lab.report.measured_again import with_replications
from experiments.lab.text import one_line
from experiments.lab.verdicts import INTERVALS, KINDS, OUTCOMES, Verdict

NOT_RUN, DAMAGED, NOT_TESTED = "not yet run", "cannot be read", "not tested"
_TEXTS = (
    "id", "claim", "kind", "source", "rule", "finding", "unit", "outcome", "command", "interval", "fixed", "direction",
    "published_size",
)  # fmt: skip
_NUMBERS = ("low", "high")
_EITHER = ("reference", "measured")
_MOST_CHARACTERS = 200  # of a message about a damaged file


@dataclass(frozen=True)
class Result:
    """One claim in one folder of results. What cannot be read is empty, and `problems` names it."""

    claim: Claim
    folder: Path
    command: str  # makes the results, or makes them anew
    verdicts: list[Verdict] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)  # run.json
    figures: list[Path] = field(default_factory=list)
    table: Path | None = None
    columns: dict[str, str] = field(default_factory=dict)  # what the columns of the table say, where the claim tells
    captions: dict[str, str] = field(default_factory=dict)  # of figures, by their names, where the claim is one file
    problems: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """`not yet run`; `cannot be read` if there are problems and no verdicts; else ""."""
        if not self.problems:
            return ""
        return NOT_RUN if self.problems == [NOT_RUN] else "" if self.verdicts else DAMAGED


def read(claims: Sequence[Claim], results: Path, options: Sequence[str] = ()) -> list[Result]:
    """The result of each claim below `results`; `options` are those of the command that writes there.

    The findings say where a replication came to another outcome.
    """
    found = [_read(claim, claim.folder_in(results), options) for claim in claims]
    try:
        again = estimates.in_file(results)
        return [
            replace(one, verdicts=with_replications(one.claim, one.verdicts, again.get(one.claim.name, {})))
            for one in found
        ]
    except (OSError, ValueError, LookupError, TypeError, OverflowError, csv.Error):  # damaged: it must hide no result
        return found


def _read(claim: Claim, folder: Path, options: Sequence[str]) -> Result:
    command = shlex.join(["python", "-m", "experiments", claim.name, *options])
    # A subfolder holds parts of a run that is under way, which are not results yet.
    there = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    files = sorted(path.name for path in there if not path.name.startswith("."))
    if not files:
        return Result(claim, folder, command, problems=[NOT_RUN])
    problems: list[str] = []
    verdicts, run = (_checked(folder / name, check, problems) for name, check in _CHECKS.items())
    drawn = [folder / name for name in files if name.endswith(".png")]
    figures = [path for path in drawn if _is_png(path)]
    problems += [f"{path.name} cannot be read" for path in drawn if path not in figures]
    problems += [] if drawn else ["there is no figure"]
    problems += [] if "table.csv" in files else ["table.csv is missing"]
    # A run with other settings is repeated by its own command, with results in the same folder.
    where = options[2:] if list(options[:2]) == ["--preset", "full"] else options
    made_by = run["command"] if run else verdicts[0].command if verdicts else ""
    command = " ".join([made_by, *map(shlex.quote, where)]) if made_by else command
    table = folder / "table.csv" if "table.csv" in files else None
    columns = _of_names(claim, table, problems) if claim.is_file else _columns(claim.path / "columns.toml", problems)
    return Result(
        claim, folder, command, verdicts or [], run or {}, figures, table, columns, _captions(claim), problems
    )  # fmt: skip


def _checked(path: Path, check: Any, problems: list[str]) -> Any:
    """What `check` makes of a JSON file; None where it is missing or damaged, which is added to `problems`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(found, ensure_ascii=False).encode()  # fails for a lone surrogate, which cannot be written
        return check(found)
    except FileNotFoundError:
        problems.append(f"{path.name} is missing")
    except (OSError, ValueError, RecursionError) as error:
        problems.append(f"{path.name} cannot be read: {one_line(error)[:_MOST_CHARACTERS]}")
    return None


def _columns(path: Path, problems: list[str]) -> dict[str, str]:
    """What the columns of a claim's table say; {} where no file tells, or a damaged one, which becomes a problem."""
    try:
        return {name: str(words) for name, words in tomllib.loads(path.read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        problems.append(f"{path.name} cannot be read: {one_line(error)[:_MOST_CHARACTERS]}")
        return {}


def _of_names(claim: Claim, table: Path | None, problems: list[str]) -> dict[str, str]:
    """What the columns of a table say by the NAMES of a claim that is one file, which must be a literal."""
    try:
        names = literal(claim.path, "NAMES", {})
        header = [] if table is None else next(csv.reader(table.read_text(encoding="utf-8").splitlines()), [])
    except (OSError, SyntaxError, ValueError, csv.Error) as error:
        problems.append(f"NAMES of {claim.path.name} cannot be read: {one_line(error)[:_MOST_CHARACTERS]}")
        return {}
    return {column: names[column] for column in header if column in names}


def _captions(claim: Claim) -> dict[str, str]:
    """The docstrings of the functions of a claim that is one file, some of which draw its figures."""
    if not claim.is_file:
        return {}
    try:
        tree = ast.parse(claim.path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError):  # running it tells more
        return {}
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {one.name: " ".join((ast.get_docstring(one) or "").split()) for one in functions}


def _is_png(path: Path) -> bool:
    """Whether a file begins and ends as a PNG does."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return content.startswith(b"\x89PNG\r\n\x1a\n") and content.endswith(b"IEND\xaeB`\x82")


def _verdicts(rows: Any) -> list[Verdict]:
    if not isinstance(rows, list):
        raise ValueError("it holds no list of verdicts")
    return [_verdict(row) for row in rows]


def _verdict(row: Any) -> Verdict:
    try:
        one = Verdict(**row)
    except TypeError:
        raise ValueError("a verdict lacks a field, or has one too many") from None
    for name, allowed in (*((n, (str,)) for n in _TEXTS), *((n, (str, int, float)) for n in (*_EITHER, *_NUMBERS))):
        value = getattr(one, name)
        # NaN was written as null, an infinity as a string.
        if not (isinstance(value, allowed) or (value is None and name not in _TEXTS)):
            raise ValueError(f"{name} of a verdict is {value!r}")
    if one.kind not in KINDS or one.outcome not in OUTCOMES or not (one.n is None or isinstance(one.n, int)):
        raise ValueError(f"kind, outcome or n of a verdict is {one.kind!r}, {one.outcome!r}, {one.n!r}")
    if one.interval not in INTERVALS or not isinstance(one.level, float) or not 0 < one.level < 1:
        raise ValueError(f"interval or level of a verdict is {one.interval!r}, {one.level!r}")
    return one


def _run(run: Any) -> dict[str, Any]:
    """Check the entries of run.json that the page shows, and return it all."""
    kinds = {"command": str, "date": str, "config": dict, "seconds": dict, "versions": dict}
    if not isinstance(run, dict):
        raise ValueError("it holds no settings")
    for name, kind in kinds.items():
        if not isinstance(run.get(name), kind):
            raise ValueError(f"{name} is {run.get(name)!r}")
    if not isinstance(run["seconds"].get("total"), (int, float)):
        raise ValueError("seconds has no total")
    return run


_CHECKS = {"verdicts.json": _verdicts, "run.json": _run}
