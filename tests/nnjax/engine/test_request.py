"""Bad input: a ValueError that names the argument, the value and what is allowed, before anything compiles."""

import json
import logging
import math
import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import nnjax
from nnjax import mlp, tasks
from nnjax.engine import cost, records
from nnjax.engine.request import check
from nnjax.engine.store import resume
from nnjax.solvers import Solver
from nnjax.tasks import Data

pytestmark = pytest.mark.usefixtures("as_users_call")

XOR = tasks.xor()
LINE = tasks.data(np.linspace(-1, 1, 5)[:, None], np.linspace(-2, 2, 5)[:, None])
NAN, INF = math.nan, math.inf


def measure_of_one(params):
    return params


def measure_fine(params, data):
    return jnp.zeros(())


def measure_vector(params, data):
    return jnp.zeros(3)


def no_rate(lr=0.1):
    return optax.sgd(lr)


def needs_gamma(learning_rate, gamma):
    return optax.sgd(learning_rate * gamma)


def own_solver(learning_rate):
    return Solver(lambda params: (), lambda params, state, objective: (params, state))


def own_descent(learning_rate, decay=0.9, steepness=1.0):
    return optax.chain(optax.trace(decay), optax.scale(steepness), optax.scale_by_learning_rate(learning_rate))


class NoModel:
    init = staticmethod(mlp.init)


def bad(x=XOR.x, y=XOR.y, **rest):
    return Data(x, y, **rest)


def with_nan(a):
    a = a.copy()
    a[0, 0] = NAN
    return a


# Arguments beside `hidden=(2,)` (or the data, under "data"), and what the message must hold, as texts.
TWO = {"a": XOR, "b": tasks.boolean("and")}
CASES = [
    # sizes
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
    # names
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
    (dict(loss="mse"), "loss='mse'", "did you mean 'squared_error'?"),
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
    (dict(loss="mse"), "loss='mse'", "Known: squared_error"),
    (dict(loss="squared_eror"), "loss='squared_eror'", "did you mean 'squared_error'"),
    (dict(loss=None), "loss=None", "squared_error"),
    (dict(schedule="cosin"), "schedule='cosin'", "did you mean 'cosine'"),
    (dict(schedule=None), "schedule=None", "constant"),
    (dict(order="shufled"), "order='shufled'", "did you mean 'shuffled'"),
    (dict(order=None), "order=None", "shuffled"),
    # numbers
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
    # keywords
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
    (dict(solver={"partial": partial(optax.rmsprop, eps=0.1)}, decay=1.0), "decay=1.0", "less than 1"),
    (dict(solver=partial(optax.rprop), schedule="cosine"), "rprop", "schedule"),
    # the run
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
    (dict(measure=measure_fine), "measure=", "dict"),
    (dict(measure={"m": 3}), "measure['m']", "f(params, data"),
    (dict(measure={"m": measure_of_one}), "measure['m']", "f(params, data"),
    (dict(measure={"m": lambda params, data: 0.0}, store="never"), "store=...", "measure['m']", "top level"),
    (dict(measure={"m": max}), "measure['m']", "f(params, data"),
    (dict(measure={"train_loss": measure_fine}), "measure='train_loss'", "taken"),
    (dict(measure={"learning_rate": measure_fine}), "measure='learning_rate'", "taken"),
    (dict(measure={"two words": measure_fine}), "measure='two words'", "Python identifier"),
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
    # tables
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
    # losses and targets
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
    # data
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
]


def title(case):
    arguments, *_ = case
    return re.sub(r"\s+|0x[0-9a-f]+", " ", ",".join(f"{k}={v!r:.40}" for k, v in arguments.items())).strip()


def test_there_are_enough_cases():
    assert len(CASES) >= 70


@pytest.fixture
def nothing_may_compile(caplog):
    """Fails where a sweep begins, and where JAX compiles anything at all."""
    begins = nnjax.hooks.listening(lambda event: pytest.fail(f"a sweep has begun: {event}"))
    with begins, jax.log_compiles(), caplog.at_level(logging.DEBUG, logger="jax"):
        yield
    compiled = [r.getMessage() for r in caplog.records if r.getMessage().startswith("Compiling")]
    assert compiled == []


@pytest.mark.parametrize("case", CASES, ids=title)
def test_bad_input_is_refused(case, nothing_may_compile):
    arguments, *texts = case
    arguments = {"hidden": (2,), "num_steps": 4, "progress": False, "data": XOR, **arguments}
    data = arguments.pop("data")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - all of the message is looked at below
        nnjax.sweep(data, **arguments)
    message = str(caught.value)
    for text in texts:
        # A value may be shown as the float that it stands for: 0 as 0.0, -1 as -1.0.
        assert text in message or text in re.sub(r"(=-?\d+)\.0\b", r"\1", message), message
    assert len(message) < 1500


def asked(data, **arguments):
    """The request that `sweep` makes of these arguments."""
    return check(data, **arguments)[0]


def test_records_from_before_a_setting_was_there_can_be_read():
    text = json.loads(records.request_to_json(asked(XOR, hidden=(2,))))
    old = {name: value for name, value in text.items() if name != "judged_rows"}
    assert records.request_from_json(json.dumps(old), XOR).judged_rows is None
    assert resume.differences(old, text) == []
    assert resume.differences(old, text | {"judged_rows": 2}) == ["judged_rows: None there, 2 here"]


def one_or_axis(values, max_size=3):
    return st.one_of(values, st.lists(values, min_size=1, max_size=max_size, unique=True))


sizes = st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple)
positive = st.floats(1e-6, 10, allow_subnormal=False)
REQUESTS = st.fixed_dictionaries(
    {"hidden": one_or_axis(sizes)},
    optional=dict(
        activation=one_or_axis(st.sampled_from(["tanh", "relu", "sigmoid", jnp.tanh])),
        output_activation=one_or_axis(st.sampled_from(["identity", "sigmoid"])),
        init=one_or_axis(st.sampled_from(["he_normal", "glorot_uniform", "orthogonal"])),
        bias_init=st.sampled_from(["zeros", "normal"]),
        solver=one_or_axis(st.sampled_from(["adam", "adamw", optax.nadam])),
        loss=one_or_axis(st.sampled_from(["squared_error", "huber_loss", nnjax.losses.log_cosh])),
        learning_rate=one_or_axis(positive),
        b1=one_or_axis(st.floats(0, 0.99)),
        weight_decay=one_or_axis(st.floats(0, 1)),
        clip_norm=positive,
        init_scale=one_or_axis(positive),
        schedule=one_or_axis(st.sampled_from(["constant", "linear", "cosine"])),
        batch_size=one_or_axis(st.sampled_from([None, 1, 2])),
        order=st.sampled_from(["shuffled", "random"]),
        seeds=st.one_of(st.integers(1, 50), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5, unique=True)),
        num_steps=st.integers(1, 10**6),
        record_every=st.just(7),
        judged_rows=st.sampled_from([None, 3]),
        measure=st.just({"m": measure_fine}),
        dtype=st.sampled_from(["float32", "float64"]),
    ),
)


@given(REQUESTS, st.booleans(), st.booleans())
def test_requests_come_back_from_json(request, stops, several):
    if stops:
        request = {**request, "record_every": 7, "early_stop": ("train_loss", 0.125)}
    data = {"xor": XOR, "and": tasks.boolean("and")} if several else XOR
    before = asked(data, **request)
    text = records.request_to_json(before)
    json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is not strict JSON"))
    after = records.request_from_json(text, data, imports=True)
    assert after == before
    assert records.request_to_json(after) == text
    assert list(after.axes) == list(before.axes)
    assert list(after.numeric_axes) == list(before.numeric_axes)


def test_tables_come_back_from_json():
    table = xr.DataArray([[0.1, 0.2], [0.3, 0.4]], {"momentum": [0.5, 0.0], "hidden": ["3", "2"]})
    before = asked(XOR, hidden=[(2,), (3,)], solver="sgd", momentum=[0.0, 0.5], learning_rate=table)
    assert before.numeric_tables["learning_rate"].dims == ("hidden", "momentum")
    np.testing.assert_array_equal(before.numeric_tables["learning_rate"].values, [[0.4, 0.2], [0.3, 0.1]])
    after = records.request_from_json(records.request_to_json(before), XOR)
    assert after.numeric_tables["learning_rate"].dims == ("hidden", "momentum")
    np.testing.assert_array_equal(after.numeric_tables["learning_rate"].values, [[0.4, 0.2], [0.3, 0.1]])


def test_numbers_of_schedules_are_compared_for_one_network_at_a_time():
    """A table may give each schedule a ratio, and each width a warm-up, that another one could not have."""
    ratio = xr.DataArray([0.0, 0.5], {"schedule": ["linear", "exponential"]})
    one = asked(XOR, hidden=(2,), schedule=["linear", "exponential"], final_ratio=ratio)
    np.testing.assert_array_equal(one.numeric_tables["final_ratio"].values, [0.0, 0.5])
    begin, end = (xr.DataArray(steps, {"hidden": ["2", "3"]}) for steps in ([1, 5], [4, 9]))
    two = asked(XOR, hidden=[(2,), (3,)], schedule="cosine", warmup_steps=begin, schedule_steps=end)
    np.testing.assert_array_equal(two.numeric_tables["schedule_steps"].values, [4, 9])


def test_the_learning_rate_depends_on_the_solver():
    """A line search begins at a full step, which is a rate of 1."""

    def found(**given):
        request = asked(XOR, hidden=(2,), **given)
        assert records.request_from_json(records.request_to_json(request), XOR) == request
        return request.numeric_constants

    assert found() == found(learning_rate=None) == found(solver=["adam", "sgd"]) == {"learning_rate": 0.01}
    assert found(solver="lbfgs") == found(solver=["bounded_lbfgs", "lbfgs"]) == {"learning_rate": 1.0}
    assert found(solver="lbfgs", learning_rate=0.5) == {"learning_rate": 0.5}
    short = {"short memory": partial(optax.lbfgs, memory_size=3)}
    assert asked(XOR, hidden=(2,), solver=short).numeric_constants == {"learning_rate": 1.0}
    mixed = asked(XOR, hidden=(2,), solver=["sgd", "lbfgs", "adam"])
    assert (mixed.numeric_axes, mixed.numeric_constants) == ({}, {})
    table = mixed.numeric_tables["learning_rate"]
    assert table.dims == ("solver",)
    np.testing.assert_array_equal(table.values, [0.01, 1.0, 0.01])
    after = records.request_from_json(records.request_to_json(mixed), XOR).numeric_tables["learning_rate"]
    assert after.dims == ("solver",)
    np.testing.assert_array_equal(after.values, table.values)


def test_a_number_of_the_users_own_solver_may_have_any_value():
    """Its name means what the solver says. As `decay` of optax.rmsprop, 1.0 is refused."""
    found = asked(XOR, hidden=(2,), solver=own_descent, decay=[1.0, -2.0], steepness=0.0)
    assert (found.numeric_axes, found.numeric_constants["steepness"]) == ({"decay": (1.0, -2.0)}, 0.0)
    table = xr.DataArray([1.0, 3.0], {"hidden": ["2", "3"]})
    found = asked(XOR, hidden=[(2,), (3,)], solver=own_descent, decay=table)
    np.testing.assert_array_equal(found.numeric_tables["decay"].values, [1.0, 3.0])
    spec = nnjax.training.Spec((2, 2, 1), solver=own_descent, num_steps=1)
    nnjax.training.checked(spec, {"decay": 1.0}, XOR)


def test_a_partial_of_variable_projection_is_one():
    plain, short = (
        asked(LINE, hidden=(4,), solver=solver)
        for solver in ("variable_projection", partial(nnjax.solvers.variable_projection, ridge=10.0))
    )
    assert plain.constants["init"] == short.constants["init"] == "spread"
    specs = [nnjax.training.Spec((1, 4, 1), solver=request.constants["solver"]) for request in (plain, short)]
    for count in (cost.seconds_per_step, partial(cost.block_bytes, lanes=8)):
        assert len({count(spec, rows=50) for spec in specs}) == 1


def test_what_is_an_axis():
    found = asked(
        XOR,
        hidden=None,
        width=range(2, 5),
        depth=np.array([1, 2]),
        activation="tanh",
        learning_rate=jnp.array([0.5, 0.25]),
        b1=np.float32(0.5),
        weight_decay=[0.0],
    )
    assert found.axes == {"width": (2, 3, 4), "depth": (1, 2)}
    assert found.numeric_axes == {"learning_rate": (0.5, 0.25), "weight_decay": (0.0,)}
    assert found.numeric_constants == {"b1": 0.5}
    assert all(type(value) is int for axis in found.axes.values() for value in axis)
    assert all(type(value) is float for axis in found.numeric_axes.values() for value in axis)


def test_depth_is_one_when_only_a_width_is_given():
    assert asked(XOR, hidden=None, width=[2, 3]).constants["depth"] == 1


def test_seeds_count_from_zero():
    assert asked(XOR, hidden=(2,), seeds=4).seeds == range(4)
    assert asked(XOR, hidden=(2,), seeds=range(7, 9)).seeds == range(7, 9)
    assert asked(XOR, hidden=(2,), seeds=np.array([5, 2**32 - 1])).seeds == (5, 2**32 - 1)


def test_tasks_may_have_seeds_of_their_own(nothing_may_compile):
    """In the order of the tasks, and ranges stay ranges, so a billion seeds take no memory."""
    given = {"b": range(10, 4 * 10**9, 4), "a": range(10**9 - 2, -1, -1)}
    with pytest.raises(
        ValueError, match="seeds\\['b'\\] holds 999999998 seeds, but seeds\\['a'\\] holds 999999999: all"
    ):
        asked(TWO, hidden=(2,), seeds=given)
    given["a"] = range(10**9 - 3, -1, -1)
    request = asked(TWO, hidden=(2,), seeds=given)
    assert request.task_seeds == (given["a"], given["b"])
    assert request.seeds == range(999_999_998)
    places = np.array([[0, 1, 1], [0, 1, 0]]), np.array([[5, 0, 999_999_997], [0, 7, 999_999_997]])
    seeds = [[10**9 - 8, 10, 3_999_999_998], [10**9 - 3, 38, 0]]
    np.testing.assert_array_equal(request.seeds_at(*places), seeds)
    after = records.request_from_json(records.request_to_json(request), TWO)
    assert (after.seeds, after.task_seeds) == (request.seeds, request.task_seeds)
    request = asked(TWO, hidden=(2,), seeds={"b": np.array([7, 2**32 - 1]), "a": range(2)})
    assert request.task_seeds == (range(2), (7, 2**32 - 1))
    np.testing.assert_array_equal(request.seeds_at(np.array([1, 0, 1]), np.array([1, 1, 0])), [2**32 - 1, 1, 7])
    assert records.request_from_json(records.request_to_json(request), TWO) == request


def test_a_dtype_object_is_recorded_by_its_name(nothing_may_compile):
    """It equals its name, so that it must not slip through and break the record of the request at the end."""
    found = asked(XOR, hidden=(2,), dtype=np.dtype("float64"))
    assert json.loads(records.request_to_json(found))["dtype"] == "float64"


def test_values_that_a_dtype_does_not_tell_apart_are_told():
    """Seconds since 1970 over a day have 676 values in float32. Years and numbers around zero have room enough."""
    times = np.linspace(1.6e9, 1.6e9 + 86_400, 5_000)
    years = np.linspace(1900, 2030, 5_000)
    data = nnjax.tasks.data(np.stack([years, times], axis=1), np.sin(years)[:, None])
    given = {"hidden": (2,), "num_steps": 1}
    told = r"^x\[:, 1\] holds 5000 different values, but only 676 in float32"
    with pytest.warns(UserWarning, match=told):
        nnjax.plan(data, **given)
    spec = nnjax.training.Spec((2, 2, 1), num_steps=1)
    with pytest.warns(UserWarning, match=told):
        jax.eval_shape(lambda key: nnjax.training.fit(key, {}, data, spec=spec).train_loss, jax.random.key(0))
    nnjax.plan(data, **given, dtype="float64")
    nnjax.plan(data._replace(x=data.x - data.x.mean(axis=0)), **given)


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("epochs", 10, "num_steps"),
        ("lr", 0.1, "learning_rate"),
        ("optimizer", 1, "solver"),
        ("random_state", 0, "seeds"),
    ],
)
def test_names_of_other_libraries_are_understood(name, value, meant):
    with pytest.raises(ValueError, match=rf"^{name}={value} is neither .* did you mean '{meant}'"):
        nnjax.sweep(XOR, hidden=(2,), **{name: value})


def test_what_the_calls_of_a_new_user_meet(tmp_path, as_users_call):
    given = {"solver": "sgd", "num_steps": 2, "progress": False}
    runs = nnjax.sweep(XOR, hidden=[(2,)], **given)
    same = nnjax.refit(runs, XOR, hidden=(2,)).train_loss
    assert nnjax.refit(runs, XOR, hidden=2).train_loss == nnjax.refit(runs, XOR, hidden=[2]).train_loss == same
    tasks = nnjax.sweep({"a": XOR, "b": XOR}, hidden=(2,), **given)
    for call, told in (
        (lambda: nnjax.refit(XOR, runs), r"^runs has no attribute .settings.: .* refit\(runs, data\)$"),
        (lambda: nnjax.refit(tasks, XOR, task="a"), r"^data is one Data, but the sweep had a dict with the tasks a, b"),
        (
            lambda: nnjax.sweep(pd.DataFrame({"a": [1, 2]}), hidden=(2,)),
            r"^data must be a Data, as nnjax.tasks.data\(x, y\) returns(.|\n)*; for a DataFrame: nnjax.tasks.data\(",
        ),
        (lambda: nnjax.sweep(XOR, hidden=(2,), store="s3://bucket/runs"), r"^store='s3://bucket/runs' is a URL"),
        (lambda: nnjax.sweep(XOR, hidden=(2,), activation=np.tanh), r"^activation must be written with jax.numpy"),
        (lambda: nnjax.open_store(tmp_path / "none"), r"is not a store: there is nothing at this path$"),
        (lambda: nnjax.training.fit(0, {}, XOR, spec=nnjax.training.Spec((2, 2, 1))), r"^key=0 must be a random key"),
        (lambda: nnjax.mlp.init(0, (2, 2, 1)), r"^key=0 must be a random key"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_a_store_that_was_begun_anew_is_not_called_damaged(tmp_path):
    given = {"hidden": (2,), "num_steps": 2, "progress": False, "store": tmp_path / "runs.zarr"}
    runs = nnjax.sweep(XOR, **given)
    nnjax.sweep(XOR, **given, fresh=True)
    with pytest.raises(ValueError, match=r"is not the one that was opened: .* open it again$"):
        runs.train_curve.load()
