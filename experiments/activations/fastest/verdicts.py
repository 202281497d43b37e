"""The table and the verdicts of `fastest`: published orders, a good default, and whether one is fastest everywhere."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.activations.fastest.config import Config
from experiments.activations.fastest.pairs import Pair, compare, median
from experiments.activations.fastest.tasks import TASKS
from experiments.activations.shared.names import NAMES
from experiments.lab import rules, sources
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    PUBLISHED,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from nnjax import statistics

ALPHA = 0.05
# Two activations are level within this factor: the rates and scales tried are a factor of 2 apart, so a tuned one may
# miss the best by a factor of 1.4, and what that costs in steps is no difference between activations.
MARGIN = 1.25
WITHIN = 2.0  # a good default takes at most this many times the steps of any other
FASTER, SLOWER, LEVEL, OPEN = "faster", "slower", "level", "open"
KEY = (
    f"medians; faster or slower: all of the interval beyond a factor of {MARGIN:g}; level: all of it within; open: "
    "neither, or a tuned number at an end of the values tried could change it"
)


class Order(NamedTuple):
    """A published order: which of two activations learns faster, who says so, and how many times as fast."""

    fast: str
    slow: str
    source: str
    reference: str
    times: tuple[float, ...] = ()  # the published ratio of training times, or its range
    kind: str = PUBLISHED


ORDERS = (
    Order(
        "tanh", "sigmoid", f"{sources.LECUN}, section 4.4: symmetric sigmoids often converge faster", "often faster"
    ),
    Order(
        "relu", "tanh", f"{sources.KRIZHEVSKY}, section 3.1 and figure 1",
        "6 times as fast to 25% training error, a convolutional network on CIFAR-10", (6.0,),
    ),
    Order(
        "relu", "sigmoid", f"{sources.KRIZHEVSKY}, section 3.1: saturating nonlinearities are much slower",
        "much faster",
    ),
    Order("elu", "relu", f"{sources.CLEVERT}, section 4: ELUs learn faster", "faster"),
    Order(
        "gelu", "relu", f"{sources.HENDRYCKS}, section 3: a lower training loss on all tasks considered",
        "a lower loss", kind=AIM,
    ),
    Order(
        "silu", "relu", f"{sources.RAMACHANDRAN}, abstract: works better on deeper models", "better", kind=AIM
    ),
    Order(
        "sin", "sigmoid", f"{sources.SOPENA}, abstract", "150 to 500 times as fast by back-propagation", (150.0, 500.0)
    ),
)  # fmt: skip
BEYOND = (
    "In each of them one activation is faster than another where all of the interval of the median ratio of steps lies "
    f"beyond a factor of {MARGIN:g}"
)
TUNED_ONCE = (
    "This is a comparison of activations at one tuned point each: the intervals do not include the randomness of "
    "tuning."
)
CHANGED = (
    "Since the first results were seen, a difference must exceed the margin (a sign test decided, whatever the size), "
    "rate and scale are chosen in a second round by more seeds, each seed of a task with random data has data of its "
    "own, and intervals are widened to all steps that are possible between two looks at the level."
)
ALL_BUT_ONE_WAY = (
    "Reproduced when it is faster in all settings, partly when it is faster in more settings than it is slower, "
    "otherwise not reproduced; not settled while settings that are open could change this. An open one may turn out "
    "faster, or slower, only as far as its interval allows, or either way where a tuned number lies at an end. (Until "
    "the results were seen, one setting in which it is faster was enough for partly; until November 2026 an open one "
    "could turn out either way, whatever its interval.)"
)
NOT_OF_SPEED = (
    "The source does not speak of speed, so this is an aim; it counted as published until the results were seen."
)
SETTLED_BY = "more seeds, and rates and scales beyond those tried"


def settings(config: Config) -> int:
    """How many combinations of task and solver there are."""
    return len(config.tasks) * len(config.solvers)


def statements(config: Config) -> list[Statement]:
    """The published orders of activations that are trained, a good default, and one that is fastest everywhere."""
    known = config.activations
    found = [order(one, config) for one in ORDERS if one.fast in known and one.slow in known]
    if "relu" in known:
        found.append(default(config))
    return [*found, everywhere(config)]


def order(one: Order, config: Config) -> Statement:
    """The statement that one activation needs fewer steps than another."""
    fast, slow = NAMES[one.fast], NAMES[one.slow]
    more = [NOT_OF_SPEED] if one.kind == AIM else []
    if one.times:
        more.append("The published ratio is of other tasks: the finding tells whether it is reached, and no rule does.")
    return Statement(
        id=f"{one.fast}-before-{one.slow}".replace("_", "-"),
        claim=f"{fast} learns faster than {slow}.",
        kind=one.kind,
        source=one.source,
        rule=Rule(
            f"There are {settings(config)} settings (a task and a solver). {BEYOND}; these intervals hold together "
            "with 95% in all settings (Bonferroni). Both are level where all of it lies within the factor. Otherwise "
            "it is open, as also where a tuned number of the one that comes out slower, or of either of two that are "
            f"level, lies at an end of the values tried. {ALL_BUT_ONE_WAY} {' '.join([*more, TUNED_ONCE, CHANGED])}"
        ),
        reference=one.reference,
        unit="settings in which it is faster",
        settled_by=SETTLED_BY,
    )


def default(config: Config) -> Statement:
    """The statement that ReLU is never much slower than another activation."""
    return Statement(
        id="relu-is-a-good-default",
        claim="ReLU is an excellent default choice: no other activation learns much faster.",
        kind=PUBLISHED,
        source=f"{sources.GOODFELLOW}, section 6.3",
        rule=Rule(
            f"In each of {settings(config)} settings (a task and a solver), it holds when ReLU takes at most "
            f"{WITHIN:g} times the steps of every other activation, by all of the intervals of the median ratio, which "
            "together hold with 95% in all settings (Bonferroni); it does not when all of one of them lies above, and "
            "where neither is so it is open, as also where it fails and a tuned number of ReLU, or it holds and one "
            f"of another activation, lies at an end of the values tried. {rules.together('settings')} {TUNED_ONCE} "
            f"{CHANGED}"
        ),
        reference=f"our reading of excellent: within a factor of {WITHIN:g}",
        unit="settings in which it holds",
        settled_by=SETTLED_BY,
    )


def everywhere(config: Config) -> Statement:
    """The statement that no activation is fastest in all settings."""
    return Statement(
        id="none-is-fastest-everywhere",
        claim="Which activation learns fastest depends on task and solver: none is the fastest in all settings.",
        kind=PUBLISHED,
        source=f"{sources.GOODFELLOW}, section 6.3: to predict which will work best is usually impossible",
        rule=Rule(
            f"There are {settings(config)} settings (a task and a solver). {BEYOND}; these intervals hold together "
            "with 95% for all pairs in all settings (Bonferroni). An activation is beaten in a setting when another "
            "is faster there, and no tuned number of its own lies at an end of the values tried. Reproduced when all "
            "are beaten somewhere; not reproduced when one is beaten nowhere and beats each other one somewhere; "
            f"otherwise not settled. {TUNED_ONCE} {CHANGED}"
        ),
        reference=0.0,
        unit="activations that are beaten nowhere",
        settled_by=SETTLED_BY,
    )


class Compared(NamedTuple):
    """All pairs of activations in one setting, with intervals that hold together with those of other settings."""

    pairs: dict[tuple[str, str], Pair]
    at_end: dict[str, bool]

    def ahead(self, fast: str, slow: str) -> bool:
        """Whether `fast` is faster by more than the margin, at the tuned rates and scales of both."""
        return self.pairs[fast, slow].low > MARGIN

    def beats(self, fast: str, slow: str) -> bool:
        """Whether `fast` is ahead, and no tuned number of `slow` lies at an end of the values tried."""
        return self.ahead(fast, slow) and not self.at_end[slow]

    def outcome(self, fast: str, slow: str) -> str:
        """Whether `fast` is FASTER, SLOWER or LEVEL, or this is OPEN."""
        if self.beats(fast, slow) or self.beats(slow, fast):
            return FASTER if self.ahead(fast, slow) else SLOWER
        pair, ends = self.pairs[fast, slow], self.at_end[fast] or self.at_end[slow]
        return LEVEL if pair.low >= 1 / MARGIN and pair.high <= MARGIN and not ends else OPEN

    def may_be(self, fast: str, slow: str) -> tuple[bool, bool]:
        """Whether `fast` may be faster than `slow`, and slower, by the interval or at numbers beyond those tried."""
        pair, ends = self.pairs[fast, slow], self.at_end[fast] or self.at_end[slow]
        return pair.high > MARGIN or ends, pair.low < 1 / MARGIN or ends


type Key = tuple[str, str]  # solver and task


def compared(data: xr.Dataset, comparisons: int) -> dict[Key, Compared]:
    """All pairs of activations in all settings, with intervals of which `comparisons` hold together with 95%."""
    names, confidence = data.activation.values.tolist(), 1 - ALPHA / comparisons
    found = {}
    for solver in data.solver.values.tolist():
        for task in data.task.values.tolist():
            steps = {name: _steps(data, solver, task, name) for name in names}
            one = data.sel(solver=solver, task=task)
            ends = ((one.rate_at_end != 0) | (one.scale_at_end != 0)).values
            found[solver, task] = Compared(
                {
                    (a, b): compare(steps[a], steps[b], confidence, every(task))
                    for a, b in itertools.permutations(names, 2)
                },
                dict(zip(names, ends.tolist(), strict=True)),
            )
    return found


def all_pairs(data: xr.Dataset) -> int:
    """How many pairs of activations there are in all settings together."""
    return math.comb(data.sizes["activation"], 2) * data.sizes["solver"] * data.sizes["task"]


def _steps(data: xr.Dataset, solver: str, task: str, activation: str) -> np.ndarray:
    return data.steps.sel(solver=solver, task=task, activation=activation).values.astype(float)


def every(task: str) -> int:
    """The number of steps between two checks of the level."""
    return TASKS[task].settings["record_every"]


def median_steps(data: xr.Dataset, solver: str, task: str, activation: str) -> statistics.Interval:
    """The median of the steps to the level, +inf where fewer than half have arrived."""
    return median(_steps(data, solver, task, activation), every=every(task))


def table(data: xr.Dataset) -> list[dict]:
    """A row per solver, task and activation: tuned numbers, median steps, how many arrived, and what is faster."""
    found, rows = compared(data, all_pairs(data)), []
    for (solver, task), one in found.items():
        for name in data.activation.values.tolist():
            chosen = data.sel(solver=solver, task=task, activation=name)
            middle, low, high = median_steps(data, solver, task, name)
            others = [other for other in data.activation.values.tolist() if other != name]
            alone = 1.0 if name == "relu" else None
            rows.append({
                "solver": solver, "task": task, "activation": name,
                "learning_rate": float(chosen.learning_rate), "init_scale": float(chosen.init_scale),
                "at_an_end": one.at_end[name],
                "median_steps": middle, "low": low, "high": high,
                "arrived": int(np.isfinite(chosen.steps).sum()), "seeds": data.sizes["seed"],
                "steps_over_relu": one.pairs["relu", name].ratio if "relu" in others else alone,
                "beaten_by": " ".join(other for other in others if one.beats(other, name)),
            })  # fmt: skip
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Verdicts on the published orders, the default, and whether one is fastest everywhere."""
    known, n = data.activation.values.tolist(), data.sizes["seed"]
    config = Config(tuple(known), tuple(data.task.values.tolist()), tuple(data.solver.values.tolist()))
    found = compared(data, settings(config))
    made = [_order(one, config, found, n) for one in ORDERS if one.fast in known and one.slow in known]
    if "relu" in known:
        made.append(_default(data, config, found, n))
    return [*made, _everywhere(known, config, compared(data, all_pairs(data)), n)]


def outcomes(one: Order, found: dict[Key, Compared]) -> dict[Key, str]:
    """Whether the activation that should be faster is FASTER, SLOWER, LEVEL or OPEN in each setting."""
    return {key: setting.outcome(one.fast, one.slow) for key, setting in found.items()}


def counts(seen: dict[Key, str]) -> str:
    """In how many settings each outcome was seen."""
    number = list(seen.values()).count
    return (
        f"in {number(FASTER)} of {plural(len(seen), 'setting')} (a task and a solver), slower in {number(SLOWER)}, "
        f"level in {number(LEVEL)} and open (undecided) in {number(OPEN)}"
    )


def judged(seen: list[str], may_be: list[tuple[bool, bool]]) -> str:
    """The outcome of an order, if it is the same whatever the open settings turn out to be.

    `may_be` says for each setting whether it may turn out faster, and slower, if it is open.
    """
    faster, slower = (seen.count(one) for one in (FASTER, SLOWER))
    more, less = (sum(may[i] for one, may in zip(seen, may_be, strict=True) if one == OPEN) for i in (0, 1))
    at_best, at_worst = _whole(faster + more, slower, len(seen)), _whole(faster, slower + less, len(seen))
    return at_best if at_best == at_worst else NOT_SETTLED


def _whole(faster: int, slower: int, total: int) -> str:
    return REPRODUCED if faster == total else PARTLY if faster > slower else NOT_REPRODUCED


def _order(one: Order, config: Config, found: dict[Key, Compared], n: int) -> Verdict:
    seen = outcomes(one, found)
    told = [
        f"with {solver} " + ", ".join(
            f"{task} {_times(found[solver, task].pairs[one.fast, one.slow])} ({seen[solver, task]})"
            for task in config.tasks
        )
        for solver in config.solvers
    ]  # fmt: skip
    may_be = {key: found[key].may_be(one.fast, one.slow) for key in seen}
    faster, slower = (sum(may_be[key][i] for key in seen if seen[key] == OPEN) for i in (0, 1))
    turn = f", of which {faster} may turn out faster and {slower} slower" if OPEN in seen.values() else ""
    return order(one, config).verdict(
        f"{NAMES[one.fast]} is faster than {NAMES[one.slow]} {counts(seen)}{turn}. {reached(one, found)}Steps to learn "
        f"a task, {NAMES[one.slow]} over {NAMES[one.fast]} ({KEY}): {'; '.join(told)}.",
        list(seen.values()).count(FASTER), n=n, outcome=judged(list(seen.values()), list(may_be.values())),
    )  # fmt: skip


def reached(one: Order, found: dict[Key, Compared]) -> str:
    """In how many settings the published ratio of times is reached, if there is one."""
    if not one.times:
        return ""
    pairs = [setting.pairs[one.fast, one.slow] for setting in found.values()]
    count = sum(pair.ratio >= min(one.times) for pair in pairs)
    published = " to ".join(f"{times:g}" for times in one.times)
    return (
        f"The published ratio of training times, {NAMES[one.slow]} to {NAMES[one.fast]}, is {published}; it is reached "
        f"in {count or 'no'} setting{'s' * (count > 1)}; the greatest ratio here is "
        f"{_times(max(pairs, key=lambda pair: pair.ratio))}. "
    )


def _times(pair: Pair) -> str:
    return f"{pair.ratio:.2g} [{pair.low:.2g}, {pair.high:.2g}]"


def _default(data: xr.Dataset, config: Config, found: dict[Key, Compared], n: int) -> Verdict:
    others = [name for name in config.activations if name != "relu"]
    confidence = 1 - ALPHA / (len(others) * len(found))
    seen, told = [], []
    for (solver, task), one in found.items():
        ours = _steps(data, solver, task, "relu")
        pairs = {name: compare(_steps(data, solver, task, name), ours, confidence, every(task)) for name in others}
        best = max(others, key=lambda name: (pairs[name].low, pairs[name].ratio))
        told.append(f"{task} with {solver}: {_times(pairs[best])} ({NAMES[best]})")
        holds = all(pair.high <= WITHIN and not one.at_end[name] for name, pair in pairs.items())
        fails = any(pair.low > WITHIN for pair in pairs.values()) and not one.at_end["relu"]
        seen.append(REPRODUCED if holds else NOT_REPRODUCED if fails else NOT_SETTLED)
    count = seen.count(REPRODUCED)
    return default(config).verdict(
        f"ReLU takes at most {WITHIN:g} times the steps of every other activation in {count} of {len(seen)} settings "
        f"(a task and a solver), and more than {WITHIN:g} times those of some other in {seen.count(NOT_REPRODUCED)}. "
        f"Its steps over those of its clearest rival: {'; '.join(told)}.",
        count, n=n, outcome=rules.combine(seen), parts=seen,
    )  # fmt: skip


def _everywhere(known: list[str], config: Config, found: dict[Key, Compared], n: int) -> Verdict:
    def beaten(name: str) -> int:
        return sum(any(one.beats(other, name) for other in known if other != name) for one in found.values())

    count = {name: beaten(name) for name in known}
    never = [name for name in known if count[name] == 0]
    champion = [
        name for name in never
        if all(any(one.beats(name, other) for one in found.values()) for other in known if other != name)
    ]  # fmt: skip
    outcome = NOT_REPRODUCED if champion else NOT_SETTLED if never else REPRODUCED
    fewest = sorted(known, key=lambda name: count[name])
    settings = f"{plural(len(found), 'setting')} (a task and a solver)"
    beaten_in = ", ".join(f"{NAMES[name]} in {count[name]}" for name in fewest if count[name])
    told = (
        f"{len(never)} of {len(known)} activations {'is' if len(never) == 1 else 'are'} beaten nowhere: in none of "
        f"{settings} is another shown to be more than {MARGIN:g} times as fast as "
        f"{' or '.join(NAMES[name] for name in never)}.{f' The others are beaten: {beaten_in}.' if beaten_in else ''}"
        if never
        else f"Each of {len(known)} activations is beaten, by another that is more than {MARGIN:g} times as fast, in "
        f"some of {settings}: {beaten_in}."
    )
    return everywhere(config).verdict(told, len(never), n=n, outcome=outcome)
