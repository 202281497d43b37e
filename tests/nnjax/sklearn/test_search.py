"""The search: folds, candidates, and that each candidate is the network that it is said to be."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnjax
from nnjax.sklearn import ensemble
from nnjax.sklearn.ensemble import Member
from nnjax.sklearn.search import (
    COMMON,
    DECAYS,
    RATES,
    RECORDS,
    SHARPNESS,
    SHORTER,
    Candidate,
    Draws,
    Found,
    Space,
    Training,
    parts,
    search,
    sharpened,
    stopped,
)

SPACE = Space(((3,), (4, 2)), ("relu", "tanh"), None, None)
TRAINING = Training("squared_error", None, 20)


def folds():
    rng = np.random.default_rng(0)
    rows = [(rng.normal(size=(n, 2)), rng.normal(size=(n, 1))) for n in (12, 5, 12, 5)]
    return {name: nnjax.tasks.data(*rows[2 * i], *rows[2 * i + 1], np.ones(12)) for i, name in enumerate("ab")}


@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.integers(2, 5), st.integers(0, 9))
def test_folds_have_equal_sizes_and_shares_of_every_class(classes, k, seed):
    y = np.array(classes)
    fold = parts(y, k, np.random.RandomState(seed))
    sizes = np.bincount(fold, minlength=k)
    assert sizes.sum() == len(y)
    assert np.ptp(sizes) <= 1
    for one in np.unique(y):
        # Rows of a class that are next to one another fill whole blocks of k but for both ends.
        assert np.ptp(np.bincount(fold[y == one], minlength=k)) <= 2


def test_drawn_numbers_are_spread_evenly_and_never_repeat():
    draws = Draws(SPACE, np.random.RandomState(0))
    first = draws.next(8)
    assert [[one[:2] for one in cell] for cell in first] == [[cell] * 8 for cell in SPACE.combinations()]
    for name, ends in (("learning_rate_init", RATES), ("alpha", DECAYS)):
        low, high = np.log(ends)
        logs = np.log([[getattr(one, name) for one in cell] for cell in first])
        assert (np.sort(np.floor((logs - low) / (high - low) * 8), axis=1) == np.arange(8)).all()
    assert len({one for cell in [*first, *draws.next(8)] for one in cell}) == 64


def test_listed_numbers_are_all_tried_and_none_twice():
    draws = Draws(SPACE._replace(learning_rate=(0.1, 0.2), alpha=(0.0, 1.0, 2.0)), np.random.RandomState(0))
    drawn = [a + b for a, b in zip(draws.next(2), draws.next(4), strict=True)]
    assert draws.left == 0
    assert all({one[2:] for one in cell} == {(r, d) for r in (0.1, 0.2) for d in (0.0, 1.0, 2.0)} for cell in drawn)


@given(st.integers(1, 5_000))
def test_both_rounds_make_equally_many_records(steps):
    short, long = Training("squared_error", None, steps).rounds()
    assert long.num_steps == steps
    for one in (short, long):
        assert 0 < one.record_every <= one.num_steps
    records = -(-steps // long.record_every)
    assert short.num_steps == records * short.record_every
    assert min(steps, RECORDS // 2) <= records <= 2 * RECORDS
    few = min(steps, max(steps / SHORTER, RECORDS))
    assert 0.5 * few < short.num_steps < 1.1 * few
    assert (short == long) == (steps <= RECORDS)


def test_the_second_round_compiles_nothing():
    compiled = []

    def noted(name, seconds, **_):
        if name.endswith("backend_compile_duration"):
            compiled.append(seconds)

    space = SPACE._replace(hidden=((3,),), activation=("tanh",))
    candidates = Draws(space, np.random.RandomState(0)).next(2)
    short, long = TRAINING._replace(num_steps=3 * SHORTER * RECORDS).rounds()
    search(folds(), space, candidates, short, 7)
    jax.monitoring.register_event_duration_secs_listener(noted)
    try:
        search(folds(), space, [candidates[0][:1]], long, 7)
        assert not compiled
        search(folds(), space, [candidates[0][:1]], long._replace(batch_size=4), 7)
        assert compiled
    finally:
        jax.monitoring.unregister_event_duration_listener(noted)


def test_a_candidate_is_the_network_of_its_numbers():
    space = SPACE._replace(hidden=((3,),))
    candidates = Draws(space, np.random.RandomState(0)).next(3)
    found = search(folds(), space, candidates, TRAINING, 7)
    assert found.candidates == candidates[0] + candidates[1]
    one = found.candidates[5]
    alone = nnjax.sweep(
        folds(), hidden=one.hidden_layer_sizes, activation=one.activation, learning_rate=one.learning_rate_init,
        weight_decay=one.alpha, num_steps=20, record_every=1, judged_rows=12, seeds={"a": [7], "b": [8]}, **COMMON,
    )  # fmt: skip
    losses, record, _ = stopped(alone.test_curve.isel(seed=0).values[None, :, 1:, None].astype(float))
    np.testing.assert_allclose(found.losses[5], losses[0], rtol=1e-4)
    assert found.steps[5] == 1 + record[0]


def test_a_candidate_stops_where_the_mean_of_its_curves_is_least():
    curves = np.array([[[3.0, 1.0, 2.0], [3.0, 4.0, 2.5]], [[1.0, np.inf, np.inf], [1.0, 0.0, 0.0]]])
    losses, record, sharp = stopped(np.stack([curves + 1, curves], axis=-1))
    assert record.tolist() == [2, 0]
    assert sharp.tolist() == [1, 1]
    assert losses.tolist() == [[2.0, 2.5], [1.0, 1.0]]


def test_the_losses_are_those_of_logits_that_are_multiplied():
    rng = np.random.default_rng(0)
    logits, y = rng.normal(size=(6, 3)).astype("float32"), np.eye(3, dtype="float32")[rng.integers(3, size=6)]
    data = nnjax.tasks.Data(None, None, np.zeros((6, 1)), y)
    found = jax.jit(lambda logits: sharpened(None, data, lambda params, x: logits))(logits)
    for sharpness, loss in zip(SHARPNESS, found, strict=True):
        chances = np.exp(sharpness * np.asarray(logits))
        chances = (chances / chances.sum(axis=1, keepdims=True) * y).sum(axis=1)
        assert float(loss) == pytest.approx(-np.log(chances).mean(), rel=1e-5)
    assert 1.0 in SHARPNESS


def test_the_best_are_those_trained_longest_and_of_these_with_the_least_loss():
    one = [Candidate((1,), "relu", 0.1 * i, 0.0) for i in range(4)]
    short = Found(one, np.array([[1.0], [3.0], [2.0], [0.0]]), np.full(4, 5), np.ones(4), np.full(4, 10))
    long = Found(one[:2], np.array([[4.0], [2.5]]), np.array([50, 60]), np.ones(2), np.full(2, 80))
    both = short.and_also(long)
    assert both.candidates == [one[2], one[3], one[0], one[1]]
    assert [both.candidates[i] for i in both.order()] == [one[1], one[0], one[3], one[2]]
    assert both.best(3, Space(((1,),), ("relu",), None, None)) == [[one[1], one[0], one[3]]]


def test_a_member_is_the_network_that_a_sweep_trains():
    data = folds()["a"]
    members = [Member(Candidate((3,), "tanh", rate, 0.1), 7, steps) for rate, steps in ((0.1, 20), (0.05, 5))]
    members[1] = members[1]._replace(sharpness=0.5)
    trained = ensemble.train(members, data, loss="squared_error", batch_size=8, num_steps=20)
    for member, (params, activation) in zip(members, trained, strict=True):
        one = member.candidate
        runs = nnjax.sweep(
            data, hidden=one.hidden_layer_sizes, activation=one.activation, learning_rate=one.learning_rate_init,
            weight_decay=one.alpha, batch_size=8, seeds=[member.seed], schedule_steps=20, num_steps=member.steps,
            **COMMON,
        )  # fmt: skip
        again = nnjax.refit(runs, data).params
        assert activation == one.activation
        again = (*again[:-1], nnjax.mlp.Layer(*(member.sharpness * array for array in again[-1])))
        for mine, theirs in zip(params, again, strict=True):
            np.testing.assert_allclose(mine.w, theirs.w, rtol=1e-3, atol=1e-5)
            np.testing.assert_allclose(mine.b, theirs.b, rtol=1e-3, atol=1e-5)


def test_an_ensemble_answers_with_the_mean_whatever_rows_are_beside():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 3))
    layers = [tuple(nnjax.mlp.Layer(*(rng.normal(size=s) for s in (shape, shape[1:]))) for shape in ((3, 4), (4, 2)))]
    layers.append((nnjax.mlp.Layer(rng.normal(size=(3, 2)), rng.normal(size=2)),))
    logits = [np.tanh(x @ layers[0][0].w + layers[0][0].b) @ layers[0][1].w + layers[0][1].b]
    logits.append(x @ layers[1][0].w + layers[1][0].b)
    chances = [np.exp(one) / np.exp(one).sum(axis=1, keepdims=True) for one in logits]
    networks = [(layers[0], "tanh"), (layers[1], "relu")]
    found = ensemble.outputs(networks, x, "softmax_cross_entropy")
    np.testing.assert_allclose(found, np.mean(chances, axis=0), rtol=1e-12)
    np.testing.assert_allclose(ensemble.outputs(networks, x[7:8], "softmax_cross_entropy"), found[7:8], rtol=1e-12)
    np.testing.assert_allclose(ensemble.outputs(networks, x, "squared_error"), np.mean(logits, axis=0), rtol=1e-12)
