"""The Microsoft table on digits: rules that can say no or nothing, captions, shapes, and a tiny run to its end."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.wide_versus_deep.microsoft_table import config, figures, run, summary, verdicts
from experiments.wide_versus_deep.shared.microsoft import WORD_ERRORS
from nnjax import mlp

NETWORKS = ["1", "2", "3", "5", "=3", "=5", "wide"]


def made_up(means, spread=0.002):
    """Errors [task, network, draw, seed] around these means of NETWORKS, on draws that all networks share."""
    rng = np.random.default_rng(0)
    noise = 0.02 * rng.normal(size=(8, 1)) + spread * rng.normal(size=(len(NETWORKS), 8, 2))
    numbers = {name: (("task", "network"), np.full((1, len(NETWORKS)), 0.003)) for name in (*run.NUMBERS, "stop")}
    sizes = {name: (("task", "network"), np.arange(1, 8)[None]) for name in ("num_params", "width")}
    error = (np.array(means)[:, None, None] + noise)[None]
    return xr.Dataset(
        numbers | sizes | {"error": (("task", "network", "draw", "seed"), error)},
        coords={"task": ["MNIST-1D"], "network": NETWORKS},
        attrs={"neurons": [64], "layers": [1, 2, 3, 5], "matched": [3, 5], "num_steps": 9},
    )


def outcomes(data):
    return {v.id.partition(": ")[2]: v.outcome for v in verdicts.verdicts(data)}


def test_the_published_table_would_be_reproduced():
    found = outcomes(made_up([WORD_ERRORS[name] / 100 if name != "=3" else 0.226 for name in NETWORKS]))
    assert set(found.values()) == {REPRODUCED}
    assert set(found) == {"each layer", "3 against =3", "5 against =5", "5 against wide", "2 against wide"}


def test_each_layer_must_help_for_certain():
    assert outcomes(made_up([0.24, 0.2, 0.19, 0.19, 0.2, 0.2, 0.2]))["each layer"] == NOT_SETTLED  # nor the last
    assert outcomes(made_up([0.24, 0.2, 0.21, 0.18, 0.2, 0.2, 0.2]))["each layer"] == NOT_REPRODUCED  # 3 hurts
    assert outcomes(made_up([0.24] * 7))["each layer"] == NOT_SETTLED
    assert outcomes(made_up([0.24, 0.241, 0.242, 0.25, 0.2, 0.2, 0.2], 0.02))["each layer"] == NOT_REPRODUCED  # in all


def test_a_wide_one_that_catches_up_is_told():
    found = outcomes(made_up([0.24, 0.2, 0.19, 0.18, 0.18, 0.175, 0.16]))
    assert found["5 against wide"] == found["2 against wide"] == found["5 against =5"] == NOT_REPRODUCED


def test_a_difference_that_is_not_certain_settles_nothing():
    noisy = made_up([0.24, 0.2, 0.19, 0.18, 0.182, 0.185, 0.2], spread=0.03)
    one = summary.gain(noisy, "MNIST-1D", "5", "=5")
    assert one.low < 0 < one.estimate
    assert outcomes(noisy)["5 against =5"] == NOT_SETTLED
    against = made_up([0.24, 0.2, 0.19, 0.186, 0.182, 0.185, 0.2], spread=0.03)
    one = summary.gain(against, "MNIST-1D", "5", "=5")
    assert one.estimate <= 0 < one.high
    assert outcomes(against)["5 against =5"] == NOT_SETTLED


def test_pairs_are_judged_together():
    """A gain that is certain alone, p = 0.03, is not among four pairs, the others of which are of equal networks."""
    data = made_up([0.2] * 7)
    for name, same in (("=3", "3"), ("wide", "5"), ("2", "5")):
        data["error"].loc[{"network": name}] = data.error.sel(network=same).values
    gained = 0.001 * np.array([5, 1, 4, -1, 3, 0, 4, 1])[:, None]
    data["error"].loc[{"network": "=5"}] = data.error.sel(network="5").values + gained
    alone, together = summary.gain(data, "MNIST-1D", "5", "=5"), summary.pairs(data)["MNIST-1D", "5", "=5"]
    assert 0 < alone.low == together.low
    assert together.p_value == pytest.approx(4 * alone.p_value)
    assert outcomes(data)["5 against =5"] == NOT_SETTLED
    verdict = next(v for v in verdicts.verdicts(data) if v.id.endswith("5 against =5"))
    assert "Holm's rule at 0.05 over all 4 pairs" in verdict.rule


def test_a_rate_at_an_end_of_its_grid_leaves_what_it_could_undo_open():
    data = made_up([WORD_ERRORS[name] / 100 if name != "=3" else 0.226 for name in NETWORKS])
    data.attrs["edges"] = [0.001, 0.01]
    assert set(outcomes(data).values()) == {REPRODUCED}
    data["learning_rate"].loc[{"network": ["1", "=5"]}] = 0.01
    data["learning_rate"].loc[{"network": "5"}] = 0.001  # it could only gain more
    found = {v.id.partition(": ")[2]: v for v in verdicts.verdicts(data)}
    assert found["each layer"].outcome == NOT_SETTLED  # from 1 to 2 it is open
    assert "ends of the grid: 2 of 4 networks" in found["each layer"].finding
    assert found["5 against =5"].outcome == NOT_SETTLED
    assert "the tuned rate of 1 x 6 lies at an end of its grid" in found["5 against =5"].finding
    assert found["5 against wide"].outcome == REPRODUCED
    del data.attrs["edges"]  # the oldest data do not hold the rates, which were those of FULL
    assert outcomes(data)["5 against =5"] == NOT_SETTLED


def test_draws_that_deal_the_same_digits_count_for_less():
    data = made_up([0.24, 0.2, 0.19, 0.18, 0.182, 0.185, 0.2])
    digits = data.assign_coords(task=["MNIST digits"])
    wide, plain = summary.gain(digits, "MNIST digits", "5", "=5"), summary.gain(data, "MNIST-1D", "5", "=5")
    assert (wide.high - wide.low) / (plain.high - plain.low) == pytest.approx(np.sqrt(1 + 8 / 3))
    wide, plain = summary.error(digits, "MNIST digits", "5"), summary.error(data, "MNIST-1D", "5")
    assert (wide.high - wide.low) / (plain.high - plain.low) == pytest.approx(np.sqrt(1 + 8 / 3))
    with use_style():
        captions = [draw for one in (digits, data) for draw in figures.figures(one).values()]
    plt.close("all")
    told = ["MNIST digits: wider, as draws" in " ".join(one.texts[-1].get_text().split()) for one in captions]
    assert told == [True, True, False, False]


@pytest.mark.parametrize("layers", [[1, 3, 5], [1, 5]])
def test_a_table_without_two_layers_is_judged_and_drawn(layers):
    """Such networks as `check` lets through."""
    data = made_up([WORD_ERRORS[name] / 100 if name != "=3" else 0.226 for name in NETWORKS])
    data = data.sel(network=[*map(str, layers), "=5", "wide"])
    data.attrs |= {"layers": layers, "matched": [5]}
    found = outcomes(data)
    assert set(found) == {"each layer", "5 against =5", "5 against wide"}
    assert set(found.values()) == {REPRODUCED}
    with use_style():
        assert set(figures.figures(data)) == {"tables", "weights"}
    plt.close("all")


def test_shapes_are_those_of_the_table():
    found = run.shapes(
        (429, 9_304), 2_048, dataclasses.replace(config.FULL, layers=(1, 5, 7))
    )  # the original's inputs, outputs and neurons
    assert found["7"] == (2_048,) * 7
    assert (found["=5"], found["=7"]) == ((3_772,), (4_634,))  # as published
    assert found["wide"] == (4 * 4_634,)
    deep, shallow = (mlp.num_params((429, *found[name], 9_304)) for name in ("5", "=5"))
    assert 0 <= deep - shallow < 429 + 1 + 9_304


def test_so_few_neurons_that_two_networks_are_one_are_refused():
    with pytest.raises(ValueError, match=r"^neurons=1 must be more"):
        run.run(dataclasses.replace(config.QUICK, neurons=(1,)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tasks": ("speech",)}, "tasks="),
        ({"neurons": (64,)}, "neurons="),
        ({"layers": (2, 3)}, "layers="),
        ({"layers": (1, 7), "matched": (7,)}, r"layers=\(1, 7\) must .* at most 5"),
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
        config.check(dataclasses.replace(config.FULL, **change))


@pytest.mark.slow
def test_a_tiny_run(redrawn):
    tiny = dataclasses.replace(
        config.QUICK, neurons=(8,), layers=(1, 2), matched=(2,), draws=2, rates=(0.003, 0.03), num_steps=200
    )
    data = run.run(tiny)
    assert data.error.dims == ("task", "network", "draw", "seed")
    assert list(data.network.values) == ["1", "2", "=2", "wide"]
    assert data.num_params.values[0].tolist() == [mlp.num_params((40, *h, 10)) for h in ((8,), (8, 8), (9,), (36,))]
    assert data.error.sel(network="wide").mean() < data.error.sel(network="1").mean() < 0.9  # chance has 0.9
    assert data.stop.min() > 0
    assert redrawn("wide_versus_deep.microsoft_table", data, tiny) == ["tables", "weights"]
    assert len(verdicts.table(data)) == 4
