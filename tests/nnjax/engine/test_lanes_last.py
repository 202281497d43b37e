"""The layout with the networks on the last axis trains the networks that the layout of matrices trains."""

import functools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nnjax
from nnjax import activations, machine, mlp, objective, training
from nnjax.engine import cost, lanes_last
from nnjax.engine import plan as planning
from nnjax.solvers import by_name

NAMES = [name for name in activations.ACTIVATIONS if name not in ("softmax", "step")]


def task(rows=20, inputs=2, outputs=3, weighted=False, seed=3):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(rows, inputs)), np.eye(outputs)[rng.integers(0, outputs, rows)]
    return nnjax.tasks.data(x, y, weight=rng.uniform(size=rows) if weighted else None)


# Compiles in the shortest time. What is compared here agrees to rounding, however it is compiled.
QUICKLY = {machine.OPTIMIZATION_LEVEL: 0}


def both(data, **given):
    """The same sweep in both layouts, in float64 unless said otherwise."""
    given = {"compiler_options": QUICKLY} | given
    given = {"hidden": (3, 2), "seeds": 5, "num_steps": 12, "record_every": 4, "dtype": "float64"} | given
    return [nnjax.sweep(data, **given, layout=layout, progress=False) for layout in ("matrices", "lanes")]


def assert_close(runs, rtol=1e-10):
    for name in runs[0].data_vars:
        np.testing.assert_allclose(runs[0][name], runs[1][name], rtol=rtol, atol=1e-12, err_msg=name)


def gradients(spec, data, lanes=16):
    """Of every network's mean loss in both ways [lanes, ...]."""
    with machine.precision("float64"):
        data = nnjax.tasks.Data(*(None if a is None else jnp.asarray(a) for a in data))
        rng, ends = np.random.default_rng(4), zip(spec.sizes, spec.sizes[1:], strict=False)
        params = [mlp.Layer(rng.normal(size=(lanes, a, b)) / np.sqrt(a), rng.normal(size=(lanes, b))) for a, b in ends]

        @functools.partial(jax.jit, compiler_options=QUICKLY)
        def both_ways(params):
            last = jax.tree.map(lambda a: jnp.moveaxis(a, 0, -1), params)
            rows = jax.tree.map(lambda a: a[..., None], (data.x, data.y, data.weight))
            found = lanes_last._gradient(last, lanes_last._in_shares(*rows), spec)
            goal = functools.partial(objective.mean_loss, x=data.x, y=data.y, weight=data.weight, spec=spec)
            return jax.tree.map(lambda a: jnp.moveaxis(a, -1, 0), found), jax.vmap(jax.grad(goal))(params)

        return both_ways(tuple(params))


MANY = 37  # rows, more than a group has


@pytest.mark.parametrize(
    ("loss", "rows", "hidden"),
    [
        ("squared_error", MANY, (2,)),
        ("softmax_cross_entropy", MANY, (17,)),  # more neurons than one loop adds up
        ("sigmoid_binary_cross_entropy", 5, ()),
        ("huber_loss", 16, (2,)),  # a whole group
    ],
)
def test_gradients_for_every_loss_and_number_of_rows(loss, rows, hidden):
    functions = {"activation": "gelu", "output_activation": "tanh" if loss == "squared_error" else "identity"}
    spec = training.Spec((2, *hidden, 3), loss=loss, **functions, dtype="float64")
    found, there = gradients(spec, task(rows, weighted=rows == MANY))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14), found, there)


# The program names none of them: it applies what it is given to every entry, such as the gelu above.
@pytest.mark.slow
@pytest.mark.parametrize("activation", NAMES)
def test_gradients_for_every_activation(activation):
    spec = training.Spec((2, 3, 3, 3), activation=activation, output_activation="tanh", dtype="float64")
    found, there = gradients(spec, task())
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14), found, there)


STEPPING = [name for name, factory in by_name.SOLVERS.items() if factory in by_name.ELEMENTWISE]


# Two of them are in every run: "sgd" with clipped gradients, "adam" with what else a sweep may have.
@pytest.mark.slow
@pytest.mark.parametrize("solver", STEPPING)
def test_every_elementwise_solver(solver):
    changing = {} if solver in ("rprop",) else {"schedule": "cosine", "warmup_steps": 3}
    runs = both(task(), solver=solver, learning_rate=[0.003, 0.01], weight_decay=0.1, clip_value=0.3, **changing)
    assert_close(runs)
    assert (runs[1].train_curve.isel(step=0) != runs[1].train_curve.isel(step=-1)).all()


@pytest.mark.parametrize(
    ("order", "weighted", "size"),
    [
        ("sequential", True, 18), pytest.param("sequential", False, MANY, marks=pytest.mark.slow), ("random", True, 1),
    ],
)  # fmt: skip
def test_mini_batches_of_every_order(order, weighted, size):
    """Of more rows than a group has, with a short batch at the end of each epoch.

    The test of what else a sweep may have, below, has shuffled ones.
    """
    data = task(MANY, outputs=1, weighted=weighted)
    asked = {"hidden": (2,), "order": order, "solver": "sgd", "learning_rate": 0.1, "num_steps": 20, "record_every": 5}
    assert_close(both(data, **asked, batch_size=size))


@pytest.mark.slow
@pytest.mark.parametrize("order", ["sequential", "random"])
def test_mini_batches_of_tasks(order):
    tasks = {name: task(MANY, outputs=1, weighted=True, seed=seed) for seed, name in enumerate("ab")}
    assert_close(both(tasks, hidden=(2,), order=order, batch_size=5, solver="sgd", learning_rate=0.1))


def test_the_norm_of_a_gradient_is_that_of_one_network():
    """Some networks are clipped, some are not. With all else that changes a step."""
    norms, more = [1e-3, 0.1, 0.3, 1.0, 1e3], {"clip_value": 0.05, "weight_decay": 0.1}
    more |= {"schedule": "cosine", "warmup_steps": 3}
    runs = both(task(), **more, clip_norm=norms, seeds=20, solver="sgd", learning_rate=0.3)
    assert_close(runs)
    assert len(np.unique(runs[1].train_loss.isel(seed=0))) > 2


def test_what_else_a_sweep_may_have():
    """Tasks of their own data and weights, shuffled mini-batches, test rows, measures, first scales, early stopping."""
    rng = np.random.default_rng(1)
    tasks = {
        name: nnjax.tasks.data(*(rng.normal(size=(19, k)) for k in (2, 1)), *(rng.normal(size=(7, k)) for k in (2, 1)))
        for name in "ab"
    }
    tasks["b"] = tasks["b"]._replace(weight=np.linspace(0.5, 1.5, 19))
    tasks["a"] = tasks["a"]._replace(weight=np.linspace(2.0, 0.0, 19))
    given = {
        "measure": {
            "first": lambda params, data: params[0].w,
            "mean": lambda p, data, predict: predict(p, data.x).mean(),
        },
        "hidden": (3,),
        "init_scale": [0.5, 2.0],
        "batch_size": 5,
        "seeds": 40,
        "num_steps": 60,
    }
    runs = both(tasks, **given, early_stop=("mean", -0.2))
    assert_close(runs, 1e-8)
    assert len(np.unique(runs[1].status)) == 2


@pytest.mark.slow
def test_networks_do_not_depend_on_each_other():
    """One that diverges changes no other, nor do workers, order or how many there are."""
    data = task(outputs=1)
    given = {"hidden": (4, 3), "num_steps": 40, "record_every": 10, "layout": "lanes", "progress": False}
    runs = nnjax.sweep(data, **given, seeds=70, learning_rate=[0.01, 1e30], workers=2)
    assert (runs.status.sel(learning_rate=1e30) == training.DIVERGED).all()
    alone = nnjax.sweep(data, **given, seeds=[69, 3], learning_rate=0.01, workers=1)
    chosen = runs.sel(learning_rate=0.01, seed=[69, 3])
    np.testing.assert_array_equal(alone.train_curve, chosen.train_curve)
    one = nnjax.refit(runs, data, learning_rate=0.01, seed=69)
    assert [layer.w.shape for layer in one.params] == [(2, 4), (4, 3), (3, 1)]
    predicted = mlp.predict(one.params, data.x, **one.settings)
    assert np.mean((predicted - data.y) ** 2) == pytest.approx(float(one.train_loss), rel=1e-5)


def test_a_row_that_overflows_has_an_infinite_loss_and_no_nan():
    """17 rows fill two groups of 9 up by a copy of the first, of weight 0."""
    x = np.linspace(-1, 1, 17)[:, None]
    data = nnjax.tasks.data(x, x, x_test=np.where(x == -1, 1e25, x), y_test=x)
    given = {"hidden": (2,), "activation": "relu", "seeds": 8, "num_steps": 1, "init_scale": 10.0, "layout": "lanes"}
    runs = nnjax.sweep(data, **given, compiler_options=QUICKLY, progress=False)
    assert np.isinf(runs.test_loss).any()
    x, y = (np.asarray(a, np.float32) for a in (data.x_test, data.y_test))
    for seed, loss in enumerate(runs.test_loss.values):
        (w1, b1), (w2, b2) = nnjax.refit(runs, data, seed=seed).params
        with np.errstate(over="ignore"):
            np.testing.assert_allclose(loss, np.mean((np.maximum(x @ w1 + b1, 0) @ w2 + b2 - y) ** 2), rtol=1e-4)


@pytest.mark.slow
def test_a_store_goes_on(tmp_path):
    given = {"hidden": (4, 3), "num_steps": 10, "layout": "lanes", "progress": False}
    data = task(outputs=1)
    whole = nnjax.sweep(data, **given, seeds=90)
    nnjax.sweep(data, **given, seeds=40, store=tmp_path / "runs.zarr")
    grown = nnjax.sweep(data, **given, seeds=90, store=tmp_path / "runs.zarr")
    np.testing.assert_array_equal(grown.train_loss, whole.train_loss)


def test_which_networks_are_trained_so():
    def layout(data=None, **given):
        return nnjax.plan(task(64, outputs=1) if data is None else data, **given).programs[0].spec.layout

    assert layout(hidden=(8, 8)) == layout(hidden=(24,) * 6) == layout(hidden=(4, 4), clip_norm=1.0) == "lanes"
    assert layout(hidden=(8,)) == layout(hidden=(25, 25)) == layout(hidden=(8, 8), batch_size=17) == "matrices"
    assert layout(hidden=(8, 8), batch_size=16) == layout(hidden=(8,), batch_size=4) == "lanes"
    assert layout(task(64, inputs=4, outputs=1), hidden=(8,), batch_size=4) == "matrices"
    assert layout(nnjax.tasks.xor(), hidden=(16, 16)) == layout(nnjax.tasks.xor(), hidden=()) == "lanes"
    assert layout(hidden=(8, 8), solver="lamb") == "matrices"
    with pytest.raises(ValueError, match="layout='lanes' needs"):
        layout(hidden=(8, 8), activation="softmax", layout="lanes")
    spec = training.Spec((2, 8, 8, 1), "tanh")
    assert planning._layout(spec, 64, None, "gpu") == planning._layout(spec, 4, None, "gpu") == "matrices"
    assert planning._layout(training.Spec((2, 2, 1), "tanh"), 4, None, "gpu") == "lanes"
    assert planning.lanes_for(training.Spec((2, 8, 1), layout="lanes", batch_size=8), 64, backend="gpu") == 2**15
    wide = training.Spec((784, 128, 10), layout="lanes")
    assert cost.block_bytes(wide, 1000, planning.lanes_for(wide, 1000, backend="gpu")) <= planning.BYTES_PER_BLOCK
    with pytest.raises(ValueError, match="many networks"):
        training.fit(jax.random.key(0), {}, task(outputs=1), spec=replace(spec, layout="lanes"))
