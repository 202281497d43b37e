"""Which activation learns fastest on five tasks, when each has its own learning rate and its own initial weights?

Time is the number of training steps to a level that was fixed for each task before any data:
- XOR, 2-8-1: all four outputs within 0.4 of their targets (Fahlman 1988);
- a smooth target, e^x cos 5x, and a kinked one, |x - 1/pi|, both 1-32-1: 1% of the target's variance is left. The
  kink is not at 0, where all ReLU units have theirs at the start, and neither target is an activation itself;
- two spirals, 2-32-32-1: every point on its side (Lang & Witbrock 1988);
- MNIST-1D, 40-64-64-10: 25% training error (Krizhevsky et al. 2012).
The question is speed alone, on the training rows: how well the networks generalise is not measured. Time is that of the
first arrival; whether a network stays at the level is not measured.
A network that has not arrived when its task's steps are over is censored: slower than all that have.

Sources: LeCun et al. 1998, "Efficient BackProp"; Sopena et al. 1999; Krizhevsky et al. 2012; Clevert et al. 2016;
Hendrycks & Gimpel 2016; Ramachandran et al. 2017; Goodfellow et al. 2016.

Protocol: gradient descent with momentum 0.9, as in most of these sources, and Adam; full batch, MNIST-1D in batches of
50; float32. Weights are LeCun's (variance 1 / fan_in) times `init_scale`: 1 is LeCun's law, sqrt 2 is He's, and where a
layer is as wide as the one before it 1 is Glorot's as well; biases begin at zero. The spirals and MNIST-1D are drawn at
random, anew for every seed; the data of the other tasks are always the same.

Tuning: for every activation, task and solver the learning rate and `init_scale` together, for the least mean log of
steps (with all the steps allowed where a network does not arrive). In a first round few seeds try a whole grid, which
grows up to three times where the best lies at an end; in a second the best pairs of a rate and a scale compete with
other and more seeds. Fresh seeds at the winner are reported, none of which was in a round. They are compared in pairs:
the same seed has the same draws of weights and data under every activation.

Comparisons: the median over seeds of the ratio of steps, with the sign test's interval of order statistics, at a level
at which all comparisons of a statement hold together (Bonferroni). One activation is faster than another where all of
the interval lies beyond a factor of 1.25, and two are level where all of it lies within. Two activations are tied where
neither is faster by intervals that hold together for all pairs, tasks and solvers.

The intervals cover the chance of the starts and, where data are drawn, of the draws, as each seed has its own. Whether
a network is at the level is checked after every step on XOR and every 5 steps on the other tasks, where medians may be
as short as 10. So a recorded step says only that the level was reached since the check before, and intervals are
widened by this at both ends. They do not cover the chance of tuning: each comparison is one of two tuned points, and
other tuning seeds might have chosen others.

    python -m experiments activations.fastest                  # 8 s; the kink, three activations, Adam
    python -m experiments activations.fastest --preset full    # 12 minutes on 2 cores

Outputs: ranking, claims, learning_curves, tuning; table.csv has a row per task, solver and activation.
"""
