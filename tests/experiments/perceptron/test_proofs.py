"""What the claims about the perceptron share: training many at once, each answer checked in whole numbers."""

import numpy as np

from experiments.perceptron import proofs
from nnjax import tasks


def test_answers_are_checked_in_whole_numbers():
    x, tables = tasks.boolean_inputs(2), tasks.truth_tables(tasks.all_functions(2), 2)
    trained = proofs.trained(x, tables, 100)
    assert np.flatnonzero(trained.proved).tolist() == [6, 9]  # XOR and XNOR
    np.testing.assert_array_equal(trained.learned, ~trained.proved)
    broken = trained.run._replace(corrections=trained.run.corrections + np.eye(4, dtype=int)[0])
    assert not proofs.is_certificate(broken, x, tables).any()
    none = trained.run._replace(corrections=0 * trained.run.corrections)
    assert not proofs.is_certificate(none, x, tables).any()
    turned = trained.run._replace(w=-trained.run.w, b=-trained.run.b)
    assert not proofs.computes(turned, x, tables)[1:15].any()
    assert not proofs.computes(trained.run._replace(w=trained.run.w + 0.25), x, tables).any()


def test_what_is_stopped_too_early_is_neither_learned_nor_proved():
    x, tables = tasks.boolean_inputs(2), tasks.truth_tables(tasks.all_functions(2), 2)
    short = proofs.trained(x, tables, 1)
    assert not (short.learned & short.proved).any()
    assert (~short.learned & ~short.proved).any()
