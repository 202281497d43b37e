"""A network for one table, loaded from the two files beside this one, model.json and model.npz. It needs NumPy alone.

As a command: python model.py new.csv

    import model
    rows = model.read("new.csv")                 # or dicts from elsewhere: the cells of a row by column
    network = model.load()
    print(network.predict(rows))                 # a class or a number for each row
    print(network.outputs(network.encode(rows)))   # probabilities [rows, classes], or numbers [rows, 1]

model.json tells what each input is: a column's number, the days of its date since 1970-01-01, or whether it holds one
category. A cell that is missing or holds no number counts as the column's median; an unknown category gives zeros.
Categories that are numbers are compared as such: 1.50 is 1.5, but 007 is not 7.
model.npz has the weights of all members, w0.0, b0.0, w0.1, ... of member 0 and so on, in float64; scaling is part of
their first layer and, for numbers, of their last. `as_sklearn` and `as_torch` give the same network.
"""

import csv
import functools
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

# Cells that hold nothing; capital letters make no difference. Where numbers or dates are meant, "-" and "none" hold
# nothing either; elsewhere they may be a category.
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?", "nat"})
# Not 1_000 or other digits, which Python would read as numbers too.
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")

ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0.0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 0.5 * (1.0 + np.tanh(0.5 * z)),
    "silu": lambda z: z * 0.5 * (1.0 + np.tanh(0.5 * z)),
    # The approximation by tanh, as in JAX.
    "gelu": lambda z: 0.5 * z * (1.0 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
}  # fmt: skip


class Model(NamedTuple):
    """`inputs`: what each input is; `classes`: their names, () for numbers; `members`: an activation and layers (w, b).

    The prediction is the mean of the members: of their probabilities, or of their numbers.
    """

    target: str
    inputs: tuple[Mapping[str, Any], ...]
    classes: tuple[str, ...]
    members: tuple[tuple[str, tuple[tuple[np.ndarray, np.ndarray], ...]], ...]

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Rows of cells by column, texts or numbers, as inputs [rows, inputs].

        Raises:
            ValueError: for rows that lack a column.
        """
        columns = list(dict.fromkeys(one["column"] for one in self.inputs))
        lacking = [column for column in columns if rows and column not in rows[0]]
        if lacking:
            raise ValueError(f"the rows lack the column {lacking[0]!r}: the network needs {', '.join(columns)}")
        x = np.empty((len(rows), len(self.inputs)))
        for j, one in enumerate(self.inputs):
            cells = [row[one["column"]] for row in rows]
            x[:, j] = [encoded(cell, one) for cell in cells]
        return x

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Probabilities [rows, classes] or numbers [rows, 1] of inputs [rows, inputs]."""
        found = 0.0
        for name, layers in self.members:
            h = x @ layers[0][0] + layers[0][1]
            for w, b in layers[1:]:
                h = ACTIVATIONS[name](h) @ w + b
            if self.classes:
                h = np.exp(h - h.max(axis=1, keepdims=True))
                h = h / h.sum(axis=1, keepdims=True)
            found = found + h / len(self.members)
        return np.asarray(found)

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The most probable class of each row, or its number."""
        y = self.outputs(self.encode(rows))
        return [self.classes[i] for i in y.argmax(axis=1)] if self.classes else y[:, 0].tolist()


def encoded(cell: Any, one: Mapping[str, Any]) -> float:
    """One cell as one input."""
    text = "" if cell is None else str(cell).strip()
    if "category" in one:
        return float(category(text) == category(one["category"]))
    value = number(text.replace(",", ".") if one.get("decimal") == "," else text, bool(one.get("date")))
    return one["median"] if math.isnan(value) else value


@functools.lru_cache(2**14)
def category(text: str) -> str:
    """The text by which a category is compared, the same for "1", "1.0" and "1.00". It is that of `nnjax.sklearn`."""
    if not _NUMBER.fullmatch(text) or re.match(r"[-+]?0[0-9]", text) or abs(value := float(text)) >= 2**53:
        return text  # codes such as 007, and numbers that float64 rounds
    return str(int(value)) if value.is_integer() else f"{value:.15g}"


def number(text: str, date: bool = False) -> float:
    """The number that a cell holds, or the days of its date (2020-12-31, and a time) since 1970-01-01; else nan."""
    try:
        if not date:
            value = float(text) if _NUMBER.fullmatch(text) else math.nan
        elif text.lower() in MISSING:
            return math.nan
        else:
            value = float(np.datetime64(text.replace(" ", "T"), "s").astype(float)) / 86_400
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def read(path: Path | str) -> list[dict[str, Any]]:
    """The rows of a CSV in UTF-8, whose header tells what separates its cells: commas, semicolons, tabs or |."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        header = next((line for line in iter(file.readline, "") if line.strip()), "")  # blank lines may come first
        names, delimiter = max(
            ((next(csv.reader([header], delimiter=one), []), one) for one in ",;\t|"), key=lambda pair: len(pair[0])
        )
        return list(csv.DictReader(file, [name.strip() for name in names], delimiter=delimiter, skipinitialspace=True))


def load(folder: Path | str | None = None) -> Model:
    """The network in a folder, by default the one in which this file lies.

    Raises:
        ValueError: for a folder without such a network.
    """
    place = Path(__file__).parent if folder is None else Path(folder)
    if not ((place / "model.json").is_file() and (place / "model.npz").is_file()):
        raise ValueError(f"{str(place)!r} holds no model: a model is a folder with model.json and model.npz")
    told = json.loads((place / "model.json").read_text(encoding="utf-8"))
    with np.load(place / "model.npz") as weights:
        members = tuple(
            (name, tuple((weights[f"w{m}.{i}"], weights[f"b{m}.{i}"]) for i in range(told["layers"][m])))
            for m, name in enumerate(told["activations"])
        )
    return Model(told["target"], tuple(told["inputs"]), tuple(told["classes"]), members)


def as_sklearn(network: Model) -> list[Any]:
    """The members as scikit-learn's MLPClassifier or MLPRegressor, fitted; what they give is averaged.

    Raises:
        ValueError: for an activation that scikit-learn does not have.
    """
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import LabelBinarizer

    names = {"identity": "identity", "relu": "relu", "tanh": "tanh", "sigmoid": "logistic"}
    found = []
    for name, layers in network.members:
        if name not in names:
            raise ValueError(f"activation {name!r}: scikit-learn's networks have {', '.join(names)}")
        kind: Any = MLPClassifier if network.classes else MLPRegressor
        made = kind(tuple(len(b) for _, b in layers[:-1]), activation=names[name])
        coefs, intercepts = [w for w, _ in layers], [b for _, b in layers]
        if len(network.classes) == 2:  # one output, which is the difference of both
            coefs[-1] = coefs[-1][:, 1:] - coefs[-1][:, :1]
            intercepts[-1] = intercepts[-1][1:] - intercepts[-1][:1]
        made.coefs_, made.intercepts_, made.n_layers_ = coefs, intercepts, len(layers) + 1
        made.n_features_in_, made.n_outputs_ = len(coefs[0]), len(intercepts[-1])
        made.out_activation_ = "identity"
        if network.classes:
            made.out_activation_ = "logistic" if len(network.classes) == 2 else "softmax"
            made._label_binarizer = LabelBinarizer().fit(np.arange(len(network.classes)))
            made.classes_ = made._label_binarizer.classes_
        found.append(made)
    return found


def as_torch(network: Model) -> Any:
    """A torch.nn.Module in float64 of the network: [rows, inputs] to probabilities [rows, classes], or numbers."""
    import torch  # pyright: ignore[reportMissingImports] (an extra)
    from torch import nn  # pyright: ignore[reportMissingImports]

    kinds = {"identity": nn.Identity, "relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "silu": nn.SiLU}
    kinds["gelu"] = lambda: nn.GELU(approximate="tanh")

    class Mean(nn.Module):
        def __init__(self, members: Sequence[Any]) -> None:
            super().__init__()
            self.members = nn.ModuleList(members)

        def forward(self, x: Any) -> Any:
            return torch.stack([one(x) for one in self.members]).mean(0)

    members = []
    for name, layers in network.members:
        parts: list[Any] = []
        for w, b in layers:
            linear = nn.Linear(*w.shape, dtype=torch.float64)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(w.T.copy()))
                linear.bias.copy_(torch.from_numpy(b.copy()))
            parts += [linear, kinds[name]()]
        parts[-1:] = [nn.Softmax(dim=1)] if network.classes else []
        members.append(nn.Sequential(*parts))
    return Mean(members)


def main(arguments: Sequence[str]) -> str:
    """What `python model.py new.csv` prints: the target's name, and below it a prediction for each row."""
    if len(arguments) != 1:
        return "usage: python model.py new.csv"
    network, rows = load(), read(arguments[0])
    try:
        return "\n".join([network.target, *map(str, network.predict(rows))])
    except ValueError as error:
        return f"{arguments[0]}: {error}"


if __name__ == "__main__":
    import sys

    print(main(sys.argv[1:]))
