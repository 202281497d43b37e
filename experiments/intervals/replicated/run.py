"""The run of `replicated`: the estimates that are there, in pairs."""

import csv
import math
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from experiments.intervals.replicated import pairs, summary
from experiments.intervals.replicated.config import ESTIMATES, Config


def run(config: Config, path: Path = ESTIMATES) -> xr.Dataset:
    """Distance, expected share and outcomes of every pair [pair], and shares of agreement with intervals [kind]."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [_read(row) for row in csv.DictReader(file)]
    data = paired(rows, config.simulations)
    return data.merge(summary.agreement(data, config.resamples))


def _read(row: dict[str, str]) -> dict[str, Any]:
    numbers = {name: float(row[name]) for name in ("measured", "low", "high")}
    return row | numbers | {"replication": int(row["replication"]), "n": int(row["n"]) if row["n"] else None}


def paired(rows: list[dict[str, Any]], simulations: int) -> xr.Dataset:
    """Each replication of an estimate [pair] beside the committed one; without those that no chance can change."""
    found = []
    for (claim, name), same in groupby(sorted(rows, key=_place), key=lambda row: (row["claim"], row["id"])):
        first, *others = same
        if first["replication"] == 0:
            random = any(other["measured"] != first["measured"] for other in others)
            found += [(claim, name, first, other, random) for other in others]
    kinds = [pairs.kind(*_ends(one), one["unit"], one["n"]) if _has_width(one) else "none" for _, _, one, _, _ in found]
    compared = np.array([k != "none" and _has_width(two) and r for k, (*_, two, r) in zip(kinds, found, strict=True)])
    first, second = (
        pairs.Estimates(*(np.array([row[name] for row in rows]) for name in ("measured", "low", "high")))
        for rows in ([row for _, _, row, _, _ in found], [row for _, _, _, row, _ in found])
    )
    positive = np.minimum(first.low, second.low) > 0
    distance = pairs.distance(first, second, np.array([kind == "ratio" for kind in kinds], bool) & positive)
    share = [
        pairs.expected(kind, one["n"], _p(one, two), simulations) if use else math.nan
        for kind, use, (_, _, one, two, _) in zip(kinds, compared, found, strict=True)
    ]
    return xr.Dataset(
        {
            "claim": ("pair", [claim for claim, *_ in found]),
            "id": ("pair", [name for _, name, *_ in found]),
            "replication": ("pair", [two["replication"] for *_, two, _ in found]),
            "kind_of": ("pair", kinds),
            "distance": ("pair", np.where(compared, distance, np.nan)),
            "expected": ("pair", share),
            "random": ("pair", np.array([random for *_, random in found], bool)),
            "outcome": ("pair", [one["outcome"] for _, _, one, _, _ in found]),
            "other_outcome": ("pair", [two["outcome"] for *_, two, _ in found]),
        }
    )


def _place(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["claim"], row["id"], row["replication"]


def _ends(row: dict[str, Any]) -> tuple[float, float, float]:
    return row["measured"], row["low"], row["high"]


def _has_width(row: dict[str, Any]) -> bool:
    return all(map(math.isfinite, _ends(row))) and row["high"] > row["low"]


def _p(one: dict[str, Any], two: dict[str, Any]) -> float:
    scale = 100.0 if one["unit"] in ("%", "percent") else 1.0
    return min(1.0, max(0.0, (one["measured"] + two["measured"]) / 2 / scale))
