"""The faults of `survival.failing_disk`: each kind of call is refused, and real disks are filled."""

import numpy as np
import xarray as xr

from experiments.lab import faults
from experiments.survival.failing_disk import disk_faults
from experiments.survival.failing_disk.config import Config


def run(config: Config) -> xr.Dataset:
    """What happened at each fault [fault]."""
    tried = disk_faults.trial(config.blocks, config.networks, config.num_steps)
    rows = []
    with faults.workplace() as place:
        for i, stage in enumerate(disk_faults.STAGES):
            count = disk_faults.calls(stage, tried, place)
            for first in _places(count, config.places):
                errors = list(disk_faults.ERRORS) if config.both else [list(disk_faults.ERRORS)[i % 2]]
                rows += [disk_faults.one(stage, int(first), error, tried, place) for error in errors]
        found = [disk_faults.real(kilobytes, config.room, tried) for kilobytes in config.disks]
    rows += [row for row in found if row is not None]
    columns = {name: ("fault", [row[name] for row in rows]) for name in rows[0]}
    about = {
        "blocks": config.blocks,
        "networks": config.blocks * config.networks,
        "disks": len(found) - found.count(None),
    }
    return xr.Dataset(columns, attrs=about)


def _places(count: int, wanted: int) -> list[int]:
    """Which of `count` calls are refused: from the first to the last (or nearly, of many), or one in the middle."""
    # Two workers may make the same folder, so that the last of many calls does not come every time.
    last = count - 1 - count // 10
    return sorted({int(place) for place in np.linspace(0, last, wanted)}) if wanted > 1 else [last // 2]
