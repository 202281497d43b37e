"""`perceptron.census`: exact counts, counted in more than one way, and verdicts that can say no."""

import dataclasses
import re

import numpy as np
import pytest

from experiments.lab import checks
from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED, check_verdicts
from experiments.perceptron.census import config, run, verdicts
from experiments.perceptron import proofs
from nnjax import tasks

# Without 4 inputs, of which all 65,536 functions would be tried.
FEW = dataclasses.replace(config.QUICK, inputs=(1, 2, 3, 5))


@pytest.fixture(scope="module")
def made():
    return run.run(FEW)


@pytest.fixture
def data(made):
    return made.copy(deep=True)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(FEW))}


def test_everything_is_drawn_from_the_data_alone(redrawn, data):
    assert redrawn("perceptron.census", data, FEW) == ["census", "decided", "mistakes"]


def test_the_census_to_five_inputs(data):
    assert data.separable.values.tolist() == [4, 14, 104, 94_572]
    assert (data.learned + data.proved == data.tried).all()
    assert data.four_rows.values.tolist() == data.proved.values.tolist()
    assert data.monotone.sel(inputs=5) == 7_581
    assert data.by_regular.sel(inputs=5) == data.by_programming.sel(inputs=5) == 94_572
    assert (data.mistakes <= data.bound * (1 + 1e-6)).all()
    assert data.sizes["neuron"] == data.learned.sum()
    assert set(outcomes(data).values()) == {REPRODUCED}


@pytest.mark.slow
@pytest.mark.parametrize(("num_inputs", "count"), [(6, 15_028_134), (7, 8_378_070_864)])
def test_the_regular_functions_of_more_inputs_count_as_many(num_inputs, count):
    tables = tasks.regular_functions(num_inputs)
    trained = proofs.trained(tasks.boolean_inputs(num_inputs), tables, 10_000)
    assert (trained.learned ^ trained.proved).all()
    times = tasks.permutations_of(tables) * 2 ** tasks.essential_inputs(tables)
    assert np.sum(times[trained.learned]) == count


@pytest.mark.parametrize(
    ("variable", "change", "refuted"),
    [
        ("separable", -1, {"5 inputs"}),
        ("undecided", 1, {"5 inputs", "all decided"}),
        ("four_rows", -1, {"four rows"}),
        ("violations", 1, {"Novikoff"}),
        ("by_regular", 1, {"5 inputs"}),
        ("by_programming", 1, {"5 inputs"}),
        ("programs_unproved", 1, {"5 inputs"}),
        ("programs_that_differ", 1, {"5 inputs"}),
    ],
)
def test_the_census_can_say_no(data, variable, change, refuted):
    data[variable].loc[{"inputs": 5}] += change
    assert {name for name, outcome in outcomes(data).items() if outcome == NOT_REPRODUCED} == refuted


def test_medians_are_told_by_inputs_and_who_reaches_the_bound_is_counted(data):
    found = {v.id: v.finding for v in verdicts.verdicts(data)}["Novikoff"]
    assert re.findall(r"with (\d)", found) == ["1", "2", "3", "5"]
    at_bound = int((data.mistakes == np.rint(data.bound)).sum())
    assert at_bound == 2
    assert "2 perceptrons make exactly as many mistakes as the bound allows" in found
    data["mistakes"] = data.mistakes / 2
    found = {v.id: v.finding for v in verdicts.verdicts(data)}["Novikoff"]
    assert "the greatest value is 0.5" in found


def test_nothing_is_claimed_of_more_inputs_than_are_tried():
    four_rows = next(one for one in verdicts.statements(config.QUICK) if one.id == "four rows")
    assert "of up to 5 inputs" in four_rows.claim


def test_more_inputs_than_are_known_are_refused():
    with pytest.raises(ValueError, match="inputs="):
        checks.check(config.Config(inputs=(8,)))
