"""Two measurements of the same quantity, with other seeds and data, differ by no more than their intervals say.

Every estimate of the committed results that has an interval is compared with the same estimate in replications. A
replication repeats the whole experiment, tuning included, with other network seeds, other draws of data and other
random splits (`experiments/lab/replication.py`). Two estimates agree if their difference is at most the root of the
summed squares of the half-widths that point towards each other: the upper half of the lower estimate's interval and the
lower half of the upper one's (MOVER: Zou & Donner, Statistics in Medicine 27, 2008). Ratios are compared by their
logarithms.

How often correct intervals agree depends on their form, which is recognised from their ends (`pairs.py`). Two normal
intervals of 95% agree in 95% of all pairs, and two Student intervals of n values in P(|t(2n - 2)| < t(n - 1)): 98.7%
for n = 3 and 96.7% for n = 8. For two Wilson intervals the sum of both counts is taken as given: its split into the two
is hypergeometric whatever the true share is, so no share has to be assumed. Pairs of shares that could not disagree,
such as 0 of 100 and 0 of 100, tell nothing and are left out; equal shares that could have differed are kept.
All other forms, such as the percentile bootstrap and Kaplan-Meier, are expected to agree as often as their level says,
which is higher where it is corrected for multiple comparisons.

A statement says so if its interval is not a confidence interval (`experiments/lab/verdicts.py`). Predictions for the
few runs of a source, ranges and quartiles are only counted. For the extreme of several estimates, chosen by the same
data, the interval of a single estimate does not hold; how often extremes agree is reported, not judged. Where a
statement says that its data are fixed (the MNIST digits, tables, the published draw of MNIST-1D, all functions of four
inputs), only initial weights and splits differ, and agreement says nothing about other data: it is judged apart. Left
out are intervals without width, estimates that are the same in every replication, and multiples of another one.

Many intervals hold for networks at a tuned number and leave the randomness of tuning out; the rules of their statements
say so. A replication tunes anew, so such intervals are judged apart from all others.

The pairs of one experiment share networks and its committed run. So a share of agreement has Student's interval over
experiments, in which an experiment counts by the square root of its pairs; the interval is never narrower than that of
independent pairs. With fewer than 4 experiments nothing is settled. The rule looks for intervals that are too narrow;
those that are too wide pass. Agreement tests precision alone: an error common to all runs, such as a bias, is not seen.

For each estimate with 3 replications or more, `spread` is its standard deviation over the runs, divided by what its
intervals claim: about 1 where they are right, 2 where they are half as wide as they should be. The table lists the
pairs that are widest apart. Changed and reversed outcomes are counted over all statements in which anything differs
between runs.

    python -m experiments --preset full --replicate auto                   # first: the textbook (it tells how long)
    python -m experiments speed survival --preset full --replicate auto    # and the engine
    python -m experiments xor.trained --preset full --replicate 20         # one experiment, as often as wanted
    python -m experiments intervals.replicated --preset full               # 1 s: reads what is there

`auto` means 8 replications of an experiment that took less than 2 minutes, 1 of one that took less than 15, and none of
a longer one, which is named. Replications that are on this machine or in the committed table are not run again. When
the estimates are gathered, those on this machine are judged again by today's rules; those of the table are kept while
the code of the experiment and the committed verdict beside which they were written stay the same. Claims without a
replication, claims whose committed run does not record its code, and replications with other settings or other code are
listed and left out.

Outputs: all_pairs (every difference, by topic), claims (the same, by experiment), coverage (by kind of interval);
table.csv has a row per kind, per experiment, and for each of the pairs that are widest apart.
"""
