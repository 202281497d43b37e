"""What a store costs: bytes on disk, memory (each sweep in a process of its own, which `measure` starts), time."""

import itertools
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import processes
from experiments.survival.shared.files import chunk_files

KEPT = ("store", "memory")
OTHERS = "other files"


def settings(num_steps: int, workers: int, **more: Any) -> dict[str, Any]:
    """Arguments of a sweep of XOR that keeps final values alone."""
    given = {"learning_rate": 0.1, "loss": "sigmoid_binary_cross_entropy", "progress": False}
    return given | {"num_steps": num_steps, "workers": workers} | more


def measure(folder: Path, networks: Sequence[int], num_steps: int, workers: int, num_processes: int) -> xr.Dataset:
    """Train each number of 2-2-1 networks, with a store and without: peak [kept, networks, process], disk, files."""
    peaks, disk, files = np.zeros((len(KEPT), len(networks), num_processes)), [], []
    for k, (i, kept), (j, n) in itertools.product(range(num_processes), enumerate(KEPT), enumerate(networks)):
        store = folder / f"{n}.zarr" if kept == "store" else None
        given = settings(num_steps, workers, hidden=[2], seeds=n)
        peaks[i, j, k] = _peak_of(folder / f"{kept}-{n}.txt", given, store)
        if store is not None:
            if k == 0:  # all are alike
                sizes, count = on_disk(store)
                disk.append(sizes)
                files.append(count)
            shutil.rmtree(store)
    names = sorted(disk[0], key=lambda name: -disk[-1][name])
    values = [[sizes.get(name, 0) for sizes in disk] for name in names]
    return xr.Dataset(
        {
            "peak": (("kept", "networks", "process"), peaks),
            "disk": (("part", "networks"), values),
            "files": ("networks", files),
        },
        {"kept": list(KEPT), "networks": list(networks), "part": names},
        {"num_steps": num_steps},
    )


def on_disk(store: Path) -> tuple[dict[str, int], int]:
    """The bytes of a store by variable, with the files that lie beside it, and the number of files."""
    sizes, count = {OTHERS: 0}, 0
    for file in store.parent.glob(f"{store.name}*/**/*"):
        if file.is_file():
            inside = file.relative_to(store).parts if file.is_relative_to(store) else ()
            name = inside[0] if len(inside) > 1 else OTHERS
            sizes[name] = sizes.get(name, 0) + file.stat().st_size
            count += 1
    for file in (file for file in store.parent.glob(f"{store.name}.*") if file.is_file()):
        sizes[OTHERS] += file.stat().st_size
        count += 1
    return sizes, count


def overhead(widths: Sequence[int], seeds: int, num_steps: int, workers: int, rounds: int) -> xr.Dataset:
    """Seconds [way, round] of a sweep with a new store and without; the way that comes first alternates by round."""
    given = settings(num_steps, workers, hidden=[(width,) for width in widths], seeds=seeds, padding=False)
    writes = Writes()
    with nnjax.hooks.listening(writes):
        chunks = sum(_timed(way, given)[1] for way in KEPT)  # compiles
    seconds = np.zeros((len(KEPT), rounds))
    for r in range(rounds):
        for way in KEPT[:: -1 if r % 2 else 1]:
            seconds[KEPT.index(way), r] = _timed(way, given)[0]
    return xr.Dataset(
        {"seconds": (("way", "round"), seconds)},
        {"way": list(KEPT)},
        {
            "chunks": chunks,
            "milliseconds_per_chunk": 1e3 * writes.seconds / chunks,
            "timed_networks": len(widths) * seeds,
            "timed_steps": num_steps,
            "workers": workers,
        },
    )


def _timed(way: str, given: dict[str, Any]) -> tuple[float, int]:
    """Seconds from the settings to the final losses, and the number of chunks in the store, which is then removed."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Path(folder) / "a.zarr"
        more: dict[str, Any] = {"store": store} if way == "store" else {}
        start = time.perf_counter()
        nnjax.sweep(nnjax.tasks.xor(), **given, **more).train_loss.load()
        return time.perf_counter() - start, len(chunk_files(store, "status"))


class Writes:
    """Listens to a sweep and adds up the seconds that workers take to write the chunks of their jobs, all variables."""

    def __init__(self) -> None:
        self.seconds, self.begun, self.lock = 0.0, {}, threading.Lock()

    def __call__(self, event: nnjax.hooks.Event) -> None:
        """Take note of an event, in the thread in which it happens."""
        now = time.perf_counter()
        with self.lock:
            if event.kind == "write":
                self.begun[event.job] = now
            elif event.kind == "written":
                self.seconds += now - self.begun.pop(event.job)


def _peak_of(said: Path, given: dict[str, Any], store: Path | None) -> int:
    """The peak memory, in bytes, of a new process that runs this sweep."""
    # A replication trains the networks of the first run here: seeds change neither memory nor, but for bytes, the disk.
    arguments = [json.dumps({"given": given, "store": None if store is None else str(store)})]
    child = processes.start(__name__, arguments, said, {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"})
    try:
        code = child.wait()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    printed = said.read_text(encoding="utf-8", errors="replace")
    if code:
        raise RuntimeError(f"the process that measures memory ended with {code}:\n{printed[-3000:]}")
    return int(printed.splitlines()[-1])


def main(given: dict[str, Any], store: str | None) -> None:
    """Run a sweep and print the peak memory of this process, in bytes."""
    given |= {"hidden": tuple(given["hidden"]), "store": store}
    nnjax.sweep(nnjax.tasks.xor(), **given)
    print(processes.peak())


if __name__ == "__main__":  # the process that `measure` starts
    main(**json.loads(sys.argv[1]))
