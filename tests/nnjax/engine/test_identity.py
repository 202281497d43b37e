"""The user's own functions are known by what they compute when they are called, and by nothing else."""

import contextlib
import functools
import sys
import types
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nnjax
from nnjax import machine, mlp, training
from nnjax.engine import identity

XOR = nnjax.tasks.xor()
# Compiled in the shortest time: what is compared here was compiled alike.
GIVEN = {"hidden": (2,), "solver": "sgd", "num_steps": 6, "record_every": 3, "progress": False}
GIVEN |= {"compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}


def sweep(**given):
    return nnjax.sweep(XOR, **{**GIVEN, **given})


def module(text, name="nnjax_test_identity"):
    """A module of this text, whatever was imported under its name before."""
    made = types.ModuleType(name)
    exec(text, made.__dict__)
    sys.modules[name] = made
    return made


# Every activation is the same ELU of slope 0.1, and is then changed in place.
TEXT = """
import functools
import jax
import jax.numpy as jnp
import numpy as np

ALPHA = 0.1
BOX = [0.1]
ARRAY = np.full(2, 0.1)

def elu(z, alpha):
    return jnp.where(z > 0, z, alpha * jnp.expm1(z))

def of_global(z):
    return elu(z, ALPHA)

def helper(z):
    return ALPHA * jnp.expm1(z)

jitted = jax.jit(helper)

def of_helper(z):
    return jnp.where(z > 0, z, helper(z))

def of_jitted(z):
    return jnp.where(z > 0, z, jitted(z))

@jax.jit
def jitted_itself(z):
    return elu(z, ALPHA)

def of_default(z, alpha=0.1):
    return elu(z, alpha)

class Settings:
    alpha = 0.1

def of_class(z):
    return elu(z, Settings.alpha)

def of_list(z):
    return elu(z, BOX[0])

def of_array(z):
    return elu(z, ARRAY)

@jax.jit
def jitted_array(z):
    return elu(z, ARRAY)

def made():
    alpha = 0.1
    def inner(z):
        return elu(z, alpha)
    def change(value):
        nonlocal alpha
        alpha = value
    return inner, change

of_closure, change_closure = made()

class Callable:
    alpha = 0.1
    def __call__(self, z):
        return elu(z, self.alpha)

instance = Callable()
of_partial = functools.partial(elu, alpha=0.1)

@functools.wraps(jnp.tanh)
def in_disguise(z):
    return elu(z, ALPHA)

@jax.custom_jvp
def of_derivative(z):
    return jnp.where(z > 0, z, 0.1 * jnp.expm1(z))

@of_derivative.defjvp
def rule(z, dz):
    z, dz = z[0], dz[0]
    return of_derivative(z), dz * jnp.where(z > 0, 1.0, ALPHA * jnp.exp(z))
"""
CHANGES = {
    "of_global": "ALPHA = 0.9",
    "of_helper": "helper = lambda z: 0.9 * jnp.expm1(z)",
    "of_jitted": "ALPHA = 0.9",
    "jitted_itself": "ALPHA = 0.9",
    "of_default": "of_default.__defaults__ = (0.9,)",
    "of_class": "Settings.alpha = 0.9",
    "of_list": "BOX[0] = 0.9",
    "of_array": "ARRAY[:] = 0.9",
    "jitted_array": "ARRAY[:] = 0.9",
    "of_closure": "change_closure(0.9)",
    "instance": "instance.alpha = 0.9",
    "of_partial": "of_partial.keywords['alpha'] = 0.9",
    "in_disguise": "ALPHA = 0.9",
    "of_derivative": "ALPHA = 0.9",
}


@functools.cache
def expected(alpha):
    return sweep(activation=lambda z: jnp.where(z > 0, z, alpha * jnp.expm1(z))).train_curve.values[None]


# What another process does not find by its name.
NAMELESS = ("of_closure", "instance", "of_partial", "in_disguise")


# The others are seen in the same trace, by the same comparison.
FAST = ("of_global", "jitted_array", "of_derivative")


@pytest.mark.parametrize("name", [n if n in FAST else pytest.param(n, marks=pytest.mark.slow) for n in CHANGES])
def test_a_function_that_is_changed_trains_as_it_is_now(name, tmp_path):
    """No program that was compiled before is used, whatever the change is hidden in, and no store mixes the two."""
    own = module(TEXT)
    activation = getattr(own, name)
    given = {"activation": {"mine": activation}}
    store = {} if name in NAMELESS else {"store": tmp_path / "runs.zarr"}
    runs = sweep(**given, **store).load()
    np.testing.assert_array_equal(runs.train_curve, expected(0.1))
    exec(CHANGES[name], own.__dict__)
    changed = r"\n  activation='mine' of 2 neurons: trace .* there, .* here, so it computes something else"
    with pytest.raises(ValueError, match=f"a function of this sweep has changed since it was trained:{changed}"):
        nnjax.refit(runs, XOR, functions=given)
    if store:
        with pytest.raises(
            ValueError, match=rf"its functions \(there\) are not those of this sweep \(here\):{changed}"
        ):
            sweep(**given, **store, seeds=2)
    again = sweep(**given)
    assert not np.array_equal(again.train_curve, runs.train_curve)
    if name != "of_derivative":  # whose values stay, so that no other activation is equal to it
        np.testing.assert_array_equal(again.train_curve, expected(0.9))


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_in_the_trace_wherever_it_is_hidden(name):
    own = module(TEXT)
    given = GIVEN | {"activation": {"mine": getattr(own, name)}}
    before = nnjax.plan(XOR, **given).traces
    exec(CHANGES[name], own.__dict__)
    assert nnjax.plan(XOR, **given).traces != before


def test_an_edit_that_changes_no_number_is_none(tmp_path):
    """Comments, names and order of the text do not count; what is computed does."""
    given = {"store": tmp_path / "runs.zarr", "seeds": 2}
    runs = sweep(**given, activation=module(TEXT).of_global).load()
    edited = TEXT.replace("ALPHA", "SLOPE").replace("(z, alpha)", "(x, alpha)").replace("z > 0, z", "x > 0, x")
    edited = edited.replace("alpha * jnp.expm1(z))", "alpha * jnp.expm1(x))  # now with a comment", 1)
    own = module(edited.replace("def made", "\nAT_THE_END = 1\n\ndef made"))
    again = sweep(**given, activation=own.of_global)
    assert again.load().equals(runs)
    assert nnjax.refit(runs, XOR, seed=1).train_loss == runs.train_loss[1]


SETTING = {"rate": 0.5}


def loss(output, target):
    return SETTING["rate"] * jnp.sum((output - target) ** 2)


def solver(learning_rate):
    return optax.sgd(learning_rate * SETTING["rate"])


def init(key, sizes, **laws):
    return jax.tree.map(lambda w: SETTING["rate"] * w, mlp.init(key, sizes, **laws))


def apply(params, x, **functions):
    return SETTING["rate"] * mlp.apply(params, x, **functions)


def predict(params, x, **functions):
    return SETTING["rate"] * mlp.predict(params, x, **functions)


def measure(params, data):
    return SETTING["rate"] * jnp.sum(params[0].w)


def outputs(params, data, predict):
    return SETTING["rate"] * jnp.sum(predict(params, data.x))


def drawn(key, shape, dtype):
    return SETTING["rate"] * jax.random.normal(key, shape, dtype)


def slower(step):
    return SETTING["rate"] ** step


OTHERS = {
    "schedule": ({"schedule": slower}, "schedule"),
    "initializer": ({"init": drawn}, "init"),
    "initializer of biases": ({"bias_init": drawn}, "bias_init"),
    "output_activation": ({"output_activation": lambda z: SETTING["rate"] * z}, "output_activation"),
    "loss": ({"loss": loss}, "loss"),
    "solver": ({"solver": solver}, "solver"),
    "init": ({"model": training.Model(init, mlp.apply)}, "model.init"),
    "apply": ({"model": training.Model(mlp.init, apply)}, "model"),
    "predict": ({"model": training.Model(mlp.init, mlp.apply, predict)}, "model"),
    "measure": ({"measure": {"m": measure}}, "measure"),
    "measure of outputs": ({"measure": {"m": outputs}}, "measure"),
}


# The others go the same way through the engine as one of these. Of these, one trains anew; the rest are refused alone.
FIRST = ("loss", "solver", "predict", "measure of outputs")


class Stop(Exception):
    pass


@contextlib.contextmanager
def begun_alone():
    """Inside, a sweep sets up its store and is stopped before it compiles anything."""

    def listener(event):
        if event.kind == "train":
            raise Stop

    with nnjax.hooks.listening(listener), pytest.raises(Stop):
        yield


@pytest.mark.parametrize("name", [n if n in FIRST else pytest.param(n, marks=pytest.mark.slow) for n in OTHERS])
def test_every_kind_of_function_is_traced(name, monkeypatch, tmp_path):
    given, what = OTHERS[name]
    monkeypatch.setitem(SETTING, "rate", 0.5)
    stored = {} if name == "output_activation" else {"store": tmp_path / "runs.zarr"}
    trained = name == "loss" or name not in FIRST
    with contextlib.nullcontext() if trained else begun_alone():
        first = sweep(**given, **stored)
    monkeypatch.setitem(SETTING, "rate", 0.25)
    if stored:
        with pytest.raises(
            ValueError,
            match=rf"its .* \(there\) are not those of this sweep \(here\):(?s:.*)\n  {what}.* so it computes",
        ):
            sweep(**given, **stored)
    if trained:
        assert not sweep(**given).equals(first.load())


class Elsewhere(ThreadPoolExecutor):
    """Workers that hold another value than the process that sends them their jobs."""

    def submit(self, f, *args):
        def there():
            before, SETTING["rate"] = SETTING["rate"], 0.25
            try:
                return f(*args)
            finally:
                SETTING["rate"] = before

        return super().submit(there)


def test_a_worker_with_another_function_refuses():
    with (
        Elsewhere(1) as pool,
        pytest.raises(ValueError, match=r"a worker .here. has other functions .*loss='.*:loss' of 1 o"),
    ):
        sweep(loss=loss, executor=pool)


def test_functions_that_are_not_pure_are_refused():
    rng, calls = np.random.default_rng(0), []

    def counted(z):
        calls.append(1)
        return z * len(calls)

    def changed(z, seen=np.zeros(2)):  # noqa: B008 - which is the point
        seen += 1
        return z * seen

    for given, argument in (
        ({"measure": {"m": lambda params, data: jnp.sum(params[0].w) + rng.normal()}}, r"measure\['m'\]"),
        ({"activation": counted}, "activation"),
        ({"init": lambda key, shape, dtype: rng.normal(size=shape)}, "init"),
        ({"activation": changed}, "activation"),
        ({"loss": lambda output, target: jnp.sum((output - target) ** 2) * rng.uniform()}, "loss"),
        ({"solver": lambda learning_rate: optax.sgd(learning_rate * rng.uniform())}, "solver"),
        ({"solver": optax.stateless(lambda grads, _: jax.tree.map(lambda g: g * rng.uniform(), grads))}, "solver"),
    ):
        with pytest.raises(ValueError, match=rf"^{argument} is not pure: traced twice"):
            sweep(**given)
        with pytest.raises(ValueError, match=rf"^{argument} is not pure: traced twice"):
            nnjax.plan(XOR, **GIVEN | given)


def shown(z):
    jax.debug.print("{}", z.sum())
    return jnp.tanh(z)


def called_back(z):
    return jax.pure_callback(lambda z: np.float32(SETTING["rate"]) * z, z, z, vmap_method="expand_dims")


def called_back_measure(params, data):
    return called_back(jax.lax.stop_gradient(jnp.sum(params[0].w)))


def test_what_holds_an_address_is_compiled_anew_and_kept_out_of_stores(tmp_path, monkeypatch):
    given = {"hidden": (), "measure": {"m": called_back_measure}}
    first = sweep(**given)
    monkeypatch.setitem(SETTING, "rate", 0.25)
    np.testing.assert_allclose(sweep(**given).m, first.m / 2, rtol=1e-6)
    with pytest.raises(
        ValueError, match=r"store=.* measure\['m'\] for 2-1 holds .*Callback, and another process cannot"
    ):
        sweep(**given, store=tmp_path / "runs.zarr")
    assert list(tmp_path.iterdir()) == []


def test_printing_is_no_number():
    traces, again = (nnjax.plan(XOR, **GIVEN, activation=shown).traces for _ in range(2))
    identity.storable(traces, "a store")
    assert traces == again
    assert len(traces) == 1


def test_known_functions_are_not_traced():
    known = {"activation": ["tanh", jnp.sin], "solver": ["adam", optax.sgd, "nadam"]}
    assert nnjax.plan(XOR, **GIVEN | known).traces == {}
    own = nnjax.plan(XOR, hidden=[(2,), (3,), (3, 2)], activation=lambda z: z, loss=lambda a, b: jnp.sum(a - b))
    assert len(own.traces) == 3


def test_own_functions_compile_once():
    """Also one that holds a NumPy array, as long as that is not changed."""
    compiled, slope = [], np.array([0.1])

    def note(event, *_, **__):
        if "backend_compile" in event:
            compiled.append(event)

    def compiled_again(function):
        """How many programs a second sweep compiles."""
        for _ in range(2):
            compiled.clear()
            # Options other than the default are tried first, by one more program.
            sweep(hidden=(), output_activation=function, compiler_options=None)
        return len(compiled)

    jax.monitoring.register_event_duration_secs_listener(note)
    try:
        assert compiled_again(lambda z: jnp.maximum(jax.nn.relu(z), 0.1 * z)) == 0
        assert compiled_again(lambda z: jnp.maximum(z, slope * z)) == 0
    finally:
        jax.monitoring.unregister_event_duration_listener(note)


def test_what_the_user_has_compiled_stays_so():
    """The function of a sweep, whose array is changed between two of them, and any other."""
    slope, z = np.array([0.1]), jnp.ones(1)
    mine, other = jax.jit(lambda z: jnp.maximum(z, slope * z)), jax.jit(lambda z: 2 * z)
    for f in (mine, other):
        f(z)
    sweep(hidden=(), output_activation=mine)
    slope[:] = 0.2
    sweep(hidden=(), output_activation=mine)
    with jax.no_tracing():  # which raises where JAX would compile
        for f in (mine, other):
            f(z)


def test_an_array_is_used_in_the_precision_of_the_sweep():
    """JAX alone would reuse the float32 numbers that a program of the user's holds."""
    slope = np.array([0.1])
    own = jax.jit(lambda z: jnp.maximum(z, slope * z))
    own(jnp.ones(1))
    functions = {"own": own, "plain": lambda z: jnp.maximum(z, 0.1 * z)}
    runs = sweep(hidden=(), output_activation=functions, layout="matrices", dtype="float64")
    np.testing.assert_array_equal(*runs.train_curve.transpose("output_activation", ...).values)
