"""What the verdicts and figures of `against_kan` share: KANs beside plain networks of as many parameters."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.universal_approximation.against_kan.targets import INNER, SPLINE_ORDER
from nnjax import statistics

EXPONENT = -(SPLINE_ORDER + 1)  # of the error of cubic splines
LEVEL = 0.05  # of a p-value after Holm's correction
WORST = 1e3  # an error beyond that, or of a network that diverged, counts as this
# Where a KAN gets no further, a step of pykan ends after its first iteration, so its time is not that of an iteration.
USED = 0.9  # of the iterations that a KAN may take; with fewer its time is left out


class Duel(NamedTuple):
    """Errors [draw] of a KAN, on validation and test points, and of a plain network of at most as many parameters."""

    params: int
    validation: np.ndarray
    kan: np.ndarray
    mlp: np.ndarray

    @property
    def logs(self) -> np.ndarray:
        """The log of the plain network's error over the KAN's, paired by draw [draw]."""
        return log(self.mlp) - log(self.kan)


class Judged(NamedTuple):
    """A mean over draws with its 95% interval, its p-value after Holm's correction, and its side: -1 if it lies
    significantly below what it is tested against, 1 if above, 0 if neither."""

    mean: float
    low: float
    high: float
    p_value: float
    side: int


def log(error: np.ndarray) -> np.ndarray:
    """Logs of errors; those above WORST count as WORST."""
    return np.log(np.minimum(error, WORST))


def judged(values: Sequence[np.ndarray], least: float, most: float | None = None) -> list[Judged]:
    """Where the means of several comparisons lie, tested together by Holm's rule with Student's t over draws.

    Args:
        values: for each comparison, a number for each draw [n].
        least, most: a mean below `least` is tested against `least`, one above `most` (`least` if not given) against
            `most`; one between lies on neither side.
    """
    most = least if most is None else most
    means = [statistics.mean(one) for one in values]
    sides = [-1 if one.estimate < least else int(one.estimate > most) for one in means]
    tests = [
        statistics.mean(one - (least if side < 0 else most)).p_value if side else 1.0
        for one, side in zip(values, sides, strict=True)
    ]
    p_values = statistics.holm(tests).tolist() if tests else []
    return [
        Judged(*mean[:3], p, side if p <= LEVEL else 0) for mean, p, side in zip(means, p_values, sides, strict=True)
    ]


def duels(data: xr.Dataset, target: str, solver: str) -> list[Duel]:
    """The duels at every size at which both sides have a network."""
    one, found = data.sel(target=target), []
    for size in range(data.sizes["size"]):
        at = one.isel(size=size)
        validation, kan, mlp = (a.values for a in (at.kan_validation, at.kan, at.mlp.sel(solver=solver)))
        if np.isfinite(kan).any() and not np.isnan(mlp).any():
            found.append(Duel(int(at.kan_params), validation, kan, mlp))
    return found


def decisive(data: xr.Dataset, target: str, solver: str) -> Duel:
    """The duel at the KAN's best size, where its median error on validation points is lowest."""
    return min(duels(data, target, solver), key=lambda duel: float(np.median(duel.validation)))


def ratios(data: xr.Dataset) -> dict[tuple[str, str], Judged]:
    """By target and solver the log of the plain network's error over the KAN's, at the KAN's best size."""
    keys = [(str(target), str(solver)) for target in data.target.values for solver in data.solver.values]
    return dict(zip(keys, judged([decisive(data, *key).logs for key in keys], 0.0), strict=True))


def best(data: xr.Dataset, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Parameters [size] and errors [size, draw] of the KANs up to the best size; finer grids follow the noise."""
    one = data.sel(target=target).transpose("size", ...)
    last = int(np.nanargmin(one.kan_validation.median("draw").values)) + 1
    return one.kan_params.values[:last].astype(float), one.kan.values[:last]


def slopes(data: xr.Dataset) -> dict[str, np.ndarray]:
    """The power of the parameters with which a KAN's error falls [draw], by target, from least squares over the sizes
    up to the best; targets whose smallest size is the best are left out."""
    found = {str(name): best(data, str(name)) for name in data.target.values}
    return {
        name: np.polyfit(np.log(params), log(error), 1)[0] for name, (params, error) in found.items() if len(params) > 1
    }


class Fall(NamedTuple):
    """For plain networks after the iterations of all grids: their least and most parameters, the log of the error of
    the smallest over that of the largest, of the second largest over that of the largest, and the error of the smallest
    [draw]."""

    params: tuple[int, int]
    whole: np.ndarray
    last: np.ndarray
    smallest: np.ndarray


def fall(data: xr.Dataset, target: str, solver: str) -> Fall:
    """How far the error falls up to the largest size; the best size could only be chosen by the reported errors."""
    one = data.sel(target=target, solver=solver).transpose("size", ...)
    there = ~np.isnan(one.mlp_end.values).any(axis=1)
    logs, params = log(one.mlp_end.values[there]), one.mlp_params.values[there]
    ends = int(params[0]), int(params[-1])
    return Fall(ends, logs[0] - logs[-1], logs[max(len(logs) - 2, 0)] - logs[-1], np.exp(logs[0]))


def slowness(data: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The processor time of an iteration of pykan's KANs over that of a plain network of as many parameters, in PyTorch
    and by ours [n]: at every size at which the KANs used nearly all iterations that they may take."""
    each = [
        np.diff(data[name].transpose("target", "size", "draw"), axis=1, prepend=0)
        for name in ("kan_seconds", "kan_iterations")
    ]
    used = np.median(each[1], axis=-1) / (data.attrs["kan_steps"] * INNER) >= USED  # nan gives False
    kan = np.median(each[0] / np.maximum(each[1], 1), axis=-1)
    ours = data.sel(solver="L-BFGS").transpose("target", "size", "draw")
    plain = (ours.mlp_seconds / ours.mlp_iterations.median("draw")).values
    kept = used & np.isfinite(plain) & np.isfinite(data.torch_seconds.values)
    return kan[kept] / data.torch_seconds.values[kept], kan[kept] / plain[kept]
