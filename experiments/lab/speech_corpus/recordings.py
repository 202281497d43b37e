"""Speech with exact labels, made offline: who says what, and with which noise, is drawn from a seed.

A corpus is spoken in batches, each by a fresh synthesiser and from a random stream of its own. So an hour is the
beginning of five hours. The same bytes come out, whoever makes how many batches at a time.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from typing import NamedTuple

import numpy as np

from experiments.lab.speech_corpus import features, sentences, voices
from experiments.lab.speech_corpus.synthesiser import Spoken, Utterance, speak

FRAMES_PER_HOUR = 360_000
BATCH = 100  # utterances of one synthesiser, five to six minutes
SMALL_BATCH = 12  # at most, where a voice speaks alone
SNR = (5.0, 20.0)  # dB
RATES, PITCHES, RANGES = (130, 230), (20, 80), (25, 75)


class Corpus(NamedTuple):
    """Frames of speech [T, 40] float16, and what they are.

    `phoneme` [T] int16 is a place in `names`, and `part` [T] int8 is its beginning, middle or end (0, 1, 2).
    `utterance` [T] int32 counts from 0. `voice` [utterances] is who spoke it, as eSpeak NG calls accent and variant.
    """

    frames: np.ndarray
    phoneme: np.ndarray
    part: np.ndarray
    utterance: np.ndarray
    names: np.ndarray
    voice: np.ndarray


def corpus(
    side: str = "train",
    hours: float = 1.0,
    seed: int = 0,
    *,
    workers: int | None = None,
    on_frames: Callable[[int], object] = lambda frames: None,
) -> Corpus:
    """Speech of the voices of one side, in accents, rates and pitches of all kinds, with noise at 5 to 20 dB.

    Args:
        side: "train", "development" or "test". No voice is on two of them.
        hours: of speech, pauses within sentences included; 360,000 frames each.
        seed: of everything that is drawn.
        workers: synthesisers at a time, as many as cores by default. Bytes do not depend on it.
        on_frames: told how many frames each batch has added.

    Raises:
        ValueError: for an unknown side, and for hours or a seed that make no sense.
        ImportError: where espeakng-loader or wordfreq is not installed, telling what installs them.
    """
    _check(side, hours, seed)
    wanted = max(1, round(hours * FRAMES_PER_HOUR))
    place = list(voices.PEOPLE).index(side)
    batches = _ahead(
        (lambda n=n: _batch(voices.PEOPLE[side], BATCH, [int(seed), place, n]) for n in count()), _cores(workers)
    )
    return _collected(batches, wanted, on_frames)


def each_voice(
    side: str = "test",
    frames: int = 4_000,
    seed: int = 0,
    *,
    workers: int | None = None,
    on_frames: Callable[[int], object] = lambda frames: None,
) -> Corpus:
    """Every person of a side in turn, each with as many frames [people * frames], otherwise like `corpus`."""
    _check(side, 1.0, seed)
    if isinstance(frames, bool) or not isinstance(frames, int | np.integer) or frames < 1:
        raise ValueError(f"frames={frames!r} must be a whole number of 1 or more")
    place = list(voices.PEOPLE).index(side)

    def alone(who: int) -> Corpus:
        person = (voices.PEOPLE[side][who],)
        size = min(SMALL_BATCH, 2 + int(frames) // 200)  # an utterance has about 300 frames
        return _collected((_batch(person, size, [int(seed), place, who, n]) for n in count()), int(frames))

    parts = []
    for part in _ahead((lambda i=i: alone(i) for i in range(len(voices.PEOPLE[side]))), _cores(workers)):
        parts.append(part)
        on_frames(len(part.frames))
    return _joined(parts)


def _check(side: str, hours: float, seed: int) -> None:
    if side not in voices.PEOPLE:
        raise ValueError(f"side={side!r} must be one of {', '.join(voices.PEOPLE)}")
    if not 0 < hours <= 1000:
        raise ValueError(f"hours={hours!r} must be above 0 and at most 1000")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed={seed!r} must be a whole number of 0 or more")


def _cores(workers: int | None) -> int:
    if workers is not None and workers < 1:
        raise ValueError(f"workers={workers!r} must be 1 or more")
    return workers or os.cpu_count() or 1


def _collected(batches: Iterator[Corpus], wanted: int, on_frames: Callable[[int], object] = lambda n: None) -> Corpus:
    """The first frames of some batches."""
    parts, frames = [], 0
    for part in batches:
        parts.append(part)
        on_frames(min(len(part.frames), wanted - frames))
        frames += len(part.frames)
        if frames >= wanted:
            break
    return first(_joined(parts), wanted)


def _ahead(tasks: Iterator[Callable[[], Corpus]], workers: int) -> Iterator[Corpus]:
    """What the tasks make, in their order; so many are at work at a time."""
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(task) for task in islice(tasks, workers)]
        try:
            while waiting:
                done = waiting.pop(0).result()
                waiting += [pool.submit(task) for task in islice(tasks, 1)]
                yield done
        finally:
            for future in waiting:
                future.cancel()


def _batch(people: tuple[tuple[str, ...], ...], size: int, seed: list[int]) -> Corpus:
    """The utterances of one synthesiser."""
    rng = np.random.default_rng(seed)
    asked = [utterance(people, rng) for _ in range(size)]
    drawn = {name: voices.DRAWN[name] for person in people for name in person if name in voices.DRAWN}
    return heard(asked, speak(asked, drawn), rng)


def utterance(people: tuple[tuple[str, ...], ...], rng: np.random.Generator) -> Utterance:
    """One of these people says something: first a person is drawn, then one of their takes."""
    person = people[rng.integers(len(people))]
    voice = f"{rng.choice(voices.ACCENTS)}+{person[rng.integers(len(person))]}"
    how = (int(rng.integers(low, high + 1)) for low, high in (RATES, PITCHES, RANGES))
    return Utterance(sentences.sentence(rng), voice, *how)


def heard(asked: list[Utterance], spoken: list[Spoken], rng: np.random.Generator) -> Corpus:
    """Frames and labels of utterances; one of which nothing is heard has no frames."""
    names: dict[str, int] = {}
    frames, phonemes, parts, numbers = [], [], [], []
    for i, one in enumerate(spoken):
        if not features.num_frames(len(one.samples)) or not np.any(one.samples):
            continue
        said, part = features.labels(one)
        frames.append(features.log_mel(features.in_the_room(one.samples, rng, SNR)))
        phonemes.append([names.setdefault(name, len(names)) for name in said])
        parts.append(part)
        numbers.append(np.full(len(part), i))
    return Corpus(
        np.concatenate([np.zeros((0, features.BANDS), np.float16), *frames]),
        np.concatenate([[], *phonemes]).astype(np.int16),
        np.concatenate([[], *parts]).astype(np.int8),
        np.concatenate([[], *numbers]).astype(np.int32),
        np.array(list(names), dtype="U8"),
        np.array([one.voice for one in asked], dtype="U32"),
    )


def _joined(parts: list[Corpus]) -> Corpus:
    """One corpus of several, with one list of names, in the order of the alphabet."""
    names = np.unique(np.concatenate([part.names for part in parts]))
    first = np.cumsum([0, *(len(part.voice) for part in parts)])[:-1]
    return Corpus(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([np.searchsorted(names, part.names)[part.phoneme] for part in parts]).astype(np.int16),
        np.concatenate([part.part for part in parts]),
        np.concatenate([part.utterance + start for part, start in zip(parts, first, strict=True)]).astype(np.int32),
        names,
        np.concatenate([part.voice for part in parts]),
    )


def first(corpus: Corpus, frames: int) -> Corpus:
    """Its first frames."""
    return corpus._replace(
        **{name: getattr(corpus, name)[:frames] for name in ("frames", "phoneme", "part", "utterance")}
    )
