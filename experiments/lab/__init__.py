"""What claims share. For whoever writes a claim:

- `estimates`: numbers with intervals
- `verdicts`: statements, rules, outcomes and all words about them
- `figures`, `planes`: small multiples, interval lines, forests; drawings in the plane of two inputs
- `flags`: what a field of a Config may be
- `resume`: parts of a long run, from which it goes on
- `repeat`: random numbers that a repeat draws anew
- `sources`, `tables`, `cache`: works that several topics cite, seven real tables, arrays that take long to compute

What runs them: `claims` finds them, `code` hashes what decides their numbers, `runner` runs, judges and draws one,
`results` are its files, `cli` and `terminal` the command line, `report` the page and what is generated elsewhere.

`claims`, `flags`, `repeat`, `results`, `runner`, `terminal` and `cli` load neither JAX nor NumPy, so that `--help` is
fast.
"""
