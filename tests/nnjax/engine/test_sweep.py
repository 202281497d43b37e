"""Many networks: what a sweep returns, and that a network's numbers are its own whatever surrounds it."""

import contextlib
import functools
import io
import json
import logging

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr

import nnjax
from nnjax import activations, machine, mlp, tasks, training
from nnjax.engine import jobs
from nnjax.solvers import Solver
from nnjax.tasks import Data

XOR = tasks.xor()
# Compiles in the shortest time, for what is compared with a reference, to rounding.
QUICKLY = {"compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}
sweep = functools.partial(nnjax.sweep, progress=False)


def distance(params, data):
    """A measure of two arguments, with an axis of its own: norms of the weights of each layer."""
    return jnp.stack([jnp.linalg.norm(layer.w) for layer in params])


def answers(params, data, predict):
    """A measure of three arguments: what the network says to each row."""
    return predict(params, data.x)[:, 0]


GRID = dict(
    hidden=[(2,), (3, 2)],
    activation=["tanh", "relu"],
    solver="sgd",
    learning_rate=[0.05, 0.3],
    momentum=[0.0, 0.5],
    seeds=3,
    num_steps=50,
    record_every=8,
    padding=False,  # so that each shape has the program that other tests compile for it alone
)
ONE = dict(hidden=(2,), solver="sgd", learning_rate=0.3, num_steps=50, record_every=8)
BUSY = dict(
    hidden=(4,),
    solver=["rmsprop"],
    bias_init="uniform",
    learning_rate=[0.02, 0.1],
    schedule="cosine",
    clip_norm=1.0,
    weight_decay=1e-4,
    batch_size=3,
    seeds=[5, 0, 17],
    num_steps=200,
    record_every=10,
    early_stop=("train_loss", 0.1),
    measure={"distance": distance, "answers": answers},
)


@pytest.fixture(scope="module")
def grid():
    return sweep(XOR, **GRID)


@pytest.fixture(scope="module")
def busy():
    return sweep(XOR, **BUSY)


def same(a, b):
    """Equal to the last bit, NaN included, variable by variable."""
    assert set(a) == set(b)
    for name in a:
        np.testing.assert_array_equal(a[name].values, b[name].values, err_msg=name)


def through_a_file(runs):
    """Written to NetCDF and read again."""
    return xr.load_dataset(io.BytesIO(runs.to_netcdf(engine="scipy")), engine="scipy")


def test_dimensions_are_the_axes_and_then_seed(grid, busy):
    axes = ("hidden", "activation", "learning_rate", "momentum", "seed")
    assert grid.train_loss.dims == axes
    assert grid.train_loss.shape == (2, 2, 2, 2, 3)
    assert grid.train_curve.dims == (*axes, "step")
    assert busy.distance.dims == ("solver", "learning_rate", "seed", "step", "distance_0")
    assert busy.distance.shape == (1, 2, 3, 21, 2)
    assert busy.answers.shape == (1, 2, 3, 21, 4)
    assert grid.num_params.dims == ("hidden",)
    assert busy.num_params.dims == ()


def test_coordinates(grid, busy):
    assert list(grid.hidden.values) == ["2", "3x2"]
    assert list(grid.width.values) == [2, 3]
    assert list(grid.depth.values) == [1, 2]
    assert grid.width.dims == ("hidden",)
    assert list(grid.activation.values) == ["tanh", "relu"]
    assert list(grid.learning_rate.values) == [0.05, 0.3]
    assert list(grid.momentum.values) == [0.0, 0.5]
    assert list(grid.seed.values) == [0, 1, 2]
    assert list(grid.step.values) == [0, 8, 16, 24, 32, 40, 48, 50]
    assert list(busy.seed.values) == [5, 0, 17]
    assert list(busy.solver.values) == ["rmsprop"]


def test_variables(grid, busy):
    plain = {"train_loss", "accuracy", "train_curve", "accuracy_curve", "steps", "num_params", "status"}
    assert set(grid.data_vars) == plain
    assert set(busy.data_vars) == plain | {"distance", "answers"}
    assert list(grid.num_params.values) == [mlp.num_params((2, 2, 1)), mlp.num_params((2, 3, 2, 1))]
    assert busy.num_params == mlp.num_params((2, 4, 1))
    assert (grid.status == training.RAN).all()
    assert (grid.steps == 50).all()
    assert grid.train_loss.dtype == np.float32
    np.testing.assert_array_equal(grid.train_loss, grid.train_curve.isel(step=-1))
    assert np.isin(grid.accuracy, [0, 0.25, 0.5, 0.75, 1]).all()


def test_attributes_are_text_and_tell_what_was_done(grid):
    settings, plan, provenance = (json.loads(grid.attrs[name]) for name in ("settings", "plan", "provenance"))
    assert settings["numeric_axes"]["learning_rate"] == [0.05, 0.3]
    assert settings["axes"]["hidden"] == [[2], [3, 2]]
    assert settings["num_steps"] == 50
    assert sorted(cell for _, cells in plan["programs"] for cell in cells) == [0, 1, 2, 3]
    assert plan["num_networks"] == 48
    assert provenance["versions"]["jax"] == jax.__version__
    assert provenance["backend"] == jax.default_backend()


def test_no_network_is_missing(grid, busy):
    assert (grid.status != training.MISSING).all()
    assert (busy.status != training.MISSING).all()
    for runs in (grid, busy):
        assert all(np.isfinite(runs[name]).all() for name in runs.data_vars)


@pytest.mark.parametrize(
    "point",
    [
        dict(hidden=(2,), activation="tanh", learning_rate=0.05, momentum=0.0, seed=0),
        dict(hidden=(3, 2), activation="relu", learning_rate=0.3, momentum=0.5, seed=2),
        dict(hidden="3x2", activation=activations.tanh, learning_rate=0.3, momentum=0.0, seed=1),
    ],
)
def test_refit_gives_the_very_network(grid, point):
    labels = {name: getattr(value, "__name__", value) for name, value in point.items()}
    labels["hidden"] = "x".join(map(str, point["hidden"])) if isinstance(point["hidden"], tuple) else point["hidden"]
    chosen = grid.sel(labels)
    for runs in (grid, through_a_file(grid), chosen):
        run = nnjax.refit(runs, XOR, **point)
        np.testing.assert_array_equal(run.train_curve, chosen.train_curve)
        assert (run.train_loss, run.accuracy) == (chosen.train_loss, chosen.accuracy)
        assert (run.status, run.steps) == (chosen.status, chosen.steps)
        np.testing.assert_array_equal(run.step, chosen.step)
    f = np.tanh if labels["activation"] == "tanh" else lambda z: np.maximum(z, 0)
    *hidden, (w, b) = run.params
    outputs = functools.reduce(lambda h, layer: f(h @ layer.w + layer.b), hidden, XOR.x) @ w + b
    np.testing.assert_allclose(np.mean((outputs - XOR.y) ** 2), chosen.train_loss, rtol=1e-5)


@pytest.mark.parametrize(("rate", "seed"), [(0.02, 5), (0.1, 17), (0.1, 0)])
def test_refit_with_batches_schedule_measures_and_early_stop(busy, rate, seed):
    chosen = busy.sel(solver="rmsprop", learning_rate=rate, seed=seed)
    run = nnjax.refit(busy, XOR, solver="rmsprop", learning_rate=rate, seed=seed)
    np.testing.assert_array_equal(run.train_curve, chosen.train_curve)
    np.testing.assert_array_equal(run.measures["distance"], chosen.distance)
    np.testing.assert_array_equal(run.measures["answers"], chosen.answers)
    assert (run.status, run.steps, run.train_loss) == (chosen.status, chosen.steps, chosen.train_loss)
    norms = [np.linalg.norm(layer.w) for layer in run.params]
    np.testing.assert_allclose(run.measures["distance"][-1], norms, rtol=1e-6)


def test_refit_takes_one_hidden_layer_as_a_number_and_a_list_of_widths(grid):
    point = dict(activation="relu", learning_rate=0.3, momentum=0.5, seed=2)
    for hidden, label in ((2, "2"), ([2], "2"), ([3, 2], "3x2")):
        run = nnjax.refit(grid, XOR, hidden=hidden, **point)
        assert run.train_loss == grid.train_loss.sel(hidden=label, **point)


def test_refit_finds_what_a_selection_holds_alone(grid):
    runs = grid.sel(hidden="2", activation="relu").isel(learning_rate=[1], momentum=0)
    run = nnjax.refit(runs, XOR, seed=1)
    np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(seed=1).squeeze())


@pytest.mark.parametrize(
    ("point", "message"),
    [
        (dict(learning_rate=0.05, seed=0), "hidden must be given"),
        (dict(hidden=(2,), activation="tanh", learning_rate=0.07, momentum=0.0, seed=0), "learning_rate=0.07 is not"),
        (dict(hidden=(9,), activation="tanh", learning_rate=0.05, momentum=0.0, seed=0), "hidden='9' is not"),
        (dict(hidden=(2,), activation="tanh", learning_rate=0.05, momentum=0.0, seed=3), "seed=3 is not"),
        (dict(hidden=(2,), activation="tanh", learning_rate=0.05, momentum=0.0), "seed must be given"),
        (dict(width=2, seed=0), "width=2"),
    ],
)
def test_refit_refuses_a_network_that_is_not_there(grid, point, message):
    with pytest.raises(ValueError, match=message):
        nnjax.refit(grid, XOR, **point)


@pytest.mark.parametrize("data", [tasks.parity(3), tasks.data(XOR.x[:3], XOR.y[:3]), {"xor": XOR}])
def test_refit_refuses_data_of_another_shape(grid, data):
    with pytest.raises(ValueError, match="data"):
        nnjax.refit(grid, data, hidden=(2,), activation="tanh", learning_rate=0.05, momentum=0.0, seed=0)


def test_refit_refuses_a_dataset_that_is_no_sweep():
    with pytest.raises(ValueError, match="runs"):
        nnjax.refit(xr.Dataset({"a": 1}), XOR, seed=0)


def test_refit_over_batch_sizes():
    """Full batch is the label "all" beside the numbers; every selection of it is found again."""
    runs = sweep(XOR, **ONE, batch_size=[None, 2])
    for label in runs.batch_size.values:
        chosen = runs.sel(batch_size=label)
        assert nnjax.refit(chosen, XOR).train_loss == chosen.train_loss.item()
    for value in (None, 2):
        run = nnjax.refit(runs, XOR, batch_size=value)
        assert run.train_loss == runs.train_loss[0 if value is None else 1].item()


@pytest.fixture(scope="module")
def three():
    return sweep(XOR, **ONE, seeds=3)


def test_results_do_not_depend_on_the_number_of_seeds(three):
    """1,500 fill one block and half of another: networks of a short block are those of a full one."""
    many = sweep(XOR, **ONE, seeds=1500)
    same(many.isel(seed=slice(3)), three)
    assert len(np.unique(many.train_loss)) > 1400
    few = sweep(XOR, **ONE, seeds=range(1020, 1030))  # across the border of two blocks of 1,024
    same(many.sel(seed=range(1020, 1030)), few)


def test_results_do_not_depend_on_order_or_subset_of_seeds(three):
    same(sweep(XOR, **ONE, seeds=[2, 0]), three.sel(seed=[2, 0]))
    same(sweep(XOR, **ONE, seeds=np.array([1])), three.sel(seed=[1]))


def test_results_do_not_depend_on_other_axes(three, grid):
    """The grid has two more axes, another activation and other widths."""
    chosen = grid.sel(hidden="2", activation="tanh", learning_rate=0.3, momentum=0.0, drop=True)
    assert ONE["num_steps"] == GRID["num_steps"]
    # Momentum 0 is another program than no momentum: the same mathematics, not the same instructions.
    np.testing.assert_allclose(chosen.train_curve, three.train_curve, rtol=1e-5)
    wider = {**ONE, "hidden": [(3,), (2,)], "learning_rate": [0.1, 0.3], "padding": False}
    wider = sweep(XOR, **wider, activation=["tanh"], seeds=4)
    chosen = wider.sel(hidden="2", activation="tanh", learning_rate=0.3).sel(seed=[0, 1, 2])
    np.testing.assert_array_equal(chosen.train_curve, three.train_curve)
    np.testing.assert_array_equal(chosen.accuracy, three.accuracy)


def test_a_network_that_diverges_is_marked_and_touches_no_other(three):
    runs = sweep(XOR, **{**ONE, "learning_rate": [1e6, 0.3, 1e30]}, seeds=3)
    np.testing.assert_array_equal(runs.train_curve.sel(learning_rate=0.3), three.train_curve)
    np.testing.assert_array_equal(runs.status.sel(learning_rate=0.3), three.status)
    sick = runs.sel(learning_rate=[1e6, 1e30])
    assert (sick.status == training.DIVERGED).all()
    assert (sick.train_loss == np.inf).all()
    assert (sick.train_curve.isel(step=0) == three.train_curve.isel(step=0)).all()
    assert (sick.train_curve.isel(step=-1) == np.inf).all()
    assert (sick.accuracy == 0).all()
    assert (sick.steps < 50).all()
    assert np.argmin(runs.train_loss.values[:, 0]) == 1  # never best
    with pytest.warns(UserWarning, match="every network that this call trained diverged"):
        sweep(XOR, **{**ONE, "learning_rate": [1e6, 1e20, 1e30]}, seeds=3)


def test_a_member_is_the_same_in_a_dataset_of_several_tasks(three):
    runs = sweep({"and": tasks.boolean("and"), "xor": XOR}, **ONE, seeds=3)
    assert runs.train_loss.dims == ("task", "seed")
    assert list(runs.task.values) == ["and", "xor"]
    np.testing.assert_allclose(runs.train_curve.sel(task="xor"), three.train_curve, rtol=1e-5)
    alone = sweep(tasks.boolean("and"), **ONE, seeds=3)
    np.testing.assert_allclose(runs.train_curve.sel(task="and"), alone.train_curve, rtol=1e-5)
    both = {"xor": XOR, "and": tasks.boolean("and")}
    run = nnjax.refit(runs, both, task="and", seed=2)
    np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(task="and", seed=2))


NARROW = dict(width=[3, 6], depth=2, learning_rate=[0.03, 0.1])  # in the layout of lanes on 32 rows


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(dict(hidden=(2,), layout="lanes", learning_rate=[0.03, 0.1]), marks=pytest.mark.slow),
        dict(hidden=(5,), layout="matrices", batch_size=8, order="random", learning_rate=[0.03, 0.1]),
        pytest.param(
            dict(hidden=[(5,), (9,)], padding=True, batch_size=8, learning_rate=[0.03, 0.1]), marks=pytest.mark.slow
        ),
        pytest.param(NARROW, marks=pytest.mark.slow),
        pytest.param(
            NARROW | dict(batch_size=8, order="random", width=[3], learning_rate=[0.03]), marks=pytest.mark.slow
        ),
    ],
    ids=["lanes, one layer", "matrices", "padded, batches", "lanes", "batches"],
)
def test_a_task_may_have_networks_of_its_own(given):
    """Each is the network of its seed trained on its task alone, bit for bit, and says which seed that is."""
    draws = {name: tasks.two_spirals(i, num_rows=32, num_test=16) for i, name in enumerate("abc")}
    seeds = {"c": range(2**32 - 1, 2**32 - 6, -2), "a": [4, 0, 8], "b": range(2, 5)}
    given = given | dict(solver="sgd", num_steps=30, record_every=10, loss="sigmoid_binary_cross_entropy")
    runs = sweep(draws, seeds=seeds, **given)
    assert runs.train_loss.dims[-1] == "seed"
    assert list(runs.seed.values) == [0, 1, 2]
    assert runs.task_seed.dims == ("task", "seed")
    assert runs.task_seed.attrs["long_name"]
    for name, own in seeds.items():
        assert list(runs.task_seed.sel(task=name).values) == list(own)
        alone = sweep({name: draws[name]}, seeds=own, **given)
        assert "task_seed" not in alone.coords
        same(runs.sel(task=[name]), alone)
    assert len(np.unique(runs.train_loss)) == runs.train_loss.size
    one = runs.isel(dict.fromkeys(runs.train_loss.dims, 0)).sel(drop=True)
    assert one.task_seed == 4
    chosen = runs.isel({dim: -1 for dim in runs.train_loss.dims if dim not in ("task", "seed")}).sel(task="b", seed=1)
    assert chosen.task_seed == 3
    np.testing.assert_array_equal(nnjax.refit(chosen, draws).train_curve, chosen.train_curve)
    point = {dim: chosen[dim].item() for dim in chosen.coords if dim in runs.train_loss.dims}
    mixed = {name: draws[name] for name in "cba"}
    np.testing.assert_array_equal(nnjax.refit(runs, mixed, **point).train_curve, chosen.train_curve)
    with pytest.raises(ValueError, match="seed=3 is not in this sweep, which holds 0, 1, 2"):
        nnjax.refit(runs, draws, **(point | {"seed": 3}))


def test_a_plan_counts_the_seeds_of_tasks():
    """A thousand million of each take no memory."""
    planned = nnjax.plan(
        {"a": XOR, "b": tasks.boolean("and")}, hidden=(2,), seeds={"a": range(10**9), "b": range(10**9, 2 * 10**9)}
    )
    assert planned.num_networks == 2 * 10**9


def test_tuning_over_tasks_with_networks_of_their_own():
    draws = {name: tasks.two_spirals(i, num_rows=32, num_test=16) for i, name in enumerate("ab")}
    seeds = {"a": nnjax.tuning.seeds(2), "b": [7, 8]}

    def loss(learning_rate, seeds=seeds, **others):
        given = dict(width=[2], solver="sgd", seeds=seeds, loss="sigmoid_binary_cross_entropy") | QUICKLY
        return sweep(draws, learning_rate=learning_rate, **{"num_steps": 20, **given, **others}).train_loss

    tuned = nnjax.tuning.tune(loss, learning_rate=[0.01, 0.1], widen=1)
    assert tuned.best["learning_rate"].dims == ("width", "task")
    found = loss(**tuned.best)
    assert list(found.task_seed.values.ravel()) == [1_000_000, 1_000_001, 7, 8]
    halved = nnjax.tuning.halve(loss, learning_rate=[0.01, 0.03, 0.09, 0.27], num_steps=32)
    assert set(halved.best["learning_rate"].dims) == {"width", "task"}


def test_width_and_depth_are_two_axes():
    settings = dict(solver="sgd", learning_rate=0.3, num_steps=20, seeds=2)
    runs = sweep(XOR, **settings, width=[2, 3], depth=[1, 2])
    by_hidden = sweep(XOR, **settings, hidden=[(2,), (2, 2), (3,), (3, 3)])
    assert runs.train_loss.dims == ("width", "depth", "seed")
    for i, (width, depth) in enumerate([(2, 1), (2, 2), (3, 1), (3, 2)]):
        chosen = runs.sel(width=width, depth=depth)
        np.testing.assert_array_equal(chosen.train_curve, by_hidden.train_curve[i])
        assert chosen.num_params == by_hidden.num_params[i]
    run = nnjax.refit(runs, XOR, width=3, depth=2, seed=1)
    np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(width=3, depth=2, seed=1))


def test_early_stop_cuts_the_curve_and_changes_nothing_before(busy):
    """Beside the same sweep without it, on mini-batches. A busy sweep stops at the first loss that is low enough."""
    given = ONE | {"batch_size": 2, "seeds": 16}
    whole = sweep(XOR, **given)
    goal = float(whole.train_loss.quantile(0.3))
    cut = sweep(XOR, **given, early_stop=("train_loss", goal))
    assert (cut.steps < 50).any()
    for runs, threshold in ((cut, goal), (busy, 0.1)):
        stopped = runs.status == training.STOPPED
        assert 3 <= stopped.sum() < stopped.size  # some of each, or this test shows nothing
        assert (runs.steps.where(~stopped) >= runs.step[-1]).sum() == (~stopped).sum()
        for i in np.ndindex(stopped.shape):
            curve, low_enough = runs.train_curve.values[i], runs.train_curve.values[i] <= threshold
            end = low_enough.argmax() if stopped.values[i] else len(curve) - 1
            assert not low_enough[:end].any()
            assert low_enough[end] == stopped.values[i]
            assert runs.steps.values[i] == runs.step[end]
            assert runs.train_loss.values[i] == curve[end]
            np.testing.assert_array_equal(curve[end:], np.full(len(curve) - end, curve[end]))
            if runs is cut:
                np.testing.assert_array_equal(curve[: end + 1], whole.train_curve.values[i][: end + 1])
            else:
                after = runs.answers.values[i][end:]
                np.testing.assert_array_equal(after, [after[0]] * len(after))


def test_a_block_whose_networks_have_all_stopped_is_left(monkeypatch):
    """101 records take several calls; all networks stop at the first, so that one call suffices."""
    calls = []
    monkeypatch.setattr(jobs, "train", _counting(jobs.train, calls))
    settings = dict(hidden=(2,), num_steps=100, record_every=1, early_stop=("train_loss", 1e9)) | QUICKLY
    runs = sweep(XOR, **settings, seeds=2)
    assert (runs.status == training.STOPPED).all()
    assert (runs.steps == 0).all()
    assert runs.train_curve.sizes["step"] == 101
    assert (runs.train_curve == runs.train_curve.isel(step=0)).all()
    ((compiled, ran, left_out),) = calls
    assert compiled == 0
    assert ran < 0.4  # of two networks
    assert ran + left_out == pytest.approx(2)


def _counting(train, calls):
    def counted(program, networks, data, on_call, keep_params):
        calls.append([])
        return train(program, networks, data, lambda part: calls[-1].append(part) or on_call(part), keep_params)

    return counted


@contextlib.contextmanager
def compilations(caplog):
    """Names of everything that JAX compiles meanwhile."""
    names, caplog.handler.level = [], logging.NOTSET
    caplog.clear()
    with jax.log_compiles(), caplog.at_level(logging.DEBUG, logger="jax"):
        yield names
    names += [r.getMessage() for r in caplog.records if r.getMessage().startswith("Compiling")]


def counted_tanh(z):
    TRACES.append(z)
    return jnp.tanh(z)


TRACES = []


def test_new_numbers_compile_nothing(caplog):
    """Neither another learning rate, nor another number of them, of seeds or of steps. The activation is traced
    once more for the shapes of the records, by each sweep alike, and no more than that."""
    settings = dict(hidden=(2,), activation=counted_tanh, solver="sgd", record_every=None)
    with compilations(caplog) as first:
        sweep(XOR, **settings, learning_rate=0.1, momentum=0.9, num_steps=20, seeds=2)
    assert any("advance" in name for name in first)  # the instrument works
    TRACES.clear()
    sweep(XOR, **settings, learning_rate=0.1, momentum=0.9, num_steps=20, seeds=2)
    again = len(TRACES)
    TRACES.clear()
    with compilations(caplog) as second:
        sweep(XOR, **settings, learning_rate=0.0123, momentum=0.8, num_steps=31, seeds=[4, 9, 1])
        sweep(XOR, **settings, learning_rate=[0.01, 0.02, 0.5], momentum=[0.5, 0.6], num_steps=7, seeds=100)
    assert second == []
    assert len(TRACES) <= 2 * again


def test_other_laws_of_the_first_weights_share_the_training_program(caplog):
    settings = dict(hidden=(2,), solver="sgd", num_steps=20, seeds=2)
    sweep(XOR, **settings, init="lecun_normal")
    with compilations(caplog) as names:
        sweep(XOR, **settings, init="he_uniform", bias_init="normal")
    assert not any("advance" in name or "begin" in name for name in names)


def test_a_sweep_agrees_with_fit():
    """Which is another program, of one network; over a short run, as training amplifies rounding."""
    settings = dict(num_steps=24, batch_size=3, record_every=12, dtype="float64")
    runs = sweep(XOR, **settings, **QUICKLY, hidden=(2,), solver="adam", learning_rate=[0.01, 0.05], seeds=2)
    assert runs.train_loss.dtype == np.float64
    spec = training.Spec(sizes=(2, 2, 1), decision=0.5, **settings)
    with jax.enable_x64(True):
        fit = jax.jit(functools.partial(training.fit, spec=spec), **QUICKLY)
        for rate in (0.01, 0.05):
            run = jax.device_get(fit(jax.random.key(1), {"learning_rate": rate}, XOR))
            chosen = runs.sel(learning_rate=rate, seed=1)
            np.testing.assert_allclose(chosen.train_curve, run.train_curve, rtol=1e-12)
            assert (chosen.status, chosen.steps, chosen.accuracy) == (run.status, run.steps, run.accuracy)


# One step that moves no weight by a bit: what `refit` gives are the first parameters.
AT_THE_START = dict(num_steps=1, learning_rate=1e-30)


def test_without_hidden_layers_a_sweep_trains_single_neurons():
    """Beside networks with hidden layers, padded or not: a neuron is trained as logistic regression in NumPy."""
    data = nnjax.tasks.boolean("or")
    shapes = [(), (3,), (2,)]
    settings = dict(loss="sigmoid_binary_cross_entropy", learning_rate=0.5, solver="sgd", num_steps=40, seeds=3)
    settings |= QUICKLY
    runs = sweep(data, hidden=shapes, padding=True, layout="matrices", **settings)
    assert runs.hidden.values.tolist() == ["none", "3", "2"]
    assert (runs.width.values.tolist(), runs.depth.values.tolist()) == ([0, 3, 2], [0, 1, 1])
    assert runs.num_params.values.tolist() == [3, 13, 9]
    neuron = nnjax.refit(runs, data, hidden=(), seed=2)
    assert [layer.w.shape for layer in neuron.params] == [(2, 1)]
    assert neuron.train_loss == runs.train_loss.sel(hidden="none", seed=2).item()
    start = nnjax.refit(
        sweep(data, hidden=shapes, padding=True, layout="matrices", **settings | AT_THE_START), data, hidden=(), seed=2
    )
    ((w, b),) = start.params
    for _ in range(40):
        slope = (1 / (1 + np.exp(-(data.x @ w + b))) - data.y) / 4
        w, b = w - 0.5 * data.x.T @ slope, b - 0.5 * slope.sum(axis=0)
    np.testing.assert_allclose(neuron.params[0].w, w, rtol=1e-5)
    z = data.x @ w + b
    np.testing.assert_allclose(neuron.train_loss, np.mean(np.log1p(np.exp(z)) - data.y * z), rtol=1e-5)


def test_float64_needs_no_switch_and_leaves_none_behind():
    """Against gradient descent on a linear task in NumPy: 1e-12, which float32 could not give."""
    assert not jax.config.jax_enable_x64
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
    settings = dict(hidden=(2,), activation="identity", solver="sgd", learning_rate=0.05, num_steps=30) | QUICKLY
    runs = sweep(Data(x, y), **settings, dtype="float64")
    run = nnjax.refit(runs, Data(x, y))
    assert not jax.config.jax_enable_x64
    assert jnp.zeros(()).dtype == np.float32
    assert run.params[0].w.dtype == np.float64
    start = sweep(Data(x, y), **settings | AT_THE_START, dtype="float64")
    (w1, b1), (w2, b2) = nnjax.refit(start, Data(x, y)).params
    for _ in range(30):
        h = x @ w1 + b1
        g = 2 * (h @ w2 + b2 - y) / 8
        w1, b1, w2, b2 = (
            w1 - 0.05 * x.T @ (g @ w2.T),
            b1 - 0.05 * (g @ w2.T).sum(axis=0),
            w2 - 0.05 * h.T @ g,
            b2 - 0.05 * g.sum(axis=0),
        )
    np.testing.assert_allclose(run.params[0].w, w1, rtol=1e-12)
    np.testing.assert_allclose(run.params[1].w, w2, rtol=1e-12)
    np.testing.assert_allclose(runs.train_loss.item(), np.mean((x @ w1 @ w2 + b1 @ w2 + b2 - y) ** 2), rtol=1e-12)


# Functions of the user's own, at the top level of a module.
def bump(z):
    return jnp.exp(-(z**2))


def cubic_error(output, target):
    return jnp.sum(jnp.abs(output - target) ** 3)


def heavy_ball(learning_rate, friction):
    """Of a number without a default."""
    return optax.chain(optax.trace(1 - friction), optax.scale_by_learning_rate(learning_rate))


def remembering(learning_rate):
    """A Solver whose first state is the parameters themselves."""

    def step(params, state, objective):
        return jax.tree.map(lambda p, g: p - learning_rate * g, params, jax.grad(objective)(params)), params

    return Solver(lambda params: params, step)


class TwoNumbers:
    """A model that is no perceptron: y = a sin(b sum(x))."""

    @staticmethod
    def init(key, sizes, *, init, bias_init, dtype, init_scale=1.0, bias_scale=1.0):
        return {"a": jnp.ones((), dtype), "b": init_scale * jax.random.normal(key, (), dtype)}

    @staticmethod
    def apply(params, x, *, activation, output_activation):
        return output_activation(params["a"] * jnp.sin(params["b"] * jnp.sum(x)))[None]


def test_functions_of_the_users_own():
    settings = dict(activation=bump, loss=cubic_error, solver=heavy_ball, measure={"answers": answers}) | QUICKLY
    runs = sweep(XOR, hidden=(2,), **settings, learning_rate=0.05, friction=[0.1, 0.9], num_steps=30, seeds=2)
    last = runs.answers.isel(step=-1)
    np.testing.assert_allclose(np.mean(np.abs(last - XOR.y[:, 0]) ** 3, axis=-1), runs.train_loss, rtol=1e-5)
    assert runs.train_loss.dims == ("friction", "seed")
    assert len(np.unique(runs.train_loss)) == 4
    run = nnjax.refit(through_a_file(runs), XOR, friction=0.9, seed=1)
    np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(friction=0.9, seed=1))
    (w1, b1), (w2, b2) = run.params
    np.testing.assert_allclose((np.exp(-((XOR.x @ w1 + b1) ** 2)) @ w2 + b2)[:, 0], last[1, 1], rtol=1e-4, atol=1e-5)


def test_a_solver_of_the_users_own():
    """Beside one of the library's on the same axis."""
    runs = sweep(XOR, **ONE | dict(solver=[remembering, "sgd"]))
    assert list(runs.solver.values) == [f"{remembering.__module__}:remembering", "sgd"]
    own, plain = runs.train_loss
    np.testing.assert_allclose(own, plain, rtol=1e-5)
    assert nnjax.refit(runs, XOR, solver=remembering).train_loss == own.item()


def test_a_model_of_the_users_own():
    """sin(pi/2 s) is 1 where one of two inputs is on: XOR with one number."""
    model = training.Model(TwoNumbers.init, TwoNumbers.apply)
    runs = sweep(XOR, hidden=(1,), model=model, learning_rate=0.05, num_steps=300, seeds=20, init_scale=2.0, **QUICKLY)
    assert runs.num_params == 2
    assert runs.train_loss.min() < 0.01
    best = int(np.argmin(runs.train_loss.values))
    run = nnjax.refit(runs, XOR, seed=best)
    assert run.train_loss == runs.train_loss[best]
    np.testing.assert_allclose(abs(np.sin(run.params["b"])), 1, atol=0.1)


def test_test_rows_are_where_accuracy_is_counted():
    """The task is x > 0; the test rows bear the wrong labels, so that what is learnt is all wrong there."""
    x = np.linspace(-1, 1, 10)[:, None]
    y = (x > 0).astype(float)
    settings = dict(hidden=(3,), loss="sigmoid_binary_cross_entropy", learning_rate=0.1, num_steps=200, record_every=50)
    runs = sweep(tasks.data(x, y, x, 1 - y), **settings, **QUICKLY, seeds=3)
    assert runs.test_curve.dims == ("seed", "step")
    assert (runs.accuracy == 0).all()
    assert (runs.test_loss > 1).all()
    assert (runs.train_loss < 0.1).all()


JUDGED = dict(hidden=(2,), solver="sgd", learning_rate=0.1, num_steps=60, record_every=20, seeds=3)
JUDGED |= {"measure": {"answers": answers}, **QUICKLY}


def test_rows_are_weighed():
    """Two rows of four are masked: the loss is that of the others."""
    data = tasks.boolean("or")._replace(weight=np.array([1.0, 1, 0, 0]))
    runs = sweep(data, **JUDGED)
    error = (runs.answers.isel(step=-1).values - data.y[:, 0]) ** 2
    np.testing.assert_allclose(runs.train_loss, error[:, :2].mean(axis=1), rtol=1e-5)


def test_the_training_loss_may_be_of_some_rows():
    """Of the first two: all else, and every network, is as it was."""
    data = tasks.boolean("or")._replace(weight=np.ones(4))
    runs, whole = sweep(data, **JUDGED, judged_rows=2), sweep(data, **JUDGED)
    error = (runs.answers.isel(step=-1).values - data.y[:, 0]) ** 2
    np.testing.assert_allclose(runs.train_loss, error[:, :2].mean(axis=1), rtol=1e-5)
    np.testing.assert_array_equal(runs.answers, whole.answers)
    assert (runs.train_loss != whole.train_loss).all()
    run = nnjax.refit(runs, data, seed=1)
    np.testing.assert_array_equal(run.train_loss, runs.train_loss.sel(seed=1))


def test_judged_rows_are_weighed_and_counted():
    """Accuracy is theirs where there are no test rows, and a run ends by them."""
    data = tasks.boolean("or")._replace(weight=np.array([1.0, 2.0, 1.0, 5.0]))
    runs = sweep(data, **JUDGED, judged_rows=2)
    said = runs.answers.isel(step=-1).values[:, :2]
    np.testing.assert_allclose(runs.train_loss, (said - data.y[:2, 0]) ** 2 @ [1 / 3, 2 / 3], rtol=1e-5)
    np.testing.assert_allclose(runs.accuracy, ((said > 0.5) == data.y[:2, 0]) @ [1 / 3, 2 / 3], rtol=1e-5)
    threshold = float(runs.train_curve.isel(step=1).max())
    stopped = sweep(data, **JUDGED, judged_rows=2, early_stop=("train_loss", threshold))
    first = (runs.train_curve.values <= threshold).argmax(axis=1)
    np.testing.assert_array_equal(stopped.steps, 20 * first)
    tested = sweep(data._replace(x_test=data.x, y_test=1 - data.y), **JUDGED, judged_rows=2)
    np.testing.assert_allclose(tested.train_loss, runs.train_loss, rtol=1e-5)
    assert (tested.test_loss != tested.train_loss).all()


def test_fewer_judged_rows_take_less_memory():
    x = np.zeros((100_000, 2))
    plans = [nnjax.plan(Data(x, x[:, :1]), hidden=(64,), batch_size=8, judged_rows=rows) for rows in (None, 100)]
    assert plans[1].programs[0].block_bytes < plans[0].programs[0].block_bytes / 10
    assert plans[1].programs[0].lanes > plans[0].programs[0].lanes


def test_data_may_be_lists_or_jax_arrays(three):
    """`Data` is a plain tuple, so that nothing has made arrays of them before the sweep does."""
    for kind in (jnp.asarray, lambda a: a.tolist()):
        same(sweep(Data(kind(XOR.x), kind(XOR.y)), **ONE, seeds=3), three)


def test_plan_counts_and_runs_nothing(caplog):
    with compilations(caplog) as names, nnjax.hooks.listening(pytest.fail):
        plan = nnjax.plan(
            XOR,
            hidden=[(2,), (8, 8)],
            activation=["tanh", "relu", "sin"],
            learning_rate=[0.1, 1],
            seeds=1000,
            padding=False,
        )
    assert names == []
    assert len(plan.programs) == 6
    assert plan.num_networks == 12_000
    assert plan.static_shape == (2, 3)
    assert plan.member_shape == (1, 2, 1000)
    first = plan.programs[0]
    assert first.num_networks == 2000
    assert first.num_blocks == -(-2000 // first.lanes)
    assert {cell.index for program in plan.programs for cell in program.cells} == set(np.ndindex(2, 3))
    assert all(program.lanes % 8 == 0 for program in plan.programs)
    assert "12,000 networks in 6 programs" in str(plan)


def test_lanes_of_matrices_do_not_depend_on_how_many_networks_there_are():
    lanes = {nnjax.plan(XOR, hidden=(4,), layout="matrices", seeds=n).programs[0].lanes for n in (1, 7, 100_000)}
    assert len(lanes) == 1


def test_plan_takes_numbers_of_the_solver():
    assert nnjax.plan(XOR, hidden=(2,), solver="sgd", momentum=[0.1, 0.2], seeds=5).num_networks == 10
    with pytest.raises(ValueError, match="momentum"):
        nnjax.plan(XOR, hidden=(2,), solver="adam", momentum=0.1)


def test_nothing_is_printed(capfd):
    nnjax.sweep(XOR, **ONE, seeds=3, progress=False)
    nnjax.sweep(XOR, **ONE, seeds=3, progress=True)  # no terminal here
    assert capfd.readouterr() == ("", "")


def test_measures_of_another_shape_in_another_program_are_refused():
    with pytest.raises(ValueError, match=r"measure\['distance'\] has shape \([23],\)"):
        sweep(XOR, hidden=[(2,), (2, 2)], num_steps=2, measure={"distance": distance})


def test_schedules_train_with_a_warm_up_and_without():
    settings = dict(hidden=(2,), solver="sgd", learning_rate=0.3, num_steps=12) | QUICKLY
    runs = sweep(XOR, **settings, schedule=["constant", "cosine"], warmup_steps=[3.0, 1e-3])
    assert runs.train_loss.dims == ("schedule", "warmup_steps", "seed")
    assert len(np.unique(runs.train_loss)) == 4
    # Every step of the longer warm-up is smaller than the whole rate.
    constant = runs.train_loss.sel(schedule="constant")
    assert (constant.sel(warmup_steps=3.0) > constant.sel(warmup_steps=1e-3)).all()


def test_refit_refuses_other_numbers_in_the_same_shapes():
    runs = sweep(XOR, hidden=(2,), num_steps=2)
    with pytest.raises(ValueError, match="other numbers"):
        nnjax.refit(runs, tasks.boolean("and"), seed=0)


def test_a_number_may_be_a_table_over_other_axes():
    """The rate that was tuned for each place, whatever the order of the table."""
    rates = xr.DataArray([[0.4, 0.3], [0.2, 0.1]], {"momentum": [0.5, 0.0], "hidden": ["3x2", "2"]})
    axes = {**ONE, "hidden": [(2,), (3, 2)], "momentum": [0.0, 0.5], "seeds": 2, "padding": False}
    runs = sweep(XOR, **axes | {"learning_rate": rates})
    every = sweep(XOR, **axes | {"learning_rate": [0.1, 0.2, 0.3, 0.4]})
    assert runs.train_loss.dims == ("hidden", "momentum", "seed")
    for hidden, momentum, rate in (("2", 0.0, 0.1), ("3x2", 0.0, 0.2), ("2", 0.5, 0.3), ("3x2", 0.5, 0.4)):
        place = {"hidden": hidden, "momentum": momentum}
        assert runs.learning_rate.sel(place) == rate
        expected = every.sel(place | {"learning_rate": rate})
        np.testing.assert_array_equal(runs.train_curve.sel(place), expected.train_curve)
    run = nnjax.refit(through_a_file(runs), XOR, hidden=(3, 2), momentum=0.0, seed=1)
    np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(hidden="3x2", momentum=0.0, seed=1))


def test_the_context_of_the_caller_changes_no_result(three):
    """The generator is named, and threads know of no context."""
    with jax.default_prng_impl("rbg"):
        same(sweep(XOR, **ONE, seeds=3, workers=2), three)
