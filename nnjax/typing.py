"""Protocols of the functions that users write, and the types of the arguments of `nnjax.sweep`.

Any function with the right arguments fits; nothing has to be subclassed or registered. All but an `Executor` are called
inside programs that JAX traces, so they are written with `jax.numpy` and have no side effects. A global variable, a
default or a helper that a function uses becomes a constant of the program, with the value that it has when `sweep` is
called. If a NumPy array among them has been changed in place since the last call, its new values are used. A function
whose trace differs between two calls, because it draws random numbers with NumPy or reads a clock, is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import jax
import numpy as np
from jaxtyping import Array

if TYPE_CHECKING:
    import xarray as xr


@runtime_checkable
class Activation(Protocol):
    """`activation(z [n]) -> [n]`, the outputs of a layer's n neurons from their weighted sums; see `nnjax.activations`.

    The layout "lanes" and padding need an activation that is known to act on each neuron alone.
    """

    def __call__(self, z: Any, /) -> Array: ...


@runtime_checkable
class Initializer(Protocol):
    """`initializer(key, shape, dtype) -> array` of that shape, the initial weights or biases of one layer.

    It is called once for each layer of `nnjax.mlp`, with shape (fan_in, fan_out) for the weights and (1, fan_out) for
    the biases. Any initializer of JAX fits, such as `jax.nn.initializers.orthogonal()`. The layers of such networks do
    not nest (see `nnjax.mlp`), and padding is not possible.
    """

    def __call__(self, key: Any, shape: tuple[int, int], dtype: Any, /) -> Array: ...


@runtime_checkable
class Loss(Protocol):
    """`loss(output [k], target [k]) -> scalar`, the loss of one example; see `nnjax.losses`.

    The trainer takes the weighted mean over the rows.
    """

    def __call__(self, output: Any, target: Any, /) -> Array: ...


@runtime_checkable
class Schedule(Protocol):
    """`schedule(step) -> number`, from the number of steps taken before, an integer from 0: any schedule of optax fits.

    As `schedule=`, it is a factor on the learning rate; as `learning_rate=`, it is the learning rate itself.
    """

    def __call__(self, step: Any, /) -> Any: ...


@runtime_checkable
class SolverFactory(Protocol):
    """`factory(learning_rate, **numbers)` -> an optax transformation, or a `nnjax.solvers.Solver`; see `nnjax.solvers`.

    It is called inside the compiled program with traced numbers, so new values need no compiling: `learning_rate`
    is a scalar, or a function step -> scalar with a schedule or a warm-up. Other parameters with a number as default,
    or without a default, are the solver's hyperparameters. Examples are `optax.adam` and `functools.partial(optax.sgd,
    nesterov=True)`.
    """

    def __call__(self, *args: Any, **numbers: Any) -> Any: ...


@runtime_checkable
class Model(Protocol):
    """A network as a pair of pure functions: a module such as `nnjax.mlp`, or a `nnjax.training.Model` of the two.

    `init(key, sizes, *, init, bias_init, init_scale, bias_scale, dtype) -> params` draws the parameters, any tree of
    arrays; `init` and `bias_init` are given to it as to `sweep`, a name or an Initializer.
    `apply(params, x [d], *, activation, output_activation) -> y [k]` gives the outputs for one example.
    """

    @property
    def init(self) -> Callable[..., Any]:
        """Draws the parameters."""
        ...

    @property
    def apply(self) -> Callable[..., Any]:
        """Gives the outputs for one example."""
        ...


@runtime_checkable
class Measure(Protocol):
    """`measure(params, data) -> array`, computed for every network at every recorded step, with a fixed shape.

    `params` are those of one network, `data` the `nnjax.tasks.Data` that it trains on. A measure that has a further
    argument of one of these names is given it:

    - `predict(params, x [n, d]) -> y [n, k]`: the outputs of the network
    - `start`: its initial parameters
    - `loss(params) -> scalar`: the mean loss over all training rows
    - `accuracy(params, x [n, d], y [n, k]) -> scalar`: the fraction of rows that it answers correctly

    `def norm_of_gradient(params, data, *, loss)` is an example. `nnjax.measures` has some that are often needed.
    """

    def __call__(self, params: Any, data: Any, /, *args: Any, **given: Any) -> Any: ...


@runtime_checkable
class Executor(Protocol):
    """An executor that trains jobs elsewhere: any of `concurrent.futures` or with the same `submit`, such as Dask's.

    `submit(f, message)` runs `f(message)` in some process and returns a future; `f` and `message` are pickled. A job
    may be run twice, with the same result.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> "Future[Any]":
        """Have `fn(*args)` run somewhere; its result, or its exception, comes through the future."""
        ...


# Arguments of `sweep`: one value, or an axis of them.
type Values[T] = T | Sequence[T] | np.ndarray | np.number | jax.Array
# Functions by name or as they are; a dict {label: function} is an axis whose labels are its keys.
type Functions[F] = str | F | Sequence[str | F] | Mapping[str, str | F]
# A number, an axis of numbers, or a number for every combination of other axes.
type Numbers = float | Sequence[float] | np.ndarray | np.number | jax.Array | "xr.DataArray"
