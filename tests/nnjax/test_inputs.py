"""What users do by accident and attackers on purpose: each ends in a right result, or in one clear line.

`right` adds a call with a result that is found in another way: by NumPy, a loop, a sweep that says the same plainly, or
another process. `refused` adds a call with what its ValueError (or OSError) must say.
`python -m tests.nnjax.test_inputs` prints how many there are of each, and whether any went wrong.
"""

import collections
import concurrent.futures
import contextlib
import fractions
import functools
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import types
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd
import pytest
import xarray as xr

import nnjax
from nnjax import hooks, mlp, neurons, statistics, tasks, tuning
from nnjax.theory import constructions, regions, separability

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
XOR = tasks.xor()
X, Y = np.asarray(XOR.x), np.asarray(XOR.y)
BASE: dict[str, Any] = dict(hidden=(2,), seeds=2, num_steps=3, progress=False)
SQUARE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
OR, AND = np.array([0, 1, 1, 1]), np.array([0, 0, 0, 1])
KEY = jax.random.key(0)
NETWORK = mlp.init(KEY, (2, 3, 1))


class Case(NamedTuple):
    """What is called, and what must come of it: a value, or the parts of a message."""

    area: str
    kind: str
    name: str
    call: Any
    expected: Any = None
    message: tuple[str, ...] = ()


CASES: list[Case] = []
area = ""


def right(kind, name, call, expected):
    CASES.append(Case(area, kind, name, call, expected))


def refused(kind, name, call, *message):
    CASES.append(Case(area, kind, name, call, None, message))


def train(data=XOR, **given):
    """A small sweep, in memory unless it is said otherwise."""
    rest = {"hidden": None} if "width" in given else {}
    return nnjax.sweep(data, **{**BASE, **rest, **given})


def loss(data=XOR, **given):
    return train(data, **given).train_loss.values


def by_numpy(activation, **given):
    """Losses of a sweep as NumPy finds them from the parameters that `refit` gives."""
    runs = train(activation=activation, **given)
    functions = {"activation": activation} if callable(activation) else None
    found = []
    for seed in range(2):
        (w, b), (v, c) = nnjax.refit(runs, XOR, seed=seed, functions=functions).params
        found.append((w, b, v, c))
    return runs, found


def forward(found, f):
    return [np.mean((f(X @ w + b) @ v + c - Y) ** 2) for w, b, v, c in found]


def trained_as(activation, f):
    """The losses of a sweep beside those that NumPy finds with `f`."""
    runs, found = by_numpy(activation)
    return np.asarray(runs.train_loss.values, float), np.asarray(forward(found, f))


def agree(pair):
    np.testing.assert_allclose(*pair, rtol=2e-5)
    return True


def descended(x, y, weight=None, rate=0.1, num_steps=3):
    """A linear neuron from zero by gradient descent on the weighted squared error, in a NumPy loop."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    weight = np.ones(len(x)) if weight is None else np.asarray(weight, float)
    share, w, b = weight / weight.sum(), np.zeros((x.shape[1], y.shape[1])), np.zeros(y.shape[1])
    for _ in range(num_steps):
        error = 2 * share[:, None] * (x @ w + b - y) / y.shape[1]
        w, b = w - rate * x.T @ error, b - rate * error.sum(0)
    return np.sum(share * np.mean((x @ w + b - y) ** 2, 1))


def neuron(data, **given):
    """The same by a sweep."""
    how = dict(hidden=(), init="zeros", solver="sgd", learning_rate=0.1, seeds=1)
    return loss(data, **(how | given)).item()


def process(code, **environment):
    """What a fresh process prints, as JSON."""
    env = {**os.environ, "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


PLAIN = """
import json, os, jax, numpy as np, nnjax
BASE = dict(hidden=(2,), seeds=2, num_steps=3, progress=False)
def show(values): print(json.dumps(np.asarray(values, float).tolist()))
"""


def in_folder(f):
    """Call `f` inside a new folder that is the working directory."""

    def call():
        before = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                return f()
            finally:
                os.chdir(before)

    return call


def configured(name, value, f):
    before = getattr(jax.config, name)
    jax.config.update(name, value)
    try:
        return f()
    finally:
        jax.config.update(name, before)


# --- Axes and numbers -----------------------------------------------------------------------------------------------
area = "axes"


def table(values, dims="width", **coords):
    return xr.DataArray(np.asarray(values), coords, dims)


RATES = dict(learning_rate=0.01)
for name, rate in {
    "a 0-d array of JAX": jnp.asarray(0.01),
    "a 0-d array of NumPy": np.asarray(0.01),
    "a fraction": fractions.Fraction(1, 100),
    "a table without dimensions": xr.DataArray(0.01),
}.items():
    right("user", f"learning_rate as {name}", lambda rate=rate: loss(learning_rate=rate), lambda: loss(**RATES))
right(
    "user",
    "learning_rate as a bfloat16",
    lambda: loss(learning_rate=jnp.bfloat16(0.01)),
    lambda: loss(learning_rate=float(jnp.bfloat16(0.01))),
)
right(
    "user",
    "learning_rates of float16",
    lambda: loss(learning_rate=np.array([0.01, 0.1], np.float16)),
    lambda: np.stack([loss(learning_rate=float(np.float16(rate))) for rate in (0.01, 0.1)]),
)
right("user", "learning_rate as a uint8", lambda: loss(learning_rate=np.uint8(1)), lambda: loss(learning_rate=1.0))
right(
    "user",
    "learning_rates that are one number in float32",
    lambda: loss(learning_rate=[0.1, 0.1 + 1e-12]),
    lambda: np.stack([loss(learning_rate=0.1)] * 2),
)
right(
    "user",
    "momentum of negative zero",
    lambda: loss(solver="sgd", momentum=-0.0),
    lambda: loss(solver="sgd", momentum=0.0),
)
for name, seeds in {
    "uint64": np.array([5, 3], np.uint64),
    "int8 of JAX": jnp.array([5, 3], jnp.int8),
    "a view with a negative stride": np.array([3, 5])[::-1],
    "a range that falls": range(5, 2, -2),
}.items():
    right("user", f"seeds as {name}", lambda seeds=seeds: loss(seeds=seeds), lambda: loss(seeds=[5, 3]))
right("attacker", "the greatest seed", lambda: loss(seeds=[2**32 - 1, 0])[1], lambda: loss(seeds=1)[0])
right("user", "widths of uint8", lambda: loss(width=np.array([2, 3], np.uint8)), lambda: loss(width=[2, 3]))
right("user", "hidden of whole numbers of JAX", lambda: loss(hidden=(jnp.asarray(2),)), loss)
right(
    "user",
    "every axis with one value",
    lambda: loss(
        width=[2],
        depth=[1],
        activation=["tanh"],
        loss=["squared_error"],
        batch_size=[None],
        order=["random"],
        learning_rate=[0.01],
        seeds=[0],
    ).ravel(),
    lambda: loss(seeds=1),
)
TUNED = dict(width=[2, 3], learning_rate=table([0.1, 0.2], width=[2, 3]))
for name, one in {
    "in another order": table([0.2, 0.1], width=[3, 2]),
    "with more labels": table([0.3, 0.1, 0.2], width=[1, 2, 3]),
    "with other coordinates": table([0.1, 0.2], width=[2, 3], note=("width", ["a", "b"]), z=5),
    "with labels in floating point": table([0.1, 0.2], width=[2.0, 3.0]),
    "of objects": xr.DataArray(np.array([0.1, 0.2], object), {"width": [2, 3]}, "width"),
    "read only": table(np.broadcast_to([0.1, 0.2], 2), width=[2, 3]),
}.items():
    right("user", f"a table {name}", lambda one=one: loss(width=[2, 3], learning_rate=one), lambda: loss(**TUNED))
right(
    "user",
    "a table over hidden",
    lambda: loss(hidden=[(2,), (3,)], learning_rate=table([0.1, 0.2], "hidden", hidden=["2", "3"])),
    lambda: loss(**TUNED),
)
right(
    "user",
    "a table over tasks in another order",
    lambda: loss({"a": XOR, "b": XOR}, learning_rate=table([0.1, 0.2], "task", task=["b", "a"])),
    lambda: np.stack([loss(learning_rate=0.2), loss(learning_rate=0.1)]),
)
right(
    "user",
    "tasks of many scripts",
    lambda: list(train({"😀": XOR, "é": XOR, "e\u0301": XOR}).task.values),
    lambda: ["😀", "é", "e\u0301"],
)
right("user", "tasks in a mapping that is no dict", lambda: loss(types.MappingProxyType({"a": XOR}))[0], loss)
right("user", "a record beyond the end", lambda: list(train(record_every=10).step.values), lambda: [0, 3])
for name, given in {
    "a generator": dict(learning_rate=(rate for rate in [0.1])),
    "a set": dict(learning_rate={0.1, 0.2}),
    "a column of a data frame": dict(learning_rate=pd.Series([0.1, 0.2])),
    "an index": dict(learning_rate=pd.Index([0.1])),
    "values of a dict": dict(learning_rate={1: 0.1}.values()),
    "a structured array": dict(learning_rate=np.zeros(1, "f8,f8")),
    "a masked array": dict(learning_rate=np.ma.masked_array([0.1, 0.2], [0, 1])),
    "an array of bfloat16 in NumPy": dict(learning_rate=np.array([0.1, 0.2], jnp.bfloat16)),
}.items():
    refused("user", f"learning_rate as {name}", lambda given=given: train(**given), "learning_rate", "finite number")
for name, given in {"zip": zip([2], [3], strict=True), "map": map(int, [2]), "a text": "23"}.items():
    refused("user", f"width as {name}", lambda given=given: train(width=given), "width=", "whole number")
refused("user", "seeds as truths", lambda: train(seeds=np.array([True, False])), "seeds=", "whole number")
refused("user", "seeds as an index", lambda: train(seeds=pd.RangeIndex(3)), "seeds=", "whole number")
refused(
    "user",
    "two tables over each other",
    lambda: train(learning_rate=table([0.1], "b1", b1=[0.5]), b1=table([0.5], "learning_rate", learning_rate=[0.1])),
    "is not an axis",
)
refused(
    "user",
    "a table over itself",
    lambda: train(learning_rate=table([0.1], "learning_rate", learning_rate=[0.1])),
    "is not an axis",
)
refused(
    "user",
    "a stacked table",
    lambda: train(
        width=[2], learning_rate=table([[0.1]], ("width", "depth"), width=[2], depth=[1]).stack(z=("width", "depth"))
    ),
    "z is not an axis",
)
refused(
    "user",
    "a table below what float32 holds",
    lambda: train(width=[2], learning_rate=table([1e-40], width=[2])),
    "float32",
)
refused("attacker", "a task named by half a character", lambda: train({"\ud800": XOR}), "control characters")


def solver_with(parameter):
    """A factory with a hyperparameter of this name."""
    scope: dict[str, Any] = {"optax": optax}
    exec(f"def factory(learning_rate, {parameter}=0.5): return optax.sgd(learning_rate * {parameter})", scope)
    return scope["factory"]


for name in ("seed", "step", "steps", "status", "task", "train_loss", "depth", "order", "data"):
    given = {} if name in ("data", "depth", "order") else {name: [0.5, 0.6]}
    refused(
        "user",
        f"a solver with the hyperparameter {name}",
        lambda name=name, given=given: train(solver=solver_with(name), **given),
        f"hyperparameter '{name}'",
        "another name",
    )
right(
    "user",
    "a solver with a hyperparameter of its own name",
    lambda: np.round(loss(solver=solver_with("damping"), damping=0.5, learning_rate=0.5), 5),
    lambda: np.round(loss(solver="sgd", learning_rate=0.25), 5),
)

# --- Functions of the user's own ------------------------------------------------------------------------------------
area = "functions"


LARGE = np.ones((2, 100_000), np.float32)


class Slope:
    """A function with a state."""

    def __init__(self, slope):
        self.slope = slope

    def __call__(self, z):
        return self.slope * z

    def method(self, z):
        return self.slope * jnp.tanh(z)


def decorated(f):
    @functools.wraps(f)
    def inner(z):
        return f(z)

    return inner


def nested(z, n=3):
    return jnp.tanh(z) if n == 0 else nested(z, n - 1)


@jax.custom_jvp
def steep(z):
    return jnp.tanh(z)


steep.defjvp(lambda primals, tangents: (steep(*primals), 2 * tangents[0]))
leaked = []


def leaks(z):
    leaked.append(z)
    return jnp.tanh(z)


def from_a_file(z):
    with open(ROOT / "pyproject.toml", encoding="utf-8") as file:
        return z * min(2, len(file.read()))


for name, f, plain in [
    ("an object with __call__", Slope(2.0), lambda z: 2 * z),
    ("a bound method", Slope(2.0).method, lambda z: 2 * np.tanh(z)),
    ("a decorated function", decorated(jnp.tanh), np.tanh),
    ("a function that calls itself", nested, np.tanh),
    ("a partial", functools.partial(jax.nn.leaky_relu, negative_slope=0.25), lambda z: np.where(z > 0, z, z / 4)),
    ("a jitted function", jax.jit(jnp.sin), np.sin),
    ("a checkpointed function", jax.checkpoint(jnp.sin), np.sin),
    ("a function with a derivative of its own", steep, np.tanh),
    ("a function that keeps its arguments", leaks, np.tanh),
    ("a function that reads a file", from_a_file, lambda z: 2 * z),
    ("a constant array", lambda z: jnp.ones(2), lambda z: np.ones_like(z)),
    ("truths", lambda z: z > 0, lambda z: (z > 0).astype(float)),
    ("whole numbers", lambda z: jnp.round(z).astype(int), np.round),
    ("a sort", jnp.sort, lambda z: np.sort(z, axis=-1)),
    ("a mean over the layer", lambda z: z - z.mean(), lambda z: z - z.mean(-1, keepdims=True)),
    (
        "random numbers of a fixed key",
        lambda z: z + jax.random.normal(jax.random.key(1), (2,)),
        lambda z: z + np.asarray(jax.random.normal(jax.random.key(1), (2,))),
    ),
    (
        "a closure over 200,000 numbers",
        lambda z, a=LARGE: z * (a.mean(1) + jnp.asarray(a)[:, 0]),
        lambda z: 2 * z,
    ),
    ("a loop of fixed length", lambda z: jax.lax.fori_loop(0, 3, lambda i, c: c / 2, z), lambda z: z / 8),
]:
    right("user", f"an activation: {name}", lambda f=f, plain=plain: agree(trained_as(f, plain)), lambda: True)


def changed_in_place(kind, wrap, dtype="float32"):
    """Losses of one function before and after its array is changed, and with new arrays."""
    array = np.full(2, 0.1, kind)
    f = wrap(lambda z: z * array)
    first = loss(activation=f, dtype=dtype)
    array[:] = 5
    second = loss(activation=f, dtype=dtype)
    return np.stack([first, second])


def given_anew(kind, dtype="float32"):
    arrays = [np.full(2, value, kind) for value in (0.1, 5)]
    return np.stack([loss(activation=lambda z, a=a: z * a, dtype=dtype) for a in arrays])


for kind in (np.float64, np.float32):
    for name, wrap in {"": lambda f: f, ", jitted": jax.jit, ", checkpointed": jax.checkpoint}.items():
        right(
            "user",
            f"an array of {kind.__name__} changed in place{name}",
            lambda kind=kind, wrap=wrap: changed_in_place(kind, wrap),
            lambda kind=kind: given_anew(kind),
        )


def number_changed_in_place(kind):
    """The same for an array without dimensions."""
    number = np.array(2, kind)
    f = lambda z: z * number  # noqa: E731
    first = loss(activation=f)
    number[()] = 5
    return np.stack([first, loss(activation=f)])


for kind in (np.float64, np.int64):
    right(
        "user",
        f"a number of {kind.__name__} changed in place",
        lambda kind=kind: number_changed_in_place(kind),
        lambda kind=kind: np.stack([loss(activation=lambda z, v=v: z * np.array(v, kind)) for v in (2, 5)]),
    )


def in_two_precisions(first, second):
    array = np.full(2, 0.1)
    f = lambda z: z * array  # noqa: E731
    loss(activation=f, dtype=first)
    return loss(activation=f, dtype=second)


for first, second in (("float32", "float64"), ("float64", "float32")):
    right(
        "user",
        f"an array used in {first} and then in {second}",
        lambda a=first, b=second: in_two_precisions(a, b),
        lambda b=second: loss(activation=lambda z: z * np.full(2, 0.1), dtype=b),
    )


def counts(z, seen=np.zeros(2)):  # noqa: B008 - which is the point
    seen += 1
    return z * seen


refused("attacker", "an activation that changes an array as it is called", lambda: train(activation=counts), "not pure")


def in_place(z):
    z[0] = 0
    return z


for name, f, message in [
    ("writes into its argument", in_place, "immutable"),
    ("gives complex numbers", lambda z: jnp.exp(1j * z), "complex"),
    ("gives one number", lambda z: 1.0, "shape (2,)"),
    ("gives a list", lambda z: [z[0], z[1]], "shape (2,)"),
    ("gives a text", lambda z: "a", "cannot be used"),
    ("never ends", lambda z: endless(z), "RecursionError"),
    ("is of NumPy", np.vectorize(math.tanh), "cannot be used"),
    ("is of math", math.tanh, "cannot be used"),
    ("takes two arguments", jnp.maximum, "missing 1 required"),
    ("branches", lambda z: z if z.sum() > 0 else -z, "TracerBoolConversionError"),
    ("talks to other devices", lambda z: z - jax.lax.pmean(z, "i"), "unbound axis name"),
    ("has no derivative", lambda z: jax.lax.while_loop(lambda c: c.sum() < 10, lambda c: c + 1.0, z), "Reverse-mode"),
    ("is kept by its arguments", functools.lru_cache(jnp.tanh), "unhashable"),
]:
    refused("user", f"an activation that {name}", lambda f=f: train(activation=f), message)


def endless(z):
    return endless(z)


TWO = tasks.data(X, np.hstack([Y, 1 - Y]))
refused(
    "user",
    "an output activation that sums the outputs",
    lambda: train(TWO, output_activation=lambda z: jnp.sum(z, keepdims=True)),
    "output_activation",
    "shape (2,)",
)
refused(
    "user",
    "an output activation of whole numbers",
    lambda: train(output_activation=lambda z: jnp.round(z).astype(int)),
    "int32",
)
for name, f in {
    "a whole number": lambda output, target: jnp.sum(output > target),
    "a truth": lambda output, target: (output > target).all(),
    "a complex number": lambda output, target: jnp.mean((output - target) ** 2) + 0j,
    "a Python int": lambda output, target: 3,
}.items():
    refused("user", f"a loss that is {name}", lambda f=f: train(loss=f), "loss must return a floating-point number")
refused("user", "a loss of one argument", lambda: train(loss=lambda output: output.sum()), "loss", "takes 1 positional")
refused(
    "user",
    "a loss that keeps a dimension",
    lambda: train(loss=lambda o, t: ((o - t) ** 2).mean(keepdims=True)),
    "shape ()",
)


def squared(output, target):
    return jnp.mean((output - target) ** 2)


right("user", "a loss whose arguments have other names", lambda: loss(loss=lambda a, b, *c, **d: squared(a, b)), loss)
right("user", "a loss of NumPy's functions", lambda: loss(loss=lambda o, t: np.mean((o - t) ** 2)), loss)
right(
    "user",
    "a loss below zero",
    lambda: loss(loss=lambda o, t: -squared(o, t), learning_rate=1e-30),
    lambda: -loss(learning_rate=1e-30),
)
right(
    "user", "a loss that is a Python number", lambda: loss(loss=lambda o, t: 0.25), lambda: np.full(2, 0.25, np.float32)
)


def half(output, target):
    return squared(output, target).astype(jnp.float16)


for layout in ("matrices", "lanes"):
    for weight in (1e-12, 1e6):
        right(
            "attacker",
            f"a loss in half precision, rows of weight {weight:g}, {layout}",
            lambda layout=layout, weight=weight: np.round(
                neuron(tasks.data(X, Y, weight=[weight] * 4), loss=half, layout=layout), 3
            ),
            lambda: np.round(descended(X, Y), 3),
        )


def own_model(init=None, apply=None):
    def zeros(key, sizes, *, dtype, **keywords):
        return {"w": jnp.zeros((sizes[0], sizes[-1]), dtype)}

    def linear(params, x, **keywords):
        return x @ params["w"]

    return types.SimpleNamespace(init=init or zeros, apply=apply or linear)


CENTRED = tasks.data(X - 0.5, Y - 0.5)
for name, init in {
    "that ignores its key": None,
    "that gives NumPy's arrays": lambda key, sizes, **k: {"w": np.zeros((2, 1), np.float32), "none": None},
    "that gives Python numbers": lambda key, sizes, **k: {"w": jnp.zeros((2, 1)), "unused": 3.0},
}.items():
    right(
        "user",
        f"a model {name}",
        lambda init=init: loss(CENTRED, model=own_model(init), solver="sgd").tolist(),
        lambda: [0.25, 0.25],
    )
for name, init in {
    "whole numbers": lambda key, sizes, **k: {"w": jnp.zeros((2, 1)), "n": jnp.asarray(3)},
    "a key": lambda key, sizes, **k: {"w": jnp.zeros((2, 1)), "k": key},
    "truths": lambda key, sizes, **k: {"w": jnp.zeros((2, 1)), "mask": jnp.array([True])},
    "complex numbers": lambda key, sizes, **k: {"w": jnp.zeros((2, 1), jnp.complex64)},
    "nothing": lambda key, sizes, **k: {},
}.items():
    apply = lambda p, x, **k: jnp.real(x @ p["w"]) if p else x[:1]  # noqa: E731
    refused(
        "user",
        f"a model whose parameters are {name}",
        lambda init=init, apply=apply: train(model=own_model(init, apply)),
        "model.init must return",
    )
for name, apply in {
    "a scalar": lambda p, x, **k: (x @ p["w"])[0],
    "two outputs for one": lambda p, x, **k: jnp.concatenate([x @ p["w"]] * 2),
    "a row": lambda p, x, **k: (x @ p["w"])[None],
    "a tuple": lambda p, x, **k: (x @ p["w"],),
}.items():
    refused("user", f"a model that gives {name}", lambda apply=apply: train(model=own_model(apply=apply)), "model")
refused(
    "user",
    "a model with dropout of NumPy",
    lambda: train(model=own_model(apply=lambda p, x, **k: x * np.random.default_rng().random() @ p["w"])),
    "not pure",
)
refused(
    "user",
    "a model without settings",
    lambda: train(model=own_model(apply=lambda p, x: x @ p["w"])),
    "unexpected keyword",
)


def measured(f, **given):
    return train(measure={"m": f}, record_every=1, **given).m


right(
    "user",
    "a measure with a default of its own",
    lambda: measured(lambda p, d, eps=0.5: jnp.asarray(eps)).values.tolist(),
    lambda: [[0.5] * 4] * 2,
)
right(
    "user",
    "a measure with a default by keyword",
    lambda: measured(lambda p, d, *, eps=0.5: jnp.asarray(eps)).values.tolist(),
    lambda: [[0.5] * 4] * 2,
)
right(
    "user",
    "a measure with predict=None",
    lambda: measured(lambda p, d, predict=None: jnp.asarray(predict is not None)).values.all(),
    lambda: True,
)
right(
    "user",
    "a measure that is nan, with early stopping on it",
    lambda: train(measure={"m": lambda p, d: jnp.nan}, record_every=1, early_stop=("m", 1.0)).steps.values.tolist(),
    lambda: [3, 3],
)
right("user", "a measure of no numbers", lambda: measured(lambda p, d: jnp.zeros(0)).shape, lambda: (2, 4, 0))
right(
    "user",
    "a measure of 90,000 numbers",
    lambda: measured(lambda p, d: jnp.arange(90_000.0)).values[1, 3, -1],
    lambda: 89_999.0,
)
for name, value in {
    "uint8": jnp.uint8(200),
    "truth": jnp.asarray(True),
    "float16": jnp.float16(1.5),
    "complex": jnp.asarray(2j),
}.items():
    right(
        "user",
        f"a measure: {name}",
        lambda value=value: measured(lambda p, d: value).values[0, 0],
        lambda value=value: np.asarray(value),
    )
for name, f, message in [
    ("a dict", lambda p, d: {"a": 1.0}, "one array"),
    ("a key", lambda p, d: jax.random.key(0), "one array of numbers"),
    ("a list", lambda p, d: [1.0], "one array"),
    ("2^40 in NumPy", lambda p, d: np.int64(2**40), "do not fit"),
    ("2^40 in Python", lambda p, d: 2**40, "too large"),
]:
    refused("user", f"a measure that gives {name}", lambda f=f: measured(f), "measure['m']", message)
refused(
    "user",
    "early stopping on a complex measure",
    lambda: train(measure={"m": lambda p, d: jnp.asarray(1j)}, record_every=1, early_stop=("m", 0.5)),
    "early_stop",
    "complex",
)

# --- Data -----------------------------------------------------------------------------------------------------------
area = "data"


def mapped():
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "x.npy", X)
        return loss(tasks.data(np.load(Path(folder) / "x.npy", mmap_mode="r"), Y))


def read_only():
    x = X.copy()
    x.flags.writeable = False
    return loss(tasks.data(x, Y))


right("user", "rows mapped from a file", mapped, loss)
right("user", "rows that are read only", read_only, loss)
for name, x in {
    "big-endian": X.astype(">f8"),
    "big-endian float32": X.astype(">f4"),
    "in Fortran's order": np.asfortranarray(X),
    "not contiguous": np.repeat(X, 2, 0)[::2],
    "float16": X.astype(np.float16),
    "long doubles": X.astype(np.longdouble),
    "truths": X.astype(bool),
    "a data frame with another index": pd.DataFrame(X, index=[9, 8, 7, 6]),
    "a data frame of categories": pd.DataFrame({"a": pd.Categorical([0, 0, 1, 1]), "b": [0, 1, 0, 1]}),
    "a masked array without masks": np.ma.masked_array(X),
    "a DataArray": xr.DataArray(X),
    "a memoryview": memoryview(np.ascontiguousarray(X)),
    "negative zeros": np.where(X == 0, -0.0, X),
}.items():
    right("user", f"rows: {name}", lambda x=x: loss(tasks.data(x, Y)), loss)
for name, x in {
    "objects": X.astype(object),
    "bfloat16": jnp.asarray(X, jnp.bfloat16),
    "nullable integers": pd.DataFrame(X.astype(int)).astype("Int64"),
    "a structured array": np.zeros(4, "f8,f8"),
    "durations": X.astype("m8[s]"),
    "a generator": (row for row in X),
    "a dict": {0: [1, 2]},
}.items():
    refused("user", f"rows: {name}", lambda x=x: tasks.data(x, Y), "x has dtype", "real numbers")
for name, x, y, weight in [
    ("one row", X[3:], Y[3:] + 1, None),
    ("rows twice", np.repeat(X, 2, 0), np.repeat(Y, 2, 0), None),
    ("constant targets", X, Y * 0 + 0.5, None),
    ("a class of weight 0", X, Y, [0, 1, 1, 0]),
    ("weights that are truths", X, Y, np.array([True, False, True, True])),
    ("weights of float16", X, Y, np.array([1, 2, 3, 4], np.float16)),
    ("weights of negative zero", X, Y, [-0.0, 1, 1, 1]),
    ("weights 30 orders apart", X, Y, [1e-30, 1, 1, 1e-10]),
    ("3,000 columns", np.eye(4, 3000), Y, None),
    ("denormal rows", X * 1e-42, Y, None),
    ("an input that never changes", X * [1, 0], Y, None),
    ("targets of three columns", X, np.hstack([Y, 1 - Y, Y * 2]), None),
]:
    right(
        "user",
        f"a neuron on {name}",
        lambda x=x, y=y, weight=weight: round(neuron(tasks.data(x, y, weight=weight)), 5),
        lambda x=x, y=y, weight=weight: round(descended(x, y, weight), 5),
    )
right("user", "targets of 1e30 diverge, and are told", lambda: diverged(tasks.data(X, Y * 1e30)), lambda: [3, 3])
right("user", "inputs of 1e30 to tanh", lambda: bool(np.isfinite(loss(tasks.data(X * 1e30, Y))).all()), lambda: True)
right(
    "user",
    "one-hot targets with a row of zeros have a threshold, not the greatest output",
    lambda: train(tasks.data(X, [[1, 0], [0, 1], [0, 0], [1, 0]])).accuracy.attrs["decision"][:32],
    lambda: "every output is above 0.5 where ",
)
refused(
    "user",
    "such targets with softmax",
    lambda: train(tasks.data(X, [[1, 0], [0, 1], [0, 0], [1, 0]]), loss="softmax_cross_entropy"),
    "sum to 1",
)
refused(
    "attacker",
    "a long double beyond float64",
    lambda: tasks.data(np.array([[np.longdouble("1e600")]]), [[1]]),
    "finite",
)
refused("user", "labels of classes as targets", lambda: tasks.data(X, [0, 1, 1, 0]), "y[:, None]")


def diverged(data):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = train(data).status.values.tolist()
    assert any("took a step" in str(one.message) for one in told)
    return found


for n in (0, -1, 21, 60, 2.0, True):
    refused("attacker", f"boolean_inputs({n!r})", lambda n=n: tasks.boolean_inputs(n), f"num_inputs={n!r}")

# --- Networks -------------------------------------------------------------------------------------------------------
area = "mlp"


def by_hand(x, activation=np.tanh):
    (w, b), (v, c) = jax.tree.map(lambda a: np.asarray(a, float), NETWORK)
    return np.round(activation(np.asarray(x, float) @ w + b) @ v + c, 5)


def said(x, **given):
    return np.round(np.asarray(mlp.predict(NETWORK, x, **given), float), 5)


ROWS = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
for name, x in {
    "whole numbers beyond 32 bits": np.array([[2**40, -(2**33)]]),
    "unsigned whole numbers": np.array([[2**63 + 5, 1]], np.uint64),
    "whole numbers": np.array([[3, 1]], np.int8),
    "truths": np.array([[True, False]]),
    "whole numbers of JAX": jnp.array([[3, 1]]),
    "big-endian rows": ROWS.astype(">f4"),
    "rows in Fortran's order": np.asfortranarray(ROWS),
    "no row": np.zeros((0, 2)),
    "a data frame": pd.DataFrame(ROWS),
    "lists": [[3, 1], [0.5, 2]],
}.items():
    right("user", f"predict of {name}", lambda x=x: said(x), lambda x=x: by_hand(x))
right(
    "user",
    "apply to whole numbers beyond 32 bits",
    lambda: np.round(np.asarray(mlp.apply(NETWORK, np.array([2**40, -(2**33)])), float), 5),
    lambda: by_hand([2**40, -(2**33)]),
)
for name, x, message in [
    ("complex numbers", jnp.array([[1j, 0]]), "real numbers"),
    ("keys", jax.random.split(KEY, (1, 2)), "real numbers"),
    ("numbers beyond float32", np.array([[1e39, 0]]), "beyond the range of float32"),
    ("masked rows", np.ma.masked_array(ROWS, ROWS > 0), "masked"),
]:
    refused("user", f"predict of {name}", lambda x=x: mlp.predict(NETWORK, x), "x ", message)
for name, params in {
    "no layer": (),
    "a dict": {"w": 1},
    "a number": 3,
    "lists": [list(layer) for layer in NETWORK],
    "layers in the wrong order": NETWORK[::-1],
    "stacked networks": jax.tree.map(lambda a: jnp.stack([a, a]), NETWORK),
    "whole numbers": jax.tree.map(lambda a: jnp.round(a).astype(int), NETWORK),
    "a bias that is a column": (mlp.Layer(NETWORK[0].w, NETWORK[0].b[:, None]), NETWORK[1]),
}.items():
    refused(
        "user",
        f"predict with {name} for params",
        lambda params=params: mlp.predict(params, ROWS),
        "params=",
        "must be layers",
    )
refused(
    "user",
    "saving masked weights",
    lambda: mlp.save(
        "never", tuple(mlp.Layer(np.ma.masked_array(np.asarray(w), np.asarray(w) > 0), b) for w, b in NETWORK)
    ),
    "masked",
)


def saved(name, **settings):
    with tempfile.TemporaryDirectory() as folder:
        mlp.save(Path(folder) / name, NETWORK, activation="tanh", **settings)
        params, found = mlp.load(Path(folder) / name)
        return found, jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), params, NETWORK))


right(
    "user",
    "saving under a name in another script",
    lambda: saved("é 日本.npz", n=2**70, zero=-0.0),
    lambda: ({"activation": "tanh", "n": 2**70, "zero": -0.0}, True),
)
for name, f in {
    "mlp.init": lambda key: mlp.init(key, (2, 3, 1)),
    "pocket_fit": lambda key: neurons.pocket_fit(key, ROWS_OF_OR, targets(0, 1, 1, 1), 10),
}.items():
    refused("user", f"{name} with a seed for a key", lambda f=f: f(0), "key=0", "such as jax.random.key(0)")
for name, arguments in {
    "an infinite budget": (math.inf, 1, 2, 1),
    "no budget": (math.nan, 1, 2, 1),
    "negative inputs": (100, 1, -5, 1),
    "half a layer": (100, 1.5, 2, 1),
    "inputs that are true": (100, 1, True, 1),
}.items():
    refused(
        "attacker",
        f"width_for_budget of {name}",
        lambda arguments=arguments: mlp.width_for_budget(*arguments),
        " number of 1 or more",
    )


def within(budget, depth, tolerance=0.05):
    """The same sizes by trying all."""
    width = mlp.width_for_budget(budget, depth, 3, 2)
    found = []
    for base in (width, width + 1):
        for place in range(depth):
            for size in range(1, 4 * width + 2):
                hidden = (*(base,) * place, size, *(base,) * (depth - place - 1))
                off = abs(mlp.num_params((3, *hidden, 2)) - budget) / budget
                if off <= tolerance:
                    found.append((abs(size - base), place, off, hidden))
    return min(found)[-1]


for budget, depth in ((33, 1), (100, 2), (333, 3), (1000, 2)):
    right(
        "user",
        f"hidden_for_budget({budget}, {depth})",
        lambda b=budget, d=depth: mlp.hidden_for_budget(b, d, 3, 2),
        lambda b=budget, d=depth: within(b, d),
    )
right("attacker", "hidden_for_budget of 10^12", lambda: mlp.hidden_for_budget(10**12, 3, 2, 1), lambda: (707105,) * 3)

# --- Stores, processes, executors -----------------------------------------------------------------------------------
area = "stores"
GRID: dict[str, Any] = dict(width=[2, 3], learning_rate=[0.1, 0.2], seeds=3)


def stored(store="runs.zarr", **given):
    return train(store=store, **(GRID | given))


def grid():
    return loss(**GRID)


def read_elsewhere():
    runs = stored()
    os.mkdir("other")
    os.chdir("other")
    return runs.train_loss.values


def turned():
    stored()
    runs = stored(width=[3, 2], learning_rate=[0.2, 0.1])
    return runs.train_loss.sel(width=[2, 3], learning_rate=[0.1, 0.2]).values


def grown_in_the_middle():
    stored()
    return stored(learning_rate=[0.1, 0.15, 0.2]).train_loss.sel(learning_rate=[0.1, 0.2]).values


def linked():
    stored("real.zarr")
    os.symlink("real.zarr", "link.zarr")
    stored("link.zarr", seeds=4)
    return nnjax.open_store("real.zarr").train_loss.values


def fresh_link():
    stored("real.zarr")
    os.symlink("real.zarr", "link.zarr")
    stored("link.zarr", fresh=True)
    return sorted(os.listdir(".")), os.path.islink("link.zarr")


def copied():
    stored()
    shutil.copytree("runs.zarr", "copy.zarr")
    return stored("copy.zarr", seeds=4).train_loss.values


def by_two_threads():
    found, told = [], []

    def go():
        try:
            found.append(stored().train_loss.values)
        except ValueError as error:
            told.append(str(error))

    threads = [threading.Thread(target=go) for _ in range(2)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    assert all("is being written by process" in one for one in told)
    return found[0]


def shards_of_other_numbers():
    with warnings.catch_warnings(action="ignore"):
        for shard in ((0, 3), (0, 2), (999, 1000), (1, 2)):
            runs = stored(shard=shard)
    return runs.train_loss.values


def begun_by_another_process():
    process(
        PLAIN + f"nnjax.sweep(nnjax.tasks.xor(), store='runs.zarr', num_steps=3, **{ {**GRID, 'seeds': 2}!r}); show(0)",
        XLA_FLAGS=os.environ.get("XLA_FLAGS", ""),
    )
    return stored().train_loss.values


for name, f, expected in [
    ("a relative path, read after chdir", read_elsewhere, grid),
    ("axes in another order", turned, grid),
    ("an axis that grows in the middle", grown_in_the_middle, grid),
    ("a store by a link", linked, lambda: loss(**GRID | {"seeds": 4})),
    ("fresh=True by a link", fresh_link, lambda: (["link.zarr", "real.zarr", "real.zarr.1"], True)),
    ("a copy that is resumed", copied, lambda: loss(**GRID | {"seeds": 4})),
    ("two threads at once", by_two_threads, grid),
    ("shards of other numbers", shards_of_other_numbers, grid),
    ("a store begun by another process", begun_by_another_process, grid),
    ("a path with blanks and quotes", lambda: stored("é ü 日本 ' \".zarr").train_loss.values, grid),
    ("a path with a slash at its end", lambda: stored("runs.zarr/").train_loss.values, grid),
    ("a path whose folders are not there", lambda: stored("a/b/c.zarr").train_loss.values, grid),
    ("an empty folder", lambda: (os.mkdir("empty"), stored("empty").train_loss.values)[1], grid),
    ("fresh=True where nothing is", lambda: stored("new.zarr", fresh=True).train_loss.values, grid),
]:
    right("user", name, in_folder(f), expected)


def inside():
    stored()
    stored("runs.zarr/inner.zarr")


def shrunk():
    stored()
    stored(width=[2])


def scalar():
    stored()
    stored(width=2)


for name, f, message in [
    ("a store inside a store", inside, "lies inside the store"),
    ("an axis that shrinks", shrunk, "3 there, not here"),
    ("an axis that becomes one value", scalar, "the axis [2, 3] there, 2 here"),
    ("the working directory", lambda: (Path("a").touch(), stored(".")), "other content"),
    ("a device", lambda: stored("/dev/null"), "is a file"),
    ("a name that is too long", lambda: stored("a" * 300), "File name too long"),
    ("fresh=True on a file", lambda: (Path("f").touch(), stored("f", fresh=True)), "is a file"),
]:
    refused("attacker", name, in_folder(f), message)


class Fake:
    """An executor that does its jobs at once, as `submit` has it."""

    def __init__(self, result):
        self.result, self.futures = result, []

    def submit(self, f, message):
        future = concurrent.futures.Future()
        future.set_result(self.result(self, f, message))
        self.futures.append(future)
        return future


class Same(Fake):
    """One future for all jobs."""

    def submit(self, f, message):
        return self.futures[0] if self.futures else super().submit(f, message)


class Late(Fake):
    """Jobs come back in the reverse order, those of two programs."""

    def submit(self, f, message):
        future = concurrent.futures.Future()
        self.futures.append((future, f, message))
        if len(self.futures) == 2:
            for one, g, sent in reversed(self.futures):
                one.set_result(g(sent))
        return future


def first_again(self, f, message):
    return self.futures[0].result() if self.futures else f(message)


def cut(self, f, message):
    done = f(message)
    return done._replace(found={name: values[:1] for name, values in done.found.items()})


PROGRAMS: dict[str, Any] = dict(activation=["tanh", "relu"], learning_rate=[0.1, 0.2])
for name, make in {
    "at once": lambda: Fake(lambda self, f, m: f(m)),
    "twice": lambda: Fake(lambda self, f, m: (f(m), f(m))[1]),
    "in reverse": lambda: Late(None),
}.items():
    right(
        "user",
        f"an executor that does jobs {name}",
        lambda make=make: loss(**PROGRAMS, executor=make()),
        lambda: loss(**PROGRAMS),
    )
for name, make, message in [
    ("gives the first result again", lambda: Fake(first_again), "not that job's result"),
    ("gives None", lambda: Fake(lambda *a: None), "NoneType"),
    ("gives an empty result", lambda: Fake(lambda *a: ({}, (0.0, 0.0))), "tuple"),
    ("loses rows", lambda: Fake(cut), "not that job's result"),
    ("gives one future for all", lambda: Same(lambda self, f, m: f(m)), "a new future for every job"),
    ("gives no future", lambda: types.SimpleNamespace(submit=lambda f, m: f(m)), "a new future for every job"),
]:
    refused(
        "attacker",
        f"an executor that {name}",
        lambda make=make: train(**PROGRAMS, executor=make()),
        "executor=",
        message,
    )

# --- Hooks ----------------------------------------------------------------------------------------------------------
area = "hooks"


def under(hook, f=loss):
    with hook:
        return f()


def swept_inside():
    inner = []

    def listen(event):
        if not inner:
            inner.append(1)
            inner.append(loss(width=3))

    outer = under(hooks.listening(listen))
    return np.stack([outer, inner[1]])


right("user", "a sweep inside a listener", swept_inside, lambda: np.stack([loss(), loss(width=3)]))
right(
    "attacker",
    "chunks of 10^30 networks",
    in_folder(lambda: under(hooks.chunks_of(10**30), lambda: stored().train_loss.values)),
    grid,
)
refused("user", "a review that is None", lambda: under(hooks.reviewing(None)), "review=None")  # pyright: ignore
refused("user", "a listener that is a text", lambda: under(hooks.listening("print")), "listener='print'")  # pyright: ignore
refused("user", "stores that are None", lambda: under(hooks.storing(None)), "stores=None")  # pyright: ignore
refused("user", "a store that is a number", lambda: under(hooks.storing(lambda: 3)), "stores() returned 3")  # pyright: ignore
refused("user", "a store without a name", in_folder(lambda: under(hooks.storing(lambda: ""))), "stores() returned ''")

# --- Refit ----------------------------------------------------------------------------------------------------------
area = "refit"


@functools.cache
def swept():
    return train(learning_rate=[0.1, 0.2], seeds=3)


def again(change, **point):
    return float(nnjax.refit(change(swept()), XOR, **point).train_loss)


def recorded(rate, seed):
    return lambda: float(swept().train_loss.sel(learning_rate=rate, seed=seed))


def written(runs):
    with tempfile.TemporaryDirectory() as folder:
        runs.to_netcdf(Path(folder) / "runs.nc", engine="scipy")
        return xr.load_dataset(Path(folder) / "runs.nc", engine="scipy")


def concatenated(runs):
    other = train(learning_rate=[0.1, 0.2], seeds=[3, 4])
    return xr.concat(
        [runs, other], "seed", combine_attrs="override", data_vars="minimal", coords="minimal", compat="override"
    )


for name, change, point, expected in [
    ("reordered", lambda r: r.isel(learning_rate=[1, 0], seed=[2, 0, 1]).isel(learning_rate=0, seed=0), {}, (0.2, 2)),
    (
        "sorted the other way",
        lambda r: r.sortby("learning_rate", ascending=False).isel(learning_rate=0, seed=1),
        {},
        (0.2, 1),
    ),
    ("transposed", lambda r: r.transpose("seed", "learning_rate", ...).isel(learning_rate=1, seed=2), {}, (0.2, 2)),
    ("stacked", lambda r: r.stack(z=("learning_rate", "seed")).isel(z=4), {}, (0.2, 1)),
    ("averaged over seeds", lambda r: r.mean("seed", keep_attrs=True), dict(learning_rate=0.1, seed=1), (0.1, 1)),
    (
        "with one averaged variable",
        lambda r: r.assign(train_loss=r.train_loss.mean("seed")),
        dict(learning_rate=0.1, seed=1),
        (0.1, 1),
    ),
    ("dropped where", lambda r: r.where(r.learning_rate == 0.2, drop=True).isel(seed=0), {}, (0.2, 0)),
    ("without losses", lambda r: r.drop_vars("train_loss"), dict(learning_rate=0.1, seed=1), (0.1, 1)),
    (
        "given a DataArray as point",
        lambda r: r,
        dict(learning_rate=xr.DataArray(0.1).item(), seed=np.int64(1)),
        (0.1, 1),
    ),
    ("without provenance", lambda r: r.assign_attrs(provenance="{}"), dict(learning_rate=0.1, seed=1), (0.1, 1)),
]:
    right("user", f"runs {name}", lambda c=change, p=point: again(c, **p), lambda e=expected: recorded(*e)())
for name, change, point, message in [
    ("renamed", lambda r: r.rename(learning_rate="lr").isel(lr=0, seed=0), {}, "learning_rate must be given"),
    (
        "with other labels",
        lambda r: r.assign_coords(seed=[2, 1, 0]).isel(learning_rate=0, seed=0),
        {},
        "labels or numbers",
    ),
    ("concatenated, in the second", concatenated, dict(learning_rate=0.1, seed=4), "seed=4 is not in this sweep"),
    ("without rows", lambda r: r.isel(seed=slice(0, 0)), dict(learning_rate=0.1), "seed must be given"),
    (
        "whose steps were edited",
        lambda r: r.assign_attrs(settings=r.attrs["settings"].replace('"num_steps": 3', '"num_steps": 4')),
        dict(learning_rate=0.1, seed=1),
        "another network",
    ),
    ("with half a record", lambda r: r.assign_attrs(settings="{"), {}, "'settings'] is damaged"),
    ("with a list for a record", lambda r: r.assign_attrs(settings="[]"), {}, "'settings'] is damaged"),
    ("with a number for a record", lambda r: r.assign_attrs(settings=3), {}, "'settings'] is damaged"),
    ("with an empty plan", lambda r: r.assign_attrs(plan="{}"), {}, "'plan'] is damaged"),
    ("with foreign provenance", lambda r: r.assign_attrs(provenance="x"), {}, "'provenance'] is damaged"),
    ("that are a dict", dict, {}, "what nnjax.sweep returned"),
]:
    refused(
        "attacker" if "record" in name else "user", f"runs {name}", lambda c=change, p=point: again(c, **p), message
    )
refused(
    "user",
    "the data in another precision",
    lambda: nnjax.refit(swept(), tasks.data(X.astype(np.float32), Y.astype(np.float32)), learning_rate=0.1, seed=0),
    "another dtype",
)
right(
    "user",
    "labels of known functions given to others",
    lambda: crossed("tanh"),
    lambda: np.round(loss(activation="sin").astype(float), 5).tolist(),
)


def crossed(label):
    runs = train(activation={"tanh": jnp.sin, "sin": jnp.tanh})
    return [round(float(nnjax.refit(runs, XOR, activation=label, seed=seed).train_loss), 5) for seed in range(2)]


# --- JAX's own settings ---------------------------------------------------------------------------------------------
area = "settings"


def explodes(**given):
    runs = train(
        solver="sgd", learning_rate=1e20, num_steps=20, measure={"m": lambda p, d: jnp.nan}, record_every=5, **given
    )
    return runs.status.values.tolist()


for name, value in {
    "jax_debug_nans": True,
    "jax_debug_infs": True,
    "jax_numpy_dtype_promotion": "strict",
    "jax_transfer_guard": "disallow",
    "jax_check_tracer_leaks": True,
    "jax_default_prng_impl": "rbg",
    "jax_enable_x64": True,
    "jax_numpy_rank_promotion": "raise",
    "jax_legacy_prng_key": "error",
}.items():
    right("user", f"{name}={value}", lambda name=name, value=value: configured(name, value, loss), loss)
for name, value in {"jax_debug_nans": True, "jax_debug_infs": True, "jax_transfer_guard": "disallow"}.items():
    right(
        "user",
        f"networks that diverge under {name}",
        lambda name=name, value=value: configured(name, value, explodes),
        lambda: [3, 3],
    )
right(
    "user",
    "a refit under strict promotion",
    lambda: configured("jax_numpy_dtype_promotion", "strict", lambda: again(lambda r: r, learning_rate=0.1, seed=1)),
    recorded(0.1, 1),
)
right(
    "user",
    "without jit, up to rounding",
    lambda: np.round(configured("jax_disable_jit", True, loss), 4),
    lambda: np.round(loss(), 4),
)
right(
    "user",
    "products of matrices in bfloat16 are said",
    lambda: configured(
        "jax_default_matmul_precision", "bfloat16", lambda: json.loads(train().attrs["provenance"])["matmul_precision"]
    ),
    lambda: "bfloat16",
)
for name, environment in {
    "JAX_DEBUG_NANS": "1",
    "JAX_ENABLE_X64": "1",
    "JAX_TRANSFER_GUARD": "disallow",
    "JAX_NUMPY_DTYPE_PROMOTION": "strict",
}.items():
    right(
        "user",
        f"a process with {name}={environment}",
        lambda name=name, value=environment: np.asarray(
            process(
                PLAIN + "show(nnjax.sweep(nnjax.tasks.xor(), **BASE).train_loss)",
                **{name: value, "XLA_FLAGS": os.environ.get("XLA_FLAGS", "")},
            ),
            np.float32,
        ),
        loss,
    )

# --- Tuning ---------------------------------------------------------------------------------------------------------
area = "tuning"


def surface(values, rates=(0.1, 0.2, 0.3), **more):
    return xr.DataArray(
        np.asarray(values), {"rate": list(rates), **more}, "rate" if np.ndim(values) == 1 else ("rate", "seed")
    )


def chosen(*given, **more):
    tuned = tuning.choose(*given, **more)
    return tuned.best["rate"].item(), tuned.at_end["rate"].item()


right(
    "user",
    "a grid in no order, the least is best",
    lambda: chosen(surface([3.0, 1, 2], (0.1, 0.01, 1.0)), "rate"),
    lambda: (0.01, -1),
)
right(
    "user",
    "a grid in no order, the middle is best",
    lambda: chosen(surface([1.0, 3, 2], (0.1, 0.01, 1.0)), "rate"),
    lambda: (0.1, 0),
)
right(
    "user",
    "a grid in no order, the greatest is best",
    lambda: chosen(surface([3.0, 2, 1], (1.0, 2.0, 1.5)), "rate"),
    lambda: (1.5, 0),
)
right("user", "costs that are all equal", lambda: chosen(surface([1.0, 1, 1]), "rate"), lambda: (0.1, 0))
right("user", "nan beside a number", lambda: chosen(surface([np.nan, 5, np.nan]), "rate"), lambda: (0.2, 0))
right(
    "user",
    "a seed that is missing",
    lambda: chosen(surface([[1.0, np.nan], [5, 6]], (0.1, 0.2), seed=[0, 1]), "rate"),
    lambda: (0.2, 1),
)
right(
    "user",
    "a grid of one value that is none of a list",
    lambda: tuning.tune(lambda rate: surface(np.asarray(rate), rate), rate=(v for v in [0.2, 0.1])).best["rate"].item(),
    lambda: 0.1,
)
right(
    "attacker",
    "a grid that cannot be widened in float64",
    lambda: len(tuning.tune(lambda rate: surface(np.asarray(rate), rate), widen=1, rate=[1e-300, 1e300]).cost.rate),
    lambda: 2,
)
for name, f, message in [
    ("a number for a surface", lambda: tuning.choose(3.0, "rate"), "DataArray"),
    ("a Dataset", lambda: tuning.choose(surface([1.0, 2, 3]).to_dataset(name="a"), "rate"), "DataArray"),
    ("a number named twice", lambda: tuning.choose(surface([1.0, 2, 3]), "rate", "rate"), "different dimensions"),
    ("no labels", lambda: tuning.choose(xr.DataArray([1.0, 2], dims="rate"), "rate"), "needs different labels"),
    ("labels twice", lambda: tuning.choose(surface([1.0, 2], (0.1, 0.1)), "rate"), "needs different labels"),
    ("complex costs", lambda: tuning.choose(surface([1j, 2, 3]), "rate"), "real numbers"),
    ("no seeds", lambda: tuning.choose(surface(np.zeros((2, 0)), (0.1, 0.2), seed=[]), "rate"), "must not be empty"),
    ("a tie that is a number", lambda: tuning.choose(surface([1.0, 2, 3]), "rate", tie=3.0), "tie of type float"),
    (
        "a cost over other values",
        lambda: tuning.tune(lambda rate: surface([1.0, 2, 3], (7, 8, 9)), rate=[0.1, 0.2, 0.3]),
        "its cost is over",
    ),
    (
        "a cost that ignores what is widened",
        lambda: tuning.tune(lambda rate: surface([1.0, 2, 3]), widen=1, rate=[0.1, 0.2, 0.3]),
        "its cost is over",
    ),
    ("a cost that is a number", lambda: tuning.tune(lambda rate: 3.0, rate=[0.1]), "must return a DataArray"),
    ("three results", lambda: tuning.tune(lambda rate: (1, 2, 3), rate=[0.1]), "must return a DataArray"),
    (
        "a grid with nan",
        lambda: tuning.tune(lambda rate: surface([1.0, 2], rate), rate=[0.1, np.nan]),
        "finite numbers",
    ),
    ("a grid that is a text", lambda: tuning.tune(lambda rate: None, rate="0.1"), "finite numbers"),
    ("widen=True", lambda: tuning.tune(lambda rate: None, widen=True, rate=[0.1, 0.2]), "widen=True"),
    ("widen=1.5", lambda: tuning.tune(lambda rate: None, widen=1.5, rate=[0.1, 0.2]), "widen=1.5"),
    ("a train that is no function", lambda: tuning.tune(3, rate=[0.1]), "train=3"),
    ("no seeds asked for", lambda: tuning.seeds(0), "num_seeds=0"),
    ("half a seed", lambda: tuning.seeds(1.5), "num_seeds=1.5"),
]:
    refused("user", f"tuning: {name}", f, message)

# --- Statistics -----------------------------------------------------------------------------------------------------
area = "statistics"
right("user", "no proportions", lambda: [len(one) for one in statistics.wilson([], [])], lambda: [0, 0])
right("user", "a proportion of one run", lambda: np.round(statistics.wilson(0, 1), 4), lambda: np.array([0, 0.7935]))
right("user", "one time, finished", lambda: tuple(statistics.kaplan_meier([3], [True]).survival), lambda: (0.0,))
right(
    "user",
    "all times censored",
    lambda: statistics.kaplan_meier_median([3, 4], [False, False]).estimate,
    lambda: np.inf,
)
right(
    "user", "pairs that never differ", lambda: statistics.paired_difference([True] * 2, [True] * 2).p_value, lambda: 1.0
)
right(
    "user",
    "a diverged run in a bootstrap of means",
    lambda: statistics.bootstrap([1.0, 2.0, np.inf], np.mean).high,
    lambda: np.inf,
)
for name, f, message in [
    ("confidence as a text", lambda: statistics.wilson(1, 3, confidence="0.95"), "confidence='0.95'"),
    ("confidence that rounds to 1", lambda: statistics.wilson(1, 3, confidence=1 - 1e-16), "confidence="),
    ("counts of other shapes", lambda: statistics.wilson([1, 2], [3, 4, 5]), "cannot be broadcast together"),
    ("masked counts", lambda: statistics.wilson(np.ma.masked_array([1, 2], [0, 1]), 3), "masked"),
    ("complex counts", lambda: statistics.wilson(1j, 3), "real numbers"),
    ("counts as texts", lambda: statistics.wilson("a", 3), "real numbers"),
    ("a masked sample", lambda: statistics.bootstrap(np.ma.masked_array([1.0, 2, 9], [0, 0, 1])), "masked"),
    ("a sample of texts", lambda: statistics.bootstrap(["1", "2"]), "real numbers"),
    ("half a seed", lambda: statistics.bootstrap([1.0, 2], seed=1.5), "seed=1.5"),
    ("a seed below 0", lambda: statistics.bootstrap([1.0, 2], seed=-1), "seed=-1"),
    ("half a resample", lambda: statistics.bootstrap([1.0, 2], num_resamples=2.5), "num_resamples=2.5"),
    ("True resamples", lambda: statistics.bootstrap([1.0, 2], num_resamples=True), "num_resamples=True"),
    (
        "a statistic that is nan",
        lambda: statistics.bootstrap([1.0, 2], lambda v, axis: np.full(v.shape[:-1], np.nan)),
        "is nan",
    ),
    ("a statistic without axis", lambda: statistics.bootstrap([1.0, 2], lambda v: v.mean()), "axis="),
    ("no statistic", lambda: statistics.bootstrap([1.0, 2], None), "statistic=None"),
    ("a slope over 1e200", lambda: statistics.slope([1e200, 2e200, 3e200], [1, 2, 3]), "rescale it"),
    ("a slope over 1e-200", lambda: statistics.slope([1e-200, 2e-200, 3e-200], [1, 2, 3]), "rescale it"),
    ("a slope of 1e200", lambda: statistics.slope([1, 2, 3], [1e200, -1e200, 1e200]), "rescale it"),
    (
        "a slope over dates",
        lambda: statistics.slope(np.array(["2000", "2001", "2003"], "M8[D]"), [1, 2, 3]),
        "real numbers",
    ),
    ("a mean of 1e200", lambda: statistics.mean([1e200, 2e200]), "rescale it"),
    ("a mean of 1e-200", lambda: statistics.mean([1e-200, 2e-200]), "rescale it"),
    ("confidence 5 of equal values", lambda: statistics.mean([1.0, 1.0], confidence=5), "confidence=5"),
    ("overlap as a text", lambda: statistics.mean([1.0, 2], overlap="a"), "overlap='a'"),
    ("Fisher's test of arrays", lambda: statistics.fisher_exact([1, 2], [3, 4], 1, 2), "one number each"),
    ("Fisher's test of 10^19", lambda: statistics.fisher_exact(10**19, 2 * 10**19, 1, 3), ""),
    ("a binomial test of arrays", lambda: statistics.binomial_test([1, 2], 3, 0.5), "one number each"),
    ("p as a text", lambda: statistics.binomial_test(1, 3, "a"), "p='a'"),
    ("masked p-values", lambda: statistics.holm(np.ma.masked_array([0.1, 0.9], [0, 1])), "masked"),
]:
    refused("user", f"statistics: {name}", f, message)

# --- One neuron, separability, regions, constructions ---------------------------------------------------------------
area = "geometry"
ROWS_OF_OR = jnp.asarray(SQUARE, jnp.float32)


def targets(*values):
    return jnp.asarray(values, jnp.float32)


right(
    "user",
    "the proof for equal rows of two classes",
    lambda: separability.separate(np.zeros((2, 2)), np.array([0, 1])).multipliers.tolist(),
    lambda: [1, 1],
)
right("user", "one row", lambda: separability.separate(SQUARE[:1], OR[:1]).separable, lambda: True)
right(
    "user",
    "rows of 1e-300",
    lambda: separability.separate(np.array([[1e-300], [2e-300]]), np.array([0, 1])).separable,
    lambda: True,
)
right(
    "user",
    "sums beyond int8",
    lambda: separability.equal_sums(
        np.array([[100], [100], [56], [-112]], np.int8), np.array([[True, False, False, True]])
    ).tolist(),
    lambda: [[0, 0, 1, 1]],
)
right(
    "user",
    "a certificate with infinity",
    lambda: separability.certificate_holds(SQUARE, np.array([0, 1, 1, 0]), np.array([np.inf, 1, 1, 1])),
    lambda: False,
)
for name, y in {"of -1 and 1": [-1, 1, 1, 1], "of 1 and 2": [1, 2, 2, 2], "in between": [0.2, 0.7, 0.7, 0.7]}.items():
    refused(
        "user",
        f"separate with classes {name}",
        lambda y=y: separability.separate(SQUARE, np.array(y)),
        "classes must be 0 and 1",
    )
    refused(
        "user",
        f"widest_margin with classes {name}",
        lambda y=y: separability.widest_margin(SQUARE, np.array(y)),
        "classes must be 0 and 1",
    )
    refused(
        "user",
        f"perceptron_fit with targets {name}",
        lambda y=y: neurons.perceptron_fit(ROWS_OF_OR, targets(*y), 10),
        "targets must be 0 or 1",
    )
for name, x, y, message in [
    ("a class that is nan", SQUARE, np.array([0, np.nan, 1, 1]), "finite"),
    ("no rows", np.zeros((0, 2)), np.zeros(0), "n above 0"),
    ("rows of rank 1", np.array([1.0, 2]), np.array([0, 1]), "[n, d]"),
    ("classes in a column", SQUARE, OR[:, None], "[n]"),
    ("complex rows", SQUARE + 1j, OR, "real numbers"),
    ("masked rows", np.ma.masked_array(SQUARE, SQUARE == 1), OR, "masked"),
    ("whole numbers beyond 2^53", np.array([[2**60], [2**60 + 1]]), np.array([0, 1]), "2^53"),
]:
    refused("user", f"separate: {name}", lambda x=x, y=y: separability.separate(x, y), message)
refused(
    "user",
    "separates with a weight too many",
    lambda: separability.separates(SQUARE, OR, np.ones(3), 0.0),
    "w has shape",
)
refused(
    "user",
    "a certificate with a multiplier too few",
    lambda: separability.certificate_holds(SQUARE, OR, np.ones(3)),
    "multipliers has shape",
)
refused(
    "user",
    "equal_sums of numbers for truths",
    lambda: separability.equal_sums(SQUARE.astype(int), np.array([[0, 1, 1, 0]])),
    "booleans",
)
refused(
    "user",
    "equal_sums of halves",
    lambda: separability.equal_sums(SQUARE + 0.5, np.array([[False, True, True, False]])),
    "whole numbers",
)
for name, x, y, epochs, message in [
    ("rows with nan", ROWS_OF_OR.at[0, 0].set(jnp.nan), targets(*OR), 10, "finite"),
    ("rows of rank 1", jnp.ones(4), targets(*OR), 10, "[n, d]"),
    ("targets in a column", ROWS_OF_OR, targets(*OR)[:, None], 10, "y [n]"),
    ("two precisions", ROWS_OF_OR.astype(jnp.float16), targets(*OR), 10, "the same dtype"),
    ("lists", SQUARE.tolist(), OR.tolist(), 10, "floating-point arrays"),
    ("2^31 epochs", ROWS_OF_OR, targets(*OR), 2**31, "below 2^31"),
]:
    refused(
        "user", f"perceptron_fit: {name}", lambda x=x, y=y, epochs=epochs: neurons.perceptron_fit(x, y, epochs), message
    )
refused(
    "user",
    "pocket_fit with targets of -1",
    lambda: neurons.pocket_fit(KEY, ROWS_OF_OR, targets(-1, 1, 1, 1), 10),
    "targets must be 0 or 1",
)
refused(
    "user",
    "averaged_fit with rows of nan",
    lambda: neurons.averaged_fit(ROWS_OF_OR * jnp.nan, targets(*OR), 10),
    "finite",
)
RELU = jax.tree.map(np.asarray, NETWORK)
right(
    "user",
    "a network of zeros has one region",
    lambda: regions.tile(jax.tree.map(np.zeros_like, RELU)).affine.tolist(),
    lambda: [1],
)
right(
    "user",
    "units three times over have two",
    lambda: regions.tile((mlp.Layer(np.ones((2, 3)), np.zeros(3)), RELU[1])).activation.tolist(),
    lambda: [2],
)
for name, f, message in [
    ("complex weights", lambda: regions.tile(jax.tree.map(lambda a: a + 0j, RELU)), "real numbers"),
    (
        "masked weights",
        lambda: regions.tile((mlp.Layer(np.ma.masked_array(RELU[0].w, RELU[0].w > 0), RELU[0].b), RELU[1])),
        "masked",
    ),
    ("a text", lambda: regions.tile("abc"), "must be layers"),
    ("no networks", lambda: regions.tile(jax.tree.map(lambda a: np.zeros((0, *a.shape)), RELU)), "shapes"),
    ("a square of 1e300", lambda: regions.tile(RELU, -1e300, 1e300), "both within"),
    ("a complex start", lambda: regions.along_lines(RELU, [1j, 0], [1, 0]), "real numbers"),
    ("a start that is a text", lambda: regions.along_lines(RELU, "ab", [1, 0]), "real numbers"),
    (
        "points nearer than float32 tells",
        lambda: constructions.relu_interpolant([1, 1 + 1e-9, 2], [0, 1, 0]),
        "float32",
    ),
    ("a slope beyond float32", lambda: constructions.relu_interpolant([0, 1e-30, 1], [1, 1e30, 3]), "farther apart"),
    ("points of 1e308", lambda: constructions.relu_interpolant([-1e308, 1e308], [1, 2]), "farther apart"),
    (
        "masked points",
        lambda: constructions.relu_interpolant(np.ma.masked_array([0.0, 1, 2], [0, 1, 0]), [1, 2, 3]),
        "masked",
    ),
    ("a gain beyond float32", lambda: constructions.sigmoid_steps([0, 1, 2], [1, 2], 1e39), "at most"),
    ("a bias that is nan", lambda: constructions.relu_network([0.0], [True], [1.0], np.nan), "at most"),
    ("a knot that is nan", lambda: constructions.relu_network([np.nan], [True], [1.0], 0.0), "finite"),
]:
    refused("user", name, f, message)


def check(case):
    """Raise an AssertionError unless the call ends as it must. In tests warnings are errors besides."""
    if not case.message:
        np.testing.assert_equal(case.call(), case.expected())
        return
    with pytest.raises((ValueError, OSError)) as told:
        case.call()
    for part in case.message:
        assert part in str(told.value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.area}: {case.name}")
def test_an_input_ends_in_a_right_result_or_in_a_clear_line(case, as_users_call):
    check(case)


def test_there_are_enough_and_no_case_is_there_twice():
    names = [(case.area, case.name) for case in CASES]
    assert len(set(names)) == len(names) >= 200


if __name__ == "__main__":
    counted = collections.Counter()
    for case in CASES:
        outcome = "refused" if case.message else "right"
        with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(sys.stderr):
            try:
                check(case)
            except BaseException as error:
                outcome = "wrong"
                print(f"{case.area}: {case.name}: {type(error).__name__}: {error}"[:400])
        counted[case.area, outcome] += 1
        counted["all", outcome] += 1
    print(f"{'area':12}{'right':>8}{'refused':>8}{'wrong':>8}")
    for one in dict.fromkeys([*(case.area for case in CASES), "all"]):
        print(f"{one:12}" + "".join(f"{counted[one, outcome]:8}" for outcome in ("right", "refused", "wrong")))
