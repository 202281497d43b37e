"""The verdicts of `expressible`."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.wide_versus_deep._expressible_sizes import sizes
from nnjax import statistics

EXACT_LEVELS = 15  # up to which x^2 is said to be exact in float64
EXACT = 1e-6  # by how much the largest error over 2^(-2m-2) may miss 1
REPORTED_FOLDS, REPORTED_ERROR = 12, 1.4  # where, and by how much, a shallow sawtooth in float32 was found to be off


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Exactness, counts and their crossing, the lower bound, rounding."""
    found = [_sawtooth_exact(data), _square_exact(data), _square_single(data)]
    found += [_crossing(data, name, reference) for name, reference in (("sawtooth", 3), ("square", 5))]
    found += [_alternating(data), _one_layer(data), _reported(data), _order(data)]
    return found


def _sawtooth_exact(data: xr.Dataset) -> Verdict:
    wrong = int(data.sawtooth_wrong.sum())
    deepest = int(data.fold.max())
    claim = (
        f"k layers of 2 ReLUs are the sawtooth of 2^k pieces exactly, up to k = {deepest}, at {data.sawtooth_places:,} "
        "places, in float32 and float64 (places where they are not)"
    )
    outcome = wrong == 0 and deepest >= 20
    return verdict(
        data, "sawtooth exact", claim, "Telgarsky 2015; rounding worked out here", 0, wrong, "places", outcome
    )


def exact_to(data: xr.Dataset, dtype: str) -> int:
    """The last level up to which the square errs exactly 2^(-2m-2) in the middles of its pieces, to the last bit: 0
    where the first one built does not.
    """
    exact = np.logical_and.accumulate(data.square_wrong.sel(dtype=dtype).values == 0)
    return int(data.level.values[exact].max(initial=0))


def _square_exact(data: xr.Dataset) -> Verdict:
    level = data.level.values[data.level.values <= EXACT_LEVELS]
    ratio = data.square_largest.sel(dtype="float64", level=level) * 4.0 ** (level + 1)
    worst = float(ratio[int(np.abs(ratio.values - 1).argmax())])
    claim = (
        f"m layers of 3 ReLUs are x^2 but for 2^(-2m-2), up to m = {int(level[-1])} in float64 (largest error over it, "
        f"the farthest off, of {float(ratio.min()):.8g} to {float(ratio.max()):.8g}; to the last bit up to m = "
        f"{exact_to(data, 'float64')})"
    )
    outcome = abs(worst - 1) < EXACT and level[-1] == EXACT_LEVELS
    return verdict(data, "square exact", claim, "Yarotsky 2017, proposition 2", 1.0, worst, "times", outcome)


def _square_single(data: xr.Dataset) -> Verdict:
    """Squares of multiples of 2^-m and their means have 2m + 1 bits, so up to m = 11 they fit float32's 24."""
    found, floor = exact_to(data, "float32"), float(data.square_largest.sel(dtype="float32").min())
    claim = (
        "in float32 x^2 is exact in the middles of its pieces up to m = 11, as 2m + 1 bits must fit 24 (the last exact "
        f"m; the least error anywhere, at any m, is {floor:.2g})"
    )
    return verdict(data, "square in float32", claim, "worked out here", 11, found, "levels", found == 11)


def crossing(name: str, least: str) -> int:
    """The number of layers from which on the deep network has fewer `neurons` or `parameters` than any shallow one."""
    for layers in range(30, 0, -1):
        found = sizes(name, layers)
        if found[f"deep_{least}"] >= found[f"least_{least}"]:
            return layers + 1
    return 1


def deep_at(data: xr.Dataset, name: str, layers: int) -> tuple[bool | None, str]:
    """Whether the deep network of so many layers, as computed, errs no more than is said, and in words what it errs;
    None where none was built.
    """
    if layers not in data["fold" if name == "sawtooth" else "level"].values:
        return None, f"no deep one of {layers} layers was built"
    if name == "sawtooth":
        wrong = int(data.sawtooth_wrong.sel(fold=layers).sum())
        return wrong == 0, f"the deep one of {layers} layers, as computed, is wrong at {wrong} places"
    ratio = float(data.square_largest.sel(level=layers, dtype="float64")) * 4.0 ** (layers + 1)
    return ratio <= 1 + EXACT, f"the deep one of {layers} layers, as computed, errs {ratio:.8g} times 2^(-2m-2)"


def _crossing(data: xr.Dataset, name: str, reference: int) -> Verdict:
    """A count, but of networks that were built and measured, deep and shallow: they must err no more than is said."""
    layers, weights = crossing(name, "neurons"), crossing(name, "parameters")
    found = sizes(name, layers)
    if name == "square":
        error = data.shallow_square.sel(dtype="float64") * 8.0 * data.shallow_units**2
        holds, built = (
            bool((np.abs(error - 1) < 1e-2).all()),
            f"shallow ones err {float(error.max()):.4f} times 1/(8 n^2)",
        )
    else:
        error = data.rounding.sel(dtype="float64", order="left to right")
        holds, built = bool((error < 1e-6).all()), f"shallow ones of 2^k units err {float(error.max()):.2g}"
    deep, computed = deep_at(data, name, layers)
    claim = (
        f"for the same {name} depth needs fewer neurons than any one hidden layer from {reference} layers on: "
        f"{found['deep_neurons']} against {found['least_neurons']} or more (fewer parameters from {weights} on; "
        f"{computed}; {built})"
    )
    outcome = NOT_REPRODUCED if layers != reference or deep is False else REPRODUCED if deep and holds else PARTLY
    source = "2^(m - 1/2) pieces for x^2, 2^k for the sawtooth: derived in nnjax.theory.depth"
    return verdict(data, f"crossing: {name}", claim, source, reference, layers, "layers", outcome)


def below_the_bound(data: xr.Dataset) -> tuple[int, int]:
    """How many networks get fewer alternating points wrong than Telgarsky's bound says, and of how many."""
    slack = np.concatenate([data.cut_wrong - data.cut_bound, data.folded_wrong - data.folded_bound])
    return int((slack < 0).sum()), len(slack)


def _alternating(data: xr.Dataset) -> Verdict:
    """A theorem: a network below the bound would be an error of ours."""
    (below, built), points = below_the_bound(data), 2 ** data.attrs["alternating_bits"]
    sixth = data.cut_bound.values >= 1 / 6
    widest = int(data.unit.values[sixth].max(initial=0))
    claim = (
        f"no network written down gets fewer of {points:,} alternating points wrong than Telgarsky's bound says of its "
        f"size ({built} networks; 1/6 or more up to {widest} units in one layer, where they get "
        f"{float(data.cut_wrong.values[sixth].min(initial=1)):.3f} or more wrong)"
    )
    return verdict(data, "lower bound", claim, "Telgarsky 2015, theorem 1.1", 0, below, "networks", below == 0)


def _one_layer(data: xr.Dataset) -> Verdict:
    """The cut sawtooth against what N + 1 pieces must get wrong: within one point of it, as it spends a piece."""
    gap = (data.cut_wrong - data.cut_exact) * 2 ** data.attrs["alternating_bits"]
    claim = (
        "the first N pieces of the sawtooth are the best one hidden layer of N units can do on alternating points, but "
        "for one point (points above the exact minimum of N + 1 pieces, the most and from "
        f"{float(gap.min()):g} to {float(gap.max()):g}, at {data.sizes['unit']} N)"
    )
    outcome = bool(gap.min() >= 0 and gap.max() <= 1)
    return verdict(data, "one hidden layer", claim, "derived here", 1, float(gap.max()), "points", outcome)


def _reported(data: xr.Dataset) -> Verdict:
    """The same size in any order of adding up; whether in every order is the next verdict."""
    k = data.shallow_fold.values
    one = data.rounding.sel(shallow_fold=k[k <= REPORTED_FOLDS].max(), dtype="float32")
    worst = float(one.max())
    claim = (
        f"one hidden layer drowns: in float32 the shallow sawtooth of 2^{int(one.shallow_fold)} units is off by about "
        f"{REPORTED_ERROR} (largest error of three orders of adding up, {_orders(one)}; reproduced within a "
        "factor of 2)"
    )
    away = abs(np.log2(max(worst, 1e-300) / REPORTED_ERROR))
    outcome = (
        REPRODUCED if away <= 1 and one.shallow_fold == REPORTED_FOLDS else PARTLY if away <= 3 else NOT_REPRODUCED
    )
    source = "a computation noted in this project's references"
    return verdict(data, "shallow in float32", claim, source, REPORTED_ERROR, worst, "", outcome)


def _orders(one: xr.DataArray) -> str:
    return ", ".join(f"{name} {float(one.sel(order=name)):.2g}" for name in one.order.values)


def growth(data: xr.Dataset, dtype: str, order: str) -> statistics.Slope | None:
    """The slope of log2 of the rounding error over k, where there is any; None of fewer than three networks."""
    one = data.rounding.sel(dtype=dtype, order=order)
    one = one[(one > 0).values]
    return statistics.slope(one.shallow_fold, np.log2(one)) if one.size >= 3 else None


def _order(data: xr.Dataset) -> Verdict:
    """Rounding is of the sum, not of the network: the claim is about every order."""
    last = data.rounding.isel(shallow_fold=-1).sel(dtype="float32")
    found = growth(data, "float64", "shuffled")
    slope, ends = (None, None) if found is None else (found.slope, (found.low, found.high))
    claim = (
        "the shallow sawtooth's rounding grows as 4^k and drowns it in any order of its units: sums of 2^k terms up to "
        f"2^(k+1) (slope of log2 over k, float64, units shuffled; in float32 at k = {int(last.shallow_fold)}: "
        f"{_orders(last)})"
    )
    grows = found is not None and 1.5 <= found.slope <= 2.5
    outcome = NOT_REPRODUCED if not grows else REPRODUCED if float(last.min()) >= 0.5 else PARTLY
    return verdict(data, "order of adding up", claim, "rule of thumb", 2.0, slope, "", outcome, ends)
