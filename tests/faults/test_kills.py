"""A sweep that is killed loses at most the jobs under way, which are trained again; so does one stopped by Ctrl-C."""

import itertools
import re
import signal
from collections import Counter

import numpy as np
import pytest

from tests.faults import sweeps
from tests.faults.child import Child

WORKERS, BLOCKS = 2, 40
NEXT_RUN = "is being grown, .*; if its writer has ended meanwhile, run the sweep again, which finishes it"
MESSAGE = r"KeyboardInterrupt: stopped: run the same sweep again to go on: (\d+) of \d+ jobs are finished and kept"


class Store:
    """A store on which sweeps run in processes that are killed, and what a sweep without a kill would have in it."""

    def __init__(self, path, reference):
        self.path, self.reference = path, reference
        self.blocks = 0  # that are finished and kept

    def start(self, given):
        return Child(self.path.parent, [self.path], given, workers=WORKERS)

    def look(self, child):
        """Check what a process that has ended left behind; return the state of the store, and how many jobs it lost."""
        begun, written, state, blocks = child.count("train"), child.count("written"), "not there", 0
        if self.path.exists():
            try:
                state, blocks = "whole", sweeps.finished(sweeps.opened(self.path), self.reference) // 512
                sweeps.foreign(self.path).load()
            except ValueError as error:
                state = str(error)
            if state != "whole":  # its extension was broken off, which is all that may be wrong
                assert re.search(NEXT_RUN, state), state
                assert begun == 0, "a job was begun before the store was extended"
                return "to be extended by the next run", 0
        assert blocks >= self.blocks + written, "a finished block is gone"
        lost, self.blocks = begun - (blocks - self.blocks), blocks
        assert lost <= WORKERS
        return state, lost


def test_a_sweep_is_killed_and_goes_on(tmp_path):
    given = sweeps.settings(16, num_steps=5_000) | {"hidden": [(2,)]}
    store = Store(tmp_path / "runs.zarr", sweeps.sweep(None, given))
    child = store.start(given)
    assert child.stop(lambda: child.count("written")) == -signal.SIGKILL
    assert store.look(child)[0] == "whole"
    assert 1 <= store.blocks < 8
    sweeps.assert_same(sweeps.sweep(store.path, given), store.reference)


@pytest.fixture(scope="module")
def usual(tmp_path_factory, programs):
    """A folder, a sweep that is extended twice, its result, and how many seconds each part of a session takes."""
    folder, first = tmp_path_factory.mktemp("kills"), sweeps.settings(BLOCKS, num_steps=10_000)
    more = first | {"seeds": first["seeds"] + first["block"]}
    given = [first, more, more | {"learning_rate": [*first["learning_rate"], 0.3]}]
    Child(folder, [folder / "whole.zarr"], given[-1], workers=WORKERS).finish()  # compiles
    child = Child(folder, [folder / "timed.zarr"], first, workers=WORKERS).finish()
    at = {kind: child.all(kind)[0]["at"] for kind in ("create", "created", "write", "written", "finished")}
    seconds = {"start": at["written"] - child.begun, "create": at["created"] - at["create"]}
    seconds |= {"write": at["written"] - at["write"], "block": (at["finished"] - at["written"]) / BLOCKS}
    return folder, given, sweeps.opened(folder / "whole.zarr"), seconds


def moment(aim, child, store, generator, seconds, left):
    """When to kill a process: what must have happened, and how many seconds later. If it never does, in training."""
    if aim == "start":
        return (lambda: True), generator.uniform(0, seconds["start"])
    if aim == "any":  # from the first written block on: starting takes longer than all blocks together
        return (lambda: child.count("written")), generator.uniform(0, seconds["block"] * left)
    if aim == "write":
        times = int(generator.integers(1, 5))
        return (lambda: child.count("write") >= times), generator.uniform(0, seconds["write"])
    if aim == "move":  # the new metadata of a store are moved to their places, one file after another
        growing = store / "status" / ".nnjax" / "growth.json"
        return (lambda: growing.exists() or child.count("train")), generator.uniform(0, seconds["create"] / 4)
    return (lambda: child.all(aim, "train")), generator.uniform(0, seconds["create"])


@pytest.mark.faults
def test_kills(usual, tally):
    """Each process on a store is killed: at its start, in a short phase, then at any moment, until one gets to the end;
    then the store is extended.
    """
    folder, given, reference, seconds = usual
    generator, most = np.random.default_rng(0), sweeps.number(100)
    lost, stores, states, phases = [], 0, Counter(), Counter()
    while len(lost) < most:
        store = Store(folder / f"{stores}.zarr", reference)
        stores += 1
        for grid in given:
            left = len(grid["hidden"]) * len(grid["learning_rate"]) * grid["seeds"] // grid["block"] - store.blocks
            short = ["create"] if grid is given[0] else ["grow", "move"]
            for aim in itertools.chain(["start", *short, "write"], itertools.repeat("any")):
                if len(lost) == most:
                    break
                child = store.start(grid)
                code = child.stop(*moment(aim, child, store.path, generator, seconds, left))
                state, cost = store.look(child)
                if code == 0:
                    break
                assert code == -signal.SIGKILL, child.said.read_text()[-3000:]
                lost, states[state], phases[child.phase()] = [*lost, cost], states[state] + 1, phases[child.phase()] + 1
        store.start(given[-1]).finish()
        sweeps.assert_same(sweeps.opened(store.path), reference)
    when = ", ".join(f"{times} while {phase}" for phase, times in phases.most_common())
    tally(
        "kill -9",
        most,
        f"killed at random moments ({when}). Nothing that was finished was lost, and every store ({stores}) ended with "
        "the bits of a sweep that was not killed",
        f"{max(lost)} jobs had to be trained again, of {WORKERS} workers; {states['to be extended by the next run']} "
        "times the store could be read only after the next run",
    )


@pytest.mark.faults
def test_ctrl_c(usual, tally):
    folder, (given, *_), reference, seconds = usual
    generator, lost = np.random.default_rng(1), []
    for number in range(times := sweeps.number(10)):
        store = Store(folder / f"interrupted-{number}.zarr", reference)
        begun, wait = generator.integers(1, BLOCKS // 2), generator.uniform(0, seconds["block"])
        child = store.start(given)
        code = child.stop(lambda child=child, begun=begun: child.count("train") >= begun, wait, signal.SIGINT)
        state, cost = store.look(child)
        assert (state, code) == ("whole", -signal.SIGINT)
        assert int(re.search(MESSAGE, child.said.read_text())[1]) == store.blocks
        assert sweeps.finished(sweeps.sweep(store.path, given), reference) == BLOCKS * 512
        lost.append(cost)
    tally(
        "Ctrl-C",
        times,
        "a message told how many jobs are kept and how to go on, which was true",
        f"{max(lost)} jobs had to be trained again, of {WORKERS} workers",
    )
