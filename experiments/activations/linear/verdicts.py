"""The table and the verdicts of `linear`: what linear networks reach on XOR, and when they learn a matrix."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from experiments.activations.linear import summary
from experiments.activations.linear.config import START, Config
from experiments.activations.shared.outcomes import opposite
from experiments.lab import rules, sources
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    EXTREME,
    PUBLISHED,
    TEXTBOOK,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from nnjax import statistics

ROUNDING = 1e-6  # of a loss in float32
BALANCED = 0.05  # greatest deviation of a half-time from theory where theory holds exactly
RANDOM = (0.8, 1.25)  # a time divided by that of theory, where theory nearly holds
WAITS = 0.5  # a plateau lasts at least this many times as long as the rise after it
HALF_OF_THEM = 0.5

SOLVED = Statement(
    id="tanh solves it",
    claim="With a tanh between the layers networks of the same shapes get all four rows of XOR right, mostly.",
    kind=TEXTBOOK,
    source=sources.TEXTBOOK,
    rule=rules.above(HALF_OF_THEM, "the 95% interval over seeds of the share of them"),
    reference="most",
    unit="of the networks with a hidden layer",
    settled_by="more seeds",
)
LOSS = Statement(
    id="never below ln 2",
    claim="No linear network of any depth has a mean cross-entropy below ln 2 on XOR.",
    kind=THEOREM,
    source=f"{sources.MINSKY_PAPERT}; Jensen (1906), Acta Mathematica 30, on f(00) + f(11) = f(01) + f(10)",
    rule=rules.at_least(math.log(2) - ROUNDING, "the least loss of any network at any recorded step"),
    reference=math.log(2),
    unit="nats",
)
ROWS = Statement(
    id="three rows of four",
    claim="No linear network of any depth gets all four rows of XOR right.",
    kind=THEOREM,
    source=f"{sources.MINSKY_PAPERT} (XOR is not linearly separable)",
    rule=rules.exactly(0, "the number of networks that do at a recorded step, by more than rounding,"),
    reference=0.0,
    unit="networks",
)
EXACT = Statement(
    id="balanced half-times",
    claim="From a balanced start every mode grows as the differential equation says, at every depth.",
    kind=THEOREM,
    source=f"{sources.SAXE}, sections 'The time course of learning' and 'Deeper multilayer dynamics'",
    rule=rules.at_most(BALANCED, "the greatest deviation of a half-time from theory, of all depths and modes,"),
    reference=0.0,
    unit="of the half-time",
)


def statements(config: Config) -> list[Statement]:
    """The statements on the depths of this Config."""
    found = [LOSS, ROWS]
    if config.layers[-1] > 1:
        found += [SOLVED, EXACT, plateaus(config.layers), from_random(config.layers), ordered(config.layers)]
    return found


def _together(layers: Sequence[int], condition: str) -> Rule:
    return Rule(
        f"{condition} {rules.together('depths')} The intervals are over seeds and hold at {len(layers)} depths "
        f"together ({1 - summary.ALPHA:.0%}, Bonferroni)."
    )


def plateaus(layers: Sequence[int]) -> Statement:
    """The statement that learning curves begin with a plateau if there is a hidden layer, and otherwise do not."""
    return Statement(
        id="plateaus",
        claim="From small random weights a linear network with hidden layers learns nothing for long and then quickly; "
        "without a hidden layer it begins at once.",
        kind=PUBLISHED,
        source=f"{sources.SAXE}, abstract",
        rule=_together(
            layers,
            "The time to a tenth of the largest singular value divided by that from there to nine tenths, median over "
            "seeds: "
            f"a depth holds when the interval lies above {WAITS:g} (with one layer of weights: below), fails when it "
            "lies on the other side, and is open otherwise.",
        ),
        reference=f"above {WAITS:g} with hidden layers",
        settled_by="more seeds",
        interval=EXTREME,
        level=1 - summary.ALPHA / len(layers),
    )


def from_random(layers: Sequence[int]) -> Statement:
    """The statement that the theory for balanced starts nearly holds for random ones."""
    return Statement(
        id="random half-times",
        claim="From small random weights, whose modes have a root mean square of about "
        f"{summary.RANDOM_START:.1g}, the largest mode is learned when the equation says for a balanced start with "
        f"every mode at {START:g}.",
        kind=PUBLISHED,
        source=f"{sources.SAXE}, section 'The time course of learning' (one hidden layer; here all depths)",
        rule=_together(
            layers,
            "The half-time divided by that of theory, median over seeds: a depth holds when the interval lies from "
            f"{RANDOM[0]:g} to {RANDOM[1]:g}, fails when it lies outside, and is open otherwise.",
        ),
        reference=1.0,
        unit="times theory",
        settled_by="more seeds",
        interval=EXTREME,
        level=1 - summary.ALPHA / len(layers),
    )


def ordered(layers: Sequence[int]) -> Statement:
    """The statement that the weakest mode comes later than the strongest by the ratio that theory gives."""
    return Statement(
        id="order of the modes",
        claim="From small random weights a mode is learned the later the weaker it is: nearly in inverse proportion to "
        "its singular value with hidden layers, and all at the same time without hidden layers.",
        kind=PUBLISHED,
        source=f"{sources.SAXE}, section 'The time course of learning' (one hidden layer, a time of the order 1 / s; "
        "here all depths)",
        rule=_together(
            layers,
            "The half-time of the weakest mode divided by that of the strongest, divided by the same ratio in theory, "
            f"median over seeds: a depth holds when the interval lies from {RANDOM[0]:g} to {RANDOM[1]:g}, fails when "
            "it lies outside, and is open otherwise.",
        ),
        reference=1.0,
        unit="times theory",
        settled_by="more seeds",
        interval=EXTREME,
        level=1 - summary.ALPHA / len(layers),
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per depth and quantity."""
    found = []

    def row(layers: int, what: str, networks: int, measured: float, low=None, high=None, theory=None) -> None:
        found.append(
            {"layers_of_weights": layers, "what": what, "measured": measured, "low": low, "high": high}
            | {"theory": theory, "networks": networks}
        )

    for layers in map(int, data.layers.values):
        for activation in data.activation.values:
            one = data.sel(layers=layers, activation=activation)
            least, right = float(one.least_loss.min()), one.most_right.values
            theory = math.log(2) if activation == "linear" or layers == 1 else None
            row(layers, f"XOR, {activation}: least loss (nats)", right.size, least, theory=theory)
            row(layers, f"XOR, {activation}: share with four rows right", right.size, float((right == 4).mean()))
        wait = summary.plateau(data, layers)
        row(layers, "plateau over rise, random", len(wait), *summary.median(wait, data.sizes["layers"]))
        for i, s in enumerate(data.mode.values):
            theory = float(summary.times(data, "theory", summary.HALF).sel(layers=layers).isel(mode=i))
            exact = float(summary.times(data, "balanced", summary.HALF).sel(layers=layers).isel(mode=i).squeeze())
            row(layers, f"mode {s:g}: half-time, balanced", 1, exact, theory=theory)
            ratio = summary.over_theory(data, layers, i)
            middle = [theory * end for end in summary.median(ratio, data.sizes["layers"])]
            row(layers, f"mode {s:g}: half-time, random", len(ratio), *middle, theory=theory)
    return found


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Verdicts on XOR, where depth does not help, then on the modes, where it changes the learning."""
    linear = data.sel(activation="linear")
    count, seeds = linear.least_loss.size, data.sizes["xor_seed"]
    depths = f"{int(data.layers.min())} to {int(data.layers.max())} layers of weights"
    least, solved = float(linear.least_loss.min()), int((linear.most_right == 4).sum())
    three = float((linear.most_right == 3).mean())
    found = [
        LOSS.verdict(
            f"The lowest cross-entropy that any of {count:,} linear networks with {depths} reached on XOR is "
            f"{abs(least - math.log(2)):.0e} nats {'below' if least < math.log(2) else 'above'} ln 2 = "
            f"{math.log(2):.6f}; rounding in float32 allows up to {ROUNDING:.0e} below.",
            least,
            n=seeds,
        ),
        ROWS.verdict(
            f"{solved} of {count:,} linear networks get all four rows of XOR right at a recorded step; {three:.0%} of "
            "them get three right at best.",
            solved,
            n=seeds,
        ),
    ]
    if int(data.layers.max()) > 1:
        found += [_solved(data), _exact(data), *_random(data)]
    return found


def _solved(data: xr.Dataset) -> Verdict:
    right = data.most_right.sel(activation="tanh").isel(layers=data.layers.values > 1) == 4
    by_seed = right.transpose("xor_seed", ...).values.reshape(data.sizes["xor_seed"], -1).mean(axis=1)
    share, low, high = statistics.bootstrap(by_seed, np.mean, num_resamples=1_999)
    return SOLVED.verdict(
        f"{share:.1%} of {right.size:,} tanh networks with hidden layers, trained at all the learning rates tried, get "
        "all four rows of XOR right at a recorded step.",
        share,
        low,
        high,
        len(by_seed),
    )


def _exact(data: xr.Dataset) -> Verdict:
    theory = summary.times(data, "theory", summary.HALF)
    deviation = abs(summary.times(data, "balanced", summary.HALF) / theory - 1)
    where = deviation.isel(balanced_seed=0).argmax(...)
    layers, s = (data[name].values[int(where[name])] for name in ("layers", "mode"))
    greatest = float(deviation.max())
    return EXACT.verdict(
        f"Of {theory.size} half-times (when a mode is half learned, for each depth and mode) the one furthest from "
        f"theory deviates by {greatest:.2%}: that of singular value {s:g} with {plural(layers, 'layer')} of weights.",
        greatest,
        n=theory.sizes["layers"],
    )


def _random(data: xr.Dataset) -> list[Verdict]:
    layers = [int(one) for one in data.layers.values]
    waits = [summary.median(summary.plateau(data, one), len(layers)) for one in layers]
    late = [summary.median(summary.over_theory(data, one, 0), len(layers)) for one in layers]
    in_theory = [float(summary.order(data, one, "theory")) for one in layers]
    ratio = [
        summary.median(summary.order(data, one) / known, len(layers))
        for one, known in zip(layers, in_theory, strict=True)
    ]
    n = data.sizes["random_seed"]

    def farthest(found: Sequence[statistics.Interval]) -> tuple[float, float, float]:
        return max(found, key=lambda one: abs(math.log(one.estimate)))

    some = [pair for pair in zip(layers, waits, strict=True) if pair[0] in (1, 2, layers[-1])]  # the table has all
    side = [_above(one) if depth > 1 else opposite(_above(one)) for depth, one in zip(layers, waits, strict=True)]
    return [
        plateaus(layers).verdict(
            "The time until the strongest mode reaches a tenth of its singular value, divided by the time from there "
            f"to nine tenths, is {_told(n, *zip(*some, strict=True))}.",
            *min(one for depth, one in zip(layers, waits, strict=True) if depth > 1),
            n=n,
            outcome=rules.combine(side),
        ),
        from_random(layers).verdict(
            f"The time until the strongest mode is half learned, divided by that of theory, is "
            f"{_told(n, layers, late)}.",
            *farthest(late),
            n=n,
            outcome=rules.combine([_inside(one) for one in late]),
        ),
        ordered(layers).verdict(
            "The time until the weakest mode is half learned, divided by that of the strongest, is this many times the "
            f"ratio in theory: {_told(n, layers, ratio)}.",
            *farthest(ratio),
            n=n,
            outcome=rules.combine([_inside(one) for one in ratio]),
        ),
    ]


def _above(one: statistics.Interval) -> str:
    return rules.above(WAITS).judge(*one)  # pyright: ignore[reportOptionalCall]


def _inside(one: statistics.Interval) -> str:
    return rules.within(*RANDOM).judge(*one)  # pyright: ignore[reportOptionalCall]


def _told(seeds: int, layers: Sequence[int], found: Sequence[statistics.Interval]) -> str:
    def number(value: float) -> str:
        return f"{value:.2f}" if math.isfinite(value) else "infinite"  # not within the training time

    told = [
        f"{number(one)} [{number(low)}, {number(high)}] with {n}"
        for n, (one, low, high) in zip(layers, found, strict=True)
    ]
    told[0] += f" layer{'s' * (layers[0] > 1)} of weights"
    never = "" if np.isfinite(found).all() else "; infinite: not learned in the time of training"
    return f"{', '.join(told)} (medians of {seeds} seeds{never})"
