"""report.md: the answer first, then the ranking, the table as it was understood, and how to use the network."""

import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.your_table.right_tool import methods, summary, verdicts
from experiments.your_table.shared import columns, describe
from experiments.your_table.shared.describe import Table

ANSWERS = {REPRODUCED: "Yes", NOT_REPRODUCED: "No", NOT_SETTLED: "Open"}


def text(table: Table, data: xr.Dataset) -> str:
    """The report as Markdown."""
    found = verdicts.verdicts(data)
    name = table.name.rsplit("/", 1)[-1]
    lines = [f"# Is a network the right tool for {table.target} in {name}?", "", f"**{found[0].finding}**", ""]
    lines += [f"- {one.claim} **{ANSWERS[one.outcome]}.** {one.finding}" for one in found[1:]]
    lines += ["", "## Ranking", "", *_ranking(data), ""]
    lines += ["## The table", "", *(f"    {line}" for line in describe.lines(table)), ""]
    return "\n".join([*lines, *_use(table)]) + "\n"


def _ranking(data: xr.Dataset) -> list[str]:
    unit = "share of the rows" if data.attrs["task"] == "classes" else "RMS / standard deviation of the target"
    second = data.attrs["second"].replace("_", " ")
    rows = [f"| method | error on the folds ({unit}) | {second} | error on the test part | setting on all rows |"]
    rows.append("|---|---|---|---|---|")
    for one in summary.ranking(data):
        at = data.sel(tool=one.method)
        folds = f"{one.error.estimate:.4g} [{max(one.error.low, 0):.4g}, {one.error.high:.4g}]"
        test = f"{float(at.test_error):.4g} [{float(at.test_low):.4g}, {float(at.test_high):.4g}]"
        chosen = data.attrs["chosen"][one.method]
        rows.append(f"| {one.method} | {folds} | {float(at.second.mean()):.4g} | {test} | {chosen} |")
    linear = "logistic" if data.attrs["task"] == "classes" else "ridge"
    set_steps = data.attrs["steps"]
    steps = (
        f"at most {set_steps:,} steps" if set_steps else f"at most 100 epochs, but 300 to {summary.MOST_STEPS:,} steps"
    )
    return [
        *rows, "",
        f"Folds: {data.sizes['split']} of {data.attrs['rows']:,} rows, {data.attrs['trials']} trials of each method; "
        "intervals of 95%, by the corrected resampled t-test. "
        f"Test part: {data.attrs['tested']:,} rows, looked at once; intervals over its rows.",
        "",
        f"All methods have the same inputs, a 0 or 1 for each category. Linear is {linear} regression, the forest has "
        f"{methods.NUM_TREES} trees, boosting {methods.NUM_ROUNDS} rounds; the network is the mean of "
        f"{data.attrs['members']}, each trained for {steps}.",
    ]  # fmt: skip


def _with_commas(table: Table) -> str:
    """The columns in which the network that is handed over reads decimal commas."""
    numbers = [one for one in table.columns if one.kind == columns.NUMBER]
    names = [one.name for one in numbers if one.decimal == ","]
    if not names:
        return "no column"
    return "every column of numbers" if len(names) == len(numbers) else ", ".join(names)


def _use(table: Table) -> list[str]:
    return [
        "## The network",
        "",
        "model.npz, model.json and model.py are the network of the ranking, fitted to all rows but the test part.",
        "`python -m experiments your_table predict FOLDER new.csv` answers for new rows, and names cells that it",
        "cannot read. It reads decimal commas also where only the cells of new.csv show them.",
        "",
        "In this folder `python model.py new.csv` answers with NumPy alone, and so do the lines below. They name no",
        "cells, but take the median for a number that they cannot read. By model.json they read decimal commas in",
        f"{_with_commas(table)}:",
        "",
        "    import model",
        '    rows = model.read("new.csv")  # or dicts from elsewhere: the cells of a row by column',
        "    network = model.load()",
        f"    print(network.predict(rows))  # {table.target} of each row",
        "    print(network.outputs(network.encode(rows)))  # "
        + ("probabilities [rows, classes]" if table.classes else "the same as an array [rows, 1]"),
        "",
        "`model.as_sklearn(network)` gives its members as scikit-learn's MLPs, `model.as_torch(network)` a module of",
        "PyTorch.",
    ]
