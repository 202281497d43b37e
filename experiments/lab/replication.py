"""A claim again and again, each time with other chance (`experiments.lab.chance`), and what the estimates came to.

`results/replications/<number>/<topic>/<claim>/` holds each replication, which git ignores, and
`results/replications/estimates.csv` every verdict with its numbers, of the committed run (number 0) and of all
replications with its settings.
"""

import contextlib
import csv
import json
import math
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from experiments.lab.claims import Claim

FOLDER, ESTIMATES = "replications", "estimates.csv"
MOST = 500  # the seeds of so many lie apart below 2^32
COLUMNS: Sequence[str] = ("claim", "id", "replication", "measured", "low", "high", "unit", "n", "outcome")


def folder(results: Path, number: int) -> Path:
    """Where a replication has its results."""
    return results / FOLDER / str(number)


@contextlib.contextmanager
def other_chance(number: int) -> Iterator[None]:
    """`chance.other`, and other draws of MNIST-1D, whose package seeds a generator of its own.

    Its published draw stays as it is: those are fixed data.
    """
    from experiments.lab import chance
    from nnjax.tasks import digits

    usual = digits._mnist1d

    def other(seed: int, num_rows: int) -> Any:
        same = not number or seed == digits.PUBLISHED_SEED
        return usual(seed if same else (seed + number * chance.STEP) % 2**32, num_rows)

    with chance.other(number), mock.patch.object(digits, "_mnist1d", other):
        yield


def run(
    claims: Sequence[Claim], results: Path, count: int, options: Sequence[str] = (), how: Sequence[str] = ()
) -> int:
    """Run the replications 1 to `count` of these claims, one process for each.

    Those that are there, by the same command and the same code, are not run again, but for `--fresh`.

    Args:
        options: of the command line, such as --preset full.
        how: further ones that change no number, such as --yes.

    Returns:
        0, or 1 where one failed; the others ran all the same.
    """
    failed = False
    for number in range(1, count + 1):
        due = [claim for claim in claims if "--fresh" in how or not _is_there(results, number, claim, options)]
        names = [claim.name for claim in due]
        if names:
            told = f"replication {number} of {count}"
            print(f"{told}: {', '.join(names) if len(names) < 6 else f'{len(names)} experiments'}", flush=True)
            command = [sys.executable, "-m", "experiments", *names, *options, *how, "--replication", str(number)]
            failed |= subprocess.run([*command, "--results-dir", str(results)], check=False).returncode != 0
        else:
            print(f"replication {number} of {count} is there", flush=True)
    return int(failed)


def _is_there(results: Path, number: int, claim: Claim, options: Sequence[str]) -> bool:
    """Whether some results of a replication are those that the command would make: FULL's, or those in quick/."""
    from experiments.lab import code  # it loads JAX, for which `--help` would wait
    from nnjax import provenance

    asked = shlex.join(["python", "-m", "experiments", claim.name, *options])
    made_by = {"nnjax": provenance.source(), "claim": code.of(claim, claim.path.parents[1])}
    for inside in ((), ("quick",)):
        place = folder(results, number).joinpath(*inside, *claim.name.split("."))
        record = _read(place / "run.json")
        if record and record["command"] == asked and record.get("code") == made_by:
            return (place / "verdicts.json").exists()
    return False


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def gather(claims: Sequence[Claim], results: Path) -> Path:
    """Write every verdict with its numbers, of the committed runs and of their replications."""
    path = results / FOLDER / ESTIMATES
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for claim in claims:
            writer.writerows(_estimates(claim, results))
    return path


def _estimates(claim: Claim, results: Path) -> Iterator[dict[str, Any]]:
    """The rows of one claim, of those replications that have its settings; none where there is none."""
    numbers = sorted(int(path.name) for path in (results / FOLDER).iterdir() if path.name.isdigit())
    found = {0: results} | {number: folder(results, number) for number in numbers}
    every, settings = {}, {}
    for number, place in found.items():
        own = place.joinpath(*claim.name.split("."))
        verdicts, record = _read(own / "verdicts.json"), _read(own / "run.json")
        if verdicts is not None and record is not None:
            every[number], settings[number] = verdicts, record["config"]
    every = {number: verdicts for number, verdicts in every.items() if settings[number] == settings.get(0)}
    if len(every) < 2:
        return
    for number, verdicts in every.items():
        for verdict in verdicts:
            ends = [_number(verdict[name]) for name in ("measured", "low", "high")]
            row = dict(zip(("measured", "low", "high"), (f"{end:.8g}" for end in ends), strict=True))
            yield verdict | row | {"claim": claim.name, "replication": number}


def _number(value: Any) -> float:
    """A number of a JSON file; NaN where there is none, as where words were measured."""
    if isinstance(value, str) and value.lstrip("-") != "inf":
        return math.nan
    return math.nan if value is None else float(value)
