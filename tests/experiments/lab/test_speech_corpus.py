"""Speech that is made offline: the same bytes every time, voices apart, labels by the synthesiser's clock."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

from experiments.lab.speech_corpus import (
    features,
    labelled,
    recordings,
    sentences,
    synthesiser,
    voices,
)
from experiments.lab.speech_corpus.synthesiser import Spoken, Utterance

RATE = synthesiser.SAMPLE_RATE


@pytest.mark.slow
def test_a_seed_gives_the_same_bytes_whoever_makes_them():
    made = recordings.corpus("train", 0.01, 3, workers=2)
    again = recordings.corpus("train", 0.004, 3, workers=1)
    n = len(again.frames)
    assert n == 0.004 * recordings.FRAMES_PER_HOUR
    np.testing.assert_array_equal(again.frames, made.frames[:n])  # less is the beginning of more
    np.testing.assert_array_equal(again.names[again.phoneme], made.names[made.phoneme[:n]])
    np.testing.assert_array_equal(again.part, made.part[:n])
    other = recordings.corpus("train", 0.001, 4)
    assert not np.array_equal(other.frames, made.frames[: len(other.frames)])


def test_frames_are_normalised_and_of_half_precision():
    made = recordings.corpus("train", 0.004, 3, workers=1)
    assert made.frames.shape == (1440, features.BANDS)
    assert made.frames.dtype == np.float16
    whole = made.utterance < made.utterance[-1]  # the last one is cut
    one = made.frames[whole & (made.utterance == 1)].astype(float)
    np.testing.assert_allclose(one.mean(axis=0), 0, atol=1e-2)
    np.testing.assert_allclose(one.std(axis=0), 1, atol=1e-2)


def test_no_voice_is_on_two_sides():
    takes = [[take for person in people for take in person] for people in voices.PEOPLE.values()]
    everyone = [take for side in takes for take in side]
    assert len(set(everyone)) == len(everyone)
    rng = np.random.default_rng(0)
    for side, people in voices.PEOPLE.items():
        said = {recordings.utterance(people, rng).voice.partition("+")[2] for _ in range(300)}
        assert said <= {take for person in voices.PEOPLE[side] for take in person}


def test_voices_that_are_drawn_speak_too():
    said = synthesiser.speak([Utterance("see", "en+drawn01"), Utterance("see", "en+drawn02")], voices.DRAWN)
    other = synthesiser.speak([Utterance("see", "en")])
    waves = [one.samples for one in (*said, *other)]
    assert all(len(wave) > 1000 for wave in waves)
    assert not any(np.array_equal(a, b) for a, b in itertools.combinations(waves, 2))
    assert len(set(voices.DRAWN.values())) == len(voices.DRAWN)


def test_every_voice_of_a_side_has_as_many_frames(monkeypatch):
    people = voices.PEOPLE["development"][-5:]
    monkeypatch.setitem(voices.PEOPLE, "development", people)
    found = recordings.each_voice("development", 40, 0)
    assert len(found.frames) == 40 * len(people)
    for i, person in enumerate(people):
        takes = {str(found.voice[u]).partition("+")[2] for u in found.utterance[i * 40 : (i + 1) * 40]}
        assert takes <= set(person)


def test_every_voice_speaks_in_every_accent():
    asked = [
        Utterance("a word", f"{voices.ACCENTS[i % len(voices.ACCENTS)]}+{take}")
        for i, take in enumerate(take for people in voices.PEOPLE.values() for person in people for take in person)
    ]
    said = synthesiser.speak(asked, voices.DRAWN)
    assert all(len(one.samples) > 0.2 * RATE and np.any(one.samples) for one in said)
    again = synthesiser.speak(asked[:20], voices.DRAWN)  # noise, which some of these have, is drawn alike every time
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(said[:20], again, strict=True))


def test_phonemes_are_those_of_the_words():
    (said,) = synthesiser.speak([Utterance("see", "en-us")])
    assert [features.phoneme_of(name) for name in said.phonemes if features.phoneme_of(name) != "_"] == ["s", "i:"]
    names, part = features.labels(said)
    assert [a for a, b in zip(names, ["", *names], strict=False) if a not in (b, "_")] == ["s", "i:"]
    first = np.array(names) == "s"
    assert (np.diff(part[first]) >= 0).all()
    assert set(part[first]) == {0, 1, 2}


def test_labels_by_hand():
    # One second: silence to 0.3 s, "a" to 0.6 s, "b" to the end.
    said = Spoken(np.ones(RATE, np.int16), ("'a", "b"), np.array([round(0.3 * RATE), round(0.6 * RATE)]))
    names, part = features.labels(said)
    centre = np.arange(len(names)) * 0.01 + 0.0125
    assert features.num_frames(RATE) == len(names) == 98
    assert names == ["_" if t < 0.3 else "a" if t < 0.6 else "b" for t in centre]
    np.testing.assert_array_equal(part[np.array(names) == "a"], np.repeat([0, 1, 2], 10))
    assert set(part[np.array(names) == "_"]) == {0}


def test_an_utterance_of_which_nothing_is_heard_has_no_frames():
    asked = [Utterance("", "en"), Utterance("nothing", "en"), Utterance("a", "en")]
    silent = Spoken(np.zeros(RATE, np.int16), (), np.array([], np.int64))
    nothing = Spoken(np.zeros(0, np.int16), (), np.array([], np.int64))
    noise = np.random.default_rng(0).integers(-99, 99, RATE).astype(np.int16)
    found = recordings.heard(
        asked, [nothing, silent, Spoken(noise, (), np.array([], np.int64))], np.random.default_rng(0)
    )
    assert set(found.utterance) == {2}
    assert set(found.names[found.phoneme]) == {"_"}
    empty = recordings.heard(asked[:1], [nothing], np.random.default_rng(0))
    assert empty.frames.shape == (0, features.BANDS)
    assert len(synthesiser.speak([Utterance("", "en")])) == 1


def small():
    """Three utterances of 2, 3 and 1 frames, of two bands."""
    frames = np.arange(12, dtype=np.float16).reshape(6, 2)
    return recordings.Corpus(
        frames, np.array([0, 0, 1, 1, 1, 2], np.int16), np.array([0, 0, 0, 1, 1, 0], np.int8),
        np.array([0, 0, 1, 1, 1, 4], np.int32), np.array(["a", "b", "c"]), np.array(["x"] * 5),
    )  # fmt: skip


def test_every_frame_knows_where_its_utterance_ends():
    first, last = labelled.ends(small())
    np.testing.assert_array_equal(first, [0, 0, 2, 2, 2, 5])
    np.testing.assert_array_equal(last, [1, 1, 4, 4, 4, 5])


def test_rare_classes_are_one():
    found = labelled.classes(small(), least=2)
    assert found == (("other", 0), ("a", 0), ("b", 1))
    np.testing.assert_array_equal(labelled.answers(small(), found), [1, 1, 0, 2, 2, 0])
    unheard = small()._replace(names=np.array(["z", "b", "c"]))  # another corpus may have other phonemes
    np.testing.assert_array_equal(labelled.answers(unheard, found), [0, 0, 0, 2, 2, 0])


def test_mel_filters_cover_the_band_evenly():
    weights = features.filters()
    frequency = np.fft.rfftfreq(features.FFT, 1 / RATE)
    assert (weights.sum(axis=0) > 0).all()
    inside = (frequency > 200) & (frequency < 7500)
    np.testing.assert_allclose(weights[inside].sum(axis=1), 1, atol=0.02)
    peaks = frequency[weights.argmax(axis=0)]
    assert (np.diff(peaks) >= 0).all()


def test_noise_is_as_strong_as_asked():
    rng = np.random.default_rng(0)
    tone = (8000 * np.sin(np.arange(RATE) * 0.3)).astype(np.int16)
    quiet, loud = (features.in_the_room(tone, np.random.default_rng(1), (snr, snr)) for snr in (60.0, 0.0))
    noise = loud - quiet
    assert 10 * np.log10(np.mean(quiet**2) / np.mean(noise**2)) == pytest.approx(0, abs=0.1)
    words = sentences.sentence(rng).split()
    assert sentences.SHORTEST <= len(words) <= sentences.LONGEST


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: recordings.corpus("nobody"), "side"),
        (lambda: recordings.corpus(hours=0.0), "hours"),
        (lambda: recordings.corpus(seed=-1), "seed"),
        (lambda: recordings.corpus(workers=0), "workers"),
        (lambda: recordings.each_voice(frames=0), "frames"),
        (lambda: labelled.classes(small(), 0), "least"),
        (lambda: synthesiser.speak([Utterance("a", "martian")]), "voice='martian'"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=name):
        call()


def test_what_to_install_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    sentences._words.cache_clear()
    with pytest.raises(ImportError, match=r"wordfreq.*nnjax\[speech\]"):
        sentences.sentence(np.random.default_rng(0))
    program = (
        "import runpy, sys; sys.modules['espeakng_loader'] = None; runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    asked = b'[[{"text": "a", "voice": "en"}], null]'
    command = [sys.executable, "-c", program, synthesiser.__file__]
    done = subprocess.run(command, input=asked, capture_output=True, check=False)
    assert done.returncode
    assert "nnjax[speech]" in done.stderr.decode().splitlines()[-1]
