"""`perceptron.order`: orders are those of the theorems, and verdicts can say no."""

import pytest

from experiments.lab import checks
from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED, check_verdicts
from experiments.perceptron.order import config, run, verdicts

TINY = config.Config(inputs=(2, 3), parity_inputs=(2, 3), symmetric_inputs=(3,))


@pytest.fixture(scope="module")
def made():
    return run.run(TINY)


@pytest.fixture
def data(made):
    return made.copy(deep=True)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))}


def test_everything_is_drawn_from_the_data_alone(redrawn, data):
    assert redrawn("perceptron.order", data, TINY) == ["orders", "symmetric"]


def test_orders_are_those_of_the_theorems(data):
    assert set(outcomes(data).values()) == {REPRODUCED}
    assert data.functions.sel(inputs=3).values.tolist() == [2, 102, 150, 2]
    assert data.functions.sel(order=[0, 1]).sum("order").values.tolist() == [14, 104]  # as `census` counts


@pytest.mark.parametrize(
    ("variable", "refuted"),
    [
        ("undecided", "order 2, 2 inputs"),
        ("programs_that_differ", "order 2, 2 inputs"),
        ("order_n_is_parity", "order 2, 2 inputs"),
        ("corrections_equal", "parity needs n"),
        ("learned_at_n", "parity at n"),
        ("symmetric", "symmetric"),
    ],
)
def test_verdicts_can_say_no(data, variable, refuted):
    data[variable][0] = 1 - data[variable][0].astype(int)
    found = outcomes(data)
    assert [name for name, outcome in found.items() if outcome == NOT_REPRODUCED] == [refuted]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": (5,)}, "inputs"),
        ({"parity_inputs": (1,)}, "parity_inputs"),
        ({"symmetric_inputs": (9,)}, "symmetric_inputs"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=f"{message}="):
        checks.check(config.Config(**change))
