"""The table and the verdicts of `activations.step_units`."""

import functools
import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from experiments.activations.step_units.config import (
    CLIPPED,
    CODINGS,
    CUT,
    OUTPUT,
    RISING,
    SMOOTH,
    THROUGH,
    Config,
)
from experiments.lab import rules, sources
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    AIM,
    EXTREME,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    REPRODUCED,
    TEXTBOOK,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from nnjax import statistics
from nnjax.theory import step_units as theory

ALPHA = 0.05
ROOM = 0.99  # where a way solves less than this, another can be better
MARGIN = 0.03  # shares that differ by less are taken as equal

LAYER = Statement(
    id="random-layer",
    claim="Under gradient descent a network of step units solves XOR exactly when its random hidden layer makes the "
    "corners linearly separable: only its output layer learns.",
    kind=THEOREM,
    source=f"{sources.ROSENBLATT}; {sources.NOVIKOFF}: an output unit learns all that is separable in a fixed layer",
    rule=Rule(
        "Reproduced when all networks whose layer is separable solve XOR and no others do; partly when no others do; "
        "not reproduced when a network does whose layer is not separable. The rule was changed after the first "
        "results: the share had been tested as well, which is a statement of its own now."
    ),
    reference=1.0,
    unit="of the networks",
)


def statements(config: Config) -> list[Statement]:
    """The statements on the ways and numbers of hidden units that are trained."""
    found = [LAYER, _shares(config.codings, config.hidden)]
    found += [_adds(way, len(config.codings) * len(config.hidden)) for way in _learning(config.ways)]
    if RISING in config.ways:
        found += [make(len(config.codings) * len(config.hidden)) for make in (_rise, _loss)]
    return [*found, _continuity(config.ways, len(config.codings) * len(config.hidden))]


def _learning(ways: Sequence[str]) -> list[str]:
    """The trained ways in which the hidden weights learn and the units are steps in the end."""
    return [way for way in (THROUGH, CLIPPED, RISING) if way in ways]


def _steps(ways: Sequence[str]) -> list[str]:
    """The trained ways in which the units are steps from the beginning."""
    return [way for way in (OUTPUT, THROUGH, CLIPPED) if way in ways]


@functools.cache
def _computed(num_units: int, coding: str) -> float:
    return theory.xor_probability(num_units, 1.0, CODINGS[coding])


def _shares(codings: Sequence[str], widths: Sequence[int]) -> Statement:
    told = "; ".join(
        f"inputs {coding}: " + ", ".join(f"{_computed(n, coding):.1%} with {n} units" for n in widths)
        for coding in codings
    )
    return Statement(
        id="shares as computed",
        claim="A trained output layer on random step units solves XOR in the share of networks that can be computed "
        f"without training any ({told}).",
        kind=AIM,
        source="",
        rule=Rule(
            "Of each of the 14 outputs that a unit can have at the corners the probability is a solid angle of its "
            "weights and bias, and a layer fails if all its units agree to one of five meetings of the corners' images "
            "(`nnjax.theory.step_units`). Reproduced when in every setting (coding and number of hidden units) the "
            f"Wilson interval of the share solved, for all of them together, lies within {MARGIN:.0%} of this number; "
            "not reproduced when the interval of one lies outside, otherwise not settled. The rule was changed after "
            "the first results: shares had been held against an earlier count of unknown size, such as 51% where 53.4% "
            "is exact."
        ),
        reference="the exact probability",
        unit="of the networks, off the number",
        settled_by="more networks",
        interval=EXTREME,
        level=1 - ALPHA / (len(codings) * len(widths)),
    )


SOURCES = {
    THROUGH: "Bengio, Leonard & Courville (2013), Estimating or propagating gradients through stochastic neurons for "
    "conditional computation, arXiv 1308.3432, section 4",
    CLIPPED: "Hubara, Courbariaux, Soudry, El-Yaniv & Bengio (2016), Binarized neural networks, NeurIPS, equation 4",
    RISING: "Corwin, Logar & Oldham (1994), An iterative method for training multilayer networks with threshold "
    "functions, IEEE Trans. Neural Networks 5, 507-508",
}
NAMES = {
    THROUGH: "The straight-through estimator",
    CLIPPED: "The clipped straight-through estimator",
    RISING: "A sigmoid whose gain rises, judged as a network of steps in the end,",
}


PROMPTED = (
    " The method is the source's and the comparison is not, so this is an aim; it counted as published until "
    "replications had been seen."
)
# How settings in which no last gain above 1 is better count in a claim on a rising gain.
ONLY_RISING = (
    " A setting whose tuned last gain is 1, or lower, does not count as better; of gains that did as well in tuning, "
    "1 among them, the one nearest to the middle of the grid is taken. The rule was changed after the first results, "
    "in which gains that fall to 0.25 had been tried and counted as rising."
)


def _together(better: str, num_settings: int, more: str = "") -> Rule:
    """The rule of paired comparisons in every setting."""
    return rules.tuned(
        Rule(
            f"Paired on the same seeds and initial weights in each of {num_settings} settings (coding and number of "
            f"hidden units), by McNemar's exact tests with Holm's correction ({ALPHA:.0%}). Settings in which the "
            f"other solves {ROOM:.0%} or more of its tuning seeds do not count. Reproduced when {better} in all "
            "others, partly when in some; not reproduced when it is better in none, and worse in one or, with all "
            f"intervals, within {MARGIN:.0%} of equal; otherwise not settled.{more}"
        )
    )


def _adds(way: str, num_settings: int) -> Statement:
    return Statement(
        id=f"adds: {way}",
        claim=f"{NAMES[way]} solves XOR more often than a trained output layer on the same random step units.",
        kind=AIM,
        source=f"prompted by {SOURCES[way]}",
        rule=_together("it is better", num_settings, ONLY_RISING * (way == RISING) + PROMPTED),
        reference="more often",
        unit="of the networks, the least difference",
        settled_by="more seeds, and values beyond those tried",
        interval=EXTREME,
        level=1 - ALPHA / num_settings,
    )


def _rise(num_settings: int) -> Statement:
    return Statement(
        id="gain-has-to-rise",
        claim="A sigmoid network whose gain rises while it learns solves XOR more often, once it is cut into steps, "
        "than one that was trained with a gain of 1.",
        kind=AIM,
        source=f"prompted by {SOURCES[RISING]}",
        rule=_together("the rising gain is better", num_settings, ONLY_RISING + PROMPTED),
        reference="more often",
        unit="of the networks, the least difference",
        settled_by="more seeds, and values beyond those tried",
        interval=EXTREME,
        level=1 - ALPHA / num_settings,
    )


def _loss(num_settings: int) -> Statement:
    return Statement(
        id="lost-by-cutting",
        claim="The gain has to rise because a sigmoid network that was trained with a gain of 1 does not survive being "
        "cut into steps: some that solved XOR no longer do once cut.",
        kind=AIM,
        source=f"prompted by {SOURCES[RISING]}",
        rule=Rule(
            "Of the networks with a gain of 1 that solved XOR as they were trained, the share that no longer does "
            "once cut, in every setting (coding and number of hidden units), with Wilson intervals for all of them "
            f"together. {rules.above(MARGIN, 'the interval').text} {rules.together('settings')} This statement was "
            "added after the first results, in which no network was lost by cutting: how often a cut network solves "
            f"XOR had been taken for how often it survives.{PROMPTED}",
        ),
        reference=MARGIN,
        unit="of the networks that solved XOR before, the greatest share",
        settled_by="more seeds",
        interval=EXTREME,
        level=1 - ALPHA / num_settings,
    )


def _continuity(ways: Sequence[str], num_settings: int) -> Statement:
    return Statement(
        id="continuity-buys-learning",
        claim="A continuous activation is what lets a network learn: a sigmoid network solves XOR more often than one "
        f"of as many units that are steps while they learn ({', '.join(_steps(ways))}).",
        kind=TEXTBOOK,
        source=f"{sources.TEXTBOOK}, which calls a network a neural network if its activation is continuous, and a "
        "multilayer perceptron if not",
        rule=_together("the sigmoid network is better than the best of these ways", num_settings),
        reference="more often",
        unit="of the networks, the least difference",
        settled_by="more seeds, and values beyond those tried",
        interval=EXTREME,
        level=1 - ALPHA / num_settings,
    )


def share(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """The share of networks that solved XOR [way, coding, width], and its Wilson interval."""
    counts = data.solved.sum("seed")
    low, high = xr.apply_ufunc(statistics.wilson, counts, data.sizes["seed"], output_core_dims=[[], []])
    return counts / data.sizes["seed"], low, high


def settings(data: xr.Dataset) -> list[dict]:
    """Every coding and number of hidden units."""
    return [{"coding": str(c), "width": int(n)} for c in data.coding.values for n in data.width.values]


def table(data: xr.Dataset) -> list[dict]:
    """A row for each way, coding and number of hidden units: what was tuned, and how many networks solved XOR."""
    part, low, high = share(data)
    added = {way: differences(data, way, OUTPUT) for way in data.way.values.tolist()}
    return [
        {
            "way": way,
            **place,
            "learning_rate": float(data.learning_rate.sel(place).sel(way=way)),
            "final_gain": float(data.final_gain.sel(place).sel(way=way)) if way == RISING else "",
            "solved": int(data.solved.sel(place).sel(way=way).sum()),
            "seeds": data.sizes["seed"],
            "share": float(part.sel(place).sel(way=way)),
            "low": float(low.sel(place).sel(way=way)),
            "high": float(high.sel(place).sel(way=way)),
            "exact": float(data.exact.sel(place)) if way == OUTPUT else "",
            "minus_output_layer": added[way][i].estimate if way != OUTPUT else "",
            "minus_low": added[way][i].low if way != OUTPUT else "",
            "minus_high": added[way][i].high if way != OUTPUT else "",
        }
        for way in data.way.values.tolist()
        for i, place in enumerate(settings(data))
    ]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Verdicts on the random layer, what training the hidden units adds, and what continuity adds."""
    ways = data.way.values.tolist()
    found = [_layer(data), _as_computed(data)]
    num_settings = len(settings(data))
    found += [_compared(_adds(way, num_settings), data, way, OUTPUT) for way in _learning(ways)]
    if RISING in ways:
        found += [_compared(_rise(num_settings), data, RISING, CUT), _lost(data)]
    best = {tuple(place.values()): _best(data.sel(place), _steps(ways)) for place in settings(data)}
    found.append(_compared(_continuity(ways, num_settings), data, SMOOTH, best))
    return found


def _best(data: xr.Dataset, ways: Sequence[str]) -> str:
    """The way that solves most on the tuning seeds, so that the choice does not depend on reported seeds."""
    return max(ways, key=lambda way: _success(data, way))


def _success(data: xr.Dataset, way: str) -> float:
    """The share of its tuning seeds that a way solves at its best, in one setting."""
    return float(data.tuning_success.sel(way=way).max())


def _layer(data: xr.Dataset) -> Verdict:
    beyond, missed, separable = (int(data[f"layers_{name}"].sum()) for name in ("beyond", "missed", "separable"))
    n = data.attrs["layers"] * len(settings(data))
    return LAYER.verdict(
        f"XOR is solved by {separable - missed:,} of the {separable:,} networks whose random layer makes the corners "
        f"linearly separable, and by {beyond:,} of the other {n - separable:,}.",
        1 - (beyond + missed) / n, n=data.attrs["layers"],
        outcome=NOT_REPRODUCED if beyond else PARTLY if missed else REPRODUCED,
    )  # fmt: skip


def _as_computed(data: xr.Dataset) -> Verdict:
    n, places, off, beside = data.attrs["layers"], settings(data), [], []
    told: dict[str, list[str]] = {}
    for place in places:
        count, exact = int(data.layers_solved.sel(place)), float(data.exact.sel(place))
        low, high = statistics.wilson(count, n, 1 - ALPHA / len(places))
        off.append((count / n - exact, float(low) - exact, float(high) - exact))
        told.setdefault(place["coding"], []).append(f"{count / n:.1%} ({exact:.1%}) with {place['width']}")
        if not low <= exact <= high:
            z = (count / n - exact) / math.sqrt(exact * (1 - exact) / n)
            beside.append(f"with {place['width']} units, inputs {place['coding']} (z = {z:.1f})")
    within = [abs(low) <= MARGIN and abs(high) <= MARGIN for _, low, high in off]
    outside = [low > MARGIN or high < -MARGIN for _, low, high in off]
    measured, low, high = max(off, key=lambda one: abs(one[0]))
    rejected = (
        f" The computed share lies outside the interval {' and '.join(beside)}; the margin of {100 * MARGIN:g} "
        "percentage points decides."
        if beside
        else ""
    )
    shares = "; ".join(f"inputs {coding}: {', '.join(some)} units" for coding, some in told.items())
    return _shares(data.coding.values.tolist(), data.width.values.tolist()).verdict(
        f"The share of {n:,} networks that solve XOR is off the computed share (in brackets) by at most "
        f"{100 * abs(measured):.1f} percentage points: {shares}.{rejected}",
        measured, low, high, n,
        outcome=NOT_REPRODUCED if any(outside) else REPRODUCED if all(within) else NOT_SETTLED,
    )  # fmt: skip


def differences(data: xr.Dataset, way: str, other: str | dict) -> list[statistics.PairedDifference]:
    """The difference in how often one way and another solve XOR, for each of `settings`."""
    found = []
    for place in settings(data):
        against = other if isinstance(other, str) else other[tuple(place.values())]
        solved = data.solved.sel(place)
        confidence = 1 - ALPHA / len(settings(data))
        pair = (solved.sel(way=name).values for name in (way, against))
        found.append(statistics.paired_difference(*pair, confidence=confidence))
    return found


def _compared(statement: Statement, data: xr.Dataset, way: str, other: str | dict) -> Verdict:
    """The verdict on one way against another, on the same seeds in every setting."""
    places, n = settings(data), data.sizes["seed"]
    against = [other if isinstance(other, str) else other[tuple(place.values())] for place in places]
    room = np.array([_success(data.sel(p), a) < ROOM for p, a in zip(places, against, strict=True)])
    found = differences(data, way, other)
    difference = np.array([one.estimate for one in found])
    significant = statistics.holm([one.p_value for one in found]) < ALPHA
    better, worse = significant & (difference > 0), significant & (difference < 0)
    if way == RISING:
        better &= np.array([float(data.final_gain.sel(way=way, **p)) > 1 for p in places])
    same = all(one.low >= -MARGIN and one.high <= MARGIN for one, open_ in zip(found, room, strict=True) if open_)
    if not room.any():
        outcome = NOT_SETTLED
    elif better[room].any():
        outcome = REPRODUCED if better[room].all() else PARTLY
    else:
        outcome = NOT_REPRODUCED if worse[room].any() or same else NOT_SETTLED
    # A better tuned value could help `way` where it is not better, and its rival where `way` is. No rate helps a
    # trained output layer that solves all that is separable.
    ends_of_way = np.array([bool(data.at_end.sel(way=way, **p)) for p in places])
    ends_of_other = np.array([_at_end(data.sel(p), a) for p, a in zip(places, against, strict=True)])
    edge = room & ((ends_of_way & ~better) | (ends_of_other & better))
    least = int(np.where(room | ~room.any(), difference, np.inf).argmin())
    most = int(np.where(room | ~room.any(), difference, -np.inf).argmax())
    points = [f"{100 * one.estimate:+.1f} [{100 * one.low:+.1f}, {100 * one.high:+.1f}]" for one in found]
    where = [f"{p['width']} units{'' if data.sizes['coding'] == 1 else ', inputs ' + p['coding']}" for p in places]
    told = "is " if least == most else "goes from "
    told += " to ".join(f"{points[i]} ({where[i]})" for i in dict.fromkeys((least, most)))
    # The table has the differences from a trained output layer.
    each = "" if other == OUTPUT else f" The differences in all settings: {_by_coding(places, points)}."
    begins = "There the difference" if room.any() else "The difference"
    wins, losses, ends = (int(one.sum()) for one in (better[room], worse[room], edge))
    first, second = COMPARED[way, other if isinstance(other, str) else ""]
    return statement.verdict(
        f"{first} solves XOR significantly more often than {second} in {wins} of the {int(room.sum())} settings in "
        f"which the latter solves less than {ROOM:.0%} of its tuning seeds, and less often in {losses}. "
        f"{begins} in percentage points {told}.{each}",
        difference[least], found[least].low, found[least].high, n, outcome=outcome,
        at_edge=f"in {plural(ends, 'setting')} the tuned value lies at an end of its grid" if ends else "",
    )  # fmt: skip


# The two that a verdict compares, in words: a way, and another one or (if it is "") the best of several.
COMPARED = {
    (THROUGH, OUTPUT): ("The straight-through estimator", "the trained output layer alone"),
    (CLIPPED, OUTPUT): ("The clipped straight-through estimator", "the trained output layer alone"),
    (RISING, OUTPUT): ("A sigmoid network with a rising gain, once cut,", "the trained output layer alone"),
    (RISING, CUT): ("A sigmoid network with a rising gain, once cut,", "one with a gain of 1"),
    (SMOOTH, ""): ("The sigmoid network", "the best network of step units"),
}


def _by_coding(places: Sequence[dict], points: Sequence[str]) -> str:
    """The numbers of all settings, one coding after another."""
    found: dict[str, list[str]] = {}
    for place, point in zip(places, points, strict=True):
        found.setdefault(place["coding"], []).append(f"{point} with {place['width']}")
    return "; ".join(f"inputs {coding}: {', '.join(some)} units" for coding, some in found.items())


def _at_end(data: xr.Dataset, way: str) -> bool:
    """Whether a better rate (or gain) beyond those tried could help this way, in one setting."""
    at_ceiling = way == OUTPUT and not int(data.layers_missed)
    return bool(data.at_end.sel(way=way)) and not at_ceiling


def lost(data: xr.Dataset, way: str) -> tuple[np.ndarray, np.ndarray]:
    """The number of networks of one way that solve XOR as trained, and of those that then fail once cut [setting]."""
    one = data.sel(way=way)
    before = one.solved_as_trained.astype(bool)
    counts = [(int(before.sel(p).sum()), int((before & ~one.solved).sel(p).sum())) for p in settings(data)]
    return np.array([n for n, _ in counts]), np.array([gone for _, gone in counts])


def _lost(data: xr.Dataset) -> Verdict:
    solved, gone = lost(data, CUT)
    confidence = 1 - ALPHA / len(solved)
    # Where none has solved XOR, nothing is known.
    ends = [
        statistics.wilson(int(k), int(n), confidence) if n else (0.0, 1.0) for k, n in zip(gone, solved, strict=True)
    ]
    low, high = np.array([(float(a), float(b)) for a, b in ends]).T
    share_ = gone / np.maximum(solved, 1)
    most = int(np.lexsort((high, share_))[-1])
    judge = rules.above(MARGIN).judge
    outcomes = [judge(*one) for one in zip(share_, low, high, strict=True)] if judge else []
    rising_solved, rising_gone = lost(data, RISING)
    return _loss(len(solved)).verdict(
        f"Of {solved.sum():,} networks with a gain of 1 that solved XOR as sigmoids, {gone.sum():,} no longer do once "
        f"they are cut into steps; of {rising_solved.sum():,} whose gain rose, {rising_gone.sum():,}.",
        float(share_[most]), float(low[most]), float(high[most]), int(solved[most]),
        outcome=rules.combine(outcomes), parts=outcomes,
    )  # fmt: skip
