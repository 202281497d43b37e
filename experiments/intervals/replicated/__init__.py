"""Two measurements of one thing, with other chance, differ by no more than their intervals say.

Every estimate with an interval of the committed results is held against the same estimate of replications, in which
every seed of a network, every draw of data and every random split is another (`experiments/lab/replication.py`), tuning
included. Two estimates agree where their difference lies within the root of the summed squares of the half-widths that
point towards each other: of the upper half of the lower estimate and the lower half of the upper one (MOVER: Zou &
Donner, Statistics in Medicine 27, 2008). Ratios are compared by their logarithms.

How often right intervals agree depends on their form, which is read off their ends, and is known exactly (`pairs.py`).
Two normal intervals of 95% agree in 95% of all pairs; Student's of n values in P(|t(2n - 2)| < t(n - 1)), 98.7% with
n = 3 and 96.7% with n = 8. Of Wilson's intervals the sum of both counts is taken as given: how it falls to the two
is hypergeometric whatever the true share is, so none has to be put in for it. Pairs of shares that could not disagree,
as none of 100 and none of 100, tell nothing and are left out; equal shares that could have differed stay. An interval
that is corrected for many comparisons is expected to agree as often as its own level says. Other forms, such as the
percentile bootstrap and Kaplan and Meier's, are held against their level: whether they are as good is the question.

A statement declares where its ends are not an interval of confidence (`experiments/lab/verdicts.py`). A prediction for
the few runs of a source, and a range or quartiles, are only counted. The extreme of several, chosen by the same data,
has no interval that would hold; how often extremes agree is reported and not judged. Where a statement says that its
data are fixed (the MNIST digits, tables, the published draw of MNIST-1D, all functions of four inputs), only starts and
splits are others, and agreement says nothing about other data: it is judged apart. Left out are estimates without
width, those that are the same in every replication, and multiples of another estimate.

Pairs of an experiment share networks and its committed run. So the intervals of a share of agreement are Student's over
experiments, each of which counts by the square root of its pairs, and never narrower than independent pairs would have
it; with fewer than 4 experiments nothing is settled. The rule looks for intervals that are too narrow: those that are
too wide pass. Agreement tests precision alone. What is wrong alike in every run, such as a bias, agrees with itself.

Of each estimate with 3 replications or more, `spread` is its standard deviation over the runs over what its intervals
claim: about 1 where they are right, 2 where they are half as wide as they should be. The table lists the pairs that are
widest apart, with the cause where one was found (`CAUSES` in `verdicts.py`, written after the data; no rule uses it).
Outcomes that change, and those that turn round, are counted over all statements of which chance changes anything.

    python -m experiments --preset full --replicate auto          # first, 3.1 hours on 2 cores: the textbook
    python -m experiments speed survival --preset full --replicate auto    # 1.3 hours: the engine's
    python -m experiments xor.trained --preset full --replicate 20         # one as often as wanted
    python -m experiments intervals.replicated --preset full               # 4 s: reads what there is

`auto` is 8 replications of an experiment that took less than 2 minutes, 1 of one that took less than 15, and none of
longer ones, which it names; what is there, or in the committed table, is not run again. Where the estimates are
gathered all replications that are there are judged anew, by the rules of the committed verdicts; those of the table
stay as long as these do.
Claims without a replication, those whose committed run does not record its code, and replications with other settings
or other code are named there, and are no part of this.

Outputs: twice (every difference, topic by topic), claims (the same, experiment by experiment), coverage (by kind of
interval); table.csv has a row per kind, per experiment and per pair that is widest apart.
"""
