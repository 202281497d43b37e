"""`activations.trainable_depth`: boundaries and ranks of data whose answer is known, verdicts that can say no."""

import dataclasses
import functools
import math

import numpy as np
import pytest
import scipy
import xarray as xr

from experiments.activations.trainable_depth import config, run, summary, verdicts
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from nnjax import tuning

DEPTHS = np.array(config.FULL.depths)


def synthetic(factor=1.0, early=0.4, power=1.0, seeds=5, low=0.1, digits=None):
    """As if measured: networks learn up to `factor` times a power of theory's depth, early ones to a part of that."""
    parts, tried = [], len(config.RATES)
    for activation in config.FULL.activations:
        given = config.variances(config.FULL, activation)
        theory = np.array([run.theory(activation, one) for one in given])
        deepest = factor * np.minimum(theory if activation == "tanh" else 6 * theory, 1e4) ** power
        reach = np.stack([early * deepest, deepest], axis=-1)[:, None, :, None]
        learned = DEPTHS[:, None, None] <= reach * np.geomspace(0.9, 1.1, seeds)
        shape = learned.shape[:3]
        known = DEPTHS[:, None] <= (deepest if digits is None else digits * np.ones_like(deepest))[:, None, None]
        parts.append(xr.Dataset(
            {
                "accuracy": (("place", "depth", "length", "seed"), np.where(learned, 0.5, low)),
                "rate": (("place", "depth", "length"), np.full(shape, 0.01)),
                "rate_at_end": (("place", "depth", "length"), np.zeros(shape, int)),
                "tuning_accuracy": (("place", "depth", "length", "tried"), np.full((*shape, tried), 0.3)),
                "digits_accuracy": (("place", "depth", "digit_seed"), np.where(known, 0.5, low).repeat(4, axis=-1)),
                "digits_rate": (("place", "depth"), np.full(shape[:2], 0.1)),
                "digits_rate_at_end": (("place", "depth"), np.zeros(shape[:2], int)),
                "digits_tuning_accuracy": (("place", "depth", "tried"), np.full((*shape[:2], tried), 0.3)),
                "variance": ("place", list(given)),
                "theory_depth": ("place", theory),
            },
            {
                "place": np.arange(len(given)), "depth": DEPTHS, "length": [200, 1000], "activation": activation,
                "tried": list(config.FULL.rates),
            },
        ))  # fmt: skip
    return xr.concat(parts, "activation").assign_attrs(short_steps=200, num_steps=1000, width=64)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(config.FULL))}


def test_theory_gives_the_published_depths_and_no_end_at_he():
    assert run.theory("tanh", 1.0) == pytest.approx(6 * 3.627, rel=1e-3)
    assert run.theory("relu", 1.0) == pytest.approx(1 / math.log(2))
    assert run.theory("relu", 2.0) == math.inf
    assert run.theory("relu", 4.0) == pytest.approx(1 / math.log(2))


def test_a_boundary_lies_where_half_learn():
    def of(*shares):
        learned = np.array([[True] * share + [False] * (4 - share) for share in shares])
        return summary.boundary(np.array([2, 4, 8, 16, 32, 64]), learned)

    between = of(4, 4, 4, 0, 0, 0)
    assert 8 < between.low < between.depth < between.high < 16
    assert between.depth == pytest.approx(math.sqrt(8 * 16), rel=0.05)
    assert of(4, 4, 4, 2, 0, 0).depth == pytest.approx(16, rel=0.05)
    beyond = of(4, 4, 4, 4, 4, 4)
    assert (beyond.depth, beyond.high) == (64, 64)
    assert beyond.low > 45
    assert of(0, 0, 0, 0, 0, 0).high < 2
    wide, narrow = of(4, 3, 3, 1, 1, 0), of(4, 4, 3, 1, 0, 0)
    assert wide.high / wide.low > narrow.high / narrow.low


def test_ranks_follow_the_boundaries():
    expected = np.array([3.0, 6, 12, 24, 48, np.inf])
    learned = DEPTHS[:, None, None] <= np.array([3.0, 6, 12, 24, 48, 1e4])[:, None] * np.ones(4)
    found = [summary.boundary(DEPTHS, one) for one in learned.transpose(1, 0, 2)]
    how = summary.correlated(expected, found, 64)
    assert how.rank == pytest.approx(1)
    assert how.low > 0.9  # neighbours are three depths apart
    assert how.slope == pytest.approx(1, abs=0.1)
    assert summary.correlated(expected[::-1], found, 64).high < 0
    alike = summary.correlated(expected, found[-1:] * 6, 64)
    assert math.isnan(alike.rank)
    doublings, low, high = summary.moved(found, found[1:] + found[-1:], 64)
    assert low < doublings < high
    assert doublings == pytest.approx(5 / 6, abs=0.25)


def test_intervals_are_those_of_other_networks():
    """Networks that learn with a chance that falls with depth: intervals hold the truth, and more seeds narrow them."""
    rng, expected = np.random.default_rng(0), np.array([3.0, 5.0, 7.0, 12.0, 20.0, 30.0])
    chance = scipy.special.expit(4 * np.log2(expected[:, None] / DEPTHS))  # [variance, depth]

    def measured(order, seeds):
        drawn = rng.random((*chance.shape, seeds)) < chance[..., None]
        found = [summary.boundary(DEPTHS, one) for one in drawn]
        inside = [one.low <= true <= one.high for one, true in zip(found, expected, strict=True)]
        how = summary.correlated(order, found, 64)
        return np.mean(inside), how.low <= how.rank <= how.high, how.high - how.low

    order = np.array([1.0, 3.0, 2.0, 4.0, 6.0, 5.0])  # which is not quite that of the boundaries
    few, many = (np.mean([measured(order, seeds) for _ in range(40)], axis=0) for seeds in (3, 24))
    assert few[0] > 0.9
    assert many[0] > 0.9
    assert few[1] == many[1] == 1
    assert many[2] < 0.7 * few[2]


def test_the_bar_is_what_numbers_in_random_order_exceed_in_one_of_forty():
    order = np.arange(8) - 3.5
    ranks = np.random.default_rng(0).permuted(np.tile(order, (10_000, 1)), axis=1) @ order / (order @ order)
    assert 0.019 < np.mean(ranks > summary.by_chance(range(8)) + 1e-9) < 0.026
    assert [round(summary.by_chance(range(number)), 3) for number in (6, 8)] == [
        0.829,
        0.714,
    ]  # 1.67 and 2.29% of the orders
    assert summary.by_chance(range(6)) > summary.by_chance(range(8)) > summary.by_chance(range(50)) > 0.25
    tied = [38, 54, 64, 64, 64, 64, 37, 29]
    own = scipy.stats.rankdata(tied) - 4.5
    orders = np.random.default_rng(1).permuted(np.tile(order, (4_000, 1)), axis=1)
    found = orders @ own / np.sqrt((order @ order) * (own @ own))
    assert found[0] == pytest.approx(scipy.stats.spearmanr(orders[0], tied).statistic)
    assert np.mean(found > summary.by_chance(tied) + 1e-6) < 0.03
    assert np.mean(found > summary.by_chance(range(8)) + 1e-6) > 0.02


def test_verdicts_follow_the_data():
    good = outcomes(synthetic())
    assert {name for name, outcome in good.items() if outcome != REPRODUCED} == set()
    assert {"order: tanh", "order: relu", "longer training: relu", "digits: tanh", "published depths"} <= set(good)
    against = outcomes(synthetic(factor=2000.0, power=-1.0, early=1.0))
    for name in ("order: tanh", "order: relu", "digits: relu", "published depths"):
        assert against[name] == NOT_REPRODUCED
    assert outcomes(synthetic(early=3.0))["longer training: relu"] == NOT_REPRODUCED
    assert outcomes(synthetic(digits=100.0))["digits: tanh"] == NOT_SETTLED  # all learn: nothing is ordered


def test_a_rate_at_the_end_of_its_grid_leaves_failures_open():
    data = synthetic(low=0.15)
    assert not any(summary.out_of_reach(data, "tanh", length) for length in (1000, None))
    data["rate_at_end"] = data.rate_at_end + 1
    assert summary.out_of_reach(data, "tanh", 1000)
    found = outcomes(data)
    assert found["order: tanh"] == found["longer training: relu"] == NOT_SETTLED
    assert found["digits: tanh"] == REPRODUCED
    data["tuning_accuracy"] = 0 * data.tuning_accuracy + 0.1  # no rate does better than chance: none is the best
    assert outcomes(data)["order: tanh"] == REPRODUCED
    data["digits_rate_at_end"] = data.digits_rate_at_end - 1
    found = outcomes(data)
    assert (found["digits: tanh"], found["order: tanh"]) == (NOT_SETTLED, REPRODUCED)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.72, 0.9, REPRODUCED), (0.1, 0.9, NOT_SETTLED), (0.1, 0.6, NOT_SETTLED), (-0.5, 0.0, NOT_REPRODUCED)],
)
def test_an_order_must_be_better_than_chance(low, high, expected):
    how = summary.Correlated((low + high) / 2, low, high, 0.0, 0.0, 0.0)
    assert verdicts._outcome(how, range(8), range(8)) == expected


@pytest.fixture
def few_rows(monkeypatch):
    """MNIST-1D of as few rows as are judged, which are drawn sooner."""
    whole = run.tasks.mnist1d
    monkeypatch.setattr(run.tasks, "mnist1d", lambda seed: whole(seed, num_rows=1_250))


def test_draws_and_halves_that_are_tuned_on_are_not_reported(monkeypatch):
    monkeypatch.setattr(run.tasks, "mnist1d", functools.partial(run.tasks.mnist1d, num_rows=50))
    drawn, other = run._mnist1d(range(2)), run._mnist1d([tuning.FIRST_SEED])
    assert drawn["seeds"] == {"0": [0], "1": [1]}
    assert len({one.x.tobytes() for one in (*drawn["data"].values(), *other["data"].values())}) == 3
    tuned, reported = run._digits()
    assert tuned.x.shape == reported.x.shape == (2_500, 784)
    assert len({row.tobytes() for half in (tuned, reported) for row in half.x}) == 5_000


TINY = dataclasses.replace(config.QUICK, depths=(1, 2), short_steps=2, num_steps=4, digit_seeds=1, width=8, seeds=3)


@pytest.mark.slow
def test_each_depth_has_networks_of_its_own_that_were_not_trained_before(few_rows, monkeypatch):
    asked, sweep = [], run.nnjax.sweep

    def watched(data, *, depth, seeds, **settings):
        asked.append((tuple(depth), tuple(np.ravel(list(seeds.values()) if isinstance(seeds, dict) else seeds))))
        return sweep(data, depth=depth, seeds=seeds, **settings)

    monkeypatch.setattr(run.nnjax, "sweep", watched)
    data = run.run(TINY)
    tuned = ((1, 2), (tuning.FIRST_SEED,))
    twice = 2 * [((1,), (0, 1, 2)), ((2,), (3, 4, 5))]  # for both lengths
    assert asked == [tuned, *twice, tuned, ((1,), (0,)), ((2,), (1,))]
    assert data.accuracy.sizes == {"activation": 1, "length": 2, "depth": 2, "place": 3, "seed": 3}
    assert data.digits_accuracy.sizes == {"activation": 1, "depth": 2, "place": 3, "digit_seed": 1}


FIGURES = ["boundary", "learned"]


def test_everything_is_drawn_from_data(redrawn):
    assert redrawn("activations.trainable_depth", synthetic(), config.FULL) == FIGURES


@pytest.mark.slow
def test_a_tiny_run_is_drawn_from_what_is_on_disk(redrawn, few_rows):
    data = run.run(TINY)
    assert ((data.accuracy >= 0) & (data.accuracy <= 1)).all()
    assert redrawn("activations.trainable_depth", data, TINY) == FIGURES


@pytest.mark.parametrize(
    "change", [{"short_steps": 300}, {"depths": (4,)}, {"activations": ("gelu",)}, {"tanh_variances": (1.0, 2.0)}]
)
def test_settings_that_make_no_sense_are_named(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        config.check(dataclasses.replace(config.FULL, **change))
