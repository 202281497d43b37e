"""The verdicts of `trained`."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.universal_approximation import _trained_summary as summary

SLACK = 0.25  # how far a slope of training may lie from that of the bound
NEAR = 1.5  # an error within this factor of that of the best network is near it
ROUNDING = 1e-5  # errors are stored as float32


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Whether accuracy rises, ReLU's slopes, the bound, smooth activations, and where training falls behind."""
    found = _rises(data)
    if "relu" in data.activation:
        found += [_bound(data), *_slopes(data), *_near(data)]
    return [*found, *_smooth(data), *_by_solver(data)]


def _share(count: int, total: int, most: float = 1.0) -> str:
    return REPRODUCED if count >= most * total else PARTLY if 2 * count >= total else NOT_REPRODUCED


def _rises(data: xr.Dataset) -> list[Verdict]:
    """For each solver, as far as it goes: in how many pairs of activation and target more neurons help every time."""
    found = []
    for solver in map(str, data.solver.values):
        pairs = summary.fourfold(summary.reach(data, solver))
        if not pairs:
            continue
        holds = summary.rises(data, solver)
        failing = [
            f"{t} with {a}"
            for a in data.activation.values
            for t in data.task.values
            if not holds.sel(activation=a, task=t)
        ]
        claim = (
            f"{solver}: more neurons approximate every target better with every activation: with four times as many, "
            f"from N = {pairs[0][0]} to {pairs[-1][1]}, the median error falls, intervals of "
            f"{100 * summary.coverage(data):.1f} % or more apart, until it is {summary.FLOOR:g} of the target's size"
        )
        if failing:
            claim += f" (not: {', '.join(failing[:6])}{', ...' if len(failing) > 6 else ''})"
        count, source = int(holds.sum()), "Hornik et al. 1989; Leshno et al. 1993, of what is possible"
        outcome = _share(count, holds.size)
        found.append(verdict(data, f"accuracy rises, {solver}", claim, source, holds.size, count, "pairs", outcome))
    return found


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
        lost, of = summary.diverged(
            data.sel(solver=[solver], activation=["relu"], task=names, width=summary.rated(data))
        )
        claim = (
            f"{solver}: the error of ReLU falls like that of the best N + 1 pieces, N^-2, from N = 8 to 64 on smooth "
            f"targets (slope of the medians within {SLACK} of the bound's: {count} of {len(pairs)}; median, ends of "
            f"all bootstrap intervals; {lost} of {of:,} networks diverged and count as worst)"
        )
        middle = float(np.median([s.slope for s, _ in pairs]))
        ends = (min(s.low for s, _ in pairs), max(s.high for s, _ in pairs))
        reference, source = float(np.median([r for _, r in pairs])), "de Boor 1973: N^-2; E(N + 1) computed"
        outcome = _share(count, len(pairs))
        found.append(verdict(data, f"ReLU slope, {solver}", claim, source, reference, middle, "", outcome, ends))
    return found


def _near(data: xr.Dataset) -> list[Verdict]:
    """For each solver: at which N the typical ReLU network is near the best that is possible."""
    names, found = summary.analytic(data), []
    middle = summary.medians(data)[0].sel(activation="relu", task=names)
    for solver in data.solver.values:
        ratio = (middle.sel(solver=solver) / data.best.sel(task=names)).median("task", skipna=False)
        known = ratio.dropna("width")
        if not known.size:
            continue
        near = [str(n) for n, value in zip(known.width.values, known.values, strict=True) if value <= NEAR]
        first, last = int(known.width[0]), int(known.width[-1])
        span = f"{first} to {last}" if first < last else str(last)
        claim = (
            f"{solver}: the median ReLU network is within {NEAR} times the error of the best network of N units on "
            f"smooth targets, at N = {span} (so at {', '.join(near) or 'none'}, {len(near)} of "
            f"{known.size}; measured: at N = {last}, median of targets: {len(names)})"
        )
        outcome = _share(len(near), known.size)
        source = "the best over all orientations, computed; asked of this project"
        found.append(verdict(data, f"near the best, {solver}", claim, source, NEAR, float(known[-1]), "times", outcome))
    return found


def _smooth(data: xr.Dataset) -> list[Verdict]:
    laws = summary.laws(data)
    count, total = int(laws.faster.sum()), len(laws.faster)
    if not total:
        return []
    claim = (
        "on analytic targets smooth activations gain faster than any power of N: exp(-c sqrt N) fits their medians "
        f"better than a power in {100 * (1 - summary.TAIL):.1f} % of resamples of the seeds, and the order is "
        f"{summary.LEAST_ORDER} or more in the end: in {count} of {total} pairs of target and activation "
        f"({laws.dropped} more reach rounding too early to be judged; variable projection; median order)"
    )
    source, outcome = "Mhaskar 1996, of what is possible", _share(count, total, 0.9)
    reference, order = float(summary.LEAST_ORDER), float(np.median(laws.order))
    return [verdict(data, "smooth is faster", claim, source, reference, order, "", outcome)]


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
        f"variable projection ends lower than the other solvers, each as long as it was given, in {count} of {total} "
        "cells of activation, target and N"
    )
    share = count / total
    return [
        verdict(data, "second order", claim, "asked of this project", 1.0, share, "of cells", _share(count, total, 0.9))
    ]
