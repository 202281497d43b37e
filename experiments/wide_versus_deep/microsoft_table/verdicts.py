"""The table and the verdicts of `microsoft_table`: which parts of the published table's ordering hold."""

import xarray as xr

from experiments.lab.verdicts import PUBLISHED, Statement, Verdict
from experiments.wide_versus_deep.microsoft_table import summary
from experiments.wide_versus_deep.microsoft_table.config import Config
from experiments.wide_versus_deep.shared import judging, microsoft
from experiments.wide_versus_deep.shared.microsoft import WORD_ERRORS
from nnjax.statistics import Mean


def statements(config: Config) -> list[Statement]:
    """For each task: each layer helps; a deep network beats a shallow one of equal weights, and the widest."""
    named = summary.compared(config.layers, config.matched)
    found = []
    for task, neurons in zip(config.tasks, config.neurons, strict=True):
        found.append(_each_layer_statement(task, neurons, summary.counted(config.layers)))
        found += [_beats_statement(task, neurons, *names, len(named) * len(config.tasks)) for names in named]
    return found


def _each_layer_statement(task: str, neurons: int, names: list[str]) -> Statement:
    claim = f"{task}: each added layer of {neurons} neurons lowers the error, from {names[0]} to {names[-1]} layers."
    return judging.each_layer(f"{task}: each layer", claim, names)


def _beats_statement(task: str, neurons: int, deep: str, shallow: str, many: int) -> Statement:
    return Statement(
        f"{task}: {deep} against {shallow}",
        f"{task}: {deep} hidden layers of {neurons} neurons err less than {microsoft.described(shallow)}.",
        PUBLISHED,
        microsoft.SOURCE,
        judging.errs_less(f"all {many} pairs of a deep and a shallow network"),
        microsoft.lead(deep, shallow) if {shallow, deep} <= set(WORD_ERRORS) else "less",
        "points",
        judging.SETTLED_BY,
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
        found += [_beats(data, neurons, names, one, len(every)) for names, one in every.items() if names[0] == task]
    return found


def _each_layer(data: xr.Dataset, task: str, neurons: int) -> Verdict:
    names, found = summary.counted(data.attrs["layers"]), summary.steps(data, task)
    whole = summary.gain(data, task, names[-1], names[0])
    at_end = [summary.at_an_end(data, task, name) for name in names]
    judged = judging.layer_by_layer(found, whole, at_end)
    told = f" Tuned rates at ends of the grid: {sum(at_end)} of {len(names)} networks." if any(at_end) else ""
    return _each_layer_statement(task, neurons, names).verdict(
        f"Points gained layer by layer: {', '.join(f'{one.estimate:+.1f}' for one in found)}; settled "
        f"as gains are {judged.gains}, as losses {judged.losses}. From {names[0]} to {names[-1]}: "
        f"{whole.estimate:+.2f} [{whole.low:+.2f}, {whole.high:+.2f}].{told}",
        whole.estimate, whole.low, whole.high, data.sizes["draw"], outcome=judged.outcome, at_edge=judged.at_edge,
    )  # fmt: skip


def _beats(data: xr.Dataset, neurons: int, names: tuple[str, str, str], one: Mean, many: int) -> Verdict:
    task, *both = names
    deep, shallow = (summary.label(data, task, name) for name in both)
    errors = [summary.error(data, task, name).estimate for name in both]
    ends = summary.at_an_end(data, task, both[0]), summary.at_an_end(data, task, both[1])
    outcome, edge = judging.pair(one, (deep, shallow), ends)
    return _beats_statement(task, neurons, both[0], both[1], many).verdict(
        f"{deep} errs {errors[0]:.1f} %, {shallow} {errors[1]:.1f} %: {one.estimate:+.2f} points "
        f"[{one.low:+.2f}, {one.high:+.2f}], p = {one.p_value:.2g} by Holm's rule.",
        one.estimate, one.low, one.high, data.sizes["draw"], outcome=outcome, at_edge=edge,
    )  # fmt: skip
