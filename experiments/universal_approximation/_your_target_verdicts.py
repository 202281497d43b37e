"""The verdicts of `your_target`: by the same rules whatever the target is."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict

NEAR, NOT_FAR = 1.25, 2.0  # times the error of the best network
ROUNDING = 1e-6  # the part of a bound by which rounding may seem to break it: errors and bound are integrals alike
EXACT = 1e-6  # a best error below this is none: the target is a ReLU network itself


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """More units, the best network and the bound where they are known, and the better solver."""
    found = [_falls(data, str(name)) for name in data.activation.values] if data.sizes["units"] > 1 else []
    if "relu" in data.activation and np.isfinite(data.best).any():
        found += [_bound(data), *_near(data)]
    return [*found, _solver(data)]


def best_solver(data: xr.Dataset) -> xr.DataArray:
    """The solver of the least median error [activation], with the most units."""
    return data["median"].isel(units=-1).fillna(np.inf).idxmin("solver")


def at_equal_seconds(data: xr.Dataset) -> xr.DataArray:
    """Median errors [solver, activation, units] when the solver that ends first has ended; the last that was seen."""
    shared = data.seconds.min("solver")
    seen = (data.course_seconds <= shared * (1 + 1e-9)).sum("record") - 1
    return data.course.isel(record=seen)


def _falls(data: xr.Dataset, activation: str) -> Verdict:
    """By the better solver, the error of the most units against that of the fewest."""
    one = data.sel(activation=activation, solver=best_solver(data).sel(activation=activation).item())
    first, last = one.isel(units=0), one.isel(units=-1)
    ratio = float(last["median"] / first["median"]) if float(first["median"]) > 0 else 1.0
    apart = float(last.high) < float(first.low)
    outcome = REPRODUCED if apart else PARTLY if ratio < 1 else NOT_REPRODUCED
    claim = (
        f"{int(last.units)} {activation} units come nearer than {int(first.units)}: their median error over that of "
        f"the fewer, by {one.solver.item()}; reproduced where the intervals are apart"
    )
    return verdict(data, f"more units, {activation}", claim, "Leshno et al. 1993", "< 1", ratio, "", outcome)


def _bound(data: xr.Dataset) -> Verdict:
    relu = data.sel(activation="relu")
    ratio = (relu.least / relu.bound).where(relu.bound > EXACT)
    least = float(ratio.min()) if ratio.notnull().any() else None
    claim = "no ReLU network of N units errs less than the best N + 1 free pieces, the least error over E(N + 1)"
    holds = least is None or least >= 1 - ROUNDING
    if not holds:
        claim += "; one that does shows that the search for these pieces, on this function, has not found the best"
    return verdict(data, "hard bound", claim, "a network of N units has N + 1 pieces", 1.0, least, "", holds)


def _near(data: xr.Dataset) -> list[Verdict]:
    relu = data.sel(activation="relu", solver="variable projection")
    known = relu.where(relu.best > EXACT, drop=True)
    if not known.sizes["units"]:
        return []
    ratio = known["median"] / known.best
    worst = known.isel(units=int(ratio.argmax("units")))
    high = float(ratio.max())
    outcome = REPRODUCED if high <= NEAR else PARTLY if high <= NOT_FAR else NOT_REPRODUCED
    listed = ", ".join(f"{float(r):.3g} (N = {int(n)})" for r, n in zip(ratio, ratio.units, strict=True))
    claim = (
        f"ReLU networks trained by variable projection come within {NEAR} of the best network, at the median of "
        f"{data.attrs['seeds']} starts, for every N; over the best: {listed}"
    )
    interval = float(worst.low / worst.best), float(worst.high / worst.best)
    source = "the best network, computed without training"
    return [verdict(data, "near the best", claim, source, NEAR, high, "times the best error", outcome, interval)]


def _solver(data: xr.Dataset) -> Verdict:
    newton, adam = data.sel(solver="variable projection"), data.sel(solver="Adam")
    better, worse = newton.high < adam.low, newton.low > adam.high
    count, equal = int(better.sum()), at_equal_seconds(data).values
    outcome = REPRODUCED if count == better.size else PARTLY if count > int(worse.sum()) else NOT_REPRODUCED
    winners = ", ".join(f"{name}: {best_solver(data).sel(activation=name).item()}" for name in data.activation.values)
    claim = (
        f"variable projection errs less than Adam, intervals apart, for every activation and N ({int(worse.sum())} the "
        f"other way); best with {int(data.units[-1])} units: {winners}; seconds per network of so many "
        f"{float(newton.seconds[-1]):.2g} and {float(adam.seconds[-1]):.2g}; at equal seconds it is "
        f"the better by median {int((equal[0] < equal[1]).sum())} of {better.size} times"
    )
    return verdict(data, "solver", claim, "Golub & Pereyra 1973", better.size, count, f"of {better.size}", outcome)
