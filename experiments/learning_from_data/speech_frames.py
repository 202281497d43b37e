"""Draws of synthesised speech, in which each frame is a row: which phoneme is being spoken?

A draw has speech of its own. Training rows are successive frames of whole utterances, each by one of 45 voices; of the
last utterance some frames may be missing. No voice is in both training and test, and no test voice is in two draws: of
D draws, draw i is tested with the test voices i, i + D, i + 2 D and so on. Draws from `nnjax.tuning.FIRST_SEED` on are
for tuning, and are tested with all development voices.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from experiments.lab import cache
from experiments.lab.speech_corpus import labelled, recordings
from experiments.lab.speech_corpus.examples import DEVELOPMENT, TEST, makers
from experiments.lab.speech_corpus.recordings import FRAMES_PER_HOUR, Corpus
from experiments.learning_from_data.draws import Draw
from nnjax.tuning import FIRST_SEED

# What is 0.5% of the frames or more in two hours of training speech, silence among it; all others are one class.
PHONEMES = (
    "n", "I", "s", "t", "a", "E", "m", "aI", "d", "z", "eI", "@", "i:", "_", "w", "V", "l", "oU", "0", "k", "r", "D",
    "f", "v", "u:", "a#", "N", "p", "O:", "I2", "O@", "aU", "3", "b", "3:", "j", "S", "h", "i", "A@", "U", "@L", "@2",
    "g", "dZ", "o@",
)  # fmt: skip


def made(seed: int, most_rows: int, test_rows: int, context: int, num_draws: int) -> Draw:
    """One of `num_draws` draws, with about `test_rows` test rows, equally many of each voice; not scaled.

    A row holds the 40 bands of a frame and of `context` frames to either side.
    """
    hours = most_rows / FRAMES_PER_HOUR
    train = _kept({"side": "train", "hours": hours, "seed": seed}, lambda: recordings.corpus("train", hours, seed))
    side, count, voices = "test", TEST, list(range(seed, TEST, num_draws))
    if seed >= FIRST_SEED:
        side, count, voices = "development", DEVELOPMENT, list(range(DEVELOPMENT))
    frames = -(-test_rows // len(voices))
    every = _kept({"side": side, "frames": frames}, lambda: recordings.each_voice(side, frames))
    tested = np.arange(count * frames).reshape(count, frames)[voices].ravel()
    return Draw(
        windows(train, context), answers(train), windows(every, context)[tested], answers(every)[tested],
        len(PHONEMES) + 1,
    )  # fmt: skip


def windows(corpus: Corpus, context: int) -> Float[np.ndarray, "n d"]:
    """Every frame with its neighbours; beyond an utterance its end is repeated."""
    first, last = (one[:, None] for one in labelled.ends(corpus))
    around = np.arange(len(corpus.frames))[:, None] + np.arange(-context, context + 1)
    return corpus.frames[np.clip(around, first, last)].reshape(len(around), -1).astype(np.float32)


def answers(corpus: Corpus) -> Int[np.ndarray, " n"]:
    """The place of each frame's phoneme in PHONEMES, or the one behind them."""
    places = {name: i for i, name in enumerate(PHONEMES)}
    return np.array([places.get(str(name), len(PHONEMES)) for name in corpus.names])[corpus.phoneme]


def _kept(size: dict[str, Any], make: Any) -> Corpus:
    """A corpus out of the user's cache, or made: ten seconds or so."""
    return Corpus(**cache.kept("speech", {"frames as rows": makers()} | size, lambda: make()._asdict()))
