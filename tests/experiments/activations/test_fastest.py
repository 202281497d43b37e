"""Which activation learns fastest: pairs of censored times, ties, rules, and one small run."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.activations.fastest import config, figures, pairs, run, tasks, verdicts
from experiments.lab import checks
from experiments.lab.verdicts import check_verdicts
from nnjax.tasks import Data

NEVER = np.inf
CAP = 1000.0
TINY = config.Config(("tanh", "relu"), ("XOR",), ("Adam",), (1.0, 2.0), 1, 1, 10)


def made(steps: dict[str, dict[str, float]], at_end: tuple[str, ...] = (), num_seeds: int = 64) -> xr.Dataset:
    """Data of one solver and the given median steps by task and activation, with the same factors on all."""
    factors = np.exp(np.random.default_rng(0).normal(0, 0.2, num_seeds))
    names, places = list(next(iter(steps.values()))), list(steps)
    values = np.array([[[value * factors for value in one.values()] for one in steps.values()]])
    ends = np.array([[[name in at_end for name in names] for _ in places]], int)
    dims = ("solver", "task", "activation")
    return xr.Dataset(
        {
            "steps": ((*dims, "seed"), values),
            "rate_at_end": (dims, ends),
            "scale_at_end": (dims, 0 * ends),
            "learning_rate": (dims, np.ones(ends.shape)),
            "init_scale": (dims, np.ones(ends.shape)),
            "cap": (dims[:2], np.full(ends.shape[:2], CAP)),
        },
        {"solver": ["Adam"], "task": places, "activation": names},
    )


def outcomes(steps: dict[str, dict[str, float]], **more) -> dict[str, str]:
    data = made(steps, **more)
    found = verdicts.verdicts(data)
    activations, places, solvers = (tuple(data[name].values.tolist()) for name in ("activation", "task", "solver"))
    check_verdicts(found, verdicts.statements(config.Config(activations, places, solvers)))
    return {one.id: one.outcome for one in found}


def test_pairs_are_compared_as_in_published_tables():
    first = np.ones(20)
    second = np.arange(1.0, 21)
    found = pairs.compare(first, second)
    # Of 20 values the interval of the median goes from the 6th to the 15th (Conover 1999, table A3: 95.86 %).
    assert (found.low, found.high) == (6, 15)
    assert found.ratio == pytest.approx(np.sqrt(110))
    # 19 are faster and one is level, which counts for neither: twice P(Bin(20, 1/2) >= 19).
    assert (found.first, found.second) == (19, 0)
    assert found.p_value == pytest.approx(2 * 21 / 2**20)
    turned = pairs.compare(second, first)
    assert (turned.low, turned.high, turned.p_value) == pytest.approx((1 / 15, 1 / 6, found.p_value))


def test_the_interval_holds_all_steps_between_two_looks():
    ten = np.full(20, 10.0)
    found = pairs.compare(ten, 2 * ten, every=10)  # arrived from 1 to 10, and from 11 to 20
    assert (found.low, found.ratio, found.high, found.first) == (pytest.approx(1.1), 2, 20, 20)
    same = pairs.compare(ten, ten, every=5)
    assert (same.low, same.high) == pytest.approx((0.6, 10 / 6))
    assert pairs.median(ten, every=5) == (10, 6, 10)
    assert outcomes({"MNIST-1D": {"tanh": 20.0, "sigmoid": 20.0}})["tanh-before-sigmoid"] == "not settled"


def test_the_median_has_an_interval_also_where_most_arrive_at_one_step():
    few = np.repeat([50.0, 60.0, NEVER], [26, 34, 4])
    assert pairs.median(few) == (60, 50, 60)  # of 64 values the interval goes from the 24th to the 41st
    assert pairs.median(np.repeat([10.0, NEVER], [32, 32])).estimate == 10
    assert pairs.median(np.repeat([10.0, NEVER], [31, 33])).estimate == NEVER


def test_a_network_that_never_arrives_is_the_slower_one():
    there, never = np.full(20, 10.0), np.full(20, NEVER)
    found = pairs.compare(there, never)
    assert found.p_value == pytest.approx(2 / 2**20)
    assert found.ratio == found.low == found.high == NEVER
    neither = pairs.compare(never, never)  # nothing is known
    assert (neither.ratio, neither.low, neither.high, neither.p_value) == (1, 0, NEVER, 1)
    some = np.where(np.arange(20) < 3, NEVER, 10.0)
    mixed = pairs.compare(some, np.where(np.arange(20) < 3, NEVER, 20.0))
    assert (mixed.ratio, mixed.low, mixed.high, mixed.first) == (2, 2, 2, 17)
    assert pairs.compare(np.zeros(20), np.full(20, 3.0)).ratio == 3  # there before the first step: one step


@pytest.mark.parametrize("n", [10, 33])
def test_the_interval_covers_the_median(n):
    rng = np.random.default_rng(n)
    covered = [
        pair.low <= 1 <= pair.high
        for pair in (pairs.compare(np.ones(n), np.exp(rng.normal(size=n))) for _ in range(200))
    ]
    assert np.mean(covered) > 0.92


def test_groups_are_the_largest_sets_of_ties():
    # 0 and 2 are separated, each is tied with 1; 3 is alone.
    tied = np.eye(4, dtype=bool)
    tied[0, 1] = tied[1, 0] = tied[1, 2] = tied[2, 1] = True
    assert pairs.groups(tied) == [(0, 1), (1, 2), (3,)]
    assert pairs.groups(np.ones((3, 3), bool)) == [(0, 1, 2)]


def test_orders_follow_the_data():
    fast, slow = {"tanh": 10.0, "sigmoid": 30.0}, {"tanh": 30.0, "sigmoid": 10.0}
    level = {"tanh": 100.0, "sigmoid": 100.0}
    for steps, expected in (
        ({"XOR": fast, "smooth": fast}, "reproduced"),
        ({"XOR": fast, "smooth": slow}, "partly"),
        ({"XOR": fast, "smooth": level}, "partly"),
        ({"XOR": level, "smooth": slow}, "not reproduced"),
        ({"XOR": {"tanh": NEVER, "sigmoid": NEVER}}, "not settled"),
    ):
        assert outcomes(steps)["tanh-before-sigmoid"] == expected


def test_a_slower_one_that_is_tuned_to_an_end_settles_nothing():
    steps = {"XOR": {"tanh": 10.0, "sigmoid": 30.0}}
    assert outcomes(steps, at_end=("sigmoid",))["tanh-before-sigmoid"] == "not settled"
    # The faster one could only become faster still.
    assert outcomes(steps, at_end=("tanh",))["tanh-before-sigmoid"] == "reproduced"


def test_the_default_is_judged_against_the_best_of_the_others():
    for relu, expected in (
        (10.0, "reproduced"),
        (19.0, "reproduced"),
        (25.0, "not reproduced"),
        (NEVER, "not reproduced"),
    ):
        steps = {"XOR": {"relu": relu, "tanh": 10.0, "gelu": 40.0}}
        assert outcomes(steps)["relu-is-a-good-default"] == expected
    assert outcomes(steps, at_end=("relu",))["relu-is-a-good-default"] == "not settled"


def test_whether_one_is_fastest_everywhere_follows_the_data():
    first, second = {"relu": 10.0, "tanh": 30.0}, {"relu": 30.0, "tanh": 10.0}
    for steps, expected in (
        ({"XOR": first, "smooth": second}, "reproduced"),
        ({"XOR": first, "smooth": first}, "not reproduced"),
        ({"XOR": {"relu": 10.0, "tanh": 10.0}}, "not settled"),
    ):
        assert outcomes(steps)["none-is-fastest-everywhere"] == expected


def test_ties_share_a_letter_and_the_table_says_who_is_beaten():
    data = made({"XOR": {"relu": 10.0, "tanh": 10.0, "sigmoid": 40.0, "sin": NEVER}})
    one = verdicts.compared(data)["Adam", "XOR"]
    assert figures.letters(one, ["relu", "tanh", "sigmoid", "sin"]) == ["a", "a", "b", "c"]
    rows = {row["activation"]: row for row in verdicts.table(data)}
    assert rows["sigmoid"]["beaten_by"] == "relu tanh"
    assert rows["sigmoid"]["steps_over_relu"] == pytest.approx(4)
    assert rows["sin"]["median_steps"] == NEVER
    assert (rows["sin"]["arrived"], rows["relu"]["arrived"]) == (0, 64)


def test_what_is_left_to_learn():
    kinked, spirals, digits = (rows_of(name) for name in ("kinked", "spirals", "MNIST-1D"))
    assert tasks.variance_left(None, kinked, lambda _, x: kinked.y.mean() + 0 * x) == pytest.approx(1)
    assert tasks.variance_left(None, kinked, lambda _, x: kinked.y) == 0
    assert tasks.wrong_side(None, spirals, lambda _, x: 2 * spirals.y - 1) == 0
    always = tasks.wrong_side(None, spirals, lambda _, x: 1 + 0 * x[:, :1])
    assert always == pytest.approx(1 - spirals.y.mean())
    assert digits.x.shape == (1000, 40)
    assert tasks.wrong_class(None, digits, lambda _, x: digits.y) == 0


def rows_of(task: str) -> Data:
    """The data of a task as a sweep in float32 has them; without test rows, so that training rows are judged."""
    data = tasks.TASKS[task].data()
    assert data.x_test is None
    return Data(jnp.asarray(data.x, "float32"), jnp.asarray(data.y, "float32"))


def test_every_task_has_rates_a_factor_of_two_apart():
    for rates, task in itertools.product(config.RATES.values(), config.TASKS):
        assert np.divide(rates[task][1:], rates[task][:-1]) == pytest.approx(2)
    for one in (config.FULL, config.QUICK):
        checks.check(one)
    with pytest.raises(ValueError, match=r"activations=\('rleu', 'tanh'\)"):
        checks.check(config.Config(activations=("rleu", "tanh")))


@pytest.mark.slow
def test_networks_are_timed_and_drawn(redrawn):
    data = run.run(TINY)
    assert data.sizes == {"solver": 1, "task": 1, "activation": 2, "seed": 10, "rate": 7, "point": run.POINTS}
    assert float(data.steps.sel(activation="tanh").median()) < 30  # with Adam, and a tuned rate
    check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))
    assert redrawn("activations.fastest", data, TINY) == ["claims", "learning_curves", "ranking", "tuning"]
