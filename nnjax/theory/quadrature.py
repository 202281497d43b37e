"""Integration of functions on an interval, exact up to rounding: Gauss-Legendre nodes on adaptive panels.

A function maps a NumPy array of float64 elementwise to one of the same shape. Its kinks and jumps are given as
`breakpoints`, which no panel crosses.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

type Function = Callable[[np.ndarray], np.ndarray]
type Interval = tuple[float, float]

# Sixteen nodes integrate polynomials up to degree 31 exactly.
NUM_NODES = 16
# Each integral of `_moments` over a panel may differ from the sum over its halves by this fraction of the integral of
# its absolute values over the whole interval.
TOLERANCE = 1e-14
# Greatest number of halvings of a panel: a jump that is not in `breakpoints` then costs 2^-40 of the interval.
MAX_HALVINGS = 40
# A smooth function needs some hundred panels; one that leaves more than this many unresolved is refused.
MOST_PANELS = 2**16
# Initial number of panels: comparing a single panel with its halves would miss a narrow feature between the nodes.
FIRST_PANELS = 4


@functools.cache
def gauss() -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    """Nodes and weights of the Gauss-Legendre rule on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(NUM_NODES)
    return (nodes + 1) / 2, weights / 2


def panels(f: Function, interval: Interval, breakpoints: Sequence[float] = ()) -> Float[np.ndarray, " m"]:
    """Edges of panels, including the interval's ends, on each of which f and f^2 are integrated exactly up to rounding.

    Raises:
        ValueError: for an interval that is not two finite increasing numbers, and for a function that is not finite or
            is rough everywhere, such as one computed in float32.
    """
    low, high = check_interval(interval)
    kinks = [t for t in breakpoints if low < t < high]
    edges = np.unique([*np.linspace(low, high, FIRST_PANELS + 1), *kinks])
    left, right = edges[:-1], edges[1:]
    scale, settled = np.zeros(3), [edges]
    for _ in range(MAX_HALVINGS):
        middle = (left + right) / 2
        (whole, size), *parts = (_moments(f, *ends) for ends in ((left, right), (left, middle), (middle, right)))
        halves = parts[0][0] + parts[1][0]
        # The scale is the integral of absolute values, as the integral itself may be 0 (a sine over whole periods).
        scale = np.maximum(scale, size.sum(axis=1))
        rough = (np.abs(whole - halves) > TOLERANCE * scale[:, None]).any(axis=0)
        if not rough.any():
            break
        if rough.sum() > MOST_PANELS:
            raise ValueError(
                f"f is not smooth between its breakpoints: more than {MOST_PANELS:,} panels do not resolve it. It must "
                "be computed in float64, and its kinks and jumps must be in `breakpoints`"
            )
        settled.append(middle[rough])
        left, right = np.append(left[rough], middle[rough]), np.append(middle[rough], right[rough])
    return np.unique(np.concatenate(settled))


def integral(f: Function, interval: Interval, breakpoints: Sequence[float] = ()) -> float:
    """The integral of f over the interval."""
    x, weights = rule(panels(f, interval, breakpoints))
    return float(values(f, x) @ weights)


def l2_norm(f: Function, interval: Interval, breakpoints: Sequence[float] = ()) -> float:
    """The norm sqrt(integral of f^2): on an interval of length 1 the root mean square, else sqrt(length) times that."""
    x, weights = rule(panels(f, interval, breakpoints))
    return float(np.sqrt(values(f, x) ** 2 @ weights))


def rule(edges: Float[np.ndarray, " m"]) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Nodes and weights of the composite rule on the panels between increasing edges."""
    u, w = gauss()
    width = np.diff(edges)[:, None]
    return (edges[:-1, None] + width * u[None, :]).ravel(), (width * w[None, :]).ravel()


def values(f: Function, x: np.ndarray) -> np.ndarray:
    """Evaluate f at x, and check that the values are finite and have the shape of x.

    Raises:
        ValueError: if they are not; for values that are not finite, the message names the first such point.
    """
    found = np.asarray(f(x), float)
    if found.shape != x.shape:
        raise ValueError(f"f returns shape {found.shape} for x of shape {x.shape}: it must be elementwise")
    if not (finite := np.isfinite(found)).all():
        place = x[~finite].flat[0]
        raise ValueError(f"f({place:.6g}) is {found[~finite].flat[0]}: f must be finite on the whole interval")
    return found


def check_interval(interval: Interval) -> Interval:
    """The two ends of an interval as floats.

    Raises:
        ValueError: unless they are two finite numbers, the first below the second.
    """
    low, high = map(float, interval)
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"interval={interval!r} must be two finite numbers, the first below the second")
    return low, high


def _moments(
    f: Function, left: np.ndarray, right: np.ndarray
) -> tuple[Float[np.ndarray, "3 m"], Float[np.ndarray, "3 m"]]:
    """Integrals of f, x f and f^2 over panels, and of their absolute values. There are three, because one alone may
    agree by symmetry.
    """
    u, w = gauss()
    x = left[:, None] + (right - left)[:, None] * u[None, :]
    y = values(f, x)
    moments = np.stack([y, x * y, y * y])
    width = (right - left)[None, :]
    return (moments @ w) * width, (np.abs(moments) @ w) * width
