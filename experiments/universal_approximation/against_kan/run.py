"""The run of `universal_approximation.against_kan`."""

import xarray as xr

from experiments.universal_approximation.against_kan import kans, mlps
from experiments.universal_approximation.against_kan.config import Config, check


def run(config: Config) -> xr.Dataset:
    """Test errors of KANs [target, size, seed] and plain networks [target, solver, size, seed]; parameters, seconds."""
    check(config)
    steps = {"kan_steps": config.kan_steps, "projection_steps": config.projection_steps}
    return xr.merge([mlps.mlps(config), kans.kans(config)]).assign_attrs(steps)
