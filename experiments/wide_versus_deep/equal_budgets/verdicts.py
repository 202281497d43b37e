"""The table and the verdicts of `equal_budgets`: one for each task, and what holds over all of them."""

import math

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.sources import MHASKAR_POGGIO, SEIDE, TELGARSKY, YAROTSKY
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
from experiments.wide_versus_deep.equal_budgets.summary import Comparison
from experiments.wide_versus_deep.shared import judging
from experiments.wide_versus_deep.shared.judging import ALPHA, EDGE, certain, unless_at_end
from experiments.wide_versus_deep.shared.tasks import COMPOSITION, CONTROL, DIGITS, FAMILIES, FEW, MANY
from nnjax import statistics

SAME = 0.9  # a ratio of errors, deep over shallow, whose interval lies above this is no gain
HELPS, NO_GAIN, OPEN = "helps", "is no gain", "is open"
ELDAN_SHAMIR = "Eldan & Shamir (2016), The power of depth for feedforward neural networks, COLT"
LANG_WITBROCK = "Lang & Witbrock (1988), Learning to tell two spirals apart, Connectionist Models Summer School"
HE = "He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, CVPR"
ABLATION = (
    "tcotten-scrypted/persistent-stochastic-ablation-resmlp (GitHub), results/psa_simplemlp_summary.md: MNIST, ten "
    "seeds, 0.41 million parameters, 97.92 % right with 1 x 512 and 97.90 % with 2 x 354"
)
# What is expected of depth, the kind of the claim and its source. Theorems speak of what can be expressed and not of
# what is learned, so what they promise is tested as the textbook's claim. Of the controls, depth should gain nothing.
THEORY = {
    MANY: TELGARSKY,
    "x squared": YAROTSKY,
    COMPOSITION: MHASKAR_POGGIO,
    **dict.fromkeys(FAMILIES["radial"].tasks, ELDAN_SHAMIR),
    **dict.fromkeys(FAMILIES["spirals"].tasks, LANG_WITBROCK),
    **dict.fromkeys(FAMILIES["mnist1d"].tasks, SEIDE),
}
NO_GAIN_EXPECTED = {FEW: (AIM, ""), CONTROL: (AIM, MHASKAR_POGGIO), DIGITS: (PUBLISHED, ABLATION)}


def statements(config: Config) -> list[Statement]:
    """Task by task, then over all tasks: the textbook's claim, the control, equal seconds and residual layers."""
    chosen = {task: budgets(family, config) for family in config.families for task in FAMILIES[family].tasks}
    many, (least, most) = sum(map(len, chosen.values())), judging.ends(config.rates)
    tried = least, most
    found = [_task_statement(task, some, many, tried) for task, some in chosen.items()]
    found.append(_layers_statement(many, tried))
    if {COMPOSITION, CONTROL} <= set(chosen):
        found.append(_control_statement(chosen[COMPOSITION][-1], tried))
    return [*found, _seconds_statement(), _residual_statement(config.depths[-1], many, tried)]


def _beyond(tried: tuple[float, float]) -> str:
    """What would settle a comparison."""
    rates = "more rates" if tried[0] == tried[1] else f"rates below {tried[0]:g} and above {tried[1]:g}"
    return f"{rates}, and more draws of the data"


def _reading(many: int) -> str:
    """How one pair of task and budget is read."""
    return (
        f"Depth helps where the deep network errs less at p <= {ALPHA:g} by Holm's rule over all {many} pairs of task "
        f"and budget; it is no gain where it does not help and the 95 % interval of the ratio of errors lies above "
        f"{SAME:g}; otherwise the pair is open, and so it is where the tuned rate of the network that would have to "
        "gain to undo this (one layer where depth helps, the deep one where it is no gain) is the least or the "
        "greatest tried."
    )


def _parts(good: str, mixed: str, bad: str) -> str:
    """The sentence for what `rules.combine` makes of pairs or budgets."""
    return (
        f"Reproduced when {good}, partly when {mixed}, not reproduced when {bad}; not settled while those that are "
        "open could change this."
    )


def _task_statement(task: str, some: list[int], many: int, tried: tuple[float, float]) -> Statement:
    at = (
        f"at every budget from {some[0]:,} to {some[-1]:,} parameters"
        if len(some) > 1
        else f"at {some[0]:,} parameters"
    )
    good, bad = (NO_GAIN, HELPS) if task in NO_GAIN_EXPECTED else (HELPS, NO_GAIN)
    rule = Rule(
        f"{_reading(many)} "
        + (
            _parts(
                f"depth {good} at every budget", f"it {good} at some and {bad} at others", f"it {bad} at every budget"
            )
            if len(some) > 1
            else f"Reproduced when depth {good}, not reproduced when it {bad}, not settled when that is open."
        )
    )
    if task in NO_GAIN_EXPECTED:
        why = " (one hidden layer can express it, so optimization alone is tested)" if task == FEW else ""
        claim = f'With equal parameters, two or more hidden layers err no less than one on "{task}"{why}, {at}.'
        kind, source = NO_GAIN_EXPECTED[task]
        return Statement(task, claim, kind, source, rule, f"above {SAME:g}", "times", _beyond(tried))
    claim = f'With equal parameters, two or more hidden layers err less than one on "{task}", {at}.'
    return Statement(
        task, claim, TEXTBOOK, f"{sources.TEXTBOOK}; {THEORY[task]}", rule, "below 1", "times", _beyond(tried)
    )


def _layers_statement(many: int, tried: tuple[float, float]) -> Statement:
    return Statement(
        "more layers",
        "More hidden layers improve performance significantly: with equal parameters they do so at every pair of task "
        "and budget.",
        TEXTBOOK,
        f"{sources.TEXTBOOK}; {SEIDE}",
        Rule(
            f"{_reading(many)} "
            + _parts("depth helps in all pairs", "it helps in some and is no gain in others", "it is no gain in all")
        ),
        many,
        "pairs",
        _beyond(tried),
    )


def _control_statement(budget: int, tried: tuple[float, float]) -> Statement:
    below = rules.below(1.0, "the 95 % interval, paired by draw, of the ratio of both ratios of errors")
    return Statement(
        "composition, not size",
        "Depth gains more on a composition along a tree than on a function with the same coefficients, their signs "
        f"drawn anew, at {budget:,} parameters.",
        AIM,
        f"{MHASKAR_POGGIO} (what can be expressed, not what training finds)",
        Rule(
            f"{below.text} Not settled either where a network that would have to gain to undo this has a tuned rate "
            "that is the least or the greatest tried.",
            below.judge,
        ),
        "below 1",
        "times",
        _beyond(tried),
    )


def _seconds_statement() -> Statement:
    return Statement(
        "equal seconds",
        "Of a deep and a shallow network with equal parameters, the one that errs less after equal steps also errs "
        "less after equal seconds.",
        AIM,
        "",
        Rule(
            f"Each comparison that is certain after equal steps (Holm's rule at {ALPHA:g}) is judged alone: it stays "
            "when the 95 % interval after equal seconds lies on the same side of equal errors, and turns when it lies "
            "on the other. "
            + _parts("all stay", "some stay and others turn", "all turn")
            + " Not settled either when none is certain after equal steps."
        ),
        "all that are certain",
        "comparisons",
        "more draws of the data",
    )


def _residual_statement(deepest: int, many: int, tried: tuple[float, float]) -> Statement:
    return Statement(
        "residual",
        f"Residual layers make a network of {deepest} hidden layers better at equal parameters, at every pair of task "
        "and budget.",
        PUBLISHED,
        HE,
        Rule(
            f"Each pair is tested by Holm's rule at {ALPHA:g} over all {many}; where neither network errs less for "
            f"certain, it is open. {EDGE} "
            + _parts(
                "residual layers err less in all", "they do in some and err more in others", "they err more in all"
            )
        ),
        many,
        "pairs",
        _beyond(tried),
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per task, budget and shape: its mismatch, what was tuned, its error, and the ratio to one layer."""
    found, chosen = [], {(one.task, one.budget): one for one in summary.comparisons(data)}
    for task, budget in summary.cells(data):
        for kind in map(str, data.kind.values):
            at = data.sel(task=task, budget=budget, kind=kind)
            error, over_one = summary.last(data, task, budget, kind), summary.ratio(data, task, budget, kind)
            row = {"task": task, "budget": budget, "layers": kind, "hidden": str(at.hidden.values)}
            row |= {"params": int(at.num_params), "mismatch_percent": 100 * summary.mismatch(data, task, budget, kind)}
            row |= {"learning_rate": float(at.learning_rate), "init_scale": float(at.init_scale)}
            row |= {"rate_at_edge": summary.at_an_end(data, task, budget, kind)}
            row |= dict(zip(("error", "low", "high"), (10**x for x in error[:3]), strict=True))
            row |= dict(
                zip(("ratio_to_one_layer", "ratio_low", "ratio_high"), (10**x for x in over_one[:3]), strict=True)
            )
            row |= {"microseconds_per_step": 1e6 * float(at.seconds)}
            row |= {"steps_at_equal_seconds": summary.steps_in_time(data, task, budget, kind)}
            row |= {
                "error_at_equal_seconds": 10
                ** summary.estimate(summary.in_time(data, task, budget, kind), task).estimate
            }
            one = chosen[task, budget]
            best = kind == one.kind
            found.append(row | {"best_deep_in_tuning": best, "p_holm": one.p if best else None})
    return found


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """One for each of the statements."""
    every, tried = summary.comparisons(data), tuple(data.attrs["edges"])
    found = []
    for task in map(str, data.task.values):
        mine = [one for one in every if one.task == task]
        statement = _task_statement(task, [one.budget for one in mine], len(every), tried)
        found.append(_task(data, statement, mine))
    found.append(_more_layers(data, _layers_statement(len(every), tried), every))
    if {COMPOSITION, CONTROL} <= set(map(str, data.task.values)):
        found.append(_control(data, tried))
    return [*found, _seconds(data, every), _residual(data, tried)]


def reading(one: Comparison) -> str:
    """Whether depth helps, is no gain, or neither is shown, whatever rates were tuned."""
    if one.effect == 1:
        return HELPS
    return NO_GAIN if one.steps.low > math.log10(SAME) else OPEN


def open_at_end(data: xr.Dataset, one: Comparison) -> bool:
    """Whether a rate beyond those tried could undo what a comparison shows.

    Of the deep networks the one that is compared is looked at, which tuning has chosen among the depths.
    """
    at_stake = {HELPS: summary.plain(data)[0], NO_GAIN: one.kind}.get(reading(one))
    return at_stake is not None and summary.at_an_end(data, one.task, one.budget, at_stake)


def outcome(expected: str, found: list[str]) -> str:
    """What the readings of some pairs come to, of which one of HELPS and NO_GAIN is expected."""
    return rules.combine(
        [NOT_SETTLED if one == OPEN else REPRODUCED if one == expected else NOT_REPRODUCED for one in found]
    )


def _task(data: xr.Dataset, statement: Statement, mine: list[Comparison]) -> Verdict:
    """The ratio of errors at the largest budget, and in words what holds at all of them."""
    expected = NO_GAIN if statement.id in NO_GAIN_EXPECTED else HELPS
    shown = [reading(one) for one in mine]
    ends = [open_at_end(data, one) for one in mine]
    settled = [OPEN if end else word for word, end in zip(shown, ends, strict=True)]
    told = [
        f"{word} at {_listed([one.budget for one, found in zip(mine, shown, strict=True) if found == word])}"
        for word in (HELPS, NO_GAIN, OPEN)
        if word in shown
    ]
    ratio, low, high = (float(10**x) for x in mine[-1].steps[:3])
    finding = (
        f"At {mine[-1].budget:,} parameters the ratio of errors, {mine[-1].kind} layers over one, is {ratio:.4g} "
        f"[{low:.4g}, {high:.4g}]. Depth {', '.join(told)}"
    )
    at = _listed([one.budget for one, end in zip(mine, ends, strict=True) if end])
    edge = f"the tuned rate lies at an end of its grid, and one beyond could undo this, at {at}" if at else ""
    result = outcome(expected, settled)
    decides = result == NOT_SETTLED != outcome(expected, shown)
    finding += f" ({edge})." if edge and not decides else "."
    return statement.verdict(
        finding, ratio, low, high, data.sizes["draw"], outcome=result, at_edge=edge if decides else ""
    )


def _listed(some: list[int]) -> str:
    return ", ".join(f"{budget:,}" for budget in some)


def _more_layers(data: xr.Dataset, statement: Statement, every: list[Comparison]) -> Verdict:
    """More layers improve performance significantly: at how many tasks and budgets."""
    helps, hurts = (sum(one.effect == sign for one in every) for sign in (1, -1))
    settled = [OPEN if open_at_end(data, one) else reading(one) for one in every]
    left = settled.count(HELPS)
    edges = (
        f" In {helps - left} of the {helps} the tuned rate of the one layer lies at an end of its grid, which leaves "
        f"{left} settled; no gain is settled in {settled.count(NO_GAIN)}."
    )
    return statement.verdict(
        f"Depth helps in {helps} of {len(every)} pairs of task and budget and hurts in {hurts} (two layers or more, "
        "chosen in tuning, against one)." + (edges if helps else ""),
        helps, n=data.sizes["draw"], outcome=outcome(HELPS, settled),
    )  # fmt: skip


def _control(data: xr.Dataset, tried: tuple[float, float]) -> Verdict:
    """Whether depth gains more on the composition than on its control, draw by draw, at the largest common budget."""
    budget = max(b for t, b in summary.cells(data) if t == COMPOSITION)
    one, gains, kinds = summary.plain(data)[0], [], {}
    for task in (COMPOSITION, CONTROL):
        kinds[task] = kind = summary.best_deep(data, task, budget)
        gains.append(summary.at_the_end(data, task, budget, kind) - summary.at_the_end(data, task, budget, one))
    found = summary.estimate(gains[0] - gains[1], COMPOSITION)
    ratio, low, high = (float(10**value) for value in found[:3])
    # Less error of these would undo a gain that is greater on the composition, or one that is not.
    at_stake = (
        {COMPOSITION: one, CONTROL: kinds[CONTROL]} if ratio < 1 else {COMPOSITION: kinds[COMPOSITION], CONTROL: one}
    )
    ends = [task for task, kind in at_stake.items() if summary.at_an_end(data, task, budget, kind)]
    certain_alone = high < 1 or low >= 1
    edge = (
        f"the tuned rate of {_layers(at_stake[ends[0]])} on {ends[0]} lies at an end of its grid"
        if ends and certain_alone
        else ""
    )
    return _control_statement(budget, tried).verdict(
        "Ratio of errors, deep over shallow, on the composition over that on its control: "
        f"{ratio:.3g} [{low:.3g}, {high:.3g}].",
        ratio, low, high, data.sizes["draw"], at_edge=edge,
    )  # fmt: skip


def _layers(kind: str) -> str:
    return "one hidden layer" if kind == "1" else f"{kind} hidden layers"


def _seconds(data: xr.Dataset, every: list[Comparison]) -> Verdict:
    """In how many of the certain comparisons the same side wins at equal seconds, with its interval off 0.

    Rates at ends of their grid decide nothing here: both readings are of the same tuned networks.
    """
    found = []
    for one in (one for one in every if one.effect):
        low, high, before = (np.sign(x) for x in (one.seconds.low, one.seconds.high, one.steps.estimate))
        found.append(REPRODUCED if low == high == before else NOT_REPRODUCED if low == high == -before else NOT_SETTLED)
    stays, turns = found.count(REPRODUCED), found.count(NOT_REPRODUCED)
    return _seconds_statement().verdict(
        f"{stays} of {len(found)} comparisons that are certain after equal steps stay so after equal seconds, {turns} "
        "turn around (a step of each shape is timed alone).",
        stays, n=data.sizes["draw"], outcome=rules.combine(found),
    )  # fmt: skip


def _residual(data: xr.Dataset, tried: tuple[float, float]) -> Verdict:
    """How often residual layers make the deepest network better, Holm over all."""
    deepest, kind = summary.plain(data)[-1], str(data.kind.values[-1])
    cells = summary.cells(data)
    pairs = [
        summary.estimate(summary.at_the_end(data, t, b, kind) - summary.at_the_end(data, t, b, deepest), t)
        for t, b in cells
    ]
    p = statistics.holm([one.p_value for one in pairs])
    shown = [certain(-one.estimate, float(q)) for one, q in zip(pairs, p, strict=True)]
    settled = [
        unless_at_end(word, *(summary.at_an_end(data, t, b, name) for name in (kind, deepest)))
        for word, (t, b) in zip(shown, cells, strict=True)
    ]
    better, worse = shown.count(REPRODUCED), shown.count(NOT_REPRODUCED)
    result = rules.combine(settled)
    edge = "the tuned rate of the network that errs more lies at an end of its grid wherever a difference is certain"
    decides = result == NOT_SETTLED != rules.combine(shown)
    return _residual_statement(int(deepest), len(cells), tried).verdict(
        f"Residual layers make {deepest} hidden layers better in {better} of {len(cells)} pairs of task and budget and "
        f"worse in {worse}. No tuned rate at an end of its grid could undo {settled.count(REPRODUCED)} of the former "
        f"and {settled.count(NOT_REPRODUCED)} of the latter.",
        better, n=data.sizes["draw"], outcome=result,
        at_edge=edge if decides else "",
    )  # fmt: skip
