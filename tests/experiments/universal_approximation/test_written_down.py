"""Networks written down: errors against hand calculations and theory, measures that can say no."""

import jax
import numpy as np
import pytest

from experiments.lab import claims, results
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.universal_approximation import expected_errors, written_down
from experiments.universal_approximation.written_down import BUMPS, EQUAL, FITTED, SPREAD, STEPS
from nnjax.tasks import TARGETS
from nnjax.theory import approximation

TINY = written_down.Config(
    ("sine", "kink", "jump"), widths=(11, 23, 32, 45), gains=(8.0, 64.0), rounding_widths=(64, 128, 256)
)
RATE, ROUNDING = (one.id for one in written_down.STATEMENTS)


@pytest.fixture(scope="module")
def committed():
    return results.load(claims.ROOT.parent / "results/universal_approximation/written_down/data.nc")


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def outcomes(data):
    return {row["id"]: row["outcome"] for row in verdicts(written_down.STATEMENTS, data)}


def l2(kind, name, units, sharpness=16.0, dtype="float64"):
    target = TARGETS[name]
    return written_down.error(written_down.build(kind, target, units, sharpness), target, dtype)[0]


def test_a_tiny_run_has_what_the_committed_data_have(committed, monkeypatch):
    monkeypatch.setattr(written_down, "NODES", 1024)
    monkeypatch.setattr(written_down, "PLACES", 1024)
    data = written_down.run(TINY)
    assert {name: one.dims for name, one in data.variables.items()} == {
        name: one.dims for name, one in committed.variables.items()
    }
    assert outcomes(data)[RATE] == REPRODUCED
    assert outcomes(data.sel(target=["kink"])) == {}


def test_wide_networks_have_the_errors_that_theory_gives(committed):
    last = committed.l2.sel(dtype="float64").isel(width=-1)
    ratio = last / committed.predicted.isel(width=-1).where(lambda x: x > written_down.ZERO)
    for kind, close, count in ((BUMPS, 0.01, 12), (STEPS, 0.02, 11), (EQUAL, 0.01, 11), (SPREAD, 0.02, 10)):
        assert ratio.sel(kind=kind).count() == count
        assert abs(ratio.sel(kind=kind) - 1).max() < close
    # With the best heights, the asymptotic error of the best free pieces; no network can beat N + 1 of these.
    fitted = ratio.sel(kind=FITTED)
    assert 1 - 1e-6 < fitted.min() < fitted.max() < 1.05


def test_breaks_cost_what_theory_gives(committed):
    one = committed.sel(dtype="float64", kind=[BUMPS, EQUAL])
    np.testing.assert_allclose(one.l2.sel(target="jump"), one.predicted.sel(target="jump"), rtol=1e-3)
    kink, expected = (part.sel(target="kink", kind=EQUAL) for part in (one.l2, one.predicted))
    assert (kink.where(expected == 0) < written_down.ZERO).sum() == 12  # with a knot on the kink
    assert written_down.slopes(committed).sel(target="kink", kind=EQUAL) == pytest.approx(-1.5, abs=1e-6)
    assert (one.largest.sel(target="jump") > 0.98).all()  # of a jump by 2, half; it does not fall


def test_only_sigmoids_whose_gain_rises_go_on(committed):
    fixed = committed.fixed_gain.isel(gain=0).sel(width=[512, 1024])
    assert fixed[1] / fixed[0] > 0.8
    slopes = written_down.slopes(committed).sel(target=written_down.smooth(committed))
    np.testing.assert_allclose(slopes.sel(kind=[BUMPS, STEPS]), -1, atol=0.05)


@pytest.mark.parametrize(
    ("variable", "where", "factor", "name", "word"),
    [
        ("l2", {"target": "exp", "kind": EQUAL, "width": 1024}, 1.5, RATE, NOT_REPRODUCED),
        ("rounding", {"target": "exp", "dtype": "float32"}, 50, ROUNDING, NOT_REPRODUCED),
        ("rounding", {"target": "exp", "dtype": "float32"}, 1.5, ROUNDING, REPRODUCED),
        ("rounding", {"target": "exp", "dtype": "float32"}, 1e-5, ROUNDING, NOT_REPRODUCED),  # at no N up to 8192
        ("rounding", {"target": "chirp", "dtype": "float32"}, 1e-5, ROUNDING, NOT_SETTLED),  # 8192 is within 2
    ],
)
def test_statements_can_fail(committed, variable, where, factor, name, word):
    changed = committed.copy(deep=True)
    changed[variable].loc[where] *= factor
    found = outcomes(changed)
    assert found.pop(name) == word
    assert set(found.values()) == {REPRODUCED}


# The unit roundoff of float32 is 2^-24; the formula gives (3 * 2^24)^(2/5) = 1201, which lies between 1024 and 2048.
def test_a_crossing_is_measured_between_two_widths(committed):
    made = committed.copy(deep=True)
    n = made.rounding_width
    made["lines"][:] = 3.0 / n**2
    made["rounding"].loc[{"dtype": "float32"}] = 2.0**-23 * n**0.5
    measured, formula = written_down.crossings(made)
    assert formula.values == pytest.approx((3 * 2.0**24) ** 0.4, rel=1e-9)
    assert measured.values == pytest.approx((3 * 2.0**23) ** 0.4, rel=1e-9)


# By hand: constants at the middles m of n pieces of x^2 on [0, 1], of half-width r, err r^5 2/5 + 8 m^2 r^3 / 3 in the
# square. A line between two points at distance h errs (x - a)(b - x), so h^5 / 30 in the square; the best line on each
# piece errs h^5 / 180, and the best lines of equal pieces meet.
def test_errors_on_a_square_by_hand():
    middles, r = (np.arange(5) + 0.5) / 5, 0.1
    assert l2(BUMPS, "square", 4) == pytest.approx((2 / 5 * r**5 + 8 / 3 * middles**2 * r**3).sum() ** 0.5, rel=1e-12)
    assert l2(EQUAL, "square", 8) == pytest.approx((1 / 8**4 / 30) ** 0.5, rel=1e-10)
    assert l2(FITTED, "square", 8) == pytest.approx((1 / 8**4 / 180) ** 0.5, rel=1e-6)


@pytest.mark.parametrize("name", ["sine", "kink", "jump"])
def test_the_best_heights_are_those_of_theory(name):
    target = TARGETS[name]
    edges = np.linspace(*target.interval, 10)
    known = approximation.fixed_knots(target.function, edges, target.breakpoints)
    np.testing.assert_allclose(written_down.best_heights(target, edges), known.values, atol=1e-12)


# The distance from a step to sigmoids of gain s / h becomes that of a saw tooth of mean square h^2 / 12 to itself.
def test_sigmoids_become_steps_as_their_gain_rises():
    shares = [expected_errors.smoothing(s) for s in (2.0, 8.0, 32.0, 128.0, 1e6)]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1, rel=1e-4)
    assert l2(STEPS, "sine", 255, 32.0) / l2(BUMPS, "sine", 255) == pytest.approx(shares[2], rel=0.01)


def test_float32_is_float32_and_silent_units_change_no_number():
    assert l2(EQUAL, "kink", 8) < 1e-15 < l2(EQUAL, "kink", 8, dtype="float32") < 1e-6
    target, x = TARGETS["sine"], np.linspace(0, 1, 64)
    network = written_down.build(EQUAL, target, 20, 1.0)
    lines = np.interp(x, network.edges, target.function(network.edges))
    np.testing.assert_allclose(written_down.outputs(network, x, "float64")[0], lines, atol=1e-13)
