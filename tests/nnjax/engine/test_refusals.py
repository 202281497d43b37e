"""What a sweep is asked for and cannot do: each is refused by name, in the library's own words.

None may compile, train, or end inside JAX.
"""

import decimal
import fractions
import functools
import logging
import math
import os
import re
import traceback
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr

import nnjax
from nnjax import activations, losses, mlp, tasks, training
from nnjax.solvers import Solver
from nnjax.tasks import Data

XOR = tasks.xor()
TWO = {"a": XOR, "b": tasks.boolean("and")}
LINE = tasks.data(np.linspace(-1, 1, 5)[:, None], np.linspace(-2, 2, 5)[:, None])
NAN, INF, HUGE = math.nan, math.inf, 10**400
KEY, KEYS = jax.random.key(0), jax.random.split(jax.random.key(0))
DATES = np.array(["2000-01-01", "2001-01-01"], "M8[ns]")


def bad(x=XOR.x, y=XOR.y, **rest):
    return Data(x, y, **rest)


def measure(params, data):
    return jnp.zeros(())


def returns_nothing(learning_rate):
    return None


def raises(learning_rate):
    raise RuntimeError("no such luck")


def needs_two(learning_rate, gamma, delta):
    return optax.sgd(learning_rate * gamma * delta)


def no_rate(lr=0.1):
    return optax.sgd(lr)


def needs_gamma(learning_rate, gamma):
    return optax.sgd(learning_rate * gamma)


def own_solver(learning_rate):
    return Solver(lambda params: (), lambda params, state, objective: (params, state))


def own_descent(learning_rate, decay=0.9):
    return optax.chain(optax.trace(decay), optax.scale_by_learning_rate(learning_rate))


class NoModel:
    init = staticmethod(mlp.init)


def with_nan(a):
    a = a.copy()
    a[0, 0] = NAN
    return a


def measure_of_one(params):
    return params


def measure_vector(params, data):
    return jnp.zeros(3)


def gives_none(params, data):
    return None


def gives_two(params, data):
    return jnp.zeros(2), jnp.zeros(2)


def trips(params, data):
    return params.nothing


def flat(z):
    return z.sum()


def grows(z):
    return jnp.concatenate([z, z])


def by_entry(output, target):
    return (output - target) ** 2


def twice(params, x, **keywords):
    y = mlp.apply(params, x, **keywords)
    return jnp.concatenate([y, y])


def no_init(key, sizes, **keywords):
    raise RuntimeError("no init")


def bend(slope):
    def bent(z):
        return slope * z

    return bent


class Callable:
    def __call__(self, z):
        return z


class Unhashable(Callable):
    __hash__ = None


unhashable = Unhashable()


def table(values, **coords):
    return xr.DataArray(values, coords, tuple(coords))


def several(**arguments):
    """Widths 2 and 3 in place of `hidden`."""
    return dict(hidden=None, width=[2, 3], **arguments)


# Arguments beside hidden=(2,) and data=XOR, and what the message must hold.
SIZES = [
    (dict(hidden=None, width=0), "width=0", "1 or more"),
    (dict(hidden=None, width=-1), "width=-1", "1 or more"),
    (dict(hidden=None, width=1.5), "width=1.5", "whole number"),
    (dict(hidden=None, width=True), "width=True", "whole number"),
    (dict(hidden=None, width="8"), "width='8'", "whole number"),
    (dict(hidden=None, width=[2, 0]), "width=0", "1 or more"),
    (dict(hidden=None, width=[]), "width=[]", "at least one"),
    (dict(hidden=None, width=[2, 4, 2]), "width", "2 twice"),
    (dict(hidden=None, width=(2, 4)), "width=(2, 4)", "whole number"),
    (dict(hidden=None, width=np.ones((2, 2), int)), "width", "(2, 2)", "one-dimensional"),
    (dict(hidden=None, width=2, depth=0), "depth=0", "1 or more"),
    (dict(hidden=None, width=2, depth=2.0), "depth=2.0", "whole number"),
    (dict(hidden=None, depth=2), "depth", "width"),
    (dict(hidden=None), "hidden=None", "(8, 8)"),
    (dict(width=3), "hidden=(2,)", "width=3"),
    (dict(depth=3), "hidden=(2,)", "depth=3"),
    (dict(hidden=[]), "hidden=[]", "at least one"),
    (dict(hidden=3), "hidden=3", "tuple"),
    (dict(hidden=[2, 3]), "hidden=2", "tuple"),
    (dict(hidden=[[2, 3]]), "hidden=[2, 3]", "tuple"),
    (dict(hidden="8x8"), "hidden='8x8'", "tuple"),
    (dict(hidden=(2, 0)), "hidden", "0", "1 or more"),
    (dict(hidden=(2, -3)), "hidden", "-3", "1 or more"),
    (dict(hidden=(2.5,)), "hidden", "2.5", "whole number"),
    (dict(hidden=(True,)), "hidden", "True", "whole number"),
    (dict(hidden=[(2,), (3,), (2,)]), "hidden", "'2' twice"),
    # Odder ones.
    (dict(hidden=None, width=NAN), "width=nan", "whole number"),
    (dict(hidden=None, width=b"2"), "width=b'2'", "whole number"),
    (dict(hidden=None, width={2, 3}), "width={2, 3}", "whole number"),
    (dict(hidden=None, width={"a": 2}), "width={'a': 2}", "whole number"),
    (dict(hidden=None, width=1 + 0j), "width=(1+0j)", "whole number"),
    (dict(hidden=None, width=[2, None]), "width=None", "whole number"),
    (dict(hidden=None, width=[2, "3"]), "width='3'", "whole number"),
    (dict(hidden=None, width=[2, [3]]), "width=[3]", "whole number"),
    (dict(hidden=None, width=[2, True]), "width=True", "whole number"),
    (dict(hidden=None, width=[2, np.float64(3)]), "width=3.0", "whole number"),
    (dict(hidden=None, width=[2, -(2**70)]), f"width={-(2**70)}", "1 or more"),
    (dict(hidden=None, width=2**31), "width=2147483648", "at most 2147483647"),
    (dict(hidden=None, width=[2, HUGE]), "width=1000", "at most 2147483647"),
    (dict(hidden=None, width=range(3)), "width=0", "1 or more"),
    (dict(hidden=None, width=range(3, 3)), "width=[]", "empty axis"),
    (dict(hidden=None, width=np.array([2.5, 3])), "width=2.5", "whole number"),
    (dict(hidden=None, width=np.array(["2", "3"])), "width='2'", "whole number"),
    (dict(hidden=None, width=np.array([], int)), "width=[]", "empty axis"),
    (dict(hidden=None, width=jnp.array([2, 3, 2])), "width holds 2 twice"),
    (dict(hidden=None, width=jnp.array([2.5])), "width=2.5", "whole number"),
    (dict(hidden=None, width=jnp.array(True)), "width=True", "whole number"),
    (dict(hidden=None, width=jnp.ones((2, 2), int)), "width has shape (2, 2)", "one-dimensional"),
    (dict(hidden=None, width=KEY), "width=", "whole number"),
    (dict(hidden=None, width=KEYS), "width=", "whole number"),
    (dict(hidden=None, width=xr.DataArray([2, 3])), "width=", "whole number"),
    (dict(hidden=None, width=tasks.xor), "width=<function", "whole number"),
    (dict(hidden=None, width=2, depth=[1, 1]), "depth holds 1 twice"),
    (dict(hidden=None, width=2, depth=(1, 2)), "depth=(1, 2)", "whole number"),
    (dict(hidden=None, width=2, depth="deep"), "depth='deep'", "whole number"),
    (dict(hidden=None, width=2, depth=INF), "depth=inf", "whole number"),
    (dict(hidden=None, width=2, depth=10**9), "depth=1000000000", "at most 65536"),
    (dict(hidden=None, depth=[1, 2]), "depth=[1, 2]", "width"),
    (dict(width=[2, 3], depth=2), "hidden=(2,)", "width=[2, 3]"),
    (dict(hidden=((2,), (3,))), "hidden=(2,)", "whole number"),
    (dict(hidden=(2, None)), "hidden=None", "whole number"),
    (dict(hidden=(2, "3")), "hidden='3'", "whole number"),
    (dict(hidden=(NAN,)), "hidden=nan", "whole number"),
    (dict(hidden=(2, [3])), "hidden=[3]", "whole number"),
    (dict(hidden=(2**40,)), "hidden=1099511627776", "at most 2147483647"),
    (dict(hidden=(KEY,)), "hidden=", "whole number"),
    (dict(hidden=np.array([2, 3])), "hidden=2", "tuple of layer sizes"),
    (dict(hidden=np.array([[2, 3]])), "hidden has shape (1, 2)", "one-dimensional"),
    (dict(hidden=range(2, 4)), "hidden=2", "tuple of layer sizes"),
    (dict(hidden=[(2,), [3]]), "hidden=[3]", "tuple of layer sizes"),
    (dict(hidden=[(2,), None]), "hidden=None", "tuple of layer sizes"),
    (dict(hidden=[(2,), (3, 0)]), "hidden=0", "1 or more"),
    (dict(hidden={"a": (2,)}), "hidden={'a': (2,)}", "tuple of layer sizes"),
    (dict(hidden=2.5), "hidden=2.5", "tuple of layer sizes"),
    (dict(hidden=lambda: (2,)), "hidden=<function", "tuple of layer sizes"),
]

NAMES = [
    (dict(activation="tahn"), "activation='tahn'", "did you mean 'tanh'"),
    (dict(activation="Sigmoid"), "activation='Sigmoid'", "did you mean 'sigmoid'"),
    (dict(activation=["tanh", "relo"]), "activation='relo'", "did you mean 'relu'"),
    (dict(activation=("tanh", "relu")), "activation=('tanh', 'relu')", "list"),
    (dict(activation=["tanh", "relu", "tanh"]), "activation", "'tanh' twice"),
    (dict(activation=[]), "activation=[]", "at least one"),
    (dict(activation=3), "activation=3", "name or a function"),
    (dict(activation=None), "activation=None", "tanh"),
    (
        dict(activation=[lambda z: z, lambda z: -z]),
        "activation holds two functions called '<lambda>'",
        "{'a': f, 'b': g}",
    ),
    (
        dict(activation=lambda z: z, store="never"),
        "store=... may be resumed by another process",
        "activation",
        "top level",
    ),
    (dict(activation="nowhere:f"), "activation='nowhere:f'", "nowhere"),
    (dict(output_activation="sofmax"), "output_activation='sofmax'", "did you mean 'softmax'"),
    (dict(output_activation=None), "output_activation=None", "identity"),
    (dict(init="lecun_norml"), "init='lecun_norml'", "did you mean 'lecun_normal'"),
    (dict(init=["he_normal", "he_norml"]), "init='he_norml'", "he_normal"),
    (dict(init=7), "init=7", "lecun_normal"),
    (dict(init="xavier_uniform"), "init='xavier_uniform'", "did you mean 'glorot_uniform'?"),
    (dict(init="he"), "init='he'", "did you mean 'he_normal' or 'he_uniform'?"),
    (dict(loss="mse"), "loss='mse'", "did you mean 'squared_error'?", "Known: squared_error"),
    (dict(loss="BCE"), "loss='BCE'", "did you mean 'sigmoid_binary_cross_entropy'?"),
    (dict(loss="categorical_crossentropy"), "loss=", "did you mean 'softmax_cross_entropy'?"),
    (dict(loss="mae"), "loss='mae' is unknown. Known: "),
    (dict(activation="swish"), "activation='swish'", "did you mean 'silu'?"),
    (dict(activation="linear"), "activation='linear'", "did you mean 'identity'?"),
    (dict(solver="gd"), "solver='gd'", "did you mean 'sgd'?"),
    (dict(schedule="linar"), "schedule='linar'", "did you mean 'linear'?"),
    (dict(bias_init="zero"), "bias_init='zero'", "did you mean 'zeros'"),
    (dict(bias_init=0), "bias_init=0", "zeros"),
    (dict(bias_init=None), "bias_init=None", "zeros"),
    (dict(solver="adamm"), "solver='adamm'", "did you mean 'adam"),
    (dict(solver=["sgd", "momentum"]), "solver='momentum'", "Known: "),
    (dict(solver=("sgd", "adam")), "solver=('sgd', 'adam')", "list"),
    (dict(solver=None), "solver=None", "adam"),
    (dict(solver=no_rate), "solver", "learning_rate"),
    (dict(solver=needs_gamma), "gamma", "needs_gamma"),
    (dict(loss="squared_eror"), "loss='squared_eror'", "did you mean 'squared_error'"),
    (dict(loss=None), "loss=None", "squared_error"),
    (dict(schedule="cosin"), "schedule='cosin'", "did you mean 'cosine'"),
    (dict(schedule=None), "schedule=None", "constant"),
    (dict(order="shufled"), "order='shufled'", "did you mean 'shuffled'"),
    (dict(order=None), "order=None", "shuffled"),
    # Odder ones.
    (dict(activation=""), "activation=''", "tanh"),
    (dict(activation=b"tanh"), "activation=b'tanh'", "name or a function"),
    (dict(activation=["tanh", None]), "activation=None", "name or a function"),
    (dict(activation=[["tanh"]]), "activation=['tanh']", "name or a function"),
    (dict(activation={"tanh": 1}), "activation=1", "name or a function"),
    (dict(activation=np.array([])), "activation=[]", "empty axis"),
    (dict(activation=np.array(["tanh", "tanhh"])), "activation='tanhh'", "did you mean 'tanh'"),
    (dict(activation=np.array([["tanh"]])), "activation has shape (1, 1)", "one-dimensional"),
    (dict(activation=jnp.ones(1)), "activation=", "name or a function"),
    (dict(activation=KEY), "activation=", "name or a function"),
    (dict(activation=":"), "activation=':'", "does not lead to a function"),
    (dict(activation="...:x"), "activation='...:x'", "does not lead to a function"),
    (dict(activation="\0:x"), "activation='\\x00:x'", "does not lead to a function"),
    (dict(activation="nnjax.activations:tahn"), "activation='nnjax.activations:tahn'", "does not lead to a function"),
    (dict(activation="nnjax.activations:ACTIVATIONS"), "activation='nnjax.activations:ACTIVATIONS'", "called"),
    (
        dict(activation=functools.partial(jnp.tanh), store="never"),
        "store=...",
        "activation=functools.partial",
        "top level",
    ),
    (dict(activation=Callable(), store="never"), "store=...", "activation=", "top level"),
    (dict(activation={"a": activations.tanh, "b": "tanh"}), "activation holds 'tanh' twice"),
    (dict(activation={1: jnp.tanh}), "activation has the label 1", "strings"),
    (dict(activation={}), "activation=[]", "empty axis"),
    (dict(activation=[bend(1), bend(2)]), "activation holds two functions called 'bent'", "activation={'a': f"),
    (dict(activation=unhashable), "activation=", "cannot be hashed"),
    (dict(activation=[activations.tanh, "tanh"]), "activation holds 'tanh' twice"),
    (dict(output_activation=("identity",)), "output_activation=('identity',)", "list"),
    (dict(output_activation=["identity", "identity"]), "output_activation holds 'identity' twice"),
    (dict(output_activation=0), "output_activation=0", "name or a function"),
    (dict(init=np.zeros), "init cannot be used by JAX"),
    (dict(init=lambda key, shape, dtype: jnp.zeros(shape[1])), "init must return", "(2, 2), not (2,)"),
    (dict(init=jax.nn.initializers.he_normal(), store="never"), "store=...", "init=<function", "top level"),
    (dict(init=("zeros",)), "init=('zeros',)", "list"),
    (dict(init=["zeros", "zeros"]), "init holds 'zeros' twice"),
    (dict(init={"zeros"}), "init={'zeros'}", "name or a function"),
    (dict(bias_init=jnp.zeros), "bias_init cannot be used by JAX"),
    (dict(bias_init=[0]), "bias_init=0", "name or a function"),
    (dict(schedule=lambda: 0.1), "schedule (or learning_rate) cannot be used by JAX", "positional argument"),
    (dict(schedule=lambda step: jnp.ones(2) * step), "schedule (or learning_rate) must return one real number", "(2,)"),
    (dict(learning_rate=lambda step: "fast"), "schedule (or learning_rate) cannot be used by JAX"),
    (dict(learning_rate=[0.1, optax.linear_schedule(0.1, 0, 9)]), "learning_rate=0.1 shares an axis", "constant"),
    (dict(learning_rate=optax.linear_schedule(0.1, 0, 9), schedule="cosine"), "schedule='cosine'", "one of the two"),
    (dict(learning_rate=optax.linear_schedule(0.1, 0, 9), solver="rprop"), "schedule='polynomial_schedule'", "rprop"),
    (dict(schedule=optax.linear_schedule(1, 0, 9), warmup_steps=2), "warmup_steps=2", "'polynomial_schedule'", "put"),
    (dict(schedule=["constant", lambda step: 1], final_ratio=0), "final_ratio=0", "'<lambda>', a function"),
    (dict(schedule=optax.linear_schedule(1, 0, 9), store="never"), "store=...", "schedule=<function", "top level"),
    (dict(schedule=("linear",)), "schedule=('linear',)", "list"),
    (dict(schedule=["linear", "linear"]), "schedule holds 'linear' twice"),
    (dict(schedule=0.5), "schedule=0.5", "name or a function"),
    (dict(order=len), "order=<built-in function len>", "must be one of"),
    (dict(order=["shuffled", "shuffled"]), "order holds 'shuffled' twice"),
    (dict(order=True), "order=True", "must be one of"),
    (dict(loss=""), "loss=''", "squared_error"),
    (dict(loss=3), "loss=3", "name or a function"),
    (dict(loss=losses), "loss=<module", "name or a function"),
    (dict(loss=lambda output, target: 0.0, store="never"), "store=...", "loss=<function", "top level"),
    (dict(loss=["squared_error", None]), "loss=None", "name or a function"),
    (dict(loss=["squared_error", losses.squared_error]), "loss holds 'squared_error' twice"),
    (dict(loss="nnjax.losses:LOSSES"), "loss='nnjax.losses:LOSSES'", "called"),
    (dict(solver=""), "solver=''", "Known: "),
    (dict(solver=b"adam"), "solver=b'adam'", "name or a function"),
    (dict(solver=object()), "solver=<object", "name or a function"),
    (dict(solver=[None]), "solver=None", "name or a function"),
    (dict(solver=optax.adam(0.1), learning_rate=[0.1, 1.0]), "learning_rate=[0.1, 1.0] with a finished", "factory"),
    (dict(solver=optax.adam(0.1), learning_rate=optax.linear_schedule(1, 0, 9)), "learning_rate=<function", "finished"),
    (dict(solver=optax.MultiSteps(optax.adam(0.1), 4)), "solver is an optax.MultiSteps", "gradient_transformation()"),
    (dict(init=jax.nn.initializers.normal), "init=jax.nn.initializers.normal must be called", "normal()"),
    (dict(bias_init=[jax.nn.initializers.orthogonal]), "bias_init=jax.nn.initializers.orthogonal()"),
    (dict(solver=optax.sgd(0.1), weight_decay=0.1), "weight_decay=0.1 with a finished", "optax.chain"),
    (dict(solver=optax.sgd(0.1), schedule="cosine"), "schedule='cosine' with a finished", "factory"),
    (dict(solver=optax.sgd(0.1), momentum=0.1), "momentum=0.1", "it has: none"),
    (dict(solver=optax.sgd(0.1), lr=0.1), "lr=0.1", "did you mean 'learning_rate'"),
    (dict(solver={"a": optax.sgd(0.1), "b": "adam"}), "solver holds finished solvers and others", "optax.adam(0.01)"),
    (dict(solver=[optax.sgd(0.1), optax.adam(0.1)]), "solver holds two functions called", "solver={'a': f"),
    (dict(solver=optax.sgd(0.1), store="never"), "store=...", "a finished solver", "give a factory"),
    (dict(solver=optax.adam(0.1), layout="lanes"), "layout='lanes'", "elementwise"),
    (dict(solver=max), "solver=<built-in function max>", "factory", "signature"),
    (dict(solver=dict), "solver=<class 'dict'>", "factory", "signature"),
    (dict(solver=print), "solver='builtins:print'", "takes learning_rate"),
    (dict(solver=optax.chain), "chain'", "takes learning_rate"),
    (dict(solver=functools.partial(optax.sgd, momentum=0.9), store="never"), "solver=functools.partial", "top level"),
    (dict(solver=["adam", optax.adam]), "solver holds 'adam' twice"),
    (dict(solver=needs_two, gamma=1.0), "needs_two'", "delta=..."),
    (dict(solver=returns_nothing), "returns_nothing' cannot be built"),
    (dict(solver=raises), "raises' cannot be built", "no such luck"),
    (dict(solver=["adam", "rprop"], schedule=["constant", "cosine"]), "solver='rprop'", "schedule='cosine'"),
    (dict(solver=["adam", own_solver], weight_decay=0.1), "weight_decay", "own_solver"),
]

NUMBERS = [
    (dict(learning_rate=0), "learning_rate=0", "greater than 0"),
    (dict(learning_rate=-0.1), "learning_rate=-0.1", "greater than 0"),
    (dict(learning_rate=NAN), "learning_rate=nan", "finite"),
    (dict(learning_rate=INF), "learning_rate=inf", "finite"),
    (dict(learning_rate=1e300), "learning_rate=1e+300", "float32"),
    (dict(learning_rate=1e-60), "learning_rate=1e-60", "float32"),
    (dict(learning_rate=[0.1, 0]), "learning_rate=0", "greater than 0"),
    (dict(learning_rate=[0.1, NAN]), "learning_rate=nan", "finite"),
    (dict(learning_rate=[]), "learning_rate=[]", "at least one"),
    (dict(learning_rate=np.array([])), "learning_rate", "at least one"),
    (dict(learning_rate=[0.1, 0.2, 0.1]), "learning_rate", "0.1 twice"),
    (dict(learning_rate=(0.1, 0.2)), "learning_rate=(0.1, 0.2)", "list"),
    (dict(learning_rate=np.ones((2, 2))), "learning_rate", "(2, 2)", "one-dimensional"),
    (dict(learning_rate="0.1"), "learning_rate='0.1'", "number"),
    (dict(learning_rate=[None]), "learning_rate=None", "number"),
    (dict(learning_rate=True), "learning_rate=True", "number"),
    (dict(learning_rate=1j), "learning_rate=1j", "number"),
    (dict(learning_rate={0.1, 0.2}), "learning_rate={", "list"),
    (dict(solver="sgd", momentum=1.0), "momentum=1.0", "less than 1"),
    (dict(solver="sgd", momentum=-0.5), "momentum=-0.5", "at least 0"),
    (dict(b1=2), "b1=2", "less than 1"),
    (dict(eps=-1e-8), "eps=-1e-08", "0 or more"),
    (dict(weight_decay=-1), "weight_decay=-1", "0 or more"),
    (dict(clip_norm=0), "clip_norm=0", "greater than 0"),
    (dict(clip_value=-1), "clip_value=-1", "greater than 0"),
    (dict(warmup_steps=-5), "warmup_steps=-5", "0 or more"),
    (dict(schedule="cosine", schedule_steps=0), "schedule_steps=0", "greater than 0"),
    (dict(schedule="cosine", final_ratio=2), "final_ratio=2", "between 0 and 1"),
    (dict(schedule="exponential", final_ratio=0), "final_ratio=0 with schedule='exponential'", "greater than 0"),
    (dict(schedule="exponential", final_ratio=[0.1, 1e-50]), "final_ratio=1e-50 with", "second step"),
    (dict(schedule=["linear", "exponential"], final_ratio=0), "final_ratio=0 with schedule='exponential'"),
    (dict(schedule="cosine", schedule_steps=3, warmup_steps=3), "schedule_steps=3 with warmup_steps=3", "greater than"),
    (dict(schedule="linear", schedule_steps=[4, 2], warmup_steps=[1, 3]), "schedule_steps=2 with warmup_steps=3"),
    (
        dict(
            hidden=[(2,), (3,)],
            schedule="linear",
            warmup_steps=xr.DataArray([3, 1], {"hidden": ["2", "3"]}),
            schedule_steps=xr.DataArray([[4, 2], [2, 1]], {"hidden": ["2", "3"], "init_scale": [0.5, 1]}),
            init_scale=[0.5, 1],
        ),
        "schedule_steps=2 with warmup_steps=3",
    ),
    (dict(init_scale=-1), "init_scale=-1", "0 or more"),
    (dict(bias_scale=[1, INF]), "bias_scale=inf", "finite"),
    (dict(learning_rat=0.1), "learning_rat=0.1", "did you mean 'learning_rate'"),
    (dict(activaton="tanh"), "activaton='tanh'", "did you mean 'activation'"),
    (dict(hiden=(2,)), "hiden=(2,)", "did you mean 'hidden'"),
    (dict(seed=3), "seed=3", "did you mean 'seeds'"),
    (dict(epochs=3), "epochs=3", "neither a setting nor a numeric hyperparameter of solver 'adam'"),
    (dict(momentum=0.9), "momentum=0.9", "solver 'adam'", "b1, b2"),
    (dict(solver=["sgd", "adam"], momentum=0.9), "momentum=0.9", "solver 'adam'"),
    (dict(solver="sgd", b1=[0.8, 0.9]), "b1=[0.8, 0.9]", "solver 'sgd'", "momentum"),
    (dict(solver="sgd", nesterov=True), "nesterov=True", "solver 'sgd'"),
    (dict(solver="lbfgs", memory_size=3), "memory_size=3", "solver 'lbfgs'"),
    (dict(solver="rprop", schedule="cosine"), "rprop", "schedule"),
    (dict(solver="sm3", warmup_steps=3), "sm3", "warmup_steps"),
    (dict(solver=own_solver, clip_norm=1.0), "clip_norm", "own_solver"),
    (dict(solver=own_descent, decay=NAN), "decay=nan", "finite"),
    (dict(solver=own_descent, decay=1e300), "decay=1e+300", "float32"),
    (dict(solver=own_descent, weight_decay=-1), "weight_decay=-1", "0 or more"),
    (dict(solver=["rmsprop", own_descent], decay=1.0), "decay=1.0", "less than 1"),
    (dict(solver={"partial": functools.partial(optax.rmsprop, eps=0.1)}, decay=1.0), "decay=1.0", "less than 1"),
    (dict(solver=functools.partial(optax.rprop), schedule="cosine"), "rprop", "schedule"),
    (dict(learning_rate=xr.DataArray([0.1], {"width": [2]})), "learning_rate", "width is not an axis"),
    (
        dict(hidden=[(2,), (3,)], learning_rate=xr.DataArray([0.1, 0.2], {"hidden": ["2", "4"]})),
        "learning_rate",
        "does not have every hidden",
    ),
    (
        dict(hidden=[(2,), (3,)], learning_rate=xr.DataArray([0.1, -0.2], {"hidden": ["2", "3"]})),
        "learning_rate=-0.2",
        "greater than 0",
    ),
    # Odder ones.
    (dict(learning_rate=HUGE), "learning_rate=1000", "finite number"),
    (dict(learning_rate=[0.1, HUGE]), "learning_rate=1000", "finite number"),
    (dict(learning_rate=fractions.Fraction(HUGE)), "learning_rate=Fraction", "finite number"),
    (dict(learning_rate=decimal.Decimal("0.1")), "learning_rate=Decimal('0.1')", "finite number"),
    (dict(learning_rate=np.longdouble("1e400")), "learning_rate=", "finite number"),
    (dict(learning_rate=-INF), "learning_rate=-inf", "finite number"),
    (dict(learning_rate={"a": 0.1}), "learning_rate={'a': 0.1}", "a dict labels functions only"),
    (dict(learning_rate=[[0.1]]), "learning_rate=[0.1]", "finite number"),
    (dict(learning_rate=[0.1, "0.2"]), "learning_rate='0.2'", "finite number"),
    (dict(learning_rate=[0.1, None]), "learning_rate=None", "finite number"),
    (dict(learning_rate=[0.1, True]), "learning_rate=True", "finite number"),
    (dict(learning_rate=[(0.1, 0.2)]), "learning_rate=(0.1, 0.2)", "list"),
    (dict(learning_rate=range(3)), "learning_rate=0.0", "greater than 0"),
    (dict(learning_rate=np.array("0.1")), "learning_rate=array('0.1'", "finite number"),
    (dict(learning_rate=np.array(True)), "learning_rate=array(True)", "finite number"),
    (dict(learning_rate=np.array(1j)), "learning_rate=array(0.+1.j)", "finite number"),
    (dict(learning_rate=np.array(None)), "learning_rate=array(None", "finite number"),
    (dict(learning_rate=np.array(DATES[0])), "learning_rate=array('2000", "finite number"),
    (dict(learning_rate=np.timedelta64(1, "s")), "learning_rate=np.timedelta64(1,'s')", "finite number"),
    (dict(learning_rate=np.array(1, "m8[ns]")), "learning_rate=array(1, dtype='timedelta64[ns]')", "finite number"),
    (dict(learning_rate=DATES[0]), "learning_rate=np.datetime64", "finite number"),
    (dict(learning_rate=np.array([0.1, None])), "learning_rate=None", "finite number"),
    (dict(learning_rate=np.array(["0.1"])), "learning_rate=np.str_('0.1')", "finite number"),
    (dict(learning_rate=np.array([0.1, 0.1])), "learning_rate holds 0.1 twice"),
    (dict(learning_rate=jnp.array(NAN)), "learning_rate=Array(nan", "finite number"),
    (dict(learning_rate=jnp.array([0.5, INF])), "learning_rate=Array(inf", "finite number"),
    (dict(learning_rate=jnp.array(True)), "learning_rate=Array(True", "finite number"),
    (dict(learning_rate=jnp.array(1j)), "learning_rate=Array(0.+1.j", "finite number"),
    (dict(learning_rate=jnp.ones((1, 1))), "learning_rate has shape (1, 1)", "one-dimensional"),
    (dict(learning_rate=KEY), "learning_rate=", "finite number"),
    (dict(learning_rate=KEYS), "learning_rate=", "finite number"),
    (dict(learning_rate=1e-320, dtype="float64"), "learning_rate=1e-320", "float64"),
    (dict(b1=1), "b1=1", "less than 1"),
    (dict(b1=1 - 1e-9), "b1=0.999999999 rounds to 1 in float32", "less than 1"),
    (dict(b2=[0.9, 1 - 1e-10]), "b2=0.9999999999 rounds to 1 in float32", "less than 1"),
    (dict(b1=[0.9, 0.9]), "b1 holds 0.9 twice"),
    (dict(b1="0.9"), "b1='0.9'", "finite number"),
    (dict(b2=HUGE), "b2=1000", "finite number"),
    (dict(b2=(0.9, 0.99)), "b2=(0.9, 0.99)", "list"),
    (dict(eps=-1), "eps=-1", "0 or more"),
    (dict(eps=1e300), "eps=1e+300", "float32"),
    (dict(eps=None), "eps=None", "finite number"),
    (dict(solver="rmsprop", decay=1), "decay=1", "less than 1"),
    (dict(solver="sgd", momentum=None), "momentum=None", "finite number"),
    (dict(solver="sgd", momentum=[0.0, -0.0]), "momentum holds", "twice"),
    (dict(init_scale=NAN), "init_scale=nan", "finite number"),
    (dict(init_scale="large"), "init_scale='large'", "finite number"),
    (dict(init_scale=[]), "init_scale=[]", "empty axis"),
    (dict(bias_scale=-0.5), "bias_scale=-0.5", "0 or more"),
    (dict(bias_scale=None), "bias_scale=None", "finite number"),
    (dict(weight_decay=[0, 0.0]), "weight_decay holds 0.0 twice"),
    (dict(weight_decay=INF), "weight_decay=inf", "finite number"),
    (dict(clip_norm=[]), "clip_norm=[]", "empty axis"),
    (dict(clip_norm=[1.0, 0.0]), "clip_norm=0.0", "greater than 0"),
    (dict(clip_value=None), "clip_value=None", "finite number"),
    (dict(warmup_steps=NAN), "warmup_steps=nan", "finite number"),
    (dict(warmup_steps=True), "warmup_steps=True", "finite number"),
    (dict(schedule="linear", schedule_steps=-1), "schedule_steps=-1", "greater than 0"),
    (dict(schedule="linear", final_ratio=-0.1), "final_ratio=-0.1", "between 0 and 1"),
    (dict(schedule="linear", final_ratio=[0.5, 1.5]), "final_ratio=1.5", "between 0 and 1"),
    (dict(several(learning_rate=table([0.1], width=[2]))), "learning_rate does not have every width"),
    (
        dict(several(learning_rate=table([0.1, 0.2], width=["2", "3"]))),
        "learning_rate does not have every width",
    ),
    (
        dict(several(learning_rate=table([0.1, 0.2], width=DATES))),
        "learning_rate does not have every width",
    ),
    (dict(several(learning_rate=table([0.1, 0.2], width=[2, 2]))), "learning_rate", "repeated labels"),
    (dict(several(learning_rate=xr.DataArray([0.1, 0.2], dims="width"))), "learning_rate", "coordinate width"),
    (
        dict(several(learning_rate=table([0.1, 0.2], width=[2, 3]).drop_indexes("width"))),
        "learning_rate",
        "coordinate width",
    ),
    (dict(several(learning_rate=table([0.1, NAN], width=[2, 3]))), "learning_rate=nan", "finite number"),
    (dict(several(learning_rate=table([0.1, 0.0], width=[2, 3]))), "learning_rate=0.0", "greater than 0"),
    (dict(several(learning_rate=table([True, False], width=[2, 3]))), "learning_rate=True", "finite number"),
    (dict(several(learning_rate=table(["a", "b"], width=[2, 3]))), "learning_rate", "dtype <U1"),
    (dict(several(learning_rate=table([1j, 2j], width=[2, 3]))), "learning_rate", "dtype complex128"),
    (dict(several(learning_rate=table(DATES, width=[2, 3]))), "learning_rate", "dtype datetime64"),
    (dict(several(learning_rate=table([0.1, None], width=[2, 3]))), "learning_rate=None", "finite number"),
    (dict(several(learning_rate=table([0.1, 0.2], depth=[1, 2]))), "learning_rate", "depth is not an axis"),
    (dict(several(learning_rate=table([0.1], seed=[0]))), "learning_rate", "seed is not an axis"),
    (dict(several(b1=table([0.9, 1.0], width=[2, 3]))), "b1=1.0", "less than 1"),
    (dict(several(learning_rate=xr.Dataset({"a": ("width", [0.1, 0.2])}))), "learning_rate=", "finite number"),
    (dict(several(learning_rate=xr.Variable("width", [0.1, 0.2]))), "learning_rate=", "finite number"),
    (dict(epochs=10), "epochs=10", "neither a setting"),
    (dict(hidden=None, widht=3), "widht=3", "did you mean 'width'"),
    (dict(lr=0.1), "lr=0.1", "neither a setting", "learning_rate"),
    (dict(verbose=True), "verbose=True", "neither a setting"),
    (dict(batchsize=2), "batchsize=2", "did you mean 'batch_size'"),
    (dict(device="gpu"), "device='gpu'", "neither a setting"),
    (dict(key=KEY), "key=", "neither a setting"),
    (dict(test_data=XOR), "test_data=Data", "neither a setting"),
    ({"two words": 3}, "two words=3", "neither a setting"),
    (dict(solver="sgd", b2=0.9), "b2=0.9", "solver 'sgd'", "momentum"),
    (dict(solver=["sgd", "lion"], momentum=[0.0, 0.9]), "momentum=[0.0, 0.9]", "solver 'lion'"),
]

RUNS = [
    (dict(seeds=0), "seeds=0", "1 or more"),
    (dict(seeds=-3), "seeds=-3", "1 or more"),
    (dict(seeds=1.5), "seeds=1.5", "whole number"),
    (dict(seeds=True), "seeds=True", "whole number"),
    (dict(seeds=[]), "seeds=[]", "at least one"),
    (dict(seeds=range(0)), "seeds", "at least one"),
    (dict(seeds=[1, 2, 1]), "seeds", "1 twice"),
    (dict(seeds=[1, -1]), "seeds=-1", "0 or more"),
    (dict(seeds=[2**32]), "seeds=4294967296", "at most 4294967295"),
    (dict(seeds=(1, 2)), "seeds=(1, 2)", "list"),
    (dict(seeds=[0.5]), "seeds=0.5", "whole number"),
    (dict(seeds={"a": range(2)}), "seeds={'a': range(0, 2)}", "a single Data", "{name: Data}"),
    (dict(seeds={}), "seeds={}", "a single Data"),
    (dict(data=TWO, seeds={}), "'a' has no seeds", "the tasks are a, b"),
    (dict(data=TWO, seeds={"a": range(2)}), "'b' has no seeds", "the tasks are a, b"),
    (dict(data=TWO, seeds={"a": [0], "b": [1], "c": [2]}), "'c' is not a task", "the tasks are a, b"),
    (dict(data=TWO, seeds={0: [0], 1: [1]}), "0 is not a task", "the tasks are a, b"),
    (
        dict(data=TWO, seeds={"a": [0, 1], "b": [2]}),
        "seeds['b'] holds 1 seeds",
        "seeds['a'] holds 2",
        "the same number",
    ),
    (dict(data=TWO, seeds={"a": [], "b": []}), "seeds['a']=[]", "at least one"),
    (dict(data=TWO, seeds={"a": [0, 1], "b": [3, 3]}), "seeds['b'] holds 3 twice"),
    (dict(data=TWO, seeds={"a": 2, "b": 2}), "seeds['a']=2", "a list or a range"),
    (dict(data=TWO, seeds={"a": [0], "b": (1,)}), "seeds['b']=(1,)", "a list or a range"),
    (dict(data=TWO, seeds={"a": "0", "b": [1]}), "seeds['a']='0'", "a list or a range"),
    (dict(data=TWO, seeds={"a": [0.5], "b": [1]}), "seeds['a']=0.5", "whole number"),
    (dict(data=TWO, seeds={"a": [True], "b": [1]}), "seeds['a']=True", "whole number"),
    (dict(data=TWO, seeds={"a": [0], "b": [-1]}), "seeds['b']=-1", "0 or more"),
    (dict(data=TWO, seeds={"a": [0], "b": [2**32]}), "seeds['b']=4294967296", "4294967295"),
    (dict(data=TWO, seeds={"a": range(2), "b": range(2**32, 2**32 + 2)}), "seeds['b']=4294967296", "4294967295"),
    (dict(data=TWO, seeds={"a": range(2), "b": range(2**70)}), "seeds['b']=", "4294967295"),
    (dict(num_steps=0), "num_steps=0", "1 or more"),
    (dict(num_steps=1e3), "num_steps=1000.0", "whole number"),
    (dict(num_steps=[10, 20]), "num_steps=[10, 20]", "whole number"),
    (dict(record_every=0), "record_every=0", "1 or more"),
    (dict(record_every=2.5), "record_every=2.5", "whole number"),
    (dict(batch_size=0), "batch_size=0", "1 or more"),
    (dict(batch_size=[2, 2]), "batch_size", "2 twice"),
    (dict(batch_size=0.5), "batch_size=0.5", "whole number"),
    (dict(dtype="float16"), "dtype='float16'", "'float32' or 'float64'"),
    (dict(dtype=64), "dtype=64", "'float32' or 'float64'"),
    (dict(measure=measure), "measure=", "dict"),
    (dict(measure={"m": 3}), "measure['m']", "f(params, data"),
    (dict(measure={"m": measure_of_one}), "measure['m']", "f(params, data"),
    (dict(measure={"m": lambda params, data: 0.0}, store="never"), "store=...", "measure['m']", "top level"),
    (dict(measure={"m": max}), "measure['m']", "f(params, data"),
    (dict(measure={"train_loss": measure}), "measure='train_loss'", "taken"),
    (dict(measure={"learning_rate": measure}), "measure='learning_rate'", "taken"),
    (dict(measure={"two words": measure}), "measure='two words'", "Python identifier"),
    (dict(early_stop=0.1, record_every=1), "early_stop=0.1", "(name, threshold)"),
    (dict(early_stop=("loss", 0.1), record_every=1), "early_stop=('loss', 0.1)", "train_loss"),
    (dict(early_stop=("test_loss", 0.1), record_every=1), "early_stop=('test_loss', 0.1)", "train_loss"),
    (dict(early_stop=("train_loss", NAN), record_every=1), "early_stop=nan", "finite"),
    (dict(early_stop=("train_loss", 0.1)), "early_stop=('train_loss', 0.1)", "record_every"),
    (dict(early_stop=("accuracy", 0.5), record_every=1, data=LINE), "early_stop=('accuracy', 0.5)", "no accuracy"),
    (
        dict(early_stop=("m", 0.5), record_every=1, measure={"m": measure_vector}),
        "early_stop=('m', 0.5)",
        "one real number",
    ),
    (dict(judged_rows=2, data=bad(weight=np.array([0.0, 0, 1, 1]))), "judged_rows=2", "weight 0"),
    (dict(model=NoModel), "model=", "init and apply"),
    (dict(model="mlp"), "model='mlp'", "init and apply"),
    # Odder ones.
    (dict(seeds=None), "seeds=None", "whole number"),
    (dict(seeds="3"), "seeds='3'", "whole number"),
    (dict(seeds={1, 2}), "seeds={1, 2}", "whole number"),
    (dict(seeds=HUGE), "seeds=1000", "at most 4294967296"),
    (dict(seeds=[NAN]), "seeds=nan", "whole number"),
    (dict(seeds=[True]), "seeds=True", "whole number"),
    (dict(seeds=["1"]), "seeds='1'", "whole number"),
    (dict(seeds=[[1, 2]]), "seeds=[1, 2]", "whole number"),
    (dict(seeds=range(-1, 3)), "seeds=-1", "0 or more"),
    (dict(seeds=range(2**32, 2**32 + 2)), "seeds=4294967296", "at most 4294967295"),
    (dict(seeds=range(2**32 + 1, 2**32 - 2, -1)), "seeds=4294967297", "at most 4294967295"),
    (dict(seeds=np.array([1.0, 2.0])), "seeds=np.float64(1.0)", "whole number"),
    (dict(seeds=np.ones((2, 2), int)), "seeds has shape (2, 2)", "one-dimensional"),
    (dict(seeds=np.array([3, 3])), "seeds holds 3 twice"),
    (dict(seeds=jnp.array([0.5])), "seeds=0.5", "whole number"),
    (dict(seeds=jnp.array([])), "seeds=[]", "at least one seed"),
    (dict(seeds=KEY), "seeds=", "whole number"),
    (dict(seeds=KEYS), "seeds=", "whole number"),
    (dict(num_steps=None), "num_steps=None", "whole number"),
    (dict(num_steps=np.timedelta64(5, "s")), "num_steps=np.timedelta64(5,'s')", "whole number"),
    (dict(num_steps=True), "num_steps=True", "whole number"),
    (dict(num_steps=2**31), "num_steps=2147483648", "at most 2147483647"),
    (dict(num_steps=KEY), "num_steps=", "whole number"),
    (dict(record_every=True), "record_every=True", "whole number"),
    (dict(record_every=[1, 2]), "record_every=[1, 2]", "whole number"),
    (dict(judged_rows=0), "judged_rows=0", "1 or more"),
    (dict(judged_rows=2.0), "judged_rows=2.0", "whole number"),
    (dict(batch_size="all"), "batch_size='all'", "whole number"),
    (dict(batch_size=(2, 4)), "batch_size=(2, 4)", "whole number"),
    (dict(batch_size=[None, None]), "batch_size holds 'all' twice"),
    (dict(batch_size=[2, 0]), "batch_size=0", "1 or more"),
    (dict(batch_size=[]), "batch_size=[]", "empty axis"),
    (dict(dtype=None), "dtype=None", "'float32' or 'float64'"),
    (dict(dtype=int), "dtype=<class 'int'>", "'float32' or 'float64'"),
    (dict(dtype=jnp.bfloat16), "dtype=", "'float32' or 'float64'"),
    (dict(dtype=["float32", "float64"]), "dtype=['float32', 'float64']", "'float32' or 'float64'"),
    (dict(dtype=","), "dtype=','", "'float32' or 'float64'"),
    (dict(dtype="\0"), "dtype='\\x00'", "'float32' or 'float64'"),
    (dict(dtype={"names": ["a", "a"], "formats": ["f4", "f4"]}), "dtype={", "'float32' or 'float64'"),
    (dict(dtype=[("a", "f4"), ("a", "f4")]), "dtype=[", "'float32' or 'float64'"),
    (dict(dtype=("f4", -1)), "dtype=('f4', -1)", "'float32' or 'float64'"),
    (dict(dtype=np.zeros(3)), "dtype=array", "'float32' or 'float64'"),
    (dict(measure=[measure]), "measure=[", "dict of functions"),
    (dict(measure="m"), "measure='m'", "dict of functions"),
    (dict(measure=("m", measure)), "measure=('m'", "dict of functions"),
    (dict(measure={1: measure}), "measure=1", "Python identifier that is not taken"),
    (dict(measure={"": measure}), "measure=''", "Python identifier that is not taken"),
    (dict(measure={"a-b": measure}), "measure='a-b'", "Python identifier that is not taken"),
    (dict(measure={"step": measure}), "measure='step'", "Python identifier that is not taken"),
    (dict(measure={"hidden": measure}), "measure='hidden'", "Python identifier that is not taken"),
    (dict(b1=0.8, measure={"b1": measure}), "measure='b1'", "Python identifier that is not taken"),
    (dict(measure={"m": None}), "measure['m']", "function f(params, data)"),
    (dict(measure={"m": "loss"}), "measure['m']", "function f(params, data)"),
    (dict(measure={"m": type}), "measure['m']", "function f(params, data)"),
    (dict(measure={"m": functools.partial(measure)}, store="never"), "store=...", "measure['m']", "top level"),
    (dict(measure={"m": measure, "n": Callable()}), "measure['n']", "function f(params, data)"),
    (dict(early_stop=("train_loss",), record_every=1), "early_stop=('train_loss',)", "pair (name, threshold)"),
    (dict(early_stop="train_loss", record_every=1), "early_stop='train_loss'", "pair (name, threshold)"),
    (dict(early_stop={"train_loss": 0.1}, record_every=1), "early_stop={'train_loss': 0.1}", "pair"),
    (dict(early_stop=(None, 0.1), record_every=1), "early_stop=(None, 0.1)", "train_loss"),
    (dict(early_stop=(["train_loss"], 0.1), record_every=1), "early_stop=(['train_loss'], 0.1)", "train_loss"),
    (dict(early_stop=("train_loss", "0.1"), record_every=1), "early_stop='0.1'", "finite number"),
    (dict(early_stop=("train_loss", None), record_every=1), "early_stop=None", "finite number"),
    (dict(early_stop=("train_loss", True), record_every=1), "early_stop=True", "finite number"),
    (dict(early_stop=("train_loss", [0.1]), record_every=1), "early_stop=[0.1]", "finite number or a DataArray"),
    (dict(early_stop=("train_loss", HUGE), record_every=1), "early_stop=1000", "finite number"),
    (dict(early_stop=("train_loss", 1e300), record_every=1), "early_stop=1e+300", "float32"),
    (dict(early_stop=("train_loss", KEY), record_every=1), "early_stop=", "finite number"),
    (dict(early_stop=("m", 0.1), record_every=1), "early_stop=('m', 0.1)", "train_loss"),
    (dict(early_stop=("accuracy", 1.0)), "early_stop=('accuracy', 1.0)", "record_every"),
    (dict(model=None), "model=None", "init and apply"),
    (dict(model={}), "model=[]", "empty axis"),
    (dict(decay_biases=1), "decay_biases=1", "True or False"),
    (dict(decay_biases=[True, None]), "decay_biases=None", "True or False"),
    (dict(decay_biases=[True, False]), "decay_biases=False with solver='adam'", "weight_decay=..."),
    (dict(decay_biases=False, weight_decay=0.1, layout="lanes"), "layout='lanes'", "decay_biases=True"),
    (dict(model={"a": mlp, "b": 3}), "model=3", "init and apply"),
    (dict(model={1: mlp}), "model has the label 1", "strings"),
    (dict(model=[mlp, mlp]), "model holds 'mlp' twice"),
    (dict(model=[mlp, training.Model(no_init, mlp.apply)]), "model cannot be used by JAX", "no init"),
    (dict(model=[mlp, training.Model(mlp.init, twice)]), "the model must return one output for each column"),
    (dict(model=training.Model(1, 2)), "model=Model(init=1", "init and apply"),
    (dict(model=training.Model(mlp.init, mlp.apply, 3)), "model.predict=3", "function"),
    (dict(model=training.Model(lambda key: 0, mlp.apply), store="never"), "model.init=<function", "top level"),
    (dict(layout="scalars"), "layout='scalars'", "'matrices', 'lanes' or None"),
    (dict(layout=1), "layout=1", "'matrices', 'lanes' or None"),
    (dict(layout=["matrices"]), "layout=['matrices']", "'matrices', 'lanes' or None"),
    (dict(layout=("matrices", "lanes")), "layout=('matrices', 'lanes')", "'matrices', 'lanes' or None"),
    (dict(layout="lanes", activation="softmax"), "layout='lanes'", "elementwise"),
    (dict(layout="lanes", solver="lbfgs"), "layout='lanes'", "elementwise"),
    (dict(layout="lanes", solver=["adam", "lamb"]), "layout='lanes'", "elementwise"),
    (dict(padding="yes"), "padding='yes'", "True, False or None"),
    (dict(padding=1), "padding=1", "True, False or None"),
    (dict(padding=[True, False]), "padding=[True, False]", "True, False or None"),
    (dict(padding=np.array([True, False])), "padding=array", "True, False or None"),
    (dict(workers=0), "workers=0", "1 or more"),
    (dict(workers=1.5), "workers=1.5", "whole number"),
    (dict(workers=[1, 2]), "workers=[1, 2]", "whole number"),
    (dict(compiler_options=[]), "compiler_options=[]", "dict"),
    (dict(compiler_options="xla_dump_to"), "compiler_options='xla_dump_to'", "dict"),
    (dict(compiler_options={1: 2}), "compiler_options[1]=2", "name"),
    (dict(compiler_options={"a": None}), "compiler_options['a']=None", "a number or a string"),
    (dict(compiler_options={"a": [1]}), "compiler_options['a']=[1]", "a number or a string"),
    (dict(compiler_options={"a": jnp.ones(2)}), "compiler_options['a']=", "a number or a string"),
]

DATA = [
    (
        dict(loss="sigmoid_binary_cross_entropy", output_activation="sigmoid"),
        "output_activation='sigmoid'",
        "logits",
    ),
    (dict(loss="sigmoid_binary_cross_entropy", data=LINE), "loss='sigmoid_binary_cross_entropy'", "between 0 and 1"),
    (dict(loss="softmax_cross_entropy", data=tasks.xor(high=0.5, target_low=0.5)), "loss='softmax_", "two or more"),
    (dict(loss=["log_cosh", "softmax_cross_entropy"]), "loss='softmax_cross_entropy'", "nnjax.tasks.one_hot(y)"),
    (dict(loss="softmax_cross_entropy", data=(XOR.x, np.arange(4))), "a different label in every row, such as 0"),
    (
        dict(loss="softmax_cross_entropy", data=bad(y=np.full((4, 2), 0.4))),
        "loss='softmax_cross_entropy'",
        "sum to 1",
    ),
    (
        dict(loss="sigmoid_binary_cross_entropy", data={"a": XOR, "b": tasks.xor(target_high=5.0)}),
        "loss='sigmoid_binary_cross_entropy'",
        "between 0 and 1",
    ),
    (dict(data="xor"), "data", "'xor'"),
    (dict(data=(XOR.x, XOR.y, XOR.x)), "a tuple of 3 is not Data", "(x, y, x_test, y_test)"),
    (dict(data=None), "data", "None"),
    (dict(data={}), "data", "{}"),
    (dict(data={"a": XOR.x}), "data['a']", "Data"),
    (dict(data={1: XOR}), "data[1]", "name"),
    (dict(data={"a": XOR, "b": tasks.parity(3)}), "data['b']", "equal shapes"),
    (dict(data={"a": XOR, "b": bad(y=with_nan(XOR.y))}), "data['b']", "y has", "finite"),
    (dict(data=bad(y=XOR.y[:3])), "y has 3 rows", "x has 4"),
    (dict(data=bad(x=XOR.x[:0], y=XOR.y[:0])), "x has shape (0, 2)", "at least one"),
    (dict(data=bad(x=XOR.x[:, :0])), "x has shape (4, 0)", "at least one"),
    (dict(data=bad(x=XOR.x[:, 0])), "x has shape (4,)", "np.reshape(x, (-1, 1))"),
    (dict(data=bad(y=XOR.y[:, 0])), "y has shape (4,)", "np.reshape(y, (-1, 1))"),
    (dict(data=bad(y=XOR.y[None])), "y has shape (1, 4, 1)", "[examples, columns]"),
    (dict(data=bad(x=with_nan(XOR.x))), "x has 1 values", "finite"),
    (dict(data=bad(y=np.full((4, 1), INF))), "y has 4 values", "finite"),
    (dict(data=bad(x=[[1.0, 2.0], [3.0]])), "x is not an array of numbers"),
    (dict(data=bad(x=np.array([["a", "b"]] * 4))), "x has dtype", "real numbers"),
    (dict(data=bad(x=XOR.x * 1j)), "x has dtype complex128", "real numbers"),
    (dict(data=bad(x_test=XOR.x)), "y_test=None", "both or neither"),
    (dict(data=bad(y_test=XOR.y)), "x_test=None", "both or neither"),
    (dict(data=bad(x_test=XOR.x, y_test=XOR.y[:2])), "y_test has 2 rows", "x_test has 4"),
    (dict(data=bad(x_test=XOR.x[:, :1], y_test=XOR.y)), "x_test has shape (4, 1)", "(4, 2)"),
    (dict(data=bad(weight=np.ones(3))), "weight has shape (3,)", "(4,)"),
    (dict(data=bad(weight=-np.ones(4))), "weight goes from -1", "0 or more"),
    (dict(data=bad(weight=np.zeros(4))), "weight goes from 0", "one positive"),
    # Odder ones.
    (dict(data=[XOR]), "data", "a dict of them by name"),
    (dict(data=Data), "data", "a dict of them by name"),
    (dict(data=iter([XOR])), "data", "a dict of them by name"),
    (dict(data=np.zeros((4, 3))), "data", "a dict of them by name"),
    (dict(data=lambda: XOR), "data", "a dict of them by name"),
    (dict(data={"a": None}), "data['a']", "NoneType"),
    (dict(data={"a": {"b": XOR}}), "data['a']", "dict"),
    (dict(data={"a": (XOR.x,)}), "data['a']: a tuple of 1 is not Data"),
    (dict(data={None: XOR}), "data[None]", "under a name that is a string"),
    (dict(data={"a": XOR, "b": LINE}), "data['b'] has shapes", "equal shapes"),
    (dict(data={"a": XOR, "b": bad(weight=np.ones(4))}), "data['b'] has shapes", "equal shapes"),
    (dict(data={"a": XOR, "b": bad(x_test=XOR.x, y_test=XOR.y)}), "data['b'] has shapes", "equal shapes"),
    (dict(data={"a": XOR, "b": bad(x=XOR.x[0])}), "data['b']: x has shape (2,)", "np.reshape(x, (-1, 1))"),
    (dict(data={"a": XOR, "b": bad(weight=[0, 0, 0, 0])}), "data['b']: weight goes from 0.0", "positive"),
    (dict(data=bad(x=None)), "x has dtype object", "real numbers"),
    (dict(data=bad(x=[[HUGE, 1]] * 4)), "x has dtype object", "real numbers"),
    (dict(data=bad(x=[[1, 2], [3, "4"], [5, 6], [7, 8]])), "x has dtype <U", "real numbers"),
    (dict(data=bad(x=[[1, 2], [3], [5, 6], [7, 8]])), "x is not an array of numbers"),
    (dict(data=bad(x=np.zeros((4, 2), "M8[s]"))), "x has dtype datetime64[s]", "real numbers"),
    (dict(data=bad(x=np.zeros((4, 2), [("a", "f4")]))), "x has dtype [('a', '<f4')]", "real numbers"),
    (dict(data=bad(x=jnp.zeros((4, 2), jnp.bfloat16))), "x has dtype bfloat16", "real numbers"),
    (dict(data=bad(x=jax.random.split(KEY, (4, 2)))), "x is not an array of numbers"),
    (dict(data=bad(y=KEY)), "y is not an array of numbers"),
    (dict(data=bad(x=np.ma.masked_array(XOR.x, XOR.x > 0))), "x has masked entries", "weight 0"),
    (dict(data=bad(x=np.zeros((4, 2, 1)))), "x has shape (4, 2, 1)", "[examples, columns]"),
    (dict(data=bad(x=[])), "x has shape (0,)", "[examples, columns]"),
    (dict(data=bad(x=XOR.x * 1e300)), "x reaches 1e+300", "float32"),
    (dict(data=bad(y=-XOR.y * 1e39)), "y reaches 1e+39", "float32"),
    (dict(data=bad(x_test=XOR.x * 1e39, y_test=XOR.y)), "x_test reaches 1e+39", "float32"),
    (dict(data=bad(y_test=[[NAN]] * 4, x_test=XOR.x)), "y_test has 4 values", "finite"),
    (dict(data=bad(weight=1.0)), "weight has shape ()", "(4,)"),
    (dict(data=bad(weight=[1, 1, 1, NAN])), "weight has 1 values", "finite"),
    (dict(loss=["squared_error", "softmax_cross_entropy"]), "loss='softmax_cross_entropy'", "nnjax.tasks.one_hot"),
    (
        dict(loss="sigmoid_binary_cross_entropy", output_activation=["identity", "sigmoid"]),
        "output_activation='sigmoid'",
        "loss='sigmoid_binary_cross_entropy'",
    ),
    (
        dict(loss=["squared_error", "sigmoid_binary_cross_entropy"], output_activation="tanh"),
        "output_activation='tanh'",
        "takes logits",
    ),
    (dict(loss="softmax_cross_entropy", output_activation="softmax", data=bad(y=np.eye(4))), "'softmax'", "logits"),
    (
        dict(loss="sigmoid_binary_cross_entropy", data=tasks.xor(target_low=-0.5)),
        "loss='sigmoid_binary_cross_entropy'",
        "between 0 and 1",
    ),
    (
        dict(loss="sigmoid_binary_cross_entropy", data=bad(x_test=XOR.x, y_test=XOR.y * 2)),
        "loss='sigmoid_binary_cross_entropy'",
        "between 0 and 1",
    ),
    (
        dict(loss="softmax_cross_entropy", data=bad(y=np.eye(4), x_test=XOR.x, y_test=np.ones((4, 4)) / 2)),
        "loss='softmax_cross_entropy'",
        "sum to 1",
    ),
    (
        dict(early_stop=("accuracy", 1.0), record_every=1, data={"a": XOR, "b": tasks.xor(target_high=2.0)}),
        "early_stop=('accuracy', 1.0)",
        "no accuracy",
    ),
    (dict(early_stop=("test_loss", 0.1), record_every=1, data={"a": XOR}), "early_stop=('test_loss', 0.1)", "accuracy"),
]

FUNCTIONS = [
    (dict(activation=np.tanh), "activation must be written with jax.numpy"),
    (dict(activation=["tanh", np.tanh]), "activation must be written with jax.numpy"),
    (dict(activation=len), "activation must return shape (2,) for arguments of shape (2,)"),
    (dict(activation=flat), "activation must return shape (2,) for arguments of shape (2,)", "it returns shape ()"),
    (dict(output_activation=grows), "output_activation must return shape (1,) for arguments of shape (1,)"),
    (dict(loss=by_entry), "loss must return shape () for arguments of shape (1,)", "(1,): sum over the outputs"),
    (dict(loss=["squared_error", by_entry]), "loss must return shape () for arguments of shape (1,)"),
    (dict(measure={"a": gives_none}), "measure['a'] must return one array", "None"),
    (dict(measure={"b": measure, "a": gives_two}), "measure['a']"),
    (dict(measure={"a": trips}), "measure['a'] cannot be used by JAX", "nothing"),
    (dict(model=training.Model(no_init, mlp.apply)), "model cannot be used by JAX", "no init"),
    (dict(model=training.Model(mlp.init, no_init)), "model cannot be used by JAX"),
    # This loss would broadcast the outputs, and train something else.
    (
        dict(model=training.Model(mlp.init, twice), loss="sigmoid_binary_cross_entropy"),
        "the model must return one output for each column of y, (4, 1)",
        "it returns (4, 2)",
    ),
]

MORE = [
    (dict(seeds=range(10**30)), "seeds=", "at most 4294967295"),
    (dict(seeds=range(5, 5)), "seeds=[]", "empty"),
    (dict(seeds=range(3, -3, -2)), "seeds=-1", "0 or more"),
    (dict(early_stop=(np.array(["a", "b"]), 1.0), record_every=1), "early_stop=", "pair (name, threshold)"),
    (dict(early_stop=("accuracy", 2.0), record_every=1), "early_stop=", "between 0 and 1"),
    (dict(early_stop=("accuracy", -1.0), record_every=1), "early_stop=", "between 0 and 1"),
    (dict(data=bad(weight=np.full(4, 1e-60))), "weight goes up to 1e-60", "0 in float32"),
    (dict(layout=np.array(["matrices", "lanes"])), "layout=", "must be 'matrices'"),
    (dict(workers=10**9), "workers=1000000000", "at most 4096"),
    (dict(store=5), "store=5", "path"),
    (dict(store=b"runs"), "store=b'runs'", "path"),
    (dict(store="~nobody-of-this-name/runs"), "store='~nobody-of-this-name/runs'", "no such home folder"),
    (dict(shard=(0, 1)), "shard=(0, 1)", "needs a store"),
    (dict(fresh=True), "fresh=True", "give store=..."),
    (dict(shard=(2, 2), store="never"), "shard=(2, 2)", "0 <= i < n"),
    (dict(executor=4), "executor=4", "submit"),
    (dict(executor=ProcessPoolExecutor(1, get_context("fork"))), "executor=", "get_context('spawn')"),
    (dict(fresh="yes", store="never"), "fresh='yes'", "True or False"),
    (dict(progress="no"), "progress='no'", "True or False"),
]

CASES = [*SIZES, *NAMES, *NUMBERS, *RUNS, *DATA, *FUNCTIONS, *MORE]

# These are tried on an empty program, as nobody but the compiler knows its options.
TRIED = [
    (dict(compiler_options={"xla_no_such_thing": 1}), "compiler_options={'xla_no_such_thing': 1}"),
    (dict(compiler_options={"": 1}), "compiler_options={'': 1}"),
    (dict(compiler_options={"xla_backend_optimization_level": "high"}), "compiler_options={", "'high'"),
    (dict(compiler_options={"xla_backend_optimization_level": HUGE}), "compiler_options={"),
]


def title(case):
    arguments, *texts = case
    return f"{','.join(arguments)}: {texts[0]}"[:60].encode("ascii", "replace").decode()


@pytest.fixture(autouse=True)
def nothing_begins(as_users_call):
    """No sweep begins, and tracebacks hide nothing."""
    before = jax.config.jax_traceback_filtering
    jax.config.update("jax_traceback_filtering", "off")
    with nnjax.hooks.listening(lambda event: pytest.fail(f"a sweep has begun: {event}")):
        yield
    jax.config.update("jax_traceback_filtering", before)


@pytest.fixture
def nothing_may_compile(caplog):
    with jax.log_compiles(), caplog.at_level(logging.DEBUG, logger="jax"):
        yield
    assert [r.getMessage() for r in caplog.records if r.getMessage().startswith("Compiling")] == []


def refused(arguments):
    """The error that a sweep with these arguments raises."""
    arguments = {"hidden": (2,), "num_steps": 4, "progress": False, "data": XOR, **arguments}
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - all of the message is looked at
        nnjax.sweep(arguments.pop("data"), **arguments)
    return caught.value


def check_message(error, texts):
    message = str(error)
    for text in texts:
        # A value may be shown as the float that it stands for: 1 as 1.0.
        assert text in message or text in re.sub(r"(=-?\d+)\.0\b", r"\1", message), message
    assert len(message) < 1500


def frames(error):
    return [frame.filename for frame in traceback.extract_tb(error.__traceback__)]


def in_jax(error):
    home = os.path.dirname(jax.__file__) + os.sep
    return [name for name in frames(error) if name.startswith(home)]


@pytest.mark.parametrize("case", CASES, ids=title)
def test_a_bad_configuration_is_refused(case, nothing_may_compile):
    arguments, *texts = case
    error = refused(arguments)
    check_message(error, texts)
    while error is not None:
        assert in_jax(error) == []
        error = error.__cause__


@pytest.mark.parametrize("case", TRIED, ids=title)
def test_bad_compiler_options_are_refused(case):
    arguments, *texts = case
    error = refused(arguments)
    check_message(error, texts)
    assert in_jax(error) == []


@pytest.mark.parametrize(
    "call", [lambda: nnjax.sweep(), lambda: nnjax.sweep(XOR, (2,)), lambda: nnjax.sweep(XOR, data=XOR, hidden=(2,))]
)
def test_calls_that_python_refuses(call):
    with pytest.raises(TypeError, match=r"sweep\(\)"):
        call()


def test_there_are_enough_and_no_case_is_there_twice():
    def whole(given):
        """With the contents of data, which are shown by their shapes."""
        return {name: tuple(value) if isinstance(value, Data) else value for name, value in given.items()}

    titles = [repr((whole(given), *words)) for given, *words in (*CASES, *TRIED)]
    assert len(titles) >= 300
    assert len(set(titles)) == len(titles)


def test_frames_inside_jax_are_found():
    """The check itself: JAX's own error must not pass for one of the library."""
    with pytest.raises(TypeError) as caught:
        jnp.ones(2).reshape(3)
    assert in_jax(caught.value)
    assert in_jax(refused(TRIED[0][0])) == []
    assert in_jax(refused(TRIED[0][0]).__cause__)
