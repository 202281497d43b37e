"""What the verdicts and figures of `against_kan` are made of: KANs beside plain networks of as many parameters."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.universal_approximation.against_kan.targets import SPLINE_ORDER

EXPONENT = -(SPLINE_ORDER + 1)  # of the error of cubic splines


class Duel(NamedTuple):
    """Test errors [seed] of a KAN and of a plain network of at most as many parameters."""

    params: int
    kan: np.ndarray
    mlp: np.ndarray

    @property
    def ratio(self) -> float:
        """The plain network's median error over the KAN's."""
        return float(np.median(self.mlp) / np.median(self.kan))


def duels(data: xr.Dataset, target: str, solver: str) -> list[Duel]:
    """Every size at which both have a network."""
    one, found = data.sel(target=target), []
    for size in range(data.sizes["size"]):
        kan, mlp = one.kan.isel(size=size), one.mlp.sel(solver=solver).isel(size=size)
        if np.isfinite(kan).any() and not np.isnan(mlp).any():
            found.append(Duel(int(one.kan_params.isel(size=size)), kan.values, mlp.values))
    return found


def decisive(data: xr.Dataset, target: str, solver: str) -> Duel:
    """The one at the KAN's own best size: where its median error is lowest."""
    return min(duels(data, target, solver), key=lambda duel: float(np.median(duel.kan)))


def best(data: xr.Dataset, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and median errors of the KANs up to the grid of the lowest error; finer ones follow the noise."""
    one = data.sel(target=target)
    error = one.kan.median("seed").values
    last = int(np.nanargmin(error)) + 1
    return one.kan_params.values[:last].astype(float), error[:last]


def slowness(data: xr.Dataset) -> np.ndarray:
    """The processor time of KANs over that of plain networks, for as many iterations of L-BFGS [n]."""
    ratio = (data.kan_seconds.median("seed") / data.mlp_seconds.sel(solver="L-BFGS")).values
    return ratio[np.isfinite(ratio)]
