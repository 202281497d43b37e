"""The verdicts of `minimal_width`, and the numbers that its figures share."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.wide_versus_deep._minimal_width_topology import ONE_TO_ONE
from nnjax import statistics

OFTEN = 0.1  # share from which on a set is said to be closed by networks of a kind
GRID = 0.01  # share of sets that a grid may take for closed though they are not
RESAMPLES = 2000
HIGH = 0.95  # an accuracy that looks like success
JOHNSON = "Johnson 2019"
KIM = "Kim, Min & Park 2023"


def share(data: xr.Dataset, **place) -> tuple[int, int, float, float]:
    """Closed sets, networks, and Wilson's interval of the share, at a place or in all of some places."""
    one = data.closed.sel(place).values
    count, total = int((one == 1).sum()), int((one >= 0).sum())
    low, high = statistics.wilson(count, total) if total else (np.nan, np.nan)
    return count, total, float(low), float(high)


def corridors(data: xr.Dataset, d: int, activation: str, depth: int) -> np.ndarray:
    """How wide the ways out are at width d, of the sets that hold the inner ball; 0 where none was found."""
    one = data.sel(inputs=d, activation=activation, depth=depth, wider=0)
    return np.where(one.closed.values == 1, 0.0, one.corridor.values)[one.holds.values == 1]


def rows(data: xr.Dataset) -> list[dict]:
    """A row per number of inputs, activation, depth and width."""
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
                    row |= {"width": int(d + wider), "rate": float(one.rate), "networks": total, "closed": count}
                    row |= {"share": count / total, "low": float(low), "high": float(high)}
                    row |= {"closed_on_the_first_grid": int((one.seemed == 1).sum())}
                    row |= {"hold_the_ball": int((one.holds == 1).sum())}
                    row |= {"mean_accuracy": float(one.accuracy.mean())}
                    found.append(row | {"median_corridor": float(np.median(known)) if len(known) else None})
    return found


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Never closed at width d, closed at d + 1; sine and GELU closed at d; accuracy; the corridor by depth."""
    found, names = [], [str(a) for a in data.activation.values]
    for d in data.inputs.values:
        for activation in names:
            if activation in ONE_TO_ONE:
                found += [_never(data, int(d), activation), _one_more(data, int(d), activation)]
            else:
                found.append(_not_one_to_one(data, int(d), activation))
    for activation in names:
        if activation in ONE_TO_ONE:
            found += [_accuracy(data, int(d), activation) for d in data.inputs.values]
            if data.sizes["depth"] > 1:
                known = [int(d) for d in data.inputs.values if _known(data, int(d), activation)]
                found += [_narrower(data, d, activation) for d in known]
    return found


def _known(data: xr.Dataset, d: int, activation: str) -> bool:
    """Whether five sets or more hold the ball among the shallowest networks of width d, and among the deepest."""
    depths = data.depth.values[[0, -1]]
    return min(len(corridors(data, d, activation, int(depth))) for depth in depths) >= 5


def _never(data: xr.Dataset, d: int, activation: str) -> Verdict:
    some = data.isel(wider=data.wider.values <= 0)
    count, total, low, high = share(some, inputs=d, activation=activation)
    seemed = int((some.seemed.sel(inputs=d, activation=activation) == 1).sum())
    claim = (
        f"{activation}, {d} inputs: no network of width {d} or less encloses the ball, of {total:,} (share; {seemed} "
        f"seemed closed on the first grid, {count} still did on the finest; partly below {GRID:.0%})"
    )
    outcome = REPRODUCED if count == 0 else PARTLY if count < GRID * total else NOT_REPRODUCED
    name = f"never at width d: {activation}, {d} inputs"
    return verdict(data, name, claim, JOHNSON, 0.0, count / total, "", outcome, (low, high))


def _one_more(data: xr.Dataset, d: int, activation: str) -> Verdict:
    count, total, low, high = share(data, inputs=d, activation=activation, wider=1)
    claim = f"{activation}, {d} inputs: some networks of width {d + 1} enclose the ball ({count} of {total:,}; share)"
    outcome = REPRODUCED if count / total >= OFTEN else PARTLY if count else NOT_REPRODUCED
    name = f"width d + 1 is enough: {activation}, {d} inputs"
    return verdict(data, name, claim, "Hanin & Sellke 2017 (memory)", "some", count / total, "", outcome, (low, high))


def _not_one_to_one(data: xr.Dataset, d: int, activation: str) -> Verdict:
    count, total, low, high = share(data, inputs=d, activation=activation, wider=0)
    claim = (
        f"{activation}, {d} inputs: networks of width {d} enclose the ball ({count} of {total:,}; share; reproduced "
        f"from "
        f"{OFTEN:.0%} on, partly where there are any)"
    )
    outcome = REPRODUCED if count / total >= OFTEN else PARTLY if count else NOT_REPRODUCED
    name = f"closed at width d: {activation}, {d} inputs"
    return verdict(data, name, claim, KIM, "some", count / total, "", outcome, (low, high))


def _accuracy(data: xr.Dataset, d: int, activation: str) -> Verdict:
    """Networks of width d whose sets hold the ball and are open: whether some have a high accuracy all the same."""
    one = data.sel(inputs=d, activation=activation, wider=0)
    is_open = (one.closed.values == 0) & (one.holds.values == 1)
    high = is_open & (one.accuracy.values >= HIGH)
    best = float(one.accuracy.where(is_open).max())
    claim = (
        f"{activation}, {d} inputs: accuracy does not show it: of {int(is_open.sum()):,} open sets around the ball at "
        f"width {d} some have an accuracy of {HIGH:g} or more (share; the highest is {best:.3f}; reproduced from "
        f"{OFTEN:.0%} on, partly where there are any)"
    )
    low, up = statistics.wilson(int(high.sum()), max(int(is_open.sum()), 1))
    ratio = float(high.sum() / max(is_open.sum(), 1))
    outcome = REPRODUCED if ratio >= OFTEN else PARTLY if ratio else NOT_REPRODUCED
    source = "in L^p width max(d, 2) is enough: Kim, Min & Park 2023"
    name = f"accuracy: {activation}, {d} inputs"
    return verdict(data, name, claim, source, "some", ratio, "", outcome, (low, up))


def _narrower(data: xr.Dataset, d: int, activation: str) -> Verdict:
    """How often the way out of one of the deepest networks of width d is narrower than that of one of the shallowest.

    Ranks alone count: widths below a step of the first grid are known in their order, and hardly as numbers.
    """
    depths = [int(data.depth.values[i]) for i in (0, -1)]
    shallow, deep = (corridors(data, d, activation, depth) for depth in depths)
    rng = np.random.default_rng(0)
    drawn = [_narrower_share(rng.choice(shallow, len(shallow)), rng.choice(deep, len(deep))) for _ in range(RESAMPLES)]
    low, high = (float(end) for end in np.quantile(drawn, [0.025, 0.975]))
    outcome = REPRODUCED if low > 0.5 else NOT_REPRODUCED if high < 0.5 else PARTLY
    claim = (
        f"{activation}, {d} inputs: at width {d} the way out is narrower in {depths[1]} layers than in {depths[0]} "
        f"(share of pairs of sets around the ball, ties count half; medians {np.median(deep):.2g} and "
        f"{np.median(shallow):.2g}; partly where the interval holds 1/2)"
    )
    name, source = f"corridor: {activation}, {d} inputs", "our own; in L^p depth helps without end"
    measured = _narrower_share(shallow, deep)
    return verdict(data, name, claim, source, "above 1/2", measured, "of pairs", outcome, (low, high))


def _narrower_share(shallow: np.ndarray, deep: np.ndarray) -> float:
    """The share of pairs in which the deep one's way out is the narrower, ties counted half."""
    difference = shallow[:, None] - deep
    return float(np.mean(difference > 0) + np.mean(difference == 0) / 2)
