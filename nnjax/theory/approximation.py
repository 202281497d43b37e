"""Errors of the best possible approximations of a function, as references for trained networks.

    best  = best_free_knot(f, 9)             # E(9): a lower bound on the L2 error of 8 ReLU units, with its knots
    net   = best_relu_network(f, 8)          # the best 8 units over all orientations
    exact = relu_network_error(f, w, b, v, c, interval)      # the error of a trained network, piece by piece
    cubic = best_polynomial_l2(f, 3)         # a lower bound for networks with cubic activations

Nothing here is trained and nothing needs JAX. All L2 errors are norms, sqrt(integral of e^2); on an interval of length
1 that is the root mean square, otherwise it is sqrt(length) times as much (`l2_to_rms`).
"""

from collections.abc import Sequence

from nnjax.checks import whole_number
from nnjax.theory.free_knots import (
    FreeKnots,
    best_free_knot,
    equidistributed_knots,
    fixed_knots,
    free_knot_bound,
)
from nnjax.theory.piecewise_linear import l2_error, relu_network_edges, relu_network_error
from nnjax.theory.polynomials import BestPolynomial, best_polynomial_l2, best_polynomial_uniform
from nnjax.theory.quadrature import Function, Interval, check_interval, integral, l2_norm, panels
from nnjax.theory.relu_networks import ReluNetwork, best_relu_network

__all__ = [
    "BestPolynomial",
    "FreeKnots",
    "Function",
    "Interval",
    "ReluNetwork",
    "asymptotic_l2",
    "asymptotic_uniform",
    "best_free_knot",
    "best_polynomial_l2",
    "best_polynomial_uniform",
    "best_relu_network",
    "equidistributed_knots",
    "fixed_knots",
    "free_knot_bound",
    "integral",
    "l2_error",
    "l2_norm",
    "l2_to_rms",
    "maurey_squared_error",
    "panels",
    "relu_network_edges",
    "relu_network_error",
]


def asymptotic_l2(
    second_derivative: Function,
    num_pieces: int,
    interval: Interval = (0.0, 1.0),
    breakpoints: Sequence[float] = (),
) -> float:
    """The asymptotic L2 error E(n) of the best n pieces: (integral of |f''|^(2/5))^(5/2) / (sqrt(720) n^2).

    The best line on a short piece of length h has the error |f''| h^(5/2) / sqrt(720). Equal shares of the integral
    make the errors of all pieces equal (Burchard & Hale 1975; de Boor 1973). f needs two continuous derivatives.
    """
    num_pieces = whole_number(num_pieces, "num_pieces")
    density = integral(lambda x: abs(second_derivative(x)) ** 0.4, interval, breakpoints)
    return density**2.5 / (720**0.5 * num_pieces**2)


def asymptotic_uniform(
    second_derivative: Function,
    num_pieces: int,
    interval: Interval = (0.0, 1.0),
    breakpoints: Sequence[float] = (),
) -> float:
    """The asymptotic largest error of the best n pieces: (integral of |f''|^(1/2))^2 / (16 n^2).

    The best line on a short piece of length h has a largest error of |f''| h^2 / 16.
    """
    num_pieces = whole_number(num_pieces, "num_pieces")
    density = integral(lambda x: abs(second_derivative(x)) ** 0.5, interval, breakpoints)
    return density**2 / (16 * num_pieces**2)


def l2_to_rms(error: float, interval: Interval) -> float:
    """Convert the L2 norm of an error to the root mean square error: the norm divided by sqrt(length)."""
    low, high = check_interval(interval)
    return error / (high - low) ** 0.5


def maurey_squared_error(second_moment: float, squared_norm: float, num_units: int) -> float:
    """The expected squared L2 error of N random units, each with output weight a/N, whose expected sum is f.

    For f(x) = E[a sigma(w.x + b)] it is exactly (E ||a sigma(w.x + b)||^2 - ||f||^2) / N: the variance of a mean of N
    independent draws (Maurey; Pisier 1981; Barron 1993, lemma 1).

    Args:
        second_moment: E ||a sigma||^2, the mean over the distribution of a unit's squared norm.
        squared_norm: ||f||^2, in the same norm.
        num_units: N.

    Raises:
        ValueError: if the second moment is below the squared norm, which is impossible for any distribution.
    """
    num_units = whole_number(num_units, "num_units")
    if not 0 <= squared_norm <= second_moment < float("inf"):
        raise ValueError(
            f"squared_norm={squared_norm!r} must be from 0 to second_moment={second_moment!r}, and both finite"
        )
    return (second_moment - squared_norm) / num_units
