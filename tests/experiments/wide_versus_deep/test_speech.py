"""The Microsoft experiment on speech: outcomes on numbers made up, tuning, and trainings that go on when stopped."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
import scipy
import xarray as xr

from experiments.lab import claims, results, resume
from experiments.lab import verdicts as judged
from experiments.lab.estimates import LEVEL
from experiments.lab.resume import Run
from experiments.lab.speech_corpus import examples, recordings
from experiments.lab.speech_corpus.examples import DEVELOPMENT, INPUTS, TEST, TEST_VOICES
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.wide_versus_deep import speech, speech_leads, speech_training, speech_tuning
from experiments.wide_versus_deep.microsoft import WORD_ERRORS
from experiments.wide_versus_deep.speech_leads import Spot
from experiments.wide_versus_deep.speech_training import Job, Network
from nnjax import mlp
from tests.experiments.conftest import check

FULL = speech.Config()
NOWHERE = Run(None, {}, [], [])
VOICES = DEVELOPMENT + TEST
PRIMARY, PLAIN = Spot("relu 5", 25_000_000, 10.0), Spot("sigmoid 5", 6_000_000, 10.0)


def synthetic(changes=(), spread=0.1, later=1.0, pretrained=2.0, tunings=0.05):
    """All that FULL trains, with the word errors of the original, or others, as errors after the most frames.

    Voices differ much, but all networks share them. Deep networks gain `later` points with every fourfold training and
    `pretrained` points by pretraining; tunings differ by so much.
    """
    rng, means = np.random.default_rng(0), WORD_ERRORS | dict(changes)
    voices, rows = rng.normal(size=TEST) * 4, []
    for cell in speech.cells(FULL):
        kind, of_tuning = cell.network.split()[1], tunings * rng.normal()
        seen = [(round(cell.frames * share), FULL.hours) for share in (1, *cell.shares)]
        for frames, hours in [*seen, *((cell.frames, hours) for hours in cell.fewer_hours)]:
            deep, lag = kind.isdigit() and kind != "1", np.log(FULL.primary_frames / frames) / np.log(4)
            middle = (
                means[kind] + (1 + later * deep) * lag + of_tuning - pretrained * cell.network.endswith("pretrained")
            )
            for _ in range(FULL.seeds):
                wrong = (middle + voices + spread * rng.normal(size=TEST)) / 100
                rows.append((cell.network, frames, hours, cell.tuning, wrong))
    *keys, wrong = zip(*rows, strict=True)
    found = {name: ("run", list(one)) for name, one in zip(("network", "frames", "hours", "tuning"), keys, strict=True)}
    found |= {name: ("run", [0] * len(rows)) for name in ("rate_at_end", "decay_at_end")}
    lengths = {f"{name}_frames": getattr(FULL, f"{name}_frames") for name in ("primary", "ladder", "wide", "sigmoid")}
    return xr.Dataset(found | {"wrong": (("run", "voice"), np.stack(wrong))}, {}, lengths | {"hours": FULL.hours})


def outcomes(data):
    return {row["id"]: row["outcome"] for row in judged.verdicts(speech.STATEMENTS, data)}


def test_the_published_table_would_be_reproduced():
    found = outcomes(synthetic())
    assert list(found) == [one.id for one in speech.STATEMENTS]
    assert set(found.values()) == {REPRODUCED}


def test_outcomes_can_be_no():
    equal = {"=5": 17.2, "wide": 15.0, "1": 17.4}  # within a point is no lead
    found = outcomes(synthetic(equal, later=0.0, pretrained=0.0))
    assert set(found.values()) == {NOT_REPRODUCED}


def test_what_differs_from_tuning_to_tuning_leaves_a_lead_open():
    small = {"=5": 18.6}
    assert outcomes(synthetic(small))["primary"] == REPRODUCED
    assert outcomes(synthetic(small, tunings=1.5))["primary"] == NOT_SETTLED


def test_a_tuned_number_at_an_end_leaves_open_what_another_could_turn():
    data = synthetic()
    data["decay_at_end"] = data.decay_at_end.where(data.network != "relu =5", 1)
    found = outcomes(data)
    assert found["primary"] == NOT_SETTLED
    assert found["ladder: 5 against wide"] == found["ladder: each layer"] == REPRODUCED
    data["decay_at_end"] = data.decay_at_end.where(data.network != "relu 5", 1) * (data.network != "relu =5")
    assert outcomes(data)["primary"] == REPRODUCED  # better numbers for the deep network could only widen its lead


def test_seeds_that_differ_more_than_tunings_count_instead():
    """By hand: seeds of -1.5, 0 and 1.5 points have a variance of 2.25."""
    data = synthetic(spread=0.0)
    for spot, freedom in ((PLAIN, 2), (PRIMARY, 4)):
        here = (data.network == spot.network) & (data.frames == spot.frames) & (data.hours == spot.hours)
        runs = int(here.sum())
        more = np.zeros(data.sizes["run"])
        more[here.values] = np.resize([-0.015, 0.0, 0.015], runs)
        moved = data.assign(wrong=data.wrong + xr.DataArray(more, dims="run"))
        assert speech_leads.variance_of_seeds(moved, spot) == (pytest.approx(2.25 / runs), freedom)
    alone = speech_leads.combined(moved, LEVEL, {PRIMARY: 1.0})
    voices = float(100**2 * speech_leads.trained(data, PRIMARY).wrong[0].var(ddof=1)) / TEST
    freedom = (voices + 2.25 / 6) ** 2 / (voices**2 / (TEST - 1) + (2.25 / 6) ** 2 / 4)
    half = scipy.stats.t.ppf(0.975, freedom) * np.sqrt(voices + 2.25 / 6)
    assert float(alone.high - alone.value) == pytest.approx(half, rel=1e-6)


def test_the_variance_of_tuning_is_pooled_over_what_was_tuned_twice():
    """Five networks; of each the mean error of the second tuning is 0.3 points more: 0.09 / 2."""
    data = synthetic(spread=0.0, tunings=0.0)
    data["wrong"] = data.wrong + 0.003 * data.tuning
    assert [float(one) for one in speech_leads.variance_of_tuning(data)] == pytest.approx([0.045, 5])


@pytest.mark.slow
def test_the_interval_holds_as_often_as_it_says():
    """Voices, tunings with their seeds, and what is left, drawn many times."""
    data, rng, hits = synthetic(spread=0.0, tunings=0.0, later=0.0), np.random.default_rng(0), []
    pair = PRIMARY, PRIMARY._replace(network="relu =5")
    true = float(speech_leads.lead(data, LEVEL, *pair).value)
    for _ in range(200):
        noise = 0.2 * rng.normal(size=(data.sizes["run"], 1)) + rng.normal(size=data.wrong.shape)
        one = speech_leads.lead(data.assign(wrong=data.wrong + noise / 100), LEVEL, *pair)
        hits.append(bool((one.low < true) & (true < one.high)))
    assert 0.91 < np.mean(hits) < 0.99


def test_what_is_trained_begins_with_the_primary_networks_and_has_their_sizes():
    cells = speech.cells(FULL)
    assert [cell.network for cell in cells[:4]] == ["relu 5", "relu =5"] * 2
    assert {cell.frames for cell in cells[:4]} == {25_000_000}
    assert cells[-1].network == "sigmoid 5 pretrained"
    found = speech.networks(FULL, 200)
    weights = {name: mlp.num_params((INPUTS, *found[f"relu {name}"].hidden, 200)) for name in ("5", "=5", "wide")}
    assert 0 <= weights["5"] - weights["=5"] < INPUTS + 200 + 1
    assert 0 < weights["wide"] - 4 * weights["5"] < INPUTS + 200 + 1


def test_a_rate_is_the_vertex_inside_the_grid():
    errors = {2.0**i: (i + 0.3) ** 2 for i in (-2, -1, 0, 1)}
    assert speech_tuning.vertex(errors) == pytest.approx(2.0**-0.3)
    assert speech_tuning.vertex({0.5: 1.0, 1.0: 1.0, 2.0: 1.0}) == 0.5  # the first of equals lies at an end
    grown = speech_tuning.widened({1.0: 15.0, 2.0: 14.0, 4.0: 12.0}, lambda rate: abs(rate - 16), 3)
    assert sorted(grown)[-1] == 32.0
    assert speech_tuning.at_end(grown) == 0
    assert [speech_tuning.at_end({1.0: 0.3, 2.0: 0.3 - gain}, flat=0.001) for gain in (0.0005, 0.01)] == [0, 1]


def bowl(spent, rate=0.002, decay=0.3, rate_otherwise=0.002):
    """A cost with its least in full trainings at this rate and decay, and at another rate with any other decay; in
    short trainings it is at a rate of 0.004 and a decay of 0.3.
    """

    def cost(at_rate, at_decay, frames):
        spent.append((at_rate, at_decay, frames))
        full = frames == 1600
        best_decay = decay if full else 0.3
        best_rate = 0.004 if not full else rate if at_decay == pytest.approx(decay) else rate_otherwise
        return abs(np.log2(at_rate / best_rate)) + abs(np.log(at_decay / best_decay))

    return cost


def tuned(cost):
    return speech_tuning.tuned(cost, FULL.rates, FULL.decays, 1600, FULL.short, FULL.grow)


def test_tuning_costs_five_and_a_half_full_trainings_and_goes_on_where_the_best_lies_at_an_end():
    spent = []
    found = tuned(bowl(spent))
    assert sum(frames for *_, frames in spent) == 5.5 * 1600
    assert found.full == found.same_decay == (pytest.approx(0.002), 0.3, 0, 0)
    assert found.short == (pytest.approx(0.004), 0.3, 0, 0)
    spent.clear()
    assert tuned(bowl(spent, rate=0.0005)).full == (pytest.approx(0.0005), 0.3, 0, 0)
    assert sum(frames for *_, frames in spent) == 7.5 * 1600


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
    found = tuned(bowl(spent, decay=best))
    full = [(rate, decay) for rate, decay, frames in spent if frames == 1600]
    assert [decay for _, decay in full[3 : 3 + len(tried)]] == pytest.approx(tried)
    assert found.full[1:] == (pytest.approx(tried[-1] if end else best), 0, end)
    assert [rate for rate, _ in full[3 + len(tried) :]] == ([] if best == 0.3 else [0.001, 0.004])


def test_shorter_trainings_do_not_depend_on_the_decay_of_full_ones():
    same, other = tuned(bowl([])), tuned(bowl([], rate=0.001, decay=0.1))
    assert other.full == (pytest.approx(0.001), 0.1, 0, 0)
    for best in (same, other):
        assert speech_tuning.of_share(1 / 16, best, 16)[:2] == (pytest.approx(0.004), 0.3)
        assert speech_tuning.of_share(1 / 4, best, 16)[:2] == (pytest.approx(0.002 * 2**0.5), 0.3)


def noise(frames, classes, seed):
    """Noise in which the class can be told from the first bands, in utterances of ten frames."""
    rng = np.random.default_rng(seed)
    answer = rng.integers(0, classes, frames)
    bands = rng.normal(size=(frames, 40)) + 3 * (answer[:, None] == np.arange(40))
    first = np.arange(frames) // 10 * 10
    return examples.Speech(*map(jnp.asarray, (bands.astype("float16"), first, first + 9, answer)))


NOISE = examples.Examples(noise(1200, 3, 0), noise(20 * VOICES, 3, 1), 3)


def test_windows_stay_within_their_utterance():
    one = noise(20, 3, 0)
    found = np.asarray(examples.windows(one, jnp.array([0, 9, 10]))).reshape(3, 11, 40)
    bands = np.asarray(one.bands, "float32")
    np.testing.assert_array_equal(found[0], bands[[0] * 6 + [1, 2, 3, 4, 5]])
    np.testing.assert_array_equal(found[1], bands[[4, 5, 6, 7, 8] + [9] * 6])
    np.testing.assert_array_equal(found[2][:6], bands[[10] * 6])


def test_every_pass_sees_all_frames_once_in_an_order_of_its_own():
    found = speech_training.order(1, 0, 250, 100)
    assert sorted(found[:100]) == sorted(found[100:200]) == list(range(100))
    assert list(found[:100]) != list(found[100:200])
    parts = [speech_training.order(1, a, b, 100) for a, b in ((0, 90), (90, 210), (210, 250))]
    np.testing.assert_array_equal(found, np.concatenate(parts))


def test_a_training_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    """A growing network, with a last batch that is not full; written down after every piece."""
    monkeypatch.setattr(speech_training, "PIECE", 7)
    job, done = Job((((16,), 2_000), ((16, 16), 4_010)), "relu", 0.01, 0.1, 0, 1200, 50), []
    run = Run(tmp_path, {}, [], [])
    whole = speech_training.train(job, NOISE, NOWHERE)
    assert whole.wrong.shape == (VOICES,)
    assert whole.wrong.mean() < 0.3  # by chance two thirds
    monkeypatch.setattr(speech_training, "PAUSE", -1.0)
    write = resume.write

    def stop(path, **arrays):
        write(path, **arrays)
        done.append(int(arrays["done"]))
        if len(done) in (5, 9):
            raise KeyboardInterrupt

    monkeypatch.setattr(speech_training.resume, "write", stop)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            speech_training.train(job, NOISE, run)
    found = speech_training.train(job, NOISE, run)
    np.testing.assert_array_equal(found.wrong, whole.wrong)
    assert found.loss == whole.loss
    assert len(set(done)) == len(done)  # nothing was trained twice
    assert not list(tmp_path.glob("*.npz"))
    monkeypatch.setattr(speech_training, "_pieces", lambda *_: 1 / 0)
    np.testing.assert_array_equal(speech_training.train(job, NOISE, run).wrong, whole.wrong)  # read
    diverging = job._replace(learning_rate=1e30)
    monkeypatch.undo()
    monkeypatch.setattr(speech_training, "PIECE", 7)
    found = speech_training.train(diverging, NOISE, NOWHERE)
    assert (found.wrong == 1).all()
    assert found.loss == np.inf


def test_pretrained_networks_see_as_many_frames_in_all():
    network = Network("sigmoid", (256,) * 3, pretrained=True)
    job = speech_training.job(network, 1_600, 0.1, 0.1, 0, 10.0, NOISE, 256)
    assert [layers for layers, _ in job.stages] == [(256,), (256, 256), (256,) * 3]
    assert [frames for _, frames in job.stages] == [100, 100, 1_400]
    plain = speech_training.job(network._replace(pretrained=False), 1_600, 0.1, 0.1, 0, 10.0, NOISE, 256)
    assert plain.stages == (((256,) * 3, 1_600),)


def corpus(frames, seed):
    """A corpus of noise in which one of three phonemes can be told from the first band."""
    one, zero = noise(frames, 3, seed), np.zeros(frames, np.int8)
    return recordings.Corpus(
        np.asarray(one.bands), np.asarray(one.answer, np.int16), zero, (np.arange(frames) // 10).astype(np.int32),
        np.array(["a", "b", "c"]), np.array(["en+f1"] * (frames // 10 + 1)),
    )  # fmt: skip


@pytest.mark.slow
def test_a_tiny_run_learns_what_can_be_told(monkeypatch):
    monkeypatch.setattr(examples, "corpora", lambda *_: [corpus(n, n) for n in (1800, 20 * VOICES)])
    tiny = dataclasses.replace(
        speech.QUICK, neurons=16, primary_frames=8_000, ladder_frames=6_000, wide_frames=5_000, batch_size=20,
        sigmoid_layers=(1, 5), sigmoid_frames=6_000, hours=0.005, fewer_hours=0.004, voice_frames=20,
    )  # fmt: skip
    data = speech.run(tiny)
    committed = results.load(claims.ROOT.parent / "results/wide_versus_deep/speech/data.nc")
    assert {name: (one.dims, one.dtype.kind) for name, one in data.variables.items()} == {
        name: (one.dims, one.dtype.kind) for name, one in committed.variables.items()
    }
    assert data.attrs.keys() == committed.attrs.keys()
    assert data.voice.values.tolist() == TEST_VOICES
    error = speech_leads.percent(data, Spot("relu =5", 8_000, 0.005))
    assert error.sizes == {"tuning": 2, "voice": TEST}
    assert error.mean() < 10
    assert len(outcomes(data)) == len(speech.STATEMENTS)


@pytest.mark.parametrize(
    "change",
    [
        {"layers": (2, 5)},
        {"layers": (1, 3)},
        {"sigmoid_layers": (5,)},
        {"rates": (0.1, 0.3, 0.9)},
        {"decays": (0.1, 0.3)},
        {"fewer_hours": 0.08},
        {"wide_frames": 50_000, "shares": (0.25, 0.5), "primary_frames": 100_000},
        {"batch_size": 5_000},
    ],
)
def test_settings_that_make_no_sense_are_named(change):
    with pytest.raises(ValueError, match="|".join(change)):
        check(speech, dataclasses.replace(speech.QUICK, **change))
