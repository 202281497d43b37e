"""Counts of what one neuron computes, made in more than one way, and what theorems say of products of inputs."""

import dataclasses
from functools import partial

import numpy as np
import pytest

from experiments.lab.verdicts import (
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    Statement,
    equal,
    verdicts,
)  # fmt: skip
from experiments.perceptron import census, proofs
from nnjax import tasks

# Without 4 inputs, of which all 65,536 functions would be tried.
FEW = dataclasses.replace(census.QUICK, inputs=(1, 2, 3, 5))


@pytest.fixture(scope="module")
def made():
    return census.run(FEW)


@pytest.fixture
def data(made):
    return made.copy(deep=True)


def test_a_census_to_five_inputs(data):
    assert data.separable.values.tolist() == [4, 14, 104, 94_572]
    assert data.by_regular[-1] == data.by_programming[-1] == 94_572
    assert (data.learned + data.proved == data.tried).all()
    assert data.four_rows.values.tolist() == data.proved.values.tolist()  # Muroga (1971): of at most 8 inputs
    assert (data.mistakes <= data.bound * (1 + 1e-6)).all()
    assert data.sizes["neuron"] == data.learned.sum()
    assert data.functions.values.tolist() == [[2, 12, 2, 0], [2, 102, 150, 2]]
    assert census.table(data).order_3.values.tolist()[1:3] == [0, 2]


@pytest.mark.slow
@pytest.mark.parametrize(("num_inputs", "count"), [(6, 15_028_134), (7, 8_378_070_864)])
def test_the_regular_functions_of_more_inputs_count_as_many(num_inputs, count):
    tables = tasks.regular_functions(num_inputs)
    trained = proofs.trained(tasks.boolean_inputs(num_inputs), tables, 10_000)
    assert (trained.learned ^ trained.proved).all()
    times = tasks.permutations_of(tables) * 2 ** tasks.essential_inputs(tables)
    assert np.sum(times[trained.learned]) == count


def judged(data, rule, measure):
    return [row["outcome"] for row in verdicts([Statement("", "", PUBLISHED, "", rule, measure)], data)]


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ((), REPRODUCED),
        (("separable", "by_regular", "by_programming"), NOT_REPRODUCED),
        (("by_regular",), NOT_SETTLED),  # two counts that differ
        (("undecided",), NOT_SETTLED),
        (("programs_differ",), NOT_SETTLED),
    ],
)
def test_counts_must_be_complete_and_agree(data, changed, outcome):
    for name in changed:
        data[name].loc[{"inputs": 5}] += 1
    assert judged(data, equal(94_572), partial(census.computed, inputs=5)) == [outcome]


def test_one_mistake_too_many_and_another_function_of_the_highest_order_refute(data):
    highest = partial(census.need_all_products, inputs=3)
    assert judged(data, equal(0), census.beyond_the_bound) == judged(data, equal(2), highest) == [REPRODUCED]
    data["violations"].loc[{"inputs": 3}] = 1
    data["order_n_is_parity"].loc[{"order_inputs": 3}] = False
    assert judged(data, equal(0), census.beyond_the_bound) == judged(data, equal(2), highest) == [NOT_REPRODUCED]
    assert judged(data, equal(2), partial(census.need_all_products, inputs=4)) == []


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7, 8])
def test_parity_needs_products_of_all_inputs(n):
    """Its rows, each once with its sign, sum to zero in all smaller products (Minsky & Papert 1969, chapter 3)."""
    x, parity = tasks.boolean_inputs(n), tasks.parity(n).y[:, 0][None] == 1
    below, full = (proofs.trained(tasks.monomials(x, k), parity, 100) for k in (n - 1, n))
    assert below.proved.all()
    assert np.ptp(below.run.corrections) == 0
    assert full.learned.all()


@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_order_of_a_symmetric_function_is_its_number_of_changes(n):
    """As more inputs become true (Minsky & Papert 1969, chapter 2)."""
    x = tasks.boolean_inputs(n)
    profiles = tasks.truth_tables(np.arange(2 ** (n + 1), dtype=np.uint64), n + 1)[:, -(n + 1) :]
    tables, changes = profiles[:, (x > 0).sum(axis=1)], np.diff(profiles, axis=1).sum(axis=1)
    for k in range(1, n + 1):
        trained = proofs.trained(tasks.monomials(x, k), tables, 1000)
        np.testing.assert_array_equal(trained.learned, changes <= k)
        np.testing.assert_array_equal(trained.proved, changes > k)
