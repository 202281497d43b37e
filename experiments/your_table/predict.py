"""`your_table predict MODEL NEW`: the predictions of a trained network for the rows of a new file, as CSV.

MODEL is a folder with model.json and model.npz, such as results/quick/your_table/right_tool; NEW is a file as for
`your_table`. Notes on cells that cannot be read, or that no training row had, go to stderr.
"""

import csv
import io
import sys
from collections.abc import Sequence

from experiments.lab.claims import Refused

USAGE = "python -m experiments your_table predict MODEL NEW, a folder of results and a file"


def command(arguments: Sequence[str]) -> str:
    """The prediction of each row, and the probabilities of the classes.

    Raises:
        Refused: in one line, for a wrong number of arguments, no model, no table, or a table that lacks a column.
    """
    if len(arguments) != 2:
        raise Refused(f"predict takes two names: {USAGE}")
    # Not at the top: pandas and scikit-learn take a second, for which `--help` would wait.
    from experiments.your_table import model, reading

    folder, new = arguments
    try:
        network = model.load(folder)
        frame = reading.read(new, least=1)  # a model may have one input
        try:
            outputs, notes = network.predict(frame)
        except ValueError as error:
            raise ValueError(f"data={new!r:.120} {error}") from error
    except ValueError as error:
        raise Refused(str(error).replace("data=", "NEW=", 1)) from error
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    chances = [f"probability of {one}" for one in network.classes]
    writer.writerow([harmless(network.target), *chances])
    for row in outputs:
        best = harmless(network.classes[int(row.argmax())]) if network.classes else f"{row[0]:.10g}"
        writer.writerow([best, *(f"{one:.6g}" for one in row if network.classes)])
    return text.getvalue().rstrip("\n")


def harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula: a quotation mark before it makes a text of it.

    Source: OWASP, CSV injection. Numbers such as -1.5, and single signs, are harmless as they are.
    """
    from nnjax.tasks.text import NUMBER

    runs = len(cell) > 1 and cell[0] in "=+-@\t\r" and not NUMBER.fullmatch(cell)
    return f"'{cell}" if runs else cell
