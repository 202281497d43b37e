"""`activations.step_units`: gradients of steps, a gain that rises, how rates are chosen, verdicts that can say no."""

import dataclasses
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr

from experiments.activations.step_units import config, run, units, verdicts
from experiments.activations.step_units.config import CLIPPED, CUT, OUTPUT, RISING, SMOOTH, THROUGH
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from nnjax import activations, mlp, tasks
from nnjax.theory import separability
from nnjax.theory import step_units as theory

XOR = tasks.xor()


def loss(params, activation):
    outputs = mlp.predict(params, XOR.x, activation=activation)
    return jnp.mean(optax.sigmoid_binary_cross_entropy(outputs, XOR.y))


@pytest.fixture(scope="module")
def params():
    rng = np.random.default_rng(3)
    w, b, v, c = (jnp.asarray(rng.normal(size=shape), "float32") for shape in ((2, 5), (5,), (5, 1), (1,)))
    return mlp.Layer(w, b), mlp.Layer(v, c)


def test_hidden_weights_of_step_units_get_exactly_no_gradient(params):
    hidden, output = jax.jit(jax.grad(loss), static_argnums=1)(params, activations.step)
    assert not np.any(hidden.w)
    assert not np.any(hidden.b)
    assert np.any(output.w)


def test_the_two_estimators_step_forwards_and_pass_a_gradient_backwards():
    z = jnp.array([-2.0, -0.5, 0.0, 0.5, 2.0])
    for f, slope in ((units.straight_through, [1, 1, 1, 1, 1]), (units.clipped, [0, 1, 1, 1, 0])):
        np.testing.assert_array_equal(f(z), [0, 0, 0, 1, 1])
        np.testing.assert_array_equal(jax.vmap(jax.grad(f))(z), slope)


def test_a_gain_rises_in_equal_ratios_and_cuts_into_the_same_steps(params):
    steep = {"layers": params, "gain": jnp.ones(())}
    solver = units.rising_gain(0.01, final_gain=16.0, gain_steps=4.0)
    adam = optax.adam(0.01)
    state, own = solver.init(steep), adam.init(params)
    gains = []

    @jax.jit
    def step(steep, state, params, own):
        grad = jax.tree.map(jnp.ones_like, steep)
        updates, state = solver.update(grad, state, steep)
        moved, own = adam.update(grad["layers"], own, params)
        return optax.apply_updates(steep, updates), state, optax.apply_updates(params, moved), own

    for _ in range(5):
        steep, state, params, own = step(steep, state, params, own)
        gains.append(float(steep["gain"]))
    np.testing.assert_allclose(gains, [2, 4, 8, 16, 16], rtol=1e-6)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), steep["layers"], params)
    x = jnp.array([0.2, -0.7])
    how = {"activation": jax.nn.sigmoid, "output_activation": activations.identity}
    (w, b), last = steep["layers"]
    by_hand = mlp.apply((mlp.Layer(16 * w, 16 * b), last), x, **how)
    np.testing.assert_allclose(units.STEEP.apply(steep, x, **how), by_hand, rtol=1e-5)
    assert units.cut_error(steep, XOR) == units.cut_error(steep["layers"], XOR)


def test_patterns_are_the_truth_tables_of_the_hidden_units():
    w = jnp.array([[1.0, 1.0, -1.0], [1.0, 0.0, -1.0]])
    b = jnp.array([-1.5, -0.5, 1.5])  # AND, the first input, NAND
    found = units.patterns((mlp.Layer(w, b), mlp.Layer(jnp.ones((3, 1)), jnp.zeros(1))), XOR)
    assert np.flatnonzero(found).tolist() == [0b0001, 0b0011, 0b1110]
    images = np.where(np.asarray(found)[:, None] > 0, run.TABLES, 0)
    assert not theory.xor_separable(images)  # AND and NAND are one condition, and with the first input it can be met


def test_of_rates_within_a_standard_error_the_middle_one_is_taken():
    rates = {"learning_rate": [0.01, 0.1, 1.0, 10.0, 100.0]}
    share = xr.DataArray([[0.1, 0.49, 0.48, 0.5, 0.5], [0.1, 0.2, 0.3, 0.4, 0.9]], dims=("task", "learning_rate"))
    found = run._chosen(share.assign_coords(rates), 200, "learning_rate")
    np.testing.assert_allclose(found.best["learning_rate"], [1.0, 100.0])
    np.testing.assert_array_equal(found.at_end["learning_rate"], [0, 1])


# What `synthetic` would have been run with.
SETTINGS = config.Config(hidden=(2, 4), seeds=1000, written=(8, 16, 32))


def synthetic(shares=None, exact=((0.0149, 0.1444), (0.0308, 0.4410)), seeds=1000, layers=10_000, **changed):
    """As if measured: the first seeds of every way solve XOR, in these shares of them."""
    shares = {OUTPUT: None, THROUGH: 0.5, CLIPPED: 0.6, RISING: 0.9, CUT: 0.8, SMOOTH: 0.95} | (shares or {})
    exact = np.array(exact)
    solved = np.array([
        np.arange(seeds) < seeds * np.broadcast_to(exact if share is None else share, (2, 2))[..., None]
        for share in shares.values()
    ])  # fmt: skip
    dims = ("way", "coding", "width")
    counts = np.round(layers * np.broadcast_to(exact if shares[OUTPUT] is None else shares[OUTPUT], (2, 2))).astype(int)
    numbers = (counts, counts, 0 * counts, 0 * counts)
    parts = (
        {name: (dims[1:], one) for name, one in zip(run.LAYERS, numbers, strict=True)}
        | {
            "solved": ((*dims, "seed"), solved),
            "exact": (("coding", "width"), exact),
            "learning_rate": (dims, np.full((6, 2, 2), 0.1)),
            "solved_as_trained": ((*dims, "seed"), solved),
            "final_gain": (dims, np.full((6, 2, 2), 4.0)),
            "at_end": (dims, np.zeros((6, 2, 2), bool)),
            "tuning_success": ((*dims, "rate"), np.repeat(solved.mean(axis=-1)[..., None], 3, axis=-1)),
            "written_error": ("units", [0.3, 0.15, 0.075]),
            "written_theory": ("units", [0.3, 0.15, 0.075]),
            "staircase": ("x", np.zeros(5)),
            "target": ("x", np.zeros(5)),
        }
        | changed
    )
    coords = {"way": list(shares), "coding": list(config.CODINGS), "width": [2, 4], "seed": np.arange(seeds)}
    coords |= {"rate": [0.01, 0.1, 1.0], "units": [8, 16, 32], "x": np.linspace(0, 1, 5)}
    return xr.Dataset(parts, coords, {"tuning_seeds": 200, "layers": layers, "shown_units": 16})


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(SETTINGS))}


ADDS, RISE, CONTINUITY = f"adds: {THROUGH}", "gain-has-to-rise", "continuity-buys-learning"
LOST = "lost-by-cutting"


def test_verdicts_follow_the_data():
    found = outcomes(synthetic(seeds=4000))
    assert {name for name, outcome in found.items() if outcome != REPRODUCED} == {LOST}
    assert outcomes(synthetic(layers=400))["shares as computed"] == NOT_SETTLED
    assert outcomes(synthetic({THROUGH: 0.2}))[ADDS] == PARTLY  # better than .0149 to .1444, worse than .441
    assert outcomes(synthetic({THROUGH: 0.0}))[ADDS] == NOT_REPRODUCED
    assert outcomes(synthetic({RISING: 0.8}))[RISE] == NOT_REPRODUCED  # equal, within the margin
    assert outcomes(synthetic({RISING: 0.81}, seeds=100))[RISE] == NOT_SETTLED
    assert outcomes(synthetic({SMOOTH: 0.3}))[CONTINUITY] == NOT_REPRODUCED
    assert outcomes(synthetic({CUT: 0.995}))[RISE] == NOT_SETTLED  # no room


def test_a_gain_that_does_not_rise_is_no_rising_gain():
    for gain in (0.25, 1.0):
        data = synthetic(seeds=4000)
        data["final_gain"] = data.final_gain.where(data.width > 2, gain)
        found = outcomes(data)
        assert (found[RISE], found[f"adds: {RISING}"]) == (PARTLY, PARTLY)
        data["final_gain"] = data.final_gain.where(data.width == 2, gain)
        assert outcomes(data)[RISE] != REPRODUCED


def test_what_cutting_loses_is_counted_of_networks_that_had_solved_it():
    assert outcomes(synthetic({CUT: 0.3}))[LOST] == NOT_REPRODUCED  # they have learned little, and lost nothing
    data = synthetic(seeds=4000)
    data["solved_as_trained"] = data.solved_as_trained | (data.way == CUT)  # a fifth of all is lost
    solved, gone = verdicts.lost(data, CUT)
    assert (solved == 4000).all()
    assert (gone == 800).all()
    assert outcomes(data)[LOST] == REPRODUCED
    data["solved_as_trained"] = data.solved | ((data.way == CUT) & (data.width == 2))
    assert outcomes(data)[LOST] == PARTLY
    assert outcomes(synthetic({CUT: 0.05}, seeds=100))[LOST] == NOT_SETTLED  # of five


def test_the_error_of_a_staircase_falls_as_one_over_its_steps():
    """It is sin(pi / (N + 1)), where the sine is steepest: below pi / (N + 1), and nearer to it the more the steps."""
    written = run._written(dataclasses.replace(config.FULL, written=(4, 64)))
    limit = np.pi / (written.units.values + 1)
    np.testing.assert_allclose(written.written_error, np.sin(limit), rtol=0.06)  # the grid may miss the edge of a step
    np.testing.assert_allclose(written.written_error[0], np.sin(limit[0]), rtol=1e-3)
    np.testing.assert_allclose(written.written_theory, limit)


def test_shares_are_held_against_the_exact_ones():
    near = synthetic()
    assert outcomes(near)["shares as computed"] == REPRODUCED
    for more, outcome in ((100, REPRODUCED), (250, NOT_SETTLED), (600, NOT_REPRODUCED)):  # of 10,000
        near = synthetic()
        near["layers_solved"].loc[{"width": 4}] += more
        assert outcomes(near)["shares as computed"] == outcome
    near = synthetic()
    assert "outside the interval" not in finding(near, "shares as computed")
    # Beyond chance, and within the margin: sqrt(0.441 * 0.559 / 10,000) is 0.005 for 4 units and inputs of -1 and 1.
    near["layers_solved"].loc[{"width": 4}] += 160
    assert outcomes(near)["shares as computed"] == REPRODUCED
    assert "outside the interval with 4 units" in finding(near, "shares as computed")


def test_the_least_and_the_greatest_difference_are_told():
    told = finding(synthetic({CLIPPED: 0.6}), f"adds: {CLIPPED}")
    assert "goes from +15.9 [" in told  # of 0.441 with 4 units
    assert "to +58.5 [" in told  # of 0.0149 with 2 units


def finding(data, name):
    return next(v.finding for v in verdicts.verdicts(data) if v.id == name)


@pytest.mark.parametrize(("name", "outcome"), [("missed", PARTLY), ("beyond", NOT_REPRODUCED)])
def test_one_network_is_enough_to_contradict_the_random_layer(name, outcome):
    data = synthetic()
    assert outcomes(data)["random-layer"] == REPRODUCED
    data[f"layers_{name}"][0, 0] = 1
    assert outcomes(data)["random-layer"] == outcome


def cone(planes, sides):
    """The share of all directions on these sides of planes [p, 3] through the origin: an area on the sphere."""
    planes = np.where(sides, 1.0, -1.0)[:, None] * planes
    corners = np.array([np.cross(a, b) for a, b in itertools.permutations(planes, 2)])
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    corners = np.unique(np.round(corners[(corners @ planes.T > -1e-9).all(axis=1)], 12), axis=0)
    if len(corners) < 3:
        return 0.0
    middle = corners.mean(axis=0) / np.linalg.norm(corners.mean(axis=0))
    east = np.cross(middle, corners[0])
    place = np.arctan2(corners @ east, corners @ np.cross(east, middle))
    a, *others = corners[np.argsort(place)]
    turned = [
        2 * math.atan2(abs(a @ np.cross(b, c)), 1 + a @ b + b @ c + c @ a) for b, c in itertools.pairwise(others)
    ]  # the area of each triangle (van Oosterom & Strackee 1983)
    return sum(turned) / (4 * math.pi)


@pytest.mark.parametrize(("low", "published"), [(0.0, 0.534), (-1.0, 0.899)])
def test_the_exact_share_of_eight_units_follows_from_solid_angles_and_linear_programs(low, published):
    """In another way than `nnjax.theory.step_units`: each set of outputs that units can have is tried for separability,
    and its probability follows from those of its subsets."""
    corners = np.array(theory.CORNERS) * (1 - low) + low
    planes = np.column_stack([corners, np.ones(4)])
    found = {sides: cone(planes, np.array(sides, bool)) for sides in itertools.product((0, 1), repeat=4)}
    assert sum(found.values()) == pytest.approx(1, abs=1e-9)
    # A unit and its opposite ask for the same, and one that is always on or off for nothing.
    kinds = [sides for sides in found if sides[0] == 0 and any(sides) and found[sides] > 1e-9]
    share = {sides: found[sides] + found[tuple(1 - bit for bit in sides)] for sides in kinds}
    sets = [frozenset(some) for size in range(len(kinds) + 1) for some in itertools.combinations(kinds, size)]
    within = {some: (1 - sum(share[one] for one in kinds if one not in some)) ** 8 for some in sets}

    def separable(some):
        images = np.array([*some], float).T.reshape(4, -1)
        return separability.separate(images, np.array([0, 1, 1, 0])).separable if some else False

    total = sum(
        (-1) ** len(some - fewer) * within[fewer] for some in sets if separable(some) for fewer in sets if fewer <= some
    )
    assert total == pytest.approx(theory.xor_probability(8, 1.0, low), abs=1e-9)
    assert total == pytest.approx(published, abs=5e-4)


def test_an_end_of_a_grid_leaves_open_what_it_could_change():
    data = synthetic()
    data["at_end"] = data.at_end | (data.way == OUTPUT)
    assert outcomes(data)[ADDS] == REPRODUCED  # no rate helps an output layer that solves all that is separable
    data["layers_missed"][:] = 1
    assert outcomes(data)[ADDS] == NOT_SETTLED
    data = synthetic({THROUGH: 0.0})
    data["at_end"] = data.at_end | (data.way == THROUGH)
    assert outcomes(data)[ADDS] == NOT_SETTLED


@pytest.mark.slow
def test_a_tiny_run_is_drawn_from_what_is_on_disk(redrawn):
    tiny = dataclasses.replace(config.QUICK, tuning_seeds=10, seeds=40, layers=60, num_steps=100, gains=(1.0, 2.0, 8.0))
    data = run.run(tiny)
    check_verdicts(verdicts.verdicts(data), verdicts.statements(tiny))
    assert (data.layers_beyond == 0).all()
    assert (data.layers_solved + data.layers_missed == data.layers_separable).all()
    assert (data.layers_separable > 0).all()
    assert len(verdicts.table(data)) == 5
    names = ["added", "rates", "success", "universal"]
    assert redrawn("activations.step_units", data, tiny) == names
    assert redrawn("activations.step_units", synthetic(), SETTINGS) == names


@pytest.mark.parametrize(
    "change",
    [
        {"gains": (0.5, 1.0, 2.0)},
        {"gains": (2.0, 4.0, 8.0)},
        {"ways": (OUTPUT, THROUGH)},
        {"codings": ("1 and 2",)},
        {"layers": 900},
    ],
)
def test_settings_that_make_no_sense_are_named(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        config.check(dataclasses.replace(config.FULL, **change))
