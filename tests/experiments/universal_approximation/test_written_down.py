"""Networks written down: errors against hand calculations, verdicts that can say no, figures from data alone."""

import dataclasses

import jax
import numpy as np
import pytest

from experiments.lab import checks
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from experiments.universal_approximation.shared.targets import TARGETS
from experiments.universal_approximation.written_down import config, networks, run, slopes, verdicts
from nnjax import tasks
from nnjax.theory import approximation

TINY = config.Config(
    targets=("sine", "kink", "jump"),
    widths=(11, 23, 32, 45),
    gains=(8.0, 64.0),
    rounding_widths=(64, 128, 256),
)


@pytest.fixture(scope="module")
def data():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "NODES", 1024)
        patch.setattr(run, "PLACES", 1024)
        return run.run(TINY)


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def outcomes(data):
    found = check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))
    return {v.id: v.outcome for v in found}


@pytest.fixture(scope="module")
def unchanged(data):
    """What is judged of the data as they are."""
    return outcomes(data)


def error_of(kind, name, units, sharpness=16.0, dtype="float64"):
    target = tasks.TARGETS[name]
    panels = approximation.panels(target.function, target.interval, target.breakpoints)
    return networks.error(networks.build(kind, target, units, sharpness), target, panels, dtype)


def test_the_names_of_the_targets_are_those_of_the_library():
    assert tuple(tasks.TARGETS) == TARGETS


@pytest.mark.slow
def test_everything_is_drawn_from_what_is_on_disk(data, redrawn):
    drawn = redrawn("universal_approximation.written_down", data, TINY)
    assert drawn == ["constructions", "errors", "gain", "rounding", "slopes"]


def test_what_holds_of_few_units_already(unchanged):
    for name in ("line: step bumps", "line: ReLU, equal knots", "slope: ReLU, equal knots", "kink", "jump"):
        assert unchanged[name] == REPRODUCED


def test_the_table_has_a_row_for_each_target_and_construction(data):
    rows = verdicts.table(data)
    assert len(rows) == 3 * len(networks.KINDS)
    assert list(rows[0])[2:6] == ["l2_N11", "l2_N23", "l2_N32", "l2_N45"]
    one = data.sel(target="sine", kind="step bumps", dtype="float64")
    assert [rows[0][f"l2_N{n}"] for n in TINY.widths] == one.l2.values.tolist()
    assert rows[0]["slope"] == slopes.slope(data, "sine", "step bumps").slope


# At a jump by 2 a continuous function errs 1 at the least, and bumps 2, but for a knot on the jump.
def test_the_largest_error_at_a_jump_does_not_fall(data):
    largest = data.largest.sel(target="jump", dtype="float64")
    assert (largest.sel(kind="ReLU, equal knots") >= 0.98).all()
    assert (largest.sel(kind="step bumps") >= 0.98).all()


def test_the_optimum_is_below_what_it_tends_to(data):
    assert float(data.optimum.sel(target="sine")) == pytest.approx(0.9773, abs=0.01)
    assert np.isnan(data.optimum.sel(target=["kink", "jump"])).all()


def with_rounding(data, unit):
    """Lines that err by 3 / N^2 and, in float32, rounding of unit sqrt(N): they cross at (3 / unit)^(2/5)."""
    made = data.copy(deep=True)
    n = made.rounding_width.values
    made["lines"][:] = 3.0 / n**2
    made["rounding"].loc[{"dtype": "float32"}] = unit * n**0.5
    return made


# The unit roundoff of float32 is 2^-24; the formula gives (3 * 2^24)^(2/5) = 1201, which is met between 1024 and 2048.
@pytest.mark.parametrize(
    ("unit", "scale", "word"),
    [
        (2.0**-24, 8, REPRODUCED),
        (2.0**-24, 1, NOT_SETTLED),  # beyond the widest
        (2.0**-24, 64, NOT_SETTLED),  # before the narrowest
        (2.0**-18, 2, NOT_REPRODUCED),  # at 228 in place of 1201
        (2.0**-23, 8, REPRODUCED),  # at 910
    ],
)
def test_crossings_are_measured_between_two_widths(data, unit, scale, word):
    made = with_rounding(data.assign_coords(rounding_width=scale * data.rounding_width.values), unit)
    found = slopes.crossing(made, "sine", "float32")
    assert found.expected == pytest.approx((3 * 2.0**24) ** 0.4, rel=1e-9)
    assert np.isnan(found.measured) == (word == NOT_SETTLED)
    if word != NOT_SETTLED:
        assert found.measured == pytest.approx((3 / unit) ** 0.4, rel=1e-9)
    assert {v.id: v.outcome for v in verdicts.verdicts(made)}["rounding: float32"] == word


def test_rounding_may_pass_the_lines_at_one_width(data, unchanged):
    assert unchanged["rounding: float64"] == REPRODUCED
    made = data.copy(deep=True)
    made["rounding"].loc[{"dtype": "float64", "rounding_width": 128}] = 1.0
    assert outcomes(made)["rounding: float64"] == NOT_REPRODUCED


def test_a_kink_with_a_knot_at_every_width_is_not_settled(data):
    made = data.isel(width=[2]).copy(deep=True)
    found = {v.id: v for v in verdicts.verdicts(made)}["kink"]
    assert found.outcome == NOT_SETTLED
    assert "What would settle it" in found.finding


def test_silent_units_change_no_number():
    target, x = tasks.TARGETS["sine"], np.linspace(0, 1, 64)
    network = networks.build("ReLU, equal knots", target, 20, 1.0)
    said, _ = networks.outputs(network, x, "float64")
    np.testing.assert_allclose(said, np.interp(x, network.edges, target.function(network.edges)), atol=1e-13)


# By hand: constants at the middles of n pieces of x^2 on [0, 1] err sqrt(h^2 / 9 + h^4 / 80 - ...); here the exact
# integral, of x^2 - m^2 over one piece with middle m and half-width r: r^5 2/5 + 8 m^2 r^3 / 3 in the square.
def test_bumps_on_a_square_by_hand():
    n = 5
    middles, r = (np.arange(n) + 0.5) / n, 0.5 / n
    exact = np.sqrt((2 / 5 * r**5 + 8 / 3 * middles**2 * r**3).sum())
    assert error_of("step bumps", "square", n - 1).l2 == pytest.approx(exact, rel=1e-12)


# By hand: a line between two points of x^2 at distance h errs (x - a)(b - x), so h^5 / 30 in the square, and h^2 / 4 at
# the most; the best line on each piece errs h^5 / 180 in the square, and the best lines of equal pieces meet.
def test_lines_on_a_square_by_hand():
    equal, fitted = (error_of(f"ReLU, {kind}", "square", 8) for kind in ("equal knots", "fitted"))
    assert equal.l2 == pytest.approx((1 / 8**4 / 30) ** 0.5, rel=1e-10)
    assert equal.largest == pytest.approx(1 / 8**2 / 4, rel=0.05)
    assert fitted.l2 == pytest.approx((1 / 8**4 / 180) ** 0.5, rel=1e-6)


# Reference: the free-knot optimum for sin 2 pi x in L2 with 16 and 32 pieces (`approximation.best_free_knot`), than
# which equidistributed knots are 16 and 9% worse.
@pytest.mark.parametrize(("units", "best", "worse"), [(16, 3.16653e-3, 1.16), (32, 7.99853e-4, 1.09)])
def test_fitted_lines_on_a_sine(units, best, worse):
    assert error_of("ReLU, fitted", "sine", units).l2 == pytest.approx(best * worse, rel=0.01)


@pytest.mark.parametrize("name", ["sine", "kink", "jump", "chirp"])
def test_the_best_heights_are_those_of_theory(name):
    target = tasks.TARGETS[name]
    edges = np.linspace(*target.interval, 10)
    own, known = (
        networks._best_heights(target, edges),
        approximation.fixed_knots(target.function, edges, target.breakpoints),
    )
    np.testing.assert_allclose(own, known.values, atol=1e-12)


@pytest.mark.parametrize("kind", ["step bumps", "ReLU, equal knots"])
@pytest.mark.parametrize("name", ["kink", "jump"])
def test_a_break_costs_what_is_predicted_at_any_width(kind, name):
    widths = (5, 8, 11, 30)
    predicted = networks.predicted(kind, tasks.TARGETS[name], widths, 1.0)
    found = [error_of(kind, name, units).l2 for units in widths]
    np.testing.assert_allclose(found, predicted, rtol=1e-6, atol=1e-15)


# The distance from a step to sigmoids of gain s / h becomes that of a saw tooth of mean square h^2 / 12 to itself.
def test_sigmoids_become_steps():
    assert networks.smoothing(1e6) == pytest.approx(1, rel=1e-4)
    shares = [networks.smoothing(s) for s in (2.0, 8.0, 32.0, 128.0)]
    assert shares == sorted(shares)
    ratio = error_of("sigmoid steps", "sine", 255, 32.0).l2 / error_of("step bumps", "sine", 255).l2
    assert ratio == pytest.approx(networks.smoothing(32.0), rel=0.01)


def test_float32_is_float32():
    single, double = (error_of("ReLU, equal knots", "kink", 8, dtype=dtype).l2 for dtype in ("float32", "float64"))
    assert double < 1e-15 < single < 1e-6


NONE, SOME = NOT_REPRODUCED, PARTLY


@pytest.mark.parametrize(
    ("variable", "where", "factor", "changed"),
    [
        ("l2", {"kind": "step bumps", "width": 45}, 2.0,
         {"line: step bumps": NONE, "slope: step bumps": NONE, "jump": SOME}),
        ("l2", {"kind": "step bumps", "target": "sine", "width": 45}, 2.0,
         {"line: step bumps": SOME, "slope: step bumps": NONE}),
        ("l2", {"kind": "ReLU, equal knots", "target": "kink", "width": 11}, 2.0, {"kink": SOME}),
        ("l2", {"kind": "ReLU, equal knots", "target": "kink", "width": 32}, 1e9, {"kink": SOME}),
        ("l2", {"kind": "ReLU, equal knots", "target": "jump", "width": 32}, 1.1, {"jump": SOME}),
        ("l2", {"kind": "ReLU, fitted", "target": "sine", "width": 45}, 8.0,
         {"slope: ReLU, fitted": NONE}),
        ("l2", {"kind": "ReLU, fitted", "target": "sine"}, 0.96, {"near the best": REPRODUCED}),  # 1.07 times
        ("by_sharpness", {}, 1.5, {"steep sigmoids": NONE}),
        ("fixed_gain", {"gain": 8.0, "width": 45}, 0.3, {"fixed gain": NONE}),
        ("fixed_gain", {"gain": 8.0, "width": 45}, 0.7, {"fixed gain": NOT_SETTLED}),
    ],
)  # fmt: skip
def test_verdicts_can_say_no(data, unchanged, variable, where, factor, changed):
    made = data.copy(deep=True)
    made[variable].loc[where] *= factor
    after = outcomes(made)
    assert {name: word for name, word in after.items() if word != unchanged[name]} == changed


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"targets": ("sine", "cosine")}, "cosine"),
        ({"gain_target": "sines"}, "sine"),
        ({"widths": (4, 8)}, "widths"),
        ({"widths": (8, 4, 16)}, "widths"),
        ({"rounding_widths": (1, 2, 4)}, "rounding_widths"),
        ({"sharpness": 0.0}, "sharpness"),
        ({"gains": ()}, "gains"),
    ],
)
def test_bad_settings_are_refused(change, word):
    with pytest.raises(ValueError, match=word):
        checks.check(dataclasses.replace(TINY, **change))
