"""The perceptron experiment: exact counts, checked proofs, verdicts that can say no, and figures from data alone."""

import numpy as np
import pytest

from experiments.lab import check_verdicts
from experiments.perceptron import (
    _rules,
    rules,
)

TINY = {
    rules: rules.Config(
        side_rows=(1, 100), scales=(0.3, 1.0), seeds=40, tuning_seeds=4, rates=(0.1, 3.0), num_steps=3_000
    ),
}
SLOW = [pytest.param(module, marks=pytest.mark.slow) if module is rules else module for module in TINY]


@pytest.fixture(scope="module")
def data_of():
    """The data of a claim in its small form, made once."""
    made = {}

    def get(module):
        if module not in made:
            made[module] = module.run(TINY[module])
        return made[module].copy(deep=True)

    return get


def outcomes(module, data):
    return {v.id: v.verdict for v in check_verdicts(module.verdicts(data))}


@pytest.mark.parametrize("module", SLOW)
def test_everything_is_drawn_from_what_is_on_disk(module, data_of, redrawn):
    assert len(redrawn(module, data_of(module))) >= 2


def test_what_is_computed_of_the_lone_row():
    """Least squares by hand: for n = 1 the line nearest to (-1, 0), (1, 1), (-1/2, 1) is 19/26 + 5/13 x."""
    w, b = np.linalg.lstsq(_rules.LONE, _rules.LONE_Y)[0]
    np.testing.assert_allclose([w, b], [5 / 13, 19 / 26], rtol=1e-12)
    minimum = _rules.computed_minima((1, 100)).minimum_separates
    assert minimum.sel(rows=1).values.tolist() == [1] * 7
    assert minimum.sel(rows=100).values.tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_the_four_vectors_have_a_local_minimum_that_does_not_separate():
    data = _rules.landscape()
    np.testing.assert_allclose(data.trap, [1.929, -0.581], atol=1e-3)
    assert float(data.trap_slope) < 1e-12
    assert float(data.trap_curvature) > 0.004
    assert 0 < int(data.path_separates.sum()) < data.sizes["neuron"]


@pytest.mark.slow
def test_rules_fail_and_succeed_as_computed(data_of):
    data = data_of(rules)
    found = outcomes(rules, data)
    for name in ("perceptron", "local minimum", "lowest error fails", f"one minimum: {next(iter(_rules.RULES))}"):
        assert found[name] == "reproduced"
    data["lone_separate"].loc[{"rule": "Widrow & Hoff, -1 and 1", "rows": 100}] = 1
    data["trap_curvature"] = -0.1
    changed = outcomes(rules, data)
    assert changed["local minimum"] == "not reproduced"
    assert changed["one minimum: Widrow & Hoff, -1 and 1"] == "not reproduced"
