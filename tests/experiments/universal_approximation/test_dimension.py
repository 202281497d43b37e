"""Dimension: exact moments and distances against quadrature, bounds that hold, statements that can fail."""

import dataclasses
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy
import xarray as xr

from experiments.lab import claims, results
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.universal_approximation import dimension, fixed_bases
from nnjax import mlp, tasks
from nnjax.theory import approximation
from tests.experiments.conftest import check

TINY = dimension.Config(
    dims=(1, 3), drawn_units=(1, 4, 16), units=(4,), activations=("cos",), features=(4, 16), most_polynomials=60,
    draws=50, solved_draws=5, sums=60, seeds=3, rates=(0.03,), scales=(0.25, 0.5), points_per_draw=64,
    train_points=512, batch_size=64, num_steps=50,
)  # fmt: skip


@pytest.fixture(scope="module")
def committed():
    return results.load(claims.ROOT.parent / "results/universal_approximation/dimension/data.nc")


def outcomes(data):
    return {row["id"]: row["outcome"] for row in verdicts(dimension.STATEMENTS, data)}


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
    squared_norm = np.mean([w @ dimension.function(t * z) ** 2 for t in dimension.SCALES])
    one_unit = np.mean([w @ np.cos(t * z @ np.full(dim, 0.7) + dimension.PHASE) ** 2 for t in dimension.SCALES])
    assert (squared_norm, one_unit) == pytest.approx((dimension.SQUARED_NORM, dimension.SECOND_MOMENT), rel=1e-12)


@pytest.mark.parametrize("dim", [1, 8, 32])
def test_the_function_is_the_mean_of_the_law(dim):
    rng = np.random.default_rng(dim)
    x = dimension.inputs(rng, (6,), dim)
    units = np.cos(x @ dimension.frequencies(rng, (), dim, 200_000) + dimension.PHASE)
    z = (units.mean(axis=1) - dimension.function(x)) / (units.std(axis=1) / np.sqrt(units.shape[1]))
    assert np.abs(z).max() < 4


def test_drawn_units_have_the_exact_error_in_every_dimension(committed):
    """Maurey's identity, by a chi-squared test of all dimensions and numbers; errors a twentieth higher would fail."""
    exact = xr.DataArray(
        [
            approximation.maurey_squared_error(dimension.SECOND_MOMENT, dimension.SQUARED_NORM, n)
            for n in committed.drawn_units.values.tolist()
        ],
        dims="drawn_units",
    )

    def p_value(errors):
        z = (errors - exact) / committed.drawn_error
        return scipy.stats.chi2.sf(float((z**2).sum()), z.size)

    assert p_value(committed.drawn) > 0.01
    assert p_value(1.05 * committed.drawn) < 1e-6


@pytest.mark.parametrize("kind", ["polynomials", "features"])
def test_no_basis_comes_nearer_than_the_best_one(committed, kind):
    mean, error, bound = (committed[f"{kind}_{name}"] for name in ("mean", "error", "bound"))
    assert ((mean - bound) / error.where(error > 0)).min() > -4
    assert mean.count() > 20


@pytest.mark.parametrize(
    ("variables", "where", "factor", "rate", "words"),
    [
        (("trained", "trained_low", "trained_high"), {"units": 16, "dim": 32}, 3, 0.1, (NOT_REPRODUCED,) * 2),
        (("trained", "trained_low", "trained_high"), {"units": 16, "dim": 32}, 3, 1.0, (NOT_SETTLED,) * 2),
        (("trained", "trained_low", "trained_high"), {"units": 16, "dim": 32}, 0.9, 1.0, (REPRODUCED,) * 2),
        (("trained_high",), {"units": 16, "dim": 32}, 5, 0.1, (NOT_SETTLED,) * 2),
        (("solved", "solved_low", "solved_high"), {"units": 64, "dim": 8}, 0.1, 0.1, (REPRODUCED, NOT_REPRODUCED)),
    ],
)
def test_statements_can_fail_in_every_cell(committed, variables, where, factor, rate, words):
    changed = committed.copy(deep=True)
    for name in variables:
        changed[name].loc[where] *= factor
    changed["rate"].loc[where] = rate
    assert tuple(outcomes(changed).values()) == words


def test_intervals_widen_with_the_level_and_one_unit_is_left_out(committed):
    low, high = (dimension.over_drawn(committed, level) for level in (0.95, 0.99))
    assert low is not None
    assert high is not None
    assert (high.low < low.low).all()
    half = [np.log(part.high / part.value) for part in (low, high)]
    np.testing.assert_allclose(half[1] / half[0], scipy.stats.norm.ppf(0.995) / scipy.stats.norm.ppf(0.975))
    ratio = np.sqrt(committed.trained.sel(activation="cos") * committed.units / dimension.SQUARED_NORM)
    xr.testing.assert_allclose(low.value, ratio.drop_vars("activation"))
    single = committed.assign_coords(units=[1, 4, 16])
    assert dimension.over_drawn(single, 0.95).units.values.tolist() == [4, 16]
    assert outcomes(committed.sel(activation=["tanh"])) == {}


# Fixed bases.


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_lattice_points_are_counted_and_drawn_evenly(dim):
    q, counts = fixed_bases.shells(dim, 20)
    reach = math.isqrt(q)
    points = [k for k in itertools.product(range(-reach, reach + 1), repeat=dim) if 0 < np.dot(k, k) <= q]
    assert counts[dim, 1:].sum() == len(points) >= 20
    assert len([k for k in points if np.dot(k, k) < q]) < 20
    even = fixed_bases.Law(counts, counts[dim, 1:] / counts[dim, 1:].sum(), 1)
    drawn = fixed_bases.frequencies(np.random.default_rng(0), even, 40_000)
    places, times = np.unique(drawn, axis=0, return_counts=True)
    assert {tuple(k) for k in places.tolist()} == set(points)
    assert np.abs((times - 40_000 / len(points)) / np.sqrt(40_000 / len(points))).max() < 4.5


@pytest.mark.parametrize("dim", [1, 3])
def test_the_law_draws_a_ball_and_then_a_point(dim):
    """Chances of |k|^2 are those of balls drawn as 1/q, each shared by its points; predicting 0 errs as it should."""
    law = fixed_bases.law(dim, 4, 3)
    inside = law.counts[dim, 1:]
    last = len(inside)
    by_hand = [sum(inside[s] / inside[:q].sum() / q for q in range(s + 1, last + 1)) for s in range(last)]
    np.testing.assert_allclose(law.chances, by_hand / np.sum(1 / np.arange(1, last + 1)), rtol=1e-12)
    norms = fixed_bases.squared_norms(fixed_bases.cosine_sums(np.random.default_rng(0), law, 20_000))
    z = (norms.mean() - fixed_bases.mean_bound(law, 0)) / (norms.std() / np.sqrt(len(norms)))
    assert abs(z) < 4


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("terms", [1, 3])
def test_distances_are_those_of_least_squares(dim, terms):
    """Both bases, by weighted least squares on quadrature nodes."""
    sums = fixed_bases.cosine_sums(np.random.default_rng(dim), fixed_bases.law(dim, 2, terms), 5)
    x, w = quadrature(dim)
    root = np.sqrt(w)[:, None]
    y = root * sums(x).T
    np.testing.assert_allclose((y**2).sum(axis=0), fixed_bases.squared_norms(sums), rtol=1e-12)
    constant = (sums.frequency.astype(float) ** 2).sum(axis=-1) ** 0.5 * np.abs(sums.amplitude) * 2 * np.pi
    np.testing.assert_allclose(constant.sum(axis=1), 1.0, rtol=1e-12)
    powers = [p for p in itertools.product(range(6), repeat=dim) if sum(p) <= 5]
    polynomials = root * np.stack([np.prod(x ** np.array(p), axis=1) for p in powers], axis=1)
    features = fixed_bases.random_features(np.random.default_rng(7), dim, 5, 2.0)
    for basis, errors in (
        (polynomials, fixed_bases.polynomial_errors(sums, 5)),
        (root * features(x), fixed_bases.feature_errors(sums, features)),
    ):
        left = y - basis @ np.linalg.lstsq(basis, y)[0]
        np.testing.assert_allclose(errors, (left**2).sum(axis=0), atol=1e-12)


@pytest.mark.parametrize("dim", [1, 3])
def test_the_bound_is_met_by_the_best_basis(dim):
    """The lowest waves themselves are such a basis: the sums lose all terms of these shells."""
    law = fixed_bases.law(dim, 6, 2)
    shell = 4 if dim == 1 else 2
    sums = fixed_bases.cosine_sums(np.random.default_rng(0), law, 20_000)
    caught = (sums.frequency**2).sum(axis=-1) <= shell
    left = fixed_bases.squared_norms(sums._replace(amplitude=np.where(caught, 0.0, sums.amplitude)))
    n = int(law.counts[dim, 1:].cumsum()[shell - 1])
    assert abs((left.mean() - fixed_bases.mean_bound(law, n)) / (left.std() / np.sqrt(len(left)))) < 4
    # One function fewer leaves a whole wave of the last shell more.
    more = fixed_bases.mean_bound(law, n - 1) - fixed_bases.mean_bound(law, n)
    assert more == pytest.approx(law.weights[shell - 1])
    assert (np.diff(law.weights[law.counts[dim, 1:] > 0]) < 0).all()


# Units.


def test_solved_units_err_less_than_their_mean():
    solved = dimension.solved_errors(2, 8, 20, 0)
    assert solved.shape == (20,)
    assert np.median(solved) < 0.5 * dimension.SQUARED_NORM / 8


def test_networks_are_tested_on_inputs_of_their_own():
    """A network of known error: units of the law, written down; two of equal function but another seed agree."""

    def predict(params, x):
        return jnp.cos(x @ params[0].w + params[0].b[None]) @ params[1].w

    rng = np.random.default_rng(0)
    w = dimension.frequencies(rng, (), 3, 8)
    data = tasks.data(np.zeros((4, 3)), np.zeros((4, 1)))
    error = jax.jit(dimension.fresh_error, static_argnums=2)
    found = []
    for order in (np.arange(8), np.arange(8)[::-1]):
        arrays = (w[:, order], np.full(8, dimension.PHASE), np.full((8, 1), 1 / 8))
        w_1, b_1, w_2 = (jnp.asarray(array, jnp.float32) for array in arrays)
        found.append(float(error((mlp.Layer(w_1, b_1), mlp.Layer(w_2, jnp.zeros(1))), data, predict)))
    x = dimension.inputs(rng, (200_000,), 3)
    exact = np.mean((np.cos(x @ w + dimension.PHASE).mean(axis=1) - dimension.function(x)) ** 2)
    assert found[0] != found[1]
    np.testing.assert_allclose(found, exact, rtol=0.1)


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have(committed):
    data = dimension.run(TINY)
    assert {name: set(one.dims) for name, one in data.variables.items()} == {
        name: set(one.dims) for name, one in committed.variables.items()
    }
    assert data.polynomials_number.sel(dim=3).dropna("degree").values.tolist() == [1, 4, 10, 20, 35, 56]
    assert len(dimension.table(data).to_dataframe().dropna(how="all")) == 2 * (3 + 1 + 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": (1,)}, "must hold a number above 1"),
        ({"most_polynomials": 3}, "most_polynomials=3 must allow degree 1"),
        ({"train_points": 10}, "train_points=10 must be 64 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        check(dimension, dataclasses.replace(TINY, **change))
