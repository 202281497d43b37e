"""The table and the verdicts of `equal_budgets`: one for each task, and what holds over all of them."""

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.sources import MHASKAR_POGGIO, SEIDE, TELGARSKY, YAROTSKY
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PUBLISHED,
    REPRODUCED,
    TEXTBOOK,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.wide_versus_deep.equal_budgets import summary
from experiments.wide_versus_deep.equal_budgets.config import Config, budgets
from experiments.wide_versus_deep.equal_budgets.summary import EXPLAINED, SAWTOOTHS, Comparison
from experiments.wide_versus_deep.shared import readings
from experiments.wide_versus_deep.shared.readings import EQUAL, HELPS, HURTS, MARGIN, OPEN, READINGS, outcome
from experiments.wide_versus_deep.shared.tasks import COMPOSITION, CONTROL, DIGITS, FAMILIES, FEW, MANY
from nnjax import statistics

ALPHA = 0.05
PAIRS = "of task and budget"
KEY = "(numbers of parameters in parentheses)"
COMPARED = f"{PAIRS} that were compared {KEY}"
SMALL = f" Small: the errors are within a factor of {MARGIN:g}."
IN_WORDS = {
    HELPS: "depth helps",
    HURTS: "depth hurts",
    EQUAL: "the errors are equal",
    OPEN: "the comparison is not settled",
}

ELDAN_SHAMIR = "Eldan & Shamir (2016), The power of depth for feedforward neural networks, COLT"
LANG_WITBROCK = "Lang & Witbrock (1988), Learning to tell two spirals apart, Connectionist Models Summer School"
HE = "He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, CVPR"
ABLATION = (
    "tcotten-scrypted/persistent-stochastic-ablation-resmlp (GitHub), results/psa_simplemlp_summary.md: MNIST, ten "
    "seeds, 0.41 million parameters, 97.92% right with 1 x 512 and 97.90% with 2 x 354"
)
# What is expected of depth, the kind of the claim and its source. Theorems are about what can be expressed, not about
# what is learned, so their tasks test the textbook's claim. On the controls, depth should gain nothing.
THEORY = {
    MANY: TELGARSKY,
    "x squared": YAROTSKY,
    COMPOSITION: MHASKAR_POGGIO,
    **dict.fromkeys(FAMILIES["radial"].tasks, ELDAN_SHAMIR),
    **dict.fromkeys(FAMILIES["spirals"].tasks, LANG_WITBROCK),
    "MNIST-1D": SEIDE,
}
# To these networks it is MNIST-1D once more, as they ignore the order of their inputs.
SAME_TASK = "MNIST-1D, shuffled"
COUNTED_ONCE = (
    f"{SAME_TASK}, is left out: to networks that ignore the order of their inputs it is MNIST-1D. Until November 2026 "
    "it counted as a task of its own."
)
A_CHECK = (
    "To networks that ignore the order of their inputs this is MNIST-1D again, so the statement is a check of our own. "
    "Until November 2026 it counted as one of the textbook's."
)
NO_GAIN_EXPECTED = {FEW: (AIM, ""), CONTROL: (AIM, MHASKAR_POGGIO), DIGITS: (PUBLISHED, ABLATION)}
SAME_ROWS = "On the digits both tunings choose by the same 1,000 rows."
SETTLED_BY = "more draws of the data, and more tunings"
LONGER = f"{SETTLED_BY}, or, where nobody learns it, longer training"
_READING = (
    "A pair of task and budget is read from the 95% interval of the ratio of errors, {ratio}, which holds the "
    "variance of tuning rate and decay too, at the depth that the first tuning chose (no correction for how many pairs "
    "there are). {they} where it lies below 1, {hurt} where "
    f"it lies above 1, and else {{are}} equal where it lies from 1/{MARGIN:g} to {MARGIN:g}; all other pairs are open, "
    "and so are those where the tuned rate of one of both networks lies at an end of those tried."
)
READING = _READING.format(ratio="deep divided by shallow", they="Depth helps", hurt="hurts", are="is")
READING_RESIDUAL = _READING.format(
    ratio="residual divided by plain", they="Residual layers help", hurt="hurt", are="are"
)
KEPT = (
    f"Of a sawtooth a pair is left out where no network explains a share of {EXPLAINED:g} of the variance on the seeds "
    "and draws of tuning."
)


def statements(config: Config) -> list[Statement]:
    """One for each task; then, over all tasks: the textbook's claim, the control, equal seconds and residual layers."""
    chosen = {task: budgets(family, config) for family in config.families for task in FAMILIES[family].tasks}
    found = [_task_statement(task, some) for task, some in chosen.items()]
    found.append(_LAYERS)
    if {COMPOSITION, CONTROL} <= set(chosen):
        found.append(_control_statement(chosen[COMPOSITION][-1]))
    return [*found, _SECONDS, _residual_statement(config.depths[-1])]


def _parts(good: str, mixed: str, bad: str) -> str:
    """The sentence for what `rules.combine` makes of pairs or budgets."""
    return (
        f"Reproduced when {good}, partly when {mixed}, not reproduced when {bad}; not settled while those that are "
        "open could change this, and where no pair is left."
    )


def _task_statement(task: str, some: list[int]) -> Statement:
    at = (
        f"at every budget from {some[0]:,} to {some[-1]:,} parameters"
        if len(some) > 1
        else f"at {some[0]:,} parameters"
    )
    gain, none = "depth helps", "depth is equal or hurts"
    good, bad = (none, gain) if task in NO_GAIN_EXPECTED else (gain, none)
    parts = _parts(f"{good} at every budget", f"{good} at some and {bad} at others", f"{bad} at every budget")
    settled_by = LONGER if task in SAWTOOTHS else SETTLED_BY
    more = [KEPT] if task in SAWTOOTHS else [SAME_ROWS] if task == DIGITS else []
    rule = Rule(" ".join([READING, *more, parts]))
    if task in NO_GAIN_EXPECTED:
        why = " (one hidden layer can express it, so optimization alone is tested)" if task == FEW else ""
        claim = f'With equal parameters, two or more hidden layers err no less than one on "{task}"{why}, {at}.'
        kind, source = NO_GAIN_EXPECTED[task]
        fixed = "the MNIST digits" if task == DIGITS else ""
        return Statement(
            task,
            claim,
            kind,
            source,
            rule,
            f"within 1/{MARGIN:g} to {MARGIN:g}, or above 1",
            "times",
            settled_by,
            resolution=False,
            fixed=fixed,
        )
    claim = f'With equal parameters, two or more hidden layers err less than one on "{task}", {at}.'
    if task == SAME_TASK:
        rule = Rule(f"{rule.text} {A_CHECK}")
        return Statement(task, claim, AIM, "", rule, "below 1", "times", settled_by, resolution=False)
    source = f"{sources.TEXTBOOK}; {THEORY[task]}"
    return Statement(task, claim, TEXTBOOK, source, rule, "below 1", "times", settled_by, resolution=False)


_LAYERS = Statement(
    "more layers",
    "More hidden layers improve performance significantly: at equal parameters they do so at every pair of task and "
    "budget.",
    TEXTBOOK,
    f"{sources.TEXTBOOK}; {SEIDE}",
    Rule(
        f"{READING} {KEPT} "
        + _parts(
            "depth helps at every pair",
            "it helps at some and is equal or hurts at others",
            "it is equal or hurts at every pair",
        )
        + f" {COUNTED_ONCE}"
    ),
    "helps at every pair",
    "",
    SETTLED_BY,
)
_SECONDS = Statement(
    "equal seconds",
    "Of a deep and a shallow network with equal parameters, the one that errs less after equal steps also errs less "
    "after equal seconds.",
    AIM,
    "",
    Rule(
        f"{READING} {KEPT} Each pair at which depth helps or hurts after equal steps is judged alone: it stays when "
        "the 95% interval after equal seconds lies on that side of equal errors, turns when it lies on the other, and "
        f"is open otherwise. {_parts('all stay', 'some stay and others turn', 'all turn')} The shorter trainings "
        f"have the rates of the long ones, and seconds per step were timed once. {COUNTED_ONCE}"
    ),
    "stays at every pair",
    "",
    SETTLED_BY,
)


def _control_statement(budget: int) -> Statement:
    of = "the 95% interval, paired by draw and with the variance of four tunings, of the ratio of both ratios of errors"
    return Statement(
        "composition, not size",
        "Depth gains more on a composition along a tree than on a function with the same coefficients, their signs "
        f"drawn anew, at {budget:,} parameters.",
        AIM,
        f"{MHASKAR_POGGIO} (what can be expressed, not what training finds)",
        rules.tuned(rules.below(1.0, of), with_tuning=True),
        "below 1",
        "times",
        SETTLED_BY,
    )


def _residual_statement(deepest: int) -> Statement:
    return Statement(
        "residual",
        f"Residual layers make a network of {deepest} hidden layers better at equal parameters, at every pair of task "
        "and budget.",
        PUBLISHED,
        HE,
        Rule(
            f"{READING_RESIDUAL} {KEPT} "
            + _parts(
                "residual layers help at every pair",
                "they help at some and are equal or hurt at others",
                "they are equal or hurt at every pair",
            )
            + f" {COUNTED_ONCE}"
        ),
        "helps at every pair",
        "",
        SETTLED_BY,
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per task, budget and shape: its mismatch, what was tuned, its error, and the ratio to one layer."""
    found, chosen = [], {(one.task, one.budget): one for one in summary.comparisons(data)}
    for task, budget in summary.cells(data):
        one, first = chosen.get((task, budget)), summary.plain(data)[0]
        for kind in map(str, data.kind.values):
            at = data.sel(tuning="first", task=task, budget=budget, kind=kind)
            over_one = summary.compare(data, task, budget, kind, first)
            row = {"task": task, "budget": budget, "layers": kind, "hidden": str(at.hidden.values)}
            row |= {"params": int(at.num_params), "mismatch_percent": 100 * summary.mismatch(data, task, budget, kind)}
            row |= {"learning_rate": float(at.learning_rate), "weight_decay": float(at.weight_decay)}
            row |= {"rate_at_end": summary.at_an_end(data, task, budget, kind)}
            row |= {"tuning_error": 10 ** float(at.tuning_error)}
            row |= _errors(("error", "low", "high"), summary.last(data, task, budget, kind))
            row |= _errors(("ratio_to_one_layer", "ratio_low", "ratio_high"), over_one.steps)
            row |= {"microseconds_per_step": 1e6 * float(at.seconds)}
            row |= {"steps_at_equal_seconds": summary.steps_in_time(data, task, budget, kind)}
            names = "ratio_at_equal_seconds", "ratio_at_equal_seconds_low", "ratio_at_equal_seconds_high"
            row |= _errors(names, over_one.seconds)
            best = one is not None and kind == one.kind
            found.append(row | {"best_deep_in_tuning": best, "reading": one.reading if one and best else None})
    return found


def _errors(names: tuple[str, str, str], found: summary.Mean) -> dict[str, float]:
    return dict(zip(names, (float(10**x) for x in found[:3]), strict=True))


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on each statement."""
    every = summary.comparisons(data)
    found = []
    for task in map(str, data.task.values):
        some = [budget for name, budget in summary.cells(data) if name == task]
        found.append(_task(data, _task_statement(task, some), [one for one in every if one.task == task]))
    every = counted_once(every)
    told = f"Depth {_counted(every)} {COMPARED}. {_told(data, every)}{_corrected(data, every)}"
    found.append(_LAYERS.verdict(told, _counted(every), outcome=outcome([one.reading for one in every])))
    if {COMPOSITION, CONTROL} <= set(map(str, data.task.values)):
        found.append(_control(data))
    return [*found, _seconds(data, every), _residual(data)]


def counted_once(every: list[Comparison]) -> list[Comparison]:
    return [one for one in every if one.task != SAME_TASK]


def _task(data: xr.Dataset, statement: Statement, mine: list[Comparison]) -> Verdict:
    """The verdict on a task: the ratio of errors at the largest budget, and in words the readings at all of them."""
    out = [budget for task, budget in summary.left_out(data) if task == statement.id]
    unlearned = f"no network explains {EXPLAINED:.0%} of the variance"
    left = [f"Not compared at {_listed(out)} parameters, as {unlearned}."] if out else []
    if not mine:
        return statement.verdict(left[0], outcome=NOT_SETTLED)
    told = []
    for word in READINGS:
        at = [f"{one.budget:,}{' (small)' * one.small}" for one in mine if one.reading == word]
        if at:
            told.append(f"{IN_WORDS[word]} at {_and(at)}{'' if told else ' parameters'}")
    if ends := [one.budget for one in mine if one.at_end]:
        left.append(f"At {_listed(ends)} parameters a tuned rate lies at an end of those tried.")
    ratio, low, high = (float(10**x) for x in mine[-1].steps[:3])
    finding = (
        f"At {mine[-1].budget:,} parameters the error with {mine[-1].kind} hidden layers is {ratio:.4g} [{low:.4g}, "
        f"{high:.4g}] times that with one. {told[0][0].upper()}{'; '.join(told)[1:]}."
    ) + SMALL * any(one.small for one in mine)
    # The verdict's interval is that of the largest budget, which may be settled where another is not.
    open_at = [
        f"{10 ** ((one.steps.high - one.steps.low) / 2):.3g} at {one.budget:,}"
        for one in mine
        if one.reading == OPEN and not one.at_end
    ]
    if open_at:
        left.append(f"The smallest factor between the errors that could be shown is {_and(open_at)} parameters.")
    found = outcome([one.reading for one in mine], gain=statement.id not in NO_GAIN_EXPECTED)
    draws = summary.num_draws(data, statement.id)
    return statement.verdict(" ".join([finding, *left]), ratio, low, high, draws, outcome=found)


def _listed(some: list[int]) -> str:
    return _and([f"{budget:,}" for budget in some])


def _and(some: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join(part for part in (", ".join(some[:-1]), some[-1]) if part)


def _told(data: xr.Dataset, every: list[Comparison]) -> str:
    """The pairs of each reading, in words."""
    found = []
    for word in READINGS:
        some = [(one.task, one.budget) for one in every if one.reading == word]
        if some:
            found.append(f"{word.capitalize()} at {summary.listed(data, some)}.")
    if out := summary.left_out(data):
        unlearned = f"no network explains {EXPLAINED:.0%} of the variance"
        found.append(f"Not compared, as {unlearned}: {summary.listed(data, out)}.")
    return " ".join(found)


def _counted(every: list[Comparison]) -> str:
    """At how many pairs depth, or whatever else is compared, helps and hurts."""
    helps, hurts = ([one.reading for one in every].count(word) for word in (HELPS, HURTS))
    return f"helps at {helps}, hurts at {hurts} of {len(every)} pairs"


def _corrected(data: xr.Dataset, every: list[Comparison]) -> str:
    """A sentence on which pairs would be open if the readings were corrected for their number."""
    p_values = statistics.holm([one.steps.p_value for one in every]) if every else []
    lost = [
        (one.task, one.budget)
        for one, p in zip(every, p_values, strict=True)
        if one.reading in (HELPS, HURTS) and p > ALPHA
    ]
    where = f"{summary.listed(data, lost)} would not be settled either" if lost else "as many would be settled"
    return f" With Holm's correction (at {ALPHA:g}) for all {len(every)} pairs, {where}."


def _control(data: xr.Dataset) -> Verdict:
    """Whether depth gains more on the composition than on its control, draw by draw, at the largest common budget."""
    budget = max(b for t, b in summary.cells(data) if t == COMPOSITION)
    one, gains, ends = summary.plain(data)[0], [], []
    for task in (COMPOSITION, CONTROL):
        kind = summary.best_deep(data, task, budget)
        gains.append(summary.at_the_end(data, task, budget, kind) - summary.at_the_end(data, task, budget, one))
        ends += [f"{_layers(k)} on {task}" for k in (one, kind) if summary.at_an_end(data, task, budget, k)]
    tuned = [summary.tuning_variance(data, task, 2) for task in (COMPOSITION, CONTROL)]
    ratio, low, high = (float(10**x) for x in summary.estimate(gains[0] - gains[1], COMPOSITION, tuned)[:3])
    return _control_statement(budget).verdict(
        f"The error ratio, deep divided by shallow, on the composition is {ratio:.3g} [{low:.3g}, {high:.3g}] times "
        "that on the function with signs drawn anew.",
        ratio, low, high, summary.num_draws(data, COMPOSITION),
        at_edge=f"the tuned rate of {ends[0]} lies at an end of those tried" if ends else "",
    )  # fmt: skip


def _layers(kind: str) -> str:
    return "one hidden layer" if kind == "1" else f"{kind} hidden layers"


def _seconds(data: xr.Dataset, every: list[Comparison]) -> Verdict:
    """Whether, where a side wins after equal steps, it also wins at equal seconds, with an interval that excludes 0."""
    after = {REPRODUCED: "Stays so", NOT_REPRODUCED: "Turns around", NOT_SETTLED: "No longer settled"}
    found = {}
    for one in every:
        if one.reading in (HELPS, HURTS):
            low, high, before = (np.sign(x) for x in (one.seconds.low, one.seconds.high, one.steps.estimate))
            result = REPRODUCED if low == before == high else NOT_REPRODUCED if low == -before == high else NOT_SETTLED
            found[one.task, one.budget] = result
    told = [
        f"{word} at {summary.listed(data, some)}."
        for result, word in after.items()
        if (some := [pair for pair, each in found.items() if each == result])
    ]
    stays = list(found.values()).count(REPRODUCED)
    finding = (
        f"The network that errs less after equal steps also errs less after equal seconds at {stays} of "
        f"{plural(len(found), 'pair')} {PAIRS} at which depth helps or hurts {KEY}. {' '.join(told)}"
        if found
        else "Depth neither helps nor hurts at any pair of task and budget after equal steps."
    )
    for reading, some in only_at_equal_seconds(every).items():
        finding += f" Depth {reading} only after equal seconds at {summary.listed(data, some)}."
    finding += " For the seconds, a step of each shape was timed alone."
    parts = list(found.values())
    return _SECONDS.verdict(
        finding, f"stays at {stays} of {len(found)} pairs", outcome=rules.combine(parts), parts=parts
    )


def only_at_equal_seconds(every: list[Comparison]) -> dict[str, list[tuple[str, int]]]:
    """The pairs at which depth helps, and those at which it hurts, after equal seconds and not after equal steps."""
    found: dict[str, list[tuple[str, int]]] = {}
    for one in every:
        reading = readings.read(one.seconds, one.at_end)
        if reading in (HELPS, HURTS) and one.reading not in (HELPS, HURTS):
            found.setdefault(reading, []).append((one.task, one.budget))
    return found


def _residual(data: xr.Dataset) -> Verdict:
    """Where residual layers make the deepest network better."""
    every = counted_once(summary.residuals(data))
    statement = _residual_statement(int(summary.plain(data)[-1]))
    told = f"Replacing plain layers by residual ones {_counted(every)} {COMPARED}. "
    told += f"{_told(data, every)}{_corrected(data, every)}"
    return statement.verdict(told, _counted(every), outcome=outcome([one.reading for one in every]))
