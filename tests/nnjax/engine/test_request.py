"""The request that the arguments of a sweep make: axes, seeds, defaults, and its record. Refusals: `test_refusals`."""

import json
import logging
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
from nnjax import tasks
from nnjax.engine import cost, records
from nnjax.engine.request import check
from nnjax.engine.store import resume

pytestmark = pytest.mark.usefixtures("as_users_call")

XOR = tasks.xor()
LINE = tasks.data(np.linspace(-1, 1, 5)[:, None], np.linspace(-2, 2, 5)[:, None])


def measure_fine(params, data):
    return jnp.zeros(())


def own_descent(learning_rate, decay=0.9, steepness=1.0):
    return optax.chain(optax.trace(decay), optax.scale(steepness), optax.scale_by_learning_rate(learning_rate))


TWO = {"a": XOR, "b": tasks.boolean("and")}


@pytest.fixture
def nothing_may_compile(caplog):
    """Fails where a sweep begins, and where JAX compiles anything at all."""
    begins = nnjax.hooks.listening(lambda event: pytest.fail(f"a sweep has begun: {event}"))
    with begins, jax.log_compiles(), caplog.at_level(logging.DEBUG, logger="jax"):
        yield
    compiled = [r.getMessage() for r in caplog.records if r.getMessage().startswith("Compiling")]
    assert compiled == []


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


def test_losses_by_name_are_the_functions():
    request = asked(XOR, hidden=(2,), loss=["squared_error", nnjax.losses.l2_loss])
    assert request.axis_labels()["loss"] == ("squared_error", "l2_loss")
    assert request.axes["loss"] == (nnjax.losses.squared_error, nnjax.losses.l2_loss)


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
