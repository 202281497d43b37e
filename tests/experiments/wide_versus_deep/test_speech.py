"""The Microsoft experiment on speech: verdicts that can say no, figures from data alone, trainings that go on."""

import dataclasses
import itertools

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from scipy import stats

from experiments.lab import stores
from experiments.lab.parts import Parts
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.wide_versus_deep.shared.microsoft import WORD_ERRORS
from experiments.wide_versus_deep.speech import config, examples, leads, networks, run, summary, trainings, verdicts
from experiments.wide_versus_deep.speech.config import CONTEXT, PARTS, Cell, Network
from experiments.wide_versus_deep.speech.corpus import labelled, recordings
from experiments.wide_versus_deep.speech.summary import Spot
from experiments.wide_versus_deep.speech.trainings import Places
from nnjax import mlp
from nnjax.statistics import Mean

CLAIM = "wide_versus_deep.speech"
STAMP = {"code": "a", "config": {}, "versions": {}, "devices": {}, "commit": "b", "processor": "c"}
NOWHERE = Places(Parts(None, STAMP, False, []), None)
VOICES = examples.CHOOSING + examples.REPORTED
FIGURES = ["leads", "sigmoids", "tables", "training", "tuning", "utterance", "weights"]
EVERY = dataclasses.replace(config.FULL, context_classes=1_000)  # FULL, and the classes in context
# As the original has it, in percent.
LIKE_THERE = WORD_ERRORS | {"wide": 22.1}
SIZES = {"1": (256, 166), "2": (256, 232), "3": (256, 297), "5": (256, 429), "7": (256, 561), "=5": (662, 429),
         "wide": (2652, 1716)}  # fmt: skip


def synthetic(means=LIKE_THERE, spread=0.1, later=1.0, fewer=0.0, pretrained=1.0, tunings=0.05, settings=EVERY):
    """All that FULL trains, with these mean errors at the most frames: voices differ much, but all networks share them.

    Deep networks gain `later` points with every fourfold training, `fewer` points on fewer hours, and `pretrained`
    points by pretraining; tunings differ by as much as they are told to.
    """
    rng = np.random.default_rng(0)
    voices, rows, trials = rng.normal(size=VOICES) * 4, [], []
    for cell in config.cells(settings):
        kind = cell.network.kind
        of_tuning = tunings * rng.normal()
        seen = [(cell.frames, settings.hours), *((round(cell.frames * s), settings.hours) for s in cell.shares)]
        for frames, hours in [*seen, *((cell.frames, hours) for hours in cell.hours)]:
            for seed in range(settings.seeds):
                lag = np.log(settings.primary_frames / frames) / np.log(4)
                deep = kind.isdigit() and kind != "1"
                middle = means[kind] + (1 + later * deep) * lag + of_tuning
                middle -= deep * (pretrained * cell.network.pretrained + fewer * (hours < settings.hours))
                wrong = (middle + voices + spread * rng.normal(size=VOICES)) / 100
                rows.append(
                    {"network": cell.network.name, "frames": frames, "hours": hours, "tuning": cell.tuning,
                     "seed": seed, "learning_rate": 0.002, "weight_decay": 0.3, "rate_at_end": 0, "decay_at_end": 0,
                     "seconds": frames / 256 * SIZES[kind][1] / 1e5, "wrong": wrong,
                     "said": rng.integers(0, 3, examples.SHOWN), "loss": 4 - 0.2 * np.arange(trainings.MOMENTS)}
                )  # fmt: skip
        for seen, rate in itertools.product((cell.frames // 16, cell.frames), (0.001, 0.002, 0.004)):
            trials.append(
                {"network": cell.network.name, "frames": cell.frames, "tuning": cell.tuning, "seen": seen,
                 "learning_rate": rate, "weight_decay": 0.3, "seconds": 1.0,
                 "error": 0.3 + abs(np.log(rate / 0.002)) / 9}
            )  # fmt: skip
    of = dict.fromkeys(cell.network.name for cell in config.cells(settings))
    sizes = [SIZES[name.split()[1]] for name in of]
    found = run._runs(rows) | {f"tried_{name}": ("trial", [row[name] for row in trials]) for name in trials[0]}
    found |= {"width": ("of", [width for width, _ in sizes]), "num_params": ("of", [1000 * n for _, n in sizes])}
    found |= {
        "shown_bands": (("shown", "band"), rng.normal(size=(examples.SHOWN, 40))),
        "shown_class": ("shown", np.repeat([0, 1, 2, 1], examples.SHOWN // 4)),
        "class_name": ("class", ["other 1", "_", "n 2"]),
    }
    return xr.Dataset(found, {"of": list(of), "voice": examples.PERSONS}, run._attributes([200, 1000], 10**6, settings))


def outcomes(data):
    return {v.id: v.outcome for v in verdicts.verdicts(data)}


@pytest.fixture(scope="module")
def usual():
    """What is judged of the data as they are."""
    return verdicts.verdicts(synthetic())


def test_the_published_table_would_be_reproduced(usual):
    assert len(check_verdicts(usual, verdicts.statements(EVERY))) == len(verdicts.statements(EVERY))
    assert {v.outcome for v in usual} == {REPRODUCED}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"=5": 16.0, "3": 25.0}, ["primary", "ladder: each layer"]),  # hurts
        ({"=5": 18.2, "7": 25.0}, ["size", "ladder: 7 against 5"]),
        (
            {"=5": 13.0, "7": 13.0, "wide": 13.0},
            [
                *(f"{of}: 5 against =5" for of in ("ladder", "sigmoid", "sigmoid, pretrained", "context")),
                *("ladder: 7 against 5", "ladder: 5 against wide", "equal seconds"),
            ],
        ),
    ],
)
def test_verdicts_can_say_no(change, names):
    found = outcomes(synthetic(LIKE_THERE | change))
    assert {found[name] for name in names} == {NOT_REPRODUCED}


def test_equal_is_a_no_too():
    primary = verdicts._judge_primary(synthetic(LIKE_THERE | {"=5": 17.2}, tunings=0.2))
    assert primary.outcome == NOT_REPRODUCED
    assert "Both count as equal, within 1 point." in primary.finding


def test_other_verdicts_can_say_no_too():
    found = outcomes(synthetic(pretrained=-2.0, fewer=3.0, later=-1.0))
    assert found["sigmoid: pretraining"] == found["length, not repetition"] == found["longer"] == NOT_REPRODUCED


def test_what_differs_from_tuning_to_tuning_leaves_a_small_lead_open():
    small = LIKE_THERE | {"=5": 17.8}
    primary = verdicts._judge_primary(synthetic(small))
    assert primary.outcome == REPRODUCED
    data = synthetic(small, tunings=1.5)
    assert verdicts._judge_primary(data).outcome == NOT_SETTLED
    assert summary.tuning_variance(data).variance > 0.5
    assert "The first is certainly better (small)." in primary.finding


def test_a_tuned_number_at_an_end_leaves_its_comparisons_open():
    data = synthetic()
    data["decay_at_end"] = data.decay_at_end.where(data.network != "relu =5", 1)
    found = {v.id: v for v in verdicts.verdicts(data)}
    for name in ("primary", "size", "length, not repetition", "longer", "ladder: 5 against =5"):
        assert found[name].outcome == NOT_SETTLED
    assert "a tuned rate or decay of 1 x 662 lies at an end" in found["primary"].finding
    assert found["ladder: 5 against wide"].outcome == found["ladder: each layer"].outcome == REPRODUCED
    other = synthetic()
    other["rate_at_end"] = other.rate_at_end.where((other.network != "relu =5") | (other.tuning == 0), 1)
    assert verdicts._judge_primary(other).outcome == NOT_SETTLED
    assert verdicts._judge_repetition(other).outcome == REPRODUCED  # it is of the first tuning


def moved(data, points, *, network="relu 5", frames=25_000_000, **where):
    """The same with other errors at the runs of a network; `points` is a number, or one for each seed of a tuning."""
    chosen = (data.network == network) & (data.frames == frames)
    for name, value in where.items():
        chosen &= data[name] == value
    more = np.resize(points, EVERY.seeds)[data.seed.values % EVERY.seeds]
    wrong = data.wrong.astype(float) + xr.DataArray(np.where(chosen.values, more, 0.0) / 100, dims="run")
    return data.assign(wrong=wrong.transpose(*data.wrong.dims))


def test_the_verdict_on_length_is_of_one_tuning_and_of_what_its_seeds_differ_by():
    found = verdicts._judge_repetition
    data = synthetic(tunings=1.5)
    first = found(data)
    assert first.outcome == REPRODUCED  # what the tuning is worth cancels
    for change in (moved(data, 3.0, tuning=1), moved(data, 3.0, tuning=0)):
        assert found(change).measured == pytest.approx(first.measured)
    assert found(moved(data, 3.0, hours=5.0)).measured == pytest.approx(first.measured - 3.0, abs=1e-4)
    assert "(50.0 passes over the data)" in first.finding
    assert "on 10 hours (25.0 passes)" in first.finding
    apart = synthetic(spread=0.0, tunings=0.0)
    for network, hours in itertools.product(("relu 5", "relu =5"), (5.0, 10.0)):
        apart = moved(apart, [-0.6, 0.0, 0.6], network=network, hours=hours)
    one = found(apart)
    assert (one.high - one.low) / 2 == pytest.approx(stats.t.ppf(0.975, 8) * np.sqrt(4 * 0.36 / 3), rel=1e-4)


def test_length_of_one_seed_is_judged_with_the_variance_of_tuning_and_else_open():
    settings = dataclasses.replace(EVERY, seeds=1)
    for tunings, expected in ((0.05, REPRODUCED), (1.5, NOT_SETTLED)):
        assert verdicts._judge_repetition(synthetic(tunings=tunings, settings=settings)).outcome == expected


def test_seeds_that_differ_more_than_tunings_leave_a_lead_open():
    small = LIKE_THERE | {"=5": 18.2}
    plain = {"network": "sigmoid 5", "frames": 6_000_000}
    data = synthetic(small, later=0.0)
    for one, expected in ((data, REPRODUCED), (moved(data, [-1.5, 0.0, 1.5], **plain), NOT_SETTLED)):
        found = {v.id: v.outcome for v in verdicts._judge_sigmoids(one)}
        assert found["sigmoid: 5 against =5"] == expected
    spot = Spot("sigmoid 5", 6_000_000)
    assert leads.seeds_variance(moved(data, [-1.5, 0.0, 1.5], **plain), [spot]) == pytest.approx((2.25, 2), rel=0.05)
    twice = Spot("relu 5", 25_000_000)
    assert leads.seeds_variance(moved(data, [-1.5, 0.0, 1.5]), [twice]) == pytest.approx((2.25, 4), rel=0.05)


def test_the_share_has_the_interval_of_a_ratio_in_its_verdict():
    """Where the deep network errs four fifths of what one layer does at every voice, nothing is uncertain."""
    data = synthetic(spread=0.0, tunings=0.0)
    equal = data.wrong[((data.network == "relu =5") & (data.frames == 25_000_000)).values][0]
    data["wrong"] = data.wrong.astype(float).where(
        (data.network != "relu 5") | (data.frames != 25_000_000), 0.8 * equal
    )
    one = verdicts._judge_size(data)
    assert (one.low, one.measured, one.high) == pytest.approx((20, 20, 20), abs=1e-3)
    spots = summary.spots(data)
    lead, base = leads.lead(data, spots.deep, spots.equal), float(summary.percent(data, spots.equal).mean())
    assert 100 * (lead.high - lead.low) / 2 / base > 0.5  # as if the error of one layer were known


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ({1: 0, 2: 0}, "certainly behind at no length, certainly ahead at no length"),
        ({1: 0, 2: 1}, "certainly behind at no length, certainly ahead after 2 million frames"),
        (
            {1: -1, 2: -1, 3: 0, 4: 1},
            "certainly behind after 1 million and 2 million frames, certainly ahead after 4 million frames; "
            "the sign of the lead changes between 2 million and 4 million frames",
        ),
        (
            {1: 1, 2: -1},
            "certainly behind after 2 million frames, certainly ahead after 1 million frames; "
            "the sign of the lead changes between 1 million and 2 million frames",
        ),
    ],
)
def test_readings_at_several_lengths(signs, expected):
    found = {1_000_000 * seen: Mean(sign, sign - 0.5, sign + 0.5, 0.0) for seen, sign in signs.items()}
    assert leads.certain(found) == expected


def test_verdicts_on_sigmoids_say_whether_training_worked(usual):
    found, name = {v.id: v.finding for v in usual}, "sigmoid: 5 against =5"
    assert "goes from 4.00 at the first of 12 measurements (chance: ln 200 = 5.30) to 1.80" in found[name]
    assert "optimisation" not in found[name]
    data = synthetic()
    for near, judge in ((4.85, verdicts.verdicts), (np.nan, verdicts._judge_sigmoids)):
        loss = data.loss.where((data.network != "sigmoid 5") | (data.seed != 1), near)
        found = {v.id: v.finding for v in judge(data.assign(loss=loss))}
        assert all("In 1 of 3 trainings" in found[name] for name in (name, "sigmoid: pretraining"))
        assert not any("In 1 of 3 trainings" in told for id, told in found.items() if not id.startswith("sigmoid"))


@pytest.mark.parametrize("settings", [EVERY, config.QUICK])
def test_statements_say_their_conditions_once(settings):
    for one in verdicts.statements(settings):
        written = "was added after both" if one.id.startswith("ladder: 7") else "was rewritten when 25"
        for condition in ("on this training speech", written, "does not count"):
            assert one.rule.text.count(condition) == 1, one.id
    claims = {one.id: one.claim for one in verdicts.statements(settings)}
    assert ("4.2 and 13.3 ms" in claims["equal seconds"]) == (settings == EVERY)
    assert ("25 million frames than after 750 thousand." in claims["longer"]) == (settings == EVERY)


def test_verdicts_tell_the_level_of_an_interval_that_is_not_95_percent(usual):
    for one in usual:
        assert ("[98.3%: " in one.finding) == (one.level != 0.95)
        assert ("98.3% interval (3 comparisons together have 95%: " in one.rule) == (one.level != 0.95)


def test_readings():
    ends = [(0.1, 0.2), (-3, -0.1), (-0.9, 0.9), (-0.9, 1.1), (0.0, 0.4)]
    expected = [summary.HELPS, summary.HURTS, summary.EQUAL, summary.OPEN, summary.EQUAL]
    assert [summary.read(*one) for one in ends] == expected


def test_the_half_width_that_is_expected_was_promised():
    assert summary.expected_half_width(EVERY) < 0.7


@pytest.mark.slow
def test_the_interval_holds_as_often_as_it_says():
    """Voices, tunings with their seeds, and what is left, drawn many times."""
    settings = dataclasses.replace(EVERY, layers=(1, 5), sigmoid_layers=(), context_classes=0, seeds=1)
    found = []
    data = synthetic(spread=0.0, tunings=0.0, later=0.0, settings=settings)
    spots, rng = summary.spots(data), np.random.default_rng(0)
    wrong = data.wrong.values.astype(float)
    true = leads.lead(data, spots.deep, spots.equal).estimate
    for _ in range(300):
        noise = 0.2 * rng.normal(size=(data.sizes["run"], 1)) + rng.normal(size=wrong.shape)
        one = leads.lead(data.assign(wrong=(data.wrong.dims, wrong + noise / 100)), spots.deep, spots.equal)
        found.append(one.low < true < one.high)
    assert 0.92 < np.mean(found) < 0.99


@pytest.mark.parametrize("settings", [EVERY, config.QUICK])
def test_statements_are_those_of_the_settings(settings):
    found = [one.id for one in verdicts.statements(settings)]
    assert found[0] == "primary"
    assert ("sigmoid: pretraining" in found) == ("context: 5 against =5" in found) == (settings == EVERY)


def test_everything_is_drawn_from_what_is_on_disk(redrawn):
    assert redrawn(CLAIM, synthetic(), EVERY) == FIGURES
    less = dataclasses.replace(EVERY, sigmoid_layers=(), context_classes=0)
    assert redrawn(CLAIM, synthetic(settings=less), less) == [name for name in FIGURES if name != "sigmoids"]


def test_the_primary_comes_first_and_what_could_be_cut_last():
    every = config.cells(EVERY)
    assert [cell.network.name for cell in every[:2]] == ["relu 5", "relu =5"]
    assert {cell.frames for cell in every[:4]} == {25_000_000}
    assert {cell.network.classes for cell in every[-2:]} == {CONTEXT}
    assert every[-3].network == Network("sigmoid", "5", pretrained=True)


def test_shapes_are_those_of_the_table():
    found = {kind: networks.hidden(Network("relu", kind), EVERY, (440, 200)) for kind in ("5", "=5", "wide")}
    weights = {kind: mlp.num_params((440, *hidden, 200)) for kind, hidden in found.items()}
    assert found["5"] == (256,) * 5
    assert 0 <= weights["5"] - weights["=5"] < 440 + 200 + 1
    assert 0 < weights["wide"] - 4 * weights["5"] < 440 + 200 + 1


def test_a_rate_is_the_vertex_inside_the_grid():
    errors = {2.0**i: (i + 0.3) ** 2 for i in (-2, -1, 0, 1)}
    assert networks.vertex(errors) == pytest.approx(2.0**-0.3)
    assert networks.vertex({0.5: 1.0, 1.0: 1.0, 2.0: 1.0}) == 0.5  # the first of equals lies at an end
    grown = networks.widened({1.0: 15.0, 2.0: 14.0, 4.0: 12.0}, lambda rate: abs(rate - 16), 3)
    assert sorted(grown)[-1] == 32.0
    assert networks.at_end(grown) == 0
    assert networks.at_end({1.0: 0.3, 2.0: 0.2995}, flat=0.001) == 0
    assert networks.at_end({1.0: 0.3, 2.0: 0.29}, flat=0.001) == 1


CELL = Cell(Network("relu", "5"), 1600, shares=(1 / 16, 1 / 4))


def bowl(spent, rate=0.002, decay=0.3, rate_otherwise=0.002):
    """A cost with its least in full trainings at this rate and decay, and at another rate with any other decay; in
    short trainings it is at a rate of 0.004 and a decay of 0.3.
    """

    def cost(at_rate, at_decay, frames):
        spent.append((at_rate, at_decay, frames))
        full = frames == CELL.frames
        best_decay = decay if full else 0.3
        best_rate = 0.004 if not full else rate if at_decay == pytest.approx(decay) else rate_otherwise
        return abs(np.log2(at_rate / best_rate)) + abs(np.log(at_decay / best_decay))

    return cost


def test_tuning_costs_five_and_a_half_full_trainings_and_goes_on_where_the_best_lies_at_an_end():
    spent = []
    found = networks.tuned(bowl(spent), CELL, EVERY)
    assert sum(frames for *_, frames in spent) == 5.5 * CELL.frames
    assert found.full == found.same_decay == (pytest.approx(0.002), 0.3, 0, 0)
    assert found.short == (pytest.approx(0.004), 0.3, 0, 0)
    spent.clear()
    found = networks.tuned(bowl(spent, rate=0.0005), CELL, EVERY)
    assert found.full == (pytest.approx(0.0005), 0.3, 0, 0)
    assert sum(frames for *_, frames in spent) == 7.5 * CELL.frames


@pytest.mark.parametrize(
    ("best", "tried", "end"),
    [
        (0.3, [0.1, 1.0], 0),
        (0.1, [0.1, 0.1 / 3], 0),
        (1.0, [0.1, 1.0, 1 / 0.3], 0),
        (1e-5, [0.1, 0.1 / 3, 0.1 / 9, 0.1 / 27, 0.1 / 81], -1),
    ],
)
def test_decays_are_tried_in_full_trainings_and_rates_anew_with_another_one(best, tried, end):
    spent = []
    found = networks.tuned(bowl(spent, decay=best), CELL, EVERY)
    full = [(rate, decay) for rate, decay, frames in spent if frames == CELL.frames]
    assert [decay for _, decay in full[3 : 3 + len(tried)]] == pytest.approx(tried)
    assert found.full[1:] == (pytest.approx(tried[-1] if end else best), 0, end)
    assert [rate for rate, _ in full[3 + len(tried) :]] == ([] if best == 0.3 else [0.001, 0.004])
    assert found.same_decay[1:] == found.short[1:] == (0.3, 0, 0)


def test_the_rate_of_full_trainings_is_the_best_with_their_own_decay():
    found = networks.tuned(bowl([], rate=0.001, decay=0.1), CELL, EVERY)
    assert found.full == (pytest.approx(0.001), 0.1, 0, 0)
    assert found.same_decay.rate == pytest.approx(0.002)


@pytest.mark.parametrize(("gain", "expected"), [(0.0009, 0.3), (0.0011, 0.1)])
def test_a_decay_is_left_only_for_a_gain_that_is_not_flat(gain, expected):
    def cost(decay):
        return 0.5 - gain * (decay == 0.1)

    assert networks.walked(0.3, 0.5, (0.1, 0.3, 1.0), cost, 4).decay == expected


def test_shorter_trainings_do_not_depend_on_the_decay_of_full_ones(monkeypatch):
    def trained(cost):
        def train(job, data, places):
            error = cost(job.learning_rate, job.weight_decay, job.stages[-1][1])
            return trainings.Found(np.full(VOICES, error), np.zeros(0), np.zeros(0), 1.0)

        monkeypatch.setattr(trainings, "train", train)
        runs, _ = networks.train(CELL, NOISE, EVERY, NOWHERE)
        return [(row["frames"], row["learning_rate"], row["weight_decay"]) for row in runs[:: EVERY.seeds]]

    same, other = trained(bowl([])), trained(bowl([], rate=0.001, decay=0.1))
    assert same[0] == (1600, pytest.approx(0.002), 0.3)
    assert other[0] == (1600, pytest.approx(0.001), 0.1)
    between = pytest.approx(0.002 * 2**0.5)
    assert same[1:] == other[1:] == [(100, pytest.approx(0.004), 0.3), (400, between, 0.3)]


def speech(frames, classes, seed):
    """Noise in which the class can be told from the first bands, in utterances of ten frames."""
    rng = np.random.default_rng(seed)
    answer = rng.integers(0, classes, frames)
    bands = rng.normal(size=(frames, 40)) + 3 * (answer[:, None] == np.arange(40))
    first = np.arange(frames) // 10 * 10
    return examples.Speech(*map(jnp.asarray, (bands.astype("float16"), first, first + 9, answer)))


NOISE = examples.Examples(speech(1200, 3, 0), speech(20 * VOICES, 3, 1), tuple(("abc"[i], 0, "") for i in range(3)))


def a_job(**change):
    job = trainings.Job(((((16, 16)), 6_000),), "relu", 0.01, 0.1, 0, 1200, PARTS, 50)
    return job._replace(**change)


def test_windows_stay_within_their_utterance():
    one = speech(20, 3, 0)
    found = np.asarray(examples.windows(one, jnp.array([0, 9, 10]))).reshape(3, 11, 40)
    bands = np.asarray(one.bands, "float32")
    np.testing.assert_array_equal(found[0], bands[[0] * 6 + [1, 2, 3, 4, 5]])
    np.testing.assert_array_equal(found[1], bands[[4, 5, 6, 7, 8] + [9] * 6])
    np.testing.assert_array_equal(found[2][:6], bands[[10] * 6])


def test_every_pass_sees_all_frames_once_in_an_order_of_its_own():
    found = trainings.order(1, 0, 250, 100)
    assert sorted(found[:100]) == sorted(found[100:200]) == list(range(100))
    assert list(found[:100]) != list(found[100:200])
    parts = [trainings.order(1, a, b, 100) for a, b in ((0, 90), (90, 210), (210, 250))]
    np.testing.assert_array_equal(found, np.concatenate(parts))


# Pieces of another length have other programs, so only the slow one of these two trains as a whole in long ones.
SHORT = 7


@pytest.mark.parametrize(
    ("stages", "piece"),
    [
        pytest.param((((16, 16), 6_010),), trainings.PIECE, marks=pytest.mark.slow),
        ((((16,), 2_000), ((16, 16), 4_000)), SHORT),
    ],
)
def test_a_training_goes_on_where_it_was_stopped(tmp_path, monkeypatch, stages, piece):
    """Plain and growing, with a last batch that is not full; written down after every piece."""
    monkeypatch.setattr(trainings, "PIECE", piece)
    job, advanced = a_job(stages=stages), []
    places = Places(Parts(tmp_path / "parts", STAMP, False, []), tmp_path / "under way")
    whole = trainings.train(job, NOISE, NOWHERE)
    assert whole.wrong.shape == (VOICES,)
    assert whole.wrong.mean() < 0.3  # by chance two thirds
    assert (np.diff(whole.loss) < 0).sum() > 6
    monkeypatch.setattr(trainings, "PAUSE", -1.0)
    monkeypatch.setattr(trainings, "PIECE", SHORT)
    write = stores.write

    def stop(path, **arrays):
        write(path, **arrays)
        advanced.append(int(arrays["done"]))
        if len(advanced) in (5, 9):
            raise KeyboardInterrupt

    monkeypatch.setattr(trainings.stores, "write", stop)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            trainings.train(job, NOISE, places)
    found = trainings.train(job, NOISE, places)
    np.testing.assert_array_equal(found.wrong, whole.wrong)
    np.testing.assert_array_equal(found.loss, whole.loss)
    assert len(set(advanced)) == len(advanced)  # nothing was trained twice
    assert list((tmp_path / "under way").iterdir()) == []
    monkeypatch.setattr(trainings, "_pieces", lambda *_: 1 / 0)
    np.testing.assert_array_equal(trainings.train(job, NOISE, places).wrong, whole.wrong)  # read


def test_one_that_diverges_has_none_right(monkeypatch):
    monkeypatch.setattr(trainings, "PIECE", SHORT)
    found = trainings.train(a_job(learning_rate=1e30), NOISE, NOWHERE)
    assert (found.wrong == 1).all()
    assert not np.isfinite(found.loss).all()


def test_pretrained_networks_see_as_many_frames_in_all():
    network = Network("sigmoid", "3", pretrained=True)
    job = networks.job(network, 1_600, 0.1, 0.1, 0, 10.0, NOISE, EVERY)
    assert [layers for layers, _ in job.stages] == [(256,), (256, 256), (256,) * 3]
    assert [frames for _, frames in job.stages] == [100, 100, 1_400]
    plain = networks.job(network._replace(pretrained=False), 1_600, 0.1, 0.1, 0, 10.0, NOISE, EVERY)
    assert plain.stages == (((256,) * 3, 1_600),)


def noise(frames, names, seed):
    """A corpus of noise in which the phoneme can be told from the first band."""
    one = speech(frames, len(names), seed)
    zero = np.zeros(frames, int)
    return recordings.Corpus(
        np.asarray(one.bands), np.asarray(one.answer, np.int16), zero.astype(np.int8),
        (np.arange(frames) // 10).astype(np.int32), np.array(names), np.array(["en+f1"] * (frames // 10 + 1)),
    )  # fmt: skip


@pytest.mark.slow
def test_a_tiny_run_learns_what_can_be_told(monkeypatch, redrawn):
    monkeypatch.setattr(examples, "corpora", lambda config: [noise(n, ["a", "b", "c"], n) for n in (1800, 20 * VOICES)])
    tiny = dataclasses.replace(
        config.QUICK, neurons=16, primary_frames=8_000, ladder_frames=6_000, wide_frames=5_000, batch_size=20,
        sigmoid_layers=(1, 5), sigmoid_frames=6_000, context_classes=5, hours=0.005, fewer_hours=0.004, voice_frames=20,
    )  # fmt: skip
    data = run.run(tiny)
    assert data.num_frames == 1800
    spots = summary.spots(data)
    assert summary.percent(data, spots.equal).shape == (2, examples.REPORTED)
    assert summary.percent(data, spots.equal).mean() < 10
    assert summary.at_an_end(data, spots.deep) in ([], [summary.label(data, spots.deep.network)])
    assert redrawn(CLAIM, data, tiny) == FIGURES


def test_classes_in_context_are_the_commonest_beyond_those_without():
    names, phoneme = ["_", "a", "b"], np.repeat([0, 1, 2, 1], [2, 6, 3, 3])
    part = np.array([0, 0, 0, 0, 1, 1, 2, 2, 0, 1, 2, 0, 1, 2])
    corpus = recordings.Corpus(
        np.zeros((14, 2)), phoneme.astype(np.int16), part.astype(np.int8), np.zeros(14, np.int32), np.array(names),
        np.array(["en+f1"]),
    )  # fmt: skip
    found = labelled.classes(corpus, 1, 9)
    without = labelled.classes(corpus, 1)
    assert found[: len(without)] == without
    assert found[len(without) :] == (("a", 0, "_"), ("a", 2, "b"))[: 9 - len(without)]
    names = [found[i] for i in labelled.answers(corpus, found)]
    assert names[2] == ("a", 0, "_")
    assert names[13] == ("a", 2, "")  # nothing follows


@pytest.mark.parametrize(
    "change",
    [
        {"layers": (2, 5)},
        {"layers": (1, 3)},
        {"sigmoid_layers": (5,)},
        {"rates": (0.1, 0.2)},
        {"rates": (0.1, 0.3, 0.9)},
        {"decays": (0.1, 0.3)},
        {"sigmoid_layers": (1, 5), "growing": 4},
        {"fewer_hours": 0.08},
        {"wide_frames": 50_000, "shares": (0.25, 0.5), "primary_frames": 100_000},
        {"batch_size": 5_000},
        {"hours": 0.0},
    ],
)
def test_settings_that_make_no_sense_are_named(change):
    names = "|".join(change)
    with pytest.raises(ValueError, match=names):
        config.check(dataclasses.replace(config.QUICK, **change))
