"""Best polynomial approximations, lower bounds on the error of networks with polynomial activations.

A network of one hidden layer whose activation is a polynomial of degree k is itself a polynomial of degree k or less,
however many units it has (Leshno et al. 1993). So these errors bound its error from below.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy.polynomial import Chebyshev, Legendre, chebyshev

from nnjax.checks import whole_number
from nnjax.theory.quadrature import Function, Interval, check_interval, panels, rule, values

# Grid points per sign change of the error: a maximum is then missed by a fraction of 1e-6.
GRID_PER_SIGN = 600
# The exchange ends when the largest error is within this fraction of the levelled one, which is a lower bound.
LEVELLED = 1e-10
MAX_EXCHANGES = 100
# Errors below this fraction of the largest value of the target are rounding errors.
ROUNDING = 1e-14


class BestPolynomial(NamedTuple):
    """A polynomial, callable as a function of x, its error, and a proven lower bound on the least error."""

    error: float
    polynomial: Legendre | Chebyshev
    bound: float


def best_polynomial_l2(
    f: Function, degree: int, interval: Interval = (0.0, 1.0), breakpoints: Sequence[float] = ()
) -> BestPolynomial:
    """The best L2 approximation by a polynomial: the projection onto Legendre polynomials.

    The error is the norm sqrt(integral of e^2), and is its own bound.
    """
    degree, (low, high) = whole_number(degree, "degree", 0), check_interval(interval)
    # The panels resolve f; divided further they resolve its products with polynomials as well, which oscillate fastest
    # at the ends.
    parts = degree // 4 + 2
    more = (low + high) / 2 - (high - low) / 2 * np.cos(np.pi * np.arange(1, parts) / parts)
    edges = np.union1d(panels(f, (low, high), breakpoints), more)
    x, weights = rule(edges)
    y = values(f, x)
    basis = np.polynomial.legendre.legvander((2 * x - low - high) / (high - low), degree)
    norms = (high - low) / (2 * np.arange(degree + 1) + 1)
    best = Legendre(basis.T @ (weights * y) / norms, domain=[low, high])
    error = float(np.sqrt(weights @ (y - best(x)) ** 2))
    return BestPolynomial(error, best, error)


def best_polynomial_uniform(
    f: Function, degree: int, interval: Interval = (0.0, 1.0), breakpoints: Sequence[float] = ()
) -> BestPolynomial:
    """The best uniform approximation by a polynomial: Remez's exchange, on a fine grid with both sides of breakpoints.

    The error is the largest on the grid. The bound is the largest levelled error of any reference (de la Vallée Poussin
    1910): no polynomial of the degree has a smaller largest error.

    Raises:
        ValueError: for a wrong interval or degree, and for a function that is not finite.
    """
    degree, (low, high) = whole_number(degree, "degree", 0), check_interval(interval)
    num = GRID_PER_SIGN * (degree + 2)
    x = (low + high) / 2 - (high - low) / 2 * np.cos(np.pi * np.arange(num + 1) / num)
    beside = [np.nextafter(t, side) for t in breakpoints for side in (low, high) if low < t < high]
    x = np.union1d(x, [*beside, *(t for t in breakpoints if low < t < high)])
    y = values(f, x)
    basis = chebyshev.chebvander(np.clip((2 * x - low - high) / (high - low), -1, 1), degree)
    signs = (-1.0) ** np.arange(degree + 2)
    # The extrema of Chebyshev's polynomial, slightly shifted: on a symmetric reference the error of an even function
    # cannot be levelled.
    u = -np.cos(np.pi * np.arange(degree + 2) / (degree + 1))
    reference = np.searchsorted(x, np.clip((low + high) / 2 + (high - low) / 2 * (u + 0.05 * (1 - u * u)), low, high))
    best = (np.inf, np.zeros(degree + 1))
    bound, rng = 0.0, np.random.default_rng(0)
    for _ in range(MAX_EXCHANGES):
        solution = np.linalg.solve(np.column_stack([basis[reference], signs]), y[reference])
        error = y - basis @ solution[:-1]
        largest, bound = np.abs(error).max(), max(bound, abs(solution[-1]))
        best = min(best, (largest, solution[:-1]), key=lambda pair: pair[0])
        if largest <= ROUNDING * np.abs(y).max() or best[0] <= (1 + LEVELLED) * bound:
            break
        turned = _exchanged(error, reference)
        if turned is not None and (turned == reference).all():
            break
        # If the error cannot be levelled on a reference (an even function at mirrored points), a random one is tried.
        reference = np.sort(rng.choice(len(x), degree + 2, replace=False)) if turned is None else turned
    return BestPolynomial(float(best[0]), Chebyshev(best[1], domain=[low, high]), float(min(bound, best[0])))


def _exchanged(
    error: Float[np.ndarray, " m"], reference: Int[np.ndarray, " count"]
) -> Int[np.ndarray, " count"] | None:
    """The next reference: the error alternates on it, is nowhere smaller than on the last, and its maximum is in it.

    So the levelled error rises with every exchange. None if the error does not alternate on the last reference.
    """
    signs = np.sign(error)
    if (signs[reference[1:]] != -signs[reference[:-1]]).any() or signs[reference[0]] == 0:
        return None
    # Each point moves to the extremum of the stretch of one sign that it lies in.
    edges = np.flatnonzero(np.diff(signs) != 0) + 1
    starts, stops = np.append(0, edges), np.append(edges, len(error))
    stretch = np.searchsorted(edges, reference, "right")
    spans = zip(starts[stretch].tolist(), stops[stretch].tolist(), strict=True)
    places = [start + int(np.abs(error[start:stop]).argmax()) for start, stop in spans]
    greatest = int(np.abs(error).argmax())
    if abs(error[greatest]) > np.abs(error[places]).max():
        after = int(np.searchsorted(places, greatest))
        beside = [i for i in (after - 1, after) if 0 <= i < len(places) and signs[places[i]] == signs[greatest]]
        if beside:
            places[beside[0]] = greatest
        else:  # outside of all, and of the other sign than the nearest: the point at the other end is dropped
            places = [greatest, *places[:-1]] if after == 0 else [*places[1:], greatest]
    return np.array(places)
