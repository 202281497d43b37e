"""`activations.dead_units`: networks that are dead by hand, units counted, ranks known, verdicts that can say no."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.activations.dead_units import born, born_verdicts, config, killed, rank_verdicts, ranks, run, verdicts
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from nnjax import mlp, tasks, tuning
from nnjax.theory import dead_units as theory


@pytest.mark.parametrize("law", ["normal", "uniform, uniform biases"])
def test_networks_of_one_unit_are_dead_as_often_as_by_hand(law):
    """Of width 1: at one input 1 - 2^-l. Without biases no line through 0 has the whole circle on one side, so that a
    first layer is never dead there, and each later one with probability 1/2: 1 - 2^(1 - l)."""
    x = jnp.asarray(born._circle())
    point, circle = (np.asarray(found) for found in born._dead(jax.random.key(0), x, 4000, 1, 4, law))
    np.testing.assert_allclose(point / 4000, [theory.born_dead([1] * depth) for depth in (1, 2, 3, 4)], atol=0.03)
    assert (circle <= point).all()
    if law == "normal":
        np.testing.assert_allclose(circle / 4000, [0, 0.5, 0.75, 0.875], atol=0.03)
    else:
        assert circle[0] > 0  # a bias may turn a unit off everywhere


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

    assert float(jax.jit(killed.share_off, static_argnums=2)(layers, tasks.data(x, x), predict)) == 3 / 4


def test_ranks_are_full_where_the_examples_are_few_and_those_of_units_on_elsewhere():
    rng = np.random.default_rng(0)
    counts, on, effective = ranks._stacks(rng, ranks.PLAIN, 3, 30, 2, 20)
    assert (counts[..., 0] == 3).all()
    assert (on <= 30).all()
    assert ((effective >= 1) & (effective <= 3 + 1e-9)).all()
    counts, on, _ = ranks._stacks(rng, ranks.PLAIN, 60, 20, 6, 20)
    assert (counts[..., 0] <= on).all()
    assert counts[-1, :, 0].mean() < 20
    assert (np.diff(counts, axis=-1) <= 0).all()  # a higher tolerance counts fewer
    np.testing.assert_allclose(on[0].mean() / 20, theory.share_on(60, 1)[0], atol=0.02)


# What `synthetic` would have been run with.
SETTINGS = config.Config(
    laws=("normal",), widths=(2, 8), depth=8, networks=400_000, shapes=((40, 40), (40, 80)), layers=12, draws=50,
)  # fmt: skip


def synthetic(
    excess=0,
    nearer=0.8,
    dead=0.5,
    few=0.02,
    leaky=0.1,
    rank=None,
    spread=1.0,
    ends=False,
    kept=(1.0, 1.0),
    accuracy=(0.5, 0.5, 0.3),
    highest=1.0,
):
    """As if measured: ranks [12] over 40 of all shapes (those of the units that are on, if None), and so on."""
    layer = np.arange(1, 13)
    exact = np.array([[theory.born_dead([n] * k) for k in range(1, 9)] for n in (2, 8)])
    point = np.round(4e5 * exact).astype(int)[None]
    point[..., 1, 0] += excess  # of the widest, with one layer
    domain = np.round(4e5 * exact * np.linspace(0.1, nearer, 8)).astype(int)[None]
    rng = np.random.default_rng(0)
    wide = np.array([theory.share_on(40, 12)] * 4)
    noise = rng.normal(0, spread, (4, 12, 50))
    on = np.round(wide[..., None] * np.array([40, 80, 40, 40])[:, None, None] + noise)
    ranks_ = np.clip(on if rank is None else 40 * np.array(rank)[:, None] + noise, 0, 40)
    ranks_[2:, -1] = 40 * np.array(kept)[:, None] - np.array([0, 1] * 25) * 0.1
    off = np.zeros((2, 2, 3, 20), "float32")
    off[:, 0] += np.array([0.0, few, dead])[:, None]
    off[:, 1] += np.array([0.0, few, leaky])[:, None]
    off = off + 0.01 * (np.arange(20) % 2)
    tried = ("case", "layer", "tolerance")
    data = xr.Dataset(
        {
            "born_point": (("law", "born_width", "born_layer"), point),
            "born_domain": (("law", "born_width", "born_layer"), domain),
            "born_exact": (("born_width", "born_layer"), exact),
            "off": (("solver", "activation", "rate", "seed"), off),
            "accuracy": (("solver", "activation", "rate", "seed"), np.array(accuracy)[:, None] + off * 0.1),
            "diverged": (("solver", "activation", "rate", "seed"), np.zeros(off.shape, bool)),
            "tuned_rate": (("solver", "activation"), np.full((2, 2), 0.1)),
            "tuned_at_end": (("solver", "activation"), np.full((2, 2), ends)),
            "highest_rate": ("solver", [highest, highest]),
            "highest_at_end": ("solver", [ends, ends]),
            "common_rate": ("solver", [1.0, 1.0]),
            "rank": (("case", "layer", "draw"), ranks_),
            "on": (("case", "layer", "draw"), on),
            "at_tolerance": (tried, np.repeat(ranks_.mean(axis=-1)[..., None], 6, axis=-1)),
            "at_tolerance_error": (tried, np.full((4, 12, 6), 0.1)),
            "effective": (("case", "layer"), ranks_.mean(axis=-1)),
            "effective_error": (("case", "layer"), np.full((4, 12), 0.1)),
            "wide_share": (("case", "layer"), wide),
        },
        attrs={"networks": 400_000, "num_steps": 10},
    )
    return data.assign_coords(
        law=["normal"], born_width=[2, 8], born_layer=np.arange(1, 9), solver=list(config.RATES),
        activation=list(killed.ACTIVATIONS), rate=[0.01, 0.1, 1.0], layer=layer, tolerance=list(config.TOLERANCES),
        kind=("case", [ranks.PLAIN, ranks.PLAIN, ranks.ORTHOGONAL, ranks.LEAKY]),
        examples=("case", [40] * 4), units=("case", [40, 80, 40, 40]),
    )  # fmt: skip


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(SETTINGS))}


LAW, REVIVES, KEEPS, KILLED = "rank-law", "rank-revives", "orthogonal-or-leaky-keep-rank", "killed-by-the-rate"
FEW, LEAKY, ON = "few-at-the-best-rate", "leaky-keeps-units", "rank-is-units-on"


def test_verdicts_follow_the_data():
    found = outcomes(synthetic())
    assert {name for name, outcome in found.items() if outcome != REPRODUCED} == {LAW, REVIVES}
    assert outcomes(synthetic(nearer=0.1))["nearer-with-depth"] == NOT_SETTLED
    assert outcomes(synthetic(nearer=0.05))["nearer-with-depth"] == NOT_REPRODUCED
    bad = outcomes(synthetic(dead=0.2, few=0.3, leaky=0.4))
    assert {bad[name] for name in (KILLED, FEW, LEAKY)} == {NOT_REPRODUCED}
    assert outcomes(synthetic(few=0.05, dead=0.08, leaky=0.0))[LEAKY] == NOT_SETTLED  # no rate at which units die
    ends = outcomes(synthetic(ends=True))
    assert ends[FEW] == ends[KILLED] == NOT_SETTLED
    assert outcomes(synthetic(kept=(0.8, 1.0)))[KEEPS] == PARTLY


def test_counts_agree_with_the_formula_where_that_of_no_other_width_is_as_near():
    """Of one layer of 8 units 2^-8 of 400,000 networks are dead, 1,562; of 9 units 781. Intervals add some 130."""
    data = synthetic()
    np.testing.assert_allclose(born_verdicts.to_the_next(data)[:, 0], [2**-3, 2**-9])
    for excess, expected in ((0, REPRODUCED), (-200, REPRODUCED), (-300, NOT_SETTLED), (-600, NOT_REPRODUCED)):
        assert outcomes(synthetic(excess=excess))["born-dead-at-one-input"] == expected
    told = next(v.finding for v in verdicts.verdicts(synthetic(excess=-200)) if v.id == "born-dead-at-one-input")
    assert "reject the formula for 1 of 16 shares" in told
    assert "width 8; layers: 1)" in told
    low, high = born_verdicts.clopper_pearson(np.array([0, 5, 10]), 10, 0.05)
    np.testing.assert_allclose(low, [0, 0.1871, 0.6915], atol=1e-4)  # Clopper & Pearson 1934
    np.testing.assert_allclose(high, [0.3085, 0.8129, 1], atol=1e-4)


def test_a_rate_at_which_nothing_is_learned_is_not_judged():
    """Half of the units are off at the highest rate; it counts where networks are above chance, and only there."""
    assert outcomes(synthetic(highest=0.1))[KILLED] == NOT_REPRODUCED  # judged where 2% are off
    assert outcomes(synthetic(accuracy=(0.5, 0.5, 0.1)))[KILLED] == NOT_SETTLED  # those that chose it learned
    assert outcomes(synthetic(highest=np.nan))[KILLED] == NOT_SETTLED
    data = synthetic()
    gone = data.diverged & False
    gone[0, :, 2, :2] = True  # two networks of gradient descent diverged
    data["diverged"], data["off"] = gone, data.off.where(~gone)
    found = {v.id: v for v in verdicts.verdicts(data)}
    assert found[LEAKY].n == 18  # those that have units to count
    assert "2 of 20 pairs with gradient descent, in which the ReLU or the leaky ReLU network diverged" in (
        found[LEAKY].finding
    )
    assert "2 of 20 networks diverged" in found[KILLED].finding


@pytest.mark.slow
def test_other_networks_choose_the_rates(monkeypatch):
    """Those that are judged are right everywhere here, and those that choose up to a rate of 0.01."""
    sweep = killed.nnjax.sweep

    def altered(data, **settings):
        runs = sweep(data, **settings)
        chooses = [int(name) >= tuning.FIRST_SEED for name in data]
        right = np.where(runs.learning_rate < 0.02, 0.5 + runs.learning_rate, 0.1)
        runs["accuracy"] = runs.accuracy * 0 + xr.where(
            xr.DataArray(chooses, dims="task"), xr.DataArray(right, dims="learning_rate"), 0.9
        )
        return runs

    monkeypatch.setattr(killed.nnjax, "sweep", altered)
    found = killed.killed(dataclasses.replace(config.QUICK, seeds=4, tuning_seeds=3, num_steps=2, rows=500))
    assert found.off.sizes == {"solver": 1, "activation": 2, "seed": 4, "rate": 4}
    assert (found.accuracy == 0.9).all()
    np.testing.assert_allclose([found.highest_rate.item(), *found.tuned_rate.values.ravel()], 0.01)
    assert not found.highest_at_end.any()


def test_the_published_law_can_be_found_and_refuted():
    assert outcomes(synthetic())[LAW] == NOT_REPRODUCED
    lawful = outcomes(synthetic(rank=rank_verdicts.law(np.arange(1, 13)), spread=0.1))
    assert (lawful[LAW], lawful[REVIVES], lawful[ON]) == (REPRODUCED, REPRODUCED, NOT_REPRODUCED)
    assert outcomes(synthetic(rank=np.linspace(1, 0.5, 12), spread=0.1))[REVIVES] == NOT_REPRODUCED
    assert outcomes(synthetic(rank=np.linspace(1, 0.9, 12), spread=4.0))[REVIVES] == NOT_SETTLED


@pytest.mark.slow
def test_a_tiny_run_is_drawn_from_what_is_on_disk(redrawn):
    tiny = dataclasses.replace(config.QUICK, networks=1000, seeds=4, num_steps=20, rows=500, draws=10)
    data = run.run(tiny)
    check_verdicts(verdicts.verdicts(data), verdicts.statements(tiny))
    assert len(verdicts.table(data)) == 2 + 2 * 4 + 4
    names = ["born_dead", "killed", "law", "rank"]
    assert redrawn("activations.dead_units", data, tiny) == names


@pytest.mark.parametrize("change", [{"shapes": ((40, 80),)}, {"layers": 8}, {"solvers": ("SGD",)}])
def test_settings_that_make_no_sense_are_named(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        config.check(dataclasses.replace(config.FULL, **change))
