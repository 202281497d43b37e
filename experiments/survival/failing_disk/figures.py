"""The figure of `survival.failing_disk`: what happened after the faults of each kind."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import caption
from experiments.survival.failing_disk.disk_faults import NEXT_RUN
from experiments.survival.failing_disk.verdicts import GOOD, fired
from experiments.survival.shared import figures as shared


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """failing_disk: a row per kind of call that was refused, a column per check."""
    kept = fired(data)
    names = list(dict.fromkeys(kept.stage.values.tolist()))
    checks = {
        "OSError with the\nerror number": kept.kept,
        "the error says\nwhat to do": kept.tells,
        "no finished\nnetwork wrong": kept.wrong == 0,
        "readable at once,\nor no store yet": kept.readable.isin(GOOD[:2]),
        "run again: bits\nas without fault": kept.equal,
        "nothing\nleft behind": kept.left == 0,
    }
    some = kept.finished > 0  # without a finished network there is none that could be wrong
    counted = {name: some if name.startswith("no finished") else some | True for name in checks}
    good = np.array(
        [
            [int((check & counted[column])[kept.stage.values == name].sum()) for column, check in checks.items()]
            for name in names
        ]
    )
    of = np.array([[int(counted[column][kept.stage.values == name].sum()) for column in checks] for name in names])
    rows = [name.replace("growth:", "extension:") for name in names]
    fig = shared.counts("What happens to a sweep when the disk refuses a call", rows, list(checks), good, of)
    disks = data.attrs["disks"]
    caption(
        fig,
        f"{int(kept.kept.sum())} of {kept.sizes['fault']} faults ended in an OSError with the system's error number, "
        f"and {int(kept.tells.sum())} errors said what to do. After {int(some.sum())} faults networks counted as "
        f"finished, {int(kept.finished.sum()):,} in all, of which {int(kept.wrong.sum())} were wrong. "
        f"{int(kept.equal.sum())} sweeps, run again, gave the same bits as without a fault. "
        f"{int((kept.readable == NEXT_RUN).sum())} stores with a broken-off extension can be read only after the next "
        f"run, and say so. {f'{disks} real disks were filled.' if disks else 'Real disks were not allowed.'} Numbers: "
        "faults; third column: those that leave finished networks. "
        f"{shared.key(good, of)}",
    )
    return {"failing_disk": fig}
