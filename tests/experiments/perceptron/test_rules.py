"""Learning rules: minima by hand, algorithms on what no line separates, and measures that follow the data."""

import itertools

import numpy as np
import pytest

from experiments.lab import claims, results
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.perceptron import errors, inseparable, minima, rules
from nnjax import tasks


@pytest.fixture(scope="module")
def committed():
    return results.load(claims.ROOT.parent / "results" / "perceptron" / "rules" / "data.nc")


@pytest.fixture
def data(committed):
    return committed.copy(deep=True)


def outcomes(data):
    return {row["id"]: row["outcome"] for row in verdicts(rules.STATEMENTS, data)}


def test_what_is_computed_of_the_lone_row():
    """Least squares by hand: for n = 1 the line nearest to (-1, 0), (1, 1), (-1/2, 1) is 19/26 + 5/13 x."""
    w, b = np.linalg.lstsq(*rules.LONE)[0]
    np.testing.assert_allclose([w, b], [5 / 13, 19 / 26], rtol=1e-12)
    assert rules._minima(1) == [1] * 7
    assert rules._minima(100) == [0, 0, 0, 1, 1, 1, 1]


def test_the_four_vectors_have_a_local_minimum_that_does_not_separate():
    found = minima.landscape(rules.FOUR, errors.SOFT, num_starts=100, num_steps=5_000)
    np.testing.assert_allclose(found.trap, [1.929, -0.581], atol=1e-3)
    assert found.trap_slope < 1e-12
    assert found.trap_curvature > 0.004
    assert 0 < found.path_separates.sum() < 100


def test_the_best_neuron_of_an_inseparable_function_is_known():
    data = inseparable.compared(3, (8, 64), num_epochs=100, seed=0)
    assert data.functions == 256 - 104
    assert (data.at_best <= data.functions).all()
    assert (data.mean_excess >= 0).all()
    x, xor = tasks.boolean_inputs(2), np.array([[False, True, True, False]])
    weights = itertools.product((-1, 0, 1), repeat=3)
    learned = np.unique([x @ w[:2] + w[2] > 0 for w in map(np.array, weights)], axis=0)
    assert inseparable._fewest(xor, learned).tolist() == [1]


def test_xor_comes_back_after_each_row_was_corrected_once():
    one = inseparable.xor_cycle().sel(low=0)
    assert (one.orbit_period, one.orbit_proved) == (4, True)
    cycle = one.orbit.values[int(one.orbit_start) :]
    np.testing.assert_array_equal(cycle[0], cycle[4])
    assert np.abs(np.diff(cycle[:5], axis=0)).any(axis=1).all()


@pytest.mark.parametrize(
    ("variable", "where", "value", "name"),
    [
        ("separate", {"rule": rules.PERCEPTRON, "task": "lone row, 300"}, 0, "perceptron"),
        ("separate", {"rule": rules.WIDROW_HOFF, "task": "lone row, 300"}, 1, "one minimum: Widrow & Hoff, -1 and 1"),
        ("separate", {"rule": rules.SOFT_SQUARES, "task": "lone row, 300"}, 1, "lowest error fails"),
        ("minimum_separates", {"rule": rules.SOFT_SQUARES, "task": "lone row, 300"}, 1, "lowest error fails"),
        ("trap_curvature", {}, -0.1, "local minimum"),
        ("path_separates", {"neuron": slice(50, None)}, True, "local minimum"),
        ("orbit_proved", {"low": -1}, False, "XOR"),
        ("gain", {}, -0.1, "pocket or pocket without ratchet"),
    ],
)
def test_measures_can_say_no(data, variable, where, value, name):
    assert set(outcomes(data).values()) == {REPRODUCED}
    data[variable].loc[where] = value
    assert {one: found for one, found in outcomes(data).items() if found != REPRODUCED} == {name: NOT_REPRODUCED}


@pytest.mark.parametrize(("at_end", "outcome"), [(0, NOT_REPRODUCED), (1, NOT_SETTLED)])
def test_failures_at_the_end_of_the_grid_settle_nothing(data, at_end, outcome):
    where = {"rule": rules.HARD_ENTROPY, "task": "four vectors, 1"}
    data["separate"].loc[where], data["rate_at_end"].loc[where] = 399, at_end
    (row,) = (row for row in verdicts(rules.STATEMENTS, data) if row["id"] == "cross-entropy")
    assert (row["outcome"], row["at_edge"]) == (outcome, at_end)


def test_nothing_is_claimed_of_a_minimum_that_separates_everywhere(data):
    assert "one minimum: Widrow & Hoff, -1 and 1" not in outcomes(data.assign(minimum_separates=1 + data.rate * 0))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:every network that this call trained diverged")  # at the greatest rate they must
def test_a_small_run_ends_as_computed(data):
    made = rules.run(rules.QUICK)
    assert {name: one.dims for name, one in made.items()} == {name: one.dims for name, one in data.items()}
    assert {name for name, outcome in outcomes(made).items() if outcome != REPRODUCED} <= {
        "the gates", "cross-entropy", "pocket or pocket without ratchet",
    }  # fmt: skip
    assert rules.table(made).sizes["rule"] == 10
