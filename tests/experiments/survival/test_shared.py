"""What the claims about survival share: counts, the phases of a session, the files of a store."""

import numpy as np
import pytest

import nnjax
from experiments.lab import chance
from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED
from experiments.survival.shared import files, sweeps
from experiments.survival.shared.counts import Count
from experiments.survival.shared.sessions import Session


@pytest.mark.parametrize(("good", "outcome"), [(5, REPRODUCED), (4, NOT_REPRODUCED), (0, NOT_REPRODUCED)])
def test_every_single_one_counts(good, outcome):
    one = Count("a", "All faults are found.", "faults", "are found")
    verdict = one.verdict(good, 5)
    assert (verdict.outcome, verdict.measured, verdict.unit, verdict.n) == (outcome, good / 5, "of all faults", 5)
    assert verdict.finding == f"{good} of 5 faults are found."
    said = one._replace(says="In {count} trials the fault is found.").verdict(good, 5)
    assert said == verdict._replace(finding=f"In {good} of 5 trials the fault is found.")
    assert (verdict.low, verdict.high) == (None, None)  # a fixed list: nothing is sampled
    sampled = one._replace(sampled=True).verdict(good, 5)
    assert sampled.low <= sampled.measured <= sampled.high
    assert sampled.high - sampled.low > 0.3
    assert sampled.outcome == outcome


@pytest.mark.parametrize(
    ("notes", "phase", "lost"),
    [
        ("", "start", 0),
        ("sweep", "start", 0),
        ("sweep, create", "creation", 0),
        ("create, create done", "start", 0),
        ("grow, grow, grow done", "growth", 0),
        ("train, train", "training", 2),
        ("train, train, write", "writing", 2),
        ("train, train, write, written", "training", 1),
        ("train, write, written", "end", 0),
        ("train, write, written, finished", "end", 0),
    ],
)
def test_a_session_tells_what_it_was_doing_when_it_ended(notes, phase, lost):
    made = [{"what": what, "at": float(i)} for i, what in enumerate(filter(None, notes.split(", ")))]
    session = Session(made, 0.0, 9.0, -9, "")
    assert (session.phase, session.lost) == (phase, lost)
    with pytest.raises(RuntimeError, match="ended with -9"):
        session.succeeded()


def test_a_process_that_a_replication_starts_trains_the_networks_of_the_replication():
    own = sweeps.settings(8, 512, 5)
    with chance.other(2):
        given = sweeps.settings(8, 512, 5)
        inside = sweeps.sweep(None, given, 512)
    assert sweeps.same(sweeps.sweep(None, given, 512), inside)  # as in a process that knows of no replication
    assert not sweeps.same(sweeps.sweep(None, own, 512), inside)


def test_the_files_of_a_store_are_its_chunks(tmp_path):
    store = tmp_path / "a.zarr"
    found = sweeps.sweep(store, sweeps.settings(8, 512, 5), 512)
    assert len(files.chunk_files(store, "status")) == sweeps.num_blocks(sweeps.settings(8, 512, 5), 512) == 8
    every = [file for name in found.variables for file in files.chunk_files(store, name)]
    assert {file for file in store.rglob("*") if "c" in file.parts and file.is_file()} == set(every)
    (every[0].parent / "half.partial").touch()
    assert [file for name in found.variables for file in files.chunk_files(store, name)] == every
    status = sweeps.opened(files.unfinished(store)).status.values
    assert np.mean(status == nnjax.training.MISSING) == 0.5
