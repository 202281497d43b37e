"""The frame-classification task of speech recognition, made offline: which part of which phoneme is spoken now?

Sentences of English words (wordfreq) are spoken by eSpeak NG (espeakng-loader) in many voices, and the labels are the
synthesiser's own events. `pip install 'nnjax[speech]'`.
"""

from nnjax.tasks.speech.recordings import Corpus, answers, classes, corpus, examples, windows

__all__ = ["Corpus", "answers", "classes", "corpus", "examples", "windows"]
