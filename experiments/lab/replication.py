"""Replications: runs of a claim with other chance (`experiments.lab.chance`), and a table of all their estimates.

Each replication lies in `results/replications/<number>/<topic>/<claim>/`, which git ignores. The committed file
`results/replications/estimates.csv` has every verdict with its numbers, of the committed run (number 0) and of all
replications with the same settings and the same code. `gather` judges the replications on disk anew, by the current
rules. Rows of replications on other machines stay in the file as long as the code of the committed run is theirs and
the committed verdict of their statement has not changed since, apart from the columns of STATED. Their outcomes are
those of the rules by which they were judged last: data to judge them anew are not there.
"""

import contextlib
import csv
import math
import shlex
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from experiments.lab import rules, text
from experiments.lab.claims import Claim
from experiments.lab.verdicts import CONFIDENCE, OUTCOMES, Verdict

# Columns that depend on the statement, not on data.
STATED: Sequence[str] = ("unit", "interval", "level", "fixed", "tuning")
LEFT_OUT = "left out"  # in the column `tuning`: the rule says that the interval does not include its randomness

type Judged = Callable[[Claim, Path], list[Verdict]]
type Row = dict[str, str]

FOLDER, ESTIMATES = "replications", "estimates.csv"
MOST = 500  # with so many, seeds stay distinct and below 2^32
AUTO = "auto"
_UNKNOWN_CODE = "its committed results do not say by which code they were made"
FEWEST_RUNS = 4  # runs, the committed one included, whose range is told
OTHERWISE = "with other seeds, data and splits"  # in findings to which a replication's other outcome is added
PATIENCE = 300.0  # seconds until a replication that was told to end is killed
# (seconds, count): AUTO makes so many replications of a claim whose committed run took less; none of longer ones.
BY_SECONDS: Sequence[tuple[float, int]] = ((120.0, 8), (900.0, 1))
COLUMNS: Sequence[str] = (
    "claim", "id", "replication", "measured", "low", "high", "unit", "n", "outcome", "interval", "level", "fixed",
    "tuning", "code",
)  # fmt: skip


def folder(results: Path, number: int) -> Path:
    """Where a replication has its results."""
    return results / FOLDER / str(number)


@contextlib.contextmanager
def other_chance(number: int) -> Iterator[None]:
    """Inside, `chance.other` holds, and draws of MNIST-1D differ too: its package seeds a generator of its own.

    The published draw of MNIST-1D stays the same, because it is fixed data.
    """
    from experiments.lab import chance
    from nnjax.tasks import digits

    usual = digits._mnist1d

    def other(seed: int, num_rows: int) -> Any:
        same = not number or seed == digits.PUBLISHED_SEED
        return usual(seed if same else (seed + number * chance.STEP) % 2**32, num_rows)

    with chance.other(number), mock.patch.object(digits, "_mnist1d", other):
        yield


def planned(claims: Sequence[Claim], results: Path, asked: str) -> dict[str, int]:
    """The number of replications of each claim: the one that was asked for or, for AUTO, the one of BY_SECONDS.

    `results` are the committed ones.
    """
    if asked != AUTO:
        return {claim.name: int(asked) for claim in claims}
    times = {claim.name: text.seconds(claim, results) for claim in claims}
    return {
        name: 0 if took is None else next((count for below, count in BY_SECONDS if took < below), 0)
        for name, took in times.items()
    }


def described(plan: Mapping[str, int], claims: Sequence[Claim], results: Path) -> str:
    """How long a plan will take at FULL, estimated from the committed runs: a line for each number of replications."""
    lines, whole = [], 0.0
    for count in sorted(set(plan.values()), reverse=True):
        some = [claim for claim in claims if plan[claim.name] == count]
        times = {claim.name: text.seconds(claim, results) for claim in some}
        if not count:
            names = [f"{name} ({text.duration(one) if one else 'not run yet'})" for name, one in times.items()]
            lines.append(f"no replication of {', '.join(names)}")
            continue
        unknown = [name for name, one in times.items() if one is None]
        total = count * sum(one or 0.0 for one in times.values())
        whole += total
        these = some[0].name if len(some) == 1 else f"{len(some)} experiments"
        without = f", without {', '.join(unknown)}" if unknown else ""
        time = f"{text.duration(total)}{without}" if len(unknown) < len(some) else "how long is not known yet"
        lines.append(f"{these}, {count} {'time' if count == 1 else 'times'}: {time}")
    in_all = f"in all {text.duration(whole)}, by the committed runs; " if whole else ""
    return "\n".join([*lines, f"{in_all}what is there is not run again"])


def not_counted(claim: Claim, results: Path) -> str:
    """Why `gather` would not count replications of FULL that are made now; "" where it would."""
    from experiments.lab import code  # it loads JAX, for which `--help` would wait

    committed = _record(claim.folder_in(results))
    made_by = (committed or {}).get("code")
    if committed is None:
        return f"it has no committed results in {text.relative(results)}/"
    if not made_by:
        return _UNKNOWN_CODE
    same = made_by["claim"] == code.of(claim, claim.path.parents[1])
    return "" if same else "its code has changed since its committed results were made"


def check_committed(claims: Sequence[Claim], results: Path) -> None:
    """Check that `gather` would keep the rows of replications on other machines, which are nowhere else.

    Raises:
        ValueError: naming a claim that has such rows, and committed results that cannot be read.
    """
    found = in_file(results)
    for claim in claims:
        if set(found.get(claim.name, {})) - {0} and _record(place := claim.folder_in(results)) is None:
            raise ValueError(
                f"the results of {claim.name} in {text.relative(place)}/ cannot be read, and its replications in "
                f"{ESTIMATES} would be lost: restore run.json and verdicts.json first"
            )


def run(
    claims: Sequence[Claim],
    results: Path,
    plan: Mapping[str, int],
    options: Sequence[str] = (),
    how: Sequence[str] = (),
) -> int:
    """Run the replications 1 to `plan[name]` of these claims, one process for each number.

    Those that exist, made by the same command and the same code, are not run again, unless `how` has `--fresh`.

    Args:
        options: of the command line, such as --preset full.
        how: further ones that change no number, such as --yes.

    Returns:
        0, or 1 where one failed; the others ran all the same.
    """
    failed, most = False, max(plan.values(), default=0)
    for number in range(1, most + 1):
        wanted = [claim for claim in claims if plan[claim.name] >= number]
        due = [claim for claim in wanted if "--fresh" in how or not _is_there(results, number, claim, options)]
        names = [claim.name for claim in due]
        if names:
            said = f"replication {number} of {most}"
            print(f"{said}: {', '.join(names) if len(names) < 6 else f'{len(names)} experiments'}", flush=True)
            command = [sys.executable, "-m", "experiments", *names, *options, *how, "--replication", str(number)]
            failed |= not _succeeds([*command, "--results-dir", str(results)])
        else:
            print(f"replication {number} of {most} is there", flush=True)
    return int(failed)


def _succeeds(command: Sequence[str]) -> bool:
    """Run a command and return whether it succeeded. On an interrupt, the command is given time for an orderly end."""
    # It inherits that Ctrl-C is ignored, so it is told to end only once: by this process.
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = subprocess.Popen(command)
    signal.signal(signal.SIGINT, usual)
    try:
        return process.wait() == 0
    except KeyboardInterrupt:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        raise
    finally:
        process.kill()  # does nothing to one that has ended


def _is_there(results: Path, number: int, claim: Claim, options: Sequence[str]) -> bool:
    """Whether a replication that the command would make exists: as FULL, in quick/, or as valid rows of the file, where
    every statement has one.
    """
    from experiments.lab import code  # it loads JAX, for which `--help` would wait

    asked = shlex.join(["python", "-m", "experiments", claim.name, *options])
    own = code.of(claim, claim.path.parents[1])
    made_by = {"nnjax": code.library(), "claim": own}
    records = [_record(claim.folder_in(folder(results, number).joinpath(*inside))) for inside in ((), ("quick",))]
    if any(record and record["command"] == asked and record.get("code") == made_by for record in records):
        return True
    committed = _record(claim.folder_in(results))
    if not committed or committed["command"] != asked or (committed.get("code") or {}).get("claim") != own:
        return False
    there = records[0]
    if there and (there["config"] != committed["config"] or (there.get("code") or {}).get("claim") != own):
        return False  # `gather` leaves the rows of this number out
    rows = _written_earlier(claim, results).get(number, [])
    return bool(rows) and {row["id"] for row in _committed(claim, results)} <= {row["id"] for row in rows}


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
            rows += [*_committed(claim, results), *(row for number in sorted(found) for row in found[number])]
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
    committed = _record(claim.folder_in(results))
    if committed is None:
        return {}, ["all, as it has no committed results"] if numbers else []
    if numbers and not committed.get("code"):
        return {}, [f"all, as {_UNKNOWN_CODE}"]
    why: dict[str, list[int]] = {}
    earlier = _in_file(claim, results)
    found = _written_earlier(claim, results)
    if gone := sorted(set(earlier) - {0} - set(found) - numbers):
        why["of another machine, beside other committed results"] = gone
    for number in range(1, max(numbers, default=0) + 1):
        place = claim.folder_in(folder(results, number))
        record = _record(place)
        if record is None:
            if number not in found and number not in gone:
                why.setdefault("missing or not ended", []).append(number)
        elif record["config"] != committed["config"]:
            names = [name for name, value in record["config"].items() if value != committed["config"].get(name)]
            found.pop(number, None)
            why.setdefault(f"with other settings ({', '.join(names)})", []).append(number)
        elif (record.get("code") or {}).get("claim") != committed["code"]["claim"]:
            found.pop(number, None)
            why.setdefault("made by other code", []).append(number)
        else:
            verdicts = [verdict._asdict() for verdict in judged(claim, place)]
            found[number] = _rows(claim, number, verdicts, committed["code"]["claim"])
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


def with_replications(claim: Claim, verdicts: Sequence[Verdict], found: Mapping[int, Sequence[Row]]) -> list[Verdict]:
    """The verdicts of a committed run, whose findings say where replications came to another outcome.

    If an interval leaves out the randomness of tuning and there are enough runs, the finding also tells the median and
    the range of these runs, each of which was tuned by itself.

    Args:
        found: the rows of this claim, from `in_file`; those of a statement are not used if its committed row is of an
            earlier run.
    """
    own = {row["id"]: _measured(row) for row in _rows(claim, 0, [verdict._asdict() for verdict in verdicts])}
    same = {row["id"] for row in found.get(0, []) if own.get(row["id"]) == _measured(row)}
    told = []
    for one in verdicts:
        rows = [row for number, rows in found.items() if number for row in rows]
        again = [row for row in rows if row["id"] == one.id and one.id in same]
        told.append(one._replace(finding=f"{one.finding}{_otherwise(one, again)}{_over_runs(one, again)}"))
    return told


def _otherwise(verdict: Verdict, again: Sequence[Row]) -> str:
    """A sentence on the outcomes that replications came to, with a space before it; "" where all are the same."""
    others = [row["outcome"] for row in again if row["outcome"] != verdict.outcome]
    if not others:
        return ""
    which = " or ".join(text.outcome(verdict._replace(outcome=one)) for one in OUTCOMES if one in others)
    if len(again) == 1:
        return f" Measured once more, {OTHERWISE}, the outcome was {which}."
    return f" Measured {len(again)} times more, {OTHERWISE}, {len(others)} came out {which}."


def _over_runs(verdict: Verdict, again: Sequence[Row]) -> str:
    """A sentence on the median and the range of all runs, with a space before it, where the interval of one run leaves
    tuning out; "" where it does not, where there are few runs or one has no number, and where all give the same.
    """
    if rules.LEFT_OUT not in verdict.rule or verdict.interval != CONFIDENCE or len(again) + 1 < FEWEST_RUNS:
        return ""
    try:
        values = [float(row["measured"]) for row in again] + [float(_written(verdict.measured))]
    except ValueError:  # words
        return ""
    told = [text.number(one, verdict.unit) for one in (statistics.median(values), min(values), max(values))]
    if not all(map(math.isfinite, values)) or told[1] == told[2]:
        return ""
    middle, least, most = told
    return (
        f" Of {len(values)} complete runs, each tuned anew, the median is {middle}; the least and the greatest are "
        f"{least} and {most}."
    )


def _record(place: Path) -> Any:
    """The run.json of a run that has written verdicts; None if either file is missing or cannot be read."""
    return None if text.read_json(place / "verdicts.json") is None else text.read_run(place)


def _written_earlier(claim: Claim, results: Path) -> dict[int, list[Row]]:
    """The replications of a claim in the file, without the statements of which the committed verdict has changed since.

    There are none if the committed run was made by other code. The columns of STATED are taken from the committed
    verdicts.
    """
    found, committed = _in_file(claim, results), {row["id"]: row for row in _committed(claim, results)}
    stated = {}
    for row in found.pop(0, []):
        now = committed.get(row["id"])
        if now and row["code"] == now["code"] and _measured(row) == _measured(now):
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


def _measured(row: Row) -> Row:
    """A row without its code and the columns of STATED."""
    return {name: value for name, value in row.items() if name not in (*STATED, "code")}


def _in_file(claim: Claim, results: Path) -> dict[int, list[Row]]:
    """The rows that the file has of a claim, by replication, 0 being the committed run."""
    return in_file(results).get(claim.name, {})


def _committed(claim: Claim, results: Path) -> list[Row]:
    # Verdicts of an earlier protocol may lack fields that have a default.
    place = claim.folder_in(results)
    verdicts = [Verdict(**verdict)._asdict() for verdict in text.read_json(place / "verdicts.json")]
    return _rows(claim, 0, verdicts, ((_record(place) or {}).get("code") or {}).get("claim", ""))


def _rows(claim: Claim, number: int, verdicts: Sequence[Mapping[str, Any]], code: str = "") -> list[Row]:
    """The rows of the file, as text. `code` is the hash of the code that made the data."""
    found = []
    for verdict in verdicts:
        numbers = {name: _written(verdict[name]) for name in ("measured", "low", "high")}
        n = "" if verdict["n"] is None else verdict["n"]
        tuning = LEFT_OUT if rules.LEFT_OUT in verdict["rule"] else ""
        row = {**verdict, **numbers, "n": n, "claim": claim.name, "replication": number, "tuning": tuning, "code": code}
        found.append({name: str(row[name]) for name in COLUMNS})
    return found


def _written(value: Any) -> str:
    """A number, words where words were measured, and nan where there is neither."""
    return "nan" if value is None else value if isinstance(value, str) else f"{value:.12g}"
