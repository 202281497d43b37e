"""The verdicts of `regions`."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.wide_versus_deep import _regions_summary as summary
from experiments.wide_versus_deep._regions_start import LINES
from nnjax import statistics
from nnjax.theory import regions as bounds

LINE_SLOPE, PLANE_SLOPE = 0.1, 0.2  # by how much an exponent may miss 1 and 2
ANY_DEPTH = 1.25  # factor within which breakpoints for each neuron must agree between depths
FAR_BELOW = 0.01  # share of the greatest possible number
NEAR_START = 2.0  # factor of the number before the first step
H_R_LINE = "Hanin & Rolnick 2019a (second-hand)"
H_R_PLANE = "Hanin & Rolnick 2019b: (T N)^2 / 2 (second-hand)"


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Growth, depth, maxima, zero biases, what is written down, and what training does."""
    return [
        _linear(data), _whatever_the_depth(data), _far_below(data), _zero_biases(data), _off_the_origin(data),
        _quadratic(data), _on_a_line(data), _montufar(data), _stays(data), _from_zero(data), _trained_bound(data),
    ]  # fmt: skip


def _farthest(values: dict, from_: float):
    return max(values, key=lambda key: abs(np.log(max(values[key][0], 1e-9) / from_)))


def _linear(data: xr.Dataset) -> Verdict:
    slopes = {int(d): summary.line_slope(data, int(d)) for d in data.depth.values}
    worst = max(slopes, key=lambda d: abs(slopes[d].estimate - 1))
    one, miss = slopes[worst], abs(slopes[worst].estimate - 1)
    n = data.neurons.values
    claim = (
        f"as drawn, pieces along a line grow in proportion to the neurons, N = {n[0]} to {n[-1]}, at each of "
        f"{len(slopes)} depths (exponent of the mean number of breakpoints where layers have {summary.LEAST_WIDTH} or "
        f"more, the farthest off, {worst} layers; "
        f"reproduced within {LINE_SLOPE})"
    )
    outcome = REPRODUCED if miss <= LINE_SLOPE else PARTLY if miss <= 3 * LINE_SLOPE else NOT_REPRODUCED
    return verdict(data, "linear in neurons", claim, H_R_LINE, 1.0, one.estimate, "", outcome, (one.low, one.high))


def _whatever_the_depth(data: xr.Dataset) -> Verdict:
    n = int(data.neurons[-1])
    found = {int(d): summary.per_neuron(data, "drawn", LINES[0], int(d), n) for d in data.depth.values}
    least, most = (choose(one.estimate for one in found.values()) for choose in (min, max))
    worst = _farthest(found, 1.0)
    claim = (
        f"with {n} neurons the number of breakpoints is the same whatever the depth: {least:.2f} to {most:.2f} for "
        f"each "
        f"neuron over {len(found)} depths (the farthest from 1, {worst} layers; reproduced within a factor of "
        f"{ANY_DEPTH})"
    )
    ratio = most / least
    outcome = REPRODUCED if ratio <= ANY_DEPTH else PARTLY if ratio <= ANY_DEPTH**3 else NOT_REPRODUCED
    one = found[worst]
    return verdict(data, "whatever the depth", claim, H_R_LINE, 1.0, one.estimate, "per neuron", outcome, one[1:])


def _far_below(data: xr.Dataset) -> Verdict:
    depth, n = int(data.depth[-1]), int(data.neurons[-1])
    most = bounds.most_pieces_on_a_line((n // depth,) * depth)
    greatest = int(data.pieces.sel(bias="drawn", depth=depth, neurons=n).max())
    claim = (
        f"as drawn, {depth} layers of {n // depth} are far below the {most:.2g} pieces they could have: the greatest "
        f"of "
        f"{2 * data.sizes['network']} counts is {greatest} (as a share; reproduced below {FAR_BELOW})"
    )
    return verdict(
        data, "far below the maximum", claim, H_R_LINE, "far below", greatest / most, "", greatest / most < FAR_BELOW
    )


def _zero_biases(data: xr.Dataset) -> Verdict:
    pieces = data.pieces.sel(bias="zero", line=LINES[0]).values
    share = float((pieces == 2).mean())
    low, high = statistics.wilson(int((pieces == 2).sum()), pieces.size)
    claim = f"with zero biases a line through the origin has 2 pieces (the share of {pieces.size:,} networks)"
    return verdict(
        data, "zero biases", claim, "homogeneity: f(c x) = c f(x), c > 0", 1.0, share, "", share == 1, (low, high)
    )


def _off_the_origin(data: xr.Dataset) -> Verdict:
    n = int(data.neurons[-1])
    found = {int(d): summary.per_neuron(data, "zero", LINES[1], int(d), n) for d in data.depth.values}
    worst = min(found, key=lambda d: found[d].estimate)
    one = found[worst]
    claim = (
        f"off the origin zero biases take nothing away: breakpoints for each of {n} neurons, the fewest, {worst} "
        f"layers "
        f"(1 with drawn biases; reproduced within a factor of {ANY_DEPTH})"
    )
    outcome = REPRODUCED if one.estimate >= 1 / ANY_DEPTH else PARTLY if one.low > 2 / n else NOT_REPRODUCED
    source = "with one input fixed its weights are drawn biases"
    return verdict(
        data, "zero biases, off the origin", claim, source, 1.0, one.estimate, "per neuron", outcome, one[1:]
    )


def _quadratic(data: xr.Dataset) -> Verdict:
    slopes = {int(d): summary.plane_slope(data, int(d)) for d in data.plane_depth.values}
    worst = max(slopes, key=lambda d: abs(slopes[d].estimate - 2))
    one, n = slopes[worst], data.plane_neurons.values
    share = data.cells.sel(plane_neurons=n[-1]).mean("tiled").values / (n[-1] ** 2 / 2)
    claim = (
        f"as drawn, cells of a square grow as the square of the neurons, N = {n[0]} to {n[-1]} (exponent where layers "
        f"have {summary.LEAST_WIDTH} or more, the farthest "
        f"off, {worst} layers; reproduced within {PLANE_SLOPE}); at N = {n[-1]} they are {share.min():.2f} to "
        f"{share.max():.2f} times N^2 / 2"
    )
    miss = abs(one.estimate - 2)
    outcome = REPRODUCED if miss <= PLANE_SLOPE else PARTLY if miss <= 3 * PLANE_SLOPE else NOT_REPRODUCED
    return verdict(data, "quadratic in a plane", claim, H_R_PLANE, 2.0, one.estimate, "", outcome, (one.low, one.high))


def _on_a_line(data: xr.Dataset) -> Verdict:
    n, k = data.attrs["bound_width"], int(data.line_layers[-1])
    equal = (data.line_activation == data.line_bound) & (data.line_affine == data.line_bound)
    claim = (
        f"a network written down has prod (n_l + 1) pieces, the most there can be, for 1 to {k} layers of {n} "
        f"(counted; "
        f"the deepest has so many affine pieces; {int(equal.sum())} of {equal.size} agree)"
    )
    source = "Serra, Tjandraatmadja & Ramalingam 2018 (memory)"
    reference, measured = float(data.line_bound[-1]), int(data.line_affine[-1])
    return verdict(data, "maximum on a line", claim, source, reference, measured, "pieces", bool(equal.all()))


def _montufar(data: xr.Dataset) -> Verdict:
    n, k = data.attrs["bound_width"], int(data.plane_layers[-1])
    counted = np.minimum(data.plane_activation, data.plane_affine)
    enough = counted >= data.montufar_bound
    exact = int((counted == data.montufar_bound).sum())
    claim = (
        f"Montufar's network has in the unit square as many regions as he counts, for 1 to {k} layers of {n} (affine "
        f"regions of the deepest; {int(enough.sum())} of {enough.size} have as many, {exact} exactly)"
    )
    reference, measured = float(data.montufar_bound[-1]), int(data.plane_affine[-1])
    source = "Montufar et al. 2014, theorem 5"
    return verdict(data, "Montufar's network", claim, source, reference, measured, "regions", bool(enough.all()))


def _stays(data: xr.Dataset) -> Verdict:
    """The median over seeds of the count over the first count, at every recorded step."""
    ratio = summary.relative(data).sel(start="drawn")
    middle = ratio.median("seed")
    place = np.unravel_index(int(np.abs(np.log(middle.values)).argmax()), middle.shape)
    at = {name: middle[name].values[i] for name, i in zip(middle.dims, place, strict=True)}
    interval = statistics.bootstrap(ratio.sel(at).values, num_resamples=2000)
    inside = np.abs(np.log(middle)).max() <= np.log(NEAR_START)
    outcome = (
        REPRODUCED if inside else PARTLY if np.abs(np.log(middle)).max() <= 2 * np.log(NEAR_START) else NOT_REPRODUCED
    )
    claim = (
        "while they learn, networks with drawn biases keep about as many regions as they had (median in the square "
        f"over that before the first step, the farthest of all: {at['task']}, {at['trained_depth']} layers, step "
        f"{at['counted']}; reproduced within a factor of {NEAR_START:g} everywhere, partly within {NEAR_START**2:g})"
    )
    return verdict(data, "training stays near", claim, H_R_LINE, 1.0, interval.estimate, "times", outcome, interval[1:])


def _from_zero(data: xr.Dataset) -> Verdict:
    """Whether networks whose biases began at zero end with as many regions as those with drawn biases."""
    last = data.trained_cells.isel(counted=-1)
    ratio = last.sel(start="zero").median("seed") / last.sel(start="drawn").median("seed")
    first = data.trained_cells.isel(counted=0).sel(start="zero").median()
    least, most = float(ratio.min()), float(ratio.max())
    claim = (
        f"the few regions of zero biases ({float(first):.0f}, a fan) do not last: after {data.attrs['num_steps']:,} "
        f"steps "
        f"there are so many times those of networks with drawn biases (medians; the least of {ratio.size} settings, "
        f"which range from {least:.2g} to {most:.2g}; reproduced from 1/2 on)"
    )
    outcome = REPRODUCED if least >= 0.5 else PARTLY if most >= 0.5 else NOT_REPRODUCED
    return verdict(data, "zero biases, trained", claim, "our own", "as many", least, "times", outcome)


def _trained_bound(data: xr.Dataset) -> Verdict:
    depth = int(data.trained_depth[-1])
    most = bounds.serra_upper_bound(2, summary.hidden(data, depth))
    greatest = int(data.trained_cells.sel(trained_depth=depth).max())
    width = summary.hidden(data, depth)[0]
    claim = (
        f"trained or not, {depth} layers of {width} are far below the {most:.2g} regions that the bound allows: the "
        f"greatest count is {greatest:,} (as a share; reproduced below {FAR_BELOW})"
    )
    source = "Hanin & Rolnick 2019b; the bound of Serra et al. 2018"
    return verdict(
        data, "trained, far below", claim, source, "far below", greatest / most, "", greatest / most < FAR_BELOW
    )
