"""The fit and the rules of `xor.parity` on times that are known, and a tiny run of it."""

import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab import over_tunings
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.xor.parity import config, run, summary, verdicts
from nnjax import statistics

TINY = config.Config(
    bits=(2,), multiples=(1, 2), momenta=(0.5, 0.8, 0.9), num_rates=3, tunings=2, first_seeds=3,
    first_epochs=40, finalists=2, tuning_seeds=4, seeds=8, max_epochs=60, record_every=5,
)  # fmt: skip
TUNINGS = 8


def synthetic(base, solved_share=1.0, bits=(2, 3, 4, 5, 6, 7), seeds=200, multiples=(1, 2), cap=10**7):
    """Times scattered around 10 * base^N by a factor that is the same for every N; the slowest are censored.

    Every tuning has networks of all kinds, as they are dealt in turn.
    """
    dealt = np.arange(seeds).reshape(-1, TUNINGS).T.ravel()
    spread = np.exp(np.linspace(-0.5, 0.5, seeds))[dealt]
    solved = dealt < round(solved_share * seeds)
    times = np.array([np.where(solved, np.round(10 * base**n * spread), cap) for n in bits])
    shape = (len(multiples), len(bits), seeds)
    of_tunings, chosen = ("multiple", "bits", "tuning"), (*shape[:2], TUNINGS)
    return xr.Dataset(
        {
            "epochs": (("multiple", "bits", "seed"), np.broadcast_to(times, shape).astype(int)),
            "solved": (("multiple", "bits", "seed"), np.broadcast_to(solved, shape).copy()),
            "rate": (of_tunings, np.ones(chosen)),
            "momentum": (of_tunings, np.full(chosen, 0.9)),
            "rate_at_edge": (of_tunings, np.zeros(chosen, bool)),
            "momentum_at_end": (of_tunings, np.zeros(chosen, bool)),
        },
        {"multiple": list(multiples), "bits": list(bits)},
        {"cap": cap, "resolution": 1},
    )


@pytest.fixture(scope="module")
def data():
    return run.run(TINY)


@pytest.mark.parametrize("base", [2.0, 4.0])
def test_the_fit_finds_the_growth_that_was_put_in(base):
    found = summary.growth(synthetic(base).sel(multiple=2))
    assert found.base == pytest.approx(base, rel=0.01)
    assert found.scale == pytest.approx(10, rel=0.05)
    assert found.low < base < found.high
    assert found.high / found.low < 1.2


def test_nothing_is_fitted_to_a_censored_median_or_to_two_points():
    assert np.isnan(summary.growth(synthetic(2.0, solved_share=0.4).sel(multiple=2))).all()
    assert np.isnan(summary.growth(synthetic(2.0, bits=(2, 3)).sel(multiple=2))).all()


def test_censored_networks_keep_the_median_and_open_its_interval():
    whole, half = (synthetic(2.0, share).sel(multiple=1, bits=4) for share in (1.0, 0.52))
    assert summary.median_epochs(whole).estimate == summary.median_epochs(half).estimate
    assert summary.median_epochs(whole).high < np.inf
    assert summary.median_epochs(half).high == np.inf
    assert summary.median_epochs(synthetic(2.0, 0.0).sel(multiple=1, bits=4)).estimate == np.inf


def test_the_median_of_the_line_is_that_of_kaplan_and_meier():
    one = synthetic(3.0, 0.7, seeds=200).sel(multiple=1)
    for n in one.bits.values:
        times = one.epochs.where(one.solved, np.inf).sel(bits=n).values
        for some in (times, times[:-1], times[:-2], times[:31]):
            known = statistics.kaplan_meier_median(np.minimum(some, 10**7), np.isfinite(some))
            assert over_tunings.lower_median(some) == known.estimate


def test_the_interval_of_the_growth_is_that_over_tunings_where_it_is_wider():
    """All N of a tuning are faster or slower by a factor per bit, as one that was tuned well or badly would be."""
    one = synthetic(4.0).sel(multiple=2)
    factor = xr.DataArray(np.repeat(1.1 ** np.linspace(-1, 1, TUNINGS), 200 // TUNINGS), dims="seed")
    one["epochs"] = (one.epochs * factor ** (one.bits - 2)).astype(int).transpose(*one.epochs.dims)
    found, line = summary.growth(one), summary.growth(synthetic(4.0).sel(multiple=2))
    assert found.high / found.low > 1.05 * line.high / line.low
    times = one.epochs.transpose("bits", "seed").values.reshape(6, TUNINGS, -1)
    without = [np.delete(times, k, axis=1).reshape(6, -1) for k in range(TUNINGS)]
    lines = [np.polyfit(range(2, 8), np.log([*map(over_tunings.lower_median, some)]), 1)[0] for some in without]
    over = over_tunings.ratio(np.array([found.base, *np.exp(lines)]))
    own = statistics.slope(range(2, 8), np.log([*map(over_tunings.lower_median, times.reshape(6, -1))]))
    assert found.low == pytest.approx(min(over.low, np.exp(own.low)))
    assert found.high == pytest.approx(max(over.high, np.exp(own.high)))
    # Half of the networks of all tunings solve, of the others somewhat fewer: without one, a median is not known.
    one["solved"] = one.solved & (xr.DataArray(np.arange(200) < 104, dims="seed"))
    found = summary.growth(one)
    assert np.isfinite(found.base)
    assert found.low == 0
    assert found.high == np.inf


def test_a_growth_over_equal_tunings_is_that_of_the_line():
    one = synthetic(3.0).sel(multiple=1)
    one["epochs"] = (one.epochs.dims, np.tile(one.epochs.values[:, :25], TUNINGS))
    medians = [summary.median_epochs(one.sel(bits=n)).estimate for n in one.bits.values]
    line = statistics.slope(one.bits.values, np.log(medians))
    np.testing.assert_allclose(summary.growth(one)[:3], np.exp(line[:3]))


@pytest.mark.parametrize(
    ("base", "epochs", "presentations"),
    [
        (4.0, REPRODUCED, NOT_SETTLED),
        (2.0, NOT_SETTLED, REPRODUCED),
        (1.35, NOT_REPRODUCED, NOT_REPRODUCED),
    ],
)
def test_verdicts_tell_the_two_readings_apart(base, epochs, presentations):
    found = {v.id: v for v in check_verdicts(verdicts.verdicts(synthetic(base)), verdicts.statements(config.FULL))}
    assert found["growth_epochs"].outcome == epochs
    assert found["growth_presentations"].outcome == presentations
    assert found["growth_presentations"].measured == pytest.approx(2 * found["growth_epochs"].measured)


def test_a_growth_that_could_be_nearer_to_another_is_not_settled():
    """The medians zigzag around 4^N, so that the interval of the slope holds more than is nearer to 4."""
    data = synthetic(4.0)
    data["epochs"] = (data.epochs * xr.where(data.bits % 2 == 0, 3.0, 1 / 3)).astype(int)
    found = {v.id: v for v in verdicts.verdicts(data)}["growth_epochs"]
    assert found.low < 4 / verdicts.MARGIN < 4 < found.high
    assert found.outcome == NOT_SETTLED


def test_of_candidates_the_fastest_is_best_and_then_the_one_that_solves_most():
    inf = np.inf
    epochs = np.array([[5, 6, inf, inf, inf], [9, 9, 9, inf, inf], [3, inf, inf, inf, inf], [1, 8, 8, inf, inf]])
    np.testing.assert_array_equal(run.best_first(epochs), [3, 1, 0, 2])


def test_rates_are_tried_with_every_momentum():
    grid = run.grid_of(TINY)
    assert grid.shape == (9, 2)
    np.testing.assert_allclose(grid[[0, -1]], [[0.5, TINY.lowest_rate], [0.9, TINY.highest_rate]])
    config.check(config.FULL)
    config.check(config.QUICK)


@pytest.mark.parametrize(
    ("bits", "share", "reason", "settled_by"),
    [
        ((2, 3), 1.0, "only 2 values of N were tried", "3 numbers of bits or more"),
        ((2,), 1.0, "only N = 2 was tried", "3 numbers of bits or more"),
        ((2, 3, 4), 0.4, "more than half of the networks fail at N = 2, 3, 4", "a higher cap"),
    ],
)
def test_where_nothing_is_fitted_the_reason_and_what_would_settle_it_are_said(bits, share, reason, settled_by):
    settings = config.Config(bits=bits)
    found = verdicts.verdicts(synthetic(2.0, share, bits))
    one = {v.id: v for v in check_verdicts(found, verdicts.statements(settings))}["growth_epochs"]
    assert one.outcome == NOT_SETTLED
    assert reason in one.finding
    assert settled_by in one.finding


def test_wider_is_surer_follows_the_data():
    def outcome(few, many):
        both = [synthetic(2.0, share, multiples=(k,)) for k, share in ((1, few), (2, many))]
        data = xr.concat(both, "multiple").assign_attrs(cap=10**7, resolution=1)
        return {v.id: v.outcome for v in verdicts.verdicts(data)}["wider_is_surer"]

    assert outcome(0.3, 0.9) == REPRODUCED
    assert outcome(0.9, 0.3) == NOT_REPRODUCED
    assert outcome(0.9, 0.9) == NOT_SETTLED


@pytest.mark.slow
def test_a_tiny_run_censors_at_the_cap(data):
    assert data.sizes == {"multiple": 2, "bits": 1, "seed": 8, "tuning": 2}
    epochs, solved = data.epochs.values, data.solved.values
    assert (epochs[~solved] == TINY.max_epochs).all()
    assert (epochs % TINY.record_every == 0).all()
    assert set(data.momentum.values.ravel()) <= set(TINY.momenta)
    np.testing.assert_array_equal(data.momentum_at_end, data.momentum != 0.8)
    carried = data.rate / (1 - data.momentum)
    np.testing.assert_array_equal(data.rate_at_edge, (carried < 4.6) | (carried > 399))
    rows = verdicts.table(data)
    assert [(row["bits"], row["hidden"]) for row in rows] == [(2, 2), (2, 4)]
    assert all(row["solved"] == solved[i, 0].sum() for i, row in enumerate(rows))
    check_verdicts(verdicts.verdicts(data), verdicts.statements(TINY))


def test_everything_is_drawn_from_the_data_alone(redrawn, data):
    one_width = config.Config(multiples=(2,))
    for some, settings in (
        (data, TINY),
        (synthetic(2.0), config.FULL),
        (synthetic(2.0, 0.0, multiples=(2,)), one_width),
    ):
        assert redrawn("xor.parity", some, settings) == ["parity_growth", "parity_success", "parity_survival"]


@pytest.mark.parametrize("name", ["rate_at_edge", "momentum_at_end"])
def test_a_rate_or_a_momentum_at_the_end_of_its_grid_settles_nothing(name):
    data = synthetic(4.0)
    data[name].loc[{"bits": 7, "tuning": slice(0, TUNINGS // 2)}] = True
    assert REPRODUCED in {v.outcome for v in verdicts.verdicts(data)}  # half of the tunings are not most of them
    data[name].loc[{"bits": 7, "tuning": slice(0, TUNINGS // 2 + 1)}] = True
    found = {v.id: v for v in verdicts.verdicts(data)}
    assert found["growth_epochs"].outcome == found["wider_is_surer"].outcome == NOT_SETTLED
    assert "the least or the greatest tried at N = 7" in found["growth_epochs"].finding


def test_every_tuning_has_seeds_of_its_own_and_trains_its_networks_at_what_it_chose(monkeypatch):
    """The sweep is replaced: in both rounds tuning k is fastest at candidate 3 + k of the grid, next at candidate 0."""
    grid, calls = run.grid_of(TINY), []

    def sweep(task, learning_rate, momentum, seeds, num_steps, candidate=None, **_):
        calls.append((learning_rate, momentum, seeds, num_steps))
        steps = []
        for k, name in enumerate(task):
            at = {"task": name}
            carried = (learning_rate / (1 - momentum)).sel(at).values[..., None]
            place = np.abs(grid - np.stack([momentum.sel(at).values[..., None] + 0 * carried, carried], -1)).sum(-1)
            which = place.argmin(-1)
            times = np.where(which == 3 + k, 10.0, np.where(which == 0, 20.0, 60.0))
            steps.append(np.repeat(times[..., None], len(seeds[name]), -1))
        dims = ("task", "seed") if candidate is None else ("task", "candidate", "seed")
        found = xr.DataArray(np.array(steps), dims=dims)
        stopped = xr.where(found < 60, nnjax.training.STOPPED, nnjax.training.STOPPED + 1)
        return xr.Dataset({"steps": found, "status": stopped}).assign_coords(task=list(task))

    monkeypatch.setattr(run.nnjax, "sweep", sweep)
    data = run._one(2, 1, TINY)
    first, last, fresh = calls
    own = [seed for call in (first, last) for seeds in call[2].values() for seed in seeds]
    assert len(set(own)) == len(own) == TINY.tunings * (TINY.first_seeds + TINY.tuning_seeds)
    assert [len(seeds) for call in calls for seeds in call[2].values()] == [3, 3, 4, 4, 4, 4]
    assert set(own).isdisjoint(range(TINY.seeds))
    assert fresh[2] == {"0": range(4), "1": range(4, 8)}
    assert [call[3] for call in calls] == [TINY.first_epochs, TINY.max_epochs, TINY.max_epochs]
    assert first[0].shape == (2, 9)
    for k in range(2):  # the finalists are the two fastest, the faster one first
        np.testing.assert_allclose(last[1].values[k], grid[[3 + k, 0], 0])
        np.testing.assert_allclose(last[0].values[k], grid[[3 + k, 0], 1] * (1 - grid[[3 + k, 0], 0]))
    np.testing.assert_allclose(fresh[1], grid[[3, 4], 0])
    np.testing.assert_allclose(fresh[0], grid[[3, 4], 1] * (1 - grid[[3, 4], 0]))
    one = data.sel(multiple=1, bits=2)
    np.testing.assert_array_equal(one.momentum, [0.8, 0.8])
    np.testing.assert_allclose(one.rate, fresh[0])
    np.testing.assert_array_equal(one.rate_at_edge, [True, False])
    assert not one.momentum_at_end.any()
    assert one.solved.all()
    assert (one.epochs == 10).all()


def parted():
    """Data in which half of the tunings solve all and half solve none at N hidden neurons, and all do at 2N."""
    data = synthetic(3.0, seeds=200)
    kept = xr.DataArray(np.arange(200) < 100, dims="seed") | (data.multiple == 2)
    return data.assign(solved=data.solved & kept.transpose("multiple", "seed").expand_dims(bits=data.bits, axis=1))


def test_shares_are_over_tunings():
    one = parted().isel(bits=-1)
    few, many = (summary.share_solved(one.sel(multiple=multiple)) for multiple in (1, 2))
    assert few[1:] == pytest.approx(statistics.wilson(4, 8))
    assert many[1:] == pytest.approx(statistics.wilson(200, 200))
    (wider,) = (v for v in verdicts.verdicts(parted()) if v.id == "wider_is_surer")
    assert (wider.measured, wider.n) == (0.5, TUNINGS)
    assert wider.low == pytest.approx(0.5 - np.hypot(1 - many.low, few.high - 0.5))


def test_the_table_and_the_finding_tell_what_tunings_chose():
    data = synthetic(4.0)
    data["momentum"] = data.momentum * 0 + xr.DataArray(np.linspace(0.5, 0.85, TUNINGS), dims="tuning")
    data["rate"] = data.rate * 0 + xr.DataArray(np.arange(1.0, TUNINGS + 1), dims="tuning")
    row = verdicts.table(data)[0]
    assert [row[f"{which}_rate"] for which in ("least", "median", "greatest")] == [1, 4.5, 8]
    assert [row[f"{which}_momentum"] for which in ("least", "median", "greatest")] == pytest.approx([0.5, 0.675, 0.85])
    assert not row["at_end"]
    found = {v.id: v for v in verdicts.verdicts(data)}
    assert "are 0.5 to 0.85, 0.5 to 0.85" in found["growth_epochs"].finding
    assert found["growth_epochs"].n == TUNINGS
    # Four tunings end at a rate, four others at a momentum.
    data["rate_at_edge"].loc[{"bits": 7, "multiple": 1, "tuning": slice(0, 4)}] = True
    assert verdicts.verdicts(data)[0].outcome == REPRODUCED
    data["momentum_at_end"].loc[{"bits": 7, "multiple": 1, "tuning": slice(4, 8)}] = True
    found = {v.id: v for v in verdicts.verdicts(data)}
    assert verdicts.table(data)[5]["at_end"]
    assert found["growth_epochs"].outcome == REPRODUCED  # which is that of the greatest width
    assert "at one width" in found["wider_is_surer"].finding


def test_seeds_that_cannot_be_dealt_are_refused():
    with pytest.raises(ValueError, match="seeds=9 must be a multiple of tunings=2"):
        config.check(config.Config(seeds=9, tunings=2))
