"""The verdicts of `trained`."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.universal_approximation import _trained_summary as summary

SLACK = 0.25  # how far a slope of training may lie from that of the bound
NEAR = 1.5  # an error within this factor of the bound is near it
ROUNDING = 1e-5  # errors are stored as float32


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Whether accuracy rises, ReLU's slopes, the bound, smooth activations, and where training falls behind."""
    found = [_rises(data)]
    if "relu" in data.activation:
        found += [_bound(data), *_slopes(data), *_near(data)]
    return [*found, *_smooth(data), *_by_solver(data)]


def _share(count: int, total: int, most: float = 1.0) -> str:
    return REPRODUCED if count >= most * total else PARTLY if 2 * count >= total else NOT_REPRODUCED


def _rises(data: xr.Dataset) -> Verdict:
    holds = summary.rises(data)
    failing = [
        f"{t} with {a}" for a in data.activation.values for t in data.task.values if not holds.sel(activation=a, task=t)
    ]
    claim = (
        "more neurons approximate every target better with every activation: with four times as many the median error "
        f"falls, 95 % intervals apart, until it is {summary.FLOOR:g} of the target's size"
    )
    if failing:
        claim += f" (not: {', '.join(failing[:6])}{', ...' if len(failing) > 6 else ''})"
    count = int(holds.sum())
    source = "Hornik et al. 1989; Leshno et al. 1993, of what is possible"
    return verdict(data, "accuracy rises", claim, source, holds.size, count, "pairs", _share(count, holds.size))


def _bound(data: xr.Dataset) -> Verdict:
    """A theorem: an error below the bound would be an error of ours."""
    error = data.error.sel(activation="relu")
    below = error < data.bound * (1 - ROUNDING) - 1e-9
    known = np.isfinite(error) & np.isfinite(data.bound) & (data.width <= 128)
    count = int((below & known).sum())
    claim = f"none of {int(known.sum()):,} ReLU networks is below E(N + 1), the error of the best N + 1 free pieces"
    return verdict(data, "hard bound", claim, "N units have N + 1 pieces", 0, count, "networks", count == 0)


def _slopes(data: xr.Dataset) -> list[Verdict]:
    """For each solver: on how many smooth targets the slope is within SLACK of the bound's."""
    names, found = summary.analytic(data), []
    references = summary.bound_slopes(data, names)
    for solver in data.solver.values:
        slopes = [summary.slope(data, solver, "relu", name) for name in names]
        pairs = [(s, r) for s, r in zip(slopes, references, strict=True) if s is not None and np.isfinite(r)]
        if not pairs:
            continue
        count = sum(abs(s.slope - r) <= SLACK for s, r in pairs)
        claim = (
            f"{solver}: the error of ReLU falls like that of the best N + 1 pieces, N^-2, from N = 8 to 64 on smooth "
            f"targets (slope within {SLACK} of the bound's: {count} of {len(pairs)}; median, ends of all intervals)"
        )
        middle = float(np.median([s.slope for s, _ in pairs]))
        ends = (min(s.low for s, _ in pairs), max(s.high for s, _ in pairs))
        reference, source = float(np.median([r for _, r in pairs])), "de Boor 1973: N^-2; E(N + 1) computed"
        outcome = _share(count, len(pairs))
        found.append(verdict(data, f"ReLU slope, {solver}", claim, source, reference, middle, "", outcome, ends))
    return found


def _near(data: xr.Dataset) -> list[Verdict]:
    """For each solver: the widest N up to which the typical ReLU network is near the bound."""
    names, found = summary.analytic(data), []
    middle = summary.medians(data)[0].sel(activation="relu", task=names)
    for solver in data.solver.values:
        ratio = (middle.sel(solver=solver) / data.bound.sel(task=names)).median("task")
        known = ratio.where(np.isfinite(ratio), drop=True)
        if not known.size:
            continue
        near = [int(n) for n in known.width.values if float(known.sel(width=n)) <= NEAR]
        widest, last = int(known.width[-1]), float(known[-1])
        claim = (
            f"{solver}: training finds nearly the best that N ReLU units can do on smooth targets, up to N = {widest} "
            f"(error over the bound there; within {NEAR} at N = {', '.join(map(str, near)) or 'none'})"
        )
        outcome = _share(len(near), known.size)
        source = "E(N + 1), computed; asked of this project"
        found.append(verdict(data, f"near the bound, {solver}", claim, source, NEAR, last, "times", outcome))
    return found


def _smooth(data: xr.Dataset) -> list[Verdict]:
    orders, faster = summary.orders(data), summary.faster(data)
    if not len(orders):
        return []
    count, total = int(faster.sum()), len(faster)
    claim = (
        "on analytic targets smooth activations gain faster than any power of N: the order rises with N, to 4 or more, "
        f"in {count} of {total} pairs of target and activation (variable projection; median order of the later half)"
    )
    source, outcome = "Mhaskar 1996, of what is possible", _share(count, total, 0.9)
    return [verdict(data, "smooth is faster", claim, source, 4.0, float(np.median(orders[:, 1])), "", outcome)]


def _by_solver(data: xr.Dataset) -> list[Verdict]:
    """Which solver ends lowest, cell by cell, at the widths that all of them train."""
    middle = summary.medians(data)[0]
    known = (middle < np.inf).all("solver")
    lowest = middle.fillna(np.inf).argmin("solver").where(known)
    if "variable projection" not in data.solver.values or not bool(known.any()):
        return []
    index = list(data.solver.values).index("variable projection")
    count, total = int((lowest == index).sum()), int(known.sum())
    claim = (
        f"variable projection ends lower than Adam and L-BFGS, each as long as it was given, in {count} of {total} "
        "cells of activation, target and N"
    )
    share = count / total
    return [
        verdict(data, "second order", claim, "asked of this project", 1.0, share, "of cells", _share(count, total, 0.9))
    ]
