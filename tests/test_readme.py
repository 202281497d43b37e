"""What the README shows first runs, and does what it says."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_from_a_sweep_to_the_best_network_and_its_drawing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    first, drawing = BLOCKS[:2]
    smaller = first.replace("seeds=1000", "seeds=40")
    assert smaller != first
    names: dict = {}
    exec(smaller, names)  # the README's own text
    assert names["best"].train_loss.dims == ()
    assert names["best"].train_loss == names["runs"].train_loss.sel(hidden="2", activation="tanh").min()
    logits = names["nnjax"].mlp.predict(names["params"], names["data"].x, **names["settings"])
    np.testing.assert_array_equal(logits > 0, names["data"].y == 1)
    assert str(logits) in capsys.readouterr().out
    (named,) = re.findall(r"`nnjax\.refit\(runs, data, (.*?)\)`", README, re.DOTALL)
    point = eval(f"dict({named})") | {"hidden": "2"}
    assert names["runs"].accuracy.sel(point) == 1, "the network that the README names learns XOR"
    exec(drawing, names)
    plt.close("all")
    assert plt.imread("best.png").std() > 0.05
