"""The table and the verdicts of `minimal_width`: closed sets at width d and d + 1, accuracy, ways out by depth."""

import math

import numpy as np
import scipy
import xarray as xr

from experiments.lab import over_tunings, rules
from experiments.lab.sources import JOHNSON, KIM
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.wide_versus_deep.minimal_width import topology
from experiments.wide_versus_deep.minimal_width.config import BALL, ONE_TO_ONE, Config
from experiments.wide_versus_deep.minimal_width.summary import NAMES, at_edge, rings, seeds, share, share_of

OFTEN = 0.1  # the share of networks above which something counts as happening
GRID = 0.01  # the share of sets that a grid may wrongly take for closed
HIGH = 0.95  # an accuracy that looks like success
LEAST_SETS = 5  # the least number of sets, shallowest and deepest each, for a comparison of their ways out
BEISE = "Beise, Dias da Cruz & Schroeder (2021), On decision regions of narrow deep neural networks, Neural Networks"
HANIN = "Hanin & Sellke (2017), Approximating continuous functions by ReLU nets of minimal width, arXiv 1710.11278"
LIPPMANN = "Lippmann (1987), An introduction to computing with neural nets, IEEE ASSP Magazine 4, 4-22"
EDGE = "at some depth most tunings end at the least or the greatest rate tried"


def statements(config: Config) -> list[Statement]:
    """The statements about every activation and number of inputs of this Config."""
    found = []
    for d in config.inputs:
        for activation in config.activations:
            if activation in ONE_TO_ONE:
                found += [_never(activation, d), _one_more(activation, d)]
            else:
                found.append(_at_width(activation, d))
    for activation in config.activations:
        if activation in ONE_TO_ONE:
            found += [_accuracy(activation, d) for d in config.inputs]
            if len(config.depths) > 1:
                found += [_narrower(activation, d, config.depths[0], config.depths[-1]) for d in config.inputs]
    return found


def _never(activation: str, d: int) -> Statement:
    return Statement(
        id=f"never at width d: {activation}, {d} inputs",
        claim=f"No {NAMES[activation]} network of {d} inputs whose layers have width {d} or less encloses the ball, "
        "however deep it is.",
        kind=THEOREM,
        source=f"{JOHNSON}; {BEISE}",
        rule=Rule(
            "Reproduced when no network is found to enclose it, not settled when fewer than "
            f"{GRID:.0%} are, which is what a grid may get wrong, otherwise not reproduced."
        ),
        reference=0.0,
        settled_by="finer grids",
    )


def _one_more(activation: str, d: int) -> Statement:
    source = HANIN if activation == "relu" else f"{LIPPMANN} (a bounded convex region from half-spaces, d + 1 at least)"
    return Statement(
        id=f"width d + 1 is enough: {activation}, {d} inputs",
        claim=f"Width {d + 1} is enough for {NAMES[activation]} networks of {d} inputs to enclose the ball, and "
        "training finds such.",
        kind=AIM,
        source=source,
        rule=_often("networks that enclose it"),
        reference="some",
        settled_by="more networks, and rates beyond those tried where one lies at an end",
    )


def _often(what: str) -> Rule:
    above = rules.above(OFTEN, f"the {over_tunings.SHARE} of the share of {what}")
    open_end = (
        "Not settled either when it lies at or below, and at some depth most tunings end at the least or the greatest "
        "rate tried: a better one could only raise the share."
    )
    return Rule(f"{above.text} {open_end} {rules.CHANGED}", above.judge)


def _at_width(activation: str, d: int) -> Statement:
    condition = f"{JOHNSON} (whose condition on the activation {NAMES[activation]} does not meet)"
    return Statement(
        id=f"closed at width d: {activation}, {d} inputs",
        claim=f"Width {d} is enough for {NAMES[activation]} networks of {d} inputs to enclose the ball, and "
        "training finds such.",
        kind=AIM,
        source=f"{condition}; {KIM}" if activation == "gelu" else condition,
        rule=_often("networks that enclose it"),
        reference="some",
        settled_by="more networks, and rates beyond those tried where one lies at an end",
    )


def _accuracy(activation: str, d: int) -> Statement:
    proved = activation == "relu"
    return Statement(
        id=f"accuracy: {activation}, {d} inputs",
        claim=f"Accuracy does not show whether the set is closed: {NAMES[activation]} networks of {d} inputs and width "
        f"{d} that learned an open ring around the ball often have an accuracy of {HIGH:g} or more.",
        kind=AIM,
        source=f"{KIM} (in L^p on a compact set width max(d, 2) is enough{'' if proved else ' for ReLU and its like'})",
        rule=_often(f"such networks with an accuracy of {HIGH:g} or more"),
        reference="some",
        settled_by="more networks, and rates beyond those tried where one lies at an end",
    )


def _narrower(activation: str, d: int, shallow: int, deep: int) -> Statement:
    return Statement(
        id=f"corridor: {activation}, {d} inputs",
        claim=f"In {NAMES[activation]} networks of {d} inputs and width {d} that learned a ring around the ball the "
        f"way out of it is narrower with {deep} layers than with {shallow}.",
        kind=AIM,
        source=f"{KIM} (in L^p deeper networks of this width come as near as one likes)",
        rule=rules.over_tunings(
            rules.above(
                0.5,
                "the 95% interval (Obuchowski's, with Student's quantile, over tunings of the learning rate) of the "
                "share of pairs in which it is, ties counted half,",
            )
        ),
        reference="above 1/2",
        unit="of pairs",
        settled_by="more networks, and rates beyond those tried where one lies at an end",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per number of inputs, activation, depth and width: how many are closed, accuracy, corridor."""
    found = []
    for d in data.inputs.values:
        for activation in data.activation.values:
            for depth in data.depth.values:
                for wider in data.wider.values:
                    place = {"inputs": d, "activation": activation, "depth": depth, "wider": wider}
                    count, total, low, high = share(data, **place)
                    if not total:
                        continue
                    one = data.sel(place)
                    known = one.corridor.values[np.isfinite(one.corridor.values)]
                    row = {"inputs": int(d), "activation": str(activation), "layers": int(depth)}
                    rates = one.rate.values[np.isfinite(one.rate.values)]
                    row |= {"width": int(d + wider), "networks": total, "closed": count}
                    row |= {"share": count / total, "low": float(low), "high": float(high)}
                    row |= {"closed_on_the_first_grid": int((one.seemed == 1).sum())}
                    row |= {"hold_the_ball": int((one.holds == 1).sum())}
                    row |= {"mean_accuracy": float(one.accuracy.mean())}
                    row |= {"median_corridor": float(np.median(known)) if len(known) else None}
                    row |= {"least_rate": rates.min(), "median_rate": np.median(rates), "greatest_rate": rates.max()}
                    found.append(row)
    return found


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Verdicts: never closed at width d, closed at d + 1; sine and GELU closed at d; accuracy; ways out by depth."""
    found, names = [], [str(a) for a in data.activation.values]
    for d in map(int, data.inputs.values):
        for activation in names:
            if activation in ONE_TO_ONE:
                found += [_enclosed_by_none(data, d, activation), _closed(data, d, activation, 1)]
            else:
                found.append(_closed(data, d, activation, 0))
    for activation in names:
        if activation in ONE_TO_ONE:
            found += [_high(data, int(d), activation) for d in data.inputs.values]
            if data.sizes["depth"] > 1:
                known = [int(d) for d in data.inputs.values if _known(data, int(d), activation)]
                found += [_by_depth(data, d, activation) for d in known]
    return found


def _known(data: xr.Dataset, d: int, activation: str) -> bool:
    """Whether enough sets hold the ball among the shallowest networks of width d, and among the deepest."""
    depths = data.depth.values[[0, -1]]
    return min(len(rings(data, d, activation, int(depth))[0]) for depth in depths) >= LEAST_SETS


def _enclosed_by_none(data: xr.Dataset, d: int, activation: str) -> Verdict:
    # The theorem is about every network, whatever rate it was trained at.
    some = data.isel(wider=data.wider.values <= 0)
    count, total, low, high = share(some, inputs=d, activation=activation)
    seemed, held = (int((some[name].sel(inputs=d, activation=activation) == 1).sum()) for name in ("seemed", "holds"))
    return _never(activation, d).verdict(
        f"{count or 'None'} of {total:,} trained networks enclose{'s' * (count < 2)} the ball: {seemed} of their "
        f"decision sets seemed closed on the first grid, and {count} still did on the finest. {held:,} of the sets "
        "contain at least half of the ball.",
        count / total, low, high, seeds(data, d),
        outcome=REPRODUCED if count == 0 else NOT_SETTLED if count < GRID * total else NOT_REPRODUCED,
    )  # fmt: skip


def _closed(data: xr.Dataset, d: int, activation: str, wider: int) -> Verdict:
    place = {"inputs": d, "activation": activation, "wider": wider}
    count, total, low, high = share(data, **place)
    each = {int(depth): share(data, **place, depth=depth)[:2] for depth in data.depth.values}
    counts = ", ".join(f"{closed} with {plural(depth, 'layer')}" for depth, (closed, _) in each.items())
    by_depth = f"; of {next(iter(each.values()))[1]} at each depth: {counts}" if len(each) > 1 else ""
    return (_one_more if wider else _at_width)(activation, d).verdict(
        f"{count} of {total:,} trained networks enclose{'s' * (count == 1)} the ball{by_depth}.",
        count / total, low, high, data.sizes["tuning"],
        # A better rate can only help, so an end of its grid leaves a failure open, but not a success.
        at_edge=EDGE if high <= OFTEN and at_edge(data, **place) else "",
    )  # fmt: skip


def _high(data: xr.Dataset, d: int, activation: str) -> Verdict:
    """How often networks of width d are highly accurate although their set, a ring around the ball, is open."""
    place = {"inputs": d, "activation": activation, "wider": 0}
    one = data.sel(place)
    is_open = (one.closed == 0) & (one.holds == 1) & (one.corridor <= 2 * topology.BOX)
    hits, total, low, high = share_of(one.accuracy >= HIGH, is_open, one.tuning_of)
    best = float(one.accuracy.where(is_open).max())
    percent = f" ({hits / total:.0%} [{low:.0%}, {high:.0%}])" if total else ""
    highest = f"; the highest accuracy is {best:.3f}. Often: in more than {OFTEN:.0%} of them" if total else ""
    return _accuracy(activation, d).verdict(
        f"Of {plural(total, 'network')} that learned an open ring around the ball, {hits}{percent} {_have(hits)} "
        f"an accuracy of {HIGH:g} or more{highest}.",
        hits / total if total else math.nan, low, high, len(np.unique(one.tuning_of[is_open.any("depth")])) or None,
        at_edge=EDGE if high <= OFTEN and at_edge(data, **place) else "",  # as above
    )  # fmt: skip


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _by_depth(data: xr.Dataset, d: int, activation: str) -> Verdict:
    """How often the way out of one of the deepest networks of width d is narrower than that of one of the shallowest.

    Only ranks count: of widths below a step of the first grid, little more than the order is known.
    """
    depths = [int(data.depth.values[i]) for i in (0, -1)]
    groups = [rings(data, d, activation, depth) for depth in depths]
    (shallow, _), (deep, _) = groups
    num_tunings = min(len(np.unique(tuning_of)) for _, tuning_of in groups)
    measured, low, high = narrower(*groups)
    edge = at_edge(data, inputs=d, activation=activation, wider=0, depth=depths)
    return _narrower(activation, d, *depths).verdict(
        f"The way out is narrower with {depths[1]} layers than with {depths[0]} in {measured:.0%} [{low:.0%}, "
        f"{high:.0%}] of all pairs of networks ({len(deep)} with {depths[1]} layers and {len(shallow)} with "
        f"{depths[0]}). Its median width is {np.median(deep):.2g} with {depths[1]} layers and {np.median(shallow):.2g} "
        f"with {depths[0]} (the ball is {2 * BALL:g} wide).",
        measured, low, high, num_tunings,
        at_edge="at one of the two depths most tunings end at the least or the greatest rate tried" if edge else "",
    )  # fmt: skip


def narrower(shallow: tuple[np.ndarray, np.ndarray], deep: tuple[np.ndarray, np.ndarray]) -> tuple[float, float, float]:
    """The share of pairs in which the deep one's way out is the narrower, ties counted half, and its interval.

    Each group has widths and the tunings of their networks. The variance is that of Obuchowski 1997 (Biometrics 53,
    567-578) for areas under ROC curves of clusters, which the tunings are; the quantile is Student's, with a degree of
    freedom for each tuning but one of the group that has networks of fewer. If all pairs agree, there is no variance;
    the interval is then Wilson's of as many trials as there are tunings.
    """
    (a, a_of), (b, b_of) = shallow, deep
    wins = (a[:, None] > b) + (a[:, None] == b) / 2
    measured, tunings = float(wins.mean()), np.union1d(a_of, b_of)
    fewest = min(len(np.unique(one)) for one in (a_of, b_of))
    if fewest < 2:
        return measured, 0.0, 1.0
    if measured in (0, 1):
        return measured, *over_tunings.wilson(measured, fewest)
    parts = [
        [((values - measured)[of == one]).sum() / len(of) for one in tunings]
        for values, of in ((wins.mean(axis=1), a_of), (wins.mean(axis=0), b_of))
    ]
    factors = np.array([[len(np.unique(of)) / (len(np.unique(of)) - 1)] for of in (a_of, b_of)])
    own = (factors * np.square(parts)).sum()
    shared = 2 * len(tunings) / (len(tunings) - 1) * np.prod(parts, axis=0).sum()
    half = np.sqrt(max(own + shared, 0)) * scipy.stats.t.ppf(0.975, fewest - 1)
    return measured, float(max(measured - half, 0)), float(min(measured + half, 1))
