"""How the end-to-end map of a deep linear network grows under gradient descent, mode by mode.

The inputs are whitened, the error is squared, and the layers are aligned with the singular vectors of the target. In
each mode all layers have the same strength (a balanced start). Then every mode of the product of the weight matrices
grows on its own towards its singular value s of the target. With L layers of weights (L - 1 hidden layers) its strength
u obeys

    du/dt = L u^(2 - 2/L) (s - u),

where t is the time of gradient flow on half the summed squared error (Saxe, McClelland & Ganguli 2014, ICLR, arXiv
1312.6120: section "The time course of learning" for L = 2, "Deeper multilayer dynamics" for all L; their N_l is L + 1).
Nothing here is trained and nothing needs JAX.
"""

import math

import numpy as np
import scipy  # loads scipy.integrate when it is first used
from jaxtyping import Float
from numpy.typing import ArrayLike

from nnjax.checks import whole_number
from nnjax.theory import quadrature

TOLERANCE = 1e-12


def mode_strength(times: ArrayLike, singular_value: float, start: float, num_layers: int) -> Float[np.ndarray, " n"]:
    """The strengths u [n] of a mode at times [n], starting from u = `start` at time 0.

    The relative error is below 1e-6 for starts of 1e-8 or more and up to ten layers. It grows with the time that a mode
    stays near 0: from 1e-12 it is 1e-5 with six layers, and 4e-4 with ten. The equation is integrated as
    d(log u)/dt = L u^(1 - 2/L) (s - u), because u begins near 0.

    Raises:
        ValueError: for times that are negative or do not rise, and as `time_to_reach`.
    """
    when = np.asarray(times, float)
    if when.ndim != 1 or not len(when) or when[0] < 0 or not (np.diff(when) > 0).all() or not np.isfinite(when[-1]):
        raise ValueError(f"times={times!r:.80} must be [n], strictly increasing, finite and 0 or more")
    s, layers = _checked(singular_value, start, num_layers)

    def slope(_: float, log_u: np.ndarray) -> np.ndarray:
        return layers * np.exp((1 - 2 / layers) * log_u) * (s - np.exp(log_u))

    span = (0.0, float(max(when[-1], np.finfo(float).tiny)))
    found = scipy.integrate.solve_ivp(
        slope, span, [math.log(start)], method="DOP853", t_eval=when, rtol=TOLERANCE, atol=TOLERANCE
    )
    return np.exp(found.y[0])


def time_to_reach(strength: float, singular_value: float, start: float, num_layers: int) -> float:
    """The time at which a mode has grown from `start` to `strength`: the integral of du / (L u^(2 - 2/L) (s - u)).

    For L = 1 it is log((s - u0) / (s - u)), the same for all modes at equal fractions of s; for L = 2 it is
    log(u (s - u0) / (u0 (s - u))) / 2s; from small starts it is inversely proportional to s for every L >= 2, up to
    a logarithmic factor.

    Args:
        strength: u, from u0 up to but not including s.
        singular_value: s, where the strength ends.
        start: u0, above 0.
        num_layers: L, the number of layers of weights; a network without a hidden layer has one.

    Raises:
        ValueError: for any other value; the message names the argument.
    """
    s, layers = _checked(singular_value, start, num_layers)
    if not start <= strength < s:
        raise ValueError(f"strength={strength!r} must be at least start={start!r} and below singular_value={s!r}")
    if strength == start:
        return 0.0

    # In w = log u / L the integrand exp((2 - L) w) / (s - exp(L w)) is smooth even where u begins near 0.
    def integrand(w: np.ndarray) -> np.ndarray:
        return np.exp((2 - layers) * w) / (s - np.exp(layers * w))

    return quadrature.integral(integrand, (math.log(start) / layers, math.log(strength) / layers))


def half_time(singular_value: float, start: float, num_layers: int) -> float:
    """The time at which a mode has half of its final strength; arguments as in `time_to_reach`."""
    return time_to_reach(singular_value / 2, singular_value, start, num_layers)


def _checked(singular_value: float, start: float, num_layers: int) -> tuple[float, int]:
    if not 0 < start < singular_value < math.inf:
        raise ValueError(
            f"start={start!r} must be above 0 and below singular_value={singular_value!r}, which must be finite"
        )
    return float(singular_value), whole_number(num_layers, "num_layers")
