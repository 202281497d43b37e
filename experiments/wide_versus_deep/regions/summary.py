"""The numbers in figures and verdicts of `regions`: exponents, and counts per neuron and relative to the start."""

import numpy as np
import xarray as xr

from experiments.wide_versus_deep.regions.config import FULL, LEAST_WIDTH
from experiments.wide_versus_deep.regions.untrained import LINES
from nnjax import statistics

RESAMPLES = 2000
STARTS = {"drawn": "random biases", "zero": "zero biases"}


def line_slope(data: xr.Dataset, depth: int) -> statistics.Interval:
    """The exponent of the mean number of breakpoints over neurons, along lines through the origin, biases drawn."""
    return _exponent(data.pieces.sel(bias="drawn", line=LINES[0], depth=depth) - 1, "neurons", depth)


def plane_slope(data: xr.Dataset, depth: int) -> statistics.Interval:
    """The exponent of the mean number of cells over neurons."""
    return _exponent(data.cells.sel(plane_depth=depth), "plane_neurons", depth)


def _exponent(counts: xr.DataArray, dim: str, depth: int) -> statistics.Interval:
    """The least-squares exponent of mean counts [neurons, network] with a bootstrap interval over the networks.

    Only networks with layers of LEAST_WIDTH or more count; `check` ensures at least two such numbers of neurons.
    """
    values = counts.sel({dim: counts[dim] >= LEAST_WIDTH * depth}).transpose(dim, ...)
    x = np.log(values[dim].values)
    x = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    rng, n = np.random.default_rng(0), values.shape[1]
    drawn = rng.integers(n, size=(RESAMPLES, len(x), n))
    means = np.take_along_axis(values.values[None], drawn, axis=2).mean(axis=2)
    low, high = np.quantile(np.log(means) @ x, [0.025, 0.975])
    return statistics.Interval(float(np.log(values.values.mean(axis=1)) @ x), float(low), float(high))


def per_neuron(data: xr.Dataset, bias: str, line: str, depth: int, neurons: int) -> statistics.Interval:
    """The mean number of breakpoints per neuron, with its bootstrap interval."""
    pieces = data.pieces.sel(bias=bias, line=line, depth=depth, neurons=neurons)
    return statistics.bootstrap((pieces.values - 1) / neurons, np.mean, num_resamples=RESAMPLES)


def hidden(data: xr.Dataset, depth: int) -> tuple[int, ...]:
    """The hidden layers of the trained networks of that depth."""
    return (data.attrs["trained_neurons"] // depth,) * depth


def relative(data: xr.Dataset, variable: str = "trained_cells") -> xr.DataArray:
    """The counts divided by those of the same network before the first step."""
    return data[variable] / data[variable].sel(counted=0)


def at_edge(data: xr.Dataset) -> xr.DataArray:
    """Where the tuned rate is the least or the greatest tried [trained_depth, task, start]."""
    if "rate_at_edge" in data:
        return data.rate_at_edge
    return data.trained_rate.isin([min(FULL.rates), max(FULL.rates)])  # runs that did not record it
