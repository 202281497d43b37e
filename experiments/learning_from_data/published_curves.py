"""The learning curves of LCDB 1.1 for the seven tables of `experiments.lab.tables`, see `tables/README.md`."""

import csv
import functools
import math
from pathlib import Path

import numpy as np
import xarray as xr

ANCHORS = tuple(math.ceil(16 * 2 ** (i / 4)) for i in range(40))  # its numbers of training rows
TEST_PARTS = 5  # its 25 splits have so many different test parts
_FILE = Path(__file__).with_name("tables") / "lcdb.csv"


@functools.cache
def curves() -> xr.Dataset:
    """Mean test errors and their standard errors [learner, table, rows]; nan where there is none."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    coords = {
        "learner": list(dict.fromkeys(line["learner"] for line in lines)),
        "table": list(dict.fromkeys(line["table"] for line in lines)),
        "rows": sorted({int(line["rows"]) for line in lines}),
    }
    places = {name: {label: i for i, label in enumerate(labels)} for name, labels in coords.items()}
    found = np.full((2, *map(len, coords.values())), np.nan)
    for line in lines:
        at = places["learner"][line["learner"]], places["table"][line["table"]], places["rows"][int(line["rows"])]
        found[:, *at] = float(line["test_error"]), float(line["standard_error"])
    return xr.Dataset({"error": (tuple(coords), found[0]), "standard_error": (tuple(coords), found[1])}, coords)
