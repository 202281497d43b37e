"""`perceptron.cycling`: the best neuron is found, and verdicts follow the data."""

import numpy as np
import pytest

from experiments.lab import checks
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.perceptron.cycling import config, reachable, run, verdicts
from nnjax import tasks

TINY = config.Config(inputs=3, visits=(8, 64))


@pytest.fixture(scope="module")
def made():
    return run.run(TINY)


@pytest.fixture
def data(made):
    return made.copy(deep=True)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))}


def test_everything_is_drawn_from_the_data_alone(redrawn, data):
    assert redrawn("perceptron.cycling", data, TINY) == ["inseparable", "orbit"]


def test_all_weights_return_and_the_best_neuron_is_known(data):
    assert (int(data.proved), data.attrs["functions"]) == (152, 152)
    assert data.best.sum() == 152
    assert data.best[0] == 0
    assert (data.mean_excess >= 0).all()
    found = outcomes(data)
    assert found["XOR"] == found["all come back"] == REPRODUCED
    data["proved"] = 151
    data["orbit_period"].loc[{"low": 0}] = 8
    found = outcomes(data)
    assert found["XOR"] == found["all come back"] == NOT_REPRODUCED


def test_the_limit_of_the_pocket_is_that_of_every_function(data):
    assert (int(data.best_again), int(data.classes)) == (152, 12)
    assert outcomes(data)["pocket"] == REPRODUCED
    data["best_again"] = 151
    assert outcomes(data)["pocket"] == NOT_REPRODUCED


def reached_slowly(x, table):
    """All weights and their errors, and of each what it leads to: one at a time."""
    z = np.column_stack([x, np.ones(len(x), int)])
    waiting, after, errors = [(0,) * z.shape[1]], {}, {}
    while waiting:
        w = waiting.pop()
        if w in after:
            continue
        wrong = np.flatnonzero((z @ w > 0) != table)
        errors[w] = len(wrong)
        after[w] = {tuple((w + (z[i] if table[i] else -z[i])).tolist()) for i in wrong}
        waiting += after[w]
    return errors, after


@pytest.mark.parametrize(("num_inputs", "function"), [(2, 6), (3, 22), (3, 233)])
def test_all_weights_are_reached_and_lead_back_to_the_best(num_inputs, function):
    """Of XOR, of "exactly one of three" and of its opposite, which ties make another problem."""
    x = tasks.boolean_inputs(num_inputs)
    table = tasks.truth_tables(np.array([function], np.uint64), num_inputs)[0]
    errors, after = reached_slowly(x, table)
    fewest = min(errors.values())
    found = reachable.reach(x, table, fewest)
    assert found.states == len(errors)
    assert found.greatest == max(sum(v * v for v in w) for w in errors)
    best = {w for w, wrong in errors.items() if wrong == fewest}
    while more := {w for w in errors if w not in best and after[w] & best}:
        best |= more
    assert best == set(errors)
    assert found.best_again
    assert not reachable.reach(x, table, 0).best_again  # no weights get all rows right


def test_one_function_stands_for_its_class():
    """Of two inputs: two constants, one input, an AND, an OR, and XOR, whose opposite a negated input makes."""
    tables = tasks.truth_tables(tasks.all_functions(2), 2)
    _, label = reachable.representatives(tables, 2)
    assert sorted(np.bincount(label)) == [1, 1, 2, 4, 4, 4]
    assert label[6] == label[9]
    tables = tasks.truth_tables(tasks.all_functions(3), 3)
    first, label = reachable.representatives(tables, 3)
    assert len(first) == 22
    states = [reachable.reach(tasks.boolean_inputs(3), tables[i], 1).states for i in np.flatnonzero(label == label[22])]
    assert len(states) == 8
    assert len(set(states)) == 1


@pytest.mark.parametrize(("gain", "outcome"), [(-0.3, REPRODUCED), (-0.1, NOT_SETTLED), (0.3, NOT_REPRODUCED)])
def test_a_rule_beats_another_where_the_whole_interval_does(data, gain, outcome):
    data["gain"][1], data["gain_error"][1] = gain, 0.1
    assert outcomes(data)["pocket or averaged"] == outcome


@pytest.mark.parametrize(("gain", "outcome"), [(-0.1, REPRODUCED), (0.0, NOT_REPRODUCED), (0.3, NOT_REPRODUCED)])
def test_two_rules_that_draw_nothing_at_random_differ_exactly(data, gain, outcome):
    data["gain"][0], data["gain_error"][0] = gain, 0.1
    (found,) = (v for v in verdicts.verdicts(data) if v.id == "averaged or perceptron")
    assert (found.outcome, found.measured, found.low, found.high) == (outcome, gain, None, None)


@pytest.mark.parametrize(("change", "message"), [({"inputs": 5}, "inputs"), ({"visits": (64, 8)}, "visits")])
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=f"{message}="):
        checks.check(config.Config(**change))
