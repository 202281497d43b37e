"""What the tests of several claims about survival need."""

import pytest

from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED, check_verdicts

# What is known not to hold: a checksum does not know the place of its chunk.
HONEST = {"neighbour"}


@pytest.fixture
def assert_reproduced():
    """A function of a claim's verdicts and statements: all hold but those that are known not to."""

    def check(found, statements):
        for verdict in check_verdicts(found, statements):
            assert verdict.outcome == (NOT_REPRODUCED if verdict.id in HONEST else REPRODUCED), verdict

    return check
