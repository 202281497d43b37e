"""What a network is trained on: windows of frames, and the classes that are told apart."""

import numpy as np

from experiments.wide_versus_deep.speech.corpus import features
from experiments.wide_versus_deep.speech.corpus.recordings import Corpus
from nnjax.tasks.data import Data

CONTEXT = 5  # frames to either side that a network sees
RARE = ("other", 0)


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
    """Each frame with those around it [T, (2 context + 1) 40], float32. Beyond an utterance its end is repeated."""
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
