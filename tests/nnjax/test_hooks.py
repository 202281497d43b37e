"""Hooks: who may watch a sweep, and decide where it is stored and in which chunks."""

import inspect
import json
import threading

import jax
import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax import hooks, machine
from nnjax.engine import jobs
from nnjax.tasks import drawing

XOR = nnjax.tasks.xor()
# The same programs as in `test_store.py`: each shape's for few networks and for many.
GIVEN = {
    "hidden": [(2,), (3,)],
    "solver": "sgd",
    "learning_rate": 0.1,
    "seeds": 1200,
    "num_steps": 20,
    "loss": "sigmoid_binary_cross_entropy",
    "padding": False,
    "compiler_options": {machine.OPTIMIZATION_LEVEL: 0},
}


def sweep(data=XOR, **given):
    return nnjax.sweep(data, **{**GIVEN, "progress": False, **given})


@pytest.fixture(scope="module")
def whole():
    return sweep()


class Stop(Exception):
    pass


def test_plans_are_shown_before_a_sweep_runs_and_may_be_refused():
    seen, events = [], []
    with hooks.reviewing(seen.append):
        with hooks.reviewing(lambda plan: seen.append(plan.num_networks)):
            sweep(seeds=3)
        sweep(seeds=2)
    sweep(seeds=1)
    first, count, second = seen
    assert first == nnjax.plan(XOR, **GIVEN | {"seeds": 3})
    assert (count, second.num_networks) == (6, 4)

    def refuse(plan):
        raise Stop

    with hooks.reviewing(refuse), hooks.listening(events.append), pytest.raises(Stop):
        sweep(seeds=3)
    assert events == []


def test_listeners_hear_every_job_in_the_thread_that_trains_it(whole, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_BLOCKS", 1)
    outer, inner, order = [], [], []

    def listen(event):
        inner.append((threading.get_ident(), event))
        order.append("inner")

    with hooks.listening(lambda event: (outer.append(event), order.append("outer"))), hooks.listening(listen):
        runs = sweep(workers=2)
    np.testing.assert_array_equal(runs.train_loss, whole.train_loss)
    programs = nnjax.plan(XOR, **GIVEN).programs
    blocks = [(i, first) for i, program in enumerate(programs) for first in range(0, 1200, program.lanes)]
    assert len(blocks) > 4
    assert {event.kind for event in outer} == {"train"}
    assert sorted(event.job for event in outer) == blocks
    assert sum(event.num_networks for event in outer) == 2400
    assert {event.store for event in outer} == {None}
    assert sorted(outer) == sorted(event for _, event in inner)
    assert order.count("outer") == order.count("inner") == len(blocks)
    assert threading.get_ident() not in {thread for thread, _ in inner}
    sweep(seeds=1)
    assert len(outer) == len(blocks)  # they hold inside alone


def told(**given):
    """The events of a sweep."""
    events = []
    with hooks.listening(events.append):
        sweep(**given)
    return events


def check_jobs(events, path, networks):
    """Each job is begun, then written; each has as many networks throughout."""
    jobs = {}
    for event in events:
        assert event.store == path
        jobs.setdefault(event.job, []).append((event.kind, event.num_networks))
    for kinds in jobs.values():
        assert [kind for kind, _ in kinds] == ["train", "write", "written"]
        assert len({count for _, count in kinds}) == 1
    assert sum(kinds[0][1] for kinds in jobs.values()) == networks


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_store_is_made_opened_written_and_grown(tmp_path, workers):
    path = tmp_path / "runs.zarr"
    with hooks.chunks_of(512):
        events = told(store=path, workers=workers)
        assert [(event.kind, event.job, event.num_networks) for event in events[:3]] == [
            (kind, None, None) for kind in ("create", "created", "opened")
        ]
        check_jobs(events[3:], path, 2400)
        assert [event.kind for event in told(store=path, workers=workers)] == ["opened"]
        events = told(store=path, workers=workers, seeds=1250)
    assert [event.kind for event in events[:3]] == ["grow", "grown", "opened"]
    check_jobs(events[3:], path, 100)


def test_an_exception_of_a_listener_ends_a_sweep_which_can_be_resumed(tmp_path, whole):
    def failing_at(kind):
        def listen(event):
            if event.kind == kind:
                raise Stop(kind)

        return hooks.listening(listen)

    def stopped(path, kind):
        """The number of networks that are on disk after the listener has ended the sweep."""
        with failing_at(kind), pytest.raises(Stop, match=kind):
            sweep(store=path, workers=2)
        return int((xr.open_zarr(path, consolidated=False).status != 0).sum()) if path.exists() else 0

    # Each is resumed from where the one before has ended.
    for kind in ("create", "created", "opened", "train", "write", "written"):
        assert (stopped(tmp_path / "new", kind) > 0) == (kind == "written")
    sweep(store=tmp_path / "smaller", seeds=1000)
    for kind in ("grow", "grown"):
        assert stopped(tmp_path / "smaller", kind) == 2000
    for name in ("new", "smaller"):
        np.testing.assert_array_equal(sweep(store=tmp_path / name).train_loss, whole.train_loss)


def test_chunks_have_as_many_networks_as_is_said(tmp_path, whole):
    def chunk_shape(path):
        return json.loads((path / "status" / "zarr.json").read_text())["chunk_grid"]["configuration"]["chunk_shape"]

    for count, seeds, expected in ((16, 70, 16), (1100, 1200, 1024)):  # full blocks where it is more
        path = tmp_path / f"{count}"
        with hooks.chunks_of(count):
            runs = sweep(store=path, seeds=seeds)
        assert chunk_shape(path) == [1, expected]
        np.testing.assert_array_equal(runs.train_loss, whole.train_loss[:, :seeds])
    sweep(store=tmp_path / "usual")
    assert chunk_shape(tmp_path / "usual") == [1, 1200]


def test_sweeps_without_a_store_are_given_one(tmp_path):
    paths = iter([tmp_path / "a", tmp_path / "b"])
    with hooks.storing(lambda: next(paths)):
        sweep(seeds=2)
        sweep(seeds=1, store=tmp_path / "own")
        sweep(seeds=3, shard=(0, 1))
    sweep(seeds=4)
    assert [nnjax.open_store(tmp_path / name).sizes["seed"] for name in ("a", "own", "b")] == [2, 1, 3]
    assert {path.name for path in tmp_path.glob("*/")} >= {"a", "b", "own"}


def test_hooks_that_were_made_before_they_are_entered_hold_all():
    seen = []
    first, second = nnjax.hooks.reviewing(lambda _: seen.append(1)), nnjax.hooks.reviewing(lambda _: seen.append(2))
    with first, second:
        sweep(seeds=1)
    assert seen == [1, 2]


@pytest.mark.parametrize("count", [0, -1])
def test_chunks_of_no_size_are_refused(count):
    with pytest.raises(ValueError, match=f"num_networks={count} must be a whole number of 1 or more"):
        nnjax.hooks.chunks_of(count)


def test_a_store_may_be_named_by_its_text(tmp_path):
    with nnjax.hooks.storing(lambda: str(tmp_path / "runs.zarr")):
        sweep(hidden=(2,), seeds=1)
    assert nnjax.open_store(tmp_path / "runs.zarr").status.item() == 1


def test_seeds_that_are_offset_train_other_networks_under_the_same_labels(tmp_path):
    """Also on disk, where another offset is refused, and again by refit."""
    given = {"hidden": (2,), "padding": None, "store": tmp_path / "runs.zarr"}
    with hooks.offsetting_seeds(5):
        other = sweep(**given, seeds=3).load()
        again = sweep(**given, seeds=3).load()
        tasks = sweep({"a": XOR}, hidden=(2,), seeds={"a": [7, 1]})
    plain = sweep(hidden=(2,), padding=None, seeds=range(5, 8))
    assert list(other.seed.values) == [0, 1, 2]
    np.testing.assert_array_equal(other.train_loss, plain.train_loss)
    xr.testing.assert_identical(other, again)
    assert tasks.task_seed.values.tolist() == [[7, 1]]
    assert float(nnjax.refit(other, XOR, seed=1).train_loss) == float(plain.train_loss[1])
    with pytest.raises(ValueError, match="offsetting_seeds: 5 there, 0 here"):
        sweep(**given, seeds=3)
    with hooks.offsetting_seeds(2**32 - 1):
        np.testing.assert_array_equal(sweep(hidden=(2,), padding=None, seeds=[1, 6]).train_loss[1], plain.train_loss[0])
    with pytest.raises(ValueError, match="offset=-1"):
        hooks.offsetting_seeds(-1)


DRAWN = [
    name for name in nnjax.tasks.__all__
    if inspect.isfunction(f := getattr(nnjax.tasks, name)) and "seed" in inspect.signature(f).parameters
]  # fmt: skip
NEEDED = {"split": (nnjax.tasks.square(num_rows=20)._replace(x_test=None, y_test=None),), "sawtooth": (4,)}
NEEDED["folds"] = NEEDED["split"]


@pytest.mark.parametrize("name", DRAWN)
def test_seeds_that_are_offset_draw_other_data(name):
    """Every function that draws, also where a draw is kept."""

    def drawn(seed):
        small = {} if name in ("split", "folds", "mnist_5k") else {"num_rows": 20}
        found = getattr(nnjax.tasks, name)(*NEEDED.get(name, ()), **small, seed=seed)
        return np.concatenate([np.ravel(one) for one in jax.tree.leaves(found)])

    usual = [drawn(seed) for seed in (1, 6)]
    with hooks.offsetting_seeds(5):
        shifted = drawn(1)
    np.testing.assert_array_equal(shifted, usual[1])
    assert not np.array_equal(shifted, usual[0])
    with hooks.offsetting_seeds(2**32 - 5):
        np.testing.assert_array_equal(drawn(6), usual[0])


def test_the_published_draw_stays_and_no_other_becomes_it():
    usual = {seed: nnjax.tasks.mnist1d(seed, num_rows=20).x for seed in (42, 44)}
    with hooks.offsetting_seeds(2):
        shifted = {seed: nnjax.tasks.mnist1d(seed, num_rows=20).x for seed in (40, 42)}
    np.testing.assert_array_equal(shifted[42], usual[42])
    np.testing.assert_array_equal(shifted[40], usual[44])
    with hooks.offsetting_seeds(5):
        assert [drawing.shifted(seed) for seed in (3, 2**32 - 5, 2**32 + 3)] == [8, 0, 2**32 + 8]
