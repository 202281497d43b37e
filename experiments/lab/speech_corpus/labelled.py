"""What a network is trained on: the classes of frames that are told apart, and where each one's utterance ends."""

import numpy as np

from experiments.lab.speech_corpus.features import PARTS
from experiments.lab.speech_corpus.recordings import Corpus

type Class = tuple[str, int]  # a phoneme and its part
RARE: Class = ("other", 0)


def classes(corpus: Corpus, least: int = 50) -> tuple[Class, ...]:
    """The parts of phonemes with so many frames or more in the training speech, most first; before them RARE, for all
    others.
    """
    if least < 1:
        raise ValueError(f"least={least!r} must be 1 or more")
    names, at = _named(corpus)
    frames = np.bincount(at, minlength=len(names))
    return (RARE, *(names[i] for i in np.argsort(-frames, kind="stable") if frames[i] >= least))


def answers(corpus: Corpus, classes: tuple[Class, ...]) -> np.ndarray:
    """The class of each frame [T], by its place in `classes`; one that is not there is RARE."""
    places = {one: i for i, one in enumerate(classes)}
    names, at = _named(corpus)
    return np.array([places.get(one, 0) for one in names] or [0], np.int32)[at]


def _named(corpus: Corpus) -> tuple[list[Class], np.ndarray]:
    """The classes that are there, in order of phoneme and part, and which one each frame is [T]."""
    unique, at = np.unique(corpus.phoneme.astype(int) * PARTS + corpus.part, return_inverse=True)
    return [(str(corpus.names[code // PARTS]), int(code % PARTS)) for code in unique], at


def ends(corpus: Corpus) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last frame [T] int32 of the utterance of each frame."""
    each = np.bincount(corpus.utterance, minlength=1)
    last = np.cumsum(each)[corpus.utterance] - 1
    return (last - each[corpus.utterance] + 1).astype(np.int32), last.astype(np.int32)
