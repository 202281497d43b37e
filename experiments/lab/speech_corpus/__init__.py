"""The frame-classification task of speech recognition, made offline: which part of which phoneme is spoken now?

Sentences of English words (wordfreq) are spoken by eSpeak NG (espeakng-loader) in many voices, and the labels are the
synthesiser's own events. Both packages come with `pip install '.[experiments,speech]'` in a copy of the repository.

`voices`, `sentences` and `synthesiser` say who speaks, what, and how; `features` has what a network hears of an
utterance; `recordings` joins them to a corpus; `labelled` says which classes are told apart; `examples` keeps the
speech of the experiment, and makes the windows that networks see.
"""
