"""The errors with which ReLU networks are compared, computed without training for each target and width."""

import numpy as np
import xarray as xr

from experiments.universal_approximation.trained.config import Config
from nnjax.tasks import TARGETS, Target
from nnjax.theory import approximation

NO_BOUND = ("kink", "jump")  # two pieces are |x|, and steeper ones come ever nearer to the jump: the infimum is 0
BEST = 64  # up to here the best network is computed too, in a second or two for each
COMPUTED = 128  # up to here the bound is computed, beyond it is its asymptotic value


def references(config: Config) -> xr.Dataset:
    """`bound` and `best` [task, width], both root mean squares.

    `bound` is E(N + 1), the error of the best N + 1 free pieces: no ReLU network of N units is better. Beyond N = 128
    it is its asymptotic value, within about 1% there, for the analytic targets. `best` is the error of the best
    network of N units, up to N = 64; it lies between E(N + 1) and E(N), so that for greater N the two differ by a share
    of about 2 / N at most. nan for |x| and the jump, whose infimum is 0, and where nothing was computed.
    """
    tables = np.full((2, len(config.targets), len(config.widths)), np.nan)
    for i, name in enumerate(config.targets):
        for j, width in enumerate(config.widths):
            if name not in NO_BOUND:
                tables[:, i, j] = _errors(TARGETS[name], width)
    dims = ("task", "width")
    coords = {"task": list(config.targets), "width": list(config.widths)}
    return xr.Dataset({"bound": (dims, tables[0]), "best": (dims, tables[1])}, coords)


def _errors(target: Target, width: int) -> list[float]:
    """The bound and the best of one target and width, as root mean squares."""
    bound = best = np.nan
    if width <= BEST:
        found = approximation.best_relu_network(target.function, width, target.interval, target.breakpoints)
        bound, best = found.bound, found.error
    elif width <= COMPUTED:
        bound = approximation.best_free_knot(
            target.function, width + 1, target.interval, target.breakpoints
        ).error  # fmt: skip
    elif target.analytic and target.second_derivative is not None:
        bound = approximation.asymptotic_l2(target.second_derivative, width + 1, target.interval)
    return [approximation.l2_to_rms(error, target.interval) for error in (bound, best)]
