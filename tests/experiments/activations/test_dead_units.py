"""`activations.dead_units`: networks dead as often as by formula, units counted, ranks known, rules that can fail."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
import xarray as xr

from experiments.activations import dead_units as claim
from experiments.activations import random_relu
from experiments.lab.verdicts import verdicts
from nnjax import mlp, tasks
from nnjax.theory import dead_units as theory
from tests.experiments.conftest import check


@pytest.mark.parametrize("law", random_relu.LAWS)
def test_networks_are_dead_at_one_input_as_often_as_the_formula_says(law):
    """For every symmetric law (Rister & Rubin 2020), and at most as often on a circle."""
    for width in (1, 2, 4):
        found = random_relu.dead_by_layer(jax.random.key(width), jnp.asarray(random_relu.circle()), 4000, width, 4, law)
        point, circle = map(np.asarray, found)
        for depth, dead in enumerate(point.tolist(), 1):
            assert scipy.stats.binomtest(dead, 4000, theory.born_dead([width] * depth)).pvalue > 1e-3
        assert (circle <= point).all()
        if width == 1 and law == "normal":  # no line through 0 has the whole circle on one side
            np.testing.assert_allclose(circle / 4000, [0, 0.5, 0.75, 0.875], atol=0.03)


def test_units_that_are_off_for_all_rows_are_counted():
    """Of two layers of two units: the second unit of the first layer, and both of the second."""
    x = np.array([[1.0], [2.0]], np.float32)
    layers = (
        mlp.Layer(jnp.array([[1.0, -1.0]]), jnp.zeros(2)),
        mlp.Layer(jnp.array([[-1.0, -1.0], [0.0, 0.0]]), jnp.array([0.0, 0.5])),
        mlp.Layer(jnp.ones((2, 1)), jnp.zeros(1)),
    )

    def predict(params, x):
        return mlp.predict(params, x, activation=jax.nn.relu)

    assert float(jax.jit(claim.share_off, static_argnums=2)(layers, tasks.data(x, x), predict)) == 3 / 4


def test_ranks_are_full_where_the_examples_are_few_and_those_of_units_on_elsewhere():
    rng = np.random.default_rng(0)
    counts, _, effective = random_relu.stacks(rng, random_relu.PLAIN, 3, 30, 2, 20)
    assert (counts[..., 0] == 3).all()
    assert ((effective >= 1) & (effective <= 3 + 1e-9)).all()
    counts, on, _ = random_relu.stacks(rng, random_relu.PLAIN, 60, 20, 6, 20)
    assert (counts[..., 0] <= on).all()
    assert counts[-1, :, 0].mean() < 20
    assert (np.diff(counts, axis=-1) <= 0).all()  # a higher tolerance counts fewer
    np.testing.assert_allclose(on[0].mean() / 20, theory.share_on(60, 1)[0], atol=0.02)


def synthetic(dead=(0.3, 0.5), few=0.02, leaky=0.1, accuracy=0.3, rank=None, ends=False):
    """As if measured at rates 0.01 (best), 0.1 and 1 (highest); ranks over 40 are 1 in all layers if none are given."""
    off = np.zeros((2, 2, 20, 3)) + 0.01 * (np.arange(20) // 2 % 2)[:, None]
    off[:, 0] += np.array([[few, 0.1, one] for one in dead])[:, None]
    off[:, 1] += leaky
    ranks = 40 * (np.ones(12) if rank is None else rank)[None]
    names, axes = ("case", "layer"), ("solver", "activation", "seed", "rate")
    return xr.Dataset(
        {
            "off": (axes, off), "accuracy": (axes, np.full(off.shape, accuracy)), "best_rate": ("solver", [0.01] * 2),
            "highest_rate": ("solver", [1.0] * 2), "common_rate": ("solver", [1.0] * 2),
            "best_at_end": ("solver", [ends] * 2), "highest_at_end": ("solver", [ends] * 2),
            "rank": ((*names, "tolerance"), ranks[..., None]),
            "rank_error": ((*names, "tolerance"), 0.01 * ranks[..., None]),
            "effective_rank": (names, ranks / 3), "effective_rank_error": (names, 0.01 * ranks),
        },
        {
            "solver": list(claim.SOLVERS), "activation": list(claim.ACTIVATIONS), "rate": [0.01, 0.1, 1.0],
            "layer": np.arange(1, 13), "tolerance": [1e-13], "kind": ("case", [claim.PLAIN]),
            "examples": ("case", [40]), "units": ("case", [40]),
        },
        {"draws": 50},
    )  # fmt: skip


KILLED, FEW, LEAKY, LAW = (one.id for one in claim.STATEMENTS)


def outcomes(**changed):
    return {row["id"]: row["outcome"] for row in verdicts(claim.STATEMENTS, synthetic(**changed))}


def test_every_rule_can_hold_and_fail():
    assert outcomes() == {KILLED: "reproduced", FEW: "reproduced", LEAKY: "reproduced", LAW: "not reproduced"}
    bad = outcomes(dead=(0.2, 0.3), few=0.3, leaky=0.4)
    assert {bad[name] for name in (KILLED, FEW, LEAKY)} == {"not reproduced"}
    assert LEAKY not in outcomes(dead=(0.05, 0.05))  # no rate at which units die
    assert KILLED not in outcomes(accuracy=0.1)  # nor one at which networks learn
    assert outcomes(dead=(0.2, 0.3), ends=True)[KILLED] == "not settled"
    layer = xr.DataArray(np.arange(1, 13), dims="layer")
    assert outcomes(rank=claim.law(layer).values)[LAW] == "reproduced"


def test_pairs_with_a_network_that_diverged_are_left_out():
    data = synthetic()
    data["off"][0, 1, :2, 2] = np.nan
    finding = next(row["finding"] for row in verdicts(claim.STATEMENTS, data) if row["id"] == LEAKY)
    assert "18 seeds" in finding
    assert "pairs left out, as a network diverged: 2" in finding


@pytest.mark.slow
def test_a_tiny_run_has_rows_of_all_parts_and_other_networks_choose_the_rates(monkeypatch):
    """Those that are judged are right everywhere here, and those that choose up to a rate of 0.01."""
    sweep = claim.nnjax.sweep

    def altered(data, **settings):
        runs = sweep(data, **settings)
        chooses = xr.DataArray([int(name) >= claim.tuning.FIRST_SEED for name in data], dims="task")
        right = xr.where(runs.learning_rate < 0.02, 0.5 + runs.learning_rate, 0.1)
        return runs.assign(accuracy=runs.accuracy * 0 + xr.where(chooses, right, 0.9))

    monkeypatch.setattr(claim.nnjax, "sweep", altered)
    tiny = dataclasses.replace(claim.QUICK, networks=1000, tuning_seeds=3, num_steps=2, rows=500, draws=10)
    data = claim.run(tiny)
    assert data.off.sizes == {"solver": 1, "activation": 2, "seed": 4, "rate": 4}
    assert (data.accuracy == 0.9).all()
    np.testing.assert_allclose([data.highest_rate.item(), data.best_rate.item()], 0.01)
    assert not data.highest_at_end.any()
    assert claim.table(data).part.values.tolist() == ["killed"] * 8 + ["born dead"] * 2 + ["rank"] * 4


@pytest.mark.parametrize("change", [{"shapes": ((40, 80),)}, {"layers": 8}, {"solvers": ("SGD",)}])
def test_settings_that_make_no_sense_are_named(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        check(claim, dataclasses.replace(claim.Config(), **change))
