"""The perceptron of several layers against plain NumPy, in both of its layouts, and on disk."""

import functools
import json
import math
import os
import pickle
import sys
import zipfile
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax import activations, mlp
from nnjax.mlp import Layer
from tests.nnjax.networks import drawn

KEY = jax.random.key(3)
SIZES = [(2, 1), (2, 3, 1), (3, 5, 4, 2)]


def inputs(n, d, dtype="float64"):
    return np.random.default_rng(4).normal(size=(n, d)).astype(dtype)


def by_numpy(params, x, f, g):
    """Every layer is x @ w + b; f acts on the hidden ones, g on the last."""
    for w, b in params[:-1]:
        x = f(x @ np.asarray(w) + np.asarray(b))
    return g(x @ np.asarray(params[-1].w) + np.asarray(params[-1].b))


@pytest.mark.parametrize(
    ("sizes", "dtype"), [(SIZES[0], "float32"), (SIZES[1], "float64"), (SIZES[2], "float64")], indirect=["dtype"]
)
def test_apply_is_that_of_numpy(sizes, dtype):
    params, x = drawn(sizes, dtype), inputs(6, sizes[0], dtype)
    tolerance = dict(rtol=30 * np.finfo(dtype).eps, atol=10 * np.finfo(dtype).eps)
    apply = jax.jit(mlp.apply)
    result = np.stack([apply(params, row) for row in x])
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


@pytest.mark.parametrize(("activation", "output_activation"), [("tanh", "softmax"), ("softmax", "tanh")])
def test_predict_is_apply_row_by_row(activation, output_activation):
    """Softmax acts on the neurons of one example, whatever way the layers are laid; the others entry by entry."""
    functions = {"activation": activation, "output_activation": output_activation}
    with jax.enable_x64(True):
        params, x = drawn((3, 4, 5, 2)), jnp.asarray(inputs(7, 3))
        predict, apply = (jax.jit(functools.partial(f, **functions)) for f in (mlp.predict, mlp.apply))
        found, one_by_one = predict(params, x), np.stack([apply(params, row) for row in x])
    np.testing.assert_allclose(found, one_by_one, rtol=1e-12, atol=1e-14)
    if output_activation == "softmax":
        np.testing.assert_allclose(np.asarray(found).sum(axis=1), 1, rtol=1e-14)


def test_predict_takes_numpy_arrays_and_known_names():
    """Those of a refit, for one; the annotation is checked in tests, so that it must say so."""
    params = jax.tree.map(np.asarray, drawn((2, 3, 1), "float32"))
    assert mlp.predict(params, inputs(4, 2, "float32"), activation="relu").shape == (4, 1)
    with pytest.raises(ValueError, match="activation='rleu' is unknown; did you mean 'relu'"):
        mlp.predict(params, inputs(4, 2, "float32"), activation="rleu")


@pytest.mark.parametrize(("sizes", "count"), [((2, 1), 3), ((2, 2, 1), 9), ((1, 1, 1), 4), ((784, 300, 10), 238510)])
def test_num_params_reference_values(sizes, count):
    """A neuron of d inputs has d + 1; LeCun et al. 1998 (section III.C.5) give 784-300-10 about 235,000 weights."""
    assert mlp.num_params(sizes) == count


@pytest.mark.parametrize("sizes", [*SIZES, (1, 1, 1)])
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
    with pytest.raises(ValueError, match=f"^depth={depth} must be a whole number of 1 or more"):
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


def test_a_network_is_saved_with_its_activation_and_asked_one_at_a_time(tmp_path, as_users_call):
    params = drawn((2, 3, 1), "float32")
    with pytest.raises(ValueError, match=r"^activation is missing: without it, the file .* \*\*run.settings"):
        mlp.save(tmp_path / "a.npz", params)
    assert list(tmp_path.iterdir()) == []
    mlp.save(tmp_path / "a.npz", drawn((2, 1), "float32"))  # without hidden layers there is none
    with pytest.raises(ValueError, match=r"^params=.* must be layers .* nnjax.mlp.load returns a pair"):
        mlp.predict(mlp.load(tmp_path / "a.npz"), np.zeros((4, 2)))
    two = jax.tree.map(lambda a: jnp.asarray(np.stack([a, a])), drawn((2, 1, 1), "float32"))
    with pytest.raises(ValueError, match=r"^params=.*\(2, 2, 1\).* must be layers .* several networks need jax.vmap"):
        mlp.predict(two, np.zeros((4, 2)))
    assert jax.vmap(mlp.predict, in_axes=(0, None))(two, np.zeros((4, 2))).shape == (2, 4, 1)


def test_the_name_of_the_file_is_kept_and_it_holds_no_pickle(tmp_path):
    path = tmp_path / "network.of-mine"
    mlp.save(path, drawn((2, 1), "float32"), activation="tanh")
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
    mlp.save(path, drawn((2, 3, 1), "float32"), activation="tanh")
    path.write_bytes(path.read_bytes()[:400])


def other_archive(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")


def header(path, **changes):
    """A network of one layer with another header."""
    told = {"format": mlp.FILE_FORMAT, "num_layers": 1, "settings": {}} | changes
    np.savez(path, header=np.array(json.dumps(told)), w0=np.zeros((2, 1)), b0=np.zeros(1))


def header_too_deep(path):
    np.savez(path, header=np.array("[" * 100_000 + "]" * 100_000), w0=np.zeros((2, 1)), b0=np.zeros(1))


def header_of_numbers(path):
    np.savez(path, header=np.zeros(3), w0=np.zeros((2, 1)), b0=np.zeros(1))


def no_header(path):
    np.savez(path, w0=np.zeros((2, 1)), b0=np.zeros(1))


def another_compression(path):
    mlp.save(path, drawn((2, 1), "float32"), activation="tanh")
    with zipfile.ZipFile(path) as file:
        members = [(name, file.read(name)) for name in file.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        for name, content in members:
            file.writestr(name, content)


def a_terabyte(path):
    with open(path, "wb") as file:
        file.truncate(2**40)


def a_folder(path):
    path.mkdir()


HEADERS = [
    dict(settings=[]), dict(settings="tanh"), dict(settings={"rate": math.nan}), dict(num_layers=0),
    dict(num_layers=2), dict(num_layers=10**300), dict(num_layers=-1), dict(num_layers="1"), dict(num_layers=[1]),
    dict(num_layers=None), dict(format=["nnjax.mlp/1"]), dict(format="nnjax.mlp/2"),
]  # fmt: skip


@pytest.mark.parametrize(
    "write",
    [
        *(functools.partial(header, **changes) for changes in HEADERS),
        header_too_deep,
        header_of_numbers,
        no_header,
        another_compression,
        a_terabyte,
        a_folder,
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
    with pytest.raises(ValueError, match=r"^path=.*foreign.npz' is not a network saved by nnjax.mlp.save: .") as caught:
        mlp.load(path)
    assert type(caught.value) is ValueError
    assert len(str(caught.value)) < 500 + len(str(path))


def test_a_file_is_refused_by_its_size_unless_more_is_allowed(tmp_path):
    path = tmp_path / "a.npz"
    mlp.save(path, PARAMS, activation="tanh")
    size = path.stat().st_size
    assert len(mlp.load(path, max_bytes=2 * size)[0]) == 2
    with pytest.raises(ValueError, match=rf"the file has {size:,} bytes, which is more than max_bytes=99"):
        mlp.load(path, max_bytes=99)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("more.npy", bytes(10**6))
    with pytest.raises(ValueError, match=r"unpacked it takes [\d,]+ bytes, which is more than max_bytes=100,000"):
        mlp.load(path, max_bytes=100_000)


def test_whatever_byte_of_a_network_changes(tmp_path):
    """It is refused, or what was saved is what comes back."""
    path = tmp_path / "a.npz"
    params = drawn((2, 3, 1), "float32")
    mlp.save(path, params, activation="relu")
    raw, rng = path.read_bytes(), np.random.default_rng(0)
    for place in rng.permutation(len(raw))[:100].tolist():
        path.write_bytes(raw[:place] + bytes([raw[place] ^ int(rng.integers(1, 256))]) + raw[place + 1 :])
        try:
            again, settings = mlp.load(path)
        except ValueError:
            continue
        assert settings == {"activation": "relu"}
        for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(params), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize("path", [None, 3, b"a.npz", ["a.npz"], "a\0.npz"])
def test_what_is_no_path_is_refused(path):
    for call in (lambda: mlp.save(path, PARAMS, activation="tanh"), lambda: mlp.load(path)):
        with pytest.raises(ValueError, match=r"^path=.* must be the path of a file"):
            call()


# The file that was there before.


def bytes_at_most(limit):
    """No file of this process may have more bytes, as on a full disk; resource is not on every system."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_costs_no_file_that_was_there(tmp_path):
    path = tmp_path / "a.npz"
    mlp.save(path, PARAMS, activation="relu")
    before, larger = path.read_bytes(), drawn((5, 50, 1), "float32")
    lift = bytes_at_most(300)
    try:
        with pytest.raises(OSError, match=r"a\.npz"):
            mlp.save(path, larger, activation="tanh")
        with pytest.raises(OSError, match=r"new\.npz"):
            mlp.save(tmp_path / "new.npz", drawn((5, 50, 1), "float32"), activation="tanh")
    finally:
        lift()
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def test_an_interruption_costs_no_file_that_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    mlp.save(path, PARAMS, activation="tanh")

    def interrupted(*places):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mlp.save(path, drawn((5, 50, 1), "float32"), activation="tanh")
    assert mlp.load(path)[0][0].w.shape == (2, 3)
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.skipif(os.name != "posix", reason="other systems have other permissions")
def test_permissions_and_links_stay(tmp_path):
    mask = os.umask(0o027)
    try:
        mlp.save(tmp_path / "a.npz", PARAMS, activation="tanh")
    finally:
        os.umask(mask)
    assert (tmp_path / "a.npz").stat().st_mode & 0o777 == 0o640
    (tmp_path / "a.npz").chmod(0o604)
    (tmp_path / "link").symlink_to("a.npz")
    mlp.save(tmp_path / "link", PARAMS[:1], activation="tanh")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a.npz").stat().st_mode & 0o777 == 0o604
    assert len(mlp.load(tmp_path / "a.npz")[0]) == 1


def test_what_is_no_file_is_not_replaced(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"is a directory or a device, not a file"):
        mlp.save(tmp_path, PARAMS, activation="tanh")
    if os.name == "posix":
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ValueError, match=r"pipe' is a directory or a device"):
            mlp.save(tmp_path / "pipe", PARAMS, activation="tanh")
    path = tmp_path / "a.npz"
    mlp.save(path, PARAMS, activation="tanh")
    monkeypatch.setattr(os, "access", lambda place, mode: False)  # the tests may run as root, who may write everything
    with pytest.raises(PermissionError, match=r"a\.npz"):
        mlp.save(path, PARAMS, activation="tanh")
    with pytest.raises(FileNotFoundError, match=r"nowhere"):
        mlp.save(tmp_path / "nowhere" / "a.npz", PARAMS, activation="tanh")


def test_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    mlp.save("~/a.npz", PARAMS, activation="tanh")
    assert (tmp_path / "a.npz").exists()
    assert len(mlp.load("~/a.npz")[0]) == 2


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


DEEP = functools.reduce(lambda inner, _: [inner], range(100_000), [])
ROUND: list = []
ROUND.append(ROUND)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            dict(activation=jnp.tanh),
            r"^activation=<.* is a function, which cannot be saved: give its name, such as 'tanh'",
        ),
        (dict(output_activation=lambda z: z), r"^output_activation=<function .* is a function"),
        (dict(loss=[jnp.tanh]), r"^loss=\[.*\] cannot be saved as JSON: .*not JSON serializable"),
        (dict(activation="tanhh"), r"^activation='tanhh' is unknown; did you mean 'tanh'"),
        (dict(output_activation="numpy:nothing"), r"^output_activation='numpy:nothing' does not lead to a function"),
        (dict(activation=None), r"^activation=None must be a name or a function"),
        (dict(rate=math.nan), r"^rate=nan cannot be saved as JSON: Out of range float"),
        (dict(rates=[1, math.inf]), r"^rates=\[1, inf\] cannot be saved as JSON"),
        (dict(seed=np.int64(3)), r"^seed=.*3.* cannot be saved as JSON: .*int64"),
        (dict(x=np.ones(2)), r"^x=.* cannot be saved as JSON"),
        (dict(x={1: 2}), r"^x=\{1: 2\} would change in JSON: the keys of a dict must be strings"),
        (dict(x=1j), r"^x=1j cannot be saved"),
        (dict(x=DEEP), r"^x=\[.*\.\.\..*\] cannot be saved as JSON"),
        (dict(x=ROUND), r"^x=\[.*\.\.\..*\] cannot be saved as JSON"),
    ],
)
def test_settings_that_would_not_come_back_are_refused_before_a_file_is_written(tmp_path, given, message):
    with pytest.raises(ValueError, match=message):
        mlp.save(tmp_path / "a.npz", drawn((2, 1), "float32"), **given)
    assert not list(tmp_path.iterdir())


def test_a_tuple_among_the_settings_comes_back_as_a_list(tmp_path):
    mlp.save(tmp_path / "a.npz", drawn((2, 1), "float32"), hidden=(8, (8,)), text="\0é\ud800", rate=np.float64(0.1))
    assert mlp.load(tmp_path / "a.npz")[1] == {"hidden": [8, [8]], "text": "\0é\ud800", "rate": 0.1}


def bump(z):
    return jnp.exp(-(z**2))


@pytest.mark.parametrize("activation", ["softmax", "jax.numpy:sinc", "module"])
def test_what_was_saved_predicts_the_same(tmp_path, activation, monkeypatch):
    """`predict(params, x, **settings)` takes what `load` gives; a function of one's own is given to `load` again."""
    if activation == "module":
        monkeypatch.setitem(sys.modules, "a_module_of_mine", SimpleNamespace(bump=bump))
        activation = "a_module_of_mine:bump"
    given = {"activation": activation, "output_activation": "softmax"}
    with jax.enable_x64(True):
        params, x = drawn((3, 4, 2)), inputs(6, 3)
        expected = mlp.predict(params, x, **{name: activations.get(value, name) for name, value in given.items()})
        mlp.save(tmp_path / "a.npz", params, **given)
        own = {} if ":" not in activation else {"activation": activations.get(activation)}
        again, settings = mlp.load(tmp_path / "a.npz", functions=own)
        assert settings == given | own
        np.testing.assert_array_equal(mlp.predict(again, x, **settings), expected)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize("address", ["sys:exit", "os:abort", "nnjax.mlp:save", "jax.numpy:tanh", "users:f", ":", 3])
@pytest.mark.parametrize("name", ["activation", "output_activation"])
def test_load_imports_nothing_that_a_file_names(tmp_path, monkeypatch, name, address):
    (tmp_path / "users.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    header = {"format": mlp.FILE_FORMAT, "num_layers": 1, "settings": {name: address, "solver": "users:f"}}
    np.savez("a.npz", header=np.array(json.dumps(header)), w0=np.ones((2, 1)), b0=np.zeros(1))
    with pytest.raises(ValueError, match=rf"a\.npz' has {name}=.* imports nothing .* functions=\{{'{name}': f\}}$"):
        mlp.load("a.npz")
    for wrong in ({"loss": bump}, {name: address}, bump):
        with pytest.raises(ValueError, match=r"^functions=.* some of the keys activation, output_activation$"):
            mlp.load("a.npz", functions=wrong)  # pyright: ignore[reportArgumentType]
    assert mlp.load("a.npz", functions={name: bump})[1] == {name: bump, "solver": "users:f"}
    assert "users" not in sys.modules


def test_float64_stays_float64_where_jax_has_none(tmp_path):
    """A file knows its precision and JAX's switch does not; rounding a network changes it."""
    with jax.enable_x64(True):
        params, x = drawn((3, 4, 2)), inputs(6, 3)
        expected = np.asarray(mlp.predict(params, x))
        mlp.save(tmp_path / "a.npz", params, activation="tanh")
    again, _ = mlp.load(tmp_path / "a.npz")
    assert {leaf.dtype.name for leaf in jax.tree.leaves(again)} == {"float64"}
    for one in (again, params):
        found = mlp.predict(one, x)
        assert isinstance(found, np.ndarray)
        np.testing.assert_array_equal(found, expected) if one is again else np.testing.assert_allclose(
            found, expected, rtol=1e-14
        )
    rounded = jax.tree.map(np.float32, again)
    assert mlp.predict(rounded, x).dtype == np.float32
    assert np.abs(mlp.predict(rounded, x) - expected).max() > 1e-9
    refused = [
        lambda: mlp.apply(again, jnp.ones(3)),
        lambda: jax.jit(lambda x: mlp.predict(again, x))(jnp.ones((2, 3))),
        lambda: jax.jit(lambda: mlp.predict(again, x))(),
        lambda: jax.vmap(lambda row: mlp.apply(again, row))(jnp.ones((2, 3))),
    ]
    for call in refused:
        with pytest.raises(ValueError, match=r"params are float64, but JAX computes in float32 here .*jax_enable_x64"):
            call()


def changed(params, layer, **arrays):
    return tuple(one._replace(**arrays) if i == layer else one for i, one in enumerate(params))


PARAMS = tuple(Layer(np.ones((a, b), np.float32), np.zeros(b, np.float32)) for a, b in ((2, 3), (3, 1)))
ONES = np.ones((2, 3), np.float32)
BAD_PARAMS = [
    ((), r"^params=\(\) must hold at least one layer"),
    (None, r"^params=NoneType must be layers \(w, b\)"),
    (3, r"^params=int must be layers"),
    ([np.ones((2, 1))] * 2, r"params\[0\] has w of shape \(1,\) and b of shape \(1,\)"),
    ([(1, 2, 3)], r"^params=list must be layers"),
    (changed(PARAMS, 0, w=ONES[:, :2]), r"^params\[0\] has w of shape \(2, 2\) and b of shape \(3,\)"),
    (changed(PARAMS, 0, b=ONES[:1]), r"^params\[0\] has w of shape \(2, 3\) and b of shape \(1, 3\)"),
    (changed(PARAMS, 1, w=ONES[:, :1]), r"^params\[1\] .*after a layer of 3 neurons: they must be"),
    (changed(PARAMS, 1, w=ONES[0, 0]), r"^params\[1\] has w of shape \(\)"),
    (changed(PARAMS, 0, w=ONES[:0]), r"^params\[0\] has w of shape \(0, 3\)"),
    (changed(PARAMS, 1, b=np.nan * ONES[0, :1]), r"^params\[1\] holds nan or infinity"),
    (changed(PARAMS, 0, w=-np.inf * ONES), r"^params\[0\] holds nan or infinity"),
    (
        changed(PARAMS, 0, w=ONES.astype(int)),
        r"^params\[0\]\.w has dtype int64: all must have one dtype of float16",
    ),
    (changed(PARAMS, 0, w=ONES.astype("c8")), r"^params\[0\]\.w has dtype complex64"),
    (changed(PARAMS, 1, b=np.ones(1)), r"^params\[1\]\.b has dtype float64: all must have one dtype"),
    (changed(PARAMS, 1, b=np.array(["a"])), r"^params\[1\]\.b has dtype <U1"),
    (changed(PARAMS, 1, b=np.array([None])), r"^params\[1\]\.b has dtype object"),
    (drawn((2, 1), jnp.bfloat16), r"^params\[0\]\.w has dtype bfloat16"),
]


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize(("params", "message"), BAD_PARAMS)
def test_what_is_no_network_is_not_saved_and_not_loaded(tmp_path, params, message):
    path = tmp_path / "a.npz"
    with pytest.raises(ValueError, match=message):
        mlp.save(path, params, activation="tanh")
    assert not path.exists()
    if isinstance(params, tuple) and all(len(np.shape(w)) or len(np.shape(b)) for w, b in params):
        header = json.dumps({"format": mlp.FILE_FORMAT, "num_layers": len(params), "settings": {}})
        arrays = {f"{name}{i}": array for i, layer in enumerate(params) for name, array in layer._asdict().items()}
        np.savez(path, header=np.array(header), **arrays)
        with pytest.raises(ValueError, match=r"a\.npz' is not a network saved by nnjax.mlp.save: "):
            mlp.load(path)


@pytest.mark.parametrize("dtype", ["<f2", ">f4", ">f8", "<f8"])
def test_precision_is_kept_and_the_order_of_bytes_is_that_of_the_machine(tmp_path, dtype):
    params = tuple(Layer(w.astype(dtype), b.astype(dtype)) for w, b in PARAMS)
    mlp.save(tmp_path / "a.npz", params, activation="tanh")
    again, _ = mlp.load(tmp_path / "a.npz")
    assert {leaf.dtype for leaf in jax.tree.leaves(again)} == {np.dtype(dtype).newbyteorder("=")}
    assert all(leaf.flags.writeable for leaf in jax.tree.leaves(again))
    expected = mlp.predict(PARAMS, np.ones((2, 2)))
    np.testing.assert_allclose(mlp.predict(again, np.ones((2, 2))), expected, rtol=1e-3)


@pytest.mark.parametrize("shape", [(4,), (8, 3), (2, 8, 4), ()])
def test_predict_refuses_what_is_no_table_of_its_inputs(shape):
    params = drawn((4, 3, 3), "float32")
    with pytest.raises(ValueError, match=r"x has shape \(.*\); it must be \[n, 4\], a row for each example of 4"):
        mlp.predict(params, np.ones(shape))
