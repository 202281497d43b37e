"""The perceptron of several layers against plain NumPy, in both of its layouts, and on disk."""

import inspect
import json
import math
import pickle
import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax import activations, mlp
from nnjax.mlp import Layer

KEY = jax.random.key(3)
SIZES = [(2, 1), (2, 3, 1), (3, 5, 4, 2)]


def drawn(sizes, dtype="float64"):
    return mlp.init(KEY, sizes, bias_init="normal", dtype=dtype)


def inputs(n, d, dtype="float64"):
    return np.random.default_rng(4).normal(size=(n, d)).astype(dtype)


def by_numpy(params, x, f, g):
    """Every layer is x @ w + b; f acts on the hidden ones, g on the last."""
    for w, b in params[:-1]:
        x = f(x @ np.asarray(w) + np.asarray(b))
    return g(x @ np.asarray(params[-1].w) + np.asarray(params[-1].b))


@pytest.mark.parametrize("sizes", SIZES)
def test_apply_is_that_of_numpy(sizes, dtype):
    params, x = drawn(sizes, dtype), inputs(6, sizes[0], dtype)
    tolerance = dict(rtol=30 * np.finfo(dtype).eps, atol=10 * np.finfo(dtype).eps)
    result = np.stack([mlp.apply(params, row) for row in jnp.asarray(x)])
    assert result.shape == (6, sizes[-1])
    assert result.dtype == dtype
    np.testing.assert_allclose(result, by_numpy(params, x, np.tanh, lambda z: z), **tolerance)
    other = mlp.apply(params, jnp.asarray(x[0]), activation=jnp.sin, output_activation=activations.sigmoid)
    np.testing.assert_allclose(other, by_numpy(params, x[0], np.sin, lambda z: 1 / (1 + np.exp(-z))), **tolerance)


def test_reference_network():
    """A 2-2-1 network worked by hand: h = relu(1*1 - 1*2 + 1, 2*1 + 0*2 - 1) = (0, 1), y = 3*0 - 2*1 + 0.5."""
    params = (
        Layer(jnp.array([[1.0, 2.0], [-1.0, 0.0]]), jnp.array([1.0, -1.0])),
        Layer(jnp.array([[3.0], [-2.0]]), jnp.array([0.5])),
    )
    x = jnp.array([1.0, 2.0])
    assert mlp.apply(params, x, activation=activations.relu) == -1.5
    assert mlp.apply(mlp.unpack(params), x, activation=activations.relu) == -1.5


@pytest.mark.parametrize("sizes", SIZES)
def test_scalars_and_matrices_agree_with_their_gradients(sizes):
    with jax.enable_x64(True):
        params, xs = drawn(sizes), jnp.asarray(inputs(5, sizes[0]))

        def total(params):
            outputs = jax.vmap(lambda x: mlp.apply(params, x, activation=jnp.tanh))(xs)
            return jnp.sum(jnp.sin(outputs)), outputs

        (_, outputs), grad = jax.jit(jax.value_and_grad(total, has_aux=True))(params)
        (_, unpacked_outputs), unpacked_grad = jax.jit(jax.value_and_grad(total, has_aux=True))(mlp.unpack(params))
        np.testing.assert_allclose(unpacked_outputs, outputs, rtol=1e-12, atol=1e-12)
        for a, b in zip(mlp.pack(unpacked_grad), grad, strict=True):
            np.testing.assert_allclose(a.w, b.w, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(a.b, b.b, rtol=1e-12, atol=1e-12)
        assert all(np.abs(leaf).max() > 1e-3 for leaf in jax.tree.leaves(grad))


@pytest.mark.parametrize("sizes", SIZES)
def test_pack_is_the_inverse_of_unpack(sizes, dtype):
    params = drawn(sizes, dtype)
    scalars = mlp.unpack(params)
    assert len(jax.tree.leaves(scalars)) == mlp.num_params(sizes)
    assert {leaf.shape for leaf in jax.tree.leaves(scalars)} == {()}
    again = mlp.pack(scalars)
    assert jax.tree.structure(again) == jax.tree.structure(params)
    for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(params), strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == dtype


def test_predict_is_apply_row_by_row(dtype):
    params, x = drawn((3, 4, 2), dtype), inputs(7, 3, dtype)
    result = mlp.predict(params, jnp.asarray(x), activation=activations.relu, output_activation=activations.softmax)
    rows = [
        mlp.apply(params, row, activation=activations.relu, output_activation=activations.softmax)
        for row in jnp.asarray(x)
    ]
    np.testing.assert_allclose(result, np.stack(rows), rtol=20 * np.finfo(dtype).eps)
    np.testing.assert_allclose(result.sum(axis=1), 1, rtol=20 * np.finfo(dtype).eps)


def test_predict_takes_the_scalar_form():
    params, x = drawn((2, 3, 1), "float32"), jnp.asarray(inputs(4, 2, "float32"))
    np.testing.assert_allclose(mlp.predict(mlp.unpack(params), x), mlp.predict(params, x), rtol=1e-5, atol=1e-6)


def test_predict_takes_numpy_arrays():
    """Those of a refit, for one; the annotation is checked in tests, so that it must say so."""
    params = jax.tree.map(np.asarray, drawn((2, 3, 1), "float32"))
    assert mlp.predict(params, inputs(4, 2, "float32")).shape == (4, 1)


@pytest.mark.parametrize(("sizes", "count"), [((2, 1), 3), ((2, 2, 1), 9), ((1, 1, 1), 4), ((784, 300, 10), 238510)])
def test_num_params_reference_values(sizes, count):
    """A neuron of d inputs has d + 1; LeCun et al. 1998 (section III.C.5) give 784-300-10 about 235,000 weights."""
    assert mlp.num_params(sizes) == count


@given(st.lists(st.integers(1, 6), min_size=2, max_size=5).map(tuple))
def test_num_params_counts_what_is_drawn(sizes):
    params = jax.eval_shape(lambda: mlp.init(KEY, sizes))
    assert mlp.num_params(sizes) == sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(params))


@given(st.integers(1, 200_000), st.integers(1, 6), st.integers(1, 12), st.integers(1, 12))
def test_width_for_budget_is_the_greatest_within_it(budget, depth, num_inputs, num_outputs):
    def cost(width):
        return mlp.num_params((num_inputs, *(width,) * depth, num_outputs))

    if budget < cost(1):
        with pytest.raises(ValueError, match=f"budget={budget} is too small for depth={depth}"):
            mlp.width_for_budget(budget, depth, num_inputs, num_outputs)
        return
    width = mlp.width_for_budget(budget, depth, num_inputs, num_outputs)
    assert cost(width) <= budget < cost(width + 1)


@pytest.mark.parametrize("depth", [0, -1])
def test_width_for_budget_needs_a_hidden_layer(depth):
    with pytest.raises(ValueError, match=f"depth={depth}.*depth must be 1 or more"):
        mlp.width_for_budget(100, depth, 2, 1)


@pytest.mark.parametrize("sizes", SIZES)
def test_save_and_load_give_the_same_bits(tmp_path, sizes, dtype):
    params = drawn(sizes, dtype)
    path = tmp_path / "network.npz"
    mlp.save(path, params, activation="tanh", seed=7, nested={"rates": [0.1, 1e-30]})
    again, settings = mlp.load(path)
    assert settings == {"activation": "tanh", "seed": 7, "nested": {"rates": [0.1, 1e-30]}}
    assert jax.tree.structure(again) == jax.tree.structure(params)
    for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(params), strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == dtype
    x = jnp.asarray(inputs(1, sizes[0], dtype)[0])
    np.testing.assert_array_equal(mlp.apply(again, x), mlp.apply(params, x))


def test_scalars_are_saved_as_arrays(tmp_path):
    params = drawn((2, 3, 1), "float32")
    mlp.save(tmp_path / "a.npz", mlp.unpack(params))
    again, settings = mlp.load(str(tmp_path / "a.npz"))
    assert settings == {}
    np.testing.assert_array_equal(again[0].w, params[0].w)


def test_the_name_of_the_file_is_kept_and_it_holds_no_pickle(tmp_path):
    path = tmp_path / "network.of-mine"
    mlp.save(path, drawn((2, 1), "float32"))
    assert [file.name for file in tmp_path.iterdir()] == ["network.of-mine"]
    with np.load(path, allow_pickle=False) as file:
        assert sorted(file) == ["b0", "header", "w0"]


def other_npz(path):
    np.savez(path, w=np.zeros(3))


def header_of_another_program(path):
    np.savez(path, header=np.array(json.dumps({"format": "other/1", "num_layers": 0, "settings": {}})))


def header_that_is_no_json(path):
    np.savez(path, header=np.array("hello"))


def header_that_is_a_list(path):
    np.savez(path, header=np.array("[1, 2]"))


def layer_missing(path):
    header = json.dumps({"format": mlp.FILE_FORMAT, "num_layers": 2, "settings": {}})
    np.savez(path, header=np.array(header), w0=np.zeros((2, 1)), b0=np.zeros(1))


def settings_missing(path):
    header = json.dumps({"format": mlp.FILE_FORMAT, "num_layers": 1})
    np.savez(path, header=np.array(header), w0=np.zeros((2, 1)), b0=np.zeros(1))


def arrays_of_objects(path):
    header = json.dumps({"format": mlp.FILE_FORMAT, "num_layers": 1, "settings": {}})
    np.savez(path, header=np.array(header), w0=np.array([{}], object), b0=np.zeros(1))


def pickled(path):
    path.write_bytes(pickle.dumps({"w": [1.0]}))


def text(path):
    path.write_text("hello")


def empty(path):
    path.write_bytes(b"")


def one_array(path):
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))


def cut_in_half(path):
    mlp.save(path, drawn((2, 3, 1), "float32"))
    path.write_bytes(path.read_bytes()[:400])


def other_archive(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")


@pytest.mark.parametrize(
    "write",
    [
        other_npz,
        header_of_another_program,
        header_that_is_no_json,
        header_that_is_a_list,
        layer_missing,
        settings_missing,
        arrays_of_objects,
        pickled,
        text,
        empty,
        one_array,
        cut_in_half,
        other_archive,
    ],
)
def test_foreign_files_are_refused(tmp_path, write):
    """With a ValueError that names the argument and the file, whatever is in it."""
    path = tmp_path / "foreign.npz"
    write(path)
    with pytest.raises(ValueError, match="path=") as caught:
        mlp.load(path)
    assert "foreign.npz" in str(caught.value)


def test_a_pickle_is_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (exec, (f"open({str(tmp_path / 'ran')!r}, 'w').close()",))

    path = tmp_path / "bomb.npz"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError):  # noqa: PT011 - the message is tested above
        mlp.load(path)
    assert not (tmp_path / "ran").exists()


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        mlp.load(tmp_path / "nowhere.npz")


def test_settings_that_json_does_not_know_are_refused_before_a_file_is_written(tmp_path):
    with pytest.raises(TypeError):
        mlp.save(tmp_path / "a.npz", drawn((2, 1), "float32"), activation=jnp.tanh)
    assert not list(tmp_path.iterdir())


def test_apply_takes_one_example():
    params = drawn((2, 3, 1), "float32")
    assert mlp.apply(params, jnp.zeros(2)).shape == (1,)
    with pytest.raises(Exception, match=r"dot_general|shape|dimension"):
        inspect.unwrap(mlp.apply)(params, jnp.zeros(3))


@pytest.mark.parametrize("output_activation", [activations.identity, activations.softmax])
@pytest.mark.parametrize("activation", list(activations.ACTIVATIONS))
def test_predict_is_apply_for_every_activation(activation, output_activation):
    """Softmax acts on the neurons of one example, whatever way the layers are laid."""
    with jax.enable_x64(True):
        params, x = drawn((3, 4, 5, 2)), jnp.asarray(inputs(7, 3))
        functions = {"activation": activations.get(activation), "output_activation": output_activation}
        one_by_one = jnp.stack([mlp.apply(params, row, **functions) for row in x])
        np.testing.assert_allclose(mlp.predict(params, x, **functions), one_by_one, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shape", [(4,), (8, 3), (2, 8, 4), ()])
def test_predict_refuses_what_is_no_table_of_its_inputs(shape):
    params = mlp.init(jax.random.key(0), (4, 3, 3))
    for form in (params, mlp.unpack(params)):
        with pytest.raises(ValueError, match=r"x has shape \(.*\); it must be \[n, 4\], a row for each example of 4"):
            mlp.predict(form, np.ones(shape))


def test_predict_takes_names_and_so_what_was_saved(tmp_path):
    params = mlp.init(jax.random.key(0), (2, 3, 1))
    x = np.random.default_rng(0).normal(size=(5, 2))
    mlp.save(tmp_path / "relu.npz", params, activation="relu", output_activation="sigmoid")
    loaded, settings = mlp.load(tmp_path / "relu.npz")
    expected = mlp.predict(params, x, activation=activations.relu, output_activation=activations.sigmoid)
    np.testing.assert_array_equal(mlp.predict(loaded, x, **settings), expected)
    with pytest.raises(ValueError, match="activation='rleu' is unknown; did you mean 'relu'"):
        mlp.predict(params, x, activation="rleu")
