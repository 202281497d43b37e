"""The run of `universal_approximation.against_kan`."""

import xarray as xr

from experiments.universal_approximation.against_kan import kans, mlps, torch_mlps
from experiments.universal_approximation.against_kan.config import Config, check
from nnjax import provenance


def run(config: Config) -> xr.Dataset:
    """Errors of KANs [target, size, draw] and plain networks [target, solver, size, draw]; parameters, iterations,
    seconds."""
    check(config)
    chosen = mlps.tuned(config)
    in_torch = {name: chosen[name, "L-BFGS"] for name in config.targets}
    parts = [mlps.mlps(chosen, config), kans.kans(config), torch_mlps.torch_mlps(in_torch, config)]
    return xr.merge(parts).assign_attrs(
        kan_steps=config.kan_steps,
        projection_steps=config.projection_steps,
        versions={name: provenance.version(name) for name in ("torch", "pykan")},
    )
