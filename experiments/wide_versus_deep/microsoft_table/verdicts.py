"""The table and the verdicts of `microsoft_table`: which parts of the published table's ordering hold."""

import itertools

import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PUBLISHED, REPRODUCED, Statement, Verdict
from experiments.wide_versus_deep.microsoft_table import summary
from experiments.wide_versus_deep.microsoft_table.config import Config
from experiments.wide_versus_deep.shared import judging, microsoft
from experiments.wide_versus_deep.shared.microsoft import WORD_ERRORS

SETTLED_BY = "rates beyond those tried, and more draws of the data"


def statements(config: Config) -> list[Statement]:
    """For each task: each layer helps; a deep network beats a shallow one of equal weights, and the widest."""
    named = summary.compared(config.layers, config.matched)
    found = []
    for task, neurons in zip(config.tasks, config.neurons, strict=True):
        found.append(_each_layer_statement(task, neurons, summary.counted(config.layers)))
        found += [_beats_statement(task, neurons, *names, len(named) * len(config.tasks)) for names in named]
    return found


def _each_layer_statement(task: str, neurons: int, names: list[str]) -> Statement:
    return Statement(
        f"{task}: each layer",
        f"{task}: each added layer of {neurons} neurons lowers the error, from {names[0]} to {names[-1]} layers.",
        PUBLISHED,
        microsoft.SOURCE,
        judging.EACH_LAYER,
        ", ".join(f"{WORD_ERRORS[a] - WORD_ERRORS[b]:+.1f}" for a, b in itertools.pairwise(names)),
        "points",
        SETTLED_BY,
    )


def _beats_statement(task: str, neurons: int, deep: str, shallow: str, many: int) -> Statement:
    return Statement(
        f"{task}: {deep} against {shallow}",
        f"{task}: {deep} hidden layers of {neurons} neurons err less than {microsoft.described(shallow)}.",
        PUBLISHED,
        microsoft.SOURCE,
        judging.errs_less(f"all {many} pairs of a deep and a shallow network"),
        WORD_ERRORS[shallow] - WORD_ERRORS[deep] if {shallow, deep} <= set(WORD_ERRORS) else "less",
        "points",
        SETTLED_BY,
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row per task and network: its weights, what was tuned, its error in percent, and that over one layer of N."""
    rows = []
    for task in map(str, data.task.values):
        for network in map(str, data.network.values):
            at = data.sel(task=task, network=network)
            found = summary.error(data, task, network)
            row = {"task": task, "network": summary.label(data, task, network), "params": int(at.num_params)}
            row |= {"error_percent": found.estimate, "low": found.low, "high": found.high}
            row |= {"learning_rate": float(at.learning_rate), "init_scale": float(at.init_scale), "stop": int(at.stop)}
            rows.append(row | {"networks": data.sizes["draw"] * data.sizes["seed"]})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """One for each of the statements."""
    found, every = [], summary.pairs(data)
    for task, neurons in zip(map(str, data.task.values), data.attrs["neurons"], strict=True):
        found.append(_each_layer(data, task, neurons))
        found += [_beats(data, neurons, names, len(every)) for names in every if names[0] == task]
    return found


def _each_layer(data: xr.Dataset, task: str, neurons: int) -> Verdict:
    names, found = summary.counted(data.attrs["layers"]), summary.steps(data, task)
    whole = summary.gain(data, task, names[-1], names[0])
    at_end = {name: summary.at_an_end(data, task, name) for name in names}
    shown = [judging.certain(one.estimate, one.p_value) for one in found]
    settled = [
        judging.unless_at_end(outcome, at_end[more], at_end[fewer])
        for outcome, (fewer, more) in zip(shown, itertools.pairwise(names), strict=True)
    ]
    all_the_way = NOT_REPRODUCED if whole.high <= 0 else NOT_SETTLED
    outcome = judging.each_layer(settled, judging.unless_at_end(all_the_way, at_end[names[-1]], at_end[names[0]]))
    decides = outcome == NOT_SETTLED != judging.each_layer(shown, all_the_way)
    steps = ", ".join(f"{one.estimate:+.1f}" for one in found)
    open_steps = sum(word != NOT_SETTLED for word in shown) - sum(word != NOT_SETTLED for word in settled)
    told = f", {open_steps} of them left open by a tuned rate at an end of its grid" if open_steps else ""
    return _each_layer_statement(task, neurons, names).verdict(
        f"Points gained layer by layer: {steps}; certain are {shown.count(REPRODUCED)} gains and "
        f"{shown.count(NOT_REPRODUCED)} losses{told}. From {names[0]} to {names[-1]}: {whole.estimate:+.2f} "
        f"[{whole.low:+.2f}, {whole.high:+.2f}].",
        whole.estimate, whole.low, whole.high, data.sizes["draw"], outcome=outcome,
        at_edge="the tuned rates of the networks that err more lie at ends of their grid" if decides else "",
    )  # fmt: skip


def _beats(data: xr.Dataset, neurons: int, names: tuple[str, str, str], many: int) -> Verdict:
    task, deep, shallow = names
    one = summary.pairs(data)[names]
    shown = judging.certain(one.estimate, one.p_value)
    outcome = judging.unless_at_end(shown, summary.at_an_end(data, task, deep), summary.at_an_end(data, task, shallow))
    loser = summary.label(data, task, deep if one.estimate < 0 else shallow)
    edge = f"the tuned rate of {loser} lies at an end of its grid" if outcome != shown else ""
    return _beats_statement(task, neurons, deep, shallow, many).verdict(
        f"{summary.label(data, task, deep)} errs {summary.error(data, task, deep).estimate:.1f} %, "
        f"{summary.label(data, task, shallow)} {summary.error(data, task, shallow).estimate:.1f} %: "
        f"{one.estimate:+.2f} points [{one.low:+.2f}, {one.high:+.2f}], p = {one.p_value:.2g} by Holm's rule.",
        one.estimate, one.low, one.high, data.sizes["draw"], outcome=outcome, at_edge=edge,
    )  # fmt: skip
