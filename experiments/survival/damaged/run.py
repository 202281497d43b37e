"""The damage of `survival.damaged`: done to one file after the other, and counted where it is noticed."""

import xarray as xr

from experiments.lab import faults
from experiments.survival.damaged import damage
from experiments.survival.damaged.config import Config
from experiments.survival.shared import sweeps


def run(config: Config) -> xr.Dataset:
    """How often damage was noticed [row]."""
    given = sweeps.settings(config.blocks, config.networks, config.num_steps)
    reference = sweeps.sweep(None, given, config.networks).load()
    with faults.workplace() as place:
        store = place / "runs.zarr"
        if not sweeps.same(sweeps.sweep(store, given, config.networks).load(), reference):
            raise RuntimeError("without any damage, the sweep on a store differs from that in memory")
        files = faults.contents(store)
        counts = damage.chunks(store, reference, config.stride)
        counts |= damage.metadata(store, given, config.networks, reference, config.metadata_stride)
        for key, count in damage.again(store, given, config.networks, reference, place, config.removed).items():
            counts[key] = counts.get(key, count) | {name: count[name] for name in ("again_tries", "again")}
        if faults.contents(store) != files:
            raise RuntimeError("the store was not put back as it was")
    columns = {name: ("row", [count[name] for count in counts.values()]) for name in damage.COUNTS}
    names = {"what": ("row", [what for what, _ in counts]), "damage": ("row", [kind for _, kind in counts])}
    about = {"blocks": config.blocks, "num_files": len(files), "bytes": sum(map(len, files.values()))}
    return xr.Dataset(columns | names, attrs=about)
