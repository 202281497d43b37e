"""A target of the user's own, checked and scaled: a formula, the address of a function, or a file of points.

Networks see x scaled to [-1, 1] and y to mean 0 and variance 1, so errors are shares of the target's standard
deviation.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.universal_approximation import expressions
from nnjax import naming, tasks

INTERVAL = (-1.0, 1.0)  # of a function, where none is given
DEFAULT = "exp(-x**2)*sin(9*x)"  # the function, where neither one nor a file is given
FEWEST_PLACES, MOST_POINTS = 40, 20_000  # of a file
HELD_OUT = 4  # of a file every fourth place is for testing, but never an end
NUM_BETWEEN = 3  # test points of a function between two training points
SEARCHED = 4_097  # points of a grid that is searched for jumps and poles
ZOOMS, STEEPEST = 40, 4.0  # a peak that grows by more than this between the points is a pole, or cannot be seen
UNRESOLVED = 0.2  # part of the standard deviation by which lines between the training points may miss the target
# A gap between two places is a jump if the second half of HALVINGS halvings leaves more than the share LEFT of it, and
# more than LEAST_JUMP of the range of all values; of the cusp of a square root 1/180 is left.
HALVINGS, LEFT, LEAST_JUMP = 30, 0.5, 1e-9
SAME_PLACE = 9  # decimals, on [-1, 1], to which places must agree to be one place
ADDRESS = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


class Problem(NamedTuple):
    """Scaled data; the scaled function, None for points; the interval, the mean and the scale of y; a label.

    `places` counts the different x of the training points; `jumps` are the places on [-1, 1] where the function jumps.
    """

    data: tasks.Data
    function: Callable[[Any], Any] | None
    interval: tuple[float, float]
    mean: float
    scale: float
    label: str
    places: int
    jumps: tuple[float, ...] = ()


def problem(function: str | None, data: str | None, low: float | None, high: float | None, num_points: int) -> Problem:
    """The target that is to be approximated; the arguments are those of `Config`.

    Raises:
        ValueError: naming the argument, the value and what is allowed.
    """
    for name, value in (("low", low), ("high", high)):
        if value is not None and not np.isfinite(value):
            raise ValueError(f"{name}={value!r} must be a finite number")
    if data is not None and function is not None:
        raise ValueError(f"function={function!r:.100} and data={data!r:.100} are both given: give one of them")
    if data is not None:
        return _from_file(data, low, high)
    return _from_function(DEFAULT if function is None else function, *_interval(low, high, *INTERVAL), num_points)


def fitting(widths: tuple[int, ...], problem: Problem) -> tuple[int, ...]:
    """The widths whose networks have fewer parameters than a file has places for training."""
    kept = tuple(n for n in widths if 3 * n + 1 < problem.places)
    if not kept:
        raise ValueError(
            f"widths={widths!r}: data has {problem.places} places for training, and a network of N units 3 N + 1 "
            f"parameters, so N must be below {(problem.places - 1) // 3 + 1}"
        )
    return kept


def _from_function(text: str, low: float, high: float, num_points: int) -> Problem:
    where = f"function={text!r:.100}"
    real = _real(_function(text), where)
    f = _finite(real, where)
    _check_poles(real, f, low, high, where)
    middle, half = (low + high) / 2, (high - low) / 2
    data = tasks.sampled(lambda u: f(middle + half * u), num_points, interval=(-1.0, 1.0), num_between=NUM_BETWEEN)
    mean, scale = _scales(data.y, where, f"from {low:g} to {high:g}")

    def scaled(u: np.ndarray) -> np.ndarray:
        return (f(middle + half * u) - mean) / scale

    data = data._replace(y=(data.y - mean) / scale, y_test=(data.y_test - mean) / scale)
    lines = np.interp(data.x_test[:, 0], data.x[:, 0], data.y[:, 0])
    if (missed := float(np.sqrt(np.mean((lines - data.y_test[:, 0]) ** 2)))) > UNRESOLVED:
        raise ValueError(
            f"{where} changes too fast for num_points={num_points}: lines between them miss it by {missed:.2g} "
            f"of its standard deviation, at most {UNRESOLVED} is allowed. Give more points, or low and high less apart"
        )
    return Problem(data, scaled, (low, high), mean, scale, text, len(data.x), _jumps(scaled))


def _function(text: str) -> Callable[[Any], Any]:
    address = ADDRESS.fullmatch(text)
    return naming.lookup(text, {}, "function") if address else expressions.expression(text, "function")


def _jumps(f: Callable[[np.ndarray], np.ndarray]) -> tuple[float, ...]:
    """Places in (-1, 1) of gaps that do not shrink as their two sides close in on each other."""
    x = np.linspace(-1, 1, SEARCHED)
    left, right = x[:-1], x[1:]
    y, early = f(x), np.zeros(SEARCHED - 1)
    y_left, y_right = y[:-1], y[1:]
    for halving in range(HALVINGS):
        if halving == HALVINGS // 2:
            early = np.abs(y_right - y_left)
        middle = (left + right) / 2
        y_middle = f(middle)
        on_left = np.abs(y_middle - y_left) >= np.abs(y_right - y_middle)
        left, right = np.where(on_left, left, middle), np.where(on_left, middle, right)
        y_left, y_right = np.where(on_left, y_left, y_middle), np.where(on_left, y_middle, y_right)
    late = np.abs(y_right - y_left)
    found = right[(late > LEFT * early) & (late > LEAST_JUMP * np.ptp(y))]
    return tuple(np.unique(found.round(SAME_PLACE) + 0.0).tolist())


def _real(f: Callable[[Any], Any], where: str) -> Callable[[Any], np.ndarray]:
    """The same function, with a ValueError unless it returns real numbers in the shape of x."""

    def checked(x: np.ndarray) -> np.ndarray:
        try:
            with np.errstate(all="ignore"):
                y = np.asarray(f(np.asarray(x, float)))
        except (Exception, SystemExit) as error:  # it is the user's own, and may raise anything
            said = f"{error!s:.80}".replace("\n", " ")
            raise ValueError(
                f"{where} raises {type(error).__name__} on a NumPy array: {said}. It must act number by number"
            ) from error
        if y.shape != np.shape(x) or y.dtype.kind not in "biuf":
            raise ValueError(
                f"{where} returns shape {y.shape} and dtype {y.dtype} for x of shape {np.shape(x)}: it must return "
                "real numbers, number by number"
            )
        return y.astype(float)

    return checked


def _finite(f: Callable[[Any], np.ndarray], where: str) -> Callable[[Any], np.ndarray]:
    """The same function, with a ValueError unless all values are finite."""

    def checked(x: np.ndarray) -> np.ndarray:
        y = f(x)
        if not (finite := np.isfinite(y)).all():
            place = np.asarray(x, float)[~finite].flat[0]
            raise ValueError(
                f"{where} is {y[~finite].flat[0]} at x = {place:.6g}: it must be finite everywhere from low to high"
            )
        return y

    return checked


def _check_poles(
    real: Callable[[Any], np.ndarray], f: Callable[[Any], np.ndarray], low: float, high: float, where: str
) -> None:
    """Raise ValueError if a peak grows without end on ever finer grids: one grid of points may miss a pole."""
    x = np.linspace(low, high, SEARCHED)
    size = np.abs(f(x))
    peaks = np.flatnonzero(size >= np.maximum(np.r_[size[1:], 0.0], np.r_[0.0, size[:-1]]))
    peaks = peaks[np.argsort(-size[peaks], kind="stable")[:16]]
    for peak in peaks:
        place, width, top = x[peak], (high - low) / (SEARCHED - 1), size[peak]
        for _ in range(ZOOMS):
            near = np.clip(place + width * np.linspace(-1, 1, 33), low, high)
            values = np.nan_to_num(np.abs(real(near)), nan=np.inf)
            place, top, width = near[values.argmax()], max(top, values.max()), width / 4
        if top > STEEPEST * max(size[peak], np.median(size)):
            raise ValueError(
                f"{where} has a pole near x = {place:.6g}, or a peak too narrow to see: it reaches {top:.3g} there; "
                "it must be bounded from low to high; choose an interval without that place"
            )


def _from_file(path: str, low: float | None, high: float | None) -> Problem:
    where = f"data={path!r:.100}"
    x, y = _columns(path, where)
    if x.min() == x.max():
        raise ValueError(f"{where} holds nothing but x = {x.min():g}: the places must differ")
    low, high = _interval(low, high, float(x.min()), float(x.max()))
    inside = np.flatnonzero((x >= low) & (x <= high))
    inside = inside[np.argsort(x[inside], kind="stable")]
    u, y = (2 * x[inside] - low - high) / (high - low), y[inside]
    places, place = np.unique(u.round(SAME_PLACE), return_inverse=True)
    if len(u) > MOST_POINTS or len(places) < FEWEST_PLACES:
        raise ValueError(
            f"{where} has {len(u)} points at {len(places)} places from low={low:g} to high={high:g}: at most "
            f"{MOST_POINTS} points, at {FEWEST_PLACES} places or more, are allowed"
        )
    # Whole places, as a second point of a place would give away its value; and no end, which would be extrapolation.
    test = (place % HELD_OUT == HELD_OUT // 2) & (place < len(places) - 1)
    mean, scale = _scales(y[~test], where, f"from {low:g} to {high:g}")
    u, y = u[:, None], (y[:, None] - mean) / scale
    data = tasks.data(u[~test], y[~test], u[test], y[test])
    return Problem(data, None, (low, high), mean, scale, Path(path).name, len(np.unique(place[~test])))


def _columns(path: str, where: str) -> tuple[np.ndarray, np.ndarray]:
    """The columns x and y of a file."""
    try:
        found = tasks.table(path)
    except OSError as error:
        raise ValueError(f"{where} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ValueError(re.sub("^path=", "data=", str(error))) from error
    if found.x.shape[1] != 1 or found.y.shape[1] != 1:
        raise ValueError(
            f"{where} has {found.x.shape[1]} columns of inputs and {found.y.shape[1]} of targets: it must have one of "
            "each, x and then y"
        )
    return found.x[:, 0], found.y[:, 0]


def _interval(low: float | None, high: float | None, lowest: float, highest: float) -> tuple[float, float]:
    """The interval that was given, or the ends of the whole one."""
    low, high = float(lowest if low is None else low), float(highest if high is None else high)
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        raise ValueError(f"low={low:g} and high={high:g}: low must be below high, by more than rounding")
    return low, high


def _scales(y: np.ndarray, where: str, on: str) -> tuple[float, float]:
    """Mean and standard deviation of the targets, with a ValueError where there is nothing to learn."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, scale = float(y.mean()), float(y.std())
    if not np.isfinite(scale):
        raise ValueError(f"{where} has values up to {np.abs(y).max():.3g} {on}: their squares must be finite")
    if scale <= 1e-12 * np.abs(y).max():
        raise ValueError(f"{where} is the constant {mean:.6g} {on}: it must change, else there is nothing to learn")
    return mean, scale
