"""The rows of `xor.published` are what their sources say, and the measures have known answers."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import xarray as xr

from experiments.lab import claims, flags, results
from experiments.lab import verdicts as judged
from experiments.lab.estimates import LEVEL
from experiments.xor import published, repetitions
from experiments.xor.repetitions import FIRST, ROWS, SKIP, SOURCE, SPREAD
from nnjax import mlp, tasks
from nnjax.engine import request


def record(row, epochs, reading=SOURCE, learned=30, seeds=30, half=0.001):
    """As many networks as the source had, of which all learn; half the width of the interval is a part of `epochs`."""
    return {"row": row, "reading": reading, "learned": learned, "seeds": seeds, "epochs": float(epochs),
            "epochs_low": epochs * (1 - half), "epochs_high": epochs * (1 + half)}  # fmt: skip


def dataset(*records):
    return xr.Dataset({key: ("record", np.asarray([one[key] for one in records])) for key in records[0]})


@pytest.mark.parametrize(
    ("record", "answer", "outcome"),
    [
        (record("hinton-restart", 962), "agrees within the margin", judged.REPRODUCED),
        (record("hinton-restart", 9620), "differs", judged.NOT_REPRODUCED),
        (record("hinton-restart", 962, half=0.3), "cannot tell", judged.NOT_SETTLED),
    ],
)
def test_a_published_median_agrees_differs_or_cannot_tell(record, answer, outcome):
    data = dataset(record | {"reading": FIRST}, record)
    answers = published.table(data).answer.sel(number="epochs").values.tolist()
    assert answers == ["", answer]  # the reading that does not decide is not compared
    (row,) = judged.verdicts(published.STATEMENTS, data)
    assert (row["outcome"], row["n"]) == (outcome, 1)


def test_a_share_of_few_runs_is_as_uncertain_as_wilson_says():
    data = dataset(record("ai-timeline-online", 2400, FIRST, learned=8000, seeds=10_000))
    ours, theirs = (part.sel(number="share").isel(record=0) for part in published.numbers(data, LEVEL))
    assert ours.value == theirs.value == 0.8
    assert (theirs.low, theirs.high) == pytest.approx((0.6696, 0.8876), abs=1e-4)
    assert published.table(data).off.values.ravel()[0] == 0
    assert published.agree(data, LEVEL).low == 0
    assert "0 agree within the margin, 0 differ, 1 cannot tell" in published.agree(data, LEVEL).attrs["note"]


def test_of_one_run_the_interval_is_as_wide_as_our_networks_scatter():
    """Of n networks, so that the interval of a median or mean is sqrt(n) times as wide."""
    data = dataset(record("pdp-direct-links", 558, FIRST, learned=100, seeds=100, half=0.01))
    _, theirs = (part.sel(number="epochs").isel(record=0) for part in published.numbers(data, LEVEL))
    assert np.exp(theirs.value) == pytest.approx(558)
    assert theirs.high - theirs.value == pytest.approx(0.1, rel=1e-3)
    _, wider = published.numbers(data, 0.99)
    assert float((wider.high - wider.low).sum() / (theirs.high - theirs.low)) == pytest.approx(2.5758 / 1.96, rel=1e-4)


def test_of_chauvin_s_networks_the_mean_is_summed_up_and_of_others_the_median():
    """One in ten needs ten times as long: the median is 100, the mean 190. Those that never learn do not count."""
    times = np.append(np.where(np.arange(1000) % 10 == 0, 1000.0, 100.0), np.inf)
    mean, median = (published.summary(ROWS[name], times) for name in ("pdp-chauvin", "hinton-restart"))
    assert (mean["epochs"], median["epochs"], mean["learned"], mean["seeds"]) == (190, 100, 1000, 1001)
    assert mean["epochs_low"] < 190 < mean["epochs_high"]
    assert np.isnan(published.summary(ROWS["pdp-chauvin"], np.array([5.0, np.inf]))["epochs"])


def drawn_as_the_source(seed, hidden):
    """First weights of hinton-problems, xor: NumPy's uniform numbers, layer by layer, then the direct links."""
    rng = np.random.default_rng(seed)
    w, b, v, c, direct = (rng.random(shape) - 0.5 for shape in ((hidden, 2), (hidden,), (hidden,), (), (2,)))
    return [w.T, b, v, c, direct if hidden == 1 else 0 * direct]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("hinton-momentum", (25, 730, 964, 474, 2489)), ("hinton-direct-links", (29, 1005, 1334, 357, 3682))],
)
def test_the_source_s_setting_and_random_numbers_give_its_result_to_the_epoch(name, expected):
    """Runs that solve of 30, their median, mean, least and greatest epochs (README of yaroslavvb/hinton-problems)."""
    row = ROWS[name]
    settings: dict[str, Any] = {"stop": row.stop} | row.settings | row.readings.get(SOURCE, {})
    stop, least = settings["stop"]
    data = tasks.xor()
    x, y = data.x.astype(float), data.y[:, 0].astype(float)
    (width,) = settings["hidden"]
    weights = [np.array(one) for one in zip(*(drawn_as_the_source(seed, width) for seed in range(30)), strict=True)]
    linked = "model" in settings
    speed, epochs = [0 * one for one in weights], np.full(30, np.inf)
    for epoch in range(1, row.epochs + 1):
        w, b, v, c, direct = weights
        hidden = scipy.special.expit(x @ w + b[:, None])  # [30, 4, hidden]
        out = scipy.special.expit(np.einsum("sri,si->sr", hidden, v) + direct @ x.T + c[:, None])
        error = 2 * (out - y) / 4 * out * (1 - out)
        back = error[..., None] * v[:, None] * hidden * (1 - hidden)
        slopes = [x.T @ back, back.sum(1), np.einsum("sr,sri->si", error, hidden), error.sum(1), linked * error @ x]
        speed = [settings["momentum"] * s - settings["learning_rate"] * g for s, g in zip(speed, slopes, strict=True)]
        weights = [one + s for one, s in zip(weights, speed, strict=True)]
        # The source looks after the step; here the next pass does.
        solved = (np.abs(out - y) < least).all(axis=1) & np.isinf(epochs)
        epochs[solved] = epoch - 1
    done = epochs[np.isfinite(epochs)]
    assert stop == "worst_error"
    assert (len(done), np.median(done), round(done.mean()), done.min(), done.max()) == expected


def drawn_as_parity(seed, bits):
    """First weights of hinton-problems, n-bit-parity: hidden biases spread over the sums of the inputs."""
    rng = np.random.default_rng(seed)
    w, jitter = rng.random((bits, bits)) - 0.5, 0.1 * (rng.random(bits) - 0.5)
    return [w.T, jitter - np.linspace(-bits, bits, bits), rng.random(bits) - 0.5, rng.random() - 0.5]


@pytest.mark.slow
@pytest.mark.parametrize(("bits", "expected"), [(2, (441, 240, 23_126)), (3, (2703, 816, 18_833))])
def test_the_source_s_parity_and_random_numbers_give_its_result_to_the_epoch(bits, expected):
    """Median, least and greatest epochs of its five runs, which start again on a plateau."""
    row = ROWS[f"parity-{bits}"]
    changes = row.readings[SOURCE]
    rate, momentum, (_, patience, _) = changes["learning_rate"], row.settings["momentum"], changes["restart"]
    data = tasks.parity(bits, low=changes["low"])
    x, y = data.x.astype(float), data.y[:, 0].astype(float)
    again = [np.random.SeedSequence(seed).spawn(4) for seed in range(5)]
    weights = [np.array(one) for one in zip(*(drawn_as_parity(seed, bits) for seed in range(5)), strict=True)]
    speed = [0 * one for one in weights]
    best, since, starts, epochs = np.zeros(5), np.zeros(5, int), np.zeros(5, int), np.full(5, np.inf)
    for epoch in range(1, row.epochs):
        w, b, v, c = weights
        hidden = scipy.special.expit(x @ w + b[:, None])
        out = scipy.special.expit(np.einsum("sri,si->sr", hidden, v) + c[:, None])
        if epoch > 1:  # the source looks after the step; here the next pass does
            right = ((out >= 0.5) == (y > 0.5)).mean(axis=1)
            epochs[(np.abs(out - y) < 0.5).all(axis=1) & np.isinf(epochs)] = epoch - 1
            since = np.where(right > best, 0, since + 1)
            best = np.maximum(best, right)
            for seed in np.flatnonzero((since >= patience) & np.isinf(epochs)):
                fresh = drawn_as_parity(int(again[seed][starts[seed]].generate_state(1)[0]), bits)
                for one, moving, new in zip(weights, speed, fresh, strict=True):
                    one[seed], moving[seed] = new, 0
                best[seed], since[seed], starts[seed] = 0, 0, starts[seed] + 1
            if np.isfinite(epochs).all():
                break
            w, b, v, c = weights
            hidden = scipy.special.expit(x @ w + b[:, None])
            out = scipy.special.expit(np.einsum("sri,si->sr", hidden, v) + c[:, None])
        error = 2 * (out - y) / len(y) * out * (1 - out)
        back = error[..., None] * v[:, None] * hidden * (1 - hidden)
        slopes = [x.T @ back, back.sum(1), np.einsum("sr,sri->si", error, hidden), error.sum(1)]
        speed = [momentum * s - rate * g for s, g in zip(speed, slopes, strict=True)]
        weights = [one + s for one, s in zip(weights, speed, strict=True)]
    assert (np.median(epochs), epochs.min(), epochs.max()) == expected


def test_plateaus_of_loss_and_of_rows_right():
    falling = 0.25 * 0.99 ** np.arange(50)
    flat = np.concatenate([falling[:10], np.full(40, falling[10])])
    np.testing.assert_array_equal(repetitions.flat_at(np.stack([falling, flat]), 5), [50, 15])
    right = np.array([[2, 2, 3, 3, 3, 3, 3, 3], [2, 2, 2, 2, 2, 3, 3, 4], [1, 2, 3, 4, *[np.nan] * 4]])
    np.testing.assert_array_equal(repetitions.without_gain_at(right, 4), [6, 4, 7])


def test_a_chain_of_attempts_ends_with_a_success_or_its_last_epoch():
    never = np.inf
    learned = np.array([30, never, 20, never, never, never, 50, never])
    given_up = np.array([99, 40, 99, 60, 60, 60, 99, 20])
    # The third chain fails twice, the fourth succeeds too late, and the last has not ended.
    np.testing.assert_array_equal(repetitions.chains_within(learned, given_up, 100), [30, 60, never, never])
    np.testing.assert_array_equal(repetitions.chains_within(learned, given_up, never), [30, 60, 230])


def test_hidden_biases_are_spread_over_the_sums_of_the_inputs():
    init = {"init": "uniform", "bias_init": "uniform", "init_scale": 0.5, "bias_scale": 0.5}
    first, last = jax.jit(lambda key: SPREAD.init(key, (4, 4, 1), **init))(jax.random.key(0))
    jitter = first.b + np.linspace(-4, 4, 4)
    assert 0 < np.abs(jitter).max() <= 0.05
    assert 0 < np.abs(last.b).max() <= 0.5


def test_direct_links_add_to_the_output():
    x = jnp.array([0.3, -2.0])

    @jax.jit
    def outputs(key):
        layers, direct = params = SKIP.init(key, (2, 1, 1), init="uniform", bias_init="uniform")
        out = SKIP.apply(params, x, activation=jnp.tanh, output_activation=lambda z: z)
        return out, mlp.apply(layers, x) + x @ direct, direct

    out, expected, direct = outputs(jax.random.key(0))
    np.testing.assert_allclose(out, expected, rtol=1e-6)
    assert direct.shape == (2, 1)


def test_a_rate_on_half_the_sse_is_twice_that_on_the_mean_of_four_rows():
    """d/dw of rate * sum(e^2) / 2 equals that of rate * rows / 2 * mean(e^2)."""
    errors = np.array([0.1, -0.4, 0.2, 0.9])
    rate = repetitions.half_sse(0.5, 4)["learning_rate"]
    assert 0.5 * np.sum(errors**2) / 2 == pytest.approx(rate * np.mean(errors**2))


def test_every_row_can_be_swept():
    """The settings of every row are accepted, and every change that a reading makes; nothing is trained."""
    accepted = set()
    for name, row in ROWS.items():
        for changes in ({}, *row.readings.values()):
            settings = {key: value for key, value in (row.settings | changes).items() if value is not None}
            for key in ("stop", "low", "restart"):
                settings.pop(key, None)
            if (asked := repr(sorted(settings.items(), key=str))) not in accepted:
                accepted.add(asked)
                asked_for, _ = request.check(tasks.parity(row.bits), seeds=3, num_steps=row.epochs, **settings)
                assert asked_for.seeds == range(3), name


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    data = published.run(
        published.Config(rows=("pdp-direct-links", "hinton-restart", "parity-2"), seeds=60, reading_seeds=20)
    )
    committed = results.load(claims.ROOT.parent / "results/xor/published/data.nc")
    assert {name: (one.dims, one.dtype.kind) for name, one in data.variables.items()} == {
        name: (one.dims, one.dtype.kind) for name, one in committed.variables.items()
    }
    assert data.sizes["record"] == 3 + 2 + 5
    (chains,) = np.flatnonzero((data.row == "parity-2") & (data.reading == SOURCE))
    one = data.isel(record=chains)
    # Most attempts learn it; one that does not is given up after 20,000 epochs, and so part of a chain of up to three.
    assert 40 < one.learned <= one.seeds <= 60
    assert 100 < one.epochs < 2000  # 441 in five runs of the source


def test_an_unknown_row_is_named():
    with pytest.raises(ValueError, match="--rows study-relu-he"):
        flags.check(published.Config(rows=("study-relu-he",)))
