"""The speech of the experiment, of which a network sees windows; it is synthesised once and kept in the user's cache.

Every voice is tested by itself: development voices first, then test voices, each with as many frames.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from experiments.lab import cache
from experiments.wide_versus_deep.speech.config import CONTEXT, PARTS, Config
from experiments.wide_versus_deep.speech.corpus import labelled, recordings
from experiments.wide_versus_deep.speech.corpus.labelled import Class
from experiments.wide_versus_deep.speech.corpus.recordings import FRAMES_PER_HOUR, Corpus
from experiments.wide_versus_deep.speech.corpus.voices import PEOPLE

# Voices by which settings are chosen, and voices that are reported.
CHOOSING, REPORTED = len(PEOPLE["development"]), len(PEOPLE["test"])
CONTEXT_FRAMES = 5  # to either side that a network sees
SHOWN = 200  # frames of the utterance that is drawn, two seconds
PERSONS = [person[0] for side in ("development", "test") for person in PEOPLE[side]]


class Speech(NamedTuple):
    """Frames of speech: their bands [T, 40] float16, the first and the last frame [T] of the utterance of each, and
    their classes [T].
    """

    bands: Any
    first: Any
    last: Any
    answer: Any


class Examples(NamedTuple):
    """What is trained on, what is tested with (each voice has as many frames), and the classes."""

    train: Speech
    tested: Speech
    classes: tuple[Class, ...]


def made(config: Config) -> dict[str, Examples]:
    """By the kind of classes, PARTS and CONTEXT; both share the bands."""
    train, tested = corpora(config)
    found, shared = {}, [_without_answers(one) for one in (train, tested)]
    for kind, most in ((PARTS, 0), *([(CONTEXT, config.context_classes)] if config.context_classes else [])):
        classes = labelled.classes(train, config.least_frames, most)
        answers = [jnp.asarray(labelled.answers(one, classes)) for one in (train, tested)]
        sides = [one._replace(answer=answer) for one, answer in zip(shared, answers, strict=True)]
        found[kind] = Examples(sides[0], sides[1], classes)
    return found


def corpora(config: Config) -> tuple[Corpus, Corpus]:
    """The training speech, and that of development voices with that of test voices behind it."""
    hours = config.hours
    train = _kept(
        "train", {"hours": hours}, lambda tell: recordings.corpus("train", hours, config.seed, on_frames=tell), config
    )
    tested = [
        _kept(side, {"frames": config.voice_frames}, functools.partial(_each, side, config), config)
        for side in ("development", "test")
    ]
    return train, _one_after_the_other(tested)


def _without_answers(corpus: Corpus) -> Speech:
    first, last = map(jnp.asarray, labelled.ends(corpus))
    return Speech(jnp.asarray(corpus.frames), first, last, None)


def windows(speech: Speech, at: Any) -> Any:
    """The frames at these places [n] with CONTEXT_FRAMES to either side [n, 440], float32. Beyond an utterance its end
    is repeated.
    """
    around = at[:, None] + jnp.arange(-CONTEXT_FRAMES, CONTEXT_FRAMES + 1)[None]
    inside = jnp.clip(around, speech.first[at][:, None], speech.last[at][:, None])
    return speech.bands[inside].reshape(len(at), -1).astype(jnp.float32)


def frames(hours: float) -> int:
    return round(hours * FRAMES_PER_HOUR)


def _each(side: str, config: Config, tell: Callable[[int], object]) -> Corpus:
    return recordings.each_voice(side, config.voice_frames, config.seed, on_frames=tell)


def _one_after_the_other(parts: list[Corpus]) -> Corpus:
    """Two corpora as one. Their names may differ, so those of the second are moved behind those of the first."""
    first, second = parts
    return Corpus(
        np.concatenate([first.frames, second.frames]),
        np.concatenate([first.phoneme, second.phoneme + np.int16(len(first.names))]),
        np.concatenate([first.part, second.part]),
        np.concatenate([first.utterance, second.utterance + np.int32(len(first.voice))]),
        np.concatenate([first.names, second.names]),
        np.concatenate([first.voice, second.voice]),
    )


def _kept(side: str, size: dict[str, Any], make: Callable[[Callable[[int], object]], Corpus], config: Config) -> Corpus:
    """A corpus out of the cache, or made with a bar that shows how far it is."""
    total = size.get("frames", 0) * len(PEOPLE[side]) or frames(size.get("hours", 0))

    def fresh() -> dict[str, np.ndarray]:
        with _bar(f"speech, {side}", total) as tell:
            return make(tell)._asdict()

    key = {"side": side, "seed": config.seed, "made by": makers()} | size
    return Corpus(**cache.kept("speech", key, fresh))


def makers() -> list[str]:
    """All that decides the bytes: the code, and the versions of what speaks and of the words.

    Raises:
        ImportError: where one of the packages is not there, telling what installs it.
    """
    code = hashlib.sha256()
    for path in sorted(Path(recordings.__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    packages = ("espeakng-loader", "wordfreq", "numpy")
    try:
        return [code.hexdigest(), *(f"{name} {importlib.metadata.version(name)}" for name in packages)]
    except importlib.metadata.PackageNotFoundError as error:
        raise ImportError(
            f"speech is made with the package {error.name}, which is not installed: pip install 'nnjax[speech]'"
        ) from None


@contextlib.contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[int], object]]:
    with tqdm(total=total, desc=what, unit=" frames", unit_scale=True, disable=None, leave=False) as bar:
        yield lambda done: bool(bar.update(done))
