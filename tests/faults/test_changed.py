"""A sweep is refused on the store of another one, which it does not touch; a sweep with longer axes goes on there."""

import contextlib
import importlib.util
import inspect
import os
import sys
from types import SimpleNamespace
from unittest import mock

import jax
import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax import machine, mlp, provenance
from tests.faults import sweeps

MODULE = "nnjax_functions_of_a_user"
FUNCTIONS = """
import jax
import jax.numpy as jnp
from nnjax import mlp

def wave(x):
    return jnp.sin(x)

def size(params, data):
    return sum(jnp.sum(w**2) for w in jax.tree.leaves(params))

def other(params, data):
    return jnp.zeros(())

def init(*given, **named):
    return mlp.init(*given, **named)
"""
# What does not decide a result, and what tests/nnjax/engine/store/test_settings.py changes.
ELSEWHERE = {"workers", "store", "fresh", "executor", "shard", "progress", "depth"}
ELSEWHERE |= {"decay_biases", "patience", "start", "mask", "keep_params"}


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """A function that writes a user's module with this text, and imports it in place of an earlier version."""

    def load(text=FUNCTIONS):
        file = tmp_path / f"{MODULE}.py"
        file.write_text(text)
        spec = importlib.util.spec_from_file_location(MODULE, file)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, MODULE, module)
        # Compiled from the text itself: two versions within a second would share a file of bytecode.
        exec(compile(text, file, "exec"), module.__dict__)
        return module

    return load


def table(values, dim):
    """A number for each value on an axis."""
    return xr.DataArray(list(values.values()), {dim: list(values)}, (dim,))


def tasks(*names):
    bits = {"xor": (0, 1, 1, 0), "and": (0, 0, 0, 1), "or": (0, 1, 1, 1)}
    return {name: nnjax.tasks.boolean_function(bits[name]) for name in names}


def settings(own):
    """A sweep that uses every kind of setting."""
    return {
        "data": tasks("xor", "and"), "hidden": [(2,), (3,)], "activation": ["tanh", own.wave],
        "output_activation": "identity", "init": "lecun_normal", "bias_init": "normal", "solver": "adam",
        "learning_rate": [0.1, 0.01], "schedule": "linear", "loss": "squared_error", "batch_size": 2,
        "order": "shuffled", "seeds": 3, "num_steps": 6, "record_every": 3, "measure": {"size": own.size},
        "early_stop": ("train_loss", 1e-9), "model": mlp, "dtype": "float32", "layout": None, "padding": False,
        "compiler_options": {}, "b1": 0.9, "weight_decay": 0.01, "clip_norm": 5.0, "warmup_steps": 1,
        "bias_scale": 0.5, "init_scale": table({"2": 1.0, "3": 0.5}, "hidden"),
    }  # fmt: skip


def changes(own):
    """What is changed, what the error says of it (its name, the value there and the value here), and the arguments."""
    base = tasks("xor", "and")
    x, y = (np.asarray(one, float) for one in base["xor"][:2])
    other = base | {"xor": nnjax.tasks.data(x + 0.5 * (x == 0), y)}
    twice = {name: nnjax.tasks.data(np.tile(x, (2, 1)), np.tile(one.y, (2, 1))) for name, one in base.items()}
    weighted = {name: nnjax.tasks.data(x, one.y, weight=[1, 1, 1, 2]) for name, one in base.items()}
    tested = {name: nnjax.tasks.data(x, one.y, x, one.y) for name, one in base.items()}
    narrow, wide = table({"2": 1.0}, "hidden"), table({"2": 1.0, "4": 0.5}, "hidden")
    turned = table({0.1: 1.0, 0.01: 0.5}, "learning_rate")
    new_model = SimpleNamespace(init=own.init, apply=mlp.apply)
    fast = {"xla_cpu_enable_fast_math": True}
    plain = {
        "output_activation": ("'identity'", "'tanh'"), "init": ("'lecun_normal'", "'he_normal'"),
        "bias_init": ("'normal'", "'uniform'"), "solver": ("'adam'", "'nadam'"), "schedule": ("'linear'", "'cosine'"),
        "loss": ("'squared_error'", "'huber_loss'"), "order": ("'shuffled'", "'sequential'"), "batch_size": ("2", "3"),
        "b1": ("0.9", "0.8"), "weight_decay": ("0.01", "0.02"), "clip_norm": ("5.0", "4.0"),
        "warmup_steps": ("1.0", "2.0"), "bias_scale": ("0.5", "0.6"), "num_steps": ("6", "12"),
        "record_every": ("3", "1"), "judged_rows": ("None", "1"), "decision": ("None", "0.0"),
    }  # fmt: skip
    return [
        *((name, (f"{there} there", f"{here} here"), {name: eval(here)}) for name, (there, here) in plain.items()),
        # Axes
        ("hidden", ("[3] there", "not here"), {"hidden": [(2,)], "init_scale": narrow}),
        ("hidden", ("[3] there", "not here"), {"hidden": [(2,), (4,)], "init_scale": wide}),
        ("hidden", ("there", "not given here"), {"hidden": None, "width": [2, 3], "init_scale": 1.0}),
        ("activation", (f"{MODULE}:wave' there", "not here"), {"activation": ["tanh"]}),
        ("learning_rate", ("0.01 there", "not here"), {"learning_rate": [0.1]}),
        ("learning_rate", ("0.01 there", "not here"), {"learning_rate": [0.1, 0.02]}),
        ("learning_rate", ("[0.1, 0.01] there", "0.1 here"), {"learning_rate": 0.1}),
        ("seeds", ("2 there", "not here"), {"seeds": 2}),
        ("seeds", ("0 there", "not here"), {"seeds": [1, 2, 3]}),
        ("init", ("'he_normal'] here", "start with a list"), {"init": ["lecun_normal", "he_normal"]}),
        # Data
        ("task", ("'and' there", "not here"), {"data": tasks("xor")}),
        ("task", ("'xor'", "not given here"), {"data": nnjax.tasks.xor()}),
        ("data['xor']", ("there", "here", "sha256"), {"data": other}),
        ("shapes", ("[4, 2], [4, 1]", "[8, 2], [8, 1]"), {"data": twice}),
        ("shapes", ("[4, 2], [4, 1]", "[4]]"), {"data": weighted}),
        ("shapes", ("[4, 2], [4, 1]", "[4, 2], [4, 1], [4, 2], [4, 1]"), {"data": tested}),
        # Numbers and tables
        ("batch_size", ("2 there", "None here"), {"batch_size": None}),
        ("b2", ("not given there", "0.99 here"), {"b2": 0.99}),
        ("b1", ("0.9 there", "not given here"), {"b1": None}),
        ("init_scale", ("0.5 there", "0.75 here"), {"init_scale": table({"2": 1.0, "3": 0.75}, "hidden")}),
        ("init_scale", ("['hidden'] there", "['learning_rate'] here"), {"init_scale": turned}),
        ("init_scale", ("['hidden'] there", "1.0 here"), {"init_scale": 1.0}),
        # Measures, the model, and how it is computed
        ("measure", ("'size'", "{} here"), {"measure": None}),
        ("measure", ("'size'", "'other'"), {"measure": {"size": own.size, "other": own.other}}),
        ("measure", (f"{MODULE}:size", f"{MODULE}:other"), {"measure": {"size": own.other}}),
        ("early_stop", ("1e-09", "1e-08"), {"early_stop": ("train_loss", 1e-8)}),
        ("early_stop", ("1e-09", "None here"), {"early_stop": None}),
        ("model", ("nnjax.mlp:init", f"{MODULE}:init"), {"model": new_model}),
        ("dtype", ("float32 there", "float64 here"), {"dtype": "float64"}),
        ("layout", ("None there", "'matrices' here"), {"layout": "matrices"}),
        ("padding", ("False there", "True here"), {"padding": True}),
        ("compiler_options", ("{} there", "True} here"), {"compiler_options": fast}),
    ]


def surroundings():
    """Changes outside the arguments of `sweep`: the name, what the error says of it, and a context."""
    real, numerics = provenance.version, provenance.numerics()

    def version(package):
        return mock.patch.object(provenance, "version", lambda name: "0.0.1" if name == package else real(name))

    return [
        *((name, (f"{real(name)!r} there", "'0.0.1' here"), version(name)) for name in ("jax", "jaxlib", "optax")),
        ("nnjax_source", ("there", "'another' here"), mock.patch.object(provenance, "source", return_value="another")),
        ("processor", ("there", "'another' here"), mock.patch.object(machine, "processor", return_value="another")),
        ("device", ("there", "'gpu Toy' here"),
         mock.patch.object(provenance, "numerics", return_value=numerics | {"device": "gpu Toy"})),
        ("matmul_precision", ("there", "'bfloat16' here"), jax.default_matmul_precision("bfloat16")),
        ("jax_threefry_partitionable", ("True there", "False here"), jax.threefry_partitionable(False)),
        ("XLA_FLAGS", ("there", "fast_math=true' here"),
         mock.patch.dict(os.environ, XLA_FLAGS="--xla_cpu_enable_fast_math=true")),
    ]  # fmt: skip


def call(store, given):
    # None takes away a number of the solver; for all other settings it is a value.
    given = {name: value for name, value in given.items() if not (name == "b1" and value is None)}
    data = given.pop("data")
    return nnjax.sweep(data, **given, store=store, progress=False).load()


def assert_refused(store, given, name, says, around=None):
    before, trained = sweeps.contents(store), []
    with nnjax.hooks.listening(lambda event: trained.append(event.kind == "train")), around or contextlib.nullcontext():
        error = sweeps.raised(lambda: call(store, given))
    assert isinstance(error, ValueError), f"{name} is not refused: {error!r}"
    assert "holds another sweep" in str(error)
    for text in (f"\n  {name}: ", *says):
        assert text in str(error)
    assert not any(trained)
    assert sweeps.contents(store) == before


def test_every_setting_of_a_sweep_is_changed(imported):
    asked = {name for name, p in inspect.signature(nnjax.sweep).parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert asked - ELSEWHERE <= {name for *_, given in changes(imported()) for name in given}


@pytest.mark.faults
def test_changed_sweeps_are_refused(imported, tmp_path, tally):
    store, own = tmp_path / "runs.zarr", imported()
    base = settings(own)
    whole = call(store, base)
    for file in sweeps.chunk_files(store, "status")[::2]:
        file.unlink()  # an unfinished sweep
    times = 0
    for name, says, given in sweeps.some(changes(own)):
        assert_refused(store, base | given, name, says)
        times += 1
    for name, says, context in sweeps.some(surroundings()):
        assert_refused(store, base, name, says, context)
        times += 1
    for old, new, name in (
        ("jnp.sin(x)", "jnp.sin(x) + 0.0", f"activation='{MODULE}:wave' of 2 neurons"),
        ("jnp.sum(w**2)", "jnp.sum(w * w)", "measure['size'] for 2-2-1"),
    ):
        assert_refused(store, settings(imported(FUNCTIONS.replace(old, new))), name, ("there", "here"))
        times += 1
    assert sweeps.same(call(store, settings(imported())), whole)
    tally(
        "the sweep has another setting",
        times,
        "settings, data, functions of a user's own, versions, the processor. The sweep was refused with the setting's "
        "name and both values, trained nothing, and changed no byte of the store",
    )


def extensions(own):
    """What the axes of a sweep have before and after they grow."""
    rate = table({"lecun_normal": 0.1, "he_normal": 0.01}, "init")
    longer = table({"normal": 0.05, "he_normal": 0.01, "lecun_normal": 0.1}, "init")
    wide, pairs = {"hidden": None, "width": 2}, {"batch_size": 2}
    two, three = ["lecun_normal", "he_normal"], ["normal", "lecun_normal", "he_normal"]
    return [
        ({}, {}),
        ({}, {"seeds": 9}),
        ({}, {"seeds": [7, 2, 1, 0]}),
        ({"learning_rate": [0.1]}, {"learning_rate": [0.2, 0.1]}),
        ({"learning_rate": [0.1, 0.2]}, {"learning_rate": [0.2, 0.1]}),
        ({}, {"hidden": [(3,), (2,), (2, 2)]}),
        ({"hidden": None, "width": [2]}, {"hidden": None, "width": [3, 2]}),
        (wide | {"depth": [1]}, wide | {"depth": [2, 1]}),
        ({"activation": ["tanh"]}, {"activation": ["relu", "tanh"]}),
        ({"activation": ["tanh"]}, {"activation": [own.wave, "tanh"]}),
        ({"solver": ["adam"]}, {"solver": ["adam", "sgd"]}),
        ({"batch_size": [2]}, {"batch_size": [3, 2]}),
        ({"batch_size": [None]}, {"batch_size": [2, None]}),
        (pairs | {"order": ["shuffled"]}, pairs | {"order": ["random", "shuffled"]}),
        ({"data": tasks("xor")}, {"data": tasks("or", "xor", "and")}),
        ({"init": two, "learning_rate": rate}, {"init": three, "learning_rate": longer}),
        (
            {"learning_rate": [0.1], "init": ["normal"]},
            {"learning_rate": [0.2, 0.1], "init": ["he_normal", "normal"], "hidden": [(3,), (2,)], "seeds": 5},
        ),
    ]


@pytest.mark.faults
def test_axes_grow(imported, tmp_path, tally):
    plain = {"data": nnjax.tasks.xor(), "hidden": [(2,)], "seeds": 3, "num_steps": 6, "padding": False}
    tries = sweeps.some(extensions(imported()))
    for number, (before, after) in enumerate(tries):
        store = tmp_path / f"{number}.zarr"
        old, new = call(store, plain | before), call(store, plain | after)
        kept = new.sel({dim: old[dim].values for dim in old.dims if dim in old.coords})
        assert all(np.array_equal(kept[name], old[name], equal_nan=True) for name in old.data_vars), after
        memory = call(None, plain | after)
        assert all(np.array_equal(new[name], memory[name], equal_nan=True) for name in memory.data_vars), after
    tally(
        "an axis of the sweep grows",
        len(tries),
        "earlier results stayed, and all had the bits of a sweep that was trained at once in memory",
    )
