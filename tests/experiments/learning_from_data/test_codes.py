"""`learning_from_data.codes`: patterns and codes written down, probes by the normal equations, and its measures."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import nnjax
from experiments.lab import claims, results
from experiments.lab.estimates import LEVEL
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.learning_from_data import codes, encoder, probes, symmetry
from nnjax.mlp import Layer
from tests.experiments.conftest import check


def network(weights):
    return Layer(jnp.asarray(weights, jnp.float32), jnp.zeros(2)), Layer(jnp.ones((2, 1)), jnp.zeros(1))


def test_weights_of_1_2_4_are_known_in_any_order_and_scale():
    pattern, rows = jax.jit(symmetry.pattern), symmetry.rows(-1.0)
    assert rows.y.sum() == 8

    def is_pattern(column):
        found = np.asarray(pattern(network(np.stack([column, -column], axis=1)), rows))
        return bool(symmetry.is_pattern(xr.Dataset({"ratios": ("ratio", found[:2]), "uneven": found[2]})))

    for order in ([1, 2, 4], [4, 1, 2], [-2, 4, 1]):
        half = np.array(order, float)
        assert is_pattern(3 * np.concatenate([half, -half[::-1]]))
    assert not is_pattern(np.concatenate([half, half[::-1]]))  # equal signs on both sides
    assert not is_pattern(np.array([1, 1, 1, -1, -1, -1.0]))


def test_codes_are_counted():
    bits = np.array([[i >> k & 1 for k in range(3)] for i in range(8)])
    layer = Layer(jnp.asarray(6.0 * (2 * bits - 1), jnp.float32), jnp.zeros(3))
    num_codes = jax.jit(encoder.num_codes)
    assert num_codes((layer,), encoder.rows()) == 8
    assert num_codes((layer._replace(w=layer.w.at[7].set(layer.w[0])),), encoder.rows()) == 7


def test_a_step_is_that_of_the_second_source():
    """Half of the *sum* of squares over 64 rows at a rate of .1, by finite differences of the first output weight."""
    settings = symmetry.settings(**symmetry.CORDWELL) | {"dtype": "float64", "seeds": 1, "num_steps": 1}
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


def rows(n, noise):
    rng = np.random.default_rng(n)
    y = np.eye(3)[rng.integers(3, size=n)]
    h = np.concatenate([np.zeros((n, 6)), np.ones((n, 1))], axis=1)  # the last unit is dead
    h[:, :6] += y @ np.arange(18).reshape(3, 6) % 5 + noise * rng.normal(size=(n, 6))
    return h.astype(np.float32), y.astype(np.float32)


def test_a_probe_is_ridge_regression_on_standardized_activations():
    (h, y), held_out, test = (rows(n, 1.5) for n in (200, 100, 400))
    found, chosen = jax.jit(probes.probe)(h, y, held_out, test)
    mean, spread = h.mean(0), np.where(h.std(0) > 0, h.std(0), 1)
    z, right = (h - mean) / spread, []
    for penalty in probes.PENALTIES:
        w = np.linalg.solve(z.T @ z + penalty * len(z) * np.eye(7), z.T @ (y - y.mean(0)))
        answers = [((a - mean) / spread @ w + y.mean(0)).argmax(1) == b.argmax(1) for a, b in (held_out, test)]
        right.append([one.mean() for one in answers])
    right = np.array(right)
    wanted = len(right) - 1 - int(np.argmax(np.round(right[::-1, 0], 6)))
    assert int(chosen) == wanted
    assert float(found) == pytest.approx(right[wanted, 1], abs=0.006)


def data(gains=(0, 0.15, 0.25, 0.35, 0.45), ratio=2.0, done=0.62, spread=0.01):
    """Probes whose accuracy is 0.3 before training and rises by `gains`; symmetry networks that solve the task with one
    ratio of pairs, and others; encoders of which a share is done."""
    rng, n = np.random.default_rng(0), 400
    read = 0.3 + np.stack([np.zeros(5), gains]) + spread * rng.normal(size=(2, 12, 2, 5))
    eight = np.arange(n) < done * n
    return xr.Dataset(
        {
            "accuracy": (("activation", "draw", "when", "layer"), read),
            "penalty": (("activation", "draw", "when", "layer"), np.full(read.shape, 5)),
            "own": (("activation", "draw"), read[:, :, -1, -1]),
            "learning_rate": ("activation", [0.003, 0.01]), "rate_at_end": ("activation", [0, 0]),
            "ratios": (("seed", "ratio"), np.full((n, 2), ratio)), "uneven": ("seed", np.zeros(n)),
            "right": ("seed", np.where(np.arange(n) < 200, 1.0, 0.9)),
            "sweeps": (("setting", "seed"), np.where(np.arange(n) < 200, 1000.0 + np.arange(n), np.inf)[None]),
            "epochs": (("reading", "encoder_seed"), np.where(eight, 900.0, np.inf)[None]),
            "num_codes": (("reading", "encoder_seed"), np.where(eight, 8.0, 7.0)[None]),
            "first_codes": (("reading", "encoder_seed"), np.full((1, n), 5.0)),
        },
        {"activation": ["relu", "tanh"], "when": ["start", "end"], "setting": ["hinton-problems"],
         "reading": [encoder.FIRST]},
    )  # fmt: skip


def outcomes(found):
    return {row["id"]: row["outcome"] for row in verdicts(codes.STATEMENTS, found)}


def test_each_statement_can_hold_and_can_fail():
    assert set(outcomes(data()).values()) == {REPRODUCED}
    wrong = data((0, 0.1, -0.05, -0.1, -0.1), ratio=1.2, done=0.3)
    assert set(outcomes(wrong).values()) == {NOT_REPRODUCED}
    flat = outcomes(data((0, 0.15, 0.25, 0.26, 0.36)))  # a step of a point, which is the margin
    assert flat["every layer is easier to read"] == NOT_SETTLED
    assert flat["layers: made, not given"] == REPRODUCED


def test_activations_are_averaged_draw_by_draw():
    found = data()
    found.accuracy[1] = found.accuracy[0] + 0.02  # the same draws: no independent networks
    one, both = (codes.made(part, LEVEL) for part in (found.isel(activation=[0]), found))
    assert (both.high - both.low) == pytest.approx(float(one.high - one.low))


def test_numbers_at_an_end_leave_their_parts_open():
    found = data()
    found.penalty[0, 0, 1, 2] = len(probes.PENALTIES) - 1
    assert codes.steps_up(found, LEVEL).attrs["at_edge"] == 2  # from layer 1 to 2 and from 2 to 3
    assert outcomes(found)["every layer is easier to read"] == NOT_SETTLED
    found = data()
    found.rate_at_end[1] = -1
    assert codes.made(found, LEVEL).attrs["at_edge"] == 1


def test_the_table_counts_networks_that_never_learn():
    table = codes.table(data())
    first = table.sel(network="symmetry, hinton-problems")
    assert (first.solved, first["median"], first.greatest, first.quartile_high) == (0.5, np.inf, 1199, np.inf)
    assert first.median_solved == 1099.5
    assert table.sel(network="encoder, as published").gain == 0.62
    assert table.sel(network="tanh, layer 4").gain == pytest.approx(0.45, abs=0.01)


def test_settings_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="record_every=30"):
        check(codes, codes.Config(record_every=30))


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    found = codes.run(codes.QUICK)
    committed = results.load(claims.ROOT.parent / "results/learning_from_data/codes/data.nc")
    assert {name: one.dims for name, one in found.variables.items()} == {
        name: one.dims for name, one in committed.variables.items()
    }
    assert np.isfinite(found.sweeps).mean() > 0.5
    shares = found.spirals_right.values
    assert shares[0] < shares[1] <= shares[2] == 1
