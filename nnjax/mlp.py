"""A multilayer perceptron as a pair of pure functions, `init` and `apply`.

    params = mlp.init(key, sizes=(2, 3, 1))               # a tuple of Layer(w, b)
    y      = mlp.apply(params, x, activation="tanh")      # one example in, one output out
    ys     = mlp.predict(params, xs, activation="tanh")   # many examples

Networks nest, as every neuron draws its weights from a key of its own. Before scaling, the first n neurons of a wider
layer are the neurons of the layer of width n. The first layers of a deeper network are those of the shallower one.
(This needs the partitionable threefry generator, which is JAX's default.) The exceptions are the initialization
"orthogonal" and functions such as `jax.nn.initializers.he_normal()`, which draw a whole layer at once.
"""

import contextlib
import errno
import io
import itertools
import json
import math
import os
import reprlib
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Key

from nnjax import initializers
from nnjax.activations import ACTIVATIONS, get, identity, tanh
from nnjax.checks import check_key, is_number, real_numbers, whole_number
from nnjax.tasks import binary
from nnjax.typing import Initializer

type Scalar = ArrayLike
type Elementwise = Callable[[Array], Array]

FILE_FORMAT = "nnjax.mlp/1"
# The dtypes that parameters in a file may have, and the settings in it that are functions.
DTYPES = ("float16", "float32", "float64")
ACTIVATES = ("activation", "output_activation")


class Layer(NamedTuple):
    """One layer of neurons: `w` [fan_in, fan_out] and `b` [fan_out]."""

    w: Any
    b: Any


type Params = tuple[Layer, ...]


def init(
    key: Key[Array, ""],
    sizes: tuple[int, ...],
    *,
    init: str | Initializer = "lecun_normal",
    bias_init: str | Initializer = "zeros",
    init_scale: Scalar = 1.0,
    bias_scale: Scalar = 1.0,
    x_low: ArrayLike = -1.0,
    x_high: ArrayLike = 1.0,
    dtype: Any = None,
) -> Params:
    """Draw the initial parameters of a network.

    Args:
        key: random key of this network.
        sizes: numbers of inputs, of neurons in every hidden layer, and of outputs, such as (2, 3, 1).
        init: name of the distribution of the initial weights, see `nnjax.initializers`; or a function (key, shape,
            dtype) -> array, which is called once for each layer, with shape (fan_in, fan_out).
        bias_init: the same for the biases, with shape (1, fan_out); usually "zeros", which "spread" requires.
        init_scale: factor on the weights; the standard deviation for "normal", the half-width for "uniform".
        bias_scale: the same for the biases. For "spread" both have their own meaning, see `initializers.spread`.
        x_low: least value of the inputs, a number or [d]; `x_high` is the greatest. Only "spread" uses them.
        dtype: floating-point dtype of the parameters; JAX's default float when None.

    Returns:
        A tuple of Layer(w [fan_in, fan_out], b [fan_out]), one for each pair of adjacent sizes.

    Raises:
        ValueError: for a key that is not a random key, fewer than two sizes, and a size below 1. It is also raised for
            an unknown initializer, or one that returns another shape. "spread" is refused as bias_init, and as init
            with a bias_init other than "zeros".
    """
    check_key(key)
    if len(sizes) < 2 or not all(is_number(n, Integral) and n >= 1 for n in sizes):
        raise ValueError(f"sizes={sizes!r} must hold at least two whole numbers of 1 or more, such as (2, 3, 1)")
    dtype = jnp.zeros((), dtype).dtype
    draw_w = initializers.get(init, "init")
    draw_b = initializers.get(bias_init, "bias_init")
    if draw_b.units is not None:
        raise ValueError(f"bias_init={bias_init!r} draws weights and biases together: give it as init")
    if draw_w.units is not None and bias_init != "zeros":
        raise ValueError(f"bias_init={bias_init!r} with init={init!r}, which draws the biases too: leave it at 'zeros'")
    layers = []
    for layer_key, fan_in, fan_out in zip(jax.random.split(key, len(sizes) - 1), sizes[:-1], sizes[1:], strict=True):
        if draw_w.units is not None and not layers and len(sizes) > 2:
            scales = {"init_scale": init_scale, "bias_scale": bias_scale}
            units = draw_w.units(layer_key, (fan_in, fan_out), dtype, x_low=x_low, x_high=x_high, **scales)
            layers.append(Layer(*units))
            continue
        key_w, key_b = jax.random.split(layer_key)
        w = draw_w(key_w, (fan_in, fan_out), (fan_in, fan_out), dtype)
        b = draw_b(key_b, (1, fan_out), (fan_in, fan_out), dtype)[0]
        layers.append(Layer(w * jnp.asarray(init_scale, dtype), b * jnp.asarray(bias_scale, dtype)))
    return tuple(layers)


def apply(
    params: Params,
    x: Float[Array, " d"],
    *,
    activation: str | Elementwise = tanh,
    output_activation: str | Elementwise = identity,
) -> Float[Array, " k"]:
    """Outputs of the network for one example: x [d] -> y [k]. For many examples use `predict` or `vmap`.

    `activation` acts on every hidden layer, `output_activation` on the last; both may be given by name.

    Raises:
        ValueError: for an unknown activation; for float64 parameters where JAX has no float64 (`jax_enable_x64` is off)
            and would round them; and for a NumPy array x that is converted to their dtype and exceeds its range.
        TypeError: for any other setting than the two activations.
    """
    activation, output_activation = get(activation), get(output_activation, "output_activation")
    _check_precision(params)
    if isinstance(x, np.ndarray):  # JAX would let NumPy's large integers wrap around
        x = _converted(x, jnp.result_type(*jax.tree.leaves(params)))
    for w, b in params[:-1]:
        x = activation(x @ w + b)
    w, b = params[-1]
    return output_activation(x @ w + b)


def predict(
    params: Params,
    x: ArrayLike,
    *,
    activation: str | Elementwise = tanh,
    output_activation: str | Elementwise = identity,
) -> Float[Array, "n k"] | Float[np.ndarray, "n k"]:
    """Outputs for many examples: x [n, d] -> y [n, k], equal to `apply` on each up to rounding.

    Activations may be given by name, so that `predict(params, x, **settings)` takes what `save` and `load` keep if no
    other settings than activations were saved; another one, such as learning_rate, makes it raise a TypeError.
    Parameters in float64 give outputs in float64. Where JAX has no float64 (`jax_enable_x64` is off), these outputs are
    a NumPy array, and inside a traced program float64 parameters are refused.

    Layers are computed as [neurons, examples], so that vector instructions run over the examples, usually the longer
    axis. One hidden layer of 2 to 8 neurons trains four to eight times faster than as [examples, neurons].

    Raises:
        ValueError: if x is not of rank 2, has another number of columns than the network has inputs, or holds anything
            but real numbers; if it is converted to the parameters' dtype and exceeds its range; for an unknown
            activation; for params that are not the layers of one network, such as the pair that `load` returns; inside
            a traced program also for float64 parameters where JAX has no float64.
        TypeError: for any other setting than the two activations.
    """
    if _would_be_rounded(params):
        with jax.enable_x64(True):
            y = predict(params, x, activation=activation, output_activation=output_activation)
        with contextlib.suppress(jax.errors.TracerArrayConversionError):
            return np.asarray(y)
    num_inputs = _num_inputs(params)
    _check_precision(params)
    dtype = jnp.result_type(*jax.tree.leaves(params))
    x = x if isinstance(x, jax.Array) else _converted(real_numbers(x, "x"), dtype)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        if not (jnp.issubdtype(x.dtype, jnp.integer) or x.dtype == bool):
            raise ValueError(f"x has dtype {x.dtype}: it must hold real numbers")
        x = x.astype(dtype)
    if x.ndim != 2 or x.shape[1] != num_inputs:
        raise ValueError(
            f"x has shape {x.shape}; it must be [n, {num_inputs}], a row for each example of {num_inputs} inputs "
            "(for one example x, give x[None])"
        )
    activation, output_activation = get(activation), get(output_activation, "output_activation")
    columns = x.T
    for layer in params[:-1]:
        columns = jax.vmap(activation, in_axes=1, out_axes=1)(sums(layer, columns))
    return jax.vmap(output_activation, in_axes=1)(sums(params[-1], columns))


def sums(layer: Layer, columns: Float[Array, "d n"]) -> Float[Array, "k n"]:
    """Pre-activations [k, n] of k neurons for n examples: transpose(w) @ columns + b."""
    return jax.lax.dot_general(layer.w, columns, (((0,), (0,)), ((), ()))) + layer.b[:, None]


def _converted(x: np.ndarray, dtype: Any) -> Array:
    """Convert NumPy to JAX: a float dtype that JAX has is kept, others become `dtype` (JAX would let integers wrap)."""
    kept = x.dtype in (np.float16, np.float32) or (x.dtype == np.float64 and jax.config.jax_enable_x64)
    with np.errstate(over="ignore"):
        converted = x.astype(x.dtype.newbyteorder("=") if kept else dtype)
    if not kept and (np.isinf(converted) & np.isfinite(x)).any():
        raise ValueError(f"x reaches {np.abs(x[np.isfinite(x)]).max():.3g}, beyond the range of {np.dtype(dtype)}")
    return jnp.asarray(converted)


def _num_inputs(params: Params) -> int:
    """The number of inputs of a network.

    Raises:
        ValueError: unless `params` are layers (w [fan_in, fan_out], b [fan_out]) of floats whose shapes fit together.
    """
    with contextlib.suppress(Exception):  # whatever is raised because these are not layers
        shapes = [(np.shape(w), np.shape(b)) for w, b in params]
        entering = [shapes[0][0][0], *(b[-1] for _, b in shapes[:-1])]
        good = all(w == (size, *b) for (w, b), size in zip(shapes, entering, strict=True))
        floats = all(jnp.issubdtype(jnp.result_type(leaf), jnp.floating) for leaf in jax.tree.leaves(params))
        if good and floats and isinstance(params[0], Layer):
            return int(entering[0])
    found = reprlib.repr(jax.tree.map(lambda leaf: getattr(leaf, "shape", leaf), params))
    raise ValueError(
        f"params={found} must be layers (w [fan_in, fan_out], b [fan_out]) of one network, as nnjax.mlp.init returns; "
        "nnjax.mlp.load returns a pair (params, settings), and several networks need jax.vmap"
    )


def _check_precision(params: Params) -> None:
    if _would_be_rounded(params):
        raise ValueError(
            "params are float64, but JAX computes in float32 here and would round them: call "
            "jax.config.update('jax_enable_x64', True), or round them yourself: jax.tree.map(np.float32, params)"
        )


def _would_be_rounded(params: Params) -> bool:
    """Whether there are float64 parameters that JAX would convert to float32."""
    return not jax.config.jax_enable_x64 and any(
        getattr(leaf, "dtype", None) == np.float64 for leaf in jax.tree.leaves(params)
    )


def num_params(sizes: tuple[int, ...]) -> int:
    """Number of weights and biases: the sum over layers of (fan_in + 1) * fan_out."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in itertools.pairwise(sizes))


def width_for_budget(budget: int, depth: int, num_inputs: int, num_outputs: int) -> int:
    """The greatest width at which a network of `depth` equal hidden layers has at most `budget` parameters.

    Raises:
        ValueError: if even width 1 has more parameters, and for arguments below 1 or not whole (`budget` need not be).
    """

    if not is_number(budget) or not 1 <= budget < np.inf:
        raise ValueError(f"budget={budget!r} must be a finite number of 1 or more")
    for name, value in (("depth", depth), ("num_inputs", num_inputs), ("num_outputs", num_outputs)):
        whole_number(value, name)

    def cost(width: int) -> int:
        return num_params((num_inputs, *(width,) * depth, num_outputs))

    if cost(1) > budget:
        raise ValueError(
            f"budget={budget!r} is too small for depth={depth!r}: a network of width 1 has {cost(1)} parameters"
        )
    high = 2
    while cost(high) <= budget:
        high *= 2
    low = high // 2
    while high - low > 1:  # cost(low) <= budget < cost(high)
        middle = (low + high) // 2
        low, high = (middle, high) if cost(middle) <= budget else (low, middle)
    return low


def hidden_for_budget(
    budget: int, depth: int, num_inputs: int, num_outputs: int, tolerance: float = 0.05
) -> tuple[int, ...]:
    """Sizes of `depth` hidden layers, equal except for at most one, for a network of about `budget` parameters.

    All layers are equal if that is within the tolerance, a fraction of the budget. Otherwise one layer is changed as
    little as possible; among equal changes the earliest layer is chosen, so that the later ones can have residual
    connections.

    Raises:
        ValueError: if no such sizes are within the tolerance, or the budget is too small for the depth.
    """
    width = width_for_budget(budget, depth, num_inputs, num_outputs)
    found = []
    for base, place in itertools.product((width, width + 1), range(depth)):

        def layers(size: int, base: int = base, place: int = place) -> tuple[int, ...]:
            return (*(base,) * place, size, *(base,) * (depth - place - 1))

        def count(size: int, layers: Callable = layers) -> int:
            return num_params((num_inputs, *layers(size), num_outputs))

        # The number of parameters is linear in one size, so the allowed size nearest to `base` is `base` or at an end.
        slope = count(2) - count(1)
        ends = [(budget * (1 + sign * tolerance) - count(0)) / slope for sign in (-1, 1)] if 0 <= tolerance < 1 else []
        for size in {base, *(max(1, math.floor(end) + i) for end in ends for i in (0, 1))}:
            off = abs(count(size) - budget) / budget
            if off <= tolerance:
                found.append((abs(size - base), place, off, layers(size)))
    if not found:
        raise ValueError(f"budget={budget!r} with depth={depth!r}: no sizes come within tolerance={tolerance!r} of it")
    return min(found)[-1]


def save(path: str | os.PathLike, params: Params, **settings: Any) -> None:
    """Write the parameters to one `.npz` file, together with JSON settings (activation="tanh", ...).

    Save the activations as settings, by name: `predict` needs them. If nothing else is saved with them,
    `predict(params, x, **settings)` takes what `load` returns; another setting, such as learning_rate, makes it raise a
    TypeError. Only plain arrays are written, in their own dtype, so that `numpy.load` opens the file; it holds no
    pickle. An existing file is replaced once the new one is complete.

    Args:
        path: the file; its name is kept as it is, whatever its suffix. `~` is the home folder.
        params: layers of w [fan_in, fan_out] and b [fan_out], all float16, float32 or float64 and finite.
        settings: `activation`, if there are hidden layers, and whatever else you like: strings, numbers, True, False,
            None, and lists and dicts of them. A tuple comes back as a list.

    Raises:
        ValueError: for parameters that are not a network or not finite, an unknown activation, a function instead of
            its name, and a setting that JSON cannot hold.
        OSError: if the file cannot be written, for example on a full disk; an existing file is then left as it was.
    """
    place = Path(os.path.realpath(binary.place(path)))  # the file that a link leads to is replaced, not the link
    try:
        given = [(w, b) for w, b in params]
        layers = [(np.asarray(w), np.asarray(b)) for w, b in given]
    except Exception as error:  # whatever is raised because these are not layers
        raise ValueError(f"params={type(params).__name__} must be layers (w, b), as nnjax.mlp.init returns") from error
    if any(np.ma.is_masked(array) for layer in given for array in layer):
        raise ValueError("params holds masked entries, and masks cannot be saved: fill them in")
    layers = _checked(layers)
    if len(layers) > 1 and "activation" not in settings:
        raise ValueError(
            "activation is missing: without it, the file does not say what the network computes; give it by name, "
            "activation='tanh', or as **run.settings of nnjax.refit"
        )
    for name in ACTIVATES:
        if name in settings and not callable(settings[name]):
            get(settings[name], name)
    header = {"format": FILE_FORMAT, "num_layers": len(layers), "settings": _as_json(settings)}
    arrays = {f"{name}{i}": array for i, layer in enumerate(layers) for name, array in layer._asdict().items()}
    content = io.BytesIO()
    np.savez(content, header=np.array(json.dumps(header)), **arrays)
    _replace(place, content.getbuffer())


def load(
    path: str | os.PathLike, *, functions: Mapping[str, Elementwise] | None = None, max_bytes: int = binary.MAX_BYTES
) -> tuple[Params, dict[str, Any]]:
    """Read what `save` wrote: (params, settings).

    The parameters are NumPy arrays in the dtype in which they were saved, and `predict` computes in it. Neither `load`
    nor `predict(params, x, **settings)` runs code that the file names, so the file may come from a stranger.

    Args:
        path: the file.
        functions: the activations whose names in the file are "module:function": {"activation": f}, and
            "output_activation" likewise. They are then in the settings. Other settings are returned as they were saved.
        max_bytes: the most bytes that the file may have, packed or unpacked.

    Raises:
        ValueError: for a file that `save` did not write, and for one of more than `max_bytes`; for an activation that
            is no name in `nnjax.activations` and not among `functions`.
        OSError: if the file cannot be read.
    """
    place = binary.place(path)
    given = {} if functions is None else functions
    if not isinstance(given, Mapping) or not set(given) <= set(ACTIVATES) or not all(map(callable, given.values())):
        raise ValueError(
            f"functions={functions!r:.80} must be a dict of functions with some of the keys {', '.join(ACTIVATES)}"
        )
    try:
        params, settings = _read(place, max_bytes)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"path={os.fspath(path)!r} is not a network saved by nnjax.mlp.save: {error}") from error
    for name in ACTIVATES:
        value = settings.get(name)
        if name not in settings or (isinstance(value, str) and value in ACTIVATIONS):
            continue
        if name not in given:
            raise ValueError(
                f"path={os.fspath(path)!r} has {name}={value!r:.80}, which is no name in nnjax.activations, and load "
                f"imports nothing that a file names: give the function itself, functions={{{name!r}: f}}"
            )
        settings[name] = given[name]
    return params, settings


def _checked(layers: Sequence[tuple[np.ndarray, np.ndarray]]) -> Params:
    """The same arrays as layers, in the byte order of this machine.

    Raises:
        ValueError: naming the layer, unless they are finite numbers of one dtype whose shapes fit one another.
    """
    if not layers:
        raise ValueError("params=() must hold at least one layer")
    for i, (w, b) in enumerate(layers):
        for name, array in (("w", w), ("b", b)):
            if array.dtype.name not in DTYPES or array.dtype.name != layers[0][0].dtype.name:
                raise ValueError(
                    f"params[{i}].{name} has dtype {array.dtype}: all must have one dtype of {', '.join(DTYPES)}"
                )
        fan_in = layers[i - 1][1].shape if i else w.shape[:1]
        if w.ndim != 2 or 0 in w.shape or w.shape[:1] != fan_in or w.shape[1:] != b.shape:
            before = f", after a layer of {fan_in[0]} neurons" if i else ""
            raise ValueError(
                f"params[{i}] has w of shape {w.shape} and b of shape {b.shape}{before}: "
                "they must be [fan_in, fan_out] and [fan_out]"
            )
        if not (np.isfinite(w).all() and np.isfinite(b).all()):
            raise ValueError(f"params[{i}] holds nan or infinity: all weights and biases must be finite")
    native = layers[0][0].dtype.newbyteorder("=")
    return tuple(Layer(w.astype(native), b.astype(native)) for w, b in layers)


def _as_json(settings: dict[str, Any]) -> dict[str, Any]:
    """Check that JSON can hold the settings, and return them."""
    for name, value in settings.items():
        if callable(value):
            raise ValueError(
                f"{name}={value!r:.80} is a function, which cannot be saved: give its name, such as 'tanh' or "
                "'module:function'"
            )
        try:
            same = json.loads(json.dumps(value, allow_nan=False)) == _listed(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"{name}={reprlib.repr(value)} cannot be saved as JSON: {error}") from error
        if not same:
            raise ValueError(f"{name}={reprlib.repr(value)} would change in JSON: the keys of a dict must be strings")
    return settings


def _listed(value: Any) -> Any:
    """The same value with its tuples turned into lists, as JSON does."""
    if isinstance(value, dict):
        return {key: _listed(one) for key, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, list | tuple) else value


def _replace(place: Path, content: bytes | memoryview) -> None:
    """Write a file under another name and rename it once it is complete, so that no failure destroys the old file."""
    if place.exists() and not place.is_file():
        raise ValueError(f"path={os.fspath(place)!r} is a directory or a device, not a file")
    half = place.parent / f".nnjax-{secrets.token_hex(8)}"
    try:
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with open(half, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            shutil.copymode(place, half)
        os.replace(half, place)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), os.fspath(place)) from error
    finally:  # renamed already, unless writing failed or was interrupted
        half.unlink(missing_ok=True)


def _read(place: Path, max_bytes: int) -> tuple[Params, dict[str, Any]]:
    """The layers and the settings of a file.

    Raises:
        ValueError: for anything that `save` does not write.
    """
    found = dict(binary.members(binary.read_file(place, max_bytes), max_bytes))
    if "header" not in found:
        raise ValueError("it has no header")
    header = json.loads(str(binary.read_array(found.pop("header"), "U")), parse_constant=_no_number)
    if not isinstance(header, dict) or header.get("format") != FILE_FORMAT:
        raise ValueError(f"its header does not name the format {FILE_FORMAT!r}")
    count, settings = header.get("num_layers"), header.get("settings")
    if not isinstance(settings, dict):
        raise ValueError("its settings are not a dict")
    names = [f"{name}{i}" for i in range(len(found) // 2) for name in "wb"]
    if count != len(found) // 2 or sorted(names) != sorted(found):
        raise ValueError(f"its header says {count!r:.20} layers, but its arrays are {reprlib.repr(sorted(found))}")
    arrays = [binary.read_array(found[name]) for name in names]
    return _checked(list(zip(arrays[::2], arrays[1::2], strict=True))), settings


def _no_number(text: str) -> None:
    raise ValueError(f"its header holds {text}, which is not valid JSON")
