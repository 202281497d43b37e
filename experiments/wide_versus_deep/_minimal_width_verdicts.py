"""The verdicts of `minimal_width`, and the numbers that its figures share."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.wide_versus_deep._minimal_width_topology import ONE_TO_ONE
from nnjax import statistics

OFTEN = 0.1  # share from which on a set is said to be closed by networks of a kind
GRID = 0.01  # share of sets that a grid may take for closed though they are not
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
    """How wide the ways out are at width d, of the sets that hold the inner ball and are open."""
    one = data.corridor.sel(inputs=d, activation=activation, depth=depth, wider=0).values
    return one[np.isfinite(one)]


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
                found += [_narrower(data, int(d), activation) for d in data.inputs.values]
    return found


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
    """Networks of width d whose sets are open: whether some have a high accuracy all the same."""
    one = data.sel(inputs=d, activation=activation, wider=0)
    is_open = one.closed.values == 0
    high = is_open & (one.accuracy.values >= HIGH)
    best = float(one.accuracy.where(one.closed == 0).max())
    claim = (
        f"{activation}, {d} inputs: accuracy does not show it: of {int(is_open.sum()):,} open sets at width {d} some "
        f"have "
        f"an accuracy of {HIGH:g} or more (share; the highest is {best:.3f})"
    )
    low, up = statistics.wilson(int(high.sum()), max(int(is_open.sum()), 1))
    ratio = float(high.sum() / max(is_open.sum(), 1))
    outcome = REPRODUCED if ratio >= OFTEN else PARTLY if ratio else NOT_REPRODUCED
    source = "in L^p width max(d, 2) is enough: Kim, Min & Park 2023"
    name = f"accuracy: {activation}, {d} inputs"
    return verdict(data, name, claim, source, "some", ratio, "", outcome, (low, up))


def _narrower(data: xr.Dataset, d: int, activation: str) -> Verdict:
    """The median corridor of the deepest over that of the shallowest networks of width d."""
    depths = [int(data.depth.values[i]) for i in (0, -1)]
    widths = [corridors(data, d, activation, depth) for depth in depths]
    claim = f"{activation}, {d} inputs: at width {d} the way out is narrower in {depths[1]} layers than in {depths[0]}"
    name, source = f"corridor: {activation}, {d} inputs", "our own; in L^p depth helps without end"
    if min(len(one) for one in widths) < 5:
        return verdict(data, name, claim + " (too few sets hold the ball)", source, "narrower", None, "", PARTLY)
    rng = np.random.default_rng(0)
    drawn = [np.median(rng.choice(one, (2000, len(one))), axis=1) for one in widths]
    low, high = (float(end) for end in np.quantile(drawn[1] / drawn[0], [0.025, 0.975]))
    ratio = float(np.median(widths[1]) / np.median(widths[0]))
    outcome = REPRODUCED if high < 1 else NOT_REPRODUCED if low > 1 else PARTLY
    claim += " (ratio of the median widths of the sets that hold the ball)"
    return verdict(data, name, claim, source, "below 1", ratio, "times", outcome, (low, high))
