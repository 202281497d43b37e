"""What a network is trained on: the classes of frames that are told apart, and where each one's utterance ends."""

import numpy as np

from experiments.wide_versus_deep.speech.corpus import features
from experiments.wide_versus_deep.speech.corpus.recordings import Corpus

type Class = tuple[str, int, str]  # a phoneme, its part, and the neighbour on that side; "" for any
RARE: Class = ("other", 0, "")


def classes(corpus: Corpus, least: int = 50, most: int = 0) -> tuple[Class, ...]:
    """What is told apart, RARE for all others first.

    Args:
        corpus: the training speech.
        least: parts of phonemes with so many frames or more, most first.
        most: so many classes in all, if that is more: first and last parts in the context of the phoneme before or
            after, those with most frames.
    """
    if least < 1 or most < 0:
        raise ValueError(f"least={least!r} must be 1 or more, and most={most!r} 0 or more")
    found = [RARE]
    for in_context in (False, True) if most else (False,):
        names, at = _named(corpus, in_context)
        frames = np.bincount(at, minlength=len(names))
        often = [names[i] for i in np.argsort(-frames, kind="stable") if frames[i] >= least]
        found += [one for one in often if one not in found][: max(0, most - len(found)) if in_context else None]
    return tuple(found)


def answers(corpus: Corpus, classes: tuple[Class, ...]) -> np.ndarray:
    """The class of each frame [T], by its place in `classes`: in context where that is among them, else without, else
    RARE.
    """
    places = {one: i for i, one in enumerate(classes)}
    names, at = _named(corpus, any(neighbour for _, _, neighbour in classes))
    found = [places.get(one, places.get((*one[:2], ""), 0)) for one in names]
    return np.array(found or [0], np.int32)[at]


def _named(corpus: Corpus, in_context: bool) -> tuple[list[Class], np.ndarray]:
    """The classes that are there, in order of phoneme, part and neighbour, and which one each frame is [T]."""
    phoneme, part = corpus.phoneme.astype(int), corpus.part.astype(int)
    neighbour = _neighbours(corpus) if in_context else np.full(len(phoneme), -1)
    codes = (phoneme * features.PARTS + part) * (len(corpus.names) + 1) + neighbour + 1
    unique, at = np.unique(codes, return_inverse=True)
    names = [str(name) for name in corpus.names]
    both, beside = np.divmod(unique, len(names) + 1)
    found = zip(both // features.PARTS, both % features.PARTS, beside, strict=True)
    return [(names[p], int(k), names[b - 1] if b else "") for p, k, b in found], at


def _neighbours(corpus: Corpus) -> np.ndarray:
    """The phoneme before a first part and after a last part [T]; -1 for other parts, silence, and at the ends of an
    utterance.
    """
    phoneme, part, utterance = (np.asarray(a, int) for a in (corpus.phoneme, corpus.part, corpus.utterance))
    new = np.ones(len(phoneme), bool)
    new[1:] = (np.diff(phoneme) != 0) | (np.diff(utterance) != 0) | (np.diff(part) < 0)
    starts, at = np.flatnonzero(new), np.cumsum(new) - 1
    spoken, of = phoneme[starts], utterance[starts]
    found = np.full(len(phoneme), -1)
    silent = np.array([name == features.SILENCE for name in corpus.names], bool)[phoneme]
    for side, wanted in ((-1, 0), (1, features.PARTS - 1)):
        there = np.clip(at + side, 0, len(starts) - 1)
        some = (part == wanted) & ~silent & (at + side == there) & (of[there] == utterance)
        found[some] = spoken[there[some]]
    return found


def ends(corpus: Corpus) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last frame [T] int32 of the utterance of each frame."""
    each = np.bincount(corpus.utterance, minlength=1)
    last = np.cumsum(each)[corpus.utterance] - 1
    return (last - each[corpus.utterance] + 1).astype(np.int32), last.astype(np.int32)
