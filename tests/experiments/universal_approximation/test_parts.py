"""Outcomes of claims of several parts, some of which rest on a tuned number at the end of its grid."""

import numpy as np
import pytest

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED
from experiments.universal_approximation.shared import parts


@pytest.mark.parametrize(
    ("holds", "undecided", "some", "expected"),
    [
        ([1, 1, 1, 1], [0, 0, 0, 0], 1, REPRODUCED),
        ([1, 1, 1, 1], [0, 0, 0, 1], 1, NOT_SETTLED),
        ([1, 1, 0, 0], [0, 0, 1, 0], 1, PARTLY),
        ([0, 0, 0, 0], [0, 0, 0, 0], 1, NOT_REPRODUCED),
        ([0, 0, 0, 0], [0, 1, 0, 0], 1, NOT_SETTLED),
        ([1, 0, 0, 0], [0, 0, 0, 0], 2, NOT_REPRODUCED),
        ([1, 0, 0, 0], [0, 1, 0, 0], 2, NOT_SETTLED),
        ([1, 1, 0, 0], [1, 1, 0, 0], 2, NOT_SETTLED),
    ],
)
def test_undecided_parts_unsettle_only_what_they_could_change(holds, undecided, some, expected):
    found = parts.Parts(np.array(holds, bool), np.array(undecided, bool))
    assert parts.outcome(found, some=some) == expected
    assert ("Undecided" in parts.told(found, "parts")) == any(undecided)


def test_enough_parts_may_be_fewer_than_all():
    nine = parts.Parts(np.arange(10) > 0, np.zeros(10, bool))
    assert parts.outcome(nine, enough=9) == REPRODUCED
    assert parts.outcome(nine) == PARTLY


def test_one_value_alone_has_no_ends():
    assert parts.ends([1.0]) == []
    assert parts.ends([3.0, 1.0, 2.0]) == [1.0, 3.0]


def test_only_what_fails_is_undecided_by_its_grid():
    intervals = [(1.0, 2.0), (1.0, 2.0), (4.0, 5.0), (4.0, 5.0), (2.0, 4.0)]
    found = parts.against(3.0, intervals, np.array([False, True, False, True, False]))
    assert found.holds.tolist() == [True, True, False, False, False]
    assert found.undecided.tolist() == [False, False, False, True, True]
