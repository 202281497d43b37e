"""The rules of `xor.failures` on networks and counts that are known, and a tiny run of it."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.xor.failures import config, figures, run, stuck, verdicts
from experiments.xor.failures.stuck import ALL_AT_HALF, OTHER, SOLVED, THREE_AT_THIRD, THREE_RIGHT, TWO_AT_HALF
from nnjax import mlp, tasks

TINY = config.Config(checkpoints=(100, 200), seeds=40, tuning_seeds=4, record_every=50, num_curves=3)
DEAD = [-1.0, -1, -1, -1, -1, -1, 0.3, -0.2, 0.5]  # both hidden units off on every row, output 1/2
CREST = [0.5, -0.5, 0.5, -0.5, 0, 0, 0, 0, 0.5]  # one unit alive, but the output weights are zero: a saddle


@pytest.fixture(scope="module")
def tiny():
    return run.run(TINY)


@pytest.fixture
def made():
    """Made up, in the form of `run`: all networks are stuck with two outputs at 1/2, and all still move."""
    sizes = {"setting": 3, "checkpoint": 2, "seed": 40, "row": 4, "end": 2, "quantile": 3, "epoch": 5, "curve": 3}
    of_all, at_end, curves = ("checkpoint", "seed"), ("seed",), ("end", "quantile", "epoch")
    values = {
        "rate": ((), 0.05),  # inside both grids
        "stuck": (of_all, True), "kind": (of_all, TWO_AT_HALF), "gradient": (of_all, 1e-3), "weights": (of_all, 1.0),
        "outputs": ((*of_all, "row"), 0.5), "loss_fall": (at_end, 1.0), "newton_step": (at_end, 5.0),
        "least_eigenvalue": (at_end, 0.0), "greatest_fall": (at_end, 0.0), "dead_units": (at_end, 0),
        "num_stuck": (("epoch",), 40), "weights_curve": (curves, 1.0), "gradient_curve": (curves, 1e-3),
        "loss_curve": (("curve", "epoch"), 0.125),
    }  # fmt: skip
    dims = {name: ("setting", *own) for name, (own, _) in values.items()}
    return xr.Dataset(
        {name: (dims[name], np.full([sizes[dim] for dim in dims[name]], value)) for name, (_, value) in values.items()},
        {"setting": list(TINY.settings), "checkpoint": list(TINY.checkpoints), "epoch": np.arange(0, 201, 50),
         "row": ["00", "01", "10", "11"], "end": ["stuck", "solved"], "quantile": list(stuck.QUANTILES)},
    )  # fmt: skip


def test_parameters_are_flattened_and_restored_in_the_same_order():
    rng = np.random.default_rng(0)
    arrays = (jnp.asarray(rng.normal(size=shape), "float32") for shape in ((2, 2), (2,), (2, 1), (1,)))
    params = tuple(mlp.Layer(w, b) for w, b in itertools.batched(arrays, 2))
    flat = stuck.parameters(params, tasks.xor())
    assert all(jax.tree.leaves(jax.tree.map(np.array_equal, stuck.network(flat), params)))
    weights = sum(np.abs(layer.w).sum() for layer in params)
    np.testing.assert_allclose(stuck.sum_of_weights(np.asarray(flat)), weights, rtol=1e-6)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ((0.1, 0.9, 0.9, 0.1), SOLVED),
        ((0.5, 0.52, 0.48, 0.5), ALL_AT_HALF),
        ((0.01, 0.99, 0.5, 0.5), TWO_AT_HALF),
        ((0.5, 0.5, 1.0, 0.0), TWO_AT_HALF),
        ((0.99, 0.01, 0.5, 0.5), OTHER),
        ((0.0, 0.66, 0.67, 0.66), THREE_AT_THIRD),
        ((0.33, 1.0, 0.33, 0.34), THREE_AT_THIRD),
        ((0.0, 1.0, 1.0, 0.95), THREE_RIGHT),
        ((0.25, 0.75, 0.4, 0.6), OTHER),
    ],
)
def test_kinds_of_stuck_outputs(outputs, expected):
    outputs = np.array(outputs)
    fails = np.abs(outputs - tasks.xor().y[:, 0]).max() > 0.4
    assert stuck.kind(outputs, fails) == expected


def test_a_dead_relu_network_is_a_flat_minimum_and_a_saddle_is_none():
    with jax.enable_x64(True):
        surface = stuck.LossSurface(tasks.xor(), "relu", "identity")
        flat = np.array([DEAD, CREST])
        found = surface.curvature(flat)
        _, loss, gradient = surface.evaluate(flat[:, None])
    np.testing.assert_allclose(loss, 0.25)
    np.testing.assert_allclose(gradient, 0, atol=1e-16)
    np.testing.assert_array_equal(found["dead_units"], [2, 1])
    assert found["greatest_fall"][0] == 0
    assert abs(found["least_eigenvalue"][0]) < 1e-15
    assert found["least_eigenvalue"][1] < -0.01
    assert found["newton_step"][1] == np.inf


def test_the_newton_step_is_zero_at_a_finite_minimum_and_long_on_the_way_to_infinity():
    with jax.enable_x64(True):
        surface = stuck.LossSurface(tasks.xor(), "sigmoid", "sigmoid")
        # Two units that compute OR and AND and solve XOR: better ever further out.
        far = np.array([9.0, 9, 9, 9, -4, -13, 9, -9, -4])
        near = stuck.LossSurface(
            tasks.xor()._replace(y=np.asarray(jax.jit(surface.outputs)(far))[:, None]), "sigmoid", "sigmoid"
        )
        steps = [a.curvature(far[None])["newton_step"][0] for a in (surface, near)]
    assert steps[0] > 1
    assert steps[1] == np.inf or steps[1] < 1e-6


@pytest.mark.parametrize(
    ("rule", "count", "total", "expected"),
    [
        (verdicts.every_one, 100, 100, REPRODUCED),
        (verdicts.every_one, 99, 100, NOT_REPRODUCED),
        (verdicts.every_one, 50, 100, NOT_REPRODUCED),
        (verdicts.every_one, 0, 0, NOT_SETTLED),
        (verdicts.none_of_them, 0, 1000, REPRODUCED),
        (verdicts.none_of_them, 0, 100, NOT_SETTLED),
        (verdicts.none_of_them, 1, 1000, NOT_REPRODUCED),
        (verdicts.none_of_them, 0, 0, NOT_SETTLED),
    ],
)
def test_rules_can_give_every_outcome(rule, count, total, expected):
    assert rule(count, total) == expected


def test_verdicts_follow_the_data(made):
    """With every network stuck at the first checkpoint, the data are made to speak for and against each claim."""
    outcome = {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(made), verdicts.statements(TINY))}
    assert outcome["no_finite_minimum"] == outcome["two_at_half"] == REPRODUCED
    assert outcome["only_slow"] == outcome["relu_flat_minima"] == NOT_REPRODUCED
    still = made.assign(gradient=made.gradient * 0, kind=xr_full(made.kind, OTHER))
    still = still.assign(stuck=made.stuck & ((made.checkpoint == 100) | (made.seed < 4)))
    outcome = {v.id: v.outcome for v in verdicts.verdicts(still)}
    assert outcome["no_finite_minimum"] == outcome["two_at_half"] == NOT_REPRODUCED
    assert outcome["only_slow"] == REPRODUCED
    assert outcome["relu_nobody_leaves"] == NOT_REPRODUCED


def test_who_left_is_told_by_the_kind_they_were_and_for_each_setting_apart(made):
    """Ten with two outputs at one half stay, five others of twenty leave."""
    kind = xr_full(made.kind, THREE_AT_THIRD).where(made.seed >= 10, TWO_AT_HALF)
    before = (made.seed < 30) & (made.checkpoint == 100)
    after = (made.seed < 25) & (made.checkpoint == 200)
    staged = made.assign(kind=kind, stuck=made.stuck & (before | after))
    told = "none of 10 with “two right, two at 1/2”; 5 of 20 with “one right, three at 1/3 or 2/3”"
    (slow,) = (v for v in verdicts.verdicts(staged) if v.id == "only_slow")
    assert slow.finding.startswith(
        "Of 30 sigmoid networks stuck after 100 epochs (rate 0.5), 5 solve XOR by 200 epochs."
    )
    assert told in slow.finding
    assert figures._who_left(staged).count(told) == 2


def xr_full(like, value):
    """An array like `like` that holds one value."""
    return like * 0 + value


@pytest.mark.slow
def test_a_tiny_run_counts_every_network(tiny):
    rows = verdicts.table(tiny)
    assert len(rows) == 6
    for row in rows:
        kinds = [row[kind] for kind in stuck.KINDS[1:]]
        assert sum(kinds) == row["stuck"] <= row["networks"] == TINY.seeds
        assert row["stuck_low"] <= row["stuck_share"] <= row["stuck_high"]
    assert rows[0]["rate"] == 0.5
    check_verdicts(verdicts.verdicts(tiny), verdicts.statements(TINY))
    np.testing.assert_array_equal(tiny.num_stuck.sel(epoch=200), tiny.stuck.sel(checkpoint=200).sum("seed"))


def test_a_rate_at_the_end_of_its_grid_settles_nothing(made):
    tuned = made.assign(rate=made.rate * 0 + 0.0125)
    found = {v.id: v for v in verdicts.verdicts(tuned)}
    assert found["relu_flat_minima"].outcome == NOT_SETTLED
    assert "least or the greatest tried" in found["relu_flat_minima"].finding
    assert "tried" not in found["two_at_half"].finding  # the rate 0.5 was given
    alone = made.assign(rate=made.rate * 0 + 16).sel(setting=["sigmoid, tuned rate"])
    judged = config.Config(("sigmoid, tuned rate",), TINY.checkpoints)
    found = {v.id: v for v in check_verdicts(verdicts.verdicts(alone), verdicts.statements(judged))}
    assert found["two_at_half"].outcome == NOT_SETTLED
    assert "tried" not in found["no_finite_minimum"].finding  # no rate moves a minimum


def test_figures_are_drawn_from_the_data_alone(tiny, redrawn):
    assert redrawn("xor.failures", tiny, TINY) == ["growing_weights", "plateau_escape", "where_stuck"]


def test_kinds_at_one_level_are_drawn_side_by_side(made):
    half = xr_full(made.kind, TWO_AT_HALF).where(made.seed % 2 == 0, ALL_AT_HALF)
    with use_style():
        top = figures._where_stuck(made.assign(kind=half)).axes[0]
    places = [dots.get_offsets()[:, 0].reshape(-1, 4) - np.arange(4) for dots in top.collections[:2]]
    assert places[0].max() < places[1].min()


def test_a_checkpoint_between_two_records_is_refused():
    with pytest.raises(ValueError, match="checkpoints has 130"):
        config.check(config.Config(checkpoints=(130, 200), record_every=50))
