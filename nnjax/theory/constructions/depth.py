"""Deep narrow networks with explicit weights for a sawtooth and for x^2, and the shallow wide networks that match them.

All are ReLU networks of one input on [0, 1] and one output, in JAX's default float:

    params = deep_sawtooth(12)                 # 24 neurons, 4,096 linear pieces
    y      = mlp.predict(params, x, activation=relu)

The tent t -> 2 relu(t) - 4 relu(t - 1/2) folds [0, 1] in two. Applied k times it is a sawtooth of 2^k pieces. The
series x - sum over l of (sawtooth of 2^l pieces) / 4^l converges to x^2.

| network | hidden neurons | weights and biases | largest error |
|---|---|---|---|
| `deep_sawtooth(k)` | 2 k | 6 k + 1 | 0 |
| `shallow_sawtooth(k)` | 2^k | 3 2^k + 1 | 0 |
| `deep_square(m)` | 3 m | 12 m - 2 | 2^(-2m-2) |
| `shallow_square(n)` | n | 3 n + 1 | 1 / (8 n^2) |

The errors are those of exact arithmetic. The sawtooths have them in float32 too. In float32 the errors of the squares
fall to about 2e-7 (deep) and 5e-6 (shallow, n about 200). They fall no further, because with more units rounding errors
add up. In float64 rounding does not matter.
"""

import jax.numpy as jnp
import numpy as np

from nnjax.checks import whole_number
from nnjax.mlp import Layer, Params
from nnjax.theory.constructions.approximation import relu_interpolant

MOST_FOLDS = 1000


def deep_sawtooth(num_folds: int) -> Params:
    """A sawtooth of 2^k linear pieces between 0 and 1: k hidden layers of 2 ReLUs (Telgarsky 2015).

    Args:
        num_folds: k, 1 or more.

    Every hidden layer computes the same fold, so without its last few hidden layers it is the sawtooth of fewer folds.

    Raises:
        ValueError: for a number of folds that is not a whole number from 1 to 1,000.
    """
    folds = whole_number(num_folds, "num_folds", most=MOST_FOLDS)
    first = (np.ones((1, 2)), [0.0, -0.5])
    later = (np.array([[2.0, 2.0], [-4.0, -4.0]]), [0.0, -0.5])
    return _layers([first, *[later] * (folds - 1), (np.array([[2.0], [-4.0]]), [0.0])])


def deep_square(num_levels: int) -> Params:
    """x^2 approximated from above, to within 2^(-2m-2): m hidden layers of 3 ReLUs (Yarotsky 2017, proposition 2).

    It interpolates x^2 linearly between the multiples of 2^-m. Two units of each layer fold, the third carries the
    partial sum, which is never negative, so that no connection skips a layer.

    Args:
        num_levels: m, 1 or more.

    Raises:
        ValueError: for a number of levels that is not a whole number from 1 to 1,000.
    """
    levels = whole_number(num_levels, "num_levels", most=MOST_FOLDS)
    fold = np.array([2.0, -4.0])  # the tent from the two units that fold
    carried = [np.array([*-fold * 4.0**-level, 1.0]) for level in range(1, levels + 1)]
    first = (np.ones((1, 3)), [0.0, -0.5, 0.0])
    tents = np.array([[2.0, 2.0], [-4.0, -4.0], [0.0, 0.0]])
    later = [(np.column_stack([tents, column]), [0.0, -0.5, 0.0]) for column in carried[:-1]]
    return _layers([first, *later, (carried[-1][:, None], [0.0])])


def shallow_sawtooth(num_folds: int) -> Params:
    """The sawtooth of 2^k pieces with one hidden layer: one ReLU per piece.

    Args:
        num_folds: k, 1 or more; the network has 2^k units.

    Raises:
        ValueError: for a number of folds that is not a whole number from 1 to 24.
    """
    pieces = 2 ** whole_number(num_folds, "num_folds", most=24)
    return relu_interpolant(np.arange(pieces + 1) / pieces, np.arange(pieces + 1) % 2.0)


def shallow_square(num_units: int) -> Params:
    """x^2 approximated to within 1 / (8 n^2) on both sides, with one hidden layer of n ReLUs: n equal pieces.

    No n pieces do better (`nnjax.theory.depth.square_error`). Linear interpolation of x^2 has errors of up to
    1 / (4 n^2), all on one side, and is lowered by half of that.

    Args:
        num_units: n, 1 or more.

    Raises:
        ValueError: for a number of units that is not a whole number from 1 to 2^24.
    """
    n = whole_number(num_units, "num_units", most=2**24)
    edges = np.arange(n + 1) / n
    return relu_interpolant(edges, edges**2 - 1 / (8 * n**2))


def _layers(layers: list[tuple[np.ndarray, list[float]]]) -> Params:
    """Convert float64 weights and biases to layers of JAX's default float."""
    return tuple(Layer(jnp.asarray(np.asarray(w, float)), jnp.asarray(np.asarray(b, float))) for w, b in layers)
