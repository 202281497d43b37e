"""The figure of `survival.damaged`: how often each kind of damage is noticed."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import caption
from experiments.survival.damaged import damage
from experiments.survival.damaged.verdicts import FLIPS, parts, total, unseen
from experiments.survival.shared import figures as shared

LABELS = {damage.NEIGHBOUR: "another chunk's contents", damage.GONE: "missing"}
CHECKS = (
    "open_store names\nit (metadata: or\nno result changed)", "open_store\nreads nothing\nwrong",
    "xarray without\nnnjax refuses it", "sweep says\nthe same as\nopen_store",
    "run again:\nrestored (or a\ncoordinate named)",
)  # fmt: skip


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """damaged: a row per kind of damage, a column per check."""
    chunks, metadata = parts(data)
    rows, good, of = [], [], []
    for part, title, damages in ((chunks, "chunk", damage.CHUNK_DAMAGES), (metadata, "metadata", FLIPS)):
        for kind in damages:
            named, wrong, stranger, sweep, again, tries, again_tries = (
                total(part, name, kind)
                for name in ("named", "wrong", "stranger", "sweep", "again", "tries", "again_tries")
            )
            is_chunk = part is chunks
            rows.append(f"{title}: {LABELS.get(kind, kind)}")
            good.append([named, tries - wrong, stranger, sweep, again])
            of.append([tries, tries, tries * is_chunk, tries * (not is_chunk), again_tries])
    title = f"In how many trials damage to a store of {data.attrs['num_files']} files is noticed"
    counts = np.array(good), np.array(of)
    fig = shared.counts(title, rows, CHECKS, *counts)

    def found(part: xr.Dataset, *damages: str) -> str:
        return f"{total(part, 'named', *damages):,} of {total(part, 'tries', *damages):,}"

    caption(
        fig,
        f"For {found(chunks, *FLIPS)} changed bytes and bits of chunks the error named the chunk; {found(metadata)} "
        "of metadata were named or changed no result. A chunk that was replaced by another was named in "
        f"{found(chunks, damage.NEIGHBOUR)} trials, a missing one in {found(chunks, damage.GONE)}. xarray without "
        f"nnjax takes a missing chunk for untrained networks. {unseen(chunks)} Numbers: trials. "
        f"{shared.key(*counts)}",
    )
    return {"damaged": fig}
