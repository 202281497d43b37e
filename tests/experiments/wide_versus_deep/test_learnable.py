"""Sawtooths and teachers: outcomes on numbers made up, starts and targets by hand, tunings apart, and a tiny run."""

import dataclasses

import jax
import numpy as np
import pytest
import xarray as xr

from experiments.lab import claims, results
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, verdicts
from experiments.wide_versus_deep import learnable, sawtooth, taught
from experiments.wide_versus_deep.learnable import DEEP, LABELS, TAUGHT_ON_MORE
from experiments.wide_versus_deep.taught import Settings
from nnjax import mlp, tasks, tuning
from nnjax.activations import relu
from nnjax.theory import constructions


@pytest.fixture
def data():
    """Numbers as a run leaves them, in which every claim holds."""
    rng = np.random.default_rng(0)
    start = np.ones((3, 2, 2, 40))
    start[0] = 1e-6
    right = np.array([0.94, 0.88, 0.89, 0.935, 0.96])[:, None, None] + 0.004 * rng.normal(size=(5, 6, 2))
    right[3] += right[0, :, :1] - right[3] + 0.0005 * rng.normal(size=(6, 2))  # as good as the first, its teacher
    return xr.Dataset(
        {
            "start_left": (("fold", "width", "kind", "start"), start),
            "start_at_edge": (("fold", "width", "kind"), np.zeros((3, 2, 2), bool)),
            "right": (("pupil", "draw", "pupil_seed"), right),
            "pupil_at_edge": (("pupil", "draw"), np.zeros((5, 6), bool)),
        },
        {"fold": [1, 3, 5], "width": [2, 8], "kind": ["deep", "shallow"], "pupil": list(taught.KINDS)},
    )


def outcomes(data):
    return {row["id"]: row["outcome"] for row in verdicts(learnable.STATEMENTS, data)}


def test_where_every_claim_holds_every_verdict_says_so(data):
    assert set(outcomes(data).values()) == {REPRODUCED}


@pytest.mark.parametrize(
    ("variable", "where", "value", "verdict"),
    [
        ("start_left", {"kind": "deep", "width": 2}, 1e-9, "random starts"),
        ("right", {"pupil": DEEP}, 0.5, "deep beats shallow"),
        ("right", {"pupil": TAUGHT_ON_MORE}, 0.8, "taught"),
        ("right", {"pupil": TAUGHT_ON_MORE}, 0.8, "as good as the teacher"),
        ("right", {"pupil": DEEP, "pupil_seed": 0}, 0.99, "as good as the teacher"),  # the one that teaches
    ],
)
def test_verdicts_can_say_no(data, variable, where, value, verdict):
    data[variable].loc[where] = value
    assert outcomes(data)[verdict] == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("pupil", "open_ones"),
    [(LABELS, {"deep beats shallow", "taught"}), (DEEP, {"as good as the teacher"}), (TAUGHT_ON_MORE, set())],
)
def test_better_numbers_of_the_network_behind_could_turn_an_outcome(data, pupil, open_ones):
    data["pupil_at_edge"].loc[{"pupil": pupil, "draw": slice(3)}] = True  # half of the tunings are not most
    assert set(outcomes(data).values()) == {REPRODUCED}
    data["pupil_at_edge"].loc[{"pupil": pupil}] = True
    assert {name for name, outcome in outcomes(data).items() if outcome == NOT_SETTLED} == open_ones


def test_a_sawtooth_at_the_end_of_its_grid_is_told_apart(data):
    data["start_at_edge"].loc[{"kind": "deep", "width": 2, "fold": 5}] = True
    (row,) = (row for row in verdicts(learnable.STATEMENTS, data) if row["id"] == "random starts")
    assert (row["outcome"], row["at_edge"], row["n"]) == (REPRODUCED, 1, 80)
    assert "Of 2 parts, 1 holds and 1 is open." in row["finding"]


def test_without_noise_the_start_is_the_solution_which_leaves_nothing():
    @jax.jit
    def start(scale):
        return sawtooth.init_perturbed(
            jax.random.key(0), (1, 2, 2, 1), init="", bias_init="", init_scale=scale, dtype="float32"
        )

    params, moved, written = start(0.0), start(0.1), constructions.deep_sawtooth(2)
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(params), jax.tree.leaves(written), strict=True))
    assert all((a != b).all() for a, b in zip(jax.tree.leaves(moved), jax.tree.leaves(written), strict=True))
    data = sawtooth.problem(2)
    np.testing.assert_array_equal(mlp.predict(written, data.x_test, activation=relu), data.y_test)


def test_more_seeds_that_learn_decide_and_then_what_is_left():
    share = xr.DataArray(
        [[1e-3, 1e-3, 1e-3, 1.0], [1e-9, 1e-9, 1.0, 1.0], [1e-4, 1e-4, 1e-4, 1.0]],
        {"learning_rate": [1.0, 2.0, 3.0]}, ("learning_rate", "seed"),
    )  # fmt: skip
    assert float(sawtooth.choose(share, "learning_rate").best["learning_rate"]) == 3.0
    assert float(sawtooth.choose(share.isel(learning_rate=[0, 1]), "learning_rate").best["learning_rate"]) == 1.0


def test_a_choice_between_two_has_no_ends():
    cost = xr.DataArray(np.arange(6.0).reshape(3, 2), {"rate": [1, 2, 3], "scale": [1, 2]}, ("rate", "scale"))
    assert bool(sawtooth.at_edge(tuning.choose(cost, "rate", "scale")))
    assert not bool(sawtooth.at_edge(tuning.choose(cost.roll(rate=1), "rate", "scale")))


def test_a_draw_of_the_taught_task():
    one = taught.draw(3)
    x = (one["x"] + 1) / 2
    border = mlp.predict(constructions.deep_sawtooth(taught.FOLDS), x[:, :1], activation=relu)
    assert np.mean((x[:, 1] < np.asarray(border)[:, 0]) == one["x_label"][:, 0]) > 0.999
    assert np.mean(one["y"] != one["x_label"]) == pytest.approx(taught.WRONG_LABELS, abs=0.03)


def test_every_draw_has_a_tuning_and_a_teacher_of_its_own(monkeypatch):
    calls, sweep = [], taught.nnjax.sweep

    def kept(data, **how):
        calls.append((data, how, sweep(data, **how)))
        return calls[-1][-1]

    monkeypatch.setattr(taught.nnjax, "sweep", kept)
    monkeypatch.setattr(taught, "NUM_LABELS", 128)
    monkeypatch.setattr(taught, "NUM_MORE", 128)
    few = Settings((0.003, 0.3), (1e-3, 1.0), draws=11, tuning_seeds=1, seeds=2, num_steps=20)
    made = {
        tune: [
            tasks.data(d["x"], d["y"], np.vstack([d["more"], d["test"]]), np.vstack([d["more_label"], d["test_label"]]))
            for d in (taught.draw(first + i) for i in range(few.draws))
        ]
        for tune, first in ((True, taught.FIRST_TUNING_DRAW), (False, 0))
    }
    said = {}
    right, numbers = taught._fit((8,), made, taught.LABELS, few, said)
    (others, tuned, tried), (reported, how, runs) = calls
    own, theirs = ({seed for some in one["seeds"].values() for seed in some} for one in (tuned, how))
    assert own.isdisjoint(theirs)
    assert not any(np.isin(one.x, two.x).any() for one in others.values() for two in reported.values())
    assert right.shape == (11, 2)
    assert len({*zip(*(numbers[name] for name in ("learning_rate", "weight_decay")), strict=True)}) > 1
    for i in (0, 2, 10):  # "10" stands before "2" in the alphabet
        place = {name: numbers[name][i] for name in ("learning_rate", "weight_decay")}
        best = tried.right.isel(step=-1, seed=0).sel(task=str(i))
        assert best.sel(place) == best.max()
        teacher = tried.logits.isel(step=-1, seed=0).sel(task=str(i), **place)
        np.testing.assert_array_equal(said[True][i], teacher)
        np.testing.assert_array_equal(said[False][i], runs.logits.isel(step=-1, seed=0).sel(task=str(i)))
        np.testing.assert_array_equal(right[i], runs.right.isel(step=-1).sel(task=str(i)))
        assert {name: float(how[name].sel(task=str(i))) for name in place} == place


@pytest.mark.slow
def test_a_tiny_run_has_what_the_committed_data_have():
    data = learnable.run(
        dataclasses.replace(learnable.QUICK, folds=(1,), noises=(0.0, 0.01), num_steps=40, taught_steps=20)
    )
    committed = results.load(claims.ROOT.parent / "results/wide_versus_deep/learnable/data.nc")
    assert {name: (one.dims, one.dtype.kind) for name, one in data.variables.items()} == {
        name: (one.dims, one.dtype.kind) for name, one in committed.variables.items()
    }
    assert float(data.near_before.sel(noise=0.0).max()) < 1e-10
