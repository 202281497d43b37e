"""A store is resumed with its own settings alone: what differs is named, and nothing is trained."""

import numpy as np
import pytest

import nnjax
from nnjax import machine

X = np.linspace(-1, 1, 6)[:, None]
DATA = nnjax.tasks.data(X, X**2, x_valid=X[:2], y_valid=X[:2])
ONES = tuple(nnjax.mlp.Layer(np.ones((n, k)), np.ones(k)) for n, k in ((1, 2), (2, 1)))
GIVEN = {"hidden": (2,), "seeds": 2, "num_steps": 4, "record_every": 2, "weight_decay": 0.1, "progress": False}
GIVEN |= {"layout": "matrices", "compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("stores") / "runs.zarr"
    nnjax.sweep(DATA, **GIVEN, store=path)
    return path


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"decay_biases": False}, r"decay_biases: .* there, False here"),
        ({"patience": 1}, r"patience: not given there, 1 here"),
        ({"keep_params": True}, r"keep_params: not given there, True here"),
        ({"start": ONES}, r"start: not given there, sha256 .* here"),
        ({"mask": ONES}, r"mask: not given there, sha256 .* here"),
        ({"data": DATA._replace(x_valid=None, y_valid=None)}, r"shapes: "),
        ({"data": DATA._replace(x_valid=X[1:3])}, r"data: other numbers"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_another_setting_is_refused_by_name(store, changed, told, monkeypatch):
    monkeypatch.setattr(nnjax.engine.local, "train", None)
    with pytest.raises(ValueError, match=told):
        nnjax.sweep(**{"data": DATA, **GIVEN, **changed}, store=store)
