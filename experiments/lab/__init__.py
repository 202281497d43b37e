"""What claims share: command line, verdicts and rules, results on disk, figures.

For whoever writes a claim:

- `checks`: what a field of a Config may be
- `verdicts`: statements and verdicts
- `rules`: how an outcome follows from numbers
- `tunings`: a rate that is tuned several times, each time for a part of the reported networks
- `over_tunings`: intervals over several tunings
- `sources`: works that claims cite
- `tables`: seven real tables
- `figures`: style, captions and lines with intervals; films
- `planes`: drawings in the plane of two inputs
- `chance`: random numbers that a replication draws anew
- `parts`: parts of a long run on disk, from which it goes on
- `cache`: arrays that take long to compute, kept on disk
- `rounds`: times that are measured in rounds

What runs them:

- `claims`: finds claims, and imports their parts
- `adapter`: claims that are one file, as what runs and reads folders takes them
- `flags`: the fields of a Config as flags
- `cli`: the command line
- `runner`: runs or redraws one claim
- `drawing`: the process that draws one claim while the next one trains
- `results`: the files that a claim writes
- `records`: what run.json and verdicts.json hold
- `stores`: every sweep of a run in a store, so that it can be resumed
- `code`: the hash of the code that decides a claim's numbers
- `replication`: runs with other random seeds
- `estimates`: the table of the estimates of all replications
- `text`: results as text for a terminal
- `report`: the page of the results, and their numbers in README and documentation

`claims`, `text`, `verdicts`, `rules`, `checks`, `flags`, `records`, `estimates`, `replication`, `runner`, `drawing` and
`cli` load neither jax nor matplotlib, so that `--help` is fast.
"""
