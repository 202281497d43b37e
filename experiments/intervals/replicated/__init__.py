"""Two measurements of one thing, with other chance, differ by no more than their intervals say.

Every estimate with an interval of the committed results is held against the same estimate of replications, in which
every seed of a network, every draw of data and every random split is another (`experiments/lab/replication.py`), tuning
included. Two estimates agree where their difference lies within the root of the summed squares of the half-widths that
point towards each other: of the upper half of the lower estimate and the lower half of the upper one (MOVER: Zou &
Donner, Statistics in Medicine 27, 2008). Two normal intervals of 95 % agree so with a probability of 95 %.

What share of agreement to expect depends on the kind of interval, so it is simulated: for shares (Wilson) with the n
and p of each pair, for means and ratios (Student, on the scale where the interval is symmetric) with its n. The kind is
read off the interval: Wilson's is recomputed, a symmetric one is a mean's, one that is symmetric in the logarithm a
ratio's. The rest (bootstrap, Kaplan-Meier, corrected for many comparisons) is judged as if it were normal. Intervals
that are too wide pass: the rule looks for those that are too narrow. Left out are estimates without width, without an
interval, or the same in every replication: they are not random, or their data are fixed.

Estimates of one claim share networks, so shares of agreement have bootstrap intervals over claims. Where data are
fixed, as the digits, the tables and the published draw of MNIST-1D are, only starts and splits are others: agreement
then says nothing about other data.

Command:
    python -m experiments --preset full --replicate 20      (first: the replications; goes on where it stopped)
    python -m experiments intervals.replicated --preset full

Outputs: agreement.png (every pair's difference, claim by claim), coverage.png (shares of agreement beside those
expected), table.csv, verdicts.json.
"""
