"""The table and the verdicts of `survival.failing_disk`."""

import xarray as xr

from experiments.lab.verdicts import Statement, Verdict
from experiments.survival.failing_disk.config import Config
from experiments.survival.failing_disk.disk_faults import NEXT_RUN, NO_STORE, READABLE, REAL
from experiments.survival.shared.counts import Count

GOOD = (READABLE, NO_STORE, NEXT_RUN)
COLUMNS = (
    "stage", "readable", "raised", "error", "first", "fired", "kept", "tells",
    "finished", "wrong", "equal", "left",
)  # fmt: skip

ERROR = Count(
    "error", "When the disk refuses a call, the sweep ends in an OSError with the system's error number.",
    "faults", "end in an OSError with its number",
    says="{count} faults of the disk end in an OSError with the system's error number.",
)  # fmt: skip
FINISHED = Count(
    "finished", "After a fault of the disk, every network that counts as finished is the same as without it.",
    "faults after which some network counts as finished",
    "leave every one of these networks the same as without the fault",
    before="faults after which no network was finished, or the store could not be read yet, counted as well",
    says="After {count} faults that leave finished networks, every one of these is the same as without the fault.",
)  # fmt: skip
READABLE_AFTER = Count(
    "readable", "After a fault of the disk, the store can be read, does not exist yet, or says that the next run "
    "repairs it.", "faults", "leave no store, or one that can be read or repaired",
    says="{count} faults leave no store, or one that can be read or that the next run repairs.",
)  # fmt: skip
RESUMED = Count(
    "resumed", "Run again after a fault of the disk, the same sweep gives the same bits as without it.",
    "sweeps", "give the same bits when they are run again",
    says="{count} sweeps, run again after the fault, give the same bits as without it.",
)  # fmt: skip
REAL_DISK = Count(
    "real_disk", "On a disk that is really full, the error says what to do, no finished network is wrong, and once "
    "there is space the same sweep gives the same bits and leaves nothing half-written.", "full disks",
    "end in such an error, in no wrong network, and in the same bits afterwards",
    says="On {count} full disks the error says what to do, no finished network is wrong, and once there is space the "
    "same sweep gives the same bits and leaves nothing half-written.",
)  # fmt: skip


def statements(config: Config) -> list[Statement]:
    """The error, what stays, what the next run gives, and real disks where they are wanted."""
    counts = [ERROR, FINISHED, READABLE_AFTER, RESUMED, *([REAL_DISK] if config.disks else [])]
    return [one.statement for one in counts]


def fired(data: xr.Dataset) -> xr.Dataset:
    """The faults that happened: a call may never come, and a disk may be large enough for the whole sweep.

    A real disk on which a sweep ended without an error and without all of its networks was full.
    """
    silent = (data.stage == REAL) & (data.finished < data.attrs["networks"])
    return data.isel(fault=(data.fired | silent).values)


def table(data: xr.Dataset) -> list[dict]:
    """A row per fault."""
    return [{name: data[name].values[i].item() for name in COLUMNS} for i in range(data.sizes["fault"])]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on every statement; on real disks only where the system allowed them."""
    kept = fired(data)

    def count(one: Count, good: xr.DataArray) -> Verdict:
        return one.verdict(int(good.sum()), good.size)

    told = (
        f"Of these, {int((kept.readable == NO_STORE).sum())} leave no store, and "
        f"{int((kept.readable == NEXT_RUN).sum())} one that can be read only after the next run."
    )
    found = [
        count(ERROR, kept.kept),
        READABLE_AFTER.verdict(int(kept.readable.isin(GOOD).sum()), kept.sizes["fault"], told),
        count(RESUMED, kept.equal),
    ]
    some = kept.isel(fault=(kept.finished > 0).values)
    if some.sizes["fault"]:
        found.insert(1, count(FINISHED, some.wrong == 0))
    real = kept.isel(fault=kept.stage.values == REAL)
    if real.sizes["fault"]:
        good = real.kept & real.tells & (real.wrong == 0) & real.readable.isin(GOOD) & real.equal & (real.left == 0)
        found.append(count(REAL_DISK, good))
    return found
