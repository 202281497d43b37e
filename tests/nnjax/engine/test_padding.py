"""A padded network is the network that it pads: same start, same steps, nothing from what is not there."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nnjax
from nnjax import machine, mlp, solvers, training
from nnjax.activations import ACTIVATIONS
from nnjax.engine import padding
from nnjax.engine import plan as engine_plan
from nnjax.engine import train as engine_train
from nnjax.solvers import by_name

OWN, PROGRAM = (2, 3, 2), (2, 5, 5, 5, 2)  # one hidden layer of three, in a program of three layers of five
SAME_DEPTH = (2, 4, 3, 2), (2, 4, 6, 2)
PAIRS = [(OWN, PROGRAM), SAME_DEPTH, ((2, 5, 5, 5, 2), PROGRAM), ((2, 5, 2), PROGRAM)]
RNG = np.random.default_rng(5)
DATA = nnjax.tasks.Data(RNG.normal(size=(7, 2)), RNG.normal(size=(7, 2)), weight=np.array([1.0, 0, 2, 1, 1, 0.5, 3]))
STILL = [name for name, factory in by_name.SOLVERS.items() if factory in by_name.KEEPS_ZEROS]


def mostly_slow(names, fast):
    """All names; those that are not in `fast` are checked with the slow tests."""
    return [name if name in fast else pytest.param(name, marks=pytest.mark.slow) for name in names]


def shape_in(own, common):
    """The shape of a network in a program, as the plan tells it."""
    cells = [engine_plan.Cell((), sizes) for sizes in (own, common.sizes)]
    shape = engine_plan.Program(tuple(cells), common, 1, 1, 7).shape_of(padding.widths_of(own, common)[None])
    return shape._replace(widths=None if shape.widths is None else shape.widths[0])


def both(own, program, **settings):
    """The training runs of a network alone and padded."""
    alone = training.Spec(own, **settings)
    common = training.Spec(program, **settings)
    return alone, padding.bind(common, shape_in(own, common))


@functools.cache
def starts(own, program):
    """The first parameters of both in float64, which no setting changes."""
    rng = np.random.default_rng(4)
    alone = [mlp.Layer(rng.normal(size=(a, b)) / np.sqrt(a), rng.normal(size=b)) for a, b in itertools.pairwise(own)]
    padded = tuple(mlp.Layer(np.zeros((a, b)), np.zeros(b)) for a, b in itertools.pairwise(program))
    places = [*range(len(own) - 2), len(padded) - 1]
    for place, (w, b) in zip(places, alone, strict=True):
        padded[place].w[: w.shape[0], : w.shape[1]], padded[place].b[: len(b)] = w, b
    return [tuple(alone), padded]


def trained(own, program, hyper, steps, **settings):
    """The parameters of both after some steps in float64."""
    specs = both(own, program, dtype="float64", **settings)
    data = nnjax.tasks.Data(*(None if a is None else jnp.asarray(a) for a in DATA))

    @functools.partial(jax.jit, static_argnums=0, compiler_options={machine.OPTIMIZATION_LEVEL: 0})
    def train(which, params):
        state = training.begin(jax.random.key(4), params, hyper, data, specs[which])
        return training.advance(state, hyper, data, 0, steps, specs[which]).params

    return [train(i, params) for i, params in enumerate(starts(own, program))]


def outside(params, own):
    """All entries of padded parameters that the network itself does not have."""
    depth = len(own) - 2
    missing = [mlp.Layer(np.ones(w.shape, bool), np.ones(b.shape, bool)) for w, b in params]
    for place, (a, b) in zip([*range(depth), len(params) - 1], itertools.pairwise(own), strict=True):
        missing[place].w[:a, :b], missing[place].b[:b] = False, False
    return np.concatenate(
        [np.asarray(p)[m] for p, m in zip(jax.tree.leaves(params), jax.tree.leaves(missing), strict=True)]
    )


# In every run: a network that lacks whole layers alone. One that lacks neurons too takes five steps below.
@pytest.mark.parametrize(
    ("own", "program"), [*(pytest.param(*pair, marks=pytest.mark.slow) for pair in PAIRS[:2]), PAIRS[3]]
)
@pytest.mark.parametrize("activation", mostly_slow([name for name in ACTIVATIONS if name != "softmax"], ("sigmoid",)))
def test_one_step_is_the_same_for_every_activation(own, program, activation):
    with jax.enable_x64(True):
        hyper = {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.01, "clip_norm": 0.5}
        settings = {"solver": solvers.get("sgd"), "activation": ACTIVATIONS[activation]}
        expected, found = trained(own, program, hyper, 1, **settings)
        for a, b in zip(jax.tree.leaves(expected), jax.tree.leaves(padding.unpad(found, own)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("solver", mostly_slow(STILL, ("sgd", "adam")))
def test_every_elementwise_solver_leaves_what_is_not_there_at_zero(solver):
    """Five steps with all that looks at the whole gradient or at the weights: norm, decay."""
    with jax.enable_x64(True):
        hyper = {"learning_rate": 0.01, "weight_decay": 0.1, "clip_norm": 0.2}
        expected, found = trained(*PAIRS[0], hyper, 5, solver=solvers.get(solver), activation=jnp.cos)
        assert not outside(found, OWN).any()
        for a, b in zip(jax.tree.leaves(expected), jax.tree.leaves(padding.unpad(found, OWN)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


def test_an_overflow_among_real_neurons_makes_no_nan_of_those_that_are_not_there():
    """The first layer gives inf, the second relu(-inf) = 0; inf times a missing neuron's weight of 0 is NaN."""
    widths = padding.widths_of((1, 1, 1, 1), training.Spec((1, 2, 2, 1)))
    params = tuple(mlp.Layer(*(np.zeros(n, "float32") for n in ((a, b), b))) for a, b in ((1, 2), (2, 2), (2, 1)))
    for (w, b), weight in zip(params, (1e38, -1.0, 1.0), strict=True):
        w[0, 0], b[0] = weight, 0.5
    functions, x = {"activation": jax.nn.relu, "output_activation": lambda z: z}, np.array([1e38], "float32")
    apply = functools.partial(padding.apply, shape=padding.Shape(widths), **functions)
    assert jax.jit(apply)(params, x) == 0.5
    assert jax.jit(functools.partial(mlp.apply, **functions))(padding.unpad(params, (1, 1, 1, 1)), x) == 0.5


def test_a_layer_that_is_missing_is_passed_by_and_one_that_is_there_is_not_masked():
    common = training.Spec(PROGRAM)
    assert shape_in((2, 5, 2), common) == padding.Shape(None, 1)
    masked = shape_in(OWN, common)
    assert masked.depth == 1
    np.testing.assert_array_equal(masked.widths, [3, 0, 0])
    assert shape_in(SAME_DEPTH[0], training.Spec(SAME_DEPTH[1])).depth is None


def test_blocks_do_not_mix_depths():
    widths = np.array([[3, 0], [3, 3], [2, 0], [3, 0], [2, 2]])
    networks = engine_train.Networks(np.arange(5), np.zeros(5, int), {}, widths)
    blocks = engine_train.in_blocks(networks, 2)
    assert [places.tolist() for places in blocks] == [[0, 2], [3], [1, 4]]
    assert engine_train.filled_up(blocks[1], 2).tolist() == [3, 3]


def curve(rows=24):
    x = np.linspace(-1, 1, rows)[:, None]
    return nnjax.tasks.Data(x, np.sin(3 * x + 0.4) + 0.3 * x)


GRID = {"width": [3, 5], "depth": [1, 3], "solver": "sgd", "learning_rate": [0.01, 0.03], "progress": False}
SHORT = GRID | {"num_steps": 40, "record_every": 10, "activation": "cos", "layout": "matrices", "padding": True}


@pytest.mark.parametrize(("layout", "depth"), [("matrices", 1), ("lanes", 3)])
def test_a_padded_sweep_trains_the_same_networks(layout, depth):
    """100 steps at a stable rate, in float32."""
    arguments = GRID | {"seeds": 16, "num_steps": 100, "record_every": 25, "activation": "cos", "layout": layout}
    padded = nnjax.sweep(curve(), **arguments, padding=True)
    alone = nnjax.sweep(curve(), **arguments | {"width": [3], "depth": [depth]}, padding=False)
    assert len(nnjax.plan(curve(), **arguments, padding=True).programs) == 1
    same = padded.sel(width=[3], depth=[depth])
    np.testing.assert_allclose(same.train_curve, alone.train_curve, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(same.num_params, alone.num_params)
    assert padded.num_params.sel(width=3, depth=3) == mlp.num_params((1, 3, 3, 3, 1))


@pytest.mark.slow
def test_success_rates_are_those_of_networks_alone():
    """2,000 seeds of XOR, two layouts and padding: each pair differs by less than four standard errors."""
    xor = nnjax.tasks.xor()
    arguments = {"hidden": [(2,), (3,)], "loss": "sigmoid_binary_cross_entropy", "learning_rate": 0.05}
    arguments |= {"seeds": 2000, "num_steps": 400, "progress": False, "init": "normal"}
    rates = []
    for how in ({"padding": True}, {"padding": False, "layout": "matrices"}, {"padding": False, "layout": "lanes"}):
        rates.append((nnjax.sweep(xor, **arguments, **how).accuracy == 1).mean("seed").values)
    assert 0.1 < np.min(rates) < np.max(rates) < 0.99
    for a, b in ((0, 1), (1, 2), (0, 2)):
        error = np.sqrt(2 * rates[a] * (1 - rates[a]) / 2000)
        assert (np.abs(rates[a] - rates[b]) < 4 * error).all()


def test_refit_gives_a_padded_network_in_its_own_shape():
    runs = nnjax.sweep(curve(), **SHORT, seeds=4)
    one = nnjax.refit(runs, curve(), width=3, depth=1, learning_rate=0.03, seed=2)
    place = {"width": 3, "depth": 1, "learning_rate": 0.03, "seed": 2}
    np.testing.assert_array_equal(one.train_curve, runs.train_curve.sel(place))
    assert [layer.w.shape for layer in one.params] == [(1, 3), (3, 1)]
    predicted = mlp.predict(one.params, curve().x.astype(np.float32), activation=jnp.cos)
    np.testing.assert_allclose(np.mean((predicted - curve().y) ** 2), one.train_loss, rtol=1e-5)


def test_neighbours_order_and_workers_change_no_bit_of_padded_networks():
    arguments = SHORT | {"learning_rate": 0.03}
    few = nnjax.sweep(curve(), **arguments, seeds=3, workers=1)
    many = nnjax.sweep(curve(), **arguments, seeds=[*range(200, 320), 2, 0, 1], workers=2)
    for name in ("train_curve", "status", "steps"):
        np.testing.assert_array_equal(many[name].sel(seed=[0, 1, 2]), few[name])


def test_a_diverged_member_changes_no_bit_of_a_thousand_neighbours():
    sick, well = (nnjax.sweep(curve(), **SHORT | {"seeds": 250, "learning_rate": [r, 0.003]}) for r in (1e6, 0.002))
    for name in ("train_curve", "train_loss", "status", "steps"):
        np.testing.assert_array_equal(sick[name].sel(learning_rate=0.003), well[name].sel(learning_rate=0.003))
    ill = sick.sel(learning_rate=1e6)
    assert (ill.status == training.DIVERGED).mean() > 0.5
    assert (ill.train_loss.where(ill.status == training.DIVERGED, np.inf) == np.inf).all()
    assert sick.train_loss.min() < np.inf


def total_weight(params, data):
    return jnp.sum(jnp.abs(params[0].w))


@pytest.mark.parametrize(
    "settings",
    [
        {"measure": {"total": total_weight}},
        {"init": "orthogonal"},
        {"activation": "softmax"},
        {"solver": "lamb"},
        {"solver": "yogi"},
        {"eps": 0.0},
        {"eps": [1e-8, 1e-46]},
        {"padding": False},
    ],
)
def test_what_padding_would_change_is_not_padded(settings):
    arguments = GRID | {"solver": "adam", "num_steps": 5, "record_every": 5, "padding": True} | settings
    assert not any(program.padded for program in nnjax.plan(curve(), **arguments).programs)
    assert any(program.padded for program in nnjax.plan(curve(), **GRID, num_steps=5, padding=True).programs)


@pytest.mark.parametrize("layout", ["matrices", "lanes"])
def test_without_padding_a_network_is_the_same_whatever_else_is_in_the_grid(layout):
    """To the bit, as long as the data stay one Data or a dict of tasks, whose last bits differ in matrices."""
    given = {"solver": "sgd", "num_steps": 10, "record_every": 5, "layout": layout, "padding": False, "progress": False}
    other = nnjax.tasks.Data(curve().x, -curve().y)

    def curves(data, **more):
        runs = nnjax.sweep(data, **given | {"width": 3, "learning_rate": 0.03, "seeds": 2} | more)
        place = {"width": 3, "learning_rate": 0.03, "seed": [0, 1]}
        runs = runs.sel({name: value for name, value in place.items() if name in runs.dims})
        return (runs.sel(task="curve") if "task" in runs.dims else runs).train_curve.values.squeeze()

    grid = {"width": [5, 3], "learning_rate": [0.01, 0.03], "seeds": 70}
    alone, task = curves(curve()), curves({"curve": curve()})
    np.testing.assert_array_equal(curves(curve(), **grid), alone)
    np.testing.assert_array_equal(curves({"other": other, "curve": curve()}, **grid), task)
    np.testing.assert_allclose(task, alone, rtol=1e-6 if layout == "matrices" else 0)


@pytest.mark.parametrize("value", ["yes", 0, 1])
def test_padding_must_be_true_false_or_none(value):
    with pytest.raises(ValueError, match=f"padding={value!r}"):
        nnjax.sweep(curve(), **GRID, padding=value)


@pytest.mark.parametrize("layout", ["matrices", pytest.param("lanes", marks=pytest.mark.slow)])
def test_packing_changes_no_bit_of_padded_networks(layout, monkeypatch):
    """Networks of two shapes stop and leave; those that go on take their shapes along."""
    arguments = GRID | {"num_steps": 200, "record_every": 10, "padding": True, "depth": [1, 2]}
    arguments |= {"solver": "adam", "learning_rate": 0.03, "seeds": 200}
    arguments |= {"early_stop": ("train_loss", 0.05), "batch_size": 7, "layout": layout}
    moved, pack = [], engine_train.packed
    monkeypatch.setattr(engine_train, "packed", lambda blocks, *rest: moved.append(len(blocks)) or pack(blocks, *rest))
    packed = nnjax.sweep(curve(), **arguments, workers=1)
    assert min(moved) < max(moved), "nothing was packed, so that this test shows nothing"
    monkeypatch.setattr(engine_train, "packed", lambda blocks, *rest: blocks)
    alone = nnjax.sweep(curve(), **arguments, workers=2)
    for name in packed.data_vars:
        np.testing.assert_array_equal(packed[name], alone[name])
    assert 0.1 < (packed.status == training.STOPPED).mean() < 1
