"""What can be changed about a sweep between two runs: settings, which are refused, and axes, which are extended."""

import contextlib
import os
from collections.abc import Callable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

import jax
import numpy as np
import xarray as xr

import nnjax
from nnjax import machine, mlp, provenance

MODULE = "nnjax_survival_functions"
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


class Change(NamedTuple):
    """A changed setting: its name in the error message, and what the message says of the old and the new value."""

    what: str
    field: str
    says: tuple[str, ...]
    given: Mapping[str, Any] = {}
    gone: tuple[str, ...] = ()
    around: Callable[[], contextlib.AbstractContextManager] = contextlib.nullcontext


def table(values: Mapping[Any, float], dim: str) -> xr.DataArray:
    """A number for each value on an axis."""
    return xr.DataArray(list(values.values()), {dim: list(values)}, (dim,))


def tasks(*names: str) -> dict[str, nnjax.tasks.Data]:
    """Boolean functions of two inputs by name."""
    bits = {"xor": (0, 1, 1, 0), "and": (0, 0, 0, 1), "or": (0, 1, 1, 1)}
    return {name: nnjax.tasks.boolean_function(bits[name]) for name in names}


def settings(own: ModuleType, num_steps: int, seeds: int) -> dict[str, Any]:
    """Arguments of a sweep that uses every kind of setting, `data` included."""
    return {
        "data": tasks("xor", "and"),
        "hidden": [(2,), (3,)],
        "activation": ["tanh", own.wave],
        "output_activation": "identity",
        "init": "lecun_normal",
        "bias_init": "normal",
        "solver": "adam",
        "learning_rate": [0.1, 0.01],
        "schedule": "linear",
        "loss": "squared_error",
        "batch_size": 2,
        "order": "shuffled",
        "seeds": seeds,
        "num_steps": num_steps,
        "record_every": num_steps // 2,
        "measure": {"size": own.size},
        "early_stop": ("train_loss", 1e-9),
        "model": mlp,
        "dtype": "float32",
        "layout": None,
        "padding": False,
        "compiler_options": {},
        "b1": 0.9,
        "weight_decay": 0.01,
        "clip_norm": 5.0,
        "warmup_steps": 1,
        "bias_scale": 0.5,
        "init_scale": table({"2": 1.0, "3": 0.5}, "hidden"),
    }


def refused(own: ModuleType, base: Mapping[str, Any]) -> list[Change]:
    """The changes that must be refused: every setting, one at a time."""
    steps = base["num_steps"]
    return [*_axes(), *_constants(steps), *_numbers(), *_whole(own, steps), *_data(), *_engine(), *_around()]


def _axes() -> list[Change]:
    return [
        Change("a shape less", "hidden", ("[3] there", "not here"),
               {"hidden": [(2,)], "init_scale": table({"2": 1.0}, "hidden")}),
        Change("another shape", "hidden", ("[3] there", "not here"),
               {"hidden": [(2,), (4,)], "init_scale": table({"2": 1.0, "4": 0.5}, "hidden")}),
        Change("width for hidden", "hidden", ("there", "not given here"),
               {"hidden": None, "width": [2, 3], "init_scale": 1.0}),
        Change("an activation less", "activation", (f"{MODULE}:wave' there", "not here"), {"activation": ["tanh"]}),
        Change("a rate less", "learning_rate", ("0.01 there", "not here"), {"learning_rate": [0.1]}),
        Change("another rate", "learning_rate", ("0.01 there", "not here"), {"learning_rate": [0.1, 0.02]}),
        Change("one rate for an axis", "learning_rate", ("[0.1, 0.01] there", "0.1 here"), {"learning_rate": 0.1}),
        Change("a seed less", "seeds", ("2 there", "not here"), {"seeds": 2}),
        Change("other seeds", "seeds", ("0 there", "not here"), {"seeds": [1, 2, 3]}),
        Change("a task less", "task", ("'and' there", "not here"), {"data": tasks("xor")}),
        Change("data without tasks", "task", ("'xor'", "not given here"), {"data": nnjax.tasks.xor()}),
    ]  # fmt: skip


def _constants(num_steps: int) -> list[Change]:
    values = {
        "output_activation": ("identity", "tanh"),
        "init": ("lecun_normal", "he_normal"),
        "bias_init": ("normal", "uniform"),
        "solver": ("adam", "nadam"),
        "schedule": ("linear", "cosine"),
        "loss": ("squared_error", "huber_loss"),
        "batch_size": (2, 3),
        "order": ("shuffled", "sequential"),
    }
    return [
        *(
            Change(name, name, (f"{there!r} there", f"{here!r} here"), {name: here})
            for name, (there, here) in values.items()
        ),
        Change("all rows", "batch_size", ("2 there", "None here"), {"batch_size": None}),
        Change("an axis for a constant", "init", ("'lecun_normal' there", "'he_normal'] here", "start with a list"),
               {"init": ["lecun_normal", "he_normal"]}),
    ]  # fmt: skip


def _numbers() -> list[Change]:
    values = {"b1": (0.9, 0.8), "weight_decay": (0.01, 0.02), "clip_norm": (5.0, 4.0), "warmup_steps": (1.0, 2.0)}
    values |= {"bias_scale": (0.5, 0.6)}
    other = table({"2": 1.0, "3": 0.75}, "hidden")
    turned = table({0.1: 1.0, 0.01: 0.5}, "learning_rate")
    return [
        *(
            Change(name, name, (f"{there!r} there", f"{here!r} here"), {name: here})
            for name, (there, here) in values.items()
        ),
        Change("b2, new", "b2", ("not given there", "0.99 here"), {"b2": 0.99}),
        Change("b1, no longer", "b1", ("0.9 there", "not given here"), {}, ("b1",)),
        Change("a table's value", "init_scale", ("0.5 there", "0.75 here"), {"init_scale": other}),
        Change("a table's axis", "init_scale", ("['hidden'] there", "['learning_rate'] here"), {"init_scale": turned}),
        Change("a number for a table", "init_scale", ("['hidden'] there", "1.0 here"), {"init_scale": 1.0}),
    ]  # fmt: skip


def _whole(own: ModuleType, num_steps: int) -> list[Change]:
    record = num_steps // 2
    model = SimpleNamespace(init=own.init, apply=mlp.apply)
    return [
        Change("num_steps", "num_steps", (f"{num_steps} there", f"{2 * num_steps} here"), {"num_steps": 2 * num_steps}),
        Change("record_every", "record_every", (f"{record} there", "1 here"), {"record_every": 1}),
        Change("judged_rows", "judged_rows", ("None there", "1 here"), {"judged_rows": 1}),
        Change("no measure", "measure", ("'size'", "{} here"), {"measure": None}),
        Change("a measure more", "measure", ("'size'", "'other'"), {"measure": {"size": own.size, "other": own.other}}),
        Change("another measure", "measure", (f"{MODULE}:size", f"{MODULE}:other"), {"measure": {"size": own.other}}),
        Change("early_stop", "early_stop", ("1e-09", "1e-08"), {"early_stop": ("train_loss", 1e-8)}),
        Change("no early_stop", "early_stop", ("1e-09", "None here"), {"early_stop": None}),
        Change("decision", "decision", ("None there", "0.0 here"), {"decision": 0.0}),
        Change("model", "model", ("nnjax.mlp:init", f"{MODULE}:init"), {"model": model}),
        Change("dtype", "dtype", ("float32 there", "float64 here"), {"dtype": "float64"}),
    ]


def _data() -> list[Change]:
    base = tasks("xor", "and")
    x, y = np.asarray(base["xor"].x, float), np.asarray(base["xor"].y, float)
    other = base | {"xor": nnjax.tasks.data(x + 0.5 * (x == 0), y)}
    longer = {
        name: nnjax.tasks.data(np.vstack([one.x, one.x]), np.vstack([one.y, one.y])) for name, one in base.items()
    }
    weighted = {name: nnjax.tasks.data(one.x, one.y, weight=[1, 1, 1, 2]) for name, one in base.items()}
    tested = {name: nnjax.tasks.data(one.x, one.y, one.x, one.y) for name, one in base.items()}
    one = "[4, 2], [4, 1]"
    return [
        Change("data, numbers", "data['xor']", ("there", "here", "sha256"), {"data": other}),
        Change("data, rows", "shapes", (one, "[8, 2], [8, 1]"), {"data": longer}),
        Change("data, weights", "shapes", (one, "[4]]"), {"data": weighted}),
        Change("data, test rows", "shapes", (one, "[4, 2], [4, 1], [4, 2], [4, 1]"), {"data": tested}),
    ]


def _engine() -> list[Change]:
    option = {"xla_cpu_enable_fast_math": True}
    return [
        Change("layout", "layout", ("None there", "'matrices' here"), {"layout": "matrices"}),
        Change("padding", "padding", ("False there", "True here"), {"padding": True}),
        Change("compiler_options", "compiler_options", ("{} there", "True} here"), {"compiler_options": option}),
    ]


def _around() -> list[Change]:
    """Changes outside the arguments of `sweep` that affect the bits of its results."""
    real_version = provenance.version

    def version(package: str) -> Callable[[], contextlib.AbstractContextManager]:
        return lambda: mock.patch.object(
            provenance, "version", lambda name: "0.0.1" if name == package else real_version(name)
        )

    def another(module: ModuleType, name: str) -> Callable[[], contextlib.AbstractContextManager]:
        return lambda: mock.patch.object(module, name, return_value="another")

    def device() -> contextlib.AbstractContextManager:
        return mock.patch.object(provenance, "numerics", return_value=provenance.numerics() | {"device": "gpu Toy"})

    def flags() -> contextlib.AbstractContextManager:
        return mock.patch.dict(os.environ, XLA_FLAGS="--xla_cpu_enable_fast_math=true")

    return [
        *(
            Change(name, name, (f"{real_version(name)!r} there", "'0.0.1' here"), around=version(name))
            for name in ("jax", "jaxlib", "optax")
        ),
        Change("nnjax's source", "nnjax_source", ("there", "'another' here"), around=another(provenance, "source")),
        Change("processor", "processor", ("there", "'another' here"), around=another(machine, "processor")),
        Change("device", "device", ("there", "'gpu Toy' here"), around=device),
        Change("matmul_precision", "matmul_precision", ("there", "'bfloat16' here"),
               around=lambda: jax.default_matmul_precision("bfloat16")),
        Change("threefry_partitionable", "jax_threefry_partitionable", ("True there", "False here"),
               around=lambda: jax.threefry_partitionable(False)),
        Change("XLA_FLAGS", "XLA_FLAGS", ("there", "fast_math=true' here"), around=flags),
    ]  # fmt: skip


def edited(what: str) -> tuple[Change, str]:
    """A user's function that keeps its name and computes something else: the change, and the text of its module."""
    old, new = {
        "wave": ("return jnp.sin(x)", "return jnp.sin(x) + 0.0"),
        "size": ("jnp.sum(w**2)", "jnp.sum(w * w)"),
    }[what]
    field = {"wave": f"activation='{MODULE}:wave' of 2 neurons", "size": "measure['size'] for 2-2-1"}[what]
    return Change(f"what {what}() computes", field, ("there", "here"), {}), FUNCTIONS.replace(old, new)


class Extension(NamedTuple):
    """A change that is allowed: the settings added to those of `plain`, before and after."""

    what: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def plain(num_steps: int, seeds: int) -> dict[str, Any]:
    """Arguments of the sweep whose axes are extended."""
    return {
        "data": nnjax.tasks.xor(),
        "hidden": [(2,)],
        "seeds": seeds,
        "num_steps": num_steps,
        "padding": False,
        "measure": None,
    }


def extensions(own: ModuleType, seeds: int) -> list[Extension]:
    """The extensions: new values on every axis."""
    rate = table({"lecun_normal": 0.1, "he_normal": 0.01}, "init")
    longer = table({"normal": 0.05, "he_normal": 0.01, "lecun_normal": 0.1}, "init")
    wide, pairs = {"hidden": None, "width": 2}, {"batch_size": 2}
    two, three = ["lecun_normal", "he_normal"], ["normal", "lecun_normal", "he_normal"]
    return [
        Extension("nothing", {}, {}),
        Extension("more seeds", {}, {"seeds": 3 * seeds}),
        Extension("seeds in another order", {}, {"seeds": [7, *reversed(range(seeds))]}),
        Extension("more rates", {"learning_rate": [0.1]}, {"learning_rate": [0.2, 0.1]}),
        Extension("rates in another order", {"learning_rate": [0.1, 0.2]}, {"learning_rate": [0.2, 0.1]}),
        Extension("more shapes", {}, {"hidden": [(3,), (2,), (2, 2)]}),
        Extension("more widths", {"hidden": None, "width": [2]}, {"hidden": None, "width": [3, 2]}),
        Extension("more depths", wide | {"depth": [1]}, wide | {"depth": [2, 1]}),
        Extension("more activations", {"activation": ["tanh"]}, {"activation": ["relu", "tanh"]}),
        Extension("one's own activation", {"activation": ["tanh"]}, {"activation": [own.wave, "tanh"]}),
        Extension("more solvers", {"solver": ["adam"]}, {"solver": ["adam", "sgd"]}),
        Extension("more batch sizes", {"batch_size": [2]}, {"batch_size": [3, 2]}),
        Extension("batches of all rows", {"batch_size": [None]}, {"batch_size": [2, None]}),
        Extension("more orders", pairs | {"order": ["shuffled"]}, pairs | {"order": ["random", "shuffled"]}),
        Extension("more tasks", {"data": tasks("xor")}, {"data": tasks("or", "xor", "and")}),
        Extension("a table with more", {"init": two, "learning_rate": rate}, {"init": three, "learning_rate": longer}),
        Extension("everything", {"learning_rate": [0.1], "init": ["normal"]},
               {"learning_rate": [0.2, 0.1], "init": ["he_normal", "normal"], "hidden": [(3,), (2,)],
                "seeds": seeds + 2}),
    ]  # fmt: skip
