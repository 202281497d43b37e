"""The L2 errors that theory gives for networks of one hidden layer that are written down with many units."""

from functools import cache

import jax
import numpy as np

from nnjax.tasks import Target
from nnjax.theory import approximation, quadrature

FINE = 256  # panels for the integral of the squared slope
NEAR = 1e-7  # how far from a kink or a jump its size is measured
WAVES = 200  # terms of the Fourier series of the error of sigmoid steps


def predicted(kind: str, target: Target, widths: tuple[int, ...], sharpness: float) -> np.ndarray:
    """The L2 errors [width] that theory gives for many units, nan where it gives none.

    Constant pieces: h |f'| / sqrt(12), for sigmoids times `smoothing`. Straight ones between points of the target:
    h^2 |f''| / sqrt(120), on the best knots sqrt(6) times the free-knot optimum, and with the best heights there that
    optimum. |.| are L2 norms. The kink and the jump are worked out in `_at_breaks`.
    """
    (low, high), breaks = target.interval, target.breakpoints
    n = np.array(widths) + (kind in ("step bumps", "sigmoid steps"))
    h, bend = (high - low) / n, target.second_derivative
    if kind == "sigmoid steps" and _largest_jump(target) > 0:
        return np.full(len(n), np.nan)
    if kind in ("step bumps", "sigmoid steps"):
        share = smoothing(sharpness) if kind == "sigmoid steps" else 1.0
        slope, weights = slopes(target)
        smooth = h * np.sqrt(weights @ slope**2 / 12) * share
        return np.hypot(smooth, _at_breaks(kind, target, widths))
    if kind == "ReLU, equal knots":
        smooth = 0 * h if bend is None else h**2 * approximation.l2_norm(bend, target.interval, breaks) / 120**0.5
        return np.hypot(smooth, _at_breaks(kind, target, widths))
    if bend is None:
        return np.full(len(n), np.nan)
    best = np.array([approximation.asymptotic_l2(bend, 1, target.interval, breaks)]) / n**2
    return best * 6**0.5 if kind == "ReLU, spread knots" else best


@cache
def slopes(target: Target) -> tuple[np.ndarray, np.ndarray]:
    """The target's first derivative, by JAX in float64, at the nodes of a fine quadrature; and the weights there."""
    fine = np.linspace(*target.interval, FINE + 1)
    x, weights = quadrature.rule(np.union1d(fine, target.breakpoints))
    return np.asarray(jax.jit(jax.vmap(jax.grad(target.function)))(x)), weights


def smoothing(sharpness: float) -> float:
    """The error of sigmoid steps divided by that of steps.

    Steps leave a saw tooth of a straight line, and sigmoids smooth it. The saw tooth of height h has waves of amplitude
    h / (pi k). A sigmoid of gain s / h is the step averaged over a logistic law. That leaves the part a / sinh a of the
    wave k, where a = 2 pi^2 k / s. So the share is the square root of (6 / pi^2) sum_k (a_k / sinh a_k)^2 / k^2, apart
    from the two ends of the interval.
    """
    k = np.arange(1, WAVES + 1)
    a = np.minimum(2 * np.pi**2 * k / sharpness, 600.0)
    beyond = 1 / WAVES if a[-1] < 0.1 else 0.0
    return float(np.sqrt(6 / np.pi**2 * (((a / np.sinh(a)) / k) ** 2).sum() + 6 / np.pi**2 * beyond))


def _largest_jump(target: Target) -> float:
    sizes = [abs(float(target.function(t + NEAR) - target.function(t - NEAR))) for t in target.breakpoints]
    return max([size for size in sizes if size > 3 * NEAR], default=0.0)


def _at_breaks(kind: str, target: Target, widths: tuple[int, ...]) -> np.ndarray:
    """The error of the one piece that holds the kink or the jump [width]; 0 for a smooth target.

    The break lies at the share s of a piece of length h. The errors are these:

    - A constant has d sqrt(h min(s, 1 - s)) at a jump by d.
    - The straight line has d sqrt(h (s^3 + (1 - s)^3) / 3) at such a jump.
    - The straight line has d s (1 - s) h sqrt(h / 3) where the slope changes by d.
    """
    (low, high), f, straight = target.interval, target.function, kind == "ReLU, equal knots"
    h = (high - low) / (np.array(widths) + (not straight))
    total = np.zeros(len(widths))
    for t in target.breakpoints:
        s = ((t - low) / h) % 1
        s = np.where(np.abs(s - np.round(s)) < NEAR, 0.0, s)
        if (jump := _largest_jump(target)) > 0:
            share = (s**3 + (1 - s) ** 3) / 3 * (s > 0) if straight else np.minimum(s, 1 - s)
            total += jump**2 * h * share
        elif straight:
            turn = abs(float(f(t + NEAR) + f(t - NEAR) - 2 * f(t))) / NEAR
            total += (turn * s * (1 - s)) ** 2 * h**3 / 3
    return np.sqrt(total)
