"""The frame-classification task of speech recognition, made offline: which part of which phoneme is spoken now?

Sentences of English words (wordfreq) are spoken by eSpeak NG (espeakng-loader) in many voices, and the labels are the
synthesiser's own events. `pip install 'nnjax[speech]'`.
"""

from nnjax.tasks.speech.labelled import answers, classes, examples, windows
from nnjax.tasks.speech.recordings import FRAMES_PER_HOUR, Corpus, corpus, each_voice, first
from nnjax.tasks.speech.voices import PEOPLE

__all__ = [
    "FRAMES_PER_HOUR", "PEOPLE", "Corpus", "answers", "classes", "corpus", "each_voice", "examples", "first", "windows",
]  # fmt: skip
