"""One neuron, and the perceptron rule held against Novikoff's bound and the count of separable functions."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax import losses, mlp, neurons, solvers, tasks, training
from nnjax.activations import sigmoid

fit = jax.jit(neurons.perceptron_fit, static_argnames=("num_epochs", "bias"))


def rows(num_inputs, low=0.0, dtype=jnp.float32):
    return jnp.array(list(itertools.product([low, 1.0], repeat=num_inputs)), dtype)


def test_affine_and_neuron_by_hand(dtype):
    x, w = jnp.asarray([1.0, 2.0], dtype), jnp.asarray([3.0, -0.5], dtype)
    assert neurons.affine(x, w, 0.25) == 2.25
    assert neurons.affine(x, w, 0.25).dtype == dtype
    np.testing.assert_allclose(neurons.neuron(x, w, -2.0, sigmoid), 0.5, rtol=1e-6)
    np.testing.assert_allclose(neurons.neuron(x, w, -1.0, sigmoid), 0.7310585786300049, rtol=1e-6)


@pytest.mark.parametrize(("threshold", "truth"), [(0.7, [0, 0, 0, 1]), (0.2, [0, 1, 1, 1])], ids=["and", "or"])
def test_threshold_units_of_the_chapter(threshold, truth, dtype):
    w = jnp.asarray([0.5, 0.5], dtype)
    fired = jax.vmap(lambda x: neurons.threshold_unit(x, w, threshold))(rows(2, dtype=dtype))
    np.testing.assert_array_equal(fired, truth)
    assert fired.dtype == dtype


def test_a_unit_at_its_threshold_does_not_fire():
    assert neurons.threshold_unit(jnp.array([1.0]), jnp.array([0.5]), 0.5) == 0


def test_one_correction_by_hand():
    w, b = jnp.array([1.0, -2.0]), jnp.array(0.5)
    # 1 * 1 - 2 * 1 + 0.5 < 0: silent where it should fire, so the input is added.
    (w1, b1), wrong = neurons.perceptron_step((w, b), jnp.array([1.0, 1.0]), 1.0)
    assert ([*w1], b1, wrong) == ([2.0, -1.0], 1.5, True)
    # 1 * 3 - 2 * 0 + 0.5 > 0: fires where it should not, so the input is taken away.
    (w2, b2), wrong = neurons.perceptron_step((w, b), jnp.array([3.0, 0.0]), 0.0)
    assert ([*w2], b2, wrong) == ([-2.0, -2.0], -0.5, True)
    # Right already.
    (w3, b3), wrong = neurons.perceptron_step((w, b), jnp.array([3.0, 0.0]), 1.0)
    assert ([*w3], b3, wrong) == ([1.0, -2.0], 0.5, False)


def test_a_whole_run_by_hand():
    """OR from zero, rows 00, 01, 10, 11: silent on 01, corrected to w = (0, 1), b = 1. Next pass: fires on 00
    (b = 0), silent on 10 (w = (1, 1), b = 1). Third: fires on 00 (b = 0). Fourth: no mistake.
    """
    run = fit(rows(2), jnp.array([0.0, 1.0, 1.0, 1.0]), num_epochs=100)
    assert ([*run.w], run.b, run.mistakes, run.epochs, run.converged) == ([1.0, 1.0], 0.0, 4, 4, True)


# Most mistakes by Novikoff 1962, (R |w*| / margin)^2 with the bias as an input of 1 and the best w*: computed
# from the widest margin of each. AND on {0, 1}: R^2 = 3 and the margin is 1 / sqrt(17).
@pytest.mark.parametrize(
    ("truth", "low", "bound"),
    [([0, 0, 0, 1], 0.0, 51), ([0, 1, 1, 1], 0.0, 27), ([0, 0, 0, 1], -1.0, 9), ([0, 1, 1, 1], -1.0, 9)],
    ids=["and 0 1", "or 0 1", "and -1 1", "or -1 1"],
)
def test_mistakes_keep_to_novikoffs_bound_in_any_order(truth, low, bound):
    orders = np.array(list(itertools.permutations(range(4))))
    x, y = np.asarray(rows(2, low)), np.array(truth, "float32")
    run = jax.vmap(functools.partial(fit, num_epochs=60))(x[orders], y[orders])
    assert run.converged.all()
    assert 0 < run.mistakes.max() <= bound
    # It converged on what it was asked, and one pass without a mistake ended it.
    np.testing.assert_array_equal(fired(run, x), np.tile(truth, (24, 1)))
    assert (run.epochs - 1 <= run.mistakes).all()


def fired(units, x):
    """What units [u] answer to rows x [n, d]: [u, n]."""
    return np.asarray(units.w) @ np.asarray(x).T + np.asarray(units.b)[:, None] > 0


@functools.cache
def all_truths(num_inputs):
    return tasks.truth_tables(tasks.all_functions(num_inputs), num_inputs).astype("float32")


@functools.partial(jax.jit, static_argnames="num_epochs")
def fit_all(x, truths, num_epochs):
    return jax.vmap(lambda y: neurons.perceptron_fit(x, y, num_epochs))(truths)


@pytest.mark.parametrize("low", [0.0, pytest.param(-1.0, marks=pytest.mark.slow)])
def test_every_function_of_four_inputs_is_learned_or_proved_inseparable(low):
    """Of 65,536 functions 1,882 are separable: OEIS A000609. Each of the others goes round: the corrections of one
    round, added up in whole numbers, leave nothing, which proves that no unit computes it.
    """
    x = rows(4, low)
    truths = all_truths(4)
    run = jax.device_get(fit_all(x, truths, 1000))
    assert run.converged.sum() == 1882
    np.testing.assert_array_equal((fired(run, x) == truths).all(axis=1), run.converged)
    np.testing.assert_array_equal(run.period > 0, ~run.converged)
    signed = run.corrections.astype(int) * np.where(truths, 1, -1)
    extended = np.hstack([np.asarray(x, int), np.ones((len(x), 1), int)])
    rounds = run.period > 0
    assert not (signed @ extended)[rounds].any()
    assert (run.corrections[rounds].sum(axis=1) > 0).all()


def test_the_period_is_that_of_the_path():
    """The perceptron on XOR, {0, 1} inputs: what `perceptron_fit` calls its period is the least of its path."""
    x, y = rows(2), jnp.array([0.0, 1.0, 1.0, 0.0])
    run = fit(x, y, num_epochs=100)
    path = neurons.perceptron_path(x, y, 4 * 100)
    states = np.column_stack([path.w, path.b])[::4]  # after every epoch
    returns = [k for k in range(1, 50) if (states[-1] == states[-1 - k]).all()]
    assert returns[0] == run.period > 0
    one_round = path.wrong[-4 * returns[0] :].reshape(-1, 4).sum(axis=0)
    np.testing.assert_array_equal(one_round, run.corrections)


def test_without_a_bias_planes_go_through_the_origin():
    x = jnp.array([[2.0, 1.0], [2.0, 3.0], [10.0, -8.0]])
    run = fit(x, jnp.array([1.0, 1.0, 0.0]), num_epochs=100, bias=False)
    assert run.converged
    assert run.b == 0
    np.testing.assert_array_equal(x @ run.w > 0, [True, True, False])
    # On a line through the origin nothing tells 1 from 2; the corrections, added up, leave no input.
    x = jnp.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    run = fit(x, jnp.array([0.0, 1.0, 1.0]), num_epochs=100, bias=False)
    assert run.period > 0
    assert not ((run.corrections * jnp.array([-1, 1, 1])) @ x).any()


def test_rows_that_never_come_back_stop_at_the_last_epoch():
    x, y = jnp.array([[1.0], [np.pi], [-np.e]]), jnp.array([0.0, 1.0, 1.0])
    run = fit(x, y, num_epochs=50)
    assert (run.converged, run.period, run.epochs) == (False, 0, 50)


def test_a_path_ends_where_the_run_does():
    x, y = rows(2), jnp.array([0.0, 1.0, 1.0, 1.0])
    run, path = fit(x, y, num_epochs=100), neurons.perceptron_path(x, y, 16)
    assert path.w.shape == (17, 2)
    assert path.wrong.sum() == run.mistakes
    np.testing.assert_array_equal(path.w[-1], run.w)
    assert path.b[-1] == run.b


def test_xor_and_xnor_are_the_two_of_sixteen_that_are_not():
    truths = np.asarray(rows(4))
    run = fit_all(rows(2), truths, 100)
    assert truths[~np.asarray(run.converged)].tolist() == [[0, 1, 1, 0], [1, 0, 0, 1]]


def test_one_of_many_is_trained_as_if_alone():
    truths = rows(8)
    many = jax.device_get(fit_all(rows(3), truths, 100))
    for i in (0, 1, 23, 105, 232):
        alone = fit(rows(3), truths[i], num_epochs=100)
        for all_values, value in zip(many, alone, strict=True):
            np.testing.assert_array_equal(all_values[i], value)


@given(
    st.lists(st.integers(-3, 3), min_size=4, max_size=4),
    st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=6, max_size=6),
)
def test_novikoffs_bound_for_whatever_a_unit_can_tell_apart(unit, points):
    """Rows labelled by a unit with margin at least 1/2 are learned within R^2 |w*|^2 / margin^2 mistakes."""
    x, w, b = np.array(points, np.float32), np.array(unit[:3], np.float32), unit[3] + 0.5
    y = x @ w + b > 0  # whole numbers and a half: never nearer to 0 than 1/2
    bound = (1 + (x**2).sum(axis=1).max()) * (w @ w + b**2) / 0.5**2
    run = fit(jnp.array(x), jnp.array(y, jnp.float32), num_epochs=4_000)
    assert run.converged
    assert run.mistakes <= bound


def test_one_step_of_widrow_and_hoff_is_one_of_gradient_descent():
    """On w . x + b with half the squared error and one row: `training.fit` of a network without hidden layers."""
    data = tasks.data([[1.0, -2.0]], [[1.0]])
    start = jnp.array([0.5, -1.0]), jnp.array(0.25)
    model = training.Model(lambda key, sizes, **laws: (mlp.Layer(start[0][:, None], start[1][None]),), mlp.apply)
    spec = training.Spec((2, 1), solver=solvers.get("sgd"), loss=losses.l2_loss, num_steps=1, model=model)
    fitted = jax.jit(functools.partial(training.fit, spec=spec))(jax.random.key(3), {"learning_rate": 0.25}, data)
    w, b = neurons.widrow_hoff_step(start, jnp.array([1.0, -2.0]), 1.0, 0.25)
    np.testing.assert_allclose(fitted.params[0].w[:, 0], w, rtol=1e-5)
    np.testing.assert_allclose(fitted.params[0].b[0], b, rtol=1e-5)


@functools.partial(jax.jit, static_argnames="ratchet")
def pockets(keys, num_visits, ratchet=True):
    """Of all functions of three inputs of -1 and 1."""
    x, truths = rows(3, -1.0), all_truths(3)
    return jax.vmap(lambda key, y: neurons.pocket_fit(key, x, y, num_visits, ratchet))(keys, truths)


def test_the_pocket_holds_the_best_unit_and_the_average_is_no_better():
    truths, x = all_truths(3), rows(3, -1.0)
    learned = np.asarray(fit_all(x, truths, 100).converged)
    pocket = jax.device_get(pockets(jax.random.split(jax.random.key(0), 256), jnp.int32(2000)))
    averaged = jax.device_get(jax.jit(jax.vmap(lambda y: neurons.averaged_fit(x, y, 2000)))(truths))
    for found in (pocket, averaged):
        np.testing.assert_array_equal((fired(found, x) != truths).sum(axis=1), found.errors)
    # With 2,000 visits the pocket holds the best unit there is, found by comparing with all 104.
    best = (truths[:, None] != truths[None, learned]).sum(axis=2).min(axis=1)
    np.testing.assert_array_equal(pocket.errors, best)
    # The average may leave a false row that lies on the final plane just above it, so it need not be the best.
    assert (averaged.errors >= best).all()
    assert (averaged.errors == 0)[learned].mean() > 0.3


def test_the_ratchet_never_lets_go_of_better_weights():
    keys = jax.random.split(jax.random.key(1), 256)
    few, more, loose = (
        np.asarray(pockets(keys, jnp.int32(visits), ratchet).errors)
        for visits, ratchet in ((10, True), (60, True), (60, False))
    )
    assert (more <= few).all()
    assert (loose >= more).mean() > 0.9
    assert (loose > more).any()


@pytest.mark.parametrize(
    "train", [neurons.averaged_fit, neurons.perceptron_path, lambda *a: neurons.pocket_fit(jax.random.key(0), *a)]
)
def test_no_visits_are_refused(train):
    with pytest.raises(ValueError, match=r"^num_visits=0 must be a whole number of 1 or more"):
        train(rows(2), jnp.zeros(4), 0)


@pytest.mark.parametrize("num_epochs", [0, -1])
def test_no_epochs_are_refused(num_epochs):
    with pytest.raises(ValueError, match=rf"^num_epochs={num_epochs} must be a whole number of 1 or more"):
        neurons.perceptron_fit(rows(2), jnp.zeros(4), num_epochs)
