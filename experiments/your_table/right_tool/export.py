"""The network that is handed over: model.npz, model.json, and the file that loads both with NumPy alone."""

from pathlib import Path
from typing import Any

import numpy as np

from experiments.your_table.shared import columns, model
from experiments.your_table.shared.describe import Table


def files(table: Table, fit: Any) -> dict[str, Any]:
    """The files by name: arrays, the content of JSON, and a text. Scaling becomes part of the weights, in float64."""
    kinds = {one.name: one for one in table.columns}
    inputs: list[dict[str, Any]] = []
    mean, scale = [], []
    for part in fit.transformer_.describe():
        name = part["column"]
        if part["kind"] == "category":
            inputs += [{"column": name, "category": one} for one in part["categories"]]
            mean += [0.0] * len(part["categories"])
            scale += [1.0] * len(part["categories"])
            continue
        more: dict[str, Any] = {"date": True} if kinds[name].kind == columns.DATE else {}
        more |= {"decimal": ","} if kinds[name].decimal == "," else {}
        inputs.append({"column": name, "median": part["median"], **more})
        mean.append(part["mean"])
        scale.append(part["scale"])
    arrays: dict[str, np.ndarray] = {}
    for m, (params, _) in enumerate(fit.networks_):
        layers = [(np.asarray(w, float), np.asarray(b, float)) for w, b in params]
        w, b = layers[0]
        layers[0] = (w / np.array(scale)[:, None], b - (np.array(mean) / np.array(scale)) @ w)
        if not table.classes:
            w, b = layers[-1]
            layers[-1] = (w * fit.target_.scale, b * fit.target_.scale + fit.target_.mean)
        for i, (w, b) in enumerate(layers):
            arrays |= {f"w{m}.{i}": w, f"b{m}.{i}": b}
    told = {
        "target": table.target,
        "inputs": inputs,
        "classes": list(table.classes),
        "activations": [name for _, name in fit.networks_],
        "layers": [len(params) for params, _ in fit.networks_],
    }
    return {"model.npz": arrays, "model.json": told, "model.py": Path(model.__file__).read_text(encoding="utf-8")}
