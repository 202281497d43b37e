"""Replications: runs of a claim with other random seeds (`experiments.lab.chance`).

Each lies in `results/replications/<number>/<topic>/<claim>/`, which git ignores. `experiments.lab.estimates` gathers
what they came to.
"""

import contextlib
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments.lab import estimates, records, text
from experiments.lab.claims import Claim

MOST = 500  # with so many, seeds stay distinct and below 2^32
AUTO = "auto"
PATIENCE = 300.0  # seconds until a replication that was told to end is killed
# (seconds, count): AUTO makes so many replications of a claim whose committed run took less; none of longer ones.
BY_SECONDS: Sequence[tuple[float, int]] = ((120.0, 8), (900.0, 1))


def planned(claims: Sequence[Claim], results: Path, asked: str) -> dict[str, int]:
    """The number of replications of each claim: the one that was asked for or, for AUTO, the one of BY_SECONDS.

    `results` are the committed ones.
    """
    if asked != AUTO:
        return {claim.name: int(asked) for claim in claims}
    times = {claim.name: records.seconds(claim, results) for claim in claims}
    return {
        name: 0 if took is None else next((count for below, count in BY_SECONDS if took < below), 0)
        for name, took in times.items()
    }


def described(plan: Mapping[str, int], claims: Sequence[Claim], results: Path) -> str:
    """How long a plan will take at FULL, estimated from the committed runs: a line for each number of replications."""
    lines, whole = [], 0.0
    for count in sorted(set(plan.values()), reverse=True):
        some = [claim for claim in claims if plan[claim.name] == count]
        times = {claim.name: records.seconds(claim, results) for claim in some}
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
    """Why `estimates.gather` would not count replications of FULL that are made now; "" where it would."""
    from experiments.lab import code  # it loads JAX, for which `--help` would wait

    committed = estimates.ended_run(claim.folder_in(results))
    made_by = (committed or {}).get("code")
    if committed is None:
        return f"it has no committed results in {text.relative(results)}/"
    if not made_by:
        return estimates.UNKNOWN_CODE
    same = made_by["claim"] == code.of(claim, claim.path.parents[1])
    return "" if same else "its code has changed since its committed results were made"


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
    parent = estimates.folder(results, number)
    places = [claim.folder_in(parent), claim.folder_in(parent / "quick")]
    runs = [estimates.ended_run(place) if (place / "data.nc").exists() else None for place in places]
    if any(run and run["command"] == asked and run.get("code") == made_by for run in runs):
        return True
    committed = estimates.ended_run(claim.folder_in(results))
    if not committed or committed["command"] != asked or (committed.get("code") or {}).get("claim") != own:
        return False
    there = estimates.ended_run(places[0])
    if there and (there["config"] != committed["config"] or (there.get("code") or {}).get("claim") != own):
        return False  # `estimates.gather` leaves the rows of this number out
    rows = estimates.earlier_rows(claim, results).get(number, [])
    return bool(rows) and {row["id"] for row in estimates.committed_rows(claim, results)} <= {row["id"] for row in rows}
