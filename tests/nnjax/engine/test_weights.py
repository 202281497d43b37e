"""The weights of all networks: kept, given, held at 0, as trees, and what they predict."""

import functools
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import pytest
import xarray as xr

import nnjax
from nnjax import machine, mlp

XOR = nnjax.tasks.xor()
GIVEN = {"seeds": 3, "num_steps": 20, "solver": "sgd", "learning_rate": [0.1, 0.5], "progress": False}
GIVEN |= {"compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}


def sweep(**given):
    return nnjax.sweep(XOR, **{**GIVEN, **given})


def row(params):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(params)])


@pytest.fixture(scope="module")
def kept():
    return sweep(hidden=[(2,), (3,), (3, 3)], padding=True, keep_params=True)


def test_kept_weights_are_those_of_refit_and_end_with_zeros(kept):
    assert kept.params.dims == ("hidden", "learning_rate", "seed", "param")
    for hidden in range(3):
        one = kept.isel(hidden=hidden, learning_rate=1, seed=2)
        params, count = nnjax.refit(one, XOR).params, int(one.num_params)
        np.testing.assert_array_equal(one.params[:count], row(params))
        np.testing.assert_array_equal(one.params[count:], 0)


def test_a_store_and_an_executor_keep_the_same_weights(kept, tmp_path):
    given = {"hidden": [(2,), (3,), (3, 3)], "padding": True, "keep_params": True}
    assert sweep(**given, store=tmp_path / "runs.zarr").load().params.equals(kept.params)
    with ThreadPoolExecutor(1) as executor:
        assert sweep(**given, executor=executor).params.equals(kept.params)
    with pytest.raises(ValueError, match="keep_params: True there, not given here"):
        sweep(**given | {"keep_params": False}, store=tmp_path / "runs.zarr")


def test_the_plan_counts_the_bytes_of_the_weights():
    plan = nnjax.plan(XOR, hidden=[(2,), (3,)], seeds=10, keep_params=True)
    assert plan.variables["params"].num_bytes == 4 * 13
    assert "1.04 kB of it for parameters" in str(plan)
    without = nnjax.plan(XOR, hidden=[(2,), (3,)], seeds=10)
    assert plan.result_bytes - without.result_bytes == 20 * 4 * 13


def test_trees_and_predictions_carry_the_axes_of_the_sweep(kept):
    layers = nnjax.params.unravel(kept.sel(hidden="3x3"))
    assert [layer.w.shape for layer in layers] == [(2, 3, 2, 3), (2, 3, 3, 3), (2, 3, 3, 1)]
    outputs = nnjax.params.predict(kept, XOR.x)
    assert outputs.dims == ("hidden", "learning_rate", "seed", "row", "output")
    one = kept.isel(hidden=1, learning_rate=0, seed=1)
    run = nnjax.refit(one, XOR)
    expected = mlp.predict(run.params, XOR.x, **run.settings)
    np.testing.assert_allclose(outputs.isel(hidden=1, learning_rate=0, seed=1), expected, rtol=1e-5)
    mean = ((outputs - np.asarray(XOR.y)) ** 2).mean(["row", "output"])
    np.testing.assert_allclose(mean, kept.train_loss, rtol=1e-5)
    with pytest.raises(ValueError, match="several shapes: select one of its hidden"):
        nnjax.params.unravel(kept)
    with pytest.raises(ValueError, match="keep_params=True"):
        nnjax.params.predict(kept.drop_vars("params"), XOR.x)
    with pytest.raises(ValueError, match=r"must be inputs .*, such as data.x"):
        nnjax.params.predict(kept, XOR)


def test_a_network_that_diverged_predicts_nothing():
    wild = sweep(hidden=(2,), activation="relu", learning_rate=[0.1, 1e9], keep_params=True)
    assert (wild.status == 3).any()
    outputs = nnjax.params.predict(wild, XOR.x)
    assert (outputs.isnull().all(["row", "output"]) == (wild.status == 3)).all()


def test_predictions_of_activations_and_models_of_the_users_own():
    def bump(z):
        return jax.numpy.exp(-(z**2))

    def init(key, sizes, **how):
        return {"network": mlp.init(key, sizes, **how), "shift": jax.numpy.ones(sizes[-1])}

    def apply(params, x, **how):
        return mlp.apply(params["network"], x, **how) + params["shift"]

    functions = {"activation": {"tanh": "tanh", "bump": bump}}
    functions["model"] = {"plain": mlp, "shifted": nnjax.training.Model(init, apply)}
    runs = sweep(hidden=(2,), **functions, keep_params=True)
    assert runs.num_params.values.tolist() == [9, 10]
    outputs = nnjax.params.predict(runs, XOR.x, functions=functions)
    np.testing.assert_allclose(((outputs - np.asarray(XOR.y)) ** 2).mean(["row", "output"]), runs.train_loss, rtol=1e-5)
    with pytest.raises(ValueError, match=r"bump.* of this sweep cannot be found by its name"):
        nnjax.params.predict(runs, XOR.x, functions={"model": functions["model"]})
    with pytest.raises(ValueError, match="several shapes: select one of its model"):
        nnjax.params.unravel(runs, functions=functions)
    shifted = nnjax.params.unravel(runs.sel(model="shifted"), functions=functions)
    assert shifted["shift"].shape == (2, 2, 3, 1)


@pytest.mark.parametrize("layout", ["matrices", "lanes"])
def test_training_goes_on_where_it_ended(layout):
    how = {"hidden": [(2,), (3,)], "layout": layout, "keep_params": True, "padding": False}
    whole = sweep(**how, num_steps=20, record_every=10)
    first = sweep(**how, num_steps=10)
    second = sweep(**how, num_steps=10, start=first.params)
    assert second.params.equals(whole.params)
    np.testing.assert_array_equal(second.train_curve.isel(step=0), first.train_loss)
    # In any order of labels, also of axes along which this sweep has one value; and one network for several.
    alone = sweep(**how | {"hidden": (3,)}, num_steps=10, start=first.params)
    np.testing.assert_array_equal(alone.train_loss, second.train_loss.sel(hidden="3"))
    shuffled = first.params.isel(seed=[2, 0, 1], hidden=[1, 0])
    assert sweep(**how, num_steps=10, start=shuffled).params.equals(whole.params)
    one = sweep(hidden=(2,), num_steps=10, start=first.params.sel(hidden="2", learning_rate=0.1, drop=True))
    np.testing.assert_array_equal(
        one.train_loss.sel(learning_rate=0.1), second.train_loss.sel(hidden="2", learning_rate=0.1)
    )


@pytest.mark.parametrize("layout", ["matrices", "lanes"])
def test_masked_weights_stay_zero(layout, tmp_path):
    first = sweep(hidden=[(2,), (3,)], num_steps=5, keep_params=True)
    mask = abs(first.params) > 0.3
    how = {"hidden": [(2,), (3,)], "layout": layout, "start": first.params, "mask": mask, "solver": "adam"}
    how |= {"weight_decay": 0.1, "clip_norm": 0.5, "record_every": 5}
    runs = sweep(**how, keep_params=True, store=tmp_path / "runs.zarr").load()
    assert not runs.params.where(~mask, 0).any()
    assert (runs.params != first.params).where(mask).mean() > 0.9
    place = {"hidden": 1, "learning_rate": 0, "seed": 2}
    again = nnjax.refit(runs.isel(place), XOR, start=first.params, mask=mask)
    np.testing.assert_array_equal(row(again.params), runs.params.isel(place))
    with pytest.raises(ValueError, match="mask: this sweep was given a mask; give exactly"):
        nnjax.refit(runs.isel(place), XOR, start=first.params)
    with pytest.raises(ValueError, match=r"start: sha256 .* there, sha256 .* here"):
        sweep(**how | {"start": 2 * first.params}, keep_params=True, store=tmp_path / "runs.zarr")
    with ThreadPoolExecutor(1) as executor:
        assert sweep(**how, keep_params=True, executor=executor).params.equals(runs.params)


def test_fit_begins_and_masks_likewise():
    runs = sweep(hidden=(3,), layout="matrices", keep_params=True)
    start = jax.tree.map(lambda leaf: leaf[0, 0], nnjax.params.unravel(runs))
    mask = jax.tree.map(lambda leaf: (abs(leaf) > 0.3).astype(int), start)
    spec = nnjax.training.Spec((2, 3, 1), solver="sgd", num_steps=20)
    key = jax.random.key(0)
    run = jax.jit(functools.partial(nnjax.fit, spec=spec))(key, {"learning_rate": 0.1}, XOR, start=start, mask=mask)
    swept = sweep(hidden=(3,), layout="matrices", start=start, mask=mask, keep_params=True, learning_rate=0.1)
    np.testing.assert_allclose(row(run.params), swept.params[0], atol=1e-6)
    assert not row(run.params)[row(mask) == 0].any()
    with pytest.raises(ValueError, match=r"^mask must be a tree like the parameters .* it is built otherwise"):
        nnjax.fit(key, {"learning_rate": 0.1}, XOR, spec=spec, mask=mask[:1])
    least = nnjax.training.Spec((2, 3, 1), solver="levenberg_marquardt", num_steps=2)
    with pytest.raises(ValueError, match=r"^mask with a solver of least squares"):
        nnjax.fit(key, {}, XOR, spec=least, mask=mask)
    with pytest.raises(ValueError, match=r"^mask holds other numbers than 0 and 1"):
        nnjax.fit(key, {"learning_rate": 0.1}, XOR, spec=spec, mask=jax.tree.map(lambda leaf: 0.5 * leaf, mask))
    # With the axes of the sweep in front, each network begins where it was.
    whole = nnjax.params.unravel(runs)
    again = sweep(hidden=(3,), layout="matrices", start=whole, num_steps=1)
    np.testing.assert_array_equal(again.train_curve.isel(step=0), runs.train_loss)


def test_given_weights_follow_their_labels_when_a_store_is_resumed_or_grows(tmp_path):
    how = {"activation": ["tanh", "relu"], "hidden": (2,), "num_steps": 3, "learning_rate": 0.1}
    first = sweep(**how, keep_params=True)
    mask = xr.ones_like(first.params).where(first.params.activation == "tanh", 0)
    whole = sweep(**how, start=first.params, mask=mask, keep_params=True)
    assert not whole.params.sel(activation="relu").any()
    path = tmp_path / "runs.zarr"
    sweep(**how | {"seeds": [0, 1]}, start=first.params, mask=mask, keep_params=True, store=path)
    # The axes in another order, and a seed more: the same rows at the same labels.
    other = how | {"activation": ["relu", "tanh"], "seeds": [2, 1, 0]}
    grown = sweep(**other, start=first.params, mask=mask, keep_params=True, store=path).load()
    assert grown.params.sel(activation=["tanh", "relu"], seed=[0, 1, 2]).equals(whole.params)
    changed = first.params.copy()
    changed.loc[{"seed": 0, "activation": "tanh"}] += 1
    with pytest.raises(ValueError, match=r"start: sha256 .* there, sha256 .* here"):
        sweep(**how, start=changed, mask=mask, keep_params=True, store=path)


def test_float64_and_numbers_beyond_a_dtype():
    first = sweep(hidden=(2,), keep_params=True, dtype="float64", num_steps=3)
    second = sweep(hidden=(2,), start=first.params, dtype="float64", num_steps=1)
    np.testing.assert_array_equal(second.train_curve.isel(step=0), first.train_loss)
    with pytest.raises(ValueError, match=r"^start reaches .*e\+300, beyond float32"):
        sweep(hidden=(2,), start=first.params * 1e300, num_steps=1)


OF_TWO = xr.DataArray(np.ones((3, 9)), {"seed": [0, 1, 2]}, ("seed", "param"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"start": OF_TWO, "padding": True}, r"^padding=True with start="),
        ({"mask": OF_TWO, "solver": "levenberg_marquardt"}, r"^mask with a solver of least squares"),
        ({"start": OF_TWO[:, :8]}, r"^start holds 8 numbers for each network, but one with sizes=\(2, 2, 1\) has 9"),
        (
            {"start": OF_TWO.pad(param=(0, 1), constant_values=1)},
            r"^start holds 10 .* the numbers after them are not 0",
        ),
        ({"mask": 0.5 * OF_TWO}, r"^mask holds other numbers than 0 and 1"),
        (
            {"start": OF_TWO.rename(seed="draw")},
            r"^start has the dimensions draw, param: draw is not one of this sweep",
        ),
        ({"start": OF_TWO.isel(param=0)}, r"^start has the dimensions seed: param is missing"),
        ({"start": OF_TWO[:2]}, r"^start does not have every seed of this sweep: it lacks 2"),
        ({"start": OF_TWO.drop_vars("seed")}, r"^start is over seed: it needs a coordinate"),
        ({"start": OF_TWO.to_dataset(name="params")}, r"^start is a Dataset: give start=runs.params"),
        ({"start": [1.0, 2.0]}, r"^start must be a DataArray such as runs.params, or a tree"),
        (
            {"start": (1.0,), "hidden": [(2,), (3,)]},
            r"^start is a tree of arrays, but the networks of",
        ),
        ({"start": OF_TWO, "hidden": [(2,), (1,)]}, r"^start is not over hidden, but the networks"),
        ({"keep_params": "yes"}, r"^keep_params='yes' must be True or False"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(given, message):
    with pytest.raises(ValueError, match=message):
        nnjax.plan(XOR, **{"hidden": (2,), "seeds": 3, **given})
