"""What `fsync` costs: all files of a block are brought to the disk before the block counts as written.

    python -m experiments.survival.shared.price_of_syncing [folder]

Sweeps of 2-2-1 networks on XOR are written to stores in the folder (or a temporary one, which may lie in memory),
alternately with and without syncing. The time of a write is that between the events "write" and "written"; the price is
the difference of the medians, divided by the time that a block takes to train. Takes a few seconds.
"""

import contextlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import nnjax
from experiments.survival.shared import sweeps

ROUNDS, BLOCKS, NETWORKS = 5, 16, 512
SECONDS = (0.1, 1.0, 10.0)  # that a block takes to train


def seconds_to_write(store: Path, syncing: bool) -> list[float]:
    """How long the write of each block takes in a sweep of one worker."""
    found, begun = [], []

    def listen(event: nnjax.hooks.Event) -> None:
        if event.kind == "write":
            begun.append(time.perf_counter())
        elif event.kind == "written":
            found.append(time.perf_counter() - begun[-1])

    off = contextlib.nullcontext() if syncing else mock.patch.object(os, "fsync")
    with nnjax.hooks.listening(listen), off:
        sweeps.sweep(store, sweeps.settings(BLOCKS, NETWORKS, 100), NETWORKS, workers=1)
    return found


def main(folder: str | None = None) -> None:
    """Print milliseconds for each write, with syncing and without, and the price for blocks of each length."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        times: dict[bool, list[float]] = {True: [], False: []}
        seconds_to_write(Path(place) / "warm", True)
        for number in range(ROUNDS):
            for syncing, all_of_them in times.items():
                all_of_them += seconds_to_write(Path(place) / f"{number}-{syncing}", syncing)
    median = {syncing: statistics.median(found) for syncing, found in times.items()}
    print(
        f"a block is written in {1000 * median[True]:.2f} ms, without syncing in {1000 * median[False]:.2f} ms "
        f"(medians of {len(times[True])} blocks of {NETWORKS} networks in turns)"
    )
    for seconds in SECONDS:
        price = (median[True] - median[False]) / seconds
        print(f"syncing costs a block of {seconds:g} s {100 * price:.3g}% of its time")


if __name__ == "__main__":
    main(*sys.argv[1:])
