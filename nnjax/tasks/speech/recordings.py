"""Speech with exact labels, made offline: who says what in which room is drawn from a seed.

A corpus is spoken in batches, each by a fresh synthesiser and from a random stream of its own, so that an hour is the
beginning of five hours, and the same bytes come out whoever makes how many batches at a time.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from typing import NamedTuple

import numpy as np

from nnjax.tasks.data import Data
from nnjax.tasks.speech import features, sentences, voices
from nnjax.tasks.speech.synthesiser import Spoken, Utterance, speak

FRAMES_PER_HOUR = 360_000
BATCH = 100  # utterances of one synthesiser, five to six minutes
SNR = (5.0, 20.0)  # dB
RATES, PITCHES, RANGES = (130, 230), (20, 80), (25, 75)
CONTEXT = 5  # frames to either side that a network sees
RARE = ("other", 0)


class Corpus(NamedTuple):
    """Frames of speech [T, 40] float16, and what they are.

    phoneme [T] int16 is a place in `names`, part [T] int8 its beginning, middle or end (0, 1, 2), utterance [T] int32
    counts from 0, and voice [utterances] is who spoke it, as eSpeak NG calls accent and variant.
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
    on_frames: Callable[[int], None] = lambda frames: None,
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
    if side not in voices.PEOPLE:
        raise ValueError(f"side={side!r} must be one of {', '.join(voices.PEOPLE)}")
    if not 0 < hours <= 1000:
        raise ValueError(f"hours={hours!r} must be above 0 and at most 1000")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed={seed!r} must be a whole number of 0 or more")
    wanted = max(1, round(hours * FRAMES_PER_HOUR))
    parts, frames = [], 0
    for part in _batches(side, int(seed), workers or os.cpu_count() or 1):
        parts.append(part)
        on_frames(min(len(part.frames), wanted - frames))
        frames += len(part.frames)
        if frames >= wanted:
            break
    return _cut(_joined(parts), wanted)


def _batches(side: str, seed: int, workers: int) -> Iterator[Corpus]:
    """Batch after batch without end, in order; some are made ahead."""
    with ThreadPoolExecutor(workers) as pool:
        numbers = count()
        ahead = [pool.submit(_batch, side, seed, number) for number in islice(numbers, workers)]
        try:
            while True:
                done = ahead.pop(0).result()
                ahead.append(pool.submit(_batch, side, seed, next(numbers)))
                yield done
        finally:
            for future in ahead:
                future.cancel()


def _batch(side: str, seed: int, number: int) -> Corpus:
    """The utterances of one synthesiser."""
    rng = np.random.default_rng([seed, list(voices.PEOPLE).index(side), number])
    asked = [utterance(side, rng) for _ in range(BATCH)]
    return heard(asked, speak(asked), rng)


def utterance(side: str, rng: np.random.Generator) -> Utterance:
    """Somebody of this side says something: first a person is drawn, then one of their takes."""
    people = voices.PEOPLE[side]
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
    first = np.cumsum([0, *(len(part.voice) for part in parts)])
    return Corpus(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([np.searchsorted(names, part.names)[part.phoneme] for part in parts]).astype(np.int16),
        np.concatenate([part.part for part in parts]),
        np.concatenate([part.utterance + start for part, start in zip(parts, first[:-1], strict=True)]).astype(np.int32),
        names,
        np.concatenate([part.voice for part in parts]),
    )


def _cut(corpus: Corpus, frames: int) -> Corpus:
    """Its first frames."""
    return corpus._replace(
        **{name: getattr(corpus, name)[:frames] for name in ("frames", "phoneme", "part", "utterance")}
    )


def classes(corpus: Corpus, least: int = 50) -> tuple[tuple[str, int], ...]:
    """What is told apart: parts of phonemes with so many frames or more, most first; ("other", 0) are all others."""
    if least < 1:
        raise ValueError(f"least={least!r} must be 1 or more")
    pairs = corpus.phoneme.astype(int) * features.PARTS + corpus.part
    frames = np.bincount(pairs, minlength=len(corpus.names) * features.PARTS)
    order = [i for i in np.argsort(-frames, kind="stable") if frames[i] >= least]
    return (RARE, *((str(corpus.names[i // features.PARTS]), int(i % features.PARTS)) for i in order))


def answers(corpus: Corpus, classes: tuple[tuple[str, int], ...]) -> np.ndarray:
    """The class of each frame [T], by its place in `classes`; what is not among them is the first."""
    places = {one: i for i, one in enumerate(classes)}
    found = [places.get((str(name), part), 0) for name in corpus.names for part in range(features.PARTS)]
    return np.array(found or [0], np.int32)[corpus.phoneme.astype(int) * features.PARTS + corpus.part]


def windows(corpus: Corpus, context: int = CONTEXT) -> np.ndarray:
    """Each frame with those around it [T, (2 context + 1) 40] float32. Beyond an utterance its last frame is repeated."""
    if context < 0:
        raise ValueError(f"context={context!r} must be 0 or more")
    each = np.bincount(corpus.utterance, minlength=1)
    ends = np.cumsum(each)[corpus.utterance] - 1
    begins = ends - each[corpus.utterance] + 1
    at = np.arange(len(corpus.frames))
    around = [corpus.frames[np.clip(at + k, begins, ends)] for k in range(-context, context + 1)]
    return np.concatenate(around, axis=1).astype(np.float32)


def examples(train: Corpus, test: Corpus, classes: tuple[tuple[str, int], ...], context: int = CONTEXT) -> Data:
    """Windows and one-hot classes of both, in float32: 440 inputs at 5 frames to either side."""
    pairs = []
    for one in (train, test):
        y = np.zeros((len(one.frames), len(classes)), np.float32)
        y[np.arange(len(y)), answers(one, classes)] = 1
        pairs += [windows(one, context), y]
    return Data(*pairs)
