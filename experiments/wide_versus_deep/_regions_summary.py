"""What the figures and the verdicts of `regions` work out of its data."""

import numpy as np
import xarray as xr

from experiments.wide_versus_deep._regions_start import LINES
from nnjax import statistics
from nnjax.theory import regions as bounds

LEAST_WIDTH = 8  # neurons in a layer of networks to which an exponent is fitted: narrower ones often die
RESAMPLES = 2000


def line_slope(data: xr.Dataset, depth: int) -> statistics.Interval:
    """Of the log of the mean number of breakpoints against the log of the neurons: biases drawn, through the origin."""
    return _exponent(data.pieces.sel(bias="drawn", line=LINES[0], depth=depth) - 1, "neurons", depth)


def plane_slope(data: xr.Dataset, depth: int) -> statistics.Interval:
    """Of the log of the mean number of cells against the log of the neurons."""
    return _exponent(data.cells.sel(plane_depth=depth), "plane_neurons", depth)


def _exponent(counts: xr.DataArray, dim: str, depth: int) -> statistics.Interval:
    """The least-squares exponent of mean counts [neurons, network] with a bootstrap interval over the networks.

    Of layers of LEAST_WIDTH or more: two such numbers of neurons at least, which `regions.check` sees to.
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
    """The mean number of breakpoints for each neuron, with its bootstrap interval."""
    pieces = data.pieces.sel(bias=bias, line=line, depth=depth, neurons=neurons)
    return statistics.bootstrap((pieces.values - 1) / neurons, np.mean, num_resamples=RESAMPLES)


def hidden(data: xr.Dataset, depth: int) -> tuple[int, ...]:
    """The hidden layers of the trained networks of that depth."""
    return (data.attrs["trained_neurons"] // depth,) * depth


def relative(data: xr.Dataset, variable: str = "trained_cells") -> xr.DataArray:
    """The counts over those of the same network before the first step."""
    return data[variable] / data[variable].sel(counted=0)


def rows(data: xr.Dataset) -> list[dict]:
    """A row per kind of network and count."""
    found = []
    for bias in data.bias.values:
        for line in data.line.values:
            for depth in data.depth.values:
                for n in data.neurons.values:
                    one = data.sel(bias=bias, line=line, depth=depth, neurons=n)
                    most = bounds.most_pieces_on_a_line((int(n) // int(depth),) * int(depth))
                    found.append(
                        _row(f"drawn, biases {bias}", f"line {line}", depth, n, one.pieces, one.affine_pieces, most)
                    )
    for depth in data.plane_depth.values:
        for n in data.plane_neurons.values:
            one = data.sel(plane_depth=depth, plane_neurons=n)
            most = bounds.serra_upper_bound(2, (int(n) // int(depth),) * int(depth))
            found.append(_row("drawn, biases drawn", "square", depth, n, one.cells, one.affine_cells, most))
    width = data.attrs["bound_width"]
    for name, dim in (("line", "line_layers"), ("plane", "plane_layers")):
        for k in data[dim].values:
            one = data.sel({dim: k})
            kind = "zigzag" if name == "line" else "Montufar"
            counted = one[f"{name}_activation"], one[f"{name}_affine"]
            found.append(_row(kind, name, k, width * k, *counted, float(one[f"{name}_bound"])))
    for depth in data.trained_depth.values:
        most = bounds.serra_upper_bound(2, hidden(data, int(depth)))
        for task in data.task.values:
            for start in data.start.values:
                for step in data.counted.values:
                    one = data.sel(trained_depth=depth, task=task, start=start, counted=step)
                    kind = f"{task}, biases {start}, step {step}"
                    found.append(
                        _row(kind, "square", depth, data.attrs["trained_neurons"], one.trained_cells,
                             one.trained_affine, most)
                    )  # fmt: skip
    return found


def _row(
    kind: str, place: str, depth: int, neurons: int, activation: xr.DataArray, affine: xr.DataArray, most: float
) -> dict:
    values = np.atleast_1d(activation.values)
    return {
        "networks": kind, "place": place, "layers": int(depth), "neurons": int(neurons), "counted": values.size,
        "mean_activation_regions": float(values.mean()), "least": int(values.min()), "greatest": int(values.max()),
        "mean_affine_regions": float(affine.values.mean()), "upper_bound": float(most),
    }  # fmt: skip
