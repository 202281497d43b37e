"""References for approximation against closed forms, other ways to compute them, and the numbers of the literature."""

import itertools

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from nnjax.tasks import TARGETS
from nnjax.theory import approximation as theory
from nnjax.theory import free_knots
from nnjax.theory.knot_search import newton
from nnjax.theory.piecewise_linear import fit
from nnjax.theory.relu_networks import slope_signs

NONE = np.zeros((1, 6))
ROUNDING = 1e-14
SINE, SQUARE, EXP, RUNGE = (TARGETS[name] for name in ("sine", "square", "exp", "runge"))


# Quadrature


def test_integrals_by_hand():
    np.testing.assert_allclose(theory.integral(np.exp, (0.0, 1.0)), np.e - 1, rtol=1e-15)
    np.testing.assert_allclose(theory.integral(lambda x: np.sqrt(np.abs(x)), (-1.0, 1.0)), 4 / 3, rtol=1e-13)
    np.testing.assert_allclose(theory.l2_norm(SINE.function, (0.0, 1.0)), 0.5**0.5, rtol=1e-15)
    np.testing.assert_allclose(theory.l2_norm(lambda x: 0 * x + 3, (-1.0, 3.0)), 6.0, rtol=1e-15)
    np.testing.assert_allclose(theory.l2_to_rms(6.0, (-1.0, 3.0)), 3.0)


def test_a_jump_is_found_or_told():
    jump = TARGETS["jump"]
    found = theory.integral(jump.function, jump.interval)
    told = theory.integral(jump.function, jump.interval, jump.breakpoints)
    np.testing.assert_allclose([found, told], -2 / np.pi, rtol=1e-11)  # 1 on [1/pi, 1], -1 on [-1, 1/pi]
    assert len(theory.panels(jump.function, jump.interval, jump.breakpoints)) < 10


def test_oscillations_between_the_first_nodes_are_resolved():
    f = TARGETS["weierstrass"].function
    norm = sum(2.0**-k for k in range(7)) / 2  # cosines of different whole periods are orthogonal
    np.testing.assert_allclose(theory.l2_norm(f, (0.0, 2.0)) ** 2, 2 * norm, rtol=1e-13)


@pytest.mark.parametrize(("periods", "high"), [(4, 1.0), (16, 1.0), (1, 4.0)])
def test_whole_periods_on_every_first_panel_are_no_roughness(periods, high):
    """Their integrals are 0 there: relative to these, rounding errors would be large, and panels halved forever."""
    f = lambda x: np.sin(2 * np.pi * periods * x)  # noqa: E731
    assert len(theory.panels(f, (0.0, high))) < 200
    np.testing.assert_allclose(theory.l2_norm(f, (0.0, high)) ** 2, high / 2, rtol=1e-13)


def test_a_function_in_single_precision_is_refused():
    with pytest.raises(ValueError, match="must be computed in float64"):
        theory.l2_norm(lambda x: np.sin(x.astype(np.float32)), (0.0, 1.0))


def test_the_error_of_pieces_is_exact():
    """x^2 against its chord over h: integral of (x(h - x))^2 = h^5 / 30; over [0, 1] in n pieces n h^5 / 30."""
    for n in (1, 2, 7):
        edges = np.linspace(0, 1, n + 1)
        np.testing.assert_allclose(
            theory.l2_error(SQUARE.function, edges, edges**2), (1 / 30 / n**4) ** 0.5, rtol=1e-13
        )


def test_many_functions_at_once_and_pieces_of_no_length():
    rng = np.random.default_rng(0)
    edges = np.sort(rng.uniform(-1, 1, (2, 3, 6)), axis=-1)
    edges[..., 0], edges[..., -1], edges[..., 2] = -1.0, 1.0, edges[..., 3]
    heights = rng.normal(size=(2, 3, 6))
    heights[..., 2] = heights[..., 3]
    found = theory.l2_error(TARGETS["kink"].function, edges, heights, (0.0,))
    x = np.linspace(-1, 1, 400_001)
    assert found.shape == (2, 3)
    for place in np.ndindex(2, 3):
        error = np.interp(x, np.delete(edges[place], 2), np.delete(heights[place], 2)) - np.abs(x)
        np.testing.assert_allclose(found[place], np.sqrt(np.trapezoid(error**2, x)), rtol=1e-8)


def test_trained_networks_are_measured_exactly():
    """Units that never bend inside, that are off everywhere, and with no weight at all are among them."""
    rng = np.random.default_rng(1)
    w, b, v, c = rng.normal(size=(4, 8)), rng.normal(size=(4, 8)), rng.normal(size=(4, 8)), rng.normal(size=4)
    w[0, 0], b[1, 1], w[2, :2] = 0.0, 50.0, [1e-3, -1e-3]
    found = theory.relu_network_error(RUNGE.function, w, b, v, c, RUNGE.interval)
    x = np.linspace(-1, 1, 400_001)
    for i in range(4):
        y = np.maximum(x[:, None] * w[i][None, :] + b[i][None, :], 0) @ v[i] + c[i]
        np.testing.assert_allclose(found[i], np.sqrt(np.trapezoid((y - RUNGE.function(x)) ** 2, x)), rtol=1e-8)


# The search for knots


@pytest.mark.parametrize("signs", [NONE, np.array([[1.0, 0.0, -1.0, 0.0, 0.0, 1.0]])])
def test_derivatives_by_the_knots_are_those_of_differences(signs):
    def f(x):
        return np.exp(x) * np.sin(5 * x)

    panels, step = theory.panels(f, (0.0, 1.0)), 1e-5
    edges = np.sort(np.append(np.random.default_rng(0).uniform(size=5), [0.0, 1.0]))
    base = fit(f, edges[None, :], panels, signs)
    sides = [edges + side * step * np.eye(7)[1:-1] for side in (1, -1)]
    up, down = (fit(f, e, panels, np.repeat(signs, 5, axis=0)) for e in sides)
    gradient = (up.squared_error - down.squared_error) / (4 * step)  # of half the squared error
    np.testing.assert_allclose(base.gradient[0], gradient, atol=1e-8 * np.abs(gradient).max())
    hessian = (up.gradient - down.gradient) / (2 * step)
    np.testing.assert_allclose(base.hessian[0], hessian, atol=1e-6 * np.abs(hessian).max())
    np.testing.assert_allclose((signs * np.diff(base.values) / np.diff(edges)).sum(), 0, atol=1e-12)


# The free-knot optimum of sin 2 pi x, computed here and again for a review by other starts and a finer grid.
FREE_KNOTS = {8: 1.276769e-2, 16: 3.166533e-3, 32: 7.998529e-4, 64: 2.017576e-4}
EQUIDISTRIBUTED = {8: 1.28, 16: 1.16, 32: 1.08, 64: 1.04}


@pytest.mark.parametrize("n", [8, 16, *(pytest.param(n, marks=pytest.mark.slow) for n in (32, 64))])
def test_free_knots_of_the_sine(n):
    best = theory.best_free_knot(SINE.function, n)
    np.testing.assert_allclose(best.error, FREE_KNOTS[n], rtol=1e-6)
    assert len(best.knots) == n - 1
    assert (np.diff(best.edges) > 0).all()
    np.testing.assert_allclose(theory.l2_error(SINE.function, best.edges, best.values), best.error, rtol=1e-10)
    spread = theory.fixed_knots(SINE.function, theory.equidistributed_knots(SINE.function, n))
    np.testing.assert_allclose(spread.error / best.error, EQUIDISTRIBUTED[n], atol=0.008)


@pytest.mark.parametrize(
    ("name", "uniform", "l2"), [("sine", 1.4355, 0.8360), ("square", 0.1250, 0.0745), ("exp", 0.1052, 0.0625)]
)
def test_asymptotic_constants(name, uniform, l2):
    """Times n^2 on [0, 1]; the optimum tends to the one of L2."""
    target = TARGETS[name]
    np.testing.assert_allclose(theory.asymptotic_uniform(target.second_derivative, 1), uniform, atol=6e-5)
    np.testing.assert_allclose(theory.asymptotic_l2(target.second_derivative, 1), l2, atol=6e-5)
    best = theory.best_free_knot(target.function, 40).error
    np.testing.assert_allclose(best, theory.asymptotic_l2(target.second_derivative, 40), rtol=0.03)


@pytest.mark.parametrize("n", [1, 2, 5, 30])
def test_the_square_is_best_in_equal_pieces(n):
    """By hand: every piece of length h errs by 2 h^(5/2) / sqrt(720), and no partition is better than the equal one."""
    best = theory.best_free_knot(SQUARE.function, n)
    np.testing.assert_allclose(best.error, 2 / 720**0.5 / n**2, rtol=1e-9)
    np.testing.assert_allclose(best.edges, np.linspace(0, 1, n + 1), atol=1e-5)


@pytest.mark.parametrize("name", ["sine", "square", "exp", "runge", "exp_sin", "exp_cos", "reciprocal_sin", "chirp"])
def test_no_local_minimum_is_taken_for_the_best(name):
    """Dynamic programming knows no local minima: pieces that need not join are a lower bound up to the grid."""
    target = TARGETS[name]
    best = theory.best_free_knot(target.function, 9, target.interval).error
    bound = theory.free_knot_bound(target.function, 9, target.interval, num_cells=900)
    np.testing.assert_allclose(best, bound, rtol=1.5e-3)


@pytest.mark.parametrize("n", [16, 32, 64])
def test_a_minimum_that_is_a_percent_too_high_is_searched_behind(n):
    """The grid's own excess is no excuse for it, and the true optimum of a sine is not suspect."""
    cells = max(free_knots.GRID, free_knots.GRID_PER_PIECE * n)
    bound = theory.free_knot_bound(SINE.function, n, num_cells=cells)
    assert not free_knots.suspect(FREE_KNOTS[n], bound, n, cells)
    assert free_knots.suspect(1.01 * FREE_KNOTS[n], bound, n, cells)


def test_a_kink_is_met_exactly_and_a_jump_closed_in_on():
    kink, jump = TARGETS["kink"], TARGETS["jump"]
    assert theory.best_free_knot(kink.function, 2, kink.interval, kink.breakpoints).error < 1e-12
    for n in (3, 8):
        found = theory.best_free_knot(jump.function, n, jump.interval, jump.breakpoints)
        assert found.error < 2e-3
        assert (np.diff(found.edges) > 0).all()


def test_a_search_never_ends_above_its_start():
    rng = np.random.default_rng(0)
    inner = np.sort(rng.uniform(-1, 1, (50, 9)), axis=1)
    edges = np.hstack([np.full((50, 1), -1.0), inner, np.ones((50, 1))])
    target = TARGETS["exp_cos"]
    panels, free = theory.panels(target.function, (-1.0, 1.0)), np.zeros((50, 10))
    start, end = fit(target.function, edges, panels, free), newton(target.function, edges, panels, free)
    assert (end.squared_error <= start.squared_error).all()
    gone = fit(target.function, end.edges, panels, free)
    np.testing.assert_allclose(gone.squared_error, end.squared_error, rtol=1e-9)
    slopes = np.abs(gone.gradient).max(axis=1)
    assert (slopes < 1e-7).mean() > 0.9  # the others have knots that want to meet
    assert np.median(np.abs(start.gradient).max(axis=1)) > 1e-1


# The best networks


def test_slopes_tell_what_the_orientations_allow():
    """All right: the first piece is flat. Left then right: the piece between is. Right then left: three pieces."""
    left = np.array([[False, False], [True, False], [True, True], [False, True]])
    assert slope_signs(left).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, -1, 1]]


# Best over all orientations, over E(N + 1), computed here and again for a review. To three digits where both agree.
RATIOS = {
    ("sine", 4): (1.002, 1.5e-3),
    ("sine", 8): (1.001, 1.5e-3),
    ("runge", 4): (1.10, 1.5e-3),
    ("runge", 8): (1.00, 1.5e-3),
    ("square", 4): (1.235, 1.5e-3),
    ("square", 8): (1.1211, 1e-4),
    ("exp", 4): (1.530, 1.5e-3),
    ("exp", 8): (1.2589, 1e-4),
}


@pytest.mark.parametrize(
    ("name", "n"),
    [pytest.param(*case, marks=[pytest.mark.slow] if case[1] == 8 else []) for case in RATIOS],
)
def test_best_networks(name, n):
    target = TARGETS[name]
    best = theory.best_relu_network(target.function, n, target.interval)
    ratio, within = RATIOS[name, n]
    np.testing.assert_allclose(best.error / best.bound, ratio, atol=within)
    check_network(best, target)
    assert best.exhaustive


def check_network(best, target):
    """It is a network with that error, between E(N + 1) and E(N)."""
    sign = np.where(best.faces_right, 1.0, -1.0)
    bias = np.float64(best.bias)
    exact = theory.relu_network_error(target.function, sign, -sign * best.knots, best.kinks, bias, target.interval)
    np.testing.assert_allclose(exact, best.error, rtol=1e-7)
    free, fewer = (theory.best_free_knot(target.function, len(best.knots) + i, target.interval) for i in (1, 0))
    np.testing.assert_allclose(best.bound, free.error, rtol=1e-12)
    assert free.error * (1 - 1e-9) <= best.error <= fewer.error * (1 + 1e-9)


@pytest.mark.parametrize(("name", "n", "ratio"), [("sine", 16, 1.0), ("exp", 16, 1.1275), ("runge", 32, 1.0)])
def test_best_networks_found_by_search(name, n, ratio):
    target = TARGETS[name]
    best = theory.best_relu_network(target.function, n, target.interval)
    np.testing.assert_allclose(best.error / best.bound, ratio, atol=5e-4)
    check_network(best, target)
    assert not best.exhaustive


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n", "ratio"),
    [("sine", 64, 1.0), ("exp", 32, 1.0631), ("exp", 64, 1.0314), ("square", 64, 1.0156), ("runge", 64, 1.0)],
)
def test_large_networks_found_by_search(name, n, ratio):
    test_best_networks_found_by_search(name, n, ratio)


@pytest.mark.parametrize(("name", "n"), [("exp", 2), ("sine", 2), ("sine", 3), ("square", 3)])
def test_no_network_fitted_from_random_starts_is_better(name, n):
    """Another way: all 2n + 1 parameters of a network by SciPy's least squares, for every orientation."""
    target = TARGETS[name]
    x, weight = np.polynomial.legendre.leggauss(150)
    x, weight, rng = (x + 1) / 2, np.sqrt(weight / 2), np.random.default_rng(0)
    y, found = target.function(x), []
    for faces in itertools.product([-1.0, 1.0], repeat=n):
        sign = np.array(faces)

        def residual(p, sign=sign):
            return weight * (np.maximum(sign * (x[:, None] - p[:n]), 0) @ p[n : 2 * n] + p[-1] - y)

        for _ in range(4):
            start = np.concatenate([np.sort(rng.uniform(size=n)), rng.normal(size=n), [0.0]])
            found.append(np.sqrt(2 * scipy.optimize.least_squares(residual, start, method="lm", max_nfev=400).cost))
    best = theory.best_relu_network(target.function, n).error
    assert best < min(found) * 1.005  # 150 nodes do not see where kinks are to better than this
    if name == "sine":
        assert best > min(found) * 0.98  # and it is what they find


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=8), st.integers(1, 4))
@hypothesis_settings(max_examples=5)
def test_networks_lie_between_two_free_knot_errors(amplitudes, n):
    a = np.array(amplitudes)

    def f(x):
        return x + np.sin(np.pi * x[..., None] * np.arange(1, 9)) @ a

    best = theory.best_relu_network(f, n, (-1.0, 1.0))
    fewer = theory.best_free_knot(f, n, (-1.0, 1.0))
    assert best.bound * (1 - 1e-9) <= best.error <= fewer.error * (1 + 1e-9)
    assert best.knots.shape == best.kinks.shape == best.faces_right.shape == (n,)
    x = np.linspace(-1, 1, 20_001)
    np.testing.assert_allclose(np.sqrt(np.trapezoid((best(x) - f(x)) ** 2, x)), best.error, rtol=1e-3, atol=1e-6)


def test_one_unit_draws_a_line_and_none_is_needed_for_nothing():
    """A line has no flat piece: the unit's knot goes to the left end, which is the way of E(N)."""
    line = theory.best_relu_network(lambda x: 3 * x - 1, 1)
    assert line.error < 1e-14
    np.testing.assert_allclose(line(np.array([0.0, 0.5, 1.0])), [-1.0, 0.5, 2.0], atol=1e-14)
    assert theory.best_relu_network(lambda x: 0 * x, 3).error < 1e-15


def test_a_kink_takes_two_units():
    kink = TARGETS["kink"]
    assert theory.best_relu_network(kink.function, 2, kink.interval, kink.breakpoints).error < 1e-12
    assert theory.best_relu_network(kink.function, 1, kink.interval, kink.breakpoints).error > 0.05


# Polynomials, and units drawn at random


def test_best_uniform_polynomials_by_hand():
    """e^x, degree 1: slope m = sinh 1, error (1/e + m log m) / 2; x^(k+1): 2^-k on [-1, 1] (Chebyshev)."""
    m = np.sinh(1)
    line = theory.best_polynomial_uniform(np.exp, 1, (-1.0, 1.0))
    np.testing.assert_allclose(line.error, (1 / np.e + m * np.log(m)) / 2, rtol=1e-7)
    np.testing.assert_allclose(line.polynomial(1.0) - line.polynomial(0.0), m, rtol=1e-5)
    for k in range(8):
        power = theory.best_polynomial_uniform(lambda x, k=k: x ** (k + 1), k, (-1.0, 1.0))
        np.testing.assert_allclose([power.error, power.bound], 2.0**-k, rtol=1e-6)


@pytest.mark.parametrize(
    ("degree", "error"), [(0, 0.5), (1, 0.5), (2, 0.125), (4, 0.0676208), (6, 0.0459290), (10, 0.0278451)]
)
def test_best_uniform_polynomials_of_the_kink(degree, error):
    """Degrees 0 to 2 by hand; n times the error tends to Bernstein's 0.2801695 (Varga & Carpenter 1985)."""
    best = theory.best_polynomial_uniform(np.abs, degree, (-1.0, 1.0), (0.0,))
    np.testing.assert_allclose([best.error, best.bound], error, rtol=1e-5)
    if degree == 10:
        np.testing.assert_allclose(degree * best.error, 0.2801695, rtol=0.01)


def test_best_polynomials_of_a_jump_never_come_nearer_than_half_of_it():
    jump = TARGETS["jump"]
    for degree in (0, 3, 9):
        best = theory.best_polynomial_uniform(jump.function, degree, jump.interval, jump.breakpoints)
        np.testing.assert_allclose([best.error, best.bound], 1.0, rtol=1e-6)


def test_best_l2_polynomials_by_hand():
    """x^2 on [0, 1]: degree 0 leaves sqrt(4/45), 1 leaves 1/sqrt(180), 2 nothing; |x| degree 0 leaves 1/sqrt(6)."""
    errors = [theory.best_polynomial_l2(SQUARE.function, k).error for k in range(3)]
    np.testing.assert_allclose(errors, [(4 / 45) ** 0.5, 180**-0.5, 0.0], atol=1e-15)
    np.testing.assert_allclose(theory.best_polynomial_l2(np.abs, 0, (-1.0, 1.0), (0.0,)).error, 6**-0.5, rtol=1e-14)


@pytest.mark.parametrize(("degree", "error"), [(70, 3.7168e-07), (150, 0.0)])
def test_best_l2_polynomials_of_high_degree(degree, error):
    """Of Runge's function on [-1, 1], by a rule of 2,000 nodes on the whole interval."""
    found = theory.best_polynomial_l2(lambda x: 1 / (1 + 25 * x**2), degree, (-1.0, 1.0)).error
    np.testing.assert_allclose(found, error, rtol=1e-4, atol=1e-11)


@pytest.mark.parametrize("name", TARGETS)
def test_best_polynomials_are_no_worse_than_others(name):
    target = TARGETS[name]
    x = np.linspace(*target.interval, 2_001)
    length = target.interval[1] - target.interval[0]
    for degree in (1, 4, 9):
        fitted = np.polynomial.Chebyshev.fit(x, target.function(x), degree)(x) - target.function(x)
        uniform = theory.best_polynomial_uniform(target.function, degree, target.interval, target.breakpoints)
        l2 = theory.best_polynomial_l2(target.function, degree, target.interval, target.breakpoints)
        assert uniform.bound <= uniform.error <= uniform.bound * (1 + 1e-6) + ROUNDING
        assert uniform.error <= np.abs(fitted).max() * (1 + 1e-3) + ROUNDING
        assert l2.error <= uniform.error * length**0.5 + ROUNDING
        np.testing.assert_allclose(l2.error, np.sqrt(np.mean(fitted**2) * length), rtol=0.02, atol=ROUNDING)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_units_drawn_from_their_law_err_by_exactly_what_maurey_says(n):
    """A law of five units: the mean over all 5^n draws is computed in full."""
    rng = np.random.default_rng(0)
    x, share = np.linspace(-1, 1, 200), rng.dirichlet(np.ones(5))
    units = rng.normal(size=(5, 1)) * np.tanh(rng.normal(size=(5, 1)) * x + rng.normal(size=(5, 1)))
    f = share @ units
    expected = sum(
        np.prod(share[list(draw)]) * np.mean((units[list(draw)].mean(axis=0) - f) ** 2)
        for draw in itertools.product(range(5), repeat=n)
    )
    second_moment = float(share @ np.mean(units**2, axis=1))
    found = theory.maurey_squared_error(second_moment, float(np.mean(f**2)), n)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.best_free_knot(np.sin, 0), "num_pieces=0 must be a whole number of 1 or more"),
        (lambda: theory.best_relu_network(np.sin, 0), "num_units=0 must be"),
        (lambda: theory.best_free_knot(np.sin, 4, (1.0, 0.0)), "interval=.* must be two finite numbers"),
        (lambda: theory.best_free_knot(np.log, 4, (-1.0, 1.0)), r"f\(-.*\) is nan: f must be finite"),
        (lambda: theory.integral(lambda x: x[:1], (0.0, 1.0)), "f returns shape .* elementwise"),
        (
            lambda: theory.fixed_knots(np.sin, np.array([0.0, 0.0, 1.0])),
            "edges=.* must be at least two strictly increasing numbers",
        ),
        (lambda: theory.l2_error(np.sin, np.array([0.0, 1.0, 0.5]), np.zeros(3)), "edges must be non-decreasing"),
        (lambda: theory.free_knot_bound(np.sin, 9, num_cells=8), "num_cells=8 must be a whole number of 9"),
        (lambda: theory.best_polynomial_l2(np.sin, -1), "degree=-1 must be a whole number of 0 or more"),
        (lambda: theory.best_polynomial_uniform(np.sin, -1), "degree=-1 must be"),
        (lambda: theory.maurey_squared_error(1.0, 2.0, 3), "squared_norm=2.0 must be from 0 to second_moment=1.0"),
        (lambda: theory.maurey_squared_error(1.0, 0.5, 0), "num_units=0 must be"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match=message):
        call()
