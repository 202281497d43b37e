"""The table and the verdicts of `universal`: floors that hold, errors that go on falling, and the conditions."""

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import HORNIK, LESHNO, TEXTBOOK
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    RANGE,
    REPRODUCED,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)
from experiments.lab.verdicts import TEXTBOOK as FROM_TEXTBOOK
from experiments.universal_approximation.shared.parts import ends
from experiments.universal_approximation.shared.targets import FORMULAS
from experiments.universal_approximation.universal import activations, summary
from experiments.universal_approximation.universal.config import Config
from experiments.universal_approximation.universal.summary import SMALL
from nnjax import statistics

CLOSE = 0.01  # how near its floor a network must come: a share of it
# How far a universal activation's median error must fall from `start` on. A jump lets errors fall as N^(-1/2), so over
# sixteen times as many units to 0.25 times, over eight times to 0.35. Polynomials do not fall.
FALLS = 0.5
GOES_ON = 0.8  # the most that the last doubling of N may leave of an error that still falls, as in `written_down`
TIMES = 10.0  # trained networks with a polynomial must err more than this many times as much
GIVEN = 0.2  # the share of the floor without biases that errors with biases must lie below
NEEDLESS = 1e-3  # the share of the target's norm that is as good as no error where no biases are needed
EXISTENCE = f"{LESHNO}, theorem 1 (that such networks exist, not that random hidden weights find them)"
POLYNOMIAL, ITSELF = "Taylor polynomial of tanh", "tanh"
# For these the textbook says that one hidden layer approximates any function.
SQUASHERS = "step", "sigmoid", "tanh", "cosine squasher", "squasher with jumps"


def statements(config: Config) -> list[Statement]:
    """Floors, every activation that is not a polynomial, trained hidden weights where there are any, conditions."""
    first, last = summary.start(config.widths), config.widths[-1]
    found = [met(last), *(falls(name, first, last) for name in activations.OTHERS)]
    if config.trained_widths:
        found.append(training(config.trained_widths[-1]))
    return [*found, biases(last), biases_give(last), no_biases(last)]


def met(units: int) -> Statement:
    """The statement on the only-if half: errors come down to the floor (that none falls below it is algebra)."""
    return Statement(
        id="met",
        claim=f"Networks of {units} units with a polynomial activation come down to the best polynomial of that degree "
        "and no further.",
        kind=THEOREM,
        source=f"{LESHNO}, theorem 1 (the best polynomial is computed without a network)",
        rule=Rule(
            f"Reproduced when every network's L2 error is at most {1 + CLOSE:g} times that of the best polynomial, "
            "partly when that of half of the networks is, otherwise not reproduced."
        ),
        reference=1.0,
        unit="times",
        interval=RANGE,
    )


def falls(name: str, first: int, last: int) -> Statement:
    """The statement on the if half, for one activation."""
    return Statement(
        id=f"universal: {name}",
        claim=f"Networks with the activation {plain(name)} have no floor: with random hidden weights and the best "
        f"output layer, errors go on falling from N = {first} to {last} on every target.",
        kind=FROM_TEXTBOOK if name in SQUASHERS else AIM,
        source=f"{TEXTBOOK}; {HORNIK}; {EXISTENCE}" if name in SQUASHERS else EXISTENCE,
        rule=rules.tuned(
            Rule(
                f"A target counts when two conditions hold: the median error at N = {last} is at most {FALLS:g} times "
                f"that at N = {first} (this threshold was changed and changed back after the first results), and the "
                f"last doubling of N leaves at most {GOES_ON:.0%} of the median error. Where the last two N are "
                "farther apart than a doubling, the share for each doubling between them is taken. (The second "
                "condition was added after results and replications had been seen, in which some errors hardly fell "
                "at the end.) Reproduced when all targets count, partly when some do, not reproduced when none does; "
                f"not settled when polynomials, which have floors, pass the same rule. An error below {SMALL:g} of "
                "the target's norm counts as fallen. What decides is the scale of the weights on the targets where "
                "the error falls least, over all N or in the last doubling."
            ),
            with_tuning=True,
        ),
        reference=FALLS,
        unit="times",
        settled_by="scales of the weights beyond those tried, and more hidden units",
    )


def training(units: int) -> Statement:
    """The statement on the Taylor polynomial against tanh itself, trained alike."""
    return Statement(
        id="trained",
        claim=f"Training the hidden weights does not help a polynomial: {units} units with tanh's Taylor polynomial of "
        f"degree 7 err more than {TIMES:g} times as much as {units} with tanh.",
        kind=AIM,
        source=f"{LESHNO}, theorem 1 (that better networks with tanh exist, not that training finds them)",
        rule=rules.at_tuned_numbers(rules.above(TIMES, "the 95% interval of the median ratio of the two errors")),
        reference=TIMES,
        unit="times",
        settled_by="more seeds and more steps of training",
    )


def biases(units: int) -> Statement:
    """The statement on the floors without biases."""
    return Statement(
        id="biases",
        claim=f"Without biases, networks of {units} units whose activation is odd, even up to a linear term, or linear "
        "on each side of 0 reach only the error of the best function that has the same symmetry.",
        kind=THEOREM,
        source=f"{LESHNO}, abstract: without the threshold the theorem does not hold",
        rule=Rule(
            f"Reproduced when the L2 error of every network is at most {1 + CLOSE:g} times that of the best function "
            "of its kind, otherwise not reproduced. By algebra no error can be lower than that of the best function; "
            "because of rounding, two of five replications counted as not reproduced, so the lower end was left out "
            "after results had been seen.",
        ),
        reference=1.0,
        unit="times",
        interval=RANGE,
    )


def biases_give(units: int) -> Statement:
    """The statement that biases remove these floors."""
    return Statement(
        id="biases give it",
        claim=f"With biases, networks of {units} units of the same activations (odd, even up to a linear term, or "
        f"linear on each side of 0) err less than {GIVEN:g} times their floor without biases.",
        kind=AIM,
        source=EXISTENCE,
        rule=Rule(
            f"Reproduced when the median error with biases is below {GIVEN:g} of the floor without for every "
            "activation, partly when for some, not reproduced when for none."
        ),
        reference=GIVEN,
        unit="times",
    )


def no_biases(units: int) -> Statement:
    """The statement on activations that need no biases."""
    return Statement(
        id="no biases needed",
        claim=f"Activations without such a symmetry (the exponential, ELU) need no biases: {units} units without "
        "approximate the target.",
        kind=AIM,
        source="Stone (1948), The generalized Weierstrass approximation theorem, Math. Mag. (that such networks with "
        "the exponential exist, not that random hidden weights find them)",
        rule=Rule(
            f"Reproduced when the median error of each lies below {NEEDLESS:g} of the target's norm, otherwise not "
            "reproduced."
        ),
        reference=0.0,
        unit="L2 error",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per activation, target and number of units."""
    rows = []
    for i, j, k in np.ndindex(data.sizes["activation"], data.sizes["target"], data.sizes["width"]):
        one = data.isel(activation=i, target=j, width=k)
        rows.append(
            {"activation": one.activation.item(), "target": one.target.item(), "units": int(one.width)}
            | {"median_l2": float(one.error.median()), "least": float(one.error.min())}
            | {"greatest": float(one.error.max()), "floor": float(one.floor), "scale": float(one.scale)}
            | {"cutoff": float(one.cutoff)}
        )
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Judge floors by fixed shares, falling errors by how far they fall, and conditions by the floors they leave."""
    found = [_met(data)]
    found += [_falls(data, str(name)) for name in data.activation.values[data.degree.values == 0]]
    if "trained_error" in data:
        found.append(_training(data))
    return [*found, _biases(data), _biases_give(data), _no_biases(data)]


def plain(name: str) -> str:
    """An activation's name without the signs of a formula."""
    return name.replace("$", "")


def _met(data: xr.Dataset) -> Verdict:
    """Judge the worst network, of any draw, at the greatest N."""
    ratio = summary.over_floor(data).isel(width=-1).values
    ratio = ratio[np.isfinite(ratio)]
    worst, close = float(ratio.max()), float((ratio <= 1 + CLOSE).mean())
    return met(int(data.width[-1])).verdict(
        f"{close:.0%} of {ratio.size:,} networks have an L2 error at most {CLOSE:.0%} above that of the best "
        f"polynomial of their degree; the greatest ratio of the two errors is {worst:.9f}.",
        worst, float(ratio.min()), worst, data.sizes["seed"],
        outcome=REPRODUCED if close == 1 else PARTLY if close >= 0.5 else NOT_REPRODUCED,
    )  # fmt: skip


def _falls(data: xr.Dataset, name: str) -> Verdict:
    """Judge the target on which the median error falls least; settled only if no polynomial passes the same rule."""
    every, last = summary.fall(data), summary.last_doubling(data)
    ratio, end = every.sel(activation=name), last.sel(activation=name)
    fallen = (ratio <= FALLS) & (end <= GOES_ON)
    held, others = int(fallen.sum()), summary.controls(data, (every <= FALLS) & (last <= GOES_ON))
    outcome = REPRODUCED if held == ratio.size else PARTLY if held else NOT_REPRODUCED
    first, greatest = summary.start(data.width.values.tolist()), int(data.width[-1])
    hardest, slowest = (str(one.target.values[int(one.values.argmax())]) for one in (ratio, end))
    # A better scale at the greatest N makes errors fall further, one at the N before less far.
    deciding = [(hardest, first), (slowest, int(data.width[-2]))]
    if outcome != REPRODUCED:
        worst = np.where(fallen, -1.0, np.maximum(ratio.values / FALLS, end.values / GOES_ON))
        deciding = [(str(ratio.target.values[worst.argmax()]), greatest)]
    scales = [float(data.scale.sel(activation=name, target=target, width=n)) for target, n in deciding]
    at_ends = [
        f"at N = {n} on {FORMULAS[target]}, {scale:g}"
        for (target, n), scale in zip(deciding, scales, strict=True)
        if scale in ends(activations.OTHERS[name][1])
    ]
    return falls(name, first, greatest).verdict(
        f"With {greatest} units the median error is at most {FALLS:g} times that with {first} units on "
        f"{int((ratio <= FALLS).sum())} of {ratio.size} targets; the highest ratio is {float(ratio.max()):.3f}, on "
        f"{FORMULAS[hardest]}. The last doubling of N leaves at most {GOES_ON:.0%} of the median error on "
        f"{int((end <= GOES_ON).sum())} of {ratio.size} targets; the greatest share that it leaves is "
        f"{float(end.max()):.0%}, on {FORMULAS[slowest]}. Polynomial activations, whose errors stop falling, meet both "
        f"conditions in {int(others.sum())} of {others.size} pairs of activation and target.",
        float(ratio.max()), n=data.sizes["seed"],
        outcome=NOT_SETTLED if others.any() else outcome,
        at_edge=f"the tuned scale of the weights {', and '.join(at_ends)}, is the least or the greatest tried"
        if at_ends else "",
    )  # fmt: skip


def _training(data: xr.Dataset) -> Verdict:
    last = data.trained_error.isel(trained_width=-1)
    share = last.sel(trained=POLYNOMIAL).values / last.sel(trained=ITSELF).values
    share[~np.isfinite(share)] = np.nan
    found = statistics.bootstrap(np.nan_to_num(share, nan=0.0))
    return training(int(data.trained_width[-1])).verdict(
        f"The median ratio of the error with the Taylor polynomial to that with tanh is {found.estimate:.2g} "
        f"[{found.low:.2g}, {found.high:.2g}], over {len(share)} seeds.",
        found.estimate, found.low, found.high, len(share),
    )  # fmt: skip


def _on(data: xr.Dataset) -> str:
    """The target of the conditions, as a formula."""
    return FORMULAS[data.attrs["condition_target"]]


def _biases(data: xr.Dataset) -> Verdict:
    stopped = data.isel(condition=np.flatnonzero(data.condition_floor > 0))
    ratio = (stopped.condition_error.sel(biased=False) / stopped.condition_floor).values
    worst, least = float(ratio.max()), float(ratio.min())
    return biases(data.attrs["condition_units"]).verdict(
        f"On {_on(data)}, errors with {', '.join(stopped.condition.values)} units without biases equal those of the "
        f"best functions of their kinds up to a relative difference of {np.abs(ratio - 1).max():.1g}.",
        worst, least, worst, data.sizes["seed"],
        outcome=REPRODUCED if worst <= 1 + CLOSE else NOT_REPRODUCED,
    )  # fmt: skip


def _biases_give(data: xr.Dataset) -> Verdict:
    stopped = data.isel(condition=np.flatnonzero(data.condition_floor > 0))
    share = stopped.condition_error.sel(biased=True).median("seed") / stopped.condition_floor
    held = int((share < GIVEN).sum())
    return biases_give(data.attrs["condition_units"]).verdict(
        f"On {_on(data)}, {held} of {share.size} activations ({', '.join(share.condition.values)}) have with biases a "
        f"median error below {GIVEN:g} times their floor without biases; the highest ratio is "
        f"{float(share.max()):.2g}, with {share.condition.values[share.values.argmax()]}.",
        float(share.max()), n=data.sizes["seed"],
        outcome=REPRODUCED if held == share.size else PARTLY if held else NOT_REPRODUCED,
    )  # fmt: skip


def _no_biases(data: xr.Dataset) -> Verdict:
    free = data.isel(condition=np.flatnonzero(data.condition_floor == 0))
    worst = float(free.condition_error.sel(biased=False).median("seed").max())
    norm = float(data.norm.sel(target=data.attrs["condition_target"]))
    return no_biases(data.attrs["condition_units"]).verdict(
        f"On {_on(data)}, median errors with {' and '.join(free.condition.values)} units without biases are at most "
        f"{worst:.2g}, which is {worst / norm:.1g} times the target's norm.",
        worst, n=data.sizes["seed"],
        outcome=REPRODUCED if worst < NEEDLESS * norm else NOT_REPRODUCED,
    )  # fmt: skip
