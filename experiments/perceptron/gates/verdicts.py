"""The table and the verdicts of `perceptron.gates`."""

import itertools

import xarray as xr

from experiments.lab import rules, sources
from experiments.lab.text import plural
from experiments.lab.verdicts import (
    NOT_REPRODUCED,
    PUBLISHED,
    REPRODUCED,
    TEXTBOOK,
    THEOREM,
    Rule,
    Statement,
    Verdict,
)  # fmt: skip
from experiments.perceptron.gates.config import BOUNDS, Config
from nnjax import tasks

WEIGHTS = {"and": (0.5, 0.5, 0.7), "or": (0.5, 0.5, 0.2)}  # the textbook's two weights and threshold
LEARNABLE, IMPOSSIBLE = 14, ("xor", "xnor")
NUM_ORDERS = 24  # of the four rows


def statements(config: Config) -> list[Statement]:
    """The textbook's two gates, the bounds on their mistakes, and which gates one neuron learns."""
    found = [
        Statement(
            id=f"chapter's {name}",
            claim=f"One threshold neuron with weights {w1:g}, {w2:g} and threshold {threshold:g} computes "
            f"{name.upper()}.",
            kind=TEXTBOOK,
            source=sources.TEXTBOOK,
            rule=rules.exactly(4, "the number of rows, out of 4, to which it gives the right answer"),
            reference=4,
            unit="rows of 4",
        )
        for name, (w1, w2, threshold) in WEIGHTS.items()
    ]
    found += [_bounded(name, low, bound) for (name, low), bound in BOUNDS.items() if low in config.lows]
    inputs = " and with ".join(f"inputs {low} and 1" for low in config.lows)
    learned = Statement(
        id="sixteen gates",
        claim=f"One neuron learns {LEARNABLE} of the 16 Boolean functions of two inputs, whatever the order of the "
        f"rows, with {inputs}.",
        kind=PUBLISHED,
        source=f"{sources.OEIS_SEPARABLE}, 2 variables",
        rule=rules.exactly(LEARNABLE, "the number of functions that are learned every time"),
        reference=LEARNABLE,
        unit="gates",
    )
    impossible = Statement(
        id="no line",
        claim="No neuron computes XOR or XNOR.",
        kind=THEOREM,
        source=f"{sources.MINSKY_PAPERT}; {sources.TEXTBOOK}",
        rule=Rule(
            f"Reproduced when exactly {' and '.join(IMPOSSIBLE)} are not learned, every perceptron on them returns to "
            "earlier weights by corrections that sum to zero, and both have two true and two false rows of equal sum; "
            "otherwise not reproduced."
        ),
        reference=", ".join(IMPOSSIBLE),
    )
    return [*found, learned, impossible]


def _bounded(name: str, low: int, bound: int) -> Statement:
    return Statement(
        id=f"{name}, {low} and 1",
        claim=f"A perceptron learns {name.upper()} with inputs {low} and 1 after at most {bound} mistakes, whatever "
        "the order of the rows.",
        kind=THEOREM,
        source=f"{sources.NOVIKOFF}; {sources.ROSENBLATT}",
        rule=Rule(
            f"Reproduced when it is learned in all {NUM_ORDERS} orders of the rows with at most {bound} mistakes, and "
            f"the bound computed from the widest margin is {bound} too; otherwise not reproduced."
        ),
        reference=bound,
        unit="mistakes",
    )


def table(data: xr.Dataset) -> list[dict]:
    """A row for each gate and kind of inputs."""
    rows = []
    for name, inputs in itertools.product(data.function.values, data.inputs.values):
        one = data.sel(function=name, inputs=inputs)
        proved = bool(one.proved.all())
        row = {"function": name, "inputs": inputs, "learned": bool(one.learned.all()), "proved": proved}
        row |= {"least_mistakes": int(one.mistakes.min()), "most_mistakes": int(one.mistakes.max())}
        row |= {"bound": one.bound.item()} | dict(zip(("w1", "w2", "b"), one.weights.values.tolist(), strict=True))
        rows.append(row | {"corrections_of_a_round": " ".join(map(str, one.corrections.values)) if proved else ""})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Gates must answer every row rightly, bounds hold in all orders, and functions be learned or proved impossible."""
    lows = tuple(int(str(inputs).split()[0]) for inputs in data.inputs.values)
    stated = {one.id: one for one in statements(Config(lows=lows))}
    found = []
    for name in WEIGHTS:
        right = int((data.chapter_fires.sel(gate=name).values == tasks.boolean(name).y[:, 0]).sum())
        finding = f"The neuron gives the right answer to {right} of 4 rows."
        found.append(stated[f"chapter's {name}"].verdict(finding, right))
    for (name, low), bound in BOUNDS.items():
        if low in lows:
            one = data.sel(function=name, inputs=f"{low} and 1")
            least, most, computed = int(one.mistakes.min()), int(one.mistakes.max()), round(float(one.bound))
            holds = bool(one.learned.all()) and most <= bound == computed
            mistakes = plural(most, "mistake") if least == most else f"{least} to {most} mistakes"
            finding = (
                f"The perceptron learns {name.upper()} in {int(one.learned.sum())} of {NUM_ORDERS} orders of the rows, "
                f"with {mistakes}."
            )
            found.append(stated[f"{name}, {low} and 1"].verdict(finding, most, outcome=_outcome(holds)))
    learned = data.learned.all(["inputs", "order"])
    others = data.function.values[~learned.values].tolist()
    count, names = int(learned.sum()), ", ".join(others)
    said = " and ".join(name.replace("_", " ").upper() for name in others)
    inputs = " and with ".join(f"inputs {one}" for one in data.inputs.values)
    finding = (
        f"The perceptron learns {count} of {learned.size} functions in all of its {data.learned.size // learned.size} "
        f"runs ({data.sizes['order']} orders of the rows, with {inputs})."
        f"{f' It fails in one run or more on {said}.' if others else ''}"
    )
    found.append(stated["sixteen gates"].verdict(finding, count))
    returned = bool(data.proved.sel(function=others).all())
    four_rows = bool((data.four_rows.sel(function=others) >= 0).all())
    finding = (
        f"The perceptron fails on {said}. Its weights then {'always' if returned else 'do not always'} return to "
        f"earlier ones, and {'each' if four_rows else 'not each'} of these functions has two true and two false rows "
        "of equal sum."
    )
    if not others:
        finding = "The perceptron learns every function."
    holds = tuple(others) == IMPOSSIBLE and returned and four_rows
    return [*found, stated["no line"].verdict(finding, names, outcome=_outcome(holds))]


def _outcome(holds: bool) -> str:
    return REPRODUCED if holds else NOT_REPRODUCED
