"""A sweep that is killed loses at most the jobs under way, which are trained again; so does one stopped by Ctrl-C."""

import itertools
import re
import signal
from collections import Counter

import numpy as np
import pytest

import nnjax
from nnjax import machine
from tests.faults import sweeps
from tests.faults.child import Child

WORKERS = 2
NEXT_RUN = "is being grown, .*; if its writer has ended meanwhile, run the sweep again, which finishes it"
MESSAGE = r"KeyboardInterrupt: stopped: run the same sweep again to go on: (\d+) of \d+ blocks are finished and kept"


class Store:
    """A store on which sweeps run in processes that are killed, and what a sweep without a kill would have in it."""

    def __init__(self, folder, name, reference):
        self.folder, self.path, self.reference = folder, folder / name, reference
        self.blocks = 0  # that are finished and kept

    def start(self, given):
        return Child(self.folder, self.path, given, workers=WORKERS)

    def look(self, child):
        """Check what a session that has ended left behind: the state of the store, and how many blocks were lost."""
        begun, written, state, blocks = child.count("train"), child.count("written"), "not there", 0
        if self.path.exists():
            try:
                found = sweeps.opened(self.path, verify=True)
            except ValueError as error:  # its extension was broken off, which is all that may be wrong
                assert re.search(NEXT_RUN, str(error)), str(error)
                assert begun == 0, "a session began a block before it had finished the extension"
                return "extended by the next run", 0
            sweeps.foreign(self.path).load()
            state, blocks = "whole", sweeps.finished(found, self.reference) // 512
        assert blocks >= self.blocks + written, "a finished block is gone"
        lost = begun - (blocks - self.blocks)
        self.blocks = blocks
        assert lost <= WORKERS, f"{lost} blocks are lost"
        return state, lost

    def assert_finished(self):
        assert sweeps.same(nnjax.open_store(self.path, verify=True).load(), self.reference)


def grids(num_steps, blocks=40):
    """A sweep, the same with more seeds, and with one more rate too: a store is extended from each to the next."""
    first = sweeps.settings(blocks, num_steps=num_steps)
    more = first | {"seeds": first["seeds"] + first["block"]}
    return [first, more, more | {"learning_rate": [*first["learning_rate"], 0.3]}]


def test_a_sweep_is_killed_and_goes_on(tmp_path):
    given = sweeps.settings(16, num_steps=3_000) | {"hidden": [(2,)]}
    given |= {"compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}  # compiles in the shortest time
    store = Store(tmp_path, "runs.zarr", sweeps.sweep(None, given).load())
    child = store.start(given)
    assert child.stop(lambda: child.count("written")) == -signal.SIGKILL
    assert store.look(child)[0] == "whole"
    assert 1 <= store.blocks < 8
    assert sweeps.same(sweeps.sweep(store.path, given).load(), store.reference)


@pytest.fixture(scope="module")
def usual(tmp_path_factory, programs):
    """The folder, the sweeps and their result, and how long each part of a session takes."""
    folder, given = tmp_path_factory.mktemp("kills"), grids(10_000)
    Child(folder, folder / "whole.zarr", given[-1], workers=WORKERS).finish()  # compiles
    child = Child(folder, folder / "timed.zarr", given[0], workers=WORKERS).finish()
    seconds = {
        "start": child.first("written") - child.begun,
        "create": child.first("created") - child.first("create"),
        "write": child.first("written") - child.first("write"),
        "block": (child.first("finished") - child.first("written")) / child.count("written"),
    }
    return folder, given, nnjax.open_store(folder / "whole.zarr").load(), seconds


@pytest.mark.faults
def test_kills(usual, tally):
    """Each session on a store is killed: at its start, in a short phase, and then at any moment, until it gets to the
    end; then the store is extended.
    """
    folder, given, reference, seconds = usual
    generator, most = np.random.default_rng(0), sweeps.number(100)
    kills, stores, lost, states, phases = 0, 0, [], Counter(), Counter()
    while kills < most:
        store = Store(folder, f"{stores}.zarr", reference)
        stores += 1
        for grid in given:
            blocks = len(grid["hidden"]) * len(grid["learning_rate"]) * grid["seeds"] // grid["block"]
            aims = ["start", *(("grow", "move") if grid is not given[0] else ("create",)), "write"]
            for aim in itertools.chain(aims, itertools.repeat("any")):
                child = store.start(grid)
                left = seconds["block"] * max(0, blocks - store.blocks - 1)
                code = child.stop(*moment(aim, child, store.path, generator, seconds | {"left": left}))
                phase, (state, cost) = child.phase(), store.look(child)
                if code == 0 or kills == most:
                    break
                assert code == -signal.SIGKILL, child.said.read_text()[-3000:]
                kills += 1
                lost, states[state], phases[phase] = [*lost, cost], states[state] + 1, phases[phase] + 1
        store.start(given[-1]).finish()
        store.assert_finished()
    when = ", ".join(f"{phases[name]} while {name}" for name in sorted(phases, key=phases.get, reverse=True))
    tally(
        "kill -9",
        kills,
        f"killed at random moments ({when}). Nothing that was finished was lost, and all {stores} stores ended with the "
        "bits of a sweep that was not killed",
        f"{max(lost)} jobs had to be trained again, of {WORKERS} workers; {states['extended by the next run']} stores "
        "could be read only after the next run",
    )


def moment(aim, child, store, generator, seconds):
    """When to kill a session: what must have happened, and how many seconds later. If it does not come, in training."""

    def noted(what, times=1):
        return lambda: child.count(what) >= times or (what in ("create", "grow") and child.count("train"))

    if aim == "start":
        return (lambda: True), generator.uniform(0, seconds["start"])
    if aim == "move":  # the new metadata of a store are moved to their places, one file after another
        growing = store / "status" / ".nnjax" / "growth.json"
        return (lambda: growing.exists() or child.count("train")), generator.uniform(0, seconds["create"] / 4)
    if aim == "write":
        return noted("write", int(generator.integers(1, 5))), generator.uniform(0, seconds["write"])
    if aim == "any":  # from the first written block on: starting takes longer than all blocks together
        return noted("written"), generator.uniform(0, seconds["left"])
    return noted(aim), generator.uniform(0, seconds["create"])


@pytest.mark.faults
def test_ctrl_c(usual, tally):
    folder, (given, *_), reference, seconds = usual
    generator, times, told, lost, stores = np.random.default_rng(1), sweeps.number(10), 0, [], 0
    while told < times:
        store = Store(folder, f"interrupted-{stores}.zarr", reference)
        stores += 1
        while told < times and store.blocks <= 20:  # a process with few blocks left might end before the signal comes
            begun = int(generator.integers(1, (40 - store.blocks) // 2))
            child = store.start(given)
            code = child.stop(
                lambda c=child, n=begun: c.count("train") >= n, generator.uniform(0, seconds["block"]), signal.SIGINT
            )
            state, cost = store.look(child)
            message = re.search(MESSAGE, child.said.read_text())
            assert (state, code) == ("whole", -signal.SIGINT)
            assert int(message[1]) == store.blocks
            told, lost = told + 1, [*lost, cost]
        store.start(given).finish()
        assert sweeps.finished(sweeps.opened(store.path), reference) == 40 * 512
    tally(
        "Ctrl-C",
        told,
        "each time a message told how many blocks are kept and how to go on, which was true",
        f"{max(lost)} jobs had to be trained again, of {WORKERS} workers",
    )
