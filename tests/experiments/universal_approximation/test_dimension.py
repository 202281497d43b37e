"""Dimension: exact moments and distances against quadrature, bounds that hold, verdicts that can say no."""

import dataclasses
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from experiments.universal_approximation.dimension import config, cosine_sums, fixed_bases, run, summary, verdicts
from experiments.universal_approximation.dimension import drawn_units as law
from nnjax import mlp, tasks

TINY = config.Config(
    dims=(1, 3), drawn_units=(1, 4, 16), units=(4,), activations=("cos",), features=(4, 6, 8, 12, 16),
    most_polynomials=60, draws=200, solved_draws=5, sums=60, seeds=3, rates=(0.03,), scales=(0.25, 0.5),
    points_per_draw=64, train_points=512, test_points=256, batch_size=64, num_steps=50,
)  # fmt: skip


def quadrature(dim, nodes=60):
    """Nodes [m, d] and weights [m] on the cube [-1/2, 1/2]^d."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    points = np.stack(np.meshgrid(*[x / 2] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
    return points, np.prod(np.stack(np.meshgrid(*[w / 2] * dim, indexing="ij"), axis=-1).reshape(-1, dim), axis=1)


@pytest.mark.parametrize("dim", [1, 2])
def test_the_law_has_the_moments_that_are_claimed(dim):
    """The trapezoidal rule over the inputs, at each of their scales: exact to rounding for functions so smooth."""
    axis = np.linspace(-8, 8, 321)
    z = np.stack(np.meshgrid(*[axis] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
    w = np.exp(-np.sum(z**2, axis=1) / 2) * (axis[1] - axis[0]) ** dim / (2 * np.pi) ** (dim / 2)
    squared_norm = np.mean([w @ law.function(t * z) ** 2 for t in law.SCALES])
    np.testing.assert_allclose(squared_norm, law.SQUARED_NORM, rtol=1e-12)
    one_unit = np.mean([w @ np.cos(t * z @ np.full(dim, 0.7) + law.PHASE) ** 2 for t in law.SCALES])
    np.testing.assert_allclose(one_unit, law.SECOND_MOMENT, rtol=1e-12)


@pytest.mark.parametrize("dim", [1, 8, 32])
def test_the_function_is_the_mean_of_the_law(dim):
    rng = np.random.default_rng(dim)
    x = law.inputs(rng, (6,), dim)
    w = law.mean_frequency(dim) + np.sqrt(law.variance(dim)) * rng.normal(size=(200_000, dim))
    units = np.cos(w @ x.T + law.PHASE)
    z = (units.mean(axis=0) - law.function(x)) / (units.std(axis=0) / np.sqrt(len(w)))
    assert np.abs(z).max() < 4
    np.testing.assert_allclose(np.linalg.norm(law.mean_frequency(dim)), law.MEAN_FREQUENCY)


def test_drawn_units_err_as_they_must_and_others_do_not():
    errors = np.array([law.drawn_errors(d, n, 2_000, 64, 0) for d in (1, 16) for n in (1, 8)])
    exact = np.array([0.25, 0.25 / 8, 0.25, 0.25 / 8])
    spread = errors.std(axis=1, ddof=1) / np.sqrt(2_000)
    assert errors.shape == (4, 2_000)
    assert summary.goodness((errors.mean(axis=1) - exact) / spread) > 0.01
    assert summary.goodness((errors.mean(axis=1) - 1.2 * exact) / spread) < 1e-6


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_lattice_points_are_counted_and_drawn_evenly(dim):
    q, counts = cosine_sums.shells(dim, 20)
    reach = math.isqrt(q)
    points = [k for k in itertools.product(range(-reach, reach + 1), repeat=dim) if 0 < np.dot(k, k) <= q]
    assert len(points) >= 20
    assert counts[dim, 1:].sum() == len(points)
    inner = [k for k in points if np.dot(k, k) < q]
    assert len(inner) < 20
    even = cosine_sums.Law(counts, counts[dim, 1:] / counts[dim, 1:].sum(), 1)
    drawn = cosine_sums.frequencies(np.random.default_rng(0), even, 40_000)
    places, times = np.unique(drawn, axis=0, return_counts=True)
    assert {tuple(k) for k in places.tolist()} == set(points)
    z = (times - 40_000 / len(points)) / np.sqrt(40_000 / len(points))
    assert np.abs(z).max() < 4.5


@pytest.mark.parametrize("dim", [1, 3])
def test_the_law_draws_a_ball_and_then_a_point(dim):
    """Chances of |k|^2 are those of balls drawn as 1/q, each shared by its points; predicting nothing errs as told."""
    law_of_sums = cosine_sums.law(dim, 4, 3)
    inside = law_of_sums.counts[dim, 1:]
    last = len(inside)
    by_hand = [sum(inside[s] / inside[:q].sum() / q for q in range(s + 1, last + 1)) for s in range(last)]
    np.testing.assert_allclose(law_of_sums.chances, by_hand / np.sum(1 / np.arange(1, last + 1)), rtol=1e-12)
    np.testing.assert_allclose(law_of_sums.chances.sum(), 1, rtol=1e-12)
    norms = cosine_sums.squared_norms(cosine_sums.cosine_sums(np.random.default_rng(0), law_of_sums, 20_000))
    z = (norms.mean() - cosine_sums.mean_bound(law_of_sums, 0)) / (norms.std() / np.sqrt(len(norms)))
    assert abs(z) < 4


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("terms", [1, 3])
def test_distances_are_those_of_least_squares(dim, terms):
    """Both bases, by weighted least squares on quadrature nodes."""
    sums = cosine_sums.cosine_sums(np.random.default_rng(dim), cosine_sums.law(dim, 2, terms), 5)
    x, w = quadrature(dim)
    root = np.sqrt(w)[:, None]
    y = root * sums(x).T
    np.testing.assert_allclose((y**2).sum(axis=0), cosine_sums.squared_norms(sums), rtol=1e-12)
    constant = (sums.frequency.astype(float) ** 2).sum(axis=-1) ** 0.5 * np.abs(sums.amplitude) * 2 * np.pi
    np.testing.assert_allclose(constant.sum(axis=1), 1.0, rtol=1e-12)

    degree = 5
    powers = [p for p in itertools.product(range(degree + 1), repeat=dim) if sum(p) <= degree]
    polynomials = root * np.stack([np.prod(x ** np.array(p), axis=1) for p in powers], axis=1)
    features = fixed_bases.random_features(np.random.default_rng(7), dim, 5, 2.0)
    found = {
        "polynomials": (polynomials, fixed_bases.polynomial_errors(sums, degree)),
        "features": (root * features(x), fixed_bases.feature_errors(sums, features)),
    }
    for basis, errors in found.values():
        left = y - basis @ np.linalg.lstsq(basis, y)[0]
        np.testing.assert_allclose(errors, (left**2).sum(axis=0), atol=1e-12)


def test_polynomials_of_many_dimensions_on_fresh_inputs():
    """A wave along two of three directions, from polynomials of degree 4: what is left has the norm computed."""
    sums = cosine_sums.cosine_sums(np.random.default_rng(1), cosine_sums.law(3, 9, 2), 4)
    rng = np.random.default_rng(2)
    powers = [p for p in itertools.product(range(5), repeat=3) if sum(p) <= 4]
    x, w = quadrature(3, 16)
    basis = np.stack([np.prod(x ** np.array(p), axis=1) for p in powers], axis=1)
    c = np.linalg.lstsq(np.sqrt(w)[:, None] * basis, np.sqrt(w)[:, None] * sums(x).T)[0]
    fresh = rng.uniform(-0.5, 0.5, (20_000, 3))
    gaps = (sums(fresh).T - np.stack([np.prod(fresh ** np.array(p), axis=1) for p in powers], axis=1) @ c) ** 2
    z = (gaps.mean(axis=0) - fixed_bases.polynomial_errors(sums, 4)) / (gaps.std(axis=0) / np.sqrt(len(fresh)))
    assert np.abs(z).max() < 4


@pytest.mark.parametrize("dim", [1, 3])
def test_the_bounds_are_met_by_the_best_basis(dim):
    """The lowest waves themselves are such a basis: the sums lose all terms of these shells."""
    law_of_sums = cosine_sums.law(dim, 6, 2)
    inside = law_of_sums.counts[dim, 1:].cumsum()
    shell = 4 if dim == 1 else 2
    sums = cosine_sums.cosine_sums(np.random.default_rng(0), law_of_sums, 20_000)
    caught = (sums.frequency**2).sum(axis=-1) <= shell
    left = cosine_sums.squared_norms(sums._replace(amplitude=np.where(caught, 0.0, sums.amplitude)))
    n = int(inside[shell - 1])
    z = (left.mean() - cosine_sums.mean_bound(law_of_sums, n)) / (left.std() / np.sqrt(len(left)))
    assert abs(z) < 4
    # One function fewer leaves a whole wave of the last shell more.
    more = cosine_sums.mean_bound(law_of_sums, n - 1) - cosine_sums.mean_bound(law_of_sums, n)
    assert more == pytest.approx(law_of_sums.weights[shell - 1])
    assert (np.diff(law_of_sums.weights[law_of_sums.counts[dim, 1:] > 0]) < 0).all()
    assert 0.5 * left.max() < cosine_sums.worst_bound(law_of_sums, 0) == pytest.approx(1 / (8 * np.pi**2))
    assert cosine_sums.worst_bound(law_of_sums, n) <= left.max()


def test_solved_units_err_less_than_their_mean():
    solved = law.solved_errors(2, 8, 20, 0)
    assert solved.shape == (20,)
    assert np.median(solved) < 0.5 * law.SQUARED_NORM / 8


def test_networks_are_tested_on_inputs_of_their_own():
    """A network of known error: units of the law, written down; two of equal function but another seed agree."""

    def predict(params, x):
        return jnp.cos(x @ params[0].w + params[0].b[None]) @ params[1].w

    rng = np.random.default_rng(0)
    w = law.mean_frequency(3)[:, None] + np.sqrt(law.variance(3)) * rng.normal(size=(3, 8))
    data = tasks.data(np.zeros((4, 3)), np.zeros((4, 1)))
    error = jax.jit(law.fresh_error, static_argnums=2)
    found = []
    for order in (np.arange(8), np.arange(8)[::-1]):
        arrays = [jnp.asarray(a, jnp.float32) for a in (w[:, order], np.full(8, law.PHASE), np.full((8, 1), 1 / 8))]
        params = (mlp.Layer(*arrays[:2]), mlp.Layer(arrays[2], jnp.zeros(1)))
        found.append(float(error(params, data, predict)))
    x = law.inputs(rng, (200_000,), 3)
    exact = np.mean((np.cos(x @ w + law.PHASE).mean(axis=1) - law.function(x)) ** 2)
    assert found[0] != found[1]
    np.testing.assert_allclose(found, exact, rtol=0.1)


@pytest.fixture(scope="module")
def data():
    """The claim in a small form, all of it but what is trained, whose errors are made up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(law, "_trained", lambda *_: made_up())
        return run.run(TINY)


def made_up():
    values = {"trained": 0.1, "trained_low": 0.09, "trained_high": 0.11, "rate": 0.03}
    coords = {"activation": ["cos"], "width": [4]}
    return xr.Dataset({name: (tuple(coords), [[value]]) for name, value in values.items()}, coords)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))}


@pytest.mark.slow
def test_everything_is_drawn_from_what_is_on_disk(redrawn):
    data = run.run(TINY)
    assert redrawn("universal_approximation.dimension", data, TINY) == ["exponents", "fixed_bases", "units"]
    methods = {row["method"] for row in verdicts.table(data)}
    assert methods == {"drawn", "drawn, solved", "trained cos", "polynomials", "features"}


def test_what_is_exact_is_met(data):
    found = outcomes(data)
    for name in ("drawn units", "bound, polynomials", "bound, features"):
        assert found[name] == REPRODUCED
    assert summary.goodness(data.fresh_z) > 0.01  # distances in closed form are those measured on fresh inputs
    assert data.polynomials_number.sel(dim=3).dropna("degree").values.tolist() == [1, 4, 10, 20, 35, 56]
    slopes = summary.exponents(data, "polynomials").sel(of="slope")
    np.testing.assert_allclose(slopes, [-2, -2 / 3], atol=0.25)


@pytest.mark.parametrize(
    ("variable", "factor", "name", "word"),
    [
        ("drawn", 1.3, "drawn units", NOT_REPRODUCED),
        ("polynomials_mean", 0.1, "bound, polynomials", NOT_REPRODUCED),
        ("features_mean", 0.1, "bound, features", NOT_REPRODUCED),
        ("trained_low", 1e-6, "trained, cos", NOT_SETTLED),
    ],
)
def test_verdicts_can_say_no(data, variable, factor, name, word):
    changed = data.copy(deep=True)
    changed[variable] = changed[variable] * factor
    assert outcomes(changed)[name] == word


def test_trained_units_are_judged_cell_by_cell(data):
    """By hand: both cells ahead, one behind, both behind, and behind with a rate at the end of its grid."""
    to_end, to_middle = (0.003, 0.01, 0.03), (0.01, 0.03, 0.1)

    def judged(factors, rates=(0.03,)):
        changed = data.copy(deep=True).assign_attrs(rates=rates)
        for name in ("trained", "trained_low", "trained_high"):
            changed[name][:] = np.reshape(np.multiply(factors, law.SQUARED_NORM / 4), changed[name].shape)
        changed["rate"][:] = 0.03
        for name in ("solved", "solved_low", "solved_high"):
            changed[name][:] = law.SQUARED_NORM / 4
        found = outcomes(changed)
        assert found["chosen, cos"] == found["trained, cos"]
        return found["trained, cos"]

    assert judged([0.5, 0.5]) == REPRODUCED
    assert judged([0.5, 2.0]) == PARTLY
    assert judged([2.0, 2.0]) == NOT_REPRODUCED
    assert judged([2.0, 2.0], rates=to_end) == NOT_SETTLED
    assert judged([2.0, 2.0], rates=to_middle) == NOT_REPRODUCED
    assert judged([2.0, 2.0], rates=(0.01, 0.03)) == NOT_REPRODUCED  # two are no grid
    assert judged([0.5, 0.5], rates=to_end) == REPRODUCED  # a better rate is further ahead


def test_the_same_line_is_a_margin(data):
    changed = data.copy(deep=True)
    changed["drawn_error"] = 1e-3 * changed.drawn
    for factor, word in ((1.5, NOT_REPRODUCED), (1.0, REPRODUCED), (1.05, REPRODUCED)):
        changed["drawn"].values = changed.exact.values * np.array([[1.0], [factor]])
        assert outcomes(changed)["same line"] == word
    changed["drawn_error"] = 0.2 * changed.drawn
    assert outcomes(changed)["same line"] == NOT_SETTLED


def of_large_n(data):
    """With a best basis that falls as n^(-2/d) already."""
    return data.assign({f"{kind}_bound": data[f"{kind}_number"] ** (-2 / data.dim) for kind in verdicts.KINDS})


def within(data):
    """With scales of the features that all lie within their grid, too."""
    large = of_large_n(data)
    return large.assign(features_scale=data.features_scale * 0 + 0.25).assign_attrs(scales=(0.125, 0.25, 0.5))


def test_rates_that_are_too_steep_are_told(data):
    changed = data.copy(deep=True)
    for kind in ("polynomials", "features"):
        for what in ("mean", "worst"):
            changed[f"{kind}_{what}"] = changed[f"{kind}_{what}"] / changed[f"{kind}_number"] ** 2
    found = outcomes(within(changed))
    for name in ("rate, polynomials", "rate, features", "worst, polynomials", "worst, features"):
        assert found[name] == NOT_REPRODUCED


def test_scales_of_features_at_an_end_of_their_grid_leave_a_dimension_open(data):
    changed = of_large_n(data.copy(deep=True)).assign_attrs(scales=(0.125, 0.25, 0.5))
    changed["features_scale"][:] = 0.25
    changed["features_mean"] = changed.features_number ** (-2 / changed.dim)
    assert outcomes(changed)["rate, features"] == REPRODUCED
    changed["features_scale"][0, 2] = 0.125
    assert outcomes(changed)["rate, features"] == NOT_SETTLED
    steep = changed.copy(deep=True)
    steep["features_mean"][1] = changed.features_mean[1] ** 4
    assert outcomes(steep)["rate, features"] == NOT_SETTLED  # partly, or none of the two
    changed["features_scale"][1, 2] = 0.5
    assert outcomes(changed)["rate, features"] == NOT_SETTLED
    assert outcomes(changed.assign_attrs(scales=(0.25, 0.5)))["rate, features"] == REPRODUCED  # two are no grid


def test_scales_of_features_that_were_not_recorded_settle_nothing(data):
    changed = data.copy(deep=True)
    changed["features_mean"] = changed.features_number ** (-2 / changed.dim)
    found = {v.id: v for v in verdicts.verdicts(changed.drop_vars("features_scale"))}["rate, features"]
    assert found.outcome == NOT_SETTLED
    assert "was not recorded" in found.finding


def test_predicting_nothing_passes_for_no_basis(data):
    changed = data.copy(deep=True)
    for kind in ("polynomials", "features"):
        for what in ("mean", "worst"):
            known = np.isfinite(changed[f"{kind}_number"])
            changed[f"{kind}_{what}"] = changed[f"nothing_{what}"].where(known)
    found = outcomes(within(changed))
    for name in ("rate, polynomials", "rate, features", "worst, polynomials", "worst, features"):
        assert found[name] == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("exponent", "word"),
    [
        ((-0.0625, -0.3, 0.1), NOT_SETTLED),
        ((np.nan, np.nan, np.nan), NOT_SETTLED),
        ((0.0, 0.0, 0.0), NOT_REPRODUCED),
        ((-0.07, -0.1, -0.04), REPRODUCED),
        ((-0.065, -0.066, -0.064), REPRODUCED),
        ((-0.1, -0.11, -0.09), NOT_REPRODUCED),
    ],
)
def test_an_exponent_that_may_be_that_of_predicting_0_is_open(exponent, word):
    assert verdicts.exponent_outcome(*exponent, 32, -2 / 32) == word


def test_an_exponent_is_open_where_the_best_basis_does_not_have_it():
    """-2/d is for large n, and at smaller n the best of all bases falls with another power."""
    assert verdicts.exponent_outcome(-0.25, -0.26, -0.24, 8, -0.26) == REPRODUCED
    for best in (-0.31, -0.2, np.nan):
        assert verdicts.exponent_outcome(-0.25, -0.26, -0.24, 8, best) == NOT_SETTLED
        assert verdicts.exponent_outcome(-0.1, -0.11, -0.09, 8, best) == NOT_SETTLED


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dims": ()}, r"dims=\(\) must be one or more"),
        ({"units": (1,)}, "must hold a number above 1"),
        ({"units": (4, 1)}, r"units=\(4, 1\) must be one or more"),
        ({"features": (0,)}, r"features=\(0,\) must be one or more"),
        ({"draws": 1}, "draws=1 must be a whole number from 2"),
        ({"most_polynomials": 3}, "most_polynomials=3 must allow degree 1"),
        ({"scales": (0.0,)}, "scales="),
        ({"train_points": 10}, "train_points=10 must be 64 or more"),
        ({"rates": ()}, "rates="),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        run.run(dataclasses.replace(TINY, **change))
