"""What the tests of several claims about survival need."""

import pytest

from experiments.lab.verdicts import REPRODUCED, check_verdicts


@pytest.fixture
def assert_reproduced():
    """A function of a claim's verdicts and statements: all hold."""

    def check(found, statements):
        for verdict in check_verdicts(found, statements):
            assert verdict.outcome == REPRODUCED, verdict

    return check
