"""What the comparison with KANs says about the paper's claims."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.universal_approximation._kan_targets import KAN_TARGETS, SPLINE_ORDER

PAPER = "Liu et al. 2024, arXiv 2404.19756"
COLUMNS = {"L-BFGS": "the same solver", "variable projection": "each side's best solver"}
EXPONENT = -(SPLINE_ORDER + 1)  # of the error of cubic splines
PLATEAU = 10.0  # an error that falls by less than this from the smallest network to the largest has stalled


class Duel(NamedTuple):
    """Test errors [seed] of a KAN and of a plain network of at most as many parameters."""

    params: int
    kan: np.ndarray
    mlp: np.ndarray

    @property
    def ratio(self) -> float:
        """The plain network's median error over the KAN's."""
        return float(np.median(self.mlp) / np.median(self.kan))

    @property
    def outcome(self) -> str:
        """Of the claim that the KAN is the more accurate: partly where seeds of the two overlap."""
        if self.kan.max() < self.mlp.min():
            return REPRODUCED
        return NOT_REPRODUCED if self.mlp.max() < self.kan.min() else PARTLY


def duels(data: xr.Dataset, target: str, solver: str) -> list[Duel]:
    """Every size at which both have a network."""
    one, found = data.sel(target=target), []
    for size in range(data.sizes["size"]):
        kan, mlp = one.kan.isel(size=size), one.mlp.sel(solver=solver).isel(size=size)
        if np.isfinite(kan).any() and not np.isnan(mlp).any():
            found.append(Duel(int(one.kan_params.isel(size=size)), kan.values, mlp.values))
    return found


def decisive(found: list[Duel]) -> Duel:
    """The one at the KAN's own best size: where its median error is lowest."""
    return min(found, key=lambda duel: float(np.median(duel.kan)))


def best(data: xr.Dataset, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and median errors of the KANs up to the grid of the lowest error; finer ones follow the noise."""
    one = data.sel(target=target)
    error = one.kan.median("seed").values
    last = int(np.nanargmin(error)) + 1
    return one.kan_params.values[:last].astype(float), error[:last]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Accuracy for each function and column, how fast the error falls, whether plain networks stall, and the time."""
    found = []
    for solver, words in COLUMNS.items():
        wins = 0
        for target in data.target.values:
            duel = decisive(duels(data, str(target), solver))
            wins += duel.ratio > 1
            low, high = duel.mlp.min() / duel.kan.max(), duel.mlp.max() / duel.kan.min()
            claim = (
                f"{_plain(target)}: of networks of {duel.params} parameters, the KAN's best size, a KAN is more "
                f"accurate than a plain one, {words}; interval over the seeds"
            )
            found.append(
                verdict(
                    data, f"accuracy: {target}, {solver}", claim, f"{PAPER}, figure 3.1", "above 1", duel.ratio,
                    "times the KAN's error", duel.outcome, (float(low), float(high)),
                )
            )  # fmt: skip
        total = data.sizes["target"]
        claim = f"KANs are more accurate than plain networks of as many parameters on every function, {words}"
        outcome = REPRODUCED if wins == total else NOT_REPRODUCED if 2 * wins <= total else PARTLY
        found.append(
            verdict(
                data, f"accuracy, {solver}", claim, f"{PAPER}, section 3.1", f"{total} of {total}",
                f"{wins} of {total}", "functions", outcome,
            )
        )  # fmt: skip
    return [*found, *_scaling(data), _plateau(data), _time(data)]


def _scaling(data: xr.Dataset) -> list[Verdict]:
    """Does a KAN's error fall as the power -4 of its parameters, up to its best size?"""
    found = []
    for target in data.target.values:
        params, error = best(data, str(target))
        slope = float(np.polyfit(np.log(params), np.log(error), 1)[0]) if len(params) > 1 else 0.0
        outcome = REPRODUCED if slope <= EXPONENT + 1 else PARTLY if slope <= EXPONENT / 2 else NOT_REPRODUCED
        claim = (
            f"{_plain(target)}: the error of KANs falls with the fourth power of the parameters or faster (least "
            f"squares over {len(params)} sizes up to the best; reproduced from -3 on, partly from -2)"
        )
        found.append(
            verdict(data, f"power: {target}", claim, f"{PAPER}, eq. 2.15", float(EXPONENT), slope, "power", outcome)
        )
    return found


def _plateau(data: xr.Dataset) -> Verdict:
    """Do plain networks stall, as the paper found?"""
    falls = []
    for target in data.target.values:
        error = data.mlp.sel(target=target, solver="variable projection").median("seed").values
        error = error[~np.isnan(error)]
        falls.append(float(error[0] / error.min()))
    stalled = sum(fall < PLATEAU for fall in falls)
    outcome = REPRODUCED if stalled == len(falls) else PARTLY if 2 * stalled >= len(falls) else NOT_REPRODUCED
    claim = (
        f"plain networks stall as they grow: from the smallest to the best size the error falls less than "
        f"{PLATEAU:g}-fold (falls: {', '.join(f'{fall:.3g}' for fall in falls)})"
    )
    return verdict(
        data, "plain networks stall", claim, f"{PAPER}, section 3.1", f"{len(falls)} of {len(falls)}",
        f"{stalled} of {len(falls)}", "functions", outcome,
    )  # fmt: skip


def _time(data: xr.Dataset) -> Verdict:
    """How much longer does a KAN take for as many iterations of the same solver?"""
    seconds = data.kan_seconds.median("seed") / data.mlp_seconds.sel(solver="L-BFGS")
    ratios = seconds.values[np.isfinite(seconds.values)]
    middle = float(np.median(ratios))
    outcome = REPRODUCED if 3 <= middle <= 30 else PARTLY if middle > 1 else NOT_REPRODUCED
    claim = (
        "KANs take ten times as long as plain networks of as many parameters: processor seconds for as many "
        "iterations of L-BFGS, pykan's over ours; the median over sizes and functions (reproduced from 3 to 30)"
    )
    ends = (float(ratios.min()), float(ratios.max()))
    return verdict(data, "time", claim, f"{PAPER}, section 6", 10.0, middle, "times as long", outcome, ends)


def _plain(target: str) -> str:
    return {"bessel": "J0(20x)", "exp_sine": "exp(sin(pi x) + y^2)", "product": "x y"}.get(
        str(target), "the four-dimensional function" if target in KAN_TARGETS else str(target)
    )
