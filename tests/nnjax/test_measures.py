"""The measures that come with nnjax, and what a measure may ask for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import nnjax
from nnjax import machine, measures, objective
from tests.nnjax.networks import drawn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 3))
DATA = nnjax.tasks.data(X, np.where(X[:, :1] > 0, 1.0, 0.0), X[:5], np.where(X[:5, :1] > 0, 1.0, 0.0))
GIVEN = {"hidden": (4,), "loss": "sigmoid_binary_cross_entropy", "seeds": 2, "num_steps": 30, "record_every": 10}
GIVEN |= {"progress": False, "compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}


@pytest.mark.parametrize("layout", ["matrices", "lanes"])
def test_ready_made_measures(layout):
    asked = {"right": measures.train_accuracy, "moved": measures.distance, "sharpness": measures.sharpness}
    runs = nnjax.sweep(DATA, **GIVEN, layout=layout, measure=asked, keep_params=True)
    still = GIVEN | {"num_steps": 1, "learning_rate": 1e-30}
    start = nnjax.sweep(DATA, **still, layout=layout, measure=asked, keep_params=True)  # by the same program
    np.testing.assert_array_equal(runs.moved.isel(step=0), 0)
    apart = np.linalg.norm(runs.params.values - start.params.values, axis=1)
    np.testing.assert_allclose(runs.moved.isel(step=-1), apart, rtol=1e-5)
    outputs = nnjax.params.predict(runs, DATA.x)
    right = ((outputs > 0).values == (DATA.y > 0.5)).all(-1).mean(-1)
    np.testing.assert_allclose(runs.right.isel(step=-1), right, rtol=1e-6)
    assert runs.accuracy.attrs["rows"] == "test rows"
    np.testing.assert_array_equal(runs.accuracy_curve.isel(step=-1), runs.accuracy)

    spec = nnjax.training.Spec((3, 4, 1), loss="sigmoid_binary_cross_entropy")
    _, unravel = ravel_pytree(drawn((3, 4, 1), "float32"))
    rows = (jnp.asarray(DATA.x, "float32"), jnp.asarray(DATA.y, "float32"), None)
    hessian = jax.jit(jax.hessian(lambda flat: objective.mean_loss(unravel(flat), *rows, spec)))
    for seed in range(2):
        greatest = np.linalg.eigvalsh(hessian(jnp.asarray(runs.params[seed].values)))[-1]
        assert float(runs.sharpness.isel(seed=seed, step=-1)) == pytest.approx(greatest, rel=1e-4)


# In every run: dead units, which have directions without curvature as the others do.
@pytest.mark.parametrize(
    ("rows", "how"),
    [
        pytest.param(4, {"activation": "relu"}, id="dead units"),
        pytest.param(3, {"hidden": ()}, id="linear"),
        pytest.param(4, {"init": "zeros"}, id="zeros", marks=pytest.mark.slow),
        pytest.param(4, {"activation": "step"}, id="step", marks=pytest.mark.slow),
    ],
)
def test_sharpness_where_the_loss_curves_in_few_directions(rows, how):
    data = nnjax.tasks.data(X[:rows], np.sin(3 * X[:rows, :1]))

    def exact(params, data, *, loss):
        flat, unravel = ravel_pytree(params)
        return jnp.linalg.eigvalsh(jax.hessian(lambda flat: loss(unravel(flat)))(flat))[-1]

    given = {**GIVEN, "loss": "squared_error", "num_steps": 200, "record_every": 50, "learning_rate": 0.1, **how}
    runs = nnjax.sweep(data, **given, measure={"ours": measures.sharpness, "exact": exact})
    np.testing.assert_allclose(runs.ours, runs.exact, rtol=1e-4, atol=1e-5)


def test_a_third_argument_of_any_name_is_predict_and_defaults_are_the_users_own():
    def of_outputs(params, data, outputs):
        return outputs(params, data.x).mean()

    def with_default(params, data, power=2):
        return jnp.sum(params[0].w ** power)

    def all_four(params, data, predict, *, start, loss, accuracy):
        return predict(params, data.x).mean() + loss(params) + accuracy(params, data.x, data.y) + start[0].w.sum()

    runs = nnjax.sweep(DATA, **GIVEN, measure={"a": of_outputs, "b": with_default, "c": all_four})
    assert np.isfinite(runs[["a", "b", "c"]].to_array()).all()
    np.testing.assert_allclose(
        nnjax.refit(runs.isel(seed=1), DATA, functions={"measure": {"a": of_outputs, "b": with_default, "c": all_four}})
        .measures["c"], runs.c.isel(seed=1)
    )  # fmt: skip


def test_what_a_measure_cannot_have_is_refused_by_name():
    def unknown(params, data, predict, gradient):
        return gradient

    with pytest.raises(ValueError, match=r"^measure\['unknown'\] must be a function f\(params, data\), which may also"):
        nnjax.plan(DATA, **GIVEN, measure={"unknown": unknown})
    numbers = DATA._replace(y=DATA.x[:, :1], y_test=DATA.x_test[:, :1])
    with pytest.raises(ValueError, match=r"^measure\['right'\] .* targets and loss do not say what is right"):
        nnjax.plan(numbers, **GIVEN | {"loss": "squared_error"}, measure={"right": measures.train_accuracy})
