"""The search: descend, move knots and turn units, descend again, and in the end descend on more rows."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.universal_approximation.near_the_best import moves
from experiments.universal_approximation.near_the_best.config import Search
from nnjax import machine, mlp, solvers, tasks, training
from nnjax.activations import relu
from nnjax.tasks import Data
from nnjax.theory import approximation

# The first damping that suits ReLU networks (see `nnjax.solvers.variable_projection`).
RATE = 1.0


class Networks(NamedTuple):
    """sum_i v_i relu(w_i x + b_i) + c of s starts: w, b, v [s, n], c [s]."""

    w: np.ndarray
    b: np.ndarray
    v: np.ndarray
    c: np.ndarray

    def picked(self, better: np.ndarray, other: "Networks") -> "Networks":
        """These where `better` [s], else the others."""
        pairs = zip(self, other, strict=True)
        return Networks(*(np.where(better.reshape(-1, *[1] * (a.ndim - 1)), a, b) for a, b in pairs))


def on_unit_interval(name: str) -> Callable[[Any], Any]:
    """A target moved to [0, 1]: ReLU networks can be moved with it, so ratios of errors do not change."""
    found = tasks.TARGETS[name]
    low, high = found.interval
    return lambda x: found.function(low + (high - low) * x)


def rows(f: Callable, num_rows: int, bending: bool = True) -> Data:
    """Midpoints of cells, weighted by the cells' lengths; half of the edges are equally spaced, half dense at bends."""
    if bending:
        half = num_rows // 2
        bent = approximation.equidistributed_knots(f, half + 1)[1:-1]
        edges = np.sort(np.concatenate([np.linspace(0, 1, num_rows - half + 1), bent]))
    else:
        edges = np.linspace(0, 1, num_rows + 1)
    x = (edges[1:] + edges[:-1]) / 2
    return Data(x[:, None], f(x)[:, None], weight=np.diff(edges))


def stratified_init(key, sizes, *, init, bias_init, init_scale=1.0, bias_scale=1.0, dtype=None):
    """A knot in each of N equal parts of [0, 1], units of slope 1 or -1; `init` and `bias_init` are not used."""
    _, n, k = sizes
    key_t, key_sign, key_v = jax.random.split(key, 3)
    t = (jnp.arange(n) + jax.random.uniform(key_t, (n,), dtype)) / n
    sign = jax.random.rademacher(key_sign, (n,), dtype)
    v = jax.random.normal(key_v, (n, k), dtype) / n**0.5
    return mlp.Layer(sign[None, :], -sign * t), mlp.Layer(v, jnp.zeros((k,), dtype))


def starts(num_units: int, seeds: range, spread: bool) -> Networks:
    """First networks of these seeds, from `stratified_init` or with normal weights and biases."""
    with jax.enable_x64(True):
        return _networks(_draw(num_units, spread)(jnp.asarray(seeds)))


@functools.cache
def _draw(num_units: int, spread: bool) -> Callable:
    """The first networks of seeds [s], compiled once."""

    def draw(seed):
        key = jax.random.key(seed, impl="threefry2x32")
        if spread:
            return stratified_init(key, (1, num_units, 1), init="", bias_init="", dtype=jnp.float64)
        return mlp.init(key, (1, num_units, 1), init="normal", bias_init="normal", dtype=jnp.float64)

    return jax.jit(jax.vmap(draw))


def _networks(params: Any) -> Networks:
    (w, b), (v, c) = jax.tree.map(np.asarray, params)
    return Networks(w[:, 0], b, v[:, :, 0], c[:, 0])


@functools.cache
def _program(num_units: int) -> Any:
    """Some steps of variable projection for many networks of a width."""
    spec = training.Spec((1, num_units, 1), activation=relu, solver=solvers.get("variable_projection"), dtype="float64")

    def advance(params: Any, x: Any, y: Any, weight: Any, num_steps: Any) -> Any:
        hyper, data = {"learning_rate": RATE}, Data(x, y, weight=weight)
        state = training.begin(jax.random.key(0), params, hyper, data, spec)  # the key is not used: full batch
        return training.advance(state, hyper, data, 0, num_steps, spec).params

    options = dict(machine.compiler_options())
    return jax.jit(jax.vmap(advance, in_axes=(0, None, None, None, None)), compiler_options=options)


@contextlib.contextmanager
def _precise() -> Iterator[None]:
    """Double precision throughout, in the thread that asks for it."""
    with jax.enable_x64(True), jax.default_matmul_precision("highest"):
        yield


@functools.cache
def _compiled(num_units: int, num_networks: int, num_rows: int) -> Callable:
    """The compiled program for these numbers; ask for it in one thread, as two at once would compile it twice."""
    like = jax.ShapeDtypeStruct
    w, b, v, c = ((num_networks, *shape) for shape in ((1, num_units), (num_units,), (num_units, 1), (1,)))
    params = tuple(mlp.Layer(like(first, float), like(second, float)) for first, second in ((w, b), (v, c)))
    rows = [like((num_rows, 1), float), like((num_rows, 1), float), like((num_rows,), float)]
    return _program(num_units).lower(params, *rows, 1).compile()


def descended(networks: Networks, data: Data, num_steps: int) -> Networks:
    """The networks after `num_steps` steps of variable projection; one half of them on each of two threads."""
    middle = (len(networks.c) + 1) // 2
    halves = [Networks(*(a[which] for a in networks)) for which in (slice(0, middle), slice(middle, None))]

    with _precise():
        ready = [_compiled(half.w.shape[1], len(half.c), len(data.x)) for half in halves]

    def descend(program: Callable, half: Networks) -> Networks:
        w, b, v, c = half
        params = (mlp.Layer(w[:, None, :], b), mlp.Layer(v[:, :, None], c[:, None]))
        with _precise():
            return _networks(program(params, data.x, data.y, data.weight, num_steps))

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(descend, ready, halves))
    return Networks(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def losses(networks: Networks, data: Data) -> np.ndarray:
    """Weighted mean squares [s] on the rows."""
    found = np.empty(len(networks.c))
    for s, (w, b, v, c) in enumerate(zip(*networks, strict=True)):
        found[s] = data.weight @ (np.maximum(data.x * w + b, 0) @ v + c - data.y[:, 0]) ** 2
    return np.where(np.isfinite(found), found, np.inf)


def searched(f: Callable, num_units: int, seeds: range, how: Search) -> Networks:
    """The networks a search ends with.

    Every start has a seed of its own, costs the same, and does not depend on any other start.
    """
    data = rows(f, how.rows, how.bending)
    rngs = [np.random.default_rng([seed, num_units]) for seed in seeds]
    best = descended(starts(num_units, seeds, how.spread), data, how.round_steps)
    lowest = losses(best, data)
    for _ in range(how.rounds - 1):
        tried = best
        if how.rebirth or how.turning:
            parts = [_moved(Networks(*(a[s] for a in best)), data, rng, how) for s, rng in enumerate(rngs)]
            tried = Networks(*(np.array(part) for part in zip(*parts, strict=True)))
        tried = descended(tried, data, how.round_steps)
        now = losses(tried, data)
        best, lowest = tried.picked(now < lowest, best), np.minimum(now, lowest)
    last = rows(f, how.final_rows, how.bending) if how.finer else data
    return descended(best, last, how.final_steps)


def _moved(one: Networks, data: Data, rng: np.random.Generator, how: Search) -> Networks:
    """One network with its knots moved and its units turned; the next descent solves for its outputs anew."""
    n = len(one.w)
    with np.errstate(divide="ignore", invalid="ignore"):
        knots = np.nan_to_num(-one.b / one.w, nan=-1.0, posinf=2.0, neginf=-1.0)
    left = one.w < 0
    if how.rebirth:
        order = np.argsort(knots, kind="stable")
        knots, left = moves.reborn(knots, data, int(rng.integers(2 + n // 4))), left[order]
    if how.turning:
        inside = (knots > 0) & (knots < 1)
        turned = np.sort(knots[inside])
        knots = np.concatenate([turned, knots[~inside]])
        left = np.concatenate([moves.directions(turned, data, rng), left[~inside]])
    sign = np.where(left, -1.0, 1.0)
    return Networks(sign, -sign * knots, np.zeros(n), np.zeros(()))
