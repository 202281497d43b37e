"""`wide_versus_deep.learnable`: targets by hand, verdicts that can say no, figures from data alone."""

import dataclasses

import jax
import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_verdicts
from experiments.wide_versus_deep.learnable import coarse, config, figures, run, summary, taught, verdicts
from experiments.wide_versus_deep.learnable import sawtooth as saw
from nnjax import mlp, tasks, tuning
from nnjax.activations import relu
from nnjax.theory import constructions, depth


def synthetic():
    """Numbers as a run leaves them, in which every claim holds: 3 depths, 4 noises, 2 widths, 2 families, 6 draws."""
    rng = np.random.default_rng(0)
    noises, tilts, fold = np.array([0.01, 0.03, 0.1, 0.3]), np.array([0.25, 0.5, 1.0, 2.0, 4.0]), np.array([1, 3, 5])
    after = np.ones((3, 4, 40))
    for i, kept in enumerate((4, 2, 1)):  # the deeper, the less noise it bears
        after[i, :kept] = 1e-6
    start = np.ones((2, 3, 2, 40))
    start[:, 0] = 1e-6
    start[0, 1, 1] = 1e-6  # the wider one learns three folds, deep
    best = np.tile([0.99, 0.9, 0.7, 0.5, 0.6], (2, 2, 1))  # the last is finer, and easier for shallow ones
    explained = best[:, :, None, :, None] * np.array([0.9, 0.7])[:, None, None] + 0.001 * rng.normal(
        size=(2, 2, 2, 5, 12)
    )
    right = np.array([0.94, 0.88, 0.89, 0.935, 0.96])[:, None, None] + 0.004 * rng.normal(size=(5, 6, 2))
    right[3] += right[0, :, :1] - right[3] + 0.0005 * rng.normal(size=(6, 2))  # as good as the first, its teacher
    variables = {
        "written_left": ("fold", np.zeros(3)),
        "near_before": (("fold", "noise", "near_seed"), np.ones((3, 4, 40))),
        "near_after": (("fold", "noise", "near_seed"), after),
        "near_rate": (("fold", "noise"), np.full((3, 4), 1e-3)),
        "near_at_edge": (("fold", "noise"), np.zeros((3, 4), bool)),
        "start_left": (("kind", "fold", "width", "start"), start),
        "start_learning_rate": (("kind", "fold", "width"), np.full((2, 3, 2), 1e-2)),
        "start_at_edge": (("kind", "fold", "width"), np.zeros((2, 3, 2), bool)),
        "parameters": (("fold", "width"), np.full((3, 2), 30)),
        "explained": (("family", "level", "kind", "tilt", "coarse_seed"), explained),
        "coarse_at_edge": (("family", "level", "kind", "tilt"), np.zeros((2, 2, 2, 5), bool)),
        "best_shallow": (("family", "level", "tilt"), best),
        "best_on_rows": (("family", "level", "tilt"), best),
        "right": (("pupil", "draw", "pupil_seed"), right),
        "pupil_rate": (("pupil", "draw"), np.full((5, 6), 1e-2)),
        "pupil_at_edge": (("pupil", "draw"), np.zeros((5, 6), bool)),
    }
    attrs = {name: getattr(config.FULL, name) for name in run.RECORDED}
    return xr.Dataset(
        variables,
        {
            "fold": fold, "noise": noises, "width": [2, 8], "kind": ["deep", "shallow"], "tilt": tilts,
            "family": ["sawtooths", "Cantor"], "level": [3, 4], "pupil": list(taught.KINDS),
        },
        attrs | {"taught_parameters": 881, "taught_units": 220},
    )  # fmt: skip


@pytest.fixture
def data():
    return synthetic()


# What `synthetic` would have been run with.
SETTINGS = dataclasses.replace(
    config.FULL, folds=(1, 3, 5), noises=(0.01, 0.03, 0.1, 0.3), tilts=(0.25, 0.5, 1.0, 2.0, 4.0), widths=(2, 8),
    coarse_levels=(3, 4),
)  # fmt: skip


def test_a_caption_says_how_far_each_width_learns(data, monkeypatch):
    found = {2: 0, 8: 3}
    monkeypatch.setattr(summary, "reach", lambda data, kind, width: found[width])
    assert figures._reached(data, "deep", "k layers") == "up to k = 3 with k layers of width 8 (width 2: at no k)"
    found[8] = 0
    assert figures._reached(data, "deep", "k layers") == "at no k with k layers"


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(SETTINGS))}


def test_everything_is_drawn_from_what_is_on_disk(data, redrawn):
    assert redrawn("wide_versus_deep.learnable", data, SETTINGS) == ["coarse", "perturbed", "random_starts", "taught"]


@pytest.mark.parametrize(
    ("left_out", "figures"),
    [("start_left", ["coarse", "taught"]), ("explained", ["perturbed", "random_starts", "taught"]), ("right", None)],
)
def test_a_part_may_be_left_out(data, left_out, figures, redrawn):
    without = data.drop_vars(left_out)
    assert redrawn("wide_versus_deep.learnable", without, SETTINGS) == (
        figures or ["coarse", "perturbed", "random_starts"]
    )
    assert 0 < len(outcomes(without)) < len(outcomes(data))
    assert 0 < len(verdicts.table(without)) < len(verdicts.table(data))


def test_where_every_claim_holds_every_verdict_says_so(data):
    assert set(outcomes(data).values()) == {REPRODUCED}


@pytest.mark.parametrize(
    ("variable", "where", "value", "verdict"),
    [
        ("near_after", {"noise": 0.01}, 1.0, "near the solution"),
        ("near_after", {"fold": 5}, 1e-9, "basin narrows"),
        ("start_left", {"kind": "deep", "fold": 5, "width": 2}, 1e-9, "random starts"),
        ("start_left", {"kind": "deep", "width": 2}, 1e-9, "wider"),
        ("explained", {"family": "Cantor", "kind": "deep"}, 0.5, "coarse: Cantor"),
        ("explained", {"kind": "deep"}, 1.0, "no further than shallow"),
        ("start_left", {"kind": "deep", "width": 8}, 1.0, "wider"),
        ("right", {"pupil": "deep, labels"}, 0.5, "deep beats shallow"),
        ("right", {"pupil": "shallow, taught on more"}, 0.8, "taught"),
        ("right", {"pupil": "shallow, taught on more"}, 0.8, "as good as the teacher"),
    ],
)
def test_verdicts_can_say_no(data, variable, where, value, verdict):
    data[variable].loc[where] = value
    assert outcomes(data)[verdict] == NOT_REPRODUCED


def set_edge(data, part, place):
    data[f"{part}_at_edge"].loc[place] = True


def test_an_end_of_a_grid_leaves_a_failure_open_and_no_success(data):
    set_edge(data, "near", {"noise": 0.01})
    assert outcomes(data)["near the solution"] == REPRODUCED
    data["near_after"].loc[{"fold": 3, "noise": 0.01}] = 1.0
    assert outcomes(data)["near the solution"] == NOT_SETTLED
    data["near_at_edge"].loc[{"fold": 3}] = False
    assert outcomes(data)["near the solution"] == PARTLY
    set_edge(data, "near", {"noise": 0.01})
    data["near_after"].loc[{"noise": 0.01}] = 1.0
    assert outcomes(data)["near the solution"] == NOT_SETTLED


@pytest.mark.parametrize(
    ("part", "place", "verdict", "outcome"),
    [
        ("near", {"fold": 5, "noise": 0.03}, "basin narrows", REPRODUCED),  # even so they return up to 0.1 alone
        ("near", {"fold": 5}, "basin narrows", NOT_SETTLED),
        ("near", {"fold": 1}, "basin narrows", REPRODUCED),
        ("start", {"kind": "deep", "fold": 5, "width": 2}, "random starts", NOT_SETTLED),
        ("start", {"kind": "deep", "fold": 3, "width": 2}, "random starts", REPRODUCED),
        ("start", {"kind": "deep", "width": 8}, "wider", REPRODUCED),
        ("start", {"kind": "deep", "fold": 3, "width": 2}, "wider", NOT_SETTLED),
        ("coarse", {"family": "Cantor", "kind": "deep", "tilt": 1.0}, "coarse: Cantor", NOT_SETTLED),
        ("coarse", {"family": "Cantor", "kind": "deep", "tilt": 1.0}, "coarse: sawtooths", REPRODUCED),
        ("coarse", {"kind": "shallow"}, "coarse: Cantor", REPRODUCED),
        ("coarse", {"kind": "deep", "tilt": 1.0}, "no further than shallow", NOT_SETTLED),
        ("pupil", {"pupil": "deep, labels"}, "deep beats shallow", REPRODUCED),
        ("pupil", {"pupil": "shallow, labels"}, "deep beats shallow", NOT_SETTLED),
        ("pupil", {"pupil": "shallow, labels"}, "taught", NOT_SETTLED),
        ("pupil", {"pupil": "shallow, taught on more"}, "taught", REPRODUCED),
        ("pupil", {"pupil": "deep, labels"}, "as good as the teacher", REPRODUCED),
    ],
)
def test_what_better_numbers_could_change_is_not_settled(data, part, place, verdict, outcome):
    set_edge(data, part, place)
    assert outcomes(data)[verdict] == outcome


def test_half_of_the_tunings_at_an_end_are_not_most(data):
    data["pupil_at_edge"].loc[{"pupil": "shallow, labels", "draw": slice(3)}] = True  # of 6
    assert outcomes(data)["taught"] == REPRODUCED


def test_a_few_networks_that_explain_more_refute_nothing(data):
    data["explained"].loc[{"kind": "deep", "coarse_seed": slice(7)}] = 1.0  # of twelve
    assert outcomes(data)["no further than shallow"] == NOT_SETTLED


def test_a_choice_between_two_has_no_ends():
    cost = xr.DataArray(
        np.arange(6.0).reshape(3, 2), dims=("rate", "scale"), coords={"rate": [1, 2, 3], "scale": [1, 2]}
    )
    assert bool(saw.at_edge(tuning.choose(cost, "rate", "scale")))
    assert not bool(saw.at_edge(tuning.choose(cost.roll(rate=1), "rate", "scale")))


def test_a_pupil_of_no_better_teacher_settles_nothing(data):
    data["right"].loc[{"pupil": "deep, labels"}] = data.right.sel(pupil="shallow, labels")
    assert outcomes(data)["taught"] == NOT_SETTLED


def test_the_noise_at_which_half_return_by_hand(data):
    data["near_after"].loc[{"fold": 1, "noise": 0.3}] = 1.0
    (first, *_), reach = summary.half_noise(data), summary.reach(data, "deep", 8)
    assert first[0] == pytest.approx(np.sqrt(0.1 * 0.3))  # from all to none between 0.1 and 0.3
    assert reach == 3
    assert summary.reach(data, "shallow", 8) == 1


def test_ranks_are_those_of_spearman(data):
    found = summary.ranks(data, "Cantor")
    assert found.estimate == pytest.approx(1)
    assert found.p_value < 0.001
    data["best_shallow"] = -data.best_shallow
    assert summary.ranks(data, "Cantor").estimate == pytest.approx(-1)


def test_what_follows_coarseness_alone_is_partly_reproduced(data):
    names, order = ("family", "level", "kind", "tilt", "coarse_seed"), [0.9, 0.8, 0.6, 0.5, 0.4]
    data["explained"] = (names, np.broadcast_to(np.array(order)[:, None], data.explained.shape).copy())
    found = summary.ranks(data, "Cantor")
    assert (found.rival, found.apart) == (pytest.approx(1), True)
    assert 0.8 < found.estimate < 1
    assert outcomes(data)["coarse: Cantor"] == PARTLY
    data["best_shallow"].loc[{"tilt": 4.0}] = 0.3  # now the orders are one and the same
    assert not summary.ranks(data, "Cantor").apart
    assert outcomes(data)["coarse: Cantor"] == NOT_SETTLED


def test_two_correlations_are_compared_over_the_same_seeds(data):
    """Without chance the interval is the difference; where seeds differ in their order, the difference is open."""
    data["explained"] = data.explained.isel(coarse_seed=[0] * 12)
    found = summary.ranks(data, "Cantor")
    np.testing.assert_allclose(found.ahead, found.estimate - found.rival)
    assert outcomes(data)["coarse: Cantor"] == REPRODUCED
    finer = data.explained.sel(kind="deep", tilt=4.0, coarse_seed=slice(6))
    data["explained"].loc[{"kind": "deep", "tilt": 4.0, "coarse_seed": slice(6)}] = finer - 0.2  # as coarseness says
    found = summary.ranks(data, "Cantor")
    assert found.ahead[0] < 0 < found.ahead[1]
    assert outcomes(data)["coarse: Cantor"] == NOT_SETTLED


def test_a_pupil_is_held_against_its_own_teacher(data):
    data["right"].loc[{"pupil": "deep, labels", "pupil_seed": 0}] = 0.99  # the one that teaches is better than others
    assert outcomes(data)["as good as the teacher"] == NOT_REPRODUCED
    data["right"].loc[{"pupil": "deep, labels"}] = 0.5  # no lead, no verdict
    assert "as good as the teacher" not in outcomes(data)


def test_without_noise_the_start_is_the_sawtooth():
    @jax.jit
    def start(scale):
        return saw.init_perturbed(
            jax.random.key(0), (1, 2, 2, 1), init="", bias_init="", init_scale=scale, dtype="float32"
        )

    params, moved, written = start(0.0), start(0.1), constructions.deep_sawtooth(2)
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(params), jax.tree.leaves(written), strict=True))
    assert all((a != b).all() for a, b in zip(jax.tree.leaves(moved), jax.tree.leaves(written), strict=True))


def test_more_seeds_that_learn_decide_and_then_what_is_left():
    share = xr.DataArray(
        [[1e-3, 1e-3, 1e-3, 1.0], [1e-9, 1e-9, 1.0, 1.0], [1e-4, 1e-4, 1e-4, 1.0]],
        {"learning_rate": [1.0, 2.0, 3.0]}, ("learning_rate", "seed"),
    )  # fmt: skip
    assert float(saw.choose(share, "learning_rate").best["learning_rate"]) == 3.0
    assert float(saw.choose(share.isel(learning_rate=[0, 1]), "learning_rate").best["learning_rate"]) == 1.0


# Yarotsky: x - sum over l of 4^-l times the sawtooth of 2^l pieces is x^2, so a tilt of 1/4 is a parabola.
def test_a_tilt_of_a_quarter_is_a_parabola():
    x = np.arange(65) / 64
    parabola = (x - x**2) / np.sum(0.25 ** np.arange(1, 7))
    np.testing.assert_allclose(coarse.mixed(x, 0.25, 6), parabola, atol=1e-12)


def test_the_intervals_of_cantor_by_hand():
    found = coarse.pieces_of_cantor(2)
    assert [level for _, _, level in found] == [0, 2, 0, 1, 0, 2, 0]
    np.testing.assert_allclose([start * 9 for start, _, _ in found], [0, 1, 2, 3, 6, 7, 8], atol=1e-12)
    labels, shares = coarse.cantor_masses(1.0, 2)
    np.testing.assert_allclose(shares, [1 / 8, 1 / 8, 1 / 8, 1 / 4, 1 / 8, 1 / 8, 1 / 8])
    # Two changes of answer: the gap in the middle is right, and those beside it wrong. Six get all right.
    assert depth.fewest_errors(labels, shares, 2) == pytest.approx(1 / 4)
    assert depth.fewest_errors(labels, shares, 6) == 0


def test_cantor_draws_follow_their_masses():
    x, y = coarse.draw_cantor(np.random.default_rng(0), 2.0, 3, 4000)
    assert abs(y.mean() - 0.5) < 0.03
    inside = np.array(
        [any(a <= one <= b for a, b, level in coarse.pieces_of_cantor(3) if not level) for one in x[:300]]
    )
    np.testing.assert_array_equal(inside, y[:300] == 1)
    fine = np.mean([any(a < one < b for a, b, level in coarse.pieces_of_cantor(3) if level == 3) for one in x])
    assert fine == pytest.approx(0.5 * 4 / 7, abs=0.03)


def test_the_best_shallow_network_bounds_the_families():
    made = coarse.sawtooths((0.25, 1.0, 4.0), 3, 4, 64)
    assert made.best == sorted(made.best, reverse=True)
    assert all(np.var(one.y_test) == pytest.approx(1, abs=0.05) for one in made.data.values())
    assert coarse.sawtooths((1.0,), 2, 3, 64).best[0] == pytest.approx(1)  # four pieces are enough for four


def test_a_draw_of_the_taught_task():
    settings = dataclasses.replace(config.QUICK, num_labels=2000, wrong_labels=0.2, taught_folds=1)
    one = taught.draw(3, settings)
    x = (one["x"] + 1) / 2
    below = x[:, 1] < np.asarray(mlp.predict(constructions.deep_sawtooth(1), x[:, :1], activation=relu))[:, 0]
    assert np.mean(below == one["x_label"][:, 0]) > 0.999
    assert np.mean(one["y"] != one["x_label"]) == pytest.approx(0.2, abs=0.03)


def test_every_draw_has_a_tuning_and_a_teacher_of_its_own(monkeypatch):
    calls, sweep = [], taught.nnjax.sweep

    def kept(data, **how):
        calls.append((data, how, sweep(data, **how)))
        return calls[-1][-1]

    monkeypatch.setattr(taught.nnjax, "sweep", kept)
    few = dataclasses.replace(
        config.QUICK, taught_rates=(0.003, 0.3), decays=(1e-3, 1.0), draws=11, tuning_seeds=1, taught_seeds=2,
        num_labels=128, num_more=128, taught_steps=20,
    )  # fmt: skip
    made = {
        tune: [
            tasks.data(d["x"], d["y"], np.vstack([d["more"], d["test"]]), np.vstack([d["more_label"], d["test_label"]]))
            for d in (taught.draw(first + i, few) for i in range(few.draws))
        ]
        for tune, first in ((True, taught.FIRST_TUNING_DRAW), (False, 0))
    }
    said = {}
    right, numbers = taught._fit((8,), made, taught.LABELS, few, said)
    (others, tuned, tried), (reported, how, runs) = calls
    assert not {s for some in tuned["seeds"].values() for s in some} & {
        s for some in how["seeds"].values() for s in some
    }
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


def test_nothing_is_left_to_the_written_network():
    found = saw.written(dataclasses.replace(config.QUICK, folds=(1,), num_rows=128))
    assert float(found.written_left.max()) == 0


@pytest.mark.slow
def test_a_tiny_run_near_the_solution():
    tiny = dataclasses.replace(
        config.QUICK, folds=(1,), noises=(0.0, 0.01), num_steps=40, perturbed_seeds=3, num_rows=128, near_rates=(1e-3,)
    )
    found = saw.perturbed(tiny)
    assert found.near_before.dims == ("fold", "noise", "near_seed")
    assert float(found.near_before.sel(noise=0.0).max()) < 1e-10


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"parts": ("sawtooth", "square")}, "parts"),
        ({"folds": (2, 1)}, "folds"),
        ({"folds": (9,)}, "folds"),
        ({"noises": (-1.0, 1.0)}, "noises"),
        ({"tilts": (0.0, 1.0, 2.0)}, "tilts"),
        ({"families": ("Koch",)}, "families"),
        ({"families": ("Cantor", "Cantor")}, "families"),
        ({"coarse_levels": (1, 4)}, "coarse_levels"),
        ({"num_rows": 100}, "num_rows"),
        ({"tuning_seeds": 0}, "tuning_seeds"),
        ({"draws": 2}, "draws"),
        ({"num_more": 10}, "num_more"),
    ],
)
def test_bad_settings_are_refused(change, word):
    with pytest.raises(ValueError, match=word):
        config.check(dataclasses.replace(config.QUICK, **change))
