"""Sweeps on a store: what is written, how it is resumed, how it grows, and who may write."""

import contextlib
import itertools
import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax import machine, provenance
from nnjax.engine import plan as planning
from nnjax.engine import remote
from nnjax.engine.store import chunks, locks
from nnjax.engine.store import files as store_files
from nnjax.engine.store.run_log import run_file, sessions

XOR = nnjax.tasks.xor()
LOSS = "sigmoid_binary_cross_entropy"
SMALL = {
    "hidden": [(2,), (3,)],
    "solver": "sgd",
    "learning_rate": [0.1, 0.3],
    "seeds": 40,
    "num_steps": 20,
    "loss": LOSS,
    "compiler_options": {machine.OPTIMIZATION_LEVEL: 0},  # in the shortest time
}


def sweep(data=XOR, **given):
    return nnjax.sweep(data, **{"progress": False, **SMALL, **given})


@contextlib.contextmanager
def in_small_chunks():
    """Inside, chunks of 16 networks and jobs of one chunk, whatever time they take."""
    with mock.patch.object(planning, "lanes_for", return_value=16), nnjax.hooks.chunks_of(16):
        yield


@pytest.fixture
def small_chunks():
    with in_small_chunks():
        yield


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A store, which no test changes, and its files."""
    path = tmp_path_factory.mktemp("written") / "runs.zarr"
    sweep(store=path)
    return path, files(path)


@pytest.fixture(scope="module")
def chunked(tmp_path_factory):
    """A store in small chunks, which no test changes, and its result."""
    path = tmp_path_factory.mktemp("chunked") / "runs.zarr"
    with in_small_chunks():
        return path, sweep(store=path).load()


@pytest.fixture
def store(written, tmp_path):
    """A copy of a store, to be changed."""
    return Path(shutil.copytree(written[0], tmp_path / "runs.zarr"))


@pytest.fixture
def small_store(chunked, tmp_path, small_chunks):
    """A copy of a store in small chunks, to be changed, and its result."""
    return Path(shutil.copytree(chunked[0], tmp_path / "runs.zarr")), chunked[1]


def same(a, b):
    xr.testing.assert_identical(a.load().drop_attrs(), b.load().drop_attrs())


def jobs(path):
    return sessions(run_file(path))[-1]["jobs"]


def files(path):
    return {file.relative_to(path): file.read_bytes() for file in path.rglob("*") if file.is_file()}


@contextlib.contextmanager
def unfinished():
    """Inside, sweeps may return what is not finished, which they tell."""
    with pytest.warns(UserWarning, match="networks are missing"):
        yield


class Stop(Exception):
    pass


def stopping_after(count, error=Stop):
    """Inside, so many jobs are begun by sweeps, and the next one fails."""
    left = itertools.count(count, -1)

    def listener(event):
        if event.kind == "train" and next(left) <= 0:
            raise error

    return nnjax.hooks.listening(listener)


# --- what is written


def test_a_store_holds_the_sweep_and_anyone_can_read_it(tmp_path, small_chunks):
    path = tmp_path / "runs.zarr"
    runs = sweep(store=path)
    xr.testing.assert_identical(runs.load(), sweep())
    same(xr.open_zarr(path, consolidated=False, chunks=None), runs)
    same(nnjax.open_store(path, verify=True), runs)
    meta = json.loads((path / "train_loss" / "zarr.json").read_text())
    assert meta["zarr_format"] == 3
    assert [codec["name"] for codec in meta["codecs"]] == ["bytes", "zstd", "crc32c"]
    assert json.loads((path / "zarr.json").read_text()).get("consolidated_metadata") is None


def test_every_kind_of_result_comes_back(tmp_path, small_chunks):
    rows = np.random.default_rng(0).normal(size=(6, 2))
    data = {name: nnjax.tasks.data(rows, rows[:, :1] * k, rows + 1, rows[:, 1:]) for k, name in ((1, "a"), (2, "b"))}
    rate = xr.DataArray([[0.1, 0.2]], {"width": [2], "task": ["a", "b"]}, ("width", "task"))
    given = {
        "width": [2],
        "hidden": None,
        "solver": "sgd",
        "loss": "squared_error",
        "learning_rate": rate,
        "weight_decay": [0.0, 0.01],
        "measure": {"norm": norm, "leaves": leaves, "good": good},
        "record_every": 7,
        "seeds": [5, 2, 9],
        "dtype": "float64",
        "early_stop": ("test_loss", 0.5),
    }
    runs = sweep(data, **given, store=tmp_path / "runs.zarr")
    assert set(runs.norm.dims) == {"width", "task", "weight_decay", "seed", "step"}
    assert runs.leaves.shape[-1] == 2
    assert runs.good.dtype == bool
    xr.testing.assert_identical(runs.load(), sweep(data, **given))
    xr.testing.assert_identical(sweep(data, **given, store=tmp_path / "runs.zarr").load(), runs)


def norm(params, data):
    return sum((layer.w**2).sum() for layer in params)


def leaves(params, data):
    return data.x[:2, 0] * 0 + norm(params, data)


def good(params, data):
    return norm(params, data) > 1


def test_a_sweep_without_axes_has_a_store_too(tmp_path):
    given = {"hidden": (2,), "learning_rate": 0.1, "seeds": 1}
    same(sweep(**given, store=tmp_path / "a"), sweep(**given))


def test_variables_that_some_programs_lack_are_blank(tmp_path):
    given = {
        "hidden": (2,),
        "loss": ["squared_error", LOSS],
        "data": nnjax.tasks.data(XOR.x, XOR.y / 2 + np.arange(4)[:, None] / 10),
    }
    runs = sweep(**given, store=tmp_path / "a")
    assert np.isnan(runs.accuracy.sel(loss="squared_error")).all()
    same(runs, sweep(**given))
    assert jobs(tmp_path / "a") > 0
    sweep(**given, store=tmp_path / "a")
    assert jobs(tmp_path / "a") == 0


def test_a_result_is_read_when_it_is_asked_for(tmp_path):
    runs = sweep(store=tmp_path / "a")
    assert not runs.variables["train_loss"]._in_memory
    run = nnjax.refit(runs, XOR, hidden=(3,), learning_rate=0.3, seed=7)
    assert run.train_loss == runs.train_loss.sel(hidden="3", learning_rate=0.3, seed=7)


def test_provenance_is_written_down_and_is_strict_json(tmp_path):
    path = tmp_path / "runs.zarr"
    sweep(store=path)
    attrs = json.loads((path / "zarr.json").read_text(), parse_constant=pytest.fail)["attributes"]
    provenance = json.loads(attrs["provenance"], parse_constant=pytest.fail)
    assert {"commit", "dirty", "versions", "device", "num_devices", "matmul_precision"} <= set(provenance)
    assert {"jax", "jaxlib", "optax", "nnjax", "numpy", "xarray"} == set(provenance["versions"])
    assert "options" in json.loads(attrs["plan"], parse_constant=pytest.fail)["asked"]
    assert len(json.loads(attrs["settings"], parse_constant=pytest.fail)["fingerprints"]) == 1
    (session,) = json.loads(run_file(path).read_text(), parse_constant=pytest.fail)["sessions"]
    assert session["ended"] == "finished"
    assert session["networks_trained"] == 160
    assert session["compile_seconds"] + session["run_seconds"] > 0
    assert session["host"]
    assert str(tmp_path) not in (path / "zarr.json").read_text()


# --- going on


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_goes_on_where_it_stopped(tmp_path, small_chunks, workers):
    path = tmp_path / "runs.zarr"
    trained = 0
    whole = sweep()
    for count in (0, 1, 3, 100):
        if count < 100:
            with stopping_after(count), pytest.raises(Stop) as stop:
                sweep(store=path, workers=workers)
            assert "run the same sweep again" in stop.value.__notes__[0]
        else:
            runs = sweep(store=path, workers=workers)
        with unfinished() if count < 100 else contextlib.nullcontext():
            found = nnjax.open_store(path).load()
        done = found.status.values != 0
        assert done.sum() == sessions(run_file(path))[-1]["networks_trained"] + trained
        np.testing.assert_array_equal(found.train_loss.values[done], whole.train_loss.values[done])
        trained += sessions(run_file(path))[-1]["networks_trained"]
    assert trained == 160
    xr.testing.assert_identical(runs.load(), whole)


def test_ctrl_c_tells_how_to_go_on(tmp_path, small_chunks):
    words = r"run the same sweep again to go on: 0 of 12 jobs"
    with stopping_after(0, KeyboardInterrupt), pytest.raises(KeyboardInterrupt, match=words):
        sweep(store=tmp_path / "runs.zarr")
    assert sessions(run_file(tmp_path / "runs.zarr"))[-1]["ended"].startswith("KeyboardInterrupt")
    same(sweep(store=tmp_path / "runs.zarr"), sweep())


def test_a_chunk_that_is_gone_is_trained_again_and_a_damaged_one_is_named(small_store):
    path, runs = small_store
    chunk = path / "train_loss" / "c" / "1" / "0" / "1"
    content = chunk.read_bytes()
    chunk.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ValueError, match="train_loss/c/1/0/1"):
        nnjax.open_store(path).train_loss.load()
    with pytest.raises(ValueError, match="train_loss/c/1/0/1"):
        nnjax.open_store(path, verify=True)
    chunk.unlink()
    xr.testing.assert_identical(sweep(store=path).load(), runs)
    assert jobs(path) == 1


@pytest.mark.parametrize("key", ["train_loss/c/1/0/1", "seed/c/0", "num_params/c/0", "train_curve/c/0/1/0/0"])
def test_a_chunk_that_must_be_there_is_missed(small_store, key):
    path, runs = small_store
    (path / key).unlink()
    with pytest.raises(ValueError, match=f"chunk {key} .* is missing"):
        nnjax.open_store(path, verify=True)
    with pytest.raises(ValueError, match=f"chunk {key} .* is missing"):
        nnjax.open_store(path).load()
    if "loss" in key or "curve" in key:
        xr.testing.assert_identical(sweep(store=path).load(), runs)
    else:
        with pytest.raises(ValueError, match=f"chunk {key} .* is missing"):
            sweep(store=path).load()


@pytest.mark.slow
def test_functions_of_ones_own_and_batches_of_all_rows_may_be_added(tmp_path):
    given = {"activation": ["tanh"], "batch_size": [2], "seeds": 3}
    more = {"activation": ["tanh", bend], "batch_size": [None, 2], "seeds": 4}
    old = sweep(store=tmp_path / "a", hidden=(2,), **given).load()
    runs = sweep(store=tmp_path / "a", hidden=(2,), **more)
    np.testing.assert_array_equal(runs.train_loss[:1, 1:, :, :3], old.train_loss)
    same(runs, sweep(hidden=(2,), **more))
    most = more | {"batch_size": [3, 2, None]}
    assert list(sweep(store=tmp_path / "a", hidden=(2,), **most).batch_size.values) == ["3", "2", "all"]


def bend(z):
    return z / (1 + abs(z))


def test_what_a_killed_writer_has_left_half_written_is_no_damage(small_store):
    path, runs = small_store
    half = path / "status" / ".nnjax" / f"train_loss.c.0.0.0.{'0123456789abcdef' * 2}.partial"
    half.write_bytes(b"half")
    same(nnjax.open_store(path, verify=True), runs)
    sweep(store=path)
    assert not half.exists()


def test_a_damaged_status_stops_a_sweep_before_it_starts(small_store):
    path, _ = small_store
    chunk = path / "status" / "c" / "0" / "0" / "0"
    chunk.write_bytes(chunk.read_bytes()[:-2])
    with pytest.raises(ValueError, match="status/c/0/0/0"):
        sweep(store=path)


@pytest.mark.parametrize("name", [".", "train_loss", "seed"])
def test_damaged_metadata_is_named(store, name):
    file = store / name / "zarr.json"
    good = file.read_text()
    for bad in (good[: len(good) // 2], good.replace("float32", "float64").replace("Adam", "x"), "[]", ""):
        if bad != good:
            file.write_text(bad)
            for call in (lambda: nnjax.open_store(store), lambda: sweep(store=store)):
                with pytest.raises(ValueError, match=r"zarr.json"):
                    call()
    file.unlink()
    with pytest.raises(ValueError, match=r"zarr.json"):
        nnjax.open_store(store)


# --- growing


def test_axes_grow_and_no_old_number_changes(tmp_path, small_chunks):
    path = tmp_path / "runs.zarr"
    old = sweep(store=path, activation=["tanh"]).load()
    grown = {
        "activation": ["relu", "tanh"],
        "seeds": 50,
        "learning_rate": [0.3, 0.2, 0.1],
        "hidden": [(3,), (2,)],
    }
    runs = sweep(store=path, **grown)
    assert list(runs.activation.values) == ["relu", "tanh"]
    assert list(runs.learning_rate.values) == [0.3, 0.2, 0.1]
    assert list(runs.hidden.values) == ["3", "2"]
    assert (runs.status != 0).all()
    kept = runs.sel({dim: old[dim] for dim in ("hidden", "activation", "learning_rate", "seed")})
    same(kept.transpose(*old.sizes), old)
    new = sum(s["networks_trained"] for s in sessions(run_file(path)))
    assert new == 2 * 2 * 3 * 50
    xr.testing.assert_identical(sweep(store=path, **grown).load(), runs.load())
    run = nnjax.refit(runs, XOR, hidden=(3,), activation="relu", learning_rate=0.2, seed=45)
    assert run.train_loss == runs.train_loss.sel(hidden="3", activation="relu", learning_rate=0.2, seed=45)


def test_networks_with_other_variables_do_not_come_into_a_store(tmp_path):
    """Soft targets are right or wrong for one loss alone; a store without its accuracy would be trained again."""
    path, soft = tmp_path / "runs.zarr", nnjax.tasks.data(XOR.x, [[0.1], [0.9], [0.7], [0.3]])
    old = sweep(soft, hidden=(2,), loss=["squared_error"], store=path).load()
    with pytest.raises(ValueError, match="cannot grow: the new networks have the variable 'accuracy'"):
        sweep(soft, hidden=(2,), loss=["squared_error", LOSS], store=path)
    same(nnjax.open_store(path, verify=True), old)


def count_or_norm(params, data):
    return jnp.linalg.norm(params[1].w) if len(params) > 2 else jnp.int32(0)


def test_a_measure_has_one_dtype(tmp_path):
    measured = {"measure": {"norm": count_or_norm}, "seeds": 3}
    with pytest.raises(ValueError, match=r"measure\['norm'\] has dtype int32 with sizes=\(2, 2, 1\), and float32"):
        sweep(hidden=[(2, 2), (2,)], **measured)
    path = tmp_path / "runs.zarr"
    old = sweep(hidden=[(2, 2)], store=path, **measured).load()
    with pytest.raises(ValueError, match="must have one dtype"):
        sweep(hidden=[(2, 2), (2,)], store=path, **measured)
    same(nnjax.open_store(path), old)


def test_an_open_store_is_read_from_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sweep(store="runs.zarr")
    found = nnjax.open_store("runs.zarr")
    monkeypatch.chdir("/")
    assert (found.isel(seed=[0]).status == 1).all()
    (tmp_path / "runs.zarr").rename(tmp_path / "moved.zarr")
    with pytest.raises(ValueError, match="is missing"):
        found.isel(seed=[1]).status.load()


def test_a_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    sweep(store="~/runs.zarr")
    assert (tmp_path / "runs.zarr" / "zarr.json").exists()
    assert not (tmp_path / "~").exists()
    assert (nnjax.open_store("~/runs.zarr").status == 1).all()
    with pytest.raises(ValueError, match="no such home folder"):
        nnjax.open_store("~nobody-of-this-name/runs.zarr")


def test_a_table_may_be_transposed(tmp_path):
    path = tmp_path / "runs.zarr"
    rates = xr.DataArray([[0.1, 0.2], [0.3, 0.4]], {"width": [2, 3], "candidate": [0, 1]})
    given = {"hidden": None, "width": [2, 3], "candidate": range(2), "seeds": 40, "store": path}
    old = sweep(**given, learning_rate=rates).load()
    same(sweep(**given, learning_rate=rates.transpose()), old)
    turned = {name: given[name] for name in ("candidate", "store", "width", "seeds", "hidden")}
    same(sweep(learning_rate=rates, **turned), old)
    both = {"hidden": (2,), "momentum": [0.0, 0.5], "candidate": range(2), "store": tmp_path / "other.zarr"}
    rates = rates.rename(width="momentum").assign_coords(momentum=both["momentum"])
    old = sweep(**both, learning_rate=rates).load()
    turned = sweep(**dict(reversed(both.items())), learning_rate=rates)
    same(turned.transpose(*old.sizes), old.transpose(*old.sizes))


def test_tasks_and_tables_grow(tmp_path, small_chunks):
    path = tmp_path / "runs.zarr"
    data = nnjax.tasks.all_boolean()
    some = {name: data[name] for name in ("xor", "and")}
    more = {name: data[name] for name in ("or", "and", "xor")}

    def rates(tasks):
        values = {"or": 0.3, "and": 0.2, "xor": 0.1}
        return xr.DataArray([values[name] for name in tasks], {"task": list(tasks)}, "task")

    old = sweep(some, hidden=(2,), learning_rate=rates(some), store=path).load()
    runs = sweep(more, hidden=(2,), learning_rate=rates(more), store=path)
    same(runs.sel(task=["xor", "and"]), old)
    assert (runs.status != 0).all()
    changed = rates(more) * 2
    with pytest.raises(ValueError, match=r"learning_rate: the table over task has 0\.1 there, 0\.2 here"):
        sweep(more, hidden=(2,), learning_rate=changed, store=path)


def test_tasks_with_networks_of_their_own_are_resumed_and_grow(tmp_path, small_chunks):
    path, data = tmp_path / "runs.zarr", nnjax.tasks.all_boolean()
    given = {"hidden": (2,), "store": path}
    some = {name: data[name] for name in ("xor", "and")}
    seeds = {"and": range(50, 90), "xor": [*range(20, 0, -1), *range(60, 80)]}
    whole = sweep(some, hidden=(2,), seeds=seeds)
    for count in (1, 3):
        with stopping_after(count), pytest.raises(Stop):
            sweep(some, **given, seeds=seeds)
    with ThreadPoolExecutor(2) as pool:
        runs = sweep(some, **given, seeds=seeds, executor=pool)
    assert 0 < sessions(run_file(path))[-1]["networks_trained"] < runs.status.size
    xr.testing.assert_identical(runs.load(), whole)
    run = nnjax.refit(nnjax.open_store(path), some, task="and", seed=7, learning_rate=0.1)
    alone = sweep({"and": data["and"]}, hidden=(2,), seeds=[57])
    assert run.train_loss == alone.train_loss.sel(learning_rate=0.1)
    before = files(path)
    for other, words in (
        (40, "seeds: separate for each task there, the same for all tasks here"),
        ({**seeds, "and": range(51, 91)}, r"seeds\['and'\]: 50, 51, 52, 53, 54 and 35 more there, 51, 52"),
        ({"and": range(50, 89), "xor": range(39)}, r"seeds: 39 there, not here"),
    ):
        with pytest.raises(ValueError, match=words):
            sweep(some, **given, seeds=other)
    assert files(path) == before
    more = {name: data[name] for name in ("or", "and", "xor")}
    longer = {"or": range(41), "and": range(50, 91), "xor": [*seeds["xor"], 0]}
    grown = sweep(more, **given, seeds=longer)
    assert list(grown.task.values) == ["or", "and", "xor"]
    same(grown.sel(task=["xor", "and"]).isel(seed=slice(40)), whole)
    same(grown, sweep(more, hidden=(2,), seeds=longer))
    given["store"] = tmp_path / "same.zarr"
    sweep(more, **given, seeds=3)
    with pytest.raises(ValueError, match="seeds: the same for all tasks there, separate for each task here"):
        sweep(more, **given, seeds={name: range(3) for name in more})


def test_an_old_cell_keeps_the_program_it_was_planned_with(tmp_path):
    path = tmp_path / "runs.zarr"
    given = {"padding": True, "store": path}
    sweep(**given)
    more = {"hidden": [(2,), (3,), (4,)], "seeds": 41}
    assert len(nnjax.plan(XOR, **SMALL | more, padding=True).programs) == 1
    runs = sweep(**given, **more)
    groups = [group for _, group in json.loads(runs.attrs["plan"])["programs"]]
    assert sorted(groups) == [[0, 1], [2]]
    np.testing.assert_array_equal(runs.train_loss[:2], sweep(padding=True, seeds=41).train_loss)


@pytest.mark.parametrize("moves", [0, 11])
def test_a_kill_while_a_store_grows_is_mended_by_the_next_sweep(small_store, tmp_path, monkeypatch, moves):
    path, old = small_store
    replace, left = store_files.os.replace, [moves]

    def failing(source, target):
        if (path / store_files.GROWTH).exists():
            if not left[0]:
                raise Stop
            left[0] -= 1
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(store_files.os, "replace", failing)
        with pytest.raises(Stop):
            sweep(store=path, seeds=50)
    monkeypatch.setattr(store_files, "SECONDS_TO_GROW", 0.1)
    if moves:
        with pytest.raises(ValueError, match="run the sweep again, which finishes"):
            nnjax.open_store(path)
    else:
        same(nnjax.open_store(path), old)
    same(sweep(store=path, seeds=50), sweep(seeds=50))
    assert not (path / store_files.GROWTH).exists()
    assert list(tmp_path.iterdir()) == [path]


# --- what is refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"num_steps": 21}, "num_steps: 20 there, 21 here"),
        ({"judged_rows": 2}, "judged_rows: None there, 2 here"),
        ({"activation": "relu"}, "activation: 'tanh' there, 'relu' here"),
        ({"activation": ["tanh"]}, r"activation: 'tanh' there, the axis \['tanh'\] here; to let it grow"),
        ({"learning_rate": 0.1}, r"learning_rate: the axis \[0.1, 0.3\] there, 0.1 here"),
        ({"learning_rate": [0.1, 0.2]}, "learning_rate: 0.3 there, not here"),
        ({"seeds": 39}, "seeds: 39 there, not here"),
        ({"seeds": list(range(10, 50))}, "seeds: 0, 1, 2, 3, 4 and 5 more there"),
        ({"momentum": 0.8}, "momentum: not given there, 0.8 here"),
        ({"dtype": "float64"}, "dtype: float32 there, float64 here"),
        ({"layout": "matrices"}, "layout: None there, 'matrices' here"),
        ({"padding": False}, "padding: None there, False here"),
        ({"compiler_options": {}}, "compiler_options: .* there, {} here"),
        ({"measure": {"norm": norm}}, "measure: {} there"),
        ({"data": nnjax.tasks.xor(low=-1.0)}, "data: other numbers"),
        ({"data": nnjax.tasks.parity(3)}, "shapes: "),
    ],
)
def test_another_sweep_is_refused_and_changes_nothing(written, change, words):
    path, before = written
    with pytest.raises(ValueError, match=words):
        sweep(store=path, **change)
    assert files(path) == before


def test_another_machine_or_version_is_refused(written, monkeypatch):
    path, before = written
    here = provenance.numerics()
    for name in here.keys() - {"jax_settings"}:
        monkeypatch.setattr(provenance, "numerics", lambda name=name: here | {name: "other"})
        with pytest.raises(ValueError, match=f"{name}: .* there, 'other' here"):
            sweep(store=path)
    assert files(path) == before


def test_fresh_moves_the_old_store_aside(tmp_path):
    path = tmp_path / "runs.zarr"
    old = sweep(store=path).load()
    sweep(store=path, num_steps=10, fresh=True)
    sweep(store=path, num_steps=30, fresh=True)
    assert nnjax.open_store(path).step.values[-1] == 30
    assert nnjax.open_store(tmp_path / "runs.zarr.2").step.values[-1] == 10
    same(nnjax.open_store(tmp_path / "runs.zarr.1"), old)
    assert len(sessions(run_file(path))) == 1


def test_a_place_that_is_no_store_is_left_alone(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").write_text("mine")
    (tmp_path / "group").mkdir()
    (tmp_path / "group" / "zarr.json").write_text('{"attributes": {}, "zarr_format": 3, "node_type": "group"}')
    for name, words in (("file", "is a file"), ("folder", "other content"), ("group", "not written by nnjax.sweep")):
        before = files(tmp_path)
        with pytest.raises(ValueError, match=words):
            sweep(store=tmp_path / name)
        with pytest.raises(ValueError, match=r"is a file|does not move it"):
            sweep(store=tmp_path / name, fresh=True)
        assert files(tmp_path) == before
    with pytest.raises(ValueError, match="is not a store"):
        nnjax.open_store(tmp_path / "nowhere")


# --- shards and other processes


@pytest.mark.parametrize("count", [1, 5])
def test_shards_make_one_store(tmp_path, small_chunks, count):
    path = tmp_path / "runs.zarr"
    whole = sweep()
    shares = []
    for i in reversed(range(count)):
        with unfinished() if i else contextlib.nullcontext():
            runs = sweep(store=path, shard=(i, count))
        shares.append(sessions(run_file(path, (i, count)))[-1]["networks_trained"])
    assert sum(shares) == 160
    assert min(shares) > 0
    xr.testing.assert_identical(runs.load(), whole)


@pytest.mark.parametrize("shard", [(2, 2), (-1, 2), (0,), (0, 0), (0.0, 1), (True, 2), "01", 3, [0, 1, 2]])
def test_a_bad_shard_is_named(tmp_path, shard):
    with pytest.raises(ValueError, match="shard="):
        sweep(store=tmp_path / "a", shard=shard)
    assert not (tmp_path / "a").exists()


def test_a_shard_needs_a_store_and_an_executor_submits(tmp_path):
    with pytest.raises(ValueError, match=r"shard=\(0, 2\) needs a store"):
        sweep(shard=(0, 2))
    with pytest.raises(ValueError, match="executor="):
        sweep(executor="dask")


def test_no_shard_moves_away_what_the_others_have_written(tmp_path):
    with pytest.raises(ValueError, match=r"fresh=True with shard=\(0, 2\)"):
        sweep(store=tmp_path / "a", shard=(0, 2), fresh=True)


def test_a_second_writer_is_told_who_the_first_is(tmp_path):
    path = tmp_path / "runs.zarr"
    whole = sweep(store=path).load()
    with locks.held(path, None) as right:
        with right.setting_up():
            pass
        for shard in (None, (0, 2)):
            with pytest.raises(ValueError, match=rf"process {locks.os.getpid()} on host {locks.socket.gethostname()}"):
                sweep(store=path, shard=shard)
    with locks.held(path, (0, 2)) as right:
        with right.setting_up():
            sweep_in_thread_waits = threading.Thread(target=sweep, kwargs={"store": path, "shard": (1, 2)})
            sweep_in_thread_waits.start()
            sweep_in_thread_waits.join(0.2)
            assert sweep_in_thread_waits.is_alive()  # until the first shard has set up
        sweep_in_thread_waits.join()
        for shard in (None, (0, 2), (1, 3)):
            with pytest.raises(ValueError, match="is being written by"):
                sweep(store=path, shard=shard)
        with pytest.raises(ValueError, match="cannot grow while other shards"):
            sweep(store=path, shard=(1, 2), seeds=41)
    same(sweep(store=path), whole)


def test_a_holder_that_does_not_let_go_is_not_waited_for_forever(store, monkeypatch):
    monkeypatch.setattr(locks, "SECONDS_TO_SET_UP", 0.1)
    with (
        locks.held(store, None) as right,
        right.setting_up(),
        pytest.raises(ValueError, match="opening it for too long"),
    ):
        sweep(store=store)


def test_an_executor_does_the_same(tmp_path, small_chunks):
    given = {"hidden": (2,), "solver": "adam", "early_stop": ("train_loss", 0.6), "record_every": 5}
    whole = sweep(**given)
    with ThreadPoolExecutor(3) as pool:
        same(sweep(**given, executor=pool), whole)
        same(sweep(**given, executor=pool, store=tmp_path / "a"), whole)


def test_a_worker_that_computes_otherwise_is_refused(monkeypatch):
    work = remote.work
    monkeypatch.setattr(remote, "work", lambda one: work(one._replace(numerics=one.numerics | {"jax": "0.0"})))
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match=r"jax: '0\.0' there"):
        sweep(executor=pool)
    assert provenance.numerics()["jax"] != "0.0"


# --- pure functions


def test_chunks_cover_the_grid_once():
    given = {**SMALL, "hidden": [(2,), (16, 16)], "seeds": 1000, "learning_rate": np.geomspace(0.01, 1, 7)}
    found = nnjax.plan(XOR, **given, padding=False)
    for chunk in (chunks.chunk_shape(found, 4), (1, 3, 70), (1, 7, 1000), (1, 1, 1)):
        for number, program in enumerate(found.programs):
            mine = [one for p, together in chunks.jobs(found, chunk) if p == number for one in together]
            places = [chunks.places(found, program, one) for one in mine]
            assert sorted(np.concatenate(places)) == list(range(program.num_networks))
            assert [one.num_networks for one in mine] == [len(p) for p in places]


def test_chunks_are_full_blocks_and_small_in_bytes():
    found = nnjax.plan(XOR, **{**SMALL, "hidden": (2,), "learning_rate": 0.1, "seeds": 10**9})
    *_, seeds = chunks.chunk_shape(found, 4)
    assert seeds % 512 == 0
    assert seeds <= chunks.MOST_NETWORKS
    assert chunks.chunk_shape(found, 2**20)[-1] <= chunks.MOST_BYTES // 2**20


@pytest.mark.parametrize("places", [[3], [0, 1, 2], [5, 6, 9, 11, 12], [0, 2, 4]])
def test_places_travel_as_runs(places):
    runs = remote.runs(np.asarray(places))
    assert remote.places(runs).tolist() == places
    assert len(runs) == 1 + sum(b - a != 1 for a, b in itertools.pairwise(places))


def test_a_run_log_that_cannot_be_read_is_kept(store):
    run_file(store).write_text("{")
    sweep(store=store)
    assert len(sessions(run_file(store))) == 1
    assert run_file(store).with_name("run.json.damaged").read_text() == "{"
