"""`perceptron.rules`: minima by hand, and verdicts that follow the data."""

import functools

import jax
import numpy as np
import pytest
import xarray as xr

from experiments.lab import checks
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from experiments.perceptron.rules import config, minima, run, verdicts

TINY = config.Config(
    side_rows=(1, 100), scales=(0.3, 1.0), seeds=40, tuning_seeds=4, rates=(0.1, 3.0), higher_rates=(), num_steps=3_000
)
LEAST_SQUARES = verdicts.ONE_MINIMUM[0]


@pytest.fixture(scope="module")
def landscape():
    """As in a run, but with fewer steps, and error, gradient and curvature are a program each, not dozens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minima, "LANDSCAPE_STEPS", 5_000)
        patch.setattr(minima, "four_error", jax.jit(minima.four_error))
        for name, of in (("grad", jax.grad), ("hessian", jax.hessian)):
            patch.setattr(jax, name, functools.cache(lambda f, of=of: jax.jit(of(f))))
        return minima.landscape()


@pytest.fixture(scope="module")
def made():
    return run.run(TINY)


@pytest.fixture(scope="module")
def as_computed(landscape):
    rules = [*config.DESCENDED, config.PERCEPTRON]
    computed = minima.computed_minima(TINY.side_rows)
    parts = {
        "gates": ("gate", [f"gate {i}" for i in range(14)]),
        "lone": ("rows", list(TINY.side_rows)),
        "four": ("scale", list(TINY.scales)),
    }
    data = xr.merge([computed, landscape])
    for kind, (dim, values) in parts.items():
        count = np.repeat([[TINY.seeds]] * 6 + [[1]], len(values), axis=1)
        data = data.assign_coords({dim: values})
        separate = count * (computed.minimum_separates.values if kind == "lone" else 1)
        for name, array in (("count", count), ("separate", separate.astype(int)), ("rate", 0.0 * count + 1)):
            data[f"{kind}_{name}"] = (("rule", dim), array)
        data[f"{kind}_rate_at_end"] = (("rule", dim), 0 * count)
    assert data.rule.values.tolist() == rules
    return data.assign_attrs(seeds=TINY.seeds, num_steps=TINY.num_steps)


@pytest.fixture
def data(as_computed):
    """As if every neuron ended as was computed, at rates inside their grid; each test may change its own."""
    return as_computed.copy(deep=True)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))}


def test_what_is_computed_of_the_lone_row():
    """Least squares by hand: for n = 1 the line nearest to (-1, 0), (1, 1), (-1/2, 1) is 19/26 + 5/13 x."""
    w, b = np.linalg.lstsq(minima.LONE, minima.LONE_TRUE)[0]
    np.testing.assert_allclose([w, b], [5 / 13, 19 / 26], rtol=1e-12)
    minimum = minima.computed_minima((1, 100)).minimum_separates
    assert minimum.sel(rows=1).values.tolist() == [1] * 7
    assert minimum.sel(rows=100).values.tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_the_four_vectors_have_a_local_minimum_that_does_not_separate(landscape):
    np.testing.assert_allclose(landscape.trap, [1.929, -0.581], atol=1e-3)
    assert float(landscape.trap_slope) < 1e-12
    assert float(landscape.trap_curvature) > 0.004
    assert 0 < int(landscape.path_separates.sum()) < landscape.sizes["neuron"]


def test_everything_is_drawn_from_the_data_alone(redrawn, data):
    assert redrawn("perceptron.rules", data, TINY) == ["four_vectors", "lone_row"]


def test_all_is_reproduced_where_neurons_end_as_computed(data):
    assert set(outcomes(data).values()) == {REPRODUCED}


@pytest.mark.parametrize(
    ("variable", "where", "value", "name", "outcome"),
    [
        ("gates_separate", {"rule": LEAST_SQUARES, "gate": "gate 3"}, 39, "the gates", PARTLY),
        ("lone_separate", {"rule": config.PERCEPTRON, "rows": 100}, 0, "perceptron", NOT_REPRODUCED),
        ("lone_separate", {"rule": LEAST_SQUARES, "rows": 100}, 1, f"one minimum: {LEAST_SQUARES}", PARTLY),
        ("minimum_separates", {"rule": verdicts.SOFT_SQUARES}, 1, "lowest error fails", NOT_REPRODUCED),
        ("lone_separate", {"rule": verdicts.SOFT_SQUARES, "rows": 100}, 10, "lowest error fails", PARTLY),
        ("trap_curvature", {}, -0.1, "local minimum", NOT_REPRODUCED),
        ("lone_separate", {"rule": verdicts.FREE, "rows": 1}, 39, "the cure, lone", PARTLY),
        ("four_separate", {"rule": verdicts.FREE, "scale": 1.0}, 39, "the cure, four", NOT_REPRODUCED),
        ("four_separate", {"rule": verdicts.HARD_ENTROPY, "scale": 0.3}, 39, "cross-entropy", PARTLY),
    ],
)
def test_verdicts_follow_the_data(data, variable, where, value, name, outcome):
    data[variable].loc[where] = value
    assert {one: found for one, found in outcomes(data).items() if found != REPRODUCED} == {name: outcome}


@pytest.mark.parametrize(("stuck", "outcome"), [(50, PARTLY), (110, NOT_SETTLED), (200, REPRODUCED)])
def test_a_basin_is_large_where_the_whole_interval_says_so(data, stuck, outcome):
    data["path_separates"] = ("neuron", np.arange(1_000) >= stuck)
    assert outcomes(data)["local minimum"] == outcome


def test_failures_at_the_end_of_the_grid_settle_nothing(data):
    data["four_rate_at_end"].loc[{"rule": verdicts.FREE, "scale": 1.0}] = 1
    assert outcomes(data)["the cure, four"] == REPRODUCED  # nothing beyond the grid could undo it
    data["four_separate"].loc[{"rule": verdicts.FREE, "scale": 1.0}] = 39
    assert outcomes(data)["the cure, four"] == NOT_SETTLED
    old = data.drop_vars([f"{kind}_rate_at_end" for kind in verdicts.KINDS])
    old["four_rate"].loc[{"rule": verdicts.FREE, "scale": 1.0}] = 10
    found = {v.id: v for v in verdicts.verdicts(old)}["the cure, four"]
    assert found.outcome == NOT_SETTLED
    assert "greatest tried" in found.finding


def test_parts_that_fail_at_the_end_of_the_grid_are_open(data):
    data["lone_separate"].loc[{"rule": verdicts.FREE, "rows": 1}] = 39
    data["lone_rate_at_end"].loc[{"rule": verdicts.FREE, "rows": 1}] = -1
    data["four_separate"].loc[{"rule": verdicts.HARD_ENTROPY}] = 39
    data["four_rate_at_end"].loc[{"rule": verdicts.HARD_ENTROPY, "scale": 1.0}] = 1
    found = outcomes(data)
    assert found["the cure, lone"] == NOT_SETTLED
    assert found["cross-entropy"] == PARTLY  # at the other scale they fail inside the grid


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:every network that this call trained diverged")  # at the greatest rate they must
def test_neurons_fail_and_succeed_as_computed(made, redrawn):
    found = outcomes(made)
    for name in ("perceptron", "local minimum", "lowest error fails", f"one minimum: {LEAST_SQUARES}"):
        assert found[name] == REPRODUCED
    assert set(np.unique(made.four_rate_at_end.sel(rule=list(config.DESCENDED)))) <= {-1, 1}  # of two rates
    redrawn("perceptron.rules", made, TINY)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="rates="):
        checks.check(config.Config(rates=(0.0, 1.0)))
