"""How variances, correlations and gradients propagate through random networks of infinite width.

A layer is z = W f(z') + b with Gaussian weights of variance `weight_variance` / fan_in and biases of variance
`bias_variance`. In the limit of infinite width its sums z are Gaussian. Their variance q and, for two inputs of the
same variance, their correlation c follow from those of the layer before. On the way back each layer multiplies the
gradient's mean square by chi. Numbers are NumPy's float64; an activation is a name in `nnjax.activations`.

    f = expectations("tanh")
    fixed_point(f, weight_variance=2.0, bias_variance=0.05).xi_c       # 25.2 layers
    critical_weight_variance(f, bias_variance=0.05)                    # 1.760

Sources: Poole, Lahiri, Raghu, Sohl-Dickstein & Ganguli 2016, Exponential expressivity in deep neural networks through
transient chaos, NeurIPS; Schoenholz, Gilmer, Ganguli & Sohl-Dickstein 2017, Deep information propagation, ICLR.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize
import scipy.special
from jaxtyping import Float

from nnjax import naming
from nnjax.checks import whole_number

type Numbers = float | Float[np.ndarray, "*shape"]
type Function = Callable[[np.ndarray], np.ndarray]

# Panels of the radius of a point with two standard normal coordinates; it exceeds 10 once in 5 * 10^21 draws.
RADII = (0.0, 0.001, 0.004, 0.016, 0.06, 0.25, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
NUM_RADII, NUM_ANGLES = 12, 48  # Gauss-Legendre nodes of each panel, and of each sector between two kinks
# An expectation may change by this fraction with half the nodes each way; its error is far less, 1e-9 for q < 100.
TOLERANCE = 1e-4
SMALLEST, LARGEST = 1e-20, 1e6  # a variance below SMALLEST counts as 0, above LARGEST as infinite
ROUNDING = 1e-13  # relative difference from its image within which a variance counts as fixed
LEAST_LOG = 1e-9  # a factor per layer whose logarithm is closer to 0 counts as 1, and its depth scale as infinite


class Expectations(NamedTuple):
    """Gaussian expectations of an activation f, each a function of the variance q, or of q and the correlation c.

    u and v are Gaussian of mean 0, variance q and correlation c.
    """

    square: Callable[[Any], Any]  # E f(u)^2
    square_growth: Callable[[Any], Any]  # d/dq E f(u)^2
    slope_square: Callable[[Any], Any]  # E f'(u)^2
    product: Callable[[float, float], float]  # E f(u) f(v)
    slope_product: Callable[[float, float], float]  # E f'(u) f'(v)
    excess: float | None = None  # E f^4 / (E f^2)^2 - 1 where it is the same for every q


class FixedPoint(NamedTuple):
    """The limits of signals with depth, and the depth scales xi: infinite where change is slower than exponential.

    `variance` q*: 0, inf, or the fixed point reached from variance 1. `correlation` c*: 1 if two inputs become equal,
    less if they stay apart; nan if q* is 0 or infinite. `chi` multiplies the gradient's mean square per layer at q*.
    `xi_q`, `xi_c`: the numbers of layers over which the distances from q* and c* fall by a factor of e.
    `xi_gradient`: the layers over which the gradient's mean square changes by a factor of e; equals xi_c where c* is 1.
    """

    variance: float
    correlation: float
    chi: float
    xi_q: float
    xi_c: float
    xi_gradient: float


def expectations(activation: str) -> Expectations:
    """The expectations of an activation: closed forms for piecewise linear ones, step, sine and cosine.

    The others are numerical integrals, those of two variables in polar coordinates, where the kink at 0 lies on rays.

    Raises:
        ValueError: for an unknown name and for softmax, which is not elementwise; the returned functions raise it for a
            variance at which an integral has not converged.
    """
    known = _known()
    if activation not in known:
        raise naming.unknown(activation, list(known), "activation")
    return known[activation]


def variance_map(
    f: Expectations, q: Numbers, weight_variance: Numbers, bias_variance: Numbers
) -> Float[np.ndarray, "*shape"]:
    """The variance of the sums of a layer from that of the layer before (Poole et al. 2016, equation 3)."""
    return np.asarray(weight_variance * f.square(q) + bias_variance)


def correlation_map(f: Expectations, c: float, q: float, weight_variance: float, bias_variance: float) -> float:
    """The correlation of two inputs in a layer from that in the layer before (Poole et al. 2016, equation 5)."""
    after = float(variance_map(f, q, weight_variance, bias_variance))
    return (weight_variance * f.product(q, c) + bias_variance) / after


def chi(f: Expectations, q: Numbers, weight_variance: Numbers) -> Float[np.ndarray, "*shape"]:
    """The factor on the gradient's mean square in a layer: weight_variance E f'^2 (Schoenholz et al. 2017, eq. 5)."""
    return np.asarray(weight_variance * f.slope_square(q))


def variances(
    f: Expectations, first: float, weight_variance: float, bias_variance: float, num_layers: int
) -> Float[np.ndarray, " l"]:
    """The variance in each of `num_layers` layers, from that in the first layer, `first`."""
    q = [float(first)]
    for _ in range(whole_number(num_layers, "num_layers") - 1):
        q.append(float(variance_map(f, q[-1], weight_variance, bias_variance)))
    return np.array(q)


def correlations(
    f: Expectations, first: float, q: Float[np.ndarray, " l"], weight_variance: float, bias_variance: float
) -> Float[np.ndarray, " l"]:
    """The correlation of two inputs in each layer, from that in the first and the variances q of the layers."""
    c = [float(first)]
    for one in q[:-1]:
        c.append(correlation_map(f, c[-1], float(one), weight_variance, bias_variance))
    return np.array(c)


def fixed_point(f: Expectations, weight_variance: float, bias_variance: float) -> FixedPoint:
    """Fixed points of variance and correlation and their depth scales (Schoenholz et al. 2017, equations 5 to 12)."""
    q = fixed_variance(f, weight_variance, bias_variance)
    at = min(max(q, SMALLEST), 1 / SMALLEST)
    slope, growth = float(chi(f, at, weight_variance)), weight_variance * float(f.square_growth(at))
    if not 0 < q < math.inf:
        return FixedPoint(q, math.nan, slope, _scale(growth), math.nan, _scale(slope))
    c = fixed_correlation(f, q, weight_variance, bias_variance)
    xi_c = _scale(slope if c == 1 else weight_variance * f.slope_product(q, c))
    return FixedPoint(q, c, slope, _scale(growth), xi_c, _scale(slope))


def fixed_variance(f: Expectations, weight_variance: float, bias_variance: float, start: float = 1.0) -> float:
    """The nearest fixed point of the variance in the direction in which it moves from `start`; it may be 0 or inf.

    If every variance is fixed, as for ReLU with weights of variance 2 and no biases, it is `start`.

    Raises:
        ValueError: for a variance below 0, and a start that is not above 0.
    """
    for name, value in (("weight_variance", weight_variance), ("bias_variance", bias_variance)):
        if not 0 <= value < math.inf:
            raise ValueError(f"{name}={value!r} must be 0 or more, and finite")
    if not 0 < start < math.inf:
        raise ValueError(f"start={start!r} must be above 0, and finite")

    def ahead(log_q: float) -> float:
        q = math.exp(log_q)
        mapped = float(variance_map(f, q, weight_variance, bias_variance))
        found = math.log(mapped / q) if mapped > 0 else -math.inf
        return 0.0 if abs(found) < ROUNDING else found

    here = math.log(start)
    way = ahead(here)
    if way == 0:
        return start
    while math.log(SMALLEST) < here < math.log(LARGEST):
        there = here + math.copysign(math.log(2), way)
        if ahead(there) * way < 0:
            return math.exp(_root(ahead, here, there))
        here = there
    return 0.0 if way < 0 else math.inf


def fixed_correlation(f: Expectations, q: float, weight_variance: float, bias_variance: float) -> float:
    """The stable fixed point of the correlation at a fixed point q of the variance: 1 if chi <= 1, else below 1.

    The map is a power series in c with coefficients of 0 or more, so it has at most one fixed point below 1.
    """

    def ahead(c: float) -> float:
        return correlation_map(f, c, q, weight_variance, bias_variance) - c

    if float(chi(f, q, weight_variance)) <= 1:
        return 1.0
    distance = 0.5
    while distance > 1e-9:
        if ahead(1 - distance) < 0:
            return _root(ahead, 0.0, 1 - distance) if ahead(0.0) > 0 else 0.0
        distance /= 2
    return 1.0  # too close to 1 to tell apart from it in float64


def critical_weight_variance(f: Expectations, bias_variance: float) -> float:
    """The least variance of the weights that is critical with biases of a given variance above 0.

    Raises:
        ValueError: if there is none for which the fixed point of the variance is from 1e-6 to 1e3.
    """

    def beyond(log_q: float) -> float:
        q = math.exp(log_q)
        return q - float(f.square(q) / f.slope_square(q)) - bias_variance

    grid = np.linspace(math.log(1e-6), math.log(1e3), 60)
    values = [beyond(one) for one in grid]
    for low, high, a, b in zip(grid[:-1], grid[1:], values[:-1], values[1:], strict=True):
        if (a < 0 <= b or b <= 0 < a) and np.isfinite(f.slope_square(math.exp(low))):
            return 1 / float(f.slope_square(math.exp(_root(beyond, float(low), float(high)))))
    raise ValueError(
        f"bias_variance={bias_variance!r}: no critical variance of the weights has its fixed point from 1e-6 to 1e3"
    )


def log_variance_drift(f: Expectations) -> float:
    """The slope of the mean of log q against depth / width for piecewise linear f without biases: -5/2 for ReLU.

    A layer of N neurons multiplies q by its expected factor times the mean of N values f^2 / E f^2. The variance of
    this mean is excess / N, and its expected logarithm is -excess / 2N to the first order in 1 / N.

    Raises:
        ValueError: for other activations, whose excess depends on q.
    """
    if f.excess is None:
        raise ValueError("f must have the same excess at every variance, as identity, relu and leaky_relu have")
    return -f.excess / 2


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    """The zero of f between `low` and `high`, where f has different signs."""
    found: Any = scipy.optimize.brentq(f, low, high, xtol=1e-14)
    return float(found)


def _scale(factor: float) -> float:
    """The number of layers over which a quantity changes by a factor of e if each layer multiplies it by `factor`."""
    if factor == 0:
        return 0.0
    log = abs(math.log(abs(factor)))
    return math.inf if log < LEAST_LOG else 1 / log


def _piecewise_linear(below: float, above: float) -> Expectations:
    """For f(z) = above z if z > 0, below z if z < 0, which is s z + d |z| (Cho & Saul 2009, equation 6, for ReLU)."""
    s, d, both = (above + below) / 2, (above - below) / 2, (above**2 + below**2) / 2

    def product(q: float, c: float) -> float:
        return q * (s**2 * c + d**2 * 2 / math.pi * (math.sqrt(1 - c * c) + c * math.asin(c)))

    return Expectations(
        square=lambda q: both * q,
        square_growth=lambda q: both * np.ones_like(q, float),
        slope_square=lambda q: both * np.ones_like(q, float),
        product=product,
        slope_product=lambda q, c: s**2 + d**2 * 2 / math.pi * math.asin(c),
        excess=3 * (above**4 + below**4) / 2 / both**2 - 1,
    )


def _step() -> Expectations:
    """For the step: f(u) = f(v) = 1 with the probability of a quadrant (Sheppard 1899); the slope is infinite at 0."""
    return Expectations(
        square=lambda q: 0.5 * np.ones_like(q, float),
        square_growth=lambda q: np.zeros_like(q, float),
        slope_square=lambda q: np.full_like(q, np.inf, float),
        product=lambda q, c: 0.25 + math.asin(c) / (2 * math.pi),
        slope_product=lambda q, c: math.inf if c == 1 else 1 / (2 * math.pi * q * math.sqrt(1 - c * c)),
    )


def _wave(sign: int) -> Expectations:
    """For sine (-1) or cosine (1), from E cos(u - v) = exp(-q (1 - c)) and E cos(u + v) = exp(-q (1 + c))."""

    def product(q: float, c: float, sign: int) -> float:
        return math.exp(-q * (1 - c)) * (1 + math.exp(-2 * q * c) if sign > 0 else -math.expm1(-2 * q * c)) / 2

    def square(q: Any, sign: int) -> Any:
        q = np.asarray(q, float)
        return (1 + np.exp(-2 * q)) / 2 if sign > 0 else -np.expm1(-2 * q) / 2

    return Expectations(
        square=lambda q: square(q, sign),
        square_growth=lambda q: -sign * np.exp(-2 * np.asarray(q, float)),
        slope_square=lambda q: square(q, -sign),
        product=lambda q, c: product(q, c, sign),
        slope_product=lambda q, c: product(q, c, -sign),
    )


def _integrated(f: Function, slope: Function) -> Expectations:
    """Expectations of a function and its derivative, which may both have a kink or a jump at 0, by quadrature."""

    def square_growth(q: Any) -> Any:
        # d/dq E g(sqrt(q) x) = E g'(sqrt(q) x) x / (2 sqrt(q)), with g = f^2.
        q = np.asarray(np.maximum(q, SMALLEST))
        return _by_halves(lambda u: f(u) * slope(u) * u, q, NUM_RADII) / q

    return Expectations(
        square=lambda q: _mean(lambda u: f(u) ** 2, q),
        square_growth=square_growth,
        slope_square=lambda q: _mean(lambda u: slope(u) ** 2, q),
        product=lambda q, c: _mean_product(f, q, c),
        slope_product=lambda q, c: _mean_product(slope, q, c),
    )


def _mean(g: Function, q: Any) -> Float[np.ndarray, "*shape"]:
    """E g(u) of a nonnegative function g, for u of each variance q [...]."""
    fine, coarse = (_by_halves(g, np.asarray(q, float), num) for num in (NUM_RADII, NUM_RADII // 2))
    _check_converged(fine, coarse, fine, f"q={q!r:.80}")
    return fine


def _mean_product(g: Function, q: float, c: float) -> float:
    """E g(u) g(v): sectors end on the rays where u = r sqrt(q) cos(t) or v = r sqrt(q) cos(t - a) is 0; cos a = c."""
    whole, half = (NUM_RADII, NUM_ANGLES), (NUM_RADII // 2, NUM_ANGLES // 2)
    fine, coarse = (_by_sectors(g, q, c, *numbers) for numbers in (whole, half))
    _check_converged(fine, coarse, _mean(lambda u: g(u) ** 2, q), f"q={q!r} with c={c!r}")
    return fine


def _check_converged(fine: Any, coarse: Any, scale: Any, place: str) -> None:
    if not (np.abs(fine - coarse) <= TOLERANCE * np.abs(scale)).all():
        raise ValueError(
            f"{place}: the integral has not converged, {coarse!r:.80} with half the nodes, then {fine!r:.80}"
        )


def _by_halves(g: Function, q: np.ndarray, num_radii: int) -> np.ndarray:
    x, w = _panels(RADII, num_radii)
    u = np.sqrt(q)[..., None] * x
    return np.asarray((g(u) + g(-u)) @ (w * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)))


def _by_sectors(g: Function, q: float, c: float, num_radii: int, num_angles: int) -> float:
    radius, w = _panels(RADII, num_radii)
    w = w * radius * np.exp(-radius * radius / 2) / (2 * math.pi)
    t, w_angle = _panels((0.0, 1.0), num_angles)
    a, total = math.acos(min(max(c, -1.0), 1.0)), 0.0
    for start, size in ((a - math.pi / 2, math.pi - a), (math.pi / 2, a)):  # the other two lie opposite
        angle = (start + size * t)[:, None]
        u, v = (math.sqrt(q) * np.cos(one) * radius for one in (angle, angle - a))
        total += size * float(w_angle @ (g(u) * g(v) + g(-u) * g(-v)) @ w)
    return total


@functools.cache
def _panels(edges: tuple[float, ...], num_nodes: int) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Nodes and weights of the Gauss-Legendre rule on panels."""
    x, w = np.polynomial.legendre.leggauss(num_nodes)
    start, size = np.array(edges[:-1])[:, None], np.diff(edges)[:, None]
    return (start + size * (x + 1) / 2).ravel(), (size * w / 2).ravel()


def _tanh_slope(z: np.ndarray) -> np.ndarray:
    t = np.tanh(z)
    return 1 - t * t


def _sigmoid_slope(z: np.ndarray) -> np.ndarray:
    return scipy.special.expit(z) * scipy.special.expit(-z)


def _elu(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _elu_slope(z: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(z, 0))


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017, section 2


def _selu(z: np.ndarray) -> np.ndarray:
    return SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0)))


def _selu_slope(z: np.ndarray) -> np.ndarray:
    return SELU_SCALE * np.where(z > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(z, 0)))


def _gelu_parts(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """tanh of the argument in `activations.gelu`, and the argument's derivative."""
    k = math.sqrt(2 / math.pi)
    return np.tanh(k * z * (1 + 0.044715 * z * z)), k * (1 + 3 * 0.044715 * z * z)


def _gelu(z: np.ndarray) -> np.ndarray:
    return z / 2 * (1 + _gelu_parts(z)[0])


def _gelu_slope(z: np.ndarray) -> np.ndarray:
    t, growth = _gelu_parts(z)
    return (1 + t) / 2 + z / 2 * (1 - t**2) * growth


def _silu(z: np.ndarray) -> np.ndarray:
    return z * scipy.special.expit(z)


def _silu_slope(z: np.ndarray) -> np.ndarray:
    return scipy.special.expit(z) + z * _sigmoid_slope(z)


def _softplus(z: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, z)


# Each with its derivative; the tests compare them with `nnjax.activations`.
SMOOTH: dict[str, tuple[Function, Function]] = {
    "tanh": (np.tanh, _tanh_slope),
    "sigmoid": (scipy.special.expit, _sigmoid_slope),
    "softplus": (_softplus, scipy.special.expit),
    "elu": (_elu, _elu_slope),
    "selu": (_selu, _selu_slope),
    "gelu": (_gelu, _gelu_slope),
    "silu": (_silu, _silu_slope),
}


@functools.cache
def _known() -> dict[str, Expectations]:
    closed = {
        "identity": _piecewise_linear(1.0, 1.0),
        "relu": _piecewise_linear(0.0, 1.0),
        "leaky_relu": _piecewise_linear(0.01, 1.0),
        "step": _step(),
        "sin": _wave(-1),
        "cos": _wave(1),
    }
    return closed | {name: _integrated(*pair) for name, pair in SMOOTH.items()}
