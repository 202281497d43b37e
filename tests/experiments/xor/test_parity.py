"""The measures of `xor.parity` on times that are known, and a tiny run of it."""

import numpy as np
import pytest
import scipy
import xarray as xr

import nnjax
from experiments.lab import verdicts as judged
from experiments.lab.estimates import LEVEL
from experiments.xor import parity
from nnjax import statistics
from tests.experiments.conftest import check

TINY = parity.Config(
    bits=(2,), multiples=(1, 2), momenta=(0.5, 0.8, 0.9), num_rates=3, tunings=2, first_seeds=3,
    first_epochs=40, finalists=2, tuning_seeds=4, seeds=8, max_epochs=60, record_every=5,
)  # fmt: skip
TUNINGS, SEEDS = 8, 200


def synthetic(base, solved_share=1.0, bits=(2, 3, 4, 5, 6, 7), multiples=(1, 2)):
    """Times scattered around 10 * base^N by a factor that is the same for every N; the slowest never learn.

    Every tuning has networks of all kinds, as they are dealt in turn.
    """
    dealt = np.arange(SEEDS).reshape(-1, TUNINGS).T.ravel()
    spread, solved = np.exp(np.linspace(-0.5, 0.5, SEEDS))[dealt], dealt < round(solved_share * SEEDS)
    times = np.array([np.where(solved, np.round(10 * base**n * spread), 10**7) for n in bits])
    shape, of_tunings = (len(multiples), len(bits), SEEDS), ("multiple", "bits", "tuning")
    return xr.Dataset(
        {
            "epochs": (("multiple", "bits", "seed"), np.broadcast_to(times, shape).astype(int)),
            "solved": (("multiple", "bits", "seed"), np.broadcast_to(solved, shape).copy()),
            "rate": (of_tunings, np.ones((*shape[:2], TUNINGS))),
            "momentum": (of_tunings, np.full((*shape[:2], TUNINGS), 0.9)),
            "at_edge": (of_tunings, np.zeros((*shape[:2], TUNINGS), bool)),
            "tuning_of": ("seed", np.repeat(np.arange(TUNINGS), SEEDS // TUNINGS)),
        },
        {"multiple": list(multiples), "bits": list(bits)},
    )


def growth(data):
    found = parity.growth(data, LEVEL)
    assert found is not None
    return found


def outcomes(data):
    return {row["id"]: row["outcome"] for row in judged.verdicts(parity.STATEMENTS, data)}


@pytest.mark.parametrize(("base", "outcome"), [(2.0, judged.REPRODUCED), (1.0, judged.NOT_REPRODUCED)])
def test_the_growth_that_was_put_in_is_measured(base, outcome):
    data = synthetic(base)
    found = growth(data)
    assert found.value == pytest.approx(2 * base, rel=0.01)
    assert found.low <= found.value <= found.high < 1.2 * found.low
    assert outcomes(data)["growth_presentations"] == outcome


def test_the_interval_of_the_growth_is_the_wider_of_line_and_jackknife():
    """All N of a tuning are faster or slower by a factor per bit, as one that was tuned well or badly would be."""
    data = synthetic(4.0)
    factor = xr.DataArray(np.repeat(1.1 ** np.linspace(-1, 1, TUNINGS), SEEDS // TUNINGS), dims="seed")
    data["epochs"] = (data.epochs * factor ** (data.bits - 2)).astype(int).transpose("multiple", "bits", "seed")
    times = data.epochs.sel(multiple=2).values.reshape(6, TUNINGS, -1)
    without = [np.median(np.delete(times, k, axis=1).reshape(6, -1), axis=1) for k in range(TUNINGS)]  # of 175
    slopes = np.array([np.polyfit(range(2, 8), np.log(one), 1)[0] for one in without])
    error = np.sqrt(7 / 8 * np.sum((slopes - np.mean(slopes)) ** 2))
    found = growth(data)
    assert np.log(found.high / found.value) == pytest.approx(error * scipy.stats.t.ppf(0.975, 7))

    data["epochs"] = (synthetic(4.0).epochs * xr.where(data.bits % 2 == 0, 2.0, 0.5)).astype(int)  # off the line
    found = growth(data)
    line = statistics.slope(data.bits.values, np.log(parity.half_time(data.sel(multiple=2)).values))
    assert np.log([found.low, found.value, found.high]) == pytest.approx(
        np.array([line[1], line[0], line[2]]) + np.log(2)
    )


def test_nothing_is_known_of_the_growth_where_half_fail_or_tunings_end_at_an_edge():
    assert outcomes(synthetic(2.0, 0.4))["growth_presentations"] == judged.NOT_SETTLED
    assert parity.growth(synthetic(2.0, bits=(2, 3)), LEVEL) is None
    barely = synthetic(2.0)  # of the others somewhat fewer than half: without one tuning a median is not known
    barely["solved"] = barely.solved & xr.DataArray(np.arange(SEEDS) < 104, dims="seed")
    assert np.isfinite(growth(barely).value)
    assert outcomes(barely)["growth_presentations"] == judged.NOT_SETTLED
    edge = synthetic(2.0)
    edge.at_edge.loc[{"bits": 7, "multiple": 2, "tuning": slice(0, TUNINGS // 2)}] = True
    assert outcomes(edge)["growth_presentations"] == judged.REPRODUCED  # half of the tunings are not most of them
    edge.at_edge.loc[{"bits": 7, "multiple": 2, "tuning": TUNINGS // 2}] = True
    assert outcomes(edge)["growth_presentations"] == judged.NOT_SETTLED


def test_wider_is_surer_follows_the_data():
    def both(few, many):
        return xr.concat([synthetic(2.0, few, multiples=(1,)), synthetic(2.0, many, multiples=(2,))], "multiple",
                         data_vars="minimal")  # fmt: skip

    (row,) = (row for row in judged.verdicts(parity.STATEMENTS, both(0.3, 0.9)) if row["id"] == "wider_is_surer")
    assert row["measured"] == pytest.approx(0.6)
    assert outcomes(both(0.3, 0.9))["wider_is_surer"] == judged.REPRODUCED
    assert outcomes(both(0.9, 0.3))["wider_is_surer"] == judged.NOT_REPRODUCED
    assert outcomes(both(0.9, 0.9))["wider_is_surer"] == judged.NOT_SETTLED
    assert parity.wider(synthetic(2.0, bits=(2, 3, 4)), LEVEL) is None
    edge = both(0.3, 0.9)
    edge.at_edge.loc[{"bits": 7, "multiple": 1}] = True  # with a better rate, seven neurons could gain
    assert outcomes(edge)["wider_is_surer"] == judged.NOT_SETTLED
    edge = both(0.3, 0.9)
    edge.at_edge.loc[{"bits": 7, "multiple": 2}] = True
    assert outcomes(edge)["wider_is_surer"] == judged.REPRODUCED


def test_of_candidates_the_fastest_is_best_and_then_the_one_that_solves_most():
    inf = np.inf
    epochs = np.array([[5, 6, inf, inf, inf], [9, 9, 9, inf, inf], [3, inf, inf, inf, inf], [1, 8, 8, inf, inf]])
    np.testing.assert_array_equal(parity.best_first(epochs), [3, 1, 0, 2])


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    from experiments.lab import claims, results

    data = parity.run(TINY)
    committed = results.load(claims.ROOT.parent / "results/xor/parity/data.nc")
    assert {name: (one.dims, one.dtype) for name, one in data.variables.items()} == {
        name: (one.dims, one.dtype) for name, one in committed.variables.items()
    }
    assert data.sizes == {"multiple": 2, "bits": 1, "seed": 8, "tuning": 2}
    assert (data.epochs.values[~data.solved.values] == TINY.max_epochs).all()
    assert set(data.momentum.values.ravel()) <= set(TINY.momenta)
    carried = data.rate / (1 - data.momentum)
    np.testing.assert_array_equal(data.at_edge, (data.momentum != 0.8) | (carried < 4.6) | (carried > 399))
    assert parity.table(data).sizes == {"multiple": 2, "bits": 1}


def test_every_tuning_has_seeds_of_its_own_and_trains_its_networks_at_what_it_chose(monkeypatch):
    """The sweep is replaced: in both rounds tuning k is fastest at candidate 3 + k of the grid, next at candidate 0."""
    grid, calls = parity.grid_of(TINY), []

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

    monkeypatch.setattr(parity.nnjax, "sweep", sweep)
    data = parity._one(2, 1, TINY)
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
    np.testing.assert_array_equal(one.at_edge, [True, False])
    assert one.solved.all()
    assert (one.epochs == 10).all()


def test_seeds_that_cannot_be_dealt_are_refused():
    with pytest.raises(ValueError, match="seeds=9 must be a multiple of tunings=2"):
        check(parity, parity.Config(seeds=9, tunings=2))
    check(parity, parity.Config())
    check(parity, parity.QUICK)
