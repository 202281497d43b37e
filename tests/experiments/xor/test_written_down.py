"""XOR written down: the weights of the textbook, and a measure that can say no."""

import numpy as np
import pytest

from experiments.lab.estimates import LEVEL
from experiments.xor import written_down
from nnjax.mlp import Layer
from nnjax.theory import constructions


@pytest.fixture(scope="module")
def written():
    return written_down.run(written_down.Config())


def test_all_networks_are_exact_with_the_weights_of_the_textbook(written):
    assert (written_down.rows_right(written) == 4).all()
    gate = written.sel(network="AND").isel(layer=1)
    assert gate.weights.values[:, 0].tolist() == [0.5, 0.5]
    assert gate.thresholds.values[0] == 0.7
    mlp = written.sel(network="XOR, thresholds 0.5")
    assert mlp.thresholds.values[~np.isnan(mlp.thresholds.values)].tolist() == [0.5] * 3


def test_a_broken_network_is_seen(monkeypatch):
    def broken():
        hidden, _ = constructions.xor_from_gates()
        return hidden, Layer(w=np.array([[0.5], [0.5]], np.float32), b=np.array([-1.2], np.float32))

    monkeypatch.setitem(written_down.NETWORKS, "XOR from gates", ("xor", broken))
    assert written_down.xor_from_gates(written_down.run(written_down.QUICK), LEVEL).value == 2


def test_the_worse_precision_counts(written):
    data = written.copy(deep=True)
    data.output.loc[{"network": "XOR from gates", "dtype": "float64", "row": "11"}] = 1.0
    assert written_down.xor_from_gates(data, LEVEL).value == 3
