"""Every solver against optax applied by hand, and the contract of an ensemble: no network feels another."""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnjax import machine, mlp, solvers
from nnjax.solvers import Solver, line_search
from nnjax.solvers.by_name import OPTAX, SCHEDULES, SOLVERS

# Two weight arrays of a 2-3-1 network, small numbers, no symmetry.
X = np.random.default_rng(7).normal(size=(5, 2))
Y = np.sin(X.sum(axis=1))
LANES = 16
# Lane 0 is the network of the reference; lanes 1 to 6 have one number changed each (as many as there are);
# the next are sick; the others are well, each with another start and rate.
FIRST_CHANGED, SICK = 1, (7, 8, 9)
ALONE = (0, 11, 15)
CHANGED_VALUE = {"max_step_size": 1e-3, "min_step_size": 0.05}
# A number of optax whose changed value cannot show: the norms here stay above both.
WITHOUT_EFFECT = {("fromage", "min_norm")}


def objective(params):
    hidden = jnp.tanh(jnp.asarray(X, params["w"].dtype) @ params["w"])
    return jnp.mean((hidden @ params["v"] - jnp.asarray(Y, params["w"].dtype)) ** 2)


def starts(num):
    rng = np.random.default_rng(8)
    return {"w": rng.normal(size=(num, 2, 3)), "v": rng.normal(size=(num, 3))}


def defaults(name):
    """The solver's own numbers at optax's defaults; those that are optional (None) left out."""
    parameters = inspect.signature(SOLVERS[name]).parameters
    own = {p: parameters[p].default for p in solvers.hyperparameters(SOLVERS[name])}
    return {p: float(value) for p, value in own.items() if value is not None}


def train(name, params, hyper, num_steps):
    solver = solvers.build(name, hyper)

    def body(_, carry):
        return solver.step(*carry, objective)

    return jax.lax.fori_loop(0, num_steps, body, (params, solver.init(params)))[0]


def ensemble(hyper):
    """Starts and numbers of all lanes, as described above."""
    params, numbers = starts(LANES), {k: np.full(LANES, value) for k, value in hyper.items()}
    numbers["learning_rate"] = np.where(np.arange(LANES) > SICK[-1], np.geomspace(1e-3, 0.05, LANES), 0.05)
    for lane, name in enumerate(hyper, FIRST_CHANGED):
        params["w"][lane], params["v"][lane] = params["w"][0], params["v"][0]
        numbers[name][lane] = CHANGED_VALUE.get(name, hyper[name] * 0.5 + 0.01)
    numbers["learning_rate"][SICK[0]] = 1e6
    params["w"][SICK[1], 0, 0] = np.nan
    params["v"][SICK[2]] = 1e30
    return params, numbers


# Two of the commonest, one that looks at signs alone, one that is not elementwise and one with a line search.
USED = ("sgd", "adam", "rprop", "lamb", "bounded_lbfgs")
NAMES = [name if name in USED else pytest.param(name, marks=pytest.mark.slow) for name in OPTAX]


@functools.cache
def trained(name, common=()):
    """What one program of 16 float64 lanes made: (one step, ten steps, {lane: ten steps of 16 copies of it})."""
    with jax.enable_x64(True):
        params, numbers = ensemble({**dict(common), **defaults(name)})
        many = jax.jit(
            jax.vmap(functools.partial(train, name), in_axes=(0, 0, None)),
            compiler_options=dict(machine.compiler_options()),
        )

        def run(lanes, num_steps):
            picked = jax.tree.map(lambda a: jnp.asarray(a[lanes]), (params, numbers))
            return jax.device_get(many(*picked, num_steps))

        everyone = np.arange(LANES)
        alone = {lane: run(np.full(LANES, lane), 10) for lane in ALONE}
        assert many._cache_size() == 1
        return run(everyone, 1), run(everyone, 10), alone


def by_hand(transformation, num_steps):
    """Optax as its documentation uses it, on the network of lane 0, with Python numbers."""
    with jax.enable_x64(True):
        params = {k: jnp.asarray(a[0]) for k, a in starts(LANES).items()}
        transformation = optax.with_extra_args_support(transformation)

        @jax.jit
        def step(params, state):
            value, grad = jax.value_and_grad(objective)(params)
            updates, state = transformation.update(grad, state, params, value=value, grad=grad, value_fn=objective)
            return optax.apply_updates(params, updates), state

        state, found = transformation.init(params), []
        for _ in range(num_steps):
            params, state = step(params, state)
            found.append(jax.device_get(params))
        return found


def check_against(name, transformation, common=(), rtol=1e-9):
    """One and ten steps of the first network are those of optax."""
    one, ten, _ = trained(name, common)
    expected = by_hand(transformation, 10)
    for found, reference in ((one, expected[0]), (ten, expected[9])):
        for k in reference:
            np.testing.assert_allclose(found[k][0], reference[k], rtol=rtol, atol=1e-12)
    assert np.abs(ten["v"][0] - starts(LANES)["v"][0]).max() > 1e-4  # it moved


def check_alone(name, common=()):
    """Among others, some of them at a rate of 1e6, from NaN or from 1e30, a network has the bits that it has alone."""
    _, ten, alone = trained(name, common)
    assert not np.isfinite(ten["w"][SICK[1]]).all()
    for lane, copies in alone.items():
        for k in ten:
            assert np.isfinite(ten[k][lane]).all()
            np.testing.assert_array_equal(ten[k][lane], copies[k][lane])
            np.testing.assert_array_equal(copies[k][0], copies[k][LANES - 1])


# One test for each, as all that is looked at is made by one program.
@pytest.mark.parametrize("name", NAMES)
def test_steps_are_those_of_optax_neighbours_never_mix_and_every_number_reaches_the_solver(name):
    # Adafactor raises its step count to a power in float32 when optax gets Python numbers.
    with jax.enable_x64(True):  # optax 0.2.6 takes a root of fromage's rate as it is called
        transformation = SOLVERS[name](learning_rate=0.05)
    check_against(name, transformation, rtol=1e-7 if name == "adafactor" else 1e-9)
    check_alone(name)
    # Changed for one lane alone, a number changes that lane. Traced like all others: one program ran them all.
    _, ten, _ = trained(name)
    for lane, number in enumerate(defaults(name), FIRST_CHANGED):
        same = all((ten[k][lane] == ten[k][0]).all() for k in ten)
        assert same == ((name, number) in WITHOUT_EFFECT), number


COMMON = (("clip_norm", 0.5), ("clip_value", 0.3), ("weight_decay", 0.1))


@pytest.mark.parametrize(
    "name", ["adam", "adamw", *(pytest.param(name, marks=pytest.mark.slow) for name in ("sgd", "lion"))]
)
def test_clipping_and_decay_are_those_of_optax_and_neighbours_never_mix(name):
    """By value, then by norm, then the decay of solvers that have none of their own; `trained` gives defaults
    of the solver's own numbers after the common ones, so that an own weight_decay keeps optax's value."""
    decay = [] if "weight_decay" in defaults(name) else [optax.add_decayed_weights(0.1)]
    chain = optax.chain(optax.clip(0.3), optax.clip_by_global_norm(0.5), *decay, SOLVERS[name](0.05))
    check_against(name, chain, COMMON)
    check_alone(name, COMMON)


def steps_on(gradient, solver, hyper, num_steps=1, start=None, **options):
    """Parameters [num_steps + 1, n] under an objective whose gradient is this constant vector."""
    gradient = jnp.asarray(gradient)
    params = jnp.zeros_like(gradient) if start is None else jnp.asarray(start)
    built = solvers.build(solver, hyper, **options)

    def body(carry, _):
        carry = built.step(*carry, lambda p: jnp.sum(p * gradient))
        return carry, carry[0]

    _, path = jax.lax.scan(body, (params, built.init(params)), None, length=num_steps)
    return np.concatenate([params[None], path])


def test_clip_norm_acts_on_the_whole_gradient(dtype):
    path = steps_on(jnp.array([3.0, 4.0], dtype), "sgd", {"learning_rate": 1.0, "clip_norm": 1.0})
    np.testing.assert_allclose(path[1], [-0.6, -0.8], rtol=4 * np.finfo(dtype).eps)
    path = steps_on(jnp.array([3.0, 4.0], dtype), "sgd", {"learning_rate": 1.0, "clip_norm": 6.0})
    np.testing.assert_allclose(path[1], [-3.0, -4.0], rtol=4 * np.finfo(dtype).eps)


def test_clip_value_acts_on_every_entry_and_before_the_norm():
    path = steps_on([3.0, -0.5], "sgd", {"learning_rate": 1.0, "clip_value": 2.0})
    np.testing.assert_allclose(path[1], [-2.0, 0.5])
    path = steps_on([30.0, 4.0], "sgd", {"learning_rate": 1.0, "clip_value": 4.0, "clip_norm": 1.0})
    np.testing.assert_allclose(path[1], [-(0.5**0.5), -(0.5**0.5)], rtol=1e-6)


def test_coupled_weight_decay_is_part_of_the_gradient():
    """Without a gradient, sgd shrinks by the factor 1 - learning_rate * weight_decay; Adam, which divides by the
    gradient's size, takes a whole step of learning_rate towards 0 whatever the decay is."""
    start = [1.0, -2.0]
    path = steps_on([0.0, 0.0], "sgd", {"learning_rate": 0.1, "weight_decay": 0.5}, 3, start)
    np.testing.assert_allclose(path[3], np.array(start) * 0.95**3, rtol=1e-6)
    path = steps_on([0.0, 0.0], "adam", {"learning_rate": 0.1, "weight_decay": 0.5}, 1, start)
    np.testing.assert_allclose(path[1], [0.9, -1.9], rtol=1e-6)


FEWER_KEPT = functools.partial(optax.lbfgs, memory_size=5)


@pytest.mark.parametrize(
    "solver", ["bounded_lbfgs", *(pytest.param(one, marks=pytest.mark.slow) for one in ("lbfgs", FEWER_KEPT))]
)
def test_the_decay_of_a_line_search_is_part_of_its_objective(solver):
    """Of |p - target|^2 / 2 + decay |p|^2 / 2 the minimum is at target / (1 + decay)."""
    target = jnp.array([3.0, -2.0])
    built = solvers.build(solver, {"learning_rate": 1.0, "weight_decay": 3.0})
    params = jnp.zeros(2)
    state = built.init(params)
    step = jax.jit(lambda params, state: built.step(params, state, lambda p: jnp.sum((p - target) ** 2) / 2))
    for _ in range(10):
        params, state = step(params, state)
    np.testing.assert_allclose(params, target / 4, rtol=1e-5)


@pytest.mark.parametrize(("solver", "most"), [("lbfgs", 20), (FEWER_KEPT, 20), ("bounded_lbfgs", 4)])
def test_a_line_search_ends_even_where_a_trial_is_neither_good_nor_failed(monkeypatch, solver, most):
    """Of slopes that are rounding alone, XLA computed two that differ for the two tests of one trial."""
    usual = line_search.zoom_linesearch
    monkeypatch.setattr(
        line_search, "zoom_linesearch", lambda most: (*usual(most)[:2], lambda search: search.count >= 0)
    )
    built = solvers.build(solver, {"learning_rate": 1.0})
    params = jnp.ones(2)
    _, state = jax.jit(lambda params: built.step(params, built.init(params), lambda p: jnp.sum(p**2)))(params)
    assert state[0][-1].info.num_linesearch_steps == most


@pytest.mark.parametrize("solver", ["lbfgs", FEWER_KEPT])
def test_lbfgs_is_that_of_optax(solver):
    def rosenbrock(p):
        return 100 * (p[1] - p[0] ** 2) ** 2 + (1 - p[0]) ** 2

    theirs = solvers.from_optax(solvers.get(solver)(learning_rate=1.0))
    ends = []
    for built in (solvers.build(solver, {"learning_rate": 1.0}), theirs):
        params = jnp.array([-1.2, 1.0])
        state, step = built.init(params), jax.jit(functools.partial(built.step, objective=rosenbrock))
        for _ in range(12):
            params, state = step(params, state)
        ends.append(params)
    assert rosenbrock(ends[0]) < 3  # 24 at the start
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-3)


@pytest.mark.parametrize("solver", ["lbfgs", "bounded_lbfgs", FEWER_KEPT])
def test_a_line_search_refuses_a_clipped_gradient(solver):
    with pytest.raises(ValueError, match=r"clip_norm with solver='\w+': its line search"):
        solvers.build(solver, {"learning_rate": 1.0, "clip_norm": 1.0})


def test_weight_decay_of_a_solver_that_has_its_own_is_decoupled():
    start = [1.0, -2.0]
    path = steps_on([0.0, 0.0], "adamw", {"learning_rate": 0.1, "weight_decay": 0.5}, 3, start)
    np.testing.assert_allclose(path[3], np.array(start) * 0.95**3, rtol=1e-6)


def closed_form(schedule, step, rate, warmup, total, ratio):
    rising = min((step + 1) / warmup, 1) if warmup else 1
    progress = min(max((step - warmup) / (total - warmup), 0), 1)
    shape = {
        "constant": 1,
        "linear": 1 - (1 - ratio) * progress,
        "cosine": ratio + (1 - ratio) * (1 + np.cos(np.pi * progress)) / 2,
        "exponential": ratio**progress,
    }[schedule]
    return rate * rising * shape


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("warmup", [0, 4])
def test_schedules(schedule, warmup):
    """What sgd subtracts at a gradient of 1 is the learning rate of that step; past the end the rate stays."""
    with jax.enable_x64(True):
        hyper = {"learning_rate": 0.3, "schedule_steps": 12.0, "final_ratio": 0.2}
        hyper |= {"warmup_steps": float(warmup)} if warmup else {}
        path = steps_on([1.0], "sgd", hyper, 15, schedule=schedule)
        expected = [closed_form(schedule, t, 0.3, warmup, 12, 0.2) for t in range(15)]
        np.testing.assert_allclose(-np.diff(path[:, 0]), expected, rtol=1e-12, atol=1e-15)


def test_schedules_end_where_documented_when_no_ratio_is_given():
    for schedule, ratio in [("constant", 1), ("linear", 0), ("cosine", 0), ("exponential", 0.01)]:
        rate = solvers.learning_rate_at(10.0, {"learning_rate": 0.5, "schedule_steps": 10.0}, schedule)
        np.testing.assert_allclose(rate, 0.5 * ratio, atol=1e-8)


def test_warm_up_rises_in_equal_parts_to_the_whole_rate():
    rates = [solvers.learning_rate_at(t, {"learning_rate": 1.0, "warmup_steps": 4.0}, "constant") for t in range(6)]
    np.testing.assert_allclose(rates, [0.25, 0.5, 0.75, 1, 1, 1])


def test_one_compilation_serves_all_numbers():
    traces = []

    run = jax.jit(lambda hyper: traces.append(0) or _last(hyper))
    results = []
    for rate in (0.1, 0.2, 0.3):
        hyper = {"learning_rate": rate, "b1": 0.9 - rate, "clip_norm": 1 + rate, "weight_decay": rate}
        hyper |= {"warmup_steps": 10 * rate, "schedule_steps": 100 * rate, "final_ratio": rate}
        results.append(np.asarray(run({k: jnp.asarray(v) for k, v in hyper.items()})))
    assert len(traces) == 1
    assert len({tuple(result) for result in results}) == 3


def _last(hyper):
    solver, params = solvers.build("adam", hyper, "cosine"), jnp.array([1.0, -2.0])
    state = solver.init(params)
    for _ in range(3):
        params, state = solver.step(params, state, lambda p: jnp.sum(p**2))
    return params


CONSTANT_RATE = ("rprop", "sm3", "levenberg_marquardt", "variable_projection")


@pytest.mark.parametrize("name", SOLVERS)
@pytest.mark.parametrize("extra", [{}, {"warmup_steps": 2.0}])
def test_a_solver_takes_a_schedule_or_says_that_its_rate_must_be_constant(name, extra):
    """Traced, not run."""
    hyper = {"learning_rate": jnp.asarray(0.1), "schedule_steps": 10.0, **extra}
    schedule = "constant" if extra else "cosine"

    def run(hyper):
        solver, params = solvers.build(name, hyper, schedule), jnp.ones(2)
        return solver.step(params, solver.init(params), lambda p: jnp.sum(p**2))

    if name in CONSTANT_RATE:
        with pytest.raises(ValueError, match=f"solver='{name}': the learning rate of this solver must be constant"):
            jax.eval_shape(run, hyper)
    else:
        jax.eval_shape(run, hyper)


def test_hyperparameters():
    own = solvers.hyperparameters
    assert own(optax.adam) == ("b1", "b2", "eps", "eps_root")
    assert own(optax.sgd) == ("momentum",)
    assert own(optax.sign_sgd) == ()
    assert own(optax.lbfgs) == ()  # memory_size is a shape, not a number
    assert own(heavy_ball) == ("friction", "floor")
    assert own(needs_a_number) == ("gamma",)
    assert "weight_decay" in own(optax.adamw)
    for name in SOLVERS:
        assert "learning_rate" not in own(SOLVERS[name])
        assert not {"nesterov", "mask", "mu_dtype", "accumulator_dtype"} & set(own(SOLVERS[name]))


def heavy_ball(learning_rate, friction=0.1, *, floor=0.0, nesterov=False, name="x"):
    """A user's factory: momentum 1 - friction."""
    return optax.chain(optax.trace(1 - friction), optax.scale_by_learning_rate(learning_rate))


def needs_a_number(learning_rate, gamma, **options):
    return optax.sgd(learning_rate * gamma)


def sign_solver(learning_rate, floor=0.0):
    """A user's factory of a Solver, with a state of its own: the number of steps."""

    def step(params, state, objective):
        grad = jax.grad(objective)(params)
        rate = learning_rate(state) if callable(learning_rate) else learning_rate
        return jax.tree.map(lambda p, g: p - rate * jnp.sign(g) - floor, params, grad), state + 1

    return Solver(lambda params: jnp.zeros((), jnp.int32), step)


def test_a_factory_of_the_users_own():
    """Heavy ball at a gradient of 1 (Polyak 1964): velocities 1, 1.9, 2.71."""
    path = steps_on([1.0], heavy_ball, {"learning_rate": 0.1, "friction": 0.1}, 3)
    np.testing.assert_allclose(-np.diff(path[:, 0]), [0.1, 0.19, 0.271], rtol=1e-5)
    path = steps_on([1.0], needs_a_number, {"learning_rate": 0.1, "gamma": 3.0, "b1": 0.5})
    np.testing.assert_allclose(path[1], [-0.3], rtol=1e-6)


def test_a_factory_that_makes_a_solver():
    path = steps_on([5.0, -2.0], sign_solver, {"learning_rate": 0.1, "floor": 1.0}, 2)
    np.testing.assert_allclose(path[2], [-2.2, -1.8], rtol=1e-6)
    path = steps_on([1.0], sign_solver, {"learning_rate": 0.4, "schedule_steps": 2.0}, 2, schedule="linear")
    np.testing.assert_allclose(-np.diff(path[:, 0]), [0.4, 0.2], rtol=1e-6)


@pytest.mark.parametrize("number", ["clip_norm", "clip_value", "weight_decay"])
def test_a_number_that_a_solver_cannot_honour_is_refused(number):
    """`build` wraps optax transformations; around a Solver it can neither clip nor decay, and must say so."""
    with pytest.raises(ValueError, match=number):
        solvers.build(sign_solver, {"learning_rate": 0.1, number: 0.5})


def test_get():
    assert solvers.get("adam") is optax.adam
    assert solvers.get(heavy_ball) is heavy_ball
    with pytest.raises(ValueError, match="solver='adamm' is unknown; did you mean 'adam"):
        solvers.get("adamm")


def no_gradient(params):
    return 0.0 * jnp.sum(params.w)


@pytest.mark.parametrize("name", ["sgd", "adamw", "lion", "adadelta", "lbfgs"])
def test_weight_decay_may_leave_out_the_biases(name):
    """Of a loss without a gradient, only the decay moves the parameters."""
    params = mlp.Layer(jnp.ones((2, 3)), jnp.ones(3))
    for decay_biases in (True, False):
        hyper = {"learning_rate": 0.1, "weight_decay": 0.5}
        solver = solvers.build(name, hyper, decay_biases=decay_biases)
        step = jax.jit(lambda params, solver=solver: solver.step(params, solver.init(params), no_gradient)[0])
        moved = step(params)
        assert (moved.w < 1).all()
        assert (moved.b < 1).all() == decay_biases


@pytest.mark.parametrize(
    ("solver", "numbers", "why"),
    [
        ("sgd", {}, "decays no weights"),
        ("novograd", {"weight_decay": 0.1}, "own weight_decay has no mask"),
        (functools.partial(optax.adamw, mask=None), {}, "own weight_decay has no mask"),
        (optax.adamw(0.1), {}, "finished solver"),
    ],
)
def test_biases_that_cannot_be_left_out_are_refused(solver, numbers, why):
    with pytest.raises(ValueError, match=f"decay_biases=False with .*{why}"):
        solvers.build(solver, {"learning_rate": 0.1, **numbers}, decay_biases=False)
