"""One network: against NumPy step by step, as a pure function, batch by batch, and how it ends."""

import functools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nnjax
from nnjax import activations, losses, machine, mlp, objective, solvers, tasks, training
from nnjax.mlp import Layer
from nnjax.objective import mean_loss
from nnjax.spec import record_steps, settings
from nnjax.training import DIVERGED, RAN, STOPPED, Data, Model, Spec, fit

KEY = jax.random.key(11)
RNG = np.random.default_rng(12)
X, W_TRUE = RNG.normal(size=(12, 3)), np.array([[0.5], [-1.0], [2.0]])
LINEAR = Data(X, X @ W_TRUE + 0.3 + 0.1 * RNG.normal(size=(12, 1)))
# Weights and test rows, where a test needs one of the two: one program for all.
WHOLE = LINEAR._replace(x_test=RNG.normal(size=(5, 3)), y_test=RNG.normal(size=(5, 1)), weight=np.ones(12))
SGD = solvers.get("sgd")
NEURON = Spec(sizes=(3, 1), solver=SGD, num_steps=20, record_every=1, dtype="float64")


# In the shortest time: what is compared here agrees to rounding, or is the same program twice.
quickly = functools.partial(jax.jit, compiler_options={machine.OPTIMIZATION_LEVEL: 0})


@functools.cache
def jitted(spec):
    return quickly(functools.partial(fit, spec=spec))


def run(spec, data=LINEAR, key=KEY, **hyper):
    with jax.enable_x64(spec.dtype == "float64"):
        return jax.device_get(jitted(spec)(key, hyper, data))


@functools.cache
def first_params(spec):
    with jax.enable_x64(spec.dtype == "float64"):
        return jax.device_get(quickly(functools.partial(training.draw, spec=spec))(KEY, {}))


def descend(w, b, rate, batches, weights=None):
    """A linear neuron by gradient descent on the mean squared error of each batch (x [n, d], y [n, 1])."""
    for i, (x, y) in enumerate(batches):
        error = x @ w + b - y
        share = np.full((len(x), 1), 1 / len(x)) if weights is None else weights[i][:, None] / weights[i].sum()
        w, b = w - rate * 2 * x.T @ (share * error), b - rate * 2 * (share * error).sum(axis=0)
    return w, b


def test_linear_neuron_by_full_batch_gradient_descent():
    found, (start,) = run(NEURON, learning_rate=0.05), first_params(NEURON)
    for num_steps, mean in enumerate(found.train_curve):
        w, b = descend(start.w, start.b, 0.05, [LINEAR[:2]] * num_steps)
        np.testing.assert_allclose(mean, np.mean((X @ w + b - LINEAR.y) ** 2), rtol=1e-12)
    np.testing.assert_allclose(found.params[0].w, w, rtol=1e-12)
    np.testing.assert_allclose(found.params[0].b, b, rtol=1e-12)
    assert found.train_curve[-1] < 0.5 * found.train_curve[0]


@pytest.mark.parametrize("dtype", [pytest.param("float32", marks=pytest.mark.slow), "float64"], indirect=True)
def test_linear_regression_reaches_the_least_squares_solution(dtype):
    spec = Spec(sizes=(3, 1), solver=SGD, num_steps=4000, dtype=str(dtype))
    found = run(spec, learning_rate=0.2)
    best, residual, *_ = np.linalg.lstsq(np.hstack([X, np.ones((12, 1))]), LINEAR.y)
    tolerance = 1e-10 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(found.params[0].w, best[:3], rtol=tolerance)
    np.testing.assert_allclose(found.params[0].b, best[3], rtol=tolerance)
    np.testing.assert_allclose(found.train_loss, residual[0] / 12, rtol=tolerance)
    assert found.train_loss.dtype == dtype


# A 2-2-1 network with sigmoids, of weights that are easy to follow.
XOR_START = (
    Layer(np.array([[1.0, -1.0], [0.5, 1.0]]), np.array([-0.5, 0.0])),
    Layer(np.array([[1.0], [-2.0]]), np.array([0.5])),
)


def xor_start(key, sizes, *, dtype, **laws):
    return jax.tree.map(lambda a: jnp.asarray(a, dtype), XOR_START)


def test_one_step_on_xor_is_that_of_the_chain_rule():
    """Rumelhart, Hinton & Williams 1986: delta_out = (o - t) o (1 - o), delta_hidden = w delta_out h (1 - h)."""
    spec = Spec(
        sizes=(2, 2, 1),
        activation=activations.sigmoid,
        output_activation=activations.sigmoid,
        loss=losses.l2_loss,
        solver=SGD,
        num_steps=1,
        model=Model(xor_start, mlp.apply),
        dtype="float64",
    )
    found = run(spec, tasks.xor(), learning_rate=2.0)

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    x, t = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
    (w1, b1), (w2, b2) = XOR_START
    h = sigmoid(x @ w1 + b1)
    o = sigmoid(h @ w2 + b2)
    delta_out = (o - t) * o * (1 - o) / 4
    delta_hidden = delta_out @ w2.T * h * (1 - h)
    expected = (
        Layer(w1 - 2 * x.T @ delta_hidden, b1 - 2 * delta_hidden.sum(axis=0)),
        Layer(w2 - 2 * h.T @ delta_out, b2 - 2 * delta_out.sum(axis=0)),
    )
    np.testing.assert_allclose(found.train_curve[0], np.mean((o - t) ** 2) / 2, rtol=1e-14)
    for a, b in zip(jax.tree.leaves(found.params), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)
    # The same numbers written down, so that no common mistake of both sides goes unseen.
    np.testing.assert_allclose(found.train_curve, XOR_LOSSES, rtol=1e-12)
    np.testing.assert_allclose(found.params[1].w[:, 0], XOR_OUTPUT_WEIGHTS, rtol=1e-12)


XOR_LOSSES = [0.12945688891197699, 0.12896569493556265]
XOR_OUTPUT_WEIGHTS = [0.9896214088000144, -1.9993787453828258]


def test_fit_is_the_same_jitted_vmapped_or_plain():
    with jax.enable_x64(True):
        plain = jax.device_get(fit(KEY, {"learning_rate": 0.05}, LINEAR, spec=NEURON))
        once = run(NEURON, learning_rate=0.05)
        keys = jax.random.split(jax.random.key(1), 3).at[1].set(KEY)
        rates = {"learning_rate": jnp.array([0.01, 0.05, 0.02])}
        many = jax.device_get(jax.jit(jax.vmap(lambda k, h: fit(k, h, LINEAR, spec=NEURON)))(keys, rates))
    for a, b, c in zip(*(jax.tree.leaves(r) for r in (plain, once, many)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
        np.testing.assert_allclose(c[1], b, rtol=1e-12)
    assert len(set(many.train_loss)) == 3


def test_fit_is_differentiable_with_respect_to_its_numbers():
    """In reverse and forward mode, against central differences."""
    tanh = activations.tanh
    spec = Spec(sizes=(2, 1), output_activation=tanh, solver=SGD, num_steps=4, record_every=2, dtype="float64")

    def loss(numbers):
        return fit(KEY, {"learning_rate": numbers[0], "momentum": numbers[1]}, tasks.xor(), spec=spec).train_loss

    @quickly
    def values_and_slopes(beside, at):
        return jax.vmap(loss)(beside), jax.grad(loss)(at), jax.jacfwd(loss)(at)

    at, h = np.array([0.3, 0.5]), 1e-5
    with jax.enable_x64(True):
        values, *found = jax.device_get(values_and_slopes(at + h * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]]), at))
    slopes = (values[::2] - values[1::2]) / (2 * h)
    for slope in found:
        np.testing.assert_allclose(slope, slopes, rtol=1e-7)
    assert np.abs(slopes).min() > 1e-4


def test_same_key_same_run_and_other_key_other_run():
    a, b = run(NEURON, learning_rate=0.05), run(NEURON, learning_rate=0.05)
    c = run(NEURON, key=jax.random.key(99), learning_rate=0.05)
    np.testing.assert_array_equal(a.train_curve, b.train_curve)
    assert not (a.train_curve == c.train_curve).any()


# Batches are read off the weights: row i is the unit vector i and the loss is the output itself, so that a step
# of gradient descent at rate 1 subtracts from weight i the share of row i in the batch.
ROWS = 7
UNIT_ROWS = Data(np.eye(ROWS), np.zeros((ROWS, 1)))


def output_itself(output, target):
    return jnp.sum(output) + 0 * jnp.sum(target)


def weights_of(params, data):
    return params[0].w[:, 0]


def shares(batch_size, order, num_steps, key=KEY, weight=None):
    """[num_steps, rows]: how much each row counted in each step."""
    spec = Spec(
        sizes=(ROWS, 1),
        init="zeros",
        solver=SGD,
        loss=output_itself,
        batch_size=batch_size,
        order=order,
        num_steps=num_steps,
        record_every=1,
        measure=(("w", weights_of),),
        dtype="float64",
    )
    found = run(spec, UNIT_ROWS._replace(weight=weight), key, learning_rate=1.0)
    return -np.diff(found.measures["w"], axis=0)


def test_sequential_batches_and_a_short_last_one():
    found = shares(3, "sequential", 7, weight=np.ones(ROWS))
    expected = np.zeros((3, ROWS))
    expected[0, :3], expected[1, 3:6], expected[2, 6] = 1 / 3, 1 / 3, 1
    np.testing.assert_allclose(found, np.concatenate([expected, expected, expected[:1]]), atol=1e-12)


def test_a_batch_of_all_rows():
    found = shares(ROWS, "shuffled", 2)  # without a size: test_linear_neuron_by_full_batch_gradient_descent
    np.testing.assert_allclose(found, np.full((2, ROWS), 1 / ROWS), atol=1e-12)


def test_shuffled_epochs_hold_each_row_once_in_a_fresh_order():
    found = shares(3, "shuffled", 12).reshape(4, 3, ROWS)
    np.testing.assert_allclose(np.sort(found[:, :2].reshape(8, ROWS)), [[0] * 4 + [1 / 3] * 3] * 8, atol=1e-12)
    np.testing.assert_allclose(np.sort(found[:, 2]), [[0] * 6 + [1]] * 4, atol=1e-12)
    np.testing.assert_array_equal((found > 1e-6).sum(axis=1), np.ones((4, ROWS)))
    orders = {tuple(np.argmax(epoch > 1e-6, axis=0)) for epoch in found}
    assert len(orders) == 4
    other = shares(3, "shuffled", 12, jax.random.key(5)).reshape(4, 3, ROWS)
    assert not np.allclose(found, other)


def test_online_training_takes_one_row_after_the_other():
    found = shares(1, "sequential", ROWS + 2, weight=np.ones(ROWS))
    np.testing.assert_allclose(found, np.eye(ROWS)[[*range(ROWS), 0, 1]], atol=1e-12)


def test_random_order_draws_with_replacement():
    found = np.round(shares(3, "random", 200) * 3, 9)
    np.testing.assert_array_equal(found.sum(axis=1), np.full(200, 3))
    assert found.max() >= 2  # some row twice in one batch
    # 600 draws of 7 rows: each 85.7 times on average, standard deviation 8.6.
    assert np.abs(found.sum(axis=0) - 600 / 7).max() < 5 * np.sqrt(600 * 6 / 49)


def test_mini_batches_are_those_of_a_numpy_loop():
    """12 rows in batches of 5, 5 and 2, two epochs and a bit: the short batch averages over its own two rows.

    The records, every 3 steps and after the last, are those of the loop.
    """
    spec = Spec(
        sizes=(3, 1), solver=SGD, batch_size=5, order="sequential", num_steps=7, record_every=3, dtype="float64"
    )
    found, (start,) = run(spec, learning_rate=0.05), first_params(spec)
    epoch = [(X[i : i + 5], LINEAR.y[i : i + 5]) for i in (0, 5, 10)]
    np.testing.assert_array_equal(found.step, [0, 3, 6, 7])
    for num_steps, mean in zip(found.step, found.train_curve, strict=True):
        w, b = descend(start.w, start.b, 0.05, (epoch * 3)[:num_steps])
        np.testing.assert_allclose(mean, np.mean((X @ w + b - LINEAR.y) ** 2), rtol=1e-12)
    np.testing.assert_allclose(found.params[0].w, w, rtol=1e-12)
    np.testing.assert_allclose(found.params[0].b, b, rtol=1e-12)
    assert (found.status, found.steps) == (RAN, 7)


def test_weights_of_rows_are_those_of_a_numpy_loop():
    weight = np.random.default_rng(13).uniform(0.5, 2, size=12)
    found, (start,) = run(NEURON, WHOLE._replace(weight=weight), learning_rate=0.05), first_params(NEURON)
    w, b = descend(start.w, start.b, 0.05, [LINEAR[:2]] * 20, [weight] * 20)
    np.testing.assert_allclose(found.params[0].w, w, rtol=1e-12)
    error = (X @ w + b - LINEAR.y)[:, 0] ** 2
    np.testing.assert_allclose(found.train_loss, np.average(error, weights=weight), rtol=1e-12)


@pytest.mark.parametrize(("size", "num_steps", "counting"), [(1, ROWS + 2, 1), (3, ROWS, [3, 3, 3, 2, 2, 2, 1])])
def test_a_row_of_a_batch_counts_by_its_weight(size, num_steps, counting):
    """Divided by the sum of its own weights, a batch of one row would have that row's loss whatever its weight is."""
    weight = np.array([1.0, 0.5, 4, 2, 8, 0, 3])
    found = shares(size, "sequential", num_steps, weight=weight)[: -(-ROWS // size)].sum(axis=0)
    np.testing.assert_allclose(found, weight / weight[weight > 0].mean() / counting, rtol=1e-12)


def test_a_row_of_weight_zero_is_a_row_that_is_absent():
    weight = np.ones(12)
    weight[[1, 4, 11]] = 0
    kept = weight > 0
    wild = LINEAR.y.copy()
    wild[~kept] = 1e300  # what a masked row says must not matter, even where its loss is infinite
    found, (start,) = run(NEURON, WHOLE._replace(y=wild, weight=weight), learning_rate=0.05), first_params(NEURON)
    w, b = descend(start.w, start.b, 0.05, [(X[kept], LINEAR.y[kept])] * 20)
    np.testing.assert_allclose(found.params[0].w, w, rtol=1e-12)
    np.testing.assert_allclose(found.train_loss, np.mean((X @ w + b - LINEAR.y)[kept] ** 2), rtol=1e-12)


def test_a_batch_of_masked_rows_alone_moves_nothing():
    """Folds are weights: in small batches whole batches are masked, and their mean must not be 0 / 0."""
    weight = np.array([1.0, 0, 0, 1, 1, 1, 1])
    found = shares(1, "sequential", ROWS + 2, weight=weight)
    np.testing.assert_allclose(found[:ROWS], np.diag(weight), atol=1e-12)


def test_test_rows_are_recorded_and_never_trained_on():
    without, found = (run(NEURON, data, learning_rate=0.05) for data in (LINEAR, WHOLE))
    np.testing.assert_allclose(found.train_curve, without.train_curve, rtol=1e-12)
    w, b = found.params[0]
    np.testing.assert_allclose(found.test_loss, np.mean((WHOLE.x_test @ w + b - WHOLE.y_test) ** 2), rtol=1e-12)
    assert found.test_curve.shape == found.train_curve.shape
    assert without.test_loss is None
    assert without.test_curve is None
    assert without.accuracy is None


def test_very_many_rows_are_judged_in_groups(monkeypatch):
    """Two groups of four rows, and one row that is left."""
    rng = np.random.default_rng(0)
    x, y, w, b, v, c = (
        jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in ((9, 3), (9, 2), (3, 5), 5, (5, 2), 2)
    )
    params = Layer(w, b), Layer(v, c)
    spec = training.Spec((3, 5, 2))

    def outputs_and_gradient():
        def both(params):
            return objective.predict(params, x, spec), jax.grad(objective.mean_loss)(params, x, y, None, spec)

        traced = jax.jit(both).trace(params)
        return traced.jaxpr, traced.lower().compile()(params)

    program, together = outputs_and_gradient()
    monkeypatch.setattr(objective, "ROWS_AT_ONCE", 4)
    other, in_groups = outputs_and_gradient()
    assert str(other) != str(program)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7), in_groups, together)


@pytest.mark.parametrize(
    ("num_steps", "record_every", "expected"),
    [
        (10, None, [0, 10]),
        (10, 5, [0, 5, 10]),
        (10, 4, [0, 4, 8, 10]),
        (10, 1, list(range(11))),
        (10, 10, [0, 10]),
        (10, 99, [0, 10]),
        (1, 1, [0, 1]),
    ],
)
def test_record_steps(num_steps, record_every, expected):
    assert record_steps(Spec(sizes=(1, 1), num_steps=num_steps, record_every=record_every)) == expected


def norm_of_weights(params, data):
    return jnp.linalg.norm(params[0].w)


def answers(params, data, predict):
    return predict(params, data.x)[:, 0]


def test_measures_of_two_and_of_three_arguments_and_the_share_of_right_rows():
    spec = Spec(
        sizes=(3, 2, 1),
        activation=activations.sin,
        output_activation=activations.sigmoid,
        solver=SGD,
        num_steps=4,
        record_every=2,
        measure=(("norm", norm_of_weights), ("answers", answers)),
        decision=0.5,
        dtype="float64",
    )
    found = run(spec, learning_rate=0.1)
    assert found.measures["norm"].shape == (3,)
    assert found.measures["answers"].shape == (3, 12)
    (w1, b1), (w2, b2) = found.params
    np.testing.assert_allclose(found.measures["norm"][-1], np.linalg.norm(w1), rtol=1e-12)
    expected = 1 / (1 + np.exp(-(np.sin(X @ w1 + b1) @ w2 + b2)))
    np.testing.assert_allclose(found.measures["answers"][-1], expected[:, 0], rtol=1e-12)
    np.testing.assert_allclose(np.mean((expected - LINEAR.y) ** 2), found.train_loss, rtol=1e-12)
    assert found.accuracy == np.mean((expected > 0.5) == (LINEAR.y > 0.5))
    assert 0 < found.accuracy < 1


def test_early_stop_ends_a_run_at_the_record_that_reaches_the_goal():
    whole = run(NEURON, learning_rate=0.05)
    goal = float(whole.train_curve[8:10].mean())  # reached at step 9
    found = run(replace(NEURON, early_stop=("train_loss", goal)), learning_rate=0.05)
    assert (found.status, found.steps) == (STOPPED, 9)
    np.testing.assert_allclose(found.train_curve[:10], whole.train_curve[:10], rtol=1e-12)
    np.testing.assert_array_equal(found.train_curve[10:], np.full(11, found.train_curve[9]))
    np.testing.assert_allclose(found.train_loss, found.train_curve[9])


@pytest.mark.parametrize("goal", [1.0, pytest.param(0.0, marks=pytest.mark.slow)])
def test_early_stop_on_accuracy_is_at_or_above_and_may_hold_from_the_start(goal):
    spec = Spec(
        sizes=(2, 1),
        loss=losses.sigmoid_binary_cross_entropy,
        decision=0.0,
        solver=SGD,
        num_steps=40,
        record_every=1,
        early_stop=("accuracy", goal),
    )
    found = run(spec, tasks.boolean("or"), learning_rate=1.0)
    assert found.status == STOPPED
    assert found.accuracy >= goal
    assert 0 < found.steps < 40 if goal else found.steps == 0


def test_a_run_that_diverges_is_marked_and_its_losses_are_infinite():
    found = run(NEURON, learning_rate=1e30)
    assert found.status == DIVERGED
    assert found.train_loss == np.inf
    assert 0 < found.steps < 20
    first = int(found.steps)
    assert np.isfinite(found.train_curve[:first]).all()
    assert (found.train_curve[first:] == np.inf).all()


def test_a_diverged_run_has_no_accuracy_and_an_infinite_test_loss():
    spec = Spec(sizes=(2, 1), decision=0.5, solver=SGD, num_steps=30)
    xor = tasks.xor()
    found = run(spec, Data(xor.x, xor.y, xor.x, xor.y), learning_rate=1e20)
    assert (found.status, found.test_loss, found.accuracy) == (DIVERGED, np.inf, 0.0)


def test_schedule_ends_with_the_steps_when_nothing_else_is_said():
    """Linear to 0 over 20 steps, or half of the way if the schedule has 40, as in a NumPy loop."""
    spec = Spec(sizes=(3, 1), solver=SGD, schedule="linear", num_steps=20, record_every=5, dtype="float64")
    for told, steps in (({}, 20), ({"schedule_steps": 40.0}, 40)):
        found, ((w, b),) = run(spec, learning_rate=0.05, **told), first_params(spec)
        for t in range(20):
            w, b = descend(w, b, 0.05 * (1 - t / steps), [LINEAR[:2]])
        np.testing.assert_allclose(found.params[0].w, w, rtol=1e-12)


def test_a_float32_run_follows_a_float64_loop_of_numpy():
    """Both begin with the same weights."""
    found = run(replace(NEURON, dtype="float32", model=Model(near_zero, mlp.apply)), learning_rate=0.05)
    assert found.params[0].w.dtype == np.float32
    w, b = descend(np.full((3, 1), 0.125), np.zeros(1), 0.05, [LINEAR[:2]] * 20)
    np.testing.assert_allclose(found.params[0].w, w, rtol=1e-5)
    np.testing.assert_allclose(found.train_loss, np.mean((X @ w + b - LINEAR.y) ** 2), rtol=1e-5)


def test_numbers_of_another_dtype_do_not_change_that_of_the_weights():
    """With a momentum in float64, the loop over steps once ended in a TypeError."""
    spec = Spec((1, 1), solver=SGD, num_steps=2)
    (start,) = first_params(spec)
    with jax.enable_x64(True):
        numbers = {"learning_rate": jnp.asarray(0.1, "float64"), "momentum": jnp.asarray(0.9, "float64")}
        found = jitted(spec)(KEY, numbers, TWO)
    w, b = descend(start.w, start.b, 0.1, [TWO[:2]])
    once = w - start.w, b - start.b
    w, b = (new + 0.9 * moved for new, moved in zip(descend(w, b, 0.1, [TWO[:2]]), once, strict=True))
    assert found.params[0].w.dtype == np.float32
    np.testing.assert_allclose(found.params[0].w, w, rtol=1e-5)
    np.testing.assert_allclose(found.params[0].b, b, rtol=1e-5)


def test_the_default_activation_is_the_one_that_is_found_by_its_name():
    plain = Spec((2, 4, 1))
    assert plain == Spec((2, 4, 1), activation="tanh")
    assert settings(plain) == {"activation": "tanh", "output_activation": "identity"}
    z = jnp.zeros(3)
    assert str(jax.make_jaxpr(plain.activation)(z)) == str(jax.make_jaxpr(jnp.tanh)(z))


def near_zero(key, sizes, *, dtype, **laws):
    return (Layer(jnp.full((3, 1), 0.125, dtype), jnp.zeros(1, dtype)),)


def test_spread_gets_the_range_of_the_inputs_as_numbers():
    """Four ranges in one program: networks begin as the same function of where in its range an input lies."""
    spec = Spec((1, 12, 1), init="spread", solver=SGD, num_steps=1, dtype="float64")
    z = np.linspace(-1, 1, 40)[:, None]
    low, high = np.array([-1.0, 0.0, 5.0, -3e3]), np.array([1.0, 100.0, 6.0, -1e3])
    x = (low + high)[:, None, None] / 2 + (high - low)[:, None, None] / 2 * z
    with jax.enable_x64(True):

        def one(x_low, x_high, x):
            hyper = {"learning_rate": 1e-9, "x_low": x_low, "x_high": x_high}
            return fit(KEY, hyper, Data(x, np.sin(3 * z)), spec=spec).train_curve[0]

        many = quickly(jax.vmap(one))
        first = jax.device_get(many(low[:, None], high[:, None], x))
        for ends in ((5.0, 6.0), (np.array([5.0]), np.array([6.0]))):  # a number is that of every input
            hyper, data = dict(zip(("x_low", "x_high"), ends, strict=True)), Data(x[2], np.sin(3 * z))
            training.checked(spec, hyper, data)
            jax.eval_shape(lambda key, hyper=hyper, data=data: fit(key, hyper, data, spec=spec).train_loss, KEY)
    np.testing.assert_allclose(first, first[0], rtol=1e-9)


# What `nnjax.sweep` refuses, `fit` refuses with the same words, as far as its arguments are the same.
TWO = tasks.data([[0.0], [0.5], [1.0]], [[0.0], [1.0], [0.0]])
SEPARATE = {
    "a misspelt number": ({"momentun": 0.9}, {"solver": "sgd"}, r"momentun=0.9 is neither .* did you mean 'momentum'"),
    "another solver's number": (
        {"momentum": 0.9},
        {},
        r"momentum=0.9 is neither a setting nor a numeric hyperparameter",
    ),
    "a number out of range": ({"learning_rate": -1.0}, {}, r"learning_rate=-1.0 must be greater than 0"),
    "a schedule's number": ({"final_ratio": 0.1}, {}, r"final_ratio=0.1 with schedule='constant'"),
    "an exponential schedule to 0": (
        {"final_ratio": 0.0},
        {"schedule": "exponential"},
        r"final_ratio=0 with schedule='exponential'",
    ),
    "a schedule that ends with the warm-up": (
        {"schedule_steps": 3, "warmup_steps": 3},
        {"schedule": "cosine"},
        r"schedule_steps=3 with warmup_steps=3",
    ),
    "too long a warm-up": ({"warmup_steps": 9}, {}, r"warmup_steps=9 is more than num_steps=5"),
    "a stop that is never looked at": ({}, {"early_stop": ("train_loss", 0.1)}, r"early_stop=.*give record_every"),
    "a stop at no such name": (
        {},
        {"early_stop": ("loss", 0.1), "record_every": 1},
        r"early_stop=.* name one of",
    ),
    "a misspelt activation": ({}, {"activation": "tahn"}, r"activation='tahn' is unknown; did you mean 'tanh'"),
    "a misspelt law": ({}, {"init": "lecun_norml"}, r"init='lecun_norml' is unknown; did you mean"),
    "too large a batch": ({}, {"batch_size": 4}, r"batch_size=4 is more than the number of training rows, 3"),
    "too many judged rows": ({}, {"judged_rows": 4}, r"judged_rows=4 is more than the number of training rows, 3"),
    "no steps": ({}, {"num_steps": 0}, r"num_steps=0 must be a whole number of 1 or more"),
    "half a step": ({}, {"num_steps": 2.5}, r"num_steps=2.5 must be a whole number"),
    "another precision": ({}, {"dtype": "float16"}, r"dtype='float16' must be 'float32' or 'float64'"),
    "no such order": ({}, {"order": "sorted"}, r"order='sorted' is unknown"),
    "a loss of logits": ({}, {"loss": "sigmoid_binary_cross_entropy", "output_activation": "tanh"}, "takes logits"),
    "a taken name": (
        {},
        {"measure": {"train_loss": lambda p, d: 0.0}},
        r"measure='train_loss' must be a Python identifier that is not taken",
    ),
    "no measure": ({}, {"measure": {"m": 3}}, r"measure\['m'\] must be a function"),
}


@pytest.mark.parametrize("name", SEPARATE)
def test_fit_refuses_what_sweep_refuses(name, as_users_call):
    hyper, settings, message = SEPARATE[name]
    with pytest.raises(ValueError, match=message):
        nnjax.sweep(TWO, hidden=(2,), progress=False, **{"num_steps": 5, **hyper, **settings})
    with pytest.raises(ValueError, match=message):
        training.fit(KEY, hyper, TWO, spec=Spec((1, 2, 1), **{"num_steps": 5, **settings}))


def test_fit_refuses_what_does_not_fit(as_users_call):
    def refused(message, sizes=(1, 2, 1), hyper=None, data=TWO, **settings):
        with pytest.raises(ValueError, match=message):
            training.fit(KEY, hyper or {}, data, spec=Spec(sizes, **settings))

    refused(r"sizes=\(2, 2, 1\) must begin with the 1 columns of x and end with the 1 of y", sizes=(2, 2, 1))
    refused(r"sizes=\(1, 2, 3\) must begin", sizes=(1, 2, 3))
    refused(r"sizes=0 must be a whole number", sizes=(1, 0, 1))
    refused(r"sizes=\(1,\) must begin", sizes=(1,))
    refused(r"sizes=5 must be a tuple", sizes=5)
    refused(r"measure=3 must be a dict", measure=3)
    refused(r"dtype='float64' while JAX computes in 32 bits", dtype="float64")
    refused(r"x_low and x_high with init='lecun_normal'", hyper={"x_low": -1.0, "x_high": 1.0})
    refused(r"decision='best' must be 'argmax'", decision="best")
    refused(r"early_stop=.* needs a decision", early_stop=("accuracy", 1.0), record_every=1)
    refused(r"layout='scalars' must be 'matrices'", layout="scalars")
    refused(
        r"takes a key, a dict of numbers, a Data and a Spec; the types of the last three are dict, list, Spec",
        data=list(TWO),
    )
    refused(r"learning_rate=\[0.1, 0.2\] must be a finite number", hyper={"learning_rate": [0.1, 0.2]})
    refused(r"x has shape \(3,\): it must be \[examples, columns\]", data=jax.tree.map(lambda a: a[:, 0], TWO))
    refused(r"x holds|x has 1 values of 3 that are nan", data=TWO._replace(x=TWO.x * [[1], [np.nan], [1]]))

    def traced(data):
        return training.fit(KEY, {}, data, spec=Spec((2, 2, 1), num_steps=2)).train_loss

    with pytest.raises(ValueError, match=r"must begin with the 1 columns of x"):
        jax.jit(traced)(TWO)


def test_fit_takes_names_and_a_learning_rate_by_default(as_users_call):
    named = {"activation": "relu", "solver": "sgd", "loss": "huber_loss", "num_steps": 5, "record_every": 5}
    spec = Spec([1, 2, 1], **named, measure={"first": lambda params, data: params[0].w[0, 0]})
    one = jax.jit(functools.partial(fit, spec=spec))(KEY, {}, TWO)
    same = Spec((1, 2, 1), activations.get("relu"), solver=optax.sgd, loss=nnjax.losses.get("huber_loss"), num_steps=5)
    # The settings come through transformations.
    other = jax.jit(jax.vmap(lambda key: fit(key, {"learning_rate": 0.01}, TWO, spec=same)))(KEY[None])
    np.testing.assert_allclose(other.train_loss, one.train_loss[None], rtol=1e-6)
    assert one.settings == other.settings == {"activation": "relu", "output_activation": "identity"}
    error = np.abs(mlp.predict(one.params, TWO.x, **one.settings) - TWO.y)
    np.testing.assert_allclose(np.where(error < 1, error**2 / 2, error - 0.5).mean(), one.train_loss, rtol=1e-5)
    assert one.measures["first"].shape == (2,)
    assert solvers.default_learning_rate(replace(same, solver="lbfgs").solver) == 1


def test_a_run_keeps_the_activation_it_was_trained_with(tmp_path):
    run = nnjax.refit(nnjax.sweep(TWO, hidden=(3,), activation="sin", num_steps=3, progress=False), TWO)
    mlp.save(tmp_path / "best.npz", run.params, **run.settings)
    params, settings = mlp.load(tmp_path / "best.npz")
    assert settings["activation"] == "sin"
    y = mlp.predict(params, TWO.x, **settings)
    np.testing.assert_allclose(np.mean((y - TWO.y) ** 2), run.train_loss, rtol=1e-5)
    own = nnjax.sweep(TWO, hidden=(3,), activation=lambda z: z**3, num_steps=3, progress=False)
    run = nnjax.refit(own, TWO, functions={"activation": [lambda z: z**3]})
    y = mlp.predict(run.params, TWO.x, **run.settings)
    np.testing.assert_allclose(np.mean((y - TWO.y) ** 2), run.train_loss, rtol=1e-5)
    with pytest.raises(ValueError, match="name"):
        mlp.save(tmp_path / "own.npz", run.params, **run.settings)


def test_rows_that_are_filled_up_change_no_loss_and_no_gradient():
    """A model of one's own has none filled up."""
    rng, rows = np.random.default_rng(17), 17
    x, y, weight = rng.normal(size=(rows, 2)), rng.normal(size=(rows, 1)), rng.uniform(size=rows)
    plain = training.Spec((2, 4, 1), dtype="float64")
    own = replace(plain, model=training.Model(mlp.init, mlp.apply))
    with jax.enable_x64(True):
        x, y, weight = map(jnp.asarray, (x, y, weight))
        w, b, v, c = (jnp.asarray(rng.normal(size=shape)) for shape in ((2, 4), 4, (4, 1), 1))
        params = Layer(w, b), Layer(v, c)
        goal = jax.jit(jax.value_and_grad(mean_loss), static_argnames="spec")
        for w in (None, weight):
            found, expected = (goal(params, x, y, w, spec=spec) for spec in (plain, own))
            jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14), found, expected)
