"""Variable projection against normal equations, finite differences and SciPy; what it refuses; bounded L-BFGS."""

import functools
import json
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from scipy.optimize import least_squares

import nnjax
from nnjax import machine, mlp, objective, solvers, tasks, training
from nnjax.engine import cost, padding, programs
from nnjax.engine.train import device_data
from nnjax.solvers import variable_projection
from nnjax.training import Spec
from tests.nnjax.networks import drawn

RNG = np.random.default_rng(3)
X = RNG.uniform(-1, 1, (40, 2))
Y = np.stack([np.sin(3 * X[:, 0]) + X[:, 1], np.cos(2 * X.sum(1))], axis=1) + 0.1 * RNG.normal(size=(40, 2))
WEIGHT = RNG.uniform(0, 2, 40) * (np.arange(40) % 5 > 0)
# Two hidden layers, two outputs, weighted rows: all that can go wrong at once.
DEEP = Spec((2, 3, 4, 2), solver=variable_projection)
CURVE = tasks.data(np.linspace(-1, 1, 64)[:, None], np.sin(3 * np.linspace(-1, 1, 64))[:, None])


def design_of(hidden, spec, x=X):
    """Features of the last hidden layer and a column of ones, by NumPy."""
    for w, b in hidden:
        x = np.asarray(spec.activation(x @ np.asarray(w, float) + np.asarray(b, float)))
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def reduced_loss(flat, unravel, spec):
    """The least weighted mean of squares over all output weights [k summed], by SVD."""
    root = np.sqrt(WEIGHT / WEIGHT.sum())[:, None]
    design = root * design_of(unravel(jnp.asarray(flat)), spec)
    outputs = np.linalg.lstsq(design, root * Y, rcond=None)[0]
    return np.sum((root * Y - design @ outputs) ** 2)


def at_the_mean(unravel, num_weights):
    """The matrix [p, p] from moves of the solver to changes of the hidden weights: -mean w for a bias of layer 1."""
    matrix, mean = np.eye(num_weights), WEIGHT @ X / WEIGHT.sum()
    place = unravel(jnp.arange(num_weights, dtype=float))[0]
    for w, b in zip(np.asarray(place.w, int).T, np.asarray(place.b, int), strict=True):
        matrix[b, w] = -mean
    return matrix


@functools.cache
def stepper(spec):
    """Some steps from given parameters: one function for all of a test's numbers."""

    def run(params, hyper, x, y, weight, num_steps):
        solver, problem = solvers.build(spec.solver, hyper), objective.least_squares(x, y, weight, spec)
        first = params, solver.init(params)
        return jax.lax.fori_loop(0, num_steps, lambda _, carry: solver.step(*carry, problem), first)

    return jax.jit(run, compiler_options={machine.OPTIMIZATION_LEVEL: 0})  # compared to rounding


def trained(spec, params, num_steps, learning_rate=100.0, ridge=20.0, x=X, y=Y, weight=WEIGHT):
    dtype = params[0].w.dtype
    rows = (jnp.asarray(a, dtype) for a in (x, y, weight))
    hyper = {"learning_rate": jnp.asarray(learning_rate, dtype), "ridge": jnp.asarray(ridge, dtype)}
    return stepper(spec)(params, hyper, *rows, num_steps)


def test_the_first_step_solves_for_the_output_layer_alone():
    with jax.enable_x64(True):
        start = drawn(DEEP.sizes)
        params, state = trained(DEEP, start, 1)
        jax.tree.map(np.testing.assert_array_equal, params[:-1], start[:-1])
        root = np.sqrt(WEIGHT)[:, None]
        expected = np.linalg.lstsq(root * design_of(start[:-1], DEEP), root * Y, rcond=None)[0]
        np.testing.assert_allclose(np.concatenate([params[-1].w, params[-1].b[None]]), expected, rtol=1e-10)
        loss = objective.mean_loss(params, *map(jnp.asarray, (X, Y, WEIGHT)), DEEP)
        np.testing.assert_allclose(state.loss, 2 * loss, rtol=1e-5)  # the mean over two outputs, next to no ridge


def test_the_gradient_is_that_of_the_reduced_loss():
    """Kaufman leaves out a part of the residual's derivative, and nothing of the gradient."""
    with jax.enable_x64(True):
        start = drawn(DEEP.sizes)
        _, state = trained(DEEP, start, 1)
        flat, unravel = ravel_pytree(start[:-1])
        flat, h = np.asarray(flat), 1e-6
        expected = [
            (reduced_loss(flat + h * e, unravel, DEEP) - reduced_loss(flat - h * e, unravel, DEEP)) / (2 * h)
            for e in at_the_mean(unravel, len(flat)).T
        ]
        np.testing.assert_allclose(-2 * state.slope, expected, rtol=1e-6, atol=1e-8)

        def joint(hidden, output):
            return 2 * objective.mean_loss((*unravel(hidden), output), *map(jnp.asarray, (X, Y, WEIGHT)), DEEP)

        params, _ = trained(DEEP, start, 1)
        grad = at_the_mean(unravel, len(flat)).T @ jax.jit(jax.grad(joint))(jnp.asarray(flat), params[-1])
        np.testing.assert_allclose(-2 * state.slope, grad, atol=1e-10)


def test_a_step_is_that_of_the_damped_normal_equations():
    """(A'A + damping D^2) d = A'z, with A projected by NumPy's SVD and the features' derivative by differences."""
    with jax.enable_x64(True):
        start, damping = drawn(DEEP.sizes), 0.3
        params, state = trained(DEEP, start, 1, learning_rate=1 / damping)
        flat, unravel = (f(ravel_pytree(start[:-1])) for f in (lambda r: np.asarray(r[0]), lambda r: r[1]))
        root, h = np.sqrt(WEIGHT / WEIGHT.sum())[:, None], 1e-6
        outputs = np.concatenate([params[-1].w, params[-1].b[None]])
        design = root * design_of(start[:-1], DEEP)
        outside = np.eye(40) - design @ np.linalg.pinv(design)

        def predicted(flat):
            return root * design_of(unravel(jnp.asarray(flat)), DEEP) @ outputs

        change = at_the_mean(unravel, len(flat))
        columns = [outside @ (predicted(flat + h * e) - predicted(flat - h * e)) / (2 * h) for e in change.T]
        a = np.stack(columns, axis=-1).reshape(-1, len(flat))
        z = (root * Y - design @ outputs).reshape(-1)
        move = np.linalg.solve(a.T @ a + damping * np.diag((a**2).sum(0)), a.T @ z)
        np.testing.assert_allclose(state.trial - flat, change @ move, rtol=1e-5, atol=1e-8)
        fall = np.sum(z**2) - np.sum((z - a @ move) ** 2)
        np.testing.assert_allclose(state.predicted, fall, rtol=1e-5)


def test_where_0_lies_and_the_unit_of_the_inputs_change_nothing():
    """Inputs 100 x + 700 instead of x, and weights that compute the same from them."""
    with jax.enable_x64(True):
        start, scale, shift = drawn(DEEP.sizes), 100.0, 700.0
        w = start[0].w / scale
        moved = (mlp.Layer(w, start[0].b - shift * w.sum(0)), *start[1:])
        here, there = trained(DEEP, start, 12), trained(DEEP, moved, 12, x=scale * X + shift)
        np.testing.assert_allclose(there[1].loss, here[1].loss, rtol=1e-8)
        np.testing.assert_allclose(there[0][0].w * scale, here[0][0].w, rtol=1e-6)
        assert here[1].loss < 0.5 * trained(DEEP, start, 1)[1].loss


@pytest.mark.slow
def test_a_teacher_is_found(dtype):
    """Three neurons learn from two of their kind, so the least loss is 0."""
    spec = Spec((2, 3, 2), solver=variable_projection)
    hidden = np.tanh(X @ [[2.0, -1.0], [1.0, 2.0]] + [-0.5, 1.0])
    y = hidden @ [[1.0, 0.5], [-0.5, 1.0]]
    params, state = trained(spec, drawn(spec.sizes, dtype), 200, y=y, weight=np.ones(40))
    assert float(state.loss) < {"float32": 1e-9, "float64": 1e-24}[dtype.name]
    np.testing.assert_allclose(mlp.predict(params, jnp.asarray(X, dtype)), y, atol=1e3 * np.finfo(dtype).eps)


def test_where_it_ends_scipy_finds_nothing_better():
    with jax.enable_x64(True):
        spec = Spec((2, 3, 2), solver=variable_projection)
        params, state = trained(spec, drawn(spec.sizes), 200)
        flat, unravel = ravel_pytree(params)
        root = np.sqrt(WEIGHT / WEIGHT.sum())[:, None]

        @jax.jit
        def residual(flat):
            return (root * (Y - mlp.predict(unravel(flat), jnp.asarray(X)))).reshape(-1)

        jacobian = jax.jit(jax.jacfwd(residual))
        there = least_squares(residual, np.asarray(flat), jacobian, method="lm", xtol=1e-15, ftol=1e-15)
        loss = np.sum(residual(flat) ** 2)
        assert loss > 0.01  # no zero of the residual, so Kaufman's second derivatives are not exact here
        np.testing.assert_allclose(loss, 2 * there.cost, rtol=1e-5)
        other = least_squares(residual, np.asarray(ravel_pytree(drawn(spec.sizes))[0]), jacobian, method="lm")
        assert loss < 2 * other.cost
        np.testing.assert_allclose(state.loss, loss, rtol=1e-5)


@pytest.mark.slow
def test_the_loss_never_rises():
    runs = nnjax.sweep(
        CURVE, hidden=(6,), activation="relu", solver="variable_projection", learning_rate=[1e-2, 1e6], seeds=8,
        num_steps=40, record_every=1, bias_init="uniform", dtype="float64", progress=False,
    )  # fmt: skip
    curve = runs.train_curve.values
    assert np.all(np.diff(curve[..., 1:], axis=-1) <= 1e-12 * curve[..., 1:-1])
    assert np.median(curve[..., -1]) < 0.2 * np.median(curve[..., 1])


@pytest.mark.parametrize("sick", ["twins", *(pytest.param(s, marks=pytest.mark.slow) for s in ("dead", "zero"))])
@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)], indirect=True)
def test_a_rank_deficient_start_is_solved_and_trained(dtype, sick):
    """Neurons all alike, all silent, or all zero: finite numbers, and the best that such features can do."""
    spec = Spec((2, 5, 2), activation=jax.nn.relu, solver=variable_projection)
    w, b = {"twins": (1.0, 0.2), "dead": (0.0, -1.0), "zero": (0.0, 0.0)}[sick]
    hidden = mlp.Layer(jnp.full((2, 5), w, dtype), jnp.full(5, b, dtype))
    start = (hidden, drawn(spec.sizes, dtype)[-1])
    params, first = trained(spec, start, 1)
    root = np.sqrt(WEIGHT / WEIGHT.sum())[:, None]
    design = root * design_of(start[:-1], spec)
    expected = np.sum((root * Y - design @ np.linalg.pinv(design) @ (root * Y)) ** 2)
    np.testing.assert_allclose(first.loss, expected, rtol=1e-4 if dtype == "float32" else 1e-10)
    assert np.abs(params[-1].w).max() < 1e4
    params, state = trained(spec, start, 20)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(params))
    assert float(state.loss) <= float(first.loss)


@pytest.mark.slow
def test_fewer_rows_than_features():
    """All are met: six rows by twelve neurons."""
    spec = Spec((2, 12, 2), solver=variable_projection)
    params, _ = trained(spec, drawn(spec.sizes, "float32"), 5, x=X[:6], y=Y[:6], weight=np.ones(6))
    np.testing.assert_allclose(mlp.predict(params, jnp.asarray(X[:6], "float32")), Y[:6], atol=1e-3)


LANES = 8


@functools.cache
def ensemble():
    spec = Spec((2, 4, 2), activation=jax.nn.relu, solver=variable_projection, num_steps=25)

    def run(params, x, y, weight):
        return stepper(spec).__wrapped__(params, {"learning_rate": 10.0}, x, y, weight, 25)

    return spec, jax.jit(
        jax.vmap(run, in_axes=(0, None, None, None)), compiler_options=dict(machine.compiler_options())
    )


def test_neighbours_never_mix():
    """Among others, some from NaN, infinity or 1e200, a network has the bits that it has among copies of itself."""
    with jax.enable_x64(True):
        spec, many = ensemble()
        rows = tuple(map(jnp.asarray, (X, Y, WEIGHT)))
        starts = jax.tree.map(lambda *each: np.stack(each), *(drawn(spec.sizes, seed=seed) for seed in range(LANES)))
        for lane, value in ((2, np.nan), (5, np.inf), (6, 1e200)):
            starts[0].w[lane, 0, 1] = value
        params, state = jax.tree.map(np.asarray, many(starts, *rows))
        for lane in (0, 3, 7):
            alone, _ = many(jax.tree.map(lambda a, i=lane: np.stack([a[i]] * LANES), starts), *rows)
            jax.tree.map(lambda a, b, i=lane: np.testing.assert_array_equal(a[i], np.asarray(b)[i]), params, alone)
            assert np.isfinite(state.loss[lane])
        assert np.isinf(state.loss[np.array([2, 5])]).all()
        assert many._cache_size() == 1


def test_a_member_that_overflows_is_marked_and_the_others_are_as_without_it():
    arguments = {
        "hidden": (4,), "activation": "relu", "solver": "variable_projection", "learning_rate": 100.0, "seeds": 3,
        "num_steps": 20, "record_every": 5, "dtype": "float64", "progress": False,
        "compiler_options": {machine.OPTIMIZATION_LEVEL: 0},
    }  # fmt: skip
    both = nnjax.sweep(CURVE, init_scale=[1.0, 1e200], **arguments)
    one = nnjax.sweep(CURVE, init_scale=[1.0], **arguments)
    np.testing.assert_array_equal(both.train_curve.sel(init_scale=1.0), one.train_curve.sel(init_scale=1.0))
    assert (both.status.sel(init_scale=1.0) == training.RAN).all()
    assert (both.status.sel(init_scale=1e200) == training.DIVERGED).all()
    assert json.loads(both.attrs["settings"])["constants"]["init"] == "spread"  # the default
    again = nnjax.refit(both, CURVE, init_scale=1.0, seed=2)
    np.testing.assert_array_equal(again.train_curve, one.train_curve.sel(init_scale=1.0, seed=2))


def test_rows_of_weight_zero_are_not_there():
    with jax.enable_x64(True):
        spec = Spec((2, 3, 2), solver=variable_projection)
        wild = (WEIGHT == 0)[:, None]  # every fifth row
        masked, _ = trained(spec, drawn(spec.sizes), 10)
        other, _ = trained(spec, drawn(spec.sizes), 10, x=np.where(wild, 50.0, X), y=np.where(wild, -1e3, Y))
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9), masked, other)


def test_one_compilation_serves_all_numbers():
    with jax.enable_x64(True):
        start = drawn(DEEP.sizes)
        found = [trained(DEEP, start, 5, *numbers)[1].loss for numbers in ((0.1, 20.0), (10.0, 20.0), (10.0, 1e8))]
    assert stepper(DEEP)._cache_size() == 1
    assert len(set(map(float, found))) == 3


REFUSED = [
    ({"loss": "huber_loss"}, "loss='huber_loss'"),
    ({"loss": ["squared_error", "sigmoid_binary_cross_entropy"]}, "loss='sigmoid_binary_cross_entropy'"),
    ({"output_activation": "tanh"}, "output_activation='tanh'"),
    ({"activation": ["tanh", "step"]}, "activation='step'"),
    ({"batch_size": [None, 16]}, "batch_size=16"),
    ({"schedule": "cosine"}, "schedule='cosine'"),
    ({"warmup_steps": 3}, "warmup_steps"),
    ({"clip_norm": 1.0}, "clip_norm"),
    ({"weight_decay": 0.1}, "weight_decay"),
    ({"layout": "lanes"}, "layout='lanes'"),
    ({"momentum": 0.9}, "momentum=0.9"),
    ({"ridge": 0.0}, "ridge=0.0"),
    ({"model": training.Model(mlp.init, design_of)}, "model="),
]


@pytest.mark.parametrize(("arguments", "named"), REFUSED)
def test_what_is_no_least_squares_is_refused_before_anything_compiles(arguments, named):
    with pytest.raises(ValueError, match=re.escape(named)):
        nnjax.plan(tasks.xor(), **{"hidden": (3,), "solver": "variable_projection", **arguments})


@pytest.mark.parametrize(
    "setting",
    [{"loss": nnjax.losses.huber_loss}, {"output_activation": jnp.tanh}, {"batch_size": 4}],
)
def test_fit_refuses_the_same(setting):
    spec = Spec((1, 3, 1), solver=variable_projection, num_steps=2, **setting)
    with pytest.raises(ValueError, match=f"{next(iter(setting))}=.* with solver='variable_projection'"):
        training.fit(jax.random.key(0), {"learning_rate": 1.0}, CURVE, spec=spec)


def own_least_squares(learning_rate):
    """A user's solver of least squares: gradient descent on the output weights."""

    def step(params, state, problem):
        features = jax.vmap(lambda row: problem.features(params[:-1], row))(problem.x)
        error = features @ params[-1].w + params[-1].b[None] - problem.y
        grad = features.T @ (problem.share[:, None] * error)
        return (*params[:-1], params[-1]._replace(w=params[-1].w - learning_rate * grad)), state

    return solvers.Solver(lambda params: (), step, least_squares=True)


def test_a_solver_of_the_users_own_gets_the_squares_too():
    """The same as gradient descent on l2_loss where the hidden layer and the bias cannot move."""
    runs = nnjax.sweep(
        CURVE, hidden=(4,), solver=own_least_squares, learning_rate=0.2, loss="l2_loss", num_steps=50, record_every=1,
        compiler_options={machine.OPTIMIZATION_LEVEL: 0}, progress=False,
    )  # fmt: skip
    curve = runs.train_curve.values.squeeze()
    assert np.all(np.diff(curve) < 0)
    with pytest.raises(ValueError, match=r"loss='huber_loss' with solver='.*own_least_squares'"):
        nnjax.plan(CURVE, hidden=(4,), solver=own_least_squares, loss="huber_loss")


def kinks_in_order(key, sizes, *, init, bias_init, dtype, **scales):
    """A start of the user's own: neurons of weight 2 whose centres lie evenly on [-1.3, 1.3], moved a little."""
    del init, bias_init, scales
    centres = jnp.linspace(-1.3, 1.3, sizes[1], dtype=dtype) + 0.05 * jax.random.normal(key, sizes[1:2], dtype)
    output = mlp.Layer(jnp.zeros(sizes[1:], dtype), jnp.zeros(sizes[2:], dtype))
    return mlp.Layer(jnp.full((1, sizes[1]), 2.0, dtype), -2 * centres), output


@pytest.mark.slow  # `test_spread.py` trains to full precision in every run of the tests
def test_smooth_functions_to_ten_digits_and_more():
    """32 tanh neurons in float64 on exp(sin pi x): untrained features reach about 1e-9, training goes on from there."""
    x, new = (np.linspace(-1, 1, n)[:, None] for n in (200, 501))
    data = tasks.data(x, np.exp(np.sin(np.pi * x)), new, np.exp(np.sin(np.pi * new)))
    runs = nnjax.sweep(
        data, hidden=(32,), solver="variable_projection", learning_rate=100.0, seeds=8, num_steps=60, record_every=1,
        model=training.Model(kinks_in_order, mlp.apply, mlp.predict), dtype="float64", progress=False,
    )  # fmt: skip
    rms = np.sqrt(runs.test_curve.median("seed"))
    assert rms[-1] < 1e-11
    assert rms[-1] < 0.1 * rms[1]


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [(8,), (32,), (6, 6)])
def test_the_memory_of_a_block_is_what_the_compiler_says(hidden):
    """Within a factor of two and a half, as for other solvers."""
    program = nnjax.plan(CURVE, hidden=hidden, solver="variable_projection", seeds=16, num_steps=10).programs[0]
    functions = programs.functions(program.spec, True, program.options)
    seeds, hyper = np.zeros(program.lanes, np.uint32), {"learning_rate": jnp.full(program.lanes, 0.1)}
    data = device_data(CURVE, "float32")
    state = jax.eval_shape(functions.begin, seeds, functions.draw(seeds, {}, None), hyper, data)
    compiled = functions.advance.lower(
        state, hyper, data, padding.Shape(), jnp.int32(0), program.intervals()[0]
    ).compile()
    found = compiled.memory_analysis()
    needed = found.temp_size_in_bytes + found.output_size_in_bytes
    assert needed / 2.5 < program.block_bytes < needed * 2.5


def test_bounded_lbfgs_ends_its_search():
    """From NaN no trial is good enough: optax's own search takes all 20, for which a block would wait."""
    solver = solvers.build("bounded_lbfgs", {"learning_rate": 1.0})
    params = jnp.full(3, jnp.nan)
    _, state = jax.jit(lambda params: solver.step(params, solver.init(params), jnp.sum))(params)
    assert state[0][-1].info.num_linesearch_steps == 4


def test_the_cost_of_a_step_grows_with_the_work():
    def seconds(*hidden, rows=64, outputs=1):
        return cost.seconds_per_step(Spec((1, *hidden, outputs), solver=variable_projection), rows)

    assert seconds(8) < seconds(16) < seconds(16, 16) < seconds(16, 16, 16)
    assert seconds(8) < seconds(8, rows=256)
    assert seconds(8) < seconds(8, outputs=3)
