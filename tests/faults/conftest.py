"""The summary that `make test-faults` writes into FAULTS_SUMMARY: a row for each kind of fault, if all tests passed."""

import csv
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nnjax import machine, provenance

FAULTS = (
    "kill -9",
    "Ctrl-C",
    "a byte or bit of a chunk has changed",
    "a chunk was cut short",
    "a chunk was replaced by another one",
    "a chunk is missing when it is read",
    "a chunk is missing when the sweep runs again",
    "a byte or bit of metadata has changed",
    "the disk refuses a call",
    "a small disk is full",
    "two processes start the same sweep",
    "a writer is killed, and another comes",
    "one writes, and another comes",
    "the sweep has another setting",
    "an axis of the sweep grows",
    "worker processes of Dask, or shards",
    "a worker of Dask is killed",
    "a process of a pool is killed",
)


@pytest.fixture(scope="session")
def summary(request):
    """The rows of the summary, by fault; they are written at the end, unless a test has failed or is missing."""
    rows, about, begun = {}, provenance.provenance("float32"), time.monotonic()
    yield rows
    path = os.environ.get("FAULTS_SUMMARY")
    if not path or request.session.testsfailed or set(rows) != set(FAULTS):
        return
    run = (
        f"{(time.monotonic() - begun) / 60:.0f} minutes on {machine.num_workers()} cores of {machine.processor()}, "
        f"JAX {about['versions']['jax']}, commit {str(about['commit'])[:10]}{' with changes' * bool(about['dirty'])}, "
        f"{datetime.now(UTC).date()}"
    )
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("fault", "times", "outcome", "worst"))
        writer.writerows(rows[fault] for fault in FAULTS)
        writer.writerow(("all of these", sum(times for _, times, *_ in rows.values()), run, ""))


@pytest.fixture
def tally(summary):
    """`tally(fault, times, outcome, worst)` adds a row to the summary."""

    def add(fault, times, outcome, worst=""):
        summary[fault] = (fault, times, outcome, worst)

    return add


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Processes keep compiled programs in a folder of the test's: those that are killed may leave half a file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path_factory.mktemp("programs")))
        patch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
        patch.setenv("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
        yield
