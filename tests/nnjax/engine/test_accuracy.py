"""Which outputs count as right: by the targets, whatever the loss, unless the user says otherwise."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax.engine import dataset

RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0, 1.5], [1.3, -0.8], [-1.3, -0.8]])
CLASSES = np.arange(60) % 3
BLOBS = nnjax.tasks.data(CENTRES[CLASSES] + 0.8 * RNG.normal(size=(60, 2)), np.eye(3)[CLASSES])
GIVEN = {"width": 4, "num_steps": 120, "learning_rate": 0.05, "seeds": 3, "progress": False}
GIVEN |= {"compiler_options": {nnjax.machine.OPTIMIZATION_LEVEL: 0}}  # compiled in the shortest time


def own_cross_entropy(output, target):
    return -jnp.sum(target * jax.nn.log_softmax(output))


def outputs(runs, data, seed=0):
    """What a network of the sweep answers to each row."""
    (w1, b1), (w2, b2) = nnjax.refit(runs, data, seed=seed).params
    return np.tanh(data.x @ w1 + b1) @ w2 + b2


def truth(runs, data, seed=0):
    """The share of rows whose greatest output is that of their class."""
    return np.mean(np.argmax(outputs(runs, data, seed), axis=1) == np.argmax(data.y, axis=1))


def test_one_hot_targets_are_judged_by_the_greatest_output():
    runs = nnjax.sweep(BLOBS, loss="softmax_cross_entropy", **GIVEN)
    for seed in range(3):
        assert float(runs.accuracy[seed]) == pytest.approx(truth(runs, BLOBS, seed))
    assert float(runs.accuracy.min()) > 0.6
    assert runs.accuracy.attrs["decision"] == "the greatest output has the same index as the greatest target"


@pytest.mark.parametrize("loss", ["squared_error", "sigmoid_binary_cross_entropy"])
def test_one_hot_targets_have_that_rule_with_every_loss(loss):
    assert nnjax.plan(BLOBS, width=4, loss=loss).programs[0].spec.decision == "argmax"


def test_early_stopping_on_accuracy_fires_with_any_loss():
    runs = nnjax.sweep(BLOBS, loss=own_cross_entropy, **GIVEN, record_every=5, early_stop=("accuracy", 0.7))
    assert (runs.status == nnjax.training.STOPPED).all()
    assert (runs.accuracy >= 0.7).all()
    assert float(runs.accuracy[0]) == pytest.approx(truth(runs, BLOBS))


def test_the_user_may_say_otherwise(tmp_path):
    given = GIVEN | {"loss": "squared_error"}
    by_threshold = nnjax.sweep(BLOBS, decision=0.5, **given)
    right = ((outputs(by_threshold, BLOBS) > 0.5) == (BLOBS.y > 0.5)).all(axis=1)
    assert float(by_threshold.accuracy[0]) == pytest.approx(np.mean(right))
    assert by_threshold.accuracy.attrs["decision"].startswith("every output is above 0.5 where its target is above 0.5")
    assert json.loads(by_threshold.attrs["settings"])["decision"] == 0.5
    store = tmp_path / "runs.zarr"
    stored = nnjax.sweep(BLOBS, decision=0.5, **given, store=store)
    xr.testing.assert_identical(stored.load(), by_threshold)
    with pytest.raises(ValueError, match=r"decision: 0\.5 there, None here"):
        nnjax.sweep(BLOBS, **given, store=store)


def test_targets_that_are_not_one_hot_have_the_rule_of_their_loss():
    both = nnjax.tasks.data(BLOBS.x, BLOBS.y[:, :2])  # the third class has no 1
    plan = nnjax.plan(both, width=4, loss="sigmoid_binary_cross_entropy")
    told = dataset.attributes("accuracy", plan)["decision"]
    assert told.startswith("every output is above 0 where its target is above 0.5")
    numbers = nnjax.tasks.data(BLOBS.x, BLOBS.x)
    assert "accuracy" not in nnjax.plan(numbers, width=4).variables
    assert "accuracy" in nnjax.plan(numbers, width=4, decision="argmax").variables


def test_a_first_task_of_one_value_takes_no_accuracy_from_the_others():
    """The first of the sixteen functions takes one value only, which says nothing about the others."""
    assert "accuracy" in nnjax.plan(nnjax.tasks.all_boolean(), hidden=(2,)).variables


def test_tasks_whose_targets_have_other_levels_have_no_accuracy():
    """No one middle parts the targets of both, so that none is made up."""
    other = {
        "low": nnjax.tasks.xor(target_low=-1.0, target_high=1.0),
        "high": nnjax.tasks.xor(target_low=10.0, target_high=11.0),
    }
    assert "accuracy" not in nnjax.plan(other, hidden=(2,)).variables


@pytest.mark.parametrize("decision", ["argmin", np.nan, [0.5], True])
def test_a_decision_that_is_none_is_refused(decision):
    with pytest.raises(ValueError, match="decision="):
        nnjax.plan(BLOBS, width=2, decision=decision)


def test_one_output_has_no_greatest():
    with pytest.raises(ValueError, match=r"decision='argmax' must be 'argmax' \(with two or more outputs\)"):
        nnjax.plan(nnjax.tasks.xor(), width=2, decision="argmax")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"batch_size": 61}, "batch_size=61 is more than the number of training rows, 60"),
        ({"batch_size": [10, 61]}, "batch_size=61"),
        ({"judged_rows": 61}, "judged_rows=61 is more than the number of training rows, 60"),
        ({"warmup_steps": 121}, "warmup_steps=121 is more than num_steps=120"),
        ({"warmup_steps": [5, 300]}, "warmup_steps=300"),
    ],
)
def test_more_than_there_is_is_refused(given, told):
    with pytest.raises(ValueError, match=told):
        nnjax.plan(BLOBS, **GIVEN | given)
