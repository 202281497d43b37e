"""What the tests of stores share: a small sweep in small chunks."""

from unittest import mock

import pytest

import nnjax
from nnjax.engine import plan as planning

XOR = nnjax.tasks.xor()
SMALL = {
    "hidden": (2,),
    "solver": "sgd",
    "learning_rate": [0.1, 0.3],
    "seeds": 8,
    "num_steps": 4,
    "loss": "sigmoid_binary_cross_entropy",
    "progress": False,
}


class Stop(Exception):
    """Ends a sweep on purpose."""


@pytest.fixture(scope="module", autouse=True)
def four_lanes():
    """Blocks have four networks. Once for all: two threads that patch and restore would leave it patched."""
    with mock.patch.object(planning, "lanes_for", return_value=4):
        yield


@pytest.fixture(scope="session")
def small():
    """`small(store, jobs=None, **given)`: two rates of 8 seeds in chunks of 4 networks; stopped after some jobs."""

    def run(store=None, jobs=None, **given):
        def listener(event):
            nonlocal jobs
            if event.kind == "train" and jobs is not None:
                if not jobs:
                    raise Stop
                jobs -= 1

        with nnjax.hooks.chunks_of(4), nnjax.hooks.listening(listener):
            if jobs is None:
                return nnjax.sweep(XOR, **{**SMALL, **given}, store=store)
            with pytest.raises(Stop):
                nnjax.sweep(XOR, **{**SMALL, **given}, store=store, workers=1)
            return None

    return run


@pytest.fixture(scope="module")
def made(small, tmp_path_factory):
    """A store, and the result."""
    path = tmp_path_factory.mktemp("made") / "runs.zarr"
    return path, small(path).load()
