"""Parts of claims, some of which rest on a tuned number at the end of its grid."""

import numpy as np

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.universal_approximation.shared import parts


def test_an_undecided_part_is_open_whatever_it_was_found_to_be():
    found = parts.Parts(np.array([[True, False], [True, False]]), np.array([[False, False], [True, True]]))
    assert parts.states(found) == [REPRODUCED, NOT_REPRODUCED, NOT_SETTLED, NOT_SETTLED]
    assert parts.told(found, "pairs").startswith(" Undecided: 2 of 4 pairs, where")
    assert parts.told(parts.Parts(found.holds, found.undecided & False), "pairs") == ""


def test_one_or_two_values_are_no_grid_and_have_no_ends():
    assert parts.ends([1.0]) == parts.ends([1.0, 2.0]) == []
    assert parts.ends([3.0, 1.0, 2.0]) == [1.0, 3.0]
