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
from experiments.lab.speech_corpus import labelled, recordings
from experiments.lab.speech_corpus.features import BANDS
from experiments.lab.speech_corpus.recordings import FRAMES_PER_HOUR, Corpus
from experiments.lab.speech_corpus.voices import PEOPLE

DEVELOPMENT, TEST = (len(PEOPLE[side]) for side in ("development", "test"))  # voices that tune, and that are reported
TEST_VOICES = [person[0] for person in PEOPLE["test"]]
CONTEXT = 5  # frames to either side that a network sees
INPUTS = (2 * CONTEXT + 1) * BANDS


class Speech(NamedTuple):
    """Frames of speech: their bands [T, 40] float16, the first and the last frame [T] of the utterance of each, and
    their classes [T].
    """

    bands: Any
    first: Any
    last: Any
    answer: Any


class Examples(NamedTuple):
    """What is trained on, what is tested with, and the number of classes."""

    train: Speech
    tested: Speech
    num_classes: int


def made(hours: float, voice_frames: int, least_frames: int, seed: int) -> Examples:
    """Hours of training speech; `voice_frames` of each voice of the other sides; classes of `least_frames` or more."""
    train, tested = corpora(hours, voice_frames, seed)
    classes = labelled.classes(train, least_frames)
    sides = []
    for corpus in (train, tested):
        arrays = (corpus.frames, *labelled.ends(corpus), labelled.answers(corpus, classes))
        sides.append(Speech(*map(jnp.asarray, arrays)))
    return Examples(sides[0], sides[1], len(classes))


def corpora(hours: float, voice_frames: int, seed: int) -> tuple[Corpus, Corpus]:
    """The training speech, and that of development voices with that of test voices behind it."""

    def trained(tell: Callable[[int], object]) -> Corpus:
        return recordings.corpus("train", hours, seed, on_frames=tell)

    def each(side: str, tell: Callable[[int], object]) -> Corpus:
        return recordings.each_voice(side, voice_frames, seed, on_frames=tell)

    train = _kept("train", {"hours": hours, "seed": seed}, frames(hours), trained)
    tested = [
        _kept(side, {"frames": voice_frames, "seed": seed}, voice_frames * len(PEOPLE[side]),
              functools.partial(each, side))
        for side in ("development", "test")
    ]  # fmt: skip
    return train, _one_after_the_other(*tested)


def windows(speech: Speech, at: Any) -> Any:
    """The frames at these places [n] with CONTEXT frames to either side [n, 440], float32. Beyond an utterance its end
    is repeated.
    """
    around = at[:, None] + jnp.arange(-CONTEXT, CONTEXT + 1)[None]
    inside = jnp.clip(around, speech.first[at][:, None], speech.last[at][:, None])
    return speech.bands[inside].reshape(len(at), -1).astype(jnp.float32)


def frames(hours: float) -> int:
    return round(hours * FRAMES_PER_HOUR)


def _one_after_the_other(first: Corpus, second: Corpus) -> Corpus:
    """Two corpora as one. Their names may differ, so those of the second are moved behind those of the first."""
    return Corpus(
        np.concatenate([first.frames, second.frames]),
        np.concatenate([first.phoneme, second.phoneme + np.int16(len(first.names))]),
        np.concatenate([first.part, second.part]),
        np.concatenate([first.utterance, second.utterance + np.int32(len(first.voice))]),
        np.concatenate([first.names, second.names]),
        np.concatenate([first.voice, second.voice]),
    )


def _kept(side: str, size: dict[str, Any], total: int, make: Callable[[Callable[[int], object]], Corpus]) -> Corpus:
    """A corpus out of the cache, or made with a bar that shows how many frames there are."""

    def fresh() -> dict[str, np.ndarray]:
        with _bar(f"speech, {side}", total) as tell:
            return make(tell)._asdict()

    return Corpus(**cache.kept("speech", {"side": side, "made by": makers()} | size, fresh))


def makers() -> list[str]:
    """All that decides the bytes: the code, and the versions of what speaks and of the words.

    Raises:
        ImportError: where one of the packages is not there, telling what installs it.
    """
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
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
