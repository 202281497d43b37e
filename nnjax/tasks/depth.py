"""Data sets on which deep and shallow networks differ, or are said to, drawn anew for each seed.

The targets of regression have mean 0 and variance 1 over the distribution of the inputs. So a mean squared error is a
fraction of the error of always predicting 0.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnjax.checks import whole_number
from nnjax.tasks.data import Data
from nnjax.tasks.drawing import generator
from nnjax.tasks.examples import data

# Rows at which an expansion is evaluated at a time: 20 MB for 8 variables.
ROWS_AT_ONCE = 1_024

type Points = Float[np.ndarray, "n d"]


def sawtooth(num_pieces: int, seed: int = 0, *, num_rows: int = 8_192, num_test: int = 8_192) -> Data:
    """The sawtooth of Telgarsky 2016 with `num_pieces` linear pieces on [-1, 1].

    2^k pieces take k hidden layers of two ReLUs, while one hidden layer of N units has N + 1 pieces at most. One
    training point is drawn in each of `num_rows` equal cells; the test points are the midpoints of `num_test` equal
    cells.

    Raises:
        ValueError: for fewer than 2 pieces, or fewer than two points per piece.
    """
    if whole_number(num_pieces, "num_pieces", 2) * 2 > num_rows:
        raise ValueError(f"num_pieces={num_pieces!r} must be a whole number from 2 to num_rows / 2 = {num_rows // 2}")

    def teeth(x: np.ndarray) -> np.ndarray:
        phase = (x + 1) / 2 * num_pieces
        return np.sqrt(3) * (1 - 2 * np.abs(phase % 2 - 1))

    return _on_a_line(teeth, seed, num_rows, num_test)


def square(seed: int = 0, *, num_rows: int = 8_192, num_test: int = 8_192) -> Data:
    """x^2 on [-1, 1], shifted and scaled to mean 0 and variance 1; points as in `sawtooth`.

    A ReLU network of m levels has an error of 2^(-2m-2) for x^2 on [0, 1] (Yarotsky 2017). Here, where |x| takes one
    more layer and the target is scaled, the error is sqrt(45/4) = 3.4 times as large.
    """
    return _on_a_line(lambda x: (x * x - 1 / 3) * np.sqrt(45 / 4), seed, num_rows, num_test)


def _check(**counts: int) -> None:
    for name, count in counts.items():
        whole_number(count, name)


def _on_a_line(function: Callable[[np.ndarray], np.ndarray], seed: int, num_rows: int, num_test: int) -> Data:
    _check(num_rows=num_rows, num_test=num_test)
    rng = generator(seed)
    x = 2 * (np.arange(num_rows) + rng.uniform(size=num_rows)) / num_rows - 1
    x_test = (2 * np.arange(num_test) + 1) / num_test - 1
    return data(x[:, None], function(x)[:, None], x_test[:, None], function(x_test)[:, None])


class Expansion(NamedTuple):
    """A function on [-1, 1]^d given by its coefficients in the orthonormal tensor basis of Legendre polynomials.

    The coefficients have d axes of degree + 1 each; the basis functions are products of sqrt(2k + 1) P_k(x_i), whose
    mean square over the cube is 1.
    """

    coefficients: np.ndarray

    def __call__(self, x: Points) -> Float[np.ndarray, " n"]:
        """Values [n] at points [n, d]."""
        return np.concatenate([self._values(rows) for rows in np.array_split(x, -(-len(x) // ROWS_AT_ONCE))])

    def _values(self, x: Points) -> Float[np.ndarray, " n"]:
        degree = self.coefficients.shape[0] - 1
        bases = [orthonormal(x[:, i], degree) for i in range(x.shape[1])]
        # One variable after another: the first contraction gives [n, ...], each further one removes an axis.
        left = np.tensordot(bases[0], self.coefficients, axes=(1, 0))
        for basis in bases[1:]:
            left = np.einsum("nk,nk...->n...", basis, left)
        return left

    def with_random_signs(self, rng: np.random.Generator) -> "Expansion":
        """The same coefficients in absolute value, with random signs: equally smooth, but no longer a composition."""
        return Expansion(self.coefficients * rng.choice([-1.0, 1.0], size=self.coefficients.shape))


def orthonormal(x: Float[np.ndarray, " n"], degree: int) -> Float[np.ndarray, "n k"]:
    """The Legendre polynomials of degree 0 to `degree` at x [n], each of mean square 1 over [-1, 1]."""
    return np.polynomial.legendre.legvander(x, degree) * np.sqrt(2 * np.arange(degree + 1) + 1)


def binary_tree(rng: np.random.Generator, num_levels: int = 3, degree: int = 2) -> Expansion:
    """A random composition of functions of two variables, along a binary tree of 2^num_levels variables.

    A leaf is a random linear combination of the products of two orthonormal polynomials of degree up to `degree`,
    without the constant; an inner node is w1 a + w2 b + w3 a b of its two children a and b. Every node has mean 0 and
    variance 1, because its children do and depend on different variables, and its squared coefficients sum to 1.
    """

    def node(level: int) -> np.ndarray:
        if level == 1:
            c = rng.normal(size=(degree + 1, degree + 1))
            c[0, 0] = 0
            return c / np.sqrt(np.sum(c * c))
        a, b = node(level - 1), node(level - 1)
        w = rng.normal(size=3)
        w /= np.sqrt(np.sum(w * w))
        one = np.zeros_like(a)
        one[(0,) * one.ndim] = 1
        return w[0] * np.multiply.outer(a, one) + w[1] * np.multiply.outer(one, b) + w[2] * np.multiply.outer(a, b)

    return Expansion(node(num_levels))


def composition(
    seed: int = 0, *, control: bool = False, num_levels: int = 3, num_rows: int = 8_192, num_test: int = 2_048
) -> Data:
    """A random composition of 8 (2^num_levels) variables on the cube [-1, 1]^8 (Mhaskar & Poggio 2016), or its control.

    Args:
        seed: seed of the function and of the points.
        control: whether to draw new signs for the coefficients in the orthonormal tensor basis. Then only the absolute
            values of the coefficients are those of the composition of the same seed.
        num_levels: number of levels of the tree, which has 2^num_levels variables.
        num_rows: number of training points; `num_test`, of test points. Both are uniform on the cube.

    Raises:
        ValueError: for counts that are not whole numbers of 1 or more.
    """
    _check(num_levels=num_levels, num_rows=num_rows, num_test=num_test)
    rng = generator(seed)
    function = binary_tree(rng, num_levels)
    signs, points = rng.spawn(2)
    if control:
        function = function.with_random_signs(signs)
    x = points.uniform(-1, 1, size=(num_rows + num_test, 2**num_levels))
    y = function(x)[:, None]
    return data(x[:num_rows], y[:num_rows], x[num_rows:], y[num_rows:])


def radial(
    seed: int = 0, *, dim: int = 4, num_waves: float | int = 2, num_rows: int = 8_192, num_test: int = 2_048
) -> Data:
    """sqrt(2) sin(2 pi num_waves |x|) on the unit ball, |x| uniform on [0, 1] and the direction uniform on the sphere.

    After Eldan & Shamir 2016: two hidden layers can compute |x| and then the wave, while one hidden layer needs many
    more units in high dimensions. An integer `num_waves` gives mean 0 and variance 1.

    Raises:
        ValueError: for `dim` below 2, and for counts that are not whole numbers of 1 or more.
    """
    _check(dim=dim, num_rows=num_rows, num_test=num_test)
    if dim < 2:
        raise ValueError(f"dim={dim!r} must be 2 or more")
    rng = generator(seed)
    direction = rng.normal(size=(num_rows + num_test, dim))
    radius = rng.uniform(size=(num_rows + num_test, 1))
    x = direction / np.linalg.norm(direction, axis=1, keepdims=True) * radius
    y = np.sqrt(2) * np.sin(2 * np.pi * num_waves * radius)
    return data(x[:num_rows], y[:num_rows], x[num_rows:], y[num_rows:])


def two_spirals(
    seed: int = 0, *, num_turns: float | int = 2, noise: float = 0.02, num_rows: int = 2_048, num_test: int = 4_096
) -> Data:
    """Two interleaved spirals in the plane (Lang & Witbrock 1988); y is 0 on one of them and 1 on the other.

    Args:
        seed: seed of the points.
        num_turns: number of turns of each spiral around the origin, out to radius 1.
        noise: standard deviation of the normal noise on both coordinates.
        num_rows: number of training points; `num_test`, of test points. Each is on either spiral with probability 1/2,
            at a squared radius that is uniform on [0.01, 1].

    Raises:
        ValueError: for counts that are not whole numbers of 1 or more.
    """
    _check(num_rows=num_rows, num_test=num_test)
    rng = generator(seed)
    n = num_rows + num_test
    side, radius = rng.integers(2, size=n), np.sqrt(rng.uniform(0.01, 1, size=n))
    angle = 2 * np.pi * num_turns * radius + np.pi * side
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + noise * rng.normal(size=(n, 2))
    y = side[:, None]
    return data(x[:num_rows], y[:num_rows], x[num_rows:], y[num_rows:])
