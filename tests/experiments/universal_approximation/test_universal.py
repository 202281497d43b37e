"""Which activations are universal: floors from theory, least squares against LAPACK's, verdicts that can say no."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from experiments.universal_approximation.universal import (
    activations,
    conditions,
    config,
    features,
    run,
    summary,
    trained,
    verdicts,
)  # fmt: skip
from nnjax import mlp, tasks
from nnjax.mlp import Layer
from nnjax.theory import approximation

TINY = dataclasses.replace(
    config.QUICK, targets=("exp_cos", "kink"), widths=(1, 8, 64), seeds=2, tuning_seeds=1, trained_widths=(8,)
)


@pytest.fixture(scope="module")
def data():
    """The claim in a small form, all of it but what is trained, whose errors are made up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activations, "OTHERS", {name: (f, s[-3:][:1]) for name, (f, s) in activations.OTHERS.items()})
        patch.setattr(features, "PANELS", 12)
        patch.setattr(features, "TUNING_PANELS", 15)
        patch.setattr(features, "TEST_PANELS", 17)
        patch.setattr(conditions, "UNBIASED_SCALES", (4.0,))
        kept = {name: activations.UNBIASED[name] for name in ("ReLU", "tanh", "GELU", "exponential")}
        patch.setattr(activations, "UNBIASED", kept)
        patch.setattr(trained, "run", lambda *_: made_up())
        return run.run(TINY)


@pytest.fixture(scope="module")
def unchanged(data):
    """What is judged of the data as they are."""
    return outcomes(data)


def made_up():
    names = list(trained.TRAINED)
    error = [[[{"tanh": 1e-5}.get(name, 1.2)] * 3] for name in names]
    coords = {"trained": names, "trained_width": [8]}
    return xr.Dataset({"trained_error": (("trained", "trained_width", "trained_seed"), error)}, coords)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))}


def test_everything_is_drawn_from_what_is_on_disk(data, redrawn):
    assert redrawn("universal_approximation.universal", data, TINY) == ["conditions", "floors", "universal"]


def test_polynomials_stop_and_others_do_not(data, unchanged):
    begun = {name for name in unchanged if name.startswith("universal")} | {"biases give it"}
    assert len(begun) == 9
    assert NOT_REPRODUCED not in {unchanged[name] for name in begun}  # with 64 units steps have hardly begun
    assert {word for name, word in unchanged.items() if name not in begun} == {REPRODUCED}
    ratio = summary.over_floor(data)
    assert float(ratio.min()) >= 1 - 1e-9  # at every width: a network with a polynomial is one
    assert float(ratio.sel(width=64).max()) <= 1 + 1e-6


# By hand, in L2 on [-1, 1]: the best constant to |x| is 1/2, with the squared error 2/3 - 1/2 = 1/6, and no straight
# line is better; of Legendre's P2, whose squared norm is 2/5, |x| holds 5/8.
def test_floors_are_those_of_the_modulus_by_hand(data):
    one = data.floor.sel(target="kink")
    assert float(one.sel(activation="$z$")) == pytest.approx((1 / 6) ** 0.5, rel=1e-12)
    for name in ("$z^2$", "$z^3$"):
        assert float(one.sel(activation=name)) == pytest.approx((1 / 6 - 25 / 64 * 2 / 5) ** 0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("variable", "where", "factor", "name", "word"),
    [
        ("error", {"width": 64}, 1.05, "met", NOT_REPRODUCED),
        ("error", {"activation": "$z$", "width": 64}, 1.05, "met", PARTLY),
        ("error", {"activation": "ReLU", "width": 64}, 1e3, "universal: ReLU", NOT_REPRODUCED),
        ("error", {"activation": "ReLU", "width": 64, "target": "kink"}, 1e3, "universal: ReLU", PARTLY),
        ("trained_error", {"trained": "tanh"}, 1e6, "trained", NOT_REPRODUCED),
        ("trained_error", {"trained": "tanh", "trained_seed": 0}, 1e6, "trained", NOT_SETTLED),
        ("condition_error", {"condition": "tanh", "biased": False, "seed": 0}, 1.1, "biases", NOT_REPRODUCED),
        ("condition_error", {"condition": "GELU", "biased": True}, 1e15, "biases give it", PARTLY),
        ("condition_error", {"biased": True}, 1e15, "biases give it", NOT_REPRODUCED),
        ("condition_error", {"condition": "exponential", "biased": False}, 1e12, "no biases needed", NOT_REPRODUCED),
    ],
)
def test_verdicts_can_say_no(data, unchanged, variable, where, factor, name, word):
    changed = data.copy(deep=True).assign_coords(seed=range(2), trained_seed=range(3))
    changed[variable].loc[where] *= factor
    after = outcomes(changed)
    assert after[name] == word
    assert {other for other in unchanged if after[other] != unchanged[other]} == {name}


@pytest.mark.parametrize(("scale", "width", "word"), [(512.0, 8, NOT_SETTLED), (512.0, 64, REPRODUCED)])
def test_a_scale_at_the_end_of_its_grid_settles_nothing_where_errors_fall_from(data, unchanged, scale, width, word):
    """A better scale at the greatest N would let errors fall further still."""
    changed = data.copy(deep=True)
    changed["scale"].loc[{"activation": "tanh", "width": width}] = scale
    assert unchanged["universal: tanh"] == REPRODUCED
    assert outcomes(changed)["universal: tanh"] == word


def test_errors_that_stop_falling_halfway_do_not_count(data, unchanged):
    wider = data.isel(width=-1).assign_coords(width=128)
    small = (wider.error.median("seed") <= summary.SMALL * data.norm).sel(activation="ReLU")
    assert not small.any()
    stalled = xr.concat([data, wider], "width", data_vars="minimal", coords="minimal", compat="equals")
    (found,) = (one for one in verdicts.verdicts(stalled) if one.id == "universal: ReLU")
    assert (found.outcome, unchanged["universal: ReLU"]) == (NOT_REPRODUCED, REPRODUCED)
    assert "80% of the median error on 0 of 2 targets; the greatest share that it leaves is 100%" in found.finding


def test_the_settings_name_what_there_is():
    assert tuple(tasks.TARGETS) == config.TARGETS
    assert max(degree for _, degree in activations.POLYNOMIALS.values()) == config.DEGREE


# A rule that polynomials pass tells nothing.
def test_a_rule_that_polynomials_pass_reproduces_nothing(data):
    assert summary.controls(data, summary.fall(data)).min() > 0.99
    changed = data.copy(deep=True)
    changed["error"].loc[{"activation": "$z^5$", "width": 64, "target": "kink"}] *= 0.4
    found = outcomes(changed)
    assert {word for name, word in found.items() if name.startswith("universal")} == {NOT_SETTLED}


# Of degree 7 eight coefficients are needed, so from fewer units on every polynomial falls.
def test_the_start_is_no_earlier_than_polynomials_need(data):
    assert summary.start((1, 4, 8, 64)) == 8
    assert summary.start((1, 8, 16, 256)) == 16


def test_without_training_nothing_is_judged_of_it(data, unchanged):
    bare = data.drop_dims(["trained", "trained_width", "trained_seed"])
    assert set(unchanged) - set(outcomes(bare)) == {"trained"}


# z^2 with one value changed meets its points, and is a polynomial almost everywhere.
def test_spikes_meet_points_and_stay_above_the_floor(data):
    assert float(data.spike_training_error) < 1e-9
    assert float(data.spike_error) >= float(data.floor.sel(activation="$z^2$", target="exp_cos"))


# The integral of 1/z^2 has no end: on n points the nearest to the pole is as near as 1/n.
def test_a_unit_with_its_pole_inside_grows_as_the_root_of_the_points(data):
    growth = np.polyfit(np.log(data.grid), np.log(data.pole_size), 1)[0]
    assert growth == pytest.approx(0.5, abs=0.02)
    assert float(data.pole_outside.median("seed").isel(width=-1)) < 1e-3 * float(data.norm.sel(target="exp_cos"))


def test_output_layers_are_those_of_lapack_at_every_width():
    with jax.enable_x64(True):
        at = features.nodes(["sine", "kink"], 12)
        design = features.features(features.draw(3, 12, 4.0), at.u, jnp.tanh)
        factors = features.factorized(design, at)
        root = np.sqrt(at.weights)[:, None]
        for count in (1, 4, 9):
            own = design[:, :count] @ features.best_outputs(factors, count)
            other = design[:, :count] @ np.linalg.lstsq(root * design[:, :count], root * at.y)[0]
            np.testing.assert_allclose(own, other, atol=1e-9)


def test_dependent_units_are_left_out():
    with jax.enable_x64(True):
        at = features.nodes(["sine"], 12)
        one = features.features(features.draw(0, 3, 2.0), at.u, activations.cube)
        twice = np.concatenate([one, one[:, 1:]], axis=1)
        outputs = features.best_outputs(features.factorized(twice, at), 7)
        assert (outputs[4:] == 0).all()
        np.testing.assert_allclose(outputs[:4], features.best_outputs(features.factorized(one, at), 4), rtol=1e-12)


def test_features_are_those_of_mlp():
    with jax.enable_x64(True):
        layer, u = features.draw(1, 5, 3.0), np.linspace(-1, 1, 7)
        outputs = np.linspace(-1, 1, 6)
        said = features.features(layer, u, jnp.tanh) @ outputs
        last = Layer(jnp.asarray(outputs[1:, None]), jnp.asarray(outputs[:1]))
        params = (jax.tree.map(jnp.asarray, layer), last)
        np.testing.assert_allclose(said, mlp.predict(params, u[:, None])[:, 0], rtol=1e-12)
        wide = features.draw(1, 9, 3.0)
        np.testing.assert_array_equal(wide.w[:, :5], layer.w)
        assert (features.draw(1, 5, 3.0, biased=False).b == 0).all()


def test_activations_are_as_described():
    z = np.array([-9.0, -1.0, -0.25, 0.0, 0.25, 1.0, 9.0], "float32")
    places = np.array([-50.0, -1.0, -0.999, 1.5, 1.501, 50.0], "float32")

    @jax.jit
    def said(z, places):
        alike = activations.tanh_series, activations.cosine_squasher, activations.spiked_square, activations.kinked_cube
        return *(f(z) for f in alike), activations.jumping_squasher(places)

    series, squashed, spiked, kinked, steps = map(np.asarray, said(z, places))
    np.testing.assert_allclose(series[2:5], np.tanh(z[2:5]), rtol=1e-5)
    np.testing.assert_allclose(squashed[[0, 3, 6]], [0, 0.5, 1], atol=1e-6)
    assert spiked.tolist() == [81, 1, 0.0625, 1, 0.0625, 1, 81]
    np.testing.assert_allclose(kinked[[0, 1]], [-728.1, -0.9], rtol=1e-6)
    assert (np.diff(steps) > 0).all()
    assert steps[2] - steps[1] == pytest.approx(0.2, abs=1e-3)
    assert steps[4] - steps[3] == pytest.approx(0.3, abs=1e-3)
    assert steps.tolist()[0] == pytest.approx(0)
    assert steps.tolist()[-1] == pytest.approx(1)


def test_degrees_are_those_of_the_polynomials():
    z = np.linspace(-1, 1, 40)
    for function, degree in activations.POLYNOMIALS.values():
        with jax.enable_x64(True):
            y = np.asarray(function(jnp.asarray(z)))
        exact = np.polynomial.Chebyshev.fit(z, y, degree)
        lower = np.polynomial.Chebyshev.fit(z, y, degree - 1)
        np.testing.assert_allclose(exact(z), y, atol=1e-13)
        assert np.abs(lower(z) - y).max() > 1e-5


# The odd part of e^x cos 5x is sinh x cos 5x: what is left is cosh x cos 5x but for its mean.
def test_what_is_left_without_biases():
    with jax.enable_x64(True):
        even = approximation.best_polynomial_l2(lambda x: np.cosh(x) * np.cos(5 * x), 0, (-1.0, 1.0)).error
        assert conditions.floor("odd") == pytest.approx(even, rel=1e-12)
        odd = approximation.best_polynomial_l2(lambda x: np.sinh(x) * np.cos(5 * x), 1, (-1.0, 1.0)).error
        assert conditions.floor("even and x") == pytest.approx(odd, rel=1e-12)
        assert conditions.floor("sign") > conditions.floor("lines") > conditions.floor("all") == 0


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"targets": ("exp_cos", "sines")}, "sines"),
        ({"targets": ("sine",)}, "exp_cos"),
        ({"widths": (4, 2, 8)}, "widths"),
        ({"widths": (2, 4)}, "widths"),
        ({"widths": (1, 2, 4, 8)}, "widths=.* must hold two of 8 or more"),
        ({"trained_widths": (0,)}, "trained_widths"),
        ({"seeds": 1}, "seeds"),
        ({"tuning_seeds": 0}, "tuning_seeds"),
    ],
)
def test_bad_settings_are_refused(change, word):
    with pytest.raises(ValueError, match=word):
        run.run(dataclasses.replace(TINY, **change))


@pytest.mark.slow
def test_what_is_trained():
    with jax.enable_x64(True):
        found = trained.run((8,), 3, 1, 60).trained_error.median("trained_seed").isel(trained_width=0)
    floors = [
        approximation.best_polynomial_l2(lambda x: np.exp(x) * np.cos(5 * x), k, (-1.0, 1.0)).error for k in (3, 7)
    ]
    for name, floor in zip(("$z^3$", "Taylor polynomial of tanh"), floors, strict=True):
        assert floor * (1 - 1e-6) <= float(found.sel(trained=name)) <= 1.05 * floor
    assert float(found.sel(trained="tanh")) < 1e-3
