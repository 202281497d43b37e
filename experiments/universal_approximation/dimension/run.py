"""The run of `universal_approximation.dimension`."""

import xarray as xr

from experiments.universal_approximation.dimension import drawn_units, fixed_bases
from experiments.universal_approximation.dimension.config import Config, check

# Settings that captions and rules need.
ATTRS = ("draws", "solved_draws", "sums", "seeds", "most_terms", "points_per_draw", "rates", "scales")


def run(config: Config) -> xr.Dataset:
    """Errors of drawn and trained units [dim, units], and of the fixed bases [dim, degree or features]."""
    check(config)
    parts = [
        drawn_units.drawn(config),
        drawn_units.solved(config),
        drawn_units.trained(config),
        fixed_bases.bases(config),
    ]
    return xr.merge(parts).assign_attrs({name: getattr(config, name) for name in ATTRS})
