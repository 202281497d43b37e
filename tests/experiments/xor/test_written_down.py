"""XOR written down: exact networks, exact certificates, and verdicts that can say no."""

import numpy as np
import pytest

from experiments.lab import checks
from experiments.lab.verdicts import check_verdicts
from experiments.xor.written_down import config, run, verdicts
from nnjax.mlp import Layer
from nnjax.theory import constructions


@pytest.fixture(scope="module")
def written():
    return run.run(config.QUICK)


def outcomes(data):
    return {v.id: v.outcome for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(config.QUICK))}


def test_all_networks_are_exact_and_reproduced(written):
    assert dict(written.sizes) | {"network": 5, "dtype": 2, "row": 4, "function": 16} == dict(written.sizes)
    assert (written.output == written.target).all()
    assert set(outcomes(written).values()) == {"reproduced"}


def test_the_weights_are_those_of_the_textbook(written):
    gate = written.sel(network="AND").isel(layer=1)
    assert gate.weights.values[:, 0].tolist() == [0.5, 0.5]
    assert gate.thresholds.values[0] == 0.7
    mlp = written.sel(network="XOR, thresholds 0.5")
    assert mlp.thresholds.values[~np.isnan(mlp.thresholds.values)].tolist() == [0.5] * 3


def test_a_broken_network_is_not_reproduced(monkeypatch):
    def broken():
        hidden, _ = constructions.xor_from_gates()
        return hidden, Layer(w=np.array([[0.5], [0.5]], np.float32), b=np.array([-1.2], np.float32))

    monkeypatch.setitem(run.BUILD, "XOR from gates", broken)
    found = outcomes(run.run(config.QUICK))
    assert {name: outcome for name, outcome in found.items() if outcome != "reproduced"} == {
        "XOR from gates": "not reproduced"
    }


def test_one_wrong_row_in_one_precision_is_not_reproduced(written):
    data = written.copy(deep=True)
    data.output[0, 1, 3] = 0.0
    assert outcomes(data)["AND"] == "not reproduced"


def test_exactly_xor_and_its_complement_are_no_unit(written):
    assert written.function[written.num_units == 0].values.tolist() == ["xor", "xnor"]
    assert written.function[written.certificate != ""].values.tolist() == ["xor", "xnor"]
    assert written.certificate.sel(function="xor").item() == "(0,1) + (1,0) = (0,0) + (1,1)"


@pytest.mark.parametrize("variable", ["num_units", "certificate"])
def test_without_its_certificate_impossibility_is_not_reproduced(written, variable):
    data = written.copy(deep=True)
    data[variable].loc[{"function": "xor"}] = {"num_units": 1, "certificate": ""}[variable]
    found = outcomes(data)
    assert found["no single unit"] == found["one unit is enough"] == "not reproduced"


def test_an_unknown_network_is_refused():
    with pytest.raises(ValueError, match=r"networks=.*NOT ANT.*NOT AND"):
        checks.check(config.Config(networks=("NOT ANT",)))


def test_figures_are_drawn_from_the_data_alone(written, redrawn):
    assert redrawn("xor.written_down", written) == ["gates", "xor"]
    assert len(verdicts.table(written)) == 5 * 2 + 16
