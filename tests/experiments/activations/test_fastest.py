"""Which activation learns fastest: pairs of censored times, ties, rules, and one small run."""

import dataclasses
import itertools

import jax.numpy as jnp
import numpy as np
import pytest
import scipy
import xarray as xr

from experiments.activations.fastest import config, figures, pairs, run, tasks, verdicts
from experiments.lab import checks
from experiments.lab.verdicts import check_verdicts
from nnjax.tasks import Data

NEVER = np.inf
CAP = 1000.0
TINY = config.Config(("tanh", "relu"), ("XOR",), ("Adam",), (1.0, 2.0), 1, 1, 2, 2, 10)


def made(
    steps: dict[str, dict[str, float]], at_end: tuple[str, ...] = (), num_seeds: int = 64, spread: float = 0.0
) -> xr.Dataset:
    """Data of one solver and the given median steps by task and activation, with the same factors on all.

    The steps of the first activation are spread further, with the same median: `spread` is that of their logarithm.
    """
    factors = np.exp(np.random.default_rng(0).normal(0, 0.2, num_seeds))
    names, places = list(next(iter(steps.values()))), list(steps)
    values = np.array([[[value * factors for value in one.values()] for one in steps.values()]])
    values[:, :, 0] *= np.exp(spread * scipy.special.ndtri((np.arange(num_seeds) + 0.5) / num_seeds))
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
    # Of 20 values the interval of the median goes from the 6th to the 15th (Conover 1999, table A3: 95.86%).
    assert (found.low, found.high) == (6, 15)
    assert found.ratio == pytest.approx(np.sqrt(110))
    # At 99.5% from the 4th to the 17th, as P(Bin(20, 1/2) <= 3) = 0.13% and P(Bin(20, 1/2) <= 4) = 0.59%.
    assert pairs.compare(first, second, confidence=0.995)[1:] == (4, 17)
    turned = pairs.compare(second, first)
    assert (turned.low, turned.high) == pytest.approx((1 / 15, 1 / 6))


def test_the_interval_holds_all_steps_between_two_looks():
    ten = np.full(20, 10.0)
    found = pairs.compare(ten, 2 * ten, every=10)  # arrived from 1 to 10, and from 11 to 20
    assert (found.low, found.ratio, found.high) == (pytest.approx(1.1), 2, 20)
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
    assert found.ratio == found.low == found.high == NEVER
    neither = pairs.compare(never, never)  # nothing is known
    assert neither == (1, 0, NEVER)
    some = np.where(np.arange(20) < 3, NEVER, 10.0)
    mixed = pairs.compare(some, np.where(np.arange(20) < 3, NEVER, 20.0))
    assert mixed == (2, 2, 2)
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
    little = {"tanh": 100.0, "sigmoid": 115.0}  # in every seed, and by less than the margin
    for steps, expected in (
        ({"XOR": fast, "smooth": fast}, "reproduced"),
        ({"XOR": fast, "smooth": slow}, "not reproduced"),
        ({"XOR": fast, "smooth": fast, "kinked": slow}, "partly"),
        ({"XOR": fast, "smooth": level}, "partly"),
        ({"XOR": level, "smooth": slow}, "not reproduced"),
        ({"XOR": little}, "not reproduced"),
        ({"XOR": {"tanh": NEVER, "sigmoid": NEVER}}, "not settled"),
    ):
        assert outcomes(steps)["tanh-before-sigmoid"] == expected


def test_a_difference_counts_when_all_of_its_interval_lies_beyond_the_margin():
    """The median ratio is 1.5. With 64 seeds the 95% interval goes from the 24th to the 41st of the ratios."""
    steps = {"XOR": {"tanh": 100.0, "sigmoid": 150.0}}
    for spread, expected in ((0.2, "reproduced"), (0.8, "not settled")):
        data = made(steps, spread=spread)
        pair = verdicts.compared(data, 1)["Adam", "XOR"].pairs["tanh", "sigmoid"]
        assert (pair.low > verdicts.MARGIN) == (expected == "reproduced")
        assert 1 < pair.low < pair.ratio
        assert outcomes(steps, spread=spread)["tanh-before-sigmoid"] == expected
    # Two that are level in the median are open where the interval leaves the margin.
    steps = {"XOR": {"tanh": 100.0, "sigmoid": 100.0}}
    for spread, expected in ((0.1, "not reproduced"), (2.0, "not settled")):
        assert outcomes(steps, spread=spread)["tanh-before-sigmoid"] == expected
    assert outcomes(steps, at_end=("tanh",))["tanh-before-sigmoid"] == "not settled"


def test_open_settings_count_only_where_they_could_change_the_outcome():
    faster, slower, level, open_ = verdicts.FASTER, verdicts.SLOWER, verdicts.LEVEL, verdicts.OPEN
    for seen, expected in (
        ([faster, open_], "not settled"),  # reproduced or not reproduced
        ([faster, faster, level, open_], "partly"),
        ([faster, faster, open_], "not settled"),  # reproduced or partly
        ([faster, slower, open_], "not settled"),
        ([faster, slower, slower, slower, open_], "not reproduced"),
        ([open_], "not settled"),
    ):
        assert verdicts.judged(seen, [(True, True)] * len(seen)) == expected
    # By their intervals those that are open may all be level, and one of them faster, or one slower.
    three = [faster, slower, open_, open_]
    for may_be, expected in (
        ([(False, False)] * 4, "not reproduced"),
        ([(False, False)] * 3 + [(False, True)], "not reproduced"),
        ([(False, False)] * 3 + [(True, False)], "not settled"),
        ([(True, True)] * 2 + [(False, False)] * 2, "not reproduced"),  # what is not open is as it is
    ):
        assert verdicts.judged(three, may_be) == expected
    assert verdicts.judged([faster, faster, slower, open_], [(False, True)] * 4) == "not settled"
    assert verdicts.judged([faster, faster, slower, open_], [(True, False)] * 4) == "partly"


def test_the_published_ratio_is_told_and_not_judged():
    one = next(one for one in verdicts.ORDERS if (one.fast, one.slow) == ("sin", "sigmoid"))
    for ratio, told in ((30.0, "reached in no setting"), (200.0, "reached in 1 setting;")):
        data = made({"XOR": {"sin": 10.0, "sigmoid": 10.0 * ratio}})
        assert told in verdicts.reached(one, verdicts.compared(data, 1))
        assert outcomes({"XOR": {"sin": 10.0, "sigmoid": 10.0 * ratio}})["sin-before-sigmoid"] == "reproduced"


def test_what_no_source_says_of_speed_is_an_aim():
    known = ("gelu", "silu", "relu", "elu")
    kinds = {one.id: one.kind for one in verdicts.statements(config.Config(known, ("XOR",), ("Adam",)))}
    assert kinds["gelu-before-relu"] == kinds["silu-before-relu"] == "aim"
    assert kinds["elu-before-relu"] == "published"


def test_more_comparisons_need_more():
    data = made({"XOR": {"tanh": 100.0, "sigmoid": 150.0}}, spread=0.4)
    assert verdicts.compared(data, 1)["Adam", "XOR"].beats("tanh", "sigmoid")
    assert not verdicts.compared(data, 10_000)["Adam", "XOR"].beats("tanh", "sigmoid")
    assert verdicts.all_pairs(made({"XOR": dict.fromkeys("abcd", 1.0), "smooth": dict.fromkeys("abcd", 1.0)})) == 12


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
    steps = {"XOR": {"relu": 10.0, "tanh": 10.0}}
    assert outcomes(steps, at_end=("tanh",))["relu-is-a-good-default"] == "not settled"  # it could be faster still


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
    one = verdicts.compared(data, verdicts.all_pairs(data))["Adam", "XOR"]
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
    data = tasks.TASKS[task].data(0)
    assert data.x_test is None
    return Data(jnp.asarray(data.x, "float32"), jnp.asarray(data.y, "float32"))


def test_where_data_are_random_each_seed_has_its_own():
    for name, task in tasks.TASKS.items():
        found = task.sample(range(2))
        if not task.drawn:
            assert list(found["seeds"]) == [0, 1]
            np.testing.assert_array_equal(task.data(0).x, task.data(1).x)
        else:
            assert found["seeds"] == {"0": [0], "1": [1]}
            assert len({one.x.tobytes() for one in found["data"].values()}) == 2
        assert task.drawn == (name in ("spirals", "MNIST-1D"))


def test_the_best_pairs_go_into_the_second_round():
    cost = xr.DataArray(
        [[[3.0, 1.0, 2.0], [9.0, 9.0, 0.5]], [[7.0, 7.0, 7.0], [7.0, 7.0, 6.0]]],
        {"activation": ["tanh", "relu"], "learning_rate": [0.1, 0.2], "init_scale": [1.0, 2.0, 4.0]},
    )
    found = run.best_pairs(cost, 3)
    assert [one["learning_rate"].values.tolist() for one in found] == [[0.2, 0.2], [0.1, 0.1], [0.1, 0.1]]
    assert [one["init_scale"].values.tolist() for one in found] == [[4.0, 4.0], [2.0, 1.0], [4.0, 2.0]]
    assert len(run.best_pairs(cost, 99)) == 6
    assert run.end(np.array([1.0, 2.0, 4.0]), np.array([2.0, 4.0, 1.0])).tolist() == [-1, 0, 1]


def test_every_task_has_rates_a_factor_of_two_apart():
    for rates, task in itertools.product(config.RATES.values(), config.TASKS):
        assert np.divide(rates[task][1:], rates[task][:-1]) == pytest.approx(2)
    for one in (config.FULL, config.QUICK):
        checks.check(one)
    with pytest.raises(ValueError, match=r"activations=\('rleu', 'tanh'\)"):
        checks.check(config.Config(activations=("rleu", "tanh")))


@pytest.mark.slow
def test_no_reported_network_was_trained_before(monkeypatch):
    asked = []
    sweep = run.nnjax.sweep

    def watched(data, **settings):
        seeds = settings["seeds"]
        asked.append([one for some in seeds.values() for one in some] if isinstance(seeds, dict) else list(seeds))
        return sweep(data, **settings)

    monkeypatch.setattr(run.nnjax, "sweep", watched)
    small = tasks.TASKS["spirals"]
    monkeypatch.setitem(tasks.TASKS, "spirals", small._replace(settings=small.settings | {"num_steps": 10}))
    data = run.run(dataclasses.replace(TINY, tasks=("spirals",), widen=0))
    first, *second, last = asked
    assert second == [second[0]] * TINY.finalists
    assert len({*first, *second[0], *last}) == TINY.tuning_seeds + TINY.final_seeds + TINY.seeds
    assert last == list(range(TINY.seeds))
    assert data.steps.dims == ("solver", "task", "activation", "seed")


@pytest.mark.slow
def test_networks_are_timed_and_drawn(redrawn):
    data = run.run(TINY)
    assert data.sizes == {"solver": 1, "task": 1, "activation": 2, "seed": 10, "rate": 7, "point": run.POINTS}
    assert float(data.steps.sel(activation="tanh").median()) < 30  # with Adam, and a tuned rate
    check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))
    assert redrawn("activations.fastest", data, TINY) == ["claims", "learning_curves", "ranking", "tuning"]
