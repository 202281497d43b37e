"""The command `your_table predict MODEL NEW`: the predictions of a saved network for the rows of a new file.

MODEL is a folder with model.json and model.npz, such as results/quick/your_table/right_tool; NEW is a file as for
`your_table`. It prints CSV: the prediction of each row, and the probabilities of the classes.
"""

import csv
import io
import sys
from typing import Any

import numpy as np

USAGE = "python -m experiments your_table predict MODEL NEW, a folder of results and a file"
_MOST_SHOWN = 5


def command(arguments: list[str]) -> str:
    """The predictions as CSV; notes on odd cells of the new rows go to stderr.

    Raises:
        ValueError: in a sentence, for a wrong number of arguments, no model, no table, or a table that lacks a column.
    """
    if len(arguments) != 2:
        raise ValueError(f"predict takes two names: {USAGE}")
    # Not at the top: pandas takes a second, for which `--help` would wait.
    from experiments.your_table.shared import installed

    installed.check()
    from experiments.your_table.shared import columns, model, reading

    network = model.load(arguments[0])
    try:
        # A model may have one input. The model decides what cells mean: the look of this file alone may mislead.
        frame = reading.read(arguments[1], least=1, as_written=True)
    except ValueError as error:
        raise ValueError(str(error).replace("data=", "NEW=", 1)) from error
    cells = {str(name): _texts(frame[name]) for name in frame}
    numbers = {one["column"] for one in network.inputs if "median" in one and not one.get("date")}
    for name in numbers & cells.keys():
        if columns.decimal_commas(columns.numeric_texts(frame[name])):
            cells[name] = [cell.replace(",", ".") for cell in cells[name]]
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    x = network.encode(rows)
    for told in _odd(network, cells):
        print(f"note: {told}", file=sys.stderr)
    outputs = network.outputs(x)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if network.classes:
        writer.writerow([network.target, *(f"probability of {one}" for one in network.classes)])
        for row in outputs:
            writer.writerow([network.classes[int(row.argmax())], *(f"{one:.6g}" for one in row)])
    else:
        writer.writerow([network.target])
        writer.writerows([f"{row[0]:.10g}"] for row in outputs)
    return text.getvalue().rstrip("\n")


def _texts(column: Any) -> list[str]:
    """The cells of a column as texts: 5 and not 5.0, as a category may be a number; "" for what is missing."""
    if column.dtype.kind == "f":
        return ["" if np.isnan(cell) else f"{cell:.17g}" for cell in column.tolist()]
    return ["" if missing else str(cell) for cell, missing in zip(column, column.isna(), strict=True)]


def _odd(network: Any, cells: dict[str, list[str]]) -> list[str]:
    """What a reader should know of the new rows: categories that the network has never seen, cells without a number."""
    from experiments.your_table.shared import columns, model

    found = []
    for column in dict.fromkeys(one["column"] for one in network.inputs):
        inputs = [one for one in network.inputs if one["column"] == column]
        if "median" in inputs[0]:
            unread = inputs[0] | {"median": np.nan}
            held = [cell for cell in cells[column] if cell and cell.lower() not in columns.NO_NUMBER]
            odd = [cell for cell in held if np.isnan(model.encoded(cell, unread))]
            what = "no number (the median stands in)" if not inputs[0].get("date") else "no date (the median stands in)"
        else:
            known = {model.category(one["category"]) for one in inputs}
            odd = [cell for cell in cells[column] if cell and model.category(cell) not in known]
            what = "a category that the network does not know"
        if odd:
            different = sorted(set(odd))
            shown = ", ".join(different[:_MOST_SHOWN]) + (", ..." if len(different) > _MOST_SHOWN else "")
            found.append(f"{column}: {'1 row has' if len(odd) == 1 else f'{len(odd):,} rows have'} {what}: {shown}")
    return found
