"""The table and the verdicts of `survival.damaged`."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.lab.verdicts import Statement, Verdict
from experiments.survival.damaged import damage
from experiments.survival.damaged.config import Config
from experiments.survival.shared.counts import Count

CRC = (
    "Castagnoli, Bräuer & Herrmann (1993), Optimization of cyclic redundancy-check codes with 24 and 32 parity bits, "
    "IEEE Trans. Communications"
)
FLIPS, CUTS = (damage.BYTE, damage.BIT), (damage.EMPTY, damage.THREE, damage.HALF)


class Judged(NamedTuple):
    """A claim, and where its counts are: the part of the data, the good ones, all, and the kinds of damage."""

    claim: Count
    chunks: bool  # or metadata
    good: str
    of: str = "tries"
    damages: tuple[str, ...] = ()  # none: all


JUDGED = (
    Judged(
        Count(
            "bytes", "A changed byte or bit of a chunk is found when it is read, and the error names the chunk.",
            "changed bytes and bits", "end in an error that names the chunk", CRC,
            says="{count} changes of a byte or a bit of a chunk {holds}.",
        ),
        True, "named", damages=FLIPS,
    ),
    Judged(
        Count(
            "stranger", "xarray without nnjax refuses a chunk in which a byte or a bit has changed.",
            "changed bytes and bits", "are refused by xarray without nnjax", CRC,
            says="xarray without nnjax refuses {count} chunks in which a byte or a bit has changed.",
        ),
        True, "stranger", damages=FLIPS,
    ),
    Judged(
        Count(
            "cut", "A chunk that was cut short is found when it is read, and the error names it.", "cuts",
            "end in an error that names the chunk", says="{count} chunks that were cut short {holds}.",
        ),
        True, "named", damages=CUTS,
    ),
    Judged(
        Count(
            "neighbour", "A chunk that was replaced by another chunk of its array is found when it is read.",
            "replaced chunks", "end in an error that names the chunk",
            says="{count} chunks that were replaced by another one {holds}.",
        ),
        True, "named", damages=(damage.NEIGHBOUR,),
    ),
    Judged(
        Count(
            "gone", "A missing chunk of finished networks, or of a coordinate, is found, and the error names it.",
            "missing chunks", "end in an error that names the chunk",
        ),
        True, "named", damages=(damage.GONE,),
    ),
    Judged(
        Count(
            "removed", "After a chunk was removed, the same sweep restores every result; where the chunk holds "
            "a coordinate, an error may name it instead.", "removed chunks", "are restored or, if coordinates, named",
            says="For {count} removed chunks the same sweep restores every result or, if the chunk holds a coordinate, "
            "names it.",
        ),
        True, "again", "again_tries",
    ),
    Judged(
        Count(
            "metadata", "A changed byte or bit of metadata never leads to a wrong result: opening the store names the "
            "file, or every result is as before.", "changed bytes and bits",
            "end in an error that names the file or change no result",
            says="{count} changes of a byte or a bit of metadata {holds}.",
        ),
        False, "named",
    ),
)  # fmt: skip


def statements(config: Config) -> list[Statement]:
    """The statements on changed bytes, cuts, replaced, missing and removed chunks, and metadata."""
    return [one.claim.statement for one in JUDGED]


def parts(data: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """The rows about chunks, and those about metadata."""
    is_metadata = np.array([str(what).endswith("zarr.json") for what in data.what.values])
    return data.isel(row=~is_metadata), data.isel(row=is_metadata)


def total(data: xr.Dataset, name: str, *damages: str) -> int:
    """The sum of a count over the rows with these kinds of damage; over all rows where none is given."""
    kept = data[name] if not damages else data[name].where(data.damage.isin(damages), 0)
    return int(kept.sum())


def unseen(chunks: xr.Dataset) -> str:
    """A sentence: how many replaced chunks, and how many missing ones, xarray without nnjax reads without an error."""
    told = []
    for kind, what in ((damage.NEIGHBOUR, "replaced chunks"), (damage.GONE, "missing ones")):
        tries = total(chunks, "tries", kind)
        told.append(f"{tries - total(chunks, 'stranger', kind):,} of {tries:,} {what}")
    return f"It reads {' and '.join(told)} without an error."


def table(data: xr.Dataset) -> list[dict]:
    """A row per file of metadata or array, and damage."""
    names = ("what", "damage", *damage.COUNTS)
    return [{name: data[name].values[i].item() for name in names} for i in range(data.sizes["row"])]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on every statement."""
    chunks, metadata = parts(data)
    return [
        one.claim.verdict(
            *(total(chunks if one.chunks else metadata, name, *one.damages) for name in (one.good, one.of)),
            more=unseen(chunks) if one.claim.id == "stranger" else "",
        )
        for one in JUDGED
    ]
