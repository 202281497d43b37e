"""A sweep is refused on the store of another one, which it does not touch; a sweep with longer axes goes on there."""

import inspect
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax import mlp
from tests.faults import sweeps

# What decides no result, and what tests/nnjax/engine/store/test_settings.py changes. That versions, the processor and
# settings of JAX count is tested in tests/nnjax/engine/test_store.py.
ELSEWHERE = {"workers", "store", "fresh", "executor", "shard", "progress", "depth"}
ELSEWHERE |= {"decay_biases", "patience", "start", "mask", "keep_params"}
OR, AND, XOR = (nnjax.tasks.boolean_function(bits) for bits in ((0, 1, 1, 1), (0, 0, 0, 1), (0, 1, 1, 0)))
SHIFT, POWER = 0.0, 2  # what a user's functions take from outside


def wave(x):
    return jnp.sin(x) + SHIFT


def size(params, data):
    return sum(jnp.sum(w**POWER) for w in jax.tree.leaves(params))


def other_measure(params, data):
    return jnp.zeros(())


def other_init(*given, **named):
    return mlp.init(*given, **named)


def table(dim, *values):
    """A number for each value on an axis, given as pairs."""
    labels, numbers = zip(*values, strict=True)
    return xr.DataArray(list(numbers), {dim: list(labels)}, (dim,))


# A sweep that uses every kind of setting.
BASE = {
    "data": {"xor": XOR, "and": AND}, "hidden": [(2,), (3,)], "activation": ["tanh", wave],
    "output_activation": "identity", "init": "lecun_normal", "bias_init": "normal", "solver": "adam",
    "learning_rate": [0.1, 0.01], "schedule": "linear", "loss": "squared_error", "batch_size": 2,
    "order": "shuffled", "seeds": 3, "num_steps": 6, "record_every": 3, "measure": {"size": size},
    "early_stop": ("train_loss", 1e-9), "model": mlp, "dtype": "float32", "layout": None, "padding": False,
    "compiler_options": {}, "b1": 0.9, "weight_decay": 0.01, "clip_norm": 5.0, "warmup_steps": 1,
    "bias_scale": 0.5, "init_scale": table("hidden", ("2", 1.0), ("3", 0.5)),
}  # fmt: skip


def changes():
    """Each change: the name under which the error must tell it, and the arguments that are given instead."""
    x, y = np.asarray(XOR.x, float), np.asarray(XOR.y, float)
    plain = {
        "output_activation": "tanh", "init": "he_normal", "bias_init": "uniform", "solver": "nadam", "batch_size": 3,
        "schedule": "cosine", "loss": "huber_loss", "order": "sequential", "b1": 0.8, "b2": 0.99, "weight_decay": 0.02,
        "clip_norm": 4.0, "warmup_steps": 2, "bias_scale": 0.6, "num_steps": 12, "record_every": 1, "judged_rows": 1,
        "decision": 0.0, "dtype": "float64", "layout": "matrices", "padding": True, "measure": {"size": other_measure},
        "early_stop": ("train_loss", 1e-8), "model": SimpleNamespace(init=other_init, apply=mlp.apply),
        "compiler_options": {"xla_cpu_enable_fast_math": True}, "activation": ["tanh"], "learning_rate": [0.1],
        "seeds": 2, "init_scale": table("hidden", ("2", 1.0), ("3", 0.75)),
    }  # fmt: skip
    return [
        *((name, {name: value}) for name, value in plain.items()),
        ("hidden", {"hidden": [(2,)], "init_scale": table("hidden", ("2", 1.0))}),
        ("hidden", {"hidden": [(2,), (4,)], "init_scale": table("hidden", ("2", 1.0), ("4", 0.5))}),
        ("hidden", {"hidden": None, "width": [2, 3], "init_scale": 1.0}),
        ("learning_rate", {"learning_rate": [0.1, 0.02]}),
        ("learning_rate", {"learning_rate": 0.1}),
        ("seeds", {"seeds": [1, 2, 3]}),
        ("init", {"init": ["lecun_normal", "he_normal"]}),
        ("init_scale", {"init_scale": table("learning_rate", (0.1, 1.0), (0.01, 0.5))}),
        ("init_scale", {"init_scale": 1.0}),
        ("batch_size", {"batch_size": None}),
        ("measure", {"measure": None}),
        ("measure", {"measure": {"size": size, "other": other_measure}}),
        ("early_stop", {"early_stop": None}),
        ("task", {"data": {"xor": XOR}}),
        ("task", {"data": XOR}),
        ("data['xor']", {"data": {"xor": nnjax.tasks.data(x + 0.5 * (x == 0), y), "and": AND}}),
        ("shapes", {"data": dict.fromkeys(("xor", "and"), nnjax.tasks.data(np.tile(x, (2, 1)), np.tile(y, (2, 1))))}),
        ("shapes", {"data": dict.fromkeys(("xor", "and"), nnjax.tasks.data(x, y, weight=[1, 1, 1, 2]))}),
        ("shapes", {"data": dict.fromkeys(("xor", "and"), nnjax.tasks.data(x, y, x, y))}),
    ]


def call(store, data, **given):
    return nnjax.sweep(data, **given, store=store, progress=False).load()


def assert_refused(store, name, given):
    before, trained = sweeps.contents(store), []
    with nnjax.hooks.listening(lambda event: trained.append(event.kind == "train")):
        error = sweeps.error_of(lambda: call(store, **given))
    assert isinstance(error, ValueError), f"another {name} is not refused: {error!r}"
    assert "holds another sweep" in str(error)
    (told,) = (line for line in str(error).splitlines() if line.startswith(f"  {name}: "))
    assert "there" in told  # what the store has
    assert "here" in told
    assert not any(trained)
    assert sweeps.contents(store) == before


def test_every_setting_of_a_sweep_is_changed():
    asked = {name for name, p in inspect.signature(nnjax.sweep).parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert asked - ELSEWHERE <= {name for _, given in changes() for name in given}


@pytest.mark.faults
def test_changed_sweeps_are_refused(tmp_path, monkeypatch, tally):
    store = tmp_path / "runs.zarr"
    whole = call(store, **BASE)
    for file in sweeps.chunk_files(store, "status")[::2]:
        file.unlink()  # an unfinished sweep
    tries = sweeps.some(changes())
    for name, given in tries:
        assert_refused(store, name, BASE | given)
    assert_refused(store, "b1", {name: value for name, value in BASE.items() if name != "b1"})
    for name, value, told in (
        ("SHIFT", 1.0, f"activation='{__name__}:wave' of 2 neurons"),
        ("POWER", 3, "measure['size'] for 2-2-1"),
    ):
        with monkeypatch.context() as patch:
            patch.setitem(globals(), name, value)
            assert_refused(store, told, BASE)
    sweeps.assert_same(call(store, **BASE), whole)
    tally(
        "the sweep has another setting",
        len(tries) + 3,
        "another value, table, set of data or measure, or a function of the user's own that computes something else. "
        "The sweep was refused with what differs, there and here, trained nothing, and changed no byte of the store",
    )


def growth():
    """What is given before an axis grows, and after."""
    rates = [("lecun_normal", 0.1), ("he_normal", 0.01)]
    wide, pairs = {"hidden": None, "width": 2}, {"batch_size": 2}
    some = {"init": ["lecun_normal", "he_normal"], "learning_rate": table("init", *rates)}
    more = {"init": ["normal", *some["init"]], "learning_rate": table("init", ("normal", 0.05), *rates[::-1])}
    every = {"learning_rate": [0.2, 0.1], "init": ["he_normal", "normal"], "hidden": [(3,), (2,)], "seeds": 5}
    return [
        ({}, {}),
        ({}, {"seeds": 9}),
        ({}, {"seeds": [7, 2, 1, 0]}),
        ({}, {"hidden": [(3,), (2,), (2, 2)]}),
        ({"hidden": None, "width": [2]}, {"hidden": None, "width": [3, 2]}),
        (wide | {"depth": [1]}, wide | {"depth": [2, 1]}),
        ({"learning_rate": [0.1]}, {"learning_rate": [0.2, 0.1]}),
        ({"learning_rate": [0.1, 0.2]}, {"learning_rate": [0.2, 0.1]}),
        ({"activation": ["tanh"]}, {"activation": ["relu", "tanh"]}),
        ({"activation": ["tanh"]}, {"activation": [wave, "tanh"]}),
        ({"solver": ["adam"]}, {"solver": ["adam", "sgd"]}),
        ({"batch_size": [2]}, {"batch_size": [3, 2]}),
        ({"batch_size": [None]}, {"batch_size": [2, None]}),
        (pairs | {"order": ["shuffled"]}, pairs | {"order": ["random", "shuffled"]}),
        ({"data": {"xor": XOR}}, {"data": {"or": OR, "xor": XOR, "and": AND}}),
        (some, more),
        ({"learning_rate": [0.1], "init": ["normal"]}, every),
    ]


@pytest.mark.faults
def test_axes_grow(tmp_path, tally):
    plain = {"data": XOR, "hidden": [(2,)], "seeds": 3, "num_steps": 6, "padding": False}
    tries = sweeps.some(growth())
    for number, (before, after) in enumerate(tries):
        store = tmp_path / f"{number}.zarr"
        old, new = call(store, **plain | before), call(store, **plain | after)
        kept = new.sel({dim: old[dim].values for dim in old.dims if dim in old.coords})
        for one, other in ((kept, old), (new, call(None, **plain | after))):
            for name in other.variables:
                np.testing.assert_array_equal(one[name], other[name], err_msg=f"{name} {after}")
    tally(
        "an axis of the sweep grows",
        len(tries),
        "earlier results stayed, and all had the bits of a sweep that was trained at once in memory",
    )
