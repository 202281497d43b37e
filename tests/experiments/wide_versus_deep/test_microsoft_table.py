"""The Microsoft table on digits: rules that can say no or nothing, captions, shapes, and a tiny run to its end."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from experiments.lab.figures import use_style
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED
from experiments.wide_versus_deep.microsoft_table import config, figures, published_mnist, run, summary, verdicts
from experiments.wide_versus_deep.shared import readings
from experiments.wide_versus_deep.shared.microsoft import WORD_ERRORS
from experiments.wide_versus_deep.shared.tasks import DIGITS
from nnjax import mlp

NETWORKS = ["1", "2", "3", "5", "=3", "=5", "wide"]
TABLE = [WORD_ERRORS[name] / 100 if name != "=3" else 0.226 for name in NETWORKS]


def made_up(means, spread=0.002, again=0.0, task=config.MNIST1D):
    """Log errors around these means of NETWORKS, on draws that all share; those after a second tuning `again` more.

    The wide network was tuned once.
    """
    rng = np.random.default_rng(0)
    first = np.log10(means)[:, None, None] + 0.02 * rng.normal(size=(8, 1)) + spread * rng.normal(size=(7, 8, 2))
    error = np.stack([first, first + again])[None]
    error[:, 1, -1] = np.nan
    twice = ("task", "tuning", "network")
    return xr.Dataset(
        {
            "error": ((*twice, "draw", "seed"), error),
            "learning_rate": (twice, np.full((1, 2, 7), 0.003)),
            "rate_at_end": (twice, np.zeros((1, 2, 7))),
            "num_params": (("task", "network"), 1_000 * np.arange(1, 8)[None]),
            "width": (("task", "network"), np.arange(1, 8)[None]),
            "steps": ("task", [9]),
        },
        coords={"task": [task], "tuning": ["first", "second"], "network": NETWORKS},
        attrs={"neurons": 64, "layers": [1, 2, 3, 5], "matched": [3, 5], "epochs": 9},
    )


def judged(data):
    return {v.id.partition(": ")[2]: v for v in verdicts.verdicts(data)}


def outcomes(data):
    return {name: v.outcome for name, v in judged(data).items()}


def test_the_published_table_would_be_reproduced():
    found = outcomes(made_up(TABLE))
    assert set(found.values()) == {REPRODUCED}
    assert set(found) == {"each layer", "3 against =3", "5 against =5", "5 against wide", "2 against wide"}


def test_each_layer_is_read_alone():
    assert outcomes(made_up([0.24, 0.2, 0.19, 0.19, 0.2, 0.2, 0.2]))["each layer"] == PARTLY  # the last is equal
    assert outcomes(made_up([0.24, 0.2, 0.21, 0.18, 0.2, 0.2, 0.2]))["each layer"] == PARTLY  # 3 hurts
    found = judged(made_up([0.2] * 4 + [0.3] * 3))["each layer"]
    assert found.outcome == NOT_REPRODUCED
    assert "A layer makes no difference from 1 to 2, 2 to 3, 3 to 5." in found.finding
    assert outcomes(made_up([0.2] * 4 + [0.3] * 3, spread=0.1))["each layer"] == NOT_SETTLED


def test_equal_is_a_result_and_a_small_gain_is_called_so():
    """An interval inside the margin is equal, not open; one off 1 but within the margin is small."""
    data = made_up([0.24, 0.2, 0.19, 0.18, 0.19, 0.18, 0.185])
    found = judged(data)
    assert found["5 against =5"].outcome == NOT_REPRODUCED
    assert found["5 against =5"].finding.endswith("The errors are equal.")
    assert found["5 against wide"].outcome == REPRODUCED
    assert found["5 against wide"].finding.endswith(
        "Depth helps (small). Small: the errors are within a factor of 1.1."
    )
    found = judged(made_up([0.24, 0.2, 0.19, 0.18, 0.18, 0.175, 0.16]))
    assert found["5 against wide"].finding.endswith("Depth hurts.")
    assert found["5 against wide"].outcome == found["2 against wide"].outcome == NOT_REPRODUCED


def test_what_is_open_tells_what_could_be_shown_and_what_half_of_it_costs():
    data = made_up([0.24, 0.2, 0.19, 0.18, 0.182, 0.185, 0.2], spread=0.1)
    found = judged(data)["5 against =5"]
    assert found.outcome == NOT_SETTLED
    assert "Halving this interval would take 4 times the draws and tunings" in found.finding
    assert f"threshold by a factor of more than {np.sqrt(found.high / found.low):.3g}." in found.finding
    found = judged(data.assign_coords(task=[DIGITS]))["5 against =5"]
    assert "More draws of the same 4,000 digits cannot halve this interval." in found.finding


def test_the_price_of_half_an_interval_by_hand():
    """Draws with variance s^2, tuning with v: on the digits s^2 / 3 stays, so v must be large for it to be halved."""
    data = made_up([0.2] * 7, again=0.3)
    one = summary.pairs(data, config.MNIST1D)[0]
    assert summary.halving(data, one) == pytest.approx(4)
    gained = (data.error.sel(network="3") - data.error.sel(network="=3")).sel(tuning="first").mean("seed").values
    shown, tuned = gained.var(ddof=1), 2 * 0.3**2 / 2
    times = summary.halving(data.assign_coords(task=[DIGITS]), one._replace(task=DIGITS))
    assert (shown / 8 + tuned) / times + shown / 3 == pytest.approx((shown / 8 + tuned + shown / 3) / 4)


def test_chance_in_tuning_is_pooled_over_what_was_tuned_twice():
    """Six networks that differ by 0.02 after the second tuning: 0.0004 / 2 with six degrees of freedom, and twice."""
    data = made_up([0.2] * 7, again=0.02)
    assert summary.tuning_variance(data, config.MNIST1D) == pytest.approx((0.0002, 6))
    assert summary.tuning_variance(data, config.MNIST1D, 2) == pytest.approx((0.0004, 6))
    widths = [
        one.found.high - one.found.low for d in (data, made_up([0.2] * 7)) for one in summary.pairs(d, "MNIST-1D")
    ]
    assert min(widths[:4]) > 2 * 2.4 * 0.02 > max(widths[4:])
    assert summary.compare(data, config.MNIST1D, "1", "1").found[:3] == (0, 0, 0)


def test_a_rate_at_an_end_of_those_tried_settles_nothing():
    data = made_up(TABLE)
    data["rate_at_end"].loc[{"network": "=5", "tuning": "first"}] = 1
    found = judged(data)
    assert found["5 against =5"].outcome == NOT_SETTLED
    assert "A tuned rate of 5 x 4 against 1 x 6 lies at an end of those tried." in found["5 against =5"].finding
    assert found["5 against wide"].outcome == found["each layer"].outcome == REPRODUCED


def test_a_rate_at_an_end_stops_a_full_run():
    found = made_up(TABLE).isel(task=0).rename(network="kind")
    run.refuse_ends(config.MNIST1D, found, config.FULL)
    found["rate_at_end"].loc[{"kind": "=5", "tuning": "second"}] = -1
    with pytest.raises(ValueError, match=r"^grow=6 leaves .* 'MNIST-1D' for the networks =5; what was trained is kept"):
        run.refuse_ends(config.MNIST1D, found, config.FULL)
    assert config.FULL.fail_at_edge


def captions(data):
    with use_style():
        found = {name: " ".join(one.texts[-1].get_text().split()) for name, one in figures.figures(data).items()}
    plt.close("all")
    return found


def test_draws_that_deal_the_same_digits_count_for_less():
    plain, digits = made_up(TABLE), made_up(TABLE, task=DIGITS)
    widths = [
        one.found.high - one.found.low
        for one in (summary.compare(plain, config.MNIST1D, "5", "=5"), summary.compare(digits, DIGITS, "5", "=5"))
    ]
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(1 + 8 / 3))
    assert all("wider for MNIST digits, as draws" in text for text in captions(digits).values())
    assert not any("wider for" in text for text in captions(plain).values())


@pytest.mark.parametrize("layers", [[1, 3, 5], [1, 5]])
def test_a_table_without_two_layers_is_judged_and_drawn(layers):
    """Such networks as `check` lets through."""
    data = made_up(TABLE).sel(network=[*map(str, layers), "=5", "wide"])
    data.attrs |= {"layers": layers, "matched": 5}  # a file gives one number back for a list of one
    found = outcomes(data)
    assert set(found) == {"each layer", "5 against =5", "5 against wide"}
    assert set(found.values()) == {REPRODUCED}
    assert set(captions(data)) == {"tables", "weights", "ratios"}


def test_the_published_networks_of_mnist_have_equal_weights():
    for deep, shallow in published_mnist.PAIRS:
        for name in (deep, shallow):
            layers, width = (int(one.replace(",", "")) for one in name.split(" x "))
            assert published_mnist.RESULTS[name].params == mlp.num_params((784, *(width,) * layers, 10))
        both = published_mnist.RESULTS[deep].params / published_mnist.RESULTS[shallow].params
        assert 1 <= both < 1.05
    middle, low, high = published_mnist.ratio("4 x 632", "1 x 2,048")
    assert middle == pytest.approx(2.06 / 1.75)
    assert 1 < low < middle < high < 1.3


def test_shapes_are_those_of_the_table():
    full = dataclasses.replace(config.FULL, neurons=2_048, layers=(1, 5, 7), matched=(5, 7))
    found = run.shapes((429, 9_304), full)  # the original's inputs, outputs and neurons
    assert found["7"] == (2_048,) * 7
    assert (found["=5"], found["=7"]) == ((3_772,), (4_634,))  # as published
    assert found["wide"] == (4 * 4_634,)
    deep, shallow = (mlp.num_params((429, *found[name], 9_304)) for name in ("5", "=5"))
    assert 0 <= deep - shallow < 429 + 1 + 9_304


def test_the_full_run_is_as_large_as_promised():
    assert [config.num_steps(task, config.FULL) for task in config.TASKS] == [40 * 400, 40 * 30]
    assert [draws * config.FULL.tuning_seeds for draws in config.FULL.tuning_draws] == [4, 8]
    assert readings.MARGIN == 1.1


def test_so_few_neurons_that_two_networks_are_one_are_refused():
    with pytest.raises(ValueError, match=r"^neurons=1 must be more"):
        run.run(dataclasses.replace(config.QUICK, neurons=1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tasks": ("speech",)}, "tasks="),
        ({"tuning_draws": (2,)}, "tuning_draws="),
        ({"layers": (2, 3)}, "layers="),
        ({"layers": (1, 7), "matched": (7,)}, r"layers=\(1, 7\) must .* at most 5"),
        ({"matched": (6,)}, "matched="),
        ({"wider": 1}, "wider="),
        ({"draws": 1}, "draws="),
        ({"rows": 250}, "rows="),
        ({"rates": (0.1, 0.2)}, "rates="),
        ({"rates": (0.1, 0.2, 0.3)}, "rates=.* same multiple"),
    ],
)
def test_a_bad_config_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        config.check(dataclasses.replace(config.FULL, **change))


@pytest.mark.slow
def test_a_tiny_run(redrawn):
    tiny = dataclasses.replace(config.QUICK, neurons=8, seeds_per_draw=2, epochs=25)
    data = run.run(tiny)
    assert data.error.dims == ("task", "tuning", "network", "draw", "seed")
    assert list(data.network.values) == ["1", "2", "=2", "wide"]
    assert data.num_params.values[0].tolist() == [mlp.num_params((40, *h, 10)) for h in ((8,), (8, 8), (9,), (36,))]
    error = 10 ** data.error.sel(tuning="first").mean(["draw", "seed"])
    assert error.sel(network="wide") < error.sel(network="1") < 0.9  # chance has 0.9
    assert np.isfinite(data.error.sel(tuning="first")).all()
    assert np.isfinite(data.error.sel(tuning="second")).all(["task", "draw", "seed"]).values.tolist() == [True] * 3 + [
        False
    ]
    assert redrawn("wide_versus_deep.microsoft_table", data, tiny) == ["ratios", "tables", "weights"]
    assert len(verdicts.table(data)) == 4
