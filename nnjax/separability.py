"""Whether one unit can tell two classes apart: decided, with a proof of either answer that is checked.

A unit (w, b) separates rows x where w . x + b > 0 exactly for those with y = 1. If there is none, there are
multipliers, 0 or more and not all 0, with which the rows, each with a 1 for the bias and turned round where y = 0,
add up to zero (Gordan 1873); a unit would have to be positive on all of them and zero on their sum.

`separate` and `widest_margin` decide one set of rows; `equal_sums` looks for the smallest certificate, two true and
two false rows of equal sum, for many functions at once. On the host, in NumPy and SciPy.
"""

import itertools
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

import numpy as np
import scipy  # loads scipy.optimize when it is first used, not here
from jaxtyping import Bool, Float, Int, Num

# Numbers beyond this are not looked at as whole ones.
GREATEST_WHOLE = 2**30
# Multipliers of rows of -1, 0 and 1 are quotients of small determinants.
GREATEST_DENOMINATOR = 100_000
# The widest margin must be found to within this part of its square.
GAP = 1e-9
# Orders of the rows in which it is looked for.
ORDERS_TRIED = 20
# Truth tables whose pairs are looked at together: some tens of megabytes.
TABLES_AT_A_TIME = 8_192


class Separation(NamedTuple):
    """Whether rows are separable, the unit (w [d], b) that shows it or the multipliers [n] that forbid all units.

    `separable` is None where neither answer could be proved: numbers too far apart for the arithmetic, or real rows
    that are not in general position. Else `proved` is true, and the unit or the multipliers were checked, beyond
    rounding. What there is not is nan or 0. Multipliers are whole numbers where the rows are.
    """

    separable: bool | None
    w: Float[np.ndarray, " d"]
    b: float
    multipliers: Num[np.ndarray, " n"]
    proved: bool


class Margin(NamedTuple):
    """The unit of the widest margin, w . x + b of 1 or more away from 0 on every row, and its multipliers [n].

    `margin` is 1 / |(w, b)|, the bias being one more input. w is the sum of the signed rows times the multipliers.
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
        bias: whether the unit has one; without it planes go through the origin.

    The program makes the least signed sum t as great as it can with weights from -1 to 1 (SciPy's HiGHS). Where t is 0
    its dual solution holds the multipliers. Where neither answer can be proved it is tried once more with each column
    in units of its greatest number.

    Raises:
        ValueError: for rows that are not finite, and where x and y have different lengths.
        ArithmeticError: where the program does not end.
    """
    z = _signed(x, y, bias)
    largest = np.abs(z).max(axis=0)
    multipliers = np.zeros(len(z))
    # Columns in their own units are for numbers so far from 1 that the program takes them for 0.
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
    """The weights from -1 to 1 [d] whose least sum over the signed rows z [n, d] is greatest, and the dual [n]."""
    n, d = z.shape
    solved = scipy.optimize.linprog(
        np.append(np.zeros(d), -1.0),
        A_ub=np.hstack([-z, np.ones((n, 1))]),
        b_ub=np.zeros(n),
        bounds=[(-1, 1)] * d + [(None, 1)],
        method="highs",
    )
    if solved.status != 0:
        raise ArithmeticError(f"the linear program of {n} rows did not end: {solved.message}")
    return solved.x[:d], np.maximum(-solved.ineqlin.marginals, 0)


def widest_margin(
    x: Num[np.ndarray, "n d"], y: Num[np.ndarray, " n"] | Bool[np.ndarray, " n"], bias: bool = True
) -> Margin | None:
    """The unit that keeps furthest from the rows it separates, the bias being an input of 1; None if there is none.

    The shortest unit whose signed sums are 1 or more, by non-negative least squares (Lawson & Hanson 1974, chapter
    23), which ends after finitely many steps. Length and multipliers agree at the optimum and nowhere else, which is
    checked; that there is none is checked as `certificate_holds` does.

    Raises:
        ValueError: for rows that are not finite, and where x and y have different lengths.
        ArithmeticError: where neither check is passed to one part in 10^9: a margin too narrow for the arithmetic, or
            real rows that are not in general position.
    """
    z = _signed(x, y, bias)
    unit_of_length = max(np.linalg.norm(z, axis=1).max(), np.finfo(float).tiny)
    for attempt in range(ORDERS_TRIED):
        # SciPy's solver now and then stops too early where many rows tie, and returns another distance than that of
        # its answer (seen in 1.18); so the answer alone is looked at, and another order of the rows is tried.
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
    raise ArithmeticError(f"the widest margin of {len(z)} rows was not found in {ORDERS_TRIED} orders of them")


def separates(
    x: Num[np.ndarray, "n d"],
    y: Num[np.ndarray, " n"] | Bool[np.ndarray, " n"],
    w: Num[np.ndarray, " d"],
    b: float = 0.0,
) -> bool:
    """Whether w . x + b is positive where y is 1 and negative where it is 0, whatever the rounding."""
    z, unit = _signed(x, y, True), np.append(np.asarray(w, float), b)
    # Each of d + 1 products and sums errs by half a unit in the last place at most; twice that is taken.
    # A product below the least normal number errs by that much at most.
    rounding = (len(unit) + 1) * (np.finfo(float).eps * (np.abs(z) @ np.abs(unit)) + np.finfo(float).tiny)
    return bool((z @ unit > rounding).all())


def certificate_holds(
    x: Num[np.ndarray, "n d"],
    y: Num[np.ndarray, " n"] | Bool[np.ndarray, " n"],
    multipliers: Num[np.ndarray, " n"],
    bias: bool = True,
) -> bool:
    """Whether multipliers prove that no unit separates the rows: in whole numbers exactly, else beyond rounding.

    Real numbers never add up to zero to the last bit. But where the rows with positive multipliers span the space, a
    small enough remainder r can be taken up by small changes of these multipliers, of length |r| / (least singular
    value) at most; if that is less than each of them, true multipliers are near and positive.
    """
    z, used = _signed(x, y, bias), np.asarray(multipliers)
    if (used < 0).any() or not (used > 0).any():
        return False
    if _is_whole(z) and _is_whole(used):
        # Python's whole numbers where 64 bits might not hold the sum.
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
    """Two true rows and two false rows of equal sum, a row taken twice if need be, for each of m functions.

    Such four forbid every unit, which would have to give the true rows the greater sum. Of up to 8 inputs every
    function that is not separable has them (Muroga 1971).

    Args:
        x: the rows, whole numbers.
        tables: the value of each function on every row.

    Returns:
        Places of two true rows, then of two false ones, or -1 four times where there are none.
    """
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
    """The rows with a 1 for the bias, turned round where y is 0: a unit must be positive on all of them."""
    if len(x) != len(y):
        raise ValueError(f"y has {len(y)} values, x has {len(x)} rows: they must be as many")
    rows = np.asarray(x, float)
    if not np.isfinite(rows).all():
        raise ValueError(f"x has {np.sum(~np.isfinite(rows))} numbers that are not finite: all must be")
    if bias:
        rows = np.hstack([rows, np.ones((len(rows), 1))])
    return np.where(np.asarray(y)[:, None] > 0, rows, -rows)


def _is_whole(values: np.ndarray) -> bool:
    return bool((np.asarray(values) == np.rint(values)).all() and np.abs(values).max() < GREATEST_WHOLE)


def _simplest(z: np.ndarray, multipliers: np.ndarray) -> np.ndarray:
    """Multipliers in whole numbers where the rows are; else as they are."""
    return _as_whole(multipliers) if _is_whole(z) and multipliers.max() > 0 else multipliers


def _as_whole(multipliers: np.ndarray) -> np.ndarray:
    """Multipliers as the whole numbers in the same ratio, by the nearest fractions of their share in the greatest."""
    shares = [Fraction(m / multipliers.max()).limit_denominator(GREATEST_DENOMINATOR) for m in multipliers.tolist()]
    common = lcm(*(share.denominator for share in shares))
    whole = [int(share * common) for share in shares]
    divisor = gcd(*whole)
    return np.array([m // divisor for m in whole]) if max(whole) < GREATEST_WHOLE * divisor else multipliers
