"""The table of the estimates of all replications, `results/replications/estimates.csv`, which is committed.

It has every verdict with its numbers, of the committed run (number 0) and of all replications with the same settings
and the same code of the claim; that of nnjax may differ. `gather` judges the replications on disk anew, by the current
rules. Rows of replications on other machines stay in the file as long as the code of the committed run is theirs and
the committed verdict of their statement has not changed since, apart from the columns of STATED. Their outcomes are
those of the rules by which they were judged last: data to judge them anew are not there.
"""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from experiments.lab import records, rules, text
from experiments.lab.claims import Claim
from experiments.lab.verdicts import Verdict

type Judged = Callable[[Claim, Path], list[Verdict]]
type Row = dict[str, str]

FOLDER, ESTIMATES = "replications", "estimates.csv"
# Columns that depend on the statement, not on data.
STATED: Sequence[str] = ("unit", "interval", "level", "fixed", "tuning")
LEFT_OUT = "left out"  # in the column `tuning`, otherwise empty: the interval does not include its randomness
COLUMNS: Sequence[str] = (
    "claim", "id", "replication", "measured", "low", "high", "unit", "n", "outcome", "interval", "level", "fixed",
    "tuning", "code",
)  # fmt: skip
UNKNOWN_CODE = "its committed results do not say by which code they were made"


def folder(results: Path, number: int) -> Path:
    """Where a replication has its results."""
    return results / FOLDER / str(number)


def check_committed(claims: Sequence[Claim], results: Path) -> None:
    """Check that `gather` would keep the rows of replications on other machines, which are nowhere else.

    Raises:
        ValueError: naming a claim that has such rows, and committed results that cannot be read.
    """
    found = in_file(results)
    for claim in claims:
        if set(found.get(claim.name, {})) - {0} and not _can_be_read(place := claim.folder_in(results)):
            raise ValueError(
                f"the results of {claim.name} in {text.relative(place)}/ cannot be read, and its replications in "
                f"{ESTIMATES} would be lost: restore run.json and verdicts.json first"
            )


def _can_be_read(place: Path) -> bool:
    try:
        return records.read_run(place) is not None and records.read_verdicts(place) is not None
    except ValueError:  # of another version
        return False


def gather(claims: Sequence[Claim], results: Path, judged: Judged) -> tuple[Path, list[str]]:
    """Write every verdict with its numbers, of the committed runs and of their replications.

    Args:
        judged: judges the data in a folder by the current rules.

    Returns:
        The file, and lines that say which replications and claims are not in it, and why.

    Raises:
        ValueError: before anything is written, from `check_committed`.
    """
    check_committed(claims, results)
    path = results / FOLDER / ESTIMATES
    path.parent.mkdir(parents=True, exist_ok=True)
    rows, left_out, without = [], [], []
    for claim in claims:
        found, why = _replications(claim, results, judged)
        if found:
            rows += [*committed_rows(claim, results), *(row for number in sorted(found) for row in found[number])]
        if why:
            left_out.append(f"left out of {claim.name}: {'; '.join(why)}")
        elif not found:
            without.append(claim.name)
    new = path.with_suffix(".new")
    with new.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    new.replace(path)  # the rows of other machines are nowhere else
    return path, [*left_out, *([f"without a replication: {', '.join(without)}"] if without else [])]


def _replications(claim: Claim, results: Path, judged: Judged) -> tuple[dict[int, list[Row]], list[str]]:
    """The rows of the replications of a claim that count, by number, and why others do not count."""
    parent = results / FOLDER
    numbers = {int(one.name) for one in parent.iterdir() if one.name.isdigit() and claim.folder_in(one).exists()}
    committed = ended_run(claim.folder_in(results))
    if committed is None:
        return {}, ["all, as it has no committed results"] if numbers else []
    if not _can_be_read(claim.folder_in(results)):
        return {}, ["all, as its committed results cannot be read"] if numbers else []
    if numbers and not committed.get("code"):
        return {}, [f"all, as {UNKNOWN_CODE}"]
    why: dict[str, list[int]] = {}
    earlier = _in_file(claim, results)
    found = earlier_rows(claim, results)
    if gone := sorted(set(earlier) - {0} - set(found) - numbers):
        why["of another machine, beside other committed results"] = gone
    for number in range(1, max(numbers, default=0) + 1):
        place = claim.folder_in(folder(results, number))
        run = ended_run(place)
        if run is None:
            if number not in found and number not in gone:
                why.setdefault("missing or not ended", []).append(number)
        elif run["config"] != committed["config"]:
            names = [name for name, value in run["config"].items() if value != committed["config"].get(name)]
            found.pop(number, None)
            why.setdefault(f"with other settings ({', '.join(names)})", []).append(number)
        elif (run.get("code") or {}).get("claim") != committed["code"]["claim"]:
            found.pop(number, None)
            why.setdefault("made by other code", []).append(number)
        else:
            try:
                verdicts = judged(claim, place)
            except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:  # it stops no other
                kept = "; its earlier rows stay" if number in found else ""
                why.setdefault(f"cannot be judged ({text.one_line(error)}){kept}", []).append(number)
            else:
                found[number] = rows_of(claim, number, verdicts, committed["code"]["claim"])
    for number, rows in found.items():
        if lost := {row["id"] for row in earlier.get(number, [])} - {row["id"] for row in rows}:
            why.setdefault(
                f"without {', '.join(sorted(lost))}, of which the committed verdict has changed or is gone", []
            ).append(number)
    return found, [f"{', '.join(map(str, which))} {reason}" for reason, which in why.items()]


def in_file(results: Path) -> dict[str, dict[int, list[Row]]]:
    """The rows of estimates.csv by claim and by replication, 0 being the committed run; none without that file."""
    path, found = results / FOLDER / ESTIMATES, {}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if missing := set(COLUMNS) - set(reader.fieldnames or ()):
                raise ValueError(
                    f"{text.relative(path)} has no column {', '.join(sorted(missing))}: it was written by an earlier "
                    "version. Restore the committed file, or move this one away and gather the replications again"
                )
            for row in reader:
                found.setdefault(row["claim"], {}).setdefault(int(row["replication"]), []).append(row)
    return found


def ended_run(place: Path) -> Any:
    """The run.json of a run that has written verdicts; None if either file is missing or cannot be read."""
    return None if records.read_json(place / "verdicts.json") is None else records.read_run(place)


def earlier_rows(claim: Claim, results: Path) -> dict[int, list[Row]]:
    """The replications of a claim in the file, without the statements of which the committed verdict has changed since.

    There are none if the committed run was made by other code. The columns of STATED are taken from the committed
    verdicts.
    """
    found, committed = _in_file(claim, results), {row["id"]: row for row in committed_rows(claim, results)}
    stated = {}
    for row in found.pop(0, []):
        now = committed.get(row["id"])
        if now and row["code"] == now["code"] and without_stated(row) == without_stated(now):
            stated[row["id"]] = {name: now[name] for name in STATED}
    kept = {
        number: [
            row | stated[row["id"]]
            for row in rows
            if row["id"] in stated and row["code"] == committed[row["id"]]["code"]
        ]
        for number, rows in found.items()
    }
    return {number: rows for number, rows in kept.items() if rows}


def without_stated(row: Row) -> Row:
    """A row without its code and the columns of STATED."""
    return {name: value for name, value in row.items() if name not in (*STATED, "code")}


def _in_file(claim: Claim, results: Path) -> dict[int, list[Row]]:
    """The rows that the file has of a claim, by replication, 0 being the committed run."""
    return in_file(results).get(claim.name, {})


def committed_rows(claim: Claim, results: Path) -> list[Row]:
    """The rows of a committed run. Verdicts of an earlier version may lack fields that have a default."""
    place = claim.folder_in(results)
    made_by = (ended_run(place) or {}).get("code") or {}
    return rows_of(claim, 0, records.read_verdicts(place) or [], made_by.get("claim", ""))


def rows_of(claim: Claim, number: int, verdicts: Sequence[Verdict], code: str = "") -> list[Row]:
    """The rows of the file, as text. `code` is the hash of the code that made the data."""
    found = []
    for verdict in verdicts:
        numbers = {name: written(getattr(verdict, name)) for name in ("measured", "low", "high")}
        n = "" if verdict.n is None else verdict.n
        tuning = LEFT_OUT if rules.WITHOUT_TUNING in verdict.rule else ""
        row = {**verdict._asdict(), **numbers, "n": n, "claim": claim.name, "replication": number}
        row |= {"tuning": tuning, "code": code}
        found.append({name: str(row[name]) for name in COLUMNS})
    return found


def written(value: Any) -> str:
    """A number, words where words were measured, and nan where there is neither."""
    return "nan" if value is None else value if isinstance(value, str) else f"{value:.12g}"
