"""A search for good ReLU networks of one input: descend, move knots and turn units, descend again.

Descents are Levenberg-Marquardt on the hidden layer, with the output layer solved for (variable projection), on rows
that lie closer where the target bends more. Between two descents the knots that help least are moved to where the error
is, and units turn to directions that cost least on these knots. A round that ends no lower is undone; the last descent
is on more rows. A search costs the same for every start.

Everything is on [0, 1]. A ReLU network is linear between its knots. For given knots the best piecewise-linear function
is found by linear least squares, in a basis of hat functions. A network can represent it if one condition on its slopes
holds, which depends on which way its units face (see `nnjax.theory.relu_networks`).
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import machine, mlp, solvers, tasks, training
from nnjax.activations import relu
from nnjax.tasks import Data
from nnjax.theory import approximation

INTERVAL = (0.0, 1.0)
RATE = 1.0  # the first damping that suits ReLU networks (see `nnjax.solvers.variable_projection`)
EDGE = 1e-6  # a knot this near an end, or beyond it, does nothing on the interval
RIDGE = 1e-10  # added to the normal equations, as a share of their mean diagonal: a piece may hold no row
# Units turn to one of this many best choices of directions, drawn at random: the best before a descent need not be
# the best after it.
CHOICES = 4
# Ingredients of the search that are left out, alone and together, to measure what they do.
WITHOUT: dict[str, dict[str, bool]] = {
    "rows closer at bends": {"bending": False},
    "finer rows at last": {"finer": False},
    "spread knots": {"spread": False},
    "turning round": {"turning": False},
    "birth and death": {"rebirth": False},
    "both moves": {"turning": False, "rebirth": False},
    "moves and spread knots": {"turning": False, "rebirth": False, "spread": False},
}


class Search(NamedTuple):
    """A search: rows, rounds and steps are its budget, the rest are its ingredients."""

    rows: int
    final_rows: int
    rounds: int
    round_steps: int = 15
    final_steps: int = 25
    spread: bool = True  # one knot starts in each of N equal parts, instead of where normal weights put them
    rebirth: bool = True  # knots that help least, or have left, are put where the error is
    turning: bool = True  # after that units turn to directions that cost least
    finer: bool = True  # the last descent is on more rows
    bending: bool = True  # half of the rows lie closer where the target bends more


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


def exact(name: str, networks: Networks) -> np.ndarray:
    """Exact L2 errors [s] on [0, 1]; infinite for a network that diverged."""
    finite = np.all([np.isfinite(a).reshape(len(a), -1).all(axis=1) for a in networks], axis=0)
    errors = np.full(len(finite), np.inf)
    kept = Networks(*(a[finite] for a in networks))
    errors[finite] = approximation.relu_network_error(on_unit_interval(name), *kept, INTERVAL)
    return errors


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
        knots, left = reborn(knots, data, int(rng.integers(2 + n // 4))), left[order]
    if how.turning:
        inside = (knots > 0) & (knots < 1)
        turned = np.sort(knots[inside])
        knots = np.concatenate([turned, knots[~inside]])
        left = np.concatenate([directions(turned, data, rng), left[~inside]])
    sign = np.where(left, -1.0, 1.0)
    return Networks(sign, -sign * knots, np.zeros(n), np.zeros(()))


class Fit(NamedTuple):
    """The best piecewise-linear function on edges [n+1].

    `slopes` [n] are its slopes, and `to_slopes` [n, n+1] is the operator from values to slopes. `inverse` [n+1, n+1] is
    that of the normal equations. `errors` [n] are the squared errors on each piece.
    """

    slopes: np.ndarray
    to_slopes: np.ndarray
    inverse: np.ndarray
    errors: np.ndarray


def fit(knots: np.ndarray, rows: Data) -> Fit:
    """Least squares on rows of given weight, for rising knots inside the interval."""
    edges = np.concatenate([[0.0], knots, [1.0]])
    x, y = rows.x[:, 0], rows.y[:, 0]
    piece = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    lengths = np.diff(edges)
    across = (x - edges[piece]) / lengths[piece]
    hats = np.zeros((len(x), len(edges)))
    i = np.arange(len(x))
    hats[i, piece], hats[i, piece + 1] = 1 - across, across
    normal = hats.T @ (rows.weight[:, None] * hats)
    normal += RIDGE * np.trace(normal) / len(normal) * np.eye(len(normal))
    inverse = np.linalg.inv(normal)
    values = inverse @ (hats.T @ (rows.weight * y))
    squares = np.bincount(piece, rows.weight * (y - hats @ values) ** 2, len(lengths))
    to_slopes = (np.eye(len(edges))[1:] - np.eye(len(edges))[:-1]) / lengths[:, None]
    return Fit(to_slopes @ values, to_slopes, inverse, squares)


def reborn(knots: np.ndarray, rows: Data, num_deaths: int) -> np.ndarray:
    """As many knots [n], all inside and rising: those outside come back, and the `num_deaths` that help least move.

    The cost of removing a knot is the rise of the error when its kink is forced to be 0. A knot is put into the middle
    of the piece that has the largest error.
    """
    inside = np.sort(knots[(knots > EDGE) & (knots < 1 - EDGE)])
    inside = inside[np.diff(inside, prepend=0.0) > EDGE]
    for _ in range(min(num_deaths, len(inside) - 1)):
        at = fit(inside, rows)
        to_kinks = np.diff(at.to_slopes, axis=0)
        spread = np.einsum("ij,jk,ik->i", to_kinks, at.inverse, to_kinks)
        inside = np.delete(inside, (np.diff(at.slopes) ** 2 / spread).argmin())
    while len(inside) < len(knots):
        worst = fit(inside, rows).errors.argmax()
        edges = np.concatenate([[0.0], inside, [1.0]])
        inside = np.sort(np.append(inside, (edges[worst] + edges[worst + 1]) / 2))
    return inside


def directions(knots: np.ndarray, rows: Data, rng: np.random.Generator) -> np.ndarray:
    """Which units [n] face left: one of the choices of one piece or three that cost least on these knots.

    Units face left up to the first chosen piece, right up to the second, left up to the third. The condition is that
    the first slope less the second plus the third is 0; it costs its square over its variance.
    """
    at = fit(knots, rows)
    n = len(at.slopes)
    spread = at.to_slopes @ at.inverse @ at.to_slopes.T
    own = np.diag(spread)
    i, j, k = np.indices((n, n, n)).reshape(3, -1)
    kept = (i < j) & (j < k) | (i == j) & (j == k)
    i, j, k = i[kept], j[kept], k[kept]
    variance = own[i] + own[j] + own[k] + 2 * (spread[i, k] - spread[i, j] - spread[j, k])
    cost = (at.slopes[i] - at.slopes[j] + at.slopes[k]) ** 2 / variance
    chosen = rng.choice(np.argsort(cost, kind="stable")[:CHOICES])
    unit = np.arange(n - 1)
    return (unit < i[chosen]) | ((unit >= j[chosen]) & (unit < k[chosen]))
