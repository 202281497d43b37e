"""The table and the verdicts of `learning_from_data.probes`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.verdicts import AIM, EXTREME, LEVEL, PUBLISHED, TEXTBOOK, Rule, Statement, Verdict
from experiments.learning_from_data.probes.config import Config
from nnjax import statistics

ALAIN = "Alain & Bengio (2016), Understanding intermediate layers using linear classifier probes, arXiv 1610.01644"
EQUAL = 0.01  # two accuracies are equal when the interval of their difference lies within this
EACH = "For one activation: "


def _each(rule: Rule) -> Rule:
    text = rules.tuned(rule).text
    return Rule(f"{EACH}{text[0].lower()}{text[1:]} {rules.together('activations')}", rule.judge)


def _statement(**fields: Any) -> Statement:
    """A statement judged for each activation by an interval over draws; its numbers are the least favourable ones."""
    return Statement(
        unit="difference of two accuracies", settled_by="more draws, or wider grids", interval=EXTREME, **fields
    )


MADE = _statement(
    id="made, not given",
    claim="Training makes the last hidden layer easier to read for a linear classifier than it was before training, "
    "as a stack of random features of equal width.",
    kind=TEXTBOOK,
    source=sources.TEXTBOOK,
    rule=_each(rules.above(0.0, "the 95% interval of the mean difference between end and start")),
    reference="more than 0",
)
RANDOM = _statement(
    id="against one random layer",
    claim="The last hidden layer of a trained network is easier to read for a linear classifier than one layer of "
    "random features of equal width on the inputs.",
    kind=TEXTBOOK,
    source=sources.TEXTBOOK,
    rule=_each(rules.above(0.0, "the 95% interval of the mean difference to the first layer at the start")),
    reference="more than 0",
)
DEEPER = _statement(
    id="deeper layers gain more",
    claim="The deeper a hidden layer lies, the more training adds to what a linear classifier reads from it.",
    kind=AIM,
    source="",
    rule=_each(rules.above(0.0, "the 95% interval of the mean slope of end minus start over the layers")),
    reference="more than 0",
)
PAIR = rules.above(0.0, "the interval of the mean difference (95% for all pairs of a network, Bonferroni)")


def monotone(pairs: int) -> Statement:
    """The statement on every pair of successive layers; its numbers are those of the smallest difference."""
    return _statement(
        id="every layer is easier to read",
        claim="In a trained network linear separability rises with every layer: each hidden layer is easier to read "
        "than the one before, and the first than the inputs.",
        kind=PUBLISHED,
        source=ALAIN,
        rule=Rule(
            f"Every pair of successive layers of every activation is judged alone: {rules.tuned(PAIR).text} "
            f"{rules.together('pairs')}",
            rules.above(0.0).judge,
        ),
        reference="more than 0 for every pair",
        level=1 - (1 - LEVEL) / pairs,
    )


WITHOUT = _statement(
    id="depth without training",
    claim="Before training the last hidden layer is harder to read than the first.",
    kind=AIM,
    source="",
    rule=_each(rules.below(0.0, "the 95% interval of the mean difference between last and first layer at the start")),
    reference="less than 0",
)
OWN = _statement(
    id="the probe and the network",
    claim="A probe of the last hidden layer is as accurate as the network itself.",
    kind=AIM,
    source="",
    rule=_each(rules.within(-EQUAL, EQUAL, "the 95% interval of the mean difference between probe and network")),
    reference=0.0,
)
# For each statement, how its finding begins; the differences of DIFFERENCES follow.
BEGINS = {
    MADE.id: "Training changes the accuracy of a linear probe of the last hidden layer by",
    RANDOM.id: "The accuracy of a linear probe of the last trained hidden layer, minus that of a probe of one random "
    "layer, is",
    DEEPER.id: "Per further hidden layer, what training adds to the accuracy of a linear probe changes by",
    WITHOUT.id: "Before training, the accuracy of a linear probe of the last hidden layer, minus that of the first, is",
    OWN.id: "The accuracy of a linear probe of the last hidden layer, minus that of the network itself (they "
    f"count as equal within {EQUAL:g}), is",
}
# For each statement, the differences [draw] from accuracies [draw, step, layer] and the network's own [draw, step].
DIFFERENCES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    MADE.id: lambda read, own: read[:, -1, -1] - read[:, 0, -1],
    RANDOM.id: lambda read, own: read[:, -1, -1] - read[:, 0, 1],
    DEEPER.id: lambda read, own: slopes(read[:, -1, 1:] - read[:, 0, 1:]),
    WITHOUT.id: lambda read, own: read[:, 0, -1] - read[:, 0, 1],
    OWN.id: lambda read, own: read[:, -1, -1] - own[:, -1],
}


def statements(config: Config) -> list[Statement]:
    """What is judged."""
    return [MADE, RANDOM, DEEPER, monotone(config.depth), WITHOUT, OWN]


def called(name: str) -> str:
    """An activation as findings and figures call it."""
    return {"relu": "ReLU"}.get(name, name)


def slopes(gains: np.ndarray) -> np.ndarray:
    """The least-squares slope over the layers of each row's gains [n, layers] -> [n]."""
    x = np.arange(gains.shape[1]) - (gains.shape[1] - 1) / 2
    return gains @ x / (x @ x)


def table(data: xr.Dataset) -> list[dict]:
    """A row per activation and layer: accuracy before and after training, and what training adds."""
    rows = []
    for name in data.activation.values.tolist():
        read = data.accuracy.sel(activation=name).values.astype(float)
        for layer in range(read.shape[-1]):
            gain = statistics.mean(read[:, -1, layer] - read[:, 0, layer])
            rows.append({
                "activation": name, "layer": layer, "start": read[:, 0, layer].mean(), "end": read[:, -1, layer].mean(),
                "gain": gain.estimate, "gain_low": gain.low, "gain_high": gain.high, "draws": len(read),
                "own": float(data.own.sel(activation=name).values[:, -1].mean()),
                "learning_rate": float(data.learning_rate.sel(activation=name)),
            })  # fmt: skip
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdicts on the networks of a run."""
    found = {one.id: one for one in (MADE, RANDOM, DEEPER, WITHOUT, OWN)}
    parts = {id: _difference(data, one) for id, one in found.items()}
    return [parts[MADE.id], parts[RANDOM.id], parts[DEEPER.id], _monotone(data), parts[WITHOUT.id], parts[OWN.id]]


def _difference(data: xr.Dataset, statement: Statement) -> Verdict:
    assert statement.rule.judge is not None
    means = {name: statistics.mean(DIFFERENCES[statement.id](read, own)) for name, read, own in _networks(data)}
    outcomes = [statement.rule.judge(*mean[:3]) for mean in means.values()]
    words = [
        f"{mean.estimate:+.3f} [{mean.low:+.3f}, {mean.high:+.3f}] with {called(name)}" for name, mean in means.items()
    ]
    adverse = {WITHOUT.id: lambda mean: mean.estimate, OWN.id: lambda mean: abs(mean.estimate)}
    worst = max(means.values(), key=adverse.get(statement.id, lambda mean: -mean.estimate))
    return statement.verdict(
        f"{BEGINS[statement.id]} {' and '.join(words)} (means over {data.sizes['draw']} draws).",
        *worst[:3], data.sizes["draw"],
        outcome=rules.combine(outcomes), parts=outcomes, at_edge=_edge(data, rates=statement is not WITHOUT),
    )  # fmt: skip


def _monotone(data: xr.Dataset) -> Verdict:
    outcomes, words, least = [], [], None
    pairs = data.sizes["layer"] - 1
    statement = monotone(pairs)
    assert statement.rule.judge is not None
    for name, read, _ in _networks(data):
        told = []
        for layer in range(1, pairs + 1):
            mean = statistics.mean(read[:, -1, layer] - read[:, -1, layer - 1], statement.level)
            outcomes.append(statement.rule.judge(mean.estimate, mean.low, mean.high))
            told.append(f"{mean.estimate:+.3f} [{mean.low:+.3f}, {mean.high:+.3f}]")
            least = mean if least is None or mean.estimate < least.estimate else least
        words.append(f"{', '.join(told)} with {called(name)}")
    assert least is not None
    return statement.verdict(
        "From each layer to the next, beginning with the inputs, the accuracy of a linear probe changes by "
        f"{'; by '.join(words)}. The measured value of this claim is the smallest of these changes.",
        least.estimate, least.low, least.high, data.sizes["draw"], outcome=rules.combine(outcomes),
        parts=outcomes, at_edge=_edge(data),
    )  # fmt: skip


def _networks(data: xr.Dataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    found = []
    for name in data.activation.values.tolist():
        read, own = (data[part].sel(activation=name).values.astype(float) for part in ("accuracy", "own"))
        found.append((name, read, own))
    return found


def _edge(data: xr.Dataset, rates: bool = True) -> str:
    """The activations whose rate lies at an end of those tried, and how many penalties do before and after training."""
    every = data.activation.values.tolist()
    names = [called(name) for name in every if rates and int(data.at_end.sel(activation=name))]
    told = [f"the learning rate of {' and '.join(names)} lies at an end of those tried"] if names else []
    chosen = data.penalty.isel(step=[0, -1]).values
    ends = int(np.isin(chosen, (0, data.attrs["num_penalties"] - 1)).sum())
    told += [f"the penalties of {ends} of {chosen.size:,} probes lie at an end of those tried"] if ends else []
    return " and ".join(told)
