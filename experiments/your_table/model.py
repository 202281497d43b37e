"""A trained network as two files, without pickle: model.npz has the weights, model.json says how to read new cells."""

import itertools
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.your_table import columns as kinds
from experiments.your_table.columns import Column
from experiments.your_table.reading import Frame
from experiments.your_table.table import Table
from nnjax import activations
from nnjax.mlp import Layer
from nnjax.sklearn import SweepClassifier, SweepRegressor, ensemble
from nnjax.sklearn.columns import Category, Number, Parsed, inputs
from nnjax.tasks import binary

FILES = ("model.json", "model.npz")
MOST_BYTES = 1_000_000_000
ENDS = ("low", -np.inf), ("high", np.inf)  # of the range of a column; JSON has no infinity


class Model(NamedTuple):
    """`columns`: how cells are read; `parts`: how values become inputs; `networks`: parameters and activations.

    The prediction is the mean of the networks: of their probabilities, or of their numbers times scale plus mean.
    """

    target: str
    classes: tuple[str, ...]
    columns: tuple[Column, ...]
    parts: tuple[Number | Category, ...]
    networks: tuple[tuple[Any, str], ...]
    mean: float
    scale: float

    def predict(self, frame: Frame) -> tuple[np.ndarray, list[str]]:
        """Probabilities [rows, classes] or numbers [rows, 1] of new rows, and what is odd about their cells.

        Raises:
            ValueError: for a table that lacks a column.
        """
        names = [column.name for column in self.columns]
        if lacking := [name for name in names if name not in frame]:
            raise ValueError(f"lacks the column {lacking[0]!r}: the network needs {', '.join(names)}")
        known = [part.categories if isinstance(part, Category) else () for part in self.parts]
        read = [kinds.read(column, frame[column.name], own) for column, own in zip(self.columns, known, strict=True)]
        x = inputs(self.parts, Parsed(names, [values for values, _ in read], True))
        loss = (SweepClassifier if self.classes else SweepRegressor).loss
        found = ensemble.outputs(self.networks, x, loss)
        notes = [note for _, notes in read for note in notes]
        return (found if self.classes else self.mean + self.scale * found), notes


def files(table: Table, fit: Any) -> dict[str, Any]:
    """The files of a fitted `SweepClassifier` or `SweepRegressor` by name: a text, and arrays."""
    used = {one.name: one for one in table.columns}
    target = {"mean": 0.0, "scale": 1.0} if table.classes else fit.target_._asdict()
    told = {
        "target": table.target, "classes": list(table.classes), **target,
        "columns": [
            {"name": one["column"], **{key: getattr(used[one["column"]], key) for key in ("decimal", "low", "high")}}
            | {"kind": used[one["column"]].kind, "input": one}
            for one in fit.transformer_.describe()
        ],
        "networks": [{"activation": name, "layers": len(params)} for params, name in fit.networks_],
    }  # fmt: skip
    for one in told["columns"]:
        one |= {name: None for name, end in ENDS if one[name] == end}
    arrays = {
        f"{name}{m}.{i}": np.asarray(array)
        for m, (params, _) in enumerate(fit.networks_)
        for i, layer in enumerate(params)
        for name, array in zip("wb", layer, strict=True)
    }
    return {"model.json": json.dumps(told, indent=1, allow_nan=False), "model.npz": arrays}


def load(folder: str | Path) -> Model:
    """The network in a folder.

    Raises:
        ValueError: in one line, for a folder without a network, and for a damaged one.
    """
    place = Path(folder)
    if not all((place / name).is_file() for name in FILES):
        raise ValueError(f"{str(folder)!r} holds no model: a model is a folder with {' and '.join(FILES)}")
    try:
        told = json.loads(binary.read_file(place / "model.json", MOST_BYTES))
        return _checked(told, binary.read_npz(binary.read_file(place / "model.npz", MOST_BYTES), MOST_BYTES))
    except Exception as error:  # what a damaged file says may break any line that reads it
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(f"the model in {str(folder)!r} is damaged or of another version: {why:.200}") from None


def _checked(told: Any, arrays: dict[str, np.ndarray]) -> Model:
    """The model that the files hold, every part of which has the right type and size."""
    columns, parts = [], []
    for one in told["columns"]:
        low, high = (end if one[name] is None else float(one[name]) for name, end in ENDS)
        kind, decimal = _text(one["kind"]), _text(one["decimal"])
        columns.append(Column(_text(one["name"]), kind, decimal=decimal, low=low, high=high))
        part = one["input"]
        if one["kind"] == kinds.CATEGORY:
            parts.append(Category(_text(one["name"]), tuple(map(_text, part["categories"]))))
        else:
            parts.append(Number(_text(one["name"]), *(_finite(part[name]) for name in ("median", "mean", "scale"))))
    classes = tuple(map(_text, told["classes"]))
    width = sum(len(part.categories) if isinstance(part, Category) else 1 for part in parts) or 1
    networks = []
    for m, one in enumerate(told["networks"]):
        layers = [Layer(arrays[f"w{m}.{i}"], arrays[f"b{m}.{i}"]) for i in range(one["layers"])]
        sizes = [width, *(len(b) for _, b in layers)]
        shapes = list(itertools.pairwise(sizes))
        if not layers or sizes[-1] != max(1, len(classes)) or [w.shape for w, _ in layers] != shapes:
            raise ValueError(f"the weights of network {m} do not fit its columns and classes")
        activations.get(one["activation"])
        networks.append((tuple(layers), one["activation"]))
    if not networks:
        raise ValueError("it has no network")
    target = _text(told["target"]), classes, tuple(columns), tuple(parts), tuple(networks)
    return Model(*target, _finite(told["mean"]), _finite(told["scale"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} should be a text")
    return value


def _finite(value: Any) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value!r:.40} should be a finite number")
    return float(value)
