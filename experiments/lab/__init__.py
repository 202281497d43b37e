"""What claims share: command line, verdicts and rules, results on disk, figures.

`claims`, `text`, `verdicts`, `rules`, `checks` and `cli` load neither jax nor matplotlib, so that `--help` is fast.
"""
