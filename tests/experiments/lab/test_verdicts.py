"""The table of outcomes, exhaustively, Holm's rule, and how often each estimator's interval holds the truth."""

import itertools
from functools import partial

import numpy as np
import pytest
import scipy
import xarray as xr

from experiments.lab import estimates as es
from experiments.lab.verdicts import (
    AGREES,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    PUBLISHED,
    REPRODUCED,
    Statement,
    above,
    agreeing,
    answers,
    below,
    certainly,
    direction,
    equal,
    finding,
    of_parts,
    of_size,
    outcome,
    verdict,
    within,
)  # fmt: skip

GRID = (-np.inf, -2.0, -1.0, 0.0, 1.0, 2.0, np.inf)
REGIONS = {above(1): (1, np.inf), below(-1): (-np.inf, -1), within(-1, 1): (-1, 1)}


def number(low: float, high: float) -> xr.Dataset:
    return es.estimate(xr.DataArray(np.clip(0.0, low, high)), low, high)


def place(low: float, high: float, region: tuple[float, float]) -> str:
    """Where an interval lies, said once more: by points inside it that are a little off the grid."""
    points = [x for x in np.arange(-2.75, 3, 0.5) if low < x < high] or [np.mean([low, high])]
    inside = [region[0] < x < region[1] for x in points]
    edge = (low in region and np.isfinite(low)) or (high in region and np.isfinite(high))
    return "inside" if all(inside) and not (edge and low == high) else "outside" if not any(inside) else "across"


@pytest.mark.parametrize("rule", REGIONS)
def test_one_number(rule):
    for low, high in itertools.combinations(GRID, 2):
        where = place(low, high, REGIONS[rule])
        ends = [end for end in REGIONS[rule] if np.isfinite(end)]
        if where == "inside" and (low in ends or high in ends):
            where = "across"  # the end itself is not claimed
        for sides in itertools.product((-1, 0, 1), repeat=3):
            both = {-1, 1} <= set(sides)
            expected = {"inside": REPRODUCED, "outside": NOT_REPRODUCED, "across": PARTLY if both else NOT_SETTLED}
            assert outcome(rule, number(low, high), np.array(sides)) == expected[where], (low, high, sides)


@pytest.mark.parametrize("rule", [*REGIONS, equal(0)])
def test_unknown_is_not_settled(rule):
    for low, high in ((np.nan, np.nan), (np.nan, 5), (-5, np.nan)):
        measured = es.estimate(xr.DataArray(np.nan), low, high)
        assert outcome(rule, measured, np.array([1, -1])) == NOT_SETTLED


def test_infinite_numbers_lie_above_all_others():
    for low, high, expected in ((np.inf, np.inf, 1), (-np.inf, -np.inf, -1), (-np.inf, np.inf, 0)):
        assert above(1).side(low, high) == expected == -below(1).side(low, high)


def test_every_part():
    """Without an average one part that fails refutes, and all must hold."""
    interval = {1: (2.0, 3.0), 0: (0.0, 2.0), -1: (-1.0, 0.0)}
    for sides in itertools.product((-1, 0, 1), repeat=3):
        low, high = np.array([interval[side] for side in sides]).T
        parts = es.estimate(xr.DataArray((low + high) / 2, dims="part"), ("part", low), ("part", high))
        expected = NOT_REPRODUCED if -1 in sides else REPRODUCED if set(sides) == {1} else NOT_SETTLED
        assert outcome(above(1), parts, certainly(above(1), lambda level, parts=parts: parts)) == expected


def test_counts():
    for value, low, high, expected in ((3, 3, 3, REPRODUCED), (2, 2, 2, NOT_REPRODUCED), (3, 3, 5, NOT_SETTLED)):
        assert outcome(equal(3), es.exact(xr.DataArray(value), low, high), np.array([0])) == expected


def test_a_single_part_is_told_as_one_number():
    one = es.estimate(xr.DataArray([1.5], dims="part"), ("part", [1.0]), ("part", [np.inf]), 1, "targets")
    assert finding(one, np.array([0])) == "1.5 [1, inf] (1 targets)."


def test_edge_of_a_grid_opens_a_part():
    parts = es.estimate(xr.DataArray([2.0, 2.0, 0.0], dims="part"), ("part", [1.5, 1.5, -1]), ("part", [3, 3, 0.5]))
    flags = [xr.DataArray(flag, dims="part") for flag in ([False, True, True], [True, False, False])]
    measured = es.with_parts(number(0.5, 1.5), parts, *flags)
    assert certainly(above(1), lambda level: measured).tolist() == [1, 0, -1]
    assert measured.attrs["at_edge"] == 3


def test_holm_decides_no_less_than_bonferroni_and_as_holm_with_p_values():
    rng = np.random.default_rng(0)
    for _ in range(200):
        z = rng.normal(0, 2, 6)

        def measure(level, z=z):
            half = scipy.special.ndtri((1 + level) / 2)
            return es.estimate(xr.DataArray(z, dims="part"), ("part", z - half), ("part", z + half))

        p = 2 * scipy.special.ndtr(-abs(z))
        order = np.argsort(p)
        rejected = np.minimum.accumulate(p[order] < 0.05 / np.arange(6, 0, -1))
        expected = np.zeros(6)
        expected[order] = rejected * np.sign(z[order])
        assert certainly(above(0), measure).tolist() == expected.tolist()


def test_direction_and_published_size_are_columns():
    data = xr.Dataset()
    for low, high, expected in ((1.05, 1.1, "as claimed"), (0.5, 0.9, "opposite"), (0.9, 1.2, "open")):
        assert direction(above(1.25, even=1), number(low, high)) == expected
    one = Statement("x", "x", PUBLISHED, "", above(1.25, even=1), lambda data, level: number(2, 3), size=within(5, 7))
    row = verdict(one, data) or {}
    assert (row["outcome"], row["direction"], row["published_size"]) == (REPRODUCED, "as claimed", "no")
    assert of_size(row) == " The published size is not reproduced."
    assert of_size(row | {"outcome": NOT_SETTLED}) == of_size(row | {"published_size": ""}) == ""


@pytest.mark.parametrize(
    ("sides", "told"),
    [
        ([1, 1], " Both parts hold."),
        ([-1, -1, -1], " All 3 parts fail."),
        ([0, 1, 0], " Of 3 parts, 1 holds and 2 are open."),
        ([1, -1, 0, 1], " Of 4 parts, 2 hold, 1 fails and 1 is open."),
    ],
)
def test_parts_are_told_in_a_sentence(sides, told):
    assert of_parts(np.array(sides)) == told


def test_differences_of_shares_are_told_in_points_and_their_rules_too():
    def gain(data, level):
        return number(0.3, 0.5).assign_attrs(units="of the networks more")

    row = verdict(Statement("x", "x", PUBLISHED, "", above(0.01, even=0), gain), xr.Dataset()) or {}
    assert row["finding"] == "30.0 [30.0, 50.0] percentage points of the networks."
    assert row["rule"] == "Reproduced where all of the 95% interval lies above 1.0 points."


def test_published_numbers():
    x = np.array([[0.0, 3.0], [0.5, np.nan]])
    parts = es.estimate(xr.DataArray(x, dims=("a", "b")), (("a", "b"), x - 0.6), (("a", "b"), x + 0.6))
    assert answers(lambda level: parts).values.tolist() == [
        ["agrees within the margin", "differs"],
        ["cannot tell", ""],
    ]
    found = agreeing(lambda level: parts)
    assert [round(found[end].item(), 3) for end in ("value", "low", "high")] == [0.333, 0.333, 0.667]
    assert AGREES.side(-0.6, 0.6) == 1


# Coverage: 2,000 or more simulations along `sim`, of which 95% should hold the truth.

SIMS = 2000
RNG = np.random.default_rng(1)


def normal(*sizes: int, scale=1.0) -> xr.DataArray:
    dims = ("sim", "setting", "draw")[: len(sizes) + 1]
    return xr.DataArray(RNG.normal(0, scale, (SIMS, *sizes)), dims=dims)


def covers(parts: xr.Dataset, truth: float, least: float = 0.935, most: float = 0.97) -> None:
    assert least < float(((parts.low <= truth) & (truth <= parts.high)).mean()) < most


def test_mean():
    covers(es.mean(normal(1, 5).isel(setting=0), "draw"), 0)


def test_mean_with_the_variance_of_tuning():
    x, tuned, first, second = normal(1, 12), normal(1), normal(9), normal(9)
    tuning = es.repeats(first, second, ["setting"])
    covers(es.mean(x.isel(setting=0) + tuned.isel(setting=0), "draw", tuning=[tuning]), 0)


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_average_over_fixed_settings(shared):
    effects = xr.DataArray([-1.0, 0.0, 2.0, 5.0], dims="setting")
    noise = normal(4, 10) + shared * RNG.normal(0, 1, (SIMS, 1, 10))
    weights = es.equally(xr.DataArray([True] * 4, dims="setting"), "setting")
    covers(es.average(effects + noise, "draw", weights), 1.5)
    plain = es.mean((effects + noise).mean("setting"), "draw")
    assert np.allclose(es.average(effects + noise, "draw", weights).low, plain.low)


def test_average_of_unequally_many_draws():
    x = normal(3, 24).where(
        (xr.DataArray(np.arange(24), dims="draw") < 12) | (xr.DataArray([0, 0, 1], dims="setting") > 0)
    )
    weights = es.equally(xr.DataArray([True] * 3, dims="setting"), "setting")
    covers(es.average(x, "draw", weights), 0)


def test_average_with_a_tuning_of_each_setting():
    x, first, second = normal(4, 10) + normal(4), normal(8), normal(8)
    variance, freedom = es.repeats(first, second, ["setting"])
    weights = es.equally(xr.DataArray([True] * 4, dims="setting"), "setting")
    covers(es.average(x, "draw", weights, tuning=[(variance * (weights**2).sum(), freedom)]), 0)


def test_median():
    covers(es.median(normal(1, 25).isel(setting=0, sim=slice(1000)), "draw"), 0, most=0.985)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.97])
def test_shares(p):
    hits = xr.DataArray(RNG.binomial(60, p, SIMS) / 60, dims="sim")
    covers(es.wilson(hits, 60), p, 0.92, 0.985)
    clusters = RNG.beta(50 * p, 50 * (1 - p), (SIMS, 8))
    shares = xr.DataArray(RNG.binomial(50, clusters) / 50, dims=("sim", "tuning"))
    covers(es.share(shares, "tuning", size=400), p, 0.92, 0.99)


def test_difference_of_shares():
    ours, theirs = (xr.DataArray(RNG.binomial(n, 0.8, SIMS) / n, dims="sim") for n in (2000, 30))
    covers(es.difference(es.wilson(ours, 2000), es.wilson(theirs, 30)), 0, 0.92, 0.985)


def test_few_runs_elsewhere():
    """A published mean of five runs, as uncertain as that of five of ours."""
    ours, theirs = es.mean(normal(1, 400).isel(setting=0), "draw"), normal(1, 5).mean(["setting", "draw"])
    covers(es.difference(ours, es.of_few(theirs, 5, ours, 400)), 0)


def test_jackknife_of_a_ratio_of_clusters():
    """Tunings of five networks, whose common factor varies: the interval of the mean is Student's of their means, that
    of the logarithm of a ratio of means holds the truth, and one that is infinite without some unit has no ends."""
    rng = np.random.default_rng(5)
    drawn = rng.lognormal(0, 0.3, (2, SIMS, 8, 1)) * rng.lognormal(0, 0.2, (2, SIMS, 8, 5))
    two, one = (xr.DataArray(some, dims=("sim", "tuning", "seed")) for some in (2 * drawn[0], drawn[1]))

    def logarithm(some):
        means = some.mean(["tuning", "seed"])
        return np.log(means.two / means.one)

    found = es.jackknife(logarithm, xr.Dataset({"two": two, "one": one}), "tuning")
    covers(found, np.log(2), 0.92, 0.98)
    assert (found.attrs["n"], found.attrs["of"]) == (8, "tunings")
    means, same = es.mean(one[0].mean("seed"), "tuning"), es.jackknife(lambda some: some.mean(), one[0], "tuning")
    np.testing.assert_allclose(same.to_dataarray(), means.to_dataarray())
    x = xr.DataArray([1.0, 2.0, np.inf, np.inf], dims="tuning")
    found = es.jackknife(lambda some: some.quantile(0.5, method="inverted_cdf"), x, "tuning")
    assert (found.value, found.low, found.high) == (2, -np.inf, np.inf)


def test_bootstrap_of_a_slope():
    x = xr.DataArray([0.0, 1.0, 2.0, 3.0], dims="setting")
    noise = normal(4, 30).isel(sim=slice(400))
    parts = es.bootstrap(lambda some: es.slope(x, x + some.mean("draw"), "setting"), noise, "draw", count=200)
    covers(parts, 1, 0.91, 0.975)
    with pytest.raises(ValueError, match="must keep the dim resample"):
        es.bootstrap(lambda some: some.mean(), noise, "draw")


def test_typical():
    typical = partial(es.typical, over="draw", count=200)  # to be fast
    x = xr.DataArray([[1.0, 2.0, 40.0, 2.0], [8.0, 9.0, 7.0, 8.0]], dims=("setting", "draw"))
    assert np.isclose(typical(x).value, 4.0)
    assert typical(x).part_value.values.tolist() == [2.0, 8.0]
    never = typical(x.where(x < 8, np.inf))
    assert np.isinf([never.value, never.high]).all()
    same = es.bootstrap(lambda some: np.exp(np.log(some.median("draw")).mean("setting")), x, "draw", count=200)
    xr.testing.assert_allclose(typical(x)[["value", "low", "high"]], same)
    some = np.exp(normal(3, 25) + xr.DataArray([-1.0, 0.0, 1.0], dims="setting"))
    covers(xr.concat([typical(some.isel(sim=i)) for i in range(40)], "sim"), 1, 0.85, 1.01)


def test_crossing_and_left_out():
    rows = xr.DataArray([1.0, 10.0, 100.0], {"rows": [1.0, 10.0, 100.0]})
    for values, expected in (([1, 1, -1], 10**1.5), ([-1, -1, -1], 0), ([-1, -1, 1], np.inf), ([-1, 1, -3], 10**1.25)):
        assert np.isclose(es.crossing(rows * 0 + values, "rows"), expected)
    effects = xr.DataArray([1.0, 2.0, 6.0], {"task": ["a", "b", "c"]})
    weights = es.equally(effects.notnull(), "task")
    groups = xr.DataArray(["x", "x", "y"], {"task": ["a", "b", "c"]})
    assert es.left_out(effects, weights, groups).values.tolist() == [6.0, 1.5]


def test_weights():
    known = xr.DataArray([[True, True], [True, False], [False, False]], dims=("task", "budget"))
    weights = es.equally(known, "task", "budget")
    assert weights.values.tolist() == [[0.25, 0.25], [0.5, 0.0], [0.0, 0.0]]


def test_one_setting_along_a_dim_is_one_number():
    """A run of fewer settings than usual, of a claim that has a number for each."""
    one = Statement("x", "x", PUBLISHED, "", above(1), lambda data, level: number(2, 3).expand_dims(setting=["a"]))
    row = verdict(one, xr.Dataset())
    assert row is not None
    assert (row["outcome"], row["low"], row["high"]) == (REPRODUCED, 2, 3)
    assert row["finding"].startswith("2 [2, 3]")
