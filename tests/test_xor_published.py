"""The rules of `xor.published` and `xor.trained`: each verdict can come out each way; exact tests are exact."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from experiments.lab import tuning
from experiments.xor import _restarts, published, trained
from experiments.xor._published_rows import FIRST, ROWS, SKIP, half_sse_rate
from nnjax import mlp, tasks


@pytest.mark.parametrize("num_runs", [1, 5, 25, 30])
def test_the_p_value_of_a_median_is_that_of_a_simulation(num_runs):
    rng = np.random.default_rng(0)
    epochs = rng.integers(1, 2000, 4000)
    medians = np.median(rng.choice(epochs, (40_000, num_runs)), axis=1)
    for value in (300, 800, 1000, 1300):
        simulated = min(1.0, 2 * min((medians <= value).mean(), (medians >= value).mean()))
        found = published.median_p_value(epochs, value, num_runs)
        assert found >= simulated - 0.01
        if num_runs % 2:
            assert found == pytest.approx(simulated, abs=0.015)


def test_a_published_share_is_compared_within_its_rounding():
    row = dataclasses.replace(ROWS["prototype-2-2-1"], judged_at_end=True)
    times = np.where(np.arange(10_000) < 4460, 1000.0, np.inf)
    assert published.compare(row, times, np.nan)["p_solved"] == 1
    far = np.where(np.arange(10_000) < 4000, 1000.0, np.inf)
    assert published.compare(row, far, np.nan)["p_solved"] < 1e-6


def record(row, reading=FIRST, solved=0.8, epochs=1000.0, two=1.0, seeds=1000):
    """Solved networks need from half to one and a half times `epochs`, evenly spread."""
    count = round(solved * seeds)
    times = np.where(np.arange(seeds) < count, epochs * (0.5 + np.arange(seeds) / max(count, 1)), np.inf)
    return {"row": row, "reading": reading} | published.compare(ROWS.get(row, _restarts.ROW), times, two)


def dataset(*records):
    return xr.Dataset({key: ("record", np.asarray([r[key] for r in records])) for key in records[0]})


def outcomes(*records):
    return {v.id: v.verdict for v in published.verdicts(dataset(*records))}


def test_a_row_is_reproduced_partly_or_not():
    name = "ai-timeline-online"
    assert outcomes(record(name, solved=0.8))[name] == "reproduced"
    assert outcomes(record(name, solved=0.1), record(name, "rows in order", solved=0.82))[name] == "partly"
    assert outcomes(record(name, solved=0.1), record(name, "rows in order", solved=0.2))[name] == "not reproduced"


def test_a_row_of_few_runs_is_partly_reproduced_at_best():
    assert outcomes(record("parity-5", solved=0.4))["parity-5"] == "partly"
    assert outcomes(record("parity-6", solved=0.99))["parity-6"] == "not reproduced"
    assert outcomes(record("pdp-direct-links", epochs=560.0))["pdp-direct-links"] == "partly"


def test_the_median_alone_can_speak_against_a_row():
    name = "hinton-momentum"
    assert outcomes(record(name, solved=0.83, epochs=728.0))[name] == "reproduced"
    assert outcomes(record(name, solved=0.83, epochs=200.0))[name] == "not reproduced"


def test_what_failures_look_like_has_three_outcomes():
    def judged(part):
        return outcomes(record("ai-timeline-online", two=part))["ai-timeline-failures"]

    assert [judged(1.0), judged(0.65), judged(0.1)] == ["reproduced", "partly", "not reproduced"]


def test_the_prototype_of_this_project_makes_no_other_row_easier():
    """Holm's family holds what others published."""
    alone = published.corrected(dataset(record("ai-timeline-online", solved=0.65)))
    beside = published.corrected(dataset(record("ai-timeline-online", solved=0.65), record("prototype-2-4-1")))
    assert alone.p_corrected[0] == beside.p_corrected[0] > 0


def test_plateaus_and_chains_of_restarts():
    falling = 0.25 * 0.99 ** np.arange(50)
    flat = np.concatenate([falling[:10], np.full(40, falling[10])])
    np.testing.assert_array_equal(_restarts.given_up_at(np.stack([falling, flat]), 5), [50, 15])
    solved_at = np.array([100.0, np.inf, 300.0, np.inf])
    given_up = np.array([500.0, 200.0, 500.0, 400.0])
    np.testing.assert_array_equal(_restarts.chain(solved_at, given_up), [100, 500])


def test_direct_links_add_to_the_output():
    import jax
    import jax.numpy as jnp

    params = SKIP.init(jax.random.key(0), (2, 1, 1), init="uniform", bias_init="uniform")
    layers, direct = params
    x = jnp.array([0.3, -2.0])
    out = SKIP.apply(params, x, activation=jnp.tanh, output_activation=lambda z: z)
    np.testing.assert_allclose(out, mlp.apply(layers, x) + x @ direct, rtol=1e-6)
    assert direct.shape == (2, 1)


def test_a_rate_on_half_the_sse_is_twice_that_on_the_mean_of_four_rows():
    """d/dw of rate * sum(e^2) / 2 equals that of rate * rows / 2 * mean(e^2)."""
    errors = np.array([0.1, -0.4, 0.2, 0.9])
    assert 0.5 * np.sum(errors**2) / 2 == pytest.approx(half_sse_rate(0.5, 4) * np.mean(errors**2))


def test_the_best_rate_has_the_most_successes_whatever_the_loss():
    rates = {"learning_rate": [0.1, 0.3, 1.0]}
    success = xr.DataArray([0.2, 0.9, 0.5], rates)
    assert tuning.best_rate(success, xr.DataArray([1.0, np.inf, 2.0], rates)) == 0.3
    tied = xr.DataArray([0.9, 0.9, 0.5], rates)
    assert tuning.best_rate(tied, xr.DataArray([np.inf, 3.0, 0.0], rates)) == 0.3
    assert tuning.best_rate(tied, xr.DataArray([2.0, 3.0, 0.0], rates)) == 0.1


@pytest.fixture(scope="module")
def tiny():
    config = trained.Config((1, 2, 4), ("tanh", "sin"), ("Adam",), ("normal",), 3, 16, 128, 200)
    return trained.run(config)


@pytest.mark.slow
def test_trained_counts_and_judges(tiny):
    assert tiny.sizes == {"solver": 1, "width": 3, "activation": 2, "init": 1, "seed": 128, "rate": 3} | {
        "quantile": 5,
        "step": 21,
    }
    verdicts = {v.id: v for v in trained.verdicts(tiny)}
    assert verdicts["one-neuron-monotone"].verdict == "reproduced"
    assert verdicts["one-neuron-not-monotone"].verdict == "not reproduced"
    assert len(trained.table(tiny)) == 6
    assert np.isin(tiny.learning_rate, tiny.rates).all()


def test_trained_verdicts_follow_the_data(tiny):
    def judged(name, **changed):
        return {v.id: v.verdict for v in trained.verdicts(tiny.assign(changed))}[name]

    nothing, everything = tiny.solved & False, tiny.solved | True
    assert judged("one-neuron-monotone", solved=everything) == "not reproduced"
    assert judged("two-neurons", solved=everything) == "reproduced"
    assert judged("two-neurons", solved=nothing) == "not reproduced"
    wider = xr.where(tiny.width >= 4, everything, nothing)
    room = tiny.tuning_success * 0
    assert judged("wider-is-surer", solved=wider, tuning_success=room) == "reproduced"
    assert judged("wider-is-surer", solved=~wider, tuning_success=room) == "not reproduced"


def test_every_row_can_be_swept():
    """The settings of every row and reading are accepted; nothing is trained."""
    import nnjax

    for name, row in ROWS.items():
        for changes in ({}, *row.readings.values()):
            settings = row.settings | {k: v for k, v in changes.items() if k != "stop"}
            settings = {key: value for key, value in settings.items() if value is not None}
            plan = nnjax.plan(tasks.parity(row.bits), seeds=3, num_steps=row.epochs, **settings)
            assert plan.num_networks == 3, name
