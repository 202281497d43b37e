"""The speech of the experiment as rows to train on and to test on; it is synthesised once and kept in the user's cache.

Every voice is tested by itself: development voices first, then test voices, each with as many frames.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from experiments.lab import cache
from experiments.wide_versus_deep.speech.config import Config
from experiments.wide_versus_deep.speech.corpus import labelled, recordings
from experiments.wide_versus_deep.speech.corpus.recordings import FRAMES_PER_HOUR, Corpus
from experiments.wide_versus_deep.speech.corpus.voices import PEOPLE
from nnjax.tasks import Data

# Voices by which settings are chosen, and voices that are reported.
CHOOSING, REPORTED = len(PEOPLE["development"]), len(PEOPLE["test"])
SHOWN = 200  # frames of the utterance that is drawn, two seconds
PERSONS = [person[0] for side in ("development", "test") for person in PEOPLE[side]]


@functools.lru_cache(1)
def made(config: Config) -> tuple[Corpus, Corpus, tuple[tuple[str, int], ...]]:
    """The training speech, that of development and test voices, and the classes that are told apart."""
    hours = config.hours
    train = _kept(
        "train", {"hours": hours}, lambda tell: recordings.corpus("train", hours, config.seed, on_frames=tell), config
    )
    tested = [
        _kept(side, {"frames": config.voice_frames}, functools.partial(_each, side, config), config)
        for side in ("development", "test")
    ]
    return train, _one_after_the_other(tested), labelled.classes(train, config.least_frames)


def rows(config: Config) -> Data:
    """All frames to train on, and all to test on."""
    return labelled.examples(*made(config))


def fewer(data: Data, hours: float) -> Data:
    """With fewer hours to train on."""
    return data._replace(x=data.x[: frames(hours)], y=data.y[: frames(hours)])


def frames(hours: float) -> int:
    return round(hours * FRAMES_PER_HOUR)


def wrong(params: Any, data: Data, predict: Any) -> Any:
    """The share of frames of each voice [voices] that are answered wrongly."""
    missed = predict(params, data.x_test).argmax(axis=1) != data.y_test.argmax(axis=1)
    return jnp.mean(missed.reshape(CHOOSING + REPORTED, -1), axis=1)


def said(params: Any, data: Data, predict: Any) -> Any:
    """What is answered at the frames [SHOWN] that a figure shows, the first of the first test voice."""
    return predict(params, shown(data.x_test)).argmax(axis=1)


def shown(values: Any) -> Any:
    """The rows of x_test or y_test that a figure shows."""
    first = len(values) * CHOOSING // (CHOOSING + REPORTED)
    return values[first : first + SHOWN]


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

    key = {"side": side, "seed": config.seed, "made by": _makers()} | size
    return Corpus(**cache.kept("speech", key, fresh))


def _makers() -> list[str]:
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
