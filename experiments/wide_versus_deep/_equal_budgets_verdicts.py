"""The verdicts of `equal_budgets`: one for each task, and what holds over all of them."""

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.wide_versus_deep import _equal_budgets_summary as summary
from experiments.wide_versus_deep._equal_budgets_summary import Comparison
from experiments.wide_versus_deep._equal_budgets_tasks import COMPOSITION, CONTROL, EXPECTED, FEW, HELPS

SAME = 0.9  # a ratio of errors, deep over shallow, whose interval lies above this is no gain
LABELS = {FEW: " (one hidden layer can express it: optimization alone is tested)"}


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Task by task, then the chapter's claim, the control, equal seconds and the residual."""
    every = summary.comparisons(data)
    found = [
        _task(data, task, [one for one in every if one.task == task], len(every)) for task in map(str, data.task.values)
    ]
    found.append(_chapter(data, every))
    if {COMPOSITION, CONTROL} <= set(map(str, data.task.values)):
        found.append(_control(data))
    return [*found, _seconds(data, every), _residual(data)]


def shown(expected: str, one: Comparison) -> int:
    """1 where a comparison shows what is expected of its task, -1 where it shows the contrary, 0 where neither.

    That depth is no gain is shown by an interval of 95 % above SAME; that a test finds nothing shows nothing.
    """
    if expected == HELPS:
        return one.effect
    return -1 if one.effect == 1 else int(one.steps.low > np.log10(SAME))


def outcome(expected: str, found: list[int]) -> str:
    """What the budgets come to, each as `shown`: reproduced where all show it; partly where more show it than the
    contrary, and of no gain also where none shows the contrary.
    """
    if all(one == 1 for one in found):
        return REPRODUCED
    open_question = expected != HELPS and -1 not in found
    return PARTLY if sum(found) > 0 or open_question else NOT_REPRODUCED


def _task(data: xr.Dataset, task: str, mine: list[Comparison], many: int) -> Verdict:
    """The ratio of errors at the largest budget, and in words what holds at all of them."""
    expected, source = EXPECTED[task]
    last = mine[-1]
    told = ", ".join(f"{_word(one.effect)} at {one.budget:,} ({one.kind} layers)" for one in mine)
    found = [shown(expected, one) for one in mine]
    if expected != HELPS:
        told += f"; interval of 95 % above {SAME:g}, which is no gain, at {found.count(1)} of {len(mine)} budgets"
    claim = (
        f"{task}{LABELS.get(task, '')}: {expected} at equal parameters, two and more hidden layers against one; "
        f"depth {told}; measured: ratio of errors at {last.budget:,} (Holm over {many} comparisons)"
    )
    ratio, low, high = (float(10**x) for x in last.steps[:3])
    reference = "below 1" if expected == HELPS else f"above {SAME:g}"
    return verdict(data, task, claim, source, reference, ratio, "times", outcome(expected, found), (low, high))


def _word(effect: int) -> str:
    return {1: "helps", -1: "hurts", 0: "makes no certain difference"}[effect]


def _chapter(data: xr.Dataset, every: list[Comparison]) -> Verdict:
    """More layers improve performance significantly: at how many tasks and budgets."""
    helps, hurts = (sum(one.effect == sign for one in every) for sign in (1, -1))
    claim = (
        f"more layers improve performance significantly at equal parameters: depth helps in {helps} of {len(every)} "
        f"pairs of task and budget and hurts in {hurts} (Holm over all; two layers or more, chosen in tuning, against "
        "one)"
    )
    word = REPRODUCED if helps == len(every) else PARTLY if helps > hurts else NOT_REPRODUCED
    source = "the chapter, after Seide, Li & Yu 2011"
    return verdict(data, "more layers", claim, source, len(every), helps, "pairs", word)


def _control(data: xr.Dataset) -> Verdict:
    """Whether depth gains more on the composition than on its control, draw by draw, at the largest common budget."""
    budget = max(b for t, b in summary.cells(data) if t == COMPOSITION)
    one, gains = summary.plain(data)[0], []
    for task in (COMPOSITION, CONTROL):
        kind = summary.best_deep(data, task, budget)
        gains.append(summary.at_the_end(data, task, budget, kind) - summary.at_the_end(data, task, budget, one))
    found = summary.estimate(gains[0] - gains[1], COMPOSITION)
    claim = (
        f"depth gains more on a composition than on the same coefficients with signs drawn anew, at {budget:,} "
        "parameters: ratio of the two ratios deep over shallow, paired by draw"
    )
    word = REPRODUCED if found.high < 0 else PARTLY if found.estimate < 0 else NOT_REPRODUCED
    ends = (float(10**found.low), float(10**found.high))
    source = "Mhaskar & Poggio 2016; the control is this project's"
    ratio = float(10**found.estimate)
    return verdict(data, "composition, not size", claim, source, "below 1", ratio, "times", word, ends)


def _seconds(data: xr.Dataset, every: list[Comparison]) -> Verdict:
    """In how many of the certain comparisons the same side wins at equal seconds, with its interval off 0."""
    certain = [one for one in every if one.effect]
    sides = [(np.sign(one.seconds.low), np.sign(one.seconds.high), np.sign(one.steps.estimate)) for one in certain]
    stays = [low for low, high, before in sides if low == high == before]
    turns = [low for low, high, before in sides if low == high == -before]
    claim = (
        f"who wins at equal steps wins at equal seconds: {len(stays)} of {len(certain)} certain comparisons stay so, "
        f"{len(turns)} turn around (interval of 95 % each; single shapes timed alone)"
    )
    some = PARTLY if len(stays) > len(turns) else NOT_REPRODUCED
    word = REPRODUCED if certain and len(stays) == len(certain) else some
    return verdict(data, "equal seconds", claim, "asked of this project", len(certain), len(stays), "comparisons", word)


def _residual(data: xr.Dataset) -> Verdict:
    """How often residual layers make the deepest network better, Holm over all."""
    from nnjax import statistics

    deepest = summary.plain(data)[-1]
    kind = str(data.kind.values[-1])
    pairs = [
        summary.estimate(summary.at_the_end(data, t, b, kind) - summary.at_the_end(data, t, b, deepest), t)
        for t, b in summary.cells(data)
    ]
    p = statistics.holm([one.p_value for one in pairs])
    better, worse = (
        sum(q <= summary.ALPHA and sign * one.estimate < 0 for one, q in zip(pairs, p, strict=True)) for sign in (1, -1)
    )
    claim = (
        f"residual layers make {deepest} hidden layers better at equal parameters: in {better} of {len(pairs)} pairs "
        f"of task and budget, worse in {worse} (Holm over all)"
    )
    word = REPRODUCED if better == len(pairs) else PARTLY if better > worse else NOT_REPRODUCED
    return verdict(data, "residual", claim, "He et al. 2016; asked of this project", len(pairs), better, "pairs", word)
