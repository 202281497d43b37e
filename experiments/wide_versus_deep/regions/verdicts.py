"""The table and the verdicts of `regions`: growth, depth, maxima, and what training does."""

import itertools
from collections.abc import Sequence

import numpy as np
import scipy
import xarray as xr

from experiments.lab import rules
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    EXTREME,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)
from experiments.wide_versus_deep.regions import summary
from experiments.wide_versus_deep.regions.config import LEAST_WIDTH, Config
from experiments.wide_versus_deep.regions.trained import moments_of
from experiments.wide_versus_deep.regions.untrained import LINES
from nnjax import statistics
from nnjax.theory import regions

LINE_SLOPE, PLANE_SLOPE = 0.1, 0.2  # by how much an exponent may differ from 1 and 2
ANY_DEPTH = 1.25  # the factor within which breakpoints per neuron must equal 1 at every depth
MOST_PIECES = 2.0  # the most mean pieces along a line, in multiples of what one layer of as many neurons can have
ALPHA = 0.05
NEAR_START = 2.0  # the factor within which counts must stay of those before the first step
HANIN_LINE = "Hanin & Rolnick (2019), Complexity of linear regions in deep networks, ICML"
HANIN_PLANE = "Hanin & Rolnick (2019), Deep ReLU networks have surprisingly few activation patterns, NeurIPS"
SERRA = "Serra, Tjandraatmadja & Ramalingam (2018), Bounding and counting linear regions of deep neural networks, ICML"
MONTUFAR = "Montufar, Pascanu, Cho & Bengio (2014), On the number of linear regions of deep neural networks, NeurIPS"


def statements(config: Config) -> list[Statement]:
    """The statements about the networks of this Config."""
    return [
        _linear(config.neurons[0], config.neurons[-1]),
        _any_depth(config.neurons[-1]),
        _far_below(config.depths, config.neurons[-1]),
        _quadratic(config.plane_neurons[0], config.plane_neurons[-1]),
        _maximum(config.line_layers, config.bound_width),
        _montufar(config.plane_layers, config.bound_width),
        _stays(len(moments_of(config)) - 1),
        _trained_far_below(config.trained_depths, config.trained_neurons),
    ]


WIDE_ENOUGH = f"where layers have {LEAST_WIDTH} neurons or more"
# The rules always left out narrower layers.
CLAIMED = "The claim names this least width since the results were seen."


def _linear(fewest: int, most: int) -> Statement:
    return Statement(
        id="linear in neurons",
        claim="In untrained ReLU networks with random biases the number of linear pieces along a line is proportional "
        f"to the number N of neurons (N = {fewest} to {most}), whatever the depth, {WIDE_ENOUGH}.",
        kind=PUBLISHED,
        source=HANIN_LINE,
        rule=_each_depth(
            f"the 95% interval of the exponent of the mean number of breakpoints by N, of networks with {LEAST_WIDTH} "
            "neurons or more in a layer,", 1 - LINE_SLOPE, 1 + LINE_SLOPE, CLAIMED,
        ),
        reference=1.0,
        settled_by="more networks of every size",
        interval=EXTREME,
    )  # fmt: skip


def _each_depth(of: str, least: float, most: float, changed: str = "") -> Rule:
    return Rule(f"{rules.together('depths')} At one depth: {rules.within(least, most, of).text} {changed}".rstrip())


def _deeper(depths: Sequence[int]) -> list[int]:
    """Depths at which a network can have more regions than one hidden layer can."""
    return [int(depth) for depth in depths if depth > 1] or [int(depth) for depth in depths]


CHANGED = (
    "The rule was changed after the first results: it had asked for less than 1% of what so many layers could make, "
    "which no network that can be counted could fail."
)


def _any_depth(neurons: int) -> Statement:
    return Statement(
        id="whatever the depth",
        claim=f"An untrained ReLU network of {neurons} neurons has along a line about one breakpoint for each neuron, "
        "whatever the depth.",
        kind=PUBLISHED,
        source=HANIN_LINE,
        rule=_each_depth("the 95% interval of the mean number of breakpoints divided by N", 1 / ANY_DEPTH, ANY_DEPTH),
        reference=1.0,
        unit="per neuron",
        settled_by="more networks",
        interval=EXTREME,
    )


def _far_below(depths: Sequence[int], neurons: int) -> Statement:
    depth = int(depths[-1])
    most = regions.most_pieces_on_a_line((neurons // depth,) * depth)
    below = rules.below(MOST_PIECES, "the 95% bootstrap interval of the greatest mean over N + 1")
    return Statement(
        id="far below the maximum",
        claim=f"Along a line untrained networks of several layers have on average fewer than {MOST_PIECES:g} times the "
        f"pieces that one hidden layer of as many neurons can have, N + 1, where {_layers(depth)} of "
        f"{neurons // depth} could make {most:.2g}.",
        kind=PUBLISHED,
        source=HANIN_LINE,
        rule=Rule(
            "Of every depth beyond one layer, every N and both lines, with biases drawn, the mean over networks is "
            f"divided by N + 1; the greatest decides. {below.text} {CHANGED} It was changed again after a replication "
            "had come to the other outcome: the greatest single count had decided, which grows with the number of "
            "networks, and of which the source says nothing.",
            below.judge,
        ),
        reference="far below",
        unit="times N + 1",
        settled_by="more networks",
        interval=EXTREME,
    )


def _quadratic(fewest: int, most: int) -> Statement:
    return Statement(
        id="quadratic in a plane",
        claim="In untrained ReLU networks with random biases the number of linear regions in a square grows as the "
        f"square of the number N of neurons (N = {fewest} to {most}), whatever the depth, {WIDE_ENOUGH}.",
        kind=PUBLISHED,
        source=f"{HANIN_PLANE} (the number is of the order of N^2 / 2 for two inputs)",
        rule=_each_depth(
            f"the 95% interval of the exponent of the mean number of linear regions by N, of networks with "
            f"{LEAST_WIDTH} neurons or more in a layer,", 2 - PLANE_SLOPE, 2 + PLANE_SLOPE, CLAIMED,
        ),
        reference=2.0,
        settled_by="more networks of every size",
        interval=EXTREME,
    )  # fmt: skip


def _maximum(layers: int, width: int) -> Statement:
    return Statement(
        id="maximum on a line",
        claim="Layers of n_l ReLUs can make as many linear pieces of a line as the upper bound allows, prod (n_l + 1), "
        f"for 1 to {layers} layers of {width}.",
        kind=THEOREM,
        source=f"{SERRA} (whose bounds are exact for one input)",
        rule=_each_counted(layers, "exactly prod (n_l + 1) activation regions and affine regions"),
        reference=float(regions.most_pieces_on_a_line((width,) * layers)),
        unit="pieces",
    )


def _montufar(layers: int, width: int) -> Statement:
    return Statement(
        id="Montufar's network",
        claim="A network that folds the square has at least as many linear regions as Montufar et al. count, for 1 to "
        f"{layers} layers of {width}.",
        kind=THEOREM,
        source=MONTUFAR,
        rule=_each_counted(layers, "as many regions as the formula, or more, in the unit square"),
        reference=float(regions.montufar_lower_bound(2, (width,) * layers)),
        unit="regions",
    )


def _each_counted(layers: int, what: str) -> Rule:
    return Rule(
        f"Reproduced when the networks written down for 1 to {layers} layers all have {what}, otherwise not reproduced."
    )


def _stays(later: int) -> Statement:
    margin = rules.within(
        1 / NEAR_START, NEAR_START, "the interval of the median over networks of that ratio (order statistics, 95% for "
        "all later steps together)",
    ).text  # fmt: skip
    return Statement(
        id="training stays near",
        claim="While they learn, networks with random biases keep about as many linear regions as they had before the "
        "first step.",
        kind=PUBLISHED,
        source=f"{HANIN_LINE}; {HANIN_PLANE}",
        rule=Rule(
            f"{rules.together('settings (a task and a depth)')} Of one setting the number of linear regions in the "
            "square divided by that before the first step decides, at the recorded step where its median is farthest "
            f"from 1: {margin} A setting whose tuned rate is the least or the greatest tried is not settled, nor one "
            "of "
            "too few networks for such an interval. Until November 2026 the interval was a bootstrap that took the "
            "step "
            f"as given, and 16 networks of each setting were too few for more. {rules.GIVEN}"
        ),
        reference=1.0,
        unit="times",
        settled_by="rates beyond those tried and more networks",
        interval=EXTREME,
        level=1 - ALPHA / later,
    )


def _trained_far_below(depths: Sequence[int], neurons: int) -> Statement:
    depth, wide = int(depths[-1]), regions.serra_upper_bound(2, (neurons,))
    most = regions.serra_upper_bound(2, (neurons // depth,) * depth)
    below = rules.below(1.0, "the 95% bootstrap interval of the mean count divided by that number").text
    return Statement(
        id="trained, far below",
        claim="Trained or not, networks of several layers have on average fewer linear regions in a square than one "
        f"hidden layer of as many neurons can have ({wide:,.0f} of {neurons}), where {_layers(depth)} of "
        f"{neurons // depth} are bounded only by {most:.2g}.",
        kind=PUBLISHED,
        source=f"{HANIN_PLANE} (of the order of N^2 / 2 whatever the depth, random labels learned or not); the bounds: "
        f"{SERRA}",
        rule=Rule(
            f"{rules.together('settings (a task, a start and a depth beyond one layer)')} Of one setting the recorded "
            f"step with the greatest mean decides: {below} A setting whose tuned rate is the least or the greatest "
            f"tried is not settled. {CHANGED} {rules.GIVEN}"
        ),
        reference="far below",
        unit="times as many",
        settled_by="rates beyond those tried and more networks",
        interval=EXTREME,
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per kind of network: what is counted, in how many networks, the mean and the extremes."""
    found = []
    for bias in data.bias.values:
        for line in data.line.values:
            for depth in data.depth.values:
                for n in data.neurons.values:
                    one = data.sel(bias=bias, line=line, depth=depth, neurons=n)
                    most = regions.most_pieces_on_a_line((int(n) // int(depth),) * int(depth))
                    kind = f"untrained, {summary.STARTS[str(bias)]}"
                    found.append(_row(kind, f"line {line}", depth, n, one.pieces, one.affine_pieces, most))
    for depth in data.plane_depth.values:
        for n in data.plane_neurons.values:
            one = data.sel(plane_depth=depth, plane_neurons=n)
            most = regions.serra_upper_bound(2, (int(n) // int(depth),) * int(depth))
            kind = f"untrained, {summary.STARTS['drawn']}"
            found.append(_row(kind, "square", depth, n, one.cells, one.affine_cells, most))
    width = data.attrs["bound_width"]
    for name, dim in (("line", "line_layers"), ("plane", "plane_layers")):
        for k in data[dim].values:
            one = data.sel({dim: k})
            kind = "zigzag" if name == "line" else "Montufar"
            counted = one[f"{name}_activation"], one[f"{name}_affine"]
            found.append(_row(kind, name, k, width * k, *counted, float(one[f"{name}_bound"])))
    for depth in data.trained_depth.values:
        most = regions.serra_upper_bound(2, summary.hidden(data, int(depth)))
        for task in data.task.values:
            for start in data.start.values:
                for step in data.counted.values:
                    one = data.sel(trained_depth=depth, task=task, start=start, counted=step)
                    kind = f"{task}, {summary.STARTS[str(start)]}, step {step}"
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


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on each statement."""
    return [
        _grows_linearly(data),
        _per_neuron(data),
        _share_of_the_maximum(data),
        _grows_quadratically(data),
        _on_a_line(data),
        _in_the_plane(data),
        _over_the_start(data),
        _share_of_the_bound(data),
    ]


def _together(found: dict[int, statistics.Interval], least: float, most: float) -> str:
    """The outcome of a claim that each of these intervals lies within a margin."""
    return rules.combine([_inside(one, least, most) for one in found.values()])


def _inside(one: statistics.Interval, least: float, most: float) -> str:
    if least <= one.low and one.high <= most:
        return REPRODUCED
    return NOT_REPRODUCED if one.high < least or most < one.low else NOT_SETTLED


def _grows_linearly(data: xr.Dataset) -> Verdict:
    found = {int(d): summary.line_slope(data, int(d)) for d in data.depth.values}
    worst = max(found, key=lambda d: abs(found[d].estimate - 1))
    one = found[worst]
    return _linear(int(data.neurons[0]), int(data.neurons[-1])).verdict(
        f"The mean number of breakpoints grows as N to the power {one.estimate:.3f} [{one.low:.3f}, {one.high:.3f}] "
        f"with {_layers(worst)}, the exponent farthest from 1 among {plural(len(found), 'depth')}.{_narrow(data)}",
        *one, data.sizes["network"],
        outcome=_together(found, 1 - LINE_SLOPE, 1 + LINE_SLOPE),
    )  # fmt: skip


def _narrow(data: xr.Dataset) -> str:
    """A sentence on the breakpoints of the narrowest layers, if the exponents leave these out."""
    some = [(int(n) // int(d), int(d), int(n)) for d in data.depth.values for n in data.neurons.values]
    width, depth, n = min(some)
    if width >= LEAST_WIDTH:
        return ""
    one = summary.per_neuron(data, "drawn", LINES[0], depth, n)
    return (
        f" Narrower layers are left out of the exponent: networks with {_layers(depth)} of {width} have "
        f"{one.estimate:.2f} [{one.low:.2f}, {one.high:.2f}] breakpoints per neuron."
    )


def _layers(depth: int) -> str:
    return plural(depth, "layer")


def _per_neuron(data: xr.Dataset) -> Verdict:
    n = int(data.neurons[-1])
    found = {int(d): summary.per_neuron(data, "drawn", LINES[0], int(d), n) for d in data.depth.values}
    least, most = (choose(one.estimate for one in found.values()) for choose in (min, max))
    worst = max(found, key=lambda d: abs(np.log(max(found[d].estimate, 1e-9))))
    one = found[worst]
    return _any_depth(n).verdict(
        f"The mean number of breakpoints per neuron is {least:.3f} to {most:.3f} over {plural(len(found), 'depth')}; "
        f"the mean farthest from 1 is {one.estimate:.3f} [{one.low:.3f}, {one.high:.3f}], with {_layers(worst)}.",
        *one, data.sizes["network"],
        outcome=_together(found, 1 / ANY_DEPTH, ANY_DEPTH),
    )  # fmt: skip


def _share_of_the_maximum(data: xr.Dataset) -> Verdict:
    n, depths = int(data.neurons[-1]), data.depth.values.tolist()
    ratio = data.pieces.sel(bias="drawn", depth=_deeper(depths)) / (data.neurons + 1)
    mean = ratio.mean("network")
    at = {name: int(value) for name, value in mean.argmax(...).items()}
    worst = ratio.isel(at)
    one = statistics.bootstrap(worst.values, np.mean, num_resamples=summary.RESAMPLES)
    return _far_below(depths, n).verdict(
        f"The greatest mean number of pieces is {one.estimate:.2f} [{one.low:.2f}, {one.high:.2f}] times N + 1, the "
        f"most that one hidden layer can have ({_layers(int(worst.depth))}, N = {int(worst.neurons)}, line "
        f"{worst.line.item()}; {mean.size} means over depths, N and lines). The greatest of {ratio.size:,} single "
        f"counts is {float(ratio.max()):.2f} times N + 1, while {_layers(depths[-1])} of {n // depths[-1]} could make "
        f"{regions.most_pieces_on_a_line((n // depths[-1],) * depths[-1]):.2g} pieces.",
        *one, data.sizes["network"],
    )  # fmt: skip


def _grows_quadratically(data: xr.Dataset) -> Verdict:
    found = {int(d): summary.plane_slope(data, int(d)) for d in data.plane_depth.values}
    worst = max(found, key=lambda d: abs(found[d].estimate - 2))
    one, n = found[worst], data.plane_neurons.values
    share = data.cells.sel(plane_neurons=n[-1]).mean("tiled").values / (n[-1] ** 2 / 2)
    return _quadratic(int(n[0]), int(n[-1])).verdict(
        f"The mean number of regions grows as N to the power {one.estimate:.2f} [{one.low:.2f}, {one.high:.2f}] with "
        f"{_layers(worst)}, the exponent farthest from 2 among {plural(len(found), 'depth')}. At N = {n[-1]} networks "
        f"have on average {share.min():.2f} to {share.max():.2f} times N^2 / 2 regions, depending on their depth.",
        *one, data.sizes["tiled"],
        outcome=_together(found, 2 - PLANE_SLOPE, 2 + PLANE_SLOPE),
    )  # fmt: skip


def _on_a_line(data: xr.Dataset) -> Verdict:
    layers = int(data.line_layers[-1])
    equal = (data.line_activation == data.line_bound) & (data.line_affine == data.line_bound)
    return _maximum(layers, data.attrs["bound_width"]).verdict(
        f"Exactly prod (n_l + 1) linear pieces were counted in {int(equal.sum())} of "
        f"{plural(equal.size, 'constructed network')}; the network of {_layers(layers)} has "
        f"{int(data.line_affine[-1]):,}.",
        int(data.line_affine[-1]),
        outcome=REPRODUCED if equal.all() else NOT_REPRODUCED,
    )


def _in_the_plane(data: xr.Dataset) -> Verdict:
    layers = int(data.plane_layers[-1])
    counted = np.minimum(data.plane_activation, data.plane_affine)
    enough = counted >= data.montufar_bound
    return _montufar(layers, data.attrs["bound_width"]).verdict(
        f"At least as many regions as in Montufar's formula were counted in {int(enough.sum())} of "
        f"{plural(enough.size, 'constructed network')}, and exactly as many in "
        f"{int((counted == data.montufar_bound).sum())}; the network of {_layers(layers)} has "
        f"{int(data.plane_affine[-1]):,}.",
        int(data.plane_affine[-1]),
        outcome=REPRODUCED if enough.all() else NOT_REPRODUCED,
    )


def _over_the_start(data: xr.Dataset) -> Verdict:
    """Each setting at its step farthest from the start; the farthest whose rate is inside its grid is reported."""
    ratio = summary.relative(data).sel(start="drawn").transpose("trained_depth", "task", "seed", "counted")
    edges = summary.at_edge(data).sel(start="drawn")
    found: dict[tuple[str, int, int], statistics.Interval] = {}
    outcomes: dict[tuple[str, int, int], str] = {}
    ends: list[tuple[str, int, int]] = []
    later = data.sizes["counted"] - 1
    for depth in data.trained_depth.values:
        for task in data.task.values:
            one = ratio.sel(trained_depth=depth, task=task)
            step = int(np.abs(np.log(one.median("seed").values)).argmax())
            key = (str(task), int(depth), int(data.counted[step]))
            found[key] = _median(one.isel(counted=step).values, 1 - ALPHA / later)
            edge = bool(edges.sel(trained_depth=depth, task=task))
            outcomes[key] = NOT_SETTLED if edge else _inside(found[key], 1 / NEAR_START, NEAR_START)
            ends += [key] if edge else []
    inside = [key for key in found if key not in ends] or list(found)
    worst, middle = max(inside, key=lambda key: abs(np.log(found[key].estimate))), ratio.median("seed")
    told = [list(outcomes.values()).count(outcome) for outcome in (REPRODUCED, NOT_REPRODUCED, NOT_SETTLED)]
    one = found[worst]
    leave = "; ".join(
        f"{found[task, depth, step].estimate:.2f} with {task}, {_layers(depth)}"
        for (task, depth, step), outcome in outcomes.items() if outcome == NOT_REPRODUCED
    )  # fmt: skip
    left_out = "; ".join(f"{task}, {_layers(depth)}" for task, depth, _ in ends)
    but = (
        f", apart from settings whose tuned rate lies at an end of the rates tried ({left_out}),"
        if ends and len(ends) < len(found)
        else ""
    )
    return _stays(later).verdict(
        f"In {told[0]} of {plural(len(found), 'setting')} (a task and a depth) the median number of regions stays "
        f"within a factor of {NEAR_START:g} of that at the start, in {told[1]} it does not"
        f"{f' (ratios: {leave})' if leave else ''}, and {told[2]} {'is' if told[2] == 1 else 'are'} not settled. The "
        f"median ratio farthest from 1{but} is {one.estimate:.2f} [{one.low:.2f}, {one.high:.2f}]: {worst[0]}, "
        f"{_layers(worst[1])}, step {worst[2]:,}. Over all settings and steps it is {float(middle.min()):.2f} to "
        f"{float(middle.max()):.2f}.",
        *one, data.sizes["seed"],
        outcome=rules.combine(list(outcomes.values())),
    )  # fmt: skip


def _median(values: np.ndarray, confidence: float) -> statistics.Interval:
    """The median of ratios with an interval of order statistics, whose ends are 0 and infinity for too few values."""
    low, high = scipy.stats.quantile_test(values, p=0.5).confidence_interval(confidence)
    ends = (0.0 if np.isnan(low) else float(low), np.inf if np.isnan(high) else float(high))
    return statistics.Interval(float(np.median(values)), *ends)


def _share_of_the_bound(data: xr.Dataset) -> Verdict:
    depths, neurons = data.trained_depth.values.tolist(), data.attrs["trained_neurons"]
    ratio = data.trained_cells / regions.serra_upper_bound(2, (neurons,))
    edges, below = summary.at_edge(data), rules.below(1.0).judge
    found: dict[tuple[str, str, int, int], statistics.Interval] = {}
    outcomes = []
    for depth, task, start in itertools.product(_deeper(depths), data.task.values, data.start.values):
        one = ratio.sel(trained_depth=depth, task=task, start=start)
        step = int(one.mean("seed").argmax("counted"))
        interval = statistics.bootstrap(one.isel(counted=step).values, np.mean, num_resamples=2000)
        found[str(task), str(start), depth, int(data.counted[step])] = interval
        edge = bool(edges.sel(trained_depth=depth, task=task, start=start))
        outcomes.append(NOT_SETTLED if edge or below is None else below(*interval))
    worst = max(found, key=lambda key: found[key].estimate)
    one = found[worst]
    task, start, depth, step = worst
    return _trained_far_below(depths, neurons).verdict(
        f"In {outcomes.count(REPRODUCED)} of {plural(len(found), 'setting')} (a task, a start and a depth) networks "
        "have on average fewer regions than one hidden layer can have, in "
        f"{outcomes.count(NOT_REPRODUCED)} they have more, and {(left := outcomes.count(NOT_SETTLED))} "
        f"{'is' if left == 1 else 'are'} not settled. The greatest mean is {one.estimate:.2f} [{one.low:.2f}, "
        f"{one.high:.2f}] times that number: {task}, {summary.STARTS[start]}, {_layers(depth)}, step {step:,}. The "
        f"greatest of {data.trained_cells.size:,} single counts is {int(data.trained_cells.max()):,}.",
        *one, data.sizes["seed"],
        outcome=rules.combine(outcomes), parts=outcomes,
    )  # fmt: skip
