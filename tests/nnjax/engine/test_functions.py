"""Functions of the user's own: by any name or none in memory, by address where other processes must find them."""

import functools
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nnjax
from nnjax import machine, mlp, training
from nnjax.engine.request import check

XOR = nnjax.tasks.xor()
PLAIN = ("activation", "output_activation", "init", "schedule", "loss", "solver")
ALL = (*PLAIN, "measure", "model")


def sweep(**given):
    usual = {"hidden": (2,), "solver": "sgd", "num_steps": 4, "record_every": 2, "progress": False}
    usual |= {"compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}  # in the shortest time
    return nnjax.sweep(XOR, **usual | given)


def fitted(spec, **hyper):
    """The network of seed 0, trained alone."""
    return jax.jit(functools.partial(training.fit, spec=spec))(jax.random.key(0), hyper, XOR)


# At the top level of a module. They do what they say however often they are wrapped.
def bend(z):
    return z / (1 + jnp.abs(z))


def stretch(z):
    return 1.5 * z


def halves(key, shape, dtype):
    return jax.random.rademacher(key, shape, dtype) / 2


def falling(step):
    return 1 / (1 + step)


def cubic(output, target):
    return jnp.sum(jnp.abs(output - target) ** 3)


def descent(learning_rate):
    return optax.sgd(learning_rate)


def first_weight(params, data):
    return params[0].w[0, 0]


def init(key, sizes, **laws):
    return mlp.init(key, sizes, **laws)


def apply(params, x, **functions):
    return mlp.apply(params, x, **functions)


NAMED = (bend, stretch, halves, falling, cubic, descent, first_weight, init, apply)


def closure(f):
    @functools.wraps(f)
    def around(*arguments, **keywords):
        return f(*arguments, **keywords)

    return around


LAMBDAS = (
    lambda z: z / (1 + jnp.abs(z)),
    lambda z: 1.5 * z,
    lambda key, shape, dtype: jax.random.rademacher(key, shape, dtype) / 2,
    lambda step: 1 / (1 + step),
    lambda output, target: jnp.sum(jnp.abs(output - target) ** 3),
    lambda learning_rate: optax.sgd(learning_rate),
    lambda params, data: params[0].w[0, 0],
    lambda key, sizes, **laws: mlp.init(key, sizes, **laws),
    lambda params, x, **functions: mlp.apply(params, x, **functions),
)


class FirstWeight:
    def __call__(self, params, data):
        return first_weight(params, data)


# One of each kind: a lambda, a function of no module, partials, an object, closures.
NAMELESS = (
    LAMBDAS[0],
    eval("lambda z: 1.5 * z", {}),
    closure(halves),
    functools.partial(falling),
    functools.partial(cubic),
    functools.partial(descent),
    FirstWeight(),
    *map(closure, NAMED[-2:]),
)


def arguments(functions):
    """The arguments of a sweep in which these functions are all that can be one."""
    *plain, measure, init, apply = functions
    return {
        **dict(zip(PLAIN, plain, strict=True)),
        "measure": {"first": measure},
        "model": training.Model(init, apply),
    }


def test_functions_without_a_name_train_as_those_with_one_and_are_given_to_refit():
    given = arguments(NAMELESS)
    runs = sweep(**given, seeds=2)
    for name, values in sweep(**arguments(NAMED), seeds=2).data_vars.items():
        np.testing.assert_array_equal(runs[name], values, err_msg=name)
    run = nnjax.refit(runs, XOR, seed=1, functions=given)
    np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(seed=1))
    np.testing.assert_array_equal(run.measures["first"], runs["first"].sel(seed=1))
    for name in ALL:
        without = {other: value for other, value in given.items() if other != name}
        with pytest.raises(ValueError, match=rf"^{name}='.*' of this sweep cannot be found.*functions=\{{'{name}'"):
            nnjax.refit(runs, XOR, seed=1, functions=without)


@pytest.mark.parametrize("name", ALL)
def test_stores_and_executors_refuse_them_and_say_why(name, tmp_path):
    given = {name: arguments(LAMBDAS)[name]}
    argument = {"measure": r"measure\['first'\]", "model": r"model\.init"}.get(name, name)
    takes = {"activation": "z", "init": "key, shape, dtype", "schedule": "step"}.get(name, "")
    why = f"{argument}=<function .*> cannot be found again by name.*no lambda.*return made.{takes}"
    with pytest.raises(ValueError, match=rf"^store=\.\.\. may be resumed by another process: {why}"):
        sweep(**given, store=tmp_path / "runs.zarr")
    assert list(tmp_path.iterdir()) == []
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match=rf"^executor=.* other processes: {why}"):
        sweep(**given, executor=pool)


def test_an_axis_of_functions_has_the_labels_that_it_is_given():
    mine = lambda z: z / (1 + jnp.abs(z))  # noqa: E731 - it must be one
    axis = {"mine": mine, "tanh": "tanh"}
    runs = sweep(activation=axis, layout="matrices")
    assert list(runs.activation.values) == ["mine", "tanh"]
    usual = sweep(activation=[bend, "tanh"], layout="matrices")
    address = f"{bend.__module__}:bend"
    assert list(usual.activation.values) == [address, "tanh"]
    for found in (bend, address):
        run = nnjax.refit(usual, XOR, activation=found)
        np.testing.assert_array_equal(run.train_curve, usual.train_curve.sel(activation=address).squeeze())
    np.testing.assert_array_equal(runs.train_curve, usual.train_curve)
    for chosen in ("mine", mine):
        run = nnjax.refit(runs, XOR, activation=chosen, functions={"activation": axis})
        np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(activation="mine").squeeze())
    with pytest.raises(ValueError, match=r"activation='mine' .*functions=\{'activation': \{'mine': f\}\}"):
        nnjax.refit(runs, XOR, activation="tanh")


def test_an_initializer_of_jax_draws_every_layer():
    """Its layers do not nest, so networks of other widths get programs of their own. `init_scale` multiplies."""
    axis = {"he": "he_normal", "jax": jax.nn.initializers.orthogonal()}
    given = {"hidden": [(2,), (3,)], "init": axis, "init_scale": 3.0, "learning_rate": 1e-30, "padding": True}
    runs = sweep(**given)
    one = sweep(hidden=(3,), init="he_normal", init_scale=3.0, learning_rate=1e-30)
    np.testing.assert_allclose(runs.train_loss.sel(hidden="3", init="he"), one.train_loss, rtol=1e-6)
    run = nnjax.refit(runs, XOR, hidden=(3,), init="jax", functions={"init": axis})
    drawn = mlp.init(jax.random.split(jax.random.key(0))[0], (2, 3, 1), init=axis["jax"], init_scale=3.0)
    for got, want in zip(run.params, drawn, strict=True):
        np.testing.assert_allclose(got.w, want.w, rtol=1e-6)
        np.testing.assert_allclose(got.b, want.b, atol=1e-20)
    np.testing.assert_allclose(run.params[0].w @ run.params[0].w.T, 9 * np.eye(2), atol=1e-5)
    assert [program.num_networks for program in nnjax.plan(XOR, **given).programs] == [2, 1, 1]
    twice = [jax.nn.initializers.orthogonal(), jax.nn.initializers.orthogonal(2.0)]
    with pytest.raises(ValueError, match=r"init holds two functions called 'orthogonal'; name them: init=\{'a': f"):
        sweep(init=twice)


def test_a_finished_solver_trains_as_its_factory_does():
    """Its learning rate is inside, so that the result has no other."""
    axis = {"slow": optax.sgd(0.1, momentum=0.5), "fast": optax.sgd(0.4, momentum=0.5)}
    runs = sweep(solver=axis, layout="matrices")
    usual = sweep(learning_rate=[0.1, 0.4], momentum=0.5, layout="matrices")
    np.testing.assert_allclose(runs.train_curve, usual.train_curve, rtol=1e-6)
    assert "learning_rate" not in runs.attrs["settings"]
    run = nnjax.refit(runs, XOR, solver="fast", functions={"solver": axis})
    np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(solver="fast").squeeze())
    assert list(nnjax.plan(XOR, hidden=(2,), solver=axis).traces) == [
        f"solver={label!r} for 2-2-1, schedule='constant'" for label in axis
    ]
    one = training.Spec((2, 2, 1), solver=axis["fast"], num_steps=4)
    alone = fitted(one)
    np.testing.assert_allclose(alone.train_loss, runs.train_loss.sel(solver="fast").squeeze(), rtol=1e-6)
    with pytest.raises(ValueError, match=r"learning_rate=0\.1 with a finished solver"):
        training.fit(jax.random.key(0), {"learning_rate": 0.1}, XOR, spec=one)


def test_a_schedule_is_a_factor_and_a_learning_rate_the_rate_itself():
    cosine = optax.cosine_decay_schedule(0.3, 4, alpha=0.1)
    rates = {"cosine": cosine, "flat": optax.constant_schedule(0.3)}
    given = {"layout": "matrices", "solver": "adam"}
    runs = sweep(learning_rate=rates, **given)
    assert list(runs.schedule.values) == ["cosine", "flat"]
    assert json.loads(runs.attrs["settings"])["numeric_constants"] == {"learning_rate": 1.0}
    flat = sweep(learning_rate=0.3, **given)
    np.testing.assert_allclose(runs.train_curve.sel(schedule="flat"), flat.train_curve, rtol=1e-6)
    factors = sweep(learning_rate=0.3, schedule=optax.cosine_decay_schedule(1.0, 4, alpha=0.1), **given)
    np.testing.assert_allclose(runs.train_curve.sel(schedule="cosine"), factors.train_curve, rtol=1e-5)
    run = nnjax.refit(runs, XOR, schedule="cosine", functions={"schedule": rates})
    np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(schedule="cosine").squeeze())
    one = training.Spec((2, 2, 1), schedule=cosine, num_steps=4)
    alone = fitted(one, learning_rate=1.0)
    np.testing.assert_allclose(alone.train_loss, run.train_loss, rtol=1e-5)
    wide = sweep(learning_rate=cosine, layout="lanes", solver="adam")  # in which the solver sees single entries
    np.testing.assert_allclose(wide.train_curve, runs.train_curve.sel(schedule="cosine"), rtol=1e-5)


def test_weight_decay_with_and_without_biases():
    """A sweep that does not ask for it is recorded and trained as before."""
    given = {"weight_decay": 0.2, "bias_init": "normal", "layout": "matrices"}
    runs = sweep(decay_biases=[True, False], **given)
    usual = sweep(**given)
    assert "decay_biases" not in usual.attrs["settings"]
    np.testing.assert_array_equal(usual.train_curve, runs.train_curve.sel(decay_biases=True))
    without = nnjax.refit(runs, XOR, decay_biases=False)
    np.testing.assert_array_equal(without.train_curve, runs.train_curve.sel(decay_biases=False).squeeze())
    one = training.Spec((2, 2, 1), solver="sgd", bias_init="normal", decay_biases=False, num_steps=4)
    alone = fitted(one, learning_rate=0.01, weight_decay=0.2)
    np.testing.assert_allclose(alone.params[0].b, without.params[0].b, rtol=1e-5)


def direct(key, sizes, **laws):
    first, second = jax.random.split(key)
    return mlp.init(first, sizes, **laws), mlp.init(second, (sizes[0], sizes[-1]), **laws)


def sum_of_both(params, x, **functions):
    return sum(mlp.apply(part, x, **functions) for part in params)


def test_models_are_an_axis(tmp_path):
    """Each has its own number of parameters, and a store finds its functions by name, whatever its label."""
    axis = {"plain": mlp, "direct": training.Model(direct, sum_of_both)}
    store = tmp_path / "runs.zarr"
    sweep(model={"direct": axis["direct"]}, store=store)
    runs = sweep(model=axis, store=store).load()
    assert list(runs.model.values) == list(axis)
    assert runs.num_params.dims == ("model",)
    assert list(runs.num_params.values) == [9, 9 + 3]
    unnamed, _ = check(XOR, hidden=(2,), model=list(axis.values()))
    assert unnamed.axis_labels()["model"] == ("mlp", f"{__name__}:sum_of_both")
    for label, model in axis.items():
        run = nnjax.refit(runs, XOR, model=model)
        np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(model=label).squeeze())
    with pytest.raises(ValueError, match=r"model='direct': .*:direct', .* there, \['nnjax.mlp:init', .* here"):
        sweep(model={"plain": axis["direct"], "direct": mlp}, store=store)
    own = {"mine": training.Model(*LAMBDAS[-2:])}
    runs = sweep(model=own)
    with pytest.raises(ValueError, match=r"model='<lambda>' of .*functions=\{'model': \{'mine': model\}\}"):
        nnjax.refit(runs, XOR, model="mine")
    run = nnjax.refit(runs, XOR, model="mine", functions={"model": own})
    np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(model="mine").squeeze())


def test_a_label_is_no_address(tmp_path):
    """Where functions can be found by name, stores, executors and `refit` find the very ones, whatever the label."""
    axis = {"tanh": bend, "bend": "tanh"}
    runs = sweep(activation=axis, layout="matrices")
    with ThreadPoolExecutor(1) as pool:
        stored = sweep(activation=axis, layout="matrices", executor=pool, store=tmp_path / "runs.zarr")
    np.testing.assert_array_equal(stored.train_curve, runs.train_curve)
    for label in axis:
        run = nnjax.refit(stored, XOR, activation=label)
        np.testing.assert_array_equal(run.train_curve, runs.train_curve.sel(activation=label).squeeze())
    with pytest.raises(ValueError, match=r"activation='tanh': .*:bend there, tanh here"):
        sweep(activation={"tanh": "tanh", "bend": bend}, layout="matrices", store=tmp_path / "runs.zarr")
    grown = {"relu": jnp.sin, **axis}
    more = sweep(activation=grown, layout="matrices", store=tmp_path / "runs.zarr")
    assert list(more.activation.values) == list(grown)
    np.testing.assert_array_equal(more.train_curve[1:], runs.train_curve)


def test_refit_takes_no_other_function_of_the_same_name():
    """A partial is called like its function, which it is not."""
    nesterov = functools.partial(optax.sgd, momentum=0.9, nesterov=True)
    runs = sweep(solver=nesterov)
    with pytest.raises(ValueError, match="solver='sgd' of this sweep cannot be found"):
        nnjax.refit(runs, XOR)
    assert nnjax.refit(runs, XOR, functions={"solver": nesterov}).train_loss == runs.train_loss.item()


def test_refit_tells_when_a_function_has_changed():
    runs = sweep(activation={"mine": lambda z: z * z}, seeds=2)
    # A constant such as the solver may be named.
    again = nnjax.refit(runs, XOR, seed=1, solver="sgd", functions={"activation": {"mine": lambda z: z * z}})
    assert again.train_loss == runs.train_loss[0, 1]
    with pytest.raises(
        ValueError, match=r"has changed since it was trained:\n  activation='mine' of 2 neurons: .* something else$"
    ):
        nnjax.refit(runs, XOR, seed=1, functions={"activation": {"mine": lambda z: z}})
    # An earlier version recorded no traces. The losses are compared all the same.
    runs.attrs["plan"] = json.dumps({**json.loads(runs.attrs["plan"]), "traces": {}})
    with pytest.raises(ValueError, match=r"refit trained another network: its train_loss is .* has changed since"):
        nnjax.refit(runs, XOR, seed=1, functions={"activation": {"mine": lambda z: z}})
    with pytest.raises(ValueError, match=r"functions=.* must be a dict with some of the keys model, activation, "):
        nnjax.refit(runs, XOR, seed=1, functions={"activatoin": abs})


def in_record(runs, field, value):
    """The result with another value in a field of its record, such as ("constants", "activation")."""
    first, *rest = field
    read = json.loads(runs.attrs["settings"])
    read[first] = {**read[first], rest[0]: value} if rest else value
    return runs.assign_attrs(settings=json.dumps(read))


FIELDS = [("constants", name) for name in ("activation", "output_activation", "solver", "loss")]
FIELDS += [("constants", name) for name in ("init", "bias_init", "schedule", "order")]
FIELDS += [
    (kind, name) for kind in ("numeric_constants", "constants") for name in ("model", "measure", "data", "store")
]
FIELDS += [("numeric_constants", "activation"), ("measure", "first"), ("model",)]


@pytest.fixture(scope="module")
def usual():
    return sweep()


@pytest.mark.parametrize("field", FIELDS)
def test_refit_imports_nothing_that_a_record_names(field, usual, tmp_path, monkeypatch):
    (tmp_path / "users.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for address in ("users:f", "sys:exit", "os:abort", "nnjax.mlp:save", "jax.numpy:save"):
        runs = in_record(usual, field, address if field != ("model",) else [address, address, None])
        with pytest.raises(
            ValueError,
            match=r"nothing that a record names is imported|is unknown|cannot be among them|has no functions",
        ):
            nnjax.refit(runs, XOR)
    assert "users" not in sys.modules


def test_refit_takes_no_arguments_from_a_record_and_functions_of_ones_own_again(usual, tmp_path):
    dumping = {"xla_dump_to": str(tmp_path / "dump")}
    for kind in ("constants", "numeric_constants"):
        with pytest.raises(ValueError, match="'compiler_options' cannot be among them"):
            nnjax.refit(in_record(usual, (kind, "compiler_options"), dumping), XOR)
    assert list(tmp_path.iterdir()) == []
    runs = in_record(sweep(activation=bend), ("constants", "activation"), "users:bend")
    with pytest.raises(ValueError, match=r"functions=\{'activation': \{'users:bend': f\}\}$"):
        nnjax.refit(runs, XOR)
    assert nnjax.refit(runs, XOR, functions={"activation": {"users:bend": bend}}).train_loss == runs.train_loss


def test_a_loss_that_is_never_finite_is_told():
    """Networks that diverge later are no reason to warn, and those of the other loss are trained."""
    losses = {"log": lambda output, target: jnp.log(-1 - jnp.sum((output - target) ** 2)), "usual": "squared_error"}
    with pytest.warns(UserWarning, match=r"^no network with sizes=\(2, 2, 1\), activation='tanh', loss='log' took a"):
        runs = sweep(loss=losses, layout="matrices", seeds=2, learning_rate=[0.1, 1e38])
    assert (runs.status.sel(loss="log") == training.DIVERGED).all()
    assert (runs.steps.sel(loss="usual") > 0).all()
