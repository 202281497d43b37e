"""`activations.softmax`: temperatures, spirals, starts, measures that can say no, and a tiny run."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy
import xarray as xr

from experiments.activations import softmax
from experiments.activations import softmax_networks as networks
from experiments.lab.verdicts import verdicts
from tests.experiments.conftest import check

DESCENT, SQUARED = softmax.DESCENT, "squared error"


def test_a_temperature_changes_confidence_and_no_answer():
    z, y = np.array([2.0, 0.0, -1.0], "float32"), np.array([0.0, 1.0, 0.0], "float32")
    for temperature, loss in networks.AT_TEMPERATURE.items():
        expected = temperature**2 * -np.log(scipy.special.softmax(z / temperature)[1])
        assert float(jax.jit(loss)(z, y)) == pytest.approx(expected, rel=1e-5)


def test_spirals_have_equal_classes_and_new_points_each_time():
    data = networks.spirals(0, 3, 90, 30)
    assert (np.concatenate([data.y, data.y_test]).sum(axis=0) == 40).all()
    assert np.hypot(*data.x.T).max() < 1.25
    assert not np.allclose(data.x, networks.spirals(1, 3, 90, 30).x)


def test_starts_differ_by_their_output_weights_alone():
    usual, large = (networks.init(jax.random.key(0), (2, 4, 3), bias_scale=scale) for scale in (1.0, 32.0))
    np.testing.assert_array_equal(usual[0].w, large[0].w)
    np.testing.assert_allclose(32 * usual[1].w, large[1].w)
    assert not jnp.any(large[1].b)


def test_the_fitted_temperature_is_the_one_with_which_labels_were_drawn():
    rng = np.random.default_rng(0)
    z = 4 * rng.normal(size=(20_000, 3))
    p = scipy.special.softmax(z / 3, axis=1)
    labels = (p.cumsum(axis=1) < rng.uniform(size=(len(z), 1))).sum(axis=1)
    assert networks.fitted_temperature(z, labels) == pytest.approx(3, rel=0.05)


def made(usual=2.0, wrong=20.0, expected=0.4, fitted=1.0, at_end=0):
    """Data in which the squared error takes `usual` and `wrong` times the steps, of eight tunings of five draws.

    Networks err in about 2% of the rows, and expect `expected` times that; `fitted` times with a fitted temperature.
    """
    spread = np.round(100 * np.linspace(0.95, 1.05, 40))
    steps = np.stack([[spread, spread], [usual * spread, wrong * spread]])[None]
    errors = 0.02 + 0.01 * np.linspace(-1, 1, 40)
    said = errors * np.repeat(1 + 0.1 * (-1.0) ** np.arange(8), 5)
    dims = ("solver", "loss", "scale")
    return xr.Dataset(
        {
            "steps": ((*dims, "seed"), np.where(steps < 4_000, steps, np.inf)),
            "at_end": ((*dims, "tuning"), np.full((1, 2, 2, 8), at_end)), "tuning_of": ("seed", np.repeat(range(8), 5)),
            "errors": ("seed", errors), "expected_errors": (("fitted", "seed"), [expected * said, fitted * said]),
        },
        {"solver": [DESCENT], "loss": list(softmax.LOSSES), "scale": [1.0, 16.0], "fitted": [False, True]},
        {"num_steps": 4_000},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "claim", "outcome"),
    [
        ({"usual": 1.0}, "usual start", "not reproduced"),  # ties
        ({"usual": 1e6, "wrong": 1e6}, "usual start", "reproduced"),  # never arrives
        ({"wrong": 2.0}, "plateau", "not reproduced"),
        ({"wrong": 2.6}, "plateau", "reproduced"),
        ({"at_end": 1}, "plateau", "not settled"),
        ({"at_end": 1, "usual": 1.0}, "usual start", "not settled"),
        ({"expected": 1.0}, "probabilities", "not reproduced"),
        ({"expected": 0.8}, "probabilities", "not settled"),
        ({"fitted": 1.5}, "one temperature", "not reproduced"),
    ],
)
def test_every_rule_can_fail(changed, claim, outcome):
    assert {row["outcome"] for row in verdicts(softmax.STATEMENTS, made())} == {"reproduced"}
    assert {row["id"]: row["outcome"] for row in verdicts(softmax.STATEMENTS, made(**changed))}[claim] == outcome


@pytest.mark.slow
def test_each_network_has_the_rate_of_its_tuning_which_never_saw_its_draw(monkeypatch):
    """A tiny run, whose variables are those of the committed data."""
    samples, sweep = [], softmax.nnjax.sweep
    monkeypatch.setattr(softmax.nnjax, "sweep", lambda data, **how: samples.append(data) or sweep(data, **how))
    tiny = dataclasses.replace(
        softmax.QUICK, temperatures=(4.0,), tuning_draws=1, draws=8, width=8, rows=30, num_steps=60
    )
    data = softmax.run(tiny)
    assert data.steps.dims == ("solver", "loss", "scale", "seed")
    assert data.steps.isnull().sum() == 8  # at a temperature there are usual starts alone
    assert ((data.steps <= 60) | np.isinf(data.steps) | data.steps.isnull()).all()
    tuned, reported = ([some for some in samples if ("1000000" in some) == is_tuned] for is_tuned in (True, False))
    points = [{one.x.tobytes() for some in part for one in some.values()} for part in (tuned, reported)]
    assert not points[0] & points[1]
    assert softmax.table(data).median_steps.sel(loss="cross-entropy, T = 4", scale=16.0).isnull().all()


@pytest.mark.parametrize(
    "change", [{"scales": (2.0, 4.0)}, {"solvers": ("Adam",)}, {"num_steps": 17}, {"draws": 11}]
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        check(softmax, dataclasses.replace(softmax.QUICK, **change))
