"""The rules of `learning_from_data.codes` against times whose answer is known; patterns and codes written down."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab.verdicts import check_verdicts
from experiments.learning_from_data.codes import config, figures, networks, verdicts
from experiments.learning_from_data.codes.run import TO_THE_END
from experiments.learning_from_data.shared import prediction
from nnjax.mlp import Layer


def test_an_interval_of_prediction_covers_95_of_100_new_samples():
    inside = {"share": [], "median": []}
    for i in range(100):
        rng = np.random.default_rng(i)
        ours, theirs = rng.exponential(size=100), rng.exponential(size=30)
        low, high = prediction.share(int((ours < 0.7).sum()), len(ours), len(theirs))
        inside["share"].append(low <= (theirs < 0.7).mean() <= high)
        if i < 60:
            low, high = prediction.of(ours, len(theirs), np.median)
            inside["median"].append(low <= np.median(theirs) <= high)
    assert np.mean(inside["share"]) >= 0.92
    assert np.mean(inside["median"]) >= 0.88
    assert prediction.share(400, 400, 30) == (pytest.approx(1, abs=0.04), 1.0)


def network(weights):
    return Layer(jnp.asarray(weights, jnp.float32), jnp.zeros(2)), Layer(jnp.ones((2, 1)), jnp.zeros(1))


def test_weights_of_1_2_4_are_known_in_any_order_and_scale():
    pattern = jax.jit(networks.pattern)
    data = networks.symmetry(-1.0)
    assert data.y.sum() == 8
    for order in ([1, 2, 4], [4, 1, 2], [-2, 4, 1]):
        half = np.array(order, float)
        column = np.concatenate([half, -half[::-1]])
        found = pattern(network(np.stack([3 * column, -3 * column], axis=1)), data)
        np.testing.assert_allclose(found, [2, 2, 0], atol=1e-6)
        assert networks.is_pattern(np.asarray(found))
    same = np.concatenate([half, half[::-1]])  # equal signs on both sides
    assert not networks.is_pattern(np.asarray(pattern(network(np.stack([same, -same], axis=1)), data)))
    flat = np.array([1, 1, 1, -1, -1, -1.0])
    assert not networks.is_pattern(np.asarray(pattern(network(np.stack([flat, -flat], axis=1)), data)))


def test_codes_are_counted_and_chance_is_that_of_a_simulation():
    bits = np.array([[i >> k & 1 for k in range(3)] for i in range(8)])
    layer = Layer(jnp.asarray(6.0 * (2 * bits - 1), jnp.float32), jnp.zeros(3))
    rows, num_codes = networks.encoder(), jax.jit(networks.num_codes)
    assert num_codes((layer,), rows) == 8
    two = layer._replace(w=layer.w.at[7].set(layer.w[0]))
    assert num_codes((two,), rows) == 7
    thrown = np.array([len(np.unique(row)) for row in np.random.default_rng(0).integers(8, size=(20_000, 8))])
    for k in range(3, 9):
        assert figures._chance(k) == pytest.approx((thrown == k).mean(), abs=0.012)
    assert figures._chance(8) == pytest.approx(verdicts.BY_CHANCE)


def data(first, second, match=0.55, ends=8, n=400):
    """Networks with sweeps drawn by two functions, a share at 1:2:4, and encoders that end with `ends` codes."""
    sweeps = np.stack([first(n), second(n)]).astype(np.float32)
    solved = sweeps[0] <= config.CUT
    ratios = np.where((np.arange(n) < match * n)[:, None], [[2.0, 2.0]], 1.2)
    codes = np.full((1, n), float(ends))
    codes[0, : n // 3] = 7
    return xr.Dataset(
        {
            "sweeps": (("setting", "seed"), sweeps), "ratios": (("seed", "ratio"), ratios),
            "uneven": ("seed", np.zeros(n)),
            "right": ("seed", np.where(np.sort(~solved), 0.9, 1.0)),
            "epochs": (("reading", "encoder_seed"), np.where(codes == 8, 900.0, np.inf)),
            "num_codes": (("reading", "encoder_seed"), codes),
            "first_codes": (("reading", "encoder_seed"), codes * 0 + 5),
            "returned": (("reading", "encoder_seed"), codes * 0 + 1),
        },
        coords={"setting": list(networks.OWN), "reading": [verdicts.FIRST]}, attrs={"sweeps": 60_000, "epochs": 20_000},
    )  # fmt: skip


def short(n):
    """Two thirds solve it, in sweeps such as the first source's 30 runs need."""
    rng = np.random.default_rng(1)
    places, values = [0, 0.05, 0.5, 0.75, 0.95, 1], [760, 960, 1220, 1360, 1780, 4460]
    return np.where(rng.random(n) < 0.67, np.interp(rng.random(n), places, values), np.inf)


def long(n):
    """Quartiles as the second source has them."""
    rng = np.random.default_rng(2)
    return np.minimum(
        np.interp(rng.random(n), [0, 0.25, 0.5, 0.75, 0.97, 1], [333, 1127, 2715, 7830, 26_000, 54_770]), 59_000
    )


def always(n):
    """All solve it in 3,000 sweeps."""
    return np.full(n, 3000.0)


OF_BOTH = (
    verdicts.SOLVED, verdicts.SWEEPS, verdicts.SPAN, verdicts.RATIO, verdicts.NATURE, verdicts.CODES,
)  # fmt: skip


def outcomes(found):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(found), verdicts.statements(config.FULL))}


def test_each_verdict_can_come_out_either_way():
    as_told = outcomes(data(short, long))
    for statement in (*OF_BOTH, verdicts.MADE):
        assert as_told[statement.id] == "reproduced", statement.id
    assert as_told[verdicts.LONG.id] in ("reproduced", "partly")
    wrong = outcomes(data(always, always, match=0.1, ends=7))
    for statement in (*OF_BOTH, verdicts.LONG):
        assert wrong[statement.id] == "not reproduced", statement.id
    assert wrong[verdicts.AGREE.id] == "partly"  # neither source's numbers come out in the other's setting
    assert wrong[verdicts.MADE.id] in ("not reproduced", "not settled")


def test_each_end_of_the_range_is_judged():
    narrow = data(lambda n: np.maximum(short(n), 1100.0), long)  # the fastest of 20 takes 1,100 sweeps
    assert outcomes(narrow)[verdicts.SPAN.id] == "partly"
    usual, other = (verdicts.short_agrees(one.sweeps.values[0])[0] for one in (data(short, long), narrow))
    assert usual == [True] * 4
    assert other == [True, True, False, True]
    assert verdicts.short_agrees(np.full(9, np.inf))[0] == [False] * 4


def test_codes_after_training_are_those_of_encoders_that_went_on():
    stopped = data(short, long)
    lost = stopped.assign_coords(reading=[TO_THE_END])
    lost["num_codes"] = lost.num_codes * 0 + 5
    lost["first_codes"] = lost.first_codes * 0 + 8
    encoders = ["epochs", "num_codes", "first_codes", "returned"]
    both = (
        stopped.drop_vars(encoders)
        .drop_vars("reading")
        .merge(xr.concat([stopped[encoders], lost[encoders]], "reading"))
    )
    assert outcomes(both)[verdicts.MADE.id] == "not reproduced"
    assert outcomes(both)[verdicts.CODES.id] == "reproduced"


def test_a_step_is_that_of_the_second_source():
    """Half of the *sum* of squares over 64 rows at a rate of .1, by finite differences of the first output weight."""
    settings = networks.symmetry_settings(**networks.CORDWELL) | {"dtype": "float64", "seeds": 1, "num_steps": 1}
    rows = settings.pop("data")
    kept = {"w": lambda p, d: p[0].w, "b": lambda p, d: p[0].b, "v": lambda p, d: p[1].w, "c": lambda p, d: p[1].b}
    runs = nnjax.sweep(rows, **settings, record_every=1, measure=kept)
    w, b, v, c = (runs[name].values[0, 0] for name in kept)

    def half_sum(v):
        squash = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
        return 0.5 * np.sum((squash(squash(rows.x @ w + b) @ v + c) - rows.y) ** 2)

    step = np.array([[1e-6], [0.0]])
    slope = (half_sum(v + step) - half_sum(v - step)) / 2e-6
    assert runs.v.values[0, 1, 0, 0] - v[0, 0] == pytest.approx(-0.1 * slope, rel=1e-6)


def test_settings_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="record_every=30"):
        config.check(dataclasses.replace(config.FULL, record_every=30))
