"""The run of `universal_approximation.your_target`."""

import numpy as np
import xarray as xr

from experiments.universal_approximation.your_target import networks, target
from experiments.universal_approximation.your_target.config import Config, check


def run(config: Config) -> xr.Dataset:
    """Test errors [solver, activation, units] with intervals, the best possible [units], and a fit of each kind."""
    check(config)
    problem = target.problem(config.function, config.data, config.low, config.high, config.num_points)
    widths = target.fitting(config.widths, problem)
    parts = [networks.trained(problem, widths, config), networks.references(problem, widths, config)]
    parts.append(networks.shown(problem, np.linspace(-1, 1, networks.GRID)))
    attrs = {"target": problem.label, "low": problem.interval[0], "high": problem.interval[1], "scale": problem.scale}
    attrs |= {"seeds": config.seeds, "rows": len(problem.data.x), "points": int(problem.function is None)}
    middle, half = sum(problem.interval) / 2, (problem.interval[1] - problem.interval[0]) / 2
    attrs |= {"jumps": [middle + half * place for place in problem.jumps], "places": problem.places}
    attrs |= {"projection_rates": config.projection_rates, "adam_rates": config.adam_rates}
    attrs["dropped"] = [n for n in config.widths if n not in widths]
    return xr.merge(parts).assign_attrs(attrs)
