"""What claims share.

For whoever writes a claim:

- `estimates`: numbers with intervals
- `verdicts`: statements, rules, outcomes and all words about them
- `figures`: small multiples, interval lines, forests; the files of figures
- `planes`: drawings in the plane of two inputs
- `flags`: what a field of a Config may be; flags and `--help`
- `resume`: stores and finished parts of a run, from which it goes on
- `repeat`: the same run with other random numbers
- `sources`: works that several topics cite
- `tables`: seven real tables
- `speech_corpus`: synthesised speech with exact labels
- `cache`: arrays that take long to compute and never change

What runs claims:

- `claims`: which there are
- `code`: the hash of the code that decides a claim's numbers
- `runner`: runs, judges and draws one
- `results`: its files
- `cli`: the command line
- `terminal`: outcomes as text for it
- `report`: the page, the findings of the documentation, the README

`claims`, `flags`, `repeat`, `results`, `runner`, `terminal` and `cli` load neither JAX nor NumPy, so that `--help` is
fast.
"""
