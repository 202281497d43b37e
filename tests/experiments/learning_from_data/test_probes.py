"""The probes of `learning_from_data.probes` by the normal equations, and its rules where the answer is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import check_verdicts
from experiments.learning_from_data.probes import config, ridge, verdicts


def rows(n, noise):
    rng = np.random.default_rng(n)
    y = np.eye(3)[rng.integers(3, size=n)]
    h = np.concatenate([np.zeros((n, 6)), np.ones((n, 1))], axis=1)  # the last unit is dead
    h[:, :6] += y @ np.arange(18).reshape(3, 6) % 5 + noise * rng.normal(size=(n, 6))
    return h.astype(np.float32), y.astype(np.float32)


def test_a_probe_is_ridge_regression_on_standardized_activations():
    (h, y), held_out, test = (rows(n, 1.5) for n in (200, 100, 400))
    found, chosen = jax.jit(ridge.probe)(h, y, held_out, test)
    z, mean, spread = (
        (h - h.mean(0)) / np.where(h.std(0) > 0, h.std(0), 1),
        h.mean(0),
        np.where(h.std(0) > 0, h.std(0), 1),
    )
    best = []
    for penalty in ridge.PENALTIES:
        w = np.linalg.solve(z.T @ z + penalty * len(z) * np.eye(7), z.T @ (y - y.mean(0)))
        said = [((a - mean) / spread @ w + y.mean(0)).argmax(1) == b.argmax(1) for a, b in (held_out, test)]
        best.append([one.mean() for one in said])
    best = np.array(best)
    wanted = len(best) - 1 - int(np.argmax(np.round(best[::-1, 0], 6)))
    assert int(chosen) == wanted
    assert float(found) == pytest.approx(best[wanted, 1], abs=0.006)


def data(gains, at_end=0, draws=12, spread=0.01, own=0.0):
    """Probes of layers whose accuracy is 0.3 before training, less by 0.02 with each layer, and rises by `gains`."""
    rng = np.random.default_rng(0)
    layers = len(gains)
    start = 0.3 - 0.02 * np.arange(layers) + spread * rng.normal(size=(draws, layers))
    end = 0.3 - 0.02 * np.arange(layers) + np.array(gains) + spread * rng.normal(size=(draws, layers))
    read = np.stack([start, end], axis=1)[None]
    return xr.Dataset(
        {
            "accuracy": (("activation", "draw", "step", "layer"), read),
            "own": (("activation", "draw", "step"), read[..., -1] + own),
            "penalty": (("activation", "draw", "step", "layer"), np.full(read.shape, 5)),
            "learning_rate": ("activation", [0.003]), "at_end": ("activation", [at_end]),
        },
        coords={"activation": ["relu"], "step": [0, 100]},
        attrs={"width": 64, "num_penalties": len(ridge.PENALTIES)},
    )  # fmt: skip


def outcomes(found):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(found), verdicts.statements(config.FULL))}


def test_each_verdict_can_come_out_either_way():
    good = outcomes(data([0, 0.15, 0.25, 0.35, 0.45]))
    assert set(good.values()) == {"reproduced"}
    bad = outcomes(data([0, 0.1, -0.05, -0.1, -0.1], own=0.1))
    for one in (verdicts.MADE, verdicts.RANDOM, verdicts.DEEPER, verdicts.OWN):
        assert bad[one.id] == "not reproduced", one.id
    assert bad[verdicts.monotone(4).id] == "partly"
    edge = outcomes(data([0, 0.15, 0.25, 0.35, 0.45], at_end=1))
    assert edge.pop(verdicts.WITHOUT.id) == "reproduced"  # no rate has a part in it
    assert set(edge.values()) == {"not settled"}


def test_penalties_at_an_end_settle_nothing():
    for end in (0, len(ridge.PENALTIES) - 1):
        found = data([0, 0.15, 0.25, 0.35, 0.45])
        found.penalty[0, 0, -1, -1] = end
        assert set(outcomes(found).values()) == {"not settled"}
        assert "penalties of 1 of 120 probes" in verdicts.verdicts(found)[0].finding
    inside = data([0, 0.15, 0.25, 0.35, 0.45])
    inside.penalty[0, 0, -1, -1] = len(ridge.PENALTIES) - 2
    assert set(outcomes(inside).values()) == {"reproduced"}


def test_slopes_are_least_squares():
    gains = np.random.default_rng(0).normal(size=(5, 4))
    wanted = [np.polyfit(range(4), row, 1)[0] for row in gains]
    np.testing.assert_allclose(verdicts.slopes(gains), wanted, atol=1e-12)
    assert jnp.isfinite(gains).all()
