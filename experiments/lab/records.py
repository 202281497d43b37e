"""Read what runs have written: run.json and verdicts.json. Loads neither xarray nor jax."""

import json
from pathlib import Path
from typing import Any

from experiments.lab.claims import Claim
from experiments.lab.verdicts import Verdict

type Recorded = tuple[Any, dict[str, Verdict]]


def read_run(folder: Path) -> dict[str, Any] | None:
    """run.json of a run that has ended; None where there is none, or one that lacks what every run writes into it."""
    run = read_json(folder / "run.json")
    return run if isinstance(run, dict) and {"command", "config", "cores", "seconds"} <= run.keys() else None


def read_json(path: Path) -> Any:
    """What a file of JSON holds; None where there is no file, or it cannot be read, as after a merge with conflicts."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def read_verdicts(folder: Path) -> list[Verdict] | None:
    """What verdicts.json holds; None where there is no such file, or one that is no JSON.

    Raises:
        ValueError: naming the file, if its verdicts lack a field or have an unknown one.
    """
    rows = read_json(path := folder / "verdicts.json")
    try:
        return None if rows is None else [Verdict(**row) for row in rows]
    except TypeError:
        raise ValueError(f"{path} is of another version: a verdict lacks a field, or has one too many") from None


def recorded(folder: Path) -> Recorded:
    """The run and, by id, the verdicts that a folder holds now, before a run overwrites them.

    The run is None where there are none, or where either file cannot be read.
    """
    try:
        verdicts = read_verdicts(folder)
    except ValueError:
        verdicts = None
    return (None, {}) if verdicts is None else (read_run(folder), {v.id: v for v in verdicts})


def seconds(claim: Claim, results: Path) -> float | None:
    """How long FULL took when its results were committed; None where there are none."""
    run = read_run(claim.folder_in(results))
    return None if run is None else float(run["seconds"]["total"])
