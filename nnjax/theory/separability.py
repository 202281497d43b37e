"""Decide whether one threshold unit separates two classes, with a checked proof of either answer.

A unit (w, b) separates rows x if w . x + b is positive for those with y = 1 and negative for those with y = 0. If no
unit does, there are multipliers, nonnegative and not all zero, such that the signed rows times their multipliers sum to
zero (Gordan 1873). A signed row is a row with a 1 appended for the bias, negated if y = 0. The multipliers are a proof:
a separating unit would be positive on all signed rows, yet zero on this sum.

`separate` and `widest_margin` decide one set of rows; `equal_sums` searches for the smallest certificate, two true and
two false rows of equal sum, for many functions at once. All run on the host, in NumPy and SciPy.
"""

import itertools
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

import numpy as np
import scipy  # loads scipy.optimize when it is first used, not here
from jaxtyping import Bool, Float, Int, Num

from nnjax.checks import real_numbers

# Numbers of this size and above are not treated as integers.
GREATEST_WHOLE = 2**30
# The multipliers of rows of -1, 0 and 1 are quotients of small determinants, so their denominators are small.
GREATEST_DENOMINATOR = 100_000
# Tolerance of the checks of the widest margin: a fraction of the unit's squared norm.
GAP = 1e-9
# Number of orders of the rows in which the widest margin is searched for.
ORDERS_TRIED = 20
# Number of truth tables processed at a time: some tens of megabytes.
TABLES_AT_A_TIME = 8_192


class Separation(NamedTuple):
    """Whether rows are separable, with a separating unit (w [d], b) or with multipliers [n] that rule out every unit.

    `separable` is None if neither answer could be proved: the numbers differ too much in size for floating point, or
    the rows are real-valued and not in general position. Otherwise `proved` is true, and the unit or the multipliers
    were checked with rounding errors allowed for. If there is no unit, w and b are nan; if there are no multipliers,
    they are 0. Multipliers are integers if the rows are.
    """

    separable: bool | None
    w: Float[np.ndarray, " d"]
    b: float
    multipliers: Num[np.ndarray, " n"]
    proved: bool


class Margin(NamedTuple):
    """The unit of the widest margin, scaled so that |w . x + b| is 1 or more on every row, and its multipliers [n].

    `margin` is 1 / |(w, b)|, the bias being one more input. (w, b) is the sum of the signed rows times the multipliers.
    """

    w: Float[np.ndarray, " d"]
    b: float
    margin: float
    multipliers: Float[np.ndarray, " n"]


def separate(
    x: Num[np.ndarray, "n d"], y: Num[np.ndarray, " n"] | Bool[np.ndarray, " n"], bias: bool = True
) -> Separation:
    """Decide by linear programming whether a unit separates the rows, and check the answer.

    Args:
        x: rows.
        y: classes, 0 and 1.
        bias: whether the unit has a bias. Without it separating planes go through the origin, and a row of zeros is
            never separable, although a unit whose step at 0 is 0 answers 0 there.

    The linear program maximizes the least signed sum t over weights in [-1, 1] (SciPy's HiGHS). If t is 0, its dual
    solution gives the multipliers. If neither answer can be proved, it is solved once more with each column divided by
    its greatest absolute value.

    Raises:
        ValueError: for rows that are not finite, classes other than 0 and 1, and where x and y have different lengths.
        ArithmeticError: if the linear program is not solved.
    """
    z = _signed(x, y, bias)
    largest = np.abs(z).max(axis=0)
    multipliers = np.zeros(len(z))
    # The scaled columns are for numbers so far from 1 that the solver takes them for 0.
    for units in (np.ones(z.shape[1]), np.where(largest > 0, largest, 1.0)):
        unit, multipliers = _programmed(z / units)
        w, b = (unit[:-1] / units[:-1], float(unit[-1] / units[-1])) if bias else (unit / units, 0.0)
        if separates(x, y, w, b):
            return Separation(True, w, b, np.zeros(len(z)), True)
        multipliers = _simplest(z, multipliers)
        if certificate_holds(x, y, multipliers, bias):
            return Separation(False, np.full_like(w, np.nan), np.nan, multipliers, True)
    return Separation(None, np.full(np.shape(x)[1], np.nan), np.nan, multipliers, False)


def _programmed(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weights w [d] in [-1, 1] that maximize min(z @ w) for signed rows z [n, d], and the dual solution [n]."""
    n, d = z.shape
    solved = scipy.optimize.linprog(
        np.append(np.zeros(d), -1.0),
        A_ub=np.hstack([-z, np.ones((n, 1))]),
        b_ub=np.zeros(n),
        bounds=[(-1, 1)] * d + [(None, 1)],
        method="highs",
    )
    if solved.status != 0:
        raise ArithmeticError(f"the linear program of {n} rows was not solved: {solved.message}")
    return solved.x[:d], np.maximum(-solved.ineqlin.marginals, 0)


def widest_margin(
    x: Num[np.ndarray, "n d"], y: Num[np.ndarray, " n"] | Bool[np.ndarray, " n"], bias: bool = True
) -> Margin | None:
    """The separating unit of the widest margin, the bias being the weight of an input of 1; None if there is none.

    It is the unit of least norm whose signed sums are 1 or more. It is found by non-negative least squares (Lawson &
    Hanson 1974, chapter 23), which ends after finitely many steps. Its squared norm equals the sum of its multipliers
    at the optimum and nowhere else, which is checked; the result None is checked as in `certificate_holds`.

    Raises:
        ValueError: for rows that are not finite, classes other than 0 and 1, and where x and y have different lengths.
        ArithmeticError: if neither check passes to one part in 10^9: a margin too narrow for floating point, or
            real-valued rows that are not in general position.
    """
    z = _signed(x, y, bias)
    unit_of_length = max(np.linalg.norm(z, axis=1).max(), np.finfo(float).tiny)
    for attempt in range(ORDERS_TRIED):
        # SciPy's solver sometimes stops too early if many rows tie, and returns a distance that is not that of its
        # solution (seen in 1.18); so only the solution is used, and another order of the rows is tried.
        order = np.random.default_rng(attempt).permutation(len(z)) if attempt else np.arange(len(z))
        system = np.vstack([z[order].T / unit_of_length, np.ones(len(z))])
        target = np.append(np.zeros(z.shape[1]), 1.0)
        u, _ = scipy.optimize.nnls(system, target)
        residual, u = system @ u - target, u[np.argsort(order)]
        if np.linalg.norm(residual) < GAP:
            if certificate_holds(x, y, _simplest(z, u), bias):
                return None
            continue
        unit = -residual[:-1] / residual[-1] / unit_of_length
        multipliers = -u / residual[-1] / unit_of_length**2
        square = unit @ unit
        if (z @ unit).min() >= 1 - GAP and abs(multipliers.sum() - square) <= GAP * square:
            w, b = (unit[:-1], float(unit[-1])) if bias else (unit, 0.0)
            return Margin(w, b, float(1 / np.sqrt(square)), multipliers)
    raise ArithmeticError(
        f"the widest margin of {len(z)} rows was not found with the rows in {ORDERS_TRIED} different orders"
    )


def separates(
    x: Num[np.ndarray, "n d"],
    y: Num[np.ndarray, " n"] | Bool[np.ndarray, " n"],
    w: Num[np.ndarray, " d"],
    b: float = 0.0,
) -> bool:
    """Whether w . x + b is positive where y is 1 and negative where y is 0, whatever the rounding errors."""
    z, unit = _signed(x, y, True), np.append(np.asarray(w, float), b)
    if unit.shape != z.shape[1:]:
        raise ValueError(f"w has shape {np.shape(w)}: it must be ({z.shape[1] - 1},), one for each column of x")
    # Each of d + 1 products and sums has an error of at most half a unit in the last place; twice that is allowed.
    # A product below the least normal number has an error of at most that number.
    rounding = (len(unit) + 1) * (np.finfo(float).eps * (np.abs(z) @ np.abs(unit)) + np.finfo(float).tiny)
    return bool((z @ unit > rounding).all())


def certificate_holds(
    x: Num[np.ndarray, "n d"],
    y: Num[np.ndarray, " n"] | Bool[np.ndarray, " n"],
    multipliers: Num[np.ndarray, " n"],
    bias: bool = True,
) -> bool:
    """Whether multipliers prove that no unit separates the rows: exactly for integers, else allowing for rounding.

    Floating-point numbers rarely sum to exactly zero. But suppose that the rows with positive multipliers span the
    space. Then a small enough remainder r is cancelled by changes of these multipliers whose norm is at most
    |r| / (least singular value). If that is less than each of these multipliers, exact multipliers are nearby and
    positive.

    Raises:
        ValueError: for rows that are not finite or are integers beyond 2^53, and for classes other than 0 and 1. It is
            also raised where x and y have different lengths, and unless there is one multiplier for each row.
    """
    z, used = _signed(x, y, bias), np.asarray(multipliers)
    if used.shape != (len(z),):
        raise ValueError(f"multipliers has shape {used.shape}: it must be ({len(z)},), one for each row of x")
    if not np.isfinite(used).all():
        return False
    if (used < 0).any() or not (used > 0).any():
        return False
    if _is_whole(z) and _is_whole(used):
        # Python's integers if the sum might not fit into 64 bits.
        fits = len(z) * float(np.abs(z).max()) * float(used.max()) < 2**62
        kind = np.int64 if fits else object
        return not (np.rint(used).astype(np.int64).astype(kind) @ z.astype(np.int64).astype(kind)).any()
    z, used = z[used > 0], used[used > 0].astype(float)
    if len(z) < z.shape[1]:
        return False
    singular, eps = np.linalg.svd(z, compute_uv=False), np.finfo(float).eps
    rounding = (len(z) + 1) * eps * (np.linalg.norm(z, axis=1) @ used)
    change = np.linalg.norm(used @ z) + rounding
    least = singular[-1] - len(z) * eps * singular[0]
    return bool(least > 0 and change / least < used.min())


def equal_sums(x: Int[np.ndarray, "n d"], tables: Bool[np.ndarray, "m n"]) -> Int[np.ndarray, "m 4"]:
    """Two true rows and two false rows of equal sum, for each of m functions; a row may be taken twice.

    Four such rows rule out every unit, which would have to give the true rows the greater sum. Every function of up to
    8 inputs that is not separable has them (Muroga 1971).

    Args:
        x: the rows, integers.
        tables: the value of each function on every row.

    Returns:
        The indices of two true rows, then of two false rows; -1 four times if there are none.

    Raises:
        ValueError: unless `x` holds finite whole numbers [n, d], n above 0 (integers up to 2^53 in size), and `tables`
            booleans [m, n].
    """
    x, tables = _numbers(x, "x"), np.asarray(tables)
    if x.ndim != 2 or not len(x) or (x != np.rint(x)).any() or tables.dtype != bool or tables.shape[1:] != x.shape[:1]:
        raise ValueError(
            f"x of shape {x.shape} and tables of shape {tables.shape} and dtype {tables.dtype} must be whole numbers "
            "[n, d] and booleans [m, n], n above 0"
        )
    pairs = np.array(list(itertools.combinations_with_replacement(range(len(x)), 2)))
    _, group = np.unique(x[pairs].sum(axis=1), axis=0, return_inverse=True)
    order = np.argsort(group, kind="stable")
    pairs, group = pairs[order], group[order]
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    found = np.full((len(tables), 4), -1)
    for start in range(0, len(tables), TABLES_AT_A_TIME):
        part = slice(start, start + TABLES_AT_A_TIME)
        both = [kind[:, pairs[:, 0]] & kind[:, pairs[:, 1]] for kind in (tables[part], ~tables[part])]
        shared = np.logical_and(*(np.logical_or.reduceat(kind, starts, axis=1) for kind in both))
        first = shared.argmax(axis=1)
        places = [pairs[(kind & (group == first[:, None])).argmax(axis=1)] for kind in both]
        found[part] = np.where(shared.any(axis=1)[:, None], np.hstack(places), -1)
    return found


def _signed(x: np.ndarray, y: np.ndarray, bias: bool) -> np.ndarray:
    """The signed rows: a 1 is appended for the bias, and rows with y = 0 are negated."""
    rows, classes = _numbers(x, "x"), _numbers(y, "y")
    if rows.ndim != 2 or classes.ndim != 1 or not len(rows):
        raise ValueError(
            f"x and y have shapes {rows.shape} and {classes.shape}: they must be [n, d] and [n], n above 0"
        )
    if len(rows) != len(classes):
        raise ValueError(f"y has {len(classes)} values, but x has {len(rows)} rows: both must have the same length")
    if not np.isin(classes, (0, 1)).all():
        raise ValueError(f"y holds {classes[~np.isin(classes, (0, 1))][0]:g}: classes must be 0 and 1")
    if bias:
        rows = np.hstack([rows, np.ones((len(rows), 1))])
    return np.where(classes[:, None] > 0, rows, -rows)


def _numbers(values: Any, argument: str) -> np.ndarray:
    array = real_numbers(values, argument)
    if array.dtype.kind in "iu" and array.size and (array.max() > 2**53 or array.min() < -(2**53)):
        raise ValueError(f"{argument} holds whole numbers beyond 2^53, which float64 would round")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{argument} has {np.sum(~np.isfinite(array))} numbers that are not finite: all must be finite"
        )
    return array.astype(float)


def _is_whole(values: np.ndarray) -> bool:
    return bool((np.asarray(values) == np.rint(values)).all() and np.abs(values).max() < GREATEST_WHOLE)


def _simplest(z: np.ndarray, multipliers: np.ndarray) -> np.ndarray:
    """The multipliers as integers if the rows are integers; otherwise unchanged."""
    return _as_whole(multipliers) if _is_whole(z) and multipliers.max() > 0 else multipliers


def _as_whole(multipliers: np.ndarray) -> np.ndarray:
    """The multipliers as integers in the same ratio, by rational approximation of their ratios to the greatest one."""
    shares = [Fraction(m / multipliers.max()).limit_denominator(GREATEST_DENOMINATOR) for m in multipliers.tolist()]
    common = lcm(*(share.denominator for share in shares))
    whole = [int(share * common) for share in shares]
    divisor = gcd(*whole)
    return np.array([m // divisor for m in whole]) if max(whole) < GREATEST_WHOLE * divisor else multipliers
