"""The Microsoft experiment on speech: verdicts that can say no, figures from data alone, and a tiny run on noise."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PARTLY, REPRODUCED, check_statements
from experiments.wide_versus_deep.shared.microsoft import WORD_ERRORS
from experiments.wide_versus_deep.speech import config, examples, networks, pretraining, run, summary, verdicts
from experiments.wide_versus_deep.speech.corpus import labelled, recordings
from nnjax import mlp, statistics

CLAIM = "wide_versus_deep.speech"
VOICES = examples.CHOOSING + examples.REPORTED
NETWORKS = ["1", "2", "3", "4", "5", "=5", "wide"]
FIGURES = ["hours", "tables", "training", "utterance", "weights"]
# As the original has it, in percent.
LIKE_THERE = {name: WORD_ERRORS[name] for name in NETWORKS}
SYNTHETIC = config.Config(
    activations=("relu",), neurons=(10,), layers=((1, 2, 3, 4, 5),), steps=(120,), pretrained=("relu",)
)


def synthetic(means=LIKE_THERE, pretrained=1.0, leads=(0.5, 1.5), later=1.0, longest=1.0, spread=0.1):
    """One column of these mean errors: voices differ much, but all networks share them; pretrained ones err less, and
    deep ones gain so many points by longer training; the deep one as many on the equal one by the longest.
    """
    rng = np.random.default_rng(0)
    middle = np.array([means[name] for name in NETWORKS])
    voices = rng.normal(size=VOICES) * 4
    noise = spread * rng.normal(size=(1, 2, len(NETWORKS), 4, VOICES))
    error = (middle[:, None, None] + voices + noise + np.array([2.0, 0.0])[:, None, None, None]) / 100
    deep = [name.isdigit() and name != "1" for name in NETWORKS]
    error[:, 0, deep] += later / 100
    better = (error[:, 1] - pretrained / 100)[:, :5].copy()
    better[:, 0] = np.nan
    better = np.concatenate([better, np.full((1, 2, 4, VOICES), np.nan)], axis=1)
    hours = 20 + voices + spread * rng.normal(size=(2, 3, 3, VOICES))
    hours[:, 1:] += np.array(leads)[:, None, None, None]
    further = np.array([1.0, 1.0 - longest])[:, None, None]
    sizes = {"num_params": [100, 150, 200, 250, 300, 300, 1200], "width": [10, 10, 10, 10, 10, 25, 100]}
    sizes |= {"learning_rate": [1e-3] * 7, "weight_decay": [0.1] * 7, "seconds": [1.0, 1.5, 2.0, 2.5, 3.0, 3.0, 12.0]}
    rng_bands = rng.normal(size=(examples.SHOWN, 40))
    return xr.Dataset(
        {name: (("column", "network"), np.array([values])) for name, values in sizes.items()}
        | {
            "error": (("column", "length", "network", "seed", "voice"), error),
            "pretrained": (("column", "network", "seed", "voice"), better),
            "said": (("column", "network", "shown"), rng.integers(0, 3, (1, 7, examples.SHOWN))),
            "hours_error": (("hours", "compared", "hours_seed", "voice"), hours / 100),
            "longer_error": (("longest", "hours_seed", "voice"), error[0, 1, [4, 5], :3] - further / 100),
            "longer_learning_rate": ("longest", [1e-3, 2e-3]),
            "longer_weight_decay": ("longest", [0.1, 0.1]),
            "num_steps": (("column", "length"), [[30, 120]]),
            "shown_bands": (("shown", "band"), rng_bands),
            "shown_class": ("shown", np.repeat([0, 1, 2, 1], examples.SHOWN // 4)),
            "class_name": ("class", ["other 1", "_", "n 2"]),
        },
        {"column": ["relu 10"], "network": NETWORKS, "length": [4, 1], "hours": [0.5, 2.0],
         "compared": ["5", "=5", "wide"], "longest": ["5", "=5"], "voice": examples.PERSONS},
        {"edges": [1e-4, 1e-2], "num_frames": 1000, "batch_size": 100, "longer": 3, "train_hours": 0.5,
         "development_voices": examples.CHOOSING, "num_classes": 3},
    )  # fmt: skip


def outcomes(data):
    return {v.id: v.outcome for v in verdicts.verdicts(data)}


def test_the_published_table_would_be_reproduced():
    found = outcomes(synthetic())
    assert set(found.values()) == {REPRODUCED}
    assert {name.partition(": ")[2] for name in found if name.startswith("relu 10:")} == {
        "each layer", "gain", "5 against =5", "5 against wide", "5 against =5, equal seconds",
        "5 against wide, equal seconds", "pretraining", "longer, 5 against =5", "longer, 5 against wide",
        "longest, 5 against =5", "longest, 5 against wide",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"3": 25.0}, "relu 10: each layer"),  # the third one hurts
        ({"2": 24.2, "3": 24.2, "4": 24.2, "5": 24.2}, "relu 10: gain"),
        ({"=5": 16.0}, "relu 10: 5 against =5"),
        ({"wide": 16.0}, "relu 10: 5 against wide"),
        ({"wide": 14.0}, "relu 10: 5 against wide, equal seconds"),
    ],
)
def test_verdicts_can_say_no(change, name):
    assert outcomes(synthetic(LIKE_THERE | change))[name] == NOT_REPRODUCED


def test_other_verdicts_can_say_no_too():
    found = outcomes(synthetic(pretrained=-1.0, leads=(1.5, 0.5), later=-1.0, longest=-9.0))
    assert found["relu 10: pretraining"] == found["more speech: 5 against wide"] == NOT_REPRODUCED
    assert found["relu 10: longest, 5 against =5"] == NOT_REPRODUCED
    assert found["relu 10: longer, 5 against =5"] == found["relu 10: longer, 5 against wide"] == NOT_REPRODUCED
    assert outcomes(synthetic(LIKE_THERE | {"=5": 17.25}, spread=2.0))["relu 10: 5 against =5"] == NOT_SETTLED


def test_verdicts_can_be_undecided():
    same = outcomes(synthetic(LIKE_THERE | {"2": 24.2, "3": 24.2, "4": 24.2, "5": 24.2}))
    assert same["relu 10: each layer"] == NOT_SETTLED
    found = outcomes(synthetic(later=1.0, longest=-0.5))  # the lead rises, then falls a little
    assert found["relu 10: longer, 5 against =5"] == PARTLY
    assert found["relu 10: longer, 5 against wide"] == REPRODUCED
    assert outcomes(synthetic(LIKE_THERE | {"4": 17.79, "3": 17.8}, spread=1.0))["relu 10: each layer"] == NOT_SETTLED


def test_a_rate_at_an_end_of_its_grid_leaves_what_it_could_undo_open():
    data = synthetic()
    data["learning_rate"].loc[{"network": ["1", "=5"]}] = 1e-2
    found = {v.id: v for v in verdicts.verdicts(data)}
    assert found["relu 10: each layer"].outcome == NOT_SETTLED  # all but the step from 1 to 2
    assert found["relu 10: 5 against =5"].outcome == found["relu 10: longer, 5 against =5"].outcome == NOT_SETTLED
    assert "the tuned rate of 1 x 25 lies at an end of its grid" in found["relu 10: 5 against =5"].finding
    assert found["relu 10: 5 against wide"].outcome == REPRODUCED
    worse = synthetic(LIKE_THERE | {"=5": 16.0})  # there the deep network errs more
    worse["learning_rate"].loc[{"network": "=5"}] = 1e-2
    assert outcomes(worse)["relu 10: 5 against =5"] == NOT_REPRODUCED
    worse["learning_rate"].loc[{"network": "5"}] = 1e-4
    assert outcomes(worse)["relu 10: 5 against =5"] == NOT_SETTLED


@pytest.mark.parametrize("settings", [config.FULL, config.QUICK])
def test_statements_are_those_of_the_columns(settings):
    found = [one.id for one in check_statements(verdicts.statements(settings))]
    assert ("relu 256: each layer" in found) == ("sigmoid 256: pretraining" in found) == (settings == config.FULL)
    assert "more speech: 5 against wide" in found


def test_where_layers_are_left_out_nothing_is_said_of_each():
    found = outcomes(synthetic().isel(network=[0, 2, 4, 5, 6]))
    assert "relu 10: each layer" not in found
    assert found["relu 10: gain"] == REPRODUCED


def test_the_far_wider_one_may_win_where_time_is_equal():
    assert outcomes(synthetic(LIKE_THERE | {"wide": 14.0}))["relu 10: longest, 5 against wide"] == NOT_REPRODUCED


def test_seeds_that_agree_leave_students_interval_over_voices():
    voices = np.random.default_rng(0).normal(0.5, 1, 12)
    one, student = summary.lead(np.tile(voices, (4, 1))), statistics.mean(voices)
    assert (one.estimate, one.low, one.high, one.p_value) == pytest.approx(student)


def test_intervals_hold_for_other_voices_and_other_seeds():
    rng = np.random.default_rng(0)
    shape, runs_ = (6, 12), 2000
    effects = rng.normal(size=(runs_, 6, 1)) + 1.4 * rng.normal(size=(runs_, 1, 12)) + rng.normal(size=(runs_, *shape))
    found = [summary.lead(one) for one in effects]
    assert 0.93 < np.mean([one.low < 0 < one.high for one in found]) < 0.98
    assert 0.02 < np.mean([one.p_value < 0.05 for one in found]) < 0.07


def test_both_voices_and_seeds_must_be_certain():
    rng = np.random.default_rng(0)
    by_seed = rng.normal(size=(4, 1)) * np.ones((1, 12))  # one seed like another voice after voice
    one = summary.gain(by_seed, by_seed + np.array([[3.0], [-2.0], [3.0], [-2.0]]))
    assert (one.estimate, one.ahead) == (pytest.approx(0.5), 12)
    assert one.p_value > 0.5
    assert one.low < 0 < one.high


def test_at_equal_minutes_a_slow_network_is_read_earlier():
    data = synthetic(later=0.0, spread=0.0)
    assert summary.minutes(data, "relu 10", "5") == pytest.approx([30 * 3 / 60, 120 * 3 / 60])
    slow = summary.at_minutes(data, "relu 10", "wide", 6.0)  # four times as slow: at its shorter training
    np.testing.assert_allclose(slow, summary.percent(data, "relu 10", "wide", 4))
    between = summary.at_minutes(data, "relu 10", "wide", 12.0)  # half-way in logs
    np.testing.assert_allclose(between, slow - 1.0)
    np.testing.assert_allclose(summary.at_minutes(data, "relu 10", "1", 6.0), summary.percent(data, "relu 10", "1"))
    last = summary.at_minutes(data, "relu 10", "5", 18.0, even_longer=True)  # three times the table's: of three seeds
    np.testing.assert_allclose(last, summary.longest(data, "5"))
    then = summary.at_minutes(data, "relu 10", "5", 6.0 * np.sqrt(3), even_longer=True)
    np.testing.assert_allclose(then, (last + summary.percent(data, "relu 10", "5")[:3]) / 2)


def test_everything_is_drawn_from_what_is_on_disk(redrawn):
    assert redrawn(CLAIM, synthetic(), SYNTHETIC) == FIGURES
    assert redrawn(CLAIM, synthetic().drop_vars("pretrained"), SYNTHETIC) == FIGURES


def test_a_column_may_lack_the_widest(redrawn):
    data = synthetic()
    for name in ("num_params", "width", "error", "pretrained", "seconds"):
        data[name] = data[name].where(data.network != "wide")
    two = xr.concat([synthetic(), data.assign_coords(column=["relu 20"])], "column", join="outer", data_vars="all")
    two["hours_error"] = synthetic().hours_error
    for name in (
        "longer_error",
        "longer_learning_rate",
        "longer_weight_decay",
        "shown_bands",
        "shown_class",
        "class_name",
    ):
        two[name] = synthetic()[name]
    assert "relu 20: 5 against =5" in outcomes(two)
    assert "relu 20: 5 against wide" not in outcomes(two)
    both = dataclasses.replace(
        SYNTHETIC, activations=("relu",) * 2, neurons=(10, 20), layers=SYNTHETIC.layers * 2, steps=(120,) * 2
    )
    two["pretrained"] = two.pretrained.where(two.column == "relu 10")
    assert redrawn(CLAIM, two, both) == FIGURES


def test_shapes_are_those_of_the_table():
    found = networks.shapes((440, 180), config.Column("relu", 256, (1, 5, 7), 10), config.FULL)
    weights = {name: mlp.num_params((440, *hidden, 180)) for name, hidden in found.items()}
    assert found["7"] == (256,) * 7
    assert 0 <= weights["5"] - weights["=5"] < 440 + 180 + 1
    assert 0 < weights["wide"] - 4 * weights["5"] < 440 + 180 + 1
    other = networks.shapes((440, 180), config.Column("relu", 512, (1, 5), 10), config.FULL)
    assert list(other) == ["1", "5", "=5"]  # the far wider one stands beside the first width alone
    columns = config.columns(config.FULL)
    assert [column.name for column in columns] == ["relu 256", "sigmoid 256", "relu 512"]
    steps = config.FULL.steps[0]
    assert networks.lengths(columns[0], config.FULL) == {16: steps // 16, 4: steps // 4, 1: steps}


def noise(frames, names, seed):
    """A corpus of noise in which the phoneme can be told from the first band."""
    rng = np.random.default_rng(seed)
    phoneme = rng.integers(0, len(names), frames)
    bands = rng.normal(size=(frames, 40)) + 3 * (phoneme[:, None] == np.arange(40))
    zero = np.zeros(frames, int)
    return recordings.Corpus(
        bands.astype(np.float16), phoneme.astype(np.int16), zero.astype(np.int8),
        (np.arange(frames) // 10).astype(np.int32),
        np.array(names), np.array(["en+f1"] * (frames // 10 + 1)),
    )  # fmt: skip


@pytest.mark.slow
def test_a_tiny_run_learns_what_can_be_told(monkeypatch, redrawn):
    train, judges = noise(1800, ["a", "b"], 0), noise(20 * VOICES, ["a", "b"], 1)
    monkeypatch.setattr(examples, "made", lambda config: (train, judges, labelled.classes(train)))
    tiny = dataclasses.replace(
        config.QUICK, activations=("relu", "relu"), neurons=(32, 48), layers=((1, 2), (1, 2)), matched=(2,),
        pretrained=("relu",), hours=0.005, fewer_hours=(0.004,), steps=(120, 120), batch_size=60, seeds=2,
        rates=(0.02, 0.00001), decays=(0.1, 0.01), timed_steps=10,
    )  # fmt: skip
    monkeypatch.setattr(examples, "SHOWN", 20)
    data = run.run(tiny)
    assert data.num_frames == 1800
    assert list(data.network.values) == ["1", "2", "=2", "wide"]
    assert float(data.error.sel(length=1).mean()) < 0.1
    assert float(data.longer_error.mean()) < 0.1
    assert (data.learning_rate.sel(column="relu 32") == 0.02).all()
    assert set(data.weight_decay.sel(column="relu 32").values) <= {0.1, 0.01}
    assert data.num_steps.values.tolist() == [[30, 120], [30, 120]]
    assert float(data.pretrained.sel(column="relu 32", network="2").mean()) < 0.1
    assert np.isnan(data.pretrained.sel(column="relu 32", network=["1", "=2", "wide"])).all()
    assert np.isnan(data.pretrained.sel(column="relu 48")).all()
    assert float(data.hours_error.max()) < 0.4
    table = data.error.sel(column="relu 32", length=1, network=["2", "=2", "wide"])
    np.testing.assert_array_equal(data.hours_error.isel(hours=-1), table)  # the most hours are the table's own runs
    assert (data.seconds.sel(column="relu 32") > 0).all()
    assert redrawn(CLAIM, data, tiny) == FIGURES


def test_development_voices_tune_first_the_rate_and_then_the_decay(monkeypatch):
    """The test voices would choose otherwise, and so would the second network."""
    best = {"5": (0.2, 0.3), "=5": (0.1, 0.1)}

    def wrong(asked, named):
        rates, decays = (np.atleast_1d(asked[name]) for name in networks.TUNED)
        if isinstance(asked["learning_rate"], xr.DataArray):
            assert asked["learning_rate"].values.tolist() == [best[name][0] for name in named]
            rates = np.array([0.0])
        errors = np.zeros((len(named), len(rates), len(decays), 1, VOICES))
        for i, name in enumerate(named):
            errors[i] += abs(rates - best[name][0])[:, None, None, None]
            errors[i] += abs(decays - best[name][1])[:, None, None] + rates.all() * 0.1
        errors[..., examples.CHOOSING :] *= -1
        found = xr.DataArray(
            errors, {"network": list(named), "learning_rate": rates, "weight_decay": decays},
            ("network", "learning_rate", "weight_decay", "seed", "voice"),
        )  # fmt: skip
        single = [name for name in networks.TUNED if found.sizes[name] == 1 and not isinstance(asked[name], list)]
        return found.squeeze(single, drop=True)

    monkeypatch.setattr(networks.nnjax, "sweep", lambda data, **asked: asked)
    monkeypatch.setattr(networks, "_wrong", wrong)
    column, some = (
        config.Column("relu", 8, (1, 5), 100),
        dataclasses.replace(config.QUICK, rates=(0.1, 0.2, 0.4), decays=(0.1, 0.3)),
    )
    found = networks.tuned(
        examples.Data(np.ones((4, 2)), np.ones((4, 2))), column, {"5": (8,) * 5, "=5": (20,)}, 10, some
    )
    assert found.learning_rate.sel(network=["5", "=5"]).values.tolist() == [0.2, 0.1]
    assert found.weight_decay.sel(network=["5", "=5"]).values.tolist() == [0.3, 0.1]


def test_networks_grow_from_below_in_as_many_steps(monkeypatch):
    """Each layer is a text of what has befallen it."""
    trained = []

    def compiled(depth):
        def advance(key, params, numbers, data, steps):
            trained.append((len(params), steps, params))
            return tuple(f"{layer}+" for layer in params)

        return lambda key: tuple(f"{depth}.{i}" for i in range(depth + 1)), advance, lambda params, data: np.zeros(2)

    monkeypatch.setattr(pretraining, "_spec", lambda depth, *rest: depth)
    monkeypatch.setattr(pretraining, "_compiled", compiled)
    monkeypatch.setattr(pretraining, "_numbers", lambda *rest: {})
    some = dataclasses.replace(config.QUICK, growing=10)
    found = pretraining._pretrained(0, None, config.Column("relu", 8, (1, 3), 100), None, some)
    assert found.shape == (1, 2)
    assert [(layers, steps) for layers, steps, _ in trained] == [(2, 10), (3, 10), (4, 80)]
    assert trained[1][2] == ("1.0+", "2.1", "2.2")  # the output layer of the first is gone, two are fresh
    assert trained[2][2] == ("1.0++", "2.1+", "3.2", "3.3")


def test_what_is_grown_is_kept_for_a_run_that_goes_on(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(pretraining.hooks, "next_store", lambda: tmp_path / "1")
    monkeypatch.setattr(
        pretraining, "_pretrained", lambda seed, *rest: calls.append(seed) or np.full((1, VOICES), seed)
    )
    data, column = examples.Data(np.ones((4, 2)), np.ones((4, 2))), config.Column("relu", 8, (1, 2), 10)
    chosen = xr.Dataset({name: ("network", [0.1, 0.2]) for name in networks.TUNED})
    first, again = (pretraining.train(data, column, chosen, config.QUICK) for _ in range(2))
    assert sorted(calls) == list(range(config.QUICK.seeds))
    xr.testing.assert_equal(first, again)
    pretraining.train(data, column, chosen, dataclasses.replace(config.QUICK, growing=20))
    assert len(calls) == 2 * config.QUICK.seeds  # other settings are not gone on with


@pytest.mark.parametrize(
    "change",
    [
        {"activations": ("tanh",)},
        {"activations": ("relu", "relu"), "layers": ((1, 5),) * 2, "steps": (280, 280), "neurons": (64, 64)},
        {"layers": ((1, 5), (1, 5))},
        {"longer": 1},
        {"layers": ((2, 5),)},
        {"matched": (4,)},
        {"matched": ()},
        {"wider": 1},
        {"seeds": 1},
        {"pretrained": ("sigmoid",)},
        {"shorter": (1,)},
        {"shorter": (2, 4)},
        {"hours_seeds": 3},
        {"steps": (280, 280)},
        {"steps": (3,)},
        {"fewer_hours": (0.5,)},
        {"fewer_hours": (0.2, 0.1)},
        {"hours": 0.0},
        {"rates": (0.0,)},
        {"decays": (-1.0,)},
        {"timed_steps": 5},
    ],
)
def test_settings_that_make_no_sense_are_named(change):
    last = list(change)[-1]
    with pytest.raises(ValueError, match=last):
        config.check(dataclasses.replace(config.QUICK, **change))
