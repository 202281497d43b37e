import dataclasses

import numpy as np
import pytest
import xarray as xr

from experiments.lab import check_verdicts
from experiments.wide_versus_deep import _microsoft_table_runs as runs
from experiments.wide_versus_deep import _microsoft_table_verdicts as rules
from experiments.wide_versus_deep import microsoft_table
from nnjax import mlp

NETWORKS = ["1", "2", "3", "5", "=3", "=5", "wide"]


def made_up(means, spread=0.002):
    """Errors [task, network, draw, seed] around these means of NETWORKS, on draws that all networks share."""
    rng = np.random.default_rng(0)
    noise = 0.02 * rng.normal(size=(8, 1)) + spread * rng.normal(size=(len(NETWORKS), 8, 2))
    numbers = {name: (("task", "network"), np.ones((1, len(NETWORKS)))) for name in (*runs.NUMBERS, "stop")}
    sizes = {name: (("task", "network"), np.arange(1, 8)[None]) for name in ("num_params", "width")}
    error = (np.array(means)[:, None, None] + noise)[None]
    return xr.Dataset(
        numbers | sizes | {"error": (("task", "network", "draw", "seed"), error)},
        coords={"task": ["MNIST-1D"], "network": NETWORKS},
        attrs={"command": "-", "neurons": [64], "layers": [1, 2, 3, 5], "matched": [3, 5], "num_steps": 9},
    )


def outcomes(data):
    return {v.id.partition(": ")[2]: v.verdict for v in check_verdicts(microsoft_table.verdicts(data))}


def test_the_published_table_would_be_reproduced():
    found = outcomes(made_up([rules.MICROSOFT[name] / 100 if name != "=3" else 0.226 for name in NETWORKS]))
    assert set(found.values()) == {"reproduced"}
    assert set(found) == {"each layer", "3 against =3", "5 against =5", "5 against wide", "2 against wide"}


def test_each_layer_must_help_for_certain():
    assert outcomes(made_up([0.24, 0.2, 0.19, 0.19, 0.2, 0.2, 0.2]))["each layer"] == "partly"
    assert outcomes(made_up([0.24, 0.2, 0.21, 0.18, 0.2, 0.2, 0.2]))["each layer"] == "not reproduced"  # 3 hurts
    assert outcomes(made_up([0.24] * 7))["each layer"] == "not reproduced"


def test_a_wide_one_that_catches_up_is_told():
    found = outcomes(made_up([0.24, 0.2, 0.19, 0.18, 0.18, 0.175, 0.16]))
    assert found["5 against wide"] == found["2 against wide"] == found["5 against =5"] == "not reproduced"


def test_a_gain_that_is_not_certain_is_partly_one():
    noisy = made_up([0.24, 0.2, 0.19, 0.18, 0.182, 0.185, 0.2], spread=0.03)
    one = rules.gain(noisy, "MNIST-1D", "5", "=5")
    assert one.low < 0 < one.estimate
    assert outcomes(noisy)["5 against =5"] == "partly"


def test_shapes_are_those_of_the_table():
    config = dataclasses.replace(microsoft_table.FULL, layers=(1, 5, 7))
    found = runs.shapes((429, 9_304), 2_048, config)  # the original's inputs, outputs and neurons
    assert found["7"] == (2_048,) * 7
    assert (found["=5"], found["=7"]) == ((3_772,), (4_634,))  # as published
    assert found["wide"] == (4 * 4_634,)
    deep, shallow = (mlp.num_params((429, *found[name], 9_304)) for name in ("5", "=5"))
    assert 0 <= deep - shallow < 429 + 1 + 9_304


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tasks": ("speech",)}, "tasks="),
        ({"neurons": (64,)}, "neurons="),
        ({"layers": (2, 3)}, "layers="),
        ({"matched": (6,)}, "matched="),
        ({"wider": 1}, "wider="),
        ({"draws": 1}, "draws="),
        ({"record_every": 300}, "record_every="),
        ({"rates": ()}, "rates="),
        ({"scales": (0.0,)}, "scales="),
    ],
)
def test_a_bad_config_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        microsoft_table.run(dataclasses.replace(microsoft_table.FULL, **change))


def test_a_tiny_run(redrawn):
    config = dataclasses.replace(
        microsoft_table.QUICK, neurons=(8,), layers=(1, 2), matched=(2,), draws=2, rates=(0.003, 0.03), num_steps=200
    )
    data = microsoft_table.run(config)
    assert data.error.dims == ("task", "network", "draw", "seed")
    assert list(data.network.values) == ["1", "2", "=2", "wide"]
    assert data.num_params.values[0].tolist() == [mlp.num_params((40, *h, 10)) for h in ((8,), (8, 8), (9,), (36,))]
    assert data.error.sel(network="wide").mean() < data.error.sel(network="1").mean() < 0.9  # chance has 0.9
    assert data.stop.min() > 0
    assert redrawn(microsoft_table, data) == ["tables", "weights"]
    assert len(microsoft_table.table(data)) == 4
