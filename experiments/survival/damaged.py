"""A single byte that has changed on disk is found when it is read, and named.

Source: the project's own target; every chunk ends in a checksum, CRC-32C (Castagnoli 1993), which finds every change
of up to 32 bits in a row. Metadata have one too, SHA-256.

Protocol: a finished store of 40 blocks. One file after the other is damaged and put back. In every chunk, coordinates
too, every 64th byte and the last are changed, in all bits and in one; the file is cut to nothing, to 3 bytes and in
half; it holds the chunk of a neighbour; it is not there. Each time the variable is read whole, by nnjax and by xarray
alone (a chunk that is not there: by nnjax, with `verify=True`). In every file of metadata each 16th byte is changed,
and the store is opened, and the sweep called. Last, chunks are removed, and the sweep is run again.

    python -m experiments survival.damaged                  # 15 s, fewer blocks and bytes
    python -m experiments survival.damaged --preset full    # 4 min

Outputs: damaged; table.csv has a row per file of metadata or array, and damage.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from experiments.lab import Verdict, cli, faults
from experiments.survival import _damage, _fault_counts, _sweep

COMMAND = "python -m experiments survival.damaged --preset full"


@dataclass(frozen=True)
class Config:
    """The store, and which of its bytes are changed."""

    blocks: int = 40  # fixed: of the sweep
    networks: int = 48  # fixed: of a block
    num_steps: int = 50  # fixed: updates of each network
    stride: int = 64  # fixed: every so-manieth byte of a chunk is changed
    metadata_stride: int = 16  # fixed: and of metadata
    removed: int = 8  # fixed: chunks of each array that are removed before the sweep is run again


FULL = Config()
QUICK = Config(blocks=8, networks=8, metadata_stride=256, removed=2)


def run(config: Config) -> xr.Dataset:
    """How often damage was noticed [row]."""
    given = _sweep.settings(config.blocks, config.networks, config.num_steps)
    reference = _sweep.sweep(None, given, config.networks).load()
    with faults.workplace() as place:
        store = place / "runs.zarr"
        if not _sweep.same(_sweep.sweep(store, given, config.networks).load(), reference):
            raise RuntimeError("the sweep on a store is not that in memory, without any damage")
        files = faults.contents(store)
        counts = _damage.chunks(store, reference, config.stride)
        counts |= _damage.metadata(store, given, config.networks, reference, config.metadata_stride)
        for key, count in _damage.again(store, given, config.networks, reference, place, config.removed).items():
            counts[key] = counts.get(key, count) | {name: count[name] for name in ("again_tries", "again")}
        if faults.contents(store) != files:
            raise RuntimeError("the store was not put back as it was")
    columns = {name: ("row", [count[name] for count in counts.values()]) for name in _damage.COUNTS}
    names = {"what": ("row", [what for what, _ in counts]), "damage": ("row", [damage for _, damage in counts])}
    about = {"blocks": config.blocks, "files": len(files), "bytes": sum(map(len, files.values()))}
    return xr.Dataset(columns | names, attrs=about)


def parts(data: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """The rows about chunks, and those about metadata."""
    is_metadata = np.array([str(what).endswith("zarr.json") for what in data.what.values])
    return data.isel(row=~is_metadata), data.isel(row=is_metadata)


def total(data: xr.Dataset, name: str, *damages: str) -> int:
    """A count over all rows of these damages, or over all."""
    kept = data[name] if not damages else data[name].where(data.damage.isin(damages), 0)
    return int(kept.sum())


def figures(data: xr.Dataset) -> dict:
    """damaged: how often each kind of damage was noticed."""
    from experiments.survival import _fault_figures

    chunks, metadata = parts(data)
    rows, good, of = [], [], []
    for part, title, damages in (
        (chunks, "chunk", _damage.CHUNK_DAMAGES),
        (metadata, "metadata", (_damage.BYTE, _damage.BIT)),
    ):
        for damage in damages:
            named, wrong, stranger, sweep, again, tries, again_tries = (
                total(part, name, damage)
                for name in ("named", "wrong", "stranger", "sweep", "again", "tries", "again_tries")
            )
            is_chunk = part is chunks
            rows.append(f"{title}: {damage}")
            good.append([named, tries - wrong, stranger, sweep, again])
            of.append([tries, tries, tries * is_chunk, tries * (not is_chunk), again_tries])
    columns = ["open_store\nnames it", "open_store\nreads nothing\nwrong", "xarray alone\nrefuses it"]
    columns += ["sweep refuses\nin the same\nwords", "run again,\nall is as\nit was"]
    title = f"Damage to a store of {data.attrs['files']} files"
    fig = _fault_figures.counts(title, rows, columns, np.array(good), np.array(of))
    flips = (_damage.BYTE, _damage.BIT)
    text = "Claimed: a single byte that has changed on disk is found when it is read, and named. Found: "
    text += f"{total(chunks, 'named', *flips):,} of {total(chunks, 'tries', *flips):,} changes of chunks and "
    text += f"{total(metadata, 'named'):,} of {total(metadata, 'tries'):,} of metadata were. "
    text += "A checksum does not know the place of its chunk: whole chunks that change places stay unnoticed "
    text += f"({total(chunks, 'named', _damage.NEIGHBOUR)} of {total(chunks, 'tries', _damage.NEIGHBOUR)} found). "
    text += "A chunk that is not there reads in xarray as one that is not finished; open_store named "
    text += f"{total(chunks, 'named', _damage.GONE):,} of {total(chunks, 'tries', _damage.GONE):,}."
    _fault_figures.captioned(fig, text)
    return {"damaged": fig}


def table(data: xr.Dataset) -> list[dict]:
    """A row per file of metadata or array, and damage."""
    names = ("what", "damage", *_damage.COUNTS)
    return [{name: data[name].values[i].item() for name in names} for i in range(data.sizes["row"])]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Bytes, cuts, chunks that are missing or in another's place, metadata, and the next run."""
    chunks, metadata = parts(data)

    def count(
        name: str, claim: str, part: xr.Dataset, good: str, damages: tuple[str, ...], of: str = "tries"
    ) -> Verdict:
        numbers = total(part, good, *damages), total(part, of, *damages)
        return _fault_counts.counted(name, claim, *numbers, "changes", COMMAND)

    flips, cuts = (_damage.BYTE, _damage.BIT), (_damage.EMPTY, _damage.THREE, _damage.HALF)
    byte, error = "A changed byte or bit", "ends in a ValueError that names"
    return [
        count("bytes", f"{byte} of a chunk {error} the chunk", chunks, "named", flips),
        count("stranger", "xarray without nnjax refuses such a chunk, too", chunks, "stranger", flips),
        count("cut", "A chunk that was cut off is named", chunks, "named", cuts),
        count("neighbour", "A chunk in the place of another is named", chunks, "named", (_damage.NEIGHBOUR,)),
        count("gone", "A chunk of finished networks, or a coordinate, that is not there is named",
              chunks, "named", (_damage.GONE,)),
        count("removed", "A chunk that was removed is trained again and all is as it was (coordinates: or named)",
              chunks, "again", (), "again_tries"),
        count("metadata", f"{byte} of metadata {error} the file", metadata, "named", ()),
        count("metadata_sweep", "A sweep refuses such a store, in the same words", metadata, "sweep", ()),
    ]  # fmt: skip


if __name__ == "__main__":
    cli.main(__file__)
